//! Digest: what a content is, said in the header and checked on request.

use super::{
    BATCH,
    open::{OpenError, Package},
    seal::read_full,
    source::ReadAt,
};
use crate::{ContentKey, tree::HeldNode};
use sha2::{Digest, Sha256};
use std::io::{self, Read};
use subtle::ConstantTimeEq;
use units::Hash;
use zeroize::Zeroizing;

/// SHA-256 and length of a content: computed once, when a work is registered, and then good for every package of it.
pub fn digest(mut content: impl Read, progress: &mut dyn FnMut(u64)) -> io::Result<(Hash, u64)> {
    let (mut hash, mut len) = (Sha256::new(), 0);
    let mut buf = Zeroizing::new(vec![0; BATCH]);
    loop {
        let n = read_full(&mut content, &mut buf)?;
        hash.update(&buf[..n]);
        len += n as u64;
        progress(len);
        if n < buf.len() {
            return Ok((Hash(hash.finalize().into()), len));
        }
    }
}

/// What a full check of a package found, beyond that every byte of it is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// The content is the one the header names.
    Named,
    /// The header names no content.
    Unnamed,
    /// Every byte is sealed right, but as another content than the header names: the publisher's fraud or mistake (row 39).
    Other,
}

impl<R: ReadAt> Package<R> {
    /// Reads everything, decrypts it and compares it with what the header says of it. For whoever has the content key:
    /// sellers before they sell, reviewers, cards with the whole share.
    pub fn check(&mut self, key: &ContentKey, progress: &mut dyn FnMut(u64)) -> Result<Checked, OpenError> {
        let keys = HeldNode::whole(key, self.front().tree());
        if !self.front().header().is_under(key) {
            return Err(OpenError::Foreign {
                offset: self.front().bytes().len() as u64,
            });
        }
        let mut hash = Sha256::new();
        self.each_piece(&keys, &mut |piece, text| {
            hash.update(text);
            progress(piece.file.end);
        })?;
        let found = key.digest_line(&Hash(hash.finalize().into()));
        Ok(match self.front().header().digest {
            None => Checked::Unnamed,
            Some(line) if bool::from(line.0.ct_eq(&found.0)) => Checked::Named,
            Some(_) => Checked::Other,
        })
    }
}
