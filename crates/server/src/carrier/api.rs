//! For the operator's programs: plans, subscribers, enterprises, usage, months, refunds, money that came in.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use carrier::{
    Batch, Listing, Month, NewContract, Plan, Progress, Rate, Service, SubscriberId, Terms, Trust, Usage, UsageRecord,
};
use deal::enterprise::EnterpriseNo;
use seal::VerifyKey;
use serde::{Deserialize, Serialize};
use store::Fault;
use units::{Again, Moment, OrderId, PartyId};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::Counter;
use crate::{
    frame::{Asked, Json, Named, Problem, problem::Document},
    money::Amount,
    once::Request,
    online::NewPassword,
};

/// How many subscribers are billed in one write.
const BILL_STEP: usize = 100;
/// And in one request.
const BILL_MAX: usize = 50;

/// A plan.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlan {
    /// Its id: small letters, digits and hyphens.
    pub id: String,
    /// As bills call it.
    pub name: String,
    /// Each month.
    pub basic: Amount,
    /// Seconds of a started unit of a call.
    pub call_unit: u64,
    /// What it costs.
    pub call_price: Amount,
    /// Packets of a started unit.
    pub packet_unit: u64,
    /// What it costs.
    pub packet_price: Amount,
}

/// An extra service.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewService {
    /// Its id: small letters, digits and hyphens.
    pub id: String,
    /// As bills call it.
    pub name: String,
    /// Each month.
    pub monthly: Amount,
}

/// Somebody to be taken on.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSubscriber {
    /// For bills.
    pub name: String,
    /// Lines of the address, for bills.
    pub address: Vec<String>,
    /// The telephone number: "+" and 5 to 15 digits.
    pub number: String,
    /// The plan.
    pub plan: String,
    /// Extra services.
    #[serde(default)]
    pub services: Vec<String>,
    /// The key of the wallet that charges: 64 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wallet_key: Option<String>,
    /// Most for content in one month, if not as usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_limit: Option<Amount>,
    /// Content stands on a bill of its own.
    #[serde(default)]
    pub apart: bool,
}

/// A subscriber, without a name.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Subscriber {
    /// The subscriber's number here.
    pub subscriber: String,
    /// Since when.
    pub since: String,
    /// Until when, once ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// Most for content in one month.
    pub content_limit: Amount,
    /// Content stands on a bill of its own.
    pub apart: bool,
    /// Is a wallet bound that may charge?
    pub wallet: bool,
}

/// Plan and services from a month on.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTerms {
    /// The first month: "2026-12".
    pub from: String,
    /// The plan.
    pub plan: String,
    /// Extra services.
    #[serde(default)]
    pub services: Vec<String>,
}

/// The most for content in one month.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLimit {
    /// That much, from now on.
    pub content_limit: Amount,
}

/// Whether content has a bill of its own.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApart {
    /// Has it?
    pub apart: bool,
}

/// The wallet that charges for a subscriber from now on.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWallet {
    /// Its key: 64 hexadecimal digits; absent: none charges any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wallet_key: Option<String>,
}

/// An enterprise.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEnterprise {
    /// Its party.
    pub party: String,
    /// As bills call it.
    pub name: String,
    /// Its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// Is it paid?
    pub trusted: bool,
    /// At most so much in a month, instead of what new ones get.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Amount>,
}

/// An enterprise, as it is listed.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EnterpriseLine {
    /// Its party.
    pub party: String,
    /// As bills call it.
    pub name: String,
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// Is it paid?
    pub trusted: bool,
    /// Since when it is listed.
    pub since: String,
}

/// A record of usage: a call or packets.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UsageLine {
    /// The telephone number.
    pub number: String,
    /// When it ended: milliseconds since 1970-01-01T00:00:00Z.
    pub at: u64,
    /// Seconds of a call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_seconds: Option<u32>,
    /// Packets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packets: Option<u32>,
}

/// Records of one source, numbered on from `first` without gaps. The same batch again is answered as before.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UsageBatch {
    /// The switch or gateway.
    pub source: String,
    /// The number of the first record.
    pub first: u64,
    /// At most 5000.
    pub records: Vec<UsageLine>,
}

/// What became of a batch.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UsageTaken {
    /// Records that count for somebody.
    pub counted: u32,
    /// Of numbers that nobody had: on the list that people look at.
    pub lost: u32,
    /// Of those counted: came after their month was billed.
    pub late: u32,
}

/// Where the billing of a month stands.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MonthState {
    /// The month.
    pub month: String,
    /// When it was closed.
    pub closed: String,
    /// Bills so far.
    pub bills: u64,
    /// Their sum.
    pub total: Amount,
    /// When it was done; absent: ask again to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished: Option<String>,
}

/// Bills of a month.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Bills {
    /// They.
    pub bills: Vec<BillLine>,
    /// Ask for the page after this number; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
}

/// One bill.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BillLine {
    /// Its number.
    pub number: String,
    /// Whose.
    pub subscriber: String,
    /// To pay.
    pub total: Amount,
    /// Still open.
    pub open: Amount,
    /// The secret part of its page's address: for its reader alone.
    pub link: String,
}

/// What is to be given back.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refunding {
    /// How much.
    pub amount: Amount,
}

/// A purchase and what is left of it.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Charged {
    /// What it cost.
    pub amount: Amount,
    /// Given back so far.
    pub refunded: Amount,
}

/// Money that came in and matches nothing.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Entry {
    /// Its id at the bank.
    pub id: String,
    /// How much.
    pub amount: Amount,
    /// What it says it is for.
    pub reference: String,
    /// When.
    pub at: String,
}

/// Which bill it pays.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assigned {
    /// The bill's number.
    pub bill: String,
}

/// Which entries of a list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct After {
    /// Only those after this number.
    after: Option<u64>,
}

fn wrong(code: &'static str, text: &str) -> Problem {
    let status = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
    Problem::door(status, code, Again::AfterYouAct, text)
}

pub(super) fn month_of(text: &str) -> Result<Month, Problem> {
    text.parse()
        .map_err(|_| wrong("month", "a month is written as 2026-11"))
}

impl Counter {
    pub(super) fn currency(&self) -> units::Currency {
        party::Party::desk(&*self.office.party).currency()
    }
}

/// Adds a plan; the same again changes nothing. The operator's.
#[utoipa::path(post, path = "/v1/plans", tag = "operator", request_body = NewPlan,
    responses((status = 200, body = NewPlan),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn plan(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Json(new): Json<NewPlan>,
) -> Result<Json<NewPlan>, Problem> {
    counter.operators.check(&headers)?;
    let currency = counter.currency();
    let plan = Plan {
        name: new.name.clone(),
        basic: new.basic.money(currency)?,
        calls: Rate {
            unit: new.call_unit,
            price: new.call_price.money(currency)?,
        },
        packets: Rate {
            unit: new.packet_unit,
            price: new.packet_price.money(currency)?,
        },
    };
    let id = new.id.clone();
    counter
        .office
        .commit(move |carrier, tx, _, _| carrier.add_plan(tx, &id, &plan))
        .await?;
    Ok(Json(new))
}

/// Adds a service; the same again changes nothing. The operator's.
#[utoipa::path(post, path = "/v1/services", tag = "operator", request_body = NewService,
    responses((status = 200, body = NewService),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn service(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Json(new): Json<NewService>,
) -> Result<Json<NewService>, Problem> {
    counter.operators.check(&headers)?;
    let service = Service {
        name: new.name.clone(),
        monthly: new.monthly.money(counter.currency())?,
    };
    let id = new.id.clone();
    counter
        .office
        .commit(move |carrier, tx, _, _| carrier.add_service(tx, &id, &service))
        .await?;
    Ok(Json(new))
}

/// Takes somebody on. The operator's.
#[utoipa::path(post, path = "/v1/subscribers", tag = "operator", request_body = NewSubscriber,
    params(("Idempotency-Key" = String, Header, description = "16 to 64 characters; the same one on every repeat")),
    responses((status = 200, body = Subscriber),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn sign_up(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Json(new): Json<NewSubscriber>,
) -> Result<Json<Subscriber>, Problem> {
    counter.operators.check(&headers)?;
    let words = serde_json::to_vec(&new).unwrap_or_default();
    let request = Request::read(&headers, "subscribers", b"", &words)?;
    let limit = new
        .content_limit
        .map(|limit| limit.money(counter.currency()))
        .transpose()?;
    let contract = NewContract {
        name: new.name,
        address: new.address,
        number: new.number,
        key: new.wallet_key.as_deref().map(wallet_key).transpose()?,
        content_limit: limit,
        apart: new.apart,
        terms: Terms {
            plan: new.plan,
            services: new.services,
        },
    };
    let mut id = [0; 16];
    id.copy_from_slice(&request.name().0[..16]);
    let id = SubscriberId(id);
    let done = counter
        .office
        .commit::<_, carrier::ContractRefused>(move |carrier, tx, now, _| {
            request.once(tx, |tx| carrier.sign_up(tx, id, &contract, now).map(|()| Vec::new()))
        })
        .await?;
    done?;
    Ok(Json(one(&counter, id).await?))
}

fn wallet_key(text: &str) -> Result<VerifyKey, Problem> {
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok();
    let key = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    key.map(VerifyKey)
        .ok_or_else(|| wrong("wallet-key", "a wallet's key is 64 hexadecimal digits"))
}

async fn one(counter: &Counter, id: SubscriberId) -> Result<Subscriber, Problem> {
    let found = counter
        .office
        .look::<_, Fault>(move |carrier, view, _| carrier.contract(view, id))
        .await?;
    let contract = found.ok_or_else(Problem::nothing_here)?;
    Ok(Subscriber {
        subscriber: id.to_string(),
        since: contract.since.to_string(),
        ended: contract.ended.map(|at| at.to_string()),
        content_limit: contract.content_limit.into(),
        apart: contract.apart,
        wallet: contract.key.is_some(),
    })
}

/// A subscriber. The operator's.
#[utoipa::path(get, path = "/v1/subscribers/{subscriber}", tag = "operator",
    params(("subscriber" = String, Path, description = "The subscriber's number here")),
    responses((status = 200, body = Subscriber),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused")))]
async fn subscriber(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Named(id): Named<SubscriberId>,
) -> Result<Json<Subscriber>, Problem> {
    counter.operators.check(&headers)?;
    Ok(Json(one(&counter, id).await?))
}

/// Gives a subscriber a password for loading purses on line, onto the bill: his name there is his telephone number. Again, it is
/// another one. The operator's.
#[utoipa::path(put, path = "/v1/subscribers/{subscriber}/password", tag = "operator", request_body = NewPassword,
    params(("subscriber" = String, Path, description = "The subscriber's number here")),
    responses((status = 204, description = "So it is"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn password(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Named(id): Named<SubscriberId>,
    Json(new): Json<NewPassword>,
) -> Result<axum::http::StatusCode, Problem> {
    counter.operators.check(&headers)?;
    let contract = counter
        .office
        .look::<_, store::Fault>(move |carrier, view, _| carrier.contract(view, id));
    let contract = contract.await?.filter(|contract| contract.ended.is_none());
    let number = contract.ok_or_else(Problem::nothing_here)?.number;
    // A number that was given out again is its new owner's.
    let who = (id.0, number.as_str());
    counter.online.let_in(&counter.office, who, &new.password, true).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

/// Changes plan and services from a month on. The operator's.
#[utoipa::path(post, path = "/v1/subscribers/{subscriber}/terms", tag = "operator", request_body = NewTerms,
    params(("subscriber" = String, Path, description = "The subscriber's number here")),
    responses((status = 200, body = Subscriber),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn terms(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Named(id): Named<SubscriberId>,
    Json(new): Json<NewTerms>,
) -> Result<Json<Subscriber>, Problem> {
    counter.operators.check(&headers)?;
    let from = month_of(&new.from)?;
    let terms = Terms {
        plan: new.plan,
        services: new.services,
    };
    counter
        .office
        .commit(move |carrier, tx, now, _| carrier.change_terms(tx, id, from, &terms, now))
        .await?;
    Ok(Json(one(&counter, id).await?))
}

/// Sets the most that is paid for a subscriber's content in one month, from now on. The operator's.
#[utoipa::path(post, path = "/v1/subscribers/{subscriber}/limit", tag = "operator", request_body = NewLimit,
    params(("subscriber" = String, Path, description = "The subscriber's number here")),
    responses((status = 200, body = Subscriber),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn limit(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Named(id): Named<SubscriberId>,
    Json(new): Json<NewLimit>,
) -> Result<Json<Subscriber>, Problem> {
    counter.operators.check(&headers)?;
    let limit = new.content_limit.money(counter.currency())?;
    counter
        .office
        .commit(move |carrier, tx, _, _| carrier.change_limit(tx, id, limit))
        .await?;
    Ok(Json(one(&counter, id).await?))
}

/// Says whether a subscriber's content has a bill of its own: of every month that is not billed yet. The operator's.
#[utoipa::path(post, path = "/v1/subscribers/{subscriber}/apart", tag = "operator", request_body = NewApart,
    params(("subscriber" = String, Path, description = "The subscriber's number here")),
    responses((status = 200, body = Subscriber),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn apart(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Named(id): Named<SubscriberId>,
    Json(new): Json<NewApart>,
) -> Result<Json<Subscriber>, Problem> {
    counter.operators.check(&headers)?;
    counter
        .office
        .commit(move |carrier, tx, _, _| carrier.set_apart(tx, id, new.apart))
        .await?;
    Ok(Json(one(&counter, id).await?))
}

/// Binds another wallet to a contract, or none: for a new card, or a lost one. The old one charges nothing from then on. The operator's.
#[utoipa::path(post, path = "/v1/subscribers/{subscriber}/wallet", tag = "operator", request_body = NewWallet,
    params(("subscriber" = String, Path, description = "The subscriber's number here")),
    responses((status = 200, body = Subscriber),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn wallet(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Named(id): Named<SubscriberId>,
    Json(new): Json<NewWallet>,
) -> Result<Json<Subscriber>, Problem> {
    counter.operators.check(&headers)?;
    let key = new.wallet_key.as_deref().map(wallet_key).transpose()?;
    counter
        .office
        .commit(move |carrier, tx, _, _| carrier.bind_wallet(tx, id, key))
        .await?;
    Ok(Json(one(&counter, id).await?))
}

/// Ends a contract. The operator's.
#[utoipa::path(post, path = "/v1/subscribers/{subscriber}/end", tag = "operator",
    params(("subscriber" = String, Path, description = "The subscriber's number here")),
    responses((status = 200, body = Subscriber),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn end(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Named(id): Named<SubscriberId>,
) -> Result<Json<Subscriber>, Problem> {
    counter.operators.check(&headers)?;
    counter
        .office
        .commit(move |carrier, tx, now, _| carrier.end_contract(tx, id, now))
        .await?;
    Ok(Json(one(&counter, id).await?))
}

/// Lists an enterprise, or changes what is listed. The operator's.
#[utoipa::path(post, path = "/v1/enterprises", tag = "operator", request_body = NewEnterprise,
    responses((status = 200, body = EnterpriseLine),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn enterprise(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Json(new): Json<NewEnterprise>,
) -> Result<Json<EnterpriseLine>, Problem> {
    counter.operators.check(&headers)?;
    let id: PartyId = new
        .party
        .parse()
        .map_err(|_| wrong("party", "a party is named by its id"))?;
    let listing = Listing {
        name: new.name,
        no: new.number.map(EnterpriseNo),
        trust: if new.trusted { Trust::Trusted } else { Trust::Refused },
        cap: new.cap.map(|cap| cap.money(counter.currency())).transpose()?,
    };
    counter
        .office
        .commit(move |carrier, tx, now, _| carrier.list_enterprise(tx, id, &listing, now))
        .await?;
    let row = counter
        .office
        .look::<_, Fault>(move |carrier, view, _| carrier.enterprise(view, id))
        .await?;
    let row = row.ok_or_else(Problem::nothing_here)?;
    Ok(Json(EnterpriseLine {
        party: id.to_string(),
        name: row.name,
        number: row.no.map(|no| no.0),
        trusted: row.trust == Trust::Trusted,
        since: row.since.to_string(),
    }))
}

/// Takes records of usage in bulk, each once. The operator's.
#[utoipa::path(post, path = "/v1/usage", tag = "operator", request_body = UsageBatch,
    responses((status = 200, body = UsageTaken),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn usage(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Json(new): Json<UsageBatch>,
) -> Result<Json<UsageTaken>, Problem> {
    counter.operators.check(&headers)?;
    let records = new.records.into_iter().map(|line| {
        let used = match (line.call_seconds, line.packets) {
            (Some(seconds), None) => Some(Usage::Call(seconds)),
            (None, Some(packets)) => Some(Usage::Packets(packets)),
            _ => None,
        };
        used.map(|used| UsageRecord {
            number: line.number,
            at: Moment(line.at),
            used,
        })
    });
    let records: Option<Vec<_>> = records.collect();
    let records = records.ok_or_else(|| wrong("usage-record", "a record is a call or packets, and not both"))?;
    let batch = Batch {
        source: new.source,
        first: new.first,
        records,
    };
    let taken = counter
        .office
        .commit(move |carrier, tx, now, _| carrier.take_usage(tx, &batch, now))
        .await?;
    Ok(Json(UsageTaken {
        counted: taken.counted,
        lost: taken.lost,
        late: taken.late,
    }))
}

impl Counter {
    fn state(&self, month: Month, run: Progress) -> MonthState {
        let sum = i64::try_from(run.total).unwrap_or(i64::MAX);
        MonthState {
            month: month.to_string(),
            closed: run.closed.to_string(),
            bills: run.bills,
            total: Amount {
                minor: sum.to_string(),
                currency: self.currency().code().to_owned(),
            },
            finished: run.finished.map(|at| at.to_string()),
        }
    }

    /// Bills a month as far as one request goes.
    pub(super) async fn bill_some(&self, month: Month) -> Result<Progress, Problem> {
        let mut run = None;
        for _ in 0..BILL_MAX {
            let done = self
                .office
                .commit(move |carrier, tx, now, _| carrier.bill_month(tx, month, BILL_STEP, now))
                .await?;
            run = Some(done);
            if done.finished.is_some() {
                break;
            }
        }
        run.ok_or_else(Problem::nothing_here)
    }
}

/// Bills a month, or goes on with it; a month that is done stays as it is. The operator's.
#[utoipa::path(post, path = "/v1/months/{month}", tag = "operator",
    params(("month" = String, Path, description = "2026-11")),
    responses((status = 200, body = MonthState),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn bill(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Named(month): Named<String>,
) -> Result<Json<MonthState>, Problem> {
    counter.operators.check(&headers)?;
    let month = month_of(&month)?;
    let run = counter.bill_some(month).await?;
    Ok(Json(counter.state(month, run)))
}

/// A month's bills, at most two hundred. The operator's.
#[utoipa::path(get, path = "/v1/months/{month}/bills", tag = "operator",
    params(("month" = String, Path, description = "2026-11"), After),
    responses((status = 200, body = Bills),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused")))]
async fn bills(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Named(month): Named<String>,
    Asked(asked): Asked<After>,
) -> Result<Json<Bills>, Problem> {
    counter.operators.check(&headers)?;
    let (month, after) = (month_of(&month)?, asked.after.unwrap_or(0));
    let found = counter
        .office
        .look::<_, Fault>(move |carrier, view, _| {
            let bills = carrier.bills_in(view, month, after, 200)?;
            Ok(bills
                .into_iter()
                .map(|(n, id, bill)| (n, carrier.bill_link(id), bill))
                .collect::<Vec<_>>())
        })
        .await?;
    let after = found.last().map(|(n, ..)| *n).filter(|_| found.len() == 200);
    let bills = found.into_iter().map(|(_, link, bill)| BillLine {
        open: bill.open().into(),
        number: bill.number,
        subscriber: bill.who.to_string(),
        total: bill.total.into(),
        link: OrderId(link).to_string(),
    });
    Ok(Json(Bills {
        bills: bills.collect(),
        after,
    }))
}

/// Money that came in and matches nothing, the oldest first. The operator's.
#[utoipa::path(get, path = "/v1/suspense", tag = "operator",
    responses((status = 200, body = Vec<Entry>),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused")))]
async fn suspense(State(counter): State<Arc<Counter>>, headers: HeaderMap) -> Result<Json<Vec<Entry>>, Problem> {
    counter.operators.check(&headers)?;
    let found = counter
        .office
        .look::<_, Fault>(|carrier, view, _| carrier.suspense(view, 200))
        .await?;
    let entries = found.into_iter().map(|entry| Entry {
        id: entry.id.to_string(),
        amount: entry.amount.into(),
        reference: entry.reference,
        at: entry.at.to_string(),
    });
    Ok(Json(entries.collect()))
}

/// What a document of the bank brought.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Reconciled {
    /// Entries that pay a bill or settle a payment.
    pub matched: u32,
    /// Entries that wait in suspense, and orders the bank has not decided.
    pub waiting: u32,
    /// Entries that fit nothing here.
    pub odd: u32,
    /// Entries that the bank's messages told of before.
    pub known: u32,
}

/// What the bank has been ordered to pay and has not answered, as a document for it (pain.001.001.09). The operator's.
#[utoipa::path(get, path = "/v1/bank/orders", tag = "bank",
    responses((status = 200, body = String, content_type = "application/xml"),
        (status = 404, body = Document, content_type = "application/problem+json", description = "Nothing is open"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused")))]
async fn orders(State(counter): State<Arc<Counter>>, headers: HeaderMap) -> Result<Response, Problem> {
    counter.operators.check(&headers)?;
    let found = counter
        .office
        .look::<_, Fault>(|carrier, view, now| carrier.open_orders(view, now))
        .await?;
    let document = found.ok_or_else(Problem::nothing_here)?;
    Ok(([(header::CONTENT_TYPE, "application/xml")], document).into_response())
}

/// Takes a document of the bank: a status (pain.002.001.12), a notice (camt.054.001.08) or a period (camt.053.001.08). The same
/// again changes nothing. The operator's.
#[utoipa::path(post, path = "/v1/bank/documents", tag = "bank", request_body(content = String, content_type = "application/xml"),
    responses((status = 200, body = Reconciled),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn document(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Reconciled>, Problem> {
    counter.operators.check(&headers)?;
    let done = counter
        .office
        .commit::<_, carrier::StatementRefused>(move |carrier, tx, now, _| carrier.take_document(tx, &body, now))
        .await?;
    Ok(Json(Reconciled {
        matched: done.matched,
        waiting: done.waiting,
        odd: done.odd,
        known: done.known,
    }))
}

/// The addresses of the operator's programs.
pub(super) fn routes() -> OpenApiRouter<Arc<Counter>> {
    OpenApiRouter::new()
        .routes(routes!(plan))
        .routes(routes!(service))
        .routes(routes!(sign_up))
        .routes(routes!(subscriber))
        .routes(routes!(terms))
        .routes(routes!(limit))
        .routes(routes!(apart))
        .routes(routes!(wallet))
        .routes(routes!(password))
        .routes(routes!(end))
        .routes(routes!(enterprise))
        .routes(routes!(usage))
        .routes(routes!(bill))
        .routes(routes!(bills))
        .routes(routes!(suspense))
        .routes(routes!(orders))
        .routes(routes!(document))
}
