//! Pages: one purchase, the account. None needs a script; nothing is approved by looking or by signing in.

use std::sync::Arc;

use approver::{Decision, Denied, Means, RequestId, RequestState, Shown};
use axum::{
    Form,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use store::Fault;
use units::{Again, ApprovalId, Money};

use super::{
    Counter,
    drawn::{self, Ask},
    person::{Person, Who},
    stories,
};
use crate::{
    forms::{Fields, not_ours},
    frame::Problem,
    pages::{Visit, answer_private as page, told},
};

pub(super) fn on(visit: &Visit, to: &str) -> Response {
    Redirect::to(&visit.to(to)).into_response()
}

/// One purchase: shown to whoever looks first while signed in.
pub(super) async fn ask(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    Path(id): Path<String>,
    Query(asked): Query<Fields>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Ok(id) = id.parse::<RequestId>() else {
        return Ok(gone(&counter, &visit));
    };
    let person = match counter.who(&headers).await? {
        Who::Signed(person) => *person,
        Who::Half => return Ok(on(&visit, &format!("/second?for={id}"))),
        Who::Nobody => return Ok(on(&visit, &format!("/sign-in?for={id}"))),
    };
    let failed = asked.get("failed").and_then(|n| n.parse().ok()).unwrap_or(0);
    show(&counter, &visit, &person, id, failed).await
}

fn gone(counter: &Counter, visit: &Visit) -> Response {
    page(
        drawn::ask(&counter.sign, visit, None, &Ask::Gone),
        StatusCode::NOT_FOUND,
    )
}

async fn show(
    counter: &Counter,
    visit: &Visit,
    person: &Person,
    id: RequestId,
    failed: u64,
) -> Result<Response, Problem> {
    let user = person.live.account;
    let shown = counter
        .office
        .commit(move |approver, tx, now, _| approver.show(tx, id, user, now))
        .await;
    let shown: Shown = match shown {
        Ok(shown) => shown,
        Err(no) if no.code() == "approval-request-unknown" => return Ok(gone(counter, visit)),
        Err(no) => return Err(no),
    };
    let standing = counter
        .office
        .look::<_, Fault>(move |approver, view, _| approver.standing(view, user))
        .await?;
    let ask = match (&shown.state, standing) {
        (RequestState::Waiting, Some(standing)) => Ask::Waiting {
            csrf: &person.csrf,
            id,
            standing,
            failed,
        },
        (RequestState::Asking(..), _) => Ask::Asking(id),
        (RequestState::Approved(_), _) => Ask::Approved,
        (RequestState::Denied(why), _) => Ask::Denied(*why),
        (RequestState::Declined, _) => Ask::Declined,
        (RequestState::Waiting, None) => Ask::Gone,
    };
    let drawn = drawn::ask(&counter.sign, visit, Some(&shown), &ask);
    Ok(page(drawn, StatusCode::OK))
}

/// How long a page waits for the bureau before it says that it is being asked.
const BUREAU: std::time::Duration = std::time::Duration::from_secs(8);

/// Yes or no.
pub(super) async fn answer(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let id: RequestId = id.parse().map_err(|_| Problem::nothing_here())?;
    let Some(person) = counter.person(&headers).await? else {
        return Ok(on(&visit, &format!("/sign-in?for={id}")));
    };
    counter.check(&person, &fields)?;
    let user = person.live.account;
    let means = fields.get("means").and_then(|word| Means::of_word(word));
    let decided = match (fields.get("answer").map(String::as_str), means) {
        (Some("yes"), Some(means)) => {
            counter
                .office
                .commit(move |approver, tx, now, seed| approver.approve(tx, id, user, means, now, seed))
                .await
        }
        // Whatever is not a plain yes is a no.
        _ => {
            let declined = counter
                .office
                .commit(move |approver, tx, _, _| approver.decline(tx, id, user))
                .await;
            declined.map(|()| Decision::Denied(Denied::Decision))
        }
    };
    match decided {
        Ok(Decision::Asking(errand)) => {
            let office = counter.office.clone();
            // The bureau is asked also if this browser hangs up; the errand is written down. Whoever waits sees the decision.
            let asked = tokio::spawn(async move {
                if let Err(no) = office.follow(party::errand::Step::Errand(errand)).await {
                    tracing::warn!(target: "keyfare::approver", code = no.code(), "the bureau was not asked yet");
                }
            });
            // What takes longer is looked at again by its reader.
            let _ = tokio::time::timeout(BUREAU, asked).await;
        }
        Ok(_) => {}
        Err(no) if no.code() == "approval-request-unknown" => return Ok(gone(&counter, &visit)),
        Err(no) => return Err(no),
    }
    Ok(on(&visit, &format!("/approve/{id}")))
}

/// The account: figures, open approvals, what was used.
pub(super) async fn account(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    Query(asked): Query<Fields>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let person = match counter.who(&headers).await? {
        Who::Signed(person) => *person,
        Who::Half => return Ok(on(&visit, "/second")),
        Who::Nobody => return Ok(on(&visit, "/sign-in")),
    };
    let user = person.live.account;
    let found = counter
        .office
        .look::<_, Fault>(move |approver, view, now| {
            let known = party::Party::desk(approver).known(view)?;
            let name = |id| {
                let listed = known.ever_certified::<seal::role::Seller>(id);
                listed.map_or_else(|| id.short(), |v| v.claims().name.clone())
            };
            let lines = approver.lines(view, user, 50)?;
            let named: Vec<_> = lines.into_iter().map(|line| (name(line.seller), line)).collect();
            let mut disputed = Vec::new();
            for (_, line) in &named {
                if approver.dispute_of(view, line.id)?.is_some() {
                    disputed.push(line.id);
                }
            }
            let row = approver.user(view, user)?;
            Ok((approver.standing(view, user)?, row, named, disputed, now))
        })
        .await?;
    // Whoever has a role here and buys nothing has no account to look at.
    let (Some(standing), Some(row), lines, disputed, _) = found else {
        return Ok(on(&visit, "/desk"));
    };
    let failed = asked.get("failed").and_then(|n| n.parse().ok()).unwrap_or(0);
    let said = asked.get("said").map(String::as_str).unwrap_or_default();
    let drawn = drawn::account(
        &counter.sign,
        &visit,
        &drawn::Account {
            csrf: &person.csrf,
            standing,
            single: row.single,
            lines: &lines,
            disputed: &disputed,
            failed,
            said,
        },
    );
    Ok(page(drawn, StatusCode::OK))
}

async fn mine(
    counter: &Counter,
    headers: &HeaderMap,
    fields: &Fields,
) -> Result<(approver::UserId, Option<ApprovalId>), Problem> {
    let person = counter.person(headers).await?.ok_or_else(not_ours)?;
    counter.check(&person, fields)?;
    let id = fields.get("approval").and_then(|text| text.parse().ok());
    Ok((person.live.account, id))
}

/// Takes an open approval back.
pub(super) async fn cancel(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let (user, id) = mine(&counter, &headers, &fields).await?;
    let id = id.ok_or_else(Problem::nothing_here)?;
    counter
        .office
        .commit(move |approver, tx, now, _| approver.cancel(tx, user, id, now))
        .await?;
    Ok(on(&visit, "/?said=cancelled"))
}

/// Disputes a charge.
pub(super) async fn dispute(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let (user, id) = mine(&counter, &headers, &fields).await?;
    let id = id.ok_or_else(Problem::nothing_here)?;
    counter
        .office
        .commit(move |approver, tx, now, _| approver.dispute(tx, user, id, now))
        .await?;
    Ok(on(&visit, "/?said=disputed"))
}

/// Sets the user's own most for one purchase.
pub(super) async fn single(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let (user, _) = mine(&counter, &headers, &fields).await?;
    let text = fields.get("most").map(|t| t.trim().to_owned()).unwrap_or_default();
    let currency = party::Party::desk(&*counter.office.party).currency();
    let most = if text.is_empty() {
        None
    } else {
        let money = text
            .parse::<i64>()
            .ok()
            .and_then(|minor| Money::new(minor, currency).ok());
        Some(money.ok_or_else(no_amount)?)
    };
    counter
        .office
        .commit::<_, Fault>(move |approver, tx, _, _| approver.set_single(tx, user, most))
        .await?;
    Ok(on(&visit, "/?said=single"))
}

/// What was typed is no amount.
pub(super) fn no_amount() -> Problem {
    let text = "an amount is digits only: go back and write it without signs";
    Problem::door(StatusCode::UNPROCESSABLE_ENTITY, "amount", Again::AfterYouAct, text)
}

/// The stories of these pages.
pub(super) async fn stories(State(counter): State<Arc<Counter>>, visit: Visit) -> Result<Response, Problem> {
    if !counter.sign.dev {
        return Err(Problem::nothing_here());
    }
    let frame = drawn::frame(&counter.sign, &visit, drawn::At::Outside);
    let drawn = face::stories(&frame, &visit.to("/stories"), stories::STORIES);
    Ok(page(drawn, StatusCode::OK))
}

/// One of them.
pub(super) async fn story(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    told(stories::STORIES, &name, counter.sign.dev, &visit).ok_or_else(Problem::nothing_here)
}
