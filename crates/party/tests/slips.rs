//! Slips: forged, doubled, seen and brought, voided by a cheat, sent home by a collector.

mod common;

use common::{Bought, Goods, Holder, World, account_of, present, ready, shadow, yen};
use deal::{Evidence, Facts, Kind, Tender, VoidReason, fact, issuer::Honour, wire};
use minicbor::bytes::ByteVec;
use party::{
    Verb,
    bank::Holder as AccountOf,
    issuer::{Status, StopFor},
};
use seal::{Audience, Kind as Sealed, Role};
use units::{DealId, PartyId, Refusal, Span};

/// proves: row-96
#[test]
fn a_stolen_certifiers_key_makes_certificates_and_no_money() {
    let (mut world, mut buyer) = ready();
    // The thief certifies a tag of his own, well enough for every shop.
    let thief = party::realm::Certifier::new(&world.maker.card_certifier(), world.maker.realm().id());
    let receiver = buyer.new_tags(1).remove(0);
    let subject = party::realm::Subject::tag(&receiver, seal::Class::Hardware);
    let until = world.now.plus(Span::days(10));
    let certificate = thief.certify(&subject, world.now, until, 999_999);
    let forged = (receiver.tag, until, ByteVec::from(certificate));
    buyer.state.tags.insert(0, forged.clone());
    assert_eq!(buyer.buy(&mut world, 204, &[]).void(), VoidReason::NotHonoured);
    assert_eq!((world.owed(world.publisher.id()), shadow(&world, &buyer).0), (0, 2000));
    let account = account_of(&buyer);
    buyer.state.tags.insert(0, forged);
    assert_eq!(
        buyer.load_with(&mut world, 10, &[account]).void(),
        VoidReason::Certificate
    );
    world.all_is_well();
}

/// proves: row-12 row-96 S18
#[test]
fn two_slips_of_one_number_are_honoured_noted_and_bounded() {
    let mut world = World::with(|issuer, _| issuer.loss_max = yen(1500));
    world.publish(&Goods::default());
    let mut buyer = Holder::new(&mut world, 1);
    let opened = world.account(5000);
    buyer.put(opened.value, opened.signed);
    buyer.load(&mut world, 1000).gift();
    let mut yesterday = buyer.clone();
    buyer.buy(&mut world, 204, &[]).gift();
    assert_eq!(shadow(&world, &buyer), (0, 0, 0));
    // Yesterday's card buys once more with the money it no longer has: the shop is paid, the loss is the issuer's.
    yesterday.state.tags.remove(0);
    yesterday.buy(&mut world, 204, &[]).gift();
    assert_eq!(
        (shadow(&world, &buyer), world.owed(world.publisher.id())),
        ((0, 0, 1000), 2000)
    );
    world.all_is_well();
    // Two slips under one number prove it: the card is stopped, and its money is no money any more.
    let (issuer, card) = (world.issuer.party.clone(), buyer.card);
    let row = world.issuer.store.read(|v| issuer.card(v, card)).unwrap().unwrap();
    assert_eq!((row.status, row.stopped_for), (Status::Stopped, Some(StopFor::Fraud)));
    let suspects = world.issuer.store.read(|v| issuer.suspects(v)).unwrap();
    assert_eq!(suspects.len(), 1);
    assert_eq!(suspects[0].proofs[0].proof.word(), "two-slips-one-number");
    assert_eq!((suspects[0].card, suspects[0].below_zero), (card, yen(1000)));
    let mut third = buyer.clone();
    third.state.purse = yen(1000);
    assert_eq!(third.buy(&mut world, 204, &[]).void(), VoidReason::NotHonoured);
    // Beyond the bound people look first, and nothing is said to the buyer meanwhile.
    let mut other = Holder::new(&mut world, 2);
    let opened = world.account(5000);
    other.put(opened.value, opened.signed);
    other.load(&mut world, 1000).gift();
    let mut copy = other.clone();
    other.buy(&mut world, 204, &[]).gift();
    copy.state.tags.remove(0);
    let (quote, quoted) = copy.ask_sale(&mut world, Kind::Sale, 204).unwrap();
    let (_, sealed) = copy.commit(&mut world, &quote, &quoted, &[]);
    let shop = world.shop.party.id();
    assert_eq!(copy.pay(&mut world, shop, &sealed).unwrap(), Bought::NotYet);
    assert_eq!(world.owed(world.publisher.id()), 3000);
    world.all_is_well();
}

/// proves: row-58
#[test]
fn redeemed_money_waits_until_no_older_payment_can_turn_up() {
    let (mut world, mut buyer) = ready();
    let (token, issuer) = (AccountOf::Token(account_of(&buyer).1), world.issuer.party.id());
    let yesterday = buyer.clone();
    // Yesterday's copy pays a fare offline; the card itself redeems everything.
    let publisher = world.publisher.id();
    let offline = yesterday.slip(&mut world, publisher, yen(800), yesterday.state.pay_no);
    buyer.redeem(&mut world, 2000).gift();
    assert_eq!((buyer.purse(), shadow(&world, &buyer)), (0, (0, 2000, 0)));
    world.wait(Span::days(10));
    world.sweep();
    assert_eq!(world.at_bank(token), 3000, "not yet");
    // The fare turns up: it comes out of what waits, not out of the issuer's pocket.
    let said = present(
        &mut world,
        Role::Collector,
        "publisher",
        vec![(DealId([1; 32]), offline)],
    );
    assert_eq!((said[0], shadow(&world, &buyer)), (Honour::Honoured, (0, 1200, 0)));
    world.wait(Span::days(30));
    world.sweep();
    world.wait(Span::minutes(10));
    world.sweep();
    assert_eq!((world.at_bank(token), shadow(&world, &buyer)), (4200, (0, 0, 0)));
    assert_eq!(world.at_bank(AccountOf::Party(issuer)), 800);
    world.all_is_well();
}

/// proves: row-20 SD-23
#[test]
fn a_copy_of_a_slip_is_evidence_and_the_slip_is_paid_once() {
    let (mut world, buyer) = ready();
    let publisher = world.publisher.id();
    let mut witness = Holder::new(&mut world, 2);
    let slip = buyer.slip(&mut world, publisher, yen(300), 40);
    witness.witness(Evidence::Slip(DealId([1; 32]), slip.clone()));
    witness.contact(&mut world, 0);
    assert_eq!(shadow(&world, &buyer).0, 1700, "drawn, whoever holds it");
    assert_eq!(world.owed(publisher), 0, "not brought yet");
    world.all_is_well();
    let bring = vec![(DealId([2; 32]), slip.clone())];
    assert_eq!(
        present(&mut world, Role::Collector, "publisher", bring.clone()),
        [Honour::Honoured]
    );
    assert_eq!(
        present(&mut world, Role::Collector, "publisher", bring),
        [Honour::Repeat]
    );
    witness.witness(Evidence::Slip(DealId([1; 32]), slip));
    witness.contact(&mut world, 0);
    assert_eq!((world.owed(publisher), shadow(&world, &buyer).0), (300, 1700));
    world.all_is_well();
}

/// proves: S18
#[test]
fn a_shop_that_voids_what_was_honoured_owes_it_and_the_buyer_is_excused() {
    let (mut world, mut buyer) = ready();
    let (shop, publisher) = (world.shop.party.id(), world.publisher.id());
    let (quote, quoted) = buyer.ask_sale(&mut world, Kind::Sale, 204).unwrap();
    let mut paid = buyer.plan(&world, &quote, &[]);
    let sheet = buyer.sheet(&mut world, &mut paid.pay, &quoted, None);
    paid.pay = sheet.pay.clone();
    let (deal, _, signed) = buyer.seal(&mut world, &sheet, &quoted);
    buyer.state.apply(&deal::Entry::Paid(paid.signed(deal, signed)));
    let Tender::Slip(slip) = sheet.pay.tenders[0].clone() else {
        panic!()
    };
    // A shop with a program of its own: it takes the money and says no.
    assert_eq!(
        present(&mut world, Role::Seller, "shop", vec![(deal, slip)]),
        [Honour::Honoured]
    );
    let keys = world.maker.party(Role::Seller, "shop").unwrap();
    let realm = world.maker.realm().id();
    let tag = sheet.pay.receiver;
    let void = wire::SettleSheet {
        deal,
        pay_no: sheet.pay.pay_no,
        outcome: wire::OutcomeSheet::Void(VoidReason::SoldOut),
        certificate: keys.certificate().to_vec().into(),
    };
    let to = buyer.tag_opener(tag).seal_to();
    let settle = wire::sign_and_seal(
        keys.signer(),
        Sealed::Settle,
        realm,
        Audience::from(tag),
        &to,
        &void,
        &world.seed(),
    )
    .unwrap();
    assert_eq!(buyer.take(&mut world, &settle).void(), VoidReason::SoldOut);
    assert_eq!((buyer.purse(), shadow(&world, &buyer).0), (2000, 1000));
    for _ in 0..2 {
        buyer.contact(&mut world, 0);
    }
    let issuer = world.issuer.party.clone();
    let owes = world.issuer.store.read(|v| issuer.owes(v, shop)).unwrap();
    assert_eq!(
        (shadow(&world, &buyer).0, owes, world.owed(publisher)),
        (2000, yen(1000), 1000)
    );
    assert!(world.issuer.audit().is_empty(), "{:?}", world.issuer.audit());
}

/// proves: SD-13 row-18
#[test]
fn a_collector_books_each_slip_once_and_sends_it_home() {
    let (mut world, buyer) = ready();
    let (collector, publisher) = (world.collector.party.id(), world.publisher.id());
    let slips = [
        buyer.slip(&mut world, publisher, yen(100), 50),
        buyer.slip(&mut world, publisher, yen(200), 51),
    ];
    let mut carrier = Holder::new(&mut world, 2);
    carrier.state.escrow = slips.to_vec();
    let mut twin = carrier.clone();
    twin.state.tags.remove(0);
    let ask_of = |holder: &Holder, world: &mut World| {
        let mut ask = holder.asking(world, Kind::Collect);
        ask.payee = Some(publisher);
        holder.ask(world, collector, &ask).unwrap()
    };
    let (quote, quoted) = ask_of(&carrier, &mut world);
    let (_, sealed) = carrier.commit(&mut world, &quote, &quoted, &[]);
    assert!(carrier.state.escrow.is_empty());
    let first = world.answer(collector, Verb::Pay, &sealed);
    assert_eq!(
        world.answer(collector, Verb::Pay, &sealed),
        first,
        "any relay may bring it again"
    );
    assert_eq!(carrier.take(&mut world, &first).gift().receipt, Some(1));
    // The same slips from yesterday's copy of the carrier: taken, and not counted again. Its certificate has ended too.
    let (quote, quoted) = ask_of(&twin, &mut world);
    let (_, sealed) = twin.commit(&mut world, &quote, &quoted, &[]);
    world.answer(collector, Verb::Pay, &sealed);
    assert!(world.collector.audit().is_empty());
    world.wait(Span::minutes(1));
    world.sweep();
    assert_eq!((world.owed(publisher), shadow(&world, &buyer).0), (300, 1700));
    let node = world.collector.party.clone();
    let listed = world
        .collector
        .store
        .read(|v| node.collected(v, publisher, None, 10))
        .unwrap();
    assert!(listed.len() == 2 && listed.iter().all(|(_, c)| c.answer == Some(Honour::Honoured)));
    // Only for whom it collects, and nothing of anybody else's.
    let mut ask = carrier.asking(&mut world, Kind::Collect);
    ask.payee = Some(PartyId([9; 16]));
    assert_eq!(
        carrier.ask(&mut world, collector, &ask).map(|_| ()).unwrap_err().code(),
        "payee-not-here"
    );
    world.all_is_well();
}

/// proves: SD-13
#[test]
fn what_nobody_brings_for_years_goes_to_the_unclaimed_account_and_is_still_paid_once() {
    let (mut world, buyer) = ready();
    let publisher = world.publisher.id();
    let mut witness = Holder::new(&mut world, 2);
    let slip = buyer.slip(&mut world, publisher, yen(300), 40);
    witness.witness(Evidence::Slip(DealId([1; 32]), slip.clone()));
    witness.contact(&mut world, 0);
    let outstanding = |world: &World| {
        let issuer = world.issuer.party.clone();
        world.issuer.store.read(|v| issuer.outstanding(v, publisher)).unwrap()
    };
    assert_eq!(outstanding(&world), yen(300));
    world.wait(Span::days(5 * 365 + 1));
    world.sweep();
    assert_eq!((outstanding(&world), world.owed(publisher)), (yen(0), 0));
    world.all_is_well();
    let bring = vec![(DealId([2; 32]), slip)];
    assert_eq!(
        present(&mut world, Role::Collector, "publisher", bring.clone()),
        [Honour::Honoured]
    );
    assert_eq!(
        present(&mut world, Role::Collector, "publisher", bring),
        [Honour::Repeat]
    );
    assert_eq!((world.owed(publisher), shadow(&world, &buyer).0), (300, 1700));
    world.all_is_well();
}

/// proves: SD-15 row-21
#[test]
fn a_card_that_lies_about_its_purchases_is_named_by_its_publisher_and_an_honest_one_is_not() {
    fn passed_on(world: &mut World) {
        world.sweep();
        world.wait(Span::minutes(10));
        world.sweep();
    }
    let (mut world, mut honest) = ready();
    let mut liar = Holder::new(&mut world, 2);
    let mut silent = Holder::new(&mut world, 3);
    let mut witness = Holder::new(&mut world, 4);
    // One real purchase, and the shop's word for it, about a name that only card and publisher know again.
    let tag = honest.state.tags[0].0;
    let word = honest.buy(&mut world, 204, &[]).gift().bought.unwrap();
    let bought = fact::Bought {
        seller: world.shop.party.id(),
        at: word.at,
        salt: tag.0,
        signature: word.signature,
    };
    let facts = |last, count| Facts {
        last,
        count,
        ..Facts::default()
    };
    let once = facts(Some(word.at), 1);
    let mut unreadable = silent.claims(&world, once, &[]);
    unreadable.claim.sealed = ByteVec::from(vec![7; 200]);
    // Signed by its own tag all the same: it can say what it likes under the seal.
    let words = (
        "keyfare/1/claim",
        world.maker.realm().id(),
        unreadable.publisher,
        unreadable.tag,
        &once,
    );
    let words = (
        words.0,
        words.1,
        words.2,
        words.3,
        words.4,
        seal::hash(&unreadable.claim.sealed),
    );
    unreadable.claim.signature = silent
        .tag_signer(unreadable.tag)
        .sign_raw(&seal::cbor::to_bytes(&words));
    let mut forged = liar.claims(&world, once, &[]);
    forged.tag = honest.claims(&world, once, &[]).tag;
    witness.state.claims = Some(vec![
        honest.claims(&world, once, core::slice::from_ref(&bought)),
        // The same word in another's mouth, one purchase too many, and a claim in somebody else's name.
        liar.claims(&world, once, core::slice::from_ref(&bought)),
        unreadable,
        forged,
    ]);
    witness.contact(&mut world, 0);
    assert_eq!(witness.state.claims, None, "passed on, and forgotten");
    passed_on(&mut world);
    let found = |world: &World, holder: &Holder| {
        let (issuer, card) = (world.issuer.party.clone(), holder.card);
        let proofs = world.issuer.store.read(|view| issuer.proofs(view, card)).unwrap();
        proofs.iter().map(|found| found.proof.word()).collect::<Vec<_>>()
    };
    assert_eq!(found(&world, &honest), [""; 0]);
    assert_eq!(found(&world, &liar), ["false-facts"]);
    assert_eq!(found(&world, &silent), [""; 0], "nobody can prove what cannot be read");
    let collector = world.collector.party.clone();
    let counts = world.collector.store.read(|view| collector.claims_found(view)).unwrap();
    assert_eq!((counts.borne_out, counts.lies, counts.unreadable), (1, 1, 1));
    // Twice what was once: the honest card's own lie names it too.
    witness.state.claims = Some(vec![honest.claims(&world, facts(None, 2), &[bought])]);
    witness.contact(&mut world, 0);
    passed_on(&mut world);
    assert_eq!(found(&world, &honest), ["false-facts"]);
    silent.contact(&mut world, 0);
    liar.contact(&mut world, 0);
    world.all_is_well();
}
