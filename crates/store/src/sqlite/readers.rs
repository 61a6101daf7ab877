//! Readers: connections that only read, each lent to one thread at a time. They see a consistent, committed picture and
//! never wait for the writer.

use super::transaction::{STATEMENTS, SqliteTx, fault};
use crate::{Fault, View};
use rusqlite::{Connection, OpenFlags};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How many idle connections are kept. More are opened when more threads read at once, and closed after.
const IDLE_MAX: usize = 32;

pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            idle: Mutex::new(Vec::new()),
        }
    }

    /// Runs `look` in a reading transaction. A panic of `look` drops the connection and goes on.
    pub(super) fn read(&self, look: &mut dyn FnMut(&mut dyn View)) -> Result<(), Fault> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.connect().map_err(|e| fault(&e))?,
        };
        let begin = |sql| {
            connection
                .prepare_cached(sql)
                .and_then(|mut s| s.execute([]))
                .map_err(|e| fault(&e))
        };
        begin("BEGIN")?;
        let mut view = SqliteTx::new(&connection);
        look(&mut view);
        let found = view.fault.take();
        begin("COMMIT")?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(connection);
        }
        found.map_or(Ok(()), Err)
    }

    /// Closes every connection; `self` is no longer in use.
    pub(super) fn close(&mut self) {
        self.idle.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn connect(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(connection)
    }
}
