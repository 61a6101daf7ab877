//! A short story.

/// Its text, UTF-8.
pub(super) fn text() -> Vec<u8> {
    include_str!("lamps-on-the-water.txt").as_bytes().to_vec()
}
