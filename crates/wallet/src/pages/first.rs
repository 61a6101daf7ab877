//! First: the doors that any page may lead to, the static files, and the making of a first card.

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use card::{PinRefusal, RecoveryCode};
use face::{CardPage, Lang, Said, Words};
use serde::Deserialize;
use units::Refusal;

use super::{
    Desk, files,
    money::pin_said,
    problem::{Problem, why},
    settings::draw_software,
    view::{Page, drawn, drawn_as},
    visit::{Part, Shared, card_frame, frame, read_in},
};
use crate::engine::{BirthRefused, Wallet};

/// In which language somebody reads whom nobody knows here yet: what the address says, what was chosen before, what the
/// browser asks for.
#[derive(Deserialize, Default)]
pub(super) struct Asked {
    #[serde(default)]
    lang: String,
}

/// A page outside of any page key: its frame, with itself in the other language.
fn outside(desk: &Desk, asked: &Asked, headers: &HeaderMap, path: &str) -> face::Page {
    let words = Words(Lang::of_tag(&asked.lang).unwrap_or_else(|| read_in(desk, "", headers)));
    frame(words, "", Part::Elsewhere, elsewhere(words, path), desk.is_dev())
}

fn elsewhere(words: Words, path: &str) -> Vec<(Lang, String)> {
    let others = Lang::ALL.into_iter().filter(|lang| *lang != words.lang());
    others
        .map(|lang| (lang, format!("{path}?lang={}", lang.tag())))
        .collect()
}

#[derive(Template)]
#[template(path = "door.html")]
struct DoorView<'a> {
    page: &'a face::Page,
    error: Option<Said>,
    /// Does its script lead on whoever is known here?
    leads: bool,
}

#[derive(Template)]
#[template(path = "first.html")]
struct FirstView<'a> {
    page: &'a face::Page,
    error: Option<Said>,
}

/// Draws the door. `leads`: its script leads on whoever is known here.
pub(super) fn draw_door(page: &face::Page, error: Option<Said>, leads: bool) -> Result<String, askama::Error> {
    DoorView { page, error, leads }.render()
}

/// Draws the making of a first card.
pub(super) fn draw_first(page: &face::Page, error: Option<Said>) -> Result<String, askama::Error> {
    FirstView { page, error }.render()
}

/// `/`: nothing of the card is shown here; a browser that has a page key is led to its pages.
pub(super) async fn door(State(desk): Shared, Query(asked): Query<Asked>, headers: HeaderMap) -> Response {
    let page = outside(&desk, &asked, &headers, "/");
    if desk.open().is_none() && desk.birth.is_some() {
        return drawn(draw_first(&page, None));
    }
    drawn(draw_door(&page, None, true))
}

/// How far asking the seller has come. The page's own script leads from one to the next; it goes along with the first alone,
/// so that a story stays what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asking {
    /// The script is about to begin.
    Begins,
    /// The seller is asked.
    Waits,
    /// He has not answered for some time.
    Slow,
    /// The holder asks no longer.
    Stopped,
    /// The page was opened without an offer.
    Nothing,
}

impl Asking {
    const fn waits(self) -> bool {
        matches!(self, Self::Begins | Self::Waits | Self::Slow)
    }
}

#[derive(Template)]
#[template(path = "asking.html")]
struct AskingView<'a> {
    page: &'a face::Page,
    state: Asking,
}

/// Draws the page that hands an offer over.
pub(super) fn draw_asking(page: &face::Page, state: Asking) -> Result<String, askama::Error> {
    AskingView { page, state }.render()
}

/// `/confirm`: a link from a shop leads here. Its offer stands behind the `#` and is handed over by this page's own script.
pub(super) async fn confirm(State(desk): Shared, Query(asked): Query<Asked>, headers: HeaderMap) -> Response {
    drawn(draw_asking(
        &outside(&desk, &asked, &headers, "/confirm"),
        Asking::Begins,
    ))
}

/// `/software`: what a software card is, for whoever is about to make one.
pub(super) async fn software(State(desk): Shared, Query(asked): Query<Asked>, headers: HeaderMap) -> Response {
    drawn(draw_software(&outside(&desk, &asked, &headers, "/software"), None))
}

#[derive(Deserialize)]
pub(super) struct Code {
    code: String,
}

/// Takes a code and leads to the pages of the new key.
pub(super) async fn open(State(desk): Shared, headers: HeaderMap, Form(form): Form<Code>) -> Response {
    match desk.admit(&form.code) {
        Some(key) => page_of(&desk, &key).go("/"),
        None => {
            let page = outside(&desk, &Asked::default(), &headers, "/");
            let error = page.words.door_unknown();
            drawn_as(StatusCode::FORBIDDEN, draw_door(&page, Some(error), true))
        }
    }
}

fn page_of(desk: &Desk, key: &str) -> Page {
    Page {
        base: format!("/s/{key}"),
        token: desk.form_token(key),
        ..Page::default()
    }
}

#[derive(Template)]
#[template(path = "born.html")]
struct BornView<'a> {
    card: &'a CardPage,
    base: &'a str,
    code: &'a str,
}

/// Draws the page of a card that was just made.
pub(super) fn draw_born(card: &CardPage, base: &str, code: &str) -> Result<String, askama::Error> {
    BornView { card, base, code }.render()
}

#[derive(Deserialize)]
pub(super) struct NewCard {
    code: String,
    pin: String,
    again: String,
}

/// Makes the first card of this home.
pub(super) async fn birth(State(desk): Shared, headers: HeaderMap, Form(form): Form<NewCard>) -> Response {
    let page = outside(&desk, &Asked::default(), &headers, "/");
    let w = page.words;
    let again = |error: Said| drawn_as(StatusCode::UNPROCESSABLE_ENTITY, draw_first(&page, Some(error)));
    let _alone = desk.bearing().await;
    let by = [form.code.as_str(), form.pin.as_str()];
    if let (Some(seat), Some((key, code))) = (desk.open(), desk.born(by)) {
        return born_page(w, &seat.wallet, &key, &code).await;
    }
    let (Some((home, plan)), None) = (desk.birth.clone(), desk.open()) else {
        return Problem::not_found().page(None);
    };
    if form.pin != form.again {
        return again(w.first_differ());
    }
    if !desk.has_code(&form.code) {
        return again(w.first_code_unknown());
    }
    let born: Result<_, BirthRefused> = Wallet::birth(home, plan, &form.pin).await;
    let (wallet, code) = match born {
        Ok(born) => born,
        // The code is still good: a PIN of three digits costs nobody a restart.
        Err(BirthRefused::Pin(no @ PinRefusal::NotAPin)) => return again(pin_said(w, &no)),
        Err(no) => return again(why(w, no.told(), &no.to_string())),
    };
    let Some(key) = desk.admit(&form.code) else {
        return again(w.first_code_unknown());
    };
    if let Err(no) = wallet.enrol().await {
        // The background asks again; the card is there.
        tracing::info!(code = no.code(), "the issuer has not taken the card yet");
    }
    desk.keep_born(by, &key, &code);
    desk.seat(wallet.clone());
    born_page(w, &wallet, &key, &code).await
}

async fn born_page(w: Words, wallet: &Wallet, key: &str, code: &RecoveryCode) -> Response {
    let two_words = wallet.words().await;
    let card = card_frame(w, &two_words, vec![], false, wallet.is_dev());
    drawn(draw_born(&card, &format!("/s/{key}"), &code.0))
}

/// Style, scripts and mark.
pub(super) async fn file(Path(name): Path<String>) -> Response {
    let own = files::find(&name).map(|own| (own.kind, own.text));
    let shared = || face::asset(&format!("/static/{name}")).map(|asset| (asset.media_type, asset.text));
    let Some((kind, text)) = own.or_else(shared) else {
        return Problem::not_found().into_response();
    };
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
