//! Money: into the purse and out of it. A page's form carries a number of its own, so that pressing twice moves it once.

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use card::{PinRefusal, Want};
use deal::{PayRefusal, ValueKind};
use face::{MoneyBar, Said, Sum, Words};
use serde::Deserialize;
use units::{Currency, Money, PartyId, Refusal, ValueId};

use super::{
    Desk, confirm, deals, figures,
    problem::why,
    teller,
    view::drawn_as,
    visit::{Part, Shared, Visit, visit},
};
use crate::engine::{MoneyRefused, Outcome, Overview, PayRefused, Wallet};

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    In,
    Out,
}

#[derive(Template)]
#[template(path = "amount.html")]
struct AmountView<'a> {
    page: &'a face::Page,
    base: &'a str,
    token: &'a str,
    once: &'a str,
    then: &'a str,
    opens: bool,
    loads: bool,
    title: Said,
    lead: Said,
    action: &'static str,
    bar: Option<MoneyBar>,
    room: Option<Said>,
    quick: Vec<(String, Said)>,
    label: Said,
    amount: &'a str,
    tries: Said,
    blocked: bool,
    empty: bool,
    error: Option<Said>,
}

/// What was typed, to be shown again.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Typed<'a> {
    pub(super) amount: &'a str,
    pub(super) once: &'a str,
    /// The quote that waits for this money, if one does.
    pub(super) then: &'a str,
    /// The card has no account, and gets one with this.
    pub(super) opens: bool,
}

/// Draws the form.
pub(super) fn draw(
    page: &face::Page,
    (base, token): (&str, &str),
    way: Way,
    overview: &Overview,
    typed: Typed<'_>,
    error: Option<Said>,
) -> Result<String, askama::Error> {
    let (w, purse) = (page.words, overview.summary.spendable);
    let room = overview.balance_max.minus(purse).ok();
    AmountView {
        page,
        base,
        token,
        once: typed.once,
        then: typed.then,
        opens: typed.opens && way == Way::In,
        loads: way == Way::In,
        title: match way {
            Way::In => w.money_load(),
            Way::Out => w.money_out(),
        },
        lead: match way {
            Way::In => w.money_load_lead(),
            Way::Out => w.money_out_lead(),
        },
        action: match way {
            Way::In => "/load",
            Way::Out => "/payout",
        },
        bar: figures::bar(overview),
        room: room
            .filter(|_| way == Way::In && !overview.balance_max.is_zero())
            .map(|room| w.money_room(Sum(overview.balance_max), Sum(room))),
        quick: quick(w, way, purse, room),
        label: w.money_amount(purse.currency().code()),
        amount: typed.amount,
        tries: w.wallet_tries(u64::from(overview.tries)),
        blocked: way == Way::Out && overview.tries == 0,
        empty: way == Way::Out && purse.is_zero(),
        error,
    }
    .render()
}

/// Amounts that one press is enough for: those that fit.
fn quick(w: Words, way: Way, purse: Money, room: Option<Money>) -> Vec<(String, Said)> {
    if way == Way::Out {
        return Vec::new();
    }
    let whole = |n: i64| Money::parse(&n.to_string(), purse.currency()).ok();
    let fits = |sum: &Money| room.is_none_or(|room| *sum <= room);
    let steps = match purse.currency() {
        Currency::JPY => [1_000, 3_000, 5_000],
        _ => [10, 20, 50],
    };
    let sums = steps.into_iter().filter_map(whole).filter(fits);
    sums.map(|sum| (sum.figures().replace(',', ""), w.money_quick(Sum(sum))))
        .collect()
}

/// What is short for a payment that waits, in a round sum that the purse has room for.
async fn short(desk: &Desk, visit: &Visit, then: &str) -> Option<String> {
    let checked = confirm::find(desk, then)?;
    let agreement = visit.wallet().agreement(&checked, &Want::default()).await;
    let Err(PayRefusal::PurseTooSmall { missing, .. }) = agreement.would else {
        return None;
    };
    let overview = visit.wallet().overview().await;
    let room = overview.balance_max.minus(overview.summary.spendable).ok();
    let sum = rounded(missing)
        .filter(|sum| room.is_none_or(|room| *sum <= room))
        .unwrap_or(missing);
    Some(sum.figures().replace(',', ""))
}

/// The next sum that people load.
fn rounded(missing: Money) -> Option<Money> {
    let step = match missing.currency() {
        Currency::JPY => "1000",
        _ => "10",
    };
    let step = u64::try_from(Money::parse(step, missing.currency()).ok()?.minor()).ok()?;
    let sum = u64::try_from(missing.minor()).ok()?.checked_next_multiple_of(step)?;
    Money::new(i64::try_from(sum).ok()?, missing.currency()).ok()
}

async fn form(desk: &Desk, visit: &Visit, way: Way, typed: Typed<'_>, error: Option<Said>) -> Response {
    let overview = visit.wallet().overview().await;
    let status = match error {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let fresh = visit.fresh();
    let typed = Typed {
        once: if typed.once.is_empty() { &fresh } else { typed.once },
        opens: desk.teller().is_some() && account(visit.wallet()).await.is_none(),
        ..typed
    };
    let page = visit.page(Part::Card);
    drawn_as(
        status,
        draw(&page, (visit.base(), visit.token()), way, &overview, typed, error),
    )
}

/// A payment that waits for money.
#[derive(Deserialize, Default)]
pub(super) struct Waits {
    #[serde(default)]
    then: String,
}

/// The form for loading. Whoever comes from a payment finds what it is short of, and is led back to it.
pub(super) async fn load_form(
    State(desk): Shared,
    Path(key): Path<String>,
    Query(waits): Query<Waits>,
    headers: HeaderMap,
) -> Response {
    let visit = visit!(&desk, &key, None, &headers, "/load");
    let amount = short(&desk, &visit, &waits.then).await.unwrap_or_default();
    let typed = Typed {
        amount: &amount,
        then: &waits.then,
        ..Typed::default()
    };
    form(&desk, &visit, Way::In, typed, None).await
}
/// The form for paying out.
pub(super) async fn payout_form(State(desk): Shared, Path(key): Path<String>, headers: HeaderMap) -> Response {
    let visit = visit!(&desk, &key, None, &headers, "/payout");
    form(&desk, &visit, Way::Out, Typed::default(), None).await
}

#[derive(Deserialize)]
pub(super) struct Amount {
    token: String,
    amount: String,
    #[serde(default)]
    once: String,
    #[serde(default)]
    pin: String,
    #[serde(default)]
    then: String,
}

/// Loads.
pub(super) async fn load(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(typed): Form<Amount>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&typed.token), &headers, "/load");
    move_money(&desk, &visit, &typed, Way::In).await
}
/// Pays out.
pub(super) async fn payout(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(typed): Form<Amount>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&typed.token), &headers, "/payout");
    move_money(&desk, &visit, &typed, Way::Out).await
}

/// The account on this card that money is loaded from; none: the issuer may know one.
async fn account(wallet: &Wallet) -> Option<(PartyId, ValueId)> {
    let values = wallet.values().await;
    let account = values.iter().find(|value| value.kind == ValueKind::Account)?;
    Some((account.maker, account.id))
}

async fn move_money(desk: &Desk, visit: &Visit, typed: &Amount, way: Way) -> Response {
    let (wallet, w) = (visit.wallet(), visit.words);
    // Whoever presses twice waits here for the first, and is led where it led.
    let mut moved = desk.moved(&typed.once).await;
    if let Some(to) = moved.led() {
        return visit.go(&to);
    }
    let shown = Typed {
        amount: &typed.amount,
        once: &typed.once,
        then: &typed.then,
        ..Typed::default()
    };
    let currency = wallet.summary().await.spendable.currency();
    let amount = match Money::parse(typed.amount.trim().replace(',', "").as_str(), currency) {
        Ok(amount) if !amount.is_zero() => amount,
        _ => {
            let like = Money::parse("1000", currency).map(|m| m.figures()).unwrap_or_default();
            return form(desk, visit, way, shown, Some(w.money_no_amount(currency.code(), like))).await;
        }
    };
    let done = match way {
        Way::In => {
            let from = match account(wallet).await {
                Some(known) => Ok(Some(known)),
                None => teller::open(desk, wallet).await,
            };
            match from {
                Ok(from) => wallet.load(amount, from).await,
                Err(no) => return form(desk, visit, way, shown, Some(why(w, no.code(), &no.to_string()))).await,
            }
        }
        Way::Out => wallet.redeem(amount, &typed.pin).await,
    };
    match done {
        Ok(outcome) => {
            deals::after_deal(wallet, &outcome).await;
            // Whoever asked for money and did not get it reads why.
            let to = match outcome {
                Outcome::Given { .. } if confirm::find(desk, &typed.then).is_some() => {
                    format!("/confirm/{}", typed.then)
                }
                Outcome::Given { .. } => "/".to_owned(),
                Outcome::Returned { deal, .. } | Outcome::OnItsWay { deal, .. } | Outcome::Frozen { deal } => {
                    format!("/deals/{deal}")
                }
            };
            moved.leads(&to);
            visit.go(&to)
        }
        Err(no) => {
            tracing::info!(code = no.code(), "money did not move");
            form(desk, visit, way, shown, Some(said(w, &no))).await
        }
    }
}

fn said(w: Words, no: &MoneyRefused) -> Said {
    match no {
        MoneyRefused::Pay(PayRefused::Pin(pin)) => pin_said(w, pin),
        other => why(w, other.told(), &other.to_string()),
    }
}

/// Why a PIN was not taken, with its figures.
pub(super) fn pin_said(w: Words, no: &PinRefusal) -> Said {
    match no {
        PinRefusal::Wrong(left) => w.conf_wrong(u64::from(*left)),
        other => why(w, other.code(), &other.to_string()),
    }
}
