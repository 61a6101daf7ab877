//! Wrapped keys: a content key (or the key of one node of its tree) sealed to one tag and tied to one grant.

use alloc::vec::Vec;
use minicbor::{Decode, Encode};
use seal::{ContentSecret, NotOpened, Opener, SealTo, Seed, cbor};
use units::{Hash, RealmId, Share, Tag};

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
