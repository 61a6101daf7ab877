//! Load: money into a purse, against the holder's account or a maker's refund orders.
//!
//! The bank is asked with a transfer id made of the deal, after the load was written down: whatever is cut off, asking
//! again moves the money once (row-50, row-52).

use deal::{Tender, Value, ValueKind, VoidReason, wire::GiftSheet};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Audience, Kind, cbor, role};
use store::{Fault, Map, Table, Tx, Value as Row};
use units::{CardNo, DealId, Moment, Money, PartyId, Span, TransferId, ValueId};

use super::{
    Issuer, PayRefused, Then,
    card::CARDS,
    honour::{BANK, FLOAT, OWES, PAYEE},
};
use crate::{
    bank::{Place, TransferAnswer, TransferOrder, Transferred},
    beside::Unsaid,
    books::{self, Account, Leg},
    decided,
    door::OpenPay,
    errand::{self, ErrandId, Reply, Step, Verb},
    say::order_of,
};

/// A load that waits for the bank.
#[derive(Debug, Encode, Decode)]
#[cbor(array)]
pub(super) struct Pending {
    #[n(0)]
    card: CardNo,
    #[n(1)]
    account: ValueId,
    #[n(2)]
    pub(super) amount: Money,
    #[n(3)]
    pay: ByteVec,
}
impl Row for Pending {}

pub(super) const PENDING: Map<DealId, Pending> = Map::new(Table::new("issuer_loads"));
/// Refund orders that were taken, by maker and id: once for ever.
pub(super) const USED: Map<(PartyId, ValueId), DealId> = Map::new(Table::new("issuer_used"));

/// What a load is paid with.
enum Source {
    Account(ValueId),
    Refunds(Vec<Value>),
}

/// The transfer that brings a load.
pub(super) fn transfer_of(deal: DealId) -> TransferId {
    books::posting_id("load", &deal.0)
}

impl Issuer {
    pub(super) fn load(
        &self,
        tx: &mut dyn Tx,
        open: &OpenPay,
        card: CardNo,
        now: Moment,
    ) -> Result<Unsaid, PayRefused> {
        let deal = open.deal();
        if let Some(pending) = PENDING.get(tx, &deal)? {
            return Ok(self.ask_bank(tx, deal, &pending, now)?.into());
        }
        let Some(credit) = open.pay().quote.credit else {
            return self.void(tx, open, VoidReason::Tender, now);
        };
        if self.knows_no_bank_yet(tx)? {
            return Ok(Step::NotYet(Span::seconds(1)).into());
        }
        if let [Tender::Order(order, amount)] = open.pay().tenders.as_slice() {
            return self.load_cash(tx, open, card, (*order, *amount), now);
        }
        let Some(source) = self.source(tx, open, card, credit, now)? else {
            return self.void(tx, open, VoidReason::Tender, now);
        };
        if self.has_no_room(tx, card, credit)? {
            return self.void(tx, open, VoidReason::Limit, now);
        }
        match source {
            Source::Account(account) => {
                let pending = Pending {
                    card,
                    account,
                    amount: credit,
                    pay: ByteVec::from(open.signed().to_vec()),
                };
                PENDING.put(tx, &deal, &pending)?;
                decided::hold(tx, order_of(open).unwrap_or_default(), deal)?;
                Ok(self.ask_bank(tx, deal, &pending, now)?.into())
            }
            Source::Refunds(values) => self.take_refunds(tx, open, card, &values, now),
        }
    }

    /// Has the registry not told of the issuer's own bank yet? That is no reason to say no for ever: an issuer that has
    /// just been started hears of it in a moment.
    fn knows_no_bank_yet(&self, tx: &mut dyn Tx) -> Result<bool, Fault> {
        Ok(self.desk.known(tx)?.party(self.config.bank).is_none())
    }

    /// One account token, or refund orders that make up the amount; each genuine, and the account this card's own.
    fn source(
        &self,
        tx: &mut dyn Tx,
        open: &OpenPay,
        card: CardNo,
        credit: Money,
        now: Moment,
    ) -> Result<Option<Source>, Fault> {
        let mut accounts = Vec::new();
        let mut refunds: Vec<Value> = Vec::new();
        for tender in &open.pay().tenders {
            let Tender::Value(value, signed) = tender else {
                return Ok(None);
            };
            if !self.is_genuine(tx, value, signed)? || value.until.is_some_and(|until| now > until) {
                return Ok(None);
            }
            match value.kind {
                ValueKind::Account if value.maker == self.config.bank => accounts.push(value.id),
                ValueKind::Refund if USED.has(tx, &(value.maker, value.id))? => return Ok(None),
                ValueKind::Refund if refunds.iter().any(|r| (r.maker, r.id) == (value.maker, value.id)) => {
                    return Ok(None);
                }
                ValueKind::Refund => refunds.push(value.clone()),
                _ => return Ok(None),
            }
        }
        let own = CARDS.get(tx, &card)?.and_then(|row| row.account);
        Ok(match (accounts.as_slice(), refunds.is_empty()) {
            ([token], true) if own.is_none_or(|(bank, mine)| bank == self.config.bank && mine == *token) => {
                Some(Source::Account(*token))
            }
            ([], false) => {
                let zero = Money::zero(self.desk.currency());
                let sum = refunds.iter().try_fold(zero, |sum, r| sum.plus(r.worth));
                (sum == Ok(credit)).then_some(Source::Refunds(refunds))
            }
            _ => None,
        })
    }

    /// Did its maker sign it? Makers are looked up by id in the registry's directory; a bank makes accounts, a seller
    /// refund orders, and a publisher's collector those that are rebates.
    pub(super) fn is_genuine(&self, tx: &mut dyn Tx, value: &Value, signed: &[u8]) -> Result<bool, Fault> {
        let known = self.desk.known(tx)?;
        let is_signed = |key: &seal::VerifyKey| {
            let body = seal::parse::<Value>(signed, Kind::Value, self.desk.realm_id())
                .and_then(|s| s.verify(key, Audience::Anyone));
            body.is_ok_and(|body| body == *value)
        };
        let key = match value.kind {
            ValueKind::Account => known.ever_certified::<role::Bank>(value.maker).map(|v| *v.sign()),
            ValueKind::Refund => known
                .ever_certified::<role::Seller>(value.maker)
                .map(|v| *v.sign())
                .filter(|key| is_signed(key))
                .or_else(|| known.ever_certified::<role::Collector>(value.maker).map(|v| *v.sign()))
                .filter(|key| is_signed(key))
                // This issuer's own: money of lost cards.
                .or_else(|| (value.maker == self.id()).then(|| self.keys.signer().verify_key())),
            _ => None,
        };
        Ok(key.is_some_and(|key| is_signed(&key)))
    }

    fn ask_bank(&self, tx: &mut dyn Tx, deal: DealId, pending: &Pending, now: Moment) -> Result<Step, PayRefused> {
        let id = transfer_of(deal);
        let order = TransferOrder {
            id,
            from: Place::Token(pending.account),
            to: Place::Party(self.id()),
            amount: pending.amount,
            reference: "card load".to_owned(),
            by: self.id(),
            certificate: ByteVec::from(self.keys.certificate().to_vec()),
        };
        let body = self.voice().letter(Kind::Transfer, self.config.bank, &order);
        let then = cbor::to_bytes(&Then::Load(deal));
        let errand = errand::post(
            tx,
            ErrandId::of("load", &deal.0),
            self.config.bank,
            Verb::Transfer,
            body,
            then,
            now,
        )?;
        Ok(Step::Errand(errand))
    }

    /// The bank's word about transfer `id` of `amount`, if this is one.
    pub(super) fn bank_said(
        &self,
        tx: &mut dyn Tx,
        reply: Reply<'_>,
        id: TransferId,
        amount: Money,
    ) -> Result<Option<Transferred>, Fault> {
        let Reply::Answer(bytes) = reply else { return Ok(None) };
        let known = self.desk.known(tx)?;
        let Some(bank) = known.ever_certified::<role::Bank>(self.config.bank) else {
            return Ok(None);
        };
        let answer = seal::parse::<TransferAnswer>(bytes, Kind::Receipt, self.desk.realm_id())
            .and_then(|s| s.verify(bank.sign(), self.keys.audience()));
        Ok(answer
            .ok()
            .filter(|a| a.id == id && a.amount == amount)
            .map(|a| a.outcome))
    }

    pub(super) fn load_answered(
        &self,
        tx: &mut dyn Tx,
        errand: ErrandId,
        deal: DealId,
        reply: Reply<'_>,
        now: Moment,
    ) -> Result<Unsaid, PayRefused> {
        crate::epoch::require::<PayRefused>(tx)?;
        if let Some(decided) = decided::of(tx, deal)? {
            errand::finish(tx, errand)?;
            return Ok(Unsaid::Settle(deal, Box::new(decided)));
        }
        let Some(pending) = PENDING.get(tx, &deal)? else {
            errand::finish(tx, errand)?;
            return Ok(Step::Answer(Vec::new()).into());
        };
        let Some(outcome) = self.bank_said(tx, reply, transfer_of(deal), pending.amount)? else {
            return Ok(Step::NotYet(errand::later(tx, errand, now)?).into());
        };
        let open = OpenPay::kept(self.desk.realm_id(), &pending.pay)?;
        errand::finish(tx, errand)?;
        PENDING.delete(tx, &deal)?;
        match outcome {
            Transferred::Refused(_) => self.void(tx, &open, VoidReason::NotCovered, now),
            Transferred::Booked(_) => {
                if let Some(mut row) = CARDS.get(tx, &pending.card)? {
                    row.account = row.account.or(Some((self.config.bank, pending.account)));
                    CARDS.put(tx, &pending.card, &row)?;
                }
                let legs = vec![Leg {
                    debit: Account::own(BANK),
                    credit: Account::of(FLOAT, pending.card.0),
                    amount: pending.amount,
                }];
                self.post(tx, "load", seal::hash(&deal.0), legs, now)?;
                let gift = GiftSheet {
                    credit: Some(pending.amount),
                    ..GiftSheet::default()
                };
                self.give(tx, &open, gift, now)
            }
        }
    }

    /// Refund orders become money: each is debited to its maker, once for ever.
    fn take_refunds(
        &self,
        tx: &mut dyn Tx,
        open: &OpenPay,
        card: CardNo,
        values: &[Value],
        now: Moment,
    ) -> Result<Unsaid, PayRefused> {
        let zero = Money::zero(self.desk.currency());
        let mut legs = Vec::new();
        let mut sum = zero;
        for value in values {
            let payee = Account::of(PAYEE, value.maker.0);
            let owes = Account::of(OWES, value.maker.0);
            let taken = |account: Account, legs: &[Leg]| -> i64 {
                legs.iter()
                    .filter(|l| l.debit == account)
                    .map(|l| l.amount.minor())
                    .sum()
            };
            let has = books::balance(tx, payee)?.saturating_sub(taken(payee, &legs));
            let own = Money::new(has.clamp(0, value.worth.minor()), zero.currency()).unwrap_or(zero);
            let lent = value.worth.minus(own).unwrap_or(zero);
            let owed = books::balance(tx, owes)?.saturating_add(taken(owes, &legs));
            if owed.saturating_add(lent.minor()) > self.config.refund_credit.minor() {
                return self.void(tx, open, VoidReason::NotCovered, now);
            }
            for (debit, part) in [(payee, own), (owes, lent)] {
                if !part.is_zero() {
                    legs.push(Leg {
                        debit,
                        credit: Account::of(FLOAT, card.0),
                        amount: part,
                    });
                }
            }
            sum = sum.plus(value.worth).unwrap_or(sum);
        }
        for value in values {
            USED.put(tx, &(value.maker, value.id), &open.deal())?;
        }
        self.post(tx, "refund", seal::hash(&open.deal().0), legs, now)?;
        let gift = GiftSheet {
            credit: Some(sum),
            ..GiftSheet::default()
        };
        self.give(tx, open, gift, now)
    }
}
