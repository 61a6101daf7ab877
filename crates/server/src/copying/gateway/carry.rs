//! Carry: a question on its way over the link and back. The hold is written before it leaves; what the server said is
//! written before anybody hears it. A gateway that died in between asks again by itself.

use std::{sync::Arc, time::Duration};

use axum::http::StatusCode;
use copying::{
    Bound,
    gateway::{Heard as Said, PassRefused, Passed, SettleRefused},
    sentence,
};
use seal::cbor;
use store::Fault;
use tokio::sync::watch;
use units::{Again, Hash, Refusal};

use super::Till;
use crate::{frame::Problem, peers::Heard};

/// The most questions the sweep asks again at once.
const SWEEP_MAX: usize = 32;
/// How often it looks.
const SWEEP: Duration = Duration::from_secs(1);
/// After so many looks the server is asked anew what a registration needs, and ended sessions are swept.
const CHORES: u32 = 30;

/// The server's refusal, passed on in its own words.
struct Theirs(&'static str);
impl core::fmt::Display for Theirs {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let other = sentence::english("server-refused").unwrap_or_default();
        f.write_str(sentence::english(self.0).unwrap_or(other))
    }
}
impl Refusal for Theirs {
    fn code(&self) -> &'static str {
        self.0
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

/// A refusal of the server, by its code: only codes that are known here are repeated.
fn theirs(code: &str) -> Problem {
    let others = [
        "cheque-too-much",
        "cheque-not-for-us",
        "cheque-other-content",
        "cheque-not-signed",
    ];
    let known = sentence::codes().chain(others).find(|known| *known == code);
    Problem::by(&Theirs(known.unwrap_or("server-refused")))
}

/// Nothing is known yet: the same again finds it out.
fn not_yet() -> Problem {
    let text = "it is written down and not decided yet; send the same question again as Retry-After says";
    Problem::door(StatusCode::ACCEPTED, "not-yet", Again::Later, text).retry_after(1)
}

/// The server is silent, and nothing was written.
pub(super) fn silent() -> Problem {
    let text = sentence::english("server-silent").unwrap_or_default();
    Problem::door(StatusCode::SERVICE_UNAVAILABLE, "server-silent", Again::Later, text)
}

/// Holds what a customer's question may cost, passes it on, and charges for the key that comes back.
pub(super) async fn pass(till: &Arc<Till>, customer: [u8; 16], bytes: Vec<u8>) -> Result<Vec<u8>, Problem> {
    let body = bytes.clone();
    let passed = till
        .office
        .commit::<_, PassRefused>(move |gateway, tx, now, _| gateway.pass(tx, customer, &body, now))
        .await?;
    let name = match passed {
        Passed::Answered(answer) => return Ok(answer),
        Passed::Forward(name) => name,
    };
    let till = till.clone();
    // Goes on when the asker hangs up: the repeated question finds its answer.
    let carried = tokio::spawn(async move { carry(&till, name, bytes).await }).await;
    carried.unwrap_or_else(|_| Err(Problem::by(&Fault::Panicked)))
}

/// Asks the server, and writes what it said before anybody hears it.
async fn carry(till: &Till, name: Hash, bytes: Vec<u8>) -> Result<Vec<u8>, Problem> {
    match till.link.post("ask", bytes).await {
        Heard::Silent => Err(not_yet()),
        Heard::Refused(code) => {
            till.office
                .commit::<_, PassRefused>(move |gateway, tx, now, _| gateway.heard(tx, name, Said::Refused, now))
                .await?;
            Err(theirs(&code))
        }
        Heard::Answer(answer) => {
            let heard = till.office.commit::<_, PassRefused>(move |gateway, tx, now, _| {
                gateway.heard(tx, name, Said::Answer(&answer), now)
            });
            heard.await?.ok_or_else(Problem::nothing_here)
        }
    }
}

/// Are these devices, as typed from their labels, known and all that is needed?
pub(super) async fn known(till: &Till, bound: &Bound) -> Result<(), Problem> {
    match till.link.post("known", cbor::to_bytes(bound)).await {
        Heard::Answer(_) => Ok(()),
        Heard::Refused(code) => Err(theirs(&code)),
        Heard::Silent => Err(silent()),
    }
}

/// Pays what is owed to the server's operator. True: the bank has answered; false: it is under way.
pub(super) async fn settle(till: &Till) -> Result<bool, Problem> {
    let cheque = till
        .office
        .commit::<_, SettleRefused>(|gateway, tx, now, _| gateway.settle(tx, now))
        .await?;
    match cheque {
        Some(cheque) => bring(till, cheque).await,
        None => Ok(true),
    }
}

async fn bring(till: &Till, cheque: Vec<u8>) -> Result<bool, Problem> {
    match till.link.post("cheque", cheque).await {
        Heard::Answer(outcome) => {
            till.office
                .commit::<_, SettleRefused>(move |gateway, tx, now, _| gateway.settled(tx, &outcome, now))
                .await?;
            Ok(true)
        }
        Heard::Refused(code) => Err(theirs(&code)),
        Heard::Silent => Ok(false),
    }
}

/// Asks again what a crash or a broken link left without an answer, until `stop`.
pub(super) async fn sweep(till: Arc<Till>, mut stop: watch::Receiver<bool>) {
    let mut looks = 0_u32;
    while tokio::time::timeout(SWEEP, stop.wait_for(|stop| *stop)).await.is_err() {
        if looks.is_multiple_of(CHORES) {
            let _ = till.ask_terms().await; // who is silent now is asked again
            let gate = till.door.gate.clone();
            let swept = till.office.commit::<_, Fault>(move |_, tx, now, _| gate.tend(tx, now));
            note("sessions", swept.await.as_ref().err());
        }
        looks = looks.wrapping_add(1);
        let found = till
            .office
            .look::<_, Fault>(|gateway, view, _| Ok((gateway.waiting(view, SWEEP_MAX)?, gateway.open_cheque(view)?)))
            .await;
        let (waiting, cheque) = found.unwrap_or_default();
        for (name, bytes) in waiting {
            note("question", carry(&till, name, bytes).await.as_ref().err());
        }
        if let Some(cheque) = cheque {
            note("cheque", bring(&till, cheque).await.as_ref().err());
        }
    }
}

fn note(what: &str, no: Option<&Problem>) {
    if let Some(no) = no {
        tracing::debug!(target: "keyfare::gateway", what, code = no.code(), "waits, or was refused");
    }
}
