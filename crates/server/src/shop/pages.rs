//! Pages: what people see of a shop. Plain HTML made here, escaped by the template, without a script of its own.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use data_encoding::BASE64URL_NOPAD;
use license::OfferSheet;
use minicbor::bytes::ByteVec;
use seal::cbor;
use serde::Deserialize;
use units::{ContentId, DealId, PartyId};

use super::{
    Stall, receipt,
    window::{Entry, Standing},
    words,
};
use crate::{
    content::preview::{self, Shown},
    frame::{
        Asked, Named, NoGuess, Problem,
        around::PAGE_POLICY,
        limits::{PAGE_DEFAULT, PAGE_NO_MAX, QUERY_MAX},
    },
};

/// What every page says of its shop.
#[derive(Debug)]
pub(crate) struct Sign {
    pub(crate) name: String,
    pub(crate) id: PartyId,
    pub(crate) address: String,
    pub(crate) dev: bool,
    pub(crate) wallet: String,
}

/// A sealed file to download.
#[derive(Debug)]
struct File {
    href: String,
    size: String,
}

impl File {
    fn of(work: &Entry) -> Option<Self> {
        (!work.unique).then(|| Self {
            href: format!("/v1/packages/{}", work.package),
            size: words::size(work.package_len),
        })
    }
}

struct Tile {
    content: ContentId,
    title: String,
    kind: &'static str,
    publisher: String,
    price: String,
    offers: usize,
    friend: String,
    picture: Option<String>,
    file: Option<File>,
}

#[derive(Template)]
#[template(path = "front.html")]
struct Front<'a> {
    shop: &'a Sign,
    query: &'a str,
    kind: &'a str,
    kinds: Vec<(&'static str, &'static str)>,
    works: Vec<Tile>,
    page: u32,
    pages: u32,
    previous: String,
    next: String,
}

struct PreviewView {
    src: String,
    picture: bool,
    sound: bool,
    film: bool,
    text: bool,
}

struct OfferView {
    number: String,
    price: String,
    terms: Vec<String>,
    fare: Option<String>,
    friend: String,
    tax: String,
    refund: String,
    tenders: String,
    left: Option<String>,
    sold_out: bool,
    until: String,
    buy: String,
}

#[derive(Template)]
#[template(path = "work.html")]
struct WorkPage<'a> {
    shop: &'a Sign,
    content: ContentId,
    title: &'a str,
    kind: &'static str,
    publisher: &'a str,
    publisher_id: PartyId,
    preview: Option<PreviewView>,
    file: Option<File>,
    offers: Vec<OfferView>,
}

#[derive(Template)]
#[template(path = "receipt.html")]
struct ReceiptPage<'a> {
    shop: &'a Sign,
    receipt: &'a receipt::Receipt,
    date: String,
    delivery: Option<String>,
}

#[derive(Template)]
#[template(path = "help.html")]
struct Help<'a> {
    shop: &'a Sign,
    wallet: &'a str,
}

#[derive(Template)]
#[template(path = "nothing.html")]
struct Nothing<'a> {
    shop: &'a Sign,
    title: &'a str,
    text: &'a str,
}

fn page(template: &impl Template, status: StatusCode) -> Response {
    match template.render() {
        Ok(html) => {
            let mut response = (status, html).into_response();
            let headers = response.headers_mut();
            headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("text/html; charset=utf-8"),
            );
            headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY));
            response
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A refusal, as a page.
fn refused(sign: &Sign, no: &Problem) -> Response {
    let title = if no.status() == StatusCode::NOT_FOUND {
        "There is nothing here"
    } else {
        "That did not work"
    };
    page(
        &Nothing {
            shop: sign,
            title,
            text: no.detail(),
        },
        no.status(),
    )
}

/// What the front page is asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    q: String,
    #[serde(default)]
    kind: String,
    page: Option<u32>,
}

/// The list of works.
pub(super) async fn front(State(shop): State<Arc<Stall>>, Asked(search): Asked<Search>) -> Response {
    let query: String = search.q.chars().filter(|c| !c.is_control()).take(QUERY_MAX).collect();
    let number = search.page.unwrap_or(1).clamp(1, PAGE_NO_MAX);
    let look = match shop.look().await {
        Ok(look) => look,
        Err(no) => return refused(&shop.sign, &no),
    };
    let (works, count) = look.page(query.trim(), words::kind_named(&search.kind), number, PAGE_DEFAULT);
    let pages = u32::try_from(count).unwrap_or(u32::MAX).div_ceil(PAGE_DEFAULT).max(1);
    let link = |page: u32| {
        format!(
            "/?q={}&kind={}&page={page}",
            escape(&query),
            words::kind_named(&search.kind).map_or("", words::kind_word)
        )
    };
    let template = Front {
        shop: &shop.sign,
        query: &query,
        kind: &search.kind,
        kinds: words::KINDS.iter().map(|(_, word, name)| (*word, *name)).collect(),
        works: works.iter().map(|work| tile(work)).collect(),
        page: number,
        pages,
        previous: link(number.saturating_sub(1)),
        next: link(number.saturating_add(1)),
    };
    page(&template, StatusCode::OK)
}

/// Percent-encodes a query's value.
fn escape(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

fn tile(work: &Entry) -> Tile {
    let first = work.offers.first().map(|offer| &offer.on_shelf);
    let friend = first.map(|one| words::friend(&one.policy));
    let friend = friend.map(|(text, fare)| fare.map_or(text.clone(), |fare| format!("{} {text}", words::price(fare))));
    let picture = work
        .preview_type
        .starts_with("image/")
        .then(|| format!("/v1/previews/{}", work.content));
    Tile {
        content: work.content,
        title: work.title.clone(),
        kind: words::kind(work.kind),
        publisher: work.publisher_name.clone(),
        price: first.map(|one| words::price(one.offer.price)).unwrap_or_default(),
        offers: work.offers.len(),
        friend: friend.unwrap_or_default(),
        picture,
        file: File::of(work),
    }
}

/// A work with its offers.
pub(super) async fn work(State(shop): State<Arc<Stall>>, content: Result<Named<ContentId>, Problem>) -> Response {
    let found = async {
        let Named(content) = content?;
        let look = shop.look().await?;
        look.work(content).cloned().ok_or_else(Problem::nothing_here)
    };
    let work = match found.await {
        Ok(work) => work,
        Err(no) => return refused(&shop.sign, &no),
    };
    let kind = preview::named(&work.preview_type).map(|(_, how)| how);
    let preview = kind.map(|how| PreviewView {
        src: format!("/v1/previews/{}", work.content),
        picture: how == Shown::Picture,
        sound: how == Shown::Sound,
        film: how == Shown::Film,
        text: how == Shown::Text,
    });
    let template = WorkPage {
        shop: &shop.sign,
        content: work.content,
        title: &work.title,
        kind: words::kind(work.kind),
        publisher: &work.publisher_name,
        publisher_id: work.publisher,
        preview,
        file: File::of(&work),
        offers: work.offers.iter().map(|offer| offer_view(&shop.sign, offer)).collect(),
    };
    page(&template, StatusCode::OK)
}

fn offer_view(sign: &Sign, standing: &Standing) -> OfferView {
    let (one, offer) = (&standing.on_shelf, &standing.on_shelf.offer);
    let (friend, fare) = words::friend(&one.policy);
    OfferView {
        number: offer.number.to_string(),
        price: words::price(offer.price),
        terms: words::rights(offer),
        fare: fare.map(words::price),
        friend,
        tax: words::tax(offer),
        refund: words::refund(offer),
        tenders: words::tenders(offer),
        left: words::left(offer, standing.left),
        sold_out: offer.edition.is_some() && standing.left == Some(0),
        until: words::date(offer.until),
        buy: buy_link(&sign.wallet, sign.id, &one.sheet()),
    }
}

/// Where "Buy" leads: the holder's own wallet, with the seller and the signed offer behind the hash mark, which no server is
/// ever sent.
pub fn buy_link(wallet: &str, seller: PartyId, sheet: &OfferSheet) -> String {
    let words = cbor::to_bytes(&(seller, ByteVec::from(cbor::to_bytes(sheet))));
    format!(
        "{}/confirm#{}",
        wallet.trim_end_matches('/'),
        BASE64URL_NOPAD.encode(&words)
    )
}

/// A receipt, for whoever has the deal's id.
pub(super) async fn receipt(State(shop): State<Arc<Stall>>, deal: Result<Named<DealId>, Problem>) -> Response {
    let found = async {
        let Named(deal) = deal?;
        receipt::read(&shop, deal).await
    };
    match found.await {
        Ok(found) => {
            let delivery = found.delivery.clone();
            let template = ReceiptPage {
                shop: &shop.sign,
                date: words::date(found.moment),
                receipt: &found,
                delivery,
            };
            page(&template, StatusCode::OK)
        }
        Err(no) => refused(&shop.sign, &no),
    }
}

/// How to get a wallet and buy with it.
pub(super) async fn help(State(shop): State<Arc<Stall>>) -> Response {
    page(
        &Help {
            shop: &shop.sign,
            wallet: &shop.sign.wallet,
        },
        StatusCode::OK,
    )
}

const STYLE: &str = include_str!("../../static/shop.css");
const MARK: &str = include_str!("../../static/key.svg");

/// The one style sheet.
pub(super) async fn style(headers: HeaderMap) -> Response {
    fixed(STYLE, "text/css; charset=utf-8", &headers)
}

/// The mark that stands in a browser's tab.
pub(super) async fn mark(headers: HeaderMap) -> Response {
    fixed(MARK, "image/svg+xml", &headers)
}

/// A file that is the same for everybody until the next release.
fn fixed(text: &'static str, kind: &'static str, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", seal::hash(text.as_bytes()).short());
    let known = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|v| v.as_bytes() == tag.as_bytes());
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        text.into_response()
    };
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        fields.insert(header::ETAG, tag);
    }
    response.extensions_mut().insert(NoGuess);
    response
}
