//! Set off: what a payer gave back to a buyer it takes from what it pays next, and says so in the payment's reference
//! ([`Advice`]). The seller's tax and shares give up their part of that sale, in the write that settles the record the payment
//! is for, so that its books and the payer's close on the same figures (ST-5, ST-6).

use deal::charge::ChargeId;
use store::{Fault, Keys, Tx, View};
use units::{DealId, Hash, Moment, Money, PartyId, TransferId};

use super::{
    PayRefused, Shop,
    sales::SALES,
    unsettled::{CARRIED, GIVEN_BACK, SETTLED, Settled, SettledBy, UNSETTLED, record},
};
use crate::{
    bank::Advice,
    books::{self, Account, Posting, posting_id},
};

/// What was given back of a charge so far, in minor units.
pub(super) fn given_back(view: &mut dyn View, charge: ChargeId) -> Result<i64, Fault> {
    let mut sum = 0_i64;
    GIVEN_BACK.each::<Fault>(view, Keys::under(&charge), |_, _, amount| {
        sum = sum.saturating_add(amount.minor());
        Ok(())
    })?;
    Ok(sum)
}

/// Is there a sale, and was it not handed back to this shop?
fn is_kept(view: &mut dyn View, deal: DealId) -> Result<bool, Fault> {
    Ok(SALES.get(view, &deal)?.is_some_and(|sale| sale.refunded.is_none()))
}

impl Shop {
    /// May all that an advice sets off be set off? Each part is of a sale that this payer paid, or shall pay, and no more than
    /// is left of it; what nothing comes for is unsettled.
    pub(super) fn may_set_off(&self, view: &mut dyn View, advice: &Advice, payer: PartyId) -> Result<bool, Fault> {
        for (of, off) in &advice.less {
            let open = UNSETTLED.get(view, &of.0)?;
            // A notice may overtake the one of the payment it takes from.
            let paid = SETTLED
                .get(view, &of.0)?
                .filter(|row| matches!(row.by, SettledBy::Transfer(_)));
            let Some(was) = open.or(paid.map(|row| row.was)).filter(|was| was.payer == payer) else {
                return Ok(false);
            };
            let left = was.amount.minor().saturating_sub(given_back(view, of.0)?);
            if i64::try_from(*off).map_or(true, |off| off > left) || !is_kept(view, was.deal)? {
                return Ok(false);
            }
        }
        for of in &advice.nothing_for {
            let Some(was) = UNSETTLED.get(view, &of.0)?.filter(|was| was.payer == payer) else {
                return Ok(false);
            };
            let whole = *of != advice.pays && given_back(view, of.0)? == 0;
            if !whole || !is_kept(view, was.deal)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Sets off what an advice says. Callers have asked whether they may; nothing of it refuses.
    pub(super) fn set_off(
        &self,
        tx: &mut dyn Tx,
        by: TransferId,
        advice: &Advice,
        now: Moment,
    ) -> Result<(), PayRefused> {
        for (of, off) in &advice.less {
            let Some(was) = record(tx, of.0)? else { continue };
            let off = i64::try_from(*off).unwrap_or(i64::MAX);
            let back = Money::new(off, was.amount.currency()).unwrap_or(was.amount);
            let Some(sale) = SALES.get(tx, &was.deal)? else {
                continue;
            };
            let posting = Posting {
                id: posting_id("given back", &[&of.0[..], &by.0].concat()),
                what: "given back",
                about: Hash(was.deal.0),
                legs: self.legs_back(&sale, back, Account::of(CARRIED, was.payer.0)),
            };
            books::post(tx, &posting, now)?;
            GIVEN_BACK.put(tx, &(of.0, by), &back)?;
        }
        for of in &advice.nothing_for {
            let Some(was) = UNSETTLED.get(tx, &of.0)? else { continue };
            let Some(sale) = SALES.get(tx, &was.deal)? else {
                continue;
            };
            let legs = self.legs_back(&sale, was.amount, Account::of(CARRIED, was.payer.0));
            GIVEN_BACK.put(tx, &(of.0, by), &was.amount)?;
            self.settle_record(tx, of.0, was, SettledBy::GivenBack(by), now, legs)?;
        }
        Ok(())
    }

    /// What the payer gave back to the buyer of a charge, and set off here.
    pub fn given_back(&self, view: &mut dyn View, charge: ChargeId) -> Result<Money, Fault> {
        let currency = self.desk.currency();
        let sum = given_back(view, charge)?;
        Ok(Money::new(sum, currency).unwrap_or(Money::zero(currency)))
    }
}

/// What was given back of a settled record is no more than it, and all of it where nothing came.
pub(super) fn check(
    view: &mut dyn View,
    charge: ChargeId,
    settled: &Settled,
    found: &mut Vec<String>,
) -> Result<(), Fault> {
    let (back, whole) = (given_back(view, charge)?, settled.was.amount.minor());
    let fits = match settled.by {
        SettledBy::Transfer(_) => back <= whole,
        SettledBy::GivenBack(by) => back == whole && GIVEN_BACK.has(view, &(charge, by))?,
        SettledBy::Cleared(_) | SettledBy::HandedBack(_) => back == 0,
    };
    if !fits {
        let charge = units::OrderId(charge);
        found.push(format!("{back} of charge {charge} was given back, of {whole}"));
    }
    Ok(())
}
