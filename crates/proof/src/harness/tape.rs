//! Tape: a card's journal in memory that notices when the power went, so that its holder's program dies with it.

use card::{Fault, Journal, Memory};

/// [`card::Memory`], and whether a write has failed on it.
#[derive(Debug, Clone, Default)]
pub struct Tape {
    /// Snapshot and records.
    pub memory: Memory,
    /// A write failed: what the program knows may no longer be what stands here.
    pub dark: bool,
    /// Writes that were asked for since the tape was made or found again.
    pub writes: u64,
}

impl Tape {
    /// What is found on the disk after a power cut: everything written, no plan for another cut.
    pub fn found(memory: &Memory) -> Self {
        let memory = Memory {
            snapshot: memory.snapshot.clone(),
            records: memory.records.clone(),
            ..Memory::default()
        };
        Self {
            memory,
            dark: false,
            writes: 0,
        }
    }

    /// Plans a power cut at the write after `left` more of them; `after`: it takes hold, and nobody hears of it.
    pub const fn cut(&mut self, left: u64, after: bool) {
        self.memory.writes_left = Some(left);
        self.memory.fails_after = after;
    }
}

impl Journal for Tape {
    fn append(&mut self, record: &[u8]) -> Result<(), Fault> {
        self.writes = self.writes.saturating_add(1);
        let done = self.memory.append(record);
        self.dark |= done.is_err();
        done
    }
    fn replace(&mut self, snapshot: &[u8]) -> Result<(), Fault> {
        self.writes = self.writes.saturating_add(1);
        let done = self.memory.replace(snapshot);
        self.dark |= done.is_err();
        done
    }
    fn len(&self) -> usize {
        Journal::len(&self.memory)
    }
}
