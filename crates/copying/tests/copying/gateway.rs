//! The gateway: holds, carries, charges once, settles; and reads nothing.

use copying::{
    gateway::{Heard, PassRefused, Passed, Paying},
    town::User,
    wire::{Answer, Ask, Charge, Open},
};
use party::Party;
use units::{Refusal, TransferId};

use crate::world::{World, code, medium, yen};

fn behind(world: &mut World, at: usize, n: u8, paying: Paying, paid: i64) -> User {
    let mut user = world.town.user().unwrap();
    user.way = world.town.customer(at, n, paying, paid).unwrap();
    user.register(&mut world.town, "blue heron").unwrap();
    user
}

fn stands(world: &World, n: u8) -> (i64, i64) {
    let found = world
        .town
        .at_gateway(0, move |gateway, tx| gateway.customer(tx, [n; 16]));
    let (row, balance) = found.unwrap().unwrap();
    (balance, row.held)
}

/// proves: CM-9 CM-10
#[test]
fn a_key_is_charged_once_and_the_takings_are_shared_to_the_last_unit() {
    let mut world = World::new(&[333], |_| {});
    let media = world.media(100, 3);
    let mut user = behind(&mut world, 0, 1, Paying::Prepaid, 1000);
    let mut parts = Vec::new();
    for id in &media {
        let (delivery, charge) = user.fetch(&mut world.town, medium(*id), 250).unwrap();
        parts.push((charge.gateway.minor(), charge.operator.minor()));
        assert_eq!(charge.gateway.plus(charge.operator).unwrap(), charge.amount);
        // Asked again with another question: the same key, and no other charge.
        assert_eq!(user.fetch(&mut world.town, medium(*id), 250).unwrap().0, delivery);
    }
    // A third of a unit each time is carried, and never lost.
    assert_eq!(parts, [(33, 67), (34, 66), (33, 67)]);
    assert_eq!(stands(&world, 1), (700, 0));
    let (gateway, server) = (world.town.posts[0].gateway.id(), world.town.server.id());
    world.whole();
    world.town.deposit(gateway, yen(500)).unwrap();
    world.town.settle(0).unwrap();
    world.town.settle(0).unwrap();
    assert_eq!((world.town.at_bank(gateway), world.town.at_bank(server)), (300, 200));
    let (earned, owes) = world
        .town
        .at_gateway(0, |gateway, tx| {
            Ok::<_, store::Fault>((gateway.earned(tx)?, gateway.owes(tx)?))
        })
        .unwrap();
    assert_eq!((earned, owes), (100, 0));
    // Both sides' statements name the same.
    let told = world
        .town
        .at_gateway(0, |gateway, tx| gateway.charges(tx, [1; 16], 99))
        .unwrap();
    let said = world
        .town
        .at_server(move |server, tx| server.statement(tx, gateway, None, 99))
        .unwrap();
    let mut one: Vec<Charge> = told.iter().map(|told| told.charge).collect();
    let mut two: Vec<Charge> = said.iter().map(|line| line.charge).collect();
    one.sort_by_key(|charge| charge.delivery);
    two.sort_by_key(|charge| charge.delivery);
    assert_eq!(one, two);
    world.whole();
}

/// proves: CM-10
#[test]
fn a_cheque_that_is_not_covered_is_owed_on_and_the_next_one_pays() {
    let mut world = World::new(&[400], |_| {});
    let id = world.media(100, 1)[0];
    let mut user = behind(&mut world, 0, 1, Paying::Credit(yen(500)), 0);
    user.fetch(&mut world.town, medium(id), 100).unwrap();
    world.town.settle(0).unwrap();
    let server = world.town.server.id();
    assert_eq!(world.town.at_bank(server), 0);
    world.whole();
    world.town.deposit(world.town.posts[0].gateway.id(), yen(60)).unwrap();
    world.town.settle(0).unwrap();
    assert_eq!(world.town.at_bank(server), 60);
    world.whole();
}

/// proves: CM-9
#[test]
fn nobody_who_cannot_pay_uses_a_medium_up() {
    let mut world = World::new(&[300], |_| {});
    let id = world.media(300, 1)[0];
    let mut poor = behind(&mut world, 0, 1, Paying::Prepaid, 299);
    let passed = world.town.wire.len();
    assert_eq!(code(poor.fetch(&mut world.town, medium(id), 300)), "balance-too-small");
    assert_eq!(world.town.wire.len(), passed + 1, "the question went on to the server");
    // Agreeing to less than it costs gets no key either, and gives the hold back.
    assert_eq!(code(poor.fetch(&mut world.town, medium(id), 299)), "price-above");
    assert_eq!(stands(&world, 1), (299, 0));
    let mut credit = behind(&mut world, 0, 2, Paying::Credit(yen(300)), 0);
    credit.fetch(&mut world.town, medium(id), 300).unwrap();
    assert_eq!(stands(&world, 2), (-300, 0));
    assert_eq!(code(credit.fetch(&mut world.town, medium(id), 1)), "balance-too-small");
    world.whole();
}

/// proves: row-72 CM-9
#[test]
fn a_gateway_can_neither_swap_answers_nor_charge_for_what_was_not_delivered() {
    let mut world = World::new(&[300, 300], |_| {});
    let media = world.media(300, 2);
    let mut one = behind(&mut world, 0, 1, Paying::Prepaid, 900);
    let mut two = behind(&mut world, 0, 2, Paying::Prepaid, 900);
    let ask = |world: &mut World, user: &mut User, id| {
        let (seed, via) = (world.town.seed(), Some(world.town.posts[0].gateway.id()));
        user.keeper.ask_key(medium(id), yen(300), None, via, &seed).unwrap()
    };
    let (first, second) = (ask(&mut world, &mut one, media[0]), ask(&mut world, &mut two, media[1]));
    let via = world.town.posts[0].gateway.id();
    let answers = [&first, &second].map(|ask| Answer::parse(&world.town.serve(ask, Some(via)).unwrap()).unwrap());
    // Swapped, neither card takes what it gets.
    assert!(one.keeper.hear(&answers[1]).is_err());
    assert!(two.keeper.hear(&answers[0]).is_err());
    // With another amount in the open, the card takes it no more.
    let Open::Given(charge) = answers[0].open else {
        panic!("no key")
    };
    let dearer = Answer {
        open: Open::Given(Charge {
            amount: yen(301),
            ..charge
        }),
        ..answers[0].clone()
    };
    assert!(one.keeper.hear(&dearer).is_err());
    // One user's sealed User ID with another medium's: there is one sealed text, and it opens in its own message alone.
    let mut mixed = Ask::parse(&first).unwrap();
    mixed.sealed = Ask::parse(&second).unwrap().sealed;
    assert_eq!(
        world.town.serve(&mixed.bytes(), Some(via)).unwrap_err().code(),
        "user-invalid"
    );
    // Another gateway brings it in vain.
    let other = world.town.posts[1].gateway.id();
    assert_eq!(world.town.serve(&first, Some(other)).unwrap_err().code(), "other-way");
    assert_eq!(world.town.serve(&first, None).unwrap_err().code(), "other-way");
    // A server's answer that shares otherwise, or answers something else, is not booked.
    let bytes = first.clone();
    let passed = world.town.at_gateway(0, move |gateway, tx| {
        gateway.pass(tx, [1; 16], &bytes, crate::world::START)
    });
    let Ok(Passed::Forward(name)) = passed else {
        panic!("not passed on")
    };
    for wrong in [
        Answer {
            open: Open::Given(Charge {
                gateway: yen(300),
                operator: yen(0),
                ..charge
            }),
            ..answers[0].clone()
        },
        Answer {
            open: Open::Given(Charge {
                amount: yen(301),
                operator: yen(211),
                ..charge
            }),
            ..answers[0].clone()
        },
        Answer {
            open: Open::Completed,
            ..answers[0].clone()
        },
        answers[1].clone(),
    ] {
        let wrong = wrong.bytes();
        let heard = world.town.at_gateway(0, move |gateway, tx| {
            gateway.heard(tx, name, Heard::Answer(&wrong), crate::world::START)
        });
        assert_eq!(heard.unwrap_err(), PassRefused::OtherCharge);
    }
    assert_eq!(stands(&world, 1), (900, 300));
    // The right one, twice: one charge.
    for _ in 0..2 {
        let right = answers[0].bytes();
        let heard = world.town.at_gateway(0, move |gateway, tx| {
            gateway.heard(tx, name, Heard::Answer(&right), crate::world::START)
        });
        assert!(heard.unwrap().is_some());
    }
    assert_eq!(stands(&world, 1), (600, 0));
    // Somebody else's question is not answered to another account.
    let bytes = first.clone();
    let stolen = world.town.at_gateway(0, move |gateway, tx| {
        gateway.pass(tx, [2; 16], &bytes, crate::world::START)
    });
    assert_eq!(stolen.unwrap_err().code(), "other-customer");
}

/// proves: CM-9 row-70
#[test]
fn nothing_secret_is_on_a_wire_in_a_database_or_in_an_answer() {
    let mut world = World::new(&[300], |_| {});
    let media = world.media(100, 2);
    let mut user = world.town.user().unwrap();
    user.way = world.town.customer(0, 1, Paying::Prepaid, 900).unwrap();
    let name = user.register(&mut world.town, "Blue Heron").unwrap();
    let (delivery, _) = user.fetch(&mut world.town, medium(media[0]), 100).unwrap();
    user.report(&mut world.town, delivery).unwrap();
    let old = std::mem::replace(&mut user.keeper, world.card());
    user.reissue(&mut world.town, name.clone(), "blue heron").unwrap();
    let now = world.town.now;
    let (_, copy_key) = (
        old,
        user.keeper
            .play_key(delivery, user.player.body(), &user.drive, now)
            .unwrap(),
    );
    let key_of = |body: &copying::device::Body| {
        let burned = body.burn();
        burned[burned.len() - 32..].to_vec()
    };
    let mut secrets: Vec<(&str, Vec<u8>)> = vec![
        ("MC-Key", key_of(user.keeper.body())),
        ("player's key", key_of(user.player.body())),
        ("drive's key", key_of(&user.drive)),
        ("Content-Key", vec![0xc5; 32]),
        ("User ID", name.expose().to_vec()),
        ("word", b"lue Heron".to_vec()),
        ("word", b"lue heron".to_vec()),
        ("key of the copy", copy_key.secret_bytes_for_wrapping().to_vec()),
    ];
    secrets.push((
        "Content-Gen-Key",
        user.keeper.grant(delivery).unwrap().generation.to_vec(),
    ));
    let medium_id = ("MID", media[0].0.to_vec());
    let mut wires = 0;
    for bytes in &world.town.wire {
        for (what, secret) in secrets.iter().chain([&medium_id]) {
            assert!(
                !bytes.windows(secret.len()).any(|w| w == secret.as_slice()),
                "{what} is on the wire"
            );
        }
        wires += bytes.len();
    }
    assert!(wires > 1000);
    let (mut seen, found) = (0, |bytes: &[u8]| {
        secrets
            .iter()
            .find(|(_, secret)| bytes.windows(secret.len()).any(|w| w == secret.as_slice()))
            .map(|(what, _)| *what)
    });
    for (disk, parts) in [
        (&world.town.disk, copying::server::PARTS),
        (&world.town.posts[0].disk, copying::gateway::PARTS),
    ] {
        for table in parts.iter().flat_map(|part| part.tables()) {
            let rows = disk
                .store()
                .read(move |view| view.scan(table, &store::Range::all(), false, 10_000))
                .unwrap();
            for (key, value) in rows {
                seen += 1;
                assert_eq!(found(&key).or(found(&value)), None, "in {}", table.name());
            }
        }
    }
    assert!(seen > 40, "{seen}");
    world.whole();
}

/// proves: CM-9
#[test]
fn paying_in_under_one_number_counts_once() {
    let mut world = World::new(&[300], |_| {});
    world.town.customer(0, 1, Paying::Prepaid, 0).unwrap();
    for _ in 0..3 {
        let now = world.town.now;
        let paid = world.town.at_gateway(0, move |gateway, tx| {
            gateway.pay_in(tx, TransferId([1; 16]), [1; 16], yen(50), now)
        });
        paid.unwrap();
    }
    assert_eq!(stands(&world, 1), (50, 0));
    world.whole();
}
