//! The gateway: stands between players and a server that is not on the internet, keeps accounts, and charges once for each
//! key delivered (CM-9 to CM-11).
//!
//! Run by: somebody else than the server's operator. Needs: a certificate of the role seller, a private link to the server.
//! Adds: an account that pays. Must not see: keys, User IDs, media; what it carries is sealed past it.
//!
//! | event | debit | credit |
//! |---|---|---|
//! | a customer pays in | cash | customer |
//! | a key is delivered | customer | commission, owed to the server |
//! | a cheque is sent | owed to the server | cheques under way |
//! | the bank has booked it | cheques under way | cash |
//!
//! A hold is no posting: it stands with the customer until the server has answered, and counts against what is available.

mod account;
mod audit;
mod carry;
mod settle;

pub use account::{AccountRefused, Customer, Paying};
pub use carry::{Heard, PassRefused, Passed, Told};
pub use settle::SettleRefused;

use party::{
    ErrandId, Party, PartyKeys, Refused, Reply, Step, Verb,
    books::{self, Account, Sort},
    desk::Desk,
};
use seal::Seed;
use store::{Fault, Part, Step as Change, Tx, View};
use units::{Moment, PartyId};

/// What customers have with the gateway; below zero is what those with credit owe it.
const CUSTOMER: Sort = Sort::owed("customer").free();
/// Cash and bank.
const CASH: Sort = Sort::had("cash").free();
/// The gateway's own share.
const COMMISSION: Sort = Sort::owed("commission");
/// The server operator's share.
const OWED: Sort = Sort::owed("owed to the server");
/// Cheques that the bank has not answered.
const SENT: Sort = Sort::owed("cheques under way");

/// Settings of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GatewaySettings {
    /// The server it stands before.
    pub server: PartyId,
    /// The bank it pays from.
    pub bank: PartyId,
    /// Its share, in permille: a charge that says otherwise is not taken.
    pub permille: u32,
}

static PART: Part = Part::new(
    "gateway",
    &[Change::Create(&[
        account::CUSTOMERS.table(),
        account::PAY_INS.table(),
        carry::OPEN.table(),
        carry::WAITING.table(),
        carry::ANSWERED.table(),
        carry::BY_TIME.table(),
        carry::CHARGED.table(),
        carry::BY_CUSTOMER.table(),
        settle::CHEQUES.table(),
        settle::STANDING.table(),
    ])],
);

/// What a gateway's store is opened with.
pub static PARTS: &[&Part] = &[
    &party::desk::PART,
    &party::errand::PART,
    &party::epoch::PART,
    &ledger::PART,
    &books::PART,
    &PART,
];

/// A gateway.
#[derive(Debug)]
pub struct Gateway {
    keys: PartyKeys,
    desk: Desk,
    settings: GatewaySettings,
}

impl Gateway {
    /// The gateway with these keys.
    pub const fn new(keys: PartyKeys, desk: Desk, settings: GatewaySettings) -> Self {
        Self { keys, desk, settings }
    }
    /// Its settings.
    pub const fn settings(&self) -> &GatewaySettings {
        &self.settings
    }
    /// What it owes the server's operator, in minor units.
    pub fn owes(&self, view: &mut dyn View) -> Result<i64, Fault> {
        let sent = books::balance(view, Account::own(SENT))?;
        Ok(books::balance(view, Account::own(OWED))?.saturating_add(sent))
    }
    /// What it earned, in minor units.
    pub fn earned(&self, view: &mut dyn View) -> Result<i64, Fault> {
        books::balance(view, Account::own(COMMISSION))
    }
}

impl Party for Gateway {
    fn id(&self) -> PartyId {
        self.keys.id()
    }
    fn desk(&self) -> &Desk {
        &self.desk
    }
    fn parts(&self) -> &'static [&'static Part] {
        PARTS
    }
    fn serve(&self, _: &mut dyn Tx, _: Verb, _: &[u8], _: Moment, _: &Seed) -> Result<Step, Refused> {
        Err(Refused::other_verb())
    }
    fn answered(&self, _: &mut dyn Tx, _: ErrandId, _: Reply<'_>, _: Moment, _: &Seed) -> Result<Step, Refused> {
        Err(Refused::other_verb())
    }
    fn tend(&self, tx: &mut dyn Tx, now: Moment, _: &Seed) -> Result<(), Refused> {
        Ok(self.forget_answers(tx, now)?)
    }
    fn audit(&self, view: &mut dyn View) -> Result<Vec<String>, Fault> {
        audit::audit(view)
    }
}
