//! Usage: what switches and gateways counted, in bulk. Each record has a number of its own within its source; a batch is a run
//! of numbers, and a number is taken once, whichever batch brings it (ST-7, row-61).
//!
//! A record belongs to whoever had the telephone number at that moment, and to the month it happened in. If that month is
//! billed already it counts in the first month that is not; if nobody had the number it waits in a list that people see.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Again, Hash, Moment, Refusal};

use crate::{
    Carrier, Month, SubscriberId, Terms,
    plan::PLANS,
    run,
    subscriber::{NUMBERS, TERMS, is_number},
};

/// The most records of one batch.
pub const BATCH_MAX: usize = 5000;

/// What was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Usage {
    /// A call of so many seconds.
    #[n(0)]
    Call(#[n(0)] u32),
    /// So many packets.
    #[n(1)]
    Packets(#[n(0)] u32),
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct UsageRecord {
    /// The telephone number.
    #[n(0)]
    pub number: String,
    /// When it ended.
    #[n(1)]
    pub at: Moment,
    /// What.
    #[n(2)]
    pub used: Usage,
}

/// A run of a source's records.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Batch {
    /// Which switch or gateway: 1 to 40 small letters, digits and hyphens.
    #[n(0)]
    pub source: String,
    /// The number of the first record; the others follow without gaps.
    #[n(1)]
    pub first: u64,
    /// The records.
    #[n(2)]
    pub records: Vec<UsageRecord>,
}

/// What is answered to a batch, now and on every repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Taken {
    /// Records that count for somebody.
    #[n(0)]
    pub counted: u32,
    /// Records of numbers that nobody had.
    #[n(1)]
    pub lost: u32,
    /// Of those counted: came after their month was billed.
    #[n(2)]
    pub late: u32,
}

/// A line of a batch as it is kept: from these every meter can be computed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Kept {
    /// Whose; nobody's: see the list of lost records.
    #[n(0)]
    pub(crate) whose: Option<SubscriberId>,
    /// The month it counts in.
    #[n(1)]
    pub(crate) month: Month,
    /// What.
    #[n(2)]
    pub(crate) used: Usage,
    /// Started units of it, by the plan of that month.
    #[n(3)]
    pub(crate) units: u64,
}

#[derive(Debug, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Row {
    #[n(0)]
    hash: Hash,
    #[n(1)]
    at: Moment,
    #[n(2)]
    taken: Taken,
    #[n(3)]
    pub(crate) lines: Vec<Kept>,
}
impl Value for Row {}

/// What one subscriber has used and bought in one month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(array)]
pub struct Meter {
    /// Seconds of calls.
    #[n(0)]
    pub call_seconds: u64,
    /// Started units of calls.
    #[n(1)]
    pub call_units: u64,
    /// Packets.
    #[n(2)]
    pub packets: u64,
    /// Records counted.
    #[n(3)]
    pub records: u64,
    /// Minor units of content bought.
    #[n(4)]
    pub bought: u64,
    /// Minor units given back.
    #[n(5)]
    pub refunded: u64,
    /// Minor units that an earlier bill could not take off.
    #[n(6)]
    pub carried: u64,
    /// Minor units reserved by merchants.
    #[n(7)]
    pub reserved: u64,
}
impl Value for Meter {}

impl Meter {
    fn add(&mut self, used: Usage, units: u64) {
        self.records = self.records.saturating_add(1);
        match used {
            Usage::Call(seconds) => {
                self.call_seconds = self.call_seconds.saturating_add(u64::from(seconds));
                self.call_units = self.call_units.saturating_add(units);
            }
            Usage::Packets(packets) => self.packets = self.packets.saturating_add(u64::from(packets)),
        }
    }
    /// The same counts again from kept lines, by an auditor.
    pub(crate) fn recount(&mut self, line: &Kept) {
        self.add(line.used, line.units);
    }
    fn join(&mut self, other: &Self) {
        self.call_seconds = self.call_seconds.saturating_add(other.call_seconds);
        self.call_units = self.call_units.saturating_add(other.call_units);
        self.packets = self.packets.saturating_add(other.packets);
        self.records = self.records.saturating_add(other.records);
    }
}

/// A record's place: its source, and its number there.
pub type RecordNo = (String, u64);

/// A record of a number that nobody had.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Lost {
    /// The record.
    #[n(0)]
    pub record: UsageRecord,
    /// When it came.
    #[n(1)]
    pub seen: Moment,
}
impl Value for Lost {}

pub(crate) const BATCHES: Map<(String, u64), Row> = Map::new(Table::new("carrier_usage"));
pub(crate) const METERS: Map<(Month, SubscriberId), Meter> = Map::new(Table::new("carrier_meters"));
pub(crate) const LOST: Map<RecordNo, Lost> = Map::new(Table::new("carrier_usage_lost"));

/// Why a batch was not taken, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UsageRefused {
    /// The carrier is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] party::epoch::NotReconciled),
    /// The source is no name.
    #[error("a source is 1 to 40 small letters, digits and hyphens")]
    Source,
    /// Empty, too long, or numbered beyond the end of numbers.
    #[error("a batch has 1 to {BATCH_MAX} records, numbered from 1")]
    Size,
    /// A record is none.
    #[error("record {0} has no telephone number (\"+\" and 5 to 15 digits)")]
    Record(u64),
    /// The same numbers with another content.
    #[error("records {first} to {last} of this source were taken already, with another content or cut otherwise")]
    Overlap {
        /// First number that is known.
        first: u64,
        /// Last one.
        last: u64,
    },
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for UsageRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::Source => "usage-source",
            Self::Size => "usage-size",
            Self::Record(_) => "usage-record",
            Self::Overlap { .. } => "usage-overlap",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Fault(fault) => fault.again(),
            _ => Again::Never,
        }
    }
}

/// What is looked up once per batch: whose a number was since when, and units of seconds by subscriber and month.
#[derive(Default)]
struct Known {
    numbers: BTreeMap<String, Vec<(Moment, Option<SubscriberId>)>>,
    units: BTreeMap<(SubscriberId, Month), u64>,
    plans: BTreeMap<String, u64>,
}

impl Known {
    fn whose(&mut self, view: &mut dyn View, number: &str, at: Moment) -> Result<Option<SubscriberId>, Fault> {
        if !self.numbers.contains_key(number) {
            let rows = NUMBERS.range(view, Keys::under(&number.to_owned()), 1000)?;
            let rows = rows.into_iter().map(|((_, since), held)| (since, held.0)).collect();
            self.numbers.insert(number.to_owned(), rows);
        }
        let rows = self.numbers.get(number).map(Vec::as_slice).unwrap_or_default();
        let found = rows.iter().rev().find(|(since, _)| *since <= at);
        Ok(found.and_then(|(_, who)| *who))
    }

    /// Seconds of a unit in a subscriber's plan of a month.
    fn unit(&mut self, view: &mut dyn View, who: SubscriberId, month: Month) -> Result<u64, Fault> {
        if let Some(unit) = self.units.get(&(who, month)) {
            return Ok(*unit);
        }
        let keys = Keys::under(&who).until(&(who, month.next())).newest_first();
        let terms: Option<Terms> = TERMS.range(view, keys, 1)?.into_iter().next().map(|(_, terms)| terms);
        let plan = terms.map(|terms| terms.plan).unwrap_or_default();
        let unit = match self.plans.get(&plan) {
            Some(unit) => *unit,
            None => {
                let unit = PLANS.get(view, &plan)?.map_or(1, |plan| plan.calls.unit).max(1);
                self.plans.insert(plan, unit);
                unit
            }
        };
        self.units.insert((who, month), unit);
        Ok(unit)
    }
}

impl Carrier {
    /// Takes a batch, once: the same again gets the same answer. Batches come in any order.
    pub fn take_usage(&self, tx: &mut dyn Tx, batch: &Batch, now: Moment) -> Result<Taken, UsageRefused> {
        party::epoch::require::<UsageRefused>(tx)?;
        let last = check(batch)?;
        let hash = seal::hash(&seal::cbor::to_bytes(batch));
        if let Some(row) = BATCHES.get(tx, &(batch.source.clone(), batch.first))?
            && row.hash == hash
        {
            return Ok(row.taken);
        }
        not_known(tx, batch, last)?;
        let mut known = Known::default();
        let (mut meters, mut lines) = (BTreeMap::<(Month, SubscriberId), Meter>::new(), Vec::new());
        let mut taken = Taken {
            counted: 0,
            lost: 0,
            late: 0,
        };
        let latest = run::latest(tx)?;
        for (number, record) in (batch.first..).zip(&batch.records) {
            let own = Month::of(record.at, self.config.zone_minutes);
            let month = latest.map_or(own, |latest| own.max(latest.next()));
            let whose = known.whose(tx, &record.number, record.at)?;
            let units = match (whose, record.used) {
                (Some(who), Usage::Call(seconds)) => u64::from(seconds).div_ceil(known.unit(tx, who, month)?),
                _ => 0,
            };
            lines.push(Kept {
                whose,
                month,
                used: record.used,
                units,
            });
            let Some(who) = whose else {
                taken.lost = taken.lost.saturating_add(1);
                let lost = Lost {
                    record: record.clone(),
                    seen: now,
                };
                LOST.put(tx, &(batch.source.clone(), number), &lost)?;
                continue;
            };
            taken.counted = taken.counted.saturating_add(1);
            taken.late = taken.late.saturating_add(u32::from(month != own));
            meters.entry((month, who)).or_default().add(record.used, units);
        }
        for (key, counted) in &meters {
            let mut meter = METERS.get(tx, key)?.unwrap_or_default();
            meter.join(counted);
            METERS.put(tx, key, &meter)?;
        }
        let row = Row {
            hash,
            at: now,
            taken,
            lines,
        };
        BATCHES.put(tx, &(batch.source.clone(), batch.first), &row)?;
        Ok(taken)
    }

    /// Numbers of a source that never came, as runs from first to last: what to ask its operator for.
    pub fn usage_gaps(&self, view: &mut dyn View, source: &str) -> Result<Vec<(u64, u64)>, Fault> {
        let (mut gaps, mut next) = (Vec::new(), 1_u64);
        BATCHES.each::<Fault>(view, Keys::under(&source.to_owned()), |_, (_, first), row| {
            if first > next {
                gaps.push((next, first.saturating_sub(1)));
            }
            next = first.saturating_add(u64::try_from(row.lines.len()).unwrap_or(u64::MAX));
            Ok(())
        })?;
        Ok(gaps)
    }

    /// Every source that ever sent anything.
    pub fn usage_sources(&self, view: &mut dyn View) -> Result<Vec<String>, Fault> {
        let mut found = BTreeSet::new();
        let mut keys = Keys::all();
        while let Some(((source, _), _)) = BATCHES.range(view, keys, 1)?.into_iter().next() {
            keys = Keys::all().after(&(source.clone(), u64::MAX));
            found.insert(source);
        }
        Ok(found.into_iter().collect())
    }

    /// Records of numbers that nobody had, at most `limit`.
    pub fn usage_lost(&self, view: &mut dyn View, limit: usize) -> Result<Vec<(RecordNo, Lost)>, Fault> {
        LOST.range(view, Keys::all(), limit)
    }

    /// What a subscriber has used and bought in a month so far.
    pub fn meter(&self, view: &mut dyn View, who: SubscriberId, month: Month) -> Result<Meter, Fault> {
        Ok(METERS.get(view, &(month, who))?.unwrap_or_default())
    }
}

fn check(batch: &Batch) -> Result<u64, UsageRefused> {
    if !crate::plan::is_id(&batch.source) {
        return Err(UsageRefused::Source);
    }
    let len = u64::try_from(batch.records.len()).unwrap_or(u64::MAX);
    let last = batch.first.checked_add(len).and_then(|end| end.checked_sub(1));
    let last = last.filter(|last| *last < u64::MAX / 2);
    let last = last.ok_or(UsageRefused::Size)?;
    if !(1..=BATCH_MAX).contains(&batch.records.len()) || batch.first == 0 {
        return Err(UsageRefused::Size);
    }
    for (number, record) in (batch.first..).zip(&batch.records) {
        if !is_number(&record.number) {
            return Err(UsageRefused::Record(number));
        }
    }
    Ok(last)
}

/// None of these numbers was taken before.
fn not_known(view: &mut dyn View, batch: &Batch, last: u64) -> Result<(), UsageRefused> {
    let end = (batch.source.clone(), last.saturating_add(1));
    let keys = Keys::under(&batch.source).until(&end).newest_first();
    let before = BATCHES.range(view, keys, 1)?.into_iter().next();
    if let Some(((_, first), row)) = before {
        let known = first
            .saturating_add(u64::try_from(row.lines.len()).unwrap_or(u64::MAX))
            .saturating_sub(1);
        if known >= batch.first {
            return Err(UsageRefused::Overlap { first, last: known });
        }
    }
    Ok(())
}
