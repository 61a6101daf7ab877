//! Kept: a work sealed for this card alone, once more under Km. By procedure 1 the device keeps the content it has opened,
//! Km[M] (XD-6); by procedure 2 it keeps what came, Km{Ke[M]} (XD-7).
//!
//! ```text
//!   "KEYFARE-K1"  form (1)  bytes of the front (4)  bytes of what is kept (8)
//!   front, sealed under Km      only in form 1: without it nobody knows what the content is
//!   chunk 0, chunk 1, ...       64 KiB each, sealed under Km for their place
//! ```

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::Path,
    sync::Arc,
};

use package::{Front, FrontError, KeySource, OpenError, Package, ReadAt};
use seal::{Seed, Vault, cbor};
use units::{Again, Hash, Refusal};
use zeroize::Zeroizing;

use super::{Readable, Source};

const MAGIC: &[u8; 10] = b"KEYFARE-K1";
const HEAD_LEN: usize = 23;
const CHUNK: u64 = 64 << 10;
/// What the vault adds.
const EXTRA: u64 = 28;

/// Which of the two procedures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Km[M]: opened when it came.
    Opened = 1,
    /// Km{Ke[M]}: as it came.
    AsItCame = 2,
}

/// Why a package cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// The file system.
    #[error("the file of the work cannot be read or written: {0}")]
    Read(io::Error),
    /// Not what this card keeps: another's, moved, or damaged.
    #[error(
        "what the card keeps of this work is damaged from byte {0} on, or belongs to another card; get the package again"
    )]
    Damaged(u64),
    /// The front in it.
    #[error(transparent)]
    Front(#[from] FrontError),
    /// The package.
    #[error(transparent)]
    Package(OpenError),
}

impl Refusal for KeptError {
    fn code(&self) -> &'static str {
        match self {
            Self::Read(_) => "package-unreadable",
            Self::Damaged(_) => "kept-damaged",
            Self::Front(e) => e.code(),
            Self::Package(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Front(e) => e.again(),
            Self::Package(e) => e.again(),
            _ => Again::AfterYouAct,
        }
    }
}

/// A kept work, open for reading.
pub struct Kept {
    file: File,
    vault: Arc<Vault>,
    header: Hash,
    form: Form,
    front_len: u32,
    len: u64,
}

fn place(header: Hash, form: Form, index: u64) -> Vec<u8> {
    cbor::to_bytes(&("keyfare/1/kept", header, form as u8, index))
}

/// The front's place: behind every chunk there can be.
const FRONT: u64 = u64::MAX;

impl Kept {
    /// Opens what is kept at `path` for the package with this header.
    pub fn open(path: &Path, header: Hash, vault: Arc<Vault>) -> Result<Self, KeptError> {
        let mut file = File::open(path).map_err(KeptError::Read)?;
        let mut head = [0; HEAD_LEN];
        file.read_exact(&mut head).map_err(KeptError::Read)?;
        let (magic, rest) = head.split_at(10);
        let form = match rest.first() {
            Some(1) => Form::Opened,
            Some(2) => Form::AsItCame,
            _ => return Err(KeptError::Damaged(10)),
        };
        let front_len = rest.get(1..5).and_then(|b| b.try_into().ok()).map(u32::from_be_bytes);
        let len = rest.get(5..13).and_then(|b| b.try_into().ok()).map(u64::from_be_bytes);
        let (Some(front_len), Some(len), true) = (front_len, len, magic == MAGIC) else {
            return Err(KeptError::Damaged(0));
        };
        let kept = Self {
            file,
            vault,
            header,
            form,
            front_len,
            len,
        };
        let extra = len.div_ceil(CHUNK).saturating_mul(EXTRA);
        let whole = kept.body().saturating_add(len).saturating_add(extra);
        if kept.file.metadata().map_err(KeptError::Read)?.len() != whole {
            return Err(KeptError::Damaged(whole));
        }
        Ok(kept)
    }

    /// Which procedure it follows.
    pub const fn form(&self) -> Form {
        self.form
    }
    const fn body(&self) -> u64 {
        let front = if self.front_len == 0 {
            0
        } else {
            (self.front_len as u64).saturating_add(EXTRA)
        };
        (HEAD_LEN as u64).saturating_add(front)
    }
    const fn at(&self, chunk: u64) -> u64 {
        self.body().saturating_add(chunk.saturating_mul(CHUNK + EXTRA))
    }

    /// What can be read of it.
    pub fn readable(self) -> Result<Readable, KeptError> {
        match self.form {
            Form::AsItCame => {
                let source: Source = Box::new(self);
                let package = Package::open(source).map_err(KeptError::Package)?;
                Ok(Readable::Sealed(Box::new(package), None))
            }
            Form::Opened => {
                let mut sealed = vec![0; usize::try_from(self.body()).unwrap_or(0).saturating_sub(HEAD_LEN)];
                self.file
                    .fill_at(HEAD_LEN as u64, &mut sealed)
                    .map_err(KeptError::Read)?;
                let bytes = self.vault.unlock(&place(self.header, self.form, FRONT), &sealed);
                let front = Front::parse(&bytes.map_err(|_| KeptError::Damaged(HEAD_LEN as u64))?)?;
                if front.package() != self.header {
                    return Err(KeptError::Damaged(HEAD_LEN as u64));
                }
                Ok(Readable::Opened(Box::new(front), self))
            }
        }
    }
}

impl ReadAt for Kept {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        if offset >= self.len || buf.is_empty() {
            return Ok(0);
        }
        let chunk = offset / CHUNK;
        let plain_len = CHUNK.min(self.len.saturating_sub(chunk.saturating_mul(CHUNK)));
        let mut sealed = vec![0; usize::try_from(plain_len.saturating_add(EXTRA)).unwrap_or(0)];
        self.file.fill_at(self.at(chunk), &mut sealed)?;
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, KeptError::Damaged(self.at(chunk)));
        let plain = self.vault.unlock(&place(self.header, self.form, chunk), &sealed);
        let plain = Zeroizing::new(plain.map_err(|_| damaged())?);
        let from = usize::try_from(offset % CHUNK).unwrap_or(0);
        let rest = plain.get(from..).unwrap_or_default();
        let n = rest.len().min(buf.len());
        buf.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        Ok(n)
    }
    fn size(&self) -> io::Result<Option<u64>> {
        Ok(Some(self.len))
    }
}

/// Where the bytes to be kept come from: fills a buffer from an offset on.
type Next<'a> = dyn FnMut(u64, &mut [u8]) -> Result<usize, KeptError> + 'a;

/// Writes a kept file: bytes from `next` until it gives none, `len` in all. Appears whole or not at all.
fn write(
    path: &Path,
    (header, form, len): (Hash, Form, u64),
    front: &[u8],
    vault: &Vault,
    seed: &Seed,
    next: &mut Next<'_>,
) -> Result<(), KeptError> {
    let part = path.with_extension("keeping");
    let mut file = File::create(&part).map_err(KeptError::Read)?;
    let mut head = MAGIC.to_vec();
    head.push(form as u8);
    head.extend_from_slice(&u32::try_from(front.len()).unwrap_or(0).to_be_bytes());
    head.extend_from_slice(&len.to_be_bytes());
    if !front.is_empty() {
        head.extend(vault.lock(&place(header, form, FRONT), front, &seed.part("front")));
    }
    file.write_all(&head).map_err(KeptError::Read)?;
    let mut plain = Zeroizing::new(vec![0; CHUNK as usize]);
    for chunk in 0..len.div_ceil(CHUNK) {
        let want = usize::try_from(CHUNK.min(len.saturating_sub(chunk.saturating_mul(CHUNK)))).unwrap_or(0);
        let buf = plain.get_mut(..want).unwrap_or_default();
        if next(chunk.saturating_mul(CHUNK), buf)? < want {
            return Err(KeptError::Damaged(chunk.saturating_mul(CHUNK)));
        }
        let sealed = vault.lock(&place(header, form, chunk), buf, &seed.part(&format!("chunk-{chunk}")));
        file.write_all(&sealed).map_err(KeptError::Read)?;
    }
    file.sync_all()
        .and_then(|()| fs::rename(&part, path))
        .map_err(KeptError::Read)
}

/// Keeps a package as it came, under Km (XD-7).
pub(super) fn keep_as_it_came(
    path: &Path,
    header: Hash,
    package: &File,
    vault: &Vault,
    seed: &Seed,
) -> Result<(), KeptError> {
    let len = package.metadata().map_err(KeptError::Read)?.len();
    write(path, (header, Form::AsItCame, len), &[], vault, seed, &mut |at, buf| {
        package.fill_at(at, buf).map_err(KeptError::Read)
    })
}

/// Opens a package with the card's keys and keeps its content under Km (XD-6).
pub(super) fn keep_opened(
    path: &Path,
    package: &mut Package<Source>,
    keys: &dyn KeySource,
    vault: &Vault,
    seed: &Seed,
) -> Result<(), KeptError> {
    let (header, len) = (package.front().package(), package.len());
    let front = package.front().bytes().to_vec();
    write(
        path,
        (header, Form::Opened, len),
        &front,
        vault,
        seed,
        &mut |at, buf| package.read_at(at, buf, keys).map_err(KeptError::Package),
    )
}
