//! Books: double entry for one party. Every posting has an id for ever; the same id with the same body changes nothing,
//! with another body it is refused; a refusal changes nothing.

use minicbor::{Decode, Encode};
use store::{Counter, Fault, Keys, Map, Part, Step as Change, Table, Tx, Value, View};
use units::{Again, Hash, Moment, Money, MoneyError, Refusal, TransferId};

/// An account: what kind, and whose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Account {
    /// What kind: a number of the party's own list, with [`ASSET`] and [`FREE`] among its bits.
    #[n(0)]
    pub code: u16,
    /// Whose: a card, a party, an account; zero for the party's own.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub of: [u8; 16],
}

/// Bit of a code: grows by debits (what the party has, or what it cost); without it an account grows by credits (what it
/// owes, or earned).
pub const ASSET: u16 = 0x8000;
/// Bit of a code: may also stand on its other side. Every other account refuses to go below zero.
pub const FREE: u16 = 0x4000;

impl Account {
    /// The party's own account of this kind.
    pub const fn own(code: u16) -> Self {
        Self { code, of: [0; 16] }
    }
    /// Somebody's account of this kind.
    pub const fn of(code: u16, of: [u8; 16]) -> Self {
        Self { code, of }
    }
    const fn is_asset(self) -> bool {
        self.code & ASSET != 0
    }
    const fn is_free(self) -> bool {
        self.code & FREE != 0
    }
}

/// One movement: `amount` from `credit` to `debit`, as bookkeepers say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Leg {
    /// Debited.
    #[n(0)]
    pub debit: Account,
    /// Credited.
    #[n(1)]
    pub credit: Account,
    /// How much.
    #[n(2)]
    pub amount: Money,
}

/// Movements that happen together or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Posting {
    /// Its id, for ever.
    #[n(0)]
    pub id: TransferId,
    /// What for: a word of the party's own.
    #[n(1)]
    pub what: String,
    /// About which deal, slip or transfer.
    #[n(2)]
    pub about: Hash,
    /// The movements, in order.
    #[n(3)]
    pub legs: Vec<Leg>,
}

#[derive(Debug, Encode, Decode)]
#[cbor(array)]
struct Entry {
    #[n(0)]
    posting: Posting,
    #[n(1)]
    at: Moment,
}
impl Value for Entry {}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(array)]
struct Sums {
    #[n(0)]
    debits: i64,
    #[n(1)]
    credits: i64,
}
impl Value for Sums {}

const ENTRIES: Map<u64, Entry> = Map::new(Table::new("books_entries"));
const IDS: Map<TransferId, u64> = Map::new(Table::new("books_ids"));
const SUMS: Map<(u16, [u8; 16]), Sums> = Map::new(Table::new("books_accounts"));
const NUMBERS: Table = Table::new("books_numbers");
const NUMBER: Counter = Counter::new(NUMBERS, "entry");

/// What every party's store has for this.
pub static PART: Part = Part::new(
    "books",
    &[Change::Create(&[ENTRIES.table(), IDS.table(), SUMS.table(), NUMBERS])],
);

/// Why nothing was posted, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostRefused {
    /// The id stands for another posting.
    #[error("transfer {0} was booked before with another content; a new transfer needs a new id")]
    OtherBody(TransferId),
    /// The account would go below zero.
    #[error("the account has too little; nothing was booked")]
    NotEnough(Account),
    /// Beyond what accounts hold.
    #[error("the amount does not fit the account: {0}")]
    Amount(#[from] MoneyError),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for PostRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::OtherBody(_) => "transfer-other-content",
            Self::NotEnough(_) => "account-not-enough",
            Self::Amount(_) => "account-amount",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::OtherBody(_) | Self::Amount(_) => Again::Never,
            Self::NotEnough(_) => Again::AfterYouAct,
            Self::Fault(fault) => fault.again(),
        }
    }
}

/// Posts, once for ever.
pub fn post(tx: &mut dyn Tx, posting: Posting, now: Moment) -> Result<(), PostRefused> {
    if let Some(number) = IDS.get(tx, &posting.id)? {
        return match ENTRIES.get(tx, &number)? {
            Some(entry) if entry.posting == posting => Ok(()),
            _ => Err(PostRefused::OtherBody(posting.id)),
        };
    }
    // Everything is computed before anything is written, so that a caller may take a refusal and go on.
    let mut sums: Vec<(Account, Sums)> = Vec::new();
    for leg in &posting.legs {
        for (account, debit) in [(leg.debit, true), (leg.credit, false)] {
            let at = match sums.iter().position(|(a, _)| *a == account) {
                Some(at) => at,
                None => {
                    sums.push((account, sums_of(tx, account)?));
                    sums.len().saturating_sub(1)
                }
            };
            if let Some((_, sum)) = sums.get_mut(at) {
                let side = if debit { &mut sum.debits } else { &mut sum.credits };
                *side = side
                    .checked_add(leg.amount.minor())
                    .ok_or(PostRefused::Amount(MoneyError::OutOfBounds))?;
            }
        }
    }
    for (account, sum) in &sums {
        let balance = signed(*account, *sum);
        if balance < 0 && !account.is_free() {
            return Err(PostRefused::NotEnough(*account));
        }
        if balance.unsigned_abs() > units::AMOUNT_MAX.unsigned_abs() {
            return Err(PostRefused::Amount(MoneyError::OutOfBounds));
        }
    }
    for (account, sum) in &sums {
        SUMS.put(tx, &(account.code, account.of), sum)?;
    }
    let number = NUMBER.next(tx)?;
    IDS.put(tx, &posting.id, &number)?;
    ENTRIES.put(tx, &number, &Entry { posting, at: now })?;
    Ok(())
}

/// Is there a posting of this id?
pub fn was_posted(view: &mut dyn View, id: TransferId) -> Result<bool, Fault> {
    IDS.has(view, &id)
}

fn sums_of(view: &mut dyn View, account: Account) -> Result<Sums, Fault> {
    Ok(SUMS.get(view, &(account.code, account.of))?.unwrap_or_default())
}

fn signed(account: Account, sum: Sums) -> i64 {
    let net = sum.debits.saturating_sub(sum.credits);
    if account.is_asset() { net } else { net.saturating_neg() }
}

/// The balance in minor units, on the account's own side: above zero is what it should be.
pub fn balance(view: &mut dyn View, account: Account) -> Result<i64, Fault> {
    Ok(signed(account, sums_of(view, account)?))
}

/// The balance as money: nothing where it stands on the other side.
pub fn money(view: &mut dyn View, account: Account, zero: Money) -> Result<Money, Fault> {
    let balance = balance(view, account)?;
    Ok(Money::new(balance.max(0), zero.currency()).unwrap_or(zero))
}

/// The sum over all accounts of a kind.
pub fn total(view: &mut dyn View, code: u16) -> Result<i64, Fault> {
    let mut total = 0_i64;
    SUMS.each::<Fault>(view, Keys::under(&code), |_, (code, of), sum| {
        total = total.saturating_add(signed(Account { code, of }, sum));
        Ok(())
    })?;
    Ok(total)
}

/// Every account that was ever posted to, with its balance.
pub fn accounts(view: &mut dyn View) -> Result<Vec<(Account, i64)>, Fault> {
    let mut out = Vec::new();
    SUMS.each::<Fault>(view, Keys::all(), |_, (code, of), sum| {
        let account = Account { code, of };
        out.push((account, signed(account, sum)));
        Ok(())
    })?;
    Ok(out)
}

/// A page of entries from number `from`: number, time, posting.
pub fn entries(view: &mut dyn View, from: u64, limit: usize) -> Result<Vec<(u64, Moment, Posting)>, Fault> {
    let rows = ENTRIES.range(view, Keys::from(&from), limit)?;
    Ok(rows.into_iter().map(|(n, e)| (n, e.at, e.posting)).collect())
}

/// Computes every account again from the entries alone and says what does not agree.
pub fn audit(view: &mut dyn View) -> Result<Vec<String>, Fault> {
    let mut found = Vec::new();
    let mut again: std::collections::BTreeMap<(u16, [u8; 16]), Sums> = std::collections::BTreeMap::new();
    let mut last = 0_u64;
    ENTRIES.each::<Fault>(view, Keys::all(), |view, number, entry| {
        if number != last.saturating_add(1) {
            found.push(format!("entry {number} follows entry {last}"));
        }
        last = number;
        if IDS.get(view, &entry.posting.id)? != Some(number) {
            found.push(format!("entry {number} is not known by its id"));
        }
        for leg in &entry.posting.legs {
            let debit = again.entry((leg.debit.code, leg.debit.of)).or_default();
            debit.debits = debit.debits.saturating_add(leg.amount.minor());
            let credit = again.entry((leg.credit.code, leg.credit.of)).or_default();
            credit.credits = credit.credits.saturating_add(leg.amount.minor());
        }
        Ok(())
    })?;
    SUMS.each::<Fault>(view, Keys::all(), |_, key, sum| {
        if again.remove(&key).unwrap_or_default() != sum {
            found.push(format!(
                "account {:04x}/{} differs from its entries",
                key.0,
                units::CardNo(key.1)
            ));
        }
        Ok(())
    })?;
    for (key, _) in again {
        found.push(format!("account {:04x}/{} is missing", key.0, units::CardNo(key.1)));
    }
    if NUMBER.last(view)? != last {
        found.push(format!("the last entry is {last}, the counter says otherwise"));
    }
    Ok(found)
}
