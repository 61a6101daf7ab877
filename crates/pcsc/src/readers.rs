//! The readers of this machine, and the cards in them.

use std::ffi::CString;
use std::sync::Arc;
use std::time::Duration;

use units::{Again, Refusal};

use crate::library::{Code, Connection, Context, NoContext};

/// Why there are no readers, or no card. In order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadersRefused {
    /// The PC/SC library is not installed.
    #[error("this machine has no PC/SC library: install it (Debian: apt install pcscd), then try again")]
    NoLibrary,
    /// The service does not run.
    #[error("the smart-card service does not run: start pcscd, then try again")]
    NoService,
    /// The service does not let this user in.
    #[error("the smart-card service does not let this user at its readers; ask whoever runs this machine")]
    Denied,
    /// No reader has such a name.
    #[error("no reader is named {0:?}; `keyfare readers` shows those there are")]
    NoReader(String),
    /// More than one has.
    #[error("{0:?} may be any of several readers; give more of its name")]
    Several(String),
    /// There is no card in it.
    #[error("no card is in the reader {0:?}; put one in and try again")]
    NoCard(String),
    /// Another program holds it.
    #[error("another program is using the card in {0:?}; close it and try again")]
    InUse(String),
    /// Something else.
    #[error("the reader {0:?} failed: {1}")]
    Failed(String, String),
}

impl Refusal for ReadersRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::NoLibrary => "pcsc-not-installed",
            Self::NoService => "pcsc-not-running",
            Self::Denied => "pcsc-denied",
            Self::NoReader(_) => "reader-unknown",
            Self::Several(_) => "reader-ambiguous",
            Self::NoCard(_) => "reader-empty",
            Self::InUse(_) => "reader-in-use",
            Self::Failed(..) => "reader-failed",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::InUse(_) | Self::Failed(..) => Again::Later,
            _ => Again::AfterYouAct,
        }
    }
}

fn refused(code: Code, reader: &str) -> ReadersRefused {
    let reader = reader.to_owned();
    match code {
        Code::NO_SERVICE | Code::SERVICE_STOPPED => ReadersRefused::NoService,
        Code::DENIED => ReadersRefused::Denied,
        Code::UNKNOWN_READER => ReadersRefused::NoReader(reader),
        Code::NO_CARD => ReadersRefused::NoCard(reader),
        Code::SHARED => ReadersRefused::InUse(reader),
        other => ReadersRefused::Failed(reader, other.to_string()),
    }
}

/// A reader, as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReaderSeen {
    /// Its name, as the service gives it.
    pub name: String,
    /// What the card in it answered to reset, if there is one.
    pub card: Option<Vec<u8>>,
}

/// This program at the smart-card service.
#[derive(Clone)]
pub struct Readers(Arc<Context>);

impl std::fmt::Debug for Readers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Readers")
    }
}

impl Readers {
    /// Loads the library and calls the service.
    pub fn find() -> Result<Self, ReadersRefused> {
        let context = Context::open().map_err(|no| match no {
            NoContext::NoLibrary => ReadersRefused::NoLibrary,
            NoContext::Refused(code) => refused(code, "any"),
        })?;
        Ok(Self(Arc::new(context)))
    }

    /// All readers, with what is in them.
    pub fn all(&self) -> Result<Vec<ReaderSeen>, ReadersRefused> {
        let names = self.0.readers().map_err(|code| refused(code, "any"))?;
        let seen = |name: CString| {
            let text = name.to_string_lossy().into_owned();
            let card = self.0.card_in(&name).map_err(|code| refused(code, &text))?;
            Ok(ReaderSeen { name: text, card })
        };
        names.into_iter().map(seen).collect()
    }

    /// The reader of this name, or the only one whose name contains it.
    pub fn named(&self, name: &str) -> Result<ReaderSeen, ReadersRefused> {
        let all = self.all()?;
        if let Some(exact) = all.iter().find(|reader| reader.name == name) {
            return Ok(exact.clone());
        }
        let mut like = all.into_iter().filter(|reader| reader.name.contains(name));
        let first = like.next().ok_or_else(|| ReadersRefused::NoReader(name.to_owned()))?;
        match like.next() {
            None => Ok(first),
            Some(_) => Err(ReadersRefused::Several(name.to_owned())),
        }
    }

    /// Waits until a card is in the reader, or none, for at most so long. Did it come to that?
    pub fn wait_for(&self, name: &str, card: bool, at_most: Duration) -> Result<bool, ReadersRefused> {
        let name = self.named(name)?.name;
        let c_name = c_name(&name)?;
        let millis = u32::try_from(at_most.as_millis()).unwrap_or(u32::MAX);
        self.0
            .wait_for(&c_name, card, millis)
            .map_err(|code| refused(code, &name))
    }

    /// The card in a reader, for this program alone.
    pub fn open(&self, name: &str) -> Result<CardLink, ReadersRefused> {
        let reader = self.named(name)?.name;
        let connection =
            Connection::open(Arc::clone(&self.0), &c_name(&reader)?).map_err(|code| refused(code, &reader))?;
        Ok(CardLink { reader, connection })
    }
}

fn c_name(name: &str) -> Result<CString, ReadersRefused> {
    CString::new(name).map_err(|_| ReadersRefused::NoReader(name.to_owned()))
}

/// A card in a reader that this program alone is talking to. It is reset when this is dropped.
pub struct CardLink {
    reader: String,
    connection: Connection,
}

impl std::fmt::Debug for CardLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CardLink({:?})", self.reader)
    }
}

impl CardLink {
    /// The name of its reader.
    pub fn reader(&self) -> &str {
        &self.reader
    }
}

impl apdu::Link for CardLink {
    type Error = ReadersRefused;
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, ReadersRefused> {
        self.connection
            .transmit(command)
            .map_err(|code| refused(code, &self.reader))
    }
}
