//! FLOE (c2sp.org/FLOE) with AES-256-GCM and HKDF-Expand-SHA-384: the public format of one stream.
//!
//! Written out here because the IVs come from outside: a package must be sealed again byte-equal (XD-4), and the crates
//! that implement FLOE draw them at random. What is written is plain FLOE and opens with any implementation of it; the
//! specification's known answers are held below in both directions.

use super::aead::{Aead, Forged};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha384;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Bytes of a stream's head.
pub(crate) const HEAD_LEN: usize = 10 + IV_LEN + 32;
/// Bytes of a stream's IV.
pub(crate) const IV_LEN: usize = 32;
/// What a segment's text stands behind: length, IV.
pub(crate) const BEFORE: usize = 4 + 12;
/// What follows a segment's text.
pub(crate) const AFTER: usize = 16;
/// The length field of every segment but the last.
const NOT_FINAL: [u8; 4] = [0xff; 4];

/// One stream, ready to seal and open segments.
pub(crate) struct Floe<A> {
    aead: A,
    segment_len: u32,
}

impl<A: Aead> Floe<A> {
    /// Starts a stream of segments of `segment_len` bytes in all; gives its head.
    pub(crate) fn start(key: &[u8; 32], iv: &[u8; IV_LEN], aad: &[u8], segment_len: u32) -> (Self, [u8; HEAD_LEN]) {
        let parameters = parameters(segment_len);
        let tag = derive(key, &[&parameters, iv, b"HEADER_TAG:", aad]);
        let message_key = derive(key, &[&parameters, iv, b"MESSAGE_KEY:", aad]);
        let segment_key = derive(&*message_key, &[&parameters, iv, b"DEK:", &0u64.to_be_bytes(), aad]);
        let mut first = Zeroizing::new([0; 32]);
        first.copy_from_slice(&segment_key[..32]);
        let mut head = [0; HEAD_LEN];
        head[..10].copy_from_slice(&parameters);
        head[10..10 + IV_LEN].copy_from_slice(iv);
        head[10 + IV_LEN..].copy_from_slice(&tag[..32]);
        (
            Self {
                aead: A::new(&first),
                segment_len,
            },
            head,
        )
    }

    /// Opens the stream with that head. Refuses one made with another key, context or segment length.
    pub(crate) fn resume(key: &[u8; 32], head: &[u8; HEAD_LEN], aad: &[u8], segment_len: u32) -> Result<Self, Forged> {
        let mut iv = [0; IV_LEN];
        iv.copy_from_slice(&head[10..10 + IV_LEN]);
        let (floe, expected) = Self::start(key, &iv, aad, segment_len);
        if bool::from(expected.ct_eq(head)) {
            Ok(floe)
        } else {
            Err(Forged)
        }
    }

    /// Seals a segment in place: `segment` is all of it, its text at [`BEFORE`]. Positions stay below 2^20, the
    /// specification's reach of one AEAD key; the geometry sees to that.
    pub(crate) fn seal(&self, position: u32, last: bool, iv: [u8; 12], segment: &mut [u8]) {
        let length = if last {
            (segment.len() as u32).to_be_bytes()
        } else {
            NOT_FINAL
        };
        let (before, rest) = segment.split_at_mut(BEFORE);
        let (text, tag) = rest.split_at_mut(rest.len() - AFTER);
        before[..4].copy_from_slice(&length);
        before[4..].copy_from_slice(&iv);
        tag.copy_from_slice(&self.aead.seal(iv, &place(position, last), text));
    }

    /// Opens a segment into `text`, which is exactly as long as the segment's text.
    pub(crate) fn open(&self, position: u32, last: bool, segment: &[u8], text: &mut [u8]) -> Result<(), Forged> {
        let iv = self.iv(last, segment)?;
        let (sealed, tag) = segment[BEFORE..].split_at(segment.len() - BEFORE - AFTER);
        self.aead.open(iv, &place(position, last), sealed, tag, text)
    }

    /// Opens a segment where it stands; its text is then at [`BEFORE`].
    pub(crate) fn open_in_place(&self, position: u32, last: bool, segment: &mut [u8]) -> Result<(), Forged> {
        let iv = self.iv(last, segment)?;
        self.aead
            .open_in_place(iv, &place(position, last), &mut segment[BEFORE..])
    }

    /// The IV of a segment whose length is right, and is what it says.
    fn iv(&self, last: bool, segment: &[u8]) -> Result<[u8; 12], Forged> {
        let full = segment.len() as u64 == u64::from(self.segment_len);
        let length = if last {
            (segment.len() as u32).to_be_bytes()
        } else {
            NOT_FINAL
        };
        let fits = segment.len() >= BEFORE + AFTER && segment.len() as u64 <= u64::from(self.segment_len);
        if !fits || (!last && !full) || segment[..4] != length {
            return Err(Forged);
        }
        let mut iv = [0; 12];
        iv.copy_from_slice(&segment[4..BEFORE]);
        Ok(iv)
    }
}

fn place(position: u32, last: bool) -> [u8; 9] {
    let mut place = [0; 9];
    place[..8].copy_from_slice(&u64::from(position).to_be_bytes());
    place[8] = last.into();
    place
}

fn parameters(segment_len: u32) -> [u8; 10] {
    let mut parameters = [0; 10];
    parameters[2..6].copy_from_slice(&segment_len.to_be_bytes());
    parameters[6..].copy_from_slice(&(IV_LEN as u32).to_be_bytes());
    parameters
}

/// One block of HKDF-Expand-SHA-384: everything FLOE derives fits into it.
fn derive(key: &[u8], info: &[&[u8]]) -> Zeroizing<[u8; 48]> {
    let mut mac = match Hmac::<Sha384>::new_from_slice(key) {
        Ok(mac) => mac,
        Err(_) => unreachable!("HMAC takes keys of any length"),
    };
    for part in info {
        mac.update(part);
    }
    mac.update(&[1]);
    Zeroizing::new(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::{super::aead::AwsLc, *};

    const AAD: &[u8] = b"This is AAD";

    fn known(name: &str) -> Vec<u8> {
        let path = format!("{}/../../vendor/floe-kats/{name}.txt", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        data_encoding::HEXLOWER_PERMISSIVE
            .decode(text.trim().as_bytes())
            .unwrap()
    }

    fn each(mut check: impl FnMut(&str, u32, &[u8], &[u8])) {
        for maker in ["cpp", "go", "java", "pub_java", "rust"] {
            for (name, len) in [("64", 64), ("4K", 4096)] {
                let base = format!("{maker}_GCM256_IV256_{name}");
                check(&base, len, &known(&format!("{base}_ct")), &known(&format!("{base}_pt")));
            }
        }
    }

    // proves: row-39
    #[test]
    fn opens_what_every_other_implementation_sealed() {
        each(|name, len, sealed, plain| {
            let head: &[u8; HEAD_LEN] = sealed[..HEAD_LEN].try_into().unwrap();
            let floe = Floe::<AwsLc>::resume(&[0; 32], head, AAD, len).unwrap();
            let (mut text, count) = (Vec::new(), sealed[HEAD_LEN..].len().div_ceil(len as usize));
            for (i, segment) in sealed[HEAD_LEN..].chunks(len as usize).enumerate() {
                let mut part = vec![0; segment.len() - BEFORE - AFTER];
                floe.open(i as u32, i + 1 == count, segment, &mut part).unwrap();
                let mut in_place = segment.to_vec();
                floe.open_in_place(i as u32, i + 1 == count, &mut in_place).unwrap();
                assert_eq!(part, in_place[BEFORE..BEFORE + part.len()]);
                assert!(floe.open(i as u32, i + 1 != count, segment, &mut part.clone()).is_err());
                assert!(
                    floe.open(i as u32 + 1, i + 1 == count, segment, &mut part.clone())
                        .is_err()
                );
                text.extend(part);
            }
            assert_eq!(text, plain, "{name}");
            assert!(Floe::<AwsLc>::resume(&[1; 32], head, AAD, len).is_err());
            assert!(Floe::<AwsLc>::resume(&[0; 32], head, b"other", len).is_err());
            assert!(Floe::<AwsLc>::resume(&[0; 32], head, AAD, len + 1).is_err());
        });
    }

    #[test]
    fn seals_byte_equal_to_every_other_implementation() {
        each(|name, len, sealed, plain| {
            let iv: &[u8; IV_LEN] = sealed[10..10 + IV_LEN].try_into().unwrap();
            let (floe, head) = Floe::<AwsLc>::start(&[0; 32], iv, AAD, len);
            let mut made = head.to_vec();
            let count = sealed[HEAD_LEN..].len().div_ceil(len as usize);
            let mut texts = plain.chunks(len as usize - BEFORE - AFTER);
            for (i, known) in sealed[HEAD_LEN..].chunks(len as usize).enumerate() {
                let mut segment = vec![0; BEFORE];
                segment.extend(texts.next().unwrap_or_default());
                segment.extend([0; AFTER]);
                floe.seal(
                    i as u32,
                    i + 1 == count,
                    known[4..BEFORE].try_into().unwrap(),
                    &mut segment,
                );
                made.extend(segment);
            }
            assert!(made == sealed, "{name}");
        });
    }
}
