//! Sections: the parts of a front, and why one is refused.

use crate::{front::PREFIX_LEN, header::HeaderError};
use core::fmt;
use units::{Again, Refusal};

/// The parts of a front, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Section {
    /// Magic, lengths and hashes.
    Prefix,
    /// What the package says of itself.
    Header,
    /// By whom that is signed.
    Signatures,
    /// The preview.
    Preview,
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Prefix => "prefix",
            Self::Header => "header",
            Self::Signatures => "signatures",
            Self::Preview => "preview",
        })
    }
}

/// Why a front is not accepted. Offsets count from the first byte of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrontError {
    /// Something else than a package, or its first bytes are damaged.
    #[error(
        "this is no package, or its first bytes are damaged (byte {offset}); choose a .keyfare file or fetch it again"
    )]
    NotAPackage {
        /// The first byte that differs.
        offset: u64,
    },
    /// A package of a later format.
    #[error(
        "the package has version {version}, this program reads {}; update it",
        crate::header::VERSION
    )]
    Version {
        /// The version found.
        version: u32,
    },
    /// A section longer than the format allows.
    #[error("the {section} at byte {offset} claims {len} bytes, {max} are allowed; fetch the package again")]
    Long {
        /// Which.
        section: Section,
        /// Where its length stands.
        offset: u64,
        /// What it claims.
        len: u64,
        /// The limit.
        max: u64,
    },
    /// The file ends too early.
    #[error("the package ends at byte {offset}, inside its {section}, which goes on to byte {needed}; fetch the rest")]
    Truncated {
        /// Inside which section.
        section: Section,
        /// Where it ends.
        offset: u64,
        /// How far it would have to go.
        needed: u64,
    },
    /// A section does not have the hash that was announced.
    #[error("the {section} at byte {offset} is damaged; fetch the package again")]
    Damaged {
        /// Which.
        section: Section,
        /// Its first byte.
        offset: u64,
    },
    /// A section is whole, and breaks a rule of the format: made so.
    #[error("the {section} at byte {offset} breaks a rule of the format: {why}")]
    Malformed {
        /// Which.
        section: Section,
        /// Its first byte, or the one at fault when that is known.
        offset: u64,
        /// What is wrong.
        why: HeaderError,
    },
    /// Parts that were put together do not belong together.
    #[error("the {section} is not the one the header names")]
    Mismatch {
        /// Which.
        section: Section,
    },
}

impl FrontError {
    /// Where in the file, if it has come from one.
    pub fn offset(&self) -> Option<u64> {
        match self {
            Self::NotAPackage { offset } | Self::Long { offset, .. } | Self::Truncated { offset, .. } => Some(*offset),
            Self::Damaged { offset, .. } | Self::Malformed { offset, .. } => Some(*offset),
            Self::Version { .. } => Some(PREFIX_LEN as u64),
            Self::Mismatch { .. } => None,
        }
    }
}

impl Refusal for FrontError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotAPackage { .. } => "not-a-package",
            Self::Version { .. } => "package-version-unknown",
            Self::Long { .. } => "package-section-too-long",
            Self::Truncated { .. } => "package-truncated",
            Self::Damaged { .. } => "package-damaged",
            Self::Malformed { .. } => "package-malformed",
            Self::Mismatch { .. } => "package-parts-mismatch",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Truncated { .. } | Self::Damaged { .. } | Self::NotAPackage { .. } | Self::Version { .. } => {
                Again::AfterYouAct
            }
            _ => Again::Never,
        }
    }
}
