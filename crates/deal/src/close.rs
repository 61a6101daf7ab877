//! Close: the receiver hears the giver's decision.

use minicbor::bytes::ByteVec;
use units::Moment;

use crate::{
    Entry, Outcome, Settle, State,
    breakage::{Breakage, on},
};

/// What a `settle` means to this card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closing {
    /// Given: write this, then say `done`.
    Given(Entry),
    /// Void: write this; everything is back.
    Void(Entry),
    /// Closed before: say `done` again, write nothing.
    DoneAgain,
    /// Void of a payment that was never open here, or is closed: nothing to do.
    Nothing,
    /// From a future this card does not know: it was restored from an old copy. Write this, report.
    Freeze(Entry),
}

impl State {
    /// Judges one decision; `message` is the signed form, kept when it is a void. Signature and giver are checked already.
    pub fn close(&self, settle: &Settle, message: &[u8], now: Moment) -> Closing {
        let kept = || ByteVec::from(message.to_vec());
        let Some(paid) = self.open(settle.deal) else {
            return match settle.outcome {
                _ if settle.pay_no >= self.pay_no => Closing::Freeze(Entry::Frozen),
                Outcome::Given(_) => Closing::DoneAgain,
                Outcome::Void(_) => Closing::Nothing,
            };
        };
        if paid.pay.pay_no != settle.pay_no {
            return Closing::Nothing;
        }
        match &settle.outcome {
            Outcome::Given(gift) => {
                let mut gift = gift.clone();
                if let Some(held) = &mut gift.license {
                    held.since = now;
                }
                if on(Breakage::RefundTwice) && !gift.values.is_empty() {
                    gift.credit = gift.values.first().map(|(v, _)| v.worth);
                }
                Closing::Given(Entry::Closed(settle.deal, gift, now))
            }
            Outcome::Void(reason) => Closing::Void(Entry::Voided(settle.deal, *reason, kept())),
        }
    }
}
