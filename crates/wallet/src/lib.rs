//! The wallet: the holder's own program around one card. It keeps the card's memory on disk, carries its messages, plays
//! what it may, and shows the pages on which money is agreed to.
//!
//! ```text
//!   pages, agent        what people and other programs of the same user see, on loopback only
//!   player              keys of stretches out of the card, plaintext into a media player, nothing to the disk
//!   engine              ask, pay, settle, report: one step of the card at a time, finished by itself after any cut
//!   hand                letters to a friend's wallet and from it: another window, a neighbour; files and codes are `courier`'s
//!   packages            sealed files, also while they are still coming
//!   contacts            the card in a smart-card reader, answering terminals
//!   carry               bytes to parties, found through the realm's signed directory
//!   home                one directory, one card, one process
//! ```
//!
//! What it is not: trusted by anybody but its holder. The rules are the card's; a false wallet can refuse, and nothing
//! else (XD-11).

pub mod agent;
pub mod carry;
pub mod contacts;
pub mod copies;
pub mod devices;
pub mod drive;
pub mod engine;
pub mod hand;
pub mod home;
pub mod packages;
pub mod pages;
pub mod player;

pub use engine::{Outcome, Overview, Shelf, Wallet};
pub use home::Home;
