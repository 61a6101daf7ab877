//! Files beside the pages: the style sheet, the mark, and covers for works that bring no picture.

use axum::{
    extract::{OriginalUri, Path},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use face::{Cover, Scene};
use license::WorkKind;
use units::ContentId;

use super::super::words;
use crate::frame::NoGuess;

/// The style sheet or the mark.
pub(crate) async fn asset(OriginalUri(uri): OriginalUri) -> Response {
    match face::asset(uri.path()) {
        Some(found) => lasting(found.text.to_owned(), found.media_type),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

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

/// A file that never changes under its name.
fn lasting(text: String, media_type: &'static str) -> Response {
    let mut response = text.into_response();
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    fields.insert(header::CACHE_CONTROL, forever);
    response.extensions_mut().insert(NoGuess);
    response
}
