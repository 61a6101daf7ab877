//! Figures: what came home, counted as it came: by way, by work, by day. For the publisher's page and its files.

use minicbor::{Decode, Encode};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{ContentId, Moment, Money, PartyId};

use super::{
    Collected, Collector,
    bring::Path,
    notice::{self, NOTICES},
};
use crate::issuer::Outstanding;

/// Fares counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(array)]
pub struct Sum {
    /// How many.
    #[n(0)]
    pub count: u64,
    /// What they come to, in minor units.
    #[n(1)]
    pub minor: i64,
}
impl Value for Sum {}

impl Sum {
    /// Both counted together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            count: self.count.saturating_add(other.count),
            minor: self.minor.saturating_add(other.minor),
        }
    }
    /// One fare more.
    const fn with(self, fare: Money) -> Self {
        self.and(Self {
            count: 1,
            minor: fare.minor(),
        })
    }
    /// One fare less.
    const fn without(self, fare: Money) -> Self {
        Self {
            count: self.count.saturating_sub(1),
            minor: self.minor.saturating_sub(fare.minor()),
        }
    }
}

/// Sums by way, in the order of [`Path::ALL`].
pub type ByPath = [Sum; Path::ALL.len()];

/// What came home for one payee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// By way, since the beginning.
    pub paths: ByPath,
    /// By work: its id, its name if somebody told it, by way. The largest first.
    pub titles: Vec<(ContentId, Option<String>, ByPath)>,
    /// By day (days since 1970, UTC), the earliest first; days without fares are left out.
    pub days: Vec<(u64, ByPath)>,
    /// Taken, and the issuer has not answered yet.
    pub under_way: Sum,
    /// Not honoured: no money.
    pub refused: Sum,
    /// Rebates given.
    pub rebates: Sum,
    /// What the issuer says is still out.
    pub outstanding: Option<Outstanding>,
    /// What it said last in each week ([`week_of`]), the earliest first; with the last word before `since`.
    pub told: Vec<(u64, Outstanding)>,
}

const DAYS: Map<(PartyId, u64, Path), Sum> = Map::new(Table::new("collector_days"));
const TITLES: Map<(PartyId, ContentId, Path), Sum> = Map::new(Table::new("collector_titles"));
const OTHERS: Map<(PartyId, String), Sum> = Map::new(Table::new("collector_others"));
/// Names of works, for people.
const NAMES: Map<ContentId, Name> = Map::new(Table::new("collector_names"));

pub(super) const TABLES: [Table; 4] = [DAYS.table(), TITLES.table(), OTHERS.table(), NAMES.table()];

#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
struct Name {
    #[n(0)]
    name: String,
}
impl Value for Name {}

/// Days since 1970, UTC.
pub const fn day_of(at: Moment) -> u64 {
    at.0 / 86_400_000
}

/// Weeks since the Monday before 1970, UTC.
pub const fn week_of(at: Moment) -> u64 {
    (day_of(at) + 3) / 7
}

/// The first day (days since 1970, UTC) of a week.
pub const fn first_day(week: u64) -> u64 {
    week.saturating_mul(7).saturating_sub(3)
}

/// How many days of figures are read at once, at most.
const DAYS_MAX: usize = 400;
/// How many works.
const TITLES_MAX: usize = 10_000;

const UNDER_WAY: &str = "under way";
const REFUSED: &str = "refused";
const REBATES: &str = "rebates";

fn change<K: store::Key>(
    tx: &mut dyn Tx,
    map: &Map<K, Sum>,
    key: &K,
    by: impl FnOnce(Sum) -> Sum,
) -> Result<(), Fault> {
    let sum = map.get(tx, key)?.unwrap_or_default();
    map.put(tx, key, &by(sum))
}

/// A fare was taken; `answered`: the issuer has said already that it is money.
pub(super) fn taken(tx: &mut dyn Tx, row: &Collected, answered: bool) -> Result<(), Fault> {
    let day = (row.payee, day_of(row.at), row.path);
    change(tx, &DAYS, &day, |sum| sum.with(row.amount))?;
    change(tx, &TITLES, &(row.payee, row.title, row.path), |sum| {
        sum.with(row.amount)
    })?;
    if !answered {
        let key = (row.payee, UNDER_WAY.to_owned());
        change(tx, &OTHERS, &key, |sum| sum.with(row.amount))?;
    }
    Ok(())
}

/// The issuer has answered about a fare that was under way, or (`fresh`) about one that is taken at this moment. What is no
/// money came home by no way.
pub(super) fn answered(tx: &mut dyn Tx, row: &Collected, honoured: bool, fresh: bool) -> Result<(), Fault> {
    if !fresh {
        let key = (row.payee, UNDER_WAY.to_owned());
        change(tx, &OTHERS, &key, |sum| sum.without(row.amount))?;
    }
    if !honoured {
        let day = (row.payee, day_of(row.at), row.path);
        change(tx, &DAYS, &day, |sum| sum.without(row.amount))?;
        change(tx, &TITLES, &(row.payee, row.title, row.path), |sum| {
            sum.without(row.amount)
        })?;
        change(tx, &OTHERS, &(row.payee, REFUSED.to_owned()), |sum| {
            sum.with(row.amount)
        })?;
    }
    Ok(())
}

/// A rebate was given.
pub(super) fn rebated(tx: &mut dyn Tx, payee: PartyId, amount: Money) -> Result<(), Fault> {
    change(tx, &OTHERS, &(payee, REBATES.to_owned()), |sum| sum.with(amount))
}

fn add(paths: &mut ByPath, path: Path, sum: Sum) {
    if let Some(place) = paths.get_mut(path.index()) {
        *place = place.and(sum);
    }
}

/// The sum over all ways.
pub fn whole(paths: &ByPath) -> Sum {
    paths.iter().fold(Sum::default(), |a, b| a.and(*b))
}

impl Collector {
    /// What came home for `payee`; days from `since` on.
    pub fn figures(&self, view: &mut dyn View, payee: PartyId, since: Moment) -> Result<Figures, Fault> {
        let mut paths = ByPath::default();
        let mut titles: Vec<(ContentId, Option<String>, ByPath)> = Vec::new();
        for ((_, title, path), sum) in TITLES.range(view, Keys::under(&payee), TITLES_MAX)? {
            add(&mut paths, path, sum);
            if titles.last().is_none_or(|(last, ..)| *last != title) {
                let name = NAMES.get(view, &title)?.map(|n| n.name);
                titles.push((title, name, ByPath::default()));
            }
            if let Some((_, _, of)) = titles.last_mut() {
                add(of, path, sum);
            }
        }
        titles.sort_by_key(|(title, _, of)| (core::cmp::Reverse(whole(of).minor), *title));
        let mut days: Vec<(u64, ByPath)> = Vec::new();
        let keys = Keys::under(&payee).newest_first();
        for ((_, day, path), sum) in DAYS.range(view, keys, DAYS_MAX.saturating_mul(Path::ALL.len()))? {
            if day < day_of(since) {
                break;
            }
            if days.last().is_none_or(|(last, _)| *last != day) {
                days.push((day, ByPath::default()));
            }
            if let Some((_, of)) = days.last_mut() {
                add(of, path, sum);
            }
        }
        days.reverse();
        let mut other = |name: &str| {
            OTHERS
                .get(view, &(payee, name.to_owned()))
                .map(Option::unwrap_or_default)
        };
        let (under_way, refused, rebates) = (other(UNDER_WAY)?, other(REFUSED)?, other(REBATES)?);
        Ok(Figures {
            paths,
            titles,
            days,
            under_way,
            refused,
            rebates,
            outstanding: NOTICES.get(view, &payee)?,
            told: notice::weeks(view, payee, week_of(since))?,
        })
    }

    /// What a work is called, for the publisher's own eyes. At most 120 characters.
    pub fn name_title(&self, tx: &mut dyn Tx, title: ContentId, name: &str) -> Result<(), Fault> {
        let name = name.chars().filter(|c| !c.is_control()).take(120).collect();
        NAMES.put(tx, &title, &Name { name })
    }
}

/// Sums recomputed from the fares themselves, against those that were counted as they came.
pub(super) fn audit(view: &mut dyn View, rows: &[Collected], found: &mut Vec<String>) -> Result<(), Fault> {
    use std::collections::BTreeMap;
    let mut titles: BTreeMap<(PartyId, ContentId, Path), Sum> = BTreeMap::new();
    let mut days: BTreeMap<(PartyId, u64, Path), Sum> = BTreeMap::new();
    let mut waiting: BTreeMap<PartyId, Sum> = BTreeMap::new();
    for row in rows {
        if row.answer.is_none() {
            let sum = waiting.entry(row.payee).or_default();
            *sum = sum.with(row.amount);
        }
        if row.answer == Some(deal::issuer::Honour::Refused) {
            continue;
        }
        let sum = titles.entry((row.payee, row.title, row.path)).or_default();
        *sum = sum.with(row.amount);
        let sum = days.entry((row.payee, day_of(row.at), row.path)).or_default();
        *sum = sum.with(row.amount);
    }
    TITLES.each::<Fault>(view, Keys::all(), |_, key, sum| {
        if titles.remove(&key).unwrap_or_default() != sum {
            found.push(format!("the sum of work {} differs from its fares", key.1));
        }
        Ok(())
    })?;
    DAYS.each::<Fault>(view, Keys::all(), |_, key, sum| {
        if days.remove(&key).unwrap_or_default() != sum {
            found.push(format!("the sum of day {} differs from its fares", key.1));
        }
        Ok(())
    })?;
    if !titles.is_empty() || !days.is_empty() {
        found.push("fares came home that no sum counts".to_owned());
    }
    OTHERS.each::<Fault>(view, Keys::all(), |_, (payee, name), sum| {
        if name == UNDER_WAY && waiting.remove(&payee).unwrap_or_default() != sum {
            found.push(format!("fares under way for {payee} differ from their sum"));
        }
        Ok(())
    })?;
    Ok(())
}
