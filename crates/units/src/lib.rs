//! Ids, money, time and shares: the smallest words of Keyfare.
//!
//! Nothing here does I/O, reads a clock or draws a random number; every type has one canonical text and one canonical
//! CBOR form. Money is whole minor units of one currency with checked arithmetic, and an id of one thing cannot be
//! passed for an id of another.
//!
//! What it is not: a place for helpers. A type lives here only when a party, a card and a package all speak of it.
//!
//! ```
//! use units::{Currency, Money};
//! let purse = Money::new(500, Currency::JPY).unwrap();
//! let fare = Money::new(100, Currency::JPY).unwrap();
//! assert_eq!(purse.minus(fare).unwrap().to_string(), "JPY 400");
//! ```
#![cfg_attr(not(test), no_std)]
extern crate alloc;

mod id;
mod money;
mod refusal;
mod share;
mod time;

pub use id::{
    ApprovalId, CardNo, ContentId, DealId, Hash, LicenseId, NotAnId, OfferNo, OrderId, PartyId, RealmId, Tag,
    TransferId, ValueId,
};
pub use money::{AMOUNT_MAX, Currency, Money, MoneyError};
pub use refusal::{Again, Refusal};
pub use share::Share;
pub use time::{Moment, Span};
