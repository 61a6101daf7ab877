//! Batch: what a press makes known to a server before anything of it leaves the factory (CM-1).
//!
//! A batch is a seed and a count: ids and keys follow from them, so that the press makes the same pieces after every cut, no
//! id is drawn twice, and the sheet that makes ten thousand pieces known is short. It is signed by whoever presses and sealed
//! to the one server that shall know them; on its way it is a file like any other.

use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Audience, Kind, NotOpened, NotSigned, Opener, SealTo, Secret, Seed, Signer, Trust, cbor, role};
use units::{ContentId, Hash, Moment, Money, OfferNo, PartyId, RealmId};

use crate::ids::{BatchId, DeviceId, DeviceKind, MediumId};

const PURPOSE: &str = "keyfare batch";

/// What is pressed.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub enum Pressed {
    /// Media of one content.
    #[n(0)]
    Media(#[n(0)] Content),
    /// Cards, players or drives.
    #[n(1)]
    Devices(#[n(0)] DeviceKind),
}

/// The content of a batch of media.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Content {
    /// What people call it.
    #[n(0)]
    pub title: String,
    /// The work.
    #[n(1)]
    pub content: ContentId,
    /// Hash of the package's header.
    #[n(2)]
    pub package: Hash,
    /// The Content-Key.
    #[n(3)]
    pub key: ByteVec,
    /// What a key costs its user.
    #[n(4)]
    pub price: Money,
    /// Have its media ids? Without, they are given away (CM-11).
    #[n(5)]
    pub numbered: bool,
    /// May the same devices have the key again after a complete copy?
    #[n(6)]
    pub again: bool,
    /// The offer that these media pay for at a shop; nothing: their keys come from copy management.
    #[n(7)]
    pub offer: Option<OfferNo>,
}

impl core::fmt::Debug for Content {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Content({})", self.title)
    }
}

impl core::fmt::Debug for Pressed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Media(content) => content.fmt(f),
            Self::Devices(kind) => kind.fmt(f),
        }
    }
}

/// A batch.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Batch {
    /// Its id.
    #[n(0)]
    pub id: BatchId,
    /// How many pieces.
    #[n(1)]
    pub count: u32,
    /// What ids and keys follow from.
    #[n(2)]
    seed: ByteVec,
    /// Of what.
    #[n(3)]
    pub what: Pressed,
}

impl core::fmt::Debug for Batch {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Batch({}, {} of {:?})", self.id, self.count, self.what)
    }
}

/// A device as it leaves the factory: its key is burned in, and told nobody again.
#[derive(Debug)]
pub struct Blank {
    /// Its id, for the label.
    pub id: DeviceId,
    /// Its key.
    pub key: Secret,
}

fn sixteen(secret: &Secret) -> [u8; 16] {
    let mut id = [0; 16];
    id.copy_from_slice(&secret.expose()[..16]);
    id
}

impl Batch {
    /// A new batch, of fresh randomness.
    pub fn new(count: u32, what: Pressed, seed: &Seed) -> Self {
        Self {
            id: BatchId(seed.id("batch")),
            count,
            seed: seed.part("pieces").expose().to_vec().into(),
            what,
        }
    }
    /// The batch of this id whose pieces follow from `secret`: made where it shall be known, so no seed of it travels.
    pub(crate) fn at_home(id: BatchId, count: u32, what: Pressed, secret: &Secret) -> Self {
        Self {
            id,
            count,
            seed: secret.expose().to_vec().into(),
            what,
        }
    }
    fn secret(&self) -> Secret {
        Secret::from_slice(&self.seed).unwrap_or_else(|| Secret::new([0; 32]))
    }
    /// The id of its medium number `n`, from 0; nothing beyond its count, or where media have none.
    pub fn medium(&self, n: u32) -> Option<MediumId> {
        match &self.what {
            Pressed::Media(content) if content.numbered && n < self.count => Some(MediumId(sixteen(
                &self.secret().derive("medium", &[&self.id.0, &n.to_be_bytes()]),
            ))),
            _ => None,
        }
    }
    /// Its device number `n`, from 0.
    pub fn device(&self, n: u32) -> Option<(DeviceKind, Blank)> {
        let Pressed::Devices(kind) = self.what else {
            return None;
        };
        let one = (n < self.count).then(|| self.secret().derive(kind.word(), &[&self.id.0, &n.to_be_bytes()]))?;
        let blank = Blank {
            id: DeviceId(sixteen(&one.derive("id", &[]))),
            key: one.derive("key", &[]),
        };
        Some((kind, blank))
    }
}

/// A batch on its way, with the certificate of whoever pressed it.
#[derive(Clone, Encode, Decode)]
#[cbor(array)]
struct Sheet {
    #[n(0)]
    batch: Batch,
    #[n(1)]
    certificate: ByteVec,
}

/// Who presses, and for which server.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    /// Signs as a publisher.
    pub signer: &'a Signer,
    /// The certificate.
    pub certificate: &'a [u8],
    /// The realm.
    pub realm: RealmId,
    /// The server.
    pub server: PartyId,
    /// What is sealed to it.
    pub seal: &'a SealTo,
}

/// Why a batch was not taken for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotABatch {
    /// Sealed to another server, or damaged.
    #[error("this file of a batch is for another server, or damaged; press it for this one")]
    Sealed(#[from] NotOpened),
    /// Not signed as it should be.
    #[error("this file of a batch is not genuine ({0}); fetch it again from whoever pressed it")]
    NotSigned(#[from] NotSigned),
    /// Signed by nobody who may press.
    #[error("this batch was pressed by nobody whom this realm certifies as a publisher")]
    Stranger,
}

impl Batch {
    /// The file for a server: the same batch gives the same bytes.
    pub fn send(&self, by: &Sender<'_>) -> Result<Vec<u8>, NotOpened> {
        let sheet = Sheet {
            batch: self.clone(),
            certificate: by.certificate.to_vec().into(),
        };
        let signed = seal::sign(by.signer, Kind::Batch, by.realm, Audience::from(by.server), &sheet);
        let seed = Seed::new(*self.secret().derive("sealing", &[&signed]).expose());
        seal::seal_to(by.seal, PURPOSE, &by.server.0, &signed, &seed)
    }

    /// From such a file, for the server it is sealed to. Also says who pressed it.
    pub fn receive(
        file: &[u8],
        server: PartyId,
        opener: &Opener,
        trust: &Trust,
        now: Moment,
    ) -> Result<(Self, PartyId), NotABatch> {
        let signed = seal::open_from(opener, PURPOSE, &server.0, file)?;
        let parsed = seal::parse::<Sheet>(&signed, Kind::Batch, trust.id())?;
        let by = trust
            .check::<role::Publisher>(&parsed.claims().certificate, now)
            .map_err(|_| NotABatch::Stranger)?;
        let sheet = parsed.verify(by.sign(), Audience::from(server))?;
        if Secret::from_slice(&sheet.batch.seed).is_none() {
            return Err(NotSigned::from(cbor::NotCanonical::Unexpected).into());
        }
        Ok((sheet.batch, PartyId(by.subject())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// proves: CM-1 row-70
    #[test]
    fn ids_of_a_batch_follow_from_its_seed_and_no_two_are_the_same() {
        let batch = |seed: u8, what| Batch::new(40, what, &Seed::new([seed; 32]));
        let media = |numbered| {
            Pressed::Media(Content {
                title: "w".into(),
                content: ContentId([1; 16]),
                package: Hash([2; 32]),
                key: vec![3; 32].into(),
                price: Money::new(1, units::Currency::JPY).unwrap(),
                numbered,
                again: false,
                offer: None,
            })
        };
        let (one, other) = (batch(1, media(true)), batch(2, media(true)));
        let ids: BTreeSet<_> = (0..40).filter_map(|n| one.medium(n)).collect();
        assert_eq!(ids.len(), 40);
        assert!((0..40).filter_map(|n| other.medium(n)).all(|id| !ids.contains(&id)));
        assert_eq!((one.medium(40), one.medium(7)), (None, batch(1, media(true)).medium(7)));
        assert_eq!(batch(1, media(false)).medium(0), None);
        let cards = batch(1, Pressed::Devices(DeviceKind::Card));
        let ids: BTreeSet<_> = (0..40)
            .filter_map(|n| cards.device(n))
            .map(|(_, made)| made.id)
            .collect();
        assert_eq!(ids.len(), 40);
        assert!(cards.device(40).is_none() && cards.medium(0).is_none());
        assert!(!format!("{cards:?}{one:?}").contains("3, 3"));
    }
}
