//! Money: the history of sales (SD-3), the statement, and pay-outs. Every figure is the books'.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use data_encoding::HEXLOWER;
use face::{Day, Page, Said, Sum};
use party::{
    bank::WhyNot,
    shop::{Deed, Payout, PayoutAskRefused, PayoutState, Sale, SalesFilter, Statement},
};
use store::Fault;
use units::{ContentId, DealId, Moment, Money, Span, TransferId};

use super::{
    export::day_start,
    frame::{At, Whose, on, page as frame, shown, shown_as, told},
    staff::Staff,
};
use crate::{
    forms::Fields,
    frame::{Problem, chance},
    pages::Visit,
    shop::{Stall, pages::Sign},
};

/// Sales of one page.
const PAGE: usize = 50;

struct Line {
    at: Said,
    title: String,
    price: Said,
    yours: Said,
    receipt: u64,
    /// The buyer, and where his other purchases are.
    buyer: Option<(String, String)>,
    is_back: bool,
    href: String,
    /// Where this work's other sales are.
    of_work: String,
}

#[derive(Template)]
#[template(path = "console/sales.html")]
struct SalesPage<'a> {
    page: &'a Page,
    from: &'a str,
    until: &'a str,
    sales: Vec<Line>,
    /// Of whom and of what alone: said, as the form carries it, and the way back to all.
    only: Vec<Said>,
    buyer: Option<String>,
    content: Option<String>,
    all: String,
    older: Option<String>,
    csv: String,
    json: String,
    action: String,
}

/// The period of a page, as typed and as meant; and of whom and of what alone, if that was asked for (SD-3).
pub(super) struct Period {
    pub(super) from: String,
    pub(super) until: String,
    pub(super) span: (Moment, Moment),
    pub(super) buyer: Option<[u8; 16]>,
    pub(super) content: Option<ContentId>,
}

impl Period {
    /// What was asked for, or the last thirty days. The last day counts whole.
    pub(super) fn asked(fields: &Fields, now: Moment) -> Self {
        let day = |at: Moment| at.to_string().chars().take(10).collect::<String>();
        let text = |name: &str, usual: Moment| {
            let typed = fields.get(name).filter(|text| day_start(text).is_some());
            typed.cloned().unwrap_or_else(|| day(usual))
        };
        let (from, until) = (text("from", now.less(Span::days(30))), text("until", now));
        let start = day_start(&from).unwrap_or_default();
        let end = day_start(&until).unwrap_or(now).plus(Span::days(1));
        Self {
            from,
            until,
            span: (start, end),
            buyer: fields
                .get("buyer")
                .and_then(|text| HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()),
            content: fields.get("content").and_then(|text| text.parse().ok()),
        }
    }
    /// As the shop looks for it.
    pub(super) fn filter(&self) -> SalesFilter {
        SalesFilter {
            buyer: self.buyer,
            content: self.content,
            from: Some(self.span.0),
            until: Some(self.span.1),
        }
    }
    fn days(&self) -> String {
        format!("from={}&until={}", self.from, self.until)
    }
    /// As an address has it.
    fn query(&self) -> String {
        let mut query = self.days();
        if let Some(buyer) = self.buyer {
            query.push_str(&format!("&buyer={}", HEXLOWER.encode(&buyer)));
        }
        if let Some(content) = self.content {
            query.push_str(&format!("&content={content}"));
        }
        query
    }
}

pub(super) fn draw_sales(
    sign: &Sign,
    visit: &Visit,
    staff: Option<&Staff>,
    whose: &Whose,
    period: &Period,
    sales: &[(DealId, Sale)],
) -> Result<String, askama::Error> {
    let words = visit.words;
    let line = |(deal, sale): &(DealId, Sale)| Line {
        at: words.show(Day(sale.at)),
        title: sale.title.clone(),
        price: words.show(Sum(sale.price)),
        yours: words.show(Sum(sale.publisher_part)),
        receipt: sale.receipt,
        buyer: sale.buyer.map(|buyer| {
            let to = format!("/sales?{}&buyer={}", period.days(), HEXLOWER.encode(&buyer));
            (HEXLOWER.encode(&buyer[..6]), visit.to(&whose.at(&to)))
        }),
        is_back: sale.refunded.is_some(),
        href: visit.to(&format!("/receipts/{deal}")),
        of_work: visit.to(&whose.at(&format!("/sales?{}&content={}", period.days(), sale.content))),
    };
    let query = period.query();
    let title = sales.first().map(|(_, sale)| sale.title.clone()).unwrap_or_default();
    let of_buyer = period
        .buyer
        .map(|buyer| words.console_sales_of_buyer(HEXLOWER.encode(&buyer[..6])));
    let of_work = period.content.map(|content| match title.is_empty() {
        true => words.console_sales_of_work(content.to_string()),
        false => words.console_sales_of_work(title),
    });
    let last = sales.last().filter(|_| sales.len() == PAGE);
    SalesPage {
        page: &frame(sign, visit, staff, Some(whose), At::Sales),
        from: &period.from,
        until: &period.until,
        sales: sales.iter().map(line).collect(),
        only: of_buyer.into_iter().chain(of_work).collect(),
        buyer: period.buyer.map(|buyer| HEXLOWER.encode(&buyer)),
        content: period.content.map(|content| content.to_string()),
        all: visit.to(&whose.at(&format!("/sales?{}", period.days()))),
        older: last.map(|(deal, sale)| visit.to(&whose.at(&format!("/sales?{query}&before={}.{deal}", sale.at.0)))),
        csv: visit.to(&whose.at(&format!("/sales.csv?{query}"))),
        json: visit.to(&whose.at(&format!("/sales.json?{query}"))),
        action: visit.to(&whose.at("/sales")),
    }
    .render()
}

/// The history.
pub(super) async fn sales(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(publisher): Path<String>,
    Query(asked): Query<Fields>,
) -> Response {
    let made = async {
        let whose = staff.over(&shop, &publisher, Deed::SeeMoney).await?;
        let period = Period::asked(&asked, shop.office.clock.now());
        let before = asked.get("before").and_then(|text| {
            let (at, deal) = text.split_once('.')?;
            Some((Moment(at.parse().ok()?), deal.parse().ok()?))
        });
        let (id, filter) = (whose.id, period.filter());
        let found = shop
            .office
            .look::<_, Fault>(move |party, view, _| party.sales_of_publisher(view, id, filter, before, PAGE))
            .await?;
        Ok(shown(draw_sales(
            &shop.sign,
            &staff.visit,
            Some(&staff),
            &whose,
            &period,
            &found,
        )))
    };
    let made = made.await;
    told(&shop.sign, &staff.visit, &staff, made)
}

#[derive(Template)]
#[template(path = "console/payouts.html")]
struct PayoutsPage<'a> {
    page: &'a Page,
    note: Option<Said>,
    received: Said,
    earned: Said,
    owed_to: Option<Said>,
    owed_by: Option<Said>,
    ordered: Said,
    /// What can be paid out now, as the form has it.
    available: Option<(Said, i64)>,
    currency: String,
    payouts: Vec<(Said, Said, Said)>,
    may_order: bool,
    id: String,
    action: String,
    csrf: &'a str,
}

/// What the page of pay-outs shows.
pub(super) struct Payouts<'a> {
    pub(super) statement: Statement,
    pub(super) payouts: Vec<(Moment, Payout)>,
    pub(super) may_order: bool,
    pub(super) note: Option<Said>,
    pub(super) id: TransferId,
    pub(super) csrf: &'a str,
}

pub(super) fn draw_payouts(
    sign: &Sign,
    visit: &Visit,
    staff: Option<&Staff>,
    whose: &Whose,
    it: Payouts<'_>,
) -> Result<String, askama::Error> {
    let (words, statement) = (visit.words, it.statement);
    let some = |money: Money| (!money.is_zero()).then(|| words.show(Sum(money)));
    let state = |payout: &Payout| match &payout.state {
        PayoutState::Asked => words.console_payout_asked(),
        PayoutState::Taken => words.console_payout_taken(),
        PayoutState::Waiting(code) => words.console_payout_waiting(code.as_str()),
        PayoutState::Paid(at) => words.console_payout_paid(Day(*at)),
        PayoutState::Returned(WhyNot::NoAccount) => words.console_payout_no_account(),
        PayoutState::Returned(WhyNot::NotCovered) => words.console_payout_not_covered(),
        PayoutState::Returned(WhyNot::Amount) => words.console_payout_other_money(),
    };
    let line = |(at, payout): &(Moment, Payout)| (words.show(Day(*at)), words.show(Sum(payout.amount)), state(payout));
    PayoutsPage {
        page: &frame(sign, visit, staff, Some(whose), At::Payouts),
        note: it.note,
        received: words.show(Sum(statement.received)),
        earned: words.show(Sum(statement.earned)),
        owed_to: some(statement.owed_to_shop),
        owed_by: some(statement.owed_by_shop),
        ordered: words.show(Sum(statement.ordered)),
        available: some(statement.available).map(|said| (said, statement.available.minor())),
        currency: statement.available.currency().code().to_owned(),
        payouts: it.payouts.iter().map(line).collect(),
        may_order: it.may_order,
        id: it.id.to_string(),
        action: visit.to(&whose.at("/payouts")),
        csrf: it.csrf,
    }
    .render()
}

async fn made(
    shop: &Stall,
    staff: &Staff,
    whose: &Whose,
    note: Option<Said>,
) -> Result<Result<String, askama::Error>, Problem> {
    let id = whose.id;
    let (statement, payouts, keys) = shop
        .office
        .look::<_, Fault>(move |party, view, _| {
            let keys = party.tenant(view, id)?.is_some_and(|it| it.keys_here());
            Ok((party.statement(view, id)?, party.payouts(view, id)?, keys))
        })
        .await?;
    let it = Payouts {
        statement,
        payouts,
        may_order: keys && staff.is_let(id, Deed::PayOut),
        note,
        id: TransferId(chance::<16>().map_err(|no| Problem::by(&no))?),
        csrf: &staff.csrf,
    };
    Ok(draw_payouts(&shop.sign, &staff.visit, Some(staff), whose, it))
}

/// The page.
pub(super) async fn payouts(State(shop): State<Arc<Stall>>, staff: Staff, Path(publisher): Path<String>) -> Response {
    let drawn = async {
        let whose = staff.over(&shop, &publisher, Deed::SeeMoney).await?;
        Ok(shown(made(&shop, &staff, &whose, None).await?))
    };
    let drawn = drawn.await;
    told(&shop.sign, &staff.visit, &staff, drawn)
}

/// Orders a pay-out.
pub(super) async fn order(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(publisher): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let done = async {
        let whose = staff.over(&shop, &publisher, Deed::PayOut).await?;
        staff.check(&shop, &fields)?;
        if let Err(go) = staff.fresh(&whose.at("/payouts")) {
            return Ok(*go);
        }
        let text = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
        let id: TransferId = text("id").parse().map_err(|_| Problem::nothing_here())?;
        let plain: String = text("amount")
            .chars()
            .filter(|c| !matches!(c, ',' | ' ' | '¥' | '円'))
            .collect();
        let currency = shop.office.party.config().floor.currency();
        let amount = plain.parse().ok().and_then(|minor| Money::new(minor, currency).ok());
        let (publisher, amount) = (
            whose.id,
            amount.filter(|it| it.minor() >= 0).unwrap_or(Money::zero(currency)),
        );
        let ordered = shop
            .office
            .commit(
                move |party, tx, now, _| match party.order_payout(tx, publisher, id, amount, now) {
                    Ok(errand) => Ok(Ok(errand)),
                    Err(PayoutAskRefused::NotThere { asked, available }) => Ok(Err((asked, available))),
                    Err(no) => Err(no),
                },
            )
            .await?;
        match ordered {
            Ok(errand) => {
                if let Some(errand) = errand {
                    // Asked at once, so that the page has the answer, also of whoever presses twice and hangs up on the first;
                    // the sweep does it otherwise.
                    let office = shop.office.clone();
                    let _ = tokio::spawn(async move { office.follow(party::Step::Errand(errand)).await }).await;
                }
                Ok(on(&staff.visit, &whose.at("/payouts")))
            }
            Err((asked, available)) => {
                let words = staff.visit.words;
                let note = words.console_payout_no(Sum(asked), Sum(available));
                let page = made(&shop, &staff, &whose, Some(note)).await?;
                Ok(shown_as(page, StatusCode::UNPROCESSABLE_ENTITY))
            }
        }
    };
    let done = done.await;
    told(&shop.sign, &staff.visit, &staff, done)
}
