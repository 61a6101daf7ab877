//! Stored: the page behind a receipt that shows everything the shop stores about that purchase, hands it out as a file, and takes the
//! buyer's number out of it.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use core::convert::Infallible;
use face::{Code, Page, Said, Words};
use units::DealId;

use super::{Sign, refused};
use crate::{
    forms::not_ours,
    frame::{Named, Problem},
    pages::answer_private,
    shop::{
        Stall,
        stored::{self, AboutPurchase},
        visit::{At, Visit},
    },
};

#[derive(Template)]
#[template(path = "shop/stored.html")]
struct StoredPage<'a> {
    page: &'a Page,
    title: Said,
    facts: Vec<(Said, Said)>,
    is_known: bool,
    days: Option<Said>,
    file: String,
    action: String,
    receipt: String,
}

pub(super) fn draw(sign: &Sign, visit: &Visit, it: &AboutPurchase) -> Result<String, askama::Error> {
    let w = visit.words;
    let code = |text: &str| w.show(Code(text.to_owned()));
    let deal = &it.receipt.deal;
    let mut facts = vec![
        (w.stored_work(), Said::of(&it.receipt.title)),
        (w.stored_receipt(), code(&it.receipt.number.to_string())),
        (w.stored_order(), code(&it.order)),
        (w.stored_tag(), code(&it.tag)),
    ];
    facts.extend(it.license.as_ref().map(|license| (w.stored_license(), code(license))));
    facts.extend(it.slip.as_ref().map(|slip| (w.stored_slip(), code(slip))));
    facts.extend(paid_by(w, it));
    let yes = |is: bool| if is { w.stored_yes() } else { w.stored_no() };
    facts.push((w.stored_made_out(), w.stored_times(it.made_out)));
    facts.push((w.stored_waits(), yes(it.waits)));
    facts.push((w.stored_decision(), yes(it.decision)));
    facts.push((
        w.stored_buyer(),
        it.buyer
            .as_ref()
            .map_or_else(|| w.stored_buyer_gone(), |buyer| code(buyer)),
    ));
    StoredPage {
        page: &sign.page(visit, At::Stores),
        title: w.stored_title(it.receipt.number.to_string()),
        facts,
        is_known: it.buyer.is_some(),
        days: it.buyer_days.map(|days| w.stored_days(days)),
        file: format!("/v1/receipts/{deal}/data"),
        action: visit.to(&format!("/receipts/{deal}/data")),
        receipt: visit.to(&format!("/receipts/{deal}")),
    }
    .render()
}

/// What is stored of a charge, an approval or a medium that paid.
fn paid_by(w: Words, it: &AboutPurchase) -> Vec<(Said, Said)> {
    let code = |text: &str| w.show(Code(text.to_owned()));
    let mut facts = Vec::new();
    if let Some(charge) = &it.charge {
        facts.push((w.stored_charge(), code(&charge.charge)));
        facts.push((w.stored_payer(), code(&charge.payer)));
        let record = match &charge.settled {
            Some(at) => w.stored_record_settled(at.as_str()),
            None => w.stored_record_open(),
        };
        facts.push((w.stored_record(), record));
    }
    facts.extend(
        it.approval
            .as_ref()
            .map(|approval| (w.stored_approver(), code(&approval.by))),
    );
    facts.extend(it.medium.as_ref().map(|medium| (w.stored_medium(), code(medium))));
    facts
}

/// What is stored about a purchase.
pub(crate) async fn stored(
    State(shop): State<Arc<Stall>>,
    visit: Result<Visit, Infallible>,
    deal: Result<Named<DealId>, Problem>,
) -> Response {
    let Ok(visit) = visit;
    let found = async {
        let Named(deal) = deal?;
        stored::read(&shop, deal).await
    };
    match found.await {
        Ok(it) => answer_private(draw(&shop.sign, &visit, &it), StatusCode::OK),
        Err(no) => refused(&shop.sign, &visit, &no),
    }
}

/// Takes the buyer's number out of it, from this page's own form.
pub(crate) async fn forget(
    State(shop): State<Arc<Stall>>,
    visit: Result<Visit, Infallible>,
    deal: Result<Named<DealId>, Problem>,
    headers: HeaderMap,
) -> Response {
    let Ok(visit) = visit;
    let done = async {
        let Named(deal) = deal?;
        let site = headers.get("sec-fetch-site").and_then(|v| v.to_str().ok());
        if site.is_some_and(|site| site != "same-origin") {
            return Err(not_ours());
        }
        stored::forget_buyer(&shop, deal).await?;
        Ok(deal)
    };
    match done.await {
        Ok(deal) => Redirect::to(&visit.to(&format!("/receipts/{deal}/data"))).into_response(),
        Err(no) => refused(&shop.sign, &visit, &no),
    }
}
