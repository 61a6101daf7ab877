//! Virtual smart-card readers: a driver that the PC/SC daemon (pcscd) loads, so that any program which speaks PC/SC sees a
//! software card like one of plastic.
//!
//! ```text
//!   program -- PC/SC -- pcscd -- IFD handler: this library -- Unix socket -- the process that is the card
//! ```
//!
//! One reader is one socket, named in the daemon's configuration; whoever connects to it is the card in that reader, and
//! hangs up to be pulled. What crosses the socket is what the virtual readers of the vsmartcard project speak (two bytes of
//! length, big endian, then the bytes; one byte alone is a control code), so that a card works behind both.
//!
//! ```text
//!   # /etc/reader.conf.d/keyfare
//!   FRIENDLYNAME "Keyfare reader A"
//!   DEVICENAME   sock:/run/keyfare/a.sock
//!   LIBPATH      /usr/lib/libkeyfare_reader.so
//!   CHANNELID    0
//! ```
//!
//! Not here: anything about what is said. [`Slot`] carries bytes and keeps no secret.

mod handler;
mod slot;

pub use handler::*;
pub use slot::{Slot, SlotError};
