//! MPEG audio, layer III: where its frames lie. Enough to recognise a file and to cut it at frames; nothing is decoded.

/// One frame's header, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame {
    /// Bytes of the frame, its header included.
    pub(crate) len: usize,
    /// Samples it plays, per channel.
    pub(crate) samples: u32,
    /// Samples per second.
    pub(crate) rate: u32,
    /// What stays the same in all frames of a file: version, layer, rate.
    fixed: (u8, u8),
}

const RATES: [u32; 3] = [44_100, 48_000, 32_000];
const KBPS_1: [u32; 15] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const KBPS_2: [u32; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

impl Frame {
    /// Reads the header at the beginning of `bytes`; free-format and reserved values are no frames.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let &[a, b, c, _] = bytes.first_chunk::<4>()?;
        if a != 0xff || b & 0xe0 != 0xe0 || b & 0x06 != 0x02 {
            return None;
        }
        // 3: MPEG 1, 2: MPEG 2, 0: MPEG 2.5, 1: reserved.
        let version = b >> 3 & 3;
        let (shift, table, samples) = match version {
            3 => (0, KBPS_1, 1152),
            2 => (1, KBPS_2, 576),
            0 => (2, KBPS_2, 576),
            _ => return None,
        };
        let rate = RATES.get(usize::from(c >> 2 & 3))? >> shift;
        let kbps = *table.get(usize::from(c >> 4)).filter(|kbps| **kbps > 0)?;
        let len = samples / 8 * kbps * 1000 / rate + u32::from(c >> 1 & 1);
        Some(Self {
            len: len as usize,
            samples,
            rate,
            fixed: (b & 0xfe, c & 0x0c),
        })
    }

    /// Whether both can be frames of one file.
    pub(crate) fn fits(&self, other: &Self) -> bool {
        self.fixed == other.fixed
    }
}

/// Whether the file begins with two frames that follow one another.
pub(crate) fn starts(head: &[u8]) -> bool {
    Frame::parse(head).is_some_and(|first| {
        head.get(first.len..)
            .and_then(Frame::parse)
            .is_some_and(|second| second.fits(&first))
    })
}

/// Bytes of the ID3v2 tag the file begins with, as it claims; 0 without one.
#[cfg(any(test, feature = "make"))]
pub(crate) fn tag_len(head: &[u8]) -> u64 {
    let Some(&[b'I', b'D', b'3', _, _, flags, a, b, c, d]) = head.first_chunk::<10>() else {
        return 0;
    };
    if [a, b, c, d].iter().any(|byte| byte & 0x80 != 0) {
        return 0;
    }
    let body = [a, b, c, d].iter().fold(0u64, |sum, byte| sum << 7 | u64::from(*byte));
    10 + body + if flags & 0x10 != 0 { 10 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_as_the_standard_has_them() {
        // 128 kbit/s at 44.1 kHz: 417 bytes, 418 with padding. 64 kbit/s at 22.05 kHz: 208.
        assert_eq!(Frame::parse(&[0xff, 0xfb, 0x90, 0]).unwrap().len, 417);
        assert_eq!(Frame::parse(&[0xff, 0xfb, 0x92, 0]).unwrap().len, 418);
        let half = Frame::parse(&[0xff, 0xf3, 0x80, 0]).unwrap();
        assert_eq!((half.len, half.rate, half.samples), (208, 22_050, 576));
        // Reserved version, layer, bit rate, sample rate, free format; too short.
        for bad in [
            [0xff, 0xeb, 0x90, 0],
            [0xff, 0xf9, 0x90, 0],
            [0xff, 0xfb, 0xf0, 0],
            [0xff, 0xfb, 0x9c, 0],
            [0xff, 0xfb, 0, 0],
        ] {
            assert_eq!(Frame::parse(&bad), None, "{bad:?}");
        }
        assert_eq!(Frame::parse(&[0xff, 0xfb]), None);
    }

    #[test]
    fn tags_are_as_long_as_they_say() {
        assert_eq!(tag_len(b"ID3\x04\0\0\0\0\x02\x01rest"), 10 + 257);
        assert_eq!(tag_len(b"ID3\x04\0\x10\0\0\0\0"), 20);
        assert_eq!(tag_len(b"ID3\x04\0\0\xff\0\0\0"), 0);
        assert_eq!(tag_len(b"ID3"), 0);
    }
}
