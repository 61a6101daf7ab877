//! What this card has verified lately: a memory that saves work and decides nothing.
//!
//! A transfer shows its receiver the publisher's terms and the giver's certificate twice, with the quote and with the
//! decision. A signature that was verified is as good the second time, for the very same bytes. Nothing of this is kept
//! over a restart, and all of it is dropped when the card learns of other certifiers.

use alloc::vec::Vec;
use deal::pair::AreYouThere;
use license::OnSale;
use seal::{Verified, role};
use units::{Hash, LicenseId, Moment};

/// As many as can be open at once.
const KEPT: usize = 16;

/// Verified a moment ago.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// The card's own issuer.
    pub(crate) issuer: Option<Verified<role::Issuer>>,
    terms: Vec<(Hash, OnSale)>,
    cards: Vec<(Hash, Verified<role::Transfer>)>,
    /// What wallets were asked, and until when they are there for a loan: a restart asks again.
    asked: Vec<AreYouThere>,
    there: Vec<(LicenseId, Moment)>,
}

fn push<T>(kept: &mut Vec<(Hash, T)>, name: Hash, value: T) {
    if kept.iter().any(|(known, _)| *known == name) {
        return;
    }
    if kept.len() >= KEPT {
        kept.remove(0);
    }
    kept.push((name, value));
}

impl Known {
    /// The publisher's terms whose certificate, offer and policy have this name.
    pub(crate) fn terms(&self, name: Hash) -> Option<&OnSale> {
        self.terms
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, terms)| terms)
    }
    pub(crate) fn keep_terms(&mut self, name: Hash, terms: OnSale) {
        push(&mut self.terms, name, terms);
    }
    /// The card whose transfer certificate this is.
    pub(crate) fn card(&self, certificate: &[u8]) -> Option<&Verified<role::Transfer>> {
        let name = seal::hash(certificate);
        self.cards
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, card)| card)
    }
    pub(crate) fn keep_card(&mut self, certificate: &[u8], card: Verified<role::Transfer>) {
        push(&mut self.cards, seal::hash(certificate), card);
    }
    pub(crate) fn asked_there(&mut self, asked: AreYouThere) {
        self.asked.retain(|one| one.license != asked.license);
        if self.asked.len() >= KEPT {
            self.asked.remove(0);
        }
        self.asked.push(asked);
    }
    /// Was this asked? It is answered once.
    pub(crate) fn was_asked(&mut self, asked: &AreYouThere) -> bool {
        let before = self.asked.len();
        self.asked.retain(|one| one != asked);
        self.asked.len() < before
    }
    pub(crate) fn is_there(&mut self, loan: LicenseId, until: Moment) {
        self.there.retain(|(one, _)| *one != loan);
        if self.there.len() >= KEPT {
            self.there.remove(0);
        }
        self.there.push((loan, until));
    }
    pub(crate) fn there_until(&self, loan: LicenseId) -> Option<Moment> {
        self.there.iter().find(|(one, _)| *one == loan).map(|(_, until)| *until)
    }
}
