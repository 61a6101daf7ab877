//! Pass on: cash that a centre took for a payee is paid from the centre's own account at the bank to the payee's, at once
//! (SD-29).
//!
//! The errand to the bank is written in the same commit that decides the unlocking, and repeated until the bank has
//! answered. The transfer's id is made of the deal and of how often it was sent anew, so a repeat moves nothing twice. A
//! bank that refuses has said so for ever about that id: the cash counts as here again, and the centre's people see on their
//! console what to do before they send it under the next id.

use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Kind, cbor, role};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Again, DealId, Hash, Moment, Money, OrderId, PartyId, Refusal, TransferId};

use super::{
    Support, Then,
    pay::PayRefused,
    rows::{self, CASH, Paid, SENT, UNLOCKED, Unlocked, WITH},
};
use crate::{
    bank::{Place, TransferAnswer, TransferOrder, Transferred, WhyNot},
    books::{self, Account, Leg, PostRefused, Posting, Sort, posting_id},
    epoch,
    errand::{self, Errand, ErrandId, Reply, Step, Verb},
};

/// Cash that has not reached its payee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Passing {
    /// How often it was sent anew, after a refusal.
    #[n(0)]
    pub(super) attempt: u32,
    /// Why the bank refused it; nothing: the bank is being asked.
    #[n(1)]
    pub(super) refused: Option<WhyNot>,
    /// Since when it is so.
    #[n(2)]
    pub(super) at: Moment,
}
impl Value for Passing {}

pub(super) const PASSING: Map<DealId, Passing> = Map::new(Table::new("support_passing"));

/// Cash that has not reached its payee, as the centre's people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpassed {
    /// The unlocking it paid.
    pub deal: DealId,
    /// Its order.
    pub order: OrderId,
    /// The work's title.
    pub title: String,
    /// Whose money it is.
    pub payee: PartyId,
    /// How much.
    pub fee: Money,
    /// Why the bank refused it; nothing: it is on its way, and nobody has to do anything.
    pub refused: Option<WhyNot>,
    /// Since when it is so.
    pub since: Moment,
}

/// What the centre's people do about a refused transfer before they send it again.
pub const fn to_do(why: WhyNot) -> &'static str {
    match why {
        WhyNot::NotCovered => "the centre's account holds too little: bring the cash to the bank, then send it again",
        WhyNot::NoAccount => {
            "the bank knows no account of the centre's or of the payee's: have it opened, then send it again"
        }
        WhyNot::Amount => "the bank does not take this amount or currency: ask the bank, then send it again",
    }
}

/// Why cash was not sent again, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PassRefused {
    /// The centre is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// Nothing of it was paid in cash here.
    #[error("no cash was taken here for deal {0}; the console lists what has not reached its payee")]
    NoCash(DealId),
    /// The books refuse: a bug or damage.
    #[error("the centre's books do not take this ({0}); nothing has changed")]
    Books(PostRefused),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for PassRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NoCash(_) => "cash-not-taken",
            Self::Books(no) => no.code(),
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NoCash(_) => Again::Never,
            Self::Books(no) => no.again(),
            Self::Fault(fault) => fault.again(),
        }
    }
}
crate::refused::refusals!(PassRefused);

crate::refused::books!(PassRefused);

/// The transfer that passes a deal's cash on: the same for the same deal and attempt, for ever.
fn transfer_of(deal: DealId, attempt: u32) -> TransferId {
    posting_id("fee passed on", &[&deal.0[..], &attempt.to_be_bytes()].concat())
}

/// The errand that carries it.
pub(super) fn errand_of(deal: DealId, attempt: u32) -> ErrandId {
    ErrandId::of("pass-on", &transfer_of(deal, attempt).0)
}

/// What the payee reads on its statement: the same for the same deal.
fn reference(deal: DealId) -> String {
    let short: String = deal.to_string().chars().take(16).collect();
    format!("unlocking {short}")
}

impl Support {
    /// Sends a fee that was taken in cash to its payee: booked as on its way, and the errand written. Nothing, where there
    /// is nothing to send.
    pub(super) fn pass_on(
        &self,
        tx: &mut dyn Tx,
        deal: DealId,
        row: &Unlocked,
        attempt: u32,
        now: Moment,
    ) -> Result<Option<Errand>, PostRefused> {
        if !matches!(row.paid, Paid::Cash(_)) || row.fee.is_zero() {
            return Ok(None);
        }
        let id = transfer_of(deal, attempt);
        book(tx, "fee sent", id, deal, row, (SENT, CASH), now)?;
        let sent = Passing {
            attempt,
            refused: None,
            at: now,
        };
        PASSING.put(tx, &deal, &sent)?;
        let order = TransferOrder {
            id,
            from: Place::Party(self.id()),
            to: Place::Party(row.payee),
            amount: row.fee,
            reference: reference(deal),
            by: self.id(),
            certificate: ByteVec::from(self.keys.certificate().to_vec()),
        };
        let body = self.voice().letter(Kind::Transfer, self.config.bank, &order);
        let then = cbor::to_bytes(&Then::Passed(deal, attempt));
        let errand = errand_of(deal, attempt);
        Ok(Some(errand::post(
            tx,
            errand,
            self.config.bank,
            Verb::Transfer,
            body,
            then,
            now,
        )?))
    }

    /// The bank's word about a fee that is on its way, or none.
    pub(super) fn bank_answered(
        &self,
        tx: &mut dyn Tx,
        errand: ErrandId,
        (deal, attempt): (DealId, u32),
        reply: Reply<'_>,
        now: Moment,
    ) -> Result<Step, PayRefused> {
        epoch::require::<PayRefused>(tx)?;
        let under_way = PASSING
            .get(tx, &deal)?
            .is_some_and(|p| p.attempt == attempt && p.refused.is_none());
        let Some(row) = UNLOCKED.get(tx, &deal)?.filter(|_| under_way) else {
            errand::finish(tx, errand)?;
            return Ok(Step::Answer(Vec::new()));
        };
        let id = transfer_of(deal, attempt);
        match self.bank_said(tx, reply, id, row.fee)? {
            None => return Ok(Step::NotYet(errand::later(tx, errand, now)?)),
            Some(Transferred::Booked(_)) => {
                book(tx, "fee passed", id, deal, &row, (WITH, SENT), now)?;
                rows::passed(tx, deal, now)?;
                PASSING.delete(tx, &deal)?;
            }
            Some(Transferred::Refused(why)) => {
                // It is here again, and for people to look at.
                book(tx, "fee returned", id, deal, &row, (CASH, SENT), now)?;
                let refused = Passing {
                    attempt,
                    refused: Some(why),
                    at: now,
                };
                PASSING.put(tx, &deal, &refused)?;
            }
        }
        errand::finish(tx, errand)?;
        Ok(Step::Answer(Vec::new()))
    }

    /// The bank's signed word about this transfer, if the reply is one.
    fn bank_said(
        &self,
        view: &mut dyn View,
        reply: Reply<'_>,
        id: TransferId,
        amount: Money,
    ) -> Result<Option<Transferred>, Fault> {
        let Reply::Answer(bytes) = reply else { return Ok(None) };
        let known = self.desk.known(view)?;
        let Some(bank) = known.ever_certified::<role::Bank>(self.config.bank) else {
            return Ok(None);
        };
        let answer = seal::parse::<TransferAnswer>(bytes, Kind::Receipt, self.desk.realm_id())
            .and_then(|s| s.verify(bank.sign(), self.keys.audience()));
        let fits = |a: &TransferAnswer| a.id == id && a.amount == amount;
        Ok(answer.ok().filter(fits).map(|a| a.outcome))
    }

    /// An operator has done what a refusal asked for: the same cash is sent again. What is on its way or has arrived stays
    /// as it is. The errand is carried out at once by whoever drives the centre, and by itself otherwise.
    pub fn send_again(&self, tx: &mut dyn Tx, deal: DealId, now: Moment) -> Result<Option<Errand>, PassRefused> {
        epoch::require::<PassRefused>(tx)?;
        let row = UNLOCKED
            .get(tx, &deal)?
            .filter(|row| matches!(row.paid, Paid::Cash(_)))
            .ok_or(PassRefused::NoCash(deal))?;
        if row.passed.is_some() {
            return Ok(None);
        }
        let attempt = match PASSING.get(tx, &deal)? {
            None => 0,
            Some(passing) if passing.refused.is_some() => passing.attempt.saturating_add(1),
            Some(passing) => return Ok(errand::again(tx, errand_of(deal, passing.attempt))?),
        };
        Ok(self.pass_on(tx, deal, &row, attempt, now)?)
    }

    /// Cash that has not reached its payee, refused or on its way.
    pub fn unpassed(&self, view: &mut dyn View) -> Result<Vec<Unpassed>, Fault> {
        let mut out = Vec::new();
        PASSING.each::<Fault>(view, Keys::all(), |view, deal, passing| {
            if let Some(row) = UNLOCKED.get(view, &deal)? {
                out.push(Unpassed {
                    deal,
                    order: row.order,
                    title: row.title,
                    payee: row.payee,
                    fee: row.fee,
                    refused: passing.refused,
                    since: passing.at,
                });
            }
            Ok(())
        })?;
        // What waits for people comes first, the oldest before.
        out.sort_by_key(|open| (open.refused.is_none(), open.since));
        Ok(out)
    }
}

/// Moves a fee from one of the centre's accounts for its payee to another.
fn book(
    tx: &mut dyn Tx,
    what: &'static str,
    id: TransferId,
    deal: DealId,
    row: &Unlocked,
    (to, from): (Sort, Sort),
    now: Moment,
) -> Result<(), PostRefused> {
    let posting = Posting {
        id: posting_id(what, &id.0),
        what,
        about: Hash(deal.0),
        legs: vec![Leg {
            debit: Account::of(to, row.payee.0),
            credit: Account::of(from, row.payee.0),
            amount: row.fee,
        }],
    };
    books::post(tx, &posting, now)
}
