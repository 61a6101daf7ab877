//! Canonical CBOR (RFC 8949, section 4.2.1) in and out: one value, one byte string.
//!
//! Untrusted bytes are first walked without building anything (definite lengths only, depth and size bounded), then
//! decoded to the end, then encoded again and compared. Whatever is not exactly what we would have written is refused:
//! duplicate or unsorted keys, long forms, indefinite lengths, unknown fields, trailing bytes (row-82).

use alloc::vec::Vec;
use minicbor::{Decode, Decoder, Encode, data::Type};

/// The deepest nesting any message may have.
pub const DEPTH_MAX: usize = 16;
/// The largest message between cards and servers, in bytes: 256 slips and 256 links fit.
pub const MESSAGE_MAX: usize = 192 * 1024;

/// Why bytes are no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotCanonical {
    /// Longer than allowed here.
    #[error("longer than {0} bytes")]
    TooLong(usize),
    /// Nested deeper than [`DEPTH_MAX`].
    #[error("nested deeper than {DEPTH_MAX}")]
    TooDeep,
    /// Cut off, an indefinite length, or not CBOR at all.
    #[error("not well-formed CBOR of definite length")]
    Malformed,
    /// Well-formed, but not what stands here.
    #[error("not the expected message")]
    Unexpected,
    /// The right value written in another way, or with something behind it.
    #[error("not in canonical form")]
    NotCanonical,
}

/// The canonical bytes of `value`.
pub fn to_bytes<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    // Writing into a vector cannot fail, and none of our encoders makes up errors of its own.
    let _ = minicbor::encode(value, &mut out);
    out
}

/// Decodes exactly one canonical value of at most [`MESSAGE_MAX`] bytes.
pub fn from_bytes<'b, T: Decode<'b, ()> + Encode<()>>(bytes: &'b [u8]) -> Result<T, NotCanonical> {
    from_bytes_within(bytes, MESSAGE_MAX)
}

/// Decodes exactly one canonical value of at most `max` bytes.
pub fn from_bytes_within<'b, T: Decode<'b, ()> + Encode<()>>(bytes: &'b [u8], max: usize) -> Result<T, NotCanonical> {
    if bytes.len() > max {
        return Err(NotCanonical::TooLong(max));
    }
    walk(bytes)?;
    let value: T = minicbor::decode(bytes).map_err(|_| NotCanonical::Unexpected)?;
    if to_bytes(&value) == bytes {
        Ok(value)
    } else {
        Err(NotCanonical::NotCanonical)
    }
}

/// Walks one item without building it: definite lengths, bounded depth, nothing behind it.
fn walk(bytes: &[u8]) -> Result<(), NotCanonical> {
    let mut d = Decoder::new(bytes);
    // Items still to come on each open level.
    let mut open: Vec<u64> = Vec::with_capacity(DEPTH_MAX);
    loop {
        let bad = |_| NotCanonical::Malformed;
        let inside = match d.datatype().map_err(bad)? {
            Type::Array => d.array().map_err(bad)?.ok_or(NotCanonical::Malformed)?,
            Type::Map => d
                .map()
                .map_err(bad)?
                .and_then(|n| n.checked_mul(2))
                .ok_or(NotCanonical::Malformed)?,
            Type::Tag => d.tag().map(|_| 1).map_err(bad)?,
            Type::ArrayIndef | Type::MapIndef | Type::BytesIndef | Type::StringIndef | Type::Break => {
                return Err(NotCanonical::Malformed);
            }
            _ => d.skip().map(|()| 0).map_err(bad)?,
        };
        if inside > 0 {
            // Every item takes at least a byte, so a count beyond the rest of the input is a lie.
            if inside > bytes.len() as u64 {
                return Err(NotCanonical::Malformed);
            }
            if open.len() == DEPTH_MAX {
                return Err(NotCanonical::TooDeep);
            }
            open.push(inside);
            continue;
        }
        while let Some(rest) = open.last_mut() {
            *rest = rest.saturating_sub(1);
            if *rest > 0 {
                break;
            }
            open.pop();
        }
        if open.is_empty() {
            return if d.position() == bytes.len() {
                Ok(())
            } else {
                Err(NotCanonical::NotCanonical)
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::{Currency, Money};

    /// proves: row-82
    #[test]
    fn only_the_one_canonical_form_is_read() {
        let value = (7u8, alloc::vec![Money::new(5, Currency::JPY).unwrap()]);
        let bytes = to_bytes(&value);
        assert_eq!(from_bytes::<(u8, Vec<Money>)>(&bytes), Ok(value));
        for cut in 0..bytes.len() {
            assert!(from_bytes::<(u8, Vec<Money>)>(&bytes[..cut]).is_err());
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert_eq!(from_bytes::<(u8, Vec<Money>)>(&longer), Err(NotCanonical::NotCanonical));
        // 7 written in two bytes; an indefinite array; a string where a number stands.
        assert_eq!(from_bytes::<u8>(&[0x18, 0x07]), Err(NotCanonical::NotCanonical));
        assert_eq!(from_bytes::<Vec<u8>>(&[0x9f, 0x01, 0xff]), Err(NotCanonical::Malformed));
        assert_eq!(from_bytes::<u8>(&[0x61, 0x61]), Err(NotCanonical::Unexpected));
    }

    /// proves: row-82
    #[test]
    fn depth_and_length_bombs_are_refused_before_anything_is_built() {
        let deep: Vec<u8> = core::iter::repeat_n(0x81, 100).chain([0]).collect();
        assert_eq!(from_bytes::<u8>(&deep), Err(NotCanonical::TooDeep));
        assert_eq!(
            from_bytes::<u8>(&[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            Err(NotCanonical::Malformed)
        );
        assert_eq!(
            from_bytes::<u8>(&[0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            Err(NotCanonical::Malformed)
        );
        assert_eq!(from_bytes_within::<u8>(&[0; 3], 2), Err(NotCanonical::TooLong(2)));
        assert_eq!(from_bytes::<u8>(&[]), Err(NotCanonical::Malformed));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = from_bytes::<(u64, Vec<Vec<u8>>)>(&bytes);
        }
    }
}
