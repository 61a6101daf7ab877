//! The invariants of worlds in which one card was put back to an earlier copy of itself: D1 to D8. What a software card's
//! owner can always do is not prevented; it harms nobody else, and it shows.

use deal::Kind;

use super::config::Config;
use super::names::Giver;
use super::properties::{Rule, start_sum};
use super::world::{Deal, World};

/// Ids and rules.
pub const AFTER_RESTORE: &[(&str, Rule)] = &[
    ("D1", |m, w| honest_payers_have_one_fate(&m.config, w)),
    ("D2", |m, w| honest_shadows_hold(&m.config, w)),
    ("D3", |m, w| double_spending_shows(&m.config, w)),
    ("D4", |m, w| a_restored_giver_is_named(&m.config, w)),
    ("D5", |m, w| no_lower_than_it_stood(&m.config, w)),
    ("D6", |m, w| no_further_single_keys(&m.config, w)),
    ("D7", |m, w| new_payments_are_new(&m.config, w)),
    ("D8", |_, w| w.books.used.values().all(|n| *n == 1)),
    ("only a restored card freezes", |m, w| {
        (0..w.cards.len()).all(|c| !w.cards[c].frozen || (restored(&m.config) == Some(c) && w.past.life > 0))
    }),
];

fn restored(config: &Config) -> Option<usize> {
    config.restore.map(|r| r.card)
}

fn honest(config: &Config, world: &World) -> impl Iterator<Item = usize> {
    let restored = restored(config);
    (0..world.cards.len()).filter(move |c| Some(*c) != restored)
}

fn one_fate(world: &World, id: units::DealId, deal: &Deal) -> bool {
    let open = world.cards[deal.by].open(id).is_some();
    usize::from(open) + usize::from(deal.marks.key) + usize::from(deal.marks.refunded) == 1
}

/// Every payment of an honest card is open, or has its key, or its money back.
pub fn honest_payers_have_one_fate(config: &Config, world: &World) -> bool {
    let mut deals = world.said.deals.iter().filter(|(_, d)| restored(config) != Some(d.by));
    deals.all(|(id, deal)| one_fate(world, *id, deal))
}

/// An honest card's purse and undecided fares are exactly its shadow account, which so never falls below zero.
fn honest_shadows_hold(config: &Config, world: &World) -> bool {
    honest(config, world).all(|card| {
        let shadow = world.shadow(config, card);
        let undecided: i64 = world
            .drawn(card)
            .filter(|d| !d.marks.key && !d.marks.refunded && !d.marks.decided)
            .map(Deal::fare)
            .sum();
        shadow >= 0 && world.cards[card].purse.minor() + undecided + loading(world, card) == shadow
    })
}

/// Money that the issuer has given to this card and that has not arrived.
fn loading(world: &World, card: usize) -> i64 {
    let given =
        |p: &&deal::Paid| p.pay.quote.kind == Kind::Load && matches!(world.books.decided.get(&p.deal), Some(Some(_)));
    world.cards[card].paid.iter().filter(given).count() as i64
}

/// Whatever is too much in the world is what the restored card shows beyond its shadow account, or what it gave and then
/// voided.
fn double_spending_shows(config: &Config, world: &World) -> bool {
    let Some(card) = restored(config) else { return true };
    let mut slips = world.live_slips();
    slips.dedup();
    let slips: i64 = slips.iter().map(|s| s.amount.minor()).sum();
    let credited: i64 = world.books.credited.values().sum();
    let books = world.books_sum() - credited;
    let fares: i64 = world.named().map(|n| n.fare() + n.credit()).sum();
    let excess = world.purses() + slips + books + fares - start_sum(config);
    let mine = &world.cards[card];
    let open: i64 = mine.paid.iter().filter_map(deal::Paid::money).map(|m| m.minor()).sum();
    let open = open + loading(world, card);
    let beyond = (mine.purse.minor() + open - world.shadow(config, card)).max(0);
    let voided: i64 = given_and_voided(world, card).map(|(_, d)| d.fare()).sum();
    // Values and refund orders that came back with the copy are worth nothing: their maker takes each once (D8).
    excess <= beyond + voided
}

/// Deals that this giver gave and whose receivers have a void.
fn given_and_voided(world: &World, giver: usize) -> impl Iterator<Item = (&units::DealId, &Deal)> {
    let mine = move |d: &Deal| d.giver() == Giver::Card(giver);
    world
        .said
        .deals
        .iter()
        .filter(move |(_, d)| mine(d) && d.marks.decided && d.marks.refunded)
}

/// Only a restored card both gives and voids, and whoever was refunded for such a deal keeps the void that excuses it.
fn a_restored_giver_is_named(config: &Config, world: &World) -> bool {
    let by_honest = (0..world.cards.len())
        .filter(|c| restored(config) != Some(*c))
        .any(|c| given_and_voided(world, c).any(|(_, d)| restored(config) != Some(d.by)));
    let kept = restored(config).is_none_or(|c| {
        given_and_voided(world, c).all(|(id, d)| restored(config) == Some(d.by) || world.void_kept(d.by, *id))
    });
    !by_honest && kept
}

/// After a resume the shadow account goes no lower than it stood, or than nothing.
fn no_lower_than_it_stood(config: &Config, world: &World) -> bool {
    match (restored(config), world.past.resumed) {
        (Some(card), Some(stood)) => world.shadow(config, card) >= stood.shadow.min(0),
        _ => true,
    }
}

/// After a resume there are never more usable single-copy keys than there were on other cards and on their way.
fn no_further_single_keys(config: &Config, world: &World) -> bool {
    match (restored(config), world.past.resumed) {
        (Some(card), Some(stood)) => {
            world.single_keys_elsewhere(config, card) + world.single_keys_on(config, card) <= stood.keys
        }
        _ => true,
    }
}

/// Payments after a resume have numbers that no earlier payment had, and one fate; it gives under new numbers too.
pub fn new_payments_are_new(config: &Config, world: &World) -> bool {
    let Some(card) = restored(config) else { return true };
    let mine = || world.said.deals.iter().filter(move |(_, d)| d.by == card);
    let gives_anew = world
        .past
        .resumed
        .is_none_or(|stood| stood.give_no >= world.past.reached.1);
    gives_anew
        && mine().filter(|(_, d)| d.epoch > 0).all(|(id, deal)| {
            let old = mine().any(|(other, d)| other != id && d.pay.pay_no == deal.pay.pay_no);
            !old && one_fate(world, *id, deal)
        })
}
