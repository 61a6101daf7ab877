//! Collector over HTTP: cards bring home what they hold in escrow.

use std::sync::Arc;

use party::collector::{Collector, CollectorConfig};
use tokio::sync::watch;
use units::Span;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    office::Office,
    running::{Parts, StartRefused, Surface},
    verbs::verbs,
};

/// How long a quote is good.
const QUOTE_LIFE: Span = Span::minutes(15);

/// What the collector's addresses answer from.
#[derive(Debug)]
pub(crate) struct Tray {
    pub(crate) office: Arc<Office<Collector>>,
}

verbs!(Tray {
    /// Asks to hand in escrow of a publisher; answered by a quote sealed to the asker. Writes nothing.
    ask "/v1/ask" Ask
    /// Hands it in; answered by the decision, the same bytes however often it is asked.
    pay "/v1/pay" Pay
    /// Says that a decision has arrived.
    done "/v1/done" Done
});

/// The collector's addresses.
pub(crate) fn routes() -> OpenApiRouter<Arc<Tray>> {
    OpenApiRouter::new()
        .routes(routes!(ask))
        .routes(routes!(pay))
        .routes(routes!(done))
}

/// Builds a collector.
pub(crate) fn build(parts: Parts, stopped: &watch::Receiver<bool>) -> Result<Surface, StartRefused> {
    let desk = parts.desk()?;
    let selling = &parts.config.selling;
    let issuer = selling
        .issuer
        .ok_or(StartRefused::Missing("selling.issuer", "collector"))?;
    let config = CollectorConfig {
        issuer,
        payees: selling.payees.clone(),
        quote_life: QUOTE_LIFE,
    };
    let office = Office::new(
        Collector::new(parts.keys, desk, config),
        parts.store,
        parts.config.clock,
        parts.peers,
    );
    Ok(Surface::new(routes(), Arc::new(Tray { office: office.clone() })).tended(office, stopped))
}
