//! Where fares go: the rules of SD-14 to SD-17 between real cards, and the way home of SD-18 to SD-22.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod hand;
mod world;

use card::{Card, Memory, Provider, Settled, Want};
use deal::fact::ReachedWord;
use deal::wire::{GiftSheet, OutcomeSheet, PaySheet, QuoteSheet, SettleSheet};
use deal::{Kind, Side, Value, ValueKind};
use hand::*;
use license::Route;
use minicbor::bytes::ByteVec;
use seal::{Audience, Kind as Sealed, Role, cbor};
use units::{DealId, LicenseId, OrderId, Refusal, Span, ValueId};
use world::*;

/// A card that once bought this work and has deleted it since: a purchase without a license.
fn once_bought(world: &mut World, n: u8) -> Card<Memory> {
    let (mut card, license) = owner(world, n);
    world.load(&mut card, 300);
    card.delete(license, NOW, &world.fresh()).unwrap();
    card
}

/// proves: SD-15
#[test]
fn the_fare_paid_on_card_two_ends_on_card_one_which_bought() {
    let mut world = world(Route::Latest);
    let (mut one, license) = owner(&mut world, 1);
    let mut two = rich(&mut world, 2, 500);
    let (checked, _) = quoted(&mut world, &mut one, &two, Kind::Copy, license);
    let dry = two.dry_run(&checked, &Want::default(), NOW).unwrap();
    assert_eq!((dry.winner, dry.purse, dry.escrow), (Side::Giver, yen(400), yen(0)));
    let copy = hand_on(&mut world, &mut one, &mut two, Kind::Copy, license);
    assert_eq!((money(&world, &one).2, money(&world, &two)), (100, (400, 0, 0)));
    // What brought the fare to the first card is kept by the second, for the publisher's eyes.
    let kept = two.state().claims.clone().unwrap();
    let seller = |id| (id == world.seller).then(|| signer(21).verify_key());
    let found: Vec<_> = kept.iter().map(|c| c.judge(&opener(22), world.id, seller)).collect();
    assert_eq!(found, [deal::fact::Verdict::True]);
    assert_eq!((kept[0].facts.last, kept[0].facts.count), (Some(NOW), 0));
    // The second card copies for a third; neither ever bought: the fare stays with the giver.
    let mut three = rich(&mut world, 3, 500);
    hand_on(&mut world, &mut two, &mut three, Kind::Copy, copy);
    assert_eq!((money(&world, &two).2, money(&world, &three).2), (100, 0));
    // A fourth bought as late, not later: a tie is the giver's. It gives up nothing and gets nothing.
    let mut four = once_bought(&mut world, 4);
    hand_on(&mut world, &mut one, &mut four, Kind::Copy, license);
    assert_eq!((money(&world, &one).2, money(&world, &four).2), (200, 0));
}

/// proves: SD-15 SD-17 S3
#[test]
fn the_card_that_bought_later_carries_both_escrows_on_and_colours_never_mix() {
    // One license by the chain rule, one by history, on the same two cards.
    let mut chain = world(Route::Chain);
    let (mut one, by_chain) = owner(&mut chain, 1);
    let mut two = rich(&mut chain, 2, 900);
    let copy = hand_on(&mut chain, &mut one, &mut two, Kind::Copy, by_chain);
    assert_eq!(money(&chain, &two).2, 100);
    let mut count = world(Route::Count);
    count.load(&mut two, 300);
    let by_count = count.buy(&mut two);
    // The third card never bought, so the second carries: its own slips of this rule stay, the fare comes to it.
    let mut three = rich(&mut count, 3, 900);
    let mine = hand_on(&mut count, &mut two, &mut three, Kind::Copy, by_count);
    assert_eq!((money(&count, &two).2, money(&count, &three).2), (200, 0));
    // It bought twice meanwhile, and is the one with the higher count: the slips of that rule go to it, those of the
    // chain stay where the chain left them.
    three.delete(mine, NOW, &count.fresh()).unwrap();
    for _ in 0..2 {
        count.load(&mut three, 400);
        let bought = count.buy(&mut three);
        three.delete(bought, NOW, &count.fresh()).unwrap();
    }
    let (checked, _) = quoted(&mut count, &mut two, &three, Kind::Copy, by_count);
    assert_eq!(checked.quote().slips, 1, "one of the two slips is of this rule");
    let dry = three.dry_run(&checked, &Want::default(), NOW).unwrap();
    assert_eq!((dry.winner, dry.slips_in_max), (Side::Receiver, 1));
    hand_on(&mut count, &mut two, &mut three, Kind::Copy, by_count);
    assert_eq!((money(&count, &two).2, money(&count, &three).2), (100, 200));
    let routes: Vec<Route> = two.state().escrow.iter().map(|s| s.route).collect();
    assert_eq!(routes, [Route::Chain]);
    // And the chain's slip moves with a copy by the chain rule only.
    let mut four = rich(&mut chain, 4, 500);
    hand_on(&mut chain, &mut two, &mut four, Kind::Copy, copy);
    assert_eq!((money(&chain, &two).2, money(&chain, &four).2), (0, 200));
}

/// The word of a server about a question of a card's, from one day before now to 90 days after, as it should be or bent.
fn say_reached(world: &World, ask: &card::ReachAsk, key: u8) -> ReachedWord {
    let held = (NOW.less(Span::days(1)), NOW.plus(Span::days(90)));
    ReachedWord::sign(&signer(key), world.id, ask.publisher(), ask.name(), held)
}

fn provider(server: units::PartyId) -> Provider {
    Provider {
        name: "Harbor Net".into(),
        contact: "desk@harbor.example".into(),
        server,
    }
}

/// A card's wallet is at the publisher's server.
fn reach(world: &mut World, card: &mut Card<Memory>) -> Result<(), card::ProviderRefusal> {
    let ask = card.ask_reached(world.publisher, &world.fresh());
    let word = say_reached(world, &ask, 21);
    let certificate = world.seller_certificate();
    let seed = world.fresh();
    card.learn_provider(&ask, provider(world.seller), &word, &certificate, NOW, &seed)
}

/// proves: SD-16 row-21
#[test]
fn provider_information_is_a_servers_word_and_neither_forged_nor_anothers_nor_ended() {
    let mut world = world(Route::Provider);
    let mut one = rich(&mut world, 1, 500);
    let other = rich(&mut world, 2, 500);
    let ask = one.ask_reached(world.publisher, &world.fresh());
    let theirs = other.ask_reached(world.publisher, &world.fresh());
    assert_ne!(
        ask.name(),
        one.ask_reached(world.publisher, &world.fresh()).name(),
        "nobody is known again"
    );
    let good = say_reached(&world, &ask, 21);
    let foreign = say_reached(&world, &theirs, 21);
    let own = say_reached(&world, &ask, 9);
    let mut longer = good;
    longer.until = NOW.plus(Span::days(9000));
    let seller = world.seller_certificate();
    let collector = world.certificate(12, 21, seal::Role::Collector, "Harbor");
    let ended = NOW.plus(Span::days(91));
    let elsewhere = units::PartyId([66; 16]);
    for (what, word, certificate, server, at, code) in [
        (
            "another card's word",
            &foreign,
            &seller,
            world.seller,
            NOW,
            "provider-forged",
        ),
        ("its own word", &own, &seller, world.seller, NOW, "provider-forged"),
        ("a longer one", &longer, &seller, world.seller, NOW, "provider-forged"),
        (
            "another server",
            &good,
            &seller,
            elsewhere,
            NOW,
            "provider-other-server",
        ),
        ("one that ended", &good, &seller, world.seller, ended, "provider-ended"),
        (
            "no seller",
            &good,
            &collector,
            world.seller,
            NOW,
            "certificate-other-role",
        ),
    ] {
        let seed = world.fresh();
        let no = one
            .learn_provider(&ask, provider(server), word, certificate, at, &seed)
            .unwrap_err();
        assert_eq!(no.code(), code, "{what}");
        assert!(!one.state().facts(world.publisher).provider, "{what}");
    }
    let seed = world.fresh();
    one.learn_provider(&ask, provider(world.seller), &good, &seller, NOW, &seed)
        .unwrap();
    assert!(one.state().facts(world.publisher).provider);
    // When its time is over, it is no fact any more.
    one.take_tick(&world.tick(NOW.plus(Span::days(89))), &world.fresh())
        .unwrap();
    assert!(one.state().facts(world.publisher).provider);
    one.take_tick(&world.tick(ended), &world.fresh()).unwrap();
    assert!(!one.state().facts(world.publisher).provider);
}

/// A modified card that says it has provider information gets the fare today; its claim, which it must sign, is for a moment of
/// this deal and holds no server's word, so the publisher finds it where the fare comes home.
///
/// proves: SD-16 row-21
#[test]
fn a_claim_of_provider_information_is_for_this_deal_alone() {
    let mut world = world(Route::Provider);
    let (mut one, license) = owner(&mut world, 1);
    reach(&mut world, &mut one).unwrap();
    let two = rich(&mut world, 2, 500);
    let permit = one.permit(Kind::Copy, Some(license), after(Span::days(7))).unwrap();
    let sheet = one.open_quote(&permit, NOW).unwrap().message.into_bytes();
    let read = |sheet: &QuoteSheet, at| two.read_quote(&cbor::to_bytes(sheet), None, None, at).map(|_| ());
    let honest: QuoteSheet = cbor::from_bytes(&sheet).unwrap();
    assert_eq!(read(&honest, NOW), Ok(()));
    for bend in [None, Some(NOW.less(Span::days(30))), Some(NOW.plus(Span::days(30)))] {
        let mut bent = honest.clone();
        bent.claim.as_mut().unwrap().at = bend;
        assert_eq!(read(&bent, NOW).unwrap_err().code(), "facts-not-sealed", "{bend:?}");
    }
}

/// proves: SD-16
#[test]
fn a_card_that_knows_the_publishers_server_carries_fares_on() {
    let mut world = world(Route::Provider);
    let (mut one, license) = owner(&mut world, 1);
    let mut two = rich(&mut world, 2, 500);
    reach(&mut world, &mut two).unwrap();
    let known = two.provider(world.publisher).cloned();
    assert_eq!(known.as_ref().map(|p| p.server), Some(world.seller));
    assert_eq!(wake(&two, 2).unwrap().provider(world.publisher), known.as_ref());
    // The giver bought, the receiver has the provider: the receiver carries on.
    let copy = hand_on(&mut world, &mut one, &mut two, Kind::Copy, license);
    assert_eq!(money(&world, &two), (400, 0, 100));
    // Now the giver has it, and a receiver that has it too does not change that.
    let mut three = rich(&mut world, 3, 500);
    reach(&mut world, &mut three).unwrap();
    hand_on(&mut world, &mut two, &mut three, Kind::Copy, copy);
    assert_eq!((money(&world, &two).2, money(&world, &three).2), (200, 0));
}

/// proves: SD-15 row-21
#[test]
fn facts_that_nobody_could_be_held_to_move_no_fare() {
    let mut world = world(Route::Latest);
    let (mut one, license) = owner(&mut world, 1);
    let two = rich(&mut world, 2, 500);
    let permit = one.permit(Kind::Copy, Some(license), LATER).unwrap();
    let open = |card: &Card<Memory>| card.open_quote(&permit, NOW).unwrap().message.into_bytes();
    let read = |sheet: &QuoteSheet| two.read_quote(&cbor::to_bytes(sheet), None, None, NOW).map(|_| ());
    let honest: QuoteSheet = cbor::from_bytes(&open(&one)).unwrap();
    assert_eq!(read(&honest), Ok(()));
    let mut bare = honest.clone();
    bare.claim = None;
    let mut other = honest.clone();
    other.claim.as_mut().unwrap().sealed = ByteVec::from(vec![7; 300]);
    for sheet in [bare, other] {
        assert_eq!(read(&sheet).unwrap_err().code(), "facts-not-sealed");
    }
    // A payment that says when its card bought, and does not sign it, is not even decided.
    let mut late = once_bought(&mut world, 3);
    let (checked, _) = quoted(&mut world, &mut one, &late, Kind::Copy, license);
    let (_, pay) = pay(&mut world, &mut late, &checked);
    let stranger = Hacked::new(&world, 40);
    let ask = open(&one);
    let quoted = one.open_quote(&permit, NOW).unwrap();
    assert_eq!(quoted.message.bytes(), ask, "the same question, the same bytes");
    let (_, unsealed) = stranger.pay(&world, &quoted, |sheet| {
        sheet.pay.facts.last = Some(NOW);
        sheet.pay.winner = deal::winner(Route::Latest, sheet.pay.quote.facts, sheet.pay.facts);
    });
    let before = one.state().clone();
    assert_eq!(
        one.decide(&unsealed, NOW, &world.fresh()).unwrap_err().code(),
        "facts-not-sealed"
    );
    assert_eq!(*one.state(), before);
    decide(&mut world, &mut one, &pay);
    // Two claims of one card show no two equal bytes to whoever sees both.
    let again: QuoteSheet = cbor::from_bytes(&open(&one)).unwrap();
    let (first, second) = (honest.claim.unwrap().sealed, again.claim.unwrap().sealed);
    assert!(
        first
            .chunks(8)
            .all(|part| !second.chunks(8).any(|other| part.len() == 8 && part == other))
    );
}

/// proves: SD-15 row-21
#[test]
fn a_gift_from_the_publisher_is_no_purchase() {
    let mut world = world(Route::Count);
    world.price = 0;
    let mut free = world.card(1);
    world.buy(&mut free);
    assert_eq!(free.state().facts(world.publisher), deal::Facts::default());
    let mut paid = World::new();
    let (one, _) = owner(&mut paid, 2);
    let facts = one.state().facts(paid.publisher);
    assert_eq!((facts.count, facts.last, facts.price), (1, Some(NOW), Some(yen(300))));
}

// ---- the way home ----------------------------------------------------------------------------------------------------

/// The publisher's collector: key 26, certified under the publisher's own id.
fn collects(world: &World, ask: Option<&deal::wire::Ask>, order: u8) -> deal::Quote {
    deal::Quote {
        kind: Kind::Collect,
        number: deal::Number::Order(OrderId([order; 16])),
        giver: world.publisher.0,
        offer: None,
        policy: None,
        title: Default::default(),
        price: yen(0),
        accepts: vec![],
        payee: world.publisher,
        generation: 0,
        rights: license::Rights::default(),
        route: Route::Till,
        facts: deal::Facts::default(),
        slips: 0,
        room: 64,
        credit: None,
        license: None,
        until: LATER,
        ask: ask.map(deal::wire::Ask::hash),
        links: None,
    }
}

fn collector(world: &World) -> ByteVec {
    collects_for(world, 26, world.publisher.0)
}

fn collects_for(world: &World, n: u8, whom: [u8; 16]) -> ByteVec {
    let by_registry = claims(12, whom, n, Role::Collector, "Minato Collection");
    seal::issue(&signer(12), world.id, &by_registry).into()
}

fn order(world: &World, quote: &deal::Quote) -> Vec<u8> {
    cbor::to_bytes(&QuoteSheet {
        quote: seal::sign(&signer(26), Sealed::Quote, world.id, Audience::Anyone, quote).into(),
        certificate: collector(world),
        terms: None,
        ahead: None,
        purchase: None,
        claim: None,
    })
}

fn open_collect(world: &World, pay: &[u8]) -> (DealId, PaySheet) {
    let bytes = deal::wire::open_sealed(&opener(26), Sealed::Pay, pay).unwrap();
    let parsed = seal::parse::<PaySheet>(&bytes, Sealed::Pay, world.id).unwrap();
    (deal::wire::deal_id(&bytes), parsed.claims().clone())
}

fn booked(world: &World, deal: DealId, sheet: &PaySheet, gift: GiftSheet) -> Vec<u8> {
    let to = world.receiver_of(sheet);
    let settle = SettleSheet {
        deal,
        pay_no: sheet.pay.pay_no,
        outcome: OutcomeSheet::Given(gift),
        certificate: collector(world),
    };
    deal::wire::sign_and_seal(
        &signer(26),
        Sealed::Settle,
        world.id,
        to.tag.into(),
        &to.seal,
        &settle,
        &seed(3),
    )
    .unwrap()
}

/// Sends what a card carries home by a standing order, without anybody's consent; answers the payment.
fn send_home(world: &mut World, card: &mut Card<Memory>, standing: &[u8]) -> (DealId, Vec<u8>) {
    let checked = card.read_quote(standing, None, None, NOW).unwrap();
    let ok = card.confirm_free(&checked).unwrap();
    let (deal, pay) = card.pay(&checked, ok, &Want::default(), NOW, &world.fresh()).unwrap();
    (deal, pay.into_bytes())
}

/// A giver that carries `n` fares by the history rule, reporting on its way.
fn carrier(world: &mut World, n: u32) -> (Card<Memory>, LicenseId) {
    let (mut giver, license) = owner(world, 1);
    for at in 0..n {
        if at % 40 == 39 {
            let report = giver.report(seal::Class::Software, NOW, &world.fresh()).unwrap();
            let answer = world.clear(&giver, report.bytes(), Default::default(), |_| {});
            giver.cleared(&answer, NOW, &world.fresh()).unwrap();
        }
        let permit = giver.permit(Kind::Copy, Some(license), LATER).unwrap();
        let quoted = giver.open_quote(&permit, NOW).unwrap();
        let hacked = Hacked::new(world, 60 + (at % 100) as u8);
        let (_, pay) = hacked.pay(world, &quoted, |sheet| {
            sheet.pay.pay_no = u64::from(at);
            let Some(deal::Tender::Slip(slip)) = sheet.pay.tenders.first_mut() else {
                return;
            };
            sheet.proof = Some(hacked.seal(world, slip, u64::from(at)));
        });
        let decided = giver.decide(&pay, NOW, &world.fresh()).unwrap();
        assert!(matches!(decided, card::Decided::Given { .. }), "{at}: {decided:?}");
        if at % 10 == 9 {
            let report = giver.report(seal::Class::Software, NOW, &world.fresh()).unwrap();
            let answer = world.clear(&giver, report.bytes(), Default::default(), |_| {});
            giver.cleared(&answer, NOW, &world.fresh()).unwrap();
        }
    }
    (giver, license)
}

/// proves: SD-13 SD-18 SD-21 S10
#[test]
fn seventy_fares_go_home_in_two_deals_by_a_standing_order_and_nobody_is_asked() {
    let mut world = world(Route::Latest);
    let (mut card, _) = carrier(&mut world, 70);
    assert_eq!(money(&world, &card).2, 7000);
    let standing = order(&world, &collects(&world, None, 1));
    let (first, pay) = send_home(&mut world, &mut card, &standing);
    let (deal, sheet) = open_collect(&world, &pay);
    assert_eq!((deal, sheet.pay.slips.len(), sheet.pay.tenders.len()), (first, 64, 0));
    // In flight they are named, and neither hop nor can be sent twice.
    assert_eq!(card.state().escrow.len(), 6);
    assert_eq!(
        card.pay_again(first).unwrap().bytes(),
        pay,
        "the next relay gets the same bytes"
    );
    let settle = booked(&world, deal, &sheet, GiftSheet::default());
    assert!(matches!(
        card.settle(&settle, NOW, &world.fresh()).unwrap(),
        Settled::Given { .. }
    ));
    let (_, pay) = send_home(&mut world, &mut card, &standing);
    let (deal, sheet) = open_collect(&world, &pay);
    assert_eq!(sheet.pay.slips.len(), 6);
    let settle = booked(&world, deal, &sheet, GiftSheet::default());
    card.settle(&settle, NOW, &world.fresh()).unwrap();
    assert_eq!(money(&world, &card), (200, 0, 0));
    let checked = card.read_quote(&standing, None, None, NOW).unwrap();
    let ok = card.confirm_free(&checked).unwrap();
    let no = card
        .pay(&checked, ok, &Want::default(), NOW, &world.fresh())
        .unwrap_err();
    assert_eq!(no.code(), "nothing-to-collect");
}

/// proves: SD-13 row-43 row-46 row-47
#[test]
fn only_the_publishers_collector_lowers_escrow_and_only_its_word_ends_it() {
    let mut world = world(Route::Latest);
    let (mut card, _) = carrier(&mut world, 2);
    // Another party's order, and one that the collector signed for another publisher, take nothing.
    let mut quote = collects(&world, None, 1);
    quote.giver = [27; 16];
    let forged = cbor::to_bytes(&QuoteSheet {
        quote: seal::sign(&signer(27), Sealed::Quote, world.id, Audience::Anyone, &quote).into(),
        certificate: world.certificate(12, 27, Role::Seller, "Otter Records"),
        terms: None,
        ahead: None,
        purchase: None,
        claim: None,
    });
    assert_eq!(
        card.read_quote(&forged, None, None, NOW).unwrap_err().code(),
        "seller-not-verified"
    );
    let mut quote = collects(&world, None, 2);
    quote.payee = units::PartyId([99; 16]);
    let no = card.read_quote(&order(&world, &quote), None, None, NOW).unwrap_err();
    assert_eq!(no.code(), "collect-not-entitled");
    // An order that costs something is no collection: it needs a consent.
    let mut quote = collects(&world, None, 3);
    quote.price = yen(1);
    let checked = card.read_quote(&order(&world, &quote), None, None, NOW).unwrap();
    assert!(card.confirm_free(&checked).is_none());
    // Taken back only with the collector's void; a seller's word counts for nothing.
    let standing = order(&world, &collects(&world, None, 1));
    let (_, pay) = send_home(&mut world, &mut card, &standing);
    let (deal, sheet) = open_collect(&world, &pay);
    let by_seller = world.settle(deal, &sheet, OutcomeSheet::Given(GiftSheet::default()));
    assert_eq!(
        card.settle(&by_seller, NOW, &world.fresh()).unwrap_err().code(),
        "settle-other-giver"
    );
    assert_eq!((card.state().paid.len(), card.state().escrow.len()), (1, 0));
}

/// proves: SD-19 S2
#[test]
fn a_rebate_is_a_value_or_money_from_an_issuer_that_collects_and_never_money_from_anybody_else() {
    let mut world = world(Route::Latest);
    let (mut card, _) = carrier(&mut world, 2);
    let standing = order(&world, &collects(&world, None, 1));
    let (_, pay) = send_home(&mut world, &mut card, &standing);
    let (deal, sheet) = open_collect(&world, &pay);
    let money_of = |n: i64| GiftSheet {
        credit: Some(yen(n)),
        ..GiftSheet::default()
    };
    let bytes = booked(&world, deal, &sheet, money_of(50));
    assert_eq!(
        card.settle(&bytes, NOW, &world.fresh()).unwrap_err().code(),
        "settle-another-license"
    );
    let coupon = Value {
        kind: ValueKind::Coupon,
        maker: world.publisher,
        id: ValueId([1; 16]),
        worth: yen(20),
        offer: None,
        until: None,
        label: "thank you".into(),
    };
    let signed = seal::sign(&signer(26), Sealed::Value, world.id, Audience::Anyone, &coupon);
    let gift = GiftSheet {
        values: vec![(coupon.clone(), signed.into())],
        ..GiftSheet::default()
    };
    card.settle(&booked(&world, deal, &sheet, gift), NOW, &world.fresh())
        .unwrap();
    assert_eq!(card.state().values.len(), 1);
    assert_eq!(money(&world, &card).0, 200);
}

/// proves: SD-19 SD-22 S2
#[test]
fn an_issuer_that_collects_may_pay_its_rebate_into_the_purse_exactly_as_quoted() {
    let mut world = world(Route::Latest);
    world.terms.payee = world.issuer;
    let (mut card, _) = carrier(&mut world, 1);
    let mut quote = collects(&world, None, 1);
    quote.giver = world.issuer.0;
    quote.payee = world.issuer;
    quote.credit = Some(yen(5));
    let standing = cbor::to_bytes(&QuoteSheet {
        quote: seal::sign(&signer(20), Sealed::Quote, world.id, Audience::Anyone, &quote).into(),
        certificate: collects_for(&world, 20, world.issuer.0),
        terms: None,
        ahead: None,
        purchase: None,
        claim: None,
    });
    let (_, pay) = send_home(&mut world, &mut card, &standing);
    let bytes = deal::wire::open_sealed(&opener(20), Sealed::Pay, &pay).unwrap();
    let sheet = seal::parse::<PaySheet>(&bytes, Sealed::Pay, world.id)
        .unwrap()
        .claims()
        .clone();
    let to = world.receiver_of(&sheet);
    let say = |n: i64| {
        let settle = SettleSheet {
            deal: deal::wire::deal_id(&bytes),
            pay_no: sheet.pay.pay_no,
            outcome: OutcomeSheet::Given(GiftSheet {
                credit: Some(yen(n)),
                ..GiftSheet::default()
            }),
            certificate: collects_for(&world, 20, world.issuer.0),
        };
        let signer = signer(20);
        deal::wire::sign_and_seal(
            &signer,
            Sealed::Settle,
            world.id,
            to.tag.into(),
            &to.seal,
            &settle,
            &seed(3),
        )
        .unwrap()
    };
    let more = say(6);
    assert!(card.settle(&more, NOW, &seed(901)).is_err(), "more than was quoted");
    card.settle(&say(5), NOW, &seed(902)).unwrap();
    assert_eq!((money(&world, &card).0, card.state().escrow.len()), (205, 0));
}
