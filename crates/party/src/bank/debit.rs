//! Debit: a charge that a card asks this bank to pay from its holder's account, with no carrier between (ST-22). The holder's wallet
//! key is bound to the account beforehand, by whoever has the account's token: up to so much at once and in a month, and no more
//! than [`WALLETS_MAX`] wallets to an account. Each charge is decided once, in the write that also moves the money; the seller
//! learns of it as of any other transfer, and the holder sees it on his statement. What the bank keeps of charges is bounded by
//! the tags that an issuer certified: each is of one of them.

use deal::charge::{
    Charge, ChargeId, ChargeKnown, ChargeNotRead, ChargeStep, ChargeWord, Charged, OpenCharge, WhyRefused,
    decide_charge, open_charge, say_charged,
};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Seed, VerifyKey};
use store::{Fault, Keys, Map, Part, Step as Change, Table, Tx, Value, View};
use units::{Again, Moment, Money, OrderId, Refusal, Span, TransferId, ValueId};

use super::{Holder, HouseBank, TransferOrder, Transferred, WhyNot};
use crate::books::posting_id;

/// An account a wallet's key may debit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Mandate {
    /// The account.
    #[n(0)]
    pub account: ValueId,
    /// At most so much at once.
    #[n(1)]
    pub most: Money,
    /// And at most so much in a month; nothing said: [`MONTHS_WORTH`] times as much as at once.
    #[n(2)]
    pub in_month: Option<Money>,
    /// The month that runs, if anything was debited yet.
    #[n(3)]
    month: Option<Running>,
}
impl Value for Mandate {}

/// What was debited since a month began: with the first debit, whatever the calendar says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Running {
    #[n(0)]
    since: Moment,
    #[n(1)]
    minor: i64,
}

/// Most wallets that may debit one account: a family's, and some that were lost.
pub const WALLETS_MAX: usize = 8;
/// What may be debited in a month, in units of what may be at once, where nobody says it.
pub const MONTHS_WORTH: i64 = 10;
/// How long a month is here.
const MONTH: Span = Span::days(30);

impl Mandate {
    /// At most so much in a month.
    pub fn most_in_month(&self) -> Money {
        let usual = self.most.minor().saturating_mul(MONTHS_WORTH).min(units::AMOUNT_MAX);
        let usual = Money::new(usual, self.most.currency()).unwrap_or(self.most);
        self.in_month.unwrap_or(usual)
    }
    /// The month as it is once this is debited too; nothing, if that is too much, at once or in the month.
    fn with(&self, amount: Money, now: Moment) -> Option<Running> {
        let running = self.month.filter(|month| now < month.since.plus(MONTH));
        let month = running.unwrap_or(Running { since: now, minor: 0 });
        let minor = month.minor.saturating_add(amount.minor());
        let fits = amount.minor() <= self.most.minor() && minor <= self.most_in_month().minor();
        fits.then_some(Running { minor, ..month })
    }
}

#[derive(Debug, Encode, Decode)]
#[cbor(array)]
pub(super) struct Debited {
    #[n(0)]
    pub(super) charge: Charge,
    #[n(1)]
    pub(super) known: ChargeKnown,
}
impl Value for Debited {}

/// A charge that this bank decided, for whoever compares its books with others'.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debit {
    /// What was asked.
    pub charge: Charge,
    /// Was it paid?
    pub word: ChargeWord,
}

const MANDATES: Map<[u8; 32], Mandate> = Map::new(Table::new("bank_mandates"));
/// The wallets that were bound to an account.
const WALLETS: Map<(ValueId, [u8; 32]), ()> = Map::new(Table::new("bank_mandate_wallets"));
pub(super) const DEBITS: Map<ChargeId, Debited> = Map::new(Table::new("bank_debits"));

/// Its tables.
pub(super) static PART: Part = Part::new(
    "bank debit",
    &[
        Change::Create(&[MANDATES.table(), DEBITS.table()]),
        Change::Create(&[WALLETS.table()]),
    ],
);

/// Why a charge was not taken, or a wallet not bound, in order of precedence. Nothing is remembered of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DebitRefused {
    /// The bank is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// Not a genuine charge for this bank.
    #[error(transparent)]
    NotRead(#[from] ChargeNotRead),
    /// The id stands for another charge.
    #[error("this charge was decided before with another content; nothing has changed")]
    OtherContent,
    /// The answer cannot be sealed to the tag.
    #[error("the tag of this charge has no key that an answer could be sealed to")]
    NoKey,
    /// No such account.
    #[error("there is no such account")]
    NoAccount,
    /// Another account's key.
    #[error("this wallet's key is bound to another account; end that first")]
    KeyTaken,
    /// The limit is in another currency, or less in a month than at once.
    #[error("limits are in this bank's currency, and in a month no less than at once")]
    Limit,
    /// Enough wallets debit this account.
    #[error("{WALLETS_MAX} wallets debit this account already; end one of them first")]
    TooMany,
    /// The order was not one.
    #[error("the debit was not booked: {0}")]
    NotBooked(String),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for DebitRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotRead(no) => no.code(),
            Self::OtherContent => "charge-other-content",
            Self::NoKey => "charge-no-key",
            Self::NoAccount => "account-unknown",
            Self::KeyTaken => "mandate-key-taken",
            Self::Limit => "mandate-limit",
            Self::TooMany => "mandate-too-many",
            Self::NotBooked(_) => "debit-not-booked",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NotRead(no) => no.again(),
            Self::OtherContent | Self::NoKey => Again::Never,
            Self::NoAccount | Self::KeyTaken | Self::Limit | Self::TooMany | Self::NotBooked(_) => Again::AfterYouAct,
            Self::Fault(fault) => fault.again(),
        }
    }
}
crate::refused::refusals!(DebitRefused);

/// The transfer that pays a charge.
pub(super) fn transfer_of(charge: ChargeId) -> TransferId {
    posting_id("bank debits", &charge)
}

impl HouseBank {
    /// Lets a wallet's key debit an account, at most so much at once and in a month; the same again changes the limits, and a limit
    /// of nothing at once ends it. What was debited in the month that runs counts on.
    pub fn bind_debit(
        &self,
        tx: &mut dyn Tx,
        account: ValueId,
        key: VerifyKey,
        (most, in_month): (Money, Option<Money>),
    ) -> Result<(), DebitRefused> {
        crate::epoch::require::<DebitRefused>(tx)?;
        if !self.has(tx, Holder::Token(account))? {
            return Err(DebitRefused::NoAccount);
        }
        let before = MANDATES.get(tx, &key.0)?;
        if before.is_some_and(|other| other.account != account) {
            return Err(DebitRefused::KeyTaken);
        }
        let currency = self.desk.currency();
        let is_limit = |month: Money| month.currency() == currency && month.minor() >= most.minor();
        if most.currency() != currency || !in_month.is_none_or(is_limit) {
            return Err(DebitRefused::Limit);
        }
        if most.is_zero() {
            return self.end_debit(tx, account, key);
        }
        let wallets = WALLETS.range(tx, Keys::under(&account), WALLETS_MAX)?;
        if before.is_none() && wallets.len() >= WALLETS_MAX {
            return Err(DebitRefused::TooMany);
        }
        let mandate = Mandate {
            account,
            most,
            in_month,
            month: before.and_then(|before| before.month),
        };
        WALLETS.put(tx, &(account, key.0), &())?;
        Ok(MANDATES.put(tx, &key.0, &mandate)?)
    }

    /// What a wallet's key may debit, and where.
    pub fn mandate(&self, view: &mut dyn View, key: VerifyKey) -> Result<Option<Mandate>, Fault> {
        MANDATES.get(view, &key.0)
    }

    /// A wallet's key debits an account no more. What was decided stays.
    pub fn end_debit(&self, tx: &mut dyn Tx, account: ValueId, key: VerifyKey) -> Result<(), DebitRefused> {
        crate::epoch::require::<DebitRefused>(tx)?;
        if MANDATES
            .get(tx, &key.0)?
            .is_some_and(|mandate| mandate.account == account)
        {
            MANDATES.delete(tx, &key.0)?;
            WALLETS.delete(tx, &(account, key.0))?;
        }
        Ok(())
    }

    /// A page of the charges that were decided, by their ids, after the one given.
    pub fn debits(&self, view: &mut dyn View, after: Option<ChargeId>, limit: usize) -> Result<Vec<Debit>, Fault> {
        let keys = after.map_or_else(Keys::all, |after| Keys::all().after(&after));
        let rows = DEBITS.range(view, keys, limit)?.into_iter();
        let debit = |(_, row): (ChargeId, Debited)| Debit {
            charge: row.charge,
            word: row.known.said.word,
        };
        Ok(rows.map(debit).collect())
    }

    /// Takes a charge as it travels. May be repeated for ever, with the same answer.
    pub(super) fn debit(&self, tx: &mut dyn Tx, body: &[u8], now: Moment) -> Result<Vec<u8>, DebitRefused> {
        crate::epoch::require::<DebitRefused>(tx)?;
        let known = self.desk.known(tx)?;
        let open = open_charge(body, self.id(), self.keys.opener(), &known.trust)?;
        let before = DEBITS.get(tx, &open.charge.charge)?.map(|row| row.known);
        let will = match before {
            Some(_) => Ok(()),
            None => self.pay(tx, &open, now)?,
        };
        match decide_charge((&open.charge, open.content), before.as_ref(), will, now) {
            ChargeStep::Repeat(said) => self.say_debited(&said, &open),
            ChargeStep::OtherContent => Err(DebitRefused::OtherContent),
            ChargeStep::Decide(known) => {
                let said = known.said.clone();
                let charge = open.charge.clone();
                DEBITS.put(
                    tx,
                    &charge.charge,
                    &Debited {
                        charge: charge.clone(),
                        known,
                    },
                )?;
                self.say_debited(&said, &open)
            }
        }
    }

    /// Moves the money, if the rules and the account allow it.
    fn pay(&self, tx: &mut dyn Tx, open: &OpenCharge, now: Moment) -> Result<Result<(), WhyRefused>, DebitRefused> {
        let charge = &open.charge;
        let Some(mut mandate) = MANDATES.get(tx, &open.subscriber.0)? else {
            return Ok(Err(WhyRefused::NoSubscriber));
        };
        if charge.amount.is_zero() || charge.amount.currency() != self.desk.currency() {
            return Ok(Err(WhyRefused::Amount));
        }
        mandate.month = match mandate.with(charge.amount, now) {
            Some(month) => Some(month),
            None => return Ok(Err(WhyRefused::Limit)),
        };
        let order = TransferOrder {
            id: transfer_of(charge.charge),
            from: Holder::Token(mandate.account),
            to: Holder::Party(charge.seller),
            amount: charge.amount,
            reference: OrderId(charge.charge).to_string(),
            by: self.id(),
            certificate: ByteVec::from(Vec::new()),
        };
        let outcome = self.book_once(tx, &order, now);
        Ok(match outcome.map_err(|no| DebitRefused::NotBooked(no.to_string()))? {
            Transferred::Booked(_) => {
                MANDATES.put(tx, &open.subscriber.0, &mandate)?;
                Ok(())
            }
            Transferred::Refused(WhyNot::NotCovered) => Err(WhyRefused::NotCovered),
            // Nobody of this realm is paid there.
            Transferred::Refused(WhyNot::NoAccount) => Err(WhyRefused::NotTrusted),
            Transferred::Refused(WhyNot::Amount) => Err(WhyRefused::Amount),
        })
    }

    fn say_debited(&self, said: &Charged, open: &OpenCharge) -> Result<Vec<u8>, DebitRefused> {
        let secret = self.keys.derive("charged/seal", &[&said.charge]);
        let seed = Seed::new(*secret.expose());
        let (realm, keys) = (self.desk.realm_id(), &self.keys);
        let bytes = say_charged(said, realm, keys.signer(), keys.certificate(), &open.to, &seed);
        bytes.map_err(|_| DebitRefused::NoKey)
    }
}

/// Every charge that is said to be paid moved its amount to its seller, and no other did; and every wallet of an account is one
/// that may debit it.
pub(super) fn audit(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    WALLETS.each::<Fault>(view, Keys::all(), |view, (account, key), ()| {
        if MANDATES
            .get(view, &key)?
            .is_none_or(|mandate| mandate.account != account)
        {
            found.push("a wallet is counted to an account that it may not debit".to_owned());
        }
        Ok(())
    })?;
    DEBITS.each::<Fault>(view, Keys::all(), |view, id, row| {
        let kept = super::account::TRANSFERS.get(view, &transfer_of(id))?;
        let booked = kept.filter(|kept| matches!(kept.outcome, Transferred::Booked(_)));
        let fits = match row.known.said.word {
            ChargeWord::Paid => booked.is_some_and(|kept| kept.amount == row.charge.amount),
            ChargeWord::Refused => booked.is_none(),
        };
        if !fits {
            found.push(format!("debit {} was not booked as it was decided", OrderId(id)));
        }
        Ok(())
    })
}
