//! History: what moved on this card, in its own words, for its holder's eyes.

use alloc::string::String;
use deal::Kind;
use minicbor::{Decode, Encode};
use units::{DealId, Moment, Money, PartyId, Tag};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Event {
    /// Committed; the answer is awaited.
    #[n(0)]
    Paid,
    /// What was paid for is here.
    #[n(1)]
    Given,
    /// Everything is back.
    #[n(2)]
    Returned,
    /// A play began.
    #[n(3)]
    Played,
    /// Deleted by the holder.
    #[n(4)]
    Deleted,
    /// The card was found to be an old copy.
    #[n(5)]
    Frozen,
    /// The way back was taken.
    #[n(6)]
    Resumed,
    /// A seller said again what a fault had lost.
    #[n(7)]
    Mended,
    /// This card gave: a copy, or the license itself, by the kind of deal.
    #[n(8)]
    Gave,
    /// A locked license came, free.
    #[n(9)]
    Locked,
    /// A giver contradicted what it had decided before; both words are kept for the issuer.
    #[n(10)]
    Contradicted,
    /// A coupon, voucher or the like came onto this card.
    #[n(12)]
    Came,
    /// It was used at a payment: the line of that payment stands before it.
    #[n(13)]
    Spent,
    /// Its holder threw it away.
    #[n(14)]
    Dropped,
    /// What a lost card of this holder had is here now.
    #[n(20)]
    Recovered,
    /// The card was stopped as lost.
    #[n(21)]
    Stopped,
    /// A carrier or bank paid what was owed.
    #[n(30)]
    ChargePaid,
    /// It refused to.
    #[n(31)]
    ChargeRefused,
}

/// One line of history.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Line {
    /// When, by trusted time.
    #[n(0)]
    pub at: Moment,
    /// What happened.
    #[n(1)]
    pub event: Event,
    /// In what kind of deal.
    #[n(2)]
    pub kind: Option<Kind>,
    /// What it was about, at most 200 characters.
    #[n(3)]
    pub title: String,
    /// How much moved.
    #[n(4)]
    pub amount: Option<Money>,
    /// With whom: seller or issuer.
    #[n(5)]
    pub with: Option<PartyId>,
    /// In which deal.
    #[n(6)]
    pub deal: Option<DealId>,
    /// The other card, by the tag it showed in this deal (SD-11); nobody but the issuer can tell whose it is.
    #[n(7)]
    pub peer: Option<Tag>,
    /// Generation of the license that moved.
    #[n(8)]
    pub generation: Option<u8>,
    /// How many copies this card's license has made by then.
    #[n(9)]
    pub copies: Option<u32>,
}
