//! A small world for tests: every party on a store of its own, a network that can be cut, and holders with cards built
//! straight on `deal` and `seal`.
// Every test file uses its own part; what fails here fails the test.
#![allow(dead_code, unused_imports, clippy::unwrap_used)]

mod counter;
mod holder;
pub use counter::{account_of, present, ready, shadow};
pub use holder::{Bought, Holder};

use std::collections::BTreeSet;
use std::sync::Arc;

use license::{
    Delivery, Modes, Offer, Policy, Publication, RefundRule, Rights, Route, TenderKind, WorkKind, seal_content_key,
    sign_publication,
};
use package::{About, ContentKey, Geometry, Header};
use party::{
    Errand, Party, PartyKeys, Refused, Reply, Step, Verb,
    bank::{Bank, Holder as AccountOf, HouseBank, Opened},
    clock::Clock,
    collector::{Collector, CollectorConfig},
    desk::Desk,
    errand,
    issuer::{Issuer, IssuerConfig},
    realm::{Certifier, RealmMaker},
    registry::Registry,
    shop::{Shop, ShopConfig},
};
use seal::{Audience, ContentSecret, Kind, Role, Secret, Seed};
use store::{Part, Store, memory::Memory};
use units::{ContentId, Currency, Hash, Moment, Money, OfferNo, PartyId, Refusal, Span};

/// When every story begins.
pub const START: Moment = Moment(1_800_000_000_000);

/// Yen.
pub fn yen(n: i64) -> Money {
    Money::new(n, Currency::JPY).unwrap()
}

/// A party on its store.
pub struct Node<P> {
    pub party: Arc<P>,
    pub store: Store,
    pub memory: Option<Memory>,
}

impl<P: Party + 'static> Node<P> {
    fn new(party: P) -> Self {
        let memory = Memory::open(party.parts()).unwrap();
        Self {
            party: Arc::new(party),
            store: memory.store(),
            memory: Some(memory),
        }
    }
    /// Everything that does not add up.
    pub fn audit(&self) -> Vec<String> {
        let party = self.party.clone();
        self.store.read(|view| party.audit(view)).unwrap()
    }
}

/// How the offers of the test publisher look; change what matters.
#[derive(Clone)]
pub struct Goods {
    pub number: u64,
    pub content: u8,
    pub price: i64,
    pub tax_permille: u16,
    pub edition: Option<u32>,
    pub unique: bool,
    pub refund: RefundRule,
    pub tenders: Vec<TenderKind>,
    pub payee: Option<PartyId>,
    pub rights: Rights,
    pub hardware_only: bool,
    /// May a license be given away?
    pub moves: bool,
    /// Bytes of content: another length is another package under the same key.
    pub len: u64,
    pub at: Moment,
}

impl Default for Goods {
    fn default() -> Self {
        Self {
            number: 204,
            content: 7,
            price: 1000,
            tax_permille: 100,
            edition: None,
            unique: false,
            refund: RefundRule {
                days: 14,
                unplayed: true,
                permille: 1000,
            },
            tenders: vec![TenderKind::Slip, TenderKind::Value, TenderKind::Receipt],
            payee: None,
            rights: Rights::UNLIMITED,
            hardware_only: false,
            moves: false,
            len: 1_000_000,
            at: START,
        }
    }
}

/// Everybody.
pub struct World {
    pub maker: RealmMaker,
    pub now: Moment,
    seeds: u64,
    pub registry: Node<Registry>,
    pub clock: Clock,
    pub bank: Node<HouseBank>,
    pub issuer: Node<Issuer>,
    pub shop: Node<Shop>,
    pub collector: Node<Collector>,
    pub publisher: PartyKeys,
    /// Parties that do not answer.
    pub silent: BTreeSet<PartyId>,
}

impl World {
    pub fn new() -> Self {
        Self::with(|_, _| {})
    }

    /// A world with other settings of issuer and shop.
    pub fn with(change: impl FnOnce(&mut IssuerConfig, &mut ShopConfig)) -> Self {
        let maker = RealmMaker::new(
            "test",
            Currency::JPY,
            "http://127.0.0.1:1",
            Secret::new([42; 32]),
            START.less(Span::days(1)),
            Span::days(3650),
        );
        let keys = |role, name| maker.party(role, name).unwrap();
        let desk = || Desk::new(maker.realm().clone(), &maker.certifiers()).unwrap();
        let realm = maker.realm().id();
        let (bank, registry) = (keys(Role::Bank, "bank"), keys(Role::Registry, "registry"));
        let (issuer, shop) = (keys(Role::Issuer, "issuer"), keys(Role::Seller, "shop"));
        // A publisher collects for itself: one id, two certificates.
        let collector = keys(Role::Collector, "publisher");
        let publisher = keys(Role::Publisher, "publisher");
        let mut issuing = IssuerConfig::new(bank.id(), registry.id(), Currency::JPY);
        let mut selling = ShopConfig::new(issuer.id(), Currency::JPY);
        change(&mut issuing, &mut selling);
        let collecting = CollectorConfig::new(issuer.id(), vec![publisher.id()]);
        let mut world = Self {
            now: START,
            seeds: 0,
            registry: Node::new(Registry::new(
                registry,
                Certifier::new(&maker.party_certifier(), realm),
                desk(),
                Span::days(90),
            )),
            clock: Clock::new(keys(Role::Time, "clock"), realm),
            bank: Node::new(HouseBank::new(bank, desk())),
            issuer: Node::new(Issuer::new(
                issuer,
                Certifier::new(&maker.card_certifier(), realm),
                desk(),
                issuing,
            )),
            shop: Node::new(Shop::new(shop, desk(), selling)),
            collector: Node::new(
                Collector::new(collector, desk(), collecting).opening(keys(Role::Publisher, "publisher")),
            ),
            publisher,
            silent: BTreeSet::new(),
            maker,
        };
        world.found();
        world
    }

    /// The registry lists everybody, the bank opens the parties' accounts, everybody hears the news.
    fn found(&mut self) {
        let now = self.now;
        let certifiers = self.maker.certifiers();
        let certificates: Vec<Vec<u8>> = [
            (Role::Bank, "bank"),
            (Role::Issuer, "issuer"),
            (Role::Seller, "shop"),
            (Role::Collector, "publisher"),
            (Role::Publisher, "publisher"),
            (Role::Time, "clock"),
        ]
        .map(|(role, name)| self.maker.party(role, name).unwrap().certificate().to_vec())
        .to_vec();
        let registry = self.registry.party.clone();
        self.registry
            .store
            .write(move |tx| {
                for certifier in &certifiers {
                    registry.add_certifier(tx, certifier)?;
                }
                for certificate in &certificates {
                    registry.list(tx, certificate, "http://127.0.0.1:1", now)?;
                }
                Ok::<_, party::registry::RegistryRefused>(())
            })
            .unwrap();
        let parties = [self.issuer.party.id(), self.shop.party.id(), self.publisher.id()];
        let bank = self.bank.party.clone();
        self.bank
            .store
            .write(move |tx| {
                for party in parties {
                    bank.open_party(tx, party, "a party", yen(0), now)?;
                }
                Ok::<_, party::bank::OpenRefused>(())
            })
            .unwrap();
        self.news();
    }

    /// Everybody hears the directory and the time.
    pub fn news(&mut self) {
        let (registry, now) = (self.registry.party.clone(), self.now);
        let sheet = self.registry.store.read(|view| registry.directory(view, now)).unwrap();
        let tick = self.clock.tick(now);
        fn tell<P: Party + 'static>(node: &Node<P>, sheet: &[u8], tick: &[u8], now: Moment) {
            let (party, sheet, tick) = (node.party.clone(), sheet.to_vec(), tick.to_vec());
            node.store
                .write(move |tx| {
                    party.desk().learn(tx, &sheet, now)?;
                    party.desk().tick(tx, &tick)
                })
                .unwrap();
        }
        tell(&self.bank, &sheet, &tick, now);
        tell(&self.issuer, &sheet, &tick, now);
        tell(&self.shop, &sheet, &tick, now);
        tell(&self.collector, &sheet, &tick, now);
    }

    /// A new seed for every step.
    pub fn seed(&mut self) -> Seed {
        self.seeds += 1;
        Seed::new(seal::hash(&self.seeds.to_be_bytes()).0)
    }

    /// Time passes.
    pub fn wait(&mut self, span: Span) {
        self.now = self.now.plus(span);
    }

    /// Sends a message, carries out the errands it leads to, and says where it has come to.
    pub fn send(&mut self, to: PartyId, verb: Verb, body: &[u8]) -> Result<Step, Refused> {
        let mut step = self.serve(to, verb, body)?;
        while let Step::Errand(errand) = step {
            step = self.carry(to, &errand)?;
        }
        Ok(step)
    }

    /// The same, where only an answer will do.
    pub fn answer(&mut self, to: PartyId, verb: Verb, body: &[u8]) -> Vec<u8> {
        match self.send(to, verb, body) {
            Ok(Step::Answer(bytes)) => bytes,
            other => panic!("{verb:?} was not answered: {other:?}"),
        }
    }

    /// The code of a refusal.
    pub fn refusal(&mut self, to: PartyId, verb: Verb, body: &[u8]) -> &'static str {
        self.send(to, verb, body).map(|_| ()).unwrap_err().code()
    }

    /// One message to one party, no errands.
    pub fn serve(&mut self, to: PartyId, verb: Verb, body: &[u8]) -> Result<Step, Refused> {
        let (now, seed) = (self.now, self.seed());
        fn at<P: Party + 'static>(
            node: &Node<P>,
            verb: Verb,
            body: &[u8],
            now: Moment,
            seed: Seed,
        ) -> Result<Step, Refused> {
            let (party, body) = (node.party.clone(), body.to_vec());
            node.store.write(move |tx| party.serve(tx, verb, &body, now, &seed))
        }
        match to {
            _ if to == self.issuer.party.id() => at(&self.issuer, verb, body, now, seed),
            _ if to == self.bank.party.id() => at(&self.bank, verb, body, now, seed),
            _ if to == self.shop.party.id() => at(&self.shop, verb, body, now, seed),
            _ if to == self.registry.party.id() => at(&self.registry, verb, body, now, seed),
            _ if to == self.collector.party.id() => at(&self.collector, verb, body, now, seed),
            _ => panic!("nobody answers there"),
        }
    }

    /// Carries out one errand of `of` and hands the reply back.
    pub fn carry(&mut self, of: PartyId, errand: &Errand) -> Result<Step, Refused> {
        let heard = if self.silent.contains(&errand.to) {
            None
        } else {
            Some(self.send(errand.to, errand.verb, &errand.body))
        };
        let reply = match &heard {
            Some(Ok(Step::Answer(bytes))) => Reply::Answer(bytes),
            Some(Err(no)) => Reply::Refused(no.code()),
            _ => Reply::Silent,
        };
        self.answered(of, errand, reply)
    }

    /// Hands a reply back.
    pub fn answered(&mut self, of: PartyId, errand: &Errand, reply: Reply<'_>) -> Result<Step, Refused> {
        let (now, seed, id) = (self.now, self.seed(), errand.id);
        let (bytes, code) = match reply {
            Reply::Answer(bytes) => (Some(bytes.to_vec()), None),
            Reply::Refused(code) => (None, Some(code.to_owned())),
            Reply::Silent => (None, None),
        };
        fn back<P: Party + 'static>(
            node: &Node<P>,
            id: party::ErrandId,
            (bytes, code): (Option<Vec<u8>>, Option<String>),
            now: Moment,
            seed: Seed,
        ) -> Result<Step, Refused> {
            let party = node.party.clone();
            node.store.write(move |tx| {
                let reply = match (&bytes, &code) {
                    (Some(bytes), _) => Reply::Answer(bytes),
                    (None, Some(code)) => Reply::Refused(code),
                    (None, None) => Reply::Silent,
                };
                party.answered(tx, id, reply, now, &seed)
            })
        }
        match of {
            _ if of == self.issuer.party.id() => back(&self.issuer, id, (bytes, code), now, seed),
            _ if of == self.shop.party.id() => back(&self.shop, id, (bytes, code), now, seed),
            _ if of == self.collector.party.id() => back(&self.collector, id, (bytes, code), now, seed),
            _ => panic!("this party asks nobody"),
        }
    }

    /// The sweep: chores, then everything that waits, until nothing is due any more.
    pub fn sweep(&mut self) {
        fn chores<P: Party + 'static>(node: &Node<P>, now: Moment, seed: Seed) -> Vec<Errand> {
            let party = node.party.clone();
            node.store.write(move |tx| party.tend(tx, now, &seed)).unwrap();
            node.store.read(|view| errand::due(view, now, 100)).unwrap()
        }
        let (now, a, b, c) = (self.now, self.seed(), self.seed(), self.seed());
        let work = [
            (self.issuer.party.id(), chores(&self.issuer, now, a)),
            (self.shop.party.id(), chores(&self.shop, now, b)),
            (self.collector.party.id(), chores(&self.collector, now, c)),
        ];
        for (of, errands) in work {
            for errand in errands {
                let mut step = self.carry(of, &errand).unwrap();
                while let Step::Errand(more) = step {
                    step = self.carry(of, &more).unwrap();
                }
            }
        }
    }

    /// A person's account with money in it.
    pub fn account(&mut self, money: i64) -> Opened {
        let (bank, now, seed) = (self.bank.party.clone(), self.now, self.seed());
        self.bank
            .store
            .write(move |tx| bank.open(tx, "somebody", yen(money), now, &seed))
            .unwrap()
    }

    /// What an account holds.
    pub fn at_bank(&self, of: AccountOf) -> i64 {
        let bank = self.bank.party.clone();
        let held = self.bank.store.read(|view| bank.balance(view, of)).unwrap();
        held.unwrap().minor()
    }

    /// The signed offer, policy and publication of these goods.
    pub fn bundle(&mut self, goods: &Goods) -> (Vec<u8>, Hash) {
        self.bundle_for(goods, self.shop.party.id(), &[self.shop.party.id()])
    }

    /// The same, for a seller among several.
    pub fn bundle_for(&mut self, goods: &Goods, seller: PartyId, sellers: &[PartyId]) -> (Vec<u8>, Hash) {
        let realm = self.maker.realm().id();
        let me = self.publisher.id();
        let sign = |kind, body: &dyn Fn() -> Vec<u8>| {
            let _ = kind;
            body()
        };
        let policy = Policy {
            publisher: me,
            modes: Modes {
                move_: goods.moves,
                ..Modes::default()
            },
            fare_copy: yen(0),
            fare_move: yen(0),
            generations: 0,
            copies: None,
            route: Route::Chain,
            payee: me,
            copy_rights: Rights::UNLIMITED,
            hardware_only: goods.hardware_only,
            as_file: false,
            players: 1,
            unlock: None,
            knows_buyers: None,
        };
        let policy = seal::sign(self.publisher.signer(), Kind::Policy, realm, Audience::Anyone, &policy);
        let header = self.header(goods);
        let offer = Offer {
            number: OfferNo(goods.number),
            content: ContentId([goods.content; 16]),
            title: "Winter sun".into(),
            publisher: me,
            sellers: sellers.to_vec(),
            payee: goods.payee.unwrap_or(me),
            price: yen(goods.price),
            tax_permille: goods.tax_permille,
            policy: seal::hash(&policy),
            delivery: if goods.unique {
                Delivery::Unique
            } else {
                Delivery::Shared(header.hash())
            },
            rights: goods.rights,
            tenders: goods.tenders.clone(),
            refund: goods.refund,
            edition: goods.edition,
            until: START.plus(Span::days(3000)),
            media_type: "audio/flac".into(),
        };
        let offer = sign(Kind::Offer, &|| {
            seal::sign(self.publisher.signer(), Kind::Offer, realm, Audience::Anyone, &offer)
        });
        let secret = ContentSecret::new([goods.content; 32]);
        let to = self.maker.party(Role::Seller, "shop").unwrap().opener().seal_to();
        let key_id = header.key.id.0;
        let seed = Seed::new([goods.content; 32]);
        let sealed = seal_content_key(&to, (realm, me, seller), (header.hash(), key_id), &secret, &seed).unwrap();
        let preview = b"la la la";
        let it = Publication {
            publisher: self.publisher.certificate().to_vec().into(),
            policy: policy.into(),
            offers: vec![offer.clone().into()],
            header: header.hash(),
            key_id,
            package_len: 123,
            key_sealed: sealed.into(),
            kind: WorkKind::Sound,
            preview_type: "text/plain".into(),
            preview: seal::hash(preview),
            at: goods.at,
            tracks: None,
        };
        let bundle = sign_publication(self.publisher.signer(), realm, seller, &it, preview);
        (bundle, seal::hash(&offer))
    }

    /// The header of these goods' package.
    pub fn header(&self, goods: &Goods) -> Header {
        let about = About {
            realm: self.maker.realm().id(),
            content: ContentId([goods.content; 16]),
            publisher: self.publisher.id(),
            ..About::example()
        };
        let key = ContentKey::from_secret_bytes([goods.content; 32]);
        Header::new(about, &key, Geometry::of(goods.len).unwrap())
    }

    /// Publishes, and the package arrives.
    pub fn publish(&mut self, goods: &Goods) -> Hash {
        let (bundle, hash) = self.bundle(goods);
        let header = self.header(goods).bytes();
        let (shop, now, seed) = (self.shop.party.clone(), self.now, self.seed());
        self.shop
            .store
            .write(move |tx| {
                shop.publish(tx, &bundle, now, &seed)?;
                shop.package_arrived(tx, &header)
            })
            .unwrap();
        hash
    }

    /// What a payee is owed by the issuer.
    pub fn owed(&self, payee: PartyId) -> i64 {
        let issuer = self.issuer.party.clone();
        self.issuer.store.read(|view| issuer.owed(view, payee)).unwrap().minor()
    }

    /// Nothing anywhere fails to add up.
    pub fn all_is_well(&self) {
        let found: Vec<String> = [
            self.bank.audit(),
            self.issuer.audit(),
            self.shop.audit(),
            self.collector.audit(),
            self.registry.audit(),
        ]
        .concat();
        assert!(found.is_empty(), "{found:#?}");
    }
}

/// The tables of these parts, for stores that are not in memory.
pub fn parts<P: Party>(party: &P) -> &'static [&'static Part] {
    party.parts()
}
