//! The tale in every variant: the books are right in each case.

use approver::{Fallback, WhenSilent};
use stories::{Figures, Mood, Permit, Tale, approval};

use super::world::{PRICE, found, yen};

fn told(combined: bool, limit: i64, bureau: Mood, silent: WhenSilent) -> Tale {
    let mut world = found(combined, |config| config.silent = silent);
    let figures = Figures {
        price: PRICE,
        purse: 0,
        seed: [9; 32],
    };
    approval(&mut world, &figures, Permit { limit, bureau }).unwrap()
}

fn codes(tale: &Tale) -> Vec<&str> {
    tale.steps.iter().filter_map(|s| s.refused.as_deref()).collect()
}

/// proves: PA-1 PA-2 PA-4 PA-5 PA-6 PA-7 PA-11
#[test]
fn shop_and_settlement_apart_and_in_one_come_to_the_same_books() {
    for combined in [true, false] {
        let tale = told(combined, 5000, Mood::Good, WhenSilent::Refuse);
        assert!(tale.holds, "{}", tale.lines());
        let approver = &tale.books.parties["approver"];
        assert_eq!(approver["part of sales"], 24);
        assert_eq!((approver["held"], approver["approvals charged"]), (0, 1));
        // The bill of 1200 came in, and 1176 went out.
        assert_eq!(approver["cash"], 24);
        assert_eq!(tale.books.cards["buyer"].licenses, 1);
        assert_eq!(tale.books.cards["friend"].licenses, 1);
        // Guessed, altered and foreign; of the card's own and used; expired: each its code, and strangers one.
        let expected = [
            "approval-unknown",
            "approval-differs",
            "approval-unknown",
            "approval-other-tag",
            "approval-used",
            "approval-expired",
        ];
        assert_eq!(codes(&tale), expected, "{}", tale.lines());
    }
}

/// proves: PA-4 PA-10
#[test]
fn exactly_the_limit_passes_and_a_yen_less_does_not() {
    let tale = told(true, PRICE, Mood::Good, WhenSilent::Refuse);
    assert!(tale.holds, "{}", tale.lines());
    assert_eq!(tale.books.cards["buyer"].licenses, 1);
    let tale = told(true, PRICE - 1, Mood::Good, WhenSilent::Refuse);
    assert!(tale.holds, "{}", tale.lines());
    assert_eq!(codes(&tale), ["approval-limit"]);
    assert_eq!(tale.books.parties["approver"]["held"], 0);
}

/// proves: PA-4 row-68
#[test]
fn a_bureau_that_refuses_or_is_silent_is_a_class_of_reason_and_nothing_is_reserved() {
    let tale = told(false, 5000, Mood::Refuses, WhenSilent::Refuse);
    assert!(tale.holds, "{}", tale.lines());
    assert_eq!(codes(&tale), ["approval-not-approved"]);

    let tale = told(false, 5000, Mood::Silent, WhenSilent::Refuse);
    assert!(tale.holds, "{}", tale.lines());
    assert_eq!(codes(&tale), ["approval-later"]);

    // The user's own record, within a cap of its own: exactly the cap passes.
    let caps = |each, all| {
        WhenSilent::OwnRecord(Fallback {
            each: yen(each),
            all: yen(all),
        })
    };
    let tale = told(false, 5000, Mood::Silent, caps(PRICE, 10_000));
    assert!(tale.holds, "{}", tale.lines());
    assert_eq!(tale.books.cards["buyer"].licenses, 1);
    for low in [caps(PRICE - 1, 10_000), caps(10_000, PRICE - 1)] {
        let tale = told(false, 5000, Mood::Silent, low);
        assert_eq!(codes(&tale), ["approval-later"], "{}", tale.lines());
    }
}
