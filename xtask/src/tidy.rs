//! House rules no compiler checks: every file says what it is for, and no test is put to sleep.

use crate::tree;
use anyhow::{Result, bail};

/// Files that are input of a test and no sources of their own: cases below `tests/`, one directory down.
fn is_case(path: &str) -> bool {
    path.split_once("/tests/").is_some_and(|(_, rest)| rest.contains('/'))
}

/// What is wrong with one file.
fn complaints(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    if !is_case(path) && !text.starts_with("//!") {
        found.push(format!(
            "{path}:1: opens without a `//!` that says what the file is for"
        ));
    }
    for (at, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("#[ignore") {
            found.push(format!("{path}:{}: an ignored test; delete it or let it run", at + 1));
        }
    }
    found
}

/// Reads every Rust file of the project.
pub fn check() -> Result<()> {
    let mut found = Vec::new();
    let mut count = 0;
    for start in ["crates", "xtask/src"] {
        for file in tree::files(start, &["rs"])? {
            found.extend(complaints(&file, &tree::read(&file)?));
            count += 1;
        }
    }
    found.iter().for_each(|complaint| eprintln!("{complaint}"));
    if !found.is_empty() {
        bail!("tidy: {} to mend", found.len());
    }
    println!("tidy: {count} files");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_and_ignored_tests_are_seen() {
        assert!(complaints("crates/x/src/a.rs", "//! For this.\nfn a() {}\n").is_empty());
        assert_eq!(complaints("crates/x/src/a.rs", "fn a() {}\n").len(), 1);
        assert!(complaints("crates/x/tests/forged/a.rs", "fn a() {}\n").is_empty());
        let ignored = format!("//! x\n    #[{}]\n", "ignore");
        assert_eq!(
            complaints("crates/x/src/a.rs", &ignored),
            ["crates/x/src/a.rs:2: an ignored test; delete it or let it run"]
        );
    }
}
