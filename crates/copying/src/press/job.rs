//! Job: what a press was told to make, and what it has made.

use minicbor::{Decode, Encode};
use units::Moment;

use crate::{
    batch::{Batch, Pressed},
    ids::{BatchId, DeviceId, DeviceKind, MediumId},
};

/// What a medium is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Form {
    /// A folder, for a stick or a card.
    #[n(0)]
    Folder,
    /// An image that burns to a disc, or is written to a stick.
    #[n(1)]
    Image,
}

/// What a press was told to make, with the seed of its ids.
#[derive(Debug, Encode, Decode)]
#[cbor(array)]
pub(super) struct Job {
    #[n(0)]
    pub(super) batch: Batch,
    #[n(1)]
    pub(super) form: Form,
    /// The date in images: the same for all, and after a cut.
    #[n(2)]
    pub(super) at: Moment,
    /// Was every byte of the package checked?
    #[n(3)]
    pub(super) checked: bool,
}

/// What was pressed. Holds no key and no seed: ids alone, as labels show them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Done {
    /// The batch.
    #[n(0)]
    pub id: BatchId,
    /// How many pieces.
    #[n(1)]
    pub count: u32,
    /// Of what: the title of media, nothing for devices.
    #[n(2)]
    pub title: Option<String>,
    /// What kind of device, if devices.
    #[n(3)]
    pub kind: Option<DeviceKind>,
    /// As what.
    #[n(4)]
    pub form: Form,
    /// Ids of media, in the order of their numbers; empty where they have none.
    #[n(5)]
    pub media: Vec<MediumId>,
    /// Ids of devices, in the order of their numbers.
    #[n(6)]
    pub devices: Vec<DeviceId>,
    /// When it was begun.
    #[n(7)]
    pub at: Moment,
}

impl Job {
    pub(super) const fn new(batch: Batch, form: Form, at: Moment) -> Self {
        Self {
            batch,
            form,
            at,
            checked: false,
        }
    }
    pub(super) fn is_of(&self, count: u32, what: &Pressed, form: Form) -> bool {
        (self.batch.count, &self.batch.what, self.form) == (count, what, form)
    }
}

impl Done {
    pub(super) fn of(job: &Job) -> Self {
        let (title, kind) = match &job.batch.what {
            Pressed::Media(content) => (Some(content.title.clone()), None),
            Pressed::Devices(kind) => (None, Some(*kind)),
        };
        let all = || 0..job.batch.count;
        Self {
            id: job.batch.id,
            count: job.batch.count,
            title,
            kind,
            form: job.form,
            media: all().filter_map(|n| job.batch.medium(n)).collect(),
            devices: all()
                .filter_map(|n| job.batch.device(n))
                .map(|(_, made)| made.id)
                .collect(),
            at: job.at,
        }
    }
    pub(super) fn is_of(&self, count: u32, what: &Pressed, form: Form) -> bool {
        let same = match what {
            Pressed::Media(content) => self.title.as_ref() == Some(&content.title),
            Pressed::Devices(kind) => self.kind == Some(*kind),
        };
        same && (self.count, self.form) == (count, form)
    }
}
