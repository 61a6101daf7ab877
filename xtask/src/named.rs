//! Runs with a name: long ones that are too dear for every change, and benchmarks. Adding one is one line.

use crate::process;
use anyhow::{Result, bail};

/// A name, what it is good for, and the command.
pub struct Named {
    pub name: &'static str,
    pub says: &'static str,
    pub command: &'static [&'static str],
}

/// `cargo xtask deep NAME`. What stands after the name is handed to the command.
pub const DEEP: &[Named] = &[];

/// `cargo xtask bench [NAME]`.
pub const BENCH: &[Named] = &[];

/// Prints what there is.
pub fn list(kind: &str, table: &[Named]) -> Result<()> {
    for named in table {
        println!("cargo xtask {kind} {:12} {}", named.name, named.says);
    }
    Ok(())
}

/// Runs one of them.
pub fn one(kind: &str, table: &[Named], name: &str, rest: &[&str]) -> Result<()> {
    let Some(named) = table.iter().find(|named| named.name == name) else {
        list(kind, table)?;
        bail!("no such run: {kind} {name}");
    };
    let command = [named.command, rest].concat();
    println!("{kind} {name}: {}", command.join(" "));
    process::run(command[0], &command[1..])
}

/// Runs all of them.
pub fn all(kind: &str, table: &[Named]) -> Result<()> {
    table.iter().try_for_each(|named| one(kind, table, named.name, &[]))
}
