//! Smart-card readers, from both sides.
//!
//! [`Readers`] is a terminal's: the readers of this machine and the cards in them, through the system's PC/SC service. A
//! card that was opened is a [`apdu::Link`]: exclusive, and reset when it is let go, so that nothing one program did to it
//! is there for the next.
//!
//! [`Contacts`] is a card's: it sits in a virtual reader (`crates/reader`, or the vsmartcard project's) and answers.
//!
//! The PC/SC library is loaded when it is first needed. So this builds, and every program around it runs, on machines that
//! have neither the library nor its headers; who asks for readers there is told what to install. The library's C interface
//! has not changed for twenty years, while the protocol between it and its daemon has with many versions; hence the
//! library and not the daemon's socket.

mod contacts;
mod library;
mod readers;

pub use contacts::{CardEnd, Contacts, Reach, ReachError};
pub use readers::{CardLink, ReaderSeen, Readers, ReadersRefused};
