//! Open: a package's content, read from any offset, as far as the keys reach.

use super::{BATCH, floe::HEAD_LEN, source::ReadAt, stretch::Opening};
use crate::{
    Front, FrontError,
    layout::{Layout, Piece},
    tree::{KeySource, Withheld},
};
use std::io;
use units::{Again, Refusal};
use zeroize::{Zeroize, Zeroizing};

/// Why a package, or a part of it, was not opened. Offsets count from the first byte of the file.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The front was refused.
    #[error(transparent)]
    Front(#[from] FrontError),
    /// The package ends too early.
    #[error("the package ends at byte {offset} of {expected}; fetch the rest")]
    Truncated {
        /// Where it ends.
        offset: u64,
        /// Its whole length.
        expected: u64,
    },
    /// Bytes follow that do not belong to it.
    #[error("foreign bytes follow the package from byte {offset} on; fetch it again")]
    Appended {
        /// The first of them.
        offset: u64,
    },
    /// The key was not given.
    #[error(transparent)]
    Withheld(#[from] Withheld),
    /// A key of another stretch was given for this one.
    #[error("the key given for stretch {asked} is that of stretch {given}")]
    OtherStretch {
        /// Asked for.
        asked: u32,
        /// Given.
        given: u32,
    },
    /// A stretch's head does not fit header and key: it is damaged or foreign, or the key is another's.
    #[error(
        "the stretch at byte {offset} was not sealed under this header and key; fetch the package again, or its license"
    )]
    Foreign {
        /// The stretch's first byte.
        offset: u64,
    },
    /// A piece is damaged, moved or foreign. Nothing of it was handed out.
    #[error("the package is damaged between bytes {offset} and {end}; fetch that range again")]
    Damaged {
        /// The piece's first byte.
        offset: u64,
        /// One past its last.
        end: u64,
    },
    /// The package could not be read.
    #[error("the package could not be read at byte {offset}: {error}")]
    Read {
        /// Where.
        offset: u64,
        /// By the system.
        error: io::Error,
    },
    /// The content could not be handed on.
    #[error("the content could not be written at its byte {offset}: {error}")]
    Write {
        /// Where, in the content.
        offset: u64,
        /// By the system.
        error: io::Error,
    },
}

impl OpenError {
    /// Where in the file, when it is the file's fault.
    pub fn offset(&self) -> Option<u64> {
        match self {
            Self::Front(no) => no.offset(),
            Self::Truncated { offset, .. } | Self::Appended { offset } | Self::Foreign { offset } => Some(*offset),
            Self::Damaged { offset, .. } | Self::Read { offset, .. } => Some(*offset),
            Self::Withheld(_) | Self::OtherStretch { .. } | Self::Write { .. } => None,
        }
    }
}

impl Refusal for OpenError {
    fn code(&self) -> &'static str {
        match self {
            Self::Front(no) => no.code(),
            Self::Truncated { .. } => "package-truncated",
            Self::Appended { .. } => "package-foreign-bytes",
            Self::Withheld(_) => "key-withheld",
            Self::OtherStretch { .. } => "stretch-key-mismatch",
            Self::Foreign { .. } => "stretch-foreign",
            Self::Damaged { .. } => "package-damaged",
            Self::Read { .. } => "package-unreadable",
            Self::Write { .. } => "content-unwritable",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Front(no) => no.again(),
            Self::Withheld(no) => no.again,
            Self::OtherStretch { .. } => Again::Never,
            _ => Again::AfterYouAct,
        }
    }
}

/// How many stretches' ciphers stay ready, the last used first.
const READY_MAX: usize = 32;

/// An open package. Holds ciphers of the stretches used lately and one decrypted piece, in memory only.
pub struct Package<R> {
    source: R,
    front: Front,
    layout: Layout,
    ready: Ready,
    sealed: Vec<u8>,
    held: Option<Piece>,
    text: Zeroizing<Vec<u8>>,
}

impl<R: ReadAt> Package<R> {
    /// Reads and checks everything before the content, and the length of the whole.
    pub fn open(source: R) -> Result<Self, OpenError> {
        let front = Front::read_by(&mut |at, len| {
            let mut bytes = vec![0; len];
            let n = source.fill_at(at as u64, &mut bytes).map_err(|error| OpenError::Read {
                offset: at as u64,
                error,
            })?;
            bytes.truncate(n);
            Ok::<_, OpenError>(bytes)
        })?;
        Self::behind(front, source)
    }

    /// The same for a front that is known already.
    pub fn behind(front: Front, source: R) -> Result<Self, OpenError> {
        let layout = front.layout();
        match source.size().map_err(|error| OpenError::Read { offset: 0, error })? {
            Some(len) if len < layout.end() => {
                return Err(OpenError::Truncated {
                    offset: len,
                    expected: layout.end(),
                });
            }
            Some(len) if len > layout.end() => return Err(OpenError::Appended { offset: layout.end() }),
            _ => {}
        }
        // Its full size at once: a buffer that moves would leave plaintext behind.
        let text = Zeroizing::new(Vec::with_capacity(front.header().geometry.segment_len() as usize));
        Ok(Self {
            source,
            front,
            layout,
            ready: Ready::default(),
            sealed: Vec::new(),
            held: None,
            text,
        })
    }

    /// What the package says of itself.
    pub fn front(&self) -> &Front {
        &self.front
    }
    /// Bytes of content.
    pub fn len(&self) -> u64 {
        self.front.header().geometry.content_len()
    }
    /// Whether there is no content.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `buf` with content from `offset` on and says how many bytes that were: fewer only at the end of the content.
    /// Asks `keys` for every stretch not met lately. On a refusal `buf` holds nothing of the piece refused.
    pub fn read_at(&mut self, offset: u64, buf: &mut [u8], keys: &dyn KeySource) -> Result<usize, OpenError> {
        let mut done = 0;
        while done < buf.len() {
            let at = offset.saturating_add(done as u64);
            let Some(piece) = self.layout.piece_at(at) else { break };
            let rest = &mut buf[done..];
            if at == piece.plain.start && rest.len() >= piece.plain_len() && self.held.as_ref() != Some(&piece) {
                done += self.read_whole_pieces(piece, rest, keys)?;
                continue;
            }
            self.hold(piece.clone(), keys)?;
            let from = (at - piece.plain.start) as usize;
            let n = rest.len().min(piece.plain_len() - from);
            rest[..n].copy_from_slice(&self.text[from..from + n]);
            done += n;
        }
        Ok(done)
    }

    /// Opens every piece of the body in turn, without handing any of them out.
    pub(super) fn each_piece(
        &mut self,
        keys: &dyn KeySource,
        take: &mut dyn FnMut(&Piece, &[u8]),
    ) -> Result<(), OpenError> {
        let mut at = self.front.bytes().len() as u64;
        while let Some(piece) = self.layout.piece_at_file(at) {
            at = piece.file.end;
            self.hold(piece.clone(), keys)?;
            take(&piece, &self.text);
        }
        Ok(())
    }

    /// Forgets keys and plaintext: at the end of a session, or when a card says stop.
    pub fn forget(&mut self) {
        self.ready = Ready::default();
        self.held = None;
        self.text.zeroize();
    }

    /// Decrypts straight into the reader's buffer, many pieces per read.
    fn read_whole_pieces(&mut self, first: Piece, buf: &mut [u8], keys: &dyn KeySource) -> Result<usize, OpenError> {
        let mut pieces = vec![first];
        let (mut plain, mut sealed) = (pieces[0].plain_len(), pieces[0].sealed_len());
        while sealed < BATCH {
            let end = pieces[pieces.len() - 1].plain.end;
            let Some(next) = self
                .layout
                .piece_at(end)
                .filter(|next| plain + next.plain_len() <= buf.len())
            else {
                break;
            };
            (plain, sealed) = (plain + next.plain_len(), sealed + next.sealed_len());
            pieces.push(next);
        }
        self.fetch(pieces[0].file.start, sealed)?;
        let (mut from, mut to) = (0, 0);
        for piece in &pieces {
            let bytes = &self.sealed[from..from + piece.sealed_len()];
            let text = &mut buf[to..to + piece.plain_len()];
            self.ready
                .get(&self.source, &self.front, &self.layout, piece, keys)?
                .open(piece, bytes, text)
                .map_err(|_| damaged(piece))?;
            (from, to) = (from + piece.sealed_len(), to + piece.plain_len());
        }
        Ok(plain)
    }

    fn hold(&mut self, piece: Piece, keys: &dyn KeySource) -> Result<(), OpenError> {
        if self.held.as_ref() == Some(&piece) {
            return Ok(());
        }
        self.held = None;
        self.fetch(piece.file.start, piece.sealed_len())?;
        self.text.resize(piece.plain_len(), 0);
        let opening = self.ready.get(&self.source, &self.front, &self.layout, &piece, keys)?;
        opening
            .open(&piece, &self.sealed, &mut self.text)
            .map_err(|_| damaged(&piece))?;
        self.held = Some(piece);
        Ok(())
    }

    fn fetch(&mut self, at: u64, len: usize) -> Result<(), OpenError> {
        self.sealed.resize(len, 0);
        read_exactly(&self.source, at, &mut self.sealed, self.layout.end())
    }
}

fn read_exactly(source: &impl ReadAt, at: u64, buf: &mut [u8], expected: u64) -> Result<(), OpenError> {
    match source.fill_at(at, buf) {
        Ok(n) if n == buf.len() => Ok(()),
        Ok(n) => Err(OpenError::Truncated {
            offset: at + n as u64,
            expected,
        }),
        Err(error) => Err(OpenError::Read { offset: at, error }),
    }
}

pub(super) fn damaged(piece: &Piece) -> OpenError {
    OpenError::Damaged {
        offset: piece.file.start + piece.head_len() as u64,
        end: piece.file.end,
    }
}

/// The cipher of a stretch whose head is given: asks for its key.
pub(super) fn start(
    front: &Front,
    index: u32,
    offset: u64,
    head: &[u8; HEAD_LEN],
    keys: &dyn KeySource,
) -> Result<Opening, OpenError> {
    let key = keys.stretch(index)?;
    if key.index() != index {
        return Err(OpenError::OtherStretch {
            asked: index,
            given: key.index(),
        });
    }
    Opening::new(front, &key, head).map_err(|_| OpenError::Foreign { offset })
}

/// Ciphers used lately, the last one at the end.
#[derive(Default)]
struct Ready(Vec<(u32, Opening)>);

impl Ready {
    fn get(
        &mut self,
        source: &impl ReadAt,
        front: &Front,
        layout: &Layout,
        piece: &Piece,
        keys: &dyn KeySource,
    ) -> Result<&Opening, OpenError> {
        let place = match self.0.iter().rposition(|(stretch, _)| *stretch == piece.stretch) {
            Some(place) => place,
            None => {
                let at = layout
                    .stretch(piece.stretch)
                    .map_or(piece.file.start, |stretch| stretch.file.start);
                let mut head = [0; HEAD_LEN];
                read_exactly(source, at, &mut head, layout.end())?;
                let opening = start(front, piece.stretch, at, &head, keys)?;
                if self.0.len() == READY_MAX {
                    self.0.remove(0);
                }
                self.0.push((piece.stretch, opening));
                self.0.len() - 1
            }
        };
        let last = self.0.len() - 1;
        if place != last {
            let used = self.0.remove(place);
            self.0.push(used);
        }
        Ok(&self.0[last].1)
    }
}
