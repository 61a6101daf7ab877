//! The copy and its playback.

use std::path::Path;

use copying::{
    DeliveryId, DeviceKind,
    device::{Body, Copier, CopyRefused, Keeper, Kept, copy},
    town::User,
};
use package::{HeldNode, Package, ReadAt};
use seal::Seed;
use units::{Moment, Refusal, Span};

use crate::world::{World, medium, work};

/// A user with a key of a medium.
fn with_key(world: &mut World) -> (User, DeliveryId) {
    let id = world.media(0, 1)[0];
    let mut user = world.user();
    let (delivery, _) = user.fetch(&mut world.town, medium(id), 0).unwrap();
    (user, delivery)
}

fn make(user: &User, sealed: &[u8], delivery: DeliveryId, to: &Path, now: Moment) -> Result<(), CopyRefused> {
    let who = Copier {
        keeper: &user.keeper,
        player: user.player.body(),
        drive: &user.drive,
    };
    copy(&who, delivery, sealed, to, now, &mut |_, _| {})
}

/// What these devices play of a copy.
fn play(
    keeper: &Keeper,
    player: &Body,
    drive: &Body,
    delivery: DeliveryId,
    file: &Path,
    now: Moment,
) -> Result<Vec<u8>, &'static str> {
    let key = keeper.play_key(delivery, player, drive, now).map_err(|no| no.code())?;
    let mut package = Package::open(std::fs::File::open(file).unwrap()).unwrap();
    let keys = HeldNode::whole(&key, package.front().tree());
    let mut content = vec![0; package.len() as usize];
    package.read_at(0, &mut content, &keys).map_err(|no| no.code())?;
    Ok(content)
}

/// proves: CM-4 CM-5
#[test]
fn a_copy_plays_on_its_own_player_and_drive_offline_and_nowhere_else() {
    let mut world = World::plain();
    let (mut user, delivery) = with_key(&mut world);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("copy.keyfare");
    make(&user, &world.work.sealed, delivery, &file, world.town.now).unwrap();
    user.report(&mut world.town, delivery).unwrap();
    let asked = world.town.wire.len();
    let content = play(
        &user.keeper,
        user.player.body(),
        &user.drive,
        delivery,
        &file,
        world.town.now,
    )
    .unwrap();
    assert_eq!(content, world.work.content);
    user.player.admits(user.keeper.body().id(), world.town.now).unwrap();
    assert_eq!(world.town.wire.len(), asked, "playing asked the network");
    // Lent: card and drive to somebody with another player; card and player to somebody with another drive.
    let (player, drive) = (world.body(DeviceKind::Player), world.body(DeviceKind::Drive));
    let lent = user
        .keeper
        .play_key(delivery, &player, &user.drive, world.town.now)
        .unwrap_err();
    assert!(lent.to_string().starts_with("Content reproduction is not permitted."));
    assert!(
        user.keeper
            .play_key(delivery, user.player.body(), &drive, world.town.now)
            .is_err()
    );
    // And at the end of the card's time, nothing plays.
    let end = world.town.now.plus(Span::days(731));
    assert!(
        user.keeper
            .play_key(delivery, user.player.body(), &user.drive, end)
            .is_err()
    );
}

/// proves: CM-4 row-75
#[test]
fn ids_edited_in_a_players_memory_open_nothing() {
    let mut world = World::plain();
    let (mut user, delivery) = with_key(&mut world);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("copy.keyfare");
    let other = world.body(DeviceKind::Player);
    // Copying through another player is refused, also with the keys at hand.
    let who = Copier {
        keeper: &user.keeper,
        player: &other,
        drive: &user.drive,
    };
    let no = copy(
        &who,
        delivery,
        &world.work.sealed[..],
        &file,
        world.town.now,
        &mut |_, _| {},
    )
    .unwrap_err();
    assert!(no.to_string().starts_with("Copy is not permitted."));
    make(&user, &world.work.sealed, delivery, &file, world.town.now).unwrap();
    user.report(&mut world.town, delivery).unwrap();
    // A player that says the registered one's id passes the comparison, and still has not its secret.
    let forged = Body::new(user.player.body().id(), DeviceKind::Player, seal::Secret::new([7; 32]));
    let played = play(&user.keeper, &forged, &user.drive, delivery, &file, world.town.now);
    assert_eq!(played, Err("stretch-foreign"));
    // Nor does it read the passes.
    assert!(
        copying::device::Player::new(forged)
            .admits(user.keeper.body().id(), world.town.now)
            .is_err()
    );
}

/// proves: row-75 CM-4
#[test]
fn a_copy_cut_anywhere_goes_on_and_a_finished_one_leaves_no_key() {
    let mut world = World::plain();
    world.work = work(400_000);
    let (mut user, delivery) = with_key(&mut world);
    let dir = tempfile::tempdir().unwrap();
    let (file, part) = (dir.path().join("copy.keyfare"), dir.path().join("copy.keyfare.part"));
    let mut whole = Vec::new();
    // The medium is pulled, later and later; each time the copy is cut at a byte of its own, as a lost page would.
    for cut in (0..world.work.sealed.len()).step_by(16_001) {
        let (sealed, now) = (&world.work.sealed, world.town.now);
        let torn = Torn {
            bytes: sealed,
            end: cut as u64,
        };
        let who = Copier {
            keeper: &user.keeper,
            player: user.player.body(),
            drive: &user.drive,
        };
        assert!(copy(&who, delivery, torn, &file, now, &mut |_, _| {}).is_err());
        assert!(!file.exists());
        if let Ok(bytes) = std::fs::read(&part) {
            std::fs::write(&part, &bytes[..bytes.len() - bytes.len().min(cut % 999)]).unwrap();
        }
        // The card was cut too: it has what it wrote down.
        let kept = Kept::at(&dir.path().join("card"));
        kept.put(user.keeper.body()).unwrap();
        kept.keep(&user.keeper, &Seed::new([3; 32])).unwrap();
        user.keeper = kept.keeper().unwrap();
    }
    make(&user, &world.work.sealed, delivery, &file, world.town.now).unwrap();
    whole.extend(
        play(
            &user.keeper,
            user.player.body(),
            &user.drive,
            delivery,
            &file,
            world.town.now,
        )
        .unwrap(),
    );
    assert_eq!(whole, world.work.content);
    assert_eq!(world.town.wire.len(), 4, "resuming asked for no second key");
    user.report(&mut world.town, delivery).unwrap();
    assert!(user.keeper.grant(delivery).unwrap().content.is_none());
    let saved = user.keeper.save(&Seed::new([5; 32]));
    assert!(!saved.windows(32).any(|w| w == [0xc5; 32]));
    // Nothing can be copied from it any more, and the server gives no second key.
    let again = dir.path().join("again.keyfare");
    assert!(make(&user, &world.work.sealed, delivery, &again, world.town.now).is_err());
    // Nothing of the plain content lies on the drive.
    let copied = std::fs::read(&file).unwrap();
    assert!(!copied.windows(32).any(|w| w == &world.work.content[1000..1032]));
}

/// A medium that can be read up to some byte, and fails there.
struct Torn<'a> {
    bytes: &'a [u8],
    end: u64,
}

impl ReadAt for Torn<'_> {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> std::io::Result<usize> {
        if offset.saturating_add(buf.len() as u64) > self.end {
            return Err(std::io::Error::other("pulled"));
        }
        self.bytes.read_at(offset, buf)
    }
    fn size(&self) -> std::io::Result<Option<u64>> {
        Ok(Some(self.bytes.len() as u64))
    }
}
