//! Add: one more address is told.

use minicbor::bytes::ByteVec;
use seal::{Secret, Seed};
use store::{Keys, Tx};
use units::{Moment, PartyId};

use super::{HOOK_ADDRESS_MAX, HOOKS, HOOKS_MAX, Hook, HookId, HookRefused};
use crate::shop::{Shop, console::TENANTS};

impl Shop {
    /// From now on this address is told. Answers the secret that what it hears is signed with: it is shown once. Whether
    /// the address leads anywhere one may send to, whoever sends has looked at.
    pub fn add_hook(
        &self,
        tx: &mut dyn Tx,
        publisher: PartyId,
        address: &str,
        now: Moment,
        seed: &Seed,
    ) -> Result<(HookId, Secret), HookRefused> {
        if !TENANTS.has(tx, &publisher)? {
            return Err(HookRefused::NoPublisher);
        }
        let address = address.trim();
        if address.is_empty() || address.len() > HOOK_ADDRESS_MAX || address.chars().any(char::is_control) {
            return Err(HookRefused::Address);
        }
        let there = HOOKS.range(tx, Keys::under(&publisher), HOOKS_MAX)?;
        if there.iter().any(|(_, hook)| hook.address == address) {
            return Err(HookRefused::Twice);
        }
        if there.len() >= HOOKS_MAX {
            return Err(HookRefused::TooMany);
        }
        let id = seed.id("hook");
        let secret = Secret::new(*seed.part("hook's secret").expose());
        let locked = self.hooks_vault().lock(&id, secret.expose(), &seed.part("hook's lock"));
        let hook = Hook {
            address: address.to_owned(),
            since: now,
            secret: ByteVec::from(locked),
            old: None,
            wake: None,
            fails: 0,
        };
        HOOKS.put(tx, &(publisher, id), &hook)?;
        Ok((id, secret))
    }
}
