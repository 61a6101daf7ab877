//! The protocol of deals: pure steps of cards, servers and the issuer, and the messages between them.
//!
//! Everything cards do with one another and with servers is one *deal* between a receiver and a giver, in five messages:
//! *ask, quote, pay, settle, done*. The receiver is the side whose card commits first, whatever it gets. Load, redeem,
//! sale, collection, surrender and pay-only are the same deal with other things in it.
//!
//! ```text
//! receiver                       giver (card or server)
//!    ask   ------------------------>            writes nothing
//!          <------------------------ quote      writes nothing
//!    consent; [paid]
//!    pay   ------------------------>            [given]   the one write that decides
//!          <------------------------ settle
//!    [closed]
//!    done  ------------------------>            [freed]
//! ```
//!
//! A step looks at a state and a message and returns an [`Entry`]; [`State::apply`] makes the entry true and cannot fail.
//! Whoever drives a card writes the entry durably before anything is said. There is no session, no timeout and no
//! waiting state: the records `paid` and `given` are the whole of what is unfinished.
//!
//! Here is no cryptography, no I/O, no clock and no randomness: a real card, the simulator and the model checker call the
//! very same functions. What is signed and sealed around them is in [`wire`]; a real card puts both together in `card`.
//!
//! Reading order: [`State`], then `pay`, `decide`, `close`: a deal in three files.
#![cfg_attr(not(test), no_std)]
extern crate alloc;

pub mod breakage;
mod message;
mod record;
mod state;

mod ask;
mod cancel;
mod close;
mod decide;
mod free;
mod install;
mod owing;
mod pay;
mod pickup;
mod release;
mod report;
mod resume;
mod route;
mod sell;
mod tender;

pub mod approval;
pub mod cash;
pub mod charge;
pub mod directory;
pub mod enterprise;
pub mod fact;
pub mod issuer;
pub mod judge;
pub mod lend;
pub mod lost;
pub mod medium;
pub mod pair;
pub mod seven;
pub mod support;
pub mod wire;

pub use ask::AskRefusal;
pub use close::Closing;
pub use decide::Decision;
pub use message::{
    Agreed, Facts, Gift, Kind, Number, Outcome, Pay, Quote, Settle, Side, Slip, Tender, Value, ValueKind, VoidReason,
};
pub use owing::{Credit, Hearing, Owed, charge_of};
pub use pay::{Consent, PayRefusal, Plan};
pub use pickup::pickup_code;
pub use record::{Entry, Evidence, Given, Held, Opened, Paid, Status};
pub use release::{Play, PlayRefusal};
pub use report::{Clearance, Report};
pub use resume::Resume;
pub use route::winner;
pub use sell::OnShelf;
pub use state::{LINKS_SMALL, Profile, State, Summary};
pub use tender::{TenderRefusal, covered, pays};
