//! Bank: accounts and transfers. The trait [`Bank`] is what the rest of the house needs of any bank; [`HouseBank`] is an
//! embedded one with its own books, for realms that have no other yet.
//!
//! Run by: a bank. Needs: orders signed by parties. Adds: the movement, once per id for ever. Must not see: cards, slips,
//! what was bought. Holders are known to others by tokens only: random, and never an account or card number (XD-9).

mod account;
mod advice;
mod audit;
mod debit;
mod deposit;
mod file;
mod notice;
mod online;
mod told;
mod transfer;

pub use account::{ForgetRefused, Holder, OpenRefused, Opened, StatementLine};
pub use advice::{Advice, NotAnAdvice, REFERENCE_MAX};
pub use debit::{Debit, DebitRefused, MONTHS_WORTH, Mandate, WALLETS_MAX};
pub use deposit::DepositRefused;
pub use file::{BankAsk, BankDocument, BankSheet, FileRefused, why_not};
pub use notice::{Credited, NoticeRefused};
pub use told::{Told, ToldRow, entry_name};
pub use transfer::{Place, TransferAnswer, TransferOrder, TransferRefused, Transferred, WhyNot};

use store::{Part, Tx, View};
use units::{Moment, Money, PartyId, TransferId};

use crate::{
    Refused,
    centre::CentreConfig,
    desk::Desk,
    errand::{ErrandId, Reply, Step, Verb},
    keys::PartyKeys,
};
use seal::Seed;

/// What the house needs of a bank: idempotent transfers by id, and the holder's word about an id.
pub trait Bank {
    /// Moves money as a signed order says, once for ever; answers with the signed [`TransferAnswer`]. The same id with the
    /// same body gives the same answer, with another body it is refused and nothing changes.
    fn transfer(&self, tx: &mut dyn Tx, order: &[u8], now: Moment) -> Result<Vec<u8>, TransferRefused>;
    /// What became of an order, if it came here.
    fn outcome(&self, view: &mut dyn View, id: TransferId) -> Result<Option<Transferred>, store::Fault>;
    /// What an account holds.
    fn balance(&self, view: &mut dyn View, of: Holder) -> Result<Option<Money>, store::Fault>;
}

/// The embedded bank.
#[derive(Debug)]
pub struct HouseBank {
    pub(crate) keys: PartyKeys,
    pub(crate) desk: Desk,
    /// It loads purses on line.
    centre: Option<CentreConfig>,
}

/// What a bank's store is opened with.
pub static PARTS: &[&Part] = &[
    &crate::desk::PART,
    &crate::errand::PART,
    &crate::epoch::PART,
    &ledger::PART,
    &crate::books::PART,
    &account::PART,
    &debit::PART,
    &crate::centre::PART,
];

impl HouseBank {
    /// The bank with these keys.
    pub const fn new(keys: PartyKeys, desk: Desk) -> Self {
        Self {
            keys,
            desk,
            centre: None,
        }
    }
    /// The same, as a deposit centre: whoever has a password here loads purses from his account (ST-20).
    pub fn with_centre(mut self, centre: CentreConfig) -> Self {
        self.centre = Some(centre);
        self
    }
    /// Who ordered a transfer, if it came here.
    pub fn ordered_by(&self, view: &mut dyn View, id: TransferId) -> Result<Option<PartyId>, store::Fault> {
        Ok(account::TRANSFERS.get(view, &id)?.map(|kept| kept.by))
    }
    /// Who it is.
    pub const fn id(&self) -> PartyId {
        self.keys.id()
    }
}

impl crate::Party for HouseBank {
    fn id(&self) -> PartyId {
        self.keys.id()
    }
    fn desk(&self) -> &Desk {
        &self.desk
    }
    fn parts(&self) -> &'static [&'static Part] {
        PARTS
    }
    fn serve(&self, tx: &mut dyn Tx, verb: Verb, body: &[u8], now: Moment, _: &Seed) -> Result<Step, Refused> {
        match verb {
            Verb::Transfer => Ok(Step::Answer(self.transfer(tx, body, now)?)),
            Verb::Charge => Ok(Step::Answer(self.debit(tx, body, now)?)),
            Verb::BankFile => Ok(Step::Answer(self.file(tx, body, now)?)),
            _ => Err(Refused::other_verb()),
        }
    }
    fn tend(&self, tx: &mut dyn Tx, now: Moment, _: &Seed) -> Result<(), Refused> {
        if !crate::epoch::is_restored(tx)? {
            self.close_periods(tx, now)?;
        }
        Ok(())
    }
    fn answered(
        &self,
        tx: &mut dyn Tx,
        id: ErrandId,
        reply: Reply<'_>,
        now: Moment,
        _: &Seed,
    ) -> Result<Step, Refused> {
        match self.load_of(tx, id)? {
            Some((centre, order)) => Ok(centre.heard(tx, (id, order), reply, now)?),
            None => Ok(self.heard(tx, id, reply, now)?),
        }
    }
    fn audit(&self, view: &mut dyn View) -> Result<Vec<String>, store::Fault> {
        audit::audit(view)
    }
}
