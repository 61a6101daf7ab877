//! Issued: approvals, from the moment the amount is held until it is charged or back.

use deal::approval::Approval;
use minicbor::{Decode, Encode};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{ApprovalId, DealId, Moment, Money};

use crate::{Means, RequestId, UserId};

/// How an approval ended without a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum End {
    /// Nobody used it in time.
    #[n(0)]
    Expired,
    /// Its user took it back.
    #[n(1)]
    Cancelled,
    /// Whoever settles gave it up.
    #[n(2)]
    Abandoned,
    /// Whoever settles was permitted and said nothing for too long; the approver's people gave it up.
    #[n(3)]
    Silent,
}

/// Where an approval stands. The amount is held in the first two, and in no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum State {
    /// It may be used.
    #[n(0)]
    Open,
    /// It is used by this sale, and will be charged or abandoned by whoever settles it; time does not end it any more.
    #[n(1)]
    Permitted(#[n(0)] DealId),
    /// Charged; of it this is the approver's part.
    #[n(2)]
    Charged(#[n(0)] DealId, #[n(1)] Money),
    /// Ended; for an abandoned one, by which sale.
    #[n(3)]
    Ended(#[n(0)] End, #[n(1)] Option<DealId>),
}

/// An approval as its issuer keeps it: the only place where user and purchase meet, and the purchase is a kind and a price.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Issued {
    /// What was signed.
    #[n(0)]
    pub approval: Approval,
    /// Whose.
    #[n(1)]
    pub user: UserId,
    /// With what it is paid.
    #[n(2)]
    pub means: Means,
    /// The kind of work.
    #[n(3)]
    pub what: String,
    /// When it was issued.
    #[n(4)]
    pub at: Moment,
    /// Where it stands.
    #[n(5)]
    pub state: State,
    /// Was it issued without the bureau, which was silent?
    #[n(6)]
    pub unasked: bool,
    /// The question it answers.
    #[n(7)]
    pub request: RequestId,
    /// When it was charged, if it was.
    #[n(8)]
    pub charged: Option<Moment>,
    /// When its amount came back after a charge, if it did.
    #[n(9)]
    pub refunded: Option<Moment>,
}
impl Value for Issued {}

impl Issued {
    /// Is its amount held?
    pub const fn holds(&self) -> bool {
        matches!(self.state, State::Open | State::Permitted(_))
    }
}

pub(crate) const ISSUED: Map<ApprovalId, Issued> = Map::new(Table::new("approver_issued"));
/// A user's approvals, oldest first.
pub(crate) const BY_USER: Map<(UserId, Moment, ApprovalId), ()> = Map::new(Table::new("approver_by_user"));
/// Open ones by the moment they end.
pub(crate) const ENDS: Map<(Moment, ApprovalId), ()> = Map::new(Table::new("approver_ends"));
/// Permitted ones, whose sellers have yet to say what became of them, by the last moment at which they could be used.
pub(crate) const WAITED: Map<(Moment, ApprovalId), ()> = Map::new(Table::new("approver_waited"));

/// Writes a change of state, and keeps the lists by time right.
pub(crate) fn put(tx: &mut dyn Tx, issued: &Issued) -> Result<(), Fault> {
    let (id, until) = (issued.approval.id, issued.approval.until);
    let lists = [
        (ENDS, issued.state == State::Open),
        (WAITED, matches!(issued.state, State::Permitted(_))),
    ];
    for (list, belongs) in lists {
        if belongs {
            list.put(tx, &(until, id), &())?;
        } else {
            list.delete(tx, &(until, id))?;
        }
    }
    ISSUED.put(tx, &id, issued)
}

/// Writes a new one.
pub(crate) fn insert(tx: &mut dyn Tx, issued: &Issued) -> Result<(), Fault> {
    BY_USER.put(tx, &(issued.user, issued.at, issued.approval.id), &())?;
    put(tx, issued)
}

/// A user's approvals, newest first.
pub(crate) fn of_user(view: &mut dyn View, user: UserId, limit: usize) -> Result<Vec<Issued>, Fault> {
    let rows = BY_USER.range(view, Keys::under(&user).newest_first(), limit)?;
    let mut out = Vec::with_capacity(rows.len());
    for ((_, _, id), ()) in rows {
        out.extend(ISSUED.get(view, &id)?);
    }
    Ok(out)
}
