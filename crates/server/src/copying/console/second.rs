//! Second: the second step of those who asked for one: after the password a passkey, or one of their recovery codes.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form, Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use face::{Page, Said};
use serde_json::{Value, json};
use signin::{Purpose, SessionId, Token};

use super::{
    Desk,
    drawn::{self, At},
    staff::refused,
};
use crate::{
    copying::{Sign, enter::from_here},
    forms::{Fields, not_ours},
    frame::{Problem, seed},
    pages::{Visit, answer_private},
    ways::answer_of,
};

#[derive(Template)]
#[template(path = "console/enter.html")]
struct SecondPage<'a> {
    page: &'a Page,
    heading: Said,
    lead: Said,
    note: Option<(Said, Said)>,
    by_key: Said,
    why_key: Option<Said>,
    at: String,
    action: String,
    asks_name: bool,
    asks_password: bool,
    asks_code: bool,
    button: Said,
    csrf: &'a str,
    back: &'a str,
    sign_out: Option<String>,
    script: String,
    by_name: Option<String>,
}

/// Draws it; `wrong`: a code was typed that is none.
pub(super) fn draw(sign: &Sign, visit: &Visit, csrf: &str, wrong: bool) -> Result<String, askama::Error> {
    let words = visit.words;
    SecondPage {
        page: &drawn::frame(sign, visit, None, At::Elsewhere),
        heading: words.console_second(),
        lead: words.console_second_lead(),
        note: wrong.then(|| (words.console_code_no(), Said::default())),
        by_key: words.console_second_key(),
        why_key: None,
        at: visit.to("/second"),
        action: visit.to("/second"),
        asks_name: false,
        asks_password: false,
        asks_code: true,
        button: words.console_code_do(),
        csrf,
        back: "",
        sign_out: None,
        script: visit.to("/passkeys.js"),
        by_name: None,
    }
    .render()
}

fn on(visit: &Visit, to: &str) -> Response {
    Redirect::to(&visit.to(to)).into_response()
}

async fn waits(desk: &Desk, headers: &HeaderMap) -> Result<(Token, SessionId), Problem> {
    desk.door.half(&desk.office, headers).await
}

/// The page.
pub(super) async fn page(State(desk): State<Arc<Desk>>, visit: Visit, headers: HeaderMap) -> Response {
    match waits(&desk, &headers).await {
        Ok((token, _)) => {
            let csrf = desk.door.gate.csrf(&token);
            answer_private(draw(&desk.sign, &visit, &csrf, false), StatusCode::OK)
        }
        Err(_) => on(&visit, "/sign-in"),
    }
}

/// A recovery code.
pub(super) async fn by_code(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    let Ok((token, _)) = waits(&desk, &headers).await else {
        return on(&visit, "/sign-in");
    };
    let (gate, csrf) = (desk.door.gate.clone(), desk.door.gate.csrf(&token));
    let form = fields.get("form").map(String::as_str).unwrap_or_default();
    if !gate.csrf_fits(&token, form) {
        return refused(&desk, &visit, None, false, &not_ours());
    }
    let code = fields.get("code").cloned().unwrap_or_default();
    let whole = desk
        .office
        .commit(move |_, tx, now, seed| gate.complete_by_code(tx, &token, &code, now, seed))
        .await;
    match whole {
        Ok(whole) => {
            let mut response = on(&visit, "/");
            desk.door.let_on(&mut response, &whole);
            response
        }
        Err(no) if no.code() == "recovery-code-unknown" => {
            answer_private(draw(&desk.sign, &visit, &csrf, true), StatusCode::FORBIDDEN)
        }
        Err(no) => refused(&desk, &visit, None, false, &no),
    }
}

/// What the script hands to the browser.
pub(super) async fn options(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Result<Response, Problem> {
    let (_, session) = waits(&desk, &headers).await?;
    let (seed, now) = (seed()?, desk.office.clock.now());
    let options = desk.door.gate.assertion(Purpose::Again(session), now, &seed);
    Ok(Json(options).into_response())
}

/// The second step by a passkey.
pub(super) async fn by_key(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    headers: HeaderMap,
    Json(sent): Json<Value>,
) -> Result<Response, Problem> {
    from_here(&headers)?;
    let (token, _) = waits(&desk, &headers).await?;
    let (gate, answer) = (desk.door.gate.clone(), answer_of(&sent));
    let whole = desk
        .office
        .commit(move |_, tx, now, seed| gate.complete_by_key(tx, &token, &answer, now, seed))
        .await?;
    let mut response = Json(json!({ "to": visit.to("/") })).into_response();
    desk.door.let_on(&mut response, &whole);
    Ok(response)
}
