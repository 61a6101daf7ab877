//! Pages: the carrier's front, and a bill for whoever knows its address.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use units::OrderId;

use super::{Counter, drawn, stories};
use crate::{
    frame::{Named, Problem},
    pages::{Visit, answer, answer_private, told},
};

/// The front.
pub(super) async fn front(State(counter): State<Arc<Counter>>, visit: Visit) -> Response {
    answer(drawn::front(&counter.sign, &visit), StatusCode::OK)
}

/// A bill.
pub(super) async fn bill(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    Named(link): Named<OrderId>,
) -> Result<Response, Problem> {
    let (bill, contract) = counter.behind(link).await?;
    let drawn = drawn::bill(&counter.sign, &visit, &bill, &contract, Some(&link.to_string()));
    Ok(answer_private(drawn, StatusCode::OK))
}

/// The stories of these pages.
pub(super) async fn stories(State(counter): State<Arc<Counter>>, visit: Visit) -> Result<Response, Problem> {
    if !counter.sign.dev {
        return Err(Problem::nothing_here());
    }
    let frame = drawn::frame(&counter.sign, &visit);
    let drawn = face::stories(&frame, &visit.to("/stories"), stories::STORIES);
    Ok(answer_private(drawn, StatusCode::OK))
}

/// One of them.
pub(super) async fn story(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    told(stories::STORIES, &name, counter.sign.dev, &visit).ok_or_else(Problem::nothing_here)
}
