//! Draft: what a publication is made from, kept sealed beside it, so that a cut loses nothing and the publisher keeps the
//! content key.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use minicbor::{Decode, Encode};
use package::ContentKey;
use seal::{Secret, Seed, Vault, cbor};
use units::{ContentId, Hash, Moment};
use zeroize::Zeroizing;

use crate::NotMade;

const NAME: &str = "key.sealed";
const PURPOSE: &str = "publication";

/// The record of `key.sealed`. Secret as a whole: the content key follows from its seed.
#[derive(Encode, Decode)]
#[cbor(array)]
pub(crate) struct Draft {
    /// What exactly was asked for, file included: another request does not go on where this one stopped.
    #[n(0)]
    pub(crate) request: Hash,
    /// The work.
    #[n(1)]
    pub(crate) content: ContentId,
    /// When it was begun; signatures carry this moment, so that they come out the same.
    #[n(2)]
    pub(crate) at: Moment,
    #[cbor(n(3), with = "minicbor::bytes")]
    seed: [u8; 32],
    /// The key of the work it is a version of; nothing for one under a key of its own.
    #[cbor(n(4), with = "minicbor::bytes")]
    version_key: Option<[u8; 32]>,
}

impl Drop for Draft {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.seed);
        zeroize::Zeroize::zeroize(&mut self.version_key);
    }
}

impl Draft {
    /// The draft in `dir` if it is for this very request, or a new one, on the disk before this returns.
    pub(crate) fn open(
        dir: &Path,
        secret: &Secret,
        request: Hash,
        content: Option<ContentId>,
        key: Option<&ContentKey>,
        at: Moment,
        seed: &Seed,
    ) -> Result<Self, NotMade> {
        if let Some(found) = Self::read(dir, secret)? {
            return if found.request == request {
                Ok(found)
            } else {
                Err(NotMade::OtherWork { dir: dir.into() })
            };
        }
        let draft = Self {
            request,
            content: content.unwrap_or(ContentId(seed.id("content id"))),
            at,
            seed: *seed.part("publication").expose(),
            version_key: key.map(|key| *key.secret_bytes_for_wrapping()),
        };
        let plain = Zeroizing::new(cbor::to_bytes(&draft));
        let sealed = Vault::new(secret, PURPOSE).lock(NAME.as_bytes(), &plain, &seed.part("draft"));
        put(&dir.join(NAME), &sealed, true)?;
        Ok(draft)
    }

    /// The draft in `dir`, if there is one.
    pub(crate) fn read(dir: &Path, secret: &Secret) -> Result<Option<Self>, NotMade> {
        let path = dir.join(NAME);
        let sealed = match fs::read(&path) {
            Ok(sealed) => sealed,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(NotMade::Path { path, error }),
        };
        let plain = Vault::new(secret, PURPOSE)
            .unlock(NAME.as_bytes(), &sealed)
            .map_err(|_| NotMade::Locked { path: path.clone() })?;
        let plain = Zeroizing::new(plain);
        cbor::from_bytes(&plain).map(Some).map_err(|_| NotMade::Locked { path })
    }

    fn seed(&self) -> Seed {
        Seed::new(self.seed)
    }

    /// The content key: random and of this publication alone (SD-28), unless it is a version of another.
    pub(crate) fn content_key(&self) -> ContentKey {
        if let Some(key) = self.version_key {
            return ContentKey::from_secret_bytes(key);
        }
        ContentKey::from_secret_bytes(*self.seed().part("content key").expose())
    }

    /// A seed for one seal to one seller.
    pub(crate) fn seed_for(&self, seller: units::PartyId) -> Seed {
        self.seed().part(&format!("seller {seller}"))
    }
}

/// Writes a file that is there whole or not at all, and stays after a power cut. Private: for its owner's eyes only.
pub(crate) fn put(path: &Path, bytes: &[u8], private: bool) -> Result<(), NotMade> {
    let write = || -> io::Result<()> {
        let mut part = PathBuf::from(path).into_os_string();
        part.push(".part");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        if private {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        #[cfg(not(unix))]
        let _ = private;
        let mut file = options.open(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&part, path)?;
        match path.parent() {
            Some(dir) if cfg!(unix) => File::open(dir)?.sync_all(),
            _ => Ok(()),
        }
    };
    write().map_err(|error| NotMade::Path {
        path: path.into(),
        error,
    })
}
