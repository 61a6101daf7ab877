//! Taken back: the bank takes out again what it had told of as come in (ISO 20022: an entry against the account that is marked
//! as a reversal). The record that the money settled is unsettled again, and what its payer set off in it stands again, in one
//! write; money that belonged to nobody belongs to nobody no more. Whoever pays again orders a new transfer. What takes back
//! nothing that is known here changes nothing, and people see it (ST-5, ST-6).
//!
//! | event | debit | credit |
//! |---|---|---|
//! | a notice is taken back | with carrier | at bank |
//! | what it had set off | with carrier | tax, shares, as they were debited |
//! | money that matched nothing is taken back | unmatched | at bank |

use deal::charge::ChargeId;
use minicbor::{Decode, Encode};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Hash, Moment, Money, OrderId, PartyId, TransferId};

use super::{
    PayRefused, Shop,
    overview::BY_TIME,
    sales::SALES,
    unsettled::{
        BANKED, CARRIED, Came, GIVEN_BACK, NOTICES, SETTLED, Settled, SettledBy, TOLD, UNMATCHED, UNMATCHED_SUM,
        UNSETTLED, Unsettled, record,
    },
};
use crate::{
    bank::Advice,
    books::{self, Account, Leg, Posting, posting_id},
};

/// What had become of money that the bank took back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum HadPaid {
    /// It had settled this charge's record, which waits for its money again.
    #[n(0)]
    Record(#[n(0)] ChargeId),
    /// It had belonged to no record.
    #[n(1)]
    Nobody,
    /// Nothing of this amount came in under its name: the bank has to be asked.
    #[n(2)]
    Unknown,
}

/// Money that the bank took back.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct TakenBack {
    /// How much.
    #[n(0)]
    pub amount: Money,
    /// What the entry says.
    #[n(1)]
    pub reference: String,
    /// Booked then, by the bank's word.
    #[n(2)]
    pub at: Moment,
    /// What had become of it.
    #[n(3)]
    pub had_paid: HadPaid,
}
impl Value for TakenBack {}

impl HadPaid {
    /// Its word in data and words.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Record(_) => "record",
            Self::Nobody => "nobody",
            Self::Unknown => "unknown",
        }
    }
}

/// By the name of the entry that took it.
pub(super) const TAKEN_BACK: Map<TransferId, TakenBack> = Map::new(Table::new("shop_taken_back"));
/// Money that is void, by its name, and the entry that took it back: none counts when it is told of again.
pub(super) const VOID: Map<TransferId, TransferId> = Map::new(Table::new("shop_void"));
/// Transfers that were taken back before they were told of, and the entries that did it.
pub(super) const EARLY: Map<(TransferId, TransferId), ()> = Map::new(Table::new("shop_void_early"));
/// How often a record was unsettled again.
pub(super) const REOPENED: Map<ChargeId, u32> = Map::new(Table::new("shop_reopened"));

/// An entry that takes something back, as a document tells of it.
pub(super) struct Entry {
    /// Its name: none is taken twice.
    pub(super) name: TransferId,
    /// The transfer it says it takes back.
    pub(super) of: Option<TransferId>,
    /// How much, for what by its words, and when.
    pub(super) amount: Money,
    pub(super) reference: String,
    pub(super) at: Moment,
}

/// How often a record was unsettled again.
pub(super) fn times_reopened(view: &mut dyn View, charge: ChargeId) -> Result<u32, Fault> {
    Ok(REOPENED.get(view, &charge)?.unwrap_or(0))
}

/// Is this money void? What is taken back before it is told of is, once it comes.
pub(super) fn is_void(tx: &mut dyn Tx, came: &Came) -> Result<bool, Fault> {
    if VOID.has(tx, &came.name)? {
        return Ok(true);
    }
    let Some(of) = came.transfer else { return Ok(false) };
    for ((_, by), ()) in EARLY.range(tx, Keys::under(&of), usize::MAX)? {
        let row = TAKEN_BACK.get(tx, &by)?.filter(|row| row.amount == came.amount);
        let Some(mut row) = row else { continue };
        row.had_paid = HadPaid::Nobody;
        TAKEN_BACK.put(tx, &by, &row)?;
        EARLY.delete(tx, &(of, by))?;
        VOID.put(tx, &came.name, &by)?;
        return Ok(true);
    }
    Ok(false)
}

fn turned(legs: Vec<Leg>) -> Vec<Leg> {
    let turn = |leg: Leg| Leg {
        debit: leg.credit,
        credit: leg.debit,
        ..leg
    };
    legs.into_iter().map(turn).collect()
}

impl Shop {
    /// The bank took money back. False: it was known.
    pub(super) fn take_back(
        &self,
        tx: &mut dyn Tx,
        bank: PartyId,
        entry: Entry,
        now: Moment,
    ) -> Result<bool, PayRefused> {
        if TAKEN_BACK.has(tx, &entry.name)? {
            return Ok(false);
        }
        let (mut had_paid, mut void) = (HadPaid::Unknown, None);
        for name in meant(tx, &entry)? {
            had_paid = self.undo(tx, bank, (name, entry.amount), now)?;
            if had_paid != HadPaid::Unknown {
                void = Some(name);
                break;
            }
        }
        match (void, entry.of) {
            (Some(name), _) => VOID.put(tx, &name, &entry.name)?,
            (None, Some(of)) => EARLY.put(tx, &(of, entry.name), &())?,
            (None, None) => {}
        }
        let row = TakenBack {
            amount: entry.amount,
            reference: entry.reference,
            at: entry.at,
            had_paid,
        };
        TAKEN_BACK.put(tx, &entry.name, &row)?;
        Ok(true)
    }

    /// Undoes what a transfer did here.
    fn undo(
        &self,
        tx: &mut dyn Tx,
        bank: PartyId,
        (of, amount): (TransferId, Money),
        now: Moment,
    ) -> Result<HadPaid, PayRefused> {
        let banked = Account::of(BANKED, bank.0);
        if UNMATCHED.get(tx, &of)?.is_some_and(|row| row.amount == amount) {
            let legs = vec![Leg {
                debit: Account::own(UNMATCHED_SUM),
                credit: banked,
                amount,
            }];
            self.post_back(tx, &of.0, Hash::default(), legs, now)?;
            UNMATCHED.delete(tx, &of)?;
            return Ok(HadPaid::Nobody);
        }
        let Some(notice) = NOTICES.get(tx, &of)?.filter(|notice| notice.amount == amount) else {
            return Ok(HadPaid::Unknown);
        };
        let Ok(advice) = notice.advice.parse::<Advice>() else {
            return Ok(HadPaid::Unknown);
        };
        let charge = advice.pays.0;
        let Some(row) = SETTLED
            .get(tx, &charge)?
            .filter(|row| row.by == SettledBy::Transfer(of))
        else {
            return Ok(HadPaid::Unknown);
        };
        self.set_on(tx, of, &advice, now)?;
        let legs = vec![Leg {
            debit: Account::of(CARRIED, row.was.payer.0),
            credit: banked,
            amount,
        }];
        self.reopen(tx, charge, row, legs, now)?;
        NOTICES.delete(tx, &of)?;
        Ok(HadPaid::Record(charge))
    }

    /// What an advice had set off stands again: its payer says so anew when it pays.
    fn set_on(&self, tx: &mut dyn Tx, by: TransferId, advice: &Advice, now: Moment) -> Result<(), PayRefused> {
        for (of, _) in &advice.less {
            let Some(back) = GIVEN_BACK.get(tx, &(of.0, by))? else {
                continue;
            };
            let Some(was) = record(tx, of.0)? else { continue };
            let legs = self.stand_again(tx, &was, back)?;
            self.post_back(tx, &[&of.0[..], &by.0].concat(), Hash(was.deal.0), legs, now)?;
            GIVEN_BACK.delete(tx, &(of.0, by))?;
        }
        for of in &advice.nothing_for {
            let row = SETTLED.get(tx, &of.0)?;
            let Some(row) = row.filter(|row| row.by == SettledBy::GivenBack(by)) else {
                continue;
            };
            let legs = self.stand_again(tx, &row.was, row.was.amount)?;
            GIVEN_BACK.delete(tx, &(of.0, by))?;
            self.reopen(tx, of.0, row, legs, now)?;
        }
        Ok(())
    }

    /// Tax and shares have again what they gave up of a sale.
    fn stand_again(&self, view: &mut dyn View, was: &Unsettled, back: Money) -> Result<Vec<Leg>, Fault> {
        let sale = SALES.get(view, &was.deal)?;
        let legs = sale.map(|sale| self.legs_back(&sale, back, Account::of(CARRIED, was.payer.0)));
        Ok(turned(legs.unwrap_or_default()))
    }

    /// The one step from settled back to unsettled, with its booking.
    fn reopen(
        &self,
        tx: &mut dyn Tx,
        charge: ChargeId,
        row: Settled,
        legs: Vec<Leg>,
        now: Moment,
    ) -> Result<(), PayRefused> {
        let times = times_reopened(tx, charge)?.saturating_add(1);
        let about = [&charge[..], &times.to_be_bytes()].concat();
        self.post_back(tx, &about, Hash(row.was.deal.0), legs, now)?;
        REOPENED.put(tx, &charge, &times)?;
        BY_TIME.delete(tx, &(row.at, charge))?;
        SETTLED.delete(tx, &charge)?;
        Ok(UNSETTLED.put(tx, &charge, &row.was)?)
    }

    fn post_back(
        &self,
        tx: &mut dyn Tx,
        id: &[u8],
        about: Hash,
        legs: Vec<Leg>,
        now: Moment,
    ) -> Result<(), PayRefused> {
        let posting = Posting {
            id: posting_id("taken back", id),
            what: "taken back",
            about,
            legs,
        };
        Ok(books::post(tx, &posting, now)?)
    }

    /// A page of the money that the bank took back, after the one given.
    pub fn all_taken_back(
        &self,
        view: &mut dyn View,
        after: Option<TransferId>,
        limit: usize,
    ) -> Result<Vec<(TransferId, TakenBack)>, Fault> {
        let keys = after.map_or_else(Keys::all, |after| Keys::all().after(&after));
        TAKEN_BACK.range(view, keys, limit)
    }

    /// Was the money of this charge's record here before, and taken back?
    pub fn is_reopened(&self, view: &mut dyn View, charge: ChargeId) -> Result<bool, Fault> {
        REOPENED.has(view, &charge)
    }
}

/// The names of what an entry may take back, the likeliest first: of its amount under the number it gives, in the same words
/// before others; or what settled the record whose charge it names.
fn meant(view: &mut dyn View, entry: &Entry) -> Result<Vec<TransferId>, Fault> {
    let Some(of) = entry.of else {
        return Ok(named(view, &entry.reference)?.into_iter().collect());
    };
    let mut rows = TOLD.rows(view, of)?;
    rows.retain(|(_, row)| row.amount == entry.amount);
    rows.sort_by_key(|(_, row)| row.reference != entry.reference);
    Ok(rows.into_iter().map(|(name, _)| name).collect())
}

/// The transfer that settled the record whose charge is named by somebody's words.
fn named(view: &mut dyn View, reference: &str) -> Result<Option<TransferId>, Fault> {
    let Ok(advice) = reference.parse::<Advice>() else {
        return Ok(None);
    };
    let settled = SETTLED.get(view, &advice.pays.0)?;
    Ok(settled.and_then(|row| match row.by {
        SettledBy::Transfer(of) => Some(of),
        _ => None,
    }))
}

/// What was taken back is void and counts nowhere, and each record was unsettled as often as its money was taken.
pub(super) fn audit(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    VOID.each::<Fault>(view, Keys::all(), |view, of, _| {
        if NOTICES.has(view, &of)? || UNMATCHED.has(view, &of)? {
            found.push(format!("transfer {of} was taken back and still counts"));
        }
        Ok(())
    })?;
    TAKEN_BACK.each::<Fault>(view, Keys::all(), |view, name, row| {
        if let HadPaid::Record(charge) = row.had_paid
            && times_reopened(view, charge)? == 0
        {
            let charge = OrderId(charge);
            found.push(format!(
                "entry {name} took back what paid {charge}, which was not unsettled"
            ));
        }
        Ok(())
    })
}
