//! Many users ask for the keys of the same media at once, over a gateway and its private link, while the server or the gateway
//! is killed at random moments: each medium yields one key, to one user, charged once; every other question is refused in
//! the sources' words; the same question has the same answer afterwards; the books agree.
//!
//! `KILLS` (a tenth of it) and `KILLS_SEED` as for the others.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use copying::{
    BatchId, Bound, DeliveryId, DeviceKind, MediumId,
    device::{Body, Keeper},
    server::{CopyServer, Hand, MakeRefused, MediaBatch, Role, Settings},
    wire::{Answer, Open, Source},
};
use package::ContentKey;
use party::{PartyKeys, desk::Desk};
use reqwest::{Client, StatusCode};
use seal::{Realm, Secret, Seed, cbor};
use serde_json::{Value, json};
use server::{config, running};
use store::sqlite::{Opening, Sqlite};
use tokio::runtime::{Handle, Runtime};
use units::{ContentId, Currency, Hash, Moment, Money, PartyId};

use crate::{
    Dice, number,
    town::{Town, pause},
};

const USERS: usize = 6;
const MEDIA: u32 = 40;
/// Questions of one round, and how many ask at once.
const ROUND: usize = 24;
const AT_ONCE: usize = 4;
const PRICE: i64 = 10;
const PAID_IN: i64 = 3_000;

fn yen(minor: i64) -> Money {
    Money::new(minor, Currency::JPY).unwrap()
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|no| panic!("{}: {no}", path.display()))
}

/// Production, on the server's own machine, before it runs.
fn produced(root: &Path) -> (Vec<MediumId>, Vec<[Body; 3]>) {
    let dir = root.join("copying");
    let realm: Realm = cbor::from_bytes(&read(&root.join("realm.cbor"))).unwrap();
    let secret = Secret::from_slice(&read(&dir.join("secret"))).unwrap();
    let keys = PartyKeys::load(secret, realm.id(), read(&dir.join("certificate"))).unwrap();
    let certifiers = ["cards", "parties"].map(|name| read(&root.join("certifiers").join(name)));
    let opening = Opening {
        role: "copying".into(),
        realm: realm.id(),
        new_id: [7; 16],
    };
    let desk = Desk::new(realm, &certifiers).unwrap();
    let made = CopyServer::new(keys, desk, Settings::new(PartyId::default()));
    let parts = running::parts_of(config::Role::Copying);
    let disk = Sqlite::open(&dir.join("data").join(running::STORE_FILE), &opening, &parts).unwrap();
    let now = Moment(1_800_000_000_000);
    disk.store()
        .write(move |tx| -> Result<_, MakeRefused> {
            let hand = Hand {
                who: [1; 16],
                role: Role::Maker,
            };
            let of = MediaBatch {
                id: BatchId([1; 16]),
                title: "Winter sun",
                content: ContentId([2; 16]),
                package: Hash([3; 32]),
                key: &ContentKey::from_secret_bytes([0xc5; 32]),
                price: yen(PRICE),
                numbered: true,
                again: false,
            };
            let media = made.make_media(tx, &hand, &of, MEDIA, now)?;
            let mut kinds = [DeviceKind::Card, DeviceKind::Player, DeviceKind::Drive].map(|kind| (kind, Vec::new()));
            for (n, (kind, all)) in kinds.iter_mut().enumerate() {
                let batch = BatchId([n as u8 + 2; 16]);
                let new = made.make_devices(tx, &hand, batch, *kind, USERS as u32, now)?;
                all.extend(new.into_iter().map(|new| Body::new(new.id, *kind, new.key)));
            }
            let mut each = kinds.map(|(_, all)| all.into_iter());
            let users = (0..USERS).map(|_| [0, 1, 2].map(|n| each[n].next().unwrap())).collect();
            Ok((media, users))
        })
        .unwrap()
}

/// The way to the gateway, for threads that may block.
struct Way {
    client: Client,
    handle: Handle,
    address: String,
    token: String,
}

impl Way {
    /// Asks until it is decided: an answer, or a refusal's code. Whoever is dead meanwhile is asked again.
    fn ask(&self, bytes: &[u8]) -> Result<Vec<u8>, String> {
        for _ in 0..2_000 {
            let request = self
                .client
                .post(format!("{}/v1/questions", self.address))
                .bearer_auth(&self.token);
            let request = request.header("content-type", "application/cbor").body(bytes.to_vec());
            let heard = self.handle.block_on(async {
                let response = request.send().await?;
                Ok::<_, reqwest::Error>((response.status(), response.bytes().await?))
            });
            match heard {
                Ok((StatusCode::OK, bytes)) => return Ok(bytes.to_vec()),
                Ok((status, bytes)) if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS => {
                    let told: Value = serde_json::from_slice(&bytes).unwrap();
                    return Err(told["code"].as_str().unwrap().to_owned());
                }
                _ => pause(20),
            }
        }
        panic!("nobody decides")
    }
    fn json(&self, path: &str, body: Option<Value>) -> Value {
        let at = format!("{}{path}", self.address);
        let request = match body {
            Some(body) => self.client.post(at).json(&body),
            None => self.client.get(at),
        };
        let sent = request.bearer_auth(&self.token).send();
        let bytes = self
            .handle
            .block_on(async { sent.await.unwrap().bytes().await.unwrap() });
        serde_json::from_slice(&bytes).unwrap()
    }
}

/// proves: CM-3 CM-6 CM-9 row-71
#[test]
fn each_medium_yields_one_key_charged_once_whoever_is_killed_whenever() {
    let (kills, seed) = (number("KILLS", 20).div_ceil(10), number("KILLS_SEED", 1));
    let mut dice = Dice(seed);
    let mut town = Town::stocked(0, None);
    let (media, bodies) = produced(town.path());
    // Users here ask for used media far more often than people would.
    let settings = town.path().join("copying/party.toml");
    let text = String::from_utf8(read(&settings)).unwrap();
    std::fs::write(
        &settings,
        text.replace("[copying]\n", "[copying]\ntries_max = 1000000\n"),
    )
    .unwrap();
    for role in ["registry", "bank", "copying", "gateway"] {
        town.start(role);
    }
    let runtime = Runtime::new().unwrap();
    let mut way = Way {
        client: Client::builder().no_proxy().build().unwrap(),
        handle: runtime.handle().clone(),
        address: format!("http://127.0.0.1:{}", town.base + 16),
        token: String::new(),
    };
    let password = String::from_utf8(read(&town.path().join("copying-people"))).unwrap();
    let entered = way.json(
        "/v1/sessions",
        Some(json!({ "name": "aiko@example.jp", "password": password })),
    );
    way.token = entered["token"].as_str().unwrap().to_owned();
    let via: PartyId = way.json("/v1/terms", None)["gateway"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();

    let mut drawn = 0_u64;
    let mut draw = || {
        drawn += 1;
        let mut bytes = [9; 32];
        bytes[..8].copy_from_slice(&drawn.to_be_bytes());
        bytes[8..16].copy_from_slice(&seed.to_be_bytes());
        Seed::new(bytes)
    };
    let mut users = Vec::new();
    for [card, player, drive] in bodies {
        let bound = Bound {
            card: Some(card.id()),
            player: Some(player.id()),
            drive: Some(drive.id()),
        };
        let mut keeper = Keeper::new(card);
        let ask = keeper.register(bound, "blue heron", Some(via), &draw()).unwrap();
        keeper.hear(&Answer::parse(&way.ask(&ask).unwrap()).unwrap()).unwrap();
        users.push(keeper);
    }

    let won: Mutex<BTreeMap<MediumId, (usize, DeliveryId)>> = Mutex::default();
    let said: Mutex<Vec<(Vec<u8>, Vec<u8>)>> = Mutex::default();
    for kill in 0..kills {
        let replay = format!("kill {kill}; replay with KILLS={} KILLS_SEED={seed}", (kill + 1) * 10);
        let asks: Vec<_> = (0..ROUND)
            .map(|_| {
                let (user, id) = (
                    dice.next(USERS as u64) as usize,
                    media[dice.next(u64::from(MEDIA)) as usize],
                );
                users[user].refused();
                let asked = users[user].ask_key(Source::Medium(id), yen(PRICE), None, Some(via), &draw());
                (user, id, asked.unwrap())
            })
            .collect();
        let ended = AtomicBool::new(false);
        let (way, won, said, replay) = (&way, &won, &said, &replay);
        std::thread::scope(|scope| {
            let askers: Vec<_> = asks
                .chunks(ROUND / AT_ONCE)
                .map(|some| {
                    scope.spawn(move || {
                        for (user, id, ask) in some {
                            match way.ask(ask) {
                                Ok(answer) => {
                                    let Open::Given(charge) = Answer::parse(&answer).unwrap().open else {
                                        panic!("no key {replay}")
                                    };
                                    let now = (*user, charge.delivery);
                                    let first = *won.lock().unwrap().entry(*id).or_insert(now);
                                    assert_eq!(first, now, "two users, or two keys, for one medium {replay}");
                                    said.lock().unwrap().push((ask.clone(), answer));
                                }
                                Err(code) => assert_eq!(code, "medium-used", "{replay}"),
                            }
                        }
                    })
                })
                .collect();
            // Killed while they ask, again and again.
            while !ended.load(Ordering::Relaxed) {
                pause(dice.next(120));
                let victim = ["copying", "gateway", "copying"][dice.next(3) as usize];
                town.kill(victim);
                pause(dice.next(60));
                town.start(victim);
                ended.store(
                    askers.iter().all(std::thread::ScopedJoinHandle::is_finished),
                    Ordering::Relaxed,
                );
            }
        });
    }
    let (won, said) = (won.into_inner().unwrap(), said.into_inner().unwrap());
    assert!(!won.is_empty());
    for (ask, answer) in said.iter().take(30) {
        assert_eq!(&way.ask(ask).unwrap(), answer, "another answer to the same question");
    }
    let account = way.json("/v1/account", None);
    let charged = account["charged"].as_array().unwrap().len();
    assert_eq!((charged, account["held"].as_i64()), (won.len(), Some(0)), "{account}");
    assert_eq!(
        account["balance"].as_i64(),
        Some(PAID_IN - PRICE * won.len() as i64),
        "{account}"
    );
    town.audit();
}
