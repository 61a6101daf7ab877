//! Quote: asking, and being shown only what holds.

use card::{Asked, Checked, QuoteRefusal};
use deal::AskRefusal;
use license::{NotOnSale, OfferSheet};
use seal::NotTrusted;
use units::{Again, LicenseId, Money, PartyId, Refusal};

use super::{TheCard, Wallet, WasPutBack};
use crate::carry::CarryRefusal;

/// What to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// A license of this offer.
    Sale(OfferSheet),
    /// A receipt for this offer, the goods to follow.
    PayOnly(OfferSheet),
    /// Money into the purse.
    Load(Money),
    /// Money out of it.
    Redeem(Money),
    /// To take a license back.
    Surrender(LicenseId),
    /// To be paid what a refused charge left owing.
    Clear(LicenseId),
    /// To take a publisher's fares home.
    Collect(PartyId),
    /// To unlock a locked copy; `true`: unlocked first, paid then.
    Unlock(LicenseId, bool),
}

/// Why there is nothing to show the holder. In order of precedence; nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum QuoteRefused {
    /// An old copy, not yet seen by the issuer.
    #[error(transparent)]
    PutBack(#[from] WasPutBack),
    /// The card does not ask.
    #[error(transparent)]
    Ask(#[from] AskRefusal),
    /// The offer does not hold.
    #[error("the offer does not hold: {0}")]
    Offer(#[from] NotOnSale),
    /// No such license here.
    #[error("this license is not on the card")]
    NoLicense,
    /// The party could not be reached, or said no.
    #[error(transparent)]
    Carry(#[from] CarryRefusal),
    /// What came back does not hold.
    #[error(transparent)]
    Quote(#[from] QuoteRefusal),
    /// Somebody else than who was asked.
    #[error("another party answered than was asked; nothing was paid")]
    OtherParty,
}

impl Refusal for QuoteRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::PutBack(e) => e.code(),
            Self::Ask(e) => e.code(),
            Self::Offer(e) => e.code(),
            Self::NoLicense => "no-license",
            Self::Carry(e) => e.code(),
            Self::Quote(e) => e.code(),
            Self::OtherParty => "quote-other-party",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::PutBack(e) => e.again(),
            Self::Ask(e) => e.again(),
            Self::Offer(e) => e.again(),
            Self::Carry(e) => e.again(),
            Self::Quote(e) => e.again(),
            Self::NoLicense | Self::OtherParty => Again::Never,
        }
    }
    fn theirs(&self) -> Option<&str> {
        match self {
            Self::Carry(e) => e.theirs(),
            _ => None,
        }
    }
}

impl QuoteRefused {
    /// Does it lie in what came back?
    const fn is_of_the_answer(&self) -> bool {
        matches!(self, Self::Quote(_) | Self::OtherParty)
    }

    /// Would knowing the realm's certifiers as of now help?
    const fn lacks_news(&self) -> bool {
        let no = match self {
            Self::Quote(QuoteRefusal::Giver(no)) => no,
            Self::Offer(NotOnSale::Publisher(no)) => no,
            Self::Quote(QuoteRefusal::Offer(NotOnSale::Publisher(no))) => no,
            Self::Ask(AskRefusal::NoTag) => return true,
            _ => return false,
        };
        matches!(no, NotTrusted::UnknownCertifier)
    }
}

impl Wallet {
    /// Asks `seller` for the offer on `sheet` (as a shop hands it out) and checks the answer. Its result is all that a
    /// confirm page may be drawn from.
    pub async fn quote_sale(&self, seller: PartyId, sheet: &[u8]) -> Result<Checked, QuoteRefused> {
        let sheet = OfferSheet::parse(sheet)?;
        self.quote(seller, Question::Sale(sheet)).await
    }

    /// Reads a quote that somebody shows to whoever comes by: the seller's own, for the offer on `sheet`. The first card that
    /// pays it takes it.
    pub async fn read_open(&self, seller: PartyId, sheet: &[u8], quote: Vec<u8>) -> Result<Checked, QuoteRefused> {
        if let Some(no) = self.put_back() {
            return Err(no.into());
        }
        let sheet = OfferSheet::parse(sheet)?;
        match self.read_open_once(seller, &sheet, &quote).await {
            Err(no) if no.lacks_news() && self.contact().await.is_ok() => {
                self.read_open_once(seller, &sheet, &quote).await
            }
            answer => answer,
        }
    }

    async fn read_open_once(&self, seller: PartyId, sheet: &OfferSheet, quote: &[u8]) -> Result<Checked, QuoteRefused> {
        let (sheet, quote, now) = (sheet.clone(), quote.to_vec(), self.now());
        let checked = self
            .on_card(move |card| card.read_quote(&quote, None, Some(&sheet), now))
            .await?;
        if checked.quote().giver != seller.0 {
            return Err(QuoteRefused::OtherParty);
        }
        Ok(checked)
    }

    /// Asks `to`, whatever about. If the card knows too little of its realm, it goes online once and asks again.
    pub async fn quote(&self, to: PartyId, question: Question) -> Result<Checked, QuoteRefused> {
        match self.quote_by_any_way(to, &question).await {
            Err(no) if no.lacks_news() && self.contact().await.is_ok() => self.quote_by_any_way(to, &question).await,
            answer => answer,
        }
    }

    /// Somebody near by who only says he is that party answers with what does not hold: then it is asked another way.
    async fn quote_by_any_way(&self, to: PartyId, question: &Question) -> Result<Checked, QuoteRefused> {
        loop {
            match self.quote_once(to, question).await {
                Err(no) if no.is_of_the_answer() && self.0.carrier.doubt(to) => {}
                answer => return answer,
            }
        }
    }

    async fn quote_once(&self, to: PartyId, question: &Question) -> Result<Checked, QuoteRefused> {
        if let Some(no) = self.put_back() {
            return Err(no.into());
        }
        let (asking, now, seed) = (question.clone(), self.now(), self.seed());
        let asked = self.on_card(move |card| ask(card, &asking, now, &seed)).await?;
        let answer = self.0.carrier.post(to, "/v1/ask", asked.bytes()).await?;
        let (question, now) = (question.clone(), self.now());
        let checked = self
            .on_card(move |card| {
                let sheet = match &question {
                    Question::Sale(sheet) | Question::PayOnly(sheet) => Some(sheet),
                    _ => None,
                };
                card.read_quote(&answer, Some(&asked), sheet, now)
            })
            .await?;
        if checked.quote().giver != to.0 {
            return Err(QuoteRefused::OtherParty);
        }
        Ok(checked)
    }
}

fn ask(card: &TheCard, question: &Question, clock: units::Moment, seed: &seal::Seed) -> Result<Asked, QuoteRefused> {
    let offer = |sheet: &OfferSheet| sheet.check(card.trust(), card.now(clock)).map(|s| s.offer.number);
    Ok(match question {
        Question::Sale(sheet) => card.ask_sale(offer(sheet)?, seed)?,
        Question::PayOnly(sheet) => card.ask_pay_only(offer(sheet)?, seed)?,
        Question::Load(amount) => card.ask_load(*amount, seed)?,
        Question::Redeem(amount) => card.ask_redeem(*amount, seed)?,
        Question::Clear(id) => card.ask_clear(*id, seed)?,
        Question::Collect(payee) => card.ask_collect(*payee, seed)?,
        Question::Unlock(id, ahead) => card.ask_unlock(*id, *ahead, seed)?,
        Question::Surrender(id) => {
            let held = card.state().licenses.get(id).ok_or(QuoteRefused::NoLicense)?;
            let offer = card.offer_of(held).ok_or(QuoteRefused::NoLicense)?;
            card.ask_surrender(*id, offer.number, seed)?
        }
    })
}
