//! Seal: content to package, as a stream or any range of it. The same front, key and content give the same bytes, always.

use super::{BATCH, batch_capacity, source::ReadAt, stretch::Sealing};
use crate::{
    ContentKey, Front, NodeKey,
    layout::{Layout, Piece},
    tree::{OutOfReach, Tree},
};
use core::ops::Range;
use std::io::{self, Read, Write};
use units::{Again, Refusal};
use zeroize::Zeroizing;

/// Why content was not sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The front was made for another key.
    #[error("the header names another content key; seal with the key it was made for")]
    OtherKey,
    /// The key opens only a part.
    #[error(transparent)]
    Reach(#[from] OutOfReach),
    /// A range that does not lie in the package.
    #[error("bytes {from}..{to} do not lie in a package of {len}; ask for a range inside it")]
    Range {
        /// First byte asked for.
        from: u64,
        /// One past the last.
        to: u64,
        /// The package's length.
        len: u64,
    },
    /// The content is not as long as the header says.
    #[error("the content has {found} bytes, the header was made for {expected}: it was changed; publish it anew")]
    OtherLength {
        /// What the header says.
        expected: u64,
        /// What there is; for a stream that goes on, one more than expected.
        found: u64,
    },
    /// Content could not be read.
    #[error("content could not be read at byte {offset}: {error}")]
    Read {
        /// Where, in the content.
        offset: u64,
        /// By the system.
        error: io::Error,
    },
    /// The package could not be written.
    #[error("the package could not be written at byte {offset}: {error}")]
    Write {
        /// Where, in the package.
        offset: u64,
        /// By the system.
        error: io::Error,
    },
}

impl Refusal for SealError {
    fn code(&self) -> &'static str {
        match self {
            Self::OtherKey => "content-key-mismatch",
            Self::Reach(no) => no.code(),
            Self::Range { .. } => "range-outside-package",
            Self::OtherLength { .. } => "content-length-changed",
            Self::Read { .. } => "content-unreadable",
            Self::Write { .. } => "package-unwritable",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::OtherKey | Self::Reach(_) | Self::Range { .. } => Again::Never,
            Self::OtherLength { .. } | Self::Read { .. } | Self::Write { .. } => Again::AfterYouAct,
        }
    }
}

/// Brings the text that begins at that byte of the content.
type Fill<'a> = dyn FnMut(u64, &mut [u8]) -> Result<(), SealError> + 'a;

/// Seals pieces in any order; holds the stretch it worked on last.
pub(super) struct Sealer<'a> {
    front: &'a Front,
    root: NodeKey,
    tree: Tree,
    pub(super) layout: Layout,
    now: Option<(u32, Sealing)>,
}

impl<'a> Sealer<'a> {
    pub(super) fn new(front: &'a Front, key: &ContentKey) -> Result<Self, SealError> {
        if !front.header().is_under(key) {
            return Err(SealError::OtherKey);
        }
        let tree = front.tree();
        Ok(Self {
            front,
            root: key.root(&tree),
            tree,
            layout: front.layout(),
            now: None,
        })
    }

    pub(super) fn seal(&mut self, piece: &Piece, bytes: &mut [u8]) -> Result<(), SealError> {
        if self.now.as_ref().is_none_or(|(stretch, _)| *stretch != piece.stretch) {
            let key = self.root.stretch(&self.tree, piece.stretch)?;
            self.now = Some((piece.stretch, Sealing::new(self.front, &key)));
        }
        if let Some((_, sealing)) = &self.now {
            sealing.seal(piece, bytes)
        }
        Ok(())
    }

    /// Makes the bytes of `range`, in batches: `fill` brings a piece's text, `sink` takes what is ready.
    pub(super) fn run(
        &mut self,
        range: Range<u64>,
        fill: &mut Fill<'_>,
        sink: &mut dyn FnMut(&[u8]) -> io::Result<()>,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), SealError> {
        let front = self.front.bytes();
        let mut at = range.start;
        let write = |at: u64, bytes: &[u8], sink: &mut dyn FnMut(&[u8]) -> io::Result<()>| {
            sink(bytes).map_err(|error| SealError::Write { offset: at, error })
        };
        if at < front.len() as u64 {
            let part = &front[at as usize..front.len().min(range.end as usize)];
            write(at, part, sink)?;
            at += part.len() as u64;
        }
        // Text lies here until it is sealed over; wiped in case of an early end.
        let mut batch = Zeroizing::new(Vec::with_capacity(batch_capacity(self.front)));
        while at < range.end {
            batch.clear();
            let (start, mut skip) = (at, 0);
            while at < range.end && (batch.is_empty() || batch.len() < BATCH) {
                let Some(piece) = self.layout.piece_at_file(at) else {
                    break;
                };
                if batch.is_empty() {
                    skip = (at - piece.file.start) as usize
                }
                let from = batch.len();
                batch.resize(from + piece.sealed_len(), 0);
                let bytes = &mut batch[from..];
                fill(piece.plain.start, &mut bytes[piece.text()])?;
                self.seal(&piece, bytes)?;
                at = piece.file.end;
            }
            let end = batch.len() - at.saturating_sub(range.end) as usize;
            at = at.min(range.end);
            write(start, &batch[skip..end], sink)?;
            progress(at - range.start);
        }
        Ok(())
    }
}

/// Seals content as it is read, with memory that does not depend on its length. `progress` hears how many bytes of the
/// package are done. Nothing but sealed bytes is ever written; `package` is flushed.
pub fn seal(
    front: &Front,
    key: &ContentKey,
    mut content: impl Read,
    mut package: impl Write,
    progress: &mut dyn FnMut(u64),
) -> Result<(), SealError> {
    let mut sealer = Sealer::new(front, key)?;
    let expected = front.header().geometry.content_len();
    let mut fill = |at: u64, text: &mut [u8]| match read_full(&mut content, text) {
        Ok(n) if n == text.len() => Ok(()),
        Ok(n) => Err(SealError::OtherLength {
            expected,
            found: at + n as u64,
        }),
        Err(error) => Err(SealError::Read { offset: at, error }),
    };
    let end = sealer.layout.end();
    sealer.run(0..end, &mut fill, &mut |bytes| package.write_all(bytes), progress)?;
    match read_full(&mut content, &mut [0]) {
        Ok(0) => package.flush().map_err(|error| SealError::Write { offset: end, error }),
        Ok(_) => Err(SealError::OtherLength {
            expected,
            found: expected + 1,
        }),
        Err(error) => Err(SealError::Read {
            offset: expected,
            error,
        }),
    }
}

/// Seals one range of a package: byte-equal to those bytes of the whole, by any process, after any cut (XD-4). Reads only
/// the content it needs.
pub fn seal_range(
    front: &Front,
    key: &ContentKey,
    content: &impl ReadAt,
    range: Range<u64>,
    mut package: impl Write,
    progress: &mut dyn FnMut(u64),
) -> Result<(), SealError> {
    let mut sealer = Sealer::new(front, key)?;
    let len = sealer.layout.end();
    if range.start > range.end || range.end > len {
        return Err(SealError::Range {
            from: range.start,
            to: range.end,
            len,
        });
    }
    let expected = front.header().geometry.content_len();
    same_length(content, expected)?;
    sealer.run(
        range,
        &mut fill_from(content, expected),
        &mut |bytes| package.write_all(bytes),
        progress,
    )
}

pub(super) fn same_length(content: &impl ReadAt, expected: u64) -> Result<(), SealError> {
    match content.size() {
        Ok(Some(found)) if found != expected => Err(SealError::OtherLength { expected, found }),
        Ok(_) => Ok(()),
        Err(error) => Err(SealError::Read { offset: 0, error }),
    }
}

pub(super) fn fill_from(content: &impl ReadAt, expected: u64) -> impl FnMut(u64, &mut [u8]) -> Result<(), SealError> {
    move |at, text| match content.fill_at(at, text) {
        Ok(n) if n == text.len() => Ok(()),
        Ok(n) => Err(SealError::OtherLength {
            expected,
            found: at + n as u64,
        }),
        Err(error) => Err(SealError::Read { offset: at, error }),
    }
}

/// Fills `buf` as far as the reader goes, and says how far.
pub(super) fn read_full(reader: &mut impl Read, buf: &mut [u8]) -> io::Result<usize> {
    let mut done = 0;
    while done < buf.len() {
        match reader.read(&mut buf[done..]) {
            Ok(0) => break,
            Ok(n) => done += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(done)
}
