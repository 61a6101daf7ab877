//! API: the same for programs of the same user, as JSON under `/v1`, with the bearer that follows from the token file.
//! Amounts are text with their currency ("JPY 1000"), ids their text form, bytes base64url without padding.

use std::{path::PathBuf, sync::Arc};

use axum::{
    Json, Router,
    extract::{Path, Query, State, rejection::JsonRejection},
    http::StatusCode,
    routing::{get, post},
};
use card::{Checked, Keeping, Want};
use data_encoding::BASE64URL_NOPAD;
use license::OfferSheet;
use serde::Deserialize;
use serde_json::{Value, json};
use units::{DealId, Hash, LicenseId, Money, PartyId, ValueId};

use super::{Desk, confirm::after_deal, desk::Seat, problem::Problem};
use crate::{
    engine::{Centre, Outcome, Question, Shelf, Wallet, by_bill},
    packages::Presence,
};

pub(super) type Shared = State<Arc<Desk>>;
pub(super) type Answer = Result<Json<Value>, Problem>;
pub(super) type Body<T> = Result<Json<T>, JsonRejection>;

pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/v1/proof", get(proof))
        .route("/v1/codes", post(code))
        .route("/v1/card", get(card))
        .route("/v1/library", get(library))
        .route("/v1/history", get(history))
        .route("/v1/playback-log", get(playback_log))
        .route("/v1/values", get(values).post(take_value))
        .route("/v1/values/take", post(take_code))
        .route("/v1/values/drop", post(drop_value))
        .route("/v1/contact", post(contact))
        .route("/v1/load", post(load))
        .route("/v1/load/online", post(load_online))
        .route("/v1/redeem", post(redeem))
        .route("/v1/quote", post(quote))
        .route("/v1/quote/refund", post(quote_refund))
        .route("/v1/pay", post(pay))
        .route("/v1/deals/{deal}", get(deal))
        .route("/v1/delete", post(delete))
        .route("/v1/fetch", post(fetch))
        .route("/v1/play", post(play))
        .route("/v1/play/end", post(play_end))
        .route("/v1/pin", post(pin))
        .route("/v1/unblock", post(unblock))
        .route("/v1/keep", post(keep))
}

pub(super) fn seat(desk: &Desk) -> Result<Seat, Problem> {
    desk.open().ok_or_else(Problem::no_card)
}

pub(super) fn read<T>(body: Body<T>) -> Result<T, Problem> {
    let no = |e: JsonRejection| Problem::new(StatusCode::BAD_REQUEST, "body-malformed", &e.body_text());
    body.map(|Json(value)| value).map_err(no)
}

pub(super) fn parse<T: std::str::FromStr<Err: core::fmt::Display>>(text: &str) -> Result<T, Problem> {
    text.parse()
        .map_err(|e: T::Err| Problem::new(StatusCode::BAD_REQUEST, "value-malformed", &e.to_string()))
}

pub(super) fn bytes(text: &str) -> Result<Vec<u8>, Problem> {
    let no = |_| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "value-malformed",
            "bytes are base64url without padding",
        )
    };
    BASE64URL_NOPAD.decode(text.as_bytes()).map_err(no)
}

pub(super) fn outcome(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Given { deal, license, receipt } => {
            json!({"outcome": "given", "deal": deal.to_string(), "license": license.map(|l| l.to_string()), "receipt": receipt})
        }
        Outcome::Returned { deal, reason } => {
            let reason = reason.map(|r| json!({"code": r.code(), "text": r.text()}));
            json!({"outcome": "returned", "deal": deal.to_string(), "reason": reason})
        }
        Outcome::OnItsWay { deal, why } => json!({"outcome": "on-its-way", "deal": deal.to_string(), "why": why}),
        Outcome::Frozen { deal } => json!({"outcome": "frozen", "deal": deal.to_string()}),
    }
}

#[derive(Deserialize)]
struct Nonce {
    nonce: String,
}

async fn proof(State(desk): Shared, Query(Nonce { nonce }): Query<Nonce>) -> Answer {
    if nonce.len() < 16 || nonce.len() > 128 {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "nonce-malformed",
            "a nonce has 16 to 128 characters",
        ));
    }
    Ok(Json(
        json!({"proof": desk.proof(nonce.as_bytes()), "host": desk.address().host()}),
    ))
}

async fn code(State(desk): Shared) -> Answer {
    Ok(Json(json!({"open": desk.invite()})))
}

async fn card(State(desk): Shared) -> Answer {
    let overview = seat(&desk)?.wallet.overview().await;
    let summary = &overview.summary;
    let escrow: serde_json::Map<String, Value> = summary
        .escrow
        .iter()
        .map(|(id, money)| (id.to_string(), json!(money.to_string())))
        .collect();
    let under_way: Vec<Value> = overview
        .under_way
        .iter()
        .map(|open| {
            json!({
                "deal": open.deal.to_string(), "title": open.title, "money": open.money.map(|m| m.to_string()),
                "credit": open.credit.map(|m| m.to_string()), "with": open.giver.to_string(),
                "name": open.giver_name, "since": open.since.to_string(),
            })
        })
        .collect();
    Ok(Json(json!({
        "card": overview.card.map(|c| c.to_string()),
        "realm": overview.realm,
        "spendable": summary.spendable.to_string(),
        "on_its_way": summary.reserved.to_string(),
        "escrow": escrow,
        "under_way": under_way,
        "pin_tries": overview.tries,
        "frozen": overview.frozen,
        "stopped": overview.stopped.map(|at| at.to_string()),
        "put_back": overview.put_back.map(|p| p.to_string()),
        "payments_before_contact": overview.tags,
        "last_contact": overview.last_contact.to_string(),
        "licenses": overview.licenses.0,
        "room": overview.licenses.1,
        "keys_opened": overview.keys_opened,
        "in_tpm": overview.in_tpm,
    })))
}

fn presence(package: &Presence) -> Value {
    match package {
        Presence::Absent => json!({"state": "absent"}),
        Presence::Arriving { have, of } => json!({"state": "arriving", "have": have, "of": of}),
        Presence::Here(len) => json!({"state": "here", "bytes": len}),
    }
}

fn shelf(wallet: &Wallet, shelf: &Shelf) -> Value {
    let package = presence(&shelf.package);
    let sold = shelf.license.as_ref().map(|l| l.link.header);
    let newer = sold.and_then(|sold| wallet.packages().newer(sold)).map(|newer| {
        json!({
            "title": newer.title, "header": newer.package.to_string(), "made": newer.made.to_string(), "bytes": newer.bytes,
            "package": presence(&newer.presence),
        })
    });
    let held = &shelf.held;
    json!({
        "license": held.id.to_string(), "title": shelf.title(), "content": held.title.to_string(),
        "publisher": held.publisher.to_string(), "seller": held.seller.to_string(), "paid": held.paid.to_string(),
        "since": held.since.to_string(), "plays_left": held.rights.plays, "share": held.rights.share.percent(),
        "until": held.rights.until.map(|m| m.to_string()), "generation": held.generation,
        "playable": shelf.playable.is_ok(),
        "why_not": shelf.playable.as_ref().err().map(|(code, text)| json!({"code": code, "text": text})),
        "header": sold.map(|sold| sold.to_string()), "package": package, "newer": newer,
    })
}

async fn library(State(desk): Shared) -> Answer {
    let wallet = seat(&desk)?.wallet;
    let shelves = wallet.library().await;
    let licenses: Vec<Value> = shelves.iter().map(|one| shelf(&wallet, one)).collect();
    Ok(Json(json!({ "licenses": licenses })))
}

async fn history(State(desk): Shared) -> Answer {
    let lines = seat(&desk)?.wallet.history().await;
    let line = |l: &card::Line| {
        json!({
            "at": l.at.to_string(), "event": format!("{:?}", l.event).to_lowercase(),
            "kind": l.kind.map(|k| format!("{k:?}").to_lowercase()), "title": l.title,
            "amount": l.amount.map(|m| m.to_string()), "with": l.with.map(|w| w.to_string()),
            "deal": l.deal.map(|d| d.to_string()),
        })
    };
    Ok(Json(json!({"lines": lines.iter().map(line).collect::<Vec<_>>()})))
}

async fn playback_log(State(desk): Shared) -> Answer {
    Ok(Json(json!({"lines": seat(&desk)?.player.log().lines()})))
}

async fn values(State(desk): Shared) -> Answer {
    let values = seat(&desk)?.wallet.values().await;
    let value = |v: &deal::Value| {
        json!({
            "kind": format!("{:?}", v.kind).to_lowercase(), "maker": v.maker.to_string(), "id": v.id.to_string(),
            "worth": v.worth.to_string(), "until": v.until.map(|u| u.to_string()), "label": v.label,
            "offer": v.offer.map(|o| o.to_string()),
        })
    };
    Ok(Json(json!({"values": values.iter().map(value).collect::<Vec<_>>()})))
}

#[derive(Deserialize)]
struct Signed {
    signed: String,
    certificate: String,
}

async fn take_value(State(desk): Shared, body: Body<Signed>) -> Answer {
    let body = read(body)?;
    let value = seat(&desk)?
        .wallet
        .take_value(bytes(&body.signed)?, bytes(&body.certificate)?)
        .await?;
    Ok(Json(
        json!({"maker": value.maker.to_string(), "id": value.id.to_string()}),
    ))
}

#[derive(Deserialize)]
struct TypedCode {
    code: String,
    /// The shop's name, or a part of it; not needed where there is one shop, or the code names it.
    #[serde(default)]
    shop: String,
}

async fn take_code(State(desk): Shared, body: Body<TypedCode>) -> Answer {
    let body = read(body)?;
    let wallet = seat(&desk)?.wallet;
    let shops = wallet.shops().await;
    let wanted = body.shop.to_lowercase();
    let mut named = shops.iter().filter(|shop| shop.name.to_lowercase().contains(&wanted));
    // Of several that could be meant none is.
    let shop = named.next().filter(|_| named.next().is_none()).map(|shop| shop.id);
    let value = wallet.take_code(shop, &body.code).await?;
    Ok(Json(json!({
        "kind": format!("{:?}", value.kind).to_lowercase(), "maker": value.maker.to_string(), "id": value.id.to_string(),
        "worth": value.worth.to_string(), "label": value.label, "until": value.until.map(|u| u.to_string()),
    })))
}

#[derive(Deserialize)]
struct ValueName {
    maker: String,
    id: String,
}

impl ValueName {
    fn parse(&self) -> Result<(PartyId, ValueId), Problem> {
        Ok((parse(&self.maker)?, parse(&self.id)?))
    }
}

async fn drop_value(State(desk): Shared, body: Body<ValueName>) -> Answer {
    let (maker, id) = read(body)?.parse()?;
    seat(&desk)?.wallet.drop_value(maker, id).await?;
    Ok(Json(json!({})))
}

async fn contact(State(desk): Shared) -> Answer {
    let contact = seat(&desk)?.wallet.contact().await?;
    Ok(Json(json!({
        "settled": contact.settled, "frozen": contact.frozen, "resumed": contact.resumed,
        "resume_from": contact.resume_from.map(|m| m.to_string()), "payments_before_contact": contact.tags,
    })))
}

#[derive(Deserialize)]
struct Load {
    amount: String,
    account: Option<ValueName>,
}

async fn load(State(desk): Shared, body: Body<Load>) -> Answer {
    let body = read(body)?;
    let account = body.account.as_ref().map(ValueName::parse).transpose()?;
    let done = seat(&desk)?.wallet.load(parse::<Money>(&body.amount)?, account).await?;
    Ok(Json(outcome(&done)))
}

#[derive(Deserialize)]
struct LoadOnline {
    amount: String,
    /// The centre's name, or a part of it.
    centre: String,
    name: String,
    password: String,
}

/// The one centre that is meant: it hears a password, so a name that fits several means none of them.
fn the_one(centres: Vec<Centre>, wanted: &str) -> Result<PartyId, Problem> {
    let named = |centre: &Centre| centre.name.to_lowercase();
    if let [whole] = centres.iter().filter(|one| named(one) == wanted).collect::<Vec<_>>()[..] {
        return Ok(whole.id);
    }
    let fitting: Vec<&Centre> = centres.iter().filter(|one| named(one).contains(wanted)).collect();
    match fitting[..] {
        [] => Err(Problem::not_found()),
        [one] => Ok(one.id),
        _ => {
            let names: Vec<String> = fitting.iter().map(|one| format!("\"{}\"", one.name)).collect();
            let text = format!(
                "several centres have this in their name: {}; write one out",
                names.join(", ")
            );
            Err(Problem::new(StatusCode::CONFLICT, "centre-not-one", &text))
        }
    }
}

async fn load_online(State(desk): Shared, body: Body<LoadOnline>) -> Answer {
    let body = read(body)?;
    let wallet = seat(&desk)?.wallet;
    let wanted = body.centre.to_lowercase();
    let centre = the_one(wallet.centres().await, &wanted)?;
    let amount = parse::<Money>(&body.amount)?;
    let done = wallet.load_online(centre, amount, (&body.name, &body.password)).await?;
    Ok(Json(outcome(&done)))
}

#[derive(Deserialize)]
struct Redeem {
    amount: String,
    pin: String,
}

async fn redeem(State(desk): Shared, body: Body<Redeem>) -> Answer {
    let body = read(body)?;
    let done = seat(&desk)?
        .wallet
        .redeem(parse::<Money>(&body.amount)?, &body.pin)
        .await?;
    Ok(Json(outcome(&done)))
}

#[derive(Deserialize)]
struct Ask {
    seller: String,
    sheet: String,
    #[serde(default)]
    pay_only: bool,
}

pub(super) async fn shown(desk: &Desk, checked: Checked) -> Answer {
    let purse = seat(desk)?.wallet.summary().await.spendable;
    let quote = checked.quote();
    let after = quote
        .credit
        .map_or_else(|| purse.minus(quote.price), |credit| purse.plus(credit))
        .ok();
    let answer = json!({
        "title": checked.title(), "seller": checked.giver_name(), "price": quote.price.to_string(),
        "credit": quote.credit.map(|m| m.to_string()), "purse": purse.to_string(),
        "after": after.map(|m| m.to_string()), "until": quote.until.to_string(),
        "publisher": checked.on_sale().map(|s| s.publisher_name.clone()),
        "offer": checked.on_sale().map(|s| s.offer.number.to_string()),
        "quote": checked.hash().to_string(),
    });
    desk.keep_quote(checked);
    Ok(Json(answer))
}

async fn quote(State(desk): Shared, body: Body<Ask>) -> Answer {
    let body = read(body)?;
    let sheet = OfferSheet::parse(&bytes(&body.sheet)?).map_err(|no| Problem::of(&no))?;
    let question = if body.pay_only {
        Question::PayOnly(sheet)
    } else {
        Question::Sale(sheet)
    };
    let checked = seat(&desk)?.wallet.quote(parse(&body.seller)?, question).await?;
    shown(&desk, checked).await
}

#[derive(Deserialize)]
struct OneLicense {
    license: String,
}

async fn quote_refund(State(desk): Shared, body: Body<OneLicense>) -> Answer {
    let id: LicenseId = parse(&read(body)?.license)?;
    let checked = seat(&desk)?.wallet.quote_refund(id).await?;
    shown(&desk, checked).await
}

#[derive(Deserialize)]
struct Pay {
    quote: String,
    pin: String,
    #[serde(default)]
    values: Vec<ValueName>,
    /// By whose bill, if by somebody's.
    bill: Option<String>,
    /// With which medium, as its label shows its number.
    medium: Option<String>,
    /// Paired players it shall play on, and on no other (ST-24).
    #[serde(default)]
    players: Vec<String>,
    /// On players, only while this wallet answers (ST-23).
    #[serde(default)]
    while_here: bool,
}

/// To what the buyer binds what he buys.
async fn bound(wallet: &crate::Wallet, players: &[String], while_here: bool) -> Result<license::Bind, Problem> {
    let mut devices = Vec::new();
    for name in players {
        devices.push(super::loan_api::known(wallet, name).await?.device);
    }
    Ok(match (while_here, devices.is_empty()) {
        (true, _) => license::Bind::Wallet,
        (false, false) => license::Bind::Players(devices),
        (false, true) => license::Bind::Free,
    })
}

async fn pay(State(desk): Shared, body: Body<Pay>) -> Answer {
    let body = read(body)?;
    let hash: Hash = parse(&body.quote)?;
    let values = body.values.iter().map(ValueName::parse).collect::<Result<_, _>>()?;
    let wallet = seat(&desk)?.wallet;
    let want = match (&body.medium, &body.bill) {
        (Some(medium), _) => {
            let checked = desk.quote(hash).ok_or_else(Problem::not_found)?;
            wallet.with_medium(&checked, medium).await?
        }
        (None, Some(payer)) => by_bill(parse(payer)?, wallet.summary().await.spendable.currency()),
        (None, None) => Want {
            values,
            bind: bound(&wallet, &body.players, body.while_here).await?,
            ..Want::default()
        },
    };
    let deal = desk
        .pay_once(&wallet, hash, body.pin, want)
        .await
        .ok_or_else(Problem::not_found)??;
    let done = wallet.see_through(deal).await;
    after_deal(&wallet, &done).await;
    Ok(Json(outcome(&done)))
}

async fn deal(State(desk): Shared, Path(deal): Path<String>) -> Answer {
    let deal: DealId = parse(&deal)?;
    let known = seat(&desk)?.wallet.outcome(deal).await.ok_or_else(Problem::not_found)?;
    Ok(Json(outcome(&known)))
}

async fn delete(State(desk): Shared, body: Body<OneLicense>) -> Answer {
    seat(&desk)?.wallet.delete(parse(&read(body)?.license)?).await?;
    Ok(Json(json!({})))
}

async fn fetch(State(desk): Shared, body: Body<OneLicense>) -> Answer {
    seat(&desk)?.wallet.fetch_soon(parse(&read(body)?.license)?).await?;
    Ok(Json(json!({})))
}

#[derive(Deserialize)]
struct Play {
    license: Option<String>,
    path: Option<PathBuf>,
}

async fn play(State(desk): Shared, body: Body<Play>) -> Answer {
    let player = seat(&desk)?.player;
    let session = match read(body)? {
        Play { license: Some(id), .. } => player.play(parse(&id)?).await?,
        Play { path: Some(path), .. } => player.play_file(&path).await?,
        _ => {
            return Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "body-malformed",
                "name a license or a path",
            ));
        }
    };
    Ok(Json(json!({
        "session": session.id(),
        "content": format!("{}/play/{}/content", desk.address().origin(), session.id()),
        "title": session.title(), "media_type": session.media_type(), "bytes": session.len(),
        "license": session.license().to_string(), "until": session.until().to_string(),
    })))
}

#[derive(Deserialize)]
struct OneSession {
    session: String,
}

async fn play_end(State(desk): Shared, body: Body<OneSession>) -> Answer {
    seat(&desk)?.player.end(&read(body)?.session);
    Ok(Json(json!({})))
}

#[derive(Deserialize)]
struct Pins {
    old: String,
    new: String,
}

async fn pin(State(desk): Shared, body: Body<Pins>) -> Answer {
    let body = read(body)?;
    seat(&desk)?.wallet.change_pin(&body.old, &body.new).await?;
    Ok(Json(json!({})))
}

#[derive(Deserialize)]
struct Unblock {
    code: String,
    new: String,
}

async fn unblock(State(desk): Shared, body: Body<Unblock>) -> Answer {
    let body = read(body)?;
    seat(&desk)?
        .wallet
        .unblock(&card::RecoveryCode(body.code), &body.new)
        .await?;
    Ok(Json(json!({})))
}

#[derive(Deserialize)]
struct Keep {
    opened: bool,
}

async fn keep(State(desk): Shared, body: Body<Keep>) -> Answer {
    let keeping = if read(body)?.opened {
        Keeping::Opened
    } else {
        Keeping::AsTheyCame
    };
    seat(&desk)?.wallet.keep(keeping).await?;
    Ok(Json(json!({})))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// proves: ST-20
    #[test]
    fn a_password_goes_to_the_one_centre_that_was_named() {
        let centre = |n: u8, name: &str| Centre {
            id: PartyId([n; 16]),
            name: name.into(),
            bills: false,
        };
        let all = || {
            vec![
                centre(1, "Seto Bank"),
                centre(2, "Seto Bank Trust"),
                centre(3, "Inland Mobile"),
            ]
        };
        assert_eq!(the_one(all(), "mobile").unwrap(), PartyId([3; 16]));
        assert_eq!(
            the_one(all(), "seto bank").unwrap(),
            PartyId([1; 16]),
            "the whole name means one"
        );
        assert!(the_one(all(), "harbour").is_err());
        let no = the_one(all(), "seto").unwrap_err();
        let said = format!("{no:?}");
        assert!(
            said.contains("centre-not-one") && said.contains("Seto Bank Trust"),
            "{said}"
        );
    }
}
