//! API of handing on: offers, letters, neighbours, what is on its way and what is carried, as JSON. A letter is
//! `{"stage": "offer", "body": "<base64url>", "file": "<name>"}`.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    routing::{get, post},
};
use card::{Checked, Want};
use courier::{FOUND_AT, Letter, Stage, split};
use data_encoding::BASE64URL_NOPAD;
use deal::{Kind, Side};
use serde::Deserialize;
use serde_json::{Value, json};
use units::{DealId, Hash, LicenseId, PartyId, Span};

use super::{
    Desk,
    api::{Answer, Body, Shared, bytes, outcome, parse, read, seat},
    loan_api,
    problem::Problem,
};
use crate::{
    engine::{self, Handing, Notice, Offered, Outcome, Unlocking},
    hand::{Near, WISH},
};

pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/v1/hand-on", get(handings))
        .route("/v1/hand-on/offer", post(offer))
        .route("/v1/hand-on/send", post(send))
        .route("/v1/hand-on/locked", post(lock))
        .route("/v1/hand-on/withdraw", post(withdraw))
        .route("/v1/hand-on/answers", get(answered))
        .route("/v1/letters", post(take))
        .route("/v1/letters/{stage}/{name}", get(letter))
        .route("/v1/receive", get(arrived))
        .route("/v1/receive/agree", post(agree))
        .route("/v1/receive/decline", post(decline))
        .route("/v1/receive/wish", post(wish))
        .route("/v1/on-its-way", get(on_its_way))
        .route("/v1/on-its-way/meet", post(meet))
        .route("/v1/near", get(near).post(be_near))
        .route("/v1/near/sellers", get(sellers).post(look))
        .route("/v1/escrow", get(escrow))
        .route("/v1/escrow/send", post(send_home))
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Move => "move",
        Kind::Locked => "locked",
        _ => "copy",
    }
}

/// A letter, with the texts of its codes for whoever shows them himself.
pub(super) fn shown(letter: &Letter, title: &str) -> Result<Value, Problem> {
    Ok(json!({
        "stage": letter.stage.name(), "body": BASE64URL_NOPAD.encode(&letter.body), "bytes": letter.body.len(),
        "file": courier::file_name(title, letter.stage), "codes": split(letter)?,
    }))
}

fn handing(handing: &Handing) -> Value {
    let ways = handing.ways.iter().map(|way| {
        json!({
            "kind": kind_name(way.kind), "fare": way.fare.to_string(),
            "why_not": way.why_not.as_ref().map(|(code, text)| json!({"code": code, "text": text})),
        })
    });
    json!({
        "license": handing.license.to_string(), "title": handing.title, "payee": handing.payee.to_string(),
        "ways": ways.collect::<Vec<_>>(), "generations_left": handing.teeth, "copies_left": handing.copies_left,
        "copies_made": handing.copies_made,
        "rides_along": {"sum": handing.ride.sum.to_string(), "fares": handing.ride.slips, "rule": format!("{:?}", handing.ride.route).to_lowercase()},
        "unlocking": handing.unlock.as_ref().map(|u| json!({"arrives": u.arrives.percent(), "fee": u.fee.to_string()})),
        "paid": handing.paid.to_string(), "since": handing.since.to_string(),
    })
}

async fn handings(State(desk): Shared) -> Answer {
    let all = seat(&desk)?.wallet.all_handings().await;
    Ok(Json(json!({"licenses": all.iter().map(handing).collect::<Vec<_>>()})))
}

#[derive(Deserialize)]
struct OfferOf {
    license: String,
    kind: String,
    pin: Option<String>,
    /// How long it is good; three days unless told.
    hours: Option<u64>,
}

/// How long an offer is good.
fn hours(told: Option<u64>) -> Span {
    Span(Span::minutes(60).0.saturating_mul(told.unwrap_or(72)))
}

fn offered(offered: &Offered) -> Result<Value, Problem> {
    Ok(json!({
        "offer": offered.quote.to_string(), "kind": kind_name(offered.kind), "license": offered.license.to_string(),
        "title": offered.title, "fare": offered.fare.to_string(), "until": offered.until.to_string(),
        "letter": shown(&offered.letter, &offered.title)?,
    }))
}

async fn offer(State(desk): Shared, body: Body<OfferOf>) -> Answer {
    let body = read(body)?;
    let license: LicenseId = parse(&body.license)?;
    let kind = match body.kind.as_str() {
        "copy" => Kind::Copy,
        "move" => Kind::Move,
        _ => {
            return Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "value-malformed",
                "a kind is copy or move; locked copies are made for one card, at /v1/hand-on/locked",
            ));
        }
    };
    let wallet = seat(&desk)?.wallet;
    let made = wallet
        .offer(license, kind, body.pin.as_deref(), hours(body.hours))
        .await?;
    let mut told = offered(&made)?;
    // Which package goes with it: any copy of that file will do.
    told["header"] = json!(wallet.license(license).await.map(|l| l.link.header.to_string()));
    Ok(Json(told))
}

#[derive(Deserialize)]
struct SendTo {
    offer: String,
    /// Two words of a neighbour.
    near: Option<String>,
    /// Address of another wallet on this machine: "http://127.0.0.1:7412".
    wallet: Option<String>,
}

pub(super) fn address(text: &str) -> Result<std::net::SocketAddr, Problem> {
    let host = text.trim_start_matches("http://").split('/').next().unwrap_or_default();
    host.parse().map_err(|_| {
        let text = "another wallet's address is like http://127.0.0.1:7412";
        Problem::new(StatusCode::BAD_REQUEST, "value-malformed", text)
    })
}

async fn send(State(desk): Shared, body: Body<SendTo>) -> Answer {
    let body = read(body)?;
    let wallet = seat(&desk)?.wallet;
    let made = wallet
        .offered(parse::<Hash>(&body.offer)?)
        .ok_or_else(Problem::not_found)?;
    match (body.near, body.wallet) {
        (Some(name), _) => wallet.offer_near(&made, &name).await?,
        (None, Some(at)) => wallet.offer_window(&made, address(&at)?).await?,
        (None, None) => {
            let text = "name a neighbour or another wallet of this machine";
            return Err(Problem::new(StatusCode::BAD_REQUEST, "body-malformed", text));
        }
    }
    Ok(Json(json!({"sent": true})))
}

/// A locked copy, for a friend's wish: one that came as a letter, or one that is asked of a wallet.
#[derive(Deserialize)]
struct LockFor {
    license: String,
    hours: Option<u64>,
    near: Option<String>,
    wallet: Option<String>,
    #[serde(flatten)]
    wish: Came,
}

async fn lock(State(desk): Shared, body: Body<LockFor>) -> Answer {
    let body = read(body)?;
    let license: LicenseId = parse(&body.license)?;
    let good_for = hours(body.hours);
    let wallet = seat(&desk)?.wallet;
    let passes = body.near.is_some() || body.wallet.is_some();
    let made = match (body.near, body.wallet) {
        (Some(name), _) => wallet.lock_near(license, &name, good_for).await?,
        (None, Some(at)) => wallet.lock_window(license, address(&at)?, good_for).await?,
        (None, None) => {
            let letter = body.wish.letter()?;
            if letter.stage != Stage::Wish {
                let text = "a locked copy is made for a friend's wish; this is another letter";
                return Err(Problem::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "letter-not-a-wish",
                    text,
                ));
            }
            wallet.lock_for(license, letter.body, good_for).await?
        }
    };
    let mut told = offered(&made)?;
    told["header"] = json!(wallet.license(license).await.map(|l| l.link.header.to_string()));
    told["sent"] = json!(passes);
    Ok(Json(told))
}

/// What this card says of itself to be given a locked copy.
async fn wish(State(desk): Shared) -> Answer {
    let letter = seat(&desk)?.wallet.wish().await?;
    Ok(Json(shown(&letter, WISH)?))
}

async fn withdraw(State(desk): Shared) -> Answer {
    seat(&desk)?.wallet.withdraw().await?;
    Ok(Json(json!({})))
}

/// A letter that came by any way: the bytes of its file, or its stage and body.
#[derive(Deserialize)]
pub(super) struct Came {
    file: Option<String>,
    stage: Option<String>,
    body: Option<String>,
}

impl Came {
    /// Nothing came.
    pub(super) const fn is_empty(&self) -> bool {
        self.file.is_none() && self.stage.is_none()
    }
    pub(super) fn letter(self) -> Result<Letter, Problem> {
        match self {
            Self { file: Some(file), .. } => Ok(Letter::from_bytes(&bytes(&file)?)?),
            Self {
                stage: Some(stage),
                body: Some(body),
                ..
            } => {
                let stage = Stage::named(&stage).ok_or_else(Problem::not_found)?;
                Ok(Letter::new(stage, bytes(&body)?))
            }
            _ => Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "body-malformed",
                "a letter is the bytes of its file, or its stage and body",
            )),
        }
    }
}

async fn take(State(desk): Shared, body: Body<Came>) -> Answer {
    let letter = read(body)?.letter()?;
    let wallet = seat(&desk)?.wallet;
    Ok(Json(match letter.stage {
        Stage::Offer => {
            let checked = wallet.read_offer(&letter.body).await?;
            let told = notice(&wallet.notice(&checked).await, &checked);
            desk.keep_quote(checked);
            json!({"is": "offer", "notice": told})
        }
        Stage::Answer => {
            let gave = wallet.decide(letter.body).await?;
            let title = gave.title.clone().unwrap_or_default();
            let void = gave.void.map(|r| json!({"code": r.code(), "text": r.text()}));
            json!({"is": "answer", "deal": gave.deal.to_string(), "title": title, "void": void, "letter": shown(&gave.letter, &title)?})
        }
        Stage::Key => {
            let done = wallet.take_key(letter.body).await?;
            let (Outcome::Given { deal, .. }
            | Outcome::Returned { deal, .. }
            | Outcome::OnItsWay { deal, .. }
            | Outcome::Frozen { deal }) = &done;
            let last = match wallet.done_of(*deal).await {
                Some(last) => Some(shown(&last, &title_of(&wallet, *deal).await)?),
                None => None,
            };
            if let Outcome::Given {
                license: Some(license), ..
            } = &done
            {
                // What does not come now, the library offers.
                drop(wallet.fetch_soon(*license).await);
            }
            json!({"is": "key", "outcome": outcome(&done), "title": title_of(&wallet, *deal).await, "letter": last})
        }
        // Which work it is to be, only the holder knows.
        Stage::Wish => {
            let text = "your friend wishes a locked copy: say of which work, at /v1/hand-on/locked";
            return Err(Problem::new(StatusCode::CONFLICT, "wish-needs-work", text));
        }
        Stage::Locked => {
            let checked = wallet.read_locked(&letter.body).await?;
            let told = notice(&wallet.notice(&checked).await, &checked);
            desk.keep_quote(checked);
            json!({"is": "locked", "notice": told})
        }
        Stage::Done => json!({"is": "done", "closed": wallet.take_done(letter.body).await?}),
        Stage::Pair | Stage::Paired => return Err(loan_api::needs_pin()),
        _ => loan_api::take(&wallet, &letter).await?,
    }))
}

async fn title_of(wallet: &crate::Wallet, deal: DealId) -> String {
    let lines = wallet.history().await;
    lines
        .into_iter()
        .find(|l| l.deal == Some(deal))
        .map(|l| l.title)
        .unwrap_or_default()
}

async fn letter(State(desk): Shared, Path((stage, name)): Path<(String, String)>) -> Answer {
    let wallet = seat(&desk)?.wallet;
    let found = match Stage::named(&stage) {
        Some(Stage::Offer | Stage::Locked) => wallet.offered(parse(&name)?).map(|o| (o.letter, o.title)),
        Some(Stage::Wish) => wallet.kept_wish(parse(&name)?).map(|wish| (wish, WISH.to_owned())),
        Some(stage) if stage.is_of_a_loan() || matches!(stage, Stage::Pair | Stage::Paired) => {
            wallet.kept_letter(parse(&name)?)
        }
        Some(stage) => {
            let deal: DealId = parse(&name)?;
            let letter = match stage {
                Stage::Answer => wallet.answer_letter(deal).await,
                Stage::Key => wallet.gave(deal).await.map(|g| g.letter),
                _ => wallet.done_of(deal).await,
            };
            match letter {
                Some(letter) => Some((letter, title_of(&wallet, deal).await)),
                None => None,
            }
        }
        None => None,
    };
    let (letter, title) = found.ok_or_else(Problem::not_found)?;
    Ok(Json(shown(&letter, &title)?))
}

fn notice(notice: &Notice, checked: &Checked) -> Value {
    json!({
        "quote": checked.hash().to_string(), "title": notice.title, "publisher": notice.publisher,
        "payee": notice.payee.to_string(), "kind": kind_name(notice.kind), "fare": notice.fare.to_string(),
        "purse": notice.purse.to_string(), "after": notice.purse_after.map(|m| m.to_string()),
        "escrow": notice.escrow.to_string(), "escrow_after": notice.escrow_after.to_string(),
        "rides_along": {"fares": notice.rides.0, "sum": notice.rides.1.map(|m| m.to_string())},
        "carried_on_by": match notice.carrier { Side::Receiver => "you", Side::Giver => "giver" },
        "rule": format!("{:?}", notice.route).to_lowercase(), "generation": notice.generation,
        "unlock": notice.unlock.as_ref().map(unlocking),
        "generations_left": notice.teeth, "until": notice.until.to_string(), "giver": notice.giver,
        "bought": notice.bought.last.map(|m| m.to_string()), "bought_for": notice.bought.price.map(|m| m.to_string()),
        "refused": notice.refused.as_ref().map(|(code, text, _)| json!({"code": code, "text": text})),
    })
}

fn unlocking(unlock: &Unlocking) -> Value {
    let centre = |(id, name): &(PartyId, Option<String>)| json!({"id": id.to_string(), "name": name});
    json!({
        "fee": unlock.fee.to_string(), "arrives": unlock.arrives.percent(),
        "centres": unlock.centres.iter().map(centre).collect::<Vec<_>>(),
    })
}

async fn arrived(State(desk): Shared, Query(Wait { wait }): Query<Wait>) -> Answer {
    let wallet = seat(&desk)?.wallet;
    if wallet.arrived().is_empty() {
        something(&wallet, wait).await;
    }
    let mut all = Vec::new();
    for one in wallet.arrived() {
        all.push(notice(&wallet.notice(&one.checked).await, &one.checked));
        desk.keep_quote(one.checked);
    }
    Ok(Json(json!({"offers": all})))
}

/// Waits a while for a letter. None in that time is an answer too.
async fn something(wallet: &crate::Wallet, seconds: u64) {
    let long = std::time::Duration::from_secs(seconds.min(60));
    let _ = tokio::time::timeout(long, wallet.something_came()).await;
}

/// What this wallet said to answers that came by themselves, since it started.
async fn answered(State(desk): Shared, Query(Wait { wait }): Query<Wait>) -> Answer {
    let wallet = seat(&desk)?.wallet;
    let before = wallet.all_gave().len();
    if wait > 0 {
        something(&wallet, wait).await;
    }
    let all = wallet.all_gave();
    let one = |gave: &engine::Gave| {
        let void = gave.void.map(|r| json!({"code": r.code(), "text": r.text()}));
        json!({"deal": gave.deal.to_string(), "title": gave.title, "void": void})
    };
    Ok(Json(
        json!({"answers": all.iter().map(one).collect::<Vec<_>>(), "new": all.len().saturating_sub(before)}),
    ))
}

#[derive(Deserialize)]
struct Agree {
    quote: String,
    pin: String,
    /// Bind it to the player and drive that are attached: what came bound is handed on bound.
    #[serde(default)]
    bound: bool,
}

/// The holder agrees. What passes by itself is closed in the answer; else the letter in it is carried to the friend.
async fn agree(State(desk): Shared, body: Body<Agree>) -> Answer {
    let body = read(body)?;
    let hash: Hash = parse(&body.quote)?;
    let wallet = seat(&desk)?.wallet;
    let bind = match body.bound {
        true => wallet.own_bind().await?,
        false => license::Bind::Free,
    };
    let want = Want {
        bind,
        ..Want::default()
    };
    let deal = desk.pay_once(&wallet, hash, body.pin, want).await;
    let deal = deal.ok_or_else(Problem::not_found)??;
    let done = wallet.see_through(deal).await;
    if let Outcome::Given {
        license: Some(license), ..
    } = &done
    {
        wallet.take_package(deal, *license).await;
    }
    let answer = match wallet.answer_letter(deal).await {
        Some(letter) => Some(shown(&letter, &title_of(&wallet, deal).await)?),
        None => None,
    };
    Ok(Json(
        json!({"outcome": outcome(&done), "title": title_of(&wallet, deal).await, "letter": answer}),
    ))
}

#[derive(Deserialize)]
struct OneQuote {
    quote: String,
}

async fn decline(State(desk): Shared, body: Body<OneQuote>) -> Answer {
    seat(&desk)?.wallet.decline(parse(&read(body)?.quote)?).await;
    Ok(Json(json!({})))
}

async fn on_its_way(State(desk): Shared) -> Answer {
    let wallet = seat(&desk)?.wallet;
    let crossings = wallet.crossings().await;
    let overview = wallet.overview().await;
    let zero = units::Money::zero(overview.summary.spendable.currency());
    let escrow = overview
        .summary
        .escrow
        .values()
        .fold(zero, |sum, m| sum.plus(*m).unwrap_or(sum));
    let one = |c: &engine::Crossing| {
        json!({
            "deal": c.deal.to_string(), "kind": kind_name(c.kind), "title": c.title,
            "side": match c.side { engine::Side::Receives => "receives", engine::Side::Gives => "gives" },
            "fare": c.fare.map(|m| m.to_string()), "since": c.since.map(|m| m.to_string()), "with": c.with,
            "finish": ["meet", "issuer"],
        })
    };
    Ok(Json(json!({
        "spendable": overview.summary.spendable.to_string(), "on_its_way": overview.summary.reserved.to_string(),
        "escrow": escrow.to_string(), "hand_overs": crossings.iter().map(one).collect::<Vec<_>>(),
    })))
}

#[derive(Deserialize)]
struct MeetWith {
    near: Option<String>,
    wallet: Option<String>,
}

async fn meet(State(desk): Shared, body: Body<MeetWith>) -> Answer {
    let body = read(body)?;
    let wallet = seat(&desk)?.wallet;
    let met = match (body.near, body.wallet) {
        (Some(name), _) => wallet.meet_near(&name).await?,
        (None, Some(at)) => wallet.meet_window(address(&at)?).await?,
        (None, None) => {
            let text = "name a neighbour or another wallet of this machine";
            return Err(Problem::new(StatusCode::BAD_REQUEST, "body-malformed", text));
        }
    };
    Ok(Json(json!({"received": met.received, "given": met.given})))
}

#[derive(Deserialize)]
struct Wait {
    /// Seconds to wait for somebody who is not there yet; at most 60.
    #[serde(default)]
    wait: u64,
}

async fn near(State(desk): Shared, Query(Wait { wait }): Query<Wait>) -> Answer {
    let wallet = seat(&desk)?.wallet;
    let here = wallet.everybody_near().await;
    let here = match here {
        Some((_, peers)) if peers.is_empty() && wait > 0 => {
            let long = std::time::Duration::from_secs(wait.min(60));
            // Nobody in that time is an answer too.
            let _ = tokio::time::timeout(long, wallet.somebody_new()).await;
            wallet.everybody_near().await
        }
        here => here,
    };
    Ok(Json(match here {
        Some((name, peers)) => {
            let of = |players: bool| {
                let some = peers.iter().filter(move |peer| peer.is_player == players);
                some.map(|peer| peer.words.as_str()).collect::<Vec<_>>()
            };
            json!({"found_as": name, "others": of(false), "players": of(true)})
        }
        None => json!({"found_as": null, "others": [], "players": []}),
    }))
}

#[derive(Deserialize)]
struct BeNear {
    on: bool,
}

async fn be_near(State(desk): Shared, body: Body<BeNear>) -> Answer {
    let on = read(body)?.on;
    let wallet = seat(&desk)?.wallet;
    if !on {
        wallet.look_away().await;
        return Ok(Json(json!({"found_as": null})));
    }
    let near = Near::begin(&wallet, FOUND_AT).await.map_err(|error| {
        tracing::warn!(%error, "no door on the local network");
        let text = "this machine lets no program be found on its network; use a code or a file";
        Problem::new(StatusCode::CONFLICT, "near-unusable", text)
    })?;
    Ok(Json(json!({"found_as": wallet.look_around(near).await})))
}

/// Which shops are heard near by.
async fn sellers(State(desk): Shared, Query(Wait { wait }): Query<Wait>) -> Answer {
    let wallet = seat(&desk)?.wallet;
    // Looked at before those who are there are counted: whoever comes in between is heard too.
    let heard = wallet.sellers_heard();
    let mut found = wallet.sellers_near().await;
    if let Some(mut heard) = heard {
        let until = tokio::time::Instant::now() + std::time::Duration::from_secs(wait.min(60));
        // Nobody in that time is an answer too. Who is heard may be nobody the registry knows; and nobody looks any more.
        while found.is_empty() && matches!(tokio::time::timeout_at(until, heard.changed()).await, Ok(Ok(()))) {
            found = wallet.sellers_near().await;
        }
    }
    let one = |shop: &engine::Neighbour| json!({"seller": shop.id.to_string(), "name": shop.name, "shelf": shop.shelf});
    Ok(Json(json!({
        "looks": wallet.looks_for_sellers(),
        "sellers": found.iter().map(one).collect::<Vec<_>>(),
    })))
}

#[derive(Deserialize)]
struct Look {
    on: bool,
    /// After the next start too.
    #[serde(default)]
    keep: bool,
}

async fn look(State(desk): Shared, body: Body<Look>) -> Answer {
    let Look { on, keep } = read(body)?;
    let wallet = seat(&desk)?.wallet;
    match (on, keep) {
        (_, true) => wallet.choose_near(on).await?,
        (true, false) => wallet.look_for_sellers(FOUND_AT).await?,
        (false, false) => wallet.look_for_no_sellers(),
    }
    Ok(Json(json!({ "looks": wallet.looks_for_sellers() })))
}

async fn escrow(State(desk): Shared) -> Answer {
    let wallet = seat(&desk)?.wallet;
    let carried = wallet.carried().await;
    let work = |w: &engine::OfTitle| {
        json!({
            "content": w.title.to_string(), "title": w.name, "fares": w.slips, "sum": w.sum.to_string(),
            "rule": format!("{:?}", w.route).to_lowercase(),
        })
    };
    let one = |c: &engine::Carried| {
        json!({
            "payee": c.payee.to_string(), "name": c.name, "sum": c.sum.to_string(),
            "works": c.works.iter().map(work).collect::<Vec<_>>(),
        })
    };
    let went = wallet.went_home();
    let home = |w: &engine::WentHome| json!({"payee": w.payee.to_string(), "name": w.name, "sum": w.sum.to_string(), "at": w.at.to_string(), "rebates": w.rebates.iter().map(|(label, sum)| json!({"label": label, "sum": sum.to_string()})).collect::<Vec<_>>()});
    Ok(Json(json!({
        "carried": carried.iter().map(one).collect::<Vec<_>>(),
        "went_home": went.iter().map(home).collect::<Vec<_>>(),
        "why": "fares belong to their publishers: the card keeps them apart and only the publisher's collector can take them",
    })))
}

async fn send_home(State(desk): Shared) -> Answer {
    let all = seat(&desk)?.wallet.send_fares_home().await;
    let one = |c: &engine::Collected| {
        json!({
            "payee": c.payee.to_string(), "name": c.name, "sum": c.sum.to_string(),
            "why_not": c.no.as_ref().map(|no| json!({"code": units::Refusal::code(no), "text": no.to_string()})),
        })
    };
    Ok(Json(json!({"sent": all.iter().map(one).collect::<Vec<_>>()})))
}
