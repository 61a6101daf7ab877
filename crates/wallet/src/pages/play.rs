//! Play: the player page, the content of a play, and the playback log.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, Method, StatusCode},
    response::{IntoResponse, Response},
};

use super::{
    Desk, EN,
    home::{Token, enter},
    library,
    problem::Problem,
    text::{plain, when},
    view::{ListView, PlayerView, Row, html},
};
use crate::player::serve;

type Shared = State<Arc<Desk>>;

/// Begins a play, or goes on with it.
pub(super) async fn begin(
    State(desk): Shared,
    Path((key, id)): Path<(String, String)>,
    Form(form): Form<Token>,
) -> Response {
    let (at, id) = match library::find(&desk, &key, &id, Some(&form.token)) {
        Ok(found) => found,
        Err(response) => return *response,
    };
    match at.seat.player.play(id).await {
        Ok(session) => at.page.go(&format!("/play/{}", session.id())),
        Err(no) => Problem::of(&no).page(Some(&at.page)),
    }
}

fn kind(media_type: &str) -> &'static str {
    match media_type.split('/').next() {
        Some("audio") => "audio",
        Some("video") => "video",
        Some("image") => "image",
        _ if media_type == "text/plain" => "text",
        _ => "other",
    }
}

/// The player.
pub(super) async fn show(State(desk): Shared, Path((key, session)): Path<(String, String)>) -> Response {
    let at = match enter(&desk, &key, None) {
        Ok(at) => at,
        Err(response) => return *response,
    };
    let Some(session) = at.seat.player.session(&session) else {
        return Problem::not_found().page(Some(&at.page));
    };
    let content = format!("/play/{}/content", session.id());
    html(&PlayerView {
        p: &at.page,
        title: plain(session.title(), 200),
        kind: kind(session.media_type()),
        address: format!("{}{content}", desk.address().origin()),
        content,
        session: session.id().to_owned(),
        until: when(session.until()),
        license: session.license().to_string(),
        part: session.is_part(),
    })
}

/// Ends a play.
pub(super) async fn end(
    State(desk): Shared,
    Path((key, session)): Path<(String, String)>,
    Form(form): Form<Token>,
) -> Response {
    match enter(&desk, &key, Some(&form.token)) {
        Ok(at) => {
            at.seat.player.end(&session);
            at.page.go("/")
        }
        Err(response) => *response,
    }
}

/// The content of a play, whole or in ranges: for the page above and for any media player of this machine.
pub(super) async fn content(
    State(desk): Shared,
    Path(session): Path<String>,
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
    match serve(session, &method, &headers).await {
        Ok(response) => response,
        Err(no) => Problem::of(&no).into_response(),
    }
}

/// The playback log on this player, the latest first.
pub(super) async fn log(State(desk): Shared, Path(key): Path<String>) -> Response {
    let at = match enter(&desk, &key, None) {
        Ok(at) => at,
        Err(response) => return *response,
    };
    let lines = at.seat.player.log().lines();
    let library = at.seat.wallet.library().await;
    let title = |content: &str| {
        let known = library.iter().find(|shelf| shelf.held.title.to_string() == content);
        known.map_or_else(|| content.to_owned(), |shelf| plain(shelf.title(), 120))
    };
    let rows = lines.iter().rev().take(500).map(|line| {
        let range = match (line.from, line.to) {
            (Some(from), Some(to)) => format!(" {from}-{to}"),
            _ => String::new(),
        };
        let code = line.code.as_deref().unwrap_or_default();
        Row::new(
            &line.at,
            format!("{:?} {}{range} {code}", line.step, title(&line.content)),
        )
    });
    html(&ListView {
        p: &at.page,
        head: EN.nav_log,
        what: EN.log_what,
        empty: EN.log_empty,
        rows: rows.collect(),
        go: Some(("/support", EN.log_send)),
    })
}
