//! Layout: where every stretch and piece lies, in the content and in the file.

use crate::geometry::{Geometry, SEGMENT_EXTRA, SEGMENT_HEAD_LEN, STREAM_HEAD_LEN};
use core::ops::Range;
use units::Share;

/// What lies between two bounds of shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Region {
    /// Its first stretch.
    pub(crate) first: u32,
    /// How many stretches it has.
    pub(crate) count: u32,
    /// Its first byte of content.
    pub(crate) plain: u64,
    /// Its bytes of content.
    pub(crate) len: u64,
    /// Its first byte of the file.
    pub(crate) at: u64,
}

impl Region {
    pub(crate) const EMPTY: Self = Self {
        first: 0,
        count: 0,
        plain: 0,
        len: 0,
        at: 0,
    };
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
    pub fn plain_len(&self) -> usize {
        (self.plain.end - self.plain.start) as usize
    }
    /// Bytes of the file.
    pub fn sealed_len(&self) -> usize {
        (self.file.end - self.file.start) as usize
    }
    /// Bytes of the stretch's head that come first.
    pub fn head_len(&self) -> usize {
        if self.segment == 0 { STREAM_HEAD_LEN as usize } else { 0 }
    }
    /// Where the text lies within the piece.
    pub fn text(&self) -> Range<usize> {
        let at = self.head_len() + SEGMENT_HEAD_LEN;
        at..at + self.plain_len()
    }
}

impl Layout {
    pub(crate) const fn new(geometry: Geometry, regions: [Region; 3], end: u64) -> Self {
        Self { geometry, regions, end }
    }
    /// The length of the whole file.
    pub const fn end(&self) -> u64 {
        self.end
    }
    /// How many stretches there are.
    pub const fn stretches(&self) -> u32 {
        self.regions[2].first + self.regions[2].count
    }
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
        let (region, share) = self
            .regions
            .iter()
            .zip([Share::Tenth, Share::Most, Share::Whole])
            .find(|(r, _)| index >= r.first && index - r.first < r.count)?;
        let within = u64::from(index - region.first);
        let full = self.geometry.stretch_len();
        let plain = region.plain + within * full;
        let plain = plain..(plain + full).min(region.plain + region.len);
        let at = region.at + within * self.geometry.stretch_sealed_len(full);
        let file = at..at + self.geometry.stretch_sealed_len(plain.end - plain.start);
        Some(Stretch {
            index,
            plain,
            file,
            share,
        })
    }

    /// The piece that holds byte `offset` of the content.
    pub fn piece_at(&self, offset: u64) -> Option<Piece> {
        let region = self
            .regions
            .iter()
            .find(|r| offset >= r.plain && offset - r.plain < r.len)?;
        let index = region.first + ((offset - region.plain) / self.geometry.stretch_len()) as u32;
        let stretch = self.stretch(index)?;
        let segment = (offset - stretch.plain.start) / u64::from(self.geometry.segment_len());
        Some(self.piece(&stretch, segment as u32))
    }

    /// The piece that holds byte `offset` of the file.
    pub fn piece_at_file(&self, offset: u64) -> Option<Piece> {
        if offset >= self.end {
            return None;
        }
        let region = self.regions.iter().rev().find(|r| r.count > 0 && offset >= r.at)?;
        let full = self.geometry.stretch_sealed_len(self.geometry.stretch_len());
        let index = region.first + (((offset - region.at) / full) as u32).min(region.count - 1);
        let stretch = self.stretch(index)?;
        let body = (offset - stretch.file.start).saturating_sub(STREAM_HEAD_LEN);
        let segment = body / (u64::from(self.geometry.segment_len()) + SEGMENT_EXTRA);
        Some(self.piece(&stretch, segment as u32))
    }

    fn piece(&self, stretch: &Stretch, segment: u32) -> Piece {
        let size = u64::from(self.geometry.segment_len());
        let plain = stretch.plain.start + u64::from(segment) * size;
        let plain = plain..(plain + size).min(stretch.plain.end);
        let text_at = stretch.file.start + STREAM_HEAD_LEN + u64::from(segment) * (size + SEGMENT_EXTRA);
        let at = if segment == 0 { stretch.file.start } else { text_at };
        let file = at..text_at + (plain.end - plain.start) + SEGMENT_EXTRA;
        Piece {
            stretch: stretch.index,
            segment,
            last: plain.end == stretch.plain.end,
            plain,
            file,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn walk(len: u64, segment: u32, per_stretch: u32) {
        let geometry = Geometry::with(len, segment, per_stretch).unwrap();
        let layout = geometry.layout(100);
        let (mut at, mut plain, mut stretch) = (100, 0, 0);
        while at < layout.end() {
            let piece = layout.piece_at_file(at).unwrap();
            assert_eq!(
                (piece.file.start, piece.plain.start, piece.stretch),
                (at, plain, stretch)
            );
            for inside in piece.file.clone() {
                assert_eq!(layout.piece_at_file(inside).as_ref(), Some(&piece));
            }
            for inside in piece.plain.clone() {
                assert_eq!(layout.piece_at(inside).as_ref(), Some(&piece));
            }
            let whole = layout.stretch(stretch).unwrap();
            assert_eq!(piece.last, piece.plain.end == whole.plain.end);
            assert_eq!(piece.last, piece.file.end == whole.file.end);
            assert!(
                whole.plain.end <= geometry.share_len(whole.share)
                    && whole.plain.end - whole.plain.start <= geometry.stretch_len()
            );
            assert!(stretch < layout.stretches_of(whole.share));
            (at, plain) = (piece.file.end, piece.plain.end);
            if piece.last {
                stretch += 1
            }
        }
        assert_eq!((at, plain, stretch), (layout.end(), len, layout.stretches()));
        assert_eq!(geometry.sealed_len(), layout.end() - 100);
        assert!(
            layout.piece_at(len).is_none()
                && layout.piece_at_file(layout.end()).is_none()
                && layout.stretch(stretch).is_none()
        );
    }

    #[test]
    fn pieces_tile_content_and_file() {
        for len in 0..400 {
            walk(len, 16, 3)
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn pieces_tile_any_cut(len in 0u64..3000, segment in 16u32..80, per_stretch in 1u32..7) { walk(len, segment, per_stretch) }
    }
}
