//! Key: the one drawing of the house. The fare is the bow, the shaft leads on, each tooth is one more generation of copies.

use core::fmt;

use askama::filters::HtmlSafe;
use units::Money;

use crate::{
    lang::Lang,
    said::Said,
    shown::{Shown, major},
    words::Words,
};

/// Where a fare is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    /// A friend pays it; or it is aboard a card.
    #[default]
    Aboard,
    /// Arrives locked: pay to unlock.
    Due,
    /// Set aside, key or answer missing.
    Torn,
    /// Collected by its publisher.
    Home,
}

/// How deep copies of copies may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Teeth {
    /// So many generations; none: it moves, and is never copied.
    Upto(u8),
    /// Without a limit: a shaft without an end.
    Endless,
}

/// A key that carries its fare. With its text it can stand in any sentence of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    fare: Money,
    teeth: Teeth,
    state: State,
    big: bool,
    silent: bool,
    lang: Lang,
}

/// More teeth than this are written, not drawn.
const DRAWN_MAX: u8 = 5;

impl Key {
    /// A key whose fare a friend pays, or that carries a fare.
    pub const fn new(lang: Lang, fare: Money, teeth: Teeth) -> Self {
        Self {
            fare,
            teeth,
            state: State::Aboard,
            big: false,
            silent: false,
            lang,
        }
    }
    /// The fare is due: the copy arrives locked.
    #[must_use]
    pub const fn due(mut self) -> Self {
        self.state = State::Due;
        self
    }
    /// The fare is set aside, and the key or the answer is missing.
    #[must_use]
    pub const fn torn(mut self) -> Self {
        self.state = State::Torn;
        self
    }
    /// The fare is with its publisher.
    #[must_use]
    pub const fn home(mut self) -> Self {
        self.state = State::Home;
        self
    }
    /// The large one: once on a page, at most.
    #[must_use]
    pub const fn big(mut self) -> Self {
        self.big = true;
        self
    }
    /// A drawing beside words that say the same: nothing of it is read aloud.
    #[must_use]
    pub const fn silent(mut self) -> Self {
        self.silent = true;
        self
    }

    fn spoken(&self) -> Said {
        let words = Words(self.lang);
        match (self.state, self.teeth) {
            (State::Due, _) => words.key_due(),
            (State::Torn, _) => words.key_torn(),
            (State::Home, _) => words.key_home(),
            (State::Aboard, Teeth::Upto(0)) => words.key_friend_move(),
            (State::Aboard, Teeth::Upto(n)) => words.key_friend(n),
            (State::Aboard, Teeth::Endless) => words.key_friend_endless(),
        }
    }
    /// What the drawing cannot hold.
    fn beside(&self) -> Option<Said> {
        match self.teeth {
            Teeth::Upto(n) if n > DRAWN_MAX => Some(Words(self.lang).key_up_to(n)),
            Teeth::Endless => Some(Words(self.lang).key_endless()),
            Teeth::Upto(_) => None,
        }
    }
}

impl Shown for Key {
    fn show(&self, _: Lang, to: &mut Said) {
        let teeth = match self.teeth {
            Teeth::Upto(n) => n.min(DRAWN_MAX),
            Teeth::Endless => 0,
        };
        let state = match self.state {
            State::Aboard => "",
            State::Due => " due",
            State::Torn => " torn",
            State::Home => " home",
        };
        let big = if self.big { " big" } else { "" };
        let silent = if self.silent { " aria-hidden=\"true\"" } else { "" };
        to.tags_of_ours(&format!("<span class=\"key{big}\" data-teeth=\"{teeth}\"{silent}>"));
        to.tags_of_ours(&format!("<data class=\"fare{state}\" value=\"{}\">", major(self.fare)));
        self.fare.show(self.lang, to);
        to.tags_of_ours("</data>");
        if !self.silent {
            to.tags_of_ours("<span class=\"hidden\"> ");
            self.spoken().show(self.lang, to);
            to.tags_of_ours("</span>");
        }
        to.tags_of_ours("</span>");
        if let Some(beside) = self.beside() {
            let hidden = if self.silent { "" } else { " aria-hidden=\"true\"" };
            to.tags_of_ours(&format!(" <span class=\"small\"{hidden}>"));
            beside.show(self.lang, to);
            to.tags_of_ours("</span>");
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shown(self.lang).fmt(f)
    }
}
impl HtmlSafe for Key {}

#[cfg(test)]
mod tests {
    use super::*;
    use units::Currency;

    #[test]
    fn a_key_tells_the_truth_in_picture_and_in_words() {
        let fare = Money::new(100, Currency::JPY).unwrap();
        let check = |key: Key, classes: &[&str], read: &str| {
            let said = key.shown(Lang::En);
            for class in classes {
                assert!(said.html().contains(class), "{class} in {}", said.html());
            }
            assert_eq!(said.plain(), read);
        };
        let key = |teeth| Key::new(Lang::En, fare, teeth);
        check(
            key(Teeth::Upto(3)),
            &["data-teeth=\"3\"", "\"fare\""],
            "¥100 for a friend, 3 generations of copies",
        );
        check(
            key(Teeth::Upto(1)).big(),
            &["key big"],
            "¥100 for a friend, one generation of copies",
        );
        check(
            key(Teeth::Upto(12)),
            &["data-teeth=\"5\""],
            "¥100 for a friend, 12 generations of copies up to 12",
        );
        check(
            key(Teeth::Endless),
            &["data-teeth=\"0\""],
            "¥100 for a friend, copies without limit of generations no limit",
        );
        check(key(Teeth::Upto(2)).due(), &["fare due"], "¥100 to unlock");
        check(key(Teeth::Upto(2)).torn(), &["fare torn"], "¥100 on its way");
        check(key(Teeth::Upto(2)).home(), &["fare home"], "¥100 home");
        check(key(Teeth::Upto(2)).silent(), &["aria-hidden"], "¥100");
    }
}
