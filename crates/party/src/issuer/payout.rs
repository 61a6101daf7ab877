//! Payout: what payees are owed leaves the issuer's account at the bank.

use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Kind, NotSigned, NotTrusted, cbor, role};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Again, CardNo, Hash, Moment, Money, PartyId, Refusal, TransferId};

use super::{
    Issuer, PayRefused, Then,
    honour::{BANK, HELD, OUT, OWES, PAYEE, Stopped},
};
use crate::{
    bank::{Place, TransferOrder, Transferred, WhyNot},
    books::{self, Account, Leg, posting_id},
    errand::{self, Errand, ErrandId, Reply, Step, Verb},
};

/// For whom a transfer out is: where the money returns to when the bank refuses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum For {
    /// A payee.
    #[n(0)]
    Party(#[n(0)] PartyId),
    /// A card's holder.
    #[n(1)]
    Card(#[n(0)] CardNo),
}

/// A payee's order: pay this of what I am owed to my account at the bank (kind transfer, signed, for the issuer).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct PayOut {
    /// The transfer's id, for ever.
    #[n(0)]
    pub id: TransferId,
    /// How much.
    #[n(1)]
    pub amount: Money,
    /// Who orders, about itself.
    #[n(2)]
    pub by: PartyId,
    /// Its certificate.
    #[n(3)]
    pub certificate: ByteVec,
}

/// What became of a payee's order. The same order again asks for it, with the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum PayoutOutcome {
    /// Written down: the transfer is on its way to the bank.
    #[n(0)]
    Taken,
    /// The bank booked it, then.
    #[n(1)]
    Paid(#[n(0)] Moment),
    /// The bank refused it, for ever: the payee is owed it as before.
    #[n(2)]
    Returned(#[n(0)] WhyNot),
}

/// The issuer's answer to a payee's order: signed by it (kind receipt, for the payee).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct PayoutWord {
    /// Which order.
    #[n(0)]
    pub id: TransferId,
    /// How much it is for.
    #[n(1)]
    pub amount: Money,
    /// What became of it.
    #[n(2)]
    pub outcome: PayoutOutcome,
}

/// A pay-out that the bank has answered.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Ended {
    #[n(0)]
    payee: PartyId,
    #[n(1)]
    amount: Money,
    #[n(2)]
    outcome: Transferred,
}
impl Value for Ended {}

/// What the bank said of payees' pay-outs: what a payee is told who asks again.
pub(super) const ENDED: Map<TransferId, Ended> = Map::new(Table::new("issuer_payouts"));

/// Why nothing is paid out, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayoutRefused {
    /// The issuer is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// Not signed by whom it names.
    #[error("the order was not signed by whom it names: {0}")]
    NotSigned(#[from] NotSigned),
    /// Nobody who is paid.
    #[error("only certified publishers, sellers and collectors are paid out: {0}")]
    NotTrusted(#[from] NotTrusted),
    /// It speaks for another.
    #[error("a payee orders for itself alone")]
    OtherSender,
    /// More than is owed.
    #[error("{asked} was asked for, {owed} is owed; nothing was paid out")]
    NotOwed {
        /// Asked for.
        asked: Money,
        /// Owed.
        owed: Money,
    },
    /// The issuer's bank account does not hold it: more would leave than ever came in.
    #[error("the issuer's account does not cover this; its people must look first")]
    NotCovered,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for PayoutRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotSigned(_) => "payout-not-signed",
            Self::NotTrusted(no) => no.code(),
            Self::OtherSender => "payout-for-another",
            Self::NotOwed { .. } => "payout-not-owed",
            Self::NotCovered => "payout-not-covered",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NotSigned(_) | Self::NotTrusted(_) | Self::OtherSender => Again::Never,
            Self::NotOwed { .. } | Self::NotCovered => Again::AfterYouAct,
            Self::Fault(fault) => fault.again(),
        }
    }
}
crate::refused::refusals!(PayoutRefused);

impl Issuer {
    /// What a payee is owed now.
    pub fn owed(&self, view: &mut dyn View, payee: PartyId) -> Result<Money, Fault> {
        books::money(view, Account::of(PAYEE, payee.0), Money::zero(self.desk.currency()))
    }

    /// Pays `amount` of what a payee is owed to that payee's account at the bank. `id` is drawn once and given again on
    /// a repeat, which changes nothing.
    pub fn payout(
        &self,
        tx: &mut dyn Tx,
        id: TransferId,
        payee: PartyId,
        amount: Money,
        now: Moment,
    ) -> Result<Errand, PayoutRefused> {
        crate::epoch::require::<PayoutRefused>(tx)?;
        let about = Hash(seal::hash(&id.0).0);
        let done = books::was_posted(tx, books::posting_id("payout", &about.0))?;
        if !done {
            let owed = self.owed(tx, payee)?;
            if amount > owed || amount.is_zero() {
                return Err(PayoutRefused::NotOwed { asked: amount, owed });
            }
            if !self.covers(tx, amount)? {
                return Err(PayoutRefused::NotCovered);
            }
            let legs = vec![Leg {
                debit: Account::of(PAYEE, payee.0),
                credit: Account::own(OUT),
                amount,
            }];
            self.post(tx, "payout", about, legs, now)
                .map_err(|stopped| match stopped {
                    Stopped::Series => PayoutRefused::NotCovered,
                    Stopped::Fault(fault) => PayoutRefused::Fault(fault),
                })?;
        }
        Ok(self.send(tx, id, Place::Party(payee), amount, For::Party(payee), now)?)
    }

    /// Takes a payee's own order to pay it out. Answered as soon as it is written: the transfer follows by itself, and the same
    /// order again is answered by what became of it.
    pub(super) fn take_order(&self, tx: &mut dyn Tx, message: &[u8], now: Moment) -> Result<Step, PayoutRefused> {
        crate::epoch::require::<PayoutRefused>(tx)?;
        let known = self.desk.known(tx)?;
        let parsed = seal::parse::<PayOut>(message, Kind::Transfer, self.desk.realm_id())?;
        let paper = &parsed.claims().certificate;
        let trust = &known.trust;
        let claims = trust
            .check_ever::<role::Collector>(paper)
            .map(|v| v.claims().clone())
            .or_else(|_| trust.check_ever::<role::Seller>(paper).map(|v| v.claims().clone()))
            .or_else(|_| trust.check_ever::<role::Publisher>(paper).map(|v| v.claims().clone()))?;
        let order = parsed.verify(&claims.sign, self.keys.audience())?;
        if order.by.0 != claims.subject {
            return Err(PayoutRefused::OtherSender);
        }
        let word = match ENDED.get(tx, &order.id)? {
            Some(ended) if ended.payee != order.by => return Err(PayoutRefused::OtherSender),
            Some(ended) => PayoutWord {
                id: order.id,
                amount: ended.amount,
                outcome: match ended.outcome {
                    Transferred::Booked(at) => PayoutOutcome::Paid(at),
                    Transferred::Refused(why) => PayoutOutcome::Returned(why),
                },
            },
            None => {
                // Written down: the sweep carries it out, however often this order is repeated.
                let _ = self.payout(tx, order.id, order.by, order.amount, now)?;
                PayoutWord {
                    id: order.id,
                    amount: order.amount,
                    outcome: PayoutOutcome::Taken,
                }
            }
        };
        Ok(Step::Answer(self.voice().letter(Kind::Receipt, order.by, &word)))
    }

    /// Did at least this much come in by loads that has not left yet?
    pub(super) fn covers(&self, view: &mut dyn View, amount: Money) -> Result<bool, Fault> {
        let on_its_way = books::balance(view, Account::own(OUT))?;
        Ok(books::balance(view, Account::own(BANK))? >= on_its_way.saturating_add(amount.minor()))
    }

    /// Writes the transfer order that goes out; its posting is made already.
    pub(super) fn send(
        &self,
        tx: &mut dyn Tx,
        id: TransferId,
        to: Place,
        amount: Money,
        of: For,
        now: Moment,
    ) -> Result<Errand, Fault> {
        let order = TransferOrder {
            id,
            from: Place::Party(self.id()),
            to,
            amount,
            reference: "card money".to_owned(),
            by: self.id(),
            certificate: ByteVec::from(self.keys.certificate().to_vec()),
        };
        let body = self.voice().letter(Kind::Transfer, self.config.bank, &order);
        let then = cbor::to_bytes(&Then::Out(id, amount, of));
        let errand = ErrandId::of("out", &id.0);
        errand::post(tx, errand, self.config.bank, Verb::Transfer, body, then, now)
    }

    #[allow(clippy::too_many_arguments)] // one reply, with what was written about it
    pub(super) fn out_answered(
        &self,
        tx: &mut dyn Tx,
        errand: ErrandId,
        id: TransferId,
        amount: Money,
        of: For,
        reply: Reply<'_>,
        now: Moment,
    ) -> Result<Step, PayRefused> {
        crate::epoch::require::<PayRefused>(tx)?;
        let Some(outcome) = self.bank_said(tx, reply, id, amount)? else {
            return Ok(Step::NotYet(errand::later(tx, errand, now)?));
        };
        let about = Hash(seal::hash(&id.0).0);
        let (what, credit) = match (outcome, of) {
            (Transferred::Booked(_), _) => ("paid out", Account::own(BANK)),
            // It came back: owed as before, and for people to look at.
            (Transferred::Refused(_), For::Party(payee)) => ("payout returned", Account::of(PAYEE, payee.0)),
            (Transferred::Refused(_), For::Card(card)) => ("redeem returned", Account::of(HELD, card.0)),
        };
        let legs = vec![Leg {
            debit: Account::own(OUT),
            credit,
            amount,
        }];
        self.post(tx, what, about, legs, now)?;
        if let For::Party(payee) = of {
            let ended = Ended { payee, amount, outcome };
            ENDED.put(tx, &id, &ended)?;
        }
        errand::finish(tx, errand)?;
        Ok(Step::Answer(Vec::new()))
    }

    /// What a party owes the issuer: refund orders and broken promises beyond what it was owed.
    pub fn owes(&self, view: &mut dyn View, party: PartyId) -> Result<Money, Fault> {
        books::money(view, Account::of(OWES, party.0), Money::zero(self.desk.currency()))
    }
}

/// What a payee is told of a pay-out is what was booked.
pub(super) fn audit(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    ENDED.each::<Fault>(view, Keys::all(), |view, id, ended| {
        let what = match ended.outcome {
            Transferred::Booked(_) => "paid out",
            Transferred::Refused(_) => "payout returned",
        };
        let about = Hash(seal::hash(&id.0).0);
        if books::amount_of(view, posting_id(what, &about.0))? != Some(ended.amount) {
            found.push(format!("payout {id} was told of as {what}, and is not booked so"));
        }
        Ok(())
    })
}
