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
    /// Its own reference on this account: with the account it names the entry for ever.
    pub entry: String,
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
                self.entries.iter().try_for_each(|entry| entry.write(self.account, to))
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
            entries: part.all("Ntry").map(Entry::read).collect::<Result<_, _>>()?,
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
    fn write(&self, own: Account, to: &mut Writer) -> Result<(), NotWritten> {
        plain("an entry's reference", &self.entry, 35)?;
        plain("a reference", &self.reference, 140)?;
        let side = if self.credit { "CRDT" } else { "DBIT" };
        to.within("Ntry", |to| {
            to.text("NtryRef", &self.entry);
            to.money("Amt", self.amount);
            to.text("CdtDbtInd", side);
            if self.reversal {
                to.text("RvslInd", "true");
            }
            to.path(&["Sts", "Cd"], if self.booked { "BOOK" } else { "PDNG" });
            to.path(&["BookgDt", "DtTm"], &moment_text(self.at));
            to.within("BkTxCd", |to| {
                to.within("Domn", |to| {
                    to.text("Cd", "PMNT");
                    to.within("Fmly", |to| {
                        to.text("Cd", if self.credit { "RCDT" } else { "ICDT" });
                        to.text("SubFmlyCd", "BOOK");
                        Ok::<(), NotWritten>(())
                    })
                })
            })?;
            to.within("NtryDtls", |to| {
                to.within("TxDtls", |to| {
                    let id = self.transfer.map_or("NOTPROVIDED".to_owned(), |id| id.to_string());
                    to.path(&["Refs", "EndToEndId"], &id);
                    to.money("Amt", self.amount);
                    to.text("CdtDbtInd", side);
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
            })
        })
    }

    fn read(node: &Node) -> Result<Self, NotRead> {
        let credit = match node.text_at(&["CdtDbtInd"])? {
            "CRDT" => true,
            "DBIT" => false,
            _ => return Err(NotRead::Wrong("CdtDbtInd")),
        };
        let reversal = match node.maybe("RvslInd")?.map(Node::text) {
            None | Some("false" | "0") => false,
            Some("true" | "1") => true,
            Some(_) => return Err(NotRead::Wrong("RvslInd")),
        };
        // One entry, one movement: a batch booked as one entry cannot be matched to its parts.
        let details = node.at(&["NtryDtls", "TxDtls"])?;
        let transfer = details
            .maybe("Refs")?
            .map(|refs| refs.maybe("EndToEndId"))
            .transpose()?
            .flatten();
        let other = match details.maybe("RltdPties")? {
            Some(parties) => parties
                .maybe(if credit { "DbtrAcct" } else { "CdtrAcct" })?
                .and_then(|account| Account::read(account).ok()),
            None => None,
        };
        let remittance = details
            .maybe("RmtInf")?
            .map(|node| node.maybe("Ustrd"))
            .transpose()?
            .flatten();
        let amount = node.one("Amt")?.money("Amt")?;
        let inner = details.maybe("Amt")?.map(|inner| inner.money("Amt")).transpose()?;
        if inner.is_some_and(|inner| inner != amount) {
            return Err(NotRead::Wrong("Amt"));
        }
        Ok(Self {
            entry: node.text_at(&["NtryRef"])?.to_owned(),
            credit,
            reversal,
            booked: node.text_at(&["Sts", "Cd"])? == "BOOK",
            amount,
            at: node.at(&["BookgDt", "DtTm"])?.moment("DtTm")?,
            transfer: transfer.and_then(|node| node.text().parse().ok()),
            other,
            reference: remittance.map(Node::text).unwrap_or_default().to_owned(),
        })
    }
}
