//! Issuer over HTTP: cards enrol and report, money is loaded and redeemed, sellers bring slips.

mod cases;
mod losses;
mod stories;

#[cfg(test)]
pub(crate) use stories::all as all_stories;

pub use losses::LostCard;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use minicbor::bytes::ByteVec;
use party::{
    Verb,
    errand::Step,
    issuer::{Issuer, PayoutRefused, Status, StopFor},
};
use seal::cbor;
use serde::{Deserialize, Serialize};
use store::Fault;
use units::{Again, CardNo, PartyId, TransferId};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    frame::{Json, Message, Named, Problem, limits::PRESENTS_MAX, problem::Document},
    money::Amount,
    office::Office,
    operator::Operators,
    presenter::{OnePresented, Presenteds, Presents},
    running::Surface,
    verbs::{Binary, pays, verbs},
};

/// What the issuer's addresses answer from.
#[derive(Debug)]
pub(crate) struct Mint {
    pub(crate) office: Arc<Office<Issuer>>,
    pub(crate) operators: Operators,
    pub(crate) sign: Sign,
}

/// What its pages say of it.
#[derive(Debug)]
pub(crate) struct Sign {
    pub(crate) name: String,
    pub(crate) dev: bool,
}

verbs!(Mint {
    /// A new card's request, signed with its own keys; answered by its number, certificate and first tags, signed.
    enrol "/v1/enrol" Enrol
    /// Says that a decision has arrived.
    done "/v1/done" Done
    /// A card's report of everything unfinished; answered by its clearance.
    report "/v1/report" Report
    /// A card's recovery copy, its holder's statement that another card is lost, or the wish for the issuer's word to sellers;
    /// answered as things stand, sealed to the card.
    claim "/v1/claim" Claim
    /// Slips a server was paid with, signed by it; answered one by one, the same for ever.
    present "/v1/present" Present
    /// A restored server asks what was honoured for it.
    honoured "/v1/honoured" Honoured
    /// A payee has what it is owed paid to its account at the bank.
    pay_out "/v1/payout" PayOut
    /// A deposit machine says what lies in its tray, and what is to become of it; answered by the issuer's signed word: held,
    /// loaded or back.
    cash "/v1/cash" Cash
});
pays!(Mint);

/// Several signed `present`s at once: CBOR array of byte strings. They share a disk write and are answered in the same order.
#[utoipa::path(post, path = "/v1/presents", tag = "messages",
    request_body(content = Binary, content_type = "application/cbor"),
    responses((status = 200, body = Binary, content_type = "application/cbor", description = "What came of each"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn presents(State(state): State<Arc<Mint>>, message: Message) -> Result<Message, Problem> {
    let no = |text: &str| Problem::door(StatusCode::BAD_REQUEST, "presents-malformed", Again::Never, text);
    let Ok(batch) = cbor::from_bytes_within::<Presents>(&message.0, crate::frame::limits::BODY_MAX) else {
        return Err(no("send a CBOR array of signed present messages"));
    };
    if batch.0.len() > PRESENTS_MAX {
        return Err(no("at most 256 messages travel together"));
    }
    let bodies = batch.0.into_iter().map(|body| Vec::from(body).into()).collect();
    let each = state
        .office
        .serve_all(Verb::Present, bodies)
        .await
        .into_iter()
        .map(|done| match done {
            Ok(Step::Answer(bytes)) => OnePresented::Answer(ByteVec::from(bytes)),
            Ok(_) => OnePresented::Refused("not-yet".to_owned()),
            Err(no) => OnePresented::Refused(no.code().to_owned()),
        });
    Ok(cbor::to_bytes(&Presenteds(each.collect())).into())
}

/// Pays a payee what it is owed.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Payout {
    /// The transfer's id, drawn at random: the same one on every repeat.
    pub id: String,
    /// Who is paid.
    pub payee: String,
    /// How much.
    pub amount: Amount,
}

/// What became of it.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PaidOut {
    /// How much was ordered.
    pub amount: Amount,
    /// What the payee is still owed.
    pub owed: Amount,
}

/// Pays a payee what it is owed, to its account at the bank. The operator's.
#[utoipa::path(post, path = "/v1/payouts", tag = "operator", request_body = Payout,
    responses((status = 200, body = PaidOut),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn payout(
    State(state): State<Arc<Mint>>,
    headers: HeaderMap,
    Json(order): Json<Payout>,
) -> Result<Json<PaidOut>, Problem> {
    state.operators.check(&headers)?;
    let id: TransferId = order.id.parse().map_err(|_| Problem::nothing_here())?;
    let payee: PartyId = order.payee.parse().map_err(|_| Problem::nothing_here())?;
    let currency = party::Party::desk(&*state.office.party).currency();
    let amount = order.amount.money(currency)?;
    let errand = state
        .office
        .commit::<_, PayoutRefused>(move |issuer, tx, now, _| issuer.payout(tx, id, payee, amount, now))
        .await?;
    let _ = state.office.follow(Step::Errand(errand)).await?; // written down: the sweep goes on where this ends
    let owed = state
        .office
        .look::<_, Fault>(move |issuer, view, _| issuer.owed(view, payee))
        .await?;
    Ok(Json(PaidOut {
        amount: amount.into(),
        owed: owed.into(),
    }))
}

/// A card that people should look at.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SuspectCard {
    /// Its number.
    pub card: String,
    /// What it said twice: two-slips-one-number, two-gifts-one-number or gave-and-voided.
    pub proofs: Vec<String>,
    /// How far its shadow account went below zero.
    pub below_zero: Amount,
    /// active, frozen or stopped.
    pub status: String,
}

/// Cards that were proven to go on from an older copy, and cards that cost more than they had. The operator's.
#[utoipa::path(get, path = "/v1/suspects", tag = "operator",
    responses((status = 200, body = Vec<SuspectCard>),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused")))]
async fn suspects(State(state): State<Arc<Mint>>, headers: HeaderMap) -> Result<Json<Vec<SuspectCard>>, Problem> {
    state.operators.check(&headers)?;
    let found = state
        .office
        .look::<_, Fault>(|issuer, view, _| issuer.suspects(view))
        .await?;
    let shown = found.into_iter().map(|one| SuspectCard {
        card: one.card.to_string(),
        proofs: one.proofs.iter().map(|found| found.proof.word().to_owned()).collect(),
        below_zero: one.below_zero.into(),
        status: match one.status {
            Status::Active => "active",
            Status::Frozen => "frozen",
            Status::Stopped => "stopped",
        }
        .to_owned(),
    });
    Ok(Json(shown.collect()))
}

/// What is to become of a card.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// lost: its holder says so, and nothing of it is waited for; fraud: it was copied; pardoned: it was a mistake, and it
    /// comes back as every restored card does.
    pub standing: String,
}

/// Stops a card, or lets one that was stopped for fraud come back. What it holds still plays. The operator's.
#[utoipa::path(put, path = "/v1/cards/{card}/standing", tag = "operator", request_body = Standing,
    params(("card" = String, Path, description = "The card's number")),
    responses((status = 204, description = "So it is"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn standing(
    State(state): State<Arc<Mint>>,
    Named(card): Named<CardNo>,
    headers: HeaderMap,
    Json(wanted): Json<Standing>,
) -> Result<StatusCode, Problem> {
    state.operators.check(&headers)?;
    let why = match wanted.standing.as_str() {
        "lost" => Some(StopFor::Lost),
        "fraud" => Some(StopFor::Fraud),
        "pardoned" => None,
        _ => {
            let text = "a card's standing is lost, fraud or pardoned";
            let code = StatusCode::UNPROCESSABLE_ENTITY;
            return Err(Problem::door(code, "standing-unknown", Again::AfterYouAct, text));
        }
    };
    let done = state
        .office
        .commit::<_, Fault>(move |issuer, tx, now, _| match why {
            Some(why) => issuer.stop(tx, card, why, now),
            None => issuer.pardon(tx, card),
        })
        .await?;
    if done {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::nothing_here())
    }
}

/// The issuer's addresses.
pub(crate) fn routes() -> OpenApiRouter<Arc<Mint>> {
    OpenApiRouter::new()
        .routes(routes!(enrol))
        .routes(routes!(ask))
        .routes(routes!(pay))
        .routes(routes!(done))
        .routes(routes!(report))
        .routes(routes!(claim))
        .routes(routes!(present))
        .routes(routes!(presents))
        .routes(routes!(honoured))
        .routes(routes!(payout))
        .routes(routes!(pay_out))
        .routes(routes!(cash))
        .routes(routes!(suspects))
        .routes(routes!(standing))
        .merge(losses::routes())
}

/// Its pages, in each language.
fn site() -> Router<Arc<Mint>> {
    let pages = losses::pages().merge(cases::pages()).merge(stories::pages());
    Router::new()
        .nest("/en", pages.clone())
        .nest("/ja", pages.clone())
        .merge(pages)
}

/// Its addresses and its pages.
pub(crate) fn surface(mint: Arc<Mint>) -> Surface {
    let mut surface = Surface::new(routes(), mint.clone());
    surface.timed = surface.timed.merge(site().with_state(mint));
    surface
}
