//! Audit of a carrier, from what came in alone: meters from the batches of usage, bills from meters and lines, and all of it
//! against the ledger, which is computed again from its own journal.

use std::collections::{BTreeMap, BTreeSet};

use deal::charge::ChargeWord;
use party::books as ledgers;
use store::{Fault, Keys, View};
use units::{Money, OrderId, PartyId};

use crate::{
    Carrier, Meter, Month, Origin, Paid, Part, SubscriberId, acts,
    bill::{BILLS, BY_SUBSCRIBER, tax_within},
    books::{self, BILLED, ENTERPRISE, OUT, SUSPENSE, UNBILLED},
    charge::CHARGES,
    claim,
    content::{BOUGHT, LINES, minor},
    load, merchant,
    moneyin::WAITING,
    payout::{DUE, PAYABLES},
    run,
    usage::{BATCHES, LOST, METERS},
};

type Meters = BTreeMap<(Month, SubscriberId), Meter>;

/// Everything that does not add up, in words; empty: all is well.
pub(crate) fn audit(carrier: &Carrier, view: &mut dyn View) -> Result<Vec<String>, Fault> {
    let mut found = ledgers::audit(view)?;
    let mut meters = recount(view, &mut found)?;
    content(view, &mut meters, &mut found)?;
    charges(view, &mut found)?;
    bills(carrier, view, &mut meters, &mut found)?;
    kept(view, &meters, &mut found)?;
    merchant::audit(view, &mut found)?;
    load::audit(view, &mut found)?;
    acts::audit(carrier, view, &mut found)?;
    owed(view, &mut found)?;
    let mut waits = 0_i64;
    for entry in carrier.suspense(view, usize::MAX)? {
        waits = waits.saturating_add(entry.amount.minor());
    }
    let listed = WAITING.range(view, Keys::all(), usize::MAX)?.len();
    if ledgers::balance(view, books::own(SUSPENSE))? != waits {
        found.push(format!(
            "{listed} entries wait in suspense, and the ledger holds another sum there"
        ));
    }
    Ok(found)
}

/// Meters of usage, from the batches; each record of nobody is on the list of lost ones.
fn recount(view: &mut dyn View, found: &mut Vec<String>) -> Result<Meters, Fault> {
    let mut meters = Meters::new();
    let mut last: Option<(String, u64)> = None;
    BATCHES.each::<Fault>(view, Keys::all(), |view, (source, first), row| {
        if last.as_ref().is_some_and(|(of, end)| *of == source && *end >= first) {
            found.push(format!("records of {source} from {first} on were taken twice"));
        }
        for (number, line) in (first..).zip(&row.lines) {
            match line.whose {
                Some(who) => meters.entry((line.month, who)).or_default().recount(line),
                None if LOST.has(view, &(source.clone(), number))? => {}
                None => found.push(format!(
                    "record {number} of {source} counts for nobody and is on no list"
                )),
            }
        }
        let len = u64::try_from(row.lines.len()).unwrap_or(u64::MAX);
        last = Some((source, first.saturating_add(len).saturating_sub(1)));
        Ok(())
    })?;
    Ok(meters)
}

/// Content of meters, from the lines; every purchase has its line, and refunds that do not exceed it.
fn content(view: &mut dyn View, meters: &mut Meters, found: &mut Vec<String>) -> Result<(), Fault> {
    let (mut paid, mut back) = (BTreeSet::new(), BTreeMap::<[u8; 16], u64>::new());
    LINES.each::<Fault>(view, Keys::all(), |_, (month, who, _), line| {
        let meter = meters.entry((month, who)).or_default();
        if line.back {
            meter.refunded = meter.refunded.saturating_add(minor(line.amount));
            let sum = back.entry(line.of).or_default();
            *sum = sum.saturating_add(minor(line.amount));
        } else {
            meter.bought = meter.bought.saturating_add(minor(line.amount));
            if !paid.insert(line.of) {
                found.push(format!("purchase {} stands on bills twice", crate::reference(line.of)));
            }
        }
        Ok(())
    })?;
    BOUGHT.each::<Fault>(view, Keys::all(), |view, of, bought| {
        let name = crate::reference(of);
        if !paid.remove(&of) {
            found.push(format!("purchase {name} stands on no bill"));
        }
        let refunded = back.remove(&of).unwrap_or(0);
        if refunded != minor(bought.refunded) || refunded > minor(bought.amount) {
            found.push(format!("refunds of purchase {name} do not agree with it"));
        }
        if !books::was(view, "content", &of)? {
            found.push(format!("purchase {name} is not in the ledger"));
        }
        let decided = CHARGES.get(view, &of)?.map(|d| d.known.said.word);
        if bought.origin == Origin::Charge && decided != Some(ChargeWord::Paid) {
            found.push(format!("purchase {name} is billed and no charge says so"));
        }
        if bought.origin == Origin::Load && party::centre::order_of(view, OrderId(of))?.is_none() {
            found.push(format!("load {name} is billed and nobody asked for it"));
        }
        Ok(())
    })?;
    if !paid.is_empty() || !back.is_empty() {
        found.push("a bill shows purchases or refunds that nobody made".to_owned());
    }
    Ok(())
}

fn charges(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    CHARGES.each::<Fault>(view, Keys::all(), |view, id, decided| {
        let bought = BOUGHT.get(view, &id)?;
        let fits = match (decided.known.said.word, bought) {
            (ChargeWord::Paid, Some(bought)) => {
                bought.amount == decided.charge.amount && decided.who == Some(bought.who)
            }
            (ChargeWord::Refused, None) => true,
            _ => false,
        };
        if !fits {
            found.push(format!(
                "charge {} is not billed as it was decided",
                crate::reference(id)
            ));
        }
        Ok(())
    })
}

/// Every figure of a bill from its lines, and the lines against the meters; billed meters leave the list.
fn bills(carrier: &Carrier, view: &mut dyn View, meters: &mut Meters, found: &mut Vec<String>) -> Result<(), Fault> {
    let mut carried: BTreeMap<(Month, SubscriberId), u64> = BTreeMap::new();
    let mut billed: BTreeMap<SubscriberId, i64> = BTreeMap::new();
    let mut all = Vec::new();
    BILLS.each::<Fault>(view, Keys::all(), |_, id, bill| {
        all.push((bill.month, bill.who, id));
        Ok(())
    })?;
    all.sort_unstable();
    for (month, who, id) in all {
        let Some(bill) = BILLS.get(view, &id)? else { continue };
        let number = &bill.number;
        let meter = meters.get(&(month, who)).copied().unwrap_or_default();
        let zero = Money::zero(bill.total.currency());
        let sum = |mut amounts: &mut dyn Iterator<Item = Money>| {
            Iterator::try_fold(&mut amounts, zero, Money::plus).map_or(u64::MAX, minor)
        };
        let telephone = sum(&mut bill.telephone.iter().map(|item| item.amount));
        let bought = sum(&mut bill.content.iter().filter(|item| !item.back).map(|item| item.amount));
        let back = sum(&mut bill.content.iter().filter(|item| item.back).map(|item| item.amount));
        if telephone != minor(bill.telephone_sum) || bought != minor(bill.bought) || back != minor(bill.refunded) {
            found.push(format!("the lines of bill {number} add up to something else"));
        }
        let with_content = bill.part != Part::Telephone;
        if with_content && (bought != meter.bought || back != meter.refunded) {
            found.push(format!("bill {number} does not show what was bought in its month"));
        }
        let earlier = carried.remove(&(month, who)).unwrap_or(0);
        if with_content && earlier != minor(bill.carried_in) {
            found.push(format!("bill {number} takes over another sum than was left"));
        }
        if !with_content && earlier > 0 {
            carried.insert((month, who), earlier);
        }
        let (plus, less) = (
            telephone.saturating_add(bought),
            back.saturating_add(minor(bill.carried_in)),
        );
        let out = minor(bill.carried_out);
        if plus.saturating_sub(less) != minor(bill.total) || less.saturating_sub(plus) != out {
            found.push(format!("the total of bill {number} is not the sum of its parts"));
        }
        if out > 0 {
            carried.insert((month.next(), who), out);
        }
        if tax_within(bill.total, bill.tax_permille) != bill.tax || bill.paid.minor() > bill.total.minor() {
            found.push(format!("tax or payments of bill {number} cannot be"));
        }
        if !BY_SUBSCRIBER.has(view, &(who, month, id))? || !books::was(view, "bill", &id.0)? {
            found.push(format!("bill {number} is not kept as it should"));
        }
        let open = billed.entry(who).or_default();
        *open = open.saturating_add(bill.open().minor());
    }
    // What is billed is done; what waits is unbilled content and sums that were carried over.
    let mut unbilled: BTreeMap<SubscriberId, i64> = BTreeMap::new();
    let add = |map: &mut BTreeMap<SubscriberId, i64>, who, by: i64| {
        let sum = map.entry(who).or_insert(0);
        *sum = sum.saturating_add(by);
    };
    let done = |view: &mut dyn View, month, who: SubscriberId| -> Result<bool, Fault> {
        let run = carrier.progress(view, month)?;
        Ok(run.is_some_and(|run| run.finished.is_some() || run.after.is_some_and(|after| who <= after)))
    };
    for ((month, who), meter) in meters.iter() {
        if !done(view, *month, *who)? {
            let by = i64::try_from(meter.bought).unwrap_or(i64::MAX);
            add(
                &mut unbilled,
                *who,
                by.saturating_sub(i64::try_from(meter.refunded).unwrap_or(i64::MAX)),
            );
        }
    }
    for ((month, who), sum) in &carried {
        if done(view, *month, *who)? {
            found.push("a sum that was carried over stands on no bill".to_owned());
        }
        add(
            &mut unbilled,
            *who,
            i64::try_from(*sum).unwrap_or(i64::MAX).saturating_neg(),
        );
        meters.entry((*month, *who)).or_default().carried = *sum;
    }
    for (sort, expected, what) in [(UNBILLED, unbilled, "unbilled content"), (BILLED, billed, "open bills")] {
        let mut expected = expected;
        for (of, balance) in ledgers::each(view, sort)? {
            if expected.remove(&SubscriberId(of)).unwrap_or(0) != balance {
                found.push(format!("{what} of a subscriber is not what the ledger says"));
            }
        }
        if expected.values().any(|left| *left != 0) {
            found.push(format!("{what} of a subscriber is not in the ledger"));
        }
    }
    Ok(())
}

/// The meters as they are kept, against those that were computed again.
fn kept(view: &mut dyn View, meters: &Meters, found: &mut Vec<String>) -> Result<(), Fault> {
    let mut seen = BTreeSet::new();
    let latest = run::latest(view)?;
    let mut reserved = merchant::reserved(view)?;
    load::reserved(view, &mut reserved)?;
    METERS.each::<Fault>(view, Keys::all(), |_, key, meter| {
        let mut expected = meters.get(&key).copied().unwrap_or_default();
        if latest.is_some_and(|latest| key.0 <= latest) {
            // It is on a bill, which was compared above.
            expected.carried = meter.carried;
        }
        expected.reserved = reserved.remove(&key).unwrap_or(0);
        if expected != meter {
            found.push(format!("a meter of {} is not what its records add up to", key.0));
        }
        seen.insert(key);
        Ok(())
    })?;
    if reserved.values().any(|sum| *sum != 0) {
        found.push("an amount is kept free that no meter shows".to_owned());
    }
    let empty = Meter::default();
    if meters.iter().any(|(key, meter)| !seen.contains(key) && *meter != empty) {
        found.push("usage was taken that no meter shows".to_owned());
    }
    Ok(())
}

/// What enterprises are owed, purchase by purchase, against the ledger.
fn owed(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    let (mut waits, mut out) = (BTreeMap::<PartyId, i64>::new(), BTreeMap::<PartyId, i64>::new());
    PAYABLES.each::<Fault>(view, Keys::all(), |view, of, payable| {
        let name = crate::reference(of);
        let amount = payable.amount.minor();
        match payable.paid {
            Paid::Waits(due) => {
                let sum = waits.entry(payable.enterprise).or_default();
                *sum = sum.saturating_add(amount);
                if !DUE.has(view, &(due, of))? {
                    found.push(format!("purchase {name} is never paid to its seller"));
                }
            }
            Paid::Ordered => {
                let id = crate::payout::transfer_id(of, payable.refused);
                let (moved, _) = claim::moved(view, id, &payable)?;
                let sum = out.entry(payable.enterprise).or_default();
                *sum = sum.saturating_add(moved.minor());
            }
            Paid::Done(_) | Paid::Nothing => {}
        }
        Ok(())
    })?;
    for (sort, mut expected, what) in [(ENTERPRISE, waits, "owed to"), (OUT, out, "on its way to")] {
        for (of, balance) in ledgers::each(view, sort)? {
            if expected.remove(&PartyId(of)).unwrap_or(0) != balance {
                found.push(format!(
                    "what is {what} enterprise {} is not what the ledger says",
                    PartyId(of)
                ));
            }
        }
        if expected.values().any(|left| *left != 0) {
            found.push(format!("what is {what} an enterprise is not in the ledger"));
        }
    }
    claim::audit(view, found)
}
