//! Kiosk over HTTP: what a machine that takes fares has, and screens at which people order from its centre (ST-19).
//!
//! One kiosk server has many screens, and many kiosks may have one centre. A screen asks; the centre quotes; the visitor's own
//! wallet pays the centre, over the network or over this kiosk, which carries sealed messages and understands none of them.

mod centre;
mod drawn;
mod pages;
mod stories;

#[cfg(test)]
pub(crate) use stories::STORIES;

use std::sync::Arc;

use axum::routing::{get, post};
use party::machine::{Machine, MachineConfig};
use tokio::sync::watch;
use units::PartyId;

use crate::{
    machine,
    office::Office,
    pages::in_languages,
    running::{Parts, StartRefused, Surface},
    touch::Sign,
};

/// How many screens a kiosk has, unless said otherwise.
const SCREENS: u16 = 4;

/// What its screens answer from.
pub(crate) struct Hall {
    pub(crate) office: Arc<Office<Machine>>,
    pub(crate) sign: Sign,
    centre: Option<PartyId>,
    deposit: Option<PartyId>,
    screens: u16,
}

impl core::fmt::Debug for Hall {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Hall")
    }
}

/// Builds a kiosk.
pub(crate) fn build(parts: Parts, stopped: &watch::Receiver<bool>) -> Result<Surface, StartRefused> {
    let desk = parts.desk()?;
    let set = parts.config.kiosk;
    let sign = Sign {
        name: parts.name,
        id: parts.keys.id(),
        dev: parts.dev,
        wallet: parts.config.wallet,
        address: parts.address,
    };
    let machine = Machine::new(parts.keys, desk, MachineConfig::kiosk());
    let office = Office::new(machine, parts.store, parts.config.clock, parts.peers);
    let hall = Arc::new(Hall {
        office: office.clone(),
        sign,
        centre: set.centre,
        deposit: set.deposit,
        screens: set.screens.unwrap_or(SCREENS).max(1),
    });
    let slot = Arc::new(machine::Slot { office: office.clone() });
    let screens = axum::Router::new()
        .route("/k", get(pages::first))
        .route("/k/{screen}", get(pages::home))
        .route("/k/{screen}/works", get(pages::works))
        .route("/k/{screen}/works/{content}", get(pages::work))
        .route("/k/{screen}/orders", post(pages::take))
        .route("/k/{screen}/orders/{order}", get(pages::order))
        .route("/stories", get(pages::stories))
        .route("/stories/{name}", get(pages::story));
    let site = in_languages(get(pages::first), screens).with_state(hall);
    let mut surface = Surface::new(machine::passing(), slot).tended(office, stopped);
    surface.timed = surface.timed.merge(site);
    Ok(surface)
}
