//! Sales: the history of what was sold (SD-3): content, price, time, buyer, linked to one another and found by each of them.

use minicbor::{Decode, Encode};
use store::{Counter, Fault, Keys, Map, Table, Tx, Value, View};
use units::{ContentId, DealId, Hash, LicenseId, Moment, Money, OfferNo, OrderId, PartyId, Tag};

use super::{HookAbout, Shop, payout::BY_PUBLISHER, present::PENDING, sold, surrender::LICENSES};
use crate::{decided, door::OpenPay};

/// What a price was paid with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Paid {
    /// Money.
    #[n(0)]
    pub money: Money,
    /// Receipts of earlier payments.
    #[n(1)]
    pub receipts: Money,
    /// Coupons, tickets and the like.
    #[n(2)]
    pub values: Money,
    /// What of the receipts was paid in money when they were bought: coupons do not become money on this way round.
    #[n(3)]
    pub before: Money,
    /// What somebody else approved, and who owes it to this shop.
    #[n(4)]
    pub approved: Option<Approved>,
    /// What somebody else is charged with.
    #[n(5)]
    pub charged: Option<Charged>,
    /// What a publisher's own coupons took off, who bears it.
    #[n(6)]
    pub borne: Option<Borne>,
    /// What of the values a medium paid.
    #[n(7)]
    pub medium: Option<ByMedium>,
}

impl Paid {
    /// Coupons, tickets and the like, whoever bears them; a medium is none of these.
    pub fn in_values(&self) -> Money {
        let own = match &self.medium {
            Some(medium) => self.values.minus(medium.amount).unwrap_or(self.values),
            None => self.values,
        };
        let borne = self.borne.map(|borne| borne.amount);
        borne.map_or(own, |amount| own.plus(amount).unwrap_or(own))
    }
}

/// What was paid with coupons that somebody else than the shop gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Borne {
    /// Whoever the price was due to.
    #[n(0)]
    pub by: PartyId,
    /// How much.
    #[n(1)]
    pub amount: Money,
}

/// What was paid with a medium: in the books a value that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ByMedium {
    /// The name that payments give it.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub name: [u8; 16],
    /// How much.
    #[n(1)]
    pub amount: Money,
}

/// What was paid by a charge: the license is owing on its card until it is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Charged {
    /// Who shall pay.
    #[n(0)]
    pub by: PartyId,
    /// How much.
    #[n(1)]
    pub amount: Money,
    /// The charge.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub charge: deal::charge::ChargeId,
}

/// What was paid by an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Approved {
    /// Who owes it: the approver, or whoever settles for this shop.
    #[n(0)]
    pub by: PartyId,
    /// How much.
    #[n(1)]
    pub amount: Money,
}

/// A license that was handed back.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Refunded {
    /// In which deal.
    #[n(0)]
    pub deal: DealId,
    /// How much came back.
    #[n(1)]
    pub amount: Money,
    /// When.
    #[n(2)]
    pub at: Moment,
}

/// One sale, or one payment for goods to come (then without a license).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Sale {
    /// The order.
    #[n(0)]
    pub order: OrderId,
    /// Hash of the signed offer.
    #[n(1)]
    pub offer: Hash,
    /// Its number.
    #[n(2)]
    pub number: OfferNo,
    /// The work.
    #[n(3)]
    pub content: ContentId,
    /// Its title then.
    #[n(4)]
    pub title: String,
    /// Whose work.
    #[n(5)]
    pub publisher: PartyId,
    /// To whom the money was due.
    #[n(6)]
    pub payee: PartyId,
    /// The price, tax included.
    #[n(7)]
    pub price: Money,
    /// The tax rate, in thousandths of the net price.
    #[n(8)]
    pub tax_permille: u16,
    /// The tax in it.
    #[n(9)]
    pub tax: Money,
    /// The publisher's part of the rest.
    #[n(10)]
    pub publisher_part: Money,
    /// With what it was paid.
    #[n(11)]
    pub paid: Paid,
    /// The slip, if money was paid.
    #[n(12)]
    pub slip: Option<Hash>,
    /// The number by which this shop knows the buyer again, if the way of paying shows one.
    #[cbor(n(13), with = "minicbor::bytes")]
    pub buyer: Option<[u8; 16]>,
    /// Number of the receipt.
    #[n(14)]
    pub receipt: u64,
    /// Number within the edition.
    #[n(15)]
    pub serial: Option<u32>,
    /// The license.
    #[n(16)]
    pub license: Option<LicenseId>,
    /// For which tag.
    #[n(17)]
    pub receiver: Tag,
    /// When.
    #[n(18)]
    pub at: Moment,
    /// Whether it was handed back.
    #[n(19)]
    pub refunded: Option<Refunded>,
}
impl Value for Sale {}

/// Where an order stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nobody has paid it, as far as the shop knows.
    Open,
    /// Paid; the issuer is being asked about the money.
    Presenting,
    /// Given.
    Given,
    /// Refused, for ever.
    Void(deal::VoidReason),
    /// Given, and handed back.
    Refunded,
}

/// An order, as its buyer may look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The deal that holds it, if one does.
    pub deal: Option<DealId>,
    /// Where it stands.
    pub state: State,
    /// The sale, once given.
    pub sale: Option<Sale>,
}

/// What to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SalesFilter {
    /// Only this buyer's.
    pub buyer: Option<[u8; 16]>,
    /// Only of this work.
    pub content: Option<ContentId>,
    /// From this moment on.
    pub from: Option<Moment>,
    /// Before this moment.
    pub until: Option<Moment>,
}

pub(super) const SALES: Map<DealId, Sale> = Map::new(Table::new("shop_sales"));
pub(super) const BY_TIME: Map<(Moment, DealId), ()> = Map::new(Table::new("shop_sales_by_time"));
pub(super) const BY_BUYER: Map<([u8; 16], Moment, DealId), ()> = Map::new(Table::new("shop_sales_by_buyer"));
pub(super) const BY_CONTENT: Map<(ContentId, Moment, DealId), ()> = Map::new(Table::new("shop_sales_by_content"));
pub(super) const BY_ORDER: Map<OrderId, DealId> = Map::new(Table::new("shop_sales_by_order"));
pub(super) const RECEIPTS: Map<u64, DealId> = Map::new(Table::new("shop_receipts"));
pub(super) const COUNTERS: Table = Table::new("shop_counters");
pub(super) const RECEIPT_NO: Counter = Counter::new(COUNTERS, "receipt");
/// Numbers that were passed over when the shop was restored: from the first, so many. They stand on receipts that buyers
/// have and this shop forgot.
pub(super) const JUMPS: Map<u64, u64> = Map::new(Table::new("shop_receipt_jumps"));

impl Shop {
    /// The next number, without a gap: taken in the transaction of its sale, and back with it.
    pub(super) fn next_receipt(&self, tx: &mut dyn Tx) -> Result<u64, Fault> {
        RECEIPT_NO.next(tx)
    }

    pub(super) fn remember(&self, tx: &mut dyn Tx, deal: DealId, sale: &Sale) -> Result<(), Fault> {
        SALES.put(tx, &deal, sale)?;
        BY_TIME.put(tx, &(sale.at, deal), &())?;
        BY_CONTENT.put(tx, &(sale.content, sale.at, deal), &())?;
        BY_PUBLISHER.put(tx, &(sale.publisher, sale.at, deal), &())?;
        if let Some(buyer) = sale.buyer {
            BY_BUYER.put(tx, &(buyer, sale.at, deal), &())?;
        }
        BY_ORDER.put(tx, &sale.order, &deal)?;
        sold::count(tx, sale)?;
        self.tell(tx, sale.publisher, HookAbout::SaleMade(deal), sale.at)?;
        RECEIPTS.put(tx, &sale.receipt, &deal)
    }

    /// The deal that bought what this order offered, if one did.
    pub fn bought_by(&self, view: &mut dyn View, order: OrderId) -> Result<Option<DealId>, Fault> {
        BY_ORDER.get(view, &order)
    }

    /// The sale a deal became.
    pub fn sale(&self, view: &mut dyn View, deal: DealId) -> Result<Option<Sale>, Fault> {
        SALES.get(view, &deal)
    }

    /// The sale a license came from.
    pub fn sale_of(&self, view: &mut dyn View, license: LicenseId) -> Result<Option<Sale>, Fault> {
        match LICENSES.get(view, &license)? {
            Some(deal) => SALES.get(view, &deal),
            None => Ok(None),
        }
    }

    /// The sale with this receipt number.
    pub fn receipt(&self, view: &mut dyn View, number: u64) -> Result<Option<(DealId, Sale)>, Fault> {
        let Some(deal) = RECEIPTS.get(view, &number)? else {
            return Ok(None);
        };
        Ok(SALES.get(view, &deal)?.map(|sale| (deal, sale)))
    }

    /// Where an order stands.
    pub fn order(&self, view: &mut dyn View, order: OrderId) -> Result<Order, Fault> {
        let deal = match decided::holder_of(view, order)? {
            Some(deal) => Some(deal),
            None => BY_ORDER.get(view, &order)?,
        };
        match deal {
            Some(deal) => self.order_of_deal(view, deal),
            None => Ok(Order {
                deal,
                state: State::Open,
                sale: None,
            }),
        }
    }

    /// Where the order that a deal pays stands, for whoever has the deal's id.
    pub fn order_of_deal(&self, view: &mut dyn View, id: DealId) -> Result<Order, Fault> {
        let sale = SALES.get(view, &id)?;
        let state = match (&sale, decided::of(view, id)?) {
            (Some(sale), _) if sale.refunded.is_some() => State::Refunded,
            (_, Some(decided)) => decided.void.map_or(State::Given, State::Void),
            (_, None) if PENDING.has(view, &id)? => State::Presenting,
            _ => State::Open,
        };
        Ok(Order {
            deal: Some(id),
            state,
            sale,
        })
    }

    /// At most `limit` sales that fit, newest first, older than `before` (the last of the page before this one).
    pub fn sales(
        &self,
        view: &mut dyn View,
        filter: SalesFilter,
        before: Option<(Moment, DealId)>,
        limit: usize,
    ) -> Result<Vec<(DealId, Sale)>, Fault> {
        let from = filter.from.unwrap_or_default();
        let mut out = Vec::new();
        let mut before = before;
        // Pages of keys: the rarest field finds them, the others are held against each row.
        while out.len() < limit {
            let keys = self.keys_before(view, filter, before, limit)?;
            let Some(last) = keys.last().copied() else { break };
            for (at, deal) in keys {
                let Some(sale) = SALES.get(view, &deal)? else { continue };
                let fits = at >= from && filter.content.is_none_or(|content| sale.content == content);
                if fits && out.len() < limit {
                    out.push((deal, sale));
                }
            }
            if last.0 < from {
                break;
            }
            before = Some(last);
        }
        Ok(out)
    }

    fn keys_before(
        &self,
        view: &mut dyn View,
        filter: SalesFilter,
        before: Option<(Moment, DealId)>,
        limit: usize,
    ) -> Result<Vec<(Moment, DealId)>, Fault> {
        Ok(match (filter.buyer, filter.content) {
            (Some(buyer), _) => {
                let mut keys = Keys::under(&buyer).newest_first();
                if let Some(end) = filter.until {
                    keys = keys.until(&(buyer, end));
                }
                if let Some((at, deal)) = before {
                    keys = keys.after(&(buyer, at, deal));
                }
                let rows = BY_BUYER.range(view, keys, limit)?;
                rows.into_iter().map(|((_, at, deal), ())| (at, deal)).collect()
            }
            (None, Some(content)) => {
                let mut keys = Keys::under(&content).newest_first();
                if let Some(end) = filter.until {
                    keys = keys.until(&(content, end));
                }
                if let Some((at, deal)) = before {
                    keys = keys.after(&(content, at, deal));
                }
                let rows = BY_CONTENT.range(view, keys, limit)?;
                rows.into_iter().map(|((_, at, deal), ())| (at, deal)).collect()
            }
            (None, None) => {
                let mut keys = Keys::all().newest_first();
                if let Some(end) = filter.until {
                    keys = keys.until(&end);
                }
                if let Some(last) = before {
                    keys = keys.after(&last);
                }
                let rows = BY_TIME.range(view, keys, limit)?;
                rows.into_iter().map(|(key, ())| key).collect()
            }
        })
    }

    /// The deal id and order of a payment, for pages that follow it by its order.
    pub fn order_of(open: &OpenPay) -> Option<OrderId> {
        crate::say::order_of(open)
    }
}
