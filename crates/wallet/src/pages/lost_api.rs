//! A lost card, for programs of the same user: the recovery copy, the statement of a loss, and how it stands.

use std::sync::Arc;

use axum::{Json, Router, extract::State, routing::get};
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Desk,
    api::{Answer, Body, Shared, bytes, read, seat},
};
use crate::engine::LossNow;

pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/v1/recovery", get(copy).post(keep))
        .route("/v1/losses", get(losses).post(lost))
}

/// The recovery copy, sealed to the recovery code.
async fn copy(State(desk): Shared) -> Answer {
    let copy = seat(&desk)?.wallet.recovery_copy().await?;
    Ok(Json(json!({ "copy": BASE64URL_NOPAD.encode(&copy) })))
}

/// Leaves it with the issuer.
async fn keep(State(desk): Shared) -> Answer {
    let kept = seat(&desk)?.wallet.keep_recovery().await?;
    Ok(Json(json!({ "kept": true, "changed": kept })))
}

#[derive(Deserialize)]
struct Lost {
    code: String,
    copy: Option<String>,
}

/// Another card of this holder is lost: this one takes its place.
async fn lost(State(desk): Shared, body: Body<Lost>) -> Answer {
    let body = read(body)?;
    let copy = body.copy.as_deref().map(bytes).transpose()?;
    let wallet = &seat(&desk)?.wallet;
    let recovered = wallet.replace_lost(&card::RecoveryCode(body.code), copy).await?;
    let losses = wallet.losses().await;
    Ok(Json(json!({
        "licenses": recovered.play, "waiting": recovered.wait, "no_room": recovered.no_room,
        "losses": losses.iter().map(one).collect::<Vec<_>>(),
    })))
}

/// How the losses stand.
async fn losses(State(desk): Shared) -> Answer {
    let wallet = &seat(&desk)?.wallet;
    let losses = wallet.losses().await;
    let stopped = wallet.stopped().await.map(|at| at.to_string());
    Ok(Json(
        json!({ "stopped": stopped, "losses": losses.iter().map(one).collect::<Vec<_>>() }),
    ))
}

fn one(loss: &LossNow) -> Value {
    json!({
        "card": loss.loss.card.to_string(), "stopped": loss.loss.stopped.to_string(), "from": loss.loss.from.to_string(),
        "to_come": loss.to_come().to_string(), "open": loss.loss.open.to_string(), "back": loss.loss.back.to_string(),
        "waiting": loss.waiting,
    })
}
