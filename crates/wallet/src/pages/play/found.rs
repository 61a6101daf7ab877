//! Found: the player when nothing plays: what was interrupted, and files from anywhere.

use askama::Template;
use axum::{
    extract::{DefaultBodyLimit, Multipart, Path, State, multipart::Field},
    http::HeaderMap,
    response::Response,
};
use tokio::io::AsyncWriteExt;

use super::{
    super::{
        problem::Problem,
        view::drawn,
        visit::{Part, Shared, Visit, visit},
    },
    around::up,
    refused,
    view::NowView,
};
use crate::{packages::KeptError, player::PlayRefused};

/// How many works are listed.
const UPS_MAX: usize = 8;

/// A sealed file is as long as it is; it is written as it comes.
pub(super) fn any_length() -> DefaultBodyLimit {
    DefaultBodyLimit::disable()
}

/// Nothing is playing.
pub(super) async fn show(State(desk): Shared, Path(key): Path<String>, headers: HeaderMap) -> Response {
    let visit = visit!(&desk, &key, None, &headers, "/play");
    let library = visit.wallet().library().await;
    let (player, now) = (&visit.at.seat.player, visit.wallet().drive().now());
    let mut interrupted: Vec<_> = library
        .iter()
        .filter(|shelf| player.goes_on_until(shelf.held.id).is_some())
        .collect();
    // Those first that would cost a play to begin anew.
    interrupted.sort_by_key(|shelf| shelf.held.rights.plays.is_none());
    let goes_on = !interrupted.is_empty();
    let listed = if goes_on { interrupted } else { library.iter().collect() };
    let view = NowView {
        page: visit.page(Part::Library),
        base: visit.base().to_owned(),
        token: visit.token().to_owned(),
        goes_on,
        ups: listed
            .into_iter()
            .take(UPS_MAX)
            .map(|shelf| up(visit.words, player, shelf, now))
            .collect(),
    };
    drawn(view.render())
}

/// Takes a sealed file in and plays it, if a card here may.
pub(super) async fn open(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    mut form: Multipart,
) -> Response {
    let mut visit: Option<Visit> = None;
    while let Ok(Some(field)) = form.next_field().await {
        match (field.name(), &visit) {
            // The token stands first: nothing is written before it is known.
            (Some("token"), _) => {
                let Ok(token) = field.text().await else { break };
                visit = Some(visit!(&desk, &key, Some(&token), &headers, "/play"));
            }
            (Some("file"), Some(visit)) => {
                return match play(visit, field).await {
                    Ok(to) => visit.go(&to),
                    Err(no) => refused::page(visit, None, &no).await,
                };
            }
            _ => break,
        }
    }
    let visit = visit!(&desk, &key, None, &headers, "/play");
    visit.no(&Problem::new(
        axum::http::StatusCode::UNPROCESSABLE_ENTITY,
        "form-incomplete",
        "no file came with this form; choose one and send it again",
    ))
}

async fn play(visit: &Visit, mut field: Field<'_>) -> Result<String, PlayRefused> {
    let packages = visit.wallet().packages().clone();
    let coming = packages.coming(&visit.wallet().drive().seed().id("found"));
    let written = async {
        let mut file = tokio::fs::File::create(&coming).await?;
        while let Some(chunk) = field.chunk().await.map_err(std::io::Error::other)? {
            file.write_all(&chunk).await?;
        }
        file.sync_all().await
    };
    let written = written.await.map_err(|error| PlayRefused::from(KeptError::Read(error)));
    let from = coming.clone();
    let shelved = match written {
        Ok(()) => tokio::task::spawn_blocking(move || packages.shelve(&from).map_err(PlayRefused::from))
            .await
            .unwrap_or(Err(PlayRefused::Ended)),
        Err(no) => Err(no),
    };
    if shelved.is_err() {
        // What did not hold is of no use to anybody.
        let _ = tokio::fs::remove_file(coming).await;
    }
    let session = visit.at.seat.player.play_file(&shelved?).await?;
    Ok(format!("/play/{}", session.id()))
}
