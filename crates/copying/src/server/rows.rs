//! Rows: everything the server remembers. Keys of devices and contents, and User IDs, stand here sealed under a key that is
//! in no table.

use minicbor::{Decode, Encode, bytes::ByteVec};
use store::{Map, Table, Value};
use units::{ContentId, Hash, Moment, Money, PartyId};

use crate::{
    ids::{BatchId, Bound, DeliveryId, DeviceId, DeviceKind, EntryId, MediumId, RequestId},
    wire::{Charge, Source},
};

/// Why a device's id no longer works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Death {
    /// It was repaired or exchanged.
    #[n(0)]
    Replaced,
    /// Its user reported it lost and got a new one.
    #[n(1)]
    Lost,
}

/// A card, player or drive that was made.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Made {
    /// What it is.
    #[n(0)]
    pub kind: DeviceKind,
    /// With which batch.
    #[n(1)]
    pub batch: BatchId,
    /// Its key (MC-Key and the like), sealed.
    #[n(2)]
    pub(super) key: ByteVec,
    /// When.
    #[n(3)]
    pub at: Moment,
    /// Since when it is dead, and why.
    #[n(4)]
    pub dead: Option<(Moment, Death)>,
}
impl Value for Made {}

/// One content on many media, or given away.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Batch {
    /// What people call the content.
    #[n(0)]
    pub title: String,
    /// The work.
    #[n(1)]
    pub content: ContentId,
    /// Hash of the package's header.
    #[n(2)]
    pub package: Hash,
    /// The Content-Key, sealed.
    #[n(3)]
    pub(super) key: ByteVec,
    /// What a key costs its user, over a gateway.
    #[n(4)]
    pub price: Money,
    /// Do its media have ids? Without, it is given away, and each user's key is charged once (CM-11).
    #[n(5)]
    pub numbered: bool,
    /// May the same devices have the key again after a complete copy?
    #[n(6)]
    pub again: bool,
    /// How many media.
    #[n(7)]
    pub media: u32,
    /// When.
    #[n(8)]
    pub at: Moment,
}
impl Value for Batch {}

/// What a medium's key came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Use {
    /// Nobody asked for it.
    #[n(0)]
    Unused,
    /// It was given with this delivery.
    #[n(1)]
    Given(#[n(0)] DeliveryId),
    /// It was given, and a repair freed it for the same user alone.
    #[n(2)]
    Freed(#[n(0)] EntryId, #[n(1)] DeliveryId),
}

/// One medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Medium {
    /// Of which batch: content and price.
    #[n(0)]
    pub batch: BatchId,
    /// What its key came to.
    #[n(1)]
    pub used: Use,
}
impl Value for Medium {}

/// One user.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Entry {
    /// The user's devices.
    #[n(0)]
    pub bound: Bound,
    /// The User ID, sealed.
    #[n(1)]
    pub(super) user: ByteVec,
    /// The User ID's tag under a key that is in no table.
    #[n(2)]
    pub(super) tag: [u8; 16],
    /// The word's, likewise.
    #[n(3)]
    pub(super) word: [u8; 16],
    /// The number of the keeper's latest registration.
    #[n(4)]
    pub(super) count: u64,
    /// Hash of that ask.
    #[n(5)]
    pub(super) ask: Hash,
    /// Since when.
    #[n(6)]
    pub since: Moment,
    /// How long its keeper is good.
    #[n(7)]
    pub until: Moment,
    /// When devices were repaired or exchanged.
    #[n(8)]
    pub repairs: Vec<Moment>,
    /// When its card was reissued.
    #[n(9)]
    pub reissues: Vec<Moment>,
    /// Reissues that people allowed above the limit and that were not used.
    #[n(10)]
    pub allowed: u32,
}
impl Value for Entry {}

/// One key given.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Given {
    /// To whom.
    #[n(0)]
    pub entry: EntryId,
    /// Of what.
    #[n(1)]
    pub source: Source,
    /// Of which batch.
    #[n(2)]
    pub batch: BatchId,
    /// For which devices.
    #[n(3)]
    pub bound: Bound,
    /// The Content-Gen-Key, sealed.
    #[n(4)]
    pub(super) generation: ByteVec,
    /// What it costs and how that is shared.
    #[n(5)]
    pub charge: Charge,
    /// Over which gateway.
    #[n(6)]
    pub via: Option<PartyId>,
    /// When.
    #[n(7)]
    pub at: Moment,
    /// How often it was asked for again and given the same.
    #[n(8)]
    pub again: u32,
    /// When its copy was complete.
    #[n(9)]
    pub complete: Option<Moment>,
    /// When a repair ended it.
    #[n(10)]
    pub cleared: Option<Moment>,
}
impl Value for Given {}

/// Guesses of one keeper or user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Tries {
    #[n(0)]
    pub(super) count: u32,
    #[n(1)]
    pub(super) since: Moment,
}
impl Value for Tries {}

/// An erasing that a repair asked for.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Erasing {
    #[n(0)]
    pub(super) entry: EntryId,
    #[n(1)]
    pub(super) deliveries: Vec<DeliveryId>,
    #[n(2)]
    pub(super) done: Option<Moment>,
}
impl Value for Erasing {}

pub(super) const DEVICES: Map<DeviceId, Made> = Map::new(Table::new("copying_devices"));
pub(super) const BATCHES: Map<BatchId, Batch> = Map::new(Table::new("copying_batches"));
pub(super) const MEDIA: Map<MediumId, Medium> = Map::new(Table::new("copying_media"));
pub(super) const ENTRIES: Map<EntryId, Entry> = Map::new(Table::new("copying_entries"));
pub(super) const BY_KEEPER: Map<DeviceId, EntryId> = Map::new(Table::new("copying_by_keeper"));
pub(super) const BY_USER: Map<[u8; 16], EntryId> = Map::new(Table::new("copying_by_user"));
/// Which cards were ever registered with which player: whom its passes tell of deaths.
pub(super) const MET: Map<(DeviceId, DeviceId), ()> = Map::new(Table::new("copying_met"));
pub(super) const GIVEN: Map<DeliveryId, Given> = Map::new(Table::new("copying_given"));
pub(super) const OF_ENTRY: Map<(EntryId, Moment, DeliveryId), ()> = Map::new(Table::new("copying_of_entry"));
pub(super) const FREE: Map<(BatchId, EntryId), DeliveryId> = Map::new(Table::new("copying_free"));
pub(super) const TRIES: Map<[u8; 16], Tries> = Map::new(Table::new("copying_tries"));
pub(super) const ALARMS: Map<(Moment, [u8; 16]), u32> = Map::new(Table::new("copying_alarms"));
pub(super) const ERASING: Map<RequestId, Erasing> = Map::new(Table::new("copying_erasing"));
pub(super) const PROPOSALS: Map<RequestId, super::people::Proposal> = Map::new(Table::new("copying_proposals"));

impl Value for EntryId {}
impl Value for DeliveryId {}

/// Rows for the stories of pages: what they show is made up, and nothing sealed in them opens.
impl Made {
    /// A device of this kind.
    pub fn told(kind: DeviceKind, at: Moment, dead: Option<(Moment, Death)>) -> Self {
        Self {
            kind,
            batch: BatchId([0xba; 16]),
            key: ByteVec::from(Vec::new()),
            at,
            dead,
        }
    }
}

impl Entry {
    /// A user with these devices.
    pub fn told(bound: Bound, since: Moment, until: Moment, repairs: Vec<Moment>) -> Self {
        Self {
            bound,
            user: ByteVec::from(Vec::new()),
            tag: [0; 16],
            word: [0; 16],
            count: 0,
            ask: Hash([0; 32]),
            since,
            until,
            repairs,
            reissues: Vec::new(),
            allowed: 0,
        }
    }
}

impl Given {
    /// A key of this source for these devices.
    pub fn told(source: Source, bound: Bound, charge: Charge, at: Moment) -> Self {
        Self {
            entry: EntryId([0; 16]),
            source,
            batch: BatchId([0xba; 16]),
            bound,
            generation: ByteVec::from(Vec::new()),
            charge,
            via: None,
            at,
            again: 0,
            complete: None,
            cleared: None,
        }
    }
}
