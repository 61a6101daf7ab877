//! Batches: what a press made comes to be known here, by its one file (CM-1). The file is sealed to this server and signed by
//! whoever pressed: on its way it is bytes, and no key crosses in the clear.

use std::sync::Arc;

use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::{
    Desk,
    staff::{By, Make},
};
use crate::{
    frame::{Json, Message, Problem, problem::Document},
    verbs::Binary,
};

/// A batch that is known now.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TakenBatch {
    /// Its id.
    pub batch: String,
    /// How many pieces.
    pub count: u32,
}

/// Takes in the file of a batch of media, cards, players or drives. The same file again changes nothing.
#[utoipa::path(post, path = "/v1/batches", tag = "production",
    request_body(content = Binary, content_type = "application/cbor"),
    responses((status = 200, body = TakenBatch),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
pub(super) async fn batches(
    State(desk): State<Arc<Desk>>,
    by: By<Make>,
    Message(file): Message,
) -> Result<Json<TakenBatch>, Problem> {
    Ok(Json(take(&desk, &by, file).await?))
}

/// The same for the page.
pub(super) async fn take(desk: &Desk, by: &By<Make>, file: bytes::Bytes) -> Result<TakenBatch, Problem> {
    let hand = by.0.hand();
    let (batch, count) = desk
        .office
        .commit(move |server, tx, now, _| server.take_batch(tx, &hand, &file, now))
        .await?;
    Ok(TakenBatch {
        batch: batch.to_string(),
        count,
    })
}
