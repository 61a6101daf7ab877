//! About: how buying goes, refunds, what this shop stores, and whose works it sells.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use core::convert::Infallible;
use face::{Code, Page, Said};
use serde::Deserialize;
use store::Fault;
use units::PartyId;

use super::{Sign, answer, front, refused, tile::Tile};
use crate::{
    frame::{
        Asked, Named, Problem,
        limits::{PAGE_DEFAULT, PAGE_NO_MAX},
    },
    shop::{
        Stall,
        visit::{At, Visit},
        window::Wanted,
    },
};

/// What starts a wallet in this shop's realm, in one line; it installs the program first, where this shop says from where. The
/// realm's id is its fingerprint: a wallet takes no other realm, whoever answers at the address.
fn get_a_wallet(sign: &Sign) -> String {
    let address = sign.address.trim_end_matches('/');
    let start = format!("keyfare wallet --realm {address}#{}", sign.realm);
    match &sign.source {
        Some(source) => format!("cargo install --locked --git {} keyfare && {start}", source.address()),
        None => start,
    }
}

#[derive(Template)]
#[template(path = "shop/help.html")]
struct Help<'a> {
    page: &'a Page,
    /// What the line does, and what it needs.
    get: Said,
    command: String,
    wallet: String,
    address: Said,
}

#[derive(Template)]
#[template(path = "shop/refunds.html")]
struct Refunds<'a> {
    page: &'a Page,
    sign: &'a Sign,
}

/// How to get a wallet and buy with it.
pub(crate) async fn help(State(shop): State<Arc<Stall>>, visit: Result<Visit, Infallible>) -> Response {
    let Ok(visit) = visit;
    answer(draw_help(&shop.sign, &visit), StatusCode::OK)
}

/// Draws the help.
pub(super) fn draw_help(sign: &Sign, visit: &Visit) -> Result<String, askama::Error> {
    let wallet = sign.wallet.trim_end_matches('/').to_owned();
    Help {
        page: &sign.page(visit, At::Help),
        get: match sign.source {
            Some(_) => visit.words.help_wallet_text(),
            None => visit.words.help_wallet_have(),
        },
        command: get_a_wallet(sign),
        address: visit.words.show(Code(wallet.clone())),
        wallet: format!("{wallet}/"),
    }
    .render()
}

/// When money comes back, and how.
pub(crate) async fn refunds(State(shop): State<Arc<Stall>>, visit: Result<Visit, Infallible>) -> Response {
    let Ok(visit) = visit;
    let page = shop.sign.page(&visit, At::Refunds);
    let sign = &shop.sign;
    answer(Refunds { page: &page, sign }.render(), StatusCode::OK)
}

/// What this shop stores, and why: the page that is drawn from its tables and its configuration, and cannot say another thing.
pub(crate) async fn stores(visit: Result<Visit, Infallible>) -> Response {
    let Ok(visit) = visit;
    Redirect::permanent(&visit.to("/data")).into_response()
}

/// A publisher among others.
#[derive(Debug, Clone)]
struct Line {
    href: String,
    name: String,
    count: Said,
    id: Said,
}

#[derive(Template)]
#[template(path = "shop/publishers.html")]
struct Publishers<'a> {
    page: &'a Page,
    lines: Vec<Line>,
}

/// Whose works this shop sells.
pub(crate) async fn publishers(State(shop): State<Arc<Stall>>, visit: Result<Visit, Infallible>) -> Response {
    let Ok(visit) = visit;
    let window = shop.window.clone();
    let found = shop
        .office
        .look::<_, Fault>(move |shop, view, now| Ok(window.look(shop, view)?.publishers(now)))
        .await;
    match found {
        Ok(found) => answer(draw_publishers(&shop.sign, &visit, &found), StatusCode::OK),
        Err(no) => refused(&shop.sign, &visit, &no),
    }
}

/// Draws the list of publishers.
pub(super) fn draw_publishers(
    sign: &Sign,
    visit: &Visit,
    found: &[(PartyId, String, usize)],
) -> Result<String, askama::Error> {
    let line = |(id, name, count): &(PartyId, String, usize)| Line {
        href: visit.to(&format!("/publishers/{id}")),
        name: name.clone(),
        count: visit.words.front_count(*count),
        id: visit.words.show(Code(id.to_string())),
    };
    Publishers {
        page: &sign.page(visit, At::Publishers),
        lines: found.iter().map(line).collect(),
    }
    .render()
}

#[derive(Template)]
#[template(path = "shop/publisher.html")]
struct PublisherPage<'a> {
    page: &'a Page,
    heading: Said,
    id: Said,
    count: Said,
    tiles: Vec<Tile>,
    pager: Option<front::Pager>,
}

/// Which page of a publisher's works.
#[derive(Debug, Deserialize)]
pub(crate) struct Number {
    page: Option<u32>,
}

/// One publisher's works.
pub(crate) async fn publisher(
    State(shop): State<Arc<Stall>>,
    visit: Result<Visit, Infallible>,
    id: Result<Named<PartyId>, Problem>,
    Asked(number): Asked<Number>,
) -> Response {
    let Ok(visit) = visit;
    let number = number.page.unwrap_or(1).clamp(1, PAGE_NO_MAX);
    let window = shop.window.clone();
    let found = async {
        let Named(id) = id?;
        let read = shop.office.look::<_, Fault>(move |shop, view, now| {
            let look = window.look(shop, view)?;
            let wanted = Wanted {
                publisher: Some(id),
                ..Wanted::default()
            };
            Ok((id, front::find(shop, view, &look, (wanted, number), now)?))
        });
        read.await
    };
    match found.await {
        Ok((id, found)) => match found.works.first().map(|(work, _)| work.publisher_name.clone()) {
            Some(name) => answer(
                draw_publisher(&shop.sign, &visit, &found, (id, &name, number)),
                StatusCode::OK,
            ),
            None => refused(&shop.sign, &visit, &Problem::nothing_here()),
        },
        Err(no) => refused(&shop.sign, &visit, &no),
    }
}

/// Draws a publisher's works.
pub(super) fn draw_publisher(
    sign: &Sign,
    visit: &Visit,
    found: &front::Found,
    (id, name, number): (PartyId, &str, u32),
) -> Result<String, askama::Error> {
    let words = visit.words;
    let pages = u32::try_from(found.count)
        .unwrap_or(u32::MAX)
        .div_ceil(PAGE_DEFAULT)
        .max(1);
    let link = |page: u32| visit.to(&format!("/publishers/{id}?page={page}"));
    let tiles = found
        .works
        .iter()
        .map(|(work, fronted)| Tile::of(visit, work, *fronted, found.now));
    PublisherPage {
        heading: words.publisher_of(name),
        id: words.show(Code(id.to_string())),
        count: words.front_count(found.count),
        tiles: tiles.collect(),
        pager: (pages > 1).then(|| front::Pager {
            text: words.front_page(number, pages),
            previous: (number > 1).then(|| link(number.saturating_sub(1).min(pages))),
            next: (number < pages).then(|| link(number.saturating_add(1))),
        }),
        page: &sign.page(visit, At::Publishers),
    }
    .render()
}

#[cfg(test)]
mod tests {
    use units::RealmId;

    use super::*;

    #[test]
    fn the_line_names_the_realm_and_claims_no_source_that_nobody_gave() {
        let mut sign = Sign {
            name: "Minato Tape Works".to_owned(),
            id: PartyId([9; 16]),
            address: "https://minato.example/".to_owned(),
            dev: false,
            wallet: "http://127.0.0.1:7411".to_owned(),
            realm: RealmId([2; 16]),
            source: None,
        };
        let start = format!("keyfare wallet --realm https://minato.example#{}", sign.realm);
        assert_eq!(get_a_wallet(&sign), start);
        sign.source = "https://git.example/keyfare".parse().ok();
        let install = "cargo install --locked --git https://git.example/keyfare keyfare";
        assert_eq!(get_a_wallet(&sign), format!("{install} && {start}"));
    }
}
