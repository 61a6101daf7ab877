//! Sales over the API: the history of what was sold, found by buyer, content and time (SD-3). The operator's.

use std::sync::Arc;

use axum::{extract::State, http::HeaderMap};
use data_encoding::HEXLOWER;
use party::shop::{Sale, SalesFilter};
use serde::{Deserialize, Serialize};
use store::Fault;
use units::{ContentId, DealId, Moment};
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

/// A page of sales.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Sales {
    /// The newest first.
    pub sales: Vec<SoldLine>,
    /// Give this back as `before` for the next page; absent at the end.
    pub before: Option<String>,
}

/// One sale.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SoldLine {
    /// Its deal.
    pub deal: String,
    /// Number of its receipt.
    pub receipt: u64,
    /// Offer number.
    pub offer: String,
    /// Content.
    pub content: String,
    /// Title then.
    pub title: String,
    /// Price.
    pub price: Amount,
    /// Tax in it.
    pub tax: Amount,
    /// The number by which this shop knows the buyer again.
    pub buyer: Option<String>,
    /// When.
    pub at: String,
    /// Was it handed back?
    pub refunded: bool,
}

impl SoldLine {
    fn of(deal: DealId, sale: Sale) -> Self {
        Self {
            deal: deal.to_string(),
            receipt: sale.receipt,
            offer: sale.number.to_string(),
            content: sale.content.to_string(),
            title: sale.title,
            price: sale.price.into(),
            tax: sale.tax.into(),
            buyer: sale.buyer.map(|b| HEXLOWER.encode(&b)),
            at: sale.at.to_string(),
            refunded: sale.refunded.is_some(),
        }
    }
}

/// Which sales.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Search {
    /// Only this buyer's: 32 hexadecimal digits.
    buyer: Option<String>,
    /// Only of this content.
    content: Option<String>,
    /// From this moment, in milliseconds since 1970.
    from: Option<u64>,
    /// Before this moment, in milliseconds since 1970.
    until: Option<u64>,
    /// Where the page before ended.
    before: Option<String>,
    /// At most so many, up to 200.
    limit: Option<u32>,
}

impl Search {
    fn filter(&self) -> Option<SalesFilter> {
        let buyer = match &self.buyer {
            Some(text) => Some(HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()?),
            None => None,
        };
        let content = match &self.content {
            Some(text) => Some(text.parse::<ContentId>().ok()?),
            None => None,
        };
        Some(SalesFilter {
            buyer,
            content,
            from: self.from.map(Moment),
            until: self.until.map(Moment),
        })
    }
    fn before(&self) -> Option<Option<(Moment, DealId)>> {
        let Some(text) = &self.before else { return Some(None) };
        let (at, deal) = text.split_once('.')?;
        Some(Some((Moment(at.parse().ok()?), deal.parse().ok()?)))
    }
}

/// What was sold.
#[utoipa::path(get, path = "/v1/sales", tag = "operator", params(Search), responses((status = 200, body = Sales),
    (status = "4XX", body = Document, content_type = "application/problem+json")))]
async fn sales(
    State(shop): State<Arc<Stall>>,
    headers: HeaderMap,
    Asked(search): Asked<Search>,
) -> Result<Json<Sales>, Problem> {
    shop.operators.check(&headers)?;
    let limit = search.limit.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_MAX) as usize;
    let (filter, before) = search.filter().zip(search.before()).ok_or_else(Problem::nothing_here)?;
    let found = shop
        .office
        .look::<_, Fault>(move |party, view, _| party.sales(view, filter, before, limit))
        .await?;
    let last = found.last().filter(|_| found.len() == limit);
    let before = last.map(|(deal, sale)| format!("{}.{deal}", sale.at.0));
    Ok(Json(Sales {
        sales: found.into_iter().map(|(deal, sale)| SoldLine::of(deal, sale)).collect(),
        before,
    }))
}

pub(super) fn routes() -> OpenApiRouter<Arc<Stall>> {
    OpenApiRouter::new().routes(routes!(sales))
}
