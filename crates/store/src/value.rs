//! Values: CBOR behind one version byte, so that a row written years ago is either understood or refused, never misread.

use units::{
    ApprovalId, CardNo, ContentId, DealId, Hash, LicenseId, Moment, Money, OfferNo, OrderId, PartyId, RealmId, Span,
    Tag, TransferId, ValueId,
};

/// Something a row holds. For most types: `impl store::Value for Order {}`.
pub trait Value: Sized + minicbor::Encode<()> + for<'b> minicbor::Decode<'b, ()> {
    /// Raised whenever the CBOR form changes so that old rows no longer decode.
    const VERSION: u8 = 1;

    /// Reads a row of an older version; `None` when it cannot. Rows are rewritten in the present version when next put.
    fn upgrade(version: u8, cbor: &[u8]) -> Option<Self> {
        let _ = (version, cbor);
        None
    }
}

/// The bytes of a row.
pub(crate) fn to_bytes<V: Value>(value: &V) -> Vec<u8> {
    let mut out = vec![V::VERSION];
    // Writing into a vector cannot fail, and our types have no encoding error of their own; were that ever untrue, the
    // cut-off row would be refused on reading, and no transaction of ours writes what it has not been able to read.
    if minicbor::encode(value, &mut out).is_err() {
        out.truncate(1)
    }
    out
}

/// The value of a row, or why it is none.
pub(crate) fn from_bytes<V: Value>(bytes: &[u8]) -> Result<V, String> {
    let (&version, cbor) = bytes.split_first().ok_or_else(|| "empty".to_owned())?;
    if version != V::VERSION {
        return V::upgrade(version, cbor)
            .ok_or_else(|| format!("version {version}, this program knows {}", V::VERSION));
    }
    let mut decoder = minicbor::Decoder::new(cbor);
    let value = decoder.decode().map_err(|e| e.to_string())?;
    if decoder.position() == cbor.len() {
        Ok(value)
    } else {
        Err("bytes after its end".to_owned())
    }
}

macro_rules! plain_values {
    ($($name:ty),*) => { $(impl Value for $name {})* };
}
plain_values!((), bool, u8, u16, u32, u64, i64, String, Money, Moment, Span);
plain_values!(
    ApprovalId, CardNo, ContentId, DealId, Hash, LicenseId, OfferNo, OrderId, PartyId, RealmId, Tag, TransferId,
    ValueId
);
plain_values!(minicbor::bytes::ByteVec);

#[cfg(test)]
mod tests {
    use super::*;
    use minicbor::{Decode, Encode};

    #[derive(Debug, PartialEq, Encode, Decode)]
    struct Old(#[n(0)] u64);
    impl Value for Old {}

    #[derive(Debug, PartialEq, Encode, Decode)]
    struct New(#[n(0)] String);
    impl Value for New {
        const VERSION: u8 = 2;
        fn upgrade(version: u8, cbor: &[u8]) -> Option<Self> {
            if version != 1 {
                return None;
            }
            minicbor::decode::<Old>(cbor).ok().map(|old| Self(old.0.to_string()))
        }
    }

    #[test]
    fn old_rows_are_read_and_unknown_ones_refused() {
        assert_eq!(from_bytes::<New>(&to_bytes(&Old(7))), Ok(New("7".into())));
        assert_eq!(from_bytes::<New>(&to_bytes(&New("x".into()))), Ok(New("x".into())));
        assert!(
            from_bytes::<Old>(&to_bytes(&New("x".into())))
                .unwrap_err()
                .contains("version 2")
        );
        assert!(from_bytes::<u64>(&[]).is_err());
        assert!(from_bytes::<u64>(&[1]).is_err());
        assert!(from_bytes::<u64>(&[1, 7, 7]).unwrap_err().contains("after its end"));
        assert_eq!(from_bytes::<u64>(&[1, 7]), Ok(7));
    }
}
