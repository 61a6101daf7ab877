//! `model [--large] [--states=N] [NAME-PART]`: walks through the configurations, or at most N states of each, and prints
//! what was seen. Built with the feature `breakages`, `model --breakages [--recovery]` looks for every mutant instead, and
//! `model --all` does everything that `cargo xtask model` stands for.

use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

use proof::model::{Outcome, Walk, large, run, small};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let asked = |name: &str| arguments.iter().any(|a| a == name);
    let holds = if asked("--all") {
        everything()
    } else if asked("--breakages") {
        mutants(asked("--recovery"))
    } else {
        let part = arguments.iter().find(|a| !a.starts_with("--"));
        let states = arguments.iter().find_map(|a| a.strip_prefix("--states=")?.parse().ok());
        configurations(asked("--large"), part.map_or("", String::as_str), states)
    };
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The small configurations, then every mutant by the safety properties alone and again with recovery.
fn everything() -> bool {
    let began = Instant::now();
    let holds = [configurations(false, "", None), mutants(false), mutants(true)];
    println!("the model took {:.0} s", began.elapsed().as_secs_f64());
    holds.iter().all(|held| *held)
}

fn configurations(deep: bool, part: &str, states: Option<usize>) -> bool {
    let walk = Walk {
        states_max: states.unwrap_or(usize::MAX),
        ..Walk::WHOLE
    };
    let mut configs = if deep { large() } else { small() };
    configs.retain(|c| c.name.contains(part));
    let (count, mut states, mut all_hold) = (configs.len(), 0, true);
    let began = Instant::now();
    println!(
        "{:<50} {:>9} {:>6} {:>8}  verdict",
        "configuration", "states", "depth", "seconds"
    );
    for config in configs {
        let seen = run(config, walk);
        show(&seen);
        // A line as soon as it is known, also into a pipe.
        let _ = std::io::stdout().flush();
        states += seen.states;
        all_hold &= seen.holds();
    }
    println!(
        "{count} configurations, {states} unique states, {:.0} s",
        began.elapsed().as_secs_f64()
    );
    all_hold
}

fn show(seen: &Outcome) {
    let verdict = match (seen.holds(), seen.cut) {
        (true, _) => "holds",
        (false, true) if seen.failures.is_empty() => "cut short",
        _ => "FAILS",
    };
    let seconds = seen.took.as_secs_f64();
    println!(
        "{:<50} {:>9} {:>6} {seconds:>8.2}  {verdict}",
        seen.name, seen.states, seen.depth
    );
    for failure in &seen.failures {
        let why = failure.why.as_deref().unwrap_or("");
        println!("  {} fails after {} steps {why}", failure.id, failure.path.len());
        failure.path.iter().for_each(|step| println!("    {step}"));
    }
    for goal in &seen.unreached {
        println!("  never reached: {goal:?}");
    }
}

#[cfg(feature = "breakages")]
fn mutants(recovery: bool) -> bool {
    let (mut all, mut found) = (true, 0);
    println!(
        "\n{:<24} {:<34} {:>5} {:>8}  configuration",
        "breakage", "caught by", "steps", "seconds"
    );
    for breakage in deal::breakage::Breakage::ALL {
        let caught = proof::model::mutants::catch(*breakage, recovery);
        println!("{caught}");
        all &= caught.by.is_some();
        found += usize::from(caught.by.is_some());
    }
    let how = if recovery {
        "with recovery"
    } else {
        "by the safety properties alone"
    };
    println!(
        "{found} of {} breakages caught {how}",
        deal::breakage::Breakage::ALL.len()
    );
    all
}

#[cfg(not(feature = "breakages"))]
fn mutants(_: bool) -> bool {
    println!("this program was built without the mutants: cargo run -p keyfare-proof --features breakages --bin model");
    false
}
