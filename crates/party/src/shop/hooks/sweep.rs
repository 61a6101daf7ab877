//! Sweep: events go when their time is over, and with their hook.

use store::{Fault, Keys, Tx};
use units::Moment;

use super::{EVENTS, HOOKS, HookId, HookState, REMOVED, WAITING};
use crate::shop::Shop;

/// Events dropped in one sweep: it goes on with the next one.
const AT_ONCE: usize = 500;

/// Drops at most `limit` of a hook's events that came about before `before`; how many.
fn drop_events(tx: &mut dyn Tx, id: HookId, before: Moment, limit: usize) -> Result<usize, Fault> {
    let old = EVENTS.range(tx, Keys::under(&id).until(&(id, before)), limit)?;
    for (key, row) in &old {
        if let HookState::Waiting(next) = row.state {
            WAITING.delete(tx, &(id, next, key.1, key.2))?;
        }
        EVENTS.delete(tx, key)?;
    }
    Ok(old.len())
}

impl Shop {
    /// Drops what removed hooks have left, and what came about before `before`. True: there may be more.
    pub fn sweep_hooks(&self, tx: &mut dyn Tx, before: Moment) -> Result<bool, Fault> {
        let mut left = AT_ONCE;
        for (id, ()) in REMOVED.range(tx, Keys::all(), AT_ONCE)? {
            left = left.saturating_sub(drop_events(tx, id, Moment(u64::MAX), left)?);
            if left == 0 {
                return Ok(true);
            }
            REMOVED.delete(tx, &id)?;
        }
        let mut ids = Vec::new();
        HOOKS.each::<Fault>(tx, Keys::all(), |_, (_, id), _| {
            ids.push(id);
            Ok(())
        })?;
        for id in ids {
            left = left.saturating_sub(drop_events(tx, id, before, left)?);
            if left == 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
