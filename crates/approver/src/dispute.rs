//! Disputes: a user says that a charge is not right; the approver's people look at it, and give back or do not.

use ledger::PostRefused;
use minicbor::{Decode, Encode};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Again, ApprovalId, Moment, Refusal};

use crate::{
    Approver, State, UserId,
    issued::{self, ISSUED},
    money::damage,
};

/// What became of a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Outcome {
    /// Nobody has decided.
    #[n(0)]
    Open,
    /// The money came back at the seller's cost.
    #[n(1)]
    BySeller,
    /// It came back at the approver's cost.
    #[n(2)]
    ByApprover,
    /// The charge stands.
    #[n(3)]
    Stands,
}

/// A dispute.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Dispute {
    /// Whose.
    #[n(0)]
    pub user: UserId,
    /// Since when.
    #[n(1)]
    pub at: Moment,
    /// How it ended, or that it has not.
    #[n(2)]
    pub outcome: Outcome,
    /// When.
    #[n(3)]
    pub decided: Option<Moment>,
}
impl Value for Dispute {}

pub(crate) const DISPUTES: Map<ApprovalId, Dispute> = Map::new(Table::new("approver_disputes"));

/// Why nothing was disputed or given back, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DisputeRefused {
    /// The approver is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] party::epoch::NotReconciled),
    /// No such charge of this user.
    #[error("there is no such charge")]
    NoCharge,
    /// It was decided otherwise.
    #[error("this was decided before, otherwise")]
    Decided,
    /// The seller is not owed so much any more.
    #[error("the seller is no longer owed so much; it can be given back at your own cost")]
    SellerPaid,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for DisputeRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NoCharge => "charge-unknown",
            Self::Decided => "dispute-decided",
            Self::SellerPaid => "seller-paid",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Fault(fault) => fault.again(),
            Self::SellerPaid => Again::AfterYouAct,
            _ => Again::Never,
        }
    }
}
impl From<DisputeRefused> for party::Refused {
    fn from(no: DisputeRefused) -> Self {
        Self::by(&no)
    }
}

impl Approver {
    /// A user disputes a charge. Again, it is disputed still.
    pub fn dispute(&self, tx: &mut dyn Tx, user: UserId, id: ApprovalId, now: Moment) -> Result<(), DisputeRefused> {
        party::epoch::require::<DisputeRefused>(tx)?;
        let issued = ISSUED.get(tx, &id)?.filter(|issued| issued.user == user);
        if !issued.is_some_and(|issued| matches!(issued.state, State::Charged(..))) {
            return Err(DisputeRefused::NoCharge);
        }
        let dispute = Dispute {
            user,
            at: now,
            outcome: Outcome::Open,
            decided: None,
        };
        if !DISPUTES.has(tx, &id)? {
            DISPUTES.put(tx, &id, &dispute)?;
        }
        Ok(())
    }

    /// The approver's people decide about a charge, disputed or not. Again with the same decision, it is decided still.
    pub fn settle_dispute(
        &self,
        tx: &mut dyn Tx,
        id: ApprovalId,
        outcome: Outcome,
        now: Moment,
    ) -> Result<(), DisputeRefused> {
        party::epoch::require::<DisputeRefused>(tx)?;
        let mut issued = ISSUED.get(tx, &id)?.ok_or(DisputeRefused::NoCharge)?;
        let State::Charged(_, part) = issued.state else {
            return Err(DisputeRefused::NoCharge);
        };
        let known = DISPUTES.get(tx, &id)?;
        match known.as_ref().map(|known| known.outcome) {
            Some(before) if before == outcome => return Ok(()),
            Some(Outcome::Open) | None => {}
            Some(_) => return Err(DisputeRefused::Decided),
        }
        let seller = issued.approval.settles.0;
        if matches!(outcome, Outcome::BySeller | Outcome::ByApprover) {
            let by_seller = (outcome == Outcome::BySeller).then_some((seller, part));
            let amount = issued.approval.amount;
            match self
                .books(tx, now)
                .refund(id, issued.user, issued.means, amount, by_seller)
            {
                Ok(()) => {}
                Err(PostRefused::NotEnough { .. }) => return Err(DisputeRefused::SellerPaid),
                Err(PostRefused::Fault(fault)) => return Err(fault.into()),
                Err(other) => return Err(damage(&other).into()),
            }
            issued.refunded = Some(now);
            issued::put(tx, &issued)?;
        }
        let dispute = Dispute {
            user: issued.user,
            at: known.map_or(now, |known| known.at),
            outcome,
            decided: (outcome != Outcome::Open).then_some(now),
        };
        Ok(DISPUTES.put(tx, &id, &dispute)?)
    }

    /// Disputes, at most `limit`.
    pub fn disputes(&self, view: &mut dyn View, limit: usize) -> Result<Vec<(ApprovalId, Dispute)>, Fault> {
        DISPUTES.range(view, Keys::all(), limit)
    }

    /// The dispute about a charge, if there is one.
    pub fn dispute_of(&self, view: &mut dyn View, id: ApprovalId) -> Result<Option<Dispute>, Fault> {
        DISPUTES.get(view, &id)
    }
}
