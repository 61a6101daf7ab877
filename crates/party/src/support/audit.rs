//! Audit of a support centre, from its records alone.

use deal::support::Stage;
use store::{Fault, Keys, View};

use super::help::{BY_TIME, OLD, REQUESTS};
use crate::{
    books,
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
    Ok(found)
}
