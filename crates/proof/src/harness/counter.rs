//! Counter: a holder sends fares home through somebody else's machine: a cash machine that keeps the card while it asks, or
//! gives it back first and delivers later. The machine is a real party; what it took it delivers, whatever happens to it.

use card::Want;
use party::{
    collector::Path,
    errand::Verb,
    machine::{Hand, Order},
};
use seal::cbor;
use units::{PartyId, Refusal};

use super::{
    agenda::End,
    log::Intent,
    person::{Awaited, Person},
    scene::Scene,
};

impl Person {
    /// Puts the card into the machine: which publishers' fares does it take?
    pub fn goes_to_machine(&mut self, scene: &mut Scene, payee: PartyId) {
        if let Some(machine) = self.machine {
            self.asks(scene, machine, Verb::Standing, Vec::new(), Awaited::Orders(payee));
        }
    }

    /// The machine shows the standing orders it holds: the card pays the one of this publisher.
    pub(super) fn hands_in(&mut self, scene: &mut Scene, payee: PartyId, bytes: &[u8]) {
        let (number, now, seed) = (self.number, scene.now, self.seed(scene));
        let Some(machine) = self.machine else { return };
        let orders: Vec<Order> = cbor::from_bytes_within(bytes, 1 << 20).unwrap_or_default();
        let Some(order) = orders.into_iter().find(|order| order.payee == payee) else {
            return;
        };
        let after = scene.dice.per_mille(500);
        let Some(card) = &mut self.card else { return };
        let checked = match card.read_quote(&order.quote, None, None, now) {
            Ok(checked) => checked,
            Err(no) => return scene.log.finds(format!("card {number} refuses a standing order: {no}")),
        };
        let Some(agreed) = card.confirm_free(&checked) else {
            return;
        };
        let want = Want::default();
        scene
            .log
            .intends(number, Intent::of(&checked, card, &want, End::Party(payee)));
        match card.pay(&checked, agreed, &want, now, &seed) {
            Ok((deal, pay)) => {
                scene.say(|| format!("card {number} hands {} to the machine", deal.short()));
                let path = if after { Path::AtmAfter } else { Path::AtmBefore };
                let hand = Hand {
                    payee,
                    path,
                    to_account: false,
                    pay: pay.into_bytes().into(),
                };
                self.asks(
                    scene,
                    machine,
                    Verb::Hand,
                    cbor::to_bytes(&hand),
                    Awaited::Settle(payee),
                );
            }
            Err(no) => scene.log.refused(no.code()),
        }
    }
}
