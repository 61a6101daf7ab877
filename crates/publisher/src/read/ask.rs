//! Ask: what a fenced reader is asked, what it answers, and why it does not. All of it is CBOR; what comes out of the fence is
//! believed no more than what went in.

use minicbor::{Decode, Encode};
use units::{Again, Refusal};

/// What is wanted of a work.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Ask {
    /// What is in a book (EPUB).
    #[n(0)]
    Contents,
    /// A chapter of a book, by its place in the reading order.
    #[n(1)]
    Chapter(#[n(0)] u32),
    /// A picture of a book, by its name in the archive.
    #[n(2)]
    File(#[n(0)] String),
    /// A page of a paper (PDF), the first is 0.
    #[n(3)]
    Page(#[n(0)] u32),
}

/// What a reader answers.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Answer {
    /// To [`Ask::Contents`].
    #[n(0)]
    Contents(#[n(0)] Contents),
    /// To [`Ask::Chapter`].
    #[n(1)]
    Chapter(#[n(0)] Chapter),
    /// To [`Ask::File`].
    #[n(2)]
    File(#[n(0)] File),
    /// To [`Ask::Page`].
    #[n(3)]
    Page(#[n(0)] Page),
}

/// A book: its language, its chapters, and what it lists of them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Contents {
    /// Its language's tag, if it says one.
    #[n(0)]
    pub lang: Option<String>,
    /// How many chapters.
    #[n(1)]
    pub chapters: u32,
    /// Its table of contents, in order.
    #[n(2)]
    pub leaves: Vec<Leaf>,
}

/// A line of a table of contents.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Leaf {
    /// What it is called.
    #[n(0)]
    pub title: String,
    /// Which chapter.
    #[n(1)]
    pub chapter: u32,
    /// Where in it, if not at its beginning.
    #[n(2)]
    pub mark: Option<String>,
}

/// A chapter, cleaned: elements and attributes of a short list, no scripts, no styles, no addresses but this book's.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Chapter {
    /// Its language's tag, if it says one.
    #[n(0)]
    pub lang: Option<String>,
    /// What stands between `<main>` and `</main>`. Links to chapters are their numbers; pictures are `../file/NAME`.
    #[n(1)]
    pub html: String,
}

/// A picture out of a book.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct File {
    /// Told from its content.
    #[n(0)]
    pub media_type: String,
    /// The picture.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
}

/// A page of a paper.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Page {
    /// How many there are.
    #[n(0)]
    pub of: u32,
    /// Its width and height as drawn, in pixels.
    #[n(1)]
    pub width: u32,
    /// Its height.
    #[n(2)]
    pub height: u32,
    /// The drawing, a PNG.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub png: Vec<u8>,
    /// Its text, as far as the paper tells, line by line.
    #[n(4)]
    pub text: String,
}

/// Why a work is not read. In order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotRead {
    /// No process could be started for it.
    #[error("the process that reads books and papers could not be started: {0}")]
    Start(String),
    /// It ended without an answer, took too long, or said too much.
    #[error("the work could not be read ({0}): its file may be made to harm its readers")]
    Ended(&'static str),
    /// What is asked for is not in it.
    #[error("the work has no such part")]
    NoSuchPart,
    /// It breaks the rules of its format.
    #[error("the work cannot be read ({0}): its file is damaged; ask its publisher for a better one")]
    Damaged(String),
    /// It would take more than a reader may use.
    #[error("the work is too large to be shown here ({0}); its publisher can make a lighter one")]
    TooLarge(String),
}

impl NotRead {
    /// Its text alone, for the way out of the fence.
    #[cfg(feature = "make")]
    pub(super) fn why(&self) -> &str {
        match self {
            Self::Start(why) | Self::Damaged(why) | Self::TooLarge(why) => why,
            Self::Ended(why) => why,
            Self::NoSuchPart => "",
        }
    }
    /// From a code and a text out of the fence.
    pub(super) fn told(code: &str, why: &str) -> Self {
        let why: String = why.chars().filter(|c| !c.is_control()).take(200).collect();
        match code {
            "no-such-part" => Self::NoSuchPart,
            "work-damaged" => Self::Damaged(why),
            "work-too-large" => Self::TooLarge(why),
            _ => Self::Ended("its reader spoke nonsense"),
        }
    }
}

impl Refusal for NotRead {
    fn code(&self) -> &'static str {
        match self {
            Self::Start(_) => "reader-not-started",
            Self::Ended(_) => "reader-ended",
            Self::NoSuchPart => "no-such-part",
            Self::Damaged(_) => "work-damaged",
            Self::TooLarge(_) => "work-too-large",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Start(_) => Again::Later,
            _ => Again::Never,
        }
    }
}
