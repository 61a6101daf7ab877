//! Geometry: how content is cut, and where each cut lies in the package. Pure arithmetic, no keys.
//!
//! Content is three regions, bounded at ten and eighty percent (rounded down to a byte, so a share never opens more than
//! it says). A region is cut in stretches of equal length, its last one shorter; a stretch is one FLOE stream of segments.

use core::ops::Range;
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
/// FLOE's header: parameters, IV, tag.
pub(crate) const STREAM_HEAD_LEN: u64 = 10 + 32 + 32;
/// What a segment adds before its text: length and IV.
pub(crate) const SEGMENT_HEAD_LEN: usize = 4 + 12;
/// What a segment adds after its text.
pub(crate) const TAG_LEN: usize = 16;
const SEGMENT_EXTRA: u64 = (SEGMENT_HEAD_LEN + TAG_LEN) as u64;

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
    #[error("segments of {segment} bytes, {per_stretch} to a stretch, are outside the format's limits; use the default")]
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
    pub const fn of(len: u64) -> Result<Self, GeometryError> { Self::with(len, SEGMENT_LEN, STRETCH_SEGMENTS) }

    /// Content of `len` bytes in segments of `segment` bytes, `per_stretch` of them to a stretch. A stretch is at most
    /// 64 MiB, a segment 16 bytes to 1 MiB.
    pub const fn with(len: u64, segment: u32, per_stretch: u32) -> Result<Self, GeometryError> {
        if len > CONTENT_LEN_MAX {
            return Err(GeometryError::Long { len });
        }
        let stretch = segment as u64 * per_stretch as u64;
        if segment < SEGMENT_LEN_MIN || segment > SEGMENT_LEN_MAX || per_stretch == 0 || stretch > STRETCH_LEN_MAX {
            return Err(GeometryError::Sizes { segment, per_stretch });
        }
        // Three regions may each end in a short stretch.
        if len / stretch + 3 > u32::MAX as u64 {
            return Err(GeometryError::Stretches { len });
        }
        Ok(Self { len, segment, per_stretch })
    }

    /// Bytes of content.
    pub const fn content_len(&self) -> u64 { self.len }
    /// Plaintext bytes of a full segment.
    pub const fn segment_len(&self) -> u32 { self.segment }
    /// Plaintext bytes of a full stretch.
    pub const fn stretch_len(&self) -> u64 { self.segment as u64 * self.per_stretch as u64 }

    /// How many bytes of content a share opens: its percentage, rounded down.
    pub const fn share_len(&self, share: Share) -> u64 {
        // At most 2^48 * 100: fits.
        self.len * share.percent() as u64 / 100
    }

    /// Bytes of the sealed content, without the front.
    pub const fn sealed_len(&self) -> u64 { self.layout(0).end() }

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
            regions[i] = Region { first, count, plain: bounds[i], len, at };
            at += self.region_sealed_len(len, count);
            first += count;
            i += 1;
        }
        Layout { geometry: *self, regions, end: at }
    }

    const fn region_sealed_len(&self, len: u64, count: u32) -> u64 {
        if count == 0 {
            return 0;
        }
        let full = count as u64 - 1;
        full * self.stretch_sealed_len(self.stretch_len()) + self.stretch_sealed_len(len - full * self.stretch_len())
    }

    const fn segments(&self, stretch_len: u64) -> u64 {
        if stretch_len == 0 { 1 } else { stretch_len.div_ceil(self.segment as u64) }
    }

    const fn stretch_sealed_len(&self, len: u64) -> u64 { STREAM_HEAD_LEN + len + self.segments(len) * SEGMENT_EXTRA }
}

impl<C> Encode<C> for Geometry {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.array(3)?.u64(self.len)?.u32(self.segment)?.u32(self.per_stretch)?.ok()
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Region {
    first: u32,
    count: u32,
    plain: u64,
    len: u64,
    at: u64,
}

impl Region {
    const EMPTY: Self = Self { first: 0, count: 0, plain: 0, len: 0, at: 0 };
}

/// Where stretches and pieces lie, in the content and in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    geometry: Geometry,
    regions: [Region; 3],
    end: u64,
}

/// One stretch: a FLOE stream under its own key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// Its number, counted from the start of the content.
    pub index: u32,
    /// Its bytes of content.
    pub plain: Range<u64>,
    /// Its bytes of the file.
    pub file: Range<u64>,
    /// The smallest share that opens it.
    pub share: Share,
}

/// One piece: a segment together with, if it is the first of its stretch, the stretch's head. Pieces follow one another
/// without gaps, from the end of the front to the end of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its stretch.
    pub stretch: u32,
    /// Its number within the stretch.
    pub segment: u32,
    /// Whether it ends the stretch.
    pub last: bool,
    /// Its bytes of content.
    pub plain: Range<u64>,
    /// Its bytes of the file.
    pub file: Range<u64>,
}

impl Piece {
    /// Bytes of content.
    pub fn plain_len(&self) -> usize { (self.plain.end - self.plain.start) as usize }
    /// Bytes of the file.
    pub fn sealed_len(&self) -> usize { (self.file.end - self.file.start) as usize }
    /// Bytes of the stretch's head that come first.
    pub fn head_len(&self) -> usize { if self.segment == 0 { STREAM_HEAD_LEN as usize } else { 0 } }
    /// Where the text lies within the piece.
    pub fn text(&self) -> Range<usize> {
        let at = self.head_len() + SEGMENT_HEAD_LEN;
        at..at + self.plain_len()
    }
}

impl Layout {
    /// The length of the whole file.
    pub const fn end(&self) -> u64 { self.end }
    /// How many stretches there are.
    pub const fn stretches(&self) -> u32 { self.regions[2].first + self.regions[2].count }
    /// How many stretches a share opens.
    pub const fn stretches_of(&self, share: Share) -> u32 {
        match share {
            Share::Nothing => 0,
            Share::Tenth => self.regions[1].first,
            Share::Most => self.regions[2].first,
            Share::Whole => self.stretches(),
        }
    }

    /// The stretch of that number, if there is one.
    pub fn stretch(&self, index: u32) -> Option<Stretch> {
        let (region, share) = self.regions.iter().zip([Share::Tenth, Share::Most, Share::Whole])
            .find(|(r, _)| index >= r.first && index - r.first < r.count)?;
        let within = u64::from(index - region.first);
        let full = self.geometry.stretch_len();
        let plain = region.plain + within * full;
        let plain = plain..(plain + full).min(region.plain + region.len);
        let at = region.at + within * self.geometry.stretch_sealed_len(full);
        let file = at..at + self.geometry.stretch_sealed_len(plain.end - plain.start);
        Some(Stretch { index, plain, file, share })
    }

    /// The piece that holds byte `offset` of the content.
    pub fn piece_at(&self, offset: u64) -> Option<Piece> {
        let region = self.regions.iter().find(|r| offset >= r.plain && offset - r.plain < r.len)?;
        let index = region.first + ((offset - region.plain) / self.geometry.stretch_len()) as u32;
        let stretch = self.stretch(index)?;
        let segment = (offset - stretch.plain.start) / u64::from(self.geometry.segment);
        Some(self.piece(&stretch, segment as u32))
    }

    /// The piece that holds byte `offset` of the file.
    pub fn piece_at_file(&self, offset: u64) -> Option<Piece> {
        if offset >= self.end { return None }
        let region = self.regions.iter().rev().find(|r| r.count > 0 && offset >= r.at)?;
        let full = self.geometry.stretch_sealed_len(self.geometry.stretch_len());
        let index = region.first + (((offset - region.at) / full) as u32).min(region.count - 1);
        let stretch = self.stretch(index)?;
        let body = (offset - stretch.file.start).saturating_sub(STREAM_HEAD_LEN);
        let segment = body / (u64::from(self.geometry.segment) + SEGMENT_EXTRA);
        Some(self.piece(&stretch, segment as u32))
    }

    fn piece(&self, stretch: &Stretch, segment: u32) -> Piece {
        let size = u64::from(self.geometry.segment);
        let plain = stretch.plain.start + u64::from(segment) * size;
        let plain = plain..(plain + size).min(stretch.plain.end);
        let text_at = stretch.file.start + STREAM_HEAD_LEN + u64::from(segment) * (size + SEGMENT_EXTRA);
        let at = if segment == 0 { stretch.file.start } else { text_at };
        let file = at..text_at + (plain.end - plain.start) + SEGMENT_EXTRA;
        Piece { stretch: stretch.index, segment, last: plain.end == stretch.plain.end, plain, file }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn limits_hold_at_their_edge() {
        assert!(Geometry::of(CONTENT_LEN_MAX).is_ok());
        assert_eq!(Geometry::of(CONTENT_LEN_MAX + 1), Err(GeometryError::Long { len: CONTENT_LEN_MAX + 1 }));
        for (segment, per_stretch, good) in
            [(15, 1, false), (16, 1, true), (1 << 20, 64, true), (1 << 20, 65, false), ((1 << 20) + 1, 1, false), (16, 0, false)]
        {
            assert_eq!(Geometry::with(0, segment, per_stretch).is_ok(), good, "{segment} {per_stretch}");
        }
        assert!(matches!(Geometry::with(CONTENT_LEN_MAX, 16, 1), Err(GeometryError::Stretches { .. })));
    }

    #[test]
    fn shares_round_down() {
        let g = Geometry::of(19).unwrap();
        assert_eq!([Share::Nothing, Share::Tenth, Share::Most, Share::Whole].map(|s| g.share_len(s)), [0, 1, 15, 19]);
    }

    fn walk(len: u64, segment: u32, per_stretch: u32) {
        let geometry = Geometry::with(len, segment, per_stretch).unwrap();
        let layout = geometry.layout(100);
        let (mut at, mut plain, mut stretch) = (100, 0, 0);
        while at < layout.end() {
            let piece = layout.piece_at_file(at).unwrap();
            assert_eq!((piece.file.start, piece.plain.start, piece.stretch), (at, plain, stretch));
            for inside in piece.file.clone() {
                assert_eq!(layout.piece_at_file(inside).as_ref(), Some(&piece));
            }
            for inside in piece.plain.clone() {
                assert_eq!(layout.piece_at(inside).as_ref(), Some(&piece));
            }
            let whole = layout.stretch(stretch).unwrap();
            assert_eq!(piece.last, piece.plain.end == whole.plain.end);
            assert_eq!(piece.last, piece.file.end == whole.file.end);
            assert!(whole.plain.end <= geometry.share_len(whole.share) && whole.plain.end - whole.plain.start <= geometry.stretch_len());
            assert!(stretch < layout.stretches_of(whole.share));
            (at, plain) = (piece.file.end, piece.plain.end);
            if piece.last { stretch += 1 }
        }
        assert_eq!((at, plain, stretch), (layout.end(), len, layout.stretches()));
        assert_eq!(geometry.sealed_len(), layout.end() - 100);
        assert!(layout.piece_at(len).is_none() && layout.piece_at_file(layout.end()).is_none() && layout.stretch(stretch).is_none());
    }

    #[test]
    fn pieces_tile_content_and_file() {
        for len in 0..400 { walk(len, 16, 3) }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn pieces_tile_any_cut(len in 0u64..3000, segment in 16u32..80, per_stretch in 1u32..7) { walk(len, segment, per_stretch) }
    }
}
