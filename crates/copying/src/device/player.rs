//! Player: knows whose keys it may take, until when, and whose no longer; told under its own key whenever a keeper goes
//! online (CM-8).

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use seal::{Seed, Vault, cbor};
use units::{Again, Moment, Refusal};

use super::Body;
use crate::{
    ids::DeviceId,
    sentence,
    wire::{NotReadable, Pass},
};

#[derive(Debug, Clone, Default, Encode, Decode)]
#[cbor(array)]
struct Memory {
    /// Keepers that may be used here: until when, as said when.
    #[n(0)]
    passes: BTreeMap<DeviceId, (Moment, Moment)>,
    /// Keepers that are dead.
    #[n(1)]
    dead: BTreeSet<DeviceId>,
}

/// A player.
#[derive(Debug)]
pub struct Player {
    body: Body,
    memory: Memory,
}

/// This player takes no keys of this card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", sentence::english("playback-not-permitted").unwrap_or_default())]
pub struct NotAdmitted;

impl Refusal for NotAdmitted {
    fn code(&self) -> &'static str {
        "playback-not-permitted"
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

impl Player {
    /// A new one.
    pub fn new(body: Body) -> Self {
        Self {
            body,
            memory: Memory::default(),
        }
    }
    /// From what was saved.
    pub fn load(body: Body, sealed: &[u8]) -> Result<Self, NotReadable> {
        let plain = Vault::new(body.key(), "player").unlock(&body.id().0, sealed)?;
        Ok(Self {
            memory: cbor::from_bytes(&plain)?,
            body,
        })
    }
    /// What it remembers, under its own key.
    pub fn save(&self, seed: &Seed) -> Vec<u8> {
        Vault::new(self.body.key(), "player").lock(
            &self.body.id().0,
            &cbor::to_bytes(&self.memory),
            &seed.part("player"),
        )
    }
    /// The device itself.
    pub const fn body(&self) -> &Body {
        &self.body
    }
    /// Hears a pass. An older one changes nothing a newer one said; the dead stay dead.
    pub fn hear(&mut self, sealed: &[u8]) -> Result<(), NotReadable> {
        let pass = Pass::open(self.body.id(), self.body.key(), sealed)?;
        self.memory.dead.extend(pass.dead.iter().copied());
        let known = self
            .memory
            .passes
            .get(&pass.keeper)
            .is_some_and(|(_, at)| *at > pass.at);
        if !known {
            self.memory.passes.insert(pass.keeper, (pass.until, pass.at));
        }
        Ok(())
    }
    /// Lets a keeper's keys be used here, or not.
    pub fn admits(&self, keeper: DeviceId, now: Moment) -> Result<(), NotAdmitted> {
        let good = self.memory.passes.get(&keeper).is_some_and(|(until, _)| now < *until);
        if good && !self.memory.dead.contains(&keeper) {
            Ok(())
        } else {
            Err(NotAdmitted)
        }
    }
}
