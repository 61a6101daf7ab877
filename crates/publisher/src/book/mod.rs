//! Book: an EPUB, read without unpacking it.
//!
//! It is an archive of strangers' files. Each is read under a limit of what comes out of it, whatever it says of itself; names
//! are looked up in the archive alone; nothing touches a disk (rows 87 and 88). Previews and players read the same way.

mod clean;
mod contents;
pub(crate) mod xml;

use std::io::{Read, Seek};

use zip::ZipArchive;

use crate::{
    Format,
    kind::recognise,
    read::{Chapter, Contents, File, NotRead},
};
use xml::{directory, elements, resolved};

/// What one file of an archive may come to.
pub(crate) const FILE_LEN_MAX: u64 = 16 << 20;
/// How many files an archive may list.
const FILES_MAX: usize = 10_000;
/// How many times its packed length a file may come to, once it is long enough to matter.
const RATIO_MAX: u64 = 100;
const RATIO_FROM: u64 = 1 << 20;
/// The most pixels of a picture that is shown.
const PIXELS_MAX: u64 = 50_000_000;

/// A book.
pub(crate) struct Book<R> {
    archive: ZipArchive<R>,
    lang: Option<String>,
    /// The picture of its cover, as the archive has it.
    pub(crate) cover: Option<String>,
    /// Its chapters in reading order, as the archive has them.
    pub(crate) spine: Vec<String>,
    /// The document that lists its contents, and whether it is of the older kind (NCX).
    listing: Option<(String, bool)>,
}

fn damaged(why: &str) -> NotRead {
    NotRead::Damaged(why.to_owned())
}

impl<R: Read + Seek> Book<R> {
    /// Opens it: its list of files and what it says of itself.
    pub(crate) fn open(content: R) -> Result<Self, NotRead> {
        let mut archive = ZipArchive::new(content).map_err(|_| damaged("it is no EPUB, or a part of one"))?;
        if archive.len() > FILES_MAX {
            return Err(NotRead::TooLarge("it lists too many files".to_owned()));
        }
        if archive.has_overlapping_files().unwrap_or(true) {
            return Err(damaged("files in it lie over one another"));
        }
        let container = read(&mut archive, "META-INF/container.xml")?;
        let at = elements(&container)
            .find(|e| e.name == "rootfile")
            .and_then(|e| e.get("full-path").map(str::to_owned))
            .ok_or_else(|| damaged("it does not say where it begins"))?;
        let document = read(&mut archive, &at)?;
        Ok(Self::told(archive, &document, &at))
    }

    fn told(archive: ZipArchive<R>, document: &[u8], at: &str) -> Self {
        let base = directory(at);
        let all: Vec<_> = elements(document).take(4 * FILES_MAX).collect();
        let items = || all.iter().filter(|e| e.name == "item");
        let place = |item: &xml::Element| item.get("href").map(|href| resolved(base, href));
        let named = |id: &str| items().find(|e| e.get("id") == Some(id)).and_then(place);
        let cover = items()
            .find(|e| e.says("properties", "cover-image"))
            .and_then(place)
            .or_else(|| {
                let meta = all.iter().find(|e| e.name == "meta" && e.get("name") == Some("cover"));
                meta.and_then(|e| e.get("content")).and_then(named)
            });
        let spine: Vec<_> = all
            .iter()
            .filter(|e| e.name == "itemref")
            .filter_map(|e| e.get("idref").and_then(named))
            .take(FILES_MAX)
            .collect();
        let nav = items().find(|e| e.says("properties", "nav")).and_then(place);
        let ncx = || {
            let item = items().find(|e| e.get("media-type") == Some("application/x-dtbncx+xml"));
            item.and_then(place).map(|name| (name, true))
        };
        Self {
            archive,
            lang: clean::text_of(document, "language").and_then(|tag| clean::lang(&tag)),
            cover,
            spine,
            listing: nav.map(|name| (name, false)).or_else(ncx),
        }
    }

    /// A file of the archive, by its exact name.
    pub(crate) fn file(&mut self, name: &str) -> Result<Vec<u8>, NotRead> {
        read(&mut self.archive, name)
    }

    /// How many chapters, and what they are called.
    pub(crate) fn contents(&mut self) -> Result<Contents, NotRead> {
        if self.spine.is_empty() {
            return Err(damaged("it lists no chapters"));
        }
        let listing = self.listing.clone();
        let leaves = match listing.and_then(|(name, old)| Some((self.file(&name).ok()?, name, old))) {
            Some((document, name, old)) => contents::leaves(&document, directory(&name), old, &self.spine),
            None => vec![],
        };
        Ok(Contents {
            lang: self.lang.clone(),
            chapters: u32::try_from(self.spine.len()).unwrap_or(u32::MAX),
            leaves,
        })
    }

    /// A chapter, cleaned.
    pub(crate) fn chapter(&mut self, index: u32) -> Result<Chapter, NotRead> {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        let name = self.spine.get(index).cloned().ok_or(NotRead::NoSuchPart)?;
        let document = self.file(&name)?;
        let picture = recognise(document.get(..crate::kind::HEAD_LEN).unwrap_or(&document));
        if matches!(picture, Format::Svg | Format::Png | Format::Jpeg) && !name.ends_with("html") {
            return Ok(clean::picture_alone(&name, self.lang.clone()));
        }
        let mut chapter = clean::chapter(&document, directory(&name), &self.spine)?;
        chapter.lang = chapter.lang.or_else(|| self.lang.clone());
        Ok(chapter)
    }

    /// A picture of the book; nothing else of it is handed out, whatever it is called.
    pub(crate) fn picture(&mut self, name: &str) -> Result<File, NotRead> {
        let bytes = self.file(name)?;
        let format = recognise(bytes.get(..crate::kind::HEAD_LEN).unwrap_or(&bytes));
        match format {
            Format::Svg => {}
            Format::Png | Format::Jpeg | Format::Webp | Format::Gif => small_enough(&bytes)?,
            _ => return Err(NotRead::NoSuchPart),
        }
        Ok(File {
            media_type: format.media_type().to_owned(),
            bytes,
        })
    }
}

/// By its header: nothing is decoded.
fn small_enough(picture: &[u8]) -> Result<(), NotRead> {
    let Some((width, height)) = crate::pixels::of(picture) else {
        return Err(damaged("a picture in it does not say how large it is"));
    };
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(NotRead::TooLarge(format!("a picture of {width} x {height} pixels")));
    }
    Ok(())
}

fn read<R: Read + Seek>(archive: &mut ZipArchive<R>, name: &str) -> Result<Vec<u8>, NotRead> {
    let file = archive.by_name(name).map_err(|no| match no {
        zip::result::ZipError::FileNotFound => NotRead::NoSuchPart,
        _ => damaged("a file in it cannot be read"),
    })?;
    let packed = file.compressed_size();
    let most = FILE_LEN_MAX.min(RATIO_FROM.max(packed.saturating_mul(RATIO_MAX)));
    let mut bytes = Vec::new();
    file.take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(|_| damaged("a file in it cannot be read"))?;
    if bytes.len() as u64 > most {
        return Err(NotRead::TooLarge("a file in it swells".to_owned()));
    }
    Ok(bytes)
}

#[cfg(test)]
pub(crate) mod tests;
