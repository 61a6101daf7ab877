//! Machine over HTTP: a cash machine, kiosk or counter. Its reader's program asks for standing orders, hands over what the
//! card pays, and gives the card back.

use std::sync::Arc;

use party::machine::{Machine, MachineConfig};
use tokio::sync::watch;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    config::Role,
    office::Office,
    running::{Parts, StartRefused, Surface},
    verbs::verbs,
};

/// What a machine's addresses answer from.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) office: Arc<Office<Machine>>,
}

verbs!(Slot {
    /// Standing orders the machine holds: CBOR array of `[payee, until, open quote]`. The body is empty.
    standing "/v1/standing" Standing
    /// Takes a card's payment for a publisher. Answered by the collector's decision, or by nothing when the card is to be
    /// given back first; delivered, once, whatever happens to the machine.
    hand "/v1/hand" Hand
});

verbs!(Slot {
    /// Takes a card's sealed message for somebody of this realm: CBOR `[to, verb, message]`. Answered by what he has answered; until
    /// then it is kept and passed on, once, and the same message again is answered with what came back.
    leave "/v1/leave" Leave
});

/// The machine's addresses.
pub(crate) fn routes() -> OpenApiRouter<Arc<Slot>> {
    OpenApiRouter::new().routes(routes!(standing)).routes(routes!(hand))
}

/// The same, and what a kiosk passes on.
pub(crate) fn passing() -> OpenApiRouter<Arc<Slot>> {
    routes().routes(routes!(leave))
}

/// Builds a machine.
pub(crate) fn build(parts: Parts, stopped: &watch::Receiver<bool>) -> Result<Surface, StartRefused> {
    let desk = parts.desk()?;
    let config = match parts.config.role {
        Role::Atm => MachineConfig::atm(),
        _ => MachineConfig::counter(),
    };
    let machine = Machine::new(parts.keys, desk, config);
    let office = Office::new(machine, parts.store, parts.config.clock, parts.peers);
    let slot = Slot { office: office.clone() };
    Ok(Surface::new(routes(), Arc::new(slot)).tended(office, stopped))
}
