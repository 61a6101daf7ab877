//! Charges: the carrier's books, the card's outbox between the two, and what must hold of both (S14).
//!
//! A charge is said when its deal closes, and then for ever: the carrier hears it again whenever the adversary likes, and the
//! card hears every answer that was ever given. Whether a new charge is paid is the adversary's choice.

use deal::charge::{Charge, ChargeId, ChargeStep, ChargeWord, Charged, WhyRefused, decide_charge};
use deal::{Hearing, Kind, Number, Pay, Status};
use units::{LicenseId, OfferNo, OrderId};

use super::names::from_deal;
use super::step::NOW;
use super::world::{Books, World};

/// The charge that a payment names.
pub fn charge_of(pay: &Pay) -> Option<ChargeId> {
    deal::charge_of(&pay.tenders).map(|(id, ..)| id)
}

/// The charge that a clear is about: its order.
pub const fn cleared_by(pay: &Pay) -> Option<ChargeId> {
    match (pay.quote.kind, pay.quote.number) {
        (Kind::Clear, Number::Order(OrderId(charge))) => Some(charge),
        _ => None,
    }
}

impl Books {
    /// How often the holder is billed for a charge.
    pub fn times_billed(&self, charge: ChargeId) -> u8 {
        self.billed.get(&charge).copied().unwrap_or(0)
    }
}

impl World {
    /// What a card has in its outbox is said.
    pub fn say_charges(&mut self, card: usize) {
        let due: Vec<Charge> = self.cards[card].outbox().map(|o| o.charge(OfferNo(1))).collect();
        self.said.edit(|said| {
            for charge in due {
                said.charges.entry(charge.charge).or_insert(charge);
            }
        });
    }

    /// The carrier hears a charge, for the first time or again. One transaction: the decision, and the line on the bill.
    pub fn bill(&mut self, id: ChargeId, pays: bool) {
        let Some(charge) = self.said.charges.get(&id).cloned() else {
            return;
        };
        let content = seal::hash(&seal::cbor::to_bytes(&charge));
        let will = if pays { Ok(()) } else { Err(WhyRefused::NotTrusted) };
        let known = self.books.charges.get(&id).cloned();
        let said = match decide_charge((&charge, content), known.as_ref(), will, NOW) {
            ChargeStep::OtherContent => return,
            ChargeStep::Repeat(said) => said,
            ChargeStep::Decide(known) => {
                let said = known.said.clone();
                self.books.edit(|b| {
                    if said.word == ChargeWord::Paid {
                        *b.billed.entry(id).or_default() += 1;
                    }
                    b.charges.insert(id, known);
                });
                said
            }
        };
        self.said.edit(|all| all.charged.insert(said));
    }

    /// The card hears the answer with this index, whichever it is.
    pub fn hear_charged(&mut self, n: usize) {
        let Some(word) = self.said.charged.iter().nth(n).cloned() else {
            return;
        };
        self.hear_word(&word);
    }

    fn hear_word(&mut self, word: &Charged) {
        let Some(card) = self.said.deals.get(&word.deal).map(|d| d.by) else {
            return;
        };
        if let Hearing::Write(entry) = self.cards[card].charged(word, b"refused") {
            self.write(card, &entry);
        }
    }

    /// Every charge is said once more, and its answer heard.
    pub fn settle_charges(&mut self) {
        for card in 0..self.cards.len() {
            self.say_charges(card);
            let due: Vec<ChargeId> = self.cards[card].outbox().map(|o| o.charge).collect();
            for id in due {
                self.bill(id, true);
                let said: Vec<Charged> = self.said.charged.iter().filter(|c| c.charge == id).cloned().collect();
                said.iter().for_each(|word| self.hear_word(word));
            }
        }
    }

    /// Does a charge still wait for its answer?
    pub fn charge_open(&self) -> bool {
        self.cards.iter().any(|c| c.outbox().next().is_some())
    }
}

/// A license bought by a charge is owing, or paid once: by the carrier or by a clear, never both; what was not given is
/// never billed; and nothing that is owed leaves the card that owes it.
pub fn paid_once(world: &World) -> bool {
    let cleared = |charge| {
        let clears = world.said.deals.values().filter(|d| d.marks.decided);
        clears.filter(|d| cleared_by(&d.pay) == Some(charge)).count()
    };
    let each = world.said.deals.iter().all(|(id, deal)| {
        let Some(charge) = charge_of(&deal.pay) else {
            return true;
        };
        let billed = usize::from(world.books.times_billed(charge));
        let paid = billed + cleared(charge);
        let license = LicenseId(from_deal(*id));
        let open = |s: &deal::State| {
            let held = s.licenses.get(&license);
            held.is_some_and(|h| matches!(h.status, Status::Usable | Status::Partial))
        };
        let opened = world.cards.iter().any(|card| open(card));
        paid <= 1 && (billed == 0 || deal.marks.key) && (!opened || paid == 1)
    });
    let owed_here = world.cards.iter().all(|card| {
        card.licenses.values().all(|held| match held.status {
            Status::Owing(charge) | Status::Refused(charge) => card.owed(held.id).is_some_and(|o| o.charge == charge),
            _ => true,
        })
    });
    each && owed_here
}

/// The ground of a clear: did its card hold the payer's refusal when it paid?
pub fn shows_refusal(state: &deal::State, pay: &Pay) -> bool {
    let owed = pay.quote.license.and_then(|id| state.owed(id));
    owed.is_some_and(|o| o.refused.is_some())
}
