//! Running: starts one party from its configuration, and stops it without losing what is under way.

use std::{io, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use axum::Router;
use party::{
    PartyKeys,
    bank::HouseBank,
    clock::Clock as Ticks,
    desk::Desk,
    issuer::{Issuer, IssuerConfig},
    keys::KeysRefused,
    realm::{Certifier, DEV, DevRealm, require_production},
    registry::{Registry, RegistryRefused},
};
use seal::{Claims, Kind, Secret};
use store::{
    Fault, Part, Store,
    sqlite::{OpenRefused, Opening, Sqlite},
};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use units::{Again, PartyId, RealmId, Refusal, Span};
use utoipa_axum::router::OpenApiRouter;

use crate::{
    approver, bank, carrier, collector, common,
    config::{Config, Keys, Role},
    copying, data, deposit,
    frame::{
        Clock, Door, NoChance,
        bind::{BindRefused, may_listen},
        chance, enclose,
        rate::Rates,
        serve::{Wire, serve},
    },
    issuer, keeper, kiosk, machine, near,
    office::Office,
    once,
    operator::Operators,
    peers::{Heard, NoClient, Peers},
    registry, settlement, shop, support, trust, vending,
};

/// How long certificates of parties are good.
const CERTIFICATE_LIFE: Span = Span::days(365);
/// How often a party says again where it answers.
const ANNOUNCE: Duration = Duration::from_secs(600);
/// And until it was heard the first time.
const FIRST_ANNOUNCE: Duration = Duration::from_millis(200);

/// Why a party was not started, in order of precedence.
#[derive(Debug, thiserror::Error)]
pub enum StartRefused {
    /// The realm for trying things out, where money is real.
    #[error(transparent)]
    Dev(#[from] DevRealm),
    /// It may not listen there, or cannot.
    #[error(transparent)]
    Bind(#[from] BindRefused),
    /// Its keys do not belong to its certificate.
    #[error(transparent)]
    Keys(#[from] KeysRefused),
    /// The realm's currency is none.
    #[error(transparent)]
    Currency(#[from] units::MoneyError),
    /// A setting that this role needs is not there.
    #[error("the configuration lacks \"{0}\", which a {1} needs")]
    Missing(&'static str, &'static str),
    /// The store was not opened.
    #[error(transparent)]
    Open(#[from] OpenRefused),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The registry does not list itself.
    #[error(transparent)]
    Registry(#[from] RegistryRefused),
    /// The directory cannot be used.
    #[error("the party's directory cannot be used ({0}); check that it can be written")]
    Dir(String),
    /// No way to other parties.
    #[error(transparent)]
    Client(#[from] NoClient),
    /// No random numbers.
    #[error(transparent)]
    Chance(#[from] NoChance),
}

impl Refusal for StartRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Dev(no) => no.code(),
            Self::Bind(no) => no.code(),
            Self::Keys(no) => no.code(),
            Self::Currency(_) => "realm-currency",
            Self::Missing(..) => "config-missing",
            Self::Open(no) => no.code(),
            Self::Fault(no) => no.code(),
            Self::Registry(no) => no.code(),
            Self::Dir(_) => "start-directory",
            Self::Client(_) => "start-client",
            Self::Chance(no) => no.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Open(no) => no.again(),
            Self::Fault(no) => no.again(),
            _ => Again::AfterYouAct,
        }
    }
}

impl From<io::Error> for StartRefused {
    fn from(error: io::Error) -> Self {
        Self::Dir(error.kind().to_string())
    }
}

/// A party that runs.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    /// How others reach it.
    pub address: String,
    /// Its role.
    pub role: Role,
    /// Its id.
    pub id: PartyId,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    ready: Vec<watch::Receiver<bool>>,
    store: Store,
}

impl Running {
    /// Returns once the party has told the registry where it answers and has the directory and the time from it. It serves
    /// before that too, and asks those who need more to come back.
    pub async fn ready(&mut self) {
        for ready in &mut self.ready {
            let _ = ready.wait_for(|ready| *ready).await; // a party that stops meanwhile is as ready as it gets
        }
    }

    /// Its store, for audits and backups by whoever runs it.
    pub fn store(&self) -> Store {
        self.store.clone()
    }

    /// Ends requests under way, closes the store, and returns when its file is whole.
    pub async fn stop(self) {
        let _ = self.stop.send(true); // nobody left to hear it is fine
        for task in self.tasks {
            let _ = task.await; // a panic there was logged and changes nothing here
        }
        let store = self.store;
        // The last handle closes the store, which waits for the disk.
        let _ = tokio::task::spawn_blocking(move || drop(store)).await;
    }
}

/// What all roles are built from.
pub(crate) struct Parts {
    pub(crate) config: Config,
    pub(crate) keys: PartyKeys,
    pub(crate) store: Store,
    pub(crate) peers: Peers,
    pub(crate) address: String,
    pub(crate) name: String,
    pub(crate) dev: bool,
}

impl Parts {
    fn of(config: Config, keys: PartyKeys, store: Store, address: String) -> Result<Self, StartRefused> {
        Ok(Self {
            peers: Peers::new(config.private_peers)?,
            name: name_in(&config.keys.certificate, config.realm.id()),
            dev: config.realm.name.eq_ignore_ascii_case(DEV),
            address,
            store,
            keys,
            config,
        })
    }
    pub(crate) fn desk(&self) -> Result<Desk, StartRefused> {
        Ok(Desk::new(self.config.realm.clone(), &self.config.certifiers)?)
    }
    pub(crate) fn certifier(&self) -> Result<Certifier, StartRefused> {
        let secret = self.config.certifier.as_ref();
        let secret = secret.ok_or(StartRefused::Missing("certifier_secret", self.config.role.word()))?;
        Ok(Certifier::new(secret, self.config.realm.id()))
    }
}

pub(crate) fn load(keys: &Keys, realm: RealmId) -> Result<PartyKeys, StartRefused> {
    let secret = Secret::new(*keys.secret.expose());
    Ok(PartyKeys::load(secret, realm, keys.certificate.clone())?)
}

/// What a role adds: its addresses, those that stream, its description, and what keeps it going.
pub(crate) struct Surface {
    pub(crate) timed: Router,
    pub(crate) streams: Router,
    pub(crate) described: Vec<utoipa::openapi::OpenApi>,
    pub(crate) tasks: Vec<JoinHandle<()>>,
    pub(crate) ready: Vec<watch::Receiver<bool>>,
}

impl Surface {
    pub(crate) fn new<S: Clone + Send + Sync + 'static>(routes: OpenApiRouter<S>, state: S) -> Self {
        let (router, described) = routes.split_for_parts();
        Self {
            timed: router.with_state(state),
            streams: Router::new(),
            described: vec![described],
            tasks: Vec::new(),
            ready: Vec::new(),
        }
    }
    /// Keeps `office` going.
    pub(crate) fn tended<P: party::Party + 'static>(
        mut self,
        office: Arc<Office<P>>,
        stopped: &watch::Receiver<bool>,
    ) -> Self {
        self.ready.push(office.informed());
        self.tasks.push(tokio::spawn(office.tend(stopped.clone())));
        self
    }
}

/// Starts a party.
pub async fn start(config: Config) -> Result<Running, StartRefused> {
    if config.production {
        require_production(&config.realm)?;
    }
    may_listen(config.listen, config.behind_proxy, config.tls.is_some())?;
    let wire = Wire::load(config.tls.as_ref())?;
    let keys = load(&config.keys, config.realm.id())?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|e| BindRefused::Taken(config.listen, e.kind().to_string()))?;
    let addr = listener.local_addr()?;
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let address = config.address.clone().unwrap_or_else(|| format!("{scheme}://{addr}"));
    let (role, dir, realm) = (config.role, config.dir.clone(), config.realm.id());
    let store = tokio::task::spawn_blocking(move || open(&dir, role, realm))
        .await
        .unwrap_or(Err(StartRefused::Fault(Fault::Panicked)))?;
    let (stop, stopped) = watch::channel(false);
    let id = keys.id();
    let behind_proxy = config.behind_proxy;
    let near =
        (role == Role::Shop && config.selling.near).then(|| config.selling.near_port.unwrap_or(courier::FOUND_AT));
    let parts = Parts::of(config, keys, store.clone(), address.clone())?;
    let (around, announcer) = (Around::of(&parts)?, announcer(&parts)?);
    let surface = build(parts, &stopped).await?;
    let app = around.assemble(surface.timed, surface.streams, surface.described);
    let (mut tasks, mut ready) = (surface.tasks, surface.ready);
    if let Some(found_at) = near {
        let door = near::open((realm, id), found_at, app.clone(), stopped.clone()).await;
        tasks.extend(door.map_err(|no| BindRefused::Near(no.kind().to_string()))?);
    }
    tasks.push(serve(listener, wire, behind_proxy, app, stopped.clone()));
    if role != Role::Registry {
        let (heard, hears) = watch::channel(false);
        ready.push(hears);
        tasks.push(tokio::spawn(announcer.run(heard, stopped)));
    }
    tracing::info!(target: "keyfare::server", role = role.word(), %id, %addr, "serving");
    Ok(Running {
        addr,
        address,
        role,
        id,
        stop,
        tasks,
        ready,
        store,
    })
}

/// A collector in its host's process: a store, keys and tasks of its own, reached below a path of the host's address.
#[derive(Debug)]
pub(crate) struct Lodger {
    pub(crate) app: Router,
    pub(crate) tasks: Vec<JoinHandle<()>>,
}

/// Takes a collector in, which answers at `address`. It ends when its host is stopped.
pub(crate) async fn lodge(
    config: Config,
    address: String,
    stopped: &watch::Receiver<bool>,
) -> Result<Lodger, StartRefused> {
    let keys = load(&config.keys, config.realm.id())?;
    let (role, dir, realm) = (config.role, config.dir.clone(), config.realm.id());
    let store = tokio::task::spawn_blocking(move || open(&dir, role, realm))
        .await
        .unwrap_or(Err(StartRefused::Fault(Fault::Panicked)))?;
    let parts = Parts::of(config, keys, store, address)?;
    let (around, announcer) = (Around::of(&parts)?, announcer(&parts)?);
    let mut surface = collector::build(parts, stopped)?;
    let (heard, _) = watch::channel(false);
    surface.tasks.push(tokio::spawn(announcer.run(heard, stopped.clone())));
    Ok(Lodger {
        app: around.assemble(surface.timed, surface.streams, surface.described),
        tasks: surface.tasks,
    })
}

/// What stands around a role's own addresses.
struct Around {
    role: Role,
    door: Arc<Door>,
    said: common::Common,
    told: Router,
}

impl Around {
    fn of(parts: &Parts) -> Result<Self, StartRefused> {
        let role = parts.config.role;
        Ok(Self {
            role,
            door: door(&parts.config)?,
            said: common_of(parts, parts.keys.id()),
            told: data::routes(data::Of {
                role,
                name: parts.name.clone(),
                dev: parts.dev,
                address: parts.address.clone(),
                keeping: parts.config.keeping,
            }),
        })
    }
    fn assemble(self, timed: Router, streams: Router, described: Vec<utoipa::openapi::OpenApi>) -> Router {
        assemble(
            self.role,
            self.door,
            self.said,
            timed.merge(self.told),
            streams,
            described,
        )
    }
}

/// The tables of a role.
pub fn parts_of(role: Role) -> Vec<&'static Part> {
    let own = match role {
        Role::Registry => party::registry::PARTS,
        Role::Bank => party::bank::PARTS,
        Role::Issuer => party::issuer::PARTS,
        Role::Shop => party::shop::PARTS,
        Role::Collector => party::collector::PARTS,
        Role::Support => party::support::PARTS,
        Role::Atm | Role::Counter | Role::Kiosk => party::machine::PARTS,
        Role::Approver => ::approver::PARTS,
        Role::Bureau => ::approver::BUREAU_PARTS,
        Role::Settlement => party::settlement::PARTS,
        Role::Carrier => ::carrier::PARTS,
        Role::TrustRegistry => party::trust::PARTS,
        Role::Content => party::content::PARTS,
        Role::Copying => ::copying::server::PARTS,
        Role::Gateway => ::copying::gateway::PARTS,
        Role::Deposit => party::deposit::PARTS,
        Role::Vending => party::shop::PARTS,
    };
    // These have people who sign in; an approver's are among its own parts.
    let people = matches!(
        role,
        Role::Shop | Role::Vending | Role::Copying | Role::Gateway | Role::Bank | Role::Carrier
    )
    .then_some(&signin::PART);
    own.iter().copied().chain([&once::PART]).chain(people).collect()
}

/// The file of a party's store in its directory.
pub const STORE_FILE: &str = "store.db";

fn open(dir: &Path, role: Role, realm: RealmId) -> Result<Store, StartRefused> {
    std::fs::create_dir_all(dir)?;
    let opening = Opening {
        role: role.word().to_owned(),
        realm,
        new_id: chance()?,
    };
    let store = Sqlite::open(&dir.join(STORE_FILE), &opening, &parts_of(role))?.store();
    if role != Role::Registry {
        party::epoch::wake(&store)?;
    }
    Ok(store)
}

pub(crate) fn name_in(certificate: &[u8], realm: RealmId) -> String {
    let claims = seal::parse::<Claims>(certificate, Kind::Certificate, realm);
    claims.map(|c| c.claims().name.clone()).unwrap_or_default()
}

fn door(config: &Config) -> Result<Arc<Door>, StartRefused> {
    Ok(Arc::new(Door {
        rates: Rates::new(config.pace, u64::from_be_bytes(chance()?)),
        clock: config.clock.clone(),
        behind_proxy: config.behind_proxy,
        secure: config.behind_proxy || config.tls.is_some(),
        role: config.role.word(),
        speak: (config.role == Role::Carrier).then_some(carrier::camara::speak),
    }))
}

fn common_of(parts: &Parts, id: PartyId) -> common::Common {
    common::Common {
        role: parts.config.role,
        id,
        name: parts.name.clone(),
        realm: parts.config.realm.clone(),
        dev: parts.dev,
        store: parts.store.clone(),
        described: Vec::new(),
    }
}

fn assemble(
    role: Role,
    door: Arc<Door>,
    mut said: common::Common,
    timed: Router,
    streams: Router,
    mut described: Vec<utoipa::openapi::OpenApi>,
) -> Router {
    let (shared, about) = common::routes().split_for_parts();
    described.insert(0, about);
    said.described = common::describe(role, described)
        .to_json()
        .unwrap_or_default()
        .into_bytes();
    enclose(door, timed.merge(shared.with_state(Arc::new(said))), streams)
}

/// The description of a role's interface, as it is served and committed under `docs/openapi`.
pub fn described(role: Role) -> String {
    let own = match role {
        Role::Registry => vec![registry::routes().split_for_parts().1],
        Role::Bank => vec![bank::routes().split_for_parts().1],
        Role::Issuer => vec![issuer::routes().split_for_parts().1],
        Role::Shop => shop::described(),
        Role::Collector => vec![collector::routes().split_for_parts().1],
        Role::Support => vec![support::routes().split_for_parts().1],
        Role::Atm | Role::Counter => vec![machine::routes().split_for_parts().1],
        Role::Kiosk => vec![machine::passing().split_for_parts().1],
        Role::Approver => vec![approver::routes().split_for_parts().1],
        Role::Bureau => vec![approver::bureau::addresses().split_for_parts().1],
        Role::Settlement => vec![settlement::routes().split_for_parts().1],
        Role::Carrier => vec![carrier::routes().split_for_parts().1],
        Role::TrustRegistry => vec![trust::addresses().split_for_parts().1],
        Role::Content => keeper::described(),
        Role::Copying => vec![copying::console::described()],
        Role::Gateway => vec![copying::gateway::described()],
        Role::Deposit => vec![deposit::routes().split_for_parts().1],
        Role::Vending => shop::described(),
    };
    let mut all = vec![common::routes().split_for_parts().1];
    all.extend(own);
    common::describe(role, all).to_pretty_json().unwrap_or_default()
}

async fn build(parts: Parts, stopped: &watch::Receiver<bool>) -> Result<Surface, StartRefused> {
    match parts.config.role {
        Role::Registry => build_registry(parts),
        Role::Bank => {
            let desk = parts.desk()?;
            let online = crate::online::Online::new(&parts);
            let centre = crate::online::config(&parts.config.deposit, desk.currency())?;
            let bank = HouseBank::new(parts.keys, desk);
            let bank = match centre {
                Some(centre) => bank.with_centre(centre),
                None => bank,
            };
            let operators = Operators::new(parts.config.operator);
            let office = Office::new(bank, parts.store, parts.config.clock, parts.peers);
            let state = bank::Counter {
                office: office.clone(),
                operators,
                dev: parts.dev,
                online,
            };
            Ok(Surface::new(bank::routes(), Arc::new(state)).tended(office, stopped))
        }
        Role::Issuer => {
            let issuing = parts.config.issuing.ok_or(StartRefused::Missing("issuing", "issuer"))?;
            let desk = parts.desk()?;
            let mut config = IssuerConfig::new(issuing.bank, issuing.registry, desk.currency());
            config.software.life = issuing
                .transfer_life_seconds
                .map_or(config.software.life, Span::seconds);
            config.keep_lost = Span::days(parts.config.keeping.lost_days);
            config.reports_due = issuing.reports_due_seconds.map_or(config.reports_due, Span::seconds);
            let profile = &mut config.software.profile;
            profile.licenses_max = issuing.licenses_max.unwrap_or(profile.licenses_max);
            let certifier = parts.certifier()?;
            let issuer = Issuer::new(parts.keys, certifier, desk, config);
            let operators = Operators::new(parts.config.operator);
            let office = Office::new(issuer, parts.store, parts.config.clock, parts.peers);
            let state = issuer::Mint {
                office: office.clone(),
                operators,
                sign: issuer::Sign {
                    name: parts.name,
                    dev: parts.dev,
                },
            };
            Ok(issuer::surface(Arc::new(state)).tended(office, stopped))
        }
        Role::Shop => shop::build(parts, stopped),
        Role::Collector => collector::build(parts, stopped),
        Role::Support => support::build(parts, stopped),
        Role::Atm | Role::Counter => machine::build(parts, stopped),
        Role::Kiosk => kiosk::build(parts, stopped),
        Role::Approver => approver::build(parts, stopped),
        Role::Bureau => approver::bureau::build(parts, stopped),
        Role::Settlement => settlement::build(parts, stopped),
        Role::Carrier => carrier::build(parts, stopped),
        Role::TrustRegistry => trust::build(parts, stopped),
        Role::Content => keeper::build(parts, stopped),
        Role::Copying => copying::console::build(parts, stopped).await,
        Role::Gateway => copying::gateway::build(parts, stopped),
        Role::Deposit => deposit::build(parts, stopped),
        Role::Vending => vending::build(parts, stopped),
    }
}

fn build_registry(parts: Parts) -> Result<Surface, StartRefused> {
    let (certifier, desk) = (parts.certifier()?, parts.desk()?);
    let registry = Arc::new(Registry::new(parts.keys, certifier, desk, CERTIFICATE_LIFE));
    let realm = parts.config.realm.id();
    let ticks = parts.config.time.as_ref().map(|keys| load(keys, realm)).transpose()?;
    let now = parts.config.clock.now();
    let (listed, address) = (registry.clone(), parts.address.clone());
    let certifiers = parts.config.certifiers.clone();
    let mut own = vec![parts.config.keys.certificate.clone()];
    own.extend(parts.config.time.as_ref().map(|keys| keys.certificate.clone()));
    parts.store.write(move |tx| {
        for certifier in &certifiers {
            listed.add_certifier(tx, certifier)?;
        }
        for certificate in &own {
            listed.list(tx, certificate, &address, now)?;
        }
        Ok::<_, RegistryRefused>(())
    })?;
    let state = registry::Counter {
        registry,
        ticks: ticks.map(|keys| Ticks::new(keys, realm)),
        store: parts.store,
        clock: parts.config.clock,
        realm,
        operators: Operators::new(parts.config.operator),
        dev: parts.dev,
    };
    Ok(Surface::new(registry::routes(), Arc::new(state)))
}

/// Tells the registry where a party answers.
struct Announcer {
    keys: PartyKeys,
    realm: RealmId,
    registry: String,
    address: String,
    clock: Clock,
    peers: Peers,
}

fn announcer(parts: &Parts) -> Result<Announcer, StartRefused> {
    Ok(Announcer {
        keys: load(&parts.config.keys, parts.config.realm.id())?,
        realm: parts.config.realm.id(),
        registry: parts.config.realm.registry.clone(),
        address: parts.address.clone(),
        clock: parts.config.clock.clone(),
        peers: parts.peers.clone(),
    })
}

impl Announcer {
    async fn run(self, ready: watch::Sender<bool>, mut stopped: watch::Receiver<bool>) {
        loop {
            let words = registry::announce(&self.keys, self.realm, &self.address, self.clock.now());
            let heard = self.peers.post(&self.registry, "announce", words).await;
            if let Heard::Refused(code) = &heard {
                tracing::warn!(target: "keyfare::server", code, "the registry does not list this address");
            }
            if matches!(heard, Heard::Answer(_)) {
                ready.send_replace(true);
            }
            let pause = if matches!(heard, Heard::Answer(_)) {
                ANNOUNCE
            } else {
                FIRST_ANNOUNCE
            };
            if tokio::time::timeout(pause, stopped.wait_for(|stop| *stop))
                .await
                .is_ok()
            {
                return;
            }
        }
    }
}
