//! Publish over HTTP: a publisher's signed bundle comes first, then the package it names, then both are on sale.

use std::{io, path::PathBuf, sync::Arc};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use package::Front;
use party::shop::PublishRefused;
use seal::Secret;
use serde::{Deserialize, Serialize};
use store::Fault;
use units::{Again, Hash, OfferNo, PartyId};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::Stall;
use crate::{
    content::shelf::NotTaken,
    frame::{Json, Message, Named, Problem, bearer, body::hear_out, problem::Document},
    peers::Heard,
    verbs::Binary,
};

/// What a publication has done.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Published {
    /// The package it is about.
    pub package: String,
    /// The offers on the shelf now.
    pub offers: Vec<String>,
    /// Is the package there? If not, send it next; nothing is sold before.
    pub ready: bool,
    /// Where to send the package.
    pub upload: String,
    /// The bearer token with which it is taken there.
    pub token: String,
    /// The content server that takes it, where it is another party; publish again when the package is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// What lets one package in: made from the shop's own secret, so every process of the shop knows it.
pub(crate) struct Tickets(Secret);

impl Tickets {
    pub(crate) const fn new(secret: Secret) -> Self {
        Self(secret)
    }
    fn token(&self, package: Hash) -> String {
        Hash(*self.0.derive("upload", &[&package.0]).expose()).to_string()
    }
    fn check(&self, headers: &HeaderMap, package: Hash) -> Result<(), Problem> {
        let token = bearer(headers);
        if seal::same(token.as_bytes(), self.token(package).as_bytes()) {
            return Ok(());
        }
        let text = "publish first; the answer holds the token with which the package is taken";
        Err(Problem::door(
            StatusCode::UNAUTHORIZED,
            "upload-without-token",
            Again::AfterYouAct,
            text,
        ))
    }
}

impl core::fmt::Debug for Tickets {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Tickets(secret)")
    }
}

/// Puts a work on the shelf: a bundle signed by its publisher for this shop. The same again changes nothing.
#[utoipa::path(post, path = "/v1/publish", tag = "publishing", request_body(content = Binary, content_type = "application/cbor"),
    responses((status = 200, body = Published),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn publish(State(shop): State<Arc<Stall>>, Message(bundle): Message) -> Result<Json<Published>, Problem> {
    let done = shop
        .office
        .commit(move |party, tx, now, seed| party.publish(tx, &bundle, now, seed))
        .await?;
    let mut ready = done.ready;
    if !ready && shop.shelf.has(done.package) {
        // Sent before, and not announced to the end: the bytes are here and checked.
        arrived(&shop, done.package).await?;
        ready = true;
    }
    let package = done.package;
    let work = shop
        .office
        .look::<_, Fault>(move |party, view, _| party.work(view, package))
        .await?;
    // What is sealed for each buyer is sealed here; everything else lies where anybody gets it.
    let at = shop.content.filter(|_| work.is_some_and(|work| !work.unique));
    if let Some(keeper) = at.filter(|_| !ready) {
        ready = lies_there(&shop, keeper, package).await?;
    }
    Ok(Json(Published {
        package: done.package.to_string(),
        offers: done.offers.iter().map(OfferNo::to_string).collect(),
        ready,
        upload: format!("/v1/packages/{}", done.package),
        token: shop.tickets.token(done.package),
        at: at.map(|keeper| keeper.to_string()),
    }))
}

/// Does the content server have this package? Then its header is taken from there, and its offers are on sale.
async fn lies_there(shop: &Arc<Stall>, keeper: PartyId, package: Hash) -> Result<bool, Problem> {
    let Some(address) = shop.office.whereabouts(keeper).await? else {
        return Ok(false);
    };
    let Heard::Answer(header) = shop.peers.post(&address, "front", package.0.to_vec()).await else {
        return Ok(false);
    };
    let arrived = shop
        .office
        .commit(move |party, tx, _, _| party.package_arrived(tx, &header))
        .await?;
    Ok(arrived == package)
}

/// Takes a published package as it streams in. One that is here already is taken for good.
#[utoipa::path(put, path = "/v1/packages/{package}", tag = "publishing",
    params(("package" = String, Path, description = "Hash of the package's header")),
    request_body(content = Binary, content_type = "application/octet-stream"),
    responses((status = 200, body = Published, description = "It is on sale"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing was kept"),
        (status = "5XX", body = Document, content_type = "application/problem+json", description = "Send it again")))]
pub(super) async fn upload(
    State(shop): State<Arc<Stall>>,
    Named(package): Named<Hash>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Published>, Problem> {
    let mut pieces = body.into_data_stream().map(|piece| piece.map_err(io::Error::other));
    let taken = receive(&shop, package, &headers, &mut pieces).await;
    // What was refused, and what was here before, has not been read to its end.
    hear_out(pieces).await;
    taken?;
    let offers = arrived(&shop, package).await?;
    Ok(Json(Published {
        package: package.to_string(),
        offers,
        ready: true,
        upload: format!("/v1/packages/{package}"),
        token: shop.tickets.token(package),
        at: None,
    }))
}

async fn receive(
    shop: &Arc<Stall>,
    package: Hash,
    headers: &HeaderMap,
    pieces: impl Stream<Item = io::Result<Bytes>> + Send,
) -> Result<(), Problem> {
    shop.tickets.check(headers, package)?;
    let work = shop
        .office
        .look::<_, Fault>(move |party, view, _| party.work(view, package))
        .await?;
    let expected = work.ok_or_else(|| Problem::by(&PublishRefused::NoWork))?.package_len;
    let told = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok());
    match told.and_then(|v| v.parse::<u64>().ok()) {
        Some(len) if len > expected => return Err(NotTaken::Long { expected }.into()),
        Some(got) if got < expected => return Err(NotTaken::Short { got, expected }.into()),
        _ => {}
    }
    Ok(shop.shelf.take(package, pieces).await?)
}

/// Tells the shop that a package is on the shelf; its offers are on sale after that.
pub(super) async fn arrived(shop: &Arc<Stall>, package: Hash) -> Result<Vec<String>, Problem> {
    let shelf = shop.shelf.clone();
    let front = tokio::task::spawn_blocking(move || {
        let Some(file) = shelf.get(package)? else {
            return Err(NotTaken::Broken);
        };
        let front = package::Package::open(file).map_err(|no| NotTaken::Disk(no.to_string()))?;
        Ok(Front::clone(front.front()))
    });
    let front = front.await.unwrap_or(Err(NotTaken::Broken))?;
    let header = front.signed().to_vec();
    let arrived = shop
        .office
        .commit(move |party, tx, _, _| party.package_arrived(tx, &header))
        .await;
    if let Err(no) = arrived {
        // Not the package that was published, although it is called so: it must not stay under this name.
        shop.shelf.remove(package).await;
        return Err(no);
    }
    Ok(Vec::new())
}

/// Puts on the shelf what was made in this house: the bundle, then the package from its file. The same again changes nothing.
pub(crate) async fn bring(shop: &Arc<Stall>, bundle: Vec<u8>, header: Hash, package: PathBuf) -> Result<(), Problem> {
    let published = shop
        .office
        .commit(move |party, tx, now, seed| party.publish(tx, &bundle, now, seed))
        .await?;
    if !published.ready {
        shop.shelf.take(header, pieces(package)).await?;
        arrived(shop, header).await?;
    }
    Ok(())
}

/// A file, piece by piece.
fn pieces(path: PathBuf) -> impl futures::Stream<Item = std::io::Result<bytes::Bytes>> + Send {
    use tokio::io::AsyncReadExt;
    let step = |state: (PathBuf, Option<tokio::fs::File>)| async move {
        let (path, open) = state;
        let mut file = match open {
            Some(file) => file,
            None => tokio::fs::File::open(&path).await?,
        };
        let mut piece = vec![0; 256 << 10];
        let n = file.read(&mut piece).await?;
        piece.truncate(n);
        Ok((n > 0).then(|| (bytes::Bytes::from(piece), (path, Some(file)))))
    };
    futures::stream::try_unfold((path, None), step)
}

/// Which offer.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    /// Its number.
    pub offer: String,
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Withdrawn {
    /// Was it on the shelf until now?
    pub new: bool,
}

/// Takes an offer off the shelf; what was sold stays sold. The operator's.
#[utoipa::path(post, path = "/v1/withdraw", tag = "publishing", request_body = Withdraw,
    responses((status = 200, body = Withdrawn),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn withdraw(
    State(shop): State<Arc<Stall>>,
    headers: HeaderMap,
    Json(which): Json<Withdraw>,
) -> Result<Json<Withdrawn>, Problem> {
    shop.operators.check(&headers)?;
    let number: OfferNo = which.offer.parse().map_err(|_| Problem::nothing_here())?;
    let new = shop
        .office
        .commit::<_, Fault>(move |party, tx, now, _| party.withdraw(tx, number, now))
        .await?;
    Ok(Json(Withdrawn { new }))
}

pub(super) fn routes() -> OpenApiRouter<Arc<Stall>> {
    OpenApiRouter::new().routes(routes!(publish)).routes(routes!(withdraw))
}

pub(super) fn streams() -> OpenApiRouter<Arc<Stall>> {
    OpenApiRouter::new().routes(routes!(upload))
}
