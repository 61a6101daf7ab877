//! `harness --seed N --steps N [--seeds N] [--people N] [--weather WHICH] [--trace]`: the real parties and cards in a storm.

use std::process::ExitCode;
use std::time::Instant;

use proof::harness::{Plan, Weather, run};

const HELP: &str =
    "harness [--seed N] [--steps N] [--seeds N] [--people N] [--weather calm|storm|crowd|lost-cards|clones|old-shop|old-cards] [--trace]

  --seed N      the first seed (default 1)
  --steps N     events before the calm (default 2000)
  --seeds N     so many seeds, one after the other (default 1)
  --people N    holders (default 3)
  --weather W   what may go wrong (default storm)
  --trace       print every event

Example: harness --seed 1 --seeds 100 --steps 2000 --weather old-shop";

struct Arguments {
    plan: Plan,
    seeds: u64,
    weather: String,
}

fn read() -> Result<Option<Arguments>, String> {
    let mut plan = Plan::storm(1, 2000);
    let (mut seeds, mut weather) = (1, "storm".to_owned());
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || -> Result<u64, String> {
            let text = words.next().unwrap_or_default();
            text.parse()
                .map_err(|_| format!("{word} needs a number, not \"{text}\""))
        };
        match word.as_str() {
            "--seed" => plan.seed = number()?,
            "--steps" => plan.steps = number()?,
            "--seeds" => seeds = number()?,
            "--people" => plan.people = usize::try_from(number()?).map_err(|e| e.to_string())?,
            "--trace" => plan.trace = true,
            "--weather" => weather = words.next().unwrap_or_default(),
            "--help" | "-h" => return Ok(None),
            other => return Err(format!("{other} is not known here; try --help")),
        }
    }
    plan.weather = match weather.as_str() {
        "calm" => Weather::CALM,
        "storm" => Weather::STORM,
        "crowd" => Weather::CROWD,
        "lost-cards" => Weather::LOST_CARDS,
        "clones" => Weather::CLONES,
        "old-shop" => Weather::OLD_SHOP,
        "old-cards" => Weather::OLD_CARDS,
        other => return Err(format!("{other} is no weather; try --help")),
    };
    Ok(Some(Arguments { plan, seeds, weather }))
}

fn main() -> ExitCode {
    let Arguments { plan, seeds, weather } = match read() {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(no) => {
            eprintln!("harness: {no}");
            return ExitCode::FAILURE;
        }
    };
    let began = Instant::now();
    let (mut steps, mut bad) = (0_u64, 0_u64);
    let mut counts = std::collections::BTreeMap::<String, u64>::new();
    for seed in plan.seed..plan.seed.saturating_add(seeds) {
        match run(&Plan { seed, ..plan }) {
            Ok(outcome) => {
                steps += outcome.steps;
                for (what, n) in &outcome.counts {
                    *counts.entry(what.clone()).or_default() += n;
                }
                if !outcome.findings.is_empty() {
                    bad += 1;
                    println!("seed {seed}: after step {}:", outcome.found_at);
                    outcome.findings.iter().for_each(|what| println!("  {what}"));
                    println!(
                        "  again: {} --weather {weather} --people {}",
                        outcome.replay(),
                        plan.people
                    );
                }
            }
            Err(no) => {
                bad += 1;
                println!("seed {seed}: {no}");
            }
        }
        let done = seed.saturating_sub(plan.seed).saturating_add(1);
        if done.is_multiple_of(20) {
            eprintln!("{done} of {seeds} seeds, {steps} steps, {bad} with findings");
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    for (what, n) in &counts {
        println!("{n:>9}  {what}");
    }
    println!(
        "{seeds} seeds, {steps} steps in {seconds:.1} s ({:.0} a second), {bad} with findings",
        steps as f64 / seconds
    );
    if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
