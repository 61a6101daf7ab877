//! Settings: somebody's own ways in.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use face::{Day, Page, Said};
use serde_json::json;
use signin::{Name, Password};
use store::Fault;
use units::{Hash, Moment};

use super::{
    enter::{answer_of, from_here},
    frame::{At, on, page as frame, private, refused, shown, shown_as, told},
    staff::Staff,
};
use crate::{
    forms::Fields,
    frame::{Problem, seed},
    pages::Visit,
    shop::{Stall, pages::Sign},
};

/// A passkey, as it is listed.
pub(super) struct KeyLine {
    pub(super) id: String,
    pub(super) label: String,
    pub(super) since: Moment,
    pub(super) copied: bool,
    pub(super) last: bool,
}

/// Somebody's own settings.
pub(super) struct Own {
    pub(super) name: String,
    pub(super) csrf: String,
    pub(super) keys: Vec<KeyLine>,
    pub(super) second: bool,
    pub(super) codes: u64,
    pub(super) sessions: u64,
}

struct Shown {
    id: String,
    label: Said,
    since: Said,
    copied: bool,
    last: bool,
    remove: Said,
}

#[derive(Template)]
#[template(path = "console/settings.html")]
struct SettingsPage<'a> {
    page: &'a Page,
    heading: Said,
    note: Option<Said>,
    keys: Vec<Shown>,
    codes: &'a [String],
    codes_left: Said,
    second: bool,
    sessions: Said,
    csrf: &'a str,
    base: String,
    sign_out: String,
    script: String,
}

pub(super) fn draw(
    sign: &Sign,
    visit: &Visit,
    staff: Option<&Staff>,
    own: &Own,
    codes: &[String],
    note: Option<Said>,
) -> Result<String, askama::Error> {
    let words = visit.words;
    let line = |key: &KeyLine| {
        let label = if key.label.is_empty() {
            words.console_set_key_unnamed()
        } else {
            Said::of(&key.label)
        };
        Shown {
            id: key.id.clone(),
            remove: words.console_set_key_remove_of(label.plain().as_str()),
            label,
            since: words.console_set_key_since(Day(key.since)),
            copied: key.copied,
            last: key.last,
        }
    };
    SettingsPage {
        page: &frame(sign, visit, staff, None, At::Settings),
        heading: words.console_set_you(own.name.as_str()),
        note,
        keys: own.keys.iter().map(line).collect(),
        codes,
        codes_left: words.console_set_codes_left(own.codes),
        second: own.second,
        sessions: words.console_set_everywhere_text(own.sessions),
        csrf: &own.csrf,
        base: visit.to("/console/settings"),
        sign_out: visit.to("/console/sign-out"),
        script: visit.to("/console/script.js"),
    }
    .render()
}

async fn read(shop: &Stall, staff: &Staff) -> Result<Own, Problem> {
    let (gate, id) = (shop.console.gate.clone(), staff.live.account);
    let (keys, second, codes, sessions) = shop
        .office
        .look::<_, signin::NotLive>(move |_, view, now| {
            let mut keys = Vec::new();
            for (name, key) in gate.passkeys(view, id)? {
                keys.push(KeyLine {
                    id: name.to_string(),
                    label: key.label.clone(),
                    since: key.since,
                    copied: key.copied,
                    last: !gate.enters_without(view, id, name)?,
                });
            }
            let second = gate.account(view, id)?.is_some_and(|it| it.second_step);
            Ok((keys, second, gate.codes_left(view, id)?, gate.sessions(view, id, now)?))
        })
        .await?;
    Ok(Own {
        name: staff.name.clone(),
        csrf: staff.csrf.clone(),
        keys,
        second,
        codes: codes as u64,
        sessions: sessions as u64,
    })
}

async fn made(shop: &Stall, staff: &Staff, codes: &[String], note: Option<Said>) -> Result<Response, Problem> {
    let own = read(shop, staff).await?;
    Ok(shown(draw(&shop.sign, &staff.visit, Some(staff), &own, codes, note)))
}

/// The page.
pub(super) async fn page(State(shop): State<Arc<Stall>>, staff: Staff, Query(asked): Query<Fields>) -> Response {
    let words = staff.visit.words;
    let note = match asked.get("said").map(String::as_str) {
        Some("password") => Some(words.console_set_password_set()),
        Some("saved") => Some(words.console_saved()),
        Some("second-no") => Some(words.console_set_second_no()),
        Some("last") => Some(words.console_set_key_last()),
        _ => None,
    };
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
    let set = async {
        let text = fields.get("password").map(String::as_str).unwrap_or_default();
        let password = Password::new(text)?;
        let _place = shop.console.hashing.acquire().await; // never closed
        let (gate, drawn) = (shop.console.gate.clone(), seed()?);
        let hashed = tokio::task::spawn_blocking(move || gate.hash(&password, &drawn)).await;
        let hashed = hashed.map_err(|_| Problem::by(&Fault::Panicked))?;
        let (gate, id, stay) = (shop.console.gate.clone(), staff.live.account, staff.live.session);
        shop.office
            .commit::<_, Fault>(move |_, tx, _, _| {
                gate.set_password(tx, id, &hashed)?;
                gate.sign_out_everywhere(tx, id, Some(stay))
            })
            .await
    };
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
        let (gate, id) = (shop.console.gate.clone(), staff.live.account);
        let codes = shop
            .office
            .commit::<_, Fault>(move |_, tx, _, seed| gate.draw_codes(tx, id, seed))
            .await?;
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
    let (gate, id) = (shop.console.gate.clone(), staff.live.account);
    let set = shop
        .office
        .commit::<_, Fault>(move |_, tx, _, _| gate.ask_second_step(tx, id, asked))
        .await;
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
    let (gate, id) = (shop.console.gate.clone(), staff.live.account);
    let ended = shop
        .office
        .commit::<_, Fault>(move |_, tx, _, _| gate.sign_out_everywhere(tx, id, None))
        .await;
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
    let (gate, id, seed) = (shop.console.gate.clone(), staff.live.account, Arc::new(seed()?));
    let name = Name::new(&staff.name).map_err(|_| Problem::nothing_here())?;
    let options = shop
        .office
        .look::<_, Fault>(move |_, view, now| gate.registration(view, id, &name, now, &seed))
        .await?;
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
    let (gate, id, answer) = (shop.console.gate.clone(), staff.live.account, answer_of(&sent));
    let label = sent["label"].as_str().unwrap_or_default().to_owned();
    shop.office
        .commit(move |_, tx, now, _| gate.register_passkey(tx, id, &label, &answer, now))
        .await?;
    let to = staff.visit.to("/console/settings?said=saved");
    Ok(private(axum::Json(json!({ "to": to })).into_response()))
}

/// Removes a passkey, unless it is the last way in.
pub(super) async fn key_remove(State(shop): State<Arc<Stall>>, staff: Staff, Form(fields): Form<Fields>) -> Response {
    if let Err(response) = dear(&shop, &staff, &fields) {
        return *response;
    }
    let (gate, id) = (shop.console.gate.clone(), staff.live.account);
    let Some(key) = fields.get("key").and_then(|text| text.parse::<Hash>().ok()) else {
        return refused(&shop.sign, &staff.visit, Some(&staff), &Problem::nothing_here());
    };
    let removed = shop
        .office
        .commit::<_, signin::NotLive>(move |_, tx, _, _| {
            if !gate.enters_without(tx, id, key)? {
                return Ok(false);
            }
            gate.remove_passkey(tx, id, key)?;
            Ok(true)
        })
        .await;
    match removed {
        Ok(true) => on(&staff.visit, "/console/settings?said=saved"),
        Ok(false) => on(&staff.visit, "/console/settings?said=last"),
        Err(no) => refused(&shop.sign, &staff.visit, Some(&staff), &no),
    }
}
