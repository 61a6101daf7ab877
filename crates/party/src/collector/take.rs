//! Take: a card's payment of slips, by whatever way. Each slip is booked once, whoever brings it in whatever deal.
//!
//! Most ways are answered at once and the issuer is asked afterwards: the card need not wait for it. Where a rebate is
//! promised, the issuer is asked first, as only money earns one.

use deal::{
    Kind, Side, Slip, VoidReason,
    issuer::Honour,
    judge::{Judgement, Known, judge},
    wire::{GiftSheet, Present, Presented},
};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Kind as Sealed, cbor, role};
use store::{Fault, Map, Table, Tx, Value};
use units::{DealId, Hash, Moment, Money, TransferId};

use super::{
    BY_PAYEE, CollectRefused, Collected, Collector, FOR_PAYEE, RECEIPT_NO, SLIPS, Then, UNDER_WAY, bring::Way, figures,
};
use crate::{
    beside::Unsaid,
    books::{self, Account, Leg, Posting, Sort, posting_id},
    decided,
    door::OpenPay,
    errand::{self, Errand, ErrandId, Reply, Step, Verb},
    issuer::PayOut,
};

/// What rebates came to.
const REBATES: Sort = Sort::had("rebates given");
/// Rebates that holders have and may bring back.
const PROMISED: Sort = Sort::owed("rebates promised");

/// A payment that waits for the issuer, because a rebate depends on it.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(super) struct Pending {
    #[n(0)]
    pay: ByteVec,
    #[n(1)]
    way: Way,
}
impl Value for Pending {}

pub(super) const PENDING: Map<DealId, Pending> = Map::new(Table::new("collector_pending"));

fn errand_of(deal: DealId) -> ErrandId {
    ErrandId::of("present", &deal.0)
}

impl Collector {
    /// Takes the slips of a payment. May be repeated for ever, by any way, with the same answer: the way of the first is the
    /// one that counts. A card whose certificate has ended may still send fares home.
    pub(super) fn judged(
        &self,
        tx: &mut dyn Tx,
        open: &OpenPay,
        way: Way,
        now: Moment,
    ) -> Result<Unsaid, CollectRefused> {
        crate::epoch::require::<CollectRefused>(tx)?;
        let deal = open.deal();
        let known = Known {
            decided: decided::of(tx, deal)?,
            order_of: None,
            presented: PENDING.has(tx, &deal)?,
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
            Judgement::Proceed => self.proceed(tx, open, way, now),
        }
    }

    fn proceed(&self, tx: &mut dyn Tx, open: &OpenPay, way: Way, now: Moment) -> Result<Unsaid, CollectRefused> {
        let deal = open.deal();
        if let Some(pending) = PENDING.get(tx, &deal)? {
            let asked = self.ask_issuer(tx, deal, &open.pay().slips, Then::Rebated(deal), now)?;
            // The way of the first stands.
            debug_assert!(pending.pay.as_slice() == open.signed(), "one deal is one payment");
            return Ok(Step::Errand(asked).into());
        }
        if self.rebate(tx, way)?.is_none() {
            return self.take(tx, open, way, None, now);
        }
        let pending = Pending {
            pay: ByteVec::from(open.signed().to_vec()),
            way,
        };
        PENDING.put(tx, &deal, &pending)?;
        let asked = self.ask_issuer(tx, deal, &open.pay().slips, Then::Rebated(deal), now)?;
        Ok(Step::Errand(asked).into())
    }

    fn void(&self, tx: &mut dyn Tx, open: &OpenPay, reason: VoidReason, now: Moment) -> Result<Unsaid, CollectRefused> {
        let decided = self.voice().void(open, reason, now);
        decided::write(tx, open.deal(), &decided)?;
        Ok(Unsaid::Settle(open.deal(), Box::new(decided)))
    }

    /// Books what is new and decides. `answers`: the issuer's word, where it was asked before.
    fn take(
        &self,
        tx: &mut dyn Tx,
        open: &OpenPay,
        way: Way,
        answers: Option<&[(Hash, Honour)]>,
        now: Moment,
    ) -> Result<Unsaid, CollectRefused> {
        let deal = open.deal();
        let (mut new, mut honoured) = (Vec::<Slip>::new(), Vec::<Slip>::new());
        for slip in &open.pay().slips {
            let id = slip.id();
            let answer = answers
                .and_then(|all| all.iter().find(|(a, _)| *a == id))
                .map(|(_, honour)| *honour);
            let row = Collected {
                deal,
                payee: slip.payee,
                title: slip.title,
                amount: slip.amount,
                at: now,
                answer,
                path: way.path,
                by: way.by,
            };
            if !SLIPS.insert(tx, &id, &row)? {
                continue;
            }
            BY_PAYEE.put(tx, &(slip.payee, now, id), &())?;
            figures::taken(tx, &row, answer.is_some())?;
            match answer {
                None => new.push(slip.clone()),
                Some(Honour::Refused) => figures::answered(tx, &row, false, true)?,
                Some(Honour::Honoured | Honour::Repeat) => honoured.push(slip.clone()),
            }
        }
        self.book(
            tx,
            "collected",
            deal,
            &new,
            |slip| {
                (
                    Account::of(UNDER_WAY, slip.payee.0),
                    Account::of(FOR_PAYEE, slip.payee.0),
                )
            },
            now,
        )?;
        let mut gift = GiftSheet {
            receipt: Some(RECEIPT_NO.next(tx)?),
            ..GiftSheet::default()
        };
        self.add_rebate(tx, &mut gift, deal, way, &honoured, now)?;
        let decided = self.voice().given(open, gift, now);
        decided::write(tx, deal, &decided)?;
        if !new.is_empty() {
            self.ask_issuer(
                tx,
                deal,
                &new,
                Then::Presented(deal, new.iter().map(Slip::id).collect(), way.to_account),
                now,
            )?;
        }
        if way.to_account {
            self.pay_out(tx, deal, honoured.iter().map(|s| s.amount), now)?;
        }
        Ok(Unsaid::Settle(deal, Box::new(decided)))
    }

    fn add_rebate(
        &self,
        tx: &mut dyn Tx,
        gift: &mut GiftSheet,
        deal: DealId,
        way: Way,
        honoured: &[Slip],
        now: Moment,
    ) -> Result<(), CollectRefused> {
        let Some(rebate) = self.rebate(tx, way)? else {
            return Ok(());
        };
        let worth = self.rebate_on(&rebate, honoured);
        let Some(payee) = honoured.first().map(|slip| slip.payee).filter(|_| !worth.is_zero()) else {
            return Ok(());
        };
        let value = self.rebate_value(&rebate, deal, worth, now);
        let signed = self.voice().value(&value);
        gift.values.push((value, signed));
        figures::rebated(tx, payee, worth)?;
        let leg = Leg {
            debit: Account::own(REBATES),
            credit: Account::own(PROMISED),
            amount: worth,
        };
        self.post(tx, "rebate", deal, vec![leg], now)
    }

    fn book(
        &self,
        tx: &mut dyn Tx,
        what: &'static str,
        deal: DealId,
        slips: &[Slip],
        between: impl Fn(&Slip) -> (Account, Account),
        now: Moment,
    ) -> Result<(), CollectRefused> {
        let legs = slips.iter().map(|slip| {
            let (debit, credit) = between(slip);
            Leg {
                debit,
                credit,
                amount: slip.amount,
            }
        });
        self.post(tx, what, deal, legs.collect(), now)
    }

    /// Writes the errand to the issuer.
    fn ask_issuer(
        &self,
        tx: &mut dyn Tx,
        deal: DealId,
        slips: &[Slip],
        then: Then,
        now: Moment,
    ) -> Result<Errand, Fault> {
        let present = Present {
            by: self.keys.id(),
            slips: slips.iter().map(|slip| (deal, slip.clone())).collect(),
            certificate: ByteVec::from(self.keys.certificate().to_vec()),
        };
        let body = self.voice().letter(Sealed::Present, self.config.issuer, &present);
        errand::post(
            tx,
            errand_of(deal),
            self.config.issuer,
            Verb::Present,
            body,
            cbor::to_bytes(&then),
            now,
        )
    }

    /// The issuer has answered about a payment that waited for it.
    pub(super) fn rebated(
        &self,
        tx: &mut dyn Tx,
        errand: ErrandId,
        deal: DealId,
        reply: Reply<'_>,
        now: Moment,
    ) -> Result<Unsaid, CollectRefused> {
        let Some(pending) = PENDING.get(tx, &deal)? else {
            errand::finish(tx, errand)?;
            return Ok(Step::Answer(Vec::new()).into());
        };
        let open = OpenPay::kept(self.desk.realm_id(), &pending.pay)?;
        let slips: Vec<Hash> = open.pay().slips.iter().map(Slip::id).collect();
        let Some(answers) = self.answers(tx, reply, &slips)? else {
            return Ok(Step::NotYet(errand::later(tx, errand, now)?).into());
        };
        errand::finish(tx, errand)?;
        PENDING.delete(tx, &deal)?;
        self.take(tx, &open, pending.way, Some(&answers), now)
    }

    /// The issuer has answered about slips that were taken before.
    pub(super) fn presented(
        &self,
        tx: &mut dyn Tx,
        errand: ErrandId,
        (deal, slips, to_account): (DealId, Vec<Hash>, bool),
        reply: Reply<'_>,
        now: Moment,
    ) -> Result<Step, CollectRefused> {
        let Some(answers) = self.answers(tx, reply, &slips)? else {
            return Ok(Step::NotYet(errand::later(tx, errand, now)?));
        };
        let (mut legs, mut money) = (Vec::new(), Vec::new());
        for (id, honour) in answers {
            let Some(mut row) = SLIPS.get(tx, &id)?.filter(|row| row.answer.is_none()) else {
                continue;
            };
            row.answer = Some(honour);
            SLIPS.put(tx, &id, &row)?;
            figures::answered(tx, &row, honour != Honour::Refused, false)?;
            if honour != Honour::Refused {
                money.push(row.amount);
            }
            // Honoured: the issuer owes the payee now. Refused: nobody does; the list of slips says which.
            legs.push(Leg {
                debit: Account::of(FOR_PAYEE, row.payee.0),
                credit: Account::of(UNDER_WAY, row.payee.0),
                amount: row.amount,
            });
        }
        self.post(tx, "brought", deal, legs, now)?;
        if to_account {
            self.pay_out(tx, deal, money.into_iter(), now)?;
        }
        errand::finish(tx, errand)?;
        Ok(Step::Answer(Vec::new()))
    }

    /// Has the issuer pay this on to the payee's account at the bank.
    fn pay_out(
        &self,
        tx: &mut dyn Tx,
        deal: DealId,
        money: impl Iterator<Item = Money>,
        now: Moment,
    ) -> Result<(), CollectRefused> {
        let zero = Money::zero(self.desk.currency());
        let amount = money.fold(zero, |sum, m| sum.plus(m).unwrap_or(sum));
        if amount.is_zero() {
            return Ok(());
        }
        let order = PayOut {
            id: TransferId(posting_id("to account", &deal.0).0),
            amount,
            by: self.keys.id(),
            certificate: ByteVec::from(self.keys.certificate().to_vec()),
        };
        let body = self.voice().letter(Sealed::Transfer, self.config.issuer, &order);
        let then = cbor::to_bytes(&Then::Nothing);
        let id = ErrandId::of("to account", &deal.0);
        errand::post(tx, id, self.config.issuer, Verb::PayOut, body, then, now)?;
        Ok(())
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
}
