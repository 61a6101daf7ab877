//! The walk through the pages in a real browser (`tests/browser`).
//!
//! Node and Chromium are the system's (see `tools.rs`); the one package that drives it is pinned in a lock file and runs
//! no script when it is installed. It walks with the program that was just built.

use crate::{process, tree};
use anyhow::Result;

/// Builds the program, installs what drives the browser, and walks.
pub fn walk() -> Result<()> {
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
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| tree::root().join("target"), Into::into);
    let program = target.join("debug").join("keyfare");
    process::run("node", &["tests/browser/walk.mjs", &program.to_string_lossy()])?;
    process::run("node", &["tests/browser/hand.mjs", &program.to_string_lossy()])?;
    process::run("node", &["tests/browser/play.mjs", &program.to_string_lossy()])?;
    process::run("node", &["tests/browser/console.mjs", &program.to_string_lossy()])
}
