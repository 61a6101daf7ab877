//! Refund: a purchase is given back, whole or in part, on the bill of the open month. The parts of one purchase never add up to
//! more than it cost (row-9).

use minicbor::{Decode, Encode};
use store::{Fault, Map, Table, Tx, Value, View};
use units::{Again, Moment, Money, Refusal, TransferId};

use crate::{Carrier, ContentRef, content::BOUGHT};

/// What was given back.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Refund {
    /// Of which purchase.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub of: ContentRef,
    /// How much.
    #[n(1)]
    pub amount: Money,
    /// When.
    #[n(2)]
    pub at: Moment,
}
impl Value for Refund {}

pub(crate) const REFUNDS: Map<TransferId, Refund> = Map::new(Table::new("carrier_refunds"));

/// Why nothing was given back, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RefundRefused {
    /// The carrier is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] party::epoch::NotReconciled),
    /// The id stands for another refund.
    #[error("this refund was made before with another content; a new one needs a new id")]
    OtherContent,
    /// No such purchase.
    #[error("there is no such purchase")]
    NoPurchase,
    /// Nothing, or another currency.
    #[error("a refund is more than nothing, in the currency of the purchase")]
    Amount,
    /// More than is left of it.
    #[error("{0} is left of this purchase; no more can be given back")]
    TooMuch(Money),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for RefundRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::OtherContent => "refund-other-content",
            Self::NoPurchase => "purchase-unknown",
            Self::Amount => "refund-amount",
            Self::TooMuch(_) => "refund-too-much",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Fault(fault) => fault.again(),
            _ => Again::AfterYouAct,
        }
    }
}

/// Notes a refund that was just booked.
pub(crate) fn note(tx: &mut dyn Tx, id: TransferId, of: ContentRef, amount: Money, now: Moment) -> Result<(), Fault> {
    REFUNDS.put(tx, &id, &Refund { of, amount, at: now })
}

impl Carrier {
    /// Gives back a purchase or a part of it. `id` is drawn once and given again on a repeat, which changes nothing.
    pub fn refund(
        &self,
        tx: &mut dyn Tx,
        id: TransferId,
        of: ContentRef,
        amount: Money,
        now: Moment,
    ) -> Result<Refund, RefundRefused> {
        party::epoch::require::<RefundRefused>(tx)?;
        if let Some(known) = REFUNDS.get(tx, &id)? {
            let same = known.of == of && known.amount == amount;
            return if same {
                Ok(known)
            } else {
                Err(RefundRefused::OtherContent)
            };
        }
        // Money in a purse goes back by its issuer, who pays it out.
        let bought = BOUGHT.get(tx, &of)?.filter(|it| it.origin != crate::Origin::Load);
        let bought = bought.ok_or(RefundRefused::NoPurchase)?;
        let kept = self.under_refund(tx, of)?;
        if amount.is_zero() || amount.currency() != bought.amount.currency() {
            return Err(RefundRefused::Amount);
        }
        let kept = Money::new(i64::try_from(kept).unwrap_or(i64::MAX), amount.currency());
        let zero = Money::zero(amount.currency());
        let left = kept.and_then(|kept| bought.remaining().minus(kept)).unwrap_or(zero);
        if amount.minor() > left.minor() {
            return Err(RefundRefused::TooMuch(left));
        }
        self.give_back(tx, of, id.0, amount, now)?;
        let refund = Refund { of, amount, at: now };
        REFUNDS.put(tx, &id, &refund)?;
        Ok(refund)
    }

    /// A refund.
    pub fn refund_of(&self, view: &mut dyn View, id: TransferId) -> Result<Option<Refund>, Fault> {
        REFUNDS.get(view, &id)
    }
}
