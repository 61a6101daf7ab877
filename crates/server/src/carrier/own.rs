//! Own: everything a carrier keeps about a person, told to that person, and name, address and number forgotten once nothing is
//! owed. Whoever has the address of one of his bills is that person; the operator may do the same for somebody who wrote.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use carrier::{ForgetRefused, Person, SubscriberId};
use party::centre;
use serde::{Deserialize, Serialize};
use store::Fault;
use units::OrderId;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{BillData, Counter, data};
use crate::{
    frame::{Json, Named, Problem, problem::Document},
    money::Amount,
};

/// Plan and services from a month on.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TermsFrom {
    /// The first month.
    pub from: String,
    /// The plan.
    pub plan: String,
    /// Extra services.
    pub services: Vec<String>,
}

/// A payment that a merchant asked for.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MerchantLine {
    /// When.
    pub at: String,
    /// What stands on the bill.
    pub what: String,
    /// The merchant, as the payment names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant: Option<String>,
    /// The merchant's reference.
    pub reference: String,
    /// By which number.
    pub number: String,
    /// How much.
    pub amount: Amount,
    /// How far it came.
    pub state: String,
}

/// Everything that is kept about a person.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AboutSubscriber {
    /// The number under which the books know the person.
    pub subscriber: String,
    /// The name on bills; empty when it was forgotten.
    pub name: String,
    /// Lines of the address.
    pub address: Vec<String>,
    /// The telephone number.
    pub number: String,
    /// Since when.
    pub since: String,
    /// Until when, once ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// Is a wallet bound that may charge?
    pub wallet: bool,
    /// Most for content in one month.
    pub content_limit: Amount,
    /// Plans and services.
    pub terms: Vec<TermsFrom>,
    /// Every bill, the latest first: what was used, bought, paid.
    pub bills: Vec<BillData>,
    /// Payments that merchants asked for.
    pub payments: Vec<MerchantLine>,
}

fn about(id: SubscriberId, person: Person) -> AboutSubscriber {
    let Person {
        contract,
        terms,
        bills,
        payments,
    } = person;
    AboutSubscriber {
        subscriber: id.to_string(),
        name: contract.name,
        address: contract.address,
        number: contract.number,
        since: contract.since.to_string(),
        ended: contract.ended.map(|at| at.to_string()),
        wallet: contract.key.is_some(),
        content_limit: contract.content_limit.into(),
        terms: terms
            .into_iter()
            .map(|(from, one)| TermsFrom {
                from: from.to_string(),
                plan: one.plan,
                services: one.services,
            })
            .collect(),
        bills: bills.iter().map(|(_, bill)| data::of(bill)).collect(),
        payments: payments
            .into_iter()
            .map(|one| MerchantLine {
                at: one.created.to_string(),
                what: one.what,
                merchant: one.merchant,
                reference: one.reference,
                number: one.number,
                amount: one.amount.into(),
                state: one.state.word().to_owned(),
            })
            .collect(),
    }
}

async fn tell(counter: &Counter, id: SubscriberId) -> Result<Json<AboutSubscriber>, Problem> {
    let found = counter
        .office
        .look::<_, Fault>(move |carrier, view, _| carrier.person(view, id))
        .await?;
    Ok(Json(about(id, found.ok_or_else(Problem::nothing_here)?)))
}

async fn drop_person(counter: &Counter, id: SubscriberId) -> Result<StatusCode, Problem> {
    let gate = counter.online.gate();
    counter
        .office
        .commit::<_, ForgetRefused>(move |carrier, tx, _, _| {
            carrier.forget_person(tx, id)?;
            // The way in to loading on line bears the number too.
            Ok(centre::let_out(tx, &gate, id.0)?)
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Counter {
    /// Whose bill is behind this link.
    async fn person_behind(&self, link: OrderId) -> Result<SubscriberId, Problem> {
        Ok(self.behind(link).await?.0.who)
    }
}

/// Everything that is kept about whoever a bill is for, for whoever has the bill's address.
#[utoipa::path(get, path = "/v1/bills/{link}/data", tag = "bills",
    params(("link" = String, Path, description = "The secret part of the address of the bill's page")),
    responses((status = 200, body = AboutSubscriber),
        (status = 404, body = Document, content_type = "application/problem+json", description = "No such bill")))]
async fn own(
    State(counter): State<Arc<Counter>>,
    Named(link): Named<OrderId>,
) -> Result<Json<AboutSubscriber>, Problem> {
    let id = counter.person_behind(link).await?;
    tell(&counter, id).await
}

/// Forgets name, address and number of whoever a bill is for, once the contract has ended and every bill is paid. The books keep
/// the bills under a number that says nothing.
#[utoipa::path(delete, path = "/v1/bills/{link}/data", tag = "bills",
    params(("link" = String, Path, description = "The secret part of the address of the bill's page")),
    responses((status = 204, description = "They are not there, now or from before"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn own_forget(State(counter): State<Arc<Counter>>, Named(link): Named<OrderId>) -> Result<StatusCode, Problem> {
    let id = counter.person_behind(link).await?;
    drop_person(&counter, id).await
}

/// Everything that is kept about a subscriber who asked for it in writing. The operator's.
#[utoipa::path(get, path = "/v1/subscribers/{subscriber}/data", tag = "operator",
    params(("subscriber" = String, Path, description = "The subscriber's number here")),
    responses((status = 200, body = AboutSubscriber),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused")))]
async fn of_subscriber(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Named(id): Named<SubscriberId>,
) -> Result<Json<AboutSubscriber>, Problem> {
    counter.operators.check(&headers)?;
    tell(&counter, id).await
}

/// Forgets name, address and number of a subscriber who asked for it in writing. The operator's.
#[utoipa::path(delete, path = "/v1/subscribers/{subscriber}/data", tag = "operator",
    params(("subscriber" = String, Path, description = "The subscriber's number here")),
    responses((status = 204, description = "They are not there, now or from before"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn forget_subscriber(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Named(id): Named<SubscriberId>,
) -> Result<StatusCode, Problem> {
    counter.operators.check(&headers)?;
    drop_person(&counter, id).await
}

/// Their addresses.
pub(super) fn routes() -> OpenApiRouter<Arc<Counter>> {
    OpenApiRouter::new()
        .routes(routes!(own))
        .routes(routes!(own_forget))
        .routes(routes!(of_subscriber))
        .routes(routes!(forget_subscriber))
}
