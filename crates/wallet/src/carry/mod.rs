//! Carry: bytes to a party and back. A carrier understands nothing of what it carries and can do nothing but lose it.

mod directory;
mod http;
mod relay;

pub use courier::Lookout;
pub use deal::directory::{Directory, DirectorySheet, Listed};
pub use directory::{DirectoryRefusal, Whereabouts};
pub use http::HttpCarrier;
pub use relay::{NotARelay, Relay};

use futures::future::BoxFuture;
use units::{Again, PartyId, Refusal};

/// Why nothing came back, or a no. In order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CarryRefusal {
    /// The registry does not list it.
    #[error("the registry of this realm knows no address of {0}; is it of another realm?")]
    Unknown(PartyId),
    /// The directory could not be had, or does not hold.
    #[error(transparent)]
    Directory(#[from] DirectoryRefusal),
    /// Nobody answered.
    #[error("{name} does not answer just now ({why})")]
    Silent {
        /// Its name, as far as known.
        name: String,
        /// What happened.
        why: String,
    },
    /// It has not decided yet.
    #[error("{0} has not decided yet")]
    NotYet(String),
    /// It said no.
    #[error("{text}")]
    Refused {
        /// Its code.
        code: String,
        /// Its word on asking again.
        again: Again,
        /// Its text.
        text: String,
    },
    /// It sent more than any answer has.
    #[error("{0} sent an answer longer than any has to be")]
    TooLong(String),
}

impl Refusal for CarryRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "party-unknown",
            Self::Directory(e) => e.code(),
            Self::Silent { .. } => "party-silent",
            Self::NotYet(_) => "not-yet",
            Self::Refused { .. } => "party-refused",
            Self::TooLong(_) => "party-answer-too-long",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Unknown(_) => Again::AfterYouAct,
            Self::Directory(e) => e.again(),
            Self::Silent { .. } | Self::NotYet(_) => Again::Later,
            Self::Refused { again, .. } => *again,
            Self::TooLong(_) => Again::Never,
        }
    }
    fn theirs(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            _ => None,
        }
    }
}

/// A part of something long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its bytes; empty at the end.
    pub bytes: Vec<u8>,
    /// Length of the whole, if it was said.
    pub whole: Option<u64>,
}

/// Reaches parties by their id.
pub trait Carrier: Send + Sync {
    /// Posts `body` (CBOR) and brings the answer.
    fn post<'a>(&'a self, to: PartyId, path: &'a str, body: Vec<u8>) -> BoxFuture<'a, Result<Vec<u8>, CarryRefusal>>;
    /// Posts a JSON document to one of a party's addresses for programs, and brings the answer.
    fn post_json<'a>(
        &'a self,
        to: PartyId,
        path: &'a str,
        body: Vec<u8>,
    ) -> BoxFuture<'a, Result<Vec<u8>, CarryRefusal>> {
        self.post(to, path, body)
    }
    /// Gets what lies at `path`, at most a mebibyte.
    fn get<'a>(&'a self, to: PartyId, path: &'a str) -> BoxFuture<'a, Result<Vec<u8>, CarryRefusal>>;
    /// Streams what lies at `path` from byte `from` on into `take`, until it ends or `take` says enough (`false`).
    fn stream<'a>(
        &'a self,
        to: PartyId,
        path: &'a str,
        from: u64,
        take: &'a mut (dyn FnMut(Part) -> bool + Send),
    ) -> BoxFuture<'a, Result<(), CarryRefusal>>;
    /// From now on over this relay and no other way; nothing: straight. A carrier that uses no network has no use for it.
    fn over(&self, _: Option<&Relay>) -> Result<(), NotARelay> {
        Ok(())
    }
    /// From now on parties that this listener hears near by are gone to there first (PA-12), if they are sellers and
    /// with what may cross a local network; nothing: to none. A carrier with a relay goes no other way, whatever is heard.
    fn near(&self, _: Option<std::sync::Arc<Lookout>>) {}
    /// What came back from that party did not hold. Whoever answered for it near by is passed over for a while. True: somebody
    /// had, and asking again goes another way.
    fn doubt(&self, _: PartyId) -> bool {
        false
    }
    /// Who is who, as the realm's registry signed it; `fresh` asks it again.
    fn directory(&self, fresh: bool) -> BoxFuture<'_, Result<std::sync::Arc<Whereabouts>, CarryRefusal>>;
}
