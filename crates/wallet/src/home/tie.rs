//! Tie: which value of the anchor belongs to which memory, as the card itself wrote it.
//!
//! `protected/tie` is "KEYFARE-L1" and one or two ties, the older first: state (32), value (32), check (32). The check is
//! made with a key that follows from Km, so that nobody else ties an old memory to a new value. Two stand there while a
//! snapshot takes the place of what was before it; either memory is then the latest.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use seal::Secret;

use super::{
    anchor::{Anchor, after},
    files,
};

const HEAD: &[u8; 10] = b"KEYFARE-L1";

/// What a memory comes to: a snapshot, and then record by record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct State([u8; 32]);

impl State {
    pub(super) fn of_snapshot(snapshot: &[u8]) -> Self {
        Self(seal::hash_parts(&[b"snapshot", snapshot]).0)
    }
    pub(super) fn with(self, told: &[u8; 32]) -> Self {
        Self(seal::hash_parts(&[b"record", &self.0, told]).0)
    }
}

/// What the anchor is told of a record.
pub(super) fn told(number: u64, record: &[u8]) -> [u8; 32] {
    seal::hash_parts(&[b"told", &number.to_be_bytes(), record]).0
}

/// This memory, at this value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tie {
    state: State,
    value: [u8; 32],
}

/// A memory tied to an anchor.
pub(super) struct Tied {
    path: PathBuf,
    key: Secret,
    anchor: Box<dyn Anchor>,
    /// The tie the files stand under; nothing before the first snapshot, and for a copy that was put back.
    tie: Option<Tie>,
    state: State,
    /// The anchor's value, as it must be now.
    value: [u8; 32],
}

impl core::fmt::Debug for Tied {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Tied")
    }
}

/// How a step ended that did not.
#[derive(Debug)]
pub(super) enum NoStep {
    /// It was not made: whoever takes the record back has changed nothing.
    NotMade(io::Error),
    /// Nobody knows.
    Unsure(io::Error),
}

impl Tied {
    /// For a card that is to be born.
    pub(super) fn begin(path: &Path, key: Secret, mut anchor: Box<dyn Anchor>) -> io::Result<Self> {
        let value = match anchor.value()? {
            Some(value) => value,
            None => begun(&mut *anchor)?,
        };
        Ok(Self {
            path: path.to_owned(),
            key,
            anchor,
            tie: None,
            state: State::default(),
            value,
        })
    }

    /// Holds the memory against the anchor, and makes up for a step that a power cut prevented. False: this is an older
    /// copy.
    pub(super) fn wake(
        path: &Path,
        key: Secret,
        anchor: Box<dyn Anchor>,
        snapshot: &[u8],
        told: &[[u8; 32]],
    ) -> io::Result<(Self, bool)> {
        let mut tied = Self {
            path: path.to_owned(),
            key,
            anchor,
            tie: None,
            state: State::of_snapshot(snapshot),
            value: [0; 32],
        };
        let ties = tied.read()?;
        let find = |state: State| ties.iter().find(|tie| tie.state == state).copied();
        let mut at = find(tied.state);
        // The value at the end, and the one before the last record.
        let (mut end, mut before) = (at.map(|tie| tie.value), None);
        for one in told {
            tied.state = tied.state.with(one);
            before = end;
            end = end.map(|value| after(&value, one));
            if let Some(tie) = find(tied.state) {
                (at, end, before) = (Some(tie), Some(tie.value), None);
            }
        }
        let mut now = tied.anchor.value()?;
        if let (Some(last), Some(value)) = (told.last(), now)
            && before == Some(value)
        {
            tied.anchor.step(last)?;
            now = tied.anchor.value()?;
        }
        let latest = end.is_some() && now == end;
        if let (true, Some(value)) = (latest, end) {
            (tied.tie, tied.value) = (at, value);
        }
        Ok((tied, latest))
    }

    /// Tells the anchor of a record that is on the disk.
    pub(super) fn step(&mut self, told: &[u8; 32]) -> Result<(), NoStep> {
        let next = after(&self.value, told);
        if let Err(error) = self.anchor.step(told) {
            // The answer may be all that was lost.
            match self.anchor.value() {
                Ok(Some(value)) if value == next => {}
                Ok(Some(value)) if value == self.value => return Err(NoStep::NotMade(error)),
                _ => return Err(NoStep::Unsure(error)),
            }
        }
        self.value = next;
        self.state = self.state.with(told);
        Ok(())
    }

    /// The memory grows without the anchor, while it stands as an older copy.
    pub(super) fn pass(&mut self, told: &[u8; 32]) {
        self.state = self.state.with(told);
    }

    /// `snapshot` is about to take the place of everything before it: from now on either is the latest.
    pub(super) fn fold(&mut self, snapshot: &[u8]) -> io::Result<()> {
        let new = Tie {
            state: State::of_snapshot(snapshot),
            value: self.value,
        };
        let both: Vec<Tie> = self.tie.into_iter().chain([new]).collect();
        self.write(&both)
    }

    /// It has.
    pub(super) fn folded(&mut self, snapshot: &[u8], latest: bool) {
        self.state = State::of_snapshot(snapshot);
        self.tie = latest.then_some(Tie {
            state: self.state,
            value: self.value,
        });
    }

    /// The issuer has let this memory go on: from now on it is the latest.
    pub(super) fn tie_anew(&mut self) -> io::Result<()> {
        self.value = match self.anchor.value()? {
            Some(value) => value,
            None => begun(&mut *self.anchor)?,
        };
        let tie = Tie {
            state: self.state,
            value: self.value,
        };
        self.write(&[tie])?;
        self.tie = Some(tie);
        Ok(())
    }

    fn check(&self, tie: &Tie) -> Secret {
        self.key.derive("home/tie", &[&tie.state.0, &tie.value])
    }

    fn write(&self, ties: &[Tie]) -> io::Result<()> {
        let mut bytes = HEAD.to_vec();
        for tie in ties {
            for part in [&tie.state.0, &tie.value, self.check(tie).expose()] {
                bytes.extend_from_slice(part);
            }
        }
        files::write_whole(&self.path, &bytes)
    }

    /// The ties that are the card's own. A file that is gone or damaged ties nothing, and the issuer decides.
    fn read(&self) -> io::Result<Vec<Tie>> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let ties = bytes.strip_prefix(HEAD).unwrap_or_default().chunks_exact(96).take(2);
        let read = |chunk: &[u8]| {
            let part = |n: usize| -> Option<[u8; 32]> { chunk.get(n..n.checked_add(32)?)?.try_into().ok() };
            let tie = Tie {
                state: State(part(0)?),
                value: part(32)?,
            };
            seal::same(self.check(&tie).expose(), &part(64)?).then_some(tie)
        };
        Ok(ties.filter_map(read).collect())
    }
}

fn begun(anchor: &mut dyn Anchor) -> io::Result<[u8; 32]> {
    anchor.begin()?;
    anchor
        .value()?
        .ok_or_else(|| io::Error::other("the TPM does not keep what it was given"))
}
