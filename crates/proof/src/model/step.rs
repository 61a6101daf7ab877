//! The steps of the world: what can happen next, and what it does. Every one is at most one durable write.
//!
//! A step that writes also speaks. To lose power between the two is the same as to lose what was said: it stays in
//! [`super::world::Said`] and is not heard. What comes next in the life of a card comes from its records alone.

use std::fmt;
use std::sync::Arc;

use deal::breakage::{Breakage, on};
use deal::charge::ChargeId;
use deal::{
    Closing, Consent, Decision, Entry, Gift, Given, Held, Kind, Outcome, Paid, Pay, Plan, Quote, Settle, Status,
    Tender, VoidReason,
};
use license::Bind;
use units::{DealId, Hash, LicenseId, Moment, PartyId, ValueId};

use super::charges::shows_refusal;
use super::config::Config;
use super::kept::Kept;
use super::names::{CARRIER, Giver, card_no, deal_id, from_deal, giver_of, locked_license, offer, slip_inside, tag};
use super::quotes::receiver_wins;
use super::world::{Deal, Filed, Marks, World};

/// No clock runs in the model; certificates end by [`Step::Later`] and by the adversary's word.
pub const NOW: Moment = Moment(1);

/// Something that happens.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// A card pays on a quote, if its rules allow, perhaps with a value.
    Pay(usize, Arc<Quote>, Option<(PartyId, ValueId)>),
    /// The same, by a charge.
    PayByCharge(usize, Arc<Quote>),
    /// The carrier hears a charge; if it is new, it pays or refuses.
    Bill(ChargeId, bool),
    /// A card hears the carrier's answer with this index.
    Charged(usize),
    /// A giver hears a `pay`; certificates hold, or do not.
    Decide(DealId, bool),
    /// A receiver hears a `settle`: the one that gives with this index, or the void.
    Close(DealId, Option<usize>),
    /// A giver hears `done`.
    Free(DealId),
    /// A giver cancels its quotes.
    Cancel(usize),
    /// A play of a license begins on a card.
    Play(usize, LicenseId),
    /// The shop presents the slip of an undecided deal to the issuer.
    Present(DealId),
    /// A card reports.
    Report(usize),
    /// The issuer archives a report.
    Archive(usize),
    /// A card hears the clearance of that report.
    Clear(usize),
    /// The issuer rules on a reported open payment.
    Rule(DealId),
    /// A copy of the card that will be restored is made.
    Copy,
    /// It is put back.
    Restore,
    /// Old certificates end; then reports come in.
    Later,
    /// The issuer shows a restored card what it has seen of it.
    Contact,
    /// The issuer resumes it.
    Resume,
    /// A card takes a locked copy from another: (who, from whom, of which offer). Free, and no deal is open in between.
    Lock(usize, usize, u8),
    /// A breakage that is no step of the protocol at all.
    Broken(Breakage, DealId),
    /// A party speaks, and loses power before it writes.
    Unwritten(Box<Step>),
    /// A card takes the key that came with the quote.
    KeyOfQuote(usize, Arc<Quote>),
    /// A giver takes a license off its card outside of a decision.
    Disable(usize, LicenseId),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pay(card, quote, value) => {
                let with = if value.is_some() { " with a value" } else { "" };
                let (kind, giver, number) = (quote.kind, giver_of(quote), quote.number);
                write!(
                    f,
                    "card {card} pays {giver:?} for a {kind:?} under {number:?}, {} slips stated{with}",
                    quote.slips
                )
            }
            Self::Decide(deal, true) => write!(f, "the giver decides {}", deal.short()),
            Self::Decide(deal, false) => write!(f, "the giver decides {}, a certificate having ended", deal.short()),
            Self::Close(deal, Some(_)) => write!(f, "the receiver hears that {} is given", deal.short()),
            Self::Close(deal, None) => write!(f, "the receiver hears that {} is void", deal.short()),
            Self::Unwritten(step) => write!(f, "power is lost before it is written that {step}"),
            other => write!(f, "{other:?}"),
        }
    }
}

impl World {
    /// All that can happen, and perhaps some that cannot: such a step changes nothing.
    pub fn steps(&self, config: &Config, steps: &mut Vec<Step>) {
        for card in 0..self.cards.len() {
            self.card_steps(config, card, steps);
        }
        for (id, deal) in &self.said.deals {
            self.deal_steps(config, *id, deal, steps);
        }
        for (n, filed) in self.said.reports.iter().enumerate() {
            steps.push(if filed.clearance.is_none() {
                Step::Archive(n)
            } else {
                Step::Clear(n)
            });
        }
        for id in self.said.charges.keys() {
            steps.extend([Step::Bill(*id, true), Step::Bill(*id, false)]);
        }
        steps.extend((0..self.said.charged.len()).map(Step::Charged));
        if let Some(restore) = config.restore {
            steps.extend([Step::Copy, Step::Restore]);
            if restore.resume && self.past.life > 0 {
                steps.extend([Step::Later, Step::Contact, Step::Resume]);
            }
        }
    }

    fn card_steps(&self, config: &Config, card: usize, steps: &mut Vec<Step>) {
        let state = &self.cards[card];
        let epoch = state.epoch;
        let made = self
            .said
            .deals
            .values()
            .filter(|d| d.by == card && d.life == self.life_of(config, card) && d.epoch == epoch)
            .count();
        if made < config.pays && !state.frozen {
            for quote in self.quotes(config, card) {
                let quote = Arc::new(quote);
                for (value, _) in &state.values {
                    steps.push(Step::Pay(card, Arc::clone(&quote), Some((value.maker, value.id))));
                }
                if on(Breakage::ReceiverSpeaksFirst) {
                    steps.push(Step::Unwritten(Box::new(Step::Pay(card, Arc::clone(&quote), None))));
                }
                if on(Breakage::KeyWithQuote) {
                    steps.push(Step::KeyOfQuote(card, Arc::clone(&quote)));
                }
                if config.credit > 0 && quote.kind == Kind::Sale {
                    steps.push(Step::PayByCharge(card, Arc::clone(&quote)));
                }
                steps.push(Step::Pay(card, quote, None));
            }
        }
        if config.plays > 0 {
            steps.extend(self.playable(card).map(|id| Step::Play(card, id)));
        }
        for giver in (0..self.cards.len()).filter(|giver| *giver != card) {
            let lockable = (0..config.offers.len()).filter(|n| config.offers[*n].modes.locked);
            steps.extend(lockable.map(|n| Step::Lock(card, giver, n as u8)));
        }
        if on(Breakage::MoveDisablesAtQuote) || on(Breakage::MoveInTwoWrites) {
            steps.extend(self.disabled(card).map(|id| Step::Disable(card, id)));
        }
        let base = self.past.resumed.filter(|_| epoch > 0).map_or(0, |s| s.give_no);
        if config.cancel && state.give_no < base.saturating_add(config.gives) {
            steps.push(Step::Cancel(card));
        }
        if self.said.reports.iter().filter(|r| r.card == card).count() < config.reports {
            steps.push(Step::Report(card));
        }
    }

    fn deal_steps(&self, config: &Config, id: DealId, deal: &Deal, steps: &mut Vec<Step>) {
        let ended = self.ended(config, deal);
        if !ended {
            steps.push(Step::Decide(id, true));
        }
        if ended || config.expiry {
            steps.push(Step::Decide(id, false));
        }
        if on(Breakage::GiverSpeaksFirst) {
            steps.push(Step::Unwritten(Box::new(Step::Decide(id, true))));
        }
        for n in 0..deal.given.len() {
            steps.push(Step::Close(id, Some(n)));
            if on(Breakage::DoneBeforeKey) {
                steps.push(Step::Unwritten(Box::new(Step::Close(id, Some(n)))));
            }
        }
        if deal.marks.void {
            steps.push(Step::Close(id, None));
        }
        if deal.marks.done {
            steps.push(Step::Free(id));
        }
        if config.present && deal.giver() == Giver::Server {
            steps.push(Step::Present(id));
        }
        if config.reports > 0 {
            steps.push(Step::Rule(id));
        }
        for breakage in [Breakage::RefundsItself, Breakage::ClosesAtRelay] {
            if on(breakage) {
                steps.push(Step::Broken(breakage, id));
            }
        }
    }

    fn life_of(&self, config: &Config, card: usize) -> u8 {
        if config.restore.is_some_and(|r| r.card == card) {
            self.past.life
        } else {
            0
        }
    }

    /// Have the certificates of this payment's receiver ended?
    pub fn ended(&self, config: &Config, deal: &Deal) -> bool {
        self.past.time > 0 && deal.epoch == 0 && config.restore.is_some_and(|r| r.card == deal.by)
    }

    /// The world after a step; `None` if the step does nothing.
    pub fn after(&self, config: &Config, step: &Step) -> Option<Self> {
        let mut next = self.clone();
        next.take(config, step);
        (next != *self).then_some(next)
    }

    /// Takes a step.
    pub fn take(&mut self, config: &Config, step: &Step) {
        match step {
            Step::Pay(card, quote, value) => {
                self.pay(config, *card, quote, *value);
            }
            Step::PayByCharge(card, quote) => {
                // The card puts in its own id and what is left to pay.
                let charge = Tender::Charge([0; 16], quote.price, CARRIER);
                self.pay_with(config, *card, quote, None, Some(charge));
            }
            Step::Bill(charge, pays) => self.bill(*charge, *pays),
            Step::Charged(n) => self.hear_charged(*n),
            Step::Decide(deal, certified) => self.decide(config, *deal, *certified),
            Step::Close(deal, given) => self.close(*deal, *given),
            Step::Free(deal) => self.free(*deal),
            Step::Cancel(card) => self.cards[*card].edit(|s| s.apply(&s.cancel())),
            Step::Play(card, license) => self.play(*card, *license),
            Step::Present(deal) => self.present(*deal),
            Step::Report(card) => self.report(*card),
            Step::Archive(n) => self.archive(*n),
            Step::Clear(n) => self.clear(*n),
            Step::Rule(deal) => self.rule(*deal),
            Step::Copy => self.copy(config),
            Step::Restore => self.restore(config),
            Step::Later => self.later(),
            Step::Contact => self.contact(config),
            Step::Resume => self.resume(config),
            Step::Lock(card, giver, n) => self.lock(config, *card, *giver, *n),
            Step::Broken(breakage, deal) => self.broken(*breakage, *deal),
            Step::Unwritten(step) => self.unwritten(config, step),
            Step::KeyOfQuote(card, quote) => self.key_of_quote(config, *card, quote),
            Step::Disable(card, license) => self.write(*card, &Entry::Deleted(*license)),
        }
    }

    /// The receiver commits: the plan of a holder who agrees to exactly what the quote says.
    pub fn pay(
        &mut self,
        config: &Config,
        card: usize,
        quote: &Quote,
        value: Option<(PartyId, ValueId)>,
    ) -> Option<DealId> {
        self.pay_with(config, card, quote, value, None)
    }

    fn pay_with(
        &mut self,
        config: &Config,
        card: usize,
        quote: &Quote,
        value: Option<(PartyId, ValueId)>,
        other: Option<Tender>,
    ) -> Option<DealId> {
        let life = self.life_of(config, card);
        let mut state = self.cards[card].clone();
        let number = state.pay_no;
        let epoch = state.epoch;
        state.edit(|s| s.tags = vec![(tag(card, number), Moment(u64::MAX), Vec::new().into())]);
        let values: Vec<_> = value.into_iter().collect();
        let consent = Consent {
            quote: Hash::default(),
            fare: quote.price,
            pay_no: number,
        };
        let plan = Plan {
            quote,
            quote_hash: Hash::default(),
            signed_price: None,
            consent: &consent,
            values: &values,
            other,
            bind: Bind::Free,
            publisher: None,
            now: NOW,
        };
        let mut paid: Paid = match quote.kind {
            Kind::Lend => state.borrow(quote, NOW).ok()?,
            _ => state.pay(&plan).ok()?,
        };
        paid.seal_slip(|_| slip_inside(card, life, epoch, number));
        paid.at = Moment(0);
        let id = deal_id(card, life, epoch, &paid.pay);
        let paid = paid.signed(id, Vec::new());
        let deal = Deal {
            by: card,
            life,
            epoch,
            pay: Kept::new(paid.pay.clone()),
            shows: shows_refusal(&state, &paid.pay),
            given: Vec::new(),
            marks: Marks::default(),
        };
        state.edit(|s| {
            s.apply(&Entry::Paid(paid));
            s.tags.clear();
        });
        self.cards[card] = state;
        if on(Breakage::ChargeWithPay) {
            self.charge_early(&deal, id);
        }
        self.said.edit(|said| {
            said.deals.entry(id).or_insert(deal);
        });
        Some(id)
    }

    /// A locked copy: whoever holds the license, locked or not, hands it on for nothing; it opens nothing by itself. Written
    /// once by the receiver, and by nobody else.
    fn lock(&mut self, config: &Config, card: usize, giver: usize, n: u8) {
        let of_offer = |held: &&Held| held.offer == offer(n) && held.modes.locked;
        let Some(held) = self.cards[giver].licenses.values().find(of_offer) else {
            return;
        };
        let opens = on(Breakage::LockedCopyOpens);
        let taken = Held {
            id: locked_license(n, card),
            status: if opens { Status::Usable } else { Status::Locked },
            generation: held.generation.saturating_add(1),
            ..config.license(n, card)
        };
        let mut state = self.cards[card].clone();
        state.edit(|s| s.tags = vec![(taken.tag, Moment(u64::MAX), Vec::new().into())]);
        let Ok(entry) = state.install(taken, Moment(u64::MAX), NOW) else {
            return;
        };
        state.edit(|s| {
            s.apply(&entry);
            s.tags.clear();
        });
        self.cards[card] = state;
    }

    /// A wrong card's charge, before its deal is decided.
    fn charge_early(&mut self, deal: &Deal, id: DealId) {
        let Some((charge, amount, payer)) = deal::charge_of(&deal.pay.tenders) else {
            return;
        };
        let early = deal::charge::Charge {
            charge,
            deal: id,
            payer,
            seller: PartyId(deal.pay.quote.giver),
            offer: units::OfferNo(1),
            amount,
            at: Moment(0),
        };
        self.said.edit(|said| said.charges.insert(charge, early));
    }

    /// A giver hears `pay`.
    pub fn decide(&mut self, config: &Config, id: DealId, certified: bool) {
        let Some(pay) = self.said.deals.get(&id).map(|d| d.pay.clone()) else {
            return;
        };
        let Giver::Card(giver) = giver_of(&pay.quote) else {
            return self.serve(config, id, certified);
        };
        match self.decision(giver, id, &pay, certified) {
            Decision::Repeat(given) => self.say_given(id, settle_of(&given)),
            Decision::Freeze(entry) => self.write(giver, &entry),
            Decision::SeeIssuer => {}
            Decision::VoidPassed => self.say_void(id),
            Decision::Void(_, entry) => {
                self.write(giver, &entry);
                self.say_void(id);
            }
            Decision::Give(mut entry) => {
                if on(Breakage::HopAsOfQuote) && receiver_wins(&pay) {
                    hop_as_of_quote(config, giver, &pay.quote, &mut entry);
                }
                if let Entry::Given(given, leaves, moves, ..) = &mut entry {
                    name_license(id, &mut given.gift);
                    self.say_given(id, settle_of(given));
                    if on(Breakage::MoveInTwoWrites) && *moves {
                        *leaves = None;
                    }
                }
                if let Entry::Lent(given, ..) = &entry {
                    self.say_given(id, settle_of(given));
                }
                self.write(giver, &entry);
                self.mark(id, |m| m.decided = true);
            }
        }
    }

    /// What a card answers to a `pay`: in a pair, to a loan.
    pub fn decision(&self, giver: usize, id: DealId, pay: &Pay, certified: bool) -> Decision {
        match pay.quote.kind {
            Kind::Lend => self.cards[giver].decide_loan(id, pay, 0, certified, NOW),
            _ => self.cards[giver].decide(id, pay, certified, NOW),
        }
    }

    /// A receiver hears a `settle`.
    pub fn close(&mut self, id: DealId, given: Option<usize>) {
        let Some(deal) = self.said.deals.get(&id) else { return };
        let (card, pay_no) = (deal.by, deal.pay.pay_no);
        let settle = match given.and_then(|n| deal.given.get(n)) {
            Some(settle) => Settle::clone(settle),
            None => Settle {
                deal: id,
                pay_no,
                outcome: Outcome::Void(VoidReason::Passed),
            },
        };
        match self.cards[card].close(&settle, &[], Moment(0)) {
            Closing::Given(entry) => {
                self.write(card, &entry);
                self.mark(id, |m| (m.key, m.done) = (true, true));
                self.say_charges(card);
            }
            Closing::Void(entry) => {
                self.write(card, &entry);
                self.mark(id, |m| m.refunded = true);
            }
            Closing::DoneAgain => self.mark(id, |m| m.done = true),
            Closing::Nothing => {}
            Closing::Freeze(entry) => self.write(card, &entry),
        }
    }

    fn free(&mut self, id: DealId) {
        let Some(deal) = self.said.deals.get(&id) else { return };
        if let Giver::Card(giver) = deal.giver()
            && let Some(entry) = self.cards[giver].free(deal.pay.receiver, &[id])
        {
            self.write(giver, &entry);
        }
    }

    fn report(&mut self, card: usize) {
        self.write(card, &Entry::Reported);
        let state = &self.cards[card];
        let filed = Filed {
            card,
            report: state.report(card_no(card)),
            settles: state
                .given
                .iter()
                .filter(|given| state.pair(given.receiver).is_none())
                .map(settle_of)
                .collect(),
            clearance: None,
        };
        self.said.edit(|said| said.reports.push(filed));
    }

    fn clear(&mut self, n: usize) {
        if let Some(filed) = self.said.reports.get(n)
            && let Some(clearance) = filed.clearance.clone()
        {
            self.write(filed.card, &Entry::Cleared(clearance));
        }
    }

    /// Writes an entry.
    pub fn write(&mut self, card: usize, entry: &Entry) {
        self.cards[card].edit(|s| s.apply(entry));
    }

    /// Remembers what happened to a deal.
    pub fn mark(&mut self, id: DealId, change: impl FnOnce(&mut Marks)) {
        self.said.edit(|said| {
            if let Some(deal) = said.deals.get_mut(&id) {
                change(&mut deal.marks);
            }
        });
    }

    /// A signed void is said. One that is said after the receiver has its key harms nobody.
    pub fn say_void(&mut self, id: DealId) {
        self.mark(id, |m| {
            m.void = true;
            m.void_counts |= !m.key;
        });
    }

    /// A signed gift is said.
    pub fn say_given(&mut self, id: DealId, settle: Settle) {
        self.said.edit(|said| {
            if let Some(deal) = said.deals.get_mut(&id)
                && !deal.given.iter().any(|s| **s == settle)
            {
                deal.given.push(Kept::new(settle));
            }
        });
    }

    fn broken(&mut self, breakage: Breakage, id: DealId) {
        let Some(deal) = self.said.deals.get(&id) else { return };
        let (card, kind) = (deal.by, deal.pay.quote.kind);
        if self.cards[card].open(id).is_none() {
            return;
        }
        if breakage == Breakage::RefundsItself {
            self.write(card, &Entry::Voided(id, VoidReason::Passed, Vec::new().into()));
            self.mark(id, |m| m.refunded = true);
        } else if kind == Kind::Collect {
            self.write(card, &Entry::Closed(id, Gift::default(), NOW));
            self.mark(id, |m| m.key = true);
        }
    }

    /// What is said stays said; the state of who said it is as before, and so is what came of it.
    fn unwritten(&mut self, config: &Config, step: &Step) {
        let mut spoken = self.clone();
        spoken.take(config, step);
        let before: Vec<(DealId, Marks)> = self.said.deals.iter().map(|(id, d)| (*id, d.marks)).collect();
        self.said = spoken.said;
        for (id, old) in before {
            self.mark(id, |m| {
                (m.key, m.refunded, m.decided) = (old.key, old.refunded, old.decided)
            });
        }
    }

    /// Licenses that a wrong giver may take off its card just now: with a quote, or after a decision that should have.
    fn disabled(&self, card: usize) -> impl Iterator<Item = LicenseId> + '_ {
        let state = &self.cards[card];
        let licenses = state.licenses.values().filter(|h| h.modes.move_);
        let gone = move |offer| {
            let moved =
                move |d: &&Deal| d.marks.decided && d.giver() == Giver::Card(card) && d.pay.quote.kind == Kind::Move;
            self.said
                .deals
                .values()
                .filter(moved)
                .any(|d| d.pay.quote.offer == Some(offer))
        };
        licenses
            .filter(move |h| on(Breakage::MoveDisablesAtQuote) || gone(h.offer))
            .map(|h| h.id)
    }

    fn key_of_quote(&mut self, config: &Config, card: usize, quote: &Quote) {
        let Some(hash) = quote.offer.filter(|_| quote.kind.between_cards()) else {
            return;
        };
        let n = super::names::offer_no(hash) as u8;
        let mut held = config.license(n, card);
        held.id = LicenseId([0xEE; 16]);
        held.generation = quote.generation;
        self.cards[card].edit(|s| s.licenses.insert(held.id, held));
    }
}

/// The hop as it stood when the first quote was made: what the giver started with.
fn hop_as_of_quote(config: &Config, giver: usize, quote: &Quote, entry: &mut Entry) {
    let start = config.start();
    let then = start.cards[giver].escrow.iter();
    if let Entry::Given(given, ..) = entry {
        given.gift.slips = then
            .filter(|s| s.payee == quote.payee && s.title == quote.title)
            .cloned()
            .collect();
    }
}

/// The `settle` of a record.
pub fn settle_of(given: &Given) -> Settle {
    Settle {
        deal: given.deal,
        pay_no: given.pay_no,
        outcome: Outcome::Given(given.gift.clone()),
    }
}

/// A license gets its name on the card that receives it from the deal that brings it.
pub fn name_license(id: DealId, gift: &mut Gift) {
    if let Some(held) = &mut gift.license {
        held.id = LicenseId(from_deal(id));
    }
}
