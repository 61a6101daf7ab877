//! The telephone bill for programs of the same user: what is owed, who pays, requests as letters that anybody may carry.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    routing::{get, post},
};
use card::ChargeHeard;
use data_encoding::BASE64URL_NOPAD;
use deal::charge::WhyRefused;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Desk,
    api::{Answer, Body, Shared, bytes, parse, read, seat, shown},
    problem::Problem,
};

pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/v1/bill", get(show))
        .route("/v1/bill/payer", post(payer))
        .route("/v1/bill/ask", post(ask))
        .route("/v1/bill/letter", post(letter))
        .route("/v1/bill/answer", post(answer))
        .route("/v1/quote/clear", post(clear))
}

async fn show(State(desk): Shared) -> Answer {
    let wallet = seat(&desk)?.wallet;
    let credit = wallet.credit().await;
    let owed = wallet.owed().await;
    let owed: Vec<Value> = owed
        .iter()
        .map(|due| {
            json!({
                "license": due.owing.license.to_string(), "title": due.owing.title, "amount": due.owing.amount.to_string(),
                "payer": due.owing.payer.to_string(), "payer_name": due.payer, "seller": due.owing.seller.to_string(),
                "seller_name": due.seller, "at": due.owing.at.to_string(), "plays_left": due.owing.plays_left,
                "refused": due.owing.refused, "why": due.why.map(WhyRefused::code),
            })
        })
        .collect();
    let mut payers = Vec::new();
    for payer in wallet.payers().await {
        let key = wallet.contract_key(payer.id).await;
        payers.push(
            json!({ "payer": payer.id.to_string(), "name": payer.name, "chosen": payer.chosen, "bank": payer.is_bank, "contract_key": key }),
        );
    }
    Ok(Json(json!({
        "owed": owed, "payers": payers,
        "credit": {
            "count": credit.count.0, "count_max": credit.count.1, "sum": credit.sum.0.to_string(),
            "sum_max": credit.sum.1.to_string(), "plays": credit.plays,
        },
    })))
}

#[derive(Deserialize)]
struct Chosen {
    payer: String,
    pays: bool,
}

async fn payer(State(desk): Shared, body: Body<Chosen>) -> Answer {
    let body = read(body)?;
    seat(&desk)?.wallet.choose_payer(parse(&body.payer)?, body.pays).await?;
    Ok(Json(json!({})))
}

async fn ask(State(desk): Shared) -> Answer {
    let waiting = seat(&desk)?.wallet.send_charges().await;
    Ok(Json(json!({ "waiting": waiting })))
}

#[derive(Deserialize)]
struct Which {
    license: String,
}

/// The charge for a license as it travels: the same bytes however often, sealed to its payer.
async fn letter(State(desk): Shared, body: Body<Which>) -> Answer {
    let (wallet, license) = (seat(&desk)?.wallet, parse(&read(body)?.license)?);
    let owed = wallet.owed().await;
    let due = owed
        .iter()
        .find(|due| due.owing.license == license)
        .ok_or_else(Problem::not_found)?;
    let letter = wallet.charge_letter(license, due.owing.payer).await?;
    Ok(Json(
        json!({ "payer": due.owing.payer.to_string(), "letter": BASE64URL_NOPAD.encode(&letter) }),
    ))
}

#[derive(Deserialize)]
struct Answered {
    answer: String,
}

async fn answer(State(desk): Shared, body: Body<Answered>) -> Answer {
    let answer = bytes(&read(body)?.answer)?;
    let heard = seat(&desk)?.wallet.hear_charge(answer).await?;
    Ok(Json(match heard {
        ChargeHeard::Paid(license) => json!({ "heard": "paid", "license": license.to_string() }),
        ChargeHeard::Refused(license, why) => {
            json!({ "heard": "refused", "license": license.to_string(), "why": why.map(WhyRefused::code) })
        }
        ChargeHeard::Nothing => json!({ "heard": "known" }),
        ChargeHeard::Contradicted => json!({ "heard": "contradicted" }),
    }))
}

async fn clear(State(desk): Shared, body: Body<Which>) -> Answer {
    let license = parse(&read(body)?.license)?;
    let checked = seat(&desk)?.wallet.quote_clear(license).await?;
    shown(&desk, checked).await
}
