//! Stretch: one FLOE stream of a package, with IVs that are derived instead of drawn.
//!
//! The stream's IV follows from the stretch key and the header. A segment's IV follows from the stretch key, the header,
//! the segment's place *and its text*: a GMAC of the text under a key used for nothing else, through HMAC. Sealing again
//! gives the same bytes (XD-4); sealing a changed text by mistake gives another IV, so no IV ever meets two texts, and
//! nothing has to be remembered between processes to be sure of it (row-83).

use super::{
    aead::{Aead, AwsLc, Forged},
    floe::{BEFORE, Floe, HEAD_LEN, IV_LEN},
};
use crate::{Front, StretchKey, kdf, layout::Piece};
use zeroize::Zeroizing;

const SEGMENT_EXTRA: u32 = 32;

/// What every segment of a stretch is bound to: this format, this package's header, this stretch.
fn context(front: &Front, index: u32) -> [u8; 53] {
    let mut context = [0; 53];
    context[..17].copy_from_slice(b"keyfare package 1");
    context[17..49].copy_from_slice(&front.package().0);
    context[49..].copy_from_slice(&index.to_be_bytes());
    context
}

/// Seals one stretch.
pub(super) struct Sealing {
    floe: Floe<AwsLc>,
    head: [u8; HEAD_LEN],
    text_mac: AwsLc,
    iv_key: Zeroizing<[u8; 32]>,
}

impl Sealing {
    /// That of this front whose key it is.
    pub(super) fn new(front: &Front, key: &StretchKey) -> Self {
        let context = context(front, key.index());
        let iv: [u8; IV_LEN] = *kdf::expand(&key.bytes, "stream iv", [&context, &[], &[]]);
        let segment_len = front.header().geometry.segment_len() + SEGMENT_EXTRA;
        let (floe, head) = Floe::start(&key.bytes, &iv, &context, segment_len);
        let text_mac = AwsLc::new(&kdf::expand(&key.bytes, "text mac", [&context, &[], &[]]));
        let iv_key = kdf::expand(&key.bytes, "segment iv", [&context, &[], &[]]);
        Self {
            floe,
            head,
            text_mac,
            iv_key,
        }
    }

    /// Seals a piece in place: `bytes` is all of it, with the text where [`Piece::text`] says.
    pub(super) fn seal(&self, piece: &Piece, bytes: &mut [u8]) {
        let digest = self.text_mac.seal([0; 12], &bytes[piece.text()], &mut []);
        let place = (u64::from(piece.segment) << 1 | u64::from(piece.last)).to_be_bytes();
        let mut iv = [0; 12];
        iv.copy_from_slice(&kdf::mac(&self.iv_key, &[&digest, &place])[..12]);
        let (head, segment) = bytes.split_at_mut(piece.head_len());
        head.copy_from_slice(&self.head[..head.len()]);
        self.floe.seal(piece.segment, piece.last, iv, segment);
    }
}

/// Opens one stretch.
pub(super) struct Opening {
    floe: Floe<AwsLc>,
    head: [u8; HEAD_LEN],
}

impl Opening {
    /// That of this front with this head, if the key is its.
    pub(super) fn new(front: &Front, key: &StretchKey, head: &[u8; HEAD_LEN]) -> Result<Self, Forged> {
        let segment_len = front.header().geometry.segment_len() + SEGMENT_EXTRA;
        let floe = Floe::resume(&key.bytes, head, &context(front, key.index()), segment_len)?;
        Ok(Self { floe, head: *head })
    }

    /// Opens a piece into `text`, which is as long as its text.
    pub(super) fn open(&self, piece: &Piece, bytes: &[u8], text: &mut [u8]) -> Result<(), Forged> {
        self.floe
            .open(piece.segment, piece.last, self.segment(piece, bytes)?, text)
    }

    /// Opens a piece where it stands: the text is then where [`Piece::text`] says.
    pub(super) fn open_in_place(&self, piece: &Piece, bytes: &mut [u8]) -> Result<(), Forged> {
        self.segment(piece, bytes)?;
        self.floe
            .open_in_place(piece.segment, piece.last, &mut bytes[piece.head_len()..])
    }

    fn segment<'a>(&self, piece: &Piece, bytes: &'a [u8]) -> Result<&'a [u8], Forged> {
        if bytes.len() != piece.sealed_len() {
            return Err(Forged);
        }
        let (head, segment) = bytes.split_at(piece.head_len());
        if head != &self.head[..head.len()] {
            return Err(Forged);
        }
        Ok(segment)
    }
}

const _: () = assert!(BEFORE + 16 == SEGMENT_EXTRA as usize);
