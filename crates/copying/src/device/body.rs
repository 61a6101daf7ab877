//! Body: a device as it left the factory: its id, what it is, and its key.

use minicbor::{Decode, Encode};
use seal::{Secret, cbor};

use crate::ids::{DeliveryId, DeviceId, DeviceKind};

/// A device's own id and key. The key is never said; parts and seals are made from it.
#[derive(Debug)]
pub struct Body {
    id: DeviceId,
    kind: DeviceKind,
    key: Secret,
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct Burned {
    #[n(0)]
    id: DeviceId,
    #[n(1)]
    kind: DeviceKind,
    #[cbor(n(2), with = "minicbor::bytes")]
    key: [u8; 32],
}

impl Body {
    /// From the factory.
    pub const fn new(id: DeviceId, kind: DeviceKind, key: Secret) -> Self {
        Self { id, kind, key }
    }
    /// Its id.
    pub const fn id(&self) -> DeviceId {
        self.id
    }
    /// What it is.
    pub const fn kind(&self) -> DeviceKind {
        self.kind
    }
    pub(crate) const fn key(&self) -> &Secret {
        &self.key
    }
    /// What a device of software is kept as. Secret: it is the device.
    pub fn burn(&self) -> zeroize::Zeroizing<Vec<u8>> {
        let burned = Burned {
            id: self.id,
            kind: self.kind,
            key: *self.key.expose(),
        };
        zeroize::Zeroizing::new(cbor::to_bytes(&burned))
    }
    /// From those bytes.
    pub fn read(bytes: &[u8]) -> Result<Self, cbor::NotCanonical> {
        let burned: Burned = cbor::from_bytes(bytes)?;
        Ok(Self::new(burned.id, burned.kind, Secret::new(burned.key)))
    }
    /// What this device shows to a card, and to nobody else: what a license that is bound to it asks for.
    pub fn shown(&self) -> Secret {
        self.key.derive("shown to a card", &[])
    }
    /// What this device adds to the key of one copy: nobody else can, so no other device opens it.
    pub fn part(&self, delivery: DeliveryId) -> Secret {
        self.key.derive("part of a copy", &[&delivery.0])
    }
}
