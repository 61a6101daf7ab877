//! The SQLite engine: one file per party, one writer, many readers.
//!
//! Every write goes to one thread. It takes whatever has queued (up to [`BATCH_MAX`]), runs each job in a savepoint of
//! one transaction, commits with full synchronisation, and answers all of them: a disk that syncs a hundred times a
//! second still carries thousands of writes. A job that refuses or panics is rolled back to its savepoint alone. Readers
//! are connections of their own and never wait for the writer (write-ahead log).
//!
//! Beside the database lies its witness (`<file>.high`, see `witness.rs`), by which a file put back unnoticed is noticed.
//!
//! Several processes may open one file: they take turns by SQLite's own lock, and a writer that waits in vain answers
//! [`Fault::Conflict`].

mod copy;
mod open;
mod readers;
mod transaction;
mod witness;
mod writer;

pub use copy::{CopyRefused, backup, restore};
pub use open::{OpenRefused, Opening};

use crate::answer::promise;
use crate::engine::{Engine, Job};
use crate::{Fault, Part, Store, View};
use readers::Readers;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use writer::{Work, Writer};

/// The most jobs that share one commit.
pub const BATCH_MAX: usize = 512;

/// An open SQLite store. Clones share it; the last one closes it, after everything queued was committed.
#[derive(Clone)]
pub struct Sqlite {
    inner: Arc<Inner>,
    store: Store,
}

struct Inner {
    path: PathBuf,
    queue: Option<Sender<Work>>,
    writer: Option<JoinHandle<()>>,
    readers: Readers,
}

impl Sqlite {
    /// Opens the store in the file `path`, making it when it is not there, and brings it up to the steps of `parts`.
    ///
    /// Look at [`Store::standing`] before acting. Refuses a file of another party, of a newer program, or one that is
    /// missing although its witness remembers it.
    pub fn open(path: &Path, opening: &Opening, parts: &[&'static Part]) -> Result<Self, OpenRefused> {
        let connection = open::open(path, opening, parts)?;
        let (queue, work) = channel();
        let writer = Writer::new(connection, path.to_owned());
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || writer.serve(&work));
        let thread = thread.map_err(|e| OpenRefused::Fault(Fault::Disk(e.to_string())))?;
        let readers = Readers::new(path.to_owned());
        let inner = Arc::new(Inner {
            path: path.to_owned(),
            queue: Some(queue),
            writer: Some(thread),
            readers,
        });
        Ok(Self {
            store: Store::new(inner.clone()),
            inner,
        })
    }

    /// The handle parties use.
    pub fn store(&self) -> Store {
        self.store.clone()
    }

    /// Writes a consistent copy to `path` while the store goes on working. The copy knows that it is one: opened in
    /// place of the original it stands as restored. Refuses when something is there already.
    pub fn backup(&self, path: &Path) -> Result<(), CopyRefused> {
        copy::backup(&self.inner.path, path)
    }

    /// Brings the witness up to date now, as closing does. Nothing needs it for correctness.
    pub fn witness(&self) {
        let (promise, done) = promise();
        if self.inner.send(Work::Witness(promise)) {
            done.wait();
        }
    }

    /// Bounds the file to `pages` of 4096 bytes (never below its present size); above it writes answer
    /// [`Fault::Full`]. For operators who give a party a quota.
    pub fn limit_pages(&self, pages: u32) {
        let (promise, done) = promise();
        if self.inner.send(Work::Limit(pages, promise)) {
            done.wait();
        }
    }
}

impl Inner {
    fn send(&self, work: Work) -> bool {
        self.queue.as_ref().is_some_and(|queue| queue.send(work).is_ok())
    }
}

impl Engine for Inner {
    fn submit(&self, job: Box<dyn Job>) {
        // When the writer has stopped, the job comes back, is dropped, and says so to whoever waits.
        self.send(Work::Job(job));
    }

    fn read(&self, look: &mut dyn FnMut(&mut dyn View)) -> Result<(), Fault> {
        self.readers.read(look)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // The writer closes last: only it can fold the log into the file, and a lone file is what people copy.
        self.readers.close();
        drop(self.queue.take());
        let Some(writer) = self.writer.take() else { return };
        // The last handle may have lived in a job, and then this is the writer itself.
        if writer.thread().id() != std::thread::current().id() {
            let _ = writer.join(); // a panic there was answered as "stopped"
        }
    }
}

#[cfg(test)]
mod tests;
