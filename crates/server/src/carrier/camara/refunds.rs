//! Refunds: `createRefund`, `retrieveRefunds`, `retrieveRefund` and `retrievePaymentRemainingAmount`.

use std::sync::Arc;

use axum::{
    extract::{Path, RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use carrier::{AskedRefund, MerchantRefund, MerchantRefundRefused, RefundId, RefundState, Scope};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    OnlyFault, REFUND, Refuse, caller, json,
    payments::{document, named, page, raw, too_many},
    token, wire,
};
use crate::{
    carrier::Counter,
    frame::{Json, Problem},
};

/// `TotalRefund` and `PartialRefund`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Said<'a> {
    refund_id: String,
    refund_status: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    refund_creation_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    amount_transaction: Box<RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sink: Option<&'a str>,
}

/// `PaymentRemainingAmount`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Remaining {
    amount: Box<RawValue>,
    currency: String,
    description: &'static str,
    is_tax_included: bool,
}

fn said(id: RefundId, refund: &MerchantRefund, first: bool) -> Said<'_> {
    let state = if first { refund.first } else { refund.state };
    Said {
        refund_id: id.to_string(),
        refund_status: state.word(),
        kind: if refund.total { "total" } else { "partial" },
        refund_creation_date: refund.created.to_string(),
        refund_date: refund
            .made
            .filter(|_| state == RefundState::Succeeded)
            .map(|at| at.to_string()),
        reason: refund.reason.as_deref(),
        amount_transaction: raw(&refund.wire),
        sink: refund.sink.as_ref().map(|sink| sink.url.as_str()),
    }
}

/// `createRefund`.
pub(super) async fn create(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Path(of): Path<String>,
    body: Result<Json<Box<RawValue>>, Problem>,
) -> Result<Response, Problem> {
    counter.let_in(&headers, Scope::RefundCreate).await?;
    let body = body?.0;
    let asked = asked(&body, counter.currency())?;
    let (of, token) = (named(&of)?, token(&headers));
    let (id, refund) = counter
        .office
        .commit::<_, Refuse<MerchantRefundRefused>>(move |carrier, tx, now, seed| {
            let caller = caller(carrier, tx, (&token, Scope::RefundCreate), now)?;
            Ok(carrier.take_refund(tx, &caller, (of, &asked), now, &seed.part("refund"))?)
        })
        .await?;
    let mut response = (StatusCode::CREATED, json(document(&said(id, &refund, true))?)).into_response();
    let place = format!("{}{REFUND}/payments/{of}/refunds/{id}", counter.address);
    if let Ok(place) = HeaderValue::from_str(&place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

fn asked(body: &RawValue, currency: units::Currency) -> Result<AskedRefund, Problem> {
    wire::short(body)?;
    let read: wire::CreateRefund = wire::body(body)?;
    let sink = wire::refund_sink(&read)?;
    let about: wire::RefundTransaction = wire::body(&read.amount_transaction)?;
    let mut asked = AskedRefund {
        amount: None,
        tax_included: None,
        items: Vec::new(),
        correlator: about.client_correlator,
        reference: about.reference_code,
        merchant: None,
        reason: read.reason,
        wire: read.amount_transaction.get().as_bytes().to_vec(),
        sink,
        content: wire::content(body)?,
    };
    match read.kind {
        wire::RefundKind::Total => asked.merchant = wire::total(&about.refund_amount)?,
        wire::RefundKind::Partial => {
            let sum = wire::sum(&about.refund_amount, currency)?;
            (asked.amount, asked.tax_included) = (Some(sum.amount), Some(sum.tax_included));
            (asked.items, asked.merchant) = (sum.refund_items, sum.merchant);
        }
    }
    Ok(asked)
}

/// `retrieveRefunds`.
pub(super) async fn list(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Path(of): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let caller = counter.let_in(&headers, Scope::RefundRead).await?;
    let names = ("refundCreationDate", "refundStatus");
    let filter = wire::filter(query.as_deref(), names, &RefundState::ALL, counter.office.clock.now())?;
    let of = named(&of)?;
    let found = counter
        .office
        .look::<_, OnlyFault>(move |carrier, view, _| Ok(carrier.refunds(view, &caller, of, &filter)?))
        .await?;
    let found = found.ok_or_else(Problem::nothing_here)?.map_err(|_| too_many())?;
    let rows: Vec<_> = found.rows.iter().map(|(id, one)| said(*id, one, false)).collect();
    Ok(page(document(&rows)?, found.total, found.last))
}

/// `retrieveRefund`.
pub(super) async fn one(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Path((of, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let caller = counter.let_in(&headers, Scope::RefundRead).await?;
    let (of, id) = (named(&of)?, RefundId(named(&id)?.0));
    let found = counter
        .office
        .look::<_, OnlyFault>(move |carrier, view, _| Ok(carrier.refund_for(view, &caller, of, id)?))
        .await?;
    let refund = found.ok_or_else(Problem::nothing_here)?;
    Ok(json(document(&said(id, &refund, false))?))
}

/// `retrievePaymentRemainingAmount`.
pub(super) async fn remaining(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Path(of): Path<String>,
) -> Result<Response, Problem> {
    let caller = counter.let_in(&headers, Scope::RefundRead).await?;
    let of = named(&of)?;
    let found = counter
        .office
        .look::<_, OnlyFault>(move |carrier, view, _| {
            let Some(payment) = carrier.payment_of(view, &caller, of)? else {
                return Ok(None);
            };
            let left = carrier.remaining(view, of, &payment)?;
            Ok(Some((left, payment.paid.is_some(), payment.tax_included)))
        })
        .await?;
    let (left, paid, tax) = found.ok_or_else(Problem::nothing_here)?;
    let said = Remaining {
        amount: wire::figure(left),
        currency: left.currency().code().to_owned(),
        description: if paid {
            "Not refunded so far"
        } else {
            "The payment is not completed"
        },
        is_tax_included: tax,
    };
    Ok(json(document(&said)?))
}
