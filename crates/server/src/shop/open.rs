//! Open orders: a kiosk asks for a quote that whoever pays first takes, and follows what became of it by its order.

use std::sync::Arc;

use axum::extract::State;
use party::shop::AskRefused;
use serde::{Deserialize, Serialize};
use store::Fault;
use units::{OfferNo, OrderId};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::Stall;
use crate::{
    frame::{Json, Message, Named, Problem, problem::Document, seed},
    verbs::Binary,
};

/// What became of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Fate {
    /// The deal it was given to; absent: to nobody so far.
    pub deal: Option<String>,
}

/// An open quote for an offer: for whoever shows it to a card; the first payment takes it. Writes nothing.
#[utoipa::path(get, path = "/v1/offers/{number}/open", tag = "shelf", params(("number" = String, Path, description = "Offer number")),
    responses((status = 200, body = Binary, content_type = "application/cbor"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "There is no quote")))]
async fn open(State(shop): State<Arc<Stall>>, Named(number): Named<OfferNo>) -> Result<Message, Problem> {
    let seed = seed()?;
    let quote = shop
        .office
        .look::<_, AskRefused>(move |shop, view, now| shop.open_quote(view, number, now, &seed))
        .await?;
    Ok(quote.into())
}

/// What became of an order whose number one knows. Nobody guesses one: 128 random bits.
#[utoipa::path(get, path = "/v1/orders/{order}", tag = "shelf", params(("order" = String, Path, description = "Order number, as the quote has it")),
    responses((status = 200, body = Fate), (status = "4XX", body = Document, content_type = "application/problem+json")))]
async fn fate(State(shop): State<Arc<Stall>>, Named(order): Named<OrderId>) -> Result<Json<Fate>, Problem> {
    let deal = shop
        .office
        .look::<_, Fault>(move |shop, view, _| shop.bought_by(view, order))
        .await?;
    Ok(Json(Fate {
        deal: deal.map(|deal| deal.to_string()),
    }))
}

pub(super) fn routes() -> OpenApiRouter<Arc<Stall>> {
    OpenApiRouter::new().routes(routes!(open)).routes(routes!(fate))
}
