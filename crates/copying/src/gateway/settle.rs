//! Settle: what is owed to the server's operator is paid by a cheque: an order to the bank that the server itself brings
//! there. One at a time, each with a number for ever; said again until the bank has answered.

use minicbor::{Decode, Encode, bytes::ByteVec};
use party::{
    bank::{Place, TransferOrder, Transferred},
    books::{self, Account, Leg, PostRefused, Posting, posting_id},
    epoch,
};
use seal::{Audience, Kind, cbor};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Again, Hash, Moment, Money, Refusal, TransferId};

use super::{CASH, Gateway, OWED, SENT};
use crate::server::Payment;

#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(super) struct Cheque {
    #[n(0)]
    id: TransferId,
    #[n(1)]
    amount: Money,
    #[n(2)]
    order: ByteVec,
    #[n(3)]
    outcome: Option<Transferred>,
}
impl Value for Cheque {}

/// Cheques by number.
pub(super) const CHEQUES: Map<u64, Cheque> = Map::new(Table::new("gateway_cheques"));
/// The number of the latest.
pub(super) const STANDING: Map<(), u64> = Map::new(Table::new("gateway_cheques_last"));

/// Why no cheque was written or closed, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettleRefused {
    /// The gateway is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] epoch::NotReconciled),
    /// Not an outcome.
    #[error("this is no outcome of a cheque: {0}")]
    Malformed(#[from] cbor::NotCanonical),
    /// The books refuse: a bug or damage.
    #[error("the books do not take this ({0}); nothing has changed")]
    Books(PostRefused),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for SettleRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::Malformed(_) => "outcome-malformed",
            Self::Books(no) => no.code(),
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Fault(fault) => fault.again(),
            _ => Again::Never,
        }
    }
}

impl From<PostRefused> for SettleRefused {
    fn from(no: PostRefused) -> Self {
        match no {
            PostRefused::Fault(fault) => Self::Fault(fault),
            other => Self::Books(other),
        }
    }
}

impl Gateway {
    /// The cheque to be sent to the server now: the one under way, or a new one for everything owed; nothing, where nothing
    /// is.
    pub fn settle(&self, tx: &mut dyn Tx, now: Moment) -> Result<Option<Vec<u8>>, SettleRefused> {
        epoch::require::<SettleRefused>(tx)?;
        let last = STANDING.get(tx, &())?.unwrap_or(0);
        if let Some(open) = CHEQUES.get(tx, &last)?.filter(|cheque| cheque.outcome.is_none()) {
            return Ok(Some(open.order.into()));
        }
        let amount = books::money(tx, Account::own(OWED), Money::zero(self.desk.currency()))?;
        if amount.is_zero() {
            return Ok(None);
        }
        let number = last.saturating_add(1);
        let id = posting_id("cheque", &[&self.keys.id().0[..], &number.to_be_bytes()].concat());
        let order = TransferOrder {
            id,
            from: Place::Party(self.keys.id()),
            to: Place::Party(self.settings.server),
            amount,
            reference: format!("keys delivered {number}"),
            by: self.keys.id(),
            certificate: self.keys.certificate().to_vec().into(),
        };
        let audience = Audience::from(self.settings.bank);
        let bytes = seal::sign(
            self.keys.signer(),
            Kind::Transfer,
            self.desk.realm_id(),
            audience,
            &order,
        );
        self.book(tx, id, "cheque sent", (OWED, SENT), amount, now)?;
        CHEQUES.put(
            tx,
            &number,
            &Cheque {
                id,
                amount,
                order: bytes.clone().into(),
                outcome: None,
            },
        )?;
        STANDING.put(tx, &(), &number)?;
        Ok(Some(bytes))
    }

    /// The cheque under way, to be said again until the server knows what the bank made of it.
    pub fn open_cheque(&self, view: &mut dyn View) -> Result<Option<Vec<u8>>, Fault> {
        let last = STANDING.get(view, &())?.unwrap_or(0);
        let open = CHEQUES.get(view, &last)?.filter(|cheque| cheque.outcome.is_none());
        Ok(open.map(|cheque| cheque.order.into()))
    }

    /// What was paid and is being paid to the server's operator, by cheque.
    pub fn payments(&self, view: &mut dyn View, limit: usize) -> Result<Vec<Payment>, Fault> {
        let found = CHEQUES.range(view, Keys::all().newest_first(), limit)?;
        let one = |cheque: Cheque| Payment {
            id: cheque.id,
            amount: cheque.amount,
            outcome: cheque.outcome,
        };
        Ok(found.into_iter().map(|(_, cheque)| one(cheque)).collect())
    }

    /// The server says what the bank made of the cheque under way.
    pub fn settled(&self, tx: &mut dyn Tx, outcome: &[u8], now: Moment) -> Result<(), SettleRefused> {
        let outcome: Transferred = cbor::from_bytes(outcome)?;
        let last = STANDING.get(tx, &())?.unwrap_or(0);
        let Some(mut cheque) = CHEQUES.get(tx, &last)?.filter(|cheque| cheque.outcome.is_none()) else {
            return Ok(());
        };
        let id = posting_id("cheque closed", &cheque.id.0);
        match outcome {
            Transferred::Booked(_) => self.book(tx, id, "cheque booked", (SENT, CASH), cheque.amount, now)?,
            // The bank will never book this number: the sum is owed as before, and the next cheque has another.
            Transferred::Refused(_) => self.book(tx, id, "cheque refused", (SENT, OWED), cheque.amount, now)?,
        }
        cheque.outcome = Some(outcome);
        Ok(CHEQUES.put(tx, &last, &cheque)?)
    }

    fn book(
        &self,
        tx: &mut dyn Tx,
        id: TransferId,
        what: &'static str,
        (debit, credit): (books::Sort, books::Sort),
        amount: Money,
        now: Moment,
    ) -> Result<(), PostRefused> {
        let leg = Leg {
            debit: Account::own(debit),
            credit: Account::own(credit),
            amount,
        };
        books::post(
            tx,
            &Posting {
                id,
                what,
                about: Hash([0; 32]),
                legs: vec![leg],
            },
            now,
        )
    }
}
