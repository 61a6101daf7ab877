//! Audit of the embedded bank: its books from their entries, its transfers against its books.

use std::collections::BTreeMap;

use store::{Fault, Keys, View};

use super::{
    Transferred,
    account::{DEPOSITS, LINES, PARTY_DEPOSITS, TRANSFERS},
};
use crate::books;

/// Everything that does not add up, in words; empty: all is well.
pub(super) fn audit(view: &mut dyn View) -> Result<Vec<String>, Fault> {
    let mut found = books::audit(view)?;
    let mut booked = BTreeMap::new();
    TRANSFERS.each::<Fault>(view, Keys::all(), |_, id, kept| {
        if let Transferred::Booked(_) = kept.outcome {
            booked.insert(id, (kept.amount, 0_u8));
        }
        Ok(())
    })?;
    LINES.each::<Fault>(view, Keys::all(), |view, _, line| {
        match booked.get_mut(&line.id) {
            Some((amount, lines)) if *amount == line.amount => *lines = lines.saturating_add(1),
            // Cash that was brought stands on one statement.
            None if line.credit && books::was_posted(view, line.id)? => {}
            _ => found.push(format!(
                "a statement shows transfer {}, which was not booked so",
                line.id
            )),
        }
        Ok(())
    })?;
    for (id, (_, lines)) in booked.iter().filter(|(_, (_, lines))| *lines != 2) {
        found.push(format!("transfer {id} stands on {lines} statements instead of two"));
    }
    balances(view, &mut found)?;
    super::file::audit(view, &mut found)?;
    super::debit::audit(view, &mut found)?;
    crate::centre::audit(view, &mut found)?;
    Ok(found)
}

/// Whatever changes an account writes a line of it: so the lines add up to the balance.
fn balances(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    let mut sums: BTreeMap<(u8, [u8; 16]), i64> = BTreeMap::new();
    LINES.each::<Fault>(view, Keys::all(), |_, (key, _), line| {
        let sum = sums.entry(key).or_default();
        let by = line.amount.minor();
        *sum = if line.credit {
            sum.saturating_add(by)
        } else {
            sum.saturating_sub(by)
        };
        Ok(())
    })?;
    let tokens = books::each(view, DEPOSITS)?
        .into_iter()
        .map(|(of, balance)| ((1, of), balance));
    let parties = books::each(view, PARTY_DEPOSITS)?
        .into_iter()
        .map(|(of, balance)| ((2, of), balance));
    for (key, balance) in tokens.chain(parties) {
        let sum = sums.remove(&key).unwrap_or_default();
        if sum != balance {
            found.push(format!("an account's statement comes to {sum}, and {balance} is in it"));
        }
    }
    let orphans = sums.values().filter(|sum| **sum != 0).count();
    if orphans > 0 {
        found.push(format!("{orphans} statements belong to no account"));
    }
    Ok(())
}
