//! Cash: money that somebody put into a deposit machine, on its way into a purse (ST-8).
//!
//! The notes stay in the machine's tray until the issuer's word. The machine says that it has them and whose account pays
//! for them; the issuer takes the amount from that account and holds it for one order, which is the number of the card's
//! own quote, so no other card can have it. Then the card's payment comes and the order is *loaded*, or it does not come
//! and the order goes *back*. One of both, decided here, once, for ever: after it the machine swallows the notes or gives
//! them back. Whoever loses his power or his line asks again and hears the same.
//!
//! ```text
//!              load                  bank booked             card pays
//!   (nothing) ───────► asking the bank ────────► held ──────────────────► loaded
//!       │                    │ bank refuses        │ back, or nobody paid
//!       └─ back ─────────────┴────────► back ◄─────┘ (and the money goes back to the account)
//! ```

use deal::{Value, VoidReason, wire::GiftSheet};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Kind, NotSigned, NotTrusted, Verified, cbor, role};
use store::{Fault, Keys, Map, Table, Tx, Value as Stored, View};
use units::{Again, CardNo, DealId, Hash, Moment, Money, OrderId, PartyId, Refusal, Span, TransferId, ValueId};

use super::{
    Issuer, PayRefused, Then,
    card::CARDS,
    honour::{BANK, FLOAT, OUT, Stopped},
    payout::For,
};
use crate::{
    bank::{Place, TransferOrder, Transferred},
    beside::Unsaid,
    books::{self, Account, Leg, Sort},
    door::OpenPay,
    errand::{self, ErrandId, Reply, Step, Verb},
    say::order_of,
};

/// What a deposit machine wishes for an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum CashWish {
    /// The notes are here: take the amount from this account, and load it when the card pays.
    #[n(0)]
    Load,
    /// The notes go back to whoever brought them, unless they were loaded already.
    #[n(1)]
    Back,
}

/// What a deposit machine says of an order. Signed by it (kind cash, for the issuer).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct CashIn {
    /// The number of the card's quote.
    #[n(0)]
    pub order: OrderId,
    /// How much lies in the tray: exactly what the quote loads.
    #[n(1)]
    pub amount: Money,
    /// What is to become of it.
    #[n(2)]
    pub wish: CashWish,
    /// Until when the card's quote is good.
    #[n(3)]
    pub until: Moment,
    /// The bank's signed token of the account that pays for it: its operator's.
    #[n(4)]
    pub account: ByteVec,
    /// Which machine.
    #[n(5)]
    pub by: PartyId,
    /// Its certificate.
    #[n(6)]
    pub certificate: ByteVec,
}

/// What became of an order so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum CashWord {
    /// The issuer has the amount, and waits for the card.
    #[n(0)]
    Held,
    /// It is in the purse: the notes are the machine's.
    #[n(1)]
    Loaded,
    /// It is not, and never will be: the notes go back.
    #[n(2)]
    Back,
}

/// The answer to [`CashIn`]. Signed by the issuer (kind cashed, for the machine).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Cashed {
    /// Which order.
    #[n(0)]
    pub order: OrderId,
    /// How much.
    #[n(1)]
    pub amount: Money,
    /// What became of it.
    #[n(2)]
    pub word: CashWord,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
enum Stand {
    #[n(0)]
    Asking,
    #[n(1)]
    Held,
    #[n(2)]
    Loaded(#[n(0)] DealId),
    #[n(3)]
    Back,
}

impl Stand {
    const fn word(self) -> Option<CashWord> {
        match self {
            Self::Asking => None,
            Self::Held => Some(CashWord::Held),
            Self::Loaded(_) => Some(CashWord::Loaded),
            Self::Back => Some(CashWord::Back),
        }
    }
}

/// An order, for ever.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Row {
    /// Whose tray; nobody's where only the card ever spoke of it.
    #[n(0)]
    machine: Option<PartyId>,
    #[n(1)]
    amount: Money,
    #[n(2)]
    token: ValueId,
    #[n(3)]
    until: Moment,
    #[n(4)]
    stand: Stand,
}
impl Stored for Row {}

impl Row {
    /// The bank was asked, and has not answered.
    pub(super) const fn is_asking(&self) -> bool {
        matches!(self.stand, Stand::Asking)
    }
    pub(super) const fn amount(&self) -> Money {
        self.amount
    }
}

/// The transfer that brings an order's amount.
pub(super) fn transfer_of(order: OrderId) -> TransferId {
    books::posting_id("cash", &order.0)
}

pub(super) const ORDERS: Map<OrderId, Row> = Map::new(Table::new("issuer_cash"));
/// What is held, by the moment at which nobody will have paid.
pub(super) const WAITS: Map<(Moment, OrderId), ()> = Map::new(Table::new("issuer_cash_waits"));
/// Held for an order.
pub(super) const CASH: Sort = Sort::owed("cash for order");

/// How long after its quote's end an order still waits for a card that has paid and was cut off.
const WAIT: Span = Span::minutes(60);

/// Why a machine's word was not taken, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CashRefused {
    /// The issuer is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// Not signed by whom it names.
    #[error("this was not signed by the machine it names: {0}")]
    NotSigned(#[from] NotSigned),
    /// Neither machine nor deposit centre.
    #[error("money to load comes from certified machines, carriers and banks alone: {0}")]
    NotTrusted(#[from] NotTrusted),
    /// It speaks for another.
    #[error("a machine speaks of its own tray alone")]
    OtherSender,
    /// Another machine's order.
    #[error("this order is another machine's; every quote is for one tray")]
    OtherMachine,
    /// Another amount than before.
    #[error("this order was about {0} before; another amount needs another quote")]
    OtherAmount(Money),
    /// Nothing, or another currency.
    #[error("name an amount in {0}, more than nothing")]
    Amount(units::Currency),
    /// The account is not one of the issuer's bank.
    #[error("the machine's account is not one that the issuer's bank opened; ask its operator")]
    Account,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for CashRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotSigned(_) => "cash-not-signed",
            Self::NotTrusted(no) => no.code(),
            Self::OtherSender => "cash-for-another",
            Self::OtherMachine => "cash-other-machine",
            Self::OtherAmount(_) => "cash-other-amount",
            Self::Amount(_) => "cash-amount",
            Self::Account => "cash-account",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NotSigned(_) | Self::NotTrusted(_) | Self::OtherSender => Again::Never,
            Self::Fault(fault) => fault.again(),
            _ => Again::AfterYouAct,
        }
    }
}
crate::refused::refusals!(CashRefused);

impl Issuer {
    /// Takes a machine's word about an order. May be repeated for ever; says how the order stands.
    pub(super) fn cash(&self, tx: &mut dyn Tx, message: &[u8], now: Moment) -> Result<Step, CashRefused> {
        crate::epoch::require::<CashRefused>(tx)?;
        let said = self.read_cash(tx, message, now)?;
        let mut row = match ORDERS.get(tx, &said.order)? {
            Some(row) if row.machine.is_some_and(|machine| machine != said.by) => {
                return Err(CashRefused::OtherMachine);
            }
            Some(row) if row.machine.is_some() && row.amount != said.amount => {
                return Err(CashRefused::OtherAmount(row.amount));
            }
            Some(row) => row,
            None => self.first_word(tx, &said, now)?,
        };
        if row.stand == Stand::Asking {
            return Ok(self.ask_for_cash(tx, said.order, &row, now)?);
        }
        if row.stand == Stand::Held && said.wish == CashWish::Back {
            self.cash_back(tx, said.order, &mut row, now)?;
        }
        Ok(self.cash_word(said.order, said.by, &row, said.amount))
    }

    fn read_cash(&self, tx: &mut dyn Tx, message: &[u8], now: Moment) -> Result<CashIn, CashRefused> {
        let known = self.desk.known(tx)?;
        let parsed = seal::parse::<CashIn>(message, Kind::Cash, self.desk.realm_id())?;
        let paper = &parsed.claims().certificate;
        // A machine whose certificate has ended takes no more cash; what it has it may still give back.
        let machine = match parsed.claims().wish {
            CashWish::Load => {
                let trust = &known.trust;
                cash_role(
                    trust.check(paper, now),
                    trust.check(paper, now),
                    trust.check(paper, now),
                )?
            }
            CashWish::Back => {
                let trust = &known.trust;
                cash_role(
                    trust.check_ever(paper),
                    trust.check_ever(paper),
                    trust.check_ever(paper),
                )?
            }
        };
        let said = parsed.verify(machine.sign(), self.keys.audience())?;
        if said.by.0 != machine.subject() {
            return Err(CashRefused::OtherSender);
        }
        let currency = self.desk.currency();
        if said.amount.currency() != currency || said.amount.is_zero() {
            return Err(CashRefused::Amount(currency));
        }
        Ok(said)
    }

    /// The first a machine says of an order: the bank is asked for it, or it never will be.
    fn first_word(&self, tx: &mut dyn Tx, said: &CashIn, now: Moment) -> Result<Row, CashRefused> {
        let (token, stand) = match said.wish {
            CashWish::Load => {
                let token = self.account_token(tx, &said.account)?;
                (token.ok_or(CashRefused::Account)?, Stand::Asking)
            }
            CashWish::Back => (ValueId::default(), Stand::Back),
        };
        let row = Row {
            machine: Some(said.by),
            amount: said.amount,
            token,
            // Money is not held for ever because a machine repeats what somebody told it.
            until: said.until.min(now.plus(self.config.quote_life)),
            stand,
        };
        ORDERS.put(tx, &said.order, &row)?;
        Ok(row)
    }

    /// The account that a token of the issuer's own bank names.
    fn account_token(&self, tx: &mut dyn Tx, signed: &[u8]) -> Result<Option<ValueId>, Fault> {
        let Ok(value) = seal::parse::<Value>(signed, Kind::Value, self.desk.realm_id()) else {
            return Ok(None);
        };
        let value = value.claims();
        let is_account = value.kind == deal::ValueKind::Account && value.maker == self.config.bank;
        Ok((is_account && self.is_genuine(tx, value, signed)?).then_some(value.id))
    }

    fn cash_word(&self, order: OrderId, machine: PartyId, row: &Row, amount: Money) -> Step {
        let Some(word) = row.stand.word() else {
            return Step::NotYet(Span::seconds(1));
        };
        let cashed = Cashed { order, amount, word };
        Step::Answer(self.voice().letter(Kind::Cashed, machine, &cashed))
    }

    fn ask_for_cash(&self, tx: &mut dyn Tx, order: OrderId, row: &Row, now: Moment) -> Result<Step, Fault> {
        let transfer = TransferOrder {
            id: transfer_of(order),
            from: Place::Token(row.token),
            to: Place::Party(self.id()),
            amount: row.amount,
            reference: "cash for a card".to_owned(),
            by: self.id(),
            certificate: ByteVec::from(self.keys.certificate().to_vec()),
        };
        let body = self.voice().letter(Kind::Transfer, self.config.bank, &transfer);
        let then = cbor::to_bytes(&Then::Cash(order));
        let id = ErrandId::of("cash", &order.0);
        let errand = errand::post(tx, id, self.config.bank, Verb::Transfer, body, then, now)?;
        Ok(Step::Errand(errand))
    }

    /// The bank's word about an order's amount: from now on it is held, or it goes back.
    pub(super) fn cash_answered(
        &self,
        tx: &mut dyn Tx,
        errand: ErrandId,
        order: OrderId,
        reply: Reply<'_>,
        now: Moment,
    ) -> Result<Step, PayRefused> {
        crate::epoch::require::<PayRefused>(tx)?;
        let Some(mut row) = ORDERS.get(tx, &order)? else {
            errand::finish(tx, errand)?;
            return Ok(Step::Answer(Vec::new()));
        };
        if row.stand == Stand::Asking {
            let id = transfer_of(order);
            match self.bank_said(tx, reply, id, row.amount)? {
                None => return Ok(Step::NotYet(errand::later(tx, errand, now)?)),
                Some(Transferred::Refused(_)) => row.stand = Stand::Back,
                Some(Transferred::Booked(_)) => {
                    let legs = vec![Leg {
                        debit: Account::own(BANK),
                        credit: Account::of(CASH, order.0),
                        amount: row.amount,
                    }];
                    self.post(tx, "cash", Hash(seal::hash(&order.0).0), legs, now)?;
                    row.stand = Stand::Held;
                    WAITS.put(tx, &(row.until.plus(WAIT), order), &())?;
                }
            }
            ORDERS.put(tx, &order, &row)?;
        }
        errand::finish(tx, errand)?;
        Ok(match row.machine {
            Some(machine) => self.cash_word(order, machine, &row, row.amount),
            None => Step::Answer(Vec::new()),
        })
    }

    /// What is held for an order leaves again for the account it came from.
    fn cash_back(&self, tx: &mut dyn Tx, order: OrderId, row: &mut Row, now: Moment) -> Result<(), Fault> {
        let about = Hash(seal::hash(&order.0).0);
        let legs = vec![Leg {
            debit: Account::of(CASH, order.0),
            credit: Account::own(OUT),
            amount: row.amount,
        }];
        self.post(tx, "cash back", about, legs, now)
            .map_err(|stopped| match stopped {
                Stopped::Fault(fault) => fault,
                Stopped::Series => Fault::Stopped,
            })?;
        let id = books::posting_id("cash back", &about.0);
        let machine = row.machine.unwrap_or_default();
        // Written down: the sweep carries it out.
        self.send(tx, id, Place::Token(row.token), row.amount, For::Party(machine), now)?;
        WAITS.delete(tx, &(row.until.plus(WAIT), order))?;
        row.stand = Stand::Back;
        ORDERS.put(tx, &order, row)
    }

    /// A load whose money lies in a tray: given once it is held, void once it goes back.
    pub(super) fn load_cash(
        &self,
        tx: &mut dyn Tx,
        open: &OpenPay,
        card: CardNo,
        (order, amount): (OrderId, Money),
        now: Moment,
    ) -> Result<Unsaid, PayRefused> {
        let quote = &open.pay().quote;
        if order_of(open) != Some(order) || quote.credit != Some(amount) {
            return self.void(tx, open, VoidReason::Tender, now);
        }
        let Some(mut row) = ORDERS.get(tx, &order)? else {
            if now <= quote.until.plus(WAIT) {
                return Ok(Step::NotYet(Span::seconds(1)).into());
            }
            // No machine ever spoke of it: from now on none can.
            let row = Row {
                machine: None,
                amount,
                token: ValueId::default(),
                until: quote.until,
                stand: Stand::Back,
            };
            ORDERS.put(tx, &order, &row)?;
            return self.void(tx, open, VoidReason::NotCovered, now);
        };
        match row.stand {
            Stand::Asking => Ok(Step::NotYet(Span::seconds(1)).into()),
            Stand::Back => self.void(tx, open, VoidReason::NotCovered, now),
            // One order, one deal: whoever else names it came too late.
            Stand::Loaded(_) => self.void(tx, open, VoidReason::Tender, now),
            Stand::Held => {
                let refused = if row.amount == amount {
                    self.has_no_room(tx, card, amount)?.then_some(VoidReason::Limit)
                } else {
                    Some(VoidReason::Tender)
                };
                if let Some(reason) = refused {
                    self.cash_back(tx, order, &mut row, now)?;
                    return self.void(tx, open, reason, now);
                }
                self.loaded(tx, open, card, (order, row), now)
            }
        }
    }

    fn loaded(
        &self,
        tx: &mut dyn Tx,
        open: &OpenPay,
        card: CardNo,
        (order, mut row): (OrderId, Row),
        now: Moment,
    ) -> Result<Unsaid, PayRefused> {
        let legs = vec![Leg {
            debit: Account::of(CASH, order.0),
            credit: Account::of(FLOAT, card.0),
            amount: row.amount,
        }];
        self.post(tx, "cash loaded", Hash(open.deal().0), legs, now)?;
        WAITS.delete(tx, &(row.until.plus(WAIT), order))?;
        row.stand = Stand::Loaded(open.deal());
        ORDERS.put(tx, &order, &row)?;
        let gift = GiftSheet {
            credit: Some(row.amount),
            ..GiftSheet::default()
        };
        self.give(tx, open, gift, now)
    }

    /// Would so much more on the card be over what a card of its class may hold?
    pub(super) fn has_no_room(&self, view: &mut dyn View, card: CardNo, more: Money) -> Result<bool, Fault> {
        let row = CARDS.get(view, &card)?;
        let most = row.map(|row| self.config.limits(row.class).profile.balance_max);
        let float = self.shadow(view, card)?.float;
        Ok(most.is_none_or(|most| float.plus(more).is_ok_and(|sum| sum > most)))
    }

    /// What nobody paid in time goes back to its account, whether or not its machine asks.
    pub(super) fn release_cash(&self, tx: &mut dyn Tx, now: Moment) -> Result<(), Fault> {
        for ((at, order), ()) in WAITS.range(tx, Keys::all().until(&now), 100)? {
            WAITS.delete(tx, &(at, order))?;
            if let Some(mut row) = ORDERS.get(tx, &order)?.filter(|row| row.stand == Stand::Held) {
                self.cash_back(tx, order, &mut row, now)?;
            }
        }
        Ok(())
    }
}

/// Who may say that an amount is there: a machine with a tray, or a deposit centre on line, which is a carrier or a bank.
fn cash_role(
    machine: Result<Verified<role::Machine>, NotTrusted>,
    carrier: Result<Verified<role::Carrier>, NotTrusted>,
    bank: Result<Verified<role::Bank>, NotTrusted>,
) -> Result<Verified<role::Any>, NotTrusted> {
    let centre = carrier.map(Verified::whichever).or(bank.map(Verified::whichever));
    match machine {
        Ok(machine) => Ok(machine.whichever()),
        Err(no) => centre.map_err(|_| no),
    }
}

/// Every order's money is where its row says.
pub(super) fn audit(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    ORDERS.each::<Fault>(view, Keys::all(), |view, order, row| {
        let held = books::balance(view, Account::of(CASH, order.0))?;
        let should = if row.stand == Stand::Held {
            row.amount.minor()
        } else {
            0
        };
        if held != should {
            found.push(format!(
                "{held} is held for cash order {order}, which should be {should}"
            ));
        }
        if row.stand == Stand::Asking && errand::open(view, ErrandId::of("cash", &order.0))?.is_none() {
            found.push(format!("cash order {order} waits for the bank, and nobody asks it"));
        }
        if let Stand::Loaded(deal) = row.stand
            && !crate::decided::of(view, deal)?.is_some_and(|decided| decided.given())
        {
            found.push(format!("cash order {order} is loaded by a deal that was not given"));
        }
        Ok(())
    })
}
