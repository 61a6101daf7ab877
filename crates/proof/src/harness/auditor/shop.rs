//! Shop: no edition is oversold, every gift is a sale on record at the price its holder saw, and what comes back in money
//! was once paid in money (SD-12, S17, XD-9).

use std::collections::BTreeMap;

use deal::{Kind, ValueKind};
use units::{DealId, Hash};

use super::Sight;
use crate::harness::log::{Fate, Log, Paid};

pub(super) fn audit(sight: &Sight<'_>, found: &mut Vec<String>) {
    editions(sight, found);
    refunds(sight, found);
    if sight.log.restored_parties == 0 {
        records(sight, found);
    }
}

/// Deals of which some copy of a card has heard that they were given.
fn given(log: &Log, kind: Kind) -> impl Iterator<Item = (&DealId, &Paid)> {
    log.paid
        .iter()
        .filter(move |(_, p)| p.intent.kind == kind && p.heard.contains(&Fate::Given))
}

/// A shop that was put back finds the sales it forgot in its issuer's list of slips. Pieces that were paid with a ticket,
/// coupon or receipt alone stand on nobody's list but the buyers': such a shop may sell their numbers again, which is a
/// limit of the protocol and not counted here.
fn editions(sight: &Sight<'_>, found: &mut Vec<String>) {
    let mut out: BTreeMap<Hash, i64> = BTreeMap::new();
    let forgetful = sight.log.restored_parties > 0;
    for (_, paid) in given(sight.log, Kind::Sale).filter(|(_, p)| !forgetful || p.intent.money > 0) {
        if let Some(offer) = paid.intent.offer {
            *out.entry(offer).or_default() += 1;
        }
    }
    // A piece that is on its way back may be on the shelf again already.
    let back = |p: &&Paid| p.intent.kind == Kind::Surrender && !p.heard.contains(&Fate::Returned);
    for paid in sight.log.paid.values().filter(back) {
        let sold = paid
            .intent
            .license
            .and_then(|id| sight.log.root_of(id))
            .and_then(|deal| sight.log.paid.get(&deal));
        if let Some(offer) = sold.and_then(|p| p.intent.offer) {
            *out.entry(offer).or_default() -= 1;
        }
    }
    for on_sale in sight.market.offers.values() {
        let sold = out.get(&on_sale.hash).copied().unwrap_or(0);
        if on_sale.edition.is_some_and(|edition| sold > i64::from(edition)) {
            found.push(format!(
                "{sold} of the {:?} pieces of {} are out (SD-12)",
                on_sale.edition, on_sale.number
            ));
        }
    }
}

/// What of one purchase was money: its own slip, and the slips that its receipts were bought with.
fn in_money(log: &Log, paid: &Paid) -> i64 {
    let receipts = paid.intent.values.iter().filter_map(|key| log.values.get(key));
    let before: i64 = receipts
        .filter(|v| v.kind == ValueKind::Receipt)
        .filter_map(|v| v.from.and_then(|deal| log.paid.get(&deal)))
        .map(|bought| in_money(log, bought))
        .sum();
    paid.intent.money + before
}

fn refunds(sight: &Sight<'_>, found: &mut Vec<String>) {
    for (deal, paid) in given(sight.log, Kind::Surrender) {
        let sold = paid
            .intent
            .license
            .and_then(|id| sight.log.root_of(id))
            .and_then(|deal| sight.log.paid.get(&deal));
        let Some(sold) = sold else { continue };
        let (back, money) = (paid.intent.credit, in_money(sight.log, sold));
        if back > money {
            found.push(format!(
                "{} brought {back} back, {money} of it was ever money (XD-9)",
                deal.short()
            ));
        }
    }
}

fn records(sight: &Sight<'_>, found: &mut Vec<String>) {
    let shop = &sight.market.shop;
    let Some(machine) = sight.town.machines.get(&shop.id()).filter(|m| !m.memory.is_dark()) else {
        return;
    };
    for (deal, paid) in given(sight.log, Kind::Sale).chain(given(sight.log, Kind::PayOnly)) {
        match machine.store().read(|view| shop.sale(view, *deal)) {
            Ok(Some(sale)) => {
                if sale.price.minor() != paid.intent.price {
                    let shown = paid.intent.price;
                    found.push(format!(
                        "{} was sold for {}, its holder saw {shown} (S11)",
                        deal.short(),
                        sale.price
                    ));
                }
                if paid.receipt.is_some_and(|number| number != sale.receipt) {
                    found.push(format!(
                        "the receipt of {} is another in the shop's records",
                        deal.short()
                    ));
                }
            }
            _ => found.push(format!(
                "{} was given and the shop has no sale of it (S5)",
                deal.short()
            )),
        }
    }
}
