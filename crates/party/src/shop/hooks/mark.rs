//! Mark: what came of saying an event. Heard; or again later, and later each time; or nobody tries any more.

use store::{Fault, Keys, Tx};
use units::{Moment, PartyId, Span};

use super::{EVENTS, HOOK_TRIED_FOR, HOOKS, HookEvent, HookEventId, HookId, HookState, WAITING, wake_at};
use crate::shop::Shop;

/// The first pause, doubled each time.
const PAUSE: Span = Span::seconds(5);
/// The longest.
const PAUSE_MAX: Span = Span::minutes(60);
/// Doubled more often, it is the longest anyway.
const DOUBLED_MAX: u32 = 12;
/// How many whose time is over are given up beside one that failed.
const GIVEN_UP_MAX: usize = 200;

/// What came of it: the status of the answer, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookHeard {
    /// It was heard.
    Yes(u16),
    /// Not now.
    No(Option<u16>),
    /// Nobody is there for it any more: it is not tried again.
    Gone(u16),
}

fn pause(tries: u32) -> Span {
    let doubled = 1_u64 << tries.saturating_sub(1).min(DOUBLED_MAX);
    Span(PAUSE.0.saturating_mul(doubled)).min(PAUSE_MAX)
}

/// An event comes to another state, with its place among those that wait.
fn put(
    tx: &mut dyn Tx,
    (id, at, event): (HookId, Moment, HookEventId),
    row: &mut HookEvent,
    state: HookState,
) -> Result<(), Fault> {
    if let HookState::Waiting(next) = row.state {
        WAITING.delete(tx, &(id, next, at, event))?;
    }
    if let HookState::Waiting(next) = state {
        WAITING.put(tx, &(id, next, at, event), &())?;
    }
    row.state = state;
    EVENTS.put(tx, &(id, at, event), row)
}

impl Shop {
    /// Notes what came of an event that was said.
    pub fn hook_said(
        &self,
        tx: &mut dyn Tx,
        (publisher, id): (PartyId, HookId),
        (at, event): (Moment, HookEventId),
        heard: HookHeard,
        now: Moment,
    ) -> Result<(), Fault> {
        let key = (publisher, id);
        // Removed meanwhile: with its events.
        let Some(mut hook) = HOOKS.get(tx, &key)? else {
            return Ok(());
        };
        if let Some(mut row) = EVENTS.get(tx, &(id, at, event))?.filter(HookEvent::waits) {
            row.tries = row.tries.saturating_add(1);
            let (state, answer) = match heard {
                HookHeard::Yes(status) => (HookState::Heard(now), Some(status)),
                HookHeard::Gone(status) => (HookState::GivenUp(now), Some(status)),
                HookHeard::No(status) if at.plus(HOOK_TRIED_FOR) <= now => (HookState::GivenUp(now), status),
                HookHeard::No(status) => (HookState::Waiting(now.plus(pause(row.tries))), status),
            };
            row.answer = answer;
            put(tx, (id, at, event), &mut row, state)?;
        }
        let mut not_before = now;
        if let HookHeard::No(_) = heard {
            hook.fails = hook.fails.saturating_add(1);
            not_before = now.plus(pause(hook.fails));
            give_up_old(tx, id, now)?;
        } else {
            hook.fails = 0;
        }
        let first = WAITING.range(tx, Keys::under(&id), 1)?;
        let next = first.first().map(|((_, next, ..), ())| (*next).max(not_before));
        wake_at(tx, key, &mut hook, next)?;
        HOOKS.put(tx, &key, &hook)
    }
}

impl Shop {
    /// An address for which nothing could be found to say is not looked at again before something waits.
    pub fn rest_hook(&self, tx: &mut dyn Tx, key: (PartyId, HookId)) -> Result<(), Fault> {
        let Some(mut hook) = HOOKS.get(tx, &key)? else {
            return Ok(());
        };
        let Some(before) = hook.wake else { return Ok(()) };
        let mut next = None;
        while let Some((row, ())) = WAITING.range(tx, Keys::under(&key.1), 1)?.into_iter().next() {
            let (id, at, event) = (row.0, row.2, row.3);
            if EVENTS.has(tx, &(id, at, event))? {
                next = Some(if hook.fails > 0 { row.1.max(before) } else { row.1 });
                break;
            }
            WAITING.delete(tx, &row)?;
        }
        if next == hook.wake {
            return Ok(());
        }
        wake_at(tx, key, &mut hook, next)?;
        HOOKS.put(tx, &key, &hook)
    }
}

impl HookEvent {
    fn waits(&self) -> bool {
        matches!(self.state, HookState::Waiting(_))
    }
}

/// What has waited behind others for as long as it would have been tried is given up with them.
fn give_up_old(tx: &mut dyn Tx, id: HookId, now: Moment) -> Result<(), Fault> {
    for ((_, next, at, event), ()) in WAITING.range(tx, Keys::under(&id), GIVEN_UP_MAX)? {
        if at.plus(HOOK_TRIED_FOR) > now {
            continue;
        }
        match EVENTS.get(tx, &(id, at, event))? {
            Some(mut row) => put(tx, (id, at, event), &mut row, HookState::GivenUp(now))?,
            None => WAITING.delete(tx, &(id, next, at, event)).map(drop)?,
        }
    }
    Ok(())
}
