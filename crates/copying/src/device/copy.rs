//! Copy: from the medium to the drive, re-encrypted piece by piece while it is read (CM-4). Memory does not grow with the
//! content; after a cut the same call checks what is there and goes on behind it.

use std::{
    io,
    path::Path,
    sync::{Mutex, PoisonError},
};

use package::{
    ContentKey, Delivery, FileError, Front, FrontError, HeldNode, KeyLine, OpenError, Package, ReadAt, Signatures,
    seal_file,
};
use units::{Again, Moment, Refusal};

use super::{Body, Keeper, NotPermitted};
use crate::ids::DeliveryId;

/// Why a copy was not finished. What was copied stays, and the same call goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum CopyRefused {
    /// Other devices than the registered ones, or no keys.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// What lies on the medium is not what the keys are for.
    #[error("this medium holds another package than its keys are for; put the right medium in")]
    OtherPackage,
    /// The medium cannot be read.
    #[error(transparent)]
    Medium(#[from] OpenError),
    /// The copy's own front could not be made.
    #[error(transparent)]
    Front(#[from] FrontError),
    /// The drive cannot be written.
    #[error(transparent)]
    Drive(#[from] FileError),
}

impl Refusal for CopyRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::NotPermitted(no) => no.code(),
            Self::OtherPackage => "other-package",
            Self::Medium(no) => no.code(),
            Self::Front(no) => no.code(),
            Self::Drive(no) => no.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::NotPermitted(no) => no.again(),
            Self::OtherPackage => Again::AfterYouAct,
            Self::Medium(no) => no.again(),
            Self::Front(no) => no.again(),
            Self::Drive(no) => no.again(),
        }
    }
}

/// The opened content of a medium, as a source.
struct Opened<R> {
    package: Mutex<Package<R>>,
    keys: HeldNode,
    len: u64,
}

impl<R: ReadAt> ReadAt for Opened<R> {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let mut package = self.package.lock().unwrap_or_else(PoisonError::into_inner);
        package.read_at(offset, buf, &self.keys).map_err(|no| match no {
            OpenError::Read { error, .. } => error,
            other => io::Error::new(io::ErrorKind::InvalidData, other),
        })
    }
    fn size(&self) -> io::Result<Option<u64>> {
        Ok(Some(self.len))
    }
}

/// The front of a copy: the work's own, under the copy's key. What was signed for all stays with the medium.
pub fn copy_front(medium: &Front, key: &ContentKey) -> Result<Front, FrontError> {
    let mut header = medium.header().clone();
    header.key = KeyLine {
        id: key.id(),
        edition: header.key.edition,
        commitment: key.commitment(),
    };
    header.delivery = Delivery::Unique;
    header.digest = None;
    header.sets = Vec::new();
    Front::assemble(header, Signatures::default(), medium.preview().to_vec())
}

/// Who copies what to where.
#[derive(Debug)]
pub struct Copier<'a> {
    /// The card, or what stands for it.
    pub keeper: &'a Keeper,
    /// The player it goes through.
    pub player: &'a Body,
    /// The drive it goes to.
    pub drive: &'a Body,
}

/// Copies a medium's package into `target`, a file of the drive. Says how many bytes of how many are done. When it
/// returns, the copy is whole and on the disk; then the keeper erases the medium's key and reports.
pub fn copy<R: ReadAt>(
    who: &Copier<'_>,
    delivery: DeliveryId,
    medium: R,
    target: &Path,
    now: Moment,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), CopyRefused> {
    let (content, key) = who.keeper.copy_keys(delivery, who.player, who.drive, now)?;
    let package = Package::open(medium)?;
    let front = copy_front(package.front(), &key)?;
    let named = who.keeper.grant(delivery).map(|grant| grant.package);
    if named != Some(package.front().package()) || !package.front().header().is_under(&content) {
        return Err(CopyRefused::OtherPackage);
    }
    let opened = Opened {
        keys: HeldNode::whole(&content, package.front().tree()),
        len: package.len(),
        package: Mutex::new(package),
    };
    let end = front.package_len();
    seal_file(&front, &key, &opened, target, &mut |done| progress(done, end))?;
    Ok(())
}
