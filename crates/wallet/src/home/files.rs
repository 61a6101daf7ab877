//! Files: private ones, and whole ones that replace others in one step.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    path::Path,
};

use zeroize::Zeroizing;

/// Options for a file that only its owner may read.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A new private file; fails if there is one of that name.
pub(super) fn new_private(path: &Path) -> io::Result<File> {
    private().create_new(true).write(true).open(path)
}

/// A directory that only its owner may enter, with those above it.
pub(crate) fn make_private_dir(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// The bytes of a secret file; `None` if others can read it.
pub(super) fn read_private(path: &Path) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let mut file = File::open(path)?;
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&file.metadata()?.permissions()) & 0o077 != 0 {
        return Ok(None);
    }
    // Its full size at once: a buffer that moves leaves secrets behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(64));
    (&mut file).take(64).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Names in a directory last when the directory does.
pub(super) fn sync_dir(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(path)?.sync_all()
    } else {
        Ok(())
    }
}

/// Puts `bytes` in the place of `path`, all or nothing, and durably.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let beside = Path::new(&name);
    let mut file = private().create(true).truncate(true).write(true).open(beside)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    drop(file);
    if let Err(error) = written.and_then(|()| fs::rename(beside, path)) {
        // What is beside is nobody's; the old file still is what it was.
        let _ = fs::remove_file(beside);
        return Err(error);
    }
    path.parent().map_or(Ok(()), sync_dir)
}
