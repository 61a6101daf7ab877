//! The SQLite engine: the common suite, and what only files can suffer. Killed processes are in `tests/kill.rs`.

use super::*;
use crate::{Keys, Map, Standing, Step, Table, conformance};
use std::fs;
use tempfile::TempDir;
use units::RealmId;

const N: Map<u64, u64> = Map::new(Table::new("n"));
static PART: Part = Part::new("test", &[Step::Create(&[N.table()])]);

fn opening() -> Opening {
    Opening {
        role: "shop".to_owned(),
        realm: RealmId([1; 16]),
        new_id: [7; 16],
    }
}

fn open(path: &Path) -> Result<Sqlite, OpenRefused> {
    Sqlite::open(path, &opening(), &[&PART])
}

fn put(store: &Store, n: u64) {
    store.write::<_, Fault>(move |tx| N.put(tx, &n, &n)).unwrap();
}

fn all(store: &Store) -> Vec<u64> {
    store
        .read::<_, Fault>(|view| N.range(view, Keys::all(), 99))
        .unwrap()
        .into_iter()
        .map(|(n, _)| n)
        .collect()
}

/// A store whose crash is a copy of its files as they are while it runs.
struct Files {
    dirs: Vec<TempDir>,
    open: Sqlite,
}

impl Files {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let open = Sqlite::open(&dir.path().join("s.db"), &opening(), &[&conformance::PART]).unwrap();
        Self { dirs: vec![dir], open }
    }
}

impl conformance::Subject for Files {
    fn store(&self) -> Store {
        self.open.store()
    }
    fn crash(&mut self) {
        let dir = tempfile::tempdir().unwrap();
        for name in ["s.db", "s.db-wal", "s.db.high"] {
            let from = self.dirs.last().unwrap().path().join(name);
            if from.exists() {
                fs::copy(from, dir.path().join(name)).unwrap();
            }
        }
        self.open = Sqlite::open(&dir.path().join("s.db"), &opening(), &[&conformance::PART]).unwrap();
        self.dirs.push(dir);
    }
    fn fill(&mut self) {
        self.open.limit_pages(1);
    }
    fn make_room(&mut self) {
        self.open.limit_pages(1 << 20);
    }
}

#[test]
fn sqlite_keeps_every_promise() {
    conformance::run(Files::new);
}

#[test]
fn a_store_continues_where_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s.db");
    for n in 0..3 {
        let sqlite = open(&path).unwrap();
        put(&sqlite.store(), n);
        assert_eq!(sqlite.store().standing(), Ok(Standing::Continued));
    }
    assert_eq!(all(&open(&path).unwrap().store()), [0, 1, 2]);
    assert_eq!(open(&path).unwrap().store().identity().unwrap().epoch, 1);
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let sqlite = open(&dir.path().join("s.db")).unwrap();
    put(&sqlite.store(), 1);
    sqlite.backup(&dir.path().join("copy")).unwrap();
    for file in fs::read_dir(dir.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(
            file.metadata().unwrap().permissions().mode() & 0o077,
            0,
            "{:?}",
            file.file_name()
        );
    }
}

#[test]
fn another_partys_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s.db");
    drop(open(&path).unwrap());
    let bank = Opening {
        role: "bank".to_owned(),
        ..opening()
    };
    assert!(matches!(
        Sqlite::open(&path, &bank, &[&PART]),
        Err(OpenRefused::Foreign { .. })
    ));
    let realm = Opening {
        realm: RealmId([2; 16]),
        ..opening()
    };
    assert!(matches!(
        Sqlite::open(&path, &realm, &[&PART]),
        Err(OpenRefused::Foreign { .. })
    ));

    let foreign = dir.path().join("other.db");
    rusqlite::Connection::open(&foreign)
        .unwrap()
        .execute("CREATE TABLE x(y)", [])
        .unwrap();
    assert!(matches!(open(&foreign), Err(OpenRefused::NotAStore(_))));
    let text = dir.path().join("text");
    fs::write(
        &text,
        "not a database, and long enough to be read as a header of one".repeat(20),
    )
    .unwrap();
    assert!(matches!(open(&text), Err(OpenRefused::Fault(Fault::Corrupt { .. }))));
    assert!(
        fs::read_to_string(&text).unwrap().starts_with("not a database"),
        "a refused file is not touched"
    );
}

#[test]
fn steps_are_taken_once_and_newer_files_refused() {
    const LATER: Map<u64, u64> = Map::new(Table::new("later"));
    static TWO: Part = Part::new(
        "test",
        &[
            Step::Create(&[N.table()]),
            Step::Create(&[LATER.table()]),
            Step::Run {
                what: "copy n to later",
                run: |tx| {
                    let rows = N.range(tx, Keys::all(), 99)?;
                    rows.iter().try_for_each(|(n, m)| LATER.put(tx, n, m))
                },
            },
        ],
    );
    static OTHER: Part = Part::new("test", &[Step::Create(&[LATER.table()])]);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s.db");
    put(&open(&path).unwrap().store(), 1);
    for _ in 0..2 {
        let sqlite = Sqlite::open(&path, &opening(), &[&TWO]).unwrap();
        let later = sqlite
            .store()
            .read::<_, Fault>(|view| LATER.range(view, Keys::all(), 9))
            .unwrap();
        assert_eq!(later, [(1, 1)]);
        put(&sqlite.store(), 2);
    }
    assert!(matches!(open(&path), Err(OpenRefused::OtherShape(why)) if why.contains("newer")));
    assert!(matches!(
        Sqlite::open(&path, &opening(), &[&OTHER]),
        Err(OpenRefused::OtherShape(_))
    ));
}

#[test]
fn a_restored_store_says_so_until_its_party_acknowledges() {
    let dir = tempfile::tempdir().unwrap();
    let (path, copy) = (dir.path().join("s.db"), dir.path().join("copy"));
    let sqlite = open(&path).unwrap();
    put(&sqlite.store(), 1);
    sqlite.backup(&copy).unwrap();
    assert!(matches!(sqlite.backup(&copy), Err(CopyRefused::Exists(_))));
    put(&sqlite.store(), 2);
    drop(sqlite);
    assert!(matches!(restore(&copy, &path), Err(CopyRefused::Exists(_))));

    for expected in [2, 3] {
        fs::remove_file(&path).unwrap();
        assert_eq!(restore(&copy, &path).unwrap().epoch, 1);
        for _ in 0..2 {
            let store = open(&path).unwrap().store();
            assert!(matches!(store.standing().unwrap(), Standing::Restored { epoch: 1, .. }));
            assert_eq!(all(&store), [1]);
            assert_eq!(store.next_epoch(), Ok(expected), "an epoch is never used twice");
        }
        let store = open(&path).unwrap().store();
        assert!(store.acknowledge_epoch(expected - 1).is_err());
        store.acknowledge_epoch(expected).unwrap();
        drop(store);
        assert_eq!(open(&path).unwrap().store().standing(), Ok(Standing::Continued));
    }
    let bytes = fs::read(&copy).unwrap();
    fs::write(&copy, &bytes[..bytes.len() / 2]).unwrap();
    assert!(matches!(
        restore(&copy, &dir.path().join("new.db")),
        Err(CopyRefused::NotWhole { .. })
    ));
    assert!(!dir.path().join("new.db").exists());
}

#[test]
fn a_file_put_back_silently_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let (path, yesterday) = (dir.path().join("s.db"), dir.path().join("yesterday"));
    put(&open(&path).unwrap().store(), 1);
    fs::copy(&path, &yesterday).unwrap();
    put(&open(&path).unwrap().store(), 2);
    fs::copy(&yesterday, &path).unwrap();
    for n in 10..12 {
        // It goes on saying so, however much is written meanwhile.
        let store = open(&path).unwrap().store();
        assert!(matches!(store.standing().unwrap(), Standing::Rewound { .. }));
        put(&store, n);
        put(&store, n);
    }
    let store = open(&path).unwrap().store();
    store.acknowledge_epoch(2).unwrap();
    assert_eq!(store.standing(), Ok(Standing::Continued));
    drop(store);
    // The file of before the acknowledgement, once more.
    fs::copy(&yesterday, &path).unwrap();
    let store = open(&path).unwrap().store();
    assert!(matches!(store.standing().unwrap(), Standing::Rewound { seen, .. } if seen.epoch == 2));
    assert_eq!(store.next_epoch(), Ok(3));
}

#[test]
fn a_missing_witness_or_database_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s.db");
    put(&open(&path).unwrap().store(), 1);
    fs::remove_file(dir.path().join("s.db.high")).unwrap();
    let store = open(&path).unwrap().store();
    assert_eq!(store.standing(), Ok(Standing::Unwitnessed));
    store.acknowledge_epoch(2).unwrap();
    drop(store);
    assert_eq!(open(&path).unwrap().store().standing(), Ok(Standing::Continued));

    fs::remove_file(&path).unwrap();
    assert!(matches!(open(&path), Err(OpenRefused::Missing { commits, .. }) if commits > 0));
    fs::remove_file(&path).unwrap();
    let other = dir.path().join("other.db");
    put(
        &Sqlite::open(
            &other,
            &Opening {
                new_id: [8; 16],
                ..opening()
            },
            &[&PART],
        )
        .unwrap()
        .store(),
        1,
    );
    fs::copy(&other, &path).unwrap();
    assert!(matches!(open(&path), Err(OpenRefused::OtherWitness(_))));
}

#[test]
fn one_too_big_for_the_disk_does_not_take_the_others_along() {
    let dir = tempfile::tempdir().unwrap();
    let sqlite = open(&dir.path().join("s.db")).unwrap();
    let store = sqlite.store();
    put(&store, 1);
    sqlite.limit_pages(1); // clamped to what it has: room in its pages, none for new ones
    // Hold the writer until all three are queued, so that they share a batch. The gate may run twice, as any job may.
    let (gate, wait) = std::sync::mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let held = store.submit::<_, Fault>(move |_| Ok(wait.lock().unwrap().recv().is_ok()));
    let small = store.submit::<_, Fault>(move |tx| N.put(tx, &2, &2));
    let too_big = store.submit::<_, Fault>(move |tx| tx.put(N.table(), &[9; 8], &vec![0; crate::VALUE_MAX]));
    let last = store.submit::<_, Fault>(move |tx| N.put(tx, &3, &3));
    drop(gate);
    assert_eq!(held.wait(), Ok(false));
    assert_eq!(small.wait(), Ok(()));
    assert_eq!(too_big.wait(), Err(Fault::Full));
    assert_eq!(last.wait(), Ok(()));
    assert_eq!(all(&store), [1, 2, 3]);
}

#[test]
fn the_last_handle_may_go_inside_a_job() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s.db");
    let sqlite = open(&path).unwrap();
    let store = sqlite.store();
    let keep = (sqlite, store.clone());
    let answer = store.submit::<_, Fault>(move |tx| {
        let _ = &keep;
        N.put(tx, &1, &1)
    });
    drop(store);
    assert_eq!(answer.wait(), Ok(()));
    assert_eq!(all(&open(&path).unwrap().store()), [1]);
}
