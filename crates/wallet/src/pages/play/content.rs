//! Content: what strangers wrote and a browser would run or lay out, on an origin of its own (a second port of loopback), in a
//! room whose name only its player page knows (rows 87 and 93).
//!
//! | who | may |
//! |---|---|
//! | the player page of a play | frame what is in that play's room |
//! | a chapter | show its own book's cleaned words and pictures; nothing in it runs |
//! | a game | run its own scripts, which reach nothing: no network, no storage, no window, no other room |
//!
//! Every answer carries its whole policy, so it holds also for whoever would open it without the frame.

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use face::{Lang, Words};

use super::{
    super::{Desk, problem::Problem, text::plain, visit::Shared},
    here,
    view::ChapterView,
};
use crate::player::{PlayRefused, Session, Stage, whole};

/// What a document that runs may do: run what it brought, draw, sound, and hold the pointer. Nothing is loaded from anywhere.
const RUNS: &str = "sandbox allow-scripts allow-pointer-lock; default-src 'none'; \
    script-src 'unsafe-inline' 'unsafe-eval' data: blob:; style-src 'unsafe-inline'; img-src data: blob:; \
    media-src data: blob:; font-src data:; connect-src data: blob:; worker-src data: blob:; frame-src 'none'; object-src 'none'; \
    form-action 'none'; base-uri 'none'";
/// What a document that does not run may do: be looked at, with the styles and pictures it has inside.
const RESTS: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; form-action 'none'; \
    base-uri 'none'";
/// What a picture may do.
const SEEN: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'";

const ALWAYS: [(HeaderName, &str); 7] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("origin-agent-cluster"), "?1"),
    (HeaderName::from_static("x-dns-prefetch-control"), "off"),
    // Nothing but this origin may be connected to, by whatever means a browser has or will have.
    (HeaderName::from_static("connection-allowlist"), "(response-origin)"),
    (
        HeaderName::from_static("permissions-policy"),
        "bluetooth=(), camera=(), clipboard-read=(), display-capture=(), geolocation=(), hid=(), local-network-access=(), \
         microphone=(), midi=(), payment=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=()",
    ),
];

/// All of the content origin.
pub(in crate::pages) fn router(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/{room}/document", get(document))
        .route("/{room}/{lang}/book/{chapter}", get(chapter))
        .route("/{room}/{lang}/file/{*name}", get(file))
        .route("/{room}/{lang}/reader.css", get(sheet))
        .route("/{room}/page/{number}", get(page))
        .layer(middleware::from_fn_with_state(desk.clone(), guard))
        .with_state(desk)
}

/// Lets in what a frame or a picture of the player would ask for, and nothing else.
async fn guard(State(desk): Shared, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let known = desk.content().is_some_and(|content| host == Some(content.host()));
    let upgrade = headers.contains_key(header::UPGRADE);
    let dest = headers.get("sec-fetch-dest").and_then(|dest| dest.to_str().ok());
    let asked = matches!(dest, None | Some("iframe" | "image" | "style"));
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = if !known {
        no(StatusCode::MISDIRECTED_REQUEST, "host-unknown")
    } else if !reads || upgrade || !asked {
        no(StatusCode::FORBIDDEN, "framed-only")
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let (old, frame) = (headers.get(header::CONTENT_SECURITY_POLICY), desk.address().origin());
    let old = old.and_then(|old| old.to_str().ok()).unwrap_or(SEEN);
    if let Ok(policy) = HeaderValue::try_from(format!("{old}; frame-ancestors {frame}")) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn no(status: StatusCode, code: &str) -> Response {
    Problem::new(status, code, "what is here is shown in the player's own page").into_response()
}

fn gone() -> Response {
    no(StatusCode::GONE, "play-ended")
}

fn refused(no: &PlayRefused) -> Response {
    Problem::of(no).into_response()
}

/// A thing of this kind, under this policy. Rooms have no origin of their own, so for their pictures every origin is another.
fn answer(kind: &str, policy: &str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, policy),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
    response
}

/// The play that is shown in a room, if it is of this kind.
fn shown(desk: &Desk, room: &str, stages: &[Stage]) -> Option<Arc<Session>> {
    let session = desk.open()?.player.in_room(room)?;
    stages.contains(&session.stage()).then_some(session)
}

/// A document of its own: a game, or one that does not run.
async fn document(State(desk): Shared, Path(room): Path<String>) -> Response {
    let Some(session) = shown(&desk, &room, &[Stage::Game, Stage::Leaflet]) else {
        return gone();
    };
    let policy = if session.stage() == Stage::Game { RUNS } else { RESTS };
    match whole(session).await {
        Ok(body) => answer("text/html; charset=utf-8", policy, body),
        Err(no) => refused(&no),
    }
}

/// A chapter of a book.
async fn chapter(State(desk): Shared, Path((room, lang, number)): Path<(String, String, u32)>) -> Response {
    let (Some(session), Some(lang)) = (shown(&desk, &room, &[Stage::Book]), Lang::of_tag(&lang)) else {
        return gone();
    };
    let reader = desk.clone();
    let read = here(&session, move |session| {
        let contents = session.contents(reader.readers())?;
        let chapter = session.chapter(reader.readers(), number)?;
        session.set_place(number.into());
        Ok((contents, chapter))
    });
    let (contents, chapter) = match read.await {
        Ok(read) => read,
        Err(no) => return refused(&no),
    };
    let view = ChapterView {
        words: Words(lang),
        lang: chapter.lang.as_deref().unwrap_or_default(),
        title: plain(session.title(), 200),
        html: &chapter.html,
        number,
        of: contents.chapters,
    };
    let own = format!("{}/{room}/{}", origin(&desk), lang.tag());
    let policy = format!(
        "sandbox; default-src 'none'; img-src {own}/file/; style-src {own}/reader.css; form-action 'none'; base-uri 'none'"
    );
    match view.render() {
        Ok(html) => answer("text/html; charset=utf-8", &policy, html),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn origin(desk: &Desk) -> String {
    desk.content().map(super::super::Address::origin).unwrap_or_default()
}

/// A picture of a book.
async fn file(State(desk): Shared, Path((room, _, name)): Path<(String, String, String)>) -> Response {
    let Some(session) = shown(&desk, &room, &[Stage::Book]) else {
        return gone();
    };
    let reader = desk.clone();
    match here(&session, move |session| session.file(reader.readers(), &name)).await {
        Ok(file) if file.media_type.starts_with("image/") => answer(&file.media_type, SEEN, file.bytes),
        Ok(_) => gone(),
        Err(no) => refused(&no),
    }
}

/// The style of chapters.
async fn sheet(State(desk): Shared, Path((room, _)): Path<(String, String)>) -> Response {
    match shown(&desk, &room, &[Stage::Book]) {
        Some(_) => answer(
            "text/css; charset=utf-8",
            SEEN,
            include_str!("../../../static/reader.css"),
        ),
        None => gone(),
    }
}

/// A page of a paper, as it was drawn.
async fn page(State(desk): Shared, Path((room, number)): Path<(String, u32)>) -> Response {
    let Some(session) = shown(&desk, &room, &[Stage::Paper]) else {
        return gone();
    };
    let reader = desk.clone();
    match here(&session, move |session| session.page(reader.readers(), number)).await {
        Ok(page) => answer("image/png", SEEN, page.png.clone()),
        Err(no) => refused(&no),
    }
}
