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
//! These are the bodies. No wallet lends yet: a card refuses to pay on such a quote (`PayRefusal`).

use minicbor::{Decode, Encode};
use units::{LicenseId, Moment};

/// One wallet and one player that know one another: the hash of the pair's key.
pub type PairId = [u8; 16];

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
