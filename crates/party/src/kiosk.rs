//! Kiosk: the orders that people gave a kiosk by touch (ST-19).
//!
//! An order is the centre's open quote for one offer, written down with its number before a screen shows it: whoever pays it
//! first has it, once, and the centre alone says so. So a kiosk that was dark finds its orders again, and whichever of its
//! screens is asked for one says the same. It is asked by the random number inside the quote, which nobody else guesses; the
//! short number is for people to say. No money and no key passes through its hands.
//!
//! Whoever stands there is not asked who he is, so what he orders takes room for a while only: unpaid orders go some minutes
//! after their quote has ended, paid ones a day after, and each screen has a few open ones.

use minicbor::{Decode, Encode, bytes::ByteVec};
use store::{Counter, Fault, Keys, Map, Table, Tx, Value, View};
use units::{DealId, Moment, Money, OfferNo, OrderId, Span};

/// An order given by touch.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct KioskOrder {
    /// At which screen.
    #[n(0)]
    pub screen: u16,
    /// The offer.
    #[n(1)]
    pub number: OfferNo,
    /// The work's title.
    #[n(2)]
    pub title: String,
    /// What it costs.
    #[n(3)]
    pub price: Money,
    /// The signed offer, for the wallet.
    #[n(4)]
    pub sheet: ByteVec,
    /// The centre's open quote, for the wallet.
    #[n(5)]
    pub quote: ByteVec,
    /// The order inside it.
    #[n(6)]
    pub order: OrderId,
    /// Until when it is good.
    #[n(7)]
    pub until: Moment,
    /// The deal that paid it, once the centre has said so.
    #[n(8)]
    pub deal: Option<DealId>,
}
impl Value for KioskOrder {}

pub(crate) const ORDERS: Map<u64, KioskOrder> = Map::new(Table::new("kiosk_orders"));
/// The same by the number of the centre's quote.
pub(crate) const BY_ORDER: Map<OrderId, Numbered> = Map::new(Table::new("kiosk_orders_by_order"));
pub(crate) const COUNTERS: Table = Table::new("kiosk_counters");
const NUMBER: Counter = Counter::new(COUNTERS, "order");

/// The number of an order at this kiosk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Numbered(#[n(0)] u64);
impl Value for Numbered {}

/// Open orders of one screen: one person stands before it, who changes his mind.
pub const OPEN_MOST: usize = 8;
/// An unpaid order is kept so long after its quote has ended: who paid in the last moment still sees it.
const UNPAID: Span = Span::minutes(10);
/// And a paid one.
const PAID: Span = Span::days(1);

/// Writes an order down, and lets go what has stood long enough; answers with its number at this kiosk.
pub fn take(tx: &mut dyn Tx, order: &KioskOrder, now: Moment) -> Result<u64, Fault> {
    let mut gone = Vec::new();
    let mut open = Vec::new();
    ORDERS.each::<Fault>(tx, Keys::all(), |_, number, row| {
        let kept = if row.deal.is_some() { PAID } else { UNPAID };
        if row.until.plus(kept) < now {
            gone.push((number, row.order));
        } else if row.screen == order.screen && row.deal.is_none() {
            open.push((number, row.order));
        }
        Ok(())
    })?;
    // The oldest first: who gave it has paid, or has left.
    let over = open.len().saturating_add(1).saturating_sub(OPEN_MOST);
    gone.extend(open.into_iter().take(over));
    for (number, id) in gone {
        ORDERS.delete(tx, &number)?;
        BY_ORDER.delete(tx, &id)?;
    }
    let number = NUMBER.next(tx)?;
    ORDERS.put(tx, &number, order)?;
    BY_ORDER.put(tx, &order.order, &Numbered(number))?;
    Ok(number)
}

/// An order and its number, for whoever has the number of the centre's quote: whoever gave it.
pub fn order(view: &mut dyn View, id: OrderId) -> Result<Option<(u64, KioskOrder)>, Fault> {
    let Some(Numbered(number)) = BY_ORDER.get(view, &id)? else {
        return Ok(None);
    };
    Ok(ORDERS.get(view, &number)?.map(|row| (number, row)))
}

/// The centre has given it to this deal. What was said before stays.
pub fn paid(tx: &mut dyn Tx, number: u64, deal: DealId) -> Result<(), Fault> {
    let Some(mut order) = ORDERS.get(tx, &number)? else {
        return Ok(());
    };
    if order.deal.is_none() {
        order.deal = Some(deal);
        ORDERS.put(tx, &number, &order)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::memory::Memory;
    use units::Currency;

    const NOW: Moment = Moment(1_795_000_000_000);

    fn given(n: u8, screen: u16, until: Moment) -> KioskOrder {
        KioskOrder {
            screen,
            number: OfferNo(7),
            title: "Night Ferry".into(),
            price: Money::new(300, Currency::JPY).unwrap(),
            sheet: Vec::new().into(),
            quote: Vec::new().into(),
            order: OrderId([n; 16]),
            until,
            deal: None,
        }
    }

    /// proves: ST-19
    #[test]
    fn orders_that_nobody_pays_take_room_for_a_while_only() {
        let store = Memory::open(crate::machine::PARTS).unwrap().store();
        let take = |order: KioskOrder, now: Moment| store.write(move |tx| take(tx, &order, now)).unwrap();
        let there = |n: u8| store.read(move |view| order(view, OrderId([n; 16]))).unwrap();
        let until = NOW.plus(Span::minutes(15));
        for n in 1..=20 {
            assert_eq!(take(given(n, 1, until), NOW), u64::from(n));
        }
        let open = (1..=20).filter(|n| there(*n).is_some()).count();
        assert_eq!(open, OPEN_MOST, "one screen has a few");
        assert!(there(20).is_some_and(|(number, _)| number == 20) && there(12).is_none());
        take(given(21, 2, until), NOW);
        assert!(there(13).is_some(), "and another its own");
        store.write(|tx| paid(tx, 20, DealId([9; 32]))).unwrap();
        take(given(22, 3, until), until.plus(Span::minutes(11)));
        assert!(there(13).is_none() && there(21).is_none(), "nobody paid in time");
        assert!(
            there(20).is_some_and(|(_, order)| order.deal.is_some()),
            "this one is paid"
        );
        take(given(23, 3, until), until.plus(Span::days(2)));
        assert!(there(20).is_none());
    }
}
