//! Asking: commands in any directory, and refusals as programs read them.

use std::{
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

use crate::town::{PROGRAM, Town};

/// Runs a command in `dir`, with `input` on its standard input.
pub fn at(dir: &Path, args: &[&str], input: &str) -> Output {
    let mut command = Command::new(PROGRAM);
    command.arg("--dir").arg(dir).arg("--json").args(args);
    with_input(command, input)
}

/// Runs a command with `input` on its standard input.
pub fn with_input(mut command: Command, input: &str) -> Output {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that ended early does not read; its exit says why.
    let _ = child.stdin.take().unwrap().write_all(format!("{input}\n").as_bytes());
    child.wait_with_output().unwrap()
}

/// The document of an output.
pub fn document(out: &Output) -> Value {
    let bytes = if out.stdout.is_empty() {
        &out.stderr
    } else {
        &out.stdout
    };
    serde_json::from_slice(bytes).unwrap_or_else(|e| {
        panic!(
            "{e}: {} {}",
            String::from_utf8_lossy(&out.stdout),
            String::from_utf8_lossy(&out.stderr)
        )
    })
}

/// Insists on a refusal with this code: exit 1, one document with code, words and whether it helps to ask again. Answers the
/// words.
#[track_caller]
pub fn refused(out: &Output, code: &str) -> String {
    let document = document(out);
    let error = &document["error"];
    assert_eq!(error["code"], code, "{document}");
    assert_eq!(out.status.code(), Some(1), "{document}");
    assert!(
        ["never", "after-you-act", "later"].contains(&error["again"].as_str().unwrap()),
        "{document}"
    );
    let words = error["detail"].as_str().unwrap();
    assert!(words.len() > 15, "{document}");
    words.to_owned()
}

/// Purse, money on its way, licenses.
pub fn books(card: &Value) -> (i64, i64, usize) {
    let licenses = card["licenses"].as_array().unwrap().len();
    (
        card["purse"].as_i64().unwrap(),
        card["reserved"].as_i64().unwrap(),
        licenses,
    )
}

/// Another card of the town's realm, in a directory of its own: all that it needs is the realm file. Answers its recovery
/// code.
pub fn other_card(town: &Town, dir: &Path, pin: &str) -> String {
    std::fs::create_dir_all(dir).unwrap();
    std::fs::copy(town.path().join("realm.cbor"), dir.join("realm.cbor")).unwrap();
    let born = document(&at(dir, &["card", "new", "--pin-stdin"], pin));
    assert_eq!(born["enrolled"], true, "{born}");
    born["recovery_code"].as_str().unwrap().to_owned()
}
