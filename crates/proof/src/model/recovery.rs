//! Recovery: from every state that was reached, contact without faults ends all records, and a new deal succeeds.
//!
//! R1: the cards and servers meet and finish what is open. R2: the givers cancel first. R3: cards never meet; each talks
//! to its issuer alone. In worlds with a restored card the issuer also resumes it, and honest records must end.

use deal::Decision;
use units::DealId;

use super::Protocol;
use super::config::Config;
use super::damage::AFTER_RESTORE;
use super::names::{Giver, giver_of};
use super::properties::{ALWAYS, Rule};
use super::step::Step;
use super::world::{Deal, World};

/// How the parties recover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// They meet and finish.
    Finish,
    /// The givers cancel, then they meet.
    Cancel,
    /// Only the issuer helps the cards.
    Issuer,
}

/// The recovery properties of every configuration.
pub const RECOVERY: &[(&str, Rule)] = &[
    ("R1", |m, w| recovers(m, w, Way::Finish)),
    ("R2", |m, w| recovers(m, w, Way::Cancel)),
    ("R3", |m, w| recovers(m, w, Way::Issuer)),
];

fn recovers(model: &Protocol, world: &World, way: Way) -> bool {
    why_not(model, world, way).is_none()
}

/// The ways, by the ids of their properties.
pub const WAYS: &[(&str, Way)] = &[("R1", Way::Finish), ("R2", Way::Cancel), ("R3", Way::Issuer)];

/// What is wrong after recovery from this moment, if anything is.
pub fn why_not(model: &Protocol, world: &World, way: Way) -> Option<String> {
    let config = &model.config;
    let mut end = world.clone();
    if way == Way::Cancel {
        end.cards.iter_mut().for_each(|c| c.edit(|s| s.apply(&s.cancel())));
    }
    if way != Way::Issuer {
        end.meet(config);
    }
    // Paired devices are at home: no issuer is needed, and none can help.
    end.meet_in_pairs(config);
    end.ask_servers(config);
    end.settle_charges();
    if way == Way::Issuer || end.open_deals(config).next().is_some() {
        end.ask_issuer(config);
    }
    let rules = if config.restore.is_some() {
        AFTER_RESTORE
    } else {
        ALWAYS
    };
    if let Some(open) = end.open_deals(config).next() {
        return Some(format!("{open:?} stays open"));
    }
    if end.charge_open() {
        return Some("a charge stays unanswered".to_owned());
    }
    if let Some((id, _)) = rules.iter().find(|(_, rule)| !rule(model, &end)) {
        return Some(format!("{id} does not hold"));
    }
    if config.restore.is_some() {
        return None;
    }
    if end.cards.iter().any(|c| !c.given.is_empty()) {
        return Some("a giver keeps a record".to_owned());
    }
    (!end.new_deal_succeeds(config)).then(|| "no new deal succeeds".to_owned())
}

impl World {
    /// Open payments of cards that must be able to end them: in a world with a restored card, those of the others.
    fn open_deals(&self, config: &Config) -> impl Iterator<Item = DealId> {
        let restored = config.restore.map(|r| r.card);
        let cards = self.cards.iter().enumerate();
        let honest = cards.filter(move |(c, _)| Some(*c) != restored);
        honest.flat_map(|(_, s)| s.paid.iter().map(|p| p.deal))
    }

    fn all_open(&self, server: bool) -> Vec<DealId> {
        let paid = self.cards.iter().flat_map(|c| &c.paid);
        paid.filter(|p| (giver_of(&p.pay.quote) == Giver::Server) == server)
            .map(|p| p.deal)
            .collect()
    }

    /// Cards meet: each repeats its open payments, each giver answers; then every giver repeats what it gave and is told
    /// that it is done.
    fn meet(&mut self, config: &Config) {
        for id in self.all_open(false) {
            self.decide_now(config, id);
            self.hear(id);
        }
        let given: Vec<DealId> = self.cards.iter().flat_map(|c| &c.given).map(|g| g.deal).collect();
        for id in given {
            self.hear(id);
            if self.said.deals.get(&id).is_some_and(|d| d.marks.done) {
                self.take(config, &Step::Free(id));
            }
        }
    }

    fn meet_in_pairs(&mut self, config: &Config) {
        let lends = |d: &Deal| d.pay.quote.kind == deal::Kind::Lend;
        let loans = self.said.deals.iter().filter(|(_, d)| lends(d)).map(|(id, _)| *id);
        for id in loans.collect::<Vec<_>>() {
            let open = self.cards.iter().any(|c| c.open(id).is_some());
            if open {
                self.decide_now(config, id);
            }
            self.hear(id);
            if self.said.deals.get(&id).is_some_and(|d| d.marks.done) {
                self.take(config, &Step::Free(id));
            }
        }
    }

    fn ask_servers(&mut self, config: &Config) {
        for id in self.all_open(true) {
            if config.present {
                self.present(id);
            }
            self.decide_now(config, id);
            self.hear(id);
        }
    }

    fn decide_now(&mut self, config: &Config, id: DealId) {
        let ended = self.said.deals.get(&id).is_some_and(|d| self.ended(config, d));
        self.decide(config, id, !ended);
    }

    /// The receiver hears what was said about its deal.
    fn hear(&mut self, id: DealId) {
        let Some(deal) = self.said.deals.get(&id) else { return };
        let (given, void) = (!deal.given.is_empty(), deal.marks.void);
        if given {
            self.close(id, Some(0));
        } else if void {
            self.close(id, None);
        }
    }

    /// Every card reports and is cleared; the issuer rules on what is open and passes on what givers said.
    fn ask_issuer(&mut self, config: &Config) {
        self.report_all(config);
        if config.restore.is_some() {
            for step in [Step::Later, Step::Later, Step::Contact, Step::Resume] {
                self.take(config, &step);
            }
            self.report_all(config);
        }
    }

    fn report_all(&mut self, config: &Config) {
        let first = self.said.reports.len();
        for card in 0..self.cards.len() {
            self.take(config, &Step::Report(card));
        }
        for n in first..self.said.reports.len() {
            self.archive(n);
            self.take(config, &Step::Clear(n));
        }
        for id in self.all_open(false) {
            self.rule(id);
            let archived = self.books.archive.contains(&id);
            let Some(deal) = self.said.deals.get(&id) else { continue };
            if archived && !deal.given.is_empty() {
                self.close(id, Some(0));
            } else if deal.marks.void {
                self.close(id, None);
            }
        }
    }

    /// Some new deal between cards, or with a server, ends with its key, if any card may pay for one at all and its giver
    /// has room.
    fn new_deal_succeeds(&self, config: &Config) -> bool {
        let free = Config {
            gives: u64::MAX,
            ..config.clone()
        };
        let mut refused = false;
        for receiver in 0..self.cards.len() {
            for quote in self.quotes(&free, receiver) {
                let Giver::Card(giver) = giver_of(&quote) else { continue };
                if quote.number != deal::Number::Card(self.cards[giver].give_no) {
                    continue;
                }
                let mut next = self.clone();
                let Some(id) = next.pay(&free, receiver, &quote, None) else {
                    continue;
                };
                let pay = next.said.deals.get(&id).map(|d| d.pay.clone());
                let Some(pay) = pay else { return false };
                match next.decision(giver, id, &pay, true) {
                    Decision::Give(_) => {
                        next.decide(&free, id, true);
                        next.close(id, Some(0));
                        return next.said.deals.get(&id).is_some_and(|d| d.marks.key);
                    }
                    // The license is no longer there, or no deeper copies may be made, or there is no room.
                    Decision::Void(
                        deal::VoidReason::License
                        | deal::VoidReason::Limit
                        | deal::VoidReason::Room
                        | deal::VoidReason::Full
                        | deal::VoidReason::Winner,
                        _,
                    ) => {}
                    _ => refused = true,
                }
            }
        }
        !refused
    }
}
