//! Getting a wallet in one step: the line on a shop's help page, typed as it stands.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod town;

use std::{
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Command, Output, Stdio},
};

use town::{PROGRAM, Town};

/// The line on the help page of the town's shop, as a browser shows it.
fn line(town: &Town) -> String {
    let port = town.base + 4;
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    let head = format!("GET /en/help HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    let from = page.split_once("<code class=\"code lead\">").expect(&page).1;
    let line = from.split_once("</code>").unwrap().0;
    line.replace("&#38;", "&").replace("&#35;", "#")
}

fn command(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.arg("--dir").arg(dir).arg("--json").args(args);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(dir: &Path, args: &[&str], input: &str) -> Output {
    let mut child = command(dir, args).spawn().unwrap();
    // A command that ended early does not read; its exit says why.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

#[track_caller]
fn is_refused(out: &Output, code: &str) {
    let said = [&out.stdout[..], &out.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(!out.status.success() && said.contains(&format!("\"{code}\"")), "{said}");
}

#[test]
fn the_line_on_a_shops_page_starts_a_wallet_in_its_realm() {
    let mut town = Town::stocked(1_000, None);
    town.start_all();
    let line = line(&town);
    let words: Vec<&str> = line.rsplit("&& ").next().unwrap().split_whitespace().collect();
    let ["keyfare", args @ ..] = &words[..] else {
        panic!("{line}")
    };
    assert_eq!(args.first(), Some(&"wallet"), "{line}");
    let new = tempfile::tempdir().unwrap();
    let dir = new.path().join("mine");

    // Without it there is nothing to start from, and the wallet says what there is to do.
    let nothing = run(&dir, &["wallet", "--listen", "127.0.0.1:0"], "");
    is_refused(&nothing, "nothing-here");
    assert!(!dir.exists(), "what was refused leaves nothing behind");
    // Another realm than the line names is not taken, and nothing is kept of it.
    let shop = format!("http://127.0.0.1:{}", town.base + 4);
    let other = format!("{shop}#{}", units::RealmId([7; 16]));
    is_refused(&run(&dir, &["wallet", "--realm", &other], ""), "realm-other");
    is_refused(
        &run(&dir, &["wallet", "--realm", "http://shop.example"], ""),
        "realm-address",
    );
    assert!(!dir.exists());

    // Typed as it stands; only where it listens is another, so that tests run side by side.
    let started = [args, &["--listen", "127.0.0.1:0"]].concat();
    let mut wallet = command(&dir, &started).spawn().unwrap();
    let mut said = String::new();
    for read in BufReader::new(wallet.stdout.as_mut().unwrap()).lines() {
        let read = read.unwrap();
        said.push_str(&read);
        if read == "}" {
            break;
        }
    }
    wallet.kill().unwrap();
    let ended = wallet.wait_with_output().unwrap();
    assert!(
        said.contains("\"wallet\"") && said.contains("http://127.0.0.1:"),
        "{said} {}",
        String::from_utf8_lossy(&ended.stderr)
    );
    let realm = |dir: &Path| std::fs::read(dir.join("realm.cbor")).unwrap();
    assert_eq!(realm(&dir), realm(town.path()));

    // It is a place like any other: a card is made and known to the issuer. A realm that is here stays.
    let born = run(&dir, &["card", "new", "--pin-stdin"], "2468\n");
    let born: serde_json::Value = serde_json::from_slice(&born.stdout).unwrap();
    assert_eq!(born["enrolled"], true, "{born}");
    is_refused(&run(&dir, &["wallet", "--realm", &other], ""), "realm-other");
    is_refused(&run(&dir, &["up"], ""), "realm-of-others");
    assert_eq!(realm(&dir), realm(town.path()));
}
