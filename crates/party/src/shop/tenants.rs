//! Tenants: a marketplace takes publishers in. One who keeps his keys himself shows his certificate, and sends what he has signed on
//! his own machine; one who leaves them with the shop has them made here, and the registry's people certify them.
//!
//! ```text
//!   take_in (name) ──► applicant: keys made here ── the registry's certificate ──► admit ──► tenant, keys here
//!   certificate of a publisher who has keys ─────────────────────────────────────► admit ──► tenant, keys his own
//! ```

use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Role, Secret, Seed, role};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Again, Moment, PartyId, Refusal};

use super::{
    Shop, Tenant,
    console::{EntrustRefused, TENANTS},
};
use crate::{
    keys::public_keys,
    registry::{self, id_of},
};

/// The most applicants at once.
const APPLICANTS_MAX: usize = 200;

/// A publisher whose keys were made here, and who has no certificate yet.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub struct Applicant {
    /// The name it is to be certified under.
    #[n(0)]
    pub name: String,
    #[n(1)]
    secret: ByteVec,
    /// Since when.
    #[n(2)]
    pub since: Moment,
}
impl Value for Applicant {}

pub(super) const APPLICANTS: Map<PartyId, Applicant> = Map::new(Table::new("console_applicants"));

/// Why a publisher is not taken in, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdmitRefused {
    /// A name nobody can read.
    #[error("a publisher's name has 1 to 60 characters, none of them hidden or a control")]
    Name,
    /// Too many wait.
    #[error("{APPLICANTS_MAX} publishers wait for their certificates; finish some of them first")]
    Many,
    /// Not a publisher of this realm.
    #[error(transparent)]
    Entrust(#[from] EntrustRefused),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for AdmitRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Name => "publisher-name",
            Self::Many => "publishers-waiting",
            Self::Entrust(no) => no.code(),
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Name | Self::Many => Again::AfterYouAct,
            Self::Entrust(no) => no.again(),
            Self::Fault(fault) => fault.again(),
        }
    }
}

impl Shop {
    /// Makes keys for a new publisher: it waits for its certificate. The same name again, while it waits, is the same one.
    pub fn take_in(&self, tx: &mut dyn Tx, name: &str, now: Moment, seed: &Seed) -> Result<PartyId, AdmitRefused> {
        let name = name.trim();
        // As the registry takes it: else it would wait for a certificate that nobody can give it.
        if !registry::is_name(name) {
            return Err(AdmitRefused::Name);
        }
        let waiting = self.applicants(tx)?;
        if let Some((id, _)) = waiting.iter().find(|(_, it)| it.name == name) {
            return Ok(*id);
        }
        if waiting.len() >= APPLICANTS_MAX {
            return Err(AdmitRefused::Many);
        }
        let secret = Secret::new(*seed.part("publisher").expose());
        let id = id_of(&public_keys(&secret).0);
        let locked = self
            .tenants_vault()
            .lock(&id.0, secret.expose(), &seed.part("publisher's lock"));
        let applicant = Applicant {
            name: name.to_owned(),
            secret: locked.into(),
            since: now,
        };
        APPLICANTS.put(tx, &id, &applicant)?;
        Ok(id)
    }

    /// Publishers that wait for their certificates.
    pub fn applicants(&self, view: &mut dyn View) -> Result<Vec<(PartyId, Applicant)>, Fault> {
        APPLICANTS.range(view, Keys::all(), APPLICANTS_MAX)
    }

    /// What an applicant tells the registry, signed with its own keys.
    pub fn application(
        &self,
        view: &mut dyn View,
        id: PartyId,
        address: &str,
        now: Moment,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let Some(applicant) = APPLICANTS.get(view, &id)? else {
            return Ok(None);
        };
        let secret = self.applicants_secret(id, &applicant)?;
        let words = (Role::Publisher, applicant.name.as_str(), address);
        Ok(Some(registry::application(&secret, self.desk.realm_id(), words, now).1))
    }

    /// Gives an application up; false when there is none.
    pub fn turn_away(&self, tx: &mut dyn Tx, id: PartyId) -> Result<bool, Fault> {
        APPLICANTS.delete(tx, &id)
    }

    /// Takes in whoever this certificate is of: an applicant with its keys, or a publisher who keeps his own.
    pub fn admit(
        &self,
        tx: &mut dyn Tx,
        certificate: &[u8],
        now: Moment,
        seed: &Seed,
    ) -> Result<PartyId, AdmitRefused> {
        let known = self.desk.known(tx)?;
        let checked = known.trust.check_ever::<role::Publisher>(certificate);
        let checked = checked.map_err(|_| EntrustRefused::NoPublisher)?;
        let (id, name) = (PartyId(checked.subject()), checked.claims().name.clone());
        if let Some(applicant) = APPLICANTS.get(tx, &id)? {
            let secret = self.applicants_secret(id, &applicant)?;
            self.entrust(tx, &secret, certificate, now, seed)?;
            APPLICANTS.delete(tx, &id)?;
            return Ok(id);
        }
        let there = TENANTS.get(tx, &id)?;
        if there.as_ref().is_some_and(Tenant::keys_here) {
            return Ok(id);
        }
        let tenant = Tenant {
            name,
            certificate: ByteVec::from(certificate.to_vec()),
            secret: ByteVec::from(Vec::new()),
            since: there.map_or(now, |there| there.since),
        };
        TENANTS.put(tx, &id, &tenant)?;
        Ok(id)
    }

    fn applicants_secret(&self, id: PartyId, applicant: &Applicant) -> Result<Secret, Fault> {
        let damaged = || Fault::Corrupt {
            table: APPLICANTS.table().name(),
            why: "an applicant's secret; are these the shop's own keys?".to_owned(),
        };
        let plain = self
            .tenants_vault()
            .unlock(&id.0, &applicant.secret)
            .map_err(|_| damaged())?;
        Secret::from_slice(&zeroize::Zeroizing::new(plain)).ok_or_else(damaged)
    }
}
