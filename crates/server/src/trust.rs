//! Trust registry over HTTP: the question whether an enterprise is trusted, and the list its operator keeps. Rules are in
//! `party::trust`.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use deal::enterprise::EnterpriseNo;
use party::trust::{TrustRefused, TrustRegistry};
use serde::{Deserialize, Serialize};
use store::Fault;
use tokio::sync::watch;
use units::PartyId;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    frame::{Asked, Json, Named, Problem, problem::Document},
    office::Office,
    operator::Operators,
    running::{Parts, StartRefused, Surface},
    verbs::verbs,
};

/// What a trust registry's addresses answer from.
#[derive(Debug)]
pub(crate) struct Trusting {
    pub(crate) office: Arc<Office<TrustRegistry>>,
    operators: Operators,
}

verbs!(Trusting {
    /// Asks whether an enterprise of this number is trusted and is this party; answered by the registry's signed word.
    trust "/v1/trust" Trust
});

/// Everybody who is trusted.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Trusted {
    /// By number.
    pub enterprises: Vec<TrustedLine>,
}

/// A trusted enterprise.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrustedLine {
    /// Its number: the upper digits of its offers' numbers.
    pub enterprise: u32,
    /// Which party it is.
    pub party: String,
    /// Since when; given back, and not to be sent.
    #[serde(default)]
    pub since: Option<String>,
}

/// Who is trusted. The operator's.
#[utoipa::path(get, path = "/v1/enterprises", tag = "operator", responses((status = 200, body = Trusted),
    (status = "4XX", body = Document, content_type = "application/problem+json")))]
async fn enterprises(State(registry): State<Arc<Trusting>>, headers: HeaderMap) -> Result<Json<Trusted>, Problem> {
    registry.operators.check(&headers)?;
    let listed = registry
        .office
        .look::<_, Fault>(move |party, view, _| party.listed(view))
        .await?;
    Ok(Json(Trusted {
        enterprises: listed.into_iter().map(line).collect(),
    }))
}

/// An address to look under.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct At {
    /// Where the enterprise's server answers, as far as its scheme, name and port: at most 200 characters.
    address: String,
}

/// Which trusted enterprises answer at an address, for anybody who knows no number: a way to look up whom to ask about, and no
/// proof. That one is trusted is the signed word alone.
#[utoipa::path(get, path = "/v1/enterprises/at", tag = "trust", params(At), responses((status = 200, body = Trusted),
    (status = "4XX", body = Document, content_type = "application/problem+json")))]
async fn at(State(registry): State<Arc<Trusting>>, Asked(wanted): Asked<At>) -> Result<Json<Trusted>, Problem> {
    if !(1..=200).contains(&wanted.address.len()) || !wanted.address.bytes().all(|b| b.is_ascii_graphic()) {
        let text = "an address has 1 to 200 printed characters, such as https://licenses.example";
        let (status, again) = (StatusCode::UNPROCESSABLE_ENTITY, units::Again::AfterYouAct);
        return Err(Problem::door(status, "trust-address", again, text));
    }
    let listed = registry
        .office
        .look::<_, Fault>(move |party, view, _| party.listed_at(view, &wanted.address))
        .await?;
    Ok(Json(Trusted {
        enterprises: listed.into_iter().map(line).collect(),
    }))
}

fn line((no, row): (EnterpriseNo, party::trust::Enterprise)) -> TrustedLine {
    TrustedLine {
        enterprise: no.0,
        party: row.party.to_string(),
        since: Some(row.since.to_string()),
    }
}

/// Puts an enterprise on the list; the same again changes nothing. The operator's.
#[utoipa::path(post, path = "/v1/enterprises", tag = "operator", request_body = TrustedLine,
    responses((status = 200, body = TrustedLine),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn list(
    State(registry): State<Arc<Trusting>>,
    headers: HeaderMap,
    Json(line): Json<TrustedLine>,
) -> Result<Json<TrustedLine>, Problem> {
    registry.operators.check(&headers)?;
    let party: PartyId = line.party.parse().map_err(|_| Problem::nothing_here())?;
    let no = EnterpriseNo(line.enterprise);
    registry
        .office
        .commit::<_, TrustRefused>(move |registry, tx, now, _| registry.list(tx, no, party, now))
        .await?;
    Ok(Json(line))
}

/// Takes an enterprise off the list. The operator's.
#[utoipa::path(delete, path = "/v1/enterprises/{enterprise}", tag = "operator", params(("enterprise" = u32, Path, description = "Its number")),
    responses((status = 200, body = Trusted),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn strike(
    State(registry): State<Arc<Trusting>>,
    headers: HeaderMap,
    Named(enterprise): Named<u32>,
) -> Result<Json<Trusted>, Problem> {
    registry.operators.check(&headers)?;
    let struck = registry
        .office
        .commit::<_, TrustRefused>(move |registry, tx, _, _| registry.strike(tx, EnterpriseNo(enterprise)))
        .await?;
    if !struck {
        return Err(Problem::nothing_here());
    }
    enterprises(State(registry), headers).await
}

/// The trust registry's addresses.
pub(crate) fn addresses() -> OpenApiRouter<Arc<Trusting>> {
    OpenApiRouter::new()
        .routes(routes!(trust))
        .routes(routes!(enterprises, list))
        .routes(routes!(at))
        .routes(routes!(strike))
}

/// Builds a trust registry.
pub(crate) fn build(parts: Parts, stopped: &watch::Receiver<bool>) -> Result<Surface, StartRefused> {
    let desk = parts.desk()?;
    let registry = TrustRegistry::new(parts.keys, desk);
    let office = Office::new(registry, parts.store, parts.config.clock, parts.peers);
    let trusting = Trusting {
        office: office.clone(),
        operators: Operators::new(parts.config.operator),
    };
    Ok(Surface::new(addresses(), Arc::new(trusting)).tended(office, stopped))
}
