//! The card's end of a virtual reader: it connects, and answers until it is pulled.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use units::{Again, Refusal};

/// One byte alone is for the contacts and not for the card's application.
mod control {
    pub const OFF: u8 = 0;
    pub const ON: u8 = 1;
    pub const RESET: u8 = 2;
    pub const ATR: u8 = 4;
}

/// A virtual reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// A reader of `crates/reader`: the path of its socket.
    Socket(PathBuf),
    /// A reader of the vsmartcard project (vpcd), which listens on TCP.
    Tcp(SocketAddr),
}

/// Why a card is not in a reader, or no longer.
#[derive(Debug, thiserror::Error)]
pub enum ReachError {
    /// There is no such reader.
    #[error("no virtual reader answers at {0} ({1}); is the smart-card service running with its driver?")]
    NoReader(String, io::Error),
    /// The line broke.
    #[error("the reader's line broke: {0}")]
    Broken(#[from] io::Error),
}

impl Refusal for ReachError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoReader(..) => "virtual-reader-missing",
            Self::Broken(_) => "virtual-reader-broken",
        }
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

/// What a card does at its contacts.
pub trait CardEnd {
    /// Power on, power off or reset: what is not written is forgotten.
    fn reset(&mut self);
    /// Answers a command; `None` pulls the card instead.
    fn answer(&mut self, command: &[u8]) -> Option<Vec<u8>>;
}

trait Line: Read + Write + Send {
    /// Asked before every read.
    fn hurry(&self);
}

#[cfg(unix)]
impl Line for UnixStream {
    fn hurry(&self) {}
}

impl Line for TcpStream {
    /// vpcd writes a length and then the bytes: without this each command waits 40 ms for a delayed acknowledgement. The
    /// system forgets the wish after a while, hence every time.
    fn hurry(&self) {
        #[cfg(target_os = "linux")]
        {
            use std::os::linux::net::TcpStreamExt;
            // Without it everything works, slowly.
            let _ = self.set_quickack(true);
        }
    }
}

/// A card's contacts in a virtual reader.
pub struct Contacts(Box<dyn Line>);

impl std::fmt::Debug for Contacts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Contacts")
    }
}

impl Contacts {
    /// Puts a card into a reader. It counts as pulled once this is dropped.
    pub fn put_into(reader: &Reach) -> Result<Self, ReachError> {
        let line: Box<dyn Line> = match reader {
            #[cfg(unix)]
            Reach::Socket(path) => {
                let none = |error| ReachError::NoReader(path.display().to_string(), error);
                Box::new(UnixStream::connect(path).map_err(none)?)
            }
            #[cfg(not(unix))]
            Reach::Socket(path) => {
                let error = io::Error::from(ErrorKind::Unsupported);
                return Err(ReachError::NoReader(path.display().to_string(), error));
            }
            Reach::Tcp(at) => {
                let stream = TcpStream::connect(at).map_err(|error| ReachError::NoReader(at.to_string(), error))?;
                stream.set_nodelay(true)?;
                Box::new(stream)
            }
        };
        Ok(Self(line))
    }

    /// Answers until the reader is gone or the card pulls itself.
    pub fn serve(mut self, card: &mut dyn CardEnd) -> Result<(), ReachError> {
        while let Some(bytes) = self.hear()? {
            match bytes[..] {
                [control::ATR] => self.say(&apdu::ATR)?,
                [control::OFF | control::ON | control::RESET] => card.reset(),
                // Another control code: nothing this card knows.
                [] | [_] => {}
                _ => match card.answer(&bytes) {
                    Some(answer) => self.say(&answer)?,
                    None => break,
                },
            }
        }
        card.reset();
        Ok(())
    }

    fn hear(&mut self) -> Result<Option<Vec<u8>>, ReachError> {
        self.0.hurry();
        let mut length = [0; 2];
        match self.0.read_exact(&mut length) {
            // The reader went, as readers do.
            Err(error) if matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset) => {
                return Ok(None);
            }
            other => other?,
        }
        let mut bytes = vec![0; usize::from(u16::from_be_bytes(length))];
        self.0.hurry();
        self.0.read_exact(&mut bytes)?;
        Ok(Some(bytes))
    }

    fn say(&mut self, bytes: &[u8]) -> Result<(), ReachError> {
        let length = u16::try_from(bytes.len()).map_err(|_| io::Error::from(ErrorKind::InvalidData))?;
        let frame = [&length.to_be_bytes()[..], bytes].concat();
        Ok(self.0.write_all(&frame)?)
    }
}
