//! Home: a user's card, player and drive, and what is done with them, in order: register, ask for a key, copy, report, play.
//!
//! Whatever is asked is on the disk before it leaves, and every answer before anything follows from it: after a cut at any
//! write the same call goes on, and says the same question with the same bytes. Who carries the questions is a [`Line`].
//!
//! ```text
//!   keep the question ─► say it ─► keep what the player is told ─► keep what the card is told ─► speak
//!   copy ─► erase the Content-Key, kept ─► report
//! ```

use std::path::{Path, PathBuf};

use party::Refused;
use seal::Seed;
use units::{Again, Moment, Money, PartyId, Refusal};

use super::{Body, Copier, CopyRefused, FileRefused, Heard, Keeper, Kept, NotAsked, NotHeard, NotPermitted, copy};
use crate::{
    ids::{Bound, DeliveryId, UserId},
    medium::Medium,
    server::EraseOrder,
    wire::{Answer, Charge, Source, Wanted},
};

/// Carries questions to the server, over a gateway or straight.
pub trait Line {
    /// Over which gateway.
    fn via(&self) -> Option<PartyId>;
    /// Says a question and brings its answer. A refusal that may pass later leaves the question open.
    fn say(&mut self, ask: &[u8]) -> Result<Vec<u8>, Refused>;
}

/// Why something was not done. What was done so far stays, and the same call goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum HomeRefused {
    /// No device here keeps keys.
    #[error("{}", crate::sentence::english("no-devices").unwrap_or_default())]
    NoDevices,
    /// Another program is at work with them.
    #[error("{}", crate::sentence::english("devices-busy").unwrap_or_default())]
    Busy,
    /// The server or the gateway said no.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It was not asked.
    #[error(transparent)]
    NotAsked(#[from] NotAsked),
    /// The answer is no answer.
    #[error(transparent)]
    NotHeard(#[from] NotHeard),
    /// Other devices.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// The copy stopped.
    #[error(transparent)]
    Copy(#[from] CopyRefused),
    /// A device's files.
    #[error(transparent)]
    File(#[from] FileRefused),
}

impl Refusal for HomeRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::NoDevices => "no-devices",
            Self::Busy => "devices-busy",
            Self::Refused(no) => no.code(),
            Self::NotAsked(no) => no.code(),
            Self::NotHeard(_) => "answer-not-ours",
            Self::NotPermitted(no) => no.code(),
            Self::Copy(no) => no.code(),
            Self::File(no) => no.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Refused(no) => no.again(),
            Self::NotAsked(no) => no.again(),
            Self::NotHeard(_) | Self::Busy => Again::Later,
            Self::NotPermitted(no) => no.again(),
            Self::Copy(no) => no.again(),
            Self::NoDevices | Self::File(_) => Again::AfterYouAct,
        }
    }
}

/// A copy that is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Which.
    pub delivery: DeliveryId,
    /// What people call it.
    pub title: String,
    /// Where it lies.
    pub file: PathBuf,
    /// What its key cost, if it was asked for now.
    pub charge: Option<Charge>,
    /// Why it is not reported yet; `None`: it is. It plays all the same, and is reported with the next question.
    pub unreported: Option<Refused>,
}

/// A registration that is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The User ID, for its user's paper.
    pub user: UserId,
    /// The word of an earlier registration counts, and not the one that was given now: this card was registered before, or
    /// a registration that had been cut off came to its end. A found card would otherwise bring its finder a word of his own.
    pub earlier_word: bool,
}

/// A user's devices.
#[derive(Debug, Clone)]
pub struct Home {
    /// The card.
    pub card: Option<Kept>,
    /// The player.
    pub player: Option<Kept>,
    /// The drive.
    pub drive: Option<Kept>,
}

/// These devices are at work for whoever holds this, and for nobody else. The system lets go when a process ends, however
/// it ends.
#[derive(Debug)]
pub struct Alone {
    _lock: std::fs::File,
}

/// What is still to be asked, after an open question was answered.
enum Begun {
    Nothing,
    Answered(Heard),
}

impl Home {
    /// What keeps the keys: the card, or else the player, or else the drive (CM-12).
    fn kept(&self) -> Result<&Kept, HomeRefused> {
        let first = self.card.as_ref().or(self.player.as_ref()).or(self.drive.as_ref());
        first.ok_or(HomeRefused::NoDevices)
    }
    /// Takes the devices for one program: a question, or a copy, is begun by one alone.
    pub fn alone(&self) -> Result<Alone, HomeRefused> {
        let path = self.kept()?.dir().join("lock");
        let disk = |error| FileRefused::Disk {
            path: path.clone(),
            error,
        };
        let lock = std::fs::File::create(&path).map_err(disk)?;
        match lock.try_lock() {
            Ok(()) => Ok(Alone { _lock: lock }),
            Err(std::fs::TryLockError::WouldBlock) => Err(HomeRefused::Busy),
            Err(std::fs::TryLockError::Error(error)) => Err(disk(error).into()),
        }
    }
    /// The keeper as it stands on the disk.
    pub fn keeper(&self) -> Result<Keeper, HomeRefused> {
        Ok(self.kept()?.keeper()?)
    }
    /// Ids of all devices here.
    pub fn bound(&self) -> Result<Bound, HomeRefused> {
        let id = |kept: &Option<Kept>| kept.as_ref().map(|kept| kept.body().map(|body| body.id())).transpose();
        Ok(Bound {
            card: id(&self.card)?,
            player: id(&self.player)?,
            drive: id(&self.drive)?,
        })
    }
    /// Where copies lie: on the drive, or beside the keys where there is none.
    pub fn copies(&self) -> Result<PathBuf, HomeRefused> {
        Ok(self.drive.as_ref().map_or(self.kept()?.dir(), Kept::dir).join("copies"))
    }
    /// Where one copy lies.
    pub fn file_of(&self, delivery: DeliveryId) -> Result<PathBuf, HomeRefused> {
        Ok(self.copies()?.join(format!("{delivery}.keyfare")))
    }

    /// Says the open question of the keeper, until it is answered or refused for good.
    fn finish(&self, keeper: &mut Keeper, line: &mut dyn Line, seed: &Seed) -> Result<Heard, HomeRefused> {
        let kept = self.kept()?;
        let ask = keeper.open_ask().map(<[u8]>::to_vec).unwrap_or_default();
        kept.keep(keeper, &seed.part("asked"))?;
        let said = match line.say(&ask) {
            Ok(said) => said,
            Err(no) => {
                if no.again() != Again::Later {
                    keeper.refused();
                    kept.keep(keeper, &seed.part("refused"))?;
                }
                return Err(no.into());
            }
        };
        let answer = Answer::parse(&said).map_err(|no| NotHeard::NotReadable(no.into()))?;
        let heard = keeper.hear(&answer)?;
        // The player first: a card that has its answer does not ask again, and the player would never hear its part.
        if let (Some(pass), Some(at)) = (&answer.pass, &self.player) {
            let mut player = at.player()?;
            // A pass is for the registered player; another one cannot read it, and learns nothing.
            if player.hear(pass).is_ok() {
                at.keep_player(&player, &seed.part("player"))?;
            }
        }
        kept.keep(keeper, &seed.part("heard"))?;
        Ok(heard)
    }

    /// What was begun before a cut is finished first.
    fn finish_open(&self, keeper: &mut Keeper, line: &mut dyn Line, seed: &Seed) -> Result<Begun, HomeRefused> {
        if keeper.open_ask().is_none() {
            return Ok(Begun::Nothing);
        }
        match self.finish(keeper, line, &seed.part("open")) {
            Ok(heard) => Ok(Begun::Answered(heard)),
            // The old question is settled: it was refused. The new one is another.
            Err(HomeRefused::Refused(no)) if no.again() != Again::Later => Ok(Begun::Nothing),
            Err(no) => Err(no),
        }
    }

    /// Registers these devices; `word` proves a later reissue, unless an earlier one does.
    pub fn register(&self, word: &str, line: &mut dyn Line, seed: &Seed) -> Result<Registered, HomeRefused> {
        let mut keeper = self.keeper()?;
        let before = keeper.is_registered();
        if matches!(keeper.wants(), Some(Wanted::Register(bound)) if bound == self.bound()?)
            && let Begun::Answered(Heard::Registered(user)) = self.finish_open(&mut keeper, line, seed)?
        {
            return Ok(Registered {
                user,
                earlier_word: true,
            });
        }
        self.finish_open(&mut keeper, line, seed)?;
        keeper.register(self.bound()?, word, line.via(), seed)?;
        match self.finish(&mut keeper, line, seed)? {
            Heard::Registered(user) => Ok(Registered {
                user,
                earlier_word: before,
            }),
            _ => Err(NotHeard::OtherAnswer.into()),
        }
    }

    /// The key of a medium, or of content that is given away, for at most so much.
    pub fn key(
        &self,
        source: Source,
        at_most: Money,
        line: &mut dyn Line,
        seed: &Seed,
    ) -> Result<(DeliveryId, Option<Charge>), HomeRefused> {
        let mut keeper = self.keeper()?;
        if let Begun::Answered(Heard::Given(delivery, charge)) = self.finish_open(&mut keeper, line, seed)?
            && keeper.grant(delivery).is_some_and(|grant| grant.source == source)
        {
            return Ok((delivery, Some(charge)));
        }
        let open = keeper.copies().find(|(_, of, _, open)| *of == source && *open);
        if let Some((delivery, ..)) = open {
            return Ok((delivery, None));
        }
        keeper.ask_key(source, at_most, Some(self.bound()?), line.via(), seed)?;
        match self.finish(&mut keeper, line, seed)? {
            Heard::Given(delivery, charge) => Ok((delivery, Some(charge))),
            _ => Err(NotHeard::OtherAnswer.into()),
        }
    }

    /// Copies a medium to the drive: asks for its key if it is not here, goes on where a copy was interrupted, erases the
    /// medium's key, reports. A copy that is complete is found, and only reported if it was not.
    pub fn import(
        &self,
        medium: &Medium,
        at_most: Money,
        line: &mut dyn Line,
        now: Moment,
        seed: &Seed,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Imported, HomeRefused> {
        let (delivery, charge) = match self.copied(medium.source())? {
            Some(delivery) => (delivery, None),
            None => {
                // What is here already needs no network: an interrupted copy goes on without one.
                let keeper = self.keeper()?;
                let here = keeper.copies().find(|(_, of, _, open)| *of == medium.source() && *open);
                let (delivery, charge) = match here {
                    Some((delivery, ..)) => (delivery, None),
                    None => self.key(medium.source(), at_most, line, seed)?,
                };
                self.copy(delivery, medium, now, seed, progress)?;
                (delivery, charge)
            }
        };
        let unreported = match self.report(line, &seed.part("report")) {
            Ok(()) => None,
            Err(HomeRefused::Refused(no)) => Some(no),
            Err(no) => return Err(no),
        };
        let keeper = self.keeper()?;
        Ok(Imported {
            delivery,
            title: keeper
                .grant(delivery)
                .map(|grant| grant.title.clone())
                .unwrap_or_default(),
            file: self.file_of(delivery)?,
            charge,
            unreported,
        })
    }

    /// The complete copy of a source, if it is on the drive.
    fn copied(&self, source: Source) -> Result<Option<DeliveryId>, HomeRefused> {
        let keeper = self.keeper()?;
        for (delivery, of, _, open) in keeper.copies() {
            if of == source && !open && self.file_of(delivery)?.exists() {
                return Ok(Some(delivery));
            }
        }
        Ok(None)
    }

    fn copy(
        &self,
        delivery: DeliveryId,
        medium: &Medium,
        now: Moment,
        seed: &Seed,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(), HomeRefused> {
        let mut keeper = self.keeper()?;
        let (player, drive) = self.bodies()?;
        let target = self.file_of(delivery)?;
        let disk = |path: &Path| {
            let path = path.to_owned();
            move |error| FileRefused::Disk { path, error }
        };
        let dir = self.copies()?;
        std::fs::create_dir_all(&dir).map_err(disk(&dir))?;
        // The key is erased when the copy is on the disk: then the way to it has to be there too.
        if let Some(above) = dir.parent().filter(|_| cfg!(unix)) {
            let synced = std::fs::File::open(above).and_then(|above| above.sync_all());
            synced.map_err(disk(above))?;
        }
        let who = Copier {
            keeper: &keeper,
            player: &player,
            drive: &drive,
        };
        copy(&who, delivery, medium.package(), &target, now, progress)?;
        keeper.copied(delivery);
        Ok(self.kept()?.keep(&keeper, &seed.part("copied"))?)
    }

    /// Reports copies that are complete and were not reported.
    pub fn report(&self, line: &mut dyn Line, seed: &Seed) -> Result<(), HomeRefused> {
        let mut keeper = self.keeper()?;
        if keeper.unreported().is_empty() && keeper.open_ask().is_none() {
            return Ok(());
        }
        self.finish_open(&mut keeper, line, seed)?;
        for (n, delivery) in keeper.unreported().to_vec().into_iter().enumerate() {
            let seed = seed.part(&format!("report {n}"));
            keeper.report(delivery, line.via(), &seed)?;
            self.finish(&mut keeper, line, &seed)?;
        }
        Ok(())
    }

    /// A new card gets everything the lost one held. Says how many copies play with it.
    pub fn replace(&self, user: UserId, word: &str, line: &mut dyn Line, seed: &Seed) -> Result<usize, HomeRefused> {
        let mut keeper = self.keeper()?;
        let mut count = match self.finish_open(&mut keeper, line, seed)? {
            Begun::Answered(Heard::Reissued(count)) => Some(count),
            _ => None,
        };
        if count.is_none() {
            keeper.replace(user, word, line.via(), seed)?;
            count = Some(self.reissued(&mut keeper, line, seed)?);
        }
        let mut round = 0_u32;
        while keeper.has_rest() {
            round = round.saturating_add(1);
            let seed = seed.part(&format!("rest {round}"));
            keeper.fetch_rest(line.via(), &seed)?;
            count = Some(self.reissued(&mut keeper, line, &seed)?);
        }
        Ok(count.unwrap_or(0))
    }

    fn reissued(&self, keeper: &mut Keeper, line: &mut dyn Line, seed: &Seed) -> Result<usize, HomeRefused> {
        match self.finish(keeper, line, seed)? {
            Heard::Reissued(count) => Ok(count),
            _ => Err(NotHeard::OtherAnswer.into()),
        }
    }

    /// Carries a repair's order out, and has it confirmed.
    pub fn erase(&self, order: &EraseOrder, line: &mut dyn Line, seed: &Seed) -> Result<(), HomeRefused> {
        let mut keeper = self.keeper()?;
        if let Begun::Answered(Heard::Erased) = self.finish_open(&mut keeper, line, seed)? {
            return Ok(());
        }
        keeper.erase(order, line.via(), seed)?;
        match self.finish(&mut keeper, line, seed)? {
            Heard::Erased => Ok(()),
            _ => Err(NotHeard::OtherAnswer.into()),
        }
    }

    /// The key of a copy for playing it here (CM-5): the card compares ids, and the player knows whose cards it may take. No
    /// network is asked.
    pub fn play_key(&self, delivery: DeliveryId, now: Moment) -> Result<package::ContentKey, HomeRefused> {
        let keeper = self.keeper()?;
        let (player, drive) = self.bodies()?;
        // Where no player is registered, none was told whom it may take.
        let bound = keeper.bound_to(delivery).ok_or(NotPermitted::Playback)?;
        if let (Some(at), Some(_)) = (&self.player, bound.player) {
            let admitted = at.player()?.admits(keeper.body().id(), now);
            admitted.map_err(|_| NotPermitted::Playback)?;
        }
        Ok(keeper.play_key(delivery, &player, &drive, now)?)
    }

    /// Player and drive; where one is missing, the keeper stands there, which is neither and is bound to nothing.
    fn bodies(&self) -> Result<(Body, Body), HomeRefused> {
        let one = |kept: &Option<Kept>| -> Result<Body, HomeRefused> {
            Ok(match kept {
                Some(kept) => kept.body()?,
                None => self.kept()?.body()?,
            })
        };
        Ok((one(&self.player)?, one(&self.drive)?))
    }

    /// What a license is bound to where copies are licenses (CM-3): shown by player and drive themselves.
    pub fn shown(&self) -> Result<license::Shown, HomeRefused> {
        let (player, drive) = self.bodies()?;
        Ok(license::Shown {
            player: player.shown(),
            drive: drive.shown(),
        })
    }
}
