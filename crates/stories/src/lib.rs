//! Stories: the systems of Keyfare told step by step, with everybody's books after each step.
//!
//! A story is a short file over the trait [`Parties`] and holders' cards. It has no rules of its own: everything that can
//! be refused is refused by a card or a party. Over parties in memory a story is a tour, a piece of documentation and a
//! workload; over running processes it is the acceptance test. Both print the same document.
//!
//! ```text
//!   story --> Holder (a real card) --> Parties --> in memory: party + store
//!                                              --> live:      HTTP, separate processes
//! ```
//!
//! Reading order: [`sale`], the shortest whole one.

mod approval;
mod approving;
mod deposit;
mod device;
mod family;
mod hand;
mod holder;
mod home;
mod locked;
mod lost;
mod media;
mod memory;
mod parties;
mod permitting;
mod player;
mod reach;
mod sale;
mod settlement;
mod settling;
mod small;
mod superdistribution;
mod tale;
mod vending;

pub use approval::{Mood, Permit, approval};
pub use approving::{Approving, SETTLER};
pub use deposit::{Cash, Deposits, Tray, electronic_money};
pub use device::external_device;
pub use family::{Family, family};
pub use hand::Handed;
pub use holder::{Holder, PIN, Stuck};
pub use home::Sent;
pub use locked::{Locks, Order, in_cash, locked_copy};
pub use media::{Media, copy_management};
pub use memory::{Carried, InMemory, readable};
pub use parties::{Account, Answer, Counterpart, Handing, Listing, Locked, Parties, Work};
pub use permitting::{Permitting, Said, Seen, Speaker};
pub use player::{Player, Refuses};
pub use sale::sale;
pub use settlement::{Settlement, settlement};
pub use settling::{Settling, Telephone};
pub use small::small;
pub use superdistribution::{Line, superdistribution};
pub use tale::{Books, CardBooks, Figures, Step, Tale};
pub use vending::{Slots, Vending, goods};
