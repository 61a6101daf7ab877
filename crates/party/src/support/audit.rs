//! Audit of a support centre, from its records alone.

use deal::support::Stage;
use store::{Fault, Keys, View};

use super::{
    help::{BY_TIME, OLD, REQUESTS},
    pay::{PENDING, SLIPS},
    rows::{self, CASH, FEES, Paid, UNLOCKED, WITH},
};
use crate::{
    books::{self, posting_id},
    decided,
    errand::{self, ErrandId},
};

/// Everything that does not add up, in words; empty: all is well.
pub(super) fn audit(view: &mut dyn View) -> Result<Vec<String>, Fault> {
    let mut found = books::audit(view)?;
    let mut count = 0_usize;
    REQUESTS.each::<Fault>(view, Keys::all(), |view, id, request| {
        count = count.saturating_add(1);
        let name = units::OrderId(id);
        if request.answer.is_some() == (request.stage == Stage::Looking) {
            found.push(format!("request {name} is answered and waits, or neither"));
        }
        if (request.stage == Stage::Repaired) != request.finding.is_some_and(|f| f.repairs()) {
            found.push(format!("request {name} was repaired without a seller's word"));
        }
        let asked = errand::open(view, ErrandId::of("reissue", &id))?.is_some();
        if asked != (request.seller.is_some() && request.answer.is_none()) {
            found.push(format!("request {name} waits for a seller whom nobody asks"));
        }
        if !BY_TIME.has(view, &(request.at, id))? {
            found.push(format!("request {name} is not found by its time"));
        }
        if request.sheet.is_some() != OLD.has(view, &(request.at, id))? {
            found.push(format!(
                "the log of request {name} is kept for ever, or was dropped early"
            ));
        }
        Ok(())
    })?;
    let mut listed = 0_usize;
    BY_TIME.each::<Fault>(view, Keys::all(), |_, _, ()| {
        listed = listed.saturating_add(1);
        Ok(())
    })?;
    if listed != count {
        found.push(format!("{listed} requests are listed, there are {count}"));
    }
    unlocked(view, &mut found)?;
    Ok(found)
}

/// One fee, one key: every unlocking was given, booked and numbered, every given deal is one, and the books say the same.
fn unlocked(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    let (mut fees, mut cash, mut rows_count, mut receipts) = (0_i64, 0_i64, 0_u64, std::collections::BTreeSet::new());
    UNLOCKED.each::<Fault>(view, Keys::all(), |view, deal, row| {
        rows_count = rows_count.saturating_add(1);
        if !decided::of(view, deal)?.is_some_and(|d| d.given()) {
            found.push(format!("deal {deal} unlocked a license and was not given"));
        }
        if !receipts.insert(row.receipt) {
            found.push(format!("receipt {} stands for two unlockings", row.receipt));
        }
        if !rows::BY_TIME.has(view, &(row.at, deal))? {
            found.push(format!("the unlocking of deal {deal} is not found by its time"));
        }
        let booked = books::was_posted(view, posting_id("fee", &deal.0))?;
        if booked == (row.paid == Paid::Nothing) {
            found.push(format!("the fee of deal {deal} is not booked as it was paid"));
        }
        match row.paid {
            Paid::Slip(slip) if SLIPS.get(view, &slip)? != Some(deal) => {
                found.push(format!("slip {slip} is not known as that of its deal"));
            }
            Paid::Cash(_) => cash = cash.saturating_add(row.fee.minor()),
            _ => {}
        }
        if row.paid != Paid::Nothing {
            fees = fees.saturating_add(row.fee.minor());
        }
        Ok(())
    })?;
    decided::each::<Fault>(view, |view, deal, decided| {
        if decided.given() != UNLOCKED.has(view, &deal)? {
            found.push(format!("deal {deal} was given and unlocked nothing, or the reverse"));
        }
        Ok(())
    })?;
    PENDING.each::<Fault>(view, Keys::all(), |view, deal, pending| {
        if decided::of(view, deal)?.is_some() {
            found.push(format!("deal {deal} is decided and still waits"));
        }
        let asked = errand::open(view, ErrandId::of("present", &deal.0))?.is_some();
        if asked == pending.cash.is_some() {
            found.push(format!("deal {deal} waits, and nobody asks the issuer, or for nothing"));
        }
        Ok(())
    })?;
    if receipts.last().copied().unwrap_or(0) != rows_count {
        found.push(format!(
            "{rows_count} unlockings, the last receipt is {:?}",
            receipts.last()
        ));
    }
    let (with, taken, owed) = (
        books::total(view, WITH)?,
        books::total(view, CASH)?,
        books::total(view, FEES)?,
    );
    if (with.saturating_add(taken), owed) != (fees, fees) || taken > cash {
        found.push(format!(
            "fees of {fees} were paid; with payees {with}, in cash {taken}, owed {owed}"
        ));
    }
    Ok(())
}
