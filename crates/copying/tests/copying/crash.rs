//! Power lost at every write of every party, before it and after it: the same question again finishes it, once.

use copying::{gateway::Paying, town::User};
use store::memory::{Cut, Memory};

use crate::world::{World, medium};

/// Runs one use from the purchase of a key to its report; says each disk's commits.
fn story(cut: Option<(usize, Cut)>) -> World {
    let mut world = World::new(&[333], |_| {});
    let id = world.media(100, 1)[0];
    let mut user = world.town.user().unwrap();
    user.way = world.town.customer(0, 1, Paying::Prepaid, 300).unwrap();
    let disks: [Memory; 2] = [world.town.disk.clone(), world.town.posts[0].disk.clone()];
    if let Some((at, cut)) = cut {
        disks[at].cut(cut);
    }
    let again = |world: &mut World, user: &mut User| {
        while user.keeper.open_ask().is_some() {
            disks.iter().filter(|disk| disk.is_dark()).for_each(Memory::restart);
            let _ = user.finish(&mut world.town);
        }
    };
    let _ = user.register(&mut world.town, "w");
    again(&mut world, &mut user);
    let _ = user.fetch(&mut world.town, medium(id), 100);
    again(&mut world, &mut user);
    let delivery = user.keeper.copies().next().unwrap().0;
    let _ = user.report(&mut world.town, delivery);
    again(&mut world, &mut user);
    disks.iter().filter(|disk| disk.is_dark()).for_each(Memory::restart);
    assert_eq!(user.keeper.copies().count(), 1);
    let told = world
        .town
        .at_gateway(0, |gateway, tx| gateway.charges(tx, [1; 16], 9))
        .unwrap();
    assert_eq!(told.len(), 1, "{cut:?}");
    world.whole();
    world
}

/// proves: CM-3 CM-9 row-71
#[test]
fn power_lost_at_any_write_gives_one_key_one_charge_and_nothing_half() {
    for at in [0, 1] {
        for commit in 1..=6 {
            for cut in [Cut::BeforeCommit(commit), Cut::AfterCommit(commit)] {
                story(Some((at, cut)));
            }
        }
    }
}

/// proves: CM-9
#[test]
fn a_gateway_that_died_finds_its_questions_and_asks_them_again() {
    let mut world = World::new(&[333], |_| {});
    let id = world.media(100, 1)[0];
    let mut user = world.town.user().unwrap();
    user.way = world.town.customer(0, 1, Paying::Prepaid, 300).unwrap();
    user.register(&mut world.town, "w").unwrap();
    world.town.disk.cut(Cut::AfterCommit(1));
    assert!(user.fetch(&mut world.town, medium(id), 100).is_err());
    world.town.disk.restart();
    let waiting = world.town.at_gateway(0, |gateway, tx| gateway.waiting(tx, 9)).unwrap();
    let (name, ask) = waiting.into_iter().next().unwrap();
    assert_eq!(user.keeper.open_ask(), Some(&ask[..]));
    let via = party::Party::id(&*world.town.posts[0].gateway);
    let answer = world.town.serve(&ask, Some(via)).unwrap();
    let now = world.town.now;
    let heard = world.town.at_gateway(0, move |gateway, tx| {
        gateway.heard(tx, name, copying::gateway::Heard::Answer(&answer), now)
    });
    assert!(heard.unwrap().is_some());
    // Its user comes back later and has the answer, charged once.
    user.finish(&mut world.town).unwrap();
    world.whole();
}
