//! Audit of settlements: every approval asked about once, every open question with its errand, every charge in the books.

use store::{Fault, Keys, View};
use units::Money;

use super::{DUE, SETTLEMENTS, Stage, USED, WITH, errand_of};
use crate::{
    books::{self, Account},
    errand,
};
use deal::approval::RedeemWord;

/// What does not agree, in words.
pub(crate) fn audit(view: &mut dyn View) -> Result<Vec<String>, Fault> {
    let mut found = Vec::new();
    SETTLEMENTS.each::<Fault>(view, Keys::all(), |view, deal, row| {
        if USED.get(view, &(row.approver, row.approval))? != Some(deal) {
            found.push(format!(
                "approval {} of sale {deal} belongs to another sale",
                row.approval
            ));
        }
        let open = DUE.has(view, &(row.deadline, deal))?;
        if open != (row.stage == Stage::Asking) {
            found.push(format!("the time of sale {deal}'s question is kept wrongly"));
        }
        if let Some(no) = row.uncharged {
            found.push(format!(
                "sale {deal} was permitted, and its approver does not charge it ({}); ask it why",
                no.code()
            ));
        }
        let word = match row.stage {
            Stage::Asking => Some(RedeemWord::Permit),
            Stage::Settling => Some(RedeemWord::Settled),
            _ => None,
        };
        if let Some(word) = word
            && errand::open(view, errand_of(word, deal))?.is_none()
        {
            found.push(format!("sale {deal} waits for an approver whom nobody asks"));
        }
        Ok(())
    })?;
    USED.each::<Fault>(view, Keys::all(), |view, (_, approval), deal| {
        if !SETTLEMENTS.has(view, &deal)? {
            found.push(format!("approval {approval} is used by a sale that is not there"));
        }
        Ok(())
    })?;
    Ok(found)
}

/// Do the books say of each approver what the settlements add up to? Only where no sale was refunded past them.
pub(crate) fn with(view: &mut dyn View, zero: Money, booked_as: &[&str]) -> Result<Vec<String>, Fault> {
    let mut sums: std::collections::BTreeMap<[u8; 16], i64> = std::collections::BTreeMap::new();
    SETTLEMENTS.each::<Fault>(view, Keys::all(), |view, deal, row| {
        let mut is_booked = false;
        for what in booked_as {
            is_booked |= books::was_posted(view, books::posting_id(what, &deal.0))?;
        }
        let owes = match row.stage {
            // A shop that gives after the charge books the sale with the gift.
            Stage::Settling if !is_booked => return Ok(()),
            Stage::Settling => row.sale.amount,
            Stage::Charged(part) => row.sale.amount.minus(part).unwrap_or(zero),
            Stage::Asking | Stage::Abandoned(_) => return Ok(()),
        };
        let sum = sums.entry(row.approver.0).or_default();
        *sum = sum.saturating_add(owes.minor());
        Ok(())
    })?;
    let mut found = Vec::new();
    for (approver, sum) in sums {
        let booked = books::balance(view, Account::of(WITH, approver))?;
        if booked != sum {
            found.push(format!(
                "settlements with an approver add up to {sum}, the books say {booked}"
            ));
        }
    }
    Ok(found)
}
