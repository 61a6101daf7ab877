//! Problem: every "no" as RFC 9457 says it, made from the refusal itself, so that code, text and status never disagree.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use units::{Again, Refusal};

/// Where the codes are explained.
const TYPES: &str = "https://keyfare.example/problems/";

/// A refusal on its way to whoever asked. It never holds a secret: its text is the refusal's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    code: String,
    again: Again,
    detail: String,
    retry_after: Option<u64>,
}

/// The document's members.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct Document {
    /// Names the kind of problem; ends with the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened and what to do.
    pub detail: String,
    /// Stable code, words joined by hyphens.
    pub code: String,
    /// "never", "after-you-act" or "later": would the same request succeed?
    pub again: String,
}

impl Problem {
    /// Passes a typed refusal on; its status follows from its code and from when asking again makes sense.
    pub fn by(no: &dyn Refusal) -> Self {
        Self::new(status_of(no.code(), no.again()), no.code(), no.again(), &no.to_string())
    }
    /// A refusal of the door itself, before any party was asked.
    pub fn door(status: StatusCode, code: &'static str, again: Again, detail: &str) -> Self {
        Self::new(status, code, again, detail)
    }
    fn new(status: StatusCode, code: &str, again: Again, detail: &str) -> Self {
        Self {
            status,
            code: code.to_owned(),
            again,
            detail: printable(detail),
            retry_after: matches!(again, Again::Later).then_some(1),
        }
    }
    /// Nothing under this address.
    pub fn nothing_here() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            Again::Never,
            "there is nothing here; check the address",
        )
    }
    /// Asks to come back after so many seconds.
    pub const fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }
    /// The same with another status, where the verb knows better.
    pub const fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }
    /// Its code.
    pub fn code(&self) -> &str {
        &self.code
    }
    /// Its status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }
    /// Its text.
    pub fn detail(&self) -> &str {
        &self.detail
    }
    /// The document.
    pub fn document(&self) -> Document {
        Document {
            kind: format!("{TYPES}{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Refused").to_owned(),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            code: self.code.clone(),
            again: word(self.again).to_owned(),
        }
    }
}

impl<R: Refusal> From<R> for Problem {
    fn from(no: R) -> Self {
        Self::by(&no)
    }
}

/// The code of a refused request, for the log: no other part of an answer is written there.
#[derive(Debug, Clone)]
pub struct LoggedCode(pub String);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.document()).unwrap_or_default();
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(LoggedCode(self.code));
        response
    }
}

/// How the document says when.
const fn word(again: Again) -> &'static str {
    match again {
        Again::Never => "never",
        Again::AfterYouAct => "after-you-act",
        Again::Later => "later",
    }
}

fn status_of(code: &str, again: Again) -> StatusCode {
    let exact = match code {
        "not-yet" => Some(StatusCode::ACCEPTED),
        "restored" => Some(StatusCode::SERVICE_UNAVAILABLE),
        "store-full" => Some(StatusCode::INSUFFICIENT_STORAGE),
        _ if code.starts_with("store-") && again == Again::Never => Some(StatusCode::INTERNAL_SERVER_ERROR),
        _ if code.ends_with("-malformed") => Some(StatusCode::BAD_REQUEST),
        _ if code.ends_with("-unknown") => Some(StatusCode::NOT_FOUND),
        _ => None,
    };
    exact.unwrap_or(match again {
        Again::Never => StatusCode::UNPROCESSABLE_ENTITY,
        Again::AfterYouAct => StatusCode::CONFLICT,
        Again::Later => StatusCode::SERVICE_UNAVAILABLE,
    })
}

/// Control characters as their codes: what came from outside must not steer a terminal or fake a line of a log.
pub fn printable(text: &str) -> String {
    if !text.chars().any(char::is_control) {
        return text.to_owned();
    }
    text.chars()
        .flat_map(|c| {
            let plain = (!c.is_control()).then_some(c);
            plain
                .into_iter()
                .chain(c.is_control().then(|| c.escape_unicode()).into_iter().flatten())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_follow_codes_and_texts_hold_no_controls() {
        let check = |code: &'static str, again, status: u16| {
            assert_eq!(status_of(code, again).as_u16(), status, "{code}");
        };
        check("not-yet", Again::Later, 202);
        check("restored", Again::Later, 503);
        check("store-full", Again::AfterYouAct, 507);
        check("store-corrupt", Again::Never, 500);
        check("pay-malformed", Again::Never, 400);
        check("offer-unknown", Again::Never, 404);
        check("purse-too-small", Again::AfterYouAct, 409);
        check("anything", Again::Never, 422);
        assert_eq!(printable("a\u{1b}[2J\nb"), "a\\u{1b}[2J\\u{a}b");
        assert_eq!(printable("見る"), "見る");
    }
}
