//! Ask and quote: the card asks, and checks what comes back before anybody is shown a price.

use alloc::{string::String, vec::Vec};
use deal::{
    AskRefusal, Kind, Quote,
    wire::{self, Ask, QuoteSheet},
};
use license::{OfferSheet, OnSale};
use seal::{Audience, Kind as Sealed, NotSigned, NotTrusted, SealTo, Seed, VerifyKey, cbor, role};
use units::{Again, Hash, LicenseId, Moment, Money, OfferNo, PartyId, Refusal};

use crate::{Card, Journal};

/// A question that was asked, to be kept by the wallet until its answer comes. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The question.
    pub ask: Ask,
}

impl Asked {
    /// The bytes for the giver.
    pub fn bytes(&self) -> Vec<u8> {
        cbor::to_bytes(&self.ask)
    }
}

/// A quote that holds: signed by a giver certified for it, an answer to this card's own question, and within what the
/// publisher signed. From these very values the confirm page is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    pub(crate) quote: Quote,
    pub(crate) signed: Vec<u8>,
    pub(crate) quote_hash: Hash,
    pub(crate) giver_seal: SealTo,
    pub(crate) giver_sign: VerifyKey,
    pub(crate) giver_name: String,
    pub(crate) on_sale: Option<OnSale>,
    pub(crate) title: String,
}

impl Checked {
    /// The quote.
    pub fn quote(&self) -> &Quote {
        &self.quote
    }
    /// Name of the giver, as certified.
    pub fn giver_name(&self) -> &str {
        &self.giver_name
    }
    /// The offer, if it is about one.
    pub fn on_sale(&self) -> Option<&OnSale> {
        self.on_sale.as_ref()
    }
    /// What it is about, in words.
    pub fn title(&self) -> &str {
        &self.title
    }
    /// Its hash, which names it on the confirm page and in the consent.
    pub fn hash(&self) -> Hash {
        self.quote_hash
    }
}

/// Why a quote is not shown to the holder. In order of precedence; nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuoteRefusal {
    /// Not sealed to this question's key.
    #[error("this quote answers another question, or is for another card")]
    NotMine,
    /// Not a quote, or forged.
    #[error("this is not a genuine quote ({0})")]
    Forged(NotSigned),
    /// The giver is not certified for such a deal.
    #[error("the seller cannot be verified ({0}); nothing was paid")]
    Giver(NotTrusted),
    /// It answers another question.
    #[error("this quote answers another question; ask again")]
    OtherAsk,
    /// The offer does not hold.
    #[error("the offer does not hold: {0}")]
    Offer(#[from] license::NotOnSale),
    /// An offer is needed, and none was shown.
    #[error("the seller did not show the publisher's signed offer")]
    NoOffer,
    /// The quote does not say what the offer says.
    #[error("the seller's quote differs from the publisher's offer in its {0}; nothing was paid")]
    Differs(&'static str),
    /// This seller may not sell this.
    #[error("the publisher did not let this seller sell this")]
    SellerNotNamed,
    /// Past its date.
    #[error("the quote ended at {0}; ask again")]
    Ended(Moment),
}

impl Refusal for QuoteRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotMine => "quote-for-another",
            Self::Forged(_) => "quote-forged",
            Self::Giver(_) => "seller-not-verified",
            Self::OtherAsk => "quote-other-question",
            Self::Offer(e) => e.code(),
            Self::NoOffer => "offer-missing",
            Self::Differs(_) => "quote-differs-from-offer",
            Self::SellerNotNamed => "seller-not-entitled",
            Self::Ended(_) => "quote-ended",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Giver(e) => e.again(),
            Self::Offer(e) => e.again(),
            Self::Ended(_) | Self::OtherAsk => Again::AfterYouAct,
            _ => Again::Never,
        }
    }
}

/// What to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct About {
    offer: Option<OfferNo>,
    amount: Option<Money>,
    license: Option<LicenseId>,
    payee: Option<PartyId>,
}

impl<J: Journal> Card<J> {
    fn ask(&self, kind: Kind, about: About, seed: &Seed) -> Result<Asked, AskRefusal> {
        self.image.state.may_ask()?;
        let nonce = seed.id("ask");
        let About {
            offer,
            amount,
            license,
            payee,
        } = about;
        Ok(Asked {
            ask: Ask {
                version: 1,
                kind,
                offer,
                amount,
                license,
                payee,
                seal: self.ask_opener(&nonce).seal_to(),
                nonce,
            },
        })
    }
    /// Asks a seller for an offer.
    pub fn ask_sale(&self, offer: OfferNo, seed: &Seed) -> Result<Asked, AskRefusal> {
        self.ask(
            Kind::Sale,
            About {
                offer: Some(offer),
                ..About::default()
            },
            seed,
        )
    }
    /// Asks a seller to take money now for goods later.
    pub fn ask_pay_only(&self, offer: OfferNo, seed: &Seed) -> Result<Asked, AskRefusal> {
        self.ask(
            Kind::PayOnly,
            About {
                offer: Some(offer),
                ..About::default()
            },
            seed,
        )
    }
    /// Asks the issuer for money.
    pub fn ask_load(&self, amount: Money, seed: &Seed) -> Result<Asked, AskRefusal> {
        self.ask(
            Kind::Load,
            About {
                amount: Some(amount),
                ..About::default()
            },
            seed,
        )
    }
    /// Asks the issuer to take money back.
    pub fn ask_redeem(&self, amount: Money, seed: &Seed) -> Result<Asked, AskRefusal> {
        self.ask(
            Kind::Redeem,
            About {
                amount: Some(amount),
                ..About::default()
            },
            seed,
        )
    }
    /// Asks a seller to take a license back.
    pub fn ask_surrender(&self, license: LicenseId, offer: OfferNo, seed: &Seed) -> Result<Asked, AskRefusal> {
        self.ask(
            Kind::Surrender,
            About {
                license: Some(license),
                offer: Some(offer),
                ..About::default()
            },
            seed,
        )
    }
    /// Asks a collector to take a publisher's slips home.
    pub fn ask_collect(&self, payee: PartyId, seed: &Seed) -> Result<Asked, AskRefusal> {
        self.ask(
            Kind::Collect,
            About {
                payee: Some(payee),
                ..About::default()
            },
            seed,
        )
    }

    /// Reads a quote: sealed to `asked`, or open (unsealed, carried by a file or a code) when `asked` is `None`.
    pub fn read_quote(
        &self,
        bytes: &[u8],
        asked: Option<&Asked>,
        sheet: Option<&OfferSheet>,
        clock: Moment,
    ) -> Result<Checked, QuoteRefusal> {
        let now = self.now(clock);
        let plain = match asked {
            Some(asked) => wire::open_sealed(&self.ask_opener(&asked.ask.nonce), Sealed::Quote, bytes)
                .map_err(|_| QuoteRefusal::NotMine)?,
            None => bytes.to_vec(),
        };
        let malformed = |e| QuoteRefusal::Forged(NotSigned::Malformed(e));
        let quote_sheet: QuoteSheet = cbor::from_bytes(&plain).map_err(malformed)?;
        let parsed =
            seal::parse::<Quote>(&quote_sheet.quote, Sealed::Quote, self.realm).map_err(QuoteRefusal::Forged)?;
        let giver = self
            .giver(parsed.claims().kind, &quote_sheet.certificate, now)
            .map_err(QuoteRefusal::Giver)?;
        let quote = parsed
            .verify(&giver.sign, Audience::Anyone)
            .map_err(QuoteRefusal::Forged)?;
        if quote.giver != giver.subject || quote.ask != asked.map(|a| a.ask.hash()) {
            return Err(QuoteRefusal::OtherAsk);
        }
        if let Some(asked) = asked {
            answers(&quote, &asked.ask)?;
        }
        let on_sale = match quote.kind {
            Kind::Sale | Kind::PayOnly => Some(sheet.ok_or(QuoteRefusal::NoOffer)?.check(&self.trust, now)?),
            _ => None,
        };
        if let Some(on_sale) = &on_sale {
            within(&quote, on_sale, asked.and_then(|a| a.ask.offer))?;
        }
        if now > quote.until {
            return Err(QuoteRefusal::Ended(quote.until));
        }
        let title = self.name_of(&quote, on_sale.as_ref());
        Ok(Checked {
            quote_hash: wire::quote_hash(&quote),
            signed: quote_sheet.quote.to_vec(),
            giver_seal: giver.seal,
            giver_sign: giver.sign,
            giver_name: giver.name,
            quote,
            on_sale,
            title,
        })
    }

    fn name_of(&self, quote: &Quote, on_sale: Option<&OnSale>) -> String {
        if let Some(on_sale) = on_sale {
            return on_sale.offer.title.clone();
        }
        let of_license = |id: &LicenseId| {
            self.image
                .state
                .licenses
                .get(id)
                .and_then(|held| self.offer_of(held))
                .map(|o| o.title)
        };
        quote.license.as_ref().and_then(of_license).unwrap_or_default()
    }

    /// Whoever may give such a deal, as certified now.
    pub(crate) fn giver(&self, kind: Kind, certificate: &[u8], now: Moment) -> Result<Giver, NotTrusted> {
        match kind {
            Kind::Load | Kind::Redeem => self.trust.check::<role::Issuer>(certificate, now).map(Giver::of),
            Kind::Collect => self.trust.check::<role::Collector>(certificate, now).map(Giver::of),
            Kind::Unlock => self.trust.check::<role::Support>(certificate, now).map(Giver::of),
            Kind::Copy | Kind::Move | Kind::Locked | Kind::Lend => {
                self.trust.check::<role::Transfer>(certificate, now).map(Giver::of)
            }
            Kind::Sale | Kind::PayOnly | Kind::Surrender | Kind::Clear => {
                self.trust.check::<role::Seller>(certificate, now).map(Giver::of)
            }
        }
    }
}

/// A giver, certified for the kind of deal.
pub(crate) struct Giver {
    pub(crate) subject: [u8; 16],
    pub(crate) sign: VerifyKey,
    pub(crate) seal: SealTo,
    pub(crate) name: String,
}

impl Giver {
    pub(crate) fn of<R>(v: seal::Verified<R>) -> Self {
        Self {
            subject: v.subject(),
            sign: *v.sign(),
            seal: *v.seal(),
            name: v.claims().name.clone(),
        }
    }
}

/// Does the quote answer what was asked?
fn answers(quote: &Quote, ask: &Ask) -> Result<(), QuoteRefusal> {
    let fits = quote.kind == ask.kind
        && match ask.kind {
            Kind::Load => quote.credit == ask.amount && quote.price.is_zero(),
            Kind::Redeem => Some(quote.price) == ask.amount && quote.payee.0 == quote.giver,
            Kind::Surrender => quote.license == ask.license && quote.price.is_zero(),
            Kind::Collect => Some(quote.payee) == ask.payee && quote.price.is_zero(),
            _ => true,
        };
    if fits { Ok(()) } else { Err(QuoteRefusal::OtherAsk) }
}

/// Does the quote say what the publisher's offer says?
fn within(quote: &Quote, on_sale: &OnSale, asked: Option<OfferNo>) -> Result<(), QuoteRefusal> {
    let offer = &on_sale.offer;
    let seller = PartyId(quote.giver);
    let differs = |what| Err(QuoteRefusal::Differs(what));
    if asked.is_some_and(|number| number != offer.number) || quote.offer != Some(on_sale.offer_hash) {
        return differs("work");
    }
    if seller != offer.publisher && !offer.sellers.contains(&seller) {
        return Err(QuoteRefusal::SellerNotNamed);
    }
    if quote.price != offer.price {
        return differs("price");
    }
    if quote.payee != offer.payee {
        return differs("payee");
    }
    if quote.policy != Some(offer.policy) || quote.title != offer.content || quote.generation != 0 {
        return differs("terms");
    }
    if quote.rights != offer.rights {
        return differs("rights");
    }
    if quote.accepts.iter().any(|t| !offer.tenders.contains(t)) {
        return differs("ways to pay");
    }
    Ok(())
}
