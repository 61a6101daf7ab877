//! A card that is put back to an earlier copy of itself, and its way back through `deal::issuer::resume`.

use deal::breakage::{Breakage, on};
use deal::issuer::{Seen, Waits, resume};
use deal::{Entry, Evidence, Kind, Status};
use units::{Moment, Span};

use super::config::Config;
use super::names::{card_no, drawn_as, payer, yen};
use super::world::{Deal, Stood, World, fare_slip};

impl World {
    /// A copy is made, once.
    pub fn copy(&mut self, config: &Config) {
        if let Some(restore) = config
            .restore
            .filter(|_| self.past.image.is_none() && self.past.life == 0)
        {
            let image = deal::State::clone(&self.cards[restore.card]);
            self.past.edit(|p| p.image = Some(image));
        }
    }

    /// The copy is put back, once.
    pub fn restore(&mut self, config: &Config) {
        let Some(restore) = config.restore.filter(|_| self.past.life == 0) else {
            return;
        };
        let Some(image) = self.past.image.clone() else { return };
        let state = &self.cards[restore.card];
        let reached = (state.pay_no, state.give_no);
        if image == **state {
            return;
        }
        self.cards[restore.card].edit(|s| *s = image);
        self.past.edit(|p| {
            p.image = None;
            p.life = 1;
            p.reached = reached;
        });
    }

    /// Time passes.
    pub fn later(&mut self) {
        if self.past.time < 2 {
            self.past.edit(|p| p.time += 1);
        }
    }

    /// The highest numbers of the restored card that anybody can tell its issuer about.
    fn seen(&self, card: usize) -> Seen {
        let state = &self.cards[card];
        Seen {
            pay_no: state.pay_no.max(self.past.reached.0),
            give_no: state.give_no.max(self.past.reached.1),
            epoch: state.epoch,
        }
    }

    /// The issuer shows what it has seen; a card that is behind, or that drew two slips under one number, freezes.
    pub fn contact(&mut self, config: &Config) {
        let Some(restore) = config.restore.filter(|_| self.past.resumed.is_none()) else {
            return;
        };
        let report = self.cards[restore.card].report(card_no(restore.card));
        if self.seen(restore.card).is_ahead_of(&report) || self.spent_twice(restore.card) {
            self.write(restore.card, &Entry::Frozen);
        }
    }

    /// The issuer resumes the frozen card, when its rules say that it is time.
    pub fn resume(&mut self, config: &Config) {
        let Some(restore) = config.restore.filter(|_| self.past.resumed.is_none()) else {
            return;
        };
        let card = restore.card;
        if !self.cards[card].frozen {
            return;
        }
        let waits = Waits {
            ruled: true,
            certificates_end: Moment(0),
            reports_due: Span(1),
            tags: 0,
        };
        // Time 0: certificates have not ended. Time 1: they have. Time 2: the reports then due have come.
        let shadow = yen(self.shadow_known(config, card).max(0));
        let time = Moment(u64::from(self.past.time));
        let Ok(word) = resume(card_no(card), self.seen(card), shadow, waits, time) else {
            return;
        };
        let Some(entry) = self.cards[card].resume(&word) else {
            return;
        };
        self.write(card, &entry);
        let stood = Stood {
            pay_no: self.cards[card].pay_no,
            give_no: self.cards[card].give_no,
            shadow: self.shadow(config, card),
            keys: self.single_keys_elsewhere(config, card),
        };
        self.past.edit(|p| p.resumed = Some(stood));
    }

    /// Did this card draw two slips under one number that were both given for?
    pub fn spent_twice(&self, card: usize) -> bool {
        let mut drawn: Vec<_> = self
            .drawn(card)
            .filter(|d| d.marks.decided)
            .filter_map(|d| fare_slip(&d.pay).and_then(drawn_as))
            .collect();
        drawn.sort_unstable();
        drawn.windows(2).any(|w| w[0] == w[1])
    }

    /// The deals this card pays for.
    pub fn drawn(&self, card: usize) -> impl Iterator<Item = &Deal> {
        self.said.deals.values().filter(move |d| d.by == card)
    }

    /// A card's shadow account as it truly is: loads, less slips that were given for; a slip whose payer holds the
    /// giver's void is not the payer's.
    pub fn shadow(&self, config: &Config, card: usize) -> i64 {
        let spent: i64 = self
            .drawn(card)
            .filter(|d| d.marks.decided && !(d.marks.refunded && d.marks.void))
            .map(Deal::fare)
            .sum();
        self.loaded(config, card) - spent
    }

    /// Money the issuer has ever put on this card.
    fn loaded(&self, config: &Config, card: usize) -> i64 {
        config.cards[card].purse + self.books.loaded.get(&card).copied().unwrap_or(0)
    }

    /// The shadow account as the issuer knows it: whole once the reports have come, before that only what was brought to
    /// it or reported.
    fn shadow_known(&self, config: &Config, card: usize) -> i64 {
        if self.past.time >= 2 || !on(Breakage::ResumeBeforeReports) {
            return self.shadow(config, card);
        }
        let brought = self.books.booked.iter().filter(|s| payer(s) == Some(card));
        let reported = self.said.reports.iter().filter(|f| f.clearance.is_some());
        let evidence = reported.flat_map(|f| &f.report.evidence).filter_map(|e| match e {
            Evidence::Slip(_, slip) if payer(slip) == Some(card) => Some(slip),
            _ => None,
        });
        let mut slips: Vec<_> = brought.chain(evidence).collect();
        slips.sort_unstable();
        slips.dedup();
        self.loaded(config, card) - slips.iter().map(|s| s.amount.minor()).sum::<i64>()
    }

    /// Usable keys of single-copy offers on other cards than this, and those that are on their way to their receivers.
    pub fn single_keys_elsewhere(&self, config: &Config, card: usize) -> usize {
        (0..self.cards.len())
            .filter(|c| *c != card)
            .map(|c| self.single_keys_on(config, c))
            .sum::<usize>()
            + self.single_keys_under_way()
    }

    /// Usable keys of single-copy offers on one card.
    pub fn single_keys_on(&self, config: &Config, card: usize) -> usize {
        let single = |o: units::Hash| {
            let modes = config.offers[super::names::offer_no(o)].modes;
            modes.move_ && !modes.copy
        };
        let licenses = self.cards[card].licenses.values();
        licenses
            .filter(|h| single(h.offer) && h.status == Status::Usable)
            .count()
    }

    /// Keys of moves that were decided and not received.
    pub fn single_keys_under_way(&self) -> usize {
        let deals = self.said.deals.values();
        deals
            .filter(|d| d.pay.quote.kind == Kind::Move && d.marks.decided && !d.marks.key && !d.marks.refunded)
            .count()
    }
}
