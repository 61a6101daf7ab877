//! The audit notices what somebody did behind the carrier's back: any row that is taken away from where it matters.

use carrier::Trust;
use party::Party;
use store::{Range, Table};

use crate::world::{FEBRUARY, SELLER, World, call, day, found, offer};

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
