//! Refused: why nothing was published.

use std::{io, path::PathBuf};

use package::FileError;
use seal::NotTrusted;
use units::{Again, Refusal};

use crate::preview::NoPreview;

/// Why nothing was published. In order of precedence.
#[derive(Debug, thiserror::Error)]
pub enum NotMade {
    /// The publisher's or a seller's certificate does not hold.
    #[error("the {0}'s certificate does not hold: {1}")]
    Certificate(&'static str, NotTrusted),
    /// The signing key is not the certificate's.
    #[error("the publisher's certificate is for another key than the one given; put the right files together")]
    OtherKeys,
    /// No sellers, too many, one twice, or too many certifiers.
    #[error("a work is published for 1 to 16 different shops, with at most three certifiers' certificates")]
    Sellers,
    /// The terms contradict themselves or the realm.
    #[error("the terms do not hold together: {0}")]
    Terms(&'static str),
    /// A set it shall belong to is not there.
    #[error("there is no publication of yours in {}, so nothing is opened by its licenses", dir.display())]
    NoSet {
        /// The directory.
        dir: PathBuf,
    },
    /// The file is empty.
    #[error("the file is empty; there is nothing to publish")]
    Empty,
    /// There is no small rendition.
    #[error("there is no small rendition of this work: {0}")]
    NotSmall(&'static str),
    /// There is no preview.
    #[error(transparent)]
    Preview(#[from] NoPreview),
    /// The title, the media type or an address may not stand in a package.
    #[error("the package cannot be described so: {0}")]
    Described(String),
    /// The directory holds another work.
    #[error("{} holds a publication of another work, file or terms; choose another directory", dir.display())]
    OtherWork {
        /// The directory.
        dir: PathBuf,
    },
    /// The kept key does not open.
    #[error("{} does not open: it is damaged, or another publisher's", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// The file changed while it was read.
    #[error("{} changed while it was being published; publish it again", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The package could not be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Another file could not be read or written.
    #[error("{}: {error}", path.display())]
    Path {
        /// Which.
        path: PathBuf,
        /// By the system.
        error: io::Error,
    },
}

impl Refusal for NotMade {
    fn code(&self) -> &'static str {
        match self {
            Self::Certificate(_, no) => no.code(),
            Self::OtherKeys => "publish-keys-differ",
            Self::Sellers => "publish-shops-out-of-bounds",
            Self::Terms(_) => "publish-terms-inconsistent",
            Self::NoSet { .. } => "publish-no-such-set",
            Self::NotSmall(_) => "publish-not-small",
            Self::Empty => "publish-file-empty",
            Self::Preview(no) => no.code(),
            Self::Described(_) => "publish-description-refused",
            Self::OtherWork { .. } => "publish-directory-taken",
            Self::Locked { .. } => "publish-key-closed",
            Self::Changed { .. } => "publish-file-changed",
            Self::File(no) => no.code(),
            Self::Path { .. } => "publish-file-unusable",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Certificate(_, no) => no.again(),
            Self::Preview(no) => no.again(),
            Self::File(no) => no.again(),
            _ => Again::AfterYouAct,
        }
    }
}
