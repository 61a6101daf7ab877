//! Pay: the issuer as giver, of loads and redemptions. One decision for each deal, written before it is said.

use deal::{
    Kind, VoidReason,
    judge::{Judgement, Known, judge},
    wire::GiftSheet,
};
use store::{Fault, Tx};
use units::{Again, Moment, Refusal};

use super::{
    Issuer, Status,
    card::{CARDS, TAGS},
    honour::Stopped,
    load::PENDING,
};
use crate::{
    beside::Unsaid,
    decided::{self, Decided},
    door::{NotRead, OpenPay},
    say::{NoReader, order_of},
};

/// Why a payment was not judged, in order of precedence. Nothing has changed, and nothing is signed about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayRefused {
    /// The issuer is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// It was not read.
    #[error(transparent)]
    NotRead(#[from] NotRead),
    /// The answer cannot be sealed.
    #[error(transparent)]
    NoReader(#[from] NoReader),
    /// So much was drawn beyond what was loaded that people must look first.
    #[error("money is not taken just now: the issuer's people are looking; ask again later")]
    SeriesStopped,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<Stopped> for PayRefused {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Series => Self::SeriesStopped,
            Stopped::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl Refusal for PayRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotRead(no) => no.code(),
            Self::NoReader(no) => no.code(),
            Self::SeriesStopped => "series-stopped",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NotRead(no) => no.again(),
            Self::NoReader(no) => no.again(),
            Self::SeriesStopped => Again::Later,
            Self::Fault(fault) => fault.again(),
        }
    }
}
crate::refused::refusals!(PayRefused);

impl Issuer {
    /// Judges a payment to the issuer: a load or a redemption. May be repeated for ever, with the same answer.
    pub fn pay(&self, tx: &mut dyn Tx, open: &OpenPay, now: Moment) -> Result<Unsaid, PayRefused> {
        crate::epoch::require::<PayRefused>(tx)?;
        let deal = open.deal();
        let order = order_of(open).unwrap_or_default();
        let known = Known {
            decided: decided::of(tx, deal)?,
            order_of: decided::holder_of(tx, order)?,
            presented: PENDING.has(tx, &deal)?,
        };
        let card = TAGS.get(tx, &open.pay().receiver)?.map(|tag| tag.card);
        let active = match card {
            Some(card) => CARDS.get(tx, &card)?.is_some_and(|row| row.status == Status::Active),
            None => false,
        };
        if let Some(card) = card {
            self.saw_payment(tx, card, open.pay().pay_no, deal)?;
        }
        match judge(deal, open.pay(), known, open.certified().is_ok() && active, now) {
            Judgement::Repeat(decided) => Ok(Unsaid::Settle(deal, Box::new(decided))),
            Judgement::Void(reason) => self.void(tx, open, reason, now),
            Judgement::Proceed => match (card, open.pay().quote.kind) {
                _ if !open.pay().slips.is_empty() || open.pay().winner != deal::Side::Giver => {
                    self.void(tx, open, VoidReason::Winner, now)
                }
                (Some(card), Kind::Load) => self.load(tx, open, card, now),
                (Some(card), Kind::Redeem) => self.redeem(tx, open, card, now),
                _ => self.void(tx, open, VoidReason::Certificate, now),
            },
        }
    }

    pub(super) fn void(
        &self,
        tx: &mut dyn Tx,
        open: &OpenPay,
        reason: VoidReason,
        now: Moment,
    ) -> Result<Unsaid, PayRefused> {
        self.write_decision(tx, open, self.voice().void(open, reason, now))
    }

    pub(super) fn give(
        &self,
        tx: &mut dyn Tx,
        open: &OpenPay,
        gift: GiftSheet,
        now: Moment,
    ) -> Result<Unsaid, PayRefused> {
        let decided = self.voice().given(open, gift, now);
        decided::hold(tx, decided.order, open.deal())?;
        self.write_decision(tx, open, decided)
    }

    fn write_decision(&self, tx: &mut dyn Tx, open: &OpenPay, decided: Decided) -> Result<Unsaid, PayRefused> {
        decided::write(tx, open.deal(), &decided)?;
        Ok(Unsaid::Settle(open.deal(), Box::new(decided)))
    }
}
