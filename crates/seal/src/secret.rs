//! Secrets: wiped when dropped, never printed, never cloned, compared in constant time.

use alloc::vec::Vec;
use hkdf::Hkdf;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Are the two byte strings equal? Takes the same time wherever they differ.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// HKDF-SHA256 from `ikm`, with every part of the context preceded by its length.
pub(crate) fn expand(ikm: &[u8; 32], label: &str, context: &[&[u8]]) -> [u8; 32] {
    let mut info = Vec::with_capacity(64);
    info.extend_from_slice(b"keyfare/1/");
    info.extend_from_slice(label.as_bytes());
    for part in context {
        info.extend_from_slice(&(part.len() as u32).to_be_bytes());
        info.extend_from_slice(part);
    }
    let mut out = [0u8; 32];
    // 32 bytes are one block of output: the only error HKDF knows (too long) cannot happen.
    let _ = Hkdf::<Sha256>::new(None, ikm).expand(&info, &mut out);
    out
}

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Zeroize, ZeroizeOnDrop)]
        pub struct $name([u8; 32]);

        impl $name {
            /// Takes 32 secret bytes; the caller's copy is the caller's to wipe.
            pub const fn new(bytes: [u8; 32]) -> Self { Self(bytes) }
            /// From exactly 32 bytes.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> { bytes.try_into().ok().map(Self) }
            /// The bytes, for the one place that needs them. Dangerous: they must not outlive the call.
            pub const fn expose(&self) -> &[u8; 32] { &self.0 }
        }
        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result { f.write_str(concat!(stringify!($name), "(secret)")) }
        }
    };
}

secret!(
    /// A long-lived secret of a card or a party, from which its other keys are derived by purpose.
    ///
    /// ```compile_fail,E0599
    /// fn copy(secret: &seal::Secret) -> seal::Secret {
    ///     secret.clone() // secrets are not copied by accident
    /// }
    /// ```
    Secret
);
secret!(
    /// Fresh random bytes from the operating system, used up by one step. The heart draws no randomness of its own:
    /// whoever drives it hands in a new seed for every step, and a simulator hands in a known one.
    Seed
);
secret!(
    /// A key of content: of a whole work, or of one node of its tree. Leaves a card only wrapped, or as the key of a
    /// range that was released.
    ContentSecret
);

impl Secret {
    /// A further secret for one purpose; `context` says for whom or what.
    pub fn derive(&self, label: &str, context: &[&[u8]]) -> Secret {
        Secret(expand(&self.0, label, context))
    }
}

impl Seed {
    /// An independent seed for the part of the step named by `label`.
    pub fn part(&self, label: &str) -> Seed {
        Seed(expand(&self.0, "seed", &[label.as_bytes()]))
    }
    /// 16 bytes for an id or a nonce named by `label`.
    pub fn id(&self, label: &str) -> [u8; 16] {
        let whole = self.part(label);
        let mut out = [0; 16];
        out.copy_from_slice(&whole.0[..16]);
        out
    }
}
