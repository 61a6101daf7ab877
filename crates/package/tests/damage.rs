//! Damage: every corrupted, truncated, reordered, foreign or appended byte is refused, and the refusal says where.
#![allow(clippy::unwrap_used)] // Helpers of tests are tests too.

mod common;
use common::*;
use package::*;
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use units::Refusal;

/// Where the section or piece that holds byte `at` begins and ends.
fn place_of(front: &Front, at: usize) -> std::ops::Range<u64> {
    let (head, preview) = (front.signed().len(), front.preview().len());
    let ends = [
        PREFIX_LEN,
        PREFIX_LEN + head,
        front.bytes().len() - preview,
        front.bytes().len(),
    ];
    match ends.iter().position(|end| at < *end) {
        Some(0) => 0..PREFIX_LEN as u64,
        Some(i) => ends[i - 1] as u64..ends[i] as u64,
        None => front.layout().piece_at_file(at as u64).unwrap().file,
    }
}

// proves: row-39
#[test]
fn every_flipped_byte_is_refused_at_its_place() {
    for len in [0, 1, 40, 100] {
        let (_, front, bytes) = small(len);
        for at in 0..bytes.len() {
            for flip in [1, 0x80, 0xff] {
                let mut bad = bytes.clone();
                bad[at] ^= flip;
                let no = open_both(&bad, front.package()).expect_err("a flipped byte was accepted");
                let said = no.offset().unwrap_or_else(|| panic!("byte {at}: no offset in {no}"));
                assert!(place_of(&front, at).contains(&said), "byte {at}: said {said}: {no}");
            }
        }
    }
}

// proves: row-39
#[test]
fn every_truncation_and_every_appendix_is_refused_at_its_place() {
    let (_, front, bytes) = small(100);
    for len in 0..bytes.len() {
        let no = open_both(&bytes[..len], front.package()).expect_err("a truncated package was accepted");
        if len == 0 {
            assert_eq!(no.code(), "not-a-package");
            continue;
        }
        assert_eq!(
            (no.code(), no.offset()),
            ("package-truncated", Some(len as u64)),
            "cut at {len}: {no}"
        );
    }
    for more in [&b"\0"[..], b"more", &bytes[front.bytes().len()..]] {
        let no = open_both(&[&bytes[..], more].concat(), front.package()).expect_err("foreign bytes were accepted");
        assert_eq!(
            (no.code(), no.offset()),
            ("package-foreign-bytes", Some(bytes.len() as u64))
        );
    }
}

/// A pieces-of-the-file view, for splicing.
fn pieces(front: &Front) -> Vec<std::ops::Range<usize>> {
    let (layout, mut at, mut all) = (front.layout(), front.bytes().len() as u64, Vec::new());
    while let Some(piece) = layout.piece_at_file(at) {
        let head = piece.head_len();
        if head > 0 {
            all.push(at as usize..at as usize + head)
        }
        all.push(at as usize + head..piece.file.end as usize);
        at = piece.file.end;
    }
    all
}

// proves: row-39
#[test]
fn no_piece_goes_into_another_place() {
    // Even all texts equal: only places differ.
    let plain = vec![7; 320];
    let front = front_of(&plain, Geometry::with(320, 16, 4).unwrap(), |_| {});
    let bytes = sealed(&front, &plain);
    let pieces = pieces(&front);
    for (i, to) in pieces.iter().enumerate() {
        for from in pieces.iter().skip(i + 1).filter(|from| from.len() == to.len()) {
            let mut one = bytes.clone();
            one.copy_within(from.clone(), to.start);
            let no = open_both(&one, front.package()).expect_err("a moved piece was accepted");
            assert!(place_of(&front, to.start).contains(&no.offset().unwrap()));
            let mut swapped = one;
            swapped[from.clone()].copy_from_slice(&bytes[to.clone()]);
            assert!(open_both(&swapped, front.package()).is_err());
        }
    }
}

// proves: row-39
#[test]
fn no_piece_of_another_package_is_accepted() {
    let plain = content(320);
    let geometry = Geometry::with(320, 16, 4).unwrap();
    let front = front_of(&plain, geometry, |_| {});
    // Same key, same content, one letter of the title: another package all the same.
    let other = front_of(&plain, geometry, |about| about.title = "Winter son".into());
    let (bytes, foreign) = (sealed(&front, &plain), sealed(&other, &plain));
    assert_eq!(bytes.len(), foreign.len());
    for place in pieces(&front) {
        let mut spliced = bytes.clone();
        spliced[place.clone()].copy_from_slice(&foreign[place.clone()]);
        let no = open_both(&spliced, front.package()).expect_err("a foreign piece was accepted");
        assert!(place_of(&front, place.start).contains(&no.offset().unwrap()));
    }
    let body = front.bytes().len();
    let dressed = [&bytes[..body], &foreign[body..]].concat();
    assert_eq!(
        open_both(&dressed, front.package()).unwrap_err().offset(),
        Some(body as u64)
    );
}

#[test]
fn a_buffer_keeps_nothing_of_a_refused_piece() {
    let (_, front, mut bytes) = small(100);
    let end = front.layout().piece_at(0).unwrap().file.end as usize;
    bytes[end - 1] ^= 1;
    let mut package = Package::open(&bytes[..]).unwrap();
    let keys = whole(&front);
    let mut buf = [0; 100];
    assert_eq!(
        package.read_at(0, &mut buf, &keys).unwrap_err().code(),
        "package-damaged"
    );
    assert_eq!(buf[..10], [0; 10]);
    // The rest still reads.
    assert_eq!(package.read_at(10, &mut buf[..50], &keys).unwrap(), 50);
    assert_eq!(buf[..50], content(100)[10..60]);
}

#[test]
fn headers_at_and_beyond_each_limit() {
    let header = |change: &dyn Fn(&mut About)| {
        let mut about = About::example();
        change(&mut about);
        Front::assemble(
            Header::new(about, &key(), Geometry::of(5).unwrap()),
            Signatures::default(),
            Vec::new(),
        )
    };
    let set = |len| SetKey {
        set: key().id(),
        wrapped: vec![1; len],
    };
    assert!(header(&|a| a.policy = vec![0; POLICY_LEN_MAX]).is_ok());
    assert!(header(&|a| a.policy = vec![0; POLICY_LEN_MAX + 1]).is_err());
    assert!(header(&|a| a.offers = vec![0; OFFERS_LEN_MAX]).is_ok());
    assert!(header(&|a| a.offers = vec![0; OFFERS_LEN_MAX + 1]).is_err());
    assert!(header(&|a| a.sets = vec![set(256)]).is_ok());
    assert!(header(&|a| a.sets = vec![set(257)]).is_err());
    assert!(header(&|a| a.sets = vec![set(1); 32]).is_ok());
    assert!(header(&|a| a.sets = vec![set(1); 33]).is_err());
    assert!(
        header(
            &|a| (a.policy, a.offers, a.sets) = (vec![0; POLICY_LEN_MAX], vec![0; OFFERS_LEN_MAX], vec![set(256); 32])
        )
        .is_err()
    );
    assert!(header(&|a| a.title = "a\u{202e}b".into()).is_err());
    assert!(header(&|a| a.media_type = "sound".into()).is_err());
    assert!(header(&|a| a.shop.hint = "a b".into()).is_err());
    let wrong = header(&|a| a.preview = Some(PreviewLine::of("text/plain", b"other"))).unwrap_err();
    assert_eq!(wrong.code(), "package-parts-mismatch");
    let long = header(&|a| a.preview = Some(PreviewLine::of("text/plain", &vec![0; PREVIEW_LEN_MAX + 1]))).unwrap_err();
    assert_eq!(long.code(), "package-malformed");
}

/// A front whose hashes are right and whose header is these bytes: what an attacker would make.
fn forged(header: &[u8]) -> Vec<u8> {
    let signatures = [0x83, 0x40, 0x40, 0x40];
    let hash =
        |label: &str, bytes: &[u8]| Sha256::digest([b"keyfare package 1 ", label.as_bytes(), &[0], bytes].concat());
    let mut out = b"KEYFARE\x01".to_vec();
    out.extend((header.len() as u32).to_be_bytes());
    out.extend(4u32.to_be_bytes());
    out.extend(hash("header", header));
    out.extend(hash("signatures", &signatures));
    out.extend(hash("prefix", &out));
    out.extend(header);
    out.extend(signatures);
    out
}

#[test]
fn hostile_headers_are_refused_and_nothing_panics() {
    let (_, front, _) = small(100);
    let good = front_of(&content(9), Geometry::of(9).unwrap(), |a| a.preview = None)
        .signed()
        .to_vec();
    assert!(Front::parse(&forged(&good)).is_ok());
    // Longer encodings of the same, unknown fields, trailing bytes, indefinite lengths.
    let mut longer = good.clone();
    longer.splice(2..3, [0x18, good[2]]);
    let mut unknown = good.clone();
    unknown[0] += 1;
    unknown.extend([0x18, 40, 0]);
    let indefinite = [&[0xbf], &good[1..], &[0xff]].concat();
    for (bad, name) in [
        (longer, "long"),
        (unknown, "unknown"),
        (indefinite, "indefinite"),
        ([&good[..], &[0]].concat(), "trailing"),
    ] {
        let no = Front::parse(&forged(&bad)).expect_err(name);
        assert_eq!(no.code(), "package-malformed", "{name}");
        assert!(no.offset().unwrap() >= PREFIX_LEN as u64, "{name}");
    }
    let mut later = good.clone();
    later[2] = 2;
    assert_eq!(
        Front::parse(&forged(&later)).unwrap_err().code(),
        "package-version-unknown"
    );
    for len in 0..good.len() {
        assert!(Front::parse(&forged(&good[..len])).is_err());
    }
    for (at, name) in [(8, "header"), (12, "signatures")] {
        let mut huge = front.bytes().to_vec();
        huge[at] = 0xff;
        let check = Sha256::digest([b"keyfare package 1 prefix\0", &huge[..80]].concat());
        huge[80..112].copy_from_slice(&check);
        let no = Front::parse(&huge).unwrap_err();
        assert_eq!(
            (no.code(), no.offset()),
            ("package-section-too-long", Some(at as u64)),
            "{name}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]
    /// Mutated headers with right hashes: refused, or accepted in exactly the form they have; never a panic.
    #[test]
    fn mutated_headers_do_no_harm(edits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>(), 0u8..3), 1..6)) {
        let mut bytes = front_of(&content(9), Geometry::of(9).unwrap(), |a| a.preview = None).signed().to_vec();
        for (at, value, how) in edits {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = value,
                1 => bytes.insert(at, value),
                _ => { bytes.remove(at); }
            }
        }
        if let Ok(front) = Front::parse(&forged(&bytes)) {
            prop_assert_eq!(front.signed(), &bytes[..]);
            prop_assert_eq!(front.header().bytes(), bytes);
            let (layout, len) = (front.layout(), front.header().geometry.content_len());
            prop_assert_eq!(layout.piece_at_file(layout.end() - 1).unwrap().plain.end, len);
        }
    }

    #[test]
    fn any_bytes_at_all_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Front::parse(&bytes).is_err());
        let _ = Header::parse(&bytes);
        let _ = Front::parse(&forged(&bytes));
    }
}
