//! Over the API: the operator at the machine makes the first invitation, before anybody has an account.

use std::sync::Arc;

use axum::{extract::State, http::HeaderMap};
use party::shop::StaffRole;
use serde::{Deserialize, Serialize};
use signin::Grant;
use store::Fault;
use units::PartyId;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::people::invitation;
use crate::{
    frame::{Json, Problem, problem::Document},
    shop::Stall,
};

/// Who is to be invited.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ToInvite {
    /// Over which publisher; nothing: over the shop itself.
    pub publisher: Option<String>,
    /// As what: owner, editor, accountant; over the shop: operator.
    pub role: String,
    /// Only if the console has no account yet.
    #[serde(default)]
    pub first: bool,
}

/// An invitation.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Invited {
    /// The link: works once. Nothing, if only a first one was asked for and there are accounts already.
    pub link: Option<String>,
    /// Where one signs in.
    pub console: String,
    /// The publishers whose keys this console keeps.
    pub publishers: Vec<String>,
}

/// Invites somebody into the console. The operator's.
#[utoipa::path(post, path = "/v1/console/invitations", tag = "operator", request_body = ToInvite,
    responses((status = 200, body = Invited),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn invite(
    State(shop): State<Arc<Stall>>,
    headers: HeaderMap,
    Json(who): Json<ToInvite>,
) -> Result<Json<Invited>, Problem> {
    shop.operators.check(&headers)?;
    let role = StaffRole::of(&who.role).ok_or_else(Problem::nothing_here)?;
    let over = match &who.publisher {
        Some(text) => text.parse::<PartyId>().map_err(|_| Problem::nothing_here())?,
        None => shop.sign.id,
    };
    if (role == StaffRole::Operator) != (over == shop.sign.id) {
        return Err(Problem::nothing_here());
    }
    let gate = shop.console.gate.clone();
    let (accounts, tenants) = shop
        .office
        .look::<_, Fault>(move |party, view, _| Ok((gate.accounts(view, None, 1)?.len(), party.tenants(view)?)))
        .await?;
    let wanted = !who.first || accounts == 0;
    let link = if wanted {
        Some(invitation(&shop, Grant::new(over, role.word()), None).await?.0)
    } else {
        None
    };
    Ok(Json(Invited {
        link,
        console: format!("{}/console", shop.console.origin),
        publishers: tenants.into_iter().map(|(id, _)| id.to_string()).collect(),
    }))
}

pub(super) fn routes() -> OpenApiRouter<Arc<Stall>> {
    OpenApiRouter::new().routes(routes!(invite))
}
