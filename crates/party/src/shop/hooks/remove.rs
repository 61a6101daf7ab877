//! Remove: an address is told nothing any more, not even what waits. Its events are dropped a few at a time.

use store::{Fault, Keys, Tx};
use units::PartyId;

use super::{HOOKS, HookId, REMOVED, wake_at};
use crate::shop::Shop;

impl Shop {
    /// Ends a hook at once. One that is gone stays gone.
    pub fn remove_hook(&self, tx: &mut dyn Tx, publisher: PartyId, id: HookId) -> Result<(), Fault> {
        let key = (publisher, id);
        let Some(mut hook) = HOOKS.get(tx, &key)? else {
            return Ok(());
        };
        wake_at(tx, key, &mut hook, None)?;
        HOOKS.delete(tx, &key)?;
        REMOVED.put(tx, &id, &())
    }

    /// Ends all of a publisher's: he goes.
    pub(in crate::shop) fn remove_hooks(&self, tx: &mut dyn Tx, publisher: PartyId) -> Result<(), Fault> {
        for ((_, id), _) in HOOKS.range(tx, Keys::under(&publisher), usize::MAX)? {
            self.remove_hook(tx, publisher, id)?;
        }
        Ok(())
    }
}
