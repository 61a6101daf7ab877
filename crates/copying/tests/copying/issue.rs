//! Registration and the one key of a medium.

use copying::{Bound, DeviceId, DeviceKind, device::Keeper, server::Needed, wire::Source};
use units::{Refusal, Span};

use crate::world::{World, code, medium, yen};

/// proves: CM-1
#[test]
fn what_is_made_is_known_before_it_is_sold_and_the_same_batch_makes_nothing_twice() {
    let mut world = World::plain();
    let (batch, media) = world.media_of(300, true, false, 3);
    let one = media[1];
    let known = world.town.disk.store();
    let server = world.town.server.clone();
    let (row, copied) = known.read(move |view| server.medium(view, one)).unwrap().unwrap();
    assert_eq!((row.batch, copied), (batch, None));
    let card = world.body(DeviceKind::Card);
    let server = world.town.server.clone();
    let made = known.read(move |view| server.device(view, card.id())).unwrap().unwrap();
    assert_eq!((made.kind, made.dead), (DeviceKind::Card, None));
    // Nothing of one batch repeats in another.
    let more = world.media(300, 3);
    assert!(media.iter().all(|id| !more.contains(id)));
    world.whole();
}

/// proves: CM-2
#[test]
fn a_registration_refuses_unknown_devices_in_the_sources_words() {
    let mut world = World::plain();
    let strange = DeviceId([9; 16]);
    let mut user = world.town.user().unwrap();
    let whole = user.bound();
    for (bound, expected) in [
        (
            Bound {
                player: Some(strange),
                ..whole
            },
            "player-unknown",
        ),
        (
            Bound {
                drive: Some(strange),
                ..whole
            },
            "drive-unknown",
        ),
        (Bound { player: None, ..whole }, "player-unknown"),
        // A drive's id where a player's is asked for.
        (
            Bound {
                player: whole.drive,
                ..whole
            },
            "player-unknown",
        ),
        (
            Bound {
                card: Some(strange),
                ..whole
            },
            "card-unknown",
        ),
    ] {
        let seed = world.town.seed();
        user.keeper.register(bound, "w", None, &seed).unwrap();
        let no = user.finish(&mut world.town).unwrap_err();
        assert_eq!(no.code(), expected);
        let device = expected.trim_end_matches("-unknown").replace("card", "memory card");
        assert!(
            no.to_string()
                .starts_with(&format!("User registration cannot be completed with this {device}."))
        );
    }
    let first = user.register(&mut world.town, "w").unwrap();
    // Registering again: the same User ID, other devices.
    user.player = world.player();
    assert_eq!(user.register(&mut world.town, "another word").unwrap(), first);
    world.whole();
}

/// proves: CM-2 row-70
#[test]
fn a_label_alone_registers_nothing_and_guessing_shuts_the_door() {
    let mut world = World::plain();
    let mut owner = world.town.user().unwrap();
    // A thief reads the card's label, and knows the ids of his own devices; he has not the card's key.
    let label = owner.keeper.body().id();
    let mut thief = world.town.user().unwrap();
    thief.keeper = Keeper::new(copying::device::Body::new(
        label,
        DeviceKind::Card,
        seal::Secret::new([1; 32]),
    ));
    for _ in 0..12 {
        // Nor does it shut the owner out.
        assert_eq!(code(thief.register(&mut world.town, "w")), "card-unknown");
    }
    owner.register(&mut world.town, "w").unwrap();
    // Media are guessed in vain, and not for long: then an alarm is raised.
    let mut guesser = world.user();
    let ours = world.media(0, 1)[0];
    for n in 0..10 {
        assert_eq!(
            code(guesser.fetch(&mut world.town, medium(copying::MediumId([n; 16])), 0)),
            "medium-used"
        );
    }
    assert_eq!(code(guesser.fetch(&mut world.town, medium(ours), 0)), "too-many-tries");
    let server = world.town.server.clone();
    let alarms = world
        .town
        .disk
        .store()
        .read(move |view| server.alarms(view, 9))
        .unwrap();
    let (sweep, guesses) = (
        (world.town.now, DeviceId([0; 16])),
        (world.town.now, guesser.keeper.body().id()),
    );
    assert!(
        alarms.contains(&sweep) && alarms.contains(&guesses) && alarms.len() == 2,
        "{alarms:?}"
    );
    // Nobody else is kept out, and tomorrow the guesser is heard again.
    owner.fetch(&mut world.town, medium(ours), 0).unwrap();
    world.town.now = world.town.now.plus(Span::days(1));
    guesser.keeper.refused();
    assert_eq!(code(guesser.fetch(&mut world.town, medium(ours), 0)), "medium-used");
    world.whole();
}

/// proves: CM-2
#[test]
fn a_repeated_old_registration_brings_no_old_devices_back() {
    let mut world = World::plain();
    let mut user = world.town.user().unwrap();
    let (old, seed) = (user.bound(), world.town.seed());
    let first = user.keeper.register(old, "w", None, &seed).unwrap();
    user.finish(&mut world.town).unwrap();
    user.player = world.player();
    user.register(&mut world.town, "w").unwrap();
    assert_eq!(code(world.town.serve(&first, None)), "ask-stale");
}

/// proves: CM-3 CM-6
#[test]
fn a_medium_yields_one_key_to_one_user_and_the_same_again_until_it_is_copied() {
    let mut world = World::plain();
    let id = world.media(0, 1)[0];
    let (mut owner, mut friend) = (world.user(), world.user());
    let (delivery, _) = owner.fetch(&mut world.town, medium(id), 0).unwrap();
    let keys = |keeper: &Keeper| {
        let grant = keeper.grant(delivery).unwrap();
        (grant.content.clone(), grant.generation.clone())
    };
    let first = keys(&owner.keeper);
    assert_eq!(first.0.as_ref().unwrap().as_slice(), [0xc5; 32]);
    assert_eq!(owner.fetch(&mut world.town, medium(id), 0).unwrap().0, delivery);
    assert_eq!(keys(&owner.keeper), first);
    // The borrowed medium.
    let no = friend.fetch(&mut world.town, medium(id), 0).unwrap_err();
    assert!(
        no.to_string().starts_with("Content cannot be copied from this medium."),
        "{no}"
    );
    owner.report(&mut world.town, delivery).unwrap();
    assert_eq!(code(owner.fetch(&mut world.town, medium(id), 0)), "medium-used");
    world.whole();
}

/// proves: CM-3
#[test]
fn a_publisher_may_allow_the_same_devices_again() {
    let mut world = World::plain();
    let id = world.media_of(0, true, true, 1).1[0];
    let (mut owner, mut friend) = (world.user(), world.user());
    let (delivery, _) = owner.fetch(&mut world.town, medium(id), 0).unwrap();
    owner.report(&mut world.town, delivery).unwrap();
    assert_eq!(owner.fetch(&mut world.town, medium(id), 0).unwrap().0, delivery);
    assert_eq!(code(friend.fetch(&mut world.town, medium(id), 0)), "medium-used");
    // Other devices are not the same ones.
    owner.drive = world.body(DeviceKind::Drive);
    owner.register(&mut world.town, "w").unwrap();
    assert_eq!(code(owner.fetch(&mut world.town, medium(id), 0)), "medium-used");
    world.whole();
}

/// proves: CM-3
#[test]
fn a_wrong_user_id_or_other_devices_are_refused_and_use_nothing_up() {
    let mut world = World::plain();
    let id = world.media(0, 1)[0];
    let (mut one, mut two) = (world.user(), world.user());
    let no = {
        // A card that never registered has no User ID to send; one with another's is told to register.
        let mut fresh = world.card();
        let seed = world.town.seed();
        fresh.ask_key(medium(id), yen(0), None, None, &seed).unwrap_err()
    };
    assert!(
        no.to_string()
            .starts_with("User ID invalid, please complete user registration.")
    );
    std::mem::swap(&mut one.drive, &mut two.drive);
    let no = one.fetch(&mut world.town, medium(id), 0).unwrap_err();
    assert!(no.to_string().starts_with("Copy is not permitted."));
    std::mem::swap(&mut one.drive, &mut two.drive);
    one.fetch(&mut world.town, medium(id), 0).unwrap();
    world.whole();
}

/// proves: CM-12 CM-2
#[test]
fn without_a_card_the_player_or_the_drive_keeps_the_keys() {
    for kind in [DeviceKind::Player, DeviceKind::Drive] {
        let needed = Needed {
            card: false,
            player: kind == DeviceKind::Player,
            drive: true,
        };
        let mut world = World::new(&[], |settings| settings.needed = needed);
        let id = world.media(0, 1)[0];
        let (keeper, drive) = (world.body(kind), world.body(DeviceKind::Drive));
        let own = keeper.id();
        let bound = match kind {
            DeviceKind::Player => Bound {
                card: None,
                player: Some(own),
                drive: Some(drive.id()),
            },
            _ => Bound {
                card: None,
                player: None,
                drive: Some(own),
            },
        };
        let mut keeper = Keeper::new(keeper);
        let seed = world.town.seed();
        let ask = keeper.register(bound, "w", None, &seed).unwrap();
        let answer = copying::wire::Answer::parse(&world.town.serve(&ask, None).unwrap()).unwrap();
        keeper.hear(&answer).unwrap();
        let seed = world.town.seed();
        let ask = keeper.ask_key(Source::Medium(id), yen(0), None, None, &seed).unwrap();
        let answer = copying::wire::Answer::parse(&world.town.serve(&ask, None).unwrap()).unwrap();
        keeper.hear(&answer).unwrap();
        assert_eq!(keeper.copies().count(), 1);
        world.whole();
    }
}

/// proves: CM-11
#[test]
fn free_content_is_given_to_every_user_and_charged_once_to_each() {
    let mut world = World::new(&[300], |_| {});
    let (batch, none) = world.media_of(200, false, false, 0);
    assert!(none.is_empty());
    let mut charged = Vec::new();
    for n in 0..3 {
        let mut user = world.town.user().unwrap();
        user.way = world
            .town
            .customer(0, n, copying::gateway::Paying::Prepaid, 1000)
            .unwrap();
        user.register(&mut world.town, "w").unwrap();
        let (delivery, charge) = user.fetch(&mut world.town, Source::Free(batch), 200).unwrap();
        assert_eq!(charge.amount, yen(200));
        assert_eq!(
            user.fetch(&mut world.town, Source::Free(batch), 200).unwrap().0,
            delivery
        );
        let customer = [n; 16];
        let told = world
            .town
            .at_gateway(0, move |gateway, tx| gateway.charges(tx, customer, 9))
            .unwrap();
        charged.push(told.len());
    }
    assert_eq!(charged, [1, 1, 1]);
    world.whole();
}
