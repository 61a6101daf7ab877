//! Agenda: what happens next, and when. The simulated clock moves from one event to the next; nothing waits for real.

use std::collections::BTreeMap;

use party::errand::Verb;
use units::{Moment, PartyId, Span};

/// Somebody who sends and receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// An organisation.
    Party(PartyId),
    /// A holder, by number.
    Person(usize),
}

/// What a party answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// The answer.
    Answer(Vec<u8>),
    /// A refusal's code.
    Refused(String),
    /// Written down and not finished; the same message again after this time.
    NotYet(Span),
}

/// What one card says to another, over whatever carries it: a reader, a stick, codes held up to a camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Letter {
    /// A question.
    Ask(Vec<u8>),
    /// Its answer, and the locked copy that goes along, if it is one.
    Quote(Vec<u8>, Option<Vec<u8>>),
    /// What is said after a quote, and said again when two cards meet: a payment, a decision, a `done`.
    Say(seal::Kind, Vec<u8>),
}

/// What travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// One card speaks to another.
    Letter(Letter),
    /// Somebody asks.
    Request(Verb, Vec<u8>),
    /// Somebody answers.
    Reply(Said),
}

/// One message on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// Who sent it.
    pub from: End,
    /// To whom.
    pub to: End,
    /// Which request it is or answers.
    pub call: u64,
    /// What it says.
    pub content: Content,
}

/// Something that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A message arrives.
    Arrives(Packet),
    /// A party gives up waiting for the answer to a request.
    GivesUp(PartyId, u64),
    /// A holder does something.
    Acts(usize),
    /// A holder's card has power again.
    CardWakes(usize),
    /// A party's machine starts again.
    PartyWakes(PartyId),
    /// A party looks after its errands and what is due.
    Sweeps(PartyId),
    /// The shop's people do something: publish, withdraw, hand out coupons.
    Trades,
    /// Misfortune strikes.
    Strikes,
    /// Everybody hears the clock and the registry.
    News,
}

/// Events by time; those of one moment in the order they were written down.
#[derive(Debug, Default)]
pub struct Agenda {
    events: BTreeMap<(Moment, u64), Event>,
    written: u64,
}

impl Agenda {
    /// Writes an event down.
    pub fn add(&mut self, at: Moment, event: Event) {
        self.written = self.written.saturating_add(1);
        self.events.insert((at, self.written), event);
    }

    /// The next event.
    pub fn next(&mut self) -> Option<(Moment, Event)> {
        self.events.pop_first().map(|((at, _), event)| (at, event))
    }

    /// Is a message still on its way?
    pub fn in_flight(&self) -> bool {
        self.events.values().any(|e| matches!(e, Event::Arrives(_)))
    }

    /// Drops what the world does by itself; messages, restarts and sweeps stay.
    pub fn quieten(&mut self) {
        self.events
            .retain(|_, e| !matches!(e, Event::Acts(_) | Event::Strikes | Event::Trades | Event::News));
    }
}
