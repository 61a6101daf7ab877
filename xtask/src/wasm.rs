//! The heart compiles for the browser and the phone.
//!
//! Rustup's toolchains bring no standard library for wasm and none can be fetched where the tests run, so this uses the
//! system's second compiler, which brings the library's sources (see `tools.rs`). It has a target directory of its own:
//! the standard library is built once (about a minute) and stays there.

use crate::{heart, process};
use anyhow::Result;

const TARGET: &str = "wasm32-unknown-unknown";

/// Builds every crate of the heart, as the card uses them: without default features.
pub fn build() -> Result<()> {
    let table = heart::table()?;
    let mut arguments = vec![
        "build",
        "--locked",
        "--no-default-features",
        "--target",
        TARGET,
        "-Z",
        "build-std=std,panic_abort",
    ];
    arguments.extend(["--target-dir", "target/wasm"]);
    // Nothing runs here: the quickest code will do, also for the standard library.
    arguments.extend([
        "--config",
        "profile.dev.opt-level=0",
        "--config",
        "profile.dev.package.\"*\".opt-level=0",
    ]);
    let packages: Vec<String> = table
        .crates
        .iter()
        .map(|name| format!("--package=keyfare-{name}"))
        .collect();
    arguments.extend(packages.iter().map(String::as_str));

    let mut command = process::command("/usr/bin/cargo", &arguments);
    // Names of the toolchain that runs this chore would mislead the other one.
    for name in [
        "CARGO",
        "RUSTUP_TOOLCHAIN",
        "RUSTUP_HOME",
        "RUSTC_WRAPPER",
        "RUSTFLAGS",
        "LD_LIBRARY_PATH",
        "CARGO_TARGET_DIR",
    ] {
        command.env_remove(name);
    }
    command.env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1");
    process::finish(command)?;
    println!("wasm: {} compile for {TARGET}", table.crates.join(", "));
    Ok(())
}
