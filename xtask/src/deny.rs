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
    // It looks at crates of every platform; whoever built for one has not fetched them all.
    process::run("cargo", &["fetch", "--locked", "--quiet"])?;
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

#[cfg(test)]
mod tests {
    use crate::tree;

    const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

    // proves: row-99
    #[test]
    fn everything_foreign_comes_from_one_registry_with_its_hash() {
        let lock: toml::Table = toml::from_str(&tree::read("Cargo.lock").unwrap()).unwrap();
        let packages = lock["package"].as_array().unwrap();
        let text = |package: &toml::Value, field: &str| package.get(field)?.as_str().map(str::to_owned);
        let mut foreign = 0;
        for package in packages {
            let name = text(package, "name").unwrap();
            if name == "xtask" || name == "keyfare" || name.starts_with("keyfare-") {
                assert_eq!(text(package, "source"), None, "{name} is ours and comes from elsewhere");
            } else {
                foreign += 1;
                assert_eq!(text(package, "source").as_deref(), Some(REGISTRY), "{name}");
                assert_eq!(
                    text(package, "checksum").map(|it| it.len()),
                    Some(64),
                    "{name} has no hash"
                );
            }
        }
        assert!(foreign > 20);
    }

    // proves: row-99
    #[test]
    fn no_manifest_and_no_setting_swaps_a_source() {
        let mut files = tree::files("crates", &["toml"]).unwrap();
        files.extend(["Cargo.toml", "xtask/Cargo.toml", ".cargo/config.toml"].map(str::to_owned));
        for file in files {
            let text = tree::read(&file).unwrap();
            let table: toml::Table = toml::from_str(&text).unwrap();
            for swap in ["patch", "replace", "source", "registries"] {
                assert!(!table.contains_key(swap), "{file} has a [{swap}] table");
            }
            assert!(
                !text.contains("git = \"") && !text.contains("registry = \""),
                "{file} names a source of its own"
            );
        }
    }
}
