//! Money that came in: what the bank's statement or notice says about the carrier's account. It pays the bill whose number it
//! names, or waits in suspense where people see it; it is never dropped, and counts once however often it is told (row-56).

use minicbor::{Decode, Encode};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Again, Moment, Money, Refusal, TransferId};

use crate::{
    BillId, Carrier,
    bill::{BILLS, BY_NUMBER},
    books::{self, BANK, BILLED, SUSPENSE},
};

/// An entry on the credit side of the carrier's account.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Incoming {
    /// The entry's own id at the bank.
    #[n(0)]
    pub id: TransferId,
    /// How much.
    #[n(1)]
    pub amount: Money,
    /// What it says it is for.
    #[n(2)]
    pub reference: String,
    /// When it was booked.
    #[n(3)]
    pub at: Moment,
}
impl Value for Incoming {}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Suspended {
    /// It matches nothing, and waits.
    #[n(0)]
    Waits,
    /// It pays a bill.
    #[n(1)]
    Pays(#[n(0)] BillId),
}
impl Value for Suspended {}

pub(crate) const INCOMING: Map<TransferId, Incoming> = Map::new(Table::new("carrier_incoming"));
pub(crate) const FATE: Map<TransferId, Suspended> = Map::new(Table::new("carrier_incoming_fate"));
/// What waits, by when it came.
pub(crate) const WAITING: Map<(Moment, TransferId), ()> = Map::new(Table::new("carrier_suspense"));

/// Why money was not taken in or assigned, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyInRefused {
    /// The carrier is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] party::epoch::NotReconciled),
    /// Nothing, or another currency.
    #[error("an entry has more than nothing, in this carrier's currency")]
    Amount,
    /// The id stands for another entry.
    #[error("entry {0} was taken in before with another content; nothing has changed, compare the statements")]
    OtherContent(TransferId),
    /// Nothing of this id waits.
    #[error("no money of this id waits in suspense")]
    NotWaiting,
    /// There is no bill of this number.
    #[error("there is no bill of this number")]
    NoBill,
    /// More than the bill still asks for.
    #[error("{0} is still open on this bill; more cannot be paid on it")]
    TooMuch(Money),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for MoneyInRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::Amount => "entry-amount",
            Self::OtherContent(_) => "entry-other-content",
            Self::NotWaiting => "suspense-unknown",
            Self::NoBill => "bill-unknown",
            Self::TooMuch(_) => "bill-overpaid",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Fault(fault) => fault.again(),
            _ => Again::AfterYouAct,
        }
    }
}
impl From<MoneyInRefused> for party::Refused {
    fn from(no: MoneyInRefused) -> Self {
        Self::by(&no)
    }
}

impl Carrier {
    /// Takes in what came into the account. The same entry again changes nothing and gets the same answer.
    pub fn money_in(&self, tx: &mut dyn Tx, entry: &Incoming, now: Moment) -> Result<Suspended, MoneyInRefused> {
        party::epoch::require::<MoneyInRefused>(tx)?;
        if let Some(known) = INCOMING.get(tx, &entry.id)? {
            if known != *entry {
                return Err(MoneyInRefused::OtherContent(entry.id));
            }
            return Ok(FATE.get(tx, &entry.id)?.unwrap_or(Suspended::Waits));
        }
        if entry.amount.is_zero() || entry.amount.currency() != self.desk.currency() {
            return Err(MoneyInRefused::Amount);
        }
        INCOMING.put(tx, &entry.id, entry)?;
        let legs = vec![books::leg(books::own(BANK), books::own(SUSPENSE), entry.amount)];
        books::post(tx, "money in", &entry.id.0, legs, now)?;
        WAITING.put(tx, &(entry.at, entry.id), &())?;
        FATE.put(tx, &entry.id, &Suspended::Waits)?;
        match self.assign(tx, entry.id, entry.reference.trim(), now) {
            Ok(id) => Ok(Suspended::Pays(id)),
            Err(MoneyInRefused::Fault(fault)) => Err(fault.into()),
            // It matches nothing as it stands: people look at it.
            Err(_) => Ok(Suspended::Waits),
        }
    }

    /// Says which bill money in suspense pays.
    pub fn assign(&self, tx: &mut dyn Tx, id: TransferId, number: &str, now: Moment) -> Result<BillId, MoneyInRefused> {
        party::epoch::require::<MoneyInRefused>(tx)?;
        let entry = INCOMING.get(tx, &id)?.ok_or(MoneyInRefused::NotWaiting)?;
        let bill_id = BY_NUMBER.get(tx, &number.to_owned())?.ok_or(MoneyInRefused::NoBill)?;
        match FATE.get(tx, &id)? {
            Some(Suspended::Waits) => {}
            Some(Suspended::Pays(paid)) if paid == bill_id => return Ok(bill_id),
            _ => return Err(MoneyInRefused::NotWaiting),
        }
        let mut bill = BILLS.get(tx, &bill_id)?.ok_or(MoneyInRefused::NoBill)?;
        let open = bill.open();
        if entry.amount.minor() > open.minor() {
            return Err(MoneyInRefused::TooMuch(open));
        }
        bill.paid = bill
            .paid
            .plus(entry.amount)
            .map_err(|_| MoneyInRefused::TooMuch(open))?;
        let legs = vec![books::leg(
            books::own(SUSPENSE),
            books::sub(BILLED, bill.who),
            entry.amount,
        )];
        books::post(tx, "assigned", &id.0, legs, now)?;
        WAITING.delete(tx, &(entry.at, id))?;
        FATE.put(tx, &id, &Suspended::Pays(bill_id))?;
        BILLS.put(tx, &bill_id, &bill)?;
        Ok(bill_id)
    }

    /// Money that waits in suspense, the oldest first.
    pub fn suspense(&self, view: &mut dyn View, limit: usize) -> Result<Vec<Incoming>, Fault> {
        let mut out = Vec::new();
        for ((_, id), ()) in WAITING.range(view, Keys::all(), limit)? {
            out.extend(INCOMING.get(view, &id)?);
        }
        Ok(out)
    }
}
