//! Torn transfers: the power goes at every single write of either card, every message is lost, repeated or late, and when
//! the two meet again everything is settled.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod hand;
mod world;

use card::{Card, Decided, Fault, Memory, OpenSide, PayFailure, SettleRefusal, Settled, Todo, Want};
use deal::{Evidence, Kind, VoidReason};
use hand::*;
use license::Route;
use units::LicenseId;
use world::*;

/// Which card loses its power, at which of its writes from now on, and whether that write still took hold.
#[derive(Debug, Clone, Copy)]
struct Cut {
    giver: bool,
    write: u64,
    holds: bool,
}

/// What becomes of a message on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Arrives,
    Lost,
    Twice,
}
const WAYS: [Way; 3] = [Way::Arrives, Way::Lost, Way::Twice];

struct Stage {
    giver: Card<Memory>,
    receiver: Card<Memory>,
    license: LicenseId,
}

/// Both cards as they stood before the transfer, to be played again and again.
fn stage(world: &mut World, before: &[(Memory, u8); 2], license: LicenseId) -> Stage {
    let wake = |(journal, n): &(Memory, u8)| {
        let journal = journal.clone();
        Card::wake(
            &seal::Secret::new([*n; 32]),
            &journal.snapshot.clone(),
            &journal.records.clone(),
            journal,
        )
        .unwrap()
    };
    let _ = world;
    Stage {
        giver: wake(&before[0]),
        receiver: wake(&before[1]),
        license,
    }
}

fn arm(card: &mut Card<Memory>, cut: Option<(u64, bool)>) {
    if let Some((write, holds)) = cut {
        card.journal_mut().writes_left = Some(write);
        card.journal_mut().fails_after = holds;
    }
}

/// The power is back: whatever the card knows now, it knows from its journal.
fn restart(card: &mut Card<Memory>, n: u8) {
    card.journal_mut().writes_left = None;
    card.journal_mut().fails_after = false;
    *card = wake(card, n).unwrap();
}

/// One transfer with the cut and the ways given, as far as it comes.
fn transfer(world: &mut World, stage: &mut Stage, kind: Kind, ways: [Way; 3]) -> Option<()> {
    let Stage {
        giver,
        receiver,
        license,
    } = stage;
    let permit = match kind {
        Kind::Move => giver.permit_move(*license, LATER, PIN, &world.fresh()).ok()?,
        _ => giver.permit(kind, Some(*license), LATER)?,
    };
    let asked = asked(world, receiver, kind);
    let quoted = giver.quote(&asked.bytes(), &permit, None, NOW, &world.fresh()).ok()?;
    let checked = receiver
        .read_quote(quoted.message.bytes(), Some(&asked), None, NOW)
        .ok()?;
    let ok = receiver.confirm(&checked, PIN, &world.fresh()).ok()?;
    let (_, pay) = receiver.pay(&checked, ok, &Want::default(), NOW, &world.fresh()).ok()?;
    let mut settle = None;
    for _ in 0..times(ways[0]) {
        let decided = giver.decide(pay.bytes(), NOW, &world.fresh()).ok()?;
        settle = decided.settle().map(|s| s.bytes().to_vec());
    }
    let settle = settle?;
    let mut done = None;
    for _ in 0..times(ways[1]) {
        if let Settled::Given { done: said, .. } | Settled::Again(said) =
            receiver.settle(&settle, NOW, &world.fresh()).ok()?
        {
            done = Some(said.into_bytes());
        }
    }
    let done = done?;
    for _ in 0..times(ways[2]) {
        giver.take_done(&done, &world.fresh()).ok()?;
    }
    Some(())
}

const fn times(way: Way) -> u8 {
    match way {
        Way::Lost => 0,
        Way::Arrives => 1,
        Way::Twice => 2,
    }
}

fn usable(card: &Card<Memory>) -> usize {
    card.state().licenses.len()
}

/// Plays one kind of transfer under every cut and every fate of its messages. Answers how many ways it was told, and how
/// many ended with the receiver having what it paid for.
fn exhaust(kind: Kind, route: Route) -> (usize, usize) {
    let mut world = world(route);
    let (giver, license) = owner(&mut world, 1);
    let receiver = rich(&mut world, 2, 500);
    let before = [(giver.journal().clone(), 1), (receiver.journal().clone(), 2)];
    let total = money(&world, &giver).0 + money(&world, &receiver).0;
    let (mut told, mut given) = (0, 0);
    let mut cuts: Vec<Option<Cut>> = vec![None];
    // As many writes as a transfer has on each side when nothing goes wrong: every one of them is cut.
    let mut s = stage(&mut world, &before, license);
    arm(&mut s.giver, Some((100, false)));
    arm(&mut s.receiver, Some((100, false)));
    transfer(&mut world, &mut s, kind, [Way::Arrives; 3]).unwrap();
    let made = |card: &Card<Memory>| 100 - card.journal().writes_left.unwrap();
    for (who, writes) in [(true, made(&s.giver)), (false, made(&s.receiver))] {
        assert!(writes >= 2);
        for write in 0..writes {
            cuts.extend([false, true].map(|holds| {
                Some(Cut {
                    giver: who,
                    write,
                    holds,
                })
            }));
        }
    }
    for cut in cuts {
        // Uncut, every fate of the three messages; cut, every fate of the two that decide.
        for fate in 0..if cut.is_none() { 27usize } else { 9 } {
            let last = if cut.is_none() { fate / 9 } else { told };
            let ways = [WAYS[fate % 3], WAYS[fate / 3 % 3], WAYS[last % 3]];
            let mut s = stage(&mut world, &before, license);
            let of = |giver| cut.filter(|c| c.giver == giver).map(|c| (c.write, c.holds));
            arm(&mut s.giver, of(true));
            arm(&mut s.receiver, of(false));
            let _ = transfer(&mut world, &mut s, kind, ways);
            restart(&mut s.giver, 1);
            restart(&mut s.receiver, 2);
            let what = || format!("{kind:?} {route:?} {cut:?} {ways:?}");
            if kind == Kind::Move {
                assert!(usable(&s.giver) + usable(&s.receiver) <= 1, "two keys: {}", what());
            }
            let talk = [Talk::Once, Talk::Backwards, Talk::Twice][told % 3];
            assert!(
                meet(&mut world, &mut s.giver, &mut s.receiver, talk),
                "open for ever: {}",
                what()
            );
            let (g, r) = (money(&world, &s.giver), money(&world, &s.receiver));
            assert_eq!(g.0 + g.1 + g.2 + r.0 + r.1 + r.2, total, "money: {}", what());
            let has = usable(&s.receiver) == 1;
            assert_eq!((r.0, g.2 + r.2), if has { (400, 100) } else { (500, 0) }, "{}", what());
            let mine = usable(&s.giver) == 1;
            assert_eq!(mine, kind == Kind::Copy || !has, "{}", what());
            told += 1;
            given += usize::from(has);
        }
    }
    (told, given)
}

/// proves: SD-10 S1 S3 S5 S6 R1 row-14 row-24
#[test]
fn a_copy_cut_at_every_write_with_every_message_lost_or_repeated_ends_well() {
    let (told, given) = exhaust(Kind::Copy, Route::Chain);
    // Two writes of the giver; two for the PIN and two for the deal on the other side; each cut before and after it holds.
    assert_eq!(told, 27 + 9 * 2 * (2 + 4));
    assert!(given > told / 2 && given < told, "{given} of {told}");
}

/// proves: SD-15 S2 S3 R1 row-14
#[test]
fn so_does_one_whose_giver_carries_the_fares_on() {
    let (told, given) = exhaust(Kind::Copy, Route::Latest);
    assert!(given > told / 2 && given < told, "{given} of {told}");
}

/// proves: SD-10 S7 S8 R1 row-23 row-24
#[test]
fn so_does_a_move_and_there_are_never_two_keys_nor_none_for_good() {
    let (told, given) = exhaust(Kind::Move, Route::Chain);
    assert!(given > told / 2 && given < told, "{given} of {told}");
}

/// proves: S13 row-15
#[test]
fn a_payment_whose_number_has_passed_is_void_for_ever_and_never_given_too() {
    let mut world = world(Route::Chain);
    let (mut giver, license) = owner(&mut world, 1);
    let mut friend = rich(&mut world, 2, 500);
    let (deal, pay) = paying(&mut world, &mut giver, &mut friend, Kind::Copy, license);
    let open = friend.open();
    assert_eq!((open.len(), open[0].deal, open[0].side), (1, deal, OpenSide::Paid));
    assert_eq!(
        (open[0].title.as_str(), open[0].amount),
        ("Night Ferry", Some(yen(100)))
    );
    assert_eq!(open[0].todo, Todo::MeetOrGoOnline);
    giver.cancel(&world.fresh()).unwrap();
    let void = decide(&mut world, &mut giver, &pay);
    assert!(matches!(
        void,
        Decided::Void {
            reason: VoidReason::Passed,
            ..
        }
    ));
    let void = settle_of(&void);
    let settled = friend.settle(&void, NOW, &world.fresh()).unwrap();
    assert!(matches!(settled, Settled::Void { .. }));
    assert_eq!(money(&world, &friend), (500, 0, 0));
    // The payment comes again, weeks later: void again, and the refund stays one.
    let again = decide(&mut world, &mut giver, &pay);
    assert!(matches!(again, Decided::Void { .. }));
    assert!(matches!(
        friend.settle(&settle_of(&again), NOW, &world.fresh()).unwrap(),
        Settled::Nothing
    ));
    assert_eq!(money(&world, &friend), (500, 0, 0));
}

/// proves: S6 row-14
#[test]
fn a_full_disk_says_nothing_and_changes_nothing() {
    let mut world = world(Route::Chain);
    let (mut giver, license) = owner(&mut world, 1);
    let mut friend = rich(&mut world, 2, 500);
    let (checked, _) = quoted(&mut world, &mut giver, &friend, Kind::Copy, license);
    let ok = friend.confirm(&checked, PIN, &world.fresh()).unwrap();
    friend.journal_mut().writes_left = Some(0);
    let no = friend
        .pay(&checked, ok, &Want::default(), NOW, &world.fresh())
        .unwrap_err();
    assert_eq!(no, PayFailure::Fault(Fault::Storage));
    friend.journal_mut().writes_left = None;
    let (_, pay) = pay(&mut world, &mut friend, &checked);
    giver.journal_mut().writes_left = Some(0);
    assert!(giver.decide(&pay, NOW, &world.fresh()).is_err());
    assert!(giver.state().given.is_empty() && giver.state().give_no == 0);
    giver.journal_mut().writes_left = None;
    let given = decide(&mut world, &mut giver, &pay);
    friend.journal_mut().writes_left = Some(0);
    let no = friend.settle(&settle_of(&given), NOW, &world.fresh()).unwrap_err();
    assert_eq!(no, SettleRefusal::Fault(Fault::Storage));
    friend.journal_mut().writes_left = None;
    assert!(matches!(
        friend.settle(&settle_of(&given), NOW, &world.fresh()).unwrap(),
        Settled::Given { .. }
    ));
}

/// proves: D3 row-15 row-19
#[test]
fn a_giver_that_was_put_back_contradicts_itself_and_is_named_by_both_words() {
    let mut world = world(Route::Chain);
    let (mut giver, license) = owner(&mut world, 1);
    let mut friend = rich(&mut world, 2, 500);
    let (deal, pay) = paying(&mut world, &mut giver, &mut friend, Kind::Copy, license);
    let old = giver.journal().clone();
    let given = decide(&mut world, &mut giver, &pay);
    friend.settle(&settle_of(&given), NOW, &world.fresh()).unwrap();
    // Yesterday's file gives to nobody and takes its quotes back: the same payment is void to it.
    let mut older = Card::wake(
        &seal::Secret::new([1; 32]),
        &old.snapshot.clone(),
        &old.records.clone(),
        old,
    )
    .unwrap();
    older.cancel(&world.fresh()).unwrap();
    let void = decide(&mut world, &mut older, &pay);
    let settled = friend.settle(&settle_of(&void), NOW, &world.fresh()).unwrap();
    assert!(matches!(settled, Settled::Contradicted { deal: d } if d == deal));
    friend.settle(&settle_of(&void), NOW, &world.fresh()).unwrap();
    let kept = friend
        .state()
        .evidence
        .iter()
        .filter(|e| matches!(e, Evidence::Contradiction(d, _) if *d == deal));
    assert_eq!(kept.count(), 1, "once");
    assert_eq!(money(&world, &friend), (400, 0, 100), "the first word stands");
}

/// proves: D1 row-11 row-26
#[test]
fn a_card_that_was_put_back_stops_when_it_hears_from_its_own_future_and_nobody_can_make_that_up() {
    let mut world = world(Route::Chain);
    let (mut giver, license) = owner(&mut world, 1);
    let mut friend = rich(&mut world, 2, 500);
    let (of_friend, of_giver) = (friend.journal().clone(), giver.journal().clone());
    let (_, pay) = paying(&mut world, &mut giver, &mut friend, Kind::Copy, license);
    let given = decide(&mut world, &mut giver, &pay);
    let back = |journal: Memory, n: u8| {
        Card::wake(
            &seal::Secret::new([n; 32]),
            &journal.snapshot.clone(),
            &journal.records.clone(),
            journal,
        )
        .unwrap()
    };
    let mut older = back(of_friend, 2);
    // Another card's word alone freezes nobody: it is kept for the issuer, who has seen the numbers.
    let settled = older.settle(&settle_of(&given), NOW, &world.fresh()).unwrap();
    assert!(matches!(settled, Settled::Contradicted { .. }) && !older.state().frozen);
    assert_eq!(older.state().evidence.len(), 1);
    // A seller's does, about a tag this card thinks it never used.
    let mut buyer = rich(&mut world, 4, 500);
    let before = buyer.journal().clone();
    let pay = world.pay(&mut buyer);
    let settle = world.give(&pay);
    let mut older = back(before, 4);
    assert!(matches!(
        older.settle(&settle, NOW, &world.fresh()).unwrap(),
        Settled::Frozen
    ));
    assert!(older.state().frozen);
    // A giver from before its own quote freezes too, and says nothing.
    let mut third = rich(&mut world, 3, 500);
    let (_, later) = paying(&mut world, &mut giver, &mut third, Kind::Copy, license);
    let mut older = back(of_giver, 1);
    assert!(matches!(decide(&mut world, &mut older, &later), Decided::Frozen));
    assert!(older.permit(Kind::Copy, Some(license), LATER).is_some_and(|permit| {
        let ask = third.ask_copy(None, &seed(77)).unwrap();
        older.quote(&ask.bytes(), &permit, None, NOW, &seed(78)).is_err()
    }));
}

/// proves: S6
#[test]
fn two_cards_that_pay_one_another_at_once_both_finish() {
    let mut world = world(Route::Chain);
    let (mut one, first) = owner(&mut world, 1);
    let mut two = rich(&mut world, 2, 900);
    // The second card owns another license of the same work, bought for itself, and moves it; the first copies.
    let copy = hand_on(&mut world, &mut one, &mut two, Kind::Copy, first);
    let mut three = rich(&mut world, 3, 500);
    let (_, to_two) = paying(&mut world, &mut two, &mut three, Kind::Copy, copy);
    one.delete(first, NOW, &world.fresh()).unwrap();
    let (_, from_one) = paying(&mut world, &mut two, &mut one, Kind::Move, copy);
    let a = decide(&mut world, &mut two, &to_two);
    assert!(matches!(a, Decided::Given { .. }));
    let b = decide(&mut world, &mut two, &from_one);
    assert!(matches!(b, Decided::Void { .. }), "one number, one deal");
    assert!(meet(&mut world, &mut two, &mut three, Talk::Once));
    assert!(meet(&mut world, &mut two, &mut one, Talk::Backwards));
    assert_eq!((usable(&one), usable(&two), usable(&three)), (0, 1, 1));
}

/// proves: S6 R3 row-16
#[test]
fn a_report_shows_the_issuer_the_signed_payment_and_the_sealed_gift() {
    let mut world = world(Route::Chain);
    let (mut giver, license) = owner(&mut world, 1);
    let mut friend = rich(&mut world, 2, 500);
    let (deal, pay) = paying(&mut world, &mut giver, &mut friend, Kind::Copy, license);
    let given = decide(&mut world, &mut giver, &pay);
    let read = |world: &World, report: &[u8]| {
        let bytes = deal::wire::open_sealed(&opener(20), seal::Kind::Report, report).unwrap();
        seal::parse::<deal::wire::ReportSheet>(&bytes, seal::Kind::Report, world.id)
            .unwrap()
            .claims()
            .report
            .clone()
    };
    let said = friend.report(seal::Class::Software, NOW, &world.fresh()).unwrap();
    let of_friend = read(&world, said.bytes());
    let (open, _, signed) = &of_friend.paid[0];
    assert_eq!(
        (*open, deal::wire::deal_id(signed)),
        (deal, deal),
        "a payment's name is the hash of its signed form"
    );
    let sheet = seal::parse::<deal::wire::PaySheet>(signed, seal::Kind::Pay, world.id).unwrap();
    let tag = world
        .trust()
        .check_ever::<seal::role::Transfer>(&sheet.claims().certificate)
        .unwrap();
    let giver_tag = sheet.claims().pay.quote.giver;
    assert!(sheet.verify(tag.sign(), seal::Audience::One(giver_tag)).is_ok());
    let said = giver.report(seal::Class::Software, NOW, &world.fresh()).unwrap();
    let of_giver = read(&world, said.bytes());
    assert_eq!(
        (of_giver.given[0].0, of_giver.given[0].3.to_vec()),
        (deal, settle_of(&given))
    );
    // The issuer forwards what the giver said, and the receiver closes without ever meeting it again.
    let forwarded = minicbor::bytes::ByteVec::from(of_giver.given[0].3.to_vec());
    let report = friend.report(seal::Class::Software, NOW, &world.fresh()).unwrap();
    let answer = world.clear(&friend, report.bytes(), Default::default(), |a| {
        a.rulings = vec![forwarded]
    });
    let contact = friend.cleared(&answer, NOW, &world.fresh()).unwrap();
    assert_eq!((contact.settled, money(&world, &friend)), (1, (400, 0, 100)));
    assert_eq!(friend.to_say().len(), 1, "a done for the giver, whenever they meet");
    assert!(meet(&mut world, &mut friend, &mut giver, Talk::Once));
}

/// proves: S4 row-27
#[test]
fn a_card_full_of_values_or_out_of_credit_says_so_before_anything_leaves() {
    let mut world = world(Route::Chain);
    let (mut card, license) = owner(&mut world, 1);
    let mut profile = World::profile();
    profile.values_max = 0;
    let report = card.report(seal::Class::Software, NOW, &world.fresh()).unwrap();
    let answer = world.clear(&card, report.bytes(), Default::default(), |a| a.profile = profile);
    card.cleared(&answer, NOW, &world.fresh()).unwrap();
    let asked = card
        .ask_surrender(license, units::OfferNo(204), &world.fresh())
        .unwrap();
    let checked = world.checked(&card, &asked);
    let before = card.state().clone();
    let no = card.dry_run(&checked, &Want::default(), NOW).unwrap_err();
    assert_eq!(units::Refusal::code(&no), "card-full-of-values");
    assert_eq!(*card.state(), before);
}
