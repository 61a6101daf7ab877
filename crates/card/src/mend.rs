//! Mend: a card asks a support desk for help, and takes back what a fault lost (SD-7).
//!
//! What comes back are decisions its sellers once made, sealed to tags this card alone answers for: a payment that was
//! open closes, a license whose key was damaged gets it again, a license that was bought and lost is here again. A seller
//! cannot know where a license went since, but the card can: one that may have left it, or of which something is
//! counted, never comes back this way (ONE, S15). A play given back carries a number and is taken once.

use alloc::{string::String, vec::Vec};
use deal::{
    Entry,
    support::{
        Finding, Letter, NOTES_MAX, Noted, ReissueGift, ReissueSheet, Reissued, ReissuedSheet, SupportSheet,
        SupportedSheet, Trouble, WORDS_MAX,
    },
    wire::{OutcomeSheet, SettleSheet, open_sealed, sign_and_seal},
};
use license::{Document, License};
use minicbor::bytes::ByteVec;
use seal::{Audience, Kind as Sealed, Seed, role};
use units::{Again, ContentId, DealId, LicenseId, Moment, PartyId, Refusal, Tag};

use crate::{Card, Event, Fault, Journal, Line, Settled, image::Change, settle::held};

/// What the holder wants help with. The card adds keys, signature and seal, and the letter to the seller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plea {
    /// Drawn at random for this request.
    pub id: [u8; 16],
    /// When the holder agreed.
    pub at: Moment,
    /// Whose work it is about.
    pub publisher: PartyId,
    /// What is wrong.
    pub trouble: Trouble,
    /// Which work.
    pub content: Option<ContentId>,
    /// Which license, if it is here.
    pub license: Option<LicenseId>,
    /// Which payment, if one is open.
    pub deal: Option<DealId>,
    /// The code that was shown.
    pub code: Option<String>,
    /// The holder's own words.
    pub words: String,
    /// The playback log, as far as it goes along.
    pub noted: Vec<Noted>,
}

/// Why no request was made. In order of precedence; nothing has changed and nothing left the card.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PleaRefusal {
    /// Whoever would read it is no support centre.
    #[error("the support desk cannot be verified ({0}); nothing was sent")]
    Desk(seal::NotTrusted),
    /// More than fits.
    #[error("that is more than a request may hold: {NOTES_MAX} notes and {WORDS_MAX} characters; leave something out")]
    TooMuch,
    /// The license is not here.
    #[error("this license is not on the card; if it was bought with this card, say that it is lost")]
    NoLicense,
    /// No such open payment.
    #[error("no such payment is open on this card; its history says what became of it")]
    NoDeal,
    /// It names no work.
    #[error("say which work it is about")]
    NoWork,
    /// The seller's certificate is not his.
    #[error("the seller of this license cannot be verified ({0}); nothing was sent")]
    Seller(seal::NotTrusted),
    /// The card could not seal.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for PleaRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Desk(_) => "support-not-verified",
            Self::TooMuch => "support-too-much",
            Self::NoLicense => "no-license",
            Self::NoDeal => "no-such-payment",
            Self::NoWork => "support-no-work",
            Self::Seller(_) => "seller-not-verified",
            Self::Fault(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

/// A request as it leaves: what it says, and the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportLetter {
    /// What it says, to be shown to the holder whole. Its letter to the seller is sealed.
    pub sheet: SupportSheet,
    /// Signed, and sealed to the desk.
    pub sealed: Vec<u8>,
}

/// What became of one thing a seller said again.
#[derive(Debug)]
pub enum Repair {
    /// An open payment is closed.
    Closed(Settled),
    /// The license's document and key are here again.
    Mended(LicenseId),
    /// The license is here again.
    Reissued(LicenseId),
    /// The license was here and whole.
    Whole(LicenseId),
    /// So many plays are given back.
    PlaysBack(LicenseId, u32),
    /// The license may have left this card, or something of it is counted: only its publisher may give it again.
    MayHaveLeft(LicenseId),
}

/// Why an answer was not taken. In order of precedence; nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MendRefusal {
    /// Not sealed to this request, or not what it should be.
    #[error("this answers another request, or was damaged on its way; ask again")]
    NotMine,
    /// Signed by nobody who may.
    #[error("the answer's sender cannot be verified ({0})")]
    NotTrusted(seal::NotTrusted),
    /// Forged.
    #[error("the answer is not genuine ({0})")]
    Forged(seal::NotSigned),
    /// What it brings does not hold.
    #[error("what the seller said again does not hold ({0}); nothing has changed")]
    DoesNotHold(&'static str),
    /// No room.
    #[error("the card is full: delete a license you no longer want, then ask again")]
    Full,
    /// Could not be written.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for MendRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotMine => "support-for-another",
            Self::NotTrusted(_) => "support-not-verified",
            Self::Forged(_) => "support-forged",
            Self::DoesNotHold(_) => "reissue-does-not-hold",
            Self::Full => "card-full",
            Self::Fault(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::NotMine | Self::Full | Self::Fault(_) => Again::AfterYouAct,
            _ => Again::Never,
        }
    }
}

/// Whom a letter is about: the seller, the tag that signs it if the card knows it, and what it names.
struct Bought {
    seller: PartyId,
    tag: Option<Tag>,
    content: ContentId,
}

impl<J: Journal> Card<J> {
    /// Who would be asked to say something again; nothing, if only the desk can help.
    pub fn seller_in(&self, plea: &Plea, sold_by: Option<PartyId>) -> Result<Option<PartyId>, PleaRefusal> {
        Ok(self.bought(plea, sold_by)?.map(|b| b.seller))
    }

    fn bought(&self, plea: &Plea, sold_by: Option<PartyId>) -> Result<Option<Bought>, PleaRefusal> {
        match plea.trouble {
            Trouble::Other => Ok(None),
            Trouble::NoAnswer => {
                let deal = plea.deal.ok_or(PleaRefusal::NoDeal)?;
                let paid = self.image.state.open(deal).ok_or(PleaRefusal::NoDeal)?;
                let by_server = paid.pay.quote.offer.is_some() && !paid.pay.quote.kind.between_cards();
                Ok(by_server.then_some(Bought {
                    seller: PartyId(paid.pay.quote.giver),
                    tag: Some(paid.pay.receiver),
                    content: paid.pay.quote.title,
                }))
            }
            Trouble::Lost => {
                let content = plea.content.ok_or(PleaRefusal::NoWork)?;
                Ok(sold_by.map(|seller| Bought {
                    seller,
                    tag: None,
                    content,
                }))
            }
            Trouble::Key | Trouble::Package | Trouble::Counted => {
                let id = plea.license.ok_or(PleaRefusal::NoLicense)?;
                let held = self.image.state.licenses.get(&id).ok_or(PleaRefusal::NoLicense)?;
                // A license from another card: its seller never decided about this one.
                let sold = held.generation == 0
                    && Document::parse(&held.document).map_or(true, |document| document.links.len() == 1);
                Ok(sold.then_some(Bought {
                    seller: held.seller,
                    tag: Some(held.tag),
                    content: held.title,
                }))
            }
        }
    }

    /// Makes a request: signed with a key of its own, sealed to the desk with this certificate. With the seller's
    /// certificate it carries a letter that only the seller opens. Made again from the same plea and seed, it is the
    /// same, byte for byte.
    pub fn ask_support(
        &self,
        plea: &Plea,
        desk: &[u8],
        seller: Option<&[u8]>,
        clock: Moment,
        seed: &Seed,
    ) -> Result<SupportLetter, PleaRefusal> {
        let now = self.now(clock);
        let desk = self
            .trust
            .check::<role::Support>(desk, now)
            .map_err(PleaRefusal::Desk)?;
        let (signer, opener) = self.support_keys(&plea.id);
        let letter = match seller {
            Some(certificate) => self.letter(plea, certificate, seed)?,
            None => None,
        };
        let sheet = SupportSheet {
            id: plea.id,
            sign: signer.verify_key(),
            seal: opener.seal_to(),
            at: plea.at,
            publisher: plea.publisher,
            trouble: plea.trouble,
            content: plea.content,
            code: plea.code.clone(),
            words: plea.words.clone(),
            noted: plea.noted.clone(),
            letter,
        };
        if !sheet.is_bounded() {
            return Err(PleaRefusal::TooMuch);
        }
        let sealed = sign_and_seal(
            &signer,
            Sealed::Support,
            self.realm,
            Audience::One(desk.subject()),
            desk.seal(),
            &sheet,
            &seed.part("support"),
        )
        .map_err(|_| Fault::Seal)?;
        Ok(SupportLetter { sheet, sealed })
    }

    fn letter(&self, plea: &Plea, certificate: &[u8], seed: &Seed) -> Result<Option<Letter>, PleaRefusal> {
        let seller = self
            .trust
            .check_ever::<role::Seller>(certificate)
            .map_err(PleaRefusal::Seller)?;
        let Some(bought) = self.bought(plea, Some(PartyId(seller.subject())))? else {
            return Ok(None);
        };
        if bought.seller.0 != seller.subject() {
            return Err(PleaRefusal::Seller(seal::NotTrusted::OtherRole));
        }
        let (own, opener) = self.support_keys(&plea.id);
        // The key of the tag proves whose purchase it was; without one the number does that only this seller knows.
        let signer = bought.tag.map_or(own, |tag| self.tag_signer(tag));
        let license = plea.license.filter(|_| plea.trouble != Trouble::Lost);
        let sheet = ReissueSheet {
            id: plea.id,
            sign: signer.verify_key(),
            seal: opener.seal_to(),
            trouble: plea.trouble,
            content: bought.content,
            deal: plea.deal.filter(|_| plea.trouble == Trouble::NoAnswer),
            license,
            buyer: (plea.trouble == Trouble::Lost).then(|| self.seller_number(bought.seller)),
            taken: license.map_or(0, |id| self.image.state.repairs_of(id)),
        };
        let sealed = sign_and_seal(
            &signer,
            Sealed::Reissue,
            self.realm,
            Audience::from(bought.seller),
            seller.seal(),
            &sheet,
            &seed.part("reissue"),
        )
        .map_err(|_| Fault::Seal)?;
        Ok(Some(Letter {
            to: bought.seller,
            sealed: ByteVec::from(sealed),
        }))
    }

    /// Reads a desk's answer to the request of this id.
    pub fn read_supported(&self, id: &[u8; 16], desk: PartyId, sealed: &[u8]) -> Result<SupportedSheet, MendRefusal> {
        let (_, opener) = self.support_keys(id);
        let signed = open_sealed(&opener, Sealed::Supported, sealed).map_err(|_| MendRefusal::NotMine)?;
        let parsed =
            seal::parse::<SupportedSheet>(&signed, Sealed::Supported, self.realm).map_err(MendRefusal::Forged)?;
        let by = self
            .trust
            .check_ever::<role::Support>(&parsed.claims().certificate)
            .map_err(MendRefusal::NotTrusted)?;
        let sheet = parsed
            .verify(by.sign(), Audience::One(*id))
            .map_err(MendRefusal::Forged)?;
        if by.subject() != desk.0 || sheet.id != *id {
            return Err(MendRefusal::NotMine);
        }
        Ok(sheet)
    }

    /// Takes what `seller` said again in answer to the request of this id. May be repeated: what is whole stays as it is.
    pub fn take_reissued(
        &mut self,
        id: &[u8; 16],
        seller: PartyId,
        sheet: &[u8],
        clock: Moment,
        seed: &Seed,
    ) -> Result<(Finding, Vec<Repair>), MendRefusal> {
        let sheet: ReissuedSheet = seal::cbor::from_bytes(sheet).map_err(|_| MendRefusal::NotMine)?;
        let parsed =
            seal::parse::<Reissued>(&sheet.signed, Sealed::Reissued, self.realm).map_err(MendRefusal::Forged)?;
        let by = self
            .trust
            .check_ever::<role::Seller>(&sheet.certificate)
            .map_err(MendRefusal::NotTrusted)?;
        let word = parsed
            .verify(by.sign(), Audience::Anyone)
            .map_err(MendRefusal::Forged)?;
        if by.subject() != seller.0 || word.id != *id || word.gift != seal::hash(&sheet.gift) {
            return Err(MendRefusal::NotMine);
        }
        let mut repairs = Vec::new();
        if !sheet.gift.is_empty() {
            let (_, opener) = self.support_keys(id);
            let bytes = open_sealed(&opener, Sealed::Reissued, &sheet.gift).map_err(|_| MendRefusal::NotMine)?;
            let gift: ReissueGift = seal::cbor::from_bytes(&bytes).map_err(|_| MendRefusal::NotMine)?;
            for (n, (tag, settle)) in gift.settles.iter().enumerate() {
                let part = seed.part(&alloc::format!("settle-{n}"));
                repairs.push(self.said_again(*tag, seller, settle, clock, &part)?);
            }
        }
        if let Some(back) = word.back
            && let Some(repair) = self.plays_back(&back, clock, seed)?
        {
            repairs.push(repair);
        }
        Ok((word.finding, repairs))
    }

    /// One decision that was said again: closes its payment, or puts its license right.
    fn said_again(
        &mut self,
        tag: Tag,
        seller: PartyId,
        sealed: &[u8],
        clock: Moment,
        seed: &Seed,
    ) -> Result<Repair, MendRefusal> {
        if self.image.state.paid.iter().any(|p| p.pay.receiver == tag) {
            let settled = self.settle(sealed, clock, seed);
            return settled.map(Repair::Closed).map_err(|no| match no {
                crate::SettleRefusal::Fault(fault) => fault.into(),
                _ => MendRefusal::DoesNotHold("the decision on an open payment"),
            });
        }
        let (license, document) = self.sold_license(tag, seller, sealed)?;
        let opened = self
            .opened(&license)
            .ok_or(MendRefusal::DoesNotHold("the key in it does not open"))?;
        let now = self.now(clock);
        if let Some(here) = self.image.state.licenses.get(&license.id) {
            // A key that is kept opened is judged as it lies there; one kept as it came, by opening it.
            let whole = *here.document == *document
                && (here.opened.is_empty() && self.license_of(here).is_some_and(|l| self.opened(&l).is_some())
                    || here.opened == opened);
            if whole {
                return Ok(Repair::Whole(license.id));
            }
            let entry = Entry::Mended(license.id, ByteVec::from(document), opened);
            self.write_repair(entry, &license, now, &seed.part("mended"))?;
            return Ok(Repair::Mended(license.id));
        }
        let bought = held(&license, &document, license.offer.price, opened);
        if bought.may_leave() || bought.rights.period.is_some() || self.is_handed_back(license.id) {
            return Ok(Repair::MayHaveLeft(license.id));
        }
        if self.image.state.room_for_licenses() == 0 {
            return Err(MendRefusal::Full);
        }
        let since = license.link.at;
        self.write_repair(
            Entry::Reissued(deal::Held { since, ..bought }),
            &license,
            now,
            &seed.part("reissued"),
        )?;
        Ok(Repair::Reissued(license.id))
    }

    /// The license in a decision of `seller` that was sealed to `tag`, checked as any license.
    fn sold_license(&self, tag: Tag, seller: PartyId, sealed: &[u8]) -> Result<(License, Vec<u8>), MendRefusal> {
        let signed = open_sealed(&self.tag_opener(tag), Sealed::Settle, sealed).map_err(|_| MendRefusal::NotMine)?;
        let parsed = seal::parse::<SettleSheet>(&signed, Sealed::Settle, self.realm).map_err(MendRefusal::Forged)?;
        let by = self
            .trust
            .check_ever::<role::Seller>(&parsed.claims().certificate)
            .map_err(MendRefusal::NotTrusted)?;
        let sheet = parsed
            .verify(by.sign(), Audience::from(tag))
            .map_err(MendRefusal::Forged)?;
        if by.subject() != seller.0 {
            return Err(MendRefusal::NotMine);
        }
        let OutcomeSheet::Given(gift) = sheet.outcome else {
            return Err(MendRefusal::DoesNotHold("it was not given"));
        };
        let document = gift.document.ok_or(MendRefusal::DoesNotHold("it brings no license"))?;
        let license = Document::parse(&document)
            .and_then(|d| d.check(&self.trust, tag))
            .map_err(|_| MendRefusal::DoesNotHold("its license"))?;
        if license.seller != seller || license.link.deal != sheet.deal {
            return Err(MendRefusal::DoesNotHold("its license is of another deal"));
        }
        Ok((license, document.to_vec()))
    }

    /// Is the license on its way back to its seller in a payment that is open?
    fn is_handed_back(&self, license: LicenseId) -> bool {
        let mut open = self.image.state.paid.iter();
        open.any(|paid| paid.license.as_ref().is_some_and(|held| held.id == license))
    }

    fn plays_back(
        &mut self,
        back: &deal::support::PlaysBack,
        clock: Moment,
        seed: &Seed,
    ) -> Result<Option<Repair>, MendRefusal> {
        let state = &self.image.state;
        let Some(here) = state.licenses.get(&back.license).filter(|h| h.rights.counted()) else {
            return Ok(None);
        };
        if back.number != state.repairs_of(back.license).saturating_add(1) {
            // Taken before, or another card's count.
            return Ok(None);
        }
        let license = self
            .license_of(here)
            .ok_or(MendRefusal::DoesNotHold("the license it is for"))?;
        let most = license.link.rights.plays.unwrap_or(0);
        let plays = back.plays.min(most.saturating_sub(here.rights.plays.unwrap_or(0)));
        let entry = Entry::PlaysBack(back.license, back.number, plays);
        self.write_repair(entry, &license, self.now(clock), &seed.part("plays-back"))?;
        Ok(Some(Repair::PlaysBack(back.license, plays)))
    }

    fn write_repair(&mut self, entry: Entry, license: &License, at: Moment, seed: &Seed) -> Result<(), Fault> {
        let line = Line {
            title: license.offer.title.clone(),
            with: Some(license.seller),
            deal: Some(license.link.deal),
            ..crate::contact::own_line(at, Event::Mended)
        };
        self.commit(&Change::Deal(entry, Some(line), None), seed).map(|_| ())
    }
}
