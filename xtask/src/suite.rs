//! `cargo xtask test`: everything that must pass before a merge, in the order in which it fails soonest.
//!
//! A step that fails does not stop the others: one run tells all there is to mend. Each says how long it took. Beside the
//! tests, which wait for processes half of the time, goes what only computes.

use crate::{browser, coverage, deny, imports, process, tidy, tools};
use anyhow::{Context, Result, bail};
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A name and a chore.
type Step = (&'static str, fn() -> Result<()>);

/// What the time of a step is used for, too: each with the words by which this program does it alone.
const BESIDE: (&str, &[&str]) = ("tests", &["wasm", "mutants", "examples"]);

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
    ("build", build),
    ("tests", tests),
    ("browser", || browser::walk(&[])),
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

/// Builds every test before the first runs, so that what goes beside them finds the builder free.
fn build() -> Result<()> {
    let nextest = process::exists("cargo-nextest");
    let form: &[&str] = if nextest {
        &["nextest", "run"]
    } else {
        &["test", "--tests"]
    };
    process::run("cargo", &[form, &["--workspace", "--locked", "--no-run"]].concat())
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
    let place = process::in_memory()?;
    if let Some(place) = &place {
        command.env("TMPDIR", place.path());
    }
    process::watched(command, |line| {
        if line.contains("test result:") || line.trim_start().starts_with("Summary [") {
            COUNTED.store(true, Ordering::Relaxed);
        }
    })
}

/// Every known way of getting the protocol wrong, switched on one at a time, must be caught. In a build of its own: the
/// switches are in no other. What is built again for them anyway is built to run fast.
pub fn mutants() -> Result<()> {
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

/// The examples in the documentation, run.
pub fn examples() -> Result<()> {
    process::run("cargo", &["test", "--doc", "--workspace", "--locked", "--no-fail-fast"])
}

/// How a step went: its name, what it said if that was kept, how long it took.
struct Went {
    name: &'static str,
    result: Result<()>,
    took: Duration,
}

impl Went {
    fn line(&self) -> String {
        let verdict = if self.result.is_ok() { "ok" } else { "FAILED" };
        format!("{:14} {verdict:7} {}", self.name, shown(self.took))
    }

    fn tell(&self) {
        if let Err(error) = &self.result {
            eprintln!("{}: {error:#}", self.name);
        }
        println!("== {}", self.line());
    }
}

/// Does a chore on the clock.
fn timed(name: &'static str, chore: impl FnOnce() -> Result<()>) -> Went {
    let began = Instant::now();
    let result = chore();
    let took = began.elapsed();
    Went { name, result, took }
}

/// Does what goes beside a step, one after the other and behind it in the queue for the processor; each tells all it said
/// when it is done.
fn beside(chores: &[&'static str]) -> Vec<Went> {
    let done = chores.iter().map(|name| {
        let went = timed(name, || {
            let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
            let output = process::command("nice", &["-n", "10", &cargo, "xtask", name])
                .output()
                .context("cannot start nice")?;
            let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
            println!("\n-- {name}, done beside\n{}", said.concat());
            if output.status.success() {
                Ok(())
            } else {
                bail!("it ended with {}", output.status)
            }
        });
        went.tell();
        went
    });
    done.collect()
}

/// Runs every step and sums up.
pub fn run() -> Result<()> {
    let start = Instant::now();
    let mut all = Vec::new();
    for (name, chore) in STEPS {
        println!("\n== {name} (at {})", shown(start.elapsed()));
        std::thread::scope(|scope| {
            let others = (*name == BESIDE.0).then(|| scope.spawn(|| beside(BESIDE.1)));
            let went = timed(name, chore);
            went.tell();
            all.push(went);
            // A panic beside has said so on the terminal; it fails the run through the name that then is missing.
            all.extend(others.into_iter().flat_map(|it| it.join().unwrap_or_default()));
        });
    }
    let expected = STEPS.len() + BESIDE.1.len();
    let failed: Vec<_> = all.iter().filter(|it| it.result.is_err()).map(|it| it.name).collect();
    let lines: Vec<_> = all.iter().map(Went::line).collect();
    println!(
        "\n{}\n{:14} {:7} {}",
        lines.join("\n"),
        "all",
        "",
        shown(start.elapsed())
    );
    if !COUNTED.load(Ordering::Relaxed) {
        println!(
            "{} passed, {} failed",
            all.len() - failed.len(),
            expected - all.len() + failed.len()
        );
    }
    if !failed.is_empty() {
        bail!("test: {} failed", failed.join(", "));
    }
    if all.len() < expected {
        bail!("test: a step beside the tests came to no end");
    }
    Ok(())
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
