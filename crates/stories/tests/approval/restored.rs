//! Restored: an approver put back to yesterday asks everybody who settles what it forgot; and a settlement that has not heard of
//! an approver yet waits for the news.

use approver::Means;
use party::{epoch, settlement::Settled};
use seal::Role;
use store::memory::Snapshot;
use stories::{Counterpart, Parties};
use units::{PartyId, Span};

use super::world::{PRICE, Scene, scene, yen};

/// The seller, or whoever settles for it.
fn settler(scene: &Scene) -> PartyId {
    scene.world.settler.unwrap_or(scene.world.world.seller())
}

/// One approval was given before the approver's backup and another after it, which it will have forgotten; both are used then.
fn used_after_a_backup(scene: &mut Scene) -> Snapshot {
    let checked = scene.quote();
    let (known, _) = scene.world.permit(&mut scene.buyer, &checked, scene.user).unwrap();
    let at = scene.world.approver.id();
    let yesterday = scene.world.world.memory_of(at).unwrap().snapshot();
    let (_, pay) = scene.world.commit(&mut scene.buyer, &checked, known).unwrap();
    scene
        .buyer
        .finish(&mut scene.world.world, Counterpart::Shop, &pay)
        .unwrap();
    let listing = scene.listing.clone();
    scene.world.buy(&mut scene.buyer, &listing, scene.user).unwrap();
    scene.world.wait(Span::seconds(20));
    yesterday
}

/// The approver is put back, and knows it.
fn put_back(scene: &Scene, yesterday: &Snapshot) -> store::Store {
    let at = scene.world.approver.id();
    scene.world.world.memory_of(at).unwrap().restore(yesterday).unwrap();
    let store = scene.world.world.store_of(at).unwrap();
    assert!(epoch::wake(&store).unwrap(), "it knows");
    store
}

/// It asks everybody, hears everybody, and goes on.
fn finds_out(scene: &mut Scene, store: &store::Store) {
    let now = scene.world.world.now();
    scene
        .world
        .at_approver(move |approver, tx| Ok(approver.recall(tx, now)?))
        .unwrap();
    for _ in 0..4 {
        scene.world.wait(Span::seconds(20));
    }
    epoch::settle(store).unwrap();
}

/// What a seller, or whoever settles for it, is owed.
fn owed_to_seller(scene: &Scene) -> i64 {
    let seller = settler(scene);
    let owed = scene
        .world
        .at_approver(move |approver, tx| Ok(approver.owed_to(tx, seller)?));
    owed.unwrap().minor()
}

/// proves: PA-9 PA-10
#[test]
fn an_approver_put_back_asks_the_sellers_and_charges_and_owes_what_it_forgot() {
    for combined in [true, false] {
        let mut scene = scene(combined, 9000);
        let net = PRICE - PRICE / 50;
        let yesterday = used_after_a_backup(&mut scene);
        assert_eq!((scene.owed(), owed_to_seller(&scene)), (2 * PRICE, 2 * net));

        let store = put_back(&scene, &yesterday);
        // It decides nothing before it knows what became of its approvals.
        let checked = scene.quote();
        let no = scene.world.ask(&mut scene.buyer, &checked).unwrap_err();
        assert_eq!(no.code, "restored");
        finds_out(&mut scene, &store);
        // What it remembers is charged to its user; what it forgot it owes all the same, and nobody else does.
        assert_eq!((scene.owed(), owed_to_seller(&scene)), (PRICE, 2 * net));
        assert_eq!(scene.room(), 9000 - PRICE);
        assert_eq!(scene.world.figure("forgotten"), PRICE);
        let forgotten = scene
            .world
            .at_approver(|approver, tx| Ok(approver.forgotten(tx, 9)?))
            .unwrap();
        assert_eq!(forgotten.len(), 1);
        scene.adds_up();
        // And it goes on as before.
        let listing = scene.listing.clone();
        scene.world.buy(&mut scene.buyer, &listing, scene.user).unwrap();
        scene.world.wait(Span::seconds(20));
        assert_eq!(scene.owed(), 2 * PRICE);
        scene.adds_up();
    }
}

/// A settlement without the approver's permission, as a seller may claim it who was never permitted: only what the approver
/// signed brings anything back (row-91).
/// proves: PA-8 row-91
#[test]
fn an_approver_put_back_believes_no_settlement_that_it_did_not_permit() {
    const ROWS: store::Map<units::DealId, Settled> = store::Map::new(store::Table::new("settlements"));
    for combined in [true, false] {
        let mut scene = scene(combined, 9000);
        let yesterday = used_after_a_backup(&mut scene);
        let settler = settler(&scene);
        // The settler shows neither permission; and the permission of one sale shows nothing of another.
        let changed = scene.world.world.within(settler, move |tx| {
            let rows = ROWS.range(tx, store::Keys::all(), 9)?;
            let permits: Vec<_> = rows.iter().map(|(_, row)| row.permit.clone()).collect();
            for (at, (deal, mut row)) in rows.into_iter().enumerate() {
                row.permit = permits.get(at + 1).cloned().flatten();
                ROWS.put(tx, &deal, &row)?;
            }
            Ok(permits.iter().flatten().count())
        });
        assert_eq!(changed.unwrap(), 2);
        let store = put_back(&scene, &yesterday);
        finds_out(&mut scene, &store);
        assert_eq!((scene.owed(), owed_to_seller(&scene)), (0, 0), "combined: {combined}");
        assert_eq!(scene.world.figure("forgotten"), 0);
    }
}

/// proves: PA-8
#[test]
fn a_settlement_that_has_not_heard_of_an_approver_waits_and_voids_nothing() {
    for combined in [true, false] {
        let mut scene = scene(combined, 9000);
        // Certified today: no directory has it yet.
        let keys = scene.world.world.keys_of(Role::Approver, "Young Mobile").unwrap();
        let certificate = keys.certificate().to_vec();
        let checked = scene.quote();
        let (asked, id) = scene.world.ask(&mut scene.buyer, &checked).unwrap();
        scene.world.show(id, scene.user).unwrap();
        scene.world.agree(id, scene.user, Means::Credit).unwrap();
        let approved = scene.world.fetch(&scene.buyer, &checked, &asked, id).unwrap();
        let number = approved.id();
        let genuine = scene
            .world
            .at_approver(move |approver, tx| Ok(approver.issued(tx, number)?))
            .unwrap()
            .unwrap()
            .approval;
        let theirs = deal::approval::Approval {
            approver: keys.id(),
            ..genuine
        };
        let (realm, to) = (scene.world.world.realm().id(), seal::Audience::from(theirs.settles));
        let signed = seal::sign(keys.signer(), seal::Kind::Approval, realm, to, &theirs);
        let (deal, pay) = scene
            .world
            .commit(&mut scene.buyer, &checked, approved.replaced(number, signed))
            .unwrap();
        let first = scene.world.world.send(Counterpart::Shop, "pay", &pay);
        assert_eq!(first, stories::Answer::NotYet, "combined: {combined}");
        assert_eq!(scene.world.declined(deal).unwrap(), None);
        // It is listed, and everybody hears of it: now the sale is asked about, and not void.
        let party = std::sync::Arc::new(approver::Approver::new(
            keys,
            scene.world.world.desk().unwrap(),
            approver::ApproverConfig::new(units::Currency::JPY),
        ));
        scene
            .world
            .world
            .welcome("young", party, &certificate, |_| std::collections::BTreeMap::new())
            .unwrap();
        let settled = scene.buyer.finish(&mut scene.world.world, Counterpart::Shop, &pay);
        let code = scene.world.declined(deal).unwrap();
        // That approver holds nothing under this number, and says so.
        assert_eq!(code.as_deref(), Some("approval-unknown"), "{settled:?}");
    }
}

/// proves: PA-10
#[test]
fn whoever_leaves_owes_nothing_and_leaves_no_trace_but_the_books() {
    let mut scene = scene(true, 9000);
    let user = scene.user;
    let listing = scene.listing.clone();
    scene.world.buy(&mut scene.buyer, &listing, user).unwrap();
    let checked = scene.quote();
    scene.world.permit(&mut scene.buyer, &checked, user).unwrap();
    let leave = |scene: &Scene| {
        let now = scene.world.world.now();
        scene
            .world
            .at_approver(move |approver, tx| Ok(approver.leave(tx, user, now)?))
            .map(drop)
    };
    scene.world.wait(Span::seconds(20));
    let first = leave(&scene).unwrap_err();
    assert!(first.contains("owed"), "{first}");
    let pay = |scene: &mut Scene| {
        let (id, now) = (scene.world.id("bill"), scene.world.world.now());
        let paid = scene
            .world
            .at_approver(move |approver, tx| Ok(approver.bill_paid(tx, id, user, yen(PRICE), now)?));
        paid.unwrap();
    };
    pay(&mut scene);
    let second = leave(&scene).unwrap_err();
    assert!(second.contains("reserved"), "{second}");
    scene.world.wait(Span::minutes(16));
    for means in [Means::Value, Means::Points] {
        let (id, now) = (scene.world.id("fill"), scene.world.world.now());
        let filled = scene
            .world
            .at_approver(move |approver, tx| Ok(approver.fill(tx, id, user, means, yen(70), now)?));
        filled.unwrap();
    }
    let third = leave(&scene).unwrap_err();
    assert!(third.contains("prepaid value"), "{third}");
    let (id, now) = (scene.world.id("back"), scene.world.world.now());
    scene
        .world
        .at_approver(move |approver, tx| Ok(approver.pay_back(tx, id, user, yen(70), now)?))
        .unwrap();
    leave(&scene).unwrap();
    let known = scene
        .world
        .at_approver(move |approver, tx| Ok(approver.user(tx, user)?));
    assert_eq!(known.unwrap(), None);
    // Points lapsed, the limit is nobody's, and every book still agrees.
    assert_eq!(
        (scene.world.figure("points given"), scene.world.figure("credit granted")),
        (0, 0)
    );
    scene.adds_up();
}
