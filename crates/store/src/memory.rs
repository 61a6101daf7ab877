//! The memory engine: no disk, no threads, and power that can be lost at any commit. For tests, and for a simulation in
//! which every party of a marketplace runs in one process.
//!
//! A write is answered when its commit is "synced". By default that is at once; under [`Memory::hold_sync`] answers wait
//! for [`Memory::sync`], so a harness can put many writes into one commit, or cut the power between write and answer.
//! After a cut the engine is dark: everything answers [`Fault::Stopped`] until [`Memory::restart`], and what was not
//! synced is gone.

use crate::engine::{Engine, Job};
use crate::identity::{self, Identity, Standing, StoreId};
use crate::tx::check_sizes;
use crate::{Fault, Part, Range, Row, Step, Store, Table, Tx, View};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use units::RealmId;

/// How often a conflict is retried before the caller hears of it.
const TRIES: u32 = 10;

/// Where the power goes, counted from the next commit: 1 is that one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The commit's writes are lost and nobody is answered.
    BeforeCommit(u64),
    /// The commit's writes are durable, and still nobody is answered.
    AfterCommit(u64),
}

/// A store in memory. Clones share it.
#[derive(Clone)]
pub struct Memory(Arc<Inner>);

struct Inner(Mutex<State>);

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;
type Tables = BTreeMap<&'static str, Rows>;

#[derive(Default)]
struct State {
    tables: Tables,
    /// How to undo what is not synced, oldest first.
    undo: Vec<Undo>,
    /// Jobs that ran and wait for the sync.
    waiting: Vec<Box<dyn Job>>,
    hold_sync: bool,
    cut: Option<Cut>,
    dark: bool,
    full: bool,
    fail_after: Option<u64>,
    conflicts: u32,
    syncs: u64,
}

struct Undo {
    table: &'static str,
    key: Vec<u8>,
    old: Option<Vec<u8>>,
}

/// A picture of a whole store, such as yesterday's. See [`Memory::snapshot`].
#[derive(Clone)]
pub struct Snapshot(Tables);

impl Memory {
    /// A new, empty store with the tables of `parts`, as role "memory" of no realm.
    pub fn open(parts: &[&'static Part]) -> Result<Self, Fault> {
        Self::open_as(
            Identity {
                id: StoreId([0; 16]),
                role: "memory".to_owned(),
                realm: RealmId::default(),
                epoch: 1,
            },
            parts,
        )
    }

    /// A new, empty store of that identity.
    pub fn open_as(identity: Identity, parts: &[&'static Part]) -> Result<Self, Fault> {
        let memory = Self(Arc::new(Inner(Mutex::new(State::default()))));
        memory.prepare(parts)?;
        memory.store().write(move |tx| identity::set_identity(tx, &identity))?;
        Ok(memory)
    }

    /// The handle parties use.
    pub fn store(&self) -> Store {
        Store::new(self.0.clone())
    }

    /// Takes the steps of `parts` that this store has not taken. A file of a newer program does not exist in memory, so
    /// a refusal is a misuse by the harness and told as a corrupt table.
    pub fn prepare(&self, parts: &[&'static Part]) -> Result<(), Fault> {
        let mut all = vec![&identity::OWN];
        all.extend_from_slice(parts);
        for part in &all {
            for table in part.tables() {
                self.lock().tables.entry(table.name()).or_default();
            }
        }
        let store = self.store();
        let todo = store.read(|view| identity::missing_steps(view, &all))?;
        for todo in todo.map_err(|why| Fault::Corrupt {
            table: "store_steps",
            why,
        })? {
            store.write(move |tx| {
                if let Step::Run { run, .. } = todo.step {
                    run(tx)?
                }
                identity::note_step(tx, &todo)
            })?;
        }
        Ok(())
    }

    /// From now on answers wait for [`Memory::sync`]; or no longer.
    pub fn hold_sync(&self, hold: bool) {
        self.lock().hold_sync = hold;
        if !hold {
            self.sync()
        }
    }

    /// Makes every held write durable in one commit and answers.
    pub fn sync(&self) {
        self.0.finish()
    }

    /// Plans a cut of the power; replaces an earlier plan.
    pub fn cut(&self, cut: Cut) {
        self.lock().cut = Some(cut)
    }

    /// Loses power now: what is not synced is gone, whoever waits hears [`Fault::Stopped`], and so does everybody until
    /// [`Memory::restart`].
    pub fn crash(&self) {
        let waiting = self.lock().lose_power();
        drop(waiting);
    }

    /// Power is back: what was synced is there. Cuts and failures that were planned are forgotten.
    pub fn restart(&self) {
        let waiting = self.lock().lose_power();
        drop(waiting);
        let mut state = self.lock();
        state.dark = false;
        state.cut = None;
        state.fail_after = None;
        state.conflicts = 0;
    }

    /// Has the power been cut?
    pub fn is_dark(&self) -> bool {
        self.lock().dark
    }

    /// No more room, or room again. Reading goes on.
    pub fn set_full(&self, full: bool) {
        self.lock().full = full
    }

    /// After `operations` more reads and writes of rows, every further one fails as a broken disk would; `None` mends it.
    pub fn fail_after(&self, operations: Option<u64>) {
        self.lock().fail_after = operations
    }

    /// The next `count` runs of a write meet a conflict, as on a database that several processes share.
    pub fn conflict(&self, count: u32) {
        self.lock().conflicts = count
    }

    /// Commits that reached the "disk" since the store was made; what cut points are counted by.
    pub fn syncs(&self) -> u64 {
        self.lock().syncs
    }

    /// Everything durable, to be put back later.
    pub fn snapshot(&self) -> Snapshot {
        let state = self.lock();
        let mut tables = state.tables.clone();
        for undo in state.undo.iter().rev() {
            undo.apply(&mut tables)
        }
        Snapshot(tables)
    }

    /// Puts an older picture in place, as an operator with a backup would; the store then stands as restored.
    pub fn restore(&self, snapshot: &Snapshot) -> Result<(), Fault> {
        let seen = if self.is_dark() {
            0
        } else {
            self.store().identity()?.epoch
        };
        self.put_back(snapshot);
        self.store().write(move |tx| {
            let epoch = identity::identity(tx)?.map_or(0, |i| i.epoch);
            let commits = identity::commits(tx)?;
            identity::set_standing(
                tx,
                &Standing::Restored {
                    epoch,
                    commits,
                    seen_epoch: seen,
                },
            )
        })
    }

    /// Puts an older picture in place silently, as an attacker would; a memory store has no witness that could notice.
    pub fn put_back(&self, snapshot: &Snapshot) {
        self.restart();
        self.lock().tables = snapshot.0.clone();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock()
    }
}

impl State {
    /// Drops what is not synced and goes dark. The jobs returned must be dropped outside the lock: they answer.
    #[must_use]
    fn lose_power(&mut self) -> Vec<Box<dyn Job>> {
        self.undo_to(0);
        self.dark = true;
        core::mem::take(&mut self.waiting)
    }

    fn undo_to(&mut self, length: usize) {
        while self.undo.len() > length {
            if let Some(undo) = self.undo.pop() {
                undo.apply(&mut self.tables)
            }
        }
    }

    /// Does the planned cut happen at this commit?
    fn cut_now(&mut self) -> Option<Cut> {
        match &mut self.cut {
            Some(Cut::BeforeCommit(n) | Cut::AfterCommit(n)) if *n > 1 => {
                *n -= 1;
                None
            }
            _ => self.cut.take(),
        }
    }
}

impl Undo {
    fn apply(&self, tables: &mut Tables) {
        let Some(rows) = tables.get_mut(self.table) else { return };
        match &self.old {
            Some(value) => rows.insert(self.key.clone(), value.clone()),
            None => rows.remove(&self.key),
        };
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Commits what ran and answers it, unless the power goes.
    fn finish(&self) {
        let mut state = self.lock();
        if state.undo.is_empty() {
            // Nothing written: no commit, no point to cut.
            let waiting = core::mem::take(&mut state.waiting);
            drop(state);
            return answer_all(waiting, &Ok(()));
        }
        let lost = match state.cut_now() {
            Some(Cut::BeforeCommit(_)) => Some(state.lose_power()),
            cut => {
                state.undo.clear();
                state.syncs = state.syncs.saturating_add(1);
                cut.map(|_| state.lose_power())
            }
        };
        let waiting = lost.is_none().then(|| core::mem::take(&mut state.waiting));
        drop(state);
        // Jobs of a lost commit answer "stopped" as they are dropped.
        drop(lost);
        answer_all(waiting.unwrap_or_default(), &Ok(()));
    }
}

fn answer_all(jobs: Vec<Box<dyn Job>>, end: &Result<(), Fault>) {
    jobs.into_iter().for_each(|job| job.answer(end.clone()))
}

impl Engine for Inner {
    fn submit(&self, mut job: Box<dyn Job>) {
        let mut state = self.lock();
        if state.dark {
            drop(state);
            return drop(job);
        }
        let before = state.undo.len();
        match run(&mut state, job.as_mut(), before) {
            Ok(()) => state.waiting.push(job),
            Err(fault) => {
                drop(state);
                return job.answer(Err(fault));
            }
        }
        let hold = state.hold_sync;
        drop(state);
        if !hold {
            self.finish()
        }
    }

    fn read(&self, look: &mut dyn FnMut(&mut dyn View)) -> Result<(), Fault> {
        let mut state = self.lock();
        if state.dark {
            return Err(Fault::Stopped);
        }
        // Readers of a real engine see what is committed, so what waits for its sync is set aside for the while.
        let redo = set_aside(&mut state);
        let mut view = MemoryTx {
            state: &mut state,
            fault: None,
        };
        let looked = catch_unwind(AssertUnwindSafe(|| look(&mut view)));
        let fault = view.fault.take();
        for row in redo.into_iter().rev() {
            row.apply(&mut state.tables)
        }
        drop(state);
        if let Err(panic) = looked {
            std::panic::resume_unwind(panic)
        }
        fault.map_or(Ok(()), Err)
    }
}

/// Undoes what is not synced without forgetting it; applying the result in reverse brings it back.
fn set_aside(state: &mut State) -> Vec<Undo> {
    let mut redo = Vec::new();
    for undo in state.undo.iter().rev() {
        let old = state
            .tables
            .get(undo.table)
            .and_then(|rows| rows.get(&undo.key))
            .cloned();
        redo.push(Undo {
            table: undo.table,
            key: undo.key.clone(),
            old,
        });
        undo.apply(&mut state.tables);
    }
    redo
}

/// Runs one job; its writes stay only if it says so and nothing went wrong below it.
fn run(state: &mut State, job: &mut dyn Job, before: usize) -> Result<(), Fault> {
    for _ in 0..TRIES {
        let conflict = state.conflicts > 0;
        state.conflicts = state.conflicts.saturating_sub(1);
        let mut tx = MemoryTx {
            state,
            fault: conflict.then_some(Fault::Conflict),
        };
        let kept = catch_unwind(AssertUnwindSafe(|| job.run(&mut tx)));
        let fault = tx.fault.take();
        match (kept, fault) {
            (Ok(true), None) => {
                if state.undo.len() == before {
                    return Ok(());
                }
                let counted = identity::count_commit(&mut MemoryTx { state, fault: None });
                if counted.is_err() {
                    state.undo_to(before)
                }
                return counted.map(drop);
            }
            (Ok(false), None) => {
                state.undo_to(before);
                return Ok(());
            }
            (_, Some(Fault::Conflict)) => state.undo_to(before),
            (Err(_), _) => {
                state.undo_to(before);
                return Err(Fault::Panicked);
            }
            (Ok(_), Some(fault)) => {
                state.undo_to(before);
                return Err(fault);
            }
        }
    }
    Err(Fault::Conflict)
}

/// A transaction. Once an operation failed, every later one fails alike: no rule can act on half a picture.
struct MemoryTx<'a> {
    state: &'a mut State,
    fault: Option<Fault>,
}

impl MemoryTx<'_> {
    fn rows(&mut self, table: Table, grows: bool) -> Result<&mut Rows, Fault> {
        let fault = match (&self.fault, self.state.fail_after) {
            (Some(fault), _) => Some(fault.clone()),
            (None, Some(0)) => Some(Fault::Disk("planned failure".to_owned())),
            (None, _) if grows && self.state.full => Some(Fault::Full),
            (None, _) => None,
        };
        if let Some(fault) = fault {
            return Err(self.fault.insert(fault).clone());
        }
        if let Some(left) = &mut self.state.fail_after {
            *left = left.saturating_sub(1)
        }
        let missing = &mut self.fault;
        self.state
            .tables
            .get_mut(table.name())
            .ok_or_else(|| missing.insert(Fault::NoTable(table.name())).clone())
    }

    fn note(&mut self, table: Table, key: &[u8], old: Option<Vec<u8>>) {
        self.state.undo.push(Undo {
            table: table.name(),
            key: key.to_vec(),
            old,
        });
    }
}

impl View for MemoryTx<'_> {
    fn get(&mut self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.rows(table, false)?.get(key).cloned())
    }

    fn scan(&mut self, table: Table, range: &Range, reverse: bool, limit: usize) -> Result<Vec<Row>, Fault> {
        let rows = self.rows(table, false)?;
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let copy = |(key, value): (&Vec<u8>, &Vec<u8>)| (key.clone(), value.clone());
        let end = range
            .to
            .clone()
            .map_or(core::ops::Bound::Unbounded, core::ops::Bound::Excluded);
        let found = rows.range((core::ops::Bound::Included(range.from.clone()), end));
        Ok(if reverse {
            found.rev().take(limit).map(copy).collect()
        } else {
            found.take(limit).map(copy).collect()
        })
    }
}

impl Tx for MemoryTx<'_> {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        check_sizes(table, key, value)?;
        let old = self.rows(table, true)?.insert(key.to_vec(), value.to_vec());
        self.note(table, key, old);
        Ok(())
    }

    fn insert(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<bool, Fault> {
        check_sizes(table, key, value)?;
        let rows = self.rows(table, true)?;
        if rows.contains_key(key) {
            return Ok(false);
        }
        rows.insert(key.to_vec(), value.to_vec());
        self.note(table, key, None);
        Ok(true)
    }

    fn delete(&mut self, table: Table, key: &[u8]) -> Result<bool, Fault> {
        let Some(old) = self.rows(table, false)?.remove(key) else {
            return Ok(false);
        };
        self.note(table, key, Some(old));
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
