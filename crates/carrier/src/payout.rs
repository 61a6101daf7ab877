//! Payout: each purchase is paid to its enterprise by one transfer of its own, so that the seller's record of the sale can be
//! closed by it (ST-6). New enterprises are paid late and not much, so that a fraud is known before its money is gone (row-59).

use minicbor::{Decode, Encode, bytes::ByteVec};
use party::{
    Errand, Reply, Step, Verb,
    bank::{Place, TransferAnswer, TransferOrder, Transferred, WhyNot},
    books::{self as ledgers, Leg, posting_id},
    errand::{self, ErrandId},
};
use seal::{Kind, cbor, role};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Moment, Money, OrderId, PartyId, Span, TransferId};

use crate::{
    Bought, Carrier, ContentRef, Month, SubscriberId, Trust,
    books::{self, BANK, CLAIM, ENTERPRISE, OUT, UNBILLED},
    carrier::Then,
    claim,
    content::{damaged, minor},
    enterprise::ENTERPRISES,
};

/// How long a payment waits that the bank has refused, or that this carrier holds back.
const WAIT: Span = Span::days(1);

/// Where the payment of one purchase stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Paid {
    /// It is due then.
    #[n(0)]
    Waits(#[n(0)] Moment),
    /// Ordered from the bank.
    #[n(1)]
    Ordered,
    /// Booked there.
    #[n(2)]
    Done(#[n(0)] Moment),
    /// Given back before it was due: nothing is paid.
    #[n(3)]
    Nothing,
}

/// What is owed for one purchase.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Payable {
    /// To whom.
    #[n(0)]
    pub enterprise: PartyId,
    /// What was not given back before it was ordered.
    #[n(1)]
    pub amount: Money,
    /// Where it stands.
    #[n(2)]
    pub paid: Paid,
    /// How often the bank refused it.
    #[n(3)]
    pub refused: u32,
    /// Why it did the last time.
    #[n(4)]
    pub why: Option<WhyNot>,
}
impl Value for Payable {}

pub(crate) const PAYABLES: Map<ContentRef, Payable> = Map::new(Table::new("carrier_payables"));
pub(crate) const DUE: Map<(Moment, ContentRef), ()> = Map::new(Table::new("carrier_payables_due"));
/// What was ordered for an enterprise in a month.
pub(crate) const ORDERED: Map<(PartyId, Month), u64> = Map::new(Table::new("carrier_ordered"));

/// Which purchase a transfer pays.
pub(crate) const ORDERS: Map<TransferId, OrderId> = Map::new(Table::new("carrier_orders"));

/// When a purchase of an enterprise was first owed to it. It is new from then on, unless it was listed before.
pub(crate) const FIRST_OWED: Map<PartyId, Moment> = Map::new(Table::new("carrier_first_owed"));

/// Since when this carrier knows an enterprise: listed by its people, or, where a trust registry alone knows it, since the
/// first purchase.
fn known_since(view: &mut dyn View, enterprise: PartyId) -> Result<Option<Moment>, Fault> {
    let listed = ENTERPRISES.get(view, &enterprise)?.map(|row| row.since);
    let owed = FIRST_OWED.get(view, &enterprise)?;
    Ok(listed.into_iter().chain(owed).min())
}

/// What the statement of the seller's bank says a payment is for: the id of the charge or payment, and after it what is set
/// off, if anything is ([`party::bank::Advice`]).
pub fn reference(of: ContentRef) -> String {
    OrderId(of).to_string()
}

pub(crate) fn transfer_id(of: ContentRef, refused: u32) -> TransferId {
    posting_id("carrier pays", &[&of[..], &refused.to_be_bytes()].concat())
}

/// Notes what is owed for a purchase.
pub(crate) fn owe(
    carrier: &Carrier,
    tx: &mut dyn Tx,
    of: ContentRef,
    bought: &Bought,
    now: Moment,
) -> Result<(), Fault> {
    let config = &carrier.config;
    if !FIRST_OWED.has(tx, &bought.enterprise)? {
        FIRST_OWED.put(tx, &bought.enterprise, &now)?;
    }
    let known = known_since(tx, bought.enterprise)?.unwrap_or(now);
    let new = now < known.plus(config.new_enterprises.for_span);
    let due = now.plus(if new {
        config.new_enterprises.delay
    } else {
        config.pay_after
    });
    let payable = Payable {
        enterprise: bought.enterprise,
        amount: bought.amount,
        paid: Paid::Waits(due),
        refused: 0,
        why: None,
    };
    PAYABLES.put(tx, &of, &payable)?;
    DUE.put(tx, &(due, of), &())
}

/// Who bears a refund: the enterprise, out of what it is still owed for this purchase; or, having been paid, out of what it is
/// paid next.
pub(crate) fn bear(
    tx: &mut dyn Tx,
    of: ContentRef,
    enterprise: PartyId,
    who: SubscriberId,
    amount: Money,
) -> Result<Vec<Leg>, Fault> {
    let Some(mut payable) = PAYABLES.get(tx, &of)? else {
        return Err(damaged("a purchase that is owed to nobody"));
    };
    let from = match payable.paid {
        Paid::Waits(due) => {
            payable.amount = payable.amount.minus(amount).map_err(|_| damaged("refunds"))?;
            if payable.amount.is_zero() {
                DUE.delete(tx, &(due, of))?;
                payable.paid = Paid::Nothing;
                claim::nothing_for(tx, enterprise, of)?;
            }
            PAYABLES.put(tx, &of, &payable)?;
            ENTERPRISE
        }
        Paid::Ordered | Paid::Done(_) => {
            claim::add(tx, enterprise, of, amount)?;
            CLAIM
        }
        Paid::Nothing => return Err(damaged("refunds")),
    };
    Ok(vec![books::leg(
        books::ent(from, enterprise),
        books::sub(UNBILLED, who),
        amount,
    )])
}

impl Carrier {
    /// Orders what is due from the bank, at most `limit` purchases. What is held back is looked at again a day later.
    pub fn pay_due(&self, tx: &mut dyn Tx, now: Moment, limit: usize) -> Result<Vec<Errand>, Fault> {
        let Some(bank) = self.config.bank else {
            return Ok(Vec::new());
        };
        let mut orders = Vec::new();
        for ((due, of), ()) in DUE.range(tx, Keys::all().until(&Moment(now.0.saturating_add(1))), limit)? {
            DUE.delete(tx, &(due, of))?;
            let Some(mut payable) = PAYABLES.get(tx, &of)? else {
                continue;
            };
            let month = Month::of(now, self.config.zone_minutes);
            if let Some(until) = self.held_back(tx, &payable, month, now)? {
                payable.paid = Paid::Waits(until);
                DUE.put(tx, &(until, of), &())?;
                PAYABLES.put(tx, &of, &payable)?;
                continue;
            }
            let key = (payable.enterprise, month);
            let sum = ORDERED
                .get(tx, &key)?
                .unwrap_or(0)
                .saturating_add(minor(payable.amount));
            ORDERED.put(tx, &key, &sum)?;
            orders.extend(self.order(tx, bank, of, &payable, now)?);
            payable.paid = Paid::Ordered;
            PAYABLES.put(tx, &of, &payable)?;
        }
        Ok(orders)
    }

    /// Until when a payment is held back, if it is.
    fn held_back(
        &self,
        view: &mut dyn View,
        payable: &Payable,
        month: Month,
        now: Moment,
    ) -> Result<Option<Moment>, Fault> {
        let row = ENTERPRISES.get(view, &payable.enterprise)?;
        if row.as_ref().is_some_and(|row| row.trust == Trust::Refused) {
            return Ok(Some(now.plus(WAIT)));
        }
        let rules = &self.config.new_enterprises;
        let known = known_since(view, payable.enterprise)?;
        let new = known.is_none_or(|since| now < since.plus(rules.for_span));
        let cap = row.and_then(|row| row.cap).or_else(|| new.then_some(rules.cap));
        let Some(cap) = cap else { return Ok(None) };
        let ordered = ORDERED.get(view, &(payable.enterprise, month))?.unwrap_or(0);
        let fits = ordered.saturating_add(minor(payable.amount)) <= minor(cap);
        let short = new && self.below_reserve(view, payable, month)?;
        Ok((!fits || short).then(|| month.ends(self.config.zone_minutes)))
    }

    /// Would less stay owed to a new enterprise than is kept back of what it was paid of late? What it was paid two months
    /// ago keeps nothing back any more, so in the end everything is paid.
    fn below_reserve(&self, view: &mut dyn View, payable: &Payable, month: Month) -> Result<bool, Fault> {
        let mut of_late = 0_u64;
        for month in [month.previous(), month] {
            let sum = ORDERED.get(view, &(payable.enterprise, month))?.unwrap_or(0);
            of_late = of_late.saturating_add(sum);
        }
        let permille = u64::from(self.config.new_enterprises.reserve_permille);
        let keep = of_late.saturating_mul(permille) / 1000;
        let owed = ledgers::balance(view, books::ent(ENTERPRISE, payable.enterprise))?;
        let left = u64::try_from(owed).unwrap_or(0).saturating_sub(minor(payable.amount));
        Ok(left < keep)
    }

    fn order(
        &self,
        tx: &mut dyn Tx,
        bank: PartyId,
        of: ContentRef,
        payable: &Payable,
        now: Moment,
    ) -> Result<Option<Errand>, Fault> {
        let id = transfer_id(of, payable.refused);
        claim::take(tx, id, of, payable)?;
        let (moved, off) = claim::moved(tx, id, payable)?;
        let owed = books::ent(ENTERPRISE, payable.enterprise);
        let mut legs = vec![books::leg(owed, books::ent(OUT, payable.enterprise), moved)];
        if !off.is_zero() {
            legs.push(books::leg(owed, books::ent(CLAIM, payable.enterprise), off));
        }
        books::post(tx, "paying", &id.0, legs, now)?;
        ORDERS.put(tx, &id, &OrderId(of))?;
        if self.config.by_file {
            return Ok(None);
        }
        let order = TransferOrder {
            id,
            from: Place::Party(self.id()),
            to: Place::Party(payable.enterprise),
            amount: moved,
            reference: claim::advice(tx, id, of)?.to_string(),
            by: self.id(),
            certificate: ByteVec::from(self.keys.certificate().to_vec()),
        };
        let audience = seal::Audience::from(bank);
        let body = seal::sign(
            self.keys.signer(),
            Kind::Transfer,
            self.desk.realm_id(),
            audience,
            &order,
        );
        let then = cbor::to_bytes(&Then::Pays(of, id));
        errand::post(tx, ErrandId::of("pays", &id.0), bank, Verb::Transfer, body, then, now).map(Some)
    }

    /// The bank has answered, or not. Silence is no answer: the same order goes out again, never another one (row-52).
    pub(crate) fn bank_said(
        &self,
        tx: &mut dyn Tx,
        (of, id): (ContentRef, TransferId),
        reply: Reply<'_>,
        now: Moment,
    ) -> Result<Step, Fault> {
        let errand = ErrandId::of("pays", &id.0);
        let Some(payable) = PAYABLES.get(tx, &of)? else {
            return Err(damaged("a payment of nothing"));
        };
        let (moved, _) = claim::moved(tx, id, &payable)?;
        let Some(outcome) = self.bank_outcome(tx, id, moved, reply)? else {
            return Ok(Step::NotYet(errand::later(tx, errand, now)?));
        };
        self.bank_decided(tx, of, id, outcome, now)?;
        Ok(Step::Answer(Vec::new()))
    }

    /// The bank has booked a payment or refused it for ever: once, by whichever way it says so. What it said before about an
    /// earlier order changes nothing any more.
    pub(crate) fn bank_decided(
        &self,
        tx: &mut dyn Tx,
        of: ContentRef,
        id: TransferId,
        outcome: Transferred,
        now: Moment,
    ) -> Result<(), Fault> {
        let Some(mut payable) = PAYABLES.get(tx, &of)? else {
            return Err(damaged("a payment of nothing"));
        };
        errand::finish(tx, ErrandId::of("pays", &id.0))?;
        if payable.paid != Paid::Ordered || transfer_id(of, payable.refused) != id {
            return Ok(());
        }
        let (owed, out) = (
            books::ent(ENTERPRISE, payable.enterprise),
            books::ent(OUT, payable.enterprise),
        );
        let (moved, _) = claim::moved(tx, id, &payable)?;
        match outcome {
            Transferred::Booked(at) => {
                let legs = vec![books::leg(out, books::own(BANK), moved)];
                books::post(tx, "paid", &id.0, legs, now)?;
                payable.paid = Paid::Done(at);
            }
            Transferred::Refused(why) => {
                let mut legs = vec![books::leg(out, owed, moved)];
                legs.extend(claim::put_back(tx, id, &payable)?);
                books::post(tx, "paid", &id.0, legs, now)?;
                let until = now.plus(WAIT);
                (payable.paid, payable.why) = (Paid::Waits(until), Some(why));
                payable.refused = payable.refused.saturating_add(1);
                DUE.put(tx, &(until, of), &())?;
            }
        }
        PAYABLES.put(tx, &of, &payable)
    }

    fn bank_outcome(
        &self,
        view: &mut dyn View,
        id: TransferId,
        amount: Money,
        reply: Reply<'_>,
    ) -> Result<Option<Transferred>, Fault> {
        let (Reply::Answer(bytes), Some(bank)) = (reply, self.config.bank) else {
            return Ok(None);
        };
        let known = self.desk.known(view)?;
        let Some(bank) = known.ever_certified::<role::Bank>(bank) else {
            return Ok(None);
        };
        let answer = seal::parse::<TransferAnswer>(bytes, Kind::Receipt, self.desk.realm_id())
            .and_then(|s| s.verify(bank.sign(), self.keys.audience()));
        Ok(answer
            .ok()
            .filter(|answer| answer.id == id && answer.amount == amount)
            .map(|answer| answer.outcome))
    }

    /// Under which number the payment of this purchase is ordered from the bank, as often as that was asked.
    pub fn transfer_of(&self, view: &mut dyn View, of: ContentRef) -> Result<Option<TransferId>, Fault> {
        Ok(PAYABLES.get(view, &of)?.map(|payable| transfer_id(of, payable.refused)))
    }

    /// How much the last order for this purchase moves, if it was ordered: what is payable, less what it sets off.
    pub fn ordered(&self, view: &mut dyn View, of: ContentRef) -> Result<Option<Money>, Fault> {
        let Some(payable) = PAYABLES
            .get(view, &of)?
            .filter(|row| matches!(row.paid, Paid::Ordered | Paid::Done(_)))
        else {
            return Ok(None);
        };
        let (moved, _) = claim::moved(view, transfer_id(of, payable.refused), &payable)?;
        Ok(Some(moved))
    }

    /// Where the payment of this purchase stands.
    pub fn payable(&self, view: &mut dyn View, of: ContentRef) -> Result<Option<Payable>, Fault> {
        PAYABLES.get(view, &of)
    }
}
