//! Account: a customer's money with the gateway: paid in before, or owed up to a limit. Names and passwords are the
//! sign-in's; here a customer is a number.

use minicbor::{Decode, Encode};
use party::{
    books::{self, Account, Leg, PostRefused, Posting},
    epoch,
};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Again, Hash, Moment, Money, Refusal, TransferId};

use super::{CASH, CUSTOMER, Gateway};

/// How a customer pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Paying {
    /// In advance.
    #[n(0)]
    Prepaid,
    /// Later, up to so much.
    #[n(1)]
    Credit(#[n(0)] Money),
}

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Customer {
    /// How it pays.
    #[n(0)]
    pub paying: Paying,
    /// What is held for questions under way, in minor units.
    #[n(1)]
    pub held: i64,
    /// Since when.
    #[n(2)]
    pub since: Moment,
}
impl Value for Customer {}

pub(super) const CUSTOMERS: Map<[u8; 16], Customer> = Map::new(Table::new("gateway_customers"));
pub(super) const PAY_INS: Map<TransferId, i64> = Map::new(Table::new("gateway_pay_ins"));

/// Why nothing was changed about an account, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountRefused {
    /// The gateway is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] epoch::NotReconciled),
    /// No such customer.
    #[error("there is no account of this number here; open one first")]
    NoCustomer,
    /// The account pays otherwise.
    #[error("this account was opened with other terms; close it before")]
    OtherTerms,
    /// Money stands in the account, or is owed.
    #[error(
        "{0} in minor units stand in this account; what is owed is paid and what is left is spent before it closes"
    )]
    NotEmpty(i64),
    /// Something is held for questions under way.
    #[error("a question of this account is under way; ask again when it is answered")]
    UnderWay,
    /// The books refuse: a bug or damage.
    #[error("the books do not take this ({0}); nothing has changed")]
    Books(PostRefused),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for AccountRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NoCustomer => "no-customer",
            Self::OtherTerms => "account-other-terms",
            Self::NotEmpty(_) => "account-not-empty",
            Self::UnderWay => "account-under-way",
            Self::Books(no) => no.code(),
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Fault(fault) => fault.again(),
            Self::UnderWay => Again::Later,
            Self::NotEmpty(_) => Again::AfterYouAct,
            _ => Again::Never,
        }
    }
}

impl From<PostRefused> for AccountRefused {
    fn from(no: PostRefused) -> Self {
        match no {
            PostRefused::Fault(fault) => Self::Fault(fault),
            other => Self::Books(other),
        }
    }
}

impl Gateway {
    /// Opens a customer's account; the same again changes nothing.
    pub fn open_account(
        &self,
        tx: &mut dyn Tx,
        customer: [u8; 16],
        paying: Paying,
        now: Moment,
    ) -> Result<(), AccountRefused> {
        epoch::require::<AccountRefused>(tx)?;
        match CUSTOMERS.get(tx, &customer)? {
            Some(known) if known.paying == paying => Ok(()),
            Some(_) => Err(AccountRefused::OtherTerms),
            None => Ok(CUSTOMERS.put(
                tx,
                &customer,
                &Customer {
                    paying,
                    held: 0,
                    since: now,
                },
            )?),
        }
    }

    /// A customer pays in, under an id that stands for this payment for ever.
    pub fn pay_in(
        &self,
        tx: &mut dyn Tx,
        id: TransferId,
        customer: [u8; 16],
        amount: Money,
        now: Moment,
    ) -> Result<(), AccountRefused> {
        epoch::require::<AccountRefused>(tx)?;
        if !CUSTOMERS.has(tx, &customer)? {
            return Err(AccountRefused::NoCustomer);
        }
        let leg = Leg {
            debit: Account::own(CASH),
            credit: Account::of(CUSTOMER, customer),
            amount,
        };
        let posting = Posting {
            id,
            what: "paid in",
            about: Hash([0; 32]),
            legs: vec![leg],
        };
        books::post(tx, &posting, now)?;
        Ok(PAY_INS.put(tx, &id, &amount.minor())?)
    }

    /// Closes a customer's account, once it is empty: the books keep what was charged under a number that is nobody's from then on.
    /// Whoever keeps the ways to sign in deletes them in the same transaction.
    pub fn close_account(&self, tx: &mut dyn Tx, customer: [u8; 16]) -> Result<(), AccountRefused> {
        epoch::require::<AccountRefused>(tx)?;
        let row = CUSTOMERS.get(tx, &customer)?.ok_or(AccountRefused::NoCustomer)?;
        let balance = books::balance(tx, Account::of(CUSTOMER, customer))?;
        if balance != 0 {
            return Err(AccountRefused::NotEmpty(balance));
        }
        if row.held != 0 || Self::is_waiting(tx, customer)? {
            return Err(AccountRefused::UnderWay);
        }
        CUSTOMERS.delete(tx, &customer)?;
        Ok(())
    }

    /// A customer, and what stands in the account, in minor units.
    pub fn customer(&self, view: &mut dyn View, customer: [u8; 16]) -> Result<Option<(Customer, i64)>, Fault> {
        let Some(row) = CUSTOMERS.get(view, &customer)? else {
            return Ok(None);
        };
        Ok(Some((row, books::balance(view, Account::of(CUSTOMER, customer))?)))
    }

    /// Customers and what stands in their accounts, in minor units: at most `limit`.
    pub fn customers(&self, view: &mut dyn View, limit: usize) -> Result<Vec<([u8; 16], Customer, i64)>, Fault> {
        let mut out = Vec::new();
        for (id, row) in CUSTOMERS.range(view, Keys::all(), limit)? {
            let balance = books::balance(view, Account::of(CUSTOMER, id))?;
            out.push((id, row, balance));
        }
        Ok(out)
    }

    /// What a customer may still spend, in minor units.
    pub(super) fn available(&self, tx: &mut dyn Tx, id: [u8; 16], row: &Customer) -> Result<i64, Fault> {
        let credit = match row.paying {
            Paying::Prepaid => 0,
            Paying::Credit(limit) => limit.minor(),
        };
        let balance = books::balance(tx, Account::of(CUSTOMER, id))?;
        Ok(balance.saturating_add(credit).saturating_sub(row.held))
    }
}
