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
use card::{Checked, PinRefusal, Want};
use face::{CardPage, Lang, Said, Story, Sum, Words};
use serde::Deserialize;
use units::{Hash, PartyId, Refusal};

use super::{
    Desk,
    confirm::{self, About, find},
    money::pin_said,
    problem::{Problem, why},
    stories::made,
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
    about: &'a About,
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
    let mut about = About::of(w, checked);
    about.rebates = confirm::rebates(visit, checked).await;
    let agreement = visit.wallet().agreement(checked, &Want::default()).await;
    let asked = Question {
        code: code_of(checked.hash()),
        knows: checked.on_sale().is_some_and(|s| s.policy.knows_buyers == Some(true)),
        about,
        approver,
        tries: agreement.tries,
        stands,
        error,
    };
    let status = match &asked.error {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let card = visit.card().await;
    drawn_as(status, draw(&card, (visit.base(), visit.token()), asked))
}

/// What is asked, of whom, and how it stands.
struct Question {
    about: About,
    approver: Approver,
    /// Shown alike on the approver's page.
    code: String,
    /// Does the publisher let its seller know buyers again?
    knows: bool,
    tries: u8,
    stands: Stands,
    error: Option<Said>,
}

fn draw(card: &CardPage, (base, token): (&str, &str), asked: Question) -> Result<String, askama::Error> {
    let w = card.words;
    let Question {
        about,
        approver,
        stands,
        ..
    } = asked;
    let (name, sum) = (plain(&approver.name, 60), Sum(about.sum));
    ApproveView {
        card,
        base,
        token,
        quote: about.quote.clone(),
        with: name_of(&approver),
        approver: approver.id,
        heading: match &stands {
            Stands::Ask => w.wallet_approval_ask(sum, name.as_str()),
            Stands::Waits(_) => w.wallet_approval_waits(name.as_str()),
            Stands::Have => w.wallet_approval_have(name.as_str()),
            Stands::No(_) => w.wallet_approval_no(),
        },
        facts: facts(w, &about),
        learns: if asked.knows {
            w.wallet_approval_knows(name.as_str(), about.seller.as_str())
        } else {
            w.wallet_approval_learns(name.as_str(), about.seller.as_str())
        },
        about: &about,
        code: asked.code,
        stands,
        go: w.wallet_approval_go(name.as_str()),
        open: w.wallet_approval_open(name.as_str()),
        pay: w.wallet_approval_pay(sum),
        tries: w.wallet_tries(u64::from(asked.tries)),
        error: asked.error,
    }
    .render()
}

/// The same as on the page where money is agreed to, but for whose money it is.
fn facts(w: Words, about: &About) -> Vec<(Said, Said)> {
    let mut facts = vec![(w.approval_fact_amount(), w.show(Sum(about.sum)))];
    facts.extend(confirm::of_seller(w, about));
    facts.extend(confirm::of_deal(w, about));
    facts
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

fn story(lang: Lang, stands: Stands, change: impl FnOnce(&mut Question)) -> Result<String, askama::Error> {
    let mut asked = Question {
        about: made::asked(lang).0,
        approver: Approver {
            id: PartyId([4; 16]),
            name: "Minato Mobile".into(),
            address: "https://approver.example".into(),
        },
        code: "k7qd-2m5x".into(),
        knows: false,
        tries: 3,
        stands,
        error: None,
    };
    change(&mut asked);
    draw(&made::card(lang, false), made::TO, asked)
}

/// Not approved, for this reason.
fn refused(lang: Lang, code: &str, detail: &str) -> Result<String, askama::Error> {
    story(lang, Stands::No(why(Words(lang), code, detail)), |_| ())
}

/// Its states, with a made-up purchase.
pub(super) const STORIES: &[Story] = &[
    face::story!("approve", "Approval", "about to be asked for", |lang| story(
        lang,
        Stands::Ask,
        |_| ()
    )),
    face::story!(
        "approve-known",
        "Approval",
        "the seller will know its buyer again",
        |lang| story(lang, Stands::Ask, |asked| asked.knows = true)
    ),
    face::story!("approve-waits", "Approval", "its answer is waited for", |lang| story(
        lang,
        Stands::Waits("https://approver.example/approve/0a".into()),
        |_| ()
    )),
    face::story!("approve-have", "Approval", "approved", |lang| story(
        lang,
        Stands::Have,
        |_| ()
    )),
    face::story!("approve-wrong", "Approval", "approved, PIN wrong", |lang| {
        story(lang, Stands::Have, |asked| {
            asked.tries = 2;
            asked.error = Some(pin_said(Words(lang), &PinRefusal::Wrong(2)));
        })
    }),
    face::story!("approve-refused", "Approval", "not approved", |lang| refused(
        lang,
        "approval-not-approved",
        "this purchase was not approved; nothing was reserved"
    )),
    face::story!("approve-limit", "Approval", "above what can be spent", |lang| refused(
        lang,
        "approval-limit",
        "this is above what can be spent now; nothing was reserved"
    )),
    face::story!(
        "approve-later",
        "Approval",
        "nobody answers who has to be asked",
        |lang| refused(
            lang,
            "approval-later",
            "this cannot be approved right now; try later. Nothing was reserved"
        )
    ),
    face::story!("approve-late", "Approval", "approved too late", |lang| refused(
        lang,
        "approval-ended",
        "the approval ended at 2026-11-20 19:04; ask again"
    )),
];
