//! Audit of merchants' payments: every one that succeeded is a purchase of the same amount and subscriber, no other is; what is
//! kept free is what open payments keep; refunds are what their purchases say.

use std::collections::BTreeMap;

use store::{Fault, Keys, View};

use super::{
    RefundState, State,
    payment::{EXPIRES, PAYMENTS},
    refund::{REFUNDS, WAITING, held},
};
use crate::{
    Month, Origin, SubscriberId,
    content::{BOUGHT, minor},
};

/// What is kept free in each month for each subscriber, payment by payment.
pub(crate) fn reserved(view: &mut dyn View) -> Result<BTreeMap<(Month, SubscriberId), u64>, Fault> {
    let mut out = BTreeMap::new();
    PAYMENTS.each::<Fault>(view, Keys::all(), |_, _, payment| {
        if let Some(month) = payment.kept_in {
            let sum: &mut u64 = out.entry((month, payment.who)).or_default();
            *sum = sum.saturating_add(minor(payment.amount));
        }
        Ok(())
    })?;
    Ok(out)
}

/// Everything that does not add up.
pub(crate) fn audit(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    let mut held = held(view)?;
    PAYMENTS.each::<Fault>(view, Keys::all(), |view, id, payment| {
        let bought = BOUGHT.get(view, &id.0)?;
        let fits = match (&payment.state, &bought) {
            (State::Succeeded, Some(bought)) => {
                (bought.who, bought.amount, bought.enterprise) == (payment.who, payment.amount, payment.enterprise)
                    && bought.origin == Origin::Merchant
            }
            (State::Succeeded, None) | (_, Some(_)) => false,
            (_, None) => true,
        };
        if !fits {
            found.push(format!("payment {id} is not booked as it was decided"));
        }
        let open = matches!(
            payment.state,
            State::Processing | State::PendingValidation | State::Reserved
        );
        if open != payment.kept_in.is_some() {
            found.push(format!(
                "payment {id} keeps an amount free that it should not, or does not"
            ));
        }
        if let Some(at) = payment.expires
            && !EXPIRES.has(view, &(at, id))?
        {
            found.push(format!("payment {id} never ends"));
        }
        if held.remove(&id).unwrap_or(0) != minor(payment.refunding) {
            found.push(format!(
                "refunds under consideration of payment {id} do not agree with it"
            ));
        }
        Ok(())
    })?;
    if !held.is_empty() {
        found.push("a refund is of no payment".to_owned());
    }
    REFUNDS.each::<Fault>(view, Keys::all(), |view, id, refund| {
        let noted = crate::refund::REFUNDS.get(view, &units::TransferId(id.0))?;
        let fits = match refund.state {
            RefundState::Succeeded => noted.is_some_and(|row| row.of == refund.of.0 && row.amount == refund.amount),
            RefundState::Processing => noted.is_none() && WAITING.has(view, &(refund.created, id))?,
            RefundState::Denied => noted.is_none(),
        };
        if !fits {
            found.push(format!("refund {id} is not booked as it was decided"));
        }
        Ok(())
    })?;
    BOUGHT.each::<Fault>(view, Keys::all(), |view, of, bought| {
        if bought.origin == Origin::Merchant && !PAYMENTS.has(view, &super::PaymentId(of))? {
            found.push(format!(
                "purchase {} is billed and no payment says so",
                crate::reference(of)
            ));
        }
        Ok(())
    })
}
