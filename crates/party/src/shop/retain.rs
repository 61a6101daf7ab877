//! Retain: what a shop lets go of by itself when its time is over. The books stay; whom they are about goes.

use minicbor::{Decode, Encode};
use store::{Fault, Keys, Map, Table, Tx, Value};
use units::{DealId, Moment};

use super::{
    Shop,
    reissue::SAID,
    sales::{BY_BUYER, BY_TIME, SALES},
};

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

impl Shop {
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
        for ((at, deal), ()) in &old {
            let Some(mut sale) = SALES.get(tx, deal)? else { continue };
            if let Some(buyer) = sale.buyer.take() {
                BY_BUYER.delete(tx, &(buyer, *at, *deal))?;
                SALES.put(tx, deal, &sale)?;
            }
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
