//! Confirm: the one page on which money is agreed to. Every word of it comes from the checked quote that will be signed.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use card::{Checked, Want};
use data_encoding::BASE64URL_NOPAD;
use deal::Kind;
use minicbor::bytes::ByteVec;
use serde::Deserialize;
use units::{DealId, Hash, PartyId};

use super::{
    Desk, EN,
    desk::Seat,
    home::{At, enter},
    problem::Problem,
    text::{plain, sum, when},
    view::{ConfirmView, ResultView, Row, html},
};
use crate::engine::{Outcome, PayRefused, Wallet};

#[derive(Deserialize)]
pub(super) struct Link {
    offer: String,
}

/// What a shop's link carries: whom to ask, and the publisher's signed offer. Nothing else of it is believed, and no address
/// is among it.
fn read_link(text: &str) -> Option<(PartyId, Vec<u8>)> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    let (seller, sheet): (PartyId, ByteVec) = seal::cbor::from_bytes(&bytes).ok()?;
    Some((seller, sheet.to_vec()))
}

/// Asks the seller, and leads to the confirm page. Pays nothing. The page key in the path is its form token: whoever can
/// name it is one of our pages.
pub(super) async fn ask(State(desk): State<Arc<Desk>>, Path(key): Path<String>, Form(link): Form<Link>) -> Response {
    let at = match enter(&desk, &key, None) {
        Ok(at) => at,
        Err(response) => return *response,
    };
    let Some((seller, sheet)) = read_link(&link.offer) else {
        let no = Problem::new(
            StatusCode::BAD_REQUEST,
            "link-malformed",
            "this link carries no offer; start again from the shop",
        );
        return no.page(Some(&at.page));
    };
    if !desk.may_prompt(seller) {
        return Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-prompts", EN.too_many).page(Some(&at.page));
    }
    match at.seat.wallet.quote_sale(seller, &sheet).await {
        Ok(checked) => {
            let quote = desk.keep_quote(checked);
            at.page.go(&format!("/confirm/{quote}"))
        }
        Err(no) => Problem::of(&no).page(Some(&at.page)),
    }
}

/// The page.
pub(super) async fn show(State(desk): State<Arc<Desk>>, Path((key, quote)): Path<(String, String)>) -> Response {
    match enter(&desk, &key, None) {
        Ok(at) => match find(&desk, &quote) {
            Some(checked) => draw(&at, &checked, None).await,
            None => Problem::not_found().page(Some(&at.page)),
        },
        Err(response) => *response,
    }
}

fn find(desk: &Desk, quote: &str) -> Option<Checked> {
    desk.quote(quote.parse::<Hash>().ok()?)
}

/// Draws the page from the checked quote, the card's words and its balance.
async fn draw(at: &At, checked: &Checked, error: Option<String>) -> Response {
    let wallet = &at.seat.wallet;
    let (overview, words) = (wallet.overview().await, wallet.words().await);
    let (quote, w) = (checked.quote(), &EN);
    let purse = overview.summary.spendable;
    let seller = plain(checked.giver_name(), 60);
    let back = quote.kind == Kind::Surrender;
    let amount = if back {
        quote.credit.unwrap_or(quote.price)
    } else {
        quote.price
    };
    let title = plain(checked.title(), 120);
    let (ask, subject) = if back {
        (w.back_ask, [title.clone(), sum(amount)])
    } else {
        (w.pay_ask, [sum(amount), seller.clone()])
    };
    let after = if back { purse.plus(amount) } else { purse.minus(amount) };
    let mut rows = Vec::new();
    if let Some(on_sale) = checked.on_sale() {
        rows.push(Row::new(w.publisher, plain(&on_sale.publisher_name, 60)));
    }
    rows.push(Row::new(if back { w.purse_now } else { w.from }, sum(purse)));
    if let Ok(after) = after {
        rows.push(Row::new(w.afterwards, sum(after)));
    }
    rows.push(Row::new(w.learns_head, w.learns));
    rows.push(Row::new(w.until, when(quote.until)));
    let missing = amount.minus(purse).ok().filter(|m| !back && !m.is_zero());
    html(&ConfirmView {
        p: &at.page,
        words,
        quote: checked.hash().to_string(),
        ask,
        subject,
        pays: !back,
        once: if back { w.back_once } else { w.pay_once },
        own: w.own_page,
        yes: if back { w.back_yes } else { w.pay_yes },
        no: if back { w.back_no } else { w.pay_no },
        amount: sum(amount),
        title,
        rows,
        seller,
        tries: overview.tries,
        short: missing.map(|m| format!("{}{}. {}", w.too_little, sum(m), w.nothing_changed)),
        error,
    })
}

#[derive(Deserialize)]
pub(super) struct Agreed {
    token: String,
    pin: String,
}

/// The holder agrees with his PIN.
pub(super) async fn pay(
    State(desk): State<Arc<Desk>>,
    Path((key, quote)): Path<(String, String)>,
    Form(form): Form<Agreed>,
) -> Response {
    let at = match enter(&desk, &key, Some(&form.token)) {
        Ok(at) => at,
        Err(response) => return *response,
    };
    let wallet = &at.seat.wallet;
    let seller = find(&desk, &quote).map(|checked| PartyId(checked.quote().giver));
    let committed = match quote.parse::<Hash>() {
        Ok(hash) => desk.pay_once(wallet, hash, form.pin, Want::default()).await,
        Err(_) => None,
    };
    match committed {
        None => Problem::not_found().page(Some(&at.page)),
        Some(Ok(deal)) => {
            if let Some(seller) = seller {
                desk.wanted_prompt(seller);
            }
            let outcome = wallet.see_through(deal).await;
            after_deal(wallet, &outcome).await;
            at.page.go(&format!("/deals/{deal}"))
        }
        Some(Err(no @ (PayRefused::Pin(_) | PayRefused::NeedsPin))) => {
            let Some(checked) = find(&desk, &quote) else {
                return Problem::of(&no).page(Some(&at.page));
            };
            let mut response = draw(&at, &checked, Some(no.to_string())).await;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            response
        }
        Some(Err(no)) => Problem::of(&no).page(Some(&at.page)),
    }
}

/// What follows a deal: the file of a new license begins to come, a refund is taken.
pub(super) async fn after_deal(wallet: &Wallet, outcome: &Outcome) {
    let Outcome::Given { license, .. } = outcome else {
        return;
    };
    match license {
        // If it does not come now, the library offers it.
        Some(id) => drop(wallet.fetch_soon(*id).await),
        None => wallet.take_refunds().await,
    }
}

/// What became of a deal. Looking asks once more, if it is open.
pub(super) async fn result(State(desk): State<Arc<Desk>>, Path((key, deal)): Path<(String, String)>) -> Response {
    let At {
        page,
        seat: Seat { wallet, .. },
    } = match enter(&desk, &key, None) {
        Ok(at) => at,
        Err(response) => return *response,
    };
    let Ok(deal) = deal.parse::<DealId>() else {
        return Problem::not_found().page(Some(&page));
    };
    let Some(outcome) = wallet.outcome(deal).await else {
        return Problem::not_found().page(Some(&page));
    };
    if matches!(outcome, Outcome::OnItsWay { .. }) {
        wallet.stir();
    }
    let w = &EN;
    let mut view = ResultView {
        p: &page,
        head: w.done.to_owned(),
        text: w.is_done.to_owned(),
        again: false,
        license: None,
        receipt: None,
        deal: deal.to_string(),
    };
    match outcome {
        Outcome::Given { license, receipt, .. } => {
            view.receipt = receipt;
            if let Some(id) = license
                && let Some(shelf) = wallet.shelf(id).await
            {
                view.text = format!("{} {}", plain(shelf.title(), 120), w.is_yours);
                view.license = Some(id.to_string());
            }
        }
        Outcome::Returned { reason, .. } => {
            view.head = w.returned.to_owned();
            view.text = reason.map_or(w.nothing_changed, deal::VoidReason::text).to_owned();
        }
        Outcome::OnItsWay { .. } => {
            view.head = format!("{} {}", w.on_its_way, "\u{2026}");
            view.text = w.way_sale.to_owned();
            view.again = true;
        }
        Outcome::Frozen { .. } => w.frozen.clone_into(&mut view.text),
    }
    html(&view)
}
