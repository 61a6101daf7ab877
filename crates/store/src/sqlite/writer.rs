//! The writer: the one thread that changes the file, many jobs per commit.

use super::transaction::{SqliteTx, fault};
use super::{BATCH_MAX, witness};
use crate::answer::Promise;
use crate::engine::Job;
use crate::{Fault, identity};
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

/// After this many commits the witness is brought up to date even under load.
const WITNESS_COMMITS: u32 = 1000;
/// And after this long without work.
const WITNESS_IDLE: Duration = Duration::from_secs(1);

/// SQLite's extended codes for a sync that failed. What such a commit wrote may be on the disk or not, and on Linux a
/// second sync would claim success without having written, so the file is not touched again before a restart.
const SYNC_FAILED: [i32; 3] = [
    rusqlite::ffi::SQLITE_IOERR_FSYNC,
    rusqlite::ffi::SQLITE_IOERR_DIR_FSYNC,
    rusqlite::ffi::SQLITE_IOERR_CLOSE,
];

/// What the writer is asked to do.
pub(super) enum Work {
    Job(Box<dyn Job>),
    Witness(Promise<()>),
    Limit(u32, Promise<()>),
}

pub(super) struct Writer {
    connection: Connection,
    path: PathBuf,
    /// Commits since the witness was written.
    unwitnessed: u32,
    stopped: bool,
}

impl Writer {
    pub(super) fn new(connection: Connection, path: PathBuf) -> Self {
        Self {
            connection,
            path,
            unwitnessed: 0,
            stopped: false,
        }
    }

    /// Works until every handle is gone or the disk cannot be trusted any more.
    pub(super) fn serve(mut self, work: &Receiver<Work>) {
        while !self.stopped {
            let first = if self.unwitnessed > 0 {
                match work.recv_timeout(WITNESS_IDLE) {
                    Ok(first) => first,
                    Err(RecvTimeoutError::Timeout) => {
                        self.witness();
                        continue;
                    }
                    Err(RecvTimeoutError::Disconnected) => break,
                }
            } else {
                match work.recv() {
                    Ok(first) => first,
                    Err(_) => break,
                }
            };
            self.take_turn(first, work);
        }
        if !self.stopped {
            self.witness();
        }
    }

    /// One batch: `first` and whatever else is there.
    fn take_turn(&mut self, first: Work, work: &Receiver<Work>) {
        let mut jobs = Vec::new();
        let mut next = Some(first);
        while let Some(item) = next.take() {
            match item {
                Work::Job(job) => jobs.push(job),
                Work::Witness(promise) => {
                    self.commit_all(core::mem::take(&mut jobs));
                    self.witness();
                    promise.keep(());
                }
                Work::Limit(pages, promise) => {
                    self.commit_all(core::mem::take(&mut jobs));
                    // A quota that cannot be set is no reason to stop a party; the next write tells if the file is ill.
                    let _ = self.connection.pragma_update(None, "max_page_count", pages);
                    promise.keep(());
                }
            }
            if jobs.len() < BATCH_MAX {
                next = work.try_recv().ok();
            }
        }
        self.commit_all(jobs);
        if self.unwitnessed >= WITNESS_COMMITS {
            self.witness();
        }
    }

    /// Runs, commits and answers.
    fn commit_all(&mut self, mut jobs: Vec<Box<dyn Job>>) {
        if jobs.is_empty() || self.stopped {
            return; // dropped jobs answer "stopped"
        }
        match self.attempt(&mut jobs) {
            Ok(ends) => jobs.into_iter().zip(ends).for_each(|(job, end)| job.answer(end)),
            // One job too big for the disk must not take the others with it: they run again, one by one.
            Err(Fault::Full) if jobs.len() > 1 => jobs.into_iter().for_each(|job| self.commit_all(vec![job])),
            Err(fault) => jobs.into_iter().for_each(|job| job.answer(Err(fault.clone()))),
        }
    }

    /// One transaction over all jobs. `Err`: nothing of any of them was kept (or, when unsure, it says so).
    fn attempt(&mut self, jobs: &mut [Box<dyn Job>]) -> Result<Vec<Result<(), Fault>>, Fault> {
        self.execute("BEGIN IMMEDIATE")?;
        let result = self.run_all(jobs);
        if !self.connection.is_autocommit() {
            // Still open: nothing was written, or it failed. A rollback that fails leaves the next BEGIN to say so.
            let _ = self.execute("ROLLBACK");
        }
        result
    }

    fn run_all(&mut self, jobs: &mut [Box<dyn Job>]) -> Result<Vec<Result<(), Fault>>, Fault> {
        let mut ends = Vec::with_capacity(jobs.len());
        let mut wrote = false;
        for job in jobs {
            ends.push(self.run(job.as_mut(), &mut wrote)?);
        }
        if wrote {
            identity::count_commit(&mut SqliteTx::new(&self.connection))?;
            self.commit()?;
        }
        Ok(ends)
    }

    /// One job in its savepoint. The inner result is the job's own; the outer one ends the batch.
    fn run(&self, job: &mut dyn Job, wrote: &mut bool) -> Result<Result<(), Fault>, Fault> {
        self.execute("SAVEPOINT job")?;
        let mut tx = SqliteTx::new(&self.connection);
        let kept = catch_unwind(AssertUnwindSafe(|| job.run(&mut tx)));
        let end = match (kept, tx.fault.take()) {
            (Ok(_), Some(fault)) | (Err(_), Some(fault)) => Err(fault),
            (Err(_), None) => Err(Fault::Panicked),
            (Ok(keep), None) => Ok(keep),
        };
        if self.connection.is_autocommit() {
            // SQLite gave up the whole transaction (some failures of the disk do that), and with it the jobs before.
            return Err(end.err().unwrap_or(Fault::Disk("the transaction was lost".to_owned())));
        }
        if end == Ok(true) {
            *wrote |= tx.wrote;
        } else {
            self.execute("ROLLBACK TO job")?;
        }
        self.execute("RELEASE job")?;
        Ok(end.map(|_| ()))
    }

    fn commit(&mut self) -> Result<(), Fault> {
        let result = self.connection.prepare_cached("COMMIT").and_then(|mut s| s.execute([]));
        let Err(error) = result else {
            self.unwitnessed = self.unwitnessed.saturating_add(1);
            return Ok(());
        };
        let code = error.sqlite_error().map_or(0, |e| e.extended_code);
        if SYNC_FAILED.contains(&code) {
            self.stopped = true;
            return Err(Fault::Unsure(error.to_string()));
        }
        Err(fault(&error))
    }

    fn execute(&self, sql: &str) -> Result<(), Fault> {
        let done = self.connection.prepare_cached(sql).and_then(|mut s| s.execute([]));
        done.map(drop).map_err(|e| fault(&e))
    }

    /// Tells the witness how far the file has come. It stays silent while the store stands as put back: what it saw is
    /// then the only trace of what was lost. A witness that cannot be written is written next time.
    fn witness(&mut self) {
        let mut view = SqliteTx::new(&self.connection);
        let settled = identity::standing(&mut view).is_ok_and(|standing| standing.is_settled());
        if let (true, Ok(Some(mark))) = (settled, identity::mark(&mut view)) {
            let _ = witness::write(&self.path, &mark);
        }
        self.unwitnessed = 0;
    }
}
