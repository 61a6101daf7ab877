//! The desk: repair, exchange, reissue, the trail, and who may do what.

use copying::{
    BatchId, Bound, DeviceId, DeviceKind,
    device::{Copier, Player, copy},
    server::{Decided, DeskRefused, Duty, EraseOrder, Hand, MakeRefused, Role},
    town::{Town, User},
    wire::{REISSUED_MAX, WIRE_MAX},
};
use store::{Map, Table, Value};
use units::{Refusal, Span};

use crate::world::{World, code, medium};

fn repair(world: &mut World, hand: Hand, user: &User, broken: DeviceId, new: DeviceId) -> Result<Decided, DeskRefused> {
    let (keeper, now, seed) = (user.keeper.body().id(), world.town.now, world.town.seed());
    world
        .town
        .at_server(move |server, tx| server.repair(tx, &hand, keeper, broken, new, "fell down", now, &seed))
}

fn order(decided: Decided) -> EraseOrder {
    match decided {
        Decided::Done(order) => order,
        Decided::Waits(_) => panic!("it waits for a second person"),
    }
}

/// proves: CM-7 row-73
#[test]
fn a_repair_kills_the_old_device_clears_the_card_and_lets_its_user_alone_copy_again() {
    let mut world = World::plain();
    let id = world.media(0, 1)[0];
    let (mut user, mut friend) = (world.user(), world.user());
    let (delivery, _) = user.fetch(&mut world.town, medium(id), 0).unwrap();
    user.report(&mut world.town, delivery).unwrap();
    let (old, new) = (user.drive.id(), world.body(DeviceKind::Drive));
    let done = repair(&mut world, World::counter(), &user, old, new.id()).unwrap();
    // Before the card has confirmed, nothing is freed.
    assert_eq!(code(friend.fetch(&mut world.town, medium(id), 0)), "medium-used");
    let old_drive = std::mem::replace(&mut user.drive, new);
    assert_eq!(code(user.fetch(&mut world.town, medium(id), 0)), "medium-used");
    user.erase(&mut world.town, &order(done)).unwrap();
    assert_eq!(user.keeper.copies().count(), 0);
    // Now its user copies again; whoever borrowed the medium does not.
    assert_eq!(code(friend.fetch(&mut world.town, medium(id), 0)), "medium-used");
    let (again, _) = user.fetch(&mut world.town, medium(id), 0).unwrap();
    assert_ne!(again, delivery);
    // The old drive is dead for everybody.
    friend.drive = old_drive;
    assert_eq!(code(friend.register(&mut world.town, "w")), "drive-unknown");
    world.whole();
}

/// proves: row-73 row-97
#[test]
fn more_repairs_than_a_year_allows_take_two_people() {
    let mut world = World::plain();
    let mut user = world.user();
    let exchange = |world: &mut World, user: &mut User, hand| {
        let (old, new) = (user.drive.id(), world.body(DeviceKind::Drive));
        let done = repair(world, hand, user, old, new.id());
        user.drive = new;
        done
    };
    for _ in 0..2 {
        let done = exchange(&mut world, &mut user, World::counter()).unwrap();
        user.erase(&mut world.town, &order(done)).unwrap();
    }
    let chief = Town::hand(Role::Chief, 3);
    let Decided::Waits(number) = exchange(&mut world, &mut user, chief).unwrap() else {
        panic!("one person did it")
    };
    let (now, seed) = (world.town.now, world.town.seed());
    let decide = |world: &World, hand: Hand| {
        let seed = seal::Seed::new(*seed.expose());
        world
            .town
            .at_server(move |server, tx| server.decide_proposal(tx, &hand, number, true, now, &seed))
    };
    assert_eq!(decide(&world, chief).unwrap_err(), DeskRefused::SamePerson);
    assert_eq!(
        decide(&world, World::counter()).unwrap_err(),
        DeskRefused::NotYourDuty("counter")
    );
    let order = decide(&world, Town::hand(Role::Chief, 4)).unwrap().unwrap();
    assert_eq!(
        decide(&world, Town::hand(Role::Chief, 5)).unwrap_err(),
        DeskRefused::NoProposal
    );
    user.erase(&mut world.town, &order).unwrap();
    world.whole();
    // A year later one person may again.
    world.town.now = world.town.now.plus(Span::days(366));
    assert!(matches!(
        exchange(&mut world, &mut user, World::counter()),
        Ok(Decided::Done(_))
    ));
}

/// proves: CM-7 row-73
#[test]
fn a_repair_takes_only_the_users_device_a_fresh_one_of_its_kind_and_a_reason() {
    let mut world = World::plain();
    let (user, other) = (world.user(), world.user());
    let hand = World::counter();
    let fresh = world.body(DeviceKind::Drive).id();
    let wrong = world.body(DeviceKind::Player).id();
    let strange = DeviceId([8; 16]);
    let (mine, card) = (user.drive.id(), user.keeper.body().id());
    let mut check = |broken, new, no| assert_eq!(repair(&mut world, hand, &user, broken, new).unwrap_err(), no);
    check(other.drive.id(), fresh, DeskRefused::NotTheirs);
    check(mine, wrong, DeskRefused::NoReplacement);
    check(mine, strange, DeskRefused::NoReplacement);
    check(mine, mine, DeskRefused::NoReplacement);
    check(card, fresh, DeskRefused::KeepsTheKeys);
    let (now, seed) = (world.town.now, world.town.seed());
    let silent = world
        .town
        .at_server(move |server, tx| server.repair(tx, &hand, card, mine, fresh, " ", now, &seed));
    assert_eq!(silent.unwrap_err(), DeskRefused::NoReason);
    world.whole();
}

/// proves: CM-8 row-74
#[test]
fn a_lost_card_is_replaced_with_two_proofs_and_the_old_one_is_dead() {
    let mut world = World::plain();
    let id = world.media(0, 1)[0];
    let mut user = world.town.user().unwrap();
    let name = user.register(&mut world.town, "Blue Heron").unwrap();
    let (delivery, _) = user.fetch(&mut world.town, medium(id), 0).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("copy.keyfare");
    let who = Copier {
        keeper: &user.keeper,
        player: user.player.body(),
        drive: &user.drive,
    };
    copy(
        &who,
        delivery,
        &world.work.sealed[..],
        &file,
        world.town.now,
        &mut |_, _| {},
    )
    .unwrap();
    user.report(&mut world.town, delivery).unwrap();
    let now = world.town.now;
    let before = user
        .keeper
        .play_key(delivery, user.player.body(), &user.drive, now)
        .unwrap();

    // The card is lost. A wrong word and an unknown User ID read alike.
    let lost = std::mem::replace(&mut user.keeper, world.card());
    let wrong = user.reissue(&mut world.town, name.clone(), "grey heron").unwrap_err();
    let unknown = user
        .reissue(&mut world.town, copying::UserId::new([3; 16]), "blue heron")
        .unwrap_err();
    assert_eq!((wrong.code(), wrong.to_string()), (unknown.code(), unknown.to_string()));
    world.town.now = world.town.now.plus(Span::minutes(1));
    assert_eq!(user.reissue(&mut world.town, name.clone(), " blue heron ").unwrap(), 1);

    // What was copied plays as before, by the new card.
    let now = world.town.now;
    let after = user
        .keeper
        .play_key(delivery, user.player.body(), &user.drive, now)
        .unwrap();
    assert_eq!(before.secret_bytes_for_wrapping(), after.secret_bytes_for_wrapping());
    user.player.admits(user.keeper.body().id(), now).unwrap();
    // The old one: refused by the server, by the player that heard, and everywhere when its time ends.
    user.player.admits(lost.body().id(), now).unwrap_err();
    let mut finder = world.town.user().unwrap();
    let card = std::mem::replace(&mut finder.keeper, lost);
    assert_eq!(code(finder.register(&mut world.town, "w")), "card-unknown");
    let more = world.media(0, 1)[0];
    assert_eq!(code(finder.fetch(&mut world.town, medium(more), 0)), "user-invalid");
    let end = now.plus(Span::days(731));
    assert!(
        finder
            .keeper
            .play_key(delivery, user.player.body(), &user.drive, end)
            .is_err()
    );
    drop(card);

    // The same question again brings the same; a second loss in a year takes people.
    user.keeper = world.card();
    assert_eq!(
        code(user.reissue(&mut world.town, name.clone(), "blue heron")),
        "people-first"
    );
    let (keeper, seed) = (user_card(&world, &name), world.town.seed());
    let proposer = World::counter();
    let number = world
        .town
        .at_server(move |server, tx| server.propose_reissue(tx, &proposer, keeper, "came with a passport", now, &seed))
        .unwrap();
    let (chief, seed) = (Town::hand(Role::Chief, 4), world.town.seed());
    let allowed = world
        .town
        .at_server(move |server, tx| server.decide_proposal(tx, &chief, number, true, now, &seed));
    assert!(allowed.unwrap().is_none());
    assert_eq!(user.reissue(&mut world.town, name, "blue heron").unwrap(), 1);
    world.whole();
}

/// The card that this User ID's keys are on now, as the audit trail tells it.
fn user_card(world: &World, _: &copying::UserId) -> DeviceId {
    let server = world.town.server.clone();
    let trail = world
        .town
        .disk
        .store()
        .read(move |view| server.trail(view, None, 50))
        .unwrap();
    let act = trail
        .iter()
        .find(|(_, written)| written.act.verb == "card reissued")
        .unwrap();
    act.1.act.about.rsplit(' ').next().unwrap().parse().unwrap()
}

/// proves: CM-8 row-74
#[test]
fn guessing_a_word_is_stopped_with_however_many_new_cards() {
    let mut world = World::plain();
    let mut user = world.town.user().unwrap();
    let name = user.register(&mut world.town, "blue heron").unwrap();
    let mut last = "";
    for n in 0..12 {
        // A new card for every third guess.
        if n % 3 == 0 {
            user.keeper = world.card();
        }
        last = code(user.reissue(&mut world.town, name.clone(), &format!("guess {n}")));
    }
    assert_eq!(last, "too-many-tries");
    assert_eq!(
        code(user.reissue(&mut world.town, name.clone(), "blue heron")),
        "too-many-tries"
    );
    world.town.now = world.town.now.plus(Span::days(1));
    user.reissue(&mut world.town, name, "blue heron").unwrap();
    world.whole();
}

/// proves: row-97 CM-7
#[test]
fn each_role_does_its_own_duty_and_no_other() {
    let mut world = World::plain();
    let user = world.user();
    let (keeper, broken, new) = (
        user.keeper.body().id(),
        user.drive.id(),
        world.body(DeviceKind::Drive).id(),
    );
    for role in Role::ALL {
        let (hand, now) = (Town::hand(role, 7), world.town.now);
        let (one, two) = (world.town.seed(), world.town.seed());
        let made = world.town.at_server(move |server, tx| {
            server
                .make_devices(tx, &hand, BatchId([1; 16]), DeviceKind::Card, 1, now)
                .map(|_| ())
        });
        let no = made.err().map(|no: MakeRefused| no.code());
        assert_eq!(no, (!role.may(Duty::Make)).then_some("not-your-duty"), "{role:?} made");
        let decided = world.town.at_server(move |server, tx| {
            server.decide_proposal(tx, &hand, copying::RequestId([1; 16]), true, now, &one)
        });
        let expected = if role.may(Duty::Decide) {
            "no-proposal"
        } else {
            "not-your-duty"
        };
        assert_eq!(decided.unwrap_err().code(), expected, "{role:?} decided");
        let proposed = world.town.at_server(move |server, tx| {
            server
                .propose_reissue(tx, &hand, keeper, "because", now, &two)
                .map(|_| ())
        });
        let no = proposed.err().map(|no| no.code());
        assert_eq!(
            no,
            (!role.may(Duty::Serve)).then_some("not-your-duty"),
            "{role:?} proposed"
        );
        // A role that may not, leaves everything as it was.
        if !role.may(Duty::Serve) {
            assert_eq!(
                repair(&mut world, hand, &user, broken, new).unwrap_err().code(),
                "not-your-duty"
            );
        }
    }
    assert_eq!([false, true, false, false], Role::ALL.map(|role| role.may(Duty::Make)));
    assert_eq!([true, false, true, true], Role::ALL.map(|role| role.may(Duty::Look)));
    world.whole();
}

/// Bytes of a row, whatever they mean.
struct Raw(Vec<u8>);
impl<C> minicbor::Encode<C> for Raw {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.writer_mut()
            .write_all(&self.0)
            .map_err(minicbor::encode::Error::write)
    }
}
impl<'b, C> minicbor::Decode<'b, C> for Raw {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let from = d.position();
        d.skip()?;
        Ok(Self(d.input()[from..d.position()].to_vec()))
    }
}
impl Value for Raw {}

/// proves: row-97
#[test]
fn whoever_edits_the_database_shows_in_the_audit() {
    let damage: [(&'static str, usize, &[u8], &[u8]); 4] = [
        // An act's reason is changed, an act is taken out, a medium's flag is cleared, a dead device is revived.
        ("copying_trail", 8, b"fell down", b"look good"),
        ("copying_trail", 8, b"", b""),
        ("copying_media", 16, b"", b""),
        ("copying_devices", 16, b"", b""),
    ];
    for (table, key, from, to) in damage {
        let mut world = World::plain();
        let id = world.media(0, 1)[0];
        let mut user = world.user();
        let (delivery, _) = user.fetch(&mut world.town, medium(id), 0).unwrap();
        user.report(&mut world.town, delivery).unwrap();
        let (old, new) = (user.player.body().id(), world.player());
        repair(&mut world, World::counter(), &user, old, new.body().id()).unwrap();
        world.whole();
        let store = world.town.disk.store();
        let edited = store.write(move |tx| -> Result<bool, store::Fault> {
            let rows = match key {
                8 => each::<u64>(tx, table)?
                    .into_iter()
                    .map(|(k, v)| (k.to_be_bytes().to_vec(), v))
                    .collect(),
                _ => each::<[u8; 16]>(tx, table)?
                    .into_iter()
                    .map(|(k, v)| (k.to_vec(), v))
                    .collect::<Vec<_>>(),
            };
            let hit = rows.into_iter().rev().find(|(k, v)| {
                from.is_empty() && (key == 8 || k == &old.0 || k == &id.0)
                    || !from.is_empty() && v.0.windows(from.len()).any(|w| w == from)
            });
            let Some((at, Raw(value))) = hit else { return Ok(false) };
            let mut whole = vec![1];
            whole.extend(&value);
            if !from.is_empty() {
                let place = whole.windows(from.len()).position(|w| w == from).unwrap();
                whole[place..place + from.len()].copy_from_slice(to);
                tx.put(Table::new(table), &at, &whole)?;
            } else {
                tx.delete(Table::new(table), &at)?;
            }
            Ok(true)
        });
        assert!(edited.unwrap(), "{table}");
        assert!(!world.town.audit().is_empty(), "an edit of {table} was not noticed");
    }
}

fn each<K: store::Key>(tx: &mut dyn store::Tx, table: &'static str) -> Result<Vec<(K, Raw)>, store::Fault> {
    Map::<K, Raw>::new(Table::new(table)).range(tx, store::Keys::all(), 1000)
}

/// proves: CM-8
#[test]
fn a_player_keeps_the_dead_dead_and_knows_nobody_else() {
    let mut world = World::plain();
    let mut user = world.user();
    let own = user.keeper.body().id();
    user.player.admits(own, world.town.now).unwrap();
    user.player.admits(DeviceId([1; 16]), world.town.now).unwrap_err();
    user.player
        .admits(own, world.town.now.plus(Span::days(731)))
        .unwrap_err();
    // Saved and loaded it is the same player.
    let saved = user.player.save(&world.town.seed());
    let body = copying::device::Body::read(&user.player.body().burn()).unwrap();
    Player::load(body, &saved).unwrap().admits(own, world.town.now).unwrap();
    let bound = Bound {
        player: None,
        ..user.bound()
    };
    let seed = world.town.seed();
    user.keeper.register(bound, "w", None, &seed).unwrap();
    assert_eq!(user.finish(&mut world.town).unwrap_err().code(), "player-unknown");
}

/// proves: CM-8
#[test]
fn a_card_with_many_copies_is_replaced_in_answers_that_fit_through_every_door() {
    const COPIES: u32 = 300;
    let mut world = World::plain();
    let media = world.media(0, COPIES);
    let mut user = world.town.user().unwrap();
    let name = user.register(&mut world.town, "w").unwrap();
    for id in &media {
        user.fetch(&mut world.town, medium(*id), 0).unwrap();
        // Each at its own time, as copies are made.
        world.town.now = world.town.now.plus(Span::minutes(1));
    }
    user.keeper = world.card();
    let before = world.town.wire.len();
    assert_eq!(user.reissue(&mut world.town, name, "w").unwrap(), REISSUED_MAX);
    while user.keeper.has_rest() {
        // A lost answer loses nothing: the same question brings the same keys, none twice.
        let seed = world.town.seed();
        let ask = user.keeper.fetch_rest(None, &seed).unwrap();
        world.town.serve(&ask, None).unwrap();
        user.finish(&mut world.town).unwrap();
    }
    let held: std::collections::BTreeSet<_> = user.keeper.copies().map(|(delivery, ..)| delivery).collect();
    assert_eq!(
        (held.len(), user.keeper.copies().count()),
        (COPIES as usize, COPIES as usize)
    );
    let longest = world.town.wire[before..].iter().map(Vec::len).max().unwrap();
    assert!(longest < WIRE_MAX / 2, "an answer of {longest} bytes");
    // The card remembers all of it.
    let saved = user.keeper.save(&world.town.seed());
    let body = copying::device::Body::read(&user.keeper.body().burn()).unwrap();
    let again = copying::device::Keeper::load(body, &saved).unwrap();
    assert_eq!(again.copies().count(), COPIES as usize);
    world.whole();
}
