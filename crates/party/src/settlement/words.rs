//! Words of a settlement that came to nothing.

use deal::approval::NotPermitted;
use minicbor::{Decode, Encode};

/// Why an approval is not even asked about. In order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum NotSettled {
    /// Not an approval, or not signed by whom it names: guessed, or altered.
    #[n(0)]
    Forged,
    /// Whoever signed it approves nothing in this realm.
    #[n(1)]
    Approver,
    /// For another seller.
    #[n(2)]
    Foreign,
    /// For another quote, amount or card than the sale's own record says.
    #[n(3)]
    Differs,
    /// Used by another sale here.
    #[n(4)]
    Used,
    /// Its time is over.
    #[n(5)]
    Expired,
}

impl NotSettled {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Forged => "approval-forged",
            Self::Approver => "approver-unknown",
            Self::Foreign => "approval-foreign",
            Self::Differs => "approval-differs",
            Self::Used => "approval-used",
            Self::Expired => "approval-expired",
        }
    }
}

/// Why nothing was settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Why {
    /// The approval does not hold.
    #[n(0)]
    Not(#[n(0)] NotSettled),
    /// The approver does not permit it.
    #[n(1)]
    NotPermitted(#[n(0)] NotPermitted),
    /// Permission did not come in time.
    #[n(2)]
    Late,
}

impl Why {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Not(no) => no.code(),
            Self::NotPermitted(no) => no.code(),
            Self::Late => "permit-late",
        }
    }
    /// As a payment is voided for it.
    pub const fn void(self) -> deal::VoidReason {
        match self {
            Self::Late => deal::VoidReason::PermitLate,
            Self::Not(_) | Self::NotPermitted(_) => deal::VoidReason::NotPermitted,
        }
    }
}
