//! What these tests share: a realm with a carrier, its bank, a trust registry of another organisation, and cards.

use std::sync::Arc;

use carrier::{
    Batch, Bill, Carrier, CarrierConfig, Incoming, Listing, MoneyInRefused, Month, NewContract, Payable, Plan,
    Progress, Rate, RunRefused, Service, SubscriberId, Suspended, Taken, Terms, Trust, Usage, UsageRecord,
    UsageRefused,
};
use deal::{
    charge::{Charge, Charged, charge_id, read_charged, say_charge},
    enterprise::{EnterpriseNo, TrustAsk, TrustSheet, TrustWord, numbered, say_trust},
    wire::open_sealed,
};
use party::{
    Errand, Party, PartyKeys, Refused, Reply, Step, Verb,
    bank::{Bank, Credited, Holder, HouseBank},
    desk::Desk,
    errand,
    realm::{Certifier, RealmMaker, Subject},
    registry::Registry,
};
use seal::{Audience, Class, Kind, Opener, Role, Secret, Seed, Signer, cbor};
use store::{Fault, Store, Tx, memory::Memory};
use units::{Currency, DealId, Moment, Money, OfferNo, PartyId, Refusal, Span, Tag, TransferId};

/// 2004-02-11, noon in Tokyo.
pub const NOW: Moment = Moment(1_076_468_400_000);
pub const FEBRUARY: &str = "2004-02";

pub fn yen(n: i64) -> Money {
    Money::new(n, Currency::JPY).unwrap()
}
pub fn month(text: &str) -> Month {
    text.parse().unwrap()
}
pub fn day(n: u64) -> Moment {
    NOW.plus(Span::days(n))
}

pub struct World {
    pub carrier: Arc<Carrier>,
    pub store: Store,
    pub memory: Memory,
    pub bank: Arc<HouseBank>,
    pub bank_store: Store,
    pub bank_memory: Memory,
    pub now: Moment,
    /// What the registry answers; nothing: it is silent.
    pub registry_says: Option<Vec<u32>>,
    pub bank_is_silent: bool,
    pub asked: u32,
    registry: PartyKeys,
    maker: RealmMaker,
    seeds: u64,
    tags: u8,
}

pub const SELLER: &str = "Lantern Records";

/// A subscriber with the key of a wallet.
pub struct Subscriber {
    pub id: SubscriberId,
    pub number: String,
    pub key: Signer,
}

/// A charge on its way, and who can read the answer.
pub struct Sent {
    pub charge: Charge,
    pub bytes: Vec<u8>,
    opener: Opener,
}

impl Sent {
    pub fn opener(&self) -> &Opener {
        &self.opener
    }
}

pub fn found(set: impl FnOnce(&mut CarrierConfig)) -> World {
    let maker = RealmMaker::dev(
        Currency::JPY,
        "http://127.0.0.1:1",
        Secret::new([9; 32]),
        NOW.less(Span::days(1)),
    );
    let keys = |role, name: &str| maker.party(role, name).unwrap();
    let desk = || Desk::new(maker.realm().clone(), &maker.certifiers()).unwrap();
    let bank = Arc::new(HouseBank::new(keys(Role::Bank, "bank"), desk()));
    let registry = keys(Role::TrustRegistry, "trust registry");
    let mut config = CarrierConfig::new(Currency::JPY);
    config.bank = Some(bank.id());
    config.new_enterprises.for_span = Span(0);
    set(&mut config);
    let carrier = Arc::new(Carrier::new(keys(Role::Carrier, "Minato Mobile"), desk(), config));
    let memory = Memory::open(carrier.parts()).unwrap();
    let store = memory.store();
    let bank_memory = Memory::open(bank.parts()).unwrap();
    let bank_store = bank_memory.store();
    let mut world = World {
        carrier,
        store,
        memory,
        bank,
        bank_store,
        bank_memory,
        now: NOW,
        registry_says: None,
        bank_is_silent: false,
        asked: 0,
        registry,
        maker,
        seeds: 0,
        tags: 0,
    };
    world.begin();
    world
}

impl World {
    /// Everybody hears who is who, and has an account at the bank.
    pub fn begin(&mut self) {
        let maker = &self.maker;
        let realm = maker.realm().id();
        let desk = Desk::new(maker.realm().clone(), &maker.certifiers()).unwrap();
        let registry = Registry::new(
            maker.party(Role::Registry, "registry").unwrap(),
            Certifier::new(&maker.party_certifier(), realm),
            desk,
            Span::days(3650),
        );
        let store = Memory::open(party::registry::PARTS).unwrap().store();
        let certifiers = maker.certifiers();
        let listed = [(Role::Bank, "bank"), (Role::Carrier, "Minato Mobile")]
            .map(|(role, name)| maker.party(role, name).unwrap().certificate().to_vec());
        let now = self.now;
        let registry = Arc::new(registry);
        let lister = registry.clone();
        store
            .write(move |tx| {
                for certifier in &certifiers {
                    lister.add_certifier(tx, certifier)?;
                }
                for certificate in &listed {
                    lister.list(tx, certificate, "http://127.0.0.1:1", now)?;
                }
                Ok::<_, party::registry::RegistryRefused>(())
            })
            .unwrap();
        let sheet = store.read(|view| registry.directory(view, now)).unwrap();
        let (carrier, bank, again) = (self.carrier.clone(), self.bank.clone(), sheet.clone());
        self.store
            .write(move |tx| carrier.desk().learn(tx, &sheet, now))
            .unwrap();
        let (own, seller) = (self.carrier.id(), self.seller(SELLER));
        self.bank_store
            .write(move |tx| {
                bank.desk().learn(tx, &again, now).unwrap();
                bank.open_party(tx, own, "carrier", yen(1_000_000), now)?;
                bank.open_party(tx, seller, "seller", yen(0), now)?;
                bank.tell(tx, own, true)?;
                Ok::<_, party::bank::OpenRefused>(())
            })
            .unwrap();
        let (plan, mail) = (plan(), service());
        self.at(move |carrier, tx, _| {
            carrier.add_plan(tx, "plain", &plan).unwrap();
            carrier.add_service(tx, "voice-mail", &mail).unwrap();
            Ok(())
        });
    }

    /// Work in the carrier's own store.
    pub fn at<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&Carrier, &mut dyn Tx, Moment) -> Result<T, Fault> + Send + 'static,
    ) -> T {
        let (carrier, now) = (self.carrier.clone(), self.now);
        self.store.write(move |tx| work(&carrier, tx, now)).unwrap()
    }

    pub fn seed(&mut self) -> Seed {
        self.seeds += 1;
        Seed::new(seal::hash(&self.seeds.to_be_bytes()).0)
    }

    pub fn seller(&self, name: &str) -> PartyId {
        self.maker.party(Role::Seller, name).unwrap().id()
    }

    pub fn registry_id(&self) -> PartyId {
        self.registry.id()
    }

    pub fn maker(&self) -> &RealmMaker {
        &self.maker
    }

    pub fn keys(&self, role: Role, name: &str) -> PartyKeys {
        self.maker.party(role, name).unwrap()
    }

    /// Somebody pays the carrier from an account of a seller's.
    pub fn deposit_with(&self, amount: i64, reference: &str) {
        let keys = self.keys(Role::Seller, SELLER);
        let order = party::bank::TransferOrder {
            id: TransferId(seal::hash(reference.as_bytes()).0[..16].try_into().unwrap()),
            from: Holder::Party(keys.id()),
            to: Holder::Party(self.carrier.id()),
            amount: yen(amount),
            reference: reference.into(),
            by: keys.id(),
            certificate: keys.certificate().to_vec().into(),
        };
        let realm = self.maker.realm().id();
        let body = seal::sign(
            keys.signer(),
            Kind::Transfer,
            realm,
            Audience::from(self.bank.id()),
            &order,
        );
        let (bank, now, id) = (self.bank.clone(), self.now, keys.id());
        self.bank_store
            .write(move |tx| {
                let cash = TransferId(seal::hash(&body).0[..16].try_into().unwrap());
                bank.deposit(tx, cash, Holder::Party(id), yen(amount), now).unwrap();
                bank.transfer(tx, &body, now)
            })
            .unwrap();
    }

    pub fn list(&self, name: &str, no: u32, trust: Trust) {
        let (id, name) = (self.seller(name), name.to_owned());
        self.at(move |carrier, tx, now| {
            let listing = Listing {
                name: name.clone(),
                no: Some(EnterpriseNo(no)),
                trust,
                cap: None,
            };
            carrier.list_enterprise(tx, id, &listing, now).unwrap();
            Ok(())
        });
    }

    /// Somebody signs up: the plain plan with voice mail.
    pub fn subscribe(&mut self, number: &str, set: impl FnOnce(&mut NewContract)) -> Subscriber {
        let seed = self.seed();
        let key = Signer::new(&Secret::new(seal::hash(&seed.id("wallet")).0));
        let id = SubscriberId(seed.id("subscriber"));
        let mut new = NewContract {
            name: "Aiko Yamada".into(),
            address: vec!["2-14-6 Ekimae, Onomichi".into()],
            number: number.into(),
            key: Some(key.verify_key()),
            content_limit: None,
            apart: false,
            terms: Terms {
                plan: "plain".into(),
                services: vec!["voice-mail".into()],
            },
        };
        set(&mut new);
        self.at(move |carrier, tx, now| {
            carrier.sign_up(tx, id, &new, now).unwrap();
            Ok(())
        });
        Subscriber {
            id,
            number: number.into(),
            key,
        }
    }

    /// A month's telephone of the example: calls 2150, packets 430.
    pub fn telephone(&mut self, who: &Subscriber) {
        let number = &who.number;
        let mut records: Vec<UsageRecord> = (0..20).map(|n| call(number, day(n % 5), 300)).collect();
        records.push(call(number, day(3), 450));
        records.push(packets(number, day(3), 20_500));
        records.push(packets(number, day(4), 22_450));
        let batch = Batch {
            source: "switch-1".into(),
            first: 1,
            records,
        };
        self.at(move |carrier, tx, now| {
            let taken = carrier.take_usage(tx, &batch, now).unwrap();
            assert_eq!(taken.counted, 23);
            Ok(())
        });
    }

    /// A card asks the carrier to pay.
    pub fn charge(&mut self, who: &Subscriber, seller: &str, offer: OfferNo, amount: i64) -> Sent {
        self.tags += 1;
        let tag = Tag([self.tags; 16]);
        let charge = Charge {
            charge: charge_id(tag),
            deal: DealId([self.tags; 32]),
            payer: self.carrier.id(),
            seller: self.seller(seller),
            offer,
            amount: yen(amount),
            at: self.now,
        };
        self.say(who, charge, tag)
    }

    pub fn say(&self, who: &Subscriber, charge: Charge, tag: Tag) -> Sent {
        let realm = self.maker.realm().id();
        let secret = Secret::new([tag.0[0]; 32]);
        let (signer, opener) = (
            Signer::new(&secret.derive("t", &[])),
            Opener::new(&secret.derive("o", &[])),
        );
        let subject = Subject {
            id: tag.0,
            role: Role::Transfer,
            sign: signer.verify_key(),
            seal: opener.seal_to(),
            class: Class::Software,
            name: String::new(),
        };
        let certifier = Certifier::new(&self.maker.card_certifier(), realm);
        let certificate = certifier.certify(&subject, NOW, NOW.plus(Span::days(14)), 1);
        let carrier = self.maker.party(Role::Carrier, "Minato Mobile").unwrap();
        let bank = self.maker.party(Role::Bank, "bank").unwrap();
        let keys = if charge.payer == bank.id() { bank } else { carrier };
        let seed = Seed::new([tag.0[0]; 32]);
        let to = keys.opener().seal_to();
        let bytes = say_charge(&charge, realm, (&signer, &certificate), &who.key, &to, &seed).unwrap();
        Sent { charge, bytes, opener }
    }

    /// Brings a charge; what came back, opened by the tag.
    pub fn bring(&mut self, sent: &Sent) -> Result<Option<Charged>, Refused> {
        let step = self.serve(Verb::Charge, sent.bytes.clone())?;
        let Some(bytes) = self.drive(step)? else {
            return Ok(None);
        };
        let plain = open_sealed(&sent.opener, Kind::Charged, &bytes).unwrap();
        let trust = self.trust();
        Ok(Some(read_charged(&plain, self.carrier.id(), &trust).unwrap()))
    }

    pub fn trust(&self) -> seal::Trust {
        let mut trust = seal::Trust::new(self.maker.realm().clone());
        for certificate in self.maker.certifiers() {
            trust.learn(&certificate).unwrap();
        }
        trust
    }

    pub fn serve(&mut self, verb: Verb, body: Vec<u8>) -> Result<Step, Refused> {
        let (carrier, now, seed) = (self.carrier.clone(), self.now, self.seed());
        self.store.write(move |tx| carrier.serve(tx, verb, &body, now, &seed))
    }

    fn drive(&mut self, mut step: Step) -> Result<Option<Vec<u8>>, Refused> {
        loop {
            step = match step {
                Step::Answer(bytes) => return Ok(Some(bytes)),
                Step::NotYet(_) => return Ok(None),
                Step::Errand(errand) => self.carry(&errand)?,
            };
        }
    }

    fn carry(&mut self, errand: &Errand) -> Result<Step, Refused> {
        self.asked += 1;
        let answer = match errand.verb {
            Verb::Trust => self.registry_answers(&errand.body),
            Verb::Transfer => self.bank_answers(&errand.body),
            other => panic!("nobody is asked to {other:?}"),
        };
        let (carrier, id, now, seed) = (self.carrier.clone(), errand.id, self.now, self.seed());
        self.store.write(move |tx| {
            let reply = answer.as_ref().map_or(Reply::Silent, |bytes| Reply::Answer(bytes));
            carrier.answered(tx, id, reply, now, &seed)
        })
    }

    fn registry_answers(&self, body: &[u8]) -> Option<Vec<u8>> {
        let asked: TrustAsk = cbor::from_bytes(body).unwrap();
        let listed = self.registry_says.as_ref()?;
        let word = TrustWord {
            trusted: listed.contains(&asked.enterprise.0),
            asked,
            at: self.now,
        };
        let realm = self.maker.realm().id();
        let sheet = say_trust(&word, realm, self.registry.signer(), self.registry.certificate());
        let _: TrustSheet = cbor::from_bytes(&sheet).unwrap();
        Some(sheet)
    }

    fn bank_answers(&self, body: &[u8]) -> Option<Vec<u8>> {
        let (bank, body, now) = (self.bank.clone(), body.to_vec(), self.now);
        let answer = self.bank_store.write(move |tx| bank.transfer(tx, &body, now)).unwrap();
        (!self.bank_is_silent).then_some(answer)
    }

    /// The sweep: what is due is paid, what waits is asked again.
    pub fn tend(&mut self) {
        let (carrier, now, seed) = (self.carrier.clone(), self.now, self.seed());
        self.store.write(move |tx| carrier.tend(tx, now, &seed)).unwrap();
        let due = self
            .store
            .read(|view| errand::due(view, now.plus(Span::days(1)), 1000))
            .unwrap();
        for errand in due {
            let _ = self.carry(&errand).unwrap();
        }
    }

    /// Bills a month, so many subscribers at once.
    pub fn bill(&self, text: &str, step: usize) -> Result<Progress, RunRefused> {
        let (month, now) = (month(text), self.now);
        loop {
            let carrier = self.carrier.clone();
            let progress = self.store.write(move |tx| carrier.bill_month(tx, month, step, now))?;
            if progress.finished.is_some() {
                return Ok(progress);
            }
        }
    }

    pub fn bills(&self, who: &Subscriber) -> Vec<Bill> {
        let (carrier, id) = (self.carrier.clone(), who.id);
        let mut bills = self.store.read(|view| carrier.bills_of(view, id, 100)).unwrap();
        bills.reverse();
        bills.into_iter().map(|(_, bill)| bill).collect()
    }

    pub fn bill_id(&self, who: &Subscriber) -> carrier::BillId {
        let (carrier, id) = (self.carrier.clone(), who.id);
        self.store.read(|view| carrier.bills_of(view, id, 1)).unwrap()[0].0
    }

    /// Gives back; the code of a refusal.
    pub fn refund(&self, n: u8, of: [u8; 16], amount: i64) -> Result<(), &'static str> {
        let (carrier, now) = (self.carrier.clone(), self.now);
        let done = self
            .store
            .write(move |tx| carrier.refund(tx, TransferId([n; 16]), of, yen(amount), now));
        done.map(drop).map_err(|no| no.code())
    }

    pub fn money_in(&self, n: u8, amount: i64, reference: &str) -> Result<Suspended, MoneyInRefused> {
        let (carrier, now) = (self.carrier.clone(), self.now);
        let entry = Incoming {
            id: TransferId([n; 16]),
            amount: yen(amount),
            reference: reference.into(),
            at: NOW,
        };
        self.store.write(move |tx| carrier.money_in(tx, &entry, now))
    }

    pub fn assign(&self, n: u8, number: &str) -> Result<carrier::BillId, MoneyInRefused> {
        let (carrier, now, number) = (self.carrier.clone(), self.now, number.to_owned());
        self.store
            .write(move |tx| carrier.assign(tx, TransferId([n; 16]), &number, now))
    }

    /// What a bank tells the carrier, signed with the keys of the bank of this name.
    pub fn notice(&self, said: &Credited, by: &str) -> Vec<u8> {
        let keys = self.maker.party(Role::Bank, by).unwrap();
        let audience = Audience::from(said.to);
        seal::sign(keys.signer(), Kind::Notice, self.maker.realm().id(), audience, said)
    }

    pub fn end(&self, who: &Subscriber) {
        let id = who.id;
        self.at(move |carrier, tx, now| {
            carrier.end_contract(tx, id, now).unwrap();
            Ok(())
        });
    }

    pub fn try_usage(&self, source: &str, first: u64, records: Vec<UsageRecord>) -> Result<Taken, UsageRefused> {
        let (carrier, now) = (self.carrier.clone(), self.now);
        let batch = Batch {
            source: source.into(),
            first,
            records,
        };
        self.store.write(move |tx| carrier.take_usage(tx, &batch, now))
    }

    pub fn usage(&self, source: &str, first: u64, records: Vec<UsageRecord>) -> Taken {
        self.try_usage(source, first, records).unwrap()
    }

    pub fn payable(&self, sent: &Sent) -> Payable {
        let (carrier, of) = (self.carrier.clone(), sent.charge.charge);
        self.store.read(|view| carrier.payable(view, of)).unwrap().unwrap()
    }

    pub fn meter(&self, who: &Subscriber, text: &str) -> carrier::Meter {
        let (carrier, id, month) = (self.carrier.clone(), who.id, month(text));
        self.store.read(|view| carrier.meter(view, id, month)).unwrap()
    }

    pub fn at_bank(&self, name: &str) -> i64 {
        let (bank, id) = (self.bank.clone(), self.seller(name));
        let held = self
            .bank_store
            .read(|view| bank.balance(view, Holder::Party(id)))
            .unwrap();
        held.map_or(-1, |money| money.minor())
    }

    pub fn adds_up(&self) {
        let carrier = self.carrier.clone();
        let found = self.store.read(|view| carrier.audit(view)).unwrap();
        assert!(found.is_empty(), "{found:#?}");
    }
}

/// Calls 10 yen for started 30 seconds, packets 10 yen for started 1000, basic fee 2000.
pub fn plan() -> Plan {
    Plan {
        name: "Plain".into(),
        basic: yen(2000),
        calls: Rate {
            unit: 30,
            price: yen(10),
        },
        packets: Rate {
            unit: 1000,
            price: yen(10),
        },
    }
}

pub fn service() -> Service {
    Service {
        name: "Voice mail".into(),
        monthly: yen(300),
    }
}

pub fn call(number: &str, at: Moment, seconds: u32) -> UsageRecord {
    UsageRecord {
        number: number.into(),
        at,
        used: Usage::Call(seconds),
    }
}

pub fn packets(number: &str, at: Moment, count: u32) -> UsageRecord {
    UsageRecord {
        number: number.into(),
        at,
        used: Usage::Packets(count),
    }
}

pub fn offer(enterprise: u32) -> OfferNo {
    numbered(EnterpriseNo(enterprise), 1).unwrap()
}
