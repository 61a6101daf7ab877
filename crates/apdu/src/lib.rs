//! The card behind a smart-card reader: what crosses the contacts, and both ends of it.
//!
//! ```text
//!   terminal  --  ask, quote, pay, settle, done: the same bytes as over every carrier  --  terminal
//!      |                                                                                     |
//!   Terminal: short chains or extended commands                              Application: the card's side
//!      |                                                                                     |
//!      +---------------------- Command, Status (ISO 7816-4), reader ---------------------------+
//! ```
//!
//! [`Application`] answers commands with a [`card::Card`]; [`Terminal`] sends them over any [`Link`]; [`hand_over`] walks a
//! copy or a move between two cards, and [`finish`] ends what a torn card left open. Nothing here does I/O, looks at a
//! clock or makes random numbers.
//!
//! A terminal is a relay with a screen. It can refuse, repeat and lie on its screen; it cannot make a card pay or give
//! without its holder's word for exactly this quote ([`Agreement`]), and what it pulled apart is named in the cards'
//! records, where the same command finds it again. The commands are written down in `docs/formats/apdu.md`.
#![cfg_attr(not(test), no_std)]
extern crate alloc;

mod about;
mod application;
mod borrow;
mod chain;
mod command;
mod give;
mod hand_over;
mod lend;
mod notice;
mod receive;
mod refused;
mod status;
mod terminal;
pub mod tlv;

pub use application::{AID, ATR, Application, Limits};
pub use borrow::{LoanError, borrow, give_back};
pub use command::{Command, EXTENDED_MAX, MORE, Malformed, SHORT_MAX};
pub use hand_over::{HandOverError, HandedOver, Holders, What, Word, finish, hand_over};
pub use notice::{Agreement, Lends, Notice};
pub use refused::{ApplicationRefusal, Refused};
pub use status::Status;
pub use terminal::{Form, LastWord, Link, Room, Settled, Terminal, TerminalError, Unfinished};

/// Instructions, all of class `80` but those of ISO's own, which are of class `00`.
pub mod ins {
    /// Choose the application by its AID (class 00).
    pub const SELECT: u8 = 0xA4;
    /// The rest of an answer (class 00).
    pub const GET_RESPONSE: u8 = 0xC0;
    /// What the card tells anybody (class 00 or 80).
    pub const GET_DATA: u8 = 0xCA;
    /// The holder's PIN, for one quote or one gift (class 00).
    pub const VERIFY: u8 = 0x20;
    /// The card asks.
    pub const ASK: u8 = 0x10;
    /// The card reads a quote and says what its holder would agree to.
    pub const SHOW: u8 = 0x12;
    /// The card pays what was agreed to.
    pub const PAY: u8 = 0x14;
    /// The card takes a decision.
    pub const SETTLE: u8 = 0x16;
    /// The card follows a standing order to let fares go home.
    pub const ORDER: u8 = 0x18;
    /// The message of an open record again.
    pub const AGAIN: u8 = 0x1A;
    /// The card takes a locked copy.
    pub const INSTALL: u8 = 0x1C;
    /// The card says what it would give.
    pub const GIVE: u8 = 0x30;
    /// The card quotes.
    pub const QUOTE: u8 = 0x32;
    /// The card decides on a payment.
    pub const DECIDE: u8 = 0x34;
    /// The card hears that a deal is closed.
    pub const DONE: u8 = 0x36;
    /// All quotes the card has made are void.
    pub const CANCEL: u8 = 0x38;
    /// The card names itself to the player whose reader it is in, or hears that player.
    pub const GREET: u8 = 0x60;
    /// What the card would lend.
    pub const WISH: u8 = 0x62;
    /// The card offers the loan its holder agreed to.
    pub const LEND: u8 = 0x64;
    /// The card takes back what it lent.
    pub const BACK: u8 = 0x66;
    /// The card says that it is there, for a loan of its own.
    pub const THERE: u8 = 0x68;
    /// Is there a license for this work?
    pub const FIND: u8 = 0x40;
    /// The card hears the time.
    pub const TICK: u8 = 0x50;
    /// The card reports to its issuer.
    pub const REPORT: u8 = 0x52;
    /// The card takes its issuer's answer.
    pub const CLEARED: u8 = 0x54;

    /// Those of class 80, but GET DATA.
    pub(crate) const ALL: [u8; 21] = [
        ASK, SHOW, PAY, SETTLE, ORDER, AGAIN, INSTALL, GIVE, QUOTE, DECIDE, DONE, CANCEL, FIND, TICK, REPORT, CLEARED,
        GREET, WISH, LEND, BACK, THERE,
    ];
}

/// What GET DATA answers: P1 and P2.
pub mod data {
    /// Version of this interface, largest message, kind of card.
    pub const APPLICATION: u16 = 0xDF01;
    /// The realm.
    pub const REALM: u16 = 0xDF02;
    /// Licenses, open records, certificates, PIN tries: how many, and how many may be.
    pub const ROOM: u16 = 0xDF03;
    /// Open records: what is unfinished.
    pub const UNFINISHED: u16 = 0xDF04;
    /// Signed `done`s that have not reached their givers.
    pub const DONES: u16 = 0xDF05;
    /// Why the last command was refused: code, again, text.
    pub const REFUSAL: u16 = 0xDF06;
    /// What is in the purse: told while the holder's word for a load stands, and at no other time (ST-8).
    pub const PURSE: u16 = 0xDF07;
}
