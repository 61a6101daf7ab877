//! Pages: the wallet's own window. The only place where a payment is agreed to, on loopback, drawn from the very bytes that
//! will be signed (docs/threats.md, rule 17, 18, 22 to 24).
//!
//! Who may do what:
//!
//! | who | shows | may |
//! |---|---|---|
//! | another program of the same user | the bearer derived from `token` (0600), after it has checked the wallet's proof | everything under `/v1` |
//! | a browser | a page key in the path, got for a one-time code | its pages below `/s/{key}/`, by forms of this origin |
//! | a media player | a play's own name, 256 random bits | that play's content |
//! | another wallet of this machine | nothing a browser could be made to send | bring sealed letters to `/hand` |
//! | any web page | nothing | lead its visitor to `/confirm`, where he is asked |
//!
//! There are no cookies (they do not know ports), no CORS, no WebSockets; every effect needs the exact `Origin`.

mod api;
mod confirm;
mod desk;
mod first;
mod guard;
mod hand_api;
mod handing;
mod home;
mod library;
mod play;
mod problem;
mod support;
mod text;
mod two_words;
mod view;
mod visit;
mod words;

pub use desk::{Address, Desk};
pub(crate) use desk::{bearer, proof};
pub(crate) use problem::Problem;
pub use text::{plain, sum};
pub use words::{EN, Words};

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{get, post},
};
use tokio::net::TcpListener;

use crate::hand;

/// Where the wallet answers if nothing else is said.
pub const PORT: u16 = 7411;

/// A listener on loopback; nothing else is ever bound. Port 0: any free one.
pub async fn bind(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, port)).await
}

/// Serves the wallet until `stop` ends. The desk must have been made for this listener's address.
pub async fn serve(
    desk: Arc<Desk>,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = router(desk).into_make_service_with_connect_info::<std::net::SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop).await
}

/// All routes, behind the guard.
pub fn router(desk: Arc<Desk>) -> Router {
    let letters = Arc::downgrade(&desk);
    let door = hand::Door::new(move || letters.upgrade()?.wallet());
    let pages = Router::new()
        .route("/contact", post(home::contact))
        .route("/ask", post(confirm::ask))
        .route("/confirm/{quote}", get(confirm::show).post(confirm::pay))
        .route("/deals/{deal}", get(confirm::result))
        .route("/load", get(home::load_form).post(home::load))
        .route("/payout", get(home::payout_form).post(home::payout))
        .route("/history", get(home::history))
        .route("/licenses/{license}", get(library::show))
        .route("/licenses/{license}/refund", post(library::refund))
        .route("/licenses/{license}/delete", post(library::delete))
        .route("/licenses/{license}/fetch", post(library::fetch))
        .route("/licenses/{license}/play", post(play::begin))
        .route("/play/{session}", get(play::show))
        .route("/play/{session}/end", post(play::end))
        .route("/log", get(play::log))
        .route("/language/{tag}", get(visit::language))
        .merge(support::pages())
        .merge(handing::pages());
    Router::new()
        .route("/", get(first::door))
        .route("/confirm", get(first::confirm))
        .route("/open", post(first::open))
        .route("/birth", post(first::birth))
        .route("/static/{file}", get(first::file))
        .route("/healthz", get(|| async { "ok" }))
        .route("/play/{session}/content", get(play::content))
        .route("/s/{key}/", get(home::show))
        .nest("/s/{key}", pages)
        .merge(api::routes())
        .merge(hand_api::routes())
        .merge(support::api())
        .merge(hand::router(door))
        .layer(middleware::from_fn_with_state(desk.clone(), guard::guard))
        .with_state(desk)
}
