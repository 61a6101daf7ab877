//! Transfer: two holders, one license handed on, its fare collected, in order and without storm. It can be cut at any one
//! write of either card or of any party, before or after the write takes hold; the cards then meet again, as they would in
//! life, until all has come about.

use std::collections::BTreeMap;

use card::Want;
use deal::Kind;
use store::memory::Cut;
use units::{Money, OfferNo, Span};

use super::{
    agenda::Event,
    person::{Person, Wish},
    purchase::CutAt,
    town::NotBuilt,
    weather::Weather,
    world::{Plan, World},
};

/// How the two ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Commits of every party and journal writes of both cards, by name.
    pub writes: BTreeMap<&'static str, u64>,
    /// Purse, fares carried and licenses of giver and receiver; then what the publisher has at the bank.
    pub books: ([(i64, i64, usize); 2], i64),
    /// What the auditor found, and what never came about.
    pub findings: Vec<String>,
}

/// Which license is handed on, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handing {
    /// A copy that takes the giver's fares along; both then send theirs home.
    Copy,
    /// A move to a friend, who is left with the license alone.
    Move,
}

const GIVER: usize = 0;
const RECEIVER: usize = 1;
const ATTEMPTS: usize = 14;
const CARDS: [&str; 2] = ["giver", "receiver"];

/// One hand-over, with at most one cut. A cut of a card is written as a cut of the party "giver" or "receiver".
pub fn transfer(handing: Handing, cut: Option<CutAt>) -> Result<Ended, NotBuilt> {
    let plan = Plan {
        seed: 3,
        people: 2,
        weather: Weather::CALM,
        ..Plan::storm(3, 0)
    };
    let mut world = World::new(&plan)?;
    world.scene.agenda.quieten();
    let number = OfferNo(if handing == Handing::Copy { 206 } else { 208 });
    let mut missed = Vec::new();
    // The morning is not cut: both have money, one has the work.
    for who in [GIVER, RECEIVER] {
        let loads = move |w: &World| Some(Wish::Load(Money::new(5_000, w.town.currency).ok()?));
        missed.extend(world.brings_about(who, "money", &loads, &move |w| purse(w, who) >= 4_000));
    }
    let buys = move |w: &World| {
        let sheet = w.market.offers.get(&number)?.sheet.clone();
        Some(Wish::Buy(number, sheet, Want::default()))
    };
    missed.extend(world.brings_about(GIVER, "the license", &buys, &|w| holds(w, GIVER) == 1));
    let before = world.writes();
    world.plans_cut(cut);
    missed.extend(world.hands_on(handing, number));
    if handing == Handing::Copy {
        let home = |w: &World| Some(Wish::Collect(w.market.collector()));
        let sent = |w: &World| carries(w, RECEIVER) == 0;
        missed.extend(world.brings_about(RECEIVER, "the fare at its publisher's", &home, &sent));
    }
    let mut writes = world.writes();
    for (name, count) in &mut writes {
        *count = count.saturating_sub(before.get(name).copied().unwrap_or(0));
    }
    world.calm();
    let mut findings = world.looks(true).to_vec();
    findings.extend(missed);
    let of = |who| (purse(&world, who), carries(&world, who), holds(&world, who));
    let publisher = party::bank::Holder::Party(world.market.collector());
    Ok(Ended {
        writes,
        books: ([of(GIVER), of(RECEIVER)], world.town.balance(publisher)),
        findings,
    })
}

/// Every point at which a hand-over can be cut.
pub fn transfer_cuts(whole: &Ended) -> Vec<CutAt> {
    let each = whole
        .writes
        .iter()
        .flat_map(|(name, count)| (1..=*count).map(move |nth| (*name, nth)));
    each.flat_map(|(name, nth)| [CutAt::Party(name, nth, false), CutAt::Party(name, nth, true)])
        .collect()
}

fn state(world: &World, who: usize) -> Option<&deal::State> {
    world.people.get(who).and_then(Person::card).map(card::Card::state)
}
fn purse(world: &World, who: usize) -> i64 {
    state(world, who).map_or(-1, |s| s.purse.minor())
}
fn carries(world: &World, who: usize) -> i64 {
    state(world, who).map_or(-1, |s| s.escrow.iter().map(|slip| slip.amount.minor()).sum())
}
fn holds(world: &World, who: usize) -> usize {
    state(world, who).map_or(0, |s| s.licenses.len())
}

impl World {
    fn writes(&self) -> BTreeMap<&'static str, u64> {
        let parties = self.town.machines.values().map(|m| (m.name, m.memory.syncs()));
        let cards = self.people.iter().map(|p| (CARDS[p.number.min(1)], p.writes()));
        parties.chain(cards).collect()
    }

    fn plans_cut(&mut self, cut: Option<CutAt>) {
        let Some(CutAt::Party(name, nth, after)) = cut else {
            return;
        };
        if let Some(who) = CARDS.iter().position(|card| *card == name) {
            if let Some(person) = self.people.get_mut(who) {
                person.plan_cut(nth.saturating_sub(1), after);
            }
            return;
        }
        let cut = if after {
            Cut::AfterCommit(nth)
        } else {
            Cut::BeforeCommit(nth)
        };
        let named = self.town.machines.values_mut().filter(|m| m.name == name);
        named.for_each(|m| m.memory.cut(cut));
    }

    /// Asks until the receiver has it. What is open is finished by meeting, before anything is asked a second time.
    fn hands_on(&mut self, handing: Handing, number: OfferNo) -> Option<String> {
        let kind = if handing == Handing::Copy {
            Kind::Copy
        } else {
            Kind::Move
        };
        let giver_keeps = usize::from(handing == Handing::Copy);
        for _ in 0..ATTEMPTS {
            let open = |who| state(self, who).is_none_or(|s| !s.paid.is_empty() || !s.given.is_empty());
            let busy = open(GIVER) || open(RECEIVER);
            if !busy && holds(self, RECEIVER) == 1 && holds(self, GIVER) == giver_keeps {
                return None;
            }
            let has = holds(self, RECEIVER) == 1;
            let offer = self.market.offers.get(&number).map(|o| o.hash)?;
            if let Some(person) = self.people.get_mut(RECEIVER).filter(|_| !busy && !has) {
                person.asks_friend(&mut self.scene, GIVER, kind, offer);
            }
            for (one, other) in [(RECEIVER, GIVER), (GIVER, RECEIVER)] {
                if let Some(person) = self.people.get_mut(one).filter(|_| busy || has) {
                    person.meets(&mut self.scene, other);
                }
            }
            self.passes();
        }
        Some("the license was never handed on".to_owned())
    }

    /// Wishes until it has come about. What is open is finished before anything is wished for a second time.
    fn brings_about(
        &mut self,
        who: usize,
        what: &str,
        wish: &dyn Fn(&Self) -> Option<Wish>,
        reached: &dyn Fn(&Self) -> bool,
    ) -> Option<String> {
        for _ in 0..ATTEMPTS {
            let open = self.people.get(who).is_none_or(Person::is_open);
            if !open && reached(self) {
                return None;
            }
            let wish = wish(self).filter(|_| !open && !reached(self));
            if let Some(person) = self.people.get_mut(who) {
                match wish {
                    Some(wish) => person.wishes(&mut self.scene, wish),
                    None => person.calms_gently(&mut self.scene),
                }
            }
            self.passes();
        }
        Some(format!("{what} never came about"))
    }

    /// Messages arrive, machines start again, for two hours and a half.
    fn passes(&mut self) {
        let until = self.scene.now.plus(Span::minutes(150));
        self.scene.agenda.add(until, Event::Sweeps(self.town.bank.id()));
        while self.scene.now < until && self.step() {}
    }
}
