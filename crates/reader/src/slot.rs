//! One reader: a socket somebody may put a card into.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The longest answer to reset there is (ISO 7816-3).
pub const ATR_MAX: usize = 33;
/// How long a card may think about one command. The dearest is a PIN check, meant to take half a second.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long, and how often, a reader is empty between two cards. The daemon's own watch asks every 0.4 s, and takes two
/// cards for one if it has not seen the reader empty: others ask too, so being told once is not enough.
const GAP: Duration = Duration::from_millis(600);
const TOLD: u32 = 2;

/// One byte alone is for the card's contacts, not a command.
mod control {
    pub const OFF: u8 = 0;
    pub const ON: u8 = 1;
    pub const RESET: u8 = 2;
    pub const ATR: u8 = 4;
}

/// Why a card did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotError {
    /// There is none in this reader, or it was pulled just now.
    Absent,
    /// It thought for too long. It counts as pulled: a late answer would be taken for the next one.
    Silent,
    /// It sent what no card sends.
    Strange,
}

/// A reader and the card in it.
#[derive(Debug)]
pub struct Slot {
    path: PathBuf,
    door: UnixListener,
    card: Option<UnixStream>,
    atr: Vec<u8>,
    /// When a card was pulled, and how often it has been said since that there is none.
    empty: Option<(Instant, u32)>,
    gap: Duration,
}

impl Slot {
    /// Opens a reader at `path`. A socket that a reader before it left there is replaced; anything else is left alone.
    pub fn open(path: &Path) -> io::Result<Self> {
        if let Ok(found) = fs::symlink_metadata(path) {
            if !found.file_type().is_socket() {
                return Err(io::Error::new(ErrorKind::AlreadyExists, "not a socket"));
            }
            fs::remove_file(path)?;
        }
        let door = UnixListener::bind(path)?;
        // Like the slot of a reader: whoever can reach it may put a card in. The directory says who can.
        fs::set_permissions(path, Permissions::from_mode(0o666))?;
        door.set_nonblocking(true)?;
        Ok(Self {
            path: path.to_path_buf(),
            door,
            card: None,
            atr: Vec::new(),
            empty: None,
            gap: GAP,
        })
    }

    /// Is a card in it? Notices one that was put in and one that was pulled. A second card waits until the first is gone,
    /// and until its absence must have been noticed.
    pub fn present(&mut self) -> bool {
        if let Some(card) = &mut self.card
            && gone(card)
        {
            self.pull();
        }
        if self.card.is_some() {
            return true;
        }
        if let Some((since, told)) = &mut self.empty {
            *told = told.saturating_add(1);
            if *told <= TOLD || since.elapsed() < self.gap {
                return false;
            }
            self.empty = None;
        }
        self.card = self.door.accept().ok().and_then(|(stream, _)| settled(stream));
        self.card.is_some()
    }

    /// Powers the card on, or resets it; answers what it answers.
    pub fn power_on(&mut self, reset: bool) -> Result<&[u8], SlotError> {
        self.say(&[if reset { control::RESET } else { control::ON }])?;
        let atr = self.ask(&[control::ATR])?;
        if atr.len() < 2 || atr.len() > ATR_MAX {
            self.pull();
            return Err(SlotError::Strange);
        }
        self.atr = atr;
        Ok(&self.atr)
    }

    /// Powers the card off.
    pub fn power_off(&mut self) {
        self.atr.clear();
        if self.card.is_some() {
            // A card that is gone is off.
            let _ = self.say(&[control::OFF]);
        }
    }

    /// What the card answered to its last reset; empty while it is off.
    pub fn atr(&self) -> &[u8] {
        &self.atr
    }

    /// Carries a command and brings the answer: at least the two bytes of a status word.
    pub fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, SlotError> {
        if command.len() < 4 || self.atr.is_empty() {
            return Err(SlotError::Absent);
        }
        let answer = self.ask(command)?;
        if answer.len() < 2 {
            self.pull();
            return Err(SlotError::Strange);
        }
        Ok(answer)
    }

    fn ask(&mut self, bytes: &[u8]) -> Result<Vec<u8>, SlotError> {
        self.say(bytes)?;
        self.with_card(|card| {
            let mut length = [0; 2];
            card.read_exact(&mut length)?;
            let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
            card.read_exact(&mut answer)?;
            Ok(answer)
        })
    }

    fn say(&mut self, bytes: &[u8]) -> Result<(), SlotError> {
        let length = u16::try_from(bytes.len()).map_err(|_| SlotError::Strange)?;
        let frame = [&length.to_be_bytes()[..], bytes].concat();
        // In one write: two would wait for one another on sockets that are not Unix ones.
        self.with_card(|card| card.write_all(&frame))
    }

    fn with_card<T>(&mut self, step: impl FnOnce(&mut UnixStream) -> io::Result<T>) -> Result<T, SlotError> {
        let card = self.card.as_mut().ok_or(SlotError::Absent)?;
        step(card).map_err(|error| {
            self.pull();
            match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut => SlotError::Silent,
                _ => SlotError::Absent,
            }
        })
    }

    fn pull(&mut self) {
        if self.card.take().is_some() {
            self.empty = Some((Instant::now(), 0));
        }
        self.atr.clear();
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn settled(stream: UnixStream) -> Option<UnixStream> {
    stream.set_nonblocking(false).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    Some(stream)
}

/// Has it hung up? A card never speaks unasked, so one that does is not a card.
fn gone(card: &mut UnixStream) -> bool {
    if card.set_nonblocking(true).is_err() {
        return true;
    }
    let heard = card.read(&mut [0]);
    let waits = matches!(heard, Err(error) if error.kind() == ErrorKind::WouldBlock);
    !waits || card.set_nonblocking(false).is_err()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;
    use std::thread;

    const ATR: [u8; 5] = [0x3B, 0x80, 0x80, 0x01, 0x01];

    /// The next card, once the gap is over.
    fn next(slot: &mut Slot) -> bool {
        slot.gap = Duration::ZERO;
        (0..=TOLD).any(|_| slot.present())
    }

    fn frame(card: &mut UnixStream) -> Option<Vec<u8>> {
        let mut length = [0; 2];
        card.read_exact(&mut length).ok()?;
        let mut bytes = vec![0; usize::from(u16::from_be_bytes(length))];
        card.read_exact(&mut bytes).ok()?;
        Some(bytes)
    }

    fn answer(card: &mut UnixStream, bytes: &[u8]) {
        let frame = [&(bytes.len() as u16).to_be_bytes()[..], bytes].concat();
        card.write_all(&frame).unwrap();
    }

    /// A card that says back what it hears, until it is told `FF FF FF FF`: then it goes in mid-command.
    fn echo(path: PathBuf) -> thread::JoinHandle<Vec<u8>> {
        let mut card = UnixStream::connect(path).unwrap();
        thread::spawn(move || {
            let mut controls = vec![];
            while let Some(bytes) = frame(&mut card) {
                match bytes[..] {
                    [4] => answer(&mut card, &ATR),
                    [code] => controls.push(code),
                    [0xFF, 0xFF, 0xFF, 0xFF] => return controls,
                    _ => answer(&mut card, &bytes),
                }
            }
            controls
        })
    }

    #[test]
    fn a_card_is_put_in_spoken_to_and_pulled_in_mid_command() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.sock");
        let mut slot = Slot::open(&path).unwrap();
        assert!(!slot.present());
        assert_eq!(slot.power_on(false), Err(SlotError::Absent));
        let first = echo(path.clone());
        assert!(slot.present());
        assert_eq!(slot.transmit(&[1, 2, 3, 4]), Err(SlotError::Absent), "it is not on yet");
        assert_eq!(slot.power_on(false).unwrap(), ATR);
        let long = vec![7; 65_535];
        assert_eq!(slot.transmit(&long).unwrap(), long);
        assert_eq!(slot.transmit(&vec![7; 65_536]), Err(SlotError::Strange));
        assert_eq!(
            slot.transmit(&[1, 2, 3, 4]).unwrap(),
            [1, 2, 3, 4],
            "the too long one was never sent"
        );
        assert_eq!(slot.power_on(true).unwrap(), ATR);
        // Another waits its turn.
        let second = echo(path.clone());
        assert_eq!(slot.transmit(&[0xFF; 4]), Err(SlotError::Absent));
        assert!(slot.atr().is_empty());
        assert_eq!(first.join().unwrap(), [control::ON, control::RESET]);
        assert_eq!(
            slot.power_on(true),
            Err(SlotError::Absent),
            "the next one is not taken for it"
        );
        assert!(!slot.present(), "nobody has noticed yet");
        assert!(next(&mut slot));
        assert_eq!(slot.power_on(false).unwrap(), ATR);
        slot.power_off();
        assert!(slot.atr().is_empty());
        drop(slot);
        assert_eq!(second.join().unwrap(), [control::ON, control::OFF]);
        assert!(!path.exists());
    }

    #[test]
    fn what_is_no_card_is_not_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.sock");
        let mut slot = Slot::open(&path).unwrap();
        // Speaks unasked.
        let mut stranger = UnixStream::connect(&path).unwrap();
        assert!(slot.present());
        stranger.write_all(b"hello").unwrap();
        assert!(!slot.present());
        // Answers to reset with more than there is.
        let mut stranger = UnixStream::connect(&path).unwrap();
        assert!(next(&mut slot));
        answer(&mut stranger, &[0x3B; ATR_MAX + 1]);
        assert_eq!(slot.power_on(false), Err(SlotError::Strange));
        assert!(!slot.present());
    }

    #[test]
    fn only_a_socket_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("precious");
        fs::write(&path, b"a file").unwrap();
        assert!(Slot::open(&path).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"a file");
        let stale = dir.path().join("stale.sock");
        drop(UnixListener::bind(&stale).unwrap());
        assert!(stale.exists() && Slot::open(&stale).is_ok());
    }
}
