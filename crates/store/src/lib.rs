//! Durable, serialisable, ordered tables of one party.
//!
//! A party's rules are plain functions over one transaction: they read, decide and write, and the answer leaves only
//! after the writes are on the disk. Everything that makes this fast (group commit) or survivable (savepoints, crash
//! recovery, noticing that a database was put back) happens below [`Store`], and the rules never see it.
//!
//! What it is not: a query language, a cache, or a place where two parties meet. One store belongs to one party.
//!
//! ```text
//!   handlers ──submit──►  Store ──► Engine: sqlite (one writer, group commit, readers)
//!   (async or not)  ◄──Answer──             memory (no threads, can lose power)
//! ```
//!
//! ```
//! use store::{Fault, Map, Part, Step, Store, Table, memory::Memory};
//!
//! const STOCK: Map<String, u64> = Map::new(Table::new("stock"));
//! static SHOP: Part = Part::new("shop", &[Step::Create(&[STOCK.table()])]);
//!
//! let store: Store = Memory::open(&[&SHOP]).unwrap().store();
//! store.write(|tx| STOCK.put(tx, &"song".to_owned(), &3)).unwrap();
//! let left = store.read(|view| STOCK.get(view, &"song".to_owned())).unwrap();
//! assert_eq!(left, Some(3));
//! # Ok::<(), Fault>(())
//! ```
//!
//! Promises, each a test of the `conformance` module, which every engine runs:
//!
//! - `Ok` reaches the caller only after its writes are durable; together, or not at all.
//! - `Err` leaves nothing behind, also for a closure that panics.
//! - Closures see one another as if they ran one after the other.
//! - A fault of the engine is never disguised: a closure that swallows one still ends with it.
//! - A closure may run more than once, so it computes from the transaction alone and its effects are its writes.
//!
//! Read next: `tx.rs` (what a rule sees), `map.rs` (typed tables), `identity.rs` (which store this is, and whether it
//! was put back), then an engine.

mod answer;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod counter;
mod engine;
mod fault;
mod identity;
mod key;
mod map;
pub mod memory;
pub mod sqlite;
mod table;
mod tx;
mod value;

pub use answer::Answer;
pub use counter::Counter;
pub use engine::{Engine, Job, Store};
pub use fault::Fault;
pub use identity::{EpochRefused, Identity, Mark, Standing, StoreId};
pub use key::Key;
pub use map::{Keys, Map};
pub use table::{Part, Step, Table};
pub use tx::{KEY_MAX, Range, Row, Tx, VALUE_MAX, View};
pub use value::Value;
