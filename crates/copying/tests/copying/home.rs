//! Devices of software at home: media from the press, copies, and power that fails at every write of every device.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use copying::{
    BatchId, Bound, DeliveryId, DeviceKind, RequestId,
    device::{Files, Home, HomeRefused, Imported, Kept, OnDisk},
    gateway::Paying,
    medium::{Medium, label_text},
    server::{Decided, EraseOrder},
    town::{TownLine, Way},
};
use package::{HeldNode, Package};
use units::{Money, Refusal, Span};

use crate::world::{World, yen};

/// A disk whose power fails at one of its writes, before it or after it.
#[derive(Debug)]
pub struct Failing {
    left: AtomicI64,
    after: bool,
}

impl Failing {
    fn at(write: i64, after: bool) -> Arc<Self> {
        Arc::new(Self {
            left: AtomicI64::new(write),
            after,
        })
    }
    fn never() -> Arc<Self> {
        Self::at(i64::MAX, false)
    }
}

impl Files for Failing {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        OnDisk.read(path)
    }
    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let fails = self.left.fetch_sub(1, Ordering::SeqCst) == 1;
        if fails && !self.after {
            // As much of it as there was time for, under its working name.
            std::fs::write(path.with_extension("part"), &bytes[..bytes.len() / 2])?;
            return Err(io::Error::other("power"));
        }
        OnDisk.replace(path, bytes)?;
        if fails { Err(io::Error::other("power")) } else { Ok(()) }
    }
}

/// A user with devices on a disk, and a medium in a folder.
pub struct Living {
    pub world: World,
    pub home: Home,
    pub way: Way,
    pub medium: PathBuf,
    dir: tempfile::TempDir,
    files: Arc<Failing>,
}

impl Living {
    pub fn begin(files: Arc<Failing>, gateway: bool) -> Self {
        let mut world = World::new(if gateway { &[300] } else { &[] }, |_| {});
        let dir = tempfile::tempdir().unwrap();
        let price = if gateway { 100 } else { 0 };
        let id = world.media(price, 1)[0];
        let medium = dir.path().join("medium");
        std::fs::create_dir(&medium).unwrap();
        let label = label_text(Some(id), BatchId([0; 16]), "Winter sun", yen(price), None);
        std::fs::write(medium.join("MEDIUM.TXT"), label).unwrap();
        std::fs::write(medium.join("CONTENT.KFR"), &world.work.sealed).unwrap();
        let way = if gateway {
            world.town.customer(0, 1, Paying::Prepaid, 300).unwrap()
        } else {
            None
        };
        let home = Home {
            card: None,
            player: None,
            drive: None,
        };
        let mut all = Self {
            world,
            home,
            way,
            medium,
            dir,
            files,
        };
        all.home.card = Some(all.device("card", DeviceKind::Card));
        all.home.player = Some(all.device("player", DeviceKind::Player));
        all.home.drive = Some(all.device("drive", DeviceKind::Drive));
        all
    }
    /// A device from the factory, put down before power may fail.
    fn device(&mut self, name: &str, kind: DeviceKind) -> Kept {
        let body = self.world.body(kind);
        let at = self.dir.path().join(name);
        Kept::at(&at).put(&body).unwrap();
        Kept::within(&at, self.files.clone())
    }
    fn seed(&mut self) -> seal::Seed {
        self.world.town.seed()
    }
    /// Does something until it succeeds: after each cut everything is read from the disk again.
    fn until_done<T>(&mut self, what: impl Fn(&Home, &mut TownLine<'_>, &seal::Seed) -> Result<T, HomeRefused>) -> T {
        for _ in 0..3 {
            let seed = self.seed();
            let mut line = TownLine {
                town: &mut self.world.town,
                way: self.way,
            };
            match what(&self.home, &mut line, &seed) {
                Ok(done) => return done,
                Err(HomeRefused::File(no)) => assert!(no.to_string().contains("power"), "{no}"),
                Err(no) => panic!("{no} ({})", no.code()),
            }
        }
        panic!("power failed once, and three tries did not do")
    }
    pub fn import(&mut self) -> Imported {
        let (path, now) = (self.medium.clone(), self.world.town.now);
        let most = if self.way.is_some() { yen(100) } else { yen(0) };
        self.until_done(move |home, line, seed| {
            let medium = Medium::open(&path).unwrap();
            home.import(&medium, most, line, now, seed, &mut |_, _| {})
        })
    }
    pub fn play(&self, home: &Home, delivery: DeliveryId) -> Result<Vec<u8>, &'static str> {
        let key = home.play_key(delivery, self.world.town.now).map_err(|no| no.code())?;
        let file = std::fs::File::open(home.file_of(delivery).unwrap()).unwrap();
        let mut package = Package::open(file).unwrap();
        let keys = HeldNode::whole(&key, package.front().tree());
        let mut content = vec![0; package.len() as usize];
        package.read_at(0, &mut content, &keys).map_err(|no| no.code())?;
        Ok(content)
    }
}

/// From registration over a copy, a repair, a second copy and a lost card to the last play.
fn a_life(files: Arc<Failing>) -> (Living, i64) {
    let begun = files.left.load(Ordering::SeqCst);
    let mut all = Living::begin(files, true);
    let user = all
        .until_done(|home, line, seed| home.register("blue heron", line, seed))
        .user;
    let first = all.import();
    assert_eq!(first.unreported, None);
    assert_eq!(
        all.play(&all.home, first.delivery).as_ref(),
        Ok(&all.world.work.content)
    );
    // The medium's key is gone from the card, and from its file.
    let keeper = all.home.keeper().unwrap();
    assert!(keeper.grant(first.delivery).unwrap().content.is_none());
    assert!(keeper.unreported().is_empty());

    // The drive breaks; the card erases; its user copies again, for nothing.
    let new = all.device("drive 2", DeviceKind::Drive);
    let (broken, fresh) = (
        all.home.drive.as_ref().unwrap().body().unwrap().id(),
        new.body().unwrap().id(),
    );
    let (now, seed, card) = (all.world.town.now, all.seed(), keeper.body().id());
    let clerk = World::counter();
    let done = all
        .world
        .town
        .at_server(move |server, tx| server.repair(tx, &clerk, card, broken, fresh, "the drive fell", now, &seed));
    let Decided::Done(order) = done.unwrap() else {
        panic!("a first repair waits for somebody")
    };
    all.home.drive = Some(new);
    all.until_done(|home, line, seed| home.erase(&order, line, seed));
    let second = all.import();
    assert_ne!(second.delivery, first.delivery);
    assert!(second.charge.is_none_or(|charge| charge.amount.is_zero()));

    // The card is lost: a new one plays everything, the old one nothing.
    let lost = all.home.clone();
    all.home.card = Some(all.device("card 2", DeviceKind::Card));
    all.world.town.now = all.world.town.now.plus(Span::minutes(1));
    let paper = copying::UserId::typed(&user.on_paper()).unwrap();
    let count = all.until_done(move |home, line, seed| home.replace(paper.clone(), "blue heron", line, seed));
    assert_eq!(count, 1);
    assert_eq!(
        all.play(&all.home, second.delivery).as_ref(),
        Ok(&all.world.work.content)
    );
    assert_eq!(all.play(&lost, second.delivery), Err("playback-not-permitted"));
    // One key was charged, whatever was said twice.
    let told = all
        .world
        .town
        .at_gateway(0, |gateway, tx| gateway.charges(tx, [1; 16], 99));
    let charged: i64 = told.unwrap().iter().map(|told| told.charge.amount.minor()).sum();
    assert_eq!(charged, 100);
    all.world.whole();
    let writes = begun.saturating_sub(all.files.left.load(Ordering::SeqCst));
    (all, writes)
}

/// proves: CM-3 CM-4 CM-7 CM-8 row-74 row-75
#[test]
fn power_that_fails_at_any_write_of_any_device_costs_nothing_but_a_second_try() {
    let (_, writes) = a_life(Failing::never());
    assert!(writes >= 16, "only {writes} writes were seen");
    for write in 1..=writes {
        for after in [false, true] {
            let (all, _) = a_life(Failing::at(write, after));
            assert!(all.files.left.load(Ordering::SeqCst) <= 0, "write {write} never came");
        }
    }
}

/// proves: CM-5 CM-6 row-75
#[test]
fn borrowed_lent_and_edited_devices_get_the_spec_s_words_and_nothing_plays() {
    let mut all = Living::begin(Failing::never(), false);
    all.until_done(|home, line, seed| home.register("blue heron", line, seed));
    let copied = all.import();
    // The borrowed medium.
    let mut friend = Home {
        card: Some(all.device("friend's card", DeviceKind::Card)),
        player: Some(all.device("friend's player", DeviceKind::Player)),
        drive: Some(all.device("friend's drive", DeviceKind::Drive)),
    };
    let owner = std::mem::replace(&mut all.home, friend.clone());
    all.until_done(|home, line, seed| home.register("grey heron", line, seed));
    let medium = Medium::open(&all.medium).unwrap();
    let (now, seed) = (all.world.town.now, all.seed());
    let mut line = TownLine {
        town: &mut all.world.town,
        way: None,
    };
    let no = friend
        .import(&medium, yen(0), &mut line, now, &seed, &mut |_, _| {})
        .unwrap_err();
    assert_eq!(no.code(), "medium-used");
    assert!(no.to_string().starts_with("Content cannot be copied from this medium."));
    assert!(
        copying::sentence::japanese(no.code())
            .unwrap()
            .contains("コピーすることはできません")
    );
    // Lent: card and drive to a friend with his own player; then the drive alone; then card and player.
    for lent in [
        Home {
            player: friend.player.clone(),
            ..owner.clone()
        },
        Home {
            card: friend.card.clone(),
            player: friend.player.clone(),
            ..owner.clone()
        },
        Home {
            drive: friend.drive.clone(),
            ..owner.clone()
        },
    ] {
        let no = lent.play_key(copied.delivery, now).unwrap_err();
        assert_eq!(no.code(), "playback-not-permitted");
        assert!(no.to_string().starts_with("Content reproduction is not permitted."));
    }
    assert!(
        copying::sentence::japanese("playback-not-permitted")
            .unwrap()
            .contains("再生は許可されていません")
    );
    // The friend edits his player's id to the owner's: what it adds to the key is another's, and nothing opens.
    let real = owner.player.as_ref().unwrap().body().unwrap().id();
    let edited = copying::device::Body::new(real, DeviceKind::Player, seal::Secret::new([9; 32]));
    let at = friend.player.take().unwrap();
    std::fs::remove_file(at.dir().join("passes")).unwrap_or_default();
    at.put(&edited).unwrap();
    let cheat = Home {
        player: Some(at),
        ..owner.clone()
    };
    // Its passes were sealed for the real one: it admits nobody. Past that, the key itself is another.
    assert_eq!(
        cheat.play_key(copied.delivery, now).unwrap_err().code(),
        "playback-not-permitted"
    );
    let keeper = owner.keeper().unwrap();
    let drive = owner.drive.as_ref().unwrap().body().unwrap();
    let key = keeper.play_key(copied.delivery, &edited, &drive, now).unwrap();
    let file = std::fs::File::open(owner.file_of(copied.delivery).unwrap()).unwrap();
    assert!(!Package::open(file).unwrap().front().header().is_under(&key));
    // The owner plays on.
    assert!(all.play(&owner, copied.delivery).is_ok());
}

/// proves: CM-2 row-70
#[test]
fn the_word_of_the_first_registration_counts_and_whoever_types_another_is_told() {
    let files = Failing::at(i64::MAX, true);
    let mut all = Living::begin(files.clone(), false);
    // Power fails once the question is on the disk: another word is typed at the next try.
    files.left.store(1, Ordering::SeqCst);
    let tries = std::cell::Cell::new(0);
    let done = all.until_done(|home, line, seed| {
        tries.set(tries.get() + 1);
        let word = if tries.get() == 1 { "blue heron" } else { "grey heron" };
        home.register(word, line, seed)
    });
    assert!(tries.get() == 2 && done.earlier_word);
    let again = all.until_done(|home, line, seed| home.register("white heron", line, seed));
    assert_eq!((again.user, again.earlier_word), (done.user, true));
    for lang in [copying::sentence::english, copying::sentence::japanese] {
        assert!(lang("earlier-word").is_some());
    }
}

/// proves: CM-4 row-75
#[test]
fn a_copy_that_was_cut_leaves_no_second_key_and_goes_on_where_it_was() {
    let mut all = Living::begin(Failing::never(), false);
    all.until_done(|home, line, seed| home.register("blue heron", line, seed));
    let medium = Medium::open(&all.medium).unwrap();
    let (seed, now) = (all.seed(), all.world.town.now);
    let mut line = TownLine {
        town: &mut all.world.town,
        way: None,
    };
    let (delivery, _) = all.home.key(medium.source(), yen(0), &mut line, &seed).unwrap();
    let asked = all.world.town.wire.len();
    // The drive is full of somebody else's bytes where the copy shall grow: they are checked, and made anew.
    let target = all.home.file_of(delivery).unwrap();
    std::fs::create_dir_all(target.parent().unwrap()).unwrap();
    let mut part = target.clone().into_os_string();
    part.push(".part");
    std::fs::write(&part, vec![7; 2000]).unwrap();
    let done = all.import();
    assert_eq!(done.delivery, delivery);
    assert_eq!(all.world.town.wire.len(), asked + 2, "only the report was said");
    assert_eq!(all.play(&all.home, delivery).as_ref(), Ok(&all.world.work.content));
    // The medium again: it is copied already, nothing is asked, nothing is copied.
    let again = all.import();
    assert_eq!((again.delivery, again.charge), (delivery, None));
    assert_eq!(all.world.town.wire.len(), asked + 2);
    let _ = now;
}

/// proves: CM-12
#[test]
fn without_a_card_the_player_or_the_drive_keeps_the_keys() {
    for bound in [(true, true), (false, true)] {
        let mut all = Living::begin(Failing::never(), false);
        let mut world = World::new(&[], |settings| {
            settings.needed.card = false;
            settings.needed.player = bound.0;
        });
        let id = world.media(0, 1)[0];
        let label = label_text(
            Some(id),
            BatchId([0; 16]),
            "Winter sun",
            Money::zero(units::Currency::JPY),
            None,
        );
        std::fs::write(all.medium.join("MEDIUM.TXT"), label).unwrap();
        all.world = world;
        all.home = Home {
            card: None,
            player: bound.0.then(|| all.device("player 2", DeviceKind::Player)),
            drive: Some(all.device("drive 2", DeviceKind::Drive)),
        };
        all.until_done(|home, line, seed| home.register("blue heron", line, seed));
        let done = all.import();
        assert_eq!(all.play(&all.home, done.delivery).as_ref(), Ok(&all.world.work.content));
        let bound: Bound = all.home.bound().unwrap();
        assert_eq!(bound.card, None);
    }
}

/// proves: CM-4
#[test]
fn two_programs_do_not_copy_with_one_card_at_once() {
    let all = Living::begin(Failing::never(), false);
    let one = all.home.alone().unwrap();
    assert_eq!(all.home.alone().unwrap_err().code(), "devices-busy");
    drop(one);
    assert!(all.home.alone().is_ok());
}

/// A repair's order for another card erases nothing here.
///
/// proves: CM-7
#[test]
fn an_order_for_another_card_erases_nothing() {
    let mut all = Living::begin(Failing::never(), false);
    all.until_done(|home, line, seed| home.register("blue heron", line, seed));
    let done = all.import();
    let forged = EraseOrder {
        order: RequestId([1; 16]),
        keeper: all.home.keeper().unwrap().body().id(),
        sealed: vec![0; 60].into(),
    };
    let seed = all.seed();
    let mut line = TownLine {
        town: &mut all.world.town,
        way: None,
    };
    assert!(all.home.erase(&forged, &mut line, &seed).is_err());
    assert!(all.play(&all.home, done.delivery).is_ok());
}
