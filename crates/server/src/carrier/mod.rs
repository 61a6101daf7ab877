//! Carrier over HTTP: the protocol's verbs, an interface for its operator's programs, a console, and bills as pages and data.
//! Rules are in `carrier`.

mod api;
pub(crate) mod camara;
mod data;
mod desk;
mod drawn;
mod hands;
mod own;
mod pages;
mod pdf;
mod sheet;
mod stories;

#[cfg(test)]
pub(crate) use stories::STORIES;

pub use api::{
    Assigned, Bills, Charged, EnterpriseLine, Entry, MonthState, NewApart, NewEnterprise, NewLimit, NewPlan,
    NewService, NewSubscriber, NewTerms, NewWallet, Reconciled, Refunding, Subscriber, UsageBatch, UsageLine,
    UsageTaken,
};
pub use data::BillData;
pub use hands::{ActLine, Deciding, ProposalLine, Waiting};
pub use own::{AboutSubscriber, MerchantLine, TermsFrom};

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
    online::{Online, online},
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
    /// Where it answers.
    pub(crate) address: String,
    /// Whoever loads purses on line.
    pub(crate) online: Online,
}

online!(Counter);
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
        .routes(routes!(load_online))
        .routes(routes!(look_online))
        .routes(routes!(back_online))
        .merge(api::routes())
        .merge(data::routes())
        .merge(own::routes())
        .merge(hands::routes())
        .merge(camara::account::routes())
        .merge(camara::token_routes())
}

/// Its pages.
fn site() -> Router<Arc<Counter>> {
    let pages = Router::new()
        .route("/bill/{link}", get(pages::bill))
        .route("/bill/{link}/bill.pdf", get(data::pdf))
        .route(
            "/consent/{link}",
            get(camara::consent_page).post(camara::consent_answer),
        )
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
    config.alone_up_to = set.alone_up_to;
    config.content_limit = set.content_limit.unwrap_or(config.content_limit);
    config.pay_after = set.pay_after_seconds.map_or(config.pay_after, Span::seconds);
    let new = &mut config.new_enterprises;
    new.for_span = set.new_for_days.map_or(new.for_span, Span::days);
    new.delay = set.new_delay_days.map_or(new.delay, Span::days);
    new.cap = set.new_cap.unwrap_or(new.cap);
    new.reserve_permille = set.new_reserve_permille.unwrap_or(new.reserve_permille);
    let merchants = &mut config.merchants;
    merchants.reserve_for = set.reserve_seconds.map_or(merchants.reserve_for, Span::seconds);
    merchants.code_from = set.code_from;
    merchants.payment_max = set.payment_max;
    merchants.review_from = set.review_refunds_from;
    merchants.refund_within = set.refund_within_days.map_or(merchants.refund_within, Span::days);
    merchants.refunds_limit = set.refunds_limit;
    config
}

/// Builds a carrier.
pub(crate) fn build(parts: Parts, stopped: &watch::Receiver<bool>) -> Result<Surface, StartRefused> {
    let desk = parts.desk()?;
    let mut config = rules(&parts.config.charging, desk.currency());
    config.centre = crate::online::config(&parts.config.deposit, desk.currency())?;
    let online = Online::new(&parts);
    let sinks = camara::Sinks::new(parts.config.private_peers, parts.config.charging.sink_roots.as_deref())?;
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
    let others = parts.config.charging.operators.iter();
    let others = others.map(|one| (one.name.clone(), one.sha256));
    let counter = Arc::new(Counter {
        office: office.clone(),
        operators: Operators::new(parts.config.operator).and(others),
        sign,
        address: parts.address,
        online,
    });
    let told = tokio::spawn(camara::notify(counter.clone(), sinks, stopped.clone()));
    let mut surface = Surface::new(routes(), counter.clone());
    surface.timed = surface.timed.merge(site().with_state(counter.clone()));
    surface.timed = surface.timed.merge(camara::site().with_state(counter));
    surface.tasks.push(told);
    Ok(surface.tended(office, stopped))
}
