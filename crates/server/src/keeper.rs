//! Content server over HTTP: sealed works by their number, for whoever asks, whole or in ranges (ST-1). Rules are in
//! `party::content`.
//!
//! | who | may |
//! |---|---|
//! | anybody | read the list, and fetch any package |
//! | anybody | bring a package that a publisher of this realm signed: who carries it does not matter |
//! | a license server | ask for the header of a package, to see that what it will sell is here |
//! | the operator | take a package off |

use std::{io, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, Method, StatusCode},
    response::Response,
    routing::get,
};
use futures::StreamExt;
use party::{
    Party,
    content::{ContentServer, Kept},
};
use publisher::{FrontRefused, verify_front};
use serde::{Deserialize, Serialize};
use store::Fault;
use tokio::sync::watch;
use units::{Again, ContentId, Hash, Refusal};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    config::SHELF_BYTES,
    content::{
        send::{Filed, Label, send},
        shelf::Shelf,
    },
    frame::{
        Asked, Json, Message, Named, Problem,
        body::hear_out,
        limits::{PAGE_DEFAULT, PAGE_MAX},
        problem::Document,
    },
    office::Office,
    operator::Operators,
    pages::{Visit, answer, in_languages},
    running::{Parts, StartRefused, Surface},
    verbs::Binary,
};

mod page;

#[cfg(test)]
pub(crate) use page::STORIES;

/// The media type of packages.
const PACKAGE: &str = "application/vnd.keyfare.package";

/// What a content server's addresses answer from.
#[derive(Debug)]
pub(crate) struct Keeper {
    office: Arc<Office<ContentServer>>,
    shelf: Arc<Shelf>,
    operators: Operators,
    sign: page::Sign,
}

/// A sealed work.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ContentLine {
    /// The work's number.
    pub content: String,
    /// The package: hash of its header.
    pub package: String,
    /// What people call it.
    pub title: String,
    /// Whose it is.
    pub publisher: String,
    /// The publisher's name.
    pub publisher_name: String,
    /// The media type of what is inside.
    pub media_type: String,
    /// Bytes of the package.
    pub bytes: u64,
    /// When its publisher made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made: Option<String>,
    /// Since when it is here.
    pub since: String,
}

/// Sealed works.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Contents {
    /// They, by number.
    pub contents: Vec<ContentLine>,
    /// Give this back as `after` for the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

fn line((package, kept): (Hash, Kept)) -> ContentLine {
    ContentLine {
        content: kept.content.to_string(),
        package: package.to_string(),
        title: kept.title,
        publisher: kept.publisher.to_string(),
        publisher_name: kept.publisher_name,
        media_type: kept.media_type,
        bytes: kept.bytes,
        made: kept.made.map(|made| made.to_string()),
        since: kept.since.to_string(),
    }
}

/// Which works.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Search {
    /// Where the page before ended.
    after: Option<String>,
    /// At most so many, up to 200.
    limit: Option<u32>,
}

fn after(text: &str) -> Option<(ContentId, Hash)> {
    let (content, package) = text.split_once('.')?;
    Some((content.parse().ok()?, package.parse().ok()?))
}

/// Everything that is here, by the numbers of works.
#[utoipa::path(get, path = "/v1/contents", tag = "files", params(Search), responses((status = 200, body = Contents),
    (status = "4XX", body = Document, content_type = "application/problem+json")))]
async fn contents(State(keeper): State<Arc<Keeper>>, Asked(search): Asked<Search>) -> Result<Json<Contents>, Problem> {
    let limit = search.limit.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_MAX) as usize;
    let from = match &search.after {
        Some(text) => Some(after(text).ok_or_else(Problem::nothing_here)?),
        None => None,
    };
    let found = keeper
        .office
        .look::<_, Fault>(move |party, view, _| party.packages(view, from, limit))
        .await?;
    let last = found.last().filter(|_| found.len() == limit);
    Ok(Json(Contents {
        after: last.map(|(package, kept)| format!("{}.{package}", kept.content)),
        contents: found.into_iter().map(line).collect(),
    }))
}

/// Every package of a work, the latest first.
#[utoipa::path(get, path = "/v1/contents/{content}", tag = "files", params(("content" = String, Path, description = "The work's number")),
    responses((status = 200, body = Contents),
        (status = 404, body = Document, content_type = "application/problem+json", description = "Nothing of it is here")))]
async fn of_content(
    State(keeper): State<Arc<Keeper>>,
    Named(content): Named<ContentId>,
) -> Result<Json<Contents>, Problem> {
    let found = keeper
        .office
        .look::<_, Fault>(move |party, view, _| party.work(view, content))
        .await?;
    if found.is_empty() {
        return Err(Problem::nothing_here());
    }
    Ok(Json(Contents {
        contents: found.into_iter().map(line).collect(),
        after: None,
    }))
}

/// The latest package of a work, whole or in ranges.
#[utoipa::path(get, path = "/v1/contents/{content}/package", tag = "files",
    params(("content" = String, Path, description = "The work's number"), ("Range" = Option<String>, Header, description = "Up to 8 ranges of bytes")),
    responses((status = 200, body = Binary, content_type = "application/vnd.keyfare.package"),
        (status = 206, body = Binary, description = "The ranges asked for"),
        (status = 304, description = "Unchanged"),
        (status = 404, body = Document, content_type = "application/problem+json"),
        (status = 416, body = Document, content_type = "application/problem+json")))]
async fn latest(
    State(keeper): State<Arc<Keeper>>,
    Named(content): Named<ContentId>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = keeper
        .office
        .look::<_, Fault>(move |party, view, _| party.work(view, content))
        .await?;
    let (package, _) = found.into_iter().next().ok_or_else(Problem::nothing_here)?;
    // Another version may be the latest tomorrow.
    keeper.give(package, "public, max-age=60", &method, &headers).await
}

/// A sealed package, whole or in ranges. Never changes, so anybody may keep it.
#[utoipa::path(get, path = "/v1/packages/{package}", tag = "files",
    params(("package" = String, Path, description = "Hash of the package's header"), ("Range" = Option<String>, Header, description = "Up to 8 ranges of bytes")),
    responses((status = 200, body = Binary, content_type = "application/vnd.keyfare.package"),
        (status = 206, body = Binary, description = "The ranges asked for"),
        (status = 304, description = "Unchanged"),
        (status = 404, body = Document, content_type = "application/problem+json"),
        (status = 416, body = Document, content_type = "application/problem+json")))]
async fn package(
    State(keeper): State<Arc<Keeper>>,
    Named(package): Named<Hash>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let kept = keeper
        .office
        .look::<_, Fault>(move |party, view, _| party.package(view, package))
        .await?;
    kept.ok_or_else(Problem::nothing_here)?;
    let cache = "public, max-age=31536000, immutable";
    keeper.give(package, cache, &method, &headers).await
}

/// The header of a package, by its hash (32 bytes): what a license server checks before it sells keys of it.
#[utoipa::path(post, path = "/v1/front", tag = "files", request_body(content = Binary, content_type = "application/cbor"),
    responses((status = 200, body = Binary, content_type = "application/cbor"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "It is not here")))]
async fn front(State(keeper): State<Arc<Keeper>>, Message(name): Message) -> Result<Vec<u8>, Problem> {
    let package = <[u8; 32]>::try_from(name.as_ref()).map_err(|_| Problem::nothing_here())?;
    let kept = keeper
        .office
        .look::<_, Fault>(move |party, view, _| party.package(view, Hash(package)))
        .await?;
    kept.map(|kept| kept.header).ok_or_else(Problem::nothing_here)
}

/// Takes a package as it streams in, if a publisher of this realm signed it for everybody. One that is here already is taken
/// for good.
#[utoipa::path(put, path = "/v1/packages/{package}", tag = "publishing",
    params(("package" = String, Path, description = "Hash of the package's header")),
    request_body(content = Binary, content_type = "application/octet-stream"),
    responses((status = 200, body = ContentLine, description = "It is here"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing was kept"),
        (status = "5XX", body = Document, content_type = "application/problem+json", description = "Send it again")))]
async fn take(
    State(keeper): State<Arc<Keeper>>,
    Named(package): Named<Hash>,
    body: Body,
) -> Result<Json<ContentLine>, Problem> {
    let mut pieces = body.into_data_stream().map(|piece| piece.map_err(io::Error::other));
    let taken = keeper.shelf.take(package, &mut pieces).await;
    // What was refused, and what was here before, has not been read to its end.
    hear_out(pieces).await;
    taken?;
    match keeper.arrived(package).await {
        Ok(kept) => Ok(Json(line((package, kept)))),
        Err(no) => {
            // Nobody vouches for it: it must not stay under this name. What was here before stays.
            let here = keeper
                .office
                .look::<_, Fault>(move |party, view, _| party.package(view, package))
                .await?;
            if here.is_none() {
                keeper.shelf.remove(package).await;
            }
            Err(no)
        }
    }
}

/// Takes a package off. The operator's; its licenses play on from any other copy.
#[utoipa::path(delete, path = "/v1/packages/{package}", tag = "operator", params(("package" = String, Path, description = "Hash of the package's header")),
    responses((status = 204, description = "It is not here any more"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn drop_package(
    State(keeper): State<Arc<Keeper>>,
    headers: HeaderMap,
    Named(package): Named<Hash>,
) -> Result<StatusCode, Problem> {
    keeper.operators.check(&headers)?;
    let was = keeper
        .office
        .commit::<_, Fault>(move |party, tx, _, _| party.drop_package(tx, package))
        .await?;
    keeper.shelf.remove(package).await;
    was.then_some(StatusCode::NO_CONTENT).ok_or_else(Problem::nothing_here)
}

/// Why a package that came is not kept, in order of precedence.
#[derive(Debug, thiserror::Error)]
enum NotKept {
    /// Nobody of this realm signed it.
    #[error(transparent)]
    Front(#[from] FrontRefused),
    /// Sealed for one buyer.
    #[error("this package is the master of works sealed for one buyer each; only a shop may have it")]
    Unique,
    /// The file cannot be read.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for NotKept {
    fn code(&self) -> &'static str {
        match self {
            Self::Front(no) => no.code(),
            Self::Unique => "package-unique",
            Self::Fault(no) => no.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Front(no) => no.again(),
            Self::Unique => Again::Never,
            Self::Fault(no) => no.again(),
        }
    }
}

fn unreadable() -> Problem {
    Problem::by(&Fault::Disk("a package cannot be read".to_owned()))
}

impl Keeper {
    async fn give(
        &self,
        package: Hash,
        cache: &'static str,
        method: &Method,
        headers: &HeaderMap,
    ) -> Result<Response, Problem> {
        let shelf = self.shelf.clone();
        let opened = tokio::task::spawn_blocking(move || shelf.get(package)?.map(Filed::new).transpose());
        let file = opened.await.map_err(|_| unreadable())?.map_err(|_| unreadable())?;
        let label = Label {
            tag: package.to_string(),
            media_type: PACKAGE.to_owned(),
            cache,
            save_as: Some(format!("{}.keyfare", package.short())),
        };
        Ok(send(method, headers, Arc::new(file.ok_or_else(unreadable)?), &label))
    }

    /// A package lies on the shelf: who signed it, and is it for everybody?
    async fn arrived(&self, package: Hash) -> Result<Kept, Problem> {
        let known = self
            .office
            .look::<_, Fault>(|party, view, now| Ok((party.desk().known(view)?, now)))
            .await?;
        let shelf = self.shelf.clone();
        let read = tokio::task::spawn_blocking(move || -> Result<Kept, NotKept> {
            let disk = |what: &str| Fault::Disk(what.to_owned());
            let file = shelf.get(package).map_err(|_| disk("a package cannot be read"))?;
            let file = file.ok_or_else(|| disk("a package is gone"))?;
            let opened = package::Package::open(file).map_err(|_| disk("a package cannot be read"))?;
            let front = opened.front();
            let signed = verify_front(front, &known.0.trust, known.1)?;
            let header = front.header();
            if header.delivery == package::Delivery::Unique {
                return Err(NotKept::Unique);
            }
            Ok(Kept {
                content: header.content,
                publisher: header.publisher,
                publisher_name: signed.publisher_name,
                title: header.title.clone(),
                media_type: header.media_type.clone(),
                bytes: front.package_len(),
                made: header.made,
                since: known.1,
                header: front.signed().to_vec(),
            })
        });
        let kept = read.await.map_err(|_| unreadable())?.map_err(|no| Problem::by(&no))?;
        let row = kept.clone();
        self.office
            .commit::<_, Fault>(move |party, tx, _, _| party.keep(tx, package, &row))
            .await?;
        Ok(kept)
    }
}

/// The list, for people.
async fn shown(State(keeper): State<Arc<Keeper>>, visit: Visit) -> Result<Response, Problem> {
    let found = keeper
        .office
        .look::<_, Fault>(|party, view, _| party.packages(view, None, PAGE_MAX as usize))
        .await?;
    Ok(answer(page::draw(&keeper.sign, &visit, &found), StatusCode::OK))
}

fn timed() -> OpenApiRouter<Arc<Keeper>> {
    OpenApiRouter::new()
        .routes(routes!(contents))
        .routes(routes!(of_content))
        .routes(routes!(latest))
        .routes(routes!(package, drop_package))
        .routes(routes!(front))
}

fn streams() -> OpenApiRouter<Arc<Keeper>> {
    OpenApiRouter::new().routes(routes!(take))
}

/// The description of its interface.
pub(crate) fn described() -> Vec<utoipa::openapi::OpenApi> {
    vec![timed().split_for_parts().1, streams().split_for_parts().1]
}

/// Builds a content server.
pub(crate) fn build(parts: Parts, stopped: &watch::Receiver<bool>) -> Result<Surface, StartRefused> {
    let desk = parts.desk()?;
    let quota = parts.config.selling.shelf_bytes.unwrap_or(SHELF_BYTES);
    let shelf = Arc::new(Shelf::open(&parts.config.dir, quota)?);
    let sign = page::Sign {
        name: parts.name,
        dev: parts.dev,
    };
    let server = ContentServer::new(parts.keys, desk);
    let office = Office::new(server, parts.store, parts.config.clock, parts.peers);
    let keeper = Arc::new(Keeper {
        office: office.clone(),
        shelf,
        operators: Operators::new(parts.config.operator),
        sign,
    });
    let mut surface = Surface::new(timed(), keeper.clone());
    let stories = Router::new()
        .route("/stories", get(page::stories))
        .route("/stories/{name}", get(page::story));
    surface.timed = surface
        .timed
        .merge(in_languages(get(shown), stories).with_state(keeper.clone()));
    let (router, described) = streams().split_for_parts();
    surface.streams = router.with_state(keeper);
    surface.described.push(described);
    Ok(surface.tended(office, stopped))
}
