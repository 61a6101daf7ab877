//! The program at smart-card readers, with real processes all round: two wallets' cards in two virtual readers of the real
//! PC/SC service, and a third process that is the terminal between them and has nothing else.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

#[path = "../../pcsc/tests/rig/daemon.rs"]
mod daemon;
mod town;

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;
use town::{PROGRAM, Town, pause};

const WORK: &str = "publisher/works/night-ferry.wav/package.keyfare";
const FRIENDS_PIN: &str = "1357";

/// A process that ends with the test.
struct Held(Child);
impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn run(dir: &Path, sock: &Path, args: &[&str], input: &str) -> Output {
    let mut child = Command::new(PROGRAM)
        .arg("--dir")
        .arg(dir)
        .arg("--json")
        .args(args)
        .env("PCSCLITE_CSOCK_NAME", sock)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that ended early does not read; its exit says why.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn json(out: &Output) -> Value {
    serde_json::from_slice(&out.stdout).unwrap_or_else(|no| {
        let text = [&out.stdout[..], &out.stderr].concat();
        panic!("{no}: {}", String::from_utf8_lossy(&text))
    })
}

/// Puts the card of an installation into a reader: `keyfare card insert`.
fn inserted(dir: &Path, socket: &Path) -> Held {
    let mut child = Command::new(PROGRAM)
        .arg("--dir")
        .arg(dir)
        .args(["card", "insert"])
        .arg(socket)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert!(line.contains("is in the reader"), "{line}");
    Held(child)
}

/// Waits until so many cards are seen in the readers.
fn seen(dir: &Path, sock: &Path, cards: usize) -> Value {
    for _ in 0..2_000 {
        let readers = json(&run(dir, sock, &["readers"], ""));
        let all = readers["readers"].as_array().unwrap().clone();
        if all.iter().filter(|reader| reader["card"]["realm"].is_string()).count() == cards {
            return readers;
        }
        pause(50);
    }
    panic!("never {cards} cards in the readers");
}

/// proves: SD-6 SD-8 SD-9 SD-10
#[test]
fn two_wallets_hand_a_song_over_between_two_readers() {
    let mut town = Town::stocked(3_000, None);
    town.start_all();
    let pin = town.pin();
    let bought = town.json(&["buy", "Night Ferry", "--pin-stdin"]);
    assert_eq!(bought["outcome"], "given", "{bought}");
    // The friend's card: an installation of his own in the same realm.
    let friend = tempfile::tempdir().unwrap();
    for name in ["realm.cbor", "port-base"] {
        let _ = fs::copy(town.path().join(name), friend.path().join(name));
    }
    let rig = tempfile::tempdir().unwrap();
    let sock = rig.path().join("sock/pcscd.comm");
    let born = run(
        friend.path(),
        &sock,
        &["card", "new", "--pin-stdin"],
        &format!("{FRIENDS_PIN}\n"),
    );
    assert_eq!(json(&born)["enrolled"], true);
    assert_eq!(
        json(&run(friend.path(), &sock, &["card", "load", "1000"], ""))["purse"],
        1000
    );

    let _daemon = daemon::daemon(rig.path(), &daemon::own_readers(rig.path(), 2));
    let sockets = [0, 1].map(|n| rig.path().join(format!("{n}.sock")));
    let cards = [inserted(town.path(), &sockets[0]), inserted(friend.path(), &sockets[1])];
    seen(friend.path(), &sock, 2);
    let work = town.path().join(WORK);
    let work = work.to_str().unwrap();
    let found = json(&run(friend.path(), &sock, &["readers", "find", work], ""));
    assert_eq!(found["reader"], "Keyfare 0 00 00", "{found}");
    // Somebody says no: nothing moves. A wrong PIN is counted by the card.
    let between = ["readers", "copy", "Keyfare 0", "Keyfare 1", work, "--pins-stdin"];
    let no = run(friend.path(), &sock, &between, &format!("{pin}\n\n"));
    assert_eq!(json(&no)["error"]["code"], "not-agreed");
    let no = run(friend.path(), &sock, &between, &format!("{pin}\n0000\n"));
    assert_eq!(json(&no)["error"]["code"], "pin-wrong");
    let copied = run(friend.path(), &sock, &between, &format!("{pin}\n{FRIENDS_PIN}\n"));
    let notice = String::from_utf8_lossy(&copied.stderr).into_owned();
    let copied = json(&copied);
    assert_eq!(
        (&copied["given"], &copied["fare"]),
        (&true.into(), &100.into()),
        "{copied} {notice}"
    );
    // Back: the friend's own is the one of generation 1; the first card has it already.
    let back = ["readers", "move", "Keyfare 1", "Keyfare 0", work, "--pins-stdin"];
    let no = run(friend.path(), &sock, &back, &format!("{FRIENDS_PIN}\n{pin}\n"));
    assert!(json(&no)["error"]["code"].is_string());
    let finished = json(&run(
        friend.path(),
        &sock,
        &["readers", "finish", "Keyfare 0", "Keyfare 1"],
        "",
    ));
    assert_eq!(finished["closed"], 0);
    drop(cards);
    let card = json(&run(friend.path(), &sock, &["card", "show"], ""));
    assert_eq!((&card["purse"], &card["reserved"]), (&900.into(), &0.into()), "{card}");
    assert_eq!(card["licenses"].as_array().unwrap().len(), 1);
    town.audit();
}

/// A removable card in a deposit machine's own reader: the machine shows what is on it, takes exactly the amount, and loads it; a
/// wrong PIN shows nothing, and an amount that does not come loads nothing and keeps nothing. Then in a kiosk's: it carries the
/// card's messages to its centre, and brings the license back.
///
/// proves: ST-8 ST-19
#[test]
fn a_card_in_a_machines_own_reader_is_filled_with_cash_and_buys() {
    let mut town = Town::stocked(3_000, None);
    town.start_all();
    town.start("deposit");
    let pin = town.pin();
    let rig = tempfile::tempdir().unwrap();
    let sock = rig.path().join("sock/pcscd.comm");
    let _daemon = daemon::daemon(rig.path(), &daemon::own_readers(rig.path(), 1));
    let card = inserted(town.path(), &rig.path().join("0.sock"));
    // The machine knows the realm and nothing else; its terminal is a program beside it.
    let booth = tempfile::tempdir().unwrap();
    for name in ["realm.cbor", "port-base"] {
        let _ = fs::copy(town.path().join(name), booth.path().join(name));
    }
    seen(booth.path(), &sock, 1);
    let says = |what: &str, body: &str| {
        let address = format!("127.0.0.1:{}", town.base + 22);
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        let head = format!(
            "{what}\r\nHost: {address}\r\nOrigin: http://{address}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        let mut answer = Vec::new();
        std::io::Read::read_to_end(&mut stream, &mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    };
    // What stands on the machine's screen, once it is free for the next.
    let code = || {
        let _ = says("GET /k?fresh=1 HTTP/1.1", "");
        let page = says("GET /en/k HTTP/1.1", "");
        let at = page.find("Code of this screen: ").unwrap();
        let rest = &page[at + "Code of this screen: ".len()..];
        let code = rest.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        code.chars().take(8).collect::<String>()
    };
    let fill = ["readers", "fill", "Keyfare 0", "2000", "--pin-stdin"];
    let no = run(booth.path(), &sock, &fill, "0000\n");
    assert_eq!(json(&no)["error"]["code"], "pin-wrong");
    let no = run(booth.path(), &sock, &fill, &pin);
    assert_eq!(json(&no)["error"]["code"], "deposit-code", "the screen was not read");
    let late = code();
    let late = [&fill[..], &["--patience", "0", "--code", late.as_str()]].concat();
    let no = run(booth.path(), &sock, &late, &pin);
    assert_eq!(json(&no)["error"]["code"], "cash-missing");
    let shown = code();
    let fill = [&fill[..], &["--code", shown.as_str()]].concat();
    let put = |note: u32| {
        let answer = says("POST /k/notes HTTP/1.1", &format!("minor={note}"));
        assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    };
    let mut filling = Command::new(PROGRAM)
        .arg("--dir")
        .arg(booth.path())
        .arg("--json")
        .args(fill)
        .env("PCSCLITE_CSOCK_NAME", &sock)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    filling.stdin.take().unwrap().write_all(pin.as_bytes()).unwrap();
    // The machine shows what is on the card, and asks for the notes.
    let asks = || {
        let page = says("GET /en/k HTTP/1.1", "");
        page.contains("¥3,000") && page.contains("on the card")
    };
    assert!(
        (0..400).any(|_| asks() || (pause(50), false).1),
        "the machine never asks"
    );
    put(1000);
    put(1000);
    let filling = filling.wait_with_output().unwrap();
    let filled = json(&filling);
    assert_eq!(
        (&filled["before"], &filled["purse"]),
        (&3000.into(), &5000.into()),
        "{filled}"
    );
    // The machine hears of it from the issuer, and swallows the notes.
    let tray = || fs::read_to_string(town.path().join("deposit/data/tray")).unwrap();
    let kept = || tray().contains("in 1000\nin 1000\nkeep ");
    assert!((0..600).any(|_| kept() || (pause(50), false).1), "{}", tray());
    let again = json(&run(booth.path(), &sock, &["readers", "fill", "Keyfare 0"], ""));
    assert_eq!(again["finished"], 0, "{again}");
    // The balance on its own: for its holder's PIN, and nothing is loaded by it.
    let balance = ["readers", "balance", "Keyfare 0", "--pin-stdin"];
    let no = json(&run(booth.path(), &sock, &balance, "0000\n"));
    assert_eq!(no["error"]["code"], "pin-wrong", "{no}");
    for _ in 0..2 {
        let shown = json(&run(booth.path(), &sock, &balance, &pin));
        assert_eq!(
            (&shown["purse"], &shown["finished"]),
            (&5000.into(), &0.into()),
            "{shown}"
        );
    }
    let buy = ["readers", "buy", "Keyfare 0", "Night Ferry", "--pin-stdin"];
    let no = run(booth.path(), &sock, &buy, "0000\n");
    assert_eq!(json(&no)["error"]["code"], "pin-wrong");
    // The machine's program passes the card's messages to its kiosk, which passes them on and keeps what came back.
    let no = [&buy[..], &["--kiosk", "Nowhere"]].concat();
    assert_eq!(
        json(&run(booth.path(), &sock, &no, &pin))["error"]["code"],
        "no-machine"
    );
    town.start("kiosk");
    let over = [&buy[..], &["--kiosk", "Pier 3 Kiosk"]].concat();
    let bought = json(&run(booth.path(), &sock, &over, &pin));
    assert!(bought["license"].is_string(), "{bought}");
    let paid = bought["paid"].as_i64().unwrap();
    drop(card);
    let card = town.card();
    assert_eq!(card["purse"], 5000 - paid);
    assert_eq!(card["licenses"][0]["license"], bought["license"], "{card}");
    town.audit();
}
