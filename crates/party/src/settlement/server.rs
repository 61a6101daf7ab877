//! A settlement server apart from its shops: takes their sales one by one, each with an approval, and answers settled or not.

use deal::approval::{RedeemWord, SettledFor, ToSettle};
use minicbor::{Decode, Encode};
use seal::{Kind, NotSigned, NotTrusted, Seed, cbor, role};
use store::{Fault, Part, Tx, View};
use units::{Again, DealId, Hash, Moment, PartyId, Refusal};

use super::{Progress, SETTLEMENTS, SettlementConfig, Settlements, WITH, Why};
use crate::{
    Party, PartyKeys, Refused,
    books::{self, Account, Leg, Posting, Sort, posting_id},
    desk::Desk,
    errand::{self, ErrandId, Reply, Step, Verb},
    say::Voice,
};

/// What is owed to shops for sales that were settled.
pub const SELLERS: Sort = Sort::owed("sellers");

/// Why nothing was settled, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettleRefused {
    /// It is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// Not signed by whom it names.
    #[error("this sale was not signed by the shop it names: {0}")]
    NotSigned(#[from] NotSigned),
    /// Not a seller of this realm.
    #[error("only certified sellers are settled for: {0}")]
    NotTrusted(#[from] NotTrusted),
    /// A shop speaks of its own sales alone.
    #[error("a shop hands in its own sales alone")]
    OtherSender,
    /// Not one of the shops this server works for.
    #[error("this server does not settle for that shop")]
    NotOurs,
    /// The same sale with another content.
    #[error("this sale was handed in before with another content; a sale does not change")]
    OtherContent,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for SettleRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotSigned(_) => "sale-not-signed",
            Self::NotTrusted(no) => no.code(),
            Self::OtherSender => "sale-for-another",
            Self::NotOurs => "shop-not-served",
            Self::OtherContent => "sale-other-content",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Fault(fault) => fault.again(),
            _ => Again::Never,
        }
    }
}
crate::refused::refusals!(SettleRefused);

/// What is done with the reply to an errand.
#[derive(Debug, Encode, Decode)]
enum Then {
    /// Goes on with this sale, which said this word.
    #[n(0)]
    Said(#[n(0)] DealId, #[n(1)] RedeemWord),
}

fn then(deal: DealId, word: RedeemWord) -> Vec<u8> {
    cbor::to_bytes(&Then::Said(deal, word))
}

/// What such a server's store is opened with.
pub static PARTS: &[&Part] = &[
    &crate::desk::PART,
    &crate::errand::PART,
    &crate::epoch::PART,
    &ledger::PART,
    &crate::books::PART,
    &super::PART,
];

/// A settlement server.
#[derive(Debug)]
pub struct SettlementServer {
    keys: PartyKeys,
    desk: Desk,
    config: SettlementConfig,
    /// The shops it works for.
    shops: Vec<PartyId>,
}

impl SettlementServer {
    /// The server with these keys, for these shops.
    pub const fn new(keys: PartyKeys, desk: Desk, config: SettlementConfig, shops: Vec<PartyId>) -> Self {
        Self {
            keys,
            desk,
            config,
            shops,
        }
    }
    /// Its certificate.
    pub fn certificate(&self) -> &[u8] {
        self.keys.certificate()
    }

    const fn settlements(&self) -> Settlements<'_> {
        Settlements {
            keys: &self.keys,
            desk: &self.desk,
            config: self.config,
            then,
        }
    }

    /// Takes a shop's sale with its approval. May be repeated for ever, with the same answer.
    fn take(&self, tx: &mut dyn Tx, body: &[u8], now: Moment) -> Result<Step, SettleRefused> {
        crate::epoch::require::<SettleRefused>(tx)?;
        let known = self.desk.known(tx)?;
        let parsed = seal::parse::<ToSettle>(body, Kind::Settlement, self.desk.realm_id())?;
        let shop = known.trust.check_ever::<role::Seller>(&parsed.claims().certificate)?;
        let asked = parsed.verify(shop.sign(), self.keys.audience())?;
        if asked.by.0 != shop.subject() || asked.sale.seller != asked.by {
            return Err(SettleRefused::OtherSender);
        }
        if !self.shops.contains(&asked.by) {
            return Err(SettleRefused::NotOurs);
        }
        if SETTLEMENTS
            .get(tx, &asked.sale.deal)?
            .is_some_and(|row| row.sale != asked.sale)
        {
            return Err(SettleRefused::OtherContent);
        }
        if self.settlements().awaits(tx, &asked.approval, now)? {
            return Ok(Step::NotYet(super::AGAIN));
        }
        let progress = self.settlements().begin(tx, &asked.sale, &asked.approval, now)?;
        Ok(self.step(tx, asked.sale.deal, asked.by, progress, now)?)
    }

    fn step(
        &self,
        tx: &mut dyn Tx,
        deal: DealId,
        shop: PartyId,
        progress: Progress,
        now: Moment,
    ) -> Result<Step, Fault> {
        Ok(match progress {
            Progress::Ask(errand) => Step::Errand(errand),
            Progress::Waits(span) => Step::NotYet(span),
            Progress::Give => {
                self.book(tx, deal, now)?;
                self.settlements().charged(tx, deal, now)?;
                Step::Answer(self.answer(deal, shop, None))
            }
            Progress::No(why) => Step::Answer(self.answer(deal, shop, Some(why))),
        })
    }

    /// What the shop is told: the same words for the same record.
    fn answer(&self, deal: DealId, shop: PartyId, no: Option<Why>) -> Vec<u8> {
        let said = SettledFor {
            deal,
            refused: no.map(|why| why.code().to_owned()),
            late: no == Some(Why::Late),
        };
        Voice::of(&self.keys, &self.desk).letter(Kind::Settlement, shop, &said)
    }

    /// What came to be owed by the approver is owed to the shop.
    fn book(&self, tx: &mut dyn Tx, deal: DealId, now: Moment) -> Result<(), Fault> {
        let Some(row) = SETTLEMENTS.get(tx, &deal)? else {
            return Ok(());
        };
        let about = Hash(deal.0);
        let posting = Posting {
            id: posting_id("settled", &about.0),
            what: "settled",
            about,
            legs: vec![Leg {
                debit: Account::of(WITH, row.approver.0),
                credit: Account::of(SELLERS, row.sale.seller.0),
                amount: row.sale.amount,
            }],
        };
        books::post(tx, &posting, now).map_err(books::PostRefused::into_fault)
    }

    fn go_on(&self, tx: &mut dyn Tx, then: &[u8], reply: Reply<'_>, now: Moment) -> Result<Step, Fault> {
        let Then::Said(deal, word) = crate::giver::then(then)?;
        let Some(row) = SETTLEMENTS.get(tx, &deal)? else {
            return Ok(Step::Answer(Vec::new()));
        };
        let progress = match word {
            RedeemWord::Permit => self.settlements().permitted(tx, deal, reply, now)?,
            word => {
                if word == RedeemWord::Settled {
                    self.book(tx, deal, now)?;
                }
                self.settlements().told(tx, deal, word, reply, now)?
            }
        };
        self.step(tx, deal, row.sale.seller, progress, now)
    }
}

impl Party for SettlementServer {
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
            Verb::Settle => Ok(self.take(tx, body, now)?),
            Verb::Recall => Ok(Step::Answer(self.settlements().recall(tx, body)?)),
            _ => Err(Refused::other_verb()),
        }
    }
    fn answered(
        &self,
        tx: &mut dyn Tx,
        id: ErrandId,
        reply: Reply<'_>,
        now: Moment,
        _: &Seed,
    ) -> Result<Step, Refused> {
        let Some(row) = errand::open(tx, id)? else {
            return Ok(Step::Answer(Vec::new()));
        };
        Ok(self.go_on(tx, &row.then, reply, now)?)
    }
    fn tend(&self, tx: &mut dyn Tx, now: Moment, _: &Seed) -> Result<(), Refused> {
        let settlements = self.settlements();
        for deal in settlements.due(tx, now, 200)? {
            // What the shop is told follows from the record, when it asks again.
            let _ = settlements.again(tx, deal, now)?;
        }
        Ok(())
    }
    fn audit(&self, view: &mut dyn View) -> Result<Vec<String>, Fault> {
        let mut found = books::audit(view)?;
        found.extend(super::audit(view)?);
        let zero = units::Money::zero(self.desk.currency());
        found.extend(super::with(view, zero, &["settled"])?);
        Ok(found)
    }
}
