//! The console for the approver's people: limits, disputes, the bureau's silence, the books. It shows no names.

use std::sync::Arc;

use approver::{Outcome, UserId};
use axum::{
    Form,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use store::Fault;
use units::{ApprovalId, Money};

use super::{Counter, api, drawn, pages::no_amount};
use crate::{
    forms::Fields,
    frame::Problem,
    money::Amount,
    pages::{Visit, answer_private},
};

async fn show(counter: &Counter, visit: &Visit, no: Option<&Problem>) -> Result<Response, Problem> {
    let found = counter
        .office
        .look::<_, Fault>(|approver, view, _| {
            let mut disputes = Vec::new();
            for (id, dispute) in approver.disputes(view, 200)? {
                if dispute.outcome == Outcome::Open
                    && let Some(issued) = approver.issued(view, id)?
                {
                    disputes.push((id, dispute, issued));
                }
            }
            let mut users = Vec::new();
            for (id, _) in approver.users(view, None, 200)? {
                users.extend(approver.standing(view, id)?.map(|standing| (id, standing)));
            }
            let alarm = approver.alarm(view)?.map(|alarm| (alarm.count, alarm.sum, alarm.since));
            let figures: Vec<_> = approver.figures(view)?.into_iter().collect();
            Ok((alarm, disputes, users, figures))
        })
        .await?;
    let (alarm, disputes, users, figures) = found;
    let drawn = drawn::desk(
        &counter.sign,
        visit,
        &drawn::Desk {
            alarm,
            disputes: &disputes,
            users: &users,
            figures: &figures,
            refused: no.map(|no| no.detail().to_owned()),
        },
    );
    Ok(answer_private(drawn, no.map_or(StatusCode::OK, Problem::status)))
}

/// On to the console after something was done, or the console with what was not.
async fn page_of(counter: &Counter, visit: &Visit, done: Result<(), Problem>) -> Response {
    match done {
        Ok(()) => Redirect::to(&visit.to("/desk")).into_response(),
        Err(no) => show(counter, visit, Some(&no)).await.into_response(),
    }
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

/// Sets a limit.
pub(super) async fn limit(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Response> {
    counter.operators.check_form(&headers)?;
    let currency = party::Party::desk(&*counter.office.party).currency();
    let asked = || -> Result<(UserId, Money), Problem> {
        let user = fields.get("user").and_then(|text| text.parse().ok());
        let minor = fields.get("limit").and_then(|text| text.trim().parse::<i64>().ok());
        let limit = minor.and_then(|minor| Money::new(minor, currency).ok());
        Ok((user.ok_or_else(Problem::nothing_here)?, limit.ok_or_else(no_amount)?))
    };
    let done = match asked() {
        Ok((user, limit)) => api::set_limit(&counter, user, &Amount::from(limit)).await,
        Err(no) => Err(no),
    };
    Ok(page_of(&counter, &visit, done).await)
}

/// Decides a dispute.
pub(super) async fn dispute(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Response> {
    counter.operators.check_form(&headers)?;
    let id = fields.get("approval").and_then(|text| text.parse::<ApprovalId>().ok());
    let outcome = match fields.get("outcome").map(String::as_str) {
        Some("seller") => Some(Outcome::BySeller),
        Some("own") => Some(Outcome::ByApprover),
        Some("stands") => Some(Outcome::Stands),
        _ => None,
    };
    let done = match id.zip(outcome) {
        Some((id, outcome)) => {
            counter
                .office
                .commit(move |approver, tx, now, _| approver.settle_dispute(tx, id, outcome, now))
                .await
        }
        None => Err(Problem::nothing_here()),
    };
    Ok(page_of(&counter, &visit, done).await)
}
