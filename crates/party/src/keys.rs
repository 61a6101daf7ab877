//! Keys: what a party signs and opens with. All of it comes from one secret, so that is what its operator keeps safe.

use seal::{Audience, Claims, Kind, NotSigned, Opener, SealTo, Secret, Signer, VerifyKey};
use units::{Again, PartyId, RealmId, Refusal};

/// One party's keys and the certificate that tells others about them.
#[derive(Debug)]
pub struct PartyKeys {
    id: PartyId,
    secret: Secret,
    signer: Signer,
    opener: Opener,
    certificate: Vec<u8>,
}

/// Why keys and certificate do not belong together, in order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeysRefused {
    /// No certificate of this realm.
    #[error("the party's certificate cannot be read: {0}; ask the realm's certifier for one")]
    Certificate(NotSigned),
    /// A certificate of somebody else's keys.
    #[error("the certificate is for other keys than this secret's; put the right files together")]
    OtherKeys,
}

impl Refusal for KeysRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Certificate(_) => "keys-certificate",
            Self::OtherKeys => "keys-differ",
        }
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

pub(crate) fn signer(secret: &Secret) -> Signer {
    Signer::new(&secret.derive("party/sign", &[]))
}
fn opener(secret: &Secret) -> Opener {
    Opener::new(&secret.derive("party/seal", &[]))
}

/// The public halves of the keys that `secret` determines: what a certificate is asked for.
pub fn public_keys(secret: &Secret) -> (VerifyKey, SealTo) {
    (signer(secret).verify_key(), opener(secret).seal_to())
}

impl PartyKeys {
    /// The keys of `secret`, with the certificate they were given. The certificate names the party; who signed it is
    /// judged by those who read it.
    pub fn load(secret: Secret, realm: RealmId, certificate: Vec<u8>) -> Result<Self, KeysRefused> {
        let signed = seal::parse::<Claims>(&certificate, Kind::Certificate, realm).map_err(KeysRefused::Certificate)?;
        let claims = signed.claims();
        if (claims.sign, claims.seal) != public_keys(&secret) {
            return Err(KeysRefused::OtherKeys);
        }
        Ok(Self {
            id: PartyId(claims.subject),
            signer: signer(&secret),
            opener: opener(&secret),
            secret,
            certificate,
        })
    }

    /// Who it is.
    pub const fn id(&self) -> PartyId {
        self.id
    }
    /// As others address it.
    pub fn audience(&self) -> Audience {
        Audience::from(self.id)
    }
    /// What it signs with.
    pub const fn signer(&self) -> &Signer {
        &self.signer
    }
    /// What it opens sealed messages with.
    pub const fn opener(&self) -> &Opener {
        &self.opener
    }
    /// Keeps what opens sealed messages, and nothing else.
    pub fn into_opener(self) -> Opener {
        self.opener
    }
    /// Its certificate.
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }
    /// A further secret of its own, for one purpose.
    pub fn derive(&self, label: &str, context: &[&[u8]]) -> Secret {
        self.secret.derive(label, context)
    }
}
