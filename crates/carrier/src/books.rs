//! Books: how a carrier's business stands in the ledger.
//!
//! | event | debit | credit |
//! |---|---|---|
//! | content is paid for a subscriber | unbilled content of the subscriber | owed to the enterprise |
//! | a month is billed | billed to the subscriber | unbilled content; telephone; tax collected |
//! | a bill is paid | at the bank | billed to the subscriber |
//! | a refund, before the enterprise was paid | owed to the enterprise | unbilled content |
//! | and after | claims on the enterprise | unbilled content |
//! | an enterprise is being paid | owed to the enterprise | on its way; claims that are set off |
//! | the bank booked it | on its way | at the bank |
//! | or sent it back | on its way; claims that were set off | owed to the enterprise |
//! | money comes in that matches nothing | at the bank | suspense |

use party::books::{self, Account, Leg, Posting, Sort, posting_id};
use store::{Fault, Tx, View};
use units::{Hash, Moment, Money, PartyId};

use crate::SubscriberId;

const fn free(name: &'static str, kind: ledger::Kind) -> Sort {
    Sort {
        name,
        kind,
        limit: ledger::Limit::None,
    }
}

/// Paid for a subscriber and on no bill yet. Below zero while more was given back than bought.
pub(crate) const UNBILLED: Sort = free("unbilled content", ledger::Kind::Asset);
/// On a bill, not paid.
pub(crate) const BILLED: Sort = free("billed", ledger::Kind::Asset);
/// Owed to an enterprise for what subscribers bought.
pub(crate) const ENTERPRISE: Sort = Sort::owed("owed to enterprises");
/// Ordered from the bank, not yet booked there.
pub(crate) const OUT: Sort = Sort::owed("on its way to enterprises");
/// What stands at the bank, as far as these books know.
pub(crate) const BANK: Sort = free("at the bank", ledger::Kind::Asset);
/// Given back to subscribers after the enterprise was paid.
pub(crate) const CLAIM: Sort = Sort::had("claims on enterprises");
/// The carrier's own fees without tax.
pub(crate) const FEES: Sort = free("telephone", ledger::Kind::Income);
/// Tax in them.
pub(crate) const TAX: Sort = free("tax collected", ledger::Kind::Liability);
/// Came in and matches nothing.
pub(crate) const SUSPENSE: Sort = Sort::owed("suspense");

/// Every sort, in the order of a sheet.
pub(crate) const ALL: [Sort; 9] = [UNBILLED, BILLED, BANK, CLAIM, ENTERPRISE, OUT, SUSPENSE, FEES, TAX];

/// Somebody's account.
pub(crate) const fn sub(sort: Sort, who: SubscriberId) -> Account {
    Account::of(sort, who.0)
}
/// An enterprise's account.
pub(crate) const fn ent(sort: Sort, who: PartyId) -> Account {
    Account::of(sort, who.0)
}
/// The carrier's own.
pub(crate) const fn own(sort: Sort) -> Account {
    Account::own(sort)
}

/// One movement.
pub(crate) const fn leg(debit: Account, credit: Account, amount: Money) -> Leg {
    Leg { debit, credit, amount }
}

/// Posts what happened to `about`, once for ever. The callers have looked before: what the ledger refuses is damage.
pub(crate) fn post(
    tx: &mut dyn Tx,
    what: &'static str,
    about: &[u8],
    legs: Vec<Leg>,
    now: Moment,
) -> Result<(), Fault> {
    let posting = Posting {
        id: posting_id(what, about),
        what,
        about: Hash::default(),
        legs,
    };
    books::post(tx, &posting, now).map_err(books::PostRefused::into_fault)
}

/// Was it posted?
pub(crate) fn was(view: &mut dyn View, what: &'static str, about: &[u8]) -> Result<bool, Fault> {
    books::was_posted(view, posting_id(what, about))
}
