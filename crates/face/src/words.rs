//! Words: the catalogue as methods, one per message, made from `words/` when this crate is built. Arguments stand in
//! alphabetical order of their names.

use crate::{
    lang::Lang,
    said::Said,
    shown::{Counted, Shown, plural},
};

/// The catalogue in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Words(pub Lang);

impl Words {
    /// The language.
    pub const fn lang(self) -> Lang {
        self.0
    }
    /// Anything by itself: an amount, a day, a size.
    pub fn show(self, what: impl Shown) -> Said {
        what.shown(self.0)
    }
}

include!(concat!(env!("OUT_DIR"), "/words.rs"));
