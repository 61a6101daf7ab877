//! Approve: paying by the word of somebody who knows the holder. The wallet asks; the holder answers on the approver's own
//! page, signed in there and nowhere else; then the card pays with what came back. The approver is the holder's choice: its
//! name and address come from the registry, and nothing of a shop's.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use card::{Checked, Want};
use face::{CardPage, Said, Sum};
use serde::Deserialize;
use units::{Hash, PartyId, Refusal};

use super::{
    Desk,
    confirm::find,
    problem::{Problem, why},
    text::plain,
    view::drawn_as,
    visit::{Shared, Visit, visit},
};
use crate::engine::{Approver, Waiting};

/// How an approver is named as a way to pay.
pub(super) fn name_of(approver: &Approver) -> String {
    format!("approval.{}", approver.id)
}

/// Is an approver chosen to pay with?
pub(super) fn is_chosen(with: &str) -> bool {
    with.starts_with("approval.")
}

fn chosen(with: &str) -> Option<PartyId> {
    with.strip_prefix("approval.")?.parse().ok()
}

/// Where it stands.
enum Stands {
    /// Not asked yet.
    Ask,
    /// The holder's answer is waited for, on this page of the approver's.
    Waits(String),
    /// Approved: the PIN is asked for.
    Have,
    /// Not.
    No(Said),
}

#[derive(Template)]
#[template(path = "approve.html")]
struct ApproveView<'a> {
    card: &'a CardPage,
    base: &'a str,
    token: &'a str,
    quote: String,
    with: String,
    approver: PartyId,
    heading: Said,
    title: String,
    facts: Vec<(Said, Said)>,
    learns: Said,
    code: String,
    stands: Stands,
    go: Said,
    open: Said,
    pay: Said,
    tries: Said,
    error: Option<Said>,
}

/// Eight letters that the approver's page shows alike.
pub(super) fn code_of(quote: Hash) -> String {
    let short = quote.short();
    let (a, b) = short.split_at(4.min(short.len()));
    format!("{a}-{b}")
}

/// The page, in whatever state the question is.
pub(super) async fn page(desk: &Desk, visit: &Visit, checked: &Checked, with: &str, error: Option<Said>) -> Response {
    let approvers = visit.wallet().approvers().await;
    let Some(approver) = chosen(with).and_then(|id| approvers.into_iter().find(|one| one.id == id)) else {
        return visit.no(&Problem::not_found());
    };
    let waiting = desk
        .waiting(checked.hash())
        .filter(|waiting| waiting.approver.id == approver.id);
    let w = visit.words;
    let stands = match &waiting {
        None => Stands::Ask,
        Some(waiting) => match visit.wallet().fetch_approval(checked, waiting).await {
            Ok(Some(_)) => Stands::Have,
            Ok(None) => Stands::Waits(waiting.page()),
            Err(no) => Stands::No(why(w, no.told(), &no.to_string())),
        },
    };
    let name = plain(&approver.name, 60);
    let seller = plain(checked.giver_name(), 60);
    let knows = checked.on_sale().is_some_and(|s| s.policy.knows_buyers == Some(true));
    let sum = Sum(checked.quote().price);
    let agreement = visit.wallet().agreement(checked, &Want::default()).await;
    let view = ApproveView {
        card: &visit.card().await,
        base: visit.base(),
        token: visit.token(),
        quote: checked.hash().to_string(),
        with: name_of(&approver),
        approver: approver.id,
        heading: match &stands {
            Stands::Ask => w.wallet_approval_ask(sum, name.as_str()),
            Stands::Waits(_) => w.wallet_approval_waits(name.as_str()),
            Stands::Have => w.wallet_approval_have(name.as_str()),
            Stands::No(_) => w.wallet_approval_no(),
        },
        title: plain(checked.title(), 120),
        facts: vec![
            (w.approval_fact_amount(), w.show(sum)),
            (w.conf_seller(), w.show(&seller)),
        ],
        learns: if knows {
            w.wallet_approval_knows(name.as_str(), seller.as_str())
        } else {
            w.wallet_approval_learns(name.as_str(), seller.as_str())
        },
        code: code_of(checked.hash()),
        stands,
        go: w.wallet_approval_go(name.as_str()),
        open: w.wallet_approval_open(name.as_str()),
        pay: w.wallet_approval_pay(sum),
        tries: w.wallet_tries(u64::from(agreement.tries)),
        error,
    };
    let status = if view.error.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    drawn_as(status, view.render())
}

#[derive(Deserialize)]
pub(super) struct Asked {
    token: String,
    approver: String,
}

/// Asks the approver. Pays nothing and reserves nothing.
pub(super) async fn ask(
    State(desk): Shared,
    Path((key, quote)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<Asked>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, format!("/confirm/{quote}"));
    let (Some(checked), Ok(approver)) = (find(&desk, &quote), form.approver.parse::<PartyId>()) else {
        return visit.no(&Problem::not_found());
    };
    match visit.wallet().ask_approval(&checked, approver).await {
        Ok(waiting) => {
            let with = name_of(&waiting.approver);
            desk.keep_waiting(checked.hash(), waiting);
            visit.go(&format!("/confirm/{quote}?with={with}"))
        }
        Err(no) => visit.refuse(&no),
    }
}

/// What the card pays with, once it is approved; otherwise a page that says where it stands.
pub(super) async fn want(desk: &Desk, visit: &Visit, quote: &str) -> Result<Want, Response> {
    let checked = find(desk, quote).ok_or_else(|| visit.no(&Problem::not_found()))?;
    let waiting: Waiting = desk
        .waiting(checked.hash())
        .ok_or_else(|| visit.no(&Problem::not_found()))?;
    match visit.wallet().fetch_approval(&checked, &waiting).await {
        Ok(Some(approved)) => Ok(Want {
            approval: Some(approved),
            ..Want::default()
        }),
        Ok(None) => Err(visit.go(&format!("/confirm/{quote}?with={}", name_of(&waiting.approver)))),
        Err(no) => Err(visit.refuse(&no)),
    }
}
