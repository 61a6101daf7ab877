//! `cargo xtask test`: everything that must pass before a merge, in the order in which it fails soonest.
//!
//! A step that fails does not stop the others: one run tells all there is to mend. Each says how long it took.

use crate::{browser, coverage, deny, imports, process, tidy, tools, wasm};
use anyhow::{Result, bail};
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A name and a chore.
type Step = (&'static str, fn() -> Result<()>);

/// One line per step.
const STEPS: &[Step] = &[
    ("tools", || tools::install(tools::For::Tests)),
    ("fetch", || process::run("cargo", &["fetch", "--locked", "--quiet"])),
    ("format", || {
        process::run("cargo", &["fmt", "--all", "--", "--check", "-l"])
    }),
    ("tidy", tidy::check),
    ("imports", imports::check),
    ("requirements", || brief("requirements")),
    ("attacks", || brief("attacks")),
    ("invariants", || brief("invariants")),
    ("deny", deny::check),
    ("lints", lints),
    ("tests", tests),
    ("mutants", mutants),
    ("examples", examples),
    ("browser", || browser::walk(&[])),
    ("wasm", wasm::build),
];

/// A register's verdict without its table.
fn brief(register: &str) -> Result<()> {
    coverage::report(register, coverage::Form::Brief)
}

fn lints() -> Result<()> {
    process::run(
        "cargo",
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ],
    )
}

/// Has the tests' own runner said how many passed?
static COUNTED: AtomicBool = AtomicBool::new(false);

/// Every test; among them four hundred random moments at which a process dies, two hundred of a purchase, two hundred while
/// a license moves from card to card (without `KILLS`, and so outside of this run, twenty of each).
fn tests() -> Result<()> {
    // Some tests wait for processes more than they work: two more at a time keep the machine busy.
    let threads = std::thread::available_parallelism().map_or(2, NonZero::get) + 2;
    let threads = threads.to_string();
    let mut command = if process::exists("cargo-nextest") {
        let run = ["nextest", "run", "--workspace", "--locked", "--no-fail-fast"];
        process::command("cargo", &[&run[..], &["--test-threads", &threads]].concat())
    } else {
        let run = ["test", "--workspace", "--tests", "--locked", "--no-fail-fast"];
        process::command("cargo", &run)
    };
    command.env("KILLS", "200").env("KILLS_SEED", "2026");
    process::watched(command, |line| {
        if line.contains("test result:") || line.trim_start().starts_with("Summary [") {
            COUNTED.store(true, Ordering::Relaxed);
        }
    })
}

/// Every known way of getting the protocol wrong, switched on one at a time, must be caught. In a build of its own: the
/// switches are in no other. What is built again for them anyway is built to run fast.
fn mutants() -> Result<()> {
    let fast = ["ledger", "party"].map(|name| format!("profile.dev.package.keyfare-{name}.opt-level=1"));
    let fast = fast
        .iter()
        .flat_map(|setting| ["--config", setting])
        .collect::<Vec<_>>();
    let tests = ["--test", "breakages", "--test", "harness_mutants"];
    let build = ["test", "-p", "keyfare-proof", "--features", "breakages", "--locked"];
    process::run("cargo", &[&fast[..], &build[..], &tests[..]].concat())
}

/// The model by itself, with progress: what `tests` and `mutants` also look at, in under two minutes.
pub fn model() -> Result<()> {
    let run = [
        "run",
        "-p",
        "keyfare-proof",
        "--features",
        "breakages",
        "--locked",
        "--quiet",
    ];
    process::run("cargo", &[&run[..], &["--bin", "model", "--", "--all"]].concat())
}

fn examples() -> Result<()> {
    process::run("cargo", &["test", "--doc", "--workspace", "--locked", "--no-fail-fast"])
}

/// Runs every step and sums up.
pub fn run() -> Result<()> {
    let start = Instant::now();
    let mut failed = Vec::new();
    let mut lines = Vec::new();
    for (name, chore) in STEPS {
        println!("\n== {} (at {})", name, shown(start.elapsed()));
        let began = Instant::now();
        let result = chore();
        let verdict = if result.is_ok() { "ok" } else { "FAILED" };
        if let Err(error) = result {
            eprintln!("{}: {error:#}", name);
            failed.push(*name);
        }
        lines.push(format!("{:14} {verdict:7} {}", name, shown(began.elapsed())));
        println!("== {} {verdict} after {}", name, shown(began.elapsed()));
    }
    println!(
        "\n{}\n{:14} {:7} {}",
        lines.join("\n"),
        "all",
        "",
        shown(start.elapsed())
    );
    if !COUNTED.load(Ordering::Relaxed) {
        println!("{} passed, {} failed", STEPS.len() - failed.len(), failed.len());
    }
    if failed.is_empty() {
        Ok(())
    } else {
        bail!("test: {} failed", failed.join(", "))
    }
}

fn shown(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds}.{} s", time.subsec_millis() / 100),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_in_whole_minutes() {
        for (millis, expected) in [
            (340, "0.3 s"),
            (59_990, "59.9 s"),
            (359_700, "5 min 59 s"),
            (60_000, "1 min 00 s"),
        ] {
            assert_eq!(shown(Duration::from_millis(millis)), expected);
        }
    }
}
