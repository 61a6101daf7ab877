//! Loans: a family's pages. On a wallet: its players, who may play what, lending, having back, plays left. On a player: what was
//! lent to it, and which wallets its owner lets in (ST-12).

mod act;
mod pair;
pub(super) mod stories;

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::{get, post},
};
use face::{Day, Said, Words};
use serde::Deserialize;

use super::{
    Desk,
    library::{Item, Names, item},
    text::plain,
    view::drawn_as,
    visit::{Part, Shared, Visit, visit},
};
use crate::engine::{Borrowing, Mate, Shelf};

/// Below `/s/{key}`.
pub(super) fn pages() -> Router<Arc<Desk>> {
    Router::new()
        .route("/players", get(show))
        .route("/players/allow", post(act::allow))
        .route("/players/lend", post(act::lend))
        .route("/players/back", post(act::back))
        .route("/players/return", post(act::give_back))
        .route("/players/give-up", post(act::give_up))
        .route("/players/near", post(pair::near))
        .route("/players/show", post(pair::show_own))
        .route("/players/pair/{name}", get(pair::show).post(pair::agree))
}

/// A loan, as a wallet shows it.
#[derive(Debug)]
struct Out {
    id: String,
    title: String,
    what: Said,
}

/// A paired device.
#[derive(Debug)]
struct One {
    pair: String,
    name: String,
    allowed: bool,
    since: Said,
    open: Option<Said>,
    loans: Vec<Out>,
}

/// Players that are found on this network, by their words.
#[derive(Debug)]
struct Around {
    peers: Vec<String>,
}

#[derive(Template)]
#[template(path = "loans.html")]
struct LoansView<'a> {
    page: &'a face::Page,
    base: &'a str,
    token: &'a str,
    done: Option<Said>,
    error: Option<Said>,
    mates: Vec<One>,
    /// What can be lent, and how it is called.
    lendable: Vec<(String, String)>,
    near: Option<Around>,
    my_name: String,
}

/// Something that was lent to this player.
#[derive(Debug)]
struct Here {
    item: Item,
    from: Said,
    bound: bool,
}

#[derive(Template)]
#[template(path = "loans-player.html")]
struct PlayerView<'a> {
    page: &'a face::Page,
    base: &'a str,
    token: &'a str,
    name: String,
    /// How it is found.
    found: Option<Said>,
    words_here: String,
    put_back: bool,
    done: Option<Said>,
    error: Option<Said>,
    /// Wallets that wait for the owner: which, and what they are called.
    asks: Vec<(String, String)>,
    items: Vec<Here>,
    mates: Vec<One>,
}

#[derive(Deserialize)]
pub(super) struct Done {
    #[serde(default)]
    done: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    player: String,
}

/// The page, and what was done on it last.
pub(super) async fn show(
    State(desk): Shared,
    Path(key): Path<String>,
    Query(done): Query<Done>,
    headers: HeaderMap,
) -> Response {
    let visit = visit!(&desk, &key, None, &headers, "/players");
    let w = visit.words;
    let (title, player) = (plain(&done.title, 120), plain(&done.player, 60));
    let done = match done.done.as_str() {
        "lent" => Some(w.loan_done_lent(player, title)),
        "back" => Some(w.loan_done_back(title)),
        "paired" => Some(w.loan_done_paired()),
        "agreed" => Some(w.loan_done_agreed()),
        "allowed" => Some(w.loan_done_allowed()),
        "called" => Some(w.loan_done_called()),
        "given-up" => Some(w.loan_done_given_up()),
        _ => None,
    };
    answer(&visit, done, None).await
}

/// The page of whichever device this is, after something was done or refused.
pub(super) async fn answer(visit: &Visit, done: Option<Said>, error: Option<Said>) -> Response {
    let status = match error {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let wallet = visit.wallet();
    let (w, mates, shelves) = (visit.words, wallet.mates().await, wallet.library().await);
    let to = (visit.base(), visit.token());
    if wallet.is_player() {
        let names = Names::of(visit).await;
        let here = |shelf: &Shelf| Here {
            item: item(w, shelf, &names),
            from: from(w, &mates, shelf),
            bound: shelf.held.bind == license::Bind::Wallet,
        };
        let items = shelves.iter().map(here).collect();
        let told = Told {
            name: wallet.device_name(),
            words: wallet.everybody_near().await.map(|(words, _)| words),
            put_back: wallet.put_back().is_some(),
            asks: pair::waiting(wallet, w),
            done,
            error,
        };
        return drawn_as(status, draw_player(&visit.page(Part::Players), to, told, &mates, items));
    }
    let near = wallet.everybody_near().await.map(|(_, peers)| Around {
        peers: peers.into_iter().filter(|p| p.is_player).map(|p| p.words).collect(),
    });
    let my_name = wallet.device_name();
    let lendable = shelves.iter().filter_map(|shelf| lendable(w, shelf)).collect();
    drawn_as(
        status,
        draw(
            &visit.page(Part::Players),
            to,
            (done, error),
            &mates,
            lendable,
            near,
            my_name,
        ),
    )
}

/// Draws a wallet's page.
fn draw(
    page: &face::Page,
    (base, token): (&str, &str),
    (done, error): (Option<Said>, Option<Said>),
    mates: &[Mate],
    lendable: Vec<(String, String)>,
    near: Option<Around>,
    my_name: String,
) -> Result<String, askama::Error> {
    let w = page.words;
    LoansView {
        page,
        base,
        token,
        done,
        error,
        mates: mates.iter().map(|mate| one(w, mate)).collect(),
        lendable,
        near,
        my_name,
    }
    .render()
}

/// What a player's page says besides its lists.
struct Told {
    name: String,
    words: Option<String>,
    put_back: bool,
    asks: Vec<(String, String)>,
    done: Option<Said>,
    error: Option<Said>,
}

/// Draws a player's page.
fn draw_player(
    page: &face::Page,
    (base, token): (&str, &str),
    told: Told,
    mates: &[Mate],
    items: Vec<Here>,
) -> Result<String, askama::Error> {
    let w = page.words;
    PlayerView {
        page,
        base,
        token,
        name: plain(&told.name, 60),
        found: told.words.as_deref().map(|words| w.loan_found_as(words)),
        words_here: told.words.unwrap_or_default(),
        put_back: told.put_back,
        done: told.done,
        error: told.error,
        asks: told.asks,
        items,
        mates: mates.iter().map(|mate| one(w, mate)).collect(),
    }
    .render()
}

/// Whose it is, as that wallet calls itself.
fn from(w: Words, mates: &[Mate], shelf: &Shelf) -> Said {
    let lent = |mate: &&Mate| mate.loans.iter().any(|loan| loan.loan == shelf.held.id);
    let name = mates.iter().find(lent).map(|mate| plain(&mate.name, 60));
    w.loan_from(name.unwrap_or_default())
}

fn one(w: Words, mate: &Mate) -> One {
    let out = |loan: &Borrowing| Out {
        id: loan.loan.to_string(),
        title: plain(&loan.title, 120),
        what: match (loan.rights.plays, loan.rights.until) {
            (Some(plays), _) => w.loan_plays(plays),
            (None, Some(until)) => w.loan_until(Day(until)),
            (None, None) => w.loan_unlimited(),
        },
    };
    One {
        pair: mate.pair.to_string(),
        name: plain(&mate.name, 60),
        allowed: mate.allowed,
        since: w.loan_since(Day(mate.since)),
        open: (mate.open > 0).then(|| w.loan_open(mate.open)),
        loans: mate.loans.iter().map(out).collect(),
    }
}

/// What of a license can be lent, as a choice.
fn lendable(w: Words, shelf: &Shelf) -> Option<(String, String)> {
    shelf.playable.as_ref().ok()?;
    let title = plain(shelf.title(), 120);
    let said = match shelf.held.rights.plays {
        Some(left) => w.loan_left(left, title.as_str()).plain(),
        None => title,
    };
    Some((shelf.held.id.to_string(), said))
}
