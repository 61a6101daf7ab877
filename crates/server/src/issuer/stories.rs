//! Stories of the issuer's pages: each in its states, with made-up figures. Only in the dev realm.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use core::convert::Infallible;
use face::Story;

use super::{Mint, cases, losses};
use crate::{
    frame::Problem,
    pages::{Visit, answer, told},
};

/// All of them.
pub(crate) fn all() -> Vec<Story> {
    [losses::STORIES, cases::STORIES].concat()
}

/// The list.
async fn stories(State(state): State<Arc<Mint>>, visit: Result<Visit, Infallible>) -> Response {
    let Ok(visit) = visit;
    if !state.sign.dev {
        return Problem::nothing_here().into_response();
    }
    let page = losses::frame(&state.sign, &visit, "/stories");
    answer(face::stories(&page, &visit.to("/stories"), &all()), StatusCode::OK)
}

/// One of them.
async fn story(State(state): State<Arc<Mint>>, visit: Result<Visit, Infallible>, Path(name): Path<String>) -> Response {
    let Ok(visit) = visit;
    told(&all(), &name, state.sign.dev, &visit).unwrap_or_else(|| Problem::nothing_here().into_response())
}

/// Where they are.
pub(super) fn pages() -> Router<Arc<Mint>> {
    Router::new()
        .route("/stories", get(stories))
        .route("/stories/{name}", get(story))
}
