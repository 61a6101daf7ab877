//! Ask: the one door of the server. Reads who asks and over whom, opens what is sealed, hands it to its verb, and counts
//! guesses: a refusal that counts is written like an answer.

use minicbor::bytes::ByteVec;
use party::{books::PostRefused, epoch};
use seal::{Secret, Seed, cbor};
use store::{Fault, Tx};
use units::{Again, Moment, Money, PartyId, Refusal};

use super::{
    CopyServer,
    rows::{ALARMS, BY_KEEPER, DEVICES, ENTRIES, Entry, MET, Made, TRIES, Tries},
};
use crate::{
    ids::{Bound, DeviceId, DeviceKind, EntryId},
    sentence,
    wire::{Answer, Ask, Open, Pass, Said, Wanted, Wish},
};

/// Why a keeper's question was refused, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskRefused {
    /// The server is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] epoch::NotReconciled),
    /// Not a message.
    #[error("this is no message of copy management: {0}")]
    Malformed(#[from] cbor::NotCanonical),
    /// Brought by another relay than the keeper named.
    #[error("{}", said("other-way"))]
    OtherWay,
    /// A card that was never made, is dead, or did not ask this.
    #[error("{}", said("card-unknown"))]
    CardUnknown,
    /// The same of a player.
    #[error("{}", said("player-unknown"))]
    PlayerUnknown,
    /// The same of a drive.
    #[error("{}", said("drive-unknown"))]
    DriveUnknown,
    /// Too many guesses.
    #[error("{}", said("too-many-tries"))]
    TooManyTries,
    /// No such user, or not this keeper's.
    #[error("{}", said("user-invalid"))]
    UserInvalid,
    /// The keeper has registered anew since.
    #[error("{}", said("ask-stale"))]
    Stale,
    /// Other devices than the registered ones.
    #[error("{}", said("copy-not-permitted"))]
    CopyNotPermitted,
    /// The medium yields no key to this user.
    #[error("{}", said("medium-used"))]
    MediumUsed,
    /// It is charged for, and nobody stands between who could.
    #[error("{}", said("gateway-needed"))]
    GatewayNeeded,
    /// It costs more than was agreed to.
    #[error("{}", said("price-above"))]
    PriceAbove {
        /// What it costs.
        price: Money,
        /// What was agreed to.
        at_most: Money,
    },
    /// User ID or word are not those of one user; which, is not said.
    #[error("{}", said("reissue-refused"))]
    ReissueRefused,
    /// People have to look at it first.
    #[error("{}", said("people-first"))]
    PeopleFirst,
    /// The books refuse: a bug or damage.
    #[error("the books do not take this ({0}); nothing has changed")]
    Books(PostRefused),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl AskRefused {
    /// Does it count as a guess? Such a refusal is said before anything but the count is written.
    const fn counts(&self) -> bool {
        matches!(
            self,
            Self::CardUnknown
                | Self::PlayerUnknown
                | Self::DriveUnknown
                | Self::UserInvalid
                | Self::MediumUsed
                | Self::ReissueRefused
        )
    }
}

fn said(code: &str) -> &'static str {
    sentence::english(code).unwrap_or_default()
}

impl Refusal for AskRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::Malformed(_) => "ask-malformed",
            Self::OtherWay => "other-way",
            Self::CardUnknown => "card-unknown",
            Self::PlayerUnknown => "player-unknown",
            Self::DriveUnknown => "drive-unknown",
            Self::TooManyTries => "too-many-tries",
            Self::UserInvalid => "user-invalid",
            Self::Stale => "ask-stale",
            Self::CopyNotPermitted => "copy-not-permitted",
            Self::MediumUsed => "medium-used",
            Self::GatewayNeeded => "gateway-needed",
            Self::PriceAbove { .. } => "price-above",
            Self::ReissueRefused => "reissue-refused",
            Self::PeopleFirst => "people-first",
            Self::Books(no) => no.code(),
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Malformed(_) | Self::MediumUsed | Self::Stale => Again::Never,
            Self::Books(no) => no.again(),
            Self::Fault(fault) => fault.again(),
            _ => Again::AfterYouAct,
        }
    }
}

impl From<PostRefused> for AskRefused {
    fn from(no: PostRefused) -> Self {
        match no {
            PostRefused::Fault(fault) => Self::Fault(fault),
            other => Self::Books(other),
        }
    }
}

/// What is known of an ask once it was read.
pub(super) struct Reading<'a> {
    pub(super) ask: &'a Ask,
    pub(super) bytes: &'a [u8],
    pub(super) key: Secret,
    pub(super) kind: DeviceKind,
    pub(super) via: Option<PartyId>,
    pub(super) now: Moment,
    pub(super) seed: &'a Seed,
}

impl CopyServer {
    /// Answers a keeper's question that `via` brought: a gateway, known by the private link it came over, or nobody.
    ///
    /// A refusal that counts a guess is inside, and is to be committed like an answer; any other keeps nothing.
    pub fn ask(
        &self,
        tx: &mut dyn Tx,
        bytes: &[u8],
        via: Option<PartyId>,
        now: Moment,
        seed: &Seed,
    ) -> Result<Result<Vec<u8>, AskRefused>, AskRefused> {
        match self.answer(tx, bytes, via, now, seed) {
            Err(no) if no.counts() => Ok(Err(no)),
            Err(no) => Err(no),
            Ok(answer) => Ok(Ok(answer)),
        }
    }

    /// Are these devices known, and all that a registration needs? For whoever types them from their labels at a gateway
    /// (CM-2). An unknown one counts against the way it came over, for an alarm, and is to be committed like an answer.
    pub fn known(
        &self,
        tx: &mut dyn Tx,
        told: &Bound,
        via: PartyId,
        now: Moment,
    ) -> Result<Result<(), AskRefused>, AskRefused> {
        match self.needed(tx, told) {
            Ok(_) => Ok(Ok(())),
            Err(no) if no.counts() => {
                self.count(tx, &via.0, now)?;
                Ok(Err(no))
            }
            Err(no) => Err(no),
        }
    }

    fn answer(
        &self,
        tx: &mut dyn Tx,
        bytes: &[u8],
        via: Option<PartyId>,
        now: Moment,
        seed: &Seed,
    ) -> Result<Vec<u8>, AskRefused> {
        epoch::require::<AskRefused>(tx)?;
        let ask = Ask::parse(bytes)?;
        if ask.via != via || via.is_some_and(|via| !self.settings.gateways.iter().any(|(id, _)| *id == via)) {
            return Err(AskRefused::OtherWay);
        }
        let registering = matches!(ask.wanted, Wanted::Register(_) | Wanted::Reissue);
        let made = DEVICES.get(tx, &ask.keeper)?.filter(|made| made.dead.is_none());
        let Some(made) = made else {
            return Err(if registering {
                unknown(self.keeper_kind())
            } else {
                AskRefused::UserInvalid
            });
        };
        let key = self.key_of(ask.keeper, &made)?;
        if self.is_shut(tx, &ask.keeper.0, now)? {
            return Err(AskRefused::TooManyTries);
        }
        let Ok(wish) = ask.open(&key) else {
            // A label alone is no card: whoever asks has to have its key. What does not open is counted by the way it came,
            // for an alarm, and never against the card: else anybody who reads a label could shut its owner out.
            self.count(tx, &via.map_or([0; 16], |via| via.0), now)?;
            return Err(if registering {
                unknown(made.kind)
            } else {
                AskRefused::UserInvalid
            });
        };
        let reading = Reading {
            ask: &ask,
            bytes,
            key,
            kind: made.kind,
            via,
            now,
            seed,
        };
        let done = match (&ask.wanted, &wish) {
            (Wanted::Register(bound), Wish::Register(word)) => self.register(tx, &reading, bound, word),
            (Wanted::Key(at_most), Wish::Key(user, source, named)) => {
                self.give(tx, &reading, *at_most, user, *source, *named)
            }
            (Wanted::Complete, Wish::Complete(user, delivery)) => self.complete(tx, &reading, user, *delivery),
            (Wanted::Erased, Wish::Erased(order)) => self.erased(tx, &reading, *order),
            (Wanted::Reissue, Wish::Reissue(user, word)) => self.reissue(tx, &reading, user, word),
            (Wanted::Rest, Wish::Rest(user, last)) => self.rest_of_keys(tx, &reading, user, *last),
            _ => Err(AskRefused::Malformed(cbor::NotCanonical::Unexpected)),
        };
        if matches!(
            done,
            Err(AskRefused::UserInvalid | AskRefused::MediumUsed | AskRefused::ReissueRefused)
        ) {
            self.count(tx, &ask.keeper.0, now)?;
        }
        done
    }

    /// What keeps the keys, by the operator's setting.
    pub(super) const fn keeper_kind(&self) -> DeviceKind {
        if self.settings.needed.card {
            DeviceKind::Card
        } else if self.settings.needed.player {
            DeviceKind::Player
        } else {
            DeviceKind::Drive
        }
    }

    /// The words of an answer, with the player's pass.
    pub(super) fn say(
        &self,
        tx: &mut dyn Tx,
        reading: &Reading<'_>,
        entry: &Entry,
        open: Open,
        said: &Said,
    ) -> Result<Vec<u8>, AskRefused> {
        let pass = self.pass(tx, reading.ask.keeper, entry, reading.now)?;
        Ok(Answer::to(reading.ask, reading.bytes, &reading.key, open, said, pass).bytes())
    }

    /// What the registered player is told.
    fn pass(&self, tx: &mut dyn Tx, keeper: DeviceId, entry: &Entry, now: Moment) -> Result<Option<Vec<u8>>, Fault> {
        let Some(player) = entry.bound.player else {
            return Ok(None);
        };
        let Some(made) = DEVICES.get(tx, &player)? else {
            return Ok(None);
        };
        let mut dead = Vec::new();
        MET.each::<Fault>(tx, store::Keys::under(&player), |view, (_, card), ()| {
            if DEVICES.get(view, &card)?.is_some_and(|card| card.dead.is_some()) {
                dead.push(card);
            }
            Ok(())
        })?;
        let pass = Pass {
            keeper,
            until: entry.until,
            at: now,
            dead,
        };
        Ok(Some(pass.seal(player, &self.key_of(player, &made)?)))
    }

    /// The entry of a keeper.
    pub(super) fn entry_of(&self, tx: &mut dyn Tx, keeper: DeviceId) -> Result<Option<(EntryId, Entry)>, Fault> {
        let Some(id) = BY_KEEPER.get(tx, &keeper)? else {
            return Ok(None);
        };
        Ok(ENTRIES.get(tx, &id)?.map(|entry| (id, entry)))
    }

    /// A text's tag under a key that is in no table.
    pub(super) fn tag(&self, purpose: &str, of: &[&[u8]]) -> [u8; 16] {
        let mut tag = [0; 16];
        tag.copy_from_slice(&self.secret(purpose).derive("tag", of).expose()[..16]);
        tag
    }

    /// Has whoever this is guessed too often?
    pub(super) fn is_shut(&self, tx: &mut dyn Tx, who: &[u8; 16], now: Moment) -> Result<bool, Fault> {
        let tries = TRIES.get(tx, who)?;
        let open = |tries: &Tries| now.since(tries.since) >= self.settings.tries_within;
        Ok(tries.is_some_and(|tries| tries.count >= self.settings.tries_max && !open(&tries)))
    }

    /// Counts a guess; the one too many raises an alarm.
    pub(super) fn count(&self, tx: &mut dyn Tx, who: &[u8; 16], now: Moment) -> Result<(), Fault> {
        let old = TRIES
            .get(tx, who)?
            .filter(|tries| now.since(tries.since) < self.settings.tries_within);
        let mut tries = old.unwrap_or(Tries { count: 0, since: now });
        tries.count = tries.count.saturating_add(1);
        if tries.count == self.settings.tries_max {
            ALARMS.put(tx, &(now, *who), &tries.count)?;
        }
        TRIES.put(tx, who, &tries)
    }

    /// A device that was made as this kind and is not dead.
    pub(super) fn good(&self, tx: &mut dyn Tx, id: DeviceId, kind: DeviceKind) -> Result<Option<Made>, Fault> {
        Ok(DEVICES
            .get(tx, &id)?
            .filter(|made| made.kind == kind && made.dead.is_none()))
    }
}

/// The refusal of a device that is unknown.
pub(super) const fn unknown(kind: DeviceKind) -> AskRefused {
    match kind {
        DeviceKind::Card => AskRefused::CardUnknown,
        DeviceKind::Player => AskRefused::PlayerUnknown,
        DeviceKind::Drive => AskRefused::DriveUnknown,
    }
}

/// Sealed bytes for a row: the nonce follows from what is sealed and where.
pub(super) fn resting(server: &CopyServer, purpose: &str, place: &[u8], plain: &[u8]) -> ByteVec {
    let nonce = Seed::new(*server.secret(purpose).derive("nonce", &[place, plain]).expose());
    server.rest(purpose).lock(place, plain, &nonce).into()
}
