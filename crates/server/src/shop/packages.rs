//! Files of a shop: sealed packages for everybody, packages sealed for one buyer while they travel, and previews.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, Method, StatusCode},
    response::{IntoResponse, Response},
};
use package::{Front, Signatures};
use party::shop::{Delivery, DeliveryRefused};
use store::Fault;
use units::{ContentId, DealId, Hash, Refusal};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::Stall;
use crate::{
    content::{
        preview,
        send::{Content, Filed, Held, Label, send},
        unique::Unique,
    },
    frame::{Named, NoGuess, Problem, problem::Document},
    verbs::Binary,
};

/// The media type of packages.
const PACKAGE: &str = "application/vnd.keyfare.package";

/// The file was there and cannot be read now.
fn unreadable() -> Problem {
    Problem::by(&Fault::Disk("a package cannot be read".to_owned()))
}

/// A sealed package, whole or in ranges. Never changes, so anybody may keep it.
#[utoipa::path(get, path = "/v1/packages/{package}", tag = "files",
    params(("package" = String, Path, description = "Hash of the package's header"), ("Range" = Option<String>, Header, description = "Up to 8 ranges of bytes")),
    responses((status = 200, body = Binary, content_type = "application/vnd.keyfare.package"),
        (status = 206, body = Binary, description = "The ranges asked for"),
        (status = 304, description = "Unchanged"),
        (status = 307, description = "It lies at another party, the content server"),
        (status = 404, body = Document, content_type = "application/problem+json"),
        (status = 416, body = Document, content_type = "application/problem+json")))]
async fn package(
    State(shop): State<Arc<Stall>>,
    Named(package): Named<Hash>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let work = shop
        .office
        .look::<_, Fault>(move |party, view, _| party.work(view, package))
        .await?;
    // The master of a unique work is nobody's.
    work.filter(|work| !work.unique && work.is_ready())
        .ok_or_else(Problem::nothing_here)?;
    if let Some(keeper) = shop.content.filter(|_| !shop.shelf.has(package)) {
        let address = shop.office.whereabouts(keeper).await?.ok_or_else(unreadable)?;
        let to = format!("{}/v1/packages/{package}", address.trim_end_matches('/'));
        return Ok((StatusCode::TEMPORARY_REDIRECT, [(axum::http::header::LOCATION, to)]).into_response());
    }
    let shelf = shop.shelf.clone();
    let opened = tokio::task::spawn_blocking(move || shelf.get(package)?.map(Filed::new).transpose());
    let file = opened
        .await
        .map_err(|_| unreadable())?
        .map_err(|_| unreadable())?
        .ok_or_else(unreadable)?;
    let label = Label {
        tag: package.to_string(),
        media_type: PACKAGE.to_owned(),
        cache: "public, max-age=31536000, immutable",
        save_as: Some(format!("{}.keyfare", package.short())),
    };
    Ok(send(&method, &headers, Arc::new(file), &label))
}

/// The buyer's own package, sealed while it travels; the same bytes after any cut.
#[utoipa::path(get, path = "/v1/deliveries/{deal}", tag = "files",
    params(("deal" = String, Path, description = "The deal's id"), ("Range" = Option<String>, Header, description = "Up to 8 ranges of bytes")),
    responses((status = 200, body = Binary, content_type = "application/vnd.keyfare.package"),
        (status = 206, body = Binary, description = "The ranges asked for"),
        (status = 307, description = "The package is the same for all"),
        (status = 404, body = Document, content_type = "application/problem+json", description = "No such deal"),
        (status = 409, body = Document, content_type = "application/problem+json", description = "Not sold, or not yet"),
        (status = 410, body = Document, content_type = "application/problem+json", description = "Handed back, or no longer kept")))]
async fn delivery(
    State(shop): State<Arc<Stall>>,
    Named(deal): Named<DealId>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = shop
        .office
        .look(move |party, view, _| {
            let sale = party.sale(view, deal)?.ok_or(DeliveryRefused::NotSold)?;
            party.delivery(view, sale.order)
        })
        .await
        .map_err(gone)?;
    match found {
        Delivery::Shared { package } => {
            let to = format!("/v1/packages/{package}");
            Ok((StatusCode::TEMPORARY_REDIRECT, [(axum::http::header::LOCATION, to)]).into_response())
        }
        Delivery::Unique {
            header,
            key,
            master,
            master_key,
            preview,
        } => {
            let shelf = shop.shelf.clone();
            let made = tokio::task::spawn_blocking(move || {
                let front = Front::assemble(*header, Signatures::default(), preview).ok()?;
                Unique::new(front, key, shelf.get(master).ok()??, &master_key).ok()
            });
            let unique = made.await.map_err(|_| unreadable())?.ok_or_else(unreadable)?;
            let label = Label {
                tag: unique.name().to_string(),
                media_type: PACKAGE.to_owned(),
                cache: "private, no-store",
                save_as: Some(format!("{}.keyfare", unique.name().short())),
            };
            Ok(send(&method, &headers, Arc::new(unique) as Arc<dyn Content>, &label))
        }
    }
}

fn gone(no: Problem) -> Problem {
    let status = match no.code() {
        code if code == DeliveryRefused::NotSold.code() => StatusCode::CONFLICT,
        code if code == DeliveryRefused::HandedBack.code() || code == DeliveryRefused::Dropped.code() => {
            StatusCode::GONE
        }
        _ => no.status(),
    };
    no.with_status(status)
}

/// The preview of a work, in the open.
#[utoipa::path(get, path = "/v1/previews/{content}", tag = "files", params(("content" = String, Path, description = "Content number")),
    responses((status = 200, description = "A picture, sound, film or text"), (status = 206, description = "The ranges asked for"),
        (status = 404, body = Document, content_type = "application/problem+json")))]
async fn preview_of(
    State(shop): State<Arc<Stall>>,
    Named(content): Named<ContentId>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = shop
        .office
        .look::<_, Fault>(
            move |party, view, _| match party.in_window(view, content)?.filter(|work| work.is_ready) {
                Some(work) => party.preview(view, work.package),
                None => Ok(None),
            },
        )
        .await?;
    let (media_type, bytes) = found.ok_or_else(Problem::nothing_here)?;
    let (name, _) = preview::shown(&media_type, &bytes).ok_or_else(Problem::nothing_here)?;
    let label = Label {
        tag: seal::hash(&bytes).short(),
        media_type: preview::full_type(name),
        cache: "public, max-age=300",
        save_as: None,
    };
    let mut response = send(&method, &headers, Arc::new(Held(bytes.into())), &label);
    preview::fields(response.headers_mut());
    response.extensions_mut().insert(NoGuess);
    Ok(response)
}

pub(super) fn routes() -> OpenApiRouter<Arc<Stall>> {
    OpenApiRouter::new()
        .routes(routes!(package))
        .routes(routes!(delivery))
        .routes(routes!(preview_of))
}
