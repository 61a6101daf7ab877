//! Assign: people say which unsettled record some money is for that came in and matched nothing (ST-5). One write takes both
//! lists forward: the money is nobody's no more, and the record is settled by that very transfer.

use deal::charge::ChargeId;
use store::{Fault, Tx};
use units::{Again, Moment, Money, OrderId, Refusal, TransferId};

use super::{
    PayRefused, Shop,
    unsettled::{CARRIED, NOTICES, Notice, SettledBy, UNMATCHED, UNMATCHED_SUM, UNSETTLED},
};
use crate::{
    bank::Advice,
    books::{Account, Leg},
};

/// Why money stays with nobody, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssignRefused {
    /// The shop is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// No such money waits here.
    #[error("no money of this transfer waits for a record; somebody may have given it one already")]
    NoMoney,
    /// Nothing is unsettled under this charge.
    #[error("no record of this number waits for its money; it may be settled already")]
    NoRecord,
    /// Another amount than is due.
    #[error("{came} came in, and {due} is due: only money of the same amount settles a record")]
    OtherAmount {
        /// What came.
        came: Money,
        /// What is due.
        due: Money,
    },
    /// The books refuse it.
    #[error(transparent)]
    Books(#[from] PayRefused),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for AssignRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NoMoney => "notice-unknown",
            Self::NoRecord => "record-unknown",
            Self::OtherAmount { .. } => "notice-other-amount",
            Self::Books(no) => no.code(),
            Self::Fault(no) => no.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Books(no) => no.again(),
            Self::Fault(no) => no.again(),
            _ => Again::AfterYouAct,
        }
    }
}

impl Shop {
    /// This money is for that record: settled, in one write. Said again about the same two it is refused, and changes nothing.
    pub fn assign(
        &self,
        tx: &mut dyn Tx,
        transfer: TransferId,
        charge: ChargeId,
        now: Moment,
    ) -> Result<(), AssignRefused> {
        crate::epoch::require::<AssignRefused>(tx)?;
        let money = UNMATCHED.get(tx, &transfer)?.ok_or(AssignRefused::NoMoney)?;
        let was = UNSETTLED.get(tx, &charge)?.ok_or(AssignRefused::NoRecord)?;
        if money.amount != was.amount {
            return Err(AssignRefused::OtherAmount {
                came: money.amount,
                due: was.amount,
            });
        }
        let legs = vec![Leg {
            debit: Account::own(UNMATCHED_SUM),
            credit: Account::of(CARRIED, was.payer.0),
            amount: was.amount,
        }];
        UNMATCHED.delete(tx, &transfer)?;
        let notice = Notice {
            deal: was.deal,
            amount: money.amount,
            advice: Advice::of(OrderId(charge)).to_string(),
        };
        NOTICES.put(tx, &transfer, &notice)?;
        Ok(self.settle_record(tx, charge, was, SettledBy::Transfer(transfer), now, legs)?)
    }
}
