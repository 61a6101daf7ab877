//! Refund and delete: a license leaves the card, against money or against nothing.

use card::{Checked, ReleaseRefusal, Want};
use units::{Again, LicenseId, Refusal};

use super::{Outcome, PayRefused, Question, QuoteRefused, Wallet, locked};

/// Why a license stays. In order of precedence; nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum RefundRefused {
    /// The seller takes it not back, or could not be asked.
    #[error(transparent)]
    Quote(#[from] QuoteRefused),
    /// Not agreed to.
    #[error(transparent)]
    Pay(#[from] PayRefused),
}

impl Refusal for RefundRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Quote(e) => e.code(),
            Self::Pay(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Quote(e) => e.again(),
            Self::Pay(e) => e.again(),
        }
    }
    fn theirs(&self) -> Option<&str> {
        match self {
            Self::Quote(e) => e.theirs(),
            _ => None,
        }
    }
}

impl Wallet {
    /// Asks the seller of a license what it would refund. The answer's `quote().credit` is the amount.
    pub async fn quote_refund(&self, license: LicenseId) -> Result<Checked, QuoteRefused> {
        let seller = self
            .on_card(move |card| card.state().licenses.get(&license).map(|held| held.seller))
            .await
            .ok_or(QuoteRefused::NoLicense)?;
        self.quote(seller, Question::Surrender(license)).await
    }

    /// Hands a license back. It leaves the card first; the refund comes as an order, which is taken into the purse at once
    /// or, if the issuer is away, at the next contact.
    pub async fn refund(&self, license: LicenseId, pin: &str) -> Result<Outcome, RefundRefused> {
        let checked = self.quote_refund(license).await?;
        let outcome = self.pay(&checked, pin, Want::default()).await?;
        if matches!(outcome, Outcome::Given { .. }) {
            locked(&self.0.checked).remove(&license);
            self.take_refunds().await;
        }
        Ok(outcome)
    }

    /// Deletes a license. Nothing is refunded by it; its package stays, for anybody may have that.
    pub async fn delete(&self, license: LicenseId) -> Result<(), ReleaseRefusal> {
        let (now, seed) = (self.now(), self.seed());
        self.on_card(move |card| card.delete(license, now, &seed)).await?;
        locked(&self.0.checked).remove(&license);
        Ok(())
    }
}
