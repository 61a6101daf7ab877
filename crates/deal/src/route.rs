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
    use units::Moment;

    #[test]
    fn every_rule_names_one_winner() {
        let facts = |last: Option<u64>, count, provider| Facts {
            last: last.map(Moment),
            count,
            provider,
            price: None,
        };
        let never = facts(None, 0, false);
        use Side::{Giver, Receiver};
        for (route, giver, receiver, wins) in [
            (Route::Chain, facts(Some(9), 9, true), never, Receiver),
            (Route::Till, never, facts(Some(9), 9, true), Giver),
            (Route::Latest, facts(Some(1), 1, false), never, Giver),
            (Route::Latest, never, facts(Some(0), 1, false), Receiver),
            (Route::Latest, never, never, Giver),
            (Route::Latest, facts(Some(5), 1, false), facts(Some(5), 9, false), Giver),
            (
                Route::Count,
                facts(Some(5), 1, false),
                facts(Some(1), 2, false),
                Receiver,
            ),
            (Route::Count, facts(None, 2, false), facts(Some(1), 2, false), Giver),
            (Route::Provider, facts(None, 0, true), facts(Some(9), 9, true), Giver),
            (
                Route::Provider,
                facts(Some(9), 9, false),
                facts(None, 0, true),
                Receiver,
            ),
            (
                Route::Provider,
                facts(Some(9), 1, false),
                facts(Some(9), 2, false),
                Receiver,
            ),
            (Route::Provider, never, never, Giver),
        ] {
            assert_eq!(winner(route, giver, receiver), wins, "{route:?} {giver:?} {receiver:?}");
        }
    }
}
