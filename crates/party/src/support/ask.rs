//! Ask: what unlocking a copy costs here, or who else does it. Writes nothing, in either order: where the centre unlocks
//! first, the license goes along under a secret that follows from the question, and the order's number ties it to the tag
//! that asked (SD-26, SD-27).

use deal::{
    Kind, Quote,
    wire::{Ask, KeyAhead, QuoteSheet, lock_ahead, seal_signed},
};
use license::{License, Receiver, TenderKind};
use minicbor::bytes::ByteVec;
use seal::{Audience, Kind as Sealed, NotTrusted, Secret, Seed, cbor, role};
use store::{Fault, View};
use units::{Again, DealId, Hash, Moment, Money, OrderId, Refusal, Tag};

use super::{NotUnlocked, Support};
use crate::{
    issuer::{bare_quote, wire_version},
    say::NoReader,
};

/// What a centre takes: money of a card, or an order that was paid at its counter.
const TAKES: [TenderKind; 2] = [TenderKind::Slip, TenderKind::Order];

/// Why there is no quote, in order of precedence. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnlockRefused {
    /// The centre is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// Not an ask.
    #[error("this is no question: {0}")]
    Malformed(#[from] cbor::NotCanonical),
    /// A version of the protocol that is not spoken here.
    #[error("version {0} of the protocol is not spoken here; update the program")]
    Version(u8),
    /// Not a question to a centre.
    #[error("a support centre unlocks locked copies; for {0:?} ask whom it concerns")]
    Kind(Kind),
    /// It is not unlocked here.
    #[error(transparent)]
    Not(#[from] NotUnlocked),
    /// Unlocking first needs a card that may pay.
    #[error("the card's certificate does not hold ({0}); go online once and ask again")]
    Receiver(#[from] NotTrusted),
    /// What was locked does not open.
    #[error("the key in this locked copy is damaged; get another copy of it, it is free")]
    Damaged,
    /// The answer cannot be sealed.
    #[error(transparent)]
    NoReader(#[from] NoReader),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for UnlockRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::Malformed(_) => "ask-malformed",
            Self::Version(_) => "version-unknown",
            Self::Kind(_) => "kind-not-here",
            Self::Not(no) => no.code(),
            Self::Receiver(no) => no.code(),
            Self::Damaged => "locked-copy-damaged",
            Self::NoReader(no) => no.code(),
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Not(no) => no.again(),
            Self::NoReader(no) => no.again(),
            Self::Fault(fault) => fault.again(),
            Self::Receiver(_) | Self::Damaged => Again::AfterYouAct,
            _ => Again::Never,
        }
    }
}
crate::refused::refusals!(UnlockRefused);

impl Support {
    /// Answers a card's question about a locked copy with a sealed quote; with the unlocked license in it, under a secret,
    /// if the card showed its certificate.
    pub(super) fn ask(
        &self,
        view: &mut dyn View,
        ask: &[u8],
        now: Moment,
        seed: &Seed,
    ) -> Result<Vec<u8>, UnlockRefused> {
        crate::epoch::require::<UnlockRefused>(view)?;
        let ask: Ask = cbor::from_bytes(ask)?;
        if ask.version != wire_version() {
            return Err(UnlockRefused::Version(ask.version));
        }
        if ask.kind != Kind::Unlock {
            return Err(UnlockRefused::Kind(ask.kind));
        }
        let wanted = ask.wanted.as_ref();
        let document = wanted.and_then(|w| w.document.as_ref()).map(|d| d.as_slice());
        let license = self.locked_copy(view, document)??;
        if Some(license.id) != ask.license {
            return Err(NotUnlocked::Missing.into());
        }
        let until = now.plus(self.config.quote_life);
        let (order, ahead) = match wanted.and_then(|w| w.certificate.as_ref()) {
            Some(certificate) => {
                let to = self.receiver(view, certificate, now)?;
                let ahead = self.unlock_first(&license, to, ask.hash(), now, seed)?;
                (self.order_ahead(ask.hash(), to.tag), Some(ahead))
            }
            None => (OrderId(seed.id("order")), None),
        };
        let quote = self.unlock_quote(&license, order, until, ask.hash());
        Ok(self.seal_quote(&quote, ahead, &ask, seed)?)
    }

    fn receiver(&self, view: &mut dyn View, certificate: &[u8], now: Moment) -> Result<Receiver, UnlockRefused> {
        let known = self.desk.known(view)?;
        let tag = known.trust.check::<role::Transfer>(certificate, now)?;
        Ok(Receiver {
            tag: Tag(tag.subject()),
            sign: *tag.sign(),
            seal: *tag.seal(),
        })
    }

    fn unlock_quote(&self, license: &License, order: OrderId, until: Moment, ask: Hash) -> Quote {
        let zero = Money::zero(self.desk.currency());
        Quote {
            offer: Some(license.offer_hash),
            policy: Some(license.offer.policy),
            title: license.offer.content,
            price: license.policy.unlock.as_ref().map_or(zero, |u| u.fee),
            accepts: TAKES.to_vec(),
            payee: license.policy.payee,
            generation: license.link.generation,
            rights: license.policy.copy_rights,
            license: Some(license.id),
            links: u16::try_from(license.document.links.len().saturating_add(1))
                .ok()
                .filter(|n| *n > deal::LINKS_SMALL),
            ..bare_quote(Kind::Unlock, self.id(), order, zero, until, Some(ask))
        }
    }

    /// The license, unlocked for whoever asks and put under the secret that only a paid `settle` brings.
    fn unlock_first(
        &self,
        license: &License,
        to: Receiver,
        ask: Hash,
        now: Moment,
        seed: &Seed,
    ) -> Result<ByteVec, UnlockRefused> {
        let document = self
            .unlocked(license, to, DealId(ask.0), &license::Bind::Free, now, seed)
            .map_err(|_| UnlockRefused::Damaged)?;
        let secret = self.secret_ahead(ask, to.tag);
        let ahead = KeyAhead {
            ask,
            locked: ByteVec::from(lock_ahead(&secret, ask, &document, &seed.part("ahead"))),
        };
        let realm = self.desk.realm_id();
        let signed = seal::sign(self.keys.signer(), Sealed::Quote, realm, Audience::Anyone, &ahead);
        Ok(ByteVec::from(signed))
    }

    /// The secret of what went ahead with the answer to this question of this tag: the same for the same, and kept nowhere.
    pub(super) fn secret_ahead(&self, ask: Hash, tag: Tag) -> Secret {
        self.keys.derive("support/ahead", &[&ask.0, &tag.0])
    }

    /// The number of such an order: whoever pays it with another tag than asked is given a license of his own instead.
    pub(super) fn order_ahead(&self, ask: Hash, tag: Tag) -> OrderId {
        let whole = self.keys.derive("support/order", &[&ask.0, &tag.0]);
        let mut id = [0; 16];
        id.copy_from_slice(&whole.expose()[..16]);
        OrderId(id)
    }

    fn seal_quote(&self, quote: &Quote, ahead: Option<ByteVec>, ask: &Ask, seed: &Seed) -> Result<Vec<u8>, NoReader> {
        let realm = self.desk.realm_id();
        let sheet = QuoteSheet {
            quote: ByteVec::from(seal::sign(
                self.keys.signer(),
                Sealed::Quote,
                realm,
                Audience::Anyone,
                quote,
            )),
            certificate: ByteVec::from(self.keys.certificate().to_vec()),
            terms: None,
            ahead,
            purchase: None,
            claim: None,
        };
        seal_signed(&ask.seal, Sealed::Quote, &cbor::to_bytes(&sheet), &seed.part("quote")).map_err(|_| NoReader)
    }
}
