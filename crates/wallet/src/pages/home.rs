//! Home: the three numbers that add up, what is on its way, and the library.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use card::Event;
use deal::{Kind, ValueKind};
use serde::Deserialize;
use units::{Currency, Money, PartyId, Refusal, ValueId};

use super::{
    Desk, EN, confirm,
    problem::Problem,
    text::{plain, sum, when},
    view::{AmountView, HomeView, Item, ListView, Row, Way, html},
};
use crate::{
    engine::{Outcome, Overview, Shelf, UnderWay, Wallet},
    packages::Presence,
};

pub(super) use super::visit::{At, Token, enter};

type Shared = State<Arc<Desk>>;

/// The card at one moment.
pub(super) async fn show(State(desk): Shared, Path(key): Path<String>) -> Response {
    let at = match enter(&desk, &key, None) {
        Ok(at) => at,
        Err(response) => return *response,
    };
    let overview = at.seat.wallet.overview().await;
    let words = at.seat.wallet.words().await;
    let items = at.seat.wallet.library().await.iter().map(item).collect();
    let names = at.seat.wallet.carrier().directory(false).await.ok();
    let name = |id: units::PartyId| {
        let listed = names.as_ref().and_then(|d| d.party(id));
        listed.map_or_else(|| id.short(), |p| plain(&p.name, 60))
    };
    let escrow = overview
        .summary
        .escrow
        .iter()
        .map(|(id, money)| Row::new(&name(*id), sum(*money)));
    html(&HomeView {
        p: &at.page,
        words,
        purse: sum(overview.summary.spendable),
        sums: sums(&overview),
        escrow: escrow.collect(),
        ways: overview.under_way.iter().map(way).collect(),
        warnings: warnings(&overview),
        items,
        places: format!("{} / {}", overview.licenses.0, overview.licenses.1),
        contact: if overview.last_contact.0 == 0 {
            EN.never.to_owned()
        } else {
            when(overview.last_contact)
        },
        payments: overview.tags,
        in_tpm: overview.in_tpm,
        card: overview.card.map(|c| c.short()).unwrap_or_default(),
    })
}

fn warnings(overview: &Overview) -> Vec<&'static str> {
    let all = [
        (overview.put_back.is_some(), EN.put_back),
        (overview.frozen, EN.frozen),
        (overview.is_full() && overview.licenses.1 > 0, EN.full),
    ];
    all.iter().filter(|(set, _)| *set).map(|(_, text)| *text).collect()
}

/// The three numbers and their sum.
fn sums(overview: &Overview) -> Vec<Row> {
    let summary = &overview.summary;
    let zero = Money::zero(summary.spendable.currency());
    let add = |a: Money, b: Money| a.plus(b).unwrap_or(a);
    let escrow = summary.escrow.values().copied().fold(zero, add);
    let all = add(add(summary.spendable, summary.reserved), escrow);
    vec![
        Row::new(EN.purse, sum(summary.spendable)),
        Row::new(EN.escrow, sum(escrow)),
        Row::new(EN.on_its_way, sum(summary.reserved)),
        Row::new(EN.everything, sum(all)),
    ]
}

fn way(open: &UnderWay) -> Way {
    Way {
        deal: open.deal.to_string(),
        amount: open.money.or(open.credit).map(sum).unwrap_or_default(),
        title: plain(&open.title, 120),
        with: open.giver_name.as_deref().map(|n| plain(n, 60)).unwrap_or_default(),
        what: if open.kind == Kind::Load {
            EN.way_load
        } else {
            EN.way_sale
        },
    }
}

fn item(shelf: &Shelf) -> Item {
    let note = match (&shelf.playable, shelf.package, shelf.held.rights.plays) {
        (Err((_, why)), ..) => why.clone(),
        (_, Presence::Absent, _) => EN.file_missing.to_owned(),
        (_, Presence::Arriving { have, of: Some(of) }, _) if of > 0 => {
            format!("{}: {} %", EN.arriving, have.saturating_mul(100) / of)
        }
        (_, Presence::Arriving { .. }, _) => EN.arriving.to_owned(),
        (_, _, Some(plays)) => format!("{plays} {}", EN.plays_left),
        (_, _, None) => format!("{} {}", EN.may_play, EN.unlimited),
    };
    Item {
        id: shelf.held.id.to_string(),
        title: plain(shelf.title(), 120),
        note,
        plays: shelf.playable.is_ok(),
        missing: shelf.package == Presence::Absent,
    }
}

/// Goes online now.
pub(super) async fn contact(State(desk): Shared, Path(key): Path<String>, Form(form): Form<Token>) -> Response {
    match enter(&desk, &key, Some(&form.token)) {
        Ok(at) => match at.seat.wallet.contact().await {
            Ok(_) => at.page.go("/"),
            Err(no) => Problem::of(&no).page(Some(&at.page)),
        },
        Err(response) => *response,
    }
}

#[derive(Deserialize)]
pub(super) struct Amount {
    token: String,
    amount: String,
    #[serde(default)]
    pin: String,
}

async fn amount_form(at: &At, load: bool, error: Option<String>) -> Response {
    let purse = at.seat.wallet.summary().await.spendable;
    let status = if error.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let mut response = html(&AmountView {
        p: &at.page,
        head: if load { EN.load } else { EN.payout },
        how: if load { EN.load_how } else { EN.payout_how },
        action: if load { "/load" } else { "/payout" },
        currency: purse.currency().code().to_owned(),
        pin: !load,
        purse: sum(purse),
        error,
    });
    *response.status_mut() = status;
    response
}

pub(super) async fn load_form(State(desk): Shared, Path(key): Path<String>) -> Response {
    match enter(&desk, &key, None) {
        Ok(at) => amount_form(&at, true, None).await,
        Err(response) => *response,
    }
}
pub(super) async fn payout_form(State(desk): Shared, Path(key): Path<String>) -> Response {
    match enter(&desk, &key, None) {
        Ok(at) => amount_form(&at, false, None).await,
        Err(response) => *response,
    }
}
pub(super) async fn load(State(desk): Shared, Path(key): Path<String>, Form(form): Form<Amount>) -> Response {
    move_money(&desk, &key, form, true).await
}
pub(super) async fn payout(State(desk): Shared, Path(key): Path<String>, Form(form): Form<Amount>) -> Response {
    move_money(&desk, &key, form, false).await
}

/// The account on this card that money is loaded from; none: the issuer may know one.
async fn account(wallet: &Wallet) -> Option<(PartyId, ValueId)> {
    let values = wallet.values().await;
    let account = values.iter().find(|value| value.kind == ValueKind::Account)?;
    Some((account.maker, account.id))
}

async fn move_money(desk: &Desk, key: &str, form: Amount, load: bool) -> Response {
    let at = match enter(desk, key, Some(&form.token)) {
        Ok(at) => at,
        Err(response) => return *response,
    };
    let currency: Currency = at.seat.wallet.summary().await.spendable.currency();
    let amount = match Money::parse(form.amount.trim().replace(',', "").as_str(), currency) {
        Ok(amount) if !amount.is_zero() => amount,
        Ok(_) => return amount_form(&at, load, Some(units::MoneyError::NoAmount.to_string())).await,
        Err(no) => return amount_form(&at, load, Some(no.to_string())).await,
    };
    let wallet = &at.seat.wallet;
    let moved = if load {
        wallet.load(amount, account(wallet).await).await
    } else {
        wallet.redeem(amount, &form.pin).await
    };
    match moved {
        Ok(outcome) => {
            confirm::after_deal(wallet, &outcome).await;
            match outcome {
                Outcome::Given { .. } => at.page.go("/"),
                // Whoever asked for money and did not get it reads why.
                Outcome::Returned { deal, .. } | Outcome::OnItsWay { deal, .. } | Outcome::Frozen { deal } => {
                    at.page.go(&format!("/deals/{deal}"))
                }
            }
        }
        Err(no) => {
            tracing::info!(code = no.code(), "money did not move");
            amount_form(&at, load, Some(no.to_string())).await
        }
    }
}

/// Everything that moved, in the card's own words.
pub(super) async fn history(State(desk): Shared, Path(key): Path<String>) -> Response {
    let at = match enter(&desk, &key, None) {
        Ok(at) => at,
        Err(response) => return *response,
    };
    let lines = at.seat.wallet.history().await;
    let rows = lines.iter().map(|line| {
        let amount = line.amount.map(sum).unwrap_or_default();
        let what = format!("{} {} {amount}", said(line.event, line.kind), plain(&line.title, 120));
        Row::new(&when(line.at), what)
    });
    html(&ListView {
        p: &at.page,
        head: EN.nav_history,
        what: "",
        empty: EN.history_empty,
        rows: rows.collect(),
        go: None,
    })
}

const fn said(event: Event, kind: Option<Kind>) -> &'static str {
    match (event, kind) {
        (Event::Paid, Some(Kind::Load)) => "Asked the issuer for money",
        (Event::Given, Some(Kind::Load)) => "Loaded",
        (Event::Paid, Some(Kind::Redeem)) => "Sent to be paid out",
        (Event::Given, Some(Kind::Redeem)) => "Paid out",
        (Event::Paid, Some(Kind::Surrender)) => "Handed back",
        (Event::Given, Some(Kind::Surrender)) => "Refunded",
        (Event::Paid, _) => "Paid",
        (Event::Given, _) => "Arrived",
        (Event::Returned, _) => "Came back",
        (Event::Played, _) => "Played",
        (Event::Deleted, _) => "Deleted",
        (Event::Frozen, _) => "Found to be an older copy",
        (Event::Resumed, _) => "Resumed by the issuer",
        (Event::Mended, _) => "Repaired by its seller",
        (Event::Gave, Some(Kind::Move)) => "Given away",
        (Event::Gave, _) => "Gave a copy",
        (Event::Locked, _) => "A locked copy arrived",
        (Event::Recovered, _) => "Recovered onto this card",
        (Event::Stopped, _) => "Stopped",
        (Event::Contradicted, _) => "Two answers that contradict one another",
    }
}
