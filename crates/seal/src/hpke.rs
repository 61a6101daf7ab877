//! Sealed messages: HPKE base mode (RFC 9180), one shot, to one reader.

use ::hpke::{
    Deserializable, Kem as _, OpModeR, OpModeS, Serializable, aead::ChaCha20Poly1305, kdf::HkdfSha256,
    kem::X25519HkdfSha256, single_shot_open, single_shot_seal_with_rng,
};
use alloc::vec::Vec;
use minicbor::{Decode, Encode};
use rand_core::SeedableRng;

use crate::{Secret, Seed};

type Kem = X25519HkdfSha256;

/// A public key to seal to (X25519).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SealTo(pub [u8; 32]);

impl core::fmt::Debug for SealTo {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "SealTo({})", units::Hash(self.0).short())
    }
}
impl<C> Encode<C> for SealTo {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}
impl<'b, C> Decode<'b, C> for SealTo {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        d.bytes()?
            .try_into()
            .map(Self)
            .map_err(|_| minicbor::decode::Error::message("a key has 32 bytes"))
    }
}

/// The points of small order on the curve and its twist, in every spelling: a seal to one of them would hold no secret, so
/// none is made (RFC 7748, 6.1; RFC 9180, 7.1.4).
const SMALL_ORDER: [[u8; 32]; 7] = {
    let mut points = [[0; 32]; 7];
    points[1][0] = 1;
    points[2] = [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09,
        0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
    ];
    points[3] = [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44,
        0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57,
    ];
    let mut n = 4;
    while n < 7 {
        points[n] = [0xff; 32];
        points[n][0] = 0xe8 + n as u8;
        points[n][31] = 0x7f;
        n += 1;
    }
    points
};

impl SealTo {
    /// Is it a key one can seal to? Cheap; where it says yes, [`seal_to`] does not refuse.
    pub fn can_be_sealed_to(&self) -> bool {
        let mut point = self.0;
        point[31] &= 0x7f;
        !SMALL_ORDER.contains(&point)
    }
}

/// The secret half of a [`SealTo`].
pub struct Opener(<Kem as ::hpke::Kem>::PrivateKey, SealTo);

impl Opener {
    /// The key pair that `secret` determines (RFC 9180, DeriveKeyPair).
    pub fn new(secret: &Secret) -> Self {
        let (private, public) = Kem::derive_keypair(secret.expose());
        let mut to = [0; 32];
        to.copy_from_slice(&public.to_bytes());
        Self(private, SealTo(to))
    }
    /// The public half.
    pub fn seal_to(&self) -> SealTo {
        self.1
    }
}

impl core::fmt::Debug for Opener {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Opener({:?})", self.1)
    }
}

/// It does not open: sealed to somebody else, for another purpose, or damaged. Deliberately says no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("does not open with this key: for somebody else, or damaged")]
pub struct NotOpened;

/// Bytes that sealing adds: the encapsulated key (32) and the tag (16).
pub const fn sealed_len(plain: usize) -> usize {
    plain.saturating_add(48)
}

/// Seals `plain` to `to`. `purpose` ties it to one use, `bound` to its surroundings (both must be given again to open).
///
/// Deterministic in `seed`: whoever knows the seed and the content can make the very same bytes again and so check what a
/// sealed slip contains without being able to open it. A seed serves one seal only.
pub fn seal_to(to: &SealTo, purpose: &str, bound: &[u8], plain: &[u8], seed: &Seed) -> Result<Vec<u8>, NotOpened> {
    let mut rng = rand_chacha::ChaCha20Rng::from_seed(*seed.expose());
    let public = <Kem as ::hpke::Kem>::PublicKey::from_bytes(&to.0).map_err(|_| NotOpened)?;
    let (enc, ct) = single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, Kem>(
        &OpModeS::Base,
        &public,
        purpose.as_bytes(),
        plain,
        bound,
        &mut rng,
    )
    .map_err(|_| NotOpened)?;
    let mut out = enc.to_bytes().to_vec();
    out.extend_from_slice(&ct);
    Ok(out)
}

/// Opens what [`seal_to`] made for this key, purpose and surroundings.
pub fn open_from(key: &Opener, purpose: &str, bound: &[u8], sealed: &[u8]) -> Result<Vec<u8>, NotOpened> {
    let (enc, ct) = sealed.split_at_checked(32).ok_or(NotOpened)?;
    let enc = <Kem as ::hpke::Kem>::EncappedKey::from_bytes(enc).map_err(|_| NotOpened)?;
    single_shot_open::<ChaCha20Poly1305, HkdfSha256, Kem>(&OpModeR::Base, &key.0, &enc, purpose.as_bytes(), ct, bound)
        .map_err(|_| NotOpened)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_keys_that_hold_no_secret_are_told_apart() {
        for mut point in SMALL_ORDER {
            for high in [0, 0x80] {
                point[31] |= high;
                let to = SealTo(point);
                assert!(!to.can_be_sealed_to(), "{point:?}");
                assert!(seal_to(&to, "x", b"", b"", &Seed::new([1; 32])).is_err(), "{point:?}");
            }
        }
        for n in 2..40 {
            let to = SealTo([n; 32]);
            assert!(to.can_be_sealed_to());
            assert!(seal_to(&to, "x", b"", b"", &Seed::new([n; 32])).is_ok());
        }
    }

    /// proves: row-5 row-83 row-84
    #[test]
    fn opens_for_one_key_purpose_and_place_and_is_repeatable() {
        let key = Opener::new(&Secret::new([3; 32]));
        let other = Opener::new(&Secret::new([4; 32]));
        let seed = Seed::new([5; 32]);
        let sealed = seal_to(&key.seal_to(), "slip", b"here", b"hello", &seed).unwrap();
        assert_eq!(sealed.len(), sealed_len(5));
        assert_eq!(open_from(&key, "slip", b"here", &sealed).unwrap(), b"hello");
        assert!(open_from(&other, "slip", b"here", &sealed).is_err());
        assert!(open_from(&key, "pay", b"here", &sealed).is_err());
        assert!(open_from(&key, "slip", b"there", &sealed).is_err());
        for cut in 0..sealed.len() {
            assert!(open_from(&key, "slip", b"here", &sealed[..cut]).is_err());
        }
        assert_eq!(
            seal_to(&key.seal_to(), "slip", b"here", b"hello", &seed).unwrap(),
            sealed
        );
        // A key of small order gives no secret at all: refused, not used.
        assert!(seal_to(&SealTo([0; 32]), "slip", b"", b"hello", &seed).is_err());
    }
}
