//! Decide: a card as giver. Its one durable write decides the deal: key, generation, hop and number, all at once.

use alloc::vec::Vec;
use minicbor::bytes::ByteVec;
use units::{DealId, Moment};

use crate::{
    Entry, Gift, Given, Held, Kind, Number, Pay, Side, Slip, State, Status, Tender, VoidReason,
    breakage::{Breakage, on},
    covered, winner,
};

/// What a card answers to one `pay`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Decided before: say the same again.
    Repeat(Given),
    /// This card was restored from an old copy: it freezes and says nothing.
    Freeze(Entry),
    /// Older than what this card still knows.
    SeeIssuer,
    /// No, and its number had passed already: nothing to write.
    VoidPassed,
    /// No: the number passes with this entry.
    Void(VoidReason, Entry),
    /// Yes. The card puts the signed `settle` in ([`Entry::given_signed`]) before it writes.
    Give(Entry),
}

impl State {
    /// Decides one payment. `certified`: the receiver's certificate and this card's own hold at `now`.
    pub fn decide(&self, deal: DealId, pay: &Pay, certified: bool, now: Moment) -> Decision {
        if let Some(given) = self.given.iter().find(|g| g.deal == deal) {
            return Decision::Repeat(given.clone());
        }
        let Number::Card(give_no) = pay.quote.number else {
            return Decision::SeeIssuer;
        };
        if give_no > self.give_no {
            return Decision::Freeze(Entry::Frozen);
        }
        if give_no < self.floor {
            return Decision::SeeIssuer;
        }
        if give_no < self.give_no {
            return Decision::VoidPassed;
        }
        match self.may_give(pay, certified, now) {
            Ok(held) => Decision::Give(self.give(deal, pay, held)),
            Err(reason) => Decision::Void(reason, Entry::Passed),
        }
    }

    fn may_give(&self, pay: &Pay, certified: bool, now: Moment) -> Result<&Held, VoidReason> {
        let quote = &pay.quote;
        if now > quote.until {
            return Err(VoidReason::QuoteEnded);
        }
        if self.frozen || !certified {
            return Err(VoidReason::Certificate);
        }
        let held = quote
            .offer
            .and_then(|offer| self.usable_of(offer))
            .ok_or(VoidReason::License)?;
        let allowed = match quote.kind {
            Kind::Copy => held.modes.copy && held.status == Status::Usable,
            Kind::Move => held.modes.move_ && held.status == Status::Usable,
            _ => false,
        };
        if !allowed {
            return Err(VoidReason::License);
        }
        if quote.kind == Kind::Copy && !self.may_copy(held, quote.generation) {
            return Err(VoidReason::Limit);
        }
        if (self.given.len() >= usize::from(self.profile.given_max) && !on(Breakage::FullGivenDropsOldest))
            || self.evidence.len().saturating_add(self.paid.len()) >= usize::from(self.profile.evidence_max)
        {
            return Err(VoidReason::Full);
        }
        if winner(held.route, quote.facts, pay.facts) != pay.winner && !on(Breakage::WinnerDiffers) {
            return Err(VoidReason::Winner);
        }
        self.slips_fit(pay, held)?;
        covered(quote.price, &quote.accepts, &pay.tenders, quote.offer, now).map_err(|_| VoidReason::Tender)?;
        Ok(held)
    }

    /// Copies left, and a generation within the policy that is one more than this card's own.
    pub(crate) fn may_copy(&self, held: &Held, generation: u8) -> bool {
        on(Breakage::GenerationUnchecked)
            || held.copies_left != Some(0)
                && held.generation.checked_add(1) == Some(generation)
                && (generation <= held.generations)
    }

    fn slips_fit(&self, pay: &Pay, held: &Held) -> Result<(), VoidReason> {
        let (payee, route, title) = (held.payee, held.route, held.title);
        let fits = match pay.winner {
            Side::Receiver => {
                self.hop_set(payee, route, title).len().saturating_add(1) <= usize::from(pay.room)
                    || on(Breakage::HopBeyondRoom)
            }
            Side::Giver => {
                let come = pay.slips.len().saturating_add(1);
                self.slips_reserved(payee, route, title).saturating_add(come) <= usize::from(self.profile.slips_max)
            }
        };
        if fits { Ok(()) } else { Err(VoidReason::Room) }
    }

    fn give(&self, deal: DealId, pay: &Pay, held: &Held) -> Entry {
        let moves = pay.quote.kind == Kind::Move;
        let fare: Option<Slip> = pay
            .tenders
            .iter()
            .find_map(|t| if let Tender::Slip(s) = t { Some(s.clone()) } else { None });
        let (hop, incoming) = match pay.winner {
            Side::Receiver => (self.hop_set(held.payee, held.route, held.title), Vec::new()),
            Side::Giver => (Vec::new(), pay.slips.iter().cloned().chain(fare.clone()).collect()),
        };
        let mut license = held.clone();
        if !moves {
            if !on(Breakage::GenerationNotRaised) {
                license.generation = license.generation.saturating_add(1);
            }
            license.rights = held.copy_rights;
            license.first_play = None;
        }
        license.bind = pay.bind.clone();
        license.tag = pay.receiver;
        let gift = Gift {
            license: Some(license),
            slips: hop,
            credit: None,
            values: Vec::new(),
        };
        let given = Given {
            deal,
            receiver: pay.receiver,
            pay_no: pay.pay_no,
            give_no: self.give_no,
            gift,
            message: ByteVec::from(Vec::new()),
        };
        Entry::Given(given, Some(held.id), moves, incoming, fare)
    }
}
