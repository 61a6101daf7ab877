//! By hand: what operators do with money, each act in the carrier's record; above the limit of the settings one proposes and
//! another agrees.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use carrier::{ActRefused, Acted};
use serde::{Deserialize, Serialize};
use store::Fault;
use units::{OrderId, TransferId};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Assigned, Charged, Counter, Refunding};
use crate::{
    frame::{Asked, Json, Named, Problem, problem::Document},
    money::Amount,
    once::Request,
};

/// It waits for a second operator.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Waiting {
    /// Under this id: another operator agrees at /v1/proposals.
    pub proposal: String,
}

/// Whether something that was proposed is done.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Deciding {
    /// Do it; only another operator than the one who proposed it can say so. If not, it is dropped.
    pub agree: bool,
}

/// What waits for a second operator.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ProposalLine {
    /// Its id.
    pub proposal: String,
    /// refund or assign.
    pub deed: String,
    /// The purchase, or the entry of the bank.
    pub about: String,
    /// About how much.
    pub amount: Amount,
    /// Who proposed it.
    pub by: String,
    /// When.
    pub at: String,
}

/// Something an operator did with money by hand.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ActLine {
    /// Its number: one after the other.
    pub number: u64,
    /// When.
    pub at: String,
    /// refund or assign.
    pub deed: String,
    /// alone, proposed, agreed or dropped.
    pub stage: String,
    /// The purchase, or the entry of the bank.
    pub about: String,
    /// About how much.
    pub amount: Amount,
    /// The name of the operator's token.
    pub by: String,
}

/// Which acts.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Before {
    /// Only those before this number.
    before: Option<u64>,
}

fn waits(id: TransferId) -> Response {
    let proposal = id.to_string();
    (StatusCode::ACCEPTED, Json(Waiting { proposal })).into_response()
}

/// Gives back a purchase or a part of it, on the next bill. The operator's.
#[utoipa::path(post, path = "/v1/purchases/{purchase}/refunds", tag = "operator", request_body = Refunding,
    params(("purchase" = String, Path, description = "The purchase's number, as the bill has it"),
        ("Idempotency-Key" = String, Header, description = "16 to 64 characters; the same one on every repeat")),
    responses((status = 200, body = Charged), (status = 202, body = Waiting, description = "A second operator has to agree"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn refund(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Named(of): Named<OrderId>,
    Json(asked): Json<Refunding>,
) -> Result<Response, Problem> {
    let who = counter.operators.check(&headers)?;
    let request = Request::read(&headers, "refunds", &of.0, &[])?;
    let amount = asked.amount.money(counter.currency())?;
    let mut id = [0; 16];
    id.copy_from_slice(&request.name().0[..16]);
    let id = TransferId(id);
    let (acted, bought) = counter
        .office
        .commit::<_, ActRefused>(move |carrier, tx, now, _| {
            let acted = carrier.refund_by_hand(tx, who.name(), (id, of.0), amount, now)?;
            Ok((acted, carrier.bought(tx, of.0)?))
        })
        .await?;
    if let Acted::Waits(id) = acted {
        return Ok(waits(id));
    }
    let bought = bought.ok_or_else(Problem::nothing_here)?;
    let charged = Charged {
        amount: bought.amount.into(),
        refunded: bought.refunded.into(),
    };
    Ok(Json(charged).into_response())
}

/// Says which bill such money pays. The operator's.
#[utoipa::path(post, path = "/v1/suspense/{entry}", tag = "operator", request_body = Assigned,
    params(("entry" = String, Path, description = "Its id at the bank")),
    responses((status = 200, body = Assigned), (status = 202, body = Waiting, description = "A second operator has to agree"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn assign(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Named(entry): Named<TransferId>,
    Json(asked): Json<Assigned>,
) -> Result<Response, Problem> {
    let who = counter.operators.check(&headers)?;
    let number = asked.bill.clone();
    let acted = counter
        .office
        .commit(move |carrier, tx, now, _| carrier.assign_by_hand(tx, who.name(), entry, &number, now))
        .await?;
    Ok(match acted {
        Acted::Done => Json(asked).into_response(),
        Acted::Waits(id) => waits(id),
    })
}

/// What waits for a second operator, at most two hundred. The operator's.
#[utoipa::path(get, path = "/v1/proposals", tag = "operator",
    responses((status = 200, body = Vec<ProposalLine>),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused")))]
async fn proposals(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
) -> Result<Json<Vec<ProposalLine>>, Problem> {
    counter.operators.check(&headers)?;
    let found = counter
        .office
        .look::<_, Fault>(|carrier, view, _| carrier.proposals(view, 200))
        .await?;
    let lines = found.into_iter().map(|(id, one)| ProposalLine {
        proposal: id.to_string(),
        deed: one.deed.word().to_owned(),
        about: one.deed.about(),
        amount: one.amount.into(),
        by: one.who,
        at: one.at.to_string(),
    });
    Ok(Json(lines.collect()))
}

/// Agrees to what another operator proposed, and it is done; or drops it. The operator's.
#[utoipa::path(post, path = "/v1/proposals/{proposal}", tag = "operator", request_body = Deciding,
    params(("proposal" = String, Path, description = "Its id")),
    responses((status = 204, description = "Done, or dropped"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn decide(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Named(id): Named<TransferId>,
    Json(said): Json<Deciding>,
) -> Result<StatusCode, Problem> {
    let who = counter.operators.check(&headers)?;
    counter
        .office
        .commit(move |carrier, tx, now, _| carrier.decide_proposal(tx, who.name(), id, said.agree, now))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What operators did with money by hand, the newest first, at most two hundred. The operator's.
#[utoipa::path(get, path = "/v1/acts", tag = "operator", params(Before),
    responses((status = 200, body = Vec<ActLine>),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused")))]
async fn acts(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Asked(asked): Asked<Before>,
) -> Result<Json<Vec<ActLine>>, Problem> {
    counter.operators.check(&headers)?;
    let found = counter
        .office
        .look::<_, Fault>(move |carrier, view, _| carrier.acts(view, asked.before, 200))
        .await?;
    let lines = found.into_iter().map(|(number, written)| ActLine {
        number,
        at: written.act.at.to_string(),
        deed: written.act.deed.word().to_owned(),
        stage: written.act.stage.word().to_owned(),
        about: written.act.deed.about(),
        amount: written.act.amount.into(),
        by: written.act.who,
    });
    Ok(Json(lines.collect()))
}

/// Their addresses.
pub(super) fn routes() -> OpenApiRouter<Arc<Counter>> {
    OpenApiRouter::new()
        .routes(routes!(refund))
        .routes(routes!(assign))
        .routes(routes!(proposals))
        .routes(routes!(decide))
        .routes(routes!(acts))
}
