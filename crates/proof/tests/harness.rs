//! Seeded storms over the real parties and cards, and one purchase cut at every single write.

use proof::harness::{Plan, Weather, cuts, purchase, run};

const STEPS: u64 = 500;

fn storms(seeds: core::ops::Range<u64>, weather: Weather) {
    for seed in seeds {
        let outcome = run(&Plan {
            weather,
            ..Plan::storm(seed, STEPS)
        })
        .unwrap();
        assert!(
            outcome.findings.is_empty(),
            "seed {seed}: {:#?}\nagain: {}",
            outcome.findings,
            outcome.replay()
        );
    }
}

/// proves: row-14 row-45 row-49 row-52 row-53 S1 S2 S3 S4 S6 S11 S13 S16 S17 S18 R1 SD-2 SD-12 XD-8
#[test]
fn in_a_storm_every_payment_ends_as_money_or_as_music() {
    storms(1..21, Weather::STORM);
}

/// proves: row-91
#[test]
fn a_shop_put_back_to_yesterday_charges_nobody_twice() {
    storms(100..110, Weather::OLD_SHOP);
}

/// proves: row-14 row-49 S1 S2 S6 S16 S17 XD-8
#[test]
fn a_purchase_cut_at_any_write_ends_as_the_one_that_was_not_cut() {
    let whole = purchase(None).unwrap();
    assert_eq!(whole.findings, Vec::<String>::new());
    assert_eq!(whole.books, (3_400, 195_700, 1));
    let points = cuts(&whole);
    assert!(points.len() > 100, "only {} points: {:?}", points.len(), whole.writes);
    for cut in points {
        let day = purchase(Some(cut)).unwrap();
        assert!(day.findings.is_empty(), "{cut:?}: {:#?}", day.findings);
        assert_eq!(day.books, whole.books, "{cut:?}");
    }
}
