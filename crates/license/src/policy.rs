//! The policy: how a work may be used and handed on, and where fares go (SD-4, SD-17).

use alloc::vec::Vec;
use minicbor::{Decode, Encode};
use units::{Moment, Money, PartyId, Share, Span};

use seal::SealTo;

/// How a work may be handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
#[cbor(array)]
pub struct Modes {
    /// A friend may get a license of his own, the giver keeps his.
    #[n(0)]
    pub copy: bool,
    /// The license may change hands.
    #[n(1)]
    pub move_: bool,
    /// A friend may get a locked license, free, to be unlocked against its fee.
    #[n(2)]
    pub locked: bool,
}

/// Which card carries collected fares on: the rule by which escrow travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
#[cbor(index_only)]
pub enum Route {
    /// Always on to the receiver.
    #[n(0)]
    #[default]
    Chain,
    /// To the card with the later purchase from this publisher.
    #[n(1)]
    Latest,
    /// To the card with more purchases from this publisher.
    #[n(2)]
    Count,
    /// To the card that knows a network provider.
    #[n(3)]
    Provider,
    /// To the seller's own till (sales).
    #[n(4)]
    Till,
}

/// What a license lets its holder do. `None` means without limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
#[cbor(array)]
pub struct Rights {
    /// How many plays.
    #[n(0)]
    pub plays: Option<u32>,
    /// How long from the first play.
    #[n(1)]
    pub period: Option<Span>,
    /// Until when, whatever happens.
    #[n(2)]
    pub until: Option<Moment>,
    /// How much of the work.
    #[n(3)]
    pub share: Share,
}

impl Rights {
    /// Everything, for ever.
    pub const UNLIMITED: Self = Self {
        plays: None,
        period: None,
        until: None,
        share: Share::Whole,
    };
    /// Does `self` allow nothing that `wider` does not?
    pub fn within(&self, wider: &Self) -> bool {
        fn below<T: PartialOrd>(mine: Option<T>, limit: Option<T>) -> bool {
            match (mine, limit) {
                (_, None) => true,
                (None, Some(_)) => false,
                (Some(a), Some(b)) => a <= b,
            }
        }
        below(self.plays, wider.plays)
            && below(self.period, wider.period)
            && below(self.until, wider.until)
            && self.share <= wider.share
    }
    /// Are there plays to count?
    pub const fn counted(&self) -> bool {
        self.plays.is_some()
    }
}

/// The publisher's signed rules for a work, carried along with every license of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Policy {
    /// Whose rules.
    #[n(0)]
    pub publisher: PartyId,
    /// What a friend may get.
    #[n(1)]
    pub modes: Modes,
    /// Fare of a copy.
    #[n(2)]
    pub fare_copy: Money,
    /// Fare of a move.
    #[n(3)]
    pub fare_move: Money,
    /// How deep copies of copies may go; 0: no copies at all.
    #[n(4)]
    pub generations: u8,
    /// How many copies one license may make; `None`: no limit.
    #[n(5)]
    pub copies: Option<u16>,
    /// How collected fares travel.
    #[n(6)]
    pub route: Route,
    /// To whom fares are due.
    #[n(7)]
    pub payee: PartyId,
    /// What a copy may do.
    #[n(8)]
    pub copy_rights: Rights,
    /// May only live on hardware cards.
    #[n(9)]
    pub hardware_only: bool,
    /// May leave the player as a plain file that a foreign program opens, once the holder agrees (SD-6).
    #[n(10)]
    pub as_file: bool,
    /// How many players it may be lent to at once.
    #[n(11)]
    pub players: u8,
    /// How locked copies arrive, and where and for how much they are unlocked; present if the mode is allowed.
    #[n(12)]
    pub unlock: Option<Unlock>,
    /// May its sellers know a buyer again who pays by approval, by a number that only this seller is shown? Absent: no.
    #[n(13)]
    pub knows_buyers: Option<bool>,
}

/// What becomes of a locked copy (SD-24 to SD-30).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Unlock {
    /// The key that the rest of the work is locked to: the publisher's, or one that its centres share.
    #[n(0)]
    pub key: SealTo,
    /// Support centres that may unlock; the publisher may always.
    #[n(1)]
    pub centres: Vec<PartyId>,
    /// What unlocking costs, payable to the policy's payee.
    #[n(2)]
    pub fee: Money,
    /// How much of the work opens at once: the status in which a locked copy arrives.
    #[n(3)]
    pub arrives: Share,
}
