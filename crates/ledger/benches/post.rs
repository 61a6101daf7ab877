//! Durable transfers per second on SQLite, over two hot accounts, beside bare writes of one row in the same run.
//!
//! `cargo bench -p keyfare-ledger` takes about ten seconds.

#![allow(clippy::unwrap_used)] // all of this file is a measurement

use ledger::{Account, AccountId, Kind, Limit, PART, Resolution, Transfer};
use std::path::Path;
use std::time::{Duration, Instant};
use store::sqlite::{Opening, Sqlite};
use store::{Fault, Map, Part, Step, Store, Table, Tx};
use units::{Currency, Moment, Money, RealmId, TransferId};

const ROWS: Map<u64, u64> = Map::new(Table::new("rows"));
static BARE: Part = Part::new("bench", &[Step::Create(&[ROWS.table()])]);
const LONG: Duration = Duration::from_secs(2);

fn open(path: &Path) -> Store {
    let opening = Opening {
        role: "bench".into(),
        realm: RealmId([0; 16]),
        new_id: [0; 16],
    };
    let store = Sqlite::open(path, &opening, &[&BARE, &PART]).unwrap().store();
    store.write(|tx| ledger::begin(tx, Moment(1), Currency::JPY)).unwrap();
    for name in ["a", "b"] {
        let new = Account::new(AccountId::named(name, b""), name, Kind::Liability, Limit::None);
        store
            .write(move |tx| ledger::open_account(tx, Moment(1), &new))
            .unwrap();
    }
    store
}

/// Spread over the table, as real ids are.
fn id(n: u64) -> TransferId {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    TransferId(id)
}

fn rate(store: &Store, batch: u64, work: fn(&mut dyn Tx, u64)) -> f64 {
    let (begin, mut count) = (Instant::now(), 0_u64);
    while begin.elapsed() < LONG {
        let job = |n| {
            store.submit::<_, Fault>(move |tx| {
                work(tx, n);
                Ok(())
            })
        };
        let answers: Vec<_> = (count..count + batch).map(job).collect();
        answers.into_iter().for_each(|answer| answer.wait().unwrap());
        count += batch;
    }
    count as f64 / begin.elapsed().as_secs_f64()
}

fn main() {
    let dir = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
    for batch in [1, 64, 512] {
        let store = open(&dir.path().join(format!("{batch}.db")));
        let bare = rate(&store, batch, |tx, n| ROWS.put(tx, &n, &n).unwrap());
        let now = rate(&store, batch, |tx, n| {
            drop(ledger::post(tx, Moment(2), &[transfer(n)]).unwrap())
        });
        let two = rate(&store, batch, |tx, n| {
            let (hold, post) = (id(1 << 40 | n), id(1 << 41 | n));
            let (a, b) = (AccountId::named("a", b""), AccountId::named("b", b""));
            let one = Money::new(1, Currency::JPY).unwrap();
            let list = [
                Transfer::hold(hold, a, b, one, None),
                Transfer::resolve(post, hold, Resolution::Post),
            ];
            ledger::post(tx, Moment(2), &list).unwrap();
        });
        println!("batch {batch:>3}: rows {bare:>7.0} /s   transfers {now:>7.0} /s   hold and post {two:>7.0} /s");
    }
}

fn transfer(n: u64) -> Transfer {
    let one = Money::new(1, Currency::JPY).unwrap();
    Transfer::now(id(n), AccountId::named("a", b""), AccountId::named("b", b""), one)
}
