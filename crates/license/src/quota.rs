//! The quota: which numbers of an edition one seller gives out (SD-12).

use minicbor::{Decode, Encode};
use units::{OfferNo, PartyId};

/// Which numbers of an edition a seller gives out: signed by the publisher (kind quota, for the seller).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Quota {
    /// Whose edition.
    #[n(0)]
    pub publisher: PartyId,
    /// The offer.
    #[n(1)]
    pub number: OfferNo,
    /// The first number.
    #[n(2)]
    pub from: u32,
    /// One past the last.
    #[n(3)]
    pub to: u32,
}
