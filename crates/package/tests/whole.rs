//! Whole packages: round trips, ranges, shares, and a vector that any implementation can check.

mod common;
use common::*;
use package::*;
use proptest::prelude::*;
use units::{Hash, Refusal, Share};

#[test]
fn every_small_length_comes_back() {
    for len in 0..=330 {
        let (plain, front, bytes) = small(len);
        assert_eq!(bytes.len() as u64, front.package_len());
        assert_eq!(open_both(&bytes, front.package()).unwrap(), plain);
        assert_eq!(
            Package::open(&bytes[..]).unwrap().check(&key(), &mut |_| {}).unwrap(),
            Checked::Named
        );
    }
}

#[test]
fn lengths_around_real_segments_come_back() {
    let segment = SEGMENT_LEN as usize;
    for len in [
        segment - 1,
        segment,
        segment + 1,
        10 * segment - 1,
        10 * segment,
        10 * segment + 1,
        3_000_001,
    ] {
        let plain = content(len);
        let front = front_of(&plain, Geometry::of(len as u64).unwrap(), |_| {});
        assert_eq!(open_both(&sealed(&front, &plain), front.package()).unwrap(), plain);
    }
}

#[test]
fn any_range_reads_and_seals_as_in_the_whole() {
    let (plain, front, bytes) = small(333);
    let mut package = Package::open(&bytes[..]).unwrap();
    let keys = whole(&front);
    for from in (0..plain.len()).step_by(3) {
        for to in (from..=plain.len()).step_by(5) {
            let mut buf = vec![0; to - from];
            assert_eq!(package.read_at(from as u64, &mut buf, &keys).unwrap(), to - from);
            assert_eq!(buf, plain[from..to]);
        }
    }
    assert_eq!(package.read_at(330, &mut [0; 9], &keys).unwrap(), 3);
    assert_eq!(package.read_at(333, &mut [0; 9], &keys).unwrap(), 0);
    assert_eq!(package.read_at(u64::MAX, &mut [0; 9], &keys).unwrap(), 0);
}

// proves: XD-4
#[test]
fn any_range_of_a_unique_delivery_is_sealed_again_byte_equal() {
    let plain = content(300);
    let secret = OrderSecret::from_secret_bytes([7; 32]);
    let make = || {
        let key = ContentKey::of_delivery(&secret, &About::example().content, 0);
        let about = About {
            delivery: Delivery::Unique,
            ..About::example()
        };
        let header = Header::new(about, &key, Geometry::with(300, 16, 2).unwrap());
        (Front::assemble(header, Signatures::default(), Vec::new()).unwrap(), key)
    };
    let (front, key) = make();
    let mut whole = Vec::new();
    seal(&front, &key, &plain[..], &mut whole, &mut |_| {}).unwrap();
    for from in (0..=whole.len()).step_by(7) {
        for to in (from..=whole.len()).step_by(11) {
            let (front, key) = make();
            let (mut part, mut last) = (Vec::new(), 0);
            seal_range(&front, &key, &plain, from as u64..to as u64, &mut part, &mut |done| {
                last = done
            })
            .unwrap();
            assert_eq!(part, whole[from..to], "{from}..{to}");
            assert!(last <= (to - from) as u64);
        }
    }
    let end = whole.len() as u64 + 1;
    let no = seal_range(&front, &key, &plain, 0..end, Vec::new(), &mut |_| {}).unwrap_err();
    assert_eq!(no.code(), "range-outside-package");
}

// proves: XD-4 row-83
#[test]
fn no_two_deliveries_and_no_two_texts_share_an_iv() {
    let (geometry, mut ivs) = (Geometry::with(64, 16, 2).unwrap(), std::collections::HashSet::new());
    let mut plain = content(64);
    let mut segments = 0;
    for order in 0..3u8 {
        let key = ContentKey::of_delivery(
            &OrderSecret::from_secret_bytes([order; 32]),
            &About::example().content,
            0,
        );
        let front = Front::assemble(
            Header::new(About::example(), &key, geometry),
            Signatures::default(),
            Vec::new(),
        )
        .unwrap();
        // Added up, these give four texts.
        for change in 0..4u8 {
            plain.iter_mut().for_each(|b| *b = b.wrapping_add(change));
            let mut bytes = Vec::new();
            seal(&front, &key, &plain[..], &mut bytes, &mut |_| {}).unwrap();
            let (layout, mut at) = (front.layout(), front.bytes().len() as u64);
            while let Some(piece) = layout.piece_at_file(at) {
                let iv_at = at as usize + piece.head_len() + 4;
                assert!(
                    ivs.insert(bytes[iv_at..iv_at + 12].to_vec()),
                    "order {order}, text {change}"
                );
                segments += 1;
                at = piece.file.end;
            }
        }
    }
    assert_eq!((ivs.len(), segments), (3 * 4 * 5, 3 * 4 * 5));
}

// proves: SD-25 row-34
#[test]
fn a_share_reads_its_part_and_not_one_byte_more() {
    for len in [0, 1, 2, 9, 10, 100, 333] {
        let (plain, front, bytes) = small(len);
        for (part, percent) in [(Share::Tenth, 10), (Share::Most, 80), (Share::Whole, 100)] {
            let bound = len * percent / 100;
            let Some(keys) = share(&front, part) else {
                assert_eq!(bound, 0);
                continue;
            };
            let mut package = Package::open(&bytes[..]).unwrap();
            let mut buf = vec![0; bound];
            assert_eq!(package.read_at(0, &mut buf, &keys).unwrap(), bound);
            assert_eq!(buf, plain[..bound]);
            for at in bound..len {
                let mut one = [0];
                match package.read_at(at as u64, &mut one, &keys) {
                    Err(OpenError::Withheld(no)) => assert_eq!(no.code, "share-too-small"),
                    other => panic!("byte {at} of {len} with {part}: {other:?}"),
                }
                assert_eq!(one, [0]);
            }
        }
    }
}

// proves: SD-28
#[test]
fn an_edition_opens_no_other() {
    let plain = content(200);
    let geometry = Geometry::with(200, 16, 2).unwrap();
    let front = |edition: u32, key: &ContentKey| {
        let about = About {
            edition,
            ..About::example()
        };
        Front::assemble(Header::new(about, key, geometry), Signatures::default(), Vec::new()).unwrap()
    };
    let (first, second) = (
        ContentKey::from_secret_bytes([1; 32]),
        ContentKey::from_secret_bytes([2; 32]),
    );
    let mut bytes = Vec::new();
    seal(&front(2, &second), &second, &plain[..], &mut bytes, &mut |_| {}).unwrap();
    let mut package = Package::open(&bytes[..]).unwrap();
    assert_eq!(package.front().header().content, About::example().content);
    assert_ne!(package.front().header().key.id, front(1, &first).header().key.id);
    // The stolen key of edition 1, however it is dressed up.
    for tree in [package.front().tree(), front(1, &first).tree()] {
        let stolen = HeldNode::whole(&first, tree);
        assert!(matches!(
            package.read_at(0, &mut [0; 10], &stolen),
            Err(OpenError::Foreign { .. })
        ));
    }
    assert_eq!(
        seal(&front(2, &second), &first, &plain[..], Vec::new(), &mut |_| {})
            .unwrap_err()
            .code(),
        "content-key-mismatch"
    );
}

#[test]
fn a_key_source_that_answers_with_another_stretch_is_refused() {
    struct Wrong<'a>(&'a HeldNode);
    impl KeySource for Wrong<'_> {
        fn stretch(&self, index: u32) -> Result<StretchKey, Withheld> {
            self.0.stretch(index + 1)
        }
    }
    let (_, front, bytes) = small(333);
    let keys = whole(&front);
    let no = Package::open(&bytes[..])
        .unwrap()
        .read_at(0, &mut [0; 5], &Wrong(&keys))
        .unwrap_err();
    assert_eq!(no.code(), "stretch-key-mismatch");
}

#[test]
fn content_of_another_length_is_refused() {
    let (plain, front, _) = small(100);
    for other in [&plain[..99], &content(101)[..], &[]] {
        let no = seal(&front, &key(), other, Vec::new(), &mut |_| {}).unwrap_err();
        assert_eq!(no.code(), "content-length-changed");
        let no = seal_range(
            &front,
            &key(),
            &other.to_vec(),
            0..front.package_len(),
            Vec::new(),
            &mut |_| {},
        )
        .unwrap_err();
        assert_eq!(no.code(), "content-length-changed");
    }
}

// proves: row-39
#[test]
fn one_header_cannot_promise_two_contents_unnoticed() {
    let (plain, front, _) = small(100);
    let mut other = plain;
    other[50] ^= 1;
    let mut package = Package::open(sealed(&front, &other)).unwrap();
    assert_eq!(package.check(&key(), &mut |_| {}).unwrap(), Checked::Other);
    let unnamed = front_of(&other, Geometry::of(100).unwrap(), |about| about.sha256 = None);
    assert_eq!(
        Package::open(sealed(&unnamed, &other))
            .unwrap()
            .check(&key(), &mut |_| {})
            .unwrap(),
        Checked::Unnamed
    );
}

/// Vector files say what to expect, with which key, and at which offset; see `examples/vectors.rs`.
#[test]
fn vectors_hold() {
    let mut seen = 0;
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/vectors")).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let (head, body) = text.split_once("\n\n").unwrap();
        let field = |name: &str| {
            head.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
                .unwrap_or_else(|| panic!("{path:?} lacks {name}"))
        };
        let hex: String = body.split_whitespace().collect();
        let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
        let secret = data_encoding::HEXLOWER.decode(field("content-key").as_bytes()).unwrap();
        let key = ContentKey::from_secret_bytes(secret.try_into().unwrap());
        let opened = (|| {
            let mut out = Vec::new();
            let keys = |front: &Front| HeldNode::whole(&key, front.tree());
            let front = open_stream(&bytes[..], &mut out, keys, &mut |_| {})?;
            Ok::<_, OpenError>((front, out))
        })();
        seen += 1;
        match (field("expect"), opened) {
            ("ok", Ok((front, plain))) => {
                assert_eq!(data_encoding::HEXLOWER.encode(&plain), field("content"), "{path:?}");
                assert_eq!(
                    data_encoding::HEXLOWER.encode(&front.package().0),
                    field("package"),
                    "{path:?}"
                );
                assert_eq!(data_encoding::HEXLOWER.encode(&key.id().0), field("key-id"), "{path:?}");
                for (name, share) in [("tenth", Share::Tenth), ("most", Share::Most)] {
                    let node = key.cover(&front.tree(), share);
                    let node = node.map_or("-".into(), |node| {
                        data_encoding::HEXLOWER.encode(node.secret_bytes_for_wrapping())
                    });
                    assert_eq!(node, field(name), "{path:?}");
                }
                let mut again = Vec::new();
                seal(&front, &key, &plain[..], &mut again, &mut |_| {}).unwrap();
                assert!(again == bytes, "{path:?}: sealed again differently");
            }
            (expect, Err(no)) => {
                assert_eq!(expect, no.code(), "{path:?}: {no}");
                assert_eq!(
                    field("offset"),
                    no.offset().map_or("-".into(), |at| at.to_string()),
                    "{path:?}: {no}"
                );
            }
            (expect, Ok(_)) => panic!("{path:?} opened, expected {expect}"),
        }
    }
    assert!(seen >= 15, "only {seen} vectors found");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn any_cut_and_any_range_come_back(
        plain in proptest::collection::vec(any::<u8>(), 0..2000),
        segment in 16u32..200, per_stretch in 1u32..6, from in 0u64..2100, len in 0usize..900,
    ) {
        let front = front_of(&plain, Geometry::with(plain.len() as u64, segment, per_stretch).unwrap(), |_| {});
        let bytes = sealed(&front, &plain);
        prop_assert_eq!(&open_both(&bytes, front.package()).unwrap(), &plain);
        let mut buf = vec![0; len];
        let n = Package::open(&bytes[..]).unwrap().read_at(from, &mut buf, &whole(&front)).unwrap();
        let rest = plain.get(from as usize..).unwrap_or_default();
        prop_assert_eq!(&buf[..n], &rest[..rest.len().min(len)]);
    }
}

#[test]
fn hashes_of_headers_are_the_package() {
    let (_, front, bytes) = small(10);
    assert_eq!(front.package(), front.header().hash());
    assert_eq!(
        Header::parse(front.signed()).unwrap().hash(),
        Front::parse(&bytes).unwrap().package()
    );
    assert_ne!(front.package(), Hash::default());
}
