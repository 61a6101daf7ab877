//! Apart: books and papers of a play, read by a fenced process that asks this one for bytes. The card releases the keys of
//! those bytes as they are asked for; nothing else is opened.

use std::sync::Arc;

use publisher::{
    pixels,
    read::{Answer, Ask, Chapter, Contents, File, NotRead, Page, Readers},
};

use super::{PlayRefused, Session};
use crate::engine::locked;

/// The most pixels of a picture that a browser is asked to draw.
const PIXELS_MAX: u64 = 100_000_000;
/// How much of a picture is looked at for its size.
const HEAD: usize = 256 << 10;

/// What was read last: a page of a paper is drawn once for its picture and its text.
#[derive(Default)]
pub(super) struct Desk {
    contents: Option<Arc<Contents>>,
    pub(super) tracks: Option<Arc<[super::AlbumTrack]>>,
    page: Option<(u32, Arc<Page>)>,
}

impl Session {
    fn ask(&self, readers: Option<&Readers>, ask: &Ask) -> Result<Answer, PlayRefused> {
        let none = || NotRead::Start("this program was started without one".to_owned());
        let readers = readers.ok_or_else(none)?;
        readers.ask(ask, self.len(), |at, buf| self.peek(at, buf))
    }

    /// What is in a book. Waits for disk, card and reader, as all of these do.
    pub fn contents(&self, readers: Option<&Readers>) -> Result<Arc<Contents>, PlayRefused> {
        if let Some(known) = &locked(&self.desk).contents {
            return Ok(known.clone());
        }
        let Answer::Contents(contents) = self.ask(readers, &Ask::Contents)? else {
            return Err(nonsense());
        };
        let contents = Arc::new(contents);
        locked(&self.desk).contents = Some(contents.clone());
        Ok(contents)
    }

    /// A chapter of a book, cleaned.
    pub fn chapter(&self, readers: Option<&Readers>, number: u32) -> Result<Chapter, PlayRefused> {
        match self.ask(readers, &Ask::Chapter(number))? {
            Answer::Chapter(chapter) => Ok(chapter),
            _ => Err(nonsense()),
        }
    }

    /// A picture of a book.
    pub fn file(&self, readers: Option<&Readers>, name: &str) -> Result<File, PlayRefused> {
        match self.ask(readers, &Ask::File(name.to_owned()))? {
            Answer::File(file) => Ok(file),
            _ => Err(nonsense()),
        }
    }

    /// A page of a paper.
    pub fn page(&self, readers: Option<&Readers>, number: u32) -> Result<Arc<Page>, PlayRefused> {
        if let Some((_, page)) = locked(&self.desk).page.as_ref().filter(|(known, _)| *known == number) {
            return Ok(page.clone());
        }
        let Answer::Page(page) = self.ask(readers, &Ask::Page(number))? else {
            return Err(nonsense());
        };
        let page = Arc::new(page);
        locked(&self.desk).page = Some((number, page.clone()));
        Ok(page)
    }

    /// May a browser be asked to draw this picture? By its first bytes: one that would fill the memory is refused (row-88).
    pub fn small_enough(&self) -> Result<(), PlayRefused> {
        let mut head = vec![0; HEAD];
        let n = self.peek(0, &mut head)?;
        match pixels::of(head.get(..n).unwrap_or_default()) {
            Some((width, height)) if u64::from(width) * u64::from(height) > PIXELS_MAX => {
                Err(NotRead::TooLarge(format!("a picture of {width} x {height} pixels")).into())
            }
            _ => Ok(()),
        }
    }
}

const fn nonsense() -> PlayRefused {
    PlayRefused::Reading(NotRead::Ended("its reader spoke nonsense"))
}
