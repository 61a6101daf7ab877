//! The project's chores. `cargo xtask` alone prints what there is.
//!
//! A chore does one thing, says what it found with the place to mend it, and ends with a failure if there is anything to
//! mend. `test` is all of them in a row: what the continuous integration runs, and nothing else.

mod browser;
mod coverage;
mod deny;
mod heart;
mod imports;
mod markers;
mod named;
mod process;
mod registers;
mod suite;
mod tidy;
mod tools;
mod tree;
mod wasm;

use anyhow::{Result, bail};
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask CHORE

  test                    everything below except `deep` and `bench`, and every test: what must pass before a merge
  requirements [--json]   which tests prove which requirement (docs/requirements.toml)
  attacks [--json]        which tests stand against which attack (docs/attacks.toml)
  invariants [--json]     which tests check which property of the protocol (docs/invariants.toml)
  imports                 the allowed arrows between the house's crates (docs/imports.toml)
  tidy                    file headers, no ignored tests
  deny                    licences, banned crates and sources of dependencies (deny.toml)
  model                   the model of the card protocol: every small configuration, then every mutant
  mutants                 every known way of getting the protocol wrong, switched on one at a time, is caught
  examples                the examples in the documentation, run
  wasm                    the heart compiles for the browser
  browser [WALK]          the purchase walked through the pages in Chromium, and malicious pages sent after it
  deep [NAME]             long runs that are too dear for every change; without a name: the list
  bench [NAME]            benchmarks; without a name: all of them
  film                    draw and encode the demo's film anew (the result is committed)
  tools                   install what the tests need from the system's packages
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match chore(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn chore(words: &[&str]) -> Result<()> {
    match words {
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        ["test"] => suite::run(),
        [register @ ("requirements" | "attacks" | "invariants")] => coverage::report(register, coverage::Form::Table),
        [register @ ("requirements" | "attacks" | "invariants"), "--json"] => {
            coverage::report(register, coverage::Form::Json)
        }
        ["imports"] => imports::check(),
        ["tidy"] => tidy::check(),
        ["deny"] => deny::check(),
        ["model"] => suite::model(),
        ["mutants"] => suite::mutants(),
        ["examples"] => suite::examples(),
        ["wasm"] => wasm::build(),
        ["browser", walks @ ..] => {
            tools::install(tools::For::Tests)?;
            browser::walk(walks)
        }
        ["deep"] => named::list("deep", named::DEEP),
        ["deep", name, rest @ ..] => named::one("deep", named::DEEP, name, rest),
        ["bench"] => {
            tools::install(tools::For::Benchmarks)?;
            named::all("bench", named::BENCH)
        }
        ["bench", name, rest @ ..] => named::one("bench", named::BENCH, name, rest),
        ["film"] => {
            tools::install(tools::For::Tests)?;
            process::run(
                "cargo",
                &[
                    "run",
                    "--release",
                    "--package=keyfare-publisher",
                    "--example=film",
                    "--",
                    "crates/publisher/src/demo/files/the-crossing.mp4",
                ],
            )
        }
        ["tools"] => tools::install(tools::For::Tests),
        _ => bail!("no such chore: {}\n\n{HELP}", words.join(" ")),
    }
}
