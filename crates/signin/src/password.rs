//! Passwords: Argon2id with the party's secret mixed in, so that a stolen database alone tells no password.

use minicbor::{Decode, Encode};
use seal::Seed;
use store::{Fault, Map, Table, Tx, Value, View};
use zeroize::Zeroizing;

use crate::{AccountId, Gate};

/// The shortest password that may be set, in characters.
const SHORTEST: usize = 10;
/// The longest, in bytes; what is typed is cut here, so that nobody makes us hash a book.
const LONGEST: usize = 512;

/// What hashing a password costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Cost {
    /// Memory in KiB.
    #[n(0)]
    pub memory_kib: u32,
    /// Passes over it.
    #[n(1)]
    pub passes: u32,
}

impl Cost {
    /// For people: 46 MiB once (OWASP's first row), some 40 ms of a core of today.
    pub const USUAL: Self = Self {
        memory_kib: 47_104,
        passes: 1,
    };
    /// For tests, which would otherwise wait for it. Protects nothing.
    pub const TINY: Self = Self {
        memory_kib: 64,
        passes: 1,
    };
}

/// A text that may not become a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Too short.
    #[error("a password has at least {SHORTEST} characters; a few words that nobody says together are good")]
    Short,
    /// Too long.
    #[error("a password has at most {LONGEST} bytes")]
    Long,
    /// One or two characters again and again, or a row of the keyboard.
    #[error("this password is among the first that are tried; take a few words that nobody says together")]
    Common,
}

impl units::Refusal for WeakPassword {
    fn code(&self) -> &'static str {
        match self {
            Self::Short => "password-short",
            Self::Long => "password-long",
            Self::Common => "password-common",
        }
    }
    fn again(&self) -> units::Again {
        units::Again::AfterYouAct
    }
}

/// A password that may be set. Wiped when dropped.
pub struct Password(Zeroizing<String>);

impl core::fmt::Debug for Password {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Password(secret)")
    }
}

impl Password {
    /// The password in `text`: any characters, long enough, and not among the first that are tried.
    pub fn new(text: &str) -> Result<Self, WeakPassword> {
        if text.chars().count() < SHORTEST {
            return Err(WeakPassword::Short);
        }
        if text.len() > LONGEST {
            return Err(WeakPassword::Long);
        }
        let folded = text.to_lowercase();
        let mut kinds: Vec<char> = folded.chars().collect();
        kinds.sort_unstable();
        kinds.dedup();
        const ROWS: [&str; 6] = [
            "12345678901234567890",
            "qwertyuiop",
            "passwordpassword",
            "password1234567890",
            "abcdefghijklmnopqrstuvwxyz",
            "letmeinletmein",
        ];
        if kinds.len() < 4 || ROWS.iter().any(|row| row.contains(folded.as_str())) {
            return Err(WeakPassword::Common);
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }
}

/// Something somebody typed as a password. Wiped when dropped.
pub struct Typed(Zeroizing<Vec<u8>>);

impl core::fmt::Debug for Typed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Typed(secret)")
    }
}

impl Typed {
    /// What was typed.
    pub fn new(text: &str) -> Self {
        let end = text.len().min(LONGEST + 1);
        Self(Zeroizing::new(text.as_bytes()[..end].to_vec()))
    }
}

/// A password's hash, to be kept.
#[derive(Clone, Encode, Decode)]
#[cbor(array)]
pub struct Hashed {
    #[cbor(n(0), with = "minicbor::bytes")]
    salt: [u8; 16],
    #[n(1)]
    cost: Cost,
    #[cbor(n(2), with = "minicbor::bytes")]
    hash: [u8; 32],
}
impl Value for Hashed {}

impl core::fmt::Debug for Hashed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Hashed(secret)")
    }
}

pub(crate) const PASSWORDS: Map<AccountId, Hashed> = Map::new(Table::new("signin_passwords"));

impl Gate {
    /// Hashes a password. Dear on purpose: beside the writer.
    pub fn hash(&self, password: &Password, seed: &Seed) -> Hashed {
        let salt = seed.id("salt");
        let cost = self.rules.cost;
        Hashed {
            salt,
            cost,
            hash: self.stretch(password.0.as_bytes(), &salt, cost),
        }
    }

    /// Sets an account's password. Whoever changes one also wants [`Gate::sign_out_everywhere`].
    pub fn set_password(&self, tx: &mut dyn Tx, id: AccountId, hashed: &Hashed) -> Result<(), Fault> {
        PASSWORDS.put(tx, &id, hashed)
    }

    /// Removes an account's password: from now on passkeys alone let in.
    pub fn remove_password(&self, tx: &mut dyn Tx, id: AccountId) -> Result<(), Fault> {
        PASSWORDS.delete(tx, &id).map(|_| ())
    }

    /// Has the account a password?
    pub fn has_password(&self, view: &mut dyn View, id: AccountId) -> Result<bool, Fault> {
        PASSWORDS.has(view, &id)
    }

    /// What stands in for the password of a name that has none: costs the same, fits nothing.
    pub(crate) fn nobody(&self, name: &str) -> Hashed {
        let salt = self.mac("nobody", &[name.as_bytes()]);
        let mut short = [0; 16];
        short.copy_from_slice(&salt[..16]);
        Hashed {
            salt: short,
            cost: self.rules.cost,
            hash: [0; 32],
        }
    }

    /// One Argon2, whatever the answer. A hash of an older cost is weighed at today's cost as well, so that nobody sees by
    /// the time how old an account is; the caller hashes anew at the next chance.
    pub(crate) fn fits(&self, kept: &Hashed, typed: &Typed) -> bool {
        let got = self.stretch(&typed.0, &kept.salt, kept.cost);
        seal::same(&got, &kept.hash)
    }

    fn stretch(&self, text: &[u8], salt: &[u8; 16], cost: Cost) -> [u8; 32] {
        let mut out = [0; 32];
        let pepper = Zeroizing::new(self.mac("pepper", &[]));
        let params = argon2::Params::new(cost.memory_kib, cost.passes, 1, Some(32)).unwrap_or_default();
        let (kind, version) = (argon2::Algorithm::Argon2id, argon2::Version::V0x13);
        // Both fail only for lengths out of range, which ours are not; the hash of zeros then fits no password.
        if let Ok(argon) = argon2::Argon2::new_with_secret(&*pepper, kind, version, params) {
            let _ = argon.hash_password_into(text, salt, &mut out);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_long_and_not_the_first_that_are_tried() {
        let no = |text: &str| Password::new(text).map(|_| ()).unwrap_err();
        assert_eq!(no("short"), WeakPassword::Short);
        assert_eq!(no(&"long".repeat(200)), WeakPassword::Long);
        for common in ["aaaaaaaaaaaa", "1234567890", "QWERTYUIOP", "ababababab", "password12"] {
            assert_eq!(no(common), WeakPassword::Common, "{common}");
        }
        assert!(Password::new("船が九時に出ます、港から").is_ok());
        assert_eq!(
            format!("{:?}", Password::new("a ferry at nine").unwrap()),
            "Password(secret)"
        );
    }
}
