//! Front: all works, by kind and by what somebody looks for, the newest first.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use face::{Fare, Key, Page, Said, Sum, Teeth};
use party::shop::{Shop, WindowWork};
use serde::Deserialize;
use store::{Fault, View};
use units::{Moment, Money};

use super::{
    Sign, answer, refused,
    tile::{self, Fronted, Tile, cover_of},
    work::{PreviewView, buy_link},
};
use crate::{
    frame::{
        Asked,
        limits::{PAGE_DEFAULT, PAGE_NO_MAX, QUERY_MAX},
    },
    shop::{
        Stall,
        visit::{At, Visit},
        window::{self, Look, Wanted},
        words::{self, Friend, Handing},
    },
};

/// The newest work, large.
#[derive(Debug, Clone)]
pub(super) struct Feature {
    pub href: String,
    pub cover: String,
    pub title: String,
    pub by: Said,
    pub buy: String,
    pub buy_text: Said,
    pub friend: Option<Said>,
    pub preview: Option<PreviewView>,
    /// The sealed file, free for all.
    pub file: Option<tile::File>,
}

/// A kind to choose.
#[derive(Debug, Clone)]
pub(super) struct Pill {
    pub href: String,
    pub text: Said,
    pub is_here: bool,
}

/// A page number.
#[derive(Debug, Clone)]
pub(crate) struct Pager {
    pub text: Said,
    pub previous: Option<String>,
    pub next: Option<String>,
}

#[derive(Template)]
#[template(path = "shop/front.html")]
pub(super) struct Front<'a> {
    pub page: &'a Page,
    pub heading: Said,
    pub count: Said,
    pub home: String,
    pub query: String,
    pub kind: &'static str,
    pub feature: Option<Feature>,
    pub pills: Vec<Pill>,
    pub tiles: Vec<Tile>,
    /// Nothing was found: what to say, and whom somebody may have meant.
    pub empty: Option<Said>,
    pub meant: Option<(String, Said)>,
    pub is_bare: bool,
    /// A friend's fare, and one that unlocks: shown where there are such.
    pub legend: Option<(Key, Option<Key>)>,
    pub motto: Option<Key>,
    pub pager: Option<Pager>,
}

/// What the front page is asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    q: String,
    #[serde(default)]
    kind: String,
    page: Option<u32>,
}

/// One page of works, read at one moment.
pub(super) struct Found {
    pub works: Vec<(WindowWork, Fronted)>,
    pub count: usize,
    pub feature: Option<(WindowWork, Vec<window::Standing>)>,
    pub meant: Option<WindowWork>,
    pub now: Moment,
}

/// Reads what is wanted of the window, with what is left of editions.
pub(super) fn find(
    shop: &Shop,
    view: &mut dyn View,
    look: &Look,
    (wanted, page): (Wanted<'_>, u32),
    now: Moment,
) -> Result<Found, Fault> {
    let (entries, count) = look.page(wanted, page, PAGE_DEFAULT, now);
    let mut works = Vec::new();
    for entry in entries {
        let offers = entry.work.on_sale(now).map(|offer| offer.number);
        let fronted = Fronted::of(offers, |number| shop.pieces_left(view, number))?;
        works.push((entry.work.clone(), fronted));
    }
    let meant = (count == 0).then(|| look.meant(wanted.query, now)).flatten();
    let plain = wanted.query.is_empty() && wanted.kind.is_none() && wanted.publisher.is_none() && page == 1;
    let feature = match works.first().filter(|_| plain) {
        Some((work, _)) => Some((work.clone(), window::standing(shop, view, work, now)?)),
        None => None,
    };
    Ok(Found {
        works,
        count,
        feature,
        meant: meant.map(|entry| entry.work.clone()),
        now,
    })
}

/// The list of works.
pub(crate) async fn front(
    State(shop): State<Arc<Stall>>,
    visit: Result<Visit, core::convert::Infallible>,
    Asked(search): Asked<Search>,
) -> Response {
    let Ok(visit) = visit;
    let query: String = search.q.chars().filter(|c| !c.is_control()).take(QUERY_MAX).collect();
    let query = query.trim().to_owned();
    let kind = words::kind_named(&search.kind);
    let number = search.page.unwrap_or(1).clamp(1, PAGE_NO_MAX);
    let (window, wanted) = (shop.window.clone(), query.clone());
    let found = shop
        .office
        .look::<_, Fault>(move |shop, view, now| {
            let look = window.look(shop, view)?;
            let wanted = Wanted {
                query: &wanted,
                kind,
                publisher: None,
            };
            find(shop, view, &look, (wanted, number), now)
        })
        .await;
    match found {
        Ok(found) => {
            let kind = kind.map_or("", words::kind_word);
            answer(draw(&shop.sign, &visit, &found, (&query, kind, number)), StatusCode::OK)
        }
        Err(no) => refused(&shop.sign, &visit, &no),
    }
}

/// Draws the list of works.
pub(super) fn draw(
    sign: &Sign,
    visit: &Visit,
    found: &Found,
    (query, kind, number): (&str, &'static str, u32),
) -> Result<String, askama::Error> {
    let words = visit.words;
    let page = sign.page(visit, At::Works);
    let link = |query: &str, kind: &str, page: u32| visit.to(&address(query, kind, page));
    let pages = u32::try_from(found.count)
        .unwrap_or(u32::MAX)
        .div_ceil(PAGE_DEFAULT)
        .max(1);
    let pill = |word: &'static str| Pill {
        href: link(query, word, 1),
        text: if word.is_empty() {
            words.shop_all()
        } else {
            words.kinds_of(word)
        },
        is_here: word == kind,
    };
    let nothing = match (query, kind) {
        ("", "") => words.front_empty(),
        ("", _) => words.front_nothing_kind(),
        (query, _) => words.front_nothing(query),
    };
    let fare = a_fare(found);
    let tiles = found
        .works
        .iter()
        .map(|(work, fronted)| Tile::of(visit, work, *fronted, found.now));
    Front {
        heading: match (query, kind) {
            ("", "") => words.front_all(),
            ("", kind) => words.front_kind(kind),
            (query, _) => words.front_found(found.count, query),
        },
        count: words.front_count(found.count),
        home: visit.to("/"),
        query: query.to_owned(),
        kind,
        feature: found
            .feature
            .as_ref()
            .map(|(work, offers)| feature(sign, visit, work, offers)),
        pills: std::iter::once("")
            .chain(words::KINDS.iter().map(|(_, word)| *word))
            .map(pill)
            .collect(),
        tiles: tiles.collect(),
        empty: (found.count == 0).then_some(nothing),
        meant: found.meant.as_ref().map(|work| {
            (
                visit.to(&format!("/works/{}", work.content)),
                words.front_mean(&work.title),
            )
        }),
        is_bare: query.is_empty() && kind.is_empty(),
        legend: fare.map(|fare| legend(visit, found, fare)),
        motto: fare.map(|fare| Key::new(words.lang(), fare, Teeth::Upto(3)).big().silent()),
        pager: (pages > 1).then(|| Pager {
            text: words.front_page(number, pages),
            previous: (number > 1).then(|| link(query, kind, number.saturating_sub(1).min(pages))),
            next: (number < pages).then(|| link(query, kind, number.saturating_add(1))),
        }),
        page: &page,
    }
    .render()
}

/// What friends get on this page.
fn friends(found: &Found) -> impl Iterator<Item = Friend> {
    let offers = found
        .works
        .iter()
        .filter_map(|(work, _)| work.on_sale(found.now).next());
    offers.map(|offer| Handing::from(offer).friend())
}

/// The first fare of a copy on this page, for the pictures of it.
fn a_fare(found: &Found) -> Option<Money> {
    friends(found)
        .find(|friend| matches!(friend, Friend::Copy(..)))
        .and_then(Friend::fare)
}

/// A key that a friend pays for, and one that unlocks if there is such a work here.
fn legend(visit: &Visit, found: &Found, fare: Money) -> (Key, Option<Key>) {
    let key = |fare| Key::new(visit.words.lang(), fare, Teeth::Upto(2)).silent();
    let locked = friends(found)
        .find(|friend| matches!(friend, Friend::Locked(_)))
        .and_then(Friend::fare);
    (key(fare), locked.map(|fee| key(fee).due()))
}

fn feature(sign: &Sign, visit: &Visit, work: &WindowWork, offers: &[window::Standing]) -> Feature {
    let words = visit.words;
    let href = visit.to(&format!("/works/{}", work.content));
    let one = match offers {
        [one] if one.left != Some(0) => Some(one),
        _ => None,
    };
    // What is sold out is not offered to be chosen.
    let first = offers.iter().find(|one| one.left != Some(0));
    let (buy, buy_text) = match (one, first) {
        (Some(one), _) => {
            let price = one.offer.price;
            let text = if price.is_zero() {
                words.offer_buy_free()
            } else {
                words.offer_buy(Fare(price))
            };
            (buy_link(&sign.wallet, sign.id, &one.sheet), text)
        }
        (None, Some(first)) => (format!("{href}#buy"), words.front_choose(Sum(first.offer.price))),
        (None, None) if offers.is_empty() => (href.clone(), words.work_none()),
        (None, None) => (href.clone(), words.tile_sold_out()),
    };
    let friend = first.or(offers.first()).map(|one| Handing::from(&one.policy).friend());
    Feature {
        cover: cover_of(work),
        title: work.title.clone(),
        by: words.kind_by(words::kind_word(work.kind), &work.publisher_name),
        buy,
        buy_text,
        friend: friend.map(|friend| friend.said(words)),
        preview: PreviewView::of(work, None).filter(|view| view.is_sound || view.is_film),
        file: tile::file(words, work),
        href,
    }
}

/// The address of a list.
pub(super) fn address(query: &str, kind: &str, page: u32) -> String {
    let mut parts = Vec::new();
    if !query.is_empty() {
        parts.push(format!("q={}", escape(query)));
    }
    if !kind.is_empty() {
        parts.push(format!("kind={kind}"));
    }
    if page > 1 {
        parts.push(format!("page={page}"));
    }
    if parts.is_empty() {
        "/".to_owned()
    } else {
        format!("/?{}", parts.join("&"))
    }
}

/// Percent-encodes a query's value.
fn escape(text: &str) -> String {
    let one = |b: u8| match b {
        b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    };
    text.bytes().map(one).collect()
}
