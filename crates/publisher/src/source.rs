//! Source: the file to be published, read once and watched.

use std::{fs::File, io, path::Path, time::SystemTime};

use package::ReadAt;
use units::Hash;

use crate::{
    NotMade, Progress, Step, album,
    kind::{Format, HEAD_LEN, recognise},
};

/// The file to be published, read once.
pub(crate) struct Source {
    pub(crate) file: File,
    pub(crate) len: u64,
    pub(crate) sha256: Hash,
    pub(crate) format: Format,
    /// What its tracks are called, if it is an album.
    pub(crate) tracks: Option<Vec<String>>,
    modified: Option<SystemTime>,
}

impl Source {
    pub(crate) fn read(path: &Path, progress: &mut dyn FnMut(Progress)) -> Result<Self, NotMade> {
        let on = |error| NotMade::Path {
            path: path.into(),
            error,
        };
        let file = File::open(path).map_err(on)?;
        let about = file.metadata().map_err(on)?;
        if !about.is_file() {
            return Err(on(io::Error::new(
                io::ErrorKind::InvalidInput,
                "this is no file; name one",
            )));
        }
        if about.len() == 0 {
            return Err(NotMade::Empty);
        }
        let mut head = vec![0; HEAD_LEN];
        let n = file.fill_at(0, &mut head).map_err(on)?;
        head.truncate(n);
        let total = about.len();
        let mut tell = |done| {
            progress(Progress {
                step: Step::Reading,
                done,
                total,
            })
        };
        let (sha256, len) = package::digest(&file, &mut tell).map_err(on)?;
        let modified = about.modified().ok();
        let format = recognise(&head);
        let tracks = match format {
            Format::Album => {
                let found = album::tracks::<io::Error>(len, |at, buf| file.fill_at(at, buf)).map_err(on)?;
                Some(found.into_iter().map(|track| track.title).collect())
            }
            _ => None,
        };
        let it = Self {
            file,
            len,
            sha256,
            format,
            tracks,
            modified,
        };
        it.unchanged(path)?;
        Ok(it)
    }

    /// What was read may have been written to meanwhile; its length and time tell.
    pub(crate) fn unchanged(&self, path: &Path) -> Result<(), NotMade> {
        let now = self.file.metadata().map_err(|error| NotMade::Path {
            path: path.into(),
            error,
        })?;
        if now.len() == self.len && now.modified().ok() == self.modified {
            Ok(())
        } else {
            Err(NotMade::Changed { path: path.into() })
        }
    }
}
