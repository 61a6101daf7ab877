//! Rows: what was unlocked, one row for each: asked, quoted, paid, unlocked, delivered. And the books of the fees.
//!
//! | event | debit | credit |
//! |---|---|---|
//! | fee by slip | with payee | fees for payee |
//! | fee in cash | cash taken | fees for payee |
//! | cash sent to its payee | fees sent | cash taken |
//! | the bank has booked it | with payee | fees sent |
//! | the bank refuses it | cash taken | fees sent |
//!
//! Fees for a payee are what was ever taken for it; with payee is what it has. The difference is what it is owed.

use minicbor::{Decode, Encode};
use store::{Counter, Fault, Keys, Map, Table, Tx, Value, View};
use units::{ContentId, DealId, Hash, LicenseId, Moment, Money, OrderId, PartyId};

use super::{PayRefused, Support};
use crate::books::{self, Account, Leg, Posting, Sort, posting_id};

/// With what a fee was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Paid {
    /// Unlocking is free.
    #[n(0)]
    Nothing,
    /// Money of a card: this slip, payable to the publisher.
    #[n(1)]
    Slip(#[n(0)] Hash),
    /// Cash, for this order.
    #[n(2)]
    Cash(#[n(0)] OrderId),
}

impl Paid {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Nothing => "free",
            Self::Slip(_) => "card",
            Self::Cash(_) => "cash",
        }
    }
}

/// One unlocking. No key and no card is in it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Unlocked {
    /// The locked license.
    #[n(0)]
    pub license: LicenseId,
    /// Hash of its signed offer.
    #[n(1)]
    pub offer: Hash,
    /// The work.
    #[n(2)]
    pub content: ContentId,
    /// Its title.
    #[n(3)]
    pub title: String,
    /// Whose work.
    #[n(4)]
    pub publisher: PartyId,
    /// To whom the fee is due.
    #[n(5)]
    pub payee: PartyId,
    /// The fee.
    #[n(6)]
    pub fee: Money,
    /// With what it was paid.
    #[n(7)]
    pub paid: Paid,
    /// The order.
    #[n(8)]
    pub order: OrderId,
    /// When it was asked and quoted; that writes nothing, so the quote's own date says it.
    #[n(9)]
    pub quoted: Moment,
    /// When the payment came.
    #[n(10)]
    pub came: Moment,
    /// When the money was good and the license given.
    #[n(11)]
    pub at: Moment,
    /// Was it unlocked before it was paid?
    #[n(12)]
    pub first: bool,
    /// Number of the receipt.
    #[n(13)]
    pub receipt: u64,
    /// When the card said that it has it.
    #[n(14)]
    pub delivered: Option<Moment>,
    /// How often it was asked for again.
    #[n(15)]
    pub again: u32,
    /// When the fee was with its payee.
    #[n(16)]
    pub passed: Option<Moment>,
}
impl Value for Unlocked {}

pub(super) const UNLOCKED: Map<DealId, Unlocked> = Map::new(Table::new("support_unlocked"));
pub(super) const BY_TIME: Map<(Moment, DealId), ()> = Map::new(Table::new("support_unlocked_by_time"));
pub(super) const COUNTERS: Table = Table::new("support_counters");
const RECEIPT_NO: Counter = Counter::new(COUNTERS, "receipt");

/// Fees that are with their payee: honoured to it by the issuer, or paid into its account at the bank.
pub(super) const WITH: Sort = Sort::had("with payee");
/// Cash of fees that is still here.
pub(super) const CASH: Sort = Sort::had("cash taken");
/// Cash of fees that is on its way to its payee: the bank is being asked.
pub(super) const SENT: Sort = Sort::had("fees sent");
/// Fees taken for a payee.
pub(super) const FEES: Sort = Sort::owed("fees for");

pub(super) fn next_receipt(tx: &mut dyn Tx) -> Result<u64, Fault> {
    RECEIPT_NO.next(tx)
}

pub(super) fn remember(tx: &mut dyn Tx, deal: DealId, row: &Unlocked) -> Result<(), Fault> {
    UNLOCKED.put(tx, &deal, row)?;
    BY_TIME.put(tx, &(row.at, deal), &())
}

fn change(tx: &mut dyn Tx, deal: DealId, change: impl FnOnce(&mut Unlocked)) -> Result<(), Fault> {
    if let Some(mut row) = UNLOCKED.get(tx, &deal)? {
        change(&mut row);
        UNLOCKED.put(tx, &deal, &row)?;
    }
    Ok(())
}

/// The same payment came once more, and got the same answer.
pub(super) fn asked_again(tx: &mut dyn Tx, deal: DealId) -> Result<(), Fault> {
    change(tx, deal, |row| row.again = row.again.saturating_add(1))
}

/// The card says that it has it.
pub(super) fn delivered(tx: &mut dyn Tx, deal: DealId, now: Moment) -> Result<(), Fault> {
    change(tx, deal, |row| row.delivered = row.delivered.or(Some(now)))
}

/// The payee has it.
pub(super) fn passed(tx: &mut dyn Tx, deal: DealId, now: Moment) -> Result<(), Fault> {
    change(tx, deal, |row| row.passed = row.passed.or(Some(now)))
}

impl Support {
    pub(super) fn book_fee(
        &self,
        tx: &mut dyn Tx,
        deal: DealId,
        row: &Unlocked,
        now: Moment,
    ) -> Result<(), PayRefused> {
        let debit = match row.paid {
            Paid::Nothing => return Ok(()),
            Paid::Slip(_) => Account::of(WITH, row.payee.0),
            Paid::Cash(_) => Account::of(CASH, row.payee.0),
        };
        let leg = Leg {
            debit,
            credit: Account::of(FEES, row.payee.0),
            amount: row.fee,
        };
        let posting = Posting {
            id: posting_id("fee", &deal.0),
            what: "fee",
            about: Hash(deal.0),
            legs: vec![leg],
        };
        Ok(books::post(tx, &posting, now)?)
    }

    /// One unlocking.
    pub fn unlocking(&self, view: &mut dyn View, deal: DealId) -> Result<Option<Unlocked>, Fault> {
        UNLOCKED.get(view, &deal)
    }

    /// At most `limit` unlockings, newest first, before `before`.
    pub fn unlockings(
        &self,
        view: &mut dyn View,
        before: Option<(Moment, DealId)>,
        limit: usize,
    ) -> Result<Vec<(DealId, Unlocked)>, Fault> {
        let mut keys = Keys::all().newest_first();
        if let Some(before) = before {
            keys = keys.after(&before);
        }
        let mut out = Vec::new();
        for ((_, deal), ()) in BY_TIME.range(view, keys, limit)? {
            out.extend(UNLOCKED.get(view, &deal)?.map(|row| (deal, row)));
        }
        Ok(out)
    }
}
