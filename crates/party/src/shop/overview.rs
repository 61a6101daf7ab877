//! Overview: what the operator's page of records says, over all rows and not a page of them: what has waited longest comes first
//! of what waits, and what was settled last of what is settled (ST-5).

use std::collections::BTreeMap;

use deal::charge::ChargeId;
use store::{Fault, Keys, Map, Table, View};
use units::{Moment, Money, TransferId};

use super::{
    Shop,
    taken_back::{TAKEN_BACK, TakenBack},
    unsettled::{SETTLED, Settled, UNMATCHED, UNSETTLED, Unmatched, Unsettled},
};

/// What is settled, by when it was.
pub(super) const BY_TIME: Map<(Moment, ChargeId), ()> = Map::new(Table::new("shop_settled_by_time"));

/// So many rows, and what they come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whole {
    /// How many.
    pub count: usize,
    /// All of them together.
    pub sum: Money,
}

impl Whole {
    fn add(&mut self, amount: Money) {
        self.count = self.count.saturating_add(1);
        self.sum = self.sum.plus(amount).unwrap_or(self.sum);
    }
}

/// What the records come to, with the rows people look at first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// Everything that waits for its money.
    pub waiting: Whole,
    /// How much of it has waited for too long.
    pub late: usize,
    /// What has waited longest, that first.
    pub open: Vec<(ChargeId, Unsettled)>,
    /// What was settled last, that first.
    pub settled: Vec<(ChargeId, Settled)>,
    /// Everything that came in and belongs to no record.
    pub nobodys: Whole,
    /// Of that what came first.
    pub unmatched: Vec<(TransferId, Unmatched)>,
    /// Records of exactly the amounts of those, by the amount in minor units; what has waited longest first.
    pub fits: BTreeMap<i64, Vec<(ChargeId, Unsettled)>>,
    /// What the bank took back last, that first.
    pub taken_back: Vec<(TransferId, TakenBack)>,
}

/// The first rows by a moment, or the last, of however many come by.
struct Few<K, V> {
    most: usize,
    latest: bool,
    rows: BTreeMap<(Moment, K), V>,
}

impl<K: Ord, V> Few<K, V> {
    const fn new(most: usize, latest: bool) -> Self {
        Self {
            most,
            latest,
            rows: BTreeMap::new(),
        }
    }
    fn add(&mut self, at: Moment, key: K, value: V) {
        self.rows.insert((at, key), value);
        if self.rows.len() > self.most {
            match self.latest {
                true => self.rows.pop_first(),
                false => self.rows.pop_last(),
            };
        }
    }
    fn rows(self) -> Vec<(K, V)> {
        let rows = self.rows.into_iter().map(|((_, key), value)| (key, value));
        match self.latest {
            true => rows.rev().collect(),
            false => rows.collect(),
        }
    }
}

impl Shop {
    /// What the records come to, with at most `most` rows of each kind.
    pub fn overview(&self, view: &mut dyn View, most: usize, now: Moment) -> Result<Overview, Fault> {
        let none = Whole {
            count: 0,
            sum: Money::zero(self.desk.currency()),
        };
        let (mut nobodys, mut unmatched) = (none, Few::new(most, false));
        UNMATCHED.each::<Fault>(view, Keys::all(), |_, id, row| {
            nobodys.add(row.amount);
            unmatched.add(row.at, id, row);
            Ok(())
        })?;
        let unmatched = unmatched.rows();
        let mut fits: BTreeMap<i64, Few<ChargeId, Unsettled>> = unmatched
            .iter()
            .map(|(_, row)| (row.amount.minor(), Few::new(most, false)))
            .collect();
        let overdue = now.less(self.config.overdue);
        let (mut waiting, mut late, mut open) = (none, 0_usize, Few::new(most, false));
        UNSETTLED.each::<Fault>(view, Keys::all(), |_, charge, row| {
            waiting.add(row.amount);
            late = late.saturating_add(usize::from(row.at < overdue));
            if let Some(fit) = fits.get_mut(&row.amount.minor()) {
                fit.add(row.at, charge, row.clone());
            }
            open.add(row.at, charge, row);
            Ok(())
        })?;
        let mut taken_back = Few::new(most, true);
        TAKEN_BACK.each::<Fault>(view, Keys::all(), |_, name, row| {
            taken_back.add(row.at, name, row);
            Ok(())
        })?;
        Ok(Overview {
            waiting,
            late,
            open: open.rows(),
            settled: latest_settled(view, most)?,
            nobodys,
            unmatched,
            fits: fits.into_iter().map(|(minor, few)| (minor, few.rows())).collect(),
            taken_back: taken_back.rows(),
        })
    }
}

fn latest_settled(view: &mut dyn View, most: usize) -> Result<Vec<(ChargeId, Settled)>, Fault> {
    let mut rows = Vec::new();
    for ((_, charge), ()) in BY_TIME.range(view, Keys::all().newest_first(), most)? {
        rows.extend(SETTLED.get(view, &charge)?.map(|row| (charge, row)));
    }
    Ok(rows)
}

/// Every settled record is found by its time, and nothing else is.
pub(super) fn audit(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    let mut known = 0_usize;
    SETTLED.each::<Fault>(view, Keys::all(), |view, charge, row| {
        known = known.saturating_add(1);
        if !BY_TIME.has(view, &(row.at, charge))? {
            let charge = units::OrderId(charge);
            found.push(format!("charge {charge} is settled and not found by its time"));
        }
        Ok(())
    })?;
    let mut listed = 0_usize;
    BY_TIME.each::<Fault>(view, Keys::all(), |_, _, ()| {
        listed = listed.saturating_add(1);
        Ok(())
    })?;
    if listed != known {
        found.push(format!(
            "{listed} records are found by their time, and {known} are settled"
        ));
    }
    Ok(())
}
