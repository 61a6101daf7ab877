//! Usage: each record once, in any order, in the month it happened in.

use carrier::{Meter, UsageRefused};
use units::Moment;

use crate::world::{FEBRUARY, call, day, found, month, packets};

/// proves: ST-7 row-61
#[test]
fn each_record_counts_once_in_whatever_order_batches_come_and_come_again() {
    let mut world = found(|_| {});
    let aiko = world.subscribe("+819000004417", |_| {});
    let number = aiko.number.clone();
    let run = |from: u32| {
        (from..from + 3)
            .map(|n| call(&number, day(1), 10 + n))
            .collect::<Vec<_>>()
    };
    let third = world.usage("switch-1", 7, run(7));
    let first = world.usage("switch-1", 1, run(1));
    let gaps = |world: &crate::world::World| {
        let carrier = world.carrier.clone();
        world.store.read(|view| carrier.usage_gaps(view, "switch-1")).unwrap()
    };
    assert_eq!(gaps(&world), [(4, 6)]);
    for _ in 0..3 {
        assert_eq!(world.usage("switch-1", 7, run(7)), third);
        assert_eq!(world.usage("switch-1", 1, run(1)), first);
    }
    // Numbers that were taken are not taken again under another cut or content.
    for (from, records) in [
        (1, run(2)),
        (2, run(2)),
        (3, run(3)),
        (5, run(5)),
        (6, run(6)),
        (8, run(8)),
        (9, run(9)),
    ] {
        let no = world.try_usage("switch-1", from, records).unwrap_err();
        assert!(matches!(no, UsageRefused::Overlap { .. }), "{from}: {no}");
    }
    world.usage("switch-1", 4, run(4));
    assert!(gaps(&world).is_empty());
    // Another source has numbers of its own.
    world.usage("switch-2", 1, run(1));
    assert_eq!(world.meter(&aiko, FEBRUARY).records, 12);
    let carrier = world.carrier.clone();
    let sources = world.store.read(|view| carrier.usage_sources(view)).unwrap();
    assert_eq!(sources, ["switch-1", "switch-2"]);
    world.adds_up();
}

#[test]
fn a_batch_that_is_none_changes_nothing() {
    let mut world = found(|_| {});
    let aiko = world.subscribe("+819000004417", |_| {});
    let good = call(&aiko.number, day(1), 60);
    let mut bad = good.clone();
    bad.number = "090-0000-4417".into();
    let too_many = vec![good.clone(); 5001];
    for (source, first, records, code) in [
        ("", 1, vec![good.clone()], "usage-source"),
        ("Switch 1", 1, vec![good.clone()], "usage-source"),
        ("switch-1", 0, vec![good.clone()], "usage-size"),
        ("switch-1", 1, vec![], "usage-size"),
        ("switch-1", u64::MAX, vec![good.clone()], "usage-size"),
        ("switch-1", 1, too_many, "usage-size"),
        ("switch-1", 1, vec![good, bad], "usage-record"),
    ] {
        let no = world.try_usage(source, first, records).unwrap_err();
        assert_eq!(units::Refusal::code(&no), code);
    }
    assert_eq!(world.meter(&aiko, FEBRUARY), Meter::default());
    world.adds_up();
}

/// proves: row-61
#[test]
fn a_record_belongs_to_its_own_month_until_that_is_billed() {
    let mut world = found(|_| {});
    let aiko = world.subscribe("+819000004417", |_| {});
    // The last millisecond of February and the first of March, in Tokyo.
    let turn = month("2004-03").begins(540);
    let number = aiko.number.clone();
    world.now = day(30);
    let taken = world.usage(
        "gateway",
        1,
        vec![packets(&number, Moment(turn.0 - 1), 100), packets(&number, turn, 7)],
    );
    assert_eq!((taken.counted, taken.late), (2, 0));
    assert_eq!(world.meter(&aiko, FEBRUARY).packets, 100);
    assert_eq!(world.meter(&aiko, "2004-03").packets, 7);
    world.bill(FEBRUARY, 10).unwrap();
    let late = world.usage("gateway", 3, vec![packets(&number, Moment(turn.0 - 1), 1000)]);
    assert_eq!((late.counted, late.late), (1, 1));
    assert_eq!(world.meter(&aiko, "2004-03").packets, 1007);
    world.now = day(60);
    world.bill("2004-03", 10).unwrap();
    // 100 packets are one started thousand, 1007 are two.
    let bills: Vec<_> = world.bills(&aiko).iter().map(|bill| bill.total.minor()).collect();
    assert_eq!(bills, [2310, 2320]);
    world.adds_up();
}
