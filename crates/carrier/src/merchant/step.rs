//! Step: the second of two. The subscriber's code, the merchant's confirmation or cancellation, or the end of the time that was
//! set. Each decides once; what comes late is told what was decided.

use store::{Fault, Keys, Tx};
use units::{Again, Moment, Refusal};

use super::{
    Caller, Payment, PaymentId, PaymentRefused, State,
    pay::{NOT_ANY_MORE, meant},
    payment::{EXPIRES, PAYMENTS},
};
use crate::{Carrier, enterprise::ENTERPRISES, subscriber::CONTRACTS};

/// Wrong codes before a payment is denied.
const TRIES_MAX: u8 = 3;
const EXPIRED: &str = "The time to confirm has ended";
const WRONG_CODES: &str = "The code was wrong too often";

/// What became of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validated {
    /// It was right.
    Yes,
    /// It was wrong; try again.
    Wrong,
    /// It was wrong for the last time: the payment is denied.
    TooOften,
}

/// Why no code was looked at, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValidateRefused {
    /// The carrier is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] party::epoch::NotReconciled),
    /// No such payment of this client.
    #[error("there is no such payment")]
    Unknown,
    /// It was validated.
    #[error("this payment is validated already")]
    Already,
    /// Too many wrong codes.
    #[error("the code was wrong too often; this payment is denied")]
    TooOften,
    /// No code was asked for under this id, or its time is over.
    #[error("no code is asked for under this authorization")]
    Authorization,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// What became of a confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// Booked.
    Yes,
    /// Denied: what allowed it is gone.
    Denied,
    /// Its time had ended; it is cancelled.
    Expired,
}

/// Why nothing was confirmed, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfirmRefused {
    /// The carrier is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] party::epoch::NotReconciled),
    /// Whose number it is cannot be told.
    #[error(transparent)]
    Number(PaymentRefused),
    /// No such payment of this client and this subscriber.
    #[error("there is no such payment")]
    Unknown,
    /// It was confirmed.
    #[error("this payment has been confirmed")]
    Already,
    /// It was cancelled.
    #[error("this payment has been cancelled")]
    Cancelled,
    /// Denied, or not as far yet.
    #[error("this payment cannot be confirmed as it stands")]
    NotReserved,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Why nothing was cancelled: the same reasons.
pub type CancelRefused = ConfirmRefused;

macro_rules! refusal {
    ($name:ident { $($variant:pat => $code:expr),+ $(,)? }) => {
        impl Refusal for $name {
            fn code(&self) -> &'static str {
                match self {
                    Self::Restored(no) => no.code(),
                    $($variant => $code,)+
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
    };
}
refusal!(ValidateRefused {
    Self::Unknown => "payment-unknown",
    Self::Already => "payment-validated",
    Self::TooOften => "payment-code-too-often",
    Self::Authorization => "payment-authorization",
});
refusal!(ConfirmRefused {
    Self::Number(no) => no.code(),
    Self::Unknown => "payment-unknown",
    Self::Already => "payment-confirmed",
    Self::Cancelled => "payment-cancelled",
    Self::NotReserved => "payment-not-reserved",
});

impl From<PaymentRefused> for ConfirmRefused {
    fn from(no: PaymentRefused) -> Self {
        match no {
            PaymentRefused::Fault(fault) => Self::Fault(fault),
            no => Self::Number(no),
        }
    }
}

impl Carrier {
    /// Looks at the code a subscriber was sent.
    pub fn validate(
        &self,
        tx: &mut dyn Tx,
        caller: &Caller,
        id: PaymentId,
        (authorization, code): (&str, &str),
        now: Moment,
    ) -> Result<Validated, ValidateRefused> {
        party::epoch::require::<ValidateRefused>(tx)?;
        let mut payment = self.payment_of(tx, caller, id)?.ok_or(ValidateRefused::Unknown)?;
        let right = payment.coded && seal::same(self.authorization_of(id).as_bytes(), authorization.as_bytes());
        if !right {
            return Err(ValidateRefused::Authorization);
        }
        match payment.state {
            State::PendingValidation if payment.expires.is_some_and(|ends| now < ends) => {}
            State::Reserved | State::Succeeded => return Err(ValidateRefused::Already),
            State::Denied if payment.tries >= TRIES_MAX => return Err(ValidateRefused::TooOften),
            _ => return Err(ValidateRefused::Authorization),
        }
        if seal::same(self.code_of(id).as_bytes(), code.as_bytes()) {
            self.come_to(tx, id, &mut payment, (State::Reserved, None), now)?;
            return Ok(Validated::Yes);
        }
        payment.tries = payment.tries.saturating_add(1);
        if payment.tries < TRIES_MAX {
            PAYMENTS.put(tx, &id, &payment)?;
            return Ok(Validated::Wrong);
        }
        self.let_go(tx, &mut payment)?;
        self.come_to(tx, id, &mut payment, (State::Denied, Some(WRONG_CODES)), now)?;
        Ok(Validated::TooOften)
    }

    /// Books what was kept free.
    pub fn confirm(
        &self,
        tx: &mut dyn Tx,
        caller: &Caller,
        id: PaymentId,
        number: Option<&str>,
        now: Moment,
    ) -> Result<Confirmed, ConfirmRefused> {
        party::epoch::require::<ConfirmRefused>(tx)?;
        let mut payment = self.payment_for(tx, caller, id, number, now)?;
        match payment.state {
            State::Succeeded => return Err(ConfirmRefused::Already),
            State::Cancelled => return Err(ConfirmRefused::Cancelled),
            State::Reserved if payment.two => {}
            _ => return Err(ConfirmRefused::NotReserved),
        }
        self.let_go(tx, &mut payment)?;
        if payment.expires.is_some_and(|ends| ends <= now) {
            self.come_to(tx, id, &mut payment, (State::Cancelled, Some(EXPIRED)), now)?;
            return Ok(Confirmed::Expired);
        }
        let contract = CONTRACTS
            .get(tx, &payment.who)?
            .filter(|contract| contract.ended.is_none());
        let listed = ENTERPRISES.get(tx, &payment.enterprise)?;
        let paid = listed.is_none_or(|row| row.trust == crate::Trust::Trusted);
        // The month may have turned, and with it what he has spent.
        let may = match contract.filter(|_| paid) {
            Some(contract) => self.has_room(tx, payment.who, &contract, payment.amount, now)?,
            None => false,
        };
        if !may {
            self.come_to(tx, id, &mut payment, (State::Denied, Some(NOT_ANY_MORE)), now)?;
            return Ok(Confirmed::Denied);
        }
        self.succeed(tx, id, &mut payment, now)?;
        Ok(Confirmed::Yes)
    }

    /// Gives up what was kept free.
    pub fn cancel(
        &self,
        tx: &mut dyn Tx,
        caller: &Caller,
        id: PaymentId,
        number: Option<&str>,
        now: Moment,
    ) -> Result<(), CancelRefused> {
        party::epoch::require::<ConfirmRefused>(tx)?;
        let mut payment = self.payment_for(tx, caller, id, number, now)?;
        match payment.state {
            State::Succeeded => return Err(ConfirmRefused::Already),
            State::Cancelled => return Err(ConfirmRefused::Cancelled),
            State::Reserved | State::PendingValidation | State::Processing if payment.two => {}
            _ => return Err(ConfirmRefused::NotReserved),
        }
        self.let_go(tx, &mut payment)?;
        Ok(self.come_to(tx, id, &mut payment, (State::Cancelled, None), now)?)
    }

    /// Gives up what nobody confirmed in time, at most so many.
    pub(crate) fn expire(&self, tx: &mut dyn Tx, now: Moment, limit: usize) -> Result<(), Fault> {
        let until = Keys::all().until(&Moment(now.0.saturating_add(1)));
        for ((at, id), ()) in EXPIRES.range(tx, until, limit)? {
            EXPIRES.delete(tx, &(at, id))?;
            let open = |payment: &Payment| {
                matches!(
                    payment.state,
                    State::Processing | State::Reserved | State::PendingValidation
                )
            };
            if let Some(mut payment) = PAYMENTS.get(tx, &id)?.filter(open) {
                self.let_go(tx, &mut payment)?;
                self.come_to(tx, id, &mut payment, (State::Cancelled, Some(EXPIRED)), now)?;
            }
        }
        Ok(())
    }

    fn payment_for(
        &self,
        tx: &mut dyn Tx,
        caller: &Caller,
        id: PaymentId,
        number: Option<&str>,
        now: Moment,
    ) -> Result<Payment, ConfirmRefused> {
        let who = meant(tx, caller, number, now)??;
        let payment = self.payment_of(tx, caller, id)?;
        payment
            .filter(|payment| payment.who == who)
            .ok_or(ConfirmRefused::Unknown)
    }
}
