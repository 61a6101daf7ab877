//! View: what the templates of the player are given. Everything is escaped by them, but chapters, which were cleaned and are
//! shown behind a policy under which nothing runs.

use askama::Template;
use face::{Key, Permille, Pips, Said, Words};
use units::LicenseId;

use crate::player::Part;

/// An album on the stage.
#[derive(Debug)]
pub(super) struct Album {
    /// Which track is heard, from 0.
    pub number: usize,
    pub lines: Vec<Line>,
}

impl Album {
    /// What is heard.
    fn title(&self) -> &str {
        self.lines.get(self.number).map_or("", |line| line.title.as_str())
    }
}

/// A track in the list.
#[derive(Debug)]
pub(super) struct Line {
    pub title: String,
    pub src: String,
    /// Where it begins, as a place of the album.
    pub place: u64,
}

/// What is on the stage.
#[derive(Debug)]
pub(super) enum Scene {
    /// Sound or film, by ranges.
    Media {
        is_film: bool,
        /// Where it is; nothing is loaded without it.
        src: String,
        /// Where it goes on, in milliseconds.
        place: u64,
        /// "1" where a license opens a part of it.
        part: &'static str,
        /// Its tracks, if it is an album.
        album: Option<Album>,
    },
    /// A picture: its address.
    Picture(String),
    /// A part of a text.
    Text(Part),
    /// A book, and what it lists: where and what.
    Book { src: String, leaves: Vec<(String, String)> },
    /// A page of a paper.
    Paper {
        src: String,
        number: u32,
        of: u32,
        width: u32,
        height: u32,
        text: String,
    },
    /// A document of its own; does it run?
    Frame { src: String, runs: bool },
    /// None of them.
    Cannot { head: Said, text: Said },
}

impl Scene {
    const fn is_media(&self) -> bool {
        matches!(self, Self::Media { .. })
    }
    /// Can the end of a share be met on this page?
    fn may_end(&self) -> bool {
        match self {
            Self::Text(part) => part.number + 1 >= part.of,
            Self::Media { .. } => true,
            _ => false,
        }
    }
}

/// The license beside the stage.
#[derive(Debug)]
pub(super) struct Side {
    pub license: String,
    pub facts: Vec<(Said, Said)>,
    pub pips: Option<Pips>,
    /// What a friend would pay.
    pub key: Option<Key>,
    /// How much it opens, if that is a part.
    pub part: Option<Permille>,
    /// It has come to the end of that part. The player's own script tells it of what is heard.
    pub ended: bool,
    /// A centre can unlock the rest.
    pub unlocks: bool,
    /// Where another program finds the content.
    pub address: Option<String>,
    pub as_file: bool,
}

/// Something that could be played as well.
#[derive(Debug)]
pub(super) struct Up {
    pub license: String,
    pub title: String,
    pub cover: String,
    pub pips: Option<Pips>,
    pub says: Said,
    pub plays: bool,
}

#[derive(Debug, Template)]
#[template(path = "player.html")]
pub(super) struct PlayerView {
    pub page: face::Page,
    pub base: String,
    pub token: String,
    pub session: String,
    pub head: Said,
    pub title: String,
    pub byline: Said,
    /// Where its cover is, if the stage shows none.
    pub cover: Option<String>,
    pub stage: Scene,
    pub side: Side,
    pub ups: Vec<Up>,
    pub previous: Option<String>,
    pub next: Option<String>,
    /// "{at} of {of}" for whoever hears the position.
    pub of_words: Said,
}

#[derive(Debug, Template)]
#[template(path = "play-now.html")]
pub(super) struct NowView {
    pub page: face::Page,
    pub base: String,
    pub token: String,
    pub goes_on: bool,
    pub ups: Vec<Up>,
}

/// Why nothing plays, as people read it.
#[derive(Debug)]
pub(super) struct No {
    pub head: Said,
    pub text: Said,
    pub icon: &'static str,
    pub code: String,
    /// Ways on, the best first.
    pub ways: Vec<Way>,
    /// No play was counted for it, which is worth saying.
    pub uncounted: bool,
}

impl No {
    /// Its note: red where a card is stopped or somebody looks on.
    fn note(&self) -> &'static str {
        if self.icon == "danger" { "bad" } else { "" }
    }
    fn role(&self) -> &'static str {
        if self.icon == "danger" { "alert" } else { "" }
    }
}

/// A way on from a refusal.
#[derive(Debug)]
pub(super) struct Way {
    /// Where it leads.
    pub at: String,
    pub text: Said,
}

#[derive(Debug, Template)]
#[template(path = "play-refused.html")]
pub(super) struct RefusedView {
    pub page: face::Page,
    pub base: String,
    pub token: String,
    pub no: No,
    /// The license of a play that is over and can be begun again.
    pub again: Option<LicenseId>,
}

/// A line of the log.
#[derive(Debug)]
pub(super) struct LogRow {
    pub when: Said,
    pub step: Said,
    pub code: Option<String>,
    pub title: String,
    pub place: Said,
}

#[derive(Debug, Template)]
#[template(path = "play-log.html")]
pub(super) struct LogView {
    pub page: face::Page,
    pub base: String,
    pub rows: Vec<LogRow>,
}

/// A chapter in its own room.
#[derive(Debug, Template)]
#[template(path = "chapter.html")]
pub(super) struct ChapterView<'a> {
    pub words: Words,
    pub lang: &'a str,
    pub title: String,
    pub html: &'a str,
    pub number: u32,
    pub of: u32,
}
