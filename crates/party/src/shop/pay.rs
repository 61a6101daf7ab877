//! Pay: one order state machine for every kind of deal and every kind of tender. Guards in the order of the protocol; the
//! decision is written before it is said; a repeat gets the same bytes.

use deal::{
    Kind, Side, VoidReason,
    judge::{Judgement, Known, judge},
};
use seal::{Class, Seed, role};
use store::{Fault, Tx, View};
use units::{Again, Moment, Refusal, Span};

use super::{
    OnShelf, Paid, Shop,
    approve::{APPROVING, DECLINED},
    present::PENDING,
    reconcile::FORGOTTEN,
};
use crate::{
    beside::Unsaid,
    books::PostRefused,
    decided,
    door::{NotRead, OpenPay},
    epoch,
    errand::Step,
    say::{NoReader, order_of},
};

/// Why a payment was not judged, in order of precedence. Nothing has changed, and nothing is signed about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayRefused {
    /// The shop is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// It was not read.
    #[error(transparent)]
    NotRead(#[from] NotRead),
    /// A notice that is not believed.
    #[error(transparent)]
    Notice(#[from] crate::bank::NoticeRefused),
    /// The answer cannot be sealed.
    #[error(transparent)]
    NoReader(#[from] NoReader),
    /// The books refuse: a bug or damage, for people to look at.
    #[error("the shop's books do not take this sale ({0}); nothing has changed")]
    Books(PostRefused),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

crate::refused::books!(PayRefused);

impl Refusal for PayRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotRead(no) => no.code(),
            Self::Notice(no) => no.code(),
            Self::NoReader(no) => no.code(),
            Self::Books(no) => no.code(),
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NotRead(no) => no.again(),
            Self::Notice(no) => no.again(),
            Self::NoReader(no) => no.again(),
            Self::Books(no) => no.again(),
            Self::Fault(fault) => fault.again(),
        }
    }
}
crate::refused::refusals!(PayRefused);

impl Shop {
    /// Judges a payment to this shop. May be repeated for ever, with the same answer.
    pub fn pay(&self, tx: &mut dyn Tx, open: &OpenPay, now: Moment, seed: &Seed) -> Result<Unsaid, PayRefused> {
        epoch::require::<PayRefused>(tx)?;
        let deal = open.deal();
        let order = order_of(open).unwrap_or_default();
        let pending = PENDING.has(tx, &deal)?;
        let approving = APPROVING.has(tx, &deal)?;
        let forgotten = FORGOTTEN.has(tx, &deal)?;
        let known = Known {
            decided: decided::of(tx, deal)?,
            order_of: decided::holder_of(tx, order)?,
            presented: pending || approving || forgotten,
        };
        match judge(deal, open.pay(), known, open.certified().is_ok(), now) {
            Judgement::Repeat(decided) => Ok(Unsaid::Settle(deal, Box::new(decided))),
            Judgement::Void(reason) => self.void(tx, open, reason, now),
            Judgement::Proceed if pending => self.present_again(tx, deal, now),
            Judgement::Proceed if approving => self.approve_again(tx, deal, now, seed),
            Judgement::Proceed if !self.can_judge(tx, open, forgotten, now)? => {
                Ok(Step::NotYet(Span::seconds(5)).into())
            }
            Judgement::Proceed if let Some(step) = self.ask_for_coupons(tx, open, now)? => Ok(step.into()),
            Judgement::Proceed => match self.guard(tx, open, forgotten, now)? {
                Err(reason) => self.void(tx, open, reason, now),
                Ok(Cleared::Clear(paid)) => self.clear(tx, open, paid, now),
                Ok(Cleared::Surrender(shelf)) => self.surrender(tx, open, &shelf, now),
                Ok(Cleared::Sale(shelf, paid)) => self.sell(tx, open, &shelf, paid, now, seed),
            },
        }
    }

    /// Is everything here that a judgement needs? A void is for ever, so none is said for what this shop lacks itself: the
    /// issuer's certificate before the first directory came, or an offer that a restored shop has yet to be given again.
    fn can_judge(&self, view: &mut dyn View, open: &OpenPay, forgotten: bool, now: Moment) -> Result<bool, Fault> {
        let known = self.desk.known(view)?;
        let issuer = open.slip().is_none() || known.ever_certified::<role::Issuer>(self.config.issuer).is_some();
        let offer = match open.pay().quote.offer {
            Some(hash) if forgotten => self.listed(view, hash)?.is_some_and(|shelf| shelf.work.is_ready()),
            _ => true,
        };
        // Nor is an approver or a carrier unknown before the directory has come.
        let others = open.sheet().approval.is_some()
            || open.sheet().refusal.is_some()
            || deal::charge_of(&open.pay().tenders).is_some();
        let approver = match &open.sheet().approval {
            // One that was listed a moment ago is not nobody. Where a settlement server asks, it waits for the news itself.
            Some(signed) if self.config.settles.is_none() && known.number > 0 => {
                !self.settlements().awaits(view, signed, now)?
            }
            _ => !others || known.number > 0,
        };
        Ok(issuer && offer && approver)
    }

    /// The guards of the kind, before any money is asked about.
    fn guard(
        &self,
        tx: &mut dyn Tx,
        open: &OpenPay,
        forgotten: bool,
        now: Moment,
    ) -> Result<Result<Cleared, VoidReason>, Fault> {
        let pay = open.pay();
        if !forgotten && self.is_from_before(tx, open)? {
            return Ok(Err(VoidReason::Passed));
        }
        let shelf = match pay.quote.offer {
            Some(hash) => self.listed(tx, hash)?,
            None => None,
        };
        let Some(shelf) = shelf else {
            return Ok(Err(VoidReason::Withdrawn));
        };
        if pay.winner != Side::Giver {
            return Ok(Err(VoidReason::Winner));
        }
        if !pay.slips.is_empty() {
            return Ok(Err(VoidReason::Room));
        }
        let sale = match pay.quote.kind {
            Kind::Surrender => return Ok(Ok(Cleared::Surrender(Box::new(shelf)))),
            Kind::Sale => true,
            Kind::PayOnly => false,
            Kind::Clear => return self.guard_clear(tx, open),
            _ => return Ok(Err(VoidReason::License)),
        };
        // What was paid for while it was on sale is given, also after a restore.
        if shelf.listing.withdrawn.is_some() && !forgotten {
            return Ok(Err(VoidReason::Withdrawn));
        }
        if sale && shelf.policy.hardware_only && open.certificate().class != Class::Hardware {
            return Ok(Err(VoidReason::License));
        }
        let paid = match self.tenders(tx, open)? {
            Ok(paid) => paid,
            Err(wrong) => return Ok(Err(wrong)),
        };
        if let Some(approved) = paid.approved
            && let Err(why) = self.approval_holds(tx, open, &shelf, approved.amount, now)?
        {
            DECLINED.put(tx, &open.deal(), &why.code().to_owned())?;
            return Ok(Err(why.void()));
        }
        Ok(Ok(Cleared::Sale(Box::new(shelf), paid)))
    }

    /// Was the quote made before this shop was restored? Then nobody here remembers what became of it, and it is void,
    /// unless the issuer remembers.
    fn is_from_before(&self, view: &mut dyn View, open: &OpenPay) -> Result<bool, Fault> {
        let Some(began) = epoch::began(view)? else {
            return Ok(false);
        };
        Ok(self.quoted_at(open) <= began)
    }

    /// When the promise was made that this pays.
    fn quoted_at(&self, open: &OpenPay) -> Moment {
        let quote = &open.pay().quote;
        let life = if quote.ask.is_some() {
            self.config.quote_life
        } else {
            self.config.open_life
        };
        quote.until.less(life)
    }

    /// A numbered piece, then the money, then the gift.
    fn sell(
        &self,
        tx: &mut dyn Tx,
        open: &OpenPay,
        shelf: &OnShelf,
        paid: Paid,
        now: Moment,
        seed: &Seed,
    ) -> Result<Unsaid, PayRefused> {
        let sale = open.pay().quote.kind == Kind::Sale;
        let quoted = self.quoted_at(open);
        if sale && !self.reserve_piece(tx, (open.deal(), quoted), shelf.offer.number)? {
            return self.void(tx, open, VoidReason::SoldOut, now);
        }
        let serial = match (sale, shelf.offer.edition, FORGOTTEN.get(tx, &open.deal())?) {
            (true, Some(_), Some(forgotten)) if forgotten.serial.is_some() => forgotten.serial,
            (true, Some(_), _) => match self.take_number(tx, shelf.offer.number)? {
                Some(serial) => Some(serial),
                None => {
                    self.free_piece(tx, open.deal())?;
                    return self.void(tx, open, VoidReason::SoldOut, now);
                }
            },
            _ => {
                self.needs_no_number(tx, open.deal())?;
                None
            }
        };
        self.use_tenders(tx, open)?;
        decided::hold(tx, order_of(open).unwrap_or_default(), open.deal())?;
        match (open.slip(), paid.approved) {
            (Some(_), _) => self.present(tx, open, serial, now),
            (None, Some(approved)) => self.approve(tx, open, shelf, (approved.amount, serial), now, seed),
            (None, None) => {
                let made = self.make_gift(open, shelf, serial, now, seed)?;
                self.give(tx, open, shelf, paid, &made, now)
            }
        }
    }

    /// A clear: what is owed, refused by its payer, and money that holds.
    fn guard_clear(&self, tx: &mut dyn Tx, open: &OpenPay) -> Result<Result<Cleared, VoidReason>, Fault> {
        if let Err(reason) = self.may_clear(tx, open)? {
            return Ok(Err(reason));
        }
        Ok(self.tenders(tx, open)?.map(Cleared::Clear))
    }

    /// The charge belongs to this deal from now on; then the slip goes to the issuer.
    fn clear(&self, tx: &mut dyn Tx, open: &OpenPay, paid: Paid, now: Moment) -> Result<Unsaid, PayRefused> {
        self.use_tenders(tx, open)?;
        decided::hold(tx, order_of(open).unwrap_or_default(), open.deal())?;
        match open.slip() {
            Some(_) => self.present(tx, open, None, now),
            None => self.cleared(tx, open, paid, now),
        }
    }

    pub(super) fn void(
        &self,
        tx: &mut dyn Tx,
        open: &OpenPay,
        reason: VoidReason,
        now: Moment,
    ) -> Result<Unsaid, PayRefused> {
        let decided = self.voice().void(open, reason, now);
        decided::write(tx, open.deal(), &decided)?;
        Ok(Unsaid::Settle(open.deal(), Box::new(decided)))
    }
}

/// A payment whose guards all hold, with what the next step needs.
enum Cleared {
    Sale(Box<OnShelf>, Paid),
    Surrender(Box<OnShelf>),
    Clear(Paid),
}
