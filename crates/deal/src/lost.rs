//! Lost: what a holder whose card is gone says to get another one, and how licenses are confirmed for the card they are on.
//!
//! ```text
//! card A                    issuer                     card B, made after A was lost          seller
//!   claim(keep) ------------> keeps the copy unread
//!   (gone)                          <------------ claim(lost, proof by the recovery key)
//!                             stops A
//!                                   ------------> copy, rulings, when the money comes
//!                             (the wait is over)
//!                                   <------------ claim(vouch: old tag -> new keys)
//!                                   ------------> vouched, signed
//!                                                   confirm(license, vouched) ------------------> its own record
//!                                                            <---------- confirmed: the license, made out to B
//! ```
//!
//! | message | signed by | sealed to |
//! |---|---|---|
//! | [`ClaimSheet`] | the card's own key | its issuer |
//! | [`LostSheet`], inside a claim | the recovery key of the lost card | nobody: it names the card it is for |
//! | [`ClaimedSheet`] | the issuer | the card |
//! | [`Vouched`] | the issuer, for anyone | nobody: two tags, no number |
//! | [`ConfirmSheet`] | the tag the license is of | its seller |
//! | [`ConfirmedSheet`] | the seller | a key made for this letter |
//! | [`RecoveryCopy`] | nobody | the recovery key alone |

use alloc::vec::Vec;
use license::{Receiver, Rights};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{SealTo, VerifyKey};
use units::{CardNo, ContentId, DealId, LicenseId, Moment, Money, PartyId, Tag};

use crate::Held;

/// The most bytes of a recovery copy that an issuer keeps for a card.
pub const COPY_MAX: usize = 512 * 1024;
/// The most tags in one claim.
pub const VOUCH_MAX: usize = 64;
/// The most open payments named in one claim.
pub const OPEN_MAX: usize = 64;

/// The public half of a recovery code: made from it wherever it is typed in, kept by card and issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct RecoveryKeys {
    /// Checks the statement of a loss.
    #[n(0)]
    pub sign: VerifyKey,
    /// Where the recovery copy is sealed to.
    #[n(1)]
    pub seal: SealTo,
}

/// What a card asks of its issuer beside its deals.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ClaimSheet {
    /// Who asks.
    #[n(0)]
    pub card: CardNo,
    /// What.
    #[n(1)]
    pub claim: Claim,
}

/// The claims there are.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Claim {
    /// Keep this recovery copy in place of the one before: its number, whose loss it is for, the sealed bytes.
    #[n(0)]
    Keep(#[n(0)] u64, #[n(1)] RecoveryKeys, #[n(2)] ByteVec),
    /// Another card of this holder is lost: the signed [`LostSheet`], and payments of that card that were open.
    #[n(1)]
    Lost(#[n(0)] ByteVec, #[n(1)] Vec<(DealId, u64, ByteVec)>),
    /// Say to sellers that licenses of these tags now belong to these keys of mine.
    #[n(2)]
    Vouch(#[n(0)] Vec<(Tag, Receiver)>),
    /// Tell me everything you store about this card.
    #[n(3)]
    Tell,
    /// Forget what you keep for this card alone: its recovery copy and the key of its code. Books stay.
    #[n(4)]
    Forget,
}

/// The statement of a loss. Signed by the recovery key, for the issuer; the key says which card is lost, and for every other
/// card than the one named it is worth nothing.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct LostSheet {
    /// The card that takes its place.
    #[n(0)]
    pub to: CardNo,
    /// When the holder said it.
    #[n(1)]
    pub at: Moment,
    /// The recovery key it is signed with: it tells which card is meant, and nobody else knows that it does.
    #[n(2)]
    pub sign: VerifyKey,
}

/// The issuer's answer to a claim.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ClaimedSheet {
    /// What came of it.
    #[n(0)]
    pub answer: Claimed,
    /// The issuer's certificate.
    #[n(1)]
    pub certificate: ByteVec,
}

/// What came of a claim.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Claimed {
    /// The copy of this number is kept.
    #[n(0)]
    Kept(#[n(0)] u64),
    /// The loss is known.
    #[n(1)]
    Lost(#[n(0)] Loss),
    /// Signed [`Vouched`]s, for those asked that may be vouched for; and if some may later: when to ask again.
    #[n(2)]
    Vouched(#[n(0)] Vec<ByteVec>, #[n(1)] Option<Moment>),
    /// Everything stored about the card.
    #[n(3)]
    Told(#[n(0)] About),
    /// Nothing is kept for it beside the books.
    #[n(4)]
    Forgotten,
}

/// One payment of a card, as its issuer stores it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct PaidLine {
    /// The card's own number for it.
    #[n(0)]
    pub pay_no: u64,
    /// When the issuer saw it.
    #[n(1)]
    pub at: Moment,
    /// How much.
    #[n(2)]
    pub amount: Money,
    /// To whom.
    #[n(3)]
    pub payee: PartyId,
    /// For which work; zeros: for none.
    #[n(4)]
    pub title: ContentId,
}

/// The most payments told of at once: the newest.
pub const TOLD_MAX: usize = 2000;

/// Everything an issuer stores about one card.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct About {
    /// Which card.
    #[n(0)]
    pub card: CardNo,
    /// Since when it is known.
    #[n(1)]
    pub since: Moment,
    /// The bank and the token of the account money comes from and goes to, if one was named.
    #[n(2)]
    pub account: Option<(PartyId, units::ValueId)>,
    /// How many tags were certified for it.
    #[n(3)]
    pub tags: u64,
    /// What is held for it.
    #[n(4)]
    pub held: Money,
    /// What waits to be paid out.
    #[n(5)]
    pub waits: Money,
    /// Its payments, the newest first.
    #[n(6)]
    pub payments: Vec<PaidLine>,
    /// When it left its recovery copy, and how many bytes nobody here can read.
    #[n(7)]
    pub copy: Option<(Moment, u64)>,
}

/// How a loss stands.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Loss {
    /// The lost card.
    #[n(0)]
    pub card: CardNo,
    /// When it was stopped.
    #[n(1)]
    pub stopped: Moment,
    /// From when on nothing of it can be decided any more and all reports that are due have come: the money follows.
    #[n(2)]
    pub from: Moment,
    /// What the issuer holds for it just now. It shrinks while payments made before the loss arrive.
    #[n(3)]
    pub figure: Money,
    /// Of it, named in open payments that nobody has decided yet: it follows when they are.
    #[n(4)]
    pub open: Money,
    /// What has come over so far.
    #[n(5)]
    pub back: Money,
    /// The recovery copy, if one was kept here.
    #[n(6)]
    pub copy: Option<ByteVec>,
    /// Decisions on its open payments, sealed to its tags.
    #[n(7)]
    pub rulings: Vec<ByteVec>,
    /// Who sold it what, as far as its money tells.
    #[n(8)]
    pub sold: Vec<(PartyId, ContentId)>,
    /// Signed refund orders of this issuer: the money.
    #[n(9)]
    pub orders: Vec<ByteVec>,
    /// What was paid with the lost card and heard of only after it was stopped, if anything was.
    #[n(10)]
    pub late: Option<Money>,
}

/// The issuer's word to sellers: what is made out to the first tag belongs to the second, and nothing that was decided under
/// the first can still come. It tells of no card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Vouched {
    /// The tag a license is made out to.
    #[n(0)]
    pub of: Tag,
    /// Whose it is now.
    #[n(1)]
    pub to: Receiver,
    /// Since when.
    #[n(2)]
    pub at: Moment,
}

/// A card asks the seller of a license to make it out to its present keys, with what is left of it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ConfirmSheet {
    /// Which license.
    #[n(0)]
    pub license: LicenseId,
    /// Checks this letter: the key of the tag the license was sold to.
    #[n(1)]
    pub sign: VerifyKey,
    /// Where to seal the answer.
    #[n(2)]
    pub seal: SealTo,
    /// What is left of its rights, as the card or its recovery copy remembers.
    #[n(3)]
    pub left: Rights,
    /// The number by which this seller will know the buyer from now on.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub buyer: [u8; 16],
    /// The issuer's signed [`Vouched`].
    #[n(5)]
    pub vouched: ByteVec,
}

/// What a seller says about a license that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Standing {
    /// It is made out anew.
    #[n(0)]
    MadeOut,
    /// Nothing was sold here under this name.
    #[n(1)]
    NotSold,
    /// It was handed back for money.
    #[n(2)]
    Refunded,
    /// One of an edition: nobody can prove that it was not handed on, so people decide.
    #[n(3)]
    OfAnEdition,
}

impl Standing {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::MadeOut => "made-out",
            Self::NotSold => "not-sold-here",
            Self::Refunded => "handed-back",
            Self::OfAnEdition => "one-of-an-edition",
        }
    }
}

/// The seller's answer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ConfirmedSheet {
    /// About which license.
    #[n(0)]
    pub license: LicenseId,
    /// How it stands.
    #[n(1)]
    pub standing: Standing,
    /// The license as it is from now on.
    #[n(2)]
    pub document: Option<ByteVec>,
    /// The seller's certificate.
    #[n(3)]
    pub certificate: ByteVec,
}

/// The secret of a card that is gone, with the tags it is needed for.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Elder {
    /// Its number.
    #[n(0)]
    pub card: CardNo,
    /// Its secret; written only into what is sealed.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub secret: [u8; 32],
    /// Tags whose keys are still asked for.
    #[n(2)]
    pub tags: Vec<Tag>,
    /// Its loss, as it was stated: said again until everything is back.
    #[n(3)]
    pub proof: ByteVec,
    /// Its payments that were open.
    #[n(4)]
    pub open: Vec<(DealId, u64, ByteVec)>,
    /// How the loss stands, as the issuer said last.
    #[n(5)]
    pub loss: Option<Loss>,
    /// The publishers' terms (each a `license::OfferSheet`) which that card kept for its open payments: what is given for
    /// them comes without.
    #[n(6)]
    pub terms: Option<Vec<ByteVec>>,
}

impl core::fmt::Debug for Elder {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Elder({})", self.card.short())
    }
}

impl Drop for Elder {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.secret);
    }
}

/// What a card knows about its licenses, for the day it is gone. Sealed to the recovery key and to nobody else.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct RecoveryCopy {
    /// The card, and those before it, the card itself first.
    #[n(0)]
    pub cards: Vec<Elder>,
    /// When it was made.
    #[n(1)]
    pub made: Moment,
    /// Licenses, each with its document. One that is left out for length comes from its seller's records.
    #[n(2)]
    pub licenses: Vec<Held>,
    /// Who sold what: to ask them for what is not in this copy.
    #[n(3)]
    pub sold: Vec<(PartyId, ContentId)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_comes_back_as_it_went_and_never_prints_its_secret() {
        let elder = Elder {
            card: CardNo([1; 16]),
            secret: [0xAB; 32],
            tags: alloc::vec![Tag([2; 16])],
            proof: ByteVec::from(Vec::new()),
            open: Vec::new(),
            loss: None,
            terms: Some(alloc::vec![ByteVec::from(alloc::vec![5; 9])]),
        };
        let copy = RecoveryCopy {
            cards: alloc::vec![elder],
            made: Moment(5),
            licenses: Vec::new(),
            sold: alloc::vec![(PartyId([3; 16]), ContentId([4; 16]))],
        };
        let bytes = seal::cbor::to_bytes(&copy);
        assert_eq!(seal::cbor::from_bytes::<RecoveryCopy>(&bytes).unwrap(), copy);
        let printed = alloc::format!("{copy:?}");
        assert!(
            !printed.contains("171") && !printed.to_lowercase().contains("abab"),
            "{printed}"
        );
    }
}
