//! Collector over HTTP: cards bring home what they hold in escrow, machines bring it for them, and the publisher sees what
//! came.

mod drawn;
mod fares;
mod files;

#[cfg(test)]
pub(crate) use fares::STORIES;

pub(crate) use fares::{Behalf, way};
pub use files::{Counted, Fare, Fares, Promised, Rebates, StillOut, Titled, WorkFares};

use std::sync::Arc;

use axum::{Router, routing::get};
use party::{
    Party as _, PartyKeys,
    collector::{Collector, CollectorConfig, Rebate},
};
use seal::Secret;
use tokio::sync::watch;
use units::{Currency, PartyId};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    config::{Config, Keys, Selling},
    office::Office,
    operator::Operators,
    pages::in_languages,
    running::{Parts, StartRefused, Surface},
    verbs::verbs,
};

/// What the collector's addresses answer from.
#[derive(Debug)]
pub(crate) struct Tray {
    pub(crate) office: Arc<Office<Collector>>,
    pub(crate) operators: Operators,
    sign: fares::Sign,
    /// Whose fares the page shows.
    payee: PartyId,
}

impl Tray {
    fn currency(&self) -> Currency {
        self.office.party.desk().currency()
    }
}

verbs!(Tray {
    /// Asks to hand in escrow of a publisher; answered by a quote sealed to the asker. Writes nothing.
    ask "/v1/ask" Ask
    /// Hands it in; answered by the decision, the same bytes however often it is asked.
    pay "/v1/pay" Pay
    /// Says that a decision has arrived.
    done "/v1/done" Done
    /// Asks for a standing order: a quote that any card may pay until its date. Writes nothing.
    standing "/v1/standing" Standing
    /// A machine brings a card's payment; answered by the decision, sealed to the card.
    bring "/v1/bring" Bring
    /// The issuer tells what is still out.
    outstanding "/v1/outstanding" Outstanding
    /// The issuer passes on what cards claim to have bought; answered by what the publisher finds under its seal.
    facts "/v1/facts" Facts
    /// A seller asks whether it may take a coupon that was given for fares; answered by a signed word.
    coupon "/v1/coupon" Coupon
});

/// The collector's addresses for programs.
pub(crate) fn routes() -> OpenApiRouter<Arc<Tray>> {
    OpenApiRouter::new()
        .routes(routes!(ask))
        .routes(routes!(pay))
        .routes(routes!(done))
        .routes(routes!(standing))
        .routes(routes!(bring))
        .routes(routes!(outstanding))
        .routes(routes!(facts))
        .routes(routes!(coupon))
        .routes(routes!(files::json))
        .routes(routes!(files::csv))
        .routes(routes!(files::title))
        .routes(routes!(files::rebates))
        .routes(routes!(files::promise))
}

/// Its pages, for the publisher's people.
fn site() -> Router<Arc<Tray>> {
    let pages = Router::new()
        .route("/fares", get(fares::fares))
        .route("/stories", get(fares::stories))
        .route("/stories/{name}", get(fares::story));
    in_languages(get(fares::front), pages)
}

fn rebates(selling: &Selling) -> Result<Vec<Rebate>, StartRefused> {
    let lines = selling.rebates.iter();
    lines
        .map(|line| {
            line.rebate()
                .ok_or(StartRefused::Missing("selling.rebates.path", "collector"))
        })
        .collect()
}

/// Its publisher's own keys, if they are entrusted to it.
fn publisher(config: &Config) -> Result<Option<PartyKeys>, StartRefused> {
    let load = |keys: &Keys| {
        let secret = Secret::new(*keys.secret.expose());
        PartyKeys::load(secret, config.realm.id(), keys.certificate.clone())
    };
    Ok(config.publisher.as_ref().map(load).transpose()?)
}

/// Builds a collector.
pub(crate) fn build(parts: Parts, stopped: &watch::Receiver<bool>) -> Result<Surface, StartRefused> {
    let (desk, publisher) = (parts.desk()?, publisher(&parts.config)?);
    let id = parts.keys.id();
    let selling = &parts.config.selling;
    let issuer = selling
        .issuer
        .ok_or(StartRefused::Missing("selling.issuer", "collector"))?;
    let payees = if selling.payees.is_empty() {
        vec![id]
    } else {
        selling.payees.clone()
    };
    let config = CollectorConfig {
        rebates: rebates(selling)?,
        ..CollectorConfig::new(issuer, payees.clone())
    };
    let operators = Operators::new(parts.config.operator);
    let sign = fares::Sign {
        name: parts.name,
        id,
        dev: parts.dev,
    };
    let collector = Collector::new(parts.keys, desk, config);
    let office = Office::new(
        match publisher {
            Some(keys) => collector.opening(keys),
            None => collector,
        },
        parts.store,
        parts.config.clock,
        parts.peers,
    );
    let tray = Arc::new(Tray {
        office: office.clone(),
        operators,
        sign,
        payee: payees.first().copied().unwrap_or(id),
    });
    let mut surface = Surface::new(routes(), tray.clone());
    surface.timed = surface.timed.merge(site().with_state(tray));
    Ok(surface.tended(office, stopped))
}
