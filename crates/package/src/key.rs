//! Keys of one package, from the root to the leaf. Secrets: never printed, copied or written by accident; wiped when dropped.

use crate::{kdf, tree::Stretches};
use core::fmt;
use data_encoding::BASE32_NOPAD;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use units::{ContentId, Hash};
use zeroize::Zeroizing;

/// Names a content key without telling it: derived from the key, so two keys never share a name (SD-28).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct KeyId(pub [u8; 16]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE32_NOPAD.encode(&self.0).to_ascii_lowercase())
    }
}
impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}
impl<C> Encode<C> for KeyId {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}
impl<'b, C> Decode<'b, C> for KeyId {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        d.bytes()?
            .try_into()
            .map(Self)
            .map_err(|_| decode::Error::message("a key id has 16 bytes"))
    }
}

/// The key of a whole package: the root of its tree. One per edition, batch or delivery (SD-28, XD-4). Lives in cards and
/// with the seller; a player never sees it.
pub struct ContentKey(Zeroizing<[u8; 32]>);

impl ContentKey {
    /// From 32 bytes that were drawn at random or unwrapped.
    pub fn from_secret_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The key of one line of one order (XD-4): whoever holds the order's secret makes the very same package again.
    pub fn of_delivery(secret: &OrderSecret, content: &ContentId, line: u32) -> Self {
        Self(kdf::expand(
            &secret.0,
            "delivery",
            [content.as_bytes(), &line.to_be_bytes(), &[]],
        ))
    }

    /// The bytes, to be wrapped for a card or written to a sealed store, and for nothing else.
    pub fn secret_bytes_for_wrapping(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key's public name.
    pub fn id(&self) -> KeyId {
        let mut id = KeyId::default();
        id.0.copy_from_slice(&kdf::expand(&self.0, "key id", [&[]; 3])[..16]);
        id
    }

    /// What the header says of the key, so that one header can never be opened with two (row-39).
    pub fn commitment(&self) -> Hash {
        Hash(*kdf::expand(&self.0, "commitment", [&[]; 3]))
    }

    /// What the header says of the content's SHA-256: bound under the key, so that strangers cannot test guesses on it and
    /// two deliveries of one content do not look alike.
    pub fn digest_line(&self, sha256: &Hash) -> Hash {
        Hash(*kdf::mac(
            &kdf::expand(&self.0, "digest", [&[]; 3]),
            &[sha256.as_bytes()],
        ))
    }
}

/// The one secret a unique delivery keeps until it is done: key, IVs and package are derived from it (XD-4).
pub struct OrderSecret(Zeroizing<[u8; 32]>);

impl OrderSecret {
    /// From 32 random bytes.
    pub fn from_secret_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }
    /// The bytes, to be kept with the order.
    pub fn secret_bytes_for_keeping(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A key of the tree: opens the stretches it reaches and no other.
pub struct NodeKey {
    pub(crate) reach: Stretches,
    pub(crate) bytes: Zeroizing<[u8; 32]>,
}

impl NodeKey {
    /// From a license: what it reaches, and its bytes.
    pub fn from_secret_bytes(reach: Stretches, bytes: [u8; 32]) -> Self {
        Self {
            reach,
            bytes: Zeroizing::new(bytes),
        }
    }
    /// The bytes, to be wrapped into a license.
    pub fn secret_bytes_for_wrapping(&self) -> &[u8; 32] {
        &self.bytes
    }
    /// The stretches it opens.
    pub fn reach(&self) -> Stretches {
        self.reach
    }
}

/// The key of one stretch, as a card releases it to a player.
pub struct StretchKey {
    pub(crate) index: u32,
    pub(crate) bytes: Zeroizing<[u8; 32]>,
}

impl StretchKey {
    /// From a card's answer: which stretch, and its bytes.
    pub fn from_secret_bytes(index: u32, bytes: [u8; 32]) -> Self {
        Self {
            index,
            bytes: Zeroizing::new(bytes),
        }
    }
    /// The bytes, to be sealed to a player.
    pub fn secret_bytes_for_release(&self) -> &[u8; 32] {
        &self.bytes
    }
    /// The stretch it opens.
    pub fn index(&self) -> u32 {
        self.index
    }
}

macro_rules! secret {
    ($($name:ident),*) => { $(
        /// Prints the type's name and nothing of the secret.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(concat!(stringify!($name), "(secret)")) }
        }
    )* };
}
secret!(ContentKey, OrderSecret, NodeKey, StretchKey);

#[cfg(test)]
mod tests {
    use super::*;

    // proves: XD-4 row-83
    #[test]
    fn deliveries_share_no_key() {
        let (one, two) = (
            OrderSecret::from_secret_bytes([1; 32]),
            OrderSecret::from_secret_bytes([2; 32]),
        );
        let (song, film) = (ContentId([1; 16]), ContentId([2; 16]));
        let keys =
            [(&one, song, 0), (&one, song, 1), (&one, film, 0), (&two, song, 0)].map(|(secret, content, line)| {
                *ContentKey::of_delivery(secret, &content, line).secret_bytes_for_wrapping()
            });
        for (i, a) in keys.iter().enumerate() {
            assert!(keys[i + 1..].iter().all(|b| a != b));
        }
        assert_eq!(
            &keys[0],
            ContentKey::of_delivery(&one, &song, 0).secret_bytes_for_wrapping()
        );
    }

    #[test]
    fn secrets_do_not_print() {
        let key = ContentKey::from_secret_bytes([0xab; 32]);
        assert_eq!(format!("{key:?}"), "ContentKey(secret)");
        assert_ne!(key.id(), ContentKey::from_secret_bytes([0xac; 32]).id());
        assert_ne!(&key.commitment().0, key.secret_bytes_for_wrapping());
    }
}
