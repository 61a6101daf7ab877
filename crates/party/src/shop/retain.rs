//! Retain: what a shop lets go of by itself when its time is over. The books stay; whom they are about goes.

use minicbor::{Decode, Encode};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{DealId, Moment};

use super::{
    Sale, Settled, Shop, Unsettled,
    confirm::{HOLDERS, WAITING},
    reissue::SAID,
    sales::{BY_BUYER, BY_TIME, SALES},
};
use crate::decided;

/// Rows looked at in one sweep: it goes on where it stopped.
const AT_ONCE: usize = 200;

/// How far the sweep has come.
#[derive(Debug, Clone, Default, Encode, Decode)]
#[cbor(array)]
pub(super) struct Swept {
    /// The last sale looked at.
    #[n(0)]
    sale: Option<(Moment, DealId)>,
    /// The last answer looked at; none: from the beginning.
    #[cbor(n(1), with = "minicbor::bytes")]
    said: Option<[u8; 16]>,
}
impl Value for Swept {}

pub(super) const SWEPT: Map<(), Swept> = Map::new(Table::new("shop_swept"));

/// Everything a shop stores about one purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AboutPurchase {
    /// The sale.
    pub sale: Sale,
    /// Whether the license was made out anew to other keys of its holder, and how often.
    pub made_out: u32,
    /// Does the license wait for people to look at it?
    pub waits: bool,
    /// Is the decision still kept, to be said again word for word?
    pub decision: bool,
    /// The record of its charge, while the money has not come.
    pub unsettled: Option<Unsettled>,
    /// The same, once it has.
    pub settled: Option<Settled>,
}

impl Shop {
    /// What is stored about a purchase, for whoever has the deal's id: 256 bits that only buyer and shop know.
    pub fn about_purchase(&self, view: &mut dyn View, deal: DealId) -> Result<Option<AboutPurchase>, Fault> {
        let Some(sale) = SALES.get(view, &deal)? else {
            return Ok(None);
        };
        let (mut made_out, mut name) = (0_u32, sale.license);
        // Each name leads to the one before.
        while let Some(holder) = match name {
            Some(license) => HOLDERS.get(view, &license)?,
            None => None,
        } {
            made_out = made_out.saturating_add(1);
            name = Some(holder.before);
        }
        let waits = match sale.license {
            Some(license) => WAITING.has(view, &license)?,
            None => false,
        };
        let (unsettled, settled) = match sale.paid.charged {
            Some(charged) => (
                self.unsettled(view, charged.charge)?,
                self.settled(view, charged.charge)?,
            ),
            None => (None, None),
        };
        Ok(Some(AboutPurchase {
            unsettled,
            settled,
            made_out,
            waits,
            decision: decided::of(view, deal)?.is_some(),
            sale,
        }))
    }

    /// The buyer's number goes from a sale, because its buyer says so: as when its time is over. False: it was gone, or there
    /// is no such sale.
    pub fn forget_buyer(&self, tx: &mut dyn Tx, deal: DealId) -> Result<bool, Fault> {
        let Some(mut sale) = SALES.get(tx, &deal)? else {
            return Ok(false);
        };
        let Some(buyer) = sale.buyer.take() else {
            return Ok(false);
        };
        BY_BUYER.delete(tx, &(buyer, sale.at, deal))?;
        SALES.put(tx, &deal, &sale)?;
        Ok(true)
    }

    /// Buyers' numbers go from sales that are older than this shop keeps them: from then on a sale belongs to nobody. Nobody
    /// can hand such a license back, and nothing else changes. Answers that were said again go too.
    pub(super) fn let_go(&self, tx: &mut dyn Tx, now: Moment) -> Result<(), Fault> {
        let Some(keep) = self.config.keep_buyers else {
            return Ok(());
        };
        let before = now.less(keep);
        let mut swept = SWEPT.get(tx, &())?.unwrap_or_default();
        let moved = self.let_buyers_go(tx, before, &mut swept)? | self.let_answers_go(tx, before, &mut swept)?;
        if moved {
            SWEPT.put(tx, &(), &swept)?;
        }
        Ok(())
    }

    fn let_buyers_go(&self, tx: &mut dyn Tx, before: Moment, swept: &mut Swept) -> Result<bool, Fault> {
        let mut keys = Keys::all().until(&before);
        if let Some(last) = swept.sale {
            keys = keys.after(&last);
        }
        let old = BY_TIME.range(tx, keys, AT_ONCE)?;
        for ((_, deal), ()) in &old {
            self.forget_buyer(tx, *deal)?;
        }
        swept.sale = old.last().map(|(last, ())| *last).or(swept.sale);
        Ok(!old.is_empty())
    }

    fn let_answers_go(&self, tx: &mut dyn Tx, before: Moment, swept: &mut Swept) -> Result<bool, Fault> {
        let mut keys = Keys::all();
        if let Some(last) = swept.said {
            keys = keys.after(&last);
        }
        let page = SAID.range(tx, keys, AT_ONCE)?;
        for (id, said) in &page {
            if said.may_go(before) {
                SAID.delete(tx, id)?;
            }
        }
        // Answers lie in no order of time: round and round.
        let last = page.last().map(|(id, _)| *id).filter(|_| page.len() == AT_ONCE);
        let moved = last != swept.said;
        swept.said = last;
        Ok(moved)
    }
}
