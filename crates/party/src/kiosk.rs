//! Kiosk: the orders that people gave a kiosk by touch (ST-19).
//!
//! An order is the centre's open quote for one offer, written down with its number before a screen shows it: whoever pays it
//! first has it, once, and the centre alone says so. So a kiosk that was dark finds its orders again, and whichever of its
//! screens is asked for a number says the same. No money and no key passes through its hands.

use minicbor::{Decode, Encode, bytes::ByteVec};
use store::{Counter, Fault, Map, Table, Tx, Value, View};
use units::{DealId, Moment, Money, OfferNo, OrderId};

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
pub(crate) const COUNTERS: Table = Table::new("kiosk_counters");
const NUMBER: Counter = Counter::new(COUNTERS, "order");

/// Writes an order down; answers with its number at this kiosk.
pub fn take(tx: &mut dyn Tx, order: &KioskOrder) -> Result<u64, Fault> {
    let number = NUMBER.next(tx)?;
    ORDERS.put(tx, &number, order)?;
    Ok(number)
}

/// The order of a number.
pub fn order(view: &mut dyn View, number: u64) -> Result<Option<KioskOrder>, Fault> {
    ORDERS.get(view, &number)
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
