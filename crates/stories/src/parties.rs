//! The parties of a story, as its holders see them: somebody who takes messages and answers.

use std::collections::BTreeMap;

use license::{OfferSheet, Route};
use package::Header;
use seal::Realm;
use units::{DealId, Moment, OfferNo, PartyId, Share, ValueId};

/// Whom a holder speaks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counterpart {
    /// The money issuer.
    Issuer,
    /// The shop.
    Shop,
    /// The publisher's collector.
    Collector,
    /// A cash machine.
    Atm,
    /// A counter in a shop, with other applications of the card beside.
    Counter,
    /// A kiosk.
    Kiosk,
    /// The publisher's support centre.
    Support,
    /// The bank.
    Bank,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The answer.
    Bytes(Vec<u8>),
    /// Written down, not finished: the same again in a moment.
    NotYet,
    /// A rule said no: code and text.
    Refused(String, String),
    /// Nothing, or nothing that could be read.
    Silent,
}

/// A work to be put on sale.
#[derive(Debug, Clone)]
pub struct Work {
    /// Its title.
    pub title: String,
    /// Its content.
    pub content: Vec<u8>,
    /// Its media type.
    pub media_type: String,
    /// Its price.
    pub price: i64,
    /// A package of its own for every sale.
    pub unique: bool,
    /// How buyers may hand it on; nothing: not at all.
    pub handing: Option<Handing>,
}

/// How a work may be handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handing {
    /// Fare of a copy, and of a move.
    pub fare: i64,
    /// How deep copies of copies may go.
    pub generations: u8,
    /// How fares travel.
    pub route: Route,
    /// Locked copies; nothing: none.
    pub locked: Option<Locked>,
}

/// How locked copies of a work are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Locked {
    /// What unlocking costs.
    pub fee: i64,
    /// How much plays at once.
    pub arrives: Share,
}

/// A work on sale.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The number on the shelf.
    pub number: OfferNo,
    /// The publisher's signed offer and policy.
    pub sheet: OfferSheet,
    /// The preview, free for all.
    pub preview: Vec<u8>,
}

/// A bank account as its owner's card takes it: never a number, a token.
#[derive(Debug, Clone)]
pub struct Account {
    /// The bank.
    pub bank: PartyId,
    /// The token.
    pub token: ValueId,
    /// The value, signed by the bank.
    pub signed: Vec<u8>,
    /// The bank's certificate.
    pub certificate: Vec<u8>,
}

/// Everybody but the holders.
pub trait Parties {
    /// The realm file.
    fn realm(&self) -> Realm;
    /// Who sells.
    fn seller(&self) -> PartyId;
    /// Now.
    fn now(&self) -> Moment;
    /// The certificate of the only party of this role, as the registry lists it.
    fn certificate(&mut self, role: seal::Role) -> Option<Vec<u8>>;
    /// Carries a message: `verb` is the word of the address, "ask", "pay", "done", "enrol", "report".
    fn send(&mut self, to: Counterpart, verb: &str, body: &[u8]) -> Answer;
    /// A bank account for `holder` with `amount` on it, as a value for his card.
    fn open_account(&mut self, holder: &str, amount: i64) -> Result<Account, String>;
    /// The publisher seals a work and brings it to the shop.
    fn publish(&mut self, work: &Work) -> Result<Listing, String>;
    /// The sealed package: the one for all, or the one of this delivery.
    fn package(&mut self, listing: &Listing, deal: DealId) -> Result<(Header, Vec<u8>), String>;
    /// What is in a bank account, as the bank says it.
    fn statement(&mut self, token: ValueId) -> Result<i64, String>;
    /// Parties do what they do by themselves: notices, payouts, retries.
    fn settle_down(&mut self);
    /// Every party's figures, by name.
    fn books(&mut self) -> BTreeMap<String, BTreeMap<String, i64>>;
    /// What every party's own audit finds wrong.
    fn audit(&mut self) -> Vec<String>;
}
