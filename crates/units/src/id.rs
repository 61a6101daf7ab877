//! Ids: one type per thing, fixed size, one text form.
//!
//! Text form: lower-case base32 without padding (RFC 4648 alphabet), as it must survive file names, addresses, QR codes
//! and being read aloud. Binary form in CBOR: a byte string.

use alloc::string::String;
use core::{fmt, str::FromStr};
use data_encoding::BASE32_NOPAD;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

/// A text that is no id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not {what}: expected {expected} base32 characters (a-z, 2-7)")]
pub struct NotAnId {
    /// What was asked for, with its article: "a card number".
    pub what: &'static str,
    /// How many characters the text form has.
    pub expected: usize,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $size:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub [u8; $size]);

        impl $name {
            /// Size in bytes.
            pub const LEN: usize = $size;
            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; $size] { &self.0 }
            /// From a slice of exactly [`Self::LEN`] bytes.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> { bytes.try_into().ok().map(Self) }
            /// The first eight characters of the text form: enough for people to tell two apart on one screen.
            pub fn short(&self) -> String {
                let mut text = alloc::string::ToString::to_string(self);
                text.truncate(8);
                text
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&BASE32_NOPAD.encode(&self.0).to_ascii_lowercase())
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, concat!(stringify!($name), "({})"), self) }
        }
        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let no = NotAnId { what: $what, expected: ($size as usize * 8).div_ceil(5) };
                if text.len() != no.expected || text.bytes().any(|b| b.is_ascii_uppercase()) { return Err(no) }
                let bytes = BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).map_err(|_| no.clone())?;
                Self::from_slice(&bytes).ok_or(no)
            }
        }
        impl<C> Encode<C> for $name {
            fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }
        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
                Self::from_slice(d.bytes()?).ok_or_else(|| decode::Error::message(concat!("wrong size of ", $what)))
            }
        }
    };
}

id!(/** A SHA-256 digest of something named by the field that holds it. */ Hash, 32, "a hash");
id!(/** A deal: SHA-256 of the signed `pay` message. */ DealId, 32, "a deal id");
id!(/** A realm: SHA-256 of its realm file, cut to 16 bytes. */ RealmId, 16, "a realm id");
id!(/** A card, as only its issuer knows it. */ CardNo, 16, "a card number");
id!(/** A server-side party: publisher, seller, issuer, bank, registry. Given by the registry. */ PartyId, 16, "a party id");
id!(/** A work, whatever its edition or package. */ ContentId, 16, "a content id");
id!(/** One grant of one offer to one card, on that card. */ LicenseId, 16, "a license id");
id!(/** A card's name for one deal; only its issuer maps it to a card. */ Tag, 16, "a tag");
id!(/** A server's name for one order: random, under the signature of its quote. */ OrderId, 16, "an order id");
id!(/** A single-use value: coupon, ticket, cheque, points, refund order, receipt. */ ValueId, 16, "a value id");
id!(/** An approval: the server that issued it holds the amount under this very id. */ ApprovalId, 16, "an approval id");
id!(/** One transfer in a ledger or between banks; the same id for ever. */ TransferId, 16, "a transfer id");

/// The number under which an offer stands on the shelf. Typed by people, so digits only; the upper digits may be an
/// enterprise code (ST-17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct OfferNo(#[n(0)] pub u64);

impl fmt::Display for OfferNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for OfferNo {
    type Err = NotAnId;
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let no = NotAnId {
            what: "an offer number",
            expected: 20,
        };
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(no);
        }
        text.parse().map(Self).map_err(|_| no)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips_and_refuses_everything_else() {
        let id = CardNo([7; 16]);
        let text = id.to_string();
        assert_eq!(text.len(), 26);
        assert_eq!(text.parse::<CardNo>().unwrap(), id);
        for bad in [
            "",
            "a",
            &text[1..],
            &text.to_uppercase(),
            &format!("{text}a"),
            &text.replace('a', "1"),
        ] {
            if bad != text {
                assert!(bad.parse::<CardNo>().is_err(), "{bad}");
            }
        }
        assert!("12a".parse::<OfferNo>().is_err());
        assert_eq!("204".parse::<OfferNo>().unwrap(), OfferNo(204));
    }

    #[test]
    fn a_wrong_size_is_refused_in_cbor() {
        let bytes = minicbor::to_vec(Tag([1; 16])).unwrap();
        assert_eq!(minicbor::decode::<Tag>(&bytes).unwrap(), Tag([1; 16]));
        assert!(minicbor::decode::<Hash>(&bytes).is_err());
    }
}
