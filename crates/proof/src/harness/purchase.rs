//! Purchase: one holder's whole day, in order and without storm: enrol, load, buy, hand back, cash in, redeem, report. It
//! can be cut at any one write of any party or of the card, before or after the write takes hold; the day then goes on as
//! it would in life: power comes back, and whatever has not come about is asked for again.

use std::collections::BTreeMap;

use card::Want;
use deal::ValueKind;
use party::bank::Holder;
use store::memory::Cut;
use units::{Money, OfferNo, Span};

use super::{
    agenda::Event,
    person::{Wish, of_kind},
    town::NotBuilt,
    weather::Weather,
    world::{Plan, World},
};

/// Where the power goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CutAt {
    /// At the nth commit of the party of this name, counted from the morning; `after`: it takes hold.
    Party(&'static str, u64, bool),
    /// At the nth journal write of the card.
    Card(u64, bool),
}

/// How a day ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// Commits of every party, by name, and writes of the card.
    pub writes: BTreeMap<&'static str, u64>,
    /// Money on the card, in the holder's account, and licenses on the card.
    pub books: (i64, i64, usize),
    /// What the auditor found.
    pub findings: Vec<String>,
}

/// What has to have come about before the next thing is wished for.
type Reached = fn(&World) -> bool;
/// A part of the day: its name, what is wished for, when it has come about.
type Part = (&'static str, fn(&World) -> Option<Wish>, Reached);

const LOAD: i64 = 5_000;
const REDEEM: i64 = 700;
const OFFER: OfferNo = OfferNo(203);
const OTHER: OfferNo = OfferNo(201);
const ATTEMPTS: usize = 12;

/// One day, with at most one cut.
pub fn purchase(cut: Option<CutAt>) -> Result<Day, NotBuilt> {
    let plan = Plan {
        seed: 7,
        steps: 0,
        people: 1,
        weather: Weather::CALM,
        trace: false,
        forgets: None,
    };
    let mut world = World::new(&plan)?;
    world.stills();
    let morning: BTreeMap<&'static str, u64> = world
        .town
        .machines
        .values()
        .map(|m| (m.name, m.memory.syncs()))
        .collect();
    match cut {
        Some(CutAt::Party(name, nth, after)) => {
            let cut = if after {
                Cut::AfterCommit(nth)
            } else {
                Cut::BeforeCommit(nth)
            };
            world
                .town
                .machines
                .values()
                .filter(|m| m.name == name)
                .for_each(|m| m.memory.cut(cut));
        }
        Some(CutAt::Card(nth, after)) => {
            world
                .people
                .iter_mut()
                .for_each(|p| p.plan_cut(nth.saturating_sub(1), after));
        }
        None => {}
    }
    let mut missed = Vec::new();
    for (what, wish, reached) in day() {
        if !world.attains(wish, reached) {
            missed.push(format!("{what} never came about"));
        }
    }
    let mut writes: BTreeMap<&'static str, u64> = world
        .town
        .machines
        .values()
        .map(|m| {
            (
                m.name,
                m.memory
                    .syncs()
                    .saturating_sub(morning.get(m.name).copied().unwrap_or(0)),
            )
        })
        .collect();
    writes.insert("card", world.people.first().map_or(0, |p| p.writes()));
    world.calm();
    let mut findings = world.looks(true).to_vec();
    findings.extend(missed);
    let card = world.people.first().and_then(|p| p.card());
    let purse = card.map_or(-1, |c| c.state().purse.minor());
    let licenses = card.map_or(0, |c| c.state().licenses.len());
    let account: i64 = world
        .town
        .tokens
        .values()
        .map(|t| world.town.balance(Holder::Token(*t)))
        .sum();
    Ok(Day {
        writes,
        books: (purse, account, licenses),
        findings,
    })
}

/// A holder who is put back to the morning spends a ticket and a refund order a second time. Says what the auditor found,
/// and how many deals the two values paid for: each one, whoever was put back (D8).
pub fn spends_twice(forgets: Option<(&'static str, &'static str)>) -> Result<(Vec<String>, usize), NotBuilt> {
    let plan = Plan {
        seed: 11,
        people: 1,
        weather: Weather::CALM,
        forgets,
        ..Plan::storm(11, 0)
    };
    let mut world = World::new(&plan)?;
    world.stills();
    let [card, load, license, .., order, cash, _] = day();
    for (_, wish, reached) in [card, load, license, order] {
        world.attains(wish, reached);
    }
    if let Some(person) = world.people.first_mut() {
        world
            .market
            .gives_ticket(&mut world.scene, &mut world.town, person, OTHER);
        person.keeps_file(&world.scene);
    }
    world.attains(cash.1, |w| !has(w, ValueKind::Refund));
    world.attains(|w| w.buys_with(ValueKind::Ticket, OTHER), |w| licenses(w) == 1);
    if let Some(person) = world.people.first_mut() {
        person.puts_back(&mut world.scene);
    }
    for (wish, reached) in [
        (cash.1, (|w| !has(w, ValueKind::Refund)) as Reached),
        (|w: &World| w.buys_with(ValueKind::Ticket, OTHER), |w| licenses(w) == 1),
    ] {
        world.attains(wish, reached);
    }
    let used = world
        .scene
        .log
        .paid
        .values()
        .filter(|p| p.was_given() && !p.intent.values.is_empty())
        .count();
    Ok((world.looks(false).to_vec(), used))
}

/// Every point at which a day can be cut, given how many writes it has.
pub fn cuts(day: &Day) -> Vec<CutAt> {
    let mut out = Vec::new();
    for (name, count) in &day.writes {
        for nth in 1..=*count {
            for after in [false, true] {
                out.push(if *name == "card" {
                    CutAt::Card(nth, after)
                } else {
                    CutAt::Party(name, nth, after)
                });
            }
        }
    }
    out
}

fn day() -> [Part; 8] {
    [
        (
            "the card",
            |_| None,
            |w| card_is(w, |c| c.number().is_some() && account(c)),
        ),
        ("the load", |w| Some(Wish::Load(w.yen(LOAD)?)), |w| purse(w) == LOAD),
        ("the license", |w| w.buys(OFFER), |w| licenses(w) == 1),
        (
            "the payment for later",
            |w| w.pays_only(OTHER),
            |w| has(w, ValueKind::Receipt),
        ),
        (
            "the use of the receipt",
            |w| w.buys_with(ValueKind::Receipt, OTHER),
            |w| licenses(w) == 2,
        ),
        (
            "the refund order",
            |w| w.hands_back(OFFER),
            |w| has(w, ValueKind::Refund),
        ),
        (
            "the refund",
            |_| Some(Wish::CashIn),
            |w| !has(w, ValueKind::Refund) && purse(w) == LOAD - 1200 - 300 + 600,
        ),
        (
            "the redemption",
            |w| Some(Wish::Redeem(w.yen(REDEEM)?)),
            |w| purse(w) == LOAD - 900 - REDEEM,
        ),
    ]
}

fn card_is(world: &World, is: impl Fn(&card::Card<super::tape::Tape>) -> bool) -> bool {
    world
        .people
        .first()
        .and_then(|p| p.card())
        .is_some_and(|card| card.state().paid.is_empty() && is(card))
}
fn account(card: &card::Card<super::tape::Tape>) -> bool {
    of_kind(card, ValueKind::Account).next().is_some()
}
fn has(world: &World, kind: ValueKind) -> bool {
    world
        .people
        .first()
        .and_then(|p| p.card())
        .is_some_and(|card| of_kind(card, kind).next().is_some())
}
fn purse(world: &World) -> i64 {
    world
        .people
        .first()
        .and_then(|p| p.card())
        .map_or(-1, |card| card.state().purse.minor())
}
fn licenses(world: &World) -> usize {
    world
        .people
        .first()
        .and_then(|p| p.card())
        .map_or(0, |card| card.state().licenses.len())
}

impl World {
    /// Nobody does anything by himself any more.
    fn stills(&mut self) {
        self.scene.agenda.quieten();
    }

    fn yen(&self, minor: i64) -> Option<Money> {
        Money::new(minor, self.town.currency).ok()
    }

    fn buys(&self, number: OfferNo) -> Option<Wish> {
        Some(Wish::Buy(
            number,
            self.market.offers.get(&number)?.sheet.clone(),
            Want::default(),
        ))
    }

    fn pays_only(&self, number: OfferNo) -> Option<Wish> {
        let sheet = self.market.offers.get(&number)?.sheet.clone();
        Some(Wish::PayOnly(number, sheet, Want::default()))
    }

    fn buys_with(&self, kind: ValueKind, number: OfferNo) -> Option<Wish> {
        let card = self.people.first()?.card()?;
        let values = of_kind(card, kind).map(|v| (v.0, v.1)).collect();
        let sheet = self.market.offers.get(&number)?.sheet.clone();
        Some(Wish::Buy(
            number,
            sheet,
            Want {
                values,
                ..Want::default()
            },
        ))
    }

    fn hands_back(&self, number: OfferNo) -> Option<Wish> {
        let offer = self.market.offers.get(&number)?.hash;
        let held = self
            .people
            .first()?
            .card()?
            .state()
            .licenses
            .values()
            .find(|h| h.offer == offer)?;
        Some(Wish::Surrender(held.id, number))
    }

    /// Wishes until it has come about. What is open is finished before anything is wished for a second time.
    fn attains(&mut self, wish: fn(&World) -> Option<Wish>, reached: Reached) -> bool {
        for _ in 0..ATTEMPTS {
            let open = self.people.first().is_none_or(|p| p.is_open());
            if !open && reached(self) {
                return true;
            }
            let wish = wish(self).filter(|_| !open);
            if let Some(person) = self.people.first_mut() {
                match wish {
                    Some(wish) => person.wishes(&mut self.scene, wish),
                    None => person.calms_gently(&mut self.scene),
                }
            }
            self.lets_pass();
        }
        false
    }

    /// Messages arrive, machines start again, for an hour.
    fn lets_pass(&mut self) {
        let until = self.scene.now.plus(Span::minutes(150));
        self.scene.agenda.add(until, Event::Sweeps(self.town.bank.id()));
        while self.scene.now < until && self.step() {}
    }
}
