//! Addresses for wallets: an amount is named, looked after, gone on with or taken back. CBOR, as `deal::cash` has it.

use std::sync::Arc;

use axum::extract::State;
use deal::cash::{CashAsked, CashNamed, CashStand, CashTray};
use party::deposit::{DepositRefused, Order, Stand};
use seal::cbor;
use units::{OrderId, Refusal};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::Slot;
use crate::{
    frame::{Message, Problem, problem::Document},
    verbs::Binary,
};

/// What is no message of a wallet.
#[derive(Debug, thiserror::Error)]
#[error("this is nothing a wallet says to a deposit machine: {0}")]
struct Malformed(cbor::NotCanonical);

impl Refusal for Malformed {
    fn code(&self) -> &'static str {
        "deposit-malformed"
    }
    fn again(&self) -> units::Again {
        units::Again::Never
    }
}

/// Whoever names an amount has not read what the screen shows.
#[derive(Debug, thiserror::Error)]
#[error("this is not the code on the machine's screen; stand before it and read it again")]
struct OtherCode;

impl Refusal for OtherCode {
    fn code(&self) -> &'static str {
        "deposit-code"
    }
    fn again(&self) -> units::Again {
        units::Again::AfterYouAct
    }
}

fn asked(message: &Message) -> Result<OrderId, Problem> {
    let asked: CashAsked = cbor::from_bytes(&message.0).map_err(|no| Problem::by(&Malformed(no)))?;
    Ok(asked.order)
}

/// How an order stands, in the words of a wallet.
pub(super) const fn stand_of(stand: Stand) -> CashStand {
    match stand {
        Stand::Named => CashStand::Open,
        Stand::Promised | Stand::Held => CashStand::Promised,
        Stand::Keep | Stand::Kept => CashStand::Kept,
        Stand::GiveBack | Stand::Returned => CashStand::Returned,
    }
}

async fn tray(slot: &Slot, order: OrderId) -> Result<Message, Problem> {
    let row = slot.order(order).await?;
    let row: Order = row.ok_or_else(|| Problem::by(&DepositRefused::NoOrder))?;
    let counted = slot.counted().await?;
    let tray = CashTray {
        order,
        amount: row.amount,
        counted,
        stand: stand_of(row.stand),
    };
    Ok(cbor::to_bytes(&tray).into())
}

/// An amount is named for a card's quote. The same again changes nothing.
#[utoipa::path(post, path = "/v1/deposit/name", tag = "deposit",
    request_body(content = Binary, content_type = "application/cbor"),
    responses((status = 200, body = Binary, content_type = "application/cbor", description = "The tray"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn name(State(slot): State<Arc<Slot>>, message: Message) -> Result<Message, Problem> {
    let named: CashNamed = cbor::from_bytes(&message.0).map_err(|no| Problem::by(&Malformed(no)))?;
    let (order, purse) = (named.order, named.purse);
    if slot.order(order).await?.is_some() {
        // Heard before, and its answer was lost.
        return tray(&slot, order).await;
    }
    if slot.just_ended().await.is_some() {
        // Somebody's notes are in the flap.
        return Err(Problem::by(&DepositRefused::Busy));
    }
    if slot.current().await?.is_none() && !slot.code.is(&named.code) {
        return Err(Problem::by(&OtherCode));
    }
    slot.office
        .commit(move |machine, tx, now, _| machine.name(tx, order, named.amount, named.until, now))
        .await?;
    slot.code.renew();
    *slot.shown.lock().await = purse.map(|purse| (order, purse));
    tray(&slot, order).await
}

/// How an order stands, and what lies in the tray.
#[utoipa::path(post, path = "/v1/deposit/look", tag = "deposit",
    request_body(content = Binary, content_type = "application/cbor"),
    responses((status = 200, body = Binary, content_type = "application/cbor", description = "The tray"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "No such order here")))]
async fn look(State(slot): State<Arc<Slot>>, message: Message) -> Result<Message, Problem> {
    let order = asked(&message)?;
    slot.hasten(order).await?;
    tray(&slot, order).await
}

/// Go on with what lies in the tray: exactly the amount, or nothing happens.
#[utoipa::path(post, path = "/v1/deposit/load", tag = "deposit",
    request_body(content = Binary, content_type = "application/cbor"),
    responses((status = 200, body = Binary, content_type = "application/cbor", description = "The tray"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn load(State(slot): State<Arc<Slot>>, message: Message) -> Result<Message, Problem> {
    let order = asked(&message)?;
    slot.load(order).await?;
    tray(&slot, order).await
}

/// Everything back, unless the issuer has decided otherwise.
#[utoipa::path(post, path = "/v1/deposit/back", tag = "deposit",
    request_body(content = Binary, content_type = "application/cbor"),
    responses((status = 200, body = Binary, content_type = "application/cbor", description = "The tray"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "No such order here")))]
async fn back(State(slot): State<Arc<Slot>>, message: Message) -> Result<Message, Problem> {
    let order = asked(&message)?;
    slot.back(order).await?;
    tray(&slot, order).await
}

/// The addresses.
pub(crate) fn routes() -> OpenApiRouter<Arc<Slot>> {
    OpenApiRouter::new()
        .routes(routes!(name))
        .routes(routes!(look))
        .routes(routes!(load))
        .routes(routes!(back))
}
