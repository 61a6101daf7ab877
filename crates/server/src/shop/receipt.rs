//! Receipt: what was sold, by whom, with the tax by rate; as data and, in `pages`, for people. Whoever has the deal's id, 256
//! bits that only buyer and shop know, may read it.

use std::sync::Arc;

use axum::extract::State;
use face::{Day, Lang, Permille, Words};
use party::shop::{Sale, Shop};
use serde::{Deserialize, Serialize};
use store::Fault;
use units::DealId;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Stall, paid::Payers};
use crate::{
    frame::{Json, Named, Problem, problem::Document},
    money::Amount,
};

/// Programs are answered in English; people read the page.
const ENGLISH: Words = Words(Lang::En);

/// A numbered receipt.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Receipt {
    /// Its number, without gaps at this shop.
    pub number: u64,
    /// When, RFC 3339.
    pub at: String,
    /// Who sold.
    pub seller: String,
    /// Who sold, by id.
    pub seller_id: String,
    /// What was sold.
    pub title: String,
    /// Under which offer.
    pub offer: String,
    /// The content.
    pub content: String,
    /// Number within a numbered edition, from 1.
    pub serial: Option<u32>,
    /// What was paid, tax included.
    pub total: Amount,
    /// Tax by rate.
    pub taxes: Vec<TaxLine>,
    /// With what it was paid, in words.
    pub paid_with: String,
    /// The deal.
    pub deal: String,
    /// "given", or "handed back" with the day.
    pub state: String,
    /// What came back, if it was handed back.
    pub refunded: Option<Amount>,
    /// Where the buyer's own file is, if it was sealed for this sale alone.
    pub delivery: Option<String>,
}

/// Tax at one rate. Net and tax add up to the gross exactly.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TaxLine {
    /// The rate, as text.
    pub rate: String,
    /// Without tax.
    pub net: Amount,
    /// The tax.
    pub tax: Amount,
}

impl Receipt {
    fn of(shop: &Stall, deal: DealId, sale: &Sale, payers: &Payers, unique: bool) -> Self {
        let net = sale.price.minus(sale.tax).unwrap_or(sale.price);
        let handed_back = sale.refunded.as_ref();
        Self {
            number: sale.receipt,
            at: sale.at.to_string(),
            seller: shop.sign.name.clone(),
            seller_id: shop.sign.id.to_string(),
            title: sale.title.clone(),
            offer: sale.number.to_string(),
            content: sale.content.to_string(),
            serial: sale.serial.map(|serial| serial.saturating_add(1)),
            total: sale.price.into(),
            taxes: vec![TaxLine {
                rate: ENGLISH.show(Permille(sale.tax_permille)).plain(),
                net: net.into(),
                tax: sale.tax.into(),
            }],
            paid_with: paid_with(sale, payers),
            deal: deal.to_string(),
            state: handed_back.map_or("given".to_owned(), |r| {
                format!("handed back on {}", ENGLISH.show(Day(r.at)).plain())
            }),
            refunded: handed_back.map(|r| r.amount.into()),
            delivery: (unique && handed_back.is_none()).then(|| format!("/v1/deliveries/{deal}")),
        }
    }
}

/// With what it was paid, in one line.
fn paid_with(sale: &Sale, payers: &Payers) -> String {
    let parts = payers.parts(ENGLISH, &sale.paid);
    let parts: Vec<_> = parts.iter().map(face::Said::plain).collect();
    parts.join(", ")
}

/// Reads the receipt of a deal.
pub(super) async fn read(shop: &Stall, deal: DealId) -> Result<Receipt, Problem> {
    let found = shop
        .office
        .look::<_, Fault>(move |party: &Shop, view, _| {
            let Some(sale) = party.sale(view, deal)? else {
                return Ok(None);
            };
            let unique = party.listed(view, sale.offer)?.is_some_and(|shelf| shelf.work.unique);
            let payers = Payers::of(party, view, &sale.paid)?;
            Ok(Some((sale, payers, unique)))
        })
        .await?;
    let (sale, payers, unique) = found.ok_or_else(Problem::nothing_here)?;
    Ok(Receipt::of(shop, deal, &sale, &payers, unique))
}

/// The receipt of a deal, for whoever has its id.
#[utoipa::path(get, path = "/v1/receipts/{deal}", tag = "receipts", params(("deal" = String, Path, description = "The deal's id")),
    responses((status = 200, body = Receipt), (status = 404, body = Document, content_type = "application/problem+json")))]
async fn receipt(State(shop): State<Arc<Stall>>, Named(deal): Named<DealId>) -> Result<Json<Receipt>, Problem> {
    Ok(Json(read(&shop, deal).await?))
}

pub(super) fn routes() -> OpenApiRouter<Arc<Stall>> {
    OpenApiRouter::new().routes(routes!(receipt))
}
