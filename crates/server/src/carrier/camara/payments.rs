//! Payments: `createPayment`, `preparePayment`, `validatePayment`, `confirmPayment`, `cancelPayment`, and what a client may look at.

use std::sync::Arc;

use axum::{
    extract::{Path, RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use carrier::{
    Asked, ConfirmRefused, Confirmed, Payment, PaymentId, PaymentRefused, Scope, State as Stage, Steps,
    ValidateRefused, Validated,
};
use serde::Serialize;
use serde_json::value::RawValue;
use units::Again;

use super::{BILLING, OnlyFault, Refuse, caller, json, token, wire};
use crate::{
    carrier::Counter,
    frame::{Json, Problem},
};

/// `Payment`, `PaymentCreated` and what a reservation is answered by.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Said<'a> {
    payment_id: String,
    amount_transaction: Transaction<'a>,
    payment_status: &'static str,
    payment_creation_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    validation_info: Option<ValidationInfo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sink: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Transaction<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    phone_number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_correlator: Option<&'a str>,
    payment_amount: Box<RawValue>,
    reference_code: &'a str,
    #[serde(rename = "resourceURL")]
    resource_url: String,
    server_reference_code: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ValidationInfo {
    action: &'static str,
    authorization_id: String,
}

/// Text that was JSON when it came in.
pub(super) fn raw(bytes: &[u8]) -> Box<RawValue> {
    let text = std::str::from_utf8(bytes).unwrap_or("null").to_owned();
    RawValue::from_string(text).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

fn said<'a>(counter: &Counter, id: PaymentId, payment: &'a Payment, first: bool) -> Said<'a> {
    let state = if first { payment.first } else { payment.state };
    let waits = payment.coded && matches!(state, Stage::Processing | Stage::PendingValidation);
    Said {
        payment_id: id.to_string(),
        amount_transaction: Transaction {
            phone_number: &payment.number,
            client_correlator: payment.correlator.as_deref(),
            payment_amount: raw(&payment.wire),
            reference_code: &payment.reference,
            resource_url: format!("{}{BILLING}/payments/{id}", counter.address),
            server_reference_code: carrier::reference(id.0),
        },
        payment_status: state.word(),
        payment_creation_date: payment.created.to_string(),
        payment_date: payment
            .paid
            .filter(|_| state == Stage::Succeeded)
            .map(|at| at.to_string()),
        expires_at: payment.expires.map(|at| at.to_string()),
        validation_info: (first && waits).then(|| ValidationInfo {
            action: "validate",
            authorization_id: counter.office.party.authorization_of(id),
        }),
        sink: payment.sink.as_ref().map(|sink| sink.url.as_str()),
    }
}

/// One document, or nothing if it cannot be written.
pub(super) fn document(said: &impl Serialize) -> Result<String, Problem> {
    let broken = |_| {
        Problem::door(
            StatusCode::INTERNAL_SERVER_ERROR,
            "json-unwritten",
            Again::Later,
            "not written",
        )
    };
    serde_json::to_string(said).map_err(broken)
}

/// `createPayment`.
pub(super) async fn create(
    state: State<Arc<Counter>>,
    headers: HeaderMap,
    body: Result<Json<Box<RawValue>>, Problem>,
) -> Result<Response, Problem> {
    take(state.0, headers, body, Steps::One).await
}

/// `preparePayment`.
pub(super) async fn prepare(
    state: State<Arc<Counter>>,
    headers: HeaderMap,
    body: Result<Json<Box<RawValue>>, Problem>,
) -> Result<Response, Problem> {
    take(state.0, headers, body, Steps::Two).await
}

async fn take(
    counter: Arc<Counter>,
    headers: HeaderMap,
    body: Result<Json<Box<RawValue>>, Problem>,
    steps: Steps,
) -> Result<Response, Problem> {
    counter.let_in(&headers, Scope::Create).await?;
    let body = body?.0;
    wire::short(&body)?;
    let read: wire::CreatePayment = wire::body(&body)?;
    let sink = wire::sink_of(&read)?;
    let said_of = read.amount_transaction;
    let sum = wire::sum(&said_of.payment_amount, counter.currency())?;
    let asked = Asked {
        number: wire::number(said_of.phone_number)?,
        correlator: said_of.client_correlator,
        reference: said_of.reference_code,
        amount: sum.amount,
        tax_included: sum.tax_included,
        items: sum.items,
        what: sum.what,
        merchant: sum.merchant,
        wire: said_of.payment_amount.get().as_bytes().to_vec(),
        sink,
        content: wire::content(&body)?,
    };
    let token = token(&headers);
    let (id, payment, _) = counter
        .office
        .commit::<_, Refuse<PaymentRefused>>(move |carrier, tx, now, seed| {
            let caller = caller(carrier, tx, (&token, Scope::Create), now)?;
            Ok(carrier.take_payment(tx, &caller, (&asked, steps), now, &seed.part("payment"))?)
        })
        .await?;
    let said = said(&counter, id, &payment, true);
    let place = HeaderValue::from_str(&said.amount_transaction.resource_url).ok();
    let mut response = (StatusCode::CREATED, json(document(&said)?)).into_response();
    if let Some(place) = place {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// `retrievePayment`.
pub(super) async fn one(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let caller = counter.let_in(&headers, Scope::Read).await?;
    let id = named(&id)?;
    let found = counter
        .office
        .look::<_, OnlyFault>(move |carrier, view, _| Ok(carrier.payment_of(view, &caller, id)?))
        .await?;
    let payment = found.ok_or_else(Problem::nothing_here)?;
    Ok(json(document(&said(&counter, id, &payment, false))?))
}

/// `retrievePayments`.
pub(super) async fn list(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let caller = counter.let_in(&headers, Scope::Read).await?;
    let names = ("paymentCreationDate", "paymentStatus");
    let filter = wire::filter(query.as_deref(), names, &Stage::ALL, counter.office.clock.now())?;
    let found = counter
        .office
        .look::<_, OnlyFault>(move |carrier, view, _| Ok(carrier.payments(view, &caller, &filter)?))
        .await?;
    let found = found.map_err(|_| too_many())?;
    let rows: Vec<_> = found
        .rows
        .iter()
        .map(|(id, one)| said(&counter, *id, one, false))
        .collect();
    Ok(page(document(&rows)?, found.total, found.last))
}

pub(super) fn too_many() -> Problem {
    let text = "more match than are listed at once; narrow the dates";
    Problem::door(StatusCode::BAD_REQUEST, "merchant-too-many", Again::AfterYouAct, text)
}

/// A page of a list with its place among all.
pub(super) fn page(body: String, total: usize, last: usize) -> Response {
    let mut response = json(body);
    let headers = response.headers_mut();
    headers.insert("x-total-count", HeaderValue::from(total));
    headers.insert("content-last-key", HeaderValue::from(last));
    response
}

/// Any text names a payment; most name none.
pub(super) fn named(text: &str) -> Result<PaymentId, Problem> {
    text.parse().map_err(|_| Problem::nothing_here())
}

/// `validatePayment`.
pub(super) async fn validate(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Result<Json<Box<RawValue>>, Problem>,
) -> Result<Response, Problem> {
    counter.let_in(&headers, Scope::Write).await?;
    let read: wire::ValidatePayment = wire::body(&body?.0)?;
    let (id, token) = (named(&id)?, token(&headers));
    let done = counter
        .office
        .commit::<_, Refuse<ValidateRefused>>(move |carrier, tx, now, _| {
            let caller = caller(carrier, tx, (&token, Scope::Write), now)?;
            Ok(carrier.validate(tx, &caller, id, (&read.authorization_id, &read.code), now)?)
        })
        .await?;
    let no = |code, text| Err(Problem::door(StatusCode::BAD_REQUEST, code, Again::AfterYouAct, text));
    match done {
        Validated::Yes => Ok(StatusCode::NO_CONTENT.into_response()),
        Validated::Wrong => no("payment-code", "the code is wrong"),
        Validated::TooOften => no("payment-code-too-often", "the code was wrong too often"),
    }
}

/// `confirmPayment`.
pub(super) async fn confirm(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Result<Json<Box<RawValue>>, Problem>,
) -> Result<Response, Problem> {
    let (id, number, token) = second(&counter, &headers, &id, body).await?;
    let done = counter
        .office
        .commit::<_, Refuse<ConfirmRefused>>(move |carrier, tx, now, _| {
            let caller = caller(carrier, tx, (&token, Scope::Write), now)?;
            Ok(carrier.confirm(tx, &caller, id, number.as_deref(), now)?)
        })
        .await?;
    let no = |status, code, text| Err(Problem::door(status, code, Again::Never, text));
    match done {
        Confirmed::Yes => Ok(StatusCode::ACCEPTED.into_response()),
        Confirmed::Denied => no(StatusCode::FORBIDDEN, "payment-denied", "this payment is denied"),
        Confirmed::Expired => no(StatusCode::CONFLICT, "payment-cancelled", "its time had ended"),
    }
}

/// `cancelPayment`.
pub(super) async fn cancel(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Result<Json<Box<RawValue>>, Problem>,
) -> Result<Response, Problem> {
    let (id, number, token) = second(&counter, &headers, &id, body).await?;
    counter
        .office
        .commit::<_, Refuse<ConfirmRefused>>(move |carrier, tx, now, _| {
            let caller = caller(carrier, tx, (&token, Scope::Write), now)?;
            Ok(carrier.cancel(tx, &caller, id, number.as_deref(), now)?)
        })
        .await?;
    Ok(StatusCode::ACCEPTED.into_response())
}

/// What both second steps say.
async fn second(
    counter: &Counter,
    headers: &HeaderMap,
    id: &str,
    body: Result<Json<Box<RawValue>>, Problem>,
) -> Result<(PaymentId, Option<String>, String), Problem> {
    counter.let_in(headers, Scope::Write).await?;
    let read: wire::PhoneNumber = wire::body(&body?.0)?;
    let number = wire::number(read.phone_number)?;
    Ok((named(id)?, number, token(headers)))
}
