//! World: everybody together, one event after the other.

use std::collections::BTreeMap;

use deal::Kind;
use units::{Hash, Moment, Money, Span};

use super::{
    agenda::{Content, End, Event, Packet},
    auditor::{Sight, audit},
    market::Market,
    person::{Person, Wish},
    scene::Scene,
    town::{NotBuilt, Town},
    weather::Weather,
};

/// The first moment of every run.
const DAWN: Moment = Moment(1_790_000_000_000);
/// Steps between two looks of the auditor.
const QUIET: u64 = 64;
/// Rounds in which everybody finishes; one round is at most a few days.
const ROUNDS: u64 = 120;

/// Cards that are lost in one run, at most.
const LOST_MAX: usize = 3;

/// What to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Every choice comes from it.
    pub seed: u64,
    /// How many events before the calm.
    pub steps: u64,
    /// How many holders.
    pub people: usize,
    /// What may go wrong.
    pub weather: Weather,
    /// Print every event.
    pub trace: bool,
    /// A party that forgets what it writes to one table: (party, table). What the parties find themselves is then not
    /// asked; the auditor alone has to notice.
    pub forgets: Option<(&'static str, &'static str)>,
}

impl Plan {
    /// Three holders in a storm.
    pub const fn storm(seed: u64, steps: u64) -> Self {
        Self {
            seed,
            steps,
            people: 3,
            weather: Weather::STORM,
            trace: false,
            forgets: None,
        }
    }
}

/// What came of a run.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// The steps that were asked for.
    pub asked: u64,
    /// Steps taken in all, the calm included.
    pub steps: u64,
    /// What does not add up; empty: all is well.
    pub findings: Vec<String>,
    /// After which step it was seen.
    pub found_at: u64,
    /// What happened how often: kinds of deals by how they ended, refusals by code.
    pub counts: BTreeMap<String, u64>,
}

impl Outcome {
    /// What to type to see it again, step by step.
    pub fn replay(&self) -> String {
        format!(
            "cargo run -p keyfare-proof --bin harness -- --seed {} --steps {} --trace",
            self.seed, self.asked
        )
    }
}

/// Runs a plan to its end, or to the first finding.
pub fn run(plan: &Plan) -> Result<Outcome, NotBuilt> {
    let mut world = World::new(plan)?;
    for _ in 0..plan.steps {
        if !world.step() {
            break;
        }
        if world.scene.step.is_multiple_of(QUIET) && !world.looks(false).is_empty() {
            break;
        }
    }
    if world.found.is_empty() {
        world.calm();
        world.looks(true);
    }
    Ok(world.outcome(plan))
}

/// Everybody, everything.
#[derive(Debug)]
pub struct World {
    pub(super) scene: Scene,
    pub(super) town: Town,
    pub(super) market: Market,
    pub(super) people: Vec<Person>,
    found: Vec<String>,
    found_at: u64,
    ending: Ending,
    lost: usize,
}

/// How the cards finish what is open between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// They meet (R1).
    Together,
    /// The givers take back what they quoted, then they meet (R2).
    Cancelled,
    /// They never meet again; each talks to its issuer (R3).
    Apart,
}

impl World {
    /// A town, a market, and holders who are about to get their cards.
    pub fn new(plan: &Plan) -> Result<Self, NotBuilt> {
        let mut scene = Scene::new(DAWN, plan.seed, Weather::CALM, plan.trace);
        let mut town = Town::found(&mut scene)?;
        let market = Market::opens(&mut scene, &mut town)?;
        if let Some((party, table)) = plan.forgets {
            town.forgets(party, table);
        }
        let mut people = Vec::new();
        for number in 0..plan.people {
            let issuer = town.issuer.id();
            let mut person = Person::born(&mut scene, number, town.realm.clone(), town.currency, issuer);
            let signed = town.opens_person(&mut scene, number)?;
            person.token = Some((signed, town.bank_certificate.clone()));
            market.serves(&mut person);
            people.push(person);
            scene.later(Span::seconds(number as u64), Event::Acts(number));
        }
        for id in town.machines.keys() {
            scene.later(Span::seconds(20), Event::Sweeps(*id));
        }
        scene.later(Span::minutes(60), Event::News);
        scene.later(Span::minutes(7), Event::Trades);
        scene.later(Span::minutes(3), Event::Strikes);
        scene.weather = plan.weather;
        Ok(Self {
            scene,
            town,
            market,
            people,
            found: Vec::new(),
            found_at: 0,
            lost: 0,
            ending: [Ending::Together, Ending::Cancelled, Ending::Apart][(plan.seed % 3) as usize],
        })
    }

    /// One event. False: nothing is left to happen.
    pub fn step(&mut self) -> bool {
        let Some((at, event)) = self.scene.agenda.next() else {
            return false;
        };
        // In the calm time jumps ahead of what was still to come.
        self.scene.now = self.scene.now.max(at);
        self.scene.step += 1;
        self.happens(event);
        true
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Arrives(packet) => self.arrives(packet),
            Event::GivesUp(id, call) => {
                if let Some(machine) = self.town.machines.get_mut(&id) {
                    machine.learns(&mut self.scene, call, None);
                }
            }
            Event::Acts(number) => self.acts(number),
            Event::CardWakes(number) => {
                if let Some(person) = self.people.get_mut(number) {
                    person.wakes(&mut self.scene);
                }
            }
            Event::PartyWakes(id) => {
                if let Some(machine) = self.town.machines.get_mut(&id) {
                    machine.starts(&mut self.scene);
                }
            }
            Event::Sweeps(id) => {
                if let Some(machine) = self.town.machines.get_mut(&id) {
                    machine.sweeps(&mut self.scene);
                }
                let after = self.pause((20, 1800), (2 * 3600, 12 * 3600));
                self.scene.later(after, Event::Sweeps(id));
            }
            Event::Trades => {
                self.market.trades(&mut self.scene, &mut self.town, &mut self.people);
                let after = self.pause((5 * 60, 240 * 60), (12 * 3600, 48 * 3600));
                self.scene.later(after, Event::Trades);
            }
            Event::Strikes => self.strikes(),
            Event::News => {
                if let Err(no) = self.town.hears_news(&mut self.scene) {
                    self.scene.log.finds(no.to_string());
                }
                let after = self.pause((1800, 5 * 3600), (12 * 3600, 24 * 3600));
                self.scene.later(after, Event::News);
            }
        }
    }

    /// How long until something happens again, in seconds from and to: as a rule, and in a crowd.
    fn pause(&mut self, rule: (u64, u64), crowd: (u64, u64)) -> Span {
        let (low, high) = if self.scene.weather.is_crowded() { crowd } else { rule };
        Span::seconds(self.scene.dice.between(low, high))
    }

    fn arrives(&mut self, packet: Packet) {
        let Packet {
            from,
            to,
            call,
            content,
        } = packet;
        match (to, content) {
            (End::Party(id), Content::Request(verb, body)) => {
                if let Some(machine) = self.town.machines.get_mut(&id) {
                    self.scene.say(|| format!("{} hears {}", machine.name, verb.word()));
                    machine.hears(&mut self.scene, from, call, verb, body);
                }
            }
            (End::Party(id), Content::Reply(said)) => {
                if let Some(machine) = self.town.machines.get_mut(&id) {
                    machine.learns(&mut self.scene, call, Some(said));
                }
            }
            (End::Person(number), Content::Reply(said)) => {
                if let Some(person) = self.people.get_mut(number) {
                    person.hears(&mut self.scene, call, said);
                }
            }
            (End::Person(number), Content::Letter(letter)) => {
                if let (End::Person(friend), Some(person)) = (from, self.people.get_mut(number)) {
                    person.reads_letter(&mut self.scene, friend, call, letter);
                }
            }
            (End::Person(_), Content::Request(..)) | (End::Party(_), Content::Letter(_)) => {}
        }
    }

    /// A holder does one thing, and comes back after a while.
    fn acts(&mut self, number: usize) {
        let Some(person) = self.people.get_mut(number) else {
            return;
        };
        if person.lost {
            return;
        }
        let scene = &mut self.scene;
        let pause = match scene.dice.below(10) {
            // In a crowd holders are busy, and now and then away for weeks.
            _ if scene.weather.is_crowded() => match scene.dice.below(100) {
                0 => Span::days(scene.dice.between(1, 20)),
                1..=20 => Span::minutes(scene.dice.between(1, 200)),
                _ => Span::seconds(scene.dice.between(1, 120)),
            },
            0..=5 => Span::seconds(scene.dice.between(1, 120)),
            6..=8 => Span::minutes(scene.dice.between(1, 300)),
            _ => Span::minutes(scene.dice.between(300, 3 * 1440)),
        };
        scene.later(pause, Event::Acts(number));
        if scene.weather.card_cuts > 0 && scene.dice.per_mille(scene.weather.card_cuts) {
            let (left, after) = (scene.dice.below(6), scene.dice.per_mille(500));
            person.plan_cut(left, after);
        }
        // Cards are lost like anything else, and more often where it hurts: between a payment and its key.
        let likely = if person.waits_for_a_friend() { 60 } else { 2 };
        if scene.weather.lost_cards && self.lost < LOST_MAX && !person.is_heir() && scene.dice.per_mille(likely) {
            self.lost += 1;
            person.loses_card(scene);
            return self.gets_another(number);
        }
        if scene.weather.old_cards {
            if scene.dice.per_mille(30) {
                person.keeps_file(scene);
            } else if scene.dice.per_mille(10) && person.puts_back(scene) {
                return;
            }
        }
        if !person.enrolled() {
            return person.enrols(scene);
        }
        if scene.weather.lost_cards && scene.dice.per_mille(200) {
            person.follows_loss(scene);
            person.keeps_copy(scene);
        }
        let weather = scene.weather;
        if weather.is_crowded() && person.is_poor() && scene.dice.per_mille(400) {
            return person.loads(scene, self.town.currency);
        }
        match scene.dice.below(20_u64.saturating_add(weather.friends)) {
            n if n >= 20 => match n % 8 {
                0 | 1 => self.meets(number),
                2 => person.goes_to_machine(scene, self.market.collector()),
                _ => self.turns_to_friend(number),
            },
            0..=4 => person.repeats(scene),
            5 | 6 => person.reports(scene),
            7 => person.brings_dones(scene),
            8 => person.plays(scene),
            9..=11 => person.loads(scene, self.town.currency),
            12 => {
                let amount = scene.dice.between(1, 30) * 100;
                if let Some(amount) = money(amount, self.town.currency) {
                    person.wishes(scene, Wish::Redeem(amount));
                }
            }
            13 => person.wishes(scene, Wish::CashIn),
            _ => {
                if let Some(wish) = self.market.tempts(scene, person) {
                    person.wishes(scene, wish);
                }
            }
        }
    }

    /// A holder whose card is gone gets another, which shall take its place.
    fn gets_another(&mut self, lost: usize) {
        let (number, issuer) = (self.people.len(), self.town.issuer.id());
        let scene = &mut self.scene;
        let mut heir = Person::born(scene, number, self.town.realm.clone(), self.town.currency, issuer);
        match self.town.opens_person(scene, number) {
            Ok(signed) => heir.token = Some((signed, self.town.bank_certificate.clone())),
            // Without an account it takes its place all the same, and loads nothing.
            Err(no) => scene.say(|| no.to_string()),
        }
        self.market.serves(&mut heir);
        if let Some(person) = self.people.get(lost) {
            heir.inherits(person);
        }
        self.people.push(heir);
        let after = Span::minutes(self.scene.dice.between(10, 8 * 1440));
        self.scene.later(after, Event::Acts(number));
    }

    /// A holder looks at what a friend has and wants it too.
    fn turns_to_friend(&mut self, number: usize) {
        let Some(friend) = self.friend_of(number) else { return };
        let Some(card) = self.people.get(friend).and_then(Person::seen) else {
            return;
        };
        let mine = self.people.get(number).and_then(Person::seen);
        let has = |offer: Hash| mine.is_some_and(|c| c.state().usable_of(offer).is_some());
        let careless = self.scene.dice.per_mille(50);
        let mut ways: Vec<(Kind, Hash)> = Vec::new();
        for held in card.state().licenses.values().filter(|h| careless || !has(h.offer)) {
            let modes = [
                (held.modes.copy, Kind::Copy),
                (held.modes.move_, Kind::Move),
                (held.modes.locked, Kind::Locked),
            ];
            ways.extend(
                modes
                    .into_iter()
                    .filter(|(may, _)| *may)
                    .map(|(_, kind)| (kind, held.offer)),
            );
        }
        let Some((kind, offer)) = self.scene.dice.pick(&ways).copied() else {
            return;
        };
        if let Some(person) = self.people.get_mut(number) {
            if person.has_no_tags() {
                return person.reports(&mut self.scene);
            }
            person.asks_friend(&mut self.scene, friend, kind, offer);
        }
    }

    fn friend_of(&mut self, number: usize) -> Option<usize> {
        let others: Vec<usize> = (0..self.people.len()).filter(|n| *n != number).collect();
        self.scene.dice.pick(&others).copied()
    }

    /// Two holders meet; each card says what is open on it.
    fn meets(&mut self, number: usize) {
        let Some(friend) = self.friend_of(number) else { return };
        for (one, other) in [(number, friend), (friend, number)] {
            if let Some(person) = self.people.get_mut(one) {
                person.meets(&mut self.scene, other);
            }
        }
    }

    fn strikes(&mut self) {
        let after = Span::minutes(self.scene.dice.between(1, 120));
        self.scene.later(after, Event::Strikes);
        if !self.scene.weather.strikes {
            return;
        }
        let ids: Vec<_> = self.town.machines.keys().copied().collect();
        let Some(id) = self.scene.dice.pick(&ids).copied() else {
            return;
        };
        if let Some(machine) = self.town.machines.get_mut(&id) {
            machine.suffers(&mut self.scene);
        }
        if !self.scene.weather.old_shops {
            return;
        }
        let Some(shop) = self.town.machines.get_mut(&self.market.seller()) else {
            return;
        };
        match self.scene.dice.below(12) {
            0 => shop.keeps_disk(),
            1 => {
                shop.puts_back(&mut self.scene);
            }
            _ => {}
        }
    }

    /// The faults end, and everybody finishes what is open.
    pub fn calm(&mut self) {
        self.scene.say(|| "calm".to_owned());
        self.scene.weather = Weather::CALM;
        self.scene.agenda.quieten();
        for machine in self.town.machines.values_mut() {
            machine.calms(&mut self.scene);
        }
        for round in 0..ROUNDS {
            if self.finishes(round) {
                break;
            }
        }
        // What waits by date comes due; payees are paid.
        for _ in 0..2 {
            self.scene.now = self.scene.now.plus(Span::days(30));
            self.finishes(0);
            self.market.closes_books(&mut self.scene, &mut self.town);
            for _ in 0..ROUNDS {
                if self.finishes(5) {
                    break;
                }
            }
        }
    }

    /// One round of finishing. True: nothing is open any more.
    fn finishes(&mut self, round: u64) -> bool {
        self.scene.now = self.scene.now.plus(Span::minutes(30).min_days(round));
        if let Err(no) = self.town.hears_news(&mut self.scene) {
            self.scene.log.finds(no.to_string());
        }
        self.town.pardons(&mut self.scene);
        for number in 0..self.people.len() {
            if let Some(person) = self.people.get_mut(number) {
                person.calms(&mut self.scene);
                if self.ending == Ending::Cancelled && round == 0 {
                    person.cancels(&mut self.scene);
                }
            }
            // Once they have met a few times there is nothing left to say but what waits for the issuer.
            if self.ending != Ending::Apart && (round < 4 || round.is_multiple_of(16)) {
                self.meets_all(number);
            }
        }
        for machine in self.town.machines.values_mut() {
            machine.sweeps(&mut self.scene);
        }
        // What is on its way arrives; what it leads to happens.
        let mut left = 20_000_u64;
        while self.scene.agenda.in_flight() && left > 0 && self.step() {
            left -= 1;
        }
        let busy = self.people.iter().any(Person::is_open) || self.town.machines.values().any(|m| m.is_busy());
        !busy && round > 2
    }

    /// A holder meets everybody else.
    fn meets_all(&mut self, number: usize) {
        for friend in (0..self.people.len()).filter(|n| *n != number) {
            if let Some(person) = self.people.get_mut(number) {
                person.meets(&mut self.scene, friend);
            }
        }
    }

    /// The auditor looks.
    pub fn looks(&mut self, at_the_end: bool) -> &[String] {
        if self.found.is_empty() {
            let sight = Sight {
                log: &self.scene.log,
                cards: self.people.iter().filter_map(|p| Some((p.number, p.seen()?))).collect(),
                town: &self.town,
                market: &self.market,
                at_the_end,
            };
            self.found = audit(&sight);
            if at_the_end {
                self.leftovers();
            }
            self.found_at = self.scene.step;
        }
        &self.found
    }

    fn leftovers(&mut self) {
        for person in self.people.iter().filter(|p| p.card().is_none() && !p.lost) {
            self.found
                .push(format!("card {} has no power at the end", person.number));
        }
        for machine in self.town.machines.values().filter(|m| m.is_busy()) {
            let errands = machine.errands().join(", ");
            self.found
                .push(format!("{} still has errands at the end: {errands}", machine.name));
        }
    }

    fn outcome(self, plan: &Plan) -> Outcome {
        let mut counts = self.scene.log.codes.clone();
        for paid in self.scene.log.paid.values() {
            for fate in &paid.heard {
                *counts.entry(format!("{:?} {fate:?}", paid.intent.kind)).or_default() += 1;
            }
        }
        counts.insert("cards put back".to_owned(), self.scene.log.put_back);
        counts.insert("shops put back".to_owned(), self.scene.log.restored_parties);
        Outcome {
            seed: plan.seed,
            asked: plan.steps,
            steps: self.scene.step,
            findings: self.found,
            found_at: self.found_at,
            counts,
        }
    }
}

fn money(minor: u64, currency: units::Currency) -> Option<Money> {
    Money::new(i64::try_from(minor).ok()?, currency).ok()
}

/// Rounds grow: minutes first, for repeats; then days, for waits.
trait Grow {
    fn min_days(self, round: u64) -> Self;
}

impl Grow for Span {
    fn min_days(self, round: u64) -> Self {
        if round < 8 { self } else { Self::days(1) }
    }
}
