//! Loan: between a wallet and the players it is paired with, plays go out and come back (ST-4, ST-11, ST-12, ST-18, ST-23).
//!
//! A player is a wallet's program around a card of another kind: it buys nothing and may never be online. Both sides are the
//! same code here; which side a card is, the card knows.
//!
//! ```text
//!   wallet                                  player
//!     greet    -->                            its list
//!              <--  greeted
//!     its list
//!     lend     -->                            takes it: record
//!              <--  take
//!     decides  -->  lent                      the loan is here
//!              <--  arrived
//! ```
//!
//! To have something back it says `welcome` in the place of `lend`; the player answers with `return`, and the rest is the
//! same with sides changed. How a letter crosses (a network, a file, a code) makes no difference. What is remembered between
//! two letters is a greeting, which is no secret and can be lost: whoever begins again loses nothing.

mod birth;
mod carry;
mod pair;
mod show;
mod talk;

pub use birth::{PlayerBirthRefused, PlayerPlan};
pub use carry::Loaned;
pub use pair::PAIRING;
pub use show::{Borrowing, Mate};
pub use talk::{LoanHeard, LoanNews, LoanWant};

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    sync::Mutex,
};

use card::{DecideRefusal, DoneRefusal, Fault, LendFailure, PairRefusal, SettleRefusal};
use courier::Letter;
use deal::lend::LendRefusal;
use units::{Again, Hash, LicenseId, Moment, Refusal, Tag};

use super::{MeetRefused, Reply, Wallet, WasPutBack, locked};
use crate::hand::PostRefused;
use talk::Talk;

/// Letters and greetings that are remembered at once; the oldest goes.
const KEPT_MAX: usize = 64;

/// What one process remembers of loans. All of it can be lost without harm.
#[derive(Default)]
pub(crate) struct Loans {
    /// Greetings that wait for the next letter; nothing before they were looked for on the disk.
    talks: Mutex<Option<HashMap<Tag, Talk>>>,
    /// Letters made here, by their hash, so that they can be shown again.
    letters: Mutex<VecDeque<(Hash, Letter, String)>>,
    /// Halves of pairs that wait for the owner, and who brought them.
    pairing: Mutex<VecDeque<(Hash, Letter, Option<Reply>)>>,
    /// Where the other side of a pair answered last; nothing before it was looked for on the disk.
    places: Mutex<Option<HashMap<Tag, SocketAddr>>>,
    /// Until when a wallet has said that it is there.
    asked: Mutex<HashMap<LicenseId, Moment>>,
}

/// Why a loan goes no further. In order of precedence; nothing is lost, and what is open is finished by beginning again.
#[derive(Debug, thiserror::Error)]
pub enum LoanRefused {
    /// An older copy of the device's memory.
    #[error(transparent)]
    PutBack(#[from] WasPutBack),
    /// No such pair by that name.
    #[error("no paired device is called \"{0}\"")]
    NoMate(String),
    /// It answers nothing that was begun here.
    #[error("this answers nothing that was begun on this device; begin again")]
    NotBegun,
    /// Not a letter of a loan.
    #[error("this letter does not belong to a loan")]
    NotALoan,
    /// More than one half of a pair waits, and none was named.
    #[error("{0} wallets wait to be let in: say which one; the others are not touched")]
    SeveralWait(usize),
    /// Nothing of this wallet's is here.
    #[error("nothing here was lent by that wallet")]
    NothingHere,
    /// The pair, or the greeting.
    #[error(transparent)]
    Pair(#[from] PairRefusal),
    /// The loan.
    #[error(transparent)]
    Lend(#[from] LendFailure),
    /// The decision.
    #[error(transparent)]
    Decide(#[from] DecideRefusal),
    /// What was decided.
    #[error(transparent)]
    Settle(#[from] SettleRefusal),
    /// The last word.
    #[error(transparent)]
    Done(#[from] DoneRefusal),
    /// The device found that it is an old copy of itself.
    #[error("this device is an older copy of itself: it hands nothing over and takes nothing")]
    Frozen,
    /// The other side said no in the deal itself: plays went meanwhile, a license ended.
    #[error("it was not handed over ({}); everything is where it was", .0.text())]
    Void(deal::VoidReason),
    /// The other device was not met.
    #[error(transparent)]
    Meet(#[from] MeetRefused),
    /// Nobody answers where the other side was met last.
    #[error("the other device was not found: bring the two together, or say where it is")]
    NotFound,
    /// Could not be written.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<PostRefused> for LoanRefused {
    fn from(no: PostRefused) -> Self {
        Self::Meet(no.into())
    }
}

impl From<LendRefusal> for LoanRefused {
    fn from(no: LendRefusal) -> Self {
        Self::Lend(no.into())
    }
}

impl Refusal for LoanRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::PutBack(e) => e.code(),
            Self::NoMate(_) => "device-unknown",
            Self::NotBegun => "loan-not-begun",
            Self::NotALoan => "letter-not-of-a-loan",
            Self::SeveralWait(_) => "pairing-several",
            Self::NothingHere => "loan-nothing-here",
            Self::Pair(e) => e.code(),
            Self::Lend(e) => e.code(),
            Self::Decide(e) => e.code(),
            Self::Settle(e) => e.code(),
            Self::Done(e) => e.code(),
            Self::Frozen => "card-frozen",
            Self::Void(reason) => reason.code(),
            Self::Meet(e) => e.code(),
            Self::NotFound => "device-not-found",
            Self::Fault(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::NotALoan => Again::Never,
            Self::Pair(e) => e.again(),
            Self::Lend(e) => e.again(),
            Self::Decide(e) => e.again(),
            Self::Settle(e) => e.again(),
            Self::Done(e) => e.again(),
            Self::Meet(e) => e.again(),
            Self::Fault(e) => e.again(),
            _ => Again::AfterYouAct,
        }
    }
    fn theirs(&self) -> Option<&str> {
        match self {
            Self::Meet(MeetRefused::Post(PostRefused::Refused { code, .. })) => Some(code),
            _ => None,
        }
    }
}

impl Wallet {
    /// Is this card a player's?
    pub fn is_player(&self) -> bool {
        self.0.player
    }

    fn not_put_back(&self) -> Result<(), LoanRefused> {
        self.put_back().map_or(Ok(()), |no| Err(no.into()))
    }

    /// Keeps a letter to be shown again, for as long as this process lives; answers by which name.
    pub fn keep_letter(&self, letter: Letter, title: String) -> Hash {
        let name = letter_name(&letter);
        let mut kept = locked(&self.0.loans.letters);
        kept.retain(|(known, ..)| *known != name);
        if kept.len() >= KEPT_MAX {
            kept.pop_front();
        }
        kept.push_back((name, letter, title));
        name
    }

    /// A letter that was kept, and what it is about.
    pub fn kept_letter(&self, name: Hash) -> Option<(Letter, String)> {
        let kept = locked(&self.0.loans.letters);
        let found = kept.iter().find(|(known, ..)| *known == name);
        found.map(|(_, letter, title)| (letter.clone(), title.clone()))
    }

    /// Where the other side of a pair answered: asked first the next time.
    pub fn note_paired_at(&self, pair: Tag, address: SocketAddr) {
        let mut places = locked(&self.0.loans.places);
        let known = places.get_or_insert_with(|| places_in(self));
        if known.insert(pair, address) == Some(address) {
            return;
        }
        let lines: String = known.iter().map(|(pair, at)| format!("{pair} {at}\n")).collect();
        drop(places);
        // It helps to find a device, and nothing hangs on it.
        if let Err(error) = std::fs::write(self.home().places(), lines) {
            tracing::info!(%error, "where a device answered is not remembered");
        }
    }

    /// Where it answered last.
    pub(crate) fn paired_at(&self, pair: Tag) -> Option<SocketAddr> {
        let mut places = locked(&self.0.loans.places);
        places.get_or_insert_with(|| places_in(self)).get(&pair).copied()
    }
}

fn places_in(wallet: &Wallet) -> HashMap<Tag, SocketAddr> {
    let lines = std::fs::read_to_string(wallet.home().places()).unwrap_or_default();
    let line = |line: &str| {
        let (pair, at) = line.split_once(' ')?;
        Some((pair.parse().ok()?, at.parse().ok()?))
    };
    lines.lines().take(KEPT_MAX).filter_map(line).collect()
}

fn letter_name(letter: &Letter) -> Hash {
    seal::hash_parts(&[b"loan-letter", letter.stage.name().as_bytes(), &letter.body])
}
