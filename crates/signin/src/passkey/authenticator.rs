//! Authenticator: the bytes a passkey makes (WebAuthn, section 6.1), its key (COSE, RFC 9052), and its signature.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ED25519, ParsedPublicKey, VerificationAlgorithm};
use minicbor::{Decode, Decoder, Encode, bytes::ByteVec};

use crate::NotAPasskey;

/// The longest credential id (WebAuthn, section 4).
const ID_MAX: usize = 1023;

/// What a passkey says each time it speaks.
#[derive(Debug, Clone)]
pub(super) struct Spoken {
    /// SHA-256 of the site's name.
    pub(super) site: [u8; 32],
    /// Somebody touched it.
    pub(super) present: bool,
    /// It made sure who.
    pub(super) verified: bool,
    /// How often it signed, if it counts.
    pub(super) count: u32,
}

/// A new passkey.
#[derive(Debug, Clone)]
pub(super) struct New {
    pub(super) spoken: Spoken,
    pub(super) id: Vec<u8>,
    pub(super) key: VerifyKey,
}

/// What its signatures are checked with.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) enum VerifyKey {
    /// ECDSA with SHA-256 on P-256: the point, uncompressed.
    #[n(0)]
    Es256(#[n(0)] ByteVec),
    /// Ed25519.
    #[n(1)]
    EdDsa(#[n(0)] ByteVec),
}

impl VerifyKey {
    fn parts(&self) -> (&'static dyn VerificationAlgorithm, &ByteVec) {
        match self {
            Self::Es256(point) => (&ECDSA_P256_SHA256_ASN1, point),
            Self::EdDsa(key) => (&ED25519, key),
        }
    }
    /// Did this key sign `message`?
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let (algorithm, key) = self.parts();
        algorithm.verify_sig(key, message, signature).is_ok()
    }
    /// Is it a key at all: a point on its curve?
    fn is_one(&self) -> bool {
        match self {
            Self::Es256(point) => ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &point[..]).is_ok(),
            Self::EdDsa(key) => ParsedPublicKey::new(&ED25519, &key[..]).is_ok(),
        }
    }
}

fn front(bytes: &[u8]) -> Result<(Spoken, u8, &[u8]), NotAPasskey> {
    let no = NotAPasskey::Malformed;
    let (site, rest) = bytes.split_first_chunk::<32>().ok_or(NotAPasskey::Malformed)?;
    let (flags, rest) = rest.split_first().ok_or(NotAPasskey::Malformed)?;
    let (count, rest) = rest.split_first_chunk::<4>().ok_or(no)?;
    let spoken = Spoken {
        site: *site,
        present: flags & 0x01 != 0,
        verified: flags & 0x04 != 0,
        count: u32::from_be_bytes(*count),
    };
    Ok((spoken, *flags, rest))
}

/// The authenticator data of an assertion. Extensions were not asked for; what stands behind is signed and ignored.
pub(super) fn spoken(bytes: &[u8]) -> Result<Spoken, NotAPasskey> {
    front(bytes).map(|(spoken, _, _)| spoken)
}

/// The new key in an attestation object; its statement is not looked at.
pub(super) fn attested(object: &[u8]) -> Result<New, NotAPasskey> {
    let data = auth_data(object).ok_or(NotAPasskey::Malformed)?;
    let (spoken, flags, rest) = front(data)?;
    if flags & 0x40 == 0 {
        return Err(NotAPasskey::Malformed);
    }
    let (_make, rest) = rest.split_first_chunk::<16>().ok_or(NotAPasskey::Malformed)?;
    let (len, rest) = rest.split_first_chunk::<2>().ok_or(NotAPasskey::Malformed)?;
    let len = usize::from(u16::from_be_bytes(*len));
    let id = rest.get(..len).filter(|id| !id.is_empty() && id.len() <= ID_MAX);
    let (id, key) = id.zip(rest.get(len..)).ok_or(NotAPasskey::Malformed)?;
    let key = cose(key).filter(VerifyKey::is_one).ok_or(NotAPasskey::Algorithm)?;
    Ok(New {
        spoken,
        id: id.to_vec(),
        key,
    })
}

fn auth_data(object: &[u8]) -> Option<&[u8]> {
    let mut d = Decoder::new(object);
    let mut found = None;
    for _ in 0..d.map().ok()??.min(16) {
        if d.str().ok()? == "authData" {
            found = Some(d.bytes().ok()?);
        } else {
            d.skip().ok()?;
        }
    }
    found
}

/// A COSE key of one of the two kinds asked for.
fn cose(bytes: &[u8]) -> Option<VerifyKey> {
    let mut d = Decoder::new(bytes);
    let (mut kind, mut algorithm, mut curve) = (0_i64, 0_i64, 0_i64);
    let (mut x, mut y) = (None, None);
    for _ in 0..d.map().ok()??.min(16) {
        match d.i64().ok()? {
            1 => kind = d.i64().ok()?,
            3 => algorithm = d.i64().ok()?,
            -1 => curve = d.i64().ok()?,
            -2 => x = Some(d.bytes().ok()?),
            -3 => y = Some(d.bytes().ok()?),
            _ => d.skip().ok()?,
        }
    }
    let x = x.filter(|x| x.len() == 32)?;
    match (kind, algorithm, curve) {
        (2, -7, 1) => {
            let y = y.filter(|y| y.len() == 32)?;
            Some(VerifyKey::Es256([&[4], x, y].concat().into()))
        }
        (1, -8, 6) => Some(VerifyKey::EdDsa(x.to_vec().into())),
        _ => None,
    }
}
