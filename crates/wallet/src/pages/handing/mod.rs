//! Handing: the pages on which people hand a license on and receive one, see what is on its way between two cards, and
//! what their card carries for publishers. All of it works without a network, and all but the camera without a script.

mod escrow;
mod give;
mod letters;
mod lock;
mod receive;
mod unlock;
mod way;

use std::sync::Arc;

use axum::{
    Form, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use courier::Peer;
use face::{CardPage, Here, Lang, Said, Shapes, Words};
use serde::Deserialize;

use super::{
    Desk,
    home::{At, enter},
    problem::Problem,
};
use crate::{engine::Wallet, hand::Near};

pub(in crate::pages) use unlock::can_unlock;

type Shared = State<Arc<Desk>>;

/// Below `/s/{key}`.
pub(super) fn pages() -> Router<Arc<Desk>> {
    Router::new()
        .route("/hand-on", get(give::list))
        .route("/hand-on/stop", post(give::stop))
        .route("/hand-on/{license}", get(give::show).post(give::offer))
        .route("/hand-on/{license}/file", get(give::file))
        .route("/hand-on/{license}/locked", get(lock::show).post(lock::pass))
        .route("/wish/{wish}", get(lock::choose).post(lock::make))
        .route("/receive/wish", post(lock::wish))
        .route("/licenses/{license}/unlock", get(unlock::show).post(unlock::ask))
        .route("/letters", post(letters::upload))
        .route("/scan", post(letters::scan))
        .route("/letters/{stage}/{name}", get(letters::show))
        .route("/letters/{stage}/{name}/file", get(letters::file))
        .route("/letters/offer/{name}/near", post(letters::pass))
        .route("/receive", get(receive::list))
        .route("/receive/{quote}", get(receive::notice).post(receive::agree))
        .route("/receive/{quote}/away", post(receive::away))
        .route("/received/{deal}", get(receive::result))
        .route("/on-its-way", get(way::show))
        .route("/on-its-way/meet", post(way::meet))
        .route("/escrow", get(escrow::show))
        .route("/escrow/send", post(escrow::send))
        .route("/near", post(near))
        .route("/language/{tag}", get(language))
}

/// Where on the site a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    HandOn,
    Receive,
    Way,
    Escrow,
}

/// A request of a known browser, with the language it reads.
struct Visit {
    at: At,
    words: Words,
    /// Its path below the page key, to come back to in another language.
    path: String,
}

impl Visit {
    /// Who asks, for what, and with which form token.
    fn of(
        desk: &Desk,
        key: &str,
        token: Option<&str>,
        headers: &HeaderMap,
        path: impl Into<String>,
    ) -> Result<Self, Box<Response>> {
        let at = enter(desk, key, token)?;
        let accepts = headers.get(header::ACCEPT_LANGUAGE).and_then(|h| h.to_str().ok());
        Ok(Self {
            words: Words(Lang::choose(desk.language(key), None, accepts)),
            at,
            path: path.into(),
        })
    }
    fn wallet(&self) -> &Wallet {
        &self.at.seat.wallet
    }
    fn lang(&self) -> Lang {
        self.words.0
    }
    fn elsewhere(&self) -> Vec<(Lang, String)> {
        let other = match self.lang() {
            Lang::En => Lang::Ja,
            Lang::Ja => Lang::En,
        };
        vec![(
            other,
            format!("{}/language/{}?to={}", self.at.page.base, other.tag(), self.path),
        )]
    }
    /// The frame of the wallet's own pages.
    fn page(&self, here: Part) -> face::Page {
        let (base, words) = (&self.at.page.base, self.words);
        let entry = |path: &str, text: Said, part| Here::new(format!("{base}{path}"), text, part == Some(here));
        face::Page {
            words,
            name: words.your_card().plain(),
            home: format!("{base}/"),
            nav_name: words.your_card(),
            nav: vec![
                entry("/hand-on", words.hand_on(), Some(Part::HandOn)),
                entry("/receive", words.receive(), Some(Part::Receive)),
                entry("/on-its-way", words.way(), Some(Part::Way)),
                entry("/escrow", words.escrow(), Some(Part::Escrow)),
            ],
            elsewhere: self.elsewhere(),
            ours: true,
            foot: words.hand_torn(),
            foot_links: vec![],
            dev: self.at.page.dev,
        }
    }
    /// The frame of what only the card may show.
    async fn card(&self) -> CardPage {
        let two_words = self.wallet().words().await;
        let [a, b, c, ..] = seal::hash(two_words.as_bytes()).0;
        CardPage {
            words: self.words,
            two_words,
            shapes: Shapes::of([a, b, c]),
            elsewhere: self.elsewhere(),
            offline: false,
            dev: self.at.page.dev,
        }
    }
    fn go(&self, path: &str) -> Response {
        self.at.page.go(path)
    }
    fn no(&self, problem: &Problem) -> Response {
        problem.page(Some(&self.at.page))
    }
    fn refuse(&self, no: &dyn units::Refusal) -> Response {
        self.no(&Problem::of(no))
    }
    /// This wallet's passing name and who else is near, while it is found.
    async fn near(&self) -> Option<NearBy> {
        let (name, peers) = self.wallet().neighbours().await?;
        Some(NearBy { name, peers })
    }
}

/// What is shown of the neighbourhood.
#[derive(Debug)]
struct NearBy {
    name: String,
    peers: Vec<Peer>,
}

/// Opens a visit or answers why not.
macro_rules! visit {
    ($desk:expr, $key:expr, $token:expr, $headers:expr, $path:expr) => {
        match crate::pages::handing::Visit::of($desk, $key, $token, $headers, $path) {
            Ok(visit) => visit,
            Err(response) => return *response,
        }
    };
}
use visit;

#[derive(Deserialize)]
struct Back {
    to: String,
}

/// These pages in another language, from now on. Leads back to where the visitor was, on this site only.
async fn language(
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
    Redirect::to(&format!("{}{to}", visit.at.page.base)).into_response()
}

#[derive(Deserialize)]
struct NearForm {
    token: String,
    on: String,
    to: String,
}

/// The holder wants to be found, or no longer.
async fn near(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(form): Form<NearForm>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/receive");
    let wallet = visit.wallet();
    if form.on == "1" {
        match Near::begin(wallet, courier::FOUND_AT).await {
            Ok(near) => drop(wallet.look_around(near).await),
            Err(error) => {
                tracing::warn!(%error, "no door on the local network");
                let text = "this machine lets no program be found on its network; use a code or a file";
                return visit.no(&Problem::new(axum::http::StatusCode::CONFLICT, "near-unusable", text));
            }
        }
    } else {
        wallet.look_away().await;
    }
    visit.go(if form.to == "way" { "/on-its-way" } else { "/receive" })
}
