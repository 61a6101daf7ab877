//! Double-entry books of one party, in whole minor units of one currency.
//!
//! Money never appears or vanishes here: a [`Transfer`] takes from one account what it gives to another, at once or in
//! two steps (a hold that is later posted, voided, or expires). Everything that happened stands in a journal whose
//! records are chained by hash, and [`audit`] recomputes every figure from that journal alone.
//!
//! What it is not: a payment. It knows accounts, not people, banks or cards; and it never decides whether to retry.
//!
//! ```text
//!   rules of a party ──post / resolve / expire_due──►  ledger  ──rows──►  store::Tx (one transaction, yours)
//!                    ◄──balance / entries / records──     │
//!   keyfare audit    ◄──Report──  audit  ◄──journal───────┘
//! ```
//!
//! ```
//! use ledger::{Account, AccountId, Kind, Limit, Transfer};
//! use store::memory::Memory;
//! use units::{Currency, Moment, Money, TransferId};
//!
//! let store = Memory::open(&[&ledger::PART]).unwrap().store();
//! let left = store.write(|tx| {
//!     let yen = |n| Money::new(n, Currency::JPY).unwrap();
//!     let now = Moment(1);
//!     ledger::begin(tx, now, Currency::JPY).unwrap();
//!     let float = Account::new(AccountId::named("float", b""), "Float", Kind::Asset, Limit::None);
//!     let purse = Account::new(AccountId::named("purse", b"7"), "Purse of card 7", Kind::Liability, Limit::DebitsWithinCredits);
//!     for account in [&float, &purse] { ledger::open_account(tx, now, account).unwrap(); }
//!     ledger::post(tx, now, &[Transfer::now(TransferId([1; 16]), float.id, purse.id, yen(500))]).unwrap();
//!     ledger::post(tx, now, &[Transfer::hold(TransferId([2; 16]), purse.id, float.id, yen(200), None)]).unwrap();
//!     ledger::balance(tx, purse.id).map(|b| b.unwrap().available())
//! })?;
//! assert_eq!(left, 300);
//! # Ok::<(), store::Fault>(())
//! ```
//!
//! Promises:
//!
//! - An id is an id for ever: the same transfer again gets the same answer, another one under the same id is refused.
//! - A list of transfers is posted whole or not at all; a refusal changes nothing, even if the caller goes on to commit.
//! - A hold counts against what is available from the moment it is made, and resolves exactly once. Its expiry is an
//!   event in the journal, not a silence.
//! - No total leaves its bounds, no other currency gets in, and time never goes back.
//!
//! Deliberately absent: closing accounts, changing limits, conversion, and striping of hot accounts (under the store's
//! group commit one row serves; an engine with many writers will want several rows per clearing account).
//!
//! Read next: `transfer.rs`, then `post.rs`; to distrust it all, `audit.rs`.

mod account;
mod audit;
mod books;
mod expire;
mod hold;
mod journal;
mod look;
mod open;
mod post;
mod split;
mod transfer;

pub use account::{Account, AccountId, Balance, Kind, Limit, NAME_MAX, Totals};
pub use audit::{Finding, Report, audit};
pub use books::PART;
pub use expire::{EXPIRE_MAX, Expired, expire_due};
pub use hold::{Hold, HoldState};
pub use journal::{Event, Head, Record};
pub use look::{
    Entry, Place, Side, balance, entries, find_hold, find_transfer, head, latest_entries, open_holds, records,
};
pub use open::{BeginRefused, OpenRefused, begin, open_account};
pub use post::{PostRefused, post, resolve};
pub use split::{Carry, SHARES_MAX, SplitRefused, split};
pub use transfer::{LIST_MAX, MEMO_MAX, Posted, Resolution, Transfer, What};
