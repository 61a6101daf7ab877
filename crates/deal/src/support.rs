//! Support: what a card tells its publisher's support desk when something went wrong, and what comes back (SD-7).
//!
//! ```text
//! card                       desk                          seller
//!   support  ---------------->  keeps it, looks at it
//!     (with a reissue letter    reissue  ----------------->  looks at its own records
//!      sealed to the seller)             <-----------------  reissued: a word for the desk, a gift for the card
//!            <----------------  supported
//! ```
//!
//! | message | signed by | sealed to |
//! |---|---|---|
//! | [`SupportSheet`] | a key made for this request | the desk |
//! | [`ReissueSheet`] | the tag the license or payment is of, or the request's key | the seller |
//! | [`Reissued`] | the seller, for anyone | nobody; its gift to the request's key |
//! | [`SupportedSheet`] | the desk, for this request | the request's key |
//!
//! Nothing here names a person or carries a key of content. The desk cannot read what seller and card say to one another:
//! what a seller says again are decisions it once made, sealed to tags that one card alone answers for.

use alloc::{string::String, vec::Vec};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{SealTo, VerifyKey};
use units::{ContentId, DealId, Hash, LicenseId, Moment, PartyId, Tag};

/// The most notes of a playback log in one request.
pub const NOTES_MAX: usize = 400;
/// The most characters of the holder's own words.
pub const WORDS_MAX: usize = 500;
/// The most characters of a code.
pub const CODE_MAX: usize = 60;

/// What is wrong, as far as a holder can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Trouble {
    /// Something else: advice is asked for.
    #[n(0)]
    Other,
    /// A payment is on its way, and its answer does not come.
    #[n(1)]
    NoAnswer,
    /// A license is here, and its key does not open.
    #[n(2)]
    Key,
    /// A license that was bought is not on the card any more.
    #[n(3)]
    Lost,
    /// The sealed file is gone or damaged.
    #[n(4)]
    Package,
    /// A play was counted, and nothing was played.
    #[n(5)]
    Counted,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Other,
        Self::NoAnswer,
        Self::Key,
        Self::Lost,
        Self::Package,
        Self::Counted,
    ];
    /// Its word, as commands and pages spell it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Other => "other",
            Self::NoAnswer => "no-answer",
            Self::Key => "key",
            Self::Lost => "lost",
            Self::Package => "package",
            Self::Counted => "counted",
        }
    }
    /// The trouble of this word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.word() == word)
    }
}

/// A step of a play, as a player notes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
#[allow(missing_docs)] // what happened, in the words of the log
pub enum NotedStep {
    #[n(0)]
    Began,
    #[n(1)]
    Continued,
    #[n(2)]
    Asked,
    #[n(3)]
    Played,
    #[n(4)]
    Refused,
    #[n(5)]
    Stopped,
    #[n(6)]
    HandedOut,
    #[n(7)]
    Ended,
}

/// One line of a playback log.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Noted {
    /// When.
    #[n(0)]
    pub at: Moment,
    /// What.
    #[n(1)]
    pub step: NotedStep,
    /// Which work.
    #[n(2)]
    pub content: ContentId,
    /// By which license.
    #[n(3)]
    pub license: LicenseId,
    /// In which of the plays told of, from 1; none: before one began.
    #[n(4)]
    pub play: Option<u32>,
    /// From which byte of the content.
    #[n(5)]
    pub from: Option<u64>,
    /// Up to which byte, exclusive.
    #[n(6)]
    pub to: Option<u64>,
    /// Why not.
    #[n(7)]
    pub code: Option<String>,
}

/// A request for help. Its id and its key are made for it alone.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SupportSheet {
    /// Its id, for ever: the same request again gets the same answer.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub id: [u8; 16],
    /// Checks its signature.
    #[n(1)]
    pub sign: VerifyKey,
    /// Where to seal the answer.
    #[n(2)]
    pub seal: SealTo,
    /// When the holder agreed to send it.
    #[n(3)]
    pub at: Moment,
    /// Whose work it is about.
    #[n(4)]
    pub publisher: PartyId,
    /// What is wrong.
    #[n(5)]
    pub trouble: Trouble,
    /// Which work.
    #[n(6)]
    pub content: Option<ContentId>,
    /// The code the holder was shown.
    #[n(7)]
    pub code: Option<String>,
    /// The holder's own words.
    #[n(8)]
    pub words: String,
    /// What the player noted of this publisher's works, the oldest first.
    #[n(9)]
    pub noted: Vec<Noted>,
    /// Who sold it, and the sealed [`ReissueSheet`] for it.
    #[n(10)]
    pub letter: Option<Letter>,
}

/// A sealed letter with the name of who opens it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Letter {
    /// For whom.
    #[n(0)]
    pub to: PartyId,
    /// The letter.
    #[n(1)]
    pub sealed: ByteVec,
}

/// What a seller is asked to say again.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ReissueSheet {
    /// The request it belongs to.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub id: [u8; 16],
    /// Checks its signature: the key of the tag that was paid with, where the card knows it.
    #[n(1)]
    pub sign: VerifyKey,
    /// Where to seal the gift.
    #[n(2)]
    pub seal: SealTo,
    /// What is wrong.
    #[n(3)]
    pub trouble: Trouble,
    /// Which work.
    #[n(4)]
    pub content: ContentId,
    /// The payment that is open.
    #[n(5)]
    pub deal: Option<DealId>,
    /// The license in question.
    #[n(6)]
    pub license: Option<LicenseId>,
    /// The number by which this seller knows the card again, where the card remembers nothing else.
    #[cbor(n(7), with = "minicbor::bytes")]
    pub buyer: Option<[u8; 16]>,
    /// Repairs of this license the card has taken so far.
    #[n(8)]
    pub taken: u32,
}

/// What a seller found in its own records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Finding {
    /// Its decision is said again: the gift has it.
    #[n(0)]
    SaidAgain,
    /// The package is still delivered to this buyer.
    #[n(1)]
    Delivers,
    /// A play is given back.
    #[n(2)]
    PlayBack,
    /// Not decided yet: the same again later.
    #[n(3)]
    NotYet,
    /// Nothing was sold here that this card paid for.
    #[n(4)]
    NotSold,
    /// Sold, and handed back for money.
    #[n(5)]
    Refunded,
    /// The license has no plays to count.
    #[n(6)]
    NotCounted,
    /// As many plays as the seller gives back by itself were given back before.
    #[n(7)]
    GivenBefore,
    /// The package of this buyer's own is no longer kept.
    #[n(8)]
    Dropped,
}

impl Finding {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::SaidAgain => "said-again",
            Self::Delivers => "package-delivered",
            Self::PlayBack => "play-given-back",
            Self::NotYet => "not-yet",
            Self::NotSold => "not-sold-here",
            Self::Refunded => "handed-back",
            Self::NotCounted => "plays-not-counted",
            Self::GivenBefore => "given-back-before",
            Self::Dropped => "package-dropped",
        }
    }
    /// Is something given by it?
    pub const fn repairs(self) -> bool {
        matches!(self, Self::SaidAgain | Self::Delivers | Self::PlayBack)
    }
}

/// A play given back for one license. Numbered, so that a card takes each once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct PlaysBack {
    /// For which license.
    #[n(0)]
    pub license: LicenseId,
    /// The how-manieth repair of it: one more than the card has taken.
    #[n(1)]
    pub number: u32,
    /// How many plays.
    #[n(2)]
    pub plays: u32,
}

/// The seller's signed word about one request.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Reissued {
    /// The request.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub id: [u8; 16],
    /// What was found.
    #[n(1)]
    pub finding: Finding,
    /// Hash of the sealed gift; of nothing if there is none.
    #[n(2)]
    pub gift: Hash,
    /// Plays given back.
    #[n(3)]
    pub back: Option<PlaysBack>,
}

/// What a seller says again: decisions on payments, each sealed to the tag that paid.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(array)]
pub struct ReissueGift {
    /// Tag and sealed `settle`.
    #[n(0)]
    pub settles: Vec<(Tag, ByteVec)>,
}

/// The seller's word as it travels.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ReissuedSheet {
    /// The signed [`Reissued`].
    #[n(0)]
    pub signed: ByteVec,
    /// The [`ReissueGift`], sealed to the request's key; empty if there is none.
    #[n(1)]
    pub gift: ByteVec,
    /// The seller's certificate.
    #[n(2)]
    pub certificate: ByteVec,
}

/// How far a desk has come with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Stage {
    /// Kept; somebody looks at it, or the seller is asked. Ask again.
    #[n(0)]
    Looking,
    /// Answered with words.
    #[n(1)]
    Answered,
    /// Answered with a repair.
    #[n(2)]
    Repaired,
}

impl Stage {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Looking => "looking",
            Self::Answered => "answered",
            Self::Repaired => "repaired",
        }
    }
}

/// One piece of advice: a stable code, and words.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Advice {
    /// Stable code.
    #[n(0)]
    pub code: String,
    /// What to do.
    #[n(1)]
    pub text: String,
}

/// The desk's answer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SupportedSheet {
    /// The request.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub id: [u8; 16],
    /// How far it has come.
    #[n(1)]
    pub stage: Stage,
    /// What the desk has to say.
    #[n(2)]
    pub advice: Vec<Advice>,
    /// The seller's [`ReissuedSheet`], if it was asked and has answered.
    #[n(3)]
    pub reissued: Option<ByteVec>,
    /// The desk's certificate.
    #[n(4)]
    pub certificate: ByteVec,
}

impl SupportSheet {
    /// Is it as long as such a thing may be? Codes are lower case, digits and dashes; words hold no controls.
    pub fn is_bounded(&self) -> bool {
        let coded = |code: &Option<String>| code.as_ref().is_none_or(|c| is_code(c));
        self.noted.len() <= NOTES_MAX
            && self.words.chars().count() <= WORDS_MAX
            && !self.words.chars().any(|c| c.is_control() && c != '\n')
            && coded(&self.code)
            && self.noted.iter().all(|n| coded(&n.code))
    }
}

/// Is it a code: lower-case letters, digits and dashes, not too long?
pub fn is_code(code: &str) -> bool {
    code.len() <= CODE_MAX
        && code
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn sheet() -> SupportSheet {
        SupportSheet {
            id: [1; 16],
            sign: VerifyKey([2; 32]),
            seal: SealTo([3; 32]),
            at: Moment(5),
            publisher: PartyId([4; 16]),
            trouble: Trouble::Key,
            content: Some(ContentId([5; 16])),
            code: Some("license-key-does-not-open".into()),
            words: "It stopped.".into(),
            noted: vec![Noted {
                at: Moment(1),
                step: NotedStep::Refused,
                content: ContentId([5; 16]),
                license: LicenseId([6; 16]),
                play: Some(1),
                from: Some(0),
                to: None,
                code: Some("license-key-does-not-open".into()),
            }],
            letter: None,
        }
    }

    #[test]
    fn a_request_is_bounded_in_every_direction() {
        assert!(sheet().is_bounded());
        let refuses = |change: &dyn Fn(&mut SupportSheet)| {
            let mut bad = sheet();
            change(&mut bad);
            assert!(!bad.is_bounded(), "{bad:?}");
        };
        refuses(&|s| s.words = "x".repeat(WORDS_MAX + 1));
        refuses(&|s| s.words = "\u{1b}[2J".into());
        refuses(&|s| s.code = Some("Bad Code".into()));
        refuses(&|s| s.noted[0].code = Some("<script>".into()));
        refuses(&|s| s.noted = vec![s.noted[0].clone(); NOTES_MAX + 1]);
    }

    #[test]
    fn every_message_comes_back_as_it_went() {
        let bytes = seal::cbor::to_bytes(&sheet());
        assert_eq!(seal::cbor::from_bytes::<SupportSheet>(&bytes).unwrap(), sheet());
        // Bytes written down by hand from docs/formats/messages.md, by their hash: they do not move.
        let hash = |bytes: &[u8]| alloc::format!("{}", seal::hash(bytes));
        assert_eq!(hash(&bytes), "rdhoc64nyexckfb6sugm6biobzjqxsat7o4vxst6mtwqydwrty4a");
        let letter = ReissueSheet {
            id: [1; 16],
            sign: VerifyKey([2; 32]),
            seal: SealTo([3; 32]),
            trouble: Trouble::Lost,
            content: ContentId([5; 16]),
            deal: None,
            license: None,
            buyer: Some([7; 16]),
            taken: 0,
        };
        let bytes = seal::cbor::to_bytes(&letter);
        assert_eq!(seal::cbor::from_bytes::<ReissueSheet>(&bytes).unwrap(), letter);
        assert_eq!(hash(&bytes), "lsxf2gun75gu6tbodt5dwfivvzemyeg6h2242tznqtvngohira6a");
        for t in Trouble::ALL {
            assert_eq!(Trouble::named(t.word()), Some(t));
        }
    }
}
