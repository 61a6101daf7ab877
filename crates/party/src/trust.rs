//! Trust registry: says of enterprises whether they are trusted (ST-13, ST-14). Every answer is signed and names its question,
//! so any relay may carry it and no old answer passes for a new one.
//!
//! Run by: whomever carriers choose to believe; a carrier may run one itself. Needs: applications of enterprises, checked by
//! people. Adds: a number, the party it belongs to, and a yes or a no. Must not see: subscribers, purchases, amounts.
//!
//! Whoever has only an address finds number and party by it, and then asks. Neither proves anything: the question names the party
//! too, and the answer is yes only for the very party that is listed under that number.

use deal::enterprise::{EnterpriseNo, TrustAsk, TrustWord, say_trust};
use minicbor::{Decode, Encode};
use seal::{Seed, cbor};
use store::{Fault, Keys, Map, Part, Step as Change, Table, Tx, Value, View};
use units::{Again, Moment, PartyId, Refusal};

use crate::{
    Party, Refused,
    desk::Desk,
    errand::{ErrandId, Reply, Step, Verb},
    keys::PartyKeys,
};

/// A trusted enterprise.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Enterprise {
    /// Which party it is.
    #[n(0)]
    pub party: PartyId,
    /// Since when it is trusted.
    #[n(1)]
    pub since: Moment,
}
impl Value for Enterprise {}

const ENTERPRISES: Map<u32, Enterprise> = Map::new(Table::new("trust_enterprises"));
static PART: Part = Part::new("trust", &[Change::Create(&[ENTERPRISES.table()])]);

/// What a trust registry's store is opened with.
pub static PARTS: &[&Part] = &[&crate::desk::PART, &crate::errand::PART, &crate::epoch::PART, &PART];

/// Why a question is not answered, or a listing not taken, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustRefused {
    /// The registry is finding out what it forgot: a yes could have become a no.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// Not a question.
    #[error("this is no question about an enterprise: {0}")]
    Malformed(#[from] cbor::NotCanonical),
    /// The number belongs to another party.
    #[error("enterprise {0} is another party's number; take that one off the list first")]
    Taken(EnterpriseNo),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for TrustRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::Malformed(_) => "trust-ask-malformed",
            Self::Taken(_) => "enterprise-taken",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Fault(fault) => fault.again(),
            _ => Again::Never,
        }
    }
}
crate::refused::refusals!(TrustRefused);

/// A trust registry.
#[derive(Debug)]
pub struct TrustRegistry {
    keys: PartyKeys,
    desk: Desk,
}

impl TrustRegistry {
    /// The registry with these keys.
    pub const fn new(keys: PartyKeys, desk: Desk) -> Self {
        Self { keys, desk }
    }

    /// Its certificate.
    pub fn certificate(&self) -> &[u8] {
        self.keys.certificate()
    }

    /// Puts an enterprise on the list. The same again changes nothing.
    pub fn list(
        &self,
        tx: &mut dyn Tx,
        enterprise: EnterpriseNo,
        party: PartyId,
        now: Moment,
    ) -> Result<(), TrustRefused> {
        crate::epoch::require::<TrustRefused>(tx)?;
        match ENTERPRISES.get(tx, &enterprise.0)? {
            Some(listed) if listed.party == party => Ok(()),
            Some(_) => Err(TrustRefused::Taken(enterprise)),
            None => Ok(ENTERPRISES.put(tx, &enterprise.0, &Enterprise { party, since: now })?),
        }
    }

    /// Takes an enterprise off the list. True, if it was on it.
    pub fn strike(&self, tx: &mut dyn Tx, enterprise: EnterpriseNo) -> Result<bool, TrustRefused> {
        crate::epoch::require::<TrustRefused>(tx)?;
        Ok(ENTERPRISES.delete(tx, &enterprise.0)?)
    }

    /// Everybody on the list, by number.
    pub fn listed(&self, view: &mut dyn View) -> Result<Vec<(EnterpriseNo, Enterprise)>, Fault> {
        let all = ENTERPRISES.range(view, Keys::all(), usize::MAX)?;
        Ok(all.into_iter().map(|(no, row)| (EnterpriseNo(no), row)).collect())
    }

    /// Everybody on the list whose party answers at this address, as the realm's directory says, by number. It is a way to find
    /// the number and the party to ask about, and proves nothing: whoever answers there may be anybody by the next directory.
    pub fn listed_at(&self, view: &mut dyn View, address: &str) -> Result<Vec<(EnterpriseNo, Enterprise)>, Fault> {
        let plain = |address: &str| address.trim_end_matches('/').to_ascii_lowercase();
        let (known, wanted) = (self.desk.known(view)?, plain(address));
        let mut listed = self.listed(view)?;
        listed.retain(|(_, row)| {
            known
                .party(row.party)
                .is_some_and(|there| plain(&there.address) == wanted)
        });
        Ok(listed)
    }

    /// Answers a question: 1 or 0.
    pub fn answer(&self, view: &mut dyn View, ask: &[u8], now: Moment) -> Result<Vec<u8>, TrustRefused> {
        crate::epoch::require::<TrustRefused>(view)?;
        let asked: TrustAsk = cbor::from_bytes(ask)?;
        let listed = ENTERPRISES.get(view, &asked.enterprise.0)?;
        let word = TrustWord {
            trusted: listed.is_some_and(|row| row.party == asked.party),
            asked,
            at: now,
        };
        let (signer, certificate) = (self.keys.signer(), self.keys.certificate());
        Ok(say_trust(&word, self.desk.realm_id(), signer, certificate))
    }
}

impl Party for TrustRegistry {
    fn id(&self) -> PartyId {
        self.keys.id()
    }
    fn desk(&self) -> &Desk {
        &self.desk
    }
    fn parts(&self) -> &'static [&'static Part] {
        PARTS
    }
    fn serve(&self, tx: &mut dyn Tx, verb: Verb, body: &[u8], now: Moment, _: &Seed) -> Result<Step, Refused> {
        match verb {
            Verb::Trust => Ok(Step::Answer(self.answer(tx, body, now)?)),
            _ => Err(Refused::other_verb()),
        }
    }
    fn answered(&self, _: &mut dyn Tx, _: ErrandId, _: Reply<'_>, _: Moment, _: &Seed) -> Result<Step, Refused> {
        // It asks nobody.
        Err(Refused::other_verb())
    }
    fn audit(&self, view: &mut dyn View) -> Result<Vec<String>, Fault> {
        // A party may have several numbers; a number has one party by its key.
        ENTERPRISES.range(view, Keys::all(), 1).map(|_| Vec::new())
    }
}
