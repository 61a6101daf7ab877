//! Payment: what a merchant asked for and how far it has come. A row says everything that was ever answered about it.

use minicbor::{Decode, Encode, bytes::ByteVec};
use store::{Fault, Map, Table, Tx, Value, View};
use units::{Hash, Moment, Money, PartyId, TransferId};

use super::{ClientId, Notice, NoticeKind, ids, notice};
use crate::{
    Bought, Carrier, ContentRef, Month, Origin, SubscriberId,
    content::{damaged, minor},
    run,
    usage::METERS,
};

ids!(
    /// A merchant's payment; the purchase it becomes has the same id.
    PaymentId
);

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum State {
    /// A trust registry is asked.
    #[n(0)]
    Processing,
    /// The subscriber has to say a code.
    #[n(1)]
    PendingValidation,
    /// The amount is kept free for it.
    #[n(2)]
    Reserved,
    /// Booked.
    #[n(3)]
    Succeeded,
    /// It never will be.
    #[n(4)]
    Denied,
    /// Given up, by the merchant or by time.
    #[n(5)]
    Cancelled,
}

impl State {
    /// All, with their names.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Processing, "processing"),
        (Self::PendingValidation, "pending_validation"),
        (Self::Reserved, "reserved"),
        (Self::Succeeded, "succeeded"),
        (Self::Denied, "denied"),
        (Self::Cancelled, "cancelled"),
    ];
    /// Its name.
    pub fn word(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(one, _)| *one == self)
            .map_or("", |(_, word)| *word)
    }
}

/// Where a merchant is told, and by which right.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Sink {
    /// An https address.
    #[n(0)]
    pub url: String,
    /// A bearer token for it, and until when it works.
    #[n(1)]
    pub token: Option<(String, Moment)>,
}

impl core::fmt::Debug for Sink {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Sink")
    }
}

/// One item of a payment, as far as refunds ask for it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct TaxItem {
    /// The merchant's id of it.
    #[n(0)]
    pub id: String,
    /// What it costs, with the merchant's tax.
    #[n(1)]
    pub amount: Money,
    /// Tax is in its price.
    #[n(2)]
    pub tax_included: bool,
}

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Payment {
    /// Who asked.
    #[n(0)]
    pub client: ClientId,
    /// Who pays.
    #[n(1)]
    pub who: SubscriberId,
    /// By which number.
    #[n(2)]
    pub number: String,
    /// Who is paid.
    #[n(3)]
    pub enterprise: PartyId,
    /// How much, with the merchant's tax.
    #[n(4)]
    pub amount: Money,
    /// Tax is in the amount the merchant named.
    #[n(5)]
    pub tax_included: bool,
    /// Its items.
    #[n(6)]
    pub items: Vec<TaxItem>,
    /// What stands on the bill.
    #[n(7)]
    pub what: String,
    /// The member `paymentAmount` as it came, to be given back as it came.
    #[n(8)]
    pub wire: ByteVec,
    /// Whom the payment names as merchant.
    #[n(9)]
    pub merchant: Option<String>,
    /// The merchant's reference.
    #[n(10)]
    pub reference: String,
    /// The merchant's id of the request.
    #[n(11)]
    pub correlator: Option<String>,
    /// Two steps.
    #[n(12)]
    pub two: bool,
    /// How far it has come.
    #[n(13)]
    pub state: State,
    /// How far it had when it was answered the first time.
    #[n(14)]
    pub first: State,
    /// When it was asked for.
    #[n(15)]
    pub created: Moment,
    /// When it was booked.
    #[n(16)]
    pub paid: Option<Moment>,
    /// When it is given up, if nobody confirms.
    #[n(17)]
    pub expires: Option<Moment>,
    /// In which month the amount is kept free.
    #[n(18)]
    pub kept_in: Option<Month>,
    /// Wrong codes so far.
    #[n(19)]
    pub tries: u8,
    /// A code was asked for.
    #[n(20)]
    pub coded: bool,
    /// Where the merchant is told.
    #[n(21)]
    pub sink: Option<Sink>,
    /// Why it was denied or cancelled.
    #[n(22)]
    pub why: Option<String>,
    /// What refunds keep of it that people still look at.
    #[n(23)]
    pub refunding: Money,
    /// How often its merchant was told.
    #[n(24)]
    pub told: u32,
    /// What the request said, byte for byte.
    #[n(25)]
    pub content: Hash,
}
impl Value for Payment {}

pub(crate) const PAYMENTS: Map<PaymentId, Payment> = Map::new(Table::new("merchant_payments"));
pub(crate) const BY_CLIENT: Map<(ClientId, Moment, PaymentId), ()> =
    Map::new(Table::new("merchant_payments_by_client"));
/// What a client's correlator stands for, by their hash.
pub(crate) const CORRELATORS: Map<[u8; 32], PaymentId> = Map::new(Table::new("merchant_correlators"));
pub(crate) const REFERENCES: Map<[u8; 32], PaymentId> = Map::new(Table::new("merchant_references"));
pub(crate) const EXPIRES: Map<(Moment, PaymentId), ()> = Map::new(Table::new("merchant_payments_end"));
/// The payment a subscriber has been sent a code for.
pub(crate) const IN_VALIDATION: Map<SubscriberId, PaymentId> = Map::new(Table::new("merchant_in_validation"));

/// The name of a text that a client chose.
pub(crate) fn name(client: ClientId, what: &str, text: &str) -> [u8; 32] {
    seal::hash_parts(&[b"merchant", &client.0, what.as_bytes(), text.as_bytes()]).0
}

impl Carrier {
    /// Keeps the amount free.
    pub(super) fn keep_free(&self, tx: &mut dyn Tx, payment: &mut Payment, now: Moment) -> Result<(), Fault> {
        let month = run::open_month(tx, Month::of(now, self.config.zone_minutes))?;
        let mut meter = METERS.get(tx, &(month, payment.who))?.unwrap_or_default();
        meter.reserved = meter.reserved.saturating_add(minor(payment.amount));
        payment.kept_in = Some(month);
        METERS.put(tx, &(month, payment.who), &meter)
    }

    /// No longer.
    pub(super) fn let_go(&self, tx: &mut dyn Tx, payment: &mut Payment) -> Result<(), Fault> {
        let Some(month) = payment.kept_in.take() else {
            return Ok(());
        };
        let mut meter = METERS.get(tx, &(month, payment.who))?.unwrap_or_default();
        let left = meter.reserved.checked_sub(minor(payment.amount));
        meter.reserved = left.ok_or_else(|| damaged("more let go than was kept free"))?;
        METERS.put(tx, &(month, payment.who), &meter)
    }

    /// Books it, and tells its merchant.
    pub(super) fn succeed(
        &self,
        tx: &mut dyn Tx,
        id: PaymentId,
        payment: &mut Payment,
        now: Moment,
    ) -> Result<(), Fault> {
        let bought = Bought {
            origin: Origin::Merchant,
            who: payment.who,
            enterprise: payment.enterprise,
            what: payment.what.clone(),
            amount: payment.amount,
            at: now,
            month: Month::of(now, self.config.zone_minutes),
            refunded: Money::zero(payment.amount.currency()),
        };
        self.buy(tx, id.0, bought, now)?;
        payment.paid = Some(now);
        self.come_to(tx, id, payment, (State::Succeeded, None), now)
    }

    /// It has come to a state: what belongs to the one before is cleared away, and its merchant is told.
    pub(super) fn come_to(
        &self,
        tx: &mut dyn Tx,
        id: PaymentId,
        payment: &mut Payment,
        (state, why): (State, Option<&str>),
        now: Moment,
    ) -> Result<(), Fault> {
        if let Some(at) = payment
            .expires
            .filter(|_| matches!(state, State::Succeeded | State::Denied | State::Cancelled))
        {
            EXPIRES.delete(tx, &(at, id))?;
            payment.expires = None;
        }
        if payment.state == State::PendingValidation && IN_VALIDATION.get(tx, &payment.who)? == Some(id) {
            IN_VALIDATION.delete(tx, &payment.who)?;
        }
        (payment.state, payment.why) = (state, why.map(str::to_owned));
        let kind = match state {
            State::Processing => return PAYMENTS.put(tx, &id, payment),
            State::PendingValidation => NoticeKind::PendingValidation,
            State::Reserved => NoticeKind::Reserved,
            State::Succeeded => NoticeKind::Completed,
            State::Denied => NoticeKind::Denied,
            State::Cancelled => NoticeKind::Cancelled,
        };
        if let Some(sink) = payment.sink.clone() {
            let told = Notice {
                kind,
                payment: id,
                refund: None,
                at: now,
                why: payment.why.clone(),
            };
            notice::write(tx, sink, (id.0, payment.told), told, now)?;
            payment.told = payment.told.saturating_add(1);
        }
        PAYMENTS.put(tx, &id, payment)
    }

    /// A payment.
    pub fn payment(&self, view: &mut dyn View, id: PaymentId) -> Result<Option<Payment>, Fault> {
        PAYMENTS.get(view, &id)
    }

    /// What of a purchase refunds keep that people still look at.
    pub(crate) fn under_refund(&self, view: &mut dyn View, of: ContentRef) -> Result<u64, Fault> {
        Ok(PAYMENTS
            .get(view, &PaymentId(of))?
            .map_or(0, |payment| minor(payment.refunding)))
    }

    /// The transfer by which it is refunded as a whole or in part.
    pub(super) const fn refund_transfer(id: [u8; 16]) -> TransferId {
        TransferId(id)
    }
}
