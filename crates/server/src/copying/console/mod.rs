//! The console of copy management: histories, repairs, proposals, the trail and the takings, for the server's people, behind
//! a sign-in. What a role may do is decided in `copying::server::Role`; here every address says which duty it is, and one
//! list says it for all of them.

mod api;
mod batches;
mod drawn;
mod own;
mod pages;
mod second;
mod staff;
mod stories;
mod takings;

#[cfg(test)]
pub(crate) use stories::STORIES;

pub use api::{
    Deciding, Delivered, DeviceHistory, Exchange, Lost, MediumHistory, NewOperator, Operator, Outcome, Session, SignIn,
    Statement, StatementRow, Trail, TrailAct, Waiting,
};

pub use batches::TakenBatch;

pub(crate) use pages::{brought, file};

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{MethodRouter, get, post},
};
use copying::{
    DeviceKind,
    server::{CopyServer, Duty, Needed, Settings},
};
use tokio::{net::TcpListener, sync::watch};
use utoipa_axum::router::OpenApiRouter;

use super::{FORM_MAX, Sign, enter::Doorway, link, may_listen_privately};
use crate::{
    config::Copying,
    frame::{
        Door,
        bind::BindRefused,
        chance, enclose,
        rate::{Pace, Rates},
        serve::serve,
    },
    office::Office,
    operator::Operators,
    pages::in_languages,
    running::{Parts, StartRefused, Surface},
};

/// What the console's addresses answer from.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) office: Arc<Office<CopyServer>>,
    pub(crate) operators: Operators,
    pub(crate) door: Doorway,
    pub(crate) sign: Sign,
    /// Names of gateways are looked up in the directory; their ids stand here.
    pub(crate) gateways: Vec<(units::PartyId, u32)>,
}

/// Whom an address is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// Everybody: signing in, stories of the dev realm.
    Anybody,
    /// Whoever holds the operator's token.
    Token,
    /// Whoever is signed in with any role.
    Staff,
    /// Roles with this duty.
    Role(Duty),
}

/// Method, path, and whom it is for.
pub type Guarded = (&'static str, &'static str, For);

macro_rules! pages {
    ($( $method:ident $path:literal $for:expr, $handler:path; )*) => {
        /// Every page, with whom it is for. Its router is made from the same list.
        pub const PAGES: &[Guarded] = &[$( (stringify!($method), $path, $for) ),*];
        fn pages() -> Vec<(&'static str, MethodRouter<Arc<Desk>>)> {
            vec![$( ($path, $method($handler)) ),*]
        }
    };
}

pages! {
    get "/sign-in" For::Anybody, pages::enter;
    post "/sign-in" For::Anybody, pages::by_password;
    post "/sign-in/options" For::Anybody, own::options;
    post "/sign-in/passkey" For::Anybody, own::by_key;
    get "/passkeys.js" For::Anybody, own::script;
    post "/sign-out" For::Anybody, pages::sign_out;
    get "/second" For::Anybody, second::page;
    post "/second" For::Anybody, second::by_code;
    post "/second/options" For::Anybody, second::options;
    post "/second/passkey" For::Anybody, second::by_key;
    get "/you" For::Staff, own::page;
    post "/you/password" For::Staff, own::password;
    post "/you/second" For::Staff, own::second;
    post "/you/codes" For::Staff, own::codes;
    post "/you/everywhere" For::Staff, own::everywhere;
    post "/you/key/options" For::Staff, own::key_options;
    post "/you/key/passkey" For::Staff, own::key_add;
    post "/you/key/remove" For::Staff, own::key_remove;
    get "/stories" For::Anybody, pages::stories;
    get "/stories/{name}" For::Anybody, pages::story;
    get "/find" For::Role(Duty::Look), pages::find;
    get "/media/{id}" For::Role(Duty::Look), pages::medium;
    get "/devices/{id}" For::Role(Duty::Look), pages::device;
    post "/devices/{id}/exchange" For::Role(Duty::Serve), pages::exchange;
    post "/devices/{id}/reissue" For::Role(Duty::Serve), pages::reissue;
    get "/orders/{id}" For::Role(Duty::Serve), pages::order;
    get "/orders/{id}/file" For::Role(Duty::Serve), pages::order_file;
    post "/orders/{id}" For::Role(Duty::Serve), pages::confirm;
    get "/proposals" For::Role(Duty::Look), pages::proposals;
    post "/proposals/{id}" For::Role(Duty::Decide), pages::decide;
    get "/trail" For::Role(Duty::Look), pages::trail;
    get "/batches" For::Role(Duty::Make), pages::batches;
    post "/batches" For::Role(Duty::Make), pages::take_batch;
    get "/takings" For::Role(Duty::Look), takings::page;
}

/// The front page, which stands at the root of every language.
pub const FRONT: Guarded = ("get", "/", For::Staff);

/// Every address for programs, with whom it is for. A test holds it against what is served.
pub const API: &[Guarded] = &[
    ("post", "/v1/batches", For::Role(Duty::Make)),
    ("post", "/v1/people", For::Token),
    ("post", "/v1/sessions", For::Anybody),
    ("post", "/v1/questions", For::Role(Duty::Serve)),
    ("post", "/v1/exchanges", For::Role(Duty::Serve)),
    ("post", "/v1/reissues", For::Role(Duty::Serve)),
    ("get", "/v1/proposals", For::Role(Duty::Look)),
    ("post", "/v1/proposals/{id}", For::Role(Duty::Decide)),
    ("get", "/v1/orders/{id}", For::Role(Duty::Serve)),
    ("get", "/v1/media/{id}", For::Role(Duty::Look)),
    ("get", "/v1/devices/{id}", For::Role(Duty::Look)),
    ("get", "/v1/trail", For::Role(Duty::Look)),
    ("get", "/v1/statements/{gateway}", For::Role(Duty::Look)),
];

fn site() -> Router<Arc<Desk>> {
    let pages = pages()
        .into_iter()
        .fold(Router::new(), |site, (path, method)| site.route(path, method));
    in_languages(get(pages::home), pages.layer(DefaultBodyLimit::max(FORM_MAX)))
}

/// The description of its interface: the console's addresses for programs, and the link's.
pub(crate) fn described() -> utoipa::openapi::OpenApi {
    let routes: OpenApiRouter<Arc<Desk>> = api::routes();
    routes.split_for_parts().1
}

fn needed(words: &[String]) -> Needed {
    let has = |kind: DeviceKind| words.is_empty() || words.iter().any(|word| word == kind.word());
    Needed {
        card: has(DeviceKind::Card),
        player: has(DeviceKind::Player),
        drive: has(DeviceKind::Drive),
    }
}

fn settings(set: &Copying) -> Result<Settings, StartRefused> {
    let missing = |what| StartRefused::Missing(what, "copying");
    let mut settings = Settings::new(set.bank.ok_or(missing("bank"))?);
    settings.needed = needed(&set.needs);
    let none = Needed {
        card: false,
        player: false,
        drive: false,
    };
    if settings.needed == none {
        return Err(missing("needs: card, player or drive"));
    }
    for gateway in &set.gateways {
        let party = gateway.party.ok_or(missing("party of a gateway"))?;
        if gateway.permille > 1000 {
            return Err(missing("permille of a gateway: 0 to 1000"));
        }
        settings.gateways.push((party, gateway.permille));
    }
    settings.repairs_max = set.repairs_max.unwrap_or(settings.repairs_max);
    settings.reissues_max = set.reissues_max.unwrap_or(settings.reissues_max);
    settings.tries_max = set.tries_max.unwrap_or(settings.tries_max);
    Ok(settings)
}

/// A gateway is one source for all its customers, whom it holds to its own pace.
const fn of_many(pace: Pace) -> Pace {
    Pace {
        per_second: pace.per_second.saturating_mul(1000),
        burst: pace.burst.saturating_mul(1000),
        misses_per_minute: pace.misses_per_minute.saturating_mul(1000),
    }
}

/// Builds the server: its console, and its end of the link.
pub(crate) async fn build(parts: Parts, stopped: &watch::Receiver<bool>) -> Result<Surface, StartRefused> {
    let desk = parts.desk()?;
    let set = parts.config.copying.clone();
    may_listen_privately(parts.config.listen)?;
    let settings = settings(&set)?;
    let gateways = settings.gateways.clone();
    let address = parts.address.trim_end_matches('/').to_owned();
    let secret = parts.keys.derive("server/people", &[]);
    let (gate, origin) = crate::ways::gate(&secret, (&parts.name, &address), set.cheap_passwords);
    let clock = parts.config.clock.clone();
    let server = CopyServer::new(parts.keys, desk, settings);
    let office = Office::new(server, parts.store, clock.clone(), parts.peers);
    let counter = Arc::new(Desk {
        office: office.clone(),
        operators: Operators::new(parts.config.operator),
        door: Doorway::new(gate, &origin, "keyfare_copying", "keyfare_copying_known"),
        sign: Sign {
            name: parts.name,
            dev: parts.dev,
        },
        gateways,
    });
    let mut surface = Surface::new(api::routes(), counter.clone());
    surface.timed = surface.timed.merge(site().with_state(counter));
    // A server without gateways is complete: its people serve users at the counter.
    if let (Some(listen), Some(files)) = (set.link_listen, &set.link) {
        may_listen_privately(listen)?;
        let mut listed = BTreeMap::new();
        for gateway in &set.gateways {
            let Some(party) = gateway.party else { continue };
            listed.insert(link::fingerprint(&gateway.certificate)?, party);
        }
        let wire = files.wire()?;
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|e| BindRefused::Taken(listen, e.kind().to_string()))?;
        let door = Arc::new(Door {
            rates: Rates::new(of_many(parts.config.pace), u64::from_be_bytes(chance()?)),
            clock,
            behind_proxy: false,
            secure: true,
            role: "copying-link",
            speak: None,
        });
        let line = link::Line {
            office: office.clone(),
            gateways: listed,
        };
        let app = enclose(door, link::routes(line), Router::new());
        surface.tasks.push(serve(listener, wire, true, app, stopped.clone()));
    }
    Ok(surface.tended(office, stopped))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_two_or_three_ids_are_needed_as_the_operator_says() {
        let of = |words: &[&str]| needed(&words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>());
        let check = |words: &[&str], card, player, drive| assert_eq!(of(words), Needed { card, player, drive });
        check(&[], true, true, true);
        check(&["card"], true, false, false);
        check(&["player", "drive"], false, true, true);
    }

    /// proves: CM-7 row-97
    #[test]
    fn every_address_for_programs_says_whom_it_is_for() {
        let described = serde_json::to_value(described()).unwrap();
        let mut served: Vec<(String, String)> = Vec::new();
        for (path, methods) in described["paths"].as_object().unwrap() {
            for method in methods.as_object().unwrap().keys() {
                served.push((method.clone(), path.clone()));
            }
        }
        let mut listed: Vec<(String, String)> = API.iter().map(|(m, p, _)| (m.to_string(), p.to_string())).collect();
        served.sort();
        listed.sort();
        assert_eq!(served, listed);
    }
}
