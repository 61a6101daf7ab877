//! API of loans: paired devices and who is let in, lending and taking back, as JSON. Both a wallet and a player answer it.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use courier::{Letter, Stage};
use serde::Deserialize;
use serde_json::{Value, json};
use units::{LicenseId, Span, Tag};

use super::{
    Desk,
    api::{Answer, Body, Shared, parse, read, seat},
    hand_api::{Came, address, shown},
    problem::Problem,
};
use crate::{
    Wallet,
    engine::{LoanHeard, LoanNews, LoanRefused, LoanWant, Loaned, Mate, Reply},
    hand::PAIRING,
    player::{Converting, converter_here},
};

pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/v1/pairs", get(pairs).post(pair))
        .route("/v1/pairs/sheet", post(sheet))
        .route("/v1/pairs/agree", post(agree))
        .route("/v1/pairs/allow", post(allow))
        .route("/v1/lend", post(lend))
        .route("/v1/return", post(give_back))
        .route("/v1/loans/call", post(call))
        .route("/v1/loans/convert", post(convert))
        .route("/v1/loans/give-up", post(give_up))
}

fn mate(mate: &Mate) -> Value {
    let loan = |loan: &crate::engine::Borrowing| {
        json!({
            "loan": loan.loan.to_string(), "license": loan.of.to_string(), "content": loan.content.to_string(), "title": loan.title,
            "plays": loan.rights.plays, "until": loan.rights.until.map(|m| m.to_string()), "since": loan.since.to_string(),
        })
    };
    json!({
        "pair": mate.pair.to_string(), "name": mate.name, "allowed": mate.allowed, "is": if mate.is_player { "player" } else { "wallet" },
        "device": mate.device.to_string(), "since": mate.since.to_string(), "open": mate.open,
        "loans": mate.loans.iter().map(loan).collect::<Vec<_>>(),
    })
}

async fn pairs(State(desk): Shared) -> Answer {
    let wallet = seat(&desk)?.wallet;
    let all = wallet.mates().await;
    let waiting = wallet.pairings().into_iter();
    let waiting = waiting.map(|(name, _, from)| {
        let at = from.as_ref().map(|reply| reply.address.to_string());
        json!({"pairing": name.to_string(), "from": from.and_then(|r| r.name), "at": at})
    });
    Ok(Json(json!({
        "name": wallet.device_name(), "is": if wallet.is_player() { "player" } else { "wallet" },
        "pairs": all.iter().map(mate).collect::<Vec<_>>(), "waiting": waiting.collect::<Vec<_>>(),
    })))
}

async fn sheet(State(desk): Shared) -> Answer {
    let letter = seat(&desk)?.wallet.pairing_sheet().await?;
    Ok(Json(shown(&letter, PAIRING)?))
}

/// A player is taken on: one that shows itself in a letter, or one that answers on a network.
#[derive(Deserialize)]
struct PairWith {
    pin: String,
    /// What this wallet calls itself there.
    name: Option<String>,
    near: Option<String>,
    at: Option<String>,
    #[serde(flatten)]
    sheet: Came,
}

async fn place(wallet: &Wallet, near: Option<&str>, at: Option<&str>) -> Result<Option<Reply>, Problem> {
    Ok(match (near, at) {
        (Some(words), _) => Some(wallet.player_near(words).await?),
        (None, Some(at)) => Some(Reply {
            address: address(at)?,
            name: None,
        }),
        (None, None) => None,
    })
}

async fn pair(State(desk): Shared, body: Body<PairWith>) -> Answer {
    let body = read(body)?;
    let wallet = seat(&desk)?.wallet;
    let name = body.name.unwrap_or_else(|| wallet.device_name());
    if let Some(to) = place(&wallet, body.near.as_deref(), body.at.as_deref()).await? {
        let pair = wallet.pair_over(&to, &name, &body.pin).await?;
        return Ok(Json(
            json!({"pair": pair.to_string(), "waits": "the player's owner agrees there, with his PIN"}),
        ));
    }
    let letter = body.sheet.letter()?;
    if letter.stage != Stage::Pair {
        return Err(LoanRefused::NotALoan.into());
    }
    let (pair, answer) = wallet.pair_player(&letter.body, &name, &body.pin).await?;
    Ok(Json(
        json!({"pair": pair.to_string(), "letter": shown(&answer, PAIRING)?}),
    ))
}

/// The player's owner agrees to a wallet: to one that waits, or to one whose half came as a letter.
#[derive(Deserialize)]
struct AgreeTo {
    pin: String,
    pairing: Option<String>,
    #[serde(flatten)]
    answer: Came,
}

/// The wallet that waits, if one does. Of several the owner names one: who came last is nobody's choice but a stranger's.
fn only_one(wallet: &Wallet) -> Result<Option<Letter>, LoanRefused> {
    let all = wallet.pairings().into_iter().map(|(_, letter, _)| letter);
    let mut waiting = all.filter(|letter| letter.stage == Stage::Paired);
    match (waiting.next(), waiting.count()) {
        (_, more @ 1..) => Err(LoanRefused::SeveralWait(more.saturating_add(1))),
        (one, _) => Ok(one),
    }
}

async fn agree(State(desk): Shared, body: Body<AgreeTo>) -> Answer {
    let body = read(body)?;
    let wallet = seat(&desk)?.wallet;
    let letter = match &body.pairing {
        Some(name) => wallet
            .pairing(parse(name)?)
            .map(|(letter, _)| letter)
            .ok_or_else(Problem::not_found)?,
        None if body.answer.is_empty() => only_one(&wallet)?.map_or_else(|| body.answer.letter(), Ok)?,
        None => body.answer.letter()?,
    };
    if letter.stage != Stage::Paired {
        return Err(LoanRefused::NotALoan.into());
    }
    let pair = wallet.pair_wallet(&letter.body, &body.pin).await?;
    Ok(Json(json!({"pair": pair.to_string()})))
}

#[derive(Deserialize)]
struct Allow {
    /// The device's name, or its pair.
    device: String,
    allowed: bool,
    pin: String,
}

pub(super) async fn known(wallet: &Wallet, device: &str) -> Result<Mate, Problem> {
    let found = wallet.mate(device).await;
    Ok(found.ok_or_else(|| LoanRefused::NoMate(device.to_owned()))?)
}

async fn allow(State(desk): Shared, body: Body<Allow>) -> Answer {
    let body = read(body)?;
    let wallet = seat(&desk)?.wallet;
    let device = known(&wallet, &body.device).await?;
    wallet.allow(device.pair, body.allowed, &body.pin).await?;
    Ok(Json(json!({"pair": device.pair.to_string(), "allowed": body.allowed})))
}

#[derive(Deserialize)]
struct Lend {
    license: String,
    device: String,
    plays: Option<u32>,
    days: Option<u64>,
    near: Option<String>,
    at: Option<String>,
    /// Nothing passes by itself: the first letter is wanted.
    #[serde(default)]
    by_letter: bool,
}

async fn lend(State(desk): Shared, body: Body<Lend>) -> Answer {
    let body = read(body)?;
    let license: LicenseId = parse(&body.license)?;
    let wallet = seat(&desk)?.wallet;
    let device = known(&wallet, &body.device).await?;
    let want = LoanWant::Lend {
        license,
        plays: body.plays,
        period: body.days.map(Span::days),
    };
    let way = (body.near.as_deref(), body.at.as_deref(), body.by_letter);
    with(&wallet, device.pair, want, way).await
}

#[derive(Deserialize)]
struct GiveBack {
    device: String,
    /// Which loan; the first without it.
    loan: Option<String>,
    near: Option<String>,
    at: Option<String>,
    #[serde(default)]
    by_letter: bool,
}

async fn give_back(State(desk): Shared, body: Body<GiveBack>) -> Answer {
    let body = read(body)?;
    let wallet = seat(&desk)?.wallet;
    let device = known(&wallet, &body.device).await?;
    let loan = body.loan.as_deref().map(parse).transpose()?;
    let want = LoanWant::Back { loan };
    let way = (body.near.as_deref(), body.at.as_deref(), body.by_letter);
    with(&wallet, device.pair, want, way).await
}

async fn with(
    wallet: &Wallet,
    pair: Tag,
    want: LoanWant,
    (near, at, by_letter): (Option<&str>, Option<&str>, bool),
) -> Answer {
    if by_letter {
        let letter = wallet.begin_loan(pair, want).await?;
        return Ok(Json(json!({"letter": shown(&letter, PAIRING)?})));
    }
    let at: Option<SocketAddr> = place(wallet, near, at).await?.map(|reply| reply.address);
    let Loaned { title, finished, .. } = wallet.loan(pair, want, at).await?;
    Ok(Json(
        json!({"title": title, "pair": pair.to_string(), "finished": finished}),
    ))
}

#[derive(Deserialize)]
struct OfLoan {
    loan: String,
    #[serde(default)]
    pin: String,
}

/// A player asks for the wallet a loan came from.
async fn call(State(desk): Shared, body: Body<OfLoan>) -> Answer {
    seat(&desk)?.wallet.call_for(parse(&read(body)?.loan)?).await?;
    Ok(Json(json!({"called": true})))
}

#[derive(Deserialize)]
struct Convert {
    loan: String,
    /// A memory card's directory.
    card: std::path::PathBuf,
}

/// Makes a smaller rendition of a loan, onto a memory card.
async fn convert(State(desk): Shared, body: Body<Convert>) -> Answer {
    let body = read(body)?;
    let loan = parse(&body.loan)?;
    // Without a fence nothing of a stranger's is converted.
    let by = converter_here().zip(desk.fenced().cloned());
    let by = by.map(|(ffmpeg, fenced)| Converting { ffmpeg, fenced });
    let made = seat(&desk)?.player.convert(loan, &body.card, by).await?;
    Ok(Json(json!({"file": made})))
}

async fn give_up(State(desk): Shared, body: Body<OfLoan>) -> Answer {
    let body = read(body)?;
    seat(&desk)?.wallet.give_up_loan(parse(&body.loan)?, &body.pin).await?;
    Ok(Json(json!({"given_up": true})))
}

/// A letter of a loan, taken: what it has come to, and the next one.
pub(super) async fn take(wallet: &Wallet, letter: &Letter) -> Result<Value, Problem> {
    let LoanHeard { say, title, news, .. } = wallet.hear_loan(letter).await?;
    let told = match &news {
        LoanNews::Step => "step",
        LoanNews::NotAllowed => "not-allowed",
        LoanNews::Gave(_) => "gave",
        LoanNews::Void(_) => "void",
        LoanNews::Here(_) => "here",
        LoanNews::Again => "again",
        LoanNews::Done => "done",
    };
    let void = match &news {
        LoanNews::Void(reason) => json!({"code": reason.code(), "text": reason.text()}),
        _ => Value::Null,
    };
    let license = match &news {
        LoanNews::Here(license) => json!(license.to_string()),
        _ => Value::Null,
    };
    let named = if title.is_empty() { PAIRING } else { &title };
    let say = say.map(|say| shown(&say, named)).transpose()?;
    Ok(
        json!({"is": letter.stage.name(), "news": told, "title": title, "license": license, "void": void, "letter": say}),
    )
}

/// Halves of pairs need a PIN, so they are not taken as other letters are.
pub(super) fn needs_pin() -> Problem {
    let text = "this pairs two devices: say so with your PIN, at /v1/pairs or /v1/pairs/agree";
    Problem::new(StatusCode::CONFLICT, "pairing-needs-pin", text)
}
