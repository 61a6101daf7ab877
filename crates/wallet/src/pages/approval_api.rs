//! Paying by approval, for programs of the same user: who could approve, the question put, where it stands. The holder answers
//! on the approver's own page; a program only learns whether there is an answer.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use card::{Approved, Checked, Want};
use serde::Deserialize;
use serde_json::{Value, json};
use units::{Hash, PartyId};

use super::{
    Desk,
    api::{Answer, Body, Shared, outcome, parse, read, seat},
    approve::code_of,
    confirm::after_deal,
    problem::Problem,
};
use crate::engine::{Approver, Waiting};

pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/v1/approvers", get(approvers))
        .route("/v1/approval", post(ask))
        .route("/v1/approval/state", post(state))
        .route("/v1/approval/pay", post(pay))
}

fn named(approver: &Approver) -> Value {
    json!({ "approver": approver.id.to_string(), "name": approver.name, "address": approver.address })
}

async fn approvers(State(desk): Shared) -> Answer {
    let known = seat(&desk)?.wallet.approvers().await;
    Ok(Json(
        json!({ "approvers": known.iter().map(named).collect::<Vec<_>>() }),
    ))
}

#[derive(Deserialize)]
struct Ask {
    quote: String,
    approver: String,
}

/// Puts the question. Pays nothing and reserves nothing.
async fn ask(State(desk): Shared, body: Body<Ask>) -> Answer {
    let body = read(body)?;
    let (checked, approver) = (quoted(&desk, &body.quote)?, parse::<PartyId>(&body.approver)?);
    let waiting = seat(&desk)?.wallet.ask_approval(&checked, approver).await?;
    let said = json!({
        "request": waiting.request.to_string(), "page": waiting.page(), "approver": waiting.approver.name,
        "code": code_of(checked.hash()),
    });
    desk.keep_waiting(checked.hash(), waiting);
    Ok(Json(said))
}

#[derive(Deserialize)]
struct Of {
    quote: String,
}

/// Approved, or not answered yet. What was refused says why.
async fn state(State(desk): Shared, body: Body<Of>) -> Answer {
    let approved = fetched(&desk, &read(body)?.quote).await?;
    Ok(Json(json!({ "approved": approved.is_some() })))
}

#[derive(Deserialize)]
struct Pay {
    quote: String,
    pin: String,
}

/// Pays with the approval that came back.
async fn pay(State(desk): Shared, body: Body<Pay>) -> Answer {
    let body = read(body)?;
    let approval = fetched(&desk, &body.quote).await?.ok_or_else(not_yet)?;
    let want = Want {
        approval: Some(approval),
        ..Want::default()
    };
    let (wallet, quote) = (seat(&desk)?.wallet, parse::<Hash>(&body.quote)?);
    let deal = desk
        .pay_once(&wallet, quote, body.pin, want)
        .await
        .ok_or_else(Problem::not_found)??;
    let done = wallet.see_through(deal).await;
    after_deal(&wallet, &done).await;
    Ok(Json(outcome(&done)))
}

fn not_yet() -> Problem {
    let text = "its approver has not heard the holder's answer yet";
    Problem::new(StatusCode::CONFLICT, "approval-waits", text)
}

fn quoted(desk: &Desk, quote: &str) -> Result<Checked, Problem> {
    desk.quote(parse::<Hash>(quote)?).ok_or_else(Problem::not_found)
}

/// The approval of a quote's question; nothing: not answered yet.
async fn fetched(desk: &Desk, quote: &str) -> Result<Option<Approved>, Problem> {
    let checked = quoted(desk, quote)?;
    let waiting: Waiting = desk.waiting(checked.hash()).ok_or_else(Problem::not_found)?;
    Ok(seat(desk)?.wallet.fetch_approval(&checked, &waiting).await?)
}
