//! Touch: what the screens of machines have in common: large, one action at a time, and back to the beginning when nobody is
//! there. No script is needed: a screen that waits asks again by itself.

pub(crate) mod hatch;
pub(crate) mod log;
pub(crate) mod tray;

use axum::{
    Router,
    http::{HeaderName, HeaderValue, StatusCode},
    response::Response,
    routing::MethodRouter,
};
use data_encoding::BASE64URL_NOPAD;
use face::{Page, Said};
use minicbor::bytes::ByteVec;
use seal::cbor;
use units::{Moment, PartyId, Span};

use crate::{
    frame::Source,
    pages::{Visit, answer_private},
};

/// How often a screen that waits for something asks again, in seconds.
pub(crate) const LOOK: u32 = 2;
/// After so long without a touch a screen begins again.
pub(crate) const IDLE: Span = Span::seconds(90);
/// So long before that it says so.
pub(crate) const WARN: Span = Span::seconds(20);

/// What every screen of a machine says of it.
#[derive(Debug, Clone)]
pub(crate) struct Sign {
    pub(crate) name: String,
    pub(crate) id: PartyId,
    pub(crate) dev: bool,
    /// Where its visitor's wallet is.
    pub(crate) wallet: String,
    /// Where the machine itself answers, as the registry lists it.
    pub(crate) address: String,
}

/// A code for the phone of whoever stands there, drawn, and its words.
pub(crate) type Scan = (String, Said);

impl Sign {
    /// The frame of a screen.
    pub(crate) fn page(&self, visit: &Visit, home: &str) -> Page {
        let words = visit.words;
        Page {
            words,
            name: self.name.clone(),
            home: visit.to(home),
            nav_name: words.mach_nav(),
            nav: Vec::new(),
            elsewhere: visit.elsewhere(),
            ours: false,
            foot: words.mach_foot(),
            foot_links: Vec::new(),
            dev: self.dev,
        }
    }

    /// A screen of this machine as a phone takes it from the glass: its address as a code. What a phone shows is what stands here.
    pub(crate) fn scan(&self, visit: &Visit, path: &str) -> Option<Scan> {
        scan(
            &format!("{}{}", self.address.trim_end_matches('/'), visit.to(path)),
            visit,
        )
    }

    /// A link that opens the visitor's wallet at this machine's own affair: no offer, but who asks, and the code of its screen.
    pub(crate) fn to_wallet(&self, code: &str) -> String {
        let code = ByteVec::from(code.as_bytes().to_vec());
        let words = cbor::to_bytes(&(self.id, ByteVec::from(Vec::new()), code));
        format!(
            "{}/confirm#{}",
            self.wallet.trim_end_matches('/'),
            BASE64URL_NOPAD.encode(&words)
        )
    }
}

/// A link as a code that a phone's camera reads; nothing where it is too long for one.
pub(crate) fn scan(link: &str, visit: &Visit) -> Option<Scan> {
    let words = visit.words;
    let drawn = courier::code::draw(link, &words.mach_scan_name().plain()).ok()?;
    Some((drawn, words.mach_scan()))
}

/// Until when a screen waits for its visitor: part of its address, so that a machine that was dark knows it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub(crate) struct Waits {
    /// Since when; nothing: from now on.
    #[serde(default)]
    pub(crate) since: u64,
    /// Until when.
    #[serde(default)]
    pub(crate) until: u64,
}

impl Waits {
    /// Is nobody there any more?
    pub(crate) fn is_over(self, now: Moment) -> bool {
        self.until != 0 && now.0 >= self.until
    }
    /// How many seconds are left, if that is to be said.
    pub(crate) fn ends_in(self, now: Moment) -> Option<u64> {
        let left = self.until.checked_sub(now.0).filter(|_| self.until != 0)?;
        (left <= WARN.0).then_some(left.div_ceil(1000))
    }
    /// The query of the same screen with all the time there is.
    pub(crate) fn more(self, now: Moment) -> String {
        let since = if self.since == 0 { now.0 } else { self.since };
        format!("since={since}&until={}", now.plus(IDLE).0)
    }
    /// The query of the same screen as it is.
    pub(crate) fn query(self) -> String {
        format!("since={}&until={}", self.since, self.until)
    }
}

/// Is this the machine's own screen? It runs on the machine itself; everybody else sees nothing of who stands there.
pub(crate) const fn is_own(Source(from): Source) -> bool {
    from.to_canonical().is_loopback()
}

/// A step of a machine's way, said aloud by its number.
pub(crate) fn steps(stops: Vec<Said>, at: usize) -> face::Route {
    face::Route {
        stops,
        at,
        is_plain: true,
    }
}

/// A screen with its headers; `again`: after so many seconds the browser goes there by itself.
pub(crate) fn screen(
    drawn: Result<String, askama::Error>,
    status: StatusCode,
    again: Option<(u32, String)>,
) -> Response {
    let mut response = answer_private(drawn, status);
    if let Some((seconds, to)) = again
        && let Ok(value) = HeaderValue::from_str(&format!("{seconds}; url={to}"))
    {
        response.headers_mut().insert(HeaderName::from_static("refresh"), value);
    }
    response
}

/// Screens under their paths, and under `/en` and `/ja` in these languages.
pub(crate) fn in_each_language<S: Clone + Send + Sync + 'static>(screens: Vec<(&str, MethodRouter<S>)>) -> Router<S> {
    let mut router = Router::new();
    for (path, method) in screens {
        for base in ["", "/en", "/ja"] {
            router = router.route(&format!("{base}{path}"), method.clone());
        }
    }
    router
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machines_own_screen_runs_on_the_machine() {
        let own = |from: &str| is_own(Source(from.parse().unwrap()));
        assert!(own("127.0.0.1") && own("::1") && own("::ffff:127.0.0.1"));
        assert!(!own("192.0.2.7") && !own("2001:db8::7") && !own("::ffff:192.0.2.7"));
    }

    #[test]
    fn a_screen_warns_before_it_begins_again_and_can_be_extended_without_end() {
        let now = Moment(1_000_000);
        let waits = |left: u64| Waits {
            since: 5,
            until: now.0 + left,
        };
        assert_eq!(
            (waits(30_000).ends_in(now), waits(20_000).ends_in(now)),
            (None, Some(20))
        );
        assert!(waits(1).ends_in(now).is_some() && !waits(1).is_over(now) && waits(0).is_over(now));
        assert_eq!(waits(9).more(now), format!("since=5&until={}", now.0 + 90_000));
        let fresh = Waits { since: 0, until: 0 };
        assert!(!fresh.is_over(now) && fresh.ends_in(now).is_none());
    }
}
