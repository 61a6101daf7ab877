//! Anchor: what remembers, outside of the home's files, how far the card's memory has come, so that files put back from
//! yesterday are seen for what they are although every one of them is genuine (docs/threats.md, rule 16).
//!
//! The anchor is a value in the machine's TPM that only goes forward: each step makes it the hash of what it was and of
//! what it is told. Every record is told to it, behind the record and before anybody else hears of it:
//!
//! ```text
//!   record on the disk ──► step in the TPM ──► spoken
//! ```
//!
//! A *tie* says which value belongs to which memory: written under a key of the card when a snapshot takes the place of
//! what was before it, never for a record. On waking the records after the tie are stepped through. They end at the TPM's
//! value: the memory is the latest. They end one step ahead: the power went between disk and TPM, the last record was
//! never spoken of, and the step is made up for. Anything else is an older copy.
//!
//! Why not a counter: it tells how many records there were, not which. Whoever stops the program between disk and counter
//! twice has two memories with the same number, and may speak with both. A step binds the record itself, and costs the
//! same. Two cuts after one another cannot harm an honest card: the first is made up for before anything else is written.
//!
//! A step writes to the chip's own memory: some ten milliseconds, and wear. It is made once for each decision of a person
//! (a payment, a copy, the beginning of a play), some dozens a day; nothing else is told to it.

use std::io;

use tpm::{Place, Tpm};

/// A value that only goes forward. A test puts a failing one in its place.
pub trait Anchor: Send {
    /// The value now; nothing: it was deleted.
    fn value(&mut self) -> io::Result<Option<[u8; 32]>>;
    /// One step.
    fn step(&mut self, told: &[u8; 32]) -> io::Result<()>;
    /// Begins again where it was deleted.
    fn begin(&mut self) -> io::Result<()>;
}

/// The value after a step.
pub(super) fn after(value: &[u8; 32], told: &[u8; 32]) -> [u8; 32] {
    let mut both = [0; 64];
    both[..32].copy_from_slice(value);
    both[32..].copy_from_slice(told);
    seal::hash(&both).0
}

/// The anchor in a TPM.
#[derive(Debug)]
pub(super) struct InTpm {
    pub(super) tpm: Tpm,
    pub(super) place: Place,
}

impl Anchor for InTpm {
    fn value(&mut self) -> io::Result<Option<[u8; 32]>> {
        self.tpm.value(&self.place).map_err(io::Error::other)
    }
    fn step(&mut self, told: &[u8; 32]) -> io::Result<()> {
        self.tpm.extend(&self.place, told).map_err(io::Error::other)
    }
    fn begin(&mut self) -> io::Result<()> {
        self.tpm.define(&self.place).map_err(io::Error::other)
    }
}
