//! Carrier over HTTP: the protocol's verbs, an interface for its operator's programs, a console, and bills as pages and data.
//! Rules are in `carrier`.

mod api;
mod data;
mod desk;
mod drawn;
mod pages;
mod stories;

pub use api::{
    Assigned, Bills, Charged, EnterpriseLine, Entry, MonthState, NewEnterprise, NewPlan, NewService, NewSubscriber,
    NewTerms, Reconciled, Refunding, Subscriber, UsageBatch, UsageLine, UsageTaken,
};
pub use data::BillData;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use carrier::{Carrier, CarrierConfig};
use tokio::sync::watch;
use units::Span;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    config::Charging,
    office::Office,
    operator::Operators,
    pages::in_languages,
    running::{Parts, StartRefused, Surface},
    verbs::verbs,
};

/// The longest form, in bytes.
const FORM_MAX: usize = 16 << 10;

/// Who signs the pages.
#[derive(Debug, Clone)]
pub(crate) struct Sign {
    pub(crate) name: String,
    pub(crate) dev: bool,
    pub(crate) zone_minutes: i16,
    pub(crate) tax_number: String,
}

/// What a carrier's addresses answer from.
#[derive(Debug)]
pub(crate) struct Counter {
    pub(crate) office: Arc<Office<Carrier>>,
    pub(crate) operators: Operators,
    pub(crate) sign: Sign,
}

verbs!(Counter {
    /// Takes a card's charge, sealed to this carrier; answered by its word, paid or refused for ever, sealed to the card.
    charge "/v1/charge" Charge
    /// The carrier's bank says what came into its account; answered by nothing.
    credited "/v1/credited" Credited
    /// For which enterprises this carrier does not pay, as it signs it for wallets.
    not_paid "/v1/notpaid" NotPaid
});

/// The carrier's addresses for programs.
pub(crate) fn routes() -> OpenApiRouter<Arc<Counter>> {
    OpenApiRouter::new()
        .routes(routes!(charge))
        .routes(routes!(credited))
        .routes(routes!(not_paid))
        .merge(api::routes())
        .merge(data::routes())
}

/// Its pages.
fn site() -> Router<Arc<Counter>> {
    let pages = Router::new()
        .route("/bill/{link}", get(pages::bill))
        .route("/desk", get(desk::page))
        .route("/desk/bill", post(desk::bill))
        .route("/desk/assign", post(desk::assign))
        .route("/stories", get(pages::stories))
        .route("/stories/{name}", get(pages::story))
        .layer(DefaultBodyLimit::max(FORM_MAX));
    in_languages(get(pages::front), pages)
}

/// How a configuration wants to charge.
pub(crate) fn rules(set: &Charging, currency: units::Currency) -> CarrierConfig {
    let mut config = CarrierConfig::new(currency);
    config.bank = set.bank;
    config.by_file = set.by_file;
    config.registry = set.trust_registry;
    config.unlisted_up_to = set.unlisted_up_to;
    if let Some(prefix) = &set.bill_prefix {
        config.prefix.clone_from(prefix);
    }
    if let Some(number) = &set.tax_number {
        config.tax_number.clone_from(number);
    }
    config.zone_minutes = set.zone_minutes.unwrap_or(config.zone_minutes);
    config.tax_permille = set.tax_permille.unwrap_or(config.tax_permille);
    config.due_after = set.due_after_days.map_or(config.due_after, Span::days);
    config.content_limit = set.content_limit.unwrap_or(config.content_limit);
    config.pay_after = set.pay_after_seconds.map_or(config.pay_after, Span::seconds);
    let new = &mut config.new_enterprises;
    new.for_span = set.new_for_days.map_or(new.for_span, Span::days);
    new.delay = set.new_delay_days.map_or(new.delay, Span::days);
    new.cap = set.new_cap.unwrap_or(new.cap);
    config
}

/// Builds a carrier.
pub(crate) fn build(parts: Parts, stopped: &watch::Receiver<bool>) -> Result<Surface, StartRefused> {
    let desk = parts.desk()?;
    let config = rules(&parts.config.charging, desk.currency());
    let sign = Sign {
        name: parts.name.clone(),
        dev: parts.dev,
        zone_minutes: config.zone_minutes,
        tax_number: config.tax_number.clone(),
    };
    let office = Office::new(
        Carrier::new(parts.keys, desk, config),
        parts.store,
        parts.config.clock,
        parts.peers,
    );
    let counter = Arc::new(Counter {
        office: office.clone(),
        operators: Operators::new(parts.config.operator),
        sign,
    });
    let mut surface = Surface::new(routes(), counter.clone());
    surface.timed = surface.timed.merge(site().with_state(counter));
    Ok(surface.tended(office, stopped))
}
