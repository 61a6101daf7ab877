//! Packages: sealed files of works beside the card. A package for all lies here as it came, for anybody may copy it; one that
//! was sealed for this card alone is put under Km besides (XD-6, XD-7).

mod arrival;
mod fetch;
mod kept;
mod newer;

pub use arrival::Arrival;
pub use fetch::FetchRefused;
pub use kept::{Form, Kept, KeptError};
pub use newer::Newer;

use std::{
    collections::HashMap,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use package::{Front, FrontError, Package, ReadAt};
use seal::{Secret, Vault};
use units::Hash;

use crate::engine::locked;

/// Bytes of a package, wherever they are.
pub type Source = Box<dyn ReadAt + Send + Sync>;

/// Is a package here?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// No; any copy of it will do.
    Absent,
    /// It is coming: bytes here, and of how many.
    Arriving {
        /// Bytes here.
        have: u64,
        /// Of how many, once known.
        of: Option<u64>,
    },
    /// All of it: how many bytes on disk.
    Here(u64),
}

/// What can be read of a work.
pub enum Readable {
    /// A package, still to be opened with its keys; and its arrival, while it is still coming.
    Sealed(Box<Package<Source>>, Option<Arc<Arrival>>),
    /// Content that the device has opened and keeps under Km (XD-6); its front says what it is.
    Opened(Box<Front>, Kept),
}

/// The shelf of packages.
#[derive(Clone)]
pub struct Packages {
    dir: PathBuf,
    vault: Arc<Vault>,
    arrivals: Arc<Mutex<HashMap<Hash, Arc<Arrival>>>>,
}

impl core::fmt::Debug for Packages {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Packages({})", self.dir.display())
    }
}

impl Packages {
    pub(crate) fn new(dir: PathBuf, master: &Secret) -> Self {
        Self {
            dir,
            vault: Arc::new(Vault::new(master, "packages")),
            arrivals: Arc::default(),
        }
    }

    fn path(&self, header: Hash, ending: &str) -> PathBuf {
        self.dir.join(format!("{header}.{ending}"))
    }
    /// Where the package with this header lies, if it lies here as it came: a file anybody may copy.
    pub fn file(&self, header: Hash) -> Option<PathBuf> {
        Some(self.path(header, "keyfare")).filter(|p| p.is_file())
    }
    pub(super) fn part(&self, header: Hash) -> PathBuf {
        self.path(header, "part")
    }
    pub(super) fn kept(&self, header: Hash) -> PathBuf {
        self.path(header, "kept")
    }

    /// Is it here?
    pub fn presence(&self, header: Hash) -> Presence {
        let len = |path: &Path| fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|m| m.len());
        // Asked before the disk: what has arrived by then lies there.
        let coming = self.arriving(header);
        if let Some(len) = len(&self.path(header, "keyfare")).or_else(|| len(&self.kept(header))) {
            return Presence::Here(len);
        }
        if let Some(arrival) = coming {
            let (have, of) = arrival.progress();
            return Presence::Arriving { have, of };
        }
        len(&self.part(header)).map_or(Presence::Absent, |have| Presence::Arriving { have, of: None })
    }

    pub(super) fn arriving(&self, header: Hash) -> Option<Arc<Arrival>> {
        locked(&self.arrivals).get(&header).cloned()
    }

    /// Whatever can be read of the package with this header, also while it is still coming (XD-5).
    pub fn readable(&self, header: Hash) -> Result<Option<Readable>, KeptError> {
        // Asked before the disk: what has arrived by then lies there.
        let coming = self.arriving(header);
        if let Ok(kept) = Kept::open(&self.kept(header), header, self.vault.clone()) {
            return kept.readable().map(Some);
        }
        let source: Source = match (self.file(header), &coming) {
            (Some(path), _) => Box::new(File::open(path).map_err(KeptError::Read)?),
            (None, Some(arrival)) => Box::new(arrival.clone()),
            (None, None) => return Ok(None),
        };
        let package = Package::open(source).map_err(KeptError::Package)?;
        Ok(Some(Readable::Sealed(Box::new(package), coming)))
    }

    /// A package anywhere on this machine. Nothing of it is copied.
    pub fn at_path(path: &Path) -> Result<Readable, KeptError> {
        let source: Source = Box::new(File::open(path).map_err(KeptError::Read)?);
        Ok(Readable::Sealed(
            Box::new(Package::open(source).map_err(KeptError::Package)?),
            None,
        ))
    }

    /// Removes the files of a package. Licenses stay; any copy of the package will do.
    pub fn remove(&self, header: Hash) -> io::Result<()> {
        for path in [self.path(header, "keyfare"), self.kept(header), self.part(header)] {
            match fs::remove_file(path) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                _ => {}
            }
        }
        Ok(())
    }

    /// Takes in a package that comes from a friend's wallet, whole and under its own name, or not at all.
    pub(crate) async fn take_in(&self, header: Hash, mut response: reqwest::Response) -> Result<(), KeptError> {
        use tokio::io::AsyncWriteExt;
        let part = self.path(header, "coming");
        let broke = |_| KeptError::Read(io::Error::from(io::ErrorKind::ConnectionAborted));
        let mut file = tokio::fs::File::create(&part).await.map_err(KeptError::Read)?;
        while let Some(chunk) = response.chunk().await.map_err(broke)? {
            file.write_all(&chunk).await.map_err(KeptError::Read)?;
        }
        file.sync_all().await.map_err(KeptError::Read)?;
        drop(file);
        let (packages, came) = (self.clone(), part.clone());
        let shelved = tokio::task::spawn_blocking(move || {
            if Self::at_path(&came)?.front().package() != header {
                return Err(KeptError::Damaged(0));
            }
            packages.shelve(&came).map(|_| ())
        });
        let shelved = shelved.await.unwrap_or(Err(KeptError::Damaged(0)));
        if shelved.is_err() {
            // What did not hold is of no use to anybody.
            let _ = tokio::fs::remove_file(part).await;
        }
        shelved
    }

    /// Where a file that is brought here may be written while it comes.
    pub(crate) fn coming(&self, random: &[u8; 16]) -> PathBuf {
        let name: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        self.dir.join(format!("{name}.coming"))
    }

    /// Moves a whole package that was brought here onto the shelf, under its own name; answers where it lies then.
    pub(crate) fn shelve(&self, came: &Path) -> Result<PathBuf, KeptError> {
        let front = Self::at_path(came)?;
        let front = front.front();
        if fs::metadata(came).map_err(KeptError::Read)?.len() != front.package_len() {
            return Err(KeptError::Damaged(0));
        }
        let place = self.path(front.package(), "keyfare");
        fs::rename(came, &place).map_err(KeptError::Read)?;
        Ok(place)
    }

    /// Puts a package of this machine on the shelf, whole and under its own name.
    pub fn adopt(&self, path: &Path) -> Result<Hash, KeptError> {
        let Readable::Sealed(package, _) = Self::at_path(path)? else {
            return Err(KeptError::Front(FrontError::NotAPackage { offset: 0 }));
        };
        let header = package.front().package();
        if self.file(header).is_none() {
            let part = self.path(header, "adopting");
            fs::copy(path, &part).map_err(KeptError::Read)?;
            File::open(&part).and_then(|f| f.sync_all()).map_err(KeptError::Read)?;
            fs::rename(&part, self.path(header, "keyfare")).map_err(KeptError::Read)?;
        }
        Ok(header)
    }
}

impl Readable {
    /// What it says of itself.
    pub fn front(&self) -> &Front {
        match self {
            Self::Sealed(package, _) => package.front(),
            Self::Opened(front, _) => front,
        }
    }
}
