//! Turns the catalogue (`words/en/*.ftl`, `words/ja/*.ftl`) into one method per message, and names the style sheet after
//! what is in it.
//!
//! A template that says something the catalogue does not have, or with another number of arguments, does not compile. A message
//! that one language lacks, or whose languages take different arguments, stops the build here.

mod catalogue;
mod methods;
mod sheet;

use std::{env, fs, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=words");
    println!("cargo::rerun-if-changed=static");
    if let Err(no) = build() {
        for line in no.lines() {
            println!("cargo::error={line}");
        }
    }
}

fn build() -> Result<(), String> {
    let from = env::var("CARGO_MANIFEST_DIR").map_err(|e| e.to_string())?;
    let to = env::var("OUT_DIR").map_err(|e| e.to_string())?;
    let (from, to) = (Path::new(&from), Path::new(&to));
    let words = from.join("words");
    let english = catalogue::read(&words.join("en"))?;
    let japanese = catalogue::read(&words.join("ja"))?;
    let differences = catalogue::differences(&english, &japanese);
    if !differences.is_empty() {
        return Err(differences.join("\n"));
    }
    let write = |name: &str, text: String| fs::write(to.join(name), text).map_err(|e| format!("{name}: {e}"));
    write("words.rs", methods::write(&english, &japanese)?)?;
    write("sheet.rs", sheet::write(&from.join("static"))?)
}
