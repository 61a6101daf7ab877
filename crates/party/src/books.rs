//! Books: how a party posts to its ledger. A line of its chart of accounts is a [`Sort`]; an account is opened when it is
//! first posted to; what happens together has one id for ever.

use ledger::{AccountId, Kind, Limit, Transfer};
use minicbor::{Decode, Encode};
use store::{Fault, Keys, Map, Part, Step as Change, Table, Tx, Value, View};
use units::{Again, Hash, Moment, Money, Refusal, TransferId};

/// A line of a chart of accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// Its name, as people read it in the books; it is part of the accounts' numbers and never changes.
    pub name: &'static str,
    /// What it is in the books.
    pub kind: Kind,
    /// How far it may go.
    pub limit: Limit,
}

impl Sort {
    /// Something owed to somebody; never below zero.
    pub const fn owed(name: &'static str) -> Self {
        Self {
            name,
            kind: Kind::Liability,
            limit: Limit::DebitsWithinCredits,
        }
    }
    /// Something had; never below zero.
    pub const fn had(name: &'static str) -> Self {
        Self {
            name,
            kind: Kind::Asset,
            limit: Limit::CreditsWithinDebits,
        }
    }
    /// The same, as far as anybody takes it to either side.
    #[must_use]
    pub const fn free(self) -> Self {
        Self {
            limit: Limit::None,
            ..self
        }
    }
}

/// An account: which line of the chart, and whose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// The line.
    pub sort: Sort,
    /// Whose: a card, a party, an account; zero for the party's own.
    pub of: [u8; 16],
}

impl Account {
    /// The party's own account of this sort.
    pub const fn own(sort: Sort) -> Self {
        Self { sort, of: [0; 16] }
    }
    /// Somebody's account of this sort.
    pub const fn of(sort: Sort, of: [u8; 16]) -> Self {
        Self { sort, of }
    }
    /// Its number in the ledger.
    pub fn id(&self) -> AccountId {
        AccountId::named(self.sort.name, &self.of)
    }
}

/// One movement: `amount` from `credit` to `debit`, as bookkeepers say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leg {
    /// Debited.
    pub debit: Account,
    /// Credited.
    pub credit: Account,
    /// How much.
    pub amount: Money,
}

/// Movements that happen together or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// Its id, for ever.
    pub id: TransferId,
    /// What for: a word of the party's own.
    pub what: &'static str,
    /// About which deal, slip or transfer.
    pub about: Hash,
    /// The movements, in order; those of nothing are left out.
    pub legs: Vec<Leg>,
}

/// A posting as it is remembered: what it was, so that its id stands for nothing else.
#[derive(Debug, Encode, Decode)]
#[cbor(array)]
struct Kept {
    #[n(0)]
    content: Hash,
    #[n(1)]
    what: String,
    #[n(2)]
    legs: u16,
}
impl Value for Kept {}

/// An account that was opened, to be found by its sort.
#[derive(Debug, Encode, Decode)]
#[cbor(array)]
struct Opened {
    #[n(0)]
    id: AccountId,
}
impl Value for Opened {}

const POSTINGS: Map<TransferId, Kept> = Map::new(Table::new("books_postings"));
const ACCOUNTS: Map<(String, [u8; 16]), Opened> = Map::new(Table::new("books_accounts"));

/// What every book-keeping party's store has for this, besides [`ledger::PART`].
pub static PART: Part = Part::new("books", &[Change::Create(&[POSTINGS.table(), ACCOUNTS.table()])]);

/// Why nothing was posted, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostRefused {
    /// The id stands for another posting.
    #[error("posting {0} was made before with another content; a new one needs a new id")]
    OtherContent(TransferId),
    /// The ledger refuses.
    #[error(transparent)]
    Ledger(#[from] ledger::PostRefused),
    /// The books could not be opened.
    #[error("the books cannot be opened: {0}")]
    Books(String),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for PostRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::OtherContent(_) => "posting-other-content",
            Self::Ledger(no) => no.code(),
            Self::Books(_) => "books-not-open",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::OtherContent(_) | Self::Books(_) => Again::Never,
            Self::Ledger(no) => no.again(),
            Self::Fault(fault) => fault.again(),
        }
    }
}

impl PostRefused {
    /// The store's own trouble, or what only damage explains where the caller had looked before it posted.
    pub fn into_fault(self) -> Fault {
        match self {
            Self::Fault(fault) | Self::Ledger(ledger::PostRefused::Fault(fault)) => fault,
            other => Fault::Corrupt {
                table: "ledger_totals",
                why: other.to_string(),
            },
        }
    }
}

/// The id of the posting of one kind about one thing.
pub fn posting_id(what: &str, about: &[u8]) -> TransferId {
    let mut id = [0; 16];
    id.copy_from_slice(&seal::hash_parts(&[b"posting", what.as_bytes(), about]).0[..16]);
    TransferId(id)
}

fn leg_id(posting: TransferId, leg: u16) -> TransferId {
    posting_id("leg", &[&posting.0[..], &leg.to_be_bytes()].concat())
}

/// Posts, once for ever; the same again changes nothing. A refusal changes nothing either.
pub fn post(tx: &mut dyn Tx, posting: &Posting, now: Moment) -> Result<(), PostRefused> {
    let legs: Vec<&Leg> = posting.legs.iter().filter(|leg| !leg.amount.is_zero()).collect();
    let mut transfers = Vec::with_capacity(legs.len());
    for (n, leg) in legs.iter().enumerate() {
        let n = u16::try_from(n).unwrap_or(u16::MAX);
        transfers
            .push(Transfer::now(leg_id(posting.id, n), leg.debit.id(), leg.credit.id(), leg.amount).memo(posting.what));
    }
    let kept = Kept {
        content: seal::hash(&seal::cbor::to_bytes(&(posting.what, posting.about, &transfers))),
        what: posting.what.to_owned(),
        legs: u16::try_from(legs.len()).unwrap_or(u16::MAX),
    };
    match POSTINGS.get(tx, &posting.id)? {
        Some(known) if known.content == kept.content => return Ok(()),
        Some(_) => return Err(PostRefused::OtherContent(posting.id)),
        None => {}
    }
    if let Some(first) = legs.first() {
        for leg in &legs {
            open(tx, leg.debit, first.amount, now)?;
            open(tx, leg.credit, first.amount, now)?;
        }
        ledger::post(tx, now, &transfers)?;
    }
    POSTINGS.put(tx, &posting.id, &kept)?;
    Ok(())
}

/// Opens an account, and before the first one the books themselves in the currency of `amount`.
fn open(tx: &mut dyn Tx, account: Account, amount: Money, now: Moment) -> Result<(), PostRefused> {
    let key = (account.sort.name.to_owned(), account.of);
    if ACCOUNTS.has(tx, &key)? {
        return Ok(());
    }
    let books = |why: &dyn core::fmt::Display| PostRefused::Books(why.to_string());
    ledger::begin(tx, now, amount.currency()).map_err(|no| books(&no))?;
    let name = if account.of == [0; 16] {
        account.sort.name.to_owned()
    } else {
        format!("{} {}", account.sort.name, units::CardNo(account.of))
    };
    let line = ledger::Account::new(account.id(), &name, account.sort.kind, account.sort.limit);
    ledger::open_account(tx, now, &line).map_err(|no| books(&no))?;
    ACCOUNTS.put(tx, &key, &Opened { id: account.id() })?;
    Ok(())
}

/// Is there a posting of this id?
pub fn was_posted(view: &mut dyn View, id: TransferId) -> Result<bool, Fault> {
    POSTINGS.has(view, &id)
}

/// What a posting moved in all, if it was made.
pub fn amount_of(view: &mut dyn View, id: TransferId) -> Result<Option<Money>, Fault> {
    let Some(kept) = POSTINGS.get(view, &id)? else {
        return Ok(None);
    };
    let mut sum: Option<Money> = None;
    for n in 0..kept.legs {
        if let Some((leg, _)) = ledger::find_transfer(view, leg_id(id, n))?
            && let ledger::What::Now { amount, .. } = leg.what
        {
            sum = Some(sum.map_or(amount, |sum| sum.plus(amount).unwrap_or(sum)));
        }
    }
    Ok(sum)
}

/// The balance in minor units, on the account's own side: above zero is what it should be.
pub fn balance(view: &mut dyn View, account: Account) -> Result<i64, Fault> {
    Ok(ledger::balance(view, account.id())?.map_or(0, |b| b.posted()))
}

/// The balance as money: nothing where it stands on the other side.
pub fn money(view: &mut dyn View, account: Account, zero: Money) -> Result<Money, Fault> {
    let balance = balance(view, account)?;
    Ok(Money::new(balance.max(0), zero.currency()).unwrap_or(zero))
}

/// Every account of a sort that was ever posted to: whose, and its balance.
pub fn each(view: &mut dyn View, sort: Sort) -> Result<Vec<([u8; 16], i64)>, Fault> {
    let mut out = Vec::new();
    ACCOUNTS.each::<Fault>(view, Keys::under(&sort.name.to_owned()), |view, (_, of), _| {
        out.push((of, balance(view, Account { sort, of })?));
        Ok(())
    })?;
    Ok(out)
}

/// The sum over all accounts of a sort.
pub fn total(view: &mut dyn View, sort: Sort) -> Result<i64, Fault> {
    Ok(each(view, sort)?
        .iter()
        .fold(0_i64, |sum, (_, b)| sum.saturating_add(*b)))
}

/// Every account, by its name in the ledger, with its balance: for pages and stories.
pub fn sheet(view: &mut dyn View) -> Result<Vec<(String, i64)>, Fault> {
    let mut out = Vec::new();
    ACCOUNTS.each::<Fault>(view, Keys::all(), |view, _, opened| {
        if let Some(found) = ledger::balance(view, opened.id)? {
            let posted = found.posted();
            out.push((found.account.name, posted));
        }
        Ok(())
    })?;
    Ok(out)
}

/// Computes the ledger again from its journal, and the postings against it; says what does not agree.
pub fn audit(view: &mut dyn View) -> Result<Vec<String>, Fault> {
    let report = ledger::audit(view, None)?;
    let mut found: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
    if report.more > 0 {
        found.push(format!("and {} more of the ledger", report.more));
    }
    let (mut legs, mut accounts) = (0_u64, 0_u64);
    POSTINGS.each::<Fault>(view, Keys::all(), |view, id, kept| {
        for n in 0..kept.legs {
            if ledger::find_transfer(view, leg_id(id, n))?.is_none() {
                found.push(format!("{} {id} lacks a movement", kept.what));
            }
        }
        legs = legs.saturating_add(u64::from(kept.legs));
        Ok(())
    })?;
    ACCOUNTS.each::<Fault>(view, Keys::all(), |_, _, _| {
        accounts = accounts.saturating_add(1);
        Ok(())
    })?;
    if (legs, accounts) != (report.transfers, report.accounts) {
        found.push("the ledger holds movements or accounts that no posting made".to_owned());
    }
    Ok(found)
}
