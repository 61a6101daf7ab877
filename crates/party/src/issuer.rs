//! Issuer: makes money and cards' certificates, keeps a shadow account of every card, honours every slip once.
//!
//! Run by: the money issuer, which also runs the certifier of cards. Needs: a bank account, the clock's ticks. Adds: loads,
//! redemptions, honours, rulings, resumes. Must not see: keys of content, what was played; of purchases it sees amounts,
//! payees and titles of slips, never names.

mod audit;
mod card;
mod config;
mod enrol;
mod honour;
mod load;
mod news;
mod pay;
mod payout;
mod present;
mod quote;
mod redeem;
mod report;
mod rule;

pub use card::{CardRow, Status};
pub use config::{IssuerConfig, Limits};
pub use enrol::EnrolRefused;
pub use honour::Shadow;
pub use pay::PayRefused;
pub use payout::PayoutRefused;
pub use present::{HonouredPage, HonouredQuery, HonouredRow, PresentRefused};
pub use quote::AskRefused;
pub(crate) use quote::{bare_quote, wire_version};
pub use report::ReportRefused;

use minicbor::{Decode, Encode};
use seal::{Seed, cbor};
use store::{Fault, Part, Step as Change, Tx, View};
use units::{DealId, Moment, PartyId, TransferId};

use crate::{
    Party, Refused,
    desk::Desk,
    door::OpenPay,
    errand::{self, ErrandId, Reply, Step, Verb},
    keys::PartyKeys,
    realm::Certifier,
    say::Voice,
};

static PART: Part = Part::new(
    "issuer",
    &[Change::Create(&[
        card::CARDS.table(),
        card::PAYMENTS.table(),
        card::NONCES.table(),
        card::KEYS.table(),
        card::HARDWARE.table(),
        card::TAGS.table(),
        card::TAGS_OF.table(),
        card::COUNTERS,
        honour::SLIPS.table(),
        honour::NUMBERS.table(),
        honour::BROUGHT.table(),
        honour::CLONES.table(),
        honour::WAITING.table(),
        load::PENDING.table(),
        load::USED.table(),
        redeem::REDEMPTIONS.table(),
        redeem::DUE.table(),
        rule::ARCHIVE.table(),
        rule::RULINGS.table(),
    ])],
);

/// What an issuer's store is opened with.
pub static PARTS: &[&Part] = &[
    &crate::desk::PART,
    &crate::errand::PART,
    &crate::epoch::PART,
    &ledger::PART,
    &crate::books::PART,
    &crate::decided::PART,
    &PART,
];

/// What the issuer does with the reply to an errand.
#[derive(Debug, Clone, Encode, Decode)]
enum Then {
    /// Finish this load.
    #[n(0)]
    Load(#[n(0)] DealId),
    /// A transfer out of the issuer's account: to a payee, or (redeem) to a holder.
    #[n(1)]
    Out(#[n(0)] TransferId, #[n(1)] units::Money, #[n(2)] payout::For),
    /// Nothing: it only had to be delivered.
    #[n(2)]
    Nothing,
}

/// The money issuer.
#[derive(Debug)]
pub struct Issuer {
    keys: PartyKeys,
    certifier: Certifier,
    desk: Desk,
    config: IssuerConfig,
}

impl Issuer {
    /// The issuer with these keys; `certifier` is the certifier of cards it runs.
    pub const fn new(keys: PartyKeys, certifier: Certifier, desk: Desk, config: IssuerConfig) -> Self {
        Self {
            keys,
            certifier,
            desk,
            config,
        }
    }
    /// Who it is.
    pub const fn id(&self) -> PartyId {
        self.keys.id()
    }
    /// Its certificate.
    pub fn certificate(&self) -> &[u8] {
        self.keys.certificate()
    }
    /// Its settings.
    pub const fn config(&self) -> &IssuerConfig {
        &self.config
    }
    /// Opens a sealed `pay`: the part that needs no transaction.
    pub fn open_pay(&self, view: &mut dyn View, sealed: &[u8], now: Moment) -> Result<OpenPay, PayRefused> {
        let known = self.desk.known(view)?;
        Ok(OpenPay::open(&self.keys, &known.trust, sealed, now)?)
    }
    const fn voice(&self) -> Voice<'_> {
        Voice {
            keys: &self.keys,
            realm: self.desk.realm_id(),
        }
    }
}

impl Party for Issuer {
    fn id(&self) -> PartyId {
        self.keys.id()
    }
    fn desk(&self) -> &Desk {
        &self.desk
    }
    fn parts(&self) -> &'static [&'static Part] {
        PARTS
    }
    fn serve(&self, tx: &mut dyn Tx, verb: Verb, body: &[u8], now: Moment, seed: &Seed) -> Result<Step, Refused> {
        match verb {
            Verb::Ask => Ok(Step::Answer(self.ask(tx, body, now, seed)?)),
            Verb::Pay => {
                let open = self.open_pay(tx, body, now)?;
                Ok(self.pay(tx, &open, now, seed)?)
            }
            Verb::Done => Ok(self.done(tx, body, now).map(|()| Step::Answer(Vec::new()))?),
            Verb::Enrol => Ok(Step::Answer(self.enrol(tx, body, now, seed)?)),
            Verb::Report => Ok(Step::Answer(self.report(tx, body, now, seed)?)),
            Verb::Present => Ok(Step::Answer(self.present(tx, body, now)?)),
            Verb::Honoured => Ok(Step::Answer(self.honoured(tx, body, now)?)),
            _ => Err(Refused::other_verb()),
        }
    }
    fn answered(
        &self,
        tx: &mut dyn Tx,
        id: ErrandId,
        reply: Reply<'_>,
        now: Moment,
        seed: &Seed,
    ) -> Result<Step, Refused> {
        let Some(row) = errand::open(tx, id)? else {
            return Ok(Step::Answer(Vec::new()));
        };
        match cbor::from_bytes::<Then>(&row.then).map_err(|_| damaged())? {
            Then::Load(deal) => Ok(self.load_answered(tx, id, deal, reply, now, seed)?),
            Then::Out(transfer, amount, to) => Ok(self.out_answered(tx, id, transfer, amount, to, reply, now)?),
            Then::Nothing => {
                if matches!(reply, Reply::Answer(_)) {
                    errand::finish(tx, id)?;
                } else {
                    errand::later(tx, id, now)?;
                }
                Ok(Step::Answer(Vec::new()))
            }
        }
    }
    fn tend(&self, tx: &mut dyn Tx, now: Moment, _: &Seed) -> Result<(), Refused> {
        self.give_up_waiting(tx, now).map_err(PayRefused::from)?;
        Ok(self.release_redemptions(tx, now)?)
    }
    fn audit(&self, view: &mut dyn View) -> Result<Vec<String>, Fault> {
        audit::audit(self, view)
    }
}

fn damaged() -> Fault {
    Fault::Corrupt {
        table: "errands",
        why: "what was to be done next".to_owned(),
    }
}
