//! Shelf: sealed packages as files under their own hash. Names are ours, never a stranger's (row-87): a file is
//! called by the text form of the hash it was checked against, and a half-arrived one by a random number.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::{Stream, StreamExt};
use package::{Front, FrontError, PREFIX_LEN, PREVIEW_LEN_MAX, Prefix};
use tokio::sync::Semaphore;
use units::{Again, Hash, Refusal};

use crate::frame::{
    chance,
    limits::{IDLE_TIME, UPLOADS_MAX},
};

/// Where sealed packages lie.
#[derive(Debug)]
pub struct Shelf {
    dir: PathBuf,
    incoming: PathBuf,
    uploads: Arc<Semaphore>,
    quota: u64,
}

/// Why a package was not taken, in order of precedence. Nothing of it was kept.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// Too many at once.
    #[error("{UPLOADS_MAX} packages are arriving already; send it again in a moment")]
    Busy,
    /// The publisher's room is used up.
    #[error("the shelf holds at most {quota} bytes; have old packages withdrawn before you send new ones")]
    Quota {
        /// Bytes in all.
        quota: u64,
    },
    /// What arrives is no package.
    #[error(transparent)]
    Front(#[from] FrontError),
    /// It is a package, but another than was announced.
    #[error("this is package {0}, not the one in the address; publish it under its own name")]
    Other(Hash),
    /// Too short.
    #[error("the package ended after {got} of {expected} bytes; send it again")]
    Short {
        /// Arrived.
        got: u64,
        /// By its header.
        expected: u64,
    },
    /// Too long.
    #[error("more bytes arrived than the {expected} of this package; send exactly the file that was sealed")]
    Long {
        /// By its header.
        expected: u64,
    },
    /// The sender stopped or the line broke.
    #[error("the upload broke off; send it again")]
    Broken,
    /// The disk failed.
    #[error("the shelf could not be written ({0}); nothing was kept, send it again")]
    Disk(String),
}

impl Refusal for NotTaken {
    fn code(&self) -> &'static str {
        match self {
            Self::Busy => "upload-busy",
            Self::Quota { .. } => "upload-quota",
            Self::Front(no) => no.code(),
            Self::Other(_) => "upload-other-package",
            Self::Short { .. } => "upload-short",
            Self::Long { .. } => "upload-long",
            Self::Broken => "upload-broken",
            Self::Disk(_) => "upload-disk",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Busy | Self::Broken | Self::Short { .. } | Self::Disk(_) => Again::Later,
            Self::Quota { .. } => Again::AfterYouAct,
            Self::Front(no) => no.again(),
            Self::Other(_) | Self::Long { .. } => Again::Never,
        }
    }
}

impl From<io::Error> for NotTaken {
    fn from(error: io::Error) -> Self {
        Self::Disk(error.kind().to_string())
    }
}

impl Shelf {
    /// The shelf in `dir`, holding at most `quota` bytes. Uploads that a crash cut short are swept away.
    pub fn open(dir: &Path, quota: u64) -> io::Result<Self> {
        let (dir, incoming) = (dir.join("packages"), dir.join("incoming"));
        fs::create_dir_all(&dir)?;
        match fs::remove_dir_all(&incoming) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => fs::create_dir(&incoming)?,
        }
        Ok(Self {
            dir,
            incoming,
            uploads: Arc::new(Semaphore::new(UPLOADS_MAX)),
            quota,
        })
    }

    /// The file of this package.
    pub fn get(&self, package: Hash) -> io::Result<Option<File>> {
        match File::open(self.dir.join(package.to_string())) {
            Ok(file) => Ok(Some(file)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Is it here?
    pub fn has(&self, package: Hash) -> bool {
        self.dir.join(package.to_string()).is_file()
    }

    /// Takes a package away again.
    pub async fn remove(&self, package: Hash) {
        let path = self.dir.join(package.to_string());
        let _ = tokio::task::spawn_blocking(move || fs::remove_file(path)).await; // one that is gone is gone
    }

    /// Takes the package called `name` as it arrives: its front is checked as soon as it is whole, its length as it grows;
    /// it appears under its name once it is on the disk. One that is here already is taken for good, unread.
    pub async fn take<E>(
        &self,
        name: Hash,
        pieces: impl Stream<Item = Result<bytes::Bytes, E>> + Send,
    ) -> Result<(), NotTaken> {
        if self.has(name) {
            return Ok(());
        }
        let _place = self.uploads.clone().try_acquire_owned().map_err(|_| NotTaken::Busy)?;
        let random = chance::<16>().map_err(|no| NotTaken::Disk(no.to_string()))?;
        let part = self.incoming.join(units::TransferId(random).to_string());
        let result = self.receive(name, &part, pieces).await;
        if result.is_err() {
            let _ = fs::remove_file(&part); // swept at the next start otherwise
        }
        result
    }

    async fn receive<E>(
        &self,
        name: Hash,
        part: &Path,
        pieces: impl Stream<Item = Result<bytes::Bytes, E>> + Send,
    ) -> Result<(), NotTaken> {
        let (dir, quota, at) = (self.dir.clone(), self.quota, part.to_owned());
        let mut arrival = on_disk(move || Ok(Arrival::new(name, &at, room(&dir, quota)?)?)).await?;
        let mut pieces = std::pin::pin!(pieces);
        loop {
            let next = tokio::time::timeout(IDLE_TIME, pieces.next())
                .await
                .map_err(|_| NotTaken::Broken)?;
            let Some(piece) = next else { break };
            let piece = piece.map_err(|_| NotTaken::Broken)?;
            arrival = on_disk(move || arrival.add(&piece).map(|()| arrival)).await?;
        }
        let (part, dir) = (part.to_owned(), self.dir.clone());
        on_disk(move || arrival.finish(&part, &dir)).await
    }
}

/// Bytes that still fit.
fn room(dir: &Path, quota: u64) -> Result<u64, NotTaken> {
    let mut used = 0_u64;
    for entry in fs::read_dir(dir)? {
        used = used.saturating_add(entry?.metadata()?.len());
    }
    quota
        .checked_sub(used)
        .filter(|left| *left > 0)
        .ok_or(NotTaken::Quota { quota })
}

async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, NotTaken> + Send + 'static,
) -> Result<T, NotTaken> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or(Err(NotTaken::Disk("a bug".to_owned())))
}

/// A package that is arriving.
struct Arrival {
    name: Hash,
    file: File,
    /// The first bytes, until the front is whole.
    head: Vec<u8>,
    /// Bytes of the whole, once known.
    expected: Option<u64>,
    got: u64,
    room: u64,
}

/// A front is whole within so many bytes.
const FRONT_MAX: usize = PREFIX_LEN + package::HEADER_LEN_MAX + package::SIGNATURES_LEN_MAX + PREVIEW_LEN_MAX;

impl Arrival {
    fn new(name: Hash, part: &Path, room: u64) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).open(part)?;
        Ok(Self {
            name,
            file,
            head: Vec::new(),
            expected: None,
            got: 0,
            room,
        })
    }

    fn add(&mut self, piece: &[u8]) -> Result<(), NotTaken> {
        self.got = self.got.saturating_add(piece.len() as u64);
        if self.expected.is_none() {
            self.head.extend_from_slice(piece);
            self.look()?;
        }
        if self.got > self.room {
            return Err(NotTaken::Quota { quota: self.room });
        }
        if let Some(expected) = self.expected.filter(|expected| self.got > *expected) {
            return Err(NotTaken::Long { expected });
        }
        self.file.write_all(piece)?;
        Ok(())
    }

    /// Is the front whole, and that of the package announced?
    fn look(&mut self) -> Result<(), NotTaken> {
        if self.head.len() < PREFIX_LEN {
            return Ok(());
        }
        let prefix = Prefix::parse(&self.head)?;
        if prefix.package != self.name {
            return Err(NotTaken::Other(prefix.package));
        }
        match Front::parse(&self.head) {
            Ok(front) => {
                self.expected = Some(front.package_len());
                self.head = Vec::new();
                Ok(())
            }
            Err(FrontError::Truncated { .. }) if self.head.len() < FRONT_MAX => Ok(()),
            Err(no) => Err(no.into()),
        }
    }

    fn finish(self, part: &Path, dir: &Path) -> Result<(), NotTaken> {
        let Some(expected) = self.expected else {
            return Err(Front::parse(&self.head).err().map_or(NotTaken::Broken, NotTaken::Front));
        };
        if self.got < expected {
            return Err(NotTaken::Short {
                got: self.got,
                expected,
            });
        }
        self.file.sync_all()?;
        fs::rename(part, dir.join(self.name.to_string()))?;
        // The name is durable when its directory is.
        File::open(dir)?.sync_all()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream;
    use package::{About, ContentKey, Geometry, Header, Signatures, seal};

    fn sealed(content: &[u8]) -> (Hash, Vec<u8>) {
        let key = ContentKey::from_secret_bytes([1; 32]);
        let header = Header::new(About::example(), &key, Geometry::of(content.len() as u64).unwrap());
        let front = Front::assemble(header, Signatures::default(), Vec::new()).unwrap();
        let mut bytes = Vec::new();
        seal(&front, &key, content, &mut bytes, &mut |_| {}).unwrap();
        (front.package(), bytes)
    }

    fn pieces(bytes: &[u8], len: usize) -> impl Stream<Item = Result<bytes::Bytes, ()>> + Send + use<> {
        let all: Vec<_> = bytes
            .chunks(len)
            .map(|c| Ok(bytes::Bytes::copy_from_slice(c)))
            .collect();
        stream::iter(all)
    }

    fn files(dir: &Path) -> usize {
        fs::read_dir(dir.join("packages")).unwrap().count() + fs::read_dir(dir.join("incoming")).unwrap().count()
    }

    // proves: row-87 row-94
    #[tokio::test]
    async fn only_the_announced_package_whole_and_within_its_room_stays() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = Shelf::open(dir.path(), 1_000_000).unwrap();
        let (name, bytes) = sealed(&[7; 100_000]);
        let code = |r: Result<(), NotTaken>| r.err().map_or("taken", |no| no.code());
        let short = &bytes[..bytes.len() - 1];
        let long = [&bytes[..], &[0]].concat();
        let mut damaged = bytes.clone();
        damaged[150] ^= 1;
        assert_eq!(
            code(shelf.take(Hash([9; 32]), pieces(&bytes, 1000)).await),
            "upload-other-package"
        );
        assert_eq!(code(shelf.take(name, pieces(short, 1000)).await), "upload-short");
        assert_eq!(
            code(shelf.take(name, pieces(&bytes[..200], 7)).await),
            "package-truncated"
        );
        assert_eq!(code(shelf.take(name, pieces(&long, 1000)).await), "upload-long");
        assert_eq!(code(shelf.take(name, pieces(&damaged, 1000)).await), "package-damaged");
        let broken = pieces(&bytes[..5000], 1000).chain(stream::iter([Err(())]));
        assert_eq!(code(shelf.take(name, broken).await), "upload-broken");
        let small = Shelf::open(dir.path(), 50_000).unwrap();
        assert_eq!(code(small.take(name, pieces(&bytes, 1000)).await), "upload-quota");
        assert_eq!(files(dir.path()), 0, "nothing of a refused package stays");
        for len in [1000, 1 << 20] {
            assert_eq!(code(shelf.take(name, pieces(&bytes, len)).await), "taken");
        }
        assert_eq!(
            fs::read(dir.path().join("packages").join(name.to_string())).unwrap(),
            bytes
        );
    }

    #[tokio::test]
    async fn what_a_crash_left_behind_is_swept() {
        let dir = tempfile::tempdir().unwrap();
        drop(Shelf::open(dir.path(), 1).unwrap());
        fs::write(dir.path().join("incoming").join("half"), b"x").unwrap();
        drop(Shelf::open(dir.path(), 1).unwrap());
        assert_eq!(files(dir.path()), 0);
    }
}
