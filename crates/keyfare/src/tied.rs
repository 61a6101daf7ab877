//! Tied: devices of software whose factory bytes the TPM of this machine keeps. Their directories may be copied; what was copied
//! opens with that TPM alone.
//!
//! In place of `device` lies `device.tpm`: where the TPM was, a secret of 32 bytes as the TPM sealed it, and the device's bytes
//! under that secret. What a device remembers needs no tie of its own: it is sealed under the device's key.
//!
//! Not tied is how far a card has come: a directory put back remembers less, which the server's flags make worthless (a medium
//! gives its keys once), and no device holds money.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use copying::device::{FileRefused, Files, Kept, OnDisk};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Secret, Seed, Vault, cbor};
use tpm::Tpm;
use units::{Again, Refusal};
use zeroize::Zeroizing;

const DEVICE: &str = "device";
const TIED: &str = "device.tpm";
const PURPOSE: &str = "device tied to a tpm";
/// The longest file of a tied device.
const TIED_MAX: usize = 64 << 10;

/// What lies in place of a device's bytes.
#[derive(Encode, Decode)]
#[cbor(array)]
struct InTpm {
    /// Where its TPM was.
    #[n(0)]
    at: String,
    /// The secret, as the TPM sealed it.
    #[n(1)]
    sealed: ByteVec,
    /// The device's bytes under the secret.
    #[n(2)]
    locked: ByteVec,
}

/// Why a device was not tied, or not let go. What was there is there.
#[derive(Debug, thiserror::Error)]
pub enum TieRefused {
    /// There is none.
    #[error("there is no device in {}", .0.display())]
    NoDevice(PathBuf),
    /// The chip cannot be asked.
    #[error("the TPM at {} cannot be asked ({fault}); say where it is (--tpm PATH), and let your user open it (group tss)", .at.display())]
    Silent {
        /// Where.
        at: PathBuf,
        /// What it said.
        fault: tpm::Fault,
    },
    /// Its files cannot be used.
    #[error(transparent)]
    Files(#[from] FileRefused),
    /// The disk failed.
    #[error("{}: {error}", path.display())]
    Disk {
        /// Which file.
        path: PathBuf,
        /// By the system.
        error: io::Error,
    },
}

impl Refusal for TieRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::NoDevice(_) => "device-missing",
            Self::Silent { .. } => "device-tpm-silent",
            Self::Files(no) => no.code(),
            Self::Disk { .. } => "device-file",
        }
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

/// The disk of this machine, with its TPM where a device is tied to it.
#[derive(Debug, Clone, Copy)]
struct WithTpm;

fn opened(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let damaged = || io::Error::other("what ties this device to a TPM is damaged");
    let kept: InTpm = cbor::from_bytes_within(bytes, TIED_MAX).map_err(|_| damaged())?;
    let silent = |fault: tpm::Fault| match fault {
        tpm::Fault::OtherTpm => io::Error::other(
            "this device belongs to another machine, or this one's TPM was cleared; use it there, or have it exchanged",
        ),
        fault => io::Error::other(format!(
            "the key of this device is in the TPM at {}, which cannot be asked ({fault})",
            kept.at
        )),
    };
    let mut tpm = Tpm::open(Path::new(&kept.at)).map_err(silent)?;
    let secret = tpm.unseal(&kept.sealed).map_err(silent)?;
    let plain = Vault::new(&Secret::new(*secret), PURPOSE).unlock(DEVICE.as_bytes(), &kept.locked);
    plain.map_err(|_| damaged())
}

impl Files for WithTpm {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        let plain = OnDisk.read(path)?;
        if plain.is_some() || path.file_name().is_none_or(|name| name != DEVICE) {
            return Ok(plain);
        }
        let tied = OnDisk.read(&path.with_file_name(TIED))?;
        tied.as_deref().map(opened).transpose()
    }
    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        OnDisk.replace(path, bytes)
    }
    fn has(&self, path: &Path) -> bool {
        path.exists() || path.file_name().is_some_and(|name| name == DEVICE) && path.with_file_name(TIED).exists()
    }
}

/// The device in this directory, tied or not.
pub fn kept(dir: &Path) -> Kept {
    Kept::within(dir, Arc::new(WithTpm))
}

fn removed(path: &Path) -> Result<(), TieRefused> {
    let failed = |error| TieRefused::Disk {
        path: path.to_owned(),
        error,
    };
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    match path.parent().filter(|_| cfg!(unix)) {
        Some(dir) => std::fs::File::open(dir).and_then(|dir| dir.sync_all()).map_err(failed),
        None => Ok(()),
    }
}

/// Ties the device in this directory to the TPM at `chip`. The plain bytes go once the tied ones are on the disk and were opened
/// again by that chip; a cut on the way leaves both, and the same call goes on.
pub fn tie(dir: &Path, chip: &Path, seed: &Seed) -> Result<(), TieRefused> {
    let device = kept(dir);
    if !device.exists() {
        return Err(TieRefused::NoDevice(dir.to_owned()));
    }
    let silent = |fault| TieRefused::Silent {
        at: chip.to_owned(),
        fault,
    };
    let plain = device.body()?.burn();
    let mut tpm = Tpm::open(chip).map_err(silent)?;
    let secret = Secret::new(*seed.part("secret of a tied device").expose());
    let tied = InTpm {
        at: chip.to_string_lossy().into_owned(),
        sealed: tpm.seal(secret.expose()).map_err(silent)?.into(),
        locked: Vault::new(&secret, PURPOSE)
            .lock(DEVICE.as_bytes(), &plain, &seed.part("nonce of a tied device"))
            .into(),
    };
    drop(tpm);
    let (path, bytes) = (dir.join(TIED), cbor::to_bytes(&tied));
    let disk = |error| TieRefused::Disk {
        path: path.clone(),
        error,
    };
    OnDisk.replace(&path, &bytes).map_err(disk)?;
    // Nothing is thrown away on the chip's word alone.
    if Zeroizing::new(opened(&bytes).map_err(disk)?) != plain {
        return Err(disk(io::Error::other("the TPM does not give back what it was given")));
    }
    removed(&dir.join(DEVICE))
}

/// Lets the device go again, to be carried to another machine: its bytes lie plainly in its directory.
pub fn untie(dir: &Path) -> Result<(), TieRefused> {
    let device = kept(dir);
    if !device.exists() {
        return Err(TieRefused::NoDevice(dir.to_owned()));
    }
    device.put(&device.body()?)?;
    removed(&dir.join(TIED))
}
