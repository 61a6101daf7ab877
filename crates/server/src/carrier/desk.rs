//! The console for the carrier's people: months, money that matches nothing, usage of nobody, enterprises, books. It shows no
//! names and no numbers of subscribers.

use std::sync::Arc;

use axum::{
    Form,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use carrier::Acted;
use store::Fault;
use units::{Again, OrderId, TransferId};

use super::{Counter, api, drawn};
use crate::{
    forms::Fields,
    frame::Problem,
    pages::{Visit, answer_private},
};

async fn show(counter: &Counter, visit: &Visit, no: Option<&Problem>) -> Result<Response, Problem> {
    let refused = no.map(|no| no.detail().to_owned());
    let (sign, seen, currency) = (counter.sign.clone(), visit.clone(), counter.currency());
    let drawn = counter
        .office
        .look::<_, Fault>(move |carrier, view, now| {
            let months = carrier.months(view, 24)?;
            let mut bills = Vec::new();
            if let Some((month, _)) = months.first() {
                for (_, id, bill) in carrier.bills_in(view, *month, 0, 50)? {
                    bills.push((OrderId(carrier.bill_link(id)).to_string(), bill));
                }
            }
            let mut gaps = Vec::new();
            for source in carrier.usage_sources(view)? {
                for (from, until) in carrier.usage_gaps(view, &source)? {
                    gaps.push((source.clone(), from, until));
                }
            }
            let figures = carrier.figures(view)?;
            Ok(drawn::desk(
                &sign,
                &seen,
                &drawn::Desk {
                    currency,
                    now,
                    months: &months,
                    bills: &bills,
                    suspense: &carrier.suspense(view, 200)?,
                    odd: &carrier.odd_entries(view)?,
                    lost: &carrier.usage_lost(view, 50)?,
                    gaps: &gaps,
                    enterprises: &carrier.enterprises(view)?,
                    figures: &figures,
                    refused: refused.clone(),
                },
            ))
        })
        .await?;
    Ok(answer_private(drawn, no.map_or(StatusCode::OK, Problem::status)))
}

/// On to the console after something was done, or the console with what was not.
async fn page_of(counter: &Counter, visit: &Visit, done: Result<(), Problem>) -> Response {
    match done {
        Ok(()) => Redirect::to(&visit.to("/desk")).into_response(),
        Err(no) => show(counter, visit, Some(&no)).await.into_response(),
    }
}

/// What the console says of an act: nothing, if it is done.
fn acted(acted: Acted) -> Result<(), Problem> {
    let Acted::Waits(id) = acted else { return Ok(()) };
    let text = format!("this is above what one operator does alone: another one agrees to proposal {id}");
    Err(Problem::door(
        StatusCode::ACCEPTED,
        "proposed",
        Again::AfterYouAct,
        &text,
    ))
}

/// The console.
pub(super) async fn page(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
) -> Result<Response, Response> {
    counter.operators.check_page(&headers)?;
    show(&counter, &visit, None).await.map_err(IntoResponse::into_response)
}

/// Bills a month, or goes on with it.
pub(super) async fn bill(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Response> {
    counter.operators.check_form(&headers)?;
    let done = match api::month_of(fields.get("month").map_or("", |text| text.trim())) {
        Ok(month) => counter.bill_some(month).await.map(drop),
        Err(no) => Err(no),
    };
    Ok(page_of(&counter, &visit, done).await)
}

/// Says which bill money in suspense pays.
pub(super) async fn assign(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Response> {
    let who = counter.operators.check_form(&headers)?;
    let entry = fields.get("entry").and_then(|text| text.parse::<TransferId>().ok());
    let number = fields
        .get("bill")
        .map(|text| text.trim().to_owned())
        .unwrap_or_default();
    let done = match entry {
        Some(entry) => counter
            .office
            .commit(move |carrier, tx, now, _| carrier.assign_by_hand(tx, who.name(), entry, &number, now))
            .await
            .and_then(acted),
        None => Err(Problem::nothing_here()),
    };
    Ok(page_of(&counter, &visit, done).await)
}
