//! What a card keeps: records of open deals, licenses, evidence; and the entries of its journal.

use alloc::vec::Vec;
use license::{Bind, Modes, Rights, Route};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{SealTo, VerifyKey};
use units::{ContentId, DealId, Hash, LicenseId, Moment, Money, PartyId, Tag, ValueId};

use crate::{
    Clearance, Gift, Pay, Resume, Slip, Value, VoidReason,
    fact::{Claimed, Reached},
    lend::{Lent, Pair},
    state::Profile,
};

/// What may be done with a license just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
pub enum Status {
    /// Everything its rights say.
    #[n(0)]
    #[default]
    Usable,
    /// Nothing, until unlocked.
    #[n(1)]
    Locked,
    /// A share of it (SD-24, SD-25); the share is in its rights.
    #[n(2)]
    Partial,
    /// Paid by a charge that is not yet acknowledged.
    #[n(3)]
    Owing(#[n(0)] [u8; 16]),
    /// The charge was refused: pay to clear it.
    #[n(4)]
    Refused(#[n(0)] [u8; 16]),
    /// Waiting for seller or publisher to say what of it is left, after a resume.
    #[n(5)]
    OnHold,
}

/// An unwrapped key at rest: written only into what is sealed under Km, never printed, wiped when dropped.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Opened(#[n(0)] ByteVec);

impl Opened {
    /// Keeps `key`.
    pub fn new(key: &[u8]) -> Self {
        Self(ByteVec::from(key.to_vec()))
    }
    /// Not kept opened?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// The bytes, for the one place that needs them.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl Default for Opened {
    fn default() -> Self {
        Self::new(&[])
    }
}

impl core::fmt::Debug for Opened {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(if self.is_empty() {
            "Opened(no)"
        } else {
            "Opened(secret)"
        })
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0[..]);
    }
}

/// A license on a card.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Held {
    /// Its name on this card.
    #[n(0)]
    pub id: LicenseId,
    /// Hash of the signed offer it grants.
    #[n(1)]
    pub offer: Hash,
    /// The work.
    #[n(2)]
    pub title: ContentId,
    /// Whose work.
    #[n(3)]
    pub publisher: PartyId,
    /// Who sold it.
    #[n(4)]
    pub seller: PartyId,
    /// To whom fares of copies are due.
    #[n(5)]
    pub payee: PartyId,
    /// What may be done with it now.
    #[n(6)]
    pub status: Status,
    /// 0 for a sale.
    #[n(7)]
    pub generation: u8,
    /// What is left of its rights.
    #[n(8)]
    pub rights: Rights,
    /// When it was first played, if a period runs.
    #[n(9)]
    pub first_play: Option<Moment>,
    /// Copies it may still make; `None`: no limit.
    #[n(10)]
    pub copies_left: Option<u16>,
    /// How it may be handed on.
    #[n(11)]
    pub modes: Modes,
    /// How deep copies may go.
    #[n(12)]
    pub generations: u8,
    /// Fare of a copy.
    #[n(13)]
    pub fare_copy: Money,
    /// Fare of a move.
    #[n(14)]
    pub fare_move: Money,
    /// What a copy may do.
    #[n(15)]
    pub copy_rights: Rights,
    /// How fares travel.
    #[n(16)]
    pub route: Route,
    /// Hash of the signed policy.
    #[n(17)]
    pub policy: Hash,
    /// Bound devices.
    #[n(18)]
    pub bind: Bind,
    /// The tag its last link is for.
    #[n(19)]
    pub tag: Tag,
    /// What was paid for it, for the library.
    #[n(20)]
    pub paid: Money,
    /// When it came.
    #[n(21)]
    pub since: Moment,
    /// The license document, as it came (its keys are wrapped for this card, so this is Km{Kup[Ke]} once stored).
    #[n(22)]
    pub document: ByteVec,
    /// The unwrapped key, if the card keeps keys opened (XD-6: Km[Ke] once stored); empty if it keeps them as they came.
    #[n(23)]
    pub opened: Opened,
}

impl Held {
    /// What is left of its rights, for whoever takes it over: a period that runs has its end by now.
    pub fn rights_left(&self) -> Rights {
        let ends = self
            .first_play
            .zip(self.rights.period)
            .map(|(at, period)| at.plus(period));
        let until = match (self.rights.until, ends) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Rights { until, ..self.rights }
    }
    /// May it be lost track of by a restored card: may it leave the card, or is something of it counted?
    pub const fn may_leave(&self) -> bool {
        self.modes.move_ || self.rights.counted()
    }
}

/// An open payment: the receiver's record, and the whole of what is unfinished on its side.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Paid {
    /// The deal.
    #[n(0)]
    pub deal: DealId,
    /// What was committed to.
    #[n(1)]
    pub pay: Pay,
    /// The signed `pay`: sealed again to the giver whenever it is said, and shown to the issuer in a report.
    #[n(2)]
    pub message: ByteVec,
    /// The license that left the card with it (surrender).
    #[n(3)]
    pub license: Option<Held>,
    /// When.
    #[n(4)]
    pub at: Moment,
    /// The giver's key, to seal the `pay` to.
    #[n(5)]
    pub to: Option<SealTo>,
    /// What the quote brought under a one-time secret that `settle` will tell (unlock, then pay).
    #[n(6)]
    pub kept: Option<ByteVec>,
    /// The publisher's terms as the giver showed them (a `license::OfferSheet`): its `settle` leaves them out.
    #[n(7)]
    pub terms: Option<ByteVec>,
    /// The giver's facts under the publisher's seal: kept for the issuer if they bring it this fare.
    #[n(8)]
    pub claimed: Option<Claimed>,
}

impl Paid {
    /// Money named in this record: out of the purse, not yet anybody else's.
    pub fn money(&self) -> Option<Money> {
        self.pay.tenders.iter().find_map(|t| match t {
            crate::Tender::Slip(slip) => Some(slip.amount),
            _ => None,
        })
    }
}

/// A decided deal: the giver's record, until the receiver or the issuer has said it is closed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Given {
    /// The deal.
    #[n(0)]
    pub deal: DealId,
    /// The receiver's tag.
    #[n(1)]
    pub receiver: Tag,
    /// The receiver's number.
    #[n(2)]
    pub pay_no: u64,
    /// This card's number for it.
    #[n(3)]
    pub give_no: u64,
    /// What was given.
    #[n(4)]
    pub gift: Gift,
    /// The signed and sealed `settle`, repeatable for ever.
    #[n(5)]
    pub message: ByteVec,
    /// The receiver's key, by which its `done` is known.
    #[n(6)]
    pub key: Option<VerifyKey>,
    /// The receiver's facts under the publisher's seal, if they brought it the fare: for the issuer.
    #[n(7)]
    pub claimed: Option<Claimed>,
}

/// What a card keeps for the issuer's eyes until its next report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Evidence {
    /// A slip this card let through.
    #[n(0)]
    Slip(#[n(0)] DealId, #[n(1)] Slip),
    /// A void this card received: the payment of this number and deal came back; the signed void.
    #[n(1)]
    Void(#[n(0)] DealId, #[n(1)] u64, #[n(2)] ByteVec),
    /// A second decision that contradicts the first.
    #[n(2)]
    Contradiction(#[n(0)] DealId, #[n(1)] ByteVec),
}

impl Entry {
    /// Keeps with a gift what its receiver said of itself.
    pub fn with_claim(mut self, claimed: Option<Claimed>) -> Self {
        if let Self::Given(given, ..) = &mut self {
            given.claimed = claimed;
        }
        self
    }

    /// Completes a gift with the signed and sealed `settle` and the receiver's key. The license in the record is what the
    /// receiver gets; document and keys of this card do not stay behind in it.
    pub fn given_signed(mut self, message: Vec<u8>, key: VerifyKey) -> Self {
        if let Self::Given(given, ..) | Self::Lent(given, ..) = &mut self {
            given.message = ByteVec::from(message);
            given.key = Some(key);
            if let Some(license) = &mut given.gift.license {
                license.document = ByteVec::from(Vec::new());
                license.opened = Opened::default();
            }
        }
        self
    }
}

/// One entry of a card's journal: one decision, written as a whole or not at all. Applying an entry cannot fail.
#[expect(
    clippy::large_enum_variant,
    reason = "one at a time, written at once: a box would only cost"
)]
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Entry {
    /// The receiver commits.
    #[n(0)]
    Paid(#[n(0)] Paid),
    /// The giver decides to give: its record, the license that leaves or counts down, the slips that come in.
    #[n(1)]
    Given(
        #[n(0)] Given,
        #[n(1)] Option<LicenseId>,
        #[n(2)] bool,
        #[n(3)] Vec<Slip>,
        #[n(4)] Option<Slip>,
    ),
    /// The giver's number passes without a gift: a void, a cancel.
    #[n(2)]
    Passed,
    /// The receiver closes: what was paid for is here. With the moment, for history.
    #[n(3)]
    Closed(#[n(0)] DealId, #[n(1)] Gift, #[n(2)] Moment),
    /// The receiver closes: everything is back. With the signed void.
    #[n(4)]
    Voided(#[n(0)] DealId, #[n(1)] VoidReason, #[n(2)] ByteVec),
    /// Records whose receivers have closed.
    #[n(5)]
    Freed(#[n(0)] Vec<DealId>),
    /// A report goes out: all quotes are closed.
    #[n(6)]
    Reported,
    /// The issuer has archived a report.
    #[n(7)]
    Cleared(#[n(0)] Clearance),
    /// This card was restored from an old copy: no deals until resumed.
    #[n(8)]
    Frozen,
    /// The way back.
    #[n(9)]
    Resumed(#[n(0)] Resume),
    /// Trusted time.
    #[n(10)]
    Tick(#[n(0)] Moment),
    /// New tags, with their transfer certificates.
    #[n(11)]
    Tags(#[n(0)] Vec<(Tag, Moment, ByteVec)>),
    /// A play is counted, before its first key is released.
    #[n(12)]
    Played(#[n(0)] LicenseId, #[n(1)] Moment),
    /// The holder deletes a license.
    #[n(13)]
    Deleted(#[n(0)] LicenseId),
    /// A value is put on the card.
    #[n(14)]
    Value(#[n(0)] Value, #[n(1)] ByteVec),
    /// A value is taken off by its holder.
    #[n(15)]
    Dropped(#[n(0)] PartyId, #[n(1)] ValueId),
    /// A new risk profile.
    #[n(16)]
    Profile(#[n(0)] Profile),
    /// A second decision contradicting the first: kept for the issuer.
    #[n(17)]
    Contradicted(#[n(0)] DealId, #[n(1)] ByteVec),
    /// A license on hold is good again, with these rights left.
    #[n(18)]
    Confirmed(#[n(0)] LicenseId, #[n(1)] Rights),
    /// A locked license arrives, free; the tag it is for is used up.
    #[n(22)]
    Installed(#[n(0)] Held),
    /// Provider information for a publisher is on the card, or no longer (SD-16).
    #[n(23)]
    Provider(#[n(0)] PartyId, #[n(1)] bool),
    /// A license on this card whose document or key was damaged gets them again from its seller; nothing else changes.
    #[n(19)]
    Mended(#[n(0)] LicenseId, #[n(1)] ByteVec, #[n(2)] Opened),
    /// A license that was bought and lost by a fault is here again. Only one that cannot have left the card meanwhile.
    #[n(20)]
    Reissued(#[n(0)] Held),
    /// A license is here under a name it did not have here before: in place of the first, if one is named. Taken once for
    /// each name, so that what left the card since never comes back by a repeat.
    #[n(24)]
    Homed(#[n(0)] Option<LicenseId>, #[n(1)] Held),
    /// The issuer says that this card was stopped as lost: it makes no deals and opens nothing, its licenses live elsewhere.
    #[n(25)]
    Stopped(#[n(0)] Moment),
    /// A payer's word about what is owed for a license: paid, or refused for ever, with the signed refusal.
    #[n(26)]
    Charged(#[n(0)] LicenseId, #[n(1)] Option<ByteVec>),
    /// Plays are given back for a license: the number of this repair, and how many.
    #[n(21)]
    PlaysBack(#[n(0)] LicenseId, #[n(1)] u32, #[n(2)] u32),
    /// Something is lent from this license, or, without a loan, this loan goes back: the giver's decision.
    #[n(40)]
    Lent(#[n(0)] Given, #[n(1)] LicenseId, #[n(2)] Option<Lent>),
    /// Another device is paired with this one, under the pair's name.
    #[n(41)]
    Paired(#[n(0)] Tag, #[n(1)] Pair),
    /// The owner lets a paired device in, or no longer.
    #[n(42)]
    Listed(#[n(0)] Tag, #[n(1)] bool),
    /// A server's word that this card's wallet was there (SD-16).
    #[n(44)]
    Reached(#[n(0)] PartyId, #[n(1)] Reached),
    /// A loan is given up: its player is gone, and what was lent with it.
    #[n(43)]
    GivenUp(#[n(0)] LicenseId),
}
