//! Values: what is worth something and is not money: coupons, tickets, points and the like (XD-9).

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use deal::{Value, ValueKind};
use face::{Day, Said, Sum, Words};
use serde::Deserialize;
use units::{Moment, PartyId, Refusal, ValueId};

use super::{
    Desk,
    library::Names,
    problem::{Problem, why},
    text::plain,
    view::drawn_as,
    visit::{Part, Shared, Visit, visit},
};
use crate::engine::Neighbour;

/// A value as it is shown.
pub(super) struct Row {
    pub(super) kind: Said,
    pub(super) label: String,
    pub(super) what: Said,
    pub(super) from: Said,
    pub(super) ends: Option<Said>,
    pub(super) has_ended: bool,
    pub(super) for_one: bool,
    pub(super) maker: String,
    pub(super) id: String,
}

/// The word for a kind, for the catalogue.
pub(super) const fn word(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::Coupon => "coupon",
        ValueKind::Ticket => "ticket",
        ValueKind::Cheque => "cheque",
        ValueKind::Prepaid => "prepaid",
        ValueKind::Points => "points",
        ValueKind::Refund => "refund",
        ValueKind::Receipt => "receipt",
        ValueKind::Account => "account",
    }
}

/// As it is shown at `now`.
pub(super) fn row(w: Words, value: &Value, maker: String, now: Moment) -> Row {
    let has_ended = value.until.is_some_and(|until| now > until);
    Row {
        kind: w.val_kind(word(value.kind)),
        label: plain(&value.label, 60),
        what: w.val_what(word(value.kind), Sum(value.worth)),
        from: w.val_from(maker),
        ends: value.until.map(|until| match has_ended {
            true => w.val_ended(Day(until)),
            false => w.val_until(Day(until)),
        }),
        has_ended,
        for_one: value.offer.is_some(),
        maker: value.maker.to_string(),
        id: value.id.to_string(),
    }
}

#[derive(Template)]
#[template(path = "values.html")]
struct ValuesView<'a> {
    page: &'a face::Page,
    base: &'a str,
    token: &'a str,
    rows: &'a [Row],
    taking: &'a Taking,
}

/// What the form for a code shows.
#[derive(Debug, Default)]
pub(super) struct Taking {
    /// The shops of this realm: number, name, and whether it is chosen.
    pub(super) shops: Vec<(String, String, bool)>,
    /// What was typed.
    pub(super) code: String,
    /// Why it brought nothing.
    pub(super) refused: Option<Said>,
    /// What a code has just brought.
    pub(super) came: Option<Said>,
}

impl Taking {
    /// The form at first, or again with what was typed.
    async fn of(visit: &Visit, shop: &str, code: &str) -> Self {
        let shops = visit.wallet().shops().await;
        let only = shops.len() == 1;
        let line = |one: &Neighbour| {
            let id = one.id.to_string();
            let chosen = only || id == shop;
            (id, plain(&one.name, 60), chosen)
        };
        Self {
            shops: shops.iter().map(line).collect(),
            code: plain(code, 80),
            ..Self::default()
        }
    }
}

/// The page.
pub(super) async fn show(State(desk): Shared, Path(key): Path<String>, headers: HeaderMap) -> Response {
    let visit = visit!(&desk, &key, None, &headers, "/values");
    let taking = Taking::of(&visit, "", "").await;
    page(&desk, &visit, StatusCode::OK, &taking).await
}

async fn page(desk: &Desk, visit: &Visit, status: StatusCode, taking: &Taking) -> Response {
    let names = Names::of(visit).await;
    let values = visit.wallet().values().await;
    let rows: Vec<Row> = values
        .iter()
        .map(|value| row(visit.words, value, names.name(value.maker), desk.now()))
        .collect();
    let drawn = draw(&visit.page(Part::Values), (visit.base(), visit.token()), &rows, taking);
    drawn_as(status, drawn)
}

/// Draws it.
pub(super) fn draw(
    page: &face::Page,
    (base, token): (&str, &str),
    rows: &[Row],
    taking: &Taking,
) -> Result<String, askama::Error> {
    ValuesView {
        page,
        base,
        token,
        rows,
        taking,
    }
    .render()
}

#[derive(Deserialize)]
pub(super) struct Typed {
    token: String,
    code: String,
    #[serde(default)]
    shop: String,
}

/// Takes what a code is.
pub(super) async fn take(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Typed>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/values");
    match visit.wallet().take_code(form.shop.parse().ok(), &form.code).await {
        Ok(value) => {
            let taking = Taking {
                came: Some(visit.words.val_came(plain(&value.label, 60))),
                ..Taking::of(&visit, &form.shop, "").await
            };
            page(&desk, &visit, StatusCode::OK, &taking).await
        }
        Err(no) => {
            let taking = Taking {
                refused: Some(why(visit.words, no.told(), &no.to_string())),
                ..Taking::of(&visit, &form.shop, &form.code).await
            };
            page(&desk, &visit, StatusCode::UNPROCESSABLE_ENTITY, &taking).await
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Dropped {
    token: String,
    maker: String,
    id: String,
}

/// Throws one away.
pub(super) async fn throw_away(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Dropped>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/values");
    let named = form.maker.parse::<PartyId>().ok().zip(form.id.parse::<ValueId>().ok());
    let Some((maker, id)) = named else {
        return visit.no(&Problem::not_found());
    };
    match visit.wallet().drop_value(maker, id).await {
        Ok(()) => visit.go("/values"),
        Err(no) => visit.refuse(&no),
    }
}
