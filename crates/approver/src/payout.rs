//! Payout: what sellers and settlement servers are owed leaves for the bank (PA-7).

use ledger::PostRefused;
use minicbor::bytes::ByteVec;
use seal::{Kind, cbor, role};
use store::{Fault, Tx, View};
use units::{Again, Moment, Money, PartyId, Refusal, TransferId};

use party::{
    Reply, Step, Verb,
    bank::{Place, TransferAnswer, TransferOrder, Transferred},
    errand::{self, Errand, ErrandId},
};

use crate::{
    Approver,
    approver::Then,
    books::{self, SELLER},
    money::damage,
};

/// Why nothing was paid out, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayoutRefused {
    /// The approver is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] party::epoch::NotReconciled),
    /// No bank is set up.
    #[error("this approver has no bank; set one in its configuration")]
    NoBank,
    /// More than is owed, or nothing.
    #[error("{0} is owed to this seller; no more can be paid out")]
    NotOwed(Money),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for PayoutRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NoBank => "approver-without-bank",
            Self::NotOwed(_) => "payout-not-owed",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NoBank | Self::NotOwed(_) => Again::AfterYouAct,
            Self::Fault(fault) => fault.again(),
        }
    }
}
impl From<PayoutRefused> for party::Refused {
    fn from(no: PayoutRefused) -> Self {
        Self::by(&no)
    }
}

impl Approver {
    /// What a seller, or whoever settles for it, is owed now.
    pub fn owed_to(&self, view: &mut dyn View, seller: PartyId) -> Result<Money, Fault> {
        let (owed, _) = books::stands(view, SELLER.of(seller.0))?;
        Ok(Money::new(owed.max(0), self.desk.currency()).unwrap_or(Money::zero(self.desk.currency())))
    }

    /// Everybody something is owed to, with the certified name and how much.
    pub fn sellers(&self, view: &mut dyn View) -> Result<Vec<(PartyId, String, Money)>, Fault> {
        let known = self.desk.known(view)?;
        let mut out = Vec::new();
        for listed in known.parties() {
            let seller = known
                .ever_certified::<role::Seller>(listed.id)
                .map(|v| v.claims().name.clone());
            let name = seller.or_else(|| {
                let settler = known.ever_certified::<role::Settler>(listed.id);
                settler.map(|v| v.claims().name.clone())
            });
            let owed = self.owed_to(view, listed.id)?;
            if let Some(name) = name.filter(|_| !owed.is_zero()) {
                out.push((listed.id, name, owed));
            }
        }
        Ok(out)
    }

    /// Pays a seller. `id` is drawn once and given again on a repeat, which changes nothing.
    pub fn pay_out(
        &self,
        tx: &mut dyn Tx,
        id: TransferId,
        seller: PartyId,
        amount: Money,
        now: Moment,
    ) -> Result<Errand, PayoutRefused> {
        party::epoch::require::<PayoutRefused>(tx)?;
        let bank = self.config.bank.ok_or(PayoutRefused::NoBank)?;
        match self.books(tx, now).pay_out(id, seller.0, amount) {
            Ok(()) => {}
            Err(PostRefused::NotEnough { .. } | PostRefused::ZeroAmount(_)) => {
                return Err(PayoutRefused::NotOwed(self.owed_to(tx, seller)?));
            }
            Err(PostRefused::Fault(fault)) => return Err(fault.into()),
            Err(other) => return Err(damage(&other).into()),
        }
        let order = TransferOrder {
            id,
            from: Place::Party(self.keys.id()),
            to: Place::Party(seller),
            amount,
            reference: "approved sales".to_owned(),
            by: self.keys.id(),
            certificate: ByteVec::from(self.keys.certificate().to_vec()),
        };
        let audience = seal::Audience::from(bank);
        let body = seal::sign(
            self.keys.signer(),
            Kind::Transfer,
            self.desk.realm_id(),
            audience,
            &order,
        );
        let then = cbor::to_bytes(&Then::Out(id, seller, amount));
        Ok(errand::post(
            tx,
            ErrandId::of("out", &id.0),
            bank,
            Verb::Transfer,
            body,
            then,
            now,
        )?)
    }

    /// The bank has answered, or not.
    pub(crate) fn bank_said(
        &self,
        tx: &mut dyn Tx,
        (id, seller, amount): (TransferId, PartyId, Money),
        reply: Reply<'_>,
        now: Moment,
    ) -> Result<Step, Fault> {
        let errand = ErrandId::of("out", &id.0);
        let Some(outcome) = self.bank_outcome(tx, id, amount, reply)? else {
            return Ok(Step::NotYet(errand::later(tx, errand, now)?));
        };
        let booked = matches!(outcome, Transferred::Booked(_));
        match self.books(tx, now).paid_out(id, seller.0, amount, booked) {
            Ok(()) => {}
            Err(PostRefused::Fault(fault)) => return Err(fault),
            Err(other) => return Err(damage(&other)),
        }
        errand::finish(tx, errand)?;
        Ok(Step::Answer(Vec::new()))
    }

    fn bank_outcome(
        &self,
        view: &mut dyn View,
        id: TransferId,
        amount: Money,
        reply: Reply<'_>,
    ) -> Result<Option<Transferred>, Fault> {
        let (Reply::Answer(bytes), Some(bank)) = (reply, self.config.bank) else {
            return Ok(None);
        };
        let known = self.desk.known(view)?;
        let Some(bank) = known.ever_certified::<role::Bank>(bank) else {
            return Ok(None);
        };
        let answer = seal::parse::<TransferAnswer>(bytes, Kind::Receipt, self.desk.realm_id())
            .and_then(|s| s.verify(bank.sign(), self.keys.audience()));
        Ok(answer
            .ok()
            .filter(|answer| answer.id == id && answer.amount == amount)
            .map(|answer| answer.outcome))
    }
}
