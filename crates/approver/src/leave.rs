//! Leave: a user goes. What was said about the person is deleted; the books keep what was bought and paid under a number that
//! leads to nobody any more.

use ledger::PostRefused;
use store::{Fault, Keys, Tx, View};
use units::{Again, Moment, Money, Refusal, TransferId};

use crate::{Approver, Means, Outcome, UserId, books, dispute::DISPUTES, money::damage, user::USERS};

/// Why a user cannot go yet, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LeaveRefused {
    /// The approver is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] party::epoch::NotReconciled),
    /// No such user.
    #[error("there is no user of that number here")]
    NoUser,
    /// Something is owed.
    #[error("{0} is owed; pay the bill first")]
    Owes(Money),
    /// Something is approved and not used.
    #[error("{0} is reserved; take open approvals back, or wait until they are settled")]
    Held(Money),
    /// Value is left.
    #[error("{0} of prepaid value is left; have it paid back first")]
    HasValue(Money),
    /// A dispute is open.
    #[error("a charge is disputed; wait until that is decided")]
    Disputes,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for LeaveRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NoUser => "user-unknown",
            Self::Owes(_) => "leave-owes",
            Self::Held(_) => "leave-reserved",
            Self::HasValue(_) => "leave-value",
            Self::Disputes => "leave-disputes",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NoUser => Again::Never,
            Self::Fault(fault) => fault.again(),
            _ => Again::AfterYouAct,
        }
    }
}
impl From<LeaveRefused> for party::Refused {
    fn from(no: LeaveRefused) -> Self {
        Self::by(&no)
    }
}

impl Approver {
    /// Deletes a user: limit, file number, conduct. Points lapse. Whoever keeps the ways to sign in deletes them in the same
    /// transaction.
    pub fn leave(&self, tx: &mut dyn Tx, user: UserId, now: Moment) -> Result<(), LeaveRefused> {
        party::epoch::require::<LeaveRefused>(tx)?;
        let standing = self.standing(tx, user)?.ok_or(LeaveRefused::NoUser)?;
        if !standing.owed.is_zero() {
            return Err(LeaveRefused::Owes(standing.owed));
        }
        if !standing.held.is_zero() {
            return Err(LeaveRefused::Held(standing.held));
        }
        if !standing.value.is_zero() {
            return Err(LeaveRefused::HasValue(standing.value));
        }
        if self.has_dispute(tx, user)? {
            return Err(LeaveRefused::Disputes);
        }
        let about = |what| books::id_of(what, &user.0, 0);
        if !standing.limit.is_zero() {
            booked(self.books(tx, now).limit(about("left"), user, false, standing.limit))?;
        }
        if !standing.points.is_zero() {
            booked(
                self.books(tx, now)
                    .drain(about("lapsed"), user, Means::Points, standing.points),
            )?;
        }
        USERS.delete(tx, &user)?;
        Ok(())
    }

    fn has_dispute(&self, view: &mut dyn View, user: UserId) -> Result<bool, Fault> {
        let mut open = false;
        DISPUTES.each::<Fault>(view, Keys::all(), |_, _, dispute| {
            open |= dispute.user == user && dispute.outcome == Outcome::Open;
            Ok(())
        })?;
        Ok(open)
    }

    /// Prepaid value is paid back to its user.
    pub fn pay_back(
        &self,
        tx: &mut dyn Tx,
        id: TransferId,
        user: UserId,
        amount: Money,
        now: Moment,
    ) -> Result<(), crate::MoneyRefused> {
        self.amount(tx, user, amount)?;
        match self.books(tx, now).drain(id, user, Means::Value, amount) {
            Err(PostRefused::NotEnough { .. }) => {
                let (_, free) = books::stands(tx, books::VALUE.of(user.0))?;
                let free = Money::new(free.max(0), amount.currency()).unwrap_or(amount);
                Err(crate::MoneyRefused::NotThere(free))
            }
            done => done.map_err(crate::money::odd),
        }
    }
}

fn booked(done: Result<(), PostRefused>) -> Result<(), Fault> {
    match done {
        Ok(()) => Ok(()),
        Err(PostRefused::Fault(fault)) => Err(fault),
        Err(other) => Err(damage(&other)),
    }
}
