//! Enter: signing in by password or passkey, the second step where somebody asked for it, and showing oneself again before
//! what is dear. A known and an unknown name get the same page after the same work; whoever was let in is told how many
//! tries failed meanwhile.

use std::sync::Arc;

use approver::RequestId;
use axum::{
    Extension, Form,
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde_json::{Value as Json, json};
use signin::{Entered, Name, NotAPasskey, NotLive, Purpose, SessionId, Source as Place, Token};
use store::Fault;
use units::Money;

use super::{
    Counter,
    drawn::{self, EnterNote, Step},
    pages::on,
    person::{Person, Who},
};
use crate::{
    forms::{Fields, not_ours},
    frame::{Problem, Source, seed},
    pages::{Visit, answer_private, lasting},
    ways::{self, answer_of},
};

/// The purchase that waits, by an address or a form.
fn waiting_in(fields: &Fields) -> Option<RequestId> {
    fields.get("for").and_then(|text| text.parse().ok())
}

fn told(drawn: Result<String, askama::Error>, status: StatusCode) -> Response {
    answer_private(drawn, status)
}

async fn amount_of(counter: &Counter, waiting: Option<RequestId>) -> Result<Option<Money>, Problem> {
    let Some(id) = waiting else { return Ok(None) };
    let shown = counter
        .office
        .look::<_, Fault>(move |approver, view, _| approver.glance(view, id))
        .await?;
    Ok(shown.map(|shown| shown.amount))
}

/// The page for signing in, perhaps with a purchase that waits. Whoever came by number is led to the name.
pub(super) async fn page(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
    Query(asked): Query<Fields>,
) -> Result<Response, Problem> {
    let waiting = waiting_in(&asked);
    let host = headers
        .get(header::HOST)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    let ours = counter.origin.split_once("://").map_or("", |(_, host)| host);
    if host.starts_with("127.0.0.1:") && host != ours {
        let rest = waiting.map(|id| format!("?for={id}")).unwrap_or_default();
        let to = format!("{}{}{rest}", counter.origin, visit.to("/sign-in"));
        return Ok(Redirect::to(&to).into_response());
    }
    // Whoever is signed in here already goes on: nothing is approved by that.
    match counter.who(&headers).await? {
        Who::Signed(_) => return Ok(on(&visit, &whither(waiting))),
        Who::Half => {
            let rest = waiting.map(|id| format!("?for={id}")).unwrap_or_default();
            return Ok(on(&visit, &format!("/second{rest}")));
        }
        Who::Nobody => {}
    }
    let note = match asked.get("said").map(String::as_str) {
        Some("ended") => EnterNote::Ended,
        Some("gone") => EnterNote::Gone,
        _ => EnterNote::None,
    };
    enter(&counter, &visit, waiting, &note, StatusCode::OK).await
}

async fn enter(
    counter: &Counter,
    visit: &Visit,
    waiting: Option<RequestId>,
    note: &EnterNote,
    status: StatusCode,
) -> Result<Response, Problem> {
    let amount = amount_of(counter, waiting).await?;
    Ok(told(drawn::enter(&counter.sign, visit, waiting, amount, note), status))
}

/// Tries a name and a password: counted, weighed once, and answered alike whoever it is.
pub(super) async fn by_password(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    Extension(Source(address)): Extension<Source>,
    Query(asked): Query<Fields>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    Counter::from_here(&headers)?;
    let waiting = waiting_in(&asked);
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    // What is no name is nobody's; it is looked at like one all the same.
    let name = Name::new(field("name"))
        .or_else(|_| Name::new("nobody at all"))
        .map_err(|_| not_ours())?;
    let weighed = counter
        .ways()
        .weigh((name, field("password")), Place::of(address), Counter::device(&headers))
        .await?;
    let weighed = match weighed {
        Ok(weighed) => weighed,
        Err(until) => {
            let note = EnterNote::Slow(until);
            return enter(&counter, &visit, waiting, &note, StatusCode::TOO_MANY_REQUESTS).await;
        }
    };
    let gate = counter.gate.clone();
    let entered = counter
        .office
        .commit::<_, Fault>(move |_, tx, now, seed| gate.finish(tx, &weighed, now, seed))
        .await?;
    match entered {
        Some(entered) => {
            let mut response = on(&visit, &after(&entered, waiting));
            counter.let_in(&mut response, &entered.session, Some(&entered.device));
            Ok(response)
        }
        None => enter(&counter, &visit, waiting, &EnterNote::NoMatch, StatusCode::FORBIDDEN).await,
    }
}

/// Where somebody goes who was let in, and what he is told there.
fn after(entered: &Entered, waiting: Option<RequestId>) -> String {
    let failed = entered.failed.count;
    if entered.second_step {
        return waiting.map_or("/second".to_owned(), |id| format!("/second?for={id}"));
    }
    match failed {
        0 => whither(waiting),
        n => format!("{}?failed={n}", whither(waiting)),
    }
}

/// To the purchase that waits, or to the account.
fn whither(waiting: Option<RequestId>) -> String {
    waiting.map_or("/".to_owned(), |id| format!("/approve/{id}"))
}

/// For the script: where to go.
fn by_script(counter: &Counter, visit: &Visit, session: Option<(&Token, Option<&str>)>, to: &str) -> Response {
    let mut response = private(axum::Json(json!({ "to": visit.to(to) })).into_response());
    if let Some((session, device)) = session {
        counter.let_in(&mut response, session, device);
    }
    response
}

pub(super) fn private(mut response: Response) -> Response {
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, no_store);
    response
}

fn waiting_of(sent: &Json) -> Option<RequestId> {
    sent["for"].as_str().and_then(|text| text.parse().ok())
}

/// What the script hands to the browser. It names no key: nobody learns whose account has which.
pub(super) async fn options(State(counter): State<Arc<Counter>>) -> Result<Response, Problem> {
    let (seed, now) = (seed()?, counter.office.clock.now());
    let options = counter.gate.assertion(Purpose::Enter, now, &seed);
    Ok(private(axum::Json(options).into_response()))
}

/// Signs in by a passkey.
pub(super) async fn by_key(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
    axum::Json(sent): axum::Json<Json>,
) -> Result<Response, Problem> {
    Counter::from_here(&headers)?;
    let (gate, answer) = (counter.gate.clone(), answer_of(&sent));
    let again = answer.clone();
    let entered = counter
        .office
        .commit(move |_, tx, now, seed| gate.enter_by_key(tx, &answer, now, seed))
        .await;
    if let Err(no) = &entered {
        counter.ways().lock_if_copied(no, again).await?;
    }
    let entered = entered?;
    let to = after(&entered, waiting_of(&sent));
    let session = Some((&entered.session, Some(entered.device.as_str())));
    Ok(by_script(&counter, &visit, session, &to))
}

/// Whose second step is due.
async fn half(counter: &Counter, headers: &HeaderMap) -> Result<(Token, SessionId), Problem> {
    let token = Counter::token(headers);
    let (gate, again) = (counter.gate.clone(), Token::read(token.expose()));
    let (_, session) = counter
        .office
        .look(move |_, view, now| gate.half(view, &again, now))
        .await?;
    Ok((token, session))
}

/// The page for the second step.
pub(super) async fn second(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
    Query(asked): Query<Fields>,
) -> Response {
    let Ok((token, _)) = half(&counter, &headers).await else {
        return on(&visit, "/sign-in");
    };
    let step = Step::Second {
        csrf: &counter.gate.csrf(&token),
        waiting: waiting_in(&asked),
        wrong: false,
    };
    told(drawn::step(&counter.sign, &visit, &step), StatusCode::OK)
}

/// A recovery code.
pub(super) async fn second_by_code(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let Ok((token, _)) = half(&counter, &headers).await else {
        return Ok(on(&visit, "/sign-in"));
    };
    let csrf = counter.gate.csrf(&token);
    let form = fields.get("form").map(String::as_str).unwrap_or_default();
    if !counter.gate.csrf_fits(&token, form) {
        return Err(not_ours());
    }
    let waiting = waiting_in(&fields);
    let code = fields.get("code").cloned().unwrap_or_default();
    let gate = counter.gate.clone();
    let whole = counter
        .office
        .commit(move |_, tx, now, seed| gate.complete_by_code(tx, &token, &code, now, seed))
        .await;
    match whole {
        Ok(whole) => {
            let mut response = on(&visit, &whither(waiting));
            counter.let_in(&mut response, &whole, None);
            Ok(response)
        }
        Err(no) if no.code() == "recovery-code-unknown" => {
            let step = Step::Second {
                csrf: &csrf,
                waiting,
                wrong: true,
            };
            Ok(told(drawn::step(&counter.sign, &visit, &step), StatusCode::FORBIDDEN))
        }
        Err(no) => Err(no),
    }
}

/// What the script hands to the browser for the second step.
pub(super) async fn second_options(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (_, session) = half(&counter, &headers).await?;
    let (seed, now) = (seed()?, counter.office.clock.now());
    let options = counter.gate.assertion(Purpose::Again(session), now, &seed);
    Ok(private(axum::Json(options).into_response()))
}

/// The second step by a passkey.
pub(super) async fn second_by_key(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
    axum::Json(sent): axum::Json<Json>,
) -> Result<Response, Problem> {
    Counter::from_here(&headers)?;
    let (token, _) = half(&counter, &headers).await?;
    let (gate, answer) = (counter.gate.clone(), answer_of(&sent));
    let whole = counter
        .office
        .commit(move |_, tx, now, seed| gate.complete_by_key(tx, &token, &answer, now, seed))
        .await?;
    Ok(by_script(
        &counter,
        &visit,
        Some((&whole, None)),
        &whither(waiting_of(&sent)),
    ))
}

/// The page for showing oneself again.
pub(super) async fn again(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Some(person) = counter.person(&headers).await? else {
        return Ok(on(&visit, "/sign-in"));
    };
    Ok(show_again(&counter, &visit, &person, &EnterNote::None, StatusCode::OK))
}

fn show_again(counter: &Counter, visit: &Visit, person: &Person, note: &EnterNote, status: StatusCode) -> Response {
    let step = Step::Again {
        csrf: &person.csrf,
        note,
    };
    told(drawn::step(&counter.sign, visit, &step), status)
}

/// The password again.
pub(super) async fn again_by_password(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    Extension(Source(address)): Extension<Source>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let Some(person) = counter.person(&headers).await? else {
        return Ok(on(&visit, "/sign-in"));
    };
    counter.check(&person, &fields)?;
    let name = Name::new(&person.name).map_err(|_| not_ours())?;
    let password = fields.get("password").map(String::as_str).unwrap_or_default();
    let weighed = counter
        .ways()
        .weigh((name, password), Place::of(address), Counter::device(&headers))
        .await?;
    let weighed = match weighed {
        Ok(weighed) => weighed,
        Err(until) => {
            let note = EnterNote::Slow(until);
            let status = StatusCode::TOO_MANY_REQUESTS;
            return Ok(show_again(&counter, &visit, &person, &note, status));
        }
    };
    let (gate, token) = (counter.gate.clone(), Token::read(person.token.expose()));
    let right = counter
        .office
        .commit::<_, NotLive>(move |_, tx, now, _| gate.finish_again(tx, &weighed, &token, now))
        .await?;
    if right {
        return Ok(on(&visit, "/you"));
    }
    let note = EnterNote::NoMatch;
    Ok(show_again(&counter, &visit, &person, &note, StatusCode::FORBIDDEN))
}

/// What the script hands to the browser.
pub(super) async fn again_options(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let person = counter.person(&headers).await?.ok_or_else(not_ours)?;
    let (seed, now) = (seed()?, counter.office.clock.now());
    let purpose = Purpose::Again(person.live.session);
    let options = counter.gate.assertion(purpose, now, &seed);
    Ok(private(axum::Json(options).into_response()))
}

/// The passkey again.
pub(super) async fn again_by_key(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
    axum::Json(sent): axum::Json<Json>,
) -> Result<Response, Problem> {
    Counter::from_here(&headers)?;
    let person = counter.person(&headers).await?.ok_or_else(not_ours)?;
    let (gate, token, answer) = (counter.gate.clone(), person.token, answer_of(&sent));
    counter
        .office
        .commit::<_, NotAPasskey>(move |_, tx, now, _| gate.again_by_key(tx, &token, &answer, now))
        .await?;
    Ok(by_script(&counter, &visit, None, "/you"))
}

/// Ends the session. Of one whose second step is due, too.
pub(super) async fn sign_out(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Counter::from_here(&headers)?;
    let (gate, token) = (counter.gate.clone(), Counter::token(&headers));
    counter
        .office
        .commit::<_, Fault>(move |_, tx, _, _| gate.sign_out(tx, &token))
        .await?;
    let mut response = on(&visit, "/sign-in");
    counter.let_out(&mut response);
    Ok(response)
}

/// The one script of these pages.
pub(super) async fn script() -> Response {
    let mut response = lasting(ways::SCRIPT.to_owned(), "text/javascript; charset=utf-8");
    // Its name does not follow from its content.
    let no_cache = HeaderValue::from_static("no-cache");
    response.headers_mut().insert(header::CACHE_CONTROL, no_cache);
    response
}
