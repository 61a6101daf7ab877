//! Order, receipt, refund: what became of a purchase, for whoever has the deal's id (256 bits that only buyer and shop know).

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use core::convert::Infallible;
use face::{Code, Day, Page, Permille, Said, Sum, Words};
use license::Offer;
use party::shop::{Sale, Shop, State as Stands};
use store::Fault;
use units::{DealId, Moment, Money};

use super::{Sign, answer, refused};
use crate::{
    frame::{Named, Problem},
    shop::{
        Stall,
        paid::Payers,
        visit::{At, Visit},
        words,
    },
};

/// An order, with what its offer promised.
pub(super) struct Bought {
    pub deal: DealId,
    pub stands: Stands,
    pub sale: Option<Sale>,
    /// Who pays what the card itself did not.
    pub payers: Payers,
    pub offer: Option<Offer>,
    pub publisher: String,
    pub is_unique: bool,
    /// What comes back, and until when.
    pub refundable: Option<(Money, Moment)>,
    pub now: Moment,
}

async fn read(shop: &Stall, deal: Result<Named<DealId>, Problem>) -> Result<Bought, Problem> {
    let Named(deal) = deal?;
    let read = shop.office.look::<_, Fault>(move |shop, view, now| {
        let order = shop.order_of_deal(view, deal)?;
        let on_shelf = match &order.sale {
            Some(sale) => shop.listed(view, sale.offer)?,
            None => None,
        };
        let payers = match &order.sale {
            Some(sale) => Payers::of(shop, view, &sale.paid)?,
            None => Payers::default(),
        };
        Ok(Bought {
            deal,
            payers,
            stands: order.state,
            publisher: on_shelf
                .as_ref()
                .map(|one| one.work.publisher_name.clone())
                .unwrap_or_default(),
            is_unique: on_shelf.as_ref().is_some_and(|one| one.work.unique),
            refundable: order
                .sale
                .as_ref()
                .zip(on_shelf.as_ref())
                .map(|(sale, one)| Shop::refundable(sale, one)),
            offer: on_shelf.map(|one| one.offer),
            sale: order.sale,
            now,
        })
    });
    read.await
}

#[derive(Template)]
#[template(path = "shop/order.html")]
struct OrderPage<'a> {
    page: &'a Page,
    /// "" , "fareful", "good": how the note looks, and its icon.
    kind: &'static str,
    icon: &'static str,
    title: Said,
    text: Said,
    /// The main action: what it says, and where it leads.
    go: (Said, String),
    plays: bool,
    receipt: Option<String>,
}

/// What became of a purchase.
pub(crate) async fn order(
    State(shop): State<Arc<Stall>>,
    visit: Result<Visit, Infallible>,
    deal: Result<Named<DealId>, Problem>,
) -> Response {
    let Ok(visit) = visit;
    match read(&shop, deal).await {
        Ok(bought) => {
            let unknown = matches!(bought.stands, Stands::Open);
            let status = if unknown { StatusCode::NOT_FOUND } else { StatusCode::OK };
            answer(draw_order(&shop.sign, &visit, &bought), status)
        }
        Err(no) => refused(&shop.sign, &visit, &no),
    }
}

/// Draws an order.
pub(super) fn draw_order(sign: &Sign, visit: &Visit, bought: &Bought) -> Result<String, askama::Error> {
    let words = visit.words;
    let (kind, icon, title, text) = match (&bought.stands, &bought.sale) {
        (Stands::Refunded, Some(sale)) if let Some(back) = &sale.refunded => (
            "",
            "back",
            words.order_refunded(Day(back.at)),
            words.order_refunded_text(Sum(back.amount)),
        ),
        (_, Some(sale)) => ("good", "tick", words.order_given(&sale.title), words.order_given_text()),
        (Stands::Presenting, _) => ("fareful", "clock", words.order_way(), words.order_way_text()),
        (Stands::Void(_), _) => ("", "stop", words.order_void(), words.order_void_text()),
        _ => ("", "box", words.order_unknown(), words.order_unknown_text()),
    };
    let wallet = sign.wallet.trim_end_matches('/');
    let plays = bought.sale.as_ref().is_some_and(|sale| sale.refunded.is_none());
    OrderPage {
        page: &sign.page(visit, At::Elsewhere),
        // The wallet's door leads whoever it knows on to what this purchase brought.
        go: match plays {
            true => (words.order_play(), format!("{wallet}/#deal-{}", bought.deal)),
            false => (words.order_open(), format!("{wallet}/")),
        },
        plays,
        kind,
        icon,
        title,
        text,
        receipt: bought
            .sale
            .is_some()
            .then(|| visit.to(&format!("/receipts/{}", bought.deal))),
    }
    .render()
}

/// Tax at one rate.
#[derive(Debug, Clone)]
struct TaxRow {
    rate: Said,
    net: Said,
    tax: Said,
    gross: Said,
}

#[derive(Template)]
#[template(path = "shop/receipt.html")]
struct ReceiptPage<'a> {
    page: &'a Page,
    heading: Said,
    date: Said,
    title: &'a str,
    total: Said,
    taxes: Vec<TaxRow>,
    facts: Vec<(Said, Said)>,
    delivery: Option<String>,
    refund: Option<String>,
    stored: String,
}

/// The receipt of a purchase.
pub(crate) async fn receipt(
    State(shop): State<Arc<Stall>>,
    visit: Result<Visit, Infallible>,
    deal: Result<Named<DealId>, Problem>,
) -> Response {
    let Ok(visit) = visit;
    let found = async {
        let bought = read(&shop, deal).await?;
        let drawn = draw_receipt(&shop.sign, &visit, &bought);
        drawn.ok_or_else(Problem::nothing_here)
    };
    match found.await {
        Ok(drawn) => answer(drawn, StatusCode::OK),
        Err(no) => refused(&shop.sign, &visit, &no),
    }
}

/// Draws a receipt, if there is one.
pub(super) fn draw_receipt(sign: &Sign, visit: &Visit, bought: &Bought) -> Option<Result<String, askama::Error>> {
    let sale = bought.sale.as_ref()?;
    let words = visit.words;
    let page = sign.page(visit, At::Elsewhere);
    let code = |text: String| words.show(Code(text));
    let sum = |money: Money| words.show(Sum(money));
    let mut seller = Said::of(&sign.name);
    seller.text(" ");
    seller.tags_of_ours(code(sign.id.to_string()).html());
    let mut facts = vec![
        (words.receipt_sold_by(), seller),
        (words.receipt_paid(), paid_with(words, sale, &bought.payers)),
        (words.receipt_offer(), code(sale.number.to_string())),
    ];
    facts.extend(
        sale.serial
            .map(|at| (words.receipt_serial(), words.show(at.saturating_add(1)))),
    );
    let rule = bought
        .offer
        .as_ref()
        .map(|offer| (words.receipt_rule(), words::refund(words, offer)));
    facts.extend(rule);
    let state = match &sale.refunded {
        Some(back) => words.refund_done(Sum(back.amount), Day(back.at)),
        None => words.receipt_state_given(),
    };
    facts.push((words.receipt_state(), state));
    facts.push((words.receipt_deal(), code(bought.deal.to_string())));
    let receipt = ReceiptPage {
        heading: words.receipt_title(sale.receipt.to_string()),
        date: words.show(Day(sale.at)),
        title: &sale.title,
        total: sum(sale.price),
        taxes: vec![TaxRow {
            rate: words.show(Permille(sale.tax_permille)),
            net: sum(sale.price.minus(sale.tax).unwrap_or(sale.price)),
            tax: sum(sale.tax),
            gross: sum(sale.price),
        }],
        facts,
        delivery: (bought.is_unique && sale.refunded.is_none()).then(|| format!("/v1/deliveries/{}", bought.deal)),
        refund: sale
            .refunded
            .is_none()
            .then(|| visit.to(&format!("/receipts/{}/refund", bought.deal))),
        stored: visit.to(&format!("/receipts/{}/data", bought.deal)),
        page: &page,
    };
    Some(receipt.render())
}

/// With what it was paid, a line for each part.
fn paid_with(words: Words, sale: &Sale, payers: &Payers) -> Said {
    let mut all = Said::default();
    for part in payers.parts(words, &sale.paid) {
        if !all.is_empty() {
            all.tags_of_ours("<br>");
        }
        all.tags_of_ours(part.html());
    }
    all
}

#[derive(Template)]
#[template(path = "shop/refund.html")]
struct RefundPage<'a> {
    page: &'a Page,
    what: Said,
    title: Said,
    texts: Vec<Said>,
    is_open: bool,
    wallet: String,
    receipt: String,
}

/// How to hand a purchase back.
pub(crate) async fn refund(
    State(shop): State<Arc<Stall>>,
    visit: Result<Visit, Infallible>,
    deal: Result<Named<DealId>, Problem>,
) -> Response {
    let Ok(visit) = visit;
    let found = async {
        let bought = read(&shop, deal).await?;
        draw_refund(&shop.sign, &visit, &bought).ok_or_else(Problem::nothing_here)
    };
    match found.await {
        Ok(drawn) => answer(drawn, StatusCode::OK),
        Err(no) => refused(&shop.sign, &visit, &no),
    }
}

/// Draws how to hand a purchase back, if there was one.
pub(super) fn draw_refund(sign: &Sign, visit: &Visit, bought: &Bought) -> Option<Result<String, askama::Error>> {
    let sale = bought.sale.as_ref()?;
    let words = visit.words;
    let write = words.refund_write(&bought.publisher);
    let unplayed = bought.offer.as_ref().is_some_and(|offer| offer.refund.unplayed);
    let (title, texts, is_open) = match (
        &sale.refunded,
        bought.refundable.filter(|(amount, _)| !amount.is_zero()),
    ) {
        (Some(back), _) => (words.refund_done(Sum(back.amount), Day(back.at)), Vec::new(), false),
        (None, None) => (words.refund_none(), vec![write], false),
        (None, Some((_, end))) if bought.now > end => (words.refund_late(Day(end)), vec![write], false),
        (None, Some((amount, end))) => {
            let mut texts = vec![words.refund_may_text(Sum(amount))];
            texts.extend(unplayed.then(|| words.refund_unplayed()));
            texts.push(write);
            (words.refund_may(Day(end)), texts, true)
        }
    };
    let page = RefundPage {
        page: &sign.page(visit, At::Elsewhere),
        what: words.refund_for(sale.receipt.to_string(), &sale.title),
        title,
        texts,
        is_open,
        wallet: format!("{}/", sign.wallet.trim_end_matches('/')),
        receipt: visit.to(&format!("/receipts/{}", bought.deal)),
    };
    Some(page.render())
}
