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
        config.new_enterprises.reserve_permille = 0;
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

/// proves: row-59
#[test]
fn a_part_of_what_a_new_enterprise_was_paid_stays_owed_until_two_months_are_over() {
    let mut world = found(|config| {
        config.new_enterprises.for_span = Span::days(180);
        config.new_enterprises.delay = Span::days(0);
        config.new_enterprises.reserve_permille = 400;
    });
    world.list(SELLER, 2000, Trust::Trusted);
    let aiko = world.subscribe("+819000004417", |_| {});
    for _ in 0..3 {
        let sent = world.charge(&aiko, SELLER, offer(2000), 1000);
        world.bring(&sent).unwrap();
    }
    // After two of three are paid, 800 have to stay owed; they do. The third is what stays.
    for (at, paid) in [(0, 2000), (20, 2000), (30, 2000), (50, 3000)] {
        world.now = day(at);
        world.tend();
        assert_eq!(world.at_bank(SELLER), paid, "day {at}");
        world.adds_up();
    }
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
    let first = carrier::reference(sent.charge.charge);
    assert_eq!(said(&world)[0], format!("{first} -400"));
    world.refund(2, sent.charge.charge, 600).unwrap();
    assert_eq!(world.refund(3, sent.charge.charge, 1), Err("refund-too-much"));
    assert_eq!(sheet(&world, "claims on enterprises"), 600);
    world.adds_up();

    // A purchase that costs less than what is claimed moves one yen and says so; the next one takes the rest, and tells that
    // nothing comes for one that was given back whole before it was paid.
    let small = world.charge(&aiko, SELLER, offer(2000), 500);
    world.bring(&small).unwrap();
    let whole = world.charge(&aiko, SELLER, offer(2000), 900);
    world.bring(&whole).unwrap();
    world.refund(4, whole.charge.charge, 900).unwrap();
    assert_eq!(world.payable(&whole).paid, Paid::Nothing);
    world.now = day(22);
    world.tend();
    assert_eq!(world.at_bank(SELLER), 601);
    let [small, whole] = [small, whole].map(|sent| carrier::reference(sent.charge.charge));
    assert_eq!(said(&world)[0], format!("{small} -499/{first} 0/{whole}"));
    assert_eq!(sheet(&world, "claims on enterprises"), 101);
    world.adds_up();
    let last = world.charge(&aiko, SELLER, offer(2000), 1000);
    world.bring(&last).unwrap();
    world.now = day(33);
    world.tend();
    let last = carrier::reference(last.charge.charge);
    assert_eq!(said(&world)[0], format!("{last} -101/{first}"));
    // 1000 + 500 + 900 + 1000, of which 1000 and 900 were given back.
    assert_eq!(
        (world.at_bank(SELLER), sheet(&world, "claims on enterprises")),
        (1500, 0)
    );
    assert_eq!(sheet(&world, "owed to enterprises"), 0);
    world.adds_up();
}

/// The bank refuses a payment for ever that set something off: it is open again, and set off once, by the payment that is booked.
///
/// proves: row-9 row-57
#[test]
fn what_a_refused_payment_set_off_is_set_off_once() {
    let mut world = found(|_| {});
    world.list("No Account", 2100, Trust::Trusted);
    let aiko = world.subscribe("+819000004417", |_| {});
    let first = world.charge(&aiko, "No Account", offer(2100), 1000);
    world.bring(&first).unwrap();
    world.bank_is_silent = true;
    world.tend();
    // Given back while the order is under way: it is a claim, and the bank's no makes the payment due again.
    world.refund(1, first.charge.charge, 300).unwrap();
    world.bank_is_silent = false;
    let second = world.charge(&aiko, "No Account", offer(2100), 500);
    world.bring(&second).unwrap();
    world.now = day(1);
    world.tend();
    world.adds_up();
    assert_eq!(sheet(&world, "claims on enterprises"), 300);
    let (bank, id, now) = (world.bank.clone(), world.seller("No Account"), world.now);
    world
        .bank_store
        .write(move |tx| bank.open_party(tx, id, "seller", yen(0), now))
        .unwrap();
    for n in 2..5 {
        world.now = day(n);
        world.tend();
    }
    assert_eq!(
        (world.at_bank("No Account"), sheet(&world, "claims on enterprises")),
        (1200, 0)
    );
    world.adds_up();
}

/// Nobody listed it; the trust registry vouches for it. It is new from its first purchase on, and not for ever.
///
/// proves: row-59 ST-13
#[test]
fn an_enterprise_that_only_the_registry_knows_is_new_for_a_while() {
    let registry = found(|_| {}).registry_id();
    let mut world = found(|config| {
        config.registry = Some(registry);
        config.new_enterprises.for_span = Span::days(30);
        config.new_enterprises.delay = Span::days(20);
        config.new_enterprises.reserve_permille = 0;
    });
    world.registry_says = Some(vec![2000]);
    let aiko = world.subscribe("+819000004417", |_| {});
    let first = world.charge(&aiko, SELLER, offer(2000), 1000);
    world.bring(&first).unwrap();
    world.now = day(19);
    world.tend();
    assert_eq!(world.at_bank(SELLER), 0);
    world.now = day(31);
    world.tend();
    let second = world.charge(&aiko, SELLER, offer(2000), 700);
    world.bring(&second).unwrap();
    world.now = day(32);
    world.tend();
    assert_eq!(world.at_bank(SELLER), 1700, "paid as everybody is");
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

/// What the statement of the seller's account says, the newest first.
fn said(world: &World) -> Vec<String> {
    let (bank, id) = (world.bank.clone(), world.seller(SELLER));
    let lines = world
        .bank_store
        .read(|view| bank.statement(view, party::bank::Holder::Party(id), None, 10))
        .unwrap();
    lines.into_iter().map(|(_, line)| line.reference).collect()
}

fn sheet(world: &World, line: &str) -> i64 {
    let all = world.store.read(|view| party::books::sheet(view)).unwrap();
    all.iter()
        .filter(|(name, _)| name.starts_with(line))
        .map(|(_, sum)| sum)
        .sum()
}
