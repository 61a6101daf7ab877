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

    /// Leaves out every number up to `last`. Says which were left out, from the first; nothing if it has come so far.
    pub fn skip_to(&self, tx: &mut dyn Tx, last: u64) -> Result<Option<(u64, u64)>, Fault> {
        let so_far = self.last(tx)?;
        if last <= so_far {
            return Ok(None);
        }
        tx.put(self.table, &self.name.to_owned().to_bytes(), &value::to_bytes(&last))?;
        Ok(Some((so_far.saturating_add(1), last.saturating_sub(so_far))))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Part, Step, memory::Memory};

    const NUMBERS: Table = Table::new("numbers");
    static PART: Part = Part::new("numbers", &[Step::Create(&[NUMBERS])]);

    #[test]
    fn a_counter_skips_forward_only_and_says_what_it_left_out() {
        let store = Memory::open(&[&PART]).unwrap().store();
        let counter = Counter::new(NUMBERS, "receipt");
        let seen = store.write(move |tx| {
            let first = counter.next(tx)?;
            let (skipped, back) = (counter.skip_to(tx, 1000)?, counter.skip_to(tx, 7)?);
            Ok::<_, Fault>((first, skipped, back, counter.next(tx)?))
        });
        assert_eq!(seen, Ok((1, Some((2, 999)), None, 1001)));
    }
}
