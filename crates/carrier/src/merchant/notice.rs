//! Notice: what a merchant is told, written with what it tells of and sent until it was heard. A notice may come twice; its id says
//! so. Who is gone, or cannot be reached for days, stands on a list that people see.

use minicbor::{Decode, Encode};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Moment, Span};

use super::{PaymentId, RefundId, Sink};
use crate::Carrier;

/// The first pause, doubled each time.
const PAUSE: Span = Span::seconds(5);
/// The longest.
const PAUSE_MAX: Span = Span::minutes(60);
/// How long it is tried.
const TRIED_FOR: Span = Span::days(3);

/// What is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum NoticeKind {
    /// A code is asked for.
    #[n(0)]
    PendingValidation,
    /// The amount is kept free.
    #[n(1)]
    Reserved,
    /// Booked.
    #[n(2)]
    Completed,
    /// Given up.
    #[n(3)]
    Cancelled,
    /// It never will be.
    #[n(4)]
    Denied,
    /// A refund is booked.
    #[n(5)]
    RefundCompleted,
    /// A refund is not made.
    #[n(6)]
    RefundDenied,
    /// A refund stands on the next bill.
    #[n(7)]
    RefundInBill,
}

/// What a merchant is told.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Notice {
    /// What.
    #[n(0)]
    pub kind: NoticeKind,
    /// About which payment.
    #[n(1)]
    pub payment: PaymentId,
    /// And which refund of it.
    #[n(2)]
    pub refund: Option<RefundId>,
    /// When it came about.
    #[n(3)]
    pub at: Moment,
    /// Why, where there is a reason.
    #[n(4)]
    pub why: Option<String>,
}

/// A notice on its way.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Told {
    /// To where.
    #[n(0)]
    pub sink: Sink,
    /// What.
    #[n(1)]
    pub notice: Notice,
    /// When it is tried next.
    #[n(2)]
    pub next: Moment,
    /// In vain so far.
    #[n(3)]
    pub tries: u32,
}
impl Value for Told {}

/// One that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Undelivered {
    /// What.
    #[n(0)]
    pub notice: Notice,
    /// Since when nobody tries any more.
    #[n(1)]
    pub since: Moment,
}
impl Value for Undelivered {}

/// A notice's id: the payment or refund it is about, and which one of it.
pub type NoticeId = ([u8; 16], u32);

pub(crate) const NOTICES: Map<NoticeId, Told> = Map::new(Table::new("merchant_notices"));
pub(crate) const DUE: Map<(Moment, [u8; 16], u32), ()> = Map::new(Table::new("merchant_notices_due"));
pub(crate) const LOST: Map<NoticeId, Undelivered> = Map::new(Table::new("merchant_notices_lost"));

/// Writes one down; in the same transaction as what it tells of.
pub(crate) fn write(tx: &mut dyn Tx, sink: Sink, id: NoticeId, notice: Notice, now: Moment) -> Result<(), Fault> {
    let told = Told {
        sink,
        notice,
        next: now,
        tries: 0,
    };
    NOTICES.put(tx, &id, &told)?;
    DUE.put(tx, &(now, id.0, id.1), &())
}

impl Carrier {
    /// Notices whose time has come, at most `limit`.
    pub fn notices_due(&self, view: &mut dyn View, now: Moment, limit: usize) -> Result<Vec<(NoticeId, Told)>, Fault> {
        let mut out = Vec::new();
        for ((_, of, n), ()) in DUE.range(view, Keys::all().until(&Moment(now.0.saturating_add(1))), limit)? {
            out.extend(NOTICES.get(view, &(of, n))?.map(|told| ((of, n), told)));
        }
        Ok(out)
    }

    /// It was heard.
    pub fn notice_heard(&self, tx: &mut dyn Tx, id: NoticeId) -> Result<(), Fault> {
        if let Some(told) = NOTICES.get(tx, &id)? {
            DUE.delete(tx, &(told.next, id.0, id.1))?;
            NOTICES.delete(tx, &id)?;
        }
        Ok(())
    }

    /// It was not, or whoever should hear it is `gone`: later again, or never.
    pub fn notice_failed(&self, tx: &mut dyn Tx, id: NoticeId, gone: bool, now: Moment) -> Result<(), Fault> {
        let Some(mut told) = NOTICES.get(tx, &id)? else {
            return Ok(());
        };
        DUE.delete(tx, &(told.next, id.0, id.1))?;
        let ended = told.sink.token.as_ref().is_some_and(|(_, ends)| *ends <= now);
        if gone || ended || told.notice.at.plus(TRIED_FOR) <= now {
            NOTICES.delete(tx, &id)?;
            let lost = Undelivered {
                notice: told.notice,
                since: now,
            };
            return LOST.put(tx, &id, &lost);
        }
        told.tries = told.tries.saturating_add(1);
        let pause = Span(PAUSE.0.saturating_mul(1 << told.tries.saturating_sub(1).min(12))).min(PAUSE_MAX);
        told.next = now.plus(pause);
        DUE.put(tx, &(told.next, id.0, id.1), &())?;
        NOTICES.put(tx, &id, &told)
    }

    /// Notices nobody tries any more.
    pub fn notices_lost(&self, view: &mut dyn View, limit: usize) -> Result<Vec<Undelivered>, Fault> {
        Ok(LOST
            .range(view, Keys::all(), limit)?
            .into_iter()
            .map(|(_, lost)| lost)
            .collect())
    }
}
