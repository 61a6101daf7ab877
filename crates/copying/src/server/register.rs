//! Register: a user gets a random User ID that only the card reads, or renews the devices of the one it has (CM-2).

use seal::hash;
use store::Tx;

use super::{
    AskRefused, CopyServer,
    ask::{Reading, resting, unknown},
    made::damaged,
    rows::{BY_KEEPER, BY_USER, ENTRIES, Entry, MET},
};
use crate::{
    ids::{Bound, DeviceKind, EntryId, UserId},
    wire::{Open, Said},
};

impl CopyServer {
    pub(super) fn register(
        &self,
        tx: &mut dyn Tx,
        reading: &Reading<'_>,
        told: &Bound,
        word: &str,
    ) -> Result<Vec<u8>, AskRefused> {
        let bound = self.needed(tx, told)?;
        let keeper = reading.ask.keeper;
        if bound.keeper() != Some((keeper, reading.kind)) {
            return Err(unknown(self.keeper_kind()));
        }
        let ask = hash(reading.bytes);
        let (id, entry) = match self.entry_of(tx, keeper)? {
            Some((id, entry)) if entry.ask == ask => (id, entry),
            Some((_, entry)) if reading.ask.count <= entry.count => return Err(AskRefused::Stale),
            Some((id, mut entry)) => {
                // A renewal: other devices, the same user, media, keys and word; no flag is freed.
                entry.bound = bound;
                entry.count = reading.ask.count;
                entry.ask = ask;
                entry.until = reading.now.plus(self.settings.keeper_life);
                (id, entry)
            }
            None => {
                let user = UserId::new(reading.seed.part("user").id("user"));
                let id = EntryId(reading.seed.part("entry").id("entry"));
                let entry = Entry {
                    bound,
                    user: resting(self, "user", &id.0, user.expose()),
                    tag: self.tag("user", &[user.expose()]),
                    word: self.word_tag(id, word),
                    count: reading.ask.count,
                    ask,
                    since: reading.now,
                    until: reading.now.plus(self.settings.keeper_life),
                    repairs: Vec::new(),
                    reissues: Vec::new(),
                    allowed: 0,
                };
                BY_KEEPER.put(tx, &keeper, &id)?;
                BY_USER.put(tx, &entry.tag, &id)?;
                (id, entry)
            }
        };
        ENTRIES.put(tx, &id, &entry)?;
        if let (Some(player), Some(card)) = (entry.bound.player, entry.bound.card) {
            MET.put(tx, &(player, card), &())?;
        }
        let said = Said::Registered(self.user_of(id, &entry)?, entry.until);
        self.say(tx, reading, &entry, Open::Registered, &said)
    }

    /// The devices a registration needs, each known and good; others are left out.
    pub(super) fn needed(&self, tx: &mut dyn Tx, told: &Bound) -> Result<Bound, AskRefused> {
        let needed = self.settings.needed;
        let mut pick = |wanted: bool, id, kind: DeviceKind| match (wanted, id) {
            (false, _) => Ok(None),
            (true, Some(id)) if self.good(tx, id, kind)?.is_some() => Ok(Some(id)),
            (true, _) => Err(unknown(kind)),
        };
        Ok(Bound {
            card: pick(needed.card, told.card, DeviceKind::Card)?,
            player: pick(needed.player, told.player, DeviceKind::Player)?,
            drive: pick(needed.drive, told.drive, DeviceKind::Drive)?,
        })
    }

    /// A word's tag: blanks around it and the case of letters do not count.
    pub(super) fn word_tag(&self, entry: EntryId, word: &str) -> [u8; 16] {
        self.tag("word", &[&entry.0, word.trim().to_lowercase().as_bytes()])
    }

    /// The User ID of an entry.
    pub(super) fn user_of(&self, id: EntryId, entry: &Entry) -> Result<UserId, store::Fault> {
        let plain = self
            .rest("user")
            .unlock(&id.0, &entry.user)
            .map_err(|_| damaged("copying_entries"))?;
        let bytes = plain.as_slice().try_into().map_err(|_| damaged("copying_entries"))?;
        Ok(UserId::new(bytes))
    }
}
