//! The mark: how far the journal has ever been, kept apart from it (docs/threats.md, rule 16).
//!
//! It is written behind every record and not forced to the disk, so it costs nothing; after a power cut it may lag, never
//! lead. A memory that ends before it was put back from a copy.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

use super::files::private;

/// The mark's file and its value.
#[derive(Debug)]
pub(super) struct Mark {
    file: File,
    high: u64,
}

fn line(high: u64) -> [u8; 16] {
    let mut out = [0; 16];
    out[..8].copy_from_slice(&high.to_be_bytes());
    out[8..].copy_from_slice(&seal::hash(&high.to_be_bytes()).0[..8]);
    out
}

impl Mark {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut file = private()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(path)?;
        let mut bytes = Vec::with_capacity(16);
        (&mut file).take(16).read_to_end(&mut bytes)?;
        let high = bytes.first_chunk::<8>().map_or(0, |b| u64::from_be_bytes(*b));
        // A mark that was torn says nothing.
        let high = if bytes == line(high) { high } else { 0 };
        Ok(Self { file, high })
    }
    /// The highest record that was ever written.
    pub(super) const fn high(&self) -> u64 {
        self.high
    }
    /// Record `n` is durable.
    pub(super) fn set(&mut self, n: u64) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&line(n))?;
        self.high = n;
        Ok(())
    }
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}
