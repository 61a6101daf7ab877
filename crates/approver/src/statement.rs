//! Statements: what a user may spend, owes, and has approved; and the approver's own figures.

use std::collections::BTreeMap;

use store::{Fault, View};
use units::{ApprovalId, Moment, Money, PartyId};

use crate::{
    Approver, Issued, Means, UserId,
    books::{self, OWED, POINTS, ROOM, VALUE},
    issued::{ISSUED, of_user},
};

/// Where a user stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// How much may be owed in all.
    pub limit: Money,
    /// What of it is free.
    pub room: Money,
    /// What is owed and not yet paid.
    pub owed: Money,
    /// Prepaid value that is free.
    pub value: Money,
    /// Points that are free.
    pub points: Money,
    /// Held by open approvals, of all means.
    pub held: Money,
}

/// One approval, as its user sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number.
    pub id: ApprovalId,
    /// The seller.
    pub seller: PartyId,
    /// Everything else.
    pub issued: Issued,
}

impl Approver {
    /// Where a user stands.
    pub fn standing(&self, view: &mut dyn View, user: UserId) -> Result<Option<Standing>, Fault> {
        let Some(row) = self.user(view, user)? else {
            return Ok(None);
        };
        let currency = self.desk.currency();
        let money = |minor: i64| Money::new(minor.max(0), currency).unwrap_or(Money::zero(currency));
        let mut held = 0_i64;
        let mut free = BTreeMap::new();
        for (means, line) in [(Means::Credit, ROOM), (Means::Value, VALUE), (Means::Points, POINTS)] {
            let (posted, available) = books::stands(view, line.of(user.0))?;
            held = held.saturating_add(posted.saturating_sub(available));
            free.insert(means, available);
        }
        let (owed, _) = books::stands(view, OWED.of(user.0))?;
        let of = |means| money(free.get(&means).copied().unwrap_or(0));
        Ok(Some(Standing {
            limit: row.limit,
            room: of(Means::Credit),
            owed: money(owed),
            value: of(Means::Value),
            points: of(Means::Points),
            held: money(held),
        }))
    }

    /// A user's approvals, newest first, at most `limit`.
    pub fn lines(&self, view: &mut dyn View, user: UserId, limit: usize) -> Result<Vec<Line>, Fault> {
        let lines = of_user(view, user, limit)?;
        Ok(lines
            .into_iter()
            .map(|issued| Line {
                id: issued.approval.id,
                seller: issued.approval.seller,
                issued,
            })
            .collect())
    }

    /// An approval, for the approver's own people.
    pub fn issued(&self, view: &mut dyn View, id: ApprovalId) -> Result<Option<Issued>, Fault> {
        ISSUED.get(view, &id)
    }

    /// A user's approvals since `from`, oldest first: a statement.
    pub fn statement(&self, view: &mut dyn View, user: UserId, from: Moment) -> Result<Vec<Line>, Fault> {
        let mut lines = self.lines(view, user, 1000)?;
        lines.retain(|line| line.issued.at >= from);
        lines.reverse();
        Ok(lines)
    }

    /// The approver's own figures, for stories and consoles.
    pub fn figures(&self, view: &mut dyn View) -> Result<BTreeMap<String, i64>, Fault> {
        let mut out: BTreeMap<String, i64> = BTreeMap::new();
        for (name, minor) in books::own_sheet(view)? {
            out.insert(name.to_owned(), minor);
        }
        let (mut open, mut charged, mut held) = (0_i64, 0_i64, 0_i64);
        ISSUED.each::<Fault>(view, store::Keys::all(), |_, _, issued| {
            open = open.saturating_add(i64::from(issued.holds()));
            charged = charged.saturating_add(i64::from(issued.charged.is_some()));
            if issued.holds() {
                held = held.saturating_add(issued.approval.amount.minor());
            }
            Ok(())
        })?;
        out.insert("approvals open".into(), open);
        out.insert("approvals charged".into(), charged);
        out.insert("held".into(), held);
        Ok(out)
    }
}
