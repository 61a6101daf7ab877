//! The parties behind HTTP: each with its own address, store and keys; thin drivers over [`party`].
//!
//! What it is not: a place for rules. What is sold, honoured or refused is decided in `party`; here messages are carried,
//! transactions run, files streamed and pages drawn.
//!
//! ```text
//!            frame (door: limits, rates, log, problems)
//!   request ───► verbs ───► Office ───► store.submit(party.serve) ───► answer
//!                             │  errand?                   ▲
//!                             └──► Peers / Presenter ──────┘ party.answered
//!                                  (addresses from the signed directory alone)
//! ```
//!
//! ```no_run
//! # async fn example(config: server::config::Config) -> Result<(), server::running::StartRefused> {
//! let mut shop = server::running::start(config).await?;
//! shop.ready().await;
//! println!("{} serves at {}", shop.role.word(), shop.address);
//! shop.stop().await;
//! # Ok(()) }
//! ```
//!
//! Invariants: an answer leaves after its transaction is durable; what a message began is finished although its sender hung
//! up; no address is taken from a message; nothing a stranger sends is unbounded in size, time or count; the log holds
//! routes, codes, ids and times and nothing else.
//!
//! Read next: [`office`], then [`shop`]; [`frame`] for the door, [`content`] for files.

pub mod approver;
pub mod bank;
pub mod carrier;
pub mod collector;
mod common;
pub mod config;
pub mod content;
pub mod copying;
mod data;
pub mod deposit;
mod forms;
pub mod frame;
pub mod issuer;
pub mod keeper;
pub mod kiosk;
pub mod machine;
pub mod money;
mod near;
pub mod office;
pub mod once;
mod online;
pub mod operator;
#[cfg(test)]
mod owed;
mod pages;
pub mod peers;
pub mod presenter;
pub mod registry;
pub mod running;
pub mod settlement;
pub mod shop;
pub mod source;
mod strangers;
pub mod support;
mod touch;
pub mod trust;
pub mod vending;
pub mod verbs;
mod ways;
