//! What an audit says.

use super::replay::Replay;
use crate::AccountId;
use units::{Hash, TransferId};

/// How many findings a report lists; the rest is counted.
const LISTED: usize = 100;

/// Something that does not add up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// A record is missing, moved, or does not continue the one before.
    #[error("journal record {0} does not continue the chain")]
    ChainBroken(u64),
    /// The journal ends elsewhere than its head says.
    #[error("the journal's head is not where the journal ends")]
    HeadDiffers,
    /// The head given from outside is not in this journal: it was rewritten, or cut off.
    #[error("record {0} is not what its witness saw")]
    WitnessDisagrees(u64),
    /// An event that the rules of the books do not allow.
    #[error("journal record {number} cannot have happened: {why}")]
    Impossible {
        /// The record.
        number: u64,
        /// Which rule it breaks.
        why: &'static str,
    },
    /// An account is missing or not as it was opened.
    #[error("account {0} is not as it was opened")]
    AccountDiffers(AccountId),
    /// What stands on an account is not what was moved over it.
    #[error(
        "account {account} says {kept:?}, its events say {recomputed:?} (debits, credits, debits held, credits held)"
    )]
    TotalsDiffer {
        /// The account.
        account: AccountId,
        /// As kept.
        kept: [i128; 4],
        /// As recomputed; zeros for an account no event opened.
        recomputed: [i128; 4],
    },
    /// Both sides of the books do not add up to the same.
    #[error("debits {debits} and credits {credits} differ, or those held: {debits_held} and {credits_held}")]
    SumsDiffer {
        /// All debits.
        debits: i128,
        /// All credits.
        credits: i128,
        /// All debits held.
        debits_held: i128,
        /// All credits held.
        credits_held: i128,
    },
    /// A transfer or its answer is missing or not as it was posted.
    #[error("transfer {0} is not kept as it was posted")]
    TransferDiffers(TransferId),
    /// A hold is missing or not in the state its events left it in.
    #[error("hold {0} is not kept as its events left it")]
    HoldDiffers(TransferId),
    /// An account's list lacks what happened to it.
    #[error("account {account} does not list what transfer {transfer} did to it")]
    EntryDiffers {
        /// The account.
        account: AccountId,
        /// The transfer.
        transfer: TransferId,
    },
    /// Rows that no event explains, or too few.
    #[error("{table} has {kept} rows, the events explain {expected}")]
    RowsDiffer {
        /// The table.
        table: &'static str,
        /// Rows there.
        kept: u64,
        /// Rows there should be.
        expected: u64,
    },
}

/// The result of an audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Journal records played.
    pub records: u64,
    /// Accounts opened.
    pub accounts: u64,
    /// Transfers posted.
    pub transfers: u64,
    /// Holds still open.
    pub open_holds: u64,
    /// Minor units ever debited, which is also what was ever credited.
    pub moved: i128,
    /// The hash of the last record.
    pub hash: Hash,
    /// What does not add up, the first hundred.
    pub findings: Vec<Finding>,
    /// How many more there are.
    pub more: u64,
}

impl Report {
    /// Does everything add up?
    pub fn holds(&self) -> bool {
        self.findings.is_empty()
    }
}

#[derive(Default)]
pub(super) struct Findings {
    listed: Vec<Finding>,
    more: u64,
}

impl Findings {
    pub(super) fn add(&mut self, finding: Finding) {
        if self.listed.len() < LISTED {
            self.listed.push(finding);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    pub(super) fn report(self, replay: &Replay) -> Report {
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        Report {
            records: replay.records,
            accounts: count(replay.accounts.len()),
            transfers: replay.transfers,
            open_holds: count(replay.open.len()),
            moved: replay.accounts.values().map(|figures| figures.sums[0]).sum(),
            hash: replay.hash,
            findings: self.listed,
            more: self.more,
        }
    }
}
