//! Small: a rendition of a film or a song for small devices, made by ffmpeg on the publisher's own machine and sealed under the
//! work's own key, so that every license of the whole work opens it (ST-11).
//!
//! It names no moment at which it was made: it is no later version of anything, and nobody is offered it as one.

use std::{
    fs,
    path::{Path, PathBuf},
};

use package::{About, ContentKey, Front, Geometry, Header};

use crate::{NotMade, Publisher, kind::Format, maker::Maker};

const NAME: &str = "small.keyfare";

/// Can there be a small rendition of this? Asked before anything is made.
pub(crate) fn can_be(publisher: &Publisher<'_>, format: Format) -> Result<(), NotMade> {
    let media = matches!(
        format,
        Format::Mp4
            | Format::Webm
            | Format::Mpeg
            | Format::Mp3
            | Format::Wav
            | Format::Flac
            | Format::Ogg
            | Format::M4a
    );
    match (media, publisher.converter) {
        (false, _) => Err(NotMade::NotSmall("only films and sound have one")),
        (true, None) => Err(NotMade::NotSmall("it takes ffmpeg, which is not on this machine")),
        (true, Some(_)) => Ok(()),
    }
}

impl Maker<'_> {
    /// Makes it beside the package. Where it is already, it was sealed whole, and stays.
    pub(crate) fn small(&self, of: &Front, key: &ContentKey, into: &Path) -> Result<PathBuf, NotMade> {
        let path = into.join(NAME);
        if path.is_file() {
            return Ok(path);
        }
        let no = || NotMade::NotSmall("it takes ffmpeg, which is not on this machine");
        let converter = self.publisher.converter.ok_or_else(no)?;
        let on = |error| NotMade::Path {
            path: into.into(),
            error,
        };
        // Goes with what is in it, whatever happens.
        let room = tempfile::tempdir_in(into).map_err(on)?;
        let plain = room.path().join("small.mp4");
        converter
            .small(&self.work.file, self.source.format, &plain)
            .map_err(|_| NotMade::NotSmall("ffmpeg could not read the file"))?;
        let file = fs::File::open(&plain).map_err(on)?;
        let (sha256, len) = package::digest(&file, &mut |_| {}).map_err(on)?;
        let header = of.header();
        let is_film = self.source.format.media_type().starts_with("video/");
        let about = About {
            realm: header.realm,
            content: header.content,
            publisher: header.publisher,
            title: header.title.clone(),
            kind: header.kind,
            media_type: if is_film { "video/mp4" } else { "audio/mp4" }.to_owned(),
            edition: header.key.edition,
            delivery: header.delivery,
            policy: header.policy.clone(),
            offers: header.offers.clone(),
            preview: None,
            shop: header.shop.clone(),
            sets: header.sets.clone(),
            sha256: Some(sha256),
            made: None,
        };
        let described = |no: &dyn std::fmt::Display| NotMade::Described(no.to_string());
        let geometry = Geometry::of(len).map_err(|no| described(&no))?;
        let header = Header::new(about, key, geometry);
        let signatures = self.signatures(&header);
        let front = Front::assemble(header, signatures, Vec::new()).map_err(|no| described(&no))?;
        package::seal_file(&front, key, &file, &path, &mut |_| {})?;
        self.source.unchanged(&self.work.file).inspect_err(|_| {
            let _ = fs::remove_file(&path);
        })?;
        Ok(path)
    }
}
