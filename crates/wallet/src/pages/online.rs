//! Online: the purse is loaded from an account at a bank, or onto a telephone bill, by a name and a password there (ST-20). They
//! are handed to that centre and kept nowhere. Nothing leaves the purse, so no PIN is asked.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use face::{Said, Sum};
use serde::Deserialize;
use units::{Money, PartyId, Refusal};

use super::{
    deals, figures,
    problem::why,
    view::drawn_as,
    visit::{Part, Shared, Visit, visit},
};
use crate::engine::{Centre, Outcome, Overview};

#[derive(Template)]
#[template(path = "online.html")]
struct OnlineView<'a> {
    page: &'a face::Page,
    base: &'a str,
    token: &'a str,
    once: &'a str,
    bar: Option<face::MoneyBar>,
    room: Option<Said>,
    label: Said,
    amount: &'a str,
    name: &'a str,
    centres: Vec<(String, Said, bool)>,
    error: Option<Said>,
}

/// What was typed, to be shown again; never the password.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Typed<'a> {
    pub(super) once: &'a str,
    pub(super) amount: &'a str,
    pub(super) name: &'a str,
    pub(super) centre: Option<PartyId>,
}

/// Draws the form.
pub(super) fn draw(
    page: &face::Page,
    (base, token): (&str, &str),
    overview: &Overview,
    centres: &[Centre],
    typed: Typed<'_>,
    error: Option<Said>,
) -> Result<String, askama::Error> {
    let (w, purse) = (page.words, overview.summary.spendable);
    let room = overview.balance_max.minus(purse).ok();
    let chosen = typed.centre.or(centres.first().map(|centre| centre.id));
    let line = |centre: &Centre| {
        let name = super::text::plain(&centre.name, 60);
        let said = match centre.bills {
            true => w.online_bill(name.as_str()),
            false => w.online_account(name.as_str()),
        };
        (centre.id.to_string(), said, Some(centre.id) == chosen)
    };
    OnlineView {
        page,
        base,
        token,
        once: typed.once,
        bar: figures::bar(overview),
        room: room
            .filter(|_| !overview.balance_max.is_zero())
            .map(|room| w.money_room(Sum(overview.balance_max), Sum(room))),
        label: w.money_amount(purse.currency().code()),
        amount: typed.amount,
        name: typed.name,
        centres: centres.iter().map(line).collect(),
        error,
    }
    .render()
}

async fn page(visit: &Visit, typed: Typed<'_>, error: Option<Said>) -> Response {
    let status = match error {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let (overview, centres) = (visit.wallet().overview().await, visit.wallet().centres().await);
    let fresh = visit.fresh();
    let once = if typed.once.is_empty() {
        fresh.as_str()
    } else {
        typed.once
    };
    let typed = Typed { once, ..typed };
    let frame = visit.page(Part::Card);
    drawn_as(
        status,
        draw(&frame, (visit.base(), visit.token()), &overview, &centres, typed, error),
    )
}

/// The form.
pub(super) async fn form(State(desk): Shared, Path(key): Path<String>, headers: HeaderMap) -> Response {
    let visit = visit!(&desk, &key, None, &headers, "/load/online");
    page(&visit, Typed::default(), None).await
}

#[derive(Deserialize)]
pub(super) struct Asked {
    token: String,
    #[serde(default)]
    once: String,
    amount: String,
    centre: String,
    name: String,
    password: String,
}

/// Loads. Pressed twice, it is loaded once.
pub(super) async fn load(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(asked): Form<Asked>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&asked.token), &headers, "/load/online");
    let mut moved = desk.moved(&asked.once).await;
    if let Some(to) = moved.led() {
        return visit.go(&to);
    }
    let (wallet, w) = (visit.wallet(), visit.words);
    let typed = Typed {
        once: &asked.once,
        amount: &asked.amount,
        name: &asked.name,
        centre: asked.centre.parse().ok(),
    };
    let currency = wallet.summary().await.spendable.currency();
    let amount = match Money::parse(asked.amount.trim().replace(',', "").as_str(), currency) {
        Ok(amount) if !amount.is_zero() => amount,
        _ => {
            let like = Money::parse("1000", currency).map(|m| m.figures()).unwrap_or_default();
            let no = w.money_no_amount(currency.code(), like);
            return page(&visit, typed, Some(no)).await;
        }
    };
    let Some(centre) = typed.centre else {
        return page(&visit, typed, Some(w.online_choose())).await;
    };
    let done = wallet
        .load_online(centre, amount, (asked.name.trim(), &asked.password))
        .await;
    match done {
        Ok(outcome) => {
            deals::after_deal(wallet, &outcome).await;
            let (Outcome::Given { deal, .. }
            | Outcome::Returned { deal, .. }
            | Outcome::OnItsWay { deal, .. }
            | Outcome::Frozen { deal }) = outcome;
            let to = format!("/deals/{deal}");
            moved.leads(&to);
            visit.go(&to)
        }
        Err(no) => {
            let error = why(w, no.told(), &no.to_string());
            // A number is used up by what moved; this moved nothing, and what was typed may be sent again.
            page(&visit, typed, Some(error)).await
        }
    }
}
