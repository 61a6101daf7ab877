//! Keys: an encoding whose byte order is the order of the values, so that "the holds that expire before noon" is one
//! range. Every encoding says where it ends, so tuples are simply written one after the other.

use units::{
    ApprovalId, CardNo, ContentId, DealId, Hash, LicenseId, Moment, OfferNo, OrderId, PartyId, RealmId, Tag,
    TransferId, ValueId,
};

/// Something rows can be ordered by. Implement it for a newtype by passing on to its content.
pub trait Key: Sized {
    /// Appends the encoding.
    fn write(&self, out: &mut Vec<u8>);
    /// Takes one value off the front; `None` when the bytes are no such value.
    fn read(bytes: &mut &[u8]) -> Option<Self>;

    /// The encoding alone.
    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(40);
        self.write(&mut out);
        out
    }
    /// The value of exactly these bytes.
    fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let key = Self::read(&mut bytes)?;
        bytes.is_empty().then_some(key)
    }
}

impl<const N: usize> Key for [u8; N] {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self)
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk::<N>()?;
        *bytes = rest;
        Some(*head)
    }
}

macro_rules! number_keys {
    ($($number:ty),*) => { $(
        impl Key for $number {
            fn write(&self, out: &mut Vec<u8>) { out.extend_from_slice(&self.to_be_bytes()) }
            fn read(bytes: &mut &[u8]) -> Option<Self> { Key::read(bytes).map(Self::from_be_bytes) }
        }
    )* };
}
number_keys!(u8, u16, u32, u64);

macro_rules! newtype_keys {
    ($($name:ident),*) => { $(
        impl Key for $name {
            fn write(&self, out: &mut Vec<u8>) { self.0.write(out) }
            fn read(bytes: &mut &[u8]) -> Option<Self> { Key::read(bytes).map(Self) }
        }
    )* };
}
newtype_keys!(
    ApprovalId, CardNo, ContentId, DealId, Hash, LicenseId, Moment, OfferNo, OrderId, PartyId, RealmId, Tag,
    TransferId, ValueId
);

impl Key for () {
    fn write(&self, _: &mut Vec<u8>) {}
    fn read(_: &mut &[u8]) -> Option<Self> {
        Some(())
    }
}

impl Key for bool {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self))
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        match u8::read(bytes)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

/// Short texts. A zero byte becomes 0 255 and the end is 0 1, so that "a" comes before "a b" whatever follows it.
impl Key for String {
    fn write(&self, out: &mut Vec<u8>) {
        for byte in self.bytes() {
            out.push(byte);
            if byte == 0 {
                out.push(255)
            }
        }
        out.extend_from_slice(&[0, 1]);
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let mut text = Vec::new();
        loop {
            match u8::read(bytes)? {
                0 => match u8::read(bytes)? {
                    1 => return Self::from_utf8(text).ok(),
                    255 => text.push(0),
                    _ => return None,
                },
                byte => text.push(byte),
            }
        }
    }
}

/// Absent comes before present.
impl<K: Key> Key for Option<K> {
    fn write(&self, out: &mut Vec<u8>) {
        self.is_some().write(out);
        if let Some(key) = self {
            key.write(out)
        }
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        if bool::read(bytes)? {
            K::read(bytes).map(Some)
        } else {
            Some(None)
        }
    }
}

macro_rules! tuple_keys {
    ($($name:ident)*) => {
        impl<$($name: Key),*> Key for ($($name,)*) {
            #[allow(non_snake_case)] // one name for type and value keeps the macro readable
            fn write(&self, out: &mut Vec<u8>) { let ($($name,)*) = self; $($name.write(out);)* }
            fn read(bytes: &mut &[u8]) -> Option<Self> { Some(($($name::read(bytes)?,)*)) }
        }
    };
}
tuple_keys!(A B);
tuple_keys!(A B C);
tuple_keys!(A B C D);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn same_order<K: Key + Ord + Clone + core::fmt::Debug>(a: &K, b: &K) {
        assert_eq!(a.cmp(b), a.to_bytes().cmp(&b.to_bytes()), "{a:?} {b:?}");
        assert_eq!(K::from_bytes(&a.to_bytes()).as_ref(), Some(a));
    }

    proptest! {
        #[test]
        fn bytes_keep_the_order_of_values(a: (String, u64), b: (String, u64), c: (Option<u32>, bool, [u8; 3]), d: (Option<u32>, bool, [u8; 3])) {
            same_order(&a, &b);
            same_order(&c, &d);
            same_order(&(a.0.clone(), b.1), &(a.0.clone() + "\0", a.1));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            // Whatever reads as a key writes back to the same bytes: one value, one encoding.
            if let Some(key) = <(String, Option<u64>)>::from_bytes(&bytes) { prop_assert_eq!(key.to_bytes(), bytes) }
        }
    }

    #[test]
    fn trailing_and_missing_bytes_are_refused() {
        assert_eq!(u64::from_bytes(&[0; 8]), Some(0));
        assert_eq!(u64::from_bytes(&[0; 9]), None);
        assert_eq!(u64::from_bytes(&[0; 7]), None);
        assert_eq!(String::from_bytes(b"a"), None);
        assert_eq!(bool::from_bytes(&[2]), None);
    }
}
