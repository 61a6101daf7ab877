//! Lost: the sealed copy by which a card can be found again, and what another card says when it takes its place.
//!
//! The copy holds the card's own secret, so that everything that was ever sealed to one of its tags opens again. It is sealed
//! to the recovery key, of which the card keeps the public half alone: what opens it is the code on the holder's paper.

use alloc::{vec, vec::Vec};
use deal::{
    Held, Status,
    lost::{COPY_MAX, Claim, ClaimSheet, Claimed, ClaimedSheet, Elder, LostSheet, OPEN_MAX, RecoveryCopy, VOUCH_MAX},
    wire::{seal_signed, sign_and_seal},
};
use license::Receiver;
use minicbor::bytes::ByteVec;
use seal::{Audience, Class, Kind as Sealed, NotSigned, NotTrusted, Seed, cbor, role};
use units::{Again, CardNo, DealId, Moment, PartyId, Refusal, Tag};

use crate::{Card, Fault, Journal, RecoveryCode};

/// Why a claim, or the answer to one, came to nothing. In order of precedence; nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClaimRefusal {
    /// The card has no recovery code of its own kind.
    #[error("this card was made before recovery codes opened copies: unblock it once with its code, then go online")]
    NoKeys,
    /// Not sealed to this card or letter.
    #[error("this answers another card, or was damaged on its way; ask again")]
    NotMine,
    /// Whoever signed it is not certified.
    #[error("who sent this answer cannot be verified ({0})")]
    NotTrusted(NotTrusted),
    /// Forged.
    #[error("the answer is not genuine ({0})")]
    Forged(NotSigned),
    /// The code opens nothing here.
    #[error("this recovery code does not open this copy: check the code, or use another copy")]
    OtherCode,
    /// What it brings does not hold.
    #[error("what came back does not hold ({0}); nothing has changed")]
    DoesNotHold(&'static str),
    /// Could not be written.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for ClaimRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NoKeys => "recovery-not-prepared",
            Self::NotMine => "claim-for-another",
            Self::NotTrusted(_) => "claim-not-verified",
            Self::Forged(_) => "claim-forged",
            Self::OtherCode => "recovery-code-wrong",
            Self::DoesNotHold(_) => "recovered-does-not-hold",
            Self::Fault(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Forged(_) | Self::DoesNotHold(_) => Again::Never,
            _ => Again::AfterYouAct,
        }
    }
}

/// The name under which this card asks a seller to make a license out to it.
pub(crate) fn confirm_id(to: Tag) -> [u8; 16] {
    let mut id = [0; 16];
    id.copy_from_slice(&seal::hash_parts(&[b"confirm", &to.0]).0[..16]);
    id
}

impl<J: Journal> Card<J> {
    /// The recovery copy, sealed to the recovery key: at most [`COPY_MAX`] bytes if `bounded`, where licenses that sellers
    /// have on record stay out of it first. Nothing without a recovery code or before enrolment.
    pub fn recovery_copy(&self, bounded: bool, clock: Moment, seed: &Seed) -> Result<Vec<u8>, ClaimRefusal> {
        let keys = self.image.lock.recovery_keys().ok_or(ClaimRefusal::NoKeys)?;
        let me = self.image.card.ok_or(Fault::NotEnrolled)?;
        let mut copy = self.what_to_recover(me, self.now(clock));
        let mut plain = cbor::to_bytes(&copy);
        let most = COPY_MAX.saturating_sub(256);
        if bounded && plain.len() > most {
            copy.licenses.retain(|held| held.generation > 0);
            plain = cbor::to_bytes(&copy);
        }
        while bounded && plain.len() > most && !copy.licenses.is_empty() {
            copy.licenses.truncate(copy.licenses.len() / 2);
            plain = cbor::to_bytes(&copy);
        }
        seal_signed(&keys.seal, Sealed::Recovery, &plain, &seed.part("recovery")).map_err(|_| Fault::Seal.into())
    }

    fn what_to_recover(&self, me: CardNo, made: Moment) -> RecoveryCopy {
        let state = &self.image.state;
        let own = |tag: &Tag| !self.is_of_an_elder(*tag);
        let of_licenses = state.licenses.values().map(|held| held.tag);
        let of_open = state.paid.iter().map(|paid| paid.pay.receiver);
        let mut tags: Vec<Tag> = of_licenses.chain(of_open).filter(own).collect();
        tags.sort_unstable();
        tags.dedup();
        let report = state.report(me);
        // A chip's secret never leaves it, and without it neither its licenses open nor its letters can be signed.
        let own = self.trust.check_ever::<role::Card>(&self.image.certificate);
        let is_chip = own.is_ok_and(|own| own.claims().class == Class::Hardware);
        let card = Elder {
            card: me,
            secret: if is_chip { [0; 32] } else { self.secret_for_recovery() },
            tags,
            proof: ByteVec::from(Vec::new()),
            open: report.paid.into_iter().take(OPEN_MAX).collect(),
            loss: None,
            terms: (!is_chip).then(|| self.kept_terms()).filter(|kept| !kept.is_empty()),
        };
        let mut cards = vec![card];
        cards.extend(self.image.elders.iter().flatten().cloned());
        let mut sold: Vec<_> = state.licenses.values().map(|held| (held.seller, held.title)).collect();
        sold.sort_unstable();
        sold.dedup();
        let paid = |held: &&Held| state.owed(held.id).is_none();
        // What is owing lives on the card that owes it: its seller says it again once it is paid.
        let licenses = state.licenses.values().filter(paid).cloned().map(|held| Held {
            opened: deal::Opened::default(),
            ..held
        });
        RecoveryCopy {
            cards,
            made,
            licenses: licenses.filter(|_| !is_chip).collect(),
            sold,
        }
    }

    /// Asks the issuer to keep a recovery copy, under the card's own number for it.
    pub fn keep_copy(&self, clock: Moment, seed: &Seed) -> Result<Vec<u8>, ClaimRefusal> {
        let keys = self.image.lock.recovery_keys().ok_or(ClaimRefusal::NoKeys)?;
        let copy = self.recovery_copy(true, clock, seed)?;
        let number = self.now(clock).0;
        self.claim(Claim::Keep(number, keys, ByteVec::from(copy)), seed)
    }

    /// States the loss of the card whose recovery code this is, for this card to take its place. The statement is no
    /// secret: it is good for this card alone, and is kept so that it can be repeated.
    pub fn state_loss(&self, code: &RecoveryCode, clock: Moment) -> Result<Vec<u8>, ClaimRefusal> {
        let issuer = self.issuer().ok_or(Fault::NotEnrolled)?;
        let sheet = LostSheet {
            to: self.image.card.ok_or(Fault::NotEnrolled)?,
            at: self.now(clock),
            sign: code.keys().sign,
        };
        let audience = Audience::One(issuer.0);
        Ok(seal::sign(&code.signer(), Sealed::Lost, self.realm, audience, &sheet))
    }

    /// Brings a stated loss to the issuer, with payments of the lost card that were open.
    pub fn claim_lost(
        &self,
        proof: &[u8],
        open: Vec<(DealId, u64, ByteVec)>,
        seed: &Seed,
    ) -> Result<Vec<u8>, ClaimRefusal> {
        self.claim(Claim::Lost(ByteVec::from(proof.to_vec()), open), seed)
    }

    /// Losses whose card this one has taken the place of, as they were stated.
    pub fn losses(&self) -> impl Iterator<Item = &Elder> {
        self.image
            .elders
            .iter()
            .flatten()
            .filter(|elder| !elder.proof.is_empty())
    }

    /// The payments that were open on the card of this statement, as far as its copy told.
    pub fn open_of_elder(&self, proof: &[u8]) -> Vec<(DealId, u64, ByteVec)> {
        let mut elders = self.losses();
        let elder = elders.find(|elder| elder.proof.as_slice() == proof);
        elder.map(|elder| elder.open.clone()).unwrap_or_default()
    }

    /// Asks the issuer's word for licenses that wait, or are made out to a card that is gone. Nothing if there are none.
    pub fn claim_vouch(&self, seed: &Seed) -> Result<Option<Vec<u8>>, ClaimRefusal> {
        let waiting: Vec<(Tag, Receiver)> = self
            .unconfirmed()
            .take(VOUCH_MAX)
            .map(|held| (held.tag, self.home_of(held)))
            .collect();
        if waiting.is_empty() || self.image.state.stopped.is_some() {
            return Ok(None);
        }
        self.claim(Claim::Vouch(waiting), seed).map(Some)
    }

    /// Asks the issuer for everything it stores about this card.
    pub fn claim_tell(&self, seed: &Seed) -> Result<Vec<u8>, ClaimRefusal> {
        self.claim(Claim::Tell, seed)
    }

    /// Asks the issuer to forget what it keeps for this card alone.
    pub fn claim_forget(&self, seed: &Seed) -> Result<Vec<u8>, ClaimRefusal> {
        self.claim(Claim::Forget, seed)
    }

    /// Licenses that their seller could make out to this card: sold, and on hold or under a lost card's tag.
    pub(crate) fn unconfirmed(&self) -> impl Iterator<Item = &Held> {
        let waits = |held: &&Held| held.status == Status::OnHold || self.is_of_an_elder(held.tag);
        self.image
            .state
            .licenses
            .values()
            .filter(waits)
            .filter(|held| held.generation == 0)
    }

    /// The keys a license of this card is made out to when it is made out anew: derived, so that asking again is the same.
    pub(crate) fn home_of(&self, held: &Held) -> Receiver {
        let epoch = self.image.state.epoch.to_be_bytes();
        let whole = self.purpose("home").derive("tag", &[&held.id.0, &epoch]);
        let mut tag = Tag([0; 16]);
        tag.0.copy_from_slice(&whole.expose()[..16]);
        Receiver {
            tag,
            sign: self.tag_signer(tag).verify_key(),
            seal: self.tag_opener(tag).seal_to(),
        }
    }

    /// The issuer of this card.
    pub(crate) fn issuer(&self) -> Option<PartyId> {
        let issuer = self.trust.check_ever::<role::Issuer>(&self.image.issuer).ok()?;
        Some(PartyId(issuer.subject()))
    }

    fn claim(&self, claim: Claim, seed: &Seed) -> Result<Vec<u8>, ClaimRefusal> {
        let card = self.image.card.ok_or(Fault::NotEnrolled)?;
        let issuer = self
            .trust
            .check_ever::<role::Issuer>(&self.image.issuer)
            .map_err(|_| Fault::NotEnrolled)?;
        sign_and_seal(
            &self.own_signer(),
            Sealed::Claim,
            self.realm,
            Audience::One(issuer.subject()),
            issuer.seal(),
            &ClaimSheet { card, claim },
            &seed.part("claim"),
        )
        .map_err(|_| Fault::Seal.into())
    }

    /// Reads the issuer's answer to a claim of this card. Writes nothing.
    pub fn read_claimed(&self, answer: &[u8]) -> Result<Claimed, ClaimRefusal> {
        let me = self.image.card.ok_or(Fault::NotEnrolled)?;
        let signed =
            deal::wire::open_sealed(&self.own_opener(), Sealed::Claimed, answer).map_err(|_| ClaimRefusal::NotMine)?;
        let parsed = seal::parse::<ClaimedSheet>(&signed, Sealed::Claimed, self.realm).map_err(ClaimRefusal::Forged)?;
        let issuer = self
            .trust
            .check_ever::<role::Issuer>(&parsed.claims().certificate)
            .map_err(ClaimRefusal::NotTrusted)?;
        if Some(PartyId(issuer.subject())) != self.issuer() {
            return Err(ClaimRefusal::NotMine);
        }
        let sheet = parsed.verify(issuer.sign(), me.into()).map_err(ClaimRefusal::Forged)?;
        Ok(sheet.answer)
    }
}
