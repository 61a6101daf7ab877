//! Sell: a card as seller. A counter or a machine that is a card decides like any giver card, by one number and one write;
//! what is on its shelf is an argument, and its till is its escrow (SD-1).

use alloc::vec::Vec;
use license::{Rights, Route};
use minicbor::bytes::ByteVec;
use units::{ContentId, DealId, Hash, Moment, Money, PartyId};

use crate::{Decision, Entry, Gift, Given, Kind, Pay, Quote, Side, State, Tender, VoidReason, winner};

/// One offer on a counter's shelf, as it stands now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnShelf {
    /// Hash of the signed offer.
    pub offer: Hash,
    /// Hash of the signed policy.
    pub policy: Hash,
    /// The work.
    pub title: ContentId,
    /// The price.
    pub price: Money,
    /// To whom it is due.
    pub payee: PartyId,
    /// What the buyer may do.
    pub rights: Rights,
    /// Is nothing of the edition left?
    pub sold_out: bool,
}

impl OnShelf {
    /// Is the quote about this, at this price?
    fn says(&self, quote: &Quote) -> bool {
        quote.kind == Kind::Sale
            && quote.offer == Some(self.offer)
            && quote.policy == Some(self.policy)
            && (quote.title, quote.price, quote.payee) == (self.title, self.price, self.payee)
            && (quote.rights, quote.generation, quote.route) == (self.rights, 0, Route::Till)
    }
}

impl State {
    /// Room in the till for one more slip of this work?
    pub fn till_has_room(&self, payee: PartyId, title: ContentId) -> bool {
        self.slips_reserved(payee, Route::Till, title) < usize::from(self.profile.slips_max)
    }

    /// Decides one payment for something on the shelf; as [`State::decide`], with the guards of a sale.
    pub fn decide_sale(
        &self,
        deal: DealId,
        pay: &Pay,
        shelf: Option<&OnShelf>,
        certified: bool,
        now: Moment,
    ) -> Decision {
        if let Some(decision) = self.decided_before(deal, pay) {
            return decision;
        }
        match self.may_sell(pay, shelf, certified, now) {
            Ok(()) => Decision::Give(self.sell(deal, pay)),
            Err(reason) => Decision::Void(reason, Entry::Passed),
        }
    }

    fn may_sell(&self, pay: &Pay, shelf: Option<&OnShelf>, certified: bool, now: Moment) -> Result<(), VoidReason> {
        let quote = &pay.quote;
        if now > quote.until {
            return Err(VoidReason::QuoteEnded);
        }
        if !certified {
            return Err(VoidReason::Certificate);
        }
        let shelf = shelf.filter(|s| s.says(quote)).ok_or(VoidReason::Withdrawn)?;
        if shelf.sold_out {
            return Err(VoidReason::SoldOut);
        }
        if self.records_full() {
            return Err(VoidReason::Full);
        }
        if winner(Route::Till, quote.facts, pay.facts) != pay.winner || pay.winner != Side::Giver {
            return Err(VoidReason::Winner);
        }
        if !pay.slips.is_empty() || !self.till_has_room(quote.payee, quote.title) {
            return Err(VoidReason::Room);
        }
        pay.tenders_hold(now).map_err(|_| VoidReason::Tender)
    }

    fn sell(&self, deal: DealId, pay: &Pay) -> Entry {
        let fare = pay.tenders.iter().find_map(|t| match t {
            Tender::Slip(slip) => Some(slip.clone()),
            _ => None,
        });
        let given = Given {
            deal,
            receiver: pay.receiver,
            pay_no: pay.pay_no,
            give_no: self.give_no,
            gift: Gift::default(),
            message: ByteVec::from(Vec::new()),
            key: None,
            claimed: None,
        };
        Entry::Given(given, None, false, fare.clone().into_iter().collect(), fare)
    }
}
