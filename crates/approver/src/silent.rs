//! Silent sellers: an approval that was permitted holds its user's amount until whoever settles it says what became of it. Who
//! says nothing for thirty days is given up, by people.
//!
//! Time alone ends nothing here: the seller had permission and may have delivered. So somebody of the approver asks it first;
//! after the end it hears of this approval what it hears of every ended one, and the sale is its loss.

use store::{Fault, Keys, Tx, View};
use units::{Again, ApprovalId, Moment, Refusal, Span};

use crate::{
    Approver, End, Issued, State,
    issued::{ISSUED, WAITED},
};

/// How long whoever settles has, from the last moment at which the approval could be used.
pub const PATIENCE: Span = Span::days(30);

/// Why an approval was not given up, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GiveUpRefused {
    /// The approver is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] party::epoch::NotReconciled),
    /// Nobody waits for it: open, charged, ended, or never issued.
    #[error("no seller was permitted to use such an approval and has yet to say what became of it")]
    NotWaited,
    /// Its seller may still say that it settled.
    #[error("its seller may still say that it settled; it can be given up from {0} on")]
    Early(Moment),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for GiveUpRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotWaited => "approval-not-waited",
            Self::Early(_) => "approval-waits",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Fault(fault) => fault.again(),
            _ => Again::Never,
        }
    }
}
impl From<GiveUpRefused> for party::Refused {
    fn from(no: GiveUpRefused) -> Self {
        Self::by(&no)
    }
}

impl Approver {
    /// Permitted approvals of sellers that have been silent too long, oldest first, at most `limit`.
    pub fn silent(&self, view: &mut dyn View, now: Moment, limit: usize) -> Result<Vec<Issued>, Fault> {
        let before = now.less(PATIENCE);
        let mut found = Vec::new();
        for ((_, id), ()) in WAITED.range(view, Keys::all().until(&before), limit)? {
            found.extend(ISSUED.get(view, &id)?);
        }
        Ok(found)
    }

    /// Gives up one of them: the amount is its user's again. Again, it is given up still.
    pub fn give_up(&self, tx: &mut dyn Tx, id: ApprovalId, now: Moment) -> Result<(), GiveUpRefused> {
        party::epoch::require::<GiveUpRefused>(tx)?;
        let issued = ISSUED.get(tx, &id)?.ok_or(GiveUpRefused::NotWaited)?;
        let deal = match issued.state {
            State::Permitted(deal) => deal,
            State::Ended(End::Silent, _) => return Ok(()),
            State::Open | State::Charged(..) | State::Ended(..) => return Err(GiveUpRefused::NotWaited),
        };
        let from = issued.approval.until.plus(PATIENCE);
        if now < from {
            return Err(GiveUpRefused::Early(from));
        }
        self.end(tx, issued, End::Silent, Some(deal), now)?;
        Ok(())
    }
}
