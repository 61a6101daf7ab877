//! Run: a month is billed. First it is closed, in one write: whatever comes later counts in the next month. Then subscriber
//! after subscriber gets a bill, some in each write; where a run stopped it goes on, and a run of a month that is done does
//! nothing. So a month is billed once, and every record stands on one bill (ST-7, row-61).

use minicbor::{Decode, Encode};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Again, Moment, Money, Refusal};

use crate::{
    Bill, BillId, Carrier, ContentItem, Contract, Item, ItemKind, Meter, Month, Part, SubscriberId,
    bill::{BILLS, BY_LINK, BY_MONTH, BY_NUMBER, BY_SUBSCRIBER, tax_within},
    books::{self, BILLED, FEES, TAX, UNBILLED},
    content::LINES,
    plan::{PLANS, SERVICES},
    subscriber::CONTRACTS,
    usage::METERS,
};

/// A month that is being billed, or is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Progress {
    /// When it was closed.
    #[n(0)]
    pub closed: Moment,
    /// The last subscriber that was looked at.
    #[n(1)]
    pub after: Option<SubscriberId>,
    /// Bills so far.
    #[n(2)]
    pub bills: u64,
    /// Their sum in minor units.
    #[n(3)]
    pub total: u64,
    /// When the last subscriber was done.
    #[n(4)]
    pub finished: Option<Moment>,
}
impl Value for Progress {}

/// The month of the first contract.
pub(crate) const FIRST: Map<(), Month> = Map::new(Table::new("carrier_first_month"));
pub(crate) const RUNS: Map<Month, Progress> = Map::new(Table::new("carrier_runs"));

/// Why a month was not billed, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunRefused {
    /// The carrier is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] party::epoch::NotReconciled),
    /// It is not over.
    #[error("{0} is not over yet; it can be billed from its end on")]
    NotOver(Month),
    /// A later one was billed already.
    #[error("{later} is billed already; what belonged to {month} stands on later bills")]
    Passed {
        /// The month that was asked for.
        month: Month,
        /// The latest one billed.
        later: Month,
    },
    /// An earlier one is not done.
    #[error("{0} comes first: months are billed in their order")]
    Earlier(Month),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for RunRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotOver(_) => "month-not-over",
            Self::Passed { .. } => "month-passed",
            Self::Earlier(_) => "month-earlier-first",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NotOver(_) => Again::Later,
            Self::Passed { .. } => Again::Never,
            Self::Earlier(_) => Again::AfterYouAct,
            Self::Fault(fault) => fault.again(),
        }
    }
}

/// The latest month that was closed.
pub(crate) fn latest(view: &mut dyn View) -> Result<Option<Month>, Fault> {
    let rows = RUNS.range(view, Keys::all().newest_first(), 1)?;
    Ok(rows.first().map(|(month, _)| *month))
}

/// The month in which something counts that happened in `own`: that one, or the first that is not closed.
pub(crate) fn open_month(view: &mut dyn View, own: Month) -> Result<Month, Fault> {
    Ok(latest(view)?.map_or(own, |latest| own.max(latest.next())))
}

impl Carrier {
    /// Bills a month, at most `limit` subscribers in this call; to be called until it is finished. Once it is, nothing changes
    /// any more and the same is answered.
    pub fn bill_month(&self, tx: &mut dyn Tx, month: Month, limit: usize, now: Moment) -> Result<Progress, RunRefused> {
        party::epoch::require::<RunRefused>(tx)?;
        let mut run = match RUNS.get(tx, &month)? {
            Some(run) if run.finished.is_some() => return Ok(run),
            Some(run) => run,
            None => self.close(tx, month, now)?,
        };
        let mut keys = Keys::all();
        if let Some(after) = run.after {
            keys = keys.after(&after);
        }
        let some = CONTRACTS.range(tx, keys, limit.max(1))?;
        let last = some.len() < limit.max(1);
        for (who, contract) in some {
            for bill in self.bills_for(tx, month, who, &contract, run.closed)? {
                run.bills = run.bills.saturating_add(1);
                run.total = run.total.saturating_add(u64::try_from(bill.total.minor()).unwrap_or(0));
                self.write_bill(tx, bill, run.bills)?;
            }
            run.after = Some(who);
        }
        if last {
            run.finished = Some(now);
        }
        RUNS.put(tx, &month, &run)?;
        Ok(run)
    }

    fn close(&self, tx: &mut dyn Tx, month: Month, now: Moment) -> Result<Progress, RunRefused> {
        if now < month.ends(self.config.zone_minutes) {
            return Err(RunRefused::NotOver(month));
        }
        if let Some(later) = latest(tx)? {
            if later > month {
                return Err(RunRefused::Passed { month, later });
            }
            let unfinished = RUNS.get(tx, &later)?.is_some_and(|run| run.finished.is_none());
            if unfinished {
                return Err(RunRefused::Earlier(later));
            }
            if later.next() < month {
                return Err(RunRefused::Earlier(later.next()));
            }
        }
        if let (None, Some(first)) = (latest(tx)?, FIRST.get(tx, &())?)
            && first < month
        {
            return Err(RunRefused::Earlier(first));
        }
        let run = Progress {
            closed: now,
            after: None,
            bills: 0,
            total: 0,
            finished: None,
        };
        RUNS.put(tx, &month, &run)?;
        Ok(run)
    }

    /// Where the billing of a month stands.
    pub fn progress(&self, view: &mut dyn View, month: Month) -> Result<Option<Progress>, Fault> {
        RUNS.get(view, &month)
    }
    /// The months that were billed, the latest first.
    pub fn months(&self, view: &mut dyn View, limit: usize) -> Result<Vec<(Month, Progress)>, Fault> {
        RUNS.range(view, Keys::all().newest_first(), limit)
    }

    fn bills_for(
        &self,
        tx: &mut dyn Tx,
        month: Month,
        who: SubscriberId,
        contract: &Contract,
        now: Moment,
    ) -> Result<Vec<Bill>, Fault> {
        let zone = self.config.zone_minutes;
        let (begins, ends) = (month.begins(zone), month.ends(zone));
        let meter = METERS.get(tx, &(month, who))?.unwrap_or_default();
        let had = contract.since < ends && contract.ended.is_none_or(|ended| ended > begins);
        if !had && meter == Meter::default() {
            return Ok(Vec::new());
        }
        let telephone = self.telephone(tx, month, who, &meter, had)?;
        let content = self.content(tx, month, who)?;
        let (telephone_bill, content_bill) = match contract.apart {
            false => (Some(Part::Together), None),
            true => (Some(Part::Telephone), Some(Part::Content)),
        };
        let draft = |part, telephone: Vec<Item>, content: Vec<ContentItem>, meter: Meter| Draft {
            part,
            telephone,
            content,
            meter,
        };
        let drafts = match (telephone_bill, content_bill) {
            (Some(part), None) => vec![draft(part, telephone, content, meter)],
            _ => vec![
                draft(Part::Telephone, telephone, Vec::new(), Meter::default()),
                draft(Part::Content, Vec::new(), content, meter),
            ],
        };
        let mut out = Vec::new();
        for draft in drafts {
            let nothing = draft.telephone.is_empty() && draft.content.is_empty() && draft.meter.carried == 0;
            if !nothing {
                out.push(self.settle(tx, month, who, draft, now)?);
            }
        }
        Ok(out)
    }

    fn telephone(
        &self,
        tx: &mut dyn Tx,
        month: Month,
        who: SubscriberId,
        meter: &Meter,
        had: bool,
    ) -> Result<Vec<Item>, Fault> {
        let missing = |what: &str| Fault::Corrupt {
            table: "carrier_terms",
            why: format!("{what} of a contract"),
        };
        let terms = self.terms(tx, who, month)?.ok_or_else(|| missing("terms"))?;
        let plan = PLANS.get(tx, &terms.plan)?.ok_or_else(|| missing("plan"))?;
        let mut items = Vec::new();
        if meter.call_units > 0 {
            items.push(Item {
                kind: ItemKind::Calls(meter.call_seconds),
                amount: plan.calls_of(meter),
            });
        }
        if meter.packets > 0 {
            items.push(Item {
                kind: ItemKind::Packets(meter.packets),
                amount: plan.packets_of(meter),
            });
        }
        if had {
            items.push(Item {
                kind: ItemKind::Basic(plan.name),
                amount: plan.basic,
            });
            for id in &terms.services {
                let service = SERVICES.get(tx, id)?.ok_or_else(|| missing("service"))?;
                items.push(Item {
                    kind: ItemKind::Service(service.name),
                    amount: service.monthly,
                });
            }
        }
        Ok(items)
    }

    fn content(&self, view: &mut dyn View, month: Month, who: SubscriberId) -> Result<Vec<ContentItem>, Fault> {
        let mut out = Vec::new();
        for (_, line) in LINES.range(view, Keys::under(&(month, who)), usize::MAX)? {
            out.push(ContentItem {
                of: line.of,
                at: line.at,
                enterprise: line.enterprise,
                name: self.enterprise_name(view, line.enterprise)?,
                what: line.what,
                amount: line.amount,
                back: line.back,
            });
        }
        Ok(out)
    }

    /// Adds up a bill and books it.
    fn settle(
        &self,
        tx: &mut dyn Tx,
        month: Month,
        who: SubscriberId,
        draft: Draft,
        now: Moment,
    ) -> Result<Bill, Fault> {
        let currency = self.desk.currency();
        let odd = |no: units::MoneyError| Fault::Corrupt {
            table: "carrier_meters",
            why: no.to_string(),
        };
        let money = |minor: u64| Money::new(i64::try_from(minor).unwrap_or(i64::MAX), currency).map_err(odd);
        let mut telephone_sum = Money::zero(currency);
        for item in &draft.telephone {
            telephone_sum = telephone_sum.plus(item.amount).map_err(odd)?;
        }
        let (bought, refunded) = (money(draft.meter.bought)?, money(draft.meter.refunded)?);
        let carried_in = money(draft.meter.carried)?;
        let plus = telephone_sum.plus(bought).map_err(odd)?;
        let less = refunded.plus(carried_in).map_err(odd)?;
        let none = Money::zero(currency);
        let (total, carried_out) = match plus.minus(less) {
            Ok(total) => (total, none),
            Err(_) => (none, less.minus(plus).map_err(odd)?),
        };
        let rate = self.config.tax_permille;
        let bill = Bill {
            number: String::new(),
            who,
            month,
            part: draft.part,
            issued: now,
            due: month.ends(self.config.zone_minutes).plus(self.config.due_after),
            telephone: draft.telephone,
            content: draft.content,
            telephone_sum,
            bought,
            refunded,
            carried_in,
            carried_out,
            total,
            tax_permille: rate,
            tax: tax_within(total, rate),
            paid: none,
        };
        self.book(tx, &bill, now)?;
        if !carried_out.is_zero() {
            let key = (month.next(), who);
            let mut next = METERS.get(tx, &key)?.unwrap_or_default();
            next.carried = next
                .carried
                .saturating_add(u64::try_from(carried_out.minor()).unwrap_or(0));
            METERS.put(tx, &key, &next)?;
        }
        Ok(bill)
    }

    fn book(&self, tx: &mut dyn Tx, bill: &Bill, now: Moment) -> Result<(), Fault> {
        let id = BillId::of(bill.month, bill.who, bill.part);
        let (billed, unbilled) = (books::sub(BILLED, bill.who), books::sub(UNBILLED, bill.who));
        let own_tax = tax_within(bill.telephone_sum, bill.tax_permille);
        let fees = bill.telephone_sum.minus(own_tax).unwrap_or(bill.telephone_sum);
        let mut legs = vec![
            books::leg(billed, books::own(FEES), fees),
            books::leg(billed, books::own(TAX), own_tax),
        ];
        // What the bill takes over from unbilled content: more or less than nothing.
        match bill.total.minus(bill.telephone_sum) {
            Ok(content) => legs.push(books::leg(billed, unbilled, content)),
            Err(_) => {
                let off = bill.telephone_sum.minus(bill.total).unwrap_or(bill.telephone_sum);
                legs.push(books::leg(unbilled, billed, off));
            }
        }
        books::post(tx, "bill", &id.0, legs, now)
    }

    fn write_bill(&self, tx: &mut dyn Tx, mut bill: Bill, n: u64) -> Result<(), Fault> {
        let id = BillId::of(bill.month, bill.who, bill.part);
        bill.number = format!("{}-{}-{n:06}", self.config.prefix, bill.month);
        if !BILLS.insert(tx, &id, &bill)? {
            return Err(Fault::Corrupt {
                table: "carrier_bills",
                why: "a month was billed twice".to_owned(),
            });
        }
        BY_SUBSCRIBER.put(tx, &(bill.who, bill.month, id), &())?;
        BY_MONTH.put(tx, &(bill.month, n), &id)?;
        BY_NUMBER.put(tx, &bill.number, &id)?;
        BY_LINK.put(tx, &self.bill_link(id), &id)
    }
}

/// A bill before it is added up.
struct Draft {
    part: Part,
    telephone: Vec<Item>,
    content: Vec<ContentItem>,
    meter: Meter,
}
