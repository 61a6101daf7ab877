//! Charge: a price that somebody else pays first, a carrier say, and bills to the holder (ST-4, ST-13, ST-22, ST-25, ST-27).
//!
//! The tender [`crate::Tender::Charge`] only names the charge. The charge itself is written when the deal closes and leaves
//! the card then: a payment that was voided can never be billed by whoever saw it. From then on the license is owing
//! ([`crate::Status::Owing`]): that entry is the record and the outbox, and the card says the same charge again, on any way,
//! until it is acknowledged. The carrier decides each charge id once.
//!
//! | from | on | to |
//! |---|---|---|
//! | owing | [`ChargeWord::Paid`] | usable |
//! | owing | [`ChargeWord::Refused`], for ever | refused: to be paid by another tender |
//! | refused | a deal of kind [`crate::Kind::Clear`] | usable |
//!
//! A clear is an ordinary deal whose order id is the charge id: a seller gives each order id once, so it gives once per
//! charge, whoever pays.
//!
//! These are the bodies. No party bills and no card closes with a charge yet: a card refuses to pay with one
//! (`PayRefusal`), and so does every shop.

use minicbor::{Decode, Encode};
use units::{DealId, Moment, Money, OfferNo, PartyId};

/// An id for ever: one charge, one answer.
pub type ChargeId = [u8; 16];

/// What a card asks a carrier or bank to pay for its holder. Signed by the tag that paid (kind Charge), sealed to who pays.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Charge {
    /// Its id: the one that `pay` named.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub charge: ChargeId,
    /// The deal that closed with it.
    #[n(1)]
    pub deal: DealId,
    /// Who pays now and bills the holder.
    #[n(2)]
    pub payer: PartyId,
    /// To whom it is due.
    #[n(3)]
    pub seller: PartyId,
    /// What was bought.
    #[n(4)]
    pub offer: OfferNo,
    /// How much.
    #[n(5)]
    pub amount: Money,
    /// When the deal closed.
    #[n(6)]
    pub at: Moment,
}

/// What becomes of a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum ChargeWord {
    /// Paid: the license opens.
    #[n(0)]
    Paid,
    /// Refused, for ever: nobody bills this charge any more.
    #[n(1)]
    Refused,
}

/// The answer to a charge. Signed by the payer named in it (kind Charged), for anyone: the seller may see it too.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Charged {
    /// Which.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub charge: ChargeId,
    /// The deal.
    #[n(1)]
    pub deal: DealId,
    /// The decision.
    #[n(2)]
    pub word: ChargeWord,
    /// How much was paid, or would have been.
    #[n(3)]
    pub amount: Money,
    /// When it was decided.
    #[n(4)]
    pub at: Moment,
}
