//! Registry: who is certified for what, and where they answer. Every answer is signed, so any cache may carry it.
//!
//! Run by: the realm's registry, which also runs the certifier of parties. Needs: applications checked by people. Adds:
//! certificates, addresses, revocations, one numbered directory of them. Must not see: cards, purchases, money.

mod apply;

pub use apply::{ApplicationRefused, ApplicationSheet, application, id_of};

use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Audience, Class, Kind, NotTrusted, Role, SealTo, Seed, VerifyKey, cbor, role};
use store::{Counter, Fault, Keys, Map, Part, Step as Change, Table, Tx, Value, View};
use units::{Again, Moment, PartyId, Refusal, Span};

use crate::{
    Party, Refused,
    desk::{Desk, Directory, DirectorySheet, Listed},
    errand::{ErrandId, Reply, Step, Verb},
    keys::PartyKeys,
    realm::{Certifier, Subject},
};

/// What an applicant is to be certified as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// Its id; applicants keep theirs, a new one draws it at random.
    pub id: PartyId,
    /// For which role.
    pub role: Role,
    /// The name people will read, 1 to 60 characters.
    pub name: String,
    /// Checks its signatures.
    pub sign: VerifyKey,
    /// Seals to it.
    pub seal: SealTo,
}

/// Certificates that shall end before their time, told to the registry by the certifier that made them (signed with its
/// own key, kind revocations, for the registry).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Revoke {
    /// The certifier's key id.
    #[n(0)]
    pub certifier: ByteVec,
    /// Serials of its certificates.
    #[n(1)]
    pub serials: Vec<u64>,
}

const PARTIES: Map<PartyId, Row> = Map::new(Table::new("registry_parties"));
const CERTIFIERS: Map<u64, ByteVec> = Map::new(Table::new("registry_certifiers"));
const REVOKED: Map<([u8; 8], u64), Moment> = Map::new(Table::new("registry_revoked"));
const NUMBERS: Table = Table::new("registry_numbers");
const DIRECTORY_NO: Counter = Counter::new(NUMBERS, "directory");
const SERIAL: Counter = Counter::new(NUMBERS, "serial");

static PART: Part = Part::new(
    "registry",
    &[Change::Create(&[
        PARTIES.table(),
        CERTIFIERS.table(),
        REVOKED.table(),
        NUMBERS,
    ])],
);

/// What a registry's store is opened with.
pub static PARTS: &[&Part] = &[&crate::desk::PART, &crate::errand::PART, &PART];

#[derive(Debug, Encode, Decode)]
#[cbor(array)]
struct Row {
    #[n(0)]
    name: String,
    #[n(1)]
    address: String,
    #[n(2)]
    certificates: Vec<ByteVec>,
}
impl Value for Row {}

/// Why the registry does not do it, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryRefused {
    /// A name nobody can read.
    #[error("a party's name has 1 to 60 characters, none of them hidden or a control")]
    Name,
    /// Not an address to answer under.
    #[error(
        "an address begins with https:// (or http://127.0.0.1 or http://[::1] on this machine), at most 200 characters"
    )]
    Address,
    /// A role that the registry does not give out.
    #[error("the registry does not certify this role; the realm's root does")]
    Role,
    /// A certificate that does not hold.
    #[error("the certificate does not hold: {0}")]
    Certificate(#[from] NotTrusted),
    /// A revocation nobody entitled has signed.
    #[error("only the certifier itself can revoke its certificates")]
    NotCertifier,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for RegistryRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Name => "registry-name",
            Self::Address => "registry-address",
            Self::Role => "registry-role",
            Self::Certificate(no) => no.code(),
            Self::NotCertifier => "registry-not-certifier",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Fault(fault) => fault.again(),
            _ => Again::Never,
        }
    }
}
crate::refused::refusals!(RegistryRefused);

/// A registry.
#[derive(Debug)]
pub struct Registry {
    keys: PartyKeys,
    certifier: Certifier,
    desk: Desk,
    life: Span,
}

impl Registry {
    /// The registry with these keys; `certifier` is the certifier of parties it runs, `life` how long its certificates
    /// are good.
    pub const fn new(keys: PartyKeys, certifier: Certifier, desk: Desk, life: Span) -> Self {
        Self {
            keys,
            certifier,
            desk,
            life,
        }
    }

    /// Who it is.
    pub const fn id(&self) -> PartyId {
        self.keys.id()
    }

    /// Publishes a certifier that a root has certified.
    pub fn add_certifier(&self, tx: &mut dyn Tx, certificate: &[u8]) -> Result<(), RegistryRefused> {
        let mut trust = seal::Trust::new(self.desk.realm().clone());
        trust.learn(certificate)?;
        let bytes = ByteVec::from(certificate.to_vec());
        let known = CERTIFIERS.range(tx, Keys::all(), usize::MAX)?;
        if known.iter().any(|(_, c)| *c == bytes) {
            return Ok(());
        }
        let number = DIRECTORY_NO.next(tx)?;
        CERTIFIERS.put(tx, &number, &bytes)?;
        Ok(())
    }

    /// Certifies an applicant that people have checked, and lists it.
    pub fn certify(
        &self,
        tx: &mut dyn Tx,
        application: &Application,
        address: &str,
        now: Moment,
    ) -> Result<Vec<u8>, RegistryRefused> {
        if application.role.certifier() != Some(Role::PartyCertifier) {
            return Err(RegistryRefused::Role);
        }
        if !is_name(&application.name) {
            return Err(RegistryRefused::Name);
        }
        let subject = Subject {
            id: application.id.0,
            role: application.role,
            sign: application.sign,
            seal: application.seal,
            class: Class::Hardware,
            name: application.name.clone(),
        };
        let serial = SERIAL.next(tx)?;
        let certificate = self.certifier.certify(&subject, now, now.plus(self.life), serial);
        self.list(tx, &certificate, address, now)?;
        Ok(certificate)
    }

    /// Lists a party under the certificate it was given; one party may have several, one for each role.
    pub fn list(&self, tx: &mut dyn Tx, certificate: &[u8], address: &str, now: Moment) -> Result<(), RegistryRefused> {
        if !is_address(address) {
            return Err(RegistryRefused::Address);
        }
        let claims = self.judge(tx, certificate, now)?;
        let id = PartyId(claims.subject);
        let mut row = PARTIES.get(tx, &id)?.unwrap_or(Row {
            name: claims.name.clone(),
            address: String::new(),
            certificates: Vec::new(),
        });
        let bytes = ByteVec::from(certificate.to_vec());
        let new = !row.certificates.contains(&bytes);
        if !new && row.address == address {
            return Ok(());
        }
        if new {
            // The newest first: readers take the first that holds.
            row.certificates.insert(0, bytes);
        }
        address.clone_into(&mut row.address);
        PARTIES.put(tx, &id, &row)?;
        DIRECTORY_NO.next(tx)?;
        Ok(())
    }

    /// Whom the certifiers that are listed here have certified.
    fn trust(&self, view: &mut dyn View) -> Result<seal::Trust, RegistryRefused> {
        let mut trust = seal::Trust::new(self.desk.realm().clone());
        for (_, certifier) in CERTIFIERS.range(view, Keys::all(), usize::MAX)? {
            trust.learn(&certifier)?;
        }
        Ok(trust)
    }

    fn judge(&self, tx: &mut dyn Tx, certificate: &[u8], now: Moment) -> Result<seal::Claims, RegistryRefused> {
        let trust = self.trust(tx)?;
        macro_rules! first_of { ($($mark:ident),*) => {{
            let mut last = NotTrusted::OtherRole;
            $( match trust.check::<role::$mark>(certificate, now) {
                Ok(verified) => return Ok(verified.claims().clone()),
                Err(NotTrusted::OtherRole) => {}
                Err(no) => last = no,
            } )*
            Err(RegistryRefused::Certificate(last))
        }} }
        first_of!(
            Issuer,
            Bank,
            Seller,
            Publisher,
            Collector,
            Support,
            Registry,
            Time,
            Carrier,
            Approver,
            Machine,
            Settler,
            Bureau,
            TrustRegistry,
            Copying,
            Gateway,
            Content
        )
    }

    /// Ends certificates before their time.
    pub fn revoke(&self, tx: &mut dyn Tx, signed: &[u8], now: Moment) -> Result<(), RegistryRefused> {
        let realm = self.desk.realm_id();
        let parsed =
            seal::parse::<Revoke>(signed, Kind::Revocations, realm).map_err(|_| RegistryRefused::NotCertifier)?;
        let mut key = None;
        for (_, certificate) in CERTIFIERS.range(tx, Keys::all(), usize::MAX)? {
            let claims = seal::parse::<seal::Claims>(&certificate, Kind::Certificate, realm);
            key = key.or(claims
                .ok()
                .map(|c| c.claims().sign)
                .filter(|k| k.key_id().as_slice() == parsed.claims().certifier.as_slice()));
        }
        let key = key.ok_or(RegistryRefused::NotCertifier)?;
        let revoke = parsed
            .verify(&key, self.keys.audience())
            .map_err(|_| RegistryRefused::NotCertifier)?;
        let mut new = false;
        for serial in revoke.serials {
            new |= REVOKED.insert(tx, &(key.key_id(), serial), &now)?;
        }
        if new {
            DIRECTORY_NO.next(tx)?;
        }
        Ok(())
    }

    /// The directory, signed.
    pub fn directory(&self, view: &mut dyn View, now: Moment) -> Result<Vec<u8>, RegistryRefused> {
        let mut parties = Vec::new();
        for (id, row) in PARTIES.range(view, Keys::all(), usize::MAX)? {
            parties.push(Listed {
                id,
                name: row.name,
                address: row.address,
                certificates: row.certificates,
            });
        }
        let certifiers = CERTIFIERS.range(view, Keys::all(), usize::MAX)?;
        let revoked = REVOKED.range(view, Keys::all(), usize::MAX)?;
        let directory = Directory {
            number: DIRECTORY_NO.last(view)?,
            certifiers: certifiers.into_iter().map(|(_, c)| c).collect(),
            parties,
            revoked: revoked
                .into_iter()
                .map(|((k, n), _)| (ByteVec::from(k.to_vec()), n))
                .collect(),
            at: now,
        };
        let signed = seal::sign(
            self.keys.signer(),
            Kind::Directory,
            self.desk.realm_id(),
            Audience::Anyone,
            &directory,
        );
        Ok(cbor::to_bytes(&DirectorySheet {
            directory: ByteVec::from(signed),
            certificate: ByteVec::from(self.keys.certificate().to_vec()),
        }))
    }

    /// Where the party with this id answers.
    pub fn address_of(&self, view: &mut dyn View, id: PartyId) -> Result<Option<String>, Fault> {
        Ok(PARTIES.get(view, &id)?.map(|row| row.address))
    }
}

impl Party for Registry {
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
            Verb::Directory => Ok(Step::Answer(self.directory(tx, now)?)),
            Verb::Revoke => Ok(self.revoke(tx, body, now).map(|()| Step::Answer(Vec::new()))?),
            _ => Err(Refused::other_verb()),
        }
    }
    fn answered(&self, _: &mut dyn Tx, _: ErrandId, _: Reply<'_>, _: Moment, _: &Seed) -> Result<Step, Refused> {
        Ok(Step::Answer(Vec::new()))
    }
    fn audit(&self, view: &mut dyn View) -> Result<Vec<String>, Fault> {
        let mut found = Vec::new();
        let mut changes = 0_u64;
        PARTIES.each::<Fault>(view, Keys::all(), |_, id, row| {
            changes = changes.saturating_add(1);
            for certificate in &row.certificates {
                let claims = seal::parse::<seal::Claims>(certificate, Kind::Certificate, self.desk.realm_id());
                if !claims.is_ok_and(|c| c.claims().subject == id.0) {
                    found.push(format!("party {id} is listed with another's certificate"));
                }
            }
            Ok(())
        })?;
        if DIRECTORY_NO.last(view)? < changes {
            found.push("the directory has fewer changes than parties".to_owned());
        }
        Ok(found)
    }
}

/// A name that people can read as it is: none of it is hidden, and none of it turns the rest of a line around.
pub(crate) fn is_name(name: &str) -> bool {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
    };
    (1..=60).contains(&name.chars().count()) && !name.chars().any(hidden) && name.trim() == name
}

/// Loopback may be plain; everything else is encrypted.
fn is_address(address: &str) -> bool {
    let local = ["http://127.0.0.1:", "http://[::1]:", "http://localhost:"];
    address.len() <= 200
        && address.bytes().all(|b| b.is_ascii_graphic())
        && (address.starts_with("https://") || local.iter().any(|l| address.starts_with(l)))
}
