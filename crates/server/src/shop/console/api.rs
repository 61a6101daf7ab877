//! Over the API: the operator at the machine makes the first invitation, before anybody has an account; and a publisher's own
//! program reads his sales with a key that his people made.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use party::shop::StaffRole;
use serde::{Deserialize, Serialize};
use signin::Grant;
use store::Fault;
use units::{Again, PartyId};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{export::sent, keys, money::Period, people::invitation};
use crate::{
    frame::{Asked, Json, Named, Problem, bearer, problem::Document},
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

/// Which sales.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// The first day, in UTC: `2026-11-01`; thirty days ago, if nothing is said.
    from: Option<String>,
    /// The last day, which counts whole; today, if nothing is said.
    until: Option<String>,
    /// Of one work.
    content: Option<String>,
    /// To one buyer's tag.
    buyer: Option<String>,
    /// `json` (as usual) or `csv`.
    format: Option<String>,
}

/// A publisher's sales, as in the export of his pages, streamed. For a program with one of his keys.
#[utoipa::path(get, path = "/v1/publishers/{publisher}/sales", tag = "publisher", params(Wanted, ("publisher" = String, Path, description = "Whose")),
    responses((status = 200, description = "A list of sales, the latest first", content_type = "application/json"),
        (status = "4XX", body = Document, content_type = "application/problem+json")))]
async fn sales(
    State(shop): State<Arc<Stall>>,
    headers: HeaderMap,
    Named(publisher): Named<PartyId>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Problem> {
    check_key(&shop, &headers, publisher).await?;
    let as_csv = match wanted.format.as_deref() {
        None | Some("json") => false,
        Some("csv") => true,
        Some(_) => return Err(Problem::nothing_here()),
    };
    let fields = [
        ("from", wanted.from),
        ("until", wanted.until),
        ("content", wanted.content),
        ("buyer", wanted.buyer),
    ];
    let fields = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let period = Period::asked(&fields.collect(), shop.office.clock.now());
    Ok(sent(shop, publisher, &period, as_csv))
}

/// Does a program show a key of this publisher that stands?
async fn check_key(shop: &Stall, headers: &HeaderMap, publisher: PartyId) -> Result<(), Problem> {
    let key = keys::read(bearer(headers));
    let shut = || {
        let text = "show a key of this publisher that stands, as a bearer token; its people make one on the console's page of keys";
        Problem::door(StatusCode::UNAUTHORIZED, "api-key-missing", Again::AfterYouAct, text)
    };
    let hash = key.filter(|(of, _)| *of == publisher).ok_or_else(shut)?.1;
    let found = shop
        .office
        .look::<_, Fault>(move |party, view, now| party.api_key_stands(view, publisher, hash, now))
        .await?;
    if found.ok_or_else(shut)? {
        shop.office
            .commit::<_, Fault>(move |party, tx, now, _| party.note_api_key(tx, publisher, hash, now))
            .await?;
    }
    Ok(())
}

pub(super) fn routes() -> OpenApiRouter<Arc<Stall>> {
    OpenApiRouter::new().routes(routes!(invite)).routes(routes!(sales))
}
