//! Wrapped keys: a content key (or the key of one node of its tree) sealed to one tag and tied to one grant; and the content key of
//! one package under the key of another, whose licenses then open both (ST-21).

use alloc::vec::Vec;
use minicbor::{Decode, Encode};
use seal::{ContentSecret, NotOpened, Opener, SealTo, Secret, Seed, Vault, cbor};
use units::{ContentId, Hash, RealmId, Share, Tag};

/// One wrapped key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Wrap {
    /// The share of the work this key opens, from its beginning.
    #[n(0)]
    pub share: Share,
    /// The key of that share's node, sealed (80 bytes).
    #[cbor(n(1), with = "minicbor::bytes")]
    pub sealed: Vec<u8>,
}

/// What a wrap is tied to, besides its reader's key: realm, offer (and through it publisher, policy and price), package
/// header, receiver and generation. A wrap moved into another license does not open (docs/threats.md, rule 5).
pub fn bound_to(realm: RealmId, offer: Hash, header: Hash, receiver: Tag, generation: u8, share: Share) -> Vec<u8> {
    cbor::to_bytes(&(realm, offer, header, receiver, generation, share))
}

/// What the key of a locked license is tied to while it waits under its publisher's unlock key: to no holder, for it is
/// passed on locked as it is.
pub fn bound_to_unlock(realm: RealmId, offer: Hash, header: Hash) -> Vec<u8> {
    bound_to(realm, offer, header, Tag::default(), 0, Share::Whole)
}

/// Wraps `key` for `to`.
pub fn wrap_key(to: &SealTo, bound: &[u8], share: Share, key: &ContentSecret, seed: &Seed) -> Result<Wrap, NotOpened> {
    Ok(Wrap {
        share,
        sealed: seal::seal_to(to, "keyfare/1/wrap", bound, key.expose(), seed)?,
    })
}

/// Unwraps: only with the key it was wrapped for, in the place it was wrapped for.
pub fn unwrap_key(key: &Opener, bound: &[u8], wrap: &Wrap) -> Result<ContentSecret, NotOpened> {
    ContentSecret::from_slice(&seal::open_from(key, "keyfare/1/wrap", bound, &wrap.sealed)?).ok_or(NotOpened)
}

/// What keys of keys are derived for.
const SET: &str = "keyfare/1/set";

/// The place of a content key that stands under a set's key in a package: realm, work, and the name of the key. Moved into another
/// package it does not open.
fn place_in_set(realm: RealmId, content: ContentId, key_id: [u8; 16]) -> Vec<u8> {
    cbor::to_bytes(&(realm, content, minicbor::bytes::ByteArray::from(key_id)))
}

/// Puts a package's content key under a set's key: the content key of the set's own package, so that whoever has a license of the
/// whole set opens this package too (ST-21).
pub fn wrap_in_set(
    set: &ContentSecret,
    (realm, content, key_id): (RealmId, ContentId, [u8; 16]),
    key: &ContentSecret,
    seed: &Seed,
) -> Vec<u8> {
    let vault = Vault::new(&Secret::new(*set.expose()), SET);
    vault.lock(&place_in_set(realm, content, key_id), key.expose(), seed)
}

/// Opens what [`wrap_in_set`] made, with the same set's key and in the same place.
pub fn unwrap_in_set(
    set: &ContentSecret,
    (realm, content, key_id): (RealmId, ContentId, [u8; 16]),
    wrapped: &[u8],
) -> Result<ContentSecret, NotOpened> {
    let vault = Vault::new(&Secret::new(*set.expose()), SET);
    let plain = vault.unlock(&place_in_set(realm, content, key_id), wrapped);
    let plain = zeroize::Zeroizing::new(plain.map_err(|_| NotOpened)?);
    ContentSecret::from_slice(&plain).ok_or(NotOpened)
}
