//! Debit: a charge that a card asks this bank to pay from its holder's account, with no carrier between (ST-22). The holder's wallet
//! key is bound to the account beforehand, by whoever has the account's token. Each charge is decided once, in the write that
//! also moves the money; the seller learns of it as of any other transfer, and the holder sees it on his statement.

use deal::charge::{
    Charge, ChargeId, ChargeKnown, ChargeNotRead, ChargeStep, ChargeWord, Charged, OpenCharge, WhyRefused,
    decide_charge, open_charge, say_charged,
};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Seed, VerifyKey};
use store::{Fault, Keys, Map, Part, Step as Change, Table, Tx, Value, View};
use units::{Again, Moment, Money, OrderId, Refusal, TransferId, ValueId};

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
}
impl Value for Mandate {}

#[derive(Debug, Encode, Decode)]
#[cbor(array)]
pub(super) struct Debited {
    #[n(0)]
    pub(super) charge: Charge,
    #[n(1)]
    pub(super) known: ChargeKnown,
}
impl Value for Debited {}

const MANDATES: Map<[u8; 32], Mandate> = Map::new(Table::new("bank_mandates"));
pub(super) const DEBITS: Map<ChargeId, Debited> = Map::new(Table::new("bank_debits"));

/// Its tables.
pub(super) static PART: Part = Part::new("bank debit", &[Change::Create(&[MANDATES.table(), DEBITS.table()])]);

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
    /// The limit is in another currency.
    #[error("a limit is in this bank's currency")]
    Limit,
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
            Self::NotBooked(_) => "debit-not-booked",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NotRead(no) => no.again(),
            Self::OtherContent | Self::NoKey => Again::Never,
            Self::NoAccount | Self::KeyTaken | Self::Limit | Self::NotBooked(_) => Again::AfterYouAct,
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
    /// Lets a wallet's key debit an account, at most so much at once; the same again changes the limit.
    pub fn bind_debit(
        &self,
        tx: &mut dyn Tx,
        account: ValueId,
        key: VerifyKey,
        most: Money,
    ) -> Result<(), DebitRefused> {
        crate::epoch::require::<DebitRefused>(tx)?;
        if !self.has(tx, Holder::Token(account))? {
            return Err(DebitRefused::NoAccount);
        }
        if MANDATES.get(tx, &key.0)?.is_some_and(|other| other.account != account) {
            return Err(DebitRefused::KeyTaken);
        }
        if most.currency() != self.desk.currency() {
            return Err(DebitRefused::Limit);
        }
        Ok(MANDATES.put(tx, &key.0, &Mandate { account, most })?)
    }

    /// A wallet's key debits an account no more. What was decided stays.
    pub fn end_debit(&self, tx: &mut dyn Tx, account: ValueId, key: VerifyKey) -> Result<(), DebitRefused> {
        crate::epoch::require::<DebitRefused>(tx)?;
        if MANDATES
            .get(tx, &key.0)?
            .is_some_and(|mandate| mandate.account == account)
        {
            MANDATES.delete(tx, &key.0)?;
        }
        Ok(())
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
        let Some(mandate) = MANDATES.get(tx, &open.subscriber.0)? else {
            return Ok(Err(WhyRefused::NoSubscriber));
        };
        if charge.amount.is_zero() || charge.amount.currency() != self.desk.currency() {
            return Ok(Err(WhyRefused::Amount));
        }
        if charge.amount.minor() > mandate.most.minor() {
            return Ok(Err(WhyRefused::Limit));
        }
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
            Transferred::Booked(_) => Ok(()),
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

/// Every charge that is said to be paid moved its amount to its seller, and no other did.
pub(super) fn audit(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
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
