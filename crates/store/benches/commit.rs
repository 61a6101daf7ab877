//! Durable writes per second at batches of 1, 64 and 512, beside what the disk's own sync allows, in one run.
//!
//! `cargo bench -p keyfare-store` takes about ten seconds. The bound of a batch is its size times the syncs per second.

#![allow(clippy::unwrap_used)] // all of this file is a measurement, helpers too

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};
use store::sqlite::{Opening, Sqlite};
use store::{Fault, Map, Part, Step, Table};
use units::RealmId;

const ROWS: Map<u64, String> = Map::new(Table::new("rows"));
static PART: Part = Part::new("bench", &[Step::Create(&[ROWS.table()])]);
const LONG: Duration = Duration::from_secs(2);

/// Appending 4 KiB and syncing, as often as it goes: per second.
fn bare_syncs(dir: &Path) -> f64 {
    let file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .open(dir.join("bare"))
        .unwrap();
    let (begin, mut count) = (Instant::now(), 0_u32);
    while begin.elapsed() < LONG {
        file.write_all_at(&[7; 4096], u64::from(count) * 4096).unwrap();
        file.sync_data().unwrap();
        count += 1;
    }
    f64::from(count) / begin.elapsed().as_secs_f64()
}

/// Writes per second with `batch` of them under way at a time.
fn writes(dir: &Path, batch: u64) -> f64 {
    let opening = Opening {
        role: "bench".to_owned(),
        realm: RealmId([0; 16]),
        new_id: [0; 16],
    };
    let sqlite = Sqlite::open(&dir.join(format!("{batch}.db")), &opening, &[&PART]).unwrap();
    let store = sqlite.store();
    let value = "v".repeat(200);
    let (begin, mut count) = (Instant::now(), 0_u64);
    while begin.elapsed() < LONG {
        let answers: Vec<_> = (count..count + batch)
            .map(|n| {
                let value = value.clone();
                // Spread, as ids are.
                store.submit::<_, Fault>(move |tx| ROWS.put(tx, &n.wrapping_mul(0x9e37_79b9_7f4a_7c15), &value))
            })
            .collect();
        answers.into_iter().for_each(|answer| answer.wait().unwrap());
        count += batch;
    }
    count as f64 / begin.elapsed().as_secs_f64()
}

fn main() {
    let dir = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
    let syncs = bare_syncs(dir.path());
    println!("bare fdatasync of 4 KiB    {syncs:>9.0} /s");
    for batch in [1, 64, 512] {
        let rate = writes(dir.path(), batch);
        println!(
            "writes, batch {batch:>3}          {rate:>9.0} /s   {:>6.1} per bare sync",
            rate / syncs
        );
    }
    let after = bare_syncs(dir.path());
    println!("bare fdatasync, once more  {after:>9.0} /s");
}
