//! Account: for the operator's programs: the clients of the merchants' interface, refunds that people look at, texts to be sent to
//! telephones, and notices that nobody heard.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use carrier::{
    ApiClient, ClientId, ClientRefused, MerchantRefundRefused, NoticeKind, Payee, RefundId, Scopes, TextSays,
};
use deal::enterprise::EnterpriseNo;
use serde::{Deserialize, Serialize};
use store::Fault;
use units::{Again, Moment, OrderId, PartyId};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    carrier::Counter,
    frame::{Json, Named, Problem, problem::Document},
    money::Amount,
    once::Request,
};

/// Whom a client has paid.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayeeLine {
    /// The enterprise's party.
    pub party: String,
    /// Its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
}

/// A client to be made.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClient {
    /// As subscribers read it when they are asked.
    pub name: String,
    /// Whom it charges for; the first one when a payment names nobody.
    pub payees: Vec<PayeeLine>,
    /// What it may do, as OAuth writes scopes; all, if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// A known `clientCorrelator` is refused, instead of answered as it was the first time.
    #[serde(default)]
    pub strict: bool,
    /// It charges a number in one step without the subscriber's word to the carrier: its contract says how it asks him itself.
    /// Without this it shows a token of the subscriber, or has the code typed that he is sent.
    #[serde(default)]
    pub unasked: bool,
}

/// A client that was made. The secret is shown to whoever repeats the request, and to nobody else.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ClientMade {
    /// Its id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
}

/// A refund that people look at.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RefundWaiting {
    /// Its id.
    pub refund: String,
    /// Of which payment.
    pub payment: String,
    /// How much.
    pub amount: Amount,
    /// Why, as the merchant says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Since when.
    pub since: String,
}

/// What people say of it.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Granting {
    /// It is made.
    pub granted: bool,
}

/// What became of it.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Granted {
    /// "succeeded" or "denied".
    pub state: String,
}

/// A text to be sent to a telephone.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TextLine {
    /// Its id: say with it that it was sent.
    pub id: String,
    /// To which number.
    pub number: String,
    /// What it says.
    pub text: String,
    /// Worth nothing after that: milliseconds since 1970-01-01T00:00:00Z.
    pub ends: u64,
}

/// A notice nobody heard.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NoticeLost {
    /// About which payment.
    pub payment: String,
    /// And which refund of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund: Option<String>,
    /// Of which kind.
    pub kind: String,
    /// Since when nobody tries any more.
    pub since: String,
}

/// Makes a client of the merchants' interface. The operator's.
#[utoipa::path(post, path = "/v1/clients", tag = "merchants", request_body = NewClient,
    params(("Idempotency-Key" = String, Header, description = "16 to 64 characters; the same one on every repeat")),
    responses((status = 200, body = ClientMade),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn add(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Json(new): Json<NewClient>,
) -> Result<Json<ClientMade>, Problem> {
    counter.operators.check(&headers)?;
    let words = serde_json::to_vec(&new).unwrap_or_default();
    let request = Request::read(&headers, "clients", b"", &words)?;
    let mut payees = Vec::new();
    for line in &new.payees {
        let party: PartyId = line
            .party
            .parse()
            .map_err(|_| wrong("payee", "a payee is named by its party's id"))?;
        let no = line.number.map(EnterpriseNo);
        payees.push(Payee { party, no });
    }
    let scopes = new.scope.as_deref().map_or(Some(Scopes::ALL), Scopes::read);
    let scopes = scopes.ok_or_else(|| wrong("scope", "a scope is unknown"))?;
    let mut id = [0; 16];
    id.copy_from_slice(&request.name().0[..16]);
    let id = ClientId(id);
    let (name, strict, unasked) = (new.name, new.strict, new.unasked);
    let done = counter
        .office
        .commit::<_, ClientRefused>(move |carrier, tx, now, _| {
            let client = ApiClient {
                name: name.clone(),
                payees: payees.clone(),
                scopes,
                strict,
                since: now,
                ended: None,
                unasked,
            };
            request.once(tx, |tx| carrier.add_client(tx, id, &client).map(|()| Vec::new()))
        })
        .await?;
    done?;
    Ok(Json(ClientMade {
        client_id: id.to_string(),
        client_secret: counter.office.party.client_secret(id),
    }))
}

/// Ends a client: its tokens work no more. The operator's.
#[utoipa::path(delete, path = "/v1/clients/{client}", tag = "merchants", params(("client" = String, Path, description = "Its id")),
    responses((status = 204, description = "It has ended"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn end(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Named(id): Named<ClientId>,
) -> Result<StatusCode, Problem> {
    counter.operators.check(&headers)?;
    counter
        .office
        .commit::<_, ClientRefused>(move |carrier, tx, now, _| carrier.end_client(tx, id, now))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Merchants' refunds that wait for people, at most 200. The operator's.
#[utoipa::path(get, path = "/v1/refunds/waiting", tag = "merchants", responses((status = 200, body = [RefundWaiting]),
    (status = "4XX", body = Document, content_type = "application/problem+json")))]
async fn waiting(State(counter): State<Arc<Counter>>, headers: HeaderMap) -> Result<Json<Vec<RefundWaiting>>, Problem> {
    counter.operators.check(&headers)?;
    let rows = counter
        .office
        .look::<_, Fault>(|carrier, view, _| carrier.refunds_waiting(view, 200))
        .await?;
    let line = |(id, row): (RefundId, carrier::MerchantRefund)| RefundWaiting {
        refund: id.to_string(),
        payment: row.of.to_string(),
        amount: row.amount.into(),
        reason: row.reason,
        since: row.created.to_string(),
    };
    Ok(Json(rows.into_iter().map(line).collect()))
}

/// Says whether a merchant's refund is made; the first word stands. The operator's.
#[utoipa::path(post, path = "/v1/refunds/{refund}", tag = "merchants", request_body = Granting,
    params(("refund" = String, Path, description = "Its id")),
    responses((status = 200, body = Granted),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn grant(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Named(id): Named<RefundId>,
    Json(said): Json<Granting>,
) -> Result<Json<Granted>, Problem> {
    counter.operators.check(&headers)?;
    let refund = counter
        .office
        .commit::<_, MerchantRefundRefused>(move |carrier, tx, now, _| carrier.decide_refund(tx, id, said.granted, now))
        .await?;
    Ok(Json(Granted {
        state: refund.state.word().to_owned(),
    }))
}

/// Texts to be sent to telephones, at most 200: for the message centre. The operator's.
#[utoipa::path(get, path = "/v1/texts", tag = "merchants", responses((status = 200, body = [TextLine]),
    (status = "4XX", body = Document, content_type = "application/problem+json")))]
async fn texts(State(counter): State<Arc<Counter>>, headers: HeaderMap) -> Result<Json<Vec<TextLine>>, Problem> {
    counter.operators.check(&headers)?;
    let rows = counter
        .office
        .look::<_, Fault>(|carrier, view, _| carrier.texts(view, 200))
        .await?;
    let says = |says: TextSays| match says {
        TextSays::Code(code, what, amount) => format!("{code}: your code to pay {amount} for {what}"),
        TextSays::Consent(link, name) => {
            format!(
                "{name} wants to charge your telephone bill. Answer at {}/consent/{link}",
                counter.address
            )
        }
    };
    let line = |(id, text): ([u8; 16], carrier::Text)| TextLine {
        id: OrderId(id).to_string(),
        number: text.number,
        ends: text.ends.0,
        text: says(text.says),
    };
    Ok(Json(rows.into_iter().map(line).collect()))
}

/// Says that a text was sent; again changes nothing. The operator's.
#[utoipa::path(delete, path = "/v1/texts/{ends}/{text}", tag = "merchants",
    params(("ends" = u64, Path, description = "When it ends"), ("text" = String, Path, description = "Its id")),
    responses((status = 204, description = "It is forgotten"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn sent(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    axum::extract::Path((ends, id)): axum::extract::Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    counter.operators.check(&headers)?;
    let ends = ends.parse().map(Moment).map_err(|_| Problem::nothing_here())?;
    let id: OrderId = id.parse().map_err(|_| Problem::nothing_here())?;
    counter
        .office
        .commit::<_, Fault>(move |carrier, tx, _, _| carrier.text_sent(tx, ends, id.0))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Notices that merchants never heard, at most 200. The operator's.
#[utoipa::path(get, path = "/v1/notices/lost", tag = "merchants", responses((status = 200, body = [NoticeLost]),
    (status = "4XX", body = Document, content_type = "application/problem+json")))]
async fn lost(State(counter): State<Arc<Counter>>, headers: HeaderMap) -> Result<Json<Vec<NoticeLost>>, Problem> {
    counter.operators.check(&headers)?;
    let rows = counter
        .office
        .look::<_, Fault>(|carrier, view, _| carrier.notices_lost(view, 200))
        .await?;
    let kind = |kind: NoticeKind| match kind {
        NoticeKind::PendingValidation => "pending-validation",
        NoticeKind::Reserved => "reserved",
        NoticeKind::Completed => "completed",
        NoticeKind::Cancelled => "cancelled",
        NoticeKind::Denied => "denied",
        NoticeKind::RefundCompleted => "refund-completed",
        NoticeKind::RefundDenied => "refund-denied",
        NoticeKind::RefundInBill => "refund-in-bill",
    };
    let line = |row: carrier::Undelivered| NoticeLost {
        payment: row.notice.payment.to_string(),
        refund: row.notice.refund.map(|id| id.to_string()),
        kind: kind(row.notice.kind).to_owned(),
        since: row.since.to_string(),
    };
    Ok(Json(rows.into_iter().map(line).collect()))
}

fn wrong(code: &'static str, text: &str) -> Problem {
    Problem::door(StatusCode::UNPROCESSABLE_ENTITY, code, Again::AfterYouAct, text)
}

/// Their addresses.
pub(in crate::carrier) fn routes() -> OpenApiRouter<Arc<Counter>> {
    OpenApiRouter::new()
        .routes(routes!(add))
        .routes(routes!(end))
        .routes(routes!(waiting))
        .routes(routes!(grant))
        .routes(routes!(texts))
        .routes(routes!(sent))
        .routes(routes!(lost))
}
