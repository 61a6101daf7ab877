//! The few commands a card needs of a TPM 2.0, spoken to it directly.
//!
//! Two things are asked of the chip: to keep a secret that opens on this machine alone ([`Tpm::seal`], [`Tpm::unseal`]),
//! and to keep a value that only goes forward ([`Tpm::define`], [`Tpm::extend`], [`Tpm::value`]): every step is the hash of
//! the value before it and of what was told, so that no step can be taken back and no other step comes to the same value.
//!
//! What it is not: a TPM library. It knows ten commands of some hundred, sends them to the kernel's resource manager
//! (`/dev/tpmrm0`) or to the socket of an emulator, and needs no C library and no daemon.
//!
//! ```no_run
//! let mut tpm = tpm::Tpm::open(std::path::Path::new(tpm::DEVICE))?;
//! let sealed = tpm.seal(&[7; 32])?;
//! assert_eq!(*tpm.unseal(&sealed)?, [7; 32]);
//! # Ok::<(), tpm::Fault>(())
//! ```
//!
//! Invariants: an answer is read as what was asked for or refused, never guessed at; nothing that was loaded stays loaded;
//! secrets are wiped from every buffer they passed through here. Between program and chip they pass in the open: against
//! somebody with a probe on the bus this protects nothing, nor against the administrator of the machine, who can ask the
//! chip as well as we can (docs/threats.md).
//!
//! Read next: `command.rs` (the bytes), `link.rs` (where they go).

mod command;
mod fault;
mod link;

pub use fault::Fault;

use std::path::Path;

use command::{Answer, Command, OWNER, Session};
use link::Link;
use zeroize::Zeroizing;

/// Where Linux has its TPM, through the resource manager.
pub const DEVICE: &str = "/dev/tpmrm0";
/// The first and the number of the indices that are an owner's to give out.
pub const INDICES: core::ops::Range<u32> = 0x0180_0000..0x01C0_0000;

/// A TPM.
#[derive(Debug)]
pub struct Tpm {
    link: Link,
}

/// A place in a TPM whose value only goes forward, and the word that lets one use it.
#[derive(Debug)]
pub struct Place {
    /// Its number, one of [`INDICES`].
    pub index: u32,
    /// The word. Whoever has it can move the value forward, and only that.
    pub word: Zeroizing<[u8; 32]>,
}

impl Tpm {
    /// The TPM at `path`: a device, or the socket of an emulator.
    pub fn open(path: &Path) -> Result<Self, Fault> {
        let mut tpm = Self {
            link: Link::open(path)?,
        };
        tpm.maker()?;
        Ok(tpm)
    }

    /// Four letters for who made it.
    pub fn maker(&mut self) -> Result<String, Fault> {
        // TPM_CAP_TPM_PROPERTIES, TPM_PT_MANUFACTURER, one of them.
        let command = Command::new(0x17A).u32(6).u32(0x105).u32(1);
        let mut answer = self.ask(&command, 0)?;
        let _more = answer.u8()?;
        if (answer.u32()?, answer.u32()?, answer.u32()?) != (6, 1, 0x105) {
            return Err(Fault::Answer);
        }
        let letters = answer.u32()?.to_be_bytes();
        Ok(letters
            .iter()
            .filter(|c| c.is_ascii_alphanumeric())
            .map(|c| char::from(*c))
            .collect())
    }

    /// Seals a secret: what comes back opens with this TPM alone, and with no other.
    pub fn seal(&mut self, secret: &[u8; 32]) -> Result<Vec<u8>, Fault> {
        self.under_root(|tpm, root| {
            let mut sensitive = Zeroizing::new(vec![0, 0, 0, 32]);
            sensitive.extend_from_slice(secret);
            // A keyed hash that signs nothing, for this TPM and parent, opened by an empty word.
            let public = [&[0, 8, 0, 0x0B][..], &0x0452_u32.to_be_bytes(), &[0, 0, 0, 0x10, 0, 0]].concat();
            let create = Command::new(0x153)
                .handle(root)
                .with(Session::Empty)
                .sized(&sensitive)
                .sized(&public)
                .sized(&[])
                .u32(0);
            let mut answer = tpm.ask(&create, 0)?;
            let (private, public) = (answer.sized()?.to_vec(), answer.sized()?.to_vec());
            let mut out = Vec::new();
            for part in [private, public] {
                out.extend_from_slice(&u16::try_from(part.len()).map_err(|_| Fault::Answer)?.to_be_bytes());
                out.extend_from_slice(&part);
            }
            Ok(out)
        })
    }

    /// Opens what [`Tpm::seal`] made. Refuses with [`Fault::OtherTpm`] what another TPM sealed, or this one before it was
    /// cleared.
    pub fn unseal(&mut self, sealed: &[u8]) -> Result<Zeroizing<[u8; 32]>, Fault> {
        let mut parts = Answer::of(sealed.to_vec());
        let (private, public) = (parts.sized()?.to_vec(), parts.sized()?.to_vec());
        parts.end()?;
        self.under_root(|tpm, root| {
            let load = Command::new(0x157)
                .handle(root)
                .with(Session::Empty)
                .sized(&private)
                .sized(&public);
            let object = tpm.ask(&load, 1)?.handle;
            let unseal = Command::new(0x15E).handle(object).with(Session::Empty);
            let secret = tpm.ask(&unseal, 0).and_then(|mut answer| {
                let secret: [u8; 32] = answer.sized()?.try_into().map_err(|_| Fault::Answer)?;
                Ok(Zeroizing::new(secret))
            });
            tpm.flush(object)?;
            secret
        })
    }

    /// Makes a place whose value only goes forward, and takes its first step. Refuses with [`Fault::Taken`] when there is
    /// one of that number.
    pub fn define(&mut self, place: &Place) -> Result<(), Fault> {
        // TPM_NT_EXTEND, read and written with its word, which no number of wrong ones locks.
        let attributes: u32 = 0x40 | 0x4 | 0x4_0000 | 0x200_0000;
        let public = [
            &place.index.to_be_bytes()[..],
            &[0, 0x0B],
            &attributes.to_be_bytes(),
            &[0, 0, 0, 32],
        ]
        .concat();
        let define = Command::new(0x12A)
            .handle(OWNER)
            .with(Session::Empty)
            .sized(&*place.word)
            .sized(&public);
        self.ask(&define, 0)?;
        self.extend(place, &[0; 32])
    }

    /// One step: the value becomes SHA-256 of what it was and `told`.
    pub fn extend(&mut self, place: &Place, told: &[u8; 32]) -> Result<(), Fault> {
        let extend = Command::new(0x136)
            .handle(place.index)
            .handle(place.index)
            .with(Session::Word(&place.word))
            .sized(told);
        self.ask(&extend, 0).map(drop)
    }

    /// The value now. Nothing: there is no such place, it was deleted or the TPM was cleared.
    pub fn value(&mut self, place: &Place) -> Result<Option<[u8; 32]>, Fault> {
        let read = Command::new(0x14E)
            .handle(place.index)
            .handle(place.index)
            .with(Session::Word(&place.word))
            .u16(32)
            .u16(0);
        match self.ask(&read, 0) {
            Ok(mut answer) => Ok(Some(answer.sized()?.try_into().map_err(|_| Fault::Answer)?)),
            Err(Fault::Nothing) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Gives a place back to the TPM. Its value is lost.
    pub fn undefine(&mut self, index: u32) -> Result<(), Fault> {
        let undefine = Command::new(0x122).handle(OWNER).handle(index).with(Session::Empty);
        self.ask(&undefine, 0).map(drop)
    }

    /// Runs `work` under the storage key that this TPM derives from its own seed: the same every time, stored nowhere.
    fn under_root<T>(&mut self, work: impl FnOnce(&mut Self, u32) -> Result<T, Fault>) -> Result<T, Fault> {
        // A storage key on P-256 with AES-128 in CFB, as the profiles for PCs have it.
        let public = [
            &[0, 0x23, 0, 0x0B][..],
            &0x0003_0472_u32.to_be_bytes(),
            &[0, 0, 0, 6, 0, 128, 0, 0x43, 0, 0x10, 0, 3, 0, 0x10, 0, 0, 0, 0],
        ]
        .concat();
        let create = Command::new(0x131)
            .handle(OWNER)
            .with(Session::Empty)
            .sized(&[0, 0, 0, 0])
            .sized(&public)
            .sized(&[])
            .u32(0);
        let root = self.ask(&create, 1)?.handle;
        let done = work(self, root);
        self.flush(root)?;
        done
    }

    fn flush(&mut self, object: u32) -> Result<(), Fault> {
        self.ask(&Command::new(0x165).u32(object), 0).map(drop)
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "a busy chip says so itself, and says nothing when it no longer is"
    )]
    fn ask(&mut self, command: &Command<'_>, handles: usize) -> Result<Answer, Fault> {
        let bytes = command.bytes();
        for pause in command::PAUSES {
            match Answer::read(self.link.exchange(&bytes)?, handles, command.has_session()) {
                Err(Fault::Busy) => std::thread::sleep(pause),
                read => return read,
            }
        }
        Err(Fault::Busy)
    }
}
