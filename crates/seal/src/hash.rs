//! SHA-256, the one hash of the house.

use sha2::{Digest, Sha256};
use units::Hash;

/// SHA-256 of `bytes`.
pub fn hash(bytes: &[u8]) -> Hash {
    Hash(Sha256::digest(bytes).into())
}

/// SHA-256 of the parts, each preceded by its length as eight bytes, so that no two lists of parts collide.
pub fn hash_parts(parts: &[&[u8]]) -> Hash {
    let mut h = Sha256::new();
    for part in parts {
        h.update((part.len() as u64).to_be_bytes());
        h.update(part);
    }
    Hash(h.finalize().into())
}
