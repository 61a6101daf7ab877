//! File: orders and statements as banks exchange them, ISO 20022 inside a signed message. The rules are those of a transfer, and
//! so are the ids: an order that came as a message and comes again in a file is one order.

use minicbor::{Decode, Encode, bytes::ByteVec};
use remit::{Account, Entry, Kind as Sort, Order, Orders, Outcome, Statement, Status, StatusLine};
use seal::{Kind, NotSigned, NotTrusted, role};
use store::{Fault, Keys, Map, Table, Tx, Value as Row, View};
use units::{Again, Moment, Money, PartyId, RealmId, Refusal, TransferId};

use super::{
    Bank, HouseBank, Place, TransferOrder, TransferRefused, Transferred, WhyNot,
    account::{Holder, LINES, StatementLine},
    notice::TOLD,
};
use crate::{desk::Known, keys::PartyKeys};

/// The most entries of one document.
const ENTRIES_MAX: usize = 2000;
/// A period of an account is closed once a day.
const DAY: u64 = 86_400_000;

/// What a party asks of the bank that keeps its account.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum BankAsk {
    /// These orders (pain.001.001.09) are to be carried out; answered by their status (pain.002.001.12).
    #[n(0)]
    Orders(#[n(0)] ByteVec),
    /// What happened on its account after this entry (camt.054.001.08).
    #[n(1)]
    Since(#[n(0)] u64),
    /// The period of this number (camt.053.001.08).
    #[n(2)]
    Period(#[n(0)] u64),
}

/// The question as it travels: signed by the party (kind transfer, for the bank).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct BankSheet {
    /// What.
    #[n(0)]
    pub ask: BankAsk,
    /// Who asks.
    #[n(1)]
    pub by: PartyId,
    /// That party's certificate.
    #[n(2)]
    pub certificate: ByteVec,
}

/// The answer: signed by the bank (kind receipt, for whoever asked).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct BankDocument {
    /// Which bank.
    #[n(0)]
    pub bank: PartyId,
    /// The document.
    #[n(1)]
    pub document: ByteVec,
}

impl BankDocument {
    /// The document that `bank` signed for the party with these keys; nothing: it did not.
    pub fn read(bytes: &[u8], realm: RealmId, known: &Known, bank: PartyId, keys: &PartyKeys) -> Option<Vec<u8>> {
        let certified = known.ever_certified::<role::Bank>(bank)?;
        let parsed = seal::parse::<Self>(bytes, Kind::Receipt, realm).ok()?;
        let said = parsed.verify(certified.sign(), keys.audience()).ok()?;
        (said.bank == bank).then(|| said.document.into())
    }
}

/// A closed period of an account.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Period {
    /// The last entry before it.
    #[n(0)]
    after: u64,
    /// Its last entry.
    #[n(1)]
    last: u64,
    #[n(2)]
    opening: Money,
    #[n(3)]
    closing: Money,
    #[n(4)]
    at: Moment,
}
impl Row for Period {}

const PERIODS: Map<((u8, [u8; 16]), u64), Period> = Map::new(Table::new("bank_periods"));

/// The tables of this file.
pub(super) const TABLES: [Table; 1] = [PERIODS.table()];

/// Why a file was not taken, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileRefused {
    /// The bank is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// Not signed by whom it names.
    #[error("this is no question of a customer: {0}")]
    NotSigned(#[from] NotSigned),
    /// Whoever asks is not certified.
    #[error("whoever asks is not certified here: {0}")]
    NotTrusted(#[from] NotTrusted),
    /// Out of, or about, another's account.
    #[error("a customer orders from its own account alone, and there is one here")]
    NotYours,
    /// Not the document it should be.
    #[error(transparent)]
    Document(#[from] remit::NotRead),
    /// One of the ids stands for another order.
    #[error("transfer {0} was ordered before with another content; nothing of this file was done")]
    OtherContent(TransferId),
    /// The period is not closed, or there is none of this number.
    #[error("there is no period of this number yet; one is closed each day")]
    NoPeriod,
    /// It cannot be told in a document.
    #[error("this account holds what no document can tell: {0}")]
    Untold(String),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for FileRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotSigned(_) => "file-not-signed",
            Self::NotTrusted(no) => no.code(),
            Self::NotYours => "account-not-yours",
            Self::Document(no) => no.code(),
            Self::OtherContent(_) => "transfer-other-content",
            Self::NoPeriod => "period-not-closed",
            Self::Untold(_) => "file-untold",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NoPeriod => Again::Later,
            Self::Fault(fault) => fault.again(),
            _ => Again::Never,
        }
    }
}
crate::refused::refusals!(FileRefused);

const fn holder(account: Account) -> Holder {
    match account {
        Account::Party(id) => Holder::Party(id),
        Account::Token(id) => Holder::Token(id),
    }
}

const fn account(holder: Holder) -> Account {
    match holder {
        Holder::Party(id) => Account::Party(id),
        Holder::Token(id) => Account::Token(id),
    }
}

const fn reason(why: WhyNot) -> &'static str {
    match why {
        WhyNot::NoAccount => "NO-ACCOUNT",
        WhyNot::NotCovered => "NOT-COVERED",
        WhyNot::Amount => "AMOUNT",
    }
}

/// What a bank's word for a refusal means to a customer of this house's bank.
pub fn why_not(reason: &str) -> WhyNot {
    match reason {
        "NOT-COVERED" => WhyNot::NotCovered,
        "AMOUNT" => WhyNot::Amount,
        _ => WhyNot::NoAccount,
    }
}

fn untold(no: remit::NotWritten) -> FileRefused {
    FileRefused::Untold(no.to_string())
}

fn message_id(kind: &str, about: &[u8]) -> String {
    format!(
        "{kind}-{}",
        &seal::hash_parts(&[b"bank message", kind.as_bytes(), about]).to_string()[..24]
    )
}

impl HouseBank {
    /// Answers a customer's question: orders, or what happened on its account.
    pub(crate) fn file(&self, tx: &mut dyn Tx, body: &[u8], now: Moment) -> Result<Vec<u8>, FileRefused> {
        crate::epoch::require::<FileRefused>(tx)?;
        let known = self.desk.known(tx)?;
        let parsed = seal::parse::<BankSheet>(body, Kind::Transfer, self.desk.realm_id())?;
        let (claims, _) = super::transfer::customer(&known.trust, &parsed.claims().certificate, now)?;
        let sheet = parsed.verify(&claims.sign, self.keys.audience())?;
        if sheet.by.0 != claims.subject || !self.has(tx, Holder::Party(sheet.by))? {
            return Err(FileRefused::NotYours);
        }
        let document = match &sheet.ask {
            BankAsk::Orders(document) => self.carry_out(tx, (sheet.by, &sheet.certificate), document, now)?,
            BankAsk::Since(after) => self.since(tx, Holder::Party(sheet.by), *after, now)?,
            BankAsk::Period(number) => self.period(tx, Holder::Party(sheet.by), *number)?,
        };
        let answer = BankDocument {
            bank: self.id(),
            document: ByteVec::from(document.into_bytes()),
        };
        let audience = seal::Audience::from(sheet.by);
        let realm = self.desk.realm_id();
        Ok(seal::sign(self.keys.signer(), Kind::Receipt, realm, audience, &answer))
    }

    /// Carries out a customer's orders (pain.001.001.09) that it gave as a file; answers with their status (pain.002.001.12).
    /// For the bank's own people, who know whose file it is. Given again it moves nothing, and has the same answer.
    pub fn take_orders(
        &self,
        tx: &mut dyn Tx,
        by: PartyId,
        document: &[u8],
        now: Moment,
    ) -> Result<String, FileRefused> {
        crate::epoch::require::<FileRefused>(tx)?;
        if !self.has(tx, Holder::Party(by))? {
            return Err(FileRefused::NotYours);
        }
        self.carry_out(tx, (by, &ByteVec::from(Vec::new())), document, now)
    }

    fn carry_out(
        &self,
        tx: &mut dyn Tx,
        who: (PartyId, &ByteVec),
        document: &[u8],
        now: Moment,
    ) -> Result<String, FileRefused> {
        let file = Orders::read(document)?;
        if file.from != Account::Party(who.0) {
            return Err(FileRefused::NotYours);
        }
        let mut lines = Vec::with_capacity(file.orders.len());
        for one in &file.orders {
            let outcome = match self.book_once(tx, &order(one, who), now) {
                Ok(Transferred::Booked(at)) => Outcome::Settled(at),
                Ok(Transferred::Refused(why)) => Outcome::Refused(reason(why).to_owned()),
                Err(TransferRefused::Fault(fault)) => return Err(fault.into()),
                Err(_) => return Err(FileRefused::OtherContent(one.id)),
            };
            lines.push(StatusLine { id: one.id, outcome });
        }
        let status = Status {
            id: message_id("S", file.id.as_bytes()),
            at: now,
            about: file.id.clone(),
            lines,
        };
        status.write().map_err(untold)
    }

    /// Entries of an account after one of them, as a notice (camt.054.001.08).
    pub fn since(&self, view: &mut dyn View, of: Holder, after: u64, now: Moment) -> Result<String, FileRefused> {
        if !self.has(view, of)? {
            return Err(FileRefused::NotYours);
        }
        let entries = entries(view, of, after, u64::MAX, ENTRIES_MAX)?;
        let statement = Statement {
            id: message_id("N", &[&of.key().1[..], &after.to_be_bytes()].concat()),
            number: after.saturating_add(1),
            at: now,
            account: account(of),
            kind: Sort::Notice,
            entries,
        };
        statement.write().map_err(untold)
    }

    /// A period of an account, as it was closed.
    pub fn period(&self, view: &mut dyn View, of: Holder, number: u64) -> Result<String, FileRefused> {
        let period = PERIODS.get(view, &(of.key(), number))?.ok_or(FileRefused::NoPeriod)?;
        let statement = Statement {
            id: message_id("P", &[&of.key().1[..], &number.to_be_bytes()].concat()),
            number,
            at: period.at,
            account: account(of),
            kind: Sort::Period {
                opening: period.opening,
                closing: period.closing,
            },
            entries: entries(view, of, period.after, period.last, usize::MAX)?,
        };
        statement.write().map_err(untold)
    }

    /// Closes the periods of accounts whose owners are told of them, once a day.
    pub(crate) fn close_periods(&self, tx: &mut dyn Tx, now: Moment) -> Result<(), Fault> {
        for (party, ()) in TOLD.range(tx, Keys::all(), 1000)? {
            let of = Holder::Party(party);
            let last = PERIODS
                .range(tx, Keys::under(&of.key()).newest_first(), 1)?
                .into_iter()
                .next();
            let due = last.as_ref().is_none_or(|(_, period)| period.at.0 / DAY < now.0 / DAY);
            if due && self.has(tx, of)? {
                self.close_period(tx, of, now)?;
            }
        }
        Ok(())
    }

    /// Closes a period of an account: from the end of the one before to now.
    pub fn close_period(&self, tx: &mut dyn Tx, of: Holder, now: Moment) -> Result<u64, Fault> {
        let before = PERIODS
            .range(tx, Keys::under(&of.key()).newest_first(), 1)?
            .into_iter()
            .next();
        let (number, after) = before.as_ref().map_or((0, 0), |((_, n), period)| (*n, period.last));
        let zero = Money::zero(self.desk.currency());
        let closing = Bank::balance(self, tx, of)?.unwrap_or(zero);
        let (mut last, mut opening) = (after, i128::from(closing.minor()));
        LINES.each::<Fault>(
            tx,
            Keys::under(&of.key()).after(&(of.key(), after)),
            |_, (_, n), line| {
                let by = i128::from(line.amount.minor());
                opening = opening.saturating_sub(if line.credit { by } else { by.saturating_neg() });
                last = n;
                Ok(())
            },
        )?;
        let damaged = |_| Fault::Corrupt {
            table: "bank_lines",
            why: "an account's entries do not lead to its balance".to_owned(),
        };
        let minor = i64::try_from(opening).unwrap_or(-1);
        let opening = Money::new(minor, self.desk.currency()).map_err(damaged)?;
        let period = Period {
            after,
            last,
            opening,
            closing,
            at: now,
        };
        let number = number.saturating_add(1);
        PERIODS.put(tx, &(of.key(), number), &period)?;
        Ok(number)
    }
}

fn order(one: &Order, (by, certificate): (PartyId, &ByteVec)) -> TransferOrder {
    TransferOrder {
        id: one.id,
        from: Place::Party(by),
        to: holder(one.to),
        amount: one.amount,
        reference: one.reference.clone(),
        by,
        certificate: certificate.clone(),
    }
}

fn entries(view: &mut dyn View, of: Holder, after: u64, last: u64, most: usize) -> Result<Vec<Entry>, Fault> {
    let keys = Keys::under(&of.key())
        .until(&(of.key(), last.saturating_add(1)))
        .after(&(of.key(), after));
    let rows = LINES.range(view, keys, most)?;
    let entries = rows.into_iter().map(|((_, n), line)| Entry {
        entry: n.to_string(),
        part: 0,
        credit: line.credit,
        reversal: false,
        booked: true,
        amount: line.amount,
        at: line.at,
        transfer: Some(line.id),
        other: told_other(&line).map(account),
        reference: line.reference,
    });
    Ok(entries.collect())
}

/// Who is on the other side, as far as the account's owner is told: whoever has a person's token has that person's account, so
/// no document says whose money came in; whom its owner paid he named himself.
fn told_other(line: &StatementLine) -> Option<Holder> {
    line.other
        .filter(|other| !line.credit || matches!(other, Holder::Party(_)))
}

/// Closed periods, against one another: each begins with what the one before ended with, and its entries lead to its end.
pub(super) fn audit(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    let mut before: Option<((u8, [u8; 16]), u64, Period)> = None;
    let mut all = Vec::new();
    PERIODS.each::<Fault>(view, Keys::all(), |_, (key, n), period| {
        if let Some((_, number, earlier)) = before.as_ref().filter(|(of, ..)| *of == key)
            && (number.saturating_add(1) != n || earlier.closing != period.opening || earlier.last != period.after)
        {
            found.push(format!(
                "period {n} of an account does not begin where the one before it ended"
            ));
        }
        all.push((key, n, period.clone()));
        before = Some((key, n, period));
        Ok(())
    })?;
    for (key, n, period) in all {
        let mut sum = i128::from(period.opening.minor());
        let keys = Keys::under(&key)
            .until(&(key, period.last.saturating_add(1)))
            .after(&(key, period.after));
        LINES.each::<Fault>(view, keys, |_, _, line| {
            let by = i128::from(line.amount.minor());
            sum = sum.saturating_add(if line.credit { by } else { by.saturating_neg() });
            Ok(())
        })?;
        if sum != i128::from(period.closing.minor()) {
            found.push(format!(
                "the entries of period {n} of an account do not lead to its end"
            ));
        }
    }
    Ok(())
}
