//! Many users ask for the keys of the same media at once, over a gateway and its private link, while the server or the gateway
//! is killed at random moments: each medium yields one key, to one user, charged once; every other question is refused in
//! the sources' words; the same question has the same answer afterwards; the books agree. What crossed and what the parties
//! wrote is searched for MC-Keys, Content-Keys and User IDs, by a search that finds each of them where one is planted.
//!
//! `ISSUE_ASKS`, `ISSUE_USERS`, `ISSUE_MEDIA` and `ISSUE_AT_ONCE` say how much; `cargo xtask deep issue` asks ten thousand times.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

use copying::{
    BatchId, Bound, DeviceKind, MediumId,
    device::{Body, Heard, Keeper},
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

/// How many users, media and questions there are, and how many questions are under way at any moment.
struct Size {
    users: usize,
    media: u32,
    asks: usize,
    at_once: usize,
}

impl Size {
    /// A few dozen, within seconds; `cargo xtask deep issue` asks ten thousand times for a hundred media.
    fn wanted() -> Self {
        let small = |name, usual| usize::try_from(number(name, usual)).unwrap();
        Self {
            users: small("ISSUE_USERS", 6),
            media: u32::try_from(number("ISSUE_MEDIA", 40)).unwrap(),
            asks: small("ISSUE_ASKS", number("KILLS", 20) * 5),
            at_once: small("ISSUE_AT_ONCE", 24),
        }
    }
}

const PRICE: i64 = 10;
const PAID_IN: i64 = 3_000;
const CONTENT_KEY: [u8; 32] = [0xc5; 32];

fn yen(minor: i64) -> Money {
    Money::new(minor, Currency::JPY).unwrap()
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|no| panic!("{}: {no}", path.display()))
}

/// Production, on the server's own machine, before it runs.
fn produced(root: &Path, size: &Size) -> (Vec<MediumId>, Vec<[Body; 3]>) {
    let (count, users) = (size.media, u32::try_from(size.users).unwrap());
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
                key: &ContentKey::from_secret_bytes(CONTENT_KEY),
                price: yen(PRICE),
                numbered: true,
                again: false,
            };
            let media = made.make_media(tx, &hand, &of, count, now)?;
            let mut kinds = [DeviceKind::Card, DeviceKind::Player, DeviceKind::Drive].map(|kind| (kind, Vec::new()));
            for (n, (kind, all)) in kinds.iter_mut().enumerate() {
                let batch = BatchId([n as u8 + 2; 16]);
                let new = made.make_devices(tx, &hand, batch, *kind, users, now)?;
                all.extend(new.into_iter().map(|new| Body::new(new.id, *kind, new.key)));
            }
            let mut each = kinds.map(|(_, all)| all.into_iter());
            let users = (0..users).map(|_| [0, 1, 2].map(|n| each[n].next().unwrap())).collect();
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
    /// Asks all of it, so many at once.
    fn ask_all(&self, asks: &[(usize, MediumId, Vec<u8>)], at_once: usize) -> Vec<Result<Vec<u8>, String>> {
        let next = AtomicUsize::new(0);
        let mut said = std::thread::scope(|scope| {
            let asker = || {
                let mut said = Vec::new();
                while let Some((n, (_, _, ask))) = {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    asks.get(n).map(|ask| (n, ask))
                } {
                    said.push((n, self.ask(ask)));
                }
                said
            };
            let askers: Vec<_> = (0..at_once).map(|_| scope.spawn(asker)).collect();
            askers
                .into_iter()
                .flat_map(|asker| asker.join().unwrap())
                .collect::<Vec<_>>()
        });
        said.sort_unstable_by_key(|(n, _)| *n);
        said.into_iter().map(|(_, said)| said).collect()
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

/// Everything two parties left: their directories, and what their processes said.
fn left_behind(town: &Town) -> Vec<(PathBuf, Vec<u8>)> {
    fn below(dir: &Path, all: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(dir).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                below(&path, all)
            } else {
                all.push(path)
            }
        }
    }
    let mut paths = ["copying.log", "gateway.log", "bank.log", "registry.log"]
        .map(|log| town.path().join(log))
        .to_vec();
    for role in ["copying", "gateway", "bank", "registry"] {
        below(&town.path().join(role), &mut paths);
    }
    paths.into_iter().map(|path| (path.clone(), read(&path))).collect()
}

/// A secret as bytes, and as texts that programs write bytes as.
fn spellings(secret: &[u8]) -> Vec<Vec<u8>> {
    let lower = data_encoding::BASE32_NOPAD.encode(secret).to_ascii_lowercase();
    let grouped: Vec<&[u8]> = lower.as_bytes().chunks(5).collect();
    vec![
        secret.to_vec(),
        data_encoding::HEXLOWER.encode(secret).into_bytes(),
        data_encoding::BASE64
            .encode(secret)
            .trim_end_matches('=')
            .as_bytes()
            .to_vec(),
        data_encoding::BASE64URL_NOPAD.encode(secret).into_bytes(),
        data_encoding::BASE32_NOPAD.encode(secret).into_bytes(),
        grouped.join(&b'-'),
        lower.into_bytes(),
        secret
            .iter()
            .map(u8::to_string)
            .collect::<Vec<_>>()
            .join(", ")
            .into_bytes(),
    ]
}

/// Where one of these secrets stands.
fn found(places: &[(PathBuf, Vec<u8>)], secrets: &[(&'static str, Vec<u8>)]) -> Vec<(&'static str, PathBuf)> {
    // By their first bytes, so that a place is gone through once.
    let mut wanted: HashMap<[u8; 8], Vec<(&'static str, Vec<u8>)>> = HashMap::new();
    for (what, secret) in secrets {
        for spelt in spellings(secret) {
            let first = spelt[..8].try_into().unwrap();
            wanted.entry(first).or_default().push((*what, spelt));
        }
    }
    let mut found = Vec::new();
    for (path, bytes) in places {
        for (at, first) in bytes.windows(8).enumerate() {
            for (what, spelt) in wanted.get(<&[u8; 8]>::try_from(first).unwrap()).into_iter().flatten() {
                if bytes[at..].starts_with(spelt) {
                    found.push((*what, path.clone()));
                }
            }
        }
    }
    found
}

/// proves: CM-3 CM-6 CM-9 row-71 row-98
#[test]
fn each_medium_yields_one_key_charged_once_whoever_is_killed_whenever() {
    let (size, seed) = (Size::wanted(), number("KILLS_SEED", 1));
    let mut dice = Dice(seed);
    let mut town = Town::stocked(0, None);
    let (media, bodies) = produced(town.path(), &size);
    // Users here ask for used media far more often than people would, and all of them from one place.
    for role in ["copying", "gateway"] {
        let settings = town.path().join(role).join("party.toml");
        let text = String::from_utf8(read(&settings)).unwrap();
        let text = text.replace("[copying]\n", "[copying]\ntries_max = 100000000\n");
        let pace = "\n[pace]\nper_second = 1000000\nburst = 1000000\nmisses_per_minute = 1000000\n";
        std::fs::write(&settings, format!("{text}{pace}")).unwrap();
    }
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
    let (mut users, mut crossed) = (Vec::new(), Vec::new());
    let mut secrets = vec![("the Content-Key", CONTENT_KEY.to_vec())];
    for [card, player, drive] in bodies {
        // A device's key is the end of what it is kept as.
        for body in [&card, &player, &drive] {
            let burned = body.burn();
            secrets.push(("a device's key", burned[burned.len() - 32..].to_vec()));
        }
        let bound = Bound {
            card: Some(card.id()),
            player: Some(player.id()),
            drive: Some(drive.id()),
        };
        let mut keeper = Keeper::new(card);
        let ask = keeper.register(bound, "blue heron", Some(via), &draw()).unwrap();
        let answer = way.ask(&ask).unwrap();
        let Heard::Registered(name) = keeper.hear(&Answer::parse(&answer).unwrap()).unwrap() else {
            panic!("not registered")
        };
        secrets.push(("a User ID", name.expose().to_vec()));
        crossed.extend([ask, answer]);
        users.push(keeper);
    }

    // Every question is made before any is asked: whoever comes first wins.
    let asks: Vec<(usize, MediumId, Vec<u8>)> = (0..size.asks)
        .map(|_| {
            let user = dice.next(size.users as u64) as usize;
            let id = media[dice.next(u64::from(size.media)) as usize];
            users[user].refused();
            let asked = users[user].ask_key(Source::Medium(id), yen(PRICE), None, Some(via), &draw());
            (user, id, asked.unwrap())
        })
        .collect();
    let replay = format!("replay with ISSUE_ASKS={} KILLS_SEED={seed}", size.asks);
    let (mut kills, began) = (0_u64, std::time::Instant::now());
    let said: Vec<Result<Vec<u8>, String>> = std::thread::scope(|scope| {
        let (way, asks) = (&way, &asks);
        let at_once = size.at_once;
        let asking = scope.spawn(move || way.ask_all(asks, at_once));
        // Killed while they ask, again and again.
        while !asking.is_finished() {
            pause(dice.next(120));
            let victim = ["copying", "gateway", "copying"][dice.next(3) as usize];
            town.kill(victim);
            pause(dice.next(60));
            town.start(victim);
            kills += 1;
        }
        asking.join().unwrap()
    });
    let took = began.elapsed();
    let mut won = BTreeMap::new();
    let mut given = Vec::new();
    for ((user, id, ask), said) in asks.iter().zip(&said) {
        match said {
            Ok(answer) => {
                let Open::Given(charge) = Answer::parse(answer).unwrap().open else {
                    panic!("no key; {replay}")
                };
                let now = (*user, charge.delivery);
                let first = *won.entry(*id).or_insert(now);
                assert_eq!(first, now, "two users, or two keys, for one medium; {replay}");
                given.push((ask, answer));
            }
            Err(code) => assert_eq!(code, "medium-used", "{replay}"),
        }
    }
    let asked_for: BTreeSet<MediumId> = asks.iter().map(|(_, id, _)| *id).collect();
    assert_eq!(won.len(), asked_for.len(), "a medium gave nobody its key; {replay}");
    println!(
        "{} questions of {} users for {} media, {} under way at once, {kills} kills, {took:?}: {} keys, each one user's",
        size.asks,
        size.users,
        size.media,
        size.at_once,
        won.len()
    );

    // The same afterwards, from processes that have just begun.
    for role in ["copying", "gateway"] {
        town.kill(role);
        town.start(role);
    }
    let account = way.json("/v1/account", None);
    for (ask, answer) in given.iter().take(100) {
        assert_eq!(
            &&way.ask(ask).unwrap(),
            answer,
            "another answer to the same question; {replay}"
        );
    }
    for (_, _, ask) in asks
        .iter()
        .zip(&said)
        .filter(|(_, said)| said.is_err())
        .map(|(ask, _)| ask)
        .take(30)
    {
        assert_eq!(way.ask(ask).unwrap_err(), "medium-used", "{replay}");
    }
    assert_eq!(
        way.json("/v1/account", None),
        account,
        "asking again changed the account"
    );
    let charged = account["charged"].as_array().unwrap().len();
    let all = i64::try_from(won.len()).unwrap();
    assert_eq!(
        (charged, account["held"].as_i64()),
        (won.len().min(100), Some(0)),
        "{account}"
    );
    assert_eq!(account["balance"].as_i64(), Some(PAID_IN - PRICE * all), "{account}");
    town.audit();

    // Searched: what crossed, and everything both parties wrote or said. First with a key planted where it would be found.
    for role in ["copying", "gateway", "bank", "registry"] {
        town.kill(role);
    }
    crossed.extend(asks.iter().map(|(_, _, ask)| ask.clone()));
    crossed.extend(said.into_iter().filter_map(Result::ok));
    let mut places = left_behind(&town);
    assert!(
        places
            .iter()
            .any(|(path, bytes)| path.ends_with("copying/data/store.db") && bytes.len() > 10_000)
    );
    places.push(("what crossed".into(), crossed.concat()));
    assert_eq!(found(&places, &secrets), Vec::new(), "{replay}");
    for at in 0..places.len() {
        let (what, secret) = &secrets[at % secrets.len()];
        let spelling = spellings(secret).swap_remove(at % 8);
        let (whole, path) = (places[at].1.len(), places[at].0.clone());
        places[at].1.extend(spelling);
        assert!(
            found(&places[at..=at], &secrets).contains(&(*what, path)),
            "the search is blind at {at}"
        );
        places[at].1.truncate(whole);
    }
}
