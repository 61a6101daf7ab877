//! Surrender: a license comes back, and a refund order goes out, once (row-9).
//!
//! The card commits to give the license up before it asks; the shop checks that it is a license of its own sale, that the
//! buyer it sold it to hands it back, and that the publisher's rule still takes it. Whether it was played the shop cannot
//! see: where the rule asks, the card answers for it by making the payment at all, as it does for having given the license
//! up. A license that was moved on comes back to nobody here.

use deal::{Value, ValueKind, VoidReason, wire::GiftSheet};
use license::{Document, RefundRule};
use store::{Fault, Map, Table, Tx, View};
use units::{DealId, LicenseId, Moment, Money, Span, ValueId};

use super::{HookAbout, OnShelf, PayRefused, Refunded, Sale, Shop, give::license_id, sales::SALES};
use crate::{beside::Unsaid, decided, door::OpenPay, say::order_of};

/// The deal a license was sold in.
pub(super) const LICENSES: Map<LicenseId, DealId> = Map::new(Table::new("shop_licenses"));

/// The last moment to hand back.
pub(super) fn last_day(shelf: &OnShelf, sold: Moment) -> Moment {
    sold.plus(Span::days(u64::from(shelf.offer.refund.days)))
}

/// What comes back: the rule's part of what was paid in money, then or beforehand. Coupons never become money.
pub(super) fn refund_of(sale: &Sale, rule: RefundRule) -> Money {
    let zero = Money::zero(sale.price.currency());
    if rule.days == 0 {
        return zero;
    }
    let paid = sale.paid.money.plus(sale.paid.before).unwrap_or(zero);
    let part = i128::from(paid.minor()).saturating_mul(i128::from(rule.permille.min(1000))) / 1000;
    Money::new(i64::try_from(part).unwrap_or(0), zero.currency()).unwrap_or(zero)
}

impl Shop {
    /// The deal this license was sold in.
    pub fn deal_of(&self, view: &mut dyn View, license: LicenseId) -> Result<Option<DealId>, Fault> {
        LICENSES.get(view, &license)
    }

    /// What comes back when the license of a sale is handed back unplayed, and the last moment for that.
    pub fn refundable(sale: &Sale, shelf: &OnShelf) -> (Money, Moment) {
        (refund_of(sale, shelf.offer.refund), last_day(shelf, sale.at))
    }

    pub(super) fn surrender(
        &self,
        tx: &mut dyn Tx,
        open: &OpenPay,
        shelf: &OnShelf,
        now: Moment,
    ) -> Result<Unsaid, PayRefused> {
        let quote = &open.pay().quote;
        let found = match quote.license {
            Some(license) => LICENSES.get(tx, &license)?.map(|deal| (license, deal)),
            None => None,
        };
        let sale = match found {
            Some((license, sold)) => SALES.get(tx, &sold)?.map(|sale| (license, sold, sale)),
            None => None,
        };
        let Some((license, sold, mut sale)) = sale else {
            return self.void(tx, open, VoidReason::License, now);
        };
        if !hands_back(open, license, &sale) {
            return self.void(tx, open, VoidReason::License, now);
        }
        if !self.piece_comes_back(tx, sold)? {
            return self.void(tx, open, VoidReason::NoRefund, now);
        }
        if self.is_unpaid(tx, &sale)? && sale.refunded.is_none() {
            return self.hand_back_unpaid(tx, open, (sold, sale), now);
        }
        let back = refund_of(&sale, shelf.offer.refund);
        let refused = sale.refunded.is_some() || now > last_day(shelf, sale.at) || Some(back) != quote.credit;
        if refused || back.is_zero() {
            return self.void(tx, open, VoidReason::NoRefund, now);
        }
        self.book_refund(tx, open.deal(), &sale, back, now)?;
        self.take_piece_back(tx, sold)?;
        if let Some(serial) = sale.serial {
            self.give_number_back(tx, sale.number, serial)?;
        }
        sale.refunded = Some(Refunded {
            deal: open.deal(),
            amount: back,
            at: now,
        });
        SALES.put(tx, &sold, &sale)?;
        self.tell(tx, sale.publisher, HookAbout::SaleRefunded(sold), now)?;
        let value = Value {
            kind: ValueKind::Refund,
            maker: self.id(),
            id: ValueId::from_slice(&open.deal().0[..16]).unwrap_or_default(),
            worth: back,
            offer: None,
            until: None,
            label: sale.title.chars().take(60).collect(),
        };
        self.note_value(tx, &value)?;
        let signed = self.voice().value(&value);
        let gift = GiftSheet {
            values: vec![(value, signed)],
            ..GiftSheet::default()
        };
        let decided = self.voice().given(open, gift, now);
        decided::hold(tx, order_of(open).unwrap_or_default(), open.deal())?;
        decided::write(tx, open.deal(), &decided)?;
        Ok(Unsaid::Settle(open.deal(), Box::new(decided)))
    }
}

/// Is it the very license that was sold, and the buyer it was sold to? The number that only this shop and that card know
/// tells: the license alone travels with every copy made of it.
fn hands_back(open: &OpenPay, license: LicenseId, sale: &Sale) -> bool {
    let document = open.sheet().document.as_ref().and_then(|d| Document::parse(d).ok());
    let same = document.is_some_and(|d| matches!(d.links.as_slice(), [link] if license_id(link) == license));
    same && sale.buyer.is_some() && sale.buyer == open.sheet().seller_number
}
