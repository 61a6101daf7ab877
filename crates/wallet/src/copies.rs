//! Copies: media copied to the drive of this machine, and copies that play here (CM-3 to CM-5), as far as the pages are
//! concerned.
//!
//! Who copies is a driver of the program's: the wallet knows neither the files of card, player and drive nor their keys.

use std::path::PathBuf;

use face::Lang;
use units::Money;

/// Why something was not done, as people are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct No {
    /// Its code.
    pub code: String,
    /// In English.
    pub english: String,
    /// In Japanese, where it is known.
    pub japanese: Option<String>,
}

impl No {
    /// In its reader's language.
    pub fn said(&self, lang: Lang) -> &str {
        match (lang, &self.japanese) {
            (Lang::Ja, Some(text)) => text,
            _ => &self.english,
        }
    }
}

/// A medium that is in this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its folder.
    pub path: PathBuf,
    /// What people call what is on it.
    pub title: String,
}

/// How far a copy has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// So many bytes of so many are done; of none: its key is asked for.
    Copying {
        /// Done.
        done: u64,
        /// Of how many.
        of: u64,
    },
    /// It is complete.
    Done {
        /// What its key cost, if it was asked for now.
        cost: Option<Money>,
        /// Why it is not reported yet.
        unreported: Option<No>,
    },
    /// It stopped. What was copied stays.
    Stopped(No),
}

/// The copy that was begun last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// From where.
    pub medium: PathBuf,
    /// What people call it; the folder's name until that is known.
    pub title: String,
    /// The most that was agreed to be paid for its key, in minor units.
    pub at_most: i64,
    /// How far it is.
    pub how: How,
}

/// A copy that is on the drive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Its name for [`Copies::play`].
    pub id: String,
    /// What people call it.
    pub title: String,
}

/// What is here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Here {
    /// Card, player and drive are registered, so that media can be copied.
    pub registered: bool,
    /// Media that are in this machine.
    pub media: Vec<Found>,
    /// The copy that was begun last, since the start of this program.
    pub begun: Option<Begun>,
    /// Copies that are complete.
    pub copies: Vec<Copied>,
}

/// Copies media, and plays copies.
pub trait Copies: core::fmt::Debug + Send + Sync {
    /// What is here now. May wait for a disk.
    fn look(&self) -> Here;
    /// Begins to copy the medium in this folder or image, or goes on with it, for at most so many minor units. Returns at once; one
    /// copy is made at a time, and while one is, nothing else is begun.
    fn begin(&self, medium: PathBuf, at_most: i64);
    /// An address of this machine at which a copy plays, to whoever knows it. May wait for a disk.
    fn play(&self, copy: &str) -> Result<String, No>;
}
