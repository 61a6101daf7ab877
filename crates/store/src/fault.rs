//! Fault: the store could not do its work. Never a business answer, and never to be turned into one: "the disk is busy"
//! told as "not enough money" has cost others real money (five-bells-ledger#402).

use units::{Again, Refusal};

/// What went wrong below the rules, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Our own bug: a store was used from inside one of its own transactions.
    #[error("a transaction called its own store; pass the transaction on instead")]
    Nested,
    /// Our own bug: no [`Part`](crate::Part) given at open declares this table.
    #[error("no table {0} in this store: add it to a part and give that part when opening")]
    NoTable(&'static str),
    /// A key or value above the limits of [`KEY_MAX`](crate::KEY_MAX) and [`VALUE_MAX`](crate::VALUE_MAX).
    #[error("{what} of {len} bytes in {table}; at most {max} fit")]
    TooBig {
        /// "a key" or "a value".
        what: &'static str,
        /// Where it should have gone.
        table: &'static str,
        /// Its size in bytes.
        len: usize,
        /// The largest size in bytes.
        max: usize,
    },
    /// A row that does not read back as what its table holds. Nothing is guessed; run `keyfare audit`.
    #[error(
        "a row of {table} does not read as what belongs there ({why}); run `keyfare audit`, restore a backup if it agrees"
    )]
    Corrupt {
        /// The table.
        table: &'static str,
        /// What did not fit, without the row's content.
        why: String,
    },
    /// The closure panicked. Its writes are gone; others of the same batch are kept.
    #[error("the request met a bug and was undone; nothing of it remains")]
    Panicked,
    /// Another process kept winning, until patience ran out. Nothing was written.
    #[error("the store is busy; nothing was changed, ask again")]
    Conflict,
    /// No room. Nothing was written; reading goes on.
    #[error("the disk of this store is full; nothing was changed, make room and ask again")]
    Full,
    /// The disk or database failed. Nothing was written.
    #[error("the store could not be read or written ({0}); nothing was changed, ask again")]
    Disk(String),
    /// The commit itself failed: the writes may be there or not. The same request with the same id will tell.
    #[error("the store failed while it was committing ({0}); ask again with the same id to learn what happened")]
    Unsure(String),
    /// The engine has stopped (closed, power lost, or a disk that can no longer be trusted). Outcome unknown.
    #[error("the store has stopped; start again and repeat the request with the same id")]
    Stopped,
}

impl Refusal for Fault {
    fn code(&self) -> &'static str {
        match self {
            Self::Nested => "store-nested",
            Self::NoTable(_) => "store-no-table",
            Self::TooBig { .. } => "store-too-big",
            Self::Corrupt { .. } => "store-corrupt",
            Self::Panicked => "store-undone",
            Self::Conflict => "store-busy",
            Self::Full => "store-full",
            Self::Disk(_) => "store-disk",
            Self::Unsure(_) => "store-unsure",
            Self::Stopped => "store-stopped",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Nested | Self::NoTable(_) | Self::TooBig { .. } | Self::Corrupt { .. } | Self::Panicked => {
                Again::Never
            }
            Self::Full => Again::AfterYouAct,
            Self::Conflict | Self::Disk(_) | Self::Unsure(_) | Self::Stopped => Again::Later,
        }
    }
}
