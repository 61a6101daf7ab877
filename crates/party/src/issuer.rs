//! Issuer: makes money and cards' certificates, keeps a shadow account of every card, honours every slip once.
//!
//! Run by: the money issuer, which also runs the certifier of cards. Needs: a bank account, the clock's ticks. Adds: loads,
//! redemptions, honours, rulings, resumes. Must not see: keys of content, what was played; of purchases it sees amounts,
//! payees and titles of slips, never names.

mod audit;
mod card;
mod cash;
mod claims;
mod config;
mod enrol;
mod excuse;
mod fraud;
mod honour;
mod late;
mod load;
mod lost;
mod news;
mod outside;
mod outstanding;
mod pay;
mod payout;
mod present;
mod quote;
mod redeem;
mod report;
mod rule;
mod tell;

pub use card::{CardRow, Status, StopFor};
pub use cash::{CashIn, CashRefused, CashWish, CashWord, Cashed};
pub use config::{IssuerConfig, Limits};
pub use enrol::EnrolRefused;
pub use fraud::{Found, Proof, Suspect};
pub use honour::Shadow;
pub use lost::{ClaimRefused, LossRow};
pub use outside::{CameIn, SlipAtIssuer, WentOut};
pub use outstanding::Outstanding;
pub use pay::PayRefused;
pub use payout::{PayOut, PayoutOutcome, PayoutRefused, PayoutWord};
pub use present::{HonouredPage, HonouredQuery, HonouredRow, OpenPresent, PresentRefused};
pub use quote::AskRefused;
pub(crate) use quote::{bare_quote, wire_version};
pub use report::ReportRefused;

use minicbor::{Decode, Encode};
use seal::Seed;
use store::{Fault, Part, Step as Change, Tx, View};
use units::{DealId, Moment, PartyId, TransferId};

use crate::{
    Giver, Refused,
    beside::{Message, Read, Told, Unsaid},
    desk::Desk,
    door::OpenPay,
    errand::{self, Reply, Step, Verb},
    giver,
    keys::PartyKeys,
    realm::Certifier,
    say::Voice,
};

static PART: Part = Part::new(
    "issuer",
    &[
        Change::Create(&[
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
        ]),
        Change::Create(&[
            fraud::GIFTS.table(),
            fraud::PROOFS.table(),
            excuse::VOIDS.table(),
            excuse::SEEN_IN.table(),
            outstanding::COUNTS.table(),
            outstanding::TELL.table(),
        ]),
        Change::Create(&[
            lost::KEPT.table(),
            lost::BY_KEY.table(),
            lost::LOSSES.table(),
            lost::LOSS_DUE.table(),
            lost::HOMES.table(),
            late::LATE.table(),
        ]),
        Change::Create(&[claims::CLAIMS.table()]),
        Change::Create(&[late::GIFTS_TO.table(), late::REFUNDED.table()]),
        Change::Create(&[cash::ORDERS.table(), cash::WAITS.table()]),
        Change::Create(&[payout::ENDED.table()]),
    ],
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
    /// Notes which of these claims their publisher has shown to be lies.
    #[n(3)]
    Judged(#[n(0)] deal::fact::Claims),
    /// Hold this order's cash.
    #[n(4)]
    Cash(#[n(0)] units::OrderId),
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
    const fn voice(&self) -> Voice<'_> {
        Voice::of(&self.keys, &self.desk)
    }
}

impl Giver for Issuer {
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
    fn judge(&self, tx: &mut dyn Tx, open: &OpenPay, now: Moment, _: &Seed) -> Result<Unsaid, Refused> {
        Ok(self.pay(tx, open, now)?)
    }
    fn read_more(&self, view: &mut dyn View, verb: Verb, body: &[u8], now: Moment) -> Result<Message, Refused> {
        Ok(match verb {
            Verb::Present => Message(Read::Present(Box::new(self.read_present(view, body)?))),
            Verb::Honoured => Message(Read::Answered(self.honoured(view, body, now)?)),
            verb => Message::whole(verb, body),
        })
    }
    fn decide_more(&self, tx: &mut dyn Tx, message: &Message, now: Moment, seed: &Seed) -> Result<Unsaid, Refused> {
        match &message.0 {
            Read::Present(open) => Ok(self.present(tx, open, now)?),
            Read::Whole(Verb::Enrol, body) => Ok(Step::Answer(self.enrol(tx, body, now, seed)?).into()),
            Read::Whole(Verb::PayOut, body) => Ok(self.take_order(tx, body, now)?.into()),
            Read::Whole(Verb::Cash, body) => Ok(self.cash(tx, body, now)?.into()),
            Read::Whole(Verb::Claim, body) => Ok(Step::Answer(self.claim(tx, body, now, seed)?).into()),
            Read::Whole(Verb::Report, body) => Ok(Step::Answer(self.report(tx, body, now, seed)?).into()),
            _ => Err(Refused::other_verb()),
        }
    }
    fn go_on(&self, tx: &mut dyn Tx, then: &[u8], told: &Told, now: Moment, _: &Seed) -> Result<Unsaid, Refused> {
        let (id, reply) = (told.errand(), told.reply());
        match giver::then(then)? {
            Then::Load(deal) => Ok(self.load_answered(tx, id, deal, reply, now)?),
            Then::Out(transfer, amount, to) => Ok(self.out_answered(tx, id, transfer, amount, to, reply, now)?.into()),
            Then::Cash(order) => Ok(self.cash_answered(tx, id, order, reply, now)?.into()),
            Then::Judged(claims) => Ok(self.judged(tx, id, &claims, reply, now)?.into()),
            Then::Nothing => {
                if matches!(reply, Reply::Answer(_)) {
                    errand::finish(tx, id)?;
                } else {
                    errand::later(tx, id, now)?;
                }
                Ok(Step::Answer(Vec::new()).into())
            }
        }
    }
    fn tend(&self, tx: &mut dyn Tx, now: Moment, _: &Seed) -> Result<(), Refused> {
        self.give_up_waiting(tx, now).map_err(PayRefused::from)?;
        self.tell_payees(tx, now)?;
        self.release_losses(tx, now)?;
        self.pass_claims(tx, now)?;
        self.release_cash(tx, now)?;
        Ok(self.release_redemptions(tx, now)?)
    }
    fn audit(&self, view: &mut dyn View) -> Result<Vec<String>, Fault> {
        audit::audit(self, view)
    }
}
