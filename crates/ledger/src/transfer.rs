//! Transfers: what callers ask for, and the answer they get, now and on every repetition.

use crate::AccountId;
use minicbor::{Decode, Encode};
use store::Value;
use units::{Moment, Money, TransferId};

/// The most transfers in one list.
pub const LIST_MAX: usize = 64;
/// The longest memo in bytes.
pub const MEMO_MAX: usize = 200;

/// One movement, under an id that is its own for ever. Derive the id from what causes the movement (an order and its
/// step), so that whoever repeats the cause repeats the id.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Transfer {
    /// Its id, also the name of the hold it makes.
    #[n(0)]
    pub id: TransferId,
    /// What it does.
    #[n(1)]
    pub what: What,
    /// Why, for people who read the books: an order's number, never a person's name.
    #[n(2)]
    pub memo: String,
}

/// The four things a transfer can do.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum What {
    /// Moves an amount at once.
    #[n(0)]
    Now {
        /// The account debited.
        #[n(0)]
        debit: AccountId,
        /// The account credited.
        #[n(1)]
        credit: AccountId,
        /// How much; never zero.
        #[n(2)]
        amount: Money,
    },
    /// Sets an amount aside, to be posted or voided later.
    #[n(1)]
    Hold {
        /// The account to be debited.
        #[n(0)]
        debit: AccountId,
        /// The account to be credited.
        #[n(1)]
        credit: AccountId,
        /// The most that can be posted.
        #[n(2)]
        amount: Money,
        /// From this moment on it can only expire.
        #[n(3)]
        expires: Option<Moment>,
    },
    /// Moves what was held, or a part of it; the rest is released.
    #[n(2)]
    Post {
        /// The hold.
        #[n(0)]
        hold: TransferId,
        /// How much; all of it when absent.
        #[n(1)]
        amount: Option<Money>,
    },
    /// Releases what was held.
    #[n(3)]
    Void {
        /// The hold.
        #[n(0)]
        hold: TransferId,
    },
}

/// How a hold is to end; see [`resolve`](crate::resolve).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// All of it moves.
    Post,
    /// So much of it moves, the rest is released.
    PostPart(Money),
    /// All of it is released.
    Void,
}

impl Transfer {
    const fn of(id: TransferId, what: What) -> Self {
        Self {
            id,
            what,
            memo: String::new(),
        }
    }
    /// Moves `amount` at once.
    pub const fn now(id: TransferId, debit: AccountId, credit: AccountId, amount: Money) -> Self {
        Self::of(id, What::Now { debit, credit, amount })
    }
    /// Sets `amount` aside until `expires`.
    pub const fn hold(
        id: TransferId,
        debit: AccountId,
        credit: AccountId,
        amount: Money,
        expires: Option<Moment>,
    ) -> Self {
        Self::of(
            id,
            What::Hold {
                debit,
                credit,
                amount,
                expires,
            },
        )
    }
    /// Ends `hold`.
    pub const fn resolve(id: TransferId, hold: TransferId, how: Resolution) -> Self {
        Self::of(
            id,
            match how {
                Resolution::Post => What::Post { hold, amount: None },
                Resolution::PostPart(amount) => What::Post {
                    hold,
                    amount: Some(amount),
                },
                Resolution::Void => What::Void { hold },
            },
        )
    }
    /// The same with a memo.
    #[must_use]
    pub fn memo(mut self, memo: &str) -> Self {
        memo.clone_into(&mut self.memo);
        self
    }
}

/// A transfer that stands in the books.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Posted {
    /// Its id.
    #[n(0)]
    pub id: TransferId,
    /// The number of its journal record.
    #[n(1)]
    pub record: u64,
    /// When, by the ledger's own time that never goes back.
    #[n(2)]
    pub at: Moment,
    /// How much moved, was set aside, or (for a void) was released.
    #[n(3)]
    pub amount: Money,
}

/// What is kept of a transfer to recognise its repetition.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Known {
    #[n(0)]
    pub transfer: Transfer,
    #[n(1)]
    pub posted: Posted,
}
impl Value for Known {}
