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
//! | content of strangers | nothing; it is on another origin, in a room with another name | be shown in its play's frame |
//! | another wallet of this machine | nothing a browser could be made to send | bring sealed letters to `/hand` |
//! | any web page | nothing | lead its visitor to `/confirm`, where he is asked |
//!
//! There are no cookies (they do not know ports), no CORS, no WebSockets; every effect needs the exact `Origin`.

mod api;
mod approval_api;
mod approve;
mod binding;
mod cash;
mod confirm;
mod deals;
mod desk;
mod figures;
mod files;
mod first;
mod guard;
mod hand_api;
mod handing;
mod help;
mod history;
mod home;
mod library;
mod license;
mod limits;
mod loan_api;
mod loans;
mod lost;
mod lost_api;
mod media;
mod medium;
mod money;
mod online;
mod play;
mod problem;
mod reader;
mod seeing;
mod settings;
mod spoken;
mod stories;
mod support;
mod telephone;
mod telephone_api;
mod teller;
mod terms;
mod text;
mod two_words;
mod values;
mod view;
mod visit;
mod whole;

pub use desk::{Address, Desk};
pub(crate) use desk::{bearer, proof};
pub(crate) use problem::Problem;
pub use teller::{NewAccount, Teller};
pub use text::plain;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{get, post},
};
use tokio::net::TcpListener;

use self::whole::whole;
use crate::hand;

/// Where the wallet answers if nothing else is said.
pub const PORT: u16 = 7411;

/// A listener on loopback; nothing else is ever bound. Port 0: any free one.
pub async fn bind(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, port)).await
}

/// Serves the wallet until `stop` ends. The desk must have been made for this listener's address. What strangers wrote and a
/// browser would run is served beside it, on any free port: another origin.
pub async fn serve(
    desk: Arc<Desk>,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let apart = bind(0).await?;
    desk.set_content(Address::of(apart.local_addr()?));
    let (stopped, stopping) = tokio::sync::oneshot::channel::<()>();
    let content = play::content::router(desk.clone());
    let shown = tokio::spawn(async move {
        // Told, or let go of: both are the end.
        let end = async { drop(stopping.await) };
        axum::serve(apart, content).with_graceful_shutdown(end).await
    });
    let service = router(desk).into_make_service_with_connect_info::<std::net::SocketAddr>();
    let served = axum::serve(listener, service).with_graceful_shutdown(stop).await;
    drop(stopped);
    shown.await.map_err(std::io::Error::other)??;
    served
}

/// All routes, behind the guard.
pub fn router(desk: Arc<Desk>) -> Router {
    let letters = Arc::downgrade(&desk);
    let door = hand::Door::new(move || letters.upgrade()?.wallet());
    let pages = Router::new()
        .route("/contact", post(home::contact))
        .route("/ask", post(confirm::ask))
        .route("/confirm/{quote}", get(confirm::show).post(confirm::pay))
        .route("/confirm/{quote}/approve", post(approve::ask))
        .route("/confirm/{quote}/first", post(confirm::first))
        .route("/confirm/{quote}/medium", get(medium::show).post(medium::pay))
        .route("/deals/{deal}", get(deals::show))
        .route("/load", get(money::load_form).merge(whole(post(money::load))))
        .route("/load/online", get(online::form).merge(whole(post(online::load))))
        .route("/cash/{machine}", get(cash::form).post(cash::name))
        .route("/cash/{machine}/{quote}", get(cash::show))
        .route("/cash/{machine}/{quote}/load", whole(post(cash::load)))
        .route("/cash/{machine}/{quote}/back", post(cash::back))
        .route("/payout", get(money::payout_form).merge(whole(post(money::payout))))
        .route("/library", get(library::list))
        .route("/history", get(history::show))
        .route("/history/file", get(history::file))
        .route("/media", get(media::show).post(media::begin))
        .route("/media/{copy}/play", get(media::play))
        .route("/values", get(values::show))
        .route("/values/take", post(values::take))
        .route("/values/drop", post(values::throw_away))
        .route("/bill", get(telephone::show))
        .route("/bill/ask", post(telephone::ask))
        .route("/bill/payer", post(telephone::choose))
        .route("/bill/{license}/clear", post(telephone::clear))
        .route("/limits", get(limits::show).post(limits::save))
        .route("/limits/pin", post(limits::pin))
        .route("/limits/unblock", post(limits::unblock))
        .route("/settings", get(settings::show))
        .route("/settings/keys", post(settings::keep))
        .route("/settings/relay", post(settings::over))
        .route("/settings/near", post(settings::near))
        .route("/software", get(settings::software))
        .route("/lost", get(lost::show).post(lost::stop))
        .route("/lost/copy", get(lost::copy))
        .route("/support", get(help::form).post(help::show_draft))
        .route("/support/{id}", get(help::one).post(help::agree))
        .route("/support/{id}/again", post(help::once_more))
        .route("/licenses/{license}", get(license::show))
        .route("/licenses/{license}/refund", post(license::refund_ask))
        .route("/licenses/{license}/delete", post(license::delete))
        .route("/licenses/{license}/fetch", post(library::fetch))
        .route("/licenses/{license}/newer", post(library::fetch_newer))
        .merge(play::pages())
        .route("/language/{tag}", get(visit::language))
        .merge(loans::pages())
        .merge(reader::pages())
        .merge(handing::pages());
    Router::new()
        .route("/", get(first::door))
        .route("/confirm", get(first::confirm))
        .route("/open", post(first::open))
        .route("/birth", whole(post(first::birth)))
        .route("/software", get(first::software))
        .route("/stories", get(stories::list))
        .route("/{lang}/stories", get(stories::list_in))
        .route("/{lang}/stories/{name}", get(stories::one))
        .route("/static/{file}", get(first::file))
        .route("/art/{scene}/{content}", get(library::art))
        .route("/healthz", get(|| async { "ok" }))
        .route("/play/{session}/content", get(play::content))
        .route("/s/{key}/", get(home::show))
        .nest("/s/{key}", pages)
        .merge(api::routes())
        .merge(approval_api::routes())
        .merge(hand_api::routes())
        .merge(loan_api::routes())
        .merge(reader::api())
        .merge(telephone_api::routes())
        .merge(lost_api::routes())
        .merge(support::api())
        .merge(hand::router(door))
        .layer(middleware::from_fn_with_state(desk.clone(), guard::guard))
        .with_state(desk)
}
