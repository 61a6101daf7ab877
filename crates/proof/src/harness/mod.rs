//! The harness: the real parties and real cards in one process, on disks that forget what was not synced, under a network
//! that loses, repeats, delays and reorders, all of it from one seed.
//!
//! ```text
//!   seed ──► Dice ──► Agenda: who acts, what arrives, what breaks        (agenda, scene, weather)
//!                       │
//!        Person ◄───────┼───────► Machine                                 (person + tape | machine + store::memory)
//!        a real card    │         a real party: bank, issuer, shop, collector
//!                       ▼
//!                      Log ──► auditor: sums of its own, at every quiet point and at the end
//! ```
//!
//! One event is one step. Nothing reads a clock, nothing iterates over hashes: the same seed is the same run, so a finding
//! is replayed by its seed alone ([`Outcome::replay`]).
//!
//! What the harness cannot show: that a disk keeps what it says it synced (the store's own tests), what two processes of a
//! party do to one database (the kill tests), and anything about a network below whole messages.

mod agenda;
mod auditor;
mod counter;
mod dice;
mod forgetful;
mod heir;
mod log;
mod machine;
mod market;
mod meeting;
mod person;
mod purchase;
mod scene;
mod tape;
mod town;
mod trail;
mod transfer;
mod weather;
mod world;

pub use purchase::{CutAt, Day, cuts, purchase, spends_twice};
pub use town::NotBuilt;
pub use transfer::{Ended, Handing, transfer, transfer_cuts};
pub use weather::Weather;
pub use world::{Outcome, Plan, World, run};
