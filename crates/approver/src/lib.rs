//! The approver: who knows a buyer and permits a purchase, so that no seller has to know one. And the bureau it may ask.
//!
//! Run by: a carrier or card company ([`Approver`]); a credit bureau ([`Bureau`]). Needs: the seller's signed purchase (kind
//! and price) and the word of somebody who signed in. Adds: the amount held, permission once, the charge. Must not see: what
//! is bought. What it must never do is be imported by the seller's side: that arrow is forbidden in `docs/imports.toml`.
//!
//! ```text
//!   terminal ── approval ask ──►  request  ── the user signs in, sees kind and price, agrees ──┐
//!                                                                  bureau ◄── asked, if set up ┤
//!                                 denied: limit, decision, later   ◄───────────────────────────┤
//!                                 approval: the amount is held     ◄───────────────────────────┘
//!
//!   open ── permit ──► permitted ── settled ──► charged ── dispute ──► refunded
//!    │                     └── abandon, or silent for thirty days ──┐
//!    └─ cancelled, expired, abandoned ───────────────────────────────┴──► ended: the limit is back, once
//! ```
//!
//! Each arrow is one transaction over one ledger. The name of an approval is the name of the hold: it is posted or voided
//! once, by the ledger's own rule, so no limit is given back twice and no two purchases pass the last of it (PA-10).
//!
//! Names and passwords are the business of `signin`; here a person is a number of this approver alone.
//!
//! Read next: `ask.rs`, `decide.rs`, `redeem.rs`: a purchase in three files.

mod approver;
mod ask;
mod audit;
mod books;
mod bureau;
mod bureau_ask;
mod cancel;
mod config;
mod decide;
mod dispute;
mod issued;
mod leave;
mod money;
mod moves;
mod payout;
mod recall;
mod redeem;
mod silent;
mod statement;
mod user;

pub use approver::{Approver, PARTS};
pub use ask::{AskRefused, CollectRefused, Request, RequestId, SETTLER_UNKNOWN, Shown, State as RequestState};
pub use bureau::{Bureau, Inquiry, InquiryRefused, PARTS as BUREAU_PARTS, Standing};
pub use cancel::CancelRefused;
pub use config::{ApproverConfig, Fallback, WhenSilent};
pub use decide::{ApproveRefused, Decision, Denied};
pub use dispute::{Dispute, DisputeRefused, Outcome};
pub use issued::{End, Issued, State};
pub use leave::LeaveRefused;
pub use money::{Means, MoneyRefused};
pub use moves::{Move, Moved, Moves};
pub use payout::PayoutRefused;
pub use recall::Forgotten;
pub use redeem::RedeemRefused;
pub use silent::{GiveUpRefused, PATIENCE};
pub use statement::{Line, Standing as Account};
pub use user::{Conduct, User, UserId};
