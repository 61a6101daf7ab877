//! Teller: opens an account at a bank for a card that has none, where somebody was set to do so. The realm for trying things
//! out has one, with play money; elsewhere people bring their own account to their card.

use card::ValueRefusal;
use futures::future::BoxFuture;
use units::{Again, PartyId, Refusal, ValueId};

use super::Desk;
use crate::engine::Wallet;

/// An account as its bank hands it over.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The value, in its maker's signed form.
    pub signed: Vec<u8>,
    /// The maker's certificate.
    pub certificate: Vec<u8>,
}

/// Opens accounts.
pub trait Teller: Send + Sync {
    /// One more account, for the card of this wallet. What is in the way is told in one sentence.
    fn open(&self) -> BoxFuture<'_, Result<NewAccount, String>>;
}

/// Why there is no account now. In order of precedence; no money has moved.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotOpened {
    /// The bank did not open one.
    #[error("the bank opened no account ({0}); try again in a moment")]
    Bank(String),
    /// The card did not take it.
    #[error(transparent)]
    Value(#[from] ValueRefusal),
}

impl Refusal for NotOpened {
    fn code(&self) -> &'static str {
        match self {
            Self::Bank(_) => "account-not-opened",
            Self::Value(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Bank(_) => Again::Later,
            Self::Value(e) => e.again(),
        }
    }
}

/// An account for this card, on it from now on; nothing, where nobody opens any.
pub(super) async fn open(desk: &Desk, wallet: &Wallet) -> Result<Option<(PartyId, ValueId)>, NotOpened> {
    let Some(teller) = desk.teller() else {
        return Ok(None);
    };
    let new = teller.open().await.map_err(NotOpened::Bank)?;
    let value = wallet.take_value(new.signed, new.certificate).await?;
    Ok(Some((value.maker, value.id)))
}
