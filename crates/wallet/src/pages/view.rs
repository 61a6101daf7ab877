//! View: the templates and what they are given. Everything is escaped by them; nothing is computed in them.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};

/// What every page has.
#[derive(Debug, Clone)]
pub(super) struct Page {
    /// Where its links begin: `/s/{key}`; empty outside.
    pub base: String,
    /// Its forms' token.
    pub token: String,
    /// The card is of the realm for trying things out.
    pub dev: bool,
    /// In its reader's language.
    pub words: face::Words,
}

impl Default for Page {
    fn default() -> Self {
        Self {
            base: String::new(),
            token: String::new(),
            dev: false,
            words: face::Words(face::Lang::En),
        }
    }
}

impl Page {
    /// A path below this page's key.
    pub(super) fn go(&self, path: &str) -> Response {
        Redirect::to(&format!("{}{path}", self.base)).into_response()
    }
}

/// A page that was drawn.
pub(super) fn drawn(page: Result<String, askama::Error>) -> Response {
    match page {
        Ok(text) => {
            let kind = HeaderValue::from_static("text/html; charset=utf-8");
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        // Writing into a string does not fail.
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The same as an answer of another kind than "here it is".
pub(super) fn drawn_as(status: StatusCode, page: Result<String, askama::Error>) -> Response {
    let mut response = drawn(page);
    if response.status().is_success() {
        *response.status_mut() = status;
    }
    response
}
