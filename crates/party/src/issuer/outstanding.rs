//! Outstanding: what the issuer knows to be on its way to a publisher, and tells its collector (SD-23).
//!
//! Every report may show copies of slips whose originals still travel. After it the collector of each publisher concerned
//! is told how many there are and what they come to: never whose, and never on which card.

use minicbor::{Decode, Encode};
use seal::{Kind, cbor, role};
use store::{Counter, Fault, Keys, Map, Table, Tx, Value, View};
use units::{Moment, Money, PartyId};

use super::{
    Issuer, Then,
    card::COUNTERS,
    honour::{DUE, SlipState, Via},
};
use crate::{
    books::{self, Account},
    errand::{self, ErrandId, Verb},
};

/// What is on its way to one payee (kind notice, signed by the issuer, for the payee's collector).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Outstanding {
    /// Goes up with every notice of this issuer: a reader keeps the highest.
    #[n(0)]
    pub number: u64,
    /// Whose slips.
    #[n(1)]
    pub payee: PartyId,
    /// Slips seen as copies and not yet brought.
    #[n(2)]
    pub count: u64,
    /// What they come to.
    #[n(3)]
    pub sum: Money,
    /// Slips that cards gave up for good, credited without passing through a collector.
    #[n(4)]
    pub given_up: u64,
    /// What those came to, in all.
    #[n(5)]
    pub given_up_sum: Money,
    /// Seen long ago and never brought: in the unclaimed account, and still paid to who brings them.
    #[n(6)]
    pub unclaimed: u64,
    /// What those come to.
    #[n(7)]
    pub unclaimed_sum: Money,
    /// When it was so.
    #[n(8)]
    pub at: Moment,
}

/// Counts of slips of one payee by where they stand.
#[derive(Debug, Clone, Copy, Default, Encode, Decode)]
#[cbor(array)]
pub(super) struct Counts {
    #[n(0)]
    pub(super) seen: u64,
    #[n(1)]
    pub(super) given_up: u64,
    #[n(2)]
    pub(super) given_up_minor: i64,
    #[n(3)]
    pub(super) unclaimed: u64,
    #[n(4)]
    pub(super) unclaimed_minor: i64,
}
impl Value for Counts {}

pub(super) const COUNTS: Map<PartyId, Counts> = Map::new(Table::new("issuer_outstanding"));
/// Payees that are to be told.
pub(super) const TELL: Map<PartyId, ()> = Map::new(Table::new("issuer_tell"));
const NOTICE_NO: Counter = Counter::new(COUNTERS, "notice");

/// Payees told in one go.
const TELL_MAX: usize = 10_000;

impl Issuer {
    /// A slip of this payee came to stand elsewhere; it is told with the next sweep.
    pub(super) fn counted(
        &self,
        tx: &mut dyn Tx,
        payee: PartyId,
        change: impl FnOnce(&mut Counts),
    ) -> Result<(), Fault> {
        let mut counts = COUNTS.get(tx, &payee)?.unwrap_or_default();
        change(&mut counts);
        COUNTS.put(tx, &payee, &counts)?;
        TELL.put(tx, &payee, &())
    }

    /// A slip comes in for the first time (`was`: nothing), or after a copy of it did.
    pub(super) fn comes_in(
        &self,
        tx: &mut dyn Tx,
        payee: PartyId,
        amount: Money,
        was: Option<SlipState>,
        via: Via,
    ) -> Result<(), Fault> {
        let new = was.is_none();
        if !new || matches!(via, Via::Report | Via::GivenUp) {
            self.counted(tx, payee, |counts| {
                match was {
                    Some(SlipState::Unclaimed) => {
                        counts.unclaimed = counts.unclaimed.saturating_sub(1);
                        counts.unclaimed_minor = counts.unclaimed_minor.saturating_sub(amount.minor());
                    }
                    Some(_) => counts.seen = counts.seen.saturating_sub(1),
                    None => {}
                }
                match via {
                    Via::Report => counts.seen = counts.seen.saturating_add(1),
                    Via::GivenUp => {
                        counts.given_up = counts.given_up.saturating_add(1);
                        counts.given_up_minor = counts.given_up_minor.saturating_add(amount.minor());
                    }
                    Via::Seller(_) | Via::Collector(_) | Via::Own => {}
                }
            })?;
        }
        Ok(())
    }

    /// A slip that was seen long ago goes to the unclaimed account.
    pub(super) fn unclaimed(&self, tx: &mut dyn Tx, payee: PartyId, amount: Money) -> Result<(), Fault> {
        self.counted(tx, payee, |counts| {
            counts.seen = counts.seen.saturating_sub(1);
            counts.unclaimed = counts.unclaimed.saturating_add(1);
            counts.unclaimed_minor = counts.unclaimed_minor.saturating_add(amount.minor());
        })
    }

    /// What is on its way to a payee, as far as this issuer knows.
    pub fn on_its_way(&self, view: &mut dyn View, payee: PartyId, now: Moment) -> Result<Outstanding, Fault> {
        let zero = Money::zero(self.desk.currency());
        let counts = COUNTS.get(view, &payee)?.unwrap_or_default();
        let sum = |minor: i64| Money::new(minor.max(0), zero.currency()).unwrap_or(zero);
        Ok(Outstanding {
            number: NOTICE_NO.last(view)?,
            payee,
            count: counts.seen,
            sum: books::money(view, Account::of(DUE, payee.0), zero)?,
            given_up: counts.given_up,
            given_up_sum: sum(counts.given_up_minor),
            unclaimed: counts.unclaimed,
            unclaimed_sum: sum(counts.unclaimed_minor),
            at: now,
        })
    }

    /// Writes a notice to the collector of every payee whose sums have changed. A payee without a collector is told once
    /// it has one; one whose last notice is still under way, after that.
    pub(super) fn tell_payees(&self, tx: &mut dyn Tx, now: Moment) -> Result<(), Fault> {
        for (payee, ()) in TELL.range(tx, Keys::all(), TELL_MAX)? {
            let id = ErrandId::of("outstanding", &payee.0);
            let known = self.desk.known(tx)?;
            if known.certified::<role::Collector>(payee, now).is_none() || errand::open(tx, id)?.is_some() {
                continue;
            }
            NOTICE_NO.next(tx)?;
            let notice = self.on_its_way(tx, payee, now)?;
            let body = self.voice().letter(Kind::Notice, payee, &notice);
            errand::post(
                tx,
                id,
                payee,
                Verb::Outstanding,
                body,
                cbor::to_bytes(&Then::Nothing),
                now,
            )?;
            TELL.delete(tx, &payee)?;
        }
        Ok(())
    }
}
