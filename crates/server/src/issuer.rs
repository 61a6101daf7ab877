//! Issuer over HTTP: cards enrol and report, money is loaded and redeemed, sellers bring slips.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use minicbor::bytes::ByteVec;
use party::{
    Verb,
    errand::Step,
    issuer::{Issuer, PayoutRefused},
};
use seal::cbor;
use serde::{Deserialize, Serialize};
use store::Fault;
use units::{Again, PartyId, TransferId};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    frame::{Json, Message, Problem, limits::PRESENTS_MAX, problem::Document},
    money::Amount,
    office::Office,
    operator::Operators,
    presenter::{OnePresented, Presenteds, Presents},
    verbs::{Binary, pays, verbs},
};

/// What the issuer's addresses answer from.
#[derive(Debug)]
pub(crate) struct Mint {
    pub(crate) office: Arc<Office<Issuer>>,
    pub(crate) operators: Operators,
}

verbs!(Mint {
    /// A new card's request, signed with its own keys; answered by its number, certificate and first tags, signed.
    enrol "/v1/enrol" Enrol
    /// Says that a decision has arrived.
    done "/v1/done" Done
    /// A card's report of everything unfinished; answered by its clearance.
    report "/v1/report" Report
    /// Slips a server was paid with, signed by it; answered one by one, the same for ever.
    present "/v1/present" Present
    /// A restored server asks what was honoured for it.
    honoured "/v1/honoured" Honoured
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

/// The issuer's addresses.
pub(crate) fn routes() -> OpenApiRouter<Arc<Mint>> {
    OpenApiRouter::new()
        .routes(routes!(enrol))
        .routes(routes!(ask))
        .routes(routes!(pay))
        .routes(routes!(done))
        .routes(routes!(report))
        .routes(routes!(present))
        .routes(routes!(presents))
        .routes(routes!(honoured))
        .routes(routes!(payout))
}
