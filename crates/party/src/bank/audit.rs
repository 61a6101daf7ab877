//! Audit of the embedded bank: its books from their entries, its transfers against its books.

use store::{Fault, Keys, View};

use super::{
    Transferred,
    account::{LINES, TRANSFERS},
};
use crate::books;

/// Everything that does not add up, in words; empty: all is well.
pub(super) fn audit(view: &mut dyn View) -> Result<Vec<String>, Fault> {
    let mut found = books::audit(view)?;
    let mut booked = std::collections::BTreeMap::new();
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
    super::file::audit(view, &mut found)?;
    Ok(found)
}
