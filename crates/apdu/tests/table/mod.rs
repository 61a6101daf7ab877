//! A card in a reader on the test's table: the application around a card in memory, with a reader that can be pulled out
//! before or after any command, as often as a test likes.
#![allow(dead_code, clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

#[path = "../../../card/tests/world/mod.rs"]
pub mod world;

use apdu::{Application, Form, Limits, Link, Terminal};
use card::{Card, Memory};
use seal::{Secret, Seed};
use world::{NOW, World, seed, yen};

/// When the reader loses its card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The command never reaches the card.
    Before(u64),
    /// The card does what it was told, and nobody hears of it.
    After(u64),
}

/// The reader lost its card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pulled;
impl core::fmt::Display for Pulled {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("pulled")
    }
}

/// A card and its contacts.
pub struct Seat {
    pub app: Application,
    pub card: Card<Memory>,
    number: u8,
    seeds: u64,
    /// Commands so far.
    pub commands: u64,
    /// The next cut.
    pub cut: Option<Cut>,
    /// What crossed the contacts.
    pub log: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Seat {
    /// Card `n` of a world, with `money`, at whose terminals a PIN may spend up to 1000.
    pub fn new(world: &mut World, n: u8, money: i64) -> Self {
        let mut card = world.card(n);
        if money > 0 {
            world.load(&mut card, money);
        }
        Self::around(card, n, 1000)
    }
    pub fn around(card: Card<Memory>, n: u8, pin_max: i64) -> Self {
        let limits = Limits {
            pin_at_terminal_max: yen(pin_max),
        };
        Self {
            app: Application::new(limits),
            card,
            number: n,
            seeds: (u64::from(n) << 40) + (1 << 32),
            commands: 0,
            cut: None,
            log: vec![],
        }
    }
    pub fn fresh(&mut self) -> Seed {
        self.seeds += 1;
        seed(self.seeds)
    }
    /// Loses power and wakes from what was written.
    pub fn wake(&mut self) {
        let memory = self.card.journal().clone();
        let (snapshot, records) = (memory.snapshot.clone(), memory.records.clone());
        self.card = Card::wake(&Secret::new([self.number; 32]), &snapshot, &records, memory).unwrap();
        self.app.reset();
    }
    /// One raw command.
    pub fn raw(&mut self, command: &[u8]) -> Vec<u8> {
        let seed = self.fresh();
        let answer = self.app.answer(&mut self.card, command, NOW, &seed);
        self.log.push((command.to_vec(), answer.clone()));
        answer
    }
}

impl Link for &mut Seat {
    type Error = Pulled;
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, Pulled> {
        self.commands += 1;
        if self.cut == Some(Cut::Before(self.commands)) {
            self.wake();
            return Err(Pulled);
        }
        let answer = self.raw(command);
        if self.cut == Some(Cut::After(self.commands)) {
            self.wake();
            return Err(Pulled);
        }
        Ok(answer)
    }
}

/// A world whose one work may be copied and moved, and passed on locked.
pub fn handing_on() -> World {
    let mut world = World::new();
    world.terms.modes = license::Modes {
        copy: true,
        move_: true,
        locked: true,
    };
    world.terms.generations = 2;
    world.terms.unlock = Some(license::Unlock {
        key: world::opener(24).seal_to(),
        centres: vec![units::PartyId([25; 16])],
        fee: yen(250),
        arrives: units::Share::Nothing,
    });
    world
}

/// Card `n` that has bought the work and has 200 left.
pub fn owner(world: &mut World, n: u8) -> Seat {
    let mut card = world.card(n);
    world.load(&mut card, 500);
    world.buy(&mut card);
    Seat::around(card, n, 1000)
}

/// Two people who agree, and remember what they were shown.
#[derive(Debug, Default)]
pub struct Willing {
    pub giver: Vec<apdu::Notice>,
    pub receiver: Vec<apdu::Notice>,
}

fn pin() -> Option<zeroize::Zeroizing<String>> {
    Some(world::PIN.to_owned().into())
}

impl apdu::Holders for Willing {
    fn giver(&mut self, notice: &apdu::Notice) -> Option<zeroize::Zeroizing<String>> {
        self.giver.push(notice.clone());
        pin()
    }
    fn receiver(&mut self, notice: &apdu::Notice) -> Option<apdu::Word> {
        self.receiver.push(notice.clone());
        pin().map(apdu::Word::Pin)
    }
}

/// A terminal that has chosen the application.
pub fn terminal(seat: &mut Seat, form: Form) -> Terminal<&mut Seat> {
    let mut terminal = Terminal::new(seat, form);
    terminal.select().unwrap();
    terminal
}
