//! A card whose key a real (emulated) TPM keeps: the home, opened and closed, put back, carried away.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "../../tpm/tests/emulator/mod.rs"]
mod emulator;

use std::{fs, path::Path};

use card::Journal;
use emulator::Emulator;
use seal::Seed;
use units::Refusal;
use wallet::{Home, home::UseTpm};

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

fn snapshot(at: u64) -> Vec<u8> {
    at.to_be_bytes().to_vec()
}

// proves: row-11 row-23 XD-1
#[test]
fn a_card_of_a_tpm_opens_there_alone_and_only_as_it_is_now() {
    let (chip, dir) = (Emulator::start(), tempfile::tempdir().unwrap());
    let (root, yesterday) = (dir.path().join("home"), dir.path().join("yesterday"));
    let home = Home::at(&root).with_tpm(UseTpm::At(chip.path()));
    let (master, mut journal) = home.create(&Seed::new([1; 32])).unwrap();
    assert!(home.is_in_tpm() && !root.join("protected/km").exists());
    let kept = fs::read(root.join("protected/tpm")).unwrap();
    assert!(!kept.windows(32).any(|w| w == master.expose()), "Km lies nowhere");
    journal.replace(&snapshot(0)).unwrap();
    journal.append(b"loaded").unwrap();
    drop(journal);
    copy(&root, &yesterday);

    // The chip is found again without being told where it is.
    let mut opened = Home::at(&root).open().unwrap();
    assert!(seal::same(opened.master.expose(), master.expose()));
    assert_eq!((opened.records.len(), opened.put_back), (1, None));
    opened.journal.append(b"spent").unwrap();
    drop(opened);
    let chip = chip.restart();
    assert_eq!(home.open().unwrap().put_back, None, "the power was off");

    let today = dir.path().join("today");
    copy(&root, &today);
    copy(&yesterday, &root);
    let opened = home.open().unwrap();
    let put_back = opened.put_back.expect("yesterday's file");
    assert_eq!((put_back.found, put_back.written), (1, 2));
    drop(opened);
    copy(&today, &root);
    assert_eq!(home.open().unwrap().put_back, None);

    // On another machine it is worth nothing.
    let other = Emulator::start();
    let stolen = Home::at(&today).with_tpm(UseTpm::At(other.path()));
    assert_eq!(stolen.open().unwrap_err().code(), "card-of-another-tpm");
    chip.end();
    assert_eq!(home.open().unwrap_err().code(), "card-tpm-silent");
}

#[test]
fn a_birth_that_was_cut_off_is_taken_up_with_the_key_the_tpm_keeps() {
    let (chip, dir) = (Emulator::start(), tempfile::tempdir().unwrap());
    let home = Home::at(dir.path().join("home")).with_tpm(UseTpm::At(chip.path()));
    let (first, journal) = home.create(&Seed::new([1; 32])).unwrap();
    drop(journal);
    let (second, mut journal) = home.create(&Seed::new([2; 32])).unwrap();
    assert!(seal::same(first.expose(), second.expose()));
    journal.replace(&snapshot(0)).unwrap();
    drop(journal);
    assert_eq!(home.open().unwrap().put_back, None);
}

#[test]
fn cards_share_a_tpm_and_do_not_move_one_anothers_values() {
    let (chip, dir) = (Emulator::start(), tempfile::tempdir().unwrap());
    let homes = [1, 2].map(|n| Home::at(dir.path().join(n.to_string())).with_tpm(UseTpm::At(chip.path())));
    for (n, home) in homes.iter().enumerate() {
        let (_, mut journal) = home.create(&Seed::new([n as u8; 32])).unwrap();
        journal.replace(&snapshot(0)).unwrap();
    }
    for home in [&homes[0], &homes[1], &homes[0]] {
        let mut opened = home.open().unwrap();
        assert_eq!(opened.put_back, None);
        opened.journal.append(b"more").unwrap();
    }
    for home in &homes {
        assert_eq!(home.open().unwrap().put_back, None);
    }
}
