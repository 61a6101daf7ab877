//! The offer: what stands on the shelf under a number.

use alloc::{string::String, vec::Vec};
use minicbor::{Decode, Encode};
use units::{ContentId, Hash, Moment, Money, OfferNo, PartyId};

use crate::Rights;

/// A way to pay. One order may be paid with several tenders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum TenderKind {
    /// Electronic money of the card.
    #[n(0)]
    Slip,
    /// A coupon, ticket, cheque, prepaid code or points.
    #[n(1)]
    Value,
    /// The carrier pays and bills.
    #[n(2)]
    Charge,
    /// An approval of somebody who knows the buyer.
    #[n(3)]
    Approval,
    /// A receipt of an earlier payment.
    #[n(4)]
    Receipt,
    /// A medium, once.
    #[n(5)]
    Medium,
    /// An order paid elsewhere: cash, bank, account.
    #[n(6)]
    Order,
}

/// How the content comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Delivery {
    /// One package for all; `header` is the hash of its header.
    #[n(0)]
    Shared(#[n(0)] Hash),
    /// A package of its own for every sale, under its own key (XD-4).
    #[n(1)]
    Unique,
}

/// When a buyer may hand back and be refunded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
#[cbor(array)]
pub struct RefundRule {
    /// Whole days after the sale; 0: no refunds.
    #[n(0)]
    pub days: u16,
    /// Only while never played.
    #[n(1)]
    pub unplayed: bool,
    /// How much of the price comes back, in thousandths.
    #[n(2)]
    pub permille: u16,
}

/// What a publisher puts on the shelf, signed by him: the whole of what a buyer agrees to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Offer {
    /// The number on the shelf.
    #[n(0)]
    pub number: OfferNo,
    /// The work.
    #[n(1)]
    pub content: ContentId,
    /// Its name, at most 200 characters.
    #[n(2)]
    pub title: String,
    /// Whose work.
    #[n(3)]
    pub publisher: PartyId,
    /// Who may sell it.
    #[n(4)]
    pub sellers: Vec<PartyId>,
    /// To whom the price is due (default: the publisher).
    #[n(5)]
    pub payee: PartyId,
    /// The price, tax included.
    #[n(6)]
    pub price: Money,
    /// Tax contained in the price, in thousandths of the net price.
    #[n(7)]
    pub tax_permille: u16,
    /// SHA-256 of the signed policy.
    #[n(8)]
    pub policy: Hash,
    /// How the content comes.
    #[n(9)]
    pub delivery: Delivery,
    /// What the buyer may do with it.
    #[n(10)]
    pub rights: Rights,
    /// What it may be paid with.
    #[n(11)]
    pub tenders: Vec<TenderKind>,
    /// When it may be handed back.
    #[n(12)]
    pub refund: RefundRule,
    /// How many may be sold, if not any number (SD-12).
    #[n(13)]
    pub edition: Option<u32>,
    /// Last moment at which a quote may be made from it.
    #[n(14)]
    pub until: Moment,
    /// The internet media type of the plain content, for players.
    #[n(15)]
    pub media_type: String,
}
