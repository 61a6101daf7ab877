//! A small town for tests: a realm with one issuer, one shop and its works, made from `seal`, `license` and `deal` alone. It
//! answers over any carrier and can be told to be away, to lose its answers, or to lie.
#![allow(dead_code, reason = "every test file uses its own part of the town")]

mod centre;
mod issuer;
mod serve;
mod shop;

#[allow(unused_imports, reason = "not every test needs a network")]
pub use serve::serve;
#[allow(unused_imports, reason = "every test file uses its own part of the town")]
pub use shop::{Kindly, Lie, Work};

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use card::{Keeping, PinCost};
use futures::{FutureExt, future::BoxFuture};
use minicbor::bytes::ByteVec;
use seal::{Audience, Claims, Class, Kind, Opener, Realm, Role, Roots, Secret, Seed, Signer, cbor};
use units::{Again, Currency, Moment, Money, PartyId, RealmId, Span};
use wallet::{
    Home, Wallet,
    carry::{Carrier, CarryRefusal, Directory, DirectorySheet, Listed, Part, Whereabouts},
    drive::Drive,
    engine::{BirthPlan, Patience},
};

pub const PIN: &str = "2718";
pub const START: Moment = Moment(1_795_000_000_000);

pub fn yen(n: i64) -> Money {
    Money::new(n, Currency::JPY).unwrap()
}

/// A clock that stands until it is told, and seeds that never repeat.
pub struct Hand {
    now: AtomicU64,
    seeds: AtomicU64,
    salt: u8,
}

impl Hand {
    pub fn set(&self, to: Moment) {
        self.now.store(to.0, Ordering::SeqCst);
    }
    pub fn pass(&self, span: Span) {
        self.now.fetch_add(span.0, Ordering::SeqCst);
    }
}

impl Drive for Hand {
    fn now(&self) -> Moment {
        Moment(self.now.load(Ordering::SeqCst))
    }
    fn seed(&self) -> Seed {
        let n = self.seeds.fetch_add(1, Ordering::SeqCst);
        Seed::new(seal::hash_parts(&[&[self.salt], &n.to_be_bytes()]).0)
    }
}

/// Somebody with keys and a certificate.
pub struct Party {
    pub id: PartyId,
    pub name: String,
    pub signer: Signer,
    pub opener: Opener,
    pub certificates: Vec<Vec<u8>>,
}

/// A code: the signed form of its value, and the claim of whoever took it.
pub type Code = (Vec<u8>, Option<String>);

pub struct Town {
    pub realm: Realm,
    pub id: RealmId,
    pub hand: Arc<Hand>,
    pub certifiers: Vec<Vec<u8>>,
    card_certifier: Signer,
    pub issuer: Party,
    pub shop: Party,
    /// Unlocks locked copies.
    pub centre: Party,
    registry: Party,
    clock: Party,
    pub works: Mutex<Vec<Work>>,
    /// What the shop lists as versions of a package, by its name, and packages beside those of `works`.
    pub listed: Mutex<BTreeMap<String, serde_json::Value>>,
    pub more: Mutex<BTreeMap<String, Vec<u8>>>,
    /// Codes the shop gave out: the value's signed form, and the claim of whoever took it.
    pub codes: Mutex<BTreeMap<String, Code>>,
    pub issuers: Mutex<issuer::Books>,
    pub shops: Mutex<shop::Books>,
    pub centres: Mutex<centre::Books>,
    pub shop_away: AtomicBool,
    pub issuer_away: AtomicBool,
    pub centre_away: AtomicBool,
    /// So many answers of the shop's get lost after it has decided.
    pub answers_lost: AtomicU64,
    pub lie: Mutex<Option<Lie>>,
    /// The next download breaks after so many bytes; 0: none does.
    pub breaks_after: AtomicU64,
    /// The so-many-th request from now is never answered; 0: all are.
    pub hangs_at: AtomicU64,
    /// It hangs after it was decided, not before.
    pub hangs_after: AtomicBool,
    /// A request hangs.
    pub hung: tokio::sync::Notify,
    /// A giver was told that a deal is done.
    pub done: tokio::sync::Notify,
    /// Everything that was asked of anybody, in order.
    pub asked: Mutex<Vec<String>>,
    pub addresses: Mutex<BTreeMap<PartyId, String>>,
}

fn secret(n: u8) -> Secret {
    Secret::new([n; 32])
}

fn certify(
    by: &Signer,
    realm: RealmId,
    subject: [u8; 16],
    role: Role,
    keys: (&Signer, &Opener),
    name: &str,
) -> Vec<u8> {
    let claims = Claims {
        issuer: by.verify_key().key_id(),
        subject,
        from: Moment(START.0 - 86_400_000),
        until: START.plus(Span::days(400)),
        serial: u64::from(subject[0]),
        sign: keys.0.verify_key(),
        seal: keys.1.seal_to(),
        role,
        class: Class::Software,
        name: name.into(),
    };
    seal::issue(by, realm, &claims)
}

impl Town {
    pub fn new() -> Arc<Self> {
        Self::named("town", 1)
    }

    /// Another realm, with other roots, for another `salt`.
    pub fn named(name: &str, salt: u8) -> Arc<Self> {
        let root = |n: u8| Signer::new(&secret(salt.wrapping_mul(50).wrapping_add(n)));
        let key = |n: u8| root(n).verify_key();
        let realm = Realm {
            name: name.into(),
            currency: "JPY".into(),
            roots: Roots {
                card: key(1),
                publisher: key(2),
                issuer: key(3),
                registry: key(4),
                time: key(5),
            },
            registry: "http://127.0.0.1:9".into(),
        };
        let id = realm.id();
        let party = |n: u8, name: &str, roles: &[(Role, u8)]| {
            let (signer, opener) = (root(n), Opener::new(&secret(salt.wrapping_mul(50).wrapping_add(n))));
            let certificates = roles
                .iter()
                .map(|(role, by)| certify(&root(*by), id, [n; 16], *role, (&signer, &opener), name));
            Party {
                id: PartyId([n; 16]),
                name: name.into(),
                certificates: certificates.collect(),
                signer,
                opener,
            }
        };
        let card_certifier = party(11, "certifier of cards", &[(Role::CardCertifier, 1)]);
        let party_certifier = party(12, "certifier of parties", &[(Role::PartyCertifier, 2)]);
        let certifiers = [&card_certifier, &party_certifier].map(|p| p.certificates[0].clone());
        Arc::new(Self {
            issuer: party(21, "Central Money", &[(Role::Issuer, 3)]),
            shop: party(22, "Minato Tape Works", &[(Role::Seller, 12), (Role::Publisher, 12)]),
            centre: party(25, "Harbour Desk", &[(Role::Support, 12)]),
            registry: party(23, "Registry", &[(Role::Registry, 4)]),
            clock: party(24, "Clock", &[(Role::Time, 5)]),
            card_certifier: card_certifier.signer,
            certifiers: certifiers.to_vec(),
            hand: Arc::new(Hand {
                now: AtomicU64::new(START.0),
                seeds: AtomicU64::new(0),
                salt,
            }),
            works: Mutex::default(),
            listed: Mutex::default(),
            more: Mutex::default(),
            codes: Mutex::default(),
            issuers: Mutex::default(),
            shops: Mutex::default(),
            centres: Mutex::default(),
            shop_away: AtomicBool::new(false),
            issuer_away: AtomicBool::new(false),
            centre_away: AtomicBool::new(false),
            answers_lost: AtomicU64::new(0),
            lie: Mutex::default(),
            breaks_after: AtomicU64::new(0),
            hangs_at: AtomicU64::new(0),
            hangs_after: AtomicBool::new(false),
            hung: tokio::sync::Notify::new(),
            done: tokio::sync::Notify::new(),
            asked: Mutex::default(),
            addresses: Mutex::default(),
            realm,
            id,
        })
    }

    pub fn now(&self) -> Moment {
        self.hand.now()
    }
    pub fn seed(&self) -> Seed {
        self.hand.seed()
    }

    /// Everybody is certified and listed; addresses only matter over HTTP.
    pub fn directory(&self) -> Vec<u8> {
        let addresses = self.addresses.lock().unwrap();
        let parties = [&self.issuer, &self.shop, &self.centre].map(|p| Listed {
            id: p.id,
            name: p.name.clone(),
            address: addresses.get(&p.id).cloned().unwrap_or_default(),
            certificates: p.certificates.iter().map(|c| ByteVec::from(c.clone())).collect(),
        });
        let directory = Directory {
            number: 1,
            certifiers: self.certifiers.iter().map(|c| ByteVec::from(c.clone())).collect(),
            parties: parties.to_vec(),
            revoked: vec![],
            at: self.now(),
        };
        let signed = seal::sign(
            &self.registry.signer,
            Kind::Directory,
            self.id,
            Audience::Anyone,
            &directory,
        );
        cbor::to_bytes(&DirectorySheet {
            directory: signed.into(),
            certificate: self.registry.certificates[0].clone().into(),
        })
    }

    /// What the party answers, or why it does not.
    pub fn answer(&self, to: PartyId, path: &str, body: &[u8]) -> Result<Vec<u8>, CarryRefusal> {
        self.asked.lock().unwrap().push(path.to_owned());
        let away = if to == self.issuer.id {
            &self.issuer_away
        } else if to == self.centre.id {
            &self.centre_away
        } else {
            &self.shop_away
        };
        if away.load(Ordering::SeqCst) {
            return Err(silent());
        }
        let answer = if to == self.issuer.id {
            self.issuer_answers(path, body)
        } else if to == self.centre.id {
            self.centre_answers(path, body)
        } else {
            self.shop_answers(path, body)
        }?;
        let lost = |n: u64| n.checked_sub(1);
        let lose = path == "/v1/pay"
            && self
                .answers_lost
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, lost)
                .is_ok();
        if lose { Err(silent()) } else { Ok(answer) }
    }

    pub fn carrier(self: &Arc<Self>) -> Arc<dyn Carrier> {
        Arc::new(Street(self.clone()))
    }

    /// A new card, enrolled, with so much money, in a directory of its own.
    pub async fn card(self: &Arc<Self>, money: i64) -> Person {
        self.card_keeping(money, Keeping::AsTheyCame).await
    }

    pub async fn card_keeping(self: &Arc<Self>, money: i64, keeping: Keeping) -> Person {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("card");
        let plan = BirthPlan {
            issuer: Some(self.issuer.id),
            cost: PinCost::TOY,
            keeping,
            ..BirthPlan::new(self.realm.clone())
        };
        let home = Home::at(&root);
        let (wallet, code) = Wallet::birth_with(home, plan, PIN, self.hand.clone(), impatient(), self.carrier())
            .await
            .unwrap();
        wallet.contact().await.unwrap();
        if money > 0 {
            wallet.load(yen(money), None).await.unwrap();
            assert_eq!(wallet.deliver_dones().await, 0);
            let _said = self.done.notified().now_or_never();
        }
        Person {
            wallet,
            code,
            root,
            dir,
        }
    }

    /// The same card again, as after a restart.
    pub async fn wake(self: &Arc<Self>, root: &Path) -> Wallet {
        self.try_wake(root).await.unwrap()
    }

    pub async fn try_wake(self: &Arc<Self>, root: &Path) -> Result<Wallet, wallet::engine::OpenRefused> {
        let carrier = self.carrier();
        Wallet::open_with(Home::at(root), self.hand.clone(), impatient(), |_| Ok(carrier)).await
    }
}

/// Tests do not wait.
pub fn impatient() -> Patience {
    Patience(vec![])
}

pub fn silent() -> CarryRefusal {
    CarryRefusal::Silent {
        name: "town".into(),
        why: "away".into(),
    }
}

pub fn refused(code: &str) -> CarryRefusal {
    CarryRefusal::Refused {
        code: code.into(),
        again: Again::Never,
        text: code.into(),
    }
}

pub struct Person {
    pub wallet: Wallet,
    pub code: card::RecoveryCode,
    pub root: PathBuf,
    pub dir: tempfile::TempDir,
}

/// The town without a network in between.
struct Street(Arc<Town>);

impl Carrier for Street {
    fn post<'a>(&'a self, to: PartyId, path: &'a str, body: Vec<u8>) -> BoxFuture<'a, Result<Vec<u8>, CarryRefusal>> {
        Box::pin(async move {
            let town = &self.0;
            let count = |n: u64| n.checked_sub(1);
            let hangs = town.hangs_at.fetch_update(Ordering::SeqCst, Ordering::SeqCst, count) == Ok(1);
            if hangs && !town.hangs_after.load(Ordering::SeqCst) {
                town.hung.notify_one();
                return std::future::pending().await;
            }
            let answer = town.answer(to, path, &body);
            if hangs {
                town.hung.notify_one();
                return std::future::pending().await;
            }
            if path == "/v1/done" {
                town.done.notify_one();
            }
            answer
        })
    }
    fn get<'a>(&'a self, to: PartyId, path: &'a str) -> BoxFuture<'a, Result<Vec<u8>, CarryRefusal>> {
        Box::pin(async move { self.0.answer(to, path, &[]) })
    }
    fn stream<'a>(
        &'a self,
        to: PartyId,
        path: &'a str,
        from: u64,
        take: &'a mut (dyn FnMut(Part) -> bool + Send),
    ) -> BoxFuture<'a, Result<(), CarryRefusal>> {
        Box::pin(async move {
            let whole = self.0.answer(to, path, &[])?;
            let rest = whole.get(from as usize..).unwrap_or_default();
            let breaks = self.0.breaks_after.swap(0, Ordering::SeqCst) as usize;
            let end = if breaks == 0 {
                rest.len()
            } else {
                breaks.min(rest.len())
            };
            for chunk in rest[..end].chunks(4096) {
                let part = Part {
                    bytes: chunk.to_vec(),
                    whole: Some(whole.len() as u64),
                };
                if !take(part) {
                    return Ok(());
                }
            }
            if end < rest.len() { Err(silent()) } else { Ok(()) }
        })
    }
    fn directory(&self, _: bool) -> BoxFuture<'_, Result<Arc<Whereabouts>, CarryRefusal>> {
        Box::pin(async move { Ok(Arc::new(Whereabouts::read(&self.0.directory(), &self.0.realm)?)) })
    }
}
