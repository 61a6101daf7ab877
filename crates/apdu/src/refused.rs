//! Refusals: those of the application itself, and what the card remembers of the last one for GET DATA.

use alloc::{string::String, vec::Vec};

use units::{Again, Money, Refusal};

use crate::{Status, tlv};

/// Why the application itself refuses. In order of precedence; nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApplicationRefusal {
    /// Another application is chosen, or none.
    #[error("choose the card application first (SELECT by AID)")]
    NotSelected,
    /// What came is no such message.
    #[error("the data of this command cannot be read: {0}")]
    Malformed(&'static str),
    /// There is no quote or gift to agree to.
    #[error("the card has shown nothing yet that could be agreed to; show it the quote first")]
    NothingShown,
    /// A consent for something else than was shown last.
    #[error("the holder's word is for another quote than the card has shown; show this one and ask again")]
    NotThis,
    /// More than a PIN typed at somebody else's machine may move.
    #[error("{0} is more than a PIN typed at a terminal may spend ({1}): agree on your own wallet's screen")]
    OwnScreen(Money, Money),
    /// Nobody agreed.
    #[error("the card's holder has not agreed to this; enter the PIN for exactly this quote")]
    NoConsent,
    /// There is no such record.
    #[error("no such record is open on this card")]
    NoRecord,
}

impl Refusal for ApplicationRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotSelected => "application-not-selected",
            Self::Malformed(_) => "command-malformed",
            Self::NothingShown => "nothing-shown",
            Self::NotThis => "consent-not-this",
            Self::OwnScreen(..) => "amount-needs-own-screen",
            Self::NoConsent => "consent-missing",
            Self::NoRecord => "no-such-record",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Malformed(_) | Self::NoRecord => Again::Never,
            _ => Again::AfterYouAct,
        }
    }
}

/// A refusal as it crosses the contacts: a status word at once, the rest by GET DATA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The two bytes.
    pub status: Status,
    /// The stable code of the refusal; empty if the status word is all there is.
    pub code: String,
    /// Would the same command succeed later?
    pub again: Again,
    /// What happened and what to do, for people.
    pub text: String,
}

impl Refused {
    /// From any refusal of the house.
    pub fn of(refusal: &dyn Refusal) -> Self {
        Self {
            status: Status::of(refusal),
            code: refusal.code().into(),
            again: refusal.again(),
            text: alloc::format!("{refusal}"),
        }
    }
    /// The same with another word.
    pub fn with(self, status: Status) -> Self {
        Self { status, ..self }
    }
    /// A status word that says everything.
    pub fn bare(status: Status) -> Self {
        Self {
            status,
            code: String::new(),
            again: Again::Never,
            text: alloc::format!("status {status}"),
        }
    }

    /// For GET DATA.
    pub fn fields(&self) -> Vec<u8> {
        let mut out = Vec::new();
        tlv::put(&mut out, 0x80, self.code.as_bytes());
        let again = match self.again {
            Again::Never => 0,
            Again::AfterYouAct => 1,
            Again::Later => 2,
        };
        tlv::put_number(&mut out, 0x81, again);
        tlv::put(&mut out, 0x82, self.text.as_bytes());
        out
    }
    /// From GET DATA, for a command that was answered with `status`.
    pub fn read(status: Status, fields: &[u8]) -> Option<Self> {
        let fields = tlv::Fields::parse(fields).ok()?;
        Some(Self {
            status,
            code: fields.text(0x80)?.into(),
            again: match fields.number(0x81)? {
                1 => Again::AfterYouAct,
                2 => Again::Later,
                _ => Again::Never,
            },
            text: fields.text(0x82)?.into(),
        })
    }
}

macro_rules! said {
    ($($refusal:ty),* $(,)?) => {$(
        impl From<$refusal> for Refused {
            fn from(refusal: $refusal) -> Self {
                Self::of(&refusal)
            }
        }
    )*};
}

said!(
    ApplicationRefusal,
    card::BirthRefusal,
    card::ContactRefusal,
    card::DecideRefusal,
    card::DoneRefusal,
    card::Fault,
    card::GiveRefusal,
    card::InstallRefusal,
    card::LendFailure,
    card::PairRefusal,
    card::PayFailure,
    card::QuoteRefusal,
    card::SettleRefusal,
    deal::AskRefusal,
    deal::lend::LendRefusal,
    license::NotOnSale,
);
