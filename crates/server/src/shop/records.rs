//! Records over the API: what was sold against charges, and whether its money has come (ST-5). The operator's: what is
//! unsettled, what is overdue, what was settled and by what, and money that came in and belongs to nothing.

use std::sync::Arc;

use axum::{extract::State, http::HeaderMap};
use party::shop::{HadPaid, Settled, SettledBy, Shop, TakenBack, Unmatched, Unsettled};
use serde::{Deserialize, Serialize};
use store::{Fault, View};
use units::{Moment, Money, OrderId, TransferId};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::Stall;
use crate::{
    frame::{
        Asked, Json, Problem,
        limits::{PAGE_DEFAULT, PAGE_MAX},
        problem::Document,
    },
    money::Amount,
};

/// Records of sales against charges.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Records {
    /// Given, and not paid for yet; by charge.
    pub unsettled: Vec<Record>,
    /// Paid, cleared or handed back; by charge.
    pub settled: Vec<Record>,
    /// Money that came in and belongs to no record.
    pub unmatched: Vec<UnmatchedLine>,
    /// Money that the bank took back.
    pub taken_back: Vec<TakenBackLine>,
    /// Give these back as `after` for the next page; absent at the end.
    pub after: Option<String>,
}

/// One record.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Record {
    /// The charge: what a transfer's reference names.
    pub charge: String,
    /// The sale's deal.
    pub deal: String,
    /// Offer number.
    pub offer: String,
    /// The tag the license went to.
    pub address: String,
    /// Who shall pay, or has paid.
    pub payer: String,
    /// How much.
    pub amount: Amount,
    /// When the license was given.
    pub at: String,
    /// Has it waited for longer than this shop lets it?
    pub overdue: bool,
    /// Was its money here before, and did the bank take it back?
    pub reopened: bool,
    /// When it was settled.
    pub settled: Option<String>,
    /// By what: `transfer`, `cleared`, `handed-back`, or `given-back`: by the payer, before it paid.
    pub by: Option<String>,
    /// The transfer, or the deal.
    pub reference: Option<String>,
    /// What its payer gave back to the buyer, and set off in what it paid.
    pub given_back: Option<Amount>,
}

/// Money that belongs to nothing.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UnmatchedLine {
    /// The transfer.
    pub transfer: String,
    /// How much.
    pub amount: Amount,
    /// What its order said it is for.
    pub reference: String,
    /// When the bank booked it.
    pub at: String,
    /// `no-record`, `settled-before`, `other-amount` or `not-its-payer`.
    pub why: String,
}

impl Record {
    fn open((charge, was): ([u8; 16], Unsettled), overdue: bool, reopened: bool) -> Self {
        Self {
            charge: OrderId(charge).to_string(),
            deal: was.deal.to_string(),
            offer: was.number.to_string(),
            address: was.address.to_string(),
            payer: was.payer.to_string(),
            amount: was.amount.into(),
            at: was.at.to_string(),
            overdue,
            reopened,
            settled: None,
            by: None,
            reference: None,
            given_back: None,
        }
    }
    fn closed((charge, settled): ([u8; 16], Settled), back: Money, reopened: bool) -> Self {
        let (by, reference) = match settled.by {
            SettledBy::Transfer(id) => ("transfer", id.to_string()),
            SettledBy::Cleared(deal) => ("cleared", deal.to_string()),
            SettledBy::HandedBack(deal) => ("handed-back", deal.to_string()),
            SettledBy::GivenBack(id) => ("given-back", id.to_string()),
        };
        Self {
            settled: Some(settled.at.to_string()),
            by: Some(by.to_owned()),
            reference: Some(reference),
            given_back: (!back.is_zero()).then(|| back.into()),
            ..Self::open((charge, settled.was), false, reopened)
        }
    }
}

/// Money that the bank took back.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TakenBackLine {
    /// The entry that took it.
    pub entry: String,
    /// How much.
    pub amount: Amount,
    /// What the entry says.
    pub reference: String,
    /// When the bank booked it.
    pub at: String,
    /// What it had paid: `record`, which is unsettled again; `nobody`; or `unknown`: nothing of this amount came in, and the
    /// bank has to be asked.
    pub had_paid: String,
    /// That record's charge.
    pub charge: Option<String>,
}

impl TakenBackLine {
    fn of((name, row): (TransferId, TakenBack)) -> Self {
        let charge = match row.had_paid {
            HadPaid::Record(charge) => Some(OrderId(charge).to_string()),
            _ => None,
        };
        Self {
            entry: name.to_string(),
            amount: row.amount.into(),
            reference: row.reference,
            at: row.at.to_string(),
            had_paid: row.had_paid.word().to_owned(),
            charge,
        }
    }
}

impl UnmatchedLine {
    fn of((id, row): (TransferId, Unmatched)) -> Self {
        Self {
            transfer: id.to_string(),
            amount: row.amount.into(),
            reference: row.reference,
            at: row.at.to_string(),
            why: row.why.code().to_owned(),
        }
    }
}

/// Which records.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Search {
    /// Where the page before ended.
    after: Option<String>,
    /// At most so many of each, up to 200.
    limit: Option<u32>,
}

/// Where the page before ended in each of the four lists, in the order in which [`Records`] has them.
#[derive(Debug, Clone, Copy, Default)]
struct After([Option<[u8; 16]>; 4]);

impl std::str::FromStr for After {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut after = Self::default();
        let mut parts = text.split('.');
        for place in &mut after.0 {
            *place = match parts.next().ok_or(())? {
                "" => None,
                id => Some(id.parse::<OrderId>().map_err(drop)?.0),
            };
        }
        if parts.next().is_some() { Err(()) } else { Ok(after) }
    }
}

impl std::fmt::Display for After {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let part = |id: Option<[u8; 16]>| id.map_or(String::new(), |id| OrderId(id).to_string());
        f.write_str(&self.0.map(part).join("."))
    }
}

impl Search {
    /// Where to go on; nothing: it is not from a page of this shop.
    fn after(&self) -> Option<After> {
        match &self.after {
            Some(text) => text.parse().ok(),
            None => Some(After::default()),
        }
    }
}

/// What was sold against charges, and whether its money has come.
#[utoipa::path(get, path = "/v1/records", tag = "operator", params(Search), responses((status = 200, body = Records),
    (status = "4XX", body = Document, content_type = "application/problem+json")))]
async fn records(
    State(shop): State<Arc<Stall>>,
    headers: HeaderMap,
    Asked(search): Asked<Search>,
) -> Result<Json<Records>, Problem> {
    shop.operators.check(&headers)?;
    let limit = search.limit.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_MAX) as usize;
    let after = search.after().ok_or_else(Problem::nothing_here)?;
    let found = shop
        .office
        .look::<_, Fault>(move |party, view, now| page(party, view, after, limit, now))
        .await?;
    Ok(Json(found))
}

fn page(shop: &Shop, view: &mut dyn View, before: After, limit: usize, now: Moment) -> Result<Records, Fault> {
    let After([open, closed, money, back]) = before;
    let unsettled = shop.all_unsettled(view, open, limit)?;
    let settled = shop.all_settled(view, closed, limit)?;
    let unmatched = shop.all_unmatched(view, money.map(TransferId), limit)?;
    let taken_back = shop.all_taken_back(view, back.map(TransferId), limit)?;
    let lens = [unsettled.len(), settled.len(), unmatched.len(), taken_back.len()];
    let after = lens.contains(&limit).then(|| {
        let after = After([
            unsettled.last().map(|(id, _)| *id).or(open),
            settled.last().map(|(id, _)| *id).or(closed),
            unmatched.last().map(|(id, _)| id.0).or(money),
            taken_back.last().map(|(id, _)| id.0).or(back),
        ]);
        after.to_string()
    });
    let overdue = now.less(shop.config().overdue);
    Ok(Records {
        unsettled: unsettled
            .into_iter()
            .map(|row| {
                let late = row.1.at < overdue;
                let reopened = shop.is_reopened(view, row.0)?;
                Ok(Record::open(row, late, reopened))
            })
            .collect::<Result<_, Fault>>()?,
        settled: settled
            .into_iter()
            .map(|row| {
                let back = shop.given_back(view, row.0)?;
                let reopened = shop.is_reopened(view, row.0)?;
                Ok(Record::closed(row, back, reopened))
            })
            .collect::<Result<_, Fault>>()?,
        unmatched: unmatched.into_iter().map(UnmatchedLine::of).collect(),
        taken_back: taken_back.into_iter().map(TakenBackLine::of).collect(),
        after,
    })
}

/// What a document of the bank brought.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DocumentTaken {
    /// Entries into the account that were told for the first time: each settles its record, or waits for people.
    pub new: u32,
    /// Entries that were known.
    pub known: u32,
    /// Entries that took back what had come in, told for the first time: what that settled is unsettled again.
    pub back: u32,
    /// Other entries out of the account.
    pub out: u32,
}

/// Takes a document of the bank: a notice (camt.054.001.08) or a period (camt.053.001.08). The same again changes nothing. The
/// operator's.
#[utoipa::path(post, path = "/v1/bank/documents", tag = "operator", request_body(content = String, content_type = "application/xml"),
    responses((status = 200, body = DocumentTaken),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn document(
    State(shop): State<Arc<Stall>>,
    headers: HeaderMap,
    body: bytes::Bytes,
) -> Result<Json<DocumentTaken>, Problem> {
    shop.operators.check(&headers)?;
    let taken = shop
        .office
        .commit::<_, party::shop::StatementRefused>(move |shop, tx, now, _| shop.take_statement(tx, &body, now))
        .await?;
    Ok(Json(DocumentTaken {
        new: taken.new,
        known: taken.known,
        back: taken.back,
        out: taken.out,
    }))
}

pub(super) fn routes() -> OpenApiRouter<Arc<Stall>> {
    OpenApiRouter::new().routes(routes!(records)).routes(routes!(document))
}
