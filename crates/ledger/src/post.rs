//! Posting: the one way money moves. A list is checked whole against a copy of the accounts it touches, then written;
//! between the two stands a line after which nothing is refused, so a refusal cannot leave half a list behind.

mod plan;
mod refused;

pub use refused::PostRefused;

use crate::books::TRANSFERS;
use crate::journal::{self, Event};
use crate::transfer::{LIST_MAX, MEMO_MAX};
use crate::{Posted, Resolution, Transfer};
use plan::Plan;
use std::collections::BTreeSet;
use store::{Tx, View};
use units::{Moment, TransferId};

/// Posts a list of transfers, all of them or none. A list posted before gets its old answer, whatever happened since.
/// Refuses as [`PostRefused`] says, and then nothing has changed.
pub fn post(tx: &mut dyn Tx, now: Moment, transfers: &[Transfer]) -> Result<Vec<Posted>, PostRefused> {
    let mut head = journal::head(tx)?.ok_or(PostRefused::NotBegun)?;
    check_list(transfers)?;
    if let Some(answers) = known(tx, transfers)? {
        return Ok(answers);
    }
    let mut plan = Plan::new(&head, now);
    for transfer in transfers {
        plan.add(tx, transfer)?;
    }
    // Nothing is refused after this line; only the store can fail, and then it keeps nothing.
    journal::append(
        tx,
        &mut head,
        now,
        Event::Posted {
            transfers: transfers.to_vec(),
        },
    )?;
    Ok(plan.write(tx, transfers)?)
}

/// Ends `hold` in the way of `how`, under the transfer `id`. The same as posting a list of that one transfer.
pub fn resolve(
    tx: &mut dyn Tx,
    now: Moment,
    id: TransferId,
    hold: TransferId,
    how: Resolution,
) -> Result<Posted, PostRefused> {
    let posted = post(tx, now, &[Transfer::resolve(id, hold, how)])?;
    posted.into_iter().next().ok_or(PostRefused::Empty)
}

fn check_list(transfers: &[Transfer]) -> Result<(), PostRefused> {
    if transfers.is_empty() {
        return Err(PostRefused::Empty);
    }
    if transfers.len() > LIST_MAX {
        return Err(PostRefused::TooMany(transfers.len()));
    }
    let mut ids = BTreeSet::new();
    if let Some(twice) = transfers.iter().find(|t| !ids.insert(t.id)) {
        return Err(PostRefused::SameIdTwice(twice.id));
    }
    match transfers.iter().find(|t| t.memo.len() > MEMO_MAX) {
        Some(long) => Err(PostRefused::MemoTooLong(long.id)),
        None => Ok(()),
    }
}

/// The answers of a list that was posted before; `None` when all of it is new.
fn known(view: &mut dyn View, transfers: &[Transfer]) -> Result<Option<Vec<Posted>>, PostRefused> {
    let mut answers: Vec<Posted> = Vec::new();
    let mut new = None;
    for transfer in transfers {
        match TRANSFERS.get(view, &transfer.id)? {
            Some(known) if known.transfer != *transfer => return Err(PostRefused::ExistsDifferently(transfer.id)),
            Some(known) => answers.push(known.posted),
            None => new = Some(transfer.id),
        }
    }
    match (answers.first(), new) {
        (None, _) => Ok(None),
        (Some(known), Some(new)) => Err(PostRefused::PartlyKnown { known: known.id, new }),
        (Some(first), None) => match answers.iter().find(|a| a.record != first.record) {
            Some(other) => Err(PostRefused::PartlyKnown {
                known: first.id,
                new: other.id,
            }),
            None => Ok(Some(answers)),
        },
    }
}
