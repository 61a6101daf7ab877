//! Copy management over real HTTP and real mutual TLS: keys bought at a gateway, repairs and reissues at the console, every
//! address tried with every role, and everything that was said or written searched for what nobody may see.

use std::{collections::BTreeSet, net::SocketAddr, path::PathBuf};

use copying::{
    BatchId, Bound, DeviceKind, MediumId, UserId,
    device::{Body, Heard, Keeper},
    server::{CopyServer, Duty, EraseOrder, Hand, MakeRefused, MediaBatch, Role as Duties, Settings},
    wire::{Answer, Charge, Source},
};
use package::ContentKey;
use party::{PartyKeys, desk::Desk};
use reqwest::{Client, Method, StatusCode, redirect::Policy};
use seal::{Role as Certified, Seed};
use serde_json::{Value as Json, json};
use server::{
    config::{Config, Copying, GatewayLine, Role},
    copying::{
        LinkClient, LinkFiles, authority,
        console::{API, FRONT, For, PAGES},
        gateway::{Charged, Standing},
    },
    frame::rate::Pace,
    peers::Heard as Told,
    running::{Running, start},
};
use units::{ContentId, Currency, Hash, Money, PartyId};

use crate::world::{self, OPERATOR, World, config, free_port};

const PASSWORD: &str = "a ferry at nine o'clock";
const CONTENT_KEY: [u8; 32] = [0xc5; 32];

pub struct Town {
    world: World,
    server: Option<Running>,
    gateway: Running,
    link: SocketAddr,
    client: Client,
    drawn: u64,
    /// Every byte that players and the gateway said to one another.
    wire: Vec<Vec<u8>>,
    /// The keys that were burned into cards, players and drives.
    burned: Vec<Vec<u8>>,
}

fn files(world: &World, side: &str) -> LinkFiles {
    let at = |name: String| world.dir.path().join(name);
    LinkFiles {
        certificate: at(format!("{side}.pem")),
        key: at(format!("{side}.key")),
        authority: at("authority.pem".into()),
    }
}

fn written(world: &World, name: &str, text: &str) -> PathBuf {
    let path = world.dir.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn server_config(world: &World, link: SocketAddr) -> Config {
    let mut config = config(
        &world.maker,
        world.dir.path(),
        Role::Copying,
        Certified::Copying,
        "copying",
    );
    config.pace = Pace {
        per_second: 1_000_000,
        burst: 1_000_000,
        misses_per_minute: 1_000_000,
    };
    config.copying = Copying {
        bank: Some(world.bank.id),
        link: Some(files(world, "server")),
        link_listen: Some(link),
        gateways: vec![GatewayLine {
            party: Some(world::id(&world.maker, Certified::Gateway, "gateway")),
            permille: 333,
            certificate: world.dir.path().join("gateway.pem"),
        }],
        tries_max: Some(100_000),
        cheap_passwords: true,
        ..Copying::default()
    };
    config
}

impl Town {
    async fn start() -> Self {
        let world = World::start().await;
        let made = authority::link(&["127.0.0.1"], &["gateway", "unlisted"], 2026, 5).unwrap();
        written(&world, "authority.pem", &made.authority);
        let sides = [
            ("server", &made.server),
            ("gateway", &made.gateways[0]),
            ("unlisted", &made.gateways[1]),
        ];
        for (name, side) in sides {
            written(&world, &format!("{name}.pem"), &side.certificate);
            written(&world, &format!("{name}.key"), &side.key);
        }
        let link = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let mut server = start(server_config(&world, link)).await.unwrap();
        let mut config = config(
            &world.maker,
            world.dir.path(),
            Role::Gateway,
            Certified::Gateway,
            "gateway",
        );
        config.pace = server_config(&world, link).pace;
        config.copying = Copying {
            bank: Some(world.bank.id),
            server: Some(server.id),
            permille: 333,
            link: Some(files(&world, "gateway")),
            link_address: Some(format!("https://{link}")),
            cheap_passwords: true,
            ..Copying::default()
        };
        let mut gateway = start(config).await.unwrap();
        server.ready().await;
        gateway.ready().await;
        Self {
            world,
            server: Some(server),
            gateway,
            link,
            client: Client::builder().redirect(Policy::none()).build().unwrap(),
            drawn: 0,
            wire: Vec::new(),
            burned: Vec::new(),
        }
    }
    async fn stop(self) {
        self.gateway.stop().await;
        if let Some(server) = self.server {
            server.stop().await;
        }
        self.world.stop().await;
    }
    fn console(&self, path: &str) -> String {
        format!("{}{path}", self.server.as_ref().unwrap().address)
    }
    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.gateway.address)
    }
    fn seed(&mut self) -> Seed {
        self.drawn += 1;
        let mut seed = [0x5e; 32];
        seed[..8].copy_from_slice(&self.drawn.to_be_bytes());
        Seed::new(seed)
    }
    /// The server's rules over the store of the one that runs: production happens on its own machine.
    fn rules(&self) -> CopyServer {
        let keys = |name| self.world.maker.party(Certified::Copying, name).unwrap();
        let desk = Desk::new(self.world.realm.clone(), &self.world.maker.certifiers()).unwrap();
        let keys: PartyKeys = keys("copying");
        CopyServer::new(keys, desk, Settings::new(self.world.bank.id))
    }
    fn produced(&self, media: u32, price: i64) -> Vec<MediumId> {
        let (server, now) = (self.rules(), world::now());
        let store = self.server.as_ref().unwrap().store();
        store
            .write(move |tx| -> Result<_, MakeRefused> {
                let of = MediaBatch {
                    id: BatchId([u8::try_from(price % 250).unwrap(); 16]),
                    title: "Winter sun",
                    content: ContentId([2; 16]),
                    package: Hash([3; 32]),
                    key: &ContentKey::from_secret_bytes(CONTENT_KEY),
                    price: yen(price),
                    numbered: true,
                    again: false,
                };
                server.make_media(tx, &maker(), &of, media, now)
            })
            .unwrap()
    }
    fn devices(&mut self, kind: DeviceKind, count: u32) -> Vec<Body> {
        let (server, now, batch) = (self.rules(), world::now(), BatchId(self.seed().id("batch")));
        let store = self.server.as_ref().unwrap().store();
        let made = store
            .write(move |tx| server.make_devices(tx, &maker(), batch, kind, count, now))
            .unwrap();
        self.burned.extend(made.iter().map(|new| new.key.expose().to_vec()));
        made.into_iter().map(|new| Body::new(new.id, kind, new.key)).collect()
    }
    fn body(&mut self, kind: DeviceKind) -> Body {
        self.devices(kind, 1).remove(0)
    }
    async fn json(&self, token: &str, method: Method, at: String, body: &Json) -> (StatusCode, Json) {
        let mut request = self.client.request(method.clone(), at).bearer_auth(token);
        request = request.header("idempotency-key", "0123456789abcdef");
        if method != Method::GET {
            request = request.json(body);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let bytes = response.bytes().await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }
    async fn post(&self, token: &str, at: String, body: Json) -> (StatusCode, Json) {
        self.json(token, Method::POST, at, &body).await
    }
    async fn get(&self, token: &str, at: String) -> (StatusCode, Json) {
        self.json(token, Method::GET, at, &Json::Null).await
    }
    /// A session at the gateway or the console.
    async fn enter(&self, at: String, name: &str) -> String {
        let (status, told) = self.post("", at, json!({ "name": name, "password": PASSWORD })).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        told["token"].as_str().unwrap().to_owned()
    }
    async fn operator(&self, name: &str, role: &str) -> String {
        let new = json!({ "name": name, "password": PASSWORD, "role": role });
        let (status, told) = self.post(OPERATOR, self.console("/v1/people"), new).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        self.enter(self.console("/v1/sessions"), name).await
    }
    async fn customer(&self, name: &str, paid: i64) -> String {
        let new = json!({ "name": name, "password": PASSWORD });
        let (status, told) = self.post(OPERATOR, self.at("/v1/customers"), new).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{told}");
        let amount = json!({ "minor": paid.to_string(), "currency": "JPY" });
        for _ in 0..2 {
            // The same request twice is one payment.
            let paid = json!({ "name": name, "amount": amount });
            let request = self
                .client
                .post(self.at("/v1/pay-ins"))
                .bearer_auth(OPERATOR)
                .json(&paid);
            let key = format!("pay-in-of-{name:0>16}");
            let status = request.header("idempotency-key", key).send().await.unwrap().status();
            assert_eq!(status, StatusCode::NO_CONTENT);
        }
        self.enter(self.at("/v1/sessions"), name).await
    }
    async fn cbor(&mut self, token: &str, at: String, body: &[u8]) -> (StatusCode, Vec<u8>) {
        self.wire.push(body.to_vec());
        let request = self.client.post(at).bearer_auth(token);
        let request = request.header("content-type", "application/cbor").body(body.to_vec());
        let response = request.send().await.unwrap();
        let (status, bytes) = (response.status(), response.bytes().await.unwrap().to_vec());
        self.wire.push(bytes.clone());
        (status, bytes)
    }
    /// Asks over the gateway, until it is decided.
    async fn ask(&mut self, token: &str, ask: &[u8]) -> (StatusCode, Vec<u8>) {
        let at = self.at("/v1/questions");
        self.cbor(token, at, ask).await
    }
    async fn standing(&self, token: &str) -> Standing {
        serde_json::from_value(self.get(token, self.at("/v1/account")).await.1).unwrap()
    }
    async fn user(&mut self, token: &str) -> User {
        let bodies = [DeviceKind::Card, DeviceKind::Player, DeviceKind::Drive].map(|kind| self.body(kind));
        let [card, player, drive] = bodies;
        let bound = Bound {
            card: Some(card.id()),
            player: Some(player.id()),
            drive: Some(drive.id()),
        };
        let mut user = User {
            keeper: Keeper::new(card),
            bound,
            id: UserId::new([0; 16]),
        };
        let (via, seed) = (Some(self.gateway.id), self.seed());
        let ask = user.keeper.register(bound, "blue heron", via, &seed).unwrap();
        let (status, answer) = self.ask(token, &ask).await;
        assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&answer));
        let Heard::Registered(id) = user.hear(&answer) else {
            panic!("not registered")
        };
        user.id = id;
        user
    }
    async fn fetch(&mut self, token: &str, user: &mut User, id: MediumId) -> Result<Charge, String> {
        let (via, seed) = (Some(self.gateway.id), self.seed());
        let asked = user
            .keeper
            .ask_key(Source::Medium(id), yen(900), Some(user.bound), via, &seed);
        let ask = asked.unwrap();
        let (status, answer) = self.ask(token, &ask).await;
        if status != StatusCode::OK {
            user.keeper.refused();
            let told: Json = serde_json::from_slice(&answer).unwrap();
            return Err(told["code"].as_str().unwrap().to_owned());
        }
        match user.hear(&answer) {
            Heard::Given(_, charge) => Ok(charge),
            other => panic!("{other:?}"),
        }
    }
    /// What does not add up, at server and gateway.
    fn audit(&self) -> Vec<String> {
        let (rules, store) = (self.rules(), self.server.as_ref().unwrap().store());
        let mut found = store.read(move |view| party::Party::audit(&rules, view)).unwrap();
        let desk = Desk::new(self.world.realm.clone(), &self.world.maker.certifiers()).unwrap();
        let settings = copying::gateway::GatewaySettings {
            server: PartyId::default(),
            bank: PartyId::default(),
            permille: 333,
        };
        let keys = self.world.maker.party(Certified::Gateway, "gateway").unwrap();
        let gateway = copying::gateway::Gateway::new(keys, desk, settings);
        let store = self.gateway.store();
        found.extend(store.read(move |view| party::Party::audit(&gateway, view)).unwrap());
        found
    }
}

struct User {
    keeper: Keeper,
    bound: Bound,
    id: UserId,
}

impl User {
    fn hear(&mut self, answer: &[u8]) -> Heard {
        self.keeper.hear(&Answer::parse(answer).unwrap()).unwrap()
    }
}

fn yen(minor: i64) -> Money {
    Money::new(minor, Currency::JPY).unwrap()
}

fn maker() -> Hand {
    Hand {
        who: [1; 16],
        role: Duties::Maker,
    }
}

/// proves: CM-9 CM-10 row-72
#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_bought_over_a_gateway_and_a_link_that_nobody_else_can_use() {
    let mut town = Town::start().await;
    let media = town.produced(3, 200);
    // Accounts: opened by the gateway's people alone; a wrong password and a missing session get nothing.
    let new = json!({ "name": "ren", "password": PASSWORD });
    assert_eq!(
        town.post("wrong", town.at("/v1/customers"), new).await.0,
        StatusCode::UNAUTHORIZED
    );
    let aiko = town.customer("aiko", 500).await;
    let wrong = json!({ "name": "aiko", "password": "a ferry at ten" });
    assert_eq!(
        town.post("", town.at("/v1/sessions"), wrong).await.0,
        StatusCode::UNAUTHORIZED
    );
    let (_, terms) = town.get("", town.at("/v1/terms")).await;
    assert_eq!(terms["needs"], json!(["card", "player", "drive"]));
    assert_eq!(terms["gateway"], json!(town.gateway.id.to_string()));
    let mut user = town.user(&aiko).await;

    // The link is cut: the amount is held, nothing is charged, and the same question is answered once it is back.
    town.server.take().unwrap().stop().await;
    let (via, seed) = (Some(town.gateway.id), town.seed());
    let ask = user
        .keeper
        .ask_key(Source::Medium(media[0]), yen(300), None, via, &seed)
        .unwrap();
    assert_eq!(town.ask("nobody", &ask).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(town.ask(&aiko, &ask).await.0, StatusCode::ACCEPTED);
    let held = town.standing(&aiko).await;
    assert_eq!((held.balance, held.held, held.charged.len()), (500, 300, 0));
    town.server = Some(start(server_config(&town.world, town.link)).await.unwrap());
    let mut answer = town.ask(&aiko, &ask).await;
    while answer.0 == StatusCode::ACCEPTED {
        answer = town.ask(&aiko, &ask).await;
    }
    let again = town.ask(&aiko, &ask).await;
    assert_eq!(again, answer, "the same question has the same answer");
    let Heard::Given(_, charge) = user.hear(&answer.1) else {
        panic!("no key")
    };
    assert_eq!(
        (charge.amount.minor(), charge.gateway.plus(charge.operator)),
        (200, Ok(charge.amount))
    );
    let after = town.standing(&aiko).await;
    assert_eq!((after.balance, after.held), (300, 0));
    assert!(matches!(&after.charged[..], [Charged { amount: 200, .. }]));

    // A refusal comes back in the sources' words and lets the hold go; who cannot pay uses no medium up.
    assert_eq!(
        town.fetch(&aiko, &mut user, MediumId([9; 16])).await.unwrap_err(),
        "balance-too-small"
    );
    let (via, seed) = (Some(town.gateway.id), town.seed());
    let ask = user
        .keeper
        .ask_key(Source::Medium(MediumId([9; 16])), yen(300), None, via, &seed)
        .unwrap();
    let (status, text) = town.ask(&aiko, &ask).await;
    assert!(status.is_client_error());
    assert!(String::from_utf8_lossy(&text).contains("Content cannot be copied from this medium."));
    assert_eq!(town.standing(&aiko).await.held, 0);

    // Nobody without a listed certificate of the link is heard there: not the world, not a stranger with one of his own,
    // not one that the authority certified and nobody listed.
    let address = format!("https://{}", town.link);
    let plain = reqwest::Client::builder()
        .tls_danger_accept_invalid_certs(true)
        .build()
        .unwrap();
    assert!(plain.post(format!("{address}/link/ask")).body("").send().await.is_err());
    let stranger = authority::link(&["127.0.0.1"], &["stranger"], 2026, 5).unwrap();
    let other = LinkFiles {
        certificate: written(&town.world, "stranger.pem", &stranger.gateways[0].certificate),
        key: written(&town.world, "stranger.key", &stranger.gateways[0].key),
        ..files(&town.world, "gateway")
    };
    let client = |files: &LinkFiles| LinkClient::new(&address, files).unwrap();
    assert_eq!(client(&other).post("ask", ask.clone()).await, Told::Silent);
    assert_eq!(
        client(&files(&town.world, "unlisted")).post("ask", ask.clone()).await,
        Told::Silent
    );
    // And the gateway speaks to no server that the link's authority does not know.
    let foreign = LinkFiles {
        authority: written(&town.world, "foreign.pem", &stranger.authority),
        ..files(&town.world, "gateway")
    };
    assert_eq!(client(&foreign).post("ask", ask).await, Told::Silent);

    // Both sides' statements, the shares, and the money: a cheque to the bank, booked once.
    let auditor = town.operator("abe", "auditor").await;
    let gateway = town.gateway.id;
    let (_, theirs) = town
        .get(&auditor, town.console(&format!("/v1/statements/{gateway}")))
        .await;
    let (_, own) = town.get(OPERATOR, town.at("/v1/statement")).await;
    assert_eq!(theirs["lines"][0]["delivery"], own["lines"][0]["delivery"]);
    assert_eq!(
        (&theirs["owed"], own["lines"].as_array().unwrap().len()),
        (&own["owed"], 1)
    );
    assert_eq!(own["owed"], json!(charge.operator.minor()));
    for id in [town.gateway.id, town.server.as_ref().unwrap().id] {
        let body = format!(r#"{{"name":"{id}","opening":{{"minor":"1000","currency":"JPY"}},"party":"{id}"}}"#);
        assert_eq!(
            town.world
                .open_account(&format!("account-of-{id}"), &body)
                .await
                .status(),
            200
        );
    }
    let settle = |town: &Town| {
        let request = town.client.post(town.at("/v1/settlements")).bearer_auth(OPERATOR);
        async move { request.send().await.unwrap().status() }
    };
    while settle(&town).await != StatusCode::NO_CONTENT {}
    assert_eq!(settle(&town).await, StatusCode::NO_CONTENT);
    let (_, own) = town.get(OPERATOR, town.at("/v1/statement")).await;
    let (_, theirs) = town
        .get(&auditor, town.console(&format!("/v1/statements/{gateway}")))
        .await;
    assert_eq!((&own["owed"], &theirs["owed"]), (&json!(0), &json!(0)));
    assert_eq!(town.audit(), Vec::<String>::new());
    town.stop().await;
}

/// proves: CM-7 CM-8 row-73 row-74
#[tokio::test(flavor = "multi_thread")]
async fn a_repair_and_a_lost_card_at_the_console_free_what_is_its_users_and_void_the_old() {
    let mut town = Town::start().await;
    let media = town.produced(2, 0);
    let (aiko, counter) = (
        town.customer("aiko", 2000).await,
        town.operator("sato", "counter").await,
    );
    let (mut user, mut friend) = (town.user(&aiko).await, town.user(&aiko).await);
    town.fetch(&aiko, &mut user, media[0]).await.unwrap();
    // The drive breaks: its number dies, the card is told to erase, and confirms at the counter.
    let drive = town.body(DeviceKind::Drive);
    let (keeper, broken) = (user.bound.card.unwrap(), user.bound.drive.unwrap());
    let asked = |replacement: String, reason: &str| json!({ "keeper": keeper.grouped(), "broken": broken.to_string(), "replacement": replacement, "reason": reason });
    let silent = town
        .post(
            &counter,
            town.console("/v1/exchanges"),
            asked(drive.id().to_string(), " "),
        )
        .await;
    assert_eq!(silent.1["code"], "no-reason");
    let done = town
        .post(
            &counter,
            town.console("/v1/exchanges"),
            asked(drive.id().to_string(), "fell down"),
        )
        .await;
    let number = done.1["order"].as_str().unwrap().to_owned();
    let fetched = town
        .client
        .get(town.console(&format!("/v1/orders/{number}")))
        .bearer_auth(&counter);
    let order: EraseOrder = seal::cbor::from_bytes(&fetched.send().await.unwrap().bytes().await.unwrap()).unwrap();
    assert_eq!(
        town.fetch(&aiko, &mut friend, media[0]).await.unwrap_err(),
        "medium-used"
    );
    let seed = town.seed();
    let confirmation = user.keeper.erase(&order, None, &seed).unwrap();
    let at = town.console("/v1/questions");
    let (status, answer) = town.cbor(&counter, at, &confirmation).await;
    assert_eq!(status, StatusCode::OK);
    user.hear(&answer);
    user.bound.drive = Some(drive.id());
    assert_eq!(
        town.fetch(&aiko, &mut friend, media[0]).await.unwrap_err(),
        "medium-used"
    );
    town.fetch(&aiko, &mut user, media[0]).await.unwrap();
    // The card is lost: User ID and word, over the gateway, bring everything on a new one; the old one is dead.
    let mut new = Keeper::new(town.body(DeviceKind::Card));
    let (via, seed) = (Some(town.gateway.id), town.seed());
    let ask = new.replace(user.id.clone(), "grey heron", via, &seed).unwrap();
    let (_, no) = town.ask(&aiko, &ask).await;
    assert!(String::from_utf8_lossy(&no).contains("A new card cannot be made with these."));
    new.refused();
    let (via, seed) = (Some(town.gateway.id), town.seed());
    let ask = new.replace(user.id.clone(), " Blue Heron", via, &seed).unwrap();
    let (status, answer) = town.ask(&aiko, &ask).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(new.hear(&Answer::parse(&answer).unwrap()).unwrap(), Heard::Reissued(1));
    assert_eq!(
        town.fetch(&aiko, &mut user, media[1]).await.unwrap_err(),
        "user-invalid"
    );
    // Everything of it stands in the trail, and in the histories.
    let (_, trail) = town.get(&counter, town.console("/v1/trail")).await;
    assert_eq!(trail["edited"], json!([]));
    let verbs: Vec<_> = trail["acts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|act| act["verb"].clone())
        .collect();
    for verb in ["device exchanged", "erased, flags freed", "card reissued", "role given"] {
        assert!(verbs.contains(&json!(verb)), "{verb}: {verbs:?}");
    }
    let (_, dead) = town.get(&counter, town.console(&format!("/v1/devices/{broken}"))).await;
    assert!(dead["dead"].is_string());
    let card = new.body().id();
    let (_, history) = town.get(&counter, town.console(&format!("/v1/devices/{card}"))).await;
    assert_eq!(history["keys"].as_array().unwrap().len(), 2);
    let (_, medium) = town
        .get(&counter, town.console(&format!("/v1/media/{}", media[0])))
        .await;
    assert_eq!(medium["state"], "given");
    assert_eq!(town.audit(), Vec::<String>::new());
    town.stop().await;
}

/// Roles in the order of a grid's columns; `None` is nobody.
const COLUMNS: [Option<Duties>; 5] = [
    None,
    Some(Duties::Auditor),
    Some(Duties::Maker),
    Some(Duties::Counter),
    Some(Duties::Chief),
];

fn may(who: Option<Duties>, whom: For) -> bool {
    match (whom, who) {
        (For::Anybody, _) => true,
        (For::Token, _) | (For::Staff, None) | (For::Role(_), None) => false,
        (For::Staff, Some(_)) => true,
        (For::Role(duty), Some(role)) => role.may(duty),
    }
}

/// proves: CM-7 row-97
#[tokio::test(flavor = "multi_thread")]
async fn every_address_is_tried_with_every_role_and_lets_in_whom_it_is_for() {
    let town = Town::start().await;
    let mut sessions = Vec::new();
    for role in COLUMNS {
        let Some(role) = role else {
            sessions.push(("nobody".to_owned(), String::new()));
            continue;
        };
        let token = town.operator(role.word(), role.word()).await;
        sessions.push((token.clone(), format!("keyfare_copying={token}")));
    }
    let path = |path: &str| {
        let id = copying::DeviceId([7; 16]).to_string();
        path.replace("{id}", &id)
            .replace("{gateway}", &town.gateway.id.to_string())
            .replace("{name}", "home")
    };
    let mut grid = Vec::new();
    for (method, at, whom) in API.iter().chain(PAGES).chain([&FRONT]) {
        let program = at.starts_with("/v1/");
        for (who, (token, cookie)) in COLUMNS.into_iter().zip(&sessions) {
            let mut request = town
                .client
                .request(method.to_uppercase().parse().unwrap(), town.console(&path(at)));
            request = if program {
                request.bearer_auth(token)
            } else {
                request.header("cookie", cookie)
            };
            if *whom == For::Token {
                request = request.json(&json!({ "name": "x", "password": PASSWORD, "role": "chief" }));
            }
            let response = request.send().await.unwrap();
            let (status, location) = (response.status(), response.headers().get("location").cloned());
            let to_sign_in = location.is_some_and(|at| at == "/sign-in") && !["/sign-out", "/second"].contains(at);
            // Let in is whoever is not turned away at the door: what follows may lack a body or know no such number.
            let foreign = response.text().await.unwrap().contains("form-foreign");
            let turned_away =
                to_sign_in || matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) && !foreign;
            let word = who.map_or("nobody", Duties::word);
            assert_eq!(
                !turned_away,
                may(who, *whom),
                "{word}: {method} {at} was answered {status}"
            );
            grid.push((word, *at, !turned_away));
        }
    }
    // Every role differs from every other one somewhere, and each duty is somebody's.
    let column = |who: &str| -> BTreeSet<&str> {
        grid.iter()
            .filter(|(word, _, open)| *word == who && *open)
            .map(|(_, at, _)| *at)
            .collect()
    };
    let words = ["nobody", "auditor", "maker", "counter", "chief"];
    for (n, one) in words.iter().enumerate() {
        for other in &words[n + 1..] {
            assert_ne!(column(one), column(other), "{one} and {other}");
        }
    }
    for duty in Duty::ALL {
        let asked = API.iter().chain(PAGES).filter(|(_, _, whom)| *whom == For::Role(duty));
        assert!(asked.count() > 0, "{duty:?} is asked for nowhere");
    }
    // The operator's token opens what is the operator's, and nothing else.
    assert_eq!(
        town.get(OPERATOR, town.console("/v1/trail")).await.0,
        StatusCode::UNAUTHORIZED
    );
    town.stop().await;
}

/// Whoever asks for a second step is not in after the password alone, be it by page or by program; a recovery code works once.
///
/// proves: CM-7 row-95 row-97
#[tokio::test(flavor = "multi_thread")]
async fn a_second_step_at_the_console_lets_nobody_in_by_password_alone() {
    let town = Town::start().await;
    let token = town.operator("sato", "counter").await;
    let origin = town.console("");
    let ask = async |method: Method, at: &str, cookie: &str, fields: &[(&str, &str)]| {
        let mut url = reqwest::Url::parse("http://form/").unwrap();
        url.query_pairs_mut().extend_pairs(fields);
        let request = town.client.request(method, town.console(at)).header("cookie", cookie);
        let request = request.header("origin", &origin);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = request
            .body(url.query().unwrap_or_default().to_owned())
            .send()
            .await
            .unwrap();
        let header = |name: &str| {
            let value = answer.headers().get(name).and_then(|v| v.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let cookie = header("set-cookie").split(';').next().unwrap().to_owned();
        (
            answer.status().as_u16(),
            header("location"),
            cookie,
            answer.text().await.unwrap(),
        )
    };
    let form_of = |page: &str| {
        let (_, rest) = page.split_once("name=\"form\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let whole = format!("keyfare_copying={token}");
    let (.., page) = ask(Method::GET, "/you", &whole, &[]).await;
    let form = form_of(&page);
    // Without anything to take it with, it is not asked for.
    let (_, to, ..) = ask(
        Method::POST,
        "/you/second",
        &whole,
        &[("form", &form), ("asked", "yes")],
    )
    .await;
    assert_eq!(to, "/you?said=second-no");
    let (.., page) = ask(Method::POST, "/you/codes", &whole, &[("form", &form)]).await;
    let codes: Vec<&str> = page
        .split("<ul class=\"code\">")
        .nth(1)
        .unwrap()
        .split("<li>")
        .skip(1)
        .collect();
    let codes: Vec<&str> = codes.iter().map(|rest| rest.split('<').next().unwrap()).collect();
    assert_eq!(codes.len(), 10);
    let (_, to, ..) = ask(
        Method::POST,
        "/you/second",
        &whole,
        &[("form", &form), ("asked", "yes")],
    )
    .await;
    assert_eq!(to, "/you?said=saved");

    let typed = [("name", "sato"), ("password", PASSWORD)];
    let body = json!({ "name": "sato", "password": PASSWORD });
    let (status, no) = town.post("", town.console("/v1/sessions"), body).await;
    assert_eq!(
        (status, &no["code"]),
        (StatusCode::UNAUTHORIZED, &json!("second-step-missing")),
        "{no}"
    );
    let half = async || {
        let (_, to, half, _) = ask(Method::POST, "/sign-in", "", &typed).await;
        assert_eq!(to, "/second");
        half
    };
    let one = half().await;
    for at in ["/", "/you", "/trail"] {
        assert_eq!(ask(Method::GET, at, &one, &[]).await.1, "/second", "{at}");
    }
    let (.., page) = ask(Method::GET, "/second", &one, &[]).await;
    let form = form_of(&page);
    let code = |code: &str| [("form", form.clone()), ("code", code.to_owned())];
    let step = async |cookie: &str, fields: &[(&str, String)]| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, text)| (*name, text.as_str())).collect();
        ask(Method::POST, "/second", cookie, &fields).await
    };
    assert_eq!(
        step(&one, &[("form", "guessed".into()), ("code", codes[0].into())])
            .await
            .0,
        403
    );
    assert_eq!(step(&one, &code("none-of-them")).await.0, 403);
    let (_, to, cookie, _) = step(&one, &code(codes[0])).await;
    assert_eq!(to, "/");
    assert_eq!(ask(Method::GET, "/", &cookie, &[]).await.0, 200);
    // The half session is no more, and the code is used up.
    assert_eq!(ask(Method::GET, "/you", &one, &[]).await.1, "/sign-in");
    let two = half().await;
    let (.., page) = ask(Method::GET, "/second", &two, &[]).await;
    let used = [("form", form_of(&page)), ("code", codes[0].to_owned())];
    assert_eq!(step(&two, &used).await.0, 403);
    town.stop().await;
}

fn holds(all: &[u8], secret: &[u8]) -> bool {
    all.windows(secret.len()).any(|window| window == secret)
}

/// proves: CM-9 row-70 row-71 row-72
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_media_yield_a_hundred_keys_over_http_and_nothing_said_or_written_shows_a_secret() {
    let mut town = Town::start().await;
    let media = town.produced(20, 0);
    let aiko = town.customer("aiko", 0).await;
    let mut users = Vec::new();
    for _ in 0..4 {
        users.push(town.user(&aiko).await);
    }
    // Every question is made before any is asked; then all are under way at once.
    let mut asks = Vec::new();
    for n in 0..160_usize {
        let (via, seed) = (Some(town.gateway.id), town.seed());
        let (user, id) = (n * 7 % users.len(), media[n * 13 % media.len()]);
        users[user].keeper.refused();
        let asked = users[user].keeper.ask_key(Source::Medium(id), yen(0), None, via, &seed);
        asks.push((user, id, asked.unwrap()));
    }
    let said = futures::future::join_all(asks.iter().map(|(user, id, ask)| {
        let request = town.client.post(town.at("/v1/questions")).bearer_auth(&aiko);
        let request = request.header("content-type", "application/cbor").body(ask.clone());
        async move {
            let response = request.send().await.unwrap();
            (*user, *id, response.status(), response.bytes().await.unwrap().to_vec())
        }
    }));
    let mut won = std::collections::BTreeMap::new();
    let said = said.await;
    for (user, id, status, answer) in &said {
        if *status == StatusCode::OK {
            let copying::wire::Open::Given(charge) = Answer::parse(answer).unwrap().open else {
                panic!("no key")
            };
            let first = *won.entry(*id).or_insert((*user, charge.delivery));
            assert_eq!(
                first,
                (*user, charge.delivery),
                "two users, or two keys, for one medium"
            );
        } else {
            let told: Json = serde_json::from_slice(answer).unwrap();
            assert_eq!(told["code"], "medium-used", "{told}");
            assert!(
                told["detail"]
                    .as_str()
                    .unwrap()
                    .starts_with("Content cannot be copied from this medium")
            );
        }
    }
    assert_eq!(won.len(), media.len());
    assert_eq!(town.audit(), Vec::<String>::new());

    // Searched: what crossed, and every file of every party.
    let mut secrets = vec![("the Content-Key", CONTENT_KEY.to_vec())];
    secrets.extend(town.burned.iter().map(|key| ("an MC-Key", key.clone())));
    for user in &users {
        secrets.push(("a User ID", user.id.expose().to_vec()));
        secrets.push(("a User ID on paper", user.id.on_paper().into_bytes()));
    }
    let crossed: Vec<u8> = said
        .iter()
        .flat_map(|(_, _, _, bytes)| bytes.clone())
        .chain(town.wire.concat())
        .collect();
    let asked: Vec<u8> = asks.iter().flat_map(|(_, _, ask)| ask.clone()).collect();
    let files = town.world.files();
    for (what, secret) in &secrets {
        for (place, bytes) in [
            ("on the wire", &crossed),
            ("in a question", &asked),
            ("in a file", &files),
        ] {
            assert!(!holds(bytes, secret), "{what} {place}");
        }
    }
    // A medium's id is the server's alone; the gateway passes it on unread.
    let at_gateway: Vec<u8> = std::fs::read(town.world.dir.path().join("gateway/store.db")).unwrap();
    for id in &media {
        assert!(
            !holds(&at_gateway, &id.0) && !holds(&asked, &id.0),
            "a medium's id at the gateway"
        );
    }
    town.stop().await;
}

/// proves: SD-3 row-98
#[tokio::test(flavor = "multi_thread")]
async fn a_customer_of_a_gateway_gets_what_is_kept_about_him_and_closes_an_empty_account() {
    let town = Town::start().await;
    let rich = town.customer("aiko", 500).await;
    let (status, told) = town.get(&rich, town.at("/v1/account/data")).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!(
        (&told["name"], &told["standing"]["balance"]),
        (&json!("aiko"), &json!(500))
    );
    assert_eq!(told["sessions"].as_array().unwrap().len(), 1);
    let leave = async |token: &str| {
        let asked = town.client.delete(town.at("/v1/account")).bearer_auth(token);
        let answer = asked.send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    assert_eq!(leave("nobody").await.0, StatusCode::UNAUTHORIZED);
    let (status, no) = leave(&rich).await;
    assert!(
        status.is_client_error() && no.contains("account-not-empty"),
        "{status} {no}"
    );
    assert_eq!(town.standing(&rich).await.balance, 500, "nothing has changed");
    let new = json!({ "name": "ren", "password": PASSWORD });
    town.post(OPERATOR, town.at("/v1/customers"), new.clone()).await;
    let empty = town.enter(town.at("/v1/sessions"), "ren").await;
    assert_eq!(leave(&empty).await.0, StatusCode::NO_CONTENT);
    for path in ["/v1/account", "/v1/account/data"] {
        let (status, told) = town.get(&empty, town.at(path)).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}: {told}");
    }
    let typed = json!({ "name": "ren", "password": PASSWORD });
    assert_eq!(
        town.post("", town.at("/v1/sessions"), typed).await.0,
        StatusCode::UNAUTHORIZED
    );
    // The name is free, and whoever takes it begins with nothing.
    town.post(OPERATOR, town.at("/v1/customers"), new).await;
    let other = town.enter(town.at("/v1/sessions"), "ren").await;
    assert_eq!(town.standing(&other).await.balance, 0);
}
