//! Audit of a support centre, from its records alone.

use deal::support::Stage;
use store::{Fault, Keys, View};

use super::{
    help::{BY_TIME, OLD, REQUESTS},
    pass::{self, PASSING},
    pay::{PENDING, SLIPS},
    rows::{self, CASH, FEES, Paid, SENT, UNLOCKED, Unlocked, WITH},
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
        // One that its holder gave up has no answer and waits for none.
        let waits = request.stage == Stage::Looking;
        if request.answer.is_some() == waits && (waits || !request.is_given_up()) {
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
    let (mut fees, mut here, mut sent) = (0_i64, 0_i64, 0_i64);
    let (mut rows_count, mut receipts) = (0_u64, std::collections::BTreeSet::new());
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
            Paid::Cash(_) => match passing(view, deal, &row, found)? {
                Some(true) => sent = sent.saturating_add(row.fee.minor()),
                Some(false) => here = here.saturating_add(row.fee.minor()),
                None => {}
            },
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
    let (with, on_way, taken, owed) = (
        books::total(view, WITH)?,
        books::total(view, SENT)?,
        books::total(view, CASH)?,
        books::total(view, FEES)?,
    );
    let all = with.saturating_add(on_way).saturating_add(taken);
    if (all, owed, on_way, taken) != (fees, fees, sent, here) {
        found.push(format!(
            "fees of {fees} were paid; booked for payees {owed}, with them {with}, sent {on_way} of {sent}, in cash {taken} of {here}"
        ));
    }
    Ok(())
}

/// Where the cash of an unlocking is: on its way to its payee, still here, or with it. One of these, and the bank is being
/// asked exactly while it is on its way.
fn passing(
    view: &mut dyn View,
    deal: units::DealId,
    row: &Unlocked,
    found: &mut Vec<String>,
) -> Result<Option<bool>, Fault> {
    let passing = PASSING.get(view, &deal)?;
    if passing.is_some() == row.passed.is_some() {
        found.push(format!(
            "the cash of deal {deal} is neither passed on nor on its way, or both"
        ));
    }
    let sent = passing.as_ref().is_some_and(|p| p.refused.is_none());
    let attempt = passing.map_or(0, |p| p.attempt);
    if sent != errand::open(view, pass::errand_of(deal, attempt))?.is_some() {
        found.push(format!(
            "the cash of deal {deal} is on its way, and nobody asks the bank, or for nothing"
        ));
    }
    Ok(row.passed.is_none().then_some(sent))
}
