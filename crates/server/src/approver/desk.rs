//! The console for the approver's people: limits, disputes, the bureau's silence, the books. It shows no names.
//!
//! Let in is whoever has the operator's token, and whoever signed in and has a role here; each role may do its part.

use std::sync::Arc;

use approver::{Approver, Outcome, UserId};
use axum::{
    Form,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use store::{Fault, Tx};
use units::{ApprovalId, Moment, Money, PartyId, Refusal, TransferId};

use super::{Counter, api, drawn, money, pages::no_amount};
use crate::{
    forms::Fields,
    frame::{Problem, seed},
    money::Amount,
    pages::{Visit, answer_private},
};

/// What somebody may do here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeskRole {
    /// Looks.
    Auditor,
    /// Looks, sets limits, notes bills that were paid, and pays sellers.
    Clerk,
    /// Looks, and decides disputes: gives back what was charged.
    Judge,
}

impl DeskRole {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Auditor, Self::Clerk, Self::Judge];
    /// Its word, where it is written down.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Auditor => "auditor",
            Self::Clerk => "clerk",
            Self::Judge => "judge",
        }
    }
    /// The role of that word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }
}

/// Whoever was let in, and what is open to them.
pub(super) struct Clerk {
    pub(super) limits: bool,
    pub(super) disputes: bool,
    /// What the forms of somebody signed in carry; the operator's are known by where they come from.
    pub(super) csrf: Option<String>,
}

/// Who came to the console.
async fn clerk(counter: &Counter, headers: &HeaderMap, form: Option<&Fields>) -> Result<Clerk, Response> {
    if let Some(person) = counter.person(headers).await.map_err(IntoResponse::into_response)? {
        let (gate, id, over) = (counter.gate.clone(), person.live.account, counter.office.party.id());
        let grants = counter
            .office
            .look::<_, Fault>(move |_, view, _| gate.grants(view, id))
            .await
            .map_err(IntoResponse::into_response)?;
        let here = grants.iter().filter(|grant| grant.over == over);
        let roles: Vec<DeskRole> = here.filter_map(|grant| DeskRole::of(&grant.role)).collect();
        if !roles.is_empty() {
            if let Some(fields) = form {
                counter.check(&person, fields).map_err(IntoResponse::into_response)?;
            }
            return Ok(Clerk {
                limits: roles.contains(&DeskRole::Clerk),
                disputes: roles.contains(&DeskRole::Judge),
                csrf: Some(person.csrf),
            });
        }
        // To a user there is no console here.
        if headers.get(axum::http::header::AUTHORIZATION).is_none() {
            return Err(Problem::nothing_here().into_response());
        }
    }
    match form {
        Some(_) => counter.operators.check_form(headers)?,
        None => counter.operators.check_page(headers)?,
    };
    Ok(Clerk {
        limits: true,
        disputes: true,
        csrf: None,
    })
}

fn not_yours() -> Problem {
    let text = "your role here does not include this; ask whoever runs this approver";
    Problem::door(StatusCode::FORBIDDEN, "role-missing", units::Again::AfterYouAct, text)
}

async fn show(counter: &Counter, visit: &Visit, clerk: &Clerk, no: Option<&Problem>) -> Result<Response, Problem> {
    let found = counter
        .office
        .look::<_, Fault>(|approver, view, now| {
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
            let silent = approver.silent(view, now, 200)?;
            Ok((alarm, (disputes, silent), users, approver.sellers(view)?, figures))
        })
        .await?;
    let (alarm, (disputes, silent), users, sellers, figures) = found;
    let once = ApprovalId(seed()?.id("once"));
    let drawn = drawn::desk(
        &counter.sign,
        visit,
        &drawn::Desk {
            alarm,
            disputes: &disputes,
            silent: &silent,
            users: &users,
            sellers: &sellers,
            once,
            figures: &figures,
            currency: party::Party::desk(&*counter.office.party).currency(),
            refused: no.map(|no| no.detail().to_owned()),
            clerk,
        },
    );
    Ok(answer_private(drawn, no.map_or(StatusCode::OK, Problem::status)))
}

/// On to the console after something was done, or the console with what was not.
async fn page_of(counter: &Counter, visit: &Visit, clerk: &Clerk, done: Result<(), Problem>) -> Response {
    match done {
        Ok(()) => Redirect::to(&visit.to("/desk")).into_response(),
        Err(no) => show(counter, visit, clerk, Some(&no)).await.into_response(),
    }
}

/// The console.
pub(super) async fn page(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let clerk = clerk(&counter, &headers, None).await?;
    let shown = show(&counter, &visit, &clerk, None).await;
    shown.map_err(IntoResponse::into_response)
}

/// Sets a limit.
pub(super) async fn limit(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Response> {
    let clerk = clerk(&counter, &headers, Some(&fields)).await?;
    let currency = party::Party::desk(&*counter.office.party).currency();
    let asked = || -> Result<(UserId, Money), Problem> {
        let user = fields.get("user").and_then(|text| text.parse().ok());
        let minor = fields.get("limit").and_then(|text| text.trim().parse::<i64>().ok());
        let limit = minor.and_then(|minor| Money::new(minor, currency).ok());
        Ok((user.ok_or_else(Problem::nothing_here)?, limit.ok_or_else(no_amount)?))
    };
    let done = match asked() {
        Ok(_) if !clerk.limits => Err(not_yours()),
        Ok((user, limit)) => api::set_limit(&counter, user, &Amount::from(limit)).await,
        Err(no) => Err(no),
    };
    Ok(page_of(&counter, &visit, &clerk, done).await)
}

/// The number of what a form of this page moves: the form sent twice moves it once.
fn numbered(fields: &Fields, about: &[u8; 16]) -> Option<TransferId> {
    let once: ApprovalId = fields.get("once")?.parse().ok()?;
    let mut id = [0; 16];
    id.copy_from_slice(&seal::hash_parts(&[b"desk", &once.0, about]).0[..16]);
    Some(TransferId(id))
}

/// The amount in a form.
fn amount(counter: &Counter, fields: &Fields) -> Result<Money, Problem> {
    let currency = party::Party::desk(&*counter.office.party).currency();
    let minor = fields.get("amount").and_then(|text| text.trim().parse::<i64>().ok());
    minor
        .and_then(|minor| Money::new(minor, currency).ok())
        .ok_or_else(no_amount)
}

/// Notes that a bill was paid.
pub(super) async fn bill(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Response> {
    let clerk = clerk(&counter, &headers, Some(&fields)).await?;
    let user: Option<UserId> = fields.get("user").and_then(|text| text.parse().ok());
    let named = user.and_then(|user| numbered(&fields, &user.0).map(|id| (id, user)));
    let done = match (named, amount(&counter, &fields)) {
        (Some(_), _) if !clerk.limits => Err(not_yours()),
        (Some((id, user)), Ok(amount)) => money::pay_bill(&counter, id, user, amount).await,
        (None, _) => Err(Problem::nothing_here()),
        (_, Err(no)) => Err(no),
    };
    Ok(page_of(&counter, &visit, &clerk, done).await)
}

/// Pays a seller what is owed.
pub(super) async fn payout(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Response> {
    let clerk = clerk(&counter, &headers, Some(&fields)).await?;
    let party: Option<PartyId> = fields.get("party").and_then(|text| text.parse().ok());
    let named = party.and_then(|party| numbered(&fields, &party.0).map(|id| (id, party)));
    let done = match (named, amount(&counter, &fields)) {
        (Some(_), _) if !clerk.limits => Err(not_yours()),
        (Some((id, party)), Ok(amount)) => money::pay_seller(&counter, id, party, amount).await,
        (None, _) => Err(Problem::nothing_here()),
        (_, Err(no)) => Err(no),
    };
    Ok(page_of(&counter, &visit, &clerk, done).await)
}

/// What a judge does about the approval that a form names, if the form says what; then the console again.
async fn judged<E: Refusal + From<Fault> + Send + 'static>(
    counter: &Counter,
    visit: &Visit,
    headers: &HeaderMap,
    fields: &Fields,
    asked: Option<impl Fn(&Approver, &mut dyn Tx, ApprovalId, Moment) -> Result<(), E> + Send + 'static>,
) -> Result<Response, Response> {
    let clerk = clerk(counter, headers, Some(fields)).await?;
    let id = fields.get("approval").and_then(|text| text.parse::<ApprovalId>().ok());
    let done = match id.zip(asked) {
        Some(_) if !clerk.disputes => Err(not_yours()),
        Some((id, act)) => {
            counter
                .office
                .commit(move |approver, tx, now, _| act(approver, tx, id, now))
                .await
        }
        None => Err(Problem::nothing_here()),
    };
    Ok(page_of(counter, visit, &clerk, done).await)
}

/// Decides a dispute.
pub(super) async fn dispute(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Response> {
    let outcome = match fields.get("outcome").map(String::as_str) {
        Some("seller") => Some(Outcome::BySeller),
        Some("own") => Some(Outcome::ByApprover),
        Some("stands") => Some(Outcome::Stands),
        _ => None,
    };
    let decide = outcome.map(|outcome| {
        move |approver: &Approver, tx: &mut dyn Tx, id, now| approver.settle_dispute(tx, id, outcome, now)
    });
    judged(&counter, &visit, &headers, &fields, decide).await
}

/// Gives up an approval whose seller is silent.
pub(super) async fn silent(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Response> {
    let give_up = |approver: &Approver, tx: &mut dyn Tx, id, now| approver.give_up(tx, id, now);
    judged(&counter, &visit, &headers, &fields, Some(give_up)).await
}
