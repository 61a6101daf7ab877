//! Ask: the card's question. Writes nothing: the one-time key is derived from the card's secret and the nonce, so that an
//! answer that comes weeks later still opens.

use alloc::vec::Vec;
use deal::{
    AskRefusal, Kind,
    wire::{Ask, Wanted},
};
use seal::{Seed, cbor};
use units::{Hash, LicenseId, Money, OfferNo, PartyId};

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

/// What to ask for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct About {
    offer: Option<OfferNo>,
    amount: Option<Money>,
    license: Option<LicenseId>,
    payee: Option<PartyId>,
    wanted: Option<Wanted>,
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
            wanted,
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
                wanted,
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
    /// Asks a seller what it takes to clear what a refused charge left owing.
    pub fn ask_clear(&self, license: LicenseId, seed: &Seed) -> Result<Asked, AskRefusal> {
        self.ask(
            Kind::Clear,
            About {
                license: Some(license),
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
    /// Asks a card for a copy: of this offer, or of whatever its holder chose to give.
    pub fn ask_copy(&self, offer: Option<Hash>, seed: &Seed) -> Result<Asked, AskRefusal> {
        self.ask_card(Kind::Copy, offer, false, seed)
    }
    /// Asks a card for the license itself.
    pub fn ask_move(&self, offer: Option<Hash>, seed: &Seed) -> Result<Asked, AskRefusal> {
        self.ask_card(Kind::Move, offer, false, seed)
    }
    /// Asks a card for a locked copy: free, and nothing to use until it is unlocked, but for the share it arrives with.
    pub fn ask_locked(&self, offer: Option<Hash>, seed: &Seed) -> Result<Asked, AskRefusal> {
        self.ask_card(Kind::Locked, offer, true, seed)
    }
    fn ask_card(&self, kind: Kind, offer: Option<Hash>, shows: bool, seed: &Seed) -> Result<Asked, AskRefusal> {
        let tag = self.image.state.next_tag().filter(|_| shows);
        let wanted = Wanted {
            offer,
            certificate: tag.map(|(.., certificate)| certificate.clone()),
            document: None,
        };
        self.ask(
            kind,
            About {
                wanted: Some(wanted),
                ..About::default()
            },
            seed,
        )
    }
    /// Asks a support centre to unlock a license of this card, for its fee. `ahead`: the centre unlocks first and is paid
    /// then (SD-27); else it works when it has been paid (SD-26).
    pub fn ask_unlock(&self, license: LicenseId, ahead: bool, seed: &Seed) -> Result<Asked, AskRefusal> {
        let held = self.image.state.licenses.get(&license);
        let tag = self.image.state.next_tag().filter(|_| ahead);
        let wanted = Wanted {
            offer: held.map(|h| h.offer),
            certificate: tag.map(|(.., certificate)| certificate.clone()),
            // The centre says what it costs from the copy itself, which tells it publisher, edition and generation (SD-26).
            document: held.map(|h| h.document.clone()),
        };
        self.ask(
            Kind::Unlock,
            About {
                license: Some(license),
                wanted: Some(wanted),
                ..About::default()
            },
            seed,
        )
    }
}
