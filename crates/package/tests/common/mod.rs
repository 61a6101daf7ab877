//! What the tests of whole packages share: small packages with many stretches.
#![allow(clippy::unwrap_used)] // Helpers of tests are tests too.
#![allow(dead_code)]

use package::*;
use units::{Hash, Share};

pub const KEY: [u8; 32] = [0x5a; 32];
pub const PREVIEW: &[u8] = b"a few notes";

pub fn key() -> ContentKey {
    ContentKey::from_secret_bytes(KEY)
}

/// Content that repeats nowhere soon.
pub fn content(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i * 7 + i / 251 * 13 + i / 65_000) as u8).collect()
}

pub fn front_of(plain: &[u8], geometry: Geometry, change: impl FnOnce(&mut About)) -> Front {
    let (sha256, _) = digest(plain, &mut |_| {}).unwrap();
    let mut about = About {
        sha256: Some(sha256),
        preview: Some(PreviewLine::of("audio/mpeg", PREVIEW)),
        ..About::example()
    };
    about.policy = vec![1, 2, 3];
    change(&mut about);
    let preview = if about.preview.is_some() {
        PREVIEW.to_vec()
    } else {
        Vec::new()
    };
    let signatures = Signatures {
        header: b"signed".to_vec(),
        preview: b"signed too".to_vec(),
        chain: vec![9; 5],
    };
    Front::assemble(Header::new(about, &key(), geometry), signatures, preview).unwrap()
}

/// Segments of 16 bytes, two to a stretch: a few hundred bytes have all the shapes of a large package.
pub fn small(len: usize) -> (Vec<u8>, Front, Vec<u8>) {
    let plain = content(len);
    let front = front_of(&plain, Geometry::with(len as u64, 16, 2).unwrap(), |_| {});
    let sealed = sealed(&front, &plain);
    (plain, front, sealed)
}

pub fn sealed(front: &Front, plain: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    seal(front, &key(), plain, &mut out, &mut |_| {}).unwrap();
    out
}

pub fn whole(front: &Front) -> HeldNode {
    HeldNode::whole(&key(), front.tree())
}

pub fn share(front: &Front, share: Share) -> Option<HeldNode> {
    key()
        .cover(&front.tree(), share)
        .map(|node| HeldNode::new(node, front.tree()))
}

/// Opens everything, both ways, and holds them to the same answer. The front must be the one expected: its signature is
/// what a caller would compare.
pub fn open_both(bytes: &[u8], expected: Hash) -> Result<Vec<u8>, OpenError> {
    let streamed = {
        let mut out = Vec::new();
        open_stream(bytes, &mut out, whole, &mut |_| {}).map(|front| (front.package(), out))
    };
    let random = Package::open(bytes).and_then(|mut package| {
        let keys = whole(package.front());
        let mut out = vec![0; package.len() as usize];
        assert_eq!(package.read_at(0, &mut out, &keys)?, out.len());
        // A body without content has a stretch all the same, which only a check reads.
        package.check(&key(), &mut |_| {})?;
        Ok((package.front().package(), out))
    });
    match (streamed, random) {
        (Ok(one), Ok(two)) => {
            assert_eq!(one.1, two.1);
            assert_eq!(one.0, expected, "a foreign header was accepted");
            Ok(one.1)
        }
        (Err(one), Err(_)) => Err(one),
        (one, two) => panic!(
            "stream and random access disagree: {:?} {:?}",
            one.map(|_| ()),
            two.map(|_| ())
        ),
    }
}
