//! The publisher's terms come to a receiver once, with the quote. By whichever way the gift without them comes in, to this
//! card or to the one that takes its place, the license is whole.

use super::*;
use card::{Card, Memory, Took};
use deal::{
    issuer::Seen,
    lost::Loss,
    wire::{self, OutcomeSheet, PaySheet, SettleSheet},
};
use license::Document;
use seal::{Audience, Class, Kind as Sealed};
use units::{CardNo, LicenseId};

/// The document that `giver` sends to a card which says of the terms that it `keeps` them.
fn sent(world: &mut World, giver: &mut Card<Memory>, license: LicenseId, keeps: Option<bool>, n: u8) -> Document {
    let permit = permit(world, giver, Kind::Copy, license);
    let quoted = giver.open_quote(&permit, NOW).unwrap();
    let hacked = Hacked::new(world, n);
    let (_, pay) = hacked.pay(world, &quoted, |sheet| sheet.keeps_terms = keeps);
    let settle = settle_of(&decide(world, giver, &pay));
    let signed = wire::open_sealed(&opener(n), Sealed::Settle, &settle).unwrap();
    let parsed = seal::parse::<SettleSheet>(&signed, Sealed::Settle, world.id).unwrap();
    let OutcomeSheet::Given(gift) = &parsed.claims().outcome else {
        panic!("not given")
    };
    Document::parse(gift.document.as_ref().unwrap()).unwrap()
}

#[test]
fn a_gift_leaves_out_the_terms_exactly_if_its_receiver_says_that_it_keeps_them() {
    let mut world = world(Route::Chain);
    let (mut giver, license) = owner(&mut world, 1);
    let terms = world.sheet().terms_name();
    for (n, keeps) in [(40, None), (41, Some(false))] {
        assert_eq!(sent(&mut world, &mut giver, license, keeps, n).terms_name(), terms);
    }
    let bare = sent(&mut world, &mut giver, license, Some(true), 42);
    assert!(bare.publisher.is_empty() && bare.offer.is_empty() && bare.policy.is_empty());
    assert_eq!(bare.with_terms(&world.sheet()).terms_name(), terms);
}

/// The one license on a card, checked again from its document as it is kept.
fn whole(card: &Card<Memory>) -> (LicenseId, Vec<u8>) {
    let mut licenses = card.state().licenses.values();
    let (held, None) = (licenses.next().unwrap(), licenses.next()) else {
        panic!("one license")
    };
    assert_eq!(card.license_of(held).unwrap().id, held.id);
    (held.id, held.document.to_vec())
}

/// The issuer rules that nothing was given for the card's open payment.
fn ruled_void(world: &mut World, card: &Card<Memory>) -> Vec<u8> {
    let paid = &card.state().paid[0];
    let parsed = seal::parse::<PaySheet>(&paid.message, Sealed::Pay, world.id).unwrap();
    let sheet = parsed.claims();
    let settle = SettleSheet {
        deal: paid.deal,
        pay_no: paid.pay.pay_no,
        outcome: OutcomeSheet::Void(VoidReason::Ruled),
        certificate: world.issuer_certificate(),
    };
    let to = world.receiver_of(sheet);
    let seed = world.fresh();
    wire::sign_and_seal(
        &signer(20),
        Sealed::Settle,
        world.id,
        Audience::from(to.tag),
        &to.seal,
        &settle,
        &seed,
    )
    .unwrap()
}

/// A loss of which nothing has come back yet.
fn loss_of(card: CardNo) -> Loss {
    Loss {
        card,
        stopped: NOW,
        from: NOW,
        figure: yen(0),
        open: yen(0),
        back: yen(0),
        copy: None,
        rulings: vec![],
        sold: vec![],
        orders: vec![],
        late: None,
    }
}

/// What the issuer answers to a report, with gifts that came late.
fn told(world: &mut World, card: &mut Card<Memory>, late: &[u8]) -> usize {
    let report = card.report(Class::Software, NOW, &world.fresh()).unwrap();
    let seen = Seen {
        epoch: 0,
        pay_no: 0,
        give_no: 0,
    };
    let answer = world.clear(card, report.bytes(), seen, |sheet| {
        sheet.late = Some(vec![late.to_vec().into()]);
    });
    card.cleared(&answer, NOW, &world.fresh()).unwrap().late
}

/// proves: S6 S8
#[test]
fn a_gift_without_its_terms_is_whole_by_every_way_it_comes_in() {
    let mut world = world(Route::Latest);
    let (mut giver, license) = owner(&mut world, 1);
    let mut friend = rich(&mut world, 2, 500);
    let (_, pay) = paying(&mut world, &mut giver, &mut friend, Kind::Copy, license);
    let settle = settle_of(&decide(&mut world, &mut giver, &pay));

    // The answer arrives; the card was switched off in between, so nothing is remembered that is not written.
    let mut at_once = wake(&friend, 2).unwrap();
    at_once.settle(&settle, NOW, &world.fresh()).unwrap();
    let expected = whole(&at_once);
    assert_eq!(
        Document::parse(&expected.1).unwrap().terms_name(),
        world.sheet().terms_name()
    );

    // The card is lost while the payment is open: the answer comes to the one in its place, and to the one after that.
    let mut lost = wake(&friend, 2).unwrap();
    for (before, n) in [(2, 8), (8, 9)] {
        let code = card_lock(before).1;
        let copy = lost.recovery_copy(true, NOW, &world.fresh()).unwrap();
        let mut heir = world.card(n);
        let loss = loss_of(lost.number().unwrap());
        heir.recover(&code, Some(&copy), b"stated", &loss, NOW, &world.fresh())
            .unwrap();
        let mut there = wake(&heir, n).unwrap();
        let took = there.take_ruling(friend.number().unwrap(), &settle, NOW, &world.fresh());
        assert_eq!(took, Ok(Took::License(expected.0)));
        assert_eq!(whole(&there), expected);
        let again = there.take_ruling(friend.number().unwrap(), &settle, NOW, &world.fresh());
        assert_eq!(again, Ok(Took::Nothing));
        lost = heir;
    }

    // The payment was ruled void, and the gift comes to light.
    let mut late = wake(&friend, 2).unwrap();
    let void = ruled_void(&mut world, &late);
    let settled = late.settle(&void, NOW, &world.fresh()).unwrap();
    assert!(matches!(settled, Settled::Void { .. }), "{settled:?}");
    let mut late = wake(&late, 2).unwrap();
    assert_eq!(told(&mut world, &mut late, &settle), 1);
    assert_eq!(whole(&late), expected);
    assert_eq!(told(&mut world, &mut late, &settle), 0, "once");
}
