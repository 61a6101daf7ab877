//! The directory: who is who in the realm and where they answer, signed by the registry. Addresses come from here and from
//! nowhere else.

use std::collections::BTreeMap;

use deal::directory::{Directory, DirectorySheet, Listed};
use minicbor::bytes::ByteVec;
use seal::{Audience, Kind, NotSigned, NotTrusted, Realm, Trust, cbor, role};
use units::{Again, Moment, PartyId, Refusal};

/// A directory is a list of a whole realm, so longer than messages are.
pub(super) const DIRECTORY_MAX: usize = 8 << 20;

/// Why a directory is not believed. In order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryRefusal {
    /// Nobody answers at the registry's address.
    #[error("the registry at {address} does not answer ({why}), and nothing was learnt from it before")]
    Silent {
        /// Where it should be.
        address: String,
        /// What happened.
        why: String,
    },
    /// Not a directory.
    #[error("the registry's answer is no directory: {0}")]
    Malformed(cbor::NotCanonical),
    /// Signed by somebody without the right.
    #[error("the directory is not signed by a registry of this realm ({0}): another realm's registry answered")]
    Registry(NotTrusted),
    /// Not what was signed.
    #[error("the directory is forged or damaged ({0})")]
    Forged(NotSigned),
    /// Older than one seen before.
    #[error(
        "the registry answered with directory {got}, but {known} was seen before; somebody may be replaying an old one"
    )]
    Older {
        /// This one.
        got: u64,
        /// Seen before.
        known: u64,
    },
}

impl Refusal for DirectoryRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Silent { .. } => "registry-silent",
            Self::Malformed(_) => "directory-malformed",
            Self::Registry(_) => "directory-other-realm",
            Self::Forged(_) => "directory-forged",
            Self::Older { .. } => "directory-older",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Silent { .. } | Self::Older { .. } => Again::Later,
            _ => Again::Never,
        }
    }
}

/// A directory that holds.
#[derive(Debug, Clone)]
pub struct Whereabouts {
    number: u64,
    trust: Trust,
    parties: BTreeMap<PartyId, Listed>,
}

impl Whereabouts {
    /// Reads and checks a [`DirectorySheet`] for `realm`. Certificates are judged by the directory's own time: whether one
    /// holds now is for the card to say.
    pub fn read(bytes: &[u8], realm: &Realm) -> Result<Self, DirectoryRefusal> {
        let sheet: DirectorySheet =
            cbor::from_bytes_within(bytes, DIRECTORY_MAX).map_err(DirectoryRefusal::Malformed)?;
        let mut trust = Trust::new(realm.clone());
        let registry = trust
            .check_ever::<role::Registry>(&sheet.certificate)
            .map_err(DirectoryRefusal::Registry)?;
        let directory: Directory = seal::parse(&sheet.directory, Kind::Directory, trust.id())
            .and_then(|s| s.verify(registry.sign(), Audience::Anyone))
            .map_err(DirectoryRefusal::Forged)?;
        for certifier in &directory.certifiers {
            // One that the root did not certify is not learnt, and its parties are then not trusted.
            let _ = trust.learn(certifier);
        }
        for (certifier, serial) in &directory.revoked {
            if let Ok(id) = certifier.as_slice().try_into() {
                trust.revoke(id, *serial);
            }
        }
        Ok(Self {
            number: directory.number,
            trust,
            parties: directory.parties.into_iter().map(|p| (p.id, p)).collect(),
        })
    }

    /// Number of this directory.
    pub const fn number(&self) -> u64 {
        self.number
    }
    /// The party with this id.
    pub fn party(&self, id: PartyId) -> Option<&Listed> {
        self.parties.get(&id)
    }
    /// Everybody listed.
    pub fn parties(&self) -> impl Iterator<Item = &Listed> {
        self.parties.values()
    }
    /// The certificate of `id` for role `R`, good at `now`.
    pub fn certificate<R: role::Mark>(&self, id: PartyId, now: Moment) -> Option<Vec<u8>> {
        let holds = |c: &&ByteVec| self.trust.check::<R>(c, now).is_ok_and(|v| v.subject() == id.0);
        Some(self.parties.get(&id)?.certificates.iter().find(holds)?.to_vec())
    }
    /// Is it a seller? By the directory's own time, as all its certificates are judged here.
    pub fn is_seller(&self, id: PartyId) -> bool {
        let holds = |c: &ByteVec| {
            self.trust
                .check_ever::<role::Seller>(c)
                .is_ok_and(|v| v.subject() == id.0)
        };
        self.parties
            .get(&id)
            .is_some_and(|party| party.certificates.iter().any(holds))
    }
    /// Parties certified for role `R` at `now`.
    pub fn with_role<R: role::Mark>(&self, now: Moment) -> impl Iterator<Item = &Listed> {
        self.parties().filter(move |p| {
            let holds = |c: &ByteVec| self.trust.check::<R>(c, now).is_ok_and(|v| v.subject() == p.id.0);
            p.certificates.iter().any(holds)
        })
    }
}
