//! Recovery: what is open on this card, what it says again when it meets another card, and how it answers anything.
//!
//! There is no list of failures: the open records are the list. When two cards meet, each says what it has open, before
//! anything new; a card answers what was sealed to a tag of its own and cannot even read the rest.

use alloc::{string::String, vec::Vec};
use deal::Kind;
use seal::{Kind as Sealed, Seed};
use units::{Again, DealId, Moment, Money, Refusal};

use crate::{Card, DecideRefusal, Decided, DoneRefusal, Durable, Journal, Outgoing, SettleRefusal, Settled};

/// On which side of an open deal this card is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OpenSide {
    /// It has paid and waits for the giver's word.
    Paid,
    /// It has given and waits until the receiver has closed.
    Given,
}

/// What ends an open deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Todo {
    /// The other card: say it again when the two meet; or go online, and the issuer settles it once that card has reported.
    MeetOrGoOnline,
    /// A server, which is asked again at any contact.
    AskServer,
}

/// One open deal, for its holder's eyes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// The deal.
    pub deal: DealId,
    /// This card's side of it.
    pub side: OpenSide,
    /// What kind of deal.
    pub kind: Kind,
    /// What it is about.
    pub title: String,
    /// Money named in it: set aside on this card (paid), or paid to it and on its way home (given).
    pub amount: Option<Money>,
    /// The other side: a tag or a party.
    pub peer: [u8; 16],
    /// Since when, if known.
    pub since: Option<Moment>,
    /// What ends it.
    pub todo: Todo,
}

/// Something to say to another card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Say {
    /// In which deal; none for a `done`, which may close several.
    pub deal: Option<DealId>,
    /// Pay, settle or done.
    pub kind: Sealed,
    /// The tag it is sealed to.
    pub to: [u8; 16],
    /// The bytes.
    pub message: Outgoing,
}

/// What came of a message.
#[derive(Debug)]
pub enum Heard {
    /// It was a payment to this card.
    Decided(Decided),
    /// It was a decision for this card.
    Settled(Settled),
    /// It was a `done`: these gifts are forgotten.
    Freed(Vec<DealId>),
}

/// Why a message came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HearRefusal {
    /// Not one of those that travel between cards after a quote.
    #[error("this is not a message between two cards")]
    OtherKind,
    /// As a payment.
    #[error(transparent)]
    Decide(#[from] DecideRefusal),
    /// As a decision.
    #[error(transparent)]
    Settle(#[from] SettleRefusal),
    /// As a `done`.
    #[error(transparent)]
    Done(#[from] DoneRefusal),
}

impl Refusal for HearRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::OtherKind => "message-other-kind",
            Self::Decide(e) => e.code(),
            Self::Settle(e) => e.code(),
            Self::Done(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::OtherKind => Again::Never,
            Self::Decide(e) => e.again(),
            Self::Settle(e) => e.again(),
            Self::Done(e) => e.again(),
        }
    }
}

/// Is the giver a card: another holder's, or a counter?
const fn from_card(quote: &deal::Quote) -> bool {
    matches!(quote.number, deal::Number::Card(_))
}

impl<J: Journal> Card<J> {
    /// Everything that is open on this card, paid first.
    pub fn open(&self) -> Vec<Open> {
        let state = &self.image.state;
        let titled = |deal: DealId| self.title_of(deal).unwrap_or("").into();
        let paid = state.paid.iter().map(|p| Open {
            deal: p.deal,
            side: OpenSide::Paid,
            kind: p.pay.quote.kind,
            title: titled(p.deal),
            amount: p.money(),
            peer: p.pay.quote.giver,
            since: Some(p.at),
            todo: if from_card(&p.pay.quote) {
                Todo::MeetOrGoOnline
            } else {
                Todo::AskServer
            },
        });
        let given = state.given.iter().map(|g| {
            let line = self.image.history.iter().rev().find(|l| l.deal == Some(g.deal));
            Open {
                deal: g.deal,
                side: OpenSide::Given,
                kind: line.and_then(|l| l.kind).unwrap_or(Kind::Copy),
                title: titled(g.deal),
                amount: line.and_then(|l| l.amount),
                peer: g.receiver.0,
                since: line.map(|l| l.at),
                todo: Todo::MeetOrGoOnline,
            }
        });
        paid.chain(given).collect()
    }

    /// Everything this card has to say again to other cards: its open `pay`s and `settle`s, and `done`s nobody has taken.
    /// Whoever it meets gets all of it and answers what is for him: no names are needed, and nothing can be read by others.
    pub fn to_say(&self) -> Vec<Say> {
        let state = &self.image.state;
        let pays = state.paid.iter().filter(|p| from_card(&p.pay.quote)).filter_map(|p| {
            Some(Say {
                deal: Some(p.deal),
                kind: Sealed::Pay,
                to: p.pay.quote.giver,
                message: self.pay_again(p.deal)?,
            })
        });
        let settles = state.given.iter().map(|g| Say {
            deal: Some(g.deal),
            kind: Sealed::Settle,
            to: g.receiver.0,
            message: Outgoing::after(Durable::nothing_to_write(), g.message.to_vec()),
        });
        // The issuer takes its own with a report.
        let issuer = self.known.issuer.as_ref().map(seal::Verified::subject);
        let dones = self
            .image
            .dones
            .iter()
            .filter(|(to, _)| Some(*to) != issuer)
            .map(|(to, bytes)| Say {
                deal: None,
                kind: Sealed::Done,
                to: *to,
                message: Outgoing::after(Durable::nothing_to_write(), bytes.to_vec()),
            });
        pays.chain(settles).chain(dones).collect()
    }

    /// The `settle` of one open gift again, the same bytes, as often as anybody likes.
    pub fn settle_again(&self, deal: DealId) -> Option<Outgoing> {
        let given = self.image.state.given.iter().find(|g| g.deal == deal)?;
        Some(Outgoing::after(Durable::nothing_to_write(), given.message.to_vec()))
    }

    /// Takes whatever another card said after a quote: a `pay`, a `settle` or a `done`.
    pub fn hear(&mut self, kind: Sealed, bytes: &[u8], clock: Moment, seed: &Seed) -> Result<Heard, HearRefusal> {
        match kind {
            Sealed::Pay => Ok(Heard::Decided(self.decide(bytes, clock, seed)?)),
            Sealed::Settle => Ok(Heard::Settled(self.settle(bytes, clock, seed)?)),
            Sealed::Done => Ok(Heard::Freed(self.take_done(bytes, seed)?)),
            _ => Err(HearRefusal::OtherKind),
        }
    }
}
