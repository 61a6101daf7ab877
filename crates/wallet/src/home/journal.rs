//! The journal of a card as two files: a snapshot, and the records after it.
//!
//! `memory/snapshot` is what the card sealed; its first eight bytes are the number of the last record folded into it.
//! `memory/journal` is a head and one frame per record:
//!
//! ```text
//!   head   "KEYFARE-J1"  number of the record before the first (8)
//!   frame  length (4)  check (8)  sealed record
//! ```
//!
//! A frame is on the disk before the next begins, so only the last can be torn; it was never spoken of and is dropped.
//! Whatever else is lost shows in the mark, and in the TPM where there is one (`anchor.rs`). A new snapshot takes its name first and the new journal after it: between the
//! two, records that the snapshot has already are skipped by their numbers.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use card::{Fault, Journal};

use super::{
    HomeRefusal, PutBack, files,
    mark::Mark,
    on,
    tie::{NoStep, Tied, told},
};

const HEAD: &[u8; 10] = b"KEYFARE-J1";
const HEAD_LEN: usize = 18;
const FRAME_LEN: usize = 12;
/// No record is larger: a license document with 64 links and 256 slips is a tenth of it.
const RECORD_MAX: usize = 4 << 20;

/// The end of a file that grows: what the journal needs of a disk. A test puts a failing one in its place.
pub trait Tail: Send {
    /// Writes all of `bytes` at `at`.
    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()>;
    /// Makes what was written durable.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts off what stands behind `len`.
    fn cut(&mut self, len: u64) -> io::Result<()>;
}

impl Tail for File {
    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        use std::io::{Seek, SeekFrom, Write};
        self.seek(SeekFrom::Start(at))?;
        self.write_all(bytes)
    }
    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
    fn cut(&mut self, len: u64) -> io::Result<()> {
        self.set_len(len)
    }
}

/// Snapshot, records after it, and where further ones go.
pub(super) type Found = (Vec<u8>, Vec<Vec<u8>>, FileJournal);

/// A card's journal on disk.
pub struct FileJournal {
    dir: PathBuf,
    tail: Box<dyn Tail>,
    /// Bytes of whole frames.
    len: u64,
    /// Number of the last record.
    last: u64,
    /// Records after the snapshot.
    count: usize,
    mark: Mark,
    /// What outside of these files remembers, if the machine has something that can.
    tied: Option<Tied>,
    put_back: Option<PutBack>,
    /// A write failed and could not be taken back: what is on the disk is not known any more.
    broken: bool,
    _lock: File,
}

impl core::fmt::Debug for FileJournal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "FileJournal({}, {} records)", self.dir.display(), self.count)
    }
}

fn head(base: u64) -> [u8; HEAD_LEN] {
    let mut out = [0; HEAD_LEN];
    out[..10].copy_from_slice(HEAD);
    out[10..].copy_from_slice(&base.to_be_bytes());
    out
}

fn check(number: u64, record: &[u8]) -> [u8; 8] {
    let mut out = [0; 8];
    out.copy_from_slice(&seal::hash_parts(&[&number.to_be_bytes(), record]).0[..8]);
    out
}

fn frame(number: u64, record: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(FRAME_LEN.saturating_add(record.len()));
    out.extend_from_slice(&u32::try_from(record.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(&check(number, record));
    out.extend_from_slice(record);
    out
}

/// The frames that hold, from the first to the first that does not, and how many bytes they take.
fn read_frames(bytes: &[u8], base: u64) -> (Vec<(u64, Vec<u8>)>, usize) {
    let (mut at, mut number, mut found) = (HEAD_LEN, base, Vec::new());
    while let Some((frame, rest)) = bytes.get(at..).and_then(|b| b.split_at_checked(FRAME_LEN)) {
        let len = frame.first_chunk::<4>().map_or(0, |b| u32::from_be_bytes(*b)) as usize;
        number = number.saturating_add(1);
        let record = rest
            .get(..len)
            .filter(|r| len <= RECORD_MAX && frame[4..] == check(number, r));
        let Some(record) = record else { break };
        found.push((number, record.to_vec()));
        at = at.saturating_add(FRAME_LEN).saturating_add(len);
    }
    (found, at)
}

fn open_tail(path: &Path) -> io::Result<File> {
    files::private().read(true).write(true).open(path)
}

/// Number of the last record that a snapshot contains.
fn number_of(snapshot: &[u8]) -> Option<u64> {
    snapshot.first_chunk::<8>().map(|b| u64::from_be_bytes(*b))
}

impl FileJournal {
    /// An empty journal for a card that is to be born.
    pub(super) fn begin(dir: &Path, lock: File, mark: Mark, tied: Option<Tied>) -> io::Result<Self> {
        let path = dir.join("journal");
        files::write_whole(&path, &head(0))?;
        Ok(Self {
            dir: dir.to_owned(),
            tail: Box::new(open_tail(&path)?),
            len: HEAD_LEN as u64,
            last: 0,
            count: 0,
            mark,
            tied,
            put_back: None,
            broken: false,
            _lock: lock,
        })
    }

    /// Reads what is there and drops a torn end.
    /// `tie` holds what was found against what outside of these files remembers.
    pub(super) fn resume(
        dir: &Path,
        lock: File,
        mark: Mark,
        tie: impl FnOnce(&[u8], &[[u8; 32]]) -> Result<Option<(Tied, bool)>, HomeRefusal>,
    ) -> Result<Found, HomeRefusal> {
        let (snapshot_path, path) = (dir.join("snapshot"), dir.join("journal"));
        let damaged = |path: &Path, why| HomeRefusal::Damaged {
            path: path.to_owned(),
            why,
        };
        let snapshot = fs::read(&snapshot_path).map_err(on(&snapshot_path))?;
        let at = number_of(&snapshot).ok_or_else(|| damaged(&snapshot_path, "cut off"))?;
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            // Lost with its name: as good as a journal that ends here, and the mark tells.
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                files::write_whole(&path, &head(at)).map_err(on(&path))?;
                head(at).to_vec()
            }
            Err(e) => return Err(on(&path)(e)),
        };
        let base = bytes
            .strip_prefix(HEAD)
            .and_then(number_of)
            .ok_or_else(|| damaged(&path, "no journal of a card"))?;
        if base > at {
            return Err(damaged(&snapshot_path, "older than the journal after it"));
        }
        let (frames, len) = read_frames(&bytes, base);
        let last = frames.last().map_or(base, |(n, _)| *n).max(at);
        let since: Vec<[u8; 32]> = frames
            .iter()
            .filter(|(n, _)| *n > at)
            .map(|(n, record)| told(*n, record))
            .collect();
        if !since.is_empty() {
            // Read is not yet on the disk: a program that was killed may have left its last record in the system's memory,
            // and what the anchor is told of must not be lost with the power after it.
            open_tail(&path).and_then(|file| file.sync_data()).map_err(on(&path))?;
        }
        let (tied, latest) = match tie(&snapshot, &since)? {
            Some((tied, latest)) => (Some(tied), latest),
            None => (None, true),
        };
        let written = if latest {
            mark.high()
        } else {
            mark.high().max(last.saturating_add(1))
        };
        let mut journal = Self {
            dir: dir.to_owned(),
            tail: Box::new(open_tail(&path).map_err(on(&path))?),
            len: len as u64,
            last,
            count: 0,
            put_back: (last < written).then_some(PutBack { found: last, written }),
            mark,
            tied,
            broken: false,
            _lock: lock,
        };
        let records: Vec<Vec<u8>> = frames.iter().filter(|(n, _)| *n > at).map(|(_, r)| r.clone()).collect();
        journal.count = records.len();
        // All its records are in the snapshot: begin anew, for numbers would not go on where this journal ends.
        if frames.last().map_or(base, |(n, _)| *n) < at {
            journal.renew(at).map_err(on(&path))?;
        } else if journal.len < bytes.len() as u64 {
            journal
                .tail
                .cut(journal.len)
                .and_then(|()| journal.tail.sync())
                .map_err(on(&path))?;
        }
        if journal.put_back.is_none() && last > journal.mark.high() {
            journal.mark.set(last).map_err(on(&path))?;
        }
        Ok((snapshot, records, journal))
    }

    /// Set when this memory is an older copy of what was here before.
    pub const fn put_back(&self) -> Option<PutBack> {
        self.put_back
    }

    /// The issuer has seen this copy and let it go on: from now on it is the latest.
    pub fn accepted(&mut self) {
        if let Some(error) = self.tied.as_mut().and_then(|tied| tied.tie_anew().err()) {
            // It stays an older copy, and is let go on again when it wakes next.
            tracing::error!(%error, "the TPM did not take the card's memory as the latest");
            return;
        }
        self.put_back = None;
        // A mark that cannot be written lags; the next record tries again.
        let _ = self.mark.set(self.last).and_then(|()| self.mark.sync());
    }

    /// Puts another disk under the journal; for tests of what happens when it fails.
    pub fn with_tail(mut self, wrap: impl FnOnce(Box<dyn Tail>) -> Box<dyn Tail>) -> Self {
        self.tail = wrap(self.tail);
        self
    }

    fn renew(&mut self, base: u64) -> io::Result<()> {
        let path = self.dir.join("journal");
        files::write_whole(&path, &head(base))?;
        self.tail = Box::new(open_tail(&path)?);
        self.len = HEAD_LEN as u64;
        Ok(())
    }

    /// Tells the anchor of a record that is on the disk. What it certainly does not take comes off the disk again; where
    /// nobody knows, the record stays, unspoken of, and the next start finds out.
    fn tell(&mut self, number: u64, record: &[u8]) -> io::Result<()> {
        let Some(tied) = &mut self.tied else { return Ok(()) };
        let told = told(number, record);
        if self.put_back.is_some() {
            tied.pass(&told);
            return Ok(());
        }
        match tied.step(&told) {
            Ok(()) => Ok(()),
            Err(NoStep::NotMade(error)) => {
                self.broken = self.tail.cut(self.len).and_then(|()| self.tail.sync()).is_err();
                Err(error)
            }
            Err(NoStep::Unsure(error)) => {
                self.broken = true;
                Err(error)
            }
        }
    }

    fn try_append(&mut self, record: &[u8]) -> io::Result<()> {
        let number = self.last.checked_add(1).ok_or(io::ErrorKind::FileTooLarge)?;
        let bytes = frame(number, record);
        let written = self.tail.write_at(self.len, &bytes).and_then(|()| self.tail.sync());
        if let Err(error) = written {
            // Take back what stands there half; if even that fails, nothing more is written until the next start.
            if self.tail.cut(self.len).and_then(|()| self.tail.sync()).is_err() {
                self.broken = true;
            }
            return Err(error);
        }
        self.tell(number, record)?;
        self.len = self.len.saturating_add(bytes.len() as u64);
        self.last = number;
        self.count = self.count.saturating_add(1);
        if self.put_back.is_none() {
            // Behind the record, never before it; a mark that cannot be written only lags.
            let _ = self.mark.set(number);
        }
        Ok(())
    }
}

impl Journal for FileJournal {
    fn append(&mut self, record: &[u8]) -> Result<(), Fault> {
        if self.broken || record.len() > RECORD_MAX {
            return Err(Fault::Storage);
        }
        self.try_append(record).map_err(|error| {
            tracing::error!(%error, "the card's journal did not take a record");
            Fault::Storage
        })
    }

    fn replace(&mut self, snapshot: &[u8]) -> Result<(), Fault> {
        let at = number_of(snapshot).ok_or(Fault::Storage)?;
        if self.broken || at < self.last {
            return Err(Fault::Storage);
        }
        let latest = self.put_back.is_none();
        if let Some(tied) = self.tied.as_mut().filter(|_| latest) {
            tied.fold(snapshot).map_err(|_| Fault::Storage)?;
        }
        files::write_whole(&self.dir.join("snapshot"), snapshot).map_err(|_| Fault::Storage)?;
        if let Some(tied) = &mut self.tied {
            tied.folded(snapshot, latest);
        }
        self.count = 0;
        self.last = at;
        // From here the snapshot counts; the old journal is only longer than it need be.
        self.renew(at).map_err(|_| Fault::Storage)
    }

    fn len(&self) -> usize {
        self.count
    }
}
