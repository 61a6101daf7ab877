//! Statement: a seller's records against its bank's documents alone (ISO 20022), for one that lives by files and not by messages.
//! What came in settles the record whose charge it names, or waits for people; what the bank took back unsettles it. An entry
//! counts once, however often and by whichever way it is told (ST-5, ST-6, row-56).

use minicbor::{Decode, Encode};
use remit::{Account, Entry, Kind, Statement};
use store::{Fault, Map, Part, Step as Change, Table, Tx, Value, View};
use units::{Again, Moment, Money, PartyId, Refusal, TransferId};

use super::{
    PayRefused, Shop, taken_back,
    unsettled::{Came, NOTICES, TOLD, UNMATCHED},
};
use crate::bank::entry_name;

/// Where the periods have come to.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Last {
    #[n(0)]
    number: u64,
    #[n(1)]
    closing: Money,
}
impl Value for Last {}

const LAST: Map<(), Last> = Map::new(Table::new("shop_statements"));

/// Its table.
pub(super) static PART: Part = Part::new("shop statements", &[Change::Create(&[LAST.table()])]);

/// Why a document of the bank was not taken, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementRefused {
    /// The shop has no bank.
    #[error("this shop's configuration names no bank; say which one keeps its account")]
    NoBank,
    /// Not such a document.
    #[error(transparent)]
    Document(#[from] remit::NotRead),
    /// About another account, or in another currency.
    #[error("this statement is about another account than this shop's")]
    OtherAccount,
    /// Its entries do not lead from its first balance to its last.
    #[error("the entries of statement {0} do not lead from its first balance to its last: ask the bank for it again")]
    DoesNotAddUp(u64),
    /// One is missing before it, or it does not begin where that one ended.
    #[error("statement {expected} comes first, and this is {got}, or it begins with another balance")]
    Gap {
        /// Which one comes first.
        expected: u64,
        /// Which one this is.
        got: u64,
    },
    /// The bank told of this entry before, with another amount.
    #[error(
        "entry {0} was told of before with another amount: ask the bank which one is right; nothing of this was taken"
    )]
    OtherContent(String),
    /// A record could not be settled.
    #[error(transparent)]
    Record(#[from] PayRefused),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for StatementRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::NoBank => "statement-no-bank",
            Self::Document(no) => no.code(),
            Self::OtherAccount => "statement-other-account",
            Self::DoesNotAddUp(_) => "statement-does-not-add-up",
            Self::Gap { .. } => "statement-gap",
            Self::OtherContent(_) => "entry-other-content",
            Self::Record(no) => no.code(),
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Record(no) => no.again(),
            Self::Fault(fault) => fault.again(),
            _ => Again::AfterYouAct,
        }
    }
}

/// What a document brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Taken {
    /// Entries into the account that were told for the first time.
    pub new: u32,
    /// Entries that were known.
    pub known: u32,
    /// Entries that took back what had come in, told for the first time.
    pub back: u32,
    /// Other entries out of the account, which settle nothing here.
    pub out: u32,
}

impl Shop {
    /// Takes a notice (camt.054) or a period (camt.053) of its bank: every entry once. A period is taken after the one before
    /// it, and again without effect.
    pub fn take_statement(&self, tx: &mut dyn Tx, document: &[u8], now: Moment) -> Result<Taken, StatementRefused> {
        crate::epoch::require::<PayRefused>(tx)?;
        let bank = self.config.bank.ok_or(StatementRefused::NoBank)?;
        let statement = Statement::read(document)?;
        let own = self.keys.id();
        let currency = self.desk.currency();
        let foreign = statement
            .entries
            .iter()
            .any(|entry| entry.amount.currency() != currency);
        if statement.account != Account::Party(own) || foreign {
            return Err(StatementRefused::OtherAccount);
        }
        if let Kind::Period { opening, closing } = statement.kind {
            if !statement.adds_up() {
                return Err(StatementRefused::DoesNotAddUp(statement.number));
            }
            let last = LAST.get(tx, &())?;
            let (expected, got) = (
                last.as_ref().map_or(1, |last| last.number.saturating_add(1)),
                statement.number,
            );
            let begins = last.is_none_or(|last| last.closing == opening);
            if got > expected || (got == expected && !begins) {
                return Err(StatementRefused::Gap { expected, got });
            }
            if got == expected {
                LAST.put(tx, &(), &Last { number: got, closing })?;
            }
        }
        let mut taken = Taken::default();
        for entry in statement.entries.iter().filter(|entry| entry.booked) {
            self.take_entry(tx, bank, (statement.account, entry), &mut taken, now)?;
        }
        Ok(taken)
    }

    fn take_entry(
        &self,
        tx: &mut dyn Tx,
        bank: PartyId,
        (account, entry): (Account, &Entry),
        taken: &mut Taken,
        now: Moment,
    ) -> Result<(), StatementRefused> {
        let name = entry_name(account, entry);
        let (new, counted) = match (entry.credit, entry.reversal) {
            (true, _) => (self.take_credit(tx, bank, (name, entry), now)?, &mut taken.new),
            (false, true) => {
                let back = taken_back::Entry {
                    name,
                    of: entry.transfer,
                    amount: entry.amount,
                    reference: entry.reference.clone(),
                    at: entry.at,
                };
                (self.take_back(tx, bank, back, now)?, &mut taken.back)
            }
            (false, false) => (true, &mut taken.out),
        };
        let counted = if new { counted } else { &mut taken.known };
        *counted = counted.saturating_add(1);
        Ok(())
    }

    /// An entry into the account. False: it was known.
    fn take_credit(
        &self,
        tx: &mut dyn Tx,
        bank: PartyId,
        (name, entry): (TransferId, &Entry),
        now: Moment,
    ) -> Result<bool, StatementRefused> {
        if told_amount(tx, name)?.is_some_and(|before| before != entry.amount) {
            return Err(StatementRefused::OtherContent(entry.entry.clone()));
        }
        let transfer = entry.moves();
        if let Some(of) = transfer
            && !TOLD.by_entry(tx, (of, name), (entry.amount, &entry.reference))?
        {
            return Ok(false);
        }
        let came = Came {
            name,
            transfer,
            from: match entry.other {
                Some(Account::Party(id)) => Some(id),
                Some(Account::Token(_)) | None => None,
            },
            amount: entry.amount,
            reference: entry.purpose(),
            at: entry.at,
        };
        Ok(self.heard_of_money(tx, bank, &came, now)?)
    }
}

/// How much the entry of this name came to, if it was told before.
fn told_amount(view: &mut dyn View, name: TransferId) -> Result<Option<Money>, Fault> {
    let settled = NOTICES.get(view, &name)?.map(|notice| notice.amount);
    let waits = UNMATCHED.get(view, &name)?.map(|row| row.amount);
    Ok(settled.or(waits))
}
