//! A store of one thread that borrows, and writes down what it was asked for.

use std::{cell::RefCell, collections::BTreeMap, convert::Infallible};

use store::{Fault, Range, Row, Table, Tx, View};

type Map = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

#[derive(Default)]
pub struct Rows {
    rows: RefCell<Map>,
    pub log: RefCell<Vec<String>>,
}

struct Open<'a> {
    rows: Map,
    log: &'a RefCell<Vec<String>>,
}

impl Rows {
    pub fn write<T, E>(&self, f: impl FnOnce(&mut dyn Tx) -> Result<T, E>) -> Result<T, E> {
        let mut open = Open {
            rows: self.rows.borrow().clone(),
            log: &self.log,
        };
        let out = f(&mut open)?;
        *self.rows.borrow_mut() = open.rows;
        Ok(out)
    }
    pub fn read<T, E>(&self, f: impl FnOnce(&mut dyn View) -> Result<T, E>) -> Result<T, E> {
        let mut open = Open {
            rows: self.rows.borrow().clone(),
            log: &self.log,
        };
        f(&mut open)
    }
    pub fn count(&self, table: &str) -> usize {
        self.rows.borrow().keys().filter(|(t, _)| t.name() == table).count()
    }
    pub fn all(&self) -> Vec<u8> {
        let all = self.read(|_| Ok::<_, Infallible>(self.rows.borrow().clone()));
        let Ok(all) = all;
        all.into_iter()
            .flat_map(|((_, key), value)| [key, value].concat())
            .collect()
    }
}

impl View for Open<'_> {
    fn get(&mut self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        self.log.borrow_mut().push(format!("get {table:?} {}", key.len()));
        Ok(self.rows.get(&(table, key.to_vec())).cloned())
    }
    fn scan(&mut self, table: Table, range: &Range, reverse: bool, limit: usize) -> Result<Vec<Row>, Fault> {
        self.log.borrow_mut().push(format!("scan {table:?}"));
        let inside = |key: &Vec<u8>| *key >= range.from && range.to.as_ref().is_none_or(|to| key < to);
        let all = self.rows.iter().filter(|((t, key), _)| *t == table && inside(key));
        let rows: Vec<Row> = all.map(|((_, key), value)| (key.clone(), value.clone())).collect();
        Ok(match reverse {
            false => rows.into_iter().take(limit).collect(),
            true => rows.into_iter().rev().take(limit).collect(),
        })
    }
}

impl Tx for Open<'_> {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        self.log
            .borrow_mut()
            .push(format!("put {table:?} {} {}", key.len(), value.len()));
        self.rows.insert((table, key.to_vec()), value.to_vec());
        Ok(())
    }
    fn insert(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<bool, Fault> {
        if self.rows.contains_key(&(table, key.to_vec())) {
            return Ok(false);
        }
        self.put(table, key, value).map(|()| true)
    }
    fn delete(&mut self, table: Table, key: &[u8]) -> Result<bool, Fault> {
        self.log.borrow_mut().push(format!("delete {table:?}"));
        Ok(self.rows.remove(&(table, key.to_vec())).is_some())
    }
}
