//! One transaction on one connection, as rules see it.

use crate::tx::check_sizes;
use crate::{Fault, Range, Row, Table, Tx, View};
use rusqlite::{CachedStatement, Connection, ErrorCode, OptionalExtension, params};

/// How many prepared statements a connection keeps: seven per table, for more tables than a party has.
pub(super) const STATEMENTS: usize = 512;

/// Rows on `connection`, inside a transaction somebody else begins and ends. Once an operation failed, every later one
/// fails alike, so no rule can act on half a picture.
pub(super) struct SqliteTx<'c> {
    connection: &'c Connection,
    /// The first fault.
    pub fault: Option<Fault>,
    /// Has anything been changed?
    pub wrote: bool,
}

/// What SQLite said, in our words.
pub(super) fn fault(error: &rusqlite::Error) -> Fault {
    let text = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Fault::Full,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Fault::Conflict,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Fault::Corrupt {
            table: "the database file",
            why: text,
        },
        _ => Fault::Disk(text),
    }
}

impl<'c> SqliteTx<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self {
            connection,
            fault: None,
            wrote: false,
        }
    }

    /// Runs one statement unless something failed before, and remembers its failure.
    fn with<T>(
        &mut self,
        table: Table,
        sql: &str,
        run: impl FnOnce(&mut CachedStatement<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Fault> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let result = self
            .connection
            .prepare_cached(sql)
            .and_then(|mut statement| run(&mut statement));
        result.map_err(|error| {
            // SQLite has no code of its own for an unknown table.
            let missing = error.to_string().starts_with("no such table");
            let fault = if missing {
                Fault::NoTable(table.name())
            } else {
                fault(&error)
            };
            self.fault.insert(fault).clone()
        })
    }
}

impl View for SqliteTx<'_> {
    fn get(&mut self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        let sql = format!("SELECT v FROM t_{} WHERE k = ?1", table.name());
        self.with(table, &sql, |s| s.query_row([key], |row| row.get(0)).optional())
    }

    fn scan(&mut self, table: Table, range: &Range, reverse: bool, limit: usize) -> Result<Vec<Row>, Fault> {
        let below = if range.to.is_some() { "AND k < ?3" } else { "" };
        let order = if reverse { "DESC" } else { "ASC" };
        let sql = format!(
            "SELECT k, v FROM t_{} WHERE k >= ?1 {below} ORDER BY k {order} LIMIT ?2",
            table.name()
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.with(table, &sql, |s| {
            let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            match &range.to {
                Some(to) => s.query_map(params![range.from, limit, to], row)?.collect(),
                None => s.query_map(params![range.from, limit], row)?.collect(),
            }
        })
    }
}

impl Tx for SqliteTx<'_> {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        check_sizes(table, key, value)?;
        let sql = format!(
            "INSERT INTO t_{}(k, v) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET v = excluded.v",
            table.name()
        );
        self.with(table, &sql, |s| s.execute([key, value]))?;
        self.wrote = true;
        Ok(())
    }

    fn insert(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<bool, Fault> {
        check_sizes(table, key, value)?;
        let sql = format!(
            "INSERT INTO t_{}(k, v) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            table.name()
        );
        let changed = self.with(table, &sql, |s| s.execute([key, value]))?;
        self.wrote |= changed > 0;
        Ok(changed > 0)
    }

    fn delete(&mut self, table: Table, key: &[u8]) -> Result<bool, Fault> {
        let sql = format!("DELETE FROM t_{} WHERE k = ?1", table.name());
        let changed = self.with(table, &sql, |s| s.execute([key]))?;
        self.wrote |= changed > 0;
        Ok(changed > 0)
    }
}
