//! A carrier over its real store, bank, registry of parties and subscribers' cards; no network and no clock.
#![allow(missing_docs, clippy::unwrap_used)]

mod audits;
mod bills;
mod charges;
mod debits;
mod doors;
mod merchants;
mod payouts;
mod statements;
mod usage;
mod world;
