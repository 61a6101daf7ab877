//! Pay-out: what a publisher has earned here, what is already his at the issuer, and his order to have it paid to his bank.
//!
//! Buyers' slips are drawn on the publisher himself: the issuer honours them to him, and the money waits there until he asks
//! it out. The shop never has it. What the shop keeps of a sale, and the tax in it, he owes the shop out of what he has.

use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Audience, Kind, role};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Again, DealId, Moment, Money, PartyId, Refusal, TransferId};

use super::{
    HookAbout, Sale, Shop, Then,
    money::{BORNE, SHARE, WITH},
    sales::{SALES, SalesFilter},
};
use crate::{
    bank::WhyNot,
    beside::Told,
    books::{self, Account},
    errand::{self, Errand, ErrandId, Reply, Step, Verb},
    issuer::{PayOut, PayoutOutcome, PayoutWord},
};

/// Sales by whose work it was.
pub(super) const BY_PUBLISHER: Map<(PartyId, Moment, DealId), ()> = Map::new(Table::new("console_sales_by_publisher"));
pub(super) const PAYOUTS: Map<(PartyId, Moment, [u8; 16]), Payout> = Map::new(Table::new("console_payouts"));

/// Where a pay-out stands.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum PayoutState {
    /// The issuer was asked, and has not answered.
    #[n(0)]
    Asked,
    /// The issuer took the order: the transfer to the bank follows by itself, and the issuer is asked what became of it.
    #[n(1)]
    Taken,
    /// The issuer said not yet: its code. It is asked again, and again with the same number, so nothing is paid twice.
    #[n(2)]
    Waiting(#[n(0)] String),
    /// The bank booked it, then.
    #[n(3)]
    Paid(#[n(0)] Moment),
    /// The bank refused it, for ever: the money is with the issuer as before, and can be ordered anew.
    #[n(4)]
    Returned(#[n(0)] WhyNot),
}

impl PayoutState {
    /// Has it come to its end?
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Paid(_) | Self::Returned(_))
    }
}

/// An ordered pay-out.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Payout {
    /// How much.
    #[n(0)]
    pub amount: Money,
    /// Where it stands.
    #[n(1)]
    pub state: PayoutState,
}
impl Value for Payout {}

impl Payout {
    /// Did the bank refuse it? Then its sum is there as before.
    pub const fn is_returned(&self) -> bool {
        matches!(self.state, PayoutState::Returned(_))
    }
}

/// What stands between a publisher and this shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement {
    /// Paid by buyers to the publisher himself: with the issuer, or paid out already.
    pub received: Money,
    /// What is his of all sales here: prices less tax and the shop's part, less refunds, less what his own coupons took off.
    pub earned: Money,
    /// Ordered to be paid out, carried out or not; what the bank refused is not in it.
    pub ordered: Money,
    /// What may be ordered now.
    pub available: Money,
    /// What he owes the shop out of what he received: tax and the shop's part.
    pub owed_to_shop: Money,
    /// What the shop owes him beyond what he received: what was paid with the shop's own vouchers, for instance.
    pub owed_by_shop: Money,
}

/// Why nothing is paid out, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayoutAskRefused {
    /// The shop is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// The publisher's keys are not here.
    #[error("this publisher's keys are not kept here; order the pay-out where they are")]
    NoKeys,
    /// More than there is, or nothing.
    #[error("{asked} was asked for, {available} can be paid out; nothing was ordered")]
    NotThere {
        /// Asked for.
        asked: Money,
        /// There.
        available: Money,
    },
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for PayoutAskRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NoKeys => "payout-no-keys",
            Self::NotThere { .. } => "payout-not-there",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NoKeys | Self::NotThere { .. } => Again::AfterYouAct,
            Self::Fault(fault) => fault.again(),
        }
    }
}

impl Shop {
    /// At most `limit` sales of a publisher's works that the filter lets through, newest first, older than `before` (SD-3).
    pub fn sales_of_publisher(
        &self,
        view: &mut dyn View,
        publisher: PartyId,
        filter: SalesFilter,
        mut before: Option<(Moment, DealId)>,
        limit: usize,
    ) -> Result<Vec<(DealId, Sale)>, Fault> {
        let (from, until) = (
            filter.from.unwrap_or_default(),
            filter.until.unwrap_or(Moment(u64::MAX)),
        );
        let first = (publisher, from, DealId([0; 32]));
        let mut out = Vec::new();
        // Pages of keys: buyer and work are held against each row.
        while out.len() < limit {
            let mut keys = Keys::between(&first, &(publisher, until, DealId([0; 32]))).newest_first();
            if let Some((at, deal)) = before {
                keys = keys.after(&(publisher, at, deal));
            }
            let some = BY_PUBLISHER.range(view, keys, limit)?;
            let Some(((_, at, deal), ())) = some.last() else { break };
            before = Some((*at, *deal));
            for ((_, _, deal), ()) in some {
                let sale = SALES.get(view, &deal)?.filter(|sale| {
                    filter.content.is_none_or(|content| sale.content == content)
                        && filter.buyer.is_none_or(|buyer| sale.buyer == Some(buyer))
                });
                out.extend(sale.filter(|_| out.len() < limit).map(|sale| (deal, sale)));
            }
        }
        Ok(out)
    }

    /// What stands between a publisher and this shop, from the books.
    pub fn statement(&self, view: &mut dyn View, publisher: PartyId) -> Result<Statement, Fault> {
        let zero = Money::zero(self.desk.currency());
        let money = |minor: i64| Money::new(minor.max(0), zero.currency()).unwrap_or(zero);
        let received = books::balance(view, Account::of(WITH, publisher.0))?;
        let coupons = books::balance(view, Account::of(BORNE, publisher.0))?;
        let earned = books::balance(view, Account::of(SHARE, publisher.0))?.saturating_sub(coupons);
        let mut ordered = 0_i64;
        let payouts = self.payouts(view, publisher)?;
        for (_, payout) in payouts.iter().filter(|(_, it)| !it.is_returned()) {
            ordered = ordered.saturating_add(payout.amount.minor());
        }
        Ok(Statement {
            received: money(received),
            earned: money(earned),
            ordered: money(ordered),
            available: money(received.saturating_sub(ordered)),
            owed_to_shop: money(received.saturating_sub(earned)),
            owed_by_shop: money(earned.saturating_sub(received)),
        })
    }

    /// A publisher's pay-outs, newest first.
    pub fn payouts(&self, view: &mut dyn View, publisher: PartyId) -> Result<Vec<(Moment, Payout)>, Fault> {
        let rows = PAYOUTS.range(view, Keys::under(&publisher).newest_first(), usize::MAX)?;
        Ok(rows.into_iter().map(|((_, at, _), payout)| (at, payout)).collect())
    }

    /// Orders a pay-out in the publisher's name: signed with his keys, written down, then asked of the issuer. `id` was drawn
    /// with the form, so that pressing twice orders once.
    pub fn order_payout(
        &self,
        tx: &mut dyn Tx,
        publisher: PartyId,
        id: TransferId,
        amount: Money,
        now: Moment,
    ) -> Result<Option<Errand>, PayoutAskRefused> {
        crate::epoch::require::<PayoutAskRefused>(tx)?;
        let keys = self.tenant_keys(tx, publisher)?.ok_or(PayoutAskRefused::NoKeys)?;
        let rows = PAYOUTS.range(tx, Keys::under(&publisher), usize::MAX)?;
        if rows.iter().any(|((_, _, known), _)| *known == id.0) {
            return Ok(None);
        }
        let available = self.statement(tx, publisher)?.available;
        if amount.is_zero() || amount.currency() != available.currency() || amount > available {
            return Err(PayoutAskRefused::NotThere {
                asked: amount,
                available,
            });
        }
        let order = PayOut {
            id,
            amount,
            by: publisher,
            certificate: ByteVec::from(keys.certificate().to_vec()),
        };
        let to = self.config.issuer;
        let body = seal::sign(
            keys.signer(),
            Kind::Transfer,
            self.desk.realm_id(),
            Audience::from(to),
            &order,
        );
        let payout = Payout {
            amount,
            state: PayoutState::Asked,
        };
        PAYOUTS.put(tx, &(publisher, now, id.0), &payout)?;
        let then = seal::cbor::to_bytes(&Then::PayOut(publisher, now, id));
        let errand = ErrandId::of("publisher's pay-out", &id.0);
        Ok(Some(errand::post(tx, errand, to, Verb::PayOut, body, then, now)?))
    }

    /// The issuer answered, or did not. It is asked with the same bytes until it has said what the bank did.
    pub(super) fn payout_answered(
        &self,
        tx: &mut dyn Tx,
        (publisher, at, id): (PartyId, Moment, TransferId),
        told: &Told,
        now: Moment,
    ) -> Result<Step, Fault> {
        let key = (publisher, at, id.0);
        let Some(mut row) = PAYOUTS.get(tx, &key)? else {
            errand::finish(tx, told.errand())?;
            return Ok(Step::Answer(Vec::new()));
        };
        if !row.state.is_final() {
            let said = self.payout_word(tx, publisher, told.reply())?;
            // A word about another order, or of another amount, is none about this one.
            let said = said.filter(|word| (word.id, word.amount) == (id, row.amount));
            row.state = match (said.map(|word| word.outcome), told.reply()) {
                (Some(PayoutOutcome::Taken), _) => PayoutState::Taken,
                (Some(PayoutOutcome::Paid(then)), _) => PayoutState::Paid(then),
                (Some(PayoutOutcome::Returned(why)), _) => PayoutState::Returned(why),
                (None, Reply::Refused(code)) => PayoutState::Waiting(code.to_owned()),
                (None, _) => row.state,
            };
            PAYOUTS.put(tx, &key, &row)?;
            match row.state {
                PayoutState::Paid(_) => self.tell(tx, publisher, HookAbout::PayoutPaid(at, id.0), now)?,
                PayoutState::Returned(_) => self.tell(tx, publisher, HookAbout::PayoutReturned(at, id.0), now)?,
                PayoutState::Asked | PayoutState::Taken | PayoutState::Waiting(_) => {}
            }
        }
        if !row.state.is_final() {
            return Ok(Step::NotYet(errand::later(tx, told.errand(), now)?));
        }
        errand::finish(tx, told.errand())?;
        Ok(Step::Answer(Vec::new()))
    }

    /// The issuer's word to this publisher, if that is one.
    fn payout_word(
        &self,
        view: &mut dyn View,
        publisher: PartyId,
        reply: Reply<'_>,
    ) -> Result<Option<PayoutWord>, Fault> {
        let Reply::Answer(bytes) = reply else { return Ok(None) };
        let known = self.desk.known(view)?;
        let Some(issuer) = known.ever_certified::<role::Issuer>(self.config.issuer) else {
            return Ok(None);
        };
        let word = seal::parse::<PayoutWord>(bytes, Kind::Receipt, self.desk.realm_id())
            .and_then(|s| s.verify(issuer.sign(), Audience::from(publisher)));
        Ok(word.ok())
    }
}
