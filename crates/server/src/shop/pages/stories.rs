//! Stories of a shop: every page in every state it can be in, with made-up figures. Only in the dev realm.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use core::convert::Infallible;

use super::{answer, refused};
use crate::{
    frame::Problem,
    shop::{
        Stall,
        visit::{At, Visit},
    },
};

mod made;

/// All of them.
pub(crate) async fn stories(State(shop): State<Arc<Stall>>, visit: Result<Visit, Infallible>) -> Response {
    let Ok(visit) = visit;
    if !shop.sign.dev {
        return refused(&shop.sign, &visit, &Problem::nothing_here());
    }
    let page = visit.page(&shop.sign, At::Elsewhere);
    answer(
        face::stories(&page, &visit.to("/stories"), made::STORIES),
        StatusCode::OK,
    )
}

/// One of them.
pub(crate) async fn story(
    State(shop): State<Arc<Stall>>,
    visit: Result<Visit, Infallible>,
    Path(name): Path<String>,
) -> Response {
    let Ok(visit) = visit;
    match face::story(made::STORIES, &name).filter(|_| shop.sign.dev) {
        Some(story) => answer((story.draw)(visit.words.lang()), StatusCode::OK),
        None => refused(&shop.sign, &visit, &Problem::nothing_here()),
    }
}

#[cfg(test)]
mod tests {
    use super::made::STORIES;
    use face::Lang;

    #[test]
    fn every_story_can_be_told_in_both_languages() {
        for story in STORIES {
            for lang in Lang::ALL {
                let html = (story.draw)(lang).unwrap();
                assert!(html.contains(&format!("<html lang=\"{}\">", lang.tag())), "{story:?}");
                assert!(!html.contains("<script") && !html.contains(" style="), "{story:?}");
            }
        }
        let names: std::collections::BTreeSet<_> = STORIES.iter().map(|story| story.name).collect();
        assert_eq!(names.len(), STORIES.len());
    }
}
