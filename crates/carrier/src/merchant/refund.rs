//! Refund: a merchant gives back what it was paid, whole or in part, to the subscriber's next bill. Refunds that people look at
//! first keep their amount of the payment until they have; the parts never add up to more than was paid (row-9).

use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::Seed;
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Again, Hash, Moment, Money, PartyId, Refusal};

use super::{
    Caller, Notice, NoticeKind, Payment, PaymentId, Sink, State,
    client::CLIENTS,
    ids,
    notice::{self},
    payment::{PAYMENTS, name},
};
use crate::{
    Carrier, Month, Paid, Trust,
    books::{self, CLAIM, ENTERPRISE},
    content::{BOUGHT, minor},
    enterprise::ENTERPRISES,
    payout::PAYABLES,
    run,
    usage::METERS,
};

ids!(
    /// A merchant's refund.
    RefundId
);

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum RefundState {
    /// People look at it.
    #[n(0)]
    Processing,
    /// It is not made.
    #[n(1)]
    Denied,
    /// It stands on the next bill.
    #[n(2)]
    Succeeded,
}

impl RefundState {
    /// All, with their names.
    pub const ALL: [(Self, &'static str); 3] = [
        (Self::Processing, "processing"),
        (Self::Denied, "denied"),
        (Self::Succeeded, "succeeded"),
    ];
    /// Its name.
    pub fn word(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(one, _)| *one == self)
            .map_or("", |(_, word)| *word)
    }
}

/// A refund.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct MerchantRefund {
    /// Of which payment.
    #[n(0)]
    pub of: PaymentId,
    /// All that is left of it, and no more after it.
    #[n(1)]
    pub total: bool,
    /// How much.
    #[n(2)]
    pub amount: Money,
    /// How much of which item.
    #[n(3)]
    pub items: Vec<(String, Money)>,
    /// The member `amountTransaction` as it came.
    #[n(4)]
    pub wire: ByteVec,
    /// Whom it names as merchant.
    #[n(5)]
    pub merchant: Option<String>,
    /// Why the merchant makes it.
    #[n(6)]
    pub reason: Option<String>,
    /// How far it has come.
    #[n(7)]
    pub state: RefundState,
    /// How far it had when it was answered the first time.
    #[n(8)]
    pub first: RefundState,
    /// When it was asked for.
    #[n(9)]
    pub created: Moment,
    /// When it was booked.
    #[n(10)]
    pub made: Option<Moment>,
    /// Where the merchant is told.
    #[n(11)]
    pub sink: Option<Sink>,
    /// Why it was denied.
    #[n(12)]
    pub why: Option<String>,
    /// What the request said.
    #[n(13)]
    pub content: Hash,
}
impl Value for MerchantRefund {}

pub(crate) const REFUNDS: Map<RefundId, MerchantRefund> = Map::new(Table::new("merchant_refunds"));
pub(crate) const BY_PAYMENT: Map<(PaymentId, Moment, RefundId), ()> = Map::new(Table::new("merchant_refunds_of"));
/// Those that people look at.
pub(crate) const WAITING: Map<(Moment, RefundId), ()> = Map::new(Table::new("merchant_refunds_waiting"));

/// What a merchant asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedRefund {
    /// How much: nothing, all that is left; `Some(None)`: it is no amount of this currency.
    pub amount: Option<Option<Money>>,
    /// Tax is in the amount it names, where it names one.
    pub tax_included: Option<bool>,
    /// How much of which item; an amount that is none: `None`.
    pub items: Vec<(String, Option<Money>, bool)>,
    /// The merchant's id of the request.
    pub correlator: Option<String>,
    /// The merchant's reference.
    pub reference: String,
    /// Whom it names as merchant.
    pub merchant: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// The member `amountTransaction` as it came.
    pub wire: Vec<u8>,
    /// Where it wants to be told.
    pub sink: Option<Sink>,
    /// The request as it came.
    pub content: Hash,
}

/// Why nothing is given back, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MerchantRefundRefused {
    /// The carrier is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] party::epoch::NotReconciled),
    /// No such payment of this client.
    #[error("there is no such payment")]
    Unknown,
    /// The correlator stands for another request; or for any, where clients are held to the letter.
    #[error("this correlator was used before; draw a new one, or look the refund up")]
    Known,
    /// Not the merchant of the payment.
    #[error("this client makes no refunds for this merchant")]
    OtherMerchant,
    /// It was not paid, or not yet.
    #[error("this payment is not completed")]
    NotPaid,
    /// It was given back, or is too old.
    #[error("nothing more of this payment is given back: it was, or it is too old")]
    NotEligible,
    /// The enterprise was paid and is not trusted any more: people decide.
    #[error("this carrier makes no refunds for this enterprise by itself; ask its people")]
    Business,
    /// Tax is in one amount and not in the other.
    #[error("tax is in the amount of one and not of the other")]
    Tax,
    /// More than is left, nothing, or no amount of this currency.
    #[error("this amount cannot be given back: whole minor units, more than nothing, no more than is left")]
    Amount,
    /// An item is none of the payment's, or more is given back of it than it cost.
    #[error("the items do not fit the payment's")]
    Items,
    /// Too much was given back to this subscriber this month.
    #[error("more was given back to this subscriber this month than this carrier allows by itself")]
    Limit,
    /// The reference stands for another refund.
    #[error("this reference stands for another refund; look it up, or draw a new one")]
    ReferenceTaken,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for MerchantRefundRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::Unknown => "payment-unknown",
            Self::Known => "refund-other-content",
            Self::OtherMerchant => "refund-other-merchant",
            Self::NotPaid => "refund-not-paid",
            Self::NotEligible => "refund-not-eligible",
            Self::Business => "refund-denied",
            Self::Tax => "refund-tax",
            Self::Amount => "refund-amount",
            Self::Items => "refund-items",
            Self::Limit => "refund-limit",
            Self::ReferenceTaken => "refund-reference-taken",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Fault(fault) => fault.again(),
            _ => Again::AfterYouAct,
        }
    }
}

const NOT_GRANTED: &str = "The operator did not grant it";
const NOTHING_LEFT: &str = "Nothing of the payment is left";

/// What refunds under consideration keep of a payment, for the auditor.
pub(crate) fn held(view: &mut dyn View) -> Result<std::collections::BTreeMap<PaymentId, u64>, Fault> {
    let mut out = std::collections::BTreeMap::new();
    REFUNDS.each::<Fault>(view, Keys::all(), |_, _, refund| {
        if refund.state == RefundState::Processing {
            let sum: &mut u64 = out.entry(refund.of).or_default();
            *sum = sum.saturating_add(minor(refund.amount));
        }
        Ok(())
    })?;
    Ok(out)
}

impl Carrier {
    /// What is left of a payment that nobody has asked back.
    pub fn remaining(&self, view: &mut dyn View, id: PaymentId, payment: &Payment) -> Result<Money, Fault> {
        let zero = Money::zero(payment.amount.currency());
        let Some(bought) = BOUGHT.get(view, &id.0)? else {
            return Ok(zero);
        };
        Ok(bought.remaining().minus(payment.refunding).unwrap_or(zero))
    }

    /// Takes a refund that a merchant asks for. The same request under the same correlator is answered by the same refund.
    pub fn take_refund(
        &self,
        tx: &mut dyn Tx,
        caller: &Caller,
        (of, asked): (PaymentId, &AskedRefund),
        now: Moment,
        seed: &Seed,
    ) -> Result<(RefundId, MerchantRefund), MerchantRefundRefused> {
        party::epoch::require::<MerchantRefundRefused>(tx)?;
        let mut payment = self.payment_of(tx, caller, of)?.ok_or(MerchantRefundRefused::Unknown)?;
        let client = CLIENTS.get(tx, &caller.client)?.ok_or(MerchantRefundRefused::Unknown)?;
        let correlator = asked
            .correlator
            .as_ref()
            .map(|text| name(caller.client, "refund correlator", text));
        if let Some(id) = correlator
            .as_ref()
            .map(|of| super::payment::CORRELATORS.get(tx, of))
            .transpose()?
            .flatten()
        {
            let id = RefundId(id.0);
            let known = REFUNDS.get(tx, &id)?;
            let known = known.filter(|one| one.content == asked.content && one.of == of && !client.strict);
            return known.map(|known| (id, known)).ok_or(MerchantRefundRefused::Known);
        }
        let amount = self.may_refund(tx, (of, &payment), asked, &client, now)?;
        let reference = name(caller.client, "refund reference", &asked.reference);
        if super::payment::REFERENCES.has(tx, &reference)? {
            return Err(MerchantRefundRefused::ReferenceTaken);
        }
        // Nothing below refuses.
        let id = RefundId(seed.id("refund"));
        super::payment::REFERENCES.put(tx, &reference, &PaymentId(id.0))?;
        if let Some(of) = correlator {
            super::payment::CORRELATORS.put(tx, &of, &PaymentId(id.0))?;
        }
        let reviewed = self.config.merchants.review_from;
        let looked_at = reviewed.is_some_and(|from| amount.minor() >= from.minor())
            || (is_gone(tx, of)? && !is_covered(tx, payment.enterprise, amount)?);
        let mut refund = MerchantRefund {
            of,
            total: asked.amount.is_none(),
            amount,
            items: asked
                .items
                .iter()
                .filter_map(|(id, sum, _)| sum.map(|sum| (id.clone(), sum)))
                .collect(),
            wire: ByteVec::from(asked.wire.clone()),
            merchant: asked.merchant.clone(),
            reason: asked.reason.clone(),
            state: RefundState::Processing,
            first: RefundState::Processing,
            created: now,
            made: None,
            sink: asked.sink.clone(),
            why: None,
            content: asked.content,
        };
        BY_PAYMENT.put(tx, &(of, now, id), &())?;
        if looked_at {
            payment.refunding = payment
                .refunding
                .plus(amount)
                .map_err(|_| MerchantRefundRefused::Amount)?;
            PAYMENTS.put(tx, &of, &payment)?;
            WAITING.put(tx, &(now, id), &())?;
        } else {
            self.make(tx, id, &mut refund, now)?;
        }
        refund.first = refund.state;
        REFUNDS.put(tx, &id, &refund)?;
        Ok((id, refund))
    }

    /// How much is given back, if anything may be.
    fn may_refund(
        &self,
        view: &mut dyn View,
        (of, payment): (PaymentId, &Payment),
        asked: &AskedRefund,
        client: &super::ApiClient,
        now: Moment,
    ) -> Result<Money, MerchantRefundRefused> {
        let same = |named: &str| {
            client
                .payee(Some(named))
                .is_some_and(|payee| payee.party == payment.enterprise)
        };
        if asked.merchant.as_deref().is_some_and(|named| !same(named)) {
            return Err(MerchantRefundRefused::OtherMerchant);
        }
        let paid = payment.paid.filter(|_| payment.state == State::Succeeded);
        let paid = paid.ok_or(MerchantRefundRefused::NotPaid)?;
        let left = self.remaining(view, of, payment)?;
        if left.is_zero() || paid.plus(self.config.merchants.refund_within) <= now {
            return Err(MerchantRefundRefused::NotEligible);
        }
        let gone = is_gone(view, of)?;
        let listed = ENTERPRISES.get(view, &payment.enterprise)?;
        if gone && listed.is_some_and(|row| row.trust == Trust::Refused) {
            return Err(MerchantRefundRefused::Business);
        }
        if asked.tax_included.is_some_and(|tax| tax != payment.tax_included) {
            return Err(MerchantRefundRefused::Tax);
        }
        let amount = asked.amount.unwrap_or(Some(left)).filter(|amount| !amount.is_zero());
        let amount = amount
            .filter(|amount| amount.minor() <= left.minor())
            .ok_or(MerchantRefundRefused::Amount)?;
        self.fits_items(view, (of, payment), asked)?;
        if let Some(most) = self.config.merchants.refunds_limit {
            let month = run::open_month(view, Month::of(now, self.config.zone_minutes))?;
            let so_far = METERS.get(view, &(month, payment.who))?.unwrap_or_default().refunded;
            if so_far.saturating_add(minor(amount)) > minor(most) {
                return Err(MerchantRefundRefused::Limit);
            }
        }
        Ok(amount)
    }

    fn fits_items(
        &self,
        view: &mut dyn View,
        (of, payment): (PaymentId, &Payment),
        asked: &AskedRefund,
    ) -> Result<(), MerchantRefundRefused> {
        if asked.items.is_empty() {
            return Ok(());
        }
        let mut back = std::collections::BTreeMap::<String, u64>::new();
        for ((_, _, id), ()) in BY_PAYMENT.range(view, Keys::under(&of), 10_000)? {
            let row = REFUNDS.get(view, &id)?.filter(|row| row.state != RefundState::Denied);
            for (item, sum) in row.map(|row| row.items).unwrap_or_default() {
                let so_far = back.entry(item).or_default();
                *so_far = so_far.saturating_add(minor(sum));
            }
        }
        for (id, sum, tax) in &asked.items {
            let item = payment
                .items
                .iter()
                .find(|item| item.id == *id && item.tax_included == *tax);
            let (Some(item), Some(sum)) = (item, sum) else {
                return Err(MerchantRefundRefused::Items);
            };
            let so_far = back.entry(id.clone()).or_default();
            *so_far = so_far.saturating_add(minor(*sum));
            if *so_far > minor(item.amount) {
                return Err(MerchantRefundRefused::Items);
            }
        }
        Ok(())
    }

    /// Books it, and tells its merchant that it is done and stands on the next bill.
    fn make(&self, tx: &mut dyn Tx, id: RefundId, refund: &mut MerchantRefund, now: Moment) -> Result<(), Fault> {
        self.give_back(tx, refund.of.0, id.0, refund.amount, now)?;
        crate::refund::note(tx, Self::refund_transfer(id.0), refund.of.0, refund.amount, now)?;
        (refund.state, refund.made) = (RefundState::Succeeded, Some(now));
        tell(tx, id, refund, 0, NoticeKind::RefundCompleted, now)?;
        tell(tx, id, refund, 1, NoticeKind::RefundInBill, now)
    }

    /// People have looked at a refund. Once they have, nothing changes any more.
    pub fn decide_refund(
        &self,
        tx: &mut dyn Tx,
        id: RefundId,
        granted: bool,
        now: Moment,
    ) -> Result<MerchantRefund, MerchantRefundRefused> {
        party::epoch::require::<MerchantRefundRefused>(tx)?;
        let mut refund = REFUNDS.get(tx, &id)?.ok_or(MerchantRefundRefused::Unknown)?;
        if refund.state != RefundState::Processing {
            return Ok(refund);
        }
        let mut payment = PAYMENTS.get(tx, &refund.of)?.ok_or(MerchantRefundRefused::Unknown)?;
        payment.refunding = payment
            .refunding
            .minus(refund.amount)
            .map_err(|_| MerchantRefundRefused::Amount)?;
        PAYMENTS.put(tx, &refund.of, &payment)?;
        WAITING.delete(tx, &(refund.created, id))?;
        let left = self.remaining(tx, refund.of, &payment)?;
        if granted && refund.amount.minor() <= left.minor() {
            self.make(tx, id, &mut refund, now)?;
        } else {
            let why = if granted { NOTHING_LEFT } else { NOT_GRANTED };
            (refund.state, refund.why) = (RefundState::Denied, Some(why.to_owned()));
            tell(tx, id, &refund, 0, NoticeKind::RefundDenied, now)?;
        }
        REFUNDS.put(tx, &id, &refund)?;
        Ok(refund)
    }

    /// Refunds that people look at, the oldest first.
    pub fn refunds_waiting(&self, view: &mut dyn View, limit: usize) -> Result<Vec<(RefundId, MerchantRefund)>, Fault> {
        let mut out = Vec::new();
        for ((_, id), ()) in WAITING.range(view, Keys::all(), limit)? {
            out.extend(REFUNDS.get(view, &id)?.map(|refund| (id, refund)));
        }
        Ok(out)
    }
}

fn tell(
    tx: &mut dyn Tx,
    id: RefundId,
    refund: &MerchantRefund,
    n: u32,
    kind: NoticeKind,
    now: Moment,
) -> Result<(), Fault> {
    let Some(sink) = refund.sink.clone() else { return Ok(()) };
    let told = Notice {
        kind,
        payment: refund.of,
        refund: Some(id),
        at: now,
        why: refund.why.clone(),
    };
    notice::write(tx, sink, (id.0, n), told, now)
}

/// Has the enterprise been paid, or is the order at the bank?
fn is_gone(view: &mut dyn View, of: PaymentId) -> Result<bool, Fault> {
    let row = PAYABLES.get(view, &of.0)?;
    Ok(row.is_some_and(|row| matches!(row.paid, Paid::Ordered | Paid::Done(_))))
}

/// Is as much still owed to an enterprise as it is to give back? What is not covered is the carrier's loss if it sells no more, and
/// people decide.
fn is_covered(view: &mut dyn View, enterprise: PartyId, amount: Money) -> Result<bool, Fault> {
    let owed = party::books::balance(view, books::ent(ENTERPRISE, enterprise))?;
    let claimed = party::books::balance(view, books::ent(CLAIM, enterprise))?;
    Ok(owed.saturating_sub(claimed) >= amount.minor())
}
