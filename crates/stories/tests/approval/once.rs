//! Once: a thousand who redeem one approval, two thousand who want the last of a limit, and time that runs out everywhere.

use std::sync::{Arc, Mutex};

use approver::{End, Means, Moved, RequestId, RequestState, State};
use deal::approval::{NotPermitted, Redeem, RedeemOutcome, RedeemWord, Redeemed, quote_of};
use party::{
    Party, Refused, Step, Verb,
    settlement::{Deliver, SettlementConfig},
};
use seal::{Audience, Kind, Role, Seed};
use stories::{Counterpart, Holder, Parties};
use units::{Currency, DealId, Moment, Span, TransferId};

use super::world::{NOW, PRICE, Scene, alone, found_with, scene, scene_in, yen};

/// What a seller says of an approval, and what it hears: decoded from the wire.
fn say(
    scene: &super::world::Scene,
    card: &card::Approved,
    checked: &card::Checked,
    deal: DealId,
    word: RedeemWord,
) -> Vec<u8> {
    let world = &scene.world.world;
    let keys = world.keys_of(Role::Seller, "Lantern Records").unwrap();
    let issued = issued(scene, card);
    let redeem = Redeem {
        word,
        approval: card.id(),
        deal,
        quote: quote_of(checked.quote()),
        amount: issued.approval.amount,
        seller: keys.id(),
        tag: issued.approval.tag,
        by: keys.id(),
        certificate: keys.certificate().to_vec().into(),
    };
    let to = Audience::from(scene.world.approver.id());
    seal::sign(keys.signer(), Kind::Redeem, world.realm().id(), to, &redeem)
}

fn issued(scene: &super::world::Scene, card: &card::Approved) -> approver::Issued {
    let id = card.id();
    scene
        .world
        .at_approver(move |approver, tx| Ok(approver.issued(tx, id)?))
        .unwrap()
        .unwrap()
}

fn outcome(scene: &super::world::Scene, bytes: &[u8]) -> RedeemOutcome {
    let realm = scene.world.world.realm().id();
    seal::parse::<Redeemed>(bytes, Kind::Redeemed, realm)
        .unwrap()
        .claims()
        .outcome
}

/// proves: PA-6 PA-9 row-63
#[test]
fn a_thousand_redeem_one_approval_and_one_sale_has_it() {
    let mut scene = scene(true, 5000);
    let checked = scene.quote();
    let (approved, _) = scene.world.permit(&mut scene.buyer, &checked, scene.user).unwrap();
    let words: Vec<Vec<u8>> = (0..1000_u32)
        .map(|n| {
            let mut deal = [0; 32];
            deal[..4].copy_from_slice(&n.to_be_bytes());
            say(&scene, &approved, &checked, DealId(deal), RedeemWord::Permit)
        })
        .collect();
    let store = scene.world.world.store_of(scene.world.approver.id()).unwrap();
    let (words, heard) = (Arc::new(words), Arc::new(Mutex::new(Vec::new())));
    std::thread::scope(|threads| {
        for t in 0..8 {
            let (words, heard, store) = (words.clone(), heard.clone(), store.clone());
            let approver = scene.world.approver.clone();
            threads.spawn(move || {
                for n in (t..1000).step_by(8) {
                    let (approver, words) = (approver.clone(), words.clone());
                    let step = store.write::<Step, Refused>(move |tx| {
                        approver.serve(tx, Verb::Redeem, &words[n], NOW, &Seed::new([1; 32]))
                    });
                    heard.lock().unwrap().push((n, step.unwrap().answer().unwrap()));
                }
            });
        }
    });
    let heard = heard.lock().unwrap();
    let said: Vec<RedeemOutcome> = heard.iter().map(|(_, bytes)| outcome(&scene, bytes)).collect();
    let permitted = said.iter().filter(|o| **o == RedeemOutcome::Permitted).count();
    let used = said
        .iter()
        .filter(|o| **o == RedeemOutcome::Refused(NotPermitted::Used))
        .count();
    assert_eq!((permitted, used), (1, 999));

    // The one that has it hears the same again, settles, and is charged once however often it says so.
    let winner = heard
        .iter()
        .find(|(_, b)| outcome(&scene, b) == RedeemOutcome::Permitted)
        .unwrap()
        .0;
    let mut deal = [0; 32];
    deal[..4].copy_from_slice(&(winner as u32).to_be_bytes());
    let send = |scene: &mut super::world::Scene, word| {
        let body = say(scene, &approved, &checked, DealId(deal), word);
        match scene.world.world.tell(scene.world.approver.id(), Verb::Redeem, &body) {
            stories::Answer::Bytes(bytes) => outcome(scene, &bytes),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(send(&mut scene, RedeemWord::Permit), RedeemOutcome::Permitted);
    for _ in 0..3 {
        assert!(matches!(
            send(&mut scene, RedeemWord::Settled),
            RedeemOutcome::Charged(_)
        ));
    }
    assert_eq!(scene.owed(), PRICE);
    // After the charge an abandon gives nothing back.
    assert_eq!(
        send(&mut scene, RedeemWord::Abandon),
        RedeemOutcome::Refused(NotPermitted::Used)
    );
    assert_eq!((scene.owed(), scene.room()), (PRICE, 5000 - PRICE));
    scene.adds_up();
}

/// proves: PA-10 row-64
#[test]
fn two_thousand_want_the_last_of_a_limit_and_it_holds_to_the_yen() {
    // Room for seven, and not for eight: a yen is missing.
    let mut scene = scene(true, 8 * PRICE - 1);
    let checked = scene.quote();
    let ids: Vec<RequestId> = (0..2000)
        .map(|_| {
            let (_, id) = scene.world.ask(&mut scene.buyer, &checked).unwrap();
            scene.world.show(id, scene.user).unwrap();
            id
        })
        .collect();
    let store = scene.world.world.store_of(scene.world.approver.id()).unwrap();
    std::thread::scope(|threads| {
        for t in 0..8_usize {
            let (ids, store, approver, user) = (&ids, store.clone(), scene.world.approver.clone(), scene.user);
            threads.spawn(move || {
                for n in (t..ids.len()).step_by(8) {
                    let (approver, id) = (approver.clone(), ids[n]);
                    let seed = Seed::new([0; 32]).part(&n.to_string());
                    store
                        .write::<_, Refused>(move |tx| Ok(approver.approve(tx, id, user, Means::Credit, NOW, &seed)?))
                        .unwrap();
                }
            });
        }
    });
    let states: Vec<RequestState> = ids
        .iter()
        .map(|id| scene.world.show(*id, scene.user).unwrap().state)
        .collect();
    let approved = states.iter().filter(|s| matches!(s, RequestState::Approved(_))).count();
    assert_eq!(approved, 7);
    assert_eq!(scene.room(), PRICE - 1);
    scene.adds_up();
    // All of them end, each gives its own back, and the limit is whole: not a yen more (row-64).
    scene.world.wait(Span::minutes(16));
    assert_eq!(scene.room(), 8 * PRICE - 1);
    scene.world.wait(Span::minutes(16));
    assert_eq!(scene.room(), 8 * PRICE - 1);
    scene.adds_up();
}

/// proves: PA-8 row-63
#[test]
fn a_permission_that_comes_late_is_void_and_the_limit_is_back_once() {
    for combined in [true, false] {
        let mut scene = scene(combined, 5000);
        let checked = scene.quote();
        let (approved, _) = scene.world.permit(&mut scene.buyer, &checked, scene.user).unwrap();
        let (deal, pay) = scene
            .world
            .commit(&mut scene.buyer, &checked, approved.clone())
            .unwrap();
        // The approver permits, but its answer does not come back in time.
        scene.world.world.hush(scene.world.approver.id(), true);
        let first = scene.world.world.send(Counterpart::Shop, "pay", &pay);
        assert!(!matches!(first, stories::Answer::Bytes(_)), "{first:?}");
        assert_eq!(scene.room(), 5000 - PRICE);
        let who = scene.world.settler.unwrap_or(scene.world.world.seller());
        let due = scene.world.world.store_of(who).unwrap();
        let errand = due
            .read(|view| party::errand::due(view, Moment(u64::MAX), 9))
            .unwrap()
            .into_iter()
            .find(|errand| errand.verb == Verb::Redeem)
            .unwrap();
        scene.world.world.hush(scene.world.approver.id(), false);
        let permitted = match scene.world.world.tell(errand.to, errand.verb, &errand.body) {
            stories::Answer::Bytes(bytes) => bytes,
            other => panic!("{other:?}"),
        };
        assert_eq!(outcome(&scene, &permitted), RedeemOutcome::Permitted);
        scene.world.world.hush(scene.world.approver.id(), true);
        scene.world.wait(Span::seconds(40));
        // Now it does: it changes nothing any more.
        let late = permitted.clone();
        let shop = scene.world.world.shop();
        if combined {
            let (id, now) = (errand.id, scene.world.world.now());
            let _ = scene
                .world
                .world
                .within(who, move |tx| {
                    let reply = party::Reply::Answer(&late);
                    shop.answered(tx, id, reply, now, &Seed::new([2; 32]))
                })
                .unwrap();
        }
        scene.world.world.hush(scene.world.approver.id(), false);
        for _ in 0..6 {
            scene.world.wait(Span::minutes(2));
        }
        let settled = scene
            .buyer
            .finish(&mut scene.world.world, Counterpart::Shop, &pay)
            .unwrap();
        let card::Settled::Void { reason, .. } = settled else {
            panic!("{settled:?}")
        };
        assert_eq!(reason.code(), "void-permit-late");
        assert_eq!(scene.world.declined(deal).unwrap().as_deref(), Some("permit-late"));
        assert_eq!((scene.room(), scene.owed()), (5000, 0));
        let ended = issued(&scene, &approved).state;
        assert!(
            matches!(ended, State::Ended(End::Abandoned, Some(by)) if by == deal),
            "{ended:?}"
        );
        assert_eq!(scene.buyer.books().licenses, 0);
        scene.adds_up();
    }
}

/// proves: PA-7
#[test]
fn delivered_after_the_charge_where_a_seller_wants_it_so() {
    let settlement = SettlementConfig {
        deliver: Deliver::After,
        ..SettlementConfig::default()
    };
    for combined in [true, false] {
        let mut scene = scene_in(found_with(combined, settlement, alone), 5000);
        let listing = scene.listing.clone();
        let bought = scene.world.buy(&mut scene.buyer, &listing, scene.user);
        assert!(bought.is_ok(), "{bought:?}");
        // It was charged before it was delivered: nobody had to wait for that.
        assert_eq!((scene.owed(), scene.room()), (PRICE, 5000 - PRICE));
        scene.adds_up();
    }
}

/// proves: PA-5 PA-10
#[test]
fn users_take_open_approvals_back_and_prepaid_value_and_points_are_used_up() {
    let mut scene = scene(true, 0);
    let user = scene.user;
    for (means, amount) in [(Means::Value, 1300), (Means::Points, 1200)] {
        let (id, now) = (scene.world.id("fill"), scene.world.world.now());
        let money = super::world::yen(amount);
        scene
            .world
            .at_approver(move |approver, tx| Ok(approver.fill(tx, id, user, means, money, now)?))
            .unwrap();
    }
    for means in [Means::Value, Means::Points] {
        let checked = scene.quote();
        let (asked, id) = scene.world.ask(&mut scene.buyer, &checked).unwrap();
        scene.world.show(id, user).unwrap();
        assert!(matches!(
            scene.world.agree(id, user, means).unwrap(),
            RequestState::Approved(_)
        ));
        let approved = scene.world.fetch(&scene.buyer, &checked, &asked, id).unwrap();
        let (approval, now) = (approved.id(), scene.world.world.now());
        // Taken back, it is free again; paid with, it is void.
        scene
            .world
            .at_approver(move |approver, tx| Ok(approver.cancel(tx, user, approval, now)?))
            .unwrap();
        let (deal, pay) = scene.world.commit(&mut scene.buyer, &checked, approved).unwrap();
        let void = scene
            .buyer
            .finish(&mut scene.world.world, Counterpart::Shop, &pay)
            .unwrap();
        assert!(matches!(void, card::Settled::Void { .. }), "{void:?}");
        assert_eq!(
            scene.world.declined(deal).unwrap().as_deref(),
            Some("approval-cancelled")
        );
        // Now for good.
        let checked = scene.quote();
        let (asked, id) = scene.world.ask(&mut scene.buyer, &checked).unwrap();
        scene.world.show(id, user).unwrap();
        scene.world.agree(id, user, means).unwrap();
        let approved = scene.world.fetch(&scene.buyer, &checked, &asked, id).unwrap();
        let (_, pay) = scene.world.commit(&mut scene.buyer, &checked, approved).unwrap();
        let given = scene
            .buyer
            .finish(&mut scene.world.world, Counterpart::Shop, &pay)
            .unwrap();
        assert!(matches!(given, card::Settled::Given { .. }), "{given:?}");
    }
    scene.world.wait(Span::seconds(20));
    let standing = scene.world.standing(user).unwrap();
    assert_eq!(
        (standing.value.minor(), standing.points.minor(), standing.owed.minor()),
        (100, 0, 0)
    );
    scene.adds_up();
}

/// proves: PA-7
#[test]
fn a_charge_given_back_at_the_sellers_cost_takes_what_the_seller_was_credited_and_no_more() {
    let mut scene = scene(true, 50_000);
    let listing = scene.listing.clone();
    let user = scene.user;
    let mut buyer = std::mem::replace(
        &mut scene.buyer,
        Holder::born("spare", &mut scene.world.world, Currency::JPY, &[6; 32]).unwrap(),
    );
    scene.world.buy(&mut buyer, &listing, user).unwrap();
    scene.world.wait(Span::seconds(20));
    let seller = scene.world.world.seller();
    let owed = |scene: &Scene| {
        let owed = scene
            .world
            .at_approver(move |approver, tx| Ok(approver.owed_to(tx, seller)?));
        owed.unwrap().minor()
    };
    // A fiftieth is the approver's.
    assert_eq!(
        (owed(&scene), scene.world.figure("part of sales")),
        (PRICE - PRICE / 50, PRICE / 50)
    );
    assert_eq!(scene.owed(), PRICE);
    let now = scene.world.world.now();
    scene
        .world
        .at_approver(move |approver, tx| {
            let line = approver.lines(tx, user, 1)?.remove(0);
            Ok(approver.settle_dispute(tx, line.id, approver::Outcome::BySeller, now)?)
        })
        .unwrap();
    assert_eq!((owed(&scene), scene.world.figure("part of sales")), (0, 0));
    assert_eq!((scene.owed(), scene.room()), (0, 50_000));
    scene.adds_up();
}

/// A month's statement is what the books say: every movement once, in its month, and the balance before and after.
///
/// proves: PA-10
#[test]
fn a_statement_leads_from_what_was_owed_to_what_is() {
    let mut scene = scene(true, 50_000);
    let (listing, user) = (scene.listing.clone(), scene.user);
    let mut buyer = std::mem::replace(
        &mut scene.buyer,
        Holder::born("spare", &mut scene.world.world, Currency::JPY, &[6; 32]).unwrap(),
    );
    let told = |scene: &Scene, from: Moment, to: Moment| {
        let told = scene
            .world
            .at_approver(move |approver, tx| Ok(approver.moves(tx, user, from, to)?));
        let told = told.unwrap();
        let lines = told.moves.iter().map(|one| {
            let what = match &one.what {
                Moved::Charged(Some(_)) => "charged",
                Moved::Charged(None) => "charged, for nobody knows what",
                Moved::GivenBack(_) => "given back",
                Moved::Paid => "paid",
                Moved::Filled => "filled",
                Moved::Drained => "drained",
            };
            (what, one.means, one.amount.minor(), one.costs)
        });
        (told.opening.minor(), told.closing.minor(), lines.collect::<Vec<_>>())
    };
    let began = scene.world.world.now();
    for _ in 0..2 {
        scene.world.buy(&mut buyer, &listing, user).unwrap();
        scene.world.wait(Span::seconds(20));
    }
    scene.world.wait(Span::days(3));
    let later = scene.world.world.now();
    scene
        .world
        .at_approver(move |approver, tx| {
            let line = approver.lines(tx, user, 1)?.remove(0);
            approver.settle_dispute(tx, line.id, approver::Outcome::BySeller, later)?;
            approver.bill_paid(tx, TransferId([9; 16]), user, yen(1_000), later)?;
            Ok(approver.fill(tx, TransferId([8; 16]), user, Means::Points, yen(70), later)?)
        })
        .unwrap();
    let end = later.plus(Span::days(1));
    let charged = ("charged", Means::Credit, PRICE, true);
    assert_eq!(told(&scene, began, later), (0, 2 * PRICE, vec![charged, charged]));
    let (opening, closing, mut lines) = told(&scene, later, end);
    lines.sort_by_key(|line| line.0);
    assert_eq!((opening, closing), (2 * PRICE, PRICE - 1_000));
    let expected = [
        ("filled", Means::Points, 70, false),
        ("given back", Means::Credit, PRICE, false),
        ("paid", Means::Credit, 1_000, false),
    ];
    assert_eq!(lines, expected);
    let (opening, closing, lines) = told(&scene, began, end);
    assert_eq!((opening, closing, lines.len()), (0, PRICE - 1_000, 5));
    assert_eq!(
        told(&scene, end, end.plus(Span::days(30))),
        (closing, closing, Vec::new())
    );
}
