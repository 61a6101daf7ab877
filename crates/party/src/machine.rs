//! Machine: a cash machine, kiosk or counter. It takes sealed payments from cards and delivers them to the collectors of
//! their publishers, each until it is answered.
//!
//! Run by: a bank, a shop, a station. Needs: standing orders of collectors, fetched ahead. Adds: the way by which fares
//! came, under its signature. Must not see: anything inside. It knows publishers by their ids alone and looks every address
//! up at the registry (row-44).
//!
//! ```text
//!   card ── pay ──► hand ── [outbox] ──► collector ── settle ──► card, if it is still there
//!                             └ until answered; the card may be long gone
//! ```
//!
//! The outbox is the party's errands: written before the machine says that it has taken anything, and so before it gives
//! the card back. A machine that stops in between goes on from there; what was delivered already is answered the same again.

use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Audience, Kind, NotSigned, Seed, cbor, role};
use store::{Fault, Keys, Map, Part, Step as Change, Table, Tx, Value, View};
use units::{Again, Moment, PartyId, Refusal, Span};

use crate::{
    Party, Refused,
    collector::{Bring, Path, StandingAsk},
    desk::Desk,
    errand::{self, ErrandId, Reply, Step, Verb},
    keys::PartyKeys,
};

/// Settings of a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineConfig {
    /// What it is: the ways by which it takes fares.
    pub paths: Vec<Path>,
    /// How far ahead standing orders are fetched.
    pub ahead: Span,
    /// With less than this left, the next one is fetched.
    pub left: Span,
    /// Does it pass on what cards without a network leave?
    pub passes_on: bool,
}

impl MachineConfig {
    /// A cash machine.
    pub fn atm() -> Self {
        Self::of(&[Path::AtmBefore, Path::AtmAfter])
    }
    /// A counter in a shop, with other applications beside.
    pub fn counter() -> Self {
        Self::of(&[Path::Shop, Path::Application])
    }
    /// A kiosk.
    pub fn kiosk() -> Self {
        Self {
            passes_on: true,
            ..Self::of(&[Path::Kiosk])
        }
    }
    fn of(paths: &[Path]) -> Self {
        Self {
            paths: paths.to_vec(),
            ahead: Span::days(60),
            left: Span::days(30),
            passes_on: false,
        }
    }
}

/// What the program at the reader hands to its machine: one payment of the card.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Hand {
    /// Whose fares.
    #[n(0)]
    pub payee: PartyId,
    /// By which way.
    #[n(1)]
    pub path: Path,
    /// As a payment to the payee's account at the bank (another application's way), not as money.
    #[n(2)]
    pub to_account: bool,
    /// The card's `pay`, sealed to the collector.
    #[n(3)]
    pub pay: ByteVec,
}

/// A standing order the machine holds.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Order {
    /// Whose fares.
    #[n(0)]
    pub payee: PartyId,
    /// Until when.
    #[n(1)]
    pub until: Moment,
    /// The collector's open quote, for cards to read.
    #[n(2)]
    pub quote: ByteVec,
}
impl Value for Order {}

/// What a machine has carried by one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(array)]
pub struct Carried {
    /// Payments taken from cards.
    #[n(0)]
    pub taken: u64,
    /// Payments answered by their collectors.
    #[n(1)]
    pub delivered: u64,
}
impl Value for Carried {}

const ORDERS: Map<PartyId, Order> = Map::new(Table::new("machine_orders"));
const CARRIED: Map<Path, Carried> = Map::new(Table::new("machine_carried"));

static PART: Part = Part::new(
    "machine",
    &[
        Change::Create(&[ORDERS.table(), CARRIED.table()]),
        Change::Create(&[crate::kiosk::ORDERS.table(), crate::kiosk::COUNTERS]),
        Change::Create(&[crate::kiosk::BY_ORDER.table()]),
        Change::Create(&[crate::passing::LEFT.table(), crate::passing::LEFT_AT.table()]),
    ],
);

/// What a machine's store is opened with.
pub static PARTS: &[&Part] = &[&crate::desk::PART, &crate::errand::PART, &crate::epoch::PART, &PART];

/// What the machine does with the reply to an errand.
#[derive(Debug, Encode, Decode)]
pub(crate) enum Then {
    /// Keeps the standing order of this payee.
    #[n(0)]
    Order(#[n(0)] PartyId),
    /// Hands the answer to the card, if it is still there.
    #[n(1)]
    Brought(#[n(0)] Path),
    /// Keeps the answer for the card that left the message.
    #[n(2)]
    PassedOn,
}

/// Why a machine takes nothing, in order of precedence. Nothing has changed; the card keeps what it has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandRefused {
    /// Not what a reader hands over.
    #[error("this is no payment of a card: {0}")]
    Malformed(#[from] cbor::NotCanonical),
    /// Not a way of this machine.
    #[error("this machine takes no fares this way ({0})")]
    Path(&'static str),
    /// Longer than any payment.
    #[error("a payment has at most {PAY_MAX} bytes")]
    TooLong,
    /// Nobody collects for this publisher.
    #[error("nobody collects for this publisher; keep the fares, another way will be found")]
    NoCollector,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// The longest payment a card makes.
const PAY_MAX: usize = 96 * 1024;

impl Refusal for HandRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "hand-malformed",
            Self::Path(_) => "way-not-here",
            Self::TooLong => "hand-too-long",
            Self::NoCollector => "payee-without-collector",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::NoCollector => Again::Later,
            Self::Fault(fault) => fault.again(),
            _ => Again::Never,
        }
    }
}
crate::refused::refusals!(HandRefused);

/// A machine.
#[derive(Debug)]
pub struct Machine {
    keys: PartyKeys,
    desk: Desk,
    config: MachineConfig,
}

impl Machine {
    /// The machine with these keys.
    pub const fn new(keys: PartyKeys, desk: Desk, config: MachineConfig) -> Self {
        Self { keys, desk, config }
    }
    /// Its certificate.
    pub fn certificate(&self) -> &[u8] {
        self.keys.certificate()
    }

    /// Standing orders that are good now: what a card is offered, publisher by publisher.
    pub fn orders(&self, view: &mut dyn View, now: Moment) -> Result<Vec<Order>, Fault> {
        let held = ORDERS.range(view, Keys::all(), usize::MAX)?;
        let orders = held.into_iter().map(|(_, order)| order);
        Ok(orders.filter(|order| order.until > now).collect())
    }

    /// What was carried, by way.
    pub fn carried(&self, view: &mut dyn View) -> Result<Vec<(Path, Carried)>, Fault> {
        CARRIED.range(view, Keys::all(), Path::ALL.len())
    }

    /// Takes a payment from a card. Once this is durable the card may leave: whatever happens to the machine, it is
    /// delivered, and once. The same payment again is the same delivery.
    fn hand(&self, tx: &mut dyn Tx, body: &[u8], now: Moment) -> Result<Step, HandRefused> {
        let hand: Hand = cbor::from_bytes_within(body, PAY_MAX.saturating_add(256))?;
        if !self.config.paths.contains(&hand.path) {
            return Err(HandRefused::Path(hand.path.word()));
        }
        if hand.pay.len() > PAY_MAX {
            return Err(HandRefused::TooLong);
        }
        let known = self.desk.known(tx)?;
        if known.ever_certified::<role::Collector>(hand.payee).is_none() {
            return Err(HandRefused::NoCollector);
        }
        let id = ErrandId::of("bring", &seal::hash_parts(&[&hand.payee.0, &hand.pay]).0);
        if errand::open(tx, id)?.is_none() {
            self.count(tx, hand.path, |carried| carried.taken = carried.taken.saturating_add(1))?;
        }
        let bring = Bring {
            by: self.keys.id(),
            path: hand.path,
            to_account: hand.to_account,
            pay: hand.pay,
            certificate: ByteVec::from(self.keys.certificate().to_vec()),
        };
        let letter = seal::sign(
            self.keys.signer(),
            Kind::Bring,
            self.desk.realm_id(),
            Audience::from(hand.payee),
            &bring,
        );
        let then = cbor::to_bytes(&Then::Brought(hand.path));
        let errand = errand::post(tx, id, hand.payee, Verb::Bring, letter, then, now)?;
        Ok(match hand.path {
            // The card is given back first; the sweep delivers.
            Path::AtmAfter => Step::Answer(Vec::new()),
            _ => Step::Errand(errand),
        })
    }

    fn count(&self, tx: &mut dyn Tx, path: Path, change: impl FnOnce(&mut Carried)) -> Result<(), Fault> {
        let mut carried = CARRIED.get(tx, &path)?.unwrap_or_default();
        change(&mut carried);
        CARRIED.put(tx, &path, &carried)
    }

    /// Fetches standing orders that are missing or about to end.
    fn fetch_orders(&self, tx: &mut dyn Tx, now: Moment) -> Result<(), Fault> {
        let known = self.desk.known(tx)?;
        for listed in known.parties() {
            let payee = listed.id;
            if known.certified::<role::Collector>(payee, now).is_none() {
                continue;
            }
            let fresh = |order: &Order| order.until > now.plus(self.config.left);
            let id = ErrandId::of("standing", &payee.0);
            if ORDERS.get(tx, &payee)?.as_ref().is_some_and(fresh) || errand::open(tx, id)?.is_some() {
                continue;
            }
            let ask = StandingAsk {
                payee,
                until: now.plus(self.config.ahead),
            };
            let then = cbor::to_bytes(&Then::Order(payee));
            errand::post(tx, id, payee, Verb::Standing, cbor::to_bytes(&ask), then, now)?;
        }
        Ok(())
    }

    /// A standing order, if this is one: signed by the collector of that very payee.
    fn order(&self, tx: &mut dyn Tx, payee: PartyId, bytes: &[u8], now: Moment) -> Result<Option<Order>, Fault> {
        let known = self.desk.known(tx)?;
        let read = || -> Result<deal::Quote, NotSigned> {
            let sheet: deal::wire::QuoteSheet = cbor::from_bytes(bytes)?;
            let collector = known
                .trust
                .check::<role::Collector>(&sheet.certificate, now)
                .map_err(|_| NotSigned::BadSignature)?;
            let quote: deal::Quote = seal::parse(&sheet.quote, Kind::Quote, self.desk.realm_id())?
                .verify(collector.sign(), Audience::Anyone)?;
            let fits = quote.kind == deal::Kind::Collect
                && quote.payee == payee
                && quote.giver == payee.0
                && quote.ask.is_none()
                && collector.subject() == payee.0;
            if fits { Ok(quote) } else { Err(NotSigned::BadSignature) }
        };
        Ok(read().ok().map(|quote| Order {
            payee,
            until: quote.until,
            quote: ByteVec::from(bytes.to_vec()),
        }))
    }
}

impl Party for Machine {
    fn id(&self) -> PartyId {
        self.keys.id()
    }
    fn desk(&self) -> &Desk {
        &self.desk
    }
    fn parts(&self) -> &'static [&'static Part] {
        PARTS
    }
    fn serve(&self, tx: &mut dyn Tx, verb: Verb, body: &[u8], now: Moment, _: &Seed) -> Result<Step, Refused> {
        match verb {
            Verb::Hand => Ok(self.hand(tx, body, now)?),
            Verb::Leave if self.config.passes_on => Ok(crate::passing::leave(&self.desk, tx, body, now)?),
            Verb::Standing => Ok(Step::Answer(cbor::to_bytes(&self.orders(tx, now)?))),
            _ => Err(Refused::other_verb()),
        }
    }
    fn answered(
        &self,
        tx: &mut dyn Tx,
        id: ErrandId,
        reply: Reply<'_>,
        now: Moment,
        _: &Seed,
    ) -> Result<Step, Refused> {
        let Some(row) = errand::open(tx, id)? else {
            return Ok(Step::Answer(Vec::new()));
        };
        let then: Then = crate::giver::then(&row.then)?;
        if matches!(then, Then::PassedOn) {
            return Ok(crate::passing::answered(tx, id, reply, now)?);
        }
        let Reply::Answer(bytes) = reply else {
            return Ok(Step::NotYet(errand::later(tx, id, now)?));
        };
        match then {
            Then::Order(payee) => {
                let Some(order) = self.order(tx, payee, bytes, now)? else {
                    return Ok(Step::NotYet(errand::later(tx, id, now)?));
                };
                ORDERS.put(tx, &payee, &order)?;
                errand::finish(tx, id)?;
                Ok(Step::Answer(Vec::new()))
            }
            Then::PassedOn => Ok(Step::Answer(Vec::new())),
            Then::Brought(path) => {
                self.count(tx, path, |carried| {
                    carried.delivered = carried.delivered.saturating_add(1)
                })?;
                errand::finish(tx, id)?;
                Ok(Step::Answer(bytes.to_vec()))
            }
        }
    }
    fn tend(&self, tx: &mut dyn Tx, now: Moment, _: &Seed) -> Result<(), Refused> {
        crate::passing::let_go(tx, now)?;
        Ok(self.fetch_orders(tx, now)?)
    }
    fn audit(&self, view: &mut dyn View) -> Result<Vec<String>, Fault> {
        let mut found = Vec::new();
        for (path, carried) in self.carried(view)? {
            if carried.delivered > carried.taken {
                found.push(format!(
                    "{} were delivered by {} and {} taken",
                    carried.delivered,
                    path.word(),
                    carried.taken
                ));
            }
        }
        Ok(found)
    }
}
