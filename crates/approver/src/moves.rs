//! Moves: what was charged to a user within a time, given back, paid and filled in, read from the books themselves: a statement
//! says what the ledger says.

use std::collections::BTreeMap;

use ledger::{Entry, Side};
use store::{Fault, View};
use units::{Moment, Money, TransferId};

use crate::{
    Approver, Issued, Means, UserId,
    books::{self, OWED, POINTS, VALUE},
    issued::of_user,
};

/// Entries read at a time.
const SOME: usize = 256;
/// Approvals that are looked through for what an entry was for.
const APPROVALS: usize = 10_000;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// A purchase was charged. Nothing: it is not known any more which.
    Charged(Option<Box<Issued>>),
    /// What a purchase cost came back.
    GivenBack(Box<Issued>),
    /// A bill was paid.
    Paid,
    /// Value was paid in, or points were given.
    Filled,
    /// Value was paid out again, or points lapsed.
    Drained,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// When it was booked.
    pub at: Moment,
    /// What happened.
    pub what: Moved,
    /// Of which of the user's accounts; credit: of what is owed.
    pub means: Means,
    /// How much.
    pub amount: Money,
    /// At the user's cost? What is owed is more, or what is left is less.
    pub costs: bool,
}

/// A user's books within a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moves {
    /// What was owed at its beginning.
    pub opening: Money,
    /// What was owed at its end.
    pub closing: Money,
    /// What happened between, oldest first.
    pub moves: Vec<Move>,
}

/// What entries of charges and refunds are called, and for which approval.
type Causes = BTreeMap<TransferId, (Issued, bool)>;

fn causes(view: &mut dyn View, user: UserId) -> Result<Causes, Fault> {
    let mut causes = Causes::new();
    for issued in of_user(view, user, APPROVALS)? {
        let id = issued.approval.id;
        if issued.charged.is_some() {
            causes.insert(books::charge_of(id, issued.means), (issued.clone(), true));
        }
        if issued.refunded.is_some() {
            causes.insert(books::refund_of(id), (issued, false));
        }
    }
    Ok(causes)
}

/// An account's entries from `from` on, newest first.
fn since(view: &mut dyn View, account: ledger::AccountId, from: Moment) -> Result<Vec<Entry>, Fault> {
    let (mut out, mut before) = (Vec::new(), None);
    loop {
        let some = ledger::latest_entries(view, account, before, SOME)?;
        let Some((oldest, _)) = some.last() else {
            return Ok(out);
        };
        before = Some(*oldest);
        for (_, entry) in some {
            if entry.at < from {
                return Ok(out);
            }
            if entry.posted > 0 {
                out.push(entry);
            }
        }
    }
}

fn what(entry: &Entry, means: Means, costs: bool, causes: &Causes) -> Moved {
    match (causes.get(&entry.transfer), means, costs) {
        (Some((issued, true)), ..) => Moved::Charged(Some(Box::new(issued.clone()))),
        (Some((issued, false)), ..) => Moved::GivenBack(Box::new(issued.clone())),
        (None, Means::Credit, true) => Moved::Charged(None),
        (None, Means::Credit, false) => Moved::Paid,
        (None, _, true) => Moved::Drained,
        (None, _, false) => Moved::Filled,
    }
}

impl Approver {
    /// What happened to a user's accounts from `from` until before `to`.
    pub fn moves(&self, view: &mut dyn View, user: UserId, from: Moment, to: Moment) -> Result<Moves, Fault> {
        let (currency, causes) = (self.desk.currency(), causes(view, user)?);
        let money = |minor: i64| Money::new(minor.max(0), currency).unwrap_or(Money::zero(currency));
        let (owed, _) = books::stands(view, OWED.of(user.0))?;
        let (mut opening, mut closing) = (owed, owed);
        let mut moves = Vec::new();
        for (means, line) in [(Means::Credit, OWED), (Means::Value, VALUE), (Means::Points, POINTS)] {
            for entry in since(view, line.of(user.0), from)? {
                // Debits: more is owed, or less is left.
                let costs = entry.side == Side::Debit;
                let minor = i64::try_from(entry.posted).unwrap_or(i64::MAX);
                if means == Means::Credit {
                    let back = if costs { minor.saturating_neg() } else { minor };
                    opening = opening.saturating_add(back);
                    if entry.at >= to {
                        closing = closing.saturating_add(back);
                    }
                }
                if entry.at < to {
                    moves.push(Move {
                        at: entry.at,
                        what: what(&entry, means, costs, &causes),
                        means,
                        amount: money(minor),
                        costs,
                    });
                }
            }
        }
        moves.reverse();
        moves.sort_by_key(|one| one.at);
        Ok(Moves {
            opening: money(opening),
            closing: money(closing),
            moves,
        })
    }
}
