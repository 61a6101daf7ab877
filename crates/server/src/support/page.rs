//! Page: the desk as its operators see it: what was asked, answered, repaired. Every page and every form is theirs alone.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use core::convert::Infallible;
use serde::Deserialize;
use store::Fault;
use units::OrderId;

use super::{
    Centre,
    drawn::{self, At, Done},
    requests, stories, unlocked,
};
use crate::{
    frame::{Asked, Named, Problem, limits::PAGE_DEFAULT},
    pages::{Visit, answer_private as page, told},
};

#[derive(Deserialize)]
pub(super) struct Page {
    before: Option<String>,
}

/// The newest requests.
pub(super) async fn list(
    State(desk): State<Arc<Centre>>,
    visit: Result<Visit, Infallible>,
    headers: HeaderMap,
    Asked(asked): Asked<Page>,
) -> Result<Response, Response> {
    let Ok(visit) = visit;
    desk.operators.check_page(&headers)?;
    let before = requests::place(asked.before.as_deref()).ok_or_else(|| Problem::nothing_here().into_response())?;
    let (found, before) = requests::found(&desk, before, PAGE_DEFAULT as usize)
        .await
        .map_err(IntoResponse::into_response)?;
    let drawn = drawn::requests(&desk.sign, &visit, &found, before.as_deref());
    Ok(page(drawn, StatusCode::OK))
}

/// One request with its log.
pub(super) async fn one(
    State(desk): State<Arc<Centre>>,
    visit: Result<Visit, Infallible>,
    headers: HeaderMap,
    Named(id): Named<OrderId>,
) -> Result<Response, Response> {
    let Ok(visit) = visit;
    desk.operators.check_page(&headers)?;
    show(&desk, &visit, id, "", StatusCode::OK).await
}

async fn show(desk: &Centre, visit: &Visit, id: OrderId, no: &str, status: StatusCode) -> Result<Response, Response> {
    let one = requests::find(desk, id).await.map_err(IntoResponse::into_response)?;
    Ok(page(drawn::request(&desk.sign, visit, (id, &one), no), status))
}

#[derive(Deserialize)]
pub(super) struct Said {
    code: String,
    text: String,
}

/// An operator's answer, from the form of the page above and from no other site's.
pub(super) async fn answer(
    State(desk): State<Arc<Centre>>,
    Named(id): Named<OrderId>,
    visit: Result<Visit, Infallible>,
    headers: HeaderMap,
    Form(said): Form<Said>,
) -> Result<Response, Response> {
    let Ok(visit) = visit;
    desk.operators.check_form(&headers)?;
    let said = requests::Answer {
        code: said.code.trim().to_owned(),
        text: said.text.replace("\r\n", "\n").trim().to_owned(),
    };
    match requests::say(&desk, id, said).await {
        Ok(()) => Ok(Redirect::to(&visit.to(&format!("/requests/{id}"))).into_response()),
        Err(no) => show(&desk, &visit, id, no.detail(), no.status()).await,
    }
}

/// What was unlocked, and who waits at the counter.
pub(super) async fn unlocked(
    State(desk): State<Arc<Centre>>,
    visit: Result<Visit, Infallible>,
    headers: HeaderMap,
    Asked(asked): Asked<Page>,
) -> Result<Response, Response> {
    let Ok(visit) = visit;
    desk.operators.check_page(&headers)?;
    let from = unlocked::place(asked.before.as_deref()).ok_or_else(|| Problem::nothing_here().into_response())?;
    let (rows, before) = unlocked::found(&desk, from, PAGE_DEFAULT as usize)
        .await
        .map_err(IntoResponse::into_response)?;
    let waiting = desk
        .office
        .look::<_, Fault>(|support, view, _| Ok((support.waiting_for_cash(view)?, support.unpassed(view)?)));
    let (cash, unpassed) = waiting.await.map_err(IntoResponse::into_response)?;
    let done = Done {
        rows,
        before,
        cash,
        unpassed,
    };
    Ok(page(drawn::unlocked(&desk.sign, &visit, &done), StatusCode::OK))
}

#[derive(Deserialize)]
pub(super) struct CashForm {
    order: String,
    taken: String,
}

/// Cash was taken, or is declined.
pub(super) async fn cash(
    State(desk): State<Arc<Centre>>,
    visit: Result<Visit, Infallible>,
    headers: HeaderMap,
    Form(form): Form<CashForm>,
) -> Result<Response, Response> {
    let Ok(visit) = visit;
    desk.operators.check_form(&headers)?;
    let order = form.order.trim().parse();
    let order = order.map_err(|_| Problem::nothing_here().into_response())?;
    unlocked::say(&desk, order, form.taken == "yes")
        .await
        .map_err(IntoResponse::into_response)?;
    Ok(Redirect::to(&visit.to("/unlocked")).into_response())
}

#[derive(Deserialize)]
pub(super) struct SendForm {
    deal: String,
}

/// Cash that the bank refused to pass on is sent again.
pub(super) async fn send(
    State(desk): State<Arc<Centre>>,
    visit: Result<Visit, Infallible>,
    headers: HeaderMap,
    Form(form): Form<SendForm>,
) -> Result<Response, Response> {
    let Ok(visit) = visit;
    desk.operators.check_form(&headers)?;
    let deal = form.deal.trim().parse();
    let deal = deal.map_err(|_| Problem::nothing_here().into_response())?;
    unlocked::send(&desk, deal).await.map_err(IntoResponse::into_response)?;
    Ok(Redirect::to(&visit.to("/unlocked")).into_response())
}

/// All stories of the desk.
pub(super) async fn stories(State(desk): State<Arc<Centre>>, visit: Result<Visit, Infallible>) -> Response {
    let Ok(visit) = visit;
    if !desk.sign.dev {
        return Problem::nothing_here().into_response();
    }
    let frame = desk.sign.page(&visit, At::Elsewhere);
    page(
        face::stories(&frame, &visit.to("/stories"), stories::STORIES),
        StatusCode::OK,
    )
}

/// One of them.
pub(super) async fn story(
    State(desk): State<Arc<Centre>>,
    visit: Result<Visit, Infallible>,
    Path(name): Path<String>,
) -> Response {
    let Ok(visit) = visit;
    told(stories::STORIES, &name, desk.sign.dev, &visit).unwrap_or_else(|| Problem::nothing_here().into_response())
}
