//! Support centre over HTTP: requests of holders, locked copies to be unlocked, and a console for its people.

mod drawn;
mod own;
mod page;
mod requests;
mod stories;
mod unlocked;

#[cfg(test)]
pub(crate) use stories::STORIES;

pub use own::OwnRequest;
pub use requests::{Answer, Line, Noted, One, Requests};
pub use unlocked::{Cash, CashOrder, Owed, Row, Rows, Said, SendOrder};

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};
use party::support::{Support, SupportConfig};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use units::PartyId;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    frame::{Json, Named, Problem, problem::Document},
    office::Office,
    operator::Operators,
    pages::in_languages,
    running::{Parts, StartRefused, Surface},
    verbs::{pays, verbs},
};

/// What a centre's addresses answer from.
#[derive(Debug)]
pub(crate) struct Centre {
    pub(crate) office: Arc<Office<Support>>,
    pub(crate) operators: Operators,
    pub(crate) sign: drawn::Sign,
    /// For how long words and logs of requests are kept.
    pub(crate) keep_days: u64,
}

verbs!(Centre {
    /// A holder's request for help, sealed to this desk; answered with advice or a repair, the same however often it is asked.
    support "/v1/support" Support
    /// Says that a decision has arrived.
    done "/v1/done" Done
});
pays!(Centre);

/// Whose works a centre helps with.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Serves {
    /// The publisher.
    pub publisher: String,
    /// The centre's name, as certified.
    pub name: String,
}

/// Does this centre help with works of a publisher? Not found: it does not.
#[utoipa::path(get, path = "/v1/serves/{publisher}", tag = "about",
    params(("publisher" = String, Path, description = "The publisher's id")),
    responses((status = 200, body = Serves),
        (status = 404, body = Document, content_type = "application/problem+json", description = "Not its works")))]
async fn serves(
    axum::extract::State(centre): axum::extract::State<Arc<Centre>>,
    Named(publisher): Named<PartyId>,
) -> Result<Json<Serves>, Problem> {
    if !centre.office.party.serves(publisher) {
        return Err(Problem::nothing_here());
    }
    Ok(Json(Serves {
        publisher: publisher.to_string(),
        name: centre.sign.name.clone(),
    }))
}

/// The centre's addresses for programs.
pub(crate) fn routes() -> OpenApiRouter<Arc<Centre>> {
    OpenApiRouter::new()
        .routes(routes!(support))
        .routes(routes!(ask))
        .routes(routes!(pay))
        .routes(routes!(done))
        .routes(routes!(serves))
        .merge(requests::routes())
        .merge(own::routes())
        .merge(unlocked::routes())
}

/// Its pages, for operators.
fn console() -> Router<Arc<Centre>> {
    let pages = Router::new()
        .route("/unlocked", get(page::unlocked))
        .route("/unlocked/cash", post(page::cash))
        .route("/unlocked/send", post(page::send))
        .route("/requests/{id}", get(page::one).post(page::answer))
        .route("/stories", get(page::stories))
        .route("/stories/{name}", get(page::story));
    in_languages(get(page::list), pages)
}

/// Builds a centre.
pub(crate) fn build(parts: Parts, stopped: &watch::Receiver<bool>) -> Result<Surface, StartRefused> {
    let desk = parts.desk()?;
    let helping = parts
        .config
        .helping
        .ok_or(StartRefused::Missing("helping", "support centre"))?;
    let config = SupportConfig {
        keep: units::Span::days(parts.config.keeping.help_days),
        ..SupportConfig::new(helping.issuer, helping.bank, helping.publishers)
    };
    let entrusted = parts.config.entrusted;
    let office = Office::new(
        Support::new(parts.keys, desk, config).entrusted(&entrusted),
        parts.store,
        parts.config.clock,
        parts.peers,
    );
    let centre = Arc::new(Centre {
        office: office.clone(),
        operators: Operators::new(parts.config.operator),
        sign: drawn::Sign {
            name: parts.name,
            dev: parts.dev,
        },
        keep_days: parts.config.keeping.help_days,
    });
    let mut surface = Surface::new(routes(), centre.clone());
    surface.timed = surface.timed.merge(console().with_state(centre));
    Ok(surface.tended(office, stopped))
}
