//! The walks through the pages in a real browser (`tests/browser`).
//!
//! Node and Chromium are the system's (see `tools.rs`); the one package that drives it is pinned in a lock file and runs
//! no script when it is installed. They walk with the program that was just built, each in a marketplace of its own. A walk
//! waits most of the time, so two of them go at once: the long one, and the others one after the other.

use crate::{process, tree};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Stdio;

/// Who walks when: each row at the same time as the others.
const LANES: &[&[&str]] = &[
    &["walk", "approval", "telephone", "machines", "players"],
    &["play", "console", "hand", "copying"],
];

/// Walks that take long, and go only when they are named.
const LONG: &[&str] = &["pages"];

/// Builds the program, installs what drives the browser, and walks; every walk, or those named.
pub fn walk(named: &[&str]) -> Result<()> {
    let known: Vec<&str> = [LANES.concat(), LONG.to_vec()].concat();
    if let Some(other) = named.iter().find(|name| !known.contains(name)) {
        bail!("no walk is called {other}: there are {}", known.join(", "));
    }
    process::run("cargo", &["build", "--package", "keyfare", "--locked", "--quiet"])?;
    process::run(
        "npm",
        &[
            "ci",
            "--prefix",
            "tests/browser",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
        ],
    )?;
    let place = process::in_memory()?;
    let place = place.as_ref().map(tempfile::TempDir::path);
    let wanted = move |name: &str| named.contains(&name) || (named.is_empty() && !LONG.contains(&name));
    let failed: Vec<&str> = std::thread::scope(|scope| {
        let walk = |lane: &'static [&'static str]| {
            scope.spawn(move || {
                let walks = lane.iter().copied().filter(|name| wanted(name));
                walks.filter(|name| !well(name, place)).collect::<Vec<_>>()
            })
        };
        let lanes: Vec<_> = LANES.iter().copied().chain([LONG]).map(walk).collect();
        // A lane that panicked has said so on the terminal.
        lanes
            .into_iter()
            .flat_map(|lane| lane.join().unwrap_or_else(|_| vec!["a lane"]))
            .collect()
    });
    if failed.is_empty() {
        Ok(())
    } else {
        bail!("browser: {} failed", failed.join(", "))
    }
}

/// Walks, and where that ends badly once more: a browser, nine servers and a compiler's leftovers on two cores sometimes
/// come too late for a page's patience. What passes only then is told as such, with what it said the first time.
fn well(name: &str, place: Option<&Path>) -> bool {
    if LONG.contains(&name) {
        return watched(name, place);
    }
    told(name, "ok", one(name, place)) || told(name, "FLAKY: ok at the second try", one(name, place))
}

/// A long walk: it goes alone, so what it says is told line by line, and it is not walked twice.
fn watched(name: &str, place: Option<&Path>) -> bool {
    let status = ready(name, place).stdin(Stdio::null()).status();
    if let Err(error) = &status {
        println!("-- {name}: cannot start node: {error}");
    }
    status.is_ok_and(|status| status.success())
}

/// One walk, with all it said: told at once, for another goes on beside it.
fn one(name: &str, place: Option<&Path>) -> Result<(bool, String)> {
    let output = ready(name, place)
        .stdin(Stdio::null())
        .output()
        .context("cannot start node")?;
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    Ok((output.status.success(), said.concat()))
}

/// A walk, ready to go.
fn ready(name: &str, place: Option<&Path>) -> std::process::Command {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| tree::root().join("target"), Into::into);
    let program = target.join("debug").join("keyfare");
    let script = format!("tests/browser/{name}.mjs");
    let mut command = process::command("node", &[&script, &program.to_string_lossy()]);
    if let Some(place) = place {
        command.env("TMPDIR", place);
    }
    command
}

/// Tells how a walk went.
fn told(name: &str, verdict: &str, walked: Result<(bool, String)>) -> bool {
    let (well, said) = walked.unwrap_or_else(|error| (false, format!("{error:#}\n")));
    println!("-- {name} {}\n{said}", if well { verdict } else { "FAILED" });
    well
}
