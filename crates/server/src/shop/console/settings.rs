//! Settings: somebody's own ways in.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use face::Said;
use serde_json::json;
use units::Hash;

use super::{
    enter::from_here,
    frame::{At, on, page as frame, private, refused, shown, shown_as, told},
    staff::Staff,
};
use crate::{
    forms::Fields,
    frame::Problem,
    pages::Visit,
    shop::{Stall, pages::Sign},
    ways::{self, Whither},
};

pub(super) use crate::ways::{KeyLine, Own};

pub(super) fn draw(
    sign: &Sign,
    visit: &Visit,
    staff: Option<&Staff>,
    own: &Own,
    codes: &[String],
    note: Option<Said>,
) -> Result<String, askama::Error> {
    let to = Whither {
        base: "/console/settings",
        sign_out: "/console/sign-out",
        script: "/console/script.js",
        steps: true,
    };
    let page = frame(sign, visit, staff, None, At::Settings);
    ways::draw(&page, visit, &to, own, codes, note)
}

async fn read(shop: &Stall, staff: &Staff) -> Result<Own, Problem> {
    let ways = shop.ways();
    ways.own(staff.live.account, staff.name.clone(), staff.csrf.clone())
        .await
}

async fn made(shop: &Stall, staff: &Staff, codes: &[String], note: Option<Said>) -> Result<Response, Problem> {
    let own = read(shop, staff).await?;
    Ok(shown(draw(&shop.sign, &staff.visit, Some(staff), &own, codes, note)))
}

/// The page.
pub(super) async fn page(State(shop): State<Arc<Stall>>, staff: Staff, Query(asked): Query<Fields>) -> Response {
    let note = ways::note_of(staff.visit.words, asked.get("said").map(String::as_str));
    let made = made(&shop, &staff, &[], note).await;
    told(&shop.sign, &staff.visit, &staff, made)
}

/// A form of this page: of ours, and sent by somebody who showed himself moments ago.
fn dear(shop: &Stall, staff: &Staff, fields: &Fields) -> Result<(), Box<Response>> {
    let refuse = |no| Box::new(refused(&shop.sign, &staff.visit, Some(staff), &no));
    staff.check(shop, fields).map_err(refuse)?;
    staff.fresh("/console/settings")
}

/// Sets a password; every other session ends.
pub(super) async fn password(State(shop): State<Arc<Stall>>, staff: Staff, Form(fields): Form<Fields>) -> Response {
    if let Err(response) = dear(&shop, &staff, &fields) {
        return *response;
    }
    let text = fields.get("password").map(String::as_str).unwrap_or_default();
    let ways = shop.ways();
    let set = ways.set_password(staff.live.account, staff.live.session, text);
    match set.await {
        Ok(()) => on(&staff.visit, "/console/settings?said=password"),
        Err(no) if no.code().starts_with("password-") => {
            let note = Some(staff.visit.words.console_password_rule());
            let own = read(&shop, &staff).await;
            match own {
                Ok(own) => shown_as(
                    draw(&shop.sign, &staff.visit, Some(&staff), &own, &[], note),
                    StatusCode::UNPROCESSABLE_ENTITY,
                ),
                Err(no) => refused(&shop.sign, &staff.visit, Some(&staff), &no),
            }
        }
        Err(no) => refused(&shop.sign, &staff.visit, Some(&staff), &no),
    }
}

/// Ten new recovery codes, shown once.
pub(super) async fn codes(State(shop): State<Arc<Stall>>, staff: Staff, Form(fields): Form<Fields>) -> Response {
    if let Err(response) = dear(&shop, &staff, &fields) {
        return *response;
    }
    let drawn = async {
        let codes = shop.ways().codes(staff.live.account).await?;
        made(&shop, &staff, &codes, None).await
    };
    let drawn = drawn.await;
    told(&shop.sign, &staff.visit, &staff, drawn)
}

/// Asks for a second step, or no longer.
pub(super) async fn second(State(shop): State<Arc<Stall>>, staff: Staff, Form(fields): Form<Fields>) -> Response {
    if let Err(response) = dear(&shop, &staff, &fields) {
        return *response;
    }
    let asked = fields.get("asked").is_some_and(|v| v == "yes");
    let set = shop.ways().second(staff.live.account, asked).await;
    match set {
        Ok(true) => on(&staff.visit, "/console/settings?said=saved"),
        Ok(false) => on(&staff.visit, "/console/settings?said=second-no"),
        Err(no) => refused(&shop.sign, &staff.visit, Some(&staff), &no),
    }
}

/// Ends all sessions, this one too.
pub(super) async fn everywhere(State(shop): State<Arc<Stall>>, staff: Staff, Form(fields): Form<Fields>) -> Response {
    if let Err(no) = staff.check(&shop, &fields) {
        return refused(&shop.sign, &staff.visit, Some(&staff), &no);
    }
    let ended = shop.ways().everywhere(staff.live.account).await;
    match ended {
        Ok(()) => {
            let mut response = on(&staff.visit, "/console/sign-in");
            shop.console.let_out(&mut response);
            response
        }
        Err(no) => refused(&shop.sign, &staff.visit, Some(&staff), &no),
    }
}

/// What the script hands to the browser: a further passkey.
pub(super) async fn key_options(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    from_here(&shop, &headers)?;
    let options = shop.ways().key_options(staff.live.account, &staff.name).await?;
    Ok(private(axum::Json(options).into_response()))
}

/// Registers it.
pub(super) async fn key_add(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    headers: HeaderMap,
    axum::Json(sent): axum::Json<serde_json::Value>,
) -> Result<Response, Problem> {
    from_here(&shop, &headers)?;
    if staff.fresh("/console/settings").is_err() {
        let back = data_encoding::BASE64URL_NOPAD.encode(b"/console/settings");
        let to = staff.visit.to(&format!("/console/again?back={back}"));
        return Ok(private(axum::Json(json!({ "to": to })).into_response()));
    }
    shop.ways().key_add(staff.live.account, &sent).await?;
    let to = staff.visit.to("/console/settings?said=saved");
    Ok(private(axum::Json(json!({ "to": to })).into_response()))
}

/// Removes a passkey, unless it is the last way in.
pub(super) async fn key_remove(State(shop): State<Arc<Stall>>, staff: Staff, Form(fields): Form<Fields>) -> Response {
    if let Err(response) = dear(&shop, &staff, &fields) {
        return *response;
    }
    let Some(key) = fields.get("key").and_then(|text| text.parse::<Hash>().ok()) else {
        return refused(&shop.sign, &staff.visit, Some(&staff), &Problem::nothing_here());
    };
    let removed = shop.ways().key_remove(staff.live.account, key).await;
    match removed {
        Ok(true) => on(&staff.visit, "/console/settings?said=saved"),
        Ok(false) => on(&staff.visit, "/console/settings?said=last"),
        Err(no) => refused(&shop.sign, &staff.visit, Some(&staff), &no),
    }
}
