//! Centre: a deposit centre on line. It loads purses of people whose password it knows, from their account or onto their bill
//! (ST-20).
//!
//! Run by: a bank (whose account pays at once) or a carrier (who pays first and bills it). Needs: the issuer. Adds: its word
//! that somebody it knows pays for an order. Must not see: the card or the purse; the order's number is all it learns.
//!
//! ```text
//!   asked ──► promised ──► held ──► loaded   (and from now on its person owes it, or has paid)
//!                │           └────► back     (and whatever was kept free is free again)
//!                └ written with its question to the issuer, which is asked until it has decided, once for ever
//! ```
//!
//! It is a deposit machine without a tray (`deposit.rs`): the issuer takes the amount from an account of its bank, holds it for
//! the one order, and the card that has the quote of that number gets it. Whoever is cut off asks again and hears the same.

use minicbor::{Decode, Encode, bytes::ByteVec};
use signin::{AccountId, Gate, Hashed, Name, NameTaken};
use store::{Fault, Keys, Map, Part, Step as Change, Table, Tx, Value, View};
use units::{Again, Currency, Moment, Money, OrderId, PartyId, Refusal, Span};

use crate::{
    Party,
    cash_line::CashLine,
    desk::Desk,
    errand::{self, ErrandId, Reply, Step, Verb},
    issuer::{CashWish, CashWord},
    keys::PartyKeys,
};
use seal::Seed;

/// Somebody, to this party alone: an account, a subscriber.
pub type Who = [u8; 16];

/// Settings of a deposit centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CentreConfig {
    /// The money issuer.
    pub issuer: PartyId,
    /// The issuer's bank's signed token of the account that pays: the centre's own. Nothing, where each person has one (a bank).
    pub account: Vec<u8>,
    /// Most for one order.
    pub most: Money,
    /// How long after the quote's end it waits for the card.
    pub patience: Span,
}

/// What stands behind an order at the party that keeps it: whatever is kept free for it becomes owed, or is free again.
pub trait Payer {
    /// Keeps the amount free, and names the account from which the issuer takes it; nothing: this person may not have so much.
    fn keep(
        &self,
        tx: &mut dyn Tx,
        who: Who,
        order: OrderId,
        amount: Money,
        now: Moment,
    ) -> Result<Option<Vec<u8>>, Fault>;
    /// It is in the purse: this person owes it, if he has not paid already.
    fn take(&self, tx: &mut dyn Tx, who: Who, order: OrderId, amount: Money, now: Moment) -> Result<(), Fault>;
    /// It never will be.
    fn let_go(&self, tx: &mut dyn Tx, who: Who, order: OrderId, amount: Money, now: Moment) -> Result<(), Fault>;
}

/// How an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum CentreStand {
    /// The issuer is told.
    #[n(0)]
    Promised,
    /// The issuer has the amount, and waits for the card.
    #[n(1)]
    Held,
    /// It is in the purse.
    #[n(2)]
    Loaded,
    /// It is not, and never will be.
    #[n(3)]
    Back,
}

impl CentreStand {
    const fn waits(self) -> bool {
        matches!(self, Self::Promised | Self::Held)
    }
}

/// An order, for ever.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct CentreOrder {
    /// Whose.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub who: Who,
    /// How much.
    #[n(1)]
    pub amount: Money,
    /// Until when the card's quote is good.
    #[n(2)]
    pub until: Moment,
    /// How it stands.
    #[n(3)]
    pub stand: CentreStand,
    /// Its person, or the centre's patience, wants it back.
    #[n(4)]
    pub wants_back: bool,
    /// The account it is taken from.
    #[n(5)]
    account: ByteVec,
}
impl Value for CentreOrder {}

#[derive(Debug, Clone, Copy, Encode, Decode)]
#[cbor(transparent)]
struct Whose(#[cbor(n(0), with = "minicbor::bytes")] Who);
impl Value for Whose {}

const ORDERS: Map<OrderId, CentreOrder> = Map::new(Table::new("centre_orders"));
/// Who signs in with which account.
const PEOPLE: Map<[u8; 16], Whose> = Map::new(Table::new("centre_people"));
/// And the other way round.
const SIGNS: Map<[u8; 16], Whose> = Map::new(Table::new("centre_signs"));

/// Its tables, beside those of whoever keeps it.
pub static PART: Part = Part::new(
    "centre",
    &[Change::Create(&[ORDERS.table(), PEOPLE.table(), SIGNS.table()])],
);

/// Why nothing is loaded, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CentreRefused {
    /// The centre is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// No centre.
    #[error("money is not loaded here")]
    NotHere,
    /// Name or password.
    #[error("name and password do not fit together here; type both again")]
    NoMatch,
    /// Too many tries.
    #[error("too many wrong passwords; the next one is heard from {0} on")]
    Slow(Moment),
    /// The order is somebody else's, or about another amount.
    #[error("this order was about something else before; begin again with the amount")]
    OtherOrder,
    /// No such order here.
    #[error("no such order here; begin again with the amount")]
    NoOrder,
    /// Nothing, too much, or another currency.
    #[error("name an amount in {0}, more than nothing and at most {1}")]
    Amount(Currency, Money),
    /// The quote has ended.
    #[error("the offer to load this ended; begin again with the amount")]
    Ended,
    /// The quote is good for longer than money is kept for one.
    #[error("money is kept for an hour at most; begin again with a card's own quote")]
    Far,
    /// This person may not have so much.
    #[error("{0} is more than you may load here now; choose a smaller amount")]
    Limit(Money),
    /// Another person's name.
    #[error("this name is somebody else's here; choose another")]
    NameTaken,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for CentreRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotHere => "centre-not-here",
            Self::NoMatch => "centre-no-match",
            Self::Slow(_) => "centre-slow",
            Self::OtherOrder => "centre-other-order",
            Self::NoOrder => "centre-no-order",
            Self::Amount(..) => "centre-amount",
            Self::Ended => "centre-ended",
            Self::Far => "centre-far",
            Self::Limit(_) => "centre-limit",
            Self::NameTaken => "centre-name-taken",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Slow(_) => Again::Later,
            Self::Fault(fault) => fault.again(),
            _ => Again::AfterYouAct,
        }
    }
}
crate::refused::refusals!(CentreRefused);

impl From<NameTaken> for CentreRefused {
    fn from(no: NameTaken) -> Self {
        match no {
            NameTaken::Fault(fault) => Self::Fault(fault),
            NameTaken::Taken => Self::NameTaken,
        }
    }
}

/// A load somebody asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// The number of the card's quote.
    pub order: OrderId,
    /// How much.
    pub amount: Money,
    /// Until when that quote is good.
    pub until: Moment,
}

/// A card's quote for a load lives for minutes. What a stranger says beyond that would keep the payer's money for as long.
const QUOTE_LIFE: Span = Span::minutes(60);

/// A party that loads purses for people it knows.
pub trait Loads: Party {
    /// Its centre, if it is one.
    fn centre(&self) -> Option<Centre<'_>>;
}

/// The centre of a party: its keys and settings, what stands behind an order, and how its errands are named among the party's.
pub struct Centre<'a> {
    /// Signs.
    pub keys: &'a PartyKeys,
    /// Knows the others.
    pub desk: &'a Desk,
    /// Its settings.
    pub config: &'a CentreConfig,
    /// What stands behind an order.
    pub payer: &'a dyn Payer,
    /// What the party's errands say about an order.
    pub then: fn(OrderId) -> Vec<u8>,
}

impl core::fmt::Debug for Centre<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Centre({})", self.keys.id())
    }
}

/// An order of a party that is a centre.
pub fn order_of(view: &mut dyn View, order: OrderId) -> Result<Option<CentreOrder>, Fault> {
    ORDERS.get(view, &order)
}

/// Whose account of `signin` this is.
pub fn who_signs(view: &mut dyn View, account: AccountId) -> Result<Option<Who>, Fault> {
    Ok(PEOPLE.get(view, &account.0)?.map(|whose| whose.0))
}

/// Lets somebody sign in here with a name and a password; again, it is another password. `moves`: a name that was another
/// person's before is this one's now, as telephone numbers are given out again.
pub fn let_in(
    tx: &mut dyn Tx,
    gate: &Gate,
    (who, name): (Who, &Name),
    password: &Hashed,
    moves: bool,
    now: Moment,
    seed: &Seed,
) -> Result<(), CentreRefused> {
    let account = match gate.find(tx, name)? {
        None => gate.open_account(tx, name, now, seed)?,
        Some(account) => {
            let whose = PEOPLE.get(tx, &account.0)?.map(|whose| whose.0);
            if whose.is_some_and(|other| other != who) && !moves {
                return Err(CentreRefused::NameTaken);
            }
            if let Some(other) = whose.filter(|other| *other != who) {
                SIGNS.delete(tx, &other)?;
            }
            account
        }
    };
    // One name for one person: the old one lets nobody in any more.
    if let Some(before) = SIGNS.get(tx, &who)?.filter(|before| before.0 != account.0) {
        PEOPLE.delete(tx, &before.0)?;
        gate.close_account(tx, AccountId(before.0))?;
    }
    PEOPLE.put(tx, &account.0, &Whose(who))?;
    SIGNS.put(tx, &who, &Whose(account.0))?;
    Ok(gate.set_password(tx, account, password)?)
}

/// Somebody signs in here no more: name and password go. Nobody who has none is refused.
pub fn let_out(tx: &mut dyn Tx, gate: &Gate, who: Who) -> Result<(), Fault> {
    if let Some(account) = SIGNS.get(tx, &who)? {
        SIGNS.delete(tx, &who)?;
        PEOPLE.delete(tx, &account.0)?;
        gate.forget(tx, AccountId(account.0))?;
    }
    Ok(())
}

impl Centre<'_> {
    const fn line(&self) -> CashLine<'_> {
        CashLine {
            keys: self.keys,
            desk: self.desk,
            issuer: self.config.issuer,
        }
    }

    /// Somebody who has shown who he is asks for a load: written down with the question to the issuer. The same again asks the
    /// same again.
    pub fn begin(&self, tx: &mut dyn Tx, who: Who, wish: Wish, now: Moment) -> Result<Step, CentreRefused> {
        crate::epoch::require::<CentreRefused>(tx)?;
        if let Some(row) = ORDERS.get(tx, &wish.order)? {
            if (row.who, row.amount) != (who, wish.amount) {
                return Err(CentreRefused::OtherOrder);
            }
            return Ok(match row.stand.waits() {
                true => Step::Errand(self.tell(tx, wish.order, &row, now)?),
                false => Step::Answer(Vec::new()),
            });
        }
        let (currency, most) = (self.desk.currency(), self.config.most);
        if wish.amount.currency() != currency || wish.amount.is_zero() || wish.amount > most {
            return Err(CentreRefused::Amount(currency, most));
        }
        if now > wish.until {
            return Err(CentreRefused::Ended);
        }
        if wish.until > now.plus(QUOTE_LIFE) {
            return Err(CentreRefused::Far);
        }
        let kept = self.payer.keep(tx, who, wish.order, wish.amount, now)?;
        let row = CentreOrder {
            who,
            amount: wish.amount,
            until: wish.until,
            stand: CentreStand::Promised,
            wants_back: false,
            account: kept.ok_or(CentreRefused::Limit(wish.amount))?.into(),
        };
        ORDERS.put(tx, &wish.order, &row)?;
        Ok(Step::Errand(self.tell(tx, wish.order, &row, now)?))
    }

    /// Back, please: as the issuer decides, who may have loaded it already.
    pub fn take_back(&self, tx: &mut dyn Tx, order: OrderId, now: Moment) -> Result<Step, CentreRefused> {
        crate::epoch::require::<CentreRefused>(tx)?;
        let mut row = ORDERS.get(tx, &order)?.ok_or(CentreRefused::NoOrder)?;
        Ok(match row.stand.waits() {
            true => self.want_back(tx, order, &mut row, now)?,
            false => Step::Answer(Vec::new()),
        })
    }

    /// The question about an order that is not decided, to be asked now: somebody waits for it.
    pub fn ask_again(&self, view: &mut dyn View, order: OrderId) -> Result<Option<errand::Errand>, Fault> {
        match ORDERS.get(view, &order)?.filter(|row| row.stand.waits()) {
            Some(row) => errand::again(view, errand_of(order, row.wants_back)),
            None => Ok(None),
        }
    }

    fn want_back(&self, tx: &mut dyn Tx, order: OrderId, row: &mut CentreOrder, now: Moment) -> Result<Step, Fault> {
        row.wants_back = true;
        ORDERS.put(tx, &order, row)?;
        errand::finish(tx, errand_of(order, false))?;
        Ok(Step::Errand(self.tell(tx, order, row, now)?))
    }

    fn tell(&self, tx: &mut dyn Tx, order: OrderId, row: &CentreOrder, now: Moment) -> Result<errand::Errand, Fault> {
        let wish = if row.wants_back { CashWish::Back } else { CashWish::Load };
        let body = self.line().say((order, row.amount, row.until), wish, &row.account);
        let id = errand_of(order, row.wants_back);
        errand::post(tx, id, self.config.issuer, Verb::Cash, body, (self.then)(order), now)
    }

    /// The issuer has answered an errand about this order, or not. Only its signed word ends one.
    pub fn heard(
        &self,
        tx: &mut dyn Tx,
        (errand, order): (ErrandId, OrderId),
        reply: Reply<'_>,
        now: Moment,
    ) -> Result<Step, Fault> {
        let Some(mut row) = ORDERS.get(tx, &order)?.filter(|row| row.stand.waits()) else {
            errand::finish(tx, errand)?;
            return Ok(Step::Answer(Vec::new()));
        };
        let is_refused = matches!(reply, Reply::Refused(_));
        let is_late = now > row.until.plus(self.config.patience);
        row.stand = match self.line().word(tx, order, row.amount, reply)? {
            Some(CashWord::Loaded) => {
                self.payer.take(tx, row.who, order, row.amount, now)?;
                CentreStand::Loaded
            }
            Some(CashWord::Back) => {
                self.payer.let_go(tx, row.who, order, row.amount, now)?;
                CentreStand::Back
            }
            Some(CashWord::Held) if is_late && !row.wants_back => return self.want_back(tx, order, &mut row, now),
            Some(CashWord::Held) => {
                row.stand = CentreStand::Held;
                ORDERS.put(tx, &order, &row)?;
                errand::later(tx, errand, now)?;
                // Whoever waits may let his card pay now; what comes of it, the sweep hears.
                return Ok(Step::Answer(Vec::new()));
            }
            None if is_refused && !row.wants_back => return self.want_back(tx, order, &mut row, now),
            None => return Ok(Step::NotYet(errand::later(tx, errand, now)?)),
        };
        ORDERS.put(tx, &order, &row)?;
        errand::finish(tx, errand_of(order, false))?;
        errand::finish(tx, errand_of(order, true))?;
        Ok(Step::Answer(Vec::new()))
    }
}

fn errand_of(order: OrderId, back: bool) -> ErrandId {
    ErrandId::of(if back { "online back" } else { "online load" }, &order.0)
}

/// Every order, for the audit of whoever stands behind it.
pub fn each(
    view: &mut dyn View,
    mut look: impl FnMut(&mut dyn View, OrderId, CentreOrder) -> Result<(), Fault>,
) -> Result<(), Fault> {
    ORDERS.each::<Fault>(view, Keys::all(), &mut look)
}

/// An order that waits is asked about, and no other.
pub fn audit(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    each(view, |view, order, row| {
        let asked = errand::open(view, errand_of(order, row.wants_back))?.is_some();
        if row.stand.waits() != asked {
            found.push(format!(
                "online deposit {order} is {:?}, and the errands say otherwise",
                row.stand
            ));
        }
        Ok(())
    })
}
