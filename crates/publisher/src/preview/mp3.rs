//! An excerpt of an MP3 file, cut at frames and otherwise untouched: no decoder, no loss, no foreign program. Only frames
//! come out, no tags.

use license::PREVIEW_LEN_MAX;
use package::ReadAt;

use super::{EXCERPT_SECONDS_MAX, NoPreview, Preview, first, len_of};
use crate::mpeg::{Frame, tag_len};

/// How far behind the tag the first frame may begin.
const SEARCH_LEN: usize = 64 << 10;

/// The first [`EXCERPT_SECONDS_MAX`] seconds or a third of the file, whichever is less.
pub(super) fn excerpt(content: &impl ReadAt) -> Result<Preview, NoPreview> {
    let len = len_of(content)?;
    let tag = tag_len(&first(content, 0, 10)?);
    let bytes = first(content, tag, SEARCH_LEN + PREVIEW_LEN_MAX)?;
    let start = (0..bytes.len().min(SEARCH_LEN))
        .find(|at| bytes.get(*at..).is_some_and(follow))
        .ok_or(NoPreview::Damaged("no sound was found in it"))?;
    let mut rest = bytes.get(start..).unwrap_or_default();
    let Some(one) = Frame::parse(rest) else {
        return Err(NoPreview::Damaged("no sound was found in it"));
    };
    if let Some((head, behind)) = rest
        .split_at_checked(one.len)
        .filter(|(head, _)| speaks_of_the_whole(head))
    {
        let _ = head;
        rest = behind;
    }
    let room = PREVIEW_LEN_MAX.min((len.saturating_sub(tag) / 3) as usize);
    let (mut end, mut samples) = (0, 0u64);
    while let Some(frame) = rest.get(end..).and_then(Frame::parse).filter(|frame| frame.fits(&one)) {
        let next = end + frame.len;
        if next > room.min(rest.len()) || samples >= u64::from(EXCERPT_SECONDS_MAX) * u64::from(frame.rate) {
            break;
        }
        samples += u64::from(frame.samples);
        end = next;
    }
    // A tenth of a second is no excerpt; it is a few lucky bytes in something else.
    if samples * 4 < u64::from(one.rate) {
        return Err(NoPreview::Damaged("there is hardly any sound in it"));
    }
    Ok(Preview {
        media_type: "audio/mpeg",
        bytes: rest.get(..end).unwrap_or_default().to_vec(),
    })
}

/// Three frames in a row.
fn follow(bytes: &[u8]) -> bool {
    let Some(one) = Frame::parse(bytes) else { return false };
    let Some(two) = bytes.get(one.len..).and_then(Frame::parse) else {
        return false;
    };
    let three = bytes.get(one.len + two.len..).and_then(Frame::parse);
    two.fits(&one) && three.is_some_and(|three| three.fits(&one))
}

/// A first frame that is a table of the whole file: players would show its length.
fn speaks_of_the_whole(frame: &[u8]) -> bool {
    let head = frame.get(..64.min(frame.len())).unwrap_or_default();
    head.windows(4).any(|word| matches!(word, b"Xing" | b"Info" | b"VBRI"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames of 128 kbit/s at 44.1 kHz, numbered so that one can see which came out.
    fn song(frames: usize) -> Vec<u8> {
        (0..frames)
            .flat_map(|n| {
                let mut frame = vec![0xff, 0xfb, 0x90, 0];
                frame.resize(417, n as u8 & 0x7f);
                frame
            })
            .collect()
    }

    // proves: XD-2
    #[test]
    fn a_song_becomes_its_first_twenty_seconds_frame_by_frame() {
        let body = song(3000);
        let mut file = b"ID3\x04\0\0\0\0\x02\x01".to_vec();
        file.resize(10 + 257, 0);
        file.extend(&body);
        let it = excerpt(&file).unwrap();
        let frames = it.bytes.len() / 417;
        assert_eq!(it.bytes, body[..frames * 417]);
        assert_eq!(frames, 766, "20 seconds of 1152 samples at 44.1 kHz");
        assert_eq!(crate::recognise(&it.bytes), crate::Format::Mp3);
    }

    #[test]
    fn tables_of_the_whole_and_tags_stay_behind() {
        let mut body = song(300);
        body[36..40].copy_from_slice(b"Info");
        let it = excerpt(&body).unwrap();
        assert_eq!(it.bytes[4], 1, "begins with the second frame");
        assert_eq!(it.bytes.len(), 417 * 100);
    }

    // proves: row-89
    #[test]
    fn a_playlist_with_the_face_of_a_song_is_no_song() {
        let mut file = b"ID3\x04\0\0\0\0\0\0".to_vec();
        file.extend(b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n".repeat(100));
        assert_eq!(
            excerpt(&file).unwrap_err().to_string(),
            NoPreview::Damaged("no sound was found in it").to_string()
        );
    }

    proptest::proptest! {
        // proves: row-88
        #[test]
        fn no_damage_makes_it_panic_or_grow(cut in 0usize..40_000, hits in proptest::collection::vec((0usize..40_000, proptest::num::u8::ANY), 0..40)) {
            let mut file = song(96);
            for (at, byte) in hits {
                if let Some(it) = file.get_mut(at) { *it = byte }
            }
            file.truncate(cut);
            if let Ok(it) = excerpt(&file) {
                proptest::prop_assert!(it.bytes.len() <= file.len() / 3);
            }
        }
    }
}
