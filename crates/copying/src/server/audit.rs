//! Audit: everything that does not add up, recomputed from deliveries, flags, books and the trail (row-97).

use std::collections::BTreeMap;

use party::books;
use store::{Fault, Keys, View};

use super::{
    CopyServer,
    rows::{BY_KEEPER, BY_USER, DEVICES, ENTRIES, FREE, GIVEN, MEDIA, Use},
    takings::{LINES, TAKINGS},
};
use crate::wire::Source;

pub(super) fn audit(server: &CopyServer, view: &mut dyn View) -> Result<Vec<String>, Fault> {
    let mut found = books::audit(view)?;
    found.extend(server.check_trail(view)?);
    flags(view, &mut found)?;
    entries(view, &mut found)?;
    dead_devices(server, view, &mut found)?;
    let mut operator = 0_i64;
    LINES.each::<Fault>(view, Keys::all(), |view, (_, _, delivery), line| {
        operator = operator.saturating_add(line.charge.operator.minor());
        if line.charge.gateway.plus(line.charge.operator) != Ok(line.charge.amount) {
            found.push(format!("the parts of delivery {delivery} do not make its amount"));
        }
        if GIVEN
            .get(view, &delivery)?
            .is_none_or(|given| given.charge != line.charge)
        {
            found.push(format!(
                "the statement names delivery {delivery} otherwise than it was given"
            ));
        }
        Ok(())
    })?;
    let booked = books::balance(view, books::Account::own(TAKINGS))?;
    if booked != operator {
        found.push(format!(
            "the books hold takings of {booked}, the deliveries make {operator}"
        ));
    }
    Ok(found)
}

/// Every flag has its delivery and every delivery its flag.
fn flags(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    MEDIA.each::<Fault>(view, Keys::all(), |view, id, medium| {
        let (delivery, cleared) = match medium.used {
            Use::Unused => return Ok(()),
            Use::Given(delivery) => (delivery, false),
            Use::Freed(_, delivery) => (delivery, true),
        };
        let fits = GIVEN.get(view, &delivery)?.is_some_and(|given| {
            given.source == Source::Medium(id) && given.cleared.is_some() == cleared && given.batch == medium.batch
        });
        if !fits {
            found.push(format!(
                "medium {id} is flagged for delivery {delivery}, which is not so"
            ));
        }
        Ok(())
    })?;
    let mut standing: BTreeMap<_, u32> = BTreeMap::new();
    GIVEN.each::<Fault>(view, Keys::all(), |view, delivery, given| {
        match given.source {
            Source::Medium(medium) => {
                let used = MEDIA.get(view, &medium)?.map(|row| row.used);
                if given.cleared.is_none() {
                    let count = standing.entry(medium).or_default();
                    *count = count.saturating_add(1);
                    if used != Some(Use::Given(delivery)) {
                        found.push(format!(
                            "delivery {delivery} stands, and its medium {medium} is not flagged for it"
                        ));
                    }
                }
            }
            Source::Free(batch) => {
                if given.cleared.is_none() && FREE.get(view, &(batch, given.entry))? != Some(delivery) {
                    found.push(format!("delivery {delivery} of free content is not its user's"));
                }
            }
        }
        Ok(())
    })?;
    for (medium, count) in standing.into_iter().filter(|(_, count)| *count > 1) {
        found.push(format!("medium {medium} yielded its key {count} times"));
    }
    Ok(())
}

/// Every user is found by card and by User ID, and by nothing else.
fn entries(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    let (mut users, mut keepers) = (0_u64, 0_u64);
    ENTRIES.each::<Fault>(view, Keys::all(), |view, id, entry| {
        users = users.saturating_add(1);
        let keeper = match entry.bound.keeper() {
            Some((keeper, _)) => BY_KEEPER.get(view, &keeper)?,
            None => None,
        };
        if keeper != Some(id) || BY_USER.get(view, &entry.tag)? != Some(id) {
            found.push(format!("entry {id} is not found by its card or User ID"));
        }
        Ok(())
    })?;
    BY_KEEPER.each::<Fault>(view, Keys::all(), |_, _, _| {
        keepers = keepers.saturating_add(1);
        Ok(())
    })?;
    if users != keepers {
        found.push(format!("{keepers} cards lead to {users} users"));
    }
    Ok(())
}

/// Every dead device was killed by an act in the trail, and none that was killed lives.
fn dead_devices(server: &CopyServer, view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    let mut killed = std::collections::BTreeSet::new();
    let mut before = None;
    loop {
        let page = server.trail(view, before, 256)?;
        let Some((last, _)) = page.last() else { break };
        before = Some(*last);
        for (_, written) in &page {
            if let Some((old, _)) = written.act.about.split_once(" is now ") {
                killed.insert(old.to_owned());
            }
        }
    }
    DEVICES.each::<Fault>(view, Keys::all(), |_, id, made| {
        if killed.remove(&id.to_string()) != made.dead.is_some() {
            found.push(format!(
                "device {id} is dead without an act in the trail, or alive against one"
            ));
        }
        Ok(())
    })?;
    found.extend(
        killed
            .iter()
            .map(|id| format!("device {id} died by an act in the trail, and is not there")),
    );
    Ok(())
}
