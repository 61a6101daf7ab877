//! The journal: where a card's decisions become durable, and the proof that one has.

use alloc::{vec, vec::Vec};

use crate::Fault;

/// A card's durable memory. It sees sealed bytes only.
///
/// `append` returns after the record survives a power cut, or fails and leaves nothing; a half-written record at the end
/// is dropped when the journal is read. Records are never changed. `replace` puts a snapshot in the place of everything
/// before it, all or nothing.
pub trait Journal {
    /// Makes one record durable.
    fn append(&mut self, record: &[u8]) -> Result<(), Fault>;
    /// Replaces snapshot and records by a new snapshot.
    fn replace(&mut self, snapshot: &[u8]) -> Result<(), Fault>;
    /// How many records stand after the snapshot.
    fn len(&self) -> usize;
    /// None?
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// An entry is durable. Made by a successful write only, and not to be copied: one write, one answer.
///
/// ```compile_fail,E0423
/// let forged = card::Durable(()); // nobody outside can claim that something was written
/// ```
#[derive(Debug)]
pub struct Durable(());

impl Durable {
    pub(crate) const fn proven() -> Self {
        Self(())
    }
    /// Steps that change nothing may speak at once.
    pub(crate) const fn nothing_to_write() -> Self {
        Self(())
    }
}

/// Bytes a card lets out. There is no way to make one but from a [`Durable`].
///
/// ```compile_fail,E0423
/// let spoken = card::Outgoing(b"before it was written".to_vec());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing(Vec<u8>);

impl Outgoing {
    pub(crate) fn after(_: Durable, bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
    /// The bytes, for a carrier.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
    /// The bytes by value.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// A journal in memory, for tests and simulation. It can be told to fail, before or after a write takes hold.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// The snapshot.
    pub snapshot: Vec<u8>,
    /// Records after it.
    pub records: Vec<Vec<u8>>,
    /// Writes that still succeed; `None`: all do.
    pub writes_left: Option<u64>,
    /// The failing write takes hold, but nobody hears of it.
    pub fails_after: bool,
}

impl Memory {
    fn may_write(&mut self) -> Result<(), Fault> {
        match &mut self.writes_left {
            Some(0) => Err(Fault::Storage),
            Some(n) => {
                *n = n.saturating_sub(1);
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl Journal for Memory {
    fn append(&mut self, record: &[u8]) -> Result<(), Fault> {
        let may = self.may_write();
        if may.is_ok() || self.fails_after {
            self.records.push(record.to_vec());
            if may.is_err() {
                self.fails_after = false;
            }
        }
        may
    }
    fn replace(&mut self, snapshot: &[u8]) -> Result<(), Fault> {
        let may = self.may_write();
        if may.is_ok() || self.fails_after {
            self.snapshot = snapshot.to_vec();
            self.records = vec![];
        }
        may
    }
    fn len(&self) -> usize {
        self.records.len()
    }
}
