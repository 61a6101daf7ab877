//! The settlement server over HTTP: shops hand in their sales with an approval; it answers settled or not.

use std::sync::Arc;

use party::settlement::{Deliver, SettlementConfig, SettlementServer};
use tokio::sync::watch;
use units::Span;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    config::Settling,
    office::Office,
    running::{Parts, StartRefused, Surface},
    verbs::verbs,
};

/// What its addresses answer from.
#[derive(Debug)]
pub(crate) struct Till {
    pub(crate) office: Arc<Office<SettlementServer>>,
}

verbs!(Till {
    /// Takes a shop's sale with the approval its buyer brought; answered by the server's signed word, settled or not.
    settle "/v1/settle" Settle
    /// An approver that was put back asks what became of its approvals; answered by a signed page, each with the approval itself.
    recall "/v1/recall" Recall
});

/// Its addresses.
pub(crate) fn routes() -> OpenApiRouter<Arc<Till>> {
    OpenApiRouter::new().routes(routes!(settle)).routes(routes!(recall))
}

/// How a configuration wants to settle.
pub(crate) fn rules(set: &Settling) -> SettlementConfig {
    let usual = SettlementConfig::default();
    SettlementConfig {
        wait: set.wait_seconds.map_or(usual.wait, Span::seconds),
        deliver: if set.after_charge {
            Deliver::After
        } else {
            Deliver::Before
        },
    }
}

/// Builds a settlement server.
pub(crate) fn build(parts: Parts, stopped: &watch::Receiver<bool>) -> Result<Surface, StartRefused> {
    let desk = parts.desk()?;
    let config = rules(&parts.config.settling);
    let server = SettlementServer::new(parts.keys, desk, config, parts.config.settling.shops);
    let office = Office::new(server, parts.store, parts.config.clock, parts.peers);
    let till = Till { office: office.clone() };
    Ok(Surface::new(routes(), Arc::new(till)).tended(office, stopped))
}
