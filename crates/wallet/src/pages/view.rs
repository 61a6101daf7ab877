//! View: the templates and what they are given. Everything is escaped by them; nothing is computed in them.

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};

use super::words::{EN, Words};

/// What every page has.
#[derive(Debug, Clone)]
pub(super) struct Page {
    pub w: &'static Words,
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
            w: &EN,
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

/// Renders.
pub(super) fn html(template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => {
            let kind = HeaderValue::from_static("text/html; charset=utf-8");
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        // Writing into a string does not fail.
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Something with a name and an amount or a text.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub name: String,
    pub text: String,
}

impl Row {
    pub(super) fn new(name: &str, text: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            text: text.into(),
        }
    }
}

/// An open payment.
#[derive(Debug)]
pub(super) struct Way {
    pub deal: String,
    pub amount: String,
    pub title: String,
    pub with: String,
    pub what: &'static str,
}

/// A work in the library.
#[derive(Debug)]
pub(super) struct Item {
    pub id: String,
    pub title: String,
    pub note: String,
    pub plays: bool,
    pub missing: bool,
}

#[derive(Debug, Template)]
#[template(path = "home.html")]
pub(super) struct HomeView<'a> {
    pub p: &'a Page,
    pub words: String,
    pub purse: String,
    pub sums: Vec<Row>,
    pub escrow: Vec<Row>,
    pub ways: Vec<Way>,
    pub warnings: Vec<&'static str>,
    pub items: Vec<Item>,
    pub places: String,
    pub contact: String,
    pub payments: usize,
    pub in_tpm: bool,
    pub card: String,
}

#[derive(Debug, Template)]
#[template(path = "confirm.html")]
pub(super) struct ConfirmView<'a> {
    pub p: &'a Page,
    pub words: String,
    pub quote: String,
    pub ask: [&'static str; 3],
    /// What the question is about: the amount first when money leaves.
    pub subject: [String; 2],
    pub yes: &'static str,
    /// Money leaves: the amount stands in the button.
    pub pays: bool,
    pub once: &'static str,
    pub own: [&'static str; 2],
    pub no: &'static str,
    pub amount: String,
    pub title: String,
    pub rows: Vec<Row>,
    pub seller: String,
    pub tries: u8,
    /// Set when the card would refuse: no button then.
    pub short: Option<String>,
    pub error: Option<String>,
}

#[derive(Debug, Template)]
#[template(path = "result.html")]
pub(super) struct ResultView<'a> {
    pub p: &'a Page,
    pub head: String,
    pub text: String,
    pub again: bool,
    pub license: Option<String>,
    pub receipt: Option<u64>,
    pub deal: String,
}

#[derive(Debug, Template)]
#[template(path = "amount.html")]
pub(super) struct AmountView<'a> {
    pub p: &'a Page,
    pub head: &'static str,
    pub how: &'static str,
    pub action: &'static str,
    pub currency: String,
    pub pin: bool,
    pub purse: String,
    pub error: Option<String>,
}

#[derive(Debug, Template)]
#[template(path = "license.html")]
pub(super) struct LicenseView<'a> {
    pub p: &'a Page,
    pub id: String,
    pub title: String,
    pub playable: bool,
    pub why_not: String,
    /// A centre can unlock it.
    pub unlocks: bool,
    pub here: String,
    pub missing: bool,
    pub rows: Vec<Row>,
    pub refund: Option<String>,
    /// It was played, and its publisher takes it back only unplayed.
    pub refund_gone: bool,
}

#[derive(Debug, Template)]
#[template(path = "player.html")]
pub(super) struct PlayerView<'a> {
    pub p: &'a Page,
    pub title: String,
    /// audio, video, image, text or other.
    pub kind: &'static str,
    pub content: String,
    pub address: String,
    pub session: String,
    pub until: String,
    pub license: String,
    pub part: bool,
}

#[derive(Debug, Template)]
#[template(path = "list.html")]
pub(super) struct ListView<'a> {
    pub p: &'a Page,
    pub head: &'static str,
    pub what: &'static str,
    pub empty: &'static str,
    pub rows: Vec<Row>,
    /// A way on: path and words.
    pub go: Option<(&'static str, &'static str)>,
}

#[derive(Debug, Template)]
#[template(path = "door.html")]
pub(super) struct DoorView<'a> {
    pub p: &'a Page,
    pub error: Option<String>,
}

#[derive(Debug, Template)]
#[template(path = "asking.html")]
pub(super) struct AskingView<'a> {
    pub p: &'a Page,
}

#[derive(Debug, Template)]
#[template(path = "first.html")]
pub(super) struct FirstView<'a> {
    pub p: &'a Page,
    pub error: Option<String>,
}

#[derive(Debug, Template)]
#[template(path = "born.html")]
pub(super) struct BornView<'a> {
    pub p: &'a Page,
    pub words: String,
    pub code: String,
}
