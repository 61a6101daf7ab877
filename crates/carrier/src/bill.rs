//! Bill: what one subscriber owes for one month, line by line, as a page, a printed sheet and data are made of it. Figures are
//! computed once, when the month is billed, and never again.

use core::{fmt, str::FromStr};

use minicbor::{Decode, Encode};
use store::{Fault, Key, Keys, Map, Table, Value, View};
use units::{Moment, Money, OrderId, PartyId};

use crate::{Carrier, ContentRef, Month, SubscriberId};

/// A bill, by month, subscriber and part: the same whenever it is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct BillId(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

impl fmt::Display for BillId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        OrderId(self.0).fmt(f)
    }
}
impl FromStr for BillId {
    type Err = units::NotAnId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<OrderId>().map(|id| Self(id.0))
    }
}
impl Key for BillId {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        Key::read(bytes).map(Self)
    }
}
impl Value for BillId {}

/// What stands on a bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Part {
    /// Telephone and content.
    #[n(0)]
    Together,
    /// The telephone alone.
    #[n(1)]
    Telephone,
    /// Content alone.
    #[n(2)]
    Content,
}

impl Part {
    /// Its word in data.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Together => "together",
            Self::Telephone => "telephone",
            Self::Content => "content",
        }
    }
}

impl BillId {
    /// The bill of a month, a subscriber and a part.
    pub(crate) fn of(month: Month, who: SubscriberId, part: Part) -> Self {
        let hash = seal::hash_parts(&[b"bill", &month.to_bytes(), &who.0, part.word().as_bytes()]);
        let mut id = [0; 16];
        id.copy_from_slice(&hash.0[..16]);
        Self(id)
    }
}

/// What a line of the telephone is for.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum ItemKind {
    /// Calls of so many seconds.
    #[n(0)]
    Calls(#[n(0)] u64),
    /// So many packets.
    #[n(1)]
    Packets(#[n(0)] u64),
    /// The basic fee of a plan.
    #[n(2)]
    Basic(#[n(0)] String),
    /// An extra service.
    #[n(3)]
    Service(#[n(0)] String),
}

/// A line of the telephone.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Item {
    /// What for.
    #[n(0)]
    pub kind: ItemKind,
    /// How much, tax included.
    #[n(1)]
    pub amount: Money,
}

/// A line of content.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ContentItem {
    /// The purchase: what somebody who questions it names.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub of: ContentRef,
    /// When it was bought, or given back.
    #[n(1)]
    pub at: Moment,
    /// To whom it was paid.
    #[n(2)]
    pub enterprise: PartyId,
    /// As the carrier calls that one.
    #[n(3)]
    pub name: String,
    /// The offer's number, or what the merchant wrote.
    #[n(4)]
    pub what: String,
    /// How much, tax included.
    #[n(5)]
    pub amount: Money,
    /// It is given back: taken off.
    #[n(6)]
    pub back: bool,
}

/// A bill.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Bill {
    /// Its number: one after the other within a month, without gaps.
    #[n(0)]
    pub number: String,
    /// Whose.
    #[n(1)]
    pub who: SubscriberId,
    /// The month.
    #[n(2)]
    pub month: Month,
    /// What stands on it.
    #[n(3)]
    pub part: Part,
    /// When it was made.
    #[n(4)]
    pub issued: Moment,
    /// Until when it is to be paid.
    #[n(5)]
    pub due: Moment,
    /// The telephone.
    #[n(6)]
    pub telephone: Vec<Item>,
    /// Content, in the order it was bought.
    #[n(7)]
    pub content: Vec<ContentItem>,
    /// The telephone together.
    #[n(8)]
    pub telephone_sum: Money,
    /// Content bought.
    #[n(9)]
    pub bought: Money,
    /// Given back.
    #[n(10)]
    pub refunded: Money,
    /// What an earlier bill could not take off.
    #[n(11)]
    pub carried_in: Money,
    /// What this one could not take off: on the next.
    #[n(12)]
    pub carried_out: Money,
    /// To pay.
    #[n(13)]
    pub total: Money,
    /// The rate of the tax in it, in thousandths.
    #[n(14)]
    pub tax_permille: u16,
    /// The tax in it: one rounding for the whole bill, downwards.
    #[n(15)]
    pub tax: Money,
    /// Paid so far.
    #[n(16)]
    pub paid: Money,
}
impl Value for Bill {}

impl Bill {
    /// Content bought, less what was given back and carried over; nothing while that is more.
    pub fn content_sum(&self) -> Money {
        let less = self.refunded.plus(self.carried_in).unwrap_or(self.refunded);
        self.bought.minus(less).unwrap_or(Money::zero(self.bought.currency()))
    }
    /// Still to pay.
    pub fn open(&self) -> Money {
        self.total
            .minus(self.paid)
            .unwrap_or(Money::zero(self.total.currency()))
    }
}

/// The tax contained in an amount, rounded down: what is left over is not the buyer's to pay twice.
pub(crate) fn tax_within(gross: Money, permille: u16) -> Money {
    let (rate, whole) = (i128::from(permille), i128::from(gross.minor()));
    let tax = whole.saturating_mul(rate) / 1000_i128.saturating_add(rate);
    Money::new(i64::try_from(tax).unwrap_or(0), gross.currency()).unwrap_or(Money::zero(gross.currency()))
}

pub(crate) const BILLS: Map<BillId, Bill> = Map::new(Table::new("carrier_bills"));
pub(crate) const BY_SUBSCRIBER: Map<(SubscriberId, Month, BillId), ()> = Map::new(Table::new("carrier_bills_of"));
pub(crate) const BY_MONTH: Map<(Month, u64), BillId> = Map::new(Table::new("carrier_bills_in"));
pub(crate) const BY_NUMBER: Map<String, BillId> = Map::new(Table::new("carrier_bill_numbers"));
/// Under which secret word a bill's page is found.
pub(crate) const BY_LINK: Map<[u8; 16], BillId> = Map::new(Table::new("carrier_bill_links"));

impl Carrier {
    /// A bill.
    pub fn bill(&self, view: &mut dyn View, id: BillId) -> Result<Option<Bill>, Fault> {
        BILLS.get(view, &id)
    }
    /// The secret part of the address of a bill's page: only its reader and this carrier know it.
    pub fn bill_link(&self, id: BillId) -> [u8; 16] {
        let secret = self.keys.derive("bill/link", &[&id.0]);
        let mut out = [0; 16];
        out.copy_from_slice(&secret.expose()[..16]);
        out
    }
    /// The bill behind such an address.
    pub fn bill_behind(&self, view: &mut dyn View, link: [u8; 16]) -> Result<Option<(BillId, Bill)>, Fault> {
        let Some(id) = BY_LINK.get(view, &link)? else {
            return Ok(None);
        };
        Ok(BILLS.get(view, &id)?.map(|bill| (id, bill)))
    }
    /// A subscriber's bills, the latest first.
    pub fn bills_of(&self, view: &mut dyn View, who: SubscriberId, limit: usize) -> Result<Vec<(BillId, Bill)>, Fault> {
        let mut out = Vec::new();
        for ((_, _, id), ()) in BY_SUBSCRIBER.range(view, Keys::under(&who).newest_first(), limit)? {
            out.extend(BILLS.get(view, &id)?.map(|bill| (id, bill)));
        }
        Ok(out)
    }
    /// A month's bills in the order of their numbers, after the one given.
    pub fn bills_in(
        &self,
        view: &mut dyn View,
        month: Month,
        after: u64,
        limit: usize,
    ) -> Result<Vec<(u64, BillId, Bill)>, Fault> {
        let mut out = Vec::new();
        for ((_, n), id) in BY_MONTH.range(view, Keys::under(&month).after(&(month, after)), limit)? {
            out.extend(BILLS.get(view, &id)?.map(|bill| (n, id, bill)));
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::Currency;

    /// proves: row-55
    #[test]
    fn tax_is_rounded_once_and_downwards() {
        let yen = |n| Money::new(n, Currency::JPY).unwrap();
        for (gross, rate, tax) in [
            (5880, 100, 534),
            (1080, 80, 80),
            (1, 100, 0),
            (11, 100, 1),
            (0, 100, 0),
            (7, 0, 0),
        ] {
            assert_eq!(tax_within(yen(gross), rate), yen(tax), "{gross} at {rate}");
        }
        let most = yen(units::AMOUNT_MAX);
        assert!(tax_within(most, 100).minor() < most.minor() / 10);
    }
}
