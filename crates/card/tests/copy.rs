//! Copies and moves from card to card, offline: SD-8 to SD-11, SD-14, with every guard of a giver.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod hand;
#[path = "copy/lend.rs"]
mod lend;
#[path = "copy/terms.rs"]
mod terms;
mod world;

use card::{Decided, Event, Settled, Want};
use deal::{Kind, Side, VoidReason};
use hand::*;
use license::Route;
use units::{Refusal, Span};
use world::*;

/// proves: SD-8 SD-9 SD-10 SD-11 S5
#[test]
fn a_purse_of_500_gets_a_copy_for_100_and_sets_100_aside() {
    let mut world = world(Route::Chain);
    let (mut giver, license) = owner(&mut world, 1);
    let mut friend = rich(&mut world, 2, 500);
    let (checked, _) = quoted(&mut world, &mut giver, &friend, Kind::Copy, license);
    // What the confirm page shows, from the signed quote alone.
    assert_eq!((checked.title(), checked.quote().price), ("Night Ferry", yen(100)));
    assert_eq!(
        (checked.quote().payee, checked.quote().generation),
        (world.publisher, 1)
    );
    assert_eq!(checked.giver_bought(), Some((NOW, Some(yen(300)))));
    let before = friend.state().clone();
    let dry = friend.dry_run(&checked, &Want::default(), NOW).unwrap();
    assert_eq!(*friend.state(), before, "a dry run changes nothing");
    assert_eq!(
        (dry.purse, dry.escrow, dry.winner),
        (yen(400), yen(100), Side::Receiver)
    );

    let (deal, pay) = pay(&mut world, &mut friend, &checked);
    assert_eq!(money(&world, &friend), (400, 100, 0));
    let decided = decide(&mut world, &mut giver, &pay);
    let Decided::Given { fare, title, .. } = &decided else {
        panic!("{decided:?}")
    };
    assert_eq!((*fare, title.as_str()), (Some(yen(100)), "Night Ferry"));
    let settled = friend.settle(&settle_of(&decided), NOW, &world.fresh()).unwrap();
    let Settled::Given {
        license: Some(copy),
        done,
        ..
    } = settled
    else {
        panic!()
    };
    assert_eq!(money(&world, &friend), (dry.purse.minor(), 0, dry.escrow.minor()));
    assert_eq!(money(&world, &giver), (200, 0, 0));
    assert!(plays(&mut world, &mut giver, license) && plays(&mut world, &mut friend, copy));
    assert_eq!(giver.take_done(done.bytes(), &world.fresh()).unwrap(), vec![deal]);
    assert!(giver.state().given.is_empty() && giver.take_done(done.bytes(), &world.fresh()).unwrap().is_empty());

    // Both histories: the other card by its tag, time, generation, and how many copies the license has made.
    let gave = giver.image().history.iter().find(|l| l.event == Event::Gave).unwrap();
    assert_eq!(
        (gave.copies, gave.generation, gave.amount),
        (Some(1), Some(1), Some(yen(100)))
    );
    let got = friend
        .image()
        .history
        .iter()
        .rfind(|l| l.event == Event::Given)
        .unwrap();
    assert_eq!(
        (got.peer.map(|t| t.0), got.generation),
        (Some(checked.quote().giver), Some(1))
    );
    assert_eq!(gave.peer, friend.state().licenses.get(&copy).map(|h| h.tag));
    assert_eq!(giver.copies_made(license), 1);
}

/// proves: SD-14
#[test]
fn eight_users_in_a_line_leave_700_on_the_eighth_card() {
    let mut world = world(Route::Chain);
    let (mut giver, mut license) = owner(&mut world, 1);
    for n in 2..=8u8 {
        let mut next = rich(&mut world, n, 500);
        license = hand_on(&mut world, &mut giver, &mut next, Kind::Copy, license);
        assert_eq!(money(&world, &giver).2, 0, "the escrow went along");
        assert_eq!(money(&world, &next), (400, 0, 100 * (i64::from(n) - 1)));
        giver = next;
    }
    assert_eq!(money(&world, &giver).2, 700);
    assert!(plays(&mut world, &mut giver, license));
}

/// proves: SD-14 S1
#[test]
fn in_a_tree_the_sum_over_all_cards_is_fare_times_copies() {
    let mut world = world(Route::Chain);
    let (mut root, license) = owner(&mut world, 1);
    let mut cards = vec![];
    for n in 2..=4u8 {
        let mut child = rich(&mut world, n, 500);
        let copy = hand_on(&mut world, &mut root, &mut child, Kind::Copy, license);
        let mut grand = rich(&mut world, n + 10, 500);
        hand_on(&mut world, &mut child, &mut grand, Kind::Copy, copy);
        cards.extend([child, grand]);
    }
    let sum: i64 = cards.iter().map(|c| money(&world, c).2).sum();
    assert_eq!((sum, root.copies_made(license)), (600, 3));
}

/// proves: SD-10 S7 S8
#[test]
fn a_move_pays_its_fare_and_leaves_one_license() {
    let mut world = world(Route::Chain);
    world.terms.fare_move = yen(40);
    let (mut giver, license) = owner(&mut world, 1);
    let mut friend = rich(&mut world, 2, 500);
    let (_, pay) = paying(&mut world, &mut giver, &mut friend, Kind::Move, license);
    assert!(
        plays(&mut world, &mut giver, license),
        "nothing has left before the decision"
    );
    let decided = decide(&mut world, &mut giver, &pay);
    assert!(giver.state().licenses.is_empty(), "erased in the write that decided");
    let record = &giver.state().given[0].gift.license.as_ref().unwrap();
    assert!(
        record.document.is_empty() && record.opened.is_empty(),
        "no key stays behind"
    );
    assert!(giver.journal().records.is_empty(), "nor in old records");
    let settled = friend.settle(&settle_of(&decided), NOW, &world.fresh()).unwrap();
    let Settled::Given { license: Some(id), .. } = settled else {
        panic!()
    };
    assert_eq!(money(&world, &friend), (460, 0, 40));
    assert!(plays(&mut world, &mut friend, id));
    assert_eq!(friend.state().licenses[&id].generation, 0, "the same generation");
}

/// proves: SD-4 SD-10
#[test]
fn a_move_carries_what_is_left_plays_period_and_copies() {
    let mut world = world(Route::Chain);
    world.terms.copies = Some(2);
    world.rights.plays = Some(5);
    world.rights.period = Some(Span::days(3));
    let (mut giver, license) = owner(&mut world, 1);
    let mut child = rich(&mut world, 2, 500);
    hand_on(&mut world, &mut giver, &mut child, Kind::Copy, license);
    giver.begin_play(license, NOW, &world.fresh()).unwrap();
    let mut friend = rich(&mut world, 3, 500);
    let moved = hand_on(&mut world, &mut giver, &mut friend, Kind::Move, license);
    let held = friend.state().licenses[&moved].clone();
    assert_eq!((held.rights.plays, held.copies_left), (Some(4), Some(1)));
    assert_eq!(held.rights.until, Some(after(Span::days(3))), "the period runs on");
    // And back again: one copy is left in all, then none.
    let mut other = rich(&mut world, 4, 500);
    hand_on(&mut world, &mut friend, &mut other, Kind::Copy, moved);
    let back = hand_on(&mut world, &mut friend, &mut giver, Kind::Move, moved);
    let permit = permit(&mut world, &mut giver, Kind::Copy, back);
    let asked = asked(&mut world, &child, Kind::Copy);
    let no = giver
        .quote(&asked.bytes(), &permit, None, NOW, &world.fresh())
        .unwrap_err();
    assert_eq!(no.code(), "give-limit");
}

/// proves: S15 row-35
#[test]
fn plays_used_between_quote_and_payment_are_not_given_away() {
    let mut world = world(Route::Chain);
    world.rights.plays = Some(3);
    let (mut giver, license) = owner(&mut world, 1);
    let mut friend = rich(&mut world, 2, 500);
    let (_, pay) = paying(&mut world, &mut giver, &mut friend, Kind::Move, license);
    giver.begin_play(license, NOW, &world.fresh()).unwrap();
    let decided = decide(&mut world, &mut giver, &pay);
    let Decided::Void { reason, settle, .. } = decided else {
        panic!()
    };
    assert_eq!(reason, VoidReason::License);
    friend.settle(settle.bytes(), NOW, &world.fresh()).unwrap();
    assert_eq!(money(&world, &friend), (500, 0, 0));
    assert_eq!(giver.state().licenses[&license].rights.plays, Some(2));
}

/// proves: SD-11 S9
#[test]
fn a_license_at_its_limit_of_copies_or_generations_refuses() {
    let mut world = world(Route::Chain);
    world.terms.generations = 2;
    world.terms.copies = Some(1);
    let (mut one, first) = owner(&mut world, 1);
    let mut two = rich(&mut world, 2, 500);
    let mut three = rich(&mut world, 3, 500);
    // Two quotes about, one copy left: the first payment decides, the other is void and refunded.
    let (_, pay_two) = paying(&mut world, &mut one, &mut two, Kind::Copy, first);
    let (_, pay_three) = paying(&mut world, &mut one, &mut three, Kind::Copy, first);
    let given = decide(&mut world, &mut one, &pay_two);
    let Settled::Given {
        license: Some(second), ..
    } = two.settle(&settle_of(&given), NOW, &world.fresh()).unwrap()
    else {
        panic!()
    };
    let void = decide(&mut world, &mut one, &pay_three);
    assert!(matches!(
        void,
        Decided::Void {
            reason: VoidReason::Passed,
            ..
        }
    ));
    three.settle(&settle_of(&void), NOW, &world.fresh()).unwrap();
    assert_eq!(money(&world, &three), (500, 0, 0));
    let refused = |world: &mut World, giver: &mut card::Card<card::Memory>, license| {
        let permit = permit(world, giver, Kind::Copy, license);
        let ask = asked(world, &three, Kind::Copy);
        giver
            .quote(&ask.bytes(), &permit, None, NOW, &world.fresh())
            .unwrap_err()
            .code()
    };
    assert_eq!(refused(&mut world, &mut one, first), "give-limit", "breadth");
    let mut four = rich(&mut world, 4, 500);
    let third = hand_on(&mut world, &mut two, &mut four, Kind::Copy, second);
    assert_eq!(refused(&mut world, &mut four, third), "give-limit", "depth");
}

/// proves: SD-8 row-28
#[test]
fn nothing_is_given_without_its_holders_wish_nor_moved_without_his_pin() {
    let mut world = world(Route::Chain);
    let (mut giver, license) = owner(&mut world, 1);
    let friend = rich(&mut world, 2, 500);
    assert!(giver.permit(Kind::Move, Some(license), LATER).is_none());
    assert!(giver.permit_move(license, LATER, "1111", &world.fresh()).is_err());
    let copies = giver.permit(Kind::Copy, Some(license), LATER).unwrap();
    let wants_move = asked(&mut world, &friend, Kind::Move);
    let no = giver
        .quote(&wants_move.bytes(), &copies, None, NOW, &world.fresh())
        .unwrap_err();
    assert_eq!(no.code(), "give-not-permitted");
    assert_eq!(no.refused().code, "give-not-permitted");
    let late = asked(&mut world, &friend, Kind::Copy);
    let no = giver
        .quote(&late.bytes(), &copies, None, after(Span::days(1)), &world.fresh())
        .unwrap_err();
    assert_eq!(no.code(), "give-not-permitted", "the wish has an end");
    // A receiver pays nothing without his own consent to this very fare.
    let (checked, _) = quoted(&mut world, &mut giver, &friend, Kind::Copy, license);
    assert!(friend.confirm_free(&checked).is_none());
}

/// proves: SD-8
#[test]
fn a_copy_for_nothing_asks_too() {
    let mut world = world(Route::Chain);
    world.terms.fare_copy = yen(0);
    let (mut giver, license) = owner(&mut world, 1);
    let mut friend = world.card(2);
    let (checked, _) = quoted(&mut world, &mut giver, &friend, Kind::Copy, license);
    assert!(friend.confirm_free(&checked).is_none());
    let (_, pay) = pay(&mut world, &mut friend, &checked);
    let given = decide(&mut world, &mut giver, &pay);
    assert!(matches!(given, Decided::Given { fare: None, .. }));
    friend.settle(&settle_of(&given), NOW, &world.fresh()).unwrap();
    assert_eq!((money(&world, &friend), friend.state().licenses.len()), ((0, 0, 0), 1));
}

/// proves: SD-9
#[test]
fn too_little_money_and_no_key_leaves_the_givers_card() {
    let mut world = world(Route::Chain);
    let (mut giver, license) = owner(&mut world, 1);
    let mut friend = rich(&mut world, 2, 99);
    let (checked, _) = quoted(&mut world, &mut giver, &friend, Kind::Copy, license);
    let before = (giver.state().clone(), friend.state().clone());
    let dry = friend.dry_run(&checked, &Want::default(), NOW).unwrap_err();
    let ok = friend.confirm(&checked, PIN, &world.fresh()).unwrap();
    let no = friend
        .pay(&checked, ok, &Want::default(), NOW, &world.fresh())
        .unwrap_err();
    assert_eq!((dry.code(), no.code()), ("purse-too-small", "purse-too-small"));
    assert_eq!((giver.state().clone(), friend.state().clone()), before);
}

/// proves: SD-5 SD-14 S12
#[test]
fn a_card_without_room_for_the_fares_refuses_before_money_moves() {
    let mut world = world(Route::Chain);
    let (mut one, first) = owner(&mut world, 1);
    let mut two = rich(&mut world, 2, 500);
    let second = hand_on(&mut world, &mut one, &mut two, Kind::Copy, first);
    let mut three = rich(&mut world, 3, 500);
    let mut profile = World::profile();
    profile.slips_max = 1;
    let report = three.report(seal::Class::Software, NOW, &world.fresh()).unwrap();
    let answer = world.clear(&three, report.bytes(), Default::default(), |a| a.profile = profile);
    three.cleared(&answer, NOW, &world.fresh()).unwrap();
    let (checked, _) = quoted(&mut world, &mut two, &three, Kind::Copy, second);
    let before = three.state().clone();
    let no = three.dry_run(&checked, &Want::default(), NOW).unwrap_err();
    assert_eq!(no.code(), "card-full-of-fares");
    assert!(no.to_string().contains("send fares home first"));
    assert_eq!(*three.state(), before);
}

/// proves: row-78
#[test]
fn an_open_quote_is_paid_by_the_first_who_finds_it_and_tells_nothing_it_need_not() {
    let mut world = world(Route::Chain);
    let (mut giver, license) = owner(&mut world, 1);
    let permit = giver.permit(Kind::Copy, Some(license), LATER).unwrap();
    let open = giver.open_quote(&permit, NOW).unwrap();
    assert_eq!(
        open.quote.facts,
        deal::Facts::default(),
        "the chain rule looks at no facts"
    );
    let (mut two, mut three) = (rich(&mut world, 2, 500), rich(&mut world, 3, 500));
    let read = |card: &card::Card<card::Memory>| card.read_quote(open.message.bytes(), None, None, NOW).unwrap();
    let (checked_two, checked_three) = (read(&two), read(&three));
    assert_eq!(checked_two.title(), "Night Ferry");
    let (_, pay_two) = pay(&mut world, &mut two, &checked_two);
    let (_, pay_three) = pay(&mut world, &mut three, &checked_three);
    let given = decide(&mut world, &mut giver, &pay_three);
    assert!(matches!(given, Decided::Given { .. }));
    three.settle(&settle_of(&given), NOW, &world.fresh()).unwrap();
    let void = decide(&mut world, &mut giver, &pay_two);
    assert!(matches!(void, Decided::Void { .. }));
    two.settle(&settle_of(&void), NOW, &world.fresh()).unwrap();
    assert_eq!(money(&world, &two), (500, 0, 0));
    // Its date ends it too.
    let late = two
        .read_quote(open.message.bytes(), None, None, after(Span::days(1)))
        .unwrap_err();
    assert_eq!(late.code(), "quote-ended");
}

/// Offer, answer and key of a plain copy fit into one code each (docs/formats/letters.md), also where facts are proven.
///
/// proves: SD-8
#[test]
fn the_letters_of_a_copy_are_short() {
    for (route, most) in [(Route::Chain, [1400, 1450, 1650]), (Route::Latest, [1750, 1450, 1650])] {
        let mut world = world(route);
        let (mut giver, license) = owner(&mut world, 1);
        let mut friend = rich(&mut world, 2, 500);
        let permit = permit(&mut world, &mut giver, Kind::Copy, license);
        let offer = giver.open_quote(&permit, NOW).unwrap().message.into_bytes();
        let checked = friend.read_quote(&offer, None, None, NOW).unwrap();
        let (_, answer) = pay(&mut world, &mut friend, &checked);
        let key = settle_of(&decide(&mut world, &mut giver, &answer));
        let letters = [offer.len(), answer.len(), key.len()];
        assert!(
            letters.iter().zip(most).all(|(len, most)| *len <= most),
            "{route:?}: {letters:?}"
        );
        // What was left out is there again.
        friend.settle(&key, NOW, &world.fresh()).unwrap();
        let held = friend.state().licenses.values().next().unwrap();
        assert!(friend.license_of(held).is_some());
    }
}
