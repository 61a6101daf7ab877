//! Outside: what an issuer's books say of the bank's and of sellers', for whoever holds them side by side. Each book is right by
//! itself; only somebody who sees several can say that money which one let go came to the other.

use std::collections::BTreeMap;

use store::{Fault, Keys, View};
use units::{DealId, Hash, Money, PartyId, TransferId};

use super::{
    Issuer,
    cash::{self, ORDERS},
    honour::{BANK, SLIPS, SlipState},
    load::{self, PENDING},
};
use crate::{
    books::{self, Account, posting_id},
    decided, errand,
};

/// Money that an issuer asked of its bank for a purse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CameIn {
    /// How much.
    pub amount: Money,
    /// The issuer has heard that it came; else it still asks.
    pub booked: bool,
}

/// Where a transfer out of an issuer's account stands in its books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WentOut {
    /// It left.
    PaidOut(Money),
    /// It was ordered, and the bank's answer is not here yet.
    Ordered,
    /// The bank would not: it is owed again as before.
    Returned,
}

/// A slip that somebody brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlipAtIssuer {
    /// It was money, and its payee was credited; else it is refused, or waits for whoever brings it.
    pub honoured: bool,
    /// Who brought it.
    pub by: Option<PartyId>,
    /// In which deal.
    pub deal: DealId,
    /// To whom.
    pub payee: PartyId,
    /// How much.
    pub amount: Money,
}

impl Issuer {
    /// What its books say lies at the bank, from purses: minor units.
    pub fn at_bank(&self, view: &mut dyn View) -> Result<i64, Fault> {
        books::balance(view, Account::own(BANK))
    }

    /// Everything that came in for purses or was asked for, by its transfer.
    pub fn came_in(&self, view: &mut dyn View) -> Result<BTreeMap<TransferId, CameIn>, Fault> {
        let mut found = BTreeMap::new();
        PENDING.each::<Fault>(view, Keys::all(), |_, deal, pending| {
            let (amount, booked) = (pending.amount, false);
            found.insert(load::transfer_of(deal), CameIn { amount, booked });
            Ok(())
        })?;
        decided::each::<Fault>(view, |view, deal, _| {
            let booked = books::amount_of(view, posting_id("load", &seal::hash(&deal.0).0))?;
            if let Some(amount) = booked {
                found.insert(load::transfer_of(deal), CameIn { amount, booked: true });
            }
            Ok(())
        })?;
        ORDERS.each::<Fault>(view, Keys::all(), |view, order, row| {
            let booked = books::amount_of(view, posting_id("cash", &seal::hash(&order.0).0))?;
            if booked.is_some() || row.is_asking() {
                let came = CameIn {
                    amount: booked.unwrap_or(row.amount()),
                    booked: booked.is_some(),
                };
                found.insert(cash::transfer_of(order), came);
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// Where a transfer out of its account stands; nothing: it never ordered it.
    pub fn went_out(&self, view: &mut dyn View, id: TransferId) -> Result<Option<WentOut>, Fault> {
        let about = seal::hash(&id.0).0;
        if let Some(amount) = books::amount_of(view, posting_id("paid out", &about))? {
            return Ok(Some(WentOut::PaidOut(amount)));
        }
        if errand::open(view, errand::ErrandId::of("out", &id.0))?.is_some() {
            return Ok(Some(WentOut::Ordered));
        }
        for back in ["payout returned", "redeem returned"] {
            if books::was_posted(view, posting_id(back, &about))? {
                return Ok(Some(WentOut::Returned));
            }
        }
        Ok(None)
    }

    /// Every slip that came, by its name.
    pub fn slips(&self, view: &mut dyn View) -> Result<BTreeMap<Hash, SlipAtIssuer>, Fault> {
        let mut found = BTreeMap::new();
        SLIPS.each::<Fault>(view, Keys::all(), |_, id, row| {
            let slip = SlipAtIssuer {
                honoured: row.state == SlipState::Honoured,
                by: row.by,
                deal: row.deal,
                payee: row.payee,
                amount: row.amount,
            };
            found.insert(id, slip);
            Ok(())
        })?;
        Ok(found)
    }
}
