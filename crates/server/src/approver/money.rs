//! Money that comes and goes outside of purchases, for the operator's programs: bills that were paid, value and points, what sellers
//! are owed and paid. Each request carries an id of its own; sent again, it moves nothing further.

use std::sync::Arc;

use approver::{Means, UserId};
use axum::{extract::State, http::HeaderMap};
use serde::{Deserialize, Serialize};
use store::Fault;
use units::{Money, PartyId, TransferId};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Counter,
    api::{User, one, wrong},
};
use crate::{
    frame::{Json, Named, Problem, problem::Document},
    money::Amount,
    once::Request,
};

/// An amount of money that moved.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Moved {
    /// How much.
    pub amount: Amount,
}

/// Value or points for a user.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Filled {
    /// `value` (paid in) or `points` (given).
    pub means: String,
    /// How much.
    pub amount: Amount,
}

/// Somebody who is owed for approved sales.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Owed {
    /// The seller, or whoever settles for one.
    pub party: String,
    /// The name, as certified.
    pub name: String,
    /// What is owed now.
    pub owed: Amount,
}

/// Everybody who is.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Sellers {
    /// They.
    pub sellers: Vec<Owed>,
}

/// The number a movement of this request has, now and whenever it is sent again.
fn numbered(headers: &HeaderMap, what: &str, about: &[u8; 16]) -> Result<TransferId, Problem> {
    let name = Request::read(headers, what, about, b"")?.name();
    let mut id = [0; 16];
    id.copy_from_slice(&name.0[..16]);
    Ok(TransferId(id))
}

fn currency(counter: &Counter) -> units::Currency {
    party::Party::desk(&*counter.office.party).currency()
}

/// A user has paid a bill, or a part of one: the limit is free again. The operator's.
#[utoipa::path(post, path = "/v1/users/{user}/bills", tag = "operator", request_body = Moved,
    params(("user" = String, Path, description = "The user's number"),
        ("Idempotency-Key" = String, Header, description = "16 to 64 characters; the same one on every repeat")),
    responses((status = 200, body = User),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn bill(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Named(user): Named<UserId>,
    Json(moved): Json<Moved>,
) -> Result<Json<User>, Problem> {
    counter.operators.check(&headers)?;
    let id = numbered(&headers, "bills", &user.0)?;
    let amount = moved.amount.money(currency(&counter))?;
    pay_bill(&counter, id, user, amount).await?;
    Ok(Json(one(&counter, user).await?))
}

/// The same for the console.
pub(super) async fn pay_bill(counter: &Counter, id: TransferId, user: UserId, amount: Money) -> Result<(), Problem> {
    counter
        .office
        .commit(move |approver, tx, now, _| approver.bill_paid(tx, id, user, amount, now))
        .await
}

/// A user has paid value in, or is given points. The operator's.
#[utoipa::path(post, path = "/v1/users/{user}/means", tag = "operator", request_body = Filled,
    params(("user" = String, Path, description = "The user's number"),
        ("Idempotency-Key" = String, Header, description = "16 to 64 characters; the same one on every repeat")),
    responses((status = 200, body = User),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn fill(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Named(user): Named<UserId>,
    Json(filled): Json<Filled>,
) -> Result<Json<User>, Problem> {
    counter.operators.check(&headers)?;
    let id = numbered(&headers, "means", &user.0)?;
    let means = Means::of_word(&filled.means).filter(|means| *means != Means::Credit);
    let means = means.ok_or_else(|| wrong("means", "what is filled is value or points"))?;
    let amount = filled.amount.money(currency(&counter))?;
    counter
        .office
        .commit(move |approver, tx, now, _| approver.fill(tx, id, user, means, amount, now))
        .await?;
    Ok(Json(one(&counter, user).await?))
}

/// Prepaid value was paid back to its user. The operator's.
#[utoipa::path(post, path = "/v1/users/{user}/paid-back", tag = "operator", request_body = Moved,
    params(("user" = String, Path, description = "The user's number"),
        ("Idempotency-Key" = String, Header, description = "16 to 64 characters; the same one on every repeat")),
    responses((status = 200, body = User),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn pay_back(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Named(user): Named<UserId>,
    Json(moved): Json<Moved>,
) -> Result<Json<User>, Problem> {
    counter.operators.check(&headers)?;
    let id = numbered(&headers, "paid-back", &user.0)?;
    let amount = moved.amount.money(currency(&counter))?;
    counter
        .office
        .commit(move |approver, tx, now, _| approver.pay_back(tx, id, user, amount, now))
        .await?;
    Ok(Json(one(&counter, user).await?))
}

/// Everybody who is owed for approved sales. The operator's.
#[utoipa::path(get, path = "/v1/sellers", tag = "operator",
    responses((status = 200, body = Sellers),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Not the operator")))]
async fn sellers(State(counter): State<Arc<Counter>>, headers: HeaderMap) -> Result<Json<Sellers>, Problem> {
    counter.operators.check(&headers)?;
    let found = counter
        .office
        .look::<_, Fault>(|approver, view, _| approver.sellers(view))
        .await?;
    let owed = |(party, name, owed): (PartyId, String, Money)| Owed {
        party: party.to_string(),
        name,
        owed: owed.into(),
    };
    Ok(Json(Sellers {
        sellers: found.into_iter().map(owed).collect(),
    }))
}

/// Pays somebody what is owed, through the bank. The operator's.
#[utoipa::path(post, path = "/v1/sellers/{party}/payouts", tag = "operator", request_body = Moved,
    params(("party" = String, Path, description = "The seller, or whoever settles for one"),
        ("Idempotency-Key" = String, Header, description = "16 to 64 characters; the same one on every repeat")),
    responses((status = 200, body = Moved),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn pay_out(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Named(party): Named<PartyId>,
    Json(moved): Json<Moved>,
) -> Result<Json<Moved>, Problem> {
    counter.operators.check(&headers)?;
    let id = numbered(&headers, "payouts", &party.0)?;
    let amount = moved.amount.money(currency(&counter))?;
    pay_seller(&counter, id, party, amount).await?;
    Ok(Json(moved))
}

/// The same for the console. The bank is asked at once; an order it does not answer is written down and said again.
pub(super) async fn pay_seller(
    counter: &Counter,
    id: TransferId,
    party: PartyId,
    amount: Money,
) -> Result<(), Problem> {
    let errand = counter
        .office
        .commit(move |approver, tx, now, _| approver.pay_out(tx, id, party, amount, now))
        .await?;
    let _ = counter.office.follow(party::errand::Step::Errand(errand)).await?;
    Ok(())
}

/// The addresses.
pub(super) fn routes() -> OpenApiRouter<Arc<Counter>> {
    OpenApiRouter::new()
        .routes(routes!(bill))
        .routes(routes!(fill))
        .routes(routes!(pay_back))
        .routes(routes!(sellers))
        .routes(routes!(pay_out))
}
