//! The one suite every engine passes, so that a party's rules hold on each of them alike.
//!
//! An engine brings a [`Subject`]: how to get a fresh store, how to lose power, how to run out of room. [`run`] does the
//! rest and panics with the name of the promise that was broken.

use crate::{Counter, Fault, Keys, Map, Part, Range, Step, Store, Table, Tx};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// An engine under test.
pub trait Subject {
    /// The store as it is now.
    fn store(&self) -> Store;
    /// The machine dies without warning and comes back: only what is durable is there.
    fn crash(&mut self);
    /// The disk has no room for another megabyte.
    fn fill(&mut self);
    /// It has room again.
    fn make_room(&mut self);
}

const ROWS: Table = Table::new("suite_rows");
const OTHER: Table = Table::new("suite_other");
const MAP: Map<(String, u64), String> = Map::new(Table::new("suite_map"));
const NUMBERS: Table = Table::new("suite_numbers");
const COUNTER: Counter = Counter::new(NUMBERS, "receipt");

/// The part a subject is opened with.
pub static PART: Part = Part::new("suite", &[Step::Create(&[ROWS, OTHER, MAP.table(), NUMBERS])]);

/// The suite's own "no", to see that it arrives unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
enum No {
    Rule,
    Fault(Fault),
}

impl From<Fault> for No {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Runs everything, each check on a fresh engine.
pub fn run<S: Subject>(mut fresh: impl FnMut() -> S) {
    rows_are_kept_in_order_of_bytes(&fresh().store());
    ranges_are_half_open_from_either_end(&fresh().store());
    a_no_leaves_nothing(&fresh().store());
    a_panic_leaves_nothing_and_hurts_nobody(&fresh().store());
    a_fault_is_never_disguised(&fresh().store());
    readers_see_what_was_answered(&fresh().store());
    a_store_notices_itself_in_its_own_transaction(&fresh().store());
    racers_take_turns(&fresh().store());
    typed_tables_page_and_count(&fresh().store());
    sizes_have_limits(&fresh().store());
    what_was_answered_survives_a_crash(fresh());
    a_full_disk_refuses_and_recovers(fresh());
}

fn get(store: &Store, table: Table, key: &'static [u8]) -> Option<Vec<u8>> {
    store
        .read::<_, Fault>(|view| view.get(table, key))
        .unwrap_or_else(|fault| panic!("get: {fault}"))
}

fn put(store: &Store, key: &'static [u8], value: &'static [u8]) {
    store
        .write::<_, Fault>(move |tx| tx.put(ROWS, key, value))
        .unwrap_or_else(|fault| panic!("put: {fault}"));
}

fn rows_are_kept_in_order_of_bytes(store: &Store) {
    let result: Result<(), Fault> = store.write(|tx| {
        for key in [&b"b"[..], b"", b"\xff", b"a\0", b"a", b"\x00"] {
            assert!(tx.insert(ROWS, key, b"1")?, "a free key is taken");
            assert!(!tx.insert(ROWS, key, b"2")?, "a taken key is not");
        }
        tx.put(ROWS, b"a", b"")?;
        assert!(tx.delete(ROWS, b"b")?, "a row is removed");
        assert!(!tx.delete(ROWS, b"b")?, "and then is none");
        assert_eq!(
            tx.get(ROWS, b"a")?,
            Some(Vec::new()),
            "a transaction sees its own writes"
        );
        assert_eq!(tx.get(OTHER, b"a")?, None, "tables are apart");
        Ok(())
    });
    assert_eq!(result, Ok(()));
    let rows = store
        .read::<_, Fault>(|view| view.scan(ROWS, &Range::all(), false, 99))
        .unwrap_or_default();
    let keys: Vec<&[u8]> = rows.iter().map(|(key, _)| key.as_slice()).collect();
    assert_eq!(keys, [&b""[..], b"\x00", b"a", b"a\0", b"\xff"]);
}

fn ranges_are_half_open_from_either_end(store: &Store) {
    let result: Result<(), Fault> = store.write(|tx| (0..10_u8).try_for_each(|n| tx.put(ROWS, &[n, n], &[n])));
    assert_eq!(result, Ok(()));
    let scan = |from: &[u8], to: Option<&[u8]>, reverse, limit| {
        let range = Range {
            from: from.to_vec(),
            to: to.map(<[u8]>::to_vec),
        };
        let rows = store.read::<_, Fault>(|view| view.scan(ROWS, &range, reverse, limit));
        rows.unwrap_or_else(|fault| panic!("scan: {fault}"))
            .into_iter()
            .map(|(_, v)| v[0])
            .collect::<Vec<u8>>()
    };
    assert_eq!(scan(&[3, 3], Some(&[6, 6]), false, 99), [3, 4, 5]);
    assert_eq!(scan(&[3, 3], Some(&[6, 6]), true, 2), [5, 4]);
    assert_eq!(scan(&[8], None, false, 99), [8, 9]);
    assert_eq!(scan(&[], None, true, 1), [9]);
    assert_eq!(scan(&[], None, false, 0), [0_u8; 0]);
    assert_eq!(
        scan(&[6], Some(&[3]), false, 99),
        [0_u8; 0],
        "an upside-down range is empty"
    );
}

fn a_no_leaves_nothing(store: &Store) {
    put(store, b"kept", b"old");
    let no = store.write::<(), No>(|tx| {
        tx.put(ROWS, b"kept", b"new")?;
        tx.put(ROWS, b"added", b"x")?;
        tx.delete(ROWS, b"kept")?;
        Err(No::Rule)
    });
    assert_eq!(no, Err(No::Rule));
    assert_eq!(get(store, ROWS, b"kept"), Some(b"old".to_vec()));
    assert_eq!(get(store, ROWS, b"added"), None);
}

fn a_panic_leaves_nothing_and_hurts_nobody(store: &Store) {
    let before = store.submit::<_, Fault>(|tx| tx.put(ROWS, b"before", b"1"));
    let bad = store.submit::<(), No>(|tx| {
        tx.put(ROWS, b"bad", b"1")?;
        std::panic::resume_unwind(Box::new("a bug in a rule")) // without the noise of the panic hook
    });
    let after = store.submit::<_, Fault>(|tx| tx.put(ROWS, b"after", b"1"));
    assert_eq!(before.wait(), Ok(()));
    assert_eq!(bad.wait(), Err(No::Fault(Fault::Panicked)));
    assert_eq!(after.wait(), Ok(()));
    assert_eq!(get(store, ROWS, b"bad"), None);
    assert!(get(store, ROWS, b"before").is_some() && get(store, ROWS, b"after").is_some());
}

fn a_fault_is_never_disguised(store: &Store) {
    const NOWHERE: Table = Table::new("suite_nowhere");
    let swallowed = store.write::<(), No>(|tx| {
        tx.put(ROWS, b"half", b"1")?;
        let _ = tx.get(NOWHERE, b"x");
        Ok(())
    });
    assert_eq!(
        swallowed,
        Err(No::Fault(Fault::NoTable("suite_nowhere"))),
        "a swallowed fault still decides"
    );
    let translated = store.write::<(), No>(|tx| tx.get(NOWHERE, b"x").map(drop).map_err(|_| No::Rule));
    assert_eq!(
        translated,
        Err(No::Fault(Fault::NoTable("suite_nowhere"))),
        "a fault is not a business answer"
    );
    assert_eq!(get(store, ROWS, b"half"), None);
}

fn readers_see_what_was_answered(store: &Store) {
    for n in 0..20_u8 {
        let result = store.write::<_, Fault>(move |tx| tx.put(ROWS, b"n", &[n]));
        assert_eq!(result, Ok(()));
        assert_eq!(get(store, ROWS, b"n"), Some(vec![n]));
    }
}

fn a_store_notices_itself_in_its_own_transaction(store: &Store) {
    let own = store.clone();
    let nested = store.write::<(), Fault>(move |_| own.write(|tx| tx.put(ROWS, b"x", b"")));
    assert_eq!(nested, Err(Fault::Nested));
    let own = store.clone();
    let nested = store.read::<(), Fault>(|_| own.write(|tx| tx.put(ROWS, b"x", b"")));
    assert_eq!(nested, Err(Fault::Nested));
}

/// Sixty-four writers add to one row and check that nobody was between their reading and their writing.
fn racers_take_turns(store: &Store) {
    const RACERS: u32 = 64;
    let runs = Arc::new(AtomicU32::new(0));
    std::thread::scope(|scope| {
        for _ in 0..RACERS {
            let runs = runs.clone();
            scope.spawn(move || {
                let result = store.write::<_, Fault>(move |tx| {
                    runs.fetch_add(1, Ordering::Relaxed);
                    COUNTER.next(tx)
                });
                assert!(result.is_ok(), "{result:?}");
            });
        }
    });
    assert!(runs.load(Ordering::Relaxed) >= RACERS);
    assert_eq!(store.read::<_, Fault>(|view| COUNTER.last(view)), Ok(u64::from(RACERS)));
    let no = store.write::<u64, No>(|tx| COUNTER.next(tx).map_err(No::from).and(Err(No::Rule)));
    assert_eq!(no, Err(No::Rule));
    assert_eq!(
        store.read::<_, Fault>(|view| COUNTER.last(view)),
        Ok(u64::from(RACERS)),
        "a number taken back leaves no gap"
    );
}

fn typed_tables_page_and_count(store: &Store) {
    let fill = store.write::<_, Fault>(|tx| {
        for shop in ["east", "west"] {
            for n in 0..600 {
                MAP.put(tx, &(shop.to_owned(), n), &format!("{shop} {n}"))?;
            }
        }
        Ok(())
    });
    assert_eq!(fill, Ok(()));
    let look = store.read::<_, Fault>(|view| {
        let west = "west".to_owned();
        assert_eq!(MAP.get(view, &(west.clone(), 7))?.as_deref(), Some("west 7"));
        let page = MAP.range(view, Keys::under(&west).newest_first(), 2)?;
        assert_eq!(page.iter().map(|((_, n), _)| *n).collect::<Vec<_>>(), [599, 598]);
        let page = MAP.range(view, Keys::under(&west).newest_first().after(&(west.clone(), 598)), 1)?;
        assert_eq!(page.first().map(|((_, n), _)| *n), Some(597));
        let page = MAP.range(view, Keys::under(&west).after(&(west.clone(), 597)), 9)?;
        assert_eq!(page.len(), 2);
        let page = MAP.range(
            view,
            Keys::between(&("east".to_owned(), 590), &("west".to_owned(), 2)),
            99,
        )?;
        assert_eq!(page.len(), 12);
        for keys in [Keys::all(), Keys::all().newest_first()] {
            let mut seen = 0;
            MAP.each::<Fault>(view, keys, |_, (shop, n), value| {
                assert_eq!(value, format!("{shop} {n}"));
                seen += 1;
                Ok(())
            })?;
            assert_eq!(seen, 1200);
        }
        Ok(())
    });
    assert_eq!(look, Ok(()));
}

fn sizes_have_limits(store: &Store) {
    let at_the_limit = store.write::<_, Fault>(|tx| tx.put(ROWS, &[1; crate::KEY_MAX], &vec![1; crate::VALUE_MAX]));
    assert_eq!(at_the_limit, Ok(()));
    for (key, value) in [(crate::KEY_MAX + 1, 0), (0, crate::VALUE_MAX + 1)] {
        let above = store.write::<_, Fault>(move |tx| tx.put(ROWS, &vec![1; key], &vec![1; value]));
        assert!(matches!(above, Err(Fault::TooBig { .. })), "{above:?}");
    }
}

fn what_was_answered_survives_a_crash<S: Subject>(mut subject: S) {
    for round in 0..5_u8 {
        let store = subject.store();
        let pair = move |tx: &mut dyn Tx| {
            tx.put(ROWS, &[round], b"1")?;
            tx.put(OTHER, &[round], b"1")
        };
        assert_eq!(store.write::<_, Fault>(pair), Ok(()));
        // Not waited for: it may survive or not, but only whole.
        let unheard = store.submit::<_, Fault>(move |tx| {
            tx.put(ROWS, &[100 + round], b"1")?;
            tx.put(OTHER, &[100 + round], b"1")
        });
        drop(store);
        subject.crash();
        drop(unheard);
        let store = subject.store();
        let whole = store.read::<_, Fault>(|view| {
            for old in 0..=round {
                assert!(
                    view.get(ROWS, &[old])?.is_some() && view.get(OTHER, &[old])?.is_some(),
                    "answered and lost: {old}"
                );
                let (one, other) = (view.get(ROWS, &[100 + old])?, view.get(OTHER, &[100 + old])?);
                assert_eq!(one.is_some(), other.is_some(), "half a transaction survived");
            }
            Ok(())
        });
        assert_eq!(whole, Ok(()));
    }
}

fn a_full_disk_refuses_and_recovers<S: Subject>(mut subject: S) {
    let store = subject.store();
    put(&store, b"kept", b"1");
    subject.fill();
    let big = |key: &'static [u8]| {
        store.submit::<_, Fault>(move |tx| {
            tx.put(OTHER, key, b"first")?;
            tx.put(ROWS, key, &vec![7; crate::VALUE_MAX])
        })
    };
    let answers = [big(b"big one"), big(b"big two")];
    for answer in answers {
        assert_eq!(answer.wait(), Err(Fault::Full));
    }
    assert_eq!(get(&store, ROWS, b"kept"), Some(b"1".to_vec()), "reading goes on");
    assert_eq!(get(&store, OTHER, b"big one"), None, "nothing half done");
    subject.make_room();
    assert_eq!(big(b"big one").wait(), Ok(()), "writing goes on once there is room");
    assert_eq!(get(&store, OTHER, b"big one"), Some(b"first".to_vec()));
}
