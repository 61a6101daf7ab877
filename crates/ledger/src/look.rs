//! Looking into the books. Nothing here changes anything.

use crate::books::{ACCOUNTS, DUE, ENTRIES, HOLDS, JOURNAL, TOTALS, TRANSFERS};
use crate::journal::{self, Head, Record};
use crate::{AccountId, Balance, Hold, Posted, Transfer};
use minicbor::{Decode, Encode};
use store::{Fault, Keys, Value, View};
use units::{Moment, TransferId};

/// A side of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Side {
    /// Left.
    #[n(0)]
    Debit,
    /// Right.
    #[n(1)]
    Credit,
}

/// What one transfer did to one account.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Entry {
    /// The transfer; for an expiry the hold that ran out.
    #[n(0)]
    pub transfer: TransferId,
    /// When.
    #[n(1)]
    pub at: Moment,
    /// On which side of this account.
    #[n(2)]
    pub side: Side,
    /// The account on the other side.
    #[n(3)]
    pub other: AccountId,
    /// Minor units added to what is posted.
    #[n(4)]
    pub posted: u64,
    /// Minor units added to what is held; negative when released.
    #[n(5)]
    pub held: i64,
}
impl Value for Entry {}

/// Where an entry stands: the journal record, and the place in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The record's number.
    pub record: u64,
    /// The place in its list, from 0.
    pub index: u16,
}

/// An account and what stands on it; `None` when there is no such account.
pub fn balance(view: &mut dyn View, account: AccountId) -> Result<Option<Balance>, Fault> {
    let Some(found) = ACCOUNTS.get(view, &account)? else {
        return Ok(None);
    };
    let totals = TOTALS.get(view, &account)?.unwrap_or_default();
    Ok(Some(Balance { account: found, totals }))
}

/// At most `limit` entries of an account after `after`, oldest first.
pub fn entries(
    view: &mut dyn View,
    account: AccountId,
    after: Option<Place>,
    limit: usize,
) -> Result<Vec<(Place, Entry)>, Fault> {
    let mut keys = Keys::under(&account);
    if let Some(place) = after {
        keys = keys.after(&(account, place.record, place.index));
    }
    list(view, keys, limit)
}

/// At most `limit` entries of an account before `before`, newest first.
pub fn latest_entries(
    view: &mut dyn View,
    account: AccountId,
    before: Option<Place>,
    limit: usize,
) -> Result<Vec<(Place, Entry)>, Fault> {
    let mut keys = Keys::under(&account).newest_first();
    if let Some(place) = before {
        keys = keys.after(&(account, place.record, place.index));
    }
    list(view, keys, limit)
}

fn list(view: &mut dyn View, keys: Keys<(AccountId, u64, u16)>, limit: usize) -> Result<Vec<(Place, Entry)>, Fault> {
    let rows = ENTRIES.range(view, keys, limit)?;
    Ok(rows
        .into_iter()
        .map(|((_, record, index), entry)| (Place { record, index }, entry))
        .collect())
}

/// A transfer and the answer it got.
pub fn find_transfer(view: &mut dyn View, id: TransferId) -> Result<Option<(Transfer, Posted)>, Fault> {
    Ok(TRANSFERS.get(view, &id)?.map(|known| (known.transfer, known.posted)))
}

/// A hold and what became of it.
pub fn find_hold(view: &mut dyn View, id: TransferId) -> Result<Option<Hold>, Fault> {
    HOLDS.get(view, &id)
}

/// At most `limit` open holds by the moment they expire (those that never do come last), after the one given. Whoever
/// made them finds here what still waits for an end.
pub fn open_holds(
    view: &mut dyn View,
    after: Option<(Moment, TransferId)>,
    limit: usize,
) -> Result<Vec<(Moment, TransferId)>, Fault> {
    let mut keys = Keys::all();
    if let Some(last) = after {
        keys = keys.after(&last);
    }
    Ok(DUE.range(view, keys, limit)?.into_iter().map(|(key, ())| key).collect())
}

/// At most `limit` journal records from number `from` on: the list of everything that happened, expiries included.
pub fn records(view: &mut dyn View, from: u64, limit: usize) -> Result<Vec<Record>, Fault> {
    Ok(JOURNAL
        .range(view, Keys::from(&from), limit)?
        .into_iter()
        .map(|(_, record)| record)
        .collect())
}

/// Where the journal ends; `None` before the books were opened. For receipts.
pub fn head(view: &mut dyn View) -> Result<Option<Head>, Fault> {
    journal::head(view)
}
