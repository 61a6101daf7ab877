//! Accounts: what they are, how far they may go, and what stands on them.

use core::fmt;
use minicbor::{Decode, Encode};
use store::{Key, Value};

/// The longest name in bytes.
pub const NAME_MAX: usize = 200;

/// An account's number: derived from what it is for, so that every process of a party finds the same one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct AccountId(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

impl AccountId {
    /// The account of kind `what` ("publisher", "purse") that belongs to `whose` (an id's bytes; empty for the party's
    /// only one). Different words or owners never meet in one number.
    pub fn named(what: &str, whose: &[u8]) -> Self {
        let hash = seal::hash_parts(&[b"keyfare ledger account", what.as_bytes(), whose]);
        let mut id = [0; 16];
        id.copy_from_slice(&hash.0[..16]);
        Self(id)
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountId({self})")
    }
}
impl Key for AccountId {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        Key::read(bytes).map(Self)
    }
}
impl Value for AccountId {}

/// What an account is in the books; decides which side is "more".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Kind {
    /// What we have: grows by debits.
    #[n(0)]
    Asset,
    /// What we owe: grows by credits.
    #[n(1)]
    Liability,
    /// What we earned: grows by credits.
    #[n(2)]
    Income,
    /// What we spent: grows by debits.
    #[n(3)]
    Expense,
    /// What our owners put in: grows by credits.
    #[n(4)]
    Equity,
}

impl Kind {
    /// Do debits make it more?
    pub const fn grows_by_debits(self) -> bool {
        matches!(self, Self::Asset | Self::Expense)
    }
}

/// How far an account may go. Holds count as if they were posted against it, and not yet for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Limit {
    /// As far as anybody takes it.
    #[n(0)]
    None,
    /// Debits must not exceed credits: a purse, a prepaid account, whatever nobody may overdraw.
    #[n(1)]
    DebitsWithinCredits,
    /// Credits must not exceed debits: a till, stock, whatever cannot be given before it was had.
    #[n(2)]
    CreditsWithinDebits,
}

/// An account as it was opened. It does not change; what stands on it are its [`Totals`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Account {
    /// Its number.
    #[n(0)]
    pub id: AccountId,
    /// What people call it. No person's name belongs here: books are read by auditors.
    #[n(1)]
    pub name: String,
    /// See [`Kind`].
    #[n(2)]
    pub kind: Kind,
    /// See [`Limit`].
    #[n(3)]
    pub limit: Limit,
}
impl Value for Account {}

impl Account {
    /// An account to be opened.
    pub fn new(id: AccountId, name: &str, kind: Kind, limit: Limit) -> Self {
        Self {
            id,
            name: name.to_owned(),
            kind,
            limit,
        }
    }
}

/// Everything ever moved over an account, and what is held, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct Totals {
    /// Debits posted since the beginning.
    #[n(0)]
    pub debits: u64,
    /// Credits posted since the beginning.
    #[n(1)]
    pub credits: u64,
    /// Debits of open holds.
    #[n(2)]
    pub debits_held: u64,
    /// Credits of open holds.
    #[n(3)]
    pub credits_held: u64,
}
impl Value for Totals {}

/// The largest total: differences of totals then fit a signed number.
pub(crate) const TOTAL_MAX: u64 = i64::MAX as u64;

impl Totals {
    /// Credits less debits; totals are bounded, so this cannot wrap.
    const fn credit_side(&self) -> i64 {
        (self.credits as i64).saturating_sub(self.debits as i64)
    }
}

/// An account with what stands on it. Figures are signed minor units, positive in the account's own direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// The account.
    pub account: Account,
    /// Its totals.
    pub totals: Totals,
}

impl Balance {
    /// What stands on it, holds not counted.
    pub const fn posted(&self) -> i64 {
        let credit_side = self.totals.credit_side();
        if self.account.kind.grows_by_debits() {
            credit_side.saturating_neg()
        } else {
            credit_side
        }
    }
    /// What open holds will take from it.
    pub const fn held(&self) -> i64 {
        if self.account.kind.grows_by_debits() {
            self.totals.credits_held as i64
        } else {
            self.totals.debits_held as i64
        }
    }
    /// What open holds will bring to it.
    pub const fn incoming(&self) -> i64 {
        if self.account.kind.grows_by_debits() {
            self.totals.debits_held as i64
        } else {
            self.totals.credits_held as i64
        }
    }
    /// What may still be taken: posted less held. Money on its way in does not count (blnk#181).
    pub const fn available(&self) -> i64 {
        self.posted().saturating_sub(self.held())
    }
}
