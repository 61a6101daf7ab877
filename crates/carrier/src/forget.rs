//! Forget: a person's name, address and number go once nothing is owed on either side. The books go on under the subscriber's
//! number, which says nothing to whoever has no contract beside it.

use store::{Fault, Keys, Tx, View};
use units::{Again, Moment, Money, Refusal};

use crate::{
    Bill, BillId, Carrier, Contract, Month, Payment, SubscriberId, Terms,
    books::{UNBILLED, sub},
    merchant::PAYMENTS,
    run,
    subscriber::{CONTRACTS, NUMBERS, TERMS},
    usage::METERS,
};

/// So many bills are told of at once; a contract of a hundred years has no more.
const BILLS_MAX: usize = 2_400;

/// Everything that is kept about a person.
#[derive(Debug, Clone)]
pub struct Person {
    /// The contract, with name, address and number.
    pub contract: Contract,
    /// Plans and services, from which month on.
    pub terms: Vec<(Month, Terms)>,
    /// Bills, the latest first.
    pub bills: Vec<(BillId, Bill)>,
    /// Payments that merchants asked for.
    pub payments: Vec<Payment>,
}

/// Why a person is not forgotten, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForgetRefused {
    /// The carrier is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] party::epoch::NotReconciled),
    /// There is no such contract.
    #[error("there is no such contract here")]
    NoContract,
    /// It goes on.
    #[error("the contract goes on, and its bills need a name; end it first")]
    Live,
    /// Its last bill has not been made.
    #[error("the bill of {0} is not made yet; ask again after that")]
    Unbilled(Month),
    /// Something is not paid, or not given back.
    #[error("{0} of its bills is open; ask again when they are paid")]
    Owes(Money),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for ForgetRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NoContract => "contract-unknown",
            Self::Live => "forget-contract-goes-on",
            Self::Unbilled(_) => "forget-unbilled",
            Self::Owes(_) => "forget-owes",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NoContract => Again::Never,
            Self::Unbilled(_) => Again::Later,
            Self::Live | Self::Owes(_) => Again::AfterYouAct,
            Self::Fault(fault) => fault.again(),
        }
    }
}

impl Carrier {
    /// Everything that is kept about a person.
    pub fn person(&self, view: &mut dyn View, id: SubscriberId) -> Result<Option<Person>, Fault> {
        let Some(contract) = CONTRACTS.get(view, &id)? else {
            return Ok(None);
        };
        let mut terms = Vec::new();
        TERMS.each::<Fault>(view, Keys::under(&id), |_, (_, month), one| {
            terms.push((month, one));
            Ok(())
        })?;
        Ok(Some(Person {
            contract,
            terms,
            bills: self.bills_of(view, id, BILLS_MAX)?,
            payments: payments_of(view, id)?.into_iter().map(|(_, payment)| payment).collect(),
        }))
    }

    /// Takes name, address and number out of everything that is kept. Once done, the same again changes nothing.
    pub fn forget_person(&self, tx: &mut dyn Tx, id: SubscriberId) -> Result<(), ForgetRefused> {
        party::epoch::require::<ForgetRefused>(tx)?;
        let mut contract = CONTRACTS.get(tx, &id)?.ok_or(ForgetRefused::NoContract)?;
        let ended = contract.ended.ok_or(ForgetRefused::Live)?;
        self.nothing_open(tx, id, ended)?;
        // From here on nothing is refused.
        let mut held = Vec::new();
        NUMBERS.each::<Fault>(tx, Keys::under(&contract.number), |_, key, row| {
            if row.0 == Some(id) || (row.0.is_none() && key.1 == ended) {
                held.push(key);
            }
            Ok(())
        })?;
        for key in held {
            NUMBERS.delete(tx, &key)?;
        }
        for (payment, mut row) in payments_of(tx, id)? {
            row.number.clear();
            PAYMENTS.put(tx, &payment, &row)?;
        }
        contract.name.clear();
        contract.address.clear();
        contract.number.clear();
        contract.key = None;
        Ok(CONTRACTS.put(tx, &id, &contract)?)
    }

    /// Every bill is made and paid.
    fn nothing_open(&self, view: &mut dyn View, id: SubscriberId, ended: Moment) -> Result<(), ForgetRefused> {
        let last = Month::of(ended, self.config.zone_minutes);
        let done = |month: Month, view: &mut dyn View| -> Result<bool, Fault> {
            Ok(run::RUNS.get(view, &month)?.is_some_and(|run| run.finished.is_some()))
        };
        let latest = run::latest(view)?.filter(|latest| *latest >= last);
        let billed = match latest {
            Some(latest) => done(latest, view)?,
            None => false,
        };
        let open = latest.map_or(last, Month::next);
        if !billed {
            return Err(ForgetRefused::Unbilled(latest.unwrap_or(last)));
        }
        // What came late, or what a merchant still may take, stands on the next bill.
        let late = METERS
            .get(view, &(open, id))?
            .is_some_and(|meter| meter != crate::Meter::default());
        if late || party::books::balance(view, sub(UNBILLED, id))? != 0 {
            return Err(ForgetRefused::Unbilled(open));
        }
        let mut owed = Money::zero(self.desk.currency());
        for (_, bill) in self.bills_of(view, id, BILLS_MAX)? {
            owed = owed.plus(bill.open()).unwrap_or(owed);
        }
        if owed.is_zero() {
            Ok(())
        } else {
            Err(ForgetRefused::Owes(owed))
        }
    }
}

fn payments_of(view: &mut dyn View, id: SubscriberId) -> Result<Vec<(crate::PaymentId, Payment)>, Fault> {
    let mut found = Vec::new();
    PAYMENTS.each::<Fault>(view, Keys::all(), |_, key, payment| {
        if payment.who == id {
            found.push((key, payment));
        }
        Ok(())
    })?;
    Ok(found)
}
