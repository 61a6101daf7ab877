//! Load: a subscriber's purse is loaded on line and billed with the telephone (ST-20). The amount is kept free in the open month
//! while the issuer decides; then it is a line of the bill, or free again. The carrier's account pays the issuer at once, and no
//! enterprise is owed anything.

use minicbor::{Decode, Encode};
use party::centre::{Centre, Loads, Payer, Who};
use seal::cbor;
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Moment, Money, OrderId};

use crate::{
    Bought, Carrier, Month, Origin, SubscriberId,
    books::{self, BANK, UNBILLED},
    carrier::Then,
    content::{damaged, minor},
    run,
    subscriber::CONTRACTS,
    usage::METERS,
};

/// What stands on the bill.
pub(crate) const ON_BILL: &str = "electronic money";

/// A load that the issuer has not decided.
#[derive(Debug, Clone, Copy, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Load {
    #[n(0)]
    pub(crate) who: SubscriberId,
    #[n(1)]
    pub(crate) amount: Money,
    /// Where it is kept free.
    #[n(2)]
    pub(crate) month: Month,
}
impl Value for Load {}

pub(crate) const LOADS: Map<OrderId, Load> = Map::new(Table::new("carrier_loads"));

impl Loads for Carrier {
    fn centre(&self) -> Option<Centre<'_>> {
        let config = self.config.centre.as_ref()?;
        Some(Centre {
            keys: &self.keys,
            desk: &self.desk,
            config,
            payer: self,
            then: |order| cbor::to_bytes(&Then::Load(order)),
        })
    }
}

impl Payer for Carrier {
    fn keep(
        &self,
        tx: &mut dyn Tx,
        who: Who,
        order: OrderId,
        amount: Money,
        now: Moment,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let who = SubscriberId(who);
        let Some(contract) = CONTRACTS.get(tx, &who)?.filter(|contract| contract.ended.is_none()) else {
            return Ok(None);
        };
        let account = self.config.centre.as_ref().map(|centre| centre.account.clone());
        let Some(account) = account.filter(|account| !account.is_empty()) else {
            return Ok(None);
        };
        if !self.has_room(tx, who, &contract, amount, now)? {
            return Ok(None);
        }
        let month = run::open_month(tx, Month::of(now, self.config.zone_minutes))?;
        let mut meter = METERS.get(tx, &(month, who))?.unwrap_or_default();
        meter.reserved = meter.reserved.saturating_add(minor(amount));
        METERS.put(tx, &(month, who), &meter)?;
        LOADS.put(tx, &order, &Load { who, amount, month })?;
        Ok(Some(account))
    }

    fn take(&self, tx: &mut dyn Tx, who: Who, order: OrderId, amount: Money, now: Moment) -> Result<(), Fault> {
        self.let_go(tx, who, order, amount, now)?;
        let Some(issuer) = self.config.centre.as_ref().map(|centre| centre.issuer) else {
            return Err(damaged("a load without an issuer"));
        };
        let bought = Bought {
            origin: Origin::Load,
            who: SubscriberId(who),
            enterprise: issuer,
            what: ON_BILL.to_owned(),
            amount,
            at: now,
            month: Month::of(now, self.config.zone_minutes),
            refunded: Money::zero(amount.currency()),
        };
        // The issuer has it from the carrier's account already.
        let legs = vec![books::leg(books::sub(UNBILLED, bought.who), books::own(BANK), amount)];
        self.on_bill(tx, order.0, bought, legs, now).map(drop)
    }

    fn let_go(&self, tx: &mut dyn Tx, _: Who, order: OrderId, _: Money, _: Moment) -> Result<(), Fault> {
        let Some(load) = LOADS.get(tx, &order)? else {
            return Err(damaged("a load that was not kept free"));
        };
        LOADS.delete(tx, &order)?;
        let mut meter = METERS.get(tx, &(load.month, load.who))?.unwrap_or_default();
        let left = meter.reserved.checked_sub(minor(load.amount));
        meter.reserved = left.ok_or_else(|| damaged("more let go than was kept free"))?;
        METERS.put(tx, &(load.month, load.who), &meter)
    }
}

/// What is kept free for loads, added to what is kept free for others.
pub(crate) fn reserved(
    view: &mut dyn View,
    sums: &mut std::collections::BTreeMap<(Month, SubscriberId), u64>,
) -> Result<(), Fault> {
    LOADS.each::<Fault>(view, Keys::all(), |_, _, load| {
        let sum = sums.entry((load.month, load.who)).or_default();
        *sum = sum.saturating_add(minor(load.amount));
        Ok(())
    })
}

/// An order that waits keeps its amount free; one that was loaded is a line of a bill, and no other is.
pub(crate) fn audit(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    use party::centre::CentreStand;
    party::centre::audit(view, found)?;
    party::centre::each(view, |view, order, row| {
        let kept = LOADS.get(view, &order)?.map(|load| (load.who.0, load.amount));
        let billed = crate::content::BOUGHT.get(view, &order.0)?;
        let billed = billed
            .filter(|it| it.origin == Origin::Load)
            .map(|it| (it.who.0, it.amount));
        let whose = Some((row.who, row.amount));
        let fits = match row.stand {
            CentreStand::Promised | CentreStand::Held => (kept, billed) == (whose, None),
            CentreStand::Loaded => (kept, billed) == (None, whose),
            CentreStand::Back => (kept, billed) == (None, None),
        };
        if !fits {
            found.push(format!("load {order} is not billed as the issuer decided it"));
        }
        Ok(())
    })
}
