//! Made: batches of media, cards, players and drives, known here before anybody buys one (CM-1).

use package::ContentKey;
use seal::Secret;
use store::{Fault, Tx, View};
use units::{Again, ContentId, Hash, Moment, Money, Refusal};

use super::{
    CopyServer, Hand,
    people::{DeskRefused, Duty},
    rows::{BATCHES, Batch, Made},
    trail::Act,
};
use crate::{
    batch::{Batch as Pieces, Content, Pressed},
    ids::{BatchId, DeviceId, DeviceKind, MediumId},
    wire::TITLE_MAX,
};

/// The most media or devices of one batch.
pub const BATCH_MAX: u32 = 10_000;

/// What a batch of media is made of.
#[derive(Debug)]
pub struct MediaBatch<'a> {
    /// The batch's id, random, chosen by whoever makes it: the same again makes nothing twice.
    pub id: BatchId,
    /// What people call the content.
    pub title: &'a str,
    /// The work.
    pub content: ContentId,
    /// Hash of the package's header.
    pub package: Hash,
    /// The Content-Key.
    pub key: &'a ContentKey,
    /// What a key costs its user.
    pub price: Money,
    /// Have its media ids?
    pub numbered: bool,
    /// May the same devices have the key again after a complete copy?
    pub again: bool,
}

/// A device as it leaves the factory: its key is burned in, and told nobody again.
#[derive(Debug)]
pub struct NewDevice {
    /// Its id, for the label.
    pub id: DeviceId,
    /// Its key.
    pub key: Secret,
}

/// Why nothing was made, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MakeRefused {
    /// The operator may not, or the server is restored.
    #[error(transparent)]
    Desk(#[from] DeskRefused),
    /// Too many at once, or none.
    #[error("a batch has 1 to {BATCH_MAX} pieces, not {0}")]
    Count(u32),
    /// No title, or one that no label shows.
    #[error("a title has 1 to {TITLE_MAX} characters; shorten it")]
    Title,
    /// The batch's id stands for another batch.
    #[error("batch {0} was made before with another content; a new one needs a new id")]
    OtherBatch(BatchId),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for MakeRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Desk(no) => no.code(),
            Self::Count(_) => "batch-count",
            Self::Title => "batch-title",
            Self::OtherBatch(_) => "batch-other-content",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Desk(no) => no.again(),
            Self::Count(_) | Self::Title | Self::OtherBatch(_) => Again::Never,
            Self::Fault(fault) => fault.again(),
        }
    }
}

fn counted(count: u32) -> Result<u32, MakeRefused> {
    if (1..=BATCH_MAX).contains(&count) {
        Ok(count)
    } else {
        Err(MakeRefused::Count(count))
    }
}

impl CopyServer {
    /// Makes `count` media of one content, all known here from now on. The ids follow from the batch's id and a secret, so
    /// the same call gives the same ids; strangers guess none.
    pub fn make_media(
        &self,
        tx: &mut dyn Tx,
        hand: &Hand,
        of: &MediaBatch<'_>,
        count: u32,
        now: Moment,
    ) -> Result<Vec<MediumId>, MakeRefused> {
        self.permit(tx, hand, Duty::Make)?;
        // Without ids there is one content, however many media carry it.
        let count = if of.numbered { counted(count)? } else { 1 };
        let content = Content {
            title: of.title.to_owned(),
            content: of.content,
            package: of.package,
            key: of.key.secret_bytes_for_wrapping().to_vec().into(),
            price: of.price,
            numbered: of.numbered,
            again: of.again,
            offer: None,
        };
        let what = Pressed::Media(content.clone());
        let batch = Pieces::at_home(of.id, count, what, &self.secret("media"));
        let ids = (0..count).filter_map(|n| batch.medium(n)).collect();
        if !self.take_media(tx, &batch, &content, now)? {
            return Ok(ids);
        }
        self.note(
            tx,
            Act {
                at: now,
                who: Some(hand.who),
                verb: "media made".into(),
                about: of.id.to_string(),
                reason: format!("{count} pieces of {}", of.title),
            },
        )?;
        Ok(ids)
    }

    /// Makes `count` devices of one kind. Their keys follow from the batch's id and a secret; the same call gives the same.
    pub fn make_devices(
        &self,
        tx: &mut dyn Tx,
        hand: &Hand,
        batch: BatchId,
        kind: DeviceKind,
        count: u32,
        now: Moment,
    ) -> Result<Vec<NewDevice>, MakeRefused> {
        self.permit(tx, hand, Duty::Make)?;
        let count = counted(count)?;
        let pieces = Pieces::at_home(batch, count, Pressed::Devices(kind), &self.secret("devices"));
        let made = (0..count).filter_map(|n| pieces.device(n));
        let made = made.map(|(_, blank)| NewDevice {
            id: blank.id,
            key: blank.key,
        });
        let made: Vec<NewDevice> = made.collect();
        if !self.take_devices(tx, &pieces, now)? {
            return Ok(made);
        }
        self.note(
            tx,
            Act {
                at: now,
                who: Some(hand.who),
                verb: format!("{}s made", kind.word()),
                about: batch.to_string(),
                reason: format!("{count} pieces"),
            },
        )?;
        Ok(made)
    }

    /// A device's key, for the server's own sealing.
    pub(super) fn key_of(&self, id: DeviceId, made: &Made) -> Result<Secret, Fault> {
        let plain = self.rest("device").unlock(&id.0, &made.key);
        let plain = zeroize::Zeroizing::new(plain.map_err(|_| damaged("copying_devices"))?);
        Secret::from_slice(&plain).ok_or_else(|| damaged("copying_devices"))
    }

    /// A batch's Content-Key.
    pub(super) fn content_key(&self, id: BatchId, batch: &Batch) -> Result<Secret, Fault> {
        let plain = self.rest("content").unlock(&id.0, &batch.key);
        let plain = zeroize::Zeroizing::new(plain.map_err(|_| damaged("copying_batches"))?);
        Secret::from_slice(&plain).ok_or_else(|| damaged("copying_batches"))
    }

    /// A batch, as production and pages see it.
    pub fn batch(&self, view: &mut dyn View, id: BatchId) -> Result<Option<Batch>, Fault> {
        BATCHES.get(view, &id)
    }
}

/// What only damage, or another server's file, explains.
pub(super) fn damaged(table: &'static str) -> Fault {
    Fault::Corrupt {
        table,
        why: "what is sealed there does not open with this server's key".to_owned(),
    }
}
