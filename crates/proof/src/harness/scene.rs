//! Scene: what every actor of the simulation shares: the clock, the dice, the network, the log that is audited.

use party::errand::Verb;
use units::{Moment, PartyId, Span};

use super::{
    agenda::{Agenda, Content, End, Event, Letter, Packet, Said},
    dice::Dice,
    log::Log,
    weather::Weather,
};

/// What all actors share.
#[derive(Debug)]
pub struct Scene {
    /// Simulated now.
    pub now: Moment,
    /// Every choice.
    pub dice: Dice,
    /// What happens next.
    pub agenda: Agenda,
    /// How bad it is just now.
    pub weather: Weather,
    /// What happened, as whoever stands outside sees it.
    pub log: Log,
    /// Steps so far.
    pub step: u64,
    trace: bool,
    calls: u64,
}

impl Scene {
    /// A fresh scene.
    pub fn new(now: Moment, seed: u64, weather: Weather, trace: bool) -> Self {
        Self {
            now,
            dice: Dice::new(seed),
            agenda: Agenda::default(),
            weather,
            log: Log::default(),
            step: 0,
            trace,
            calls: 0,
        }
    }

    /// One line of the trace, if somebody reads it.
    pub fn say(&self, line: impl FnOnce() -> String) {
        if self.trace {
            println!("{:>6} {} {}", self.step, self.now, line());
        }
    }

    /// Writes an event down, `after` now.
    pub fn later(&mut self, after: Span, event: Event) {
        self.agenda.add(self.now.plus(after), event);
    }

    /// Sends a request; says under which number.
    pub fn request(&mut self, from: End, to: PartyId, verb: Verb, body: Vec<u8>) -> u64 {
        self.calls = self.calls.saturating_add(1);
        let call = self.calls;
        let content = Content::Request(verb, body);
        self.carry(Packet {
            from,
            to: End::Party(to),
            call,
            content,
        });
        call
    }

    /// Answers a request.
    pub fn reply(&mut self, from: PartyId, to: (End, u64), said: Said) {
        let packet = Packet {
            from: End::Party(from),
            to: to.0,
            call: to.1,
            content: Content::Reply(said),
        };
        self.carry(packet);
    }

    /// One holder's card speaks to another's: a new question, or what belongs to one.
    pub fn letter(&mut self, from: usize, to: usize, about: Option<u64>, letter: Letter) -> u64 {
        let call = about.unwrap_or_else(|| {
            self.calls = self.calls.saturating_add(1);
            self.calls
        });
        let content = Content::Letter(letter);
        self.carry(Packet {
            from: End::Person(from),
            to: End::Person(to),
            call,
            content,
        });
        call
    }

    /// The network: loses, repeats, delays, reorders.
    fn carry(&mut self, packet: Packet) {
        let Weather { lost, repeated, .. } = self.weather;
        if self.dice.per_mille(repeated) {
            let after = self.travel();
            self.later(after, Event::Arrives(packet.clone()));
        }
        if self.dice.per_mille(lost) {
            return;
        }
        let after = self.travel();
        self.later(after, Event::Arrives(packet));
    }

    fn travel(&mut self) -> Span {
        let Weather {
            delayed, weeks_late, ..
        } = self.weather;
        if self.dice.per_mille(weeks_late) {
            return Span::minutes(self.dice.between(60, 20 * 1440));
        }
        if self.dice.per_mille(delayed) {
            return Span::seconds(self.dice.between(10, 4 * 3600));
        }
        Span(self.dice.between(5, 400))
    }
}
