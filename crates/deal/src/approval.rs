//! Approval: somebody who knows the buyer permits a purchase, and the seller never learns who bought (system E).
//!
//! ```text
//!  shop            terminal (card)             approver                 settlement server
//!   quote + purchase ──►  approval ask ──────────►  knows the user,
//!                                                   holds the amount
//!                         ◄─────────────── approval (sealed to a one-time key)
//!   ◄── pay {approval} ──
//!   settlement {approval, own record} ─────────────────────────────────────►
//!                                                   ◄────── redeem: permit
//!                                                   redeemed: permitted ──►
//!                                                   ◄────── redeem: settled, or abandon
//! ```
//!
//! What a seller sees of a buyer here is a random id, one tag and what it quoted itself. What an approver sees of a purchase
//! is its kind, its price and a hash that contains the seller's random order number. There is no place for a name in any of
//! these bodies but the approver's own.

use alloc::string::String;
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{SealTo, VerifyKey};
use units::{ApprovalId, DealId, Hash, Moment, Money, PartyId, Tag};

/// What a purchase can be: one of these words and no other text, so that nothing a seller writes reaches the page on which
/// somebody approves (row-69).
pub const KINDS: [&str; 6] = ["mixed", "text", "picture", "sound", "video", "program"];

/// What is to be bought, as far as an approver may know it: kind and price. Signed by the seller (kind Purchase), for anyone.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Purchase {
    /// Hash of the quote it belongs to. The quote contains a random order number, so the hash tells nothing.
    #[n(0)]
    pub quote: Hash,
    /// The kind of work, one of [`KINDS`]: never its title.
    #[n(1)]
    pub what: String,
    /// How many.
    #[n(2)]
    pub quantity: u16,
    /// The price, all of it.
    #[n(3)]
    pub price: Money,
    /// Who sells.
    #[n(4)]
    pub seller: PartyId,
    /// Who will ask permission: the seller itself, or whoever settles for it.
    #[n(5)]
    pub settles: PartyId,
    /// Last moment at which the quote can be paid.
    #[n(6)]
    pub until: Moment,
    /// Does the publisher let this seller know its buyers again, by a number that only this seller is shown?
    #[n(7)]
    pub knows_again: bool,
}

/// A purchase as it travels.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct PurchaseSheet {
    /// The signed [`Purchase`].
    #[n(0)]
    pub purchase: ByteVec,
    /// The seller's certificate.
    #[n(1)]
    pub certificate: ByteVec,
}

/// What a terminal asks its holder's approver. Signed by the tag that will pay (kind ApprovalAsk), for that approver: whoever
/// holds the approval later cannot use it without the same key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ApprovalAsk {
    /// Whom it asks. Named by the holder, never by the seller.
    #[n(0)]
    pub approver: PartyId,
    /// What about.
    #[n(1)]
    pub sheet: PurchaseSheet,
    /// How much the approval is to cover.
    #[n(2)]
    pub amount: Money,
    /// The tag that will pay.
    #[n(3)]
    pub tag: Tag,
    /// Its key.
    #[n(4)]
    pub key: VerifyKey,
    /// A one-time key to seal the approval to.
    #[n(5)]
    pub answer: SealTo,
    /// Random: makes this question unlike any other.
    #[cbor(n(6), with = "minicbor::bytes")]
    pub nonce: [u8; 16],
}

/// Permission for one purchase, once. Signed by the approver (kind Approval), for whoever settles.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Approval {
    /// Its id: 128 random bits, and the name of the amount held.
    #[n(0)]
    pub id: ApprovalId,
    /// Who issued it and decides about it.
    #[n(1)]
    pub approver: PartyId,
    /// For this quote.
    #[n(2)]
    pub quote: Hash,
    /// For this amount.
    #[n(3)]
    pub amount: Money,
    /// For this seller.
    #[n(4)]
    pub seller: PartyId,
    /// To be redeemed by this party.
    #[n(5)]
    pub settles: PartyId,
    /// To be used by this tag.
    #[n(6)]
    pub tag: Tag,
    /// The tag's key.
    #[n(7)]
    pub key: VerifyKey,
    /// Last moment of use.
    #[n(8)]
    pub until: Moment,
    /// Not to be used before.
    #[n(9)]
    pub from: Option<Moment>,
}

/// What somebody who settles says of an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum RedeemWord {
    /// May it be used, for this sale?
    #[n(0)]
    Permit,
    /// It was used: charge the user. Follows a permission, for ever.
    #[n(1)]
    Settled,
    /// It will not be used by this sale, for ever: give the limit back.
    #[n(2)]
    Abandon,
}

/// Signed by who settles (kind Redeem), for the approver. Everything in it is the sender's own record.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Redeem {
    /// What is said.
    #[n(0)]
    pub word: RedeemWord,
    /// Of which approval.
    #[n(1)]
    pub approval: ApprovalId,
    /// For which sale.
    #[n(2)]
    pub deal: DealId,
    /// The quote.
    #[n(3)]
    pub quote: Hash,
    /// The amount.
    #[n(4)]
    pub amount: Money,
    /// The seller.
    #[n(5)]
    pub seller: PartyId,
    /// The tag that paid.
    #[n(6)]
    pub tag: Tag,
    /// Who speaks.
    #[n(7)]
    pub by: PartyId,
    /// Its certificate.
    #[n(8)]
    pub certificate: ByteVec,
}

/// Why an approver does not permit. In order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum NotPermitted {
    /// No approval of that number for who asks: never issued, or issued for somebody else. Strangers hear nothing else.
    #[n(0)]
    Unknown,
    /// Another quote, amount, seller or tag than it was issued for.
    #[n(1)]
    Differs,
    /// Used by another sale.
    #[n(2)]
    Used,
    /// Its time is over.
    #[n(3)]
    Expired,
    /// Its user took it back, or it was abandoned.
    #[n(4)]
    Cancelled,
    /// Its conditions do not hold yet.
    #[n(5)]
    Condition,
}

impl NotPermitted {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "approval-unknown",
            Self::Differs => "approval-differs",
            Self::Used => "approval-used",
            Self::Expired => "approval-expired",
            Self::Cancelled => "approval-cancelled",
            Self::Condition => "approval-too-early",
        }
    }
}

/// The approver's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum RedeemOutcome {
    /// Yes, for this sale and no other.
    #[n(0)]
    Permitted,
    /// No.
    #[n(1)]
    Refused(#[n(0)] NotPermitted),
    /// The user is charged; of the amount this much is the approver's part.
    #[n(2)]
    Charged(#[n(0)] Money),
    /// The limit is back.
    #[n(3)]
    Returned,
}

/// Signed by the approver (kind Redeemed), for who asked.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Redeemed {
    /// Which word it answers.
    #[n(0)]
    pub word: RedeemWord,
    /// Which approval.
    #[n(1)]
    pub approval: ApprovalId,
    /// Which sale.
    #[n(2)]
    pub deal: DealId,
    /// The decision.
    #[n(3)]
    pub outcome: RedeemOutcome,
}

/// What a shop hands to the settlement server that settles for it. Signed by the shop (kind Settlement), for that server.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ToSettle {
    /// The shop's own record of the sale.
    #[n(0)]
    pub sale: Wanted,
    /// The signed approval, as the terminal brought it.
    #[n(1)]
    pub approval: ByteVec,
    /// The shop.
    #[n(2)]
    pub by: PartyId,
    /// Its certificate.
    #[n(3)]
    pub certificate: ByteVec,
}

/// A sale as a settlement server knows it: approval, amount, content's kind, quantity. Nothing of a person fits in here.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Wanted {
    /// Which sale.
    #[n(0)]
    pub deal: DealId,
    /// The quote that is paid.
    #[n(1)]
    pub quote: Hash,
    /// What is left to pay of its price.
    #[n(2)]
    pub amount: Money,
    /// The kind of work.
    #[n(3)]
    pub what: String,
    /// How many.
    #[n(4)]
    pub quantity: u16,
    /// The seller.
    #[n(5)]
    pub seller: PartyId,
    /// The tag that pays.
    #[n(6)]
    pub tag: Tag,
}

/// The settlement server's answer. Signed (kind Settlement), for the shop.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SettledFor {
    /// Which sale.
    #[n(0)]
    pub deal: DealId,
    /// Settled: give. Otherwise the code of the refusal: nothing was charged.
    #[n(1)]
    pub refused: Option<String>,
    /// Was it time that ran out?
    #[n(2)]
    pub late: bool,
}

/// The hash of a quote as approvals name it; the same that consent names.
pub fn quote_of(quote: &crate::Quote) -> Hash {
    crate::wire::quote_hash(quote)
}

/// The top bit of a payment's number marks one that only the card itself can read.
pub const BLIND: u64 = 1 << 63;

/// A card counts its payments, and a seller who saw two numbers could tell that they are one card's. With an approval the
/// number travels blinded by a pad of the card's own for this tag; [`seen`] takes the pad off again.
pub const fn blind(pay_no: u64, pad: u64) -> u64 {
    BLIND | (pay_no ^ (pad & !BLIND))
}

/// The card's number in a word from the giver, blinded or not.
pub const fn seen(pay_no: u64, pad: u64) -> u64 {
    if pay_no & BLIND == 0 {
        pay_no
    } else {
        (pay_no & !BLIND) ^ (pad & !BLIND)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// proves: PA-5 row-67
    #[test]
    fn a_number_is_read_by_its_own_card_alone() {
        for (n, pad) in [(0, 0), (1, u64::MAX), (7, 0x0123_4567_89ab_cdef), (BLIND - 1, 5)] {
            assert_eq!(seen(blind(n, pad), pad), n);
            assert_eq!(seen(n, pad), n);
        }
        // Two purchases in a row, each under a tag of its own, do not look like two in a row.
        assert_ne!(blind(8, 0x55aa).wrapping_sub(blind(7, 0xaa55)), 1);
        assert_ne!(blind(0, 9) & BLIND, 0);
    }

    #[test]
    fn reasons_have_codes_of_their_own() {
        use NotPermitted::{Cancelled, Condition, Differs, Expired, Unknown, Used};
        let mut codes = [Unknown, Differs, Used, Expired, Cancelled, Condition].map(NotPermitted::code);
        codes.sort_unstable();
        assert!(codes.windows(2).all(|two| two[0] != two[1]));
    }
}
