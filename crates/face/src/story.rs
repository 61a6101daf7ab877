//! Story: a page in a state, with made-up figures. Listed at `/stories` of every party, in the dev realm alone, and looked at
//! by the browser test: what nobody can bring about by hand is still seen, read and checked.

use askama::Template;

use crate::{lang::Lang, page::Page};

/// A page in a state.
#[derive(Clone, Copy)]
pub struct Story {
    /// In the address: "work-sold-out".
    pub name: &'static str,
    /// The page it belongs to: "Work".
    pub page: &'static str,
    /// What is different: "sold out".
    pub state: &'static str,
    /// Draws it.
    pub draw: fn(Lang) -> Result<String, askama::Error>,
}

impl core::fmt::Debug for Story {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Story({})", self.name)
    }
}

/// A story in one line: name, page, state, and how it is drawn.
#[macro_export]
macro_rules! story {
    ($name:literal, $page:literal, $state:literal, $draw:expr) => {
        $crate::Story {
            name: $name,
            page: $page,
            state: $state,
            draw: $draw,
        }
    };
}

#[derive(Template)]
#[template(path = "face/stories.html")]
struct Index<'a> {
    page: &'a Page,
    base: &'a str,
    groups: Vec<(&'static str, Vec<&'a Story>)>,
    count: usize,
}

/// The list of all stories of a party. `page` is the party's own frame, `base` where stories are ("/ja/stories").
pub fn stories(page: &Page, base: &str, all: &[Story]) -> Result<String, askama::Error> {
    let mut groups: Vec<(&'static str, Vec<&Story>)> = Vec::new();
    for story in all {
        match groups.iter_mut().find(|(name, _)| *name == story.page) {
            Some((_, list)) => list.push(story),
            None => groups.push((story.page, vec![story])),
        }
    }
    Index {
        page,
        base,
        groups,
        count: all.len(),
    }
    .render()
}

/// The story of a name.
pub fn story<'a>(all: &'a [Story], name: &str) -> Option<&'a Story> {
    all.iter().find(|story| story.name == name)
}
