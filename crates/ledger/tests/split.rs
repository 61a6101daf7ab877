//! Splits: parts that add up, and no drift however the prices are chosen.
#![allow(clippy::unwrap_used)] // all of this file is a test, helpers too

use ledger::{AccountId, Carry, SplitRefused, split};
use proptest::prelude::*;
use std::collections::BTreeMap;
use units::{Currency, Money};

fn who(n: u8) -> AccountId {
    AccountId([n; 16])
}

fn yen(minor: i64) -> Money {
    Money::new(minor, Currency::JPY).unwrap()
}

fn once(amount: i64, shares: &[(u8, u32)]) -> Vec<(u8, i64)> {
    let shares: Vec<_> = shares.iter().map(|(n, permille)| (who(*n), *permille)).collect();
    let parts = split(yen(amount), &shares, who(0), &mut Carry::default()).unwrap();
    parts
        .into_iter()
        .map(|(account, part)| (account.0[0], part.minor()))
        .collect()
}

/// proves: row-55
#[test]
fn parts_add_up_and_the_residue_has_a_name() {
    assert_eq!(once(1000, &[(1, 700), (2, 250)]), [(0, 50), (1, 700), (2, 250)]);
    assert_eq!(once(100, &[(1, 333), (2, 333)]), [(0, 34), (1, 33), (2, 33)]);
    assert_eq!(once(1, &[(1, 700), (2, 300)]), [(1, 1)]);
    assert_eq!(once(1, &[(1, 500), (2, 500)]), [(1, 1)]);
    assert_eq!(once(10, &[(1, 999), (2, 1)]), [(1, 10)]);
    assert_eq!(once(7, &[]), [(0, 7)]);
    assert_eq!(once(7, &[(0, 1000)]), [(0, 7)]);
    assert_eq!(once(0, &[(1, 1000)]), []);
    assert_eq!(once(units::AMOUNT_MAX, &[(1, 1000)]), [(1, units::AMOUNT_MAX)]);
}

#[test]
fn agreements_that_make_no_sense_are_refused() {
    let no = |shares: &[(AccountId, u32)]| split(yen(10), shares, who(0), &mut Carry::default()).unwrap_err();
    assert_eq!(
        no(&[(who(1), 600), (who(2), 401)]),
        SplitRefused::MoreThanTheWhole(1001)
    );
    assert_eq!(
        no(&[(who(1), u32::MAX), (who(2), u32::MAX)]),
        SplitRefused::MoreThanTheWhole(2 * u64::from(u32::MAX))
    );
    assert_eq!(no(&[(who(1), 1), (who(1), 1)]), SplitRefused::SameAccountTwice(who(1)));
    assert_eq!(no(&[(who(1), 0); 101]), SplitRefused::TooMany(101));
}

/// The prices a cheat would choose: each rounds to one side when split alone.
///
/// proves: row-55
#[test]
fn a_million_splits_at_chosen_prices_favour_nobody() {
    for (price, shares) in [(1, [510, 490]), (1, [999, 1]), (3, [500, 500]), (7, [333, 667])] {
        let agreement = [(who(1), shares[0]), (who(2), shares[1])];
        let (mut carry, mut first) = (Carry::default(), 0_i64);
        for _ in 0..1_000_000 {
            let parts = split(yen(price), &agreement, who(0), &mut carry).unwrap();
            first += parts
                .iter()
                .find(|(account, _)| *account == who(1))
                .map_or(0, |(_, part)| part.minor());
        }
        let exact = price * i64::from(shares[0]) * 1000;
        assert!(
            (first - exact).abs() < 1,
            "{price} by {shares:?}: {first} instead of {exact}"
        );
    }
}

proptest! {
    /// proves: row-55
    #[test]
    fn every_split_is_exact_and_the_sums_do_not_drift(
        weights in proptest::collection::vec(0..250_u32, 0..5),
        amounts in proptest::collection::vec(0..5000_i64, 1..200),
        change in 0..200_usize,
    ) {
        let shares: Vec<_> = (1..).map(who).zip(weights.iter().copied()).collect();
        let given: u32 = weights.iter().take(4).sum();
        let shares = &shares[..shares.len().min(4)];
        let mut carry = Carry::default();
        let mut paid: BTreeMap<AccountId, i64> = BTreeMap::new();
        for (at, amount) in amounts.iter().enumerate() {
            // The carry survives being stored.
            if at == change { carry = minicbor::decode(&minicbor::to_vec(&carry).unwrap()).unwrap() }
            let parts = split(yen(*amount), shares, who(0), &mut carry).unwrap();
            prop_assert_eq!(parts.iter().map(|(_, p)| p.minor()).sum::<i64>(), *amount);
            for (account, part) in parts {
                prop_assert!(!part.is_zero());
                let permille = shares.iter().find(|(a, _)| *a == account).map_or(1000 - given, |(_, p)| *p);
                let (exact, part) = (amount * i64::from(permille), part.minor() * 1000);
                prop_assert!((part - exact).abs() <= 1000, "a part is at most a unit from its share");
                *paid.entry(account).or_default() += part;
            }
        }
        let total: i64 = amounts.iter().sum();
        for (account, permille) in shares.iter().copied().chain([(who(0), 1000 - given)]) {
            let drift = paid.get(&account).copied().unwrap_or(0) - total * i64::from(permille);
            prop_assert!(drift.abs() < 2000, "after {} splits {account} is off by {drift} thousandths", amounts.len());
        }
    }
}
