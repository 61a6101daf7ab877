//! The configurations: those that are walked through with every test run, and those of the deep run.

use deal::Kind::{Clear, Collect, Load, PayOnly, Redeem, Sale, Surrender, Unlock};
use deal::ValueKind::{Coupon, Receipt, Refund};
use license::{Modes, Route};

use super::config::{COPY, Config, Goal, MOVE, OfferSpec, Restore, Start, Winners};

/// May be copied and moved.
const BOTH: OfferSpec = OfferSpec {
    modes: Modes {
        copy: true,
        move_: true,
        locked: false,
    },
    ..COPY
};
/// May be handed on locked, to be unlocked by a support centre, and copied.
const LOCKED: OfferSpec = OfferSpec {
    modes: Modes {
        copy: true,
        move_: false,
        locked: true,
    },
    ..COPY
};
/// May not be handed on.
const FIXED: OfferSpec = OfferSpec {
    modes: Modes {
        copy: false,
        move_: false,
        locked: false,
    },
    ..COPY
};

/// One card gives to another; both carry slips already.
fn pair(name: &'static str, offer: OfferSpec) -> Config {
    let giver = Start::with(1).holds(0).carries(0);
    Config::new(name, vec![giver, Start::with(2).carries(0)], vec![offer])
}

/// A copy one way and a move the other, both begun at once.
fn crossing(name: &'static str, publishers: u8, route: Route) -> Config {
    let cards = vec![Start::with(1).holds(0).carries(0), Start::with(1).holds(1).carries(1)];
    let offers = vec![COPY.by(route), MOVE.by(route).of(publishers - 1)];
    Config {
        goals: &[Goal::Transfer, Goal::Crossing, Goal::Refund],
        ..Config::new(name, cards, offers)
    }
}

/// Three cards; the first holds the license.
fn three(name: &'static str, offer: OfferSpec) -> Config {
    let cards = vec![Start::with(0).holds(0).carries(0), Start::with(1), Start::with(1)];
    Config {
        goals: &[Goal::Transfer, Goal::Refund],
        ..Config::new(name, cards, vec![offer])
    }
}

/// Two cards give to a third, different offers of one publisher.
fn two_givers(name: &'static str, offer: OfferSpec) -> Config {
    let cards = vec![
        Start::with(0).holds(0),
        Start::with(2).carries(0),
        Start::with(0).holds(1).carries(1),
    ];
    Config::new(name, cards, vec![offer, offer])
}

/// A wallet's card, and a player that is paired with it.
fn lending(name: &'static str, plays: u32) -> Config {
    Config {
        plays,
        players: vec![1],
        goals: &[Goal::LentAndReturned, Goal::Refund],
        ..Config::new(name, vec![Start::with(0).holds(0), Start::with(0)], vec![FIXED])
    }
}

/// The same, and a friend who gets the license itself.
fn lending_and_moving(name: &'static str, cancel: bool) -> Config {
    Config {
        plays: 1,
        players: vec![1],
        gives: 2,
        pays: if cancel { 2 } else { 1 },
        cancel,
        goals: &[Goal::LentAndReturned, Goal::Transfer],
        ..Config::new(
            name,
            vec![Start::with(0).holds(0), Start::with(0), Start::with(1)],
            vec![MOVE],
        )
    }
}

/// Walked through with every test run.
pub fn small() -> Vec<Config> {
    let mut all = between_cards();
    all.extend(with_issuer());
    all.extend(with_servers());
    all.extend(restored());
    all
}

/// Deals between cards that meet, or never meet again.
pub fn between_cards() -> Vec<Config> {
    vec![
        Config {
            expiry: true,
            goals: &[Goal::Transfer, Goal::Hop, Goal::Refund],
            ..pair("copy, chain", COPY)
        },
        Config {
            expiry: true,
            goals: &[Goal::Transfer, Goal::GiverWins, Goal::Refund],
            ..pair("copy, latest", COPY.by(Route::Latest))
        },
        Config {
            pays: 3,
            gives: 3,
            winners: Winners::Any,
            goals: &[Goal::Transfer, Goal::Hop, Goal::GiverWins, Goal::Refund],
            ..pair("copy, any winner, numbers < 3", COPY.by(Route::Latest))
        },
        Config {
            goals: &[Goal::Transfer, Goal::Crossing, Goal::Refund],
            ..pair("move there and back", MOVE)
        },
        crossing("copy and move crossing, two publishers", 2, Route::Chain),
        crossing("copy and move crossing, one publisher, latest", 1, Route::Latest),
        Config {
            room: (3, 3, 16, 1, 3),
            stated_any: true,
            pays: 1,
            goals: &[Goal::Transfer, Goal::Refund],
            ..pair("room for one license and three slips, any quote", BOTH)
        },
        Config {
            pays: 1,
            room: (1, 1, 16, 16, 16),
            ..lending("lend and return of two plays, one record each", 2)
        },
        lending_and_moving("lend and return while the license moves", false),
        Config {
            pays: 1,
            ..three(
                "three cards, chain, one generation",
                OfferSpec { generations: 1, ..COPY },
            )
        },
        Config {
            room: (1, 1, 16, 16, 16),
            goals: &[Goal::Transfer, Goal::Refund],
            ..Config::new(
                "two offers, one record each",
                vec![Start::with(0).holds(0).holds(1), Start::with(2)],
                vec![COPY, COPY.of(1)],
            )
        },
        Config {
            room: (3, 3, 16, 1, 16),
            pays: 2,
            goals: &[Goal::Transfer],
            ..two_givers("two givers, room for one license", COPY)
        },
        Config {
            room: (3, 3, 16, 16, 2),
            gives: 1,
            winners: Winners::Any,
            goals: &[Goal::Transfer, Goal::GiverWins, Goal::Refund],
            ..two_givers("two givers, any winner, room for two slips", COPY.by(Route::Latest))
        },
        Config {
            gives: 1,
            ..three("three cards, move", MOVE)
        },
        Config {
            room: (3, 1, 16, 16, 16),
            pays: 1,
            ..three("three cards, one record each", COPY)
        },
    ]
}

/// The same with reports, clearances and rulings.
pub fn with_issuer() -> Vec<Config> {
    vec![
        Config {
            reports: 1,
            pays: 1,
            goals: &[Goal::Transfer, Goal::BelowFloor, Goal::Ruled],
            ..pair("copy with reports and rulings", COPY)
        },
        Config {
            reports: 1,
            pays: 1,
            goals: &[Goal::Transfer, Goal::BelowFloor, Goal::Ruled],
            ..pair("move with reports and rulings", MOVE)
        },
        Config {
            reports: 1,
            pays: 1,
            gives: 1,
            cancel: false,
            goals: &[Goal::BelowFloor, Goal::Crossing],
            ..crossing("crossing with reports and rulings", 2, Route::Chain)
        },
    ]
}

/// Deals with shop, collectors and issuer.
pub fn with_servers() -> Vec<Config> {
    let seller = |cards, offers| Config {
        cancel: false,
        ..Config::new("", cards, offers)
    };
    vec![
        Config {
            name: "load, redeem, sale",
            kinds: vec![Load, Redeem, Sale],
            bank: 1,
            orders: 1,
            expiry: true,
            goals: &[Goal::Load, Goal::Redeem, Goal::Sale, Goal::Refund],
            ..seller(vec![Start::with(1), Start::with(1)], vec![FIXED])
        },
        Config {
            name: "sale, then copy, then collection",
            kinds: vec![Sale, Collect],
            orders: 1,
            goals: &[Goal::Sale, Goal::Collect, Goal::Transfer],
            ..seller(vec![Start::with(1), Start::with(1).carries(0)], vec![COPY])
        },
        Config {
            name: "collection while copies run",
            kinds: vec![Collect],
            goals: &[Goal::Collect, Goal::Transfer, Goal::Refund],
            ..pair("", COPY)
        },
        Config {
            name: "collection while the giver may win",
            kinds: vec![Collect],
            goals: &[Goal::Collect, Goal::GiverWins],
            orders: 1,
            winners: Winners::Any,
            ..pair("", COPY.by(Route::Latest))
        },
        Config {
            name: "three cards, locked copies and their unlocking",
            kinds: vec![Unlock],
            pays: 1,
            gives: 1,
            orders: 2,
            expiry: true,
            goals: &[Goal::Unlock, Goal::Transfer, Goal::Refund],
            ..three("", LOCKED)
        },
        Config {
            name: "locked copy, unlocking, copy, collection",
            kinds: vec![Unlock, Collect],
            gives: 1,
            orders: 1,
            goals: &[Goal::Unlock, Goal::Collect, Goal::Transfer],
            ..pair("", LOCKED)
        },
        Config {
            name: "charge and clear",
            kinds: vec![Sale, Clear],
            orders: 1,
            pays: 3,
            credit: 2,
            expiry: true,
            goals: &[Goal::ChargePaid, Goal::Cleared, Goal::Sale, Goal::Refund],
            ..seller(vec![Start::with(2)], vec![FIXED])
        },
        Config {
            name: "charge and clear, the license then moved",
            kinds: vec![Sale, Clear],
            orders: 1,
            credit: 1,
            goals: &[Goal::ChargePaid, Goal::Cleared, Goal::Transfer],
            ..seller(vec![Start::with(1), Start::with(1)], vec![MOVE])
        },
        Config {
            name: "charge and clear while copies run",
            kinds: vec![Sale, Clear],
            orders: 1,
            credit: 1,
            goals: &[Goal::ChargePaid, Goal::Transfer, Goal::Refund],
            ..Config::new("", vec![Start::with(1).holds(0), Start::with(1)], vec![COPY])
        },
        Config {
            name: "charge, clear, surrender, refund",
            kinds: vec![Sale, Clear, Surrender, Load],
            pays: 3,
            orders: 1,
            credit: 1,
            goals: &[Goal::ChargePaid, Goal::Cleared, Goal::RefusedBack],
            ..seller(vec![Start::with(1)], vec![FIXED])
        },
        Config {
            name: "surrender, refund order, coupon with slip",
            kinds: vec![Sale, Surrender, Load],
            price: 2,
            pays: 4,
            orders: 1,
            goals: &[Goal::RefundUsed, Goal::CouponUsed, Goal::Sale],
            ..seller(vec![Start::with(1).has(Coupon)], vec![FIXED])
        },
        Config {
            name: "surrender with room for one license",
            kinds: vec![Sale, Surrender, Load],
            pays: 3,
            orders: 2,
            expiry: true,
            room: (3, 3, 16, 1, 16),
            goals: &[Goal::RefundUsed, Goal::Refund],
            ..seller(vec![Start::with(1).holds(0)], vec![FIXED])
        },
        Config {
            name: "surrender and sale, two offers, room for one",
            kinds: vec![Sale, Surrender],
            orders: 2,
            expiry: true,
            room: (3, 3, 16, 1, 16),
            goals: &[Goal::Sale, Goal::Refund],
            ..seller(vec![Start::with(1).holds(0)], vec![FIXED, FIXED])
        },
        Config {
            name: "two coupons, two cards, one order",
            kinds: vec![Sale],
            orders: 1,
            goals: &[Goal::CouponUsed, Goal::CouponBack],
            ..seller(
                vec![Start::with(1).has(Coupon).has(Coupon), Start::with(1).has(Coupon)],
                vec![FIXED],
            )
        },
        Config {
            name: "pay-only receipt, its use and its loss",
            kinds: vec![PayOnly, Sale],
            pays: 3,
            orders: 2,
            expiry: true,
            goals: &[Goal::ReceiptUsed, Goal::Refund],
            ..seller(vec![Start::with(1)], vec![FIXED])
        },
        Config {
            name: "shop presents before it decides",
            kinds: vec![Sale],
            present: true,
            expiry: true,
            pays: 2,
            orders: 2,
            goals: &[Goal::Presented, Goal::Refund],
            ..seller(vec![Start::with(1), Start::with(1)], vec![FIXED])
        },
    ]
}

/// One card is put back to an earlier copy of itself, and perhaps resumed.
pub fn restored() -> Vec<Config> {
    let put_back = |card, first, resume| Some(Restore { card, first, resume });
    let alone = |name, start, kind| Config {
        restore: put_back(0, true, true),
        kinds: vec![kind],
        cancel: false,
        ..Config::new(name, vec![start], vec![FIXED])
    };
    vec![
        Config {
            restore: put_back(1, false, false),
            pays: 1,
            goals: &[Goal::Transfer],
            ..pair("restored receiver, copy and move", BOTH)
        },
        Config {
            restore: put_back(1, false, false),
            goals: &[Goal::DoubleSpend],
            ..pair("restored receiver, copy", COPY)
        },
        Config {
            restore: put_back(0, false, false),
            winners: Winners::Any,
            goals: &[Goal::Transfer],
            ..pair("restored giver, any winner", COPY.by(Route::Latest))
        },
        Config {
            restore: put_back(0, false, false),
            goals: &[Goal::Transfer],
            ..pair("restored giver, move there and back", MOVE)
        },
        Config {
            restore: put_back(0, false, false),
            reports: 1,
            pays: 1,
            gives: 1,
            goals: &[Goal::Transfer],
            ..pair("restored giver with reports and rulings", COPY)
        },
        Config {
            restore: put_back(1, false, true),
            pays: 1,
            goals: &[Goal::ResumedPays],
            ..pair("resumed receiver", COPY)
        },
        Config {
            restore: put_back(1, true, true),
            pays: 1,
            gives: 1,
            goals: &[Goal::ResumedPays, Goal::DoubleSpend],
            ..Config::new(
                "resumed receiver of two givers",
                vec![Start::with(0).holds(0), Start::with(1), Start::with(0).holds(1)],
                vec![COPY, COPY.of(1)],
            )
        },
        Config {
            restore: put_back(0, false, true),
            pays: 1,
            gives: 1,
            goals: &[Goal::ResumedGives],
            ..pair("resumed giver", COPY)
        },
        Config {
            restore: put_back(0, false, true),
            pays: 1,
            gives: 1,
            goals: &[Goal::Transfer],
            ..three("resumed giver of a single copy", MOVE)
        },
        Config {
            pays: 1,
            goals: &[Goal::RefundUsed, Goal::ResumedPays],
            ..alone("resumed card with a refund order", Start::with(0).has(Refund), Load)
        },
        Config {
            goals: &[Goal::ReceiptUsed, Goal::ResumedPays],
            ..alone("resumed card with a receipt", Start::with(1).has(Receipt), Sale)
        },
        Config {
            goals: &[Goal::CouponUsed, Goal::ResumedPays],
            ..alone("resumed card with a coupon", Start::with(1).has(Coupon), Sale)
        },
    ]
}

/// The deep run: minutes each.
pub fn large() -> Vec<Config> {
    vec![
        lending("lend and return of two plays, cancelled at any time", 2),
        Config {
            reports: 1,
            room: (1, 1, 16, 16, 16),
            ..lending("lend and return with reports and rulings", 1)
        },
        Config {
            players: vec![1, 2],
            room: (1, 1, 16, 16, 16),
            goals: &[Goal::LentAndReturned],
            ..Config {
                cards: vec![Start::with(0).holds(0), Start::with(0), Start::with(0)],
                ..lending("lend and return, two players", 1)
            }
        },
        lending_and_moving("lend and return while the license moves, cancelled at any time", true),
        Config {
            winners: Winners::Any,
            ..crossing("crossing, any winner, two publishers", 2, Route::Latest)
        },
        Config {
            winners: Winners::Any,
            ..crossing("crossing, any winner, one publisher", 1, Route::Latest)
        },
        Config {
            winners: Winners::Any,
            room: (3, 3, 16, 16, 3),
            ..crossing("crossing, any winner, room for three slips", 1, Route::Latest)
        },
        Config {
            pays: 3,
            gives: 3,
            ..crossing("crossing, numbers < 3", 2, Route::Chain)
        },
        Config {
            reports: 1,
            ..crossing("crossing with reports, numbers < 2", 2, Route::Chain)
        },
        three("three cards, move, numbers < 2", MOVE),
        three("three cards, chain, numbers < 2", COPY),
        Config {
            restore: Some(Restore {
                card: 1,
                first: false,
                resume: false,
            }),
            goals: &[Goal::DoubleSpend],
            ..pair("restored receiver, copy and move, numbers < 2", BOTH)
        },
        Config {
            restore: Some(Restore {
                card: 1,
                first: false,
                resume: true,
            }),
            pays: 1,
            goals: &[Goal::ResumedPays],
            ..three("resumed receiver, three cards", COPY)
        },
        Config {
            name: "load, redeem, sale, three payments",
            kinds: vec![Load, Redeem, Sale],
            bank: 1,
            pays: 3,
            orders: 1,
            expiry: true,
            cancel: false,
            goals: &[Goal::Load, Goal::Redeem, Goal::Sale, Goal::Refund],
            ..Config::new("", vec![Start::with(1), Start::with(1)], vec![FIXED])
        },
        Config {
            restore: Some(Restore {
                card: 0,
                first: false,
                resume: true,
            }),
            kinds: vec![PayOnly, Surrender, Sale, Load],
            orders: 1,
            cancel: false,
            goals: &[Goal::ReceiptUsed],
            ..Config::new(
                "resumed card with receipts and refund orders",
                vec![Start::with(2)],
                vec![FIXED],
            )
        },
    ]
}
