//! Geometry: how content is cut, and where each cut lies in the package. Pure arithmetic, no keys.
//!
//! Content is three regions, bounded at ten and eighty percent (rounded down to a byte, so a share never opens more than
//! it says). A region is cut in stretches of equal length, its last one shorter; a stretch is one FLOE stream of segments.

use crate::layout::{Layout, Region};
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use units::Share;

/// Plaintext bytes of a segment, unless the publisher chose otherwise: the unit of authentication and of random access.
pub const SEGMENT_LEN: u32 = 64 << 10;
/// Segments of a full stretch, unless chosen otherwise: 64 MiB of content under one key.
pub const STRETCH_SEGMENTS: u32 = 1024;
/// The longest content: 256 TiB.
pub const CONTENT_LEN_MAX: u64 = 1 << 48;
const SEGMENT_LEN_MIN: u32 = 16;
const SEGMENT_LEN_MAX: u32 = 1 << 20;
const STRETCH_LEN_MAX: u64 = 64 << 20;
/// Well below the 2^20 segments that FLOE puts under one AEAD key.
const STRETCH_SEGMENTS_MAX: u32 = 1 << 16;
/// FLOE's header: parameters, IV, tag.
pub(crate) const STREAM_HEAD_LEN: u64 = 10 + 32 + 32;
/// What a segment adds before its text: length and IV.
pub(crate) const SEGMENT_HEAD_LEN: usize = 4 + 12;
/// What a segment adds after its text.
pub(crate) const TAG_LEN: usize = 16;
pub(crate) const SEGMENT_EXTRA: u64 = (SEGMENT_HEAD_LEN + TAG_LEN) as u64;

/// A cut that the format does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GeometryError {
    /// Too long.
    #[error("content of {len} bytes is longer than a package may hold ({CONTENT_LEN_MAX}); split it")]
    Long {
        /// Its length in bytes.
        len: u64,
    },
    /// Segment or stretch outside the allowed sizes.
    #[error(
        "segments of {segment} bytes, {per_stretch} to a stretch, are outside the format's limits; use the default"
    )]
    Sizes {
        /// Plaintext bytes of a segment.
        segment: u32,
        /// Segments of a stretch.
        per_stretch: u32,
    },
    /// More stretches than can be numbered.
    #[error("{len} bytes make too many stretches of this size; use the default")]
    Stretches {
        /// Content length in bytes.
        len: u64,
    },
}

/// Content length and cut. Only valid ones exist, decoded ones too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Geometry {
    len: u64,
    segment: u32,
    per_stretch: u32,
}

impl Geometry {
    /// Content of `len` bytes, cut as usual.
    pub const fn of(len: u64) -> Result<Self, GeometryError> {
        Self::with(len, SEGMENT_LEN, STRETCH_SEGMENTS)
    }

    /// Content of `len` bytes in segments of `segment` bytes, `per_stretch` of them to a stretch: 16 bytes to
    /// 1 MiB, one to 65536, and at most 64 MiB together.
    pub const fn with(len: u64, segment: u32, per_stretch: u32) -> Result<Self, GeometryError> {
        if len > CONTENT_LEN_MAX {
            return Err(GeometryError::Long { len });
        }
        let stretch = segment as u64 * per_stretch as u64;
        let count = per_stretch > 0 && per_stretch <= STRETCH_SEGMENTS_MAX;
        if segment < SEGMENT_LEN_MIN || segment > SEGMENT_LEN_MAX || !count || stretch > STRETCH_LEN_MAX {
            return Err(GeometryError::Sizes { segment, per_stretch });
        }
        // Three regions may each end in a short stretch.
        if len / stretch + 3 > u32::MAX as u64 {
            return Err(GeometryError::Stretches { len });
        }
        Ok(Self {
            len,
            segment,
            per_stretch,
        })
    }

    /// Bytes of content.
    pub const fn content_len(&self) -> u64 {
        self.len
    }
    /// Plaintext bytes of a full segment.
    pub const fn segment_len(&self) -> u32 {
        self.segment
    }
    /// Plaintext bytes of a full stretch.
    pub const fn stretch_len(&self) -> u64 {
        self.segment as u64 * self.per_stretch as u64
    }

    /// How many bytes of content a share opens: its percentage, rounded down.
    pub const fn share_len(&self, share: Share) -> u64 {
        // At most 2^48 * 100: fits.
        self.len * share.percent() as u64 / 100
    }

    /// Bytes of the sealed content, without the front.
    pub const fn sealed_len(&self) -> u64 {
        self.layout(0).end()
    }

    /// Where everything lies when the body starts at byte `body_at` of the file.
    pub const fn layout(&self, body_at: u64) -> Layout {
        let (tenth, most) = (self.share_len(Share::Tenth), self.share_len(Share::Most));
        let bounds = [0, tenth, most, self.len];
        let mut regions = [Region::EMPTY; 3];
        let (mut first, mut at, mut i) = (0, body_at, 0);
        while i < 3 {
            let len = bounds[i + 1] - bounds[i];
            let mut count = len.div_ceil(self.stretch_len()) as u32;
            // Empty content still has one (empty) stretch: a wrong key is noticed there too.
            if i == 2 && self.len == 0 {
                count = 1;
            }
            regions[i] = Region {
                first,
                count,
                plain: bounds[i],
                len,
                at,
            };
            at += self.region_sealed_len(len, count);
            first += count;
            i += 1;
        }
        Layout::new(*self, regions, at)
    }

    const fn region_sealed_len(&self, len: u64, count: u32) -> u64 {
        if count == 0 {
            return 0;
        }
        let full = count as u64 - 1;
        full * self.stretch_sealed_len(self.stretch_len()) + self.stretch_sealed_len(len - full * self.stretch_len())
    }

    const fn segments(&self, stretch_len: u64) -> u64 {
        if stretch_len == 0 {
            1
        } else {
            stretch_len.div_ceil(self.segment as u64)
        }
    }

    pub(crate) const fn stretch_sealed_len(&self, len: u64) -> u64 {
        STREAM_HEAD_LEN + len + self.segments(len) * SEGMENT_EXTRA
    }
}

impl<C> Encode<C> for Geometry {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.array(3)?
            .u64(self.len)?
            .u32(self.segment)?
            .u32(self.per_stretch)?
            .ok()
    }
}
impl<'b, C> Decode<'b, C> for Geometry {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        if d.array()? != Some(3) {
            return Err(decode::Error::message("a geometry has three numbers"));
        }
        Self::with(d.u64()?, d.u32()?, d.u32()?).map_err(|_| decode::Error::message("geometry outside the limits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_hold_at_their_edge() {
        assert!(Geometry::of(CONTENT_LEN_MAX).is_ok());
        assert_eq!(
            Geometry::of(CONTENT_LEN_MAX + 1),
            Err(GeometryError::Long {
                len: CONTENT_LEN_MAX + 1
            })
        );
        for (segment, per_stretch, good) in [
            (16, 1 << 16, true),
            (16, (1 << 16) + 1, false),
            (15, 1, false),
            (16, 1, true),
            (1 << 20, 64, true),
            (1 << 20, 65, false),
            ((1 << 20) + 1, 1, false),
            (16, 0, false),
        ] {
            assert_eq!(
                Geometry::with(0, segment, per_stretch).is_ok(),
                good,
                "{segment} {per_stretch}"
            );
        }
        assert!(matches!(
            Geometry::with(CONTENT_LEN_MAX, 16, 1),
            Err(GeometryError::Stretches { .. })
        ));
    }

    #[test]
    fn shares_round_down() {
        let g = Geometry::of(19).unwrap();
        assert_eq!(
            [Share::Nothing, Share::Tenth, Share::Most, Share::Whole].map(|s| g.share_len(s)),
            [0, 1, 15, 19]
        );
    }
}
