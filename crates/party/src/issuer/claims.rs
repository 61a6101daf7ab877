//! Claims: what cards say of themselves where it moves fares (SD-15, SD-16) goes to the publisher it is sealed to. The issuer
//! cannot read it. It knows whose tag signed it, and notes what the publisher proves to be a lie.

use deal::fact::{Claimed, Claims, Judged, Verdict};
use seal::{Kind, cbor, role};
use store::{Fault, Keys, Map, Table, Tx, Value};
use units::{Hash, Moment, PartyId};

use super::{Issuer, Then, card::TAGS, fraud::Proof};
use crate::errand::{self, ErrandId, Reply, Step, Verb};

/// A claim that waits to be passed on.
#[derive(Debug, Clone, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub(super) struct Waiting(#[n(0)] Claimed);
impl Value for Waiting {}

/// By publisher and name of the claim.
pub(super) const CLAIMS: Map<(PartyId, Hash), Waiting> = Map::new(Table::new("issuer_claims"));

/// Passed on in one message: with the longest claims far less than a message holds.
const AT_ONCE: usize = 16;
/// Looked at in one sweep.
const SWEEP: usize = 1000;

impl Issuer {
    /// Takes in what a card reports of others. What no tag of this issuer signed is nobody's word.
    pub(super) fn take_claims(&self, tx: &mut dyn Tx, claims: &[Claimed]) -> Result<(), Fault> {
        for claimed in claims {
            let Some(tag) = TAGS.get(tx, &claimed.tag)? else {
                continue;
            };
            if claimed.is_signed(&tag.sign, self.desk.realm_id()) {
                CLAIMS.put(tx, &(claimed.publisher, claimed.id()), &Waiting(claimed.clone()))?;
            }
        }
        Ok(())
    }

    /// Writes what waits to the collectors of its publishers: those that have one, a few claims at a time.
    pub(super) fn pass_claims(&self, tx: &mut dyn Tx, now: Moment) -> Result<(), Fault> {
        let waiting = CLAIMS.range(tx, Keys::all(), SWEEP)?;
        for of in waiting.chunk_by(|((a, _), _), ((b, _), _)| a == b) {
            let Some(((publisher, _), _)) = of.first() else {
                continue;
            };
            let publisher = *publisher;
            let known = self.desk.known(tx)?;
            let id = ErrandId::of("claims", &publisher.0);
            if known.certified::<role::Collector>(publisher, now).is_none() || errand::open(tx, id)?.is_some() {
                continue;
            }
            let some = of.iter().take(AT_ONCE);
            let claims = Claims {
                publisher,
                claims: some.clone().map(|(_, waiting)| waiting.0.clone()).collect(),
            };
            let body = self.voice().letter(Kind::Facts, publisher, &claims);
            let then = cbor::to_bytes(&Then::Judged(claims));
            errand::post(tx, id, publisher, Verb::Facts, body, then, now)?;
            for (key, _) in some {
                CLAIMS.delete(tx, key)?;
            }
        }
        Ok(())
    }

    /// The publisher's word. A lie counts once it is shown: the words under the seal, which do not prove what was claimed.
    /// What it only calls unreadable is its word against a card's, and names nobody.
    pub(super) fn judged(
        &self,
        tx: &mut dyn Tx,
        id: ErrandId,
        claims: &Claims,
        reply: Reply<'_>,
        now: Moment,
    ) -> Result<Step, Fault> {
        let Reply::Answer(answer) = reply else {
            return Ok(Step::NotYet(errand::later(tx, id, now)?));
        };
        let (known, realm) = (self.desk.known(tx)?, self.desk.realm_id());
        let said = known
            .ever_certified::<role::Collector>(claims.publisher)
            .and_then(|collector| {
                let parsed = seal::parse::<Judged>(answer, Kind::FactsJudged, realm).ok()?;
                parsed.verify(collector.sign(), self.keys.audience()).ok()
            });
        let of = said.and_then(|judged| {
            let publisher = known.trust.check_ever::<role::Publisher>(&judged.publisher).ok()?;
            (publisher.subject() == claims.publisher.0).then(|| (*publisher.seal(), judged.verdicts))
        });
        let (to, verdicts) = of.unzip();
        for (claimed, verdict) in claims.claims.iter().zip(verdicts.unwrap_or_default()) {
            let (Verdict::Lie(words), Some(to)) = (&verdict, &to) else {
                continue;
            };
            let seller = |id| known.ever_certified::<role::Seller>(id).map(|seller| *seller.sign());
            let tag = TAGS.get(tx, &claimed.tag)?;
            if let Some(tag) = tag.filter(|_| claimed.is_a_lie_shown(words, to, realm, seller)) {
                self.found(tx, tag.card, Proof::Facts(claimed.deal), now)?;
            }
        }
        errand::finish(tx, id)?;
        Ok(Step::Answer(Vec::new()))
    }
}
