//! Collecting: the fares of publishers who left their keys with this shop come home to it. A publisher collects for himself,
//! so each has a collector of its own: its own certificate, store and tasks, in this process, below a path of this shop's
//! address. Publishers who came with keys of their own collect where those are.
//!
//! Nothing has to be configured for it: a publisher who was taken in by page is certified as a collector too, listed by the
//! registry, and from then on cards find him, and the bank has an account for him.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{Path, Request, State},
    http::Uri,
    response::{IntoResponse, Response},
    routing::any,
};
use party::registry::application;
use seal::{Claims, Kind, Role as Certified};
use store::Fault;
use tokio::sync::watch;
use tower::ServiceExt;
use units::PartyId;

use super::Stall;
use crate::{
    collector::Behalf,
    config::{Config, Keys, Role, Selling},
    frame::{Clock, Problem, rate::Pace, serve::Peer},
    peers::Heard,
    running::{Lodger, lodge},
};

/// How often it is looked for publishers who were taken in, and how seldom, when the registry lets one wait.
const LOOK: Duration = Duration::from_millis(500);
const LOOK_MAX: Duration = Duration::from_secs(600);

/// What the collectors of a shop's publishers have in common, and those that run.
#[derive(Debug)]
pub(crate) struct Collecting {
    /// Below it each has a directory.
    dir: PathBuf,
    realm: seal::Realm,
    certifiers: Vec<Vec<u8>>,
    issuer: PartyId,
    operator: Option<units::Hash>,
    production: bool,
    behind_proxy: bool,
    private_peers: bool,
    pace: Pace,
    clock: Clock,
    /// Publishers whom the configuration leaves with this shop: whoever wrote it says where their fares go.
    others: Vec<PartyId>,
    running: RwLock<HashMap<PartyId, Router>>,
}

impl Collecting {
    /// As the shop of this configuration does it.
    pub(crate) fn of(config: &Config, issuer: PartyId) -> Self {
        let subject = |keys: &Keys| {
            let claims = seal::parse::<Claims>(&keys.certificate, Kind::Certificate, config.realm.id());
            Some(PartyId(claims.ok()?.claims().subject))
        };
        Self {
            dir: config.dir.join("collectors"),
            realm: config.realm.clone(),
            certifiers: config.certifiers.clone(),
            issuer,
            operator: config.operator,
            production: config.production,
            behind_proxy: config.behind_proxy,
            private_peers: config.private_peers,
            pace: config.pace,
            clock: config.clock.clone(),
            others: config.console.publishers.iter().filter_map(subject).collect(),
            running: RwLock::default(),
        }
    }

    fn app(&self, publisher: PartyId) -> Option<Router> {
        let running = self.running.read().unwrap_or_else(PoisonError::into_inner);
        running.get(&publisher).cloned()
    }

    /// What this publisher's collector says; nothing, where he has none here. Of the request only itself is passed on, from whom it
    /// came, and for whom somebody here asks: what this shop's own addresses noted along the way, names in their paths say, is
    /// nothing of the collector's.
    pub(crate) async fn answer(&self, publisher: PartyId, request: Request<Body>) -> Option<Response> {
        let (parts, body) = request.into_parts();
        let mut inner = Request::new(body);
        *inner.method_mut() = parts.method;
        *inner.uri_mut() = parts.uri;
        *inner.version_mut() = parts.version;
        *inner.headers_mut() = parts.headers;
        if let Some(peer) = parts.extensions.get::<Peer>() {
            inner.extensions_mut().insert(*peer);
        }
        if let Some(behalf) = parts.extensions.get::<Behalf>() {
            inner.extensions_mut().insert(behalf.clone());
        }
        match self.app(publisher)?.oneshot(inner).await {
            Ok(response) => Some(response),
            Err(never) => match never {},
        }
    }

    fn config(&self, dir: PathBuf, keys: Keys, publisher: Keys) -> Config {
        Config {
            selling: Selling {
                issuer: Some(self.issuer),
                ..Selling::default()
            },
            publisher: Some(publisher),
            operator: self.operator,
            production: self.production,
            behind_proxy: self.behind_proxy,
            private_peers: self.private_peers,
            pace: self.pace,
            clock: self.clock.clone(),
            ..Config::new(Role::Collector, &dir, self.realm.clone(), self.certifiers.clone(), keys)
        }
    }
}

/// Their addresses.
pub(crate) fn site() -> Router<Arc<Stall>> {
    Router::new().route("/collectors/{publisher}/{*rest}", any(pass))
}

/// Passes a request on to the collector it is for.
async fn pass(
    State(shop): State<Arc<Stall>>,
    Path((publisher, rest)): Path<(String, String)>,
    mut request: Request<Body>,
) -> Response {
    let query = request.uri().query().map(|q| format!("?{q}")).unwrap_or_default();
    let to = format!("/{rest}{query}").parse::<Uri>();
    let (Ok(publisher), Ok(to)) = (publisher.parse(), to) else {
        return Problem::nothing_here().into_response();
    };
    *request.uri_mut() = to;
    let answer = shop.collecting.answer(publisher, request).await;
    answer.unwrap_or_else(|| Problem::nothing_here().into_response())
}

/// Starts a collector for each publisher who was taken in, as they come, until the shop stops.
pub(crate) async fn tend(shop: Arc<Stall>, mut stopped: watch::Receiver<bool>) {
    let (mut tasks, mut pause) = (Vec::new(), LOOK);
    loop {
        let mut left = false;
        for publisher in waiting(&shop).await {
            match begin(&shop, publisher, &stopped).await {
                Some(lodger) => {
                    tasks.extend(lodger.tasks);
                    let mut running = shop.collecting.running.write().unwrap_or_else(PoisonError::into_inner);
                    running.insert(publisher, lodger.app);
                }
                None => left = true,
            }
        }
        pause = if left { (pause * 2).min(LOOK_MAX) } else { LOOK };
        if tokio::time::timeout(pause, stopped.wait_for(|stop| *stop))
            .await
            .is_ok()
        {
            break;
        }
    }
    for task in tasks {
        let _ = task.await; // a panic there was logged
    }
    // Their stores close with the last who holds them.
    shop.collecting
        .running
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .clear();
}

/// Publishers whose keys are here, and who have no collector yet.
async fn waiting(shop: &Stall) -> Vec<PartyId> {
    let tenants = shop.office.look::<_, Fault>(|party, view, _| party.tenants(view)).await;
    let of_ours = |id: &PartyId| !shop.collecting.others.contains(id) && shop.collecting.app(*id).is_none();
    tenants
        .into_iter()
        .flatten()
        .filter(|(id, it)| it.keys_here() && of_ours(id))
        .map(|(id, _)| id)
        .collect()
}

/// Certified, with a store of its own, and listed. What is in the way is tried again.
async fn begin(shop: &Stall, publisher: PartyId, stopped: &watch::Receiver<bool>) -> Option<Lodger> {
    let found = shop
        .office
        .look::<_, Fault>(move |party, view, _| party.tenant_secret(view, publisher))
        .await;
    let (tenant, secret) = found.ok().flatten()?;
    let address = format!("{}/collectors/{publisher}", shop.sign.address.trim_end_matches('/'));
    let dir = shop.collecting.dir.join(publisher.to_string());
    tokio::fs::create_dir_all(&dir).await.ok()?;
    let paper = dir.join("certificate");
    let realm = shop.collecting.realm.id();
    let known = tokio::fs::read(&paper).await.ok();
    let certificate = match known.filter(|bytes| is_whole(bytes, realm)) {
        Some(bytes) => bytes,
        None => {
            let words = (Certified::Collector, tenant.name.as_str(), address.as_str());
            let asked = application(&secret, realm, words, shop.office.clock.now()).1;
            let Heard::Answer(bytes) = shop.peers.post(&shop.registry, "applications", asked).await else {
                return None;
            };
            tokio::fs::write(&paper, &bytes).await.ok()?;
            bytes.to_vec()
        }
    };
    let keys = |certificate: Vec<u8>| Keys {
        secret: seal::Secret::new(*secret.expose()),
        certificate,
    };
    let config = shop
        .collecting
        .config(dir, keys(certificate), keys(tenant.certificate.to_vec()));
    match lodge(config, address, stopped).await {
        Ok(lodger) => Some(lodger),
        Err(no) => {
            let code = units::Refusal::code(&no);
            tracing::warn!(target: "keyfare::shop", code, "a publisher's collector was not started; it is tried again");
            None
        }
    }
}

/// A file that was cut while it was written is asked for again.
fn is_whole(bytes: &[u8], realm: units::RealmId) -> bool {
    seal::parse::<Claims>(bytes, Kind::Certificate, realm).is_ok()
}
