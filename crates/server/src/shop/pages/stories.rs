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
    pages::told,
    shop::{
        Stall,
        visit::{At, Visit},
    },
};

mod made;

#[cfg(test)]
pub(crate) use made::STORIES;

/// All of them.
pub(crate) async fn stories(State(shop): State<Arc<Stall>>, visit: Result<Visit, Infallible>) -> Response {
    let Ok(visit) = visit;
    if !shop.sign.dev {
        return refused(&shop.sign, &visit, &Problem::nothing_here());
    }
    let page = shop.sign.page(&visit, At::Elsewhere);
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
    told(made::STORIES, &name, shop.sign.dev, &visit)
        .unwrap_or_else(|| refused(&shop.sign, &visit, &Problem::nothing_here()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_story_can_be_told_in_both_languages() {
        crate::pages::tell_all(super::made::STORIES);
    }
}
