//! Sixty-four threads at once on the SQLite engine, and power lost at every commit of a day's work in memory.
#![allow(clippy::unwrap_used)] // all of this file is a test, helpers too

mod books;
use books::{Books, account, check, id, transfer, yen};
use ledger::{Account, Kind, Limit, PART, PostRefused, Resolution, Transfer};
use std::collections::BTreeSet;
use store::memory::Cut;
use store::sqlite::{Opening, Sqlite};
use store::{Fault, Store};
use units::{Currency, Moment, RealmId, Refusal};

const RACERS: i64 = 64;

fn open(dir: &tempfile::TempDir) -> Store {
    let opening = Opening {
        role: "test".into(),
        realm: RealmId([1; 16]),
        new_id: [1; 16],
    };
    let store = Sqlite::open(&dir.path().join("books.db"), &opening, &[&PART])
        .unwrap()
        .store();
    store.write(|tx| ledger::begin(tx, Moment(1), Currency::JPY)).unwrap();
    for (name, limit) in [
        ("float", Limit::None),
        ("purse", Limit::DebitsWithinCredits),
        ("shop", Limit::None),
    ] {
        let new = Account::new(account(name), name, Kind::Liability, limit);
        store
            .write(move |tx| ledger::open_account(tx, Moment(1), &new))
            .unwrap();
    }
    post(&store, transfer("load debit float credit purse 20")).unwrap();
    store
}

fn post(store: &Store, transfer: Transfer) -> Result<Vec<ledger::Posted>, PostRefused> {
    store.write(move |tx| ledger::post(tx, Moment(2), std::slice::from_ref(&transfer)))
}

fn race<T: Send>(run: impl Fn(i64) -> T + Sync) -> Vec<T> {
    let start = std::sync::Barrier::new(usize::try_from(RACERS).unwrap());
    std::thread::scope(|scope| {
        let racers = (0..RACERS).map(|n| {
            let (start, run) = (&start, &run);
            scope.spawn(move || {
                start.wait();
                run(n)
            })
        });
        let racers: Vec<_> = racers.collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    })
}

fn posted(store: &Store, name: &str) -> i64 {
    store
        .read::<_, Fault>(|view| ledger::balance(view, account(name)))
        .unwrap()
        .unwrap()
        .posted()
}

/// proves: row-51
#[test]
fn racers_never_spend_more_than_there_is() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    let results = race(|n| {
        post(
            &store,
            Transfer::now(id(&format!("t{n}")), account("purse"), account("shop"), yen(1)),
        )
    });
    assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 20);
    assert!(
        results
            .iter()
            .flat_map(|r| r.as_ref().err())
            .all(|no| no.code() == "not-enough")
    );
    assert_eq!((posted(&store, "purse"), posted(&store, "shop")), (0, 20));
    assert!(store.read(|view| ledger::audit(view, None)).unwrap().holds());
}

/// proves: row-51
#[test]
fn racers_with_one_id_make_one_transfer() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    let results = race(|_| post(&store, transfer("once debit purse credit shop 15")).unwrap());
    assert!(results.iter().all(|answer| *answer == results[0]));
    assert_eq!(posted(&store, "shop"), 15);
    assert!(store.read(|view| ledger::audit(view, None)).unwrap().holds());
}

/// blnk#182: two commits of one hold raced and both won.
///
/// proves: row-57 row-51
#[test]
fn racers_end_a_hold_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    post(&store, transfer("hold hold debit purse credit shop 10")).unwrap();
    let results = race(|n| {
        let how = [Resolution::Post, Resolution::PostPart(yen(3)), Resolution::Void][n as usize % 3];
        store.write(move |tx| ledger::resolve(tx, Moment(2), id(&format!("r{n}")), id("hold"), how))
    });
    let winners: Vec<_> = (0..RACERS)
        .zip(&results)
        .filter(|(_, r)| r.is_ok())
        .map(|(n, _)| n)
        .collect();
    assert_eq!(winners.len(), 1);
    let expected = [10, 3, 0][winners[0] as usize % 3];
    assert_eq!(
        (posted(&store, "shop"), posted(&store, "purse")),
        (expected, 20 - expected)
    );
    let codes: BTreeSet<_> = results
        .iter()
        .flat_map(|r| r.as_ref().err())
        .map(|no| no.code())
        .collect();
    assert!(
        codes.len() == 1 && codes.iter().all(|c| ["hold-posted", "hold-voided"].contains(c)),
        "{codes:?}"
    );
    assert!(store.read(|view| ledger::audit(view, None)).unwrap().holds());
}

/// cdk#1180: the process stops anywhere; after one recovery and the same requests again the balance is whole.
#[test]
fn power_lost_at_any_commit_and_the_day_repeated() {
    const ACCOUNTS: &str = "open float asset\nopen purse liability within\nopen shop liability within";
    let day = [
        "load debit float credit purse 500",
        "a debit purse credit shop 100 ; b debit purse credit float 50",
        "h hold debit purse credit shop 200",
        "k hold debit purse credit shop 50",
        "p post h 150",
        "v void k",
    ];
    let whole = check(&format!("{ACCOUNTS}\n{}", day.join("\n")));
    for commit in 1..=day.len() as u64 {
        for cut in [Cut::BeforeCommit(commit), Cut::AfterCommit(commit)] {
            let mut books = Books::new();
            books.play(ACCOUNTS);
            books.memory.cut(cut);
            let list = |line: &str| line.split(';').map(transfer).collect::<Vec<_>>();
            let stopped = day
                .iter()
                .position(|line| books.post(list(line)) == Err(PostRefused::Fault(Fault::Stopped)));
            assert_eq!(stopped, Some(commit as usize - 1), "{cut:?}");
            books.memory.restart();
            books.audit();
            for line in day {
                assert!(books.post(list(line)).is_ok(), "{cut:?}: {line}");
            }
            for name in ["float", "purse", "shop"] {
                assert_eq!(
                    books.balance(name).totals,
                    whole.balance(name).totals,
                    "{cut:?}: {name}"
                );
            }
            assert_eq!(
                books.audit().hash,
                whole.audit().hash,
                "the journal reads as if nothing had happened"
            );
        }
    }
}
