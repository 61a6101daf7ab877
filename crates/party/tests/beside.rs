//! Reading beside the writer: what was found out before is decided on what is true in the transaction, and what is said
//! follows from the record alone. Parties behind HTTP go this way; every other test goes it in one transaction.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use std::sync::Arc;

use common::{Bought, Goods, Holder, Node, World, ready};
use deal::{Kind, VoidReason};
use party::{
    Errand, Party, Reply, Step, Verb,
    beside::{Message, Told, Unsaid},
};
use seal::Seed;
use units::{Moment, OfferNo, Span};

fn read<P: Party + 'static>(node: &Node<P>, verb: Verb, body: &[u8], now: Moment, seed: &Seed) -> Arc<Message> {
    let read = |view: &mut dyn store::View| node.party.read(view, verb, body, now, seed);
    Arc::new(node.store.read(read).unwrap())
}

fn decide<P: Party + 'static>(node: &Node<P>, message: &Arc<Message>, now: Moment, seed: Seed) -> Unsaid {
    let (party, message) = (node.party.clone(), message.clone());
    let decide = move |tx: &mut dyn store::Tx| party.decide(tx, &message, now, &seed);
    node.store.write(decide).unwrap()
}

fn read_reply(world: &mut World, errand: &Errand, reply: &[u8]) -> Arc<Told> {
    let (now, seed) = (world.now, world.seed());
    let party = &world.shop.party;
    let read = |view: &mut dyn store::View| party.read_reply(view, errand.id, Reply::Answer(reply), now, &seed);
    Arc::new(world.shop.store.read(read).unwrap())
}

fn hear(world: &mut World, told: &Arc<Told>) -> Step {
    let (now, seed) = (world.now, world.seed());
    let (party, told) = (world.shop.party.clone(), told.clone());
    let hear = move |tx: &mut dyn store::Tx| party.hear(tx, &told, now, &seed);
    let unsaid = world.shop.store.write(hear).unwrap();
    world.shop.party.say(unsaid).unwrap()
}

fn errand(step: Step) -> Errand {
    match step {
        Step::Errand(errand) => errand,
        other => panic!("asks nobody: {other:?}"),
    }
}

/// A payment, read by the shop as it is now.
fn paid(world: &mut World, buyer: &mut Holder) -> (Vec<u8>, Arc<Message>) {
    let (quote, sheet) = buyer.ask_sale(world, Kind::Sale, 204).unwrap();
    let (_, sealed) = buyer.commit(world, &quote, &sheet, &[]);
    let seed = world.seed();
    let message = read(&world.shop, Verb::Pay, &sealed, world.now, &seed);
    (sealed, message)
}

fn judge(world: &mut World, message: &Arc<Message>) -> Step {
    let seed = world.seed();
    let unsaid = decide(&world.shop, message, world.now, seed);
    world.shop.party.say(unsaid).unwrap()
}

// proves: row-51 row-53
#[test]
fn a_sale_in_parts_is_one_sale_however_often_each_part_is_done() {
    let (mut world, mut buyer) = ready();
    let (sealed, message) = paid(&mut world, &mut buyer);
    let asked = errand(judge(&mut world, &message));
    assert_eq!(
        errand(judge(&mut world, &message)),
        asked,
        "the same errand, with the same bytes"
    );
    // The issuer reads twice before it decides once.
    let seed = world.seed();
    let slips = [0, 1].map(|_| read(&world.issuer, Verb::Present, &asked.body, world.now, &seed));
    let answers = slips.map(|slips| {
        let seed = world.seed();
        let unsaid = decide(&world.issuer, &slips, world.now, seed);
        world.issuer.party.say(unsaid).unwrap().answer().unwrap()
    });
    assert_ne!(answers[0], answers[1], "honoured, then a repeat");
    let told = [
        read_reply(&mut world, &asked, &answers[0]),
        read_reply(&mut world, &asked, &answers[1]),
    ];
    let settle = hear(&mut world, &told[0]).answer().unwrap();
    assert_eq!(
        hear(&mut world, &told[1]),
        Step::Answer(Vec::new()),
        "it was finished meanwhile"
    );
    // What was read while it was open, after it was decided; and read anew, years later.
    for _ in 0..2 {
        assert_eq!(judge(&mut world, &message), Step::Answer(settle.clone()));
        world.wait(Span::days(800));
    }
    let shop = world.shop.party.id();
    assert_eq!(world.answer(shop, Verb::Pay, &sealed), settle);
    buyer.pay(&mut world, shop, &sealed).unwrap().gift();
    assert_eq!(world.owed(world.publisher.id()), 1000);
    world.all_is_well();
}

#[test]
fn what_changed_after_the_reading_decides() {
    let (mut world, mut buyer) = ready();
    let (sealed, message) = paid(&mut world, &mut buyer);
    let (shop, now) = (world.shop.party.clone(), world.now);
    let off = world.shop.store.write(move |tx| shop.withdraw(tx, OfferNo(204), now));
    assert!(off.unwrap());
    let void = judge(&mut world, &message).answer().unwrap();
    let shop = world.shop.party.id();
    assert_eq!(world.answer(shop, Verb::Pay, &sealed), void, "for ever");
    assert_eq!(
        buyer.pay(&mut world, shop, &sealed).unwrap(),
        Bought::Void(VoidReason::Withdrawn)
    );
    assert_eq!(buyer.purse(), 2000);
    world.all_is_well();
}

#[test]
fn the_last_piece_is_sold_once_whoever_was_read_first() {
    let mut world = World::new();
    world.publish(&Goods {
        edition: Some(1),
        ..Goods::default()
    });
    let mut buyers = [1, 2].map(|n| Holder::new(&mut world, n));
    let mut read = Vec::new();
    for buyer in &mut buyers {
        let opened = world.account(5000);
        buyer.put(opened.value, opened.signed);
        buyer.load(&mut world, 2000).gift();
        read.push(paid(&mut world, buyer));
    }
    let asked = errand(judge(&mut world, &read[1].1));
    let late = judge(&mut world, &read[0].1);
    assert!(matches!(late, Step::Answer(_)), "void at once: {late:?}");
    let shop = world.shop.party.id();
    assert_eq!(
        buyers[0].pay(&mut world, shop, &read[0].0).unwrap(),
        Bought::Void(VoidReason::SoldOut)
    );
    let issuer = world.issuer.party.id();
    let word = world.answer(issuer, Verb::Present, &asked.body);
    let told = read_reply(&mut world, &asked, &word);
    assert!(hear(&mut world, &told).answer().is_some());
    buyers[1].pay(&mut world, shop, &read[1].0).unwrap().gift();
    world.all_is_well();
}
