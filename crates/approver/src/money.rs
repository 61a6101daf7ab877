//! Money: with what users pay, and how it comes and goes outside of purchases.

use ledger::PostRefused;
use minicbor::{Decode, Encode};
use store::{Fault, Tx, View};
use units::{Again, Moment, Money, Refusal, TransferId};

use crate::{
    Approver, UserId,
    books::{self, Books, ROOM},
    user::USERS,
};

/// With what a purchase is paid (PA-4: prepaid value and points can be the limit).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Means {
    /// It is owed, within a limit, until a bill is paid.
    #[n(0)]
    Credit,
    /// It was paid in before.
    #[n(1)]
    Value,
    /// Points, each worth one minor unit.
    #[n(2)]
    Points,
}

impl Means {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Credit, Self::Value, Self::Points];
    /// Its word in addresses and forms.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Credit => "credit",
            Self::Value => "value",
            Self::Points => "points",
        }
    }
    /// The means of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|means| means.word() == word)
    }
}

/// Why no money moved, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyRefused {
    /// The approver is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] party::epoch::NotReconciled),
    /// No such user.
    #[error("there is no user of that number here")]
    NoUser,
    /// Nothing, or in another currency.
    #[error("an amount of money in this realm's currency, above nothing, is needed")]
    Amount,
    /// More than is owed.
    #[error("{0} is owed; no more can be paid")]
    NotOwed(Money),
    /// More than is there.
    #[error("{0} of prepaid value is free; no more can be paid back")]
    NotThere(Money),
    /// So low that what is spent already would not fit.
    #[error("the limit can be lowered to {0} now: more is spent or approved")]
    InUse(Money),
    /// The id was used for something else.
    #[error("this request was made before with another content; make a new one")]
    OtherContent,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for MoneyRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NoUser => "user-unknown",
            Self::Amount => "amount",
            Self::NotOwed(_) => "bill-not-owed",
            Self::NotThere(_) => "value-not-there",
            Self::InUse(_) => "limit-in-use",
            Self::OtherContent => "request-other-content",
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
impl From<MoneyRefused> for party::Refused {
    fn from(no: MoneyRefused) -> Self {
        Self::by(&no)
    }
}

/// The ledger's own trouble: the store's, an id that stands for something else, or damage.
pub(crate) fn odd(no: PostRefused) -> MoneyRefused {
    match no {
        PostRefused::Fault(fault) => MoneyRefused::Fault(fault),
        PostRefused::ExistsDifferently(_) | PostRefused::PartlyKnown { .. } => MoneyRefused::OtherContent,
        other => MoneyRefused::Fault(damage(&other)),
    }
}

pub(crate) fn damage(why: &dyn core::fmt::Display) -> Fault {
    Fault::Corrupt {
        table: "ledger_totals",
        why: why.to_string(),
    }
}

impl Approver {
    pub(crate) fn books<'a>(&self, tx: &'a mut dyn Tx, now: Moment) -> Books<'a> {
        Books {
            tx,
            currency: self.desk.currency(),
            now,
        }
    }

    pub(crate) fn amount(&self, view: &mut dyn View, user: UserId, amount: Money) -> Result<(), MoneyRefused> {
        party::epoch::require::<MoneyRefused>(view)?;
        if !USERS.has(view, &user)? {
            return Err(MoneyRefused::NoUser);
        }
        if amount.is_zero() || amount.currency() != self.desk.currency() {
            return Err(MoneyRefused::Amount);
        }
        Ok(())
    }

    /// Sets how much a user may owe. `id` is drawn once and given again on a repeat. Refuses to go below what is spent.
    pub fn set_limit(
        &self,
        tx: &mut dyn Tx,
        id: TransferId,
        user: UserId,
        limit: Money,
        now: Moment,
    ) -> Result<(), MoneyRefused> {
        party::epoch::require::<MoneyRefused>(tx)?;
        let mut row = USERS.get(tx, &user)?.ok_or(MoneyRefused::NoUser)?;
        if limit.currency() != self.desk.currency() {
            return Err(MoneyRefused::Amount);
        }
        if ledger::find_transfer(tx, id)?.is_some() || limit == row.limit {
            return Ok(());
        }
        let (up, by) = match limit.minus(row.limit) {
            Ok(more) => (true, more),
            Err(_) => (false, row.limit.minus(limit).unwrap_or(row.limit)),
        };
        let (_, free) = books::stands(tx, ROOM.of(user.0))?;
        if !up && free < by.minor() {
            let spent = row.limit.minor().saturating_sub(free.max(0));
            let least = Money::new(spent, limit.currency()).unwrap_or(row.limit);
            return Err(MoneyRefused::InUse(least));
        }
        self.books(tx, now).limit(id, user, up, by).map_err(odd)?;
        row.limit = limit;
        Ok(USERS.put(tx, &user, &row)?)
    }

    /// A user has paid (a part of) a bill: what is owed goes down and the limit is free again.
    pub fn bill_paid(
        &self,
        tx: &mut dyn Tx,
        id: TransferId,
        user: UserId,
        amount: Money,
        now: Moment,
    ) -> Result<(), MoneyRefused> {
        self.amount(tx, user, amount)?;
        if ledger::find_transfer(tx, id)?.is_none() {
            let (owed, _) = books::stands(tx, books::OWED.of(user.0))?;
            if owed < amount.minor() {
                let owed = Money::new(owed.max(0), amount.currency()).unwrap_or(amount);
                return Err(MoneyRefused::NotOwed(owed));
            }
        }
        self.books(tx, now).paid(id, user, amount).map_err(odd)
    }

    /// A user has paid value in, or is given points.
    pub fn fill(
        &self,
        tx: &mut dyn Tx,
        id: TransferId,
        user: UserId,
        means: Means,
        amount: Money,
        now: Moment,
    ) -> Result<(), MoneyRefused> {
        self.amount(tx, user, amount)?;
        if means == Means::Credit {
            return Err(MoneyRefused::Amount);
        }
        self.books(tx, now).fill(id, user, means, amount).map_err(odd)
    }
}
