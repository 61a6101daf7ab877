//! The gateway's addresses for programs: accounts, questions of players, and what its own people do.

use std::sync::Arc;

use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use copying::gateway::{AccountRefused, Paying};
use serde::{Deserialize, Serialize};
use signin::{Name, NameTaken};
use store::Fault;
use units::{Again, Refusal, TransferId};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Till, carry};
use crate::{
    copying::{
        console::{Session, SignIn, Statement, StatementRow},
        enter::unfit,
    },
    frame::{Json, Message, Problem, Source, problem::Document},
    money::Amount,
    once::Request,
    verbs::Binary,
};

/// What devices have to know before they ask.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = GatewayTerms)]
pub struct Terms {
    /// This gateway: questions name it.
    pub gateway: String,
    /// The copy-management server behind it.
    pub server: String,
    /// Which ids a registration needs: card, player, drive.
    pub needs: Vec<String>,
    /// In which currency it charges.
    pub currency: String,
}

/// A new customer.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCustomer {
    /// The name to sign in with.
    pub name: String,
    /// The password.
    pub password: String,
    /// Up to how much the customer pays later; absent: in advance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<Credit>,
}

/// A limit of credit.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credit {
    /// Up to so much.
    pub limit: Amount,
}

/// A payment at the gateway's counter.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayIn {
    /// The customer's name.
    pub name: String,
    /// How much.
    pub amount: Amount,
}

/// A key that was charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Charged {
    /// The delivery.
    pub delivery: String,
    /// When.
    pub at: String,
    /// How much, in minor units.
    pub amount: i64,
}

/// How an account stands, in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Standing {
    /// What was paid in and not spent; below zero: owed.
    pub balance: i64,
    /// What is held for questions under way.
    pub held: i64,
    /// Up to how much may be owed.
    pub credit: i64,
    /// Keys that were charged, at most a hundred, the newest first.
    pub charged: Vec<Charged>,
}

/// What a question to this gateway names, and what a registration needs.
#[utoipa::path(get, path = "/v1/terms", tag = "players",
    responses((status = 200, body = Terms),
        (status = "5XX", body = Document, content_type = "application/problem+json", description = "The server was not heard yet")))]
async fn terms(State(till): State<Arc<Till>>) -> Result<Json<Terms>, Problem> {
    let terms = till.terms().await.ok_or_else(carry::silent)?;
    let needs = [("card", terms.card), ("player", terms.player), ("drive", terms.drive)];
    Ok(Json(Terms {
        gateway: party::Party::id(&*till.office.party).to_string(),
        server: terms.server.to_string(),
        needs: needs
            .into_iter()
            .filter(|(_, is)| *is)
            .map(|(word, _)| word.to_owned())
            .collect(),
        currency: party::Party::desk(&*till.office.party).currency().code().to_owned(),
    }))
}

/// Signs a customer in.
#[utoipa::path(post, path = "/v1/sessions", tag = "players", request_body = SignIn,
    responses((status = 200, body = Session),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Not let in")))]
async fn sessions(
    State(till): State<Arc<Till>>,
    Extension(Source(address)): Extension<Source>,
    Json(typed): Json<SignIn>,
) -> Result<Json<Session>, Problem> {
    let typed = (typed.name.as_str(), typed.password.as_str());
    let token = till.door.token(&till.office, typed, address).await?;
    Ok(Json(Session { token }))
}

/// A player's question: what it may cost is held, it is passed on unread, and a key that comes back is charged, once. The
/// same question has the same answer.
#[utoipa::path(post, path = "/v1/questions", tag = "players",
    request_body(content = Binary, content_type = "application/cbor"),
    responses((status = 200, body = Binary, content_type = "application/cbor", description = "The answer, sealed for the keeper"),
        (status = 202, body = Document, content_type = "application/problem+json", description = "Written down, not decided yet: the same question again"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused in the words its user reads; nothing was charged")))]
async fn questions(
    State(till): State<Arc<Till>>,
    headers: HeaderMap,
    Message(bytes): Message,
) -> Result<Message, Problem> {
    let person = till.door.bearer(&till.office, &headers).await?;
    Ok(carry::pass(&till, person.account.0, bytes.to_vec()).await?.into())
}

/// How the customer's account stands.
#[utoipa::path(get, path = "/v1/account", tag = "players",
    responses((status = 200, body = Standing),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Not signed in")))]
async fn account(State(till): State<Arc<Till>>, headers: HeaderMap) -> Result<Json<Standing>, Problem> {
    let person = till.door.bearer(&till.office, &headers).await?;
    Ok(Json(standing(&till, person.account.0).await?))
}

/// Everything that is kept about a customer.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AboutCustomer {
    /// The name that signs in here.
    pub name: String,
    /// The number under which the books know the account.
    pub number: String,
    /// Since when.
    pub since: String,
    /// Sessions: since when, and when last seen.
    pub sessions: Vec<(String, String)>,
    /// How the account stands, with every key that was charged.
    pub standing: Standing,
}

/// Everything that is kept about a customer, for programs and for the page.
pub(super) async fn about(till: &Till, id: signin::AccountId) -> Result<AboutCustomer, Problem> {
    let gate = till.door.gate.clone();
    let found = till
        .office
        .look::<_, Fault>(move |_, view, _| gate.about(view, id))
        .await?;
    let found = found.ok_or_else(Problem::nothing_here)?;
    Ok(AboutCustomer {
        name: found.account.name,
        number: units::OrderId(id.0).to_string(),
        since: found.account.since.to_string(),
        sessions: found
            .sessions
            .iter()
            .map(|(since, seen, _)| (since.to_string(), seen.to_string()))
            .collect(),
        standing: standing_of(till, id.0, usize::MAX).await?,
    })
}

/// Closes an empty account and forgets whose it was, in one transaction.
pub(super) async fn forget(till: &Till, id: signin::AccountId) -> Result<(), Problem> {
    let gate = till.door.gate.clone();
    till.office
        .commit::<_, AccountRefused>(move |gateway, tx, _, _| {
            gateway.close_account(tx, id.0)?;
            Ok(gate.forget(tx, id)?)
        })
        .await
}

/// Everything that is kept about the customer who is signed in.
#[utoipa::path(get, path = "/v1/account/data", tag = "players",
    responses((status = 200, body = AboutCustomer),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Not signed in")))]
async fn data(State(till): State<Arc<Till>>, headers: HeaderMap) -> Result<Json<AboutCustomer>, Problem> {
    let person = till.door.bearer(&till.office, &headers).await?;
    Ok(Json(about(&till, person.account).await?))
}

/// Closes the account of the customer who is signed in, once it is empty, and forgets whose it was.
#[utoipa::path(delete, path = "/v1/account", tag = "players",
    responses((status = 204, description = "Nobody signs in with it any more"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn leave(State(till): State<Arc<Till>>, headers: HeaderMap) -> Result<axum::http::StatusCode, Problem> {
    let person = till.door.bearer(&till.office, &headers).await?;
    forget(&till, person.account).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

/// How an account stands, for programs and pages.
pub(super) async fn standing(till: &Till, id: [u8; 16]) -> Result<Standing, Problem> {
    standing_of(till, id, 100).await
}

async fn standing_of(till: &Till, id: [u8; 16], charges: usize) -> Result<Standing, Problem> {
    let found = till
        .office
        .look::<_, Fault>(move |gateway, view, _| {
            let Some((row, balance)) = gateway.customer(view, id)? else {
                return Ok(None);
            };
            Ok(Some((row, balance, gateway.charges(view, id, charges)?)))
        })
        .await?;
    let (row, balance, charged) = found.ok_or_else(Problem::nothing_here)?;
    let one = |told: copying::gateway::Told| Charged {
        delivery: told.charge.delivery.to_string(),
        at: told.at.to_string(),
        amount: told.charge.amount.minor(),
    };
    Ok(Standing {
        balance,
        held: row.held,
        credit: match row.paying {
            Paying::Prepaid => 0,
            Paying::Credit(limit) => limit.minor(),
        },
        charged: charged.into_iter().map(one).collect(),
    })
}

/// Why no customer was taken on.
#[derive(Debug, thiserror::Error)]
enum OpenRefused {
    #[error(transparent)]
    Name(#[from] NameTaken),
    #[error(transparent)]
    Account(#[from] AccountRefused),
    #[error(transparent)]
    Fault(#[from] Fault),
}
impl Refusal for OpenRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Name(no) => no.code(),
            Self::Account(no) => no.code(),
            Self::Fault(no) => no.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Name(no) => no.again(),
            Self::Account(no) => no.again(),
            Self::Fault(no) => no.again(),
        }
    }
}

/// Takes a customer on.
pub(super) async fn take_on(till: &Till, name: &str, password: &str, paying: Paying) -> Result<(), Problem> {
    let (name, hashed) = till.door.prepare(name, password).await?;
    let gate = till.door.gate.clone();
    till.office
        .commit::<_, OpenRefused>(move |gateway, tx, now, seed| {
            let id = gate.open_account(tx, &name, now, seed)?;
            gate.set_password(tx, id, &hashed)?;
            Ok(gateway.open_account(tx, id.0, paying, now)?)
        })
        .await
}

/// Takes a customer on: the gateway's people have seen the person or the money.
#[utoipa::path(post, path = "/v1/customers", tag = "operator", request_body = NewCustomer,
    responses((status = 204, description = "Taken on"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn customers(
    State(till): State<Arc<Till>>,
    headers: HeaderMap,
    Json(new): Json<NewCustomer>,
) -> Result<StatusCode, Problem> {
    till.operators.check(&headers)?;
    let currency = party::Party::desk(&*till.office.party).currency();
    let paying = match &new.credit {
        None => Paying::Prepaid,
        Some(credit) => Paying::Credit(credit.limit.money(currency)?),
    };
    take_on(&till, &new.name, &new.password, paying).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Books what a customer paid, once for each request.
pub(super) async fn book(till: &Till, request: Request, paid: &PayIn) -> Result<(), Problem> {
    let amount = paid.amount.money(party::Party::desk(&*till.office.party).currency())?;
    let name = Name::new(&paid.name).map_err(|no| unfit("name", &no.to_string()))?;
    let gate = till.door.gate.clone();
    let done = till
        .office
        .commit::<_, AccountRefused>(move |gateway, tx, now, seed| {
            let id = gate.find(tx, &name)?.ok_or(AccountRefused::NoCustomer)?;
            let number = TransferId(seed.id("pay in"));
            request.once(tx, |tx| {
                gateway.pay_in(tx, number, id.0, amount, now).map(|()| Vec::new())
            })
        })
        .await?;
    done?;
    Ok(())
}

/// Cash or a transfer came in for a customer.
#[utoipa::path(post, path = "/v1/pay-ins", tag = "operator", request_body = PayIn,
    params(("Idempotency-Key" = String, Header, description = "16 to 64 characters; the same one on every repeat")),
    responses((status = 204, description = "Booked, once"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn pay_ins(
    State(till): State<Arc<Till>>,
    headers: HeaderMap,
    Json(paid): Json<PayIn>,
) -> Result<StatusCode, Problem> {
    till.operators.check(&headers)?;
    let words = serde_json::to_vec(&paid).unwrap_or_default();
    book(&till, Request::read(&headers, "pay-ins", b"", &words)?, &paid).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Pays what is owed to the server's operator, by a cheque that the server brings to the bank.
#[utoipa::path(post, path = "/v1/settlements", tag = "operator",
    responses((status = 204, description = "Nothing is owed any more"),
        (status = 202, description = "Under way; it goes on by itself"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused")))]
async fn settlements(State(till): State<Arc<Till>>, headers: HeaderMap) -> Result<StatusCode, Problem> {
    till.operators.check(&headers)?;
    Ok(if carry::settle(&till).await? {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::ACCEPTED
    })
}

/// This side's statement: every key that was charged, and what is owed to the server's operator.
#[utoipa::path(get, path = "/v1/statement", tag = "operator",
    responses((status = 200, body = Statement),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Not the operator")))]
async fn statement(State(till): State<Arc<Till>>, headers: HeaderMap) -> Result<Json<Statement>, Problem> {
    till.operators.check(&headers)?;
    let (owed, lines) = till
        .office
        .look::<_, Fault>(|gateway, view, _| {
            Ok((
                gateway.owes(view)?,
                gateway.statement(view, None, crate::copying::link::LINES_MAX)?,
            ))
        })
        .await?;
    let row = |told: &copying::gateway::Told| StatementRow::of(&told.charge, told.at);
    Ok(Json(Statement {
        owed,
        lines: lines.iter().map(row).collect(),
    }))
}

/// The gateway's addresses for programs.
pub(super) fn routes() -> OpenApiRouter<Arc<Till>> {
    OpenApiRouter::new()
        .routes(routes!(terms))
        .routes(routes!(sessions))
        .routes(routes!(questions))
        .routes(routes!(account))
        .routes(routes!(data))
        .routes(routes!(leave))
        .routes(routes!(customers))
        .routes(routes!(pay_ins))
        .routes(routes!(settlements))
        .routes(routes!(statement))
}
