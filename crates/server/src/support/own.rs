//! Own: what the desk stores about one request, for whoever has its number, and nobody else: the number is drawn by the holder's wallet
//! and travels sealed to this desk. What a holder wrote is forgotten at his wish.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use store::Fault;
use units::OrderId;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Centre, requests};
use crate::frame::{Json, Named, Problem, problem::Document};

/// Everything that is stored about a request.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OwnRequest {
    /// The request with its playback log, as its holder sent them and as far as they are still kept.
    #[serde(flatten)]
    pub kept: requests::One,
    /// For so many days the words and the log are kept.
    pub words_days: u64,
}

/// Everything this desk stores about a request, for whoever has its number.
#[utoipa::path(get, path = "/v1/own/{id}", tag = "own",
    params(("id" = String, Path, description = "The request's number, as the wallet has it")),
    responses((status = 200, body = OwnRequest),
        (status = 404, body = Document, content_type = "application/problem+json", description = "No such request")))]
async fn tell(State(desk): State<Arc<Centre>>, Named(id): Named<OrderId>) -> Result<Json<OwnRequest>, Problem> {
    Ok(Json(OwnRequest {
        kept: requests::look_at(&desk, id).await?,
        words_days: desk.keep_days,
    }))
}

/// Forgets the words and the playback log of a request at once, for whoever has its number. What was wrong and what was done stays.
#[utoipa::path(delete, path = "/v1/own/{id}", tag = "own",
    params(("id" = String, Path, description = "The request's number, as the wallet has it")),
    responses((status = 204, description = "Forgotten"),
        (status = 404, body = Document, content_type = "application/problem+json", description = "No such request")))]
async fn forget(State(desk): State<Arc<Centre>>, Named(id): Named<OrderId>) -> Result<StatusCode, Problem> {
    let known = desk
        .office
        .commit::<_, Fault>(move |support, tx, _, _| support.forget_request(tx, id.0))
        .await?;
    if known {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::nothing_here())
    }
}

pub(super) fn routes() -> OpenApiRouter<Arc<Centre>> {
    OpenApiRouter::new().routes(routes!(tell)).routes(routes!(forget))
}
