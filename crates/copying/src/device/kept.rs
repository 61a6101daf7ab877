//! Kept: devices of software as files of a directory. What a keeper has to remember is on the disk before it speaks.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use seal::Seed;
use units::{Again, Refusal};

use super::{Body, Keeper, Player};
use crate::wire::NotReadable;

/// What the factory made.
const DEVICE: &str = "device";

/// A device's files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileRefused {
    /// The disk failed.
    #[error("{}: {error}", path.display())]
    Disk {
        /// Which file.
        path: PathBuf,
        /// By the system.
        error: io::Error,
    },
    /// Its content is not this device's.
    #[error("{} is no device of ours, or is damaged; put its backup back or have it exchanged", .0.display())]
    NotReadable(PathBuf),
}

impl Refusal for FileRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Disk { .. } => "device-file",
            Self::NotReadable(_) => "device-damaged",
        }
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

/// Where devices of software are kept. What was replaced is on the disk when the call returns; whatever happens on the way,
/// the old bytes or the new ones are there, whole. Tests have power fail at every call of it.
pub trait Files: core::fmt::Debug + Send + Sync {
    /// A file's bytes, if it is there.
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>>;
    /// Puts these bytes in its place.
    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Is there such a file? Without reading it.
    fn has(&self, path: &Path) -> bool {
        path.exists()
    }
}

/// The disk of this machine.
#[derive(Debug, Clone, Copy)]
pub struct OnDisk;

impl Files for OnDisk {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        match fs::read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }
    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let part = path.with_extension("part");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, path)?;
        match path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
            Some(dir) if cfg!(unix) => File::open(dir)?.sync_all(),
            _ => Ok(()),
        }
    }
}

/// A device of software in a directory of its own: `device` is what the factory made, `memory` what it remembers.
#[derive(Debug, Clone)]
pub struct Kept {
    dir: PathBuf,
    files: Arc<dyn Files>,
}

impl Kept {
    /// The device in this directory.
    pub fn at(dir: &Path) -> Self {
        Self::within(dir, Arc::new(OnDisk))
    }
    /// The same, kept by `files`.
    pub fn within(dir: &Path, files: Arc<dyn Files>) -> Self {
        Self {
            dir: dir.to_owned(),
            files,
        }
    }
    /// Its directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
    /// Is a device there?
    pub fn exists(&self) -> bool {
        self.files.has(&self.dir.join(DEVICE))
    }
    /// Puts a device there.
    pub fn put(&self, body: &Body) -> Result<(), FileRefused> {
        make_dir(&self.dir)?;
        self.replace(DEVICE, &body.burn())
    }
    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), FileRefused> {
        let path = self.dir.join(name);
        self.files.replace(&path, bytes).map_err(disk(&path))
    }
    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, FileRefused> {
        self.files.read(path).map_err(disk(path))
    }
    /// The device itself.
    pub fn body(&self) -> Result<Body, FileRefused> {
        let path = self.dir.join(DEVICE);
        let bytes = zeroize::Zeroizing::new(self.read(&path)?.unwrap_or_default());
        Body::read(&bytes).map_err(|_| FileRefused::NotReadable(path))
    }
    /// The device as a keeper.
    pub fn keeper(&self) -> Result<Keeper, FileRefused> {
        self.remembered(Keeper::new, Keeper::load)
    }
    /// The device as a player.
    pub fn player(&self) -> Result<Player, FileRefused> {
        self.remembered(Player::new, Player::load)
    }
    fn remembered<T>(
        &self,
        new: impl FnOnce(Body) -> T,
        load: impl FnOnce(Body, &[u8]) -> Result<T, NotReadable>,
    ) -> Result<T, FileRefused> {
        let path = self.memory(std::any::type_name::<T>());
        match self.read(&path)? {
            None => Ok(new(self.body()?)),
            Some(bytes) => load(self.body()?, &bytes).map_err(|_| FileRefused::NotReadable(path)),
        }
    }
    /// A player that keeps keys remembers both in files of their own.
    fn memory(&self, what: &str) -> PathBuf {
        let name = if what.ends_with("Player") { "passes" } else { "memory" };
        self.dir.join(name)
    }
    /// Writes down what a keeper remembers.
    pub fn keep(&self, keeper: &Keeper, seed: &Seed) -> Result<(), FileRefused> {
        self.replace("memory", &keeper.save(seed))
    }
    /// Writes down what a player remembers.
    pub fn keep_player(&self, player: &Player, seed: &Seed) -> Result<(), FileRefused> {
        self.replace("passes", &player.save(seed))
    }
}

fn disk(path: &Path) -> impl Fn(io::Error) -> FileRefused + '_ {
    move |error| FileRefused::Disk {
        path: path.to_owned(),
        error,
    }
}

fn make_dir(dir: &Path) -> Result<(), FileRefused> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(disk(dir))
}

/// A file of its owner's, replaced whole: old or new, never a part, and on the disk when this returns.
pub fn replace_file(path: &Path, bytes: &[u8]) -> Result<(), FileRefused> {
    OnDisk.replace(path, bytes).map_err(disk(path))
}
