//! Tell: everything the issuer stores about one card, to that card alone; and what it forgets when it is asked to.
//!
//! Who asks proves it by the card's own signature. What is in the books stays there: it is about a number, and the law and the
//! other side of each payment need it.

use deal::lost::{About, PaidLine, TOLD_MAX};
use store::{Fault, Keys, Tx, View};
use units::CardNo;

use super::{
    CardRow, Issuer,
    card::TAGS_OF,
    honour::{NUMBERS, SLIPS},
    lost::{BY_KEY, KEPT},
};

impl Issuer {
    pub(super) fn tell(&self, view: &mut dyn View, card: CardNo, row: &CardRow) -> Result<About, Fault> {
        let mut payments = Vec::new();
        for ((_, pay_no), slip) in NUMBERS.range(view, Keys::under(&card).newest_first(), TOLD_MAX)? {
            if let Some(slip) = SLIPS.get(view, &slip)? {
                payments.push(PaidLine {
                    pay_no,
                    at: slip.at,
                    amount: slip.amount,
                    payee: slip.payee,
                    title: slip.title,
                });
            }
        }
        let mut tags = 0_u64;
        TAGS_OF.each::<Fault>(view, Keys::under(&card), |_, _, _| {
            tags = tags.saturating_add(1);
            Ok(())
        })?;
        let shadow = self.shadow(view, card)?;
        Ok(About {
            card,
            since: row.since,
            account: row.account,
            tags,
            held: shadow.float,
            waits: shadow.held,
            payments,
            copy: KEPT.get(view, &card)?.map(|kept| (kept.at, kept.copy.len() as u64)),
        })
    }

    /// The recovery copy and its key go. The card may leave another at any time.
    pub(super) fn forget(&self, tx: &mut dyn Tx, card: CardNo) -> Result<(), Fault> {
        if let Some(kept) = KEPT.get(tx, &card)? {
            BY_KEY.delete(tx, &kept.sign.0)?;
            KEPT.delete(tx, &card)?;
        }
        Ok(())
    }
}
