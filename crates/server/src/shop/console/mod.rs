//! The publisher's console: pages for those who publish here, behind a sign-in. Rules are in `party::shop` (what the console
//! keeps, what a role may do) and in `signin`; previews and packages are made by `publisher`, files of strangers are looked
//! into by a fenced process.
//!
//! Every page works without a script; the one script adds passkeys and an upload's progress.

mod api;
mod drafts;
mod enter;
mod export;
mod form;
mod frame;
mod home;
mod invited;
mod jobs;
mod money;
mod people;
mod settings;
mod staff;
mod stories;
mod upload;
mod works;

pub use api::{Invited, ToInvite};

use std::{collections::BTreeMap, path::PathBuf, sync::Mutex};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    response::Response,
    routing::{get, post},
};
use party::shop::DraftNo;
use publisher::preview::{Apart, Converter};
use seal::Secret;
use signin::{Cost, Gate, Rules, Site};
use std::sync::Arc;
use tokio::sync::Semaphore;
use utoipa_axum::router::OpenApiRouter;

use super::Stall;
use crate::pages::lasting;

/// The longest file that is taken, in bytes.
pub(crate) const FILE_MAX: u64 = 4 << 30;
/// Passwords hashed at once: each takes 46 MiB.
const HASHING_MAX: usize = 4;
/// The longest form, in bytes.
const FORM_MAX: usize = 64 << 10;

/// What a shop's console is run with.
#[derive(Debug, Default)]
pub struct ConsoleSettings {
    /// The process that looks into strangers' files; nothing: previews have to be supplied.
    pub reader: Option<Apart>,
    /// Keys of publishers who leave them with this shop.
    pub publishers: Vec<crate::config::Keys>,
    /// Hash passwords cheaply, for tests.
    pub cheap_passwords: bool,
}

/// What the console's pages answer from.
#[derive(Debug)]
pub(crate) struct Console {
    pub(crate) gate: Arc<Gate>,
    pub(crate) dir: PathBuf,
    pub(crate) reader: Option<Apart>,
    pub(crate) converter: Option<Converter>,
    pub(crate) hashing: Semaphore,
    /// What is being worked on in this process, in percent. Only for the eye: what counts stands in the draft.
    pub(crate) jobs: Mutex<BTreeMap<DraftNo, u8>>,
    /// Where its pages are, by name: passkeys do not work at a number.
    pub(crate) origin: String,
    pub(crate) secure: bool,
}

/// The address by name: a number address of this machine becomes `localhost`, for a passkey is bound to a name.
fn by_name(address: &str) -> String {
    ["127.0.0.1", "[::1]"].iter().fold(address.to_owned(), |at, number| {
        at.replacen(&format!("://{number}"), "://localhost", 1)
    })
}

fn host(origin: &str) -> String {
    let rest = origin.split_once("://").map_or(origin, |(_, rest)| rest);
    let host = rest.split(['/', ':']).next().unwrap_or(rest);
    host.to_owned()
}

impl Console {
    /// The console of the shop called `name` at `address`, with files under `dir`.
    pub(crate) fn new(
        settings: ConsoleSettings,
        secret: &Secret,
        (name, address): (&str, &str),
        dir: PathBuf,
    ) -> std::io::Result<Self> {
        let address = address.trim_end_matches('/');
        let origin = by_name(address);
        let mut origins = vec![origin.clone()];
        if origin != address {
            origins.push(address.to_owned());
        }
        let rules = Rules::usual(Site {
            id: host(&origin),
            origins,
            name: name.to_owned(),
        });
        let cost = if settings.cheap_passwords {
            Cost::TINY
        } else {
            rules.cost
        };
        std::fs::create_dir_all(&dir)?;
        Ok(Self {
            gate: Arc::new(Gate::new(secret, Rules { cost, ..rules })),
            dir,
            reader: settings.reader,
            converter: std::env::var_os("PATH").and_then(|path| Converter::find(&path)),
            hashing: Semaphore::new(HASHING_MAX),
            jobs: Mutex::default(),
            secure: origin.starts_with("https://"),
            origin,
        })
    }
}

/// Keeps the keys of publishers that the configuration leaves with this shop.
pub(crate) async fn entrust(shop: Arc<Stall>, publishers: Vec<crate::config::Keys>) {
    for keys in publishers {
        let kept = shop
            .office
            .commit(move |party, tx, now, seed| party.entrust(tx, &keys.secret, &keys.certificate, now, seed))
            .await;
        if let Err(no) = kept {
            tracing::warn!(target: "keyfare::console", code = no.code(), "a publisher's keys are not kept: the console cannot sign for it");
        }
    }
}

/// How often ended sessions are swept.
const SWEEP: std::time::Duration = std::time::Duration::from_secs(600);

/// Sweeps what has ended, until the shop stops.
pub(crate) async fn tend(shop: Arc<Stall>, mut stopped: tokio::sync::watch::Receiver<bool>) {
    while tokio::time::timeout(SWEEP, stopped.wait_for(|stop| *stop))
        .await
        .is_err()
    {
        let gate = shop.console.gate.clone();
        let swept = shop
            .office
            .commit::<_, store::Fault>(move |_, tx, now, _| gate.tend(tx, now))
            .await;
        if let Err(no) = swept {
            tracing::warn!(target: "keyfare::console", code = no.code(), "ended sessions were not swept");
        }
    }
}

/// Its addresses for programs.
pub(crate) fn api() -> OpenApiRouter<Arc<Stall>> {
    api::routes()
}

/// Its pages, to stand under a language.
pub(crate) fn site() -> Router<Arc<Stall>> {
    Router::new()
        .route("/console", get(home::front))
        .route("/console/sign-in", get(enter::page).post(enter::by_password))
        .route("/console/sign-in/options", post(enter::options))
        .route("/console/sign-in/passkey", post(enter::by_key))
        .route("/console/second", get(enter::second).post(enter::second_by_code))
        .route("/console/second/options", post(enter::second_options))
        .route("/console/second/passkey", post(enter::second_by_key))
        .route("/console/again", get(enter::again).post(enter::again_by_password))
        .route("/console/again/options", post(enter::again_options))
        .route("/console/again/passkey", post(enter::again_by_key))
        .route("/console/sign-out", post(enter::sign_out))
        .route(
            "/console/invited/{token}",
            get(invited::page).post(invited::by_password),
        )
        .route("/console/invited/{token}/options", post(invited::options))
        .route("/console/invited/{token}/passkey", post(invited::by_key))
        .route("/console/settings", get(settings::page))
        .route("/console/settings/password", post(settings::password))
        .route("/console/settings/codes", post(settings::codes))
        .route("/console/settings/second", post(settings::second))
        .route("/console/settings/everywhere", post(settings::everywhere))
        .route("/console/settings/key/options", post(settings::key_options))
        .route("/console/settings/key/passkey", post(settings::key_add))
        .route("/console/settings/key/remove", post(settings::key_remove))
        .route("/console/script.js", get(script))
        .route("/console/stories", get(stories::stories))
        .route("/console/stories/{name}", get(stories::story))
        .route("/console/{publisher}", get(home::overview))
        .route("/console/{publisher}/works", get(works::list))
        .route("/console/{publisher}/works/{content}", get(works::one))
        .route("/console/{publisher}/works/{content}/withdraw", post(works::withdraw))
        .route("/console/{publisher}/works/{content}/restore", post(works::restore))
        .route(
            "/console/{publisher}/drafts/{draft}",
            get(drafts::page).post(drafts::change),
        )
        .route("/console/{publisher}/drafts/{draft}/preview", get(drafts::preview))
        .route("/console/{publisher}/publish", get(upload::page))
        .route("/console/{publisher}/sales", get(money::sales))
        .route("/console/{publisher}/payouts", get(money::payouts).post(money::order))
        .route("/console/{publisher}/people", get(people::page))
        .route("/console/{publisher}/people/invite", post(people::invite))
        .route("/console/{publisher}/people/remove", post(people::remove))
        .route("/console/{publisher}/people/withdraw", post(people::withdraw))
        .layer(DefaultBodyLimit::max(FORM_MAX))
}

/// What takes as long as its bytes: uploads and exports.
pub(crate) fn streams() -> Router<Arc<Stall>> {
    let streams = Router::new()
        .route("/console/{publisher}/drafts", post(upload::file))
        .route(
            "/console/{publisher}/drafts/{draft}/own-preview",
            post(upload::own_preview),
        )
        .route("/console/{publisher}/sales.csv", get(export::csv))
        .route("/console/{publisher}/sales.json", get(export::json))
        .layer(DefaultBodyLimit::disable());
    Router::new()
        .nest("/en", streams.clone())
        .nest("/ja", streams.clone())
        .merge(streams)
}

const SCRIPT: &str = include_str!("script.js");

async fn script() -> Response {
    let mut response = lasting(SCRIPT.to_owned(), "text/javascript; charset=utf-8");
    // Its name does not follow from its content.
    response.headers_mut().insert(
        axum::http::header::CACHE_CONTROL,
        axum::http::HeaderValue::from_static("no-cache"),
    );
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_are_bound_to_a_name_also_on_this_machine() {
        assert_eq!(by_name("http://127.0.0.1:7404"), "http://localhost:7404");
        assert_eq!(by_name("https://shop.example"), "https://shop.example");
        assert_eq!(host("https://shop.example:444/x"), "shop.example");
        assert_eq!(host(&by_name("http://127.0.0.1:7404")), "localhost");
    }
}
