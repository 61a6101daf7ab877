//! Sold: how often each work was sold, and each publisher's works on each day. Counted in the write of the sale itself, so that a
//! page that shows a number reads a number, however many sales there are.

use store::{Fault, Keys, Map, Table, Tx, View};
use units::{ContentId, Moment, PartyId};

use super::{Sale, Shop};

/// Sales of a work, for ever.
pub(super) const OF_WORK: Map<ContentId, u64> = Map::new(Table::new("console_sold"));
/// Sales of a publisher's works, by day.
pub(super) const BY_DAY: Map<(PartyId, u64), u64> = Map::new(Table::new("console_sold_by_day"));

const fn day_of(at: Moment) -> u64 {
    at.0 / 86_400_000
}

/// Counts a sale: in the write that makes it.
pub(super) fn count(tx: &mut dyn Tx, sale: &Sale) -> Result<(), Fault> {
    let sold = OF_WORK.get(tx, &sale.content)?.unwrap_or(0);
    OF_WORK.put(tx, &sale.content, &sold.saturating_add(1))?;
    let day = (sale.publisher, day_of(sale.at));
    let sold = BY_DAY.get(tx, &day)?.unwrap_or(0);
    BY_DAY.put(tx, &day, &sold.saturating_add(1))
}

/// All that was counted, each way: for the audit.
pub(super) fn counted(view: &mut dyn View) -> Result<[u64; 2], Fault> {
    let (mut works, mut days) = (0_u64, 0_u64);
    OF_WORK.each::<Fault>(view, Keys::all(), |_, _, sold| {
        works = works.saturating_add(sold);
        Ok(())
    })?;
    BY_DAY.each::<Fault>(view, Keys::all(), |_, _, sold| {
        days = days.saturating_add(sold);
        Ok(())
    })?;
    Ok([works, days])
}

impl Shop {
    /// How often a work was sold, handed back or not.
    pub fn sold(&self, view: &mut dyn View, content: ContentId) -> Result<u64, Fault> {
        Ok(OF_WORK.get(view, &content)?.unwrap_or(0))
    }

    /// How often a publisher's works were sold since that day began, handed back or not.
    pub fn sold_by_day(&self, view: &mut dyn View, publisher: PartyId, from: Moment) -> Result<u64, Fault> {
        let keys = Keys::between(&(publisher, day_of(from)), &(publisher, u64::MAX));
        let days = BY_DAY.range(view, keys, usize::MAX)?;
        Ok(days.into_iter().fold(0_u64, |sum, (_, sold)| sum.saturating_add(sold)))
    }
}
