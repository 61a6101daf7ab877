//! The gateway's pages for customers: signing in, the account, registration, and carrying a question by hand. None needs a
//! script.

use std::sync::Arc;

use axum::{
    Extension, Form,
    extract::{Multipart, Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use copying::{Bound, DeviceId, wire::Answer};
use store::Fault;
use units::Hash;

use super::{
    Till, carry,
    drawn::{self, At, Carried, Registering, Typed},
    stories,
};
use crate::{
    copying::{
        console::{brought, file},
        enter::{Person, unfit},
        signed::{self, Note},
    },
    forms::Fields,
    frame::{Problem, Source},
    pages::{Visit, answer_private as page, told},
};

fn on(visit: &Visit, to: &str) -> Response {
    Redirect::to(&visit.to(to)).into_response()
}

fn entering(till: &Till, visit: &Visit, note: &Note, status: StatusCode) -> Response {
    let frame = drawn::frame(&till.sign, visit, At::Enter);
    let lead = visit.words.copying_enter_lead_gateway();
    page(signed::enter(&frame, lead, visit, note, false), status)
}

/// The page for signing in.
pub(super) async fn enter(State(till): State<Arc<Till>>, visit: Visit) -> Response {
    entering(&till, &visit, &Note::None, StatusCode::OK)
}

/// Tries a name and a password.
pub(super) async fn by_password(
    State(till): State<Arc<Till>>,
    visit: Visit,
    Extension(Source(address)): Extension<Source>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let came = till
        .door
        .by_form(&till.office, &visit, (&headers, address), &fields)
        .await?;
    Ok(came.unwrap_or_else(|(note, status)| entering(&till, &visit, &note, status)))
}

/// Ends the session.
pub(super) async fn sign_out(
    State(till): State<Arc<Till>>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    till.door.leave(&till.office, &visit, &headers, &fields).await
}

/// Who is signed in; anybody else signs in first.
async fn customer(till: &Till, visit: &Visit, headers: &HeaderMap) -> Result<Person, Response> {
    let found = till.door.person(&till.office, headers).await;
    found
        .map_err(IntoResponse::into_response)?
        .ok_or_else(|| on(visit, "/sign-in"))
}

/// The account.
pub(super) async fn account(
    State(till): State<Arc<Till>>,
    visit: Visit,
    headers: HeaderMap,
    Query(asked): Query<Fields>,
) -> Result<Response, Response> {
    let person = customer(&till, &visit, &headers).await?;
    let id = person.account.0;
    let found = till
        .office
        .look::<_, Fault>(move |gateway, view, _| Ok((gateway.customer(view, id)?, gateway.charges(view, id, 100)?)))
        .await
        .map_err(IntoResponse::into_response)?;
    let (Some((row, balance)), charged) = found else {
        return Err(Problem::nothing_here().into_response());
    };
    let charged: Vec<_> = charged.iter().map(|told| (told.charge, told.at)).collect();
    let of = drawn::Account {
        balance,
        held: row.held,
        credit: match row.paying {
            copying::gateway::Paying::Prepaid => 0,
            copying::gateway::Paying::Credit(limit) => limit.minor(),
        },
        charged: &charged,
        currency: party::Party::desk(&*till.office.party).currency(),
        csrf: &person.csrf,
        failed: asked.get("failed").and_then(|n| n.parse().ok()).unwrap_or(0),
        not: asked.get("not").map(String::as_str),
    };
    Ok(page(drawn::account(&till.sign, &visit, &of), StatusCode::OK))
}

/// Everything that is kept about whoever is signed in, as a file.
pub(super) async fn data(
    State(till): State<Arc<Till>>,
    visit: Visit,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let person = customer(&till, &visit, &headers).await?;
    let about = super::api::about(&till, person.account).await;
    let mut response = axum::Json(about.map_err(IntoResponse::into_response)?).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let name = HeaderValue::from_static("attachment; filename=\"account.json\"");
    headers.insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

/// Closes the account and forgets whose it was.
pub(super) async fn forget(
    State(till): State<Arc<Till>>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Response> {
    let person = customer(&till, &visit, &headers).await?;
    let done = match till.door.check(&person, &fields) {
        Ok(()) => super::api::forget(&till, person.account).await,
        Err(no) => Err(no),
    };
    match done {
        Ok(()) => {
            let mut response = on(&visit, "/sign-in");
            till.door.let_out(&mut response);
            Ok(response)
        }
        Err(no) if no.code().starts_with("account-") => Ok(on(&visit, &format!("/?not={}", no.code()))),
        Err(no) => Err(no.into_response()),
    }
}

/// The registration's page.
pub(super) async fn register(
    State(till): State<Arc<Till>>,
    visit: Visit,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let person = customer(&till, &visit, &headers).await?;
    let terms = till.terms().await;
    let drawn = drawn::register(
        &till.sign,
        &visit,
        &Registering {
            terms,
            card: Typed::default(),
            player: Typed::default(),
            drive: Typed::default(),
            known: false,
            refused: None,
            csrf: &person.csrf,
        },
    );
    let status = terms.map_or(StatusCode::SERVICE_UNAVAILABLE, |_| StatusCode::OK);
    Ok(page(drawn, status))
}

/// Numbers as typed from labels, looked at by the server.
pub(super) async fn typed(
    State(till): State<Arc<Till>>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Response> {
    let person = customer(&till, &visit, &headers).await?;
    till.door.check(&person, &fields).map_err(IntoResponse::into_response)?;
    let terms = till.terms().await;
    let mut wrong = None;
    let mut read = |asked: bool, name: &'static str| -> (Typed, Option<DeviceId>) {
        let value = fields.get(name).map(|text| text.trim().to_owned()).unwrap_or_default();
        let id = value.parse::<DeviceId>();
        let bad = asked && id.is_err();
        if bad && wrong.is_none() {
            wrong = Some(unfit("not-on-a-label", "compare the number with the label"));
        }
        (Typed { value, wrong: bad }, id.ok().filter(|_| asked))
    };
    let asks = |of: fn(&super::Terms) -> bool| terms.as_ref().is_some_and(of);
    let (mut card, card_id) = read(asks(|t| t.card), "card");
    let (mut player, player_id) = read(asks(|t| t.player), "player");
    let (mut drive, drive_id) = read(asks(|t| t.drive), "drive");
    let bound = Bound {
        card: card_id,
        player: player_id,
        drive: drive_id,
    };
    let looked = match wrong {
        Some(no) => Err(no),
        None => carry::known(&till, &bound).await,
    };
    if let Err(no) = &looked {
        card.wrong |= no.code() == "card-unknown";
        player.wrong |= no.code() == "player-unknown";
        drive.wrong |= no.code() == "drive-unknown";
    }
    if looked.is_ok() {
        // Shown back as labels print them.
        for (typed, id) in [(&mut card, card_id), (&mut player, player_id), (&mut drive, drive_id)] {
            typed.value = id.map(|id| id.grouped()).unwrap_or_default();
        }
    }
    let no = looked.as_ref().err();
    let of = Registering {
        terms,
        card,
        player,
        drive,
        known: no.is_none(),
        refused: no,
        csrf: &person.csrf,
    };
    let status = no.map_or(StatusCode::OK, |_| StatusCode::UNPROCESSABLE_ENTITY);
    Ok(page(drawn::register(&till.sign, &visit, &of), status))
}

/// The page for carrying a question by hand.
pub(super) async fn carry(
    State(till): State<Arc<Till>>,
    visit: Visit,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let person = customer(&till, &visit, &headers).await?;
    Ok(page(
        drawn::carry(&till.sign, &visit, &person.csrf, &Carried::Nothing),
        StatusCode::OK,
    ))
}

/// A question that was brought by hand.
pub(super) async fn carried(
    State(till): State<Arc<Till>>,
    visit: Visit,
    headers: HeaderMap,
    form: Multipart,
) -> Result<Response, Response> {
    let person = customer(&till, &visit, &headers).await?;
    let (fields, question) = brought(form).await.map_err(IntoResponse::into_response)?;
    till.door.check(&person, &fields).map_err(IntoResponse::into_response)?;
    let name = seal::hash(&question);
    let said = carry::pass(&till, person.account.0, question.to_vec()).await;
    let open = said.as_ref().ok().and_then(|bytes| Answer::parse(bytes).ok());
    let of = match (&said, &open) {
        (Ok(_), Some(answer)) => Carried::Answered(name, &answer.open),
        (Ok(_), None) => Carried::Waits,
        (Err(no), _) if no.code() == "not-yet" => Carried::Waits,
        (Err(no), _) => Carried::Refused(no),
    };
    let status = match &of {
        Carried::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Carried::Waits => StatusCode::ACCEPTED,
        _ => StatusCode::OK,
    };
    Ok(page(drawn::carry(&till.sign, &visit, &person.csrf, &of), status))
}

/// The answer to a customer's own question, as a file for the player.
pub(super) async fn answer(
    State(till): State<Arc<Till>>,
    visit: Visit,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Result<Response, Response> {
    let person = customer(&till, &visit, &headers).await?;
    let nothing = || Problem::nothing_here().into_response();
    let name: Hash = name.parse().map_err(|_| nothing())?;
    let found = till
        .office
        .look::<_, Fault>(move |gateway, view, _| gateway.answer_to(view, person.account.0, name))
        .await
        .map_err(IntoResponse::into_response)?;
    Ok(file(found.ok_or_else(nothing)?, "attachment; filename=\"answer.cbor\""))
}

/// The stories of these pages.
pub(super) async fn stories(State(till): State<Arc<Till>>, visit: Visit) -> Result<Response, Problem> {
    if !till.sign.dev {
        return Err(Problem::nothing_here());
    }
    let frame = drawn::frame(&till.sign, &visit, At::Enter);
    Ok(page(
        face::stories(&frame, &visit.to("/stories"), stories::STORIES),
        StatusCode::OK,
    ))
}

/// One of them.
pub(super) async fn story(
    State(till): State<Arc<Till>>,
    visit: Visit,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    told(stories::STORIES, &name, till.sign.dev, &visit).ok_or_else(Problem::nothing_here)
}
