//! Facts: what this card says of its own purchases, proven to their publisher alone (SD-15, SD-16; docs/formats/messages.md).

use deal::{
    Facts, Paid,
    fact::{self, Bought, BoughtWord, Claim, Claimant, Claimed},
};
use license::Route;
use seal::{SealTo, Signer, VerifyKey};
use units::{DealId, Hash, Moment, PartyId, Span, Tag};

use crate::{Card, Checked, Fault, Journal, quote::Giver};

/// How old a claim of provider information may be: as old as a quote, and a day for clocks that differ.
pub(crate) const CLAIM_OLD: Span = Span::days(8);
/// How far ahead the other card's clock may be.
pub(crate) const CLAIM_AHEAD: Span = Span::days(1);

impl<J: Journal> Card<J> {
    /// The key by which one publisher may know this card again, and nobody else.
    pub(crate) fn holder(&self, publisher: PartyId) -> Signer {
        Signer::new(&self.purpose_of("publisher/sign", &[&publisher.0]))
    }

    /// The salt of the purchase that is paid under `tag`: derived, so that nothing is kept for it.
    fn buyer_salt(&self, tag: Tag) -> [u8; 16] {
        let whole = self.purpose_of("publisher/salt", &[&tag.0]);
        let mut salt = [0; 16];
        salt.copy_from_slice(&whole.expose()[..16]);
        salt
    }

    /// Under which name a seller shall note what is bought under `tag`.
    pub(crate) fn buyer(&self, publisher: PartyId, tag: Tag) -> Hash {
        fact::buyer(&self.holder(publisher).verify_key(), &self.buyer_salt(tag))
    }

    /// The seller's word for a purchase, if it is the seller's and about this card's name. One that is not is no fact and
    /// no reason to refuse what was paid for.
    pub(crate) fn noted(
        &self,
        paid: &Paid,
        publisher: PartyId,
        word: Option<&BoughtWord>,
        giver: &Giver,
    ) -> Option<Bought> {
        let tag = paid.pay.receiver;
        let word = word.filter(|w| w.holds(&giver.sign, self.realm, publisher, self.buyer(publisher, tag)))?;
        Some(Bought {
            seller: PartyId(giver.subject),
            at: word.at,
            salt: self.buyer_salt(tag),
            signature: word.signature,
        })
    }

    /// What this card claims under `tag`, sealed to the publisher; nothing where its facts say nothing.
    pub(crate) fn claim_facts(
        &self,
        (publisher, to): (PartyId, &SealTo),
        tag: Tag,
        facts: Facts,
        route: Route,
        now: Moment,
    ) -> Result<Option<Claim>, Fault> {
        let Some(facts) = fact::to_prove(facts, route) else {
            return Ok(None);
        };
        let who = Claimant {
            realm: self.realm,
            publisher,
            to,
            tag,
            signer: &self.tag_signer(tag),
            holder: &self.holder(publisher),
            reached: self.image.state.reached(publisher).map(|word| (word, now)),
        };
        let secret = self.purpose_of("publisher/claim", &[&tag.0]);
        Claim::make(&who, facts, self.image.state.proofs(publisher), &secret)
            .map(Some)
            .map_err(|_| Fault::Seal)
    }

    /// The giver's claim, ready to be kept with this payment.
    pub(crate) fn claimed_by_giver(checked: &Checked, deal: DealId) -> Option<Claimed> {
        checked.claimed.clone().map(|claimed| Claimed { deal, ..claimed })
    }
}

/// Another card's claim beside its facts. `Err`: its facts should be under a signed seal, and are not.
pub(crate) fn claimed(
    (publisher, tag): (PartyId, Tag),
    (facts, route): (Facts, Route),
    claim: Option<&Claim>,
    key: &VerifyKey,
    realm: units::RealmId,
    (first, last): (Moment, Moment),
) -> Result<Option<Claimed>, Unsealed> {
    let Some(facts) = fact::to_prove(facts, route) else {
        return Ok(None);
    };
    let claimed = Claimed {
        deal: DealId::default(),
        publisher,
        tag,
        facts,
        claim: claim.ok_or(Unsealed)?.clone(),
    };
    // Provider information is claimed for a moment, which must be this deal's.
    let of_this_deal = match claimed.claim.at {
        Some(at) => facts.provider && first <= at && at <= last,
        None => !facts.provider,
    };
    if of_this_deal && claimed.is_signed(key, realm) {
        Ok(Some(claimed))
    } else {
        Err(Unsealed)
    }
}

/// Facts that nobody could ever be held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the other card says when or how often it bought, and does not sign it under its publisher's seal")]
pub struct Unsealed;
