//! Trail: where fares and keys go from card to card, as somebody sees it who looks at every card after everything it does.

use card::{Card, Journal};
use deal::{Held, Kind, Slip};
use license::Route;
use units::{DealId, Hash, LicenseId};

use super::log::{CardLog, Log};

/// What one card gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gave {
    /// Whose card.
    pub by: usize,
    /// Slips that go along.
    pub hop: Vec<Hash>,
}

/// One license, on whatever card it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The deal that brought it.
    pub deal: DealId,
    /// The deal that brought it into the world: a sale or a copy, however often it was moved since.
    pub root: DealId,
    /// How deep it is.
    pub generation: u8,
}

impl Log {
    /// Gifts that were not there before: what goes along is everything that should, and nothing of it stays.
    pub(super) fn new_gifts<J: Journal>(&mut self, person: usize, card: &Card<J>, log: &mut CardLog) {
        for given in &card.state().given {
            if !log.gave.insert(given.deal) {
                continue;
            }
            let hop: Vec<Hash> = given.gift.slips.iter().map(Slip::id).collect();
            let Some(paid) = self.paid.get(&given.deal) else {
                self.finds(format!("card {person} gave in {}, and nobody paid", given.deal.short()));
                continue;
            };
            let (route, payee, kind) = (paid.intent.route, paid.intent.payee, paid.intent.kind);
            let title = given.gift.license.as_ref().map(|held| held.title);
            let travels =
                |s: &&Slip| s.payee == payee && s.route == route && (route != Route::Chain || Some(s.title) == title);
            let won = paid
                .slip
                .is_some_and(|(id, ..)| card.state().escrow.iter().any(|s| s.id() == id));
            if !won && route == Route::Chain && card.state().escrow.iter().any(|s| travels(&s)) {
                self.finds(format!(
                    "card {person} keeps fares that travel with {} (SD-14)",
                    given.deal.short()
                ));
            }
            if won && !hop.is_empty() {
                self.finds(format!(
                    "card {person} wins {} and sends fares along",
                    given.deal.short()
                ));
            }
            if kind == Kind::Copy && given.gift.license.is_none() {
                self.finds(format!("card {person} gave nothing in {}", given.deal.short()));
            }
            self.gave.insert(given.deal, Gave { by: person, hop });
        }
    }

    /// A license has come: from where, and how deep it must be.
    pub(super) fn key_came(&mut self, person: usize, held: &Held, deal: DealId) {
        let Some(intent) = self.paid.get(&deal).map(|p| p.intent.clone()) else {
            return;
        };
        let before = intent.license.and_then(|id| self.keys.get(&id)).cloned();
        let (root, generation) = match (intent.kind, before) {
            (Kind::Copy, Some(key)) => (deal, key.generation.saturating_add(1)),
            (Kind::Move, Some(key)) => (key.root, key.generation),
            (Kind::Copy | Kind::Move, None) => {
                self.finds(format!("{} hands on a license that nobody ever saw", deal.short()));
                return;
            }
            _ => (deal, intent.generation),
        };
        if held.generation != generation || held.generation > held.generations.max(intent.generation) {
            self.finds(format!(
                "card {person} has a license of generation {}, it must be {generation} (S9)",
                held.generation
            ));
        }
        let key = Key { deal, root, generation };
        self.keys.insert(held.id, key);
    }

    /// A license of a lost card has come to the one in its place, perhaps made out anew: it is of the same root.
    pub(super) fn key_inherited(&mut self, held: &Held, deal: DealId) {
        let known = self.keys.values().find(|key| key.deal == deal).cloned();
        let key = known.unwrap_or(Key {
            deal,
            root: deal,
            generation: held.generation,
        });
        self.keys.insert(held.id, key);
    }

    /// The roots of all licenses that ever were on, or were given to, a card that is lost.
    pub fn lost_keys(&self) -> impl Iterator<Item = DealId> {
        let lost = self.lost.iter().filter_map(|person| self.cards.get(person));
        let deals = lost.flat_map(|log| log.deals.keys().chain(log.past.keys()));
        deals.flat_map(|deal| {
            let on_it = self
                .keys
                .values()
                .filter(move |key| key.deal == *deal)
                .map(|key| key.root);
            let given = self.paid.get(deal).and_then(|paid| self.root_of(paid.intent.license?));
            on_it.chain(given)
        })
    }

    /// The deal by which a license came into the world.
    pub fn root_of(&self, license: LicenseId) -> Option<DealId> {
        self.keys.get(&license).map(|key| key.root)
    }
}
