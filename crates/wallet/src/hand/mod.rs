//! Hand: how letters pass by themselves between two wallets, in another window of this machine or on the local network.
//!
//! ```text
//!   door     takes letters: sealed messages, of a bounded size and at a bounded rate, and nothing else
//!   post     brings letters to another wallet's door
//!   near     being found on the local network, for ten minutes, when the holder wants it; longer where a loan needs it
//! ```
//!
//! Nothing here decides anything: a letter goes to the card, which knows what is genuine.

mod door;
mod near;
mod post;

pub use crate::engine::PAIRING;
pub use door::{Door, router};
pub use near::{Near, Watching};
pub use post::{Post, PostRefused};

/// What a wish's file is called: whoever writes it knows no title yet.
pub const WISH: &str = "Locked copy";
/// Names the port on which the sender of a letter takes the answer to it.
pub(crate) const REPLY: &str = "keyfare-reply";
/// What letters are.
pub(crate) const CBOR: &str = "application/cbor";
