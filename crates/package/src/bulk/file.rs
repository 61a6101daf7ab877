//! File: a package that grows beside its final name, survives a cut at any byte, and appears whole or not at all.

use super::{
    floe::HEAD_LEN,
    seal::{SealError, Sealer, fill_from, same_length},
    source::ReadAt,
    stretch::Opening,
};
use crate::{ContentKey, Front};
use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};
use units::{Again, Refusal};

/// Why a package file was not made. What was written so far stays beside it as `.part`, and the same call goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The final name is taken by something else.
    #[error("{} exists and is another file; remove it or choose another name", path.display())]
    Exists {
        /// Its name.
        path: PathBuf,
    },
    /// A file could not be opened, checked or renamed.
    #[error("{}: {error}", path.display())]
    Path {
        /// Which.
        path: PathBuf,
        /// By the system.
        error: io::Error,
    },
    /// Sealing stopped.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl Refusal for FileError {
    fn code(&self) -> &'static str {
        match self {
            Self::Exists { .. } => "package-file-exists",
            Self::Path { .. } => "package-file-unusable",
            Self::Seal(no) => no.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Exists { .. } | Self::Path { .. } => Again::AfterYouAct,
            Self::Seal(no) => no.again(),
        }
    }
}

/// Seals `content` into the file `target`, through `target.part`. After a cut the same call checks every piece that is
/// there, goes on behind the last good one and ends with the same bytes; called once more, it finds its own finished work
/// and is done. The file is on the disk before it gets its name. `progress` hears how many bytes of the package are done.
pub fn seal_file(
    front: &Front,
    key: &ContentKey,
    content: &impl ReadAt,
    target: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<(), FileError> {
    let mut sealer = Sealer::new(front, key)?;
    let (end, expected) = (sealer.layout.end(), front.header().geometry.content_len());
    same_length(content, expected)?;
    if finished(front, target)? {
        progress(end);
        return Ok(());
    }
    let part_path = part_of(target);
    let on = |path: &Path| {
        let path = path.to_owned();
        move |error| FileError::Path { path, error }
    };
    let mut part = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&part_path)
        .map_err(on(&part_path))?;
    let good = good_until(front, key, &part).map_err(on(&part_path))?;
    part.set_len(good).map_err(on(&part_path))?;
    part.seek(SeekFrom::Start(good)).map_err(on(&part_path))?;
    progress(good);
    sealer.run(
        good..end,
        &mut fill_from(content, expected),
        &mut |bytes| part.write_all(bytes),
        &mut |done| progress(good + done),
    )?;
    part.sync_all().map_err(on(&part_path))?;
    drop(part);
    fs::rename(&part_path, target).map_err(on(target))?;
    sync_directory(target).map_err(on(target))
}

/// `name.part`, beside the target so that the rename is one step.
fn part_of(target: &Path) -> PathBuf {
    let mut name = OsString::from(target);
    name.push(".part");
    name.into()
}

/// Whether the target is there and is this very package, by its front and length: it only got its name when it was whole.
fn finished(front: &Front, target: &Path) -> Result<bool, FileError> {
    let unusable = |error| FileError::Path {
        path: target.into(),
        error,
    };
    let file = match File::open(target) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(e) => return Err(unusable(e)),
    };
    let mut start = vec![0; front.bytes().len()];
    let n = file.fill_at(0, &mut start).map_err(unusable)?;
    let len = file.size().map_err(unusable)?;
    if n == start.len() && start == front.bytes() && len == Some(front.package_len()) {
        return Ok(true);
    }
    Err(FileError::Exists { path: target.into() })
}

/// How much of a part file can stay: the front if it is the same, and all pieces up to the first that does not open. A
/// power cut may have left anything, so every byte is checked, not only the last.
fn good_until(front: &Front, key: &ContentKey, part: &File) -> io::Result<u64> {
    let mut bytes = vec![0; front.bytes().len()];
    let n = part.fill_at(0, &mut bytes)?;
    if n < bytes.len() || bytes != front.bytes() {
        return Ok(0);
    }
    let (layout, tree) = (front.layout(), front.tree());
    let root = key.root(&tree);
    let mut good = n as u64;
    let mut now: Option<(u32, Opening)> = None;
    while let Some(piece) = layout.piece_at_file(good) {
        bytes.resize(piece.sealed_len(), 0);
        if part.fill_at(good, &mut bytes)? < bytes.len() {
            break;
        }
        if let Some(head) = bytes.first_chunk::<HEAD_LEN>().filter(|_| piece.segment == 0) {
            let Ok(key) = root.stretch(&tree, piece.stretch) else {
                break;
            };
            let Ok(opening) = Opening::new(front, &key, head) else {
                break;
            };
            now = Some((piece.stretch, opening));
        }
        let whole = now
            .as_ref()
            .is_some_and(|(_, opening)| opening.open_in_place(&piece, &mut bytes).is_ok());
        if !whole {
            break;
        }
        good = piece.file.end;
    }
    zeroize::Zeroize::zeroize(&mut bytes);
    Ok(good)
}

/// A rename lasts when its directory does.
fn sync_directory(target: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let parent = target
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    File::open(parent)?.sync_all()
}
