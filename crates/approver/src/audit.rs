//! Audit of an approver, from events alone: every approval against its hold, every charge against the ledger, and the sums.

use ledger::HoldState;
use store::{Fault, Keys, View};
use units::TransferId;

use crate::{
    State,
    books::{self, OWED, POINTS, ROOM, VALUE},
    issued::{BY_USER, ENDS, ISSUED, WAITED},
    user::USERS,
};

pub(crate) fn audit(view: &mut dyn View) -> Result<Vec<String>, Fault> {
    let mut found = Vec::new();
    if ledger::head(view)?.is_some() {
        let report = ledger::audit(view, None)?;
        found.extend(report.findings.iter().map(ToString::to_string));
    }
    let mut holds = 0_usize;
    ISSUED.each::<Fault>(view, Keys::all(), |view, id, issued| {
        let hold = ledger::find_hold(view, TransferId(id.0))?;
        let fits = match (&hold, issued.state) {
            (Some(hold), State::Open | State::Permitted(_)) => hold.state == HoldState::Open,
            (Some(hold), State::Charged(..)) => matches!(hold.state, HoldState::Posted { .. }),
            (Some(hold), State::Ended(..)) => matches!(hold.state, HoldState::Voided { .. }),
            (None, _) => false,
        };
        if !fits {
            found.push(format!("approval {id} does not stand as its amount does"));
        }
        if hold.is_some_and(|hold| hold.amount != issued.approval.amount) {
            found.push(format!("approval {id} holds another amount than it says"));
        }
        let charged = ledger::find_transfer(view, books::id_of("charged", &id.0, 0))?.is_some();
        if charged != matches!(issued.state, State::Charged(..)) {
            found.push(format!("approval {id} is charged in one place and not in the other"));
        }
        if ENDS.has(view, &(issued.approval.until, id))? != (issued.state == State::Open) {
            found.push(format!("the end of approval {id} is kept wrongly"));
        }
        if WAITED.has(view, &(issued.approval.until, id))? != matches!(issued.state, State::Permitted(_)) {
            found.push(format!("the wait for the seller of approval {id} is kept wrongly"));
        }
        if !BY_USER.has(view, &(issued.user, issued.at, id))? {
            found.push(format!("approval {id} is not among its user's"));
        }
        holds = holds.saturating_add(usize::from(issued.holds()));
        Ok(())
    })?;
    let open = ledger::open_holds(view, None, usize::MAX)?.len();
    if open != holds {
        found.push(format!("{open} amounts are held, {holds} approvals hold one"));
    }
    USERS.each::<Fault>(view, Keys::all(), |view, user, row| {
        let (room, _) = books::stands(view, ROOM.of(user.0))?;
        let (owed, _) = books::stands(view, OWED.of(user.0))?;
        if room.saturating_add(owed) != row.limit.minor() {
            found.push("a user's limit is not what is owed and what is free".to_owned());
        }
        for line in [ROOM, VALUE, POINTS] {
            if books::stands(view, line.of(user.0))?.1 < 0 {
                found.push("a user spent more than there was".to_owned());
            }
        }
        Ok(())
    })?;
    Ok(found)
}
