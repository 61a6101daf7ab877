//! Accounts of the embedded bank: of parties, by their id, and of persons, by a token.

use deal::{Value, ValueKind};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Audience, Kind, Seed};
use store::{Fault, Keys, Map, Part, Step as Change, Table, Tx, Value as Row, View};
use units::{Again, Hash, Moment, Money, PartyId, Refusal, TransferId, ValueId};

use super::HouseBank;
use crate::books::{self, Account, Leg, PostRefused, Posting, Sort};

/// Whose account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Holder {
    /// A party's.
    #[n(0)]
    Party(#[n(0)] PartyId),
    /// A person's, by the token that person was given.
    #[n(1)]
    Token(#[n(0)] ValueId),
}

#[derive(Debug, Encode, Decode)]
#[cbor(array)]
pub(super) struct AccountRow {
    /// As the bank calls the account for its owner; never leaves the bank.
    #[n(0)]
    name: String,
    #[n(1)]
    since: Moment,
}
impl Row for AccountRow {}

const TOKENS: Map<[u8; 16], AccountRow> = Map::new(Table::new("bank_tokens"));
const PARTIES: Map<[u8; 16], AccountRow> = Map::new(Table::new("bank_parties"));
/// Every transfer, and all cash that was brought, by account, in order: what statements are made of.
pub(super) const LINES: Map<((u8, [u8; 16]), u64), StatementLine> = Map::new(Table::new("bank_lines"));
pub(super) const TRANSFERS: Map<TransferId, super::transfer::Kept> = Map::new(Table::new("bank_transfers"));

pub(super) static PART: Part = Part::new(
    "bank",
    &[
        Change::Create(&[TOKENS.table(), PARTIES.table(), LINES.table(), TRANSFERS.table()]),
        Change::Create(&[super::notice::TOLD.table()]),
        Change::Create(&super::file::TABLES),
    ],
);

/// What the bank owes its customers.
pub(super) const DEPOSITS: Sort = Sort::owed("deposit");
/// And the parties among them.
pub(super) const PARTY_DEPOSITS: Sort = Sort::owed("deposit of party");
/// Where opening balances come from: cash brought to the counter.
pub(super) const CASH: Sort = Sort::had("cash");

impl Holder {
    pub(super) const fn account(self) -> Account {
        match self {
            Self::Token(token) => Account::of(DEPOSITS, token.0),
            Self::Party(party) => Account::of(PARTY_DEPOSITS, party.0),
        }
    }
    pub(super) const fn key(self) -> (u8, [u8; 16]) {
        match self {
            Self::Token(token) => (1, token.0),
            Self::Party(party) => (2, party.0),
        }
    }
}

/// One line of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct StatementLine {
    /// The transfer, or the cash that was brought.
    #[n(0)]
    pub id: TransferId,
    /// Into the account?
    #[n(1)]
    pub credit: bool,
    /// How much.
    #[n(2)]
    pub amount: Money,
    /// What the order said it is for.
    #[n(3)]
    pub reference: String,
    /// When.
    #[n(4)]
    pub at: Moment,
    /// The account on the other side; none, where it was cash.
    #[n(5)]
    pub other: Option<Holder>,
}
impl Row for StatementLine {}

/// Writes the next line of an account. Whatever changes its balance writes one, so that the lines explain it.
pub(super) fn note_line(tx: &mut dyn Tx, holder: Holder, line: &StatementLine) -> Result<(), Fault> {
    let last = LINES.range(tx, Keys::under(&holder.key()).newest_first(), 1)?;
    let number = last.first().map_or(1, |((_, n), _)| n.saturating_add(1));
    LINES.put(tx, &(holder.key(), number), line)
}

/// A person's new account, as that person gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The token: names the account to issuers, and is put on the holder's card.
    pub value: Value,
    /// The same, signed by the bank.
    pub signed: ByteVec,
}

/// Why no account was opened, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenRefused {
    /// The bank is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// A name nobody can read.
    #[error("an account's name has 1 to 60 characters")]
    Name,
    /// The opening balance is in another currency.
    #[error("this bank keeps accounts in {0} alone")]
    Currency(units::Currency),
    /// The opening balance does not fit.
    #[error(transparent)]
    Post(#[from] PostRefused),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for OpenRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::Name => "account-name",
            Self::Currency(_) => "account-currency",
            Self::Post(no) => no.code(),
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Name | Self::Currency(_) => Again::AfterYouAct,
            Self::Post(no) => no.again(),
            Self::Fault(fault) => fault.again(),
        }
    }
}
crate::refused::refusals!(OpenRefused);

/// Why a person's name stays with an account, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForgetRefused {
    /// No such account.
    #[error("there is no such account here")]
    NoAccount,
    /// There is money in it.
    #[error("the account holds {0}; have it paid out first, then its name is forgotten")]
    NotEmpty(Money),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for ForgetRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::NoAccount => "account-unknown",
            Self::NotEmpty(_) => "account-not-empty",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::NoAccount => Again::Never,
            Self::NotEmpty(_) => Again::AfterYouAct,
            Self::Fault(fault) => fault.again(),
        }
    }
}
crate::refused::refusals!(ForgetRefused);

impl HouseBank {
    /// What the bank calls a person's account, and since when it has it.
    pub fn named(&self, view: &mut dyn View, token: ValueId) -> Result<Option<(String, Moment)>, Fault> {
        Ok(TOKENS.get(view, &token.0)?.map(|row| (row.name, row.since)))
    }

    /// Forgets a person's name: from then on the account is a token like any other, with its lines, and money that still comes
    /// is its. Only when nothing is in it.
    pub fn forget_name(&self, tx: &mut dyn Tx, token: ValueId) -> Result<(), ForgetRefused> {
        let mut row = TOKENS.get(tx, &token.0)?.ok_or(ForgetRefused::NoAccount)?;
        let zero = Money::zero(self.desk.currency());
        let held = books::money(tx, Holder::Token(token).account(), zero)?;
        if !held.is_zero() {
            return Err(ForgetRefused::NotEmpty(held));
        }
        row.name.clear();
        TOKENS.put(tx, &token.0, &row)?;
        Ok(())
    }

    /// Opens an account for a person, with what that person brings in cash. The token is drawn from `seed`.
    pub fn open(
        &self,
        tx: &mut dyn Tx,
        name: &str,
        opening: Money,
        now: Moment,
        seed: &Seed,
    ) -> Result<Opened, OpenRefused> {
        let token = ValueId(seed.id("account"));
        self.start(tx, Holder::Token(token), name, opening, now)?;
        let value = Value {
            kind: ValueKind::Account,
            maker: self.id(),
            id: token,
            worth: Money::zero(opening.currency()),
            offer: None,
            until: None,
            label: name.chars().take(60).collect(),
        };
        let signed = seal::sign(
            self.keys.signer(),
            Kind::Value,
            self.desk.realm_id(),
            Audience::Anyone,
            &value,
        );
        Ok(Opened {
            value,
            signed: ByteVec::from(signed),
        })
    }

    /// Opens the account of a party. One that has one keeps it as it is.
    pub fn open_party(
        &self,
        tx: &mut dyn Tx,
        party: PartyId,
        name: &str,
        opening: Money,
        now: Moment,
    ) -> Result<(), OpenRefused> {
        self.start(tx, Holder::Party(party), name, opening, now)
    }

    fn start(
        &self,
        tx: &mut dyn Tx,
        holder: Holder,
        name: &str,
        opening: Money,
        now: Moment,
    ) -> Result<(), OpenRefused> {
        crate::epoch::require::<OpenRefused>(tx)?;
        if !(1..=60).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            return Err(OpenRefused::Name);
        }
        if opening.currency() != self.desk.currency() {
            return Err(OpenRefused::Currency(self.desk.currency()));
        }
        let row = AccountRow {
            name: name.to_owned(),
            since: now,
        };
        let (_, id) = holder.key();
        let new = match holder {
            Holder::Token(_) => TOKENS.insert(tx, &id, &row)?,
            Holder::Party(_) => PARTIES.insert(tx, &id, &row)?,
        };
        if new && !opening.is_zero() {
            let posting = Posting {
                id: TransferId(id),
                what: "opening",
                about: Hash::default(),
                legs: vec![Leg {
                    debit: Account::own(CASH),
                    credit: holder.account(),
                    amount: opening,
                }],
            };
            books::post(tx, &posting, now)?;
            let line = StatementLine {
                id: posting.id,
                credit: true,
                amount: opening,
                reference: "OPENING".to_owned(),
                at: now,
                other: None,
            };
            note_line(tx, holder, &line)?;
        }
        Ok(())
    }

    pub(super) fn has(&self, view: &mut dyn View, holder: Holder) -> Result<bool, Fault> {
        let (_, id) = holder.key();
        match holder {
            Holder::Token(_) => TOKENS.has(view, &id),
            Holder::Party(_) => PARTIES.has(view, &id),
        }
    }

    /// The newest lines of an account, at most `limit`, with the number to page on from.
    pub fn statement(
        &self,
        view: &mut dyn View,
        of: Holder,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, StatementLine)>, Fault> {
        let mut keys = Keys::under(&of.key()).newest_first();
        if let Some(before) = before {
            keys = keys.after(&(of.key(), before));
        }
        let rows = LINES.range(view, keys, limit)?;
        Ok(rows.into_iter().map(|((_, n), line)| (n, line)).collect())
    }
}
