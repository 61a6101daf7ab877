//! Payouts: each purchase by one transfer, once; late and capped for new enterprises.

use carrier::{Paid, Trust};
use party::bank::WhyNot;
use units::Span;

use crate::world::{SELLER, World, day, found, offer, yen};

/// proves: ST-6 row-52
#[test]
fn a_seller_is_paid_once_by_a_transfer_that_names_the_charge() {
    let mut world = found(|_| {});
    world.list(SELLER, 2000, Trust::Trusted);
    let aiko = world.subscribe("+819000004417", |_| {});
    let sent = world.charge(&aiko, SELLER, offer(2000), 1000);
    world.bring(&sent).unwrap();
    // The bank books, and its answers are lost: it is asked again, and nothing is paid twice.
    world.bank_is_silent = true;
    for _ in 0..3 {
        world.tend();
        world.now = world.now.plus(Span::minutes(30));
    }
    assert_eq!(
        (world.at_bank(SELLER), world.payable(&sent).paid),
        (1000, Paid::Ordered)
    );
    world.adds_up();
    world.bank_is_silent = false;
    for _ in 0..2 {
        world.tend();
        world.now = day(2);
    }
    assert!(matches!(world.payable(&sent).paid, Paid::Done(_)));
    assert_eq!(world.at_bank(SELLER), 1000);
    let (bank, id) = (world.bank.clone(), world.seller(SELLER));
    let lines = world
        .bank_store
        .read(|view| bank.statement(view, party::bank::Holder::Party(id), None, 10))
        .unwrap();
    assert_eq!(lines[0].1.reference, carrier::reference(sent.charge.charge));
    world.adds_up();
}

/// proves: row-59
#[test]
fn a_new_enterprise_is_paid_late_and_not_much() {
    let mut world = found(|config| {
        config.new_enterprises.for_span = Span::days(180);
        config.new_enterprises.delay = Span::days(60);
        config.new_enterprises.cap = yen(2500);
    });
    world.list(SELLER, 2000, Trust::Trusted);
    let aiko = world.subscribe("+819000004417", |_| {});
    let many: Vec<_> = (0..4)
        .map(|_| {
            let sent = world.charge(&aiko, SELLER, offer(2000), 1000);
            world.bring(&sent).unwrap();
            sent
        })
        .collect();
    world.now = day(59);
    world.tend();
    assert_eq!(world.at_bank(SELLER), 0);
    // Somebody questions the first within the time: nothing is paid for it.
    world.refund(1, many[0].charge.charge, 1000).unwrap();
    world.now = day(60);
    world.tend();
    // Of the three that are left two fit into the month's cap (April); the third is of May.
    assert_eq!(world.at_bank(SELLER), 2000);
    world.adds_up();
    world.now = day(79);
    world.tend();
    assert_eq!(world.at_bank(SELLER), 2000);
    world.now = day(81);
    world.tend();
    assert_eq!(world.at_bank(SELLER), 3000);
    assert_eq!(world.payable(&many[0]).paid, Paid::Nothing);
    world.adds_up();
}

/// proves: row-9 row-59
#[test]
fn what_is_given_back_is_the_sellers_loss_before_and_after_it_was_paid() {
    let mut world = found(|config| config.pay_after = Span::days(10));
    world.list(SELLER, 2000, Trust::Trusted);
    let aiko = world.subscribe("+819000004417", |_| {});
    let sent = world.charge(&aiko, SELLER, offer(2000), 1000);
    world.bring(&sent).unwrap();
    world.refund(1, sent.charge.charge, 400).unwrap();
    world.adds_up();
    world.now = day(11);
    world.tend();
    assert_eq!(world.at_bank(SELLER), 600);
    world.refund(2, sent.charge.charge, 600).unwrap();
    assert_eq!(world.refund(3, sent.charge.charge, 1), Err("refund-too-much"));
    assert_eq!(sheet(&world, "claims on enterprises"), 600);
    world.adds_up();
}

/// proves: row-57
#[test]
fn a_payment_the_bank_refuses_is_owed_again_and_ordered_under_a_new_id() {
    let mut world = found(|_| {});
    world.list("No Account", 2100, Trust::Trusted);
    let aiko = world.subscribe("+819000004417", |_| {});
    let sent = world.charge(&aiko, "No Account", offer(2100), 1000);
    world.bring(&sent).unwrap();
    world.tend();
    let payable = world.payable(&sent);
    assert_eq!((payable.refused, payable.why), (1, Some(WhyNot::NoAccount)));
    world.adds_up();
    let (bank, id, now) = (world.bank.clone(), world.seller("No Account"), world.now);
    world
        .bank_store
        .write(move |tx| bank.open_party(tx, id, "seller", yen(0), now))
        .unwrap();
    world.now = day(1);
    world.tend();
    assert_eq!(world.at_bank("No Account"), 1000);
    world.adds_up();
}

/// proves: row-59
#[test]
fn an_enterprise_that_lost_its_trust_is_not_paid_until_somebody_looks() {
    let mut world = found(|_| {});
    world.list(SELLER, 2000, Trust::Trusted);
    let aiko = world.subscribe("+819000004417", |_| {});
    let sent = world.charge(&aiko, SELLER, offer(2000), 1000);
    world.bring(&sent).unwrap();
    world.list(SELLER, 2000, Trust::Refused);
    world.tend();
    assert_eq!(world.at_bank(SELLER), 0);
    world.adds_up();
    world.list(SELLER, 2000, Trust::Trusted);
    world.now = day(2);
    world.tend();
    assert_eq!(world.at_bank(SELLER), 1000);
    world.adds_up();
}

fn sheet(world: &World, line: &str) -> i64 {
    let all = world.store.read(|view| party::books::sheet(view)).unwrap();
    all.iter()
        .filter(|(name, _)| name.starts_with(line))
        .map(|(_, sum)| sum)
        .sum()
}
