//! Holds: money set aside, and the one way out of being set aside.

use crate::AccountId;
use minicbor::{Decode, Encode};
use store::Value;
use units::{Moment, Money, TransferId};

/// A hold and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Hold {
    /// The account to be debited.
    #[n(0)]
    pub debit: AccountId,
    /// The account to be credited.
    #[n(1)]
    pub credit: AccountId,
    /// How much is set aside.
    #[n(2)]
    pub amount: Money,
    /// From this moment on it can only expire.
    #[n(3)]
    pub expires: Option<Moment>,
    /// What became of it.
    #[n(4)]
    pub state: HoldState,
}
impl Value for Hold {}

/// The states of a hold. The first is left once, for one of the others, which are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum HoldState {
    /// Still set aside.
    #[n(0)]
    Open,
    /// Moved, whole or in part.
    #[n(1)]
    Posted {
        /// By this transfer.
        #[n(0)]
        by: TransferId,
        /// So much; the rest was released.
        #[n(1)]
        amount: Money,
    },
    /// Released by a transfer.
    #[n(2)]
    Voided {
        /// By this one.
        #[n(0)]
        by: TransferId,
    },
    /// Released because its time was over.
    #[n(3)]
    Expired {
        /// In this journal record.
        #[n(0)]
        record: u64,
    },
}

impl Hold {
    /// Under which moment it stands in the list of open holds; those that never expire come last.
    pub(crate) fn due(&self) -> Moment {
        self.expires.unwrap_or(Moment(u64::MAX))
    }

    /// The only way to another state: out of `Open`, by value. `Err` gives back the state it was found in.
    pub(crate) fn end(mut self, state: HoldState) -> Result<Self, HoldState> {
        match self.state {
            HoldState::Open => {
                self.state = state;
                Ok(self)
            }
            ended => Err(ended),
        }
    }
}
