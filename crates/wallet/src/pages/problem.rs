//! Problem: every "no" of the wallet, as problem details for programs (RFC 9457) and as a calm page for people.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;
use units::{Again, Refusal};

use super::view::{Page, Refused, html};

/// A "no" on its way out.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    code: String,
    again: Again,
    detail: String,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &str, detail: &str) -> Self {
        let again = if status == StatusCode::TOO_MANY_REQUESTS {
            Again::Later
        } else {
            Again::AfterYouAct
        };
        Self {
            status,
            code: code.to_owned(),
            again,
            detail: detail.to_owned(),
        }
    }
    pub(crate) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "nothing is here; it may have been closed or deleted",
        )
    }
    pub(crate) fn no_card() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "no-card-here",
            "there is no card yet: make one on the first page",
        )
    }
    /// A refusal of the engine.
    pub(super) fn of(no: &dyn Refusal) -> Self {
        let status = match no.again() {
            Again::Later => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self {
            status,
            code: no.told().to_owned(),
            again: no.again(),
            detail: no.to_string(),
        }
    }

    /// As JSON.
    pub(super) fn json(&self) -> Response {
        let again = match self.again {
            Again::Never => "never",
            Again::AfterYouAct => "after-you-act",
            Again::Later => "later",
        };
        let body = json!({
            "type": format!("urn:keyfare:problem:{}", self.code),
            "title": self.code,
            "status": self.status.as_u16(),
            "detail": self.detail,
            "code": self.code,
            "again": again,
        });
        let kind = (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        (self.status, [kind], body.to_string()).into_response()
    }

    /// As a page, with the way home if whoever asked has one.
    pub(super) fn page(&self, page: Option<&Page>) -> Response {
        let base = page.cloned().unwrap_or_default();
        let mut response = html(&Refused {
            p: &base,
            code: &self.code,
            detail: &self.detail,
            home: page.is_some(),
        });
        *response.status_mut() = self.status;
        response
    }

    /// As whoever asked reads it.
    pub(super) fn into_response_for(self, headers: &HeaderMap) -> Response {
        let reads_pages = headers
            .get(header::ACCEPT)
            .and_then(|a| a.to_str().ok())
            .is_some_and(|a| a.contains("text/html"));
        if reads_pages { self.page(None) } else { self.json() }
    }
}

impl<E: Refusal> From<E> for Problem {
    fn from(no: E) -> Self {
        Self::of(&no)
    }
}

/// For programs.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.json()
    }
}
