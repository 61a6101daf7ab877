//! Vouchers and publishers' coupons: promised, taken, spent once, and always accounted for.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Bought, Goods, Holder, World, yen};
use deal::{Kind, Value, ValueKind, VoidReason};
use minicbor::bytes::ByteVec;
use party::shop::{NewVouchers, Off, TakeRefused, Vouchers};
use seal::{Audience, Kind as Sealed};
use units::{OfferNo, PartyId, Refusal, Span, ValueId};

const NO: [u8; 16] = [7; 16];

fn ready() -> (World, Holder) {
    let mut world = World::new();
    world.publish(&Goods::default());
    let mut buyer = Holder::new(&mut world, 1);
    let opened = world.account(5000);
    buyer.put(opened.value, opened.signed);
    buyer.load(&mut world, 4000).gift();
    (world, buyer)
}

fn new(kind: ValueKind, off: Off) -> NewVouchers {
    NewVouchers {
        kind,
        off,
        offer: None,
        until: None,
        label: "Spring".to_owned(),
        count: 3,
        by: None,
    }
}

fn make(world: &World, no: [u8; 16], new: &NewVouchers) -> Result<Vec<String>, &'static str> {
    let (shop, new, now) = (world.shop.party.clone(), new.clone(), world.now);
    let made = world.shop.store.write(move |tx| {
        shop.make_vouchers(tx, no, &new, now)?;
        Ok::<_, party::shop::VouchersRefused>(shop.voucher_codes(tx, no)?)
    });
    made.map_err(|no| no.code())
}

fn batch(world: &World, no: [u8; 16]) -> Vouchers {
    let shop = world.shop.party.clone();
    world
        .shop
        .store
        .read(move |view| shop.vouchers(view, no))
        .unwrap()
        .unwrap()
}

fn take(world: &World, code: &str, claim: u8) -> Result<(Value, ByteVec), &'static str> {
    let (shop, code, now) = (world.shop.party.clone(), code.to_owned(), world.now);
    let taken = world
        .shop
        .store
        .write(move |tx| shop.take_voucher(tx, &code, [claim; 16], now));
    taken.map_err(|no: TakeRefused| no.code())
}

/// proves: ST-26 row-8
#[test]
fn a_code_is_taken_once_pays_once_and_what_is_promised_stands_in_the_books() {
    let (mut world, mut buyer) = ready();
    let spring = new(ValueKind::Coupon, Off::Amount(yen(300)));
    let codes = make(&world, NO, &spring).unwrap();
    assert_eq!(codes.len(), 3);
    assert_eq!(
        make(&world, NO, &spring),
        Ok(codes.clone()),
        "the same form again makes nothing more"
    );
    assert_eq!(batch(&world, NO).promised(), yen(900));
    world.all_is_well();
    // Wrong, foreign and guessed codes.
    assert_eq!(take(&world, "nonsense", 1).unwrap_err(), "code-malformed");
    assert_eq!(take(&world, "0000-0000-0000-0000", 1).unwrap_err(), "code-unknown");
    let (value, signed) = take(&world, &codes[0].to_lowercase().replace('-', " "), 1).unwrap();
    // An answer that was lost is said again, to the same wallet alone.
    assert_eq!(take(&world, &codes[0], 1).unwrap(), (value.clone(), signed.clone()));
    assert_eq!(take(&world, &codes[0], 2).unwrap_err(), "code-used");
    assert_eq!((batch(&world, NO).taken, batch(&world, NO).promised()), (1, yen(900)));
    let with = [(value.maker, value.id)];
    buyer.put(value.clone(), signed.clone());
    let mut twin = buyer.clone();
    let before = buyer.purse();
    buyer.buy(&mut world, 204, &with).gift();
    assert_eq!(before - buyer.purse(), 700);
    assert_eq!((batch(&world, NO).spent, batch(&world, NO).promised()), (1, yen(600)));
    world.all_is_well();
    assert_eq!(
        twin.buy(&mut world, 204, &with).void(),
        VoidReason::ValueUsed,
        "a copy of the card"
    );
    world.all_is_well();
}

/// proves: ST-26
#[test]
fn a_code_that_ended_brings_nothing_and_is_promised_no_more() {
    let (mut world, _) = ready();
    let until = world.now.plus(Span::days(1));
    let two_days = NewVouchers {
        until: Some(until),
        ..new(ValueKind::Points, Off::Amount(yen(100)))
    };
    let codes = make(&world, NO, &two_days).unwrap();
    world.wait(Span::days(2));
    assert_eq!(take(&world, &codes[0], 1).unwrap_err(), "code-ended");
    assert_eq!(batch(&world, NO).promised(), yen(300));
    world.sweep();
    assert_eq!(batch(&world, NO).promised(), yen(0));
    world.all_is_well();
}

/// proves: ST-26 row-4
#[test]
fn a_publisher_makes_coupons_for_his_own_offer_and_bears_them() {
    let (mut world, mut buyer) = ready();
    let publisher = world.publisher.id();
    let own = NewVouchers {
        offer: Some(OfferNo(204)),
        by: Some(publisher),
        ..new(ValueKind::Coupon, Off::Part(250))
    };
    for (wrong, code) in [
        (
            NewVouchers {
                offer: None,
                ..own.clone()
            },
            "vouchers-offer",
        ),
        (
            NewVouchers {
                by: Some(PartyId([9; 16])),
                ..own.clone()
            },
            "vouchers-offer",
        ),
        (
            NewVouchers {
                off: Off::Part(1001),
                ..own.clone()
            },
            "vouchers-part",
        ),
        (
            NewVouchers {
                count: 0,
                ..own.clone()
            },
            "vouchers-count",
        ),
        (
            NewVouchers {
                count: 1001,
                ..own.clone()
            },
            "vouchers-count",
        ),
        (
            NewVouchers {
                kind: ValueKind::Refund,
                ..own.clone()
            },
            "value-kind",
        ),
        (
            NewVouchers {
                until: Some(world.now),
                ..own.clone()
            },
            "vouchers-until",
        ),
    ] {
        assert_eq!(make(&world, NO, &wrong).unwrap_err(), code);
    }
    let codes = make(&world, NO, &own).unwrap();
    let (value, signed) = take(&world, &codes[1], 1).unwrap();
    assert_eq!(value.worth, yen(250), "a quarter of the price of 1000");
    let owed = statement(&world, publisher);
    buyer.put(value.clone(), signed);
    buyer.buy(&mut world, 204, &[(value.maker, value.id)]).gift();
    let sold = statement(&world, publisher);
    // He received the money, and his part of the whole price is less by what his coupon took off.
    assert_eq!(sold.0 - owed.0, 750);
    assert_eq!(sold.1 - owed.1, share(&world, publisher) - 250);
    world.all_is_well();
}

fn statement(world: &World, publisher: PartyId) -> (i64, i64) {
    let shop = world.shop.party.clone();
    let it = world
        .shop
        .store
        .read(move |view| shop.statement(view, publisher))
        .unwrap();
    (it.received.minor(), it.earned.minor())
}

fn share(world: &World, publisher: PartyId) -> i64 {
    let shop = world.shop.party.clone();
    world
        .shop
        .store
        .read(move |view| shop.balances(view, publisher))
        .unwrap()
        .1
}

/// A coupon as this publisher's collector gives it for fares.
fn rebate(world: &World, id: u8, worth: i64) -> (Value, ByteVec) {
    let value = Value {
        kind: ValueKind::Coupon,
        maker: world.publisher.id(),
        id: ValueId([id; 16]),
        worth: yen(worth),
        offer: None,
        until: None,
        label: "Good for our works".to_owned(),
    };
    let keys = world.maker.party(seal::Role::Collector, "publisher").unwrap();
    let realm = world.maker.realm().id();
    let signed = seal::sign(keys.signer(), Sealed::Value, realm, Audience::Anyone, &value);
    (value, ByteVec::from(signed))
}

/// Pays, and says it again while the seller asks the coupon's maker.
fn buys(world: &mut World, holder: &mut Holder, with: &[(PartyId, ValueId)]) -> Bought {
    let shop = world.shop.party.id();
    let (quote, sheet) = holder.ask_sale(world, Kind::Sale, 204).unwrap();
    let (_, sealed) = holder.commit(world, &quote, &sheet, with);
    match holder.pay(world, shop, &sealed).unwrap() {
        Bought::NotYet => holder.pay(world, shop, &sealed).unwrap(),
        said => said,
    }
}

/// proves: SD-19 ST-26 row-8
#[test]
fn a_collectors_coupon_pays_for_works_of_its_publisher_once_and_he_bears_it() {
    let (mut world, mut buyer) = ready();
    let publisher = world.publisher.id();
    let (coupon, signed) = rebate(&world, 3, 30);
    buyer.put(coupon.clone(), signed.clone());
    let with = [(coupon.maker, coupon.id)];
    let mut twin = buyer.clone();
    let (purse, owed) = (buyer.purse(), statement(&world, publisher));
    buys(&mut world, &mut buyer, &with).gift();
    assert_eq!(purse - buyer.purse(), 970);
    let sold = statement(&world, publisher);
    assert_eq!((sold.0 - owed.0, sold.1 - owed.1), (970, share(&world, publisher) - 30));
    world.all_is_well();
    assert_eq!(buys(&mut world, &mut twin, &with).void(), VoidReason::ValueUsed, "once");
    // Forged, and of somebody whom the registry does not list.
    let (mut forged, signed) = rebate(&world, 4, 30);
    forged.worth = yen(900);
    let mut friend = Holder::new(&mut world, 2);
    friend.put(forged.clone(), signed);
    let opened = world.account(5000);
    friend.put(opened.value, opened.signed);
    friend.load(&mut world, 4000).gift();
    assert_eq!(
        buys(&mut world, &mut friend, &[(forged.maker, forged.id)]).void(),
        VoidReason::Tender
    );
    world.all_is_well();
}

/// proves: SD-19 row-8
#[test]
fn a_collectors_coupon_counts_at_the_first_seller_that_asks() {
    let (mut world, mut buyer) = ready();
    let (coupon, signed) = rebate(&world, 5, 30);
    // Another seller was there first.
    let other = world.maker.party(seal::Role::Seller, "other shop").unwrap();
    let ask = party::collector::CouponAsk {
        coupon: signed.clone(),
        by: other.id(),
        certificate: ByteVec::from(other.certificate().to_vec()),
    };
    let (realm, to) = (world.maker.realm().id(), world.collector.party.id());
    let letter = seal::sign(other.signer(), Sealed::Settlement, realm, Audience::from(to), &ask);
    let first = world.answer(to, party::errand::Verb::Coupon, &letter);
    assert_eq!(
        world.answer(to, party::errand::Verb::Coupon, &letter),
        first,
        "the same answer again"
    );
    let purse = buyer.purse();
    buyer.put(coupon.clone(), signed);
    let with = [(coupon.maker, coupon.id)];
    assert_eq!(buys(&mut world, &mut buyer, &with).void(), VoidReason::ValueUsed);
    assert_eq!(
        (buyer.purse(), buyer.state.values.len()),
        (purse, 2),
        "money and coupon are back"
    );
    // A shop cannot ask in another's name.
    let lie = party::collector::CouponAsk {
        by: world.shop.party.id(),
        ..ask
    };
    let letter = seal::sign(other.signer(), Sealed::Settlement, realm, Audience::from(to), &lie);
    assert_eq!(
        world.refusal(to, party::errand::Verb::Coupon, &letter),
        "message-other-sender"
    );
    world.all_is_well();
}
