//! Library: one license, its terms in full, and what may be done with it.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Path, State},
    response::Response,
};
use license::License;
use units::LicenseId;

use super::{
    Desk, EN,
    handing::can_unlock,
    home::{At, Token, enter},
    problem::Problem,
    text::{plain, sum, when},
    view::{LicenseView, Row, html},
};
use crate::{engine::Shelf, packages::Presence};

type Shared = State<Arc<Desk>>;

pub(super) fn find(desk: &Desk, key: &str, id: &str, token: Option<&str>) -> Result<(At, LicenseId), Box<Response>> {
    let at = enter(desk, key, token)?;
    match id.parse() {
        Ok(id) => Ok((at, id)),
        Err(_) => Err(Box::new(Problem::not_found().page(Some(&at.page)))),
    }
}

/// Terms in full.
pub(super) async fn show(State(desk): Shared, Path((key, id)): Path<(String, String)>) -> Response {
    let (at, id) = match find(&desk, &key, &id, None) {
        Ok(found) => found,
        Err(response) => return *response,
    };
    let Some(shelf) = at.seat.wallet.shelf(id).await else {
        return Problem::not_found().page(Some(&at.page));
    };
    let here = match shelf.package {
        Presence::Absent => EN.file_missing,
        Presence::Arriving { .. } => EN.arriving,
        Presence::Here(_) => "",
    };
    html(&LicenseView {
        p: &at.page,
        id: id.to_string(),
        title: plain(shelf.title(), 200),
        playable: shelf.playable.is_ok(),
        why_not: shelf.playable.clone().err().map(|(_, why)| why).unwrap_or_default(),
        unlocks: can_unlock(&shelf),
        here: here.to_owned(),
        missing: shelf.package == Presence::Absent,
        rows: rows(&shelf),
        refund: shelf.license.as_deref().and_then(refund_rule),
        refund_gone: refund_gone(&shelf),
    })
}

fn rows(shelf: &Shelf) -> Vec<Row> {
    let (held, w) = (&shelf.held, &EN);
    let mut rows = vec![match held.rights.plays {
        Some(plays) => Row::new(w.may_play, format!("{plays} {}", w.plays_left)),
        None => Row::new(w.may_play, w.unlimited),
    }];
    if let Some(period) = held.rights.period {
        rows.push(Row::new(w.period, format!("{} {}", period.0 / 86_400_000, w.days)));
    }
    if let Some(until) = held.rights.until {
        rows.push(Row::new(w.ends, when(until)));
    }
    rows.push(Row::new(w.share, held.rights.share.to_string()));
    let mut handing = Vec::new();
    if held.modes.copy && held.generation < held.generations {
        let left = held.generations.saturating_sub(held.generation);
        let [a, b, c] = w.copies_at;
        handing.push(format!("{a}{}{b}{left}{c}", sum(held.fare_copy)));
    }
    if held.modes.move_ {
        let [a, b] = w.moves_at;
        handing.push(format!("{a}{}{b}", sum(held.fare_move)));
    }
    let handing = if handing.is_empty() {
        w.copies_none.to_owned()
    } else {
        handing.join(" ")
    };
    rows.push(Row::new(w.copies, handing));
    rows.push(Row::new(w.paid, sum(held.paid)));
    rows.push(Row::new(w.bought, when(held.since)));
    rows.push(Row::new(w.generation, held.generation.to_string()));
    rows
}

fn refund_rule(license: &License) -> Option<String> {
    let rule = license.offer.refund;
    if rule.days == 0 {
        return None;
    }
    let [a, b, c] = EN.refund_rule;
    let share = format!("{}.{} %", rule.permille / 10, rule.permille % 10);
    let text = format!("{a}{}{b}{}{c}", rule.days, share.replace(".0 %", " %"));
    Some(if rule.unplayed {
        format!("{text} {}", EN.refund_unplayed)
    } else {
        text
    })
}

/// The card knows that its seller would not take it back.
fn refund_gone(shelf: &Shelf) -> bool {
    let unplayed = shelf.license.as_deref().is_some_and(|l| l.offer.refund.unplayed);
    unplayed && shelf.held.first_play.is_some()
}

/// Asks the seller what it refunds, and leads to the confirm page.
pub(super) async fn refund(
    State(desk): Shared,
    Path((key, id)): Path<(String, String)>,
    Form(form): Form<Token>,
) -> Response {
    let (at, id) = match find(&desk, &key, &id, Some(&form.token)) {
        Ok(found) => found,
        Err(response) => return *response,
    };
    match at.seat.wallet.quote_refund(id).await {
        Ok(checked) => {
            let quote = desk.keep_quote(checked);
            at.page.go(&format!("/confirm/{quote}"))
        }
        Err(no) => Problem::of(&no).page(Some(&at.page)),
    }
}

/// Deletes a license.
pub(super) async fn delete(
    State(desk): Shared,
    Path((key, id)): Path<(String, String)>,
    Form(form): Form<Token>,
) -> Response {
    let (at, id) = match find(&desk, &key, &id, Some(&form.token)) {
        Ok(found) => found,
        Err(response) => return *response,
    };
    match at.seat.wallet.delete(id).await {
        Ok(()) => at.page.go("/"),
        Err(no) => Problem::of(&no).page(Some(&at.page)),
    }
}

/// Begins to fetch its file.
pub(super) async fn fetch(
    State(desk): Shared,
    Path((key, id)): Path<(String, String)>,
    Form(form): Form<Token>,
) -> Response {
    let (at, id) = match find(&desk, &key, &id, Some(&form.token)) {
        Ok(found) => found,
        Err(response) => return *response,
    };
    match at.seat.wallet.fetch_soon(id).await {
        Ok(()) => at.page.go(&format!("/licenses/{id}")),
        Err(no) => Problem::of(&no).page(Some(&at.page)),
    }
}
