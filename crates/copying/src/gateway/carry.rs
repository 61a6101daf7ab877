//! Carry: holds the amount, passes the question on, passes the answer back unread, and charges once for the key in it.
//!
//! The hold is written before the question leaves, so that no medium is used up for a customer who cannot pay; it ends with
//! the answer, whatever that is. A gateway that dies in between finds the question among those that wait, and says it again.

use minicbor::{Decode, Encode, bytes::ByteVec};
use party::{
    books::{self, Account, Leg, PostRefused, Posting, posting_id},
    epoch,
};
use seal::{cbor, hash};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Again, Hash, Moment, Money, Refusal, Span};

use super::{
    COMMISSION, CUSTOMER, Gateway, OWED,
    account::{CUSTOMERS, Customer},
};
use crate::{
    ids::DeliveryId,
    sentence,
    wire::{Answer, Ask, Charge, Open as Opening, Wanted},
};

#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(super) struct Question {
    #[n(0)]
    customer: [u8; 16],
    #[n(1)]
    held: i64,
    #[n(2)]
    ask: ByteVec,
    #[n(3)]
    answer: Option<ByteVec>,
    #[n(4)]
    since: Moment,
}
impl Value for Question {}

/// A key that was charged for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Told {
    /// To whose account.
    #[n(0)]
    pub customer: [u8; 16],
    /// What, and how it is shared.
    #[n(1)]
    pub charge: Charge,
    /// When.
    #[n(2)]
    pub at: Moment,
}
impl Value for Told {}

pub(super) const OPEN: Map<Hash, Question> = Map::new(Table::new("gateway_questions"));
/// Questions without an answer, the oldest first: what is asked again.
pub(super) const WAITING: Map<(Moment, Hash), ()> = Map::new(Table::new("gateway_waiting"));
/// Answered ones, the oldest first: what is forgotten after a time.
pub(super) const ANSWERED: Map<(Moment, Hash), ()> = Map::new(Table::new("gateway_answered"));
pub(super) const CHARGED: Map<DeliveryId, Told> = Map::new(Table::new("gateway_charged"));
pub(super) const BY_CUSTOMER: Map<([u8; 16], Moment, DeliveryId), ()> = Map::new(Table::new("gateway_by_customer"));
pub(super) const BY_TIME: Map<(Moment, DeliveryId), ()> = Map::new(Table::new("gateway_by_time"));

/// How long an answer is kept to be said again. After that the server says it again; it is charged once all the same.
const ANSWERS_KEPT: Span = Span::days(30);
/// The most answers forgotten at once.
const FORGOTTEN_MAX: usize = 256;

/// What to do with a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passed {
    /// Say this: it was answered before.
    Answered(Vec<u8>),
    /// Ask the server with the very bytes, then call [`Gateway::heard`] with this name.
    Forward(Hash),
}

/// What the server said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard<'a> {
    /// An answer.
    Answer(&'a [u8]),
    /// A refusal, for good.
    Refused,
}

/// Why a question was not passed on, or its answer not taken, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PassRefused {
    /// The gateway is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] epoch::NotReconciled),
    /// Not a message.
    #[error("this is no message of copy management: {0}")]
    Malformed(#[from] cbor::NotCanonical),
    /// Meant for another way.
    #[error("{}", sentence::english("other-way").unwrap_or_default())]
    OtherWay,
    /// Somebody else's question.
    #[error("{}", sentence::english("other-customer").unwrap_or_default())]
    OtherCustomer,
    /// No account.
    #[error("{}", sentence::english("no-customer").unwrap_or_default())]
    NoCustomer,
    /// Too little in it.
    #[error("{}", sentence::english("balance-too-small").unwrap_or_default())]
    BalanceTooSmall {
        /// What may still be spent, in minor units.
        available: i64,
        /// What was asked for.
        at_most: Money,
    },
    /// The server's answer does not fit what was agreed.
    #[error("{}", sentence::english("other-charge").unwrap_or_default())]
    OtherCharge,
    /// The books refuse: a bug or damage.
    #[error("the books do not take this ({0}); nothing has changed")]
    Books(PostRefused),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for PassRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::Malformed(_) => "ask-malformed",
            Self::OtherWay => "other-way",
            Self::OtherCustomer => "other-customer",
            Self::NoCustomer => "no-customer",
            Self::BalanceTooSmall { .. } => "balance-too-small",
            Self::OtherCharge => "other-charge",
            Self::Books(no) => no.code(),
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::BalanceTooSmall { .. } | Self::NoCustomer => Again::AfterYouAct,
            Self::Fault(fault) => fault.again(),
            _ => Again::Never,
        }
    }
}

impl From<PostRefused> for PassRefused {
    fn from(no: PostRefused) -> Self {
        match no {
            PostRefused::Fault(fault) => Self::Fault(fault),
            other => Self::Books(other),
        }
    }
}

impl Gateway {
    /// Takes a customer's question: holds what it may cost, and writes it down.
    pub fn pass(&self, tx: &mut dyn Tx, customer: [u8; 16], bytes: &[u8], now: Moment) -> Result<Passed, PassRefused> {
        epoch::require::<PassRefused>(tx)?;
        let ask = Ask::parse(bytes)?;
        if ask.via != Some(self.keys.id()) {
            return Err(PassRefused::OtherWay);
        }
        let name = hash(bytes);
        if let Some(known) = OPEN.get(tx, &name)? {
            if known.customer != customer {
                return Err(PassRefused::OtherCustomer);
            }
            return Ok(known
                .answer
                .map_or(Passed::Forward(name), |answer| Passed::Answered(answer.into())));
        }
        let mut row = CUSTOMERS.get(tx, &customer)?.ok_or(PassRefused::NoCustomer)?;
        let mut held = 0;
        if let Wanted::Key(at_most) = ask.wanted {
            let available = self.available(tx, customer, &row)?;
            if at_most.minor() > available || at_most.currency() != self.desk.currency() {
                return Err(PassRefused::BalanceTooSmall { available, at_most });
            }
            held = at_most.minor();
            row.held = row.held.saturating_add(held);
            CUSTOMERS.put(tx, &customer, &row)?;
        }
        let question = Question {
            customer,
            held,
            ask: bytes.to_vec().into(),
            answer: None,
            since: now,
        };
        OPEN.put(tx, &name, &question)?;
        WAITING.put(tx, &(now, name), &())?;
        Ok(Passed::Forward(name))
    }

    /// The server said something to a question: the hold ends, and a delivered key is charged, once. Answered with what
    /// the customer's player is told.
    pub fn heard(
        &self,
        tx: &mut dyn Tx,
        name: Hash,
        heard: Heard<'_>,
        now: Moment,
    ) -> Result<Option<Vec<u8>>, PassRefused> {
        let Some(mut question) = OPEN.get(tx, &name)? else {
            return Ok(None);
        };
        if let Some(answer) = question.answer {
            return Ok(Some(answer.into()));
        }
        let Some(mut row) = CUSTOMERS.get(tx, &question.customer)? else {
            return Err(PassRefused::NoCustomer);
        };
        row.held = row.held.saturating_sub(question.held);
        WAITING.delete(tx, &(question.since, name))?;
        let Heard::Answer(bytes) = heard else {
            CUSTOMERS.put(tx, &question.customer, &row)?;
            OPEN.delete(tx, &name)?;
            return Ok(None);
        };
        let answer = Answer::parse(bytes)?;
        let ask = Ask::parse(&question.ask)?;
        if (answer.keeper, answer.request) != (ask.keeper, ask.request) {
            return Err(PassRefused::OtherCharge);
        }
        match (ask.wanted, answer.open) {
            (Wanted::Key(at_most), Opening::Given(charge)) => self.charge(tx, &question, &charge, at_most, now)?,
            (Wanted::Key(_), _) | (_, Opening::Given(_)) => return Err(PassRefused::OtherCharge),
            _ => {}
        }
        CUSTOMERS.put(tx, &question.customer, &row)?;
        question.answer = Some(bytes.to_vec().into());
        OPEN.put(tx, &name, &question)?;
        ANSWERED.put(tx, &(now, name), &())?;
        Ok(Some(bytes.to_vec()))
    }

    fn charge(
        &self,
        tx: &mut dyn Tx,
        question: &Question,
        charge: &Charge,
        at_most: Money,
        now: Moment,
    ) -> Result<(), PassRefused> {
        let agreed =
            charge.amount.minor() <= at_most.minor() && charge.gateway.plus(charge.operator) == Ok(charge.amount);
        // By the carried rule no part is ever further than one unit from the exact share.
        let exact = charge.amount.minor().saturating_mul(i64::from(self.settings.permille));
        let near = charge.gateway.minor().saturating_mul(1000).abs_diff(exact) < 1000;
        if !agreed || !near {
            return Err(PassRefused::OtherCharge);
        }
        let told = Told {
            customer: question.customer,
            charge: *charge,
            at: now,
        };
        if !CHARGED.insert(tx, &charge.delivery, &told)? {
            return Ok(());
        }
        BY_CUSTOMER.put(tx, &(question.customer, now, charge.delivery), &())?;
        BY_TIME.put(tx, &(now, charge.delivery), &())?;
        let customer = Account::of(CUSTOMER, question.customer);
        let legs = vec![
            Leg {
                debit: customer,
                credit: Account::own(COMMISSION),
                amount: charge.gateway,
            },
            Leg {
                debit: customer,
                credit: Account::own(OWED),
                amount: charge.operator,
            },
        ];
        let id = posting_id("key charged", &charge.delivery.0);
        let posting = Posting {
            id,
            what: "key charged",
            about: Hash([0; 32]),
            legs,
        };
        Ok(books::post(tx, &posting, now)?)
    }

    /// Questions without an answer: to be asked again with the very bytes. At most `limit`.
    pub fn waiting(&self, view: &mut dyn View, limit: usize) -> Result<Vec<(Hash, Vec<u8>)>, Fault> {
        let mut out = Vec::new();
        for ((_, name), ()) in WAITING.range(view, Keys::all(), limit)? {
            out.extend(OPEN.get(view, &name)?.map(|question| (name, question.ask.into())));
        }
        Ok(out)
    }

    /// The answer to a customer's own question, if there is one by now.
    pub fn answer_to(&self, view: &mut dyn View, customer: [u8; 16], name: Hash) -> Result<Option<Vec<u8>>, Fault> {
        let question = OPEN.get(view, &name)?.filter(|question| question.customer == customer);
        Ok(question.and_then(|question| question.answer).map(Vec::from))
    }

    /// Forgets answers that are old.
    pub(super) fn forget_answers(&self, tx: &mut dyn Tx, now: Moment) -> Result<(), Fault> {
        let old = now.less(ANSWERS_KEPT);
        for (at, ()) in ANSWERED.range(tx, Keys::all().until(&old), FORGOTTEN_MAX)? {
            OPEN.delete(tx, &at.1)?;
            ANSWERED.delete(tx, &at)?;
        }
        Ok(())
    }

    /// Every key that was charged, for the statement: at most `limit` after `after`.
    pub fn statement(
        &self,
        view: &mut dyn View,
        after: Option<(Moment, DeliveryId)>,
        limit: usize,
    ) -> Result<Vec<Told>, Fault> {
        let keys = after.map_or(Keys::all(), |after| Keys::all().after(&after));
        let mut out = Vec::new();
        for ((_, delivery), ()) in BY_TIME.range(view, keys, limit)? {
            out.extend(CHARGED.get(view, &delivery)?);
        }
        Ok(out)
    }

    /// The bytes of a question.
    pub fn question(&self, view: &mut dyn View, name: Hash) -> Result<Option<Vec<u8>>, Fault> {
        Ok(OPEN.get(view, &name)?.map(|question| question.ask.into()))
    }

    /// What a customer was charged, newest first.
    pub fn charges(&self, view: &mut dyn View, customer: [u8; 16], limit: usize) -> Result<Vec<Told>, Fault> {
        let mut out = Vec::new();
        for ((_, _, delivery), ()) in BY_CUSTOMER.range(view, Keys::under(&customer).newest_first(), limit)? {
            out.extend(CHARGED.get(view, &delivery)?);
        }
        Ok(out)
    }

    /// Has a customer a question without an answer?
    pub(super) fn is_waiting(view: &mut dyn View, id: [u8; 16]) -> Result<bool, Fault> {
        let mut waits = false;
        OPEN.each::<Fault>(view, Keys::all(), |_, _, question| {
            waits |= question.customer == id && question.answer.is_none();
            Ok(())
        })?;
        Ok(waits)
    }

    /// The sum held for one customer's questions, for the audit.
    pub(super) fn held_of(view: &mut dyn View, id: [u8; 16]) -> Result<i64, Fault> {
        let mut sum = 0_i64;
        OPEN.each::<Fault>(view, Keys::all(), |_, _, question| {
            if question.customer == id && question.answer.is_none() {
                sum = sum.saturating_add(question.held);
            }
            Ok(())
        })?;
        Ok(sum)
    }
}

/// A customer whose holds do not add up.
pub(super) fn wrong_holds(view: &mut dyn View) -> Result<Vec<String>, Fault> {
    let mut customers: Vec<([u8; 16], Customer)> = Vec::new();
    CUSTOMERS.each::<Fault>(view, Keys::all(), |_, id, row| {
        customers.push((id, row));
        Ok(())
    })?;
    let mut found = Vec::new();
    for (id, row) in customers {
        let held = Gateway::held_of(view, id)?;
        if held != row.held {
            found.push(format!(
                "a customer's questions hold {held}, the account says {}",
                row.held
            ));
        }
    }
    Ok(found)
}
