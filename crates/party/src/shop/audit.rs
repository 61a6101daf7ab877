//! Audit of a shop, from events alone: sales against decisions, receipts, editions, used values and the books.

use std::collections::{BTreeMap, BTreeSet};

use store::{Fault, Keys, View};

use super::{
    approve::{APPROVING, is_asked},
    edition::{EDITIONS, RETURNED},
    media::MEDIA,
    money::{BORNE, FLOOR_LOSS, PREPAID, REFUNDS, SHARE, TAX, VALUES, WITH},
    present::{PENDING, SLIPS},
    reconcile::FORGOTTEN,
    sales::{BY_BUYER, BY_CONTENT, BY_TIME, JUMPS, RECEIPT_NO, RECEIPTS, SALES},
    surrender::LICENSES,
    tenders::USED,
    unsettled::{BANKED, CARRIED, CLEARS, UNMATCHED_SUM},
};
use crate::{
    books::{self, Sort, posting_id},
    decided, errand, settlement,
};

/// Everything that does not add up, in words; empty: all is well.
pub(super) fn audit(view: &mut dyn View, zero: units::Money) -> Result<Vec<String>, Fault> {
    let mut found = books::audit(view)?;
    let sums = sales(view, &mut found)?;
    receipts(view, &mut found)?;
    editions(view, &mut found)?;
    pending(view, &mut found)?;
    totals(view, sums, &mut found)?;
    super::vouchers::audit(view, &mut found)?;
    super::unsettled::audit(view, &mut found)?;
    super::goods::audit(view, &mut found)?;
    super::reissue::audit(view, &mut found)?;
    super::confirm::audit(view, &mut found)?;
    approving(view, &mut found)?;
    found.extend(settlement::audit(view)?);
    found.extend(settlement::with(view, zero, &["sale"])?);
    Ok(found)
}

/// Every sale that waits for a permission has somebody who was asked, and is not decided yet.
fn approving(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    APPROVING.each::<Fault>(view, Keys::all(), |view, deal, _| {
        if !is_asked(view, deal)? {
            found.push(format!("deal {deal} waits for a permission that nobody was asked for"));
        }
        if decided::of(view, deal)?.is_some() {
            found.push(format!("deal {deal} is decided and still waits for a permission"));
        }
        Ok(())
    })
}

/// What all sales add up to, in minor units.
#[derive(Default)]
struct Sums {
    money: i64,
    values: i64,
    borne: i64,
    tax: i64,
    prepaid: i64,
    refunds: i64,
}

fn sales(view: &mut dyn View, found: &mut Vec<String>) -> Result<Sums, Fault> {
    let mut sums = Sums::default();
    let (mut count, mut buyers) = (0_usize, 0_usize);
    SALES.each::<Fault>(view, Keys::all(), |view, deal, sale| {
        count = count.saturating_add(1);
        buyers = buyers.saturating_add(usize::from(sale.buyer.is_some()));
        if !decided::of(view, deal)?.is_some_and(|d| d.given()) {
            found.push(format!("deal {deal} is a sale and was not given"));
        }
        if RECEIPTS.get(view, &sale.receipt)? != Some(deal) {
            found.push(format!("receipt {} is not that of its sale", sale.receipt));
        }
        let what = if sale.license.is_some() { "sale" } else { "prepaid" };
        if !books::was_posted(view, posting_id(what, &deal.0))? {
            found.push(format!("deal {deal} was given and not booked"));
        }
        if let Some(license) = sale.license
            && LICENSES.get(view, &license)? != Some(deal)
        {
            found.push(format!("license {license} is not known by its number"));
        }
        if let Some(slip) = sale.slip
            && SLIPS.get(view, &slip)? != Some(deal)
        {
            found.push(format!("slip {slip} is not known as that of its sale"));
        }
        let approved = sale.paid.approved.map(|approved| approved.amount);
        let part = [sale.paid.money, sale.paid.receipts, sale.paid.values]
            .iter()
            .chain(&approved)
            .chain(&sale.paid.charged.map(|charged| charged.amount))
            .chain(&sale.paid.borne.map(|borne| borne.amount))
            .fold(0_i64, |sum, m| sum.saturating_add(m.minor()));
        if part != sale.price.minor() {
            found.push(format!("deal {deal} was paid with {part} for {}", sale.price));
        }
        let add = |sum: &mut i64, by: i64| *sum = sum.saturating_add(by);
        add(&mut sums.money, sale.paid.money.minor());
        add(&mut sums.values, sale.paid.values.minor());
        add(&mut sums.borne, sale.paid.borne.map_or(0, |borne| borne.amount.minor()));
        add(&mut sums.tax, sale.tax.minor());
        let prepaid = if sale.license.is_some() {
            -sale.paid.receipts.minor()
        } else {
            sale.price.minor()
        };
        add(&mut sums.prepaid, prepaid);
        if let Some(refunded) = &sale.refunded {
            add(&mut sums.refunds, refunded.amount.minor());
            if !decided::of(view, refunded.deal)?.is_some_and(|d| d.given()) {
                found.push(format!("deal {deal} was refunded by a deal that was not given"));
            }
        }
        Ok(())
    })?;
    for (what, rows, expected) in [
        ("by time", count_rows(view, &BY_TIME)?, count),
        ("by work", count_rows(view, &BY_CONTENT)?, count),
        ("by buyer", count_rows(view, &BY_BUYER)?, buyers),
    ] {
        if rows != expected {
            found.push(format!("{rows} sales are found {what}, there are {expected}"));
        }
    }
    for sold in super::sold::counted(view)? {
        if usize::try_from(sold) != Ok(count) {
            found.push(format!("{sold} sales are counted, there are {count}"));
        }
    }
    CLEARS.each::<Fault>(view, Keys::all(), |view, deal, clear| {
        sums.money = sums.money.saturating_add(clear.amount.minor());
        if !decided::of(view, deal)?.is_some_and(|d| d.given()) {
            found.push(format!("deal {deal} cleared something and was not given"));
        }
        Ok(())
    })?;
    decided::each::<Fault>(view, |view, deal, decided| {
        let refund = books::was_posted(view, posting_id("refund", &deal.0))?;
        let clear = CLEARS.has(view, &deal)?;
        if decided.given() && !refund && !clear && SALES.get(view, &deal)?.is_none() {
            found.push(format!("deal {deal} was given and is neither a sale nor a refund"));
        }
        if decided.void.is_some() && (refund || SALES.has(view, &deal)?) {
            found.push(format!("deal {deal} is void and was booked"));
        }
        Ok(())
    })?;
    Ok(sums)
}

fn count_rows<K: store::Key>(view: &mut dyn View, map: &store::Map<K, ()>) -> Result<usize, Fault> {
    let mut count = 0_usize;
    map.each::<Fault>(view, Keys::all(), |_, _, ()| {
        count = count.saturating_add(1);
        Ok(())
    })?;
    Ok(count)
}

/// Every number from 1 on stands on one receipt, or was passed over in a restore.
fn receipts(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    let last = RECEIPT_NO.last(view)?;
    let mut next = 1_u64;
    let mut jumps = BTreeMap::new();
    JUMPS.each::<Fault>(view, Keys::all(), |_, first, count| {
        jumps.insert(first, count);
        Ok(())
    })?;
    RECEIPTS.each::<Fault>(view, Keys::all(), |_, number, _| {
        while let Some(count) = jumps.get(&next) {
            next = next.saturating_add(*count);
        }
        if number != next {
            found.push(format!("receipt {number} follows receipt {}", next.saturating_sub(1)));
        }
        next = number.saturating_add(1);
        Ok(())
    })?;
    while let Some(count) = jumps.get(&next) {
        next = next.saturating_add(*count);
    }
    if next.saturating_sub(1) != last {
        found.push(format!(
            "the last receipt is {}, the counter says {last}",
            next.saturating_sub(1)
        ));
    }
    Ok(())
}

/// Every number of an edition is out once at most: sold and not handed back, held by a sale under way, or kept for a
/// forgotten one; or it is back; and none is outside.
fn editions(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    let mut out: BTreeMap<_, BTreeSet<u32>> = BTreeMap::new();
    let mut twice = Vec::new();
    let mut take = |number, serial| {
        if !out.entry(number).or_default().insert(serial) {
            twice.push(format!("number {serial} of offer {number} is out twice"));
        }
    };
    SALES.each::<Fault>(view, Keys::all(), |_, _, sale| {
        if let (Some(serial), None) = (sale.serial, &sale.refunded) {
            take(sale.number, serial);
        }
        Ok(())
    })?;
    FORGOTTEN.each::<Fault>(view, Keys::all(), |view, deal, forgotten| {
        if let (Some(serial), Some(number), None) = (forgotten.serial, forgotten.number, SALES.get(view, &deal)?)
            && !PENDING.has(view, &deal)?
        {
            take(number, serial);
        }
        Ok(())
    })?;
    let mut under_way = 0_usize;
    PENDING.each::<Fault>(view, Keys::all(), |_, _, pending| {
        under_way = under_way.saturating_add(usize::from(pending.serial.is_some()));
        Ok(())
    })?;
    RETURNED.each::<Fault>(view, Keys::all(), |_, (number, serial), ()| {
        take(number, serial);
        Ok(())
    })?;
    found.append(&mut twice);
    let (mut given, mut known) = (0_usize, 0_usize);
    EDITIONS.each::<Fault>(view, Keys::all(), |_, number, edition| {
        let serials = out.remove(&number).unwrap_or_default();
        if serials.iter().any(|s| !(edition.from..edition.next).contains(s)) || edition.next > edition.to {
            found.push(format!("offer {number} gave out a number outside its edition"));
        }
        known = known.saturating_add(serials.len());
        let range = usize::try_from(edition.next.saturating_sub(edition.from)).unwrap_or(usize::MAX);
        given = given.saturating_add(range);
        Ok(())
    })?;
    if known.saturating_add(under_way) != given {
        found.push(format!(
            "{given} numbers of editions were given out, {known} are known and {under_way} under way"
        ));
    }
    for (number, _) in out {
        found.push(format!("offer {number} has numbers and no edition"));
    }
    Ok(())
}

/// A sale that waits is not decided, and somebody asks.
fn pending(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    PENDING.each::<Fault>(view, Keys::all(), |view, deal, _| {
        if decided::of(view, deal)?.is_some() {
            found.push(format!("deal {deal} is decided and still pending"));
        }
        if errand::open(view, errand::ErrandId::of("present", &deal.0))?.is_none() {
            found.push(format!("deal {deal} waits for the issuer, and nobody asks it"));
        }
        Ok(())
    })?;
    USED.each::<Fault>(view, Keys::all(), |view, id, deal| {
        if !SALES.has(view, &deal)? && !PENDING.has(view, &deal)? {
            found.push(format!("value {id} was used for nothing"));
        }
        Ok(())
    })?;
    MEDIA.each::<Fault>(view, Keys::all(), |view, _, medium| {
        if let Some(deal) = medium.used
            && !SALES.has(view, &deal)?
        {
            found.push(format!("a medium was used for deal {deal}, and nothing was sold"));
        }
        Ok(())
    })
}

/// The books say what the sales say.
fn totals(view: &mut dyn View, sums: Sums, found: &mut Vec<String>) -> Result<(), Fault> {
    let mut total = |sorts: &[Sort]| -> Result<i64, Fault> {
        sorts
            .iter()
            .try_fold(0_i64, |sum, sort| Ok(sum.saturating_add(books::total(view, *sort)?)))
    };
    let lines = [
        ("money of sales", total(&[WITH, FLOOR_LOSS])?, sums.money),
        ("values taken", total(&[VALUES])?, sums.values),
        ("coupons of publishers", total(&[BORNE])?, sums.borne),
        ("payments for later", total(&[PREPAID])?, sums.prepaid),
        ("refunds", total(&[REFUNDS])?, sums.refunds),
    ];
    for (what, booked, counted) in lines {
        if booked != counted {
            found.push(format!("{what}: {booked} booked, {counted} counted"));
        }
    }
    let owed = total(&[TAX, SHARE, REFUNDS, PREPAID, UNMATCHED_SUM])?;
    let had = total(&[
        WITH,
        FLOOR_LOSS,
        VALUES,
        BORNE,
        CARRIED,
        BANKED,
        settlement::WITH,
        settlement::PART_KEPT,
    ])?;
    if owed != had {
        found.push(format!("{had} came in, {owed} is owed"));
    }
    if total(&[TAX])? > sums.tax {
        found.push("more tax is booked than sales contain".to_owned());
    }
    Ok(())
}
