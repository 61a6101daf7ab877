//! Pay: a fee arrives, is found good, and the license is unlocked: one fee, one key, however often it is asked (SD-26,
//! SD-27). A slip goes to the issuer first, payable to the publisher, so the fee is his the moment it is honoured (SD-29);
//! cash waits for an operator's word, and is sent to the publisher's account in the commit that unlocks.

use deal::{
    Kind, Side, Tender, VoidReason,
    issuer::Honour,
    judge::{Judgement, Known, judge},
    wire::{GiftSheet, Present, Presented},
};
use license::{License, Receiver};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Kind as Sealed, Seed, cbor, role};
use store::{Fault, Map, Table, Tx, Value, View};
use units::{Again, DealId, Hash, Moment, Money, OrderId, Refusal, Span};

use super::{Support, Then, rows, rows::Paid};
use crate::{
    beside::Unsaid,
    books::PostRefused,
    decided,
    door::{NotRead, OpenPay},
    epoch,
    errand::{self, Errand, ErrandId, Reply, Step, Verb},
    say::{NoReader, order_of},
};

/// How soon a payment that waits for a person may ask again.
const CASH_PAUSE: Span = Span::seconds(10);

/// A payment that waits: for the issuer's word on its slip, or for an operator's on cash.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(super) struct Pending {
    /// The signed `pay`.
    #[n(0)]
    pub(super) pay: ByteVec,
    /// The order that is to be paid at the counter; none: a slip is with the issuer.
    #[n(1)]
    pub(super) cash: Option<OrderId>,
    /// When it came.
    #[n(2)]
    pub(super) at: Moment,
}
impl Value for Pending {}

pub(super) const PENDING: Map<DealId, Pending> = Map::new(Table::new("support_pending"));
/// The deal a slip pays.
pub(super) const SLIPS: Map<Hash, DealId> = Map::new(Table::new("support_slips"));

/// Why a payment was not judged, in order of precedence. Nothing has changed, and nothing is signed about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayRefused {
    /// The centre is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// It was not read.
    #[error(transparent)]
    NotRead(#[from] NotRead),
    /// No such payment waits for cash.
    #[error("no payment waits for cash under this order; ask the visitor for the order on the card's page")]
    NoCash,
    /// The answer cannot be sealed.
    #[error(transparent)]
    NoReader(#[from] NoReader),
    /// The books refuse: a bug or damage.
    #[error("the centre's books do not take this fee ({0}); nothing has changed")]
    Books(PostRefused),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for PayRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotRead(no) => no.code(),
            Self::NoCash => "cash-order-unknown",
            Self::NoReader(no) => no.code(),
            Self::Books(no) => no.code(),
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NotRead(no) => no.again(),
            Self::NoCash => Again::AfterYouAct,
            Self::NoReader(no) => no.again(),
            Self::Books(no) => no.again(),
            Self::Fault(fault) => fault.again(),
        }
    }
}
crate::refused::refusals!(PayRefused);

crate::refused::books!(PayRefused);

fn errand_of(deal: DealId) -> ErrandId {
    ErrandId::of("present", &deal.0)
}

fn lost() -> Fault {
    Fault::Corrupt {
        table: "support_pending",
        why: "a payment under way lacks what it was about".to_owned(),
    }
}

/// What a fee is paid with.
enum Means {
    Slip(deal::Slip),
    Cash(OrderId),
    /// Nothing is asked.
    Free,
}

impl Support {
    /// Judges a payment to this centre. May be repeated for ever, with the same answer.
    pub(super) fn pay(&self, tx: &mut dyn Tx, open: &OpenPay, now: Moment, seed: &Seed) -> Result<Unsaid, PayRefused> {
        epoch::require::<PayRefused>(tx)?;
        let deal = open.deal();
        let order = order_of(open).unwrap_or_default();
        let pending = PENDING.get(tx, &deal)?;
        let known = Known {
            decided: decided::of(tx, deal)?,
            order_of: decided::holder_of(tx, order)?,
            presented: pending.is_some(),
        };
        match (judge(deal, open.pay(), known, open.certified().is_ok(), now), pending) {
            (Judgement::Repeat(decided), _) => {
                rows::asked_again(tx, deal)?;
                Ok(Unsaid::Settle(deal, Box::new(decided)))
            }
            (Judgement::Void(reason), _) => self.void(tx, open, reason, now),
            (Judgement::Proceed, Some(pending)) => self.waits(tx, deal, &pending),
            (Judgement::Proceed, None) => match self.guard(tx, open)? {
                Err(reason) => self.void(tx, open, reason, now),
                Ok(None) => Ok(Step::NotYet(Span::seconds(5)).into()),
                Ok(Some((license, means))) => self.take(tx, open, &license, means, now, seed),
            },
        }
    }

    /// The guards of an unlocking, before any money is asked about. Nothing: this centre lacks what it needs to judge.
    #[allow(clippy::type_complexity)] // a guard's answer: no for ever, not yet, or what it found
    fn guard(&self, tx: &mut dyn Tx, open: &OpenPay) -> Result<Result<Option<(License, Means)>, VoidReason>, Fault> {
        let pay = open.pay();
        let quote = &pay.quote;
        if let Some(began) = epoch::began(tx)?
            && quote.until.less(self.config.quote_life) <= began
        {
            return Ok(Err(VoidReason::Passed));
        }
        if quote.kind != Kind::Unlock {
            return Ok(Err(VoidReason::License));
        }
        if pay.winner != Side::Giver {
            return Ok(Err(VoidReason::Winner));
        }
        if !pay.slips.is_empty() {
            return Ok(Err(VoidReason::Room));
        }
        let document = open.sheet().document.as_ref().map(|d| d.as_slice());
        let license = match self.locked_copy(tx, document)? {
            Ok(license) if Some(license.id) == quote.license && Some(license.offer_hash) == quote.offer => license,
            _ => return Ok(Err(VoidReason::License)),
        };
        // Tried before money is taken for it: what does not open is not paid for.
        if !self.opens(&license) {
            return Ok(Err(VoidReason::License));
        }
        let known = self.desk.known(tx)?;
        let issuer = known.ever_certified::<role::Issuer>(self.config.issuer);
        let means = match (pay.tenders.as_slice(), &issuer) {
            ([], _) if quote.price.is_zero() => Means::Free,
            ([Tender::Order(order, _)], _) if Some(*order) == order_of(open) => Means::Cash(*order),
            ([Tender::Slip(_)], None) => return Ok(Ok(None)),
            ([Tender::Slip(slip)], Some(issuer)) => {
                let fits = slip.payee == quote.payee && slip.title == quote.title && slip.route == quote.route;
                let unused = SLIPS.get(tx, &slip.id())?.is_none_or(|deal| deal == open.deal());
                if !(fits && unused && open.slip_agrees(self.desk.realm_id(), issuer.seal())) {
                    return Ok(Err(VoidReason::Tender));
                }
                Means::Slip(slip.clone())
            }
            _ => return Ok(Err(VoidReason::Tender)),
        };
        Ok(Ok(Some((license, means))))
    }

    /// Everything but the money is good.
    fn take(
        &self,
        tx: &mut dyn Tx,
        open: &OpenPay,
        license: &License,
        means: Means,
        now: Moment,
        seed: &Seed,
    ) -> Result<Unsaid, PayRefused> {
        let deal = open.deal();
        decided::hold(tx, order_of(open).unwrap_or_default(), deal)?;
        let pending = |cash| Pending {
            pay: ByteVec::from(open.signed().to_vec()),
            cash,
            at: now,
        };
        match means {
            Means::Free => self.give(tx, open, license, Paid::Nothing, now, now, seed),
            Means::Cash(order) => {
                PENDING.put(tx, &deal, &pending(Some(order)))?;
                Ok(Step::NotYet(CASH_PAUSE).into())
            }
            Means::Slip(slip) => {
                SLIPS.put(tx, &slip.id(), &deal)?;
                PENDING.put(tx, &deal, &pending(None))?;
                self.present(tx, open, &slip, now)
            }
        }
    }

    /// The same payment again, while it waits.
    fn waits(&self, tx: &mut dyn Tx, deal: DealId, pending: &Pending) -> Result<Unsaid, PayRefused> {
        if pending.cash.is_some() {
            return Ok(Step::NotYet(CASH_PAUSE).into());
        }
        if let Some(errand) = errand::again(tx, errand_of(deal))? {
            return Ok(Step::Errand(errand).into());
        }
        let open = OpenPay::kept(self.desk.realm_id(), &pending.pay)?;
        let slip = open.slip().ok_or_else(lost)?.clone();
        self.present(tx, &open, &slip, pending.at)
    }

    fn present(&self, tx: &mut dyn Tx, open: &OpenPay, slip: &deal::Slip, now: Moment) -> Result<Unsaid, PayRefused> {
        let deal = open.deal();
        let present = Present {
            by: self.id(),
            slips: vec![(deal, slip.clone())],
            certificate: ByteVec::from(self.keys.certificate().to_vec()),
        };
        let body = self.voice().letter(Sealed::Present, self.config.issuer, &present);
        let then = cbor::to_bytes(&Then::Fee(deal));
        let errand = errand::post(tx, errand_of(deal), self.config.issuer, Verb::Present, body, then, now)?;
        Ok(Step::Errand(errand).into())
    }

    /// The issuer's word on a fee, or none.
    pub(super) fn presented(
        &self,
        tx: &mut dyn Tx,
        errand: ErrandId,
        deal: DealId,
        reply: Reply<'_>,
        now: Moment,
        seed: &Seed,
    ) -> Result<Unsaid, PayRefused> {
        epoch::require::<PayRefused>(tx)?;
        let Some(pending) = PENDING.get(tx, &deal)? else {
            errand::finish(tx, errand)?;
            return Ok(Step::Answer(Vec::new()).into());
        };
        let open = OpenPay::kept(self.desk.realm_id(), &pending.pay)?;
        let slip = open.slip().ok_or_else(lost)?.id();
        let Some(honour) = self.honoured(tx, reply, slip)? else {
            return Ok(Step::NotYet(errand::later(tx, errand, now)?).into());
        };
        errand::finish(tx, errand)?;
        PENDING.delete(tx, &deal)?;
        if honour == Honour::Refused {
            decided::free(tx, order_of(&open).unwrap_or_default(), deal)?;
            return self.void(tx, &open, VoidReason::NotHonoured, now);
        }
        let license = self.kept_copy(tx, &open)?;
        self.give(tx, &open, &license, Paid::Slip(slip), pending.at, now, seed)
    }

    fn kept_copy(&self, tx: &mut dyn Tx, open: &OpenPay) -> Result<License, PayRefused> {
        let document = open.sheet().document.as_ref().map(|d| d.as_slice());
        Ok(self.locked_copy(tx, document)?.map_err(|_| lost())?)
    }

    fn honoured(&self, view: &mut dyn View, reply: Reply<'_>, slip: Hash) -> Result<Option<Honour>, Fault> {
        let Reply::Answer(bytes) = reply else { return Ok(None) };
        let known = self.desk.known(view)?;
        let Some(issuer) = known.ever_certified::<role::Issuer>(self.config.issuer) else {
            return Ok(None);
        };
        let answer = seal::parse::<Presented>(bytes, Sealed::Presented, self.desk.realm_id())
            .and_then(|s| s.verify(issuer.sign(), self.keys.audience()));
        let found = answer
            .ok()
            .and_then(|p| p.answers.into_iter().find(|(id, _)| *id == slip));
        Ok(found.map(|(_, honour)| honour))
    }

    /// An operator says that the cash for an order was taken, or that it was not and will not be. Taken, it is the payee's:
    /// the errand that passes it on is written with the decision, and carried out at once by whoever drives the centre, by
    /// itself otherwise.
    pub fn cash(
        &self,
        tx: &mut dyn Tx,
        order: OrderId,
        taken: bool,
        now: Moment,
        seed: &Seed,
    ) -> Result<Option<Errand>, PayRefused> {
        epoch::require::<PayRefused>(tx)?;
        let deal = decided::holder_of(tx, order)?.ok_or(PayRefused::NoCash)?;
        let Some(pending) = PENDING.get(tx, &deal)?.filter(|p| p.cash == Some(order)) else {
            // Said twice is said once.
            let given = decided::of(tx, deal)?.is_some_and(|d| d.given() == taken);
            return if given { Ok(None) } else { Err(PayRefused::NoCash) };
        };
        let open = OpenPay::kept(self.desk.realm_id(), &pending.pay)?;
        PENDING.delete(tx, &deal)?;
        let said = if taken {
            let license = self.kept_copy(tx, &open)?;
            self.give(tx, &open, &license, Paid::Cash(order), pending.at, now, seed)
        } else {
            self.void(tx, &open, VoidReason::Tender, now)
        };
        // The card gets it at its next asking.
        drop(said?);
        let errand = super::pass::errand_of(deal, 0);
        Ok(errand::again(tx, errand)?)
    }

    /// Unlocks, numbers, books and remembers: one write, and then it is said.
    #[allow(clippy::too_many_arguments)] // everything a gift is made of
    fn give(
        &self,
        tx: &mut dyn Tx,
        open: &OpenPay,
        license: &License,
        paid: Paid,
        came: Moment,
        now: Moment,
        seed: &Seed,
    ) -> Result<Unsaid, PayRefused> {
        let (deal, quote) = (open.deal(), &open.pay().quote);
        let asked = quote.ask.unwrap_or_default();
        let tag = open.pay().receiver;
        let first = order_of(open) == Some(self.order_ahead(asked, tag));
        let receipt = rows::next_receipt(tx)?;
        let mut gift = GiftSheet {
            receipt: Some(receipt),
            ..GiftSheet::default()
        };
        if first {
            gift.secret = Some(ByteVec::from(self.secret_ahead(asked, tag).expose().to_vec()));
        } else {
            match self.unlocked(license, receiver(open), deal, &open.pay().bind, now, seed) {
                Ok(document) => gift.document = Some(ByteVec::from(document)),
                Err(_) => return Err(lost().into()),
            }
        }
        let there = match paid {
            Paid::Slip(_) => true,
            Paid::Cash(_) => quote.price.is_zero(),
            Paid::Nothing => false,
        };
        let row = rows::Unlocked {
            license: license.id,
            offer: license.offer_hash,
            content: license.offer.content,
            title: license.offer.title.clone(),
            publisher: license.offer.publisher,
            payee: quote.payee,
            fee: quote.price,
            paid,
            order: order_of(open).unwrap_or_default(),
            quoted: quote.until.less(self.config.quote_life),
            came,
            at: now,
            first,
            receipt,
            delivered: None,
            again: 0,
            // A slip is its payee's since it was honoured; cash has to get there.
            passed: there.then_some(now),
        };
        rows::remember(tx, deal, &row)?;
        self.book_fee(tx, deal, &row, now)?;
        self.pass_on(tx, deal, &row, 0, now)?;
        let decided = self.voice().given(open, gift, now);
        decided::write(tx, deal, &decided)?;
        Ok(Unsaid::Settle(deal, Box::new(decided)))
    }

    fn void(&self, tx: &mut dyn Tx, open: &OpenPay, reason: VoidReason, now: Moment) -> Result<Unsaid, PayRefused> {
        let decided = self.voice().void(open, reason, now);
        decided::write(tx, open.deal(), &decided)?;
        Ok(Unsaid::Settle(open.deal(), Box::new(decided)))
    }

    /// Payments that wait for cash: order, fee, title and since when.
    pub fn waiting_for_cash(&self, view: &mut dyn View) -> Result<Vec<(OrderId, Money, String, Moment)>, Fault> {
        let mut out = Vec::new();
        let realm = self.desk.realm_id();
        PENDING.each::<Fault>(view, store::Keys::all(), |view, _, pending| {
            let (Some(order), Ok(open)) = (pending.cash, OpenPay::kept(realm, &pending.pay)) else {
                return Ok(());
            };
            let document = open.sheet().document.as_ref().map(|d| d.as_slice());
            let title = self
                .locked_copy(view, document)?
                .map(|l| l.offer.title)
                .unwrap_or_default();
            out.push((order, open.pay().quote.price, title, pending.at));
            Ok(())
        })?;
        Ok(out)
    }
}

/// Whom the unlocked license is for: the tag that pays.
fn receiver(open: &OpenPay) -> Receiver {
    let tag = open.certificate();
    Receiver {
        tag: open.pay().receiver,
        sign: tag.sign,
        seal: tag.seal,
    }
}
