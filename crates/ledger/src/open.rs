//! Opening: the books themselves, then accounts in them. Both can be repeated without harm.

use crate::account::{Account, NAME_MAX, Totals};
use crate::books::{ACCOUNTS, HEAD, TOTALS};
use crate::journal::{self, Event, Head};
use store::{Fault, Tx};
use units::{Again, Currency, Hash, Moment, Refusal};

/// Why books were not opened, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BeginRefused {
    /// They are open, in another currency.
    #[error("these books are kept in {0}; a ledger has one currency")]
    OtherCurrency(String),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for BeginRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::OtherCurrency(_) => "other-currency",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::OtherCurrency(_) => Again::Never,
            Self::Fault(fault) => fault.again(),
        }
    }
}

/// Opens the books in `currency`. Says yes again to the same; refuses another currency.
pub fn begin(tx: &mut dyn Tx, now: Moment, currency: Currency) -> Result<(), BeginRefused> {
    let code = currency.code().to_owned();
    match journal::head(tx)? {
        Some(head) if head.currency == code => Ok(()),
        Some(head) => Err(BeginRefused::OtherCurrency(head.currency)),
        None => {
            let mut head = Head {
                number: 0,
                hash: Hash::default(),
                at: now,
                currency: code.clone(),
            };
            HEAD.put(tx, &(), &head)?;
            Ok(journal::append(tx, &mut head, now, Event::Begun { currency: code })?)
        }
    }
}

/// Why an account was not opened, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenRefused {
    /// The books are not open.
    #[error("the books were never opened; begin them first")]
    NotBegun,
    /// The name is empty or too long.
    #[error("an account's name has 1 to {NAME_MAX} bytes, not {0}")]
    BadName(usize),
    /// There is an account of that number with another name, kind or limit.
    #[error("account {name} exists already and differs; accounts do not change once opened")]
    ExistsDifferently {
        /// The name of the one that exists.
        name: String,
    },
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for OpenRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::NotBegun => "books-not-begun",
            Self::BadName(_) => "account-bad-name",
            Self::ExistsDifferently { .. } => "account-exists-differently",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::NotBegun => Again::AfterYouAct,
            Self::BadName(_) | Self::ExistsDifferently { .. } => Again::Never,
            Self::Fault(fault) => fault.again(),
        }
    }
}

/// Opens an account; true when it is new. Says false to the very same account again; refuses a different one under the
/// same number.
pub fn open_account(tx: &mut dyn Tx, now: Moment, account: &Account) -> Result<bool, OpenRefused> {
    let mut head = journal::head(tx)?.ok_or(OpenRefused::NotBegun)?;
    if account.name.is_empty() || account.name.len() > NAME_MAX {
        return Err(OpenRefused::BadName(account.name.len()));
    }
    if let Some(there) = ACCOUNTS.get(tx, &account.id)? {
        return if there == *account {
            Ok(false)
        } else {
            Err(OpenRefused::ExistsDifferently { name: there.name })
        };
    }
    ACCOUNTS.put(tx, &account.id, account)?;
    TOTALS.put(tx, &account.id, &Totals::default())?;
    journal::append(
        tx,
        &mut head,
        now,
        Event::Opened {
            account: account.clone(),
        },
    )?;
    Ok(true)
}
