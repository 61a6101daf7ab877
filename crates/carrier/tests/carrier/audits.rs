//! The audit notices what somebody did behind the carrier's back: any row that is taken away from where it matters.

use carrier::{Acted, Trust};
use party::Party;
use store::{Range, Table};
use units::{Refusal, TransferId};

use crate::world::{FEBRUARY, SELLER, World, call, day, found, offer, yen};

/// A carrier with something in every table: a billed month, an open one, refunds, payments, suspense, lost usage.
fn lived() -> World {
    let mut world = found(|config| config.pay_after = units::Span::days(5));
    world.list(SELLER, 2000, Trust::Trusted);
    let aiko = world.subscribe("+819000004417", |_| {});
    world.telephone(&aiko);
    let paid = world.charge(&aiko, SELLER, offer(2000), 1000);
    world.bring(&paid).unwrap();
    world.now = day(6);
    world.tend();
    world.now = day(20);
    world.bill(FEBRUARY, 10).unwrap();
    let open = world.charge(&aiko, SELLER, offer(2000), 700);
    world.bring(&open).unwrap();
    world.refund(1, open.charge.charge, 200).unwrap();
    let number = world.bills(&aiko)[0].number.clone();
    world.money_in(1, 300, &number).unwrap();
    world.money_in(2, 50, "nobody's").unwrap();
    world.usage(
        "switch-2",
        1,
        vec![call("+819000009999", day(19), 30), call("+819000004417", day(19), 30)],
    );
    world.adds_up();
    world
}

/// proves: row-61 row-56
#[test]
fn a_row_that_is_gone_is_noticed() {
    let tables = [
        "carrier_bills",
        "carrier_bills_of",
        "carrier_bought",
        "carrier_charges",
        "carrier_lines",
        "carrier_meters",
        "carrier_payables",
        "carrier_payables_due",
        "carrier_suspense",
        "carrier_usage",
        "carrier_usage_lost",
        "books_postings",
        "ledger_transfers",
        "ledger_journal",
    ]
    .map(Table::new);
    for table in tables {
        let world = lived();
        let rows = world
            .store
            .read(|view| view.scan(table, &Range::all(), true, 1))
            .unwrap();
        let (key, _) = rows.into_iter().next().unwrap_or_else(|| panic!("{table:?} is empty"));
        world.store.write(move |tx| tx.delete(table, &key)).unwrap();
        let carrier = world.carrier.clone();
        let found = world.store.read(|view| carrier.audit(view));
        assert!(
            found.is_err() || !found.unwrap().is_empty(),
            "{table:?} can lose a row unseen"
        );
    }
}

fn refund(world: &World, who: &'static str, n: u8, of: [u8; 16], amount: i64) -> Result<Acted, &'static str> {
    world.at(move |carrier, tx, now| {
        let done = carrier.refund_by_hand(tx, who, (TransferId([n; 16]), of), yen(amount), now);
        Ok(done.map_err(|no| no.code()))
    })
}

fn decide(world: &World, who: &'static str, n: u8, agree: bool) -> Result<(), &'static str> {
    world.at(move |carrier, tx, now| {
        let done = carrier.decide_proposal(tx, who, TransferId([n; 16]), agree, now);
        Ok(done.map_err(|no| no.code()))
    })
}

fn stages(world: &World) -> Vec<(&'static str, String)> {
    let carrier = world.carrier.clone();
    let acts = world.store.read(|view| carrier.acts(view, None, 100)).unwrap();
    acts.into_iter()
        .rev()
        .map(|(_, it)| (it.act.stage.word(), it.act.who))
        .collect()
}

/// A carrier whose operators do up to 300 alone, with a purchase of 1000 and an act of every stage.
fn handled() -> (World, [u8; 16]) {
    let mut world = found(|config| config.alone_up_to = Some(yen(300)));
    world.list(SELLER, 2000, Trust::Trusted);
    let aiko = world.subscribe("+819000004417", |_| {});
    let paid = world.charge(&aiko, SELLER, offer(2000), 1000);
    world.bring(&paid).unwrap();
    let of = paid.charge.charge;
    assert_eq!(refund(&world, "nao", 1, of, 300), Ok(Acted::Done));
    for (n, agree) in [(2, true), (3, false)] {
        assert_eq!(refund(&world, "nao", n, of, 400), Ok(Acted::Waits(TransferId([n; 16]))));
        decide(&world, "rin", n, agree).unwrap();
    }
    refund(&world, "rin", 4, of, 301).unwrap();
    (world, of)
}

/// proves: row-97 row-9
#[test]
fn above_the_limit_a_second_operator_agrees_and_every_act_is_written() {
    let (world, of) = handled();
    // Once, whoever repeats it; another content is refused.
    assert_eq!(refund(&world, "nao", 1, of, 300), Ok(Acted::Done));
    assert_eq!(refund(&world, "rin", 4, of, 301), Ok(Acted::Waits(TransferId([4; 16]))));
    assert_eq!(refund(&world, "rin", 4, of, 302), Err("proposal-other-content"));
    assert_eq!(refund(&world, "nao", 1, of, 299), Err("refund-other-content"));
    assert_eq!(decide(&world, "rin", 4, true), Err("two-people"));
    assert_eq!(decide(&world, "nao", 9, true), Err("no-proposal"));
    assert_eq!(decide(&world, "rin", 2, true), Err("no-proposal"));
    assert_eq!(refund(&world, "nao", 5, [9; 16], 1), Err("purchase-unknown"));
    let written = [
        ("alone", "nao"),
        ("proposed", "nao"),
        ("agreed", "rin"),
        ("proposed", "nao"),
        ("dropped", "rin"),
        ("proposed", "rin"),
    ];
    assert_eq!(stages(&world), written.map(|(stage, who)| (stage, who.to_owned())));
    let carrier = world.carrier.clone();
    let back = world.store.read(|view| carrier.bought(view, of)).unwrap().unwrap();
    assert_eq!(back.refunded, yen(700));
    world.adds_up();
}

/// proves: row-97
#[test]
fn an_act_that_is_removed_or_changed_with_sql_is_found() {
    for table in ["carrier_acts", "carrier_acts_head", "carrier_proposals"].map(Table::new) {
        let (world, _) = handled();
        let rows = world
            .store
            .read(|view| view.scan(table, &Range::all(), true, 100))
            .unwrap();
        assert!(!rows.is_empty(), "{table:?} is empty");
        for (key, value) in rows {
            let at = key.clone();
            world.store.write(move |tx| tx.delete(table, &at)).unwrap();
            assert!(minds(&world), "{table:?} can lose a row unseen");
            let (at, mut other) = (key.clone(), value.clone());
            *other.last_mut().unwrap() ^= 1;
            world.store.write(move |tx| tx.put(table, &at, &other)).unwrap();
            assert!(minds(&world), "{table:?} can be changed unseen");
            world.store.write(move |tx| tx.put(table, &key, &value)).unwrap();
            world.adds_up();
        }
    }
}

fn minds(world: &World) -> bool {
    let carrier = world.carrier.clone();
    let found = world.store.read(|view| carrier.audit(view));
    found.is_err() || !found.unwrap().is_empty()
}
