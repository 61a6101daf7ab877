//! What a rule sees of the store: rows of bytes in order of their keys, inside one transaction. Rules use the typed
//! [`Map`](crate::Map) on top; engines implement these two traits.

use crate::{Fault, Table};

/// The longest key in bytes: what every engine we mean to support can index.
pub const KEY_MAX: usize = 512;
/// The longest value in bytes. Larger things belong into files, named here by their hash.
pub const VALUE_MAX: usize = 1 << 20;

/// A key and its value.
pub type Row = (Vec<u8>, Vec<u8>);

/// A half-open range of keys in byte order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Range {
    /// The first key that belongs to it.
    pub from: Vec<u8>,
    /// The first key that no longer does; `None` is the end of the table.
    pub to: Option<Vec<u8>>,
}

impl Range {
    /// The whole table.
    pub fn all() -> Self {
        Self::default()
    }
    /// Every key that begins with `prefix`.
    pub fn under(prefix: &[u8]) -> Self {
        Self {
            from: prefix.to_vec(),
            to: after_prefix(prefix),
        }
    }
    /// Can no key lie in it?
    pub fn is_empty(&self) -> bool {
        self.to.as_ref().is_some_and(|to| *to <= self.from)
    }
}

/// The smallest key above every key that begins with `prefix`; `None` when there is none (all bytes 255).
fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut next = prefix.to_vec();
    while let Some(last) = next.pop() {
        if let Some(more) = last.checked_add(1) {
            next.push(more);
            return Some(next);
        }
    }
    None
}

/// Reading: a consistent picture of every table.
pub trait View {
    /// The value under `key`.
    fn get(&mut self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault>;
    /// At most `limit` rows of `range`, from its beginning, or from its end when `reverse`.
    fn scan(&mut self, table: Table, range: &Range, reverse: bool, limit: usize) -> Result<Vec<Row>, Fault>;
}

/// Reading and writing: everything it does is kept together, or nothing of it.
pub trait Tx: View {
    /// Writes `value` under `key`, whatever was there.
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), Fault>;
    /// Writes only when `key` is free; false, and no change, when it is taken.
    fn insert(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<bool, Fault>;
    /// Removes the row; false when there was none.
    fn delete(&mut self, table: Table, key: &[u8]) -> Result<bool, Fault>;
}

/// Refuses keys and values that not every engine could hold.
pub(crate) fn check_sizes(table: Table, key: &[u8], value: &[u8]) -> Result<(), Fault> {
    for (what, len, max) in [("a key", key.len(), KEY_MAX), ("a value", value.len(), VALUE_MAX)] {
        if len > max {
            return Err(Fault::TooBig {
                what,
                table: table.name(),
                len,
                max,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_where_its_last_key_ends() {
        assert_eq!(Range::under(b"ab").to.unwrap(), b"ac");
        assert_eq!(Range::under(&[1, 255]).to.unwrap(), [2]);
        assert_eq!(Range::under(&[255, 255]).to, None);
        assert_eq!(Range::under(b"").to, None);
        assert!(
            Range {
                from: vec![2],
                to: Some(vec![2])
            }
            .is_empty()
        );
        assert!(!Range::all().is_empty());
    }
}
