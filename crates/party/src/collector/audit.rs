//! Audit of a collector: slips against deals, errands and books.

use std::collections::BTreeMap;

use store::{Fault, Keys, View};
use units::PartyId;

use super::{BY_PAYEE, SLIPS, UNDER_WAY, figures, take::PENDING};
use crate::{
    books, decided,
    errand::{self, ErrandId},
};

/// Everything that does not add up, in words; empty: all is well.
pub(super) fn audit(view: &mut dyn View) -> Result<Vec<String>, Fault> {
    let mut found = books::audit(view)?;
    let mut under_way: BTreeMap<[u8; 16], i64> = BTreeMap::new();
    let mut rows = Vec::new();
    SLIPS.each::<Fault>(view, Keys::all(), |view, id, row| {
        if !decided::of(view, row.deal)?.is_some_and(|d| d.given()) {
            found.push(format!("slip {id} was taken in a deal that was not given"));
        }
        if row.answer.is_none() {
            let sum = under_way.entry(row.payee.0).or_default();
            *sum = sum.saturating_add(row.amount.minor());
            if errand::open(view, ErrandId::of("present", &row.deal.0))?.is_none() {
                found.push(format!("slip {id} waits, and nobody brings it to the issuer"));
            }
        }
        rows.push(row);
        Ok(())
    })?;
    for (payee, balance) in books::each(view, UNDER_WAY)? {
        if under_way.remove(&payee).unwrap_or(0) != balance {
            found.push(format!("slips under way for {} differ from the books", PartyId(payee)));
        }
    }
    if !under_way.is_empty() {
        found.push("slips are under way that the books do not know".to_owned());
    }
    let mut listed = 0_usize;
    BY_PAYEE.each::<Fault>(view, Keys::all(), |_, _, ()| {
        listed = listed.saturating_add(1);
        Ok(())
    })?;
    if listed != rows.len() {
        found.push(format!("{listed} slips are listed, {} were taken", rows.len()));
    }
    PENDING.each::<Fault>(view, Keys::all(), |view, deal, _| {
        if decided::of(view, deal)?.is_some() {
            found.push(format!("deal {deal} is decided and still waits for the issuer"));
        }
        if errand::open(view, ErrandId::of("present", &deal.0))?.is_none() {
            found.push(format!("deal {deal} waits for the issuer, and nobody asks it"));
        }
        Ok(())
    })?;
    figures::audit(view, &rows, &mut found)?;
    Ok(found)
}
