//! Versions over HTTP: what a wallet asks now and then about a work it holds a license of: is there a newer package under the
//! same key, signed by the same publisher? Anybody may ask and any cache may answer; what counts is the publisher's signature
//! in the answer, which the card holds against its license (`card/src/version.rs`) before a byte of the package is fetched.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, Method},
    response::Response,
};
use data_encoding::BASE64URL_NOPAD;
use party::shop::Version;
use serde::{Deserialize, Serialize};
use store::Fault;
use units::Hash;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::Stall;
use crate::{
    content::{
        send::{Held, Label, send},
        shelf::Shelf,
    },
    frame::{Named, Problem, problem::Document},
};

/// The most versions that are told of: the newest.
const TOLD_MAX: usize = 32;
/// For how long a cache may keep the answer.
const CACHE: &str = "public, max-age=300";

/// All packages that one license of a work opens.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Versions {
    /// The work.
    pub content: String,
    /// Its publisher's id.
    pub publisher: String,
    /// The oldest first; the last is the newest.
    pub versions: Vec<OneVersion>,
}

/// One of them.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OneVersion {
    /// The package: the hash of its header.
    pub package: String,
    /// Where it is.
    pub href: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its title.
    pub title: String,
    /// When its publisher handed it to this shop, RFC 3339. The shop's word: a card believes the signature alone.
    pub at: String,
    /// The header, base64url without padding.
    pub header: String,
    /// The publisher's signed message (kind header) that names it, base64url without padding.
    pub signed: String,
}

/// Newer and older packages of the work that a package is of, as far as one license opens them.
#[utoipa::path(get, path = "/v1/packages/{package}/versions", tag = "files",
    params(("package" = String, Path, description = "Hash of the package's header: the one the license was sold with, or any version of it")),
    responses((status = 200, body = Versions, description = "The oldest first"), (status = 304, description = "Unchanged"),
        (status = 404, body = Document, content_type = "application/problem+json", description = "Never sold here, or made for one buyer")))]
async fn versions(
    State(shop): State<Arc<Stall>>,
    Named(package): Named<Hash>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (work, found) = shop
        .office
        .look::<_, Fault>(move |party, view, _| Ok((party.work(view, package)?, party.versions(view, package)?)))
        .await?;
    let work = work.filter(|work| !work.unique).ok_or_else(Problem::nothing_here)?;
    let mut ready: Vec<Version> = found.into_iter().filter(|version| version.ready).collect();
    ready.drain(..ready.len().saturating_sub(TOLD_MAX));
    let shelf = shop.shelf.clone();
    let told = tokio::task::spawn_blocking(move || ready.into_iter().filter_map(|one| told(&shelf, one)).collect());
    let told = Versions {
        content: work.content.to_string(),
        publisher: work.publisher.to_string(),
        versions: told.await.map_err(|_| Problem::by(&Fault::Panicked))?,
    };
    let body = serde_json::to_vec(&told).map_err(|_| Problem::by(&Fault::Panicked))?;
    let label = Label {
        tag: seal::hash(&body).short(),
        media_type: "application/json".to_owned(),
        cache: CACHE,
        save_as: None,
    };
    Ok(send(&method, &headers, Arc::new(Held(body.into())), &label))
}

/// A version with its publisher's signature, read from the package itself; nothing for one that cannot be read.
fn told(shelf: &Shelf, version: Version) -> Option<OneVersion> {
    let file = shelf.get(version.package).ok()??;
    let opened = package::Package::open(file).ok()?;
    let front = opened.front();
    Some(OneVersion {
        href: format!("/v1/packages/{}", version.package),
        package: version.package.to_string(),
        bytes: version.len,
        title: version.title,
        at: version.at.to_string(),
        header: BASE64URL_NOPAD.encode(front.signed()),
        signed: BASE64URL_NOPAD.encode(&front.signatures().header),
    })
}

pub(super) fn routes() -> OpenApiRouter<Arc<Stall>> {
    OpenApiRouter::new().routes(routes!(versions))
}
