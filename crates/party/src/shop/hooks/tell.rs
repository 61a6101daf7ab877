//! Tell: an event is written down for every address of a publisher, in the transaction of what it tells of.

use seal::Seed;
use store::{Fault, Keys, Tx};
use units::{Moment, PartyId};

use super::{
    EVENTS, HOOKS, HOOKS_MAX, Hook, HookAbout, HookEvent, HookEventId, HookId, HookRefused, HookState, WAITING, wake_at,
};
use crate::shop::{Shop, console::TENANTS};

impl Shop {
    /// What came about now, for the publisher's own programs. Nothing, where nobody listens or the publisher is gone.
    pub(in crate::shop) fn tell(
        &self,
        tx: &mut dyn Tx,
        publisher: PartyId,
        about: HookAbout,
        now: Moment,
    ) -> Result<(), Fault> {
        let hooks = HOOKS.range(tx, Keys::under(&publisher), HOOKS_MAX)?;
        let Some(id) = about.id().filter(|_| !hooks.is_empty()) else {
            return Ok(());
        };
        if !TENANTS.has(tx, &publisher)? {
            return Ok(());
        }
        for (key, mut hook) in hooks {
            // What fails waits as a whole: it is looked at when its pause is over.
            let at = match hook.wake {
                Some(wake) if hook.fails > 0 => wake,
                wake => wake.map_or(now, |wake| wake.min(now)),
            };
            write(tx, (key, &mut hook), (id, about), at, now)?;
        }
        Ok(())
    }

    /// Sends one of these addresses an event that says nothing, at once: somebody tries his program.
    pub fn test_hook(
        &self,
        tx: &mut dyn Tx,
        (publisher, id): (PartyId, HookId),
        now: Moment,
        seed: &Seed,
    ) -> Result<(), HookRefused> {
        let key = (publisher, id);
        let mut hook = HOOKS.get(tx, &key)?.ok_or(HookRefused::Unknown)?;
        if !TENANTS.has(tx, &publisher)? {
            return Err(HookRefused::NoPublisher);
        }
        hook.fails = 0;
        let event = (seed.id("hook's test"), HookAbout::Test);
        Ok(write(tx, (key, &mut hook), event, now, now)?)
    }
}

fn write(
    tx: &mut dyn Tx,
    (key, hook): ((PartyId, HookId), &mut Hook),
    (id, about): (HookEventId, HookAbout),
    wake: Moment,
    now: Moment,
) -> Result<(), Fault> {
    let event = HookEvent {
        about,
        state: HookState::Waiting(now),
        tries: 0,
        answer: None,
    };
    EVENTS.put(tx, &(key.1, now, id), &event)?;
    WAITING.put(tx, &(key.1, now, now, id), &())?;
    wake_at(tx, key, hook, Some(wake))?;
    HOOKS.put(tx, &key, hook)
}
