//! The model of the card protocol: cards are `deal::State`, servers decide by `deal::judge`, the issuer by
//! `deal::issuer`; the network is everything that was ever said, and an adversary who picks what happens next.
//!
//! ```text
//! Config --start--> World --steps/after--> World ...      every order, breadth first
//!                     |
//!                     +-- ALWAYS, AFTER_RESTORE           the invariants by their ids
//!                     +-- RECOVERY                        contact without faults, from here
//! ```
//!
//! A configuration is small (two or three cards, numbers below two or three) and is walked through whole. What that
//! shows, and what it cannot, stands in `docs/model.md`.

mod charges;
mod config;
mod damage;
mod goals;
mod kept;
mod lends;
#[cfg(feature = "breakages")]
pub mod mutants;
mod names;
mod properties;
mod quotes;
mod recovery;
mod restored;
mod servers;
mod step;
mod sums;
mod table;
mod world;

pub use config::{COPY, Config, Goal, MOVE, OfferSpec, Restore, Start, Winners};
pub use step::Step;
pub use table::{between_cards, large, restored, small, with_issuer, with_servers};
pub use world::World;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use properties::Rule;
use stateright::{Checker, HasDiscoveries, Model, Path, Property};

/// One configuration as a model, ready to be checked.
#[derive(Debug, Clone)]
pub struct Protocol {
    /// What is walked through.
    pub config: Config,
}

/// What a walk found.
#[derive(Debug)]
pub struct Outcome {
    /// Its configuration.
    pub name: &'static str,
    /// Unique states.
    pub states: usize,
    /// Steps from the start to the farthest of them.
    pub depth: usize,
    /// How long it took.
    pub took: Duration,
    /// Invariants that failed, each with the steps that lead there.
    pub failures: Vec<Failure>,
    /// Goals that were never reached: the configuration checks less than it says.
    pub unreached: Vec<Goal>,
    /// It was stopped before everything was seen.
    pub cut: bool,
}

/// One invariant that failed.
#[derive(Debug)]
pub struct Failure {
    /// The invariant's id.
    pub id: &'static str,
    /// For a recovery property: what was wrong in the end.
    pub why: Option<String>,
    /// What happened, step by step.
    pub path: Vec<String>,
}

impl Outcome {
    /// Everything held, everything was seen, and every goal was reached.
    pub fn holds(&self) -> bool {
        self.failures.is_empty() && self.unreached.is_empty() && !self.cut
    }
}

/// How to walk.
#[derive(Debug, Clone, Copy)]
pub struct Walk {
    /// Threads.
    pub threads: usize,
    /// Stop after about this many states, seen or not.
    pub states_max: usize,
}

impl Walk {
    /// Everything, on two threads; to the first failure, if there is one.
    pub const WHOLE: Self = Self {
        threads: 2,
        states_max: usize::MAX,
    };
}

impl Protocol {
    fn rules(&self) -> Vec<(&'static str, Rule)> {
        let config = &self.config;
        let always = if config.restore.is_some() {
            damage::AFTER_RESTORE
        } else {
            properties::ALWAYS
        };
        let recovery = if config.recover { recovery::RECOVERY } else { &[] };
        let asked = |(id, _): &&(&'static str, Rule)| config.only.is_none_or(|only| only == *id);
        always.iter().chain(recovery).filter(asked).copied().collect()
    }

    fn failures(&self, found: &mut HashMap<&'static str, Path<World, Step>>) -> Vec<Failure> {
        let failed = self
            .rules()
            .into_iter()
            .filter_map(|(id, _)| Some((id, found.remove(id)?)));
        failed
            .map(|(id, path)| {
                let way = recovery::WAYS.iter().find(|(way, _)| *way == id);
                let why = way.and_then(|(_, way)| recovery::why_not(self, path.last_state(), *way));
                let path = path.into_actions().iter().map(ToString::to_string).collect();
                Failure { id, why, path }
            })
            .collect()
    }
}

impl Model for Protocol {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        vec![self.config.start()]
    }
    fn actions(&self, state: &World, actions: &mut Vec<Step>) {
        state.steps(&self.config, actions);
    }
    fn next_state(&self, state: &World, step: Step) -> Option<World> {
        state.after(&self.config, &step)
    }
    fn properties(&self) -> Vec<Property<Self>> {
        let rules = self.rules().into_iter().map(|(id, rule)| Property::always(id, rule));
        let goals = self.config.goals.iter().map(|goal| {
            let (name, reached) = goals::reached(*goal);
            Property::sometimes(name, reached)
        });
        rules.chain(goals).collect()
    }
}

/// Walks through a configuration. Of a failure, the shortest way there is told.
pub fn run(config: Config, walk: Walk) -> Outcome {
    let began = Instant::now();
    let (name, goals) = (config.name, config.goals);
    let model = Protocol { config };
    let seen = check(&model, walk, None);
    let mut found = seen.discoveries();
    let unreached = goals.iter().filter(|g| !found.contains_key(goals::reached(**g).0));
    let unreached: Vec<Goal> = unreached.copied().collect();
    let mut failures = model.failures(&mut found);
    if let Some(known) = failures.iter().map(|f| f.path.len()).min() {
        // The checker tells of the last failure it met. Seen again level by level, the first is the shortest.
        let shorter = (0..known).find_map(|steps| {
            let found = check(&model, walk, Some(steps)).discoveries();
            Some(model.failures(&mut found.into_iter().collect())).filter(|f| !f.is_empty())
        });
        failures = shorter.unwrap_or(failures);
    }
    Outcome {
        name,
        states: seen.unique_state_count(),
        depth: seen.max_depth(),
        took: began.elapsed(),
        unreached: if failures.is_empty() { unreached } else { Vec::new() },
        failures,
        cut: walk.states_max < usize::MAX && seen.state_count() >= walk.states_max,
    }
}

/// One walk, through everything or through what is at most `steps` away.
fn check(model: &Protocol, walk: Walk, steps: Option<usize>) -> impl Checker<Protocol> {
    let mut checker = model.clone().checker().threads(walk.threads);
    checker = checker.finish_when(HasDiscoveries::AnyFailures);
    if walk.states_max < usize::MAX {
        checker = checker.target_state_count(walk.states_max);
    }
    if let Some(steps) = steps {
        // The checker counts the start as 1 and looks at what is nearer than the target.
        checker = checker.target_max_depth(steps.saturating_add(2));
    }
    checker.spawn_bfs().join()
}
