//! Steps: where somebody is, on a line of stops; and how many plays are left.

use crate::said::Said;

/// A stepper: the line of the key, because a fare travels.
#[derive(Debug, Clone)]
pub struct Route {
    /// The stops, in order.
    pub stops: Vec<Said>,
    /// Which is the present one, from 0; their number when all are done.
    pub at: usize,
    /// No fare travels here: no yellow.
    pub is_plain: bool,
}

/// Plays as small bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pips {
    /// Still to be used.
    pub left: u32,
    /// All there were.
    pub all: u32,
}

impl Pips {
    /// How many are drawn: more than ten say nothing to the eye.
    pub const fn shown(&self) -> u32 {
        if self.all > 10 { 0 } else { self.all }
    }
}
