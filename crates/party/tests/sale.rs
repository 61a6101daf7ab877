//! The thief at the shop's counter: every field of a payment bent, every way to pay tried for what it is not.

#![allow(clippy::unwrap_used)] // what fails here fails the test

mod common;

use common::{Bought, Goods, Holder, World, yen};
use deal::{Kind, Pay, Side, Tender, Value, ValueKind, VoidReason, wire::PaySheet};
use license::TenderKind;
use minicbor::bytes::ByteVec;
use party::{Step, Verb};
use units::{Currency, Hash, LicenseId, Money, OrderId, PartyId, Refusal, ValueId};

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

/// What the shop says to a payment that was bent before it was signed.
fn bent(
    world: &mut World,
    buyer: &Holder,
    bend: impl Fn(&mut World, &mut PaySheet),
) -> Result<&'static str, &'static str> {
    let (quote, quoted) = buyer.ask_sale(world, Kind::Sale, 204).unwrap();
    let mut paid = buyer.plan(world, &quote, &[]);
    let mut sheet = buyer.sheet(world, &mut paid.pay, &quoted, None);
    bend(world, &mut sheet);
    let (_, sealed, _) = buyer.seal(world, &sheet, &quoted);
    let shop = world.shop.party.id();
    match world.send(shop, Verb::Pay, &sealed) {
        Ok(Step::Answer(settle)) => match buyer.clone().open(world, &settle).0.outcome {
            deal::wire::OutcomeSheet::Given(_) => Ok("given"),
            deal::wire::OutcomeSheet::Void(reason) => Ok(reason.code()),
        },
        Ok(_) => Ok("not yet"),
        Err(no) => Err(no.code()),
    }
}

/// The slip of a payment made anew after a test has bent it.
fn reslip(world: &mut World, buyer: &Holder, sheet: &mut PaySheet, bend: impl Fn(&mut deal::Slip)) {
    for tender in &mut sheet.pay.tenders {
        if let Tender::Slip(slip) = tender {
            bend(slip);
        }
    }
    let quoted = deal::wire::QuoteSheet {
        quote: sheet.quote.clone(),
        certificate: sheet.certificate.clone(),
        terms: None,
        ahead: None,
        purchase: None,
        claim: None,
    };
    let mut pay = sheet.pay.clone();
    *sheet = buyer.sheet(world, &mut pay, &quoted, None);
}

/// proves: row-1 row-5
#[test]
fn every_field_of_a_payment_is_held_against_the_signed_quote() {
    let (mut world, buyer) = two_works();
    let (cheap, _) = buyer.ask_sale(&mut world, Kind::Sale, 300).unwrap();
    assert_eq!(bent(&mut world, &buyer, |_, _| {}), Ok("given"), "unbent");
    // The quote inside is the one that was signed, in every field.
    let quotes: [fn(&mut Pay); 17] = [
        |p| p.quote.price = yen(1),
        |p| p.quote.price = Money::new(1000, Currency::new("EUR").unwrap()).unwrap(),
        |p| p.quote.kind = Kind::PayOnly,
        |p| p.quote.number = deal::Number::Order(OrderId([1; 16])),
        |p| p.quote.number = deal::Number::Card(0),
        |p| p.quote.giver = [1; 16],
        |p| p.quote.offer = Some(Hash([1; 32])),
        |p| p.quote.policy = None,
        |p| p.quote.title.0 = [9; 16],
        |p| p.quote.accepts.push(TenderKind::Approval),
        |p| p.quote.payee = PartyId([1; 16]),
        |p| p.quote.generation = 1,
        |p| p.quote.rights.plays = Some(7),
        |p| p.quote.route = license::Route::Chain,
        |p| p.quote.credit = Some(yen(5)),
        |p| p.quote.license = Some(LicenseId([1; 16])),
        |p| p.quote.until.0 += 1_000_000,
    ];
    for (n, bend) in quotes.iter().enumerate() {
        let said = bent(&mut world, &buyer, |_, sheet| bend(&mut sheet.pay));
        // A quote for another giver is signed for somebody else.
        let expected = if n == 5 { "message-not-signed" } else { "quote-not-ours" };
        assert_eq!(said, Err(expected), "quote field {n}");
    }
    // A cheap quote beside a dear deal.
    let said = bent(&mut world, &buyer, |_, sheet| {
        sheet.pay.quote = cheap.clone();
    });
    assert_eq!(said, Err("quote-not-ours"));
    let said = bent(&mut world, &buyer, |_, sheet| {
        sheet.quote = ByteVec::from(b"none".to_vec())
    });
    assert_eq!(said, Err("quote-not-ours"));
    // What the payer adds of its own.
    let said = bent(&mut world, &buyer, |_, s| s.pay.winner = Side::Receiver);
    assert_eq!(said, Ok("void-winner"));
    let said = bent(&mut world, &buyer, |_, s| s.pay.tenders.clear());
    assert_eq!(said, Ok("void-tender"));
    let said = bent(&mut world, &buyer, |_, s| s.pay.tenders.push(s.pay.tenders[0].clone()));
    assert_eq!(said, Ok("void-tender"));
    let said = bent(&mut world, &buyer, |_, s| {
        let Tender::Slip(slip) = s.pay.tenders[0].clone() else {
            panic!()
        };
        s.pay.slips.push(slip);
    });
    assert_eq!(said, Ok("void-no-room"));
    let said = bent(&mut world, &buyer, |_, s| s.proof = None);
    assert_eq!(said, Ok("void-tender"));
    let said = bent(&mut world, &buyer, |_, s| s.pay.pay_no += 1);
    assert_eq!(said, Ok("void-tender"), "the slip has another number inside");
    let said = bent(&mut world, &buyer, |_, s| s.certificate = ByteVec::from(Vec::new()));
    assert_eq!(said, Err("certificate-missing"));
    // Tags of the same card, but not the certified one.
    let other = buyer.state.tags[1].clone();
    let said = bent(&mut world, &buyer, |_, s| s.certificate = other.2.clone());
    assert_eq!(said, Err("message-not-signed"));
    assert_eq!(world.owed(world.publisher.id()), 1000, "only the honest one was paid");
    world.all_is_well();
}

/// proves: row-1 row-54
#[test]
fn a_slip_says_what_the_quote_says_inside_and_out() {
    let (mut world, buyer) = two_works();
    let bends: [fn(&mut deal::Slip); 6] = [
        |s| s.amount = yen(1),
        |s| s.amount = yen(999),
        |s| s.amount = yen(1001),
        |s| s.payee = PartyId([1; 16]),
        |s| s.title.0 = [9; 16],
        |s| s.route = license::Route::Chain,
    ];
    for (n, bend) in bends.iter().enumerate() {
        // Bent and sealed anew: the slip is genuine and pays something else.
        let (twin, holder) = (buyer.clone(), buyer.clone());
        let said = bent(&mut world, &holder, move |world, sheet| {
            reslip(world, &twin, sheet, bend)
        });
        assert_eq!(said, Ok("void-tender"), "slip field {n}, sealed anew");
        // Bent after it was sealed: clear part and seal differ.
        let said = bent(&mut world, &buyer, |_, sheet| {
            for tender in &mut sheet.pay.tenders {
                if let Tender::Slip(slip) = tender {
                    bend(slip);
                }
            }
        });
        assert_eq!(said, Ok("void-tender"), "slip field {n}, sealed before");
    }
    let euro = |s: &mut deal::Slip| s.amount = Money::new(1000, Currency::new("EUR").unwrap()).unwrap();
    let twin = buyer.clone();
    let said = bent(&mut world, &buyer, move |world, sheet| {
        reslip(world, &twin, sheet, euro)
    });
    assert_eq!(said, Ok("void-tender"));
    assert_eq!(world.owed(world.publisher.id()), 0);
    world.all_is_well();
}

/// proves: row-1 S18
#[test]
fn one_slip_pays_one_deal() {
    let (mut world, mut buyer) = two_works();
    let shop = world.shop.party.id();
    let (quote, quoted) = buyer.ask_sale(&mut world, Kind::Sale, 204).unwrap();
    let (again, quoted_again) = buyer.ask_sale(&mut world, Kind::Sale, 204).unwrap();
    let mut paid = buyer.plan(&world, &quote, &[]);
    let sheet = buyer.sheet(&mut world, &mut paid.pay, &quoted, None);
    let (_, sealed, _) = buyer.seal(&mut world, &sheet, &quoted);
    // The same slip, tag and number under another order: the card broke its own rule.
    let mut twice = sheet.clone();
    twice.pay.quote = again;
    twice.quote = quoted_again.quote.clone();
    let (_, second, _) = buyer.seal(&mut world, &twice, &quoted_again);
    world.answer(shop, Verb::Pay, &sealed);
    let said = world.answer(shop, Verb::Pay, &second);
    assert_eq!(buyer.take(&mut world, &said), Bought::Void(VoidReason::Tender));
    // At the issuer the same: the seller cannot have it honoured for another deal either.
    let Tender::Slip(slip) = &sheet.pay.tenders[0] else {
        panic!()
    };
    let keys = world.maker.party(seal::Role::Seller, "shop").unwrap();
    let issuer = world.issuer.party.id();
    let present = deal::wire::Present {
        by: shop,
        slips: vec![(units::DealId([9; 32]), slip.clone())],
        certificate: keys.certificate().to_vec().into(),
    };
    let realm = world.maker.realm().id();
    let body = seal::sign(
        keys.signer(),
        seal::Kind::Present,
        realm,
        seal::Audience::from(issuer),
        &present,
    );
    let answer = world.answer(issuer, Verb::Present, &body);
    let said = seal::parse::<deal::wire::Presented>(&answer, seal::Kind::Presented, realm).unwrap();
    assert_eq!(said.claims().answers[0].1, deal::issuer::Honour::Refused);
    assert_eq!(world.owed(world.publisher.id()), 1000);
    world.all_is_well();
}

/// proves: row-1
#[test]
fn an_order_is_given_once_whoever_pays_it() {
    let (mut world, mut buyer) = two_works();
    let mut other = Holder::new(&mut world, 2);
    let opened = world.account(5000);
    other.put(opened.value, opened.signed);
    other.load(&mut world, 4000).gift();
    let (node, now, seed) = (world.shop.party.clone(), world.now, world.seed());
    let open = world
        .shop
        .store
        .read(|v| node.open_quote(v, units::OfferNo(204), now, &seed))
        .unwrap();
    let quoted: deal::wire::QuoteSheet = seal::cbor::from_bytes(&open).unwrap();
    let realm = world.maker.realm().id();
    let quote = seal::parse::<deal::Quote>(&quoted.quote, seal::Kind::Quote, realm)
        .unwrap()
        .claims()
        .clone();
    let shop = node.id();
    let (_, first) = buyer.commit(&mut world, &quote, &quoted, &[]);
    let (_, second) = other.commit(&mut world, &quote, &quoted, &[]);
    // The first is still at the issuer's when the second comes.
    let Step::Errand(errand) = world.serve(shop, Verb::Pay, &first).unwrap() else {
        panic!("money was paid")
    };
    assert_eq!(other.pay(&mut world, shop, &second).unwrap().void(), VoidReason::Passed);
    assert_eq!(other.purse(), 4000);
    let Step::Answer(settle) = world.carry(shop, &errand).unwrap() else {
        panic!("honoured")
    };
    buyer.take(&mut world, &settle).gift();
    world.all_is_well();
}

/// proves: row-4 XD-9
#[test]
fn only_this_shops_own_unspent_values_pay_and_each_for_what_it_is() {
    let (mut world, buyer) = two_works();
    let shop = world.shop.party.id();
    let keys = world.maker.party(seal::Role::Seller, "shop").unwrap();
    let strangers = world.maker.party(seal::Role::Seller, "other").unwrap();
    let realm = world.maker.realm().id();
    let offer = {
        let node = world.shop.party.clone();
        world
            .shop
            .store
            .read(|v| node.offer(v, units::OfferNo(204)))
            .unwrap()
            .unwrap()
            .hash
    };
    use ValueKind::{Account, Cheque, Coupon, Points, Prepaid, Receipt, Refund, Ticket};
    for kind in [Coupon, Ticket, Cheque, Prepaid, Points, Refund, Receipt, Account] {
        for (maker, signer) in [(shop, "own"), (shop, "other"), (strangers.id(), "other")] {
            for currency in ["JPY", "EUR"] {
                let mut n = world.seed().id("value");
                n[0] = 0;
                let value = Value {
                    kind,
                    maker,
                    id: ValueId(n),
                    worth: Money::new(1000, Currency::new(currency).unwrap()).unwrap(),
                    offer: Some(offer),
                    until: None,
                    label: String::new(),
                };
                let key = if signer == "own" { &keys } else { &strangers };
                let signed = seal::sign(key.signer(), seal::Kind::Value, realm, seal::Audience::Anyone, &value);
                let said = bent(&mut world, &buyer, |_, sheet| {
                    sheet.pay.tenders = vec![Tender::Value(value.clone(), signed.clone().into())];
                    sheet.proof = None;
                });
                let pays = matches!(kind, Coupon | Ticket | Cheque | Prepaid | Points | Receipt);
                // A ticket and a receipt pay for a thing, whatever they say they are worth.
                let money = currency == "JPY" || matches!(kind, Ticket | Receipt);
                let good = pays && money && (maker, signer) == (shop, "own");
                let expected = if good { "given" } else { "void-tender" };
                assert_eq!(
                    said,
                    Ok(expected),
                    "{kind:?} of {maker}, signed by {signer}, in {currency}"
                );
            }
        }
    }
    // Worth more than the record says, or another's signature under the right words.
    let (node, seed) = (world.shop.party.clone(), world.seed());
    let make = move |tx: &mut dyn store::Tx| node.make_value(tx, Coupon, yen(5), None, None, "five", &seed);
    let (five, signed) = world.shop.store.write(make).unwrap();
    let thousand = Value {
        worth: yen(1000),
        ..five.clone()
    };
    for signed in [
        signed.to_vec(),
        seal::sign(
            keys.signer(),
            seal::Kind::Value,
            realm,
            seal::Audience::Anyone,
            &thousand,
        ),
    ] {
        let said = bent(&mut world, &buyer, |_, sheet| {
            sheet.pay.tenders = vec![Tender::Value(thousand.clone(), signed.clone().into())];
            sheet.proof = None;
        });
        assert_eq!(said, Ok("void-tender"));
    }
    // Ways to pay that are not built yet.
    let others = [
        Tender::Charge([1; 16], yen(1000), PartyId([9; 16])),
        Tender::Approval(units::ApprovalId([1; 16])),
        Tender::Medium([1; 16], Hash([1; 32])),
        Tender::Order(OrderId([1; 16]), yen(1000)),
    ];
    for tender in others {
        let said = bent(&mut world, &buyer, |_, sheet| {
            sheet.pay.tenders = vec![tender.clone()];
            sheet.proof = None;
        });
        assert_eq!(said, Ok("void-tender"), "{tender:?}");
    }
    world.all_is_well();
}
