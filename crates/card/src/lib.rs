//! The card: the deterministic heart where keys are unwrapped and money moves offline.
//!
//! A [`Card`] is a machine without I/O, clock or randomness of its own. It puts signatures and seals around the pure steps
//! of `deal`, and it is the only place where a content key is ever unwrapped. A smart card, a phone, a sealed file and a
//! simulator are the same machine behind another [`Journal`].
//!
//! ```text
//!   message --> open, parse, verify --> pure step --> Entry --> sealed under Km --> Journal --> Durable --> answer
//! ```
//!
//! Write, then speak, is a type: an answer is an [`Outgoing`], and an `Outgoing` is made only from the [`Durable`] that a
//! successful journal write returns. What is kept outside the protected area (journal and snapshot) is sealed under the
//! master key Km, the card's own secret as Km[Kus] (XD-1).
//!
//! What it is not: a wallet. It draws no pages, finds no peers, knows no files.
#![cfg_attr(not(test), no_std)]
extern crate alloc;

mod approval;
mod ask;
mod birth;
mod card;
mod charge;
mod contact;
mod counter;
mod decide;
mod dry;
mod fact;
mod free;
mod give;
mod history;
mod image;
mod journal;
mod known;
mod lend;
mod limits;
mod lock;
mod locked;
mod lost;
mod mend;
mod pair;
mod pay;
mod player;
mod provider;
mod quote;
mod recover;
mod recovered;
mod release;
mod rendition;
mod run;
mod settle;
mod terms;
mod values;
mod version;
mod words;

pub use approval::{ApprovalAsked, ApprovalRefusal, ApprovalSheet, Approved};
pub use ask::Asked;
pub use birth::{BirthRefusal, Born};
pub use card::{Card, Fault, Keeping};
pub use charge::{AnswerRefusal, ChargeHeard, ChargeRefusal, Owing};
pub use contact::{Contact, ContactRefusal};
pub use counter::{Counter, CounterRefusal, Stock};
pub use decide::{DecideRefusal, Decided};
pub use dry::DryRun;
pub use fact::Unsealed;
pub use free::DoneRefusal;
pub use give::{GiveRefusal, Permit, QUOTE_MAX, Quoted};
pub use history::{Event, Line};
pub use image::{Damaged, Image};
pub use journal::{Durable, Journal, Memory, Outgoing};
pub use lend::{ANSWERS_EVERY, GiveUpRefusal, LendFailure, LoanOffer};
pub use limits::{Limits, LimitsRefusal};
pub use lock::{Confirmed, Lock, PinCost, PinRefusal, RecoveryCode};
pub use locked::InstallRefusal;
pub use lost::ClaimRefusal;
pub use mend::{MendRefusal, Plea, PleaRefusal, Repair, SupportLetter};
pub use pair::{Greeted, Greeting, PairRefusal, Welcomed};
pub use pay::{PayFailure, Want};
pub use player::PlayerRefusal;
pub use provider::{Provider, ProviderRefusal, ReachAsk};
pub use quote::{Checked, QuoteRefusal};
pub use recover::{HearRefusal, Heard, Open, OpenSide, Say, Todo};
pub use recovered::{Recovered, Took};
pub use release::{PlayTicket, ReleaseRefusal};
pub use run::RUNS_AN_HOUR;
pub use settle::{SettleRefusal, Settled};
pub use values::ValueRefusal;
