//! A thief between two cards, and a thief who is one of them: the terminal drops, repeats, alters, delays, swaps cards and
//! shows another fare; the hacked card signs whatever it likes. Nobody gains anything.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod hand;
mod world;

use card::{Card, Decided, Memory, PayFailure, Quoted, Settled, Want};
use deal::wire::{GiftSheet, OutcomeSheet, PaySheet};
use deal::{Kind, PayRefusal, Slip, Tender, VoidReason};
use hand::*;
use license::{Document, Link, Route};
use seal::{Audience, Kind as Sealed, cbor};
use units::{DealId, LicenseId, PartyId, Refusal, Share, Span};
use world::*;

fn open_quote(world: &mut World, giver: &Card<Memory>, license: LicenseId) -> Quoted {
    let _ = world;
    let permit = giver.permit(Kind::Copy, Some(license), LATER).unwrap();
    giver.open_quote(&permit, NOW).unwrap()
}

/// proves: SD-8 row-82 row-27
#[test]
fn no_altered_byte_of_any_of_the_five_messages_is_taken() {
    let mut world = world(Route::Chain);
    let (mut giver, license) = owner(&mut world, 1);
    let mut friend = rich(&mut world, 2, 500);
    let permit = giver.permit(Kind::Copy, Some(license), LATER).unwrap();
    let asked = friend.ask_copy(None, &world.fresh()).unwrap();
    let flips = |bytes: &[u8], step: usize| -> Vec<Vec<u8>> {
        let flip = |at: usize| {
            let mut bad = bytes.to_vec();
            bad[at] ^= 1 << (at % 8);
            bad
        };
        (0..bytes.len()).step_by(step).map(flip).collect()
    };
    // An altered question gets an answer at best that this card does not take.
    for bad in flips(&asked.bytes(), 3) {
        if let Ok(quoted) = giver.quote(&bad, &permit, None, NOW, &world.fresh()) {
            assert!(
                friend
                    .read_quote(quoted.message.bytes(), Some(&asked), None, NOW)
                    .is_err()
            );
        }
    }
    let quoted = giver.quote(&asked.bytes(), &permit, None, NOW, &world.fresh()).unwrap();
    for bad in flips(quoted.message.bytes(), 17) {
        assert!(friend.read_quote(&bad, Some(&asked), None, NOW).is_err());
    }
    let checked = friend
        .read_quote(quoted.message.bytes(), Some(&asked), None, NOW)
        .unwrap();
    let (_, pay) = pay(&mut world, &mut friend, &checked);
    let before = giver.state().clone();
    for bad in flips(&pay, 97) {
        assert!(giver.decide(&bad, NOW, &world.fresh()).is_err());
    }
    assert_eq!(*giver.state(), before);
    let given = decide(&mut world, &mut giver, &pay);
    let before = friend.state().clone();
    for bad in flips(&settle_of(&given), 97) {
        assert!(friend.settle(&bad, NOW, &world.fresh()).is_err());
    }
    assert_eq!(*friend.state(), before);
    let Settled::Given { done, .. } = friend.settle(&settle_of(&given), NOW, &world.fresh()).unwrap() else {
        panic!()
    };
    for bad in flips(done.bytes(), 29) {
        assert!(giver.take_done(&bad, &world.fresh()).is_err());
    }
    assert_eq!(giver.state().given.len(), 1);
    assert_eq!(giver.take_done(done.bytes(), &world.fresh()).unwrap().len(), 1);
}

/// proves: SD-8 S11 row-1
#[test]
fn a_terminal_that_shows_another_fare_gets_no_money_for_it() {
    let mut world = world(Route::Chain);
    let (mut giver, license) = owner(&mut world, 1);
    let mut friend = rich(&mut world, 2, 500);
    let (cheap, _) = quoted(&mut world, &mut giver, &friend, Kind::Copy, license);
    // The terminal shows the holder one quote and brings the card another one to pay.
    let (other, _) = quoted(&mut world, &mut giver, &friend, Kind::Copy, license);
    let ok = friend.confirm(&cheap, PIN, &world.fresh()).unwrap();
    let no = friend
        .pay(&other, ok, &Want::default(), NOW, &world.fresh())
        .unwrap_err();
    assert_eq!(no, PayFailure::Refused(PayRefusal::ConsentDiffers));
    // A hacked giver's quote with any other figure than the publisher's never gets as far as a page.
    let hacked = Hacked::new(&world, 61);
    type Bend = fn(&mut deal::Quote);
    let bends: [(&str, Bend); 10] = [
        ("fare", |q| q.price = yen(101)),
        ("fare", |q| q.price = yen(0)),
        ("payee", |q| q.payee = PartyId([61; 16])),
        ("route of fares", |q| q.route = Route::Latest),
        ("generation", |q| q.generation = 0),
        ("generation", |q| q.generation = 9),
        ("rights", |q| q.rights.plays = Some(1)),
        ("terms", |q| q.policy = Some(units::Hash([1; 32]))),
        ("work", |q| q.offer = Some(units::Hash([1; 32]))),
        ("ways to pay", |q| q.accepts.push(license::TenderKind::Charge)),
    ];
    for (what, bend) in bends {
        let asked = friend.ask_copy(None, &world.fresh()).unwrap();
        let mut quote = deal::Quote {
            giver: hacked.tag.0,
            ask: Some(asked.ask.hash()),
            ..cheap.quote().clone()
        };
        bend(&mut quote);
        let bytes = hacked.quote(&asked.ask, &quote, &world.sheet(), &world);
        let no = friend.read_quote(&bytes, Some(&asked), None, NOW).unwrap_err();
        assert_eq!(no, card::QuoteRefusal::Differs(what));
    }
}

/// proves: SD-2 S6 row-13 row-82
#[test]
fn a_terminal_that_swaps_cards_or_repeats_what_it_saw_gains_nothing() {
    let mut world = world(Route::Chain);
    let (mut giver, license) = owner(&mut world, 1);
    let (mut other, _) = owner(&mut world, 4);
    let (mut two, mut three) = (rich(&mut world, 2, 500), rich(&mut world, 3, 500));
    let (_, pay) = paying(&mut world, &mut giver, &mut two, Kind::Copy, license);
    assert_eq!(
        other.decide(&pay, NOW, &world.fresh()).unwrap_err().code(),
        "pay-for-another"
    );
    let first = decide(&mut world, &mut giver, &pay);
    for _ in 0..3 {
        let again = decide(&mut world, &mut giver, &pay);
        assert!(matches!(again, Decided::Again { .. }));
        assert_eq!(settle_of(&again), settle_of(&first), "the same bytes");
    }
    assert_eq!((giver.state().give_no, giver.copies_made(license)), (1, 1));
    let settle = settle_of(&first);
    assert_eq!(
        three.settle(&settle, NOW, &world.fresh()).unwrap_err().code(),
        "settle-for-another"
    );
    // The thief asks with a key of its own: it learns one quote, and no card takes that quote for an answer.
    let permit = giver.permit(Kind::Copy, Some(license), LATER).unwrap();
    let thief = three.ask_copy(None, &world.fresh()).unwrap();
    let quoted = giver.quote(&thief.bytes(), &permit, None, NOW, &world.fresh()).unwrap();
    let mine = two.ask_copy(None, &world.fresh()).unwrap();
    let no = two
        .read_quote(quoted.message.bytes(), Some(&mine), None, NOW)
        .unwrap_err();
    assert_eq!(no.code(), "quote-for-another");
    two.settle(&settle, NOW, &world.fresh()).unwrap();
    assert_eq!(
        (money(&world, &two), money(&world, &three)),
        ((400, 0, 100), (500, 0, 0))
    );
}

/// proves: S5 S6 row-13 row-17 row-29
#[test]
fn a_hacked_receiver_gets_no_key_for_money_that_is_not_right() {
    let mut world = world(Route::Chain);
    let (mut giver, license) = owner(&mut world, 1);
    let quoted = open_quote(&mut world, &giver, license);
    let hacked = Hacked::new(&world, 62);
    let slip = |sheet: &mut PaySheet, bend: fn(&mut Slip)| {
        let Some(Tender::Slip(slip)) = sheet.pay.tenders.first_mut() else {
            panic!()
        };
        bend(slip);
    };
    let sealed_anew = |world: &World, sheet: &mut PaySheet, bend: fn(&mut Slip)| {
        slip(sheet, bend);
        let Some(Tender::Slip(slip)) = sheet.pay.tenders.first_mut() else {
            panic!()
        };
        sheet.proof = Some(hacked.seal(world, slip, 0));
    };
    // Not even decided: the parts of the slip do not agree, the quote is another, a tag is somebody else's.
    let before = giver.state().clone();
    let refused = |giver: &mut Card<Memory>, code: &str, bend: &dyn Fn(&mut PaySheet)| {
        let (_, pay) = hacked.pay(&world, &quoted, |sheet| bend(sheet));
        assert_eq!(giver.decide(&pay, NOW, &seed(1)).unwrap_err().code(), code);
    };
    refused(&mut giver, "pay-slip-forged", &|s| slip(s, |slip| slip.amount = yen(1)));
    refused(&mut giver, "pay-slip-forged", &|s| {
        slip(s, |slip| slip.sealed = vec![0; 60].into())
    });
    refused(&mut giver, "pay-slip-forged", &|s| s.proof = None);
    refused(&mut giver, "pay-slip-forged", &|s| s.pay.pay_no = 7);
    refused(&mut giver, "pay-other-quote", &|s| s.pay.quote.price = yen(0));
    refused(&mut giver, "pay-other-quote", &|s| s.pay.quote.generation = 0);
    refused(&mut giver, "pay-other-quote", &|s| {
        s.giver = Some(hacked.certificate.clone())
    });
    refused(&mut giver, "receiver-not-verified", &|s| {
        s.pay.receiver = units::Tag([9; 16])
    });
    assert_eq!(*giver.state(), before);
    // Decided, and void: the fare is not the price, it is made out to a friend, or the room for the fares is a lie.
    let mut voided = |bend: &dyn Fn(&mut PaySheet), why: VoidReason| {
        let quoted = open_quote(&mut World::new(), &giver, license);
        let (_, pay) = hacked.pay(&world, &quoted, |sheet| bend(sheet));
        let decided = giver.decide(&pay, NOW, &seed(2)).unwrap();
        assert!(
            matches!(decided, Decided::Void { reason, .. } if reason == why),
            "{decided:?}"
        );
    };
    voided(
        &|s| sealed_anew(&world, s, |slip| slip.amount = yen(1)),
        VoidReason::Tender,
    );
    voided(
        &|s| sealed_anew(&world, s, |slip| slip.payee = PartyId([62; 16])),
        VoidReason::Tender,
    );
    voided(
        &|s| sealed_anew(&world, s, |slip| slip.route = Route::Till),
        VoidReason::Tender,
    );
    voided(&|s| s.pay.tenders.clear(), VoidReason::Tender);
    voided(&|s| s.pay.winner = deal::Side::Giver, VoidReason::Winner);
    voided(&|s| s.pay.room = 0, VoidReason::Room);
    assert_eq!((giver.state().give_no, giver.copies_made(license)), (6, 0));
    // And an honest one is given to.
    let quoted = open_quote(&mut World::new(), &giver, license);
    let (_, pay) = hacked.pay(&world, &quoted, |_| {});
    assert!(matches!(
        giver.decide(&pay, NOW, &seed(3)).unwrap(),
        Decided::Given { .. }
    ));
}

/// proves: row-12 row-36
#[test]
fn certificates_end_what_a_clone_may_do_and_never_what_was_begun() {
    let mut world = world(Route::Chain);
    let (mut giver, license) = owner(&mut world, 1);
    let week = after(Span::days(6));
    let permit = giver.permit(Kind::Copy, Some(license), week).unwrap();
    let quoted = giver.open_quote(&permit, NOW).unwrap();
    let hacked = Hacked::until(&world, 63, after(Span::days(1)));
    let (_, pay) = hacked.pay(&world, &quoted, |_| {});
    let late = giver.decide(&pay, after(Span::days(2)), &world.fresh()).unwrap();
    assert!(matches!(
        late,
        Decided::Void {
            reason: VoidReason::Certificate,
            ..
        }
    ));
    // A giver whose own certificates have ended, or who was away too long, says so instead of quoting.
    let ask = giver.ask_copy(None, &world.fresh()).unwrap();
    let long = giver.permit(Kind::Copy, Some(license), after(Span::days(99))).unwrap();
    let silent = giver
        .quote(&ask.bytes(), &long, None, after(Span::days(61)), &world.fresh())
        .unwrap_err();
    assert_eq!(silent.code(), "silent-too-long");
    let ended = giver
        .quote(&ask.bytes(), &long, None, after(Span::days(15)), &world.fresh())
        .unwrap_err();
    assert_eq!(ended.code(), "no-transfer-certificate");
    // What was paid in time is settled however late the answer comes.
    let mut friend = rich(&mut world, 2, 500);
    let (_, pay) = paying(&mut world, &mut giver, &mut friend, Kind::Copy, license);
    let given = decide(&mut world, &mut giver, &pay);
    let settled = friend
        .settle(&settle_of(&given), after(Span::days(300)), &world.fresh())
        .unwrap();
    assert!(matches!(settled, Settled::Given { .. }));
}

/// A license document that a hacked giver makes up: its link after the real chain's, or instead of it.
fn made_up(
    world: &World,
    by: u8,
    from: &Document,
    deal: DealId,
    sheet: &PaySheet,
    bend: impl FnOnce(&mut Link),
) -> Document {
    let to = world.receiver_of(sheet);
    let before = from.last_link(world.id).unwrap();
    let mut link = Link {
        after: seal::hash(from.links.last().unwrap()),
        generation: 1,
        receiver: to,
        deal,
        serial: None,
        ..before
    };
    bend(&mut link);
    let bound = license::bound_to(world.id, link.offer, link.header, to.tag, link.generation, Share::Whole);
    let key = seal::ContentSecret::new(*world.key.secret_bytes_for_wrapping());
    let wrap = license::wrap_key(&to.seal, &bound, Share::Whole, &key, &seed(4)).unwrap();
    let mut document = from.clone();
    document
        .links
        .push(seal::sign(&signer(by), Sealed::Link, world.id, Audience::Anyone, &link).into());
    document.wraps = vec![wrap];
    document
}

/// proves: SD-11 S9 row-18 row-19 row-22 row-29
#[test]
fn a_hacked_giver_can_close_nothing_with_a_license_that_is_none_or_fares_that_do_not_belong() {
    let mut world = world(Route::Chain);
    let (giver, license) = owner(&mut world, 1);
    let mut friend = rich(&mut world, 2, 500);
    let hacked = Hacked::new(&world, 64);
    // It quotes a work it never bought, as any certified card can.
    let honest = open_quote(&mut world, &giver, license).quote;
    let asked = friend.ask_copy(None, &world.fresh()).unwrap();
    let quote = deal::Quote {
        giver: hacked.tag.0,
        ask: Some(asked.ask.hash()),
        slips: 1,
        ..honest
    };
    let bytes = hacked.quote(&asked.ask, &quote, &world.sheet(), &world);
    let checked = friend.read_quote(&bytes, Some(&asked), None, NOW).unwrap();
    let (deal, pay) = pay(&mut world, &mut friend, &checked);
    let (opened, sheet) = hacked.open(&world, &pay);
    assert_eq!(opened, deal);
    // Its only material: a real license of somebody else, got hold of as bytes.
    let stolen = Document::parse(&giver.state().licenses[&license].document).unwrap();
    let slip = |payee: PartyId, title: u8| Slip {
        amount: yen(100),
        payee,
        title: units::ContentId([title; 16]),
        route: Route::Chain,
        sealed: vec![0; 188].into(),
    };
    let own = made_up(&world, 64, &stolen, deal, &sheet, |_| {});
    let shorter = Document {
        links: vec![own.links[1].clone()],
        ..own.clone()
    };
    let by_seller_key = |bend: fn(&mut Link)| made_up(&world, 64, &stolen, deal, &sheet, bend);
    let documents = [
        ("license-chain-broken", own.clone()),
        ("license-chain-broken", shorter),
        ("license-for-another-card", stolen.clone()),
        ("license-chain-broken", by_seller_key(|l| l.generation = 0)),
        (
            "license-chain-broken",
            by_seller_key(|l| l.support = Some(vec![1, 2, 3].into())),
        ),
    ];
    let publisher = world.publisher;
    for (code, document) in documents {
        let gift = GiftSheet {
            document: Some(cbor::to_bytes(&document).into()),
            ..GiftSheet::default()
        };
        let bytes = hacked.settle(&world, deal, &sheet, OutcomeSheet::Given(gift));
        assert_eq!(friend.settle(&bytes, NOW, &world.fresh()).unwrap_err().code(), code);
        assert_eq!((friend.state().paid.len(), friend.state().licenses.len()), (1, 0));
    }
    for slips in [
        vec![slip(publisher, 2), slip(publisher, 2)],
        vec![slip(PartyId([64; 16]), 2)],
        vec![slip(publisher, 9)],
    ] {
        let gift = GiftSheet {
            slips,
            ..GiftSheet::default()
        };
        let bytes = hacked.settle(&world, deal, &sheet, OutcomeSheet::Given(gift));
        let no = friend.settle(&bytes, NOW, &world.fresh()).unwrap_err();
        assert_eq!(no.code(), "settle-another-license");
    }
    let gift = GiftSheet {
        credit: Some(yen(1000)),
        document: Some(cbor::to_bytes(&own).into()),
        ..GiftSheet::default()
    };
    let bytes = hacked.settle(&world, deal, &sheet, OutcomeSheet::Given(gift));
    assert!(
        friend.settle(&bytes, NOW, &world.fresh()).is_err(),
        "no purse is filled by a card"
    );
    // The fare is set aside, not taken: named on the card until the giver's word or the issuer's ends it.
    assert_eq!(money(&world, &friend), (400, 100, 0));
    let void = hacked.settle(&world, deal, &sheet, OutcomeSheet::Void(VoidReason::License));
    friend.settle(&void, NOW, &world.fresh()).unwrap();
    assert_eq!(money(&world, &friend), (500, 0, 0));
}

/// proves: row-25 row-26
#[test]
fn a_peer_that_starts_and_breaks_off_fills_nothing() {
    let mut world = world(Route::Chain);
    let (mut giver, license) = owner(&mut world, 1);
    let mut friend = rich(&mut world, 2, 500);
    let (writes, tags) = (giver.journal().records.len(), giver.state().tags.len());
    for _ in 0..40 {
        let (checked, _) = quoted(&mut world, &mut giver, &friend, Kind::Copy, license);
        assert!(friend.dry_run(&checked, &Want::default(), NOW).is_ok());
    }
    assert_eq!(
        (giver.journal().records.len(), giver.state().tags.len()),
        (writes, tags)
    );
    assert!(friend.state().paid.is_empty() && giver.state().given.is_empty());
    // A receiver that pays and never closes holds one record of sixteen; the giver says so before it is asked for more.
    for n in 0..16u8 {
        let quoted = open_quote(&mut world, &giver, license);
        let (_, pay) = Hacked::new(&world, 100 + n).pay(&world, &quoted, |_| {});
        assert!(matches!(
            giver.decide(&pay, NOW, &world.fresh()).unwrap(),
            Decided::Given { .. }
        ));
    }
    let permit = giver.permit(Kind::Copy, Some(license), LATER).unwrap();
    let no = giver.open_quote(&permit, NOW).unwrap_err();
    assert_eq!(no.code(), "giver-full");
    assert!(giver.open().len() == 16 && plays(&mut world, &mut giver, license));
    // The issuer's clearance frees them all, and nothing was lost.
    let report = giver.report(seal::Class::Software, NOW, &world.fresh()).unwrap();
    let answer = world.clear(&giver, report.bytes(), Default::default(), |_| {});
    giver.cleared(&answer, NOW, &world.fresh()).unwrap();
    assert!(giver.open().is_empty());
    hand_on(&mut world, &mut giver, &mut friend, Kind::Copy, license);
}
