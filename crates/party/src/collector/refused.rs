//! Why a collector says no.

use store::Fault;
use units::{Again, Refusal};

use crate::{books::PostRefused, door::NotRead, say::NoReader};

/// Why there is no quote, or a payment was not judged; in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CollectRefused {
    /// The collector is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// It was not read.
    #[error(transparent)]
    NotRead(#[from] NotRead),
    /// Not a question to a collector.
    #[error("a collector takes fares home, nothing else")]
    Kind,
    /// It does not collect for this publisher.
    #[error("fares for this publisher are not collected here; the registry knows who does")]
    NotOurs,
    /// The directory has not come yet.
    #[error("the money issuer is not known here yet; ask again in a moment")]
    NoIssuer,
    /// A machine cannot have brought it that way.
    #[error("what comes straight from a wallet comes without a machine")]
    Path,
    /// The answer cannot be sealed.
    #[error(transparent)]
    NoReader(#[from] NoReader),
    /// The books refuse: a bug or damage.
    #[error("the collector's books do not take these fares ({0}); nothing has changed")]
    Books(PostRefused),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for CollectRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotRead(no) => no.code(),
            Self::Kind => "kind-not-here",
            Self::NotOurs => "payee-not-here",
            Self::NoIssuer => "issuer-unknown",
            Self::Path => "way-not-here",
            Self::NoReader(no) => no.code(),
            Self::Books(no) => no.code(),
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NotRead(no) => no.again(),
            Self::Kind | Self::NotOurs | Self::Path => Again::Never,
            Self::NoIssuer => Again::Later,
            Self::NoReader(no) => no.again(),
            Self::Books(no) => no.again(),
            Self::Fault(fault) => fault.again(),
        }
    }
}
crate::refused::refusals!(CollectRefused);

crate::refused::books!(CollectRefused);
