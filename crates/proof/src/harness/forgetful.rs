//! Forgetful: a party whose disk does not keep what is written to one of its tables. No party is like this; the harness
//! must notice one that is, or its silence about the others would mean nothing.

use party::{
    Party, Refused,
    desk::Desk,
    errand::{ErrandId, Reply, Step, Verb},
};
use seal::Seed;
use std::sync::Arc;
use store::{Fault, Part, Range, Row, Table, Tx, View};
use units::{Moment, PartyId};

/// A party that forgets one kind of thing.
pub struct Forgetful {
    party: Arc<dyn Party>,
    table: &'static str,
}

impl Forgetful {
    /// This party, forgetting whatever it writes to `table`.
    pub const fn new(party: Arc<dyn Party>, table: &'static str) -> Self {
        Self { party, table }
    }
}

impl Party for Forgetful {
    fn id(&self) -> PartyId {
        self.party.id()
    }
    fn desk(&self) -> &Desk {
        self.party.desk()
    }
    fn parts(&self) -> &'static [&'static Part] {
        self.party.parts()
    }
    fn serve(&self, tx: &mut dyn Tx, verb: Verb, body: &[u8], now: Moment, seed: &Seed) -> Result<Step, Refused> {
        let mut tx = Sieve { tx, table: self.table };
        self.party.serve(&mut tx, verb, body, now, seed)
    }
    fn answered(
        &self,
        tx: &mut dyn Tx,
        id: ErrandId,
        reply: Reply<'_>,
        now: Moment,
        seed: &Seed,
    ) -> Result<Step, Refused> {
        let mut tx = Sieve { tx, table: self.table };
        self.party.answered(&mut tx, id, reply, now, seed)
    }
    fn tend(&self, tx: &mut dyn Tx, now: Moment, seed: &Seed) -> Result<(), Refused> {
        self.party.tend(tx, now, seed)
    }
    /// It would notice its own gaps; whether the harness does is the question.
    fn audit(&self, _: &mut dyn View) -> Result<Vec<String>, Fault> {
        Ok(Vec::new())
    }
}

/// A transaction through which one table's rows fall.
struct Sieve<'a> {
    tx: &'a mut dyn Tx,
    table: &'static str,
}

impl View for Sieve<'_> {
    fn get(&mut self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        self.tx.get(table, key)
    }
    fn scan(&mut self, table: Table, range: &Range, reverse: bool, limit: usize) -> Result<Vec<Row>, Fault> {
        self.tx.scan(table, range, reverse, limit)
    }
}

impl Tx for Sieve<'_> {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        if table.name() == self.table {
            return Ok(());
        }
        self.tx.put(table, key, value)
    }
    fn insert(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<bool, Fault> {
        if table.name() == self.table {
            return Ok(self.tx.get(table, key)?.is_none());
        }
        self.tx.insert(table, key, value)
    }
    fn delete(&mut self, table: Table, key: &[u8]) -> Result<bool, Fault> {
        self.tx.delete(table, key)
    }
}
