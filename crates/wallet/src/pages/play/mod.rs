//! Play: the pages of the player. What was written by others is shown as what it is (sound, pictures, letters), or in a room
//! of its own on another origin ([`content`]), never as a page of the wallet.

mod around;
pub(super) mod content;
mod found;
mod log;
mod refused;
mod scene;
pub(super) mod stories;
mod view;

use std::sync::Arc;

use askama::Template;
use axum::{
    Form, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;

use super::{
    Desk, files,
    problem::Problem,
    view::drawn,
    visit::{Shared, Token, visit},
    whole::whole,
};
use crate::player::{PlayRefused, Session, Stage, Stretch, place_in, serve};

pub(super) use log::show as log;

/// Below `/s/{key}`.
pub(super) fn pages() -> Router<Arc<Desk>> {
    Router::new()
        .route("/licenses/{license}/play", whole(post(begin)))
        .route("/play", get(found::show))
        .route("/play/file", post(found::open).layer(found::any_length()))
        .route("/play/{session}", get(show))
        .route("/play/{session}/place", post(place))
        .route("/play/{session}/end", post(end))
        .route("/log", get(log))
}

/// What a form that begins a play carries.
#[derive(Deserialize)]
struct Begin {
    token: String,
    /// "sold": the very version that was bought.
    #[serde(default)]
    version: String,
}

/// Begins a play, or goes on with it.
async fn begin(
    State(desk): Shared,
    Path((key, id)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<Begin>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, format!("/licenses/{id}"));
    let Ok(license) = id.parse() else {
        return visit.no(&Problem::not_found());
    };
    let player = &visit.at.seat.player;
    let began = match form.version.as_str() {
        "sold" => player.play_sold(license).await,
        _ => player.play(license).await,
    };
    match began {
        Ok(session) => visit.go(&format!("/play/{}", session.id())),
        Err(no) => refused::page(&visit, Some(license), &no).await,
    }
}

/// Where in a work a reader wants to be.
#[derive(Deserialize)]
struct Wanted {
    /// From 0.
    at: Option<u64>,
    /// From 1, as people count pages.
    page: Option<u64>,
}

/// The player.
async fn show(
    State(desk): Shared,
    Path((key, session)): Path<(String, String)>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Response {
    let visit = visit!(&desk, &key, None, &headers, format!("/play/{session}"));
    let Some(session) = visit.at.seat.player.session(&session) else {
        return refused::over(&visit, &session).await;
    };
    session.on_page();
    let at = wanted.at.or(wanted.page.map(|page| page.saturating_sub(1)));
    let made = scene::of(&desk, visit.words, &session, at).await;
    let scene = match made {
        Ok(scene) => scene,
        Err(no) if is_of_the_work(&no) => refused::cannot(visit.words, &session, &no),
        Err(no) => return refused::page(&visit, Some(session.license()), &no).await,
    };
    let view = around::view(&desk, &visit, &session, scene).await;
    let mut response = drawn(view.render());
    let policy = policy(&desk, &session);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// Is it the work that cannot be shown, rather than the play that is refused?
const fn is_of_the_work(no: &PlayRefused) -> bool {
    matches!(no, PlayRefused::Reading(_))
}

/// What the page of this play may load: its own things, and its room on the content origin. That also bounds where its
/// frame can ever be led, by whomever: a game that wants to leave takes nothing along.
fn policy(desk: &Desk, session: &Session) -> HeaderValue {
    let room = match desk.content() {
        Some(content) if session.stage().is_apart() => format!("{}/{}/", content.origin(), session.room()),
        _ => String::new(),
    };
    let frames = if room.is_empty() { "'none'" } else { room.as_str() };
    files::policy(frames, &room)
}

/// Where a play is.
#[derive(Deserialize)]
struct Place {
    token: String,
    at: u64,
    /// Of an album, in which of its tracks.
    #[serde(default)]
    track: u64,
    /// It has come to its end.
    #[serde(default)]
    ended: bool,
}

/// Notes where a play is, to go on from there.
async fn place(
    State(desk): Shared,
    Path((key, session)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<Place>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/play");
    let Some(session) = visit.at.seat.player.session(&session) else {
        return StatusCode::GONE.into_response();
    };
    // It waits for the disk.
    let note = move || {
        session.set_place(place_in(form.track, form.at));
        if form.ended {
            session.finish();
        }
    };
    let noted = tokio::task::spawn_blocking(note).await;
    noted
        .map_or(StatusCode::SERVICE_UNAVAILABLE, |()| StatusCode::NO_CONTENT)
        .into_response()
}

/// Ends a play.
async fn end(
    State(desk): Shared,
    Path((key, session)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<Token>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/play");
    visit.at.seat.player.end(&session);
    visit.go("/")
}

/// The content of a play, whole or in ranges: for the page above and for any media player of this machine.
pub(super) async fn content(
    State(desk): Shared,
    Path(session): Path<String>,
    Query(wanted): Query<Part>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let Some(session) = desk.open().and_then(|seat| seat.player.session(&session)) else {
        let no = Problem::new(
            StatusCode::GONE,
            "play-ended",
            "this play has ended; start it again from your library",
        );
        return no.into_response();
    };
    let stretch = match wanted.track.filter(|_| session.stage() == Stage::Album) {
        Some(number) => match track(&session, number).await {
            Ok(stretch) => Some(stretch),
            Err(no) => return Problem::of(&no).into_response(),
        },
        None => None,
    };
    match serve(session, stretch, &method, &headers).await {
        Ok(response) => response,
        Err(no) => Problem::of(&no).into_response(),
    }
}

/// Which part of a content.
#[derive(Deserialize)]
pub(super) struct Part {
    /// Of an album, a track: from 0.
    track: Option<usize>,
}

async fn track(session: &Arc<Session>, number: usize) -> Result<Stretch, PlayRefused> {
    let tracks = here(session, Session::tracks).await?;
    let track = tracks
        .get(number)
        .ok_or(PlayRefused::Reading(publisher::read::NotRead::NoSuchPart))?;
    Ok(Stretch {
        from: track.from,
        len: track.len,
        media_type: track.media_type.to_owned(),
    })
}

/// Work of a play that waits for disk, card and reader, off the threads that serve others.
async fn here<T: Send + 'static>(
    session: &Arc<Session>,
    work: impl FnOnce(&Session) -> Result<T, PlayRefused> + Send + 'static,
) -> Result<T, PlayRefused> {
    let session = session.clone();
    let done = tokio::task::spawn_blocking(move || work(&session)).await;
    done.unwrap_or(Err(PlayRefused::Ended))
}
