//! Town: one realm with its real organisations, each on a machine and a disk of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use party::{
    Party, Refused,
    bank::{Bank, Holder, HouseBank},
    clock::Clock,
    desk::Desk,
    issuer::{Issuer, IssuerConfig},
    realm::{Certifier, RealmMaker},
    registry::Registry,
};
use seal::{Realm, Role, Secret, Seed};
use store::Tx;
use units::{Currency, Moment, Money, PartyId, Refusal, Span, TransferId, ValueId};

use super::{forgetful::Forgetful, machine::Machine, scene::Scene};

/// What a holder has in the bank on the first day.
pub const OPENING: i64 = 200_000;

/// The organisations of one realm.
pub struct Town {
    /// The realm file.
    pub realm: Realm,
    /// Its currency.
    pub currency: Currency,
    /// Every party's machine.
    pub machines: BTreeMap<PartyId, Machine>,
    /// The bank.
    pub bank: Arc<HouseBank>,
    /// The money issuer.
    pub issuer: Arc<Issuer>,
    /// What was paid in at the bank's counter, by account.
    pub openings: BTreeMap<Holder, i64>,
    /// Which account is whose, by person.
    pub tokens: BTreeMap<usize, ValueId>,
    /// Makes keys and certificates of parties.
    pub maker: RealmMaker,
    /// The bank's certificate, which its tokens are checked with.
    pub bank_certificate: Vec<u8>,
    silent_audits: bool,
    registry: Arc<Registry>,
    clock: Clock,
}

impl core::fmt::Debug for Town {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Town({})", self.realm.name)
    }
}

/// Why a town could not be built: a bug of the harness or of a party, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the town cannot be built: {0}")]
pub struct NotBuilt(pub String);

pub(super) fn not_built(what: &str) -> impl Fn(&dyn core::fmt::Display) -> NotBuilt + '_ {
    move |why| NotBuilt(format!("{what}: {why}"))
}

impl Town {
    /// Builds registry, clock, bank and issuer; sellers come later.
    pub fn found(scene: &mut Scene) -> Result<Self, NotBuilt> {
        let currency = Currency::JPY;
        let secret = Secret::new(scene.dice.bytes());
        let from = scene.now.less(Span::days(1));
        let maker = RealmMaker::new(
            "harness",
            currency,
            "https://registry.example",
            secret,
            from,
            Span::days(3650),
        );
        let realm = maker.realm().clone();
        let keys = |role, name: &str| maker.party(role, name).map_err(|e| not_built(name)(&e));
        let desk = || Desk::new(realm.clone(), &maker.certifiers()).map_err(|e| not_built("desk")(&e));

        let registry_keys = keys(Role::Registry, "registry")?;
        let registry_id = registry_keys.id();
        let certifier = Certifier::new(&maker.party_certifier(), realm.id());
        let registry = Arc::new(Registry::new(registry_keys, certifier, desk()?, Span::days(365)));

        let bank_keys = keys(Role::Bank, "bank")?;
        let bank_certificate = bank_keys.certificate().to_vec();
        let bank = Arc::new(HouseBank::new(bank_keys, desk()?));
        let issuer_keys = keys(Role::Issuer, "issuer")?;
        let card_certifier = Certifier::new(&maker.card_certifier(), realm.id());
        let mut config = IssuerConfig::new(bank.id(), registry_id, currency);
        config.software.at_once = Money::new(1_000, currency).map_err(|e| not_built("issuer")(&e))?;
        let issuer = Arc::new(Issuer::new(issuer_keys, card_certifier, desk()?, config));
        let clock = Clock::new(keys(Role::Time, "clock")?, realm.id());

        let mut town = Self {
            realm,
            currency,
            machines: BTreeMap::new(),
            bank: bank.clone(),
            issuer: issuer.clone(),
            openings: BTreeMap::new(),
            tokens: BTreeMap::new(),
            maker,
            bank_certificate,
            silent_audits: false,
            registry: registry.clone(),
            clock,
        };
        let machine = Machine::new("registry", registry).map_err(|e| not_built("registry")(&e))?;
        town.machines.insert(machine.id(), machine);
        for certificate in town.maker.certifiers() {
            town.registers(move |r, tx| Ok(r.add_certifier(tx, &certificate)?))?;
        }
        let (bank_id, issuer_id) = (bank.id(), issuer.id());
        town.moves_in("bank", bank, &[town.bank_certificate.clone()], scene.now)?;
        town.moves_in("issuer", issuer.clone(), &[issuer.certificate().to_vec()], scene.now)?;
        town.opens_party(scene, bank_id, "bank", 0)?;
        town.opens_party(scene, issuer_id, "issuer", 0)?;
        town.hears_news(scene)?;
        Ok(town)
    }

    /// A party gets a machine, is listed in the registry, and has an account at the bank.
    pub fn moves_in(
        &mut self,
        name: &'static str,
        party: Arc<dyn Party>,
        certificates: &[Vec<u8>],
        now: Moment,
    ) -> Result<(), NotBuilt> {
        let machine = Machine::new(name, party).map_err(|e| not_built(name)(&e))?;
        let id = machine.id();
        self.machines.insert(id, machine);
        certificates.iter().try_for_each(|one| self.lists(name, one, now))
    }

    /// A party is listed that has no machine of its own here.
    pub fn lists(&self, name: &str, certificate: &[u8], now: Moment) -> Result<(), NotBuilt> {
        let (certificate, address) = (certificate.to_vec(), format!("https://{name}.example"));
        self.registers(move |r, tx| Ok(r.list(tx, &certificate, &address, now)?))
    }

    /// Somebody at a party's desk does something in one transaction. `None`: its machine is down.
    pub fn at_desk<T: Send + 'static>(
        &mut self,
        scene: &mut Scene,
        party: PartyId,
        work: impl FnMut(&mut dyn Tx) -> Result<T, Refused> + Send + 'static,
    ) -> Option<Result<T, Refused>> {
        self.machines.get_mut(&party)?.desk(scene, work)
    }

    /// The issuer pays a payee what it is owed.
    pub fn pays_out(&mut self, scene: &mut Scene, payee: PartyId) {
        let (issuer, now, id) = (self.issuer.clone(), scene.now, scene.dice.bytes());
        let mut number = [0; 16];
        number.copy_from_slice(&id[..16]);
        let work = move |tx: &mut dyn Tx| {
            let owed = issuer.owed(tx, payee)?;
            if owed.is_zero() {
                return Ok(None);
            }
            Ok(Some(issuer.payout(tx, TransferId(number), payee, owed, now)?))
        };
        match self.at_desk(scene, self.issuer.id(), work) {
            Some(Ok(Some(errand))) => {
                if let Some(machine) = self.machines.get_mut(&self.issuer.id()) {
                    machine.carries(scene, errand);
                }
            }
            Some(Err(no)) => scene.say(|| format!("the issuer pays nothing out: {no}")),
            _ => {}
        }
    }

    /// The issuer's people look at cards that were copied, and let them come back.
    pub fn pardons(&mut self, scene: &mut Scene) {
        let issuer = self.issuer.clone();
        let work = move |tx: &mut dyn Tx| {
            for suspect in issuer.suspects(tx)? {
                issuer.pardon(tx, suspect.card)?;
            }
            Ok(())
        };
        if let Some(Err(no)) = self.at_desk(scene, self.issuer.id(), work) {
            scene.say(|| format!("nobody is pardoned: {}", no.code()));
        }
    }

    fn registers(
        &self,
        work: impl Fn(&Registry, &mut dyn Tx) -> Result<(), Refused> + Send + 'static,
    ) -> Result<(), NotBuilt> {
        let registry = self.registry.clone();
        let machine = self
            .machines
            .get(&registry.id())
            .ok_or(NotBuilt("no registry".to_owned()))?;
        let done = machine.store().write(move |tx| work(&registry, tx));
        done.map_err(|e| not_built("registry")(&e))
    }

    /// Everybody hears the clock and the registry, unless their machine is down.
    pub fn hears_news(&mut self, scene: &mut Scene) -> Result<(), NotBuilt> {
        let now = scene.now;
        let registry = self.registry.clone();
        let Some(machine) = self.machines.get(&registry.id()).filter(|m| !m.memory.is_dark()) else {
            return Ok(());
        };
        let directory = machine
            .store()
            .read(|view| registry.directory(view, now))
            .map_err(|e| not_built("directory")(&e))?;
        let tick = self.clock.tick(now);
        for machine in self.machines.values_mut().filter(|m| m.id() != registry.id()) {
            let (party, directory, tick) = (machine.party.clone(), directory.clone(), tick.clone());
            let heard = machine.desk(scene, move |tx| {
                party.desk().learn(tx, &directory, now)?;
                party.desk().tick(tx, &tick)?;
                Ok(())
            });
            if let Some(Err(no)) = heard {
                scene.say(|| format!("{} does not take the news: {}", machine.name, no.code()));
            }
        }
        Ok(())
    }

    /// From now on this party forgets what it writes to that table, and nobody asks parties what they find themselves.
    pub fn forgets(&mut self, name: &str, table: &'static str) {
        for machine in self.machines.values_mut().filter(|m| m.name == name) {
            machine.party = Arc::new(Forgetful::new(machine.party.clone(), table));
        }
        self.silent_audits = true;
    }

    /// A party's account at the bank.
    pub fn opens_party(&mut self, scene: &mut Scene, party: PartyId, name: &str, opening: i64) -> Result<(), NotBuilt> {
        let (bank, name, now) = (self.bank.clone(), name.to_owned(), scene.now);
        let money = Money::new(opening, self.currency).map_err(|e| not_built("account")(&e))?;
        let id = self.bank.id();
        let machine = self.machines.get_mut(&id).ok_or(NotBuilt("no bank".to_owned()))?;
        machine
            .desk(scene, move |tx| Ok(bank.open_party(tx, party, &name, money, now)?))
            .ok_or(NotBuilt("the bank is down".to_owned()))?
            .map_err(|e| not_built("account")(&e))?;
        self.openings.insert(Holder::Party(party), opening);
        Ok(())
    }

    /// A person's account at the bank: the token for the card, signed.
    pub fn opens_person(&mut self, scene: &mut Scene, number: usize) -> Result<Vec<u8>, NotBuilt> {
        let (bank, now, seed) = (self.bank.clone(), scene.now, scene.dice.bytes());
        let money = Money::new(OPENING, self.currency).map_err(|e| not_built("account")(&e))?;
        let id = self.bank.id();
        let machine = self.machines.get_mut(&id).ok_or(NotBuilt("no bank".to_owned()))?;
        let opened = machine
            .desk(scene, move |tx| {
                Ok(bank.open(tx, &format!("holder {number}"), money, now, &Seed::new(seed))?)
            })
            .ok_or(NotBuilt("the bank is down".to_owned()))?
            .map_err(|e| not_built("account")(&e))?;
        self.openings.insert(Holder::Token(opened.value.id), OPENING);
        self.tokens.insert(number, opened.value.id);
        Ok(opened.signed.to_vec())
    }

    /// What the bank shows for an account, in minor units.
    pub fn balance(&self, of: Holder) -> i64 {
        let Some(machine) = self.machines.get(&self.bank.id()) else {
            return 0;
        };
        let shown = machine.store().read(|view| self.bank.balance(view, of));
        shown.ok().flatten().map_or(0, |money| money.minor())
    }

    /// What every party finds wrong in its own books. A machine that is down is asked when it is up again.
    pub fn own_audits(&self, found: &mut Vec<String>) {
        if self.silent_audits {
            return;
        }
        for machine in self.machines.values().filter(|m| !m.memory.is_dark()) {
            match machine.store().read(|view| machine.party.audit(view)) {
                Ok(list) => found.extend(list.into_iter().map(|what| format!("{} finds: {what}", machine.name))),
                Err(no) => found.push(format!("{} cannot audit itself: {no}", machine.name)),
            }
        }
    }
}
