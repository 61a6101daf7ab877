//! Collector: takes slips home for publishers and brings them to the issuer, each once.
//!
//! Run by: a publisher, or somebody it trusts with that. Needs: nothing but its certificate. Adds: a receipt for the card,
//! and the slips at the issuer. Must not see: payers (slips are sealed to the issuer), keys, purses.

mod audit;
mod refused;

pub use refused::CollectRefused;

use deal::{
    Kind, Quote, Side, Slip, VoidReason,
    issuer::Honour,
    judge::{Judgement, Known, judge},
    wire::{Ask, GiftSheet, Present, Presented},
};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Kind as Sealed, Seed, cbor, role};
use store::{Counter, Fault, Keys, Map, Part, Step as Change, Table, Tx, Value, View};
use units::{ContentId, DealId, Hash, Moment, Money, OrderId, PartyId, Span};

use crate::{
    Giver, Refused,
    beside::{Told, Unsaid},
    books::{self, Account, Leg, Posting, Sort, posting_id},
    decided,
    desk::Desk,
    door::{NotRead, OpenPay},
    errand::{self, ErrandId, Reply, Step, Verb},
    giver,
    issuer::{bare_quote, wire_version},
    keys::PartyKeys,
    say::{Voice, order_of},
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
}

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
}
impl Value for Collected {}

const SLIPS: Map<Hash, Collected> = Map::new(Table::new("collector_slips"));
const BY_PAYEE: Map<(PartyId, Moment, Hash), ()> = Map::new(Table::new("collector_by_payee"));
const COUNTERS: Table = Table::new("collector_counters");
const RECEIPT_NO: Counter = Counter::new(COUNTERS, "receipt");

static PART: Part = Part::new(
    "collector",
    &[Change::Create(&[SLIPS.table(), BY_PAYEE.table(), COUNTERS])],
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
    Presented(#[n(0)] DealId, #[n(1)] Vec<Hash>),
}

/// A collector.
#[derive(Debug)]
pub struct Collector {
    keys: PartyKeys,
    desk: Desk,
    config: CollectorConfig,
}

impl Collector {
    /// The collector with these keys.
    pub const fn new(keys: PartyKeys, desk: Desk, config: CollectorConfig) -> Self {
        Self { keys, desk, config }
    }
    /// Who it is.
    pub const fn id(&self) -> PartyId {
        self.keys.id()
    }
    const fn voice(&self) -> Voice<'_> {
        Voice {
            keys: &self.keys,
            realm: self.desk.realm_id(),
        }
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
        Ok(self.voice().quote(&quote, &ask, seed)?)
    }

    /// A standing order: an open quote that any number of cards may pay until its date, carried in advance by whatever
    /// relay meets them.
    pub fn standing_order(&self, payee: PartyId, until: Moment, seed: &Seed) -> Result<Vec<u8>, CollectRefused> {
        Ok(self.voice().open_quote(&self.collect_quote(payee, until, None, seed)?))
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

    /// Takes the slips of a payment: each is booked once, whoever brings it again in whatever deal. May be repeated for
    /// ever, with the same answer. A card whose certificate has ended may still send fares home.
    pub fn pay(&self, tx: &mut dyn Tx, open: &OpenPay, now: Moment) -> Result<Unsaid, CollectRefused> {
        crate::epoch::require::<CollectRefused>(tx)?;
        let deal = open.deal();
        let known = Known {
            decided: decided::of(tx, deal)?,
            order_of: None,
            presented: false,
        };
        let pay = open.pay();
        match judge(deal, pay, known, true, now) {
            Judgement::Repeat(decided) => Ok(Unsaid::Settle(deal, Box::new(decided))),
            Judgement::Void(reason) => self.void(tx, open, reason, now),
            Judgement::Proceed if pay.quote.kind != Kind::Collect || pay.winner != Side::Giver => {
                self.void(tx, open, VoidReason::Winner, now)
            }
            Judgement::Proceed if pay.slips.iter().any(|s| s.payee != pay.quote.payee) => {
                self.void(tx, open, VoidReason::Tender, now)
            }
            Judgement::Proceed => self.take(tx, open, now),
        }
    }

    fn void(&self, tx: &mut dyn Tx, open: &OpenPay, reason: VoidReason, now: Moment) -> Result<Unsaid, CollectRefused> {
        let decided = self.voice().void(open, reason, now);
        decided::write(tx, open.deal(), &decided)?;
        Ok(Unsaid::Settle(open.deal(), Box::new(decided)))
    }

    fn take(&self, tx: &mut dyn Tx, open: &OpenPay, now: Moment) -> Result<Unsaid, CollectRefused> {
        let deal = open.deal();
        let mut new: Vec<Slip> = Vec::new();
        for slip in &open.pay().slips {
            let row = Collected {
                deal,
                payee: slip.payee,
                title: slip.title,
                amount: slip.amount,
                at: now,
                answer: None,
            };
            if SLIPS.insert(tx, &slip.id(), &row)? {
                BY_PAYEE.put(tx, &(slip.payee, now, slip.id()), &())?;
                new.push(slip.clone());
            }
        }
        let legs = new
            .iter()
            .map(|slip| Leg {
                debit: Account::of(UNDER_WAY, slip.payee.0),
                credit: Account::of(FOR_PAYEE, slip.payee.0),
                amount: slip.amount,
            })
            .collect();
        self.post(tx, "collected", deal, legs, now)?;
        let gift = GiftSheet {
            receipt: Some(RECEIPT_NO.next(tx)?),
            ..GiftSheet::default()
        };
        let decided = self.voice().given(open, gift, now);
        debug_assert!(order_of(open).is_some(), "a collector's quote names an order");
        decided::write(tx, deal, &decided)?;
        if !new.is_empty() {
            self.bring(tx, deal, &new, now)?;
        }
        Ok(Unsaid::Settle(deal, Box::new(decided)))
    }

    /// Writes the errand to the issuer. The card need not wait for it.
    fn bring(&self, tx: &mut dyn Tx, deal: DealId, slips: &[Slip], now: Moment) -> Result<(), Fault> {
        let present = Present {
            by: self.keys.id(),
            slips: slips.iter().map(|slip| (deal, slip.clone())).collect(),
            certificate: ByteVec::from(self.keys.certificate().to_vec()),
        };
        let body = self.voice().letter(Sealed::Present, self.config.issuer, &present);
        let then = cbor::to_bytes(&Then::Presented(deal, slips.iter().map(Slip::id).collect()));
        let id = ErrandId::of("present", &deal.0);
        errand::post(tx, id, self.config.issuer, Verb::Present, body, then, now).map(|_| ())
    }

    fn presented(
        &self,
        tx: &mut dyn Tx,
        errand: ErrandId,
        (deal, slips): (DealId, Vec<Hash>),
        reply: Reply<'_>,
        now: Moment,
    ) -> Result<Step, CollectRefused> {
        let Some(answers) = self.answers(tx, reply, &slips)? else {
            return Ok(Step::NotYet(errand::later(tx, errand, now)?));
        };
        let mut legs = Vec::new();
        for (id, honour) in answers {
            let Some(mut row) = SLIPS.get(tx, &id)?.filter(|row| row.answer.is_none()) else {
                continue;
            };
            row.answer = Some(honour);
            SLIPS.put(tx, &id, &row)?;
            // Honoured: the issuer owes the payee now. Refused: nobody does; the list of slips says which.
            legs.push(Leg {
                debit: Account::of(FOR_PAYEE, row.payee.0),
                credit: Account::of(UNDER_WAY, row.payee.0),
                amount: row.amount,
            });
        }
        self.post(tx, "brought", deal, legs, now)?;
        errand::finish(tx, errand)?;
        Ok(Step::Answer(Vec::new()))
    }

    /// The issuer's word on each of the slips, if this is one.
    fn answers(&self, tx: &mut dyn Tx, reply: Reply<'_>, slips: &[Hash]) -> Result<Option<Vec<(Hash, Honour)>>, Fault> {
        let Reply::Answer(bytes) = reply else { return Ok(None) };
        let known = self.desk.known(tx)?;
        let Some(issuer) = known.ever_certified::<role::Issuer>(self.config.issuer) else {
            return Ok(None);
        };
        let answer = seal::parse::<Presented>(bytes, Sealed::Presented, self.desk.realm_id())
            .and_then(|s| s.verify(issuer.sign(), self.keys.audience()));
        let whole = |p: &Presented| slips.iter().all(|id| p.answers.iter().any(|(a, _)| a == id));
        Ok(answer.ok().filter(whole).map(|p| p.answers))
    }

    fn post(
        &self,
        tx: &mut dyn Tx,
        what: &'static str,
        deal: DealId,
        legs: Vec<Leg>,
        now: Moment,
    ) -> Result<(), CollectRefused> {
        let about = Hash(deal.0);
        let posting = Posting {
            id: posting_id(what, &about.0),
            what,
            about,
            legs,
        };
        Ok(books::post(tx, &posting, now)?)
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
    fn go_on(&self, tx: &mut dyn Tx, then: &[u8], told: &Told, now: Moment, _: &Seed) -> Result<Unsaid, Refused> {
        let Then::Presented(deal, slips) = giver::then(then)?;
        Ok(self
            .presented(tx, told.errand(), (deal, slips), told.reply(), now)?
            .into())
    }
    fn audit(&self, view: &mut dyn View) -> Result<Vec<String>, Fault> {
        audit::audit(view)
    }
}
