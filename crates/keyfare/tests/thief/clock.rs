//! Clocks: certificates that ended while a card kept away from its issuer; machines whose clock stands still, was turned
//! back, or runs years ahead. A clock decides what may begin, never what becomes of money.

use std::{path::PathBuf, process::Output};

use serde_json::Value;

use crate::{
    ask::{books, document, refused, with_input},
    town::{ROLES, Town, pause},
};

/// What makes a process believe in another clock, and leaves its stop-watches alone. Installed by `cargo xtask tools`.
fn believing(clock: &str) -> Vec<(String, String)> {
    let library = std::fs::read_dir("/usr/lib")
        .unwrap()
        .filter_map(|entry| Some(entry.ok()?.path().join("faketime/libfaketimeMT.so.1")))
        .find(|path: &PathBuf| path.exists())
        .expect("libfaketime is missing: cargo xtask tools");
    [
        ("LD_PRELOAD", library.to_str().unwrap()),
        ("FAKETIME", clock),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ("DONT_FAKE_MONOTONIC", "1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

/// A clock that stands still at this moment, in the form that the library reads.
fn stopped_now() -> String {
    let out = std::process::Command::new("date").arg("+%F %T").output().unwrap();
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

/// A command of the holder on a machine with that clock.
fn at_clock(town: &Town, clock: &str, args: &[&str]) -> Output {
    let mut command = town.command(args);
    command.envs(believing(clock));
    with_input(command, &town.pin())
}

fn outcome(out: &Output) -> String {
    let told: Value = document(out);
    let said = told["outcome"].as_str().or(told["error"]["code"].as_str());
    let said = said.unwrap_or_else(|| panic!("neither outcome nor code: {told}"));
    assert_ne!(said, "fault", "{told}");
    said.to_owned()
}

/// The certificates of card and issuer's contact live twelve seconds. While the issuer is away they end: no payment, a clear
/// word, nothing lost; with the issuer back `card sync` renews, and the same purchase succeeds.
///
/// proves: row-36
#[test]
fn ended_certificates_are_refused_until_the_issuer_was_met() {
    let mut town = Town::stocked(1_000, Some(12));
    town.start_all();
    assert_eq!(town.json(&["buy", "102", "--pin-stdin"])["outcome"], "given");
    town.kill("issuer");
    pause(12_500);
    let pin = town.pin();
    let words = refused(
        &town.run(&["buy", "102", "--pin-stdin"], Some(&pin)),
        "void-certificate",
    );
    assert!(words.contains("issuer") || words.contains("online"), "{words}");
    assert_eq!(books(&town.card()), (920, 0, 1));
    town.start("issuer");
    town.json(&["card", "sync"]);
    assert_eq!(town.json(&["buy", "102", "--pin-stdin"])["outcome"], "given");
    assert_eq!(books(&town.card()), (840, 0, 2));
    town.audit();
}

/// The holder's clock stands still, was turned back a day or twenty years, or runs a year ahead: a purchase happens or is
/// refused in words, money or music either way, and with the right clock everything goes on.
///
/// proves: row-36
#[test]
fn a_wrong_clock_at_the_holders_costs_nothing() {
    let mut town = Town::stocked(2_000, None);
    town.start_all();
    let (mut purse, mut licenses) = (2_000, 0);
    for clock in [stopped_now().as_str(), "-1d", "-20y", "+1y"] {
        let said = outcome(&at_clock(&town, clock, &["buy", "102", "--pin-stdin"]));
        let now = books(&town.finish());
        eprintln!("clock {clock}: {said}, {now:?}");
        let bought = (purse - 80, 0, licenses + 1);
        assert_eq!(
            now,
            if said == "given" { bought } else { (purse, 0, licenses) },
            "clock {clock}: {said}"
        );
        (purse, licenses) = (now.0, now.2);
        assert_eq!(
            town.json(&["buy", "102", "--pin-stdin"])["outcome"],
            "given",
            "after clock {clock}"
        );
        (purse, licenses) = (purse - 80, licenses + 1);
        assert_eq!(books(&town.finish()), (purse, 0, licenses), "after clock {clock}");
    }
    town.audit();
}

/// A party's clock stands still or was turned back a day while the others' run: no sale is lost, none is paid twice.
///
/// proves: row-36
#[test]
fn a_wrong_clock_at_a_partys_costs_nothing() {
    let mut town = Town::stocked(3_000, None);
    town.start_all();
    let (mut purse, mut licenses) = (3_000, 0);
    for (role, clock) in [
        ("shop", stopped_now().as_str()),
        ("shop", "-1d"),
        ("issuer", "-1d"),
        ("issuer", "+400d"),
    ] {
        town.kill(role);
        town.start_with(role, &believing(clock));
        let pin = town.pin();
        let said = outcome(&town.run(&["buy", "102", "--pin-stdin"], Some(&pin)));
        town.kill(role);
        town.start(role);
        let now = books(&town.finish());
        eprintln!("{role} at clock {clock}: {said}, {now:?}");
        assert!(
            now == (purse, 0, licenses) || now == (purse - 80, 0, licenses + 1),
            "{role} at clock {clock}: {said}: {now:?}"
        );
        assert!(
            said != "given" || now.2 > licenses,
            "{role} at clock {clock}: given and not there: {now:?}"
        );
        (purse, licenses) = (now.0, now.2);
        assert_eq!(
            town.json(&["buy", "102", "--pin-stdin"])["outcome"],
            "given",
            "after {role} at {clock}"
        );
        (purse, licenses) = (purse - 80, licenses + 1);
        assert_eq!(books(&town.finish()), (purse, 0, licenses), "after {role} at {clock}");
    }
    town.audit();
}

/// A license for one day. Three days later, by everybody else's clock, its holder stops his own: once the card has met its
/// issuer it knows better, and neither a stopped nor a turned-back clock makes the license play again.
///
/// proves: row-36
#[test]
fn a_clock_turned_back_does_not_revive_what_has_ended() {
    let mut town = Town::stocked(1_000, None);
    town.start_all();
    let text = town.path().join("day-ticket.txt");
    std::fs::write(&text, "A day in the reading room.\n".repeat(200)).unwrap();
    let published = town.json(&[
        "publish",
        text.to_str().unwrap(),
        "--title",
        "Day Ticket",
        "--price",
        "50",
        "--period",
        "1",
    ]);
    assert!(published["error"].is_null(), "{published}");
    assert_eq!(town.json(&["buy", "Day Ticket", "--pin-stdin"])["outcome"], "given");
    let package = published["package"]
        .as_str()
        .unwrap_or_else(|| panic!("{published}"))
        .to_owned();
    let today = stopped_now();
    let plays = |town: &Town, clock: &str| at_clock(town, clock, &["play", &package, "--pipe"]);
    assert!(plays(&town, &today).status.success(), "it plays on its first day");
    for role in ROLES {
        town.kill(role);
    }
    for role in ROLES {
        town.start_with(role, &believing("+3d"));
    }
    let met = outcome_of_sync(&at_clock(&town, &today, &["card", "sync"]));
    for clock in [today.as_str(), "-1d", "+3d"] {
        refused(&plays(&town, clock), "license-ended");
    }
    assert_eq!(books(&town.card()), (950, 0, 1), "{met}");
}

fn outcome_of_sync(out: &Output) -> Value {
    let told = document(out);
    assert!(told["error"].is_null(), "{told}");
    told
}
