//! What several tests at the issuer's counter begin with.

use deal::{ValueKind, issuer::Honour, wire};
use party::Verb;
use seal::{Audience, Kind as Sealed, Role};
use units::{DealId, PartyId, ValueId};

use super::{Goods, Holder, World};

/// One work on sale for 1000, a buyer with 2000 on the card and 3000 at the bank.
pub fn ready() -> (World, Holder) {
    let mut world = World::new();
    world.publish(&Goods::default());
    let mut buyer = Holder::new(&mut world, 1);
    let opened = world.account(5000);
    buyer.put(opened.value, opened.signed);
    buyer.load(&mut world, 2000).gift();
    (world, buyer)
}

/// The account on a card.
pub fn account_of(holder: &Holder) -> (PartyId, ValueId) {
    let (value, _) = holder
        .state
        .values
        .iter()
        .find(|(v, _)| v.kind == ValueKind::Account)
        .unwrap();
    (value.maker, value.id)
}

/// What the issuer holds for a card: shadow account, redeemed, lost.
pub fn shadow(world: &World, holder: &Holder) -> (i64, i64, i64) {
    let (issuer, card) = (world.issuer.party.clone(), holder.card);
    let s = world.issuer.store.read(|v| issuer.shadow(v, card)).unwrap();
    (s.float.minor(), s.held.minor(), s.loss.minor())
}

/// Slips brought to the issuer by a party of this role: its answers.
pub fn present(world: &mut World, role: Role, name: &str, slips: Vec<(DealId, deal::Slip)>) -> Vec<Honour> {
    let keys = world.maker.party(role, name).unwrap();
    let issuer = world.issuer.party.id();
    let realm = world.maker.realm().id();
    let body = wire::Present {
        by: keys.id(),
        slips,
        certificate: keys.certificate().to_vec().into(),
    };
    let body = seal::sign(keys.signer(), Sealed::Present, realm, Audience::from(issuer), &body);
    let answer = world.answer(issuer, Verb::Present, &body);
    let said = seal::parse::<wire::Presented>(&answer, Sealed::Presented, realm).unwrap();
    said.claims().answers.iter().map(|(_, h)| *h).collect()
}
