//! Content: what was paid for a subscriber, whichever way the question came, as a line of the month's bill and as something owed
//! to an enterprise. The one place where a purchase is booked.

use minicbor::{Decode, Encode};
use party::books::Leg;
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Moment, Money, PartyId};

use crate::{
    Carrier, Month, SubscriberId,
    books::{self, ENTERPRISE, UNBILLED},
    payout, run,
    usage::METERS,
};

/// One purchase, by whichever way: the id of a charge, or of a merchant's payment.
pub type ContentRef = [u8; 16];

/// Which way it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Origin {
    /// A card's charge.
    #[n(0)]
    Charge,
    /// A merchant's payment.
    #[n(1)]
    Merchant,
    /// Electronic money, loaded into a purse: its enterprise is the issuer, which is owed nothing.
    #[n(2)]
    Load,
}

/// A purchase.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Bought {
    /// Which way it came.
    #[n(0)]
    pub origin: Origin,
    /// Who bought.
    #[n(1)]
    pub who: SubscriberId,
    /// Who is owed it.
    #[n(2)]
    pub enterprise: PartyId,
    /// What stands on the bill: the offer's number, or what the merchant wrote.
    #[n(3)]
    pub what: String,
    /// How much.
    #[n(4)]
    pub amount: Money,
    /// When it was bought.
    #[n(5)]
    pub at: Moment,
    /// The month it is billed in.
    #[n(6)]
    pub month: Month,
    /// Given back of it so far.
    #[n(7)]
    pub refunded: Money,
}
impl Value for Bought {}

impl Bought {
    /// What was not given back.
    pub fn remaining(&self) -> Money {
        self.amount
            .minus(self.refunded)
            .unwrap_or(Money::zero(self.amount.currency()))
    }
}

/// A line of a month: a purchase, or something given back.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Line {
    #[cbor(n(0), with = "minicbor::bytes")]
    pub(crate) of: ContentRef,
    #[n(1)]
    pub(crate) at: Moment,
    #[n(2)]
    pub(crate) enterprise: PartyId,
    #[n(3)]
    pub(crate) what: String,
    #[n(4)]
    pub(crate) amount: Money,
    /// It is given back.
    #[n(5)]
    pub(crate) back: bool,
}
impl Value for Line {}

pub(crate) const BOUGHT: Map<ContentRef, Bought> = Map::new(Table::new("carrier_bought"));
/// Lines of a month in the order they came.
pub(crate) const LINES: Map<(Month, SubscriberId, u64), Line> = Map::new(Table::new("carrier_lines"));

/// The most content lines of one subscriber in one month: a bill has to fit into a row.
pub(crate) const LINES_MAX: u64 = 2000;

fn add_line(tx: &mut dyn Tx, month: Month, who: SubscriberId, line: &Line) -> Result<(), Fault> {
    let last = LINES.range(tx, Keys::under(&(month, who)).newest_first(), 1)?;
    let n = last.first().map_or(1, |((_, _, n), _)| n.saturating_add(1));
    LINES.put(tx, &(month, who, n), line)
}

impl Carrier {
    /// What a subscriber may still buy in the open month.
    pub(crate) fn room(
        &self,
        view: &mut dyn View,
        who: SubscriberId,
        limit: Money,
        now: Moment,
    ) -> Result<Money, Fault> {
        let month = run::open_month(view, Month::of(now, self.config.zone_minutes))?;
        let meter = METERS.get(view, &(month, who))?.unwrap_or_default();
        // What is kept free from before the month turned may yet be booked in this one.
        let before = METERS.get(view, &(month.previous(), who))?.unwrap_or_default();
        let spent = meter
            .bought
            .saturating_sub(meter.refunded)
            .saturating_add(meter.reserved)
            .saturating_add(before.reserved);
        let spent = i64::try_from(spent).unwrap_or(i64::MAX);
        let left = limit.minor().saturating_sub(spent).max(0);
        let lines = LINES.range(view, Keys::under(&(month, who)).newest_first(), 1)?;
        let full = lines.first().is_some_and(|((_, _, n), _)| *n >= LINES_MAX);
        let left = if full { 0 } else { left };
        Ok(Money::new(left, limit.currency()).unwrap_or(Money::zero(limit.currency())))
    }

    /// Books a purchase: on the bill of the open month, and owed to the enterprise. Callers have made sure that it is new
    /// and allowed.
    pub(crate) fn buy(&self, tx: &mut dyn Tx, of: ContentRef, bought: Bought, now: Moment) -> Result<(), Fault> {
        let legs = vec![books::leg(
            books::sub(UNBILLED, bought.who),
            books::ent(ENTERPRISE, bought.enterprise),
            bought.amount,
        )];
        let bought = self.on_bill(tx, of, bought, legs, now)?;
        payout::owe(self, tx, of, &bought, now)
    }

    /// Books something with these legs, as a line of the open month's bill.
    pub(crate) fn on_bill(
        &self,
        tx: &mut dyn Tx,
        of: ContentRef,
        mut bought: Bought,
        legs: Vec<Leg>,
        now: Moment,
    ) -> Result<Bought, Fault> {
        let month = run::open_month(tx, Month::of(now, self.config.zone_minutes))?;
        bought.month = month;
        let (who, enterprise, amount) = (bought.who, bought.enterprise, bought.amount);
        books::post(tx, "content", &of, legs, now)?;
        let mut meter = METERS.get(tx, &(month, who))?.unwrap_or_default();
        meter.bought = meter.bought.saturating_add(minor(amount));
        METERS.put(tx, &(month, who), &meter)?;
        let line = Line {
            of,
            at: bought.at,
            enterprise,
            what: bought.what.clone(),
            amount,
            back: false,
        };
        add_line(tx, month, who, &line)?;
        BOUGHT.put(tx, &of, &bought)?;
        Ok(bought)
    }

    /// Gives back a part of a purchase, on the bill of the open month. Callers have made sure that no more is given back
    /// than was paid.
    pub(crate) fn give_back(
        &self,
        tx: &mut dyn Tx,
        of: ContentRef,
        by: [u8; 16],
        amount: Money,
        now: Moment,
    ) -> Result<(), Fault> {
        let Some(mut bought) = BOUGHT.get(tx, &of)? else {
            return Err(damaged("a refund of nothing"));
        };
        bought.refunded = bought.refunded.plus(amount).map_err(|_| damaged("refunds"))?;
        let month = run::open_month(tx, Month::of(now, self.config.zone_minutes))?;
        let legs = payout::bear(tx, of, bought.enterprise, bought.who, amount)?;
        books::post(tx, "refund", &by, legs, now)?;
        let mut meter = METERS.get(tx, &(month, bought.who))?.unwrap_or_default();
        meter.refunded = meter.refunded.saturating_add(minor(amount));
        METERS.put(tx, &(month, bought.who), &meter)?;
        let line = Line {
            of,
            at: now,
            enterprise: bought.enterprise,
            what: bought.what.clone(),
            amount,
            back: true,
        };
        add_line(tx, month, bought.who, &line)?;
        BOUGHT.put(tx, &of, &bought)
    }

    /// What was bought in the open month less what was given back, and what is kept free in it, in minor units.
    pub fn open_content(&self, view: &mut dyn View, who: SubscriberId, now: Moment) -> Result<(u64, u64), Fault> {
        let month = run::open_month(view, Month::of(now, self.config.zone_minutes))?;
        let meter = METERS.get(view, &(month, who))?.unwrap_or_default();
        Ok((meter.bought.saturating_sub(meter.refunded), meter.reserved))
    }

    /// A purchase.
    pub fn bought(&self, view: &mut dyn View, of: ContentRef) -> Result<Option<Bought>, Fault> {
        BOUGHT.get(view, &of)
    }
}

pub(crate) fn minor(amount: Money) -> u64 {
    u64::try_from(amount.minor()).unwrap_or(0)
}

pub(crate) fn damaged(why: &str) -> Fault {
    Fault::Corrupt {
        table: "carrier_bought",
        why: why.to_owned(),
    }
}
