//! Package: content, sealed. Anyone may copy it; whoever holds keys reads it, from any offset, as far as the keys reach.
//!
//! What it is not: it knows nothing of licenses, prices or deals. Policy and offers lie in the header as bytes that other
//! crates read, and keys come from outside, through [`KeySource`].
//!
//! ```text
//!   prefix | header | signatures | preview | stretch 0 | stretch 1 | ... | stretch n-1
//!            who, what, where to buy          one FLOE stream each, under a key of its own
//!
//!   content key ──┬── [0, 80 %) ──┬── [0, 10 %) ── ... stretch keys
//!                 │               └── [10 %, 80 %) ── ...
//!                 └── [80 %, 100 %) ── ...
//! ```
//!
//! ```
//! use package::*;
//! use units::Share;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let song = vec![7; 200_000];
//! let key = ContentKey::from_secret_bytes([1; 32]);
//! let header = Header::new(About::example(), &key, Geometry::of(song.len() as u64)?);
//! let front = Front::assemble(header, Signatures::default(), Vec::new())?;
//! # #[cfg(feature = "bulk")] {
//! let mut sealed = Vec::new();
//! seal(&front, &key, &song[..], &mut sealed, &mut |_| {})?;
//!
//! let mut package = Package::open(sealed)?;
//! let tree = package.front().tree();
//! let held = HeldNode::new(key.cover(&tree, Share::Tenth).unwrap(), tree);
//! let mut buf = [0; 100];
//! assert_eq!(package.read_at(0, &mut buf, &held)?, 100);
//! assert!(package.read_at(150_000, &mut buf, &held).is_err());
//! # }
//! # Ok(()) }
//! ```
//!
//! Invariants: the same front, key and content always give the same bytes; no byte of plaintext leaves before its tag was
//! checked; memory does not grow with the content. The bytes are described in `docs/formats/package.md`; where to read
//! next: `tree` for shares, `front` for what is in the open, `bulk` for the rest.

mod front;
mod geometry;
mod header;
mod kdf;
mod key;
mod layout;
mod section;
mod text;
mod tree;

#[cfg(feature = "bulk")]
mod bulk;

pub use front::{Front, PREFIX_LEN, PREVIEW_LEN_MAX, Prefix, SIGNATURES_LEN_MAX, Signatures};
pub use geometry::{CONTENT_LEN_MAX, Geometry, GeometryError, SEGMENT_LEN, STRETCH_SEGMENTS};
pub use header::{
    About, Credits, Delivery, HEADER_LEN_MAX, Header, HeaderError, KeyLine, Kind, OFFERS_LEN_MAX, PERFORMERS_MAX,
    POLICY_LEN_MAX, PreviewLine, SetKey, Shop, VERSION,
};
pub use key::{ContentKey, KeyId, NodeKey, OrderSecret, StretchKey};
pub use layout::{Layout, Piece, Stretch};
pub use section::{FrontError, Section};
pub use tree::{HeldNode, KeySource, OutOfReach, Stretches, Tree, Withheld};

#[cfg(feature = "bulk")]
pub use bulk::{
    Checked, FileError, OpenError, Package, ReadAt, SealError, digest, open_stream, seal, seal_file, seal_range,
};
