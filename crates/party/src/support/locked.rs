//! Locked: a locked copy as the centre reads it, and the license it becomes. What is dear here is the unlocking, and it is
//! done for a payment, or for a question that asks for it first; a mere question costs none (SD-26).

use deal::VoidReason;
use license::{Bind, Document, LINKS_MAX, License, Link, NotALicense, Receiver, unwrap_key, wrap_key};
use minicbor::bytes::ByteVec;
use package::ContentKey;
use seal::{Audience, ContentSecret, Kind as Sealed, Opener, Seed, cbor};
use store::{Fault, View};
use units::{Again, DealId, Moment, PartyId, Refusal, Share};

use super::Support;

/// Why a locked copy is not unlocked here, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotUnlocked {
    /// Nothing was sent along.
    #[error("the locked copy itself is missing; send it along")]
    Missing,
    /// It is no license of this realm.
    #[error("this is no locked copy of this realm: {0}")]
    License(#[from] NotALicense),
    /// Its publisher has nothing unlocked.
    #[error("this work is not handed on locked, so there is nothing to unlock")]
    NeverLocked,
    /// It is whole.
    #[error("this license is not locked; it opens the whole work")]
    Whole,
    /// Another centre does.
    #[error("this centre does not unlock this work; {0}")]
    NotServed(String),
    /// Not the key it was locked to.
    #[error("this centre is named for this work and lacks the key it is locked to; ask again later, or another centre")]
    NoKey,
    /// It changed hands too often.
    #[error("this copy has changed hands as often as a license can; get another copy of it")]
    TooLong,
    /// The fee is in another currency.
    #[error("the fee of this work is not in the money of this realm")]
    Currency,
}

impl Refusal for NotUnlocked {
    fn code(&self) -> &'static str {
        match self {
            Self::Missing => "locked-copy-missing",
            Self::License(no) => no.code(),
            Self::NeverLocked => "work-never-locked",
            Self::Whole => "license-not-locked",
            Self::NotServed(_) => "unlock-not-served",
            Self::NoKey => "unlock-key-missing",
            Self::TooLong => "license-links-out-of-bounds",
            Self::Currency => "unlock-currency",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::License(no) => no.again(),
            Self::NoKey => Again::Later,
            Self::Missing => Again::AfterYouAct,
            _ => Again::Never,
        }
    }
}

impl Support {
    /// A locked copy that this centre can unlock, checked as any license; nothing of it is unlocked yet.
    pub(super) fn locked_copy(
        &self,
        view: &mut dyn View,
        bytes: Option<&[u8]>,
    ) -> Result<Result<License, NotUnlocked>, Fault> {
        let known = self.desk.known(view)?;
        let license = match checked(bytes, &known.trust) {
            Ok(license) => license,
            Err(no) => return Ok(Err(no)),
        };
        Ok(self.serves_copy(license, &known))
    }

    fn serves_copy(&self, license: License, known: &crate::desk::Known) -> Result<License, NotUnlocked> {
        let Some(unlock) = &license.policy.unlock else {
            return Err(NotUnlocked::NeverLocked);
        };
        if license.link.rights.share == Share::Whole {
            return Err(NotUnlocked::Whole);
        }
        let named = unlock.centres.contains(&self.id()) || license.policy.publisher == self.id();
        if !named || !self.serves(license.policy.publisher) {
            let name = |id: &PartyId| known.party(*id).map_or_else(|| id.to_string(), |p| p.name.clone());
            let names: Vec<String> = unlock.centres.iter().filter(|id| **id != self.id()).map(name).collect();
            let who = if names.is_empty() {
                "its publisher names nobody else".to_owned()
            } else {
                format!("these do: {}", names.join(", "))
            };
            return Err(NotUnlocked::NotServed(who));
        }
        if self.opener(unlock.key).is_none() {
            return Err(NotUnlocked::NoKey);
        }
        if license.document.links.len() >= LINKS_MAX {
            return Err(NotUnlocked::TooLong);
        }
        if unlock.fee.currency() != self.desk.currency() || license.policy.copy_rights.share != Share::Whole {
            return Err(NotUnlocked::Currency);
        }
        Ok(license)
    }

    /// The key of this centre that opens what was locked to `key`: its own, or one a publisher entrusted to it.
    fn opener(&self, key: seal::SealTo) -> Option<&Opener> {
        let own = self.keys.opener();
        core::iter::once(own).chain(&self.unlocks).find(|o| o.seal_to() == key)
    }

    /// The content key of a locked copy. Nothing, if what was locked is not the key its link names: each edition has its
    /// own, and a broken one opens no other (SD-28).
    fn unlock_key(&self, license: &License) -> Option<ContentSecret> {
        let unlock = license.policy.unlock.as_ref()?;
        let opener = self.opener(unlock.key)?;
        let bound = license::bound_to_unlock(self.desk.realm_id(), license.offer_hash, license.link.header);
        let mut wraps = license.document.wraps.iter().filter(|w| w.share == Share::Whole);
        wraps.find_map(|wrap| {
            let key = unwrap_key(opener, &bound, wrap).ok()?;
            let content = ContentKey::from_secret_bytes(*key.expose());
            (content.id().0 == license.link.key_id).then_some(key)
        })
    }

    /// Would it open, if it were paid for?
    pub(super) fn opens(&self, license: &License) -> bool {
        self.unlock_key(license).is_some()
    }

    /// Unlocks: a further link under this centre's name, for the tag that pays, with the whole key wrapped for it alone.
    pub(super) fn unlocked(
        &self,
        license: &License,
        to: Receiver,
        deal: DealId,
        bind: &Bind,
        now: Moment,
        seed: &Seed,
    ) -> Result<Vec<u8>, VoidReason> {
        let key = self.unlock_key(license).ok_or(VoidReason::License)?;
        let before = &license.link;
        let after = license.document.links.last().map(|l| seal::hash(l)).unwrap_or_default();
        let link = Link {
            after,
            offer: license.offer_hash,
            header: before.header,
            key_id: before.key_id,
            generation: before.generation,
            serial: before.serial,
            rights: license.policy.copy_rights,
            bind: bind.clone(),
            receiver: to,
            deal,
            at: now,
            copies: None,
            support: Some(ByteVec::from(self.keys.certificate().to_vec())),
            loan: None,
        };
        let realm = self.desk.realm_id();
        let signed = seal::sign(self.keys.signer(), Sealed::Link, realm, Audience::Anyone, &link);
        let bound = license::bound_to(realm, link.offer, link.header, to.tag, link.generation, Share::Whole);
        let wrap =
            wrap_key(&to.seal, &bound, Share::Whole, &key, &seed.part("wrap")).map_err(|_| VoidReason::Certificate)?;
        let mut document = license.document.clone();
        document.links.push(ByteVec::from(signed));
        document.wraps = vec![wrap];
        Ok(cbor::to_bytes(&document))
    }
}

fn checked(bytes: Option<&[u8]>, trust: &seal::Trust) -> Result<License, NotUnlocked> {
    let document = Document::parse(bytes.ok_or(NotUnlocked::Missing)?)?;
    let last = document.last_link(trust.id()).ok_or(NotALicense::Links(0))?;
    Ok(document.check(trust, last.receiver.tag)?)
}
