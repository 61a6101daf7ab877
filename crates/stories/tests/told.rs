//! The stories, told in memory with several figures: the books at the end are the figures' own arithmetic.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

#[path = "told/media.rs"]
mod media;
#[path = "told/settlement.rs"]
mod settlement;
#[path = "told/statement.rs"]
mod statement;

use stories::{Figures, InMemory, Media, Tale, copy_management, external_device, sale};
use units::{Currency, Moment};

const NOW: Moment = Moment(1_795_000_000_000);

fn tell(
    story: fn(&mut dyn stories::Parties, &Figures) -> Result<Tale, stories::Stuck>,
    price: i64,
    purse: i64,
) -> Tale {
    let figures = Figures {
        price,
        purse,
        seed: [7; 32],
    };
    let mut parties = InMemory::found(&[9; 32], Currency::JPY, NOW).unwrap();
    let tale = story(&mut parties, &figures).unwrap();
    assert!(tale.holds, "{}", tale.lines());
    tale
}

/// proves: SD-1 SD-2 SD-6 XD-8
#[test]
fn a_sale_moves_exactly_its_price() {
    for (price, purse) in [(300, 500), (500, 500), (1, 20_000)] {
        let tale = tell(sale, price, purse);
        let buyer = &tale.books.cards["buyer"];
        assert_eq!(
            (buyer.purse, buyer.reserved, buyer.licenses),
            (purse - price, 0, 1),
            "{}",
            tale.lines()
        );
        assert_eq!(tale.books.parties["publisher"]["received"], price);
        assert!(tale.steps.iter().all(|s| s.refused.is_none()));
    }
}

/// proves: SD-1 XD-8
#[test]
fn a_purse_too_small_is_refused_and_changes_nothing() {
    for story in [sale, external_device] {
        let tale = tell(story, 600, 500);
        let last = tale.steps.last().unwrap();
        assert_eq!(last.refused.as_deref(), Some("purse-too-small"), "{}", tale.lines());
        let card = tale.books.cards.values().next().unwrap();
        assert_eq!((card.purse, card.reserved, card.licenses), (500, 0, 0));
        assert_eq!(tale.books.parties["publisher"]["received"], 0);
    }
}

/// proves: XD-1 XD-2 XD-3 XD-4 XD-6 XD-7
#[test]
fn the_device_buys_twice_under_two_keys_and_opens_by_both_procedures() {
    let tale = tell(external_device, 300, 1000);
    let device = &tale.books.cards["device"];
    assert_eq!((device.purse, device.licenses), (400, 2), "{}", tale.lines());
    let shown: Vec<_> = tale.steps.iter().filter_map(|s| s.shows).collect();
    for id in ["XD-1", "XD-2", "XD-3", "XD-4", "XD-6", "XD-7", "XD-8"] {
        assert!(shown.contains(&id), "{id} is not told");
    }
    // A purse for one delivery: the second is refused, the first stands.
    let tale = tell(external_device, 300, 500);
    assert_eq!(
        (tale.books.cards["device"].purse, tale.books.cards["device"].licenses),
        (200, 1)
    );
}

#[test]
fn the_same_seed_tells_the_same_tale() {
    let (one, two) = (tell(sale, 300, 500), tell(sale, 300, 500));
    assert_eq!(one, two);
}

fn media(price: i64, purse: i64, bound: (bool, bool), gateway_permille: u32) -> Tale {
    let figures = Figures {
        price,
        purse,
        seed: [9; 32],
    };
    let media = Media {
        count: 3,
        gateway_permille,
        bound,
        now: Moment(1_800_000_000_000),
    };
    copy_management(&figures, &media).unwrap()
}

/// proves: CM-1 CM-2 CM-3 CM-4 CM-5 CM-6 CM-7 CM-8 CM-9 CM-10
#[test]
fn media_are_told_with_whatever_ids_shares_and_prices() {
    for (bound, price, share) in [
        ((true, true), 300, 300),
        ((true, false), 101, 333),
        ((false, true), 7, 0),
        ((false, false), 300, 1000),
    ] {
        let tale = media(price, 1000, bound, share);
        assert!(tale.holds, "{bound:?}: {:?}", tale.findings);
        let (gateway, server) = (&tale.books.parties["gateway"], &tale.books.parties["server"]);
        let part = gateway.get("commission").copied().unwrap_or(0);
        let takings = server.get("takings").copied().unwrap_or(0);
        assert_eq!(part + takings, price, "{bound:?}: one key was charged, once");
        assert_eq!(tale.books.parties["bank"]["server"], takings);
        let refused: Vec<_> = tale.steps.iter().filter_map(|step| step.refused.as_deref()).collect();
        let lent = bound.0.then_some("playback-not-permitted");
        let expected = ["medium-used"].into_iter().chain(lent).chain(["reissue-refused"]);
        assert_eq!(refused, expected.collect::<Vec<_>>());
    }
    let poor = media(300, 299, (true, true), 300);
    assert!(poor.holds, "{:?}", poor.findings);
    let last = poor.steps.last().unwrap();
    assert_eq!(last.refused.as_deref(), Some("balance-too-small"));
    assert_eq!(poor.books.parties["server"]["media used"], 0);
}
