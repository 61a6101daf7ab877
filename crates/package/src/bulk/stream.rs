//! Stream: a package opened while it arrives, front to end, from a source that cannot go back (XD-5).

use super::{
    BATCH, batch_capacity,
    floe::HEAD_LEN,
    open::{OpenError, damaged, start},
    seal::read_full,
    stretch::Opening,
};
use crate::{Front, layout::Piece, tree::KeySource};
use std::io::{Read, Write};
use zeroize::Zeroizing;

/// Opens a package as it is read. `keys` learns of the header first and brings the keys; `content` gets only what was
/// checked; `progress` hears how many bytes of the package are done. Bytes behind the package are refused.
pub fn open_stream<K: KeySource>(
    mut package: impl Read,
    mut content: impl Write,
    keys: impl FnOnce(&Front) -> K,
    progress: &mut dyn FnMut(u64),
) -> Result<Front, OpenError> {
    let front = read_front(&mut package)?;
    let (keys, layout) = (keys(&front), front.layout());
    let mut line = Line {
        front: &front,
        keys: &keys,
        now: None,
        text: Zeroizing::new(Vec::with_capacity(batch_capacity(&front))),
    };
    let mut batch = Vec::with_capacity(batch_capacity(&front));
    let mut at = front.bytes().len() as u64;
    let mut pieces = Vec::new();
    while at < layout.end() {
        let (begin, mut len) = (at, 0);
        pieces.clear();
        while at < layout.end() && len < BATCH {
            let Some(piece) = layout.piece_at_file(at) else { break };
            len += piece.sealed_len();
            at = piece.file.end;
            pieces.push(piece);
        }
        batch.resize(len, 0);
        let got = read_full(&mut package, &mut batch).map_err(|error| OpenError::Read { offset: begin, error })?;
        let opened = line.open(&pieces, &batch[..got]);
        // What was whole is handed out, even if something behind it is not.
        let offset = pieces.first().map_or(0, |piece| piece.plain.start);
        content
            .write_all(&line.text)
            .map_err(|error| OpenError::Write { offset, error })?;
        opened.map_err(|no| {
            no.unwrap_or(OpenError::Truncated {
                offset: begin + got as u64,
                expected: layout.end(),
            })
        })?;
        progress(at);
    }
    match read_full(&mut package, &mut [0]) {
        Ok(0) => {}
        Ok(_) => return Err(OpenError::Appended { offset: layout.end() }),
        Err(error) => {
            return Err(OpenError::Read {
                offset: layout.end(),
                error,
            });
        }
    }
    content.flush().map_err(|error| OpenError::Write {
        offset: front.header().geometry.content_len(),
        error,
    })?;
    Ok(front)
}

/// Opens pieces that follow one another.
struct Line<'a> {
    front: &'a Front,
    keys: &'a dyn KeySource,
    now: Option<(u32, Opening)>,
    /// The text of the pieces opened last; wiped at the end.
    text: Zeroizing<Vec<u8>>,
}

impl Line<'_> {
    /// Opens as many pieces as `bytes` hold. The error is `None` when they end before the pieces do.
    fn open(&mut self, pieces: &[Piece], mut bytes: &[u8]) -> Result<(), Option<OpenError>> {
        self.text.clear();
        for piece in pieces {
            let (sealed, rest) = bytes.split_at_checked(piece.sealed_len()).ok_or(None)?;
            bytes = rest;
            if let Some(head) = sealed.first_chunk::<HEAD_LEN>().filter(|_| piece.segment == 0) {
                self.now = Some((
                    piece.stretch,
                    start(self.front, piece.stretch, piece.file.start, head, self.keys)?,
                ));
            }
            let opening = self
                .now
                .as_ref()
                .filter(|(stretch, _)| *stretch == piece.stretch)
                .ok_or_else(|| damaged(piece))?;
            let from = self.text.len();
            self.text.resize(from + piece.plain_len(), 0);
            if opening.1.open(piece, sealed, &mut self.text[from..]).is_err() {
                self.text.truncate(from);
                return Err(Some(damaged(piece)));
            }
        }
        Ok(())
    }
}

fn read_front(package: &mut impl Read) -> Result<Front, OpenError> {
    Front::read_by(&mut |at, len| {
        let mut bytes = vec![0; len];
        let n = read_full(package, &mut bytes).map_err(|error| OpenError::Read {
            offset: at as u64,
            error,
        })?;
        bytes.truncate(n);
        Ok(bytes)
    })
}
