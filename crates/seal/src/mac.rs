//! HMAC-SHA256 (RFC 2104), for what others check who hold the same secret.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::Secret;

/// The length of a block of SHA-256: a shorter key is filled up with zeros, as the standard has it.
const BLOCK: usize = 64;

/// The HMAC-SHA256 of the parts, one after the other, under `key`.
pub fn mac(key: &Secret, parts: &[&[u8]]) -> [u8; 32] {
    let mut block = Zeroizing::new([0; BLOCK]);
    for (to, from) in block.iter_mut().zip(key.expose()) {
        *to = *from;
    }
    let mut mac = Hmac::<Sha256>::new((&*block).into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_one_that_others_compute() {
        // Made with Python's hmac over the same bytes: 32 bytes of 0x0b, two parts of one message.
        let key = Secret::new([0x0b; 32]);
        let whole = mac(&key, &[b"Hi There"]);
        assert_eq!(whole, mac(&key, &[b"Hi ", b"There"]));
        let hex: alloc::string::String = whole.iter().map(|b| alloc::format!("{b:02x}")).collect();
        assert_eq!(hex, "198a607eb44bfbc69903a0f1cf2bbdc5ba0aa3f3d9ae3c1c7a3b1696a0b68cf7");
        assert_ne!(whole, mac(&Secret::new([0x0c; 32]), &[b"Hi There"]));
    }
}
