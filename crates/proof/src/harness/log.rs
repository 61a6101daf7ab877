//! Log: what happened, as somebody sees it who stands beside every card's holder and every door. The auditor computes
//! from it what every purse, library and account must be.
//!
//! Nothing here is taken from a card's sums: a deal enters with the price its holder was shown, and ends when the card no
//! longer lists it as open and its history says how.

use std::collections::{BTreeMap, BTreeSet};

use card::{Card, Checked, Event, Journal, Want};
use deal::{Facts, Held, Kind, Quote, Side, Status, Tender, Value, ValueKind, wire};
use license::Route;
use party::errand::Verb;
use units::{CardNo, DealId, Hash, LicenseId, Moment, PartyId, Tag, ValueId};

use super::{
    agenda::End,
    trail::{Gave, Key},
};

/// How a deal stands, as its card sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Unfinished.
    Open,
    /// What was paid for is here.
    Given,
    /// What was paid is back.
    Returned,
    /// The card was resumed while it was open: the issuer's books hold what it was about.
    Dropped,
}

/// What a holder agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The quote he saw.
    pub quote: Hash,
    /// What about.
    pub kind: Kind,
    /// Whom it was agreed with.
    pub giver: PartyId,
    /// Whose card that is, if it is a card.
    pub friend: Option<usize>,
    /// By which rule its fare travels.
    pub route: Route,
    /// What the giver's card says of its own purchases.
    pub facts: Facts,
    /// Generation of the license that should come.
    pub generation: u8,
    /// To whom its money is due.
    pub payee: PartyId,
    /// The signed offer.
    pub offer: Option<Hash>,
    /// The price shown, in minor units.
    pub price: i64,
    /// What leaves the purse, by the auditor's own arithmetic.
    pub money: i64,
    /// What should arrive as money or refund.
    pub credit: i64,
    /// Which license is handed back.
    pub license: Option<LicenseId>,
    /// Values that are spent by it.
    pub values: Vec<(PartyId, ValueId)>,
}

impl Intent {
    /// What a holder who says yes now agrees to.
    pub fn of<J: Journal>(checked: &Checked, card: &Card<J>, want: &Want, to: End) -> Self {
        let quote = checked.quote();
        let price = quote.price.minor();
        let mut left = price;
        let mut values = Vec::new();
        for (maker, id) in &want.values {
            let held = card
                .state()
                .values
                .iter()
                .find(|(v, _)| (v.maker, v.id) == (*maker, *id));
            let Some((value, _)) = held else { continue };
            if value.kind != ValueKind::Account {
                values.push((*maker, *id));
            }
            left -= match value.kind {
                ValueKind::Ticket | ValueKind::Receipt => left,
                ValueKind::Account | ValueKind::Refund => 0,
                ValueKind::Coupon | ValueKind::Cheque | ValueKind::Prepaid | ValueKind::Points => {
                    value.worth.minor().min(left)
                }
            };
        }
        Self {
            quote: checked.hash(),
            kind: quote.kind,
            giver: PartyId(quote.giver),
            friend: match to {
                End::Person(friend) => Some(friend),
                End::Party(_) => None,
            },
            route: quote.route,
            facts: quote.facts,
            generation: quote.generation,
            payee: quote.payee,
            offer: quote.offer,
            price,
            money: left,
            credit: quote.credit.map_or(0, |c| c.minor()),
            license: quote.license,
            values,
        }
    }
}

/// A payment that was ever made durable on a card.
#[derive(Debug, Clone)]
pub struct Paid {
    /// What was agreed.
    pub intent: Intent,
    /// The tag that paid.
    pub tag: Tag,
    /// Its giver's word, given or void, as often as any copy of the card heard it.
    pub heard: BTreeSet<Fate>,
    /// Number of its receipt.
    pub receipt: Option<u64>,
    /// The slip it is paid with, and what stands on it.
    pub slip: Option<(Hash, i64, PartyId)>,
    /// Slips that leave the card with it.
    pub slips: Vec<Hash>,
    /// Its payer carries the fares on.
    pub receiver_wins: bool,
}

impl Paid {
    /// Has any copy of the card heard that it was given?
    pub fn was_given(&self) -> bool {
        self.heard.contains(&Fate::Given)
    }
}

/// What is known of one card, in the life it lives now.
#[derive(Debug, Clone, Default)]
pub struct CardLog {
    /// Its number.
    pub number: Option<CardNo>,
    /// What the purse was before the deals below: zero, or what a resume said.
    pub base: i64,
    /// Its deals.
    pub deals: BTreeMap<DealId, Fate>,
    /// Deals before the last resume: their money is in the base.
    pub past: BTreeMap<DealId, Fate>,
    /// Licenses by the deal that brought them; a locked copy came with none.
    pub licenses: BTreeMap<LicenseId, DealId>,
    /// Deals this card gave in.
    pub gave: BTreeSet<DealId>,
    /// Purchases of this life: how many, and when the last one came.
    pub bought: (u32, Option<Moment>),
    /// Values that ever came to it.
    pub values: BTreeSet<(PartyId, ValueId)>,
    /// It was put back once: what it lost is no longer in this log.
    pub restored: bool,
    /// Its issuer has noticed, and it was resumed since.
    pub noticed: bool,
    /// Its epoch: raised by a resume.
    pub epoch: u64,
    /// Payments that were open in a recovery copy which its issuer has said it keeps.
    pub kept: BTreeSet<DealId>,
    /// Whose place it takes, once it has said so.
    pub place_of: Option<usize>,
}

impl CardLog {
    /// A card goes on after a restore, with what its issuer says it has: what the resume closed is in its base.
    fn goes_on(&mut self, epoch: u64, purse: i64) {
        self.epoch = epoch;
        self.base = purse;
        self.noticed = true;
        for (deal, fate) in core::mem::take(&mut self.deals) {
            self.past
                .insert(deal, if fate == Fate::Open { Fate::Dropped } else { fate });
        }
    }
}

/// What was known of a card at some earlier time.
#[derive(Debug, Clone)]
pub struct Picture(CardLog);

/// A value, as it was when it first appeared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueLog {
    /// Its kind.
    pub kind: ValueKind,
    /// Its worth.
    pub worth: i64,
    /// The deal that brought it, if one did.
    pub from: Option<DealId>,
}

/// Everything that happened.
#[derive(Debug, Default)]
pub struct Log {
    /// What holders agreed to, by holder and quote.
    pub intents: BTreeMap<(usize, Hash), Intent>,
    /// Every payment ever.
    pub paid: BTreeMap<DealId, Paid>,
    /// Every card.
    pub cards: BTreeMap<usize, CardLog>,
    /// Every value ever seen.
    pub values: BTreeMap<(PartyId, ValueId), ValueLog>,
    /// What cards gave, by deal.
    pub gave: BTreeMap<DealId, Gave>,
    /// Every license that was ever on a card.
    pub keys: BTreeMap<LicenseId, Key>,
    /// Numbers of licenses within their editions.
    pub serials: BTreeMap<LicenseId, (Hash, u32)>,
    /// What does not add up, found on the way.
    pub findings: Vec<String>,
    /// How often each code was said.
    pub codes: BTreeMap<String, u64>,
    /// Cards that were lost for good.
    pub lost: BTreeSet<usize>,
    /// Cards that were put back.
    pub put_back: u64,
    /// Parties that were put back.
    pub restored_parties: u64,
    answers: BTreeMap<(PartyId, Verb, Hash), Hash>,
}

/// When the seller sold what came with this deal, as the license's own link says.
fn sold_at<J: Journal>(card: &Card<J>, deal: DealId) -> Option<Moment> {
    let realm = card.image().realm.id();
    let link = |held: &deal::Held| license::Document::parse(&held.document).ok()?.last_link(realm);
    let mut links = card.state().licenses.values().filter_map(link);
    links.find(|link| link.deal == deal).map(|link| link.at)
}

impl Log {
    /// Something does not add up.
    pub fn finds(&mut self, what: String) {
        self.findings.push(what);
    }

    /// A refusal was heard.
    pub fn refused(&mut self, code: &str) {
        *self.codes.entry(code.to_owned()).or_default() += 1;
    }

    /// A party answered; the same payment must be answered with the same bytes for ever.
    pub fn answered(&mut self, by: PartyId, verb: Verb, body: Hash, answer: &[u8]) {
        if !matches!(verb, Verb::Pay | Verb::Transfer) {
            return;
        }
        let answer = seal::hash(answer);
        let first = *self.answers.entry((by, verb, body)).or_insert(answer);
        if first != answer {
            self.finds(format!("{} answered one {} in two ways", by.short(), verb.word()));
        }
    }

    /// A holder agrees.
    pub fn intends(&mut self, person: usize, intent: Intent) {
        self.intents.insert((person, intent.quote), intent);
    }

    /// A card quotes: what it says of itself must be so.
    pub fn quotes(&mut self, person: usize, quote: &Quote) {
        self.says_of_itself(person, "quote", quote.facts);
    }

    fn says_of_itself(&mut self, person: usize, where_: &str, facts: Facts) {
        let bought = self.cards.get(&person).map(|log| log.bought).unwrap_or_default();
        if (facts.count, facts.last) != bought {
            self.findings.push(format!(
                "card {person} says in its {where_} that it bought {:?}, it bought {bought:?} (SD-15)",
                (facts.count, facts.last)
            ));
        }
    }

    /// A value was put on a card by hand.
    pub fn put_on(&mut self, person: usize, value: &Value) {
        self.came(person, value, None);
    }

    fn came(&mut self, person: usize, value: &Value, from: Option<DealId>) {
        let key = (value.maker, value.id);
        let seen = ValueLog {
            kind: value.kind,
            worth: value.worth.minor(),
            from,
        };
        self.values.entry(key).or_insert(seen);
        self.cards.entry(person).or_default().values.insert(key);
    }

    /// A party's old database is in place: it may say the same in other bytes from now on, and must still not say another
    /// thing to whoever has heard it.
    pub fn party_put_back(&mut self, party: PartyId) {
        self.restored_parties += 1;
        self.answers.retain(|(by, ..), _| *by != party);
    }

    /// The number of the receipt that came with a deal.
    pub fn receipt(&mut self, deal: DealId, number: Option<u64>) {
        if let Some(paid) = self.paid.get_mut(&deal) {
            paid.receipt = paid.receipt.or(number);
        }
    }

    /// What is known of a card now, to be put back later.
    pub fn picture(&self, person: usize) -> Picture {
        Picture(self.cards.get(&person).cloned().unwrap_or_default())
    }

    /// The issuer keeps a copy in which these payments are open.
    pub fn kept(&mut self, person: usize, open: &BTreeSet<DealId>) {
        self.cards.entry(person).or_default().kept.extend(open);
    }

    /// From now on this card stands in the place of a lost one.
    pub fn takes_place(&mut self, person: usize, of: usize) {
        self.cards.entry(person).or_default().place_of = Some(of);
    }

    /// Who stands in the place of a lost card, if somebody does.
    pub fn heir_of(&self, lost: usize) -> Option<usize> {
        let mut heirs = self.cards.iter().filter(|(_, log)| log.place_of == Some(lost));
        heirs.next().map(|(person, _)| *person)
    }

    /// Was this card lost, and does another stand in its place?
    pub fn is_replaced(&self, person: usize) -> bool {
        self.lost.contains(&person) && self.heir_of(person).is_some()
    }

    /// The deal of a license that came from the card whose place this one takes, by its last link.
    fn inherited<J: Journal>(&self, log: &CardLog, card: &Card<J>, held: &Held) -> Option<DealId> {
        let deal = card.license_of(held)?.link.deal;
        let lost = self.cards.get(&log.place_of?)?;
        let known = lost.deals.contains_key(&deal) || lost.past.contains_key(&deal);
        (known && self.paid.contains_key(&deal)).then_some(deal)
    }

    /// A card's old file is in place: what it learned since is gone.
    pub fn put_back(&mut self, person: usize, picture: Picture) {
        self.put_back += 1;
        self.cards.insert(
            person,
            CardLog {
                restored: true,
                noticed: false,
                ..picture.0
            },
        );
    }

    /// Looks at a card from outside, after anything it did.
    pub fn looks_at<J: Journal>(&mut self, person: usize, card: &Card<J>) {
        let mut log = self.cards.remove(&person).unwrap_or_default();
        log.number = log.number.or(card.number());
        if card.state().epoch != log.epoch {
            log.goes_on(card.state().epoch, card.state().purse.minor());
        }
        self.new_payments(person, card, &mut log);
        self.new_gifts(person, card, &mut log);
        let closed = self.ended(person, card, &mut log);
        self.arrivals(person, card, &mut log, &closed);
        self.cards.insert(person, log);
    }

    fn new_payments<J: Journal>(&mut self, person: usize, card: &Card<J>, log: &mut CardLog) {
        for paid in &card.state().paid {
            if log.deals.contains_key(&paid.deal) || log.past.contains_key(&paid.deal) {
                continue;
            }
            let agreed = self.intents.get(&(person, wire::quote_hash(&paid.pay.quote)));
            let Some(intent) = agreed.cloned() else {
                self.findings.push(format!(
                    "card {person} has paid {} and nobody agreed to it",
                    paid.deal.short()
                ));
                continue;
            };
            log.deals.insert(paid.deal, Fate::Open);
            let slip = paid.slip().map(|s| (s.id(), s.amount.minor(), s.payee));
            if intent.kind.between_cards() {
                self.check_winner(paid.deal, &intent, paid.pay.facts, paid.pay.winner);
                if !log.restored {
                    // Of the card as it is now: what it bought is already in `log`, which is not in its place yet.
                    let bought = (paid.pay.facts.count, paid.pay.facts.last);
                    if bought != log.bought {
                        self.findings.push(format!(
                            "card {person} pays as if it had bought {bought:?}, it bought {:?} (SD-15)",
                            log.bought
                        ));
                    }
                }
            }
            let others = paid
                .pay
                .tenders
                .iter()
                .filter(|t| !matches!(t, Tender::Slip(_) | Tender::Value(..)));
            if others.count() > 0 {
                self.findings
                    .push(format!("card {person} pays {} with something else", paid.deal.short()));
            }
            self.paid.entry(paid.deal).or_insert(Paid {
                intent,
                tag: paid.pay.receiver,
                heard: BTreeSet::new(),
                receipt: None,
                slip,
                slips: paid.pay.slips.iter().map(deal::Slip::id).collect(),
                receiver_wins: paid.pay.winner == Side::Receiver,
            });
        }
    }

    /// Who carries the fares on, by the rule as SD-14 to SD-16 tell it.
    fn check_winner(&mut self, deal: DealId, intent: &Intent, receiver: Facts, winner: Side) {
        let giver = intent.facts;
        let receiver_wins = match intent.route {
            Route::Chain => true,
            Route::Till => false,
            Route::Latest => receiver.last.is_some() && receiver.last > giver.last,
            Route::Count => receiver.count > giver.count,
            Route::Provider if giver.provider => false,
            Route::Provider if receiver.provider => true,
            Route::Provider if receiver.last != giver.last => receiver.last > giver.last,
            Route::Provider => receiver.count > giver.count,
        };
        if receiver_wins != (winner == Side::Receiver) {
            self.findings.push(format!(
                "{} names the {winner:?} as the winner (SD-15, SD-16)",
                deal.short()
            ));
        }
    }

    /// Deals that are no longer open, and what the card's history says of them.
    fn ended<J: Journal>(&mut self, person: usize, card: &Card<J>, log: &mut CardLog) -> Vec<DealId> {
        let still: BTreeSet<DealId> = card.state().paid.iter().map(|p| p.deal).collect();
        let gone: Vec<DealId> = log
            .deals
            .iter()
            .filter(|(deal, fate)| **fate == Fate::Open && !still.contains(*deal))
            .map(|(deal, _)| *deal)
            .collect();
        let mut given = Vec::new();
        for deal in gone {
            let says = |event| {
                card.image()
                    .history
                    .iter()
                    .rev()
                    .any(|l| l.deal == Some(deal) && l.event == event)
            };
            let fate = match (says(Event::Given), says(Event::Returned)) {
                (true, false) => Fate::Given,
                (false, true) => Fate::Returned,
                (given, _) => {
                    self.findings.push(format!(
                        "card {person}: payment {} ended as {}",
                        deal.short(),
                        if given {
                            "both given and returned"
                        } else {
                            "neither given nor returned"
                        }
                    ));
                    continue;
                }
            };
            log.deals.insert(deal, fate);
            if let Some(paid) = self.paid.get_mut(&deal) {
                paid.heard.insert(fate);
                if fate == Fate::Given && paid.intent.kind == Kind::Sale && paid.intent.price > 0 {
                    let (count, last) = log.bought;
                    log.bought = (count.saturating_add(1), last.max(sold_at(card, deal)));
                }
            }
            if fate == Fate::Given {
                given.push(deal);
            }
        }
        given
    }

    /// Licenses and values that were not there before have come with a deal that has just ended, one each.
    fn arrivals<J: Journal>(&mut self, person: usize, card: &Card<J>, log: &mut CardLog, closed: &[DealId]) {
        for held in card.state().licenses.values() {
            if log.licenses.contains_key(&held.id) {
                continue;
            }
            let from = closed.iter().find(|deal| {
                self.paid
                    .get(*deal)
                    .is_some_and(|p| p.tag == held.tag && p.intent.kind.brings_license())
            });
            match from {
                Some(deal) => {
                    log.licenses.insert(held.id, *deal);
                    self.key_came(person, held, *deal);
                    if let Some(serial) = card.license_of(held).and_then(|l| l.link.serial) {
                        self.serials.insert(held.id, (held.offer, serial));
                    }
                }
                // A locked copy is free and nobody's deal; what it opens is the business of whoever unlocks it.
                None if held.status == Status::Locked => {
                    log.licenses.insert(held.id, DealId::default());
                }
                None if let Some(deal) = self.inherited(log, card, held) => {
                    log.licenses.insert(held.id, deal);
                    self.key_inherited(held, deal);
                }
                None => self
                    .findings
                    .push(format!("card {person} has license {} from nowhere", held.id.short())),
            }
        }
        for (value, _) in &card.state().values {
            if log.values.contains(&(value.maker, value.id)) {
                continue;
            }
            let from = closed.iter().copied().find(|deal| {
                self.paid.get(deal).is_some_and(|p| match (value.kind, p.intent.kind) {
                    (ValueKind::Refund, Kind::Surrender) => p.intent.credit == value.worth.minor(),
                    (ValueKind::Receipt, Kind::PayOnly) => p.intent.offer == value.offer,
                    _ => false,
                })
            });
            log.values.insert((value.maker, value.id));
            let seen = ValueLog {
                kind: value.kind,
                worth: value.worth.minor(),
                from,
            };
            self.values.entry((value.maker, value.id)).or_insert(seen);
            // A token or coupon that was on its way to the card when the power went is told by its hand-over.
            let comes_over = log.place_of.is_some() && value.kind == ValueKind::Refund;
            if from.is_none() && !comes_over && matches!(value.kind, ValueKind::Refund | ValueKind::Receipt) {
                self.findings
                    .push(format!("card {person} has a {:?} from nowhere", value.kind));
            }
        }
    }
}
