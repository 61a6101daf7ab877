//! Keeper: who keeps Km. A file that its owner alone may read, or the machine's TPM: then what lies here opens with that
//! chip alone, and the memory is tied to an anchor in it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    str::FromStr,
};

use seal::{Secret, Seed};
use tpm::{Fault, INDICES, Place, Tpm};
use zeroize::Zeroizing;

use super::{
    Home, HomeRefusal,
    anchor::{Anchor, InTpm},
    files, on, secret_in,
};

const HEAD: &[u8; 10] = b"KEYFARE-T1";
/// How many places are tried before the TPM is called full. There are four million.
const PLACES: u32 = 16;

/// Which TPM to use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum UseTpm {
    /// None for new cards; the one a card was born with for that card.
    #[default]
    Off,
    /// The machine's, if there is one and this user may ask it.
    Auto,
    /// This one: a device, or the socket of an emulator.
    At(PathBuf),
}

impl FromStr for UseTpm {
    type Err = core::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "off" => Self::Off,
            "auto" => Self::Auto,
            path => Self::At(path.into()),
        })
    }
}

/// Who made the TPM of this machine, if this user may ask it.
pub fn tpm_here() -> Result<String, Fault> {
    Tpm::open(Path::new(tpm::DEVICE))?.maker()
}

/// Km, and the anchor where a TPM keeps it.
pub(super) struct Kept {
    pub(super) master: Secret,
    pub(super) anchor: Option<Box<dyn Anchor>>,
}

/// What lies in `protected/tpm`: where the TPM was, where its anchor is, and Km as it sealed it.
struct InFile {
    path: PathBuf,
    index: u32,
    sealed: Vec<u8>,
}

impl InFile {
    fn write(&self) -> Vec<u8> {
        let path = self.path.to_string_lossy();
        let len = u16::try_from(path.len()).unwrap_or(u16::MAX);
        [
            HEAD,
            &len.to_be_bytes()[..],
            path.as_bytes(),
            &self.index.to_be_bytes(),
            &self.sealed,
        ]
        .concat()
    }
    fn read(bytes: &[u8]) -> Option<Self> {
        let (len, rest) = bytes.strip_prefix(HEAD)?.split_first_chunk::<2>()?;
        let (path, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
        let (index, sealed) = rest.split_first_chunk::<4>()?;
        Some(Self {
            path: core::str::from_utf8(path).ok()?.into(),
            index: u32::from_be_bytes(*index),
            sealed: sealed.to_vec(),
        })
    }
}

/// The word that moves a card's anchor.
fn place(master: &Secret, index: u32) -> Place {
    let word = master.derive("home/tpm-word", &[&index.to_be_bytes()]);
    Place {
        index,
        word: Zeroizing::new(*word.expose()),
    }
}

impl Home {
    /// Does a TPM keep this card's key?
    pub fn is_in_tpm(&self) -> bool {
        self.in_tpm().is_file()
    }
    fn in_tpm(&self) -> PathBuf {
        self.protected().join("tpm")
    }
    fn in_file(&self) -> PathBuf {
        self.protected().join("km")
    }

    /// Km as it is kept here, if it is.
    pub(super) fn kept(&self) -> Result<Option<Kept>, HomeRefusal> {
        if self.is_in_tpm() {
            return self.kept_by_tpm().map(Some);
        }
        if !self.in_file().exists() {
            return Ok(None);
        }
        let master = secret_in(&self.in_file())?;
        Ok(Some(Kept { master, anchor: None }))
    }

    fn kept_by_tpm(&self) -> Result<Kept, HomeRefusal> {
        let path = self.in_tpm();
        let bytes = fs::read(&path).map_err(on(&path))?;
        let kept = InFile::read(&bytes).ok_or(HomeRefusal::Damaged {
            path,
            why: "no key that a TPM sealed",
        })?;
        let at = match &self.tpm {
            UseTpm::At(path) => path,
            UseTpm::Off | UseTpm::Auto => &kept.path,
        };
        let mut tpm = Tpm::open(at).map_err(|fault| self.silent(fault))?;
        let master = match tpm.unseal(&kept.sealed) {
            Ok(secret) => Secret::new(*secret),
            Err(Fault::OtherTpm) => return Err(HomeRefusal::OtherTpm(self.root.clone())),
            Err(fault) => return Err(self.silent(fault)),
        };
        let place = place(&master, kept.index);
        Ok(Kept {
            master,
            anchor: Some(Box::new(InTpm { tpm, place })),
        })
    }

    /// Draws Km and has it kept: by the TPM that was asked for, or by a file.
    pub(super) fn keep_new(&self, seed: &Seed) -> Result<Kept, HomeRefusal> {
        match &self.tpm {
            UseTpm::At(path) => return self.keep_in_tpm(path, seed),
            UseTpm::Auto => match Tpm::open(Path::new(tpm::DEVICE)) {
                Ok(_) => return self.keep_in_tpm(Path::new(tpm::DEVICE), seed),
                Err(fault) => tracing::info!(%fault, "no TPM: the card's key is kept in a file"),
            },
            UseTpm::Off => {}
        }
        let master = self.new_secret(&self.in_file(), &seed.part("km"))?;
        Ok(Kept { master, anchor: None })
    }

    fn keep_in_tpm(&self, path: &Path, seed: &Seed) -> Result<Kept, HomeRefusal> {
        let path = fs::canonicalize(path).map_err(on(path))?;
        let silent = |fault| self.silent(fault);
        let mut tpm = Tpm::open(&path).map_err(silent)?;
        let secret = seed.part("km");
        let sealed = tpm.seal(secret.expose()).map_err(silent)?;
        let master = Secret::new(*secret.expose());
        for n in 0..PLACES {
            let drawn = seed.id(&format!("tpm-place-{n}"));
            let drawn = drawn.first_chunk::<4>().map_or(0, |b| u32::from_be_bytes(*b));
            let index = INDICES
                .start
                .saturating_add(drawn % INDICES.end.saturating_sub(INDICES.start));
            let place = place(&master, index);
            match tpm.define(&place) {
                Ok(()) => {}
                Err(Fault::Taken) => continue,
                Err(fault) => return Err(silent(fault)),
            }
            let kept = InFile { path, index, sealed };
            let file = self.in_tpm();
            files::write_whole(&file, &kept.write()).map_err(on(&file))?;
            return Ok(Kept {
                master,
                anchor: Some(Box::new(InTpm { tpm, place })),
            });
        }
        Err(silent(Fault::Link(io::Error::other("it has no room"))))
    }

    fn silent(&self, fault: Fault) -> HomeRefusal {
        HomeRefusal::TpmSilent {
            path: self.root.clone(),
            fault,
        }
    }
}
