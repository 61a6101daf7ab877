//! Cards: every purse, library and set of values is exactly what its deals make of it (S1, S2, S4, S6, S16, S17).

use std::collections::{BTreeMap, BTreeSet};

use card::Card;
use deal::{Kind, ValueKind};
use units::{DealId, Hash, LicenseId, PartyId, ValueId};

use super::Sight;
use crate::harness::{
    log::{CardLog, Fate, Log},
    tape::Tape,
};

pub(super) fn audit(sight: &Sight<'_>, found: &mut Vec<String>) {
    for (person, card) in &sight.cards {
        let Some(log) = sight.log.cards.get(person) else {
            continue;
        };
        let mut say = |what: String| found.push(format!("card {person}: {what}"));
        purse(sight.log, log, card, &mut say);
        library(sight.log, log, card, &mut say);
        values(sight.log, log, card, &mut say);
        if sight.at_the_end && !sight.log.lost.contains(person) {
            finished(sight.log, log, card, &mut say);
        }
    }
    one_place(sight, found);
    if sight.at_the_end {
        inherited(sight, found);
    }
    used_once(sight.log, found);
    one_word(sight.log, found);
}

/// What one deal has done to the purse.
fn moved(log: &Log, deal: DealId, fate: Fate) -> i64 {
    let Some(paid) = log.paid.get(&deal) else { return 0 };
    match (fate, paid.intent.kind) {
        (Fate::Given, Kind::Load) => paid.intent.credit,
        (Fate::Given | Fate::Open, _) => -paid.intent.money,
        (Fate::Returned | Fate::Dropped, _) => 0,
    }
}

fn purse(all: &Log, log: &CardLog, card: &Card<Tape>, say: &mut dyn FnMut(String)) {
    let should: i64 = log.base
        + log
            .deals
            .iter()
            .map(|(deal, fate)| moved(all, *deal, *fate))
            .sum::<i64>();
    let shows = card.state().purse.minor();
    if shows != should {
        say(format!("its purse holds {shows}, its deals make {should}"));
    }
    if should < 0 {
        say(format!("its deals make {should}, below zero"));
    }
    let reserved: i64 = log
        .deals
        .iter()
        .filter(|(_, fate)| **fate == Fate::Open)
        .filter_map(|(deal, _)| all.paid.get(deal))
        .map(|p| p.intent.money)
        .sum();
    let summary = card.state().summary();
    if summary.reserved.minor() != reserved {
        say(format!(
            "it shows {} as on its way, its open deals make {reserved}",
            summary.reserved
        ));
    }
}

/// How each deal of this card's life stands, before and after a resume.
fn fates(log: &CardLog) -> impl Iterator<Item = (&DealId, &Fate)> {
    log.past.iter().chain(&log.deals)
}

fn library(all: &Log, log: &CardLog, card: &Card<Tape>, say: &mut dyn FnMut(String)) {
    let here: BTreeSet<LicenseId> = card.state().licenses.keys().copied().collect();
    let mut should: BTreeSet<LicenseId> = log.licenses.keys().copied().collect();
    let mut may_be_gone = BTreeSet::new();
    for (deal, fate) in fates(log) {
        let Some(paid) = all.paid.get(deal) else { continue };
        if let (Kind::Surrender, Some(id)) = (paid.intent.kind, paid.intent.license) {
            match fate {
                Fate::Open | Fate::Given => {
                    should.remove(&id);
                }
                Fate::Dropped => {
                    may_be_gone.insert(id);
                }
                Fate::Returned => {}
            }
        }
    }
    for deal in &log.gave {
        let intent = all.paid.get(deal).map(|p| &p.intent);
        if let Some(id) = intent.filter(|i| i.kind == Kind::Move).and_then(|i| i.license) {
            should.remove(&id);
        }
    }
    // Of the card in a lost one's place its sellers may say that a license was handed back, or make it out anew.
    let inherited = |id: &LicenseId| {
        let deal = log.licenses.get(id);
        log.place_of.is_some() && deal.is_some_and(|deal| !log.deals.contains_key(deal) && !log.past.contains_key(deal))
    };
    may_be_gone.extend(should.iter().copied().filter(inherited));
    for id in here.difference(&should) {
        say(format!(
            "license {} is here and was handed back, moved on or never bought (S17, S7)",
            id.short()
        ));
    }
    for id in should.difference(&here).filter(|id| !may_be_gone.contains(*id)) {
        say(format!("license {} was bought and is gone (S6)", id.short()));
    }
    for (deal, _) in fates(log).filter(|(_, fate)| **fate == Fate::Given) {
        let brings = all.paid.get(deal).is_some_and(|p| p.intent.kind.brings_license());
        if brings && !log.licenses.values().any(|from| from == deal) {
            say(format!("{} was given and no license came of it (S6)", deal.short()));
        }
    }
}

fn values(all: &Log, log: &CardLog, card: &Card<Tape>, say: &mut dyn FnMut(String)) {
    let mut should: BTreeSet<(PartyId, ValueId)> = log.values.clone();
    let mut may_be_gone = BTreeSet::new();
    for (deal, fate) in fates(log) {
        let Some(paid) = all.paid.get(deal) else { continue };
        for value in &paid.intent.values {
            match fate {
                Fate::Open | Fate::Given => {
                    should.remove(value);
                }
                Fate::Dropped => {
                    may_be_gone.insert(*value);
                }
                Fate::Returned => {}
            }
        }
    }
    let mut here = BTreeSet::new();
    for (value, _) in &card.state().values {
        if !here.insert((value.maker, value.id)) {
            say(format!("{:?} {} is here twice (S16)", value.kind, value.id.short()));
        }
    }
    for (_, id) in here.difference(&should) {
        say(format!("value {} is here and was spent (S16)", id.short()));
    }
    for key in should.difference(&here).filter(|key| !may_be_gone.contains(*key)) {
        let kind = all.values.get(key).map(|v| v.kind);
        say(format!("{kind:?} {} was never spent and is gone (S16)", key.1.short()));
    }
    for (deal, _) in fates(log).filter(|(_, fate)| **fate == Fate::Given) {
        let Some(paid) = all.paid.get(deal) else { continue };
        let due = match paid.intent.kind {
            Kind::PayOnly => Some(ValueKind::Receipt),
            Kind::Surrender if paid.intent.credit > 0 => Some(ValueKind::Refund),
            _ => None,
        };
        let came = all.values.values().filter(|v| v.from == Some(*deal)).count();
        if came != usize::from(due.is_some()) {
            say(format!(
                "{} should have brought {due:?} and brought {came} values",
                deal.short()
            ));
        }
    }
}

/// After everybody was given time: nothing is open, nobody is frozen.
fn finished(all: &Log, log: &CardLog, card: &Card<Tape>, say: &mut dyn FnMut(String)) {
    // Where the giver's card is lost, only its issuer's word can end a payment, and that waits for a report.
    // One limit: a card put back to the moment between its payment and the key it then got shows numbers that nobody can
    // tell from those of the card it was. Its giver has long forgotten, its slip is in, and no void is due: what it waits
    // for came to the copy that is gone, and stays named in its record.
    let lost = |deal: &DealId| {
        let Some(paid) = all.paid.get(deal) else { return false };
        let had_it = log.restored && !log.noticed && paid.was_given() && paid.intent.friend.is_some();
        had_it || paid.intent.friend.is_some_and(|f| all.lost.contains(&f))
    };
    for paid in card.state().paid.iter().filter(|p| !lost(&p.deal)) {
        say(format!(
            "payment {} ({:?}) never ended (R1)",
            paid.deal.short(),
            paid.pay.quote.kind
        ));
    }
    if card.state().frozen {
        say("it is still frozen (R1)".to_owned());
    }
    for given in &card.state().given {
        say(format!("it still keeps what it gave in {} (R1)", given.deal.short()));
    }
    for (deal, _) in log
        .deals
        .iter()
        .filter(|(deal, fate)| **fate == Fate::Open && !lost(deal))
    {
        say(format!("payment {} is neither open nor ended (S6)", deal.short()));
    }
}

/// What was given to a card after it was lost, and was known to be coming when its copy was made, comes to the card in its
/// place: never none for good (S6, S8).
fn inherited(sight: &Sight<'_>, found: &mut Vec<String>) {
    let log = sight.log;
    for lost in &log.lost {
        let (Some(heir), Some(of)) = (log.heir_of(*lost), log.cards.get(lost)) else {
            continue;
        };
        let Some(has) = log.cards.get(&heir) else { continue };
        let open = of.deals.iter().filter(|(_, fate)| **fate == Fate::Open);
        for (deal, _) in open.filter(|(deal, _)| of.kept.contains(*deal)) {
            // Whoever gave it told the issuer, unless that card is lost too.
            let gave = log.gave.get(deal).filter(|gave| !log.lost.contains(&gave.by));
            if gave.is_some() && !has.licenses.values().any(|from| from == deal) {
                found.push(format!(
                    "{} was given to lost card {lost} and never came to card {heir} in its place (S6)",
                    deal.short()
                ));
            }
        }
    }
}

/// A license is on one card, a value on one card or in one open payment (S16).
fn one_place(sight: &Sight<'_>, found: &mut Vec<String>) {
    let mut licenses: BTreeMap<LicenseId, usize> = BTreeMap::new();
    let mut serials: BTreeMap<(Hash, u32), LicenseId> = BTreeMap::new();
    let in_place = |(person, _): &&(usize, &Card<Tape>)| !sight.log.is_replaced(*person);
    let live = sight.cards.iter().filter(in_place);
    let live = live.flat_map(|(_, card)| card.state().licenses.keys());
    for id in live.filter(|_| sight.log.restored_parties == 0) {
        let Some((offer, serial)) = sight.log.serials.get(id) else {
            continue;
        };
        if let Some(other) = serials.insert((*offer, *serial), *id) {
            let (one, two) = (other.short(), id.short());
            found.push(format!(
                "licenses {one} and {two} both are number {serial} of their edition (SD-12)"
            ));
        }
    }
    let mut values: BTreeMap<(PartyId, ValueId), usize> = BTreeMap::new();
    for (person, card) in sight.cards.iter().filter(in_place) {
        for id in card.state().licenses.keys() {
            if let Some(other) = licenses.insert(*id, *person) {
                found.push(format!(
                    "license {} is on card {other} and on card {person}",
                    id.short()
                ));
            }
        }
        let open = card.state().paid.iter().flat_map(|p| p.values());
        for value in card.state().values.iter().map(|(v, _)| v).chain(open) {
            if value.kind == ValueKind::Account {
                continue;
            }
            if let Some(other) = values.insert((value.maker, value.id), *person) {
                found.push(format!(
                    "value {} is with card {other} and with card {person} (S16)",
                    value.id.short()
                ));
            }
        }
    }
}

/// A value is spent by one given deal at most, whatever was put back (S16, D8).
fn used_once(log: &Log, found: &mut Vec<String>) {
    let mut used: BTreeMap<(PartyId, ValueId), DealId> = BTreeMap::new();
    for (deal, paid) in log.paid.iter().filter(|(_, p)| p.heard.contains(&Fate::Given)) {
        for value in &paid.intent.values {
            if let Some(other) = used.insert(*value, *deal) {
                found.push(format!(
                    "value {} paid for {} and for {}",
                    value.1.short(),
                    other.short(),
                    deal.short()
                ));
            }
        }
    }
    let mut handed_back: BTreeMap<LicenseId, DealId> = BTreeMap::new();
    for (deal, paid) in log.paid.iter().filter(|(_, p)| p.heard.contains(&Fate::Given)) {
        let Some(id) = paid.intent.license.filter(|_| paid.intent.kind == Kind::Surrender) else {
            continue;
        };
        if let Some(other) = handed_back.insert(id, *deal) {
            found.push(format!(
                "license {} was refunded in {} and in {} (S17)",
                id.short(),
                other.short(),
                deal.short()
            ));
        }
    }
}

/// No deal is both given and void (S13), and receipts are numbered without doubles.
fn one_word(log: &Log, found: &mut Vec<String>) {
    let mut numbers: BTreeMap<(PartyId, u64), DealId> = BTreeMap::new();
    for (deal, paid) in &log.paid {
        if paid.heard.contains(&Fate::Given) && paid.heard.contains(&Fate::Returned) {
            found.push(format!("{} was given and returned (S13)", deal.short()));
        }
        let Some(number) = paid.receipt else { continue };
        if let Some(other) = numbers.insert((paid.intent.giver, number), *deal) {
            found.push(format!("{} and {} have receipt {number}", other.short(), deal.short()));
        }
    }
}
