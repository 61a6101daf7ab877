//! Vectors: writes `crates/package/vectors/` anew. Run it only when the format changes on purpose, and read the difference:
//! `cargo run -p keyfare-package --example vectors`. A file is lines of `name: value`, an empty line, and the package in hex.

use data_encoding::HEXLOWER;
use package::*;
use sha2::{Digest, Sha256};
use std::{fmt::Write, fs, path::Path};
use units::Share;

const SECRET: [u8; 32] = [0x11; 32];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let plain: Vec<u8> = (0..70).collect();
    let (front, good) = make(&plain, "Winter sun")?;
    let (_, other) = make(&plain, "Summer rain")?;
    let (bare, empty) = make(&[], "Nothing")?;
    let layout = front.layout();
    let body = front.bytes().len();
    let second = layout.stretch(1).ok_or("too short")?;
    let put = |name: &str, expect: &str, offset: String, bytes: &[u8], more: &str| {
        let mut text = format!(
            "expect: {expect}\noffset: {offset}\ncontent-key: {}\n{more}",
            HEXLOWER.encode(&SECRET)
        );
        for line in bytes.chunks(48) {
            let _ = write!(text, "\n{}", HEXLOWER.encode(line));
        }
        fs::write(dir.join(format!("{name}.txt")), text + "\n")
    };
    fs::create_dir_all(&dir)?;
    put("whole", "ok", "-".into(), &good, &named(&front, &plain))?;
    put("empty", "ok", "-".into(), &empty, &named(&bare, &[]))?;
    put(
        "truncated",
        "package-truncated",
        (good.len() - 1).to_string(),
        &good[..good.len() - 1],
        "",
    )?;
    put(
        "appended",
        "package-foreign-bytes",
        good.len().to_string(),
        &[&good[..], &[0]].concat(),
        "",
    )?;

    let text = body + 74 + 16;
    put(
        "flipped-text",
        "package-damaged",
        (body + 74).to_string(),
        &with(&good, text, good[text] ^ 1),
        "",
    )?;
    let tag = good.len() - 1;
    let last = layout.piece_at_file(tag as u64).ok_or("empty")?.file.start + 74;
    put(
        "flipped-tag",
        "package-damaged",
        last.to_string(),
        &with(&good, tag, good[tag] ^ 1),
        "",
    )?;
    put(
        "flipped-stream-head",
        "stretch-foreign",
        body.to_string(),
        &with(&good, body + 12, good[body + 12] ^ 1),
        "",
    )?;
    put(
        "flipped-prefix",
        "package-damaged",
        "0".into(),
        &with(&good, 20, good[20] ^ 1),
        "",
    )?;
    put(
        "flipped-header",
        "package-damaged",
        PREFIX_LEN.to_string(),
        &with(&good, PREFIX_LEN + 30, good[PREFIX_LEN + 30] ^ 1),
        "",
    )?;
    put(
        "flipped-preview",
        "package-damaged",
        (body - 5).to_string(),
        &with(&good, body - 1, good[body - 1] ^ 1),
        "",
    )?;
    put("no-package", "not-a-package", "0".into(), b"ID3\x04 something else", "")?;

    let foreign = [&good[..body], &other[other.len() - (good.len() - body)..]].concat();
    put("foreign-body", "stretch-foreign", body.to_string(), &foreign, "")?;
    let mut swapped = good.clone();
    // Two full segments of one stretch, exchanged.
    let segment = 16 + 32;
    let at = second.file.start as usize + 74;
    swapped[at..at + segment].copy_from_slice(&good[at + segment..at + 2 * segment]);
    swapped[at + segment..at + 2 * segment].copy_from_slice(&good[at..at + segment]);
    put("swapped-segments", "package-damaged", at.to_string(), &swapped, "")?;

    let header = front.signed();
    put(
        "later-version",
        "package-version-unknown",
        PREFIX_LEN.to_string(),
        &forged(&with(header, 2, 2)),
        "",
    )?;
    put(
        "trailing-header",
        "package-malformed",
        (PREFIX_LEN + header.len()).to_string(),
        &forged(&[header, &[0]].concat()),
        "",
    )?;
    Ok(())
}

fn make(plain: &[u8], title: &str) -> Result<(Front, Vec<u8>), Box<dyn std::error::Error>> {
    let key = ContentKey::from_secret_bytes(SECRET);
    let about = About {
        title: title.into(),
        policy: b"policy".to_vec(),
        offers: b"offers".to_vec(),
        preview: Some(PreviewLine::of("audio/mpeg", b"notes")),
        sets: vec![SetKey {
            set: ContentKey::from_secret_bytes([3; 32]).id(),
            wrapped: vec![4; 8],
        }],
        sha256: Some(digest(plain, &mut |_| {})?.0),
        ..About::example()
    };
    let signatures = Signatures {
        header: b"signed".to_vec(),
        preview: b"signed too".to_vec(),
        chain: b"chain".to_vec(),
    };
    // 70 bytes: tenth = [0, 7), most = [7, 56) in stretches of 48 and 1, rest = [56, 70).
    let geometry = Geometry::with(plain.len() as u64, 16, 3)?;
    let front = Front::assemble(Header::new(about, &key, geometry), signatures, b"notes".to_vec())?;
    let mut bytes = Vec::new();
    seal(&front, &key, plain, &mut bytes, &mut |_| {})?;
    Ok((front, bytes))
}

/// What opens it, and the keys of its shares ("-" where a share holds nothing).
fn named(front: &Front, plain: &[u8]) -> String {
    let (key, tree) = (ContentKey::from_secret_bytes(SECRET), front.tree());
    let node = |share| {
        key.cover(&tree, share)
            .map_or("-".into(), |node| HEXLOWER.encode(node.secret_bytes_for_wrapping()))
    };
    let fields = [
        ("package", HEXLOWER.encode(&front.package().0)),
        ("key-id", HEXLOWER.encode(&front.header().key.id.0)),
        ("tenth", node(Share::Tenth)),
        ("most", node(Share::Most)),
        ("content", HEXLOWER.encode(plain)),
    ];
    fields
        .iter()
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect()
}

fn with(bytes: &[u8], at: usize, value: u8) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] = value;
    bytes
}

/// A front whose hashes are right, around any header.
fn forged(header: &[u8]) -> Vec<u8> {
    let hash =
        |label: &str, bytes: &[u8]| Sha256::digest([b"keyfare package 1 ", label.as_bytes(), &[0], bytes].concat());
    let signatures = [0x83, 0x40, 0x40, 0x40];
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
