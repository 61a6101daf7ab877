//! Take: a batch that was pressed elsewhere becomes known here, from its file (CM-1). The same file again changes nothing.

use seal::Seed;
use store::{Fault, Tx};
use units::{Again, Moment, OfferNo, Refusal};

use super::{
    CopyServer, Hand, MakeRefused,
    ask::resting,
    people::Duty,
    rows::{BATCHES, Batch as Row, DEVICES, MEDIA, Made, Medium, Use},
    trail::Act,
};
use crate::{
    batch::{Batch, Content, NotABatch, Pressed},
    ids::BatchId,
};

/// Why a batch was not taken in, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TakeRefused {
    /// What is asked of every batch.
    #[error(transparent)]
    Make(#[from] MakeRefused),
    /// The file does not hold.
    #[error(transparent)]
    NotABatch(#[from] NotABatch),
    /// Its media pay at a shop, and yield no keys here.
    #[error("media of this batch pay for offer {0} at a shop; bring the file there")]
    ForAShop(OfferNo),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for TakeRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Make(no) => no.code(),
            Self::NotABatch(_) => "batch-not-genuine",
            Self::ForAShop(_) => "batch-for-a-shop",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Make(no) => no.again(),
            Self::NotABatch(_) | Self::ForAShop(_) => Again::AfterYouAct,
            Self::Fault(fault) => fault.again(),
        }
    }
}

impl CopyServer {
    /// Takes in the file of a batch; says its id and how many pieces are known by it.
    pub fn take_batch(
        &self,
        tx: &mut dyn Tx,
        hand: &Hand,
        file: &[u8],
        now: Moment,
    ) -> Result<(BatchId, u32), TakeRefused> {
        self.permit(tx, hand, Duty::Make).map_err(MakeRefused::from)?;
        let known = self.desk.known(tx)?;
        let me = party::Party::id(self);
        let (batch, by) = Batch::receive(file, me, self.keys.opener(), &known.trust, now)?;
        if !(1..=super::made::BATCH_MAX).contains(&batch.count) {
            return Err(MakeRefused::Count(batch.count).into());
        }
        let new = match &batch.what {
            Pressed::Media(Content { offer: Some(offer), .. }) => return Err(TakeRefused::ForAShop(*offer)),
            Pressed::Media(content) => self.take_media(tx, &batch, content, now)?,
            Pressed::Devices(_) => self.take_devices(tx, &batch, now)?,
        };
        if new {
            let what = match &batch.what {
                Pressed::Media(content) => format!("media of {}", content.title),
                Pressed::Devices(kind) => format!("{}s", kind.word()),
            };
            self.note(
                tx,
                Act {
                    at: now,
                    who: Some(hand.who),
                    verb: "batch taken in".into(),
                    about: batch.id.to_string(),
                    reason: format!("{} {what}, pressed by {}", batch.count, by.short()),
                },
            )?;
        }
        Ok((batch.id, batch.count))
    }

    /// Media of a batch; says whether they are new.
    pub(super) fn take_media(
        &self,
        tx: &mut dyn Tx,
        batch: &Batch,
        content: &Content,
        now: Moment,
    ) -> Result<bool, MakeRefused> {
        let title = content.title.trim();
        if title.is_empty() || title.chars().count() > crate::wire::TITLE_MAX {
            return Err(MakeRefused::Title);
        }
        let media = if content.numbered { batch.count } else { 0 };
        if let Some(known) = BATCHES.get(tx, &batch.id)? {
            let same = known.package == content.package && known.media == media && known.price == content.price;
            return if same {
                Ok(false)
            } else {
                Err(MakeRefused::OtherBatch(batch.id))
            };
        }
        let row = Row {
            title: content.title.clone(),
            content: content.content,
            package: content.package,
            key: resting(self, "content", &batch.id.0, &content.key),
            price: content.price,
            numbered: content.numbered,
            again: content.again,
            media,
            at: now,
        };
        BATCHES.put(tx, &batch.id, &row)?;
        for id in (0..batch.count).filter_map(|n| batch.medium(n)) {
            if MEDIA.has(tx, &id)? {
                return Err(MakeRefused::OtherBatch(batch.id));
            }
            let medium = Medium {
                batch: batch.id,
                used: Use::Unused,
            };
            MEDIA.put(tx, &id, &medium)?;
        }
        Ok(true)
    }

    /// Devices of a batch; says whether they are new.
    pub(super) fn take_devices(&self, tx: &mut dyn Tx, batch: &Batch, now: Moment) -> Result<bool, MakeRefused> {
        let mut new = false;
        for (kind, blank) in (0..batch.count).filter_map(|n| batch.device(n)) {
            if let Some(known) = DEVICES.get(tx, &blank.id)? {
                if (known.kind, known.batch) != (kind, batch.id) {
                    return Err(MakeRefused::OtherBatch(batch.id));
                }
                continue;
            }
            new = true;
            let nonce = Seed::new(*blank.key.derive("resting", &[]).expose());
            let row = Made {
                kind,
                batch: batch.id,
                key: self.rest("device").lock(&blank.id.0, blank.key.expose(), &nonce).into(),
                at: now,
                dead: None,
            };
            DEVICES.put(tx, &blank.id, &row)?;
        }
        Ok(new)
    }
}
