//! For the operator's programs: users, their limits, their bills.

use std::sync::Arc;

use approver::{Means, UserId};
use axum::{extract::State, http::HeaderMap};
use serde::{Deserialize, Serialize};
use signin::{Grant, Hashed, Name, NameTaken, Password};
use store::Fault;
use units::{Again, ApprovalId, TransferId};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Counter, desk::DeskRole};
use crate::{
    frame::{Json, Named, Problem, problem::Document},
    money::Amount,
    ways::hash_beside,
};

/// Somebody to be taken on.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// The name or number to sign in with.
    pub name: String,
    /// A first password; ten characters at least.
    pub password: String,
    /// How much may be owed.
    pub limit: Amount,
    /// Value paid in at the counter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Amount>,
}

/// A user, as the operator sees one: no name.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct User {
    /// The user's number here.
    pub user: String,
    /// The number of the file a bureau keeps.
    pub file: String,
    /// How much may be owed.
    pub limit: Amount,
    /// What of it is free.
    pub room: Amount,
    /// What is owed.
    pub owed: Amount,
}

/// Users.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Users {
    /// They.
    pub users: Vec<User>,
}

/// How much a user may owe from now on.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// How much.
    pub limit: Amount,
}

/// Somebody who works at the approver.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClerk {
    /// The name to sign in with.
    pub name: String,
    /// A first password; ten characters at least.
    pub password: String,
    /// `auditor`, `clerk` (sets limits) or `judge` (decides disputes).
    pub role: String,
}

/// Somebody who works at the approver, by number.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AtDesk {
    /// The account's number.
    pub account: String,
    /// The role.
    pub role: String,
}

pub(super) fn wrong(code: &'static str, text: &str) -> Problem {
    Problem::door(
        axum::http::StatusCode::UNPROCESSABLE_ENTITY,
        code,
        Again::AfterYouAct,
        text,
    )
}

/// Takes somebody on. The operator's.
#[utoipa::path(post, path = "/v1/users", tag = "operator", request_body = NewUser,
    responses((status = 200, body = User),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn enrol(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Json(new): Json<NewUser>,
) -> Result<Json<User>, Problem> {
    counter.operators.check(&headers)?;
    let currency = party::Party::desk(&*counter.office.party).currency();
    let (limit, value) = (
        new.limit.money(currency)?,
        new.value.map(|v| v.money(currency)).transpose()?,
    );
    let name = Name::new(&new.name).map_err(|no| wrong("name", &no.to_string()))?;
    let hashed = hashed(&counter, &new.password).await?;
    let gate = counter.gate.clone();
    let id = counter
        .office
        .commit::<_, NameTaken>(move |approver, tx, now, seed| {
            let id = gate.open_account(tx, &name, now, seed)?;
            gate.set_password(tx, id, &hashed)?;
            approver.enrol(tx, id, seed.id("file"), now)?;
            let odd = |no: approver::MoneyRefused| Fault::Corrupt {
                table: "approver_users",
                why: no.to_string(),
            };
            approver
                .set_limit(tx, TransferId(seed.id("limit")), id, limit, now)
                .map_err(odd)?;
            if let Some(value) = value.filter(|value| !value.is_zero()) {
                approver
                    .fill(tx, TransferId(seed.id("value")), id, Means::Value, value, now)
                    .map_err(odd)?;
            }
            Ok(id)
        })
        .await?;
    Ok(Json(one(&counter, id).await?))
}

pub(super) async fn one(counter: &Counter, id: UserId) -> Result<User, Problem> {
    let found = counter
        .office
        .look::<_, Fault>(move |approver, view, _| {
            let standing = approver.standing(view, id)?;
            Ok(approver.user(view, id)?.zip(standing))
        })
        .await?;
    let (user, standing) = found.ok_or_else(Problem::nothing_here)?;
    Ok(User {
        user: id.to_string(),
        file: ApprovalId(user.file).to_string(),
        limit: standing.limit.into(),
        room: standing.room.into(),
        owed: standing.owed.into(),
    })
}

/// Lets somebody work at the console, in one role. The operator's.
#[utoipa::path(post, path = "/v1/staff", tag = "operator", request_body = NewClerk,
    responses((status = 200, body = AtDesk),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn employ(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Json(new): Json<NewClerk>,
) -> Result<Json<AtDesk>, Problem> {
    counter.operators.check(&headers)?;
    let role = DeskRole::of(&new.role).ok_or_else(|| wrong("role", "a role is auditor, clerk or judge"))?;
    let name = Name::new(&new.name).map_err(|no| wrong("name", &no.to_string()))?;
    let hashed = hashed(&counter, &new.password).await?;
    let (gate, over) = (counter.gate.clone(), counter.office.party.id());
    let id = counter
        .office
        .commit::<_, NameTaken>(move |_, tx, now, seed| {
            let id = gate.open_account(tx, &name, now, seed)?;
            gate.set_password(tx, id, &hashed)?;
            gate.grant(tx, id, &Grant::new(over, role.word()))?;
            Ok(id)
        })
        .await?;
    Ok(Json(AtDesk {
        account: id.to_string(),
        role: role.word().to_owned(),
    }))
}

/// A first password, hashed beside the writer; as many at once as there is room for.
async fn hashed(counter: &Counter, text: &str) -> Result<Hashed, Problem> {
    let password = Password::new(text).map_err(|no| wrong("password-weak", &no.to_string()))?;
    hash_beside(&counter.gate, &counter.hashing, password).await
}

/// The users, at most two hundred. The operator's.
#[utoipa::path(get, path = "/v1/users", tag = "operator",
    responses((status = 200, body = Users),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Not the operator")))]
async fn users(State(counter): State<Arc<Counter>>, headers: HeaderMap) -> Result<Json<Users>, Problem> {
    counter.operators.check(&headers)?;
    let ids = counter
        .office
        .look::<_, Fault>(|approver, view, _| approver.users(view, None, 200))
        .await?;
    let mut users = Vec::with_capacity(ids.len());
    for (id, _) in ids {
        users.push(one(&counter, id).await?);
    }
    Ok(Json(Users { users }))
}

/// Sets how much a user may owe. The operator's.
#[utoipa::path(post, path = "/v1/users/{user}/limit", tag = "operator", request_body = Limit,
    params(("user" = String, Path, description = "The user's number")),
    responses((status = 200, body = User),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn limit(
    State(counter): State<Arc<Counter>>,
    headers: HeaderMap,
    Named(user): Named<UserId>,
    Json(asked): Json<Limit>,
) -> Result<Json<User>, Problem> {
    counter.operators.check(&headers)?;
    set_limit(&counter, user, &asked.limit).await?;
    Ok(Json(one(&counter, user).await?))
}

/// The same for the console.
pub(super) async fn set_limit(counter: &Counter, user: UserId, limit: &Amount) -> Result<(), Problem> {
    let limit = limit.money(party::Party::desk(&*counter.office.party).currency())?;
    counter
        .office
        .commit(move |approver, tx, now, seed| approver.set_limit(tx, TransferId(seed.id("limit")), user, limit, now))
        .await
}

/// The addresses of the operator's programs.
pub(super) fn routes() -> OpenApiRouter<Arc<Counter>> {
    OpenApiRouter::new()
        .routes(routes!(enrol, users))
        .routes(routes!(limit))
        .routes(routes!(employ))
        .merge(super::money::routes())
}
