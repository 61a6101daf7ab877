//! A month's bills beside the same sums by hand in SQL: time and memory for so many subscribers with so many records of usage.
//! The carrier takes the records in batches, each once, and bills from its meters; the hand-written query keeps nothing but the
//! records and adds them up at the end of the month. Fails when the two do not agree to the last yen.
//!
//! `cargo bench -p keyfare-carrier --bench bill [-- SUBSCRIBERS RECORDS]`; the whole: `100000 10000000`.
#![allow(clippy::unwrap_used)] // a bench that cannot start says why and stops

use std::{path::Path, sync::Arc, time::Instant};

use carrier::{
    Batch, Carrier, CarrierConfig, NewContract, Plan, Rate, Service, SubscriberId, Terms, Usage, UsageRecord,
};
use party::{Party, desk::Desk, realm::RealmMaker};
use rusqlite::Connection;
use seal::{Role, Secret};
use store::{
    Store,
    sqlite::{Opening, Sqlite},
};
use units::{Currency, Moment, Money, Span};

/// 1 November 2026 in Tokyo.
const BEGINS: Moment = Moment(1_793_458_800_000);
/// Records of one batch, subscribers of one write.
const BATCH: u64 = 5000;
const AT_ONCE: u64 = 1000;

fn yen(n: i64) -> Money {
    Money::new(n, Currency::JPY).unwrap()
}

fn number(n: u64) -> String {
    format!("+8190{n:08}")
}

/// The record of this number: whose, when, and a call's seconds or packets; the same for both sides.
fn record(n: u64, subscribers: u64) -> (u64, Moment, Usage) {
    let mixed = (n ^ (n >> 7)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let whose = (mixed >> 20) % subscribers;
    let at = Moment(BEGINS.0 + 3_600_000 + (n * 251) % (29 * 86_400_000));
    let amount = u32::try_from(1 + (mixed & 0x3ff)).unwrap();
    let used = if mixed & 0x400 == 0 {
        Usage::Call(amount)
    } else {
        Usage::Packets(amount)
    };
    (whose, at, used)
}

/// Resident memory at its highest so far, in MiB.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}

fn told<T>(what: &str, count: u64, work: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let done = work();
    let seconds = began.elapsed().as_secs_f64();
    let each = seconds * 1e6 / count as f64;
    println!(
        "{what:<48} {seconds:>8.1} s  {each:>7.2} us each  peak {} MiB",
        peak_mib()
    );
    done
}

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|word| word.parse::<u64>().ok());
    let subscribers = numbers.next().unwrap_or(1000);
    let records = numbers.next().unwrap_or(100_000);
    println!("{subscribers} subscribers, {records} records");
    let dir = tempfile::tempdir().unwrap();
    let by_hand = sql(&dir.path().join("hand.db"), subscribers, records);
    let billed = ours(&dir.path().join("carrier.db"), subscribers, records);
    if by_hand != billed {
        println!("bill: FAILED: the carrier bills {billed}, the query says {by_hand}");
        std::process::exit(1);
    }
    println!("both say {billed} yen");
}

fn carrier() -> Carrier {
    let maker = RealmMaker::dev(Currency::JPY, "http://127.0.0.1:1", Secret::new([9; 32]), BEGINS);
    let desk = Desk::new(maker.realm().clone(), &maker.certifiers()).unwrap();
    let keys = maker.party(Role::Carrier, "Seto Mobile").unwrap();
    Carrier::new(keys, desk, CarrierConfig::new(Currency::JPY))
}

fn open(path: &Path, carrier: &Carrier) -> Store {
    let opening = Opening {
        role: "carrier".into(),
        realm: carrier.desk().realm_id(),
        new_id: [7; 16],
    };
    Sqlite::open(path, &opening, carrier.parts()).unwrap().store()
}

fn ours(path: &Path, subscribers: u64, records: u64) -> i64 {
    let carrier = Arc::new(carrier());
    let store = open(path, &carrier);
    told("contracts", subscribers, || sign_up(&carrier, &store, subscribers));
    told("metering, batches of 5000, durable, each once", records, || {
        for first in (0..records).step_by(usize::try_from(BATCH).unwrap()) {
            let some = (first..records.min(first + BATCH)).map(|n| {
                let (whose, at, used) = record(n, subscribers);
                UsageRecord {
                    number: number(whose),
                    at,
                    used,
                }
            });
            let batch = Batch {
                source: "switch-1".into(),
                first: first + 1,
                records: some.collect(),
            };
            let carrier = carrier.clone();
            let taken = store.write(move |tx| carrier.take_usage(tx, &batch, BEGINS)).unwrap();
            assert_eq!(taken.lost, 0);
        }
    });
    let month = "2026-11".parse().unwrap();
    let now = BEGINS.plus(Span::days(31));
    let mut total = 0;
    told("the month's bills, booked and durable", subscribers, || {
        loop {
            let carrier = carrier.clone();
            let run = store.write(move |tx| carrier.bill_month(tx, month, 200, now)).unwrap();
            if run.finished.is_some() {
                total = i64::try_from(run.total).unwrap();
                return;
            }
        }
    });
    if records <= 1_000_000 {
        let found = told("audit of it all", records, || {
            store.read(|view| carrier.audit(view)).unwrap()
        });
        assert!(found.is_empty(), "{found:?}");
    }
    total
}

fn sign_up(carrier: &Arc<Carrier>, store: &Store, subscribers: u64) {
    let plan = Plan {
        name: "Plain".into(),
        basic: yen(2000),
        calls: Rate {
            unit: 30,
            price: yen(10),
        },
        packets: Rate {
            unit: 1000,
            price: yen(10),
        },
    };
    let mail = Service {
        name: "Voice mail".into(),
        monthly: yen(300),
    };
    for first in (0..subscribers).step_by(usize::try_from(AT_ONCE).unwrap()) {
        let (carrier, plan, mail) = (carrier.clone(), plan.clone(), mail.clone());
        let done: Result<(), store::Fault> = store.write(move |tx| {
            carrier.add_plan(tx, "plain", &plan).unwrap();
            carrier.add_service(tx, "voice-mail", &mail).unwrap();
            for n in first..subscribers.min(first + AT_ONCE) {
                let mut id = [0; 16];
                id[..8].copy_from_slice(&n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
                let new = NewContract {
                    name: "Somebody".into(),
                    address: vec!["Somewhere".into()],
                    number: number(n),
                    key: None,
                    content_limit: None,
                    apart: false,
                    terms: Terms {
                        plan: "plain".into(),
                        services: vec!["voice-mail".into()],
                    },
                };
                carrier.sign_up(tx, SubscriberId(id), &new, BEGINS).unwrap();
            }
            Ok(())
        });
        done.unwrap();
    }
}

/// The same by hand: records in a table, one query at the end of the month.
fn sql(path: &Path, subscribers: u64, records: u64) -> i64 {
    let mut db = Connection::open(path).unwrap();
    db.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
         CREATE TABLE subscriber (number TEXT PRIMARY KEY) WITHOUT ROWID;
         CREATE TABLE usage (n INTEGER PRIMARY KEY, number TEXT NOT NULL, at INTEGER NOT NULL, seconds INTEGER, packets INTEGER);",
    )
    .unwrap();
    told("by hand: records into a table", records, || {
        let tx = db.transaction().unwrap();
        {
            let mut put = tx.prepare("INSERT INTO subscriber VALUES (?1)").unwrap();
            for n in 0..subscribers {
                put.execute([number(n)]).unwrap();
            }
        }
        tx.commit().unwrap();
        for first in (0..records).step_by(usize::try_from(BATCH).unwrap()) {
            let tx = db.transaction().unwrap();
            {
                let mut put = tx
                    .prepare_cached("INSERT INTO usage VALUES (?1, ?2, ?3, ?4, ?5)")
                    .unwrap();
                for n in first..records.min(first + BATCH) {
                    let (whose, at, used) = record(n, subscribers);
                    let (seconds, packets) = match used {
                        Usage::Call(seconds) => (Some(seconds), None),
                        Usage::Packets(packets) => (None, Some(packets)),
                    };
                    let at = i64::try_from(at.0).unwrap();
                    put.execute((i64::try_from(n).unwrap(), number(whose), at, seconds, packets))
                        .unwrap();
                }
            }
            tx.commit().unwrap();
        }
    });
    told("by hand: the month's sums in one query", subscribers, || {
        let query = "WITH used AS (
                SELECT number, SUM((seconds + 29) / 30) AS units, SUM(packets) AS packets FROM usage GROUP BY number)
            SELECT SUM(2300 + COALESCE(units, 0) * 10 + ((COALESCE(packets, 0) + 999) / 1000) * 10)
            FROM subscriber LEFT JOIN used USING (number)";
        db.query_row(query, [], |row| row.get(0)).unwrap()
    })
}
