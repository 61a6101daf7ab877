//! Statement: what happened on an account: some entries as they come (camt.054.001.08), or a period that begins with one
//! balance and ends with another (camt.053.001.08). That the second adds up, and that no number is missing in a row of them, is
//! the proof that nothing was left out.

use units::{Moment, Money, TransferId};

use crate::{
    Account,
    xml::{self, Node, NotRead, NotWritten, Writer, moment_text, plain},
};

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Entries as they come.
    Notice,
    /// A period, with what stood on the account before and after it.
    Period {
        /// Before.
        opening: Money,
        /// After.
        closing: Money,
    },
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its own reference on this account: with the account, and its part, it names the entry for ever.
    pub entry: String,
    /// Which part of what the bank booked as one, counted from 0. Entries of one reference stand together, in order.
    pub part: u32,
    /// Into the account?
    pub credit: bool,
    /// It takes an earlier entry back; then `credit` says which way the money goes now.
    pub reversal: bool,
    /// Booked, and not only announced.
    pub booked: bool,
    /// How much.
    pub amount: Money,
    /// When.
    pub at: Moment,
    /// The transfer it belongs to, where it names one of ours.
    pub transfer: Option<TransferId>,
    /// The account on the other side, where it names one.
    pub other: Option<Account>,
    /// What the order said it is for.
    pub reference: String,
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The message's own id.
    pub id: String,
    /// Its number on this account, counted from 1 without gaps.
    pub number: u64,
    /// When it was written.
    pub at: Moment,
    /// The account.
    pub account: Account,
    /// Which of the two, with its balances.
    pub kind: Kind,
    /// Its entries, the oldest first.
    pub entries: Vec<Entry>,
}

impl Kind {
    const fn version(self) -> &'static str {
        match self {
            Self::Notice => "camt.054.001.08",
            Self::Period { .. } => "camt.053.001.08",
        }
    }
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Notice => ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
            Self::Period { .. } => ("BkToCstmrStmt", "Stmt"),
        }
    }
}

impl Statement {
    /// Does the period's first balance, with its entries, lead to its last? A notice always does.
    pub fn adds_up(&self) -> bool {
        let Kind::Period { opening, closing } = self.kind else {
            return true;
        };
        let booked = self.entries.iter().filter(|entry| entry.booked);
        let mut sum = Some(i128::from(opening.minor()));
        for entry in booked {
            let same = entry.amount.currency() == opening.currency();
            let by = i128::from(entry.amount.minor());
            let by = if entry.credit { Some(by) } else { by.checked_neg() };
            sum = sum.zip(by).filter(|_| same).and_then(|(sum, by)| sum.checked_add(by));
        }
        sum == Some(i128::from(closing.minor())) && opening.currency() == closing.currency()
    }

    /// As a document.
    pub fn write(&self) -> Result<String, NotWritten> {
        plain("a message's id", &self.id, 35)?;
        let (message, part) = self.kind.names();
        let mut to = Writer::new(self.kind.version());
        to.within(message, |to| {
            to.within("GrpHdr", |to| {
                to.text("MsgId", &self.id);
                to.text("CreDtTm", &moment_text(self.at));
                Ok::<(), NotWritten>(())
            })?;
            to.within(part, |to| {
                to.text("Id", &self.id);
                to.text("ElctrncSeqNb", &self.number.to_string());
                to.text("CreDtTm", &moment_text(self.at));
                self.account.write("Acct", to);
                if let Kind::Period { opening, closing } = self.kind {
                    balance(to, "OPBD", opening, self.at)?;
                    balance(to, "CLBD", closing, self.at)?;
                }
                let mut booked = self.entries.chunk_by(Entry::goes_on);
                booked.try_for_each(|parts| write_booked(parts, self.account, to))
            })
        })?;
        Ok(to.end())
    }

    /// Out of a document of either kind.
    pub fn read(bytes: &[u8]) -> Result<Self, NotRead> {
        let zero = Money::zero(units::Currency::JPY);
        let period = Kind::Period {
            opening: zero,
            closing: zero,
        };
        let read = |kind: Kind| xml::read(bytes, kind.version(), kind.names().0).map(|node| (node, kind));
        let (message, kind) = match read(Kind::Notice) {
            Err(NotRead::OtherMessage(_)) => read(period)?,
            other => other?,
        };
        let part = message.one(kind.names().1)?;
        let kind = match kind {
            Kind::Notice => Kind::Notice,
            Kind::Period { .. } => Kind::Period {
                opening: balance_of(part, "OPBD")?,
                closing: balance_of(part, "CLBD")?,
            },
        };
        let account = Account::read(part.one("Acct")?)?;
        Ok(Self {
            id: message.text_at(&["GrpHdr", "MsgId"])?.to_owned(),
            number: part.one("ElctrncSeqNb")?.count("ElctrncSeqNb")?,
            at: message.at(&["GrpHdr", "CreDtTm"])?.moment("CreDtTm")?,
            account,
            kind,
            entries: part
                .all("Ntry")
                .map(read_booked)
                .collect::<Result<Vec<_>, _>>()?
                .concat(),
        })
    }
}

fn balance(to: &mut Writer, code: &str, amount: Money, at: Moment) -> Result<(), NotWritten> {
    to.within("Bal", |to| {
        to.path(&["Tp", "CdOrPrtry", "Cd"], code);
        to.money("Amt", amount);
        to.text("CdtDbtInd", "CRDT");
        to.path(&["Dt", "DtTm"], &moment_text(at));
        Ok(())
    })
}

fn balance_of(part: &Node, code: &str) -> Result<Money, NotRead> {
    let mut found = None;
    for node in part.all("Bal") {
        if node.text_at(&["Tp", "CdOrPrtry", "Cd"])? == code {
            if found.is_some() || node.text_at(&["CdtDbtInd"])? != "CRDT" {
                return Err(NotRead::Wrong("Bal"));
            }
            found = Some(node.one("Amt")?.money("Amt")?);
        }
    }
    found.ok_or(NotRead::Missing("Bal"))
}

impl Entry {
    /// The transfer that it is. What takes an entry back bears the number of what it takes, and is none itself.
    pub fn moves(&self) -> Option<TransferId> {
        self.transfer.filter(|_| !self.reversal)
    }

    /// What it is for. What takes an entry back pays and settles nothing by itself, whatever it says it is for.
    pub fn purpose(&self) -> String {
        if self.reversal {
            format!("reversal: {}", self.reference)
        } else {
            self.reference.clone()
        }
    }

    const fn side(&self) -> &'static str {
        if self.credit { "CRDT" } else { "DBIT" }
    }

    /// Is `next` the next part of what the bank booked as one?
    fn goes_on(&self, next: &Self) -> bool {
        let same = |entry: &Self| (entry.credit, entry.reversal, entry.booked, entry.at);
        self.entry == next.entry && self.part.checked_add(1) == Some(next.part) && same(self) == same(next)
    }

    /// What its one line of details says.
    fn write_details(&self, own: Account, to: &mut Writer) -> Result<(), NotWritten> {
        plain("a reference", &self.reference, 140)?;
        to.within("TxDtls", |to| {
            let id = self.transfer.map_or("NOTPROVIDED".to_owned(), |id| id.to_string());
            to.path(&["Refs", "EndToEndId"], &id);
            to.money("Amt", self.amount);
            to.text("CdtDbtInd", self.side());
            if let Some(other) = self.other {
                let (debtor, creditor) = if self.credit { (other, own) } else { (own, other) };
                to.within("RltdPties", |to| {
                    debtor.write("DbtrAcct", to);
                    creditor.write("CdtrAcct", to);
                    Ok::<(), NotWritten>(())
                })?;
            }
            to.path(&["RmtInf", "Ustrd"], &self.reference);
            Ok(())
        })
    }
}

/// What was booked as one, with its parts.
fn write_booked(parts: &[Entry], own: Account, to: &mut Writer) -> Result<(), NotWritten> {
    let Some(first) = parts.first() else { return Ok(()) };
    plain("an entry's reference", &first.entry, 35)?;
    if first.part != 0 {
        return Err(NotWritten::Parts);
    }
    let mut amount = Money::zero(first.amount.currency());
    for part in parts {
        amount = amount.plus(part.amount).map_err(|_| NotWritten::Parts)?;
    }
    to.within("Ntry", |to| {
        to.text("NtryRef", &first.entry);
        to.money("Amt", amount);
        to.text("CdtDbtInd", first.side());
        if first.reversal {
            to.text("RvslInd", "true");
        }
        to.path(&["Sts", "Cd"], if first.booked { "BOOK" } else { "PDNG" });
        to.path(&["BookgDt", "DtTm"], &moment_text(first.at));
        to.within("BkTxCd", |to| {
            to.within("Domn", |to| {
                to.text("Cd", "PMNT");
                to.within("Fmly", |to| {
                    to.text("Cd", if first.credit { "RCDT" } else { "ICDT" });
                    to.text("SubFmlyCd", "BOOK");
                    Ok::<(), NotWritten>(())
                })
            })
        })?;
        to.within("NtryDtls", |to| {
            parts.iter().try_for_each(|part| part.write_details(own, to))
        })
    })
}

/// What was booked as one, as its parts: each with its own amount, and together what was booked.
fn read_booked(node: &Node) -> Result<Vec<Entry>, NotRead> {
    let side = node.text_at(&["CdtDbtInd"])?;
    let credit = match side {
        "CRDT" => true,
        "DBIT" => false,
        _ => return Err(NotRead::Wrong("CdtDbtInd")),
    };
    let reversal = match node.maybe("RvslInd")?.map(Node::text) {
        None | Some("false" | "0") => false,
        Some("true" | "1") => true,
        Some(_) => return Err(NotRead::Wrong("RvslInd")),
    };
    let whole = node.one("Amt")?.money("Amt")?;
    let details: Vec<&Node> = node.all("NtryDtls").flat_map(|part| part.all("TxDtls")).collect();
    if details.is_empty() {
        return Err(NotRead::Missing("TxDtls"));
    }
    let booked = Entry {
        entry: node.text_at(&["NtryRef"])?.to_owned(),
        part: 0,
        credit,
        reversal,
        booked: node.text_at(&["Sts", "Cd"])? == "BOOK",
        amount: whole,
        at: node.at(&["BookgDt", "DtTm"])?.moment("DtTm")?,
        transfer: None,
        other: None,
        reference: String::new(),
    };
    let (mut parts, mut sum) = (Vec::with_capacity(details.len()), Money::zero(whole.currency()));
    for (node, part) in details.iter().zip(0..) {
        let one = read_part(node, side, details.len() == 1, &booked)?;
        sum = sum.plus(one.amount).map_err(|_| NotRead::Wrong("Amt"))?;
        parts.push(Entry { part, ..one });
    }
    if sum == whole {
        Ok(parts)
    } else {
        Err(NotRead::Wrong("Amt"))
    }
}

/// A part of what was booked; one that is all of it need not say how much.
fn read_part(details: &Node, side: &str, alone: bool, booked: &Entry) -> Result<Entry, NotRead> {
    let inner = |group: &'static str, name: &'static str| -> Result<Option<&Node>, NotRead> {
        let group = details.maybe(group)?.map(|node| node.maybe(name)).transpose()?;
        Ok(group.flatten())
    };
    // A part on the other side would be another entry.
    if details.maybe("CdtDbtInd")?.is_some_and(|node| node.text() != side) {
        return Err(NotRead::Wrong("CdtDbtInd"));
    }
    let amount = match details.maybe("Amt")? {
        Some(node) => node.money("Amt")?,
        None if alone => booked.amount,
        None => return Err(NotRead::Missing("Amt")),
    };
    let other = inner("RltdPties", if booked.credit { "DbtrAcct" } else { "CdtrAcct" })?;
    Ok(Entry {
        amount,
        transfer: inner("Refs", "EndToEndId")?.and_then(|node| node.text().parse().ok()),
        other: other.and_then(|account| Account::read(account).ok()),
        reference: inner("RmtInf", "Ustrd")?.map(Node::text).unwrap_or_default().to_owned(),
        ..booked.clone()
    })
}
