//! The memory engine: the common suite, and power lost at chosen points.

use super::*;
use crate::{Map, conformance};

struct InMemory(Memory);

impl conformance::Subject for InMemory {
    fn store(&self) -> Store {
        self.0.store()
    }
    fn crash(&mut self) {
        self.0.crash();
        self.0.restart();
    }
    fn fill(&mut self) {
        self.0.set_full(true)
    }
    fn make_room(&mut self) {
        self.0.set_full(false)
    }
}

#[test]
fn memory_keeps_every_promise() {
    conformance::run(|| InMemory(Memory::open(&[&conformance::PART]).unwrap()))
}

const N: Map<u64, u64> = Map::new(Table::new("n"));
static PART: Part = Part::new("test", &[Step::Create(&[N.table()])]);

fn open() -> (Memory, Store) {
    let memory = Memory::open(&[&PART]).unwrap();
    let store = memory.store();
    (memory, store)
}

fn all(store: &Store) -> Vec<u64> {
    let rows = store
        .read::<_, Fault>(|view| N.range(view, crate::Keys::all(), 99))
        .unwrap();
    rows.into_iter().map(|(n, _)| n).collect()
}

#[test]
fn power_lost_before_or_after_a_commit() {
    for (cut, kept) in [(Cut::BeforeCommit(2), vec![1]), (Cut::AfterCommit(2), vec![1, 2])] {
        let (memory, store) = open();
        memory.cut(cut);
        assert_eq!(store.write::<_, Fault>(|tx| N.put(tx, &1, &1)), Ok(()));
        for n in [2, 3] {
            assert_eq!(
                store.write::<_, Fault>(move |tx| N.put(tx, &n, &1)),
                Err(Fault::Stopped),
                "{cut:?}"
            )
        }
        assert!(memory.is_dark());
        memory.restart();
        assert_eq!(all(&store), kept, "{cut:?}");
    }
}

#[test]
fn held_writes_are_answered_by_the_sync_and_lost_by_a_crash() {
    let (memory, store) = open();
    memory.hold_sync(true);
    let one = store.submit::<_, Fault>(|tx| N.put(tx, &1, &1)).now().unwrap_err();
    assert_eq!(all(&store), [], "readers see what is committed");
    let looked = store.submit::<_, Fault>(|tx| N.get(tx, &1)).now();
    assert!(looked.is_err(), "who saw an unsynced write waits for its sync");
    memory.sync();
    assert_eq!(one.wait(), Ok(()));
    let two = store.submit::<_, Fault>(|tx| N.put(tx, &2, &1));
    memory.crash();
    assert_eq!(two.wait(), Err(Fault::Stopped));
    memory.restart();
    assert_eq!(all(&store), [1]);
}

/// five-bells-ledger#402: a serialization failure was told as "insufficient funds".
#[test]
fn conflicts_are_retried_and_never_translated() {
    let (memory, store) = open();
    memory.conflict(3);
    // A rule that takes every failure for an empty account: the conflict is retried all the same.
    let take = |tx: &mut dyn Tx| {
        N.insert(tx, &1, &1).map_err(|_| Fault::Corrupt {
            table: "n",
            why: "no money".into(),
        })
    };
    assert_eq!(store.write(take), Ok(true));
    memory.conflict(TRIES);
    assert_eq!(store.write(take), Err(Fault::Conflict));
    assert_eq!(store.write(take), Ok(false));
}

#[test]
fn a_disk_that_fails_in_the_middle_leaves_nothing() {
    for after in 0..6 {
        let (memory, store) = open();
        memory.fail_after(Some(after));
        let write = |tx: &mut dyn Tx| (1..=4).try_for_each(|n| N.put(tx, &n, &n));
        let result = store.write::<_, Fault>(write);
        memory.fail_after(None);
        assert!(
            matches!(result, Err(Fault::Disk(_))) && all(&store).is_empty(),
            "{after}: {result:?}"
        );
        store.write::<_, Fault>(|tx| N.put(tx, &9, &9)).unwrap();
        assert_eq!(all(&store), [9], "what failed does not come back with the next commit");
    }
}

#[test]
fn yesterdays_picture_says_so_until_acknowledged() {
    let (memory, store) = open();
    let yesterday = memory.snapshot();
    store.write::<_, Fault>(|tx| N.put(tx, &1, &1)).unwrap();
    memory.restore(&yesterday).unwrap();
    assert_eq!(all(&store), []);
    assert!(!store.standing().unwrap().is_settled());
    assert!(store.acknowledge_epoch(1).is_err());
    assert_eq!(store.acknowledge_epoch(2), Ok(()));
    assert_eq!(store.acknowledge_epoch(2), Ok(()), "asked again");
    assert!(store.acknowledge_epoch(3).is_err());
    assert!(store.standing().unwrap().is_settled());
    assert_eq!(store.identity().unwrap().epoch, 2);
}
