//! Give: a medium's key, exactly once, to one user (CM-3, CM-6, CM-11).
//!
//! One write decides: the medium's flag, the delivery with its Content-Gen-Key, and what it costs. Before it nothing was
//! given; after it the same user with the same devices gets the same keys, until the copy is complete.

use minicbor::bytes::ByteVec;
use seal::Secret;
use store::{Fault, Tx};
use units::Money;

use super::{
    AskRefused, CopyServer,
    ask::{Reading, resting},
    made::damaged,
    rows::{BATCHES, Batch, Entry, FREE, GIVEN, Given, MEDIA, Medium, OF_ENTRY, Use},
};
use crate::{
    ids::{BatchId, Bound, DeliveryId, EntryId, UserId},
    wire::{Grant, Open, Said, Source, seal_ids},
};

/// Where a source stands for a user who asks.
enum Place {
    /// Nobody has its key, or nobody but this user before a repair.
    New(BatchId, Batch),
    /// This user has it, and may have it again.
    Same(DeliveryId, Given),
}

impl CopyServer {
    /// The entry whose keeper asks, if it names its own User ID.
    pub(super) fn user_asking(
        &self,
        tx: &mut dyn Tx,
        reading: &Reading<'_>,
        user: &UserId,
    ) -> Result<(EntryId, Entry), AskRefused> {
        let (id, entry) = self.entry_of(tx, reading.ask.keeper)?.ok_or(AskRefused::UserInvalid)?;
        if !seal::same(&self.tag("user", &[user.expose()]), &entry.tag) {
            return Err(AskRefused::UserInvalid);
        }
        Ok((id, entry))
    }

    pub(super) fn give(
        &self,
        tx: &mut dyn Tx,
        reading: &Reading<'_>,
        at_most: Money,
        user: &UserId,
        source: Source,
        named: Option<Bound>,
    ) -> Result<Vec<u8>, AskRefused> {
        let (id, entry) = self.user_asking(tx, reading, user)?;
        // What this server binds to no device is not compared.
        let differs = |mine: Option<_>, theirs: Option<_>| mine.is_some() && theirs.is_some() && theirs != mine;
        let other = named
            .is_some_and(|named| differs(entry.bound.player, named.player) || differs(entry.bound.drive, named.drive));
        if other {
            return Err(AskRefused::CopyNotPermitted);
        }
        for (device, kind) in entry.bound.each() {
            if self.good(tx, device, kind)?.is_none() {
                return Err(AskRefused::CopyNotPermitted);
            }
        }
        let (delivery, given) = match self.place(tx, id, &entry, source)? {
            Place::Same(delivery, mut given) => {
                if given.charge.amount.minor() > at_most.minor() {
                    return Err(AskRefused::PriceAbove {
                        price: given.charge.amount,
                        at_most,
                    });
                }
                given.again = given.again.saturating_add(1);
                GIVEN.put(tx, &delivery, &given)?;
                (delivery, given)
            }
            Place::New(batch_id, batch) => {
                self.decide(tx, reading, at_most, (id, &entry), source, (batch_id, &batch))?
            }
        };
        let grant = self.grant(tx, delivery, &given, &entry.bound, true)?;
        let said = Said::Given(grant, entry.until);
        self.say(tx, reading, &entry, Open::Given(given.charge), &said)
    }

    /// Who has this source's key.
    fn place(&self, tx: &mut dyn Tx, id: EntryId, entry: &Entry, source: Source) -> Result<Place, AskRefused> {
        let (batch_id, had) = match source {
            Source::Medium(medium) => {
                let row = MEDIA.get(tx, &medium)?.ok_or(AskRefused::MediumUsed)?;
                let had = match row.used {
                    Use::Unused => None,
                    Use::Freed(whose, _) if whose == id => None,
                    Use::Freed(..) => return Err(AskRefused::MediumUsed),
                    Use::Given(delivery) => Some(delivery),
                };
                (row.batch, had)
            }
            Source::Free(batch) => (batch, FREE.get(tx, &(batch, id))?),
        };
        let batch = BATCHES.get(tx, &batch_id)?.ok_or(AskRefused::MediumUsed)?;
        if batch.numbered != matches!(source, Source::Medium(_)) {
            return Err(AskRefused::MediumUsed);
        }
        let Some(delivery) = had else {
            return Ok(Place::New(batch_id, batch));
        };
        let given = GIVEN.get(tx, &delivery)?.ok_or_else(|| damaged("copying_given"))?;
        if matches!(source, Source::Free(_)) && given.cleared.is_some() {
            return Ok(Place::New(batch_id, batch));
        }
        let same =
            given.entry == id && given.bound.player == entry.bound.player && given.bound.drive == entry.bound.drive;
        if same && (given.complete.is_none() || batch.again) {
            return Ok(Place::Same(delivery, given));
        }
        Err(AskRefused::MediumUsed)
    }

    /// The write that decides.
    fn decide(
        &self,
        tx: &mut dyn Tx,
        reading: &Reading<'_>,
        at_most: Money,
        (id, entry): (EntryId, &Entry),
        source: Source,
        (batch_id, batch): (BatchId, &Batch),
    ) -> Result<(DeliveryId, Given), AskRefused> {
        // What a repair freed was paid for once.
        let price = if self.was_paid(tx, id, source)? {
            Money::zero(batch.price.currency())
        } else {
            batch.price
        };
        if reading.via.is_none() && !price.is_zero() {
            return Err(AskRefused::GatewayNeeded);
        }
        if price.minor() > at_most.minor() || price.currency() != at_most.currency() {
            return Err(AskRefused::PriceAbove { price, at_most });
        }
        let delivery = DeliveryId(reading.seed.part("delivery").id("delivery"));
        let generation = reading.seed.part("generation");
        let charge = self.share(tx, delivery, reading.via, price)?;
        let given = Given {
            entry: id,
            source,
            batch: batch_id,
            bound: entry.bound,
            generation: resting(self, "generation", &delivery.0, generation.expose()),
            charge,
            via: reading.via,
            at: reading.now,
            again: 0,
            complete: None,
            cleared: None,
        };
        self.book(tx, &given, reading.now)?;
        GIVEN.put(tx, &delivery, &given)?;
        OF_ENTRY.put(tx, &(id, reading.now, delivery), &())?;
        match source {
            Source::Medium(medium) => MEDIA.put(
                tx,
                &medium,
                &Medium {
                    batch: batch_id,
                    used: Use::Given(delivery),
                },
            )?,
            Source::Free(batch) => FREE.put(tx, &(batch, id), &delivery)?,
        }
        Ok((delivery, given))
    }

    /// Was this user's key of this source paid for, before a repair ended it?
    fn was_paid(&self, tx: &mut dyn Tx, id: EntryId, source: Source) -> Result<bool, Fault> {
        Ok(match source {
            Source::Medium(medium) => MEDIA
                .get(tx, &medium)?
                .is_some_and(|row| matches!(row.used, Use::Freed(whose, _) if whose == id)),
            Source::Free(batch) => FREE.has(tx, &(batch, id))?,
        })
    }

    /// The keys of a delivery for its user's devices as they are now.
    pub(super) fn grant(
        &self,
        tx: &mut dyn Tx,
        delivery: DeliveryId,
        given: &Given,
        bound: &Bound,
        with_content: bool,
    ) -> Result<Grant, Fault> {
        let batch = BATCHES
            .get(tx, &given.batch)?
            .ok_or_else(|| damaged("copying_batches"))?;
        let plain = self.rest("generation").unlock(&delivery.0, &given.generation);
        let plain = zeroize::Zeroizing::new(plain.map_err(|_| damaged("copying_given"))?);
        let generation = Secret::from_slice(&plain).ok_or_else(|| damaged("copying_given"))?;
        let content = if with_content {
            Some(ByteVec::from(self.content_key(given.batch, &batch)?.expose().to_vec()))
        } else {
            None
        };
        Ok(Grant {
            delivery,
            source: given.source,
            batch: given.batch,
            package: batch.package,
            title: batch.title,
            content,
            generation: generation.expose().to_vec().into(),
            ids: seal_ids(&generation, delivery, bound).into(),
        })
    }

    /// A keeper says that a copy is complete: from now on its medium yields nothing, to nobody (CM-4).
    pub(super) fn complete(
        &self,
        tx: &mut dyn Tx,
        reading: &Reading<'_>,
        user: &UserId,
        delivery: DeliveryId,
    ) -> Result<Vec<u8>, AskRefused> {
        let (id, entry) = self.user_asking(tx, reading, user)?;
        let mut given = GIVEN
            .get(tx, &delivery)?
            .filter(|given| given.entry == id)
            .ok_or(AskRefused::MediumUsed)?;
        if given.complete.is_none() {
            given.complete = Some(reading.now);
            GIVEN.put(tx, &delivery, &given)?;
        }
        self.say(tx, reading, &entry, Open::Completed, &Said::Done)
    }
}
