//! Mechanism: what a machine's driver says when the thing itself does not move: a box of notes, a hatch of goods. Nothing is
//! known to have happened, so the machine's row stays as it is and the same is tried again.

use units::{Again, Refusal};

/// The mechanism did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the machine's mechanism does not answer ({0}); somebody has to look at it")]
pub struct Jam(pub String);

impl Refusal for Jam {
    fn code(&self) -> &'static str {
        "mechanism-jam"
    }
    fn again(&self) -> Again {
        Again::Later
    }
}
crate::refused::refusals!(Jam);
