//! Fields inside data: BER-TLV with the tags and lengths that this card uses. What is not minimal is refused.

use alloc::vec::Vec;

/// Fields that do not hold: cut, over-long, or with a length not written in the shortest way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the fields of these data cannot be read")]
pub struct Unreadable;

/// Appends a field with a one-byte tag.
pub fn put(out: &mut Vec<u8>, tag: u8, value: &[u8]) {
    out.push(tag);
    length(out, value.len());
    out.extend_from_slice(value);
}

/// A number as a field, in as few bytes as it needs, at least one.
pub fn put_number(out: &mut Vec<u8>, tag: u8, n: u64) {
    let bytes = n.to_be_bytes();
    let from = bytes.iter().position(|b| *b != 0).unwrap_or(7);
    put(out, tag, bytes.get(from..).unwrap_or_default());
}

fn length(out: &mut Vec<u8>, n: usize) {
    let [.., a, b, c] = n.to_be_bytes();
    match n {
        0..=0x7F => out.push(c),
        0x80..=0xFF => out.extend_from_slice(&[0x81, c]),
        0x100..=0xFFFF => out.extend_from_slice(&[0x82, b, c]),
        _ => out.extend_from_slice(&[0x83, a, b, c]),
    }
}

/// Fields in the order in which they stand.
#[derive(Debug, Clone)]
pub struct Fields<'a>(Vec<(u8, &'a [u8])>);

impl<'a> Fields<'a> {
    /// Reads them all.
    pub fn parse(mut bytes: &'a [u8]) -> Result<Self, Unreadable> {
        let mut fields = Vec::new();
        while let [tag, rest @ ..] = bytes {
            let (value, rest) = take(rest)?;
            fields.push((*tag, value));
            bytes = rest;
        }
        Ok(Self(fields))
    }
    /// The first field with this tag.
    pub fn get(&self, tag: u8) -> Option<&'a [u8]> {
        self.all(tag).next()
    }
    /// All fields with this tag.
    pub fn all(&self, tag: u8) -> impl Iterator<Item = &'a [u8]> + '_ {
        self.0.iter().filter(move |(t, _)| *t == tag).map(|(_, value)| *value)
    }
    /// The first field with this tag, of exactly this size.
    pub fn exact<const N: usize>(&self, tag: u8) -> Option<[u8; N]> {
        self.get(tag)?.try_into().ok()
    }
    /// The first field with this tag as a number of at most eight bytes.
    pub fn number(&self, tag: u8) -> Option<u64> {
        let bytes = self.get(tag)?;
        let whole = (1..=8).contains(&bytes.len());
        whole.then(|| bytes.iter().fold(0, |n, b| n << 8 | u64::from(*b)))
    }
    /// The first field with this tag as text.
    pub fn text(&self, tag: u8) -> Option<&'a str> {
        core::str::from_utf8(self.get(tag)?).ok()
    }
}

fn take(bytes: &[u8]) -> Result<(&[u8], &[u8]), Unreadable> {
    let (n, least, rest) = match bytes {
        [n @ 0..=0x7F, rest @ ..] => (usize::from(*n), 0, rest),
        [0x81, n, rest @ ..] => (usize::from(*n), 0x80, rest),
        [0x82, a, b, rest @ ..] => (usize::from(u16::from_be_bytes([*a, *b])), 0x100, rest),
        [0x83, a, b, c, rest @ ..] => {
            let n = u32::from_be_bytes([0, *a, *b, *c]);
            (usize::try_from(n).map_err(|_| Unreadable)?, 0x1_0000, rest)
        }
        _ => return Err(Unreadable),
    };
    if n < least {
        return Err(Unreadable);
    }
    rest.split_at_checked(n).ok_or(Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn long_ways_of_writing_a_length_are_refused() {
        for bad in [
            &[0x80][..],
            &[0x80, 2, 1],
            &[0x80, 0x81, 5, 1, 2, 3, 4, 5],
            &[0x80, 0x82, 0, 0x80],
            &[0x80, 0x84, 0, 0, 0, 1, 1],
        ] {
            assert!(Fields::parse(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        /// proves: row-82
        #[test]
        fn fields_come_back_and_no_bytes_make_it_stumble(
            fields in prop::collection::vec((any::<u8>(), prop::collection::vec(any::<u8>(), 0..400)), 0..6),
            n in any::<u64>(),
            noise in prop::collection::vec(any::<u8>(), 0..60),
        ) {
            let mut out = Vec::new();
            for (tag, value) in &fields {
                put(&mut out, *tag, value);
            }
            let read = Fields::parse(&out).unwrap();
            prop_assert_eq!(read.0.len(), fields.len());
            for ((tag, value), (t, v)) in fields.iter().zip(&read.0) {
                prop_assert_eq!((tag, &value[..]), (t, *v));
            }
            let mut number = Vec::new();
            put_number(&mut number, 0x80, n);
            prop_assert_eq!(Fields::parse(&number).unwrap().number(0x80), Some(n));
            if let Ok(read) = Fields::parse(&noise) {
                let _ = (read.number(0x80), read.text(0x80), read.exact::<4>(0x80));
            }
        }
    }
}
