//! The line of people, told in memory with several figures, rules and ways home.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

use license::Route;
use party::collector::Path;
use stories::{Figures, InMemory, Line, Tale, superdistribution};
use units::{Currency, Moment};

const NOW: Moment = Moment(1_795_000_000_000);

fn tell(users: usize, fare: i64, route: Route, collect: Option<Path>) -> Tale {
    let figures = Figures {
        price: 300,
        purse: 500,
        seed: [7; 32],
    };
    let line = Line {
        users,
        fare,
        route,
        collect,
    };
    let mut parties = InMemory::found(&[9; 32], Currency::JPY, NOW).unwrap();
    let tale = superdistribution(&mut parties, &figures, &line).unwrap();
    assert!(tale.holds, "{}", tale.lines());
    tale
}

fn cards(tale: &Tale, users: usize) -> Vec<(i64, i64, usize)> {
    (1..=users)
        .map(|n| {
            let card = &tale.books.cards[&format!("user {n}")];
            (card.purse, card.escrow, card.licenses)
        })
        .collect()
}

/// proves: SD-9 SD-14
#[test]
fn the_last_of_eight_carries_seven_fares() {
    let tale = tell(8, 100, Route::Chain, None);
    let mut due = vec![(200, 0, 1)];
    due.extend([(400, 0, 1); 6]);
    due.push((400, 700, 1));
    assert_eq!(cards(&tale, 8), due, "{}", tale.lines());
    assert_eq!(tale.books.parties["publisher"]["received"], 300);
    for (users, fare) in [(2, 1), (3, 130), (12, 130)] {
        let tale = tell(users, fare, Route::Chain, None);
        let last = *cards(&tale, users).last().unwrap();
        assert_eq!(last, (500 - fare, fare * (users as i64 - 1), 1));
    }
}

/// 251 people make a line; the next has no room for 251 fares, is told so before he pays, and the fares can go home.
///
/// proves: SD-5 SD-14
#[test]
fn beyond_the_room_of_a_card_the_line_says_to_send_fares_home_first() {
    let tale = tell(253, 100, Route::Chain, None);
    let refused: Vec<_> = tale.steps.iter().filter(|step| step.refused.is_some()).collect();
    assert_eq!(refused.len(), 1, "{}", tale.lines());
    assert_eq!(refused[0].refused.as_deref(), Some("card-full-of-fares"));
    assert!(refused[0].says.contains("send fares home first"), "{}", refused[0].says);
    let held = cards(&tale, 253);
    assert_eq!(held[250], (400, 25_000, 1));
    assert_eq!(held[251..], [(500, 0, 0), (500, 0, 0)]);
    let tale = tell(253, 100, Route::Chain, Some(Path::Online));
    assert_eq!(tale.books.parties["publisher"]["fares"], 25_000, "{}", tale.lines());
}

/// proves: SD-15 SD-16 SD-17
#[test]
fn under_the_other_rules_fares_stay_with_who_bought_or_gave() {
    for route in [Route::Latest, Route::Count, Route::Provider] {
        let tale = tell(4, 100, route, None);
        let due = vec![(200, 100, 1), (400, 100, 1), (400, 100, 1), (400, 0, 1)];
        assert_eq!(cards(&tale, 4), due, "{route:?} {}", tale.lines());
    }
}

/// proves: SD-13 SD-18 SD-19 SD-20 SD-21 SD-22 SD-23
#[test]
fn by_every_way_everything_comes_home() {
    for path in [
        Path::Online,
        Path::Shop,
        Path::AtmBefore,
        Path::AtmAfter,
        Path::Application,
    ] {
        for route in [Route::Chain, Route::Latest] {
            let tale = tell(5, 100, route, Some(path));
            assert_eq!(
                tale.books.parties["publisher"]["fares"],
                400,
                "{path:?} {}",
                tale.lines()
            );
            assert_eq!(tale.books.parties["publisher"]["received"], 700);
            let at_bank = tale.books.parties["publisher"]["at the bank"];
            assert_eq!(at_bank, if path == Path::Application { 400 } else { 0 });
            let last = &tale.books.cards["user 5"];
            assert_eq!((last.purse, last.escrow, last.reserved), (400, 0, 0));
            let rebates: usize = tale.books.cards.values().map(|c| c.values).sum();
            assert_eq!(
                rebates > 5,
                path == Path::Shop,
                "accounts, and a coupon at the shop alone"
            );
        }
    }
}

/// proves: SD-9
#[test]
fn a_purse_too_small_for_the_fare_ends_the_line_and_changes_nothing() {
    let tale = tell(4, 501, Route::Chain, None);
    let last = tale.steps.last().unwrap();
    assert_eq!(last.refused.as_deref(), Some("purse-too-small"), "{}", tale.lines());
    assert_eq!(cards(&tale, 4), [(200, 0, 1), (500, 0, 0), (500, 0, 0), (500, 0, 0)]);
}
