//! The vault: what a card or a party keeps outside its protected area, under its master key (XD-1: Km[...]).
//!
//! ChaCha20-Poly1305 (RFC 8439), the key derived per purpose from the master key, the place (file, sequence number) as
//! associated data: a record moved to another place, or an older one put back in its place, does not open.

use alloc::vec::Vec;
use chacha20poly1305::{
    ChaCha20Poly1305, KeyInit,
    aead::{Aead, Payload},
};

use crate::{Secret, Seed};

/// Seals and opens records under one purpose of a master key.
pub struct Vault(ChaCha20Poly1305);

/// The record does not open: damaged, from another place, or under another master key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the record is damaged, was moved, or belongs to another card")]
pub struct NotUnlocked;

impl core::fmt::Debug for Vault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Vault(secret)")
    }
}

impl Vault {
    /// The vault of `master` for one purpose.
    pub fn new(master: &Secret, purpose: &str) -> Self {
        Self(ChaCha20Poly1305::new(
            master.derive("vault", &[purpose.as_bytes()]).expose().into(),
        ))
    }
    /// Seals `plain` for `place`: a nonce from `seed`, then the sealed bytes (28 more than the plain ones).
    pub fn lock(&self, place: &[u8], plain: &[u8], seed: &Seed) -> Vec<u8> {
        let id = seed.id("nonce");
        let mut nonce = [0u8; 12];
        nonce.copy_from_slice(&id[..12]);
        let mut out = nonce.to_vec();
        // Fails only beyond 256 GiB, which no record is.
        out.extend(
            self.0
                .encrypt(&nonce.into(), Payload { msg: plain, aad: place })
                .unwrap_or_default(),
        );
        out
    }
    /// Opens what [`Vault::lock`] made for `place`.
    pub fn unlock(&self, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, NotUnlocked> {
        let (nonce, ct) = sealed.split_at_checked(12).ok_or(NotUnlocked)?;
        let nonce: [u8; 12] = nonce.try_into().map_err(|_| NotUnlocked)?;
        self.0
            .decrypt(&nonce.into(), Payload { msg: ct, aad: place })
            .map_err(|_| NotUnlocked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// proves: XD-1
    #[test]
    fn a_record_opens_in_its_own_place_under_its_own_master_key_only() {
        let vault = Vault::new(&Secret::new([1; 32]), "journal");
        let sealed = vault.lock(b"7", b"purse 500", &Seed::new([2; 32]));
        assert_eq!(vault.unlock(b"7", &sealed).unwrap(), b"purse 500");
        assert_eq!(vault.unlock(b"8", &sealed), Err(NotUnlocked));
        assert_eq!(
            Vault::new(&Secret::new([3; 32]), "journal").unlock(b"7", &sealed),
            Err(NotUnlocked)
        );
        assert_eq!(
            Vault::new(&Secret::new([1; 32]), "other").unlock(b"7", &sealed),
            Err(NotUnlocked)
        );
        assert!(!sealed.windows(5).any(|w| w == b"purse"));
    }
}
