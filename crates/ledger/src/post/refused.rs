//! Why a list of transfers was not posted.

use crate::transfer::{LIST_MAX, MEMO_MAX};
use crate::{AccountId, HoldState};
use store::Fault;
use units::{Again, Moment, Money, Refusal, TransferId};

/// Why a list was not posted, in order of precedence; `id` is the transfer that met the rule. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostRefused {
    /// The books are not open.
    #[error("the books were never opened; begin them first")]
    NotBegun,
    /// A list without transfers.
    #[error("a list of no transfers")]
    Empty,
    /// A list above [`LIST_MAX`].
    #[error("{0} transfers in one list; at most {LIST_MAX} fit")]
    TooMany(usize),
    /// One id stands twice in the list.
    #[error("transfer {0} stands twice in the list")]
    SameIdTwice(TransferId),
    /// A memo above [`MEMO_MAX`].
    #[error("the memo of transfer {0} is too long; at most {MEMO_MAX} bytes fit")]
    MemoTooLong(TransferId),
    /// The id belongs to another transfer, for ever.
    #[error("transfer {0} exists already and says something else; a new transfer needs a new id")]
    ExistsDifferently(TransferId),
    /// Some of the list was posted before, in another list.
    #[error("transfer {known} was posted already, but not together with {new}; repeat the very list, or take new ids")]
    PartlyKnown {
        /// One that was posted.
        known: TransferId,
        /// One that was not, or in another list.
        new: TransferId,
    },
    /// An amount in a currency that is not the books'.
    #[error("transfer {id} is in {asked}; these books are kept in {kept}")]
    OtherCurrency {
        /// The transfer.
        id: TransferId,
        /// Its currency.
        asked: String,
        /// The books' currency.
        kept: String,
    },
    /// A transfer of nothing.
    #[error("transfer {0} moves nothing")]
    ZeroAmount(TransferId),
    /// From an account to itself.
    #[error("transfer {0} goes from an account to itself")]
    SameAccount(TransferId),
    /// There is no such account.
    #[error("transfer {id} names account {account}, which was never opened")]
    NoAccount {
        /// The transfer.
        id: TransferId,
        /// The account.
        account: AccountId,
    },
    /// There is no such hold.
    #[error("transfer {id} ends {hold}, which is no hold")]
    NoHold {
        /// The transfer.
        id: TransferId,
        /// What it names.
        hold: TransferId,
    },
    /// The hold ended before, in the way of `state`.
    #[error("transfer {id} ends hold {hold}, which has ended already ({})", ended(.state))]
    HoldEnded {
        /// The transfer.
        id: TransferId,
        /// The hold.
        hold: TransferId,
        /// What became of it.
        state: HoldState,
    },
    /// The hold's time is over; it can only expire.
    #[error("transfer {id} ends hold {hold}, whose time was over at {expires}")]
    HoldOver {
        /// The transfer.
        id: TransferId,
        /// The hold.
        hold: TransferId,
        /// When it was over.
        expires: Moment,
    },
    /// More than is held.
    #[error("transfer {id} takes {asked} of a hold of {held}")]
    MoreThanHeld {
        /// The transfer.
        id: TransferId,
        /// What it asks for.
        asked: Money,
        /// What is held.
        held: Money,
    },
    /// A hold that would be over before it began.
    #[error("hold {id} would expire at {expires}, and it is {now}")]
    OverBeforeBegun {
        /// The transfer.
        id: TransferId,
        /// When it would expire.
        expires: Moment,
        /// The ledger's time.
        now: Moment,
    },
    /// The account's limit: not so much is available there.
    #[error("account {account} has {available} minor units available; transfer {id} takes {asked}")]
    NotEnough {
        /// The transfer.
        id: TransferId,
        /// The account that has too little.
        account: AccountId,
        /// What is available there, holds taken off, in minor units.
        available: i64,
        /// What was asked for.
        asked: Money,
    },
    /// A total would leave its bounds.
    #[error("transfer {id} would take account {account} out of bounds")]
    OutOfBounds {
        /// The transfer.
        id: TransferId,
        /// The account.
        account: AccountId,
    },
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

fn ended(state: &HoldState) -> &'static str {
    match state {
        HoldState::Open => "open",
        HoldState::Posted { .. } => "posted",
        HoldState::Voided { .. } => "voided",
        HoldState::Expired { .. } => "expired",
    }
}

impl Refusal for PostRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::NotBegun => "books-not-begun",
            Self::Empty => "list-empty",
            Self::TooMany(_) => "list-too-long",
            Self::SameIdTwice(_) => "list-same-id",
            Self::MemoTooLong(_) => "memo-too-long",
            Self::ExistsDifferently(_) => "exists-differently",
            Self::PartlyKnown { .. } => "list-partly-known",
            Self::OtherCurrency { .. } => "other-currency",
            Self::ZeroAmount(_) => "zero-amount",
            Self::SameAccount(_) => "same-account",
            Self::NoAccount { .. } => "no-account",
            Self::NoHold { .. } => "no-hold",
            Self::HoldEnded {
                state: HoldState::Posted { .. },
                ..
            } => "hold-posted",
            Self::HoldEnded {
                state: HoldState::Voided { .. },
                ..
            } => "hold-voided",
            Self::HoldEnded { .. } | Self::HoldOver { .. } => "hold-expired",
            Self::MoreThanHeld { .. } => "more-than-held",
            Self::OverBeforeBegun { .. } => "over-before-begun",
            Self::NotEnough { .. } => "not-enough",
            Self::OutOfBounds { .. } => "out-of-bounds",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::NotBegun | Self::NoAccount { .. } | Self::NotEnough { .. } => Again::AfterYouAct,
            Self::Fault(fault) => fault.again(),
            _ => Again::Never,
        }
    }
}
