//! Names the style sheet after its content, so that browsers may keep it for ever, and takes its comments and indents off.

use std::{fmt::Write as _, fs, path::Path};

/// `SHEET`, `SHEET_NAME` and `MARK`.
pub fn write(dir: &Path) -> Result<String, String> {
    let read = |name: &str| fs::read_to_string(dir.join(name)).map_err(|e| format!("{name}: {e}"));
    let sheet = slim(&read("face.css")?);
    let mark = read("key.svg")?;
    let mut out = String::new();
    let _ = writeln!(out, "/// The style sheet.\npub const SHEET: &str = {sheet:?};");
    let _ = writeln!(out, "/// Where it is served; another sheet has another name.");
    let _ = writeln!(
        out,
        "pub const SHEET_AT: &str = \"/static/face-{:016x}.css\";",
        fnv(&sheet)
    );
    let _ = writeln!(
        out,
        "/// The mark in a browser's tab.\npub const MARK: &str = {:?};",
        mark.trim()
    );
    let _ = writeln!(
        out,
        "/// Where it is served.\npub const MARK_AT: &str = \"/static/key-{:016x}.svg\";",
        fnv(&mark)
    );
    Ok(out)
}

/// FNV-1a: names a file, protects nothing.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Without comments, indents and empty lines.
fn slim(css: &str) -> String {
    let mut out = String::new();
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    let lines: Vec<_> = out.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}
