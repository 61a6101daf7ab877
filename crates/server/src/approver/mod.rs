//! Approver over HTTP: the protocol's verbs, pages on which its users sign in and say yes or no, and a console for its people.
//! Rules are in `approver` (limits, holds, the bureau) and in `signin`. The shop's part of this program names nothing of
//! either.

mod api;
mod desk;
mod drawn;
mod enter;
mod mine;
mod money;
mod own;
mod pages;
mod person;
mod statement;
mod stories;

#[cfg(test)]
pub(crate) use stories::STORIES;

pub use api::{AtDesk, Limit, NewClerk, NewUser, User, Users};
pub use desk::DeskRole;
pub use money::{Filled, Moved, Owed, Sellers};

use std::sync::Arc;

use approver::{Approver, ApproverConfig, Bureau, Fallback, WhenSilent};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use signin::Gate;
use tokio::sync::{Semaphore, watch};
use units::Span;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    office::Office,
    operator::Operators,
    pages::in_languages,
    running::{Parts, StartRefused, Surface},
    verbs::verbs,
    ways::{self, Ways},
};

/// Passwords hashed at once: each takes 46 MiB.
const HASHING_MAX: usize = 4;
/// The longest form, in bytes.
const FORM_MAX: usize = 16 << 10;

/// Who signs the pages.
#[derive(Debug, Clone)]
pub(crate) struct Sign {
    pub(crate) name: String,
    pub(crate) dev: bool,
}

/// What an approver's addresses answer from.
#[derive(Debug)]
pub(crate) struct Counter {
    pub(crate) office: Arc<Office<Approver>>,
    pub(crate) operators: Operators,
    pub(crate) gate: Arc<Gate>,
    pub(crate) hashing: Semaphore,
    pub(crate) sign: Sign,
    pub(crate) secure: bool,
    /// Where its pages are, by name: passkeys do not work at a number.
    pub(crate) origin: String,
}

verbs!(Counter {
    /// A terminal asks its holder's approver to permit a purchase; answered by the number it waits under.
    approve "/v1/approve" Approve
    /// Fetches the answer to such a question, by its number: sealed to the terminal that asked.
    approval "/v1/approval" Approval
    /// Whoever settles asks permission, or says that it settled or gave up; answered by the approver's signed word.
    redeem "/v1/redeem" Redeem
});

/// The approver's addresses for programs.
pub(crate) fn routes() -> OpenApiRouter<Arc<Counter>> {
    OpenApiRouter::new()
        .routes(routes!(approve))
        .routes(routes!(approval))
        .routes(routes!(redeem))
        .merge(api::routes())
}

/// Its pages.
fn site() -> Router<Arc<Counter>> {
    let pages = Router::new()
        .route("/sign-in", get(enter::page).post(enter::by_password))
        .route("/sign-in/options", post(enter::options))
        .route("/sign-in/passkey", post(enter::by_key))
        .route("/second", get(enter::second).post(enter::second_by_code))
        .route("/second/options", post(enter::second_options))
        .route("/second/passkey", post(enter::second_by_key))
        .route("/again", get(enter::again).post(enter::again_by_password))
        .route("/again/options", post(enter::again_options))
        .route("/again/passkey", post(enter::again_by_key))
        .route("/sign-out", post(enter::sign_out))
        .route("/passkeys.js", get(enter::script))
        .route("/statement", get(statement::now))
        .route("/statement/{month}", get(statement::page))
        .route("/you", get(own::page))
        .route("/you/data", get(mine::page))
        .route("/you/data.json", get(mine::data))
        .route("/you/forget", post(mine::forget))
        .route("/you/password", post(own::password))
        .route("/you/codes", post(own::codes))
        .route("/you/second", post(own::second))
        .route("/you/everywhere", post(own::everywhere))
        .route("/you/key/options", post(own::key_options))
        .route("/you/key/passkey", post(own::key_add))
        .route("/you/key/remove", post(own::key_remove))
        .route("/approve/{id}", get(pages::ask).post(pages::answer))
        .route("/cancel", post(pages::cancel))
        .route("/dispute", post(pages::dispute))
        .route("/single", post(pages::single))
        .route("/desk", get(desk::page))
        .route("/desk/limit", post(desk::limit))
        .route("/desk/bill", post(desk::bill))
        .route("/desk/payout", post(desk::payout))
        .route("/desk/dispute", post(desk::dispute))
        .route("/desk/silent", post(desk::silent))
        .route("/stories", get(pages::stories))
        .route("/stories/{name}", get(pages::story))
        .layer(DefaultBodyLimit::max(FORM_MAX));
    in_languages(get(pages::account), pages)
}

impl Counter {
    /// The ways in of its users.
    pub(crate) fn ways(&self) -> Ways<'_, Approver> {
        Ways {
            office: &self.office,
            gate: &self.gate,
            hashing: &self.hashing,
        }
    }
}

/// How often ended sessions are swept.
const SWEEP: std::time::Duration = std::time::Duration::from_secs(600);

/// Sweeps what has ended, until the approver stops.
async fn tend(counter: Arc<Counter>, mut stopped: watch::Receiver<bool>) {
    while tokio::time::timeout(SWEEP, stopped.wait_for(|stop| *stop))
        .await
        .is_err()
    {
        let gate = counter.gate.clone();
        let swept = counter
            .office
            .commit::<_, store::Fault>(move |_, tx, now, _| gate.tend(tx, now))
            .await;
        if let Err(no) = swept {
            tracing::warn!(target: "keyfare::approver", code = no.code(), "ended sessions were not swept");
        }
    }
}

/// How long to wait before it is looked again whether everybody has told what became of approvals.
const RECALL: std::time::Duration = std::time::Duration::from_millis(500);

/// An approver that was put back asks everybody who settles what became of its approvals, and decides again when it knows. The
/// questions are errands: whoever does not answer is asked again.
async fn recall(office: Arc<Office<Approver>>, mut stopped: watch::Receiver<bool>) {
    let restored = office
        .look::<_, store::Fault>(|_, view, _| party::epoch::is_restored(view))
        .await;
    if restored.is_ok_and(|restored| !restored) {
        return;
    }
    let mut informed = office.informed();
    let known = tokio::select! {
        told = informed.wait_for(|informed| *informed) => told.is_ok(),
        _ = stopped.wait_for(|stop| *stop) => false,
    };
    if !known {
        return;
    }
    loop {
        let done = office
            .commit::<_, store::Fault>(|approver, tx, now, _| approver.recall(tx, now))
            .await;
        match done {
            Ok(true) => {
                let store = office.store.clone();
                let settled = tokio::task::spawn_blocking(move || party::epoch::settle(&store)).await;
                if matches!(settled, Ok(Ok(_))) {
                    return;
                }
            }
            Ok(false) => {}
            Err(no) => {
                tracing::warn!(target: "keyfare::approver", code = no.code(), "what was forgotten is not known yet");
            }
        }
        if tokio::time::timeout(RECALL, stopped.wait_for(|stop| *stop))
            .await
            .is_ok()
        {
            return;
        }
    }
}

/// Builds an approver.
pub(crate) fn build(parts: Parts, stopped: &watch::Receiver<bool>) -> Result<Surface, StartRefused> {
    let desk = parts.desk()?;
    let set = parts.config.approving;
    let mut config = ApproverConfig::new(desk.currency());
    config.bank = set.bank;
    config.bureau = set.bureau;
    config.wait = set.wait_seconds.map_or(config.wait, Span::seconds);
    config.part_permille = set.part_permille.unwrap_or(config.part_permille);
    config.pause_above = set.pause_above;
    config.inquiry_step = set.inquiry_step.unwrap_or(config.inquiry_step);
    config.prompts_a_minute = set.prompts_a_minute.unwrap_or(config.prompts_a_minute);
    if let (Some(each), Some(all)) = (set.unasked_each, set.unasked_all) {
        config.silent = WhenSilent::OwnRecord(Fallback { each, all });
    }
    let address = parts.address.trim_end_matches('/').to_owned();
    let (gate, origin) = ways::gate(
        &parts.keys.derive("server/people", &[]),
        (&parts.name, &address),
        set.cheap_passwords,
    );
    let office = Office::new(
        Approver::new(parts.keys, desk, config),
        parts.store,
        parts.config.clock,
        parts.peers,
    );
    let counter = Arc::new(Counter {
        office: office.clone(),
        operators: Operators::new(parts.config.operator),
        gate: Arc::new(gate),
        hashing: Semaphore::new(HASHING_MAX),
        sign: Sign {
            name: parts.name,
            dev: parts.dev,
        },
        secure: address.starts_with("https://"),
        origin,
    });
    let mut surface = Surface::new(routes(), counter.clone());
    surface.timed = surface.timed.merge(site().with_state(counter.clone()));
    let mut surface = surface.tended(office.clone(), stopped);
    surface.tasks.push(tokio::spawn(recall(office, stopped.clone())));
    surface.tasks.push(tokio::spawn(tend(counter, stopped.clone())));
    Ok(surface)
}

/// The bureau behind HTTP.
pub(crate) mod bureau {
    use super::{Arc, Bureau, Office, OpenApiRouter, Operators, Parts, StartRefused, Surface, routes, verbs, watch};
    use axum::{extract::State, http::HeaderMap};
    use serde::{Deserialize, Serialize};

    use crate::{
        frame::{Json, Problem, problem::Document},
        money::Amount,
    };

    /// What a bureau's addresses answer from.
    #[derive(Debug)]
    pub(crate) struct Files {
        pub(crate) office: Arc<Office<Bureau>>,
        operators: Operators,
    }

    verbs!(Files {
        /// An approver asks whether a person pays, by a file number; answered by the bureau's signed word.
        inquire "/v1/inquire" Inquire
    });

    /// What a bureau is to know of somebody.
    #[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
    #[serde(deny_unknown_fields)]
    pub struct File {
        /// The file's number, as the approver has it.
        pub file: String,
        /// Up to how much this person is good for.
        pub up_to: Amount,
    }

    /// Notes up to how much somebody is good for. The operator's.
    #[utoipa::path(post, path = "/v1/files", tag = "operator", request_body = File,
        responses((status = 200, body = File),
            (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
    async fn note(
        State(files): State<Arc<Files>>,
        headers: HeaderMap,
        Json(file): Json<File>,
    ) -> Result<Json<File>, Problem> {
        files.operators.check(&headers)?;
        let number: units::ApprovalId = file.file.parse().map_err(|_| Problem::nothing_here())?;
        let up_to = file.up_to.money(party::Party::desk(&*files.office.party).currency())?;
        files
            .office
            .commit::<_, store::Fault>(move |bureau, tx, now, _| bureau.note(tx, number.0, up_to, now))
            .await?;
        Ok(Json(file))
    }

    /// The bureau's addresses.
    pub(crate) fn addresses() -> OpenApiRouter<Arc<Files>> {
        OpenApiRouter::new().routes(routes!(inquire)).routes(routes!(note))
    }

    /// Builds a bureau.
    pub(crate) fn build(parts: Parts, stopped: &watch::Receiver<bool>) -> Result<Surface, StartRefused> {
        let desk = parts.desk()?;
        let bureau = Bureau::new(parts.keys, desk);
        let office = Office::new(bureau, parts.store, parts.config.clock, parts.peers);
        let files = Files {
            office: office.clone(),
            operators: Operators::new(parts.config.operator),
        };
        Ok(Surface::new(addresses(), Arc::new(files)).tended(office, stopped))
    }
}
