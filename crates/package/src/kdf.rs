//! Derivation: one block of HKDF-Expand (RFC 5869), which is all this crate ever needs of it.
//!
//! Every input key is already uniform, so nothing is extracted. Labels end in a zero byte and everything after them has
//! a fixed size, so that no two uses can be confused.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use units::Hash;
use zeroize::Zeroizing;

/// Stands before every label, so that no other protocol derives the same key.
const DOMAIN: &[u8] = b"keyfare package 1 ";

/// HMAC-SHA-256 of `parts`, one after the other.
pub(crate) fn mac(key: &[u8; 32], parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut mac = match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mac) => mac,
        Err(_) => unreachable!("HMAC takes keys of any length"),
    };
    for part in parts {
        mac.update(part);
    }
    Zeroizing::new(mac.finalize().into_bytes().into())
}

/// HKDF-Expand with SHA-256 to 32 bytes: `info` = domain, label, zero, parts.
pub(crate) fn expand(key: &[u8; 32], label: &str, parts: [&[u8]; 3]) -> Zeroizing<[u8; 32]> {
    mac(
        key,
        &[DOMAIN, label.as_bytes(), &[0], parts[0], parts[1], parts[2], &[1]],
    )
}

/// SHA-256 under a label of this format.
pub(crate) fn hash(label: &str, bytes: &[u8]) -> Hash {
    let mut hash = Sha256::new();
    hash.update(DOMAIN);
    hash.update(label.as_bytes());
    hash.update([0]);
    hash.update(bytes);
    Hash(hash.finalize().into())
}
