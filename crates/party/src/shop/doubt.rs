//! Doubt: goods of a machine whose disk is older than what happened (ST-15).
//!
//! A machine that was put back to a backup has forgotten what fell since. Whether it was told so ([`Shop::reconcile`]) or finds
//! its hatch's register ahead of its own disk (a copy was put in its place and nobody said so, or a second copy of this machine
//! drives the same hatch), the same holds: of everything that was under way nobody here knows whether it fell, or whether its
//! paper came back. So nothing of it falls by itself, and nothing of it is lost: each piece waits for people, who look into the
//! hatch's own list and say which it was ([`Shop::settle_doubt`]). Slots are closed until somebody has counted them
//! ([`Shop::fill`]): pieces in doubt are not counted as sold, so that what lies in a slot is what is left.

use store::{Fault, Keys, Tx, View};
use units::{Again, DealId, Moment, Refusal};

use super::{
    Shop,
    goods::{GOODS, LAST, Last, OWED, Piece, RESERVED, SOLD, Sold},
};
use crate::epoch;

/// Why people's word about a piece was not taken, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DoubtRefused {
    /// The machine is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] epoch::NotReconciled),
    /// How it stands is known, or nothing was sold under this number.
    #[error("nobody is in doubt about this piece; look at the list again")]
    NoDoubt,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for DoubtRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NoDoubt => "piece-not-in-doubt",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NoDoubt => Again::Never,
            Self::Fault(fault) => fault.again(),
        }
    }
}
crate::refused::refusals!(DoubtRefused);

/// Was this promised before the machine found its disk to be an old one? Then a piece may have fallen for it already.
pub(super) fn is_quoted_before_doubt(view: &mut dyn View, quoted: Moment) -> Result<bool, Fault> {
    let doubted = LAST.get(view, &0)?.and_then(|last| last.doubted);
    Ok(doubted.is_some_and(|doubted| quoted <= doubted))
}

impl Shop {
    /// This disk is older than what happened: everything that was under way is in doubt, and slots are closed until somebody has
    /// counted them. Drops go on above the register.
    pub(super) fn doubt_goods(&self, tx: &mut dyn Tx, register: u64, now: Moment) -> Result<(), Fault> {
        let last = LAST.get(tx, &0)?.unwrap_or_default();
        let doubted = Last {
            number: last.number.max(register),
            deal: None,
            doubted: Some(now),
        };
        LAST.put(tx, &0, &doubted)?;
        self.doubt_sold(tx)?;
        self.doubt_reserved(tx)?;
        for (number, mut goods) in self.goods(tx)? {
            goods.stuck = true;
            GOODS.put(tx, &number, &goods)?;
        }
        Ok(())
    }

    fn doubt_sold(&self, tx: &mut dyn Tx) -> Result<(), Fault> {
        for (deal, mut sold) in SOLD.range(tx, Keys::all(), usize::MAX)? {
            match sold.piece {
                Piece::Owed | Piece::Dropping(_) => self.put_back(tx, sold.number)?,
                // It had none, and may have had one since.
                Piece::Missing => {}
                _ => continue,
            }
            OWED.delete(tx, &(sold.here, deal))?;
            sold.piece = Piece::Unknown;
            SOLD.put(tx, &deal, &sold)?;
        }
        Ok(())
    }

    /// What was being paid for may have been paid, given and fallen since.
    fn doubt_reserved(&self, tx: &mut dyn Tx) -> Result<(), Fault> {
        for (deal, mut reserved) in RESERVED.range(tx, Keys::all(), usize::MAX)? {
            if reserved.has_piece() {
                self.put_back(tx, reserved.number)?;
            }
            reserved.forgotten = true;
            RESERVED.put(tx, &deal, &reserved)?;
        }
        Ok(())
    }

    /// The pieces nobody here knows about, with the numbers on their buyers' receipts.
    pub fn goods_in_doubt(&self, view: &mut dyn View) -> Result<Vec<(u64, Sold)>, Fault> {
        let mut all = Vec::new();
        SOLD.each::<Fault>(view, Keys::all(), |view, deal, sold| {
            if sold.piece == Piece::Unknown
                && let Some(sale) = self.sale(view, deal)?
            {
                all.push((sale.receipt, sold));
            }
            Ok(())
        })?;
        all.sort_by_key(|(receipt, _)| *receipt);
        Ok(all)
    }

    /// People have found out whether this piece fell. If it did not, it is owed, and falls when its buyer says that he is here;
    /// while its slot is closed or empty it waits for that.
    pub fn settle_doubt(&self, tx: &mut dyn Tx, deal: DealId, fell: bool) -> Result<Sold, DoubtRefused> {
        epoch::require::<DoubtRefused>(tx)?;
        let in_doubt = SOLD.get(tx, &deal)?.filter(|sold| sold.piece == Piece::Unknown);
        let mut sold = in_doubt.ok_or(DoubtRefused::NoDoubt)?;
        if fell {
            sold.piece = Piece::Fell;
        } else if self.take_piece(tx, sold.number)? {
            sold.piece = Piece::Owed;
            // Nobody has stood there since.
            sold.here = Moment(0);
            OWED.put(tx, &(sold.here, deal), &())?;
        } else {
            sold.piece = Piece::Missing;
        }
        SOLD.put(tx, &deal, &sold)?;
        Ok(sold)
    }
}
