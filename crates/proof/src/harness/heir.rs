//! Heir: a holder whose card is gone gets another, and it takes the lost one's place: by the code on his paper, over the same
//! network that loses, repeats and delays everything else. What the lost card had comes back bit by bit: its copy, the
//! issuer's rulings, gifts that come to light later (clearance, field 9), its sellers' word for licenses that wait.

use std::collections::BTreeSet;

use card::RecoveryCode;
use deal::lost::Claimed;
use party::errand::Verb;
use units::{DealId, LicenseId, PartyId};

use super::{
    person::{Awaited, Person},
    scene::Scene,
};

/// Whose place a card takes.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The holder whose card is gone.
    pub(super) of: usize,
    /// The code on his paper.
    code: String,
    /// His statement of the loss, once it was made.
    proof: Option<Vec<u8>>,
    /// Does his program ask again how the loss stands? One that does not still hears of gifts at every contact.
    asks_again: bool,
}

/// What was claimed of the issuer.
#[derive(Debug, Clone)]
pub(super) enum Claim {
    /// To keep a copy in which these payments are open.
    Keep(BTreeSet<DealId>),
    /// A loss.
    Loss,
    /// Its word for licenses that wait.
    Vouch,
}

impl Person {
    /// This card shall take the place of that one.
    pub fn inherits(&mut self, lost: &Self) {
        self.place = Some(Place {
            of: lost.number,
            code: lost.recovery().to_owned(),
            proof: None,
            asks_again: self.number.is_multiple_of(2),
        });
    }

    /// Does this card take another's place?
    pub const fn is_heir(&self) -> bool {
        self.place.is_some()
    }

    /// Leaves a recovery copy with the issuer.
    pub fn keeps_copy(&mut self, scene: &mut Scene) {
        let (seed, now, issuer) = (self.seed(scene), scene.now, self.issuer);
        let Some(card) = &self.card else { return };
        let open = card.state().paid.iter().map(|paid| paid.deal).collect();
        if let Ok(claim) = card.keep_copy(now, &seed) {
            self.asks(scene, issuer, Verb::Claim, claim, Awaited::Claimed(Claim::Keep(open)));
        }
    }

    /// States the loss, or asks how it stands; and asks for licenses that wait.
    pub fn follows_loss(&mut self, scene: &mut Scene) {
        let (seed, other, now, issuer) = (self.seed(scene), self.seed(scene), scene.now, self.issuer);
        let (Some(card), Some(place)) = (&self.card, &mut self.place) else {
            return;
        };
        if place.proof.is_none() {
            place.proof = card.state_loss(&RecoveryCode(place.code.clone()), now).ok();
        }
        let Some(proof) = place.proof.clone() else { return };
        let is_taken = card.losses().any(|elder| elder.proof.as_slice() == proof.as_slice());
        let claim = card.claim_lost(&proof, card.open_of_elder(&proof), &seed);
        let vouch = card.claim_vouch(&other);
        if let (Ok(claim), true) = (claim, place.asks_again || !is_taken) {
            self.asks(scene, issuer, Verb::Claim, claim, Awaited::Claimed(Claim::Loss));
        }
        if let Ok(Some(claim)) = vouch {
            self.asks(scene, issuer, Verb::Claim, claim, Awaited::Claimed(Claim::Vouch));
        }
    }

    /// The issuer answers a claim.
    pub(super) fn is_claimed(&mut self, scene: &mut Scene, bytes: &[u8], claim: &Claim) {
        let (seed, now, number) = (self.seed(scene), scene.now, self.number);
        let Some(card) = &mut self.card else { return };
        let answer = match card.read_claimed(bytes) {
            Ok(answer) => answer,
            Err(no) => return scene.say(|| format!("card {number} does not take what was claimed: {no}")),
        };
        match (answer, claim) {
            (Claimed::Kept(_), Claim::Keep(open)) => scene.log.kept(number, open),
            (Claimed::Lost(loss), Claim::Loss) => {
                let Some(Place {
                    of,
                    code,
                    proof: Some(proof),
                    ..
                }) = &self.place
                else {
                    return;
                };
                let took = if card.losses().any(|elder| elder.proof.as_slice() == proof.as_slice()) {
                    card.take_loss(&loss, now, &seed).map(|_| ())
                } else {
                    scene.log.takes_place(number, *of);
                    let (code, copy) = (
                        RecoveryCode(code.clone()),
                        loss.copy.as_ref().map(|copy| copy.as_slice()),
                    );
                    card.recover(&code, copy, proof, &loss, now, &seed).map(|_| ())
                };
                scene.say(|| format!("card {number} in the place of card {of}: {took:?}"));
            }
            (Claimed::Vouched(words, _), Claim::Vouch) => {
                for word in words {
                    self.asks_seller(scene, &word);
                }
            }
            _ => {}
        }
    }

    /// Asks the seller of a license to make it out to this card.
    fn asks_seller(&mut self, scene: &mut Scene, word: &[u8]) {
        let seed = self.seed(scene);
        let (Some(card), Some((shop, certificate))) = (&self.card, &self.seller) else {
            return;
        };
        let of = |seller: PartyId| (seller == *shop).then(|| certificate.clone());
        if let Ok(Some((license, seller, letter))) = card.ask_confirm(word, of, &seed) {
            self.asks(scene, seller, Verb::Confirm, letter, Awaited::Confirmed(license));
        }
    }

    /// A seller answers.
    pub(super) fn is_confirmed(&mut self, scene: &mut Scene, bytes: &[u8], license: LicenseId) {
        let (seed, now, number) = (self.seed(scene), scene.now, self.number);
        let Some(card) = &mut self.card else { return };
        let standing = card.take_confirmed(license, bytes, now, &seed);
        scene.say(|| format!("card {number}: license {} is {standing:?}", license.short()));
    }
}
