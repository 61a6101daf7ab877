//! Signed messages: COSE_Sign1 with Ed25519 over an envelope that names kind, version, realm and audience.

use alloc::vec::Vec;
use coset::{CborSerializable, CoseSign1, CoseSign1Builder, HeaderBuilder, iana};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use minicbor::{Decode, Encode};
use units::{Hash, RealmId};

use crate::{Secret, cbor, hash};

/// The version of every message of this protocol; another is refused, never guessed at.
pub const VERSION: u8 = 1;

/// What a signed message is. A signature made for one kind is void for every other (row-81).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
#[allow(missing_docs)]
pub enum Kind {
    #[n(1)]
    Certificate,
    #[n(2)]
    Policy,
    #[n(3)]
    Offer,
    #[n(4)]
    Link,
    #[n(5)]
    Quote,
    #[n(6)]
    Pay,
    #[n(7)]
    Settle,
    #[n(8)]
    Done,
    #[n(9)]
    Report,
    #[n(10)]
    Clearance,
    #[n(11)]
    Slip,
    #[n(12)]
    Value,
    #[n(13)]
    Present,
    #[n(14)]
    Presented,
    #[n(15)]
    Resume,
    #[n(16)]
    Tick,
    #[n(17)]
    Directory,
    #[n(18)]
    Header,
    #[n(19)]
    Notice,
    #[n(20)]
    Receipt,
    #[n(21)]
    Consent,
    #[n(22)]
    Enrol,
    #[n(23)]
    Revocations,
    #[n(24)]
    Realm,
    #[n(25)]
    Transfer,
    #[n(26)]
    Charge,
    #[n(27)]
    Approval,
    #[n(28)]
    Preview,
    #[n(29)]
    Quota,
    #[n(30)]
    Record,
    #[n(31)]
    Support,
    #[n(32)]
    Supported,
    #[n(33)]
    Reissue,
    #[n(34)]
    Reissued,
    #[n(35)]
    Bring,
    #[n(36)]
    Charged,
    #[n(37)]
    Hello,
    #[n(38)]
    There,
    #[n(39)]
    Purchase,
    #[n(40)]
    ApprovalAsk,
    #[n(41)]
    Redeem,
    #[n(42)]
    Redeemed,
    #[n(43)]
    Settlement,
    #[n(44)]
    Inquiry,
    #[n(45)]
    Standing,
    #[n(60)]
    Claim,
    #[n(61)]
    Claimed,
    #[n(62)]
    Lost,
    #[n(63)]
    Vouched,
    #[n(64)]
    Confirm,
    #[n(65)]
    Confirmed,
    #[n(66)]
    Recovery,
    #[n(80)]
    Facts,
    #[n(81)]
    FactsJudged,
    /// What a press made: media or devices, for the server that shall know them (CM-1).
    #[n(90)]
    Batch,
    #[n(92)]
    Trusted,
    #[n(93)]
    NotPaid,
    #[n(95)]
    Pairing,
    /// A rendition that a player made for the wallet it is paired with (ST-11).
    #[n(97)]
    Rendition,
    #[n(96)]
    Reached,
    /// Cash in a deposit machine's tray, for the issuer (ST-8).
    #[n(100)]
    Cash,
    /// What became of it.
    #[n(101)]
    Cashed,
}

/// Who a message is for: a party, a tag, or nobody in particular (documents that travel).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Audience {
    /// Whoever reads it.
    #[n(0)]
    Anyone,
    /// The holder of this id: a party, a tag, a card.
    #[n(1)]
    One(#[n(0)] [u8; 16]),
}

impl<T: AsRef16> From<T> for Audience {
    fn from(id: T) -> Self {
        Self::One(id.as16())
    }
}

/// Ids of 16 bytes that can be addressed.
pub trait AsRef16 {
    /// The bytes.
    fn as16(&self) -> [u8; 16];
}
impl AsRef16 for units::PartyId {
    fn as16(&self) -> [u8; 16] {
        self.0
    }
}
impl AsRef16 for units::Tag {
    fn as16(&self) -> [u8; 16] {
        self.0
    }
}
impl AsRef16 for units::CardNo {
    fn as16(&self) -> [u8; 16] {
        self.0
    }
}

/// What is signed: the message with everything that ties it to its place.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Envelope {
    /// What it is.
    #[n(0)]
    pub kind: Kind,
    /// [`VERSION`].
    #[n(1)]
    pub version: u8,
    /// The realm it belongs to.
    #[n(2)]
    pub realm: RealmId,
    /// Who it is for.
    #[n(3)]
    pub audience: Audience,
    /// The message, canonical CBOR.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub body: Vec<u8>,
}

/// A public key that checks signatures (Ed25519, RFC 8032).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VerifyKey(pub [u8; 32]);

impl core::fmt::Debug for VerifyKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "VerifyKey({})", Hash(self.0).short())
    }
}
impl<C> Encode<C> for VerifyKey {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}
impl<'b, C> Decode<'b, C> for VerifyKey {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        d.bytes()?
            .try_into()
            .map(Self)
            .map_err(|_| minicbor::decode::Error::message("a key has 32 bytes"))
    }
}

impl VerifyKey {
    /// A short name for the key, carried in certificates as the certifier's key id: SHA-256 cut to 8 bytes.
    pub fn key_id(&self) -> [u8; 8] {
        let mut out = [0; 8];
        out.copy_from_slice(&hash(&self.0).0[..8]);
        out
    }
    /// Is `signature` this key's over `bytes`? Strict (no small-order keys, no malleable forms).
    pub fn verifies(&self, bytes: &[u8], signature: &[u8; 64]) -> bool {
        VerifyingKey::from_bytes(&self.0)
            .is_ok_and(|key| key.verify_strict(bytes, &Signature::from_bytes(signature)).is_ok())
    }
}

/// A key that signs (Ed25519), derived from a [`Secret`]; wiped when dropped.
pub struct Signer(SigningKey);

impl Signer {
    /// The signing key that `secret` is.
    pub fn new(secret: &Secret) -> Self {
        Self(SigningKey::from_bytes(secret.expose()))
    }
    /// The public half.
    pub fn verify_key(&self) -> VerifyKey {
        VerifyKey(self.0.verifying_key().to_bytes())
    }
    /// Signs bytes the caller composed itself, with its own domain in front of them. Dangerous: never sign what a peer
    /// chose. For messages there is [`sign`].
    pub fn sign_raw(&self, words: &[u8]) -> [u8; 64] {
        self.0.sign(words).to_bytes()
    }
}

impl core::fmt::Debug for Signer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Signer({:?})", self.verify_key())
    }
}

/// Signs `body` as a message of `kind`. Deterministic: the same key and message give the same bytes.
pub fn sign<T: Encode<()>>(key: &Signer, kind: Kind, realm: RealmId, audience: Audience, body: &T) -> Vec<u8> {
    let envelope = Envelope {
        kind,
        version: VERSION,
        realm,
        audience,
        body: cbor::to_bytes(body),
    };
    let cose = CoseSign1Builder::new()
        .protected(HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA).build())
        .payload(cbor::to_bytes(&envelope))
        .create_signature(b"", |bytes| key.0.sign(bytes).to_bytes().to_vec())
        .build();
    cose.to_vec().unwrap_or_default()
}

/// Why bytes are no signed message of the kind asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    /// Not a canonical COSE_Sign1, or its body is not the expected message.
    #[error("not a signed message: {0}")]
    Malformed(#[from] cbor::NotCanonical),
    /// Another algorithm, or headers where none belong.
    #[error("signed in a way this version does not know")]
    UnknownAlgorithm,
    /// Another version of the protocol.
    #[error("version {0} of the protocol is not known here; update the program")]
    UnknownVersion(u8),
    /// A message of another kind.
    #[error("a message of another kind")]
    OtherKind,
    /// A message of another realm.
    #[error("a message of another realm")]
    OtherRealm,
    /// A message for somebody else.
    #[error("a message for somebody else")]
    OtherAudience,
    /// The signature does not fit: forged, damaged, or by another key.
    #[error("the signature does not fit")]
    BadSignature,
}

/// A message whose signature nobody has checked yet. It shows its body (to find out whose key to check with) and turns
/// into the body by value only through [`Signed::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed<T> {
    body: T,
    audience: Audience,
    payload: Vec<u8>,
    signature: [u8; 64],
}

/// Parses an untrusted signed message: canonical, right kind, version and realm. Checks no signature.
pub fn parse<T: for<'b> Decode<'b, ()> + Encode<()>>(
    bytes: &[u8],
    kind: Kind,
    realm: RealmId,
) -> Result<Signed<T>, NotSigned> {
    if bytes.len() > cbor::MESSAGE_MAX {
        return Err(cbor::NotCanonical::TooLong(cbor::MESSAGE_MAX).into());
    }
    // Shape first, in our own strict reader: coset alone would take other spellings of the same message.
    let shape: (
        minicbor::bytes::ByteVec,
        Empty,
        minicbor::bytes::ByteVec,
        minicbor::bytes::ByteVec,
    ) = cbor::from_bytes(bytes)?;
    let cose = CoseSign1::from_slice(bytes).map_err(|_| cbor::NotCanonical::Unexpected)?;
    let alone = HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA).build();
    if cose.protected.header != alone {
        return Err(NotSigned::UnknownAlgorithm);
    }
    let payload: Vec<u8> = shape.2.into();
    let envelope: Envelope = cbor::from_bytes(&payload)?;
    if envelope.version != VERSION {
        return Err(NotSigned::UnknownVersion(envelope.version));
    }
    if envelope.kind != kind {
        return Err(NotSigned::OtherKind);
    }
    if envelope.realm != realm {
        return Err(NotSigned::OtherRealm);
    }
    let signature = cose
        .signature
        .as_slice()
        .try_into()
        .map_err(|_| NotSigned::BadSignature)?;
    Ok(Signed {
        body: cbor::from_bytes(&envelope.body)?,
        audience: envelope.audience,
        payload,
        signature,
    })
}

impl<T> Signed<T> {
    /// What it claims, unchecked: enough to find the key that should have signed it.
    pub fn claims(&self) -> &T {
        &self.body
    }
    /// Whom it says it is for, unchecked.
    pub fn audience(&self) -> Audience {
        self.audience
    }
    /// The body, if `key` signed it for `audience`.
    pub fn verify(self, key: &VerifyKey, audience: Audience) -> Result<T, NotSigned> {
        if self.audience != audience {
            return Err(NotSigned::OtherAudience);
        }
        let cose = CoseSign1Builder::new()
            .protected(HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA).build())
            .payload(self.payload)
            .build();
        if key.verifies(&cose.tbs_data(b""), &self.signature) {
            Ok(self.body)
        } else {
            Err(NotSigned::BadSignature)
        }
    }
}

/// The empty map of unprotected headers: nothing of ours stands outside the signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Empty;
impl<C> Encode<C> for Empty {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.map(0)?.ok()
    }
}
impl<'b, C> Decode<'b, C> for Empty {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        match d.map()? {
            Some(0) => Ok(Self),
            _ => Err(minicbor::decode::Error::message("headers outside the signature")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u8) -> Signer {
        Signer::new(&Secret::new([n; 32]))
    }
    const REALM: RealmId = RealmId([1; 16]);

    /// proves: row-81 row-82 row-83
    #[test]
    fn a_signature_holds_for_one_kind_realm_audience_and_key_only() {
        let me = Audience::One([9; 16]);
        let bytes = sign(&key(1), Kind::Pay, REALM, me, &42u64);
        let ok = parse::<u64>(&bytes, Kind::Pay, REALM).unwrap();
        assert_eq!(ok.clone().verify(&key(1).verify_key(), me), Ok(42));
        assert_eq!(
            ok.clone().verify(&key(2).verify_key(), me),
            Err(NotSigned::BadSignature)
        );
        assert_eq!(
            ok.verify(&key(1).verify_key(), Audience::Anyone),
            Err(NotSigned::OtherAudience)
        );
        assert_eq!(parse::<u64>(&bytes, Kind::Settle, REALM), Err(NotSigned::OtherKind));
        assert_eq!(
            parse::<u64>(&bytes, Kind::Pay, RealmId([2; 16])),
            Err(NotSigned::OtherRealm)
        );
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut bad = bytes.clone();
                bad[at] ^= 1 << bit;
                let open = parse::<u64>(&bad, Kind::Pay, REALM).and_then(|m| m.verify(&key(1).verify_key(), me));
                assert!(open.is_err(), "byte {at} bit {bit}");
            }
        }
    }

    #[test]
    fn signing_is_deterministic() {
        let a = sign(&key(1), Kind::Done, REALM, Audience::Anyone, &1u8);
        assert_eq!(a, sign(&key(1), Kind::Done, REALM, Audience::Anyone, &1u8));
    }
}
