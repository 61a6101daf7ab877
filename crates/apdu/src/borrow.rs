//! The player's side of a loan from a card in its reader: the terminal's commands, and the whole walk.

use alloc::vec::Vec;

use card::{Card, Journal, LendFailure, PairRefusal};
use seal::Seed;
use units::{DealId, Hash, LicenseId, Moment, Tag};
use zeroize::Zeroizing;

use crate::{
    Lends, Link, Notice, Settled, Terminal, TerminalError, ins,
    lend::WORD,
    tlv::{self, Fields},
};

/// P2 of VERIFY: the word is for a loan.
pub(crate) const FOR_LOAN: u8 = 0x83;

type Answer<T, L> = Result<T, TerminalError<<L as Link>::Error>>;

/// Why nothing passed between a player and the card in its reader. In order of precedence; nothing is lost.
#[derive(Debug, thiserror::Error)]
pub enum LoanError<E: core::fmt::Display> {
    /// The card, or its reader.
    #[error(transparent)]
    Card(#[from] TerminalError<E>),
    /// One of the two does not let the other in.
    #[error(transparent)]
    Pair(#[from] PairRefusal),
    /// The player takes no such loan, or has none to give back.
    #[error(transparent)]
    Lend(#[from] LendFailure),
    /// The player could not take what came.
    #[error(transparent)]
    Settle(#[from] card::SettleRefusal),
    /// The player could not decide.
    #[error(transparent)]
    Decide(#[from] card::DecideRefusal),
    /// The player could not close.
    #[error(transparent)]
    Done(#[from] card::DoneRefusal),
    /// It was not handed over: plays went meanwhile, a license ended.
    #[error("it was not handed over ({0}); everything is where it was")]
    Void(alloc::string::String),
}

impl<L: Link> Terminal<L> {
    /// Lets the card name itself in a pair.
    pub fn greet(&mut self, pair: Tag) -> Answer<Vec<u8>, L> {
        self.call(0x80, ins::GREET, [0, 0], &pair.0)
    }

    /// Brings the player's greeting; the card's own word, welcome or not.
    pub fn greeted(&mut self, hello: &[u8]) -> Answer<Vec<u8>, L> {
        self.call(0x80, ins::GREET, [1, 0], hello)
    }

    /// Learns what the card would lend of a license, and what its holder must agree to for that. No number: all plays.
    pub fn wish(&mut self, license: LicenseId, plays: Option<u32>) -> Answer<Notice, L> {
        let mut about = Vec::new();
        tlv::put(&mut about, 0x80, &license.0);
        if let Some(plays) = plays {
            tlv::put_number(&mut about, 0x81, plays.into());
        }
        let notice = self.call(0x80, ins::WISH, [0, 0], &about)?;
        Notice::read(&notice).ok_or(TerminalError::Strange)
    }

    /// Brings the holder's PIN for exactly this loan.
    pub fn verify_loan(&mut self, loan: Hash, pin: &str) -> Answer<(), L> {
        let data = Zeroizing::new([&loan.0[..], pin.as_bytes()].concat());
        self.call(0x00, ins::VERIFY, [0, FOR_LOAN], &data).map(|_| ())
    }

    /// The offer of the loan that was agreed to.
    pub fn lend(&mut self) -> Answer<Vec<u8>, L> {
        self.call(0x80, ins::LEND, [0, 0], &[])
    }

    /// Brings what the player offers back; the card's message for it.
    pub fn have_back(&mut self, quote: &[u8]) -> Answer<(DealId, Vec<u8>), L> {
        let bytes = self.call(0x80, ins::BACK, [0, 0], quote)?;
        let fields = Fields::parse(&bytes).map_err(|_| TerminalError::Strange)?;
        let both = fields.exact(0x80).map(DealId).zip(fields.get(0x81).map(<[u8]>::to_vec));
        both.ok_or(TerminalError::Strange)
    }

    /// Has the wallet's card say that it is here.
    pub fn there(&mut self, asked: &[u8]) -> Answer<Vec<u8>, L> {
        self.call(0x80, ins::THERE, [0, 0], asked)
    }
}

/// A player greets the card in its reader: both have checked their lists when this returns.
fn greet<J: Journal, L: Link>(
    player: &Card<J>,
    reader: &mut Terminal<L>,
    pair: Tag,
    seed: &Seed,
) -> Result<card::Greeted, LoanError<L::Error>> {
    let hello = reader.greet(pair)?;
    let (greeting, listed, mine) = player.greeted_by(&hello, seed)?;
    if !listed {
        // It hears so, signed; what it answers is its refusal.
        let _ = reader.greeted(mine.bytes());
        return Err(PairRefusal::NotListedHere.into());
    }
    let welcome = reader.greeted(mine.bytes())?;
    Ok(player.greeting_heard(&greeting, &welcome)?)
}

/// A player borrows from the card in its reader: greets it, shows its holder what would be lent, takes his PIN for exactly that, and
/// has the loan. `agree` is shown what the card says; no PIN, no loan.
pub fn borrow<J: Journal, L: Link>(
    player: &mut Card<J>,
    reader: &mut Terminal<L>,
    (pair, license, plays): (Tag, LicenseId, Option<u32>),
    agree: impl FnOnce(&Notice) -> Option<Zeroizing<alloc::string::String>>,
    clock: Moment,
    seed: &Seed,
) -> Result<Option<LicenseId>, LoanError<L::Error>> {
    let greeted = greet(player, reader, pair, &seed.part("greet"))?;
    let notice = reader.wish(license, plays)?;
    let Some(pin) = agree(&notice) else { return Ok(None) };
    reader.verify_loan(notice.hash, &pin)?;
    let offer = player.read_loan(&greeted, &reader.lend()?)?;
    // What is offered is what was shown and agreed to, and nothing else.
    let lends = Lends::of(&offer.quote().rights);
    if !notice.lends.is_some_and(|shown| lends.is_within(&shown, WORD)) {
        return Err(TerminalError::Strange.into());
    }
    let (_, pay) = player.borrow(&offer, clock, &seed.part("borrow"))?;
    let settle = reader.decide(pay.bytes())?;
    match player.settle(&settle, clock, &seed.part("settle"))? {
        card::Settled::Given { license, done, .. } => {
            // May be lost: the card says its word again until it has heard this.
            let _ = reader.done(done.bytes());
            Ok(license)
        }
        card::Settled::Void { reason, .. } => Err(LoanError::Void(reason.text().into())),
        _ => Ok(None),
    }
}

/// A player gives what is left of a loan back to the card in its reader.
pub fn give_back<J: Journal, L: Link>(
    player: &mut Card<J>,
    reader: &mut Terminal<L>,
    (pair, loan): (Tag, LicenseId),
    clock: Moment,
    seed: &Seed,
) -> Result<(), LoanError<L::Error>> {
    let greeted = greet(player, reader, pair, &seed.part("greet"))?;
    let quote = player.give_back(&greeted, loan, clock, &seed.part("back"))?;
    let (_, pay) = reader.have_back(quote.bytes())?;
    let decided = player.decide(&pay, clock, &seed.part("decide"))?;
    let Some(settle) = decided.settle() else {
        return Err(LoanError::Void("this player is an older copy of itself".into()));
    };
    match reader.settle(settle.bytes())? {
        Settled::Given { done, .. } | Settled::Before(Some(done)) => {
            player.take_done(&done, &seed.part("done"))?;
            Ok(())
        }
        Settled::Void { reason, .. } => Err(LoanError::Void(reason)),
        _ => Ok(()),
    }
}
