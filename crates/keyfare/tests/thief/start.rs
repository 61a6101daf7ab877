//! First starts that are cut off, and two at once: the next one goes on, and ends as if nothing had happened.

use std::process::Stdio;

use crate::{
    ask::{at, books, document, other_card, refused},
    town::{Town, pause},
};

/// `up` is killed at ten moments of its first start, and continued each time; it ends stocked, with one card that was loaded
/// once, and sells.
#[test]
fn a_first_start_that_is_cut_off_goes_on() {
    let mut town = Town::empty();
    let base = town.base.to_string();
    let up = ["up", "--check", "--port-base", &base, "--purse", "1000"];
    let mut moment = 40;
    for cut in 0..10 {
        let mut child = town
            .command(&up)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        pause(moment);
        // Ended already is one of the moments.
        let _ = child.kill();
        child.wait().unwrap();
        // From the first files to about a whole start, in uneven steps.
        moment += 50 + 60 * (cut * 7 % 5);
    }
    let last = document(&town.run(&up, None));
    assert_eq!(last["purse"], 1_000, "{last}");
    town.start_all();
    assert_eq!(
        books(&town.finish()),
        (1_000, 0, 0),
        "the first money came more than once"
    );
    for offer in ["101", "102", "201", "301"] {
        let told = town.json(&["buy", offer, "--at-most", "1", "--pin-stdin"]);
        assert_eq!(told["error"]["code"], "price-above", "{offer} is not on sale: {told}");
    }
    assert_eq!(town.json(&["buy", "102", "--pin-stdin"])["outcome"], "given");
    town.audit();
}

/// A card that was born while its issuer was away is enrolled at the next contact, and `up` beside a running `up` says what
/// is the matter and disturbs nothing; other commands reach the card through the one that runs.
#[test]
fn two_at_once_and_births_without_an_issuer() {
    let mut town = Town::stocked(1_000, None);
    let dir = town.path().join("early");
    std::fs::create_dir(&dir).unwrap();
    std::fs::copy(town.path().join("realm.cbor"), dir.join("realm.cbor")).unwrap();
    let born = document(&at(&dir, &["card", "new", "--pin-stdin"], "2468"));
    assert_eq!(born["enrolled"], false, "{born}");
    refused(&at(&dir, &["card", "new", "--pin-stdin"], "2468"), "card-already-here");
    let first = town
        .command(&["up"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    town.children.push(("up".into(), first));
    // Its wallet comes last. Until it is there nobody else may take the card, or `up` would find it in use.
    for _ in 0..2_400 {
        if std::net::TcpStream::connect(("127.0.0.1", town.base + 11)).is_ok() {
            break;
        }
        pause(50);
    }
    let card = town.run(&["buy", "102", "--at-most", "1", "--pin-stdin"], Some(&town.pin()));
    refused(&card, "price-above");
    refused(&town.run(&["up"], None), "bind-taken");
    refused(
        &town.run(&["wallet", "--listen", &format!("127.0.0.1:{}", town.base + 30)], None),
        "card-in-use",
    );
    assert_eq!(town.json(&["buy", "102", "--pin-stdin"])["outcome"], "given");
    assert_eq!(books(&town.card()), (920, 0, 1));
    let synced = document(&at(&dir, &["card", "sync"], ""));
    assert!(synced["error"].is_null(), "{synced}");
    assert_eq!(document(&at(&dir, &["card", "load", "300"], ""))["purse"], 300);
    let _code = other_card(&town, &town.path().join("late"), "1357");
    town.kill("up");
}
