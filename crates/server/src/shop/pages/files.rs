//! Files beside the pages: covers for works that bring no picture.

use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use face::{Cover, Scene};
use license::WorkKind;
use units::ContentId;

use super::super::words;
use crate::pages::lasting;

/// The cover of a work that has no picture: drawn from its number, the same for ever.
pub(crate) async fn cover(Path((kind, content)): Path<(String, String)>) -> Response {
    let work = words::kind_named(&kind).zip(content.parse::<ContentId>().ok());
    match work {
        Some((kind, content)) => lasting(Cover::new(content.as_bytes(), scene(kind)).svg(), "image/svg+xml"),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// What stands on the cover of a kind of work.
pub(super) const fn scene(kind: WorkKind) -> Scene {
    match kind {
        WorkKind::Sound => Scene::Sound,
        WorkKind::Video => Scene::Film,
        WorkKind::Text => Scene::Book,
        WorkKind::Picture => Scene::Picture,
        WorkKind::Program => Scene::Game,
        WorkKind::Mixed => Scene::Other,
    }
}
