//! Promised: what a publisher gives back to whoever brings fares home by a way it wants (SD-19), as its collector says: told before
//! anything is paid. What counts is what arrives; this is only read aloud, and nothing waits long for it.

use std::time::Duration;

use seal::role;
use serde::Deserialize;
use units::{Currency, Moment, Money, PartyId, Span};

use super::{Wallet, locked};

/// How long a page waits for it.
const PATIENCE: Duration = Duration::from_millis(1500);
/// How long what was heard is good.
const GOOD: Span = Span::minutes(10);
/// Collectors asked for one publisher.
const ASKED_MAX: usize = 3;
/// Promises read of one publisher.
const PROMISES_MAX: usize = 6;
/// Publishers remembered.
const KNOWN_MAX: usize = 200;

/// What comes back for fares that are brought one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// By which way: a word of the collector's, `shop`, `kiosk`, ...
    pub path: String,
    /// Share of each fare, in thousandths.
    pub permille: u16,
    /// At most this for one fare.
    pub most: Money,
    /// As a coupon, not as money.
    pub coupon: bool,
    /// What the publisher calls it.
    pub label: String,
}

/// What was heard of publishers, and when.
pub(super) type Heard = std::collections::HashMap<PartyId, (Moment, Vec<Promise>)>;

#[derive(Deserialize)]
struct Told {
    rebates: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    path: String,
    permille: u16,
    most: Amount,
    coupon: bool,
    label: String,
}

#[derive(Deserialize)]
struct Amount {
    minor: String,
    currency: String,
}

fn promise(line: Line) -> Option<Promise> {
    let currency = Currency::new(&line.most.currency).ok()?;
    let most = Money::new(line.most.minor.parse().ok()?, currency).ok()?;
    Some(Promise {
        path: line.path,
        permille: line.permille.min(1000),
        most,
        coupon: line.coupon,
        label: line.label,
    })
    .filter(|promise| promise.permille > 0 && promise.most.minor() > 0)
}

fn read(bytes: &[u8]) -> Option<Vec<Promise>> {
    let told: Told = serde_json::from_slice(bytes).ok()?;
    Some(
        told.rebates
            .into_iter()
            .filter_map(promise)
            .take(PROMISES_MAX)
            .collect(),
    )
}

impl Wallet {
    /// What this publisher promises for bringing its fares home. Nothing, where nobody says so in time.
    pub async fn promised(&self, payee: PartyId) -> Vec<Promise> {
        let now = self.now();
        if let Some((at, heard)) = locked(&self.0.promised).get(&payee)
            && now < at.plus(GOOD)
        {
            return heard.clone();
        }
        let Ok(Some(heard)) = tokio::time::timeout(PATIENCE, self.ask_promised(payee)).await else {
            return Vec::new();
        };
        let mut known = locked(&self.0.promised);
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(payee, (now, heard.clone()));
        heard
    }

    async fn ask_promised(&self, payee: PartyId) -> Option<Vec<Promise>> {
        let directory = self.0.carrier.directory(false).await.ok()?;
        let mut collectors: Vec<PartyId> = directory
            .with_role::<role::Collector>(self.now())
            .map(|party| party.id)
            .collect();
        // A publisher's collector is mostly certified under its own id.
        collectors.sort_by_key(|id| *id != payee);
        let path = format!("/v1/rebates/{payee}");
        for collector in collectors.into_iter().take(ASKED_MAX) {
            if let Ok(answer) = self.0.carrier.get(collector, &path).await {
                return read(&answer);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// proves: SD-19
    #[test]
    fn what_is_promised_is_read_and_nonsense_is_none() {
        let told = r#"{"rebates":[{"path":"shop","permille":100,"most":{"minor":"50","currency":"JPY"},"coupon":true,"label":"Thanks"},
            {"path":"shop","permille":0,"most":{"minor":"50","currency":"JPY"},"coupon":true,"label":"none"},
            {"path":"shop","permille":5,"most":{"minor":"x","currency":"JPY"},"coupon":true,"label":"bad"}]}"#;
        let read_it = read(told.as_bytes()).unwrap();
        assert_eq!(read_it.len(), 1);
        assert_eq!(
            (read_it[0].path.as_str(), read_it[0].permille, read_it[0].most.minor()),
            ("shop", 100, 50)
        );
        for no in ["", "[]", "{}", "{\"rebates\":7}"] {
            assert_eq!(read(no.as_bytes()), None, "{no}");
        }
    }
}
