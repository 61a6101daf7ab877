//! First: the doors that any page may lead to, the static files, and the making of a first card.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use units::Refusal;

use super::{
    Desk, EN,
    problem::Problem,
    view::{AskingView, BornView, DoorView, FirstView, Page, html},
};
use crate::engine::{BirthRefused, Wallet};

type Shared = State<Arc<Desk>>;

fn page(desk: &Desk, key: &str) -> Page {
    Page {
        base: format!("/s/{key}"),
        token: desk.form_token(key),
        ..Page::default()
    }
}

/// `/`: nothing of the card is shown here; a browser that has a page key is led to its pages.
pub(super) async fn door(State(desk): Shared) -> Response {
    let p = &Page::default();
    if desk.open().is_none() && desk.birth.is_some() {
        return html(&FirstView { p, error: None });
    }
    html(&DoorView { p, error: None })
}

/// `/confirm`: a link from a shop leads here. Its offer stands behind the `#` and is handed over by this page's own script.
pub(super) async fn confirm() -> Response {
    html(&AskingView { p: &Page::default() })
}

#[derive(Deserialize)]
pub(super) struct Code {
    code: String,
}

/// Takes a code and leads to the pages of the new key.
pub(super) async fn open(State(desk): Shared, Form(form): Form<Code>) -> Response {
    match desk.admit(&form.code) {
        Some(key) => page(&desk, &key).go("/"),
        None => {
            let p = &Page::default();
            let error = Some("This code is not known, or was used before; nothing has changed.".to_owned());
            let mut response = html(&DoorView { p, error });
            *response.status_mut() = StatusCode::FORBIDDEN;
            response
        }
    }
}

#[derive(Deserialize)]
pub(super) struct NewCard {
    code: String,
    pin: String,
    again: String,
}

/// Makes the first card of this home.
pub(super) async fn birth(State(desk): Shared, Form(form): Form<NewCard>) -> Response {
    let p = Page::default();
    let again = |error: String| {
        let mut response = html(&FirstView {
            p: &p,
            error: Some(error),
        });
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        response
    };
    let (Some((home, plan)), None) = (desk.birth.clone(), desk.open()) else {
        return Problem::not_found().page(None);
    };
    if form.pin != form.again {
        return again(EN.pins_differ.to_owned());
    }
    let Some(key) = desk.admit(&form.code) else {
        return again("This code is not known, or was used before.".to_owned());
    };
    let born: Result<_, BirthRefused> = Wallet::birth(home, plan, &form.pin).await;
    let (wallet, code) = match born {
        Ok(born) => born,
        Err(no) => return again(no.to_string()),
    };
    if let Err(no) = wallet.enrol().await {
        // The background asks again; the card is there.
        tracing::info!(code = no.code(), "the issuer has not taken the card yet");
    }
    let words = wallet.words().await;
    desk.seat(wallet);
    html(&BornView {
        p: &page(&desk, &key),
        words,
        code: code.0,
    })
}

/// Style, scripts and mark.
pub(super) async fn file(Path(name): Path<String>) -> Response {
    let (kind, text) = match name.as_str() {
        "wallet.css" => ("text/css; charset=utf-8", include_str!("../../static/wallet.css")),
        "confirm.js" => (
            "text/javascript; charset=utf-8",
            include_str!("../../static/confirm.js"),
        ),
        "door.js" => ("text/javascript; charset=utf-8", include_str!("../../static/door.js")),
        "remember.js" => (
            "text/javascript; charset=utf-8",
            include_str!("../../static/remember.js"),
        ),
        "hand.css" => ("text/css; charset=utf-8", include_str!("../../static/hand.css")),
        "hand.js" => ("text/javascript; charset=utf-8", include_str!("../../static/hand.js")),
        "key.svg" => ("image/svg+xml", include_str!("../../static/key.svg")),
        _ => match face::asset(&format!("/static/{name}")) {
            Some(asset) => (asset.media_type, asset.text),
            None => return Problem::not_found().into_response(),
        },
    };
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
