//! The tours as their readers run them: one document, with the figures' own arithmetic in the books, in memory and against
//! a process for each party.

use std::process::Command;

use serde_json::Value;

fn tour(args: &[&str]) -> Value {
    let out = Command::new(env!("CARGO_BIN_EXE_keyfare"))
        .arg("tour")
        .args(args)
        .arg("--json")
        .output();
    let out = out.unwrap_or_else(|e| panic!("the program does not start: {e}"));
    let told = serde_json::from_slice(&out.stdout);
    let told: Value = told.unwrap_or_else(|e| panic!("{args:?}: {e}: {}", String::from_utf8_lossy(&out.stderr)));
    assert_eq!(told["holds"], true, "{told:#}");
    told
}

fn check(args: &[&str], card: &str, purse: i64, licenses: i64, received: i64) {
    let told = tour(args);
    let books = &told["books"];
    assert_eq!(books["cards"][card]["purse"], purse, "{args:?}: {books:#}");
    assert_eq!(books["cards"][card]["licenses"], licenses, "{args:?}");
    assert_eq!(books["parties"]["publisher"]["received"], received, "{args:?}");
}

/// proves: SD-1 XD-8
#[test]
fn parameters_change_the_figures_and_nothing_is_wired_in() {
    check(&["sale"], "buyer", 200, 1, 300);
    check(&["sale", "--price", "777", "--purse", "1000"], "buyer", 223, 1, 777);
    check(
        &["external-device", "--price", "250", "--purse", "700"],
        "device",
        200,
        2,
        500,
    );
    for story in ["sale", "external-device"] {
        let told = tour(&[story, "--price", "600", "--purse", "500"]);
        let steps = told["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
        assert_eq!(
            steps.last().map(|s| s["refused"].clone()),
            Some(Value::from("purse-too-small")),
            "{told:#}"
        );
        let before = steps.len().checked_sub(2).map(|n| steps[n]["books"].clone());
        assert_eq!(
            before.as_ref(),
            steps.last().map(|s| &s["books"]),
            "a refusal changed somebody's books"
        );
    }
}

/// proves: SD-1 XD-4 XD-8
#[test]
fn the_same_is_told_live_against_separate_processes() {
    check(&["sale", "--live"], "buyer", 200, 1, 300);
    check(
        &["external-device", "--live", "--price", "300", "--purse", "800"],
        "device",
        200,
        2,
        600,
    );
    let told = tour(&["sale", "--live", "--price", "900", "--purse", "100"]);
    assert_eq!(told["books"]["cards"]["buyer"]["purse"], 100, "{told:#}");
    assert_eq!(told["books"]["parties"]["publisher"]["received"], 0);
}
