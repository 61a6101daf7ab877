//! Inside: the fenced side of a reading. It knows one question and asks for the bytes it needs.

use std::{
    collections::VecDeque,
    io::{self, Read, Seek, SeekFrom, Write},
};

use units::Refusal;

use super::{
    Answer, Ask, NotRead,
    apart::{STRETCH_MAX, encoded},
};
use crate::{book::Book, paper, preview::Fence};

/// Bytes are asked for in blocks of this size.
const BLOCK: u64 = 64 << 10;
/// How many blocks are kept.
const BLOCKS: usize = 32;
/// The longest question.
const ASK_MAX: u32 = 8 << 10;

/// Fences this process in, reads one question, and answers it. To be called first thing in a process that exists for this;
/// `from` and `to` are the pipes to whoever holds the content.
pub fn serve_fenced(mut from: impl Read, mut to: impl Write) -> io::Result<()> {
    Fence::closed()?;
    let mut len = [0; 4];
    from.read_exact(&mut len)?;
    let len = u32::from_le_bytes(len).min(ASK_MAX);
    let mut body = Vec::new();
    from.by_ref().take(len.into()).read_to_end(&mut body)?;
    let ask: Ask = minicbor::decode(&body).map_err(|_| io::ErrorKind::InvalidData)?;
    let mut len = [0; 8];
    from.read_exact(&mut len)?;
    let content = Asking {
        from,
        to: &mut to,
        len: u64::from_le_bytes(len),
        at: 0,
        blocks: VecDeque::new(),
    };
    let (tag, body) = match answer(content, &ask) {
        Ok(answer) => (b'a', encoded(&answer)),
        Err(no) => (b'r', format!("{} {}", no.code(), no.why()).into_bytes()),
    };
    let len = u32::try_from(body.len()).map_err(|_| io::ErrorKind::InvalidData)?;
    to.write_all(&[tag])?;
    to.write_all(&len.to_le_bytes())?;
    to.write_all(&body)?;
    to.flush()
}

/// Answers a question about a content.
pub(crate) fn answer(content: impl Read + Seek, ask: &Ask) -> Result<Answer, NotRead> {
    match ask {
        Ask::Contents => Book::open(content)?.contents().map(Answer::Contents),
        Ask::Chapter(index) => Book::open(content)?.chapter(*index).map(Answer::Chapter),
        Ask::File(name) => Book::open(content)?.picture(name).map(Answer::File),
        Ask::Page(number) => paper::page(content, *number).map(Answer::Page),
    }
}

/// The content, as far as it was asked for.
struct Asking<'a, R, W> {
    from: R,
    to: &'a mut W,
    len: u64,
    at: u64,
    blocks: VecDeque<(u64, Vec<u8>)>,
}

impl<R: Read, W: Write> Asking<'_, R, W> {
    fn ask(&mut self, at: u64) -> io::Result<Vec<u8>> {
        let want = u32::try_from(self.len.saturating_sub(at).min(BLOCK)).unwrap_or(STRETCH_MAX);
        self.to.write_all(b"n")?;
        self.to.write_all(&at.to_le_bytes())?;
        self.to.write_all(&want.to_le_bytes())?;
        self.to.flush()?;
        let mut got = [0; 4];
        self.from.read_exact(&mut got)?;
        let mut block = Vec::new();
        let got = u64::from(u32::from_le_bytes(got).min(want));
        self.from.by_ref().take(got).read_to_end(&mut block)?;
        Ok(block)
    }
    fn block(&mut self, at: u64) -> io::Result<&[u8]> {
        if let Some(found) = self.blocks.iter().position(|(start, _)| *start == at) {
            // The latest stands last; the first is forgotten first.
            let block = self.blocks.remove(found).unwrap_or_default();
            self.blocks.push_back(block);
        } else {
            let block = self.ask(at)?;
            if self.blocks.len() >= BLOCKS {
                self.blocks.pop_front();
            }
            self.blocks.push_back((at, block));
        }
        Ok(self.blocks.back().map_or(&[], |(_, block)| block.as_slice()))
    }
}

impl<R: Read, W: Write> Read for Asking<'_, R, W> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.len || buf.is_empty() {
            return Ok(0);
        }
        let (start, at) = (self.at - self.at % BLOCK, self.at);
        let block = self.block(start)?;
        let skip = usize::try_from(at - start).unwrap_or(usize::MAX);
        let here = block.get(skip..).unwrap_or_default();
        let n = here.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..n), here.get(..n)) {
            to.copy_from_slice(from);
        }
        self.at += n as u64;
        Ok(n)
    }
}

impl<R, W> Seek for Asking<'_, R, W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let wanted = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = wanted.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
