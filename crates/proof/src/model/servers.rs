//! The servers: shop, collectors, and issuer as givers, through `deal::judge`; the issuer's archive and rulings through
//! `deal::issuer`. Their books are durable maps; each function here is one transaction.

use deal::breakage::{Breakage, on};
use deal::issuer::{GiverKnown, Honour, Ruling, SlipKnown, clear, honour, rule_known};
use deal::judge::{Judgement, Known, judge};
use deal::{Evidence, Gift, Kind, Number, Outcome, Pay, Settle, Slip, Value, ValueKind, VoidReason};
use units::{DealId, Hash, PartyId, ValueId};

use super::config::Config;
use super::names::{Giver, SHOP, from_deal, offer_no, yen};
use super::step::{NOW, name_license};
use super::world::{Books, Deal, World, fare_slip, paid_values};

/// The order a quote names.
const fn order_of(pay: &Pay) -> [u8; 16] {
    match pay.quote.number {
        Number::Order(id) => id.0,
        Number::Card(_) => [0; 16],
    }
}

impl Books {
    /// What these books know about a payment. An order counts as given from the moment a slip for it is presented.
    fn known(&self, id: DealId, pay: &Pay) -> Known<Option<Gift>> {
        let forgets = on(Breakage::ServerForgetsVoid);
        Known {
            decided: self.decided.get(&id).filter(|g| g.is_some() || !forgets).cloned(),
            order_of: self.orders.get(&order_of(pay)).copied(),
            presented: self.presented.contains(&id),
        }
    }

    /// The kind's own rules, looked at before money moves.
    fn allowed(&self, id: DealId, pay: &Pay, shows: bool) -> Result<(), VoidReason> {
        for value in paid_values(pay) {
            let mine = value.maker == SHOP;
            let fresh = !self.used.contains_key(&value.id) || forgets_use(value.kind);
            if !(mine && fresh && self.made.contains(&value.id)) {
                return Err(VoidReason::Tender);
            }
        }
        match pay.quote.kind {
            Kind::Load if paid_values(pay).next().is_none() && self.bank == 0 => Err(VoidReason::NotCovered),
            Kind::Clear if !shows && !on(Breakage::ClearWithoutRefusal) => Err(VoidReason::Tender),
            Kind::Surrender => match pay.quote.license {
                Some(held) if self.refunded.get(&held).is_none_or(|by| *by == id) => Ok(()),
                _ => Err(VoidReason::NoRefund),
            },
            _ => Ok(()),
        }
    }

    /// Books a slip: once, whoever brings it.
    fn book(&mut self, slip: &Slip) {
        let known = SlipKnown {
            honoured: self.booked.contains(slip),
            refused: false,
            genuine: true,
            same_number: false,
        };
        if honour(known).0 == Honour::Honoured {
            *self.credited.entry(slip.payee).or_default() += slip.amount.minor();
            self.booked.insert(slip.clone());
        }
    }

    /// Money, values and serials, and what comes of them.
    fn give(&mut self, config: &Config, id: DealId, pay: &Pay, by: usize) -> Gift {
        let mut gift = Gift::default();
        for value in paid_values(pay) {
            if !on(Breakage::ValueNotMarked) {
                *self.used.entry(value.id).or_default() += 1;
            }
        }
        match pay.quote.kind {
            Kind::Load => {
                if paid_values(pay).next().is_some() {
                    self.paid_back += 1;
                } else {
                    self.bank -= 1;
                }
                *self.loaded.entry(by).or_default() += 1;
                gift.credit = pay.quote.credit;
            }
            Kind::Redeem => {
                self.bank += pay.quote.price.minor();
                self.redeemed += pay.quote.price.minor();
            }
            Kind::Sale => {
                let n = pay.quote.offer.map_or(0, offer_no) as u8;
                let mut held = config.license(n, by);
                held.tag = pay.receiver;
                gift.license = Some(held);
                name_license(id, &mut gift);
            }
            Kind::Unlock => {
                let n = pay.quote.offer.map_or(0, offer_no) as u8;
                let mut held = config.license(n, by);
                (held.tag, held.generation) = (pay.receiver, 1);
                gift.license = Some(held);
                name_license(id, &mut gift);
            }
            Kind::PayOnly => gift.values.push(self.made(ValueKind::Receipt, id, pay)),
            Kind::Surrender => {
                if let Some(held) = pay.quote.license {
                    self.refunded.insert(held, id);
                }
                if pay.quote.credit.is_some() {
                    gift.values.push(self.made(ValueKind::Refund, id, pay));
                }
            }
            _ => {}
        }
        gift
    }

    fn made(&mut self, kind: ValueKind, id: DealId, pay: &Pay) -> (Value, minicbor::bytes::ByteVec) {
        let name = ValueId(from_deal(id));
        self.made.insert(name);
        let value = Value {
            kind,
            maker: SHOP,
            id: name,
            worth: yen(1),
            offer: pay.quote.offer.filter(|_| kind == ValueKind::Receipt),
            until: None,
            label: String::new(),
        };
        (value, Vec::new().into())
    }

    /// One decision, written whole. Returns what is said about it.
    fn decide(&mut self, config: &Config, id: DealId, deal: &Deal, certified: bool) -> Option<Gift> {
        let (pay, by) = (&deal.pay, deal.by);
        let known = self.known(id, pay);
        let presented = known.presented;
        let verdict = match judge(id, pay, known, certified, NOW) {
            Judgement::Repeat(decided) => {
                if on(Breakage::CollectorBooksRepeat) && decided.is_some() {
                    self.credit_again(pay);
                }
                return decided;
            }
            Judgement::Void(reason) => Err(reason),
            Judgement::Proceed if presented => Ok(()),
            Judgement::Proceed => self.allowed(id, pay, deal.shows),
        };
        let gift = verdict.ok().map(|()| {
            self.orders.insert(order_of(pay), id);
            if !presented {
                fare_slip(pay).into_iter().chain(&pay.slips).for_each(|s| self.book(s));
            }
            self.give(config, id, pay, by)
        });
        self.decided.insert(id, gift.clone());
        gift
    }

    fn credit_again(&mut self, pay: &Pay) {
        for slip in &pay.slips {
            *self.credited.entry(slip.payee).or_default() += slip.amount.minor();
        }
    }

    /// How often a value was taken.
    pub fn times_used(&self, value: ValueId) -> u8 {
        self.used.get(&value).copied().unwrap_or(0)
    }

    /// What a payee has.
    pub fn credit_of(&self, payee: PartyId) -> i64 {
        self.credited.get(&payee).copied().unwrap_or(0)
    }
}

/// Does a breakage make the maker forget that it took this kind of value?
fn forgets_use(kind: ValueKind) -> bool {
    on(Breakage::ReceiptTwice) && kind == ValueKind::Receipt
        || on(Breakage::RefundOrderTwice) && kind == ValueKind::Refund
        || on(Breakage::ValueNotMarked)
}

impl World {
    /// A server hears `pay`.
    pub fn serve(&mut self, config: &Config, id: DealId, certified: bool) {
        let Some(deal) = self.said.deals.get(&id).cloned() else {
            return;
        };
        let pay = deal.pay.clone();
        let paid_by_slip = config.present && pay.quote.kind == Kind::Sale && fare_slip(&pay).is_some();
        let known = self.books.known(id, &pay);
        if paid_by_slip && known.decided.is_none() && !known.presented {
            // The shop waits for the issuer before it gives; it may still refuse.
            let verdict = judge(id, &pay, known, certified, NOW);
            if verdict == Judgement::Proceed && self.books.allowed(id, &pay, deal.shows).is_ok() {
                return;
            }
        }
        let first = !self.books.decided.contains_key(&id);
        match self.books.edit(|b| b.decide(config, id, &deal, certified)) {
            Some(gift) => {
                let outcome = Outcome::Given(gift);
                let pay_no = pay.pay_no;
                self.say_given(
                    id,
                    Settle {
                        deal: id,
                        pay_no,
                        outcome,
                    },
                );
                self.mark(id, |m| m.decided = true);
            }
            None if first || self.books.decided.get(&id) == Some(&None) => self.say_void(id),
            None => {}
        }
    }

    /// The shop presents a slip: all other guards first, the order bound to this deal with the same write.
    pub fn present(&mut self, id: DealId) {
        let Some(deal) = self.said.deals.get(&id) else { return };
        let (pay, shows) = (deal.pay.clone(), deal.shows);
        let known = self.books.known(id, &pay);
        if pay.quote.kind != Kind::Sale || known.decided.is_some() {
            return;
        }
        let Some(slip) = fare_slip(&pay).cloned() else { return };
        let good =
            judge(id, &pay, known, true, NOW) == Judgement::Proceed && self.books.allowed(id, &pay, shows).is_ok();
        if good {
            self.books.edit(|b| {
                if !on(Breakage::OrderNotBound) {
                    b.orders.insert(order_of(&pay), id);
                }
                b.presented.insert(id);
                b.book(&slip);
            });
        }
    }

    /// The issuer archives a report and answers it.
    pub fn archive(&mut self, n: usize) {
        let Some(filed) = self.said.reports.get(n).cloned() else {
            return;
        };
        self.books.edit(|b| {
            b.archive.extend(filed.settles.iter().map(|s| s.deal));
            let floor = b.floors.entry(filed.card).or_default();
            *floor = (*floor).max(filed.report.give_no);
        });
        let clearance = clear(&filed.report, Hash::default());
        self.said.edit(|said| {
            if let Some(filed) = said.reports.get_mut(n) {
                filed.clearance = Some(clearance);
            }
        });
    }

    /// The issuer rules on a payment that an archived report names as open.
    pub fn rule(&mut self, id: DealId) {
        let Some(deal) = self.said.deals.get(&id) else { return };
        // Nobody reports a loan.
        if deal.pay.quote.kind == Kind::Lend {
            return;
        }
        let named = |f: &super::world::Filed| f.clearance.is_some() && f.report.paid.iter().any(|(d, ..)| *d == id);
        if !self.said.reports.iter().any(named) {
            return;
        }
        let (Giver::Card(giver), Number::Card(give_no)) = (deal.giver(), deal.pay.quote.number) else {
            return;
        };
        let known = GiverKnown {
            give_no,
            archived: self.books.archive.contains(&id),
            slip_seen: fare_slip(&deal.pay).is_some_and(|slip| self.slip_seen(slip)),
            reported: self.books.floors.get(&giver).copied(),
        };
        match rule_known(known) {
            // The giver's own word has been said already, and may be heard again.
            Ruling::Forward | Ruling::Open => {}
            Ruling::Void => self.say_void(id),
        }
    }

    /// Has the issuer seen this slip: brought by a collector or shop, or as evidence in an archived report?
    fn slip_seen(&self, slip: &Slip) -> bool {
        let is = |e: &Evidence| matches!(e, Evidence::Slip(_, seen) if seen == slip);
        let archived = |f: &&super::world::Filed| f.clearance.is_some();
        let mut reports = self.said.reports.iter().filter(archived);
        self.books.booked.contains(slip) || reports.any(|f| f.report.evidence.iter().any(is))
    }

    /// Has the issuer this void of that receiver, or does the receiver still hold it?
    pub fn void_kept(&self, card: usize, id: DealId) -> bool {
        let is = |e: &Evidence| matches!(e, Evidence::Void(deal, ..) if *deal == id);
        self.cards[card].evidence.iter().any(is)
            || self
                .said
                .reports
                .iter()
                .any(|f| f.card == card && f.report.evidence.iter().any(is))
    }
}
