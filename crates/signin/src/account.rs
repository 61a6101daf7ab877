//! Accounts: a person to this party, by a name of the person's own choosing.

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use seal::Seed;
use store::{Fault, Key, Keys, Map, Table, Tx, Value, View};
use units::Moment;

use crate::{Gate, NameTaken};

/// An account, at this party alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub [u8; 16]);

impl Key for AccountId {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        Key::read(bytes).map(Self)
    }
}
impl<C> Encode<C> for AccountId {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}
impl<'b, C> Decode<'b, C> for AccountId {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let bytes = d.bytes()?.try_into();
        bytes
            .map(Self)
            .map_err(|_| decode::Error::message("wrong size of an account"))
    }
}
impl Value for AccountId {}
impl core::fmt::Display for AccountId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}
impl core::str::FromStr for AccountId {
    type Err = NotAName;
    fn from_str(text: &str) -> Result<Self, NotAName> {
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes());
        let bytes = bytes.ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(NotAName)
    }
}

/// A text that is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name has 2 to 64 characters, without line breaks and without blanks at its ends")]
pub struct NotAName;

/// The name somebody signs in with: an address, a number, a word. Upper and lower case are one name. No `Debug` shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Name {
    shown: String,
    folded: String,
}

impl core::fmt::Debug for Name {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Name(private)")
    }
}

impl Name {
    /// The name in `text`.
    pub fn new(text: &str) -> Result<Self, NotAName> {
        let shown = text.trim();
        let folded = shown.to_lowercase();
        let fits = (2..=64).contains(&shown.chars().count()) && folded.chars().count() <= 128;
        if !fits || shown.chars().any(char::is_control) {
            return Err(NotAName);
        }
        Ok(Self {
            shown: shown.to_owned(),
            folded,
        })
    }
    /// As it was typed, for its owner's eyes.
    pub fn as_str(&self) -> &str {
        &self.shown
    }
    pub(crate) fn folded(&self) -> &str {
        &self.folded
    }
}

/// What is kept of an account.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Account {
    /// The name as typed.
    #[n(0)]
    pub name: String,
    /// Since when.
    #[n(1)]
    pub since: Moment,
    /// Nobody signs in with it any more.
    #[n(2)]
    pub closed: bool,
    /// A password alone does not let in: a passkey or a recovery code after it.
    #[n(3)]
    pub second_step: bool,
}
impl Value for Account {}

impl core::fmt::Debug for Account {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Account(since {}, closed: {})", self.since, self.closed)
    }
}

/// What is kept of a person, as that person is told.
#[derive(Clone, PartialEq, Eq)]
pub struct About {
    /// The account.
    pub account: Account,
    /// Is a password set?
    pub password: bool,
    /// Recovery codes that are left.
    pub codes: usize,
    /// Passkeys: label, since when.
    pub passkeys: Vec<(String, Moment)>,
    /// Roles.
    pub grants: Vec<crate::Grant>,
    /// Sessions: since when, last noted, how.
    pub sessions: Vec<(Moment, Moment, crate::Way)>,
}

impl core::fmt::Debug for About {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("About(private)")
    }
}

pub(crate) const ACCOUNTS: Map<AccountId, Account> = Map::new(Table::new("signin_accounts"));
pub(crate) const NAMES: Map<String, AccountId> = Map::new(Table::new("signin_names"));

impl Gate {
    /// Opens an account that nobody can sign in to yet: give it a password or a passkey in the same transaction.
    pub fn open_account(&self, tx: &mut dyn Tx, name: &Name, now: Moment, seed: &Seed) -> Result<AccountId, NameTaken> {
        let id = AccountId(seed.id("account"));
        self.open_account_as(tx, id, name, now)?;
        Ok(id)
    }

    pub(crate) fn open_account_as(
        &self,
        tx: &mut dyn Tx,
        id: AccountId,
        name: &Name,
        now: Moment,
    ) -> Result<(), NameTaken> {
        if !NAMES.insert(tx, &name.folded, &id)? {
            return Err(NameTaken::Taken);
        }
        let account = Account {
            name: name.shown.clone(),
            since: now,
            closed: false,
            second_step: false,
        };
        ACCOUNTS.put(tx, &id, &account)?;
        Ok(())
    }

    /// The account.
    pub fn account(&self, view: &mut dyn View, id: AccountId) -> Result<Option<Account>, Fault> {
        ACCOUNTS.get(view, &id)
    }

    /// Whose name that is. For the party's own eyes: a page that told strangers would tell who has an account.
    pub fn find(&self, view: &mut dyn View, name: &Name) -> Result<Option<AccountId>, Fault> {
        NAMES.get(view, &name.folded)
    }

    /// At most `limit` accounts after `after`.
    pub fn accounts(
        &self,
        view: &mut dyn View,
        after: Option<AccountId>,
        limit: usize,
    ) -> Result<Vec<(AccountId, Account)>, Fault> {
        let mut keys = Keys::all();
        if let Some(after) = after {
            keys = keys.after(&after);
        }
        ACCOUNTS.range(view, keys, limit)
    }

    /// Asks for a second step after the password from now on, or no longer. Whoever has neither passkey nor recovery code
    /// would lock himself out, so then nothing changes and the answer is false.
    pub fn ask_second_step(&self, tx: &mut dyn Tx, id: AccountId, asked: bool) -> Result<bool, Fault> {
        let able = !asked || !self.passkeys(tx, id)?.is_empty() || self.codes_left(tx, id)? > 0;
        let Some(mut account) = ACCOUNTS.get(tx, &id)?.filter(|_| able) else {
            return Ok(false);
        };
        account.second_step = asked;
        ACCOUNTS.put(tx, &id, &account)?;
        Ok(true)
    }

    /// Nobody signs in with this account any more; whoever is signed in is out. Its name stays taken.
    pub fn close_account(&self, tx: &mut dyn Tx, id: AccountId) -> Result<(), Fault> {
        if let Some(mut account) = ACCOUNTS.get(tx, &id)? {
            account.closed = true;
            ACCOUNTS.put(tx, &id, &account)?;
        }
        self.sign_out_everywhere(tx, id, None)
    }

    /// Everything that is kept of a person here, for that person's eyes. Of password, codes and tokens only hashes are kept, so
    /// only that they are there can be told.
    pub fn about(&self, view: &mut dyn View, id: AccountId) -> Result<Option<About>, Fault> {
        let Some(account) = ACCOUNTS.get(view, &id)? else {
            return Ok(None);
        };
        let keys = self.passkeys(view, id)?;
        Ok(Some(About {
            password: crate::password::PASSWORDS.has(view, &id)?,
            codes: self.codes_left(view, id)?,
            passkeys: keys.into_iter().map(|(_, key)| (key.label, key.since)).collect(),
            grants: self.grants(view, id)?,
            sessions: self.sessions_of(view, id)?,
            account,
        }))
    }

    /// Deletes accounts that have no role any more and are older than `before`: nobody works with them. How many.
    pub fn forget_unused(&self, tx: &mut dyn Tx, before: Moment, limit: usize) -> Result<usize, Fault> {
        let mut unused = Vec::new();
        let mut after = None;
        loop {
            let some = self.accounts(tx, after, 200)?;
            let Some((last, _)) = some.last() else { break };
            after = Some(*last);
            for (id, account) in some {
                if account.since < before && unused.len() < limit && self.grants(tx, id)?.is_empty() {
                    unused.push(id);
                }
            }
        }
        for id in &unused {
            self.forget(tx, *id)?;
        }
        Ok(unused.len())
    }

    /// Deletes everything that is kept of a person here. The party's books keep the account's number, which says nothing.
    pub fn forget(&self, tx: &mut dyn Tx, id: AccountId) -> Result<(), Fault> {
        self.sign_out_everywhere(tx, id, None)?;
        self.remove_password(tx, id)?;
        self.remove_codes(tx, id)?;
        for (key, _) in self.passkeys(tx, id)? {
            self.remove_passkey(tx, id, key)?;
        }
        for grant in self.grants(tx, id)? {
            self.take_back(tx, id, &grant)?;
        }
        if let Some(account) = ACCOUNTS.get(tx, &id)? {
            NAMES.delete(tx, &account.name.to_lowercase())?;
            ACCOUNTS.delete(tx, &id)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // proves: row-98
    #[test]
    fn names_have_bounds_and_are_never_printed() {
        for no in ["", "a", " a ", "a\nb", &"x".repeat(65), "\u{0}zero"] {
            assert_eq!(Name::new(no), Err(NotAName), "{no:?}");
        }
        let name = Name::new("  Aiko.Sato@Example.jp ").unwrap();
        assert_eq!(
            (name.as_str(), name.folded()),
            ("Aiko.Sato@Example.jp", "aiko.sato@example.jp")
        );
        assert!(!format!("{name:?}").contains("iko"));
        let id = AccountId([9; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
    }
}
