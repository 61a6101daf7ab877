//! Statement: a seller's records against its bank's documents alone (ISO 20022), for one that lives by files and not by messages.
//! What came in settles the record whose charge it names, or waits for people; what the bank took back unsettles it. An entry
//! counts once, however often and by whichever way it is told (ST-5, ST-6, row-56).

use minicbor::{Decode, Encode};
use remit::{Account, Entry, Kind, Statement};
use store::{Fault, Map, Part, Step as Change, Table, Tx, Value};
use units::{Again, Moment, Money, Refusal, TransferId};

use super::{PayRefused, Shop, taken_back};
use crate::bank::{Credited, Holder};

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

/// An entry's name: the transfer it belongs to; else its account and its reference there.
fn name_of(account: &str, entry: &Entry) -> TransferId {
    if let Some(id) = entry.transfer.filter(|_| !entry.reversal) {
        return id;
    }
    let hash = seal::hash_parts(&[b"entry", account.as_bytes(), entry.entry.as_bytes()]);
    let mut id = [0; 16];
    id.copy_from_slice(&hash.0[..16]);
    TransferId(id)
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
            if !entry.credit && entry.reversal {
                let back = taken_back::Entry {
                    name: name_of(&own.to_string(), entry),
                    of: entry.transfer,
                    amount: entry.amount,
                    reference: entry.reference.clone(),
                    at: entry.at,
                };
                if self.take_back(tx, bank, back, now)? {
                    taken.back = taken.back.saturating_add(1);
                } else {
                    taken.known = taken.known.saturating_add(1);
                }
                continue;
            }
            if !entry.credit {
                taken.out = taken.out.saturating_add(1);
                continue;
            }
            let from = match entry.other {
                Some(Account::Party(id)) => Holder::Party(id),
                Some(Account::Token(id)) => Holder::Token(id),
                // Nobody that it names: whoever pays a record is not the one who is paid.
                None => Holder::Party(own),
            };
            let said = Credited {
                bank,
                id: name_of(&own.to_string(), entry),
                from,
                to: own,
                amount: entry.amount,
                // What takes an entry back settles nothing by itself, whatever it says it is for.
                reference: if entry.reversal {
                    format!("reversal: {}", entry.reference)
                } else {
                    entry.reference.clone()
                },
                at: entry.at,
            };
            if self.heard_of_money(tx, bank, &said, now)? {
                taken.new = taken.new.saturating_add(1);
            } else {
                taken.known = taken.known.saturating_add(1);
            }
        }
        Ok(taken)
    }
}
