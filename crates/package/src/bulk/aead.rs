//! AEAD: the one cipher behind the bulk, behind a trait so that another provider can take its place.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

/// A tag that does not fit: key, IV, position or text is another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Forged;

/// AES-256-GCM as FLOE uses it, IVs given by the caller.
pub(crate) trait Aead {
    /// With that key.
    fn new(key: &[u8; 32]) -> Self;
    /// Encrypts in place and gives the tag.
    fn seal(&self, iv: [u8; 12], aad: &[u8], text: &mut [u8]) -> [u8; 16];
    /// Checks the tag and decrypts from one place to another of the same length, which holds nothing secret unless it succeeds.
    fn open(&self, iv: [u8; 12], aad: &[u8], sealed: &[u8], tag: &[u8], text: &mut [u8]) -> Result<(), Forged>;
    /// Checks the tag and decrypts in place.
    fn open_in_place(&self, iv: [u8; 12], aad: &[u8], sealed_and_tag: &mut [u8]) -> Result<(), Forged>;
}

/// AES-256-GCM of AWS-LC.
pub(crate) struct AwsLc(LessSafeKey);

impl Aead for AwsLc {
    fn new(key: &[u8; 32]) -> Self {
        match UnboundKey::new(&AES_256_GCM, key) {
            Ok(key) => Self(LessSafeKey::new(key)),
            Err(_) => unreachable!("AES-256 takes every key of 32 bytes"),
        }
    }

    fn seal(&self, iv: [u8; 12], aad: &[u8], text: &mut [u8]) -> [u8; 16] {
        match self
            .0
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(iv), Aad::from(aad), text)
        {
            Ok(tag) => {
                let mut bytes = [0; 16];
                bytes.copy_from_slice(tag.as_ref());
                bytes
            }
            Err(_) => unreachable!("GCM seals every text under 64 GiB; segments are at most 1 MiB"),
        }
    }

    fn open(&self, iv: [u8; 12], aad: &[u8], sealed: &[u8], tag: &[u8], text: &mut [u8]) -> Result<(), Forged> {
        let opened = self
            .0
            .open_separate_gather(Nonce::assume_unique_for_key(iv), Aad::from(aad), sealed, tag, text);
        opened.map_err(|_| {
            text.fill(0);
            Forged
        })
    }

    fn open_in_place(&self, iv: [u8; 12], aad: &[u8], sealed_and_tag: &mut [u8]) -> Result<(), Forged> {
        match self
            .0
            .open_in_place(Nonce::assume_unique_for_key(iv), Aad::from(aad), sealed_and_tag)
        {
            Ok(_) => Ok(()),
            Err(_) => {
                sealed_and_tag.fill(0);
                Err(Forged)
            }
        }
    }
}
