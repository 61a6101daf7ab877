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
        .route("/v1/data", get(data).post(forget))
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

/// Everything the issuer stores about this card.
async fn data(State(desk): Shared) -> Answer {
    let about = seat(&desk)?.wallet.told_by_issuer().await?;
    let payments = about.payments.iter().map(|line| {
        json!({
            "number": line.pay_no, "at": line.at.to_string(), "amount": line.amount.to_string(),
            "payee": line.payee.to_string(), "work": line.title.to_string(),
        })
    });
    Ok(Json(json!({
        "card": about.card.to_string(), "since": about.since.to_string(), "tags": about.tags,
        "account": about.account.map(|(bank, _)| bank.to_string()), "held": about.held.to_string(),
        "waits": about.waits.to_string(), "payments": payments.collect::<Vec<_>>(),
        "copy": about.copy.map(|(at, bytes)| json!({ "at": at.to_string(), "bytes": bytes })),
    })))
}

/// The issuer forgets what it keeps for this card alone.
async fn forget(State(desk): Shared) -> Answer {
    seat(&desk)?.wallet.forget_at_issuer().await?;
    Ok(Json(json!({ "forgotten": true })))
}

fn one(loss: &LossNow) -> Value {
    json!({
        "card": loss.loss.card.to_string(), "stopped": loss.loss.stopped.to_string(), "from": loss.loss.from.to_string(),
        "to_come": loss.to_come().to_string(), "open": loss.loss.open.to_string(), "back": loss.loss.back.to_string(),
        "waiting": loss.waiting,
    })
}
