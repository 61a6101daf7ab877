//! Yesterday's card and yesterday's shop put back by hand, as real files under real processes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod town;

use serde_json::Value;
use town::{Town, copy_dir, pause};

fn licenses(card: &Value) -> usize {
    card["licenses"].as_array().unwrap().len()
}

/// The card's directory is copied, money is spent, the copy is put back: at the next contact the card learns that it is an
/// old copy, freezes, plays on, and after the stated wait is resumed with the money its issuer knows.
///
/// proves: row-11 row-79 D5 D7
#[test]
fn yesterdays_card_is_found_frozen_and_resumed() {
    let mut town = Town::stocked(1_000, Some(12));
    town.start_all();
    let wallet = town.path().join("wallet");
    assert_eq!(town.json(&["buy", "102", "--pin-stdin"])["outcome"], "given");
    let yesterday = town.path().join("yesterday");
    copy_dir(&wallet, &yesterday);
    assert_eq!(town.json(&["buy", "102", "--pin-stdin"])["outcome"], "given");
    assert_eq!(town.card()["purse"], 840);
    std::fs::remove_dir_all(&wallet).unwrap();
    copy_dir(&yesterday, &wallet);
    let card = town.card();
    assert_eq!(
        (card["purse"].as_i64(), licenses(&card)),
        (Some(920), 1),
        "the copy knows nothing of the second purchase"
    );
    let told = town.json(&["card", "sync"]);
    assert_eq!(told["frozen"], true, "{told}");
    let refused = town.json(&["buy", "102", "--pin-stdin"]);
    assert_eq!(refused["error"]["code"], "card-frozen", "{refused}");
    for _ in 0..1_000 {
        if town.json(&["card", "sync"])["frozen"] == false {
            break;
        }
        pause(200);
    }
    let card = town.card();
    assert_eq!(
        (card["frozen"].as_bool(), card["purse"].as_i64()),
        (Some(false), Some(840)),
        "{card}"
    );
    assert_eq!(town.json(&["buy", "102", "--pin-stdin"])["outcome"], "given");
    assert_eq!(town.card()["purse"], 760);
    town.audit();
}

/// The shop's database is backed up, a sale is made, the backup is put back: the shop says that it was restored, finds out
/// from the issuer what it forgot, and charges nobody twice.
///
/// proves: row-91
#[test]
fn yesterdays_shop_knows_that_it_was_restored_and_charges_nobody_twice() {
    let mut town = Town::stocked(1_000, None);
    town.start_all();
    assert_eq!(town.json(&["buy", "102", "--pin-stdin"])["receipt"], 1);
    let backup = town.path().join("backup");
    let done = town.json(&["backup", backup.to_str().unwrap()]);
    assert!(
        done["parties"].as_array().unwrap().iter().any(|p| p == "shop"),
        "{done}"
    );
    let after = town.json(&["buy", "102", "--pin-stdin"]);
    assert_eq!(
        (after["outcome"].as_str(), after["purse"].as_i64()),
        (Some("given"), Some(840))
    );
    town.kill("shop");
    for party in done["parties"].as_array().unwrap().iter().filter(|p| *p != "shop") {
        std::fs::remove_file(backup.join(format!("{}.db", party.as_str().unwrap()))).unwrap();
    }
    let restored = town.json(&["restore", "--yes", backup.to_str().unwrap()]);
    assert_eq!(restored["restored"], serde_json::json!(["shop"]), "{restored}");
    town.start("shop");
    // Until it has asked the issuer it refuses; then it sells on, under numbers it never used.
    let mut bought = Value::Null;
    for _ in 0..1_000 {
        bought = town.json(&["buy", "102", "--pin-stdin"]);
        if bought["outcome"] == "given" {
            break;
        }
        pause(100);
    }
    assert_eq!(bought["outcome"], "given", "{bought}");
    assert!(
        bought["receipt"].as_u64() > after["receipt"].as_u64(),
        "a receipt number was used twice: {bought}"
    );
    let card = town.card();
    assert_eq!((card["purse"].as_i64(), licenses(&card)), (Some(760), 3), "{card}");
    town.audit();
}

/// Everything is restored at once: the shop asks its issuer, which waits for people; once they have accepted, all goes on.
///
/// proves: row-91
#[test]
fn a_whole_installation_comes_back_once_people_have_accepted_its_books() {
    let mut town = Town::stocked(1_000, None);
    town.start_all();
    assert_eq!(town.json(&["buy", "102", "--pin-stdin"])["outcome"], "given");
    let backup = town.path().join("backup");
    town.json(&["backup", backup.to_str().unwrap()]);
    for role in town::ROLES {
        town.kill(role);
    }
    town.json(&["restore", "--yes", backup.to_str().unwrap()]);
    town.start_all();
    let waiting = town.json(&["card", "load", "100"]);
    let says = waiting["error"]["detail"].as_str().unwrap_or_default();
    assert!(says.contains("restored from an older copy"), "{waiting}");
    for role in town::ROLES {
        town.kill(role);
    }
    let accepted = town.json(&["accept", "bank", "issuer", "collector", "--yes"]);
    assert!(accepted["accepted"]["issuer"].as_u64() > Some(0), "{accepted}");
    town.start_all();
    let mut loaded = Value::Null;
    for _ in 0..1_000 {
        loaded = town.json(&["card", "load", "100"]);
        if loaded["outcome"] == "given" {
            break;
        }
        pause(100);
    }
    assert_eq!(loaded["purse"], 1_020, "{loaded}");
    for _ in 0..1_000 {
        if town.json(&["buy", "102", "--pin-stdin"])["outcome"] == "given" {
            break;
        }
        pause(100);
    }
    assert_eq!(town.card()["purse"], 940);
    town.audit();
}

/// Buys with a card whose certificates end after seconds: one that has none goes online first.
fn buy(town: &Town) {
    let mut bought = Value::Null;
    for _ in 0..400 {
        bought = town.json(&["buy", "102", "--pin-stdin"]);
        if bought["outcome"] == "given" {
            return;
        }
        town.json(&["card", "sync"]);
    }
    panic!("nothing was bought: {bought}");
}

/// The card's directory is gone for good. A new card with the code from the paper takes its place: the licenses are here and
/// play, the money follows after the stated wait, and the old directory, found again, opens nothing.
///
/// proves: row-58 S1 S8
#[test]
fn a_deleted_wallet_comes_back_by_its_recovery_code_licenses_and_then_money() {
    let mut town = Town::stocked(0, Some(12));
    town.start_all();
    let wallet = town.path().join("wallet");
    std::fs::remove_dir_all(&wallet).unwrap();
    let born = town.json(&["card", "new", "--pin-stdin"]);
    let code = born["recovery_code"].as_str().unwrap().to_owned();
    assert_eq!(town.json(&["card", "load", "500"])["purse"], 500);
    buy(&town);
    assert_eq!(town.json(&["card", "keep"])["kept"], true);
    // One more after the copy was made: its seller has it on record.
    buy(&town);
    assert_eq!((town.card()["purse"].as_i64(), licenses(&town.card())), (Some(340), 2));
    let found = town.path().join("found");
    copy_dir(&wallet, &found);
    std::fs::remove_dir_all(&wallet).unwrap();
    // Without the code nobody takes its place.
    let wrong = town.json(&["card", "recover", "aaaa-bbbb-cccc-dddd-eeee", "--pin-stdin"]);
    assert_eq!(
        wrong["error"]["detail"].as_str().map(|d| d.contains("recovery code")),
        Some(true),
        "{wrong}"
    );
    // The card that was made before that no is not without its own code.
    assert!(
        wrong["recovery_code"].as_str().is_some_and(|code| code.len() == 24),
        "{wrong}"
    );
    let recovered = town.json(&["card", "recover", &code, "--pin-stdin"]);
    assert_eq!(recovered["losses"].as_array().map(Vec::len), Some(1), "{recovered}");
    assert_eq!((town.card()["purse"].as_i64(), licenses(&town.card())), (Some(0), 2));
    for _ in 0..1_000 {
        town.json(&["card", "sync"]);
        if town.card()["purse"] == 340 && town.json(&["card", "lost"])["losses"][0]["waiting"] == 0 {
            break;
        }
        pause(200);
    }
    let card = town.card();
    assert_eq!((card["purse"].as_i64(), licenses(&card)), (Some(340), 2), "{card}");
    let plays = |card: &Value| {
        let all = card["licenses"].as_array().unwrap().iter();
        all.filter(|l| l["why_not"].is_null()).count()
    };
    assert_eq!(plays(&card), 2, "{card}");
    // It pays like any other card.
    buy(&town);
    // The old directory turns up again.
    let heir = town.path().join("heir");
    copy_dir(&wallet, &heir);
    std::fs::remove_dir_all(&wallet).unwrap();
    copy_dir(&found, &wallet);
    town.json(&["card", "sync"]);
    let old = town.card();
    assert_eq!((old["frozen"].as_bool(), plays(&old)), (Some(true), 0), "{old}");
    assert!(town.json(&["card", "lost"])["stopped"].is_string());
    let refused = town.json(&["buy", "102", "--pin-stdin"]);
    assert!(refused["error"]["code"].is_string(), "{refused}");
    town.audit();
}
