//! What banks and their customers say to one another, as ISO 20022 writes it: bytes to values and back.
//!
//! Not here: any rule. Whether an order is carried out, whether an entry is believed and what it pays is decided by whoever
//! reads it. No signature either: these documents travel inside messages that are signed, or as files that people bring.
//!
//! ```text
//!   customer ── Orders (pain.001.001.09) ──►  bank  ── Status (pain.002.001.12) ──► customer
//!                                                   ── Statement (camt.054.001.08, camt.053.001.08) ──► customer
//! ```
//!
//! ```
//! use remit::{Account, Order, Orders};
//! use units::{Currency, Moment, Money, PartyId, TransferId};
//! let orders = Orders {
//!     id: "M1".to_owned(),
//!     at: Moment(1_795_132_800_000),
//!     by: "Seto Mobile".to_owned(),
//!     from: Account::Party(PartyId([1; 16])),
//!     orders: vec![Order {
//!         id: TransferId([2; 16]),
//!         to: Account::Party(PartyId([3; 16])),
//!         amount: Money::new(1_000, Currency::JPY)?,
//!         reference: "NO 1".to_owned(),
//!     }],
//! };
//! assert_eq!(Orders::read(orders.write()?.as_bytes())?, orders);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Promises:
//!
//! - A document with a document type, an entity of its own, more than [`DEPTH_MAX`] levels or more than [`NODES_MAX`] elements
//!   is refused before anything in it is looked at: nothing is fetched, nothing expands (row-54, row-78).
//! - Amounts are decimal literals, never floats; one with more digits than its currency has is refused, unless they are 0.
//! - The id of a transfer is its `EndToEndId`, in both directions and for ever.
//! - Texts keep to the characters that every bank takes; others are refused on the way out, not replaced.
//!
//! Read next: `statement.rs`; `xml.rs` for what keeps strangers' bytes in bounds.

mod account;
mod orders;
mod statement;
mod status;
mod xml;

pub use account::Account;
pub use orders::{ORDERS_MAX, Order, Orders};
pub use statement::{Entry, Kind, Statement};
pub use status::{Outcome, Status, StatusLine};
pub use xml::{DEPTH_MAX, NODES_MAX, NotRead, NotWritten, SIZE_MAX};
