//! Copy management: content is sold on media; each medium yields its keys once, to one user, for a copy that is bound to
//! that user's card, player and drive.
//!
//! What it is not: a shop, or a way of its own for content. A medium carries an ordinary sealed [`package`]; what is copied
//! from it is an ordinary package again, under a key that only the user's devices together can make.
//!
//! ```text
//!   medium (package + id) ─► player ─┬─ keeper (card)      asks, keeps keys, compares ids
//!                                    │     │ Ask / Answer, sealed under the card's key
//!                                    │  gateway            account, hold, charge; reads nothing
//!                                    │     │ private link
//!                                    │  server             one key for each medium; people at the desk
//!                                    └─ drive              the copy, re-encrypted while it is read
//! ```
//!
//! Invariants:
//! - a medium's flag, its delivery and what it costs are one write; there is one standing delivery for each medium;
//! - the card's key (MC-Key) is made with the card and in no message; a relay reads neither keys nor User ID;
//! - the key of a copy follows from the Content-Gen-Key and from secrets of player and drive: another player has not the
//!   key, whatever ids are edited in its memory;
//! - what people do at the desk stands in a chained trail, and above the limits takes two of them.
//!
//! Read next: `wire`, what is said; `server/give.rs`, the write that decides; `device/keeper.rs`, the other side.

pub mod batch;
pub mod device;
pub mod gateway;
pub mod ids;
pub mod iso;
pub mod medium;
pub mod press;
pub mod sentence;
pub mod server;
pub mod town;
pub mod wire;

pub use ids::{BatchId, Bound, DeliveryId, DeviceId, DeviceKind, EntryId, MediumId, NotOnALabel, RequestId, UserId};
