//! Audit of an issuer: from events alone, slips against shadow accounts, loads against the bank, redemptions against what
//! waits.

use std::collections::BTreeMap;

use store::{Fault, Keys, View};

use super::{
    Issuer,
    honour::{BANK, BROUGHT, CLONES, DUE, FLOAT, HELD, LOSS, NUMBERS, OUT, OWES, PAYEE, SLIPS, SlipState, UNCLAIMED},
    load::{PENDING, USED},
    redeem::REDEMPTIONS,
};
use crate::{
    books::{self, Sort, posting_id},
    decided, errand,
};

/// Everything that does not add up, in words; empty: all is well.
pub(super) fn audit(issuer: &Issuer, view: &mut dyn View) -> Result<Vec<String>, Fault> {
    let mut found = books::audit(view)?;
    conserved(view, &mut found)?;
    slips(view, &mut found)?;
    redemptions(view, &mut found)?;
    decisions(view, &mut found)?;
    super::lost::audit(view, &mut found)?;
    super::cash::audit(view, &mut found)?;
    super::payout::audit(view, &mut found)?;
    let loss = books::total(view, LOSS)?;
    if loss > issuer.config.loss_max.minor() {
        found.push(format!("{loss} was honoured beyond what was loaded"));
    }
    if books::total(view, BANK)? < 0 {
        found.push("more left through the bank than came in by loads".to_owned());
    }
    Ok(found)
}

/// What came in is owed to somebody, on its way out, or named as lost.
fn conserved(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    let mut sum = |sorts: &[Sort]| -> Result<i64, Fault> {
        sorts
            .iter()
            .try_fold(0_i64, |sum, sort| Ok(sum.saturating_add(books::total(view, *sort)?)))
    };
    let (has, owes) = (
        sum(&[BANK, LOSS, OWES])?,
        sum(&[FLOAT, DUE, UNCLAIMED, PAYEE, HELD, OUT, super::cash::CASH])?,
    );
    if has != owes {
        found.push(format!("{has} is there or lost, {owes} is owed"));
    }
    Ok(())
}

/// Every honoured slip was booked once and by its amount, has its number, and its presenter's list names it.
fn slips(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    let mut brought = BTreeMap::new();
    BROUGHT.each::<Fault>(view, Keys::all(), |_, (by, _), slip| {
        if brought.insert(slip, by).is_some() {
            found.push(format!("slip {slip} is listed for two presenters"));
        }
        Ok(())
    })?;
    SLIPS.each::<Fault>(view, Keys::all(), |view, id, row| {
        let booked = books::was_posted(view, posting_id("slip", &id.0))?;
        if booked == (row.state == SlipState::Refused) {
            found.push(format!("slip {id} is {:?} and its booking says otherwise", row.state));
        }
        if row.state == SlipState::Honoured && row.by != brought.remove(&id) {
            found.push(format!("slip {id} is not on its presenter's list"));
        }
        if let (Some(card), true) = (row.card, booked) {
            let first = NUMBERS.get(view, &(card, row.pay_no))?;
            if first != Some(id) && !CLONES.has(view, &(card, row.pay_no, id))? {
                found.push(format!("slip {id} has the number of another, and nobody noted it"));
            }
        }
        Ok(())
    })?;
    for (slip, _) in brought {
        found.push(format!("slip {slip} is listed and was not honoured"));
    }
    NUMBERS.each::<Fault>(view, Keys::all(), |view, (_, number), id| {
        if SLIPS.get(view, &id)?.is_none_or(|row| row.pay_no != number) {
            found.push(format!("slip {id} was drawn and is missing"));
        }
        Ok(())
    })?;
    Ok(())
}

/// What waits to be redeemed is covered by what is held, at most.
fn redemptions(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    let mut waiting: BTreeMap<[u8; 16], i64> = BTreeMap::new();
    REDEMPTIONS.each::<Fault>(view, Keys::all(), |_, _, r| {
        let sum = waiting.entry(r.card.0).or_default();
        *sum = sum.saturating_add(r.amount.minor());
        Ok(())
    })?;
    for (card, balance) in books::each(view, HELD)? {
        let due = waiting.get(&card).copied().unwrap_or(0);
        if balance > due {
            found.push(format!("{balance} is held for a card and only {due} was redeemed"));
        }
    }
    Ok(())
}

/// A load is pending or decided, never both, and one that is pending still has its errand.
fn decisions(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    PENDING.each::<Fault>(view, Keys::all(), |view, deal, _| {
        if decided::of(view, deal)?.is_some() {
            found.push(format!("load {deal} is decided and still pending"));
        }
        if errand::open(view, errand::ErrandId::of("load", &deal.0))?.is_none() {
            found.push(format!("load {deal} waits for the bank, and nobody asks it"));
        }
        Ok(())
    })?;
    USED.each::<Fault>(view, Keys::all(), |view, (maker, id), deal| {
        if !decided::of(view, deal)?.is_some_and(|d| d.given()) {
            found.push(format!("refund order {id} of {maker} was taken for nothing"));
        }
        Ok(())
    })
}
