//! Town: server, gateways and bank in memory, each on a disk of its own that can lose power, and users with devices. For
//! stories, tests and simulators: the parties are the real ones, and what passes between them is kept to be looked at.

use std::sync::Arc;

use party::{
    Party, PartyKeys, Refused, Reply, Step,
    bank::{Bank as _, Holder as AccountOf, HouseBank},
    clock::Clock,
    desk::Desk,
    realm::{Certifier, RealmMaker},
    registry::Registry,
};
use seal::{Role, Secret, Seed};
use store::{Fault, Tx, memory::Memory};
use units::{Again, Currency, Moment, Money, PartyId, RealmId, Refusal, Span, TransferId};

use crate::{
    batch::{Batch, Sender},
    device::{Body, Heard, Keeper, Line, Player},
    gateway::{self, Gateway, GatewaySettings, Passed, Paying},
    ids::{BatchId, Bound, DeliveryId, DeviceKind, UserId},
    server::{AskRefused, CopyServer, EraseOrder, Hand, NewDevice, Role as Duty, Settings},
    wire::{Answer, Charge, Source},
};

/// A gateway with its disk.
#[derive(Clone)]
pub struct Post {
    /// The gateway.
    pub gateway: Arc<Gateway>,
    /// Its disk.
    pub disk: Memory,
}

/// Everybody.
pub struct Town {
    /// The copy-management server.
    pub server: Arc<CopyServer>,
    /// Its disk.
    pub disk: Memory,
    /// The gateways.
    pub posts: Vec<Post>,
    /// The bank.
    pub bank: Arc<HouseBank>,
    /// Its disk.
    pub bank_disk: Memory,
    /// What time it is.
    pub now: Moment,
    /// Every byte that went over a wire, as a relay sees it.
    pub wire: Vec<Vec<u8>>,
    presser: PartyKeys,
    realm: RealmId,
    secret: Secret,
    drawn: u64,
}

/// The way of a user's questions in a town, as devices of software take it.
#[derive(Debug)]
pub struct TownLine<'a> {
    /// Where.
    pub town: &'a mut Town,
    /// Which way.
    pub way: Way,
}

impl Line for TownLine<'_> {
    fn via(&self) -> Option<PartyId> {
        self.way
            .and_then(|(at, _)| self.town.posts.get(at))
            .map(|post| post.gateway.id())
    }
    fn say(&mut self, ask: &[u8]) -> Result<Vec<u8>, Refused> {
        self.town.carry(ask, self.way)
    }
}

/// Over which gateway, and to whose account there; nothing: straight to the server.
pub type Way = Option<(usize, [u8; 16])>;

fn text(no: &dyn core::fmt::Display) -> String {
    no.to_string()
}

impl Town {
    /// Founds everybody: one gateway for each share in permille, and the server as `change` sets it.
    pub fn found(
        seed: &[u8; 32],
        now: Moment,
        shares: &[u32],
        change: impl FnOnce(&mut Settings),
    ) -> Result<Self, String> {
        let secret = Secret::new(*seed);
        let from = now.less(Span::days(1));
        let life = Span::days(3650);
        let maker = RealmMaker::new(
            "tour",
            Currency::JPY,
            "https://registry.example",
            secret.derive("realm", &[]),
            from,
            life,
        );
        let keys = |role, name: &str| maker.party(role, name).map_err(|no| text(&no));
        let presser = keys(Role::Publisher, "Press")?;
        let desk = || Desk::new(maker.realm().clone(), &maker.certifiers()).map_err(|no| text(&no));
        let bank_keys = keys(Role::Bank, "Harbour Bank")?;
        let server_keys = keys(Role::Copying, "Copy management")?;
        let names: Vec<String> = (0..shares.len()).map(|n| format!("Gateway {}", n + 1)).collect();
        let gateway_keys: Vec<PartyKeys> = names
            .iter()
            .map(|name| keys(Role::Gateway, name))
            .collect::<Result<_, _>>()?;
        let mut settings = Settings::new(bank_keys.id());
        settings.gateways = gateway_keys
            .iter()
            .map(PartyKeys::id)
            .zip(shares.iter().copied())
            .collect();
        change(&mut settings);
        let certificates: Vec<Vec<u8>> = [&bank_keys, &server_keys]
            .into_iter()
            .chain(&gateway_keys)
            .map(|keys| keys.certificate().to_vec())
            .collect();
        let registry_keys = keys(Role::Registry, "registry")?;
        let registry = Registry::new(
            registry_keys,
            Certifier::new(&maker.party_certifier(), maker.realm().id()),
            desk()?,
            life,
        );
        let clock = Clock::new(keys(Role::Time, "clock")?, maker.realm().id());
        let sheet = directory(registry, maker.certifiers(), certificates, now)?;
        let (server_id, bank_id) = (server_keys.id(), bank_keys.id());
        let server = Arc::new(CopyServer::new(server_keys, desk()?, settings));
        let bank = Arc::new(HouseBank::new(bank_keys, desk()?));
        let mut posts = Vec::new();
        for (keys, permille) in gateway_keys.into_iter().zip(shares) {
            let settings = GatewaySettings {
                server: server_id,
                bank: bank_id,
                permille: *permille,
            };
            let gateway = Arc::new(Gateway::new(keys, desk()?, settings));
            posts.push(Post {
                disk: moved_in(&gateway, &sheet, &clock, now)?,
                gateway,
            });
        }
        let disk = moved_in(&server, &sheet, &clock, now)?;
        let bank_disk = moved_in(&bank, &sheet, &clock, now)?;
        let accounts: Vec<PartyId> = posts.iter().map(|post| post.gateway.id()).chain([server_id]).collect();
        let opener = bank.clone();
        let opened = bank_disk.store().write::<(), Refused>(move |tx| {
            for id in &accounts {
                let zero = Money::zero(Currency::JPY);
                opener
                    .open_party(tx, *id, "a party of the story", zero, now)
                    .map_err(|no| Refused::by(&no))?;
            }
            Ok(())
        });
        opened.map_err(|no| text(&no))?;
        Ok(Self {
            server,
            disk,
            posts,
            bank,
            bank_disk,
            now,
            wire: Vec::new(),
            presser,
            realm: maker.realm().id(),
            secret,
            drawn: 0,
        })
    }

    /// Fresh randomness, determined by the founding seed.
    pub fn seed(&mut self) -> Seed {
        self.drawn = self.drawn.saturating_add(1);
        Seed::new(*self.secret.derive("draw", &[&self.drawn.to_be_bytes()]).expose())
    }

    /// The file that makes a batch known to this town's server.
    pub fn batch_file(&self, batch: &Batch) -> Result<Vec<u8>, String> {
        let certificate = self.server.certificate();
        let claims = seal::parse::<seal::Claims>(certificate, seal::Kind::Certificate, self.realm);
        let claims = claims.map_err(|no| text(&no))?;
        let sender = Sender {
            signer: self.presser.signer(),
            certificate: self.presser.certificate(),
            realm: self.realm,
            server: self.server.id(),
            seal: &claims.claims().seal,
        };
        batch.send(&sender).map_err(|no| text(&no))
    }

    /// A batch comes to the server, by its file.
    pub fn take(&mut self, batch: &Batch) -> Result<(), Refused> {
        let now = self.now;
        let file = self.batch_file(batch).map_err(|_| Refused::from(Fault::Stopped))?;
        let taken = self.at_server(move |server, tx| server.take_batch(tx, &Self::hand(Duty::Maker, 1), &file, now));
        taken
            .map(|_| ())
            .map_err(|no: crate::server::TakeRefused| Refused::by(&no))
    }

    /// An operator of this role, number `n`.
    pub fn hand(role: Duty, n: u8) -> Hand {
        Hand { who: [n; 16], role }
    }

    /// Runs a verb of the server in one commit.
    pub fn at_server<T: Send + 'static, E: From<Fault> + Send + 'static>(
        &self,
        mut verb: impl FnMut(&CopyServer, &mut dyn Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        let server = self.server.clone();
        self.disk.store().write(move |tx| verb(&server, tx))
    }

    /// Runs a verb of a gateway in one commit.
    pub fn at_gateway<T: Send + 'static, E: From<Fault> + Send + 'static>(
        &self,
        at: usize,
        mut verb: impl FnMut(&Gateway, &mut dyn Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        let Some(post) = self.posts.get(at).cloned() else {
            return Err(E::from(Fault::Stopped));
        };
        let gateway = post.gateway;
        post.disk.store().write(move |tx| verb(&gateway, tx))
    }

    /// Makes devices of one kind and puts them on the shelf.
    pub fn devices(&mut self, kind: DeviceKind, count: u32) -> Result<Vec<NewDevice>, Refused> {
        let batch = BatchId(self.seed().id("batch"));
        let now = self.now;
        self.at_server(move |server, tx| {
            let maker = Self::hand(Duty::Maker, 1);
            server.make_devices(tx, &maker, batch, kind, count, now)
        })
        .map_err(|no: crate::server::MakeRefused| Refused::by(&no))
    }

    /// A user with a new card, player and drive.
    pub fn user(&mut self) -> Result<User, Refused> {
        let mut one = |kind| -> Result<Body, Refused> {
            let made = self
                .devices(kind, 1)?
                .into_iter()
                .next()
                .ok_or_else(|| Refused::from(Fault::Stopped))?;
            Ok(Body::new(made.id, kind, made.key))
        };
        Ok(User {
            keeper: Keeper::new(one(DeviceKind::Card)?),
            player: Player::new(one(DeviceKind::Player)?),
            drive: one(DeviceKind::Drive)?,
            way: None,
        })
    }

    /// The server answers a question, from whatever side it came.
    pub fn serve(&mut self, bytes: &[u8], via: Option<PartyId>) -> Result<Vec<u8>, Refused> {
        self.wire.push(bytes.to_vec());
        let (now, seed, ask) = (self.now, self.seed(), bytes.to_vec());
        let done = self.at_server(move |server, tx| server.ask(tx, &ask, via, now, &seed));
        match done {
            Ok(Ok(answer)) => {
                self.wire.push(answer.clone());
                Ok(answer)
            }
            Ok(Err(no)) | Err(no) => Err(Refused::by(&no as &AskRefused)),
        }
    }

    /// Carries a question on its way and back.
    pub fn carry(&mut self, bytes: &[u8], way: Way) -> Result<Vec<u8>, Refused> {
        let Some((at, customer)) = way else {
            return self.serve(bytes, None);
        };
        self.wire.push(bytes.to_vec());
        let (now, ask) = (self.now, bytes.to_vec());
        let passed = self.at_gateway(at, move |gateway, tx| gateway.pass(tx, customer, &ask, now));
        let name = match passed.map_err(|no: gateway::PassRefused| Refused::by(&no))? {
            Passed::Answered(answer) => return Ok(answer),
            Passed::Forward(name) => name,
        };
        let via = self.posts.get(at).map(|post| post.gateway.id());
        let served = self.serve(bytes, via);
        if let Err(no) = &served
            && Refusal::again(no) == Again::Later
        {
            // Nothing can be concluded: the question waits, and is asked again.
            return served;
        }
        let said = served.as_ref().ok().cloned();
        let heard = self.at_gateway(at, move |gateway, tx| {
            let heard = said.as_deref().map_or(gateway::Heard::Refused, gateway::Heard::Answer);
            gateway.heard(tx, name, heard, now)
        });
        let answer = heard.map_err(|no: gateway::PassRefused| Refused::by(&no))?;
        served.and_then(|_| answer.ok_or_else(|| Refused::from(Fault::Stopped)))
    }

    /// A customer of a gateway, with so much paid in or so much credit.
    pub fn customer(&mut self, at: usize, n: u8, paying: Paying, paid: i64) -> Result<Way, Refused> {
        let (now, id) = (self.now, TransferId(self.seed().id("pay in")));
        let customer = [n; 16];
        let done = self.at_gateway(at, move |gateway, tx| {
            gateway.open_account(tx, customer, paying, now)?;
            let paid = Money::new(paid, Currency::JPY).unwrap_or(Money::zero(Currency::JPY));
            if paid.is_zero() {
                Ok(())
            } else {
                gateway.pay_in(tx, id, customer, paid, now)
            }
        });
        done.map_err(|no: gateway::AccountRefused| Refused::by(&no))?;
        Ok(Some((at, customer)))
    }

    /// Brings cash to a party's account at the bank.
    pub fn deposit(&mut self, of: PartyId, amount: Money) -> Result<(), Refused> {
        let (bank, now, id) = (self.bank.clone(), self.now, TransferId(self.seed().id("deposit")));
        self.bank_disk.store().write(move |tx| {
            let done = bank.deposit(tx, id, AccountOf::Party(of), amount, now);
            done.map(|_| ()).map_err(|no| Refused::by(&no))
        })
    }

    /// A gateway pays what it owes: its cheque goes to the server, the server brings it to the bank, and both book what
    /// the bank says.
    pub fn settle(&mut self, at: usize) -> Result<(), Refused> {
        let now = self.now;
        let cheque = self.at_gateway(at, move |gateway, tx| gateway.settle(tx, now));
        let Some(cheque) = cheque.map_err(|no: gateway::SettleRefused| Refused::by(&no))? else {
            return Ok(());
        };
        let by = self.posts.get(at).map(|post| post.gateway.id()).unwrap_or_default();
        let step = self.at_server(move |server, tx| server.cheque(tx, by, &cheque, now));
        let outcome = match step.map_err(|no: crate::server::PaidRefused| Refused::by(&no))? {
            Step::Answer(outcome) => outcome,
            Step::NotYet(_) => return Ok(()),
            Step::Errand(errand) => {
                let (bank, body) = (self.bank.clone(), errand.body.clone());
                let answer = self.bank_disk.store().write(move |tx| bank.transfer(tx, &body, now));
                let answer = answer.map_err(|no| Refused::by(&no))?;
                let (server, seed) = (self.server.clone(), self.seed());
                let step = self.disk.store().write::<_, Refused>(move |tx| {
                    server.answered(tx, errand.id, Reply::Answer(&answer), now, &seed)
                })?;
                step.answer().unwrap_or_default()
            }
        };
        let done = self.at_gateway(at, move |gateway, tx| gateway.settled(tx, &outcome, now));
        done.map_err(|no: gateway::SettleRefused| Refused::by(&no))
    }

    /// What a party has at the bank, in minor units.
    pub fn at_bank(&self, of: PartyId) -> i64 {
        let bank = self.bank.clone();
        let balance = self
            .bank_disk
            .store()
            .read(move |view| bank.balance(view, AccountOf::Party(of)));
        balance.ok().flatten().map_or(0, |money| money.minor())
    }

    /// Everything that does not add up, at anybody's.
    pub fn audit(&self) -> Vec<String> {
        let mut found = Vec::new();
        let (server, bank) = (self.server.clone(), self.bank.clone());
        found.extend(
            self.disk
                .store()
                .read(move |view| server.audit(view))
                .unwrap_or_else(|no| vec![text(&no)]),
        );
        found.extend(
            self.bank_disk
                .store()
                .read(move |view| bank.audit(view))
                .unwrap_or_else(|no| vec![text(&no)]),
        );
        for post in &self.posts {
            let gateway = post.gateway.clone();
            let audited = post.disk.store().read(move |view| gateway.audit(view));
            found.extend(audited.unwrap_or_else(|no| vec![text(&no)]));
            let (gateway, server, id) = (post.gateway.clone(), self.server.clone(), post.gateway.id());
            let owes = post.disk.store().read(move |view| gateway.owes(view)).unwrap_or(-1);
            let owed = self
                .disk
                .store()
                .read(move |view| server.owed_by(view, id))
                .unwrap_or(-2);
            if owes != owed {
                found.push(format!("a gateway says it owes {owes}, the server says {owed}"));
            }
        }
        found
    }
}

impl core::fmt::Debug for Town {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Town({} gateways)", self.posts.len())
    }
}
impl core::fmt::Debug for Post {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Post({})", self.gateway.id().short())
    }
}

/// The registry's directory of these parties. The registry lives as long as this founding: its sheet is all that is
/// needed of it.
fn directory(
    registry: Registry,
    certifiers: Vec<Vec<u8>>,
    certificates: Vec<Vec<u8>>,
    now: Moment,
) -> Result<Vec<u8>, String> {
    let memory = Memory::open(party::registry::PARTS).map_err(|no| text(&no))?;
    let registry = Arc::new(registry);
    let listing = registry.clone();
    let listed = memory.store().write::<(), Refused>(move |tx| {
        for certificate in &certifiers {
            listing.add_certifier(tx, certificate)?;
        }
        for certificate in &certificates {
            listing.list(tx, certificate, "https://party.example", now)?;
        }
        Ok(())
    });
    listed.map_err(|no| text(&no))?;
    memory
        .store()
        .read(move |view| registry.directory(view, now))
        .map_err(|no| text(&no))
}

/// A disk for a party that has heard the directory and the time.
fn moved_in<P: Party + 'static>(party: &Arc<P>, sheet: &[u8], clock: &Clock, now: Moment) -> Result<Memory, String> {
    let memory = Memory::open(party.parts()).map_err(|no| text(&no))?;
    let (party, sheet, tick) = (party.clone(), sheet.to_vec(), clock.tick(now));
    let heard = memory.store().write::<(), Refused>(move |tx| {
        party.desk().learn(tx, &sheet, now)?;
        Ok(party.desk().tick(tx, &tick)?)
    });
    heard.map_err(|no| text(&no))?;
    Ok(memory)
}

/// A user's devices.
#[derive(Debug)]
pub struct User {
    /// The card.
    pub keeper: Keeper,
    /// The player.
    pub player: Player,
    /// The drive.
    pub drive: Body,
    /// Which way questions go.
    pub way: Way,
}

impl User {
    /// All three devices.
    pub fn bound(&self) -> Bound {
        Bound {
            card: Some(self.keeper.body().id()),
            player: Some(self.player.body().id()),
            drive: Some(self.drive.id()),
        }
    }

    fn via(&self, town: &Town) -> Option<PartyId> {
        self.way
            .and_then(|(at, _)| town.posts.get(at))
            .map(|post| post.gateway.id())
    }

    /// Says the open question and hears its answer; a refusal closes the question.
    pub fn finish(&mut self, town: &mut Town) -> Result<Heard, Refused> {
        let ask = self.keeper.open_ask().map(<[u8]>::to_vec).unwrap_or_default();
        let answer = match town.carry(&ask, self.way) {
            Ok(answer) => answer,
            Err(no) => {
                if Refusal::again(&no) != Again::Later {
                    self.keeper.refused();
                }
                return Err(no);
            }
        };
        let answer = Answer::parse(&answer).map_err(|_| Refused::from(Fault::Stopped))?;
        let heard = self.keeper.hear(&answer).map_err(|_| Refused::from(Fault::Stopped))?;
        if let Some(pass) = &answer.pass {
            // A pass is for the registered player; another one cannot read it, and learns nothing.
            let _ = self.player.hear(pass);
        }
        Ok(heard)
    }

    /// Registers.
    pub fn register(&mut self, town: &mut Town, word: &str) -> Result<UserId, Refused> {
        let (bound, via, seed) = (self.bound(), self.via(town), town.seed());
        self.keeper
            .register(bound, word, via, &seed)
            .map_err(|no| Refused::by(&no))?;
        match self.finish(town)? {
            Heard::Registered(user) => Ok(user),
            _ => Err(Refused::from(Fault::Stopped)),
        }
    }

    /// Asks for a key.
    pub fn fetch(&mut self, town: &mut Town, source: Source, at_most: i64) -> Result<(DeliveryId, Charge), Refused> {
        let (bound, via, seed) = (self.bound(), self.via(town), town.seed());
        let at_most = Money::new(at_most, Currency::JPY).unwrap_or(Money::zero(Currency::JPY));
        self.keeper
            .ask_key(source, at_most, Some(bound), via, &seed)
            .map_err(|no| Refused::by(&no))?;
        match self.finish(town)? {
            Heard::Given(delivery, charge) => Ok((delivery, charge)),
            _ => Err(Refused::from(Fault::Stopped)),
        }
    }

    /// Erases the medium's key and reports the finished copy.
    pub fn report(&mut self, town: &mut Town, delivery: DeliveryId) -> Result<(), Refused> {
        self.keeper.copied(delivery);
        let (via, seed) = (self.via(town), town.seed());
        self.keeper
            .report(delivery, via, &seed)
            .map_err(|no| Refused::by(&no))?;
        self.finish(town).map(|_| ())
    }

    /// Puts a repair's order into the card, and has the erasing confirmed.
    pub fn erase(&mut self, town: &mut Town, order: &EraseOrder) -> Result<(), Refused> {
        let (via, seed) = (self.via(town), town.seed());
        self.keeper.erase(order, via, &seed).map_err(|no| Refused::by(&no))?;
        self.finish(town).map(|_| ())
    }

    /// This user's new card asks to replace the lost one.
    pub fn reissue(&mut self, town: &mut Town, user: UserId, word: &str) -> Result<usize, Refused> {
        let (via, seed) = (self.via(town), town.seed());
        self.keeper
            .replace(user, word, via, &seed)
            .map_err(|no| Refused::by(&no))?;
        match self.finish(town)? {
            Heard::Reissued(count) => Ok(count),
            _ => Err(Refused::from(Fault::Stopped)),
        }
    }
}
