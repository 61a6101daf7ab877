//! Mine: what this approver stores about somebody, for that person's eyes and as a file, and the account deleted at its owner's
//! wish. What was bought and paid stays in the books, under a number that leads to nobody then.

use std::sync::Arc;

use approver::{Issued, State as Stands, User};
use askama::Template;
use axum::{
    Form,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use face::{Day, Page, Said, Sum};
use serde_json::{Value as Json, json};
use signin::{About, Way};
use store::Fault;
use units::Money;

use super::{
    Counter, Sign,
    drawn::{At, frame},
    enter::private,
    own::dear,
    pages::on,
    person::Person,
};
use crate::{
    forms::Fields,
    frame::Problem,
    pages::{Visit, answer_private},
};

/// As many approvals as a file has.
const LINES: usize = 10_000;

#[derive(Template)]
#[template(path = "approver/mine.html")]
struct MinePage<'a> {
    page: &'a Page,
    lead: Said,
    facts: Vec<(Said, Said)>,
    note: Option<Said>,
    file: String,
    forget: String,
    forget_text: Said,
    csrf: &'a str,
}

/// What is stored about somebody.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) about: About,
    pub(super) user: Option<User>,
    pub(super) approvals: usize,
}

/// The page.
pub(super) fn draw(
    sign: &Sign,
    visit: &Visit,
    stored: &Stored,
    (note, csrf): (Option<Said>, &str),
) -> Result<String, askama::Error> {
    let w = visit.words;
    let about = &stored.about;
    let mut facts = vec![
        (w.approval_name(), Said::of(&about.account.name)),
        (w.console_set_data_since(), w.show(Day(about.account.since))),
    ];
    if let Some(user) = &stored.user {
        facts.push((
            w.approval_mine_file(),
            Said::of(&units::ApprovalId(user.file).to_string()),
        ));
        facts.push((w.approval_limit(), w.show(Sum(user.limit))));
    }
    facts.push((w.approval_mine_approvals(), w.show(stored.approvals)));
    for (label, since) in &about.passkeys {
        let label = if label.is_empty() {
            w.console_set_key_unnamed()
        } else {
            Said::of(label)
        };
        facts.push((label, w.console_set_key_since(Day(*since))));
    }
    facts.push((
        w.console_password(),
        w.console_set_data_has(if about.password { "yes" } else { "no" }),
    ));
    facts.push((w.console_set_codes(), w.console_set_codes_left(about.codes)));
    facts.push((w.console_set_data_sessions(), w.show(about.sessions.len())));
    MinePage {
        page: &frame(sign, visit, At::Own),
        lead: w.approval_mine_lead(),
        facts,
        note,
        file: visit.to("/you/data.json"),
        forget: visit.to("/you/forget"),
        forget_text: w.approval_mine_forget(),
        csrf,
    }
    .render()
}

async fn stored(counter: &Counter, person: &Person) -> Result<Stored, Problem> {
    let (gate, account) = (counter.gate.clone(), person.live.account);
    let found = counter
        .office
        .look::<_, Fault>(move |approver, view, _| {
            let Some(about) = gate.about(view, account)? else {
                return Ok(None);
            };
            Ok(Some(Stored {
                about,
                user: approver.user(view, account)?,
                approvals: approver.lines(view, account, LINES)?.len(),
            }))
        })
        .await?;
    found.ok_or_else(Problem::nothing_here)
}

/// What is stored, and what can be done about it.
pub(super) async fn page(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Some(person) = counter.person(&headers).await? else {
        return Ok(on(&visit, "/sign-in"));
    };
    let stored = stored(&counter, &person).await?;
    let drawn = draw(&counter.sign, &visit, &stored, (None, &person.csrf));
    Ok(answer_private(drawn, StatusCode::OK))
}

const fn way(way: Way) -> &'static str {
    match way {
        Way::Password => "password",
        Way::Passkey => "passkey",
        Way::Invitation => "invitation",
    }
}

const fn state(state: Stands) -> &'static str {
    match state {
        Stands::Open => "open",
        Stands::Permitted(_) => "being settled",
        Stands::Charged(..) => "charged",
        Stands::Ended(..) => "ended",
    }
}

fn amount(money: Money) -> Json {
    json!({ "minor": money.minor().to_string(), "currency": money.currency().code() })
}

fn line(issued: &Issued) -> Json {
    json!({
        "approval": issued.approval.id.to_string(), "at": issued.at.to_string(), "kind": issued.what,
        "amount": amount(issued.approval.amount), "seller": issued.approval.seller.to_string(),
        "settled_by": issued.approval.settles.to_string(), "paid_with": issued.means.word(), "state": state(issued.state),
        "without_bureau": issued.unasked, "charged": issued.charged.map(|at| at.to_string()),
        "given_back": issued.refunded.map(|at| at.to_string()),
    })
}

/// The same as a file, with every approval.
pub(super) async fn data(State(counter): State<Arc<Counter>>, headers: HeaderMap) -> Result<Response, Problem> {
    let person = counter.person(&headers).await?.ok_or_else(Problem::nothing_here)?;
    let Stored { about, user, .. } = stored(&counter, &person).await?;
    let account = person.live.account;
    let (standing, lines) = counter
        .office
        .look::<_, Fault>(move |approver, view, _| {
            Ok((approver.standing(view, account)?, approver.lines(view, account, LINES)?))
        })
        .await?;
    let body = json!({
        "name": about.account.name, "number": account.to_string(), "since": about.account.since.to_string(),
        "second_step": about.account.second_step, "password": about.password, "recovery_codes_left": about.codes,
        "passkeys": about.passkeys.iter().map(|(label, since)| json!({ "label": label, "since": since.to_string() })).collect::<Vec<_>>(),
        "sessions": about.sessions.iter().map(|(since, seen, by)| json!({ "since": since.to_string(), "seen": seen.to_string(), "by": way(*by) })).collect::<Vec<_>>(),
        "file_at_bureau": user.as_ref().map(|user| units::ApprovalId(user.file).to_string()),
        "most_for_one_purchase": user.as_ref().and_then(|user| user.single).map(amount),
        "limit": standing.as_ref().map(|it| amount(it.limit)), "free": standing.as_ref().map(|it| amount(it.room)),
        "owed": standing.as_ref().map(|it| amount(it.owed)), "reserved": standing.as_ref().map(|it| amount(it.held)),
        "prepaid_value": standing.as_ref().map(|it| amount(it.value)), "points": standing.as_ref().map(|it| amount(it.points)),
        "approvals": lines.iter().map(|it| line(&it.issued)).collect::<Vec<_>>(),
    });
    let mut response = private(axum::Json(body).into_response());
    response.headers_mut().insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"approvals.json\""),
    );
    Ok(response)
}

/// Deletes the account, once nothing is owed, reserved, left or disputed: user and ways in, in one transaction.
pub(super) async fn forget(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let person = match dear(&counter, &visit, &headers, &fields).await? {
        Ok(person) => person,
        Err(first) => return Ok(first),
    };
    let (gate, account) = (counter.gate.clone(), person.live.account);
    let done = counter
        .office
        .commit(move |approver, tx, now, _| {
            // Somebody who only works here buys nothing.
            if approver.user(tx, account)?.is_some() {
                approver.leave(tx, account, now)?;
            }
            Ok::<_, approver::LeaveRefused>(gate.forget(tx, account)?)
        })
        .await;
    match done {
        Ok(()) => {
            let mut response = on(&visit, "/sign-in?said=gone");
            counter.let_out(&mut response);
            Ok(response)
        }
        Err(no) if no.code().starts_with("leave-") => {
            let stored = stored(&counter, &person).await?;
            let note = visit.words.approval_mine_not(no.code());
            let drawn = draw(&counter.sign, &visit, &stored, (Some(note), &person.csrf));
            Ok(answer_private(drawn, StatusCode::CONFLICT))
        }
        Err(no) => Err(no),
    }
}
