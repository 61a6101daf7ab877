//! Whole stories: money in, a work bought, handed back, money out; and the books of everybody afterwards.

mod common;

use common::{Bought, Goods, Holder, START, World, yen};
use deal::{Kind, ValueKind, VoidReason};
use party::{Step, Verb, bank::Holder as AccountOf, shop::SalesFilter, shop::State};
use units::{ContentId, Moment, OfferNo, Refusal, Span, TransferId};

/// A world with one work on sale and a buyer with 3000 in an account and 2000 on the card.
fn ready(goods: &Goods) -> (World, Holder, AccountOf) {
    let mut world = World::with(|issuer, _| issuer.software.at_once = yen(100_000));
    world.publish(goods);
    let mut buyer = Holder::new(&mut world, 1);
    let opened = world.account(5000);
    let account = AccountOf::Token(opened.value.id);
    buyer.put(opened.value, opened.signed);
    let gift = buyer.load(&mut world, 2000).gift();
    assert_eq!(gift.credit, Some(yen(2000)));
    (world, buyer, account)
}

/// proves: SD-1 SD-2 SD-3 XD-8 row-53
#[test]
fn load_buy_surrender_load_the_refund_and_redeem() {
    let (mut world, mut buyer, account) = ready(&Goods::default());
    let (shop, publisher) = (world.shop.party.id(), world.publisher.id());
    assert_eq!((buyer.purse(), world.at_bank(account)), (2000, 3000));
    assert_eq!(world.at_bank(AccountOf::Party(world.issuer.party.id())), 2000);

    // The sale: one step, and everybody's books say the same.
    let gift = buyer.buy(&mut world, 204, &[]).gift();
    assert_eq!((buyer.purse(), gift.receipt), (1000, Some(1)));
    assert_eq!(world.owed(publisher), 1000);
    let license = buyer.licenses[0].clone();
    let key = buyer.key_of(&world, &license);
    assert_eq!(key.expose(), &[7; 32], "the key of the package");
    world.all_is_well();

    let node = world.shop.party.clone();
    let sale = world
        .shop
        .store
        .read(|view| node.sale_of(view, license.id))
        .unwrap()
        .unwrap();
    assert_eq!((sale.price, sale.tax, sale.receipt), (yen(1000), yen(91), 1));
    assert_eq!(sale.buyer, Some(buyer.number_for(shop)));
    let order = world.shop.store.read(|view| node.order(view, sale.order)).unwrap();
    assert_eq!(order.state, State::Given);

    // Handed back: the license is gone, a refund order is there, and it becomes money in a load.
    let gift = buyer.surrender(&mut world, license.id).gift();
    assert!(buyer.state.licenses.is_empty());
    let (refund, _) = &gift.values[0];
    assert_eq!((refund.kind, refund.worth), (ValueKind::Refund, yen(1000)));
    let refund = (refund.maker, refund.id);
    assert_eq!(
        buyer.load_with(&mut world, 1000, &[refund]).gift().credit,
        Some(yen(1000))
    );
    assert_eq!(buyer.purse(), 2000);
    assert!(buyer.state.values.iter().all(|(v, _)| v.kind != ValueKind::Refund));
    let issuer = world.issuer.party.clone();
    let owes = world.issuer.store.read(|view| issuer.owes(view, shop)).unwrap();
    assert_eq!(
        owes,
        yen(1000),
        "the seller owes what it refunded, for the price went to the publisher"
    );
    let order = world.shop.store.read(|view| node.order(view, sale.order)).unwrap();
    assert_eq!(order.state, State::Refunded);
    world.all_is_well();

    // Money out again.
    buyer.redeem(&mut world, 500).gift();
    world.wait(Span::minutes(1));
    world.sweep();
    assert_eq!((buyer.purse(), world.at_bank(account)), (1500, 3500));
    world.all_is_well();
}

/// proves: row-53 row-51
#[test]
fn a_payment_repeated_is_answered_with_the_same_bytes() {
    let (mut world, mut buyer, _) = ready(&Goods::default());
    let (quote, sheet) = buyer.ask_sale(&mut world, Kind::Sale, 204).unwrap();
    let (_, sealed) = buyer.commit(&mut world, &quote, &sheet, &[]);
    let shop = world.shop.party.id();
    let first = world.answer(shop, Verb::Pay, &sealed);
    world.wait(Span::days(400));
    for _ in 0..3 {
        assert_eq!(world.answer(shop, Verb::Pay, &sealed), first, "weeks later, and again");
    }
    assert_eq!(world.owed(world.publisher.id()), 1000);
    world.all_is_well();
}

/// proves: SD-1
#[test]
fn the_quote_and_the_price_end_and_nothing_is_taken() {
    let (mut world, mut buyer, _) = ready(&Goods::default());
    let shop = world.shop.party.id();
    let (quote, sheet) = buyer.ask_sale(&mut world, Kind::Sale, 204).unwrap();
    let (_, sealed) = buyer.commit(&mut world, &quote, &sheet, &[]);
    assert_eq!(buyer.purse(), 1000, "set aside");
    world.wait(Span::minutes(16));
    assert_eq!(
        buyer.pay(&mut world, shop, &sealed).unwrap(),
        Bought::Void(VoidReason::QuoteEnded)
    );
    assert_eq!(buyer.purse(), 2000);
    world.all_is_well();
}

/// proves: SD-1
#[test]
fn a_withdrawn_offer_is_not_sold_and_a_new_version_is() {
    let (mut world, mut buyer, _) = ready(&Goods::default());
    let (node, now) = (world.shop.party.clone(), world.now);
    let shop = node.id();
    let (quote, sheet) = buyer.ask_sale(&mut world, Kind::Sale, 204).unwrap();
    let (_, sealed) = buyer.commit(&mut world, &quote, &sheet, &[]);
    assert!(
        world
            .shop
            .store
            .write(move |tx| node.withdraw(tx, OfferNo(204), now))
            .unwrap()
    );
    assert_eq!(
        buyer.pay(&mut world, shop, &sealed).unwrap().void(),
        VoidReason::Withdrawn
    );
    assert_eq!(
        buyer.ask_sale(&mut world, Kind::Sale, 204).unwrap_err().code(),
        "offer-not-on-sale"
    );
    let dearer = Goods {
        price: 1500,
        at: START.plus(Span::minutes(1)),
        ..Goods::default()
    };
    world.publish(&dearer);
    let (quote, _) = buyer.ask_sale(&mut world, Kind::Sale, 204).unwrap();
    assert_eq!(quote.price, yen(1500));
    world.all_is_well();
}

/// proves: SD-3
#[test]
fn sales_are_found_by_buyer_work_and_period() {
    let (mut world, mut anna, _) = ready(&Goods::default());
    world.publish(&Goods {
        number: 300,
        content: 9,
        price: 10,
        ..Goods::default()
    });
    let mut bert = Holder::new(&mut world, 2);
    let opened = world.account(1000);
    bert.put(opened.value, opened.signed);
    bert.load(&mut world, 1000).gift();
    let shop = world.shop.party.id();
    anna.buy(&mut world, 204, &[]).gift();
    world.wait(Span::days(1));
    let noon = world.now;
    bert.buy(&mut world, 300, &[]).gift();
    world.wait(Span::days(1));
    anna.buy(&mut world, 300, &[]).gift();
    let node = world.shop.party.clone();
    let look = |filter: SalesFilter, limit| {
        let rows = world
            .shop
            .store
            .read(|view| node.sales(view, filter, None, limit))
            .unwrap();
        rows.into_iter().map(|(_, s)| (s.number.0, s.buyer)).collect::<Vec<_>>()
    };
    let (a, b) = (Some(anna.number_for(shop)), Some(bert.number_for(shop)));
    let all = SalesFilter::default();
    assert_eq!(look(all, 10), [(300, a), (300, b), (204, a)]);
    assert_eq!(look(all, 2), [(300, a), (300, b)]);
    assert_eq!(look(SalesFilter { buyer: a, ..all }, 10), [(300, a), (204, a)]);
    let work = Some(ContentId([9; 16]));
    assert_eq!(look(SalesFilter { content: work, ..all }, 10), [(300, a), (300, b)]);
    assert_eq!(
        look(
            SalesFilter {
                buyer: a,
                content: work,
                ..all
            },
            10
        ),
        [(300, a)]
    );
    assert_eq!(
        look(
            SalesFilter {
                from: Some(noon),
                ..all
            },
            10
        ),
        [(300, a), (300, b)]
    );
    assert_eq!(
        look(
            SalesFilter {
                until: Some(noon),
                ..all
            },
            10
        ),
        [(204, a)]
    );
    assert_eq!(
        look(
            SalesFilter {
                from: Some(Moment(u64::MAX)),
                ..all
            },
            10
        ),
        []
    );
    world.all_is_well();
}

/// proves: row-2
#[test]
fn money_now_goods_later_once() {
    let (mut world, mut buyer, _) = ready(&Goods::default());
    let shop = world.shop.party.id();
    let (quote, sheet) = buyer.ask_sale(&mut world, Kind::PayOnly, 204).unwrap();
    let (_, sealed) = buyer.commit(&mut world, &quote, &sheet, &[]);
    let gift = buyer.pay(&mut world, shop, &sealed).unwrap().gift();
    let (receipt, signed) = gift.values[0].clone();
    assert_eq!((receipt.kind, receipt.offer), (ValueKind::Receipt, quote.offer));
    assert!(gift.document.is_none());
    world.all_is_well();
    // A friend gets a copy of it, and a copy of the card itself tries at the same time.
    let mut friend = Holder::new(&mut world, 2);
    friend.put(receipt.clone(), signed);
    let mut twin = buyer.clone();
    let with = [(receipt.maker, receipt.id)];
    buyer.buy(&mut world, 204, &with).gift();
    assert_eq!((buyer.purse(), buyer.licenses.len()), (1000, 1));
    assert_eq!(friend.buy(&mut world, 204, &with).void(), VoidReason::ValueUsed);
    assert_eq!(twin.buy(&mut world, 204, &with).void(), VoidReason::ValueUsed);
    world.all_is_well();
}

/// proves: row-8 row-9
#[test]
fn coupons_reduce_prices_and_never_become_money() {
    let (mut world, mut buyer, _) = ready(&Goods::default());
    let (node, seed) = (world.shop.party.clone(), world.seed());
    let make =
        move |tx: &mut dyn store::Tx| node.make_value(tx, ValueKind::Coupon, yen(300), None, None, "welcome", &seed);
    let (coupon, signed) = world.shop.store.write(make).unwrap();
    buyer.put(coupon.clone(), signed);
    buyer.buy(&mut world, 204, &[(coupon.maker, coupon.id)]).gift();
    assert_eq!(buyer.purse(), 1300);
    let license = buyer.licenses[0].id;
    let gift = buyer.surrender(&mut world, license).gift();
    assert_eq!(
        gift.values[0].0.worth,
        yen(700),
        "what was paid in money, and nothing of the coupon"
    );
    world.all_is_well();
}

/// proves: XD-4
#[test]
fn every_delivery_has_a_key_of_its_own_and_is_made_again_from_its_order() {
    let goods = Goods {
        unique: true,
        price: 400,
        ..Goods::default()
    };
    let (mut world, mut anna, _) = ready(&goods);
    anna.buy(&mut world, 204, &[]).gift();
    anna.buy(&mut world, 204, &[]).gift();
    let [one, two] = &anna.licenses[..] else {
        panic!("two licenses")
    };
    assert_ne!(one.link.header, two.link.header);
    assert_ne!(anna.key_of(&world, one).expose(), anna.key_of(&world, two).expose());
    assert_ne!(anna.key_of(&world, one).expose(), &[7; 32], "not the master's");
    let node = world.shop.party.clone();
    let order = world
        .shop
        .store
        .read(|v| node.sale_of(v, one.id))
        .unwrap()
        .unwrap()
        .order;
    for _ in 0..2 {
        let plan = world.shop.store.read(|v| node.delivery(v, order)).unwrap();
        let party::shop::Delivery::Unique {
            header, key, master, ..
        } = plan
        else {
            panic!("unique")
        };
        assert_eq!(header.hash(), one.link.header, "the license opens what is delivered");
        assert_eq!(key.secret_bytes_for_wrapping(), anna.key_of(&world, one).expose());
        assert!(header.is_under(&key));
        assert_eq!(master, world.header(&goods).hash());
    }
    // After the buyer's last word and ninety days the secret goes.
    let shop = world.shop.party.id();
    let done = anna.done(&mut world, shop, one.link.receiver.tag, vec![one.link.deal]);
    world.answer(shop, Verb::Done, &done);
    world.wait(Span::days(89));
    world.sweep();
    assert!(world.shop.store.read(|v| node.delivery(v, order)).is_ok());
    world.wait(Span::days(2));
    world.sweep();
    assert_eq!(
        world.shop.store.read(|v| node.delivery(v, order)).unwrap_err().code(),
        "delivery-dropped"
    );
    world.all_is_well();
}

/// proves: row-52
#[test]
fn what_a_payee_is_owed_leaves_through_the_bank_once() {
    let (mut world, mut buyer, _) = ready(&Goods::default());
    buyer.buy(&mut world, 204, &[]).gift();
    let (issuer, now, payee) = (world.issuer.party.clone(), world.now, world.publisher.id());
    let pay = move |amount| {
        let issuer = issuer.clone();
        move |tx: &mut dyn store::Tx| issuer.payout(tx, TransferId([9; 16]), payee, yen(amount), now)
    };
    let too_much = world.issuer.store.write(pay(1001)).unwrap_err();
    assert_eq!(too_much.code(), "payout-not-owed");
    let errand = world.issuer.store.write(pay(600)).unwrap();
    assert_eq!(
        world.issuer.store.write(pay(600)).unwrap(),
        errand,
        "the same again is the same"
    );
    let id = world.issuer.party.id();
    // The answer gets lost twice: the money moves once.
    for _ in 0..2 {
        world.answer(errand.to, errand.verb, &errand.body);
    }
    assert_eq!(world.carry(id, &errand).unwrap(), Step::Answer(Vec::new()));
    assert_eq!((world.owed(payee), world.at_bank(AccountOf::Party(payee))), (400, 600));
    world.all_is_well();
}
