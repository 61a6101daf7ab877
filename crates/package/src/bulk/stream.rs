//! Stream: a package opened while it arrives, front to end, from a source that cannot go back (XD-5).

use super::{
    BATCH,
    floe::HEAD_LEN,
    open::{OpenError, damaged, start},
    seal::read_full,
    stretch::Opening,
};
use crate::{Front, tree::KeySource};
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
    let mut now: Option<(u32, Opening)> = None;
    // Holds text after opening, in place; wiped at the end.
    let mut batch = Zeroizing::new(Vec::with_capacity(BATCH + BATCH / 8));
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
        let mut from = 0;
        for piece in &pieces {
            // What came whole is handed out, even if the line is cut behind it.
            if from + piece.sealed_len() > got { return Err(OpenError::Truncated { offset: begin + got as u64, expected: layout.end() }) }
            let bytes = &mut batch[from..from + piece.sealed_len()];
            from += piece.sealed_len();
            if let Some(head) = bytes.first_chunk::<HEAD_LEN>().filter(|_| piece.segment == 0) {
                now = Some((piece.stretch, start(&front, piece.stretch, piece.file.start, head, &keys)?));
            }
            let opened = now.as_ref().is_some_and(|(stretch, opening)| *stretch == piece.stretch && opening.open_in_place(piece, bytes).is_ok());
            if !opened { return Err(damaged(piece)) }
            content.write_all(&bytes[piece.text()]).map_err(|error| OpenError::Write { offset: piece.plain.start, error })?;
        }
        progress(at);
    }
    match read_full(&mut package, &mut [0]) {
        Ok(0) => {}
        Ok(_) => return Err(OpenError::Appended { offset: layout.end() }),
        Err(error) => return Err(OpenError::Read { offset: layout.end(), error }),
    }
    content.flush().map_err(|error| OpenError::Write { offset: front.header().geometry.content_len(), error })?;
    Ok(front)
}

fn read_front(package: &mut impl Read) -> Result<Front, OpenError> {
    Front::read_by(&mut |at, len| {
        let mut bytes = vec![0; len];
        let n = read_full(package, &mut bytes).map_err(|error| OpenError::Read { offset: at as u64, error })?;
        bytes.truncate(n);
        Ok(bytes)
    })
}
