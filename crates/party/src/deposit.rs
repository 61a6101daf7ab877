//! Deposit: a machine that takes cash and puts it into a purse (ST-8).
//!
//! Run by: a bank, a station, a shop. Needs: an account at the issuer's bank, from which what it takes is paid at once; a
//! [`Cashbox`]. Adds: nothing to the money; it says what lies in its tray. Must not see: the purse, but for what the holder
//! shows it. The load itself is a deal between the card and the issuer; the machine only carries its messages.
//!
//! ```text
//!   named ──► promised ──► held ──► keep ──────► kept
//!     │           │          │     (loaded)
//!     └───────────┴──────────┴────► give back ──► returned
//! ```
//!
//! Notes stay in the tray, where they can still be given back, until the issuer has decided the order for ever
//! (`issuer/cash.rs`). Each arrow is one write; the box does what the row says after it is durable, and once for an order,
//! however often it is told. So wherever the machine dies, its row and its tray say together what is still to be done.

use minicbor::{Decode, Encode};
use seal::{Seed, cbor};
use store::{Fault, Keys, Map, Part, Step as Change, Table, Tx, Value, View};
use units::{Again, Currency, Moment, Money, OrderId, PartyId, Refusal, Span};

use crate::{
    Party, Refused,
    cash_line::CashLine,
    desk::Desk,
    errand::{self, ErrandId, Reply, Step, Verb},
    issuer::{CashWish, CashWord},
    keys::PartyKeys,
    mechanism::Jam,
};

/// What touches notes and coins. It counts what lies in its tray and does as it is told with all of it, once for an order:
/// it remembers the last order it has finished by its own means, through a loss of power too.
pub trait Cashbox {
    /// What lies in the tray: counted, genuine, and not swallowed yet.
    fn counted(&self) -> Result<Money, Jam>;
    /// Swallows what lies in the tray for this order, or gives it back. Told again, it does nothing.
    fn finish(&mut self, order: OrderId, keep: bool) -> Result<(), Jam>;
}

/// Settings of a deposit machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepositConfig {
    /// The money issuer.
    pub issuer: PartyId,
    /// The issuer's bank's signed token of the operator's account.
    pub account: Vec<u8>,
    /// Most cash for one order.
    pub most: Money,
    /// How long after the quote's end the machine waits for the card before it wants the notes back.
    pub patience: Span,
}

/// How an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Stand {
    /// An amount was named; notes may come.
    #[n(0)]
    Named,
    /// The amount lies in the tray, and the issuer is told.
    #[n(1)]
    Promised,
    /// The issuer has the amount from the operator's account, and waits for the card.
    #[n(2)]
    Held,
    /// It is in the purse: the box is to swallow the notes.
    #[n(3)]
    Keep,
    /// It never will be: the box is to give them back.
    #[n(4)]
    GiveBack,
    /// Swallowed.
    #[n(5)]
    Kept,
    /// Given back.
    #[n(6)]
    Returned,
}

impl Stand {
    const fn waits_for_issuer(self) -> bool {
        matches!(self, Self::Promised | Self::Held)
    }
    const fn is_over(self) -> bool {
        matches!(self, Self::Kept | Self::Returned)
    }
}

/// An order of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Order {
    /// What its person named: exactly so much is loaded, or nothing.
    #[n(0)]
    pub amount: Money,
    /// Until when the card's quote is good.
    #[n(1)]
    pub until: Moment,
    /// How it stands.
    #[n(2)]
    pub stand: Stand,
    /// Its person, or the machine's patience, wants the notes back.
    #[n(3)]
    pub wants_back: bool,
    /// When it was named.
    #[n(4)]
    pub at: Moment,
}
impl Value for Order {}

/// How long a machine waits for the notes of one order at most, whatever its card's quote says.
pub const WAITS_MOST: Span = Span::minutes(15);

/// How long a machine remembers an order whose notes it gave back.
const RETURNED_KEPT: Span = Span::days(1);

const ORDERS: Map<OrderId, Order> = Map::new(Table::new("deposit_orders"));
/// The one order whose notes are in the tray.
const CURRENT: Map<u8, OrderIs> = Map::new(Table::new("deposit_current"));

#[derive(Debug, Encode, Decode)]
#[cbor(array)]
struct OrderIs {
    #[n(0)]
    order: OrderId,
}
impl Value for OrderIs {}

static PART: Part = Part::new("deposit", &[Change::Create(&[ORDERS.table(), CURRENT.table()])]);

/// What a deposit machine's store is opened with.
pub static PARTS: &[&Part] = &[&crate::desk::PART, &crate::errand::PART, &crate::epoch::PART, &PART];

/// Why a deposit machine does not go on, in order of precedence. Nothing has changed, and no note was swallowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DepositRefused {
    /// Somebody else's notes are in the tray.
    #[error("this machine is busy with another order; wait until it has ended")]
    Busy,
    /// No such order here.
    #[error("no such order here; begin again with the amount")]
    NoOrder,
    /// Nothing, too much, or another currency.
    #[error("name an amount in {0}, more than nothing and at most {1}")]
    Amount(Currency, Money),
    /// The quote has ended.
    #[error("the offer to load this ended; begin again with the amount")]
    Ended,
    /// Too little in the tray.
    #[error("{0} is missing; put it in, or take everything back")]
    Short(Money),
    /// Too much in the tray: nothing is loaded, and no change is given.
    #[error("{0} too much was put in; take everything back and put in the amount, or name another")]
    Over(Money),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for DepositRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Busy => "deposit-busy",
            Self::NoOrder => "deposit-no-order",
            Self::Amount(..) => "deposit-amount",
            Self::Ended => "deposit-ended",
            Self::Short(_) => "deposit-short",
            Self::Over(_) => "deposit-over",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Busy => Again::Later,
            Self::Fault(fault) => fault.again(),
            _ => Again::AfterYouAct,
        }
    }
}
crate::refused::refusals!(DepositRefused);

/// What the machine does with the issuer's word: about this order.
#[derive(Debug, Encode, Decode)]
#[cbor(array)]
struct Then(#[n(0)] OrderId);

/// A deposit machine.
#[derive(Debug)]
pub struct DepositMachine {
    keys: PartyKeys,
    desk: Desk,
    config: DepositConfig,
}

impl DepositMachine {
    /// The machine with these keys.
    pub const fn new(keys: PartyKeys, desk: Desk, config: DepositConfig) -> Self {
        Self { keys, desk, config }
    }
    /// Has it an account that pays for what it takes? Without one it takes nothing.
    pub const fn takes_cash(&self) -> bool {
        !self.config.account.is_empty()
    }
    /// Its certificate.
    pub fn certificate(&self) -> &[u8] {
        self.keys.certificate()
    }

    /// The order whose notes are in the tray, if there is one.
    pub fn current(&self, view: &mut dyn View) -> Result<Option<(OrderId, Order)>, Fault> {
        let Some(OrderIs { order }) = CURRENT.get(view, &0)? else {
            return Ok(None);
        };
        Ok(ORDERS.get(view, &order)?.map(|row| (order, row)))
    }

    /// An order of this machine, whenever it was.
    pub fn order(&self, view: &mut dyn View, order: OrderId) -> Result<Option<Order>, Fault> {
        ORDERS.get(view, &order)
    }

    /// Somebody names an amount. `order` and `until` are those of his card's quote to load it. The same again changes
    /// nothing.
    pub fn name(
        &self,
        tx: &mut dyn Tx,
        order: OrderId,
        amount: Money,
        until: Moment,
        now: Moment,
    ) -> Result<Order, DepositRefused> {
        if let Some(row) = ORDERS.get(tx, &order)? {
            return Ok(row);
        }
        if CURRENT.get(tx, &0)?.is_some() {
            return Err(DepositRefused::Busy);
        }
        let currency = self.desk.currency();
        if amount.currency() != currency || amount.is_zero() || amount > self.config.most {
            return Err(DepositRefused::Amount(currency, self.config.most));
        }
        if now > until {
            return Err(DepositRefused::Ended);
        }
        let row = Order {
            amount,
            // Whoever names it is not asked who he is: his word does not keep the tray from others for ever.
            until: until.min(now.plus(WAITS_MOST)),
            stand: Stand::Named,
            wants_back: false,
            at: now,
        };
        self.forget_returned(tx, now)?;
        ORDERS.put(tx, &order, &row)?;
        CURRENT.put(tx, &0, &OrderIs { order })?;
        Ok(row)
    }

    /// What came to nothing is kept for as long as somebody may ask for it, and not for ever: whoever names an order is not
    /// asked who he is. The issuer never loads such an order any more, whoever speaks of it again.
    fn forget_returned(&self, tx: &mut dyn Tx, now: Moment) -> Result<(), Fault> {
        let mut gone = Vec::new();
        ORDERS.each::<Fault>(tx, Keys::all(), |_, order, row| {
            if row.stand == Stand::Returned && row.at.plus(RETURNED_KEPT) < now {
                gone.push(order);
            }
            Ok(())
        })?;
        for order in gone {
            ORDERS.delete(tx, &order)?;
        }
        Ok(())
    }

    /// The notes are in the tray and their owner agrees: `counted` is what the box says. Exactly the amount, and the issuer
    /// is told; anything else, and nothing happens.
    pub fn promise(
        &self,
        tx: &mut dyn Tx,
        order: OrderId,
        counted: Money,
        now: Moment,
    ) -> Result<Step, DepositRefused> {
        let mut row = ORDERS.get(tx, &order)?.ok_or(DepositRefused::NoOrder)?;
        if row.stand != Stand::Named {
            return Ok(Step::Answer(Vec::new()));
        }
        if now > row.until {
            return Err(DepositRefused::Ended);
        }
        if let Ok(over) = counted.minus(row.amount)
            && !over.is_zero()
        {
            return Err(DepositRefused::Over(over));
        }
        if counted != row.amount {
            return Err(DepositRefused::Short(row.amount.minus(counted).unwrap_or(row.amount)));
        }
        row.stand = Stand::Promised;
        ORDERS.put(tx, &order, &row)?;
        Ok(Step::Errand(self.tell(tx, order, &row, now)?))
    }

    /// Everything back, please. Before the promise at once; after it as the issuer decides, who may have loaded it already.
    pub fn take_back(&self, tx: &mut dyn Tx, order: OrderId, now: Moment) -> Result<Step, DepositRefused> {
        let mut row = ORDERS.get(tx, &order)?.ok_or(DepositRefused::NoOrder)?;
        Ok(self.want_back(tx, order, &mut row, now)?)
    }

    fn want_back(&self, tx: &mut dyn Tx, order: OrderId, row: &mut Order, now: Moment) -> Result<Step, Fault> {
        if row.stand == Stand::Named {
            row.stand = Stand::GiveBack;
            ORDERS.put(tx, &order, row)?;
        }
        if !row.stand.waits_for_issuer() {
            return Ok(Step::Answer(Vec::new()));
        }
        row.wants_back = true;
        ORDERS.put(tx, &order, row)?;
        errand::finish(tx, loading(order))?;
        Ok(Step::Errand(self.tell(tx, order, row, now)?))
    }

    /// The question about an order that the issuer has not answered for good yet, to be asked now and not only when its turn
    /// comes: whoever stands there waits.
    pub fn ask_again(&self, view: &mut dyn View, order: OrderId) -> Result<Option<errand::Errand>, Fault> {
        let row = ORDERS.get(view, &order)?.filter(|row| row.stand.waits_for_issuer());
        match row {
            Some(row) if row.wants_back => errand::again(view, returning(order)),
            Some(_) => errand::again(view, loading(order)),
            None => Ok(None),
        }
    }

    /// What the box is to do now: swallow (`true`) or give back what lies in its tray for this order.
    pub fn to_do(&self, view: &mut dyn View) -> Result<Option<(OrderId, bool)>, Fault> {
        let current = self.current(view)?;
        Ok(current.and_then(|(order, row)| match row.stand {
            Stand::Keep => Some((order, true)),
            Stand::GiveBack => Some((order, false)),
            _ => None,
        }))
    }

    /// The box has done it. The tray is free for the next.
    pub fn done(&self, tx: &mut dyn Tx, order: OrderId) -> Result<(), Fault> {
        let Some(mut row) = ORDERS.get(tx, &order)? else {
            return Ok(());
        };
        row.stand = match row.stand {
            Stand::Keep => Stand::Kept,
            Stand::GiveBack => Stand::Returned,
            _ => return Ok(()),
        };
        ORDERS.put(tx, &order, &row)?;
        CURRENT.delete(tx, &0)?;
        Ok(())
    }

    /// What was swallowed in all: what the box must hold until it is emptied.
    pub fn kept(&self, view: &mut dyn View) -> Result<i64, Fault> {
        let mut sum = 0_i64;
        ORDERS.each::<Fault>(view, Keys::all(), |_, _, row| {
            if row.stand == Stand::Kept {
                sum = sum.saturating_add(row.amount.minor());
            }
            Ok(())
        })?;
        Ok(sum)
    }

    fn tell(&self, tx: &mut dyn Tx, order: OrderId, row: &Order, now: Moment) -> Result<errand::Errand, Fault> {
        let wish = if row.wants_back { CashWish::Back } else { CashWish::Load };
        let line = self.line();
        let body = line.say((order, row.amount, row.until), wish, &self.config.account);
        let id = if row.wants_back {
            returning(order)
        } else {
            loading(order)
        };
        errand::post(
            tx,
            id,
            self.config.issuer,
            Verb::Cash,
            body,
            cbor::to_bytes(&Then(order)),
            now,
        )
    }

    const fn line(&self) -> CashLine<'_> {
        CashLine {
            keys: &self.keys,
            desk: &self.desk,
            issuer: self.config.issuer,
        }
    }

    fn heard(
        &self,
        tx: &mut dyn Tx,
        errand: ErrandId,
        order: OrderId,
        reply: Reply<'_>,
        now: Moment,
    ) -> Result<Step, Fault> {
        let Some(mut row) = ORDERS.get(tx, &order)?.filter(|row| row.stand.waits_for_issuer()) else {
            errand::finish(tx, errand)?;
            return Ok(Step::Answer(Vec::new()));
        };
        // A promise that the issuer will not take may still have reached it in another form: only its word frees the notes.
        let is_refused = matches!(reply, Reply::Refused(_));
        let over = match self.line().word(tx, order, row.amount, reply)? {
            Some(CashWord::Loaded) => Stand::Keep,
            Some(CashWord::Back) => Stand::GiveBack,
            Some(CashWord::Held) if !self.is_patient(&row, now) && !row.wants_back => {
                return self.want_back(tx, order, &mut row, now);
            }
            Some(CashWord::Held) => {
                row.stand = Stand::Held;
                ORDERS.put(tx, &order, &row)?;
                return Ok(Step::NotYet(errand::later(tx, errand, now)?));
            }
            None if is_refused && !row.wants_back => return self.want_back(tx, order, &mut row, now),
            None => return Ok(Step::NotYet(errand::later(tx, errand, now)?)),
        };
        row.stand = over;
        ORDERS.put(tx, &order, &row)?;
        errand::finish(tx, loading(order))?;
        errand::finish(tx, returning(order))?;
        Ok(Step::Answer(Vec::new()))
    }

    const fn is_patient(&self, row: &Order, now: Moment) -> bool {
        now.0 <= row.until.plus(self.config.patience).0
    }
}

fn loading(order: OrderId) -> ErrandId {
    ErrandId::of("cash in", &order.0)
}
fn returning(order: OrderId) -> ErrandId {
    ErrandId::of("cash out", &order.0)
}

impl Party for DepositMachine {
    fn id(&self) -> PartyId {
        self.keys.id()
    }
    fn desk(&self) -> &Desk {
        &self.desk
    }
    fn parts(&self) -> &'static [&'static Part] {
        PARTS
    }
    fn serve(&self, _: &mut dyn Tx, _: Verb, _: &[u8], _: Moment, _: &Seed) -> Result<Step, Refused> {
        Err(Refused::other_verb())
    }
    fn answered(
        &self,
        tx: &mut dyn Tx,
        id: ErrandId,
        reply: Reply<'_>,
        now: Moment,
        _: &Seed,
    ) -> Result<Step, Refused> {
        let Some(row) = errand::open(tx, id)? else {
            return Ok(Step::Answer(Vec::new()));
        };
        let Then(order) = crate::giver::then(&row.then)?;
        Ok(self.heard(tx, id, order, reply, now)?)
    }
    fn tend(&self, tx: &mut dyn Tx, now: Moment, _: &Seed) -> Result<(), Refused> {
        let Some((order, mut row)) = self.current(tx)? else {
            return Ok(());
        };
        // Whoever named an amount and left gets his notes back when his quote has ended.
        let is_left = row.stand == Stand::Named && now > row.until;
        let waited = row.stand.waits_for_issuer() && !row.wants_back && !self.is_patient(&row, now);
        if is_left || waited {
            let _ = self.want_back(tx, order, &mut row, now)?;
        }
        Ok(())
    }
    fn audit(&self, view: &mut dyn View) -> Result<Vec<String>, Fault> {
        let current = CURRENT.get(view, &0)?.map(|is| is.order);
        let mut found = Vec::new();
        ORDERS.each::<Fault>(view, Keys::all(), |view, order, row| {
            if row.stand.is_over() == (current == Some(order)) {
                found.push(format!(
                    "deposit {order} is {:?}, and the tray says otherwise",
                    row.stand
                ));
            }
            let asks = |view: &mut dyn View, id| Ok::<_, Fault>(errand::open(view, id)?.is_some());
            let is_asked = asks(view, loading(order))? || asks(view, returning(order))?;
            if row.stand.waits_for_issuer() != is_asked {
                found.push(format!(
                    "deposit {order} is {:?}, and the errands say otherwise",
                    row.stand
                ));
            }
            Ok(())
        })?;
        Ok(found)
    }
}
