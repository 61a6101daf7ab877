//! Books: how approvals stand in the ledger. Everything that moves has an id that follows from its cause.
//!
//! | event | debit | credit |
//! |---|---|---|
//! | a limit is raised | credit granted | room to owe of the user |
//! | approved | *held:* room, prepaid value or points of the user | approved |
//! | charged | the same, posted; approved; owed by the user (credit) | approved; seller, part; credit granted |
//! | ended without a charge | *voided* | |
//! | a bill is paid | cash; credit granted | owed by the user; room |
//! | value or points come | cash; points given | prepaid value; points |
//! | value is paid back, points lapse | prepaid value; points | cash; points given |
//! | charged, of an approval that was forgotten | forgotten | seller, part |
//! | refunded | seller, or disputes | what the user paid with |
//! | a seller is paid | seller; under way | under way; cash |

use ledger::{Account, AccountId, Kind, Limit, PostRefused, Posted, Transfer};
use store::{Fault, Tx, View};
use units::{ApprovalId, Currency, Moment, Money, TransferId};

use crate::{Means, UserId};

/// A line of the chart of accounts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    name: &'static str,
    kind: Kind,
    limit: Limit,
}

const fn line(name: &'static str, kind: Kind, limit: Limit) -> Line {
    Line { name, kind, limit }
}

/// What a user may still owe.
pub(crate) const ROOM: Line = line("room to owe", Kind::Liability, Limit::DebitsWithinCredits);
/// Paid in by a user.
pub(crate) const VALUE: Line = line("prepaid value", Kind::Liability, Limit::DebitsWithinCredits);
/// Given to a user.
pub(crate) const POINTS: Line = line("points", Kind::Liability, Limit::DebitsWithinCredits);
/// What a user owes.
pub(crate) const OWED: Line = line("owed by users", Kind::Asset, Limit::CreditsWithinDebits);
/// What is owed to a seller or whoever settles for one.
pub(crate) const SELLER: Line = line("owed to sellers", Kind::Liability, Limit::DebitsWithinCredits);
const GRANTED: Line = line("credit granted", Kind::Asset, Limit::None);
const CASH: Line = line("cash", Kind::Asset, Limit::None);
const GIVEN: Line = line("points given", Kind::Expense, Limit::None);
const APPROVED: Line = line("approved", Kind::Liability, Limit::None);
const PART: Line = line("part of sales", Kind::Income, Limit::None);
const DISPUTES: Line = line("disputes", Kind::Expense, Limit::None);
const FORGOTTEN: Line = line("forgotten", Kind::Expense, Limit::None);
const OUT: Line = line("on its way to sellers", Kind::Liability, Limit::None);

impl Line {
    pub(crate) fn of(self, whose: [u8; 16]) -> AccountId {
        AccountId::named(self.name, &whose)
    }
    fn own(self) -> AccountId {
        AccountId::named(self.name, b"")
    }
    fn open(self, tx: &mut dyn Tx, whose: &[u8], currency: Currency, now: Moment) -> Result<AccountId, PostRefused> {
        let id = AccountId::named(self.name, whose);
        if ledger::balance(tx, id)?.is_some() {
            return Ok(id);
        }
        // Books are read by auditors: no account is called after a person.
        let name = if whose.is_empty() {
            self.name.to_owned()
        } else {
            format!("{} {}", self.name, id)
        };
        let damaged = |why: &dyn core::fmt::Display| Fault::Corrupt {
            table: "ledger_accounts",
            why: why.to_string(),
        };
        ledger::begin(tx, now, currency).map_err(|no| damaged(&no))?;
        ledger::open_account(tx, now, &Account::new(id, &name, self.kind, self.limit)).map_err(|no| damaged(&no))?;
        Ok(id)
    }
}

/// The books of one approver, in a transaction.
pub(crate) struct Books<'a> {
    pub(crate) tx: &'a mut dyn Tx,
    pub(crate) currency: Currency,
    pub(crate) now: Moment,
}

/// The id of the movement number `n` that `what` about `about` makes.
pub(crate) fn id_of(what: &str, about: &[u8], n: u8) -> TransferId {
    let mut id = [0; 16];
    id.copy_from_slice(&seal::hash_parts(&[b"approver", what.as_bytes(), about, &[n]]).0[..16]);
    TransferId(id)
}

/// The entry that charges an approval to its user: to what is owed, or to what the user had.
pub(crate) fn charge_of(id: ApprovalId, means: Means) -> TransferId {
    id_of("charged", &id.0, if means == Means::Credit { OWES } else { 0 })
}

/// The entry that gives it back.
pub(crate) fn refund_of(id: ApprovalId) -> TransferId {
    id_of("refunded", &id.0, 0)
}

/// Which movement of a charge says that its user owes it.
const OWES: u8 = 3;

/// From where a purchase is paid.
pub(crate) const fn source(means: Means) -> Line {
    match means {
        Means::Credit => ROOM,
        Means::Value => VALUE,
        Means::Points => POINTS,
    }
}

impl Books<'_> {
    fn user(&mut self, line: Line, user: UserId) -> Result<AccountId, PostRefused> {
        line.open(self.tx, &user.0, self.currency, self.now)
    }
    fn own(&mut self, line: Line) -> Result<AccountId, PostRefused> {
        line.open(self.tx, b"", self.currency, self.now)
    }
    fn post(&mut self, list: &[Transfer]) -> Result<Vec<Posted>, PostRefused> {
        ledger::post(self.tx, self.now, list)
    }

    /// Sets the amount of an approval aside, under the approval's own name.
    pub(crate) fn hold(
        &mut self,
        id: ApprovalId,
        user: UserId,
        means: Means,
        amount: Money,
    ) -> Result<(), PostRefused> {
        let (from, to) = (self.user(source(means), user)?, self.own(APPROVED)?);
        let hold = Transfer::hold(TransferId(id.0), from, to, amount, None).memo("approved");
        self.post(&[hold]).map(drop)
    }

    /// Gives it back. Once, by the ledger's own rule.
    pub(crate) fn release(&mut self, id: ApprovalId) -> Result<(), PostRefused> {
        let how = ledger::Resolution::Void;
        let void = Transfer::resolve(id_of("released", &id.0, 0), TransferId(id.0), how).memo("released");
        self.post(&[void]).map(drop)
    }

    /// Charges it: what was held is owed to the seller, less the agreed part.
    pub(crate) fn charge(
        &mut self,
        id: ApprovalId,
        user: UserId,
        means: Means,
        amount: Money,
        part: Money,
        seller: [u8; 16],
    ) -> Result<(), PostRefused> {
        let (approved, kept) = (self.own(APPROVED)?, self.own(PART)?);
        let theirs = SELLER.open(self.tx, &seller, self.currency, self.now)?;
        let net = amount.minus(part).unwrap_or(amount);
        let how = ledger::Resolution::Post;
        let mut list = vec![Transfer::resolve(id_of("charged", &id.0, 0), TransferId(id.0), how).memo("charged")];
        let mut add = |n, debit, credit, sum: Money| {
            if !sum.is_zero() {
                list.push(Transfer::now(id_of("charged", &id.0, n), debit, credit, sum).memo("charged"));
            }
        };
        add(1, approved, theirs, net);
        add(2, approved, kept, part);
        if means == Means::Credit {
            let (owed, granted) = (self.user(OWED, user)?, self.own(GRANTED)?);
            add(OWES, owed, granted, amount);
        }
        self.post(&list).map(drop)
    }

    /// More or less may be owed by a user.
    pub(crate) fn limit(&mut self, id: TransferId, user: UserId, up: bool, by: Money) -> Result<(), PostRefused> {
        let (granted, room) = (self.own(GRANTED)?, self.user(ROOM, user)?);
        let (debit, credit) = if up { (granted, room) } else { (room, granted) };
        self.post(&[Transfer::now(id, debit, credit, by).memo("limit")])
            .map(drop)
    }

    /// A bill is paid: the limit is free again (PA-10).
    pub(crate) fn paid(&mut self, id: TransferId, user: UserId, amount: Money) -> Result<(), PostRefused> {
        let (cash, owed) = (self.own(CASH)?, self.user(OWED, user)?);
        let (granted, room) = (self.own(GRANTED)?, self.user(ROOM, user)?);
        self.post(&[
            Transfer::now(id, cash, owed, amount).memo("bill paid"),
            Transfer::now(id_of("room", &id.0, 0), granted, room, amount).memo("bill paid"),
        ])
        .map(drop)
    }

    /// Value comes in, or points are given.
    pub(crate) fn fill(
        &mut self,
        id: TransferId,
        user: UserId,
        means: Means,
        amount: Money,
    ) -> Result<(), PostRefused> {
        let (from, to) = match means {
            Means::Points => (self.own(GIVEN)?, self.user(POINTS, user)?),
            _ => (self.own(CASH)?, self.user(VALUE, user)?),
        };
        self.post(&[Transfer::now(id, from, to, amount).memo("filled")])
            .map(drop)
    }

    /// Value goes back to its user, or points lapse.
    pub(crate) fn drain(
        &mut self,
        id: TransferId,
        user: UserId,
        means: Means,
        amount: Money,
    ) -> Result<(), PostRefused> {
        let (from, to) = match means {
            Means::Points => (self.user(POINTS, user)?, self.own(GIVEN)?),
            _ => (self.user(VALUE, user)?, self.own(CASH)?),
        };
        self.post(&[Transfer::now(id, from, to, amount).memo("paid back")])
            .map(drop)
    }

    /// A sale was settled with an approval that this approver forgot: its seller is owed it, and nobody owes it here.
    pub(crate) fn forgotten(
        &mut self,
        id: ApprovalId,
        amount: Money,
        part: Money,
        seller: [u8; 16],
    ) -> Result<(), PostRefused> {
        let (lost, kept) = (self.own(FORGOTTEN)?, self.own(PART)?);
        let theirs = SELLER.open(self.tx, &seller, self.currency, self.now)?;
        let about = |n| id_of("forgotten", &id.0, n);
        let net = amount.minus(part).unwrap_or(amount);
        let moves = [(0, theirs, net), (1, kept, part)];
        let list: Vec<Transfer> = moves
            .into_iter()
            .filter(|(_, _, sum)| !sum.is_zero())
            .map(|(n, to, sum)| Transfer::now(about(n), lost, to, sum).memo("forgotten"))
            .collect();
        self.post(&list).map(drop)
    }

    /// Gives back what a purchase cost, at the cost of the seller as far as it is still owed something, or of this approver.
    pub(crate) fn refund(
        &mut self,
        id: ApprovalId,
        user: UserId,
        means: Means,
        amount: Money,
        by_seller: Option<([u8; 16], Money)>,
    ) -> Result<(), PostRefused> {
        let from = match by_seller {
            Some((seller, _)) => SELLER.open(self.tx, &seller, self.currency, self.now)?,
            None => self.own(DISPUTES)?,
        };
        let about = |n| id_of("refunded", &id.0, n);
        let mut list = match means {
            Means::Credit => {
                let (owed, granted, room) = (self.user(OWED, user)?, self.own(GRANTED)?, self.user(ROOM, user)?);
                let owes = ledger::balance(self.tx, owed)?.map_or(0, |b| b.posted());
                if owes < amount.minor() {
                    // The bill was paid already: it comes back as value.
                    let value = self.user(VALUE, user)?;
                    vec![Transfer::now(about(0), from, value, amount).memo("refunded")]
                } else {
                    vec![
                        Transfer::now(about(0), from, owed, amount).memo("refunded"),
                        Transfer::now(about(1), granted, room, amount).memo("refunded"),
                    ]
                }
            }
            other => {
                let to = self.user(source(other), user)?;
                vec![Transfer::now(about(0), from, to, amount).memo("refunded")]
            }
        };
        // What this approver kept of a sale that is undone it does not keep: the seller bears what it was credited.
        if let Some((_, part)) = by_seller.filter(|(_, part)| !part.is_zero()) {
            let kept = self.own(PART)?;
            list.insert(0, Transfer::now(about(2), kept, from, part).memo("refunded"));
        }
        self.post(&list).map(drop)
    }

    /// What a seller is owed leaves for the bank.
    pub(crate) fn pay_out(&mut self, id: TransferId, seller: [u8; 16], amount: Money) -> Result<(), PostRefused> {
        let (theirs, out) = (SELLER.open(self.tx, &seller, self.currency, self.now)?, self.own(OUT)?);
        self.post(&[Transfer::now(id, theirs, out, amount).memo("paid out")])
            .map(drop)
    }

    /// The bank booked it, or sent it back.
    pub(crate) fn paid_out(
        &mut self,
        id: TransferId,
        seller: [u8; 16],
        amount: Money,
        booked: bool,
    ) -> Result<(), PostRefused> {
        let out = self.own(OUT)?;
        let to = if booked {
            self.own(CASH)?
        } else {
            SELLER.open(self.tx, &seller, self.currency, self.now)?
        };
        self.post(&[Transfer::now(id_of("bank", &id.0, u8::from(booked)), out, to, amount).memo("paid out")])
            .map(drop)
    }
}

/// What stands on an account, and what of it is free.
pub(crate) fn stands(view: &mut dyn View, id: AccountId) -> Result<(i64, i64), Fault> {
    Ok(ledger::balance(view, id)?.map_or((0, 0), |b| (b.posted(), b.available())))
}

/// The approver's own accounts by name: for stories and consoles.
pub(crate) fn own_sheet(view: &mut dyn View) -> Result<Vec<(&'static str, i64)>, Fault> {
    let mut out = Vec::new();
    for line in [GRANTED, CASH, GIVEN, APPROVED, PART, DISPUTES, FORGOTTEN, OUT] {
        out.push((line.name, stands(view, line.own())?.0));
    }
    Ok(out)
}
