//! `model [--large] [--states=N] [NAME-PART]`: walks through the configurations, or at most N states of each, and prints
//! what was seen.

use std::process::ExitCode;

use proof::model::{Walk, large, run, small};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let deep = arguments.iter().any(|a| a == "--large");
    let part = arguments.iter().find(|a| !a.starts_with("--"));
    let at_most = arguments.iter().find_map(|a| a.strip_prefix("--states=")?.parse().ok());
    let walk = Walk {
        states_max: at_most.unwrap_or(usize::MAX),
        ..Walk::WHOLE
    };
    let configs = if deep { large() } else { small() };
    let mut all_hold = true;
    println!(
        "{:<66} {:>9} {:>6} {:>8}  verdict",
        "configuration", "states", "depth", "seconds"
    );
    for config in configs {
        if part.is_some_and(|p| !config.name.contains(p.as_str())) {
            continue;
        }
        let seen = run(config, walk);
        let verdict = match (seen.holds(), seen.cut) {
            (true, _) => "holds",
            (false, true) if seen.failures.is_empty() => "cut short",
            _ => "FAILS",
        };
        let seconds = seen.took.as_secs_f64();
        println!(
            "{:<66} {:>9} {:>6} {seconds:>8.2}  {verdict}",
            seen.name, seen.states, seen.depth
        );
        for failure in &seen.failures {
            let why = failure.why.as_deref().unwrap_or("");
            println!("  {} fails after {} steps {why}:", failure.id, failure.path.len());
            failure.path.iter().for_each(|step| println!("    {step}"));
        }
        for goal in &seen.unreached {
            println!("  never reached: {goal:?}");
        }
        all_hold &= seen.holds();
    }
    if all_hold { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
