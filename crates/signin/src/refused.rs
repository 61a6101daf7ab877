//! Refused: what is said to whoever is not let in. No text names a person, and none tells whether a name is known.

use store::Fault;
use units::{Again, Moment, Refusal};

/// No try is heard yet. Nothing was counted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SlowDown {
    /// Too many tries with this name from this place.
    #[error(
        "too many tries from here; the next one is heard at {0}. A passkey does not wait, nor does a browser that was let in before"
    )]
    Wait(Moment),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// The name cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameTaken {
    /// Somebody else has it.
    #[error("this name is taken here; choose another")]
    Taken,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Nobody is signed in with this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotLive {
    /// There is no such session: it was signed out, or never was.
    #[error("you are not signed in; sign in")]
    NoSession,
    /// It was idle too long, or is too old.
    #[error("this session has ended; sign in again")]
    Ended,
    /// The second step is missing.
    #[error("one step is missing: confirm with your passkey or a recovery code")]
    Half,
    /// No such recovery code, or it was used.
    #[error("this is none of your recovery codes, or it was used; each works once")]
    Code,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// The invitation cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotInvited {
    /// It was taken, withdrawn, or has ended.
    #[error("this invitation was used or has ended; ask for a new one")]
    NoInvitation,
    /// The name is taken.
    #[error(transparent)]
    Name(#[from] NameTaken),
    /// The passkey does not hold.
    #[error(transparent)]
    Passkey(NotAPasskey),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// A passkey's word does not hold, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAPasskey {
    /// Not what a browser sends.
    #[error("this is no answer of a passkey; open the page again")]
    Malformed,
    /// Made for something else: a registration for an assertion, or by another page.
    #[error("this answer was made for another page; open this page by its own address")]
    OtherOrigin,
    /// Used, ended, or for another purpose.
    #[error("this took too long, or was sent twice; try again")]
    Challenge,
    /// For another site.
    #[error("this passkey belongs to another site")]
    OtherSite,
    /// Nobody touched the key, or it did not ask who touches it.
    #[error("the passkey did not make sure that it is you; set a PIN or fingerprint on it")]
    NotVerified,
    /// An algorithm not asked for, or a key that is none.
    #[error("this passkey signs with something we do not know; use ES256 or EdDSA")]
    Algorithm,
    /// It is somebody's already.
    #[error("this passkey is registered already")]
    Registered,
    /// Too many of them.
    #[error("an account has at most {} passkeys; remove one first", crate::KEYS_MAX)]
    TooMany,
    /// Nobody's here.
    #[error("this passkey is not known here; use the one you registered, or your password")]
    Unknown,
    /// Its signature does not hold.
    #[error("the passkey's signature does not hold; try again")]
    Signature,
    /// It counted backwards: there are two of it.
    #[error("this passkey has been copied: it counted backwards. It is locked; sign in another way and remove it")]
    Copied,
    /// Not the account whose session it is.
    #[error("this passkey is another account's")]
    OtherAccount,
    /// Nobody is signed in with this.
    #[error(transparent)]
    NotLive(NotLive),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

macro_rules! refusal {
    ($name:ident { $($variant:pat => ($code:literal, $again:ident)),* $(,)? } $($inner:ident),*) => {
        impl Refusal for $name {
            fn code(&self) -> &'static str {
                match self { $($variant => $code,)* $(Self::$inner(no) => no.code(),)* Self::Fault(fault) => fault.code() }
            }
            fn again(&self) -> Again {
                match self { $($variant => Again::$again,)* $(Self::$inner(no) => no.again(),)* Self::Fault(fault) => fault.again() }
            }
        }
    };
}

refusal!(SlowDown { Self::Wait(_) => ("too-many-tries", Later) });
refusal!(NameTaken { Self::Taken => ("name-taken", AfterYouAct) });
refusal!(NotLive {
    Self::NoSession => ("not-signed-in", AfterYouAct),
    Self::Ended => ("session-ended", AfterYouAct),
    Self::Half => ("second-step-missing", AfterYouAct),
    Self::Code => ("recovery-code-unknown", AfterYouAct),
});
refusal!(NotInvited { Self::NoInvitation => ("invitation-unknown", Never) } Name, Passkey);
refusal!(NotAPasskey {
    Self::Malformed => ("passkey-malformed", Never),
    Self::OtherOrigin => ("passkey-other-origin", Never),
    Self::Challenge => ("passkey-challenge", AfterYouAct),
    Self::OtherSite => ("passkey-other-site", Never),
    Self::NotVerified => ("passkey-not-verified", AfterYouAct),
    Self::Algorithm => ("passkey-algorithm", Never),
    Self::Registered => ("passkey-registered", Never),
    Self::TooMany => ("passkey-too-many", AfterYouAct),
    Self::Unknown => ("passkey-unknown", Never),
    Self::Signature => ("passkey-signature", Never),
    Self::Copied => ("passkey-copied", Never),
    Self::OtherAccount => ("passkey-other-account", Never),
} NotLive);

impl From<NotLive> for NotAPasskey {
    fn from(no: NotLive) -> Self {
        match no {
            NotLive::Fault(fault) => Self::Fault(fault),
            no => Self::NotLive(no),
        }
    }
}
