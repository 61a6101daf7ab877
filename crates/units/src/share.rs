//! Share: how much of a work a license opens, in the three steps cards know (SD-24, SD-25).

use core::fmt;
use minicbor::{Decode, Encode};

/// The first part of a work that may be used. A share is cryptographic: a holder of ten percent has no key of the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
#[cbor(index_only)]
pub enum Share {
    /// Nothing: a locked license.
    #[n(0)]
    Nothing,
    /// The first ten percent.
    #[n(1)]
    Tenth,
    /// The first eighty percent.
    #[n(2)]
    Most,
    /// All of it.
    #[n(3)]
    #[default]
    Whole,
}

impl Share {
    /// In percent of the content.
    pub const fn percent(self) -> u8 {
        match self {
            Self::Nothing => 0,
            Self::Tenth => 10,
            Self::Most => 80,
            Self::Whole => 100,
        }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.percent())
    }
}
