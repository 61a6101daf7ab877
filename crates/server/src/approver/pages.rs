//! Pages: signing in, one purchase, the account. None needs a script; nothing is approved by looking or by signing in.

use std::sync::Arc;

use approver::{Decision, Denied, Means, RequestId, RequestState, Shown};
use axum::{
    Extension, Form,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use signin::{Entered, Name, SlowDown, Source as Place, Typed};
use store::Fault;
use units::{Again, ApprovalId, Money};

use super::{
    Counter,
    drawn::{self, Ask, EnterNote},
    person::Person,
    stories,
};
use crate::{
    forms::{Fields, not_ours},
    frame::{Problem, Source},
    pages::{Visit, answer_private as page, told},
};

fn on(visit: &Visit, to: &str) -> Response {
    Redirect::to(&visit.to(to)).into_response()
}

fn request_of(fields: &Fields) -> Option<RequestId> {
    fields.get("for").and_then(|text| text.parse().ok())
}

/// The page for signing in, perhaps with a purchase that waits.
pub(super) async fn enter(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    Query(asked): Query<Fields>,
) -> Result<Response, Problem> {
    let waiting = request_of(&asked);
    let amount = amount_of(&counter, waiting).await?;
    let drawn = drawn::enter(&counter.sign, &visit, waiting, amount, &EnterNote::None);
    Ok(page(drawn, StatusCode::OK))
}

async fn amount_of(counter: &Counter, waiting: Option<RequestId>) -> Result<Option<Money>, Problem> {
    let Some(id) = waiting else { return Ok(None) };
    let shown = counter
        .office
        .look::<_, Fault>(move |approver, view, _| approver.glance(view, id))
        .await?;
    Ok(shown.map(|shown| shown.amount))
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
    let waiting = request_of(&asked);
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    // What is no name is nobody's; it is looked at like one all the same.
    let name = Name::new(field("name"))
        .or_else(|_| Name::new("nobody at all"))
        .map_err(|_| not_ours())?;
    let (gate, from, device) = (counter.gate.clone(), Place::of(address), Counter::device(&headers));
    let begun = counter
        .office
        .commit::<_, Fault>(
            move |_, tx, now, _| match gate.begin(tx, &name, &from, device.as_deref(), now) {
                Ok(attempt) => Ok(Ok(attempt)),
                Err(SlowDown::Wait(until)) => Ok(Err(until)),
                Err(SlowDown::Fault(fault)) => Err(fault),
            },
        )
        .await?;
    let attempt = match begun {
        Ok(attempt) => attempt,
        Err(until) => {
            let amount = amount_of(&counter, waiting).await?;
            let drawn = drawn::enter(&counter.sign, &visit, waiting, amount, &EnterNote::Slow(until));
            return Ok(page(drawn, StatusCode::TOO_MANY_REQUESTS));
        }
    };
    let _place = counter.hashing.acquire().await; // never closed
    let (gate, typed) = (counter.gate.clone(), Typed::new(field("password")));
    let weighed = tokio::task::spawn_blocking(move || attempt.weigh(&gate, &typed)).await;
    let weighed = weighed.map_err(|_| Problem::by(&Fault::Panicked))?;
    let gate = counter.gate.clone();
    let entered = counter
        .office
        .commit::<_, Fault>(move |_, tx, now, seed| gate.finish(tx, &weighed, now, seed))
        .await?;
    match entered {
        Some(entered) => Ok(welcome(&counter, &visit, waiting, &entered)),
        None => {
            let amount = amount_of(&counter, waiting).await?;
            let drawn = drawn::enter(&counter.sign, &visit, waiting, amount, &EnterNote::NoMatch);
            Ok(page(drawn, StatusCode::FORBIDDEN))
        }
    }
}

fn welcome(counter: &Counter, visit: &Visit, waiting: Option<RequestId>, entered: &Entered) -> Response {
    let to = match (waiting, entered.failed.count) {
        (Some(id), 0) => format!("/approve/{id}"),
        (Some(id), n) => format!("/approve/{id}?failed={n}"),
        (None, 0) => "/".to_owned(),
        (None, n) => format!("/?failed={n}"),
    };
    let mut response = on(visit, &to);
    counter.let_in(&mut response, &entered.session, &entered.device);
    response
}

/// Ends the session.
pub(super) async fn sign_out(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    if let Some(person) = counter.person(&headers).await? {
        check(&counter, &person, &fields)?;
        let (gate, token) = (counter.gate.clone(), person.token);
        counter
            .office
            .commit::<_, Fault>(move |_, tx, _, _| gate.sign_out(tx, &token))
            .await?;
    }
    let mut response = on(&visit, "/sign-in");
    counter.let_out(&mut response);
    Ok(response)
}

fn check(counter: &Counter, person: &Person, fields: &Fields) -> Result<(), Problem> {
    let form = fields.get("form").map(String::as_str).unwrap_or_default();
    if counter.gate.csrf_fits(&person.token, form) {
        Ok(())
    } else {
        Err(not_ours())
    }
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
    let Some(person) = counter.person(&headers).await? else {
        return Ok(on(&visit, &format!("/sign-in?for={id}")));
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
    check(&counter, &person, &fields)?;
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
            // The bureau is asked beside this page, which looks again by itself; the errand is written down.
            tokio::spawn(async move {
                if let Err(no) = office.follow(party::errand::Step::Errand(errand)).await {
                    tracing::warn!(target: "keyfare::approver", code = no.code(), "the bureau was not asked yet");
                }
            });
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
    let Some(person) = counter.person(&headers).await? else {
        return Ok(on(&visit, "/sign-in"));
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
    let (Some(standing), Some(row), lines, disputed, _) = found else {
        return Err(Problem::nothing_here());
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
    check(counter, &person, fields)?;
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
    let frame = drawn::frame(&counter.sign, &visit, false);
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
