//! Cards and their issuer: enrolled, reporting, put back, resumed.

mod common;

use common::{Holder, account_of, ready, shadow, yen};
use deal::wire;
use party::Verb;
use seal::{Audience, Kind as Sealed};
use units::Span;

/// proves: row-53
#[test]
fn enrolling_again_is_the_same_card_and_others_words_are_not() {
    let (mut world, buyer) = ready();
    let issuer = world.issuer.party.id();
    let answer = world.answer(issuer, Verb::Enrol, &buyer.enrol);
    let mut again = buyer.clone();
    again.enrolled(&world, &answer);
    assert_eq!(again.card, buyer.card);
    // Another card under the same number, the same card under another, and somebody else's tags.
    let realm = world.maker.realm().id();
    let parsed = seal::parse::<wire::Enrol>(&buyer.enrol, Sealed::Enrol, realm)
        .unwrap()
        .claims()
        .clone();
    let own = seal::Signer::new(&buyer.secret.derive("card/sign", &[]));
    let thief = seal::Signer::new(&seal::Secret::new([99; 32]));
    let sign = |key: &seal::Signer, enrol: &wire::Enrol| seal::sign(key, Sealed::Enrol, realm, Audience::Anyone, enrol);
    let other_keys = wire::Enrol {
        sign: thief.verify_key(),
        ..parsed.clone()
    };
    let other_nonce = wire::Enrol {
        nonce: [77; 16],
        ..parsed.clone()
    };
    let stolen_tags = wire::Enrol {
        nonce: [78; 16],
        sign: thief.verify_key(),
        ..parsed.clone()
    };
    let many = wire::Enrol {
        nonce: [79; 16],
        sign: thief.verify_key(),
        tags: buyer.clone().new_tags(51),
        ..parsed.clone()
    };
    for (request, code) in [
        (sign(&thief, &parsed), "enrol-not-signed"),
        (sign(&thief, &other_keys), "enrol-other-content"),
        (sign(&own, &other_nonce), "card-known"),
        (sign(&thief, &stolen_tags), "tags-refused"),
        (sign(&thief, &many), "tags-refused"),
    ] {
        assert_eq!(world.refusal(issuer, Verb::Enrol, &request), code);
    }
}

/// proves: row-11 D5 D7
#[test]
fn a_card_put_back_is_frozen_waits_and_comes_back_with_its_shadow() {
    let (mut world, mut buyer) = ready();
    let mut yesterday = buyer.clone();
    buyer.buy(&mut world, 204, &[]).gift();
    buyer.contact(&mut world, 5);
    // Today's card is lost, yesterday's file is put back: its next contact tells it.
    let cleared = yesterday.contact(&mut world, 5);
    assert!(
        yesterday.state.frozen && cleared.news.tags.is_empty(),
        "no new tags for an older copy"
    );
    let cleared = yesterday.contact(&mut world, 5);
    let from = cleared.resume_from.expect("when to ask again");
    assert!(cleared.resume.is_none() && cleared.news.tags.is_empty());
    // The other copy gets no new tags either.
    assert!(buyer.contact(&mut world, 5).news.tags.is_empty());
    world.now = from;
    assert!(
        yesterday.contact(&mut world, 0).resume.is_none(),
        "not on the day itself"
    );
    world.wait(Span(1));
    let report = yesterday.report(&mut world, 0);
    let issuer = world.issuer.party.id();
    let first = world.answer(issuer, Verb::Report, &report);
    let second = world.answer(issuer, Verb::Report, &report);
    let cleared = yesterday.cleared(&mut world, &first);
    let resume = cleared.resume.expect("the way back");
    assert_eq!((resume.purse, resume.epoch), (yen(1000), 1));
    assert!(!yesterday.state.frozen && yesterday.purse() == 1000 && yesterday.state.pay_no > buyer.state.pay_no);
    // The same report again: the same way back, and it does nothing twice.
    assert_eq!(yesterday.cleared(&mut world, &second).resume, Some(resume));
    assert_eq!(yesterday.state.epoch, 1);
    yesterday.contact(&mut world, 5);
    yesterday.buy(&mut world, 204, &[]).gift();
    assert_eq!(shadow(&world, &yesterday), (0, 0, 0));
    world.all_is_well();
}

/// proves: S13
#[test]
fn reports_are_harmless_when_lost_repeated_or_old() {
    let (mut world, mut buyer) = ready();
    let issuer = world.issuer.party.id();
    let old = buyer.report(&mut world, 3);
    buyer.buy(&mut world, 204, &[]).gift();
    let new = buyer.report(&mut world, 3);
    for report in [&new, &old, &new, &old] {
        world.answer(issuer, Verb::Report, report);
    }
    // An old report, replayed by a stranger, has not made this card an old copy.
    let cleared = buyer.contact(&mut world, 3);
    assert!(!buyer.state.frozen && cleared.news.tags.len() == 3);
    // Not signed by the card it names.
    let mut thief = Holder::new(&mut world, 2);
    thief.card = buyer.card;
    let forged = thief.report(&mut world, 0);
    assert_eq!(world.refusal(issuer, Verb::Report, &forged), "message-not-signed");
    thief.card = units::CardNo([9; 16]);
    let unknown = thief.report(&mut world, 0);
    assert_eq!(world.refusal(issuer, Verb::Report, &unknown), "card-unknown");
    world.all_is_well();
}

/// proves: S6
#[test]
fn a_load_whose_answer_was_lost_comes_with_the_next_report() {
    let (mut world, mut buyer) = ready();
    let account = account_of(&buyer);
    let issuer = world.issuer.party.id();
    let (_, sealed) = buyer.load_begun(&mut world, 500, &[account]);
    world.answer(issuer, Verb::Pay, &sealed);
    assert_eq!(buyer.purse(), 2000);
    let cleared = buyer.contact(&mut world, 0);
    assert_eq!((cleared.rulings.len(), buyer.purse()), (1, 2500));
    world.all_is_well();
}
