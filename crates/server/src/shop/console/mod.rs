//! The publisher's console: pages for those who publish here, behind a sign-in. Rules are in `party::shop` (what the console
//! keeps, what a role may do) and in `signin`; previews and packages are made by `publisher`, files of strangers are looked
//! into by a fenced process.
//!
//! Every page works without a script; the one script adds passkeys and an upload's progress.

mod account;
mod api;
mod drafts;
mod enter;
mod export;
mod fares;
mod form;
mod frame;
mod home;
mod hooks;
mod invited;
mod jobs;
mod keeper;
mod keys;
mod media;
mod money;
mod offers;
mod people;
mod rebates;
mod settings;
mod staff;
mod stories;
mod upload;
mod vouchers;
mod works;

#[cfg(test)]
pub(crate) use stories::STORIES;

pub use api::{Invited, ToInvite};
pub(super) use export::sale_json;

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
use signin::Gate;
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
    /// What is being worked on in this process. Only for the eye: what counts stands in the draft.
    pub(crate) jobs: Mutex<BTreeMap<DraftNo, jobs::Job>>,
    /// Where its pages are, by name: passkeys do not work at a number.
    pub(crate) origin: String,
    pub(crate) secure: bool,
}

impl Console {
    /// The console of the shop called `name` at `address`, with files under `dir`.
    pub(crate) fn new(
        settings: ConsoleSettings,
        secret: &Secret,
        (name, address): (&str, &str),
        dir: PathBuf,
    ) -> std::io::Result<Self> {
        let (gate, origin) = crate::ways::gate(secret, (name, address), settings.cheap_passwords);
        std::fs::create_dir_all(&dir)?;
        Ok(Self {
            gate: Arc::new(gate),
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

impl Stall {
    /// The ways in of those who publish here.
    pub(crate) fn ways(&self) -> crate::ways::Ways<'_, party::shop::Shop> {
        crate::ways::Ways {
            office: &self.office,
            gate: &self.console.gate,
            hashing: &self.console.hashing,
        }
    }
}

/// How often ended sessions are swept.
const SWEEP: std::time::Duration = std::time::Duration::from_secs(600);

/// Sweeps what has ended, until the shop stops.
pub(crate) async fn tend(shop: Arc<Stall>, mut stopped: tokio::sync::watch::Receiver<bool>) {
    // At once after a start too: what ended while it stood still.
    let mut pause = std::time::Duration::ZERO;
    while tokio::time::timeout(pause, stopped.wait_for(|stop| *stop))
        .await
        .is_err()
    {
        pause = SWEEP;
        let gate = shop.console.gate.clone();
        let swept = shop
            .office
            .commit::<_, store::Fault>(move |_, tx, now, _| gate.tend(tx, now))
            .await;
        note("ended sessions were not swept", swept.err());
        note("what is kept for a time was not swept", let_go(&shop).await.err());
    }
}

fn note(what: &str, no: Option<crate::frame::Problem>) {
    if let Some(no) = no {
        tracing::warn!(target: "keyfare::console", code = no.code(), "{what}");
    }
}

/// Drafts dropped in one sweep.
const DROP_MAX: usize = 100;

/// Drafts that nobody publishes, with their files, accounts without a role, and what publishers' programs were told go when
/// their time is over.
pub(crate) async fn let_go(shop: &Arc<Stall>) -> Result<(), crate::frame::Problem> {
    let keeping = shop.keeping;
    let (drafts, people) = (
        units::Span::days(keeping.drafts_days),
        units::Span::days(keeping.people_days),
    );
    let old = shop
        .office
        .look::<_, store::Fault>(move |party, view, now| party.old_drafts(view, now.less(drafts), DROP_MAX))
        .await?;
    for (publisher, no) in old {
        if shop.console.working(no).is_some() {
            continue;
        }
        shop.office
            .commit::<_, store::Fault>(move |party, tx, _, _| party.drop_draft(tx, publisher, no))
            .await?;
        let _ = tokio::fs::remove_dir_all(shop.console.room(no)).await; // what stays only takes room
    }
    let told = units::Span::days(keeping.hooks_days);
    let sweep = move |party: &party::shop::Shop, tx: &mut dyn store::Tx, now: units::Moment, _: &seal::Seed| {
        party.sweep_hooks(tx, now.less(told))
    };
    while shop.office.commit::<_, store::Fault>(sweep).await? {}
    let gate = shop.console.gate.clone();
    shop.office
        .commit::<_, store::Fault>(move |_, tx, now, _| gate.forget_unused(tx, now.less(people), DROP_MAX))
        .await?;
    Ok(())
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
        .route("/console/invited/{token}/join", post(invited::join))
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
        .route("/console/settings/data", get(account::page))
        .route("/console/settings/data.json", get(account::data))
        .route("/console/settings/forget", post(account::forget))
        .route("/console/shop", get(keeper::page))
        .route("/console/shop/take-in", post(keeper::take_in))
        .route("/console/shop/ask", post(keeper::ask))
        .route("/console/shop/admit", post(keeper::admit))
        .route("/console/shop/turn-away", post(keeper::turn_away))
        .route("/console/shop/allow", post(keeper::allow))
        .route("/console/shop/leave", post(keeper::leave))
        .route("/console/script.js", get(script))
        .route("/console/stories", get(stories::stories))
        .route("/console/stories/{name}", get(stories::story))
        .route("/console/{publisher}", get(home::overview))
        .route("/console/{publisher}/works", get(works::list))
        .route("/console/{publisher}/media", get(media::page).post(media::bring))
        .route("/console/{publisher}/media/order", post(media::order))
        .route("/console/{publisher}/media/{no}/order", get(media::order_file))
        .route("/console/{publisher}/works/{content}", get(works::one))
        .route(
            "/console/{publisher}/works/{content}/offers/{offer}",
            get(offers::page).post(offers::change),
        )
        .route(
            "/console/{publisher}/works/{content}/offers/{offer}/stop",
            post(offers::stop),
        )
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
        .route("/console/{publisher}/fares", get(fares::page))
        .route("/console/{publisher}/rebates", get(rebates::page).post(rebates::save))
        .route(
            "/console/{publisher}/vouchers",
            get(vouchers::page).post(vouchers::make),
        )
        .route("/console/{publisher}/vouchers/{no}", get(vouchers::sheet))
        .route("/console/{publisher}/people", get(people::page))
        .route("/console/{publisher}/people/invite", post(people::invite))
        .route("/console/{publisher}/people/remove", post(people::remove))
        .route("/console/{publisher}/people/withdraw", post(people::withdraw))
        .route("/console/{publisher}/keys", get(keys::page).post(keys::make))
        .route("/console/{publisher}/keys/end", post(keys::end))
        .route("/console/{publisher}/hooks", get(hooks::page).post(hooks::add))
        .route("/console/{publisher}/hooks/roll", post(hooks::roll))
        .route("/console/{publisher}/hooks/test", post(hooks::test))
        .route("/console/{publisher}/hooks/remove", post(hooks::remove))
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
        .route("/console/{publisher}/fares.csv", get(fares::csv))
        .route("/console/{publisher}/fares.json", get(fares::json))
        .layer(DefaultBodyLimit::disable());
    Router::new()
        .nest("/en", streams.clone())
        .nest("/ja", streams.clone())
        .merge(streams)
}

async fn script() -> Response {
    let mut response = lasting(crate::ways::SCRIPT.to_owned(), "text/javascript; charset=utf-8");
    // Its name does not follow from its content.
    response.headers_mut().insert(
        axum::http::header::CACHE_CONTROL,
        axum::http::HeaderValue::from_static("no-cache"),
    );
    response
}
