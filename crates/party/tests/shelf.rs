//! Pieces, refunds, and an issuer that is silent, refuses, or is impersonated.

mod common;

use common::{Bought, Goods, Holder, World, yen};
use deal::{Kind, ValueKind, VoidReason};
use license::RefundRule;
use party::{Step, Verb};
use units::{Hash, Refusal, Span};

/// Two works on sale, one dear and one cheap, and a buyer with 4000 on the card.
fn two_works() -> (World, Holder) {
    let mut world = World::new();
    world.publish(&Goods::default());
    world.publish(&Goods {
        number: 300,
        content: 9,
        price: 10,
        ..Goods::default()
    });
    let mut buyer = Holder::new(&mut world, 1);
    let opened = world.account(5000);
    buyer.put(opened.value, opened.signed);
    buyer.load(&mut world, 4000).gift();
    (world, buyer)
}

/// proves: SD-12 row-6
#[test]
fn an_edition_of_two_sells_two_and_a_piece_comes_back_with_its_license_only() {
    let mut world = World::new();
    world.publish(&Goods {
        edition: Some(2),
        price: 100,
        ..Goods::default()
    });
    let mut buyer = Holder::new(&mut world, 1);
    let opened = world.account(5000);
    buyer.put(opened.value, opened.signed);
    buyer.load(&mut world, 4000).gift();
    let shop = world.shop.party.id();
    let node = world.shop.party.clone();
    let left = |world: &World| {
        let node = node.clone();
        let pieces = world.shop.store.read(move |v| node.pieces(v, units::OfferNo(204)));
        let pieces = pieces.unwrap().unwrap();
        assert_eq!(pieces.size, 2);
        Some(pieces.left)
    };
    // Three quotes while two are there.
    let quotes: Vec<_> = (0..3)
        .map(|_| buyer.ask_sale(&mut world, Kind::Sale, 204).unwrap())
        .collect();
    let mut pays: Vec<_> = Vec::new();
    for (n, (quote, quoted)) in quotes.iter().enumerate() {
        let mut twin = buyer.clone();
        twin.state.tags.drain(..n);
        twin.state.pay_no += n as u64;
        let (_, sealed) = twin.commit(&mut world, quote, quoted, &[]);
        pays.push((twin, sealed));
    }
    let mut serials = Vec::new();
    let mut ids = Vec::new();
    for (twin, sealed) in &mut pays {
        match twin.pay(&mut world, shop, sealed).unwrap() {
            Bought::Given(_) => {
                serials.push(twin.licenses[0].link.serial);
                ids.push(twin.licenses[0].id);
            }
            other => assert_eq!(other, Bought::Void(VoidReason::SoldOut)),
        }
    }
    assert_eq!((serials, left(&world)), (vec![Some(0), Some(1)], Some(0)));
    assert_eq!(
        buyer.ask_sale(&mut world, Kind::Sale, 204).unwrap_err().code(),
        "sold-out"
    );
    world.all_is_well();
    // One comes back, one is sold: the same number, once.
    let twin = &mut pays[1].0;
    twin.surrender(&mut world, ids[1]).gift();
    assert_eq!(left(&world), Some(1));
    buyer.state.tags.drain(..6);
    buyer.state.pay_no += 6;
    buyer.buy(&mut world, 204, &[]).gift();
    assert_eq!((buyer.licenses[0].link.serial, left(&world)), (Some(1), Some(0)));
    world.all_is_well();
}

/// proves: row-6 S18
#[test]
fn a_refused_slip_takes_no_piece_and_no_value() {
    let mut world = World::new();
    world.publish(&Goods {
        edition: Some(1),
        ..Goods::default()
    });
    let mut buyer = Holder::new(&mut world, 1);
    let opened = world.account(5000);
    buyer.put(opened.value, opened.signed);
    buyer.load(&mut world, 4000).gift();
    let (node, seed) = (world.shop.party.clone(), world.seed());
    let make = move |tx: &mut dyn store::Tx| node.make_value(tx, ValueKind::Coupon, yen(300), None, None, "", &seed);
    let (coupon, signed) = world.shop.store.write(make).unwrap();
    buyer.put(coupon.clone(), signed);
    let (issuer, card, now) = (world.issuer.party.clone(), buyer.card, world.now);
    assert!(
        world
            .issuer
            .store
            .write(move |tx| issuer.stop(tx, card, party::issuer::StopFor::Fraud, now))
            .unwrap()
    );
    let with = [(coupon.maker, coupon.id)];
    // The shop has not heard that the card was stopped; the issuer has.
    assert_eq!(buyer.buy(&mut world, 204, &with).void(), VoidReason::NotHonoured);
    assert_eq!(
        (buyer.purse(), buyer.state.values.len()),
        (4000, 2),
        "everything is back"
    );
    world.all_is_well();
    // Once it has, the card does not even get that far.
    world.wait(Span::minutes(1));
    world.sweep();
    world.news();
    assert_eq!(buyer.buy(&mut world, 204, &with).void(), VoidReason::Certificate);
    // And the piece and the coupon are good for somebody else.
    let mut friend = Holder::new(&mut world, 2);
    let opened = world.account(5000);
    friend.put(opened.value, opened.signed);
    friend.load(&mut world, 4000).gift();
    let found = buyer
        .state
        .values
        .iter()
        .find(|(v, _)| v.id == coupon.id)
        .unwrap()
        .clone();
    friend.put(found.0, found.1);
    friend.buy(&mut world, 204, &with).gift();
    world.all_is_well();
}

/// proves: row-9 S17
#[test]
fn a_refund_needs_the_buyers_own_license_once_and_in_time() {
    let (mut world, mut buyer) = two_works();
    let shop = world.shop.party.id();
    buyer.buy(&mut world, 204, &[]).gift();
    let license = buyer.licenses[0].id;
    let document = buyer.state.licenses[&license].document.to_vec();
    // Somebody who has seen the license (it travels with every copy) does not get the money for it.
    let mut thief = Holder::new(&mut world, 2);
    let stolen = buyer.state.licenses[&license].clone();
    thief.state.licenses.insert(license, stolen);
    assert_eq!(thief.surrender(&mut world, license).void(), VoidReason::License);
    assert!(thief.state.licenses.contains_key(&license), "what he had he has again");
    // The buyer without the license, with another one, or with a chain that went on.
    let mut ask = buyer.asking(&mut world, Kind::Surrender);
    ask.license = Some(license);
    let (quote, quoted) = buyer.ask(&mut world, shop, &ask).unwrap();
    assert_eq!(quote.credit, Some(yen(1000)));
    let mut longer = license::Document::parse(&document).unwrap();
    longer.links.push(longer.links[0].clone());
    let variants = [None, Some(b"nothing".to_vec()), Some(seal::cbor::to_bytes(&longer))];
    for document in variants {
        let mut paid = buyer.plan(&world, &quote, &[]);
        let sheet = buyer.sheet(&mut world, &mut paid.pay, &quoted, document);
        let (_, sealed, _) = buyer.seal(&mut world, &sheet, &quoted);
        let said = world.answer(shop, Verb::Pay, &sealed);
        let deal::wire::OutcomeSheet::Void(reason) = buyer.open(&world, &said).0.outcome else {
            panic!("given")
        };
        // An order that was refused may be paid by another payment; it is still this buyer's license.
        assert_eq!(reason, VoidReason::License);
    }
    // Once: two cards of one holder race for it.
    let mut twin = buyer.clone();
    twin.state.tags.remove(0);
    twin.state.pay_no += 1;
    let (_, first) = buyer.surrender_begun(&mut world, license).unwrap();
    let (_, second) = twin.surrender_begun(&mut world, license).unwrap();
    buyer.pay(&mut world, shop, &first).unwrap().gift();
    assert_eq!(
        twin.pay(&mut world, shop, &second).unwrap().void(),
        VoidReason::NoRefund
    );
    assert_eq!(
        twin.surrender_begun(&mut world, license)
            .map(|_| ())
            .unwrap_err()
            .code(),
        "license-not-here"
    );
    world.all_is_well();
    // In time.
    buyer.state.tags.remove(0);
    buyer.state.pay_no += 1;
    buyer.buy(&mut world, 204, &[]).gift();
    let license = buyer.licenses[1].id;
    world.wait(Span::days(14));
    let (_, sealed) = buyer.surrender_begun(&mut world, license).unwrap();
    world.wait(Span::minutes(1));
    let said = buyer.pay(&mut world, shop, &sealed).unwrap();
    assert_eq!(said.void(), VoidReason::QuoteEnded);
    assert_eq!(
        buyer
            .surrender_begun(&mut world, license)
            .map(|_| ())
            .unwrap_err()
            .code(),
        "no-refund"
    );
    world.all_is_well();
}

/// proves: row-9
#[test]
fn a_publisher_who_takes_nothing_back_says_so() {
    let mut world = World::new();
    world.publish(&Goods {
        refund: RefundRule::default(),
        ..Goods::default()
    });
    let mut buyer = Holder::new(&mut world, 1);
    let opened = world.account(5000);
    buyer.put(opened.value, opened.signed);
    buyer.load(&mut world, 4000).gift();
    buyer.buy(&mut world, 204, &[]).gift();
    let license = buyer.licenses[0].id;
    assert_eq!(
        buyer
            .surrender_begun(&mut world, license)
            .map(|_| ())
            .unwrap_err()
            .code(),
        "no-refund"
    );
}

/// proves: SD-1
#[test]
fn a_work_only_for_hardware_is_not_sold_to_a_program() {
    let mut world = World::new();
    world.publish(&Goods {
        hardware_only: true,
        ..Goods::default()
    });
    let mut buyer = Holder::new(&mut world, 1);
    let opened = world.account(5000);
    buyer.put(opened.value, opened.signed);
    buyer.load(&mut world, 4000).gift();
    assert_eq!(buyer.buy(&mut world, 204, &[]).void(), VoidReason::License);
    assert_eq!(buyer.purse(), 4000);
}

/// proves: S18 row-52
#[test]
fn while_the_issuer_is_silent_nothing_is_said_above_the_floor() {
    let mut world = World::with(|_, shop| shop.floor = yen(100));
    world.publish(&Goods::default());
    world.publish(&Goods {
        number: 300,
        content: 9,
        price: 100,
        ..Goods::default()
    });
    let mut buyer = Holder::new(&mut world, 1);
    let opened = world.account(5000);
    buyer.put(opened.value, opened.signed);
    buyer.load(&mut world, 4000).gift();
    let (shop, issuer) = (world.shop.party.id(), world.issuer.party.id());
    let (quote, quoted) = buyer.ask_sale(&mut world, Kind::Sale, 204).unwrap();
    let (_, sealed) = buyer.commit(&mut world, &quote, &quoted, &[]);
    world.silent.insert(issuer);
    for _ in 0..3 {
        assert_eq!(buyer.pay(&mut world, shop, &sealed).unwrap(), Bought::NotYet);
    }
    // Within the floor the shop trusts, and the slip is brought later.
    buyer.buy(&mut world, 300, &[]).gift();
    assert_eq!(world.owed(world.publisher.id()), 0);
    world.all_is_well();
    // Long after the quote has ended: what was presented is still given, and not void.
    world.wait(Span::days(3));
    world.silent.clear();
    world.sweep();
    assert_eq!(world.owed(world.publisher.id()), 1100);
    buyer.pay(&mut world, shop, &sealed).unwrap().gift();
    assert_eq!(buyer.purse(), 2900);
    world.all_is_well();
}

/// proves: row-56 S18
#[test]
fn a_forged_or_altered_word_of_the_issuer_changes_nothing() {
    let (mut world, mut buyer) = two_works();
    let shop = world.shop.party.id();
    let (quote, quoted) = buyer.ask_sale(&mut world, Kind::Sale, 204).unwrap();
    let (_, sealed) = buyer.commit(&mut world, &quote, &quoted, &[]);
    let Step::Errand(errand) = world.serve(shop, Verb::Pay, &sealed).unwrap() else {
        panic!("money was paid")
    };
    let good = world.answer(errand.to, errand.verb, &errand.body);
    let realm = world.maker.realm().id();
    let said = seal::parse::<deal::wire::Presented>(&good, seal::Kind::Presented, realm)
        .unwrap()
        .claims()
        .clone();
    let stranger = world.maker.party(seal::Role::Seller, "other").unwrap();
    let issuer = world.maker.party(seal::Role::Issuer, "issuer").unwrap();
    let other = deal::wire::Presented {
        answers: vec![(Hash([1; 32]), deal::issuer::Honour::Honoured)],
    };
    let me = seal::Audience::from(shop);
    let forged = [
        seal::sign(stranger.signer(), seal::Kind::Presented, realm, me, &said),
        seal::sign(
            issuer.signer(),
            seal::Kind::Presented,
            realm,
            seal::Audience::Anyone,
            &said,
        ),
        seal::sign(issuer.signer(), seal::Kind::Presented, realm, me, &other),
        seal::sign(issuer.signer(), seal::Kind::Record, realm, me, &said),
        b"ok".to_vec(),
        Vec::new(),
    ];
    for (n, reply) in forged.iter().enumerate() {
        let step = world.answered(shop, &errand, party::Reply::Answer(reply)).unwrap();
        assert!(matches!(step, Step::NotYet(_)), "forgery {n}: {step:?}");
    }
    let step = world
        .answered(shop, &errand, party::Reply::Refused("too-busy"))
        .unwrap();
    assert!(matches!(step, Step::NotYet(_)));
    let Step::Answer(settle) = world.answered(shop, &errand, party::Reply::Answer(&good)).unwrap() else {
        panic!()
    };
    buyer.take(&mut world, &settle).gift();
    // The same word once more: nothing happens twice.
    assert_eq!(
        world.answered(shop, &errand, party::Reply::Answer(&good)).unwrap(),
        Step::Answer(Vec::new())
    );
    world.all_is_well();
}

/// proves: SD-3
#[test]
fn a_shop_lets_go_of_whom_a_sale_was_to_when_its_time_is_over_and_keeps_its_books() {
    let mut world = World::with(|_, shop| shop.keep_buyers = Some(units::Span::days(30)));
    world.publish(&Goods::default());
    let mut buyer = common::Holder::new(&mut world, 1);
    let opened = world.account(5000);
    buyer.put(opened.value, opened.signed);
    buyer.load(&mut world, 2000).gift();
    buyer.buy(&mut world, 204, &[]).gift();
    let sale = |world: &World| {
        let shop = world.shop.party.clone();
        let filter = party::shop::SalesFilter::default();
        let found = world
            .shop
            .store
            .read(move |view| shop.sales(view, filter, None, 10))
            .unwrap();
        found.into_iter().next().unwrap().1
    };
    let before = sale(&world);
    assert!(before.buyer.is_some());
    world.wait(units::Span::days(29));
    world.sweep();
    assert_eq!(sale(&world), before, "not a day early");
    world.wait(units::Span::days(2));
    world.sweep();
    world.sweep();
    let after = sale(&world);
    assert_eq!(after.buyer, None);
    assert_eq!(
        (after.price, after.tax, after.receipt),
        (before.price, before.tax, before.receipt)
    );
    world.all_is_well();
}
