//! Pair: a wallet and a player that know one another, and what passes between them before anything is lent (ST-11, ST-12,
//! ST-18, ST-23).
//!
//! Pairing gives each pair a key of its own on both sides; a list of whom one lets in is a list of pairs. A greeting goes
//! both ways, each signed with the pair's key over the same two nonces, before any `ask`; a refusal is signed and changes
//! nothing.
//!
//! A **loan** is a deal of kind [`crate::Kind::Lend`] between two such sides, with pairs in the place of tags, for they do
//! not end, so that a player needs no network: `quote.license` is what is lent from, `quote.rights` the plays or the
//! period, the price nothing. The giver's decision takes them off its license in the same write. A **return** is a loan
//! the other way round. So plays are on one side, on the other, or named in one open deal.
//!
//! These are the bodies; the steps of a loan are in [`crate::lend`], and what signs and seals them is in `card`.

use alloc::{string::String, vec::Vec};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{SealTo, VerifyKey};
use units::{Hash, LicenseId, Moment, Tag};

/// One wallet and one player that know one another: the hash of the keys that both made for it.
pub type PairId = [u8; 16];

/// The longest name of a device, in characters.
pub const NAME_MAX: usize = 60;

/// One side of a new pair. Signed by the device's own key (kind Pairing, for anyone): the player's comes first and is no
/// secret; the wallet's answers it, sealed to the player.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Pairing {
    /// Who speaks.
    #[n(0)]
    pub from: Greeter,
    /// Checks what this side will say in the pair.
    #[n(1)]
    pub sign: VerifyKey,
    /// Where to seal to in the pair.
    #[n(2)]
    pub seal: SealTo,
    /// By which this side finds its own key again.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub key: [u8; 16],
    /// SHA-256 of the signed sheet it answers; none in a player's.
    #[n(4)]
    pub answers: Option<Hash>,
    /// The `key` of the sheet it answers, for a player keeps nothing of it; none in a player's.
    #[n(5)]
    pub to: Option<Tag>,
    /// What the device calls itself, at most 60 characters.
    #[n(6)]
    pub name: String,
    /// The device's own certificate.
    #[n(7)]
    pub certificate: ByteVec,
    /// Certifiers of the realm, for a player that is never online; none in a player's.
    #[n(8)]
    pub certifiers: Vec<ByteVec>,
}

/// The name of the pair that these two sides make.
pub fn pair_of(wallet: (&VerifyKey, &SealTo), player: (&VerifyKey, &SealTo)) -> Tag {
    let parts: [&[u8]; 5] = [b"pair", &wallet.0.0, &wallet.1.0, &player.0.0, &player.1.0];
    let mut name = [0; 16];
    name.copy_from_slice(&seal::hash_parts(&parts).0[..16]);
    Tag(name)
}

/// Which side speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Greeter {
    /// The wallet, which holds licenses.
    #[n(0)]
    Wallet,
    /// The player, which holds what it was lent.
    #[n(1)]
    Player,
}

/// What a side answers to being greeted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Welcome {
    /// Come in.
    #[n(0)]
    Listed,
    /// Not on my list: ask its owner.
    #[n(1)]
    NotListed,
}

/// A greeting. Signed with the pair's key (kind Hello), for the pair.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Hello {
    /// The pair.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub pair: PairId,
    /// Who speaks.
    #[n(1)]
    pub from: Greeter,
    /// The wallet's nonce.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub wallet: [u8; 16],
    /// The player's nonce.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub player: [u8; 16],
    /// Whether the other side is on the speaker's list.
    #[n(4)]
    pub word: Welcome,
}

/// A player asks whether the wallet is there (ST-23: a right of the link), at the start and at every interval it sets.
/// Unsigned; the answer is a [`There`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct AreYouThere {
    /// The pair.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub pair: PairId,
    /// What is being played.
    #[n(1)]
    pub license: LicenseId,
    /// Fresh.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub nonce: [u8; 16],
}

/// A smaller rendition of a work, made by a player inside and sealed anew, under a key that only the wallet's card opens
/// (ST-11). Signed by the player with the pair's key (kind Rendition, for the pair); it lies in the package's front, in the
/// place of its publisher's signature.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Rendition {
    /// The pair.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub pair: PairId,
    /// The package it lies in.
    #[n(1)]
    pub header: Hash,
    /// The package it was made of.
    #[n(2)]
    pub of: Hash,
    /// The key of the package, sealed to the wallet in the pair.
    #[n(3)]
    pub wrap: ByteVec,
}

/// The wallet is there. Signed with the pair's key (kind There), for the pair.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct There {
    /// What was asked.
    #[n(0)]
    pub asked: AreYouThere,
    /// Until when this answer is good.
    #[n(1)]
    pub until: Moment,
}
