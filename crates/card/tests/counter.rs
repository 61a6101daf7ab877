//! A counter that is itself a card: it sells, offline, to the edition's last number, into a till nobody but the payee empties.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod hand;
mod world;

use card::{Card, Decided, Memory, OpenSide, Settled, Todo};
use deal::{Kind, VoidReason};
use hand::*;
use license::{OfferSheet, PREVIEW_TYPES, Publication, Quota, Route, WorkKind};
use seal::{Audience, Claims, ContentSecret, Kind as Sealed, Role};
use units::{OfferNo, PartyId, Refusal, Share};
use world::*;

const STALL: PartyId = PartyId([29; 16]);
const NUMBER: OfferNo = OfferNo(204);

/// The offer as the stall may sell it, and its publication for that stall.
fn published(
    world: &mut World,
    stall: &Card<Memory>,
    edition: Option<u32>,
    sellers: Vec<PartyId>,
) -> (OfferSheet, Vec<u8>) {
    let mut offer = world.offer();
    offer.sellers = sellers;
    offer.edition = edition;
    let sheet = world.sheet_of(&offer);
    let (_, seal_to) = stall.counter_keys();
    let key = ContentSecret::new(*world.key.secret_bytes_for_wrapping());
    let places = (
        (world.id, world.publisher, STALL),
        (world.header.hash(), world.key.id().0),
    );
    let sealed = license::seal_content_key(&seal_to, places.0, places.1, &key, &world.fresh()).unwrap();
    let preview = b"a preview";
    let it = Publication {
        publisher: sheet.publisher.clone(),
        policy: sheet.policy.clone(),
        offers: vec![sheet.offer.clone()],
        header: world.header.hash(),
        key_id: world.key.id().0,
        package_len: 1_100_000,
        key_sealed: sealed.into(),
        kind: WorkKind::Sound,
        preview_type: PREVIEW_TYPES[0].into(),
        preview: seal::hash(preview),
        at: NOW,
        tracks: None,
    };
    (
        sheet,
        license::sign_publication(&signer(22), world.id, STALL, &it, preview),
    )
}

fn certified(world: &World, card: &Card<Memory>) -> Vec<u8> {
    let (sign, seal) = card.counter_keys();
    let claims = Claims {
        sign,
        seal,
        ..claims(12, STALL.0, 29, Role::Seller, "Stall by the Pier")
    };
    seal::issue(&signer(12), world.id, &claims)
}

/// A stall with one work on its shelf.
fn stall(world: &mut World, edition: Option<u32>) -> (Card<Memory>, OfferSheet) {
    let mut stall = world.card(30);
    let certificate = certified(world, &stall);
    assert_eq!(stall.open_counter(&certificate, NOW, &world.fresh()).unwrap(), STALL);
    let (sheet, bundle) = published(world, &stall, edition, vec![STALL]);
    stall.stock((&bundle, NUMBER), None, None, NOW, &world.fresh()).unwrap();
    (stall, sheet)
}

/// Up to the payment.
fn paying_at(world: &mut World, stall: &Card<Memory>, sheet: &OfferSheet, buyer: &mut Card<Memory>) -> Vec<u8> {
    let asked = buyer.ask_sale(NUMBER, &world.fresh()).unwrap();
    let quoted = stall.sell(&asked.bytes(), NOW, &world.fresh()).unwrap();
    let checked = buyer
        .read_quote(quoted.message.bytes(), Some(&asked), Some(sheet), NOW)
        .unwrap();
    assert_eq!(
        (checked.giver_name(), checked.quote().price),
        ("Stall by the Pier", yen(300))
    );
    pay(world, buyer, &checked).1
}

/// proves: SD-1 SD-2 SD-13 S3
#[test]
fn a_counter_that_is_a_card_sells_into_its_till_and_the_buyer_may_hand_on() {
    let mut world = world(Route::Chain);
    let (mut stall, sheet) = stall(&mut world, None);
    let mut buyer = rich(&mut world, 1, 500);
    let pay = paying_at(&mut world, &stall, &sheet, &mut buyer);
    let open = buyer.open();
    assert_eq!((open[0].side, open[0].todo), (OpenSide::Paid, Todo::MeetOrGoOnline));
    let tags = stall.state().tags.len();
    let given = decide(&mut world, &mut stall, &pay);
    let Decided::Given { kind, fare, .. } = &given else {
        panic!("{given:?}")
    };
    assert_eq!((*kind, *fare), (Kind::Sale, Some(yen(300))));
    assert_eq!(stall.state().tags.len(), tags, "a seller speaks under its own name");
    assert_eq!((money(&world, &stall), stall.shelf()[0].sold()), ((0, 0, 300), 1));
    let settled = buyer.settle(&settle_of(&given), NOW, &world.fresh()).unwrap();
    let Settled::Given {
        license: Some(id),
        done,
        ..
    } = settled
    else {
        panic!()
    };
    assert_eq!(stall.take_done(done.bytes(), &world.fresh()).unwrap().len(), 1);
    assert!(stall.open().is_empty() && plays(&mut world, &mut buyer, id));
    assert_eq!(buyer.state().facts(world.publisher).count, 1, "a direct purchase");
    let mut friend = rich(&mut world, 2, 500);
    hand_on(&mut world, &mut buyer, &mut friend, Kind::Copy, id);
    assert_eq!(money(&world, &friend).2, 100);
    // The till is the publisher's: it stays when the stall's card wakes again, and no sale or copy ever takes from it.
    assert_eq!(money(&world, &wake(&stall, 30).unwrap()).2, 300);
}

/// proves: SD-12 S13
#[test]
fn an_edition_of_two_sells_two_each_with_its_number_and_a_repeat_sells_nothing() {
    let mut world = world(Route::Chain);
    let (mut stall, sheet) = stall(&mut world, Some(2));
    let mut serials = vec![];
    let mut buyers: Vec<Card<Memory>> = (1..=3).map(|n| rich(&mut world, n, 500)).collect();
    let pays: Vec<Vec<u8>> = (0..2)
        .map(|n| paying_at(&mut world, &stall, &sheet, &mut buyers[n]))
        .collect();
    // Both were quoted under one number: the first to pay gets it, the second asks again.
    let first = decide(&mut world, &mut stall, &pays[0]);
    let void = decide(&mut world, &mut stall, &pays[1]);
    assert!(matches!(
        void,
        Decided::Void {
            reason: VoidReason::Passed,
            ..
        }
    ));
    buyers[1].settle(&settle_of(&void), NOW, &world.fresh()).unwrap();
    assert!(matches!(
        decide(&mut world, &mut stall, &pays[0]),
        Decided::Again { .. }
    ));
    let again = paying_at(&mut world, &stall, &sheet, &mut buyers[1]);
    let second = decide(&mut world, &mut stall, &again);
    for (n, given) in [(0, &first), (1, &second)] {
        let settled = buyers[n].settle(&settle_of(given), NOW, &world.fresh()).unwrap();
        let Settled::Given { license: Some(id), .. } = settled else {
            panic!()
        };
        let held = buyers[n].state().licenses[&id].clone();
        serials.push(buyers[n].license_of(&held).unwrap().link.serial);
    }
    assert_eq!(serials, [Some(0), Some(1)]);
    assert_eq!((stall.shelf()[0].left(), stall.shelf()[0].sold()), (Some(0), 2));
    let asked = buyers[2].ask_sale(NUMBER, &world.fresh()).unwrap();
    assert_eq!(
        stall.sell(&asked.bytes(), NOW, &world.fresh()).unwrap_err().code(),
        "give-limit"
    );
}

/// proves: SD-12 SD-28
#[test]
fn a_counter_sells_only_what_was_published_for_it_and_only_its_own_numbers() {
    let mut world = world(Route::Chain);
    let mut stall = world.card(30);
    let (_, bundle) = published(&mut world, &stall, None, vec![STALL]);
    let no = stall
        .stock((&bundle, NUMBER), None, None, NOW, &world.fresh())
        .unwrap_err();
    assert_eq!(no.code(), "counter-not-a-seller");
    let other = world.card(31);
    let for_other = certified(&world, &other);
    assert_eq!(
        stall.open_counter(&for_other, NOW, &world.fresh()).unwrap_err().code(),
        "counter-other-keys"
    );
    let mine = certified(&world, &stall);
    stall.open_counter(&mine, NOW, &world.fresh()).unwrap();
    let (_, unnamed) = published(&mut world, &stall, None, vec![PartyId([21; 16])]);
    let no = stall
        .stock((&unnamed, NUMBER), None, None, NOW, &world.fresh())
        .unwrap_err();
    assert_eq!(no.code(), "counter-publication");
    // An edition with several sellers is sold by the publisher's quota.
    let two = vec![STALL, PartyId([21; 16])];
    let (sheet, shared) = published(&mut world, &stall, Some(10), two);
    let no = stall
        .stock((&shared, NUMBER), None, None, NOW, &world.fresh())
        .unwrap_err();
    assert_eq!(no.code(), "edition-without-quota");
    let quota = |by: u8, to: u32, world: &World| {
        let quota = Quota {
            publisher: world.publisher,
            number: NUMBER,
            from: 7,
            to,
        };
        seal::sign(&signer(by), Sealed::Quota, world.id, Audience::from(STALL), &quota)
    };
    for (bad, code) in [
        (quota(21, 9, &world), "counter-quota-forged"),
        (quota(22, 11, &world), "edition-without-quota"),
        (quota(22, 7, &world), "edition-without-quota"),
    ] {
        let no = stall
            .stock((&shared, NUMBER), Some(&bad), None, NOW, &world.fresh())
            .unwrap_err();
        assert_eq!(no.code(), code);
    }
    let good = quota(22, 9, &world);
    stall
        .stock((&shared, NUMBER), Some(&good), None, NOW, &world.fresh())
        .unwrap();
    let mut buyer = rich(&mut world, 1, 500);
    let pay = paying_at(&mut world, &stall, &sheet, &mut buyer);
    let given = decide(&mut world, &mut stall, &pay);
    let Settled::Given { license: Some(id), .. } = buyer.settle(&settle_of(&given), NOW, &world.fresh()).unwrap()
    else {
        panic!()
    };
    let held = buyer.state().licenses[&id].clone();
    assert_eq!(buyer.license_of(&held).unwrap().link.serial, Some(7));
    // Brought again, it does not begin anew.
    stall
        .stock((&shared, NUMBER), Some(&good), None, NOW, &world.fresh())
        .unwrap();
    assert_eq!((stall.shelf().len(), stall.shelf()[0].left()), (1, Some(1)));
}

/// proves: SD-25 SD-1 S6 row-14
#[test]
fn a_share_is_sold_with_its_package_at_hand_and_a_cut_at_the_counter_loses_nothing() {
    let mut world = world(Route::Chain);
    world.rights.share = Share::Tenth;
    let mut stall = world.card(30);
    let mine = certified(&world, &stall);
    stall.open_counter(&mine, NOW, &world.fresh()).unwrap();
    let (sheet, bundle) = published(&mut world, &stall, None, vec![STALL]);
    let no = stall
        .stock((&bundle, NUMBER), None, None, NOW, &world.fresh())
        .unwrap_err();
    assert_eq!(no.code(), "package-needed");
    let header = world.header.clone();
    stall
        .stock((&bundle, NUMBER), None, Some(&header), NOW, &world.fresh())
        .unwrap();
    for holds in [false, true] {
        let mut buyer = rich(&mut world, 1 + u8::from(holds), 500);
        let pay = paying_at(&mut world, &stall, &sheet, &mut buyer);
        stall.journal_mut().writes_left = Some(0);
        stall.journal_mut().fails_after = holds;
        assert!(stall.decide(&pay, NOW, &world.fresh()).is_err());
        stall.journal_mut().writes_left = None;
        stall.journal_mut().fails_after = false;
        stall = wake(&stall, 30).unwrap();
        assert!(meet(&mut world, &mut buyer, &mut stall, Talk::Twice));
        let id = *buyer.state().licenses.keys().next().unwrap();
        let ticket = buyer.begin_play(id, NOW, &world.fresh()).unwrap();
        assert!(buyer.release(&ticket, &world.header, 0, NOW).is_ok());
    }
    assert_eq!((money(&world, &stall).2, stall.shelf()[0].sold()), (600, 2));
}
