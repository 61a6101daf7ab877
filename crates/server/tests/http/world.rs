//! World: a realm with all its parties, each with its own directory, store and address.

use std::{
    net::SocketAddr,
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
};

use party::realm::RealmMaker;
use reqwest::{Client, Response};
use seal::{Realm, Role as Certified, Secret};
use serde_json::Value as Json;
use server::{
    config::{Config, Issuing, Keys, Role},
    frame::Clock,
    running::{Running, start},
};
use tempfile::TempDir;
use units::{Currency, Moment, PartyId, Span};

/// The operator's token everywhere here.
pub const OPERATOR: &str = "operator-token-of-the-tests";

/// A realm with its money.
pub struct World {
    pub dir: TempDir,
    pub maker: RealmMaker,
    pub realm: Realm,
    pub registry: Running,
    pub bank: Running,
    pub issuer: Running,
    pub client: Client,
}

pub fn now() -> Moment {
    Clock::system().now()
}

/// The month `at` is in where the carriers of these tests bill.
pub fn month_of(at: u64) -> String {
    carrier::Month::of(Moment(at), carrier::CarrierConfig::new(Currency::JPY).zone_minutes).to_string()
}

/// A free port: where the registry will be must be known before it is. Drawn once in this process, and below those that the
/// system hands out by itself: nobody is given it before the registry listens there.
pub fn free_port() -> u16 {
    static DRAWN: AtomicU32 = AtomicU32::new(0);
    let first = std::process::id().wrapping_mul(97);
    loop {
        let n = first.wrapping_add(DRAWN.fetch_add(1, Ordering::Relaxed));
        let port = u16::try_from(10_000 + n % 10_000).unwrap();
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

pub fn keys(maker: &RealmMaker, role: Certified, name: &str) -> Keys {
    let secret = maker.party_secret(role, name);
    let certificate = maker.party(role, name).unwrap().certificate().to_vec();
    Keys { secret, certificate }
}

impl World {
    /// Starts registry, bank and issuer.
    pub async fn start() -> Self {
        let port = free_port();
        let from = now().less(Span::days(1));
        let maker = RealmMaker::dev(
            Currency::JPY,
            &format!("http://127.0.0.1:{port}"),
            Secret::new([5; 32]),
            from,
        );
        let (dir, realm) = (tempfile::tempdir().unwrap(), maker.realm().clone());
        let config = |role, certified, name: &str| config(&maker, dir.path(), role, certified, name);

        let mut registry = config(Role::Registry, Certified::Registry, "registry");
        registry.listen = SocketAddr::from(([127, 0, 0, 1], port));
        registry.certifier = Some(maker.party_certifier());
        registry.time = Some(keys(&maker, Certified::Time, "clock"));
        let bank = config(Role::Bank, Certified::Bank, "bank");
        let mut issuer = config(Role::Issuer, Certified::Issuer, "issuer");
        issuer.certifier = Some(maker.card_certifier());
        issuer.issuing = Some(Issuing::new(
            id(&maker, Certified::Bank, "bank"),
            id(&maker, Certified::Registry, "registry"),
        ));

        let registry = start(registry).await.unwrap();
        let (mut bank, mut issuer) = (start(bank).await.unwrap(), start(issuer).await.unwrap());
        bank.ready().await;
        issuer.ready().await;
        let world = Self {
            dir,
            realm,
            registry,
            bank,
            issuer,
            client: Client::new(),
            maker,
        };
        world.open_issuer_account().await;
        world
    }

    async fn open_issuer_account(&self) {
        let body = format!(
            r#"{{"name":"issuer","opening":{{"minor":"0","currency":"JPY"}},"party":"{}"}}"#,
            self.issuer.id
        );
        let answer = self.open_account("the issuer's own account", &body).await;
        assert_eq!(answer.status(), 200);
    }

    /// Opens an account at the bank.
    pub async fn open_account(&self, key: &str, body: &str) -> Response {
        let key = key.replace(' ', "-");
        let request = self.client.post(format!("{}/v1/accounts", self.bank.address));
        let request = request
            .header("idempotency-key", key)
            .header("content-type", "application/json");
        request.body(body.to_owned()).send().await.unwrap()
    }

    /// Posts a message.
    pub async fn post(&self, party: &Running, verb: &str, body: Vec<u8>) -> Response {
        let request = self.client.post(format!("{}/v1/{verb}", party.address));
        request
            .header("content-type", "application/cbor")
            .body(body)
            .send()
            .await
            .unwrap()
    }

    pub async fn get(&self, party: &Running, path: &str) -> Response {
        self.client
            .get(format!("{}{path}", party.address))
            .send()
            .await
            .unwrap()
    }

    /// Everything any party has written.
    pub fn files(&self) -> Vec<u8> {
        let mut all = Vec::new();
        gather(self.dir.path(), &mut all);
        all
    }

    pub async fn stop(self) {
        for party in [self.issuer, self.bank, self.registry] {
            party.stop().await;
        }
    }
}

fn gather(dir: &Path, all: &mut Vec<u8>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, all)
        } else {
            all.extend(std::fs::read(path).unwrap())
        }
    }
}

pub fn id(maker: &RealmMaker, role: Certified, name: &str) -> PartyId {
    maker.party(role, name).unwrap().id()
}

pub fn config(maker: &RealmMaker, dir: &Path, role: Role, certified: Certified, name: &str) -> Config {
    let mut config = Config::new(
        role,
        &dir.join(name),
        maker.realm().clone(),
        maker.certifiers(),
        keys(maker, certified, name),
    );
    config.operator = Some(seal::hash(OPERATOR.as_bytes()));
    config
}

/// A problem document: its code, after everything RFC 9457 and we ask of it was checked.
pub async fn code_of(response: Response) -> String {
    let status = response.status().as_u16();
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let document: Json = response.json().await.unwrap();
    assert_eq!(document["status"], status);
    for member in ["type", "title", "detail", "code"] {
        assert!(
            document[member].as_str().is_some_and(|text| !text.is_empty()),
            "{member} of {document}"
        );
    }
    assert!(
        ["never", "after-you-act", "later"].contains(&document["again"].as_str().unwrap()),
        "{document}"
    );
    let code = document["code"].as_str().unwrap();
    assert!(document["type"].as_str().unwrap().ends_with(code));
    code.to_owned()
}
