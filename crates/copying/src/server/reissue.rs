//! Reissue: whoever lost a card and proves it with two proofs, the User ID on paper and a word chosen at registration, gets
//! everything on a new card; the old one is dead at once (CM-8, row-74).

use store::{Keys, Tx};
use units::Moment;

use super::{
    AskRefused, CopyServer,
    ask::Reading,
    people::YEAR,
    rows::{BY_KEEPER, BY_USER, DEVICES, Death, ENTRIES, Entry, GIVEN, MET, OF_ENTRY},
    trail::Act,
};
use crate::{
    ids::{DeliveryId, DeviceKind, EntryId, UserId},
    wire::{Open, REISSUED_MAX, Said},
};

impl CopyServer {
    pub(super) fn reissue(
        &self,
        tx: &mut dyn Tx,
        reading: &Reading<'_>,
        user: &UserId,
        word: &str,
    ) -> Result<Vec<u8>, AskRefused> {
        let new = reading.ask.keeper;
        if reading.kind != DeviceKind::Card {
            return Err(AskRefused::CardUnknown);
        }
        let tag = self.tag("user", &[user.expose()]);
        // Tries are counted for the user too: another new card does not give another ten.
        if self.is_shut(tx, &tag, reading.now)? {
            return Err(AskRefused::TooManyTries);
        }
        let found = match BY_USER.get(tx, &tag)? {
            Some(id) => ENTRIES.get(tx, &id)?.map(|entry| (id, entry)),
            None => None,
        };
        let proven = found.filter(|(id, entry)| seal::same(&self.word_tag(*id, word), &entry.word));
        let Some((id, mut entry)) = proven else {
            // An unknown User ID and a wrong word read alike, and count alike.
            self.count(tx, &tag, reading.now)?;
            return Err(AskRefused::ReissueRefused);
        };
        if entry.bound.card != Some(new) {
            self.replace_card(tx, reading, id, &mut entry)?;
        }
        self.copies_after(tx, reading, (id, &entry), None)
    }

    /// The keys that did not fit into one answer: those after `last`.
    pub(super) fn rest_of_keys(
        &self,
        tx: &mut dyn Tx,
        reading: &Reading<'_>,
        user: &UserId,
        last: DeliveryId,
    ) -> Result<Vec<u8>, AskRefused> {
        let (id, entry) = self.user_asking(tx, reading, user)?;
        let given = GIVEN.get(tx, &last)?.filter(|given| given.entry == id);
        let given = given.ok_or(AskRefused::MediumUsed)?;
        self.copies_after(tx, reading, (id, &entry), Some((id, given.at, last)))
    }

    /// Says the keys of a user's copies, as many as one answer takes: no answer is ever too long for a door.
    fn copies_after(
        &self,
        tx: &mut dyn Tx,
        reading: &Reading<'_>,
        (id, entry): (EntryId, &Entry),
        after: Option<(EntryId, Moment, DeliveryId)>,
    ) -> Result<Vec<u8>, AskRefused> {
        let mut keys = Keys::under(&id);
        if let Some(after) = after {
            keys = keys.after(&after);
        }
        let found = OF_ENTRY.range(tx, keys, REISSUED_MAX.saturating_add(1))?;
        let more = found.len() > REISSUED_MAX;
        let (mut grants, mut last) = (Vec::new(), None);
        for ((_, _, delivery), ()) in found.into_iter().take(REISSUED_MAX) {
            last = Some(delivery);
            if let Some(given) = GIVEN.get(tx, &delivery)?.filter(|given| given.cleared.is_none()) {
                grants.push(self.grant(tx, delivery, &given, &entry.bound, given.complete.is_none())?);
            }
        }
        let said = Said::Reissued(self.user_of(id, entry)?, entry.until, grants, last.filter(|_| more));
        self.say(tx, reading, entry, Open::Reissued, &said)
    }

    fn replace_card(
        &self,
        tx: &mut dyn Tx,
        reading: &Reading<'_>,
        id: EntryId,
        entry: &mut Entry,
    ) -> Result<(), AskRefused> {
        let (new, now) = (reading.ask.keeper, reading.now);
        let Some(old) = entry.bound.card else {
            return Err(AskRefused::ReissueRefused);
        };
        if BY_KEEPER.has(tx, &new)? {
            return Err(AskRefused::CardUnknown);
        }
        entry.reissues.retain(|at| now.since(*at) < YEAR);
        if entry.reissues.len() >= self.settings.reissues_max {
            entry.allowed = entry.allowed.checked_sub(1).ok_or(AskRefused::PeopleFirst)?;
        }
        if let Some(mut card) = DEVICES.get(tx, &old)? {
            card.dead = card.dead.or(Some((now, Death::Lost)));
            DEVICES.put(tx, &old, &card)?;
        }
        BY_KEEPER.delete(tx, &old)?;
        BY_KEEPER.put(tx, &new, &id)?;
        entry.bound.card = Some(new);
        entry.until = now.plus(self.settings.keeper_life);
        entry.count = reading.ask.count;
        entry.reissues.push(now);
        ENTRIES.put(tx, &id, entry)?;
        if let Some(player) = entry.bound.player {
            MET.put(tx, &(player, new), &())?;
        }
        self.note(
            tx,
            Act {
                at: now,
                who: None,
                verb: "card reissued".into(),
                about: format!("{old} is now {new}"),
                reason: "lost; User ID and word proven".into(),
            },
        )?;
        Ok(())
    }
}
