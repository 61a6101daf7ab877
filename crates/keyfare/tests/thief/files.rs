//! Wrong files, damaged packages, foreign realms, copied cards, wrong PINs.

use std::path::{Path, PathBuf};

use crate::{
    ask::{at, books, document, other_card, refused},
    town::{Town, copy_dir},
};

const SONG: &str = "night-ferry.wav";

fn package(town: &Town, work: &str) -> PathBuf {
    town.path().join("publisher/works").join(work).join("package.keyfare")
}

fn written(town: &Town, name: &str, bytes: &[u8]) -> String {
    let path = town.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The first place that a refusal names ("byte 1234", "bytes 1234 and 5678").
fn place(words: &str) -> u64 {
    let mut after = words
        .split("byte")
        .skip(1)
        .map(|rest| rest.trim_start_matches(['s', ' ']));
    let number = |rest: &str| {
        rest.chars()
            .take_while(char::is_ascii_digit)
            .collect::<String>()
            .parse()
            .ok()
    };
    after.find_map(number).unwrap_or_else(|| panic!("no place in: {words}"))
}

/// No file, no package, a package with a byte turned over, cut off or appended to: each is refused by name and place, by
/// `inspect` where no key is needed to see it, and by `play`; what came before the damage is the true content, and the
/// refusal never gets among it.
///
/// proves: row-39
#[test]
fn whatever_is_no_sound_package_is_refused_with_its_place() {
    let mut town = Town::stocked(1_000, None);
    town.start_all();
    assert_eq!(town.json(&["buy", "102", "--pin-stdin"])["outcome"], "given");
    let run = |args: &[&str]| town.run(args, None);
    let sound = std::fs::read(package(&town, SONG)).unwrap();
    let original = std::fs::read(town.path().join("publisher/originals").join(SONG)).unwrap();
    let missing = town.path().join("nothing.keyfare");
    for verb in ["inspect", "play"] {
        refused(&run(&[verb, missing.to_str().unwrap()]), "file-unreadable");
        refused(
            &run(&[
                verb,
                &written(&town, "letter.keyfare", b"Dear Sir or Madam, this is a letter."),
            ]),
            "not-a-package",
        );
        refused(&run(&[verb, &written(&town, "empty.keyfare", b"")]), "not-a-package");
        let mut front = sound.clone();
        front[40] ^= 1;
        refused(
            &run(&[verb, &written(&town, "front.keyfare", &front)]),
            "package-damaged",
        );
        let short = refused(
            &run(&[verb, &written(&town, "short.keyfare", &sound[..5_000_000])]),
            "package-truncated",
        );
        assert_eq!(place(&short), 5_000_000, "{short}");
        let long = refused(
            &run(&[verb, &written(&town, "long.keyfare", &[&sound[..], b"more"].concat())]),
            "package-foreign-bytes",
        );
        assert_eq!(place(&long), sound.len() as u64, "{long}");
    }
    let mut turned = sound.clone();
    turned[3_000_000] ^= 1;
    let out = run(&["play", "--pipe", &written(&town, "turned.keyfare", &turned)]);
    let told: serde_json::Value = serde_json::from_slice(&out.stderr).unwrap();
    assert_eq!(
        (out.status.code(), told["error"]["code"].as_str()),
        (Some(1), Some("package-damaged")),
        "{told}"
    );
    let near = place(told["error"]["detail"].as_str().unwrap());
    assert!(near.abs_diff(3_000_000) < 1 << 20, "{told}");
    assert!(
        out.stdout.len() > 1_000_000 && original.starts_with(&out.stdout),
        "what was played is not the work"
    );
    // The wallet fell over nothing, and the sound file still plays whole.
    let out = run(&["play", "--pipe", package(&town, SONG).to_str().unwrap()]);
    assert!(
        out.status.success() && out.stdout == original,
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    refused(
        &run(&["publish", "/nowhere/song.flac", "--price", "10"]),
        "publish-file-unusable",
    );
    let misuse = run(&["publish", "--price", "much"]);
    assert_eq!(
        (misuse.status.code(), document(&misuse)["error"]["code"].as_str()),
        (Some(2), Some("usage"))
    );
}

/// A copied file is worth nothing without a license: not on another card of the realm, not in another realm. A card's memory
/// copied to another card, or a bit turned over in it, opens nothing either.
///
/// proves: row-95
#[test]
fn copied_files_and_memories_open_nothing_elsewhere() {
    let mut town = Town::stocked(1_000, None);
    town.start_all();
    assert_eq!(town.json(&["buy", "102", "--pin-stdin"])["outcome"], "given");
    let song = package(&town, SONG);
    let song = song.to_str().unwrap();
    // Another card of the same realm: the file says whose it is, and plays nothing.
    let other = town.path().join("other");
    let _code = other_card(&town, &other, "135790");
    assert_eq!(document(&at(&other, &["inspect", song], ""))["title"], "Night Ferry");
    refused(&at(&other, &["play", song], ""), "no-license");
    refused(&at(&other, &["play", "Night Ferry"], ""), "no-license");
    // The buyer's memory beside the other card's key.
    let spare = town.path().join("spare");
    copy_dir(&other.join("wallet"), &spare);
    std::fs::remove_dir_all(other.join("wallet/memory")).unwrap();
    copy_dir(&town.path().join("wallet/memory"), &other.join("wallet/memory"));
    refused(&at(&other, &["play", song], ""), "card-damaged");
    std::fs::remove_dir_all(other.join("wallet")).unwrap();
    copy_dir(&spare, &other.join("wallet"));
    assert_eq!(books(&document(&at(&other, &["card", "show"], ""))), (0, 0, 0));
    // Its memory with one bit of a record turned over, in the middle: a forged state is none.
    flip_middle(&other.join("wallet/memory/snapshot"));
    refused(&at(&other, &["card", "show"], ""), "card-damaged");
    foreign_realm(&town, song);
    town.audit();
}

fn flip_middle(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

/// A whole second installation: both are named `dev`, and neither believes a word of the other.
fn foreign_realm(town: &Town, song: &str) {
    let mut abroad = Town::stocked(500, None);
    let told = abroad.json(&["inspect", song]);
    assert_ne!(told["signature"], "signed", "{told}");
    refused(&abroad.run(&["play", song], None), "no-license");
    // Its card sent to our parties: the addresses are in the realm file, and the signature under them is not its realm's.
    let theirs = abroad.path().join("realm.cbor");
    let own = std::fs::read(&theirs).unwrap();
    std::fs::remove_file(abroad.path().join("wallet/directory")).unwrap();
    std::fs::copy(town.path().join("realm.cbor"), &theirs).unwrap();
    let pin = abroad.pin();
    let out = abroad.run(&["buy", "102", "--pin-stdin"], Some(&pin));
    let code = document(&out)["error"]["code"]
        .as_str()
        .map(str::to_owned)
        .unwrap_or_default();
    assert!(!code.is_empty() && code != "fault", "{}", document(&out));
    std::fs::write(&theirs, own).unwrap();
    abroad.start_all();
    assert_eq!(books(&abroad.finish()), (500, 0, 0), "a foreign realm took something");
    abroad.audit();
}

/// Three wrong PINs block, whatever process asks and however often it is started anew; the right one does not help any more,
/// a wrong recovery code neither; the code that was shown at birth does, with a new PIN. Nothing was paid meanwhile.
///
/// proves: row-79
#[test]
fn three_wrong_pins_block_until_the_recovery_code_is_given() {
    let mut town = Town::stocked(0, None);
    town.start_all();
    let dir = town.path().join("clumsy");
    let code = other_card(&town, &dir, "13579");
    assert_eq!(document(&at(&dir, &["card", "load", "500"], ""))["purse"], 500);
    let buy = |pin: &str| at(&dir, &["buy", "102", "--pin-stdin"], pin);
    refused(&buy("letters"), "pin-malformed");
    refused(&buy(""), "pin-malformed");
    assert!(refused(&buy("00000"), "pin-wrong").contains('2'));
    assert!(refused(&buy("00001"), "pin-wrong").contains("1 try"));
    refused(&buy("00002"), "pin-blocked");
    refused(&buy("13579"), "pin-blocked");
    refused(
        &at(
            &dir,
            &["card", "unblock", "aaaa-bbbb-cccc-dddd-eeee", "--pin-stdin"],
            "2468",
        ),
        "recovery-code-wrong",
    );
    refused(&buy("13579"), "pin-blocked");
    let card = document(&at(&dir, &["card", "show"], ""));
    assert_eq!((books(&card), card["pin_tries"].as_u64()), ((500, 0, 0), Some(0)));
    assert!(
        at(&dir, &["card", "unblock", &code, "--pin-stdin"], "2468")
            .status
            .success()
    );
    refused(&buy("13579"), "pin-wrong");
    assert_eq!(document(&buy("2468"))["outcome"], "given");
    assert_eq!(books(&document(&at(&dir, &["card", "show"], ""))), (420, 0, 1));
    town.audit();
}
