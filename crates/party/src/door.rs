//! Door: opens what comes in. What passes here is genuine: sealed to us, signed by the tag or party it names, under a
//! certificate of this realm. What it asks for is judged elsewhere.

use deal::{
    Pay, Tender,
    wire::{Done, PaySheet, deal_id, open_sealed, slip_agrees},
};
use seal::{Audience, Claims, Kind, NotSigned, NotTrusted, SealTo, Trust, VerifyKey, cbor, role};
use units::{Again, DealId, Moment, RealmId, Refusal};

use crate::{keys::PartyKeys, say::NoReader};

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
    /// Its sender cannot be answered.
    #[error(transparent)]
    NoReader(#[from] NoReader),
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
            Self::NoReader(no) => no.code(),
            Self::OtherQuote => "quote-not-ours",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::NotTrusted(no) => no.again(),
            Self::NoReader(no) => no.again(),
            _ => Again::Never,
        }
    }
}
crate::refused::refusals!(NotRead);

/// Does a slip's seal contain what the slip says?
#[derive(Debug, Clone, Copy)]
enum Agrees {
    /// Not found out yet.
    Unknown,
    /// Found out, with this key of the issuer.
    Found(SealTo, bool),
    /// It did when the payment was written down, or it would not have been.
    Kept,
}

/// A genuine `pay`, opened. There is no other way to one than [`OpenPay::open`], so a decision cannot be made on words
/// nobody signed.
#[derive(Debug, Clone)]
pub struct OpenPay {
    deal: DealId,
    sheet: PaySheet,
    signed: Vec<u8>,
    certificate: Claims,
    certified: Result<(), NotTrusted>,
    agrees: Agrees,
    /// The slip as it goes to the issuer, signed beforehand.
    pub(crate) letter: Option<Vec<u8>>,
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
        if !tag.seal().can_be_sealed_to() {
            return Err(NoReader.into());
        }
        // Its own quote: signing is the same bytes every time, and cheaper than checking a signature. Compared in constant
        // time, for how far a guess is right would tell a forger how to go on.
        let quote = &sheet.pay.quote;
        let ours = seal::sign(keys.signer(), Kind::Quote, trust.id(), Audience::Anyone, quote);
        if !seal::same(&ours, &sheet.quote) || quote.giver != keys.id().0 {
            return Err(NotRead::OtherQuote);
        }
        Ok(Self {
            deal: deal_id(&signed),
            certificate: tag.claims().clone(),
            sheet,
            signed,
            certified,
            agrees: Agrees::Unknown,
            letter: None,
        })
    }

    /// One that was opened before, found good, and kept in this party's own store.
    pub(crate) fn kept(realm: RealmId, signed: &[u8]) -> Result<Self, NotRead> {
        let sheet = seal::parse::<PaySheet>(signed, Kind::Pay, realm)?.claims().clone();
        let certificate = seal::parse::<Claims>(&sheet.certificate, Kind::Certificate, realm)?;
        Ok(Self {
            deal: deal_id(signed),
            certificate: certificate.claims().clone(),
            sheet,
            signed: signed.to_vec(),
            certified: Ok(()),
            agrees: Agrees::Kept,
            letter: None,
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
    /// Finds out beforehand what [`OpenPay::slip_agrees`] will be asked.
    pub(crate) fn check_slip(&mut self, realm: RealmId, issuer: &SealTo) {
        self.agrees = Agrees::Found(*issuer, self.slip_agrees(realm, issuer));
    }

    /// Does its slip hold: is it signed by the tag that pays, under this payment's number, and does its seal to the
    /// issuer contain exactly that? False when there is none.
    pub(crate) fn slip_agrees(&self, realm: RealmId, issuer: &SealTo) -> bool {
        match self.agrees {
            Agrees::Found(key, agrees) if key == *issuer => return agrees,
            Agrees::Kept => return true,
            _ => {}
        }
        let (Some(slip), Some(proof)) = (self.slip(), &self.sheet.proof) else {
            return false;
        };
        let pay = self.pay();
        slip_agrees(
            slip,
            proof,
            realm,
            pay.receiver,
            pay.pay_no,
            &self.certificate.sign,
            issuer,
        )
    }
}

/// A `done`, opened: which tag says that it has closed which deals. Its signature is checked with the key in the record of
/// a deal it closes.
#[derive(Debug)]
pub struct OpenDone {
    signed: seal::Signed<Done>,
    checked: Option<(VerifyKey, Result<(), NotSigned>)>,
}

impl OpenDone {
    /// Opens a sealed `done` to the party with `keys`.
    pub(crate) fn open(keys: &PartyKeys, realm: RealmId, sealed: &[u8]) -> Result<Self, NotRead> {
        let signed = open_sealed(keys.opener(), Kind::Done, sealed).map_err(|_| NotRead::NotOpened)?;
        Ok(Self {
            signed: seal::parse(&signed, Kind::Done, realm)?,
            checked: None,
        })
    }
    /// What it claims, whoever signed it.
    pub(crate) fn claims(&self) -> &Done {
        self.signed.claims()
    }
    /// Finds out beforehand what [`OpenDone::signed_by`] will be asked.
    pub(crate) fn check(&mut self, key: &VerifyKey, me: Audience) {
        self.checked = Some((*key, self.signed_by(key, me)));
    }
    /// Did `key` sign it, for `me`?
    pub(crate) fn signed_by(&self, key: &VerifyKey, me: Audience) -> Result<(), NotSigned> {
        match &self.checked {
            Some((with, checked)) if with == key => *checked,
            _ => self.signed.clone().verify(key, me).map(drop),
        }
    }
}
