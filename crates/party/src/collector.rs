//! Collector: takes slips home for publishers and brings them to the issuer, each once.
//!
//! Run by: a publisher, or somebody it trusts with that. Needs: nothing but its certificate. Adds: a receipt for the card,
//! and the slips at the issuer. Must not see: payers (slips are sealed to the issuer), keys, purses.

mod audit;
mod bring;
mod claims;
mod coupon;
mod figures;
mod notice;
mod rebate;
mod refused;
mod take;

pub use bring::{Bring, Path, StandingAsk};
pub use claims::ClaimsFound;
pub use coupon::{CouponAsk, CouponWord};
pub use figures::{ByPath, Figures, Sum, day_of, first_day, week_of, whole};
pub use rebate::{PromiseRefused, Rebate, RebateKind, SHARE_MAX};
pub use refused::CollectRefused;

use bring::Way;

use deal::{Kind, Quote, issuer::Honour, wire::Ask};
use minicbor::{Decode, Encode};
use seal::{Kind as Sealed, Seed, cbor, role};
use store::{Counter, Fault, Keys, Map, Part, Step as Change, Table, Tx, Value, View};
use units::{ContentId, DealId, Hash, Moment, Money, OrderId, PartyId, Span};

use crate::{
    Giver, Refused,
    beside::{Message, Read, Told, Unsaid},
    books::Sort,
    desk::Desk,
    door::{NotRead, OpenPay},
    errand::{self, Reply, Step, Verb},
    giver,
    issuer::{bare_quote, wire_version},
    keys::PartyKeys,
    say::Voice,
};

/// Settings of a collector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectorConfig {
    /// The issuer the slips go to.
    pub issuer: PartyId,
    /// For whom it collects.
    pub payees: Vec<PartyId>,
    /// How long a quote is good.
    pub quote_life: Span,
    /// What the publisher gives for fares that come by ways it wants.
    pub rebates: Vec<Rebate>,
}

impl CollectorConfig {
    /// The usual settings: quotes of 15 minutes, no rebates.
    pub const fn new(issuer: PartyId, payees: Vec<PartyId>) -> Self {
        Self {
            issuer,
            payees,
            quote_life: Span::minutes(15),
            rebates: Vec::new(),
        }
    }
}

/// The furthest date of a standing order.
const STANDING_MAX: Span = Span::days(90);

/// A slip that was collected.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Collected {
    /// In which deal.
    #[n(0)]
    pub deal: DealId,
    /// For whom.
    #[n(1)]
    pub payee: PartyId,
    /// For which work.
    #[n(2)]
    pub title: ContentId,
    /// How much.
    #[n(3)]
    pub amount: Money,
    /// When.
    #[n(4)]
    pub at: Moment,
    /// The issuer's word, once it came.
    #[n(5)]
    pub answer: Option<Honour>,
    /// By which way it came.
    #[n(6)]
    pub path: Path,
    /// The machine that brought it.
    #[n(7)]
    pub by: Option<PartyId>,
}
impl Value for Collected {}

const SLIPS: Map<Hash, Collected> = Map::new(Table::new("collector_slips"));
const BY_PAYEE: Map<(PartyId, Moment, Hash), ()> = Map::new(Table::new("collector_by_payee"));
const COUNTERS: Table = Table::new("collector_counters");
const RECEIPT_NO: Counter = Counter::new(COUNTERS, "receipt");

static PART: Part = Part::new(
    "collector",
    &[
        Change::Create(&[SLIPS.table(), BY_PAYEE.table(), COUNTERS]),
        Change::Create(&[take::PENDING.table(), notice::NOTICES.table()]),
        Change::Create(&figures::TABLES),
        Change::Create(&[notice::BY_WEEK.table()]),
        Change::Create(&[rebate::SET.table()]),
        Change::Create(&[coupon::COUPONS.table()]),
    ],
);

/// What a collector's store is opened with.
pub static PARTS: &[&Part] = &[
    &crate::desk::PART,
    &crate::errand::PART,
    &crate::epoch::PART,
    &ledger::PART,
    &crate::books::PART,
    &crate::decided::PART,
    &PART,
];

/// Slips on their way to the issuer.
const UNDER_WAY: Sort = Sort::had("slips under way");
/// Owed to a payee until the issuer owes it.
const FOR_PAYEE: Sort = Sort::owed("collected for");

/// What the collector does with the reply to an errand.
#[derive(Debug, Encode, Decode)]
enum Then {
    /// Notes the issuer's word on the slips of this deal.
    #[n(0)]
    Presented(#[n(0)] DealId, #[n(1)] Vec<Hash>, #[n(2)] bool),
    /// Decides a payment whose rebate depends on the issuer's word.
    #[n(1)]
    Rebated(#[n(0)] DealId),
    /// Nothing: it only had to be delivered.
    #[n(2)]
    Nothing,
}

/// A collector.
#[derive(Debug)]
pub struct Collector {
    keys: PartyKeys,
    desk: Desk,
    config: CollectorConfig,
    opening: Option<claims::Opening>,
}

impl Collector {
    /// The collector with these keys.
    pub const fn new(keys: PartyKeys, desk: Desk, config: CollectorConfig) -> Self {
        Self {
            keys,
            desk,
            config,
            opening: None,
        }
    }
    /// Its settings.
    pub const fn config(&self) -> &CollectorConfig {
        &self.config
    }
    /// With its publisher's own keys, of which it keeps what opens sealed messages: so it can tell which cards were
    /// right about what they bought.
    #[must_use]
    pub fn opening(mut self, publisher: PartyKeys) -> Self {
        self.opening = Some(claims::Opening::of(publisher));
        self
    }
    /// Who it is.
    pub const fn id(&self) -> PartyId {
        self.keys.id()
    }
    const fn voice(&self) -> Voice<'_> {
        Voice::of(&self.keys, &self.desk)
    }

    /// Answers a card's question to collect with a sealed quote. Writes nothing.
    pub fn ask(&self, view: &mut dyn View, ask: &[u8], now: Moment, seed: &Seed) -> Result<Vec<u8>, CollectRefused> {
        crate::epoch::require::<CollectRefused>(view)?;
        let ask: Ask = cbor::from_bytes(ask).map_err(NotRead::from)?;
        if ask.version != wire_version() || ask.kind != Kind::Collect {
            return Err(CollectRefused::Kind);
        }
        let payee = ask.payee.ok_or(CollectRefused::NotOurs)?;
        let quote = self.collect_quote(payee, now.plus(self.config.quote_life), Some(ask.hash()), seed)?;
        Ok(self.voice().quote(&quote, None, &ask, seed)?)
    }

    /// A standing order: an open quote that any number of cards may pay until its date, carried in advance by whatever
    /// relay meets them. The same for the same payee and date.
    pub fn standing_order(&self, ask: &StandingAsk, now: Moment) -> Result<Vec<u8>, CollectRefused> {
        let until = ask.until.min(now.plus(STANDING_MAX));
        let name = self.keys.derive("standing", &[&ask.payee.0, &until.0.to_be_bytes()]);
        let seed = Seed::new(*name.expose());
        Ok(self
            .voice()
            .open_quote(&self.collect_quote(ask.payee, until, None, &seed)?))
    }

    fn collect_quote(
        &self,
        payee: PartyId,
        until: Moment,
        ask: Option<Hash>,
        seed: &Seed,
    ) -> Result<Quote, CollectRefused> {
        if !self.config.payees.contains(&payee) {
            return Err(CollectRefused::NotOurs);
        }
        let zero = Money::zero(self.desk.currency());
        let order = OrderId(seed.id("order"));
        Ok(Quote {
            payee,
            ..bare_quote(Kind::Collect, self.keys.id(), order, zero, until, ask)
        })
    }

    /// Takes the slips of a payment that came straight from a wallet.
    pub fn pay(&self, tx: &mut dyn Tx, open: &OpenPay, now: Moment) -> Result<Unsaid, CollectRefused> {
        self.judged(tx, open, Way::ONLINE, now)
    }

    /// Takes what a machine brings: the card's own payment, with the way by which it came.
    fn brought(&self, tx: &mut dyn Tx, message: &[u8], now: Moment) -> Result<Unsaid, CollectRefused> {
        crate::epoch::require::<CollectRefused>(tx)?;
        let known = self.desk.known(tx)?;
        let parsed = seal::parse::<Bring>(message, Sealed::Bring, self.desk.realm_id()).map_err(NotRead::from)?;
        let paper = &parsed.claims().certificate;
        // What was taken under a certificate is still delivered after its end; only a rebate needs one that holds.
        let vouched = known.trust.check::<role::Machine>(paper, now).is_ok();
        let machine = known.trust.check_ever::<role::Machine>(paper).map_err(NotRead::from)?;
        let bring = parsed
            .verify(machine.sign(), self.keys.audience())
            .map_err(NotRead::from)?;
        if machine.subject() != bring.by.0 {
            return Err(NotRead::OtherSender.into());
        }
        if bring.path == Path::Online {
            return Err(CollectRefused::Path);
        }
        let open = OpenPay::open(&self.keys, &known.trust, &bring.pay, now)?;
        let way = Way {
            path: bring.path,
            by: Some(bring.by),
            to_account: bring.to_account,
            vouched,
        };
        self.judged(tx, &open, way, now)
    }

    /// At most `limit` slips collected for a payee, newest first, before `before` (SD-23).
    pub fn collected(
        &self,
        view: &mut dyn View,
        payee: PartyId,
        before: Option<(Moment, Hash)>,
        limit: usize,
    ) -> Result<Vec<(Hash, Collected)>, Fault> {
        let mut keys = Keys::under(&payee).newest_first();
        if let Some((at, slip)) = before {
            keys = keys.after(&(payee, at, slip));
        }
        let mut out = Vec::new();
        for ((_, _, id), ()) in BY_PAYEE.range(view, keys, limit)? {
            out.extend(SLIPS.get(view, &id)?.map(|row| (id, row)));
        }
        Ok(out)
    }
}

impl Giver for Collector {
    fn keys(&self) -> &PartyKeys {
        &self.keys
    }
    fn desk(&self) -> &Desk {
        &self.desk
    }
    fn parts(&self) -> &'static [&'static Part] {
        PARTS
    }
    fn quote(&self, view: &mut dyn View, ask: &[u8], now: Moment, seed: &Seed) -> Result<Vec<u8>, Refused> {
        Ok(self.ask(view, ask, now, seed)?)
    }
    fn judge(&self, tx: &mut dyn Tx, open: &OpenPay, now: Moment, _: &Seed) -> Result<Unsaid, Refused> {
        Ok(self.pay(tx, open, now)?)
    }
    fn read_more(&self, view: &mut dyn View, verb: Verb, body: &[u8], now: Moment) -> Result<Message, Refused> {
        let Verb::Standing = verb else {
            return Ok(Message::whole(verb, body));
        };
        crate::epoch::require::<CollectRefused>(view)?;
        let ask: StandingAsk = cbor::from_bytes(body).map_err(|e| CollectRefused::from(NotRead::from(e)))?;
        Ok(Message(Read::Answered(self.standing_order(&ask, now)?)))
    }
    fn decide_more(&self, tx: &mut dyn Tx, message: &Message, now: Moment, _: &Seed) -> Result<Unsaid, Refused> {
        match &message.0 {
            Read::Whole(Verb::Bring, body) => Ok(self.brought(tx, body, now)?),
            Read::Whole(Verb::Coupon, body) => Ok(Step::Answer(self.coupon(tx, body)?).into()),
            Read::Whole(Verb::Facts, body) => Ok(Step::Answer(self.judge_claims(tx, body)?).into()),
            Read::Whole(Verb::Outstanding, body) => {
                self.told(tx, body)?;
                Ok(Step::Answer(Vec::new()).into())
            }
            _ => Err(Refused::other_verb()),
        }
    }
    fn go_on(&self, tx: &mut dyn Tx, then: &[u8], told: &Told, now: Moment, _: &Seed) -> Result<Unsaid, Refused> {
        let (id, reply) = (told.errand(), told.reply());
        match giver::then(then)? {
            Then::Presented(deal, slips, to_account) => {
                Ok(self.presented(tx, id, (deal, slips, to_account), reply, now)?.into())
            }
            Then::Rebated(deal) => Ok(self.rebated(tx, id, deal, reply, now)?),
            Then::Nothing if matches!(reply, Reply::Answer(_)) => {
                errand::finish(tx, id)?;
                Ok(Step::Answer(Vec::new()).into())
            }
            Then::Nothing => Ok(Step::NotYet(errand::later(tx, id, now)?).into()),
        }
    }
    fn audit(&self, view: &mut dyn View) -> Result<Vec<String>, Fault> {
        audit::audit(view)
    }
}
