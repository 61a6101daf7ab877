//! Counter: numbers without gaps, such as those of receipts. A row like any other: taken back with the transaction that
//! took it, unlike a database's sequence. It makes its users queue behind one another, so it is for what the law wants
//! numbered, not for ids.

use crate::{Fault, Key, Table, Tx, View, value};

/// A named counter in a table of counters.
#[derive(Debug, Clone, Copy)]
pub struct Counter {
    table: Table,
    name: &'static str,
}

impl Counter {
    /// The counter `name` of `table`.
    pub const fn new(table: Table, name: &'static str) -> Self {
        Self { table, name }
    }

    /// The last number given out, 0 before the first.
    pub fn last(&self, view: &mut dyn View) -> Result<u64, Fault> {
        let Some(bytes) = view.get(self.table, &self.name.to_owned().to_bytes())? else {
            return Ok(0);
        };
        value::from_bytes(&bytes).map_err(|why| Fault::Corrupt {
            table: self.table.name(),
            why,
        })
    }

    /// The next number, beginning with 1.
    pub fn next(&self, tx: &mut dyn Tx) -> Result<u64, Fault> {
        let corrupt = || Fault::Corrupt {
            table: self.table.name(),
            why: "the counter is at its end".to_owned(),
        };
        let next = self.last(tx)?.checked_add(1).ok_or_else(corrupt)?;
        tx.put(self.table, &self.name.to_owned().to_bytes(), &value::to_bytes(&next))?;
        Ok(next)
    }
}
