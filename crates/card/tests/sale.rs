//! A whole sale from the card's side, and everything that must not happen in one.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

#[path = "charge/mod.rs"]
mod charge;
mod world;

use card::{Card, Memory, QuoteRefusal, SettleRefusal, Settled, Want};
use deal::{Kind, VoidReason, wire::OutcomeSheet};
use package::{ContentKey, Tree};
use units::{Moment, OfferNo, PartyId, Refusal, Share};
use world::*;

fn spendable(card: &Card<Memory>) -> i64 {
    card.state().purse.minor()
}

/// proves: XD-8 SD-1 SD-2 S6
#[test]
fn a_purse_of_500_buys_at_300_and_keeps_200() {
    let mut world = World::new();
    let mut card = world.card(1);
    world.load(&mut card, 500);
    assert_eq!(spendable(&card), 500);
    let pay = world.pay(&mut card);
    let summary = card.state().summary();
    assert_eq!(
        (summary.spendable.minor(), summary.reserved.minor()),
        (200, 300),
        "set aside, not gone"
    );
    let settle = world.give(&pay);
    let Settled::Given { license: Some(id), .. } = card.settle(&settle, NOW, &world.fresh()).unwrap() else {
        panic!()
    };
    let summary = card.state().summary();
    assert_eq!((summary.spendable.minor(), summary.reserved.minor()), (200, 0));
    assert_eq!(card.state().licenses.len(), 1);
    // The key is the content's: a stretch key from the card equals the one under the content key.
    let ticket = card.begin_play(id, NOW, &world.fresh()).unwrap();
    let key = card.release(&ticket, &world.header, 0, NOW).unwrap();
    let tree = Tree::new(world.header.key.id, &world.header.geometry);
    let right = world.key.root(&tree).stretch(&tree, 0).unwrap();
    assert_eq!(key.secret_bytes_for_release(), right.secret_bytes_for_release());
    // The same settle again changes nothing.
    assert!(matches!(
        card.settle(&settle, NOW, &world.fresh()),
        Ok(Settled::Again(_))
    ));
    assert_eq!(spendable(&card), 200);
}

/// proves: SD-1 XD-8
#[test]
fn too_little_money_changes_nothing_and_says_how_much_is_missing() {
    let mut world = World::new();
    let mut card = world.card(1);
    world.load(&mut card, 200);
    let asked = card.ask_sale(OfferNo(204), &world.fresh()).unwrap();
    let checked = world.checked(&card, &asked);
    let ok = card.confirm(&checked, PIN, &world.fresh()).unwrap();
    let before = card.state().clone();
    let no = card
        .pay(&checked, ok, &Want::default(), NOW, &world.fresh())
        .unwrap_err();
    assert_eq!(no.code(), "purse-too-small");
    assert!(no.to_string().contains("load JPY 100 more"), "{no}");
    assert_eq!(*card.state(), before);
}

/// proves: S6 row-14
#[test]
fn a_void_brings_everything_back() {
    let mut world = World::new();
    let mut card = world.card(1);
    world.load(&mut card, 500);
    let pay = world.pay(&mut card);
    let void = world.refuse(&pay, VoidReason::SoldOut);
    assert!(matches!(
        card.settle(&void, NOW, &world.fresh()).unwrap(),
        Settled::Void {
            reason: VoidReason::SoldOut,
            ..
        }
    ));
    assert_eq!(
        (spendable(&card), card.state().paid.len(), card.state().licenses.len()),
        (500, 0, 0)
    );
    assert_eq!(
        card.state().evidence.len(),
        1,
        "the void is kept until the issuer has it"
    );
}

/// proves: SD-2
#[test]
fn a_license_for_another_card_opens_nothing() {
    let mut world = World::new();
    let (mut one, mut two) = (world.card(1), world.card(2));
    world.load(&mut one, 500);
    world.load(&mut two, 500);
    let pay_one = world.pay(&mut one);
    let settle_one = world.give(&pay_one);
    let pay_two = world.pay(&mut two);
    assert!(matches!(
        two.settle(&settle_one, NOW, &world.fresh()),
        Err(SettleRefusal::NotMine)
    ));
    // Even a seller who sends card one's document to card two gives it nothing.
    let (deal_one, sheet_one) = world.open_pay(&pay_one);
    let (deal_two, sheet_two) = world.open_pay(&pay_two);
    let gift = world.gift(deal_one, &sheet_one);
    let wrong = world.settle(deal_two, &sheet_two, OutcomeSheet::Given(gift));
    assert_eq!(
        two.settle(&wrong, NOW, &world.fresh()).unwrap_err().code(),
        "license-for-another-card"
    );
    assert_eq!(two.state().paid.len(), 1, "the payment stays named on the card");
}

/// proves: row-1 SD-1
#[test]
fn a_quote_that_differs_from_the_publishers_offer_is_never_shown() {
    type Bend = fn(&mut deal::Quote);
    let bends: &[(&str, Bend)] = &[
        ("quote-price-changed", |q| q.price = yen(301)),
        ("quote-price-changed", |q| q.price = yen(1)),
        ("quote-differs-from-offer", |q| q.payee = PartyId([21; 16])),
        ("quote-differs-from-offer", |q| q.policy = Some(units::Hash([9; 32]))),
        ("quote-differs-from-offer", |q| q.title = units::ContentId([9; 16])),
        ("quote-differs-from-offer", |q| q.offer = Some(units::Hash([9; 32]))),
        ("quote-differs-from-offer", |q| q.generation = 1),
        ("quote-differs-from-offer", |q| q.rights.plays = Some(1)),
        ("quote-differs-from-offer", |q| {
            q.accepts = vec![license::TenderKind::Charge]
        }),
        ("quote-other-question", |q| q.ask = None),
        ("quote-other-question", |q| q.ask = Some(units::Hash([9; 32]))),
        ("quote-other-question", |q| q.giver = [22; 16]),
        ("quote-other-question", |q| q.kind = Kind::PayOnly),
        ("quote-ended", |q| q.until = Moment(NOW.0 - 1)),
    ];
    let mut world = World::new();
    let card = world.card(1);
    for (code, bend) in bends {
        let asked = card.ask_sale(OfferNo(204), &world.fresh()).unwrap();
        let mut quote = world.quote_for(&asked.ask);
        bend(&mut quote);
        let bytes = world.quote_sheet(&quote, &asked.ask);
        let no = card
            .read_quote(&bytes, Some(&asked), Some(&world.sheet()), NOW)
            .unwrap_err();
        assert_eq!(no.code(), *code, "{quote:?}");
    }
    // A seller the publisher did not name, and an offer for another number than was asked for.
    let asked = card.ask_sale(OfferNo(204), &world.fresh()).unwrap();
    let mut offer = world.offer();
    offer.sellers.clear();
    let sheet = world.sheet_of(&offer);
    let mut quote = world.quote_for(&asked.ask);
    quote.offer = Some(seal::hash(&sheet.offer));
    let bytes = world.quote_sheet(&quote, &asked.ask);
    assert_eq!(
        card.read_quote(&bytes, Some(&asked), Some(&sheet), NOW),
        Err(QuoteRefusal::SellerNotNamed)
    );
    let other = card.ask_sale(OfferNo(205), &world.fresh()).unwrap();
    let quote = world.quote_for(&other.ask);
    let bytes = world.quote_sheet(&quote, &other.ask);
    assert_eq!(
        card.read_quote(&bytes, Some(&other), Some(&world.sheet()), NOW),
        Err(QuoteRefusal::Differs("work"))
    );
}

/// proves: row-82 row-81 XD-11
#[test]
fn no_altered_byte_of_a_quote_or_settle_is_taken() {
    let mut world = World::new();
    let mut card = world.card(1);
    world.load(&mut card, 500);
    let asked = card.ask_sale(OfferNo(204), &world.fresh()).unwrap();
    let quote = world.quote_for(&asked.ask);
    let bytes = world.quote_sheet(&quote, &asked.ask);
    for at in (0..bytes.len()).step_by(7) {
        let mut bad = bytes.clone();
        bad[at] ^= 1;
        assert!(
            card.read_quote(&bad, Some(&asked), Some(&world.sheet()), NOW).is_err(),
            "byte {at}"
        );
    }
    let pay = world.pay(&mut card);
    let settle = world.give(&pay);
    let before = card.state().clone();
    for at in (0..settle.len()).step_by(41) {
        let mut bad = settle.clone();
        bad[at] ^= 1;
        assert!(card.settle(&bad, NOW, &world.fresh()).is_err(), "byte {at}");
    }
    assert_eq!(*card.state(), before);
    assert!(card.settle(&settle, NOW, &world.fresh()).is_ok());
}

/// proves: XD-11 row-17
#[test]
fn a_seller_who_sends_something_else_than_was_paid_for_closes_nothing() {
    let mut world = World::new();
    let mut card = world.card(1);
    world.load(&mut card, 500);
    let pay = world.pay(&mut card);
    let (deal, sheet) = world.open_pay(&pay);
    let good = world.gift(deal, &sheet);
    // No license at all; another deal's license; a key of another content; fewer rights.
    let none = deal::wire::GiftSheet {
        document: None,
        ..good.clone()
    };
    let other_deal = world.document(units::DealId([3; 32]), &sheet);
    let right_key = core::mem::replace(&mut world.key, ContentKey::from_secret_bytes([78; 32]));
    let mut wrong_key = world.document(deal, &sheet);
    world.key = right_key;
    let honest = world.document(deal, &sheet);
    wrong_key.links = honest.links.clone();
    world.rights.plays = Some(1);
    let fewer = world.document(deal, &sheet);
    world.rights = license::Rights::UNLIMITED;
    let with = |document: &license::Document| deal::wire::GiftSheet {
        document: Some(seal::cbor::to_bytes(document).into()),
        ..good.clone()
    };
    for (code, gift) in [
        ("settle-another-license", none),
        ("settle-another-license", with(&other_deal)),
        ("settle-key-does-not-open", with(&wrong_key)),
        ("settle-another-license", with(&fewer)),
    ] {
        let bytes = world.settle(deal, &sheet, OutcomeSheet::Given(gift));
        let no = card.settle(&bytes, NOW, &world.fresh()).unwrap_err();
        assert_eq!(no.code(), code, "{no}");
        assert_eq!((card.state().paid.len(), card.state().licenses.len()), (1, 0));
    }
    let bytes = world.settle(deal, &sheet, OutcomeSheet::Given(good));
    assert!(matches!(
        card.settle(&bytes, NOW, &world.fresh()),
        Ok(Settled::Given { .. })
    ));
}

/// proves: XD-8 S17
#[test]
fn a_license_handed_back_leaves_the_card_and_brings_a_refund_order() {
    let mut world = World::new();
    let mut card = world.card(1);
    world.load(&mut card, 500);
    let id = world.buy(&mut card);
    let hand_back = |world: &mut World, card: &mut Card<Memory>| {
        let asked = card.ask_surrender(id, OfferNo(204), &world.fresh()).unwrap();
        let checked = world.checked(card, &asked);
        assert_eq!(checked.title(), "Night Ferry");
        let ok = card.confirm(&checked, PIN, &world.fresh()).unwrap();
        card.pay(&checked, ok, &Want::default(), NOW, &world.fresh()).unwrap().1
    };
    let pay = hand_back(&mut world, &mut card);
    assert!(
        card.begin_play(id, NOW, &world.fresh()).is_err(),
        "not usable while it is being handed back"
    );
    let void = world.refuse(pay.bytes(), VoidReason::NoRefund);
    card.settle(&void, NOW, &world.fresh()).unwrap();
    assert!(card.state().play(id, NOW).is_ok(), "back after a void");
    let pay = hand_back(&mut world, &mut card);
    let settle = world.give(pay.bytes());
    card.settle(&settle, NOW, &world.fresh()).unwrap();
    assert!(card.begin_play(id, NOW, &world.fresh()).is_err());
    assert_eq!(card.state().values.len(), 1);
    // The refund order becomes money in a load, and only there.
    let (maker, value) = (card.state().values[0].0.maker, card.state().values[0].0.id);
    let want = Want {
        values: vec![(maker, value)],
        ..Want::default()
    };
    let asked = card.ask_sale(OfferNo(204), &world.fresh()).unwrap();
    let checked = world.checked(&card, &asked);
    let ok = card.confirm(&checked, PIN, &world.fresh()).unwrap();
    assert_eq!(
        card.pay(&checked, ok, &want, NOW, &world.fresh()).unwrap_err().code(),
        "value-not-spendable"
    );
    let asked = card.ask_load(yen(300), &world.fresh()).unwrap();
    let checked = world.checked(&card, &asked);
    let ok = card.confirm_free(&checked).unwrap();
    let (_, pay) = card.pay(&checked, ok, &want, NOW, &world.fresh()).unwrap();
    assert!(card.state().values.is_empty());
    let settle = world.give(pay.bytes());
    card.settle(&settle, NOW, &world.fresh()).unwrap();
    assert_eq!(spendable(&card), 500);
}

/// proves: row-9
#[test]
fn what_was_played_is_not_handed_back_as_unplayed() {
    let mut world = World::new();
    let mut card = world.card(1);
    world.load(&mut card, 500);
    let id = world.buy(&mut card);
    card.begin_play(id, NOW, &world.fresh()).unwrap();
    let asked = card.ask_surrender(id, OfferNo(204), &world.fresh()).unwrap();
    let checked = world.checked(&card, &asked);
    let ok = card.confirm(&checked, PIN, &world.fresh()).unwrap();
    let no = card
        .pay(&checked, ok, &Want::default(), NOW, &world.fresh())
        .unwrap_err();
    assert_eq!(no.code(), "license-stays");
    assert!(no.to_string().contains("played"), "{no}");
}

/// proves: S16 row-2
#[test]
fn a_receipt_paid_beforehand_pays_once() {
    let mut world = World::new();
    let mut card = world.card(1);
    world.load(&mut card, 500);
    let asked = card.ask_pay_only(OfferNo(204), &world.fresh()).unwrap();
    let checked = world.checked(&card, &asked);
    let ok = card.confirm(&checked, PIN, &world.fresh()).unwrap();
    let (_, pay) = card.pay(&checked, ok, &Want::default(), NOW, &world.fresh()).unwrap();
    let settle = world.give(pay.bytes());
    card.settle(&settle, NOW, &world.fresh()).unwrap();
    assert_eq!((spendable(&card), card.state().values.len()), (200, 1));
    let receipt = card.state().values[0].0.clone();
    let want = Want {
        values: vec![(receipt.maker, receipt.id)],
        ..Want::default()
    };
    let asked = card.ask_sale(OfferNo(204), &world.fresh()).unwrap();
    let checked = world.checked(&card, &asked);
    let ok = card.confirm(&checked, PIN, &world.fresh()).unwrap();
    let (_, pay) = card.pay(&checked, ok, &want, NOW, &world.fresh()).unwrap();
    let settle = world.give(pay.bytes());
    assert!(matches!(
        card.settle(&settle, NOW, &world.fresh()).unwrap(),
        Settled::Given { license: Some(_), .. }
    ));
    assert_eq!((spendable(&card), card.state().values.len()), (200, 0));
}

/// proves: SD-5 S4
#[test]
fn a_full_card_refuses_before_money_moves() {
    let mut world = World::new();
    let mut card = world.card(1);
    world.load(&mut card, 1000);
    let id = world.buy(&mut card);
    let mut profile = World::profile();
    profile.licenses_max = 1;
    let report = card.report(seal::Class::Software, NOW, &world.fresh()).unwrap();
    let answer = world.clear(&card, report.bytes(), deal::issuer::Seen::default(), |a| {
        a.profile = profile
    });
    card.cleared(&answer, NOW, &world.fresh()).unwrap();
    let asked = card.ask_sale(OfferNo(204), &world.fresh()).unwrap();
    let checked = world.checked(&card, &asked);
    let ok = card.confirm(&checked, PIN, &world.fresh()).unwrap();
    let before = card.state().clone();
    assert_eq!(
        card.pay(&checked, ok, &Want::default(), NOW, &world.fresh())
            .unwrap_err()
            .code(),
        "card-full-of-licenses"
    );
    assert_eq!(*card.state(), before);
    card.delete(id, NOW, &world.fresh()).unwrap();
    let ok = card.confirm(&checked, PIN, &world.fresh()).unwrap();
    assert!(card.pay(&checked, ok, &Want::default(), NOW, &world.fresh()).is_ok());
}

/// proves: row-34
#[test]
fn a_share_of_ten_percent_releases_nothing_beyond_it_however_often_it_is_asked() {
    let mut world = World::new();
    world.rights.share = Share::Tenth;
    let mut card = world.card(1);
    world.load(&mut card, 500);
    let id = world.buy(&mut card);
    let ticket = card.begin_play(id, NOW, &world.fresh()).unwrap();
    let tree = Tree::new(world.header.key.id, &world.header.geometry);
    let reach = tree.cover(Share::Tenth).unwrap();
    let stretches = tree.whole().to;
    let got: Vec<u32> = (0..stretches)
        .filter(|n| card.release(&ticket, &world.header, *n, NOW).is_ok())
        .collect();
    assert_eq!(got, (reach.from..reach.to).collect::<Vec<_>>());
    assert!(stretches > reach.to);
    assert_eq!(
        card.release(&ticket, &world.header, u32::MAX, NOW).unwrap_err().code(),
        "beyond-share"
    );
}

/// proves: XD-11
#[test]
fn its_holders_limits_hold_for_one_payment_and_for_a_day() {
    use card::Limits;
    let mut world = World::new();
    let mut card = world.card(1);
    world.load(&mut card, 1000);
    let set = |card: &mut Card<Memory>, world: &mut World, one: Option<i64>, day: Option<i64>| {
        let limits = Limits {
            one: one.map(yen),
            day: day.map(yen),
        };
        card.set_limits(limits, PIN, &world.fresh()).unwrap();
        assert_eq!(card.limits(), limits);
    };
    let asked = card.ask_sale(OfferNo(204), &world.fresh()).unwrap();
    let checked = world.checked(&card, &asked);
    let refused = |card: &Card<Memory>| {
        card.dry_run(&checked, &Want::default(), NOW)
            .err()
            .map(|no| (no.code(), no.again()))
    };
    assert_eq!(refused(&card), None);
    // Nobody without the PIN sets any, and none in other money.
    let low = Limits {
        one: Some(yen(1)),
        day: None,
    };
    assert_eq!(
        card.set_limits(low, "0000", &world.fresh()).unwrap_err().code(),
        "pin-wrong"
    );
    let euro = Limits {
        one: Some(units::Money::zero(units::Currency::new("EUR").unwrap())),
        day: None,
    };
    assert_eq!(
        card.set_limits(euro, PIN, &world.fresh()).unwrap_err().code(),
        "limit-other-currency"
    );
    assert_eq!((refused(&card), card.limits()), (None, Limits::default()));
    // One payment: exactly the limit is within it. What the dry run says, the payment says, and nothing moves.
    set(&mut card, &mut world, Some(299), None);
    assert_eq!(refused(&card), Some(("above-own-limit", units::Again::AfterYouAct)));
    let ok = card.confirm(&checked, PIN, &world.fresh()).unwrap();
    let no = card.pay(&checked, ok, &Want::default(), NOW, &world.fresh());
    assert_eq!((no.unwrap_err().code(), spendable(&card)), ("above-own-limit", 1000));
    set(&mut card, &mut world, Some(300), Some(500));
    assert_eq!(refused(&card), None);
    // A day: what was paid counts, what came back does not, and a day later it is over. Loads never count.
    let pay = world.pay(&mut card);
    assert_eq!(card.spent(NOW), yen(300));
    let void = world.refuse(&pay, VoidReason::SoldOut);
    card.settle(&void, NOW, &world.fresh()).unwrap();
    assert_eq!(card.spent(NOW), yen(0));
    world.buy(&mut card);
    let asked = card.ask_sale(OfferNo(204), &world.fresh()).unwrap();
    let checked = world.checked(&card, &asked);
    let no = card.dry_run(&checked, &Want::default(), NOW).unwrap_err();
    assert_eq!((no.code(), no.again()), ("above-own-day", units::Again::Later));
    assert!(no.to_string().contains("JPY 300 went"), "{no}");
    let later = NOW.plus(units::Span::days(1));
    assert_eq!(card.spent(later), yen(0));
    world.load(&mut card, 100);
    assert_eq!(card.spent(NOW), yen(300));
    // It survives a restart, for it is in the card's memory.
    assert_eq!(wake(&card, 1).unwrap().limits(), card.limits());
}
