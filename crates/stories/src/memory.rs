//! Parties in memory: the real ones, each over a store of its own, with a driver that carries messages at once.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
};

use deal::enterprise::{EnterpriseNo, numbered};
use package::{Front, Header, HeldNode, Package, ReadAt, Signatures, seal_range};
use party::{
    Errand, Party, PartyKeys, Refused, Reply, Step, Verb,
    bank::{Bank as _, HouseBank},
    books,
    centre::{CentreConfig, Loads, Who, Wish},
    clock::Clock,
    collector::{Collector, CollectorConfig, Path, Rebate, RebateKind, whole},
    desk::Desk,
    errand,
    issuer::{Issuer, IssuerConfig},
    machine::{Machine, MachineConfig},
    realm::{Certifier, RealmMaker},
    registry::Registry,
    shop::{Delivery, Shop, ShopConfig},
    support::{Support, SupportConfig},
};
use publisher::{Publisher, Seller, Terms};
use seal::{Realm, Role, Secret, Seed, Trust};
use store::{Tx, memory::Memory};
use units::{Currency, DealId, Moment, Money, OfferNo, PartyId, Refusal, Span, ValueId};

use crate::{Account, Answer, Counterpart, Listing, Parties, Work};

/// A party with its store.
struct Desked {
    party: Arc<dyn Party>,
    memory: Memory,
}

/// What a party's books are read with.
type Reader = Box<dyn Fn(&mut dyn store::View) -> BTreeMap<String, i64> + Send + Sync>;

/// One message that was carried: from whom, to whom, what, and what came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// Who asked; nothing: a holder's terminal.
    pub from: Option<PartyId>,
    /// Whom.
    pub to: PartyId,
    /// What.
    pub verb: Verb,
    /// The message.
    pub body: Vec<u8>,
    /// The answer, if there was one.
    pub answer: Option<Vec<u8>>,
}

/// Every party of a story, in this process, each with its own keys and its own store.
pub struct InMemory {
    maker: RealmMaker,
    currency: Currency,
    now: Moment,
    drawn: u64,
    secret: Secret,
    bank: Arc<HouseBank>,
    bank_certificate: Vec<u8>,
    issuer: Arc<Issuer>,
    shop: Arc<Shop>,
    collector: Arc<Collector>,
    atm: PartyId,
    counter: PartyId,
    kiosk: PartyId,
    /// Parties that do not answer.
    silent: BTreeSet<PartyId>,
    support: Arc<Support>,
    publisher: PartyKeys,
    desks: BTreeMap<PartyId, Desked>,
    registry: Arc<Registry>,
    registry_store: Memory,
    shelf: tempfile::TempDir,
    packages: BTreeMap<units::Hash, PathBuf>,
    /// Further parties of one story, with the names and figures its books show.
    others: Vec<(String, PartyId, Reader)>,
    /// Do the publisher's terms let sellers know buyers again?
    knows_buyers: bool,
    /// Everything that was carried, where somebody listens.
    heard: Option<Vec<Carried>>,
    /// The seller's enterprise number, and how often a license plays; then its offers may be charged.
    enterprise: Option<(EnterpriseNo, Option<u32>)>,
}

impl core::fmt::Debug for InMemory {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "InMemory({})", self.maker.realm().name)
    }
}

/// A load on line at a party that may be a centre.
pub(crate) fn begin(party: &dyn Loads, tx: &mut dyn Tx, who: Who, wish: Wish, now: Moment) -> Result<Step, Refused> {
    let centre = party.centre().ok_or_else(nobody)?;
    Ok(centre.begin(tx, who, wish, now)?)
}

fn nobody() -> Refused {
    Refused::from(store::Fault::Stopped)
}

fn text(what: &str) -> impl Fn(&dyn core::fmt::Display) -> String + '_ {
    move |why| format!("{what}: {why}")
}

impl InMemory {
    /// Founds a realm and everybody in it, determined by `seed`, at `now`.
    pub fn found(seed: &[u8; 32], currency: Currency, now: Moment) -> Result<Self, String> {
        Self::found_with(seed, currency, now, |_, _| Ok(()))
    }

    /// The same, with a shop set up otherwise.
    pub fn found_with(
        seed: &[u8; 32],
        currency: Currency,
        now: Moment,
        set: impl FnOnce(&RealmMaker, &mut ShopConfig) -> Result<(), String>,
    ) -> Result<Self, String> {
        let secret = Secret::new(*seed);
        let maker = RealmMaker::new(
            "tour",
            currency,
            "https://registry.example",
            secret.derive("realm", &[]),
            now.less(Span::days(1)),
            Span::days(3650),
        );
        let realm = maker.realm().clone();
        let keys = |role, name: &str| maker.party(role, name).map_err(|e| text(name)(&e));
        let desk = || Desk::new(realm.clone(), &maker.certifiers()).map_err(|e| text("desk")(&e));
        let registry_keys = keys(Role::Registry, "registry")?;
        let registry_id = registry_keys.id();
        let registry = Arc::new(Registry::new(
            registry_keys,
            Certifier::new(&maker.party_certifier(), realm.id()),
            desk()?,
            Span::days(365),
        ));
        let bank_keys = keys(Role::Bank, "Harbour Bank")?;
        let bank_certificate = bank_keys.certificate().to_vec();
        let issuer_keys = keys(Role::Issuer, "Harbour Money")?;
        let centre = CentreConfig {
            issuer: issuer_keys.id(),
            account: Vec::new(),
            most: Money::new(50_000, currency).map_err(|e| text("amount")(&e))?,
            patience: Span::minutes(5),
        };
        let bank = Arc::new(HouseBank::new(bank_keys, desk()?).with_centre(centre));
        let config = IssuerConfig::new(bank.id(), registry_id, currency);
        let issuer = Issuer::new(
            issuer_keys,
            Certifier::new(&maker.card_certifier(), realm.id()),
            desk()?,
            config,
        );
        let issuer = Arc::new(issuer);
        let mut selling = ShopConfig::new(issuer.id(), currency);
        set(&maker, &mut selling)?;
        let shop = Arc::new(Shop::new(keys(Role::Seller, "Lantern Records")?, desk()?, selling));
        let publisher = keys(Role::Publisher, "Minato Tape Works")?;
        // A publisher collects for itself: one id, two certificates.
        let collector_keys = keys(Role::Collector, "Minato Tape Works")?;
        let collector_certificate = collector_keys.certificate().to_vec();
        let most = Money::new(50, currency).map_err(|e| text("rebate")(&e))?;
        let rebate = Rebate {
            path: Path::Shop,
            permille: 100,
            most,
            kind: RebateKind::Coupon,
            label: "Thanks for bringing fares home".into(),
        };
        let collecting = CollectorConfig {
            rebates: vec![rebate],
            ..CollectorConfig::new(issuer.id(), vec![publisher.id()])
        };
        let own = keys(Role::Publisher, "Minato Tape Works")?;
        let collector = Arc::new(Collector::new(collector_keys, desk()?, collecting).opening(own));
        let atm = Machine::new(
            keys(Role::Machine, "Harbour Bank, Pier 3")?,
            desk()?,
            MachineConfig::atm(),
        );
        let counter = Machine::new(
            keys(Role::Machine, "Lantern Records, counter")?,
            desk()?,
            MachineConfig::counter(),
        );
        let kiosk = Machine::new(keys(Role::Machine, "Pier 3 Kiosk")?, desk()?, MachineConfig::kiosk());
        let support = Arc::new(Support::new(
            keys(Role::Support, "Minato Help Desk")?,
            desk()?,
            SupportConfig::new(issuer.id(), bank.id(), vec![publisher.id()]),
        ));
        let registry_store = Memory::open(party::registry::PARTS).map_err(|e| text("registry")(&e))?;
        let shelf = tempfile::tempdir().map_err(|e| text("a directory for packages")(&e))?;
        let mut all = Self {
            collector: collector.clone(),
            atm: Party::id(&atm),
            counter: Party::id(&counter),
            kiosk: Party::id(&kiosk),
            silent: BTreeSet::new(),
            support: support.clone(),
            maker,
            currency,
            now,
            drawn: 0,
            secret,
            bank: bank.clone(),
            bank_certificate: bank_certificate.clone(),
            issuer: issuer.clone(),
            shop: shop.clone(),
            publisher,
            desks: BTreeMap::new(),
            registry,
            registry_store,
            shelf,
            packages: BTreeMap::new(),
            others: Vec::new(),
            knows_buyers: false,
            heard: None,
            enterprise: None,
        };
        all.list_certifiers()?;
        all.move_in(bank, &bank_certificate)?;
        all.move_in(issuer.clone(), issuer.certificate())?;
        all.move_in(shop.clone(), shop.certificate())?;
        all.move_in(collector, &collector_certificate)?;
        for machine in [atm, counter, kiosk] {
            let certificate = machine.certificate().to_vec();
            all.move_in(Arc::new(machine), &certificate)?;
        }
        all.move_in(support.clone(), support.certificate())?;
        all.settle_in()?;
        Ok(all)
    }

    fn move_in(&mut self, party: Arc<dyn Party>, certificate: &[u8]) -> Result<(), String> {
        let memory = Memory::open(party.parts()).map_err(|e| text("store")(&e))?;
        let (registry, now, certificate) = (self.registry.clone(), self.now, certificate.to_vec());
        let listed = self
            .registry_store
            .store()
            .write::<(), Refused>(move |tx| Ok(registry.list(tx, &certificate, "https://party.example", now)?));
        listed.map_err(|e| text("registry")(&e))?;
        self.desks.insert(party.id(), Desked { party, memory });
        Ok(())
    }

    /// Keys of a further party of this realm.
    pub fn keys_of(&self, role: Role, name: &str) -> Result<PartyKeys, String> {
        self.maker.party(role, name).map_err(|e| text(name)(&e))
    }

    /// What such a party knows of its realm.
    pub fn desk(&self) -> Result<Desk, String> {
        Desk::new(self.maker.realm().clone(), &self.maker.certifiers()).map_err(|e| text("desk")(&e))
    }

    /// A further party moves in, with an account at the bank; the books show it under this name.
    pub fn welcome(
        &mut self,
        name: &str,
        party: Arc<dyn Party>,
        certificate: &[u8],
        figures: impl Fn(&mut dyn store::View) -> BTreeMap<String, i64> + Send + Sync + 'static,
    ) -> Result<(), String> {
        let id = party.id();
        self.move_in(party, certificate)?;
        self.others.push((name.to_owned(), id, Box::new(figures)));
        self.hear_news()?;
        let (bank, now, zero) = (self.bank.clone(), self.now, Money::zero(self.currency));
        self.at(self.bank.id(), move |tx| {
            Ok(bank.open_party(tx, id, "a party of the story", zero, now)?)
        })
    }

    /// Somebody who has shown whose account this is loads on line from it.
    pub fn load_at_bank(&mut self, account: ValueId, wish: Wish) -> Result<(), String> {
        let (bank, now) = (self.bank.clone(), self.now);
        let step = self.at(self.bank.id(), move |tx| begin(&*bank, tx, account.0, wish, now))?;
        self.walk(self.bank(), step).map(drop).map_err(|e| e.to_string())
    }

    /// Cash comes to the bank's counter for the account of any party.
    pub fn pay_in_at(&mut self, who: PartyId, amount: Money) -> Result<(), String> {
        let (bank, now, of) = (self.bank.clone(), self.now, party::bank::Holder::Party(who));
        let id = units::TransferId(self.seed().id("deposit"));
        self.at(self.bank.id(), move |tx| Ok(bank.deposit(tx, id, of, amount, now)?))
    }

    /// The bank that keeps everybody's account.
    pub fn bank(&self) -> PartyId {
        self.bank.id()
    }

    /// The same, as what it decides by.
    pub fn house_bank(&self) -> Arc<HouseBank> {
        self.bank.clone()
    }

    /// The shop.
    pub fn shop(&self) -> Arc<Shop> {
        self.shop.clone()
    }

    /// The money issuer's number.
    pub fn issuer_id(&self) -> PartyId {
        self.issuer.id()
    }

    /// From now on offers stand under numbers of this enterprise, and may be paid with a charge.
    pub fn numbered(&mut self, enterprise: EnterpriseNo, plays: Option<u32>) {
        self.enterprise = Some((enterprise, plays));
    }

    /// From now on the bank tells this party what comes into its account.
    pub fn tells(&mut self, party: PartyId) -> Result<(), String> {
        let bank = self.bank.clone();
        self.at(self.bank.id(), move |tx| Ok(bank.tell(tx, party, true)?))
    }

    /// Further figures of a party, shown under a name of their own.
    pub fn watch(
        &mut self,
        name: &str,
        party: PartyId,
        figures: impl Fn(&mut dyn store::View) -> BTreeMap<String, i64> + Send + Sync + 'static,
    ) {
        self.others.push((name.to_owned(), party, Box::new(figures)));
    }

    /// A message to any party of the story.
    pub fn tell(&mut self, to: PartyId, verb: Verb, body: &[u8]) -> Answer {
        if self.silent.contains(&to) {
            return Answer::Silent;
        }
        match self.serve(None, to, verb, body.to_vec()) {
            Ok(Step::Answer(bytes)) => Answer::Bytes(bytes),
            Ok(_) => Answer::NotYet,
            Err(no) => Answer::Refused(no.code().into(), no.to_string()),
        }
    }

    /// Work in a party's own store, as its own people do it.
    pub fn within<T: Send + 'static>(
        &self,
        party: PartyId,
        work: impl FnMut(&mut dyn Tx) -> Result<T, Refused> + Send + 'static,
    ) -> Result<T, String> {
        self.at(party, work)
    }

    /// Carries out what a party has written down to ask, and says what came of it.
    pub fn carry(&mut self, at: PartyId, errand: Errand) -> Result<Step, String> {
        self.walk(at, Step::Errand(errand)).map_err(|e| e.to_string())
    }

    /// The answer to something that `at` asked arrives there, as late as it is.
    pub fn hear(&mut self, at: PartyId, errand: errand::ErrandId, answer: Vec<u8>) -> Result<Step, String> {
        let (now, seed) = (self.now, Seed::new(self.draw()));
        let party = self.desks.get(&at).ok_or("no such party")?.party.clone();
        self.at(at, move |tx| {
            party.answered(tx, errand, party::Reply::Answer(&answer), now, &seed)
        })
    }

    /// Somebody does not answer any more, or does again: any party of the story.
    pub fn hush(&mut self, party: PartyId, silent: bool) {
        if silent {
            self.silent.insert(party);
        } else {
            self.silent.remove(&party);
        }
    }

    /// A party's store.
    pub fn store_of(&self, party: PartyId) -> Option<store::Store> {
        self.desks.get(&party).map(|desked| desked.memory.store())
    }

    /// A party's disk, for power cuts.
    pub fn memory_of(&self, party: PartyId) -> Option<&Memory> {
        self.desks.get(&party).map(|desked| &desked.memory)
    }

    /// From now on the publisher's terms let sellers know buyers again, or not.
    pub fn knows_buyers(&mut self, knows: bool) {
        self.knows_buyers = knows;
    }

    /// From now on everything that is carried is kept.
    pub fn listen(&mut self) {
        self.heard = Some(Vec::new());
    }

    /// What was carried since.
    pub fn overheard(&mut self) -> Vec<Carried> {
        self.heard.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Fresh randomness of this telling.
    pub fn seed(&mut self) -> Seed {
        Seed::new(self.draw())
    }

    /// Certifiers and the publisher are listed, accounts opened, and everybody hears the registry and the clock.
    fn settle_in(&mut self) -> Result<(), String> {
        self.hear_news()?;
        let now = self.now;
        let parties = [self.issuer.id(), self.shop.id(), self.publisher.id(), self.support.id()];
        let (bank, zero) = (self.bank.clone(), Money::zero(self.currency));
        self.at(self.bank.id(), move |tx| {
            for id in parties {
                bank.open_party(tx, id, "a party of the story", zero, now)?;
            }
            Ok(())
        })
    }

    /// Time passes.
    pub fn wait(&mut self, span: Span) {
        self.now = self.now.plus(span);
    }

    /// Somebody's people bring cash to the bank's counter, for their account there.
    pub fn pay_in(&mut self, who: Counterpart, amount: i64) -> Result<(), String> {
        let amount = Money::new(amount, self.currency).map_err(|e| text("amount")(&e))?;
        let (bank, now, of) = (self.bank.clone(), self.now, party::bank::Holder::Party(self.id_of(who)));
        let id = units::TransferId(Seed::new(self.draw()).id("deposit"));
        self.at(self.bank.id(), move |tx| Ok(bank.deposit(tx, id, of, amount, now)?))
    }

    /// Somebody does not answer any more, or does again.
    pub fn silence(&mut self, who: Counterpart, silent: bool) {
        let id = self.id_of(who);
        if silent {
            self.silent.insert(id);
        } else {
            self.silent.remove(&id);
        }
    }

    /// The power of a party's machine fails, in whatever it was doing: it answers nobody until it returns.
    pub fn power_fails_at(&mut self, who: Counterpart) {
        let id = self.id_of(who);
        if let Some(desked) = self.desks.get(&id) {
            desked.memory.crash();
        }
        self.silent.insert(id);
    }

    /// It returns: what was not durable is gone.
    pub fn power_returns_at(&mut self, who: Counterpart) {
        let id = self.id_of(who);
        if let Some(desked) = self.desks.get(&id) {
            desked.memory.restart();
        }
        self.silent.remove(&id);
    }

    /// Another publisher of this realm answers a question to collect with a quote for fares of `payee`, as a cheat would:
    /// with keys and a certificate of its own.
    pub fn other_collector(&mut self, name: &str, payee: PartyId, ask: &[u8]) -> Vec<u8> {
        let (seed, now) = (self.draw(), self.now);
        let quoted = || -> Option<Vec<u8>> {
            let keys = self.maker.party(Role::Collector, name).ok()?;
            let desk = Desk::new(self.maker.realm().clone(), &self.maker.certifiers()).ok()?;
            let collector = Collector::new(keys, desk, CollectorConfig::new(self.issuer.id(), vec![payee]));
            let memory = Memory::open(Party::parts(&collector)).ok()?;
            let ask = ask.to_vec();
            memory
                .store()
                .read(move |view| Ok::<_, store::Fault>(collector.ask(view, &ask, now, &Seed::new(seed)).ok()))
                .ok()?
        };
        quoted().unwrap_or_default()
    }

    /// The publisher, whose fares they are.
    pub fn publisher(&self) -> PartyId {
        self.publisher.id()
    }

    /// The issuer with its store, for what only its operator asks.
    pub fn issuer(&self) -> (Arc<Issuer>, Option<store::Store>) {
        let store = self.desks.get(&self.issuer.id()).map(|d| d.memory.store());
        (self.issuer.clone(), store)
    }

    /// The collector with its store, for what its publisher looks at.
    pub fn collector(&self) -> (Arc<Collector>, Option<store::Store>) {
        let store = self.desks.get(&self.publisher.id()).map(|d| d.memory.store());
        (self.collector.clone(), store)
    }

    /// Seals a work and brings it to the shop; `content`: it is a further edition of that work, under a key of its own
    /// (SD-28).
    pub fn publish_edition(
        &mut self,
        work: &Work,
        content: Option<units::ContentId>,
        edition: u32,
    ) -> Result<Listing, String> {
        self.publish_at(&self.shop.clone(), work, content, edition)
    }

    /// The publisher seals a smaller rendition of a work under the key it is sold with: every license of it opens both (ST-11).
    /// It is on no shelf; the package comes back.
    pub fn publish_small(&mut self, listing: &Listing, work: &Work, small: &[u8]) -> Result<Vec<u8>, String> {
        let sold = self.shelf.path().join(listing.number.to_string());
        let vault = self.publisher.derive("publisher/keys", &[]);
        let key = publisher::kept_key(&sold, &vault).map_err(|e| text("key")(&e))?;
        let key = key.ok_or("the work was not published here")?;
        let read = |path: &std::path::Path| std::fs::read(path).map_err(|e| text("package")(&e));
        let of = Package::open(read(&sold.join("package.keyfare"))?).map_err(|e| text("package")(&e))?;
        let content = of.front().header().content;
        let file = self.shelf.path().join(format!("{}.small", listing.number));
        std::fs::write(&file, small).map_err(|e| text("the small one")(&e))?;
        let seed = Seed::new(self.draw());
        let certifiers = self.maker.certifiers();
        let mut trust = Trust::new(self.maker.realm().clone());
        for certificate in &certifiers {
            trust.learn(certificate).map_err(|e| text("certifier")(&e))?;
        }
        let by = Publisher {
            signer: self.publisher.signer(),
            certificate: self.publisher.certificate(),
            certifiers: &certifiers,
            secret: &vault,
            trust: &trust,
            converter: None,
            reader: None,
        };
        let seller = Seller {
            certificate: self.shop.certificate().to_vec(),
            hint: String::new(),
        };
        let draft = publisher::Work {
            file,
            title: work.title.clone(),
            kind: None,
            media_type: Some(work.media_type.clone()),
            content: Some(content),
            edition: 1,
            preview: None,
            credits: package::Credits::default(),
            terms: self.terms(work, listing.number)?,
        };
        let dir = self.shelf.path().join(format!("{}-small", listing.number));
        let made = publisher::publish_version(&by, &draft, &key, &[seller], &dir, self.now, &seed, &mut |_| {});
        let made = made.map_err(|e| text("publish")(&e))?;
        read(&made.package)
    }

    /// The same at another shop of the story.
    pub fn publish_at(
        &mut self,
        shop: &Arc<Shop>,
        work: &Work,
        content: Option<units::ContentId>,
        edition: u32,
    ) -> Result<Listing, String> {
        let next = self.packages.len() as u64 + 1;
        let number = match self.enterprise {
            Some((no, _)) => {
                numbered(no, u32::try_from(next).unwrap_or(u32::MAX)).ok_or("no such enterprise number")?
            }
            None => OfferNo(100 + next),
        };
        let dir = self.shelf.path().join(number.to_string());
        let file = self.shelf.path().join(format!("{number}.original"));
        std::fs::write(&file, &work.content).map_err(|e| text("the original")(&e))?;
        let mut trust = Trust::new(self.maker.realm().clone());
        let certifiers = self.maker.certifiers();
        for certificate in &certifiers {
            trust.learn(certificate).map_err(|e| text("certifier")(&e))?;
        }
        let vault = self.publisher.derive("publisher/keys", &[]);
        let publisher = Publisher {
            signer: self.publisher.signer(),
            certificate: self.publisher.certificate(),
            certifiers: &certifiers,
            secret: &vault,
            trust: &trust,
            converter: None,
            reader: None,
        };
        let seller = Seller {
            certificate: shop.certificate().to_vec(),
            hint: String::new(),
        };
        let draft = publisher::Work {
            file,
            title: work.title.clone(),
            kind: None,
            media_type: Some(work.media_type.clone()),
            content,
            edition,
            preview: None,
            credits: package::Credits::default(),
            terms: self.terms(work, number)?,
        };
        let seed = Seed::new(*self.secret.derive("publish", &[&number.0.to_be_bytes()]).expose());
        let made = publisher::publish(&publisher, &draft, &[seller], &dir, self.now, &seed, &mut |_| {})
            .map_err(|e| text("publish")(&e))?;
        let bundle = made
            .bundles
            .first()
            .map(|(_, path)| path.clone())
            .ok_or("no bundle was made")?;
        let bundle = std::fs::read(bundle).map_err(|e| text("bundle")(&e))?;
        let front = Front::clone(
            Package::open(std::fs::File::open(&made.package).map_err(|e| text("package")(&e))?)
                .map_err(|e| text("package")(&e))?
                .front(),
        );
        let (there, now, seed, signed) = (shop.clone(), self.now, self.draw(), front.signed().to_vec());
        self.at(shop.id(), move |tx| {
            let shop = &there;
            shop.publish(tx, &bundle, now, &Seed::new(seed))?;
            Ok(shop.package_arrived(tx, &signed)?)
        })?;
        self.packages.insert(made.header, made.package);
        let there = shop.clone();
        let listed = self
            .at(shop.id(), move |tx| Ok(there.offer(tx, number)?))?
            .ok_or("the offer is not on the shelf")?;
        Ok(Listing {
            number,
            sheet: listed.sheet(),
            preview: front.preview().to_vec(),
        })
    }

    /// The support centre with its store, for what only its operator does.
    pub fn support(&self) -> (Arc<Support>, Option<store::Store>) {
        let store = self.desks.get(&self.support.id()).map(|d| d.memory.store());
        (self.support.clone(), store)
    }

    /// The kiosk.
    pub fn kiosk(&self) -> PartyId {
        self.kiosk
    }

    fn id_of(&self, who: Counterpart) -> PartyId {
        match who {
            Counterpart::Issuer => self.issuer.id(),
            Counterpart::Shop => self.shop.id(),
            Counterpart::Collector => Party::id(&*self.collector),
            Counterpart::Support => self.support.id(),
            Counterpart::Atm => self.atm,
            Counterpart::Counter => self.counter,
            Counterpart::Kiosk => self.kiosk,
            Counterpart::Bank => self.bank.id(),
        }
    }

    /// Everybody hears the registry and the clock.
    pub fn hear_news(&mut self) -> Result<(), String> {
        let now = self.now;
        let registry = self.registry.clone();
        let directory = self
            .registry_store
            .store()
            .read(move |view| registry.directory(view, now))
            .map_err(|e| text("directory")(&e))?;
        let clock = Clock::new(
            self.maker.party(Role::Time, "clock").map_err(|e| text("clock")(&e))?,
            self.maker.realm().id(),
        );
        let tick = clock.tick(now);
        for desked in self.desks.values() {
            let (party, directory, tick) = (desked.party.clone(), directory.clone(), tick.clone());
            let told = desked.memory.store().write::<(), Refused>(move |tx| {
                party.desk().learn(tx, &directory, now)?;
                Ok(party.desk().tick(tx, &tick)?)
            });
            told.map_err(|e| text("news")(&e))?;
        }
        Ok(())
    }

    /// Certifiers come first: nobody is listed whose certifier is not known. The publisher has no desk of its own.
    fn list_certifiers(&self) -> Result<(), String> {
        let (registry, now) = (self.registry.clone(), self.now);
        let certifiers = self.maker.certifiers();
        let publisher = self.publisher.certificate().to_vec();
        let listed = self.registry_store.store().write::<(), Refused>(move |tx| {
            for certificate in &certifiers {
                registry.add_certifier(tx, certificate)?;
            }
            Ok(registry.list(tx, &publisher, "https://publisher.example", now)?)
        });
        listed.map_err(|e| text("registry")(&e))
    }

    /// The realm these parties are of.
    pub fn maker(&self) -> &RealmMaker {
        &self.maker
    }

    fn at<T: Send + 'static>(
        &self,
        party: PartyId,
        mut work: impl FnMut(&mut dyn Tx) -> Result<T, Refused> + Send + 'static,
    ) -> Result<T, String> {
        let desked = self.desks.get(&party).ok_or("nobody there")?;
        desked
            .memory
            .store()
            .write(move |tx| work(tx))
            .map_err(|e| e.to_string())
    }

    fn draw(&mut self) -> [u8; 32] {
        self.drawn += 1;
        *self.secret.derive("draw", &[&self.drawn.to_be_bytes()]).expose()
    }

    /// A message to a party, with everything it has to ask of others before it can answer.
    fn serve(&mut self, from: Option<PartyId>, to: PartyId, verb: Verb, body: Vec<u8>) -> Result<Step, Refused> {
        let kept = self.heard.is_some().then(|| body.clone());
        let step = self.served(to, verb, body);
        if let (Some(heard), Some(body)) = (self.heard.as_mut(), kept) {
            let answer = match &step {
                Ok(Step::Answer(bytes)) => Some(bytes.clone()),
                _ => None,
            };
            heard.push(Carried {
                from,
                to,
                verb,
                body,
                answer,
            });
        }
        step
    }

    fn served(&mut self, to: PartyId, verb: Verb, body: Vec<u8>) -> Result<Step, Refused> {
        let (seed, now) = (self.draw(), self.now);
        if self.silent.contains(&to) {
            return Err(nobody());
        }
        if to == self.registry.id() && verb == Verb::Revoke {
            let registry = self.registry.clone();
            let store = self.registry_store.store();
            store.write::<(), Refused>(move |tx| Ok(registry.revoke(tx, &body, now)?))?;
            return Ok(Step::Answer(Vec::new()));
        }
        let Some(desked) = self.desks.get(&to) else {
            return Err(nobody());
        };
        let party = desked.party.clone();
        let step = desked
            .memory
            .store()
            .write(move |tx| party.serve(tx, verb, &body, now, &Seed::new(seed)))?;
        self.walk(to, step)
    }

    fn walk(&mut self, at: PartyId, mut step: Step) -> Result<Step, Refused> {
        while let Step::Errand(errand) = step {
            step = self.run(at, &errand)?;
        }
        Ok(step)
    }

    /// Carries one errand out and hands the reply back.
    fn run(&mut self, at: PartyId, errand: &Errand) -> Result<Step, Refused> {
        let answered = self.serve(Some(at), errand.to, errand.verb, errand.body.clone());
        let (seed, now, id) = (self.draw(), self.now, errand.id);
        let Some(desked) = self.desks.get(&at) else {
            return Ok(Step::Answer(Vec::new()));
        };
        let party = desked.party.clone();
        desked.memory.store().write(move |tx| {
            let reply = match &answered {
                Ok(Step::Answer(bytes)) => Reply::Answer(bytes),
                Ok(_) => Reply::Silent,
                Err(no) => Reply::Refused(no.code()),
            };
            party.answered(tx, id, reply, now, &Seed::new(seed))
        })
    }

    /// Locked copies are locked to the support centre's own key, and it alone unlocks them.
    fn unlock(&self, locked: &crate::Locked) -> Result<license::Unlock, String> {
        let realm = self.maker.realm().id();
        let claims = seal::parse::<seal::Claims>(self.support.certificate(), seal::Kind::Certificate, realm);
        Ok(license::Unlock {
            key: claims.map_err(|e| text("support")(&e))?.claims().seal,
            centres: vec![self.support.id()],
            fee: Money::new(locked.fee, self.currency).map_err(|e| text("fee")(&e))?,
            arrives: locked.arrives,
        })
    }

    fn terms(&self, work: &Work, number: OfferNo) -> Result<Terms, String> {
        let price = Money::new(work.price, self.currency).map_err(|e| text("price")(&e))?;
        let mut terms = Terms::sale(number, price, self.now.plus(Span::days(365)));
        terms.tax_permille = 100;
        terms.knows_buyers = self.knows_buyers;
        for offer in &mut terms.offers {
            offer.tenders.push(license::TenderKind::Approval);
            if let Some((_, plays)) = self.enterprise {
                offer.tenders.push(license::TenderKind::Charge);
                offer.rights.plays = plays;
            }
            offer.tenders.push(license::TenderKind::Medium);
            if !offer.tenders.contains(&license::TenderKind::Receipt) {
                offer.tenders.push(license::TenderKind::Receipt);
            }
        }
        if let Some(handing) = work.handing {
            let fare = Money::new(handing.fare, self.currency).map_err(|e| text("fare")(&e))?;
            terms = terms.copied_for(fare, handing.generations);
            terms.modes.move_ = true;
            terms.fare_move = fare;
            terms.route = handing.route;
            if let Some(locked) = handing.locked {
                terms.modes.locked = true;
                terms.unlock = Some(self.unlock(&locked)?);
            }
        }
        if work.unique {
            terms.delivery = package::Delivery::Unique;
        }
        Ok(terms)
    }

    /// Parties' names by id, for books that people read.
    fn names(&self) -> Vec<(String, &'static str)> {
        let named = [
            (self.issuer.id(), "issuer"),
            (self.shop.id(), "shop"),
            (self.publisher.id(), "publisher"),
            (self.support.id(), "support"),
        ];
        named.into_iter().map(|(id, name)| (id.to_string(), name)).collect()
    }

    /// What the publisher has received: owed to it by the issuer, and in its account at the bank; and of that, fares.
    fn publisher_books(&self) -> BTreeMap<String, i64> {
        let publisher = self.publisher.id();
        let zero = Money::zero(self.currency);
        let store = |id: PartyId| self.desks.get(&id).map(|d| d.memory.store());
        let (issuer, bank, collector) = (self.issuer.clone(), self.bank.clone(), self.collector.clone());
        let owed = store(issuer.id()).and_then(|s| s.read(move |view| issuer.owed(view, publisher)).ok());
        let account = party::bank::Holder::Party(publisher);
        let held = store(bank.id()).and_then(|s| s.read(move |view| bank.balance(view, account)).ok().flatten());
        let now = self.now;
        let figures = store(publisher).and_then(|s| s.read(move |view| collector.figures(view, publisher, now)).ok());
        let (owed, held) = (owed.unwrap_or(zero).minor(), held.unwrap_or(zero).minor());
        BTreeMap::from([
            ("received".to_owned(), owed.saturating_add(held)),
            ("at the bank".to_owned(), held),
            ("fares".to_owned(), figures.map_or(0, |f| whole(&f.paths).minor)),
        ])
    }

    fn delivery(&self, deal: DealId) -> Result<Delivery, String> {
        let shop = self.shop.clone();
        self.at(self.shop.id(), move |tx| {
            let sale = shop.sale(tx, deal)?;
            let order = sale.map(|s| s.order).ok_or_else(nobody)?;
            Ok(shop.delivery(tx, order)?)
        })
    }
}

impl Parties for InMemory {
    fn realm(&self) -> Realm {
        self.maker.realm().clone()
    }
    fn seller(&self) -> PartyId {
        self.shop.id()
    }
    fn now(&self) -> Moment {
        self.now
    }
    fn certificate(&mut self, role: Role) -> Option<Vec<u8>> {
        match role {
            Role::Support => Some(self.support.certificate().to_vec()),
            Role::Seller => Some(self.shop.certificate().to_vec()),
            Role::Issuer => Some(self.issuer.certificate().to_vec()),
            Role::Publisher => Some(self.publisher.certificate().to_vec()),
            Role::Bank => Some(self.bank_certificate.clone()),
            _ => None,
        }
    }
    fn send(&mut self, to: Counterpart, verb: &str, body: &[u8]) -> Answer {
        let to = self.id_of(to);
        if self.silent.contains(&to) {
            return Answer::Silent;
        }
        let Some(verb) = Verb::ALL.into_iter().find(|v| v.word() == verb) else {
            return Answer::Silent;
        };
        self.tell(to, verb, body)
    }
    fn open_account(&mut self, holder: &str, amount: i64) -> Result<Account, String> {
        let opening = Money::new(amount, self.currency).map_err(|e| text("amount")(&e))?;
        let (bank, now, seed, name) = (self.bank.clone(), self.now, self.draw(), holder.to_owned());
        let opened = self.at(self.bank.id(), move |tx| {
            Ok(bank.open(tx, &name, opening, now, &Seed::new(seed))?)
        })?;
        Ok(Account {
            bank: self.bank.id(),
            token: opened.value.id,
            signed: opened.signed.to_vec(),
            certificate: self.bank_certificate.clone(),
        })
    }
    fn publish(&mut self, work: &Work) -> Result<Listing, String> {
        self.publish_edition(work, None, 1)
    }
    fn package(&mut self, _: &Listing, deal: DealId) -> Result<(Header, Vec<u8>), String> {
        let read = |name: &units::Hash| -> Result<Vec<u8>, String> {
            let path = self.packages.get(name).ok_or("no such package")?;
            std::fs::read(path).map_err(|e| text("package")(&e))
        };
        match self.delivery(deal)? {
            Delivery::Shared { package } => {
                let bytes = read(&package)?;
                let header = Package::open(&bytes[..])
                    .map_err(|e| text("package")(&e))?
                    .front()
                    .header()
                    .clone();
                Ok((header, bytes))
            }
            Delivery::Unique {
                header,
                key,
                master,
                master_key,
                preview,
            } => {
                let master = Package::open(read(&master)?).map_err(|e| text("master")(&e))?;
                let keys = HeldNode::whole(&master_key, master.front().tree());
                let plain = Plain {
                    len: master.len(),
                    master: std::sync::Mutex::new(master),
                    keys,
                };
                let front = Front::assemble(*header, Signatures::default(), preview).map_err(|e| text("front")(&e))?;
                let mut out = Vec::new();
                seal_range(&front, &key, &plain, 0..front.package_len(), &mut out, &mut |_| {})
                    .map_err(|e| text("seal")(&e))?;
                Ok((front.header().clone(), out))
            }
        }
    }
    fn statement(&mut self, token: ValueId) -> Result<i64, String> {
        let bank = self.bank.clone();
        let held = self.at(self.bank.id(), move |tx| {
            Ok(bank.balance(tx, party::bank::Holder::Token(token))?)
        })?;
        held.map(|m| m.minor()).ok_or_else(|| "no such account".to_owned())
    }
    fn settle_down(&mut self) {
        let ids: Vec<PartyId> = self.desks.keys().copied().collect();
        self.now = self.now.plus(Span::seconds(10));
        for id in ids {
            let (now, seed) = (self.now, self.draw());
            let Some(desked) = self.desks.get(&id) else { continue };
            let (party, store) = (desked.party.clone(), desked.memory.store());
            // What cannot be tended now is tended next time; the audit says if something is wrong.
            let _ = store.write(move |tx| party.tend(tx, now, &Seed::new(seed)));
            let due = store.read(move |view| errand::due(view, now, 64)).unwrap_or_default();
            for errand in due {
                let _ = self.run(id, &errand);
            }
        }
    }
    fn books(&mut self) -> BTreeMap<String, BTreeMap<String, i64>> {
        let mut out = BTreeMap::new();
        let named = [
            ("bank", self.bank.id()),
            ("issuer", self.issuer.id()),
            ("shop", self.shop.id()),
            ("collector", Party::id(&*self.collector)),
            ("support", self.support.id()),
        ];
        for (name, id) in named {
            let Some(desked) = self.desks.get(&id) else { continue };
            let sheet = desked.memory.store().read(books::sheet).unwrap_or_default();
            out.insert(name.to_owned(), readable(&sheet, &self.names()));
        }
        out.insert("publisher".into(), self.publisher_books());
        for (name, id, reader) in &self.others {
            let Some(desked) = self.desks.get(id) else { continue };
            let read = |view: &mut dyn store::View| Ok::<_, store::Fault>(reader(view));
            let figures = desked.memory.store().read(read).unwrap_or_default();
            out.insert(name.clone(), figures);
        }
        out
    }
    fn audit(&mut self) -> Vec<String> {
        let mut found = Vec::new();
        for desked in self.desks.values() {
            let party = desked.party.clone();
            match desked.memory.store().read(move |view| party.audit(view)) {
                Ok(findings) => found.extend(findings),
                Err(fault) => found.push(fault.to_string()),
            }
        }
        found
    }
}

/// A balance sheet as a story shows it: parties by name, all shadow accounts in one sum, which is the money on cards.
pub fn readable(sheet: &[(String, i64)], names: &[(String, &str)]) -> BTreeMap<String, i64> {
    let mut out = BTreeMap::new();
    for (line, amount) in sheet {
        let mut line = if line.starts_with("shadow of card") {
            "float".to_owned()
        } else {
            line.clone()
        };
        if line.starts_with("deposit ") && !line.contains("of party") {
            line = "deposits of people".to_owned();
        }
        for (id, name) in names {
            line = line.replace(id, name);
        }
        let sum: &mut i64 = out.entry(line).or_default();
        *sum = sum.saturating_add(*amount);
    }
    out
}

/// The work in plain, as far as it is asked for.
struct Plain<R> {
    master: std::sync::Mutex<Package<R>>,
    keys: HeldNode,
    len: u64,
}

impl<R: ReadAt> ReadAt for Plain<R> {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> std::io::Result<usize> {
        let mut master = self
            .master
            .lock()
            .map_err(|_| std::io::Error::other("the master was left open"))?;
        master.read_at(offset, buf, &self.keys).map_err(std::io::Error::other)
    }
    fn size(&self) -> std::io::Result<Option<u64>> {
        Ok(Some(self.len))
    }
}
