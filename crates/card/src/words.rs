//! The card's two words: shown on its own confirm page, so that its holder knows the page is his card's.

use alloc::string::String;

use crate::{Card, Journal};

const WORDS: [&str; 64] = [
    "amber", "anchor", "apple", "autumn", "basil", "beacon", "birch", "breeze", "bridge", "candle", "canyon", "cedar",
    "cherry", "cloud", "comet", "copper", "coral", "crane", "dawn", "delta", "dune", "ember", "falcon", "fern",
    "field", "flint", "forest", "fox", "garden", "ginger", "glacier", "harbor", "hazel", "heron", "island", "ivory",
    "jade", "juniper", "kite", "lake", "lantern", "lemon", "linen", "maple", "meadow", "moon", "moss", "olive",
    "orbit", "otter", "pearl", "pine", "plum", "quartz", "rain", "reed", "river", "sail", "shell", "sparrow", "spruce",
    "stone", "thistle", "willow",
];

impl<J: Journal> Card<J> {
    /// Two words that only this card and its holder know, the same for ever.
    pub fn words(&self) -> String {
        let secret = self.word_secret();
        let pick = |at: usize| {
            secret
                .expose()
                .get(at)
                .and_then(|b| WORDS.get(usize::from(*b) % WORDS.len()))
                .copied()
                .unwrap_or("stone")
        };
        alloc::format!("{} {}", pick(0), pick(1))
    }
}
