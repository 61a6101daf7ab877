//! Album: several sounds under one license, each a stretch of one content. A player is told where they lie; nothing is unpacked.

use std::sync::Arc;

use publisher::{
    album::{NoAlbum, tracks},
    read::NotRead,
    recognise,
};

use super::{PlayRefused, Session};
use crate::engine::locked;

/// How much of a track is looked at to tell what it is.
const HEAD: usize = 8 << 10;
/// Of a place in an album, the bits that say where in its track.
const WITHIN: u32 = 40;

/// A track of an album, as far as its license opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlbumTrack {
    /// What it is called.
    pub title: String,
    /// Where it begins in the content.
    pub from: u64,
    /// How long it is, in bytes.
    pub len: u64,
    /// Told from its content.
    pub media_type: &'static str,
}

/// A place in an album: a track, and where in it, in milliseconds.
pub const fn place_in(track: u64, within: u64) -> u64 {
    (track << WITHIN) | (within & ((1 << WITHIN) - 1))
}

/// The track and the milliseconds of a place.
pub const fn place_of(place: u64) -> (u64, u64) {
    (place >> WITHIN, place & ((1 << WITHIN) - 1))
}

impl From<NoAlbum> for PlayRefused {
    fn from(no: NoAlbum) -> Self {
        Self::Reading(NotRead::Damaged(no.to_string()))
    }
}

impl Session {
    /// The tracks of an album. Waits for disk and card.
    pub fn tracks(&self) -> Result<Arc<[AlbumTrack]>, PlayRefused> {
        if let Some(known) = &locked(&self.desk).tracks {
            return Ok(known.clone());
        }
        let mut all = Vec::new();
        for track in tracks(self.len(), |at, buf| self.peek(at, buf))? {
            let mut head = vec![0; HEAD.min(usize::try_from(track.len).unwrap_or(HEAD))];
            let n = self.peek(track.from, &mut head)?;
            all.push(AlbumTrack {
                title: track.title,
                from: track.from,
                len: track.len,
                media_type: recognise(head.get(..n).unwrap_or_default()).media_type(),
            });
        }
        let all: Arc<[AlbumTrack]> = all.into();
        locked(&self.desk).tracks = Some(all.clone());
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_an_album_is_a_track_and_a_moment() {
        for (track, within) in [(0, 0), (0, 94_000), (11, 0), (199, 3_600_000)] {
            assert_eq!(place_of(place_in(track, within)), (track, within));
        }
        assert_eq!(place_of(94_000), (0, 94_000), "of a single song the first");
    }
}
