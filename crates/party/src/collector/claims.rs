//! Claims: by what cards say of their purchases fares may have come to the wrong one (SD-15, SD-16). The publisher alone
//! opens the seal; what it finds it tells the issuer, who knows the card.

use deal::fact::{Claims, Judged, Verdict};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Kind, Opener, role};
use store::{Counter, Fault, Tx, View};

use super::{COUNTERS, CollectRefused, Collector};
use crate::{door::NotRead, keys::PartyKeys};

const TRUE: Counter = Counter::new(COUNTERS, "claims-true");
const LIES: Counter = Counter::new(COUNTERS, "claims-lies");
const UNREADABLE: Counter = Counter::new(COUNTERS, "claims-unreadable");

/// What was found in claims so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(array)]
pub struct ClaimsFound {
    /// Sellers bear them out.
    #[n(0)]
    pub borne_out: u64,
    /// Shown to be false.
    #[n(1)]
    pub lies: u64,
    /// Nothing to be read under the seal.
    #[n(2)]
    pub unreadable: u64,
}

/// The publisher's own key to what cards seal to it, where the publisher entrusts its collector with that.
#[derive(Debug)]
pub(super) struct Opening {
    opener: Opener,
    certificate: Vec<u8>,
}

impl Opening {
    pub(super) fn of(keys: PartyKeys) -> Self {
        let certificate = keys.certificate().to_vec();
        Self {
            opener: keys.into_opener(),
            certificate,
        }
    }
}

impl Collector {
    /// Opens claims that the issuer passes on, and says what was found. Nothing is kept but how many there were. Without
    /// the publisher's key nothing is found, and that is the answer.
    pub(super) fn judge_claims(&self, tx: &mut dyn Tx, message: &[u8]) -> Result<Vec<u8>, CollectRefused> {
        crate::epoch::require::<CollectRefused>(tx)?;
        let (known, realm) = (self.desk.known(tx)?, self.desk.realm_id());
        let issuer = known
            .ever_certified::<role::Issuer>(self.config.issuer)
            .ok_or(CollectRefused::NoIssuer)?;
        let claims: Claims = seal::parse(message, Kind::Facts, realm)
            .and_then(|s| s.verify(issuer.sign(), self.keys.audience()))
            .map_err(NotRead::from)?;
        if !self.config.payees.contains(&claims.publisher) {
            return Err(CollectRefused::NotOurs);
        }
        let seller = |id| known.ever_certified::<role::Seller>(id).map(|seller| *seller.sign());
        let mut verdicts = Vec::new();
        if let Some(opening) = &self.opening {
            for claimed in &claims.claims {
                let verdict = claimed.judge(&opening.opener, realm, seller);
                match verdict {
                    Verdict::True => TRUE.next(tx)?,
                    Verdict::Lie(_) => LIES.next(tx)?,
                    Verdict::Unreadable => UNREADABLE.next(tx)?,
                };
                verdicts.push(verdict);
            }
        }
        let judged = Judged {
            publisher: ByteVec::from(self.opening.as_ref().map_or(Vec::new(), |o| o.certificate.clone())),
            verdicts,
        };
        Ok(self.voice().letter(Kind::FactsJudged, self.config.issuer, &judged))
    }

    /// What was found in claims so far.
    pub fn claims_found(&self, view: &mut dyn View) -> Result<ClaimsFound, Fault> {
        Ok(ClaimsFound {
            borne_out: TRUE.last(view)?,
            lies: LIES.last(view)?,
            unreadable: UNREADABLE.last(view)?,
        })
    }
}
