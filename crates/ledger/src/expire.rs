//! Expiry: what was held too long goes back, and the books say so (mojaloop#3300: holds that vanish without an event).

use crate::AccountId;
use crate::books::{DUE, ENTRIES, HOLDS, TOTALS};
use crate::hold::HoldState;
use crate::journal::{self, Event};
use crate::look::{Entry, Side};
use store::{Fault, Keys, Tx};
use units::{Moment, Money, Span, TransferId};

/// The most holds that expire in one record.
pub const EXPIRE_MAX: usize = 256;

/// A hold that ran out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// The hold.
    pub hold: TransferId,
    /// The account it was held from.
    pub debit: AccountId,
    /// The account it was held for.
    pub credit: AccountId,
    /// How much was released.
    pub amount: Money,
}

/// Ends every hold whose time is over at `now`, at most [`EXPIRE_MAX`] of them, and says which; call it again until it
/// says none. Every one stands in the journal.
pub fn expire_due(tx: &mut dyn Tx, now: Moment) -> Result<Vec<Expired>, Fault> {
    let Some(mut head) = journal::head(tx)? else {
        return Ok(Vec::new());
    };
    let at = journal::time(&head, now);
    // "Until" leaves out its end, and holds that never expire stand at the very end.
    let due = DUE.range(tx, Keys::all().until(&at.plus(Span(1))), EXPIRE_MAX)?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let holds = due.iter().map(|((_, id), ())| *id).collect();
    journal::append(tx, &mut head, now, Event::Expired { holds })?;
    let mut expired = Vec::with_capacity(due.len());
    for (index, (key, ())) in (0..).zip(due) {
        expired.push(expire(tx, key, head.number, index, at)?);
    }
    Ok(expired)
}

fn expire(tx: &mut dyn Tx, key: (Moment, TransferId), record: u64, index: u16, at: Moment) -> Result<Expired, Fault> {
    let id = key.1;
    let corrupt = |why: &str| Fault::Corrupt {
        table: HOLDS.table().name(),
        why: why.to_owned(),
    };
    let hold = HOLDS
        .get(tx, &id)?
        .ok_or_else(|| corrupt("a hold is due that does not exist"))?;
    let hold = hold
        .end(HoldState::Expired { record })
        .map_err(|_| corrupt("a hold is due that has ended"))?;
    HOLDS.put(tx, &id, &hold)?;
    DUE.delete(tx, &key)?;
    for (account, other, side) in [
        (hold.debit, hold.credit, Side::Debit),
        (hold.credit, hold.debit, Side::Credit),
    ] {
        let mut totals = TOTALS
            .get(tx, &account)?
            .ok_or_else(|| corrupt("a hold on no account"))?;
        let held = if side == Side::Debit {
            &mut totals.debits_held
        } else {
            &mut totals.credits_held
        };
        *held = held
            .checked_sub(hold.amount.minor().unsigned_abs())
            .ok_or_else(|| corrupt("less is held than one hold"))?;
        TOTALS.put(tx, &account, &totals)?;
        let entry = Entry {
            transfer: id,
            at,
            side,
            other,
            posted: 0,
            held: hold.amount.minor().saturating_neg(),
        };
        ENTRIES.put(tx, &(account, record, index), &entry)?;
    }
    Ok(Expired {
        hold: id,
        debit: hold.debit,
        credit: hold.credit,
        amount: hold.amount,
    })
}
