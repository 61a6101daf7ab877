//! Loans: a wallet's card and the players paired with it. Plays are on one side, on the other, named in one open deal, or
//! played: S15.

use deal::lend::{Pair, Pairs};
use deal::pair::Greeter;
use deal::{Kind, Number, Quote, State};
use license::{Rights, Route};
use seal::{SealTo, VerifyKey};
use units::{Hash, LicenseId, Moment, Tag};

use super::config::Config;
use super::names::yen;
use super::quotes::blank;
use super::step::NOW;
use super::world::World;

/// The card that lends; its players are others.
pub const WALLET: usize = 0;

/// The name by which a card offers something to another in their pair. On real cards both directions share one name.
fn pair_name(giver: usize, other: usize) -> [u8; 16] {
    let mut id = [0; 16];
    (id[0], id[1], id[15]) = (giver as u8, other as u8, 0xCB);
    id
}

/// Is this card paired with that one, and as which side?
fn side(config: &Config, card: usize, other: usize) -> Option<Greeter> {
    match (card, other) {
        (WALLET, player) if config.players.contains(&player) => Some(Greeter::Wallet),
        (player, WALLET) if config.players.contains(&player) => Some(Greeter::Player),
        _ => None,
    }
}

/// Everybody paired with this card.
pub fn pairs_of(config: &Config, card: usize) -> Option<Pairs> {
    let mut pairs = Pairs::default();
    for other in 0..config.cards.len() {
        let Some(mine) = side(config, card, other) else {
            continue;
        };
        let pair = Pair {
            mine,
            listed: true,
            device: Hash([other as u8; 32]),
            sign: VerifyKey([0; 32]),
            seal: SealTo([0; 32]),
            certificate: Vec::new().into(),
            key: [0; 16],
            name: String::new(),
            since: Moment(0),
        };
        for name in [pair_name(card, other), pair_name(other, card)] {
            pairs.list.insert(Tag(name), pair.clone());
        }
    }
    (!pairs.list.is_empty()).then_some(pairs)
}

/// Plays and nothing else.
pub fn plays(plays: u32) -> Rights {
    Rights {
        plays: Some(plays),
        ..Rights::default()
    }
}

impl World {
    /// Every loan, and every return, that could ever have been offered to this card.
    pub fn loan_quotes(&self, config: &Config, receiver: usize, quotes: &mut Vec<Quote>) {
        for giver in 0..self.cards.len() {
            let names: Vec<(LicenseId, u32)> = match side(config, giver, receiver) {
                Some(Greeter::Wallet) => {
                    let first = config.licenses_of(giver);
                    first.into_iter().map(|id| (id, 1)).collect()
                }
                // A loan that was once made, with all or nothing of it left.
                Some(Greeter::Player) => {
                    let lent = self.cards[receiver].pairs.iter().flat_map(|pairs| &pairs.lent);
                    lent.map(|(name, _)| (*name, 0)).collect()
                }
                None => continue,
            };
            for (license, least) in names {
                for number in self.numbers(config, giver) {
                    for n in least..=config.plays {
                        quotes.push(loan_quote(config, (giver, receiver), number, license, n));
                    }
                }
            }
        }
    }

    /// A play, wherever it may be played: counted when it begins.
    pub fn play(&mut self, card: usize, license: LicenseId) {
        let Ok(play) = self.cards[card].play(license, NOW) else {
            return;
        };
        if let Some(entry) = play.entry {
            self.write(card, &entry);
            self.books.edit(|books| books.played = books.played.saturating_add(1));
        }
    }

    /// Licenses with plays left on this card.
    pub fn playable(&self, card: usize) -> impl Iterator<Item = LicenseId> + '_ {
        let held = self.cards[card].licenses.values();
        held.filter(|held| held.rights.plays.is_some_and(|n| n > 0))
            .map(|held| held.id)
    }
}

fn loan_quote(config: &Config, (giver, receiver): (usize, usize), number: u64, license: LicenseId, n: u32) -> Quote {
    let of = config.license(0, WALLET);
    let quote = blank(Kind::Lend, Number::Card(number), pair_name(giver, receiver), of.payee);
    Quote {
        offer: Some(of.offer),
        policy: Some(of.policy),
        title: of.title,
        price: yen(0),
        rights: plays(n),
        route: Route::Till,
        license: Some(license),
        ..quote
    }
}

/// A loan that is on a card is no key of its own: it is the wallet's, for a while.
pub fn is_loan(card: &State, license: LicenseId) -> bool {
    card.borrowed(license).is_some()
}

/// S15: on cards, named in a (paid, given) pair, or played: as many plays as there were at the start, and never more.
pub fn plays_kept(config: &Config, world: &World) -> bool {
    let left = |held: &deal::Held| held.rights.plays.unwrap_or(0);
    let on_cards: u32 = world.cards.iter().flat_map(|c| c.licenses.values()).map(left).sum();
    let gifts = world.named().filter_map(|named| named.gift?.license.as_ref().map(left));
    let named: u32 = gifts.sum();
    let start: u32 = (0..config.cards.len())
        .map(|card| u32::try_from(config.licenses_of(card).len()).unwrap_or(0) * config.plays)
        .sum();
    config.plays == 0 || on_cards + named + world.books.played == start
}
