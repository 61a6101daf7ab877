//! The image of a medium, read by programs that know nothing of us.

use std::process::Command;

use copying::iso::{IsoFile, IsoRefused, write_iso};

use crate::world::START;

fn image(name: &str, content: &[u8], len: u64) -> Result<Vec<u8>, IsoRefused> {
    let (mut out, mut label, mut bytes) = (Vec::new(), &b"MID abc\n"[..], content);
    let mut files = [
        IsoFile {
            name: "MEDIUM.TXT",
            len: 8,
            content: &mut label,
        },
        IsoFile {
            name,
            len,
            content: &mut bytes,
        },
    ];
    write_iso(&mut out, "KEYFARE_MEDIUM", &mut files, START)?;
    Ok(out)
}

/// proves: CM-1
#[test]
fn an_image_is_read_by_another_program() {
    let content: Vec<u8> = (0..70_001_u32).map(|n| (n % 251) as u8).collect();
    let image = image("CONTENT.KFR", &content, content.len() as u64).unwrap();
    assert_eq!(image.len() % 2048, 0);
    // Our own reading of the format, from the volume to the bytes.
    let (le32, root) = (
        |at: usize| u32::from_le_bytes(image[at..at + 4].try_into().unwrap()) as usize,
        20 * 2048,
    );
    assert_eq!(&image[16 * 2048 + 1..16 * 2048 + 6], b"CD001");
    assert_eq!(le32(16 * 2048 + 80) * 2048, image.len());
    let mut at = root + image[root] as usize;
    at += image[at] as usize;
    let (extent, len) = (le32(at + 2), le32(at + 10));
    assert_eq!(&image[at + 33..at + 33 + 13], b"CONTENT.KFR;1");
    assert_eq!(&image[extent * 2048..extent * 2048 + len], content);
    // And a stranger's, where the machine has one.
    let dir = tempfile::tempdir().unwrap();
    let (file, out) = (dir.path().join("medium.iso"), dir.path().join("out"));
    std::fs::write(&file, &image).unwrap();
    let extracted = Command::new("xorriso")
        .args([
            "-indev",
            file.to_str().unwrap(),
            "-osirrox",
            "on",
            "-extract",
            "/",
            out.to_str().unwrap(),
        ])
        .output();
    let Ok(extracted) = extracted else { return };
    assert!(
        extracted.status.success(),
        "{}",
        String::from_utf8_lossy(&extracted.stderr)
    );
    let found = std::fs::read_dir(&out).unwrap().map(|entry| entry.unwrap());
    let read: Vec<Vec<u8>> = found.map(|entry| std::fs::read(entry.path()).unwrap()).collect();
    assert_eq!(read.len(), 2);
    assert!(read.contains(&content) && read.contains(&b"MID abc\n".to_vec()));
}

#[test]
fn a_name_or_a_length_that_is_wrong_makes_no_image() {
    for name in ["content.kfr", "CONTENTS1.KFR", "CONTENT", "A/B.KFR", ".KFR", "A.KFRX"] {
        assert!(matches!(image(name, b"x", 1), Err(IsoRefused::Name(_))), "{name}");
    }
    for len in [0, 2] {
        assert!(matches!(image("A.KFR", b"x", len), Err(IsoRefused::Length(_))), "{len}");
    }
}

/// An image is a stranger's bytes: whatever its directory says, reading ends where the image ends.
#[test]
fn an_image_that_lies_is_read_without_harm() {
    use copying::iso::find;
    use package::ReadAt;
    let content: Vec<u8> = (0..9000_u32).map(|n| (n % 241) as u8).collect();
    let whole = image("CONTENT.KFR", &content, content.len() as u64).unwrap();
    let found = find(&whole, "CONTENT.KFR").unwrap();
    assert_eq!(found.len(), 1);
    let mut read = vec![0; content.len()];
    assert_eq!(whole.fill_at(found[0].at, &mut read).unwrap(), content.len());
    assert_eq!(read, content);
    assert!(find(&whole, "OTHER.KFR").unwrap().is_empty());
    for cut in (0..whole.len()).step_by(97) {
        let _ = find(&&whole[..cut], "CONTENT.KFR").unwrap();
    }
    // Every byte of the volume's root and of the directory, one after the other, becomes another.
    for at in (16 * 2048..16 * 2048 + 200).chain(20 * 2048..20 * 2048 + 260) {
        for value in [0, 1, 0x7f, 0xff] {
            let mut lying = whole.clone();
            lying[at] = value;
            for part in find(&lying, "CONTENT.KFR").unwrap() {
                let mut some = vec![0; 4096];
                let _ = lying.fill_at(part.at, &mut some).unwrap();
            }
        }
    }
}
