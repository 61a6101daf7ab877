//! The support desk as a process of its own: what a holder's player noted goes there when he agrees, and what a fault lost
//! comes back.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod town;

use std::io::{Read, Write};

use serde_json::Value;
use town::Town;

/// What the desk has on its list, asked as its operator.
fn listed(town: &Town, path: &str) -> Value {
    let token = std::fs::read_to_string(town.path().join("operator-token")).unwrap();
    let port = town.base + 6;
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    let json = body
        .find('{')
        .map_or("null", |from| &body[from..=body.rfind('}').unwrap()]);
    serde_json::from_str(json).unwrap_or_else(|e| panic!("{e}: {answer}"))
}

fn requests(town: &Town) -> usize {
    listed(town, "/v1/requests")["requests"].as_array().unwrap().len()
}

/// A line of what was repaired or said, by code.
fn codes(of: &Value) -> Vec<String> {
    let all = of.as_array().cloned().unwrap_or_default();
    all.iter()
        .filter_map(|t| t["code"].as_str().map(str::to_owned))
        .collect()
}

/// proves: SD-7 row-98
#[test]
fn a_play_that_was_counted_for_nothing_comes_back_once_and_nothing_is_sent_unasked() {
    let mut town = Town::stocked(2000, None);
    town.start_all();
    let original = town.path().join("three.txt");
    let content = "Three plays are three in all.\n".repeat(7000).into_bytes();
    std::fs::write(&original, &content).unwrap();
    let original = original.to_string_lossy().into_owned();
    let made = town.json(&[
        "publish",
        &original,
        "--title",
        "Three Plays",
        "--price",
        "300",
        "--plays",
        "3",
    ]);
    assert!(made["offer"].is_string(), "{made}");
    town.json(&["buy", "Three Plays", "--pin-stdin"]);

    // The disk loses a part of the sealed file: the play is counted, and nothing is heard.
    let kept = town
        .path()
        .join("wallet/packages")
        .join(format!("{}.keyfare", made["header"].as_str().unwrap()));
    let first = town.run(&["play", "Three Plays", "--pipe"], None);
    assert_eq!(first.stdout, content, "{}", String::from_utf8_lossy(&first.stderr));
    let mut bytes = std::fs::read(&kept).unwrap();
    let whole = bytes.clone();
    bytes.iter_mut().skip(whole.len() / 4).for_each(|b| *b ^= 0xFF);
    std::fs::write(&kept, &bytes).unwrap();
    let broken = town.run(&["play", "Three Plays", "--pipe"], None);
    assert!(!broken.status.success());

    // Nothing leaves without consent.
    let refused = town.json(&["support", "send", "Three Plays"]);
    assert_eq!(refused["error"]["code"], "not-agreed", "{refused}");
    assert_eq!(requests(&town), 0);

    let sent = town.json(&[
        "support",
        "send",
        "Three Plays",
        "--trouble",
        "counted",
        "--words",
        "It broke at once.",
        "--yes",
    ]);
    let request = &sent["request"];
    let id = request["id"].as_str().unwrap().to_owned();
    assert_eq!(requests(&town), 1);
    let one = listed(&town, "/v1/requests");
    let row = &one["requests"][0];
    assert_eq!(
        (row["words"].as_str(), row["trouble"].as_str()),
        (Some("It broke at once."), Some("counted")),
        "{row}"
    );
    let printed = one.to_string();
    let card = town.card();
    let pin = town.pin();
    for secret in [card["card"].as_str().unwrap_or("no number"), pin.as_str()] {
        assert!(secret.len() < 6 || !printed.contains(secret), "the desk knows {secret}");
    }
    // A play of which something was heard does not come back; one that broke at once does, and once.
    let said = codes(&request["advice"]);
    assert!(said == ["log-shows-playing"] || said == ["play-given-back"], "{sent:#}");

    // Repeats, also after the desk's process was killed: the same answer.
    town.kill("support");
    town.start("support");
    let again = town.json(&["support", "again", &id]);
    assert_eq!(again["request"]["advice"], request["advice"]);
    assert_eq!(again["request"]["stage"], request["stage"]);
    assert_eq!(requests(&town), 1);

    // The file comes again and plays.
    let file = town.json(&["support", "send", "Three Plays", "--trouble", "package", "--yes"]);
    assert_eq!(file["request"]["stage"], "repaired", "{file:#}");
    assert!(
        codes(&file["request"]["repairs"]).contains(&"file-again".to_owned()),
        "{file:#}"
    );
    let played = town.run(&["play", "Three Plays", "--pipe"], None);
    assert_eq!(played.stdout, content, "{}", String::from_utf8_lossy(&played.stderr));

    // Handed back for money, no desk brings it again; and with nobody there, nothing is sent.
    town.json(&["buy", "Night Ferry", "--pin-stdin"]);
    let refund = town.json(&["refund", "Night Ferry", "--pin-stdin"]);
    assert_eq!(refund["outcome"], "given", "{refund}");
    let lost = town.json(&["support", "send", "Night Ferry", "--trouble", "lost", "--yes"]);
    assert_eq!(lost["request"]["finding"], "handed-back", "{lost:#}");
    assert_eq!(lost["request"]["stage"], "answered");
    town.audit();
    town.kill("support");
    let nobody = town.json(&["support", "send", "Three Plays", "--trouble", "other", "--yes"]);
    assert_eq!(nobody["error"]["code"], "support-nobody", "{nobody}");
}
