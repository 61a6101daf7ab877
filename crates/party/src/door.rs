//! Door: opens what comes in. What passes here is genuine: sealed to us, signed by the tag or party it names, under a
//! certificate of this realm. What it asks for is judged elsewhere.

use deal::{
    Pay, Tender,
    wire::{Done, PaySheet, deal_id, open_sealed},
};
use seal::{Audience, Claims, Kind, NotSigned, NotTrusted, SealTo, Trust, cbor, role};
use units::{Again, DealId, Moment, RealmId, Refusal};

use crate::keys::PartyKeys;

/// Why a message was not read. Nothing has changed, and nothing is signed about it. In order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotRead {
    /// Not sealed to this party, or damaged.
    #[error("the message is not for this party, or was damaged on its way")]
    NotOpened,
    /// Not a signed message of the kind asked for.
    #[error("the message cannot be read: {0}")]
    NotSigned(#[from] NotSigned),
    /// Not the message asked for.
    #[error("the message cannot be read: {0}")]
    Malformed(#[from] cbor::NotCanonical),
    /// Its sender was never certified in this realm.
    #[error("the sender is not certified here: {0}")]
    NotTrusted(#[from] NotTrusted),
    /// The certificate is another's.
    #[error("the message was signed under another name than it gives")]
    OtherSender,
    /// The quote in it was not made by this party.
    #[error("this quote was not made here; ask for one")]
    OtherQuote,
}

impl Refusal for NotRead {
    fn code(&self) -> &'static str {
        match self {
            Self::NotOpened => "message-not-for-us",
            Self::NotSigned(_) => "message-not-signed",
            Self::Malformed(_) => "message-malformed",
            Self::NotTrusted(no) => no.code(),
            Self::OtherSender => "message-other-sender",
            Self::OtherQuote => "quote-not-ours",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::NotTrusted(no) => no.again(),
            _ => Again::Never,
        }
    }
}
crate::refused::refusals!(NotRead);

/// A genuine `pay`, opened. There is no other way to one than [`OpenPay::open`], so a decision cannot be made on words
/// nobody signed.
#[derive(Debug, Clone)]
pub struct OpenPay {
    deal: DealId,
    sheet: PaySheet,
    signed: Vec<u8>,
    certificate: Claims,
    certified: Result<(), NotTrusted>,
}

impl OpenPay {
    /// Opens a sealed `pay` to the party with `keys`. Pure, and the dearer half of a sale: drivers may do it outside of
    /// the transaction that decides.
    pub fn open(keys: &PartyKeys, trust: &Trust, sealed: &[u8], now: Moment) -> Result<Self, NotRead> {
        let signed = open_sealed(keys.opener(), Kind::Pay, sealed).map_err(|_| NotRead::NotOpened)?;
        let parsed = seal::parse::<PaySheet>(&signed, Kind::Pay, trust.id())?;
        let paper = &parsed.claims().certificate;
        let (tag, certified) = match trust.check::<role::Transfer>(paper, now) {
            Ok(tag) => (tag, Ok(())),
            Err(no @ (NotTrusted::Ended(_) | NotTrusted::NotYet(_) | NotTrusted::Revoked)) => {
                (trust.check_ever::<role::Transfer>(paper)?, Err(no))
            }
            Err(no) => return Err(no.into()),
        };
        let sheet = parsed.verify(tag.sign(), keys.audience())?;
        if tag.subject() != sheet.pay.receiver.0 {
            return Err(NotRead::OtherSender);
        }
        let quote = seal::parse::<deal::Quote>(&sheet.quote, Kind::Quote, trust.id())
            .and_then(|q| q.verify(&keys.signer().verify_key(), Audience::Anyone))
            .map_err(|_| NotRead::OtherQuote)?;
        if quote != sheet.pay.quote || quote.giver != keys.id().0 {
            return Err(NotRead::OtherQuote);
        }
        Ok(Self {
            deal: deal_id(&signed),
            certificate: tag.claims().clone(),
            sheet,
            signed,
            certified,
        })
    }

    /// One that was opened before and kept in this party's own store.
    pub(crate) fn kept(realm: RealmId, signed: &[u8]) -> Result<Self, NotRead> {
        let sheet = seal::parse::<PaySheet>(signed, Kind::Pay, realm)?.claims().clone();
        let certificate = seal::parse::<Claims>(&sheet.certificate, Kind::Certificate, realm)?;
        Ok(Self {
            deal: deal_id(signed),
            certificate: certificate.claims().clone(),
            sheet,
            signed: signed.to_vec(),
            certified: Ok(()),
        })
    }

    /// The deal: SHA-256 of the signed message.
    pub const fn deal(&self) -> DealId {
        self.deal
    }
    /// What the receiver committed to.
    pub const fn pay(&self) -> &Pay {
        &self.sheet.pay
    }
    /// The whole sheet.
    pub const fn sheet(&self) -> &PaySheet {
        &self.sheet
    }
    /// The signed message, to be kept.
    pub fn signed(&self) -> &[u8] {
        &self.signed
    }
    /// The receiver's tag and its keys.
    pub const fn certificate(&self) -> &Claims {
        &self.certificate
    }
    /// Where to seal the answer.
    pub const fn seal(&self) -> &SealTo {
        &self.certificate.seal
    }
    /// Did the receiver's certificate hold when this was opened?
    pub const fn certified(&self) -> Result<(), NotTrusted> {
        self.certified
    }
    /// The slip it pays with, if it pays money.
    pub fn slip(&self) -> Option<&deal::Slip> {
        self.sheet
            .pay
            .tenders
            .iter()
            .find_map(|t| if let Tender::Slip(slip) = t { Some(slip) } else { None })
    }
}

/// Opens a sealed `done`: which tag says that it has closed which deals. Its signature is checked with the key in the
/// certificate the deal was decided under, by whoever keeps that.
pub(crate) fn open_done(keys: &PartyKeys, realm: RealmId, sealed: &[u8]) -> Result<seal::Signed<Done>, NotRead> {
    let signed = open_sealed(keys.opener(), Kind::Done, sealed).map_err(|_| NotRead::NotOpened)?;
    Ok(seal::parse::<Done>(&signed, Kind::Done, realm)?)
}
