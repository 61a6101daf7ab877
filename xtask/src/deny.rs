//! Licences, banned crates and sources of everything in the tree, judged by cargo-deny with `deny.toml`.

use crate::{process, tree};
use anyhow::Result;
use std::path::PathBuf;

/// The version whose judgement we know; a newer one comes in by changing this line.
const VERSION: &str = "0.20.2";

/// Runs the check. The first run on a machine builds the tool into `target/tools` (about two minutes of one core).
pub fn check() -> Result<()> {
    let tool = tool()?;
    let tool = tool.to_string_lossy();
    // What is merely doubled is for whoever runs the tool by hand; here only what fails is worth lines.
    let check = [
        "--log-level",
        "error",
        "--offline",
        "--locked",
        "check",
        "bans",
        "licenses",
        "sources",
    ];
    process::run(&tool, &check)
}

fn tool() -> Result<PathBuf> {
    let home = tree::root().join("target/tools").join(format!("cargo-deny-{VERSION}"));
    let tool = home.join("bin/cargo-deny");
    if tool.exists() {
        return Ok(tool);
    }
    println!("deny: building cargo-deny {VERSION}, once");
    let (version, root) = (format!("={VERSION}"), home.to_string_lossy());
    let arguments = [
        "install",
        "cargo-deny",
        "--version",
        &version,
        "--locked",
        "--quiet",
        "--root",
        &root,
    ];
    let mut install = process::command("cargo", &arguments);
    // It runs for a second; what counts is how long it takes to build.
    install
        .env("CARGO_TARGET_DIR", tree::root().join("target/tools/build"))
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    process::finish(install)?;
    Ok(tool)
}
