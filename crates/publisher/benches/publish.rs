//! Publishing a large file: time, and peak memory, which must not grow with the file. `cargo bench -p keyfare-publisher`,
//! Linux; takes `KEYFARE_BENCH_MIB` (default 1024) of disk.
#![allow(clippy::unwrap_used)] // A bench stops at what it did not expect.

#[path = "../tests/common/mod.rs"]
mod common;

use common::*;
use std::{fs::File, time::Instant};

/// The most memory this process ever held, in KiB.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn main() {
    let large: u64 = std::env::var("KEYFARE_BENCH_MIB")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1024);
    let mut peaks = Vec::new();
    for mib in [16, large] {
        let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
        let file = dir.path().join("large.bin");
        // A sparse file: what is measured is this program, not where the bytes came from.
        File::create(&file).unwrap().set_len(mib << 20).unwrap();
        let mut work = work(file, "Large");
        work.preview = Some(b"A large file.".to_vec());
        let begun = Instant::now();
        world.publish(&work, &dir.path().join("out")).unwrap();
        let seconds = begun.elapsed().as_secs_f64();
        peaks.push(peak_kib());
        println!(
            "{mib:>6} MiB: {seconds:.2} s, {:.0} MiB/s, peak {} KiB",
            mib as f64 / seconds,
            peak_kib()
        );
    }
    let grown = peaks[1] - peaks[0];
    assert!(grown < 4096, "peak memory grew by {grown} KiB with the file");
}
