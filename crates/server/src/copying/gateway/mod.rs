//! The gateway: where customers have accounts, players ask, and media are paid for. It passes sealed questions on over a
//! private link, reads neither them nor their answers, and charges once for each key that is delivered (CM-9).

mod api;
mod carry;
mod desk;
mod drawn;
mod pages;
mod stories;

#[cfg(test)]
pub(crate) use stories::STORIES;

pub use api::{AboutCustomer, Charged, Credit, NewCustomer, PayIn, Standing, Terms as TermsSheet};

use std::sync::{Arc, RwLock};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use copying::gateway::{Gateway, GatewaySettings};
use tokio::sync::watch;
use utoipa_axum::router::OpenApiRouter;

use super::{FORM_MAX, Sign, enter::Doorway, link::LinkClient, link::Terms};
use crate::{
    office::Office,
    operator::Operators,
    pages::in_languages,
    running::{Parts, StartRefused, Surface},
};

/// What the gateway's addresses answer from.
#[derive(Debug)]
pub(crate) struct Till {
    pub(crate) office: Arc<Office<Gateway>>,
    pub(crate) operators: Operators,
    pub(crate) door: Doorway,
    pub(crate) link: LinkClient,
    pub(crate) sign: Sign,
    /// What the server said last of what a registration needs: a copy, fetched again and again.
    pub(crate) terms: RwLock<Option<Terms>>,
}

impl Till {
    /// What a registration needs, as far as the server was heard.
    pub(crate) async fn terms(&self) -> Option<Terms> {
        let kept = *self.terms.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        match kept {
            Some(terms) => Some(terms),
            None => self.ask_terms().await,
        }
    }
    /// Asks for them.
    async fn ask_terms(&self) -> Option<Terms> {
        let server = self.office.party.settings().server;
        let heard = self.link.terms().await.filter(|terms| terms.server == server)?;
        *self.terms.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(heard);
        Some(heard)
    }
}

/// Its pages.
fn site() -> Router<Arc<Till>> {
    let pages = Router::new()
        .route("/sign-in", get(pages::enter).post(pages::by_password))
        .route("/sign-out", post(pages::sign_out))
        .route("/account.json", get(pages::data))
        .route("/forget", post(pages::forget))
        .route("/register", get(pages::register).post(pages::typed))
        .route("/carry", get(pages::carry).post(pages::carried))
        .route("/answers/{name}", get(pages::answer))
        .route("/desk", get(desk::page))
        .route("/desk/customers", post(desk::open))
        .route("/desk/pay-ins", post(desk::pay_in))
        .route("/desk/settle", post(desk::settle))
        .route("/stories", get(pages::stories))
        .route("/stories/{name}", get(pages::story))
        .layer(DefaultBodyLimit::max(FORM_MAX));
    in_languages(get(pages::account), pages)
}

/// The description of its interface.
pub(crate) fn described() -> utoipa::openapi::OpenApi {
    let routes: OpenApiRouter<Arc<Till>> = api::routes();
    routes.split_for_parts().1
}

/// Builds a gateway.
pub(crate) fn build(parts: Parts, stopped: &watch::Receiver<bool>) -> Result<Surface, StartRefused> {
    let missing = |what| StartRefused::Missing(what, "gateway");
    let desk = parts.desk()?;
    let set = &parts.config.copying;
    let settings = GatewaySettings {
        server: set.server.ok_or(missing("server"))?,
        bank: set.bank.ok_or(missing("bank"))?,
        permille: set.permille,
    };
    let files = set.link.as_ref().ok_or(missing("link"))?;
    let link = set.link_address.as_deref().ok_or(missing("link_address"))?;
    let link = LinkClient::new(link, files)?;
    let address = parts.address.trim_end_matches('/').to_owned();
    let secret = parts.keys.derive("server/people", &[]);
    let (gate, origin) = crate::ways::gate(&secret, (&parts.name, &address), set.cheap_passwords);
    let office = Office::new(
        Gateway::new(parts.keys, desk, settings),
        parts.store,
        parts.config.clock,
        parts.peers,
    );
    let till = Arc::new(Till {
        office: office.clone(),
        operators: Operators::new(parts.config.operator),
        door: Doorway::new(gate, &origin, "keyfare_gateway", "keyfare_gateway_known"),
        link,
        sign: Sign {
            name: parts.name,
            dev: parts.dev,
        },
        terms: RwLock::default(),
    });
    let mut surface = Surface::new(api::routes(), till.clone());
    surface.timed = surface.timed.merge(site().with_state(till.clone()));
    surface.tasks.push(tokio::spawn(carry::sweep(till, stopped.clone())));
    Ok(surface.tended(office, stopped))
}
