//! Stored: everything this shop stores about one purchase, for whoever has the deal's id (256 bits that only buyer and shop know); and
//! the buyer's number taken out of it. The books keep the sale, which is about nobody from then on.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};
use data_encoding::HEXLOWER;
use party::shop;
use serde::{Deserialize, Serialize};
use store::Fault;
use units::{DealId, OrderId};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Stall, receipt};
use crate::{
    frame::{Json, Named, Problem, problem::Document},
    money::Amount,
};

/// Everything that is stored about a purchase.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AboutPurchase {
    /// Its receipt.
    pub receipt: receipt::Receipt,
    /// The order's number.
    pub order: String,
    /// The license's name, if one was given.
    pub license: Option<String>,
    /// The one-time tag of the card that paid.
    pub tag: String,
    /// The slip that was paid with, by its hash.
    pub slip: Option<String>,
    /// The charge that pays it, if one does.
    pub charge: Option<AboutCharge>,
    /// Who owes this shop what was approved, if it was bought by approval.
    pub approval: Option<AboutApproval>,
    /// The medium that paid, by the name payments give it.
    pub medium: Option<String>,
    /// The number by which only this shop knows the card again; absent when it was forgotten.
    pub buyer: Option<String>,
    /// How often the license was made out anew to other keys of its holder.
    pub made_out: u32,
    /// Does it wait for people to look at it?
    pub waits: bool,
    /// Is the answer to the payment kept, to be said again word for word? It is sealed to the card's tag.
    pub decision: bool,
    /// After so many days the buyer's number goes by itself. Absent: not by itself.
    pub buyer_days: Option<u64>,
}

/// A charge that pays a purchase.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AboutCharge {
    /// Its id: the one on the card, and in the reference of the transfer.
    pub charge: String,
    /// The carrier or bank that pays it, by id.
    pub payer: String,
    /// How much.
    pub amount: Amount,
    /// Does this shop wait for its money?
    pub unsettled: bool,
    /// When it was settled, RFC 3339.
    pub settled: Option<String>,
}

/// An approval that pays a purchase. Which one it was is not kept.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AboutApproval {
    /// The approver, or whoever settles for this shop, by id.
    pub by: String,
    /// How much.
    pub amount: Amount,
}

/// What is stored about a purchase.
pub(super) async fn read(stall: &Stall, deal: DealId) -> Result<AboutPurchase, Problem> {
    let found = stall
        .office
        .look::<_, Fault>(move |party: &shop::Shop, view, _| party.about_purchase(view, deal))
        .await?;
    let found = found.ok_or_else(Problem::nothing_here)?;
    let sale = found.sale;
    let charge = sale.paid.charged.map(|charged| AboutCharge {
        charge: OrderId(charged.charge).to_string(),
        payer: charged.by.to_string(),
        amount: charged.amount.into(),
        unsettled: found.unsettled.is_some(),
        settled: found.settled.map(|settled| settled.at.to_string()),
    });
    let approval = sale.paid.approved.map(|approved| AboutApproval {
        by: approved.by.to_string(),
        amount: approved.amount.into(),
    });
    Ok(AboutPurchase {
        charge,
        approval,
        medium: sale.paid.medium.map(|medium| HEXLOWER.encode(&medium.name)),
        receipt: receipt::read(stall, deal).await?,
        order: sale.order.to_string(),
        license: sale.license.map(|license| license.to_string()),
        tag: sale.receiver.to_string(),
        slip: sale.slip.map(|slip| slip.to_string()),
        buyer: sale.buyer.map(|buyer| HEXLOWER.encode(&buyer)),
        made_out: found.made_out,
        waits: found.waits,
        decision: found.decision,
        buyer_days: stall.keeping.buyers_days,
    })
}

/// Takes the buyer's number out of a sale. One that has none is not changed.
pub(super) async fn forget_buyer(stall: &Stall, deal: DealId) -> Result<(), Problem> {
    let known = stall
        .office
        .commit::<_, Fault>(move |party, tx, _, _| {
            let known = party.sale(tx, deal)?.is_some();
            party.forget_buyer(tx, deal)?;
            Ok(known)
        })
        .await?;
    known.then_some(()).ok_or_else(Problem::nothing_here)
}

/// Everything that is stored about a purchase, for whoever has its deal's id.
#[utoipa::path(get, path = "/v1/receipts/{deal}/data", tag = "receipts", params(("deal" = String, Path, description = "The deal's id")),
    responses((status = 200, body = AboutPurchase), (status = 404, body = Document, content_type = "application/problem+json")))]
async fn tell(State(stall): State<Arc<Stall>>, Named(deal): Named<DealId>) -> Result<Json<AboutPurchase>, Problem> {
    Ok(Json(read(&stall, deal).await?))
}

/// Takes the buyer's number out of a purchase, for whoever has its deal's id. From then on the sale belongs to nobody.
#[utoipa::path(delete, path = "/v1/receipts/{deal}/data", tag = "receipts", params(("deal" = String, Path, description = "The deal's id")),
    responses((status = 204, description = "It is not there, now or from before"), (status = 404, body = Document, content_type = "application/problem+json")))]
async fn forget(State(stall): State<Arc<Stall>>, Named(deal): Named<DealId>) -> Result<StatusCode, Problem> {
    forget_buyer(&stall, deal).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn routes() -> OpenApiRouter<Arc<Stall>> {
    OpenApiRouter::new().routes(routes!(tell)).routes(routes!(forget))
}
