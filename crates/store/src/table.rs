//! Tables and how a store comes to have them: every crate that keeps something declares one [`Part`], a numbered list of
//! steps that only ever grows. The store records the steps it has taken, so an older file is brought up to date on open
//! and a file of a newer program is refused instead of misread.

use crate::{Fault, Tx};
use core::fmt;

/// The longest name of a table.
const NAME_MAX: usize = 40;

/// The name of one ordered table: lower-case letters and underscores.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Table(&'static str);

impl Table {
    /// A table called `name`. Declare it as a constant: a name outside `[a-z_]{1,40}` then does not compile.
    pub const fn new(name: &'static str) -> Self {
        let bytes = name.as_bytes();
        assert!(
            !bytes.is_empty() && bytes.len() <= NAME_MAX,
            "a table's name has 1 to 40 characters"
        );
        let mut at = 0;
        while at < bytes.len() {
            assert!(
                bytes[at].is_ascii_lowercase() || bytes[at] == b'_',
                "a table's name is lower-case letters and underscores"
            );
            at += 1;
        }
        Self(name)
    }
    /// The name.
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// One change to the shape of a store. Steps are never edited or reordered once released, only appended.
#[derive(Clone, Copy)]
pub enum Step {
    /// New, empty tables.
    Create(&'static [Table]),
    /// Rewrite rows. `what` is recorded and must stay the same for ever.
    Run {
        /// What it does, in a few words.
        what: &'static str,
        /// The work, in one transaction with the note that it was done.
        run: fn(&mut dyn Tx) -> Result<(), Fault>,
    },
}

impl Step {
    /// The text under which this step is recorded; a recorded step that reads differently means another program's file.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Create(tables) => {
                let names: Vec<_> = tables.iter().map(|t| t.name()).collect();
                format!("create {}", names.join(" "))
            }
            Self::Run { what, .. } => format!("run {what}"),
        }
    }
}

/// What one crate keeps in a store: its name and its steps, the first being number 1.
#[derive(Clone, Copy)]
pub struct Part {
    /// Unique in one store.
    pub name: &'static str,
    /// Append only.
    pub steps: &'static [Step],
}

impl Part {
    /// A part; declare it as a `static`.
    pub const fn new(name: &'static str, steps: &'static [Step]) -> Self {
        Self { name, steps }
    }

    /// Every table its steps create.
    pub fn tables(&self) -> impl Iterator<Item = Table> {
        self.steps.iter().flat_map(|step| match step {
            Step::Create(tables) => tables.iter().copied(),
            Step::Run { .. } => [].iter().copied(),
        })
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Part({}, {} steps)", self.name, self.steps.len())
    }
}
