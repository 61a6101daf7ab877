//! Enter: signing in by passkey or password, the second step, and showing oneself again before what is dear.

use std::sync::Arc;

use askama::Template;
use axum::{
    Extension, Form,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use face::{Clock, Page, Said};
use serde_json::json;
use signin::{Entered, Name, NotAPasskey, NotLive, Purpose, Source as Place, Token};
use store::Fault;
use units::Moment;

use super::{
    Console,
    frame::{At, on, page as frame, private, refused, shown, shown_as},
    staff::Staff,
};
use crate::{
    forms::{Fields, not_ours},
    frame::{Problem, Source, seed},
    pages::Visit,
    shop::Stall,
    ways::answer_of,
};

/// What a page of this kind says above its form.
pub(super) enum Note {
    None,
    NoMatch,
    Slow(Moment),
    Ended,
    Gone,
    BadCode,
}

#[derive(Template)]
#[template(path = "console/enter.html")]
struct EnterPage<'a> {
    page: &'a Page,
    heading: Said,
    lead: Said,
    note: Option<(Said, Said)>,
    by_key: Said,
    why_key: Option<Said>,
    /// Where the script asks and answers.
    at: String,
    action: String,
    /// A name is asked for; a password; a code.
    asks_name: bool,
    asks_password: bool,
    asks_code: bool,
    button: Said,
    csrf: &'a str,
    back: String,
    sign_out: Option<String>,
    script: String,
    /// Where passkeys work, if not at this address.
    by_name: Option<String>,
}

/// Which of the three pages.
pub(super) enum Which<'a> {
    In,
    Second(&'a str),
    Again(&'a Staff, String),
}

pub(super) fn draw(
    sign: &crate::shop::pages::Sign,
    visit: &Visit,
    which: &Which<'_>,
    note: &Note,
    by_name: Option<String>,
) -> Result<String, askama::Error> {
    let words = visit.words;
    let note = match note {
        Note::None => None,
        Note::NoMatch => Some((words.console_no_match(), words.console_no_match_text())),
        Note::Slow(until) => Some((words.console_slow(), words.console_slow_text(Clock(*until)))),
        Note::Ended => Some((words.console_ended(), Said::default())),
        Note::Gone => Some((words.console_gone(), Said::default())),
        Note::BadCode => Some((words.console_code_no(), Said::default())),
    };
    let staff = match which {
        Which::Again(staff, _) => Some(*staff),
        _ => None,
    };
    let (path, heading, lead, by_key, button) = match which {
        Which::In => (
            "/console/sign-in",
            words.console_enter(),
            words.console_enter_lead(),
            words.console_enter_key(),
            words.console_enter_do(),
        ),
        Which::Second(_) => (
            "/console/second",
            words.console_second(),
            words.console_second_lead(),
            words.console_second_key(),
            words.console_code_do(),
        ),
        Which::Again(..) => (
            "/console/again",
            words.console_again(),
            words.console_again_lead(),
            words.console_second_key(),
            words.console_again_do(),
        ),
    };
    EnterPage {
        page: &frame(sign, visit, staff, None, At::Elsewhere),
        heading,
        lead,
        note,
        by_key,
        why_key: matches!(which, Which::In).then(|| words.console_enter_key_why()),
        at: visit.to(path),
        action: visit.to(path),
        asks_name: matches!(which, Which::In),
        asks_password: !matches!(which, Which::Second(_)),
        asks_code: matches!(which, Which::Second(_)),
        button,
        csrf: match which {
            Which::In => "",
            Which::Second(csrf) => csrf,
            Which::Again(staff, _) => &staff.csrf,
        },
        back: match which {
            Which::Again(_, back) => back.clone(),
            _ => String::new(),
        },
        sign_out: (!matches!(which, Which::In)).then(|| visit.to("/console/sign-out")),
        script: visit.to("/console/script.js"),
        by_name,
    }
    .render()
}

/// Where this page is by name, for somebody who came by number.
fn elsewhere(shop: &Stall, headers: &HeaderMap, path: &str) -> Option<String> {
    let host = headers.get("host").and_then(|v| v.to_str().ok()).unwrap_or_default();
    let ours = shop.console.origin.split_once("://").map_or("", |(_, host)| host);
    (host != ours).then(|| format!("{}{path}", shop.console.origin))
}

/// The page for signing in.
pub(super) async fn page(
    State(shop): State<Arc<Stall>>,
    visit: Visit,
    headers: HeaderMap,
    Query(asked): Query<Fields>,
) -> Response {
    let note = match asked.get("said").map(String::as_str) {
        Some("ended") => Note::Ended,
        Some("gone") => Note::Gone,
        _ => Note::None,
    };
    let by_name = elsewhere(&shop, &headers, &visit.to("/console/sign-in"));
    shown(draw(&shop.sign, &visit, &Which::In, &note, by_name))
}

/// A form of a page without a session has no token to carry; its origin must be ours.
pub(super) fn from_here(shop: &Stall, headers: &HeaderMap) -> Result<(), Problem> {
    let origin = headers.get("origin").and_then(|v| v.to_str().ok()).unwrap_or_default();
    let known = &shop.console.gate.rules().site.origins;
    if known.iter().any(|one| one == origin) {
        Ok(())
    } else {
        Err(not_ours())
    }
}

/// Tries a name and a password.
pub(super) async fn by_password(
    State(shop): State<Arc<Stall>>,
    visit: Visit,
    Extension(Source(address)): Extension<Source>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    let tried = async {
        from_here(&shop, &headers)?;
        let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
        // What is no name is nobody's; it is looked at like one all the same.
        let name = Name::new(field("name"))
            .or_else(|_| Name::new("nobody at all"))
            .map_err(|_| not_ours())?;
        let device = Console::device(&headers);
        let weighed = shop
            .ways()
            .weigh((name, field("password")), Place::of(address), device)
            .await?;
        let weighed = match weighed {
            Ok(weighed) => weighed,
            Err(until) => return Ok(Err(Note::Slow(until))),
        };
        let gate = shop.console.gate.clone();
        let finished = shop
            .office
            .commit::<_, Fault>(move |_, tx, now, seed| gate.finish(tx, &weighed, now, seed))
            .await?;
        Ok::<_, Problem>(finished.ok_or(Note::NoMatch))
    };
    match tried.await {
        Ok(Ok(entered)) => welcome(&shop, &visit, &entered),
        Ok(Err(note)) => {
            let status = if matches!(note, Note::Slow(_)) {
                StatusCode::TOO_MANY_REQUESTS
            } else {
                StatusCode::FORBIDDEN
            };
            shown_as(draw(&shop.sign, &visit, &Which::In, &note, None), status)
        }
        Err(no) => refused(&shop.sign, &visit, None, &no),
    }
}

/// Where somebody goes who was let in, and what he is told there.
fn after(entered: &Entered) -> String {
    if entered.second_step {
        return "/console/second".to_owned();
    }
    match entered.failed.count {
        0 => "/console".to_owned(),
        n => format!("/console?failed={n}&at={}", entered.failed.last.0),
    }
}

pub(super) fn welcome(shop: &Stall, visit: &Visit, entered: &Entered) -> Response {
    let mut response = on(visit, &after(entered));
    shop.console
        .let_in(&mut response, &entered.session, Some(&entered.device));
    response
}

/// For the script: where to go.
pub(super) fn let_in_by_script(
    shop: &Stall,
    visit: &Visit,
    session: &Token,
    device: Option<&str>,
    to: &str,
) -> Response {
    let mut response = private(axum::Json(json!({ "to": visit.to(to) })).into_response());
    shop.console.let_in(&mut response, session, device);
    response
}

/// What the script hands to the browser.
pub(super) async fn options(State(shop): State<Arc<Stall>>) -> Result<Response, Problem> {
    let seed = seed()?;
    let options = shop
        .console
        .gate
        .assertion(Purpose::Enter, shop.office.clock.now(), &seed);
    Ok(private(axum::Json(options).into_response()))
}

/// Signs in by a passkey.
pub(super) async fn by_key(
    State(shop): State<Arc<Stall>>,
    visit: Visit,
    headers: HeaderMap,
    axum::Json(sent): axum::Json<serde_json::Value>,
) -> Result<Response, Problem> {
    from_here(&shop, &headers)?;
    let (gate, answer) = (shop.console.gate.clone(), answer_of(&sent));
    let again = answer.clone();
    let entered = shop
        .office
        .commit(move |_, tx, now, seed| gate.enter_by_key(tx, &answer, now, seed))
        .await;
    if let Err(no) = &entered {
        shop.ways().lock_if_copied(no, again).await?;
    }
    let entered = entered?;
    Ok(let_in_by_script(
        &shop,
        &visit,
        &entered.session,
        Some(&entered.device),
        &after(&entered),
    ))
}

async fn waits(shop: &Stall, headers: &HeaderMap) -> Result<(Token, signin::SessionId), Problem> {
    let token = Console::token(headers);
    let (gate, again) = (shop.console.gate.clone(), Token::read(token.expose()));
    let (_, session) = shop
        .office
        .look(move |_, view, now| gate.half(view, &again, now))
        .await?;
    Ok((token, session))
}

/// The page for the second step.
pub(super) async fn second(State(shop): State<Arc<Stall>>, visit: Visit, headers: HeaderMap) -> Response {
    match waits(&shop, &headers).await {
        Ok((token, _)) => {
            let csrf = shop.console.gate.csrf(&token);
            shown(draw(&shop.sign, &visit, &Which::Second(&csrf), &Note::None, None))
        }
        Err(_) => on(&visit, "/console/sign-in"),
    }
}

/// A recovery code.
pub(super) async fn second_by_code(
    State(shop): State<Arc<Stall>>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    let Ok((token, _)) = waits(&shop, &headers).await else {
        return on(&visit, "/console/sign-in");
    };
    let csrf = shop.console.gate.csrf(&token);
    let form = fields.get("form").map(String::as_str).unwrap_or_default();
    if !shop.console.gate.csrf_fits(&token, form) {
        return refused(&shop.sign, &visit, None, &not_ours());
    }
    let (gate, code) = (
        shop.console.gate.clone(),
        fields.get("code").cloned().unwrap_or_default(),
    );
    let whole = shop
        .office
        .commit(move |_, tx, now, seed| gate.complete_by_code(tx, &token, &code, now, seed))
        .await;
    match whole {
        Ok(whole) => {
            let mut response = on(&visit, "/console");
            shop.console.let_in(&mut response, &whole, None);
            response
        }
        Err(no) if no.code() == "recovery-code-unknown" => {
            let drawn = draw(&shop.sign, &visit, &Which::Second(&csrf), &Note::BadCode, None);
            shown_as(drawn, StatusCode::FORBIDDEN)
        }
        Err(no) => refused(&shop.sign, &visit, None, &no),
    }
}

/// What the script hands to the browser for the second step.
pub(super) async fn second_options(State(shop): State<Arc<Stall>>, headers: HeaderMap) -> Result<Response, Problem> {
    let (_, session) = waits(&shop, &headers).await?;
    let seed = seed()?;
    let options = shop
        .console
        .gate
        .assertion(Purpose::Again(session), shop.office.clock.now(), &seed);
    Ok(private(axum::Json(options).into_response()))
}

/// The second step by a passkey.
pub(super) async fn second_by_key(
    State(shop): State<Arc<Stall>>,
    visit: Visit,
    headers: HeaderMap,
    axum::Json(sent): axum::Json<serde_json::Value>,
) -> Result<Response, Problem> {
    from_here(&shop, &headers)?;
    let (token, _) = waits(&shop, &headers).await?;
    let (gate, answer) = (shop.console.gate.clone(), answer_of(&sent));
    let whole = shop
        .office
        .commit(move |_, tx, now, seed| gate.complete_by_key(tx, &token, &answer, now, seed))
        .await?;
    Ok(let_in_by_script(&shop, &visit, &whole, None, "/console"))
}

/// Where a page led from: a path of ours, or the front.
fn back_of(text: Option<&String>) -> (String, String) {
    let encoded = text.cloned().unwrap_or_default();
    let bytes = data_encoding::BASE64URL_NOPAD
        .decode(encoded.as_bytes())
        .unwrap_or_default();
    let path = String::from_utf8(bytes).unwrap_or_default();
    let plain = path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_".contains(&b));
    if plain && path.starts_with("/console/") {
        (encoded, path)
    } else {
        (String::new(), "/console".to_owned())
    }
}

/// The page for showing oneself again.
pub(super) async fn again(State(shop): State<Arc<Stall>>, staff: Staff, Query(asked): Query<Fields>) -> Response {
    let (back, _) = back_of(asked.get("back"));
    let visit = staff.visit.clone();
    shown(draw(&shop.sign, &visit, &Which::Again(&staff, back), &Note::None, None))
}

/// The password again.
pub(super) async fn again_by_password(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Extension(Source(address)): Extension<Source>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    let (back, to) = back_of(fields.get("back"));
    let visit = staff.visit.clone();
    let tried = async {
        staff.check(&shop, &fields)?;
        let name = Name::new(&staff.name).map_err(|_| not_ours())?;
        let password = fields.get("password").map(String::as_str).unwrap_or_default();
        let device = Console::device(&headers);
        let weighed = shop.ways().weigh((name, password), Place::of(address), device).await?;
        let weighed = match weighed {
            Ok(weighed) => weighed,
            Err(until) => return Ok(Some(Note::Slow(until))),
        };
        let (gate, token) = (shop.console.gate.clone(), Token::read(staff.token.expose()));
        let right = shop
            .office
            .commit::<_, NotLive>(move |_, tx, now, _| gate.finish_again(tx, &weighed, &token, now))
            .await?;
        Ok::<_, Problem>((!right).then_some(Note::NoMatch))
    };
    match tried.await {
        Ok(None) => on(&visit, &to),
        Ok(Some(note)) => {
            let drawn = draw(&shop.sign, &visit, &Which::Again(&staff, back), &note, None);
            shown_as(drawn, StatusCode::FORBIDDEN)
        }
        Err(no) => refused(&shop.sign, &visit, Some(&staff), &no),
    }
}

/// What the script hands to the browser.
pub(super) async fn again_options(State(shop): State<Arc<Stall>>, staff: Staff) -> Result<Response, Problem> {
    let (seed, now) = (seed()?, shop.office.clock.now());
    let options = shop
        .console
        .gate
        .assertion(Purpose::Again(staff.live.session), now, &seed);
    Ok(private(axum::Json(options).into_response()))
}

/// The passkey again.
pub(super) async fn again_by_key(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    headers: HeaderMap,
    axum::Json(sent): axum::Json<serde_json::Value>,
) -> Result<Response, Problem> {
    from_here(&shop, &headers)?;
    let (gate, token, answer) = (
        shop.console.gate.clone(),
        Token::read(staff.token.expose()),
        answer_of(&sent),
    );
    shop.office
        .commit::<_, NotAPasskey>(move |_, tx, now, _| gate.again_by_key(tx, &token, &answer, now))
        .await?;
    let back = sent["back"].as_str().map(str::to_owned);
    let (_, to) = back_of(back.as_ref());
    Ok(private(
        axum::Json(json!({ "to": staff.visit.to(&to) })).into_response(),
    ))
}

/// Ends the session.
pub(super) async fn sign_out(State(shop): State<Arc<Stall>>, visit: Visit, headers: HeaderMap) -> Response {
    if let Err(no) = from_here(&shop, &headers) {
        return refused(&shop.sign, &visit, None, &no);
    }
    let (gate, token) = (shop.console.gate.clone(), Console::token(&headers));
    let ended = shop
        .office
        .commit::<_, Fault>(move |_, tx, _, _| gate.sign_out(tx, &token))
        .await;
    if let Err(no) = ended {
        return refused(&shop.sign, &visit, None, &no);
    }
    let mut response = on(&visit, "/console/sign-in");
    shop.console.let_out(&mut response);
    response
}
