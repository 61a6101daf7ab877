//! Map: a table seen through the types of its keys and values. What rules are written against.

use crate::{Fault, Key, Range, Table, Tx, Value, View, value};
use core::marker::PhantomData;

/// How many rows [`Map::each`] holds in memory at a time.
const PAGE: usize = 256;

/// A table whose keys are `K` and whose values are `V`. Declare it as a constant.
pub struct Map<K, V> {
    table: Table,
    types: PhantomData<fn() -> (K, V)>,
}

impl<K: Key, V: Value> Map<K, V> {
    /// The typed view of `table`. One table has one such view: two with different types would refuse each other's rows.
    pub const fn new(table: Table) -> Self {
        Self {
            table,
            types: PhantomData,
        }
    }

    /// The table, for the [`Step`](crate::Step) that creates it.
    pub const fn table(&self) -> Table {
        self.table
    }

    /// The value under `key`.
    pub fn get(&self, view: &mut dyn View, key: &K) -> Result<Option<V>, Fault> {
        view.get(self.table, &key.to_bytes())?
            .map(|bytes| self.value(&bytes))
            .transpose()
    }

    /// Is there a value under `key`?
    pub fn has(&self, view: &mut dyn View, key: &K) -> Result<bool, Fault> {
        Ok(view.get(self.table, &key.to_bytes())?.is_some())
    }

    /// Writes `value` under `key`, whatever was there.
    pub fn put(&self, tx: &mut dyn Tx, key: &K, value: &V) -> Result<(), Fault> {
        tx.put(self.table, &key.to_bytes(), &value::to_bytes(value))
    }

    /// Writes only when `key` is free; false when it is taken.
    pub fn insert(&self, tx: &mut dyn Tx, key: &K, value: &V) -> Result<bool, Fault> {
        tx.insert(self.table, &key.to_bytes(), &value::to_bytes(value))
    }

    /// Removes the row; false when there was none.
    pub fn delete(&self, tx: &mut dyn Tx, key: &K) -> Result<bool, Fault> {
        tx.delete(self.table, &key.to_bytes())
    }

    /// At most `limit` rows of `keys`, in their order.
    pub fn range(&self, view: &mut dyn View, keys: Keys<K>, limit: usize) -> Result<Vec<(K, V)>, Fault> {
        let rows = view.scan(self.table, &keys.range, keys.reverse, limit)?;
        rows.iter()
            .map(|(key, value)| Ok((self.key(key)?, self.value(value)?)))
            .collect()
    }

    /// Every row of `keys`, page by page in constant memory. `visit` gets the view back, so it may look further.
    pub fn each<E: From<Fault>>(
        &self,
        view: &mut dyn View,
        mut keys: Keys<K>,
        mut visit: impl FnMut(&mut dyn View, K, V) -> Result<(), E>,
    ) -> Result<(), E> {
        loop {
            let rows = view.scan(self.table, &keys.range, keys.reverse, PAGE)?;
            let Some((last, _)) = rows.last() else { return Ok(()) };
            keys = keys.beyond(last.clone());
            for (key, value) in &rows {
                let (key, value) = (self.key(key)?, self.value(value)?);
                visit(view, key, value)?;
            }
        }
    }

    fn key(&self, bytes: &[u8]) -> Result<K, Fault> {
        K::from_bytes(bytes).ok_or_else(|| Fault::Corrupt {
            table: self.table.name(),
            why: "its key".to_owned(),
        })
    }

    fn value(&self, bytes: &[u8]) -> Result<V, Fault> {
        value::from_bytes(bytes).map_err(|why| Fault::Corrupt {
            table: self.table.name(),
            why,
        })
    }
}

/// Which keys to visit, and from which end.
pub struct Keys<K> {
    range: Range,
    reverse: bool,
    types: PhantomData<fn() -> K>,
}

impl<K: Key> Keys<K> {
    fn of(range: Range) -> Self {
        Self {
            range,
            reverse: false,
            types: PhantomData,
        }
    }

    /// Every key.
    pub fn all() -> Self {
        Self::of(Range::all())
    }
    /// `from` and every key above it.
    pub fn from(from: &K) -> Self {
        Self::of(Range {
            from: from.to_bytes(),
            to: None,
        })
    }
    /// `from` and above, below `to`.
    pub fn between(from: &K, to: &K) -> Self {
        Self::of(Range {
            from: from.to_bytes(),
            to: Some(to.to_bytes()),
        })
    }
    /// Every key of a tuple that begins with `prefix`.
    pub fn under<P: Key>(prefix: &P) -> Self {
        Self::of(Range::under(&prefix.to_bytes()))
    }
    /// Only those below every key that begins with `end`.
    pub fn until<P: Key>(mut self, end: &P) -> Self {
        let end = end.to_bytes();
        if self.range.to.as_ref().is_none_or(|to| end < *to) {
            self.range.to = Some(end)
        }
        self
    }
    /// From the last key down. Say this before [`Keys::after`].
    pub fn newest_first(mut self) -> Self {
        self.reverse = true;
        self
    }
    /// Only what comes after `last` in the order of visiting: the next page.
    pub fn after(self, last: &K) -> Self {
        self.beyond(last.to_bytes())
    }

    fn beyond(mut self, mut last: Vec<u8>) -> Self {
        if self.reverse {
            if self.range.to.as_ref().is_none_or(|to| last < *to) {
                self.range.to = Some(last)
            }
        } else {
            // The next key in byte order is this one with a zero byte.
            last.push(0);
            if last > self.range.from {
                self.range.from = last
            }
        }
        self
    }
}
