//! The tables of the ledger.

use crate::account::{Account, AccountId, Totals};
use crate::hold::Hold;
use crate::journal::{Head, Record};
use crate::look::Entry;
use crate::transfer::Known;
use store::{Map, Part, Step, Table};
use units::{Moment, TransferId};

/// Accounts as they were opened.
pub(crate) const ACCOUNTS: Map<AccountId, Account> = Map::new(Table::new("ledger_accounts"));
/// What stands on them.
pub(crate) const TOTALS: Map<AccountId, Totals> = Map::new(Table::new("ledger_totals"));
/// Every transfer there ever was, with its answer.
pub(crate) const TRANSFERS: Map<TransferId, Known> = Map::new(Table::new("ledger_transfers"));
/// Every hold there ever was.
pub(crate) const HOLDS: Map<TransferId, Hold> = Map::new(Table::new("ledger_holds"));
/// The open ones by the moment they expire.
pub(crate) const DUE: Map<(Moment, TransferId), ()> = Map::new(Table::new("ledger_due"));
/// What happened to an account: journal record, place in its list.
pub(crate) const ENTRIES: Map<(AccountId, u64, u16), Entry> = Map::new(Table::new("ledger_entries"));
/// What happened at all, from number 1.
pub(crate) const JOURNAL: Map<u64, Record> = Map::new(Table::new("ledger_journal"));
/// Where the journal ends.
pub(crate) const HEAD: Map<(), Head> = Map::new(Table::new("ledger_head"));

/// What a party that keeps books gives to its store when opening it.
pub static PART: Part = Part::new(
    "ledger",
    &[Step::Create(&[
        ACCOUNTS.table(),
        TOTALS.table(),
        TRANSFERS.table(),
        HOLDS.table(),
        DUE.table(),
        ENTRIES.table(),
        JOURNAL.table(),
        HEAD.table(),
    ])],
);
