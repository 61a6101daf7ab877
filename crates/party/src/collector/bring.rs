//! Bring: what machines between a card and its collector say. They carry sealed payments and see sizes and addresses only.

use minicbor::{Decode, Encode, bytes::ByteVec};
use store::Key;
use units::{Moment, PartyId};

/// The way by which fares came home.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Path {
    /// From the holder's own wallet, in the background (SD-18).
    #[n(0)]
    Online,
    /// At a shop's counter (SD-19).
    #[n(1)]
    Shop,
    /// A cash machine, before the holder's banking (SD-20).
    #[n(2)]
    AtmBefore,
    /// A cash machine, after the card is out again (SD-21).
    #[n(3)]
    AtmAfter,
    /// Beside the work of another application of the card (SD-22).
    #[n(4)]
    Application,
    /// At a kiosk.
    #[n(5)]
    Kiosk,
}

impl Path {
    /// Every way there is.
    pub const ALL: [Self; 6] = [
        Self::Online,
        Self::Shop,
        Self::AtmBefore,
        Self::AtmAfter,
        Self::Application,
        Self::Kiosk,
    ];
    /// Its number, in tables.
    pub const fn number(self) -> u8 {
        match self {
            Self::Online => 0,
            Self::Shop => 1,
            Self::AtmBefore => 2,
            Self::AtmAfter => 3,
            Self::Application => 4,
            Self::Kiosk => 5,
        }
    }
    /// Its word, in files and addresses.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Shop => "shop",
            Self::AtmBefore => "atm-before",
            Self::AtmAfter => "atm-after",
            Self::Application => "application",
            Self::Kiosk => "kiosk",
        }
    }
    /// The way of this word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|path| path.word() == word)
    }
    /// Its place in [`Path::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl Key for Path {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(*self as u8);
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        Self::ALL.get(usize::from(*first)).copied()
    }
}

/// Asks a collector for a standing order: a quote that any card may pay until its date. Plain; answered by an open quote.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct StandingAsk {
    /// Whose fares.
    #[n(0)]
    pub payee: PartyId,
    /// Until when; the collector may say less.
    #[n(1)]
    pub until: Moment,
}

/// A card's payment, brought by a machine: signed by it (kind bring, for the collector).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Bring {
    /// Who brings it.
    #[n(0)]
    pub by: PartyId,
    /// By which way it took it.
    #[n(1)]
    pub path: Path,
    /// What is honoured shall go on to the payee's account at the bank at once, instead of being owed as money.
    #[n(2)]
    pub to_account: bool,
    /// The card's `pay`, sealed to the collector as it came.
    #[n(3)]
    pub pay: ByteVec,
    /// The machine's certificate.
    #[n(4)]
    pub certificate: ByteVec,
}

/// How a payment came, as far as it matters to who takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Way {
    #[n(0)]
    pub(super) path: Path,
    #[n(1)]
    pub(super) by: Option<PartyId>,
    #[n(2)]
    pub(super) to_account: bool,
    /// The machine's certificate holds now: what it says about the way counts for a rebate.
    #[n(3)]
    pub(super) vouched: bool,
}

impl Way {
    /// Straight from a wallet.
    pub(super) const ONLINE: Self = Self {
        path: Path::Online,
        by: None,
        to_account: false,
        vouched: true,
    };
}
