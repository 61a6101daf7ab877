//! Visit: a request of a known browser, with the language it reads, and the frames its pages stand in. A page that joins the
//! site adds its row to [`NAV`] or [`FOOT`] here, and its routes in `mod.rs`.

use std::sync::Arc;

use axum::{
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use face::{CardPage, Here, Lang, Said, Shapes, Words};
use seal::same;
use serde::Deserialize;

use super::{Desk, desk::Seat, problem::Problem, two_words, view::Page};
use crate::engine::Wallet;

/// What handlers are given.
pub(super) type Shared = State<Arc<Desk>>;

/// Where on the site a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// What can I spend, what do I carry, what do I own?
    Card,
    /// Everything that can be played.
    Library,
    /// To a friend.
    HandOn,
    /// From a friend.
    Receive,
    /// Who plays what at home.
    Players,
    /// What is unfinished.
    Way,
    /// What is carried for publishers.
    Escrow,
    /// What moved.
    History,
    /// Coupons, points, tickets.
    Values,
    /// Discs and sticks, copied to the drive.
    Media,
    /// What somebody else pays for the holder.
    Telephone,
    /// What the card may spend, and its PIN.
    Limits,
    /// What machines with a smart-card reader ask of the card.
    Reader,
    /// What the player noted.
    Log,
    /// Asking a support desk.
    Help,
    /// Language, PIN, keys, this card.
    Settings,
    /// A card that is gone.
    Lost,
    /// What a software card is.
    Software,
    /// None of them.
    Elsewhere,
}

/// A place of the site: which, where, and what it is called.
type Place = (Part, &'static str, fn(Words) -> Said);

/// The navigation, in reading order.
const NAV: &[Place] = &[
    (Part::Card, "/", |w| w.wallet_card()),
    (Part::Library, "/library", |w| w.wallet_library()),
    (Part::HandOn, "/hand-on", |w| w.hand_on()),
    (Part::Receive, "/receive", |w| w.receive()),
    (Part::Players, "/players", |w| w.loan_players()),
    (Part::Way, "/on-its-way", |w| w.way()),
    (Part::Escrow, "/escrow", |w| w.escrow()),
    (Part::History, "/history", |w| w.wallet_history()),
    (Part::Settings, "/settings", |w| w.wallet_settings()),
];

/// The navigation of a player: it has no money, and nothing to hand on.
const PLAYER_NAV: &[Place] = &[
    (Part::Players, "/players", |w| w.loan_here()),
    (Part::Log, "/log", |w| w.wallet_log()),
];

/// What is needed seldom: at the foot of every page, and on the settings page with a sentence each.
pub(super) const FOOT: &[Place] = &[
    (Part::Values, "/values", |w| w.wallet_values()),
    (Part::Media, "/media", |w| w.media_title()),
    (Part::Telephone, "/bill", |w| w.tel_title()),
    (Part::Limits, "/limits", |w| w.wallet_limits()),
    (Part::Reader, "/reader", |w| w.reader()),
    (Part::Log, "/log", |w| w.wallet_log()),
    (Part::Help, "/support", |w| w.wallet_ask()),
    (Part::Lost, "/lost", |w| w.lost_title()),
    (Part::Software, "/software", |w| w.wallet_software()),
];

/// A request of a known browser.
pub(super) struct At {
    pub(super) page: Page,
    pub(super) seat: Seat,
}

/// Bare forms carry the token alone.
#[derive(Deserialize)]
pub(super) struct Token {
    pub(super) token: String,
}

/// Who asks, and with which form. The page key was checked by the guard.
pub(super) fn enter(desk: &Desk, key: &str, token: Option<&str>) -> Result<At, Box<Response>> {
    let page = Page {
        base: format!("/s/{key}"),
        token: desk.form_token(key),
        dev: desk.wallet().is_some_and(|w| w.is_dev()),
        words: Words(desk.language(key).unwrap_or_default()),
    };
    if token.is_some_and(|t| !same(t.as_bytes(), page.token.as_bytes())) {
        let no = Problem::new(
            StatusCode::FORBIDDEN,
            "form-token",
            "this form is not of this page; open the page again",
        );
        return Err(Box::new(no.page(Some(&page))));
    }
    match desk.open() {
        Some(seat) => Ok(At { page, seat }),
        None => Err(Box::new(Problem::no_card().page(Some(&page)))),
    }
}

/// The language of whoever has not chosen one: the browser's wish.
pub(super) fn read_in(desk: &Desk, key: &str, headers: &HeaderMap) -> Lang {
    let accepts = headers.get(header::ACCEPT_LANGUAGE).and_then(|h| h.to_str().ok());
    Lang::choose(desk.language(key), None, accepts)
}

/// A request of a known browser, with the language it reads.
pub(super) struct Visit {
    pub(super) at: At,
    pub(super) words: Words,
    /// Its path below the page key, to come back to in another language.
    path: String,
    fresh: String,
}

impl Visit {
    /// Who asks, for what, and with which form token. `path` is the page that a reader of another language wants to see: of
    /// an effect, the page its form stands on.
    pub(super) fn of(
        desk: &Desk,
        key: &str,
        token: Option<&str>,
        headers: &HeaderMap,
        path: impl Into<String>,
    ) -> Result<Self, Box<Response>> {
        let mut at = enter(desk, key, token)?;
        let words = Words(read_in(desk, key, headers));
        at.page.words = words;
        Ok(Self {
            words,
            at,
            path: path.into(),
            fresh: desk.form_number(),
        })
    }
    pub(super) fn wallet(&self) -> &Wallet {
        &self.at.seat.wallet
    }
    pub(super) fn lang(&self) -> Lang {
        self.words.0
    }
    /// What its links begin with.
    pub(super) fn base(&self) -> &str {
        &self.at.page.base
    }
    /// What its forms carry.
    pub(super) fn token(&self) -> &str {
        &self.at.page.token
    }
    fn elsewhere(&self) -> Vec<(Lang, String)> {
        let others = Lang::ALL.into_iter().filter(|lang| *lang != self.lang());
        others
            .map(|lang| {
                (
                    lang,
                    format!("{}/language/{}?to={}", self.base(), lang.tag(), self.path),
                )
            })
            .collect()
    }
    /// A number for one drawing of a form, so that pressing it twice is known.
    pub(super) fn fresh(&self) -> String {
        self.fresh.clone()
    }
    /// The frame of the wallet's own pages.
    pub(super) fn page(&self, here: Part) -> face::Page {
        let page = frame(self.words, self.base(), here, self.elsewhere(), self.at.page.dev);
        if self.wallet().is_player() {
            return for_player(page, self.base(), here);
        }
        page
    }
    /// The frame of what only the card may show.
    pub(super) async fn card(&self) -> CardPage {
        card_frame(
            self.words,
            &self.wallet().words().await,
            self.elsewhere(),
            self.wallet().is_offline(),
            self.at.page.dev,
        )
    }
    pub(super) fn go(&self, path: &str) -> Response {
        self.at.page.go(path)
    }
    pub(super) fn no(&self, problem: &Problem) -> Response {
        problem.page(Some(&self.at.page))
    }
    pub(super) fn refuse(&self, no: &dyn units::Refusal) -> Response {
        self.no(&Problem::of(no))
    }
}

/// The frame of a page of the wallet's; without a base, one that knows no card yet.
pub(super) fn frame(words: Words, base: &str, here: Part, elsewhere: Vec<(Lang, String)>, dev: bool) -> face::Page {
    let entry = |(part, path, text): &Place| Here::new(format!("{base}{path}"), text(words), *part == here);
    let (nav, foot_links) = match base.is_empty() {
        true => (vec![], vec![]),
        false => (NAV.iter().map(entry).collect(), FOOT.iter().map(entry).collect()),
    };
    face::Page {
        words,
        name: words.wallet().plain(),
        home: format!("{base}/"),
        nav_name: words.wallet(),
        nav,
        elsewhere,
        ours: true,
        foot: words.motto(),
        foot_links,
        dev,
    }
}

/// The same of a player's.
pub(super) fn for_player(page: face::Page, base: &str, here: Part) -> face::Page {
    let words = page.words;
    let entry = |(part, path, text): &Place| Here::new(format!("{base}{path}"), text(words), *part == here);
    face::Page {
        name: words.loan_player().plain(),
        nav_name: words.loan_player(),
        nav: PLAYER_NAV.iter().map(entry).collect(),
        foot_links: vec![],
        ..page
    }
}

/// The frame of a page that belongs to the card: its two words in the reader's language, and its shapes.
pub(super) fn card_frame(
    words: Words,
    two_words: &str,
    elsewhere: Vec<(Lang, String)>,
    offline: bool,
    dev: bool,
) -> CardPage {
    let [a, b, c, ..] = seal::hash(two_words.as_bytes()).0;
    CardPage {
        words,
        two_words: two_words::read(two_words, words.0),
        shapes: Shapes::of([a, b, c]),
        elsewhere,
        offline,
        dev,
    }
}

/// Opens a visit or answers why not.
macro_rules! visit {
    ($desk:expr, $key:expr, $token:expr, $headers:expr, $path:expr) => {
        match $crate::pages::visit::Visit::of($desk, $key, $token, $headers, $path) {
            Ok(visit) => visit,
            Err(response) => return *response,
        }
    };
}
pub(super) use visit;

#[derive(Deserialize)]
pub(super) struct Back {
    to: String,
}

/// These pages in another language, from now on and at the next start. Leads back to where the visitor was, on this site
/// only.
pub(super) async fn language(
    State(desk): Shared,
    Path((key, tag)): Path<(String, String)>,
    Query(back): Query<Back>,
    headers: HeaderMap,
) -> Response {
    let visit = visit!(&desk, &key, None, &headers, "/");
    let Some(lang) = Lang::of_tag(&tag) else {
        return visit.no(&Problem::not_found());
    };
    desk.set_language(&key, lang);
    let ours = back.to.starts_with('/') && !back.to.contains("//") && !back.to.contains('\\');
    let to = if ours { back.to.as_str() } else { "/" };
    Redirect::to(&format!("{}{to}", visit.base())).into_response()
}
