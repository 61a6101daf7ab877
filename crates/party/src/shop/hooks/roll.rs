//! Roll: another secret takes the place of the one that stands. For a day what is sent is signed with both, so that no program
//! takes a true event for a forged one while it is given the new one.

use minicbor::bytes::ByteVec;
use seal::{Secret, Seed};
use store::Tx;
use units::{Moment, PartyId};

use super::{HOOKS, HookId, HookRefused, OLD_SECRET_STANDS, OldSecret};
use crate::shop::Shop;

impl Shop {
    /// A new secret, and until when the old one stands.
    pub fn roll_hook(
        &self,
        tx: &mut dyn Tx,
        (publisher, id): (PartyId, HookId),
        now: Moment,
        seed: &Seed,
    ) -> Result<(Secret, Moment), HookRefused> {
        let mut hook = HOOKS.get(tx, &(publisher, id))?.ok_or(HookRefused::Unknown)?;
        if hook.old_until(now).is_some() {
            return Err(HookRefused::Rolled);
        }
        let secret = Secret::new(*seed.part("hook's secret").expose());
        let locked = self.hooks_vault().lock(&id, secret.expose(), &seed.part("hook's lock"));
        let until = now.plus(OLD_SECRET_STANDS);
        let before = core::mem::replace(&mut hook.secret, ByteVec::from(locked));
        hook.old = Some(OldSecret { secret: before, until });
        HOOKS.put(tx, &(publisher, id), &hook)?;
        Ok((secret, until))
    }
}
