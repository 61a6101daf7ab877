//! Facts that can be proven: where fares go may depend on when, and how often, a card bought from a publisher (SD-15,
//! SD-16). Cards believe one another; but what a card says of itself travels with a seal that its publisher alone opens,
//! and inside lies the sellers' word for it. So a card that lied can be shown to have lied, and nobody on the way can tell
//! by it which card is which.
//!
//! | thing | made by | shown to |
//! |---|---|---|
//! | [`Bought`] | a seller, about a name that only card and publisher can know again | the publisher |
//! | [`Reached`] | the same, when a wallet was at its server: provider information, for a while (SD-16) | the publisher |
//! | [`Claim`] | the card, new for every deal | the other card: that it is there, and signed |
//! | [`Claimed`] | the other card, when the fare goes to whoever claimed | issuer, then publisher |

use alloc::vec::Vec;
use license::Route;
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{NotOpened, Opener, SealTo, Seed, Signer, VerifyKey, cbor};
use units::{ContentId, DealId, Hash, Moment, PartyId, RealmId, Tag};

use crate::Facts;

/// As many purchases from one publisher as a card can prove; more count as this many.
pub const PROVEN_MAX: usize = 64;
/// The most bytes of others' claims that a card keeps until its next report.
pub const CLAIMS_MAX: usize = 12 << 10;
const PURPOSE: &str = "keyfare/1/facts";

/// A seller's word that somebody bought from a publisher, against a price.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Bought {
    /// Whose word it is.
    #[n(0)]
    pub seller: PartyId,
    /// When.
    #[n(1)]
    pub at: Moment,
    /// What, with the card's name for this publisher, gives the name the seller signed: another for every purchase.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub salt: [u8; 16],
    /// The seller's signature.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub signature: [u8; 64],
}

/// As it comes with a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct BoughtWord {
    /// When.
    #[n(0)]
    pub at: Moment,
    /// The seller's signature.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub signature: [u8; 64],
}

/// A server's word that a card's wallet was there: that this card has provider information of a publisher (SD-16). The server
/// is one that is certified to sell his works; so a card cannot say it of itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Reached {
    /// Whose word it is.
    #[n(0)]
    pub server: PartyId,
    /// Since when it holds.
    #[n(1)]
    pub from: Moment,
    /// Until when.
    #[n(2)]
    pub until: Moment,
    /// What, with the card's name for this publisher, gives the name the server signed.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub salt: [u8; 16],
    /// The server's signature.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub signature: [u8; 64],
}

/// As the server says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct ReachedWord {
    /// Since when it holds.
    #[n(0)]
    pub from: Moment,
    /// Until when.
    #[n(1)]
    pub until: Moment,
    /// The server's signature.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub signature: [u8; 64],
}

/// A wallet is at a publisher's server, and asks it to say so. Unsigned: who asks is nobody to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ReachedAsk {
    /// A work of that publisher's which the server sells.
    #[n(0)]
    pub content: ContentId,
    /// The card's name for the publisher, another one each time.
    #[n(1)]
    pub name: Hash,
}

/// The server's answer. Unsigned as a whole: the word in it is signed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ReachedSheet {
    /// For which publisher.
    #[n(0)]
    pub publisher: PartyId,
    /// The word.
    #[n(1)]
    pub word: ReachedWord,
    /// The server's certificate.
    #[n(2)]
    pub certificate: ByteVec,
}

fn reached_words(realm: RealmId, publisher: PartyId, name: Hash, from: Moment, until: Moment) -> Vec<u8> {
    cbor::to_bytes(&("keyfare/1/reached", realm, publisher, name, from, until))
}

impl ReachedWord {
    /// A server's word for a publisher it sells for, about the card of this name, from one moment to another.
    pub fn sign(
        server: &Signer,
        realm: RealmId,
        publisher: PartyId,
        name: Hash,
        (from, until): (Moment, Moment),
    ) -> Self {
        let signature = server.sign_raw(&reached_words(realm, publisher, name, from, until));
        Self { from, until, signature }
    }
    /// Did the server with this key say so?
    pub fn holds(&self, server: &VerifyKey, realm: RealmId, publisher: PartyId, name: Hash) -> bool {
        let words = reached_words(realm, publisher, name, self.from, self.until);
        server.verifies(&words, &self.signature)
    }
}

/// The name under which a card buys: of the key it has for this publisher alone, and a salt of its own for each purchase,
/// so that no seller knows it again.
pub fn buyer(holder: &VerifyKey, salt: &[u8; 16]) -> Hash {
    seal::hash_parts(&[b"keyfare/1/buyer", &holder.0, salt])
}

fn bought_words(realm: RealmId, publisher: PartyId, buyer: Hash, at: Moment) -> Vec<u8> {
    cbor::to_bytes(&("keyfare/1/bought", realm, publisher, buyer, at))
}

impl BoughtWord {
    /// A seller's word about a purchase from `publisher`.
    pub fn sign(seller: &Signer, realm: RealmId, publisher: PartyId, buyer: Hash, at: Moment) -> Self {
        let signature = seller.sign_raw(&bought_words(realm, publisher, buyer, at));
        Self { at, signature }
    }
    /// Did the seller with this key say so?
    pub fn holds(&self, seller: &VerifyKey, realm: RealmId, publisher: PartyId, buyer: Hash) -> bool {
        seller.verifies(&bought_words(realm, publisher, buyer, self.at), &self.signature)
    }
}

/// What the publisher finds under the seal.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Proof {
    /// The card's key for this publisher.
    #[n(0)]
    pub holder: VerifyKey,
    /// Sellers' words: the latest for a rule that looks at the time, all for one that counts.
    #[n(1)]
    pub bought: Vec<Bought>,
    /// By that key, over the tag that claims.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub signature: [u8; 64],
    /// Seed of the seal: with it the publisher can show others what he found under it.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub seed: [u8; 32],
    /// A server's word, if provider information is claimed.
    #[n(4)]
    pub reached: Option<Reached>,
}

/// What travels with a quote or a payment beside its facts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Claim {
    /// A [`Proof`], sealed to the publisher.
    #[n(0)]
    pub sealed: ByteVec,
    /// By the tag that claims, over facts and seal: it cannot be taken back.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub signature: [u8; 64],
    /// When it was made, if provider information is claimed: the server's word must have held then.
    #[n(2)]
    pub at: Option<Moment>,
}

/// Another card's claim, kept until the next report by the card whose fare it moved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Claimed {
    /// Moved by it.
    #[n(0)]
    pub deal: DealId,
    /// Whose fares.
    #[n(1)]
    pub publisher: PartyId,
    /// Whose claim.
    #[n(2)]
    pub tag: Tag,
    /// What it claims: what the rule looks at, nothing else.
    #[n(3)]
    pub facts: Facts,
    /// With its seal.
    #[n(4)]
    pub claim: Claim,
}

fn holder_words(realm: RealmId, publisher: PartyId, tag: Tag) -> Vec<u8> {
    cbor::to_bytes(&("keyfare/1/holder", realm, publisher, tag))
}
fn claim_words(
    realm: RealmId,
    publisher: PartyId,
    tag: Tag,
    facts: &Facts,
    sealed: &[u8],
    at: Option<Moment>,
) -> Vec<u8> {
    let sealed = seal::hash(sealed);
    match at {
        None => cbor::to_bytes(&("keyfare/1/claim", realm, publisher, tag, facts, sealed)),
        Some(at) => cbor::to_bytes(&("keyfare/1/claim", realm, publisher, tag, facts, sealed, at)),
    }
}
fn bound(publisher: PartyId, tag: Tag) -> Vec<u8> {
    cbor::to_bytes(&(publisher, tag))
}

/// What of a card's facts has to be proven under this rule; nothing, if it says "never".
pub fn to_prove(facts: Facts, route: Route) -> Option<Facts> {
    let facts = facts.only_for(route);
    (facts != Facts::default()).then_some(facts)
}

/// Who claims, to whom, and by what.
#[derive(Debug)]
pub struct Claimant<'a> {
    /// The realm.
    pub realm: RealmId,
    /// Whose fares.
    pub publisher: PartyId,
    /// The publisher's key.
    pub to: &'a SealTo,
    /// The tag of this deal.
    pub tag: Tag,
    /// Its key.
    pub signer: &'a Signer,
    /// The card's key for this publisher.
    pub holder: &'a Signer,
    /// The server's word it has of this publisher, and now.
    pub reached: Option<(&'a Reached, Moment)>,
}

impl Claim {
    /// Claims `facts`. `bought`: every word this card has of this publisher; as few as prove the facts go along. `secret`:
    /// what the seal is made from, of this card's own and for this tag alone.
    pub fn make(who: &Claimant<'_>, facts: Facts, bought: &[Bought], secret: &seal::Secret) -> Result<Self, NotOpened> {
        let mut words: Vec<Bought> = bought.to_vec();
        words.sort_by_key(|word| core::cmp::Reverse(word.at));
        words.truncate(usize::try_from(facts.count).unwrap_or(PROVEN_MAX).max(1));
        let mut proof = Proof {
            holder: who.holder.verify_key(),
            bought: words,
            signature: who.holder.sign_raw(&holder_words(who.realm, who.publisher, who.tag)),
            seed: [0; 32],
            reached: who.reached.filter(|_| facts.provider).map(|(word, _)| word.clone()),
        };
        let at = who.reached.filter(|_| facts.provider).map(|(_, now)| now);
        // One seed for each content: whatever else the tag says, it never seals two things with one.
        let content = seal::hash(&cbor::to_bytes(&proof));
        proof.seed = *secret.derive("facts/seal", &[&content.0]).expose();
        let (plain, seed) = (cbor::to_bytes(&proof), Seed::new(proof.seed));
        let sealed = seal::seal_to(who.to, PURPOSE, &bound(who.publisher, who.tag), &plain, &seed)?;
        let signature = who
            .signer
            .sign_raw(&claim_words(who.realm, who.publisher, who.tag, &facts, &sealed, at));
        Ok(Self {
            sealed: sealed.into(),
            signature,
            at,
        })
    }
}

impl Claimed {
    /// Is it this tag's own word? `key`: the tag's.
    pub fn is_signed(&self, key: &VerifyKey, realm: RealmId) -> bool {
        let claim = &self.claim;
        let words = claim_words(realm, self.publisher, self.tag, &self.facts, &claim.sealed, claim.at);
        key.verifies(&words, &self.claim.signature)
    }

    /// Its name in a clearance.
    pub fn id(&self) -> Hash {
        seal::hash(&cbor::to_bytes(self))
    }

    /// What the publisher finds, and the words that show it. `seller`: keys of sellers, as the registry certified them.
    pub fn judge(&self, opener: &Opener, realm: RealmId, seller: impl FnMut(PartyId) -> Option<VerifyKey>) -> Verdict {
        let plain = seal::open_from(opener, PURPOSE, &bound(self.publisher, self.tag), &self.claim.sealed);
        let Ok(plain) = plain else {
            return Verdict::Unreadable;
        };
        match cbor::from_bytes::<Proof>(&plain) {
            Err(_) => Verdict::Unreadable,
            Ok(proof) if self.is_shown_by(&proof, realm, seller) => Verdict::True,
            Ok(_) => Verdict::Lie(plain.into()),
        }
    }

    /// Do these words, which a publisher shows, lie under this claim's seal, and do they not prove it? `to`: the publisher's
    /// key, as the registry certified it. So a publisher proves a lie to others, and cannot make one up.
    pub fn is_a_lie_shown(
        &self,
        plain: &[u8],
        to: &SealTo,
        realm: RealmId,
        seller: impl FnMut(PartyId) -> Option<VerifyKey>,
    ) -> bool {
        let Ok(proof) = cbor::from_bytes::<Proof>(plain) else {
            return false;
        };
        let bound = bound(self.publisher, self.tag);
        let again = seal::seal_to(to, PURPOSE, &bound, plain, &Seed::new(proof.seed));
        again.is_ok_and(|sealed| sealed == self.claim.sealed.as_slice()) && !self.is_shown_by(&proof, realm, seller)
    }

    fn is_shown_by(&self, proof: &Proof, realm: RealmId, mut seller: impl FnMut(PartyId) -> Option<VerifyKey>) -> bool {
        let own = holder_words(realm, self.publisher, self.tag);
        let mut salts: Vec<[u8; 16]> = proof.bought.iter().map(|word| word.salt).collect();
        salts.sort_unstable();
        salts.dedup();
        let reached = !self.facts.provider || self.was_reached(proof, realm, &mut seller);
        let mut said = |word: &Bought| {
            let of = BoughtWord {
                at: word.at,
                signature: word.signature,
            };
            let name = buyer(&proof.holder, &word.salt);
            seller(word.seller).is_some_and(|key| of.holds(&key, realm, self.publisher, name))
        };
        let counts = u32::try_from(proof.bought.len()).unwrap_or(u32::MAX) >= self.facts.count;
        let dates = self.facts.last.is_none() || proof.bought.iter().map(|word| word.at).max() == self.facts.last;
        salts.len() == proof.bought.len()
            && proof.bought.len() <= PROVEN_MAX
            && counts
            && reached
            && dates
            && proof.holder.verifies(&own, &proof.signature)
            && proof.bought.iter().all(&mut said)
    }
}

impl Claimed {
    /// Did a server say that this card's wallet was there, and did its word hold when the card claimed it?
    fn was_reached(
        &self,
        proof: &Proof,
        realm: RealmId,
        seller: &mut impl FnMut(PartyId) -> Option<VerifyKey>,
    ) -> bool {
        let (Some(reached), Some(at)) = (&proof.reached, self.claim.at) else {
            return false;
        };
        let word = ReachedWord {
            from: reached.from,
            until: reached.until,
            signature: reached.signature,
        };
        let name = buyer(&proof.holder, &reached.salt);
        let said = seller(reached.server).is_some_and(|key| word.holds(&key, realm, self.publisher, name));
        said && reached.from <= at && at <= reached.until
    }
}

/// What a claim is worth.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Verdict {
    /// Sellers say so.
    #[n(0)]
    True,
    /// Sellers do not say so, or say something else: the words that were found under the seal.
    #[n(1)]
    Lie(#[n(0)] ByteVec),
    /// There is nothing under the seal that its publisher could read; he cannot prove that to others.
    #[n(2)]
    Unreadable,
}

/// Claims that one issuer passes on to a publisher's collector: signed by it (kind facts).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Claims {
    /// Whose fares they moved.
    #[n(0)]
    pub publisher: PartyId,
    /// The claims.
    #[n(1)]
    pub claims: Vec<Claimed>,
}

/// What the publisher found: signed by its collector (kind facts judged), for that issuer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Judged {
    /// The publisher's certificate: to its key the claims were sealed.
    #[n(0)]
    pub publisher: ByteVec,
    /// One for each claim, in their order; none at all where nobody can open the publisher's seal.
    #[n(1)]
    pub verdicts: Vec<Verdict>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use seal::Secret;

    const REALM: RealmId = RealmId([7; 16]);
    const PUBLISHER: PartyId = PartyId([1; 16]);
    const SELLER: PartyId = PartyId([2; 16]);
    const TAG: Tag = Tag([3; 16]);

    fn signer(n: u8) -> Signer {
        Signer::new(&Secret::new([n; 32]))
    }
    fn publisher() -> Opener {
        Opener::new(&Secret::new([9; 32]))
    }
    fn word(holder: u8, salt: u8, at: u64, seller: u8) -> Bought {
        let name = buyer(&signer(holder).verify_key(), &[salt; 16]);
        let said = BoughtWord::sign(&signer(seller), REALM, PUBLISHER, name, Moment(at));
        Bought {
            seller: SELLER,
            at: said.at,
            salt: [salt; 16],
            signature: said.signature,
        }
    }
    fn facts(last: Option<u64>, count: u32) -> Facts {
        Facts {
            last: last.map(Moment),
            count,
            ..Facts::default()
        }
    }
    fn claimed(holder: u8, facts: Facts, bought: &[Bought]) -> Claimed {
        claimed_with(holder, facts, bought, None)
    }
    fn claimed_with(holder: u8, facts: Facts, bought: &[Bought], reached: Option<(&Reached, Moment)>) -> Claimed {
        let (tag, own, to) = (signer(4), signer(holder), publisher().seal_to());
        let who = Claimant {
            realm: REALM,
            publisher: PUBLISHER,
            to: &to,
            tag: TAG,
            signer: &tag,
            holder: &own,
            reached,
        };
        Claimed {
            deal: DealId([8; 32]),
            publisher: PUBLISHER,
            tag: TAG,
            facts,
            claim: Claim::make(&who, facts, bought, &Secret::new([6; 32])).unwrap(),
        }
    }
    fn judged(claimed: &Claimed) -> Verdict {
        claimed.judge(&publisher(), REALM, |id| (id == SELLER).then(|| signer(5).verify_key()))
    }

    /// proves: SD-15 row-21
    #[test]
    fn what_sellers_said_is_true_and_everything_else_names_its_card() {
        let real = [word(4, 1, 10, 5), word(4, 2, 20, 5), word(4, 3, 15, 5)];
        for (what, facts, bought, holds) in [
            ("the latest", facts(Some(20), 0), real.to_vec(), true),
            ("how often", facts(None, 3), real.to_vec(), true),
            ("both", facts(Some(20), 3), real.to_vec(), true),
            ("later than was", facts(Some(21), 0), real.to_vec(), false),
            ("once more than was", facts(None, 4), real.to_vec(), false),
            ("nothing to show", facts(Some(20), 0), vec![], false),
            (
                "one word twice",
                facts(None, 2),
                vec![real[0].clone(), real[0].clone()],
                false,
            ),
            ("another card's", facts(Some(20), 0), vec![word(7, 1, 20, 5)], false),
            ("nobody's word", facts(Some(20), 0), vec![word(4, 1, 20, 6)], false),
        ] {
            let claimed = claimed(4, facts, &bought);
            assert!(claimed.is_signed(&signer(4).verify_key(), REALM), "{what}");
            let verdict = judged(&claimed);
            assert_eq!(verdict == Verdict::True, holds, "{what}: {verdict:?}");
            // What the publisher shows convinces others: of a lie, never of an honest card's.
            if let Verdict::Lie(words) = verdict {
                let key = |id| (id == SELLER).then(|| signer(5).verify_key());
                let to = publisher().seal_to();
                assert!(claimed.is_a_lie_shown(&words, &to, REALM, key), "{what}");
                let honest = super::tests::claimed(4, super::tests::facts(Some(20), 3), &real);
                assert!(!honest.is_a_lie_shown(&words, &to, REALM, key), "{what}");
            }
        }
    }

    fn reached(holder: u8, by: u8, (from, until): (u64, u64)) -> Reached {
        let name = buyer(&signer(holder).verify_key(), &[9; 16]);
        let held = (Moment(from), Moment(until));
        let said = ReachedWord::sign(&signer(by), REALM, PUBLISHER, name, held);
        Reached {
            server: SELLER,
            from: said.from,
            until: said.until,
            salt: [9; 16],
            signature: said.signature,
        }
    }

    /// proves: SD-16 row-21
    #[test]
    fn provider_information_is_true_only_by_a_servers_word_that_held_when_it_was_claimed() {
        let provider = Facts {
            provider: true,
            ..Facts::default()
        };
        let own = reached(4, 5, (100, 200));
        let mut longer = own.clone();
        longer.until = Moment(999);
        for (what, word, at, holds) in [
            ("a server's word", Some(own.clone()), 150, true),
            ("on its last moment", Some(own.clone()), 200, true),
            ("after it", Some(own.clone()), 201, false),
            ("before it", Some(own.clone()), 99, false),
            ("its end moved", Some(longer), 300, false),
            ("another card's", Some(reached(7, 5, (100, 200))), 150, false),
            ("its own word", Some(reached(4, 4, (100, 200))), 150, false),
            ("nobody's", None, 150, false),
        ] {
            let claimed = claimed_with(4, provider, &[], word.as_ref().map(|word| (word, Moment(at))));
            assert!(claimed.is_signed(&signer(4).verify_key(), REALM), "{what}");
            let verdict = judged(&claimed);
            assert_eq!(verdict == Verdict::True, holds, "{what}: {verdict:?}");
            if let Verdict::Lie(words) = verdict {
                let key = |id| (id == SELLER).then(|| signer(5).verify_key());
                assert!(
                    claimed.is_a_lie_shown(&words, &publisher().seal_to(), REALM, key),
                    "{what}"
                );
            }
            // When it was claimed cannot be said otherwise afterwards.
            let mut moved = claimed;
            moved.claim.at = Some(Moment(150 + at));
            assert!(!moved.is_signed(&signer(4).verify_key(), REALM), "{what}");
        }
        // The word for another publisher, and one that a seller gave for a purchase, are not it.
        let name = buyer(&signer(4).verify_key(), &[9; 16]);
        let elsewhere = ReachedWord::sign(&signer(5), REALM, PartyId([2; 16]), name, (Moment(100), Moment(200)));
        let bought = BoughtWord::sign(&signer(5), REALM, PUBLISHER, name, Moment(100));
        for signature in [elsewhere.signature, bought.signature] {
            let word = Reached {
                signature,
                ..own.clone()
            };
            let claimed = claimed_with(4, provider, &[], Some((&word, Moment(150))));
            assert!(matches!(judged(&claimed), Verdict::Lie(_)));
        }
    }

    /// proves: row-21
    #[test]
    fn a_claim_cannot_be_taken_back_changed_or_read_by_others() {
        let real = [word(4, 1, 10, 5)];
        let honest = claimed(4, facts(Some(10), 1), &real);
        let key = signer(4).verify_key();
        let mut other = honest.clone();
        other.facts.count = 2;
        assert!(!other.is_signed(&key, REALM));
        assert!(!honest.is_signed(&signer(5).verify_key(), REALM));
        let mut empty = honest.clone();
        empty.claim.sealed = ByteVec::from(Vec::new());
        assert!(!empty.is_signed(&key, REALM));
        assert_eq!(judged(&empty), Verdict::Unreadable);
        // Under another tag neither seal nor holder's word counts: nobody borrows a friend's past.
        let mut borrowed = honest.clone();
        borrowed.tag = Tag([5; 16]);
        assert_eq!(judged(&borrowed), Verdict::Unreadable);
        let nosy = Opener::new(&Secret::new([8; 32]));
        assert_eq!(honest.judge(&nosy, REALM, |_| None), Verdict::Unreadable);
    }

    #[test]
    fn only_the_latest_word_goes_along_where_the_rule_looks_at_the_time() {
        let many: Vec<Bought> = (0..50).map(|n| word(4, n, u64::from(n), 5)).collect();
        let by_time = claimed(4, facts(Some(49), 0), &many);
        let by_count = claimed(4, facts(None, 50), &many);
        assert!(by_time.claim.sealed.len() < 340, "{}", by_time.claim.sealed.len());
        assert_eq!((judged(&by_time), judged(&by_count)), (Verdict::True, Verdict::True));
        assert_eq!(to_prove(facts(Some(3), 2), Route::Chain), None);
        assert_eq!(to_prove(facts(None, 0), Route::Count), None);
        assert_eq!(to_prove(facts(Some(3), 2), Route::Count), Some(facts(None, 2)));
    }
}
