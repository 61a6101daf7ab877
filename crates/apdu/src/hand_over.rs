//! Hand over: a copy or a move from the card in one reader to the card in another, by commands alone. The terminal shows
//! what each card says, asks both holders, and carries.

use alloc::{string::String, vec::Vec};
use core::fmt::Display;

use deal::Kind;
use units::{ContentId, LicenseId};
use zeroize::Zeroizing;

use crate::{Link, Notice, Refused, Settled, Terminal, TerminalError};

/// What is to be handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A license by its id on the giver's card.
    License(LicenseId),
    /// The best license of a work there.
    Work(ContentId),
}

/// A holder's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// His PIN, typed at this terminal.
    Pin(Zeroizing<String>),
    /// He agrees on his own wallet's screen.
    OnHisScreen,
}

/// The two people at the terminal. Each is shown what his own card says, and answers, or does not agree.
pub trait Holders {
    /// The giver, whose PIN is asked for here.
    fn giver(&mut self, notice: &Notice) -> Option<Zeroizing<String>>;
    /// The receiver, who pays.
    fn receiver(&mut self, notice: &Notice) -> Option<Word>;
    /// The receiver has not agreed on his own screen yet: waits a little. `false`: no longer.
    fn wait(&mut self) -> bool {
        false
    }
}

/// Why nothing was handed over, or not to its end.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandOverError<G: Display, R: Display> {
    /// Something about the giver's card.
    #[error("the giver's card: {0}")]
    Giver(TerminalError<G>),
    /// Something about the receiver's card.
    #[error("the receiver's card: {0}")]
    Receiver(TerminalError<R>),
    /// The two cards say different things about the same deal: one of them lies, and nobody is asked.
    #[error("the two cards disagree about {0}; nothing was agreed to")]
    Differ(&'static str),
    /// One of the holders did not agree; nothing has changed.
    #[error("it was not agreed to; nothing has changed")]
    NotAgreed,
}

impl<G: Display, R: Display> HandOverError<G, R> {
    /// The refusal of a card, if one said no.
    pub const fn refused(&self) -> Option<&Refused> {
        match self {
            Self::Giver(no) => no.refused(),
            Self::Receiver(no) => no.refused(),
            _ => None,
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOver {
    /// As the receiver's card says it. A locked copy is given without a deal.
    pub settled: Option<Settled>,
    /// The license on the receiver's card.
    pub license: Option<LicenseId>,
    /// What the receiver agreed to.
    pub notice: Notice,
}

/// Hands over. Both terminals have chosen the application; whatever is open between the two cards is finished first.
pub fn hand_over<G: Link, R: Link>(
    giver: &mut Terminal<G>,
    receiver: &mut Terminal<R>,
    kind: Kind,
    what: What,
    holders: &mut dyn Holders,
) -> Result<HandedOver, HandOverError<G::Error, R::Error>> {
    use HandOverError::{Giver, Receiver};
    finish(giver, receiver)?;
    let gift = giver.give(kind, what).map_err(Giver)?;
    let pin = holders.giver(&gift).ok_or(HandOverError::NotAgreed)?;
    giver.verify_gift(gift.hash, &pin).map_err(Giver)?;
    let ask = receiver.ask_card(kind).map_err(Receiver)?;
    let (quote, locked) = giver.quote(&ask).map_err(Giver)?;
    let notice = receiver.show(&quote, Some(&ask), None).map_err(Receiver)?;
    if let Some(differs) = difference(&gift, &notice) {
        return Err(HandOverError::Differ(differs));
    }
    let word = holders.receiver(&notice).ok_or(HandOverError::NotAgreed)?;
    if let Word::Pin(pin) = &word {
        receiver.verify(notice.hash, pin).map_err(Receiver)?;
    }
    let mut patient = || word == Word::OnHisScreen && holders.wait();
    if let Some(locked) = locked {
        let license = once_agreed(|| receiver.install(&locked), &mut patient).map_err(Receiver)?;
        return Ok(HandedOver {
            settled: None,
            license: Some(license),
            notice,
        });
    }
    let pay = once_agreed(|| receiver.pay(notice.hash), &mut patient).map_err(Receiver)?;
    let settle = giver.decide(&pay).map_err(Giver)?;
    let settled = receiver.settle(&settle).map_err(Receiver)?;
    let license = match &settled {
        Settled::Given { license, done, .. } => {
            giver.done(done).map_err(Giver)?;
            *license
        }
        _ => None,
    };
    Ok(HandedOver {
        settled: Some(settled),
        license,
        notice,
    })
}

/// Tries until the card's holder has agreed on his own screen, or the terminal's patience ends.
fn once_agreed<T, E>(
    mut step: impl FnMut() -> Result<T, TerminalError<E>>,
    patient: &mut dyn FnMut() -> bool,
) -> Result<T, TerminalError<E>> {
    loop {
        match step() {
            Err(TerminalError::Refused(no)) if no.code == "consent-missing" && patient() => {}
            met => return met,
        }
    }
}

fn difference(gift: &Notice, notice: &Notice) -> Option<&'static str> {
    let differs = [
        ("what it is", gift.kind != notice.kind),
        ("the title", gift.title != notice.title),
        ("the fare", gift.fare != notice.fare),
        ("the generation", gift.generation != notice.generation),
    ];
    differs.into_iter().find_map(|(name, differs)| differs.then_some(name))
}

/// Finishes whatever is open between two cards, both ways: each repeats its open messages, and the other answers those
/// meant for it. Answers how many deals were closed by it.
pub fn finish<A: Link, B: Link>(
    one: &mut Terminal<A>,
    other: &mut Terminal<B>,
) -> Result<usize, HandOverError<A::Error, B::Error>> {
    use HandOverError::{Giver, Receiver};
    let closed = half(one, other).map_err(|no| no.either(Giver, Receiver))?;
    let back = half(other, one).map_err(|no| no.either(Receiver, Giver))?;
    Ok(closed.saturating_add(back))
}

/// An error of one of two terminals.
enum Either<A, B> {
    Payer(TerminalError<A>),
    Giver(TerminalError<B>),
}

impl<A, B> Either<A, B> {
    fn either<T>(self, payer: impl FnOnce(TerminalError<A>) -> T, giver: impl FnOnce(TerminalError<B>) -> T) -> T {
        match self {
            Self::Payer(no) => payer(no),
            Self::Giver(no) => giver(no),
        }
    }
}

/// The open payments of `payer` that `giver` can answer, and then the last words that have not reached it.
fn half<A: Link, B: Link>(
    payer: &mut Terminal<A>,
    giver: &mut Terminal<B>,
) -> Result<usize, Either<A::Error, B::Error>> {
    use Either::{Giver, Payer};
    let mut closed = 0usize;
    let open: Vec<_> = payer.unfinished().map_err(Payer)?;
    for paid in open
        .iter()
        .filter(|open| open.paid.is_some_and(|(kind, _)| kind.between_cards()))
    {
        let pay = payer.again(paid.deal).map_err(Payer)?;
        // A payment for somebody else is refused; so is the decision of somebody else.
        let Some(settle) = answered(giver.decide(&pay)).map_err(Giver)? else {
            continue;
        };
        if answered(payer.settle(&settle)).map_err(Payer)?.is_some() {
            closed = closed.saturating_add(1);
        }
    }
    if giver
        .unfinished()
        .map_err(Giver)?
        .iter()
        .any(|open| open.paid.is_none())
    {
        for (_, done) in payer.dones().map_err(Payer)? {
            answered(giver.done(&done)).map_err(Giver)?;
        }
    }
    Ok(closed)
}

/// What a card answered; nothing, if it said no.
fn answered<T, E>(met: Result<T, TerminalError<E>>) -> Result<Option<T>, TerminalError<E>> {
    match met {
        Ok(answer) => Ok(Some(answer)),
        Err(TerminalError::Refused(_)) => Ok(None),
        Err(other) => Err(other),
    }
}
