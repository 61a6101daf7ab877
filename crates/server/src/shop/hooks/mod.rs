//! Webhooks: takes events out of the outbox and tells publishers' own programs. What an event says and how it is signed is in
//! `say`; when it is said again is the party's rule (`party::shop::hooks`).
//!
//! One address hears one event after the other, in the order in which they came about as long as it answers; addresses are
//! told beside one another, so that one that does not answer holds up nobody else. Nothing of the shop waits for any of it.

mod say;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use party::shop::{HOOK_ADDRESS_MAX, HookHeard, HookId};
use reqwest::Url;
use store::Fault;
use tokio::{
    sync::watch,
    task::{Id, JoinSet},
};
use units::PartyId;

use super::Stall;
use crate::{
    config::Selling,
    frame::Problem,
    running::StartRefused,
    strangers::{Reach, Strangers},
};

pub(super) use say::secret_text;

/// How often the outbox is looked at.
const SWEEP: Duration = Duration::from_millis(500);
/// How many addresses are told at once.
const AT_ONCE: usize = 16;
/// How far down the outbox they are looked for.
const LOOKED_AT: usize = 512;
/// Events that one address hears before it is another's turn.
const IN_A_ROW: usize = 64;
/// When the outbox itself fails, an address is left alone for so long: what was heard could not be noted, and would come again.
const AFTER_FAULT: Duration = Duration::from_secs(10);

/// One publisher's address.
type Key = (PartyId, HookId);

/// The way to them. This very machine is told only where the shop stands on loopback itself, or its configuration says so.
pub(super) fn way(selling: &Selling, address: &str) -> Result<Strangers, StartRefused> {
    let reach = Reach {
        private: selling.hooks_private,
        here: selling.hooks_here.unwrap_or_else(|| is_loopback(address)),
    };
    Strangers::new(reach, selling.hook_roots.as_deref(), "shop with hook_roots")
}

fn is_loopback(address: &str) -> bool {
    let url = Url::parse(address).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    let literal: Option<std::net::IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    host == "localhost" || literal.is_some_and(|ip| ip.to_canonical().is_loopback())
}

impl Stall {
    /// The address that somebody typed in, as it is kept; nothing, if it is none that this shop sends to.
    pub(super) fn hook_address(&self, text: &str) -> Option<String> {
        let mut url = self.strangers.url(text.trim())?;
        url.set_fragment(None);
        let fits = url.username().is_empty() && url.password().is_none() && url.as_str().len() <= HOOK_ADDRESS_MAX;
        fits.then(|| url.to_string())
    }
}

/// Who is being told now.
#[derive(Default)]
struct UnderWay {
    tasks: JoinSet<()>,
    keys: HashMap<Id, Key>,
}

impl UnderWay {
    /// Forgets those that have come to an end.
    fn sweep(&mut self) {
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            let id = ended.map_or_else(|broken| broken.id(), |(id, ())| id);
            self.keys.remove(&id);
        }
    }

    fn add(&mut self, key: Key, work: impl Future<Output = ()> + Send + 'static) {
        let task = self.tasks.spawn(work).id();
        self.keys.insert(task, key);
    }
}

/// Tells until `stop`.
pub(super) async fn run(shop: Arc<Stall>, mut stop: watch::Receiver<bool>) {
    let mut under_way = UnderWay::default();
    while tokio::time::timeout(SWEEP, stop.wait_for(|stop| *stop)).await.is_err() {
        under_way.sweep();
        let due = shop
            .office
            .look::<_, Fault>(|party, view, now| party.hooks_due(view, now, LOOKED_AT))
            .await;
        let told: HashSet<Key> = under_way.keys.values().copied().collect();
        for key in due.unwrap_or_default() {
            if under_way.keys.len() < AT_ONCE && !told.contains(&key) {
                under_way.add(key, tell(shop.clone(), key, stop.clone()));
            }
        }
    }
    while under_way.tasks.join_next().await.is_some() {}
}

/// One address, one event after the other, until nothing waits or it does not hear.
async fn tell(shop: Arc<Stall>, key: Key, mut stop: watch::Receiver<bool>) {
    for _ in 0..IN_A_ROW {
        if *stop.borrow() {
            return;
        }
        match next(&shop, key).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(no) => {
                tracing::warn!(target: "keyfare::hooks", code = no.code(), "an event was not marked; it is told again");
                let _ = tokio::time::timeout(AFTER_FAULT, stop.wait_for(|stop| *stop)).await;
                return;
            }
        }
    }
}

/// The next event. False: none is due, or it was not heard.
async fn next(shop: &Stall, key: Key) -> Result<bool, Problem> {
    let found = shop
        .office
        .look::<_, Fault>(move |party, view, now| party.hook_next(view, key, now))
        .await?;
    let Some(telling) = found else {
        shop.office
            .commit::<_, Fault>(move |party, tx, _, _| party.rest_hook(tx, key))
            .await?;
        return Ok(false);
    };
    let heard = say::say(&shop.strangers, &telling, shop.office.clock.now()).await;
    let event = (telling.at, telling.id);
    shop.office
        .commit::<_, Fault>(move |party, tx, now, _| party.hook_said(tx, key, event, heard, now))
        .await?;
    Ok(!matches!(heard, HookHeard::No(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_shop_on_loopback_tells_its_own_machine_unasked() {
        let tells = |address: &str, said: Option<bool>| {
            let selling = Selling {
                hooks_here: said,
                ..Selling::default()
            };
            let way = way(&selling, address).unwrap();
            way.url("http://127.0.0.1:9/told").is_some()
        };
        assert!(tells("http://127.0.0.1:7404", None) && tells("http://localhost:7404", None));
        assert!(tells("http://[::1]:7404", None));
        assert!(!tells("https://shop.example", None) && !tells("http://127.0.0.1:7404", Some(false)));
        assert!(tells("https://shop.example", Some(true)));
    }
}
