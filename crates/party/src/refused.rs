//! Refused: what a party's "no" looks like to whoever carries it, whichever verb said it.

use store::Fault;
use units::{Again, Refusal};

/// A refusal without its type: code, whether to ask again, and the text. Nothing has changed when a party says it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Refused {
    code: &'static str,
    again: Again,
    text: String,
}

impl Refused {
    /// Passes a typed refusal on.
    pub fn by(no: &dyn Refusal) -> Self {
        Self {
            code: no.code(),
            again: no.again(),
            text: no.to_string(),
        }
    }
    /// This party does not answer to that verb.
    pub fn other_verb() -> Self {
        Self {
            code: "verb-unknown",
            again: Again::Never,
            text: "this party does not do that; look the right one up in the registry".to_owned(),
        }
    }
}

impl Refusal for Refused {
    fn code(&self) -> &'static str {
        self.code
    }
    fn again(&self) -> Again {
        self.again
    }
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::by(&fault)
    }
}

/// Lets a verb's own error become a [`Refused`] by `?`.
macro_rules! refusals {
    ($($name:ty),* $(,)?) => { $(
        impl From<$name> for $crate::Refused {
            fn from(no: $name) -> Self {
                $crate::Refused::by(&no)
            }
        }
    )* };
}
pub(crate) use refusals;

/// A refusal of the books becomes the verb's own: a fault stays a fault, anything else is its `Books`.
macro_rules! books {
    ($name:ty) => {
        impl From<$crate::books::PostRefused> for $name {
            fn from(no: $crate::books::PostRefused) -> Self {
                match no {
                    $crate::books::PostRefused::Fault(fault) => Self::Fault(fault),
                    other => Self::Books(other),
                }
            }
        }
    };
}
pub(crate) use books;
