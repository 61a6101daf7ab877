//! Every quote that a giver could ever have signed. The model keeps none: the adversary presents any of them, whenever.

use deal::{Facts, Kind, Number, Quote, Side, Status};
use license::{Rights, Route, TenderKind};
use units::{Moment, OrderId, PartyId};

use super::config::{Config, Winners};
use super::names::{ISSUER, SHOP, giver_card, offer, order, publisher, title, yen};
use super::world::World;

/// The quote for nothing: fields that matter are put in by the caller.
pub(super) fn blank(kind: Kind, number: Number, giver: [u8; 16], payee: PartyId) -> Quote {
    Quote {
        kind,
        number,
        giver,
        offer: None,
        policy: None,
        title: Default::default(),
        price: yen(0),
        accepts: Vec::new(),
        payee,
        generation: 0,
        rights: Rights::default(),
        route: Route::Till,
        facts: Facts::default(),
        slips: 0,
        room: 0,
        credit: None,
        license: None,
        until: Moment(u64::MAX),
        ask: None,
        links: None,
    }
}

impl World {
    /// What could be presented to card `receiver`.
    pub fn quotes(&self, config: &Config, receiver: usize) -> Vec<Quote> {
        let mut quotes = Vec::new();
        for giver in (0..self.cards.len()).filter(|g| *g != receiver) {
            for n in 0..config.offers.len() {
                self.card_quotes(config, giver, n as u8, &mut quotes);
            }
        }
        self.loan_quotes(config, receiver, &mut quotes);
        for kind in &config.kinds {
            for n in 0..config.orders {
                self.server_quotes(config, receiver, *kind, n, &mut quotes);
            }
        }
        quotes
    }

    /// Numbers this card has ever stood at, within the bounds.
    pub(super) fn numbers(&self, config: &Config, card: usize) -> std::ops::Range<u64> {
        let mine = &self.cards[card];
        let restored = config.restore.is_some_and(|r| r.card == card);
        let reached = if restored { self.past.reached.1 } else { 0 };
        match self.past.resumed.filter(|_| restored) {
            Some(stood) => {
                stood.give_no..(mine.give_no.saturating_add(1)).min(stood.give_no.saturating_add(config.gives))
            }
            None => 0..mine.give_no.max(reached).saturating_add(1).min(config.gives),
        }
    }

    fn card_quotes(&self, config: &Config, giver: usize, n: u8, quotes: &mut Vec<Quote>) {
        let state = &self.cards[giver];
        let spec = config.offers[usize::from(n)];
        // A license may have left since the quote was signed; then its generation is that of the first one.
        let held = state.usable_of(offer(n));
        if held.is_none() && !config.cards[giver].holds.contains(&n) {
            return;
        }
        let generation = held.map_or(0, |h| h.generation);
        let payee = publisher(spec.publisher);
        let travels = |s: &&deal::Slip| {
            s.payee == payee && s.route == spec.route && (s.route != Route::Chain || s.title == title(n))
        };
        let slips = state.escrow.iter().filter(travels).count() as u16;
        let stated = if config.stated_any {
            0..=config.room.4
        } else {
            slips..=slips
        };
        let own = state.facts(payee);
        let facts: &[Facts] = match config.winners {
            Winners::ByRule => &[own],
            Winners::Any => &[later(4), later(6)],
        };
        let kinds = [(spec.modes.copy, Kind::Copy), (spec.modes.move_, Kind::Move)];
        for (_, kind) in kinds.into_iter().filter(|(allowed, _)| *allowed) {
            for number in self.numbers(config, giver) {
                // What is left when it moves must be as quoted: any quote ever made, so any number of plays.
                let left = if kind == Kind::Move { 0..=config.plays } else { 0..=0 };
                for (slips, left) in stated.clone().flat_map(|s| left.clone().map(move |n| (s, n))) {
                    for facts in facts {
                        let base = blank(kind, Number::Card(number), giver_card(giver), payee);
                        quotes.push(Quote {
                            offer: Some(offer(n)),
                            policy: Some(offer(n)),
                            title: title(n),
                            price: yen(1),
                            accepts: vec![TenderKind::Slip],
                            generation: generation + u8::from(kind == Kind::Copy),
                            route: spec.route,
                            facts: *facts,
                            slips,
                            rights: if kind == Kind::Move && config.plays > 0 {
                                super::lends::plays(left)
                            } else {
                                Rights::default()
                            },
                            ..base
                        });
                    }
                }
            }
        }
    }

    fn server_quotes(&self, config: &Config, receiver: usize, kind: Kind, n: u8, quotes: &mut Vec<Quote>) {
        let number = Number::Order(order(kind as u8, n));
        let offers = 0..config.offers.len() as u8;
        match kind {
            Kind::Load => quotes.push(Quote {
                credit: Some(yen(1)),
                ..blank(kind, number, ISSUER.0, ISSUER)
            }),
            Kind::Redeem => quotes.push(Quote {
                price: yen(1),
                accepts: vec![TenderKind::Slip],
                ..blank(kind, number, ISSUER.0, ISSUER)
            }),
            Kind::Sale | Kind::PayOnly => quotes.extend(offers.map(|o| {
                let spec = config.offers[usize::from(o)];
                Quote {
                    offer: Some(offer(o)),
                    policy: Some(offer(o)),
                    title: title(o),
                    price: yen(config.price),
                    accepts: ways(config),
                    ..blank(kind, number, SHOP.0, publisher(spec.publisher))
                }
            })),
            Kind::Surrender => {
                let back = self.cards[receiver].licenses.values().map(|held| {
                    let base = blank(kind, number, SHOP.0, SHOP);
                    Quote {
                        offer: Some(held.offer),
                        title: held.title,
                        // Nothing was paid for what is refused, so nothing comes back for it.
                        credit: matches!(held.status, Status::Usable).then_some(yen(1)),
                        license: Some(held.id),
                        ..base
                    }
                });
                quotes.extend(back);
            }
            Kind::Unlock => {
                let locked = self.cards[receiver]
                    .licenses
                    .values()
                    .filter(|h| h.status == Status::Locked);
                quotes.extend(locked.map(|held| Quote {
                    offer: Some(held.offer),
                    title: held.title,
                    price: yen(config.price),
                    accepts: vec![TenderKind::Slip],
                    license: Some(held.id),
                    ..blank(kind, number, SHOP.0, held.payee)
                }));
            }
            // The order is the charge: one for each, whoever asks how often.
            Kind::Clear => quotes.extend(self.cards[receiver].owing().filter(|_| n == 0).filter_map(|owed| {
                let held = self.cards[receiver].licenses.get(&owed.license)?;
                Some(Quote {
                    offer: Some(held.offer),
                    title: held.title,
                    price: owed.amount,
                    accepts: vec![TenderKind::Slip],
                    license: Some(held.id),
                    ..blank(kind, Number::Order(OrderId(owed.charge)), SHOP.0, held.payee)
                })
            })),
            Kind::Collect => {
                let mut payees: Vec<PartyId> = config.offers.iter().map(|o| publisher(o.publisher)).collect();
                payees.dedup();
                quotes.extend(payees.into_iter().map(|payee| blank(kind, number, payee.0, payee)));
            }
            _ => {}
        }
    }
}

/// How a sale may be paid.
fn ways(config: &Config) -> Vec<TenderKind> {
    let mut ways = vec![TenderKind::Slip, TenderKind::Value, TenderKind::Receipt];
    ways.extend((config.credit > 0).then_some(TenderKind::Charge));
    ways
}

/// Facts of a card whose last purchase was then.
const fn later(then: u64) -> Facts {
    Facts {
        last: Some(Moment(then)),
        count: 1,
        provider: false,
        price: None,
    }
}

/// Is the fare carried on by the receiver?
pub const fn receiver_wins(pay: &deal::Pay) -> bool {
    matches!(pay.winner, Side::Receiver) && pay.quote.kind.between_cards()
}
