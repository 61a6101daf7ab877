//! Own: somebody's own ways in to the console: passkeys, the password, every session's end. What changes them waits for a
//! password or a passkey of moments ago.

use std::sync::Arc;

use axum::{
    Form, Json,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use copying::server::Role;
use face::Said;
use serde_json::{Value, json};
use signin::Purpose;
use units::Hash;

use super::{
    Desk,
    drawn::{self, At},
    staff::{Staff, refused},
};
use crate::{
    copying::{Sign, enter::from_here},
    forms::Fields,
    frame::{Problem, seed},
    pages::{Visit, answer_private, lasting},
    ways::{self, Own, Whither, answer_of},
};

/// Draws the page.
pub(super) fn draw(
    sign: &Sign,
    visit: &Visit,
    role: Option<Role>,
    own: &Own,
    codes: &[String],
    note: Option<Said>,
) -> Result<String, askama::Error> {
    let frame = drawn::frame(sign, visit, role, At::Own);
    let to = Whither {
        base: "/you",
        sign_out: "/sign-out",
        script: "/passkeys.js",
        steps: true,
    };
    ways::draw(&frame, visit, &to, own, codes, note)
}

fn on(visit: &Visit, to: &str) -> Response {
    Redirect::to(&visit.to(to)).into_response()
}

async fn shown(
    desk: &Desk,
    visit: &Visit,
    staff: &Staff,
    codes: &[String],
    (note, status): (Option<Said>, StatusCode),
) -> Result<Response, Problem> {
    let (person, ways) = (&staff.person, desk.door.ways(&desk.office));
    let own = ways
        .own(person.account, person.name.clone(), person.csrf.clone())
        .await?;
    Ok(answer_private(
        draw(&desk.sign, visit, Some(staff.role), &own, codes, note),
        status,
    ))
}

fn told(desk: &Desk, visit: &Visit, staff: &Staff, made: Result<Response, Problem>) -> Response {
    made.unwrap_or_else(|no| refused(desk, visit, Some(staff), false, &no))
}

/// The page.
pub(super) async fn page(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    staff: Staff,
    Query(asked): Query<Fields>,
) -> Response {
    let note = ways::note_of(visit.words, asked.get("said").map(String::as_str));
    let made = shown(&desk, &visit, &staff, &[], (note, StatusCode::OK)).await;
    told(&desk, &visit, &staff, made)
}

/// Is this a form of that person's, who showed himself moments ago? Otherwise where to show oneself.
fn dear(desk: &Desk, visit: &Visit, staff: &Staff, fields: &Fields) -> Result<Option<Response>, Problem> {
    staff.check(desk, fields)?;
    Ok((!staff.person.fresh).then(|| on(visit, "/sign-in")))
}

/// Sets a password; every other session ends.
pub(super) async fn password(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    staff: Staff,
    Form(fields): Form<Fields>,
) -> Response {
    let made = async {
        if let Some(first) = dear(&desk, &visit, &staff, &fields)? {
            return Ok(first);
        }
        let text = fields.get("password").map(String::as_str).unwrap_or_default();
        let (person, ways) = (&staff.person, desk.door.ways(&desk.office));
        match ways.set_password(person.account, person.session, text).await {
            Ok(()) => Ok(on(&visit, "/you?said=password")),
            Err(no) if no.code().starts_with("password-") => {
                let rule = (
                    Some(visit.words.console_password_rule()),
                    StatusCode::UNPROCESSABLE_ENTITY,
                );
                shown(&desk, &visit, &staff, &[], rule).await
            }
            Err(no) => Err(no),
        }
    };
    let made = made.await;
    told(&desk, &visit, &staff, made)
}

/// Asks for a second step after the password, or no longer.
pub(super) async fn second(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    staff: Staff,
    Form(fields): Form<Fields>,
) -> Response {
    let made = async {
        if let Some(first) = dear(&desk, &visit, &staff, &fields)? {
            return Ok(first);
        }
        let asked = fields.get("asked").is_some_and(|word| word == "yes");
        let ways = desk.door.ways(&desk.office);
        let set = ways.second(staff.person.account, asked).await?;
        Ok(on(&visit, if set { "/you?said=saved" } else { "/you?said=second-no" }))
    };
    let made = made.await;
    told(&desk, &visit, &staff, made)
}

/// Ten new recovery codes, shown once.
pub(super) async fn codes(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    staff: Staff,
    Form(fields): Form<Fields>,
) -> Response {
    let made = async {
        if let Some(first) = dear(&desk, &visit, &staff, &fields)? {
            return Ok(first);
        }
        let codes = desk.door.ways(&desk.office).codes(staff.person.account).await?;
        shown(&desk, &visit, &staff, &codes, (None, StatusCode::OK)).await
    };
    let made = made.await;
    told(&desk, &visit, &staff, made)
}

/// Ends all sessions, this one too.
pub(super) async fn everywhere(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    staff: Staff,
    Form(fields): Form<Fields>,
) -> Response {
    let made = async {
        staff.check(&desk, &fields)?;
        desk.door.ways(&desk.office).everywhere(staff.person.account).await?;
        let mut response = on(&visit, "/sign-in");
        desk.door.let_out(&mut response);
        Ok(response)
    };
    let made = made.await;
    told(&desk, &visit, &staff, made)
}

/// What the script hands to the browser. It names no key: nobody learns whose account has which.
pub(super) async fn options(State(desk): State<Arc<Desk>>) -> Result<Response, Problem> {
    let (seed, now) = (seed()?, desk.office.clock.now());
    Ok(Json(desk.door.gate.assertion(Purpose::Enter, now, &seed)).into_response())
}

/// Signs in by a passkey.
pub(super) async fn by_key(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    headers: HeaderMap,
    Json(sent): Json<Value>,
) -> Result<Response, Problem> {
    from_here(&headers)?;
    let (gate, answer) = (desk.door.gate.clone(), answer_of(&sent));
    let again = answer.clone();
    let entered = desk
        .office
        .commit(move |_, tx, now, seed| gate.enter_by_key(tx, &answer, now, seed))
        .await;
    if let Err(no) = &entered {
        desk.door.ways(&desk.office).lock_if_copied(no, again).await?;
    }
    let entered = entered?;
    let to = match entered.failed.count {
        0 => "/".to_owned(),
        n => format!("/?failed={n}"),
    };
    let mut response = Json(json!({ "to": visit.to(&to) })).into_response();
    desk.door.let_in(&mut response, &entered);
    Ok(response)
}

/// What the script hands to the browser for a further passkey.
pub(super) async fn key_options(
    State(desk): State<Arc<Desk>>,
    staff: Staff,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    from_here(&headers)?;
    let (person, ways) = (&staff.person, desk.door.ways(&desk.office));
    Ok(Json(ways.key_options(person.account, &person.name).await?).into_response())
}

/// Registers it.
pub(super) async fn key_add(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    staff: Staff,
    headers: HeaderMap,
    Json(sent): Json<Value>,
) -> Result<Response, Problem> {
    from_here(&headers)?;
    let to = match staff.person.fresh {
        true => {
            desk.door
                .ways(&desk.office)
                .key_add(staff.person.account, &sent)
                .await?;
            "/you?said=saved"
        }
        false => "/sign-in",
    };
    Ok(Json(json!({ "to": visit.to(to) })).into_response())
}

/// Removes a passkey, unless it is the last way in.
pub(super) async fn key_remove(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    staff: Staff,
    Form(fields): Form<Fields>,
) -> Response {
    let made = async {
        if let Some(first) = dear(&desk, &visit, &staff, &fields)? {
            return Ok(first);
        }
        let key: Option<Hash> = fields.get("key").and_then(|text| text.parse().ok());
        let key = key.ok_or_else(Problem::nothing_here)?;
        let removed = desk
            .door
            .ways(&desk.office)
            .key_remove(staff.person.account, key)
            .await?;
        Ok(on(&visit, if removed { "/you?said=saved" } else { "/you?said=last" }))
    };
    let made = made.await;
    told(&desk, &visit, &staff, made)
}

/// The one script of these pages.
pub(super) async fn script() -> Response {
    lasting(ways::SCRIPT.to_owned(), "text/javascript; charset=utf-8")
}
