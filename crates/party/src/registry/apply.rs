//! Apply: a new party asks to be certified. It makes its keys itself and signs its application with them, so whoever is
//! certified has the keys; its id follows from them, so nobody applies for somebody else's. Whether the registry says yes is
//! for its people (in a realm for trying things out, for anybody).

use minicbor::{Decode, Encode};
use seal::{Audience, Kind, Role, SealTo, Secret, VerifyKey, role};
use store::{Tx, View};
use units::{Again, Moment, PartyId, RealmId, Refusal, Span};

use super::{Application, PARTIES, Registry, RegistryRefused};
use crate::keys;

/// How old an application may be.
const LIFE: Span = Span::days(30);

/// An application as it travels: signed with the key it names, for anyone.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ApplicationSheet {
    /// The applicant's id: [`id_of`] its key.
    #[n(0)]
    pub id: PartyId,
    /// As what.
    #[n(1)]
    pub role: Role,
    /// The name people will read.
    #[n(2)]
    pub name: String,
    /// Checks its signatures.
    #[n(3)]
    pub sign: VerifyKey,
    /// Seals to it.
    #[n(4)]
    pub seal: SealTo,
    /// Where it answers.
    #[n(5)]
    pub address: String,
    /// When it was made.
    #[n(6)]
    pub at: Moment,
}

/// The id of whoever has this key.
pub fn id_of(key: &VerifyKey) -> PartyId {
    let mut id = [0; 16];
    id.copy_from_slice(&seal::hash_parts(&[b"party", &key.0]).0[..16]);
    PartyId(id)
}

/// The application of whoever has `secret`.
pub fn application(
    secret: &Secret,
    realm: RealmId,
    (role, name, address): (Role, &str, &str),
    now: Moment,
) -> (PartyId, Vec<u8>) {
    let (sign, seal) = keys::public_keys(secret);
    let sheet = ApplicationSheet {
        id: id_of(&sign),
        role,
        name: name.to_owned(),
        sign,
        seal,
        address: address.to_owned(),
        at: now,
    };
    let signed = seal::sign(&keys::signer(secret), Kind::Notice, realm, Audience::Anyone, &sheet);
    (sheet.id, signed)
}

/// Why an applicant is not certified, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplicationRefused {
    /// Not signed by the key it names, or under another id.
    #[error("the application was not signed by whoever it is for")]
    NotSigned,
    /// Made too long ago, or ahead of time.
    #[error("the application was made at {0}; make a new one")]
    Old(Moment),
    /// Only publishers apply this way, and they for their own collectors.
    #[error(
        "only publishers apply here, for themselves and their own collectors; others are certified by people of the realm"
    )]
    OtherRole,
    /// The registry does not certify it.
    #[error(transparent)]
    Registry(#[from] RegistryRefused),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] store::Fault),
}

impl Refusal for ApplicationRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::NotSigned => "application-not-signed",
            Self::Old(_) => "application-old",
            Self::OtherRole => "application-other-role",
            Self::Registry(no) => no.code(),
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::NotSigned | Self::OtherRole => Again::Never,
            Self::Old(_) => Again::AfterYouAct,
            Self::Registry(no) => no.again(),
            Self::Fault(fault) => fault.again(),
        }
    }
}

impl Registry {
    /// What was applied for, signed by whoever it is for.
    fn applied(&self, signed: &[u8]) -> Result<ApplicationSheet, ApplicationRefused> {
        let parsed = seal::parse::<ApplicationSheet>(signed, Kind::Notice, self.desk.realm_id())
            .map_err(|_| ApplicationRefused::NotSigned)?;
        let key = parsed.claims().sign;
        let sheet = parsed
            .verify(&key, Audience::Anyone)
            .map_err(|_| ApplicationRefused::NotSigned)?;
        if sheet.id != id_of(&key) {
            return Err(ApplicationRefused::NotSigned);
        }
        Ok(sheet)
    }

    /// The certificate that `id` has for a role, if it holds.
    fn certificate_of(
        &self,
        view: &mut dyn View,
        id: PartyId,
        role: Role,
        now: Moment,
    ) -> Result<Option<Vec<u8>>, RegistryRefused> {
        let Some(row) = PARTIES.get(view, &id)? else {
            return Ok(None);
        };
        let trust = self.trust(view)?;
        let holds = |paper: &[u8]| match role {
            Role::Collector => trust.check::<role::Collector>(paper, now).is_ok(),
            _ => trust.check::<role::Publisher>(paper, now).is_ok(),
        };
        Ok(row
            .certificates
            .iter()
            .find(|paper| holds(paper))
            .map(|paper| paper.to_vec()))
    }

    /// Is this a publisher's application for a collector of its own? People have said yes to the publisher; who collects for
    /// it is its own business, and the collector has its id.
    pub fn is_own_collector(&self, view: &mut dyn View, signed: &[u8], now: Moment) -> Result<bool, RegistryRefused> {
        let Ok(sheet) = self.applied(signed) else {
            return Ok(false);
        };
        let publisher = self.certificate_of(view, sheet.id, Role::Publisher, now)?;
        Ok(sheet.role == Role::Collector && publisher.is_some())
    }

    /// Certifies a publisher whose application people have said yes to, or a publisher's own collector. One that is certified
    /// gets the certificate it has.
    pub fn take_application(&self, tx: &mut dyn Tx, signed: &[u8], now: Moment) -> Result<Vec<u8>, ApplicationRefused> {
        let sheet = self.applied(signed)?;
        if sheet.at.plus(LIFE) < now || now.plus(Span::minutes(5)) < sheet.at {
            return Err(ApplicationRefused::Old(sheet.at));
        }
        if sheet.role != Role::Publisher && !self.is_own_collector(tx, signed, now)? {
            return Err(ApplicationRefused::OtherRole);
        }
        if let Some(there) = self.certificate_of(tx, sheet.id, sheet.role, now)? {
            return Ok(there);
        }
        let application = Application {
            id: sheet.id,
            role: sheet.role,
            name: sheet.name.clone(),
            sign: sheet.sign,
            seal: sheet.seal,
        };
        Ok(self.certify(tx, &application, &sheet.address, now)?)
    }
}
