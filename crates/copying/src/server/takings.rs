//! Takings: what delivered keys cost, shared between gateway and operator down to the last unit (CM-10).
//!
//! The rounding rule: each side gets the whole units of its share; a unit left over goes to whoever is owed more from
//! earlier deliveries of the same gateway, the operator among equals. What anybody got too much or too little is carried, so
//! every sum stays within a unit of the exact share ([`ledger::split`]). The delivering write says both parts, so two
//! parties never round differently.
//!
//! | event | debit | credit |
//! |---|---|---|
//! | key delivered over a gateway | owed by gateway | takings |
//! | the bank has booked its payment | at the bank | owed by gateway |

use ledger::{AccountId, Carry, split};
use minicbor::{Decode, Encode};
use party::{
    ErrandId, Reply, Step, Verb,
    bank::{Place, TransferAnswer, TransferOrder, Transferred},
    books::{self, Account, Leg, Posting, Sort, posting_id},
    epoch, errand,
};
use seal::{Audience, Kind, NotSigned, cbor, role};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Again, Hash, Moment, Money, PartyId, Refusal, TransferId};

use super::{AskRefused, CopyServer, rows::Given};
use crate::{ids::DeliveryId, wire::Charge};

/// What a gateway owes the operator.
pub(super) const OWED: Sort = Sort::had("owed by gateway");
/// What gateways have paid.
pub(super) const BANK: Sort = Sort::had("at the bank");
/// What the operator took.
pub(super) const TAKINGS: Sort = Sort::owed("takings");

pub(super) const CARRIES: Map<PartyId, Carry> = Map::new(Table::new("copying_carries"));
pub(super) const LINES: Map<(PartyId, Moment, DeliveryId), StatementLine> = Map::new(Table::new("copying_lines"));
pub(super) const CHEQUES: Map<TransferId, Cheque> = Map::new(Table::new("copying_cheques"));

/// One line of a gateway's statement, as both sides keep it. It names no user and no medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct StatementLine {
    /// What was charged and how it is shared.
    #[n(0)]
    pub charge: Charge,
    /// When.
    #[n(1)]
    pub at: Moment,
}
impl Value for StatementLine {}

/// A gateway's payment, as both sides keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payment {
    /// Its number at the bank.
    pub id: TransferId,
    /// How much.
    pub amount: Money,
    /// What the bank made of it; nothing: under way.
    pub outcome: Option<Transferred>,
}

/// A gateway's signed order to its bank, payable to this server: brought there by the server itself, for only whoever
/// brings an order knows that the bank's answer is to that very order.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Cheque {
    #[n(0)]
    by: PartyId,
    #[n(1)]
    amount: Money,
    #[n(2)]
    order: Hash,
    #[n(3)]
    outcome: Option<Transferred>,
}
impl Value for Cheque {}

/// Why a gateway's cheque was not taken, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PaidRefused {
    /// The server is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] epoch::NotReconciled),
    /// Not a signed order.
    #[error("this is no order to a bank: {0}")]
    NotSigned(#[from] NotSigned),
    /// The gateway is not listed.
    #[error("this gateway is not listed; wait for the directory")]
    NotListed,
    /// It pays somebody else, from another account, or nothing.
    #[error("this order does not pay this server from that gateway's account")]
    NotForUs,
    /// It pays more than is owed.
    #[error("this order pays more than is owed; compare the statements")]
    TooMuch,
    /// Its number stands for another order.
    #[error("transfer {0} was brought before with another content; a new one needs a new number")]
    OtherContent(TransferId),
    /// The books refuse: a bug or damage.
    #[error("the books do not take this ({0}); compare the statements")]
    Books(books::PostRefused),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for PaidRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotSigned(_) => "cheque-not-signed",
            Self::NotListed => "gateway-not-listed",
            Self::NotForUs => "cheque-not-for-us",
            Self::TooMuch => "cheque-too-much",
            Self::OtherContent(_) => "cheque-other-content",
            Self::Books(no) => no.code(),
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NotListed => Again::Later,
            Self::Fault(fault) => fault.again(),
            _ => Again::Never,
        }
    }
}

impl From<PaidRefused> for party::Refused {
    fn from(no: PaidRefused) -> Self {
        Self::by(&no)
    }
}

impl CopyServer {
    /// What a delivery costs, and whose it is.
    pub(super) fn share(
        &self,
        tx: &mut dyn Tx,
        delivery: DeliveryId,
        via: Option<PartyId>,
        amount: Money,
    ) -> Result<Charge, AskRefused> {
        let zero = Money::zero(amount.currency());
        let mut charge = Charge {
            delivery,
            amount,
            gateway: zero,
            operator: amount,
        };
        let share = via.and_then(|via| self.settings.gateways.iter().find(|(id, _)| *id == via));
        if let Some((via, permille)) = share {
            let mut carry = CARRIES.get(tx, via)?.unwrap_or_default();
            let theirs = AccountId::named("gateway", &via.0);
            let own = AccountId::named("operator", b"");
            // A share above the whole is refused when the server is set up; here it would be a bug, and gives nothing away.
            if let Ok(parts) = split(amount, &[(theirs, *permille)], own, &mut carry) {
                let part = parts
                    .iter()
                    .find(|(account, _)| *account == theirs)
                    .map_or(zero, |(_, part)| *part);
                charge.gateway = part;
                charge.operator = amount.minus(part).unwrap_or(zero);
                CARRIES.put(tx, via, &carry)?;
            }
        }
        Ok(charge)
    }

    /// Books what a gateway owes for a delivery.
    pub(super) fn book(&self, tx: &mut dyn Tx, given: &Given, now: Moment) -> Result<(), AskRefused> {
        let Some(via) = given.via else { return Ok(()) };
        let line = StatementLine {
            charge: given.charge,
            at: now,
        };
        LINES.put(tx, &(via, now, given.charge.delivery), &line)?;
        let leg = Leg {
            debit: Account::of(OWED, via.0),
            credit: Account::own(TAKINGS),
            amount: given.charge.operator,
        };
        let posting = Posting {
            id: posting_id("key delivered", &given.charge.delivery.0),
            what: "key delivered",
            about: Hash([0; 32]),
            legs: vec![leg],
        };
        Ok(books::post(tx, &posting, now)?)
    }

    /// Takes a gateway's cheque and brings it to the bank. Answered by the CBOR of what the bank made of it
    /// ([`Transferred`]), now and on every repeat.
    pub fn cheque(&self, tx: &mut dyn Tx, by: PartyId, order: &[u8], now: Moment) -> Result<Step, PaidRefused> {
        epoch::require::<PaidRefused>(tx)?;
        let signed = seal::parse::<TransferOrder>(order, Kind::Transfer, self.desk.realm_id())?;
        let known = self.desk.known(tx)?;
        let gateway = known
            .certified::<role::Gateway>(by, now)
            .ok_or(PaidRefused::NotListed)?;
        let told = signed.verify(gateway.sign(), Audience::from(self.settings.bank))?;
        let (from, to) = (Place::Party(by), Place::Party(self.keys.id()));
        if told.from != from || told.to != to || told.by != by || told.amount.is_zero() {
            return Err(PaidRefused::NotForUs);
        }
        let hash = seal::hash(order);
        let errand = ErrandId::of("cheque", &told.id.0);
        match CHEQUES.get(tx, &told.id)? {
            Some(known) if known.order != hash => return Err(PaidRefused::OtherContent(told.id)),
            Some(Cheque {
                outcome: Some(outcome), ..
            }) => return Ok(Step::Answer(cbor::to_bytes(&outcome))),
            Some(_) => {}
            None => {
                let under_way = self.under_way(tx, by)?;
                if told.amount.minor().saturating_add(under_way) > self.owed_by(tx, by)? {
                    return Err(PaidRefused::TooMuch);
                }
                let row = Cheque {
                    by,
                    amount: told.amount,
                    order: hash,
                    outcome: None,
                };
                CHEQUES.put(tx, &told.id, &row)?;
            }
        }
        let then = told.id.0.to_vec();
        let errand = errand::post(
            tx,
            errand,
            self.settings.bank,
            Verb::Transfer,
            order.to_vec(),
            then,
            now,
        )?;
        Ok(Step::Errand(errand))
    }

    /// What a gateway's cheques that the bank has not answered are for.
    fn under_way(&self, tx: &mut dyn Tx, by: PartyId) -> Result<i64, Fault> {
        let mut sum = 0_i64;
        CHEQUES.each::<Fault>(tx, Keys::all(), |_, _, cheque| {
            if cheque.by == by && cheque.outcome.is_none() {
                sum = sum.saturating_add(cheque.amount.minor());
            }
            Ok(())
        })?;
        Ok(sum)
    }

    /// The bank answers.
    pub(super) fn cashed(
        &self,
        tx: &mut dyn Tx,
        errand: ErrandId,
        reply: Reply<'_>,
        now: Moment,
    ) -> Result<Step, PaidRefused> {
        // Finished meanwhile: there is nothing more to say.
        let Some(waiting) = errand::again(tx, errand)? else {
            return Ok(Step::Answer(Vec::new()));
        };
        let Reply::Answer(answer) = reply else {
            return Ok(Step::NotYet(errand::later(tx, errand, now)?));
        };
        let order = seal::parse::<TransferOrder>(&waiting.body, Kind::Transfer, self.desk.realm_id())?;
        let (id, by) = (order.claims().id, order.claims().by);
        let known = self.desk.known(tx)?;
        let Some(bank) = known.certified::<role::Bank>(self.settings.bank, now) else {
            return Ok(Step::NotYet(errand::later(tx, errand, now)?));
        };
        let told = seal::parse::<TransferAnswer>(answer, Kind::Receipt, self.desk.realm_id())
            .and_then(|signed| signed.verify(bank.sign(), Audience::from(by)));
        let Some(told) = told.ok().filter(|told| told.id == id) else {
            return Ok(Step::NotYet(errand::later(tx, errand, now)?));
        };
        let Some(mut row) = CHEQUES.get(tx, &id)? else {
            return Ok(Step::Answer(Vec::new()));
        };
        if let Transferred::Booked(_) = told.outcome {
            let leg = Leg {
                debit: Account::own(BANK),
                credit: Account::of(OWED, by.0),
                amount: row.amount,
            };
            let posting = Posting {
                id,
                what: "gateway paid",
                about: Hash([0; 32]),
                legs: vec![leg],
            };
            books::post(tx, &posting, now).map_err(|no| match no {
                books::PostRefused::Fault(fault) => PaidRefused::Fault(fault),
                other => PaidRefused::Books(other),
            })?;
        }
        row.outcome = Some(told.outcome);
        CHEQUES.put(tx, &id, &row)?;
        errand::finish(tx, errand)?;
        Ok(Step::Answer(cbor::to_bytes(&told.outcome)))
    }

    /// What a gateway owes, in minor units.
    pub fn owed_by(&self, view: &mut dyn View, gateway: PartyId) -> Result<i64, Fault> {
        books::balance(view, Account::of(OWED, gateway.0))
    }

    /// What a gateway has paid and is paying, by cheque.
    pub fn payments(&self, view: &mut dyn View, gateway: PartyId) -> Result<Vec<Payment>, Fault> {
        let mut found = Vec::new();
        CHEQUES.each::<Fault>(view, Keys::all(), |_, id, cheque| {
            if cheque.by == gateway {
                found.push(Payment {
                    id,
                    amount: cheque.amount,
                    outcome: cheque.outcome,
                });
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// A gateway's statement: at most `limit` deliveries after `after`.
    pub fn statement(
        &self,
        view: &mut dyn View,
        gateway: PartyId,
        after: Option<(Moment, DeliveryId)>,
        limit: usize,
    ) -> Result<Vec<StatementLine>, Fault> {
        let mut keys = Keys::under(&gateway);
        if let Some((at, delivery)) = after {
            keys = keys.after(&(gateway, at, delivery));
        }
        Ok(LINES
            .range(view, keys, limit)?
            .into_iter()
            .map(|(_, line)| line)
            .collect())
    }
}
