//! On its way: what is unfinished between this card and others, with whom, since when, and who can finish it; and the three
//! figures, which add up at every moment.

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::HeaderMap,
    response::Response,
};
use deal::Kind;
use face::{Clock, Day, MoneyBar, Said, Sum};
use serde::Deserialize;
use units::Money;

use super::{NearBy, Part, Shared, Visit, visit};
use crate::{
    engine::{Crossing, Overview, Side},
    pages::{text::plain, view::html},
};

#[derive(Template)]
#[template(path = "hand-way.html")]
struct WayView<'a> {
    page: &'a face::Page,
    base: &'a str,
    token: &'a str,
    bar: Option<MoneyBar>,
    items: Vec<Item>,
    near: Option<NearBy>,
    met: Option<Said>,
}

struct Item {
    text: Said,
    facts: Vec<(Said, Said)>,
    /// Where it is continued.
    go: String,
}

/// The three figures of one moment.
pub(super) fn bar(overview: &Overview) -> Option<MoneyBar> {
    let summary = &overview.summary;
    let zero = Money::zero(summary.spendable.currency());
    let escrow = summary.escrow.values().try_fold(zero, |sum, one| sum.plus(*one)).ok()?;
    MoneyBar::new(summary.spendable, escrow, summary.reserved).ok()
}

#[derive(Deserialize)]
pub(super) struct Met {
    met: Option<usize>,
    with: Option<String>,
}

/// The page.
pub(super) async fn show(
    State(desk): Shared,
    Path(key): Path<String>,
    Query(met): Query<Met>,
    headers: HeaderMap,
) -> Response {
    let visit = visit!(&desk, &key, None, &headers, "/on-its-way");
    let wallet = visit.wallet();
    let overview = wallet.overview().await;
    let mut items: Vec<Item> = wallet.crossings().await.iter().map(|c| item(&visit, c)).collect();
    let others = overview
        .under_way
        .iter()
        .filter(|open| !open.kind.between_cards() && open.kind != Kind::Collect);
    items.extend(others.map(|open| {
        Item {
            text: visit.words.way_sale(
                Sum(open
                    .money
                    .or(open.credit)
                    .unwrap_or(Money::zero(overview.balance_max.currency()))),
                open.giver_name.as_deref().map(|n| plain(n, 60)).unwrap_or_default(),
            ),
            facts: vec![(visit.words.way_since(), when(&visit, open.since))],
            go: format!("/deals/{}", open.deal),
        }
    }));
    html(&WayView {
        page: &visit.page(Part::Way),
        base: &visit.at.page.base,
        token: &visit.at.page.token,
        bar: bar(&overview),
        items,
        near: visit.near().await,
        met: met.met.map(|n| {
            visit
                .words
                .way_met(n, plain(met.with.as_deref().unwrap_or_default(), 40))
        }),
    })
}

fn when(visit: &Visit, at: units::Moment) -> Said {
    visit.words.hand_moment(Day(at), Clock(at))
}

fn item(visit: &Visit, crossing: &Crossing) -> Item {
    let w = visit.words;
    let (title, friend) = (plain(&crossing.title, 120), w.friend().plain());
    let with = crossing.with.clone().unwrap_or(friend);
    let text = match (crossing.side, crossing.kind, crossing.fare) {
        (Side::Receives, _, Some(fare)) => w.way_fare(Sum(fare), title),
        (Side::Receives, _, None) => w.way_giver(with.as_str(), title),
        (Side::Gives, Kind::Move, _) => w.way_move(with.as_str(), title),
        (Side::Gives, ..) => w.way_giver(with.as_str(), title),
    };
    let mut facts = vec![(w.way_with(), w.show(with.as_str()))];
    if let Some(since) = crossing.since {
        facts.push((w.way_since(), when(visit, since)));
    }
    facts.push((w.way_who(), w.way_who_cards()));
    let stage = match crossing.side {
        Side::Receives => "answer",
        Side::Gives => "key",
    };
    Item {
        text,
        facts,
        go: format!("/letters/{stage}/{}", crossing.deal),
    }
}

#[derive(Deserialize)]
pub(super) struct MeetForm {
    token: String,
    name: String,
}

/// The two wallets are together again.
pub(super) async fn meet(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(form): Form<MeetForm>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/on-its-way");
    match visit.wallet().meet_near(&form.name).await {
        Ok(met) => {
            let n = met.received.saturating_add(met.given);
            visit.go(&format!("/on-its-way?met={n}&with={}", form.name.replace(' ', "+")))
        }
        Err(no) => visit.refuse(&no),
    }
}
