//! Hostile files on the publisher's own machine: nothing is allocated, read or run because a file says so.
#![cfg(feature = "make")]
#![allow(clippy::unwrap_used)]

use publisher::{Format, kind, preview, recognise};
use std::{fs, path::PathBuf};
use units::Refusal;

struct Room(tempfile::TempDir);

impl Room {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
    fn derive(&self, name: &str, bytes: &[u8]) -> Result<preview::Preview, preview::NoPreview> {
        let path: PathBuf = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        let converter = std::env::var_os("PATH").and_then(|path| preview::Converter::find(&path));
        preview::derive(
            &path,
            recognise(bytes.get(..kind::HEAD_LEN).unwrap_or(bytes)),
            converter.as_ref(),
        )
    }
}

/// The first bytes of a PNG that claims this size, its checksum right.
fn png_head(width: u32, height: u32) -> Vec<u8> {
    let mut body = b"IHDR".to_vec();
    body.extend(width.to_be_bytes());
    body.extend(height.to_be_bytes());
    body.extend([8, 6, 0, 0, 0]);
    let mut crc = u32::MAX;
    for byte in &body {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\x0d",
        &body[..],
        &(!crc).to_be_bytes(),
        b"\0\0\0\x01IDAT\0",
    ]
    .concat()
}

fn small_png(width: u32, height: u32, alpha: u8) -> Vec<u8> {
    let picture = image::RgbaImage::from_fn(width, height, |x, y| {
        image::Rgba([(x % 256) as u8, (y % 256) as u8, 99, alpha])
    });
    let mut out = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut out, image::ImageFormat::Png).unwrap();
    out.into_inner()
}

// proves: row-88
#[test]
fn a_picture_of_ten_thousand_million_points_is_refused_by_its_header() {
    let room = Room::new();
    let no = room.derive("huge.png", &png_head(100_000, 100_000)).unwrap_err();
    assert_eq!(no.code(), "preview-picture-too-large");
    assert!(no.to_string().contains("100000 x 100000"), "{no}");
    assert_eq!(
        room.derive("none.png", &png_head(0, 5)).unwrap_err().code(),
        "preview-file-damaged"
    );
    assert_eq!(
        room.derive("cut.png", &png_head(100, 100)).unwrap_err().code(),
        "preview-file-damaged"
    );
}

// proves: XD-2
#[test]
fn pictures_become_smaller_and_keep_their_shape() {
    let room = Room::new();
    let wide = room.derive("wide.png", &small_png(1600, 400, 255)).unwrap();
    assert_eq!(wide.media_type, "image/jpeg");
    let small = image::load_from_memory(&wide.bytes).unwrap();
    assert_eq!((small.width(), small.height()), (480, 120));
    let glass = room.derive("glass.png", &small_png(300, 900, 128)).unwrap();
    assert_eq!(glass.media_type, "image/png");
    let small = image::load_from_memory(&glass.bytes).unwrap();
    assert_eq!((small.width(), small.height()), (160, 480));
    assert!(small.color().has_alpha());
    // WebP in, JPEG out; what is small already stays as large as it is.
    let mut webp = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(50, 40)
        .write_to(&mut webp, image::ImageFormat::WebP)
        .unwrap();
    let tiny = image::load_from_memory(&room.derive("tiny.webp", webp.get_ref()).unwrap().bytes).unwrap();
    assert_eq!((tiny.width(), tiny.height()), (50, 40));
}

// proves: row-88
#[test]
fn damaged_pictures_are_refused_or_shown_and_nothing_else() {
    let room = Room::new();
    let good = small_png(40, 30, 255);
    let mut jpeg = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(64, 48)
        .write_to(&mut jpeg, image::ImageFormat::Jpeg)
        .unwrap();
    let jpeg = jpeg.into_inner();
    let mut dice = 1u32;
    let mut roll = |n: usize| {
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (dice >> 8) as usize % n
    };
    for file in [&good, &jpeg] {
        for _ in 0..300 {
            let mut bad = file.clone();
            for _ in 0..1 + roll(4) {
                let at = roll(bad.len());
                bad[at] = roll(256) as u8;
            }
            bad.truncate(1 + roll(bad.len() * 2).min(bad.len() - 1));
            if let Ok(it) = room.derive("any", &bad) {
                assert!(it.bytes.len() <= license::PREVIEW_LEN_MAX);
            }
        }
    }
}

// proves: row-89
#[test]
fn a_playlist_called_a_song_reads_nobodys_file() {
    let room = Room::new();
    let canary = room.0.path().join("canary.txt");
    fs::write(&canary, "CANARY-7f3a").unwrap();
    let list = format!(
        "#EXTM3U\n#EXTINF:1,\nfile://{}\n#EXTINF:1,\nconcat:{0}|{0}\n",
        canary.display()
    );
    let mut faces: Vec<Vec<u8>> = vec![list.clone().into_bytes()];
    for face in [
        &b"ID3\x04\0\0\0\0\0\0"[..],
        b"OggS\0",
        b"fLaC\0",
        b"\0\0\0\x14ftypM4A \0\0\0\0M4A ",
    ] {
        faces.push([face, list.as_bytes(), &[0; 9000]].concat());
    }
    for (n, bytes) in faces.iter().enumerate() {
        match room.derive("song.mp3", bytes) {
            // The list itself is a text like any other, and shows its own words only.
            Ok(it) => {
                assert_eq!((n, it.media_type), (0, "text/plain"));
                assert!(list.starts_with(str::from_utf8(&it.bytes).unwrap().trim_end_matches(" …\n")));
            }
            Err(no) => assert!(
                ["preview-file-damaged", "preview-needs-ffmpeg", "preview-not-converted"].contains(&no.code()),
                "{no}"
            ),
        }
    }
    assert_eq!(recognise(&faces[0]), Format::Text);
}

#[test]
fn empty_and_cut_files_are_refused() {
    let room = Room::new();
    for (name, bytes) in [
        ("a.wav", &b"RIFF\0\0\0\0WAVE"[..]),
        ("b.mp3", b"ID3\x03\0\0\x7f\x7f\x7f\x7f"),
        ("c.jpg", b"\xff\xd8\xff"),
        ("d", b""),
    ] {
        let no = room.derive(name, bytes).unwrap_err();
        assert!(
            ["preview-file-damaged", "preview-to-be-supplied"].contains(&no.code()),
            "{name}: {no}"
        );
    }
}
