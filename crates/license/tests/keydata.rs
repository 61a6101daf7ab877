//! Key data of SD-24, byte for byte, with vectors any implementation can read: `UPDATE=1` writes them anew.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

use license::keydata::{HEADER, KeyData, LockStatus, NAME_MAX, NotKeyData};
use proptest::prelude::*;
use seal::{Secret, Signer};
use std::{fs, path::PathBuf};
use units::{Hash, RealmId, Refusal, Share};

const REALM: RealmId = RealmId([7; 16]);
const OFFER: Hash = Hash([8; 32]);

fn code(n: u8) -> Signer {
    Signer::new(&Secret::new([n; 32]))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|n| u8::from_str_radix(&text[2 * n..2 * n + 2], 16).unwrap())
        .collect()
}

/// proves: SD-24
#[test]
fn the_bytes_are_those_of_the_table() {
    let data = KeyData::new("AB", [1, 2, 3, 4], LockStatus::Tenth);
    let sum = [HEADER, 7, b'A', b'B', 1, 2, 3, 4, 2]
        .iter()
        .map(|b| u32::from(*b))
        .sum::<u32>();
    assert_eq!(data.to_bytes(), [HEADER, 7, b'A', b'B', 1, 2, 3, 4, 2, sum as u8]);
    let longest = KeyData::new(&"x".repeat(400), [0; 4], LockStatus::Locked).to_bytes();
    assert_eq!((longest.len(), longest[1]), (2 + 254 + 1, 254));
    // A name is cut between characters.
    let cut = KeyData::new(&format!("{}é", "x".repeat(NAME_MAX - 1)), [0; 4], LockStatus::Locked);
    assert_eq!(cut.name().len(), NAME_MAX - 1);
    assert_eq!(KeyData::parse(&cut.to_bytes()), Ok(cut));
}

/// proves: SD-24 row-31
#[test]
fn all_256_statuses_count_as_locked_without_the_publishers_code_and_unknown_ones_always() {
    let publisher = [code(1).verify_key()];
    for byte in 0..=255u8 {
        let data = KeyData::new("Night Ferry", [1, 2, 3, 4], LockStatus::Locked).with_status(byte);
        let read = KeyData::parse(&data.to_bytes()).unwrap();
        let right = read.tag(&code(1), REALM, OFFER);
        let by_reader = read.tag(&code(2), REALM, OFFER);
        let expect = match byte {
            0 => LockStatus::Unlocked,
            2 => LockStatus::Tenth,
            3 => LockStatus::Most,
            _ => LockStatus::Locked,
        };
        assert_eq!(read.status(Some(&right), &publisher, REALM, OFFER), expect);
        for forged in [None, Some(&by_reader)] {
            assert_eq!(
                read.status(forged, &publisher, REALM, OFFER),
                LockStatus::Locked,
                "{byte}"
            );
        }
        // A tag for another license, or another realm, is none; nor does one for locked data open anything.
        assert_eq!(
            read.status(Some(&right), &publisher, REALM, Hash([9; 32])),
            LockStatus::Locked
        );
        let opened = read.clone().with_status(0);
        let expect = if byte == 0 {
            LockStatus::Unlocked
        } else {
            LockStatus::Locked
        };
        assert_eq!(opened.status(Some(&right), &publisher, REALM, OFFER), expect);
    }
    for share in [Share::Nothing, Share::Tenth, Share::Most, Share::Whole] {
        let status = LockStatus::of(share);
        assert_eq!((status.share(), LockStatus::from_byte(status.byte())), (share, status));
    }
}

/// proves: SD-24 row-31
#[test]
fn damage_is_refused_and_so_is_every_other_length() {
    let good = KeyData::new("Night Ferry", [1, 2, 3, 4], LockStatus::Locked).to_bytes();
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bad = good.clone();
            bad[at] ^= 1 << bit;
            assert!(KeyData::parse(&bad).is_err(), "byte {at} bit {bit}");
        }
        assert!(KeyData::parse(&good[..at]).is_err(), "cut at {at}");
    }
    let longer = [good.as_slice(), &[0]].concat();
    assert_eq!(KeyData::parse(&longer), Err(NotKeyData::Size));
    for size in 0..=255u8 {
        let mut bytes = vec![HEADER, size];
        bytes.resize(2 + usize::from(size), 0);
        let sum = bytes.iter().fold(0u8, |s, b| s.wrapping_add(*b));
        bytes.push(sum);
        assert_eq!(KeyData::parse(&bytes).is_ok(), (5..=254).contains(&size), "size {size}");
    }
}

proptest! {
    /// proves: SD-24
    #[test]
    fn what_is_read_is_what_was_written(name in ".{0,120}", product: [u8; 4], status: u8) {
        let data = KeyData::new(&name, product, LockStatus::Locked).with_status(status);
        prop_assert_eq!(KeyData::parse(&data.to_bytes()), Ok(data));
    }
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = KeyData::parse(&bytes);
    }
}

/// proves: SD-24
#[test]
fn the_vectors_can_be_read_by_anybody() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("key-data");
    let damaged = |at: usize, by: u8| {
        let mut bytes = KeyData::new("Night Ferry", [1, 2, 3, 4], LockStatus::Most).to_bytes();
        bytes[at] ^= by;
        bytes
    };
    let whole = |name: &str, status| KeyData::new(name, [0xDE, 0xAD, 0xBE, 0xEF], status).to_bytes();
    let unknown = KeyData::new("Night Ferry", [1, 2, 3, 4], LockStatus::Locked).with_status(77);
    let cases = [
        ("unlocked", whole("Night Ferry", LockStatus::Unlocked)),
        ("locked", whole("Night Ferry", LockStatus::Locked)),
        ("tenth", whole("Night Ferry", LockStatus::Tenth)),
        ("most", whole("夜のフェリー", LockStatus::Most)),
        ("no-name", whole("", LockStatus::Locked)),
        ("longest-name", whole(&"n".repeat(NAME_MAX), LockStatus::Locked)),
        ("unknown-status", unknown.to_bytes()),
        ("damaged-status", damaged(17, 3)),
        ("damaged-checksum", damaged(18, 1)),
        ("other-header", damaged(0, 1)),
        ("cut", whole("Night Ferry", LockStatus::Locked)[..9].to_vec()),
    ];
    let update = std::env::var_os("UPDATE").is_some();
    for (name, bytes) in &cases {
        let expect = match KeyData::parse(bytes) {
            Ok(data) => format!("ok {}", data.says().byte()),
            Err(no) => no.code().to_owned(),
        };
        let tag = KeyData::parse(bytes)
            .map(|d| hex(&d.tag(&code(1), REALM, OFFER)))
            .unwrap_or_default();
        let text = format!("expect: {expect}\nbytes: {}\ntag: {tag}\n", hex(bytes));
        let path = folder.join(format!("{name}.txt"));
        if update {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &text).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            kept, text,
            "{name}: the bytes have changed; if that is meant, run with UPDATE=1"
        );
        let line = kept.lines().find_map(|l| l.strip_prefix("bytes: ")).unwrap();
        assert_eq!(&unhex(line), bytes);
    }
    assert_eq!(
        fs::read_dir(folder).unwrap().count(),
        cases.len(),
        "a file that no case makes"
    );
}
