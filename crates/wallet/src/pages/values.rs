//! Values: what is worth something and is not money: coupons, tickets, points and the like (XD-9).

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use deal::{Value, ValueKind};
use face::{Day, Said, Sum, Words};
use serde::Deserialize;
use units::{Moment, PartyId, ValueId};

use super::{
    library::Names,
    problem::Problem,
    text::plain,
    view::drawn,
    visit::{Part, Shared, visit},
};

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
}

/// The page.
pub(super) async fn show(State(desk): Shared, Path(key): Path<String>, headers: HeaderMap) -> Response {
    let visit = visit!(&desk, &key, None, &headers, "/values");
    let names = Names::of(&visit).await;
    let values = visit.wallet().values().await;
    let rows: Vec<Row> = values
        .iter()
        .map(|value| row(visit.words, value, names.name(value.maker), desk.now()))
        .collect();
    drawn(draw(&visit.page(Part::Values), visit.base(), visit.token(), &rows))
}

/// Draws it.
pub(super) fn draw(page: &face::Page, base: &str, token: &str, rows: &[Row]) -> Result<String, askama::Error> {
    ValuesView {
        page,
        base,
        token,
        rows,
    }
    .render()
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
