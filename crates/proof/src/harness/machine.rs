//! Machine: one real party on a store that can lose power, with the little driver around it that every process of the
//! party would have: serve, carry out errands, sweep, start again.

use std::collections::BTreeMap;
use std::sync::Arc;

use party::{
    Party, Refused, epoch,
    errand::{self, Errand, ErrandId, Reply, Step, Verb},
};
use seal::Seed;
use store::{
    Fault, Store, Tx,
    memory::{Cut, Memory, Snapshot},
};
use units::{Moment, PartyId, Refusal, Span};

use super::{
    agenda::{End, Event, Said},
    scene::Scene,
};

/// How long a party waits for another before it goes on without.
const PATIENCE: Span = Span::seconds(30);

/// A party and its machine.
pub struct Machine {
    /// What the trace calls it.
    pub name: &'static str,
    /// The party.
    pub party: Arc<dyn Party>,
    /// Its disk.
    pub memory: Memory,
    store: Store,
    waiting: BTreeMap<u64, Waiting>,
    silent_until: Moment,
    starting: bool,
    /// What its disk looked like at some earlier time.
    picture: Option<Snapshot>,
    /// How a party that was put back finds out what it forgot, where it can.
    pub reconciling: Option<Reconciling>,
}

/// Begins, or goes on with, finding out what a restored party forgot.
pub type Reconciling = Arc<dyn Fn(&mut dyn Tx, Moment) -> Result<Step, Refused> + Send + Sync>;

#[derive(Debug, Clone, Copy)]
struct Waiting {
    errand: ErrandId,
    origin: Option<(End, u64)>,
}

impl core::fmt::Debug for Machine {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Machine({})", self.name)
    }
}

impl Machine {
    /// A party that begins with an empty disk.
    pub fn new(name: &'static str, party: Arc<dyn Party>) -> Result<Self, Fault> {
        let memory = Memory::open(party.parts())?;
        Ok(Self {
            name,
            party,
            store: memory.store(),
            memory,
            waiting: BTreeMap::new(),
            silent_until: Moment(0),
            starting: false,
            picture: None,
            reconciling: None,
        })
    }

    /// Who it is.
    pub fn id(&self) -> PartyId {
        self.party.id()
    }

    /// Its store, for people at its desk.
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// A request arrives.
    pub fn hears(&mut self, scene: &mut Scene, from: End, call: u64, verb: Verb, body: Vec<u8>) {
        if self.memory.is_dark() || scene.now < self.silent_until {
            scene.say(|| format!("{} does not hear {}", self.name, verb.word()));
            return;
        }
        let asked = (verb, seal::hash(&body));
        let (party, now, seed) = (self.party.clone(), scene.now, scene.dice.bytes());
        let step = self
            .store
            .write(move |tx| party.serve(tx, verb, &body, now, &Seed::new(seed)));
        self.speaks(scene, Some((from, call)), Some(asked), step);
    }

    /// An answer to one of its own requests arrives.
    pub fn learns(&mut self, scene: &mut Scene, call: u64, said: Option<Said>) {
        if self.memory.is_dark() {
            return;
        }
        let Some(waiting) = self.waiting.remove(&call) else {
            return;
        };
        let (party, now, seed) = (self.party.clone(), scene.now, scene.dice.bytes());
        let step = self.store.write(move |tx| {
            let reply = match &said {
                Some(Said::Answer(bytes)) => Reply::Answer(bytes),
                Some(Said::Refused(code)) => Reply::Refused(code),
                Some(Said::NotYet(_)) | None => Reply::Silent,
            };
            party.answered(tx, waiting.errand, reply, now, &Seed::new(seed))
        });
        self.speaks(scene, waiting.origin, None, step);
        self.may_go_on(scene);
    }

    fn speaks(
        &mut self,
        scene: &mut Scene,
        origin: Option<(End, u64)>,
        asked: Option<(Verb, units::Hash)>,
        step: Result<Step, Refused>,
    ) {
        if self.memory.is_dark() {
            scene.say(|| format!("{} loses power", self.name));
            self.falls(scene);
            return;
        }
        let (said, what) = match step {
            Ok(Step::Errand(errand)) => return self.runs(scene, origin, errand),
            Ok(Step::Answer(bytes)) => (Said::Answer(bytes), "answers".to_owned()),
            Ok(Step::NotYet(span)) => (Said::NotYet(span), "says not yet".to_owned()),
            Err(no) => (Said::Refused(no.code().to_owned()), format!("refuses: {}", no.code())),
        };
        scene.say(|| format!("{} {what}", self.name));
        if let (Said::Answer(bytes), Some((verb, body))) = (&said, asked) {
            scene.log.answered(self.id(), verb, body, bytes);
        }
        if let Some(origin) = origin {
            scene.reply(self.id(), origin, said);
        }
    }

    fn runs(&mut self, scene: &mut Scene, origin: Option<(End, u64)>, errand: Errand) {
        scene.say(|| format!("{} asks {} first", self.name, errand.verb.word()));
        let call = scene.request(End::Party(self.id()), errand.to, errand.verb, errand.body);
        self.waiting.insert(
            call,
            Waiting {
                errand: errand.id,
                origin,
            },
        );
        scene.later(PATIENCE, Event::GivesUp(self.id(), call));
    }

    /// Power is gone: what was in memory is forgotten; it starts again by itself.
    pub fn falls(&mut self, scene: &mut Scene) {
        self.memory.crash();
        self.waiting.clear();
        if !self.starting {
            self.starting = true;
            let after = Span::seconds(scene.dice.between(1, 900));
            scene.later(after, Event::PartyWakes(self.id()));
        }
    }

    /// The machine starts.
    pub fn starts(&mut self, scene: &mut Scene) {
        self.starting = false;
        self.memory.restart();
        scene.say(|| format!("{} starts", self.name));
        self.reconciles(scene);
        self.sweeps(scene);
    }

    /// A machine looks at its disk when it starts: was it put back?
    fn reconciles(&mut self, scene: &mut Scene) {
        let Some(reconciling) = self.reconciling.clone() else {
            return;
        };
        match epoch::wake(&self.store) {
            Ok(false) => {}
            Ok(true) => {
                let now = scene.now;
                let step = self.store.write(move |tx| reconciling(tx, now));
                self.speaks(scene, None, None, step);
                self.may_go_on(scene);
            }
            Err(no) => scene.say(|| format!("{} cannot look at its disk: {no}", self.name)),
        }
    }

    /// A party that has found out what it forgot says so to its store.
    fn may_go_on(&mut self, scene: &mut Scene) {
        if self.reconciling.is_none() || self.memory.is_dark() {
            return;
        }
        let open = self.store.read(epoch::is_restored);
        let put_back = self.store.standing().is_ok_and(|s| !s.is_settled());
        if open == Ok(false) && put_back {
            match epoch::settle(&self.store) {
                Ok(epoch) => scene.say(|| format!("{} goes on in epoch {epoch}", self.name)),
                Err(no) => scene.say(|| format!("{} cannot go on: {no}", self.name)),
            }
        }
    }

    /// A backup is made.
    pub fn keeps_disk(&mut self) {
        if !self.memory.is_dark() {
            self.picture = Some(self.memory.snapshot());
        }
    }

    /// Yesterday's backup is put in place. False: there is none.
    pub fn puts_back(&mut self, scene: &mut Scene) -> bool {
        let Some(picture) = self.picture.take() else {
            return false;
        };
        scene.say(|| format!("{}: yesterday's database is put back", self.name));
        self.falls(scene);
        self.memory.set_full(false);
        if let Err(no) = self.memory.restore(&picture) {
            scene.log.finds(format!("{} cannot be restored: {no}", self.name));
        }
        self.memory.crash();
        scene.log.party_put_back(self.id());
        true
    }

    /// Takes up errands whose time has come, and what the party does by itself.
    pub fn sweeps(&mut self, scene: &mut Scene) {
        if self.memory.is_dark() || scene.now < self.silent_until {
            return;
        }
        let (party, now, seed) = (self.party.clone(), scene.now, scene.dice.bytes());
        let tended = self.store.write(move |tx| party.tend(tx, now, &Seed::new(seed)));
        if self.memory.is_dark() {
            return self.falls(scene);
        }
        if let Err(no) = tended {
            scene.say(|| format!("{} cannot tend: {}", self.name, no.code()));
        }
        let due = self.store.read(|view| errand::due(view, now, 64)).unwrap_or_default();
        for errand in due {
            self.runs(scene, None, errand);
        }
    }

    /// Anything still to be asked?
    pub fn is_busy(&self) -> bool {
        !self.waiting.is_empty() || self.store.read(errand::waiting).is_ok_and(|(count, _)| count > 0)
    }

    /// What is still to be asked, in words.
    pub fn errands(&self) -> Vec<String> {
        let due = self
            .store
            .read(|view| errand::due(view, Moment(u64::MAX - 1), 64))
            .unwrap_or_default();
        due.into_iter()
            .map(|e| format!("{} to {}", e.verb.word(), e.to.short()))
            .collect()
    }

    /// Somebody at the desk does something in one transaction. `None`: the machine is down, or went down.
    pub fn desk<T: Send + 'static>(
        &mut self,
        scene: &mut Scene,
        work: impl FnMut(&mut dyn store::Tx) -> Result<T, Refused> + Send + 'static,
    ) -> Option<Result<T, Refused>> {
        if self.memory.is_dark() {
            return None;
        }
        let done = self.store.write(work);
        if self.memory.is_dark() {
            self.falls(scene);
            return None;
        }
        Some(done)
    }

    /// Carries out an errand that somebody at the desk has written.
    pub fn carries(&mut self, scene: &mut Scene, errand: Errand) {
        self.runs(scene, None, errand);
    }

    /// Nothing is heard from it until then.
    pub const fn silent(&mut self, until: Moment) {
        self.silent_until = until;
    }

    /// Misfortune at this machine: one of the things that happen to machines.
    pub fn suffers(&mut self, scene: &mut Scene) {
        let n = scene.dice.between(1, 6);
        // Somebody has made room since the last time.
        self.memory.set_full(false);
        match scene.dice.below(8) {
            0 => {
                scene.say(|| format!("{}: power cut now", self.name));
                self.falls(scene);
            }
            1 | 2 => {
                scene.say(|| format!("{}: power cut before commit {n}", self.name));
                self.memory.cut(Cut::BeforeCommit(n));
            }
            3 | 4 => {
                scene.say(|| format!("{}: power cut after commit {n}", self.name));
                self.memory.cut(Cut::AfterCommit(n));
            }
            5 => {
                let until = scene.now.plus(Span::minutes(scene.dice.between(1, 600)));
                scene.say(|| format!("{}: silent until {until}", self.name));
                self.silent(until);
            }
            6 => {
                scene.say(|| format!("{}: disk full", self.name));
                self.memory.set_full(true);
            }
            _ => self.memory.conflict(2),
        }
    }

    /// The faults end.
    pub fn calms(&mut self, scene: &mut Scene) {
        self.memory.set_full(false);
        self.silent_until = Moment(0);
        self.starting = false;
        self.waiting.clear();
        self.memory.restart();
        self.reconciles(scene);
        self.sweeps(scene);
    }
}
