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
use face::{MoneyBar, Said, Sum, Words};
use serde::Deserialize;

use super::{NearBy, Part, Shared, visit};
use crate::{
    engine::{Crossing, Overview, Side},
    pages::{figures, home::when, text::plain, view::drawn},
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
    let overview = visit.wallet().overview().await;
    let with = plain(met.with.as_deref().unwrap_or_default(), 40);
    let met = met.met.map(|n| visit.words.way_met(n, with));
    let (page, near) = (visit.page(Part::Way), visit.near().await);
    drawn(render(&page, (visit.base(), visit.token()), &overview, near, met))
}

/// Draws it.
pub(super) fn render(
    page: &face::Page,
    (base, token): (&str, &str),
    overview: &Overview,
    near: Option<NearBy>,
    met: Option<Said>,
) -> Result<String, askama::Error> {
    let w = page.words;
    let mut items: Vec<Item> = overview.crossings.iter().map(|c| item(w, c)).collect();
    items.extend(figures::open(w, overview).into_iter().map(|open| with_party(w, open)));
    WayView {
        page,
        base,
        token,
        bar: figures::bar(overview),
        items,
        near,
        met,
    }
    .render()
}

/// What is said of a hand-over that is unfinished, and where it is continued.
pub(in crate::pages) fn crossing_item(w: Words, crossing: &Crossing) -> figures::Open {
    let title = plain(&crossing.title, 120);
    let with = with(w, crossing);
    let text = match (crossing.side, crossing.kind, crossing.fare) {
        (Side::Receives, _, Some(fare)) => w.way_fare(Sum(fare), title),
        (Side::Receives, _, None) => w.way_giver(with.as_str(), title),
        (Side::Gives, Kind::Move, _) => w.way_move(with.as_str(), title),
        (Side::Gives, ..) => w.way_giver(with.as_str(), title),
    };
    let stage = match crossing.side {
        Side::Receives => "answer",
        Side::Gives => "key",
    };
    figures::Open {
        text,
        go: format!("/letters/{stage}/{}", crossing.deal),
        since: crossing.since,
    }
}

fn with(w: Words, crossing: &Crossing) -> String {
    crossing.with.clone().unwrap_or_else(|| w.friend().plain())
}

fn item(w: Words, crossing: &Crossing) -> Item {
    let open = crossing_item(w, crossing);
    let mut facts = vec![(w.way_with(), w.show(with(w, crossing)))];
    if let Some(since) = open.since {
        facts.push((w.way_since(), when(w, since)));
    }
    facts.push((w.way_who(), w.way_who_cards()));
    Item {
        text: open.text,
        facts,
        go: open.go,
    }
}

/// A party's deal.
fn with_party(w: Words, open: figures::Open) -> Item {
    Item {
        text: open.text,
        facts: open.since.map(|at| (w.way_since(), when(w, at))).into_iter().collect(),
        go: open.go,
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
