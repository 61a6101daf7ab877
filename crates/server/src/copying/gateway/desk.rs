//! The desk of the gateway's people: customers, payments that came in, the statement held against the server's, cheques. It
//! is opened by the operator's token.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Form,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use copying::{DeliveryId, gateway::Paying, wire::Charge};
use party::Party as _;
use seal::cbor;
use signin::AccountId;
use store::Fault;
use units::{Moment, Money};

use super::{Till, api, carry, drawn};
use crate::{
    copying::{
        enter::unfit,
        link::{Account, LINES_MAX},
    },
    forms::Fields,
    frame::{Problem, seed},
    money::Amount,
    once::Request,
    pages::{Visit, answer_private},
    peers::Heard,
};

/// Lines on the page.
const LINES: usize = 200;

/// Does the server keep the same statement? Nothing: it was not heard.
async fn agrees(till: &Till, own: &BTreeMap<DeliveryId, Charge>, (owes, cheque): (i64, i64)) -> Option<bool> {
    let (mut theirs, mut after): (BTreeMap<DeliveryId, Charge>, Option<(Moment, DeliveryId)>) = Default::default();
    loop {
        let Heard::Answer(bytes) = till.link.post("statement", cbor::to_bytes(&after)).await else {
            return None;
        };
        let account: Account = cbor::from_bytes_within(&bytes, bytes.len()).ok()?;
        after = account.lines.last().map(|line| (line.at, line.charge.delivery));
        let full = account.lines.len() == LINES_MAX;
        theirs.extend(account.lines.iter().map(|line| (line.charge.delivery, line.charge)));
        if !full {
            // What the server decided and this side has not heard yet is no difference: it is on its way.
            let same = own
                .iter()
                .all(|(delivery, charge)| theirs.get(delivery) == Some(charge));
            let on_its_way: i64 = theirs
                .iter()
                .filter(|(delivery, _)| !own.contains_key(*delivery))
                .map(|(_, charge)| charge.operator.minor())
                .sum();
            // Nor is a cheque that the bank has booked there, and whose outcome has not come back.
            let owes = owes.saturating_add(on_its_way);
            return Some(same && (account.owed == owes || account.owed.saturating_add(cheque) == owes));
        }
    }
}

async fn show(till: &Till, visit: &Visit, no: Option<&Problem>) -> Result<Response, Problem> {
    let gate = till.door.gate.clone();
    let (customers, all, payments, owed) = till
        .office
        .look::<_, Fault>(move |gateway, view, _| {
            let mut named = Vec::new();
            for (id, row, balance) in gateway.customers(view, LINES)? {
                let account = gate.account(view, AccountId(id))?;
                named.push((account.map(|account| account.name).unwrap_or_default(), row, balance));
            }
            let (mut all, mut after) = (Vec::new(), None);
            loop {
                let some = gateway.statement(view, after, LINES_MAX)?;
                after = some.last().map(|told| (told.at, told.charge.delivery));
                let full = some.len() == LINES_MAX;
                all.extend(some.into_iter().map(|told| (told.charge, told.at)));
                if !full {
                    break;
                }
            }
            Ok((named, all, gateway.payments(view, LINES)?, gateway.owes(view)?))
        })
        .await?;
    let own = all.iter().map(|(charge, _)| (charge.delivery, *charge)).collect();
    let open = payments.iter().filter(|payment| payment.outcome.is_none());
    let cheque = open.map(|payment| payment.amount.minor()).sum();
    let agrees = agrees(till, &own, (owed, cheque)).await;
    // A request's own number: the form sent twice books once.
    let request = units::Hash(*seed()?.expose())
        .to_string()
        .chars()
        .take(32)
        .collect::<String>();
    let newest = all.len().saturating_sub(LINES);
    let of = drawn::Desk {
        customers: &customers,
        lines: &all[newest..],
        payments: &payments,
        owed,
        permille: till.office.party.settings().permille,
        currency: till.office.party.desk().currency(),
        agrees,
        request: &request,
        refused: no,
    };
    let status = no.map_or(StatusCode::OK, |_| StatusCode::UNPROCESSABLE_ENTITY);
    Ok(answer_private(drawn::desk(&till.sign, visit, &of), status))
}

async fn after(till: &Till, visit: &Visit, done: Result<(), Problem>) -> Response {
    match done {
        Ok(()) => Redirect::to(&visit.to("/desk")).into_response(),
        Err(no) => show(till, visit, Some(&no)).await.into_response(),
    }
}

/// The desk.
pub(super) async fn page(
    State(till): State<Arc<Till>>,
    visit: Visit,
    headers: HeaderMap,
) -> Result<Response, Response> {
    till.operators.check_page(&headers)?;
    show(&till, &visit, None).await.map_err(IntoResponse::into_response)
}

fn amount(till: &Till, text: &str) -> Result<Money, Problem> {
    let currency = till.office.party.desk().currency();
    let minor = text.trim().parse::<i64>().ok();
    let money = minor.and_then(|minor| Money::new(minor, currency).ok());
    money.ok_or_else(|| unfit("amount", "an amount is digits only"))
}

/// Takes a customer on.
pub(super) async fn open(
    State(till): State<Arc<Till>>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Response> {
    till.operators.check_form(&headers)?;
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let paying = match field("limit").trim() {
        "" => Ok(Paying::Prepaid),
        limit => amount(&till, limit).map(Paying::Credit),
    };
    let done = match paying {
        Ok(paying) => api::take_on(&till, field("name"), field("password"), paying).await,
        Err(no) => Err(no),
    };
    Ok(after(&till, &visit, done).await)
}

/// Books a payment that came in.
pub(super) async fn pay_in(
    State(till): State<Arc<Till>>,
    visit: Visit,
    mut headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Response> {
    till.operators.check_form(&headers)?;
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let done = async {
        let paid = api::PayIn {
            name: field("name").to_owned(),
            amount: Amount::from(amount(&till, field("amount"))?),
        };
        if let Ok(request) = field("request").parse() {
            headers.insert(crate::once::FIELD, request);
        }
        let words = serde_json::to_vec(&paid).unwrap_or_default();
        api::book(&till, Request::read(&headers, "pay-ins", b"", &words)?, &paid).await
    };
    let done = done.await;
    Ok(after(&till, &visit, done).await)
}

/// Pays what is owed.
pub(super) async fn settle(
    State(till): State<Arc<Till>>,
    visit: Visit,
    headers: HeaderMap,
) -> Result<Response, Response> {
    till.operators.check_form(&headers)?;
    let done = carry::settle(&till).await.map(|_| ());
    Ok(after(&till, &visit, done).await)
}
