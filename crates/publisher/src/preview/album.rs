//! Preview of an album: of its first track that anything can be heard of.

use std::{
    fs::File,
    io::{self, Write},
    path::Path,
};

use package::ReadAt;

use super::{Converter, NoPreview, Preview, derive, mp3, wave};
use crate::{
    Format,
    album::{Track, tracks},
    kind::{HEAD_LEN, recognise},
};

/// What a foreign program is given of a track: far more than an excerpt is made of.
const COPIED_MAX: u64 = 64 << 20;

/// A track, read where it lies.
struct Stretch<'a> {
    album: &'a File,
    track: &'a Track,
}

impl ReadAt for Stretch<'_> {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.track.len.saturating_sub(offset)).unwrap_or(usize::MAX);
        let want = buf.len().min(left);
        let at = self.track.from.saturating_add(offset);
        ReadAt::read_at(self.album, at, buf.get_mut(..want).unwrap_or_default())
    }
    fn size(&self) -> io::Result<Option<u64>> {
        Ok(Some(self.track.len))
    }
}

pub(super) fn excerpt(path: &Path, converter: Option<&Converter>) -> Result<Preview, NoPreview> {
    let album = File::open(path)?;
    let len = album.metadata()?.len();
    let all = tracks::<io::Error>(len, |at, buf| album.fill_at(at, buf)).map_err(|_| NoPreview::Damaged("no album"))?;
    let mut last = NoPreview::Supply("an album without sound");
    for track in &all {
        let stretch = Stretch { album: &album, track };
        let mut head = vec![0; HEAD_LEN];
        let n = stretch.fill_at(0, &mut head)?;
        let made = match recognise(head.get(..n).unwrap_or_default()) {
            Format::Wav => wave::excerpt(&stretch),
            Format::Mp3 => mp3::excerpt(&stretch),
            format @ (Format::Flac | Format::Ogg | Format::M4a) => beside(&stretch, format, converter),
            _ => continue,
        };
        match made {
            Ok(preview) => return Ok(preview),
            Err(no) => last = no,
        }
    }
    Err(last)
}

/// By a foreign program, which reads files: the track is copied into this process's own directory.
fn beside(track: &Stretch<'_>, format: Format, converter: Option<&Converter>) -> Result<Preview, NoPreview> {
    let mut copy = tempfile::NamedTempFile::new()?;
    let (mut at, mut some) = (0_u64, vec![0; 128 << 10]);
    while at < COPIED_MAX {
        let n = track.fill_at(at, &mut some)?;
        if n == 0 {
            break;
        }
        copy.write_all(some.get(..n).unwrap_or_default())?;
        at = at.saturating_add(n as u64);
    }
    derive(copy.path(), format, converter)
}
