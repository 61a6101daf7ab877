//! Pixels: how large a picture says it is, by its first bytes. Nothing is decoded.

/// Width and height of a PNG, JPEG, GIF or WebP; `None` where its header does not say.
pub fn of(head: &[u8]) -> Option<(u32, u32)> {
    if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some((be32(head, 16)?, be32(head, 20)?));
    }
    if head.starts_with(b"GIF8") {
        return Some((le16(head, 6)?, le16(head, 8)?));
    }
    if head.starts_with(b"RIFF") && head.get(8..12)? == b"WEBP" {
        return webp(head);
    }
    head.starts_with(&[0xff, 0xd8]).then(|| jpeg(head)).flatten()
}

fn bytes<const N: usize>(head: &[u8], at: usize) -> Option<[u8; N]> {
    head.get(at..at.checked_add(N)?)?.try_into().ok()
}
fn be32(head: &[u8], at: usize) -> Option<u32> {
    bytes(head, at).map(u32::from_be_bytes)
}
fn be16(head: &[u8], at: usize) -> Option<u32> {
    bytes(head, at).map(|b| u16::from_be_bytes(b).into())
}
fn le16(head: &[u8], at: usize) -> Option<u32> {
    bytes(head, at).map(|b| u16::from_le_bytes(b).into())
}
fn le24(head: &[u8], at: usize) -> Option<u32> {
    bytes(head, at).map(|[a, b, c]| u32::from_le_bytes([a, b, c, 0]))
}

fn webp(head: &[u8]) -> Option<(u32, u32)> {
    match head.get(12..16)? {
        b"VP8X" => Some((le24(head, 24)? + 1, le24(head, 27)? + 1)),
        b"VP8L" => {
            let bits = bytes(head, 21).map(u32::from_le_bytes)?;
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        b"VP8 " => Some((le16(head, 26)? & 0x3fff, le16(head, 28)? & 0x3fff)),
        _ => None,
    }
}

/// Steps over segments to the one that begins a frame.
fn jpeg(head: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2_usize;
    while *head.get(at)? == 0xff {
        let marker = *head.get(at + 1)?;
        match marker {
            0xff => at += 1,
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return Some((be16(head, at + 7)?, be16(head, at + 5)?));
            }
            0x01 | 0xd0..=0xd8 => at += 2,
            _ => at = at.checked_add(2)?.checked_add(be16(head, at + 2)?.max(2) as usize)?,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// proves: row-88
    #[test]
    fn headers_say_how_large_a_picture_is() {
        let png = |w: u32, h: u32| {
            [
                b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".as_slice(),
                &w.to_be_bytes(),
                &h.to_be_bytes(),
            ]
            .concat()
        };
        assert_eq!(of(&png(100_000, 100_000)), Some((100_000, 100_000)));
        assert_eq!(of(b"GIF89a\x40\x01\xf0\x00"), Some((320, 240)));
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xc2\0\x11\x08\x01\x02\x03\x04";
        assert_eq!(of(jpeg), Some((0x304, 0x102)));
        let vp8x = b"RIFF....WEBPVP8X....\0\0\0\0\x3f\x01\0\xef\0\0";
        assert_eq!(of(vp8x), Some((320, 240)));
        let lossy = b"RIFF....WEBPVP8 .......\x9d\x01\x2a\x40\x01\xf0\x00";
        assert_eq!(of(lossy), Some((320, 240)));
        let lossless = [
            b"RIFF....WEBPVP8L....\x2f".as_slice(),
            &(319_u32 | 239 << 14).to_le_bytes(),
        ]
        .concat();
        assert_eq!(of(&lossless), Some((320, 240)));
        for cut in 0..jpeg.len() - 1 {
            assert_eq!(of(&jpeg[..cut]), None, "{cut}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(start in 0_usize..5, rest in proptest::collection::vec(proptest::num::u8::ANY, 0..80)) {
            let starts: [&[u8]; 5] = [b"\x89PNG\r\n\x1a\n", b"GIF8", b"RIFF....WEBPVP8X", b"\xff\xd8\xff", b""];
            let _ = of(&[starts[start], &rest].concat());
        }
    }
}
