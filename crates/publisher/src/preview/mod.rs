//! Preview: a light piece of a work that shows what is being sold (XD-2), derived here or supplied by the provider.
//!
//! Everything in here meets bytes of unknown origin. What a file is was told from its content; sizes are checked before
//! anything is allocated or decoded; a foreign program is only asked where nothing of ours can read the format, with the
//! demuxer forced, and hands back bare samples that are wrapped here. Reading order: `text`, `picture`, `wave`, `mp3`,
//! `book`, `paper`, `converter`; and all of it happens in a process of its own, fenced in: `fence`, `apart`.

mod album;
mod apart;
mod book;
mod converter;
mod fence;
mod listen;
mod mp3;
mod paper;
mod picture;
mod text;
mod wave;

use std::{fs::File, io, path::Path};

use license::{PREVIEW_LEN_MAX, PREVIEW_TYPES};
use package::ReadAt;
use units::{Again, Refusal};

use crate::kind::{Format, HEAD_LEN, recognise};

pub use apart::{Apart, derive_fenced};
pub use converter::Converter;
pub use fence::Fence;
pub(crate) use wave::file_of as wave_file;

/// The longest sound excerpt, in seconds. Of a short work it is a third.
pub const EXCERPT_SECONDS_MAX: u32 = 20;
/// The longest excerpt of a text, in characters. Of a short work it is a third.
pub const EXCERPT_CHARS_MAX: usize = 1200;
/// The longer edge of a picture's preview, in pixels.
pub const PICTURE_EDGE_MAX: u32 = 480;
/// The largest picture that is decoded, in pixels.
pub const PICTURE_PIXELS_MAX: u64 = 50_000_000;

/// A preview: what it is, and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Its media type, one a shop window shows.
    pub media_type: &'static str,
    /// At most [`PREVIEW_LEN_MAX`] bytes.
    pub bytes: Vec<u8>,
}

/// Why there is no preview. In order of precedence.
#[derive(Debug, thiserror::Error)]
pub enum NoPreview {
    /// Nothing can be derived from such a file.
    #[error("no preview can be made of {0}: supply one (a picture, a sound, a short video or a plain text)")]
    Supply(&'static str),
    /// It takes a program that is not there.
    #[error("a preview of {0} takes ffmpeg, which was not found: install it, or supply a preview")]
    Converter(&'static str),
    /// A picture beyond what is decoded.
    #[error("the picture has {width} x {height} pixels, at most {PICTURE_PIXELS_MAX} are read: supply a preview")]
    Picture {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// The file breaks the rules of its own format.
    #[error("the file is damaged ({0}): repair it, or supply a preview")]
    Damaged(&'static str),
    /// The converter failed, ran too long or said too much.
    #[error("ffmpeg could not read the file ({0}): supply a preview")]
    Failed(&'static str),
    /// A supplied preview that no shop window shows, or one too long.
    #[error("the supplied preview is refused: {0}")]
    Supplied(&'static str),
    /// A file could not be read.
    #[error("the file could not be read: {0}")]
    Read(#[from] io::Error),
    /// The process that reads files of strangers refused, for the reason it gave, or ended without one.
    #[error("{text}")]
    Apart {
        /// Its code.
        code: &'static str,
        /// What to do.
        text: String,
    },
}

impl Refusal for NoPreview {
    fn code(&self) -> &'static str {
        match self {
            Self::Supply(_) => "preview-to-be-supplied",
            Self::Converter(_) => "preview-needs-ffmpeg",
            Self::Picture { .. } => "preview-picture-too-large",
            Self::Damaged(_) => "preview-file-damaged",
            Self::Failed(_) => "preview-not-converted",
            Self::Supplied(_) => "preview-refused",
            Self::Read(_) => "preview-file-unreadable",
            Self::Apart { code, .. } => code,
        }
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

/// Derives a preview from the file at `path`; `format` was recognised from its content. `converter` reads what nothing here
/// can: FLAC, Ogg, MPEG-4 sound, film. Files of strangers are read by [`Apart::derive`] instead.
pub fn derive(path: &Path, format: Format, converter: Option<&Converter>) -> Result<Preview, NoPreview> {
    let preview = match format {
        Format::Text => text::excerpt(&File::open(path)?)?,
        Format::Png | Format::Jpeg | Format::Webp => picture::smaller(File::open(path)?, format)?,
        Format::Wav => wave::excerpt(&File::open(path)?)?,
        Format::Mp3 => mp3::excerpt(&File::open(path)?)?,
        Format::Album => album::excerpt(path, converter)?,
        Format::Epub => book::opening(File::open(path)?)?,
        Format::Pdf => paper::first_page(File::open(path)?)?,
        Format::Flac | Format::Ogg | Format::M4a => match converter {
            Some(converter) => converter.excerpt(path, format)?,
            None => return Err(NoPreview::Converter(format.media_type())),
        },
        Format::Mp4 | Format::Webm | Format::Mpeg => match converter {
            Some(converter) => converter.clip(path, format)?,
            None => return Err(NoPreview::Converter(format.media_type())),
        },
        other => return Err(NoPreview::Supply(other.media_type())),
    };
    // What was made is looked at like what strangers bring: the shop will do the same.
    accept(preview.bytes)
}

/// Accepts a preview that the provider supplies: its type is told from its content, and no window has to show what could
/// carry a script.
pub fn accept(bytes: Vec<u8>) -> Result<Preview, NoPreview> {
    if bytes.is_empty() || bytes.len() > PREVIEW_LEN_MAX {
        return Err(NoPreview::Supplied(
            "it is empty or longer than 900 KiB; supply a lighter one",
        ));
    }
    let media_type = recognise(bytes.get(..HEAD_LEN).unwrap_or(&bytes)).media_type();
    if !PREVIEW_TYPES.contains(&media_type) {
        return Err(NoPreview::Supplied(
            "it is no picture, sound, video or plain text that a shop window shows",
        ));
    }
    if media_type == "text/plain" && str::from_utf8(&bytes).is_err() {
        return Err(NoPreview::Supplied("its text is not UTF-8"));
    }
    Ok(Preview { media_type, bytes })
}

/// The first `len` bytes, or as many as there are.
fn first(content: &impl ReadAt, at: u64, len: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; len];
    let n = content.fill_at(at, &mut bytes)?;
    bytes.truncate(n);
    Ok(bytes)
}

/// The length of a content that is all there.
fn len_of(content: &impl ReadAt) -> Result<u64, NoPreview> {
    content.size()?.ok_or(NoPreview::Damaged("it is still growing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    // proves: row-87 (previews)
    #[test]
    fn what_could_carry_a_script_is_no_preview() {
        for bad in ["<svg onload='x()'/>", "<!doctype html><p>", "%PDF-1.7", "\x7fELF", ""] {
            let no = accept(bad.as_bytes().to_vec()).unwrap_err();
            assert_eq!(no.code(), "preview-refused", "{bad:?}");
        }
        assert!(accept(vec![b'a'; PREVIEW_LEN_MAX + 1]).is_err());
        let mut cut = "plain".repeat(HEAD_LEN / 5 + 1).into_bytes();
        assert_eq!(accept(cut.clone()).unwrap().media_type, "text/plain");
        cut.push(0xff);
        assert!(accept(cut).is_err());
    }
}
