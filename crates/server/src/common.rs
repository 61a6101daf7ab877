//! Common: what every party answers: who it is, of which realm, how it is, and what else can be asked.

use std::sync::Arc;

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use seal::cbor;
use serde::Serialize;
use store::{Fault, Store};
use units::PartyId;
use utoipa::{
    OpenApi,
    openapi::{OpenApi as Described, OpenApiBuilder},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    config::Role,
    frame::{Json, Message, Problem, problem::Document},
    verbs::Binary,
};

/// What the common addresses answer from.
#[derive(Debug)]
pub(crate) struct Common {
    pub(crate) role: Role,
    pub(crate) id: PartyId,
    pub(crate) name: String,
    pub(crate) realm: seal::Realm,
    pub(crate) dev: bool,
    pub(crate) store: Store,
    pub(crate) described: Vec<u8>,
}

/// Who answers here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct About {
    /// Its role.
    pub role: String,
    /// Its id in the registry.
    pub id: String,
    /// Its name, as certified.
    pub name: String,
    /// The realm's id.
    pub realm: String,
    /// Is this the realm for trying things out?
    pub dev: bool,
    /// The epoch of its books: goes up whenever they were restored.
    pub epoch: u64,
    /// Is it finding out what it forgot?
    pub restored: bool,
}

/// Who answers here.
#[utoipa::path(get, path = "/v1/about", tag = "about", responses((status = 200, body = About)))]
async fn about(State(common): State<Arc<Common>>) -> Result<Json<About>, Problem> {
    // The registry keeps no epoch.
    let (store, registry) = (common.store.clone(), common.role == Role::Registry);
    let looked = tokio::task::spawn_blocking(move || {
        let restored = !registry && store.read(party::epoch::is_restored)?;
        Ok::<_, Fault>((store.identity()?.epoch, restored))
    });
    let (epoch, restored) = looked.await.unwrap_or(Err(Fault::Panicked))?;
    Ok(Json(About {
        role: common.role.word().to_owned(),
        id: common.id.to_string(),
        name: common.name.clone(),
        realm: common.realm.id().to_string(),
        dev: common.dev,
        epoch,
        restored,
    }))
}

/// The realm file. What it says is believed only by those who have it from elsewhere too.
#[utoipa::path(get, path = "/v1/realm", tag = "about",
    responses((status = 200, body = Binary, content_type = "application/cbor")))]
async fn realm(State(common): State<Arc<Common>>) -> Message {
    cbor::to_bytes(&common.realm).into()
}

/// Is it alive?
#[utoipa::path(get, path = "/healthz", tag = "about", responses(
    (status = 200, description = "The party answers and its store can be read"),
    (status = 503, body = Document, content_type = "application/problem+json")))]
async fn healthz(State(common): State<Arc<Common>>) -> Result<&'static str, Problem> {
    let (store, registry) = (common.store.clone(), common.role == Role::Registry);
    // The registry keeps no epoch; that its store can say what it is shows as much.
    let read = tokio::task::spawn_blocking(move || match registry {
        true => store.identity().map(|_| false),
        false => store.read(party::epoch::is_restored),
    });
    read.await.unwrap_or(Err(Fault::Panicked))?;
    Ok("ok\n")
}

/// This description.
#[utoipa::path(get, path = "/openapi.json", tag = "about",
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json")))]
async fn openapi(State(common): State<Arc<Common>>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], common.described.clone()).into_response()
}

/// The common addresses.
pub(crate) fn routes() -> OpenApiRouter<Arc<Common>> {
    OpenApiRouter::new()
        .routes(routes!(about))
        .routes(routes!(realm))
        .routes(routes!(healthz))
        .routes(routes!(openapi))
}

/// Puts descriptions together under the role's title.
pub(crate) fn describe(role: Role, parts: Vec<Described>) -> Described {
    #[derive(OpenApi)]
    #[openapi(components(schemas(Document)))]
    struct Shared;
    let info = utoipa::openapi::InfoBuilder::new()
        .title(format!("Keyfare {}", role.word()))
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Messages are signed, sealed and safe to repeat: send the very same bytes again and the answer is the same. \
             Refusals are RFC 9457 documents with a stable code.",
        ))
        .license(Some(utoipa::openapi::LicenseBuilder::new().name("MIT OR Apache-2.0").build()))
        .build();
    let mut whole = OpenApiBuilder::new().info(info).build();
    for part in parts {
        whole.merge(part);
    }
    whole.merge(Shared::openapi());
    whole
}
