//! Handing: the pages on which people hand a license on and receive one, see what is on its way between two cards, and
//! what their card carries for publishers. All of it works without a network, and all but the camera without a script.

mod escrow;
mod give;
mod letters;
mod lock;
pub(super) mod receive;
pub(super) mod stories;
mod unlock;
mod way;

use std::sync::Arc;

use axum::{
    Form, Router,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
    routing::{get, post},
};
use courier::Peer;
use serde::Deserialize;

use super::{
    Desk,
    problem::Problem,
    visit::{Part, Shared, Visit, visit},
};
use crate::hand::Near;

pub(in crate::pages) use unlock::can_unlock;
pub(in crate::pages) use way::crossing_item;

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
}

impl Visit {
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
    visit.go(match form.to.as_str() {
        "way" => "/on-its-way",
        "players" => "/players",
        _ => "/receive",
    })
}
