//! The offer sheet: what a shop hands to whoever might buy, enough to check an offer without asking anybody.

use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Audience, Kind, NotSigned, NotTrusted, Trust, cbor, role};
use units::{Again, Hash, Moment, Refusal};

use crate::{Offer, Policy};

/// Signed offer and policy with the publisher's certificate. Untrusted until checked.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct OfferSheet {
    /// The publisher's certificate.
    #[n(0)]
    pub publisher: ByteVec,
    /// The signed offer.
    #[n(1)]
    pub offer: ByteVec,
    /// The signed policy.
    #[n(2)]
    pub policy: ByteVec,
}

/// An offer whose signatures hold now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnSale {
    /// The offer.
    pub offer: Offer,
    /// SHA-256 of the signed offer.
    pub offer_hash: Hash,
    /// The policy.
    pub policy: Policy,
    /// The publisher's name, as the registry certified it.
    pub publisher_name: alloc::string::String,
    /// The publisher's key, as the registry certified it.
    pub publisher_key: seal::VerifyKey,
    /// The publisher's key to seal to, as the registry certified it.
    pub publisher_seal: seal::SealTo,
}

/// Why a sheet is no offer. In order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotOnSale {
    /// Not a sheet.
    #[error("not an offer: {0}")]
    Malformed(cbor::NotCanonical),
    /// The publisher's certificate does not hold.
    #[error("the publisher is not certified in this realm ({0})")]
    Publisher(NotTrusted),
    /// Not signed by that publisher.
    #[error("the {0} was not signed by its publisher ({1})")]
    Forged(&'static str, NotSigned),
    /// Offer and policy are of different publishers or do not name one another.
    #[error("offer and policy do not belong together")]
    Mixed,
    /// A title that would show as something else than it is.
    #[error("the work's title has characters that hide or turn text; nothing is shown of it")]
    Title,
    /// Past its date.
    #[error("the offer ended at {0}; look in the shop for its successor")]
    Ended(Moment),
}

impl Refusal for NotOnSale {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "offer-malformed",
            Self::Publisher(_) => "offer-publisher-not-certified",
            Self::Forged(..) => "offer-forged",
            Self::Mixed => "offer-mixed",
            Self::Title => "offer-title",
            Self::Ended(_) => "offer-ended",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Publisher(e) => e.again(),
            Self::Ended(_) => Again::AfterYouAct,
            _ => Again::Never,
        }
    }
}

impl OfferSheet {
    /// Parses untrusted bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotOnSale> {
        cbor::from_bytes(bytes).map_err(NotOnSale::Malformed)
    }

    /// The name of these terms: the same as that of every document that carries them.
    pub fn terms_name(&self) -> Hash {
        crate::document::terms_name(&self.publisher, &self.offer, &self.policy)
    }

    /// Checks signatures, publisher and date.
    pub fn check(&self, trust: &Trust, now: Moment) -> Result<OnSale, NotOnSale> {
        let publisher = trust
            .check::<role::Publisher>(&self.publisher, now)
            .map_err(NotOnSale::Publisher)?;
        let on_sale = self.terms(trust, publisher)?;
        if now > on_sale.offer.until {
            return Err(NotOnSale::Ended(on_sale.offer.until));
        }
        Ok(on_sale)
    }

    /// Checks that these terms were signed once by a publisher who was certified then. A license is handed on under them
    /// however long ago its offer left the shelf.
    pub fn check_ever(&self, trust: &Trust) -> Result<OnSale, NotOnSale> {
        let publisher = trust
            .check_ever::<role::Publisher>(&self.publisher)
            .map_err(NotOnSale::Publisher)?;
        self.terms(trust, publisher)
    }

    fn terms(&self, trust: &Trust, publisher: seal::Verified<role::Publisher>) -> Result<OnSale, NotOnSale> {
        let offer: Offer = seal::parse(&self.offer, Kind::Offer, trust.id())
            .and_then(|s| s.verify(publisher.sign(), Audience::Anyone))
            .map_err(|e| NotOnSale::Forged("offer", e))?;
        let policy: Policy = seal::parse(&self.policy, Kind::Policy, trust.id())
            .and_then(|s| s.verify(publisher.sign(), Audience::Anyone))
            .map_err(|e| NotOnSale::Forged("policy", e))?;
        let own = offer.publisher.0 == publisher.subject() && policy.publisher == offer.publisher;
        if !own || offer.policy != seal::hash(&self.policy) {
            return Err(NotOnSale::Mixed);
        }
        if !is_plain(&offer.title) {
            return Err(NotOnSale::Title);
        }
        let publisher_name = publisher.claims().name.clone();
        Ok(OnSale {
            offer_hash: seal::hash(&self.offer),
            offer,
            policy,
            publisher_name,
            publisher_key: *publisher.sign(),
            publisher_seal: *publisher.seal(),
        })
    }
}

/// One to 200 characters, none of which hides, breaks or turns text: what is shown is what is signed.
fn is_plain(title: &str) -> bool {
    let turns = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}' | '\u{feff}');
    (1..=200).contains(&title.chars().count()) && !title.chars().any(|c| c.is_control() || turns(c))
}
