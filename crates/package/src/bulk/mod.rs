//! Bulk: sealing and opening of content at the speed of the disk. Everything that needs a fast cipher lives here.
//!
//! Reading order: `aead` (the cipher), `floe` (the public stream format), `stretch` (one stream of a package), `seal` and
//! `open` (whole packages), `file` (a package that grows on disk and survives a cut).

mod aead;
mod digest;
mod file;
mod floe;
mod open;
mod seal;
mod source;
mod stream;
mod stretch;

pub use digest::{Checked, digest};
pub use file::{FileError, seal_file};
pub use open::{OpenError, Package};
pub use seal::{SealError, seal, seal_range};
pub use source::ReadAt;
pub use stream::open_stream;

/// Bytes that are read or written at once, give or take a piece: large enough for the disk, small enough for the cache.
const BATCH: usize = 1 << 19;

/// Room for a batch, so that a buffer of plaintext never moves and leaves a copy behind.
fn batch_capacity(front: &crate::Front) -> usize {
    BATCH + front.header().geometry.segment_len() as usize + floe::HEAD_LEN + floe::BEFORE + floe::AFTER
}
