//! The console's addresses for programs: the same acts and the same duties as its pages. What is pressed comes
//! by the one file of its batch (`batches`), sealed to this server: keys of devices cross no wire in the clear.

use std::sync::Arc;

use axum::{Extension, extract::State, http::HeaderMap};
use copying::{
    BatchId, DeviceId, MediumId, RequestId,
    server::{Copied, Decided, Made, Proposed, Role, Use},
};
use seal::cbor;
use serde::{Deserialize, Serialize};
use signin::{Grant, NameTaken};
use store::{Fault, View};
use units::{Moment, PartyId};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Desk,
    staff::{By, Decide, Look, Serve},
};
use crate::{
    copying::enter::unfit,
    frame::{Json, Message, Named, Problem, Source, problem::Document},
    money::Amount,
    verbs::Binary,
};

/// Somebody who is to work here.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = CopyingNewOperator)]
#[serde(deny_unknown_fields)]
pub struct NewOperator {
    /// The name to sign in with.
    pub name: String,
    /// The password.
    pub password: String,
    /// auditor, maker, counter or chief.
    pub role: String,
}

/// Somebody who works here.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = CopyingOperator)]
pub struct Operator {
    /// The account's number, as the trail names it.
    pub account: String,
    /// The role.
    pub role: String,
}

/// Name and password.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = SignIn)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The name.
    pub name: String,
    /// The password.
    pub password: String,
}

/// A session.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Session)]
pub struct Session {
    /// Sent along as a bearer token from now on.
    pub token: String,
}

/// A repair or exchange of a player or drive.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// The user's card, or what keeps the keys.
    pub keeper: String,
    /// What is broken.
    pub broken: String,
    /// What takes its place.
    pub replacement: String,
    /// Why; it stands in the trail.
    pub reason: String,
}

/// One reissue more than a year allows.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Lost {
    /// The user's card.
    pub keeper: String,
    /// Why; it stands in the trail.
    pub reason: String,
}

/// What became of an act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Outcome {
    /// The order for the user's card, to be fetched under `/v1/orders`; absent: it waits for a second person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// The proposal that waits for a second person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<String>,
}

/// Yes or no to a proposal.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Deciding {
    /// Yes?
    pub allow: bool,
}

/// A proposal.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Waiting {
    /// Its number.
    pub proposal: String,
    /// repair or reissue.
    pub what: String,
    /// The user's card.
    pub keeper: String,
    /// Why.
    pub reason: String,
    /// Whose account proposed it.
    pub by: String,
    /// Open, allowed or declined.
    pub state: String,
}

/// One key of a medium's or a user's history.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Delivered {
    /// The delivery.
    pub delivery: String,
    /// Of which batch.
    pub batch: String,
    /// To which devices.
    pub devices: Vec<String>,
    /// When.
    pub at: String,
    /// What it cost.
    pub amount: Amount,
    /// When its copy was complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete: Option<String>,
    /// When a repair ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cleared: Option<String>,
}

/// A medium.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MediumHistory {
    /// Its batch.
    pub batch: String,
    /// unused, given, or freed for the same user.
    pub state: String,
    /// Its key, if it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Delivered>,
}

/// A device, and its user's history.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DeviceHistory {
    /// card, player or drive.
    pub kind: String,
    /// Its batch.
    pub batch: String,
    /// Since when it is dead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead: Option<String>,
    /// The user's devices, if this one keeps a user's keys.
    pub devices: Vec<String>,
    /// Everything the user ever had keys of.
    pub keys: Vec<Delivered>,
}

/// An act of the trail.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TrailAct {
    /// Its number.
    pub number: u64,
    /// When.
    pub at: String,
    /// Whose account; absent: the server itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// What.
    pub verb: String,
    /// About what.
    pub about: String,
    /// Why.
    pub reason: String,
    /// What binds it to all acts before it.
    pub chain: String,
}

/// The newest acts of the trail.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Trail {
    /// What does not fit, recomputed from the first act; empty: nothing was edited.
    pub edited: Vec<String>,
    /// At most 200, the newest first.
    pub acts: Vec<TrailAct>,
}

/// A line of a statement.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct StatementRow {
    /// The key that was delivered.
    pub delivery: String,
    /// When.
    pub at: String,
    /// What it cost.
    pub amount: Amount,
    /// The gateway's part.
    pub gateway: Amount,
    /// The operator's part.
    pub operator: Amount,
}

/// A statement.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Statement {
    /// What the gateway owes now, in minor units.
    pub owed: i64,
    /// At most 1000 lines, the oldest first.
    pub lines: Vec<StatementRow>,
}

impl StatementRow {
    /// The line of a charge.
    pub(crate) fn of(charge: &copying::wire::Charge, at: Moment) -> Self {
        Self {
            delivery: charge.delivery.to_string(),
            at: at.to_string(),
            amount: charge.amount.into(),
            gateway: charge.gateway.into(),
            operator: charge.operator.into(),
        }
    }
}

pub(crate) fn id<T: std::str::FromStr<Err: core::fmt::Display>>(text: &str) -> Result<T, Problem> {
    text.parse()
        .map_err(|no: T::Err| unfit("not-on-a-label", &no.to_string()))
}

/// Takes somebody on, with one role. The operator's token is asked for, and the trail tells of it.
#[utoipa::path(post, path = "/v1/people", tag = "operator", request_body = NewOperator,
    responses((status = 200, body = Operator),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn people(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Json(new): Json<NewOperator>,
) -> Result<Json<Operator>, Problem> {
    desk.operators.check(&headers)?;
    let role =
        Role::of_word(&new.role).ok_or_else(|| unfit("role", "the roles are auditor, maker, counter and chief"))?;
    let (name, hashed) = desk.door.prepare(&new.name, &new.password).await?;
    let gate = desk.door.gate.clone();
    let account = desk
        .office
        .commit::<_, NameTaken>(move |server, tx, now, seed| {
            let account = gate.open_account(tx, &name, now, seed)?;
            gate.set_password(tx, account, &hashed)?;
            gate.grant(tx, account, &Grant::new(party::Party::id(server), role.word()))?;
            server.staffed(tx, account.0, role, true, now)?;
            Ok(account)
        })
        .await?;
    Ok(Json(Operator {
        account: RequestId(account.0).to_string(),
        role: role.word().to_owned(),
    }))
}

/// Signs in.
#[utoipa::path(post, path = "/v1/sessions", tag = "people", request_body = SignIn,
    responses((status = 200, body = Session),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Not let in")))]
async fn sessions(
    State(desk): State<Arc<Desk>>,
    Extension(Source(address)): Extension<Source>,
    Json(typed): Json<SignIn>,
) -> Result<Json<Session>, Problem> {
    let typed = (typed.name.as_str(), typed.password.as_str());
    let token = desk.door.token(&desk.office, typed, address).await?;
    Ok(Json(Session { token }))
}

/// Says a keeper's question at the counter: the card is in the operator's terminal, and no gateway stands between.
pub(super) async fn at_counter(desk: &Desk, bytes: bytes::Bytes) -> Result<Vec<u8>, Problem> {
    let answer = desk
        .office
        .commit(move |server, tx, now, seed| server.ask(tx, &bytes, None, now, seed))
        .await?;
    Ok(answer?)
}

/// A keeper's question, asked at the counter and over no gateway. The same question has the same answer.
#[utoipa::path(post, path = "/v1/questions", tag = "counter",
    request_body(content = Binary, content_type = "application/cbor"),
    responses((status = 200, body = Binary, content_type = "application/cbor", description = "The answer, sealed for the keeper"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused in the words its user reads")))]
async fn questions(State(desk): State<Arc<Desk>>, _: By<Serve>, Message(bytes): Message) -> Result<Message, Problem> {
    Ok(at_counter(&desk, bytes).await?.into())
}

/// Exchanges a broken player or drive: the old id is dead at once; above the limit of a year it waits for a second person.
pub(super) async fn do_exchange(desk: &Desk, by: &By<Serve>, asked: &Exchange) -> Result<Outcome, Problem> {
    let (keeper, broken, replacement): (DeviceId, DeviceId, DeviceId) =
        (id(&asked.keeper)?, id(&asked.broken)?, id(&asked.replacement)?);
    let (hand, reason) = (by.0.hand(), asked.reason.clone());
    let decided = desk
        .office
        .commit(move |server, tx, now, seed| server.repair(tx, &hand, keeper, broken, replacement, &reason, now, seed))
        .await?;
    Ok(match decided {
        Decided::Done(order) => Outcome {
            order: Some(order.order.to_string()),
            proposal: None,
        },
        Decided::Waits(number) => Outcome {
            order: None,
            proposal: Some(number.to_string()),
        },
    })
}

/// Repairs or exchanges a player or drive. Answered by the number of the order for the user's card, or of the proposal.
#[utoipa::path(post, path = "/v1/exchanges", tag = "counter", request_body = Exchange,
    responses((status = 200, body = Outcome),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn exchanges(
    State(desk): State<Arc<Desk>>,
    by: By<Serve>,
    Json(asked): Json<Exchange>,
) -> Result<Json<Outcome>, Problem> {
    Ok(Json(do_exchange(&desk, &by, &asked).await?))
}

/// Proposes a reissue above the limit.
pub(super) async fn do_propose(desk: &Desk, by: &By<Serve>, asked: &Lost) -> Result<Outcome, Problem> {
    let keeper: DeviceId = id(&asked.keeper)?;
    let (hand, reason) = (by.0.hand(), asked.reason.clone());
    let number = desk
        .office
        .commit(move |server, tx, now, seed| server.propose_reissue(tx, &hand, keeper, &reason, now, seed))
        .await?;
    Ok(Outcome {
        order: None,
        proposal: Some(number.to_string()),
    })
}

/// Proposes one reissue more than a year allows; a second person decides.
#[utoipa::path(post, path = "/v1/reissues", tag = "counter", request_body = Lost,
    responses((status = 200, body = Outcome),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn reissues(
    State(desk): State<Arc<Desk>>,
    by: By<Serve>,
    Json(asked): Json<Lost>,
) -> Result<Json<Outcome>, Problem> {
    Ok(Json(do_propose(&desk, &by, &asked).await?))
}

/// Proposals, at most two hundred.
#[utoipa::path(get, path = "/v1/proposals", tag = "counter",
    responses((status = 200, body = Vec<Waiting>),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Not your duty")))]
async fn proposals(State(desk): State<Arc<Desk>>, _: By<Look>) -> Result<Json<Vec<Waiting>>, Problem> {
    let found = desk
        .office
        .look::<_, Fault>(|server, view, _| server.proposals(view, 200))
        .await?;
    let one = |(number, proposal): (RequestId, copying::server::Proposal)| {
        let (what, keeper) = match proposal.what {
            Proposed::Repair(keeper, ..) => ("repair", keeper),
            Proposed::Reissue(keeper) => ("reissue", keeper),
        };
        Waiting {
            proposal: number.to_string(),
            what: what.to_owned(),
            keeper: keeper.to_string(),
            reason: proposal.reason,
            by: RequestId(proposal.by).to_string(),
            state: match proposal.decided {
                None => "open",
                Some((_, _, true)) => "allowed",
                Some((_, _, false)) => "declined",
            }
            .to_owned(),
        }
    };
    Ok(Json(found.into_iter().map(one).collect()))
}

/// Decides what another one proposed.
pub(super) async fn do_decide(desk: &Desk, by: &By<Decide>, number: RequestId, yes: bool) -> Result<Outcome, Problem> {
    let hand = by.0.hand();
    let order = desk
        .office
        .commit(move |server, tx, now, seed| server.decide_proposal(tx, &hand, number, yes, now, seed))
        .await?;
    Ok(Outcome {
        order: order.map(|order| order.order.to_string()),
        proposal: None,
    })
}

/// Allows or declines what another one proposed.
#[utoipa::path(post, path = "/v1/proposals/{id}", tag = "counter", request_body = Deciding,
    params(("id" = String, Path, description = "The proposal's number")),
    responses((status = 200, body = Outcome),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn decide(
    State(desk): State<Arc<Desk>>,
    by: By<Decide>,
    Named(number): Named<RequestId>,
    Json(asked): Json<Deciding>,
) -> Result<Json<Outcome>, Problem> {
    Ok(Json(do_decide(&desk, &by, number, asked.allow).await?))
}

/// A repair's order for the user's card: sealed, for nobody else to read.
pub(super) async fn order_bytes(desk: &Desk, number: RequestId) -> Result<(Vec<u8>, Option<Moment>), Problem> {
    let found = desk
        .office
        .look::<_, Fault>(move |server, view, _| server.erase_order(view, number))
        .await?;
    let (order, done) = found.ok_or_else(Problem::nothing_here)?;
    Ok((cbor::to_bytes(&order), done))
}

/// A repair's order, to be put into the user's card.
#[utoipa::path(get, path = "/v1/orders/{id}", tag = "counter",
    params(("id" = String, Path, description = "The order's number")),
    responses((status = 200, body = Binary, content_type = "application/cbor", description = "The order, sealed for the card"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "There is none")))]
async fn order(
    State(desk): State<Arc<Desk>>,
    _: By<Serve>,
    Named(number): Named<RequestId>,
) -> Result<Message, Problem> {
    Ok(order_bytes(&desk, number).await?.0.into())
}

fn delivered(copied: &Copied) -> Delivered {
    let given = &copied.given;
    Delivered {
        delivery: copied.delivery.to_string(),
        batch: given.batch.to_string(),
        devices: given.bound.each().map(|(id, _)| id.to_string()).collect(),
        at: given.at.to_string(),
        amount: given.charge.amount.into(),
        complete: given.complete.map(|at| at.to_string()),
        cleared: given.cleared.map(|at| at.to_string()),
    }
}

/// A medium, and to whose devices its key went.
#[utoipa::path(get, path = "/v1/media/{id}", tag = "counter",
    params(("id" = String, Path, description = "The medium's id")),
    responses((status = 200, body = MediumHistory),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "There is none")))]
async fn medium(
    State(desk): State<Arc<Desk>>,
    _: By<Look>,
    Named(id): Named<MediumId>,
) -> Result<Json<MediumHistory>, Problem> {
    let found = desk
        .office
        .look::<_, Fault>(move |server, view, _| server.medium(view, id))
        .await?;
    let (medium, copied) = found.ok_or_else(Problem::nothing_here)?;
    Ok(Json(MediumHistory {
        batch: medium.batch.to_string(),
        state: match medium.used {
            Use::Unused => "unused",
            Use::Given(_) => "given",
            Use::Freed(..) => "freed",
        }
        .to_owned(),
        key: copied.as_ref().map(delivered),
    }))
}

/// A device, and everything its user ever had keys of.
#[utoipa::path(get, path = "/v1/devices/{id}", tag = "counter",
    params(("id" = String, Path, description = "The device's id")),
    responses((status = 200, body = DeviceHistory),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "There is none")))]
async fn device(
    State(desk): State<Arc<Desk>>,
    _: By<Look>,
    Named(id): Named<DeviceId>,
) -> Result<Json<DeviceHistory>, Problem> {
    let found = desk
        .office
        .look::<_, Fault>(move |server, view, _| Ok((server.device(view, id)?, server.user(view, id)?)))
        .await?;
    let (Some(made), user): (Option<Made>, _) = found else {
        return Err(Problem::nothing_here());
    };
    let user = user.as_ref();
    Ok(Json(DeviceHistory {
        kind: made.kind.word().to_owned(),
        batch: made.batch.to_string(),
        dead: made.dead.map(|(at, _)| at.to_string()),
        devices: user.map_or_else(Vec::new, |user| {
            user.entry.bound.each().map(|(id, _)| id.to_string()).collect()
        }),
        keys: user.map_or_else(Vec::new, |user| user.copies.iter().map(delivered).collect()),
    }))
}

/// The newest acts, and whether every act stands as it was written.
#[utoipa::path(get, path = "/v1/trail", tag = "counter",
    responses((status = 200, body = Trail),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Not your duty")))]
async fn trail(State(desk): State<Arc<Desk>>, _: By<Look>) -> Result<Json<Trail>, Problem> {
    let (edited, acts) = desk
        .office
        .look::<_, Fault>(|server, view, _| Ok((server.check_trail(view)?, server.trail(view, None, 200)?)))
        .await?;
    let one = |(number, written): (u64, copying::server::Written)| TrailAct {
        number,
        at: written.act.at.to_string(),
        who: written.act.who.map(|who| RequestId(who).to_string()),
        verb: written.act.verb,
        about: written.act.about,
        reason: written.act.reason,
        chain: written.chain.to_string(),
    };
    Ok(Json(Trail {
        edited,
        acts: acts.into_iter().map(one).collect(),
    }))
}

/// A gateway's statement, as this side keeps it.
#[utoipa::path(get, path = "/v1/statements/{gateway}", tag = "counter",
    params(("gateway" = String, Path, description = "The gateway's id")),
    responses((status = 200, body = Statement),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Not your duty")))]
async fn statement(
    State(desk): State<Arc<Desk>>,
    _: By<Look>,
    Named(gateway): Named<PartyId>,
) -> Result<Json<Statement>, Problem> {
    let (owed, lines) = desk
        .office
        .look::<_, Fault>(move |server, view, _| {
            Ok((
                server.owed_by(view, gateway)?,
                server.statement(view, gateway, None, crate::copying::link::LINES_MAX)?,
            ))
        })
        .await?;
    Ok(Json(Statement {
        owed,
        lines: lines
            .iter()
            .map(|line| StatementRow::of(&line.charge, line.at))
            .collect(),
    }))
}

/// Titles of batches, for people's eyes.
pub(super) fn title_of(
    server: &copying::server::CopyServer,
    view: &mut dyn View,
    batch: BatchId,
) -> Result<String, Fault> {
    Ok(server.batch(view, batch)?.map(|batch| batch.title).unwrap_or_default())
}

/// The console's addresses for programs.
pub(super) fn routes() -> OpenApiRouter<Arc<Desk>> {
    OpenApiRouter::new()
        .routes(routes!(super::batches::batches))
        .routes(routes!(people))
        .routes(routes!(sessions))
        .routes(routes!(questions))
        .routes(routes!(exchanges))
        .routes(routes!(reissues))
        .routes(routes!(proposals))
        .routes(routes!(decide))
        .routes(routes!(order))
        .routes(routes!(medium))
        .routes(routes!(device))
        .routes(routes!(trail))
        .routes(routes!(statement))
}
