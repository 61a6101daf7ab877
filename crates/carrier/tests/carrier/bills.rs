//! Bills: the example's own figures, a month billed once whatever happens, and what is carried over.

use carrier::{ItemKind, MoneyInRefused, Part, RunRefused, Suspended, Trust};
use party::bank::Credited;
use store::memory::Cut;
use units::{Span, TransferId};

use crate::world::{FEBRUARY, NOW, SELLER, call, day, found, month, offer, yen};

fn march() -> units::Moment {
    day(20)
}

/// proves: ST-7 ST-4 ST-13
#[test]
fn the_bill_of_the_example_is_4880_and_1000() {
    let mut world = found(|_| {});
    world.list(SELLER, 2000, Trust::Trusted);
    let aiko = world.subscribe("+819000004417", |_| {});
    world.telephone(&aiko);
    let sent = world.charge(&aiko, SELLER, offer(2000), 1000);
    assert!(world.bring(&sent).unwrap().unwrap().why.is_none());
    world.now = march();
    let run = world.bill(FEBRUARY, 10).unwrap();
    assert_eq!((run.bills, run.total), (1, 5880));
    let bills = world.bills(&aiko);
    let [bill] = bills.as_slice() else { panic!("{bills:?}") };
    let lines: Vec<_> = bill
        .telephone
        .iter()
        .map(|item| (&item.kind, item.amount.minor()))
        .collect();
    assert_eq!(
        lines,
        [
            (&ItemKind::Calls(6450), 2150),
            (&ItemKind::Packets(42_950), 430),
            (&ItemKind::Basic("Plain".into()), 2000),
            (&ItemKind::Service("Voice mail".into()), 300),
        ]
    );
    assert_eq!(
        (bill.telephone_sum, bill.content_sum(), bill.total),
        (yen(4880), yen(1000), yen(5880))
    );
    let line = &bill.content[0];
    assert_eq!(
        (line.what.as_str(), line.name.as_str(), line.amount),
        ("2000000001", SELLER, yen(1000))
    );
    assert_eq!(line.at, NOW);
    assert_eq!((bill.number.as_str(), bill.tax), ("KF-2004-02-000001", yen(534)));
    world.adds_up();
    // The accumulators start anew: in March there is the basic fee and nothing else.
    world.now = day(50);
    world.bill("2004-03", 10).unwrap();
    let bills = world.bills(&aiko);
    assert_eq!((bills[1].total, bills[1].telephone.len()), (yen(2300), 2));
    world.adds_up();
}

/// proves: ST-7 row-61
#[test]
fn a_month_is_billed_once_in_whatever_steps_and_however_often() {
    let mut world = found(|_| {});
    world.list(SELLER, 2000, Trust::Trusted);
    let many: Vec<_> = (0..7)
        .map(|n| world.subscribe(&format!("+81900000{n:04}"), |_| {}))
        .collect();
    let refused = world.bill(FEBRUARY, 3).unwrap_err();
    assert_eq!(refused, RunRefused::NotOver(month(FEBRUARY)));
    world.now = march();
    let (carrier, now, begun) = (world.carrier.clone(), world.now, month(FEBRUARY));
    // Three are billed; then the power goes, and what was not said is not written.
    let first = world
        .store
        .write(move |tx| carrier.bill_month(tx, begun, 3, now))
        .unwrap();
    assert_eq!((first.bills, first.finished), (3, None));
    // A charge that comes while the run is under way stands on the next bill.
    let sent = world.charge(&many[6], SELLER, offer(2000), 700);
    world.bring(&sent).unwrap();
    world.adds_up();
    let whole = world.bill(FEBRUARY, 2).unwrap();
    assert_eq!((whole.bills, whole.total), (7, 7 * 2300));
    for step in [1, 100] {
        world.now = world.now.plus(Span::days(1));
        assert_eq!(
            world.bill(FEBRUARY, step).unwrap(),
            whole,
            "a run that is done does nothing"
        );
    }
    let mut numbers: Vec<String> = many
        .iter()
        .flat_map(|who| world.bills(who))
        .map(|bill| bill.number)
        .collect();
    numbers.sort();
    let expected: Vec<String> = (1..=7).map(|n| format!("KF-2004-02-{n:06}")).collect();
    assert_eq!(numbers, expected);
    world.adds_up();
    // Months are billed in their order, and never again behind a later one.
    world.now = day(80);
    assert_eq!(
        world.bill("2004-04", 9).unwrap_err(),
        RunRefused::Earlier(month("2004-03"))
    );
    assert_eq!(world.bill("2004-03", 9).unwrap().total, 7 * 2300 + 700);
    let again = world.bill("2004-01", 9).unwrap_err();
    assert!(matches!(again, RunRefused::Passed { .. }), "{again:?}");
    world.adds_up();
}

/// proves: row-61
#[test]
fn a_run_that_loses_power_goes_on_where_it_stopped() {
    let mut world = found(|_| {});
    let many: Vec<_> = (0..9)
        .map(|n| world.subscribe(&format!("+81900000{n:04}"), |_| {}))
        .collect();
    world.now = march();
    for n in 0..8 {
        let (carrier, now, at) = (world.carrier.clone(), world.now, month(FEBRUARY));
        world.memory.cut(if n % 2 == 0 {
            Cut::BeforeCommit(1)
        } else {
            Cut::AfterCommit(1)
        });
        let lost = world.store.write(move |tx| carrier.bill_month(tx, at, 1, now));
        assert!(lost.is_err(), "nobody is answered");
        world.memory.restart();
        world.adds_up();
        assert!(many.iter().all(|who| world.bills(who).len() <= 1));
    }
    assert_eq!(world.bill(FEBRUARY, 4).unwrap().bills, 9);
    assert!(many.iter().all(|who| world.bills(who).len() == 1));
    world.adds_up();
}

/// proves: ST-7
#[test]
fn content_can_have_a_bill_of_its_own() {
    let mut world = found(|_| {});
    world.list(SELLER, 2000, Trust::Trusted);
    let aiko = world.subscribe("+819000004417", |new| new.apart = true);
    let bo = world.subscribe("+819000004418", |new| new.apart = true);
    let sent = world.charge(&aiko, SELLER, offer(2000), 1000);
    world.bring(&sent).unwrap();
    world.now = march();
    world.bill(FEBRUARY, 10).unwrap();
    let mut parts: Vec<_> = world.bills(&aiko).iter().map(|b| (b.part, b.total.minor())).collect();
    parts.sort_unstable();
    assert_eq!(parts, [(Part::Telephone, 2300), (Part::Content, 1000)]);
    // Without content there is no second bill.
    assert_eq!(world.bills(&bo).len(), 1);
    world.adds_up();
}

/// proves: row-9
#[test]
fn what_a_bill_cannot_take_off_stands_on_the_next() {
    let mut world = found(|_| {});
    world.list(SELLER, 2000, Trust::Trusted);
    let aiko = world.subscribe("+819000004417", |new| new.apart = true);
    let sent = world.charge(&aiko, SELLER, offer(2000), 5000);
    world.bring(&sent).unwrap();
    world.now = march();
    world.bill(FEBRUARY, 10).unwrap();
    let of = sent.charge.charge;
    world.refund(1, of, 4000).unwrap();
    let again = world.refund(2, of, 1001).unwrap_err();
    assert_eq!(again, "refund-too-much");
    world.refund(1, of, 4000).unwrap();
    assert_eq!(world.refund(1, of, 3999).unwrap_err(), "refund-other-content");
    world.adds_up();
    world.now = day(50);
    let sent = world.charge(&aiko, SELLER, offer(2000), 300);
    world.bring(&sent).unwrap();
    world.bill("2004-03", 10).unwrap();
    // March: 4000 back, nothing bought (the new charge is of April).
    let bill = world
        .bills(&aiko)
        .into_iter()
        .find(|b| b.part == Part::Content && b.month == month("2004-03"))
        .unwrap();
    assert_eq!(
        (bill.total, bill.refunded, bill.carried_out),
        (yen(0), yen(4000), yen(4000))
    );
    world.adds_up();
    world.now = day(81);
    world.bill("2004-04", 10).unwrap();
    let bill = world
        .bills(&aiko)
        .into_iter()
        .find(|b| b.part == Part::Content && b.month == month("2004-04"))
        .unwrap();
    assert_eq!(
        (bill.carried_in, bill.bought, bill.carried_out),
        (yen(4000), yen(300), yen(3700))
    );
    world.adds_up();
}

/// proves: row-56
#[test]
fn money_pays_the_bill_it_names_or_waits_in_suspense() {
    let mut world = found(|_| {});
    let aiko = world.subscribe("+819000004417", |_| {});
    world.now = march();
    world.bill(FEBRUARY, 10).unwrap();
    let number = world.bills(&aiko)[0].number.clone();
    assert_eq!(
        world.money_in(1, 300, &number),
        Ok(Suspended::Pays(world.bill_id(&aiko)))
    );
    // The same entry again counts once; another content under its id not at all.
    assert_eq!(
        world.money_in(1, 300, &number),
        Ok(Suspended::Pays(world.bill_id(&aiko)))
    );
    let other = world.money_in(1, 2000, &number).unwrap_err();
    assert_eq!(other, MoneyInRefused::OtherContent(TransferId([1; 16])));
    // Too much, or another number: it waits, and people say what it is for.
    assert_eq!(world.money_in(2, 2001, &number), Ok(Suspended::Waits));
    assert_eq!(world.money_in(3, 2000, "my bill"), Ok(Suspended::Waits));
    world.adds_up();
    let carrier = world.carrier.clone();
    let waits = world.store.read(|view| carrier.suspense(view, 10)).unwrap();
    assert_eq!(waits.len(), 2);
    assert_eq!(
        world.assign(2, &number).unwrap_err(),
        MoneyInRefused::TooMuch(yen(2000))
    );
    assert!(world.assign(3, &number).is_ok());
    assert!(world.assign(3, &number).is_ok(), "a repeat is success");
    assert_eq!(world.bills(&aiko)[0].open(), yen(0));
    world.adds_up();
}

/// proves: row-56
#[test]
fn only_its_own_bank_tells_a_carrier_what_came_in() {
    let mut world = found(|_| {});
    let aiko = world.subscribe("+819000004417", |_| {});
    world.now = march();
    world.bill(FEBRUARY, 10).unwrap();
    let number = world.bills(&aiko)[0].number.clone();
    let said = |amount| Credited {
        bank: world.bank.id(),
        id: TransferId([7; 16]),
        from: Some(world.seller(SELLER)),
        to: world.carrier.id(),
        amount: yen(amount),
        reference: number.clone(),
        at: NOW,
    };
    let genuine = world.notice(&said(2300), "bank");
    let forged = world.notice(&said(2300), "another bank");
    let mut elsewhere = said(2300);
    elsewhere.to = world.seller(SELLER);
    let elsewhere = world.notice(&elsewhere, "bank");
    for (bad, code) in [
        (forged, "notice-not-signed"),
        (elsewhere, "notice-not-signed"),
        (vec![1], "notice-not-signed"),
    ] {
        let no = world.serve(party::Verb::Credited, bad).unwrap_err();
        assert_eq!(units::Refusal::code(&no), code);
    }
    assert_eq!(world.bills(&aiko)[0].paid, yen(0));
    for _ in 0..2 {
        let heard = world.serve(party::Verb::Credited, genuine.clone()).unwrap();
        assert_eq!(heard, party::Step::Answer(Vec::new()));
    }
    assert_eq!(world.bills(&aiko)[0].paid, yen(2300));
    world.adds_up();
}

/// proves: row-61
#[test]
fn a_number_that_changes_hands_is_billed_to_whoever_had_it() {
    let mut world = found(|_| {});
    let number = "+819000004417";
    let aiko = world.subscribe(number, |_| {});
    world.now = day(2);
    world.end(&aiko);
    world.now = day(4);
    let bo = world.subscribe(number, |_| {});
    world.now = day(6);
    let records = vec![
        call(number, day(1), 30),
        call(number, day(3), 60),
        call(number, day(5), 90),
    ];
    let taken = world.usage("switch-1", 1, records);
    assert_eq!((taken.counted, taken.lost), (2, 1));
    world.now = march();
    world.bill(FEBRUARY, 10).unwrap();
    let used = |bills: Vec<carrier::Bill>| bills[0].telephone[0].kind.clone();
    assert_eq!(used(world.bills(&aiko)), ItemKind::Calls(30));
    assert_eq!(used(world.bills(&bo)), ItemKind::Calls(90));
    // A wallet that was bound to the first contract charges nothing to the second.
    world.list(SELLER, 2000, Trust::Trusted);
    let sent = world.charge(&aiko, SELLER, offer(2000), 1000);
    let why = world.bring(&sent).unwrap().unwrap().why;
    assert_eq!(why, Some(deal::charge::WhyRefused::NoSubscriber));
    world.adds_up();
}
