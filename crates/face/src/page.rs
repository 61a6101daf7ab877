//! Page: what the frame around a page needs to know. `face/page.html` draws it for parties, `face/card.html` for cards.

use crate::{lang::Lang, said::Said, words::Words};

/// An entry of a page's navigation.
#[derive(Debug, Clone)]
pub struct Here {
    /// Where it leads.
    pub href: String,
    /// Its words.
    pub text: Said,
    /// Is this the page, or the part of the site it belongs to?
    pub is_here: bool,
}

impl Here {
    /// An entry.
    pub fn new(href: impl Into<String>, text: Said, is_here: bool) -> Self {
        Self {
            href: href.into(),
            text,
            is_here,
        }
    }
}

/// The frame of a party's page: header with the party's own name, navigation, and a foot.
#[derive(Debug, Clone)]
pub struct Page {
    /// The catalogue in the page's language.
    pub words: Words,
    /// The party's name.
    pub name: String,
    /// Where the name leads.
    pub home: String,
    /// What the navigation is called, for those who hear it.
    pub nav_name: Said,
    /// The navigation.
    pub nav: Vec<Here>,
    /// This page in the other languages; empty: no switch.
    pub elsewhere: Vec<(Lang, String)>,
    /// The party's name belongs to Keyfare itself (wallet, console): the mark stands before it.
    pub ours: bool,
    /// What the foot says, in front of its links.
    pub foot: Said,
    /// Its links.
    pub foot_links: Vec<Here>,
    /// A realm of play money: said on every page.
    pub dev: bool,
}

impl Page {
    /// The tag of its language.
    pub const fn lang(&self) -> &'static str {
        self.words.lang().tag()
    }
    /// Where the style sheet is.
    pub const fn sheet(&self) -> &'static str {
        crate::SHEET_AT
    }
    /// Where the mark is.
    pub const fn mark(&self) -> &'static str {
        crate::MARK_AT
    }
}

/// A shape of a card's mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A triangle.
    Peak,
    /// A disc.
    Disc,
    /// A bar.
    Post,
    /// A triangle that points right.
    Flag,
    /// A square that stands on a corner.
    Kite,
    /// A half disc.
    Bowl,
}

/// The three shapes beside a card's two words. They help a person's eye and protect nothing: what protects is that the card
/// itself checks the PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shapes(pub [(Shape, u8); 3]);

impl Shapes {
    /// From bytes that are the card's own for life (a hash of its two words and number).
    pub fn of(bytes: [u8; 3]) -> Self {
        const ALL: [Shape; 6] = [
            Shape::Peak,
            Shape::Disc,
            Shape::Post,
            Shape::Flag,
            Shape::Kite,
            Shape::Bowl,
        ];
        Self(bytes.map(|byte| {
            let shape = ALL.get(usize::from(byte) % ALL.len()).copied().unwrap_or(Shape::Disc);
            (shape, byte / 6 % 4)
        }))
    }
    /// As paths in a drawing of 48 by 32, with their colours.
    pub fn paths(&self) -> Vec<(&'static str, String)> {
        // None of them is the yellow of fares.
        const COLOURS: [&str; 4] = ["#8fd6e8", "#f6a5c0", "#b7e08a", "#cdb8f5"];
        let place = |at: usize, (shape, colour): &(Shape, u8)| {
            let x = 7 + 12 * at;
            let path = match shape {
                Shape::Peak => format!("M{x} 21l5-10 5 10z"),
                Shape::Disc => format!("M{x} 16a5 5 0 1 1 10 0a5 5 0 1 1-10 0z"),
                Shape::Post => format!("M{} 11h5v10h-5z", x + 2),
                Shape::Flag => format!("M{} 11v10l8-5z", x + 1),
                Shape::Kite => format!("M{} 10l5 6-5 6-5-6z", x + 5),
                Shape::Bowl => format!("M{x} 14h10a5 6 0 0 1-10 0z"),
            };
            let colour = COLOURS.get(usize::from(*colour)).copied().unwrap_or("#8fd6e8");
            (colour, path)
        };
        self.0.iter().enumerate().map(|(at, one)| place(at, one)).collect()
    }
}

/// The frame of a page that only a card may show: thick, with the card's two words and its mark.
#[derive(Debug, Clone)]
pub struct CardPage {
    /// The catalogue in the page's language.
    pub words: Words,
    /// The card's two words, in the page's language.
    pub two_words: String,
    /// Its mark.
    pub shapes: Shapes,
    /// This page in the other languages; empty: no switch.
    pub elsewhere: Vec<(Lang, String)>,
    /// No network: a small label, not a warning.
    pub offline: bool,
    /// A card of play money.
    pub dev: bool,
}

impl CardPage {
    /// The tag of its language.
    pub const fn lang(&self) -> &'static str {
        self.words.lang().tag()
    }
    /// Where the style sheet is.
    pub const fn sheet(&self) -> &'static str {
        crate::SHEET_AT
    }
    /// Where the mark is.
    pub const fn mark(&self) -> &'static str {
        crate::MARK_AT
    }
}
