//! Unlock: what unlocking a locked copy costs and in which of two orders it is done (SD-26, SD-27). The price is agreed to on
//! the card's own page, as every payment is.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use face::{Fare, Key, Said, Teeth};
use serde::Deserialize;
use units::{LicenseId, Money};

use super::{Part, Shared, Visit, lock::percent, visit};
use crate::{
    engine::Shelf,
    pages::{problem::Problem, text::plain, view::drawn},
};

#[derive(Template)]
#[template(path = "hand-unlock.html")]
struct UnlockView<'a> {
    page: &'a face::Page,
    base: &'a str,
    token: &'a str,
    id: String,
    title: String,
    key: Key,
    what: Said,
    yes: Said,
}

/// Is it one that a centre can unlock?
pub(in crate::pages) fn can_unlock(shelf: &Shelf) -> bool {
    let named = shelf.license.as_ref().is_some_and(|l| l.policy.unlock.is_some());
    named && matches!(shelf.held.status, deal::Status::Locked | deal::Status::Partial)
}

async fn find(visit: &Visit, id: &str) -> Option<(LicenseId, Shelf)> {
    let id = id.parse::<LicenseId>().ok()?;
    let shelf = visit.wallet().shelf(id).await.filter(can_unlock)?;
    Some((id, shelf))
}

/// What it costs, and in which order.
pub(super) async fn show(State(desk): Shared, Path((key, id)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let visit = visit!(&desk, &key, None, &headers, format!("/licenses/{id}/unlock"));
    let found = find(&visit, &id).await;
    let unlock = found
        .as_ref()
        .and_then(|(_, s)| s.license.as_ref()?.policy.unlock.clone());
    let (Some((id, shelf)), Some(unlock)) = (found, unlock) else {
        return visit.no(&Problem::not_found());
    };
    let w = visit.words;
    let what = match shelf.held.rights.share {
        units::Share::Nothing => w.unlock_shut(),
        share => w.unlock_part(percent(share)),
    };
    let to = (visit.base(), visit.token());
    let page = visit.page(Part::Receive);
    drawn(render(
        &page,
        to,
        id.to_string(),
        plain(shelf.title(), 120),
        (what, unlock.fee),
    ))
}

/// Draws it: what it opens now, and what the rest costs.
pub(super) fn render(
    page: &face::Page,
    (base, token): (&str, &str),
    id: String,
    title: String,
    (what, fee): (Said, Money),
) -> Result<String, askama::Error> {
    UnlockView {
        page,
        base,
        token,
        id,
        title,
        key: Key::new(page.words.lang(), fee, Teeth::Upto(0)).due(),
        what,
        yes: page.words.unlock(Fare(fee)),
    }
    .render()
}

#[derive(Deserialize)]
pub(super) struct UnlockForm {
    token: String,
    #[serde(default)]
    order: String,
}

/// Asks the centre, and leads to the page on which its fee is agreed to. Pays nothing.
pub(super) async fn ask(
    State(desk): Shared,
    Path((key, id)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<UnlockForm>,
) -> Response {
    let visit = visit!(
        &desk,
        &key,
        Some(&form.token),
        &headers,
        format!("/licenses/{id}/unlock")
    );
    let Ok(license) = id.parse::<LicenseId>() else {
        return visit.no(&Problem::not_found());
    };
    match visit.wallet().quote_unlock(license, form.order == "unlock-first").await {
        Ok(checked) => visit.go(&format!("/confirm/{}", desk.keep_quote(checked))),
        Err(no) => visit.refuse(&no),
    }
}
