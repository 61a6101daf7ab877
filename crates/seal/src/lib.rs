//! The one cryptographic joint: signed messages, sealed messages, certificates, derived keys, kept secrets.
//!
//! Everything of Keyfare that is signed is a COSE_Sign1 (RFC 9052) with Ed25519, made and checked here; everything that
//! is secret on its way is HPKE (RFC 9180, base mode, X25519-HKDF-SHA256, ChaCha20-Poly1305); everything derived is
//! HKDF-SHA256 (RFC 5869); every certificate is a CWT (RFC 8392) under one of the realm's roots. No other crate names an
//! algorithm, so that there is one place to read and one place to change.
//!
//! What it is not: a source of randomness or of time. Both are arguments ([`Seed`], [`units::Moment`]), so every step
//! built on this crate can be replayed.
//!
//! Invariants:
//! - bytes that are not the one canonical CBOR form of a value are refused before anything looks at them ([`cbor`]);
//! - a signed message names its kind, version, realm and audience inside what is signed, so that no message of one kind
//!   is ever valid as another ([`signed`]);
//! - a certificate is worth nothing until [`Trust::check`] made a [`Verified`] of it for one role; there is no other way
//!   to get one;
//! - no secret has `Debug`, `Clone` or an encoding, and all are wiped when dropped ([`secret`]).
#![cfg_attr(not(test), no_std)]
extern crate alloc;

pub mod cbor;
mod certificate;
mod hash;
mod hpke;
mod mac;
mod secret;
mod signed;
mod vault;

pub use certificate::{Claims, Class, NotTrusted, Realm, Role, Roots, Trust, Verified, issue, role};
pub use hash::{hash, hash_parts};
pub use hpke::{NotOpened, Opener, SealTo, open_from, seal_to, sealed_len};
pub use mac::mac;
pub use secret::{ContentSecret, Secret, Seed, same};
pub use signed::{Audience, Envelope, Kind, NotSigned, Signed, Signer, VerifyKey, parse, sign};
pub use vault::{NotUnlocked, Vault};
