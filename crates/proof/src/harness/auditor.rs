//! Auditor: what must hold, computed from the log alone and held against what cards, bank and parties show.
//!
//! It shares no arithmetic with what it audits: purses are added up from the prices holders were shown, accounts from what
//! was paid in at the counter. Two kinds of checks: *always* (at every quiet point, whatever is still unfinished) and
//! *at the end*, when everybody was given time to finish and nothing may be left over.

mod cards;
mod fares;
mod money;
mod shop;

use card::Card;
use units::PartyId;

use super::{log::Log, market::Market, tape::Tape, town::Town};

/// What the auditor looks at.
pub struct Sight<'a> {
    /// What happened.
    pub log: &'a Log,
    /// Cards, with power or without.
    pub cards: Vec<(usize, &'a Card<Tape>)>,
    /// The organisations.
    pub town: &'a Town,
    /// What is on sale.
    pub market: &'a Market,
    /// Was everybody given time to finish?
    pub at_the_end: bool,
}

impl core::fmt::Debug for Sight<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Sight(of {} cards)", self.cards.len())
    }
}

impl Sight<'_> {
    /// Was any card ever put back? Then money may be lost to its issuer, and only named sums must fit.
    pub(super) fn restored(&self) -> bool {
        self.log.put_back > 0
    }

    /// What a party owes the issuer, as the issuer shows it.
    pub(super) fn owing(&self, party: PartyId) -> i64 {
        let issuer = &self.town.issuer;
        let Some(machine) = self.town.machines.get(&issuer.id()) else {
            return 0;
        };
        machine
            .store()
            .read(|view| issuer.owes(view, party))
            .map_or(0, |m| m.minor())
    }
}

/// Everything that does not add up, in words.
pub fn audit(sight: &Sight<'_>) -> Vec<String> {
    let mut found = sight.log.findings.clone();
    cards::audit(sight, &mut found);
    money::audit(sight, &mut found);
    shop::audit(sight, &mut found);
    fares::audit(sight, &mut found);
    sight.town.own_audits(&mut found);
    found
}
