//! Deposit: cash that somebody brings to the bank's counter for an account there.

use store::{Fault, Tx};
use units::{Again, Currency, Hash, Moment, Money, Refusal, TransferId};

use super::{
    HouseBank,
    account::{CASH, Holder, StatementLine, note_line},
};
use crate::books::{self, Account, Leg, PostRefused, Posting, posting_id};

/// Why cash was not taken, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DepositRefused {
    /// The bank is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// No such account.
    #[error("there is no such account here; open it first")]
    NoAccount,
    /// Nothing, or another currency.
    #[error("this bank takes {0} alone, and more than nothing")]
    Amount(Currency),
    /// It does not fit.
    #[error(transparent)]
    Post(#[from] PostRefused),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for DepositRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NoAccount => "deposit-no-account",
            Self::Amount(_) => "deposit-amount",
            Self::Post(no) => no.code(),
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NoAccount | Self::Amount(_) => Again::AfterYouAct,
            Self::Post(no) => no.again(),
            Self::Fault(fault) => fault.again(),
        }
    }
}
crate::refused::refusals!(DepositRefused);

impl HouseBank {
    /// Takes cash for an account. `id` is drawn once and given again on a repeat, which changes nothing.
    pub fn deposit(
        &self,
        tx: &mut dyn Tx,
        id: TransferId,
        of: Holder,
        amount: Money,
        now: Moment,
    ) -> Result<(), DepositRefused> {
        crate::epoch::require::<DepositRefused>(tx)?;
        if !self.has(tx, of)? {
            return Err(DepositRefused::NoAccount);
        }
        let currency = self.desk.currency();
        if amount.currency() != currency || amount.is_zero() {
            return Err(DepositRefused::Amount(currency));
        }
        let posting = Posting {
            id: posting_id("deposit", &id.0),
            what: "deposit",
            about: Hash::default(),
            legs: vec![Leg {
                debit: Account::own(CASH),
                credit: of.account(),
                amount,
            }],
        };
        let again = books::was_posted(tx, posting.id)?;
        books::post(tx, &posting, now)?;
        if !again {
            let line = StatementLine {
                id: posting.id,
                credit: true,
                amount,
                reference: "CASH".to_owned(),
                at: now,
                other: None,
            };
            note_line(tx, of, &line)?;
        }
        Ok(())
    }
}
