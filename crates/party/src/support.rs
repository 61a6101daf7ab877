//! Support centre: helps holders of a publisher's works, and unlocks locked copies for it.
//!
//! Run by: a publisher, or somebody it authorised by naming it in its policies. Needs: a certificate of the role support,
//! an issuer that honours slips. Adds: advice, repairs by asking sellers what they decided. Must not see: names, card
//! numbers, keys of content; a request is signed with a key made for it alone, and what a seller says again is sealed to
//! the card.
//!
//! A fee for unlocking is never this party's: a slip is payable to the publisher and brought to the issuer before the key is
//! given; cash is paid to the publisher's account at the bank as soon as an operator says that it was taken (SD-29).
//!
//! ```text
//!   kept ──► answered                 advice that follows from trouble and log
//!     └────► seller asked ──► repaired or answered
//!     └────► a person looks ──► answered
//! ```

mod advice;
mod ask;
mod audit;
mod help;
mod locked;
mod pass;
mod pay;
mod rows;

pub use ask::UnlockRefused;
pub use help::{AnswerRefused, HelpRefused, Request};
pub use locked::NotUnlocked;
pub use pass::{PassRefused, Unpassed, to_do};
pub use pay::PayRefused;
pub use rows::{Paid, Unlocked};

use minicbor::{Decode, Encode};
use seal::{Opener, Secret, Seed};
use store::{Fault, Part, Step as Change, Tx, View};
use units::{DealId, Moment, PartyId, Span};

use crate::{
    Giver, Refused,
    beside::{Message, Read, Told, Unsaid},
    desk::Desk,
    door::OpenPay,
    errand::Verb,
    giver,
    keys::PartyKeys,
    say::Voice,
};

/// Settings of a support centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportConfig {
    /// The issuer its slips go to.
    pub issuer: PartyId,
    /// The bank that keeps its account: cash it takes is passed on from there.
    pub bank: PartyId,
    /// Whose works it helps with.
    pub publishers: Vec<PartyId>,
    /// How long a quote is good.
    pub quote_life: Span,
    /// Requests it keeps in a day; more are refused until the next.
    pub day_max: u32,
    /// How long the playback log of a request is kept.
    pub keep: Span,
}

impl SupportConfig {
    /// As usual.
    pub const fn new(issuer: PartyId, bank: PartyId, publishers: Vec<PartyId>) -> Self {
        Self {
            issuer,
            bank,
            publishers,
            quote_life: Span::minutes(15),
            day_max: 10_000,
            keep: Span::days(90),
        }
    }
}

static PART: Part = Part::new(
    "support",
    &[
        Change::Create(&[
            help::REQUESTS.table(),
            help::BY_TIME.table(),
            help::OLD.table(),
            help::DAYS.table(),
        ]),
        Change::Create(&[
            pay::PENDING.table(),
            pay::SLIPS.table(),
            rows::UNLOCKED.table(),
            rows::BY_TIME.table(),
            rows::COUNTERS,
        ]),
        Change::Create(&[pass::PASSING.table()]),
    ],
);

/// What a support centre's store is opened with.
pub static PARTS: &[&Part] = &[
    &crate::desk::PART,
    &crate::errand::PART,
    &crate::epoch::PART,
    &ledger::PART,
    &crate::books::PART,
    &crate::decided::PART,
    &PART,
];

/// What the centre does with the reply to an errand.
#[derive(Debug, Clone, Encode, Decode)]
enum Then {
    /// Finish this request.
    #[n(0)]
    Reissue(#[cbor(n(0), with = "minicbor::bytes")] [u8; 16]),
    /// Unlock what this deal paid for.
    #[n(1)]
    Fee(#[n(0)] DealId),
    /// Hears of the transfer that passes this deal's cash on, sent anew so many times.
    #[n(2)]
    Passed(#[n(0)] DealId, #[n(1)] u32),
}

/// A support centre.
#[derive(Debug)]
pub struct Support {
    keys: PartyKeys,
    desk: Desk,
    config: SupportConfig,
    unlocks: Vec<Opener>,
}

impl Support {
    /// The centre with these keys. It unlocks what is locked to its own.
    pub const fn new(keys: PartyKeys, desk: Desk, config: SupportConfig) -> Self {
        Self {
            keys,
            desk,
            config,
            unlocks: Vec::new(),
        }
    }
    /// The same, and it unlocks what is locked to the keys of these secrets too: several centres may hold one.
    #[must_use]
    pub fn entrusted(mut self, secrets: &[Secret]) -> Self {
        self.unlocks.extend(secrets.iter().map(Opener::new));
        self
    }
    /// Who it is.
    pub const fn id(&self) -> PartyId {
        self.keys.id()
    }
    /// Its settings.
    pub const fn config(&self) -> &SupportConfig {
        &self.config
    }
    /// Its certificate.
    pub fn certificate(&self) -> &[u8] {
        self.keys.certificate()
    }
    /// Does it help with works of this publisher?
    pub fn serves(&self, publisher: PartyId) -> bool {
        self.config.publishers.contains(&publisher)
    }
    const fn voice(&self) -> Voice<'_> {
        Voice::of(&self.keys, &self.desk)
    }
}

impl Giver for Support {
    fn keys(&self) -> &PartyKeys {
        &self.keys
    }
    fn desk(&self) -> &Desk {
        &self.desk
    }
    fn parts(&self) -> &'static [&'static Part] {
        PARTS
    }
    fn quote(&self, view: &mut dyn View, ask: &[u8], now: Moment, seed: &Seed) -> Result<Vec<u8>, Refused> {
        Ok(self.ask(view, ask, now, seed)?)
    }
    fn judge(&self, tx: &mut dyn Tx, open: &OpenPay, now: Moment, seed: &Seed) -> Result<Unsaid, Refused> {
        Ok(self.pay(tx, open, now, seed)?)
    }
    fn closed(&self, tx: &mut dyn Tx, deal: DealId, now: Moment) -> Result<(), Refused> {
        Ok(rows::delivered(tx, deal, now)?)
    }
    fn decide_more(&self, tx: &mut dyn Tx, message: &Message, now: Moment, seed: &Seed) -> Result<Unsaid, Refused> {
        match &message.0 {
            Read::Whole(Verb::Support, body) => Ok(self.help(tx, body, now, seed)?.into()),
            _ => Err(Refused::other_verb()),
        }
    }
    fn go_on(&self, tx: &mut dyn Tx, then: &[u8], told: &Told, now: Moment, seed: &Seed) -> Result<Unsaid, Refused> {
        match giver::then(then)? {
            Then::Fee(deal) => Ok(self.presented(tx, told.errand(), deal, told.reply(), now, seed)?),
            Then::Passed(deal, attempt) => Ok(self
                .bank_answered(tx, told.errand(), (deal, attempt), told.reply(), now)?
                .into()),
            Then::Reissue(id) => Ok(self
                .seller_said(tx, told.errand(), &id, told.reply(), now, seed)?
                .into()),
        }
    }
    fn tend(&self, tx: &mut dyn Tx, now: Moment, _: &Seed) -> Result<(), Refused> {
        Ok(self.forget_logs(tx, now)?)
    }
    fn audit(&self, view: &mut dyn View) -> Result<Vec<String>, Fault> {
        audit::audit(view)
    }
}
