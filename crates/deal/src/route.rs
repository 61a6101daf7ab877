//! Who carries the escrow on: the winner of a deal (SD-14 to SD-16).

use license::Route;

use crate::{Facts, Side};

/// The winner by `route` from the facts of both sides; the same on both cards, as both sign their facts.
///
/// "Never bought" is older than any date and fewer than any count; equal goes to the giver.
pub fn winner(route: Route, giver: Facts, receiver: Facts) -> Side {
    let receiver_if = |better: bool| if better { Side::Receiver } else { Side::Giver };
    match route {
        Route::Chain => Side::Receiver,
        Route::Till => Side::Giver,
        Route::Latest => receiver_if(receiver.last > giver.last),
        Route::Count => receiver_if(receiver.count > giver.count),
        Route::Provider => match (giver.provider, receiver.provider) {
            (true, _) => Side::Giver,
            (false, true) => Side::Receiver,
            (false, false) => receiver_if((receiver.last, receiver.count) > (giver.last, giver.count)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Route::{Chain, Count, Latest, Provider, Till};
    use Side::{Giver, Receiver};
    use units::Moment;

    /// A card's facts as a table writes them: last purchase, count, provider.
    type Row = (Option<u64>, u32, bool);

    fn facts((last, count, provider): Row) -> Facts {
        Facts {
            last: last.map(Moment),
            count,
            provider,
            price: None,
        }
    }

    fn check(route: Route, giver: Row, receiver: Row, wins: Side) {
        assert_eq!(
            winner(route, facts(giver), facts(receiver)),
            wins,
            "{route:?} {giver:?} {receiver:?}"
        );
    }

    const NEVER: Row = (None, 0, false);

    /// proves: SD-14 SD-15 SD-16 SD-17 row-21
    #[test]
    fn every_rule_names_one_winner() {
        // Chain and till look at nothing.
        for (giver, receiver) in [(NEVER, NEVER), ((Some(9), 9, true), NEVER), (NEVER, (Some(9), 9, true))] {
            check(Chain, giver, receiver, Receiver);
            check(Till, giver, receiver, Giver);
        }
        // By time: never is older than any date, even the first moment there is; a tie is the giver's.
        for (giver, receiver, wins) in [
            (NEVER, NEVER, Giver),
            (NEVER, (Some(0), 1, false), Receiver),
            ((Some(0), 1, false), NEVER, Giver),
            ((Some(5), 1, false), (Some(6), 1, false), Receiver),
            ((Some(6), 1, false), (Some(5), 1, false), Giver),
            ((Some(5), 1, false), (Some(5), 9, true), Giver),
            ((Some(5), 9, true), (Some(6), 1, false), Receiver),
        ] {
            check(Latest, giver, receiver, wins);
        }
        // By count: never is none; a tie is the giver's; dates do not matter.
        for (giver, receiver, wins) in [
            (NEVER, NEVER, Giver),
            (NEVER, (Some(1), 1, false), Receiver),
            ((Some(9), 1, false), (Some(1), 2, false), Receiver),
            ((None, 2, false), (Some(9), 2, true), Giver),
            ((Some(1), u32::MAX, false), (Some(9), u32::MAX, false), Giver),
        ] {
            check(Count, giver, receiver, wins);
        }
        // By provider, then the later purchase, then the higher count, then the giver.
        for (giver, receiver, wins) in [
            ((None, 0, true), NEVER, Giver),
            (NEVER, (None, 0, true), Receiver),
            ((None, 0, true), (Some(9), 9, true), Giver),
            ((Some(9), 9, false), (None, 0, true), Receiver),
            ((Some(9), 1, false), (Some(8), 9, false), Giver),
            ((Some(8), 9, false), (Some(9), 1, false), Receiver),
            ((Some(9), 1, false), (Some(9), 2, false), Receiver),
            ((Some(9), 2, false), (Some(9), 2, false), Giver),
            (NEVER, (None, 1, false), Receiver),
            (NEVER, NEVER, Giver),
        ] {
            check(Provider, giver, receiver, wins);
        }
    }

    /// proves: SD-15
    #[test]
    fn the_example_of_the_two_users() {
        let bought = crate::seven::from_seven([0x13, 0x63, 0x03, 0x01, 0x0D, 0, 0])
            .unwrap()
            .map(|at| at.0);
        check(Latest, (bought, 1, false), NEVER, Giver);
        check(Latest, NEVER, (bought, 1, false), Receiver);
    }

    /// proves: row-30
    #[test]
    fn facts_in_the_open_are_those_the_rule_looks_at() {
        let all = Facts {
            price: units::Money::new(300, units::Currency::JPY).ok(),
            ..facts((Some(7), 3, true))
        };
        assert_eq!(all.only_for(Chain), facts(NEVER));
        assert_eq!(all.only_for(Till), facts(NEVER));
        assert_eq!(all.only_for(Latest), facts((Some(7), 0, false)));
        assert_eq!(all.only_for(Count), facts((None, 3, false)));
        assert_eq!(all.only_for(Provider), facts((Some(7), 3, true)));
        for route in [Chain, Till, Latest, Count, Provider] {
            for other in [NEVER, (Some(6), 4, false), (Some(8), 2, true)] {
                let other = facts(other);
                assert_eq!(
                    winner(route, all, other),
                    winner(route, all.only_for(route), other.only_for(route))
                );
            }
        }
    }
}
