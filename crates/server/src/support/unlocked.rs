//! Unlocked over the API: one row for each unlocking (asked, quoted, paid, unlocked, delivered), and cash at the counter.
//! The operator's, and so is cash that has not reached the publisher yet.

use std::{sync::Arc, time::Duration};

use axum::{extract::State, http::HeaderMap};
use party::{
    errand::{Errand, Step},
    support::{PassRefused, PayRefused, Support, Unlocked, Unpassed, to_do},
};
use serde::{Deserialize, Serialize};
use store::Fault;
use units::{DealId, Moment, OrderId};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::Centre;
use crate::{
    frame::{
        Asked, Json, Problem,
        limits::{PAGE_DEFAULT, PAGE_MAX},
        problem::Document,
    },
    money::Amount,
};

/// A page of unlockings.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Rows {
    /// The newest first.
    pub rows: Vec<Row>,
    /// Give this back as `before` for the next page; absent at the end.
    pub before: Option<String>,
}

/// One unlocking. No key and no card is in it.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Row {
    /// Its deal.
    pub deal: String,
    /// The work.
    pub content: String,
    /// Its title.
    pub title: String,
    /// Whose work.
    pub publisher: String,
    /// To whom the fee was due.
    pub payee: String,
    /// The fee.
    pub fee: Amount,
    /// When it was asked and quoted.
    pub quoted: String,
    /// When the payment came.
    pub paid_at: String,
    /// "card", "cash" or "free".
    pub paid_with: String,
    /// When the license was given.
    pub unlocked: String,
    /// Was it unlocked before it was paid?
    pub unlocked_first: bool,
    /// When the card said that it has it.
    pub delivered: Option<String>,
    /// How often the same payment came again.
    pub again: u32,
    /// Number of the receipt.
    pub receipt: u64,
    /// When the fee was with its payee; absent: nothing was paid, or it is on its way.
    pub passed_on: Option<String>,
}

/// A payment that waits for cash.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Cash {
    /// Its order, as the visitor names it.
    pub order: String,
    /// The work.
    pub title: String,
    /// What is to be paid.
    pub fee: Amount,
    /// Since when.
    pub since: String,
}

/// What became of the cash for an order.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CashOrder {
    /// The order.
    pub order: String,
    /// Was it taken? If not, the payment is void for ever.
    pub taken: bool,
}

/// Payments that wait for cash now.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Said {
    /// Still waiting.
    pub waiting: Vec<Cash>,
    /// Cash that was taken and has not reached its payee: what the bank refused first.
    pub unpassed: Vec<Owed>,
}

/// Cash that has not reached its payee.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Owed {
    /// The unlocking it paid.
    pub deal: String,
    /// Its order.
    pub order: String,
    /// The work.
    pub title: String,
    /// Whose money it is.
    pub payee: String,
    /// How much.
    pub fee: Amount,
    /// Since when it is so.
    pub since: String,
    /// What this centre's people have to do; absent: it is on its way, and nobody has to do anything.
    pub to_do: Option<String>,
}

/// Cash to be sent again.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SendOrder {
    /// The unlocking it paid.
    pub deal: String,
}

impl Owed {
    fn of(one: Unpassed) -> Self {
        Self {
            deal: one.deal.to_string(),
            order: one.order.to_string(),
            title: one.title,
            payee: one.payee.to_string(),
            fee: one.fee.into(),
            since: one.since.to_string(),
            to_do: one.refused.map(|why| to_do(why).to_owned()),
        }
    }
}

impl Row {
    fn of(deal: DealId, row: Unlocked) -> Self {
        Self {
            deal: deal.to_string(),
            content: row.content.to_string(),
            title: row.title,
            publisher: row.publisher.to_string(),
            payee: row.payee.to_string(),
            fee: row.fee.into(),
            quoted: row.quoted.to_string(),
            paid_at: row.came.to_string(),
            paid_with: row.paid.word().to_owned(),
            unlocked: if row.first { row.quoted } else { row.at }.to_string(),
            unlocked_first: row.first,
            delivered: row.delivered.map(|at| at.to_string()),
            again: row.again,
            receipt: row.receipt,
            passed_on: row.passed.map(|at| at.to_string()),
        }
    }
}

/// Which rows.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Page {
    /// Where the page before ended.
    before: Option<String>,
    /// At most so many, up to 200.
    limit: Option<u32>,
}

pub(super) fn place(text: Option<&str>) -> Option<Option<(Moment, DealId)>> {
    let Some(text) = text else { return Some(None) };
    let (at, deal) = text.split_once('.')?;
    Some(Some((Moment(at.parse().ok()?), deal.parse().ok()?)))
}

/// A page of unlockings, the newest first, and where the next one begins.
pub(super) async fn found(
    centre: &Centre,
    before: Option<(Moment, DealId)>,
    limit: usize,
) -> Result<(Vec<(DealId, Unlocked)>, Option<String>), Problem> {
    let found = centre
        .office
        .look::<_, Fault>(move |support, view, _| support.unlockings(view, before, limit))
        .await?;
    let last = found.last().filter(|_| found.len() == limit);
    let before = last.map(|(deal, row)| format!("{}.{deal}", row.at.0));
    Ok((found, before))
}

async fn read(centre: &Centre, before: Option<(Moment, DealId)>, limit: usize) -> Result<Rows, Problem> {
    let (found, before) = found(centre, before, limit).await?;
    Ok(Rows {
        rows: found.into_iter().map(|(deal, row)| Row::of(deal, row)).collect(),
        before,
    })
}

async fn waiting(centre: &Centre) -> Result<Vec<Cash>, Problem> {
    let found = centre
        .office
        .look::<_, Fault>(|support, view, _| support.waiting_for_cash(view))
        .await?;
    let cash = found.into_iter().map(|(order, fee, title, since)| Cash {
        order: order.to_string(),
        title,
        fee: fee.into(),
        since: since.to_string(),
    });
    Ok(cash.collect())
}

async fn unpassed(centre: &Centre) -> Result<Vec<Owed>, Problem> {
    let found = centre
        .office
        .look::<_, Fault>(|support, view, _| support.unpassed(view))
        .await?;
    Ok(found.into_iter().map(Owed::of).collect())
}

async fn now(centre: &Centre) -> Result<Json<Said>, Problem> {
    Ok(Json(Said {
        waiting: waiting(centre).await?,
        unpassed: unpassed(centre).await?,
    }))
}

/// What was unlocked.
#[utoipa::path(get, path = "/v1/unlocked", tag = "operator", params(Page), responses((status = 200, body = Rows),
    (status = "4XX", body = Document, content_type = "application/problem+json")))]
async fn unlocked(
    State(centre): State<Arc<Centre>>,
    headers: HeaderMap,
    Asked(page): Asked<Page>,
) -> Result<Json<Rows>, Problem> {
    centre.operators.check(&headers)?;
    let limit = page.limit.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_MAX) as usize;
    let before = place(page.before.as_deref()).ok_or_else(Problem::nothing_here)?;
    Ok(Json(read(&centre, before, limit).await?))
}

/// Payments that wait for cash, and cash that has not reached its payee.
#[utoipa::path(get, path = "/v1/cash", tag = "operator", responses((status = 200, body = Said),
    (status = "4XX", body = Document, content_type = "application/problem+json")))]
async fn cash_waiting(State(centre): State<Arc<Centre>>, headers: HeaderMap) -> Result<Json<Said>, Problem> {
    centre.operators.check(&headers)?;
    now(&centre).await
}

/// Cash for an order was taken, or is declined; said once for ever.
#[utoipa::path(post, path = "/v1/cash", tag = "operator", request_body = CashOrder,
    responses((status = 200, body = Said),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn cash(
    State(centre): State<Arc<Centre>>,
    headers: HeaderMap,
    Json(said): Json<CashOrder>,
) -> Result<Json<Said>, Problem> {
    centre.operators.check(&headers)?;
    let order: OrderId = said.order.parse().map_err(|_| Problem::nothing_here())?;
    say(&centre, order, said.taken).await?;
    now(&centre).await
}

/// Cash that the bank refused to pass on is sent again; what is on its way or has arrived stays as it is.
#[utoipa::path(post, path = "/v1/cash/send", tag = "operator", request_body = SendOrder,
    responses((status = 200, body = Said),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn cash_again(
    State(centre): State<Arc<Centre>>,
    headers: HeaderMap,
    Json(order): Json<SendOrder>,
) -> Result<Json<Said>, Problem> {
    centre.operators.check(&headers)?;
    let deal: DealId = order.deal.parse().map_err(|_| Problem::nothing_here())?;
    send(&centre, deal).await?;
    now(&centre).await
}

pub(super) async fn say(centre: &Centre, order: OrderId, taken: bool) -> Result<(), Problem> {
    let verb = move |support: &Support, tx: &mut dyn store::Tx, now, seed: &seal::Seed| {
        support.cash(tx, order, taken, now, seed)
    };
    let errand = centre.office.commit::<_, PayRefused>(verb).await?;
    bring(centre, errand).await;
    Ok(())
}

pub(super) async fn send(centre: &Centre, deal: DealId) -> Result<(), Problem> {
    let verb = move |support: &Support, tx: &mut dyn store::Tx, now, _: &seal::Seed| support.send_again(tx, deal, now);
    let errand = centre.office.commit::<_, PassRefused>(verb).await?;
    bring(centre, errand).await;
    Ok(())
}

/// How long a person waits for the bank's word. The errand goes on without him.
const PATIENCE: Duration = Duration::from_secs(2);

/// Brings cash to the bank now. It is written down: whatever happens here, it gets there.
async fn bring(centre: &Centre, errand: Option<Errand>) {
    let Some(errand) = errand else { return };
    let office = centre.office.clone();
    let brought = tokio::spawn(async move { office.follow(Step::Errand(errand)).await });
    // What is still on its way after this, or came to nothing, is carried out again with everything else that waits.
    let _ = tokio::time::timeout(PATIENCE, brought).await;
}

pub(super) fn routes() -> OpenApiRouter<Arc<Centre>> {
    OpenApiRouter::new()
        .routes(routes!(unlocked))
        .routes(routes!(cash_waiting))
        .routes(routes!(cash))
        .routes(routes!(cash_again))
}
