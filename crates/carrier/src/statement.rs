//! Statement: a carrier's books against its bank's, from the bank's documents alone (ISO 20022). What came in pays the bill it
//! names or waits in suspense; what went out settles the payment whose id it bears; what fits nothing stands on a list that
//! people see (row-52, row-56).

use minicbor::{Decode, Encode};
use party::bank::{Told, Transferred, entry_name, why_not};
use remit::{Account, Entry, Kind, Orders, Outcome, Statement, Status};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Again, Moment, Money, OrderId, Refusal, TransferId};

use crate::{
    Carrier, Incoming, MoneyInRefused, Paid, claim,
    moneyin::INCOMING,
    payout::{ORDERS, PAYABLES},
};

/// How many orders are written into one document.
const FILE_MAX: usize = 1000;

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

/// An entry that fits nothing here.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Odd {
    /// Its reference at the bank.
    #[n(0)]
    pub entry: String,
    /// Into the account?
    #[n(1)]
    pub credit: bool,
    /// How much.
    #[n(2)]
    pub amount: Money,
    /// When.
    #[n(3)]
    pub at: Moment,
    /// What it says it is for.
    #[n(4)]
    pub reference: String,
}
impl Value for Odd {}

const LAST: Map<(), Last> = Map::new(Table::new("carrier_statements"));
const ODD: Map<[u8; 16], Odd> = Map::new(Table::new("carrier_odd_entries"));

/// What the bank told of as come in, under the numbers of transfers, by message and by file.
pub(crate) const TOLD: Told = Told::new("carrier_told");
/// The entry by which a payment left the account.
const OUT: Map<TransferId, TransferId> = Map::new(Table::new("carrier_told_out"));

/// The tables of this file.
pub(crate) const TABLES: [Table; 2] = [LAST.table(), ODD.table()];
/// And those that came with the names of entries.
pub(crate) const NAMES: [Table; 2] = [TOLD.table(), OUT.table()];

/// Why a document of the bank was not taken, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementRefused {
    /// The carrier is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] party::epoch::NotReconciled),
    /// Not such a document.
    #[error(transparent)]
    Document(#[from] remit::NotRead),
    /// About another account, or in another currency.
    #[error("this statement is about another account than this carrier's")]
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
    /// An entry was known with another content.
    #[error(transparent)]
    Entry(MoneyInRefused),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for StatementRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::Document(no) => no.code(),
            Self::OtherAccount => "statement-other-account",
            Self::DoesNotAddUp(_) => "statement-does-not-add-up",
            Self::Gap { .. } => "statement-gap",
            Self::Entry(no) => no.code(),
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Entry(no) => no.again(),
            Self::Fault(fault) => fault.again(),
            _ => Again::AfterYouAct,
        }
    }
}

/// What a document brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reconciled {
    /// Entries that pay a bill or settle a payment.
    pub matched: u32,
    /// Entries that wait in suspense.
    pub waiting: u32,
    /// Entries on the list of odd ones.
    pub odd: u32,
    /// Entries that the bank's messages told of before.
    pub known: u32,
}

impl Carrier {
    /// Takes a statement or notice of the bank: every entry once, however often it is told. A period is taken after the one
    /// before it, and again without effect.
    pub fn take_statement(
        &self,
        tx: &mut dyn Tx,
        document: &[u8],
        now: Moment,
    ) -> Result<Reconciled, StatementRefused> {
        party::epoch::require::<StatementRefused>(tx)?;
        let statement = Statement::read(document)?;
        let currency = self.desk.currency();
        let foreign = statement
            .entries
            .iter()
            .any(|entry| entry.amount.currency() != currency);
        if statement.account != Account::Party(self.id()) || foreign {
            return Err(StatementRefused::OtherAccount);
        }
        if let Kind::Period { opening, closing } = statement.kind {
            if !statement.adds_up() {
                return Err(StatementRefused::DoesNotAddUp(statement.number));
            }
            let last = LAST.get(tx, &())?;
            let expected = last.as_ref().map_or(1, |last| last.number.saturating_add(1));
            let again = statement.number < expected;
            let begins = last.is_none_or(|last| last.closing == opening);
            if !again && (statement.number > expected || !begins) {
                let got = statement.number;
                return Err(StatementRefused::Gap { expected, got });
            }
            if !again {
                let number = statement.number;
                LAST.put(tx, &(), &Last { number, closing })?;
            }
        }
        let mut done = Reconciled::default();
        for entry in statement.entries.iter().filter(|entry| entry.booked) {
            let name = entry_name(statement.account, entry);
            if entry.credit {
                self.take_credit(tx, (name, entry), &mut done, now)?;
            } else {
                self.take_debit(tx, (name, entry), &mut done, now)?;
            }
        }
        Ok(done)
    }

    /// An entry into the account. Its name is its own: whoever orders a transfer chooses the number it bears.
    fn take_credit(
        &self,
        tx: &mut dyn Tx,
        (name, entry): (TransferId, &Entry),
        done: &mut Reconciled,
        now: Moment,
    ) -> Result<(), StatementRefused> {
        let known = match entry.moves() {
            Some(of) => !TOLD.by_entry(tx, (of, name), (entry.amount, &entry.reference))?,
            None => false,
        };
        let incoming = match INCOMING.get(tx, &name)? {
            // The bank may tell of it in other words the second time, and not of another amount.
            Some(before) if before.amount == entry.amount => before,
            None if known => {
                done.known = done.known.saturating_add(1);
                return Ok(());
            }
            _ => Incoming {
                id: name,
                amount: entry.amount,
                reference: entry.purpose(),
                at: entry.at,
            },
        };
        match self.money_in(tx, &incoming, now) {
            Ok(crate::Suspended::Pays(_)) => done.matched = done.matched.saturating_add(1),
            Ok(crate::Suspended::Waits) => done.waiting = done.waiting.saturating_add(1),
            Err(MoneyInRefused::Fault(fault)) => return Err(fault.into()),
            Err(no) => return Err(StatementRefused::Entry(no)),
        }
        Ok(())
    }

    /// An entry out of the account: the payment whose number it bears, or one for people to look at. A payment is booked once,
    /// so a second entry of its number is none.
    fn take_debit(
        &self,
        tx: &mut dyn Tx,
        (name, entry): (TransferId, &Entry),
        done: &mut Reconciled,
        now: Moment,
    ) -> Result<(), StatementRefused> {
        if let Some(of) = entry.moves()
            && let Some(OrderId(purchase)) = ORDERS.get(tx, &of)?
            && let Some(row) = PAYABLES.get(tx, &purchase)?
            && claim::moved(tx, of, &row)?.0 == entry.amount
            && OUT.get(tx, &of)?.is_none_or(|first| first == name)
        {
            OUT.put(tx, &of, &name)?;
            self.bank_decided(tx, purchase, of, Transferred::Booked(entry.at), now)?;
            done.matched = done.matched.saturating_add(1);
            return Ok(());
        }
        let odd = Odd {
            entry: entry.entry.clone(),
            credit: entry.credit,
            amount: entry.amount,
            at: entry.at,
            reference: entry.reference.clone(),
        };
        ODD.put(tx, &name.0, &odd)?;
        done.odd = done.odd.saturating_add(1);
        Ok(())
    }

    /// Takes the bank's status of orders: settled is paid, refused is owed again, pending waits.
    pub fn take_status(&self, tx: &mut dyn Tx, document: &[u8], now: Moment) -> Result<Reconciled, StatementRefused> {
        party::epoch::require::<StatementRefused>(tx)?;
        let mut done = Reconciled::default();
        for line in Status::read(document)?.lines {
            let Some(OrderId(of)) = ORDERS.get(tx, &line.id)? else {
                done.odd = done.odd.saturating_add(1);
                continue;
            };
            let outcome = match line.outcome {
                Outcome::Settled(at) => Transferred::Booked(at),
                Outcome::Refused(why) => Transferred::Refused(why_not(&why)),
                Outcome::Pending => {
                    done.waiting = done.waiting.saturating_add(1);
                    continue;
                }
            };
            self.bank_decided(tx, of, line.id, outcome, now)?;
            done.matched = done.matched.saturating_add(1);
        }
        Ok(done)
    }

    /// Takes any of the bank's documents, by what it is.
    pub fn take_document(&self, tx: &mut dyn Tx, document: &[u8], now: Moment) -> Result<Reconciled, StatementRefused> {
        match Status::read(document) {
            Err(remit::NotRead::OtherMessage(_)) => self.take_statement(tx, document, now),
            _ => self.take_status(tx, document, now),
        }
    }

    /// What the bank has been ordered to pay and has not answered, as a document for it; nothing: nothing is open.
    pub fn open_orders(&self, view: &mut dyn View, now: Moment) -> Result<Option<String>, Fault> {
        let mut orders = Vec::new();
        ORDERS.each::<Fault>(view, Keys::all(), |view, id, OrderId(of)| {
            let payable = PAYABLES.get(view, &of)?;
            let current =
                payable.filter(|row| row.paid == Paid::Ordered && crate::payout::transfer_id(of, row.refused) == id);
            if let Some(row) = current.filter(|_| orders.len() < FILE_MAX) {
                orders.push(remit::Order {
                    id,
                    to: Account::Party(row.enterprise),
                    amount: claim::moved(view, id, &row)?.0,
                    reference: claim::advice(view, id, of)?.to_string(),
                });
            }
            Ok(())
        })?;
        let Some(first) = orders.first() else { return Ok(None) };
        let file = Orders {
            id: format!("{}-{}", self.config.prefix, first.id),
            at: now,
            by: self.config.prefix.clone(),
            from: Account::Party(self.id()),
            orders,
        };
        let unwritten = |no: remit::NotWritten| Fault::Corrupt {
            table: "carrier_payables",
            why: no.to_string(),
        };
        file.write().map(Some).map_err(unwritten)
    }

    /// Entries of the bank that fit nothing here.
    pub fn odd_entries(&self, view: &mut dyn View) -> Result<Vec<Odd>, Fault> {
        Ok(ODD
            .range(view, Keys::all(), 1000)?
            .into_iter()
            .map(|(_, odd)| odd)
            .collect())
    }
}
