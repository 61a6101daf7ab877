//! Money: what left accounts came to cards, what left cards comes to payees, and nothing more (S1, S2, S3, S10).
//!
//! The auditor adds up, per account, what must have moved and what may have moved already because the deal it belongs to
//! is still open. Between the two the bank's own figures must lie; at the end both are one number.

use std::collections::{BTreeMap, BTreeSet};

use deal::Kind;
use party::bank::Holder;
use units::{Hash, PartyId};

use super::{Sight, fares::uncollected};
use crate::harness::log::{CardLog, Fate, Log};

/// From what must have moved to what may have moved.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    must: i64,
    may: i64,
}

impl Span {
    fn add(&mut self, fate: Fate, amount: i64) {
        match fate {
            Fate::Given => {
                self.must += amount;
                self.may += amount;
            }
            Fate::Open => self.may += amount,
            Fate::Returned | Fate::Dropped => {}
        }
    }
}

pub(super) fn audit(sight: &Sight<'_>, found: &mut Vec<String>) {
    let town = sight.town;
    let Some(bank) = town.machines.get(&town.bank.id()).filter(|m| !m.memory.is_dark()) else {
        return;
    };
    let (mut paid_in, mut is_there) = (0_i64, 0_i64);
    for (holder, opening) in &town.openings {
        paid_in += opening;
        is_there += town.balance(*holder);
    }
    if paid_in != is_there {
        found.push(format!(
            "{paid_in} was paid in at {}, {is_there} is on its accounts (S1, S2)",
            bank.name
        ));
    }
    if !sight.restored() {
        holders(sight, found);
        payees(sight, found);
    }
    if sight.at_the_end {
        shadows(sight, found);
    }
}

/// At the end every card holds what its issuer believes it holds, put back or not; a card that was never put back has cost
/// nobody anything (D1, D5).
///
/// One limit: a card that was put back and then made as many deals that its issuer does not see (surrenders) as it lost is
/// not noticed. It may hold less than its issuer believes, which is its holder's to claim; never more.
fn shadows(sight: &Sight<'_>, found: &mut Vec<String>) {
    let issuer = &sight.town.issuer;
    let Some(machine) = sight.town.machines.get(&issuer.id()).filter(|m| !m.memory.is_dark()) else {
        return;
    };
    let (mut purses, mut losses, mut held) = (0, 0, 0);
    for (person, card) in &sight.cards {
        let (Some(log), Some(number)) = (sight.log.cards.get(person), card.number()) else {
            continue;
        };
        let Ok(shadow) = machine.store().read(|view| issuer.shadow(view, number)) else {
            continue;
        };
        let purse = card.state().purse.minor();
        losses += shadow.loss.minor();
        held += shadow.held.minor();
        let lost = sight.log.lost.contains(person);
        let unnoticed = lost || log.restored && !log.noticed && purse <= shadow.float.minor();
        // What a card lost without anybody noticing is still there for it, and what a lost card held for its holder.
        purses += if unnoticed { shadow.float.minor() } else { purse };
        // The giver is the witness: with a lost one its copies of fares went under, and until they come home by themselves
        // nobody at the issuer has seen them.
        let (unseen, sunk) = (shadow.float.minor() - purse, unseen_of(sight.log, log));
        if !(0..=sunk).contains(&unseen) && !unnoticed {
            let restored = if log.restored { " (it was put back)" } else { "" };
            found.push(format!(
                "card {person} holds {purse}, its issuer believes {}, {sunk} of it with lost witnesses{restored} (D5)",
                shadow.float
            ));
        }
        // What a lost card had drawn may come after its money has gone over: its issuer bears that.
        if !log.restored && !lost && !shadow.loss.is_zero() {
            found.push(format!(
                "card {person} was never put back and has cost {} (D1)",
                shadow.loss
            ));
        }
    }
    let of = |party| {
        machine
            .store()
            .read(|view| issuer.owed(view, party))
            .map_or(0, |m| m.minor())
    };
    let by = |party| {
        machine
            .store()
            .read(|view| issuer.owes(view, party))
            .map_or(0, |m| m.minor())
    };
    let payees = sight.market.payees();
    let (owed, owing) = (
        payees.iter().map(|p| of(*p)).sum::<i64>(),
        payees.iter().map(|p| by(*p)).sum::<i64>(),
    );
    let bank = sight.town.balance(Holder::Party(issuer.id()));
    // Fares that nobody has brought yet are known from copies, and kept for their publishers.
    let carried = uncollected(sight);
    let exact = !sight.restored() && sight.log.lost.is_empty();
    if exact && bank + losses + owing != purses + held + owed + carried {
        found.push(format!(
            "the issuer has {bank}, lost {losses}, is owed {owing}; cards hold {purses} and carry {carried}, {held} waits, {owed} is due (S1, S2)"
        ));
    }
}

/// What this card has paid to cards that were lost with the only other copies of it.
fn unseen_of(log: &Log, card: &CardLog) -> i64 {
    let deals = card.deals.keys().chain(card.past.keys());
    let paid = deals.filter_map(|deal| log.paid.get(deal));
    let to_lost = paid.filter(|paid| paid.intent.friend.is_some_and(|friend| log.lost.contains(&friend)));
    to_lost.filter_map(|paid| paid.slip).map(|(_, amount, _)| amount).sum()
}

/// Each holder's account: opening, less loads, plus redemptions that were paid out.
fn holders(sight: &Sight<'_>, found: &mut Vec<String>) {
    for (person, token) in &sight.town.tokens {
        let (mut loads, mut redeemed) = (Span::default(), Span::default());
        let Some(log) = sight.log.cards.get(person) else {
            continue;
        };
        for (deal, fate) in &log.deals {
            let Some(paid) = sight.log.paid.get(deal) else { continue };
            match paid.intent.kind {
                // A load that spends refund orders is debited to their maker, not to the holder.
                Kind::Load if paid.intent.values.is_empty() => loads.add(*fate, paid.intent.credit),
                Kind::Redeem => redeemed.add(*fate, paid.intent.money),
                _ => {}
            }
        }
        let holder = Holder::Token(*token);
        let opening = sight.town.openings.get(&holder).copied().unwrap_or(0);
        let shows = sight.town.balance(holder);
        // Paying a redemption out takes its time, so until the end none of it must be there.
        let due = if sight.at_the_end { redeemed.must } else { 0 };
        let (low, high) = (opening - loads.may + due, opening - loads.must + redeemed.may);
        if shows < low || shows > high {
            found.push(format!(
                "holder {person} has {shows} in the bank; after loads and redemptions it must be {low} to {high} (S1, S2)"
            ));
        }
    }
}

/// Slips of which their carriers have heard that they came home.
fn collected(sight: &Sight<'_>) -> BTreeSet<Hash> {
    let deals = sight
        .log
        .paid
        .values()
        .filter(|p| p.intent.kind == Kind::Collect && p.was_given());
    deals.flat_map(|p| p.slips.iter().copied()).collect()
}

/// What the issuer's account holds: what was loaded, less what was paid out; and no payee has more than its slips.
fn payees(sight: &Sight<'_>, found: &mut Vec<String>) {
    let issuer = sight.town.issuer.id();
    let mut slips: BTreeMap<PartyId, Span> = BTreeMap::new();
    let collected = collected(sight);
    let (mut loaded, mut redeemed, mut refunds) = (Span::default(), Span::default(), Span::default());
    for log in sight.log.cards.values() {
        for (deal, fate) in &log.deals {
            let Some(paid) = sight.log.paid.get(deal) else { continue };
            let intent = &paid.intent;
            match intent.kind {
                Kind::Load if intent.values.is_empty() => loaded.add(*fate, intent.credit),
                Kind::Load => refunds.add(*fate, intent.credit),
                Kind::Redeem => redeemed.add(*fate, intent.money),
                // A fare is its publisher's from the first moment, and with him once it was collected.
                kind if kind.between_cards() => {
                    let home = paid.slip.is_some_and(|(slip, ..)| collected.contains(&slip));
                    let fate = if home { Fate::Given } else { Fate::Open };
                    slips.entry(intent.payee).or_default().add(fate, intent.money);
                }
                _ if intent.payee != issuer => slips.entry(intent.payee).or_default().add(*fate, intent.money),
                _ => {}
            }
        }
    }
    let mut out = 0;
    for (payee, span) in &slips {
        let opening = sight.town.openings.get(&Holder::Party(*payee)).copied().unwrap_or(0);
        let has = sight.town.balance(Holder::Party(*payee)) - opening;
        out += has;
        if has > span.may {
            found.push(format!(
                "{} was paid {has} for slips of {} (S3, S18)",
                payee.short(),
                span.may
            ));
        }
        // Refund orders that were cashed are the shop's to bear; what it was paid before, it owes.
        let (back, owes) = if sight.market.seller() == *payee {
            (refunds.must, sight.owing(*payee))
        } else {
            (0, 0)
        };
        let exact = sight.log.lost.is_empty();
        if sight.at_the_end && (has - owes < span.must - back || exact && has - owes != span.must - back) {
            let (must, short) = (span.must, payee.short());
            found.push(format!(
                "{short} has {has} and owes {owes}, for slips of {must} less refunds of {back} (S3)"
            ));
        }
    }
    let shows = sight.town.balance(Holder::Party(issuer));
    let low = loaded.must - out - redeemed.may;
    let high = loaded.may - out;
    if shows < low || shows > high {
        found.push(format!(
            "the issuer's account holds {shows}, it must be {low} to {high} (S1, S2)"
        ));
    }
}
