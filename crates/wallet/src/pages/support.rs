//! Support, for programs: the playback log's way to the publisher's support desk. What is shown is what is sent, and nothing
//! is sent that its holder did not agree to, or a program of his on his behalf.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{State, rejection::JsonRejection},
    http::StatusCode,
    routing::{get, post},
};
use data_encoding::HEXLOWER;
use deal::support::Trouble;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Desk, problem::Problem};
use crate::engine::{Draft, HelpWanted, Sent};

type Shared = State<Arc<Desk>>;
type Answer = Result<Json<Value>, Problem>;
type Body<T> = Result<Json<T>, JsonRejection>;

/// Addresses for programs.
pub(super) fn api() -> Router<Arc<Desk>> {
    Router::new()
        .route("/v1/support", get(sent))
        .route("/v1/support/draft", post(draft))
        .route("/v1/support/send", post(send))
        .route("/v1/support/again", post(again))
        .route("/v1/quote/unlock", post(quote_unlock))
        .route("/v1/pay/cash", post(pay_cash))
}

fn bad(code: &str, text: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, code, text)
}

fn read<T>(body: Body<T>) -> Result<T, Problem> {
    body.map(|Json(value)| value)
        .map_err(|no| bad("body-malformed", &no.body_text()))
}

fn trouble(word: Option<&str>) -> Result<Option<Trouble>, Problem> {
    let Some(word) = word.filter(|w| !w.is_empty()) else {
        return Ok(None);
    };
    let words = || Trouble::ALL.map(Trouble::word).join(", ");
    let found = Trouble::named(word);
    found
        .map(Some)
        .ok_or_else(|| bad("trouble-unknown", &format!("what is wrong is one of: {}", words())))
}

pub(super) fn id(text: &str) -> Option<[u8; 16]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// Everything that would be sent, for programs: nothing is left out but seals.
fn shown(draft: &Draft) -> Value {
    let sheet = &draft.sheet;
    let noted: Vec<Value> = sheet
        .noted
        .iter()
        .map(|n| {
            json!({
                "at": n.at.to_string(), "step": format!("{:?}", n.step).to_lowercase(), "content": n.content.to_string(),
                "license": n.license.to_string(), "play": n.play, "from": n.from, "to": n.to, "code": n.code,
            })
        })
        .collect();
    json!({
        "id": HEXLOWER.encode(&draft.id), "desk": draft.desk.to_string(), "desk_name": draft.desk_name,
        "title": draft.title,
        "asks": draft.seller.as_ref().map(|(id, name)| json!({"seller": id.to_string(), "name": name})),
        "sends": {
            "at": sheet.at.to_string(), "publisher": sheet.publisher.to_string(), "trouble": sheet.trouble.word(),
            "content": sheet.content.map(|c| c.to_string()), "code": sheet.code, "words": sheet.words, "log": noted,
        },
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    what: String,
    trouble: Option<String>,
    #[serde(default)]
    words: String,
}

async fn draft(State(desk): Shared, body: Body<Wanted>) -> Answer {
    let wanted = read(body)?;
    let wanted = HelpWanted {
        trouble: trouble(wanted.trouble.as_deref())?,
        what: wanted.what,
        words: wanted.words,
    };
    let seat = desk.open().ok_or_else(Problem::no_card)?;
    let lines = seat.player.log().lines();
    Ok(Json(shown(&seat.wallet.draft_support(&lines, &wanted).await?)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Agreed {
    id: String,
    /// The holder has seen all of it and agrees.
    #[serde(default)]
    agreed: bool,
}

async fn send(State(desk): Shared, body: Body<Agreed>) -> Answer {
    let body = read(body)?;
    let id = id(&body.id).ok_or_else(Problem::not_found)?;
    let wallet = desk.open().ok_or_else(Problem::no_card)?.wallet;
    Ok(Json(told(&wallet.send_support(&id, body.agreed).await?)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneRequest {
    id: String,
}

async fn again(State(desk): Shared, body: Body<OneRequest>) -> Answer {
    let id = read(body)?.id;
    let wallet = desk.open().ok_or_else(Problem::no_card)?.wallet;
    Ok(Json(told(&wallet.support_again(&id).await?)))
}

async fn sent(State(desk): Shared) -> Answer {
    let wallet = desk.open().ok_or_else(Problem::no_card)?.wallet;
    let all: Vec<Value> = wallet.support_sent().iter().map(told).collect();
    Ok(Json(json!({ "requests": all })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnlockBody {
    license: String,
    /// Unlocked first, paid then.
    #[serde(default)]
    ahead: bool,
}

/// What unlocking a locked copy costs, and at which centre: to be agreed to as any quote.
async fn quote_unlock(State(desk): Shared, body: Body<UnlockBody>) -> Answer {
    let body = read(body)?;
    let license = body.license.parse().map_err(|_| Problem::not_found())?;
    let wallet = desk.open().ok_or_else(Problem::no_card)?.wallet;
    let checked = wallet.quote_unlock(license, body.ahead).await?;
    super::api::shown(&desk, checked).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CashBody {
    quote: String,
    pin: String,
}

/// Agrees to pay a quote in cash at the giver's counter, under the order it names. Nothing leaves the purse.
async fn pay_cash(State(desk): Shared, body: Body<CashBody>) -> Answer {
    let body = read(body)?;
    let hash = body.quote.parse().map_err(|_| Problem::not_found())?;
    let wallet = desk.open().ok_or_else(Problem::no_card)?.wallet;
    let quote = desk.quote(hash).ok_or_else(Problem::not_found)?;
    let (want, order) = crate::engine::in_cash(&quote).ok_or_else(Problem::not_found)?;
    let deal = desk
        .pay_once(&wallet, hash, body.pin, want)
        .await
        .ok_or_else(Problem::not_found)??;
    let done = wallet.see_through(deal).await;
    super::confirm::after_deal(&wallet, &done).await;
    Ok(Json(
        json!({ "order": order.to_string(), "deal": super::api::outcome(&done) }),
    ))
}

/// A request with what came back, for programs.
fn told(sent: &Sent) -> Value {
    json!({
        "id": sent.id, "at": sent.at, "desk": sent.desk, "desk_name": sent.desk_name, "title": sent.title,
        "trouble": sent.trouble, "notes": sent.notes, "stage": sent.stage, "waits": sent.waits,
        "advice": sent.advice, "finding": sent.finding, "repairs": sent.repairs,
    })
}
