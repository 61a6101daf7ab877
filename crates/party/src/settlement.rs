//! Settlement: the seller's side of a purchase that somebody else approves. Takes an approval, asks permission once, settles,
//! and says so; or abandons, and says that.
//!
//! Run by: a seller, beside its shop ([`Settlements`] within `shop`), or for several shops by a party of its own
//! ([`SettlementServer`]). Needs: the shop's own record of the sale, and the approver's word. Adds: the one decision whether
//! it is settled. Must not see: a buyer. What is kept about a sale is [`Settled`]: ids, an amount, a kind, a count, a tag that
//! is used once; there is no field into which a name, an account or a lasting number would fit, and no import by which one
//! could come.
//!
//! ```text
//!   asking ── permitted ──► settling ── charged ──► settled      (the key goes at "settling" or at "settled")
//!      └── refused, or too late ──► abandoned ── returned ──►    (a permission that comes now is void)
//! ```
//!
//! Each arrow is one write; what is said follows it, by an errand that is repeated until it is answered. So a charge without
//! delivery or a delivery without charge would need a write that did not happen.

mod audit;
mod recall;
mod server;
mod words;

pub(crate) use audit::{audit, with};
pub use recall::{RecallAsk, RecallPage, RecallRefused, RecallRow};
pub use server::{PARTS, SettleRefused, SettlementServer};
pub use words::{NotSettled, Why};

use deal::approval::{Approval, NotPermitted, RedeemOutcome, RedeemWord, Redeemed, Wanted};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Kind, role};
use store::{Fault, Keys, Map, Part, Step as Change, Table, Tx, Value, View};
use units::{ApprovalId, DealId, Moment, Money, PartyId, Span};

use crate::{
    books::{self, Account, Leg, Posting, Sort, posting_id},
    desk::Desk,
    errand::{self, Errand, ErrandId, Reply, Verb},
    keys::PartyKeys,
    say::Voice,
};

/// Whether a seller gives when it has permission, or only when the approver has said that the user is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Deliver {
    /// With the permission: the buyer waits for one question.
    #[default]
    Before,
    /// After the charge: the buyer waits for two.
    After,
}

/// Settings of a settlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettlementConfig {
    /// How long to wait for permission. Whatever comes later is void.
    pub wait: Span,
    /// When to give.
    pub deliver: Deliver,
}

impl Default for SettlementConfig {
    fn default() -> Self {
        Self {
            wait: Span::seconds(30),
            deliver: Deliver::Before,
        }
    }
}

/// Where one settlement has come to.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Stage {
    /// Permission was asked for.
    #[n(0)]
    Asking,
    /// Permitted, and said so: it is charged for certain, and the approver has yet to confirm it.
    #[n(1)]
    Settling,
    /// Charged; of the amount this is the approver's part.
    #[n(2)]
    Charged(#[n(0)] Money),
    /// Nothing is charged, for ever; said to the approver where it could hold something.
    #[n(3)]
    Abandoned(#[n(0)] Why),
}

/// One settlement, as its record keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Settled {
    /// The shop's own record of the sale.
    #[n(0)]
    pub sale: Wanted,
    /// The approval.
    #[n(1)]
    pub approval: ApprovalId,
    /// Whose word it is.
    #[n(2)]
    pub approver: PartyId,
    /// Where it stands.
    #[n(3)]
    pub stage: Stage,
    /// Since when.
    #[n(4)]
    pub since: Moment,
    /// Until when permission counts.
    #[n(5)]
    pub deadline: Moment,
    /// The approval as its approver signed it: what an approver that forgot is reminded by.
    #[n(6)]
    pub signed: Option<ByteVec>,
    /// The permission as its approver signed it, once it came: what shows an approver that forgot that it permitted this sale.
    #[n(7)]
    pub permit: Option<ByteVec>,
    /// Why the approver does not charge what it had permitted: people of both have to look at it, and the audit names it.
    #[n(8)]
    pub uncharged: Option<NotPermitted>,
}
impl Value for Settled {}

pub(crate) const SETTLEMENTS: Map<DealId, Settled> = Map::new(Table::new("settlements"));
/// The sale that an approval belongs to, so that no other one asks for it.
const USED: Map<(PartyId, ApprovalId), DealId> = Map::new(Table::new("settlements_used"));
/// Open questions, by the moment their time is over.
const DUE: Map<(Moment, DealId), ()> = Map::new(Table::new("settlements_due"));

/// No quote lives longer, so no approval is good for longer.
const LONGEST: Span = Span::minutes(60);
/// How long somebody waits who came with the word of an unknown approver, before he asks again.
pub(crate) const AGAIN: Span = Span::seconds(2);

/// What the store of whoever settles has for it.
pub static PART: Part = Part::new(
    "settlement",
    &[Change::Create(&[SETTLEMENTS.table(), USED.table(), DUE.table()])],
);

/// What an approver (or, for a shop, its settlement server) owes for purchases that were settled.
pub const WITH: Sort = Sort::had("with approver");
/// What approvers kept of it, as agreed.
pub const PART_KEPT: Sort = Sort {
    name: "approver's part",
    kind: ledger::Kind::Expense,
    limit: ledger::Limit::CreditsWithinDebits,
};

/// What is to be done next about a settlement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Ask this first.
    Ask(Errand),
    /// Again after this time.
    Waits(Span),
    /// It is settled: give.
    Give,
    /// It is abandoned: nothing is given and nothing charged.
    No(Why),
}

/// The settlements of one party.
#[derive(Debug, Clone, Copy)]
pub struct Settlements<'a> {
    pub(crate) keys: &'a PartyKeys,
    pub(crate) desk: &'a Desk,
    pub(crate) config: SettlementConfig,
    /// What the party writes beside an errand, so that the reply finds its way back here.
    pub(crate) then: fn(DealId, RedeemWord) -> Vec<u8>,
}

impl Settlements<'_> {
    const fn voice(&self) -> Voice<'_> {
        Voice::of(self.keys, self.desk)
    }

    /// Is this an approval of a certified approver, for this sale, from whoever settles it? Everything is held against the
    /// shop's own record; nothing is taken from the terminal's word (PA-6).
    pub fn check(
        &self,
        view: &mut dyn View,
        sale: &Wanted,
        signed: &[u8],
    ) -> Result<Result<Approval, NotSettled>, Fault> {
        let known = self.desk.known(view)?;
        let Ok(parsed) = seal::parse::<Approval>(signed, Kind::Approval, self.desk.realm_id()) else {
            return Ok(Err(NotSettled::Forged));
        };
        let claims = parsed.claims();
        let Some(approver) = known.ever_certified::<role::Approver>(claims.approver) else {
            return Ok(Err(NotSettled::Approver));
        };
        let settles = claims.settles;
        if settles != self.keys.id() {
            return Ok(Err(NotSettled::Foreign));
        }
        let Ok(approval) = parsed.verify(approver.sign(), self.keys.audience()) else {
            return Ok(Err(NotSettled::Forged));
        };
        let same = approval.seller == sale.seller;
        if !same {
            return Ok(Err(NotSettled::Foreign));
        }
        if approval.quote != sale.quote || approval.amount != sale.amount || approval.tag != sale.tag {
            return Ok(Err(NotSettled::Differs));
        }
        match USED.get(view, &(approval.approver, approval.id))? {
            Some(other) if other != sale.deal => Ok(Err(NotSettled::Used)),
            _ => Ok(Ok(approval)),
        }
    }

    /// Does this bring the word of an approver of whom nothing is known yet? It may have been listed since the directory was
    /// fetched last: worth a little time, and never longer than its own word says that it is good.
    pub fn awaits(&self, view: &mut dyn View, signed: &[u8], now: Moment) -> Result<bool, Fault> {
        let Ok(parsed) = seal::parse::<Approval>(signed, Kind::Approval, self.desk.realm_id()) else {
            return Ok(false);
        };
        let said = parsed.claims();
        let known = self.desk.known(view)?;
        let open = now <= said.until && said.until <= now.plus(LONGEST) && said.settles == self.keys.id();
        Ok(open && known.ever_certified::<role::Approver>(said.approver).is_none())
    }

    /// Begins a settlement: one write, with the question that asks permission. The same sale again goes on where it is.
    pub fn begin(&self, tx: &mut dyn Tx, sale: &Wanted, signed: &[u8], now: Moment) -> Result<Progress, Fault> {
        if SETTLEMENTS.has(tx, &sale.deal)? {
            return self.again(tx, sale.deal, now);
        }
        let approval = match self.check(tx, sale, signed)? {
            Ok(approval) if now > approval.until => return Ok(Progress::No(Why::Not(NotSettled::Expired))),
            Ok(approval) => approval,
            Err(no) => return Ok(Progress::No(Why::Not(no))),
        };
        let row = Settled {
            sale: sale.clone(),
            approval: approval.id,
            approver: approval.approver,
            stage: Stage::Asking,
            since: now,
            deadline: now.plus(self.config.wait),
            signed: Some(ByteVec::from(signed.to_vec())),
            permit: None,
            uncharged: None,
        };
        USED.put(tx, &(row.approver, row.approval), &sale.deal)?;
        DUE.put(tx, &(row.deadline, sale.deal), &())?;
        SETTLEMENTS.put(tx, &sale.deal, &row)?;
        Ok(Progress::Ask(self.post(tx, &row, RedeemWord::Permit, now)?))
    }

    /// Where a settlement stands, and what is next.
    pub fn again(&self, tx: &mut dyn Tx, deal: DealId, now: Moment) -> Result<Progress, Fault> {
        let Some(row) = SETTLEMENTS.get(tx, &deal)? else {
            return Ok(Progress::No(Why::Not(NotSettled::Forged)));
        };
        let word = match row.stage {
            Stage::Charged(_) => return Ok(Progress::Give),
            Stage::Abandoned(why) => return Ok(Progress::No(why)),
            Stage::Asking if now > row.deadline => return self.abandon(tx, row, Why::Late, now),
            Stage::Asking => RedeemWord::Permit,
            Stage::Settling if self.config.deliver == Deliver::Before => return Ok(Progress::Give),
            Stage::Settling => RedeemWord::Settled,
        };
        match errand::again(tx, errand_of(word, deal))? {
            Some(errand) => Ok(Progress::Ask(errand)),
            None => Ok(Progress::Ask(self.post(tx, &row, word, now)?)),
        }
    }

    /// The approver has answered the question for permission, or not.
    pub fn permitted(&self, tx: &mut dyn Tx, deal: DealId, reply: Reply<'_>, now: Moment) -> Result<Progress, Fault> {
        let id = errand_of(RedeemWord::Permit, deal);
        let Some(row) = SETTLEMENTS.get(tx, &deal)? else {
            errand::finish(tx, id)?;
            return Ok(Progress::No(Why::Not(NotSettled::Forged)));
        };
        if row.stage != Stage::Asking {
            // Too late: what was decided stays (PA-8).
            errand::finish(tx, id)?;
            return self.again(tx, deal, now);
        }
        let outcome = self.said(tx, &row, RedeemWord::Permit, reply)?;
        match (outcome, reply) {
            _ if now > row.deadline => self.abandon(tx, row, Why::Late, now),
            (Some(RedeemOutcome::Permitted), Reply::Answer(permit)) => self.settle(tx, row, permit, now),
            (Some(RedeemOutcome::Refused(no)), _) => self.abandon(tx, row, Why::NotPermitted(no), now),
            _ => Ok(Progress::Waits(errand::later(tx, id, now)?)),
        }
    }

    /// The one write that settles: from here on it is charged for certain.
    fn settle(&self, tx: &mut dyn Tx, mut row: Settled, permit: &[u8], now: Moment) -> Result<Progress, Fault> {
        let deal = row.sale.deal;
        row.stage = Stage::Settling;
        row.permit = Some(ByteVec::from(permit.to_vec()));
        SETTLEMENTS.put(tx, &deal, &row)?;
        DUE.delete(tx, &(row.deadline, deal))?;
        errand::finish(tx, errand_of(RedeemWord::Permit, deal))?;
        let errand = self.post(tx, &row, RedeemWord::Settled, now)?;
        Ok(match self.config.deliver {
            Deliver::Before => {
                errand::soon(tx, errand.id, now)?;
                Progress::Give
            }
            Deliver::After => Progress::Ask(errand),
        })
    }

    /// The one write that does not: recorded first, then signed and said until the approver has it.
    fn abandon(&self, tx: &mut dyn Tx, mut row: Settled, why: Why, now: Moment) -> Result<Progress, Fault> {
        let deal = row.sale.deal;
        row.stage = Stage::Abandoned(why);
        SETTLEMENTS.put(tx, &deal, &row)?;
        DUE.delete(tx, &(row.deadline, deal))?;
        errand::finish(tx, errand_of(RedeemWord::Permit, deal))?;
        let errand = self.post(tx, &row, RedeemWord::Abandon, now)?;
        errand::soon(tx, errand.id, now)?;
        Ok(Progress::No(why))
    }

    /// The approver has taken in what was said: charged, or returned.
    pub fn told(
        &self,
        tx: &mut dyn Tx,
        deal: DealId,
        word: RedeemWord,
        reply: Reply<'_>,
        now: Moment,
    ) -> Result<Progress, Fault> {
        let id = errand_of(word, deal);
        let Some(mut row) = SETTLEMENTS.get(tx, &deal)? else {
            errand::finish(tx, id)?;
            return Ok(Progress::Waits(Span(0)));
        };
        match (word, self.said(tx, &row, word, reply)?) {
            (RedeemWord::Settled, Some(RedeemOutcome::Charged(part))) => {
                if row.stage == Stage::Settling {
                    row.stage = Stage::Charged(part);
                    row.uncharged = None;
                    SETTLEMENTS.put(tx, &deal, &row)?;
                }
                errand::finish(tx, id)?;
                Ok(Progress::Give)
            }
            // An approval it does not hold for us (never issued to us, ended, used elsewhere) needs no abandon.
            (RedeemWord::Abandon, Some(RedeemOutcome::Returned | RedeemOutcome::Refused(_))) => {
                errand::finish(tx, id)?;
                self.again(tx, deal, now)
            }
            // A settled word follows a permission. Who refuses it broke its own, or has waited for it too long.
            (RedeemWord::Settled, Some(RedeemOutcome::Refused(no))) => {
                row.uncharged = Some(no);
                SETTLEMENTS.put(tx, &deal, &row)?;
                Ok(Progress::Waits(errand::later(tx, id, now)?))
            }
            _ => Ok(Progress::Waits(errand::later(tx, id, now)?)),
        }
    }

    /// Questions whose time is over: each is to be abandoned with [`Settlements::again`], at most `limit`.
    pub fn due(&self, view: &mut dyn View, now: Moment, limit: usize) -> Result<Vec<DealId>, Fault> {
        let rows = DUE.range(view, Keys::all().until(&now), limit)?;
        Ok(rows.into_iter().map(|((_, deal), ())| deal).collect())
    }

    /// The approver's signed word on this settlement, if that is what came.
    fn said(
        &self,
        view: &mut dyn View,
        row: &Settled,
        word: RedeemWord,
        reply: Reply<'_>,
    ) -> Result<Option<RedeemOutcome>, Fault> {
        let Reply::Answer(bytes) = reply else { return Ok(None) };
        let known = self.desk.known(view)?;
        let Some(approver) = known.ever_certified::<role::Approver>(row.approver) else {
            return Ok(None);
        };
        let said = seal::parse::<Redeemed>(bytes, Kind::Redeemed, self.desk.realm_id())
            .and_then(|s| s.verify(approver.sign(), self.keys.audience()));
        Ok(said.ok().and_then(|said| {
            let ours = said.word == word && said.approval == row.approval && said.deal == row.sale.deal;
            ours.then_some(said.outcome)
        }))
    }

    fn post(&self, tx: &mut dyn Tx, row: &Settled, word: RedeemWord, now: Moment) -> Result<Errand, Fault> {
        let sale = &row.sale;
        let redeem = deal::approval::Redeem {
            word,
            approval: row.approval,
            deal: sale.deal,
            quote: sale.quote,
            amount: sale.amount,
            seller: sale.seller,
            tag: sale.tag,
            by: self.keys.id(),
            certificate: self.keys.certificate().to_vec().into(),
        };
        let body = self.voice().letter(Kind::Redeem, row.approver, &redeem);
        let then = (self.then)(sale.deal, word);
        errand::post(
            tx,
            errand_of(word, sale.deal),
            row.approver,
            Verb::Redeem,
            body,
            then,
            now,
        )
    }

    /// Books what the approver kept, once it is known and the sale itself is in the books. Again and again without harm.
    pub fn charged(&self, tx: &mut dyn Tx, deal: DealId, now: Moment) -> Result<(), Fault> {
        let Some(row) = SETTLEMENTS.get(tx, &deal)? else {
            return Ok(());
        };
        let Stage::Charged(part) = row.stage else {
            return Ok(());
        };
        let about = units::Hash(row.sale.deal.0);
        let posting = Posting {
            id: posting_id("approver's part", &about.0),
            what: "approver's part",
            about,
            legs: vec![Leg {
                debit: Account::own(PART_KEPT),
                credit: Account::of(WITH, row.approver.0),
                amount: part,
            }],
        };
        books::post(tx, &posting, now).map_err(books::PostRefused::into_fault)
    }
}

/// The settlement of a sale, as it is kept.
pub fn of(view: &mut dyn View, deal: DealId) -> Result<Option<Settled>, Fault> {
    SETTLEMENTS.get(view, &deal)
}

/// Every settlement, in the order of their ids, which tells nothing.
pub fn each<E: From<Fault>>(
    view: &mut dyn View,
    visit: impl FnMut(&mut dyn View, DealId, Settled) -> Result<(), E>,
) -> Result<(), E> {
    SETTLEMENTS.each(view, Keys::all(), visit)
}

fn errand_of(word: RedeemWord, deal: DealId) -> ErrandId {
    let purpose = match word {
        RedeemWord::Permit => "permit",
        RedeemWord::Settled => "settled",
        RedeemWord::Abandon => "abandon",
    };
    ErrandId::of(purpose, &deal.0)
}
