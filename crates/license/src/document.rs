//! The document: everything a card that never met the publisher needs to know that a license is genuine (SD-4).

use alloc::vec::Vec;
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Audience, Kind, NotSigned, NotTrusted, Trust, cbor, role};
use units::{Again, Hash, LicenseId, PartyId, Refusal, Share, Tag};

use crate::{Bind, Delivery, Link, Offer, Policy, Wrap};

/// A license as it travels: signed offer, signed policy, certificates, links and wraps. Untrusted until checked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Document {
    /// The publisher's certificate.
    #[n(0)]
    pub publisher: ByteVec,
    /// The signed offer.
    #[n(1)]
    pub offer: ByteVec,
    /// The signed policy.
    #[n(2)]
    pub policy: ByteVec,
    /// The seller's certificate; empty when the publisher sells himself.
    #[n(3)]
    pub seller: ByteVec,
    /// The signed links, the sale first.
    #[n(4)]
    pub links: Vec<ByteVec>,
    /// Wrapped keys for the receiver of the last link.
    #[n(5)]
    pub wraps: Vec<Wrap>,
}

/// A document that holds: every signature fits, every hash names its neighbour, the last link is for the asked tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct License {
    /// SHA-256 of the last link, cut to 16 bytes.
    pub id: LicenseId,
    /// The offer.
    pub offer: Offer,
    /// SHA-256 of the signed offer.
    pub offer_hash: Hash,
    /// The policy.
    pub policy: Policy,
    /// The last link.
    pub link: Link,
    /// Who sold it.
    pub seller: PartyId,
    /// The document as it came.
    pub document: Document,
}

/// Why a document is no license for this card. In order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotALicense {
    /// Not a document at all.
    #[error("not a license: {0}")]
    Malformed(cbor::NotCanonical),
    /// The publisher's certificate does not hold.
    #[error("the publisher of this license is not certified in this realm ({0})")]
    Publisher(NotTrusted),
    /// Offer or policy is not the publisher's.
    #[error("the {0} of this license was not signed by its publisher ({1})")]
    Terms(&'static str, NotSigned),
    /// The offer names another publisher or another policy.
    #[error("offer and policy of this license do not belong together")]
    Mixed,
    /// The seller's certificate does not hold.
    #[error("the seller of this license is not certified in this realm ({0})")]
    Seller(NotTrusted),
    /// The publisher did not let this seller sell the offer.
    #[error("the publisher did not let this seller sell this offer")]
    SellerNotNamed,
    /// No links, or more than [`LINKS_MAX`].
    #[error("a license has 1 to {LINKS_MAX} links, this has {0}")]
    Links(usize),
    /// A link does not follow from the one before it.
    #[error("link {0} of the license does not follow from the one before it")]
    Broken(usize),
    /// A link gives what the one before it, the offer or the policy does not allow.
    #[error("link {0} of the license gives more than its policy allows")]
    Wider(usize),
    /// For another card's tag.
    #[error("the license is for another card")]
    OtherCard,
    /// The keys do not cover what the license grants.
    #[error("the license carries no key for its share of {0}")]
    NoKey(Share),
}

impl Refusal for NotALicense {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "license-malformed",
            Self::Publisher(_) => "license-publisher-not-certified",
            Self::Terms(..) => "license-terms-forged",
            Self::Mixed => "license-terms-mixed",
            Self::Seller(_) => "license-seller-not-certified",
            Self::SellerNotNamed => "license-seller-not-entitled",
            Self::Links(_) => "license-links-out-of-bounds",
            Self::Broken(_) => "license-chain-broken",
            Self::Wider(_) => "license-wider-than-policy",
            Self::OtherCard => "license-for-another-card",
            Self::NoKey(_) => "license-without-key",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Publisher(NotTrusted::UnknownCertifier) | Self::Seller(NotTrusted::UnknownCertifier) => {
                Again::AfterYouAct
            }
            _ => Again::Never,
        }
    }
}

/// The most links a chain may have (docs/threats.md, rule 30). How many of them a card has room for stands in its profile.
pub const LINKS_MAX: usize = 256;

impl Document {
    /// Parses untrusted bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotALicense> {
        cbor::from_bytes(bytes).map_err(NotALicense::Malformed)
    }

    /// The last link, of a document that was checked when it came to the card: nothing is verified again.
    pub fn last_link(&self, realm: units::RealmId) -> Option<Link> {
        let bytes = self.links.last()?;
        Some(seal::parse::<Link>(bytes, Kind::Link, realm).ok()?.claims().clone())
    }

    /// The name of its terms: the publisher's certificate, offer and policy, byte for byte.
    pub fn terms_name(&self) -> Hash {
        terms_name(&self.publisher, &self.offer, &self.policy)
    }

    /// The same without the publisher's terms, for somebody who keeps them.
    pub fn leave_out_terms(&mut self) {
        for part in [&mut self.publisher, &mut self.offer, &mut self.policy] {
            *part = ByteVec::from(Vec::new());
        }
    }

    /// Puts terms back that were left out; one that has its own keeps them.
    pub fn with_terms(self, terms: &crate::OfferSheet) -> Self {
        if !(self.publisher.is_empty() && self.offer.is_empty() && self.policy.is_empty()) {
            return self;
        }
        Self {
            publisher: terms.publisher.clone(),
            offer: terms.offer.clone(),
            policy: terms.policy.clone(),
            ..self
        }
    }

    /// Checks everything that can be checked without the content, for the card that answers to `tag`.
    pub fn check(self, trust: &Trust, tag: Tag) -> Result<License, NotALicense> {
        self.check_with(trust, tag, None)
    }

    /// The same; `known`: terms of this very name ([`Document::terms_name`]) that were checked before.
    pub fn check_with(self, trust: &Trust, tag: Tag, known: Option<&crate::OnSale>) -> Result<License, NotALicense> {
        let license = self.check_any(trust, tag, known)?;
        match license.link.loan {
            None => Ok(license),
            // Whoever was promised a license is not served with a loan.
            Some(_) => Err(NotALicense::Wider(license.document.links.len().saturating_sub(1))),
        }
    }

    /// The same for what came as a loan to the player that answers to `pair`.
    pub fn check_loan(self, trust: &Trust, pair: Tag) -> Result<License, NotALicense> {
        let license = self.check_any(trust, pair, None)?;
        match license.link.loan {
            Some(_) => Ok(license),
            None => Err(NotALicense::Wider(license.document.links.len().saturating_sub(1))),
        }
    }

    /// A document that lies on this card, be it its own or on loan: it was checked as what it is when it came.
    pub fn check_kept(self, trust: &Trust, tag: Tag) -> Result<License, NotALicense> {
        self.check_any(trust, tag, None)
    }

    fn check_any(self, trust: &Trust, tag: Tag, known: Option<&crate::OnSale>) -> Result<License, NotALicense> {
        let realm = trust.id();
        let (offer, policy, publisher_key) = match known {
            Some(known) => (known.offer.clone(), known.policy.clone(), known.publisher_key),
            None => self.check_terms(trust)?,
        };
        let me = offer.publisher;
        let (seller, mut key) = if self.seller.is_empty() {
            (me, publisher_key)
        } else {
            let seller = trust
                .check_ever::<role::Seller>(&self.seller)
                .map_err(NotALicense::Seller)?;
            (PartyId(seller.subject()), *seller.sign())
        };
        if seller != me && !offer.sellers.contains(&seller) {
            return Err(NotALicense::SellerNotNamed);
        }
        if self.links.is_empty() || self.links.len() > LINKS_MAX {
            return Err(NotALicense::Links(self.links.len()));
        }
        let offer_hash = seal::hash(&self.offer);
        let mut before: Option<Link> = None;
        let mut after = offer_hash;
        for (n, bytes) in self.links.iter().enumerate() {
            let signed = seal::parse::<Link>(bytes, Kind::Link, realm).map_err(|_| NotALicense::Broken(n))?;
            let by = match &signed.claims().support {
                Some(certificate) => unlocker(certificate, trust, me, &policy).ok_or(NotALicense::Broken(n))?,
                None => key,
            };
            let link = signed
                .verify(&by, Audience::Anyone)
                .map_err(|_| NotALicense::Broken(n))?;
            follows(&link, before.as_ref(), after, offer_hash, &offer, n)?;
            allowed(&link, before.as_ref(), &offer, &policy, n)?;
            key = link.receiver.sign;
            after = seal::hash(bytes);
            before = Some(link);
        }
        let link = before.ok_or(NotALicense::Links(0))?;
        if link.receiver.tag != tag {
            return Err(NotALicense::OtherCard);
        }
        if link.rights.share != Share::Nothing && !self.wraps.iter().any(|w| w.share >= link.rights.share) {
            return Err(NotALicense::NoKey(link.rights.share));
        }
        let mut id = [0; 16];
        id.copy_from_slice(&after.0[..16]);
        Ok(License {
            id: LicenseId(id),
            offer,
            offer_hash,
            policy,
            link,
            seller,
            document: self,
        })
    }
}

impl Document {
    /// Offer and policy are this publisher's and belong together.
    fn check_terms(&self, trust: &Trust) -> Result<(Offer, Policy, seal::VerifyKey), NotALicense> {
        let realm = trust.id();
        let publisher = trust
            .check_ever::<role::Publisher>(&self.publisher)
            .map_err(NotALicense::Publisher)?;
        let offer: Offer = seal::parse(&self.offer, Kind::Offer, realm)
            .and_then(|s| s.verify(publisher.sign(), Audience::Anyone))
            .map_err(|e| NotALicense::Terms("offer", e))?;
        let policy: Policy = seal::parse(&self.policy, Kind::Policy, realm)
            .and_then(|s| s.verify(publisher.sign(), Audience::Anyone))
            .map_err(|e| NotALicense::Terms("policy", e))?;
        let me = PartyId(publisher.subject());
        if offer.publisher != me || policy.publisher != me || offer.policy != seal::hash(&self.policy) {
            return Err(NotALicense::Mixed);
        }
        Ok((offer, policy, *publisher.sign()))
    }
}

/// The name of terms, by which they are known again.
pub(crate) fn terms_name(publisher: &[u8], offer: &[u8], policy: &[u8]) -> Hash {
    let parts = [seal::hash(publisher), seal::hash(offer), seal::hash(policy)];
    seal::hash_parts(&[&parts[0].0, &parts[1].0, &parts[2].0])
}

/// The key of a support centre that may unlock under this policy: one it names, or the publisher as his own centre.
fn unlocker(certificate: &[u8], trust: &Trust, publisher: PartyId, policy: &Policy) -> Option<seal::VerifyKey> {
    let centre = trust.check_ever::<role::Support>(certificate).ok()?;
    let named = &policy.unlock.as_ref()?.centres;
    let id = PartyId(centre.subject());
    (id == publisher || named.contains(&id)).then_some(*centre.sign())
}

fn follows(
    link: &Link,
    before: Option<&Link>,
    after: Hash,
    offer_hash: Hash,
    offer: &Offer,
    n: usize,
) -> Result<(), NotALicense> {
    let header_fits = match offer.delivery {
        Delivery::Shared(header) => link.header == header,
        Delivery::Unique => before.is_none_or(|b| b.header == link.header),
    };
    if link.after == after && link.offer == offer_hash && header_fits {
        Ok(())
    } else {
        Err(NotALicense::Broken(n))
    }
}

fn allowed(link: &Link, before: Option<&Link>, offer: &Offer, policy: &Policy, n: usize) -> Result<(), NotALicense> {
    let fits = match before {
        // A loan ends its chain: it is returned, not handed on.
        Some(b) if b.loan.is_some() => false,
        // Unlocked: the same license for the same holder, all of a copy's rights at last.
        Some(b) if link.support.is_some() => {
            b.rights.share < Share::Whole
                && link.generation == b.generation
                && link.rights.within(&policy.copy_rights)
                && link.serial == b.serial
                && link.copies.is_none()
        }
        // The same license, for a while, at a player: no more than there is, bound as its holder is bound.
        Some(b) if link.loan.is_some() => {
            let answers = b.bind != Bind::Wallet || link.loan.is_some_and(|loan| loan.answer.is_some());
            link.support.is_none()
                && link.bind == b.bind
                && link.generation == b.generation
                && link.rights.within(&b.rights)
                && link.rights.share == b.rights.share
                && link.serial == b.serial
                && link.copies.is_none()
                && answers
        }
        None if link.support.is_some() || link.copies.is_some() || link.loan.is_some() => false,
        None => {
            link.generation == 0
                && link.rights.within(&offer.rights)
                && link.serial.is_none_or(|s| offer.edition.is_some_and(|e| s < e))
        }
        Some(b) if link.generation == b.generation => {
            let left = b.copies.or(policy.copies);
            let breadth = match (link.copies, left) {
                (None, None) => true,
                (Some(now), Some(before)) => now <= before,
                _ => false,
            };
            let bound = b.bind.moves_on_as(&link.bind);
            policy.modes.move_ && bound && link.rights.within(&b.rights) && link.serial == b.serial && breadth
        }
        Some(b) => {
            let deeper = Some(link.generation) == b.generation.checked_add(1) && link.generation <= policy.generations;
            let whole = policy.modes.copy && b.rights.share == Share::Whole && link.rights.within(&policy.copy_rights);
            let locked = policy.modes.locked && arrives_locked(link, policy);
            let bound = b.bind.goes_on_as(&link.bind);
            deeper && bound && link.copies.is_none() && (whole || locked)
        }
    };
    if fits { Ok(()) } else { Err(NotALicense::Wider(n)) }
}

/// A locked copy: a copy's rights, but for the share, which is the one the policy names.
fn arrives_locked(link: &Link, policy: &Policy) -> bool {
    let Some(unlock) = &policy.unlock else { return false };
    let rights = crate::Rights {
        share: unlock.arrives,
        ..policy.copy_rights
    };
    unlock.arrives < Share::Whole && link.rights.within(&rights)
}
