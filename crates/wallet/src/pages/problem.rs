//! Problem: every "no" of the wallet, as problem details for programs (RFC 9457) and as a calm page for people.

use askama::Template;
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use face::{Lang, Said, Words};
use serde_json::json;
use units::{Again, Refusal};

use super::{
    spoken::{of_amounts, spoken},
    view::{Page, drawn_as},
    visit::{Part, frame},
};

/// A "no" on its way out.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    code: String,
    again: Again,
    detail: String,
    /// The reason in the reader's language, where it has figures that only its page knows how to say.
    said: Option<Said>,
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
            said: None,
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
            said: None,
        }
    }
    /// The same, said like this to people.
    pub(super) fn saying(self, said: Said) -> Self {
        Self {
            said: Some(said),
            ..self
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

    /// As a page, with the ways on if whoever asked has a page key.
    pub(super) fn page(&self, page: Option<&Page>) -> Response {
        drawn_as(self.status, self.draw(&page.cloned().unwrap_or_default()))
    }

    /// Draws it.
    pub(super) fn draw(&self, base: &Page) -> Result<String, askama::Error> {
        RefusedView {
            page: &frame(base.words, &base.base, Part::Elsewhere, vec![], base.dev),
            base: &base.base,
            token: &base.token,
            code: &self.code,
            why: self.why(base.words),
            danger: is_danger(&self.code),
            ways: if base.base.is_empty() { &[] } else { ways_on(&self.code) },
        }
        .render()
    }

    /// The reason in the reader's language, as a sentence.
    pub(super) fn why(&self, words: Words) -> Said {
        let said = || why(words, &self.code, &self.detail);
        self.said.clone().unwrap_or_else(said)
    }

    /// As whoever asked reads it.
    pub(super) fn into_response_for(self, headers: &HeaderMap) -> Response {
        let told = |name| headers.get(name).and_then(|a: &HeaderValue| a.to_str().ok());
        if !told(header::ACCEPT).is_some_and(|a| a.contains("text/html")) {
            return self.json();
        }
        self.page(Some(&Page {
            words: Words(Lang::choose(None, None, told(header::ACCEPT_LANGUAGE))),
            ..Page::default()
        }))
    }
}

/// A refusal's reason in the reader's language: the engine's own sentence, with its figures, or the catalogue's.
pub(super) fn why(words: Words, code: &str, detail: &str) -> Said {
    let (text, sums) = spoken(words, detail);
    of_amounts(words, code, &sums).unwrap_or_else(|| words.refused_why(code, sentence(&text)))
}

/// A reason as a sentence: it begins with a capital and ends with a full stop.
fn sentence(detail: &str) -> String {
    let mut rest = detail.trim().chars();
    let mut out: String = rest.next().map(char::to_uppercase).into_iter().flatten().collect();
    out.push_str(rest.as_str());
    if !out.ends_with(['.', '!', '?']) {
        out.push('.');
    }
    out
}

/// Is somebody's card false or stopped?
fn is_danger(code: &str) -> bool {
    matches!(
        code,
        "card-stopped" | "card-stopped-as-copied" | "certificate-revoked" | "receiver-not-verified"
    )
}

/// A way on from a refusal: where it leads, and what it says. An empty path goes online now.
pub(super) type WayOn = (&'static str, fn(Words) -> Said);

/// What can be done about it here.
pub(super) fn ways_on(code: &str) -> &'static [WayOn] {
    const LOAD: WayOn = ("/load", |w| w.money_load());
    const ROOM: WayOn = ("/library?room=1", |w| w.conf_make_room());
    const LIMITS: WayOn = ("/limits", |w| w.wallet_limits());
    const WAY: WayOn = ("/on-its-way", |w| w.way());
    const VALUES: WayOn = ("/values", |w| w.wallet_values());
    const ESCROW: WayOn = ("/escrow", |w| w.escrow());
    const LOST: WayOn = ("/lost", |w| w.lost_title());
    const ONLINE: WayOn = ("", |w| w.way_online());
    match code {
        "purse-too-small" => &[LOAD],
        "card-full" | "card-full-of-licenses" | "void-no-room" => &[ROOM],
        "above-own-limit" | "above-own-day" | "above-payment-limit" | "balance-limit" | "pin-blocked" => &[LIMITS],
        "payment-already-open" | "too-many-open-payments" | "giver-full" => &[WAY, ONLINE],
        "card-stopped" | "card-replaced" => &[LOST],
        "card-full-of-values" => &[VALUES],
        "card-full-of-fares" => &[ESCROW, ONLINE],
        "card-put-back"
        | "card-frozen"
        | "silent-too-long"
        | "no-transfer-certificate"
        | "license-on-hold"
        | "card-not-enrolled"
        | "card-worn-out" => &[ONLINE],
        _ => &[],
    }
}

#[derive(Template)]
#[template(path = "refused.html")]
struct RefusedView<'a> {
    page: &'a face::Page,
    base: &'a str,
    token: &'a str,
    code: &'a str,
    why: Said,
    ways: &'static [WayOn],
    /// A false or a stopped card: the only refusals that are no calm matter.
    danger: bool,
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
