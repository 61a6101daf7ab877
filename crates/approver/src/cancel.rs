//! Cancel and expire: an approval that nobody used goes back to its user, by his word or by time.

use store::{Fault, Keys, Tx};
use units::{Again, ApprovalId, Moment, Refusal};

use crate::{
    Approver, End, State, UserId,
    issued::{ENDS, ISSUED},
};

/// Why an approval was not taken back, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CancelRefused {
    /// The approver is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] party::epoch::NotReconciled),
    /// Not one of this user's.
    #[error("there is no such approval of yours")]
    NotYours,
    /// It is being used, or was.
    #[error("it is used already; if the purchase fails, its amount comes back by itself")]
    InUse,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for CancelRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotYours => "approval-not-yours",
            Self::InUse => "approval-in-use",
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
impl From<CancelRefused> for party::Refused {
    fn from(no: CancelRefused) -> Self {
        Self::by(&no)
    }
}

impl Approver {
    /// Takes an open approval back. Again, it is taken back still.
    pub fn cancel(&self, tx: &mut dyn Tx, user: UserId, id: ApprovalId, now: Moment) -> Result<(), CancelRefused> {
        party::epoch::require::<CancelRefused>(tx)?;
        let issued = ISSUED.get(tx, &id)?.filter(|issued| issued.user == user);
        let issued = issued.ok_or(CancelRefused::NotYours)?;
        match issued.state {
            State::Open => {
                self.end(tx, issued, End::Cancelled, None, now)?;
                Ok(())
            }
            State::Ended(..) => Ok(()),
            State::Permitted(_) | State::Charged(..) => Err(CancelRefused::InUse),
        }
    }

    /// Open approvals whose time is over end, and their limit is back.
    pub(crate) fn expire(&self, tx: &mut dyn Tx, now: Moment) -> Result<(), Fault> {
        for ((_, id), ()) in ENDS.range(tx, Keys::all().until(&now), 200)? {
            if let Some(issued) = ISSUED.get(tx, &id)?.filter(|issued| issued.state == State::Open) {
                self.end(tx, issued, End::Expired, None, now)?;
            }
        }
        Ok(())
    }
}
