//! Audit: every charge against the books, every hold against its question.

use party::books::{self, Account};
use store::{Fault, Keys, View};

use super::{
    COMMISSION, CUSTOMER,
    account::PAY_INS,
    carry::{self, CHARGED},
};

pub(super) fn audit(view: &mut dyn View) -> Result<Vec<String>, Fault> {
    let mut found = books::audit(view)?;
    found.extend(carry::wrong_holds(view)?);
    let (mut charged, mut own, mut paid) = (0_i64, 0_i64, 0_i64);
    CHARGED.each::<Fault>(view, Keys::all(), |_, delivery, told| {
        charged = charged.saturating_add(told.charge.amount.minor());
        own = own.saturating_add(told.charge.gateway.minor());
        if told.charge.gateway.plus(told.charge.operator) != Ok(told.charge.amount) {
            found.push(format!("the parts of delivery {delivery} do not make its amount"));
        }
        Ok(())
    })?;
    PAY_INS.each::<Fault>(view, Keys::all(), |_, _, amount| {
        paid = paid.saturating_add(amount);
        Ok(())
    })?;
    let customers = books::total(view, CUSTOMER)?;
    if customers != paid.saturating_sub(charged) {
        found.push(format!(
            "customers have {customers}; {paid} was paid in and {charged} charged"
        ));
    }
    let earned = books::balance(view, Account::own(COMMISSION))?;
    if earned != own {
        found.push(format!(
            "the books hold a commission of {earned}, the charges make {own}"
        ));
    }
    Ok(found)
}
