//! The world of the model: cards, the servers' books, everything ever said, and what the properties need to remember.

use std::collections::{BTreeMap, BTreeSet};

use deal::charge::{Charge, ChargeId, ChargeKnown, Charged};
use deal::{Clearance, Gift, Pay, Report, Resume, Settle, Slip, State, Tender};
use units::{DealId, LicenseId, PartyId, ValueId};

use super::kept::Kept;
use super::names::{Giver, giver_of};

/// One moment of the world.
#[derive(Debug, Clone, PartialEq, Hash)]
pub struct World {
    /// The cards, as they lie on their disks.
    pub cards: Vec<Kept<State>>,
    /// The durable books of shop, collectors and issuer.
    pub books: Kept<Books>,
    /// Everything that was ever said. It can be heard again at any time, in any order, or never.
    pub said: Kept<Said>,
    /// The restored card's two lives.
    pub past: Kept<Past>,
}

/// One deal: its `pay`, what else was said about it, and its fate.
#[derive(Debug, Clone, PartialEq, Hash)]
pub struct Deal {
    /// Who pays.
    pub by: usize,
    /// In which life of that card: 0, or 1 after it was restored.
    pub life: u8,
    /// In which epoch.
    pub epoch: u64,
    /// The `pay`.
    pub pay: Kept<Pay>,
    /// It clears, and shows the payer's refusal.
    pub shows: bool,
    /// Every `settle` that says given. One, but for a restored giver.
    pub given: Vec<Kept<Settle>>,
    /// The rest.
    pub marks: Marks,
}

/// What was said and what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Marks {
    /// A signed void was said.
    pub void: bool,
    /// It was said while the receiver had not closed with the key: it counts against a gift.
    pub void_counts: bool,
    /// A giver wrote that it gives.
    pub decided: bool,
    /// The receiver's `done` was said.
    pub done: bool,
    /// The receiver closed and has what it paid for.
    pub key: bool,
    /// The receiver closed and has everything back.
    pub refunded: bool,
}

impl Deal {
    /// The fare: the amount of its slip.
    pub fn fare(&self) -> i64 {
        fare_slip(&self.pay).map_or(0, |s| s.amount.minor())
    }
    /// Who decides.
    pub fn giver(&self) -> Giver {
        giver_of(&self.pay.quote)
    }
}

/// The new slip of a payment.
pub fn fare_slip(pay: &Pay) -> Option<&Slip> {
    pay.tenders
        .iter()
        .find_map(|t| if let Tender::Slip(s) = t { Some(s) } else { None })
}

/// Ids of the values a payment pays with.
pub fn paid_values(pay: &Pay) -> impl Iterator<Item = &deal::Value> {
    pay.tenders
        .iter()
        .filter_map(|t| if let Tender::Value(v, _) = t { Some(v) } else { None })
}

/// Everything ever said.
#[derive(Debug, Clone, PartialEq, Hash, Default)]
pub struct Said {
    /// By deal.
    pub deals: BTreeMap<DealId, Deal>,
    /// Reports, in the order they were made.
    pub reports: Vec<Filed>,
    /// The issuer's word to a frozen card.
    pub resume: Option<Resume>,
    /// Charges.
    pub charges: BTreeMap<ChargeId, Charge>,
    /// The carrier's answers.
    pub charged: BTreeSet<Charged>,
}

/// A report on its way, with what its messages hold.
#[derive(Debug, Clone, PartialEq, Hash)]
pub struct Filed {
    /// Whose.
    pub card: usize,
    /// The report.
    pub report: Report,
    /// The `settle`s it contains.
    pub settles: Vec<Settle>,
    /// The issuer has archived it and answered with this.
    pub clearance: Option<Clearance>,
}

/// The books of the servers. One shop, one issuer; collectors are the payees.
#[derive(Debug, Clone, PartialEq, Hash, Default)]
pub struct Books {
    /// What was decided for a deal: a gift, or void.
    pub decided: BTreeMap<DealId, Option<Gift>>,
    /// The deal an order is given to, or bound to by a slip that was presented.
    pub orders: BTreeMap<[u8; 16], DealId>,
    /// Deals whose slip went to the issuer before the decision.
    pub presented: BTreeSet<DealId>,
    /// Slips booked, each once.
    pub booked: BTreeSet<Slip>,
    /// What payees have to their credit.
    pub credited: BTreeMap<PartyId, i64>,
    /// How often each value was taken.
    pub used: BTreeMap<ValueId, u8>,
    /// Licenses handed back, by the deal that was given for it.
    pub refunded: BTreeMap<LicenseId, DealId>,
    /// Receipts and refund orders made.
    pub made: BTreeSet<ValueId>,
    /// Money of the holders at their bank.
    pub bank: i64,
    /// Money paid back against refund orders, owed by the shop.
    pub paid_back: i64,
    /// Loads given, by card.
    pub loaded: BTreeMap<usize, i64>,
    /// Money redeemed, by card: it is drawn by a slip too, so this is only for the account at the bank.
    pub redeemed: i64,
    /// Givers' words, as reports brought them.
    pub archive: BTreeSet<DealId>,
    /// What the carrier decided.
    pub charges: BTreeMap<ChargeId, ChargeKnown>,
    /// How many plays began.
    pub played: u32,
    /// How often each charge is on the holder's bill.
    pub billed: BTreeMap<ChargeId, u8>,
    /// Highest giver number every card has reported.
    pub floors: BTreeMap<usize, u64>,
}

/// What only the model knows of the restored card.
#[derive(Debug, Clone, PartialEq, Hash, Default)]
pub struct Past {
    /// The copy that was made of it.
    pub image: Option<State>,
    /// How often it was restored: 0 or 1.
    pub life: u8,
    /// Highest numbers its first life reached: (as receiver, as giver).
    pub reached: (u64, u64),
    /// How much time has passed: 0, 1 (its old certificates have ended), 2 (the reports then due have come).
    pub time: u8,
    /// What stood when it was resumed.
    pub resumed: Option<Stood>,
}

/// What stood at a resume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stood {
    /// First number as receiver.
    pub pay_no: u64,
    /// First number as giver.
    pub give_no: u64,
    /// The shadow account, as it truly was.
    pub shadow: i64,
    /// Usable single-copy keys on other cards, or on their way there.
    pub keys: usize,
}
