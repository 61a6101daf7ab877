//! The invariants of the protocol for worlds in which no card was ever restored, by their ids.

use std::collections::BTreeMap;

use deal::{Kind, State, ValueKind};
use license::Route;
use units::ValueId;

use super::Protocol;
use super::config::Config;
use super::quotes::receiver_wins;
use super::world::{World, fare_slip, paid_values};

/// What must hold always.
pub type Rule = fn(&Protocol, &World) -> bool;

/// Ids and rules, S1 to S18 as far as built; and that nobody freezes without cause.
pub const ALWAYS: &[(&str, Rule)] = &[
    ("S1", |m, w| no_value_created(&m.config, w)),
    ("S2", |m, w| all_value_accounted(&m.config, w)),
    ("S3", |m, w| each_publisher_has_its_own(&m.config, w)),
    ("S4", |m, w| nothing_below_zero(&m.config, w)),
    ("S5", |m, w| keys_are_paid(&m.config, w)),
    ("S6", |_, w| one_fate(w)),
    ("S7", |m, w| never_two_usable(&m.config, w)),
    ("S8", |m, w| never_none_for_good(&m.config, w)),
    ("S9", |m, w| generations(&m.config, w)),
    ("S10", |_, w| collected_once(w)),
    ("S11", |_, w| fares_as_confirmed(w)),
    ("S12", |_, w| within_room(w)),
    ("S13", |_, w| given_or_void(w)),
    ("S14", |_, w| super::charges::paid_once(w)),
    ("S15", |m, w| super::lends::plays_kept(&m.config, w)),
    ("S16", |_, w| values_in_one_place(w)),
    ("S17", |m, w| handed_back_once(&m.config, w)),
    ("S18", |_, w| honoured_once(w)),
    ("only a restored card freezes", |_, w| w.cards.iter().all(|c| !c.frozen)),
];

/// Everything there was at the start.
pub fn start_sum(config: &Config) -> i64 {
    let cards: i64 = config.cards.iter().map(|c| c.purse + c.escrow.len() as i64).sum();
    cards + config.bank
}

fn no_value_created(config: &Config, world: &World) -> bool {
    world.purses() + world.escrows() + world.books_sum() <= start_sum(config)
}

/// With the open records, the sum never changes.
fn all_value_accounted(config: &Config, world: &World) -> bool {
    world.purses() + world.escrows() + world.books_sum() + world.open_sum() == start_sum(config)
}

/// Per publisher: what is in escrow, under way and collected is what there was and the fares of given deals. The purses
/// lost exactly those fares.
fn each_publisher_has_its_own(config: &Config, world: &World) -> bool {
    let given: i64 = world.slips_due(config).values().sum();
    let slips_at_start: i64 = config.cards.iter().map(|c| c.escrow.len() as i64).sum();
    let loaded: i64 = world.books.loaded.values().sum();
    let start: i64 = config.cards.iter().map(|c| c.purse).sum();
    let flight: i64 = world.named().map(|n| n.fare() + n.credit()).sum();
    world.slips_by_payee() == world.slips_due(config)
        && world.purses() + flight == start + loaded - (given - slips_at_start)
}

/// Money cannot be negative by its type; what could be is the balance that a card's loads and payments make.
fn nothing_below_zero(config: &Config, world: &World) -> bool {
    world.books.bank >= 0
        && config.cards.iter().enumerate().all(|(card, start)| {
            let mine = || world.said.deals.values().filter(move |d| d.by == card);
            let loads = mine().filter(|d| d.marks.key && d.pay.quote.kind == Kind::Load).count() as i64;
            let paid: i64 = mine().filter(|d| !d.marks.refunded).map(|d| d.fare()).sum();
            start.purse + loads >= paid
        })
}

fn keys_are_paid(config: &Config, world: &World) -> bool {
    let due = world.keys_due(config);
    let back: Vec<usize> = surrendered(config, world);
    let keys = world.keys(config);
    keys.iter()
        .zip(due.iter().zip(back))
        .all(|(have, (due, back))| *have <= due + back)
}

fn surrendered(config: &Config, world: &World) -> Vec<usize> {
    let mut back = vec![0; config.offers.len()];
    for deal in world.said.deals.values() {
        if deal.marks.decided
            && deal.pay.quote.kind == Kind::Surrender
            && let Some(offer) = deal.pay.quote.offer
        {
            back[super::names::offer_no(offer)] += 1;
        }
    }
    back
}

/// Exactly one of: an open record, the key, the money back.
fn one_fate(world: &World) -> bool {
    world.said.deals.iter().all(|(id, deal)| {
        let open = world.cards[deal.by].open(*id).is_some();
        usize::from(open) + usize::from(deal.marks.key) + usize::from(deal.marks.refunded) == 1
    })
}

fn never_two_usable(config: &Config, world: &World) -> bool {
    let (keys, due) = (world.keys(config), world.keys_due(config));
    let single = |n: &usize| !config.offers[*n].modes.copy;
    (0..keys.len()).filter(single).all(|n| keys[n] <= due[n])
}

/// Usable, or named in a record: as many as there should be.
fn never_none_for_good(config: &Config, world: &World) -> bool {
    let (keys, named) = (world.keys(config), world.keys_named(config));
    let sum: Vec<usize> = keys.iter().zip(named).map(|(a, b)| a + b).collect();
    sum == world.keys_due(config)
}

/// Within the limit, and only a sale or the start makes a first generation.
fn generations(config: &Config, world: &World) -> bool {
    let own = |c: &'_ State, id| !super::lends::is_loan(c, id);
    let held = || {
        let cards = world.cards.iter();
        cards.flat_map(move |c| c.licenses.values().filter(move |held| own(c, held.id)))
    };
    let deep = held().all(|h| h.generation <= h.generations);
    let start: usize = config.cards.iter().map(|c| c.holds.len()).sum();
    let sold = world
        .said
        .deals
        .values()
        .filter(|d| d.marks.decided && d.pay.quote.kind == Kind::Sale)
        .count();
    deep && held().filter(|h| h.generation == 0).count() <= start + sold
}

fn collected_once(world: &World) -> bool {
    let credited: i64 = world.books.credited.values().sum();
    let booked: i64 = world.books.booked.iter().map(|s| s.amount.minor()).sum();
    credited == booked
}

/// Money paid, and values' worth, are the price the holder saw.
fn fares_as_confirmed(world: &World) -> bool {
    world.said.deals.values().all(|deal| {
        let price = deal.pay.quote.price.minor();
        let coupons = paid_values(&deal.pay).filter(|v| v.kind == ValueKind::Coupon).count() as i64;
        let whole = paid_values(&deal.pay).any(|v| v.kind == ValueKind::Receipt);
        let charge = deal::charge_of(&deal.pay.tenders).map_or(0, |(_, amount, _)| amount.minor());
        deal.fare() + charge == if whole { 0 } else { (price - coupons).max(0) }
    })
}

fn within_room(world: &World) -> bool {
    let slips = world.live_slips();
    let twice = slips.windows(2).any(|w| w[0] == w[1]);
    !twice && world.cards.iter().all(|c| card_within_room(c))
}

fn card_within_room(card: &State) -> bool {
    let profile = &card.profile;
    let lent = |id| card.pairs.as_ref().is_some_and(|pairs| pairs.lent.contains_key(&id));
    let loan = |p: &deal::Paid| p.pay.quote.kind == Kind::Lend && !p.pay.quote.license.is_some_and(lent);
    let coming = |p: &&deal::Paid| p.license.is_some() || p.pay.quote.kind.brings_license() || loan(p);
    let licenses = card.licenses.len() + card.paid.iter().filter(coming).count();
    card.paid.len() <= usize::from(profile.paid_max)
        && card.given.len() <= usize::from(profile.given_max)
        && card.evidence.len() + card.paid.len() <= usize::from(profile.evidence_max)
        && licenses <= profile.licenses_max as usize
        && slip_sets(card).values().all(|n| *n <= usize::from(profile.slips_max))
}

/// Slips per set that travels together: held, moved out in open payments, and room promised in them.
fn slip_sets(card: &State) -> BTreeMap<(units::PartyId, Route, units::ContentId), usize> {
    let mut sets = BTreeMap::new();
    let name = |payee, route, title| {
        (
            payee,
            route,
            if route == Route::Chain {
                title
            } else {
                Default::default()
            },
        )
    };
    let out = card.paid.iter().flat_map(|p| &p.pay.slips);
    for slip in card.escrow.iter().chain(out) {
        *sets.entry(name(slip.payee, slip.route, slip.title)).or_default() += 1;
    }
    for paid in card.paid.iter().filter(|p| receiver_wins(&p.pay)) {
        let quote = &paid.pay.quote;
        *sets.entry(name(quote.payee, quote.route, quote.title)).or_default() += usize::from(paid.pay.room);
    }
    sets
}

fn given_or_void(world: &World) -> bool {
    world
        .said
        .deals
        .values()
        .all(|d| !(d.marks.decided && d.marks.void_counts))
}

/// Every value is on one card, in one open payment, under way to its receiver, or used.
fn values_in_one_place(world: &World) -> bool {
    let mut places: BTreeMap<ValueId, usize> = BTreeMap::new();
    places.extend(world.books.made.iter().map(|id| (*id, 0)));
    let on_cards = world.cards.iter().flat_map(|c| &c.values).map(|(v, _)| v.id);
    let used = world
        .books
        .used
        .iter()
        .flat_map(|(id, n)| std::iter::repeat_n(*id, usize::from(*n)));
    let mut all: Vec<ValueId> = on_cards.chain(used).collect();
    for named in world.named() {
        match named.gift {
            None => all.extend(named.paid.values().map(|v| v.id)),
            Some(gift) => all.extend(gift.values.iter().map(|(v, _)| v.id)),
        }
    }
    for id in all {
        *places.entry(id).or_default() += 1;
    }
    places.values().all(|n| *n == 1)
}

/// A license that was handed back is on a card, in an open payment, or refunded by one order: exactly one. Money was paid
/// back for orders that were made, each once, and a purse is filled by loads alone.
fn handed_back_once(config: &Config, world: &World) -> bool {
    let surrenders = || {
        world
            .said
            .deals
            .values()
            .filter(|d| d.pay.quote.kind == Kind::Surrender)
    };
    let one_place = surrenders().all(|deal| {
        let id = deal.pay.quote.license.unwrap_or_default();
        let here = world.cards.iter().filter(|c| c.licenses.contains_key(&id)).count();
        let open = world.named().filter(|n| n.gift.is_none());
        let open = open
            .filter(|n| n.paid.license.as_ref().is_some_and(|h| h.id == id))
            .count();
        let places = here + open + usize::from(world.books.refunded.contains_key(&id));
        let may_move = deal
            .pay
            .quote
            .offer
            .is_some_and(|o| config.offers[super::names::offer_no(o)].modes.move_);
        places == 1 || (may_move && places == 0)
    });
    let by_order = |d: &&super::world::Deal| {
        d.marks.decided && d.pay.quote.kind == Kind::Load && paid_values(&d.pay).next().is_some()
    };
    let at_start = config.cards.iter().flat_map(|c| &c.values);
    let orders_at_start = at_start.filter(|kind| **kind == ValueKind::Refund).count();
    let orders_used = world.said.deals.values().filter(by_order).count();
    one_place
        && world.books.paid_back == orders_used as i64
        && orders_used <= world.books.refunded.len() + orders_at_start
}

/// No slip to the credit of a payee whose payment is void, none twice; and a used receipt was paid for.
fn honoured_once(world: &World) -> bool {
    let booked = |d: &super::world::Deal| fare_slip(&d.pay).is_some_and(|s| world.books.booked.contains(s));
    let never_void = world.said.deals.values().all(|d| !(d.marks.void_counts && booked(d)));
    let receipts_paid = world
        .said
        .deals
        .values()
        .filter(|d| d.marks.decided)
        .flat_map(|d| paid_values(&d.pay))
        .filter(|v| v.kind == ValueKind::Receipt)
        .all(|v| world.books.made.contains(&v.id));
    never_void && receipts_paid && collected_once(world)
}
