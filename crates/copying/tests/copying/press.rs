//! The press: every piece once, whatever is cut; read back as media, and known to the server by one file.

use std::{collections::BTreeSet, fs, path::Path};

use copying::{
    DeviceKind,
    batch::{Content, Pressed},
    device::Kept,
    medium::Medium,
    press::{Begun, Form, Press, PressRefused, Step},
    server::{Role, TakeRefused},
    town::Town,
    wire::Source,
};
use package::ReadAt;
use seal::Seed;
use units::{ContentId, Refusal};

use crate::world::{START, World, yen};

fn content(world: &World, numbered: bool) -> Pressed {
    Pressed::Media(Content {
        title: "Winter sun".into(),
        content: ContentId([2; 16]),
        package: world.work.front.package(),
        key: vec![0xc5; 32].into(),
        price: yen(0),
        numbered,
        again: false,
        offer: None,
    })
}

fn begin(into: &Path, count: u32, what: &Pressed, form: Form, seed: u8) -> Press {
    match Press::begin(into, count, what.clone(), form, START, &Seed::new([seed; 32])).unwrap() {
        Begun::Press(press) => press,
        Begun::Done(_) => panic!("it was done"),
    }
}

/// Names and bytes of everything in a directory.
fn all(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut rooms = vec![dir.to_owned()];
    while let Some(room) = rooms.pop() {
        for entry in fs::read_dir(room).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                rooms.push(entry);
            } else {
                let name = entry.strip_prefix(dir).unwrap().to_string_lossy().into_owned();
                found.push((name, fs::read(&entry).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// proves: CM-1
#[test]
fn media_as_folders_and_images_are_read_back_and_known_to_the_server() {
    for form in [Form::Folder, Form::Image] {
        let mut world = World::plain();
        let dir = tempfile::tempdir().unwrap();
        let (into, package) = (dir.path().join("batch"), dir.path().join("work.keyfare"));
        fs::write(&package, &world.work.sealed).unwrap();
        let what = content(&world, true);
        let mut press = begin(&into, 5, &what, form, 1);
        world.town.take(press.batch()).unwrap();
        let mut steps = Vec::new();
        press.media(&package, &mut |step| steps.push(step)).unwrap();
        assert!(steps.iter().any(|s| matches!(s, Step::Checking(..))));
        assert!(matches!(steps.last(), Some(Step::Pressing(5, done, of)) if done == of));
        let done = press.finish().unwrap();
        let mut seen = BTreeSet::new();
        for (n, id) in done.media.iter().enumerate() {
            let name = format!("medium-{:05}{}", n + 1, if form == Form::Image { ".iso" } else { "" });
            let medium = Medium::open(&into.join(name)).unwrap();
            assert_eq!(medium.source(), Source::Medium(*id));
            let mut bytes = vec![0; world.work.sealed.len()];
            assert_eq!(medium.package().fill_at(0, &mut bytes).unwrap(), bytes.len());
            assert_eq!(medium.package().size().unwrap(), Some(bytes.len() as u64));
            assert_eq!(bytes, world.work.sealed);
            seen.insert(*id);
        }
        assert_eq!(seen.len(), 5);
        // The seed is forgotten; a second call finds everything done.
        assert!(!into.join("press.job").exists());
        let again = Press::begin(&into, 5, what.clone(), form, START, &Seed::new([9; 32])).unwrap();
        assert!(matches!(again, Begun::Done(found) if found == done));
        let mut user = world.user();
        let got = user.fetch(&mut world.town, Source::Medium(done.media[0]), 0);
        assert!(got.is_ok());
        world.whole();
    }
}

/// proves: CM-1
#[test]
fn a_press_that_was_cut_anywhere_makes_each_piece_once_with_its_own_id() {
    let world = World::plain();
    let dir = tempfile::tempdir().unwrap();
    let package = dir.path().join("work.keyfare");
    fs::write(&package, &world.work.sealed).unwrap();
    let what = content(&world, true);
    let whole = dir.path().join("whole");
    begin(&whole, 4, &what, Form::Folder, 1)
        .media(&package, &mut |_| {})
        .unwrap();
    let whole = all(&whole);
    // Power fails after so many tellings of progress.
    for cut in 1..12 {
        let into = dir.path().join(format!("cut {cut}"));
        let torn = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let mut left = cut;
            let mut press = begin(&into, 4, &what, Form::Folder, 1);
            press.media(&package, &mut |_| {
                left -= 1;
                if left == 0 {
                    std::panic::resume_unwind(Box::new("power"));
                }
            })
        }));
        // Whatever other randomness the next call brings, the pieces are the first call's.
        begin(&into, 4, &what, Form::Folder, 200)
            .media(&package, &mut |_| {})
            .unwrap();
        assert_eq!(all(&into), whole, "cut {cut}, torn {}", torn.is_err());
    }
    // Two programs do not press into one place, and another batch does not go where one is begun.
    let into = dir.path().join("cut 1");
    let busy = begin(&into, 4, &what, Form::Folder, 1);
    let second = Press::begin(&into, 4, what.clone(), Form::Folder, START, &Seed::new([1; 32]));
    assert!(matches!(second, Err(PressRefused::Busy(_))));
    drop(busy);
    let other = Press::begin(&into, 5, what, Form::Folder, START, &Seed::new([1; 32]));
    assert!(matches!(other, Err(PressRefused::OtherJob(_))));
}

/// proves: CM-1 CM-2
#[test]
fn devices_are_pressed_and_known_by_their_batch() {
    let mut world = World::plain();
    let dir = tempfile::tempdir().unwrap();
    for kind in [DeviceKind::Card, DeviceKind::Player, DeviceKind::Drive] {
        let into = dir.path().join(kind.word());
        let press = begin(&into, 3, &Pressed::Devices(kind), Form::Folder, 7);
        world.town.take(press.batch()).unwrap();
        // The same file again changes nothing.
        world.town.take(press.batch()).unwrap();
        press.devices(&mut |_| {}).unwrap();
        let done = press.finish().unwrap();
        let ids: Vec<_> = (1..=3)
            .map(|n| Kept::at(&into.join(format!("{}-{n:05}", kind.word()))).body().unwrap())
            .map(|body| (body.id(), body.kind()))
            .collect();
        assert_eq!(ids, done.devices.iter().map(|id| (*id, kind)).collect::<Vec<_>>());
        // No key is left in what the press remembers.
        let remembered = fs::read(into.join("press.done")).unwrap();
        let key = fs::read(into.join(format!("{}-00001/device", kind.word()))).unwrap();
        assert!(!remembered.windows(32).any(|w| key.windows(32).any(|k| k == w)));
    }
    let body = |kind: DeviceKind| {
        let at = dir.path().join(kind.word()).join(format!("{}-00001", kind.word()));
        Kept::at(&at)
    };
    let home = copying::device::Home {
        card: Some(body(DeviceKind::Card)),
        player: Some(body(DeviceKind::Player)),
        drive: Some(body(DeviceKind::Drive)),
    };
    let seed = world.town.seed();
    let mut line = copying::town::TownLine {
        town: &mut world.town,
        way: None,
    };
    home.register("blue heron", &mut line, &seed).unwrap();
    world.whole();
}

/// proves: CM-1 row-97
#[test]
fn a_batch_file_of_a_stranger_or_for_another_server_is_not_taken_and_only_makers_take() {
    let mut world = World::plain();
    let dir = tempfile::tempdir().unwrap();
    let press = begin(
        &dir.path().join("cards"),
        2,
        &Pressed::Devices(DeviceKind::Card),
        Form::Folder,
        7,
    );
    let file = world.town.batch_file(press.batch()).unwrap();
    let other = Town::found(&[77; 32], START, &[], |_| {}).unwrap();
    let foreign = other.batch_file(press.batch()).unwrap();
    let mut damaged = file.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let now = world.town.now;
    let take = |world: &World, role, file: Vec<u8>| {
        world
            .town
            .at_server(move |server, tx| server.take_batch(tx, &Town::hand(role, 1), &file, now))
    };
    for bad in [foreign, damaged, Vec::new(), vec![0; 40]] {
        let no: TakeRefused = take(&world, Role::Maker, bad).unwrap_err();
        assert_eq!(no.code(), "batch-not-genuine");
    }
    for role in [Role::Auditor, Role::Counter, Role::Chief] {
        assert_eq!(take(&world, role, file.clone()).unwrap_err().code(), "not-your-duty");
    }
    assert_eq!(take(&world, Role::Maker, file).unwrap(), (press.batch().id, 2));
    // A damaged package is found before anything is pressed.
    let package = dir.path().join("work.keyfare");
    let mut bytes = world.work.sealed.clone();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&package, &bytes).unwrap();
    let into = dir.path().join("bad");
    let what = content(&world, true);
    assert!(
        begin(&into, 2, &what, Form::Folder, 3)
            .media(&package, &mut |_| {})
            .is_err()
    );
    assert!(!into.join("medium-00001").exists());
    world.town.now = now;
}

/// proves: CM-11
#[test]
fn media_without_ids_are_all_alike_and_each_user_gets_its_key_once() {
    let mut world = World::plain();
    let dir = tempfile::tempdir().unwrap();
    let (into, package) = (dir.path().join("free"), dir.path().join("work.keyfare"));
    fs::write(&package, &world.work.sealed).unwrap();
    let mut press = begin(&into, 2, &content(&world, false), Form::Folder, 1);
    world.town.take(press.batch()).unwrap();
    let batch = press.batch().id;
    press.media(&package, &mut |_| {}).unwrap();
    for n in 1..=2 {
        let medium = Medium::open(&into.join(format!("medium-{n:05}"))).unwrap();
        assert_eq!(medium.source(), Source::Free(batch));
    }
    // The same over the network: the package's own file, and the batch's id.
    let loose = Medium::given_away(&package, batch).unwrap();
    assert_eq!(
        (loose.source(), loose.package().size().unwrap()),
        (Source::Free(batch), Some(world.work.sealed.len() as u64))
    );
    let (mut one, mut two) = (world.user(), world.user());
    for user in [&mut one, &mut two] {
        user.fetch(&mut world.town, Source::Free(batch), 0).unwrap();
    }
    world.whole();
}
