//! Claim: what an enterprise was paid for purchases that were given back later. It is set off against what the enterprise is
//! paid next, and the payment itself says so ([`Advice`]), so that carrier, bank and seller close on the same figures (ST-6).
//!
//! A payment carries as much as fits: at least one minor unit moves, since a payment of nothing tells nobody anything. What does
//! not fit stays a claim, on the page of enterprises, until the next one.

use minicbor::{Decode, Encode};
use party::{
    bank::Advice,
    books::{self as ledgers, Leg},
};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Money, OrderId, PartyId, TransferId};

use crate::{
    Carrier, ContentRef, Paid, Payable,
    books::{self, CLAIM, ENTERPRISE},
    content::{BOUGHT, minor},
    payout::PAYABLES,
};

/// What an enterprise has still to be told about a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Claim {
    /// Minor units that it was paid, or is being paid, and that were given back.
    #[n(0)]
    pub(crate) open: u64,
    /// All of it was given back before it was paid: nothing will come.
    #[n(1)]
    pub(crate) nothing: bool,
}
impl Value for Claim {}

/// What an order sets off.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(array)]
pub(crate) struct SetOff {
    /// Of which purchase how much was given back before this payment was ordered; the payment's own among them.
    #[n(0)]
    less: Vec<(OrderId, u64)>,
    /// Purchases nothing comes for.
    #[n(1)]
    nothing_for: Vec<OrderId>,
    /// Of that, what came from claims.
    #[n(2)]
    claims: Vec<(OrderId, u64)>,
}
impl Value for SetOff {}

pub(crate) const CLAIMS: Map<(PartyId, ContentRef), Claim> = Map::new(Table::new("carrier_claims"));
/// What orders set off, by the order's id; none, where nothing is.
pub(crate) const SET_OFF: Map<TransferId, SetOff> = Map::new(Table::new("carrier_set_off"));

/// So many claims are looked at for one payment; more never fit into its reference.
const LOOKED_AT: usize = 16;

/// Notes that `amount` more was given back of what an enterprise was paid.
pub(crate) fn add(tx: &mut dyn Tx, enterprise: PartyId, of: ContentRef, amount: Money) -> Result<(), Fault> {
    let mut claim = CLAIMS.get(tx, &(enterprise, of))?.unwrap_or_default();
    claim.open = claim.open.saturating_add(minor(amount));
    CLAIMS.put(tx, &(enterprise, of), &claim)
}

/// Notes that nothing will be paid for a purchase.
pub(crate) fn nothing_for(tx: &mut dyn Tx, enterprise: PartyId, of: ContentRef) -> Result<(), Fault> {
    let mut claim = CLAIMS.get(tx, &(enterprise, of))?.unwrap_or_default();
    claim.nothing = true;
    CLAIMS.put(tx, &(enterprise, of), &claim)
}

/// Claims that stood in the ledger alone, before they were set off.
pub(crate) fn list_before(tx: &mut dyn Tx) -> Result<(), Fault> {
    let mut open = Vec::new();
    PAYABLES.each::<Fault>(tx, Keys::all(), |view, of, payable| {
        let Some(bought) = BOUGHT.get(view, &of)? else {
            return Ok(());
        };
        let before = minor(bought.amount).saturating_sub(minor(payable.amount));
        let after = minor(bought.refunded).saturating_sub(before);
        if after > 0 && matches!(payable.paid, Paid::Ordered | Paid::Done(_)) {
            open.push((payable.enterprise, of, after));
        }
        Ok(())
    })?;
    for (enterprise, of, open) in open {
        CLAIMS.put(tx, &(enterprise, of), &Claim { open, nothing: false })?;
    }
    Ok(())
}

impl SetOff {
    fn advice(&self, of: ContentRef) -> Advice {
        Advice {
            pays: OrderId(of),
            less: self.less.clone(),
            nothing_for: self.nothing_for.clone(),
        }
    }

    fn add_less(&mut self, of: OrderId, part: u64) {
        match self.less.iter_mut().find(|(known, _)| *known == of) {
            Some((_, sum)) => *sum = sum.saturating_add(part),
            None => self.less.push((of, part)),
        }
    }

    fn sum_of_claims(&self) -> u64 {
        self.claims.iter().fold(0, |sum, (_, part)| sum.saturating_add(*part))
    }
}

/// Takes claims into an order of what is payable, as many as fit: they are open no more.
pub(crate) fn take(tx: &mut dyn Tx, id: TransferId, of: ContentRef, payable: &Payable) -> Result<(), Fault> {
    let mut off = SetOff::default();
    let bought = BOUGHT.get(tx, &of)?.map_or(0, |bought| minor(bought.amount));
    let before = bought.saturating_sub(minor(payable.amount));
    if before > 0 {
        off.add_less(OrderId(of), before);
    }
    let mut room = minor(payable.amount).saturating_sub(1);
    for ((enterprise, claimed), mut claim) in CLAIMS.range(tx, Keys::under(&payable.enterprise), LOOKED_AT)? {
        let (mut with, about) = (off.clone(), OrderId(claimed));
        let part = claim.open.min(room);
        if part > 0 {
            with.add_less(about, part);
            with.claims.push((about, part));
        }
        if claim.nothing {
            with.nothing_for.push(about);
        }
        if !with.advice(of).fits() || with == off {
            continue;
        }
        off = with;
        room = room.saturating_sub(part);
        (claim.open, claim.nothing) = (claim.open.saturating_sub(part), false);
        if claim == Claim::default() {
            CLAIMS.delete(tx, &(enterprise, claimed))?;
        } else {
            CLAIMS.put(tx, &(enterprise, claimed), &claim)?;
        }
    }
    if off == SetOff::default() {
        return Ok(());
    }
    SET_OFF.put(tx, &id, &off)
}

/// The bank refused the order for ever: what it set off is open again, and its leg in the books.
pub(crate) fn put_back(tx: &mut dyn Tx, id: TransferId, payable: &Payable) -> Result<Vec<Leg>, Fault> {
    let Some(off) = SET_OFF.get(tx, &id)? else {
        return Ok(Vec::new());
    };
    let to = payable.enterprise;
    let mut legs = Vec::new();
    for (of, part) in &off.claims {
        let part = money(payable, *part);
        add(tx, to, of.0, part)?;
        legs.push(books::leg(books::ent(CLAIM, to), books::ent(ENTERPRISE, to), part));
    }
    for of in &off.nothing_for {
        nothing_for(tx, to, of.0)?;
    }
    SET_OFF.delete(tx, &id)?;
    Ok(legs)
}

fn money(payable: &Payable, minor: u64) -> Money {
    let currency = payable.amount.currency();
    let minor = i64::try_from(minor).unwrap_or(i64::MAX);
    Money::new(minor, currency).unwrap_or(Money::zero(currency))
}

/// What an order moves: what is payable, less the claims it sets off; and what these are.
pub(crate) fn moved(view: &mut dyn View, id: TransferId, payable: &Payable) -> Result<(Money, Money), Fault> {
    let off = SET_OFF.get(view, &id)?.unwrap_or_default();
    let off = money(payable, off.sum_of_claims());
    let moved = payable
        .amount
        .minus(off)
        .map_err(|_| crate::content::damaged("set off"))?;
    Ok((moved, off))
}

/// What an order says it is for.
pub(crate) fn advice(view: &mut dyn View, id: TransferId, of: ContentRef) -> Result<Advice, Fault> {
    Ok(SET_OFF.get(view, &id)?.unwrap_or_default().advice(of))
}

/// Claims as they are listed against the ledger, and orders against what they may set off.
pub(crate) fn audit(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    let mut open = std::collections::BTreeMap::<PartyId, i64>::new();
    CLAIMS.each::<Fault>(view, Keys::all(), |view, (enterprise, of), claim| {
        let sum = open.entry(enterprise).or_default();
        *sum = sum.saturating_add(i64::try_from(claim.open).unwrap_or(i64::MAX));
        let back = BOUGHT.get(view, &of)?.map_or(0, |bought| minor(bought.refunded));
        if claim.open > back {
            found.push(format!(
                "more of purchase {} is claimed than was given back",
                crate::reference(of)
            ));
        }
        Ok(())
    })?;
    for (of, balance) in ledgers::each(view, CLAIM)? {
        if open.remove(&PartyId(of)).unwrap_or(0) != balance {
            found.push(format!(
                "what enterprise {} has to give back is not what the ledger says",
                PartyId(of)
            ));
        }
    }
    if open.values().any(|left| *left != 0) {
        found.push("a claim on an enterprise is not in the ledger".to_owned());
    }
    Ok(())
}

impl Carrier {
    /// What enterprises were paid for purchases that were given back, and what is not set off yet.
    pub fn claims(&self, view: &mut dyn View) -> Result<Vec<(PartyId, Money)>, Fault> {
        let currency = self.desk.currency();
        let mut out = Vec::new();
        for (of, balance) in ledgers::each(view, CLAIM)? {
            let sum = Money::new(balance, currency).unwrap_or(Money::zero(currency));
            if !sum.is_zero() {
                out.push((PartyId(of), sum));
            }
        }
        Ok(out)
    }

    /// What is still to be set off for one purchase, and whether its seller has still to be told that nothing comes for it.
    pub fn claim_of(&self, view: &mut dyn View, of: ContentRef) -> Result<(Money, bool), Fault> {
        let zero = Money::zero(self.desk.currency());
        let Some(bought) = BOUGHT.get(view, &of)? else {
            return Ok((zero, false));
        };
        let claim = CLAIMS.get(view, &(bought.enterprise, of))?.unwrap_or_default();
        let open = i64::try_from(claim.open)
            .ok()
            .and_then(|open| Money::new(open, zero.currency()).ok());
        Ok((open.unwrap_or(zero), claim.nothing))
    }
}
