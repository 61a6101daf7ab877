//! Fares and keys: every copied key has exactly one fare, and that fare is in one place: in an escrow, collected, or named in
//! a record (FARE, S3, S12). A license that moves is usable on one card or named in one record, never on two, never nowhere
//! (ONE, S7, S8).
//!
//! Nothing is added up here: each slip and each license is looked for by its name, on every card, with power or without.

use std::collections::{BTreeMap, BTreeSet};

use deal::{Kind, Slip, Status};
use units::{DealId, Hash};

use super::Sight;
use crate::harness::log::{Fate, Log, Paid};

pub(super) fn audit(sight: &Sight<'_>, found: &mut Vec<String>) {
    // A card that was put back shows again what has left it since; what that may cost whom is looked at elsewhere.
    if sight.restored() {
        return;
    }
    fares(sight, found);
    keys(sight, found);
}

/// Where a slip is.
type Places = BTreeMap<Hash, Vec<String>>;

fn fares(sight: &Sight<'_>, found: &mut Vec<String>) {
    let log = sight.log;
    let mut places = Places::new();
    for (person, card) in &sight.cards {
        for slip in &card.state().escrow {
            put(&mut places, slip.id(), format!("in the escrow of card {person}"));
        }
        for paid in &card.state().paid {
            let Some(known) = log.paid.get(&paid.deal) else {
                continue;
            };
            on_the_way(log, *person, paid.deal, known, &mut places);
        }
    }
    for paid in log
        .paid
        .values()
        .filter(|p| p.intent.kind == Kind::Collect && p.was_given())
    {
        for slip in &paid.slips {
            put(&mut places, *slip, "collected".to_owned());
        }
    }
    let mut known = BTreeSet::new();
    for (deal, paid) in log.paid.iter().filter(|(_, p)| p.intent.kind.between_cards()) {
        let Some((slip, amount, payee)) = paid.slip else {
            if paid.intent.price > 0 {
                found.push(format!("{} is paid with nothing (FARE)", deal.short()));
            }
            continue;
        };
        known.insert(slip);
        if (amount, payee) != (paid.intent.price, paid.intent.payee) {
            found.push(format!("the fare of {} is not the one agreed to (S11)", deal.short()));
        }
        let at = places.get(&slip).map_or(&[][..], Vec::as_slice);
        let due = usize::from(!paid.heard.contains(&Fate::Returned));
        if at.len() != due {
            let whose = paid.intent.kind;
            found.push(format!(
                "the fare of {} ({whose:?}) is in {} places instead of {due} (FARE): {}",
                deal.short(),
                at.len(),
                at.join(", ")
            ));
        }
    }
    for (slip, at) in places.iter().filter(|(slip, _)| !known.contains(*slip)) {
        found.push(format!(
            "a slip {} of nobody's deal is {} (S3)",
            slip.short(),
            at.join(", ")
        ));
    }
}

fn put(places: &mut Places, slip: Hash, place: String) {
    places.entry(slip).or_default().push(place);
}

/// What an open payment names: before its giver has decided what was committed to it, afterwards what comes of it.
fn on_the_way(log: &Log, person: usize, deal: DealId, paid: &Paid, places: &mut Places) {
    let fare = paid
        .slip
        .filter(|_| paid.intent.kind.between_cards())
        .map(|(slip, ..)| slip);
    let gave = log.gave.get(&deal);
    match gave {
        None => {
            for slip in paid.slips.iter().copied().chain(fare) {
                put(places, slip, format!("named in an open payment of card {person}"));
            }
        }
        Some(gave) if paid.receiver_wins => {
            for slip in gave.hop.iter().copied().chain(fare) {
                put(
                    places,
                    slip,
                    format!("on its way from card {} to card {person}", gave.by),
                );
            }
        }
        // The giver has them.
        Some(_) => {}
    }
}

fn keys(sight: &Sight<'_>, found: &mut Vec<String>) {
    let log = sight.log;
    let mut usable: BTreeMap<DealId, Vec<String>> = BTreeMap::new();
    let opens = |held: &&deal::Held| !matches!(held.status, Status::Locked | Status::OnHold);
    for (person, card) in sight.cards.iter().filter(|(person, _)| !log.is_replaced(*person)) {
        for held in card.state().licenses.values().filter(opens) {
            if let Some(root) = log.root_of(held.id) {
                usable.entry(root).or_default().push(format!("on card {person}"));
            }
        }
        for paid in &card.state().paid {
            let given = log.gave.contains_key(&paid.deal) && paid.pay.quote.kind == Kind::Move;
            if let Some(root) = paid.pay.quote.license.filter(|_| given).and_then(|id| log.root_of(id)) {
                usable
                    .entry(root)
                    .or_default()
                    .push(format!("on its way to card {person}"));
            }
        }
    }
    let back = log.paid.values().filter(|p| p.intent.kind == Kind::Surrender);
    let handed_back: BTreeSet<DealId> = back
        .filter(|p| !p.heard.contains(&Fate::Returned))
        .filter_map(|p| log.root_of(p.intent.license?))
        .collect();
    // What a lost card had waits in another's place, and may have been handed on before the loss without anybody's knowing:
    // which of both it was, its seller's word decides, once.
    let lost: BTreeSet<DealId> = log.lost_keys().collect();
    let roots: BTreeSet<DealId> = log.keys.values().map(|key| key.root).collect();
    for root in roots.difference(&lost) {
        let at = usable.get(root).map_or(&[][..], Vec::as_slice);
        let due = usize::from(!handed_back.contains(root));
        if at.len() != due {
            found.push(format!(
                "the license of {} is usable {} times instead of {due} (ONE): {}",
                root.short(),
                at.len(),
                at.join(", ")
            ));
        }
    }
}

/// What fares still are on cards or on their way, by the auditor's own count: no payee has them yet.
pub(super) fn uncollected(sight: &Sight<'_>) -> i64 {
    let mut seen: BTreeMap<Hash, i64> = BTreeMap::new();
    for (_, card) in &sight.cards {
        let open = card.state().paid.iter().flat_map(|p| &p.pay.slips);
        for slip in card.state().escrow.iter().chain(open) {
            seen.insert(Slip::id(slip), slip.amount.minor());
        }
    }
    seen.values().sum()
}
