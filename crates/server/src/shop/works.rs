//! Works over the API: what stands on the shelf, as data.

use std::sync::Arc;

use axum::extract::State;
use face::{Lang, Words};
use party::shop::WindowWork;
use seal::cbor;
use serde::{Deserialize, Serialize};
use store::Fault;
use units::{ContentId, OfferNo};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Stall,
    window::{self, Standing, Wanted},
    words::{self, Handing},
};
use crate::{
    frame::{
        Asked, Json, Message, Named, Problem,
        limits::{PAGE_DEFAULT, PAGE_MAX, PAGE_NO_MAX, QUERY_MAX},
        problem::Document,
    },
    money::Amount,
    verbs::Binary,
};

/// A page of works.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Works {
    /// The works, the newest first.
    pub works: Vec<Work>,
    /// How many there are in all.
    pub count: usize,
    /// This page, from 1.
    pub page: u32,
    /// How many to a page.
    pub size: u32,
}

/// A work.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Work {
    /// Its content number.
    pub content: String,
    /// Its title.
    pub title: String,
    /// "sound", "video", "text", "picture", "program" or "mixed".
    pub kind: String,
    /// Whose, by name.
    pub publisher: String,
    /// Whose, by id.
    pub publisher_id: String,
    /// The sealed package, free for all; absent for works sealed anew for each buyer.
    pub package: Option<Package>,
    /// Where its preview is.
    pub preview: String,
    /// Media type of the preview.
    pub preview_type: String,
    /// The second line of its title.
    #[serde(default)]
    pub subtitle: Option<String>,
    /// Who performs it.
    #[serde(default)]
    pub performers: Vec<String>,
    /// Who made it.
    #[serde(default)]
    pub creator: Option<String>,
    /// What its publisher says of it.
    #[serde(default)]
    pub comment: Option<String>,
    /// What its cover shows, for those who do not see it.
    #[serde(default)]
    pub cover_text: Option<String>,
    /// What the tracks of an album are called, in their order; empty for any other work.
    pub tracks: Vec<String>,
    /// What it is sold as, the cheapest first.
    pub offers: Vec<Offer>,
}

/// A sealed package.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Package {
    /// Hash of its header: its name.
    pub name: String,
    /// Where it is.
    pub href: String,
    /// Its length in bytes.
    pub bytes: u64,
}

/// An offer.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Offer {
    /// Its number on the shelf.
    pub number: String,
    /// The enterprise in that number, if it has one.
    #[serde(default)]
    pub enterprise: Option<u32>,
    /// The price, tax included.
    pub price: Amount,
    /// Tax contained, in thousandths of the net price.
    pub tax_permille: u16,
    /// What the buyer may do, in words.
    pub terms: Vec<String>,
    /// What a friend pays for a copy or a move; absent when nothing is paid or nothing can be handed on.
    pub friend_fare: Option<Amount>,
    /// The same in words.
    pub friend: String,
    /// When it may be handed back, in words.
    pub refund: String,
    /// How many of an edition are left.
    pub left: Option<u32>,
    /// The last moment at which it is sold.
    pub until: String,
    /// The signed offer, for a card to check.
    pub href: String,
}

impl Work {
    fn of(entry: &WindowWork, offers: &[Standing]) -> Self {
        let said = entry.credits.clone().unwrap_or_default();
        Self {
            content: entry.content.to_string(),
            title: entry.title.clone(),
            kind: words::kind_word(entry.kind).to_owned(),
            publisher: entry.publisher_name.clone(),
            publisher_id: entry.publisher.to_string(),
            package: (!entry.unique).then(|| Package {
                name: entry.package.to_string(),
                href: format!("/v1/packages/{}", entry.package),
                bytes: entry.package_len,
            }),
            preview: format!("/v1/previews/{}", entry.content),
            preview_type: entry.preview_type.clone(),
            performers: said.performers().to_vec(),
            subtitle: said.subtitle,
            creator: said.creator,
            comment: said.comment,
            cover_text: said.cover,
            tracks: entry.tracks.clone().unwrap_or_default(),
            offers: offers.iter().map(Offer::of).collect(),
        }
    }
}

impl Offer {
    fn of(standing: &Standing) -> Self {
        let offer = &standing.offer;
        let english = Words(Lang::En);
        let friend = Handing::from(&standing.policy).friend();
        Self {
            number: offer.number.to_string(),
            enterprise: deal::enterprise::enterprise_of(offer.number).map(|no| no.0),
            price: offer.price.into(),
            tax_permille: offer.tax_permille,
            terms: words::rights(english, offer).iter().map(face::Said::plain).collect(),
            friend_fare: friend.fare().map(Amount::from),
            friend: friend.told(english).plain(),
            refund: words::refund(english, offer).plain(),
            left: standing.left,
            until: offer.until.to_string(),
            href: format!("/v1/offers/{}", offer.number),
        }
    }
}

/// Which works.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Search {
    /// Page, from 1.
    page: Option<u32>,
    /// How many to a page, up to 200.
    size: Option<u32>,
    /// Words in title or publisher's name.
    q: Option<String>,
    /// Kind of work.
    kind: Option<String>,
}

/// Works on sale.
#[utoipa::path(get, path = "/v1/works", tag = "shelf", params(Search), responses((status = 200, body = Works),
    (status = 400, body = Document, content_type = "application/problem+json")))]
async fn list(State(shop): State<Arc<Stall>>, Asked(search): Asked<Search>) -> Result<Json<Works>, Problem> {
    let page = search.page.unwrap_or(1).clamp(1, PAGE_NO_MAX);
    let size = search.size.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_MAX);
    let query: String = search.q.unwrap_or_default().chars().take(QUERY_MAX).collect();
    let kind = search.kind.as_deref().filter(|kind| !kind.is_empty());
    let named = kind
        .map(|kind| words::kind_named(kind).ok_or_else(Problem::nothing_here))
        .transpose()?;
    let window = shop.window.clone();
    let (works, count) = shop
        .office
        .look::<_, Fault>(move |shop, view, now| {
            let wanted = Wanted {
                query: query.trim(),
                kind: named,
                publisher: None,
            };
            let (entries, count) = window.look(shop, view)?.page(wanted, page, size, now);
            let mut works = Vec::new();
            for entry in entries {
                let offers = window::standing(shop, view, &entry.work, now)?;
                works.push(Work::of(&entry.work, &offers));
            }
            Ok((works, count))
        })
        .await?;
    Ok(Json(Works {
        works,
        count,
        page,
        size,
    }))
}

/// One work.
#[utoipa::path(get, path = "/v1/works/{content}", tag = "shelf", params(("content" = String, Path, description = "Content number")),
    responses((status = 200, body = Work), (status = 404, body = Document, content_type = "application/problem+json")))]
async fn one(State(shop): State<Arc<Stall>>, Named(content): Named<ContentId>) -> Result<Json<Work>, Problem> {
    let found = shop
        .office
        .look::<_, Fault>(move |shop, view, now| {
            let Some(work) = shop.in_window(view, content)?.filter(|work| work.is_on_sale(now)) else {
                return Ok(None);
            };
            let offers = window::standing(shop, view, &work, now)?;
            Ok(Some(Work::of(&work, &offers)))
        })
        .await?;
    found.map(Json).ok_or_else(Problem::nothing_here)
}

/// Signed offer and policy with the publisher's certificate: what a card checks by itself.
#[utoipa::path(get, path = "/v1/offers/{number}", tag = "shelf", params(("number" = String, Path, description = "Offer number")),
    responses((status = 200, body = Binary, content_type = "application/cbor"),
        (status = 404, body = Document, content_type = "application/problem+json")))]
async fn offer(State(shop): State<Arc<Stall>>, Named(number): Named<OfferNo>) -> Result<Message, Problem> {
    let found = shop
        .office
        .look::<_, Fault>(move |shop, view, _| shop.offer(view, number))
        .await?;
    let on_shelf = found
        .filter(|one| one.listing.withdrawn.is_none())
        .ok_or_else(Problem::nothing_here)?;
    Ok(cbor::to_bytes(&on_shelf.sheet()).into())
}

pub(super) fn routes() -> OpenApiRouter<Arc<Stall>> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(offer))
}
