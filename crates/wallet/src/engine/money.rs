//! Money and values: in from the issuer, out to the holder's account, and everything that is worth something (XD-9).

use card::{Fault, ValueRefusal, Want};
use deal::Value;
use license::OfferSheet;
use units::{Again, Money, PartyId, Refusal, ValueId};

use super::{Outcome, PayRefused, Question, QuoteRefused, Wallet};

/// Why money did not move. In order of precedence; nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum MoneyRefused {
    /// The card has no issuer yet.
    #[error("this card is not enrolled with an issuer yet: go online once")]
    NotEnrolled,
    /// No quote.
    #[error(transparent)]
    Quote(#[from] QuoteRefused),
    /// The issuer did not get the amount.
    #[error("the issuer did not get the amount from there: the account does not cover it, or is closed")]
    NotCovered,
    /// Not paid.
    #[error(transparent)]
    Pay(#[from] PayRefused),
}

impl Refusal for MoneyRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::NotEnrolled => "card-not-enrolled",
            Self::Quote(e) => e.code(),
            Self::NotCovered => "centre-not-covered",
            Self::Pay(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::NotEnrolled | Self::NotCovered => Again::AfterYouAct,
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
    /// Loads `amount` from the account that the issuer knows for this card, or from the account token named.
    pub async fn load(&self, amount: Money, account: Option<(PartyId, ValueId)>) -> Result<Outcome, MoneyRefused> {
        self.load_from(amount, account.into_iter().collect()).await
    }

    pub(super) async fn load_from(
        &self,
        amount: Money,
        values: Vec<(PartyId, ValueId)>,
    ) -> Result<Outcome, MoneyRefused> {
        let issuer = self.issuer().await.ok_or(MoneyRefused::NotEnrolled)?;
        let checked = self.quote(issuer, Question::Load(amount)).await?;
        let want = Want {
            values,
            ..Want::default()
        };
        let deal = self.commit(&checked, None, want).await?;
        Ok(self.see_through(deal).await)
    }

    /// Pays `amount` out of the purse, to the holder's account.
    pub async fn redeem(&self, amount: Money, pin: &str) -> Result<Outcome, MoneyRefused> {
        let issuer = self.issuer().await.ok_or(MoneyRefused::NotEnrolled)?;
        let checked = self.quote(issuer, Question::Redeem(amount)).await?;
        Ok(self.pay(&checked, pin, Want::default()).await?)
    }

    /// Asks a collector to take a publisher's fares home. Nothing of the holder's moves.
    pub async fn collect(&self, collector: PartyId, payee: PartyId) -> Result<Outcome, MoneyRefused> {
        let checked = self.quote(collector, Question::Collect(payee)).await?;
        let deal = self.commit(&checked, None, Want::default()).await?;
        Ok(self.see_through(deal).await)
    }

    /// Asks to pay now for goods that follow; the answer is confirmed like a sale, and a receipt arrives.
    pub async fn quote_pay_only(&self, seller: PartyId, sheet: &[u8]) -> Result<card::Checked, QuoteRefused> {
        let sheet = OfferSheet::parse(sheet)?;
        self.quote(seller, Question::PayOnly(sheet)).await
    }

    /// Everything on the card that is worth something and is not money.
    pub async fn values(&self) -> Vec<Value> {
        self.on_card(|card| card.state().values.iter().map(|(v, _)| v.clone()).collect())
            .await
    }

    /// Puts a value on the card: its maker's signed form, and the maker's certificate.
    pub async fn take_value(&self, signed: Vec<u8>, certificate: Vec<u8>) -> Result<Value, ValueRefusal> {
        let (now, seed) = (self.now(), self.seed());
        self.on_card(move |card| card.take_value(&signed, &certificate, now, &seed))
            .await
    }

    /// The holder throws a value away.
    pub async fn drop_value(&self, maker: PartyId, id: ValueId) -> Result<(), Fault> {
        let seed = self.seed();
        self.on_card(move |card| card.drop_value(maker, id, &seed)).await
    }
}
