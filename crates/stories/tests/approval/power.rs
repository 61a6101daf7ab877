//! Power: cut at every write of every party, before and after it is durable. What comes out is a sale or none: no charge
//! without delivery, no delivery without charge, no limit lost.

use store::memory::Cut;
use stories::Counterpart;
use units::{PartyId, Span};

use super::world::{PRICE, Scene, scene};

/// One purchase with the power of `who` cut there. Answers whether the cut happened.
fn cut_at(combined: bool, who: fn(&Scene) -> PartyId, cut: Cut) -> bool {
    let mut scene = scene(combined, 5000);
    let checked = scene.quote();
    let (approved, _) = scene.world.permit(&mut scene.buyer, &checked, scene.user).unwrap();
    let (_, pay) = scene.world.commit(&mut scene.buyer, &checked, approved).unwrap();
    let at = who(&scene);
    scene.world.world.memory_of(at).unwrap().cut(cut);
    // It ends here or it does not; whoever was cut wakes up and everybody goes on.
    let mut settled = scene.buyer.finish(&mut scene.world.world, Counterpart::Shop, &pay).ok();
    let was_cut = scene.world.world.memory_of(at).unwrap().is_dark();
    scene.world.world.memory_of(at).unwrap().restart();
    for _ in 0..4 {
        scene.world.wait(Span::seconds(20));
    }
    if settled.is_none() {
        settled = scene.buyer.finish(&mut scene.world.world, Counterpart::Shop, &pay).ok();
    }
    for _ in 0..4 {
        scene.world.wait(Span::minutes(3));
    }
    let settled = settled.expect("the same message finishes it");
    let given = matches!(settled, card::Settled::Given { .. });
    let (owed, room) = (scene.owed(), scene.room());
    assert_eq!(scene.buyer.books().licenses, usize::from(given), "{cut:?}");
    assert_eq!(owed, if given { PRICE } else { 0 }, "{cut:?} {settled:?}");
    assert_eq!(room, 5000 - owed, "{cut:?} {settled:?}");
    assert_eq!(scene.world.figure("held"), 0, "{cut:?}");
    scene.adds_up();
    was_cut
}

fn everywhere(combined: bool, who: fn(&Scene) -> PartyId) {
    let mut cuts = 0;
    for n in 1..40 {
        let before = cut_at(combined, who, Cut::BeforeCommit(n));
        let after = cut_at(combined, who, Cut::AfterCommit(n));
        cuts += u32::from(before) + u32::from(after);
        if !before && !after {
            break;
        }
    }
    assert!(cuts >= 2, "the power was cut {cuts} times only");
}

/// proves: PA-8 PA-9 row-63 row-64
#[test]
fn the_approvers_power_fails_at_any_write() {
    everywhere(true, |scene| scene.world.approver.id());
    everywhere(false, |scene| scene.world.approver.id());
}

/// proves: PA-7 PA-8
#[test]
fn the_shops_power_fails_at_any_write() {
    everywhere(true, |scene| stories::Parties::seller(&scene.world.world));
    everywhere(false, |scene| stories::Parties::seller(&scene.world.world));
}

/// proves: PA-7 PA-8
#[test]
fn the_settlement_servers_power_fails_at_any_write() {
    everywhere(false, |scene| scene.world.settler.unwrap());
}
