//! Own: somebody's own ways in to the approver. What changes them waits for a password or passkey of moments ago.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use face::Said;
use serde_json::{Value as Json, json};
use units::Hash;

use super::{Counter, drawn, enter::private, pages::on, person::Person};
use crate::{
    forms::{Fields, not_ours},
    frame::Problem,
    pages::{Visit, answer_private},
    ways,
};

async fn shown(
    counter: &Counter,
    visit: &Visit,
    person: &Person,
    codes: &[String],
    (note, status): (Option<Said>, StatusCode),
) -> Result<Response, Problem> {
    let ways = counter.ways();
    let own = ways
        .own(person.live.account, person.name.clone(), person.csrf.clone())
        .await?;
    let drawn = drawn::own(&counter.sign, visit, &own, codes, note);
    Ok(answer_private(drawn, status))
}

/// The page.
pub(super) async fn page(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
    Query(asked): Query<Fields>,
) -> Result<Response, Problem> {
    let Some(person) = counter.person(&headers).await? else {
        return Ok(on(&visit, "/sign-in"));
    };
    let note = ways::note_of(visit.words, asked.get("said").map(String::as_str));
    shown(&counter, &visit, &person, &[], (note, StatusCode::OK)).await
}

/// Who sent a form that changes a way in. Nobody: where to show oneself first.
pub(super) async fn dear(
    counter: &Counter,
    visit: &Visit,
    headers: &HeaderMap,
    fields: &Fields,
) -> Result<Result<Person, Response>, Problem> {
    let Some(person) = counter.person(headers).await? else {
        return Ok(Err(on(visit, "/sign-in")));
    };
    counter.check(&person, fields)?;
    Ok(if person.live.fresh {
        Ok(person)
    } else {
        Err(on(visit, "/again"))
    })
}

/// Sets a password; every other session ends.
pub(super) async fn password(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let person = match dear(&counter, &visit, &headers, &fields).await? {
        Ok(person) => person,
        Err(first) => return Ok(first),
    };
    let text = fields.get("password").map(String::as_str).unwrap_or_default();
    let ways = counter.ways();
    match ways.set_password(person.live.account, person.live.session, text).await {
        Ok(()) => Ok(on(&visit, "/you?said=password")),
        Err(no) if no.code().starts_with("password-") => {
            let note = (
                Some(visit.words.console_password_rule()),
                StatusCode::UNPROCESSABLE_ENTITY,
            );
            shown(&counter, &visit, &person, &[], note).await
        }
        Err(no) => Err(no),
    }
}

/// Ten new recovery codes, shown once.
pub(super) async fn codes(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let person = match dear(&counter, &visit, &headers, &fields).await? {
        Ok(person) => person,
        Err(first) => return Ok(first),
    };
    let codes = counter.ways().codes(person.live.account).await?;
    shown(&counter, &visit, &person, &codes, (None, StatusCode::OK)).await
}

/// Asks for a second step, or no longer.
pub(super) async fn second(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let person = match dear(&counter, &visit, &headers, &fields).await? {
        Ok(person) => person,
        Err(first) => return Ok(first),
    };
    let asked = fields.get("asked").is_some_and(|v| v == "yes");
    let set = counter.ways().second(person.live.account, asked).await?;
    Ok(on(&visit, if set { "/you?said=saved" } else { "/you?said=second-no" }))
}

/// Ends all sessions, this one too.
pub(super) async fn everywhere(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let person = counter.person(&headers).await?.ok_or_else(not_ours)?;
    counter.check(&person, &fields)?;
    counter.ways().everywhere(person.live.account).await?;
    let mut response = on(&visit, "/sign-in");
    counter.let_out(&mut response);
    Ok(response)
}

/// What the script hands to the browser: a further passkey.
pub(super) async fn key_options(State(counter): State<Arc<Counter>>, headers: HeaderMap) -> Result<Response, Problem> {
    Counter::from_here(&headers)?;
    let person = counter.person(&headers).await?.ok_or_else(not_ours)?;
    let options = counter.ways().key_options(person.live.account, &person.name).await?;
    Ok(private(axum::Json(options).into_response()))
}

/// Registers it.
pub(super) async fn key_add(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
    axum::Json(sent): axum::Json<Json>,
) -> Result<Response, Problem> {
    Counter::from_here(&headers)?;
    let person = counter.person(&headers).await?.ok_or_else(not_ours)?;
    let to = if person.live.fresh {
        counter.ways().key_add(person.live.account, &sent).await?;
        "/you?said=saved"
    } else {
        "/again"
    };
    Ok(private(axum::Json(json!({ "to": visit.to(to) })).into_response()))
}

/// Removes a passkey, unless it is the last way in.
pub(super) async fn key_remove(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let person = match dear(&counter, &visit, &headers, &fields).await? {
        Ok(person) => person,
        Err(first) => return Ok(first),
    };
    let key: Hash = fields
        .get("key")
        .and_then(|text| text.parse().ok())
        .ok_or_else(Problem::nothing_here)?;
    let removed = counter.ways().key_remove(person.live.account, key).await?;
    Ok(on(&visit, if removed { "/you?said=saved" } else { "/you?said=last" }))
}
