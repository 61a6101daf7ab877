//! The journal: everything that happened to the books, in order, each record bound to the one before by its hash.
//!
//! The chain shows edits made behind the ledger's back, except by somebody who recomputes it to its end. Against that,
//! the head goes out with receipts: whoever holds one can show that the books once said otherwise.

use crate::books::{HEAD, JOURNAL};
use crate::{Account, Transfer};
use minicbor::{Decode, Encode};
use store::{Fault, Tx, Value, View};
use units::{Hash, Moment, TransferId};

/// Goes into every hash, so that no record of another kind of journal can stand in this one.
pub(crate) const CHAIN: &[u8] = b"keyfare ledger journal 1";

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Event {
    /// The books were opened.
    #[n(0)]
    Begun {
        /// ISO 4217 code of the one currency in them.
        #[n(0)]
        currency: String,
    },
    /// An account was opened.
    #[n(1)]
    Opened {
        /// Which.
        #[n(0)]
        account: Account,
    },
    /// A list of transfers was posted, as a whole.
    #[n(2)]
    Posted {
        /// In this order.
        #[n(0)]
        transfers: Vec<Transfer>,
    },
    /// Holds ran out.
    #[n(3)]
    Expired {
        /// These.
        #[n(0)]
        holds: Vec<TransferId>,
    },
}

/// One record of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Record {
    /// Counted from 1 without gaps.
    #[n(0)]
    pub number: u64,
    /// The hash of the record before; zeros in the first.
    #[n(1)]
    pub previous: Hash,
    /// When; never before the record before.
    #[n(2)]
    pub at: Moment,
    /// What.
    #[n(3)]
    pub event: Event,
}
impl Value for Record {}

/// Where the journal ends. Receipts carry its number and hash.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Head {
    /// The last record's number.
    #[n(0)]
    pub number: u64,
    /// Its hash.
    #[n(1)]
    pub hash: Hash,
    /// Its moment.
    #[n(2)]
    pub at: Moment,
    /// ISO 4217 code of the books' currency.
    #[n(3)]
    pub currency: String,
}
impl Value for Head {}

/// Where the journal ends; `None` before the books were opened.
pub(crate) fn head(view: &mut dyn View) -> Result<Option<Head>, Fault> {
    HEAD.get(view, &())
}

/// The moment of the next record if the clock says `now`: the ledger's time never goes back.
pub(crate) fn time(head: &Head, now: Moment) -> Moment {
    head.at.max(now)
}

/// Appends what happened at `now`; the head moves on. `Err` also when a record of that number exists, for then somebody
/// else wrote to these tables.
pub(crate) fn append(tx: &mut dyn Tx, head: &mut Head, now: Moment, event: Event) -> Result<(), Fault> {
    let corrupt = |why: &str| Fault::Corrupt {
        table: JOURNAL.table().name(),
        why: why.to_owned(),
    };
    let number = head.number.checked_add(1).ok_or_else(|| corrupt("it is at its end"))?;
    let record = Record {
        number,
        previous: head.hash,
        at: time(head, now),
        event,
    };
    let bytes = minicbor::to_vec(&record).map_err(|e| corrupt(&e.to_string()))?;
    if !JOURNAL.insert(tx, &number, &record)? {
        return Err(corrupt("it goes on after its head"));
    }
    *head = Head {
        number,
        hash: seal::hash_parts(&[CHAIN, &bytes]),
        at: record.at,
        currency: core::mem::take(&mut head.currency),
    };
    HEAD.put(tx, &(), head)
}
