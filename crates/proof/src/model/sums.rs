//! Where every unit of money, every slip and every key is at one moment, from records and books alone.

use std::collections::BTreeMap;

use deal::{Gift, Kind, Paid, Slip, Status};
use units::{DealId, PartyId};

use super::config::Config;
use super::names::{Giver, giver_of, offer_no};
use super::quotes::receiver_wins;
use super::world::{World, fare_slip};

/// What a record of an open payment names just now.
pub struct Named<'a> {
    /// The record.
    pub paid: &'a Paid,
    /// What its giver gave, if records or books say that it did.
    pub gift: Option<&'a Gift>,
    /// Its fare was booked already, though the deal is not decided.
    pub booked: bool,
}

impl Named<'_> {
    /// Slips that are neither in an escrow nor booked, but named here.
    pub fn slips(&self) -> Vec<&Slip> {
        match self.gift {
            None => self.paid.pay.slips.iter().collect(),
            Some(gift) if receiver_wins(&self.paid.pay) => gift.slips.iter().chain(fare_slip(&self.paid.pay)).collect(),
            Some(_) => Vec::new(),
        }
    }
    /// A fare that is out of the purse and not yet anybody's.
    pub fn fare(&self) -> i64 {
        match self.gift {
            None if !self.booked => fare_slip(&self.paid.pay).map_or(0, |s| s.amount.minor()),
            _ => 0,
        }
    }
    /// Money on its way into the purse.
    pub fn credit(&self) -> i64 {
        self.gift.and_then(|g| g.credit).map_or(0, |c| c.minor())
    }
}

impl World {
    /// The gift of a deal, as the giver's record, the issuer's archive or a server's books have it.
    fn gift_of(&self, id: DealId, giver: Giver) -> Option<&Gift> {
        match giver {
            Giver::Server => self.books.decided.get(&id).and_then(Option::as_ref),
            Giver::Card(card) => {
                let record = self.cards[card].given.iter().find(|g| g.deal == id).map(|g| &g.gift);
                record.or_else(|| self.archived(id))
            }
        }
    }

    fn archived(&self, id: DealId) -> Option<&Gift> {
        let filed = self.said.reports.iter().filter(|f| f.clearance.is_some());
        filed
            .flat_map(|f| &f.settles)
            .find(|s| s.deal == id)
            .and_then(|s| match &s.outcome {
                deal::Outcome::Given(gift) => Some(gift),
                deal::Outcome::Void(_) => None,
            })
    }

    /// Every open payment and what it names.
    pub fn named(&self) -> impl Iterator<Item = Named<'_>> {
        self.cards.iter().flat_map(|c| &c.paid).map(|paid| Named {
            paid,
            gift: self.gift_of(paid.deal, giver_of(&paid.pay.quote)),
            booked: fare_slip(&paid.pay).is_some_and(|s| self.books.booked.contains(s)),
        })
    }

    /// Money in purses.
    pub fn purses(&self) -> i64 {
        self.cards.iter().map(|c| c.purse.minor()).sum()
    }

    /// Money in escrows.
    pub fn escrows(&self) -> i64 {
        self.cards
            .iter()
            .flat_map(|c| &c.escrow)
            .map(|s| s.amount.minor())
            .sum()
    }

    /// Money in the servers' books: at the bank, to payees' credit, less what the shop owes for refunds.
    pub fn books_sum(&self) -> i64 {
        let redeemed = self.books.redeemed;
        self.books.bank + self.books.credited.values().sum::<i64>() - redeemed - self.books.paid_back
    }

    /// Money named in open records.
    pub fn open_sum(&self) -> i64 {
        let slips = |n: &Named<'_>| n.slips().iter().map(|s| s.amount.minor()).sum::<i64>();
        self.named().map(|n| n.fare() + n.credit() + slips(&n)).sum()
    }

    /// Slips per payee: in escrows, named in records, and to the payee's credit.
    pub fn slips_by_payee(&self) -> BTreeMap<PartyId, i64> {
        let mut sums = self.books.credited.clone();
        let escrow = self.cards.iter().flat_map(|c| &c.escrow);
        for slip in escrow {
            *sums.entry(slip.payee).or_default() += slip.amount.minor();
        }
        for named in self.named() {
            for slip in named.slips() {
                *sums.entry(slip.payee).or_default() += slip.amount.minor();
            }
        }
        sums.retain(|_, sum| *sum != 0);
        sums
    }

    /// All slips that are worth something: in escrows, named, booked.
    pub fn live_slips(&self) -> Vec<Slip> {
        let mut slips: Vec<Slip> = self.cards.iter().flat_map(|c| c.escrow.iter().cloned()).collect();
        slips.extend(
            self.named()
                .flat_map(|n| n.slips().into_iter().cloned().collect::<Vec<_>>()),
        );
        slips.extend(self.books.booked.iter().cloned());
        slips.sort_unstable();
        slips
    }

    /// Keys per offer: usable, or here and waiting to be paid for.
    pub fn keys(&self, config: &Config) -> Vec<usize> {
        let mut keys = vec![0; config.offers.len()];
        let loan = |card: &deal::State, held: &deal::Held| super::lends::is_loan(card, held.id);
        let on_cards = self
            .cards
            .iter()
            .flat_map(|c| c.licenses.values().filter(|held| !loan(c, held)));
        for held in on_cards {
            if matches!(held.status, Status::Usable | Status::Owing(_) | Status::Refused(_))
                && let Some(n) = keys.get_mut(offer_no(held.offer))
            {
                *n += 1;
            }
        }
        keys
    }

    /// Licenses per offer that are named in a record: given and not closed, or handed back and not decided.
    pub fn keys_named(&self, config: &Config) -> Vec<usize> {
        let mut keys = vec![0; config.offers.len()];
        for named in self.named() {
            let quote = &named.paid.pay.quote;
            let on_its_way = quote.kind != Kind::Lend && named.gift.is_some_and(|g| g.license.is_some());
            let handed_back = named.paid.license.is_some() && named.gift.is_none();
            if let (Some(offer), true) = (quote.offer, on_its_way || handed_back)
                && let Some(n) = keys.get_mut(offer_no(offer))
            {
                *n += 1;
            }
        }
        keys
    }

    /// Licenses per offer there should be: at the start, plus every copy and sale given, less those handed back.
    pub fn keys_due(&self, config: &Config) -> Vec<usize> {
        let start = config.licenses_at_start();
        let mut keys: Vec<usize> = (0..config.offers.len())
            .map(|n| start.get(&n).copied().unwrap_or(0))
            .collect();
        for deal in self.said.deals.values().filter(|d| d.marks.decided) {
            let Some(n) = deal.pay.quote.offer.and_then(|o| keys.get_mut(offer_no(o))) else {
                continue;
            };
            match deal.pay.quote.kind {
                Kind::Copy | Kind::Sale | Kind::Unlock => *n += 1,
                Kind::Surrender => *n = n.saturating_sub(1),
                _ => {}
            }
        }
        keys
    }

    /// Fares of given deals per payee, on top of the slips there were.
    pub fn slips_due(&self, config: &Config) -> BTreeMap<PartyId, i64> {
        let mut due: BTreeMap<PartyId, i64> = BTreeMap::new();
        for (card, start) in config.cards.iter().enumerate() {
            for o in &start.escrow {
                let payee = config.license(*o, card).payee;
                *due.entry(payee).or_default() += 1;
            }
        }
        for deal in self.said.deals.values() {
            let presented =
                deal.giver() == Giver::Server && fare_slip(&deal.pay).is_some_and(|s| self.books.booked.contains(s));
            if deal.marks.decided || presented {
                *due.entry(deal.pay.quote.payee).or_default() += deal.fare();
            }
        }
        due.retain(|_, sum| *sum != 0);
        due
    }
}
