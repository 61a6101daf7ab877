//! Clock: signs what time it is, for cards and parties that have no clock to trust. Keeps nothing.
//!
//! Run by: whoever the realm certified for time. Sees: nobody's business, only that somebody asked.

use deal::wire::Tick;
use minicbor::bytes::ByteVec;
use seal::{Audience, Kind, cbor};
use units::{Moment, RealmId};

use crate::keys::PartyKeys;

/// A party with the time role.
#[derive(Debug)]
pub struct Clock {
    keys: PartyKeys,
    realm: RealmId,
}

impl Clock {
    /// The clock with these keys.
    pub const fn new(keys: PartyKeys, realm: RealmId) -> Self {
        Self { keys, realm }
    }
    /// A tick: `now`, signed, with the clock's certificate.
    pub fn tick(&self, now: Moment) -> Vec<u8> {
        let signed = seal::sign(self.keys.signer(), Kind::Tick, self.realm, Audience::Anyone, &now);
        cbor::to_bytes(&Tick {
            signed: ByteVec::from(signed),
            certificate: ByteVec::from(self.keys.certificate().to_vec()),
        })
    }
}
